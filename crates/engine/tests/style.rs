//! Style tilts, by hand arithmetic.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp, missing_docs, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use evenkeel::assumptions::{Assumptions, ClassAssumptions};
use evenkeel::diagnostic::{Diagnostic, SourceText};
use evenkeel::market::SignalHistory;
use evenkeel::policy::Policy;
use evenkeel::portfolio::Sleeves;
use evenkeel::target::{Targets, check_limits, target_weights};
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::household::Household;
use evenkeel_ledger::instrument::Universe;

const HEAD: &str = "schema_version = 1\nname = \"Test\"\nbase_currency = \"USD\"\ncalendar = \"weekdays\"\n[bands]\nabsolute = 0.05\n";

/// Half in A, 30 % in B, 20 % in bonds.
const FLAT: &str = "\
[[target]]\nclass = \"A\"\nweight = 0.5\ninstruments = [\"A\"]\n\
[[target]]\nclass = \"B\"\nweight = 0.3\ninstruments = [\"B\"]\n\
[[target]]\nclass = \"Bonds\"\nweight = 0.2\ninstruments = [\"C\"]\n";

fn policy(body: &str, style: &str, limit: &str) -> Policy {
    let text = format!("{HEAD}{body}[strategy]\nstyle = \"{style}\"\n{limit}\n");
    let parsed = Policy::parse(SourceText { file: "policy.toml", text: &text });
    parsed.value.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics))
}

fn today() -> Date {
    "2026-06-30".parse().unwrap()
}

/// Class, volatility, loadings.
type Belief<'a> = (&'a str, f64, &'a [(&'a str, f64)]);

/// Not correlated.
fn beliefs(classes: &[Belief<'_>]) -> Assumptions {
    let entry = |(class, volatility, loadings): &Belief<'_>| ClassAssumptions {
        class: ClassPath::new(class).unwrap(),
        expected_return: None,
        return_range: None,
        volatility: Some(*volatility),
        scores: BTreeMap::new(),
        distributions: None,
        loadings: loadings.iter().map(|(name, loading)| ((*name).to_owned(), *loading)).collect(),
    };
    let n = classes.len();
    Assumptions {
        as_of: today(),
        source: "test".to_owned(),
        classes: classes.iter().map(entry).collect(),
        correlation: Some((0..n * n).map(|at| if at / n == at % n { 1.0 } else { 0.0 }).collect()),
    }
}

fn two() -> Assumptions {
    beliefs(&[("A", 0.2, &[("growth", 0.8)]), ("B", 0.1, &[("growth", 0.2)])])
}

fn tilted(policy: &Policy, assumptions: Option<&Assumptions>) -> Result<Targets, Vec<Diagnostic>> {
    let sleeves = Sleeves::new(&policy.tree, &Universe::default());
    let household = Household::new("home", Vec::new(), Vec::new()).unwrap();
    let signals = SignalHistory { series: BTreeMap::from([("alarm".to_owned(), vec![(today(), 1.0)])]) };
    target_weights(policy, &sleeves, &household, assumptions, Some(&signals), today())
}

fn close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    assert!(found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-12), "{found:?} is not {expected:?}");
    let sum: f64 = found.iter().sum();
    let whole: f64 = expected.iter().sum();
    assert!((sum - whole).abs() < 1e-14, "the weights sum to {sum}");
}

fn sentence(targets: &Targets) -> &str {
    &targets.weights.reasons.iter().find(|reason| reason.step == "style").unwrap().sentence
}

#[test]
fn the_tilt_spends_the_budget_of_risk() {
    // s̄ = (0.5·0.8 + 0.3·0.2) ÷ 0.8 = 0.575; d = (0.1125, −0.1125); a point from B to A is risk of
    // √(0.2² + 0.1²) = 0.2236 points, so 0.01 ÷ 0.2236 move. Bonds state no loading and stay.
    let targets = tilted(&policy(FLAT, "growth", "tilt_tracking_error = 0.01"), Some(&two())).unwrap();
    let moved = 0.01 / 0.05_f64.sqrt();
    close(&targets.weights.nodes, &[0.5 + moved, 0.3 - moved, 0.2]);
    assert_eq!(targets.strategic, targets.weights.sleeves);
    assert_eq!(
        sentence(&targets),
        "Tilted toward growth: A +4.47 points, B -4.47 points. That is a tracking error of 1 % a year against the strategic mix, \
         the most that is allowed."
    );
}

