//! VaR and CVaR of a distribution with given moments: normal, lognormal, Student t.
//!
//! | distribution | VaR | CVaR |
//! |---|---|---|
//! | [`normal_tail`] | −μ + σ z | −μ + σ φ(z) ÷ (1 − β) |
//! | [`lognormal_tail`] | 1 − exp(m − s z) | 1 − exp(m + s²/2) Φ(−z − s) ÷ (1 − β) |
//! | [`student_tail`] | −μ + c t | −μ + c f(t) ÷ (1 − β) × (ν + t²) ÷ (ν − 1) |
//!
//! | symbol | argument | unit |
//! |---|---|---|
//! | μ, σ | `mean`, `volatility` of simple returns over the horizon | fractions |
//! | m, s | `mean`, `volatility` of log returns over the horizon | logarithms |
//! | β; z, t | `level`; the quantiles β of the standard normal and of Student's t with density f | |
//! | ν, c | `degrees` above 2; scale σ √((ν − 2) ÷ ν), so that the volatility is σ | |
//! | result | positive losses over the horizon | fractions of value |
//!
//! Nothing is annualized: moments are those of the horizon, for which [`super::horizon`] has the rules. Sources:
//! J. Hull, *Risk Management and Financial Institutions* (2018), chapter 12; A. J. McNeil, R. Frey, P. Embrechts,
//! *Quantitative Risk Management* (2015), examples 2.11, 2.14 and 2.15. Pinned by `tests/value_at_risk.rs`.

use super::series::{RiskError, check_argument, check_level};
use super::tail::TailRisk;
use crate::probability::{normal, student};

/// VaR and CVaR of normal returns.
///
/// ```
/// let told = evenkeel_quant::risk::parametric::normal_tail(0.08, 0.2, 0.95)?;
/// assert!((told.value_at_risk - 0.248_970_725_390_294_48).abs() < 1e-12);
/// assert!((told.conditional_value_at_risk - 0.332_542_561_501_485_2).abs() < 1e-12);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::Level`]; [`RiskError::Argument`] for a mean that is not finite or a volatility below 0.
pub fn normal_tail(mean: f64, volatility: f64, level: f64) -> Result<TailRisk, RiskError> {
    check_moments(mean, volatility)?;
    let z = normal_quantile(level)?;
    Ok(TailRisk { value_at_risk: volatility * z - mean, conditional_value_at_risk: volatility * normal::density(z) / (1.0 - level) - mean })
}

/// VaR and CVaR of returns whose logarithms are normal, as under geometric Brownian motion: never above 1.
///
/// ```
/// // A year at a drift of 8 % and a volatility of 20 %.
/// let told = evenkeel_quant::risk::parametric::lognormal_tail(0.08 - 0.02, 0.2, 0.95)?;
/// assert!((told.value_at_risk - 0.235_834_374_028_793_25).abs() < 1e-12);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`normal_tail`].
pub fn lognormal_tail(mean: f64, volatility: f64, level: f64) -> Result<TailRisk, RiskError> {
    check_moments(mean, volatility)?;
    let z = normal_quantile(level)?;
    let growth = (mean + 0.5 * volatility * volatility).exp();
    Ok(TailRisk {
        value_at_risk: -(mean - volatility * z).exp_m1(),
        conditional_value_at_risk: 1.0 - growth * normal::cumulative(-z - volatility) / (1.0 - level),
    })
}

/// VaR and CVaR of returns of Student's t distribution with a mean, a volatility and degrees of freedom above 2.
///
/// ```
/// let told = evenkeel_quant::risk::parametric::student_tail(0.0, 1.0, 4.0, 0.99)?;
/// assert!((told.value_at_risk - 2.649_491_906_789_311_5).abs() < 1e-10);
/// assert!((told.conditional_value_at_risk - 3.691_510_485_680_757_7).abs() < 1e-10);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`normal_tail`], and [`RiskError::Argument`] for degrees of 2 or less, which have no volatility.
pub fn student_tail(mean: f64, volatility: f64, degrees: f64, level: f64) -> Result<TailRisk, RiskError> {
    check_moments(mean, volatility)?;
    if !(degrees.is_finite() && degrees > 2.0) {
        return Err(RiskError::Argument { name: "number of degrees of freedom", value: degrees, limit: "above 2" });
    }
    scaled_student_tail(mean, volatility * ((degrees - 2.0) / degrees).sqrt(), degrees, level)
}

