//! The efficient frontier and the greatest ratio.

use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::optimize::active_set;
use evenkeel_quant::optimize::certify::certify;
use evenkeel_quant::optimize::frontier::{Frontier, trace};
use evenkeel_quant::optimize::program::{Program, Region};
use evenkeel_quant::optimize::ratio::{RatioError, maximum_ratio};
use evenkeel_quant::optimize::solution::WorkLimit;
use proptest::prelude::*;

use crate::support::{Market, Sequence, assert_close, case, kkt_residual, long_only_with, moments, number, numbers};

fn program(mean: &[f64], covariance: Covariance, region: Region) -> Program {
    let mut program = Program::minimum_variance(covariance, region);
    program.linear = mean.iter().map(|mean| -mean).collect();
    program
}

fn market_program(market: &Market) -> Program {
    program(&market.mean, market.covariance.clone(), Region::long_only(20))
}

fn frontier(program: &Program) -> Frontier {
    trace(program, WorkLimit::default()).unwrap()
}

#[test]
fn case_of_twelve_points() {
    let (Some(market), Some(case)) = (Market::read(), case("optim_frontier")) else { return };
    let found = frontier(&market_program(&market));
    let means = numbers(&case["parameters"]["returns_daily"]);
    for (at, mean) in means.iter().enumerate() {
        // The greatest return is met up to the rounding with which it is written.
        let point = found.at_mean(mean.min(found.greatest_return().mean)).unwrap();
        assert_close(&point.weights, &numbers(&case["reference"]["weights"][at]), 1e-5, "weights");
        assert!((point.variance / number(&case["reference"]["variance_daily"][at]) - 1.0).abs() < 1e-9);
    }
}

#[test]
fn cases_that_are_points_of_the_frontier() {
    let Some(market) = Market::read() else { return };
    let found = frontier(&market_program(&market));
    let (Some(risk), Some(mean)) = (case("optim_target_volatility"), case("optim_target_return")) else { return };
    let point = found.at_volatility(number(&risk["parameters"]["target_vol_daily"])).unwrap();
    assert_close(&point.weights, &numbers(&risk["reference"]["weights"]), 1e-5, "target volatility");
    assert_close(&[point.mean], &[number(&risk["reference"]["return_daily"])], 1e-9, "target volatility");
    let point = found.at_mean(number(&mean["parameters"]["target_return_daily"])).unwrap();
    assert_close(&point.weights, &numbers(&mean["reference"]["weights"]), 1e-9, "target return");
    for (file, aversion) in [("optim_utility_g1.json", 1.0), ("optim_utility_g5.json", 5.0), ("optim_utility_g20.json", 20.0)] {
        let Some(case) = case(file) else { return };
        assert_close(&found.at_tolerance(1.0 / aversion).weights, &numbers(&case["reference"]["weights"]), 1e-9, file);
    }
    let Some(tracking) = case("optim_max_return_te_cap") else { return };
    let mut relative = market_program(&market);
    relative.center.clone_from(&market.benchmark);
    let point = frontier(&relative).at_volatility(number(&tracking["parameters"]["te_daily"])).unwrap();
    assert_close(&point.weights, &numbers(&tracking["reference"]["weights"]), 1e-5, "tracking error cap");
    assert_close(&[point.mean], &[number(&tracking["reference"]["return_daily"])], 1e-9, "tracking error cap");
}

