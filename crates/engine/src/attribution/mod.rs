//! Why it was earned: segments of the books, or of a table, against a benchmark.
//!
//! ```text
//! days by sleeve, policy's mix ──┐
//!                                ├──► segments by period ──► effects ──► linked ──► report
//! segments.csv ──────────────────┘
//! returns, factors ──► exposures ──► effects of factors, linked
//! ```
//!
//! From the books every day is a period: weights are those of the day's beginning, returns those of the day. What was not held at
//! its beginning and gained on it, as a purchase that cost something, counts as selection of its segment. Before anything was
//! held, nothing is compared.

mod segments;

mod books;

mod currency;

mod effects;

mod report;

mod factors;

pub use books::of_books;
pub use currency::{CashRates, EarnedAbroad, of_books_abroad};
pub use evenkeel_quant::attribution::brinson::{Interaction, Model};
pub use evenkeel_quant::attribution::linking::Linking;
pub use factors::{FactorAttribution, FactorEffect, FactorInputs, FactorPeriod, by_factors, loading_exposures};
pub use report::{Attributed, NodeEffect, PeriodEffect, gathered, report};
pub use segments::{Method, Segments};
