//! Views on expected returns, weighed against a prior by how sure each is.
//!
//! μ = π + τΣ Pᵀ (P τΣ Pᵀ + Ω)⁻¹ (q − P π)
//!
//! Σ′ = Σ + M  with  M = τΣ − τΣ Pᵀ (P τΣ Pᵀ + Ω)⁻¹ P τΣ
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | π | [`Prior::mean`] | n | a period, a fraction: often the equilibrium δ Σ w |
//! | Σ | [`Prior::covariance`] | n × n | a period |
//! | τ | [`Prior::uncertainty`] | 1 | variance of π's error over that of returns; 0.01 to 0.05 is usual |
//! | P, q | [`View::weights`], [`View::expected`] | k × n, k | q in the period of π |
//! | Ω | [`Uncertainty`] | k × k | variance of the views' errors, a period |
//! | μ, Σ′, M | [`Posterior`] | n, n × n | Σ′ of returns, M of the mean |
//!
//! All in one period: views on a year go with moments of a year. No inverse of Σ or Ω is taken, so
//! both may be singular and a view may be certain. (F. Black, R. Litterman, "Global Portfolio
//! Optimization", 1992; in this form A. Meucci, "The Black–Litterman Approach: Original Model and
//! Extensions", 2010, eq. 20 and 21; confidences T. M. Idzorek, "A Step-by-Step Guide to the
//! Black–Litterman Model", 2005.) Pinned by Idzorek's tables.

use crate::estimate::covariance::{Covariance, CovarianceError};
use crate::estimate::normal_equations::NormalEquations;
use crate::linear::matrix::Matrix;
use crate::linear::product::{multiply, times, transposed_times};
use crate::linear::vector::dot;

/// What is believed before any view.
#[derive(Debug, Clone, Copy)]
pub struct Prior<'a> {
    /// π: expected return of each asset, a period.
    pub mean: &'a [f64],
    /// Σ: covariance of returns, a period.
    pub covariance: &'a Covariance,
    /// τ: how uncertain π is, as a share of Σ; above 0.
    pub uncertainty: f64,
}

/// A belief: a combination of assets is expected to return so much.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// A row of P: 1 for an absolute view; those of a relative view sum to 0.
    pub weights: Vec<f64>,
    /// The entry of q: the expected return, a period.
    pub expected: f64,
}

impl View {
    /// One asset of `assets` returns so much.
    ///
    /// ```
    /// use evenkeel_quant::estimate::views::black_litterman::View;
    /// assert_eq!(View::absolute(3, 1, 0.05).weights, [0.0, 1.0, 0.0]);
    /// ```
    #[must_use]
    pub fn absolute(assets: usize, asset: usize, expected: f64) -> Self {
        let weights = (0..assets).map(|at| f64::from(u8::from(at == asset))).collect();
        Self { weights, expected }
    }

    /// One asset of `assets` returns so much more than another.
    ///
    /// ```
    /// use evenkeel_quant::estimate::views::black_litterman::View;
    /// assert_eq!(View::relative(3, 0, 2, 0.02).weights, [1.0, 0.0, -1.0]);
    /// ```
    #[must_use]
    pub fn relative(assets: usize, better: usize, worse: usize, by: f64) -> Self {
        let weights = (0..assets).map(|at| f64::from(u8::from(at == better)) - f64::from(u8::from(at == worse))).collect();
        Self { weights, expected: by }
    }
}

