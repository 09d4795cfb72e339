//! What each position contributes to VaR and CVaR.
//!
//! | part | normal returns | scenarios |
//! |---|---|---|
//! | component of VaR | −wᵢ μᵢ + z cᵢ | −xᵢ of the scenario at VaR |
//! | component of CVaR | −wᵢ μᵢ + φ(z) ÷ (1 − β) cᵢ | mean of −xᵢ over the tail |
//! | marginal | component ÷ wᵢ, by how much the risk grows with the weight | |
//! | incremental | risk − risk without the position | |
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | w, μ, Σ | `weights`, `mean`, `covariance` | n | fractions; over the horizon |
//! | c = w (Σw) ÷ σ | components of volatility, [`super::decompose`] | n | |
//! | xᵢ = wᵢ rᵢ | `profit` of position i in each scenario | S a column | value, or fractions of it |
//! | z, φ, β | quantile β and density of the normal distribution, `level` | | |
//! | result | losses over the horizon: components sum to the whole | n | as `profit` |
//!
//! By Euler's theorem components are weight × slope, and sum to the risk. From scenarios, the component of VaR rests on one
//! scenario and so is noisy; that of CVaR is a mean over the tail, counted as in [`super::tail`]. A hedge has a component
//! below 0. What leaves with a position is not replaced: incremental risk compares with the position's value in riskless
//! cash. Sources: D. Tasche, *Risk Contributions and Performance Measurement* (1999), sections 5 and 6; P. Jorion, *Value at
//! Risk*, 3rd ed. (2006), chapter 7; J. Mina, J. Xiao, *Return to RiskMetrics* (2001), section 6.2.

use super::decompose::decompose_volatility;
use super::parametric::{normal_quantile, normal_tail};
use super::series::{RiskError, check, check_level};
use super::tail::{Tail, TailRisk};
use crate::estimate::covariance::Covariance;
use crate::linear::matrix::Matrix;
use crate::linear::vector::{add_scaled, count, dot, sum};
use crate::probability::normal;

/// VaR and CVaR of a portfolio, and each position's part.
#[derive(Debug, Clone, PartialEq)]
pub struct TailParts {
    /// Of the whole.
    pub total: TailRisk,
    /// Each position's part; they sum to the whole.
    pub component: Vec<TailRisk>,
    /// What the whole would fall by without the position.
    pub incremental: Vec<TailRisk>,
}

impl TailParts {
    /// By how much the risk grows with each weight: component ÷ weight; `None` for a position of weight 0.
    ///
    /// ```
    /// use evenkeel_quant::{estimate::covariance::Covariance, risk::tail_parts::normal_parts};
    /// let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 0.0, 0.0, 1.0])?;
    /// let parts = normal_parts(&[0.0, 0.0], &covariance, &[1.0, 0.0], 0.95)?;
    /// let marginal = parts.marginal(&[1.0, 0.0]);
    /// assert!((marginal[0].unwrap_or(parts.total).value_at_risk - parts.total.value_at_risk).abs() < 1e-15);
    /// assert_eq!(marginal[1], None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn marginal(&self, weights: &[f64]) -> Vec<Option<TailRisk>> {
        let slope = |(part, weight): (&TailRisk, &f64)| (*weight != 0.0).then(|| divided(*part, *weight));
        self.component.iter().zip(weights).map(slope).collect()
    }
}

