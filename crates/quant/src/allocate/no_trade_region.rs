//! The band around the optimal weight within which trading costs more than it brings.
//!
//! One risky asset beside a safe one, constant relative risk aversion, proportional costs. The
//! optimal weight without costs (R. C. Merton, *Lifetime Portfolio Selection under Uncertainty: The
//! Continuous-Time Case*, 1969) is
//!
//! w = (μ − r) ÷ (γ σ²)
//!
//! With costs one trades only at the edges of a band around it, and there just enough to stay
//! within (M. H. A. Davis, A. R. Norman, *Portfolio Selection with Transaction Costs*, 1990). To
//! leading order in the cost the half width of the band is
//!
//! h = (3 ÷ (2γ) · w² (1 − w)² · c)^⅓
//!
//! where c is paid on each side, and where a spread ε is paid on sales only
//!
//! h = (3 ÷ (4γ) · w² (1 − w)² · ε)^⅓
//!
//! (K. Janeček, S. E. Shreve, *Asymptotic Analysis for Optimal Investment and Consumption with
//! Transaction Costs*, 2004; S. Gerhold, P. Guasoni, J. Muhle-Karbe, W. Schachermayer, *Transaction
//! Costs, Trading Volume, and the Liquidity Premium*, 2014.) The error is of order c^⅔.
//!
//! | symbol | argument | unit |
//! |---|---|---|
//! | w | `weight` | fraction of wealth |
//! | γ | `risk_aversion` | above 0 |
//! | c, ε | `cost_each_side`, `spread` | fraction of what is traded, at least 0 |
//! | μ − r | `excess_return` | a year, a fraction |
//! | σ | `volatility` | a year, a fraction, above 0 |
//! | h | result | fraction of wealth |

/// Optimal weight of the risky asset without costs; `None` unless risk aversion and volatility are
/// above zero and all numbers finite.
///
/// ```
/// let weight = evenkeel_quant::allocate::no_trade_region::merton_weight(0.06, 0.2, 3.0);
/// assert!((weight.unwrap_or_default() - 0.5).abs() < 1e-15);
/// ```
pub fn merton_weight(excess_return: f64, volatility: f64, risk_aversion: f64) -> Option<f64> {
    let weight = excess_return / (risk_aversion * volatility * volatility);
    (risk_aversion > 0.0 && volatility > 0.0 && weight.is_finite()).then_some(weight)
}

/// Half width of the no-trade region where a proportional cost is paid on each side; `None` unless
/// risk aversion is above zero, the cost at least zero and all numbers finite.
///
/// ```
/// let half_width = evenkeel_quant::allocate::no_trade_region::half_width(0.5, 2.0, 0.01);
/// assert!((half_width.unwrap_or_default() - 0.077_680_812_648_846_48).abs() < 1e-15);
/// ```
pub fn half_width(weight: f64, risk_aversion: f64, cost_each_side: f64) -> Option<f64> {
    let product = weight * (1.0 - weight);
    let cube = 3.0 / (2.0 * risk_aversion) * product * product * cost_each_side;
    (risk_aversion > 0.0 && cost_each_side >= 0.0 && cube.is_finite()).then(|| cube.cbrt())
}

/// As [`half_width`], where a spread is paid on sales only, so that a round trip costs it once.
pub fn half_width_spread_on_sales(weight: f64, risk_aversion: f64, spread: f64) -> Option<f64> {
    half_width(weight, risk_aversion, spread / 2.0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refuses_what_has_no_meaning() {
        assert_eq!(half_width(0.5, 0.0, 0.01), None);
        assert_eq!(half_width(0.5, 2.0, -0.01), None);
        assert_eq!(half_width(f64::NAN, 2.0, 0.01), None);
        assert_eq!(merton_weight(0.05, 0.0, 3.0), None);
        assert_eq!(half_width(1.0, 2.0, 0.01), Some(0.0));
    }

    proptest! {
        #[test]
        fn scales_with_the_cube_root(weight in 0.01..0.99_f64, risk_aversion in 0.5..20.0_f64, cost in 1e-5..0.02_f64) {
            let h = half_width(weight, risk_aversion, cost).unwrap();
            let close = |a: f64, b: f64| (a - b).abs() <= 1e-14 * b.abs();
            prop_assert!(close(half_width(weight, risk_aversion, 8.0 * cost).unwrap(), 2.0 * h));
            prop_assert!(close(half_width(weight, 8.0 * risk_aversion, cost).unwrap(), h / 2.0));
            prop_assert!((half_width(1.0 - weight, risk_aversion, cost).unwrap() - h).abs() < 1e-13);
            prop_assert!(close(half_width_spread_on_sales(weight, risk_aversion, 2.0 * cost).unwrap(), h));
        }
    }
}
