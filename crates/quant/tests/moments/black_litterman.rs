//! Black–Litterman against published tables, the form with inverses, and its own laws.

use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::estimate::covariance::sample::sample_covariance;
use evenkeel_quant::estimate::views::black_litterman::{Posterior, Prior, Uncertainty, View, ViewError, black_litterman};
use evenkeel_quant::linear::cholesky::Cholesky;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::linear::product::{gram, multiply, times};
use proptest::prelude::*;
use serde_json::Value;

use crate::support::{assert_matrix, assert_vector, case_returns, matrix, numbers, panel, read, text};

fn views(inputs: &Value, rows: &str, expected: &str) -> Vec<View> {
    let rows = inputs[rows].as_array().unwrap().iter().map(numbers);
    rows.zip(numbers(&inputs[expected])).map(|(weights, expected)| View { weights, expected }).collect()
}

#[test]
fn published_posterior() {
    let (Some(returns), Some(file)) = (case_returns(), read("../shared/cases/optim_black_litterman.json")) else { return };
    let Some(assets) = text("../shared/cases/optim_assets.csv") else { return };
    let benchmark: Vec<f64> = assets.lines().skip(1).map(|line| line.split(',').nth(2).unwrap().parse().unwrap()).collect();
    let (parameters, reference) = (&file["parameters"], &file["reference"]);
    let covariance = sample_covariance(&returns, 1).unwrap();
    let delta = parameters["delta"].as_f64().unwrap();
    let mean: Vec<f64> = covariance.times(&benchmark).iter().map(|entry| delta * entry).collect();
    // The benchmark is printed with ten decimals.
    assert_vector(&mean, &numbers(&reference["prior_mean"]), 1e-9, "prior mean");
    let prior = Prior { mean: &mean, covariance: &covariance, uncertainty: parameters["tau"].as_f64().unwrap() };
    let found = black_litterman(prior, &views(parameters, "P", "q"), Uncertainty::Proportional).unwrap();
    assert_vector(&found.mean, &numbers(&reference["posterior_mean"]), 1e-9, "posterior mean");
    assert_matrix(&found.covariance.matrix(), &matrix(&reference["posterior_covariance"]), 1e-12, "posterior covariance");
}

/// Idzorek's example: its prior, its views, and unconstrained optimal weights under the prior covariance.
struct Idzorek {
    file: Value,
    covariance: Covariance,
    mean: Vec<f64>,
    views: Vec<View>,
}

impl Idzorek {
    fn open() -> Option<Self> {
        let file = read("../shared/cases/pub_black_litterman_idzorek_2005.json")?;
        let covariance = Covariance::from_matrix(matrix(&file["inputs"]["covariance_table5"])).unwrap();
        let aversion = file["inputs"]["risk_aversion_used"].as_f64().unwrap();
        let mean = covariance.times(&numbers(&file["inputs"]["w_mkt"])).iter().map(|entry| aversion * entry).collect();
        let views = views(&file["inputs"], "P", "Q");
        Some(Self { file, covariance, mean, views })
    }

    fn posterior(&self, uncertainty: Uncertainty<'_>) -> Posterior {
        let prior = Prior { mean: &self.mean, covariance: &self.covariance, uncertainty: 0.025 };
        black_litterman(prior, &self.views, uncertainty).unwrap()
    }

    fn weights(&self, mean: &[f64]) -> Vec<f64> {
        let aversion = self.file["inputs"]["risk_aversion_used"].as_f64().unwrap();
        let factor = Cholesky::factor(self.covariance.matrix().into_owned()).unwrap();
        factor.solve(mean).iter().map(|weight| weight / aversion).collect()
    }

    fn expect(&self, found: &[f64], key: &str) {
        assert_vector(found, &numbers(&self.file["expected_recomputed"][key]), 1e-9, key);
    }
}

