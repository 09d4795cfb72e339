//! Entropy pooling against published and derived cases, and what its answer must be.

use evenkeel_quant::estimate::covariance::weighted::weighted_moments;
use evenkeel_quant::estimate::views::entropy_pooling::{Pooled, PoolingError, Quantity, Relation, View, entropy_pooling};
use evenkeel_quant::linear::matrix::Matrix;
use proptest::prelude::*;

use crate::support::{assert_matrix, assert_number, assert_vector, case_returns, matrix, numbers, panel, read};

fn mean(weights: &[f64], relation: Relation, value: f64) -> View {
    View { quantity: Quantity::Mean(weights.to_vec()), relation, value }
}

fn variance(asset: usize, relation: Relation, value: f64) -> View {
    View { quantity: Quantity::Variance(asset), relation, value }
}

fn correlation(first: usize, second: usize, relation: Relation, value: f64) -> View {
    View { quantity: Quantity::Correlation(first, second), relation, value }
}

/// 1 for an asset, −1 for another.
fn spread(assets: usize, better: usize, worse: Option<usize>) -> Vec<f64> {
    (0..assets).map(|at| f64::from(i8::from(at == better) - i8::from(Some(at) == worse))).collect()
}

#[test]
fn published_means() {
    let (Some(returns), Some(file)) = (case_returns(), read("../shared/cases/optim_entropy_pooling_mean.json")) else { return };
    let stated = numbers(&file["parameters"]["views"]);
    let views = [mean(&spread(20, 0, None), Relation::Equal, stated[0]), mean(&spread(20, 3, Some(7)), Relation::Equal, stated[1])];
    let found = entropy_pooling(&returns, None, &views).unwrap();
    let reference = &file["reference"];
    for (found, expected) in found.probabilities.iter().zip(numbers(&reference["probabilities"])) {
        assert!((found - expected).abs() < 1e-12);
    }
    assert_vector(&found.mean, &numbers(&reference["mean"]), 1e-10, "mean");
    assert_matrix(&found.covariance.matrix(), &matrix(&reference["covariance_weighted_biased"]), 1e-10, "covariance");
    assert_number(found.effective_scenarios, &reference["effective_scenarios"], 1e-11, "effective scenarios");
    assert_number(found.relative_entropy, &reference["relative_entropy"], 1e-9, "relative entropy");
}

#[test]
fn golden_means() {
    let file = read("golden/entropy_pooling.json").unwrap();
    let scenarios = numbers(&file["scenarios"]);
    let panel = Matrix::from_columns(scenarios.len(), 1, scenarios).unwrap();
    for case in file["cases"].as_array().unwrap() {
        let view = mean(&[1.0], Relation::Equal, case["mean"].as_f64().unwrap());
        let found = entropy_pooling(&panel, None, &[view]).unwrap();
        for (found, expected) in found.probabilities.iter().zip(numbers(&case["probabilities"])) {
            assert!((found - expected).abs() < file["tolerance"]["abs"].as_f64().unwrap(), "{case}: {found}");
        }
        assert!((found.relative_entropy - case["relative_entropy"].as_f64().unwrap()).abs() < 1e-10);
    }
}

#[test]
fn views_on_all_moments_hold_with_the_others_pinned() {
    let scenarios = panel(400, 4, 3);
    let before = weighted_moments(&scenarios, &[1.0; 400]).unwrap();
    let variances = before.covariance.variances();
    let views = [
        mean(&spread(4, 0, Some(1)), Relation::Equal, before.means[0] - before.means[1] + 0.0005),
        variance(2, Relation::Equal, 1.3 * variances[2]),
        correlation(1, 2, Relation::Equal, 0.7),
        correlation(0, 3, Relation::AtMost, 0.1),
    ];
    let found = entropy_pooling(&scenarios, None, &views).unwrap();
    for view in &found.views {
        assert!((view.posterior - view.stated).abs() < 1e-9 * view.stated.abs().max(1e-4), "{view:?}");
    }
    // Asset 1 has no view on its variance: pinned at what means alone and the variance of 2 leave.
    let without = entropy_pooling(&scenarios, None, &views[..2]).unwrap();
    assert!((found.covariance.variances()[1] / without.covariance.variances()[1] - 1.0).abs() < 1e-9);
    assert!((found.mean[1] - without.mean[1]).abs() < 1e-12);
    assert!(found.relative_entropy > without.relative_entropy);
}

