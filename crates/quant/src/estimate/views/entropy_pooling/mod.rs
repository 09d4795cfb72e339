//! Views on means, variances and correlations of any scenarios: probabilities as near as can be to
//! the prior ones.
//!
//! minimize KL(q, p) = Σₜ qₜ log(qₜ ÷ pₜ) over probabilities q, subject to the views
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | x | `scenarios` | T × n | a period, a fraction: history or simulation |
//! | p | `prior` | T | at least 0, of any sum; equal where not given |
//! | views | [`View`] | K | on a mean, variance or correlation, a period |
//! | q | [`Pooled::probabilities`] | T | sum to 1 |
//! | KL | [`Pooled::relative_entropy`] | 1 | natural logarithm, at least 0 |
//!
//! A view on a variance or a correlation is linear in q only where means, and variances, are known. So
//! these are pinned, in up to three passes from p: views on means; then views on variances with the means of
//! the assets concerned pinned to what the first pass gave; then views on correlations with their means and
//! variances pinned to what the second gave. What nobody has a view on is free to move in the first pass, and in the others
//! unless it is pinned. (A. Meucci, "Fully Flexible Views: Theory and Practice", 2008, section 3;
//! passes as A. Vorobets, "Sequential Entropy Pooling Heuristics", 2021.) Pinned by
//! `golden/entropy_pooling.json` and the published case.

// Views as linear constraints on probabilities.
mod constraint;

// The probabilities nearest to prior ones under linear constraints.
mod dual;

// The passes, and the views that contradict one another.
mod passes;

use crate::estimate::covariance::Covariance;
use crate::estimate::covariance::weighted::{Weighted, probabilities, weighted_moments};
use crate::estimate::observations::{EstimateError, check_rows};
use crate::linear::matrix::Matrix;
use crate::linear::vector::dot;

/// A belief about the distribution of returns.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// What it is about.
    pub quantity: Quantity,
    /// How the quantity compares with the value.
    pub relation: Relation,
    /// The value, a period.
    pub value: f64,
}

/// What a view is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Quantity {
    /// The expected return of a combination of assets: a weight for each. 1 and −1 compare two.
    Mean(Vec<f64>),
    /// The variance of an asset.
    Variance(usize),
    /// The correlation of two assets.
    Correlation(usize, usize),
}

/// How a quantity compares with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// It is the same.
    Equal,
    /// It is no less.
    AtLeast,
    /// It is no more.
    AtMost,
}

/// Probabilities that hold the views, and how far these moved the prior.
#[derive(Debug, Clone, PartialEq)]
pub struct Pooled {
    /// q: probability of each scenario.
    pub probabilities: Vec<f64>,
    /// KL(q, p), natural logarithm: 0 where the prior holds the views.
    pub relative_entropy: f64,
    /// exp(−Σ q log q): the number of equally likely scenarios that would be as uncertain.
    pub effective_scenarios: f64,
    /// Expected return of each asset under q, a period.
    pub mean: Vec<f64>,
    /// Covariance under q, a period.
    pub covariance: Covariance,
    /// Expected return under q less that under p, of each asset.
    pub shift: Vec<f64>,
    /// Each view beside what was and what is believed, in the order given.
    pub views: Vec<ViewOutcome>,
    /// Newton steps of all passes.
    pub steps: usize,
}

/// A view, before and after.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ViewOutcome {
    /// The quantity under p.
    pub prior: f64,
    /// The value of the view.
    pub stated: f64,
    /// The quantity under q.
    pub posterior: f64,
}

/// Why views cannot be pooled.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PoolingError {
    /// Scenarios or prior that are no such.
    #[error(transparent)]
    Estimate(#[from] EstimateError),
    /// A view that names an asset that is not there, or has no number for each.
    #[error("view {view} is about {found}, and there are {assets} assets, numbered from 0")]
    Unknown {
        /// Number of the view, from 0.
        view: usize,
        /// The asset, or the number of weights.
        found: usize,
        /// Number of assets.
        assets: usize,
    },
    /// A value that the quantity never has.
    #[error("view {view} says {value}; it must be {range}")]
    Value {
        /// Number of the view, from 0.
        view: usize,
        /// Its value.
        value: f64,
        /// What it may be, in words.
        range: &'static str,
    },
    /// A view that no probabilities of these scenarios can hold.
    #[error("view {view} says {value}, and under these scenarios the quantity can only be from {lowest} to {highest}")]
    OutOfReach {
        /// Number of the view, from 0.
        view: usize,
        /// Its value.
        value: f64,
        /// The least that the quantity can be, means and variances pinned.
        lowest: f64,
        /// The most that it can be.
        highest: f64,
    },
    /// Views that contradict one another, each needed for the contradiction.
    #[error("views {views:?} cannot hold together under these scenarios; without any one of them the others can")]
    Contradiction {
        /// Their numbers, from 0.
        views: Vec<usize>,
    },
    /// Views that were neither met nor refuted.
    #[error("the views were met but for {residual:e} standard deviations; views at the very edge of the scenarios do that: relax one")]
    Unsettled {
        /// The largest violation, in standard deviations of its quantity.
        residual: f64,
    },
}

