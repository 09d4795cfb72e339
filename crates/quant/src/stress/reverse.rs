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
//! an asset below −1, those that would fall further are held there by multipliers; with several limits to be broken at once it is a program. Φ(−d) is the probability that the one limit
//! breaks, p that a shock as unlikely as this comes from any side. Means of returns count as 0. Sources: T. Breuer, M. Jandačka,
//! K. Rheinberger, M. Summer, *How to Find Plausible, Severe, and Useful Stress Scenarios*, International Journal of Central
//! Banking 5 (2009); P. Glasserman, C. Kang, W. Kang, *Stress Scenario Selection by Empirical Likelihood* (2015), section 2.

use std::borrow::Cow;
use std::sync::Arc;

use crate::estimate::covariance::Covariance;
use crate::estimate::observations::EstimateError;
use crate::linear::cholesky::Cholesky;
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

/// Rounds of the search for one limit.
const MOST_ROUNDS: usize = 200;

/// Rounds without fewer assets that stand wrong, after which they change sides one by one.
const TRIES: usize = 3;

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

/// The smallest shock that breaks all the limits given at once; `None` where no shock can. For many limits on one covariance,
/// [`ShockSpace`] looks at it once.
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
/// As [`ShockSpace::new`] and [`ShockSpace::least`].
pub fn least_shock(covariance: &Covariance, breaches: &[Breach]) -> Result<Option<ReverseStress>, StressError> {
    ShockSpace::new(covariance)?.least(breaches)
}

/// The shocks of a covariance, in which smallest ones are looked for.
#[derive(Debug, Clone)]
pub struct ShockSpace<'a> {
    covariance: &'a Covariance,
    matrix: Cow<'a, Matrix>,
    eigen: Eigen,
    largest: f64,
    rank: usize,
}

impl<'a> ShockSpace<'a> {
    /// Looks at a covariance of the horizon that is meant.
    ///
    /// ```
    /// # use evenkeel_quant::{estimate::covariance::Covariance, stress::reverse::ShockSpace};
    /// let covariance = Covariance::from_volatilities(&[0.2, 0.0], &[1.0, 0.0, 0.0, 1.0])?;
    /// assert_eq!(ShockSpace::new(&covariance)?.rank(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`StressError::Estimate`] for a covariance that cannot be used.
    pub fn new(covariance: &'a Covariance) -> Result<Self, StressError> {
        let matrix = covariance.matrix();
        let eigen = Eigen::of(&matrix).map_err(EstimateError::from)?;
        let largest = eigen.values.last().copied().unwrap_or_default();
        let rank = eigen.values.iter().filter(|value| **value > SINGULAR * largest && **value > 0.0).count();
        Ok(Self { covariance, matrix, eigen, largest, rank })
    }

    /// Directions in which anything moves.
    ///
    /// ```
    /// # use evenkeel_quant::{estimate::covariance::Covariance, stress::reverse::ShockSpace};
    /// let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 1.0, 1.0, 1.0])?;
    /// assert_eq!(ShockSpace::new(&covariance)?.rank(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn rank(&self) -> usize {
        self.rank
    }

    /// The smallest shock that breaks all the limits given at once; `None` where no shock can.
    ///
    /// ```
    /// # use evenkeel_quant::{estimate::covariance::Covariance, stress::reverse::{Breach, ShockSpace}};
    /// let covariance = Covariance::from_volatilities(&[0.2, 0.0], &[1.0, 0.0, 0.0, 1.0])?;
    /// let all_lost = Breach { slope: vec![-0.5, -0.5], reach: 0.6 };
    /// assert_eq!(ShockSpace::new(&covariance)?.least(&[all_lost])?, None, "what does not move is kept");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`StressError::Estimate`] for slopes of another size or that are not finite; [`StressError::Solve`] and
    /// [`StressError::Unproven`] where the program is not solved.
    pub fn least(&self, breaches: &[Breach]) -> Result<Option<ReverseStress>, StressError> {
        check(breaches, self.covariance.size())?;
        let open: Vec<&Breach> = breaches.iter().filter(|breach| breach.reach > 0.0).collect();
        if open.is_empty() {
            return Ok(Some(self.told(vec![0.0; self.covariance.size()], 0.0)));
        }
        if let ([breach], true) = (open.as_slice(), breaches.len() == 1) {
            let along = self.covariance.times(&breach.slope);
            let variance = dot(&breach.slope, &along);
            // A portfolio without risk is moved by nothing.
            if variance <= SINGULAR * self.largest * dot(&breach.slope, &breach.slope) {
                return Ok(None);
            }
            let shocks: Vec<f64> = along.iter().map(|covaries| breach.reach / variance * covaries).collect();
            if shocks.iter().all(|shock| *shock >= -1.0) {
                return Ok(Some(self.told(shocks, breach.reach / variance.sqrt())));
            }
            if let Some((shocks, distance)) = by_multipliers(&self.matrix, breach, &along, variance) {
                return Ok(Some(self.told(shocks, distance)));
            }
        }
        let root = self.root();
        let Some(standard) = search(&root, breaches)? else { return Ok(None) };
        let distance = dot(&standard, &standard).sqrt();
        Ok(Some(self.told(times(&root, &standard), distance)))
    }

    fn told(&self, shocks: Vec<f64>, distance: f64) -> ReverseStress {
        ReverseStress { shocks, distance, plausibility: chi_square::at_least(distance * distance, self.rank) }
    }

    /// R with R Rᵀ = Σ.
    fn root(&self) -> Matrix {
        let (assets, rank) = (self.covariance.size(), self.rank);
        Matrix::from_fn(assets, rank, |row, column| {
            let at = assets - rank + column;
            self.eigen.vectors.get(row, at) * self.eigen.values[at].sqrt()
        })
    }
}