#[test]
fn cases_of_the_greatest_ratio() {
    let Some(market) = Market::read() else { return };
    let found = frontier(&market_program(&market));
    for (file, riskless) in [("optim_maxsharpe_rf0.json", 0.0), ("optim_maxsharpe_rf2pct.json", 0.02 / 252.0)] {
        let Some(case) = case(file) else { return };
        let mut program = market_program(&market);
        for slope in &mut program.linear {
            *slope += riskless;
        }
        let best = maximum_ratio(&program, None, WorkLimit::default()).unwrap();
        assert_close(&best.solution.weights, &numbers(&case["reference"]["weights"]), 1e-9, file);
        assert_close(&[best.ratio], &[number(&case["reference"]["sharpe_daily"])], 1e-12, file);
        assert!(kkt_residual(&best.utility, &best.solution) < 1e-11);
        assert!(certify(&best.utility, &best.solution).is_optimal(1e-9));
        assert_close(&found.greatest_ratio(riskless).unwrap().weights, &best.solution.weights, 1e-9, "frontier");
    }
    let Some(diversified) = case("optim_max_diversification") else { return };
    let best = maximum_ratio(
        &program(&market.covariance.volatilities(), market.covariance.clone(), Region::long_only(20)),
        None,
        WorkLimit::default(),
    )
    .unwrap();
    assert_close(&best.solution.weights, &numbers(&diversified["reference"]["weights"]), 1e-9, "diversification");
    assert_close(&[best.ratio], &[number(&diversified["reference"]["ratio"])], 1e-9, "diversification");
}

#[test]
fn published_tangencies() {
    let Some(file) = case("pub_min_variance_tangency") else { return };
    for case in file["tangency"].as_array().unwrap() {
        let (inputs, expected) = (&case["inputs"], &case["expected"]);
        let correlation: Vec<f64> = inputs["correlation"].as_array().unwrap().iter().flat_map(numbers).collect();
        let covariance = Covariance::from_volatilities(&numbers(&inputs["sigma"]), &correlation).unwrap();
        let excess: Vec<f64> = numbers(&inputs["mu"]).iter().map(|mean| mean - number(&inputs["rf"])).collect();
        let mut program = program(&excess, covariance, Region::long_only(excess.len()));
        program.region.lower = vec![f64::NEG_INFINITY; excess.len()];
        let best = maximum_ratio(&program, None, WorkLimit::default()).unwrap();
        assert_close(&best.solution.weights, &numbers(&expected["tangency_weights"]), 1e-12, "tangency");
        assert_close(&[best.ratio], &[number(&expected["sharpe"])], 1e-12, "tangency");
    }
}

#[test]
fn has_an_answer_where_there_is_no_ratio() {
    let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 0.0, 0.0, 1.0]).unwrap();
    let ratio =
        |mean: &[f64], covariance: Covariance| maximum_ratio(&program(mean, covariance, Region::long_only(2)), None, WorkLimit::default());
    assert_eq!(ratio(&[-0.01, -0.02], covariance.clone()).unwrap_err(), RatioError::NoExcess { greatest: -0.01 });
    assert_eq!(ratio(&[0.0, 0.0], covariance.clone()).unwrap_err(), RatioError::NoExcess { greatest: 0.0 });
    // One good asset among bad ones is found.
    assert_eq!(ratio(&[0.01, -0.5], covariance).unwrap().solution.weights, [1.0, 0.0]);
    let certain = Covariance::from_volatilities(&[0.2, 0.0], &[1.0, 0.0, 0.0, 1.0]).unwrap();
    assert!(matches!(ratio(&[0.01, 0.02], certain).unwrap_err(), RatioError::Riskless { .. }));
}

#[test]
fn ratios_do_not_depend_on_units() {
    let returns = Sequence(11).returns(80, 25);
    let (mean, covariance) = moments(&returns);
    let mut bounded = Region::long_only(25);
    bounded.upper = vec![0.1; 25];
    let expected = maximum_ratio(&program(&mean, covariance, bounded.clone()), None, WorkLimit::default()).unwrap();
    for unit in [1e-8, 1e-4, 100.0, 1e8] {
        let scaled: Vec<Vec<f64>> = returns.iter().map(|row| row.iter().map(|value| value * unit).collect()).collect();
        let (mean, covariance) = moments(&scaled);
        let found = maximum_ratio(&program(&mean, covariance, bounded.clone()), None, WorkLimit::default()).unwrap();
        assert_close(&found.solution.weights, &expected.solution.weights, 1e-11, "unit");
    }
}

#[test]
fn one_point_where_all_returns_are_the_same() {
    let (_, covariance) = moments(&Sequence(5).returns(50, 6));
    let found = frontier(&program(&[0.01; 6], covariance, Region::long_only(6)));
    assert_eq!(found.points().len(), 1);
    assert_eq!(found.ray, None);
    assert!(found.at_mean(0.02).is_none() && found.at_volatility(1e-9).is_none());
}

