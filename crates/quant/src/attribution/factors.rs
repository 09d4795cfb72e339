//! Excess return by factors.
//!
//! rₜ − bₜ = Σₖ (xₜₖ − yₜₖ) fₜₖ + specificₜ, linked over periods so that all parts add up to R − B
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | x − y | `exposures` | T × k, row by row | active exposure at the beginning of the period |
//! | f | `factors` | T × k, row by row | return of the factor in the period |
//! | r, b | `totals` | T | simple returns of the period |
//! | | [`FactorEffects`] | k, and 1 | fractions of the whole |
//!
//! Against nothing, with all b = 0, it tells the return itself. Where exposures are not known, [`fit`] tells those that the returns
//! have had on average, by least squares:
//!
//! rₜ = α + Σₖ xₖ fₜₖ + εₜ, x = (F′F)⁻¹ F′r on deviations from means, s² = Σ ε² ÷ (T − k − 1), tₖ = xₖ ÷ (s √(F′F)⁻¹ₖₖ)
//!
//! Errors: shapes, a number that is not finite, a total loss, factors that say the same. Sources: R. C. Grinold, R. N. Kahn, *Active
//! Portfolio Management*, 2nd ed. (2000), chapter 17; W. H. Greene, *Econometric Analysis*, 7th ed. (2012), section 4.4.

use super::brinson::Effect;
use super::error::{AttributionError, check_finite};
use super::linking::{Linked, Linking};
use super::segment::Totals;
use crate::linear::cholesky::Cholesky;
use crate::linear::matrix::Matrix;
use crate::linear::product::{gram, times, transposed_times};
use crate::linear::vector::{count, dot, sum};
use crate::risk::series::deviations;

/// Linked effects of factors.
#[derive(Debug, Clone, PartialEq)]
pub struct FactorEffects {
    /// Compounded returns.
    pub totals: Totals,
    /// What the exposure to each factor added.
    pub factors: Vec<f64>,
    /// What no factor explains.
    pub specific: f64,
    /// The same by period, linked: a number for each factor, and last what none explains.
    pub periods: Vec<Vec<f64>>,
}

/// Exposures that returns have had to factors on average.
#[derive(Debug, Clone, PartialEq)]
pub struct FactorFit {
    /// Exposure to each factor.
    pub exposures: Vec<f64>,
    /// Exposure ÷ its standard error; infinite where factors leave nothing.
    pub t_statistics: Vec<f64>,
    /// Mean return a period that no factor explains.
    pub alpha: f64,
    /// Share of the variance that the factors explain.
    pub r_squared: f64,
}

/// How much of a factor's variance the others must leave: with less of it exposures are noise.
const LEAST_OWN: f64 = 1e-9;