fn check(breaches: &[Breach], assets: usize) -> Result<(), StressError> {
    for Breach { slope, reach } in breaches {
        if slope.len() != assets {
            return Err(EstimateError::Size { name: "the slope of a limit", unit: "entries", found: slope.len(), needed: assets }.into());
        }
        if let Some(value) = slope.iter().chain([reach]).copied().find(|value| !value.is_finite()) {
            return Err(EstimateError::Parameter { name: "the slope or reach of a limit", value, range: "a finite number" }.into());
        }
    }
    Ok(())
}

/// One limit, with assets that would fall below −1 held there: s = Σ(λh + Σ μᵢ eᵢ), multipliers at least 0. Which are held is found by
/// block principal pivoting (L. F. Portugal, J. J. Júdice, L. N. Vicente, Mathematics of Computation 63 (1994)): all that stand
/// wrong change sides at once, and one alone where that leads nowhere, which ends for any covariance without a riskless
/// direction. `None` where it finds no answer that proves itself.
fn by_multipliers(matrix: &Matrix, breach: &Breach, along: &[f64], variance: f64) -> Option<(Vec<f64>, f64)> {
    let mut held = vec![false; along.len()];
    let (mut fewest, mut tries) = (usize::MAX, TRIES);
    for _ in 0..MOST_ROUNDS {
        let indices: Vec<usize> = held.iter().enumerate().filter(|(_, held)| **held).map(|(asset, _)| asset).collect();
        let multipliers = multipliers(matrix, breach.reach, along, variance, &indices)?;
        let shocks = shocks(matrix, along, &indices, &multipliers);
        let below = (0..along.len()).filter(|asset| !held[*asset] && shocks[*asset] < -1.0 - ROUNDING);
        let pulled = indices.iter().zip(&multipliers[1..]).filter(|(_, multiplier)| **multiplier < 0.0).map(|(asset, _)| *asset);
        let wrong: Vec<usize> = below.chain(pulled).collect();
        let Some(last) = wrong.iter().max().copied() else {
            return proven(breach, shocks, &multipliers);
        };
        if wrong.len() < fewest {
            (fewest, tries) = (wrong.len(), TRIES);
        } else {
            tries = tries.saturating_sub(1);
        }
        let changed = if tries > 0 { wrong } else { vec![last] };
        for asset in changed {
            held[asset] = !held[asset];
        }
    }
    None
}

/// The multipliers λ of the limit and μ of what is held, by which the limit is reached and what is held stands at −1.
fn multipliers(matrix: &Matrix, reach: f64, along: &[f64], variance: f64, held: &[usize]) -> Option<Vec<f64>> {
    let entry = |row: usize, column: usize| match (row.checked_sub(1), column.checked_sub(1)) {
        (None, None) => variance,
        (Some(at), None) | (None, Some(at)) => along[held[at]],
        (Some(row), Some(column)) => matrix.get(held[row], held[column]),
    };
    let right: Vec<f64> = std::iter::once(reach).chain(held.iter().map(|_| -1.0)).collect();
    let solved = Cholesky::factor(Matrix::from_fn(right.len(), right.len(), entry)).ok()?.solve(&right);
    solved.iter().all(|multiplier| multiplier.is_finite()).then_some(solved)
}

fn shocks(matrix: &Matrix, along: &[f64], held: &[usize], multipliers: &[f64]) -> Vec<f64> {
    let mut shocks: Vec<f64> = along.iter().map(|covaries| multipliers[0] * covaries).collect();
    for (asset, multiplier) in held.iter().zip(&multipliers[1..]) {
        for (shock, covaries) in shocks.iter_mut().zip(matrix.column(*asset)) {
            *shock += multiplier * covaries;
        }
    }
    shocks
}

/// The shocks with their distance, where they reach the limit and its multiplier pushes toward it.
fn proven(breach: &Breach, shocks: Vec<f64>, multipliers: &[f64]) -> Option<(Vec<f64>, f64)> {
    let is_reached = (dot(&breach.slope, &shocks) - breach.reach).abs() <= ROUNDING * (1.0 + breach.reach);
    let squared = multipliers[0] * breach.reach - multipliers[1..].iter().sum::<f64>();
    (is_reached && multipliers[0] >= 0.0).then(|| (shocks.into_iter().map(|shock| shock.max(-1.0)).collect(), squared.max(0.0).sqrt()))
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

        /// Held at −1 by multipliers where these settle, or found by the program: the same shock.
        #[test]
        fn both_ways_find_the_same(loadings in prop::collection::vec(-0.6..0.6_f64, 8), slope in prop::collection::vec(-1.0..1.0_f64, 4), reach in 0.05..2.0_f64) {
            let covariance = factors(loadings);
            let breach = Breach { slope, reach };
            let Some(found) = least_shock(&covariance, std::slice::from_ref(&breach)).unwrap() else {
                // Nothing gains where it rises, and all that may be lost is not enough.
                let most: f64 = breach.slope.iter().map(|slope| if *slope > 0.0 { f64::INFINITY } else { -slope }).sum();
                prop_assert!(most <= reach + 1e-9);
                return Ok(());
            };
            let space = ShockSpace::new(&covariance).unwrap();
            let root = space.root();
            let standard = search(&root, std::slice::from_ref(&breach)).unwrap().unwrap();
            prop_assert!((dot(&standard, &standard).sqrt() - found.distance).abs() < 1e-6 * (1.0 + found.distance));
            prop_assert!(times(&root, &standard).iter().zip(&found.shocks).all(|(a, b)| (a - b).abs() < 1e-4 * (1.0 + b.abs())));
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
