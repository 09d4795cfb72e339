//! Expected returns that somebody states.
//!
//! μ = m ÷ P
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | m | `annual` | n | arithmetic, a fraction a year |
//! | P | `periods_per_year` | 1 | 252, 52, 12 …; 1 for expectations of a year |
//! | μ | result | n | a fraction a period |
//!
//! Arithmetic expectations add up over time, so that a period has its share of a year; a compounded
//! (geometric) expectation g is first raised to about g + σ²/2.

use crate::estimate::observations::{EstimateError, check_list};

/// Expected returns of a period, from those of a year.
///
/// ```
/// use evenkeel_quant::estimate::returns::given::given_returns;
/// assert_eq!(given_returns(&[0.06, 0.03], 12.0)?, [0.005, 0.0025]);
/// # Ok::<(), evenkeel_quant::estimate::observations::EstimateError>(())
/// ```
///
/// # Errors
/// [`EstimateError::Value`], and [`EstimateError::Parameter`] for a number of periods that
/// is not above 0.
pub fn given_returns(annual: &[f64], periods_per_year: f64) -> Result<Vec<f64>, EstimateError> {
    check_list("expected returns", annual, annual.len())?;
    if !(periods_per_year.is_finite() && periods_per_year > 0.0) {
        let name = "number of periods a year";
        return Err(EstimateError::Parameter { name, value: periods_per_year, range: "above 0" });
    }
    Ok(annual.iter().map(|annual| annual / periods_per_year).collect())
}