/// The probabilities nearest to the prior that hold all views.
///
/// ```
/// use evenkeel_quant::{
///     estimate::views::entropy_pooling::{Quantity, Relation, View, entropy_pooling},
///     linear::matrix::Matrix,
/// };
/// // Up or down by 2 %; believed to gain 1 % on average: three times in four up.
/// let scenarios = Matrix::from_columns(2, 1, vec![0.02, -0.02])?;
/// let view = View { quantity: Quantity::Mean(vec![1.0]), relation: Relation::Equal, value: 0.01 };
/// let pooled = entropy_pooling(&scenarios, None, &[view])?;
/// assert!((pooled.probabilities[0] - 0.75).abs() < 1e-12);
/// assert!((pooled.shift[0] - 0.01).abs() < 1e-14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`PoolingError`], for the first thing that is wrong; what cannot hold is named.
pub fn entropy_pooling(scenarios: &Matrix, prior: Option<&[f64]>, views: &[View]) -> Result<Pooled, PoolingError> {
    check_rows(scenarios.rows(), 0)?;
    check_views(views, scenarios.columns())?;
    let equal = vec![1.0; scenarios.rows()];
    let prior = probabilities(prior.unwrap_or(&equal), scenarios.rows())?;
    let before = weighted_moments(scenarios, &prior)?;
    let (posterior, steps) = passes::pool(scenarios, &prior, views)?;
    let after = weighted_moments(scenarios, &posterior)?;
    let outcome = |view: &View| ViewOutcome {
        prior: quantity(&view.quantity, &before),
        stated: view.value,
        posterior: quantity(&view.quantity, &after),
    };
    // x log(x ÷ y), 0 for an impossible scenario.
    let information = |x: f64, y: f64| if x > 0.0 { x * (x / y).ln() } else { 0.0 };
    let relative_entropy: f64 = posterior.iter().zip(&prior).map(|(q, p)| information(*q, *p)).sum();
    let negative_entropy: f64 = posterior.iter().map(|q| information(*q, 1.0)).sum();
    Ok(Pooled {
        relative_entropy: relative_entropy.max(0.0),
        effective_scenarios: (-negative_entropy).exp(),
        shift: after.means.iter().zip(&before.means).map(|(after, before)| after - before).collect(),
        views: views.iter().map(outcome).collect(),
        probabilities: posterior,
        mean: after.means,
        covariance: after.covariance,
        steps,
    })
}

fn quantity(quantity: &Quantity, moments: &Weighted) -> f64 {
    let entry = |i: usize, j: usize| moments.covariance.matrix().get(i, j);
    match quantity {
        Quantity::Mean(weights) => dot(weights, &moments.means),
        Quantity::Variance(asset) => entry(*asset, *asset),
        Quantity::Correlation(first, second) => {
            let product = entry(*first, *first) * entry(*second, *second);
            if product > 0.0 { entry(*first, *second) / product.sqrt() } else { 0.0 }
        }
    }
}

fn check_views(views: &[View], assets: usize) -> Result<(), PoolingError> {
    for (number, view) in views.iter().enumerate() {
        let known = |asset: usize| {
            if asset < assets { Ok(()) } else { Err(PoolingError::Unknown { view: number, found: asset, assets }) }
        };
        let within = |sound: bool, value: f64, range: &'static str| {
            if sound { Ok(()) } else { Err(PoolingError::Value { view: number, value, range }) }
        };
        within(view.value.is_finite(), view.value, "a number")?;
        match &view.quantity {
            Quantity::Mean(weights) => {
                if weights.len() != assets {
                    return Err(PoolingError::Unknown { view: number, found: weights.len(), assets });
                }
                let bad = weights.iter().find(|weight| !weight.is_finite());
                bad.map_or(Ok(()), |weight| within(false, *weight, "about a combination whose weights are numbers"))?;
            }
            Quantity::Variance(asset) => {
                known(*asset)?;
                within(view.value >= 0.0, view.value, "at least 0, being a variance")?;
            }
            Quantity::Correlation(first, second) => {
                known(*first)?;
                known(*second)?;
                within(
                    view.value.abs() <= 1.0 && first != second,
                    view.value,
                    "from -1 to 1, being a correlation of two different assets",
                )?;
            }
        }
    }
    Ok(())
}
