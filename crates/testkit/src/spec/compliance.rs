//! Runs `specs/compliance.md` and `specs/regulation.md`: limits on what is held, and which proposals they refuse.
//!
//! | table | columns |
//! |---|---|
//! | holdings | class, issuer, sector, score, before, after (percent of value; issuer, sector and score where known) |
//! | limits | preset, name, on (weight, score), each, above, class, sector, except (class), at most, at least, hard (yes, no) |
//! | checks | limit, before, after, slack, covered, status before, status after, breach, refuses |
//! | outcome | proposal (kept, refused), codes |

use std::collections::BTreeMap;

use evenkeel::boundary::to_f64;
use evenkeel::comply::{Breach, Check, Rules, Status};
use evenkeel::diagnostic::Diagnostic;
use evenkeel::policy::Policy;
use evenkeel::portfolio::{Sleeves, State};
use evenkeel::words::percent;
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::instrument::{Instrument, Universe};
use evenkeel_ledger::number::Currency;

use super::policy_text::{PolicyText, needed_fraction};
use super::{Row, Spec, SpecError, Table};

/// Value of the portfolio, before and after.
const VALUE: f64 = 1_000_000.0;

/// Runs one example.
pub fn run(spec: &Spec) -> Result<(), SpecError> {
    spec.expect_kinds(&["holdings", "limits", "checks", "outcome"])?;
    let policy = policy(spec)?;
    let universe = universe(spec)?;
    let sleeves = Sleeves::new(&policy.tree, &universe);
    let rules = Rules::bind(&policy, &universe, &sleeves, None);
    let (before, after) = (rules.measure(&state(spec, &universe, "before")?), rules.measure(&state(spec, &universe, "after")?));
    let checks = rules.check(&before, &after);
    for table in &spec.tables {
        match table.kind.as_str() {
            "holdings" => table.expect_columns(&["class", "issuer", "sector", "score", "before", "after"])?,
            "limits" => {
                table.expect_columns(&[
                    "preset", "name", "on", "each", "above", "class", "sector", "except", "at most", "at least", "hard",
                ])?;
            }
            "checks" => table.expect_rows(&checks.iter().map(check).collect::<Vec<_>>())?,
            _ => table.expect_rows(&[outcome(rules.refuses(&before, &after), &checks)])?,
        }
    }
    Ok(())
}

type Found = BTreeMap<&'static str, String>;

fn rows<'a>(spec: &'a Spec, kind: &str) -> impl Iterator<Item = &'a Row> {
    spec.tables.iter().filter(move |table: &&Table| table.kind == kind).flat_map(|table| &table.rows)
}

/// A policy of the limits. Its weights come from a profile, as what is wanted is not the subject here.
fn policy(spec: &Spec) -> Result<Policy, SpecError> {
    let mut text = PolicyText::new(spec.line);
    let mut classes: Vec<&str> = rows(spec, "holdings").map(|row| row.get("class")).filter(|class| *class != "Cash").collect();
    classes.sort_unstable();
    classes.dedup();
    let weights: Vec<String> = classes.iter().map(|class| format!("\"{class}\" = 0, ")).collect();
    text.add(&format!("[[profile]]\nname = \"any\"\nweights = {{ {}Cash = 1 }}\n", weights.concat()))?;
    text.add("[strategy]\nprofile = \"any\"\n[bands]\nabsolute = 0.05\n")?;
    classes.into_iter().chain(["Cash"]).try_for_each(|class| text.class(class, &[]))?;
    rows(spec, "limits").try_for_each(|row| add_limit(&mut text, row))?;
    text.read()
}

