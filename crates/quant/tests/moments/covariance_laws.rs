//! What every covariance estimator keeps: units, the order of assets, semidefiniteness, variances.

use evenkeel_quant::estimate::covariance::denoised::denoised;
use evenkeel_quant::estimate::covariance::exponential::{ExponentialForm, exponentially_weighted};
use evenkeel_quant::estimate::covariance::factor_model::given_exposures::given_exposures;
use evenkeel_quant::estimate::covariance::factor_model::given_factors::given_factors;
use evenkeel_quant::estimate::covariance::factor_model::principal_components::principal_components;
use evenkeel_quant::estimate::covariance::gerber::{GerberDenominator, gerber};
use evenkeel_quant::estimate::covariance::ledoit_wolf::{ledoit_wolf_constant_correlation, ledoit_wolf_identity};
use evenkeel_quant::estimate::covariance::nearest::{Repair, repair};
use evenkeel_quant::estimate::covariance::oracle::oracle_approximating;
use evenkeel_quant::estimate::covariance::pairwise::pairwise_covariance;
use evenkeel_quant::estimate::covariance::sample::sample_covariance;
use evenkeel_quant::estimate::covariance::semi::{Below, semicovariance};
use evenkeel_quant::estimate::covariance::{Covariance, factor_model::FactorModel};
use evenkeel_quant::linear::eigen::Eigen;
use evenkeel_quant::linear::matrix::Matrix;
use proptest::prelude::*;

use crate::support::{assert_matrix, panel};

type Estimator = fn(&Matrix) -> Covariance;

/// Every estimator of returns alone, by name.
pub(crate) const ESTIMATORS: [(&str, Estimator); 16] = [
    ("sample", |x| sample_covariance(x, 1).unwrap()),
    ("zero mean", |x| exponentially_weighted(x, 0.94, ExponentialForm::ZeroMean).unwrap()),
    ("weighted mean", |x| exponentially_weighted(x, 0.94, ExponentialForm::WeightedMean).unwrap()),
    ("unbiased", |x| exponentially_weighted(x, 0.94, ExponentialForm::WeightedMeanUnbiased).unwrap()),
    ("plain mean", |x| exponentially_weighted(x, 0.94, ExponentialForm::PlainMean).unwrap()),
    ("recursive", |x| exponentially_weighted(x, 0.94, ExponentialForm::Recursive).unwrap()),
    ("semi, mean", |x| semicovariance(x, Below::Mean, 1).unwrap()),
    ("semi, zero", |x| semicovariance(x, Below::Level(0.0), 0).unwrap()),
    ("Ledoit-Wolf, identity", |x| ledoit_wolf_identity(x).unwrap().covariance),
    ("Ledoit-Wolf, constant correlation", |x| ledoit_wolf_constant_correlation(x, 0).unwrap().shrunk.covariance),
    ("oracle", |x| oracle_approximating(x).unwrap().covariance),
    ("denoised", |x| denoised(x, 1).unwrap().covariance),
    ("Gerber, not both neutral", |x| gerber(x, 0.5, GerberDenominator::NotBothNeutral).unwrap().covariance),
    ("Gerber, geometric mean", |x| gerber(x, 0.5, GerberDenominator::GeometricMean).unwrap().covariance),
    ("principal components", |x| principal_components(x, x.columns().min(2), 1).unwrap().covariance),
    ("pairwise", |x| pairwise_covariance(x, 1, 2, Repair::Nearest).unwrap().repaired.covariance),
];

fn scaled(matrix: &Matrix, factor: f64) -> Matrix {
    Matrix::from_fn(matrix.rows(), matrix.columns(), |row, column| matrix.get(row, column) * factor)
}

#[test]
fn units_do_not_matter() {
    for (rows, assets) in [(60, 5), (8, 12)] {
        let returns = panel(rows, assets, 7);
        for (name, estimate) in ESTIMATORS {
            let unit = estimate(&returns).matrix().into_owned();
            for factor in [1e-8, 1e-4, 100.0, 1e8] {
                let found = estimate(&scaled(&returns, factor)).matrix().into_owned();
                assert_matrix(&scaled(&found, (factor * factor).recip()), &unit, 1e-12, &format!("{name}, {rows} rows × {factor}"));
            }
        }
    }
}

#[test]
fn units_of_factors_and_exposures_do_not_matter() {
    let (returns, factors) = (panel(60, 5, 7), panel(60, 2, 8));
    let exposures = panel(5, 2, 9);
    let by_factors = |x: &Matrix, f: f64| given_factors(x, &scaled(&factors, f), 1).unwrap().covariance.matrix().into_owned();
    let by_exposures = |x: &Matrix, f: f64| given_exposures(x, scaled(&exposures, f), 1).unwrap().covariance.matrix().into_owned();
    for factor in [1e-8, 1e8] {
        for other in [1e-8, 1.0, 1e8] {
            let found = scaled(&by_factors(&scaled(&returns, factor), other), (factor * factor).recip());
            assert_matrix(&found, &by_factors(&returns, 1.0), 1e-12, "given factors");
            let found = scaled(&by_exposures(&scaled(&returns, factor), other), (factor * factor).recip());
            assert_matrix(&found, &by_exposures(&returns, 1.0), 1e-11, "given exposures");
        }
    }
}