/// How sure the views are: Ω.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Uncertainty<'a> {
    /// Each view is as uncertain as the prior is about the same combination: Ω = diag(P τΣ Pᵀ).
    Proportional,
    /// A confidence from 0 to 1 for each view: ω = (1 − C) ÷ C · p τΣ pᵀ, so that a view taken alone moves
    /// unconstrained optimal weights by the share C of what certainty would. 1 is certain, 0 is no view.
    Confidence(&'a [f64]),
    /// Ω itself, k × k.
    Given(&'a Matrix),
}

/// What is believed with the views.
#[derive(Debug, Clone, PartialEq)]
pub struct Posterior {
    /// μ: expected return of each asset, a period.
    pub mean: Vec<f64>,
    /// Σ′ = Σ + M: covariance of returns, their mean being uncertain, a period.
    pub covariance: Covariance,
    /// M: covariance of the error of μ, a period.
    pub mean_uncertainty: Covariance,
    /// μ − π of each asset.
    pub shift: Vec<f64>,
    /// √((μ − π)ᵀ (τΣ)⁻¹ (μ − π)): how far the mean moved, in standard deviations of the prior.
    pub distance: f64,
    /// Each view beside what was and what is believed, in the order given.
    pub views: Vec<ViewOutcome>,
}

/// A view, before and after.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ViewOutcome {
    /// p π: what the prior expected.
    pub prior: f64,
    /// q: what the view says.
    pub stated: f64,
    /// p μ: what is expected now.
    pub posterior: f64,
    /// (q − p π) ÷ √(p τΣ pᵀ + ω): how surprising the view is, in standard deviations. `None` where both are 0.
    pub surprise: Option<f64>,
}

/// Why prior and views give no posterior.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ViewError {
    /// An argument whose size does not fit the others.
    #[error("{name} has {found} entries, and {needed} are needed")]
    Size {
        /// The argument.
        name: &'static str,
        /// Entries given.
        found: usize,
        /// Entries needed.
        needed: usize,
    },
    /// A parameter outside its range.
    #[error("{name} is {value}; it must be {range}")]
    Parameter {
        /// Its name.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it may be, in words.
        range: &'static str,
    },
    /// Ω that is no covariance.
    #[error("the views' uncertainty is no covariance: {0}")]
    Uncertainty(#[from] CovarianceError),
    /// A view that is certain and that certain views before it, or an asset without risk, decide already.
    #[error(
        "view {view} says for certain what views before it, or assets without risk, decide already; leave it out or make it less than certain"
    )]
    Redundant {
        /// Number of the view, from 0.
        view: usize,
    },
}

/// Joins views with a prior, and reports how far they moved it.
///
/// ```
/// use evenkeel_quant::estimate::covariance::Covariance;
/// use evenkeel_quant::estimate::views::black_litterman::{Prior, Uncertainty, View, black_litterman};
/// let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 0.5, 0.5, 1.0])?;
/// let prior = Prior { mean: &[0.06, 0.03], covariance: &covariance, uncertainty: 0.05 };
/// let posterior = black_litterman(prior, &[View::absolute(2, 0, 0.08)], Uncertainty::Proportional)?;
/// // As sure as the prior: half-way, and the other asset moves by its beta.
/// assert!((posterior.mean[0] - 0.07).abs() < 1e-15);
/// assert!((posterior.mean[1] - 0.0325).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ViewError`], for the first thing that is wrong.
pub fn black_litterman(prior: Prior<'_>, views: &[View], uncertainty: Uncertainty<'_>) -> Result<Posterior, ViewError> {
    check(prior, views)?;
    let assets = prior.mean.len();
    let tau = prior.uncertainty;
    // τΣPᵀ, a column for each view, and P τΣ Pᵀ.
    let mut exposed = Matrix::zeros(assets, views.len());
    for (at, view) in views.iter().enumerate() {
        let covariances = prior.covariance.times(&view.weights);
        for (entry, covariance) in exposed.column_mut(at).iter_mut().zip(covariances) {
            *entry = tau * covariance;
        }
    }
    let of_views = Matrix::from_fn(views.len(), views.len(), |i, j| dot(&views[i].weights, exposed.column(j)));
    let (kept, total) = with_uncertainty(&of_views, uncertainty)?;
    let surprises: Vec<f64> = views.iter().map(|view| view.expected - dot(&view.weights, prior.mean)).collect();
    // (P τΣ Pᵀ + Ω)⁻¹ on the surprises and on PτΣ, of the views that count.
    let every: Vec<usize> = (0..assets).collect();
    let gain = exposed.select(&every, &kept);
    let equations =
        NormalEquations::factor(&total.select(&kept, &kept)).map_err(|dependent| ViewError::Redundant { view: kept[dependent] })?;
    let mut right_sides =
        Matrix::from_fn(kept.len(), assets + 1, |row, column| if column < assets { gain.get(column, row) } else { surprises[kept[row]] });
    equations.solve(&mut right_sides);
    let pull = right_sides.column(assets).to_vec();
    let shift = times(&gain, &pull);
    let mean: Vec<f64> = prior.mean.iter().zip(&shift).map(|(prior, shift)| prior + shift).collect();
    let known = multiply(&gain, &right_sides.select(&(0..kept.len()).collect::<Vec<_>>(), &every));
    let sigma = prior.covariance.matrix();
    // Both symmetric by construction up to rounding; the mean of mirror images makes them exactly so.
    let uncertain = |i: usize, j: usize| tau * sigma.get(i, j) - 0.5 * (known.get(i, j) + known.get(j, i));
    let outcome = |(at, view): (usize, &View)| {
        let (expected, variance) = (dot(&view.weights, prior.mean), total.get(at, at));
        let surprise = (variance > 0.0).then(|| surprises[at] / variance.sqrt());
        ViewOutcome { prior: expected, stated: view.expected, posterior: dot(&view.weights, &mean), surprise }
    };
    let views = views.iter().enumerate().map(outcome).collect();
    // μ − π = τΣPᵀz, so (μ − π)ᵀ(τΣ)⁻¹(μ − π) = zᵀ P τΣ Pᵀ z.
    let inner = of_views.select(&kept, &kept);
    let distance = dot(&transposed_times(&inner, &pull), &pull).max(0.0).sqrt();
    Ok(Posterior {
        covariance: Covariance::dense(Matrix::from_fn(assets, assets, |i, j| sigma.get(i, j) + uncertain(i, j))),
        mean_uncertainty: Covariance::dense(Matrix::from_fn(assets, assets, uncertain)),
        mean,
        shift,
        distance,
        views,
    })
}

