//! Runs `specs/overlay.md`: profiles and horizons, and tactical shifts by signals.
//!
//! | table | columns |
//! |---|---|
//! | mix | class, weight |
//! | profile | profile (a preset; left out where a mix is given), horizon |
//! | signals | signal, value, against, observed |
//! | rules | signal, above, below, shift |
//! | overlay | shifted, offset, review by, requested, applied, refused |
//! | weights | class, weight |

use std::collections::BTreeMap;

use evenkeel::market::SignalHistory;
use evenkeel::policy::{Policy, preset};
use evenkeel::portfolio::Sleeves;
use evenkeel::target::{Targets, target_weights};
use evenkeel::words::percent;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::household::Household;
use evenkeel_ledger::instrument::Universe;

use super::policy_text::{PolicyText, needed_fraction};
use super::{Row, Spec, SpecError, Table};

/// The day of the examples, and of observations that name none.
const TODAY: &str = "2026-06-30";

/// Until when overlays hold that do not say.
const REVIEW_BY: &str = "2026-12-31";

/// Runs one example.
pub fn run(spec: &Spec) -> Result<(), SpecError> {
    spec.expect_kinds(&["mix", "profile", "signals", "rules", "overlay", "weights"])?;
    let policy = policy(spec)?;
    let today = TODAY.parse().map_err(|error| SpecError::new(spec.line, error))?;
    let sleeves = Sleeves::new(&policy.tree, &Universe::default());
    let household = Household::new("example", Vec::new(), Vec::new()).map_err(|errors| SpecError::new(spec.line, format!("{errors:?}")))?;
    let outcome = target_weights(&policy, &sleeves, &household, None, Some(&signals(spec)?), today);
    for table in &spec.tables {
        match (table.kind.as_str(), &outcome) {
            ("mix", _) => table.expect_columns(&["class", "weight"])?,
            ("profile", _) => table.expect_columns(&["profile", "horizon"])?,
            ("signals", _) => table.expect_columns(&["signal", "value", "against", "observed"])?,
            ("rules", _) => table.expect_columns(&["signal", "above", "below", "shift"])?,
            ("overlay", Ok(targets)) => table.expect_rows(&overlay(table, Some(targets), ""))?,
            ("overlay", Err(problems)) if table.columns.iter().any(|column| column == "refused") => {
                let codes: Vec<String> = problems.iter().map(|problem| problem.code.to_string()).collect();
                table.expect_rows(&overlay(table, None, &codes.join(", ")))?;
            }
            ("weights", Ok(targets)) => table.expect_rows(&weights(&policy, targets))?,
            (_, Err(problems)) => return Err(SpecError::new(table.line, format!("refused: {problems:?}"))),
            _ => {}
        }
    }
    Ok(())
}

fn rows<'a>(spec: &'a Spec, kind: &str) -> impl Iterator<Item = &'a Row> {
    spec.tables.iter().filter(move |table| table.kind == kind).flat_map(|table| &table.rows)
}

fn policy(spec: &Spec) -> Result<Policy, SpecError> {
    let mut text = PolicyText::new(spec.line);
    let mix =
        rows(spec, "mix").map(|row| Ok((row.get("class"), needed_fraction(row, "weight")?))).collect::<Result<Vec<_>, SpecError>>()?;
    match rows(spec, "profile").next() {
        Some(row) => {
            let preset = preset::profiles().into_iter().find(|profile| profile.name == row.get("profile"));
            let of_preset = preset.iter().flat_map(|profile| &profile.weights).map(|(class, _)| class.as_str());
            of_preset.chain(mix.iter().map(|(class, _)| *class)).try_for_each(|class| text.class(class, &[]))?;
            if preset.is_none() {
                let weights: Vec<String> = mix.iter().map(|(class, weight)| format!("\"{class}\" = {weight}")).collect();
                text.add(&format!("[[profile]]\nname = \"mix\"\nweights = {{ {} }}\n", weights.join(", ")))?;
            }
            text.add(&format!("[strategy]\nprofile = \"{}\"\n", preset.map_or("mix".to_owned(), |profile| profile.name)))?;
            if !row.get("horizon").is_empty() {
                text.add(&format!("horizon_years = {}\n", row.get("horizon")))?;
            }
        }
        None => mix.iter().try_for_each(|(class, weight)| text.class(class, &[("weight", weight.to_string())]))?,
    }
    text.add("[bands]\nabsolute = 0.05\n")?;
    rows(spec, "overlay").try_for_each(|row| add_overlay(&mut text, spec, row))?;
    text.read()
}

