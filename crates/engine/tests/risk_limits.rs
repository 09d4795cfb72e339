//! Limits on risk, by the covariance that is assumed of classes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use evenkeel::assumptions::{Assumptions, ClassAssumptions};
use evenkeel::comply::{Breach, Check, Rules, Status};
use evenkeel::diagnostic::SourceText;
use evenkeel::estimate::EstimateInputs;
use evenkeel::market::NamedPanel;
use evenkeel::policy::Policy;
use evenkeel::portfolio::{Sleeves, State};
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::instrument::{Instrument, Universe};
use evenkeel_ledger::number::Currency;
use evenkeel_quant::panel::Content;

const HEAD: &str = "schema_version = 1\nname = \"risk\"\nbase_currency = \"USD\"\n[bands]\nabsolute = 0.05\n\
    [[target]]\nclass = \"Stocks\"\nweight = 0.6\ninstruments = [\"S\"]\n[[target]]\nclass = \"Bonds\"\nweight = 0.4\ninstruments = [\"B\"]\n";

fn class(name: &str) -> ClassPath {
    ClassPath::new(name).unwrap()
}

/// Volatilities of 20 % and 10 %, without correlation.
fn assumptions() -> Assumptions {
    let of = |name: &str, volatility: f64| ClassAssumptions {
        class: class(name),
        expected_return: None,
        return_range: None,
        volatility: Some(volatility),
        distributions: None,
        scores: std::collections::BTreeMap::new(),
        loadings: std::collections::BTreeMap::new(),
    };
    Assumptions {
        as_of: "2026-01-02".parse().unwrap(),
        source: "test".to_owned(),
        classes: vec![of("Stocks", 0.2), of("Bonds", 0.1)],
        correlation: Some(vec![1.0, 0.0, 0.0, 1.0]),
    }
}

/// The check of one limit, from and to weights of stocks and bonds.
fn check(limit: &str, before: [f64; 2], after: [f64; 2], assumptions: Option<&Assumptions>) -> (Check, bool) {
    let text = format!("{HEAD}[[limit]]\nname = \"risk\"\n{limit}");
    let parsed = Policy::parse(SourceText { file: "policy.toml", text: &text });
    let policy = parsed.value.unwrap_or_else(|| panic!("{:#?}", parsed.diagnostics));
    let instruments = [("S", "Stocks"), ("B", "Bonds")].map(|(symbol, name)| Instrument::new(symbol, class(name), Currency::USD));
    let universe = Universe::new(instruments.to_vec()).unwrap();
    let rules = Rules::bind(&policy, &universe, &Sleeves::new(&policy.tree, &universe), assumptions);
    let state = |[stocks, bonds]: [f64; 2]| {
        let held = [("S", stocks), ("B", bonds)].map(|(symbol, value)| (universe.find(symbol).unwrap(), 100.0 * value));
        rules.measure(&State::new(held, 100.0 * (1.0 - stocks - bonds)))
    };
    let (before, after) = (state(before), state(after));
    let checks = rules.check(&before, &after);
    assert_eq!(checks.len(), 1);
    (checks[0].clone(), rules.refuses(&before, &after))
}

#[test]
fn each_measure_is_told_of_what_is_held() {
    let assumptions = assumptions();
    let volatility = 0.5 * (0.04_f64 + 0.01).sqrt();
    let month = (20.0_f64 / 252.0).sqrt();
    for (limit, expected) in [
        ("on = \"volatility\"\nat_most = 0.2", volatility),
        ("on = \"variance\"\nat_most = 0.2", volatility * volatility),
        ("on = \"tracking_error\"\nat_most = 0.2", 0.1 * (0.04_f64 + 0.01).sqrt()),
        ("on = \"value_at_risk\"\nconfidence = 0.99\nhorizon_days = 20\nat_most = 0.2", 2.326_347_874_040_841 * volatility * month),
        (
            "on = \"conditional_value_at_risk\"\nconfidence = 0.95\nhorizon_days = 20\nat_most = 0.2",
            2.062_712_807_507_425 * volatility * month,
        ),
    ] {
        let (check, _) = check(limit, [0.5, 0.5], [0.5, 0.5], Some(&assumptions));
        assert!((check.after.unwrap() - expected).abs() < 1e-12, "{limit}: {check:?}");
        assert_eq!(check.status_after, Status::Kept);
        assert!(limit.contains(check.measure), "{}", check.measure);
    }
}

