//! Panels at the edge of what an estimate can be made of: each has a defined answer.

use evenkeel_quant::estimate::covariance::denoised::denoised;
use evenkeel_quant::estimate::covariance::exponential::{ExponentialForm, exponentially_weighted};
use evenkeel_quant::estimate::covariance::factor_model::given_exposures::given_exposures;
use evenkeel_quant::estimate::covariance::factor_model::given_factors::given_factors;
use evenkeel_quant::estimate::covariance::factor_model::principal_components::principal_components;
use evenkeel_quant::estimate::covariance::gerber::{GerberDenominator, gerber};
use evenkeel_quant::estimate::covariance::ledoit_wolf::{ledoit_wolf_constant_correlation, ledoit_wolf_identity};
use evenkeel_quant::estimate::covariance::nearest::Repair;
use evenkeel_quant::estimate::covariance::oracle::oracle_approximating;
use evenkeel_quant::estimate::covariance::pairwise::pairwise_covariance;
use evenkeel_quant::estimate::covariance::sample::sample_covariance;
use evenkeel_quant::estimate::covariance::semi::{Below, semicovariance};
use evenkeel_quant::estimate::observations::EstimateError;
use evenkeel_quant::linear::matrix::Matrix;

use crate::covariance_laws::ESTIMATORS;
use crate::support::panel;

#[test]
fn no_asset_has_an_empty_covariance() {
    for (name, estimate) in ESTIMATORS {
        assert_eq!(estimate(&Matrix::zeros(10, 0)).size(), 0, "{name}");
    }
}

#[test]
fn one_asset_has_its_variance() {
    let returns = panel(30, 1, 1);
    let (biased, unbiased) =
        (sample_covariance(&returns, 0).unwrap().variances()[0], sample_covariance(&returns, 1).unwrap().variances()[0]);
    for (name, estimate) in ESTIMATORS {
        let found = estimate(&returns).variances()[0];
        if ["Ledoit", "oracle", "Gerber"].iter().any(|start| name.starts_with(start)) {
            assert!((found / biased - 1.0).abs() < 1e-14, "{name}");
        } else if ["sample", "denoised", "principal components", "pairwise"].contains(&name) {
            assert!((found / unbiased - 1.0).abs() < 1e-12, "{name}");
        } else {
            assert!(found > 0.0, "{name}");
        }
    }
    assert_eq!(ledoit_wolf_identity(&returns).unwrap().intensity, 0.0);
    assert_eq!(oracle_approximating(&returns).unwrap().intensity, 0.0);
    assert_eq!(ledoit_wolf_constant_correlation(&returns, 0).unwrap().shrunk.intensity, 0.0);
}

#[test]
fn one_row_says_what_is_missing_or_has_no_variance() {
    let row = panel(1, 3, 1);
    let too_few = EstimateError::TooFewRows { found: 1, needed: 2 };
    assert_eq!(sample_covariance(&row, 1), Err(too_few));
    assert_eq!(semicovariance(&row, Below::Mean, 1), Err(too_few));
    assert_eq!(denoised(&row, 1).unwrap_err(), too_few);
    assert_eq!(principal_components(&row, 1, 1).unwrap_err(), too_few);
    assert_eq!(ledoit_wolf_constant_correlation(&row, 1).unwrap_err(), too_few);
    assert!(matches!(pairwise_covariance(&row, 1, 1, Repair::Clip), Err(EstimateError::TooFewCommonRows { found: 1, needed: 2, .. })));
    let zeros = [
        sample_covariance(&row, 0).unwrap(),
        ledoit_wolf_identity(&row).unwrap().covariance,
        ledoit_wolf_constant_correlation(&row, 0).unwrap().shrunk.covariance,
        oracle_approximating(&row).unwrap().covariance,
        denoised(&row, 0).unwrap().covariance,
        gerber(&row, 0.5, GerberDenominator::NotBothNeutral).unwrap().covariance,
        principal_components(&row, 1, 0).unwrap().covariance,
    ];
    for covariance in zeros {
        assert_eq!(covariance.matrix().values(), [0.0; 9]);
    }
}

#[test]
fn no_row_is_too_few() {
    let none = Matrix::zeros(0, 2);
    let too_few = EstimateError::TooFewRows { found: 0, needed: 1 };
    assert_eq!(sample_covariance(&none, 0), Err(too_few));
    assert_eq!(exponentially_weighted(&none, 0.94, ExponentialForm::ZeroMean), Err(too_few));
    assert_eq!(ledoit_wolf_identity(&none).unwrap_err(), too_few);
    assert_eq!(gerber(&none, 0.5, GerberDenominator::GeometricMean).unwrap_err(), too_few);
    assert_eq!(denoised(&none, 0).unwrap_err(), too_few);
    assert_eq!(principal_components(&none, 0, 0).unwrap_err(), too_few);
}

#[test]
fn an_asset_that_never_moves_covaries_with_nothing() {
    let mut returns = panel(30, 4, 5);
    returns.column_mut(2).fill(0.001);
    for (name, estimate) in ESTIMATORS {
        // Shrinkage toward the identity gives it the target's variance; what keeps no mean gives it one.
        let exact = !["identity", "oracle", "zero mean", "recursive", "zero"].iter().any(|word| name.contains(word));
        let found = estimate(&returns).matrix().into_owned();
        for other in 0..4 {
            assert!(found.get(other, 2).is_finite(), "{name}");
            if exact {
                assert_eq!(found.get(other, 2), 0.0, "{name}, {other}");
            }
        }
    }
    let constant = ledoit_wolf_constant_correlation(&returns, 0).unwrap();
    let moving = returns.select(&(0..30).collect::<Vec<_>>(), &[0, 1, 3]);
    let without = ledoit_wolf_constant_correlation(&moving, 0).unwrap();
    assert!((constant.shrunk.intensity - without.shrunk.intensity).abs() < 1e-12);
    assert!((constant.mean_correlation - without.mean_correlation).abs() < 1e-15);
    assert_eq!(denoised(&returns, 1).unwrap().eigenvalues.len(), 3);
    assert_eq!(principal_components(&returns, 1, 1).unwrap().explained[2], 1.0);
}

