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
use crate::optimize::problem::ScenarioMeasure;

/// The measure that a portfolio problem names.
///
/// ```
/// use evenkeel_quant::optimize::problem::ScenarioMeasure;
/// use evenkeel_quant::optimize::scenario::measures::of;
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
    }
}
