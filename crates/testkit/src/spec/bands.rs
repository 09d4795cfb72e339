//! Runs `specs/bands.md`: bands, and whether a portfolio is traded.
//!
//! | table | columns |
//! |---|---|
//! | bands | target, absolute, relative, lower, upper |
//! | moves | weight, edge, move |
//! | classes | class, target, current, absolute, relative, outside |
//! | triggers | kind, schedule |
//! | decision | today, last review, last rebalance, cooldown, deposit, spare, missing, decision, reason |

use std::collections::BTreeMap;

use evenkeel::boundary::to_f64;
use evenkeel::drift::{Case, CashState, Decision, Drift, Gauge, ReviewHistory, decide, move_to_edge};
use evenkeel::policy::{Band, Policy};
use evenkeel::portfolio::Sleeves;
use evenkeel::target::target_weights;
use evenkeel::words::percent;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::household::Household;
use evenkeel_ledger::instrument::Universe;
use evenkeel_ledger::number::Decimal;

use super::policy_text::{PolicyText, fraction, needed_fraction};
use super::{Row, Spec, SpecError, Table};

/// The day of examples that name none.
const TODAY: &str = "2024-05-14";

/// Value of the household, and the trades that are dropped.
const VALUE: f64 = 1_000_000.0;
const MIN_TRADE: &str = "1000";

/// Runs one example.
pub fn run(spec: &Spec) -> Result<(), SpecError> {
    spec.expect_kinds(&["bands", "moves", "classes", "triggers", "decision"])?;
    for table in &spec.tables {
        match table.kind.as_str() {
            "bands" => table.expect_rows(&table.rows.iter().map(band).collect::<Result<Vec<_>, _>>()?)?,
            "moves" => table.expect_rows(&table.rows.iter().map(edge).collect::<Result<Vec<_>, _>>()?)?,
            "classes" => table.expect_rows(&classes(spec, table)?)?,
            "decision" => table.expect_rows(&table.rows.iter().map(|row| decision(spec, row)).collect::<Result<Vec<_>, _>>()?)?,
            _ => table.expect_columns(&["kind", "schedule"])?,
        }
    }
    Ok(())
}

type Found = BTreeMap<&'static str, String>;

/// What stands in the columns that are given rather than expected.
fn given(row: &Row, columns: &[&'static str]) -> Found {
    columns.iter().map(|column| (*column, row.get(column).to_owned())).collect()
}

fn band(row: &Row) -> Result<Found, SpecError> {
    let target = to_f64(needed_fraction(row, "target")?);
    let band = Band { absolute: fraction(row, "absolute")?.map(to_f64), relative: fraction(row, "relative")?.map(to_f64) };
    let half_width = band.half_width(target);
    let mut found = given(row, &["target", "absolute", "relative"]);
    found.insert("lower", percent(target - half_width));
    found.insert("upper", percent(target + half_width));
    Ok(found)
}

fn edge(row: &Row) -> Result<Found, SpecError> {
    let (weight, edge) = (needed_fraction(row, "weight")?, needed_fraction(row, "edge")?);
    let mut found = given(row, &["weight", "edge"]);
    found.insert("move", move_to_edge(to_f64(weight), to_f64(edge)).map(percent).unwrap_or_default());
    Ok(found)
}

fn classes(spec: &Spec, table: &Table) -> Result<Vec<Found>, SpecError> {
    let (_, drift) = measured(spec, "0", TODAY)?;
    let outside = |row: &Row| drift.classes.iter().any(|class| class.class == row.get("class") && class.outside);
    let found = |row: &Row| {
        let mut found = given(row, &["class", "target", "current", "absolute", "relative"]);
        found.insert("outside", if outside(row) { "yes" } else { "no" }.to_owned());
        found
    };
    Ok(table.rows.iter().map(found).collect())
}

fn decision(spec: &Spec, row: &Row) -> Result<Found, SpecError> {
    let cooldown = if row.get("cooldown").is_empty() { "0" } else { row.get("cooldown") };
    let today = if row.get("today").is_empty() { TODAY } else { row.get("today") };
    let (policy, drift) = measured(spec, cooldown, today)?;
    let universe = Universe::default();
    let date = |column: &str| if row.get(column).is_empty() { Ok(None) } else { row.read::<Date>(column).map(Some) };
    let amount = |column: &str| row.read_or(column, Decimal::ZERO).map(to_f64);
    let case = Case {
        policy: &policy,
        drift: &drift,
        cash: CashState { value: VALUE, spare: amount("spare")?, missing: amount("missing")?, flow: amount("deposit")? },
        history: ReviewHistory { last_review: date("last review")?, last_rebalance: date("last rebalance")? },
        sleeves: &Sleeves::new(&policy.tree, &universe),
        universe: &universe,
        assumptions: None,
        as_of: today.parse().map_err(|error| SpecError::new(row.line, error))?,
    };
    let (decision, reason) = match decide(&case).map_err(|problems| SpecError::new(row.line, format!("{problems:?}")))? {
        Decision::Hold { reason } => ("hold".to_owned(), reason),
        Decision::CashFlow { reason } => ("cash_flow".to_owned(), reason),
        Decision::Rebalance { trigger, reason } => (trigger, reason),
    };
    let mut found = given(row, &["today", "last review", "last rebalance", "cooldown", "deposit", "spare", "missing"]);
    found.insert("decision", decision);
    found.insert("reason", reason);
    Ok(found)
}

/// The policy of the example's classes and triggers, and the drift of its current weights.
fn measured(spec: &Spec, cooldown: &str, today: &str) -> Result<(Policy, Drift), SpecError> {
    let mut text = PolicyText::new(spec.line);
    let mut values = Vec::new();
    for row in spec.tables.iter().filter(|table| table.kind == "classes").flat_map(|table| &table.rows) {
        let mut band = Vec::new();
        for key in ["absolute", "relative"] {
            band.extend(fraction(row, key)?.map(|width| format!("{key} = {width}")));
        }
        let weight = needed_fraction(row, "target")?.to_string();
        text.class(row.get("class"), &[("weight", weight), ("band", format!("{{ {} }}", band.join(", ")))])?;
        values.push(to_f64(needed_fraction(row, "current")?) * VALUE);
    }
    for row in spec.tables.iter().filter(|table| table.kind == "triggers").flat_map(|table| &table.rows) {
        text.add(&format!("[[trigger]]\nkind = \"{}\"\nschedule = \"{}\"\n", row.get("kind"), row.get("schedule")))?;
    }
    text.add(&format!("[rebalance]\nmin_trade = {MIN_TRADE}\ncooldown_days = {cooldown}\n"))?;
    let policy = text.read()?;
    let at = |message: &dyn std::fmt::Display| SpecError::new(spec.line, message);
    let sleeves = Sleeves::new(&policy.tree, &Universe::default());
    let household = Household::new("example", Vec::new(), Vec::new()).map_err(|errors| at(&format!("{errors:?}")))?;
    let today = today.parse().map_err(|error| at(&error))?;
    let targets = target_weights(&policy, &sleeves, &household, None, None, today).map_err(|problems| at(&format!("{problems:?}")))?;
    values.resize(sleeves.len(), 0.0);
    let drift = Gauge::new(&policy, &sleeves, &targets.weights, None).from_values(&values);
    Ok((policy, drift))
}
