//! Expected returns against published and derived cases.
//!
//! The golden file is the project's own. The case files stand beside the project in
//! `../shared/cases`; where they are absent the tests say so and pass.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a test fails by panicking, and says what it skips"
)]

mod shared;

use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::estimate::observations::EstimateError;
use evenkeel_quant::estimate::returns::capm::{betas, capm_returns};
use evenkeel_quant::estimate::returns::equilibrium::{equilibrium_returns, implied_risk_aversion};
use evenkeel_quant::estimate::returns::exponential::exponentially_weighted_returns;
use evenkeel_quant::estimate::returns::given::given_returns;
use evenkeel_quant::estimate::returns::mean::{mean_known_returns, mean_returns};
use evenkeel_quant::estimate::returns::shrinkage::{bayes_stein, james_stein};
use evenkeel_quant::linear::{matrix::Matrix, product::gram};
use serde_json::Value;
use shared::{numbers, text};

fn matrix(value: &Value) -> Matrix {
    let rows: Vec<Vec<f64>> = value.as_array().unwrap().iter().map(numbers).collect();
    Matrix::from_rows(rows.len(), rows[0].len(), &rows.concat()).unwrap()
}

fn assert_close(found: &[f64], expected: &[f64], relative: f64, what: &str) {
    let close = |(found, expected): (&f64, &f64)| (found - expected).abs() <= relative * expected.abs();
    assert!(found.len() == expected.len() && found.iter().zip(expected).all(close), "{what}: {found:?} is not {expected:?}");
}

#[test]
fn golden_expected_returns() {
    let file: Value = serde_json::from_str(&text("golden/expected_returns.json").unwrap()).unwrap();
    let tolerance = file["tolerance"]["rel"].as_f64().unwrap();
    let case = &file["cases"][0];
    let (inputs, expected) = (&case["inputs"], &case["expected"]);
    let number = |key: &str| inputs[key].as_f64().unwrap();
    let returns = matrix(&inputs["returns"]);
    let market = numbers(&inputs["market"][0]);
    let covariance = Covariance::from_matrix(matrix(&inputs["covariance"])).unwrap();
    let observations = inputs["observations"].as_f64().map(|rows| format!("{rows:.0}").parse().unwrap()).unwrap();
    let means = mean_returns(&returns).unwrap();
    let betas = betas(&returns, &market).unwrap();
    let (james, bayes) = (james_stein(&means, &covariance, observations).unwrap(), bayes_stein(&means, &covariance, observations).unwrap());
    let found = [
        ("mean", means),
        ("exponential", exponentially_weighted_returns(&returns, number("decay")).unwrap()),
        ("equilibrium", equilibrium_returns(&covariance, &numbers(&inputs["weights"][0]), number("risk_aversion")).unwrap()),
        ("capm", capm_returns(&betas, number("risk_free"), number("market_return")).unwrap()),
        ("betas", betas),
        ("intensities", vec![james.intensity, bayes.intensity]),
        ("james_stein", james.returns),
        ("bayes_stein", bayes.returns),
    ];
    assert_eq!(found.len(), expected.as_object().unwrap().len());
    for (name, found) in found {
        assert_close(&found, &numbers(&expected[name]), tolerance, name);
    }
}

#[test]
fn published_equilibrium() {
    let Some(text) = text("../shared/cases/pub_black_litterman_idzorek_2005.json") else { return };
    let file: Value = serde_json::from_str(&text).unwrap();
    let covariance = Covariance::from_matrix(matrix(&file["inputs"]["covariance_table5"])).unwrap();
    let market = numbers(&file["inputs"]["w_mkt"]);
    let risk_aversion = implied_risk_aversion(&covariance, &market, 0.03).unwrap();
    assert_close(&[risk_aversion], &[file["inputs"]["risk_aversion_used"].as_f64().unwrap()], 1e-9, "risk aversion");
    let implied = equilibrium_returns(&covariance, &market, risk_aversion).unwrap();
    assert_close(&implied, &numbers(&file["expected_recomputed"]["pi"]), 1e-9, "pi");
    for (implied, published) in implied.iter().zip(numbers(&file["published_rounded"]["pi_percent"])) {
        assert!((100.0 * implied - published).abs() < 0.01, "{implied} is not {published} %");
    }
}