fn add_limit(text: &mut PolicyText, row: &Row) -> Result<(), SpecError> {
    let by_score = row.get("on") == "score";
    text.add("[[limit]]\n")?;
    for key in ["preset", "name"].into_iter().filter(|key| !row.get(key).is_empty()) {
        text.add(&format!("{key} = \"{}\"\n", row.get(key)))?;
    }
    if by_score {
        text.add("on = \"score:score\"\n")?;
    }
    if !row.get("each").is_empty() {
        text.add(&format!("each = \"{}\"\n", row.get("each")))?;
    }
    if !row.get("above").is_empty() {
        text.add(&format!("above = {}\n", needed_fraction(row, "above")?))?;
    }
    let listed = |column: &str| -> Vec<String> {
        row.get(column).split(',').map(str::trim).filter(|value| !value.is_empty()).map(|value| format!("\"{value}\"")).collect()
    };
    let selected = ["class", "sector"].map(|column| (column, listed(column)));
    let selected = selected.iter().filter(|(_, values)| !values.is_empty());
    let mut selected: Vec<String> = selected.map(|(column, values)| format!("{column} = [{}]", values.join(", "))).collect();
    if !row.get("except").is_empty() {
        selected.push(format!("except = {{ class = [{}] }}", listed("except").join(", ")));
    }
    if !selected.is_empty() {
        text.add(&format!("where = {{ {} }}\n", selected.join(", ")))?;
    }
    for (column, key) in [("at most", "at_most"), ("at least", "at_least")] {
        if !row.get(column).is_empty() {
            let bound = if by_score { row.read(column)? } else { needed_fraction(row, column)? };
            text.add(&format!("{key} = {bound}\n"))?;
        }
    }
    if row.get("hard") == "no" { text.add("hard = false\n") } else { Ok(()) }
}

/// One instrument for each row that is not cash.
fn universe(spec: &Spec) -> Result<Universe, SpecError> {
    let mut instruments = Vec::new();
    for row in rows(spec, "holdings").filter(|row| row.get("class") != "Cash") {
        let class = ClassPath::new(row.get("class")).map_err(|error| SpecError::new(row.line, error))?;
        let mut instrument = Instrument::new(symbol(row), class, Currency::USD);
        let known = |column: &str| Some(row.get(column).to_owned()).filter(|value| !value.is_empty());
        (instrument.issuer, instrument.sector) = (known("issuer"), known("sector"));
        if known("score").is_some() {
            instrument.scores.insert("score".to_owned(), row.read("score")?);
        }
        instruments.push(instrument);
    }
    Universe::new(instruments).map_err(|error| SpecError::new(spec.line, format!("{error:?}")))
}

/// A symbol of its own for each row.
fn symbol(row: &Row) -> String {
    format!("S{:04}", row.line)
}

fn state(spec: &Spec, universe: &Universe, column: &str) -> Result<State, SpecError> {
    let (mut values, mut cash) = (Vec::new(), 0.0);
    for row in rows(spec, "holdings") {
        let value = to_f64(needed_fraction(row, column)?) * VALUE;
        match universe.find(&symbol(row)) {
            Some(id) => values.push((id, value)),
            None => cash += value,
        }
    }
    Ok(State::new(values, cash))
}

fn check(check: &Check) -> Found {
    let told = |value: Option<f64>| match (value, check.measure == "weight") {
        (Some(value), true) => percent(value),
        (Some(value), false) => format!("{value:.2}"),
        (None, _) => "unknown".to_owned(),
    };
    let status = |status: Status| match status {
        Status::Kept => "kept",
        Status::AtLimit => "at limit",
        Status::Broken => "broken",
        Status::Unknown => "unknown",
    };
    let breach = match check.breach {
        Some(Breach::Active) => "active",
        Some(Breach::Passive) => "passive",
        None => "",
    };
    BTreeMap::from([
        ("limit", check.limit.clone()),
        ("before", told(check.before)),
        ("after", told(check.after)),
        ("slack", told(check.slack)),
        ("covered", percent(check.covered)),
        ("status before", status(check.status_before).to_owned()),
        ("status after", status(check.status_after).to_owned()),
        ("breach", breach.to_owned()),
        ("refuses", if check.refuses() { "yes" } else { "no" }.to_owned()),
    ])
}

fn outcome(refused: bool, checks: &[Check]) -> Found {
    let codes: Vec<String> = checks.iter().filter_map(Check::diagnostic).map(|told: Diagnostic| told.code.to_string()).collect();
    BTreeMap::from([("proposal", if refused { "refused" } else { "kept" }.to_owned()), ("codes", codes.join(", "))])
}
