//! Backtests of VaR against published and derived cases.
#![allow(clippy::unwrap_used, clippy::float_cmp, clippy::print_stdout, reason = "tests")]

use evenkeel_quant::probability::random::Random;
use evenkeel_quant::risk::exceptions::{
    Zone, conditional_coverage, coverage, exceptions, independence, shortfall_test, traffic_light, transitions,
};
use evenkeel_quant::risk::series::RiskError;
use serde_json::Value;

/// The shared cases; `None`, said clearly, where they are absent.
fn cases() -> Option<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/cases/pub_var_backtests.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("SKIPPED: ../shared/cases/pub_var_backtests.json is absent");
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn whole(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

fn near(found: f64, expected: &Value, what: &str) {
    assert!((found - number(expected)).abs() < 1e-9, "{what}: {found} is not {expected}");
}

#[test]
fn coverage_is_kupiecs() {
    let Some(cases) = cases() else { return };
    for case in cases["kupiec"].as_array().unwrap() {
        let (inputs, expected) = (&case["inputs"], &case["expected"]);
        let told = coverage(whole(&inputs["exceptions"]), whole(&inputs["observations"]), 1.0 - number(&inputs["p"])).unwrap();
        near(told.statistic, &expected["LR_pof"], "LR");
        near(told.p_value, &expected["p_value"], "p");
        assert_eq!(told.p_value < 0.05, expected["reject_at_5pct"].as_bool().unwrap());
    }
    for region in cases["kupiec_non_rejection_regions_at_95pct"].as_array().unwrap() {
        let (observations, confidence) = (whole(&region["T"]), 1.0 - number(&region["p"]));
        let accepted: Vec<usize> = (0..=observations / 4)
            .filter(|number| coverage(*number, observations, confidence).unwrap().statistic < 3.841_458_820_694_124)
            .collect();
        assert_eq!(
            (accepted.first().copied(), accepted.last().copied()),
            (Some(whole(&region["accept_min"])), Some(whole(&region["accept_max"]))),
            "{region}"
        );
    }
}

#[test]
fn independence_is_christoffersens() {
    let Some(cases) = cases() else { return };
    for case in cases["christoffersen"].as_array().unwrap() {
        let (inputs, expected) = (&case["inputs"], &case["expected"]);
        let mut days = vec![false; whole(&inputs["observations"])];
        for position in inputs["exception_positions_1_based"].as_array().unwrap() {
            days[whole(position) - 1] = true;
        }
        let seen = transitions(&days);
        let expected_transitions = ["n00", "n01", "n10", "n11"].map(|name| whole(&expected[name]));
        assert_eq!([seen.none_none, seen.none_one, seen.one_none, seen.one_one], expected_transitions);
        let told = independence(&days).unwrap();
        near(told.statistic, &expected["LR_ind"], "LR of independence");
        near(told.p_value, &expected["p_value"], "p of independence");
        let both = conditional_coverage(&days, 1.0 - number(&inputs["p"])).unwrap();
        near(both.statistic, &expected["LR_cc"], "LR of both");
        near(both.p_value, &expected["p_value_cc"], "p of both");
    }
}

#[test]
fn zones_are_those_of_basel() {
    let Some(cases) = cases() else { return };
    for case in cases["basel_traffic_light_250_days_99pct"].as_array().unwrap() {
        let told = traffic_light(whole(&case["exceptions"]), 250, 0.99).unwrap();
        let zone = match case["zone"].as_str().unwrap() {
            "green" => Zone::Green,
            "yellow" => Zone::Yellow,
            _ => Zone::Red,
        };
        assert_eq!((told.zone, told.plus_factor), (zone, Some(number(&case["plus_factor"]))), "{case}");
        near(told.cumulative, &case["cumulative_probability"], "cumulative");
    }
    assert_eq!(traffic_light(5, 500, 0.99).unwrap().plus_factor, None);
}

#[test]
fn a_right_model_is_rejected_as_often_as_said_and_a_wrong_one_more() {
    let (mut rejected, mut shortfall, mut wrong) = (0, 0.0, 0.0);
    // Normal losses: VaR and CVaR at 97.5 %.
    let (value_at_risk, expected_shortfall) = ([1.959_963_984_540_054; 500], [2.337_802_792_201_413; 500]);
    for seed in 0..400 {
        let mut random = Random::stream(seed, 0);
        let returns: Vec<f64> = (0..500).map(|_| random.normal()).collect();
        let beyond = exceptions(&returns, &value_at_risk).unwrap();
        let number = beyond.iter().filter(|beyond| **beyond).count();
        rejected += usize::from(coverage(number, 500, 0.975).unwrap().p_value < 0.05);
        shortfall += shortfall_test(&returns, &value_at_risk, &expected_shortfall, 0.975).unwrap() / 400.0;
        let riskier: Vec<f64> = returns.iter().map(|value| 1.3 * value).collect();
        wrong += shortfall_test(&riskier, &value_at_risk, &expected_shortfall, 0.975).unwrap() / 400.0;
    }
    assert!((10..=36).contains(&rejected), "{rejected} of 400 rejected at 5 %");
    assert!(shortfall.abs() < 0.05 && wrong > 0.7, "{shortfall} and {wrong}");
}

#[test]
fn bad_input_is_told() {
    assert!(matches!(coverage(3, 2, 0.99), Err(RiskError::TooFew { .. })));
    assert!(matches!(coverage(0, 0, 0.99), Err(RiskError::TooFew { .. })));
    assert!(matches!(coverage(0, 10, 1.0), Err(RiskError::Level { .. })));
    assert!(matches!(independence(&[true]), Err(RiskError::TooFew { .. })));
    assert!(matches!(exceptions(&[0.1, f64::NAN], &[0.1, 0.1]), Err(RiskError::NotFinite { .. })));
    assert!(matches!(exceptions(&[0.1], &[0.1, 0.1]), Err(RiskError::Lengths { .. })));
    assert!(matches!(shortfall_test(&[0.1], &[0.1], &[0.0], 0.975), Err(RiskError::Argument { .. })));
}
