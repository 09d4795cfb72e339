//! Years that can be worked out by hand.

use std::num::NonZero;

use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::probability::normal;
use evenkeel_quant::simulate::answer::{Confidence, worst_mean};
use evenkeel_quant::simulate::moments::Moments;
use evenkeel_quant::simulate::source::{BlockBootstrap, Ends, Lognormal};
use evenkeel_quant::simulate::{Inflation, LostYears, Model, Plan, Rebalancing, Simulation, Watch, WatchKind};
use evenkeel_quant::spending::{FixedAmount, Percentage, Rule, Spending};

use crate::support::{close, fixed_real, plan};

const ONE: NonZero<usize> = NonZero::<usize>::MIN;

fn free(weights: &[f64], spending: Spending) -> Plan {
    Plan { costs: vec![0.0; weights.len()], ..plan(weights, spending) }
}

/// History in which every month earns the same.
fn certain(monthly: f64) -> Model {
    Model::Block(BlockBootstrap::new(&Matrix::from_fn(24, 1, |_, _| monthly), 12, Ends::Circular).unwrap())
}

#[test]
fn certain_returns_run_out_when_the_annuity_does() {
    // 5 % a year, nothing rises, 100 of 1000 paid at the start of each year: value is 1000 · 1.05ⁿ − 105 · (1.05ⁿ − 1) ÷ 0.05.
    let amount = Spending::new(Rule::FixedAmount(FixedAmount { amount: 100.0 }), 0.0, f64::INFINITY).unwrap();
    let plan = Plan { value: 1000.0, inflation: Inflation::Constant(0.0), ..free(&[1.0], amount) };
    let monthly = 1.05_f64.powf(1.0 / 12.0) - 1.0;
    let path = Simulation::new(plan, certain(monthly)).unwrap().path(1, 0);
    let closed = |years: i32| 1000.0 * 1.05_f64.powi(years) - 105.0 * (1.05_f64.powi(years) - 1.0) / 0.05;
    for years in 1..=13 {
        assert!(close(path.wealth[years - 1], closed(i32::try_from(years).unwrap()), 1e-11), "{years}");
    }
    // After 13 years 70.1 are left, which the 14th payment of 100 takes.
    assert!(closed(13) < 100.0 && closed(13) > 0.0);
    assert_eq!(path.wealth[13..], [0.0; 17]);
    assert!(close(path.spending[13], closed(13), 1e-11));
    assert_eq!(path.spending[14..], [0.0; 16]);
    assert!(close(path.spending.iter().sum(), 1300.0 + closed(13), 1e-11));
}

#[test]
fn a_share_of_value_never_runs_out() {
    let spending = Spending::new(Rule::Percentage(Percentage { rate: 0.05 }), 0.0, f64::INFINITY).unwrap();
    let path = Simulation::new(free(&[1.0], spending), certain(0.004)).unwrap().path(1, 0);
    let real = 1.004_f64.powi(12) / 1.025;
    for (year, wealth) in path.wealth.iter().enumerate() {
        let expected = 1e6 * (0.95 * real).powi(i32::try_from(year + 1).unwrap());
        assert!(close(*wealth, expected, 1e-11));
    }
}

#[test]
fn lognormal_wealth_has_its_mean_and_quantiles() {
    let (mean, volatility, years) = (0.07, 0.18, 10);
    let year = Covariance::from_volatilities(&[volatility], &[1.0]).unwrap();
    let moments = Moments::of_year(&[mean], &year, 12).unwrap();
    let plan = Plan { years, inflation: Inflation::Constant(0.0), ..free(&[1.0], Spending::none()) };
    let simulation = Simulation::new(plan, Model::Lognormal(Lognormal::new(&moments).unwrap())).unwrap();
    let outcome = simulation.run(3, 40_000, ONE).unwrap();
    let variance = (1.0 + (volatility / (1.0 + mean)).powi(2)).ln();
    let drift = (1.0 + mean).ln() - 0.5 * variance;
    let confidence = Confidence::new(0.9999).unwrap();
    for after in [1, 5, 10] {
        let mut wealth = outcome.wealth(after - 1);
        let time = after as f64;
        let expected = 1e6 * (1.0 + mean).powf(time);
        let found = confidence.mean(&wealth);
        assert!(found.low < expected && expected < found.high, "{after} years: {expected} {found:?}");
        let probabilities = [0.05, 0.25, 0.5, 0.75, 0.95];
        for (p, found) in probabilities.iter().zip(confidence.quantiles(&mut wealth, &probabilities)) {
            let exact = 1e6 * (drift * time + (variance * time).sqrt() * normal::quantile(*p).unwrap()).exp();
            assert!(found.low < exact && exact < found.high, "{after} years, {p}: {exact} {found:?}");
        }
    }
}