#[test]
fn a_proposal_that_takes_more_risk_is_refused_and_one_that_takes_less_is_not() {
    let assumptions = assumptions();
    let limit = "on = \"volatility\"\nat_most = 0.12";
    for (before, after, breach) in [
        ([0.5, 0.5], [0.58, 0.0], None),
        ([0.5, 0.5], [0.7, 0.3], Some(Breach::Active)),
        ([0.8, 0.2], [0.7, 0.3], Some(Breach::Passive)),
        ([0.7, 0.3], [0.8, 0.2], Some(Breach::Active)),
        ([0.7, 0.3], [0.7, 0.3], Some(Breach::Passive)),
    ] {
        let (check, refuses) = check(limit, before, after, Some(&assumptions));
        assert_eq!((check.breach, refuses), (breach, breach == Some(Breach::Active)), "{before:?} {after:?}");
    }
}

#[test]
fn what_is_not_assumed_is_told_as_unknown() {
    let (check, refuses) = check("on = \"volatility\"\nat_most = 0.12", [0.5, 0.5], [0.9, 0.1], None);
    assert_eq!((check.status_after, check.covered, refuses), (Status::Unknown, 0.0, false));
    let told = check.diagnostic().unwrap();
    assert!(told.message.contains("volatilities") && told.help.unwrap().contains("basis = \"history\""));
    assert!(check.may_be_broken());
}

#[test]
fn what_has_no_effect_is_refused() {
    for (limit, told) in [
        ("on = \"volatility\"\nwhere = { class = [\"Stocks\"] }\nat_most = 0.1", "does not apply to risk"),
        ("on = \"volatility\"\nconfidence = 0.9\nat_most = 0.1", "goes with"),
        ("on = \"value_at_risk\"\nconfidence = 0.9\nat_most = 0.1", "`horizon_days` is missing"),
        ("on = \"value_at_risk\"\nconfidence = 95\nhorizon_days = 10\nat_most = 0.1", "is 95"),
        ("on = \"weight\"\nabove = 0.05\nwhere = { class = [\"Stocks\"] }\nat_most = 0.1", "adds up those of `each`"),
        ("on = \"value\"\neach = \"issuer\"\nabove = 0.05\nat_most = 0.1", "is about weights"),
        ("preset = \"irc_851\"\nat_most = 0.1", "only one of them"),
        ("preset = \"irc_581\"", "irc_851"),
        ("on = \"volatile\"\nat_most = 0.1", "is no measure"),
    ] {
        let text = format!("{HEAD}[[limit]]\nname = \"risk\"\n{limit}\n");
        let parsed = Policy::parse(SourceText { file: "policy.toml", text: &text });
        assert!(parsed.value.is_none(), "{limit}");
        let sentences: Vec<String> =
            parsed.diagnostics.iter().map(|told| format!("{} {}", told.message, told.help.as_deref().unwrap_or_default())).collect();
        assert!(sentences.iter().any(|sentence| sentence.contains(told)), "{limit}: {sentences:#?}");
    }
}