#[test]
fn no_weight_falls_below_zero() {
    // 1 ÷ (s̄ − 0.2) = 1 ÷ 0.375 takes all of B: 30 points, a tracking error of 0.3 · 0.2236.
    let targets = tilted(&policy(FLAT, "growth", "tilt_tracking_error = 0.2"), Some(&two())).unwrap();
    close(&targets.weights.nodes, &[0.8, 0.0, 0.2]);
    assert_eq!(targets.weights.nodes[1], 0.0);
    assert!(sentence(&targets).contains("6.71 % a year against the strategic mix, of the 20 % that is allowed"), "{}", sentence(&targets));
}

#[test]
fn classes_move_by_weight_and_distance_from_the_average() {
    // s̄ = 0.5·3 + 0.3·2 + 0.2·1 = 2.3; d = (0.35, −0.09, −0.26); all of volatility 10 %.
    let three = beliefs(&[("A", 0.1, &[("value", 3.0)]), ("B", 0.1, &[("value", 2.0)]), ("Bonds", 0.1, &[("value", 1.0)])]);
    let targets = tilted(&policy(FLAT, "value", "tilt_tracking_error = 0.005"), Some(&three)).unwrap();
    let scale = 0.005 / (0.1 * (0.35_f64.powi(2) + 0.09_f64.powi(2) + 0.26_f64.powi(2)).sqrt());
    let expected = [0.5 + scale * 0.35, 0.3 - scale * 0.09, 0.2 - scale * 0.26];
    close(&targets.weights.nodes, &expected);
    // Another unit and zero of the loading change nothing.
    let scaled = beliefs(&[("A", 0.1, &[("value", 33.0)]), ("B", 0.1, &[("value", 23.0)]), ("Bonds", 0.1, &[("value", 13.0)])]);
    close(&tilted(&policy(FLAT, "value", "tilt_tracking_error = 0.005"), Some(&scaled)).unwrap().weights.nodes, &expected);
}

#[test]
fn income_goes_by_loadings_or_else_by_scores() {
    let moved = 0.01 / 0.05_f64.sqrt();
    let mut by_scores = two();
    for (entry, income) in by_scores.classes.iter_mut().zip([2.0, 5.0]) {
        entry.scores.insert("income".to_owned(), income);
    }
    let income = policy(FLAT, "income", "tilt_tracking_error = 0.01");
    close(&tilted(&income, Some(&by_scores)).unwrap().weights.nodes, &[0.5 - moved, 0.3 + moved, 0.2]);
    let mut by_loadings = by_scores;
    for (entry, income) in by_loadings.classes.iter_mut().zip([0.9, 0.1]) {
        entry.loadings.insert("income".to_owned(), income);
    }
    close(&tilted(&income, Some(&by_loadings)).unwrap().weights.nodes, &[0.5 + moved, 0.3 - moved, 0.2]);
    // A score is no loading of growth.
    let mut only_scores = beliefs(&[("A", 0.2, &[]), ("B", 0.1, &[])]);
    only_scores.classes[0].scores.insert("growth".to_owned(), 1.0);
    let errors = tilted(&policy(FLAT, "growth", "tilt_tracking_error = 0.01"), Some(&only_scores)).unwrap_err();
    assert_eq!(errors[0].code.to_string(), "EK0408");
}

#[test]
fn the_index_is_the_mix_as_it_is() {
    let targets = tilted(&policy(FLAT, "index", ""), None).unwrap();
    assert_eq!(targets.weights.nodes, [0.5, 0.3, 0.2]);
    assert!(targets.weights.reasons.iter().all(|reason| reason.step != "style"));
}

#[test]
fn cash_stays_even_where_it_has_a_loading() {
    let body = FLAT.replace("class = \"Bonds\"", "class = \"Cash\"").replace("instruments = [\"C\"]\n", "");
    let with_cash = beliefs(&[("A", 0.2, &[("income", 0.8)]), ("B", 0.1, &[("income", 0.2)]), ("Cash", 0.0, &[("income", 9.0)])]);
    let targets = tilted(&policy(&body, "income", "tilt_tracking_error = 0.01"), Some(&with_cash)).unwrap();
    assert_eq!(targets.weights.nodes[2], 0.2);
}

