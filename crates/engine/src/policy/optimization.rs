//! [`Optimization`]: how target weights are optimized rather than stated.

use evenkeel_ledger::class::ClassPath;
pub use evenkeel_quant::estimate::cluster::linkage::Linkage;

use super::Statement;

/// How the weights of the tree's leaves are found.
#[derive(Debug, Clone, PartialEq)]
pub struct Optimization {
    /// The method.
    pub method: Method,
    /// Rules beside the policy's hard limits.
    pub constraints: Vec<Rule>,
    /// Sum of the weights of what is optimized, cash included.
    pub budget: f64,
    /// What moving from the weights held costs, as fractions of value.
    pub costs: Option<OptimizationCosts>,
}

/// How weights are found.
#[derive(Debug, Clone, PartialEq)]
pub enum Method {
    /// The best trade of mean for risk.
    MeanRisk {
        /// What is best.
        objective: MeanRiskObjective,
        /// What risk is.
        measure: RiskMeasure,
    },
    /// The same for each.
    EqualWeight,
    /// In inverse proportion to volatility.
    InverseVolatility,
    /// Each contributes its budget of risk; equal ones where none are stated.
    RiskBudget {
        /// What risk is: the volatility or the conditional value at risk.
        measure: RiskMeasure,
        /// Shares of risk by leaf.
        budgets: Vec<(ClassPath, f64)>,
    },
    /// The greatest ratio of average to portfolio volatility.
    MaximumDiversification,
    /// The greatest mean logarithm of wealth.
    Kelly,
    /// By a tree of clusters.
    Hierarchical {
        /// How the tree is used.
        scheme: HierarchicalScheme,
        /// How clusters are joined.
        linkage: Linkage,
        /// Number of clusters, where the scheme cuts the tree.
        clusters: Option<usize>,
    },
}

/// What is best.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MeanRiskObjective {
    /// Least risk.
    MinimumRisk,
    /// Greatest expected return.
    MaximumReturn,
    /// Greatest return less risk.
    MaximumUtility {
        /// Price of risk.
        risk_aversion: f64,
    },
    /// Greatest ratio of return beyond the risk-free rate to risk.
    MaximumRatio,
}

/// What risk is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RiskMeasure {
    /// Variance, and its root the volatility.
    Variance,
    /// Volatility of the return over the targets' stated weights.
    TrackingError,
    /// Mean absolute deviation.
    MeanAbsoluteDeviation,
    /// Semideviation about the mean.
    Semideviation,
    /// Conditional value at risk.
    ConditionalValueAtRisk {
        /// Confidence.
        confidence: f64,
    },
    /// Entropic value at risk.
    EntropicValueAtRisk {
        /// Confidence.
        confidence: f64,
    },
    /// Conditional drawdown at risk.
    ConditionalDrawdown {
        /// Confidence.
        confidence: f64,
    },
    /// Greatest drawdown.
    MaximumDrawdown,
}

/// How a tree of clusters is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HierarchicalScheme {
    /// Hierarchical risk parity (López de Prado 2016).
    RiskParity,
    /// Hierarchical equal risk contribution (Raffinot 2018).
    EqualRiskContribution,
    /// Nested clustered optimization (López de Prado 2019).
    NestedClusters,
}

/// What moving a weight from what is held costs, as fractions of value.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct OptimizationCosts {
    /// In proportion to the change.
    pub proportional: f64,
    /// Times half the square of the change.
    pub quadratic: f64,
    /// Times the change to the power of 3/2.
    pub three_halves: f64,
    /// For any change at all of a weight.
    pub fixed: f64,
}

/// A rule of the optimization.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// What is bound.
    pub subject: RuleSubject,
    /// As written, with its relation, value and place. Names are those of leaves and classes; for
    /// subjects other than [`RuleSubject::Weights`] they were read away.
    pub statement: Statement,
}

/// How a rule on a factor begins; the factor's name follows.
pub const EXPOSURE: &str = "exposure to ";

/// What a rule binds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RuleSubject {
    /// The combination of weights that the statement names.
    Weights,
    /// The weight of each leaf.
    Each,
    /// Two-way turnover against what is held.
    Turnover,
    /// Change of each weight against what is held.
    Change,
    /// Sum of absolute weights.
    Gross,
    /// Sum of weights below 0.
    Short,
    /// Expected return a year.
    Return,
    /// Volatility a year.
    Volatility,
    /// Tracking error a year against the targets' stated weights.
    TrackingError,
    /// Covariance with the targets' stated weights over their variance.
    Beta,
    /// Sum of weights times what is assumed of a class's loading on the factor that the statement names.
    Exposure,
    /// A measure of the scenarios, a period.
    Risk(RiskMeasure),
    /// Least change of a weight that changes.
    Trade,
    /// Number of leaves with weight.
    Assets,
    /// Least weight of a leaf that has any.
    Position,
}
