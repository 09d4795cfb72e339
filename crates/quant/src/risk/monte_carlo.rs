//! VaR and CVaR of many drawn scenarios, and what each position contributes, without a table of positions × scenarios.
//!
//! r = μ + s (L z + √d ∘ ε), s = √((ν − 2) ÷ χ²ᵥ) or 1; profit of a scenario = wᵀμ + s ((Lᵀw)ᵀ z + √(Σ wᵢ² dᵢ) ε)
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | w, μ | `weights`, `mean` | n | fractions of value; a horizon |
//! | Σ = L Lᵀ + diag(d) | `covariance` | n × k, n | a horizon |
//! | z, ε | standard normal draws | k, 1 | |
//! | ν | [`Shape::Student`] | 1 | above 2; scenarios share a bad draw of χ² |
//!
//! **What is specific to each position is drawn once for the portfolio**: the sum of independent wᵢ √dᵢ εᵢ is normal with
//! variance Σ wᵢ² dᵢ, and given that sum a position's expected part of it is wᵢ² dᵢ ÷ Σ wⱼ² dⱼ. Both are exact, so S
//! scenarios of n positions under k factors take S k + n k operations and not S n, and components are less noisy than those
//! of drawn positions (Rao–Blackwell). A dense covariance counts its eigenvectors as factors. Each scenario has its own stream
//! of the seed. Sources: P. Glasserman, *Monte Carlo Methods in Financial Engineering* (2003), sections 2.3 and 9.3; A. J.
//! McNeil, R. Frey, P. Embrechts, *Quantitative Risk Management* (2015), section 6.2.

use super::series::{RiskError, check, check_level};
use super::tail::TailRisk;
use super::tail_parts::{TailRows, tail_rows};
use crate::estimate::covariance::Covariance;
use crate::linear::eigen::Eigen;
use crate::linear::matrix::Matrix;
use crate::linear::product::{times, transposed_times};
use crate::linear::vector::{add_scaled, dot, scale};
use crate::probability::random::Random;
use crate::probability::student::chi_square;

/// What returns look like around their mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    /// Normal.
    Normal,
    /// Student's t, with degrees of freedom above 2 that all positions share.
    Student(f64),
}

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Draws {
    /// The shape of returns.
    pub shape: Shape,
    /// How many scenarios.
    pub scenarios: usize,
    /// The seed.
    pub seed: u64,
}

/// VaR and CVaR of drawn scenarios.
#[derive(Debug, Clone, PartialEq)]
pub struct MonteCarlo {
    /// Of the whole.
    pub total: TailRisk,
    /// Each position's part of CVaR; they sum to it.
    pub component: Vec<f64>,
}

/// Draws scenarios of a portfolio's return and measures their tail.
///
/// ```
/// use evenkeel_quant::estimate::covariance::Covariance;
/// use evenkeel_quant::risk::monte_carlo::{Draws, Shape, simulate};
/// use evenkeel_quant::risk::parametric::normal_tail;
/// let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 0.3, 0.3, 1.0])?;
/// let (weights, mean) = ([0.6, 0.4], [0.05, 0.02]);
/// let drawn = simulate(&mean, &covariance, &weights, 0.95, Draws { shape: Shape::Normal, scenarios: 50_000, seed: 7 })?;
/// let exact = normal_tail(0.038, covariance.variance(&weights).sqrt(), 0.95)?;
/// assert!((drawn.total.value_at_risk - exact.value_at_risk).abs() < 0.003);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`RiskError::Level`], [`RiskError::NotFinite`], [`RiskError::Lengths`] where sizes differ, [`RiskError::TooFew`] for no
/// scenarios, [`RiskError::Argument`] for degrees of 2 or less.
pub fn simulate(mean: &[f64], covariance: &Covariance, weights: &[f64], level: f64, draws: Draws) -> Result<MonteCarlo, RiskError> {
    check_level(level)?;
    check(mean, 0)?;
    check(weights, 0)?;
    for found in [mean.len(), weights.len()] {
        if found != covariance.size() {
            return Err(RiskError::Lengths { series: found, benchmark: covariance.size() });
        }
    }
    if draws.scenarios == 0 {
        return Err(RiskError::TooFew { found: 0, needed: 1 });
    }
    if let Shape::Student(degrees) = draws.shape
        && !(degrees.is_finite() && degrees > 2.0)
    {
        return Err(RiskError::Argument { name: "number of degrees of freedom", value: degrees, limit: "above 2" });
    }
    let (loadings, specific) = factors(covariance)?;
    let own: Vec<f64> = specific.iter().zip(weights).map(|(variance, weight)| weight * weight * variance).collect();
    let specific_variance: f64 = own.iter().sum();
    let mut exposure = transposed_times(&loadings, weights);
    exposure.push(specific_variance.sqrt());
    let scenarios = Scenarios { exposure, expected: dot(weights, mean), draws };
    let losses: Vec<f64> = (0..draws.scenarios).map(|number| scenarios.loss(number)).collect();
    let TailRows { total, rows } = tail_rows(&losses, level);
    // The mean draw of the tail gives every position's part by one product.
    let mut in_tail = vec![0.0; scenarios.exposure.len()];
    for (number, weight) in rows {
        add_scaled(&mut in_tail, weight, &scenarios.draw(number));
    }
    let of_specific = in_tail.pop().unwrap_or_default();
    let common = times(&loadings, &in_tail);
    let share = if specific_variance > 0.0 { of_specific / specific_variance.sqrt() } else { 0.0 };
    let component = (0..weights.len()).map(|at| -weights[at] * (mean[at] + common[at]) - own[at] * share).collect();
    Ok(MonteCarlo { total, component })
}