#[test]
fn what_the_assumptions_do_not_tell_is_an_error() {
    let growth = policy(FLAT, "growth", "tilt_tracking_error = 0.01");
    let told = |assumptions: Option<&Assumptions>| {
        let errors = tilted(&growth, assumptions).unwrap_err();
        assert!(errors[0].help.is_some());
        (errors[0].code.to_string(), errors[0].message.clone())
    };
    let cases: [(Option<Assumptions>, &str, &str); 5] = [
        (None, "EK0408", "there are no assumptions"),
        (Some(beliefs(&[("A", 0.2, &[]), ("B", 0.1, &[])])), "EK0408", "no class with weight has one"),
        (Some(beliefs(&[("A", 0.2, &[("growth", 0.5)]), ("B", 0.1, &[])])), "EK0408", "only A has one"),
        (Some(beliefs(&[("A", 0.2, &[("growth", 0.5)]), ("B", 0.1, &[("growth", 0.5)])])), "EK0408", "A, B have the same"),
        (Some(Assumptions { correlation: None, ..two() }), "EK0409", "no correlation is assumed between A and B"),
    ];
    for (assumptions, code, part) in cases {
        let (found, message) = told(assumptions.as_ref());
        assert!(found == code && message.contains(part), "{found} {message}");
    }
}

/// Equity of two leaves, and bonds.
const DEEP: &str = "\
[[target]]\nclass = \"Equity\"\nweight = 0.8\n\
[[target]]\nclass = \"Equity/A\"\nweight = 0.625\ninstruments = [\"A\"]\n\
[[target]]\nclass = \"Equity/B\"\nweight = 0.375\ninstruments = [\"B\"]\n\
[[target]]\nclass = \"Bonds\"\nweight = 0.2\ninstruments = [\"C\"]\n";

#[test]
fn leaves_below_the_top_are_tilted_and_an_overlay_keeps_the_tilt() {
    let deep = beliefs(&[("Equity/A", 0.2, &[("growth", 0.8)]), ("Equity/B", 0.1, &[("growth", 0.2)]), ("Bonds", 0.05, &[])]);
    let moved = 0.01 / 0.05_f64.sqrt();
    let plain = policy(DEEP, "growth", "tilt_tracking_error = 0.01");
    close(&tilted(&plain, Some(&deep)).unwrap().weights.sleeves, &[0.5 + moved, 0.3 - moved, 0.2, 0.0]);
    let overlay = "tilt_tracking_error = 0.01\n[overlay]\nreview_by = 2026-12-31\nshifted = [\"Equity\"]\noffset = { Bonds = 1 }\n\
                   [[overlay.signal]]\nname = \"alarm\"\nseries = \"alarm\"\ntransform = \"level\"\n\
                   [[overlay.rule]]\nsignal = \"alarm\"\nabove = 0.5\nshift = -0.08\n";
    let targets = tilted(&policy(DEEP, "growth", overlay), Some(&deep)).unwrap();
    // A tenth of equity goes; A and B keep their proportions.
    close(&targets.weights.sleeves, &[0.9 * (0.5 + moved), 0.9 * (0.3 - moved), 0.28, 0.0]);
    close(&targets.strategic, &[0.5 + moved, 0.3 - moved, 0.2, 0.0]);
    assert!((targets.weights.nodes[0] - 0.72).abs() < 1e-12);
}

#[test]
fn profiles_and_limits_know_of_the_tilt() {
    let profile = "[[profile]]\nname = \"mix\"\nweights = { A = 0.5, B = 0.3, Bonds = 0.2 }\n";
    let tree = "[[target]]\nclass = \"A\"\ninstruments = [\"A\"]\n[[target]]\nclass = \"B\"\ninstruments = [\"B\"]\n\
                [[target]]\nclass = \"Bonds\"\ninstruments = [\"C\"]\n";
    let by_profile = policy(&format!("{profile}{tree}"), "growth", "tilt_tracking_error = 0.01\nprofile = \"mix\"");
    let by_tree = policy(FLAT, "growth", "tilt_tracking_error = 0.01");
    let nodes = |policy: &Policy| tilted(policy, Some(&two())).unwrap().weights.nodes;
    assert_eq!(nodes(&by_profile), nodes(&by_tree));
    // Of tilted weights it can be told whether they break a limit where the assumptions are known.
    let limit = "[[limit]]\nname = \"A\"\nwhere = { class = [\"A\"] }\nat_most = 0.45\n";
    let told = |style: &str, assumptions: Option<&Assumptions>| {
        let text = format!("{HEAD}{FLAT}{limit}[strategy]\n{style}\n");
        let policy = Policy::parse(SourceText { file: "policy.toml", text: &text }).value.unwrap();
        check_limits(&policy, assumptions).len()
    };
    let growth = "style = \"growth\"\ntilt_tracking_error = 0.01";
    assert_eq!((told("style = \"index\"", None), told(growth, None), told(growth, Some(&two()))), (1, 0, 1));
}