/// Fits the exposures of returns to factors, a row a period.
///
/// ```
/// use evenkeel_quant::{attribution::factors::fit, linear::matrix::Matrix};
/// let factors = Matrix::from_columns(5, 2, vec![0.02, -0.01, 0.03, 0.0, 0.01, 0.0, 0.01, 0.01, -0.01, 0.02])?;
/// let fund: Vec<f64> = (0..5).map(|month| 0.001 + 0.8 * factors.get(month, 0) - 0.3 * factors.get(month, 1)).collect();
/// let found = fit(&fund, &factors)?;
/// assert!((found.exposures[0] - 0.8).abs() < 1e-12 && (found.exposures[1] + 0.3).abs() < 1e-12 && (found.alpha - 0.001).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`AttributionError::Shape`] for fewer than k + 2 periods, [`AttributionError::Empty`], [`AttributionError::NotFinite`],
/// [`AttributionError::NoVariance`], [`AttributionError::Collinear`].
pub fn fit(returns: &[f64], factors: &Matrix) -> Result<FactorFit, AttributionError> {
    let (rows, columns) = (factors.rows(), factors.columns());
    if rows != returns.len() || rows < columns + 2 {
        return Err(AttributionError::Shape { what: "returns of the fund", found: returns.len(), needed: rows.max(columns + 2) });
    }
    if columns == 0 {
        return Err(AttributionError::Empty { what: "factors" });
    }
    check_finite(0, "return of the fund", returns.iter().copied())?;
    check_finite(0, "return of a factor", factors.values().iter().copied())?;
    let own = deviations(returns);
    let variance = dot(&own, &own);
    if variance <= 0.0 {
        return Err(AttributionError::NoVariance { what: "fund" });
    }
    let mut centered = Matrix::zeros(rows, columns);
    // To length 1 each, so that what the others leave of one is a share of its variance.
    let mut lengths = Vec::with_capacity(columns);
    for (factor, column) in factors.iter_columns().enumerate() {
        let moves = deviations(column);
        let length = dot(&moves, &moves).sqrt();
        if length <= 0.0 {
            return Err(AttributionError::Collinear { factor });
        }
        centered.column_mut(factor).iter_mut().zip(&moves).for_each(|(slot, value)| *slot = value / length);
        lengths.push(length);
    }
    let collinear = |factor| AttributionError::Collinear { factor };
    let cholesky = Cholesky::factor(gram(&centered)).map_err(|error| collinear(error.pivot))?;
    let is_own = |factor: &usize| cholesky.lower().get(*factor, *factor).powi(2) > LEAST_OWN;
    if let Some(factor) = (0..columns).find(|factor| !is_own(factor)) {
        return Err(collinear(factor));
    }
    let scaled = cholesky.solve(&transposed_times(&centered, &own));
    let left: Vec<f64> = own.iter().zip(times(&centered, &scaled)).map(|(own, told)| own - told).collect();
    let unexplained = dot(&left, &left);
    let residual = (unexplained / count(rows - columns - 1)).sqrt();
    let mut inverse = Matrix::identity(columns);
    cholesky.solve_columns(&mut inverse);
    let exposures: Vec<f64> = scaled.iter().zip(&lengths).map(|(exposure, length)| exposure / length).collect();
    let mean = |values: &[f64]| sum(values) / count(rows);
    Ok(FactorFit {
        alpha: mean(returns) - factors.iter_columns().zip(&exposures).map(|(column, exposure)| exposure * mean(column)).sum::<f64>(),
        t_statistics: scaled.iter().zip(inverse.diagonal()).map(|(exposure, own)| exposure / (residual * own.sqrt())).collect(),
        r_squared: 1.0 - unexplained / variance,
        exposures,
    })
}

/// Attributes the excess return of periods to so many factors.
///
/// ```
/// use evenkeel_quant::attribution::{factors::attribute, linking::Linking, segment::Totals};
/// let year = Totals { portfolio: 0.05, benchmark: 0.02 };
/// let told = attribute(&[0.5], &[0.04], 1, &[year], Linking::Carino)?;
/// assert!((told.factors[0] - 0.02).abs() < 1e-15 && (told.specific - 0.01).abs() < 1e-15);
/// # Ok::<(), evenkeel_quant::attribution::error::AttributionError>(())
/// ```
///
/// # Errors
/// [`AttributionError::Shape`], [`AttributionError::NotFinite`], and those of [`Linked::new`].
pub fn attribute(
    exposures: &[f64],
    factors: &[f64],
    number: usize,
    totals: &[Totals],
    linking: Linking,
) -> Result<FactorEffects, AttributionError> {
    let needed = totals.len() * number;
    for (what, found) in [("exposures", exposures.len()), ("returns of factors", factors.len())] {
        if found != needed {
            return Err(AttributionError::Shape { what, found, needed });
        }
    }
    let linked = Linked::new(linking, totals)?;
    let mut sums = vec![Effect::default(); number];
    let mut specific = Effect::default();
    let mut periods = Vec::with_capacity(totals.len());
    for (period, of_period) in totals.iter().enumerate() {
        let rows = period * number..(period + 1) * number;
        let (Some(exposures), Some(factors)) = (exposures.get(rows.clone()), factors.get(rows)) else { continue };
        check_finite(period, "exposure", exposures.iter().copied())?;
        check_finite(period, "return of the factor", factors.iter().copied())?;
        let mut explained = 0.0;
        let mut told = Vec::with_capacity(number + 1);
        for ((exposure, factor), sum) in exposures.iter().zip(factors).zip(&mut sums) {
            explained += exposure * factor;
            told.push(linked.add(period, Effect { selection: exposure * factor, ..Effect::default() }, sum).selection);
        }
        let left = of_period.portfolio - of_period.benchmark - explained;
        told.push(linked.add(period, Effect { selection: left, ..Effect::default() }, &mut specific).selection);
        periods.push(told);
    }
    let factors = sums.iter().map(Effect::total).collect();
    Ok(FactorEffects { totals: linked.totals, factors, specific: specific.total(), periods })
}