/// The same by location and scale, for which degrees above 1 are enough.
pub(crate) fn scaled_student_tail(location: f64, scale: f64, degrees: f64, level: f64) -> Result<TailRisk, RiskError> {
    check_level(level)?;
    let t = student::quantile(level, degrees).ok_or(RiskError::Level { value: level })?;
    let beyond = student::density(t, degrees) / (1.0 - level) * (degrees + t * t) / (degrees - 1.0);
    Ok(TailRisk { value_at_risk: scale * t - location, conditional_value_at_risk: scale * beyond - location })
}

pub(crate) fn check_moments(mean: f64, volatility: f64) -> Result<(), RiskError> {
    check_argument("mean", mean)?;
    let is_sound = volatility.is_finite() && volatility >= 0.0;
    if is_sound { Ok(()) } else { Err(RiskError::Argument { name: "volatility", value: volatility, limit: "at least 0" }) }
}

/// The quantile β of the standard normal distribution.
pub(crate) fn normal_quantile(level: f64) -> Result<f64, RiskError> {
    normal::quantile(level).ok_or(RiskError::Level { value: level })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refuses_what_has_no_tail() {
        assert_eq!(normal_tail(0.0, 0.1, 1.0), Err(RiskError::Level { value: 1.0 }));
        assert_eq!(normal_tail(0.0, -0.1, 0.9).unwrap_err().to_string(), "the volatility is -0.1; it must be at least 0");
        assert!(matches!(lognormal_tail(f64::INFINITY, 0.1, 0.9), Err(RiskError::Argument { name: "mean", .. })));
        assert!(matches!(student_tail(0.0, 0.1, 2.0, 0.9), Err(RiskError::Argument { name: "number of degrees of freedom", .. })));
        let sure = normal_tail(0.01, 0.0, 0.95).unwrap();
        assert_eq!((sure.value_at_risk, sure.conditional_value_at_risk), (-0.01, -0.01));
    }

    proptest! {
        /// CVaR is the mean of VaR over the tail: checked by Simpson's rule in the probability.
        #[test]
        fn cvar_is_the_mean_of_var(mean in -0.1..0.1_f64, volatility in 0.01..0.5_f64, degrees in 3.0..30.0_f64, level in 0.5..0.99_f64) {
            type Method = Box<dyn Fn(f64) -> TailRisk>;
            let methods: [Method; 3] = [
                Box::new(move |level| normal_tail(mean, volatility, level).unwrap()),
                Box::new(move |level| lognormal_tail(mean, volatility, level).unwrap()),
                Box::new(move |level| student_tail(mean, volatility, degrees, level).unwrap()),
            ];
            for method in methods {
                // With 1 − β = (1 − level) u³ the integrand is smooth up to the end.
                let steps = 400_u32;
                let at = |step: u32| {
                    let u = f64::from(step) / f64::from(steps);
                    if step == 0 { 0.0 } else { method(1.0 - (1.0 - level) * u.powi(3)).value_at_risk * 3.0 * u * u }
                };
                let weight = |step: u32| if step == 0 || step == steps { 1.0 } else { f64::from(2 + 2 * (step % 2)) };
                let mean_of_tail = (0..=steps).map(|step| weight(step) * at(step)).sum::<f64>() / (3.0 * f64::from(steps));
                let told = method(level);
                prop_assert!((mean_of_tail - told.conditional_value_at_risk).abs() < 2e-4 * volatility.max(0.1));
                prop_assert!(told.value_at_risk <= told.conditional_value_at_risk);
            }
        }
    }
}
