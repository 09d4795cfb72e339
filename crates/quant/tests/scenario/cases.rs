//! Reference cases.

use evenkeel_quant::optimize::program::Region;
use evenkeel_quant::optimize::scenario::measure::Measure;
use evenkeel_quant::optimize::scenario::measures::cvar::Cvar;
use evenkeel_quant::optimize::scenario::measures::drawdown::Drawdown;
use evenkeel_quant::optimize::scenario::measures::entropic::Evar;
use evenkeel_quant::optimize::scenario::measures::growth::Growth;
use evenkeel_quant::optimize::scenario::measures::lower_partial_moment::LowerPartialMoment;
use evenkeel_quant::optimize::scenario::measures::mean_absolute_deviation::MeanAbsoluteDeviation;
use evenkeel_quant::optimize::scenario::measures::semideviation::Semideviation;
use evenkeel_quant::optimize::scenario::measures::worst_realization::WorstRealization;
use evenkeel_quant::optimize::scenario::{Objective, ScenarioProgram};
use evenkeel_quant::optimize::solution::Status;

use crate::shared::{case, case_returns as returns, numbers};

/// The least risk against a case: objective first, weights second.
fn pin(name: &str, value: &str, measure: &dyn Measure) {
    let (Some(case), Some(returns)) = (case(&format!("optim_{name}")), returns()) else { return };
    let region = Region::long_only(20);
    let optimum = ScenarioProgram::new(&returns, measure, &region).solve(&Objective::MinimumRisk).unwrap();
    assert_eq!(optimum.status, Status::Optimal, "{name}");
    let expected = case["reference"][value].as_f64().unwrap();
    println!("{name}: {} against {expected}, gap {:e}, {:?}", optimum.risk, optimum.gap, optimum.work);
    assert!((optimum.risk - expected).abs() <= case["tolerance"]["objective_rel"].as_f64().unwrap() * expected, "{name}: {}", optimum.risk);
    assert!(optimum.gap <= 1e-9, "{name}: gap {:e}", optimum.gap);
    let tolerance = case["tolerance"]["weights_abs"].as_f64().unwrap();
    for (found, expected) in optimum.weights.iter().zip(numbers(&case["reference"]["weights"])) {
        assert!((found - expected).abs() <= tolerance, "{name}: {:?}", optimum.weights);
    }
}

#[test]
fn cvar() {
    pin("cvar_0.95", "cvar", &Cvar { confidence: 0.95 });
    pin("cvar_0.9333", "cvar", &Cvar { confidence: 0.9333 });
    pin("cvar_0.99", "cvar", &Cvar { confidence: 0.99 });
}

#[test]
fn worst_realization() {
    pin("worst_realization", "value", &WorstRealization);
}

#[test]
fn mean_absolute_deviation() {
    pin("mad", "mad_daily", &MeanAbsoluteDeviation);
}

#[test]
fn lower_partial_moment() {
    pin("flpm_zero", "value_daily", &LowerPartialMoment);
}

#[test]
fn drawdowns() {
    pin("cdar", "value", &Drawdown::Conditional { confidence: 0.95 });
    pin("mdd", "value", &Drawdown::Maximum);
    pin("uci", "value", &Drawdown::Ulcer);
}

#[test]
fn semideviations() {
    pin("semideviation", "semideviation_daily", &Semideviation::AboutMean);
    pin("semideviation_zero", "value_daily", &Semideviation::AboutZero);
}

#[test]
fn entropic_value_at_risk() {
    pin("evar", "evar", &Evar { confidence: 0.95 });
}

#[test]
fn kelly() {
    let (Some(case), Some(returns)) = (case("optim_kelly"), returns()) else { return };
    let region = Region::long_only(20);
    let optimum = ScenarioProgram::new(&returns, &Growth, &region).solve(&Objective::MinimumRisk).unwrap();
    let expected = case["reference"]["growth_daily"].as_f64().unwrap();
    println!("kelly: {} against {expected}, gap {:e}, {:?}", -optimum.risk, optimum.gap, optimum.work);
    assert!((optimum.risk + expected).abs() <= case["tolerance"]["objective_rel"].as_f64().unwrap() * expected);
    assert!(optimum.gap <= 1e-9, "{:e}", optimum.gap);
    for (found, expected) in optimum.weights.iter().zip(numbers(&case["reference"]["weights"])) {
        assert!((found - expected).abs() <= case["tolerance"]["weights_abs"].as_f64().unwrap());
    }
}