/// Loadings and specific variances; eigenvectors times roots of eigenvalues where the covariance has no factors.
fn factors(covariance: &Covariance) -> Result<(Matrix, Vec<f64>), RiskError> {
    if let Some(form) = covariance.factor_form() {
        return Ok((form.loadings.clone(), form.specific.clone()));
    }
    let Eigen { values, mut vectors } = Eigen::of(&covariance.matrix()).map_err(|_| RiskError::NotFinite { index: 0, value: f64::NAN })?;
    for (at, value) in values.iter().enumerate() {
        scale(vectors.column_mut(at), value.max(0.0).sqrt());
    }
    Ok((vectors, vec![0.0; covariance.size()]))
}

/// Scenarios by number, drawn anew whenever they are asked for.
struct Scenarios {
    /// Lᵀw, and last the volatility of what is specific.
    exposure: Vec<f64>,
    expected: f64,
    draws: Draws,
}

impl Scenarios {
    /// s z and s ε of a scenario.
    fn draw(&self, number: usize) -> Vec<f64> {
        let mut random = Random::stream(self.draws.seed, number as u64);
        let mut drawn: Vec<f64> = self.exposure.iter().map(|_| random.normal()).collect();
        if let Shape::Student(degrees) = self.draws.shape {
            scale(&mut drawn, ((degrees - 2.0) / chi_square(&mut random, degrees)).sqrt());
        }
        drawn
    }

    fn loss(&self, number: usize) -> f64 {
        -(self.expected + dot(&self.exposure, &self.draw(number)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;
    use crate::risk::parametric::student_tail;
    use crate::risk::tail_parts::normal_parts;

    fn draws(shape: Shape, scenarios: usize) -> Draws {
        Draws { shape, scenarios, seed: 5 }
    }

    #[test]
    fn many_scenarios_agree_with_closed_forms() {
        let loadings = Matrix::from_rows(3, 2, &[0.2, 0.0, 0.1, 0.1, -0.05, 0.3]).unwrap();
        let factors = Covariance::from_factors(loadings, vec![0.01, 0.0, 0.02]).unwrap();
        let dense = Covariance::from_matrix(factors.matrix().into_owned()).unwrap();
        let (mean, weights) = ([0.05, 0.02, 0.08], [0.5, 0.3, 0.2]);
        let exact = normal_parts(&mean, &factors, &weights, 0.975).unwrap();
        for covariance in [&factors, &dense] {
            let drawn = simulate(&mean, covariance, &weights, 0.975, draws(Shape::Normal, 100_000)).unwrap();
            assert!((drawn.total.value_at_risk - exact.total.value_at_risk).abs() < 0.004);
            for (drawn, exact) in drawn.component.iter().zip(&exact.component) {
                assert!((drawn - exact.conditional_value_at_risk).abs() < 0.005, "{drawn} {exact:?}");
            }
        }
        let fat = simulate(&mean, &factors, &weights, 0.99, draws(Shape::Student(5.0), 200_000)).unwrap();
        let told = student_tail(dot(&mean, &weights), factors.variance(&weights).sqrt(), 5.0, 0.99).unwrap();
        assert!((fat.total.value_at_risk / told.value_at_risk - 1.0).abs() < 0.02);
        assert!((fat.total.conditional_value_at_risk / told.conditional_value_at_risk - 1.0).abs() < 0.03);
    }

    #[test]
    fn refuses_what_cannot_be_drawn() {
        let covariance = Covariance::from_volatilities(&[0.1], &[1.0]).unwrap();
        let refused = |draws: Draws| simulate(&[0.0], &covariance, &[1.0], 0.95, draws).unwrap_err();
        assert_eq!(refused(draws(Shape::Normal, 0)), RiskError::TooFew { found: 0, needed: 1 });
        assert!(matches!(refused(draws(Shape::Student(2.0), 10)), RiskError::Argument { .. }));
        assert!(matches!(simulate(&[], &covariance, &[1.0], 0.95, draws(Shape::Normal, 1)), Err(RiskError::Lengths { .. })));
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_whole(
            loadings in prop::collection::vec(-0.3..0.3_f64, 12),
            specific in prop::collection::vec(0.0..0.1_f64, 6),
            weights in prop::collection::vec(-1.0..1.0_f64, 6),
            is_fat in any::<bool>(),
        ) {
            let covariance = Covariance::from_factors(Matrix::from_columns(6, 2, loadings).unwrap(), specific).unwrap();
            let shape = if is_fat { Shape::Student(4.0) } else { Shape::Normal };
            let drawn = simulate(&[0.01; 6], &covariance, &weights, 0.95, draws(shape, 300)).unwrap();
            prop_assert!((drawn.component.iter().sum::<f64>() - drawn.total.conditional_value_at_risk).abs() < 1e-12);
        }
    }
}
