//! Portfolios optimized for a risk measure of scenario returns.
//!
//! ```text
//! minimum risk       minimize  ρ(X w)
//! maximum return     maximize  μᵀw            subject to  ρ(X w) ≤ r
//! maximum utility    maximize  μᵀw − λ ρ(X w)
//! maximum ratio      maximize  (μᵀw − h) / ρ(X w)
//!                    each over the weights of a region: bounds, rows and spreads
//! ```
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | X | `returns` | T × n | a period, one column an asset, one row a scenario |
//! | ρ | [`measure::Measure`] | | see [`measures`] |
//! | μ | [`Objective`] | n | a period, or another unit: then r, λ and h with it |
//! | w | [`Optimum::weights`] | n | fractions of portfolio value |
//!
//! All four come down to the least of cᵀw + λ ρ(X w), solved from where the last one ended. The ratio
//! is the root of its greatest μᵀw − h − λ ρ (W. Dinkelbach, "On nonlinear fractional programming",
//! Management Science 13, 1967), the risk limit a price at which two optima lie on both its sides.
//! Measures that price losses are one linear program, smooth ones are solved by Newton steps, and any
//! other convex one by cutting planes.
//!
//! Every optimum carries its proof: slopes q of the scenarios, which for a coherent measure are
//! probabilities of the worst case, with ρ(X w′) ≥ −qᵀX w′ for every w′. The least of cᵀw′ − λ qᵀX w′
//! over the region, a linear program of a few rows, bounds the optimum; [`Optimum::gap`] is what is
//! left between. The answer is the same for returns in any unit, and equal inputs give equal bits.

mod simplex;

// What a measure tells of itself.
pub mod measure;

// The measures, a file each.
pub mod measures;

mod lowered;

mod model;

mod priced;

mod cuts;

mod newton;

mod objective;

// The problem, its answer and its errors.
pub mod problem;

pub use problem::{Objective, Optimum, ScenarioError, ScenarioProgram};
