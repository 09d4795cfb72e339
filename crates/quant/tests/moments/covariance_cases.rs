//! Covariance estimators against published cases and the project's own golden file.

use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::estimate::covariance::denoised::denoised;
use evenkeel_quant::estimate::covariance::exponential::{ExponentialForm, exponentially_weighted};
use evenkeel_quant::estimate::covariance::gerber::{GerberDenominator, gerber};
use evenkeel_quant::estimate::covariance::ledoit_wolf::{ledoit_wolf_constant_correlation, ledoit_wolf_identity};
use evenkeel_quant::estimate::covariance::nearest::Repair;
use evenkeel_quant::estimate::covariance::oracle::oracle_approximating;
use evenkeel_quant::estimate::covariance::pairwise::pairwise_covariance;
use evenkeel_quant::estimate::covariance::sample::sample_covariance;
use evenkeel_quant::estimate::covariance::semi::{Below, semicovariance};
use evenkeel_quant::linear::matrix::Matrix;
use serde_json::Value;

use crate::support::{assert_matrix, assert_number, assert_vector, case_returns, matrix, numbers, read};

const FORMS: [(&str, &str, ExponentialForm); 5] = [
    ("zero_mean", "zero_mean", ExponentialForm::ZeroMean),
    ("weighted_mean", "biased", ExponentialForm::WeightedMean),
    ("weighted_mean_unbiased", "unbiased", ExponentialForm::WeightedMeanUnbiased),
    ("plain_mean", "deviations_from_plain_mean", ExponentialForm::PlainMean),
    ("recursive", "riskmetrics", ExponentialForm::Recursive),
];

/// The panel of the cases with one of their files.
fn case(name: &str) -> Option<(Matrix, Value)> {
    Some((case_returns()?, read(&format!("../shared/cases/{name}.json"))?))
}

fn assert_covariance(found: &Covariance, expected: &Value, relative: f64, what: &str) {
    assert_matrix(&found.matrix(), &matrix(expected), relative, what);
}

#[test]
fn golden_covariances() {
    let file = read("golden/covariance.json").unwrap();
    let (returns, relative) = (matrix(&file["returns"]), file["tolerance"]["rel"].as_f64().unwrap());
    let check = |found: &Covariance, key: &str| assert_covariance(found, &file["expected"][key]["covariance"], relative, key);
    let intensity = |found: f64, key: &str| assert_number(found, &file["expected"][key]["intensity"], relative, key);
    check(&sample_covariance(&returns, 0).unwrap(), "sample_ddof0");
    check(&sample_covariance(&returns, 1).unwrap(), "sample_ddof1");
    check(&semicovariance(&returns, Below::Mean, 1).unwrap(), "semi_mean_ddof1");
    check(&semicovariance(&returns, Below::Level(0.002), 0).unwrap(), "semi_level_ddof0");
    for (key, _, form) in FORMS {
        check(&exponentially_weighted(&returns, 0.9, form).unwrap(), &format!("exponential_{key}"));
    }
    for (estimate, key) in
        [(ledoit_wolf_identity as fn(&Matrix) -> _, "ledoit_wolf_identity"), (oracle_approximating, "oracle_approximating")]
    {
        let found = estimate(&returns).unwrap();
        check(&found.covariance, key);
        intensity(found.intensity, key);
    }
    for ddof in [0, 1] {
        let (found, key) = (ledoit_wolf_constant_correlation(&returns, ddof).unwrap(), format!("constant_correlation_ddof{ddof}"));
        check(&found.shrunk.covariance, &key);
        intensity(found.shrunk.intensity, &key);
        assert_number(found.mean_correlation, &file["expected"][&key]["mean_correlation"], relative, &key);
    }
    check(&gerber(&returns, 0.5, GerberDenominator::NotBothNeutral).unwrap().covariance, "gerber_not_both_neutral");
    check(&gerber(&returns, 0.5, GerberDenominator::GeometricMean).unwrap().covariance, "gerber_geometric_mean");
    let mut gaps = returns.clone();
    for gap in file["expected"]["pairwise_ddof1"]["gaps"].as_array().unwrap() {
        let at = |index: usize| usize::try_from(gap[index].as_u64().unwrap()).unwrap();
        gaps.set(at(0), at(1), f64::NAN);
    }
    check(&pairwise_covariance(&gaps, 1, 2, Repair::Nearest).unwrap().repaired.covariance, "pairwise_ddof1");
}

