//! The smallest shock that breaks a limit (reverse stress).
//!
//! minimize √(sᵀ Σ⁻¹ s) subject to hᵀs ≥ c for each limit, s ≥ −1
//!
//! | symbol | argument or field | shape | unit |
//! |---|---|---|---|
//! | Σ | `covariance` of the horizon that is meant | n × n | |
//! | h, c | [`Breach::slope`], [`Breach::reach`] | n, 1 | the limit is broken where hᵀs ≥ c |
//! | s | [`ReverseStress::shocks`] | n | simple returns |
//! | d | [`ReverseStress::distance`]: Mahalanobis's √(sᵀ Σ⁻¹ s) | 1 | standard deviations |
//! | p | [`ReverseStress::plausibility`]: P(χ²ₙ ≥ d²), n the rank of Σ | 1 | |
//!
//! A loss of value beyond q is h = −w, c = q. A weight of more than u in a set a is linear too, as the value after a shock is:
//! hᵢ = vᵢ (aᵢ − u), c = Σ vᵢ (u − aᵢ). One limit has a closed form, s = c Σh ÷ (hᵀΣh) with d = c ÷ √(hᵀΣh); where that would take
//! an asset below −1, or with several limits to be broken at once, it is a program. Φ(−d) is the probability that the one limit
//! breaks, p that a shock as unlikely as this comes from any side. Means of returns count as 0. Sources: T. Breuer, M. Jandačka,
//! K. Rheinberger, M. Summer, *How to Find Plausible, Severe, and Useful Stress Scenarios*, International Journal of Central
//! Banking 5 (2009); P. Glasserman, C. Kang, W. Kang, *Stress Scenario Selection by Empirical Likelihood* (2015), section 2.

use std::sync::Arc;

use crate::estimate::covariance::Covariance;
use crate::estimate::observations::EstimateError;
use crate::linear::eigen::Eigen;
use crate::linear::matrix::Matrix;
use crate::linear::product::{multiply, times};
use crate::linear::vector::dot;
use crate::optimize::dispatch::{DispatchError, solve};
use crate::optimize::program::{Program, Region, Rows};
use crate::optimize::solution::Status;
use crate::probability::chi_square;

/// Share of the largest eigenvalue below which a direction counts as one in which nothing moves.
const SINGULAR: f64 = 1e-12;

/// How far below −1 rounding may take a return.
const ROUNDING: f64 = 1e-9;

/// A limit that shocks may break: slopeᵀ shocks ≥ reach.
#[derive(Debug, Clone, PartialEq)]
pub struct Breach {
    /// h.
    pub slope: Vec<f64>,
    /// c: at or below 0 where the limit is broken without a shock.
    pub reach: f64,
}

/// The smallest shock that breaks what was asked.
#[derive(Debug, Clone, PartialEq)]
pub struct ReverseStress {
    /// s: simple returns, at least −1.
    pub shocks: Vec<f64>,
    /// d: standard deviations from no shock.
    pub distance: f64,
    /// p: how likely a shock is that lies as far out, in whatever direction.
    pub plausibility: f64,
}