/// A frontier's program with ties, duplicates, fewer dates than assets, bounds and rows.
fn generated(seed: u64) -> Program {
    let mut sequence = Sequence(seed);
    let assets = 2 + ((sequence.next() + 1.0) * 5.0) as usize;
    let periods = 3 + ((sequence.next() + 1.0) * 12.0) as usize;
    let mut returns = sequence.returns(periods, assets);
    if sequence.next() > 0.0 {
        for row in &mut returns {
            row[1] = row[0];
        }
    }
    let (mut mean, covariance) = moments(&returns);
    if sequence.next() > 0.0 {
        for mean in &mut mean {
            *mean = (*mean * 500.0).round() / 500.0;
        }
    }
    let group: Vec<f64> = (0..assets).map(|at| f64::from(u8::from(at % 2 == 0))).collect();
    let mut region = if sequence.next() > 0.0 { Region::long_only(assets) } else { long_only_with(assets, &[(group, 0.3, 0.7)]) };
    if sequence.next() > 0.0 {
        region.upper = vec![1.5 / assets as f64 + 0.3; assets];
    }
    program(&mean, covariance, region)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn every_point_is_the_best(seed in any::<u64>()) {
        let program = generated(seed);
        let found = frontier(&program);
        let points = found.points();
        prop_assert!(found.ray.is_none());
        for pair in points.windows(2) {
            prop_assert!(pair[0].mean <= pair[1].mean + 1e-15 && pair[0].variance <= pair[1].variance + 1e-15);
            prop_assert!(pair[0].until <= pair[1].tolerance);
        }
        for triple in points.windows(3) {
            // Variance is convex in return.
            let slope = |a: usize, b: usize| (triple[b].variance - triple[a].variance) / (triple[b].mean - triple[a].mean);
            if triple[0].mean + 1e-9 < triple[1].mean && triple[1].mean + 1e-9 < triple[2].mean {
                prop_assert!(slope(0, 1) <= slope(1, 2) * (1.0 + 1e-6) + 1e-12);
            }
        }
        // Against the quadratic program, at turning points and between them.
        let mut tolerances: Vec<f64> = points.iter().map(|point| point.tolerance).collect();
        tolerances.extend(points.windows(2).map(|pair| f64::midpoint(pair[0].tolerance, pair[1].tolerance)));
        tolerances.push(2.0 * found.greatest_return().tolerance + 1.0);
        for tolerance in tolerances {
            let mut utility = program.clone();
            for slope in &mut utility.linear {
                *slope *= tolerance;
            }
            let best = active_set::solve(&utility, None, WorkLimit::default()).unwrap();
            let point = found.at_tolerance(tolerance);
            let (expected, value) = (utility.objective(&best.weights), utility.objective(&point.weights));
            let riskiest = program.quadratic.as_ref().unwrap().variances().into_iter().fold(0.0, f64::max);
            let size = riskiest + tolerance * program.linear.iter().fold(0.0, |largest: f64, slope| largest.max(slope.abs()));
            prop_assert!((value - expected).abs() <= 1e-11 * size, "{} {} at {} of {:?}", value, expected, tolerance, points);
        }
    }

    #[test]
    fn the_ratio_is_the_frontier_s(seed in any::<u64>()) {
        let program = generated(seed);
        let found = frontier(&program);
        match maximum_ratio(&program, None, WorkLimit::default()) {
            Ok(best) => {
                let point = found.greatest_ratio(0.0).unwrap();
                prop_assert!((point.mean / point.volatility() / best.ratio - 1.0).abs() <= 1e-9);
                let residual = kkt_residual(&best.utility, &best.solution);
                prop_assert!(residual <= 1e-10, "{:e}", residual);
            }
            Err(RatioError::NoExcess { .. }) => prop_assert!(found.greatest_return().mean <= 1e-15),
            Err(RatioError::Riskless { .. }) => prop_assert!(found.points().iter().any(|point| point.mean > 0.0 && point.variance < 1e-15)),
            Err(error) => prop_assert!(false, "{error}"),
        }
    }
}
