//! What overlay rules read: every transform of a series, by hand arithmetic.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use evenkeel::diagnostic::{Diagnostic, SourceText};
use evenkeel::market::SignalHistory;
use evenkeel::policy::Policy;
use evenkeel::portfolio::Sleeves;
use evenkeel::target::{OverlayReport, target_weights};
use evenkeel_ledger::date::Date;
use evenkeel_ledger::household::Household;
use evenkeel_ledger::instrument::Universe;

/// The last observation lies after the day of the decision, and must not be looked at.
const SERIES: [(&str, f64); 4] = [("2026-01-01", 100.0), ("2026-03-01", 110.0), ("2026-06-28", 121.0), ("2026-07-15", 500.0)];

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// Reads one signal on 2026-06-30, with a rule that shifts five points beyond a bound.
fn overlay(transform: &str, bound: &str, series: &[(&str, f64)]) -> Result<OverlayReport, Vec<Diagnostic>> {
    let text = format!(
        "schema_version = 1\nname = \"Test\"\nbase_currency = \"USD\"\n[bands]\nabsolute = 0.05\n\
         [[target]]\nclass = \"Stocks\"\nweight = 0.6\ninstruments = [\"S\"]\n[[target]]\nclass = \"Bonds\"\nweight = 0.4\ninstruments = [\"B\"]\n\
         [overlay]\nreview_by = 2026-12-31\nshifted = [\"Stocks\"]\noffset = {{ Bonds = 1 }}\n\
         [[overlay.signal]]\nname = \"signal\"\nseries = \"series\"\n{transform}\n\
         [[overlay.rule]]\nsignal = \"signal\"\n{bound}\nshift = -0.05\n"
    );
    let parsed = Policy::parse(SourceText { file: "policy.toml", text: &text });
    let policy = parsed.value.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics));
    let series = series.iter().map(|(date, value)| (day(date), *value)).collect();
    let history = SignalHistory { series: BTreeMap::from([("series".to_owned(), series)]) };
    let sleeves = Sleeves::new(&policy.tree, &Universe::default());
    let household = Household::new("home", Vec::new(), Vec::new()).unwrap();
    target_weights(&policy, &sleeves, &household, None, Some(&history), day("2026-06-30")).map(|targets| targets.overlay.unwrap())
}

fn value(transform: &str) -> f64 {
    let report = overlay(transform, "above = 100", &SERIES).unwrap();
    assert_eq!(report.signals[0].observed, day("2026-06-28"));
    report.signals[0].value
}

fn code(transform: &str, series: &[(&str, f64)]) -> String {
    overlay(transform, "above = 100", series).unwrap_err()[0].code.to_string()
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
}

#[test]
fn momentum_is_the_change_since_so_many_days_before_the_last_observation() {
    // 119 days before 28 June is 1 March, where the series is 110; a day more and it is 100.
    close(value("transform = \"momentum\"\ndays = 119"), 121.0 / 110.0 - 1.0);
    close(value("transform = \"momentum\"\ndays = 1"), 121.0 / 110.0 - 1.0);
    close(value("transform = \"momentum\"\ndays = 120"), 121.0 / 100.0 - 1.0);
    assert_eq!(code("transform = \"momentum\"\ndays = 400", &SERIES), "EK0415");
    assert_eq!(code("transform = \"momentum\"\ndays = 30", &[("2026-01-01", 0.0), ("2026-06-28", 121.0)]), "EK0415");
}

#[test]
fn relative_to_mean_is_against_the_history_up_to_the_day() {
    close(value("transform = \"relative_to_mean\""), 121.0 / (331.0 / 3.0) - 1.0);
    assert_eq!(code("transform = \"relative_to_mean\"", &[("2026-01-01", -1.0), ("2026-06-28", 1.0)]), "EK0415");
}

#[test]
fn z_score_is_in_standard_deviations_of_the_sample() {
    // Deviations from 331/3 are −31/3, −1/3 and 32/3: a variance of (961 + 1 + 1024) ÷ 9 ÷ 2 = 331/3.
    close(value("transform = \"z_score\""), (32.0 / 3.0) / (331.0_f64 / 3.0).sqrt());
    assert_eq!(code("transform = \"z_score\"", &[("2026-01-01", 7.0), ("2026-06-28", 7.0)]), "EK0415");
    assert_eq!(code("transform = \"z_score\"", &[("2026-06-28", 7.0)]), "EK0415");
}

#[test]
fn rules_act_on_transformed_values() {
    for (transform, below, above) in [
        ("transform = \"momentum\"\ndays = 120", "above = 0.20", "above = 0.21"),
        ("transform = \"relative_to_mean\"", "above = 0.09", "above = 0.10"),
        ("transform = \"z_score\"", "above = 1", "above = 1.02"),
    ] {
        let applied = |bound: &str| overlay(transform, bound, &SERIES).unwrap().applied;
        close(applied(below), -0.05);
        // At exactly 21 % a rule above 21 % does not fire.
        close(applied(above), 0.0);
    }
}
