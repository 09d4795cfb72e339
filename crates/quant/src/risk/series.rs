//! What all measures ask of a return series, and the errors that say what it lacks.

use crate::linear::vector::{count, sum};

/// Why a series has no such measure.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum RiskError {
    /// Too few observations.
    #[error("{found} observations are too few: {needed} are needed")]
    TooFew {
        /// Observations given.
        found: usize,
        /// Observations needed.
        needed: usize,
    },
    /// An observation that is missing or infinite.
    #[error("observation {index} is {value}, which is not a finite number; leave it out or fill it before measuring")]
    NotFinite {
        /// Position in the series.
        index: usize,
        /// What stands there.
        value: f64,
    },
    /// A confidence level that is none.
    #[error("the confidence level {value} must lie strictly between 0 and 1, such as 0.95")]
    Level {
        /// The level given.
        value: f64,
    },
    /// An argument outside its range.
    #[error("the {name} is {value}; it must be {limit}")]
    Argument {
        /// What it is.
        name: &'static str,
        /// What was given.
        value: f64,
        /// What it must be.
        limit: &'static str,
    },
    /// A return below −1, which cannot be compounded.
    #[error("return {index} is {value}; to be compounded it must not be below -1, a total loss")]
    BelowTotalLoss {
        /// Position in the series.
        index: usize,
        /// The return.
        value: f64,
    },
    /// A value of a portfolio from which no return can be reckoned.
    #[error("value {index} is {value}; returns are of values above 0")]
    NotPositive {
        /// Position in the series.
        index: usize,
        /// The value.
        value: f64,
    },
    /// Nothing that the measure is about happened.
    #[error("there is no {what} to measure")]
    Nothing {
        /// What there is none of.
        what: &'static str,
    },
    /// Two series of different lengths.
    #[error("{series} returns stand beside {benchmark} of the benchmark; both need the same dates")]
    Lengths {
        /// Observations of the series.
        series: usize,
        /// Observations of the benchmark.
        benchmark: usize,
    },
    /// A ratio to a risk of 0.
    #[error("the {measure} is 0, and a ratio to it is not defined")]
    NoRisk {
        /// The measure in the denominator.
        measure: &'static str,
    },
}

/// Refuses a series of fewer than `needed` observations, or with one that is not a finite number.
pub(crate) fn check(returns: &[f64], needed: usize) -> Result<(), RiskError> {
    if returns.len() < needed {
        return Err(RiskError::TooFew { found: returns.len(), needed });
    }
    match returns.iter().copied().enumerate().find(|(_, value)| !value.is_finite()) {
        Some((index, value)) => Err(RiskError::NotFinite { index, value }),
        None => Ok(()),
    }
}

/// Refuses returns that cannot be compounded.
pub(crate) fn check_compoundable(returns: &[f64]) -> Result<(), RiskError> {
    match returns.iter().copied().enumerate().find(|(_, value)| *value < -1.0) {
        Some((index, value)) => Err(RiskError::BelowTotalLoss { index, value }),
        None => Ok(()),
    }
}

/// Refuses a confidence level outside 0 to 1.
pub(crate) fn check_level(level: f64) -> Result<(), RiskError> {
    if level > 0.0 && level < 1.0 { Ok(()) } else { Err(RiskError::Level { value: level }) }
}

/// Refuses an argument that is not a finite number.
pub(crate) fn check_argument(name: &'static str, value: f64) -> Result<(), RiskError> {
    if value.is_finite() { Ok(()) } else { Err(RiskError::Argument { name, value, limit: "a finite number" }) }
}

/// Refuses a number of periods a year that is not above 0.
pub(crate) fn check_periods(periods_per_year: f64) -> Result<(), RiskError> {
    let name = "number of periods a year";
    if periods_per_year.is_finite() && periods_per_year > 0.0 {
        Ok(())
    } else {
        Err(RiskError::Argument { name, value: periods_per_year, limit: "above 0" })
    }
}

/// Deviations from the mean. They are exactly 0 where all returns are equal, because the mean is
/// taken of distances from the first return.
pub(crate) fn deviations(returns: &[f64]) -> Vec<f64> {
    let first = returns.first().copied().unwrap_or_default();
    let mut deviations: Vec<f64> = returns.iter().map(|value| value - first).collect();
    let mean = sum(&deviations) / count(returns.len());
    for deviation in &mut deviations {
        *deviation -= mean;
    }
    deviations
}

/// Arithmetic mean of a series that was checked.
pub(crate) fn mean_of(returns: &[f64]) -> f64 {
    sum(returns) / count(returns.len())
}

/// `excess ÷ risk`, where there is risk.
pub(crate) fn ratio(excess: f64, risk: f64, measure: &'static str) -> Result<f64, RiskError> {
    if risk > 0.0 { Ok(excess / risk) } else { Err(RiskError::NoRisk { measure }) }
}