#[test]
fn published_exponential_weights() {
    let Some((returns, file)) = case("optim_cov_ewma") else { return };
    for (_, key, form) in FORMS {
        assert_covariance(&exponentially_weighted(&returns, 0.94, form).unwrap(), &file["reference"][key], 1e-12, key);
    }
}

#[test]
fn published_shrinkage_of_the_panel() {
    let Some((returns, file)) = case("optim_cov_ledoit_wolf") else { return };
    let found = ledoit_wolf_identity(&returns).unwrap();
    assert_covariance(&found.covariance, &file["reference"]["covariance"], 1e-12, "identity");
    assert_number(found.intensity, &file["reference"]["shrinkage"], 1e-10, "identity");

    let Some((returns, file)) = case("optim_cov_oas") else { return };
    let found = oracle_approximating(&returns).unwrap();
    assert_covariance(&found.covariance, &file["reference"]["covariance"], 1e-12, "oracle approximating");
    assert_number(found.intensity, &file["reference"]["shrinkage"], 1e-10, "oracle approximating");

    let Some((returns, file)) = case("optim_cov_ledoit_wolf_constcorr") else { return };
    for (ddof, suffix) in [(0, ""), (1, "_ddof1")] {
        let found = ledoit_wolf_constant_correlation(&returns, ddof).unwrap().shrunk;
        assert_covariance(&found.covariance, &file["reference"][format!("covariance{suffix}")], 1e-10, suffix);
        assert_number(found.intensity, &file["reference"][format!("shrinkage{suffix}")], 1e-8, suffix);
    }
}

#[test]
fn published_shrinkage_of_six_rows() {
    let Some(file) = read("../shared/cases/pub_shrinkage_covariance.json") else { return };
    let (returns, expected) = (matrix(&file["small"]["inputs"]["X"]), &file["small"]["expected"]);
    let identity = ledoit_wolf_identity(&returns).unwrap();
    let oracle = oracle_approximating(&returns).unwrap();
    let constant = ledoit_wolf_constant_correlation(&returns, 0).unwrap();
    assert_number(constant.mean_correlation, &expected["lw_constant_correlation"]["mean_correlation"], 1e-8, "mean correlation");
    for (found, key) in [(identity, "lw_identity"), (oracle, "oas"), (constant.shrunk, "lw_constant_correlation")] {
        assert_covariance(&found.covariance, &expected[key]["covariance"], 1e-8, key);
        assert_number(found.intensity, &expected[key]["shrinkage"], 1e-8, key);
    }
}

#[test]
fn published_denoising() {
    let Some((returns, file)) = case("optim_cov_denoised_mp") else { return };
    let found = denoised(&returns, 1).unwrap();
    assert_covariance(&found.covariance, &file["reference"]["covariance"], 1e-10, "covariance");
    assert_eq!(u64::try_from(found.signals).unwrap(), file["reference"]["n_signal"].as_u64().unwrap());
    assert_number(found.edge, &file["parameters"]["lambda_max"], 1e-14, "edge");
    let mut expected = numbers(&file["reference"]["eigenvalues"]);
    expected.sort_by(f64::total_cmp);
    assert_vector(&found.eigenvalues, &expected, 1e-12, "eigenvalues");
    assert_eq!(found.covariance.factor_form().unwrap().loadings.columns(), found.signals);
}

#[test]
fn published_gerber() {
    for (name, denominator) in
        [("optim_cov_gerber_tnn", GerberDenominator::NotBothNeutral), ("optim_cov_gerber_hh", GerberDenominator::GeometricMean)]
    {
        let Some((returns, file)) = case(name) else { return };
        let found = gerber(&returns, 0.5, denominator).unwrap();
        assert_matrix(&found.statistic, &matrix(&file["reference"]["statistic"]), 1e-14, name);
        assert_covariance(&found.covariance, &file["reference"]["covariance"], 1e-12, name);
    }
}