#[test]
fn exact_models_are_recovered() {
    // Returns made of two factors and nothing else.
    let (factors, exposures) = (panel(40, 2, 3), panel(6, 2, 4));
    let returns = Matrix::from_fn(40, 6, |row, asset| (0..2).map(|k| factors.get(row, k) * exposures.get(asset, k)).sum::<f64>() + 0.001);
    let sample = sample_covariance(&returns, 1).unwrap();
    let check = |model: &FactorModel, name: &str| {
        assert_matrix(&model.covariance.matrix(), &sample.matrix(), 1e-10, name);
        assert!(model.explained.iter().all(|share| (share - 1.0).abs() < 1e-9), "{name}: {:?}", model.explained);
    };
    let regressed = given_factors(&returns, &factors, 1).unwrap();
    check(&regressed, "given factors");
    assert_matrix(&regressed.exposures, &exposures, 1e-10, "exposures");
    check(&principal_components(&returns, 2, 1).unwrap(), "principal components");
    // Without the constant, which exposures cannot explain.
    let returns = Matrix::from_fn(40, 6, |row, asset| returns.get(row, asset) - 0.001);
    let crossed = given_exposures(&returns, exposures.clone(), 1).unwrap();
    check(&crossed, "given exposures");
    assert_matrix(&crossed.factor_covariance.matrix(), &sample_covariance(&factors, 1).unwrap().matrix(), 1e-9, "factor covariance");
}

#[test]
fn principal_components_keep_variances_and_agree_over_both_shapes() {
    for (rows, assets) in [(50, 6), (6, 50)] {
        let returns = panel(rows, assets, 11);
        let (model, sample) = (principal_components(&returns, 3, 1).unwrap(), sample_covariance(&returns, 1).unwrap());
        for (a, b) in model.covariance.variances().iter().zip(sample.variances()) {
            assert!((a - b).abs() <= 1e-12 * b);
        }
        // Each exposure is an eigenvector of the sample with its factor's variance.
        for k in 0..3 {
            let (vector, value) = (model.exposures.column(k), model.factor_covariance.variances()[k]);
            for (product, entry) in sample.times(vector).iter().zip(vector) {
                assert!((product - value * entry).abs() < 1e-12 * model.factor_covariance.variances()[0]);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn estimates_are_semidefinite_and_follow_the_order_of_assets(rows in 2..30_usize, assets in 1..12_usize, seed in any::<u64>()) {
        let returns = panel(rows, assets, seed);
        let all: Vec<usize> = (0..rows).collect();
        let reversed: Vec<usize> = (0..assets).rev().collect();
        for (name, estimate) in ESTIMATORS {
            if name == "principal components" && rows < assets.min(2) {
                continue;
            }
            let found = estimate(&returns).matrix().into_owned();
            let largest = found.diagonal().into_iter().fold(0.0, f64::max);
            let smallest = Eigen::values_of(&found).unwrap()[0];
            prop_assert!(smallest >= -1e-12 * largest * 12.0, "{}: eigenvalue {}", name, smallest);
            for i in 0..assets {
                for j in 0..assets {
                    prop_assert!((found.get(i, j) - found.get(j, i)).abs() <= 1e-15 * largest, "{} is not symmetric", name);
                }
            }
            let other = estimate(&returns.select(&all, &reversed)).matrix().into_owned();
            assert_matrix(&other, &found.select(&reversed, &reversed), 1e-9, name);
        }
    }

    #[test]
    fn repairs_keep_variances_and_the_nearest_is_nearer(entries in proptest::collection::vec(-1.0..1.0_f64, 10), scale in -8..8_i32) {
        let unit = 10.0_f64.powi(scale);
        let volatility = |at: usize| unit * [0.1, 0.2, 0.3, 0.4, 0.5][at];
        let place = |i: usize, j: usize| entries[i.max(j) * (i.max(j) - 1) / 2 + i.min(j)];
        let given = Matrix::from_fn(5, 5, |i, j| volatility(i) * volatility(j) * if i == j { 1.0 } else { place(i, j) });
        let (clipped, nearest) = (repair(&given, Repair::Clip).unwrap(), repair(&given, Repair::Nearest).unwrap());
        prop_assert!(nearest.distance <= clipped.distance + 1e-9);
        for repaired in [&clipped, &nearest] {
            let found = repaired.covariance.matrix();
            prop_assert!(Eigen::values_of(&repaired.covariance.decompose().correlation).unwrap()[0] > -1e-12);
            for at in 0..5 {
                prop_assert!((found.get(at, at) / given.get(at, at) - 1.0).abs() < 1e-14);
            }
            prop_assert_eq!(repaired.distance > 0.0, repaired.smallest_eigenvalue < -1e-12);
            prop_assert_eq!(repaired.largest_change.is_some(), repaired.distance > 0.0);
        }
        // A covariance is its own nearest.
        prop_assert_eq!(repair(&nearest.covariance.matrix(), Repair::Nearest).unwrap().distance, 0.0);
    }
}