/// The views that count, and P τΣ Pᵀ + Ω of all.
fn with_uncertainty(of_views: &Matrix, uncertainty: Uncertainty<'_>) -> Result<(Vec<usize>, Matrix), ViewError> {
    let number = of_views.rows();
    let mut total = of_views.clone();
    let mut kept: Vec<usize> = (0..number).collect();
    match uncertainty {
        Uncertainty::Proportional => {
            for at in 0..number {
                total.set(at, at, 2.0 * of_views.get(at, at));
            }
        }
        Uncertainty::Confidence(confidences) => {
            if confidences.len() != number {
                return Err(ViewError::Size { name: "the confidences", found: confidences.len(), needed: number });
            }
            if let Some(value) = confidences.iter().find(|value| !(0.0..=1.0).contains(*value)) {
                return Err(ViewError::Parameter { name: "a confidence", value: *value, range: "from 0 to 1" });
            }
            // ω + p τΣ pᵀ = p τΣ pᵀ ÷ C; a view without confidence is none.
            for (at, confidence) in confidences.iter().enumerate() {
                total.set(at, at, of_views.get(at, at) / confidence);
            }
            kept.retain(|at| confidences[*at] > 0.0);
        }
        Uncertainty::Given(omega) => {
            if omega.rows() != number {
                return Err(ViewError::Size { name: "the views' uncertainty", found: omega.rows(), needed: number });
            }
            let omega = Covariance::from_matrix(omega.clone())?;
            total = Matrix::from_fn(number, number, |i, j| of_views.get(i, j) + omega.matrix().get(i, j));
        }
    }
    Ok((kept, total))
}

fn check(prior: Prior<'_>, views: &[View]) -> Result<(), ViewError> {
    let assets = prior.covariance.size();
    if prior.mean.len() != assets {
        return Err(ViewError::Size { name: "the prior mean", found: prior.mean.len(), needed: assets });
    }
    if !(prior.uncertainty > 0.0 && prior.uncertainty.is_finite()) {
        return Err(ViewError::Parameter { name: "the prior's uncertainty", value: prior.uncertainty, range: "a number above 0" });
    }
    let number = |name, values: &[f64]| match values.iter().find(|value| !value.is_finite()) {
        Some(value) => Err(ViewError::Parameter { name, value: *value, range: "a number" }),
        None => Ok(()),
    };
    number("a prior mean", prior.mean)?;
    for view in views {
        if view.weights.len() != assets {
            return Err(ViewError::Size { name: "a view's weights", found: view.weights.len(), needed: assets });
        }
        number("a view's weight", &view.weights)?;
        number("a view's expected return", &[view.expected])?;
    }
    Ok(())
}
