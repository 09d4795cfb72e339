//! Many futures of a portfolio: paths from history or beliefs, and what a rule of rebalancing and spending makes of them.
//!
//! ```text
//! returns (T × n) or moments → stress → source of paths ─┐
//!                 weights, costs, spending, flows → plan ─┴→ walk, path by path → outcome → answers
//! ```
//!
//! A path is made of **segments** between moments at which something may happen: a year begins, spending is paid,
//! weights are looked at. Only the growth of each asset over a segment is asked of a source, so drawing blocks of
//! history costs a few operations a segment, whatever the number of periods in it.
//!
//! Every path has its own stream of random numbers, by its number and the seed: results are the same bits for any
//! number of threads and in any order.

// Why nothing can be simulated.
pub mod error;

// Moments of a period, and those of a year made into them.
pub mod moments;

// Where paths come from.
pub mod source;

// Futures harder than the past.
pub mod stress;

// What happens to a portfolio on a path, and when.
pub mod plan;

// The value that is left when a rebalancing pays for itself.
mod settle;

// One path.
mod walk;

// What is kept of all paths.
pub mod outcome;

// All paths, on threads.
mod run;

// What paths say, and how sure they are of it.
pub mod answer;

pub use error::SimulateError;
pub use outcome::{Outcome, PathYears};
pub use plan::{Flow, Inflation, LostYears, Plan, Rebalancing, Watch, WatchKind};
pub use run::Simulation;
pub use source::Model;