#[test]
fn published_tables_of_idzorek() {
    let Some(idzorek) = Idzorek::open() else { return };
    idzorek.expect(&idzorek.mean, "pi");
    let proportional = idzorek.posterior(Uncertainty::Proportional);
    idzorek.expect(&proportional.mean, "mu");
    idzorek.expect(&idzorek.weights(&proportional.mean), "w");
    let certain = idzorek.posterior(Uncertainty::Confidence(&[1.0; 3]));
    idzorek.expect(&certain.mean, "mu_100");
    idzorek.expect(&idzorek.weights(&certain.mean), "w_100");
    let confidences = numbers(&idzorek.file["inputs"]["user_confidence"]);
    let confident = idzorek.posterior(Uncertainty::Confidence(&confidences));
    idzorek.expect(&confident.mean, "mu_user_confidence");
    idzorek.expect(&idzorek.weights(&confident.mean), "w_user_confidence");
    let omega = numbers(&idzorek.file["expected_recomputed"]["omega_from_user_confidence"]);
    let omega = Matrix::from_fn(3, 3, |i, j| if i == j { omega[i] } else { 0.0 });
    assert_vector(&idzorek.posterior(Uncertainty::Given(&omega)).mean, &confident.mean, 1e-12, "the same as given Ω");
    // The printed tables, in percent with two decimals.
    let printed = &idzorek.file["published_rounded"];
    for (found, printed) in proportional.mean.iter().zip(numbers(&printed["table6_mu_percent"])) {
        assert!((100.0 * found - printed).abs() <= 0.01);
    }
    for (found, printed) in idzorek.weights(&proportional.mean).iter().zip(numbers(&printed["table6_w_percent"])) {
        assert!((100.0 * found - printed).abs() <= 0.06);
    }
}

#[test]
fn a_confidence_is_the_share_of_the_way_to_certainty() {
    let Some(mut idzorek) = Idzorek::open() else { return };
    let all = idzorek.views.clone();
    for (view, confidence) in all.into_iter().zip([0.25, 0.5, 0.65]) {
        idzorek.views = vec![view];
        let weights = |confidence: f64| idzorek.weights(&idzorek.posterior(Uncertainty::Confidence(&[confidence])).mean);
        for ((part, none), all) in weights(confidence).iter().zip(weights(0.0)).zip(weights(1.0)) {
            assert!((part - (none + confidence * (all - none))).abs() < 1e-12);
        }
    }
}

#[test]
fn no_view_and_no_confidence_leave_the_mean() {
    let covariance = sample_covariance(&panel(50, 4, 1), 1).unwrap();
    let prior = Prior { mean: &[0.01, 0.02, 0.03, 0.04], covariance: &covariance, uncertainty: 0.05 };
    let doubted = black_litterman(prior, &[View::absolute(4, 1, 0.5)], Uncertainty::Confidence(&[0.0])).unwrap();
    for found in [black_litterman(prior, &[], Uncertainty::Proportional).unwrap(), doubted] {
        assert_eq!((found.mean.as_slice(), found.distance), (prior.mean, 0.0));
        let expected = Matrix::from_fn(4, 4, |i, j| 1.05 * covariance.matrix().get(i, j));
        assert_matrix(&found.covariance.matrix(), &expected, 1e-14, "covariance");
    }
}

#[test]
fn reports_how_far_the_views_moved_the_prior() {
    let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 0.0, 0.0, 1.0]).unwrap();
    let prior = Prior { mean: &[0.05, 0.03], covariance: &covariance, uncertainty: 0.25 };
    let view = View::absolute(2, 0, 0.15);
    // The prior's standard deviation is 0.2 × √0.25 = 0.1: the view is one of them away, √½ with its own error.
    let certain = black_litterman(prior, std::slice::from_ref(&view), Uncertainty::Confidence(&[1.0])).unwrap();
    assert!((certain.distance - 1.0).abs() < 1e-14);
    assert!((certain.views[0].posterior - 0.15).abs() < 1e-15);
    assert!(certain.mean_uncertainty.variances()[0].abs() < 1e-17);
    let half = black_litterman(prior, &[view], Uncertainty::Proportional).unwrap();
    assert!((half.distance - 0.5).abs() < 1e-14);
    assert!((half.views[0].surprise.unwrap() - 0.5_f64.sqrt()).abs() < 1e-14);
    assert!((half.shift[0] - 0.05).abs() < 1e-15 && half.shift[1] == 0.0);
    assert_eq!((half.views[0].prior, half.views[0].stated), (0.05, 0.15));
}

