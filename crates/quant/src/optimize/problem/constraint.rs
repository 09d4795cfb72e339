//! What must hold of a portfolio, each rule under the label that its user gave it.

use super::ScenarioMeasure;

/// A rule and what its user calls it.
#[derive(Debug, Clone, PartialEq)]
pub struct Constraint {
    /// Its name in results: "technology ≤ 25 %".
    pub label: String,
    /// What must hold.
    pub rule: Rule,
}

/// What must hold. Weights are fractions of portfolio value, risks a period.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// Each weight within its bounds: n entries each, infinite where open.
    Weights {
        /// Least weights.
        at_least: Vec<f64>,
        /// Greatest weights.
        at_most: Vec<f64>,
    },
    /// aᵀw within bounds: groups, factor exposures, scores.
    Linear {
        /// a, n.
        coefficients: Vec<f64>,
        /// Least value, −∞ where open.
        at_least: f64,
        /// Greatest value, ∞ where open.
        at_most: f64,
    },
    /// Two-way turnover Σ |w − held|.
    Turnover {
        /// Weights held, n.
        held: Vec<f64>,
        /// Most turnover.
        at_most: f64,
    },
    /// Change of each weight |wᵢ − heldᵢ|.
    Change {
        /// Weights held, n.
        held: Vec<f64>,
        /// Most change of one.
        at_most: f64,
    },
    /// Gross weight Σ |w|.
    Leverage {
        /// Most leverage.
        at_most: f64,
    },
    /// Sum of weights below 0, taken as positive.
    Short {
        /// Most short weight.
        at_most: f64,
    },
    /// Expected return μᵀw.
    Return {
        /// Least return.
        at_least: f64,
    },
    /// Volatility √(wᵀΣw).
    Volatility {
        /// Most volatility.
        at_most: f64,
    },
    /// Volatility of the return over a benchmark.
    TrackingError {
        /// The benchmark.
        benchmark: Benchmark,
        /// Most tracking error.
        at_most: f64,
    },
    /// A measure of the scenarios.
    Risk {
        /// The measure.
        measure: ScenarioMeasure,
        /// Most of it.
        at_most: f64,
    },
    /// Number of assets held.
    Assets {
        /// Most of them.
        at_most: usize,
    },
    /// Each weight as held, or changed by at least so much, at a cost for any change.
    Trade {
        /// Weights held, n.
        held: Vec<f64>,
        /// Least change of a weight that changes; 0 where only the cost matters.
        at_least: f64,
        /// What a change costs, however small, off the return.
        cost: f64,
    },
    /// Each asset either not held or at least of this weight.
    Position {
        /// Least weight of an asset that is held.
        at_least: f64,
    },
}

/// What a portfolio is measured against.
#[derive(Debug, Clone, PartialEq)]
pub enum Benchmark {
    /// Weights of the same assets, n.
    Weights(Vec<f64>),
    /// Returns of anything in the same scenarios.
    Returns(Vec<f64>),
}