#[test]
fn an_inequality_that_holds_changes_nothing_and_one_that_binds_is_an_equality() {
    let scenarios = panel(200, 2, 5);
    let prior = weighted_moments(&scenarios, &[1.0; 200]).unwrap().means[0];
    let pooled = |relation: Relation, value: f64| entropy_pooling(&scenarios, None, &[mean(&[1.0, 0.0], relation, value)]).unwrap();
    for (relation, idle) in [(Relation::AtLeast, prior - 1e-3), (Relation::AtMost, prior + 1e-3)] {
        let found = pooled(relation, idle);
        assert!(found.relative_entropy < 1e-15 && found.steps == 0);
        let binding = 2.0 * prior - idle;
        assert_vector(&pooled(relation, binding).probabilities, &pooled(Relation::Equal, binding).probabilities, 1e-9, "binding");
    }
}

#[test]
fn views_that_cannot_hold_are_named() {
    let scenarios = panel(100, 3, 9);
    let refused = |views: &[View]| entropy_pooling(&scenarios, None, views).unwrap_err();
    let innocent = mean(&spread(3, 1, None), Relation::AtLeast, -0.001);
    let highest = scenarios.column(0).iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let found = refused(&[innocent.clone(), mean(&spread(3, 0, None), Relation::AtLeast, highest + 0.01)]);
    assert!(matches!(found, PoolingError::OutOfReach { view: 1, highest: most, .. } if (most - highest).abs() < 1e-15), "{found}");
    // Two that say the opposite of one another.
    let found = refused(&[
        mean(&spread(3, 0, Some(2)), Relation::AtLeast, 0.002),
        innocent.clone(),
        mean(&spread(3, 2, Some(0)), Relation::AtLeast, -0.001),
    ]);
    assert_eq!(found, PoolingError::Contradiction { views: vec![0, 2] });
    // A ring of three: each better than the next.
    let ring = |better, worse| mean(&spread(3, better, Some(worse)), Relation::AtLeast, 0.001);
    let found = refused(&[ring(0, 1), innocent.clone(), ring(1, 2), ring(2, 0)]);
    assert_eq!(found, PoolingError::Contradiction { views: vec![0, 2, 3] });
    assert!(found.to_string().contains("[0, 2, 3]"));
    // Correlations that contradict one another once variances are pinned.
    let together = |first, second, value| correlation(first, second, Relation::Equal, value);
    let views = [together(0, 1, 0.7), together(1, 2, 0.7), innocent, together(0, 2, -0.3)];
    let found = entropy_pooling(&panel(600, 3, 9), None, &views).unwrap_err();
    assert_eq!(found, PoolingError::Contradiction { views: vec![0, 1, 3] });
}

#[test]
fn the_edge_of_the_scenarios_is_reached() {
    let scenarios = Matrix::from_columns(4, 1, vec![-0.02, 0.0, 0.01, 0.03]).unwrap();
    let found = entropy_pooling(&scenarios, None, &[mean(&[1.0], Relation::Equal, 0.03)]).unwrap();
    assert!((found.probabilities[3] - 1.0).abs() < 1e-9 && (found.effective_scenarios - 1.0).abs() < 1e-6);
}

#[test]
fn repeated_views_count_once() {
    let scenarios = panel(100, 2, 4);
    let view = mean(&[1.0, 0.0], Relation::Equal, 0.002);
    let once = entropy_pooling(&scenarios, None, std::slice::from_ref(&view)).unwrap();
    let thrice = entropy_pooling(&scenarios, None, &[view.clone(), view.clone(), view]).unwrap();
    assert_vector(&thrice.probabilities, &once.probabilities, 1e-8, "repeated");
}

#[test]
fn degenerate_scenarios_have_defined_answers() {
    let one = Matrix::from_rows(1, 2, &[0.01, 0.02]).unwrap();
    let found = entropy_pooling(&one, None, &[mean(&[1.0, 0.0], Relation::Equal, 0.01)]).unwrap();
    assert_eq!((found.probabilities.as_slice(), found.relative_entropy), ([1.0].as_slice(), 0.0));
    let refused = entropy_pooling(&one, None, &[mean(&[1.0, 0.0], Relation::Equal, 0.011)]).unwrap_err();
    assert!(matches!(refused, PoolingError::OutOfReach { view: 0, .. }));
    // What is impossible stays so.
    let scenarios = Matrix::from_columns(3, 1, vec![0.0, 0.01, 0.02]).unwrap();
    let found = entropy_pooling(&scenarios, Some(&[2.0, 0.0, 2.0]), &[mean(&[1.0], Relation::Equal, 0.015)]).unwrap();
    assert_vector(&found.probabilities, &[0.25, 0.0, 0.75], 1e-11, "impossible");
    let none = entropy_pooling(&scenarios, None, &[]).unwrap();
    assert_eq!(none.relative_entropy, 0.0);
    assert!((none.effective_scenarios - 3.0).abs() < 1e-14);
    assert!(matches!(entropy_pooling(&Matrix::zeros(0, 1), None, &[]), Err(PoolingError::Estimate(_))));
    assert!(matches!(entropy_pooling(&scenarios, Some(&[1.0]), &[]), Err(PoolingError::Estimate(_))));
}

