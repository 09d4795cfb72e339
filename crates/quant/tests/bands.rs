//! What rules of trading cost over many paths, against the closed form.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test fails by panicking")]

use std::num::NonZeroUsize;

use evenkeel_quant::allocate::band_cost::Class;
use evenkeel_quant::backtest::{Band, Destination, Rule};
use evenkeel_quant::bands::{BandsError, Experiment, Problem, RuleCost, rule_costs};
use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::simulate::Model;
use evenkeel_quant::simulate::moments::Moments;
use evenkeel_quant::simulate::source::Lognormal;

const STOCKS: Class = Class { weight: 0.6, variance: 0.0324, cost_each_side: 0.002, fixed_cost: 0.0, risk_aversion: 5.0 };
const TARGETS: [f64; 2] = [0.6, 0.4];

/// Stocks of a volatility of 18 % beside cash, both without return.
fn stocks_and_cash() -> (Covariance, Model) {
    let covariance = Covariance::from_volatilities(&[0.18, 0.0], &[1.0, 0.0, 0.0, 1.0]).unwrap();
    let moments = Moments::of_year(&[0.0, 0.0], &covariance, 252).unwrap();
    (covariance, Model::Lognormal(Lognormal::new(&moments).unwrap()))
}

fn experiment(threads: usize) -> Experiment {
    Experiment { paths: 40, periods_per_year: 252, years: 15, warm_up: 5, seed: 7, threads: NonZeroUsize::new(threads).unwrap() }
}

fn costs(rules: &[Rule], threads: usize) -> Vec<RuleCost> {
    let (covariance, model) = stocks_and_cash();
    let problem = Problem { targets: &TARGETS, covariance: &covariance, costs: &[0.002, 0.0], fixed: 0.0, risk_aversion: 5.0 };
    rule_costs(&problem, &model, &experiment(threads), rules).unwrap()
}

fn banded(points: f64, destination: Destination) -> Rule {
    Rule { destination, ..Rule::banded(Band::absolute(points)) }
}

#[test]
fn the_closed_form_holds_over_paths() {
    for (destination, inner) in [(Destination::Target, 0.0), (Destination::HalfWay, 0.5), (Destination::BandEdge, 1.0)] {
        let width = STOCKS.best_half_width(inner).unwrap();
        let expected = STOCKS.cost(width, inner).unwrap();
        let multiples = [0.4, 0.7, 1.0, 1.4, 2.2];
        let found = costs(&multiples.map(|multiple| banded(multiple * width, destination)), 1);
        let at_best = found[2];
        assert!((at_best.total() / expected.total() - 1.0).abs() < 0.15, "{destination:?}: {at_best:?} is not {expected:?}");
        assert!(at_best.total() < found[0].total() && at_best.total() < found[4].total(), "{destination:?}: {found:?}");
        assert!(found[0].trading > at_best.trading && found[4].drift > at_best.drift);
    }
}

#[test]
fn the_same_paths_tell_rules_apart() {
    let width = STOCKS.best_half_width(1.0).unwrap();
    let found = costs(&[banded(width, Destination::BandEdge), banded(1.05 * width, Destination::BandEdge), Rule::buy_and_hold()], 2);
    let close = if found[0].excess > 0.0 { found[0] } else { found[1] };
    assert!(close.excess_error < 0.5 * close.standard_error, "{close:?}");
    assert!(!found[2].is_as_good() && found[2].rebalances == 0.0);
    assert!(found.iter().any(|cost| cost.excess == 0.0 && cost.is_as_good()));
}

#[test]
fn threads_do_not_reach_the_result() {
    let rules = [banded(0.03, Destination::BandEdge), banded(0.05, Destination::Target)];
    let one = costs(&rules, 1);
    assert!([2, 3, 64].iter().all(|threads| costs(&rules, *threads) == one));
}

#[test]
fn refuses_what_does_not_fit() {
    let (covariance, model) = stocks_and_cash();
    let problem = Problem { targets: &TARGETS, covariance: &covariance, costs: &[0.002], fixed: 0.0, risk_aversion: 5.0 };
    let run = |problem: &Problem<'_>, experiment: &Experiment| rule_costs(problem, &model, experiment, &[Rule::periodic(1)]);
    let experiment = experiment(1);
    assert!(matches!(run(&Problem { targets: &[1.0], ..problem }, &experiment), Err(BandsError::Length { expected: 1, .. })));
    assert!(matches!(run(&Problem { risk_aversion: 0.0, ..problem }, &experiment), Err(BandsError::Argument { .. })));
    assert!(matches!(run(&problem, &Experiment { paths: 1, ..experiment }), Err(BandsError::Argument { .. })));
    assert!(matches!(run(&Problem { costs: &[0.1, 0.1, 0.1], ..problem }, &experiment), Err(BandsError::Backtest(_))));
}
