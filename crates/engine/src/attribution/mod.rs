//! Why it was earned: segments of the books, or of a table, against a benchmark.
//!
//! ```text
//! days by sleeve, policy's mix ──┐
//!                                ├──► segments by period ──► effects ──► linked ──► report
//! segments.csv ──────────────────┘
//! ```
//!
//! From the books every day is a period: weights are those of the day's beginning, returns those of the day. What was not held at
//! its beginning and gained on it, as a purchase that cost something, counts as selection of its segment. Before anything was
//! held, nothing is compared.

mod segments;

mod books;

mod effects;

mod report;

pub use books::of_books;
pub use evenkeel_quant::attribution::brinson::{Interaction, Model};
pub use evenkeel_quant::attribution::linking::Linking;
pub use report::{Attributed, NodeEffect, PeriodEffect, gathered, report};
pub use segments::{Method, Segments};