#[test]
fn equilibrium_of_a_sample() {
    let Some(text) = text("../shared/cases/optim_black_litterman.json") else { return };
    let file: Value = serde_json::from_str(&text).unwrap();
    let table = |name: &str| -> Vec<Vec<String>> {
        let text = shared::text(&format!("../shared/cases/{name}.csv")).unwrap();
        text.lines().skip(1).map(|line| line.split(',').skip(1).map(str::to_owned).collect()).collect()
    };
    let rows: Vec<f64> = table("optim_returns").concat().iter().map(|cell| cell.parse().unwrap()).collect();
    let mut returns = Matrix::from_rows(1000, 20, &rows).unwrap();
    let means = mean_returns(&returns).unwrap();
    for (asset, mean) in means.iter().enumerate() {
        returns.column_mut(asset).iter_mut().for_each(|value| *value -= mean);
    }
    let products = gram(&returns);
    let covariance = Covariance::from_matrix(Matrix::from_fn(20, 20, |i, j| products.get(i, j) / 999.0)).unwrap();
    let market: Vec<f64> = table("optim_assets").iter().map(|row| row[1].parse().unwrap()).collect();
    let implied = equilibrium_returns(&covariance, &market, file["parameters"]["delta"].as_f64().unwrap()).unwrap();
    assert_close(&implied, &numbers(&file["reference"]["prior_mean"]), 1e-9, "prior mean");
}

#[test]
fn says_what_is_missing() {
    let holed = Matrix::from_columns(3, 2, vec![0.1, 0.2, 0.3, 0.1, f64::NAN, 0.3]).unwrap();
    let refused = mean_returns(&holed).unwrap_err();
    assert!(matches!(refused, EstimateError::Value { column: 1, row: 1, .. }));
    assert!(refused.to_string().starts_with("row 1, column 1 of returns is NaN"), "{refused}");
    assert_close(&mean_known_returns(&holed, 2).unwrap(), &[0.2, 0.2], 1e-15, "means of what is known");
    assert_eq!(mean_known_returns(&holed, 3).unwrap_err(), EstimateError::TooFewReturns { asset: 1, found: 2, needed: 3 });
    assert!(matches!(mean_returns(&Matrix::zeros(0, 1)), Err(EstimateError::TooFewRows { .. })));
    assert!(matches!(given_returns(&[0.05, f64::NAN], 12.0), Err(EstimateError::Value { row: 1, .. })));
    for decay in [0.0, 1.1, f64::NAN] {
        assert!(matches!(exponentially_weighted_returns(&Matrix::zeros(2, 1), decay), Err(EstimateError::Parameter { .. })));
    }
    assert!(matches!(betas(&Matrix::zeros(3, 1), &[0.1; 3]), Err(EstimateError::Parameter { .. })));
    let twins = Covariance::from_volatilities(&[0.1, 0.1], &[1.0; 4]).unwrap();
    assert_eq!(bayes_stein(&[0.1, 0.2], &twins, 10).unwrap_err(), EstimateError::Singular { pivot: 1 });
    assert_eq!(james_stein(&[0.1], &twins, 10).unwrap_err(), EstimateError::Size { name: "means", unit: "entries", found: 1, needed: 2 });
}

#[test]
fn shrinkage_keeps_to_its_bounds_and_units() {
    let correlation: Vec<f64> = (0..25).map(|k| if k % 6 == 0 { 1.0 } else { 0.2 }).collect();
    let means: Vec<f64> = (0..5).map(|asset| 0.002 * f64::from(asset)).collect();
    let at = |scale: f64, observations: usize| {
        let covariance = Covariance::from_volatilities(&[0.02 * scale; 5], &correlation).unwrap();
        let scaled: Vec<f64> = means.iter().map(|mean| mean * scale).collect();
        [james_stein(&scaled, &covariance, observations).unwrap(), bayes_stein(&scaled, &covariance, observations).unwrap()]
    };
    for (plain, scaled) in at(1.0, 60).iter().zip(&at(1e6, 60)) {
        assert!((plain.intensity - scaled.intensity).abs() < 1e-9 && plain.intensity > 0.0 && plain.intensity < 1.0);
    }
    // The longer the history, the more the means are trusted.
    for (short, long) in at(1.0, 60).iter().zip(&at(1.0, 600)) {
        assert!(long.intensity < short.intensity);
    }
    let [james, _] = at(1.0, 1);
    assert_close(&james.returns, &[james.target; 5], 1e-15, "one observation says nothing of an asset");
}