#[test]
fn views_on_what_is_not_there_are_refused() {
    let scenarios = panel(10, 2, 1);
    let refused = |view: View| entropy_pooling(&scenarios, None, &[view]).unwrap_err();
    assert_eq!(refused(variance(2, Relation::Equal, 0.1)), PoolingError::Unknown { view: 0, found: 2, assets: 2 });
    assert_eq!(refused(correlation(0, 5, Relation::Equal, 0.1)), PoolingError::Unknown { view: 0, found: 5, assets: 2 });
    assert_eq!(refused(mean(&[1.0], Relation::Equal, 0.1)), PoolingError::Unknown { view: 0, found: 1, assets: 2 });
    for view in [
        mean(&[1.0, f64::NAN], Relation::Equal, 0.1),
        mean(&[1.0, 0.0], Relation::Equal, f64::NAN),
        variance(0, Relation::Equal, -0.1),
        correlation(0, 1, Relation::Equal, 1.5),
        correlation(1, 1, Relation::Equal, 0.5),
    ] {
        assert!(matches!(refused(view), PoolingError::Value { view: 0, .. }));
    }
}

/// Largest part of log(q ÷ p) that is not a combination of 1 and the given columns.
fn unexplained(found: &Pooled, columns: &[Vec<f64>]) -> f64 {
    let mut left: Vec<f64> = found.probabilities.iter().map(|q| q.ln()).collect();
    let mut basis: Vec<Vec<f64>> = vec![vec![1.0; left.len()]];
    basis.extend_from_slice(columns);
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let subtract = |from: &mut Vec<f64>, unit: &[f64]| {
        let share = dot(from, unit) / dot(unit, unit);
        from.iter_mut().zip(unit).for_each(|(value, unit)| *value -= share * unit);
    };
    for at in 0..basis.len() {
        for before in 0..at {
            let unit = basis[before].clone();
            subtract(&mut basis[at], &unit);
        }
        let unit = basis[at].clone();
        subtract(&mut left, &unit);
    }
    left.iter().fold(0.0, |largest, value| largest.max(value.abs()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Where the views hold and log(q ÷ p) is a combination of what they are about, q is the optimum: the
    /// conditions of Karush, Kuhn and Tucker of a convex program.
    #[test]
    fn the_answer_is_optimal_in_any_unit(
        seed in any::<u64>(), rows in 30..200_usize, shift in -0.5..0.5_f64, ratio in 0.6..1.6_f64, power in -8..9_i32,
    ) {
        let unit = 10.0_f64.powi(power);
        let base = panel(rows, 2, seed);
        let scenarios = Matrix::from_fn(rows, 2, |row, column| base.get(row, column) * unit);
        let before = weighted_moments(&scenarios, &vec![1.0; rows]).unwrap();
        let spread = before.covariance.variances()[0].sqrt();
        let stated = before.means[0] + shift * spread * 0.5;
        let views = [
            mean(&[1.0, 0.0], Relation::Equal, stated),
            variance(0, Relation::Equal, ratio * spread * spread),
        ];
        let found = match entropy_pooling(&scenarios, None, &views) {
            Ok(found) => found,
            Err(PoolingError::OutOfReach { .. } | PoolingError::Contradiction { .. }) => return Ok(()),
            Err(other) => return Err(TestCaseError::fail(other.to_string())),
        };
        prop_assert!((found.mean[0] - stated).abs() < 1e-10 * spread);
        prop_assert!((found.covariance.variances()[0] / (ratio * spread * spread) - 1.0).abs() < 1e-9);
        let column = |power: i32| scenarios.column(0).iter().map(|x| ((x - stated) / spread).powi(power)).collect::<Vec<f64>>();
        prop_assert!(unexplained(&found, &[column(1), column(2)]) < 1e-7);
        // The same probabilities in the unit of the panel itself.
        let views = [
            mean(&[1.0, 0.0], Relation::Equal, stated / unit),
            variance(0, Relation::Equal, ratio * (spread / unit).powi(2)),
        ];
        assert_vector(&entropy_pooling(&base, None, &views).unwrap().probabilities, &found.probabilities, 1e-8, "unit");
    }
}