fn add_overlay(text: &mut PolicyText, spec: &Spec, row: &Row) -> Result<(), SpecError> {
    let review_by = if row.get("review by").is_empty() { REVIEW_BY } else { row.get("review by") };
    let shifted: Vec<String> = row.get("shifted").split(',').map(|class| format!("\"{}\"", class.trim())).collect();
    let share = |part: &str| part.trim().rsplit_once(' ').map(|(class, share)| format!("\"{class}\" = {share}")).unwrap_or_default();
    let offset: Vec<String> = row.get("offset").split(',').map(share).collect();
    let (shifted, offset) = (shifted.join(", "), offset.join(", "));
    text.add(&format!("[overlay]\nreview_by = {review_by}\nshifted = [{shifted}]\noffset = {{ {offset} }}\n"))?;
    for signal in rows(spec, "signals") {
        let name = signal.get("signal");
        text.add(&format!("[[overlay.signal]]\nname = \"{name}\"\nseries = \"{name}\"\n"))?;
        match signal.get("against") {
            "" => text.add("transform = \"level\"\n")?,
            _ => text.add(&format!("transform = \"relative_to\"\nto = \"{name} against\"\n"))?,
        }
    }
    for rule in rows(spec, "rules") {
        text.add(&format!("[[overlay.rule]]\nsignal = \"{}\"\n", rule.get("signal")))?;
        for key in ["above", "below", "shift"].into_iter().filter(|key| !rule.get(key).is_empty()) {
            text.add(&format!("{key} = {}\n", rule.get(key)))?;
        }
    }
    Ok(())
}

fn signals(spec: &Spec) -> Result<SignalHistory, SpecError> {
    let mut history = SignalHistory::default();
    for row in rows(spec, "signals") {
        let observed: Date = if row.get("observed").is_empty() { TODAY.parse() } else { row.get("observed").parse() }
            .map_err(|error| SpecError::new(row.line, error))?;
        history.series.insert(row.get("signal").to_owned(), vec![(observed, row.read("value")?)]);
        if !row.get("against").is_empty() {
            history.series.insert(format!("{} against", row.get("signal")), vec![(observed, row.read("against")?)]);
        }
    }
    Ok(history)
}

fn overlay(table: &Table, targets: Option<&Targets>, refused: &str) -> Vec<BTreeMap<&'static str, String>> {
    let report = targets.and_then(|targets| targets.overlay.as_ref());
    let said = |figure: Option<f64>| figure.map(percent).unwrap_or_default();
    let found = |row: &Row| {
        let mut found: BTreeMap<&'static str, String> =
            ["shifted", "offset", "review by"].into_iter().map(|column| (column, row.get(column).to_owned())).collect();
        found.insert("requested", said(report.map(|report| report.requested)));
        found.insert("applied", said(report.map(|report| report.applied)));
        found.insert("refused", refused.to_owned());
        found
    };
    table.rows.iter().map(found).collect()
}

fn weights(policy: &Policy, targets: &Targets) -> Vec<BTreeMap<&'static str, String>> {
    let weight =
        |(node, weight): (&evenkeel::policy::Node, &f64)| BTreeMap::from([("class", node.class.to_string()), ("weight", percent(*weight))]);
    policy.tree.nodes.iter().zip(&targets.weights.nodes).map(weight).collect()
}
