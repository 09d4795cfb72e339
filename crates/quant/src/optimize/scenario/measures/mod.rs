//! The measures, a file each.

mod series;

// Mean loss in the worst scenarios.
pub mod cvar;

// The worst scenario.
pub mod worst_realization;

// Mean distance from the mean.
pub mod mean_absolute_deviation;

// Mean shortfall below zero.
pub mod lower_partial_moment;

// Root of the mean squared shortfall, below the mean or below zero.
pub mod semideviation;

// Losses since the highest point: mean, worst, mean of the worst and root mean square.
pub mod drawdown;

// The bound on losses from their moment generating function.
pub mod entropic;

// Logarithmic growth, which the Kelly criterion maximizes.
pub mod growth;

use super::measure::Measure;

/// A measure of the returns in each scenario; losses are returns below 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ScenarioMeasure {
    /// Mean absolute deviation from the mean.
    MeanAbsoluteDeviation,
    /// Root mean square of shortfalls below the mean.
    Semideviation,
    /// Root mean square of losses.
    SemideviationZero,
    /// Mean loss, gains counted as 0.
    FirstLowerPartialMoment,
    /// Greatest loss.
    WorstRealization,
    /// Mean loss of the worst 1 − β of scenarios.
    ConditionalValueAtRisk {
        /// β, within 0 to 1.
        confidence: f64,
    },
    /// Entropic bound on value at risk.
    EntropicValueAtRisk {
        /// β, within 0 to 1.
        confidence: f64,
    },
    /// Mean of the worst 1 − β of drawdowns.
    ConditionalDrawdown {
        /// β, within 0 to 1.
        confidence: f64,
    },
    /// Mean drawdown.
    AverageDrawdown,
    /// Greatest drawdown.
    MaximumDrawdown,
    /// Root mean square of drawdowns.
    UlcerIndex,
    /// −mean log(1 + return): the least of it is the fastest growth of wealth.
    NegativeLogGrowth,
}

/// The measure that a portfolio problem names.
///
/// ```
/// use evenkeel_quant::optimize::scenario::measures::{ScenarioMeasure, of};
/// assert_eq!(of(ScenarioMeasure::WorstRealization).value(&[0.01, -0.03]), 0.03);
/// ```
pub fn of(measure: ScenarioMeasure) -> Box<dyn Measure> {
    match measure {
        ScenarioMeasure::MeanAbsoluteDeviation => Box::new(mean_absolute_deviation::MeanAbsoluteDeviation),
        ScenarioMeasure::Semideviation => Box::new(semideviation::Semideviation::AboutMean),
        ScenarioMeasure::SemideviationZero => Box::new(semideviation::Semideviation::AboutZero),
        ScenarioMeasure::FirstLowerPartialMoment => Box::new(lower_partial_moment::LowerPartialMoment),
        ScenarioMeasure::WorstRealization => Box::new(worst_realization::WorstRealization),
        ScenarioMeasure::ConditionalValueAtRisk { confidence } => Box::new(cvar::Cvar { confidence }),
        ScenarioMeasure::EntropicValueAtRisk { confidence } => Box::new(entropic::Evar { confidence }),
        ScenarioMeasure::ConditionalDrawdown { confidence } => Box::new(drawdown::Drawdown::Conditional { confidence }),
        ScenarioMeasure::AverageDrawdown => Box::new(drawdown::Drawdown::Average),
        ScenarioMeasure::MaximumDrawdown => Box::new(drawdown::Drawdown::Maximum),
        ScenarioMeasure::UlcerIndex => Box::new(drawdown::Drawdown::Ulcer),
        ScenarioMeasure::NegativeLogGrowth => Box::new(growth::Growth),
    }
}
