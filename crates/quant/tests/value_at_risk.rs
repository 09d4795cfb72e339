//! VaR and CVaR against the shared cases.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

use evenkeel_quant::risk::cornish_fisher::cornish_fisher_tail;
use evenkeel_quant::risk::parametric::{lognormal_tail, normal_tail, student_tail};
use evenkeel_quant::risk::tail::{TailRisk, interpolated_value_at_risk, tail_risk};
use serde_json::Value;

/// The shared cases; `None`, said clearly, where they are absent.
fn cases() -> Option<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/cases/pub_var_cvar_closed_forms.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("SKIPPED: ../shared/cases/pub_var_cvar_closed_forms.json is absent");
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn near(found: f64, expected: &Value, what: &str) {
    let expected = number(expected);
    assert!((found - expected).abs() <= 1e-10 * expected.abs(), "{what}: {found} is not {expected}");
}

#[test]
fn normal_and_lognormal_losses() {
    let Some(cases) = cases() else { return };
    for case in cases["normal_and_gbm"].as_array().unwrap() {
        let (inputs, expected) = (&case["inputs"], &case["expected"]);
        let [drift, volatility, level, years, value] =
            ["mu_annual", "sigma_annual", "confidence", "horizon_years", "value"].map(|key| number(&inputs[key]));
        let spread = volatility * years.sqrt();
        let normal = normal_tail(drift * years, spread, level).unwrap();
        near(value * normal.value_at_risk, &expected["normal_var"], "normal VaR");
        near(value * normal.conditional_value_at_risk, &expected["normal_cvar"], "normal CVaR");
        let lognormal = lognormal_tail((drift - 0.5 * volatility * volatility) * years, spread, level).unwrap();
        near(value * lognormal.value_at_risk, &expected["gbm_var"], "lognormal VaR");
        near(value * lognormal.conditional_value_at_risk, &expected["gbm_cvar"], "lognormal CVaR");
    }
}

#[test]
fn losses_of_students_t() {
    let Some(cases) = cases() else { return };
    for case in cases["student_t"].as_array().unwrap() {
        let (degrees, level) = (number(&case["inputs"]["nu"]), number(&case["inputs"]["confidence"]));
        let told = student_tail(0.0, 1.0, degrees, level).unwrap();
        near(told.value_at_risk, &case["expected"]["var_unit_variance"], "VaR");
        near(told.conditional_value_at_risk, &case["expected"]["es_unit_variance"], "CVaR");
        let standard = student_tail(0.0, (degrees / (degrees - 2.0)).sqrt(), degrees, level).unwrap();
        near(standard.value_at_risk, &case["expected"]["var_standard_t"], "VaR");
        near(standard.conditional_value_at_risk, &case["expected"]["es_standard_t"], "CVaR");
    }
}

#[test]
fn losses_by_cornish_and_fisher() {
    let Some(cases) = cases() else { return };
    for case in cases["cornish_fisher"].as_array().unwrap() {
        let (inputs, expected) = (&case["inputs"], &case["expected"]);
        let [mean, volatility, skewness, kurtosis, level] =
            ["mu", "sigma", "skew", "excess_kurtosis", "confidence"].map(|key| number(&inputs[key]));
        let told = cornish_fisher_tail(mean, volatility, skewness, kurtosis, level).unwrap();
        near(told.quantile, &expected["z_cf"], "quantile");
        near(told.tail.value_at_risk, &expected["var"], "VaR");
        assert_eq!(told.is_valid, expected["valid_monotone"].as_bool().unwrap(), "{inputs}");
    }
}

#[test]
fn losses_of_history() {
    let Some(cases) = cases() else { return };
    let mut checked = 0;
    for case in cases["historical"].as_array().unwrap() {
        let (inputs, expected) = (&case["inputs"], &case["expected"]);
        let returns: Vec<f64> = inputs["returns"].as_array().unwrap().iter().map(number).collect();
        let level = number(&inputs["confidence"]);
        let TailRisk { value_at_risk, conditional_value_at_risk } = tail_risk(&returns, level).unwrap();
        let found = [
            ("cvar_average_of_worst_20pct", conditional_value_at_risk),
            ("cvar_rockafellar_uryasev", conditional_value_at_risk),
            ("var_lower_order_statistic", value_at_risk),
            ("var_linear_interpolation_type7", interpolated_value_at_risk(&returns, level).unwrap()),
        ];
        for (name, found) in found {
            if !expected[name].is_null() {
                near(found, &expected[name], name);
                checked += 1;
            }
        }
    }
    assert!(checked >= 4);
}