/// Parts where returns are normal with a mean and covariance over the horizon.
///
/// ```
/// use evenkeel_quant::{estimate::covariance::Covariance, risk::tail_parts::normal_parts};
/// let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 0.0, 0.0, 1.0])?;
/// let parts = normal_parts(&[0.0, 0.0], &covariance, &[0.5, 0.5], 0.95)?;
/// assert!((parts.component[0].value_at_risk / parts.total.value_at_risk - 0.8).abs() < 1e-14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`RiskError::Level`], [`RiskError::NotFinite`]; [`RiskError::Lengths`] where weights, means and covariance differ in size.
pub fn normal_parts(mean: &[f64], covariance: &Covariance, weights: &[f64], level: f64) -> Result<TailParts, RiskError> {
    check(weights, 0)?;
    check(mean, 0)?;
    for found in [mean.len(), weights.len()] {
        if found != covariance.size() {
            return Err(RiskError::Lengths { series: found, benchmark: covariance.size() });
        }
    }
    let z = normal_quantile(level)?;
    let beyond = normal::density(z) / (1.0 - level);
    let parts = decompose_volatility(covariance, weights);
    let component = parts.component.iter().zip(weights).zip(mean).map(|((own, weight), mean)| TailRisk {
        value_at_risk: z * own - weight * mean,
        conditional_value_at_risk: beyond * own - weight * mean,
    });
    let component: Vec<TailRisk> = component.collect();
    let expected = dot(weights, mean);
    let total = normal_tail(expected, parts.volatility, level)?;
    let variances = covariance.variances();
    let variance = parts.volatility * parts.volatility;
    let incremental = (0..weights.len()).map(|position| {
        let weight = weights[position];
        // Variance without the position: σ² − 2 w (Σw) + w² σᵢ².
        let covaries = parts.marginal[position] * parts.volatility;
        let left = variance - 2.0 * weight * covaries + weight * weight * variances[position];
        Ok(less(total, normal_tail(expected - weight * mean[position], left.max(0.0).sqrt(), level)?))
    });
    let incremental = incremental.collect::<Result<_, RiskError>>()?;
    Ok(TailParts { total, component, incremental })
}

/// Parts from scenarios: a column of profits for each position, a row for each scenario.
///
/// ```
/// use evenkeel_quant::{linear::matrix::Matrix, risk::tail_parts::scenario_parts};
/// let profit = Matrix::from_rows(4, 2, &[-3.0, 1.0, -1.0, -2.0, 2.0, 0.0, 1.0, 1.0])?;
/// let parts = scenario_parts(&profit, 0.5)?;
/// assert_eq!(parts.total.conditional_value_at_risk, 2.5);
/// assert_eq!((parts.component[0].conditional_value_at_risk, parts.component[1].conditional_value_at_risk), (2.0, 0.5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`] for no scenarios, [`RiskError::NotFinite`], [`RiskError::Level`].
pub fn scenario_parts(profit: &Matrix, level: f64) -> Result<TailParts, RiskError> {
    let (component, losses, tail) = scenario_components(profit, level)?;
    let total = tail.total;
    let incremental = profit.iter_columns().map(|own| {
        let mut without: Vec<f64> = losses.clone();
        add_scaled(&mut without, 1.0, own);
        less(total, Tail::of(level, without.len()).risk(&mut without))
    });
    let incremental = incremental.collect();
    Ok(TailParts { total, component, incremental })
}

/// The components alone, which takes two passes over the scenarios and no sorting for each position.
///
/// ```
/// use evenkeel_quant::{linear::matrix::Matrix, risk::tail_parts::components};
/// let profit = Matrix::from_rows(4, 2, &[-3.0, 1.0, -1.0, -2.0, 2.0, 0.0, 1.0, 1.0])?;
/// let (total, parts) = components(&profit, 0.5)?;
/// assert_eq!(total.conditional_value_at_risk, 2.5);
/// assert_eq!(parts[1].value_at_risk, -1.0, "the hedge of the second worst scenario");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`scenario_parts`].
pub fn components(profit: &Matrix, level: f64) -> Result<(TailRisk, Vec<TailRisk>), RiskError> {
    let (component, _, tail) = scenario_components(profit, level)?;
    Ok((tail.total, component))
}

/// Scenarios of a tail, the worst first, and how much each counts: `Σ weight × loss` is CVaR, of the whole and of any part of it.
#[derive(Debug, Clone, PartialEq)]
pub struct TailRows {
    /// VaR and CVaR of all scenarios.
    pub total: TailRisk,
    /// Number of each scenario, and its weight; they sum to 1.
    pub rows: Vec<(usize, f64)>,
}