#[test]
fn what_cannot_be_weighed_is_refused() {
    let covariance = Covariance::from_volatilities(&[0.2, 0.0], &[1.0, 0.0, 0.0, 1.0]).unwrap();
    let prior = Prior { mean: &[0.05, 0.03], covariance: &covariance, uncertainty: 0.05 };
    let view = |expected: f64| View::absolute(2, 0, expected);
    let refused = |prior: Prior<'_>, views: &[View], uncertainty: Uncertainty<'_>| black_litterman(prior, views, uncertainty).unwrap_err();
    let certain = Uncertainty::Confidence(&[1.0, 1.0]);
    assert_eq!(refused(prior, &[view(0.1), view(0.2)], certain), ViewError::Redundant { view: 1 });
    assert_eq!(refused(prior, &[View::absolute(2, 1, 0.1)], Uncertainty::Proportional), ViewError::Redundant { view: 0 });
    assert!(black_litterman(prior, &[view(0.1), view(0.2)], Uncertainty::Proportional).is_ok());
    let sizes = [
        refused(Prior { mean: &[0.1], ..prior }, &[], Uncertainty::Proportional),
        refused(prior, &[View::absolute(3, 0, 0.1)], Uncertainty::Proportional),
        refused(prior, &[view(0.1)], certain),
        refused(prior, &[view(0.1)], Uncertainty::Given(&Matrix::identity(2))),
    ];
    assert!(sizes.iter().all(|error| matches!(error, ViewError::Size { .. })), "{sizes:?}");
    let parameters = [
        refused(Prior { uncertainty: 0.0, ..prior }, &[], Uncertainty::Proportional),
        refused(Prior { mean: &[0.1, f64::NAN], ..prior }, &[], Uncertainty::Proportional),
        refused(prior, &[view(f64::INFINITY)], Uncertainty::Proportional),
        refused(prior, &[View { weights: vec![f64::NAN, 0.0], expected: 0.1 }], Uncertainty::Proportional),
        refused(prior, &[view(0.1)], Uncertainty::Confidence(&[1.5])),
    ];
    assert!(parameters.iter().all(|error| matches!(error, ViewError::Parameter { .. })), "{parameters:?}");
    let negative = Matrix::from_fn(1, 1, |_, _| -1.0);
    assert!(matches!(refused(prior, &[view(0.1)], Uncertainty::Given(&negative)), ViewError::Uncertainty(_)));
}

/// A⁻¹ of a positive definite matrix.
fn inverse(matrix: &Matrix) -> Matrix {
    let mut inverse = Matrix::identity(matrix.rows());
    Cholesky::factor(matrix.clone()).unwrap().solve_columns(&mut inverse);
    inverse
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn agrees_with_the_form_of_inverses_in_any_unit(
        seed in any::<u64>(), assets in 2..7_usize, number in 1..4_usize, power in -8..9_i32,
    ) {
        let sigma = sample_covariance(&panel(40, assets, seed), 1).unwrap().matrix().into_owned();
        let pick = panel(number, assets, seed ^ 1);
        let mean: Vec<f64> = panel(1, assets, seed ^ 2).into_values();
        let stated: Vec<f64> = panel(1, number, seed ^ 3).into_values();
        let omega = { let root = panel(number + 3, number, seed ^ 4); gram(&root) };
        // μ = M (S⁻¹ π + Pᵀ Ω⁻¹ q) with S = τΣ and M = (S⁻¹ + Pᵀ Ω⁻¹ P)⁻¹
        let prior_precision = inverse(&Matrix::from_fn(assets, assets, |i, j| 0.05 * sigma.get(i, j)));
        let weighted = multiply(&pick.transposed(), &inverse(&omega));
        let of_views = multiply(&weighted, &pick);
        let precision = Matrix::from_fn(assets, assets, |i, j| prior_precision.get(i, j) + of_views.get(i, j));
        let right: Vec<f64> = times(&prior_precision, &mean).iter().zip(times(&weighted, &stated)).map(|(a, b)| a + b).collect();
        let uncertain = inverse(&precision);
        let expected = times(&uncertain, &right);

        let unit = 10.0_f64.powi(power);
        let scaled = |matrix: &Matrix| Matrix::from_fn(matrix.rows(), matrix.columns(), |i, j| matrix.get(i, j) * unit * unit);
        let covariance = Covariance::from_matrix(scaled(&sigma)).unwrap();
        let in_unit: Vec<f64> = mean.iter().map(|entry| entry * unit).collect();
        let views: Vec<View> = (0..number).map(|k| View { weights: pick.row(k), expected: stated[k] * unit }).collect();
        let prior = Prior { mean: &in_unit, covariance: &covariance, uncertainty: 0.05 };
        let found = black_litterman(prior, &views, Uncertainty::Given(&scaled(&omega))).unwrap();
        let back: Vec<f64> = found.mean.iter().map(|entry| entry / unit).collect();
        assert_vector(&back, &expected, 1e-9, "mean");
        assert_matrix(&found.mean_uncertainty.matrix(), &scaled(&uncertain), 1e-9, "uncertainty of the mean");
        // The distance is what its definition says.
        let shift: Vec<f64> = expected.iter().zip(&mean).map(|(after, before)| after - before).collect();
        let distance = times(&prior_precision, &shift).iter().zip(&shift).map(|(a, b)| a * b).sum::<f64>().sqrt();
        prop_assert!((found.distance - distance).abs() <= 1e-8 * (1.0 + distance));
    }
}