/// Why no shock is told.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StressError {
    /// A covariance that cannot be used, or slopes that do not fit it.
    #[error(transparent)]
    Estimate(#[from] EstimateError),
    /// A program that could not be solved.
    #[error(transparent)]
    Solve(#[from] DispatchError),
    /// A search that ended without a proof.
    #[error("the search for the smallest shock ended without a proven answer; ask for one limit at a time")]
    Unproven,
}

/// The smallest shock that breaks all the limits given at once; `None` where no shock can.
///
/// ```
/// use evenkeel_quant::estimate::covariance::Covariance;
/// use evenkeel_quant::stress::reverse::{Breach, least_shock};
/// let covariance = Covariance::from_volatilities(&[0.2, 0.05], &[1.0, 0.0, 0.0, 1.0])?;
/// let a_fifth_lost = Breach { slope: vec![-0.6, -0.4], reach: 0.2 };
/// let found = least_shock(&covariance, &[a_fifth_lost])?.ok_or("no shock does")?;
/// assert!((0.6 * found.shocks[0] + 0.4 * found.shocks[1] + 0.2).abs() < 1e-14);
/// assert!((found.distance - 0.2 / (0.12_f64.powi(2) + 0.02_f64.powi(2)).sqrt()).abs() < 1e-13);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`StressError::Estimate`] for slopes of another size or that are not finite; [`StressError::Solve`] and
/// [`StressError::Unproven`] where the program is not solved.
pub fn least_shock(covariance: &Covariance, breaches: &[Breach]) -> Result<Option<ReverseStress>, StressError> {
    let assets = covariance.size();
    for Breach { slope, reach } in breaches {
        if slope.len() != assets {
            return Err(EstimateError::Size { name: "the slope of a limit", unit: "entries", found: slope.len(), needed: assets }.into());
        }
        if let Some(value) = slope.iter().chain([reach]).copied().find(|value| !value.is_finite()) {
            return Err(EstimateError::Parameter { name: "the slope or reach of a limit", value, range: "a finite number" }.into());
        }
    }
    let Eigen { values, vectors } = Eigen::of(&covariance.matrix()).map_err(EstimateError::from)?;
    let largest = values.last().copied().unwrap_or_default();
    let rank = values.iter().filter(|value| **value > SINGULAR * largest && **value > 0.0).count();
    let told = |shocks: Vec<f64>, distance: f64| {
        Some(ReverseStress { shocks, distance, plausibility: chi_square::at_least(distance * distance, rank) })
    };
    let open: Vec<&Breach> = breaches.iter().filter(|breach| breach.reach > 0.0).collect();
    if open.is_empty() {
        return Ok(told(vec![0.0; assets], 0.0));
    }
    if let ([breach], true) = (open.as_slice(), breaches.len() == 1) {
        let along = covariance.times(&breach.slope);
        let variance = dot(&breach.slope, &along);
        // A portfolio without risk is moved by nothing.
        if variance <= SINGULAR * largest * dot(&breach.slope, &breach.slope) {
            return Ok(None);
        }
        let shocks: Vec<f64> = along.iter().map(|covaries| breach.reach / variance * covaries).collect();
        if shocks.iter().all(|shock| *shock >= -1.0) {
            return Ok(told(shocks, breach.reach / variance.sqrt()));
        }
    }
    let root = Matrix::from_fn(assets, rank, |row, column| {
        let at = assets - rank + column;
        vectors.get(row, at) * values[at].sqrt()
    });
    let Some(standard) = search(&root, breaches)? else { return Ok(None) };
    let distance = dot(&standard, &standard).sqrt();
    Ok(told(times(&root, &standard), distance))
}

/// min ½ zᵀz with H R z ≥ c and R z ≥ −1, in standardized shocks z.
fn search(root: &Matrix, breaches: &[Breach]) -> Result<Option<Vec<f64>>, StressError> {
    let (assets, rank) = (root.rows(), root.columns());
    let slopes = Matrix::from_fn(breaches.len(), assets, |row, column| breaches[row].slope[column]);
    let of_limits = multiply(&slopes, root);
    let matrix = Matrix::from_fn(breaches.len() + assets, rank, |row, column| {
        row.checked_sub(breaches.len()).map_or_else(|| of_limits.get(row, column), |asset| root.get(asset, column))
    });
    let lower = breaches.iter().map(|breach| breach.reach).chain((0..assets).map(|_| -1.0)).collect();
    let rows = Rows { upper: vec![f64::INFINITY; breaches.len() + assets], matrix, lower };
    let (open, nothing) = (vec![f64::INFINITY; rank], vec![0.0; rank]);
    let lowest = open.iter().map(|value| -value).collect();
    let program = Program {
        quadratic: Some(Arc::new(Covariance::factors(Matrix::zeros(rank, 0), vec![1.0; rank]))),
        scale: 1.0,
        center: nothing.clone(),
        linear: nothing,
        costs: Vec::new(),
        region: Region { lower: lowest, upper: open, rows, spreads: Vec::new(), risks: Vec::new() },
    };
    let found = solve(&program, None, None)?;
    match found.solution.status {
        Status::Infeasible if found.is_proven() => Ok(None),
        Status::Optimal if is_kept(root, breaches, &found.solution.weights) => Ok(Some(found.solution.weights)),
        _ => Err(StressError::Unproven),
    }
}

/// Whether an answer does what was asked, held against the limits themselves.
fn is_kept(root: &Matrix, breaches: &[Breach], standard: &[f64]) -> bool {
    let shocks = times(root, standard);
    let reaches = |breach: &Breach| {
        let scale: f64 = breach.slope.iter().map(|slope| slope.abs()).sum::<f64>() + breach.reach.abs();
        dot(&breach.slope, &shocks) >= breach.reach - ROUNDING * scale
    };
    breaches.iter().all(reaches) && shocks.iter().all(|shock| *shock >= -1.0 - ROUNDING)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;
    use crate::linear::cholesky::Cholesky;

    fn factors(loadings: Vec<f64>) -> Covariance {
        Covariance::from_factors(Matrix::from_columns(4, 2, loadings).unwrap(), vec![0.01, 0.02, 0.005, 0.01]).unwrap()
    }

    #[test]
    fn what_cannot_be_broken_is_told() {
        let covariance = Covariance::from_volatilities(&[0.2, 0.0], &[1.0, 0.0, 0.0, 1.0]).unwrap();
        let cash_alone = Breach { slope: vec![0.0, -1.0], reach: 0.1 };
        assert_eq!(least_shock(&covariance, &[cash_alone]).unwrap(), None);
        let more_than_all = Breach { slope: vec![-0.5, -0.5], reach: 0.6 };
        assert_eq!(least_shock(&covariance, &[more_than_all]).unwrap(), None);
        let broken_already = Breach { slope: vec![-0.5, -0.5], reach: 0.0 };
        let none = least_shock(&covariance, &[broken_already]).unwrap().unwrap();
        assert_eq!((none.shocks, none.distance, none.plausibility), (vec![0.0, 0.0], 0.0, 1.0));
        let misfit = Breach { slope: vec![1.0], reach: 0.1 };
        assert!(matches!(least_shock(&covariance, &[misfit]), Err(StressError::Estimate(EstimateError::Size { .. }))));
    }

    #[test]
    fn no_asset_loses_more_than_all() {
        // The closed form would take the first asset to −1.6; the second must give the rest.
        let covariance = Covariance::from_volatilities(&[0.4, 0.1], &[1.0, 0.0, 0.0, 1.0]).unwrap();
        let breach = Breach { slope: vec![-0.4, -0.6], reach: 0.7 };
        let found = least_shock(&covariance, &[breach]).unwrap().unwrap();
        assert!((found.shocks[0] + 1.0).abs() < 1e-7 && (found.shocks[1] + 0.5).abs() < 1e-7, "{found:?}");
        assert!((found.distance - (2.5_f64.powi(2) + 5.0_f64.powi(2)).sqrt()).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn a_shock_is_the_nearest_that_breaks(loadings in prop::collection::vec(-0.2..0.2_f64, 8), weights in prop::collection::vec(0.05..1.0_f64, 4), lost in 0.05..0.3_f64) {
            let covariance = factors(loadings);
            let total: f64 = weights.iter().sum();
            let breach = Breach { slope: weights.iter().map(|weight| -weight / total).collect(), reach: lost };
            let found = least_shock(&covariance, std::slice::from_ref(&breach)).unwrap().unwrap();
            prop_assert!((dot(&breach.slope, &found.shocks) - lost).abs() < 1e-7);
            let inverse = Cholesky::factor(covariance.matrix().into_owned()).unwrap();
            let distance = |shocks: &[f64]| dot(shocks, &inverse.solve(shocks)).sqrt();
            prop_assert!((distance(&found.shocks) - found.distance).abs() < 1e-6 * found.distance);
            // Any other shock that breaks the limit lies farther out: one asset alone, and all alike.
            for asset in 0..4 {
                let alone: Vec<f64> = (0..4).map(|at| if at == asset { lost / breach.slope[at] } else { 0.0 }).collect();
                prop_assert!(alone[asset] < -1.0 || distance(&alone) >= found.distance - 1e-9);
            }
            prop_assert!(distance(&[-lost; 4]) >= found.distance - 1e-9);
        }

        #[test]
        fn several_limits_take_at_least_as_much_as_each(loadings in prop::collection::vec(-0.2..0.2_f64, 8), first in 0.02..0.1_f64, second in 0.02..0.1_f64) {
            let covariance = factors(loadings);
            let one = Breach { slope: vec![-0.5, -0.2, -0.2, -0.1], reach: first };
            let other = Breach { slope: vec![0.3, -0.3, -0.5, 0.1], reach: second };
            let both = least_shock(&covariance, &[one.clone(), other.clone()]).unwrap().unwrap();
            for breach in [one, other] {
                prop_assert!(dot(&breach.slope, &both.shocks) >= breach.reach - 1e-7);
                let alone = least_shock(&covariance, &[breach]).unwrap().unwrap();
                prop_assert!(both.distance >= alone.distance - 1e-6);
            }
        }
    }
}