/// The endowment of 500 million: 7.75 % expected, 4 % of value spent, 2.5 % inflation.
#[test]
fn the_endowment_keeps_what_its_mix_expects() {
    let weights = [0.30, 0.20, 0.20, 0.15, 0.10, 0.05];
    let means = [0.09, 0.085, 0.04, 0.07, 0.12, 0.06];
    let expected: f64 = weights.iter().zip(&means).map(|(weight, mean)| weight * mean).sum();
    assert!((expected - 0.0775).abs() < 1e-15);
    let volatilities = [0.16, 0.18, 0.05, 0.12, 0.22, 0.08];
    let correlation: Vec<f64> = (0..36).map(|at| if at / 6 == at % 6 { 1.0 } else { 0.5 }).collect();
    let year = Covariance::from_volatilities(&volatilities, &correlation).unwrap();
    let moments = Moments::of_year(&means, &year, 12).unwrap();
    let spending = Spending::new(Rule::Percentage(Percentage { rate: 0.04 }), 0.0, f64::INFINITY).unwrap();
    let plan = Plan { value: 5e8, ..free(&weights, spending) };
    let outcome = Simulation::new(plan, Model::Lognormal(Lognormal::new(&moments).unwrap())).unwrap().run(1, 20_000, ONE).unwrap();
    let confidence = Confidence::new(0.9999).unwrap();
    for years in [1_usize, 10, 30] {
        let found = confidence.mean(&outcome.wealth(years - 1));
        let exact = 5e8 * (0.96 * 1.0775 / 1.025_f64).powi(i32::try_from(years).unwrap());
        assert!(found.low < exact && exact < found.high, "{years}: {exact} {found:?}");
    }
}

#[test]
fn lost_years_earn_what_was_asked() {
    let plan = Plan { lost: Some(LostYears { years: 10, real_return: -0.01 }), ..free(&[1.0], Spending::none()) };
    let path = Simulation::new(plan, certain(0.006)).unwrap().path(1, 0);
    assert!(close(path.wealth[9], 1e6 * 0.99_f64.powi(10), 1e-11));
    assert!(close(path.wealth[10] / path.wealth[9], 1.006_f64.powi(12) / 1.025, 1e-11));
}

#[test]
fn watches_see_what_is_between_rebalancings() {
    // The first asset gains 2 % a month, the second nothing: after nine months the first has 0.5 · 1.02⁹ ÷ (…) = 0.544.
    let returns = Matrix::from_fn(24, 2, |_, column| if column == 0 { 0.02 } else { 0.0 });
    let model = Model::Block(BlockBootstrap::new(&returns, 12, Ends::Circular).unwrap());
    let share = |at_most| Watch { assets: vec![1.0, 0.0], kind: WatchKind::Share { at_least: 0.0, at_most } };
    let cover = |years| Watch { assets: vec![0.0, 1.0], kind: WatchKind::Cover { years } };
    let watches = vec![share(0.543), share(0.56), cover(9.0), cover(20.0)];
    let plan = Plan {
        years: 1,
        watches,
        looks_per_year: 4,
        inflation: Inflation::Constant(0.0),
        rebalancing: Rebalancing::Every { periods: 12 },
        ..free(&[0.5, 0.5], fixed_real(0.05))
    };
    // 475 of 1000 are held in the second asset, and 50 are spent a year: 9.5 years.
    let simulation = Simulation::new(plan, model).unwrap();
    assert_eq!(simulation.path(1, 0).breached, [true, false, false, true]);
    let one_short = 0.5 * 1.02_f64.powi(12) / (0.5 + 0.5 * 1.02_f64.powi(12));
    assert!(one_short > 0.543 && one_short < 0.56);
    assert_eq!(simulation.run(1, 10, ONE).unwrap().breached(), [10, 0, 0, 10]);
}

#[test]
fn the_worst_share_is_the_mean_of_the_smallest() {
    let mut values: Vec<f32> = (0..1000_u16).map(|at| f32::from(at * 7 % 1000)).collect();
    assert_eq!(worst_mean(&mut values, 0.05), Some(24.5));
    assert_eq!(worst_mean(&mut [], 0.05), None);
}

#[test]
fn what_is_paid_is_told_at_the_prices_of_its_days() {
    let two_columns = |monthly: f64, prices: f64| {
        let returns = Matrix::from_fn(24, 2, |_, column| if column == 0 { monthly } else { prices });
        Model::Block(BlockBootstrap::new(&returns, 12, Ends::Circular).unwrap())
    };
    for payments_per_year in [1, 4] {
        let plan = Plan { payments_per_year, ..free(&[1.0], fixed_real(0.04)) };
        let constant = Simulation::new(plan.clone(), certain(0.004)).unwrap().run(1, 8, NonZero::<usize>::MIN).unwrap();
        let drawn = Plan { inflation: Inflation::Column, ..plan };
        let drawn = Simulation::new(drawn, two_columns(0.004, 1.025_f64.powf(1.0 / 12.0) - 1.0)).unwrap();
        let drawn = drawn.run(1, 8, NonZero::<usize>::MIN).unwrap();
        for year in 0..30 {
            // Set at the prices of the year's start, and paid in equal parts.
            let expected = 40_000.0 * 1.025_f64.powi(i32::try_from(year).unwrap());
            for outcome in [&constant, &drawn] {
                assert!(close(f64::from(outcome.nominal_spending(year)[7]), expected, 1e-6), "{payments_per_year} {year}");
            }
        }
    }
}
