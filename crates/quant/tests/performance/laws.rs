//! What must hold of any series.

use evenkeel_quant::performance::loss::loss_runs;
use evenkeel_quant::performance::market_model::MarketModel;
use evenkeel_quant::performance::measures::measures;
use evenkeel_quant::performance::money_weighted::{DatedFlow, internal_rates};
use evenkeel_quant::performance::terms::Terms;
use evenkeel_quant::performance::time_weighted::{Valuation, subperiod_returns, time_weighted_return};
use proptest::prelude::*;

fn series(length: usize) -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(-0.2..0.2_f64, length)
}

#[test]
fn nothing_is_defined_of_nothing_and_all_of_it_says_why() {
    for all in [measures(&[], Some(&[]), 0.0, &Terms::of(12.0)), measures(&[f64::NAN; 3], Some(&[f64::NAN; 3]), 0.0, &Terms::of(12.0))] {
        assert!(all.len() > 60 && all.iter().all(|measure| measure.value.is_err()), "{all:?}");
    }
    let names: std::collections::BTreeSet<&str> =
        measures(&[], Some(&[]), 0.0, &Terms::of(12.0)).iter().map(|measure| measure.name).collect();
    assert_eq!(names.len(), measures(&[], Some(&[]), 0.0, &Terms::of(12.0)).len(), "each name once");
}

#[test]
fn measures_are_numbers_or_say_why() {
    for returns in [vec![0.0; 5], vec![0.01; 5], vec![-0.01; 5], vec![-1.0, 0.0, 0.0], vec![0.1, -1.0, 0.1], vec![0.01]] {
        let benchmark = vec![0.01; returns.len()];
        for measure in measures(&returns, Some(&benchmark), 0.0, &Terms::of(252.0)) {
            assert!(measure.value.is_err() || measure.value.is_ok_and(f64::is_finite), "{returns:?}: {measure:?}");
        }
    }
}

proptest! {
    #[test]
    fn a_series_beside_itself_has_no_alpha(returns in series(24)) {
        prop_assume!(returns.iter().any(|r| (r - returns[0]).abs() > 1e-3));
        let model = MarketModel::of(&returns, &returns, &Terms::of(12.0)).unwrap();
        prop_assert!((model.beta - 1.0).abs() < 1e-12 && model.jensen_alpha().abs() < 1e-11 && model.alpha.abs() < 1e-13);
        prop_assert!(model.fama().net_selectivity.abs() < 1e-11 && model.m_squared_excess().unwrap().abs() < 1e-11);
        prop_assert!((model.correlation - 1.0).abs() < 1e-12);
    }

    #[test]
    fn risk_splits_into_what_the_market_explains(returns in series(30), market in series(30)) {
        let model = MarketModel::of(&returns, &market, &Terms::of(252.0)).unwrap();
        prop_assert!((model.systematic_risk.hypot(model.specific_risk) - model.total_risk).abs() < 1e-12);
        prop_assert!((model.r_squared() - (model.systematic_risk / model.total_risk).powi(2)).abs() < 1e-10);
    }

    #[test]
    fn flows_do_not_change_what_a_unit_earned(returns in series(20), flows in prop::collection::vec(-50.0..500.0_f64, 20)) {
        let mut valuations = vec![Valuation { value: 1000.0, flow: flows[0] }];
        for (earned, flow) in returns.iter().zip(flows.iter().skip(1).chain([&0.0])) {
            let last = *valuations.last().unwrap();
            prop_assume!(last.value + last.flow > 1.0);
            valuations.push(Valuation { value: (last.value + last.flow) * (1.0 + earned), flow: *flow });
        }
        let found = subperiod_returns(&valuations).unwrap();
        prop_assert!(found.iter().zip(&returns).all(|(a, b)| (a - b).abs() < 1e-9));
        let growth: f64 = returns.iter().map(|r| 1.0 + r).product();
        prop_assert!((time_weighted_return(&valuations).unwrap() - (growth - 1.0)).abs() < 1e-8);
    }

    /// Where every period earns the same, weighing by money changes nothing.
    #[test]
    fn money_weighted_is_time_weighted_at_a_constant_rate(rate in -0.5..1.0_f64, paid in prop::collection::vec(1.0..100.0_f64, 1..12)) {
        let mut flows: Vec<DatedFlow> =
            paid.iter().enumerate().map(|(i, amount)| DatedFlow { day: 365 * i as i32, amount: -amount }).collect();
        let value = paid.iter().fold(0.0, |value, amount| (value + amount) * (1.0 + rate));
        flows.push(DatedFlow { day: 365 * paid.len() as i32, amount: value });
        let found = internal_rates(&flows).unwrap();
        prop_assert_eq!(found.all.len(), 1);
        prop_assert!((found.meant.unwrap() - rate).abs() < 1e-10);
    }

    #[test]
    fn runs_of_losses_compound_to_all_losses(returns in series(40)) {
        let kept: f64 = loss_runs(&returns).unwrap().iter().map(|run| 1.0 - run).product();
        let of_losses: f64 = returns.iter().filter(|r| **r < 0.0).map(|r| 1.0 + r).product();
        prop_assert!((kept - of_losses).abs() < 1e-12);
    }
}
