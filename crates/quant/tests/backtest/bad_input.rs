//! What is refused, and with which facts.

use std::num::NonZeroUsize;

use evenkeel_quant::backtest::{
    BacktestError, Band, Checks, Costs, Destination, History, Missing, Record, Rule, Study, Targets, Trigger, run, sweep,
};

const RETURNS: [f64; 4] = [0.1, 0.2, 0.3, 0.4];
const HALVES: [f64; 2] = [0.5, 0.5];

fn study<'a>() -> Study<'a> {
    Study::new(History::returns(&RETURNS, 2), &HALVES)
}

fn error(study: &Study<'_>, rule: &Rule) -> BacktestError {
    let error = run(study, rule, Record::Totals).unwrap_err();
    assert_eq!(sweep(study, std::slice::from_ref(rule), Record::Totals, NonZeroUsize::MIN).unwrap_err().to_string(), error.to_string());
    error
}

fn of_study(study: &Study<'_>) -> String {
    error(study, &Rule::periodic(1)).to_string()
}

#[test]
fn histories() {
    for history in [History::returns(&RETURNS, 3), History::returns(&[], 2), History::returns(&RETURNS, 0)] {
        assert!(matches!(error(&Study { history, ..study() }, &Rule::periodic(1)), BacktestError::Shape { .. }));
    }
    let history = |values| Study { history: History::returns(values, 2), ..study() };
    assert_eq!(error(&history(&[0.1, 0.2, 0.3, -1.5]), &Rule::periodic(1)), BacktestError::Value { row: 1, asset: 1, value: -1.5 });
    assert!(matches!(error(&history(&[0.1, f64::INFINITY]), &Rule::periodic(1)), BacktestError::Value { row: 0, asset: 1, .. }));
    assert_eq!(error(&history(&[0.1, 0.2, f64::NAN, 0.0]), &Rule::periodic(1)), BacktestError::Missing { row: 1, asset: 0 });
    let prices = Study { history: History { missing: Missing::Rest, ..History::prices(&[1.0, 1.0, f64::NAN, -2.0], 2) }, ..study() };
    assert_eq!(error(&prices, &Rule::periodic(1)), BacktestError::Value { row: 1, asset: 1, value: -2.0 });
    // Beyond what a float holds.
    assert!(matches!(error(&history(&[1e300, 0.0, 1e300, 0.0]), &Rule::periodic(1)), BacktestError::Value { row: 1, asset: 0, .. }));
}

#[test]
fn targets() {
    for weights in [[0.5, 0.6], [1.5, -0.5], [f64::NAN, 0.5]] {
        assert!(matches!(
            error(&Study { targets: Targets::Constant(&weights), ..study() }, &Rule::periodic(1)),
            BacktestError::Targets { set: 0, .. }
        ));
    }
    let schedule = |rows, weights| Study { targets: Targets::Schedule { rows, weights }, ..study() };
    let two = [0.5, 0.5, 1.0, 0.0];
    for rows in &[[1, 2], [0, 0], [0, 3]] {
        assert!(matches!(error(&schedule(rows, &two), &Rule::periodic(1)), BacktestError::Schedule { .. }));
    }
    assert!(matches!(error(&schedule(&[0], &two), &Rule::periodic(1)), BacktestError::Length { expected: 2, found: 4, .. }));
    assert!(matches!(error(&schedule(&[], &[]), &Rule::periodic(1)), BacktestError::Length { .. }));
}

#[test]
fn costs_and_flows() {
    let costs = |costs| Study { costs, ..study() };
    for proportional in &[[-0.1, 0.0], [0.0, 1.0], [f64::NAN, 0.0]] {
        assert!(of_study(&costs(Costs { proportional, ..Costs::default() })).starts_with("a proportional cost is"));
    }
    let three = [0.0; 3];
    assert!(of_study(&costs(Costs { proportional: &three, ..Costs::default() })).contains("3 entries, and 2 are needed"));
    assert!(of_study(&costs(Costs { fixed: -1.0, ..Costs::default() })).contains("fixed cost"));
    assert!(of_study(&costs(Costs { management: 1.0, ..Costs::default() })).contains("below 1"));
    for start in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(of_study(&Study { start, ..study() }).contains("start value"));
    }
    assert!(of_study(&Study { flows: &[0.0, 1.0], ..study() }).contains("2 entries, and 3 are needed"));
    assert!(of_study(&Study { flows: &[0.0, f64::NAN, 0.0], ..study() }).contains("a flow is NaN"));
    assert!(of_study(&Study { flows: &[1.0, 0.0, 0.0], ..study() }).contains("flow of row 0"));
}

#[test]
fn rules() {
    let refused = |rule: Rule| error(&study(), &rule).to_string();
    assert!(refused(Rule { checks: Checks::Every(0), ..Rule::periodic(1) }).contains("at least 1"));
    assert!(refused(Rule { checks: Checks::Rows(vec![true; 2]), ..Rule::periodic(1) }).contains("2 entries, and 3"));
    assert!(refused(Rule { bands: Vec::new(), ..Rule::periodic(1) }).contains("list of bands"));
    for width in [-0.1, f64::NAN, f64::INFINITY] {
        assert!(refused(Rule::banded(Band::absolute(width))).starts_with("a band is"));
        assert!(refused(Rule::banded(Band::relative(width))).starts_with("a band is"));
        assert!(refused(Rule { trigger: Trigger::PortfolioDrift { limit: width }, ..Rule::periodic(1) }).contains("drift"));
        assert!(refused(Rule { destination: Destination::InnerBand { distance: width }, ..Rule::periodic(1) }).contains("distance"));
        assert!(refused(Rule { destination: Destination::ToleranceBand { fraction: width }, ..Rule::periodic(1) }).contains("fraction"));
    }
}