#[test]
fn nothing_moves_at_all() {
    let still = Matrix::from_fn(12, 3, |_, column| if column == 1 { 0.1 } else { 0.3 });
    for (name, estimate) in ESTIMATORS {
        let found = estimate(&still);
        assert!(found.matrix().values().iter().all(|entry| entry.is_finite()), "{name}");
        if !["zero mean", "recursive"].contains(&name) {
            assert!(found.matrix().values().iter().all(|entry| entry.abs() < 1e-30), "{name}: {:?}", found.matrix());
        }
    }
    assert_eq!(ledoit_wolf_identity(&still).unwrap().intensity, 0.0);
}

#[test]
fn duplicates_have_equal_rows() {
    let mut returns = panel(30, 4, 6);
    let first = returns.column(0).to_vec();
    returns.column_mut(3).copy_from_slice(&first);
    for (name, estimate) in ESTIMATORS {
        let found = estimate(&returns).matrix().into_owned();
        for other in [1, 2] {
            assert!((found.get(0, other) - found.get(3, other)).abs() < 1e-12 * found.get(0, 0), "{name}");
        }
        assert!((found.get(0, 0) - found.get(3, 3)).abs() < 1e-12 * found.get(0, 0), "{name}");
    }
    let gerber = gerber(&returns, 0.5, GerberDenominator::GeometricMean).unwrap();
    assert_eq!(gerber.statistic.get(0, 3), 1.0);
}

#[test]
fn bad_parameters_are_refused_by_name() {
    let returns = panel(10, 3, 1);
    let said = |error: EstimateError| error.to_string();
    assert!(said(gerber(&returns, 0.0, GerberDenominator::NotBothNeutral).unwrap_err()).contains("threshold is 0"));
    assert!(said(semicovariance(&returns, Below::Level(f64::NAN), 0).unwrap_err()).contains("level is NaN"));
    assert!(said(principal_components(&returns, 4, 1).unwrap_err()).contains("3 assets, and 4 are needed"));
    assert_eq!(
        principal_components(&returns.select(&[0, 1], &[0, 1, 2]), 3, 1).unwrap_err(),
        EstimateError::TooFewRows { found: 2, needed: 3 }
    );
    assert!(said(given_factors(&returns, &panel(9, 1, 1), 1).unwrap_err()).contains("9 rows, and 10 are needed"));
    assert_eq!(given_factors(&returns, &Matrix::zeros(10, 1), 1).unwrap_err(), EstimateError::CollinearFactor { column: 0 });
    let twice = Matrix::from_fn(10, 2, |row, _| returns.get(row, 0));
    assert_eq!(given_factors(&returns, &twice, 1).unwrap_err(), EstimateError::CollinearFactor { column: 1 });
    assert!(matches!(given_factors(&returns, &panel(10, 9, 1), 1), Err(EstimateError::TooFewRows { found: 10, needed: 11 })));
    assert_eq!(given_exposures(&returns, Matrix::zeros(3, 1), 1).unwrap_err(), EstimateError::CollinearFactor { column: 0 });
    assert!(said(given_exposures(&returns, Matrix::zeros(2, 1), 1).unwrap_err()).contains("2 rows, and 3 are needed"));
    let mut bad = returns.clone();
    bad.set(4, 1, f64::NAN);
    assert!(matches!(given_factors(&bad, &returns, 1), Err(EstimateError::Value { table: "returns", row: 4, column: 1, .. })));
    assert!(matches!(given_factors(&returns, &bad, 1), Err(EstimateError::Value { table: "factors", row: 4, column: 1, .. })));
    bad.set(4, 1, f64::INFINITY);
    let refused = pairwise_covariance(&bad, 1, 2, Repair::Clip).unwrap_err();
    assert!(matches!(refused, EstimateError::Value { row: 4, column: 1, .. }), "{refused}");
}

#[test]
fn no_factor_leaves_what_is_specific() {
    let returns = panel(20, 3, 2);
    let sample = sample_covariance(&returns, 1).unwrap();
    let none = [
        given_factors(&returns, &Matrix::zeros(20, 0), 1).unwrap(),
        principal_components(&returns, 0, 1).unwrap(),
        given_exposures(&returns, Matrix::zeros(3, 0), 1).unwrap(),
    ];
    for model in none {
        for (found, expected) in model.covariance.variances().iter().zip(sample.variances()) {
            assert!((found / expected - 1.0).abs() < 1e-12);
        }
        assert_eq!(model.covariance.matrix().get(0, 1), 0.0);
        assert_eq!(model.explained, [0.0; 3]);
    }
}

#[test]
fn a_pair_without_common_periods_is_named() {
    let mut returns = panel(10, 3, 1);
    (0..6).for_each(|row| returns.set(row, 0, f64::NAN));
    (5..10).for_each(|row| returns.set(row, 2, f64::NAN));
    let refused = pairwise_covariance(&returns, 1, 2, Repair::Clip).unwrap_err();
    assert_eq!(refused, EstimateError::TooFewCommonRows { first: 2, second: 0, found: 0, needed: 2 });
}
