//! What styles and policies explain.

use evenkeel_quant::attribution::error::AttributionError;
use evenkeel_quant::attribution::policy::{explained_variance, of_level};
use evenkeel_quant::attribution::style::style;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::probability::random::Random;
use evenkeel_quant::risk::relative::beta;
use evenkeel_quant::risk::variance::variance;
use proptest::prelude::*;

use super::near;
use super::shared::case_returns;

/// A fund made of indices is found again, whatever it earned beyond them every month.
#[test]
fn a_known_mix_is_found() {
    let mut random = Random::stream(7, 0);
    let indices = Matrix::from_fn(120, 5, |_, _| 0.04 * random.normal());
    let mix = [0.4, 0.0, 0.35, 0.25, 0.0];
    let fund: Vec<f64> = (0..120).map(|t| 0.003 + (0..5).map(|i| mix[i] * indices.get(t, i)).sum::<f64>()).collect();
    let found = style(&fund, &indices).unwrap();
    for (weight, expected) in found.weights.iter().zip(mix) {
        near(*weight, expected, 1e-9, "weight");
    }
    near(found.r_squared, 1.0, 1e-9, "share explained");
    assert!(found.selection.iter().all(|skill| (skill - 0.003).abs() < 1e-9));
}

/// Against a grid over all mixes of three assets in steps of a point.
#[test]
fn no_mix_on_a_grid_is_better() {
    let Some(returns) = case_returns() else { return };
    let indices = returns.select(&(0..returns.rows()).collect::<Vec<_>>(), &[0, 5, 9]);
    let fund = returns.column(13);
    let found = style(fund, &indices).unwrap();
    let left = |weights: [f64; 3]| {
        let gap: Vec<f64> = (0..fund.len()).map(|t| fund[t] - (0..3).map(|i| weights[i] * indices.get(t, i)).sum::<f64>()).collect();
        variance(&gap, 0).unwrap()
    };
    let own = variance(&found.selection, 0).unwrap();
    near(1.0 - own / variance(fund, 0).unwrap(), found.r_squared, 1e-10, "share explained");
    for a in 0..=100 {
        for b in 0..=100 - a {
            let weights = [f64::from(a), f64::from(b), f64::from(100 - a - b)].map(|weight| weight / 100.0);
            assert!(left(weights) >= own * (1.0 - 1e-9), "{weights:?}");
        }
    }
}

#[test]
fn what_has_no_style() {
    let indices = Matrix::from_fn(3, 2, |row, column| if row == column { 0.1 } else { 0.0 });
    assert_eq!(style(&[0.1; 3], &indices), Err(AttributionError::NoVariance { what: "fund" }));
    assert!(matches!(style(&[0.1; 2], &indices), Err(AttributionError::Shape { .. })));
    assert_eq!(style(&[0.1, 0.0, 0.2], &Matrix::zeros(3, 0)), Err(AttributionError::Empty { what: "indices" }));
    assert_eq!(explained_variance(&[0.1; 3], &[0.1, 0.2, 0.3]), Err(AttributionError::NoVariance { what: "fund" }));
    assert_eq!(explained_variance(&[0.1, 0.2, 0.3], &[0.1; 3]), Err(AttributionError::NoVariance { what: "policy" }));
    assert!(of_level(&[-0.1], &[0.1], 1.0).is_err());
}

proptest! {
    #[test]
    fn explained_variance_is_beta_both_ways(fund in prop::collection::vec(-0.1..0.1_f64, 20), policy in prop::collection::vec(-0.1..0.1_f64, 20)) {
        let share = explained_variance(&fund, &policy).unwrap();
        prop_assert!((share - beta(&fund, &policy).unwrap() * beta(&policy, &fund).unwrap()).abs() < 1e-12);
        prop_assert!((0.0..=1.0 + 1e-12).contains(&share));
    }
}