#[test]
fn a_breach_that_no_planner_avoids_names_what_does() {
    let assumptions = assumptions();
    let (volatile, refuses) = check("on = \"volatility\"\nat_most = 0.1\n", [0.2, 0.8], [0.8, 0.2], Some(&assumptions));
    let help = |check: &Check| check.diagnostic().unwrap().help.unwrap();
    assert!(refuses && help(&volatile).contains("`evenkeel risk`"), "{}", help(&volatile));
    let (together, refuses) = check("each = \"instrument\"\nabove = 0.25\nat_most = 0.5\n", [0.2, 0.2], [0.6, 0.4], None);
    assert!(refuses && help(&together).contains("above 25 % together"), "{}", help(&together));
    let (plain, _) = check("where = { class = [\"Stocks\"] }\nat_most = 0.5\n", [0.4, 0.4], [0.6, 0.4], None);
    assert!(help(&plain).starts_with("change the targets"));
}

#[test]
fn a_limit_on_history_is_of_what_is_held() {
    let text = HEAD.replace("[\"S\"]", "[\"S\", \"T\", \"U\"]")
        + "[[limit]]\nname = \"risk\"\non = \"volatility\"\nbasis = \"history\"\nat_most = 0.5\n";
    let policy = Policy::parse(SourceText { file: "policy.toml", text: &text }).value.unwrap();
    let instruments = ["S", "T", "U"].map(|symbol| Instrument::new(symbol, class("Stocks"), Currency::USD));
    let bonds = Instrument::new("B", class("Bonds"), Currency::USD);
    let universe = Universe::new(instruments.into_iter().chain([bonds]).collect()).unwrap();
    let sleeves = Sleeves::new(&policy.tree, &universe);
    let first: Date = "2024-01-01".parse().unwrap();
    let series = |size: f64, step: i32, from: i32| -> Vec<(Date, f64)> {
        let size_on = |at: i32| if at / step % 2 == 0 { size } else { -size };
        (from..60).map(|at| (first.add_days(at).unwrap(), size_on(at))).collect()
    };
    // T moves apart from S; U has no past to speak of.
    let columns = vec![
        ("S".to_owned(), series(0.01, 1, 0)),
        ("T".to_owned(), series(0.02, 2, 0)),
        ("U".to_owned(), series(0.5, 1, 40)),
        ("B".to_owned(), series(0.0, 1, 0)),
    ];
    let history = NamedPanel::of_series(None, Content::SimpleReturns, columns).unwrap();
    let inputs = EstimateInputs {
        rules: &policy.estimate,
        tree: &policy.tree,
        sleeves: &sleeves,
        universe: &universe,
        history: Some(&history),
        assumptions: None,
        reference: None,
        as_of: "2024-03-01".parse().unwrap(),
        scenarios: false,
    };
    let rules = Rules::bind(&policy, &universe, &sleeves, None).with_history(&inputs);
    let of = |held: &[(&str, f64)]| {
        let values = held.iter().map(|(symbol, value)| (universe.find(symbol).unwrap(), *value));
        let at = rules.measure(&State::new(values.collect::<Vec<_>>(), 0.0));
        rules.check(&at, &at).remove(0)
    };
    let yearly = |of: &dyn Fn(usize) -> f64| {
        let values: Vec<f64> = (0..60).map(of).collect();
        (values.iter().map(|value| value * value).sum::<f64>() / 59.0 * 252.0).sqrt()
    };
    let (s, t) = (series(0.01, 1, 0), series(0.02, 2, 0));
    let measured = of(&[("S", 25.0), ("T", 75.0)]).after.unwrap();
    assert!((measured - yearly(&|at| 0.25 * s[at].1 + 0.75 * t[at].1)).abs() < 1e-12, "{measured}");
    assert!((of(&[("T", 100.0)]).after.unwrap() - yearly(&|at| t[at].1)).abs() < 1e-12);
    // Without a past it moves as the first instrument of its leaf, and that is told.
    let unknown = of(&[("U", 100.0)]);
    assert!((unknown.after.unwrap() - yearly(&|at| s[at].1)).abs() < 1e-12);
    assert!(unknown.basis.unwrap().ends_with("holdings with too little of one as the first instrument of their leaf"));
}