/// The scenarios that make the tail of returns or profits, of equal ones the earlier.
///
/// ```
/// use evenkeel_quant::risk::tail_parts::tail_scenarios;
/// let tail = tail_scenarios(&[-2.0, 0.5, -3.0, 1.0], 0.5)?;
/// assert_eq!((tail.total.conditional_value_at_risk, tail.rows), (2.5, vec![(2, 0.5), (0, 0.5)]));
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`] for no scenarios, [`RiskError::NotFinite`], [`RiskError::Level`].
pub fn tail_scenarios(returns: &[f64], level: f64) -> Result<TailRows, RiskError> {
    check_level(level)?;
    check(returns, 1)?;
    Ok(tail_rows(&returns.iter().map(|earned| -earned).collect::<Vec<f64>>(), level))
}

fn scenario_components(profit: &Matrix, level: f64) -> Result<(Vec<TailRisk>, Vec<f64>, TailRows), RiskError> {
    check_level(level)?;
    let mut losses = vec![0.0; profit.rows()];
    for own in profit.iter_columns() {
        add_scaled(&mut losses, -1.0, own);
    }
    check(&losses, 1)?;
    let tail = tail_rows(&losses, level);
    let component = profit.iter_columns().map(|own| part(own, &tail.rows)).collect();
    Ok((component, losses, tail))
}

/// The worst 1 − β of the scenarios, of equal losses the earlier ones.
pub(crate) fn tail_rows(losses: &[f64], level: f64) -> TailRows {
    let tail = Tail::of(level, losses.len());
    let size = tail.observations().clamp(1, losses.len());
    let mut order: Vec<usize> = (0..losses.len()).collect();
    let worse = |a: &usize, b: &usize| losses[*b].total_cmp(&losses[*a]).then(a.cmp(b));
    order.select_nth_unstable_by(size - 1, worse);
    order.truncate(size);
    order.sort_unstable_by(worse);
    let mass = if tail.whole == 0 { 1.0 } else { count(tail.whole) + tail.fraction };
    let weight = |at: usize| if at < tail.whole || tail.whole == 0 { mass.recip() } else { tail.fraction / mass };
    let rows: Vec<(usize, f64)> = order.iter().enumerate().map(|(at, row)| (*row, weight(at))).collect();
    let of_losses: Vec<f64> = rows.iter().map(|(row, weight)| losses[*row] * weight).collect();
    let value_at_risk = rows.last().map_or(0.0, |(row, _)| losses[*row]);
    TailRows { total: TailRisk { value_at_risk, conditional_value_at_risk: sum(&of_losses) }, rows }
}

fn part(profit: &[f64], rows: &[(usize, f64)]) -> TailRisk {
    TailRisk {
        value_at_risk: rows.last().map_or(0.0, |(row, _)| -profit[*row]),
        conditional_value_at_risk: -rows.iter().map(|(row, weight)| profit[*row] * weight).sum::<f64>(),
    }
}

fn less(whole: TailRisk, without: TailRisk) -> TailRisk {
    TailRisk {
        value_at_risk: whole.value_at_risk - without.value_at_risk,
        conditional_value_at_risk: whole.conditional_value_at_risk - without.conditional_value_at_risk,
    }
}

fn divided(part: TailRisk, weight: f64) -> TailRisk {
    TailRisk { value_at_risk: part.value_at_risk / weight, conditional_value_at_risk: part.conditional_value_at_risk / weight }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;
    use crate::risk::tail::tail_risk;

    fn both(risk: TailRisk) -> [f64; 2] {
        [risk.value_at_risk, risk.conditional_value_at_risk]
    }

    #[test]
    fn refuses_what_has_no_parts() {
        assert_eq!(components(&Matrix::zeros(0, 3), 0.9), Err(RiskError::TooFew { found: 0, needed: 1 }));
        let gap = Matrix::from_columns(2, 1, vec![0.1, f64::NAN]).unwrap();
        assert!(matches!(components(&gap, 0.9), Err(RiskError::NotFinite { index: 1, .. })));
        let covariance = Covariance::from_volatilities(&[0.1], &[1.0]).unwrap();
        assert!(matches!(normal_parts(&[0.0], &covariance, &[0.5, 0.5], 0.9), Err(RiskError::Lengths { .. })));
        assert!(matches!(normal_parts(&[0.0], &covariance, &[0.5], 2.0), Err(RiskError::Level { .. })));
    }

    proptest! {
        #[test]
        fn scenario_parts_sum_to_the_whole(profits in prop::collection::vec(-1.0..1.0_f64, 240), level in 0.5..0.99_f64) {
            let profit = Matrix::from_columns(40, 6, profits).unwrap();
            let parts = scenario_parts(&profit, level).unwrap();
            let whole: Vec<f64> = (0..40).map(|row| profit.row(row).iter().sum()).collect();
            let direct = tail_risk(&whole, level).unwrap();
            for at in 0..2 {
                let total = both(parts.total)[at];
                prop_assert!((total - both(direct)[at]).abs() < 1e-12);
                prop_assert!((parts.component.iter().map(|part| both(*part)[at]).sum::<f64>() - total).abs() < 1e-12);
            }
            // Without a position, by measuring what is left.
            let without: Vec<f64> = (0..40).map(|row| profit.row(row)[1..].iter().sum()).collect();
            let left = tail_risk(&without, level).unwrap();
            prop_assert!((parts.incremental[0].conditional_value_at_risk - (direct.conditional_value_at_risk - left.conditional_value_at_risk)).abs() < 1e-12);
            // CVaR is subadditive: a component is at most the position's own CVaR.
            for (part, own) in parts.component.iter().zip(profit.iter_columns()) {
                prop_assert!(part.conditional_value_at_risk <= tail_risk(own, level).unwrap().conditional_value_at_risk + 1e-12);
            }
        }

        #[test]
        fn normal_parts_sum_and_are_slopes(
            loadings in prop::collection::vec(-1.0..1.0_f64, 12),
            specific in prop::collection::vec(0.01..1.0_f64, 6),
            weights in prop::collection::vec(-1.0..1.0_f64, 6),
            mean in prop::collection::vec(-0.1..0.1_f64, 6),
            level in 0.9..0.999_f64,
        ) {
            let covariance = Covariance::from_factors(Matrix::from_columns(6, 2, loadings).unwrap(), specific).unwrap();
            let parts = normal_parts(&mean, &covariance, &weights, level).unwrap();
            for at in 0..2 {
                prop_assert!((parts.component.iter().map(|part| both(*part)[at]).sum::<f64>() - both(parts.total)[at]).abs() < 1e-12);
            }
            let risk = |weights: &[f64]| {
                let tail = normal_tail(dot(weights, &mean), covariance.variance(weights).sqrt(), level).unwrap();
                both(tail)
            };
            let marginal = parts.marginal(&weights);
            for position in 0..6 {
                let moved = |change: f64| {
                    let mut moved = weights.clone();
                    moved[position] += change;
                    risk(&moved)
                };
                let (up, down, gone) = (moved(1e-5), moved(-1e-5), moved(-weights[position]));
                for at in 0..2 {
                    if let Some(marginal) = marginal[position] {
                        // A component over a weight near 0 has lost digits.
                        prop_assert!((both(marginal)[at] - (up[at] - down[at]) / 2e-5).abs() < 1e-5 + 1e-14 / weights[position].abs());
                    }
                    prop_assert!((both(parts.incremental[position])[at] - (risk(&weights)[at] - gone[at])).abs() < 1e-7);
                }
            }
        }
    }
}
