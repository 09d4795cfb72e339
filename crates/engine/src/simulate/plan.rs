//! What happens on a path: weights by year, bands, costs, spending, flows, and what is looked at.

use evenkeel_ledger::date::Date;
use evenkeel_ledger::household::Household;
use evenkeel_ledger::schedule::Recurrence;
use evenkeel_quant::simulate::{Flow, LostYears, Plan, Rebalancing, Watch, WatchKind};
use evenkeel_quant::spending::{Percentage, Rule, Spending};

use crate::boundary::to_f64;
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::{
    Bound, Destination, Limit, Measure, OBSERVATIONS_PER_YEAR, Policy, Selector, SpendingRules, Strategy, Trigger, spending_in_words,
};
use crate::portfolio::class_parts;
use crate::portfolio::select::{Selected, Subject};
use crate::target::{optimized_weights, target_weights};
use crate::words::percent;

use super::paths::Drawn;
use super::{Held, MONTHS, SimulateInputs, Stress, refused};

/// A plan, and what it says.
pub(super) struct Planned {
    pub(super) plan: Plan,
    /// What each watch is, in words.
    pub(super) watches: Vec<String>,
    /// How the policy is brought back to its weights, in a sentence.
    pub(super) rebalancing: String,
    /// What is paid out, in a sentence.
    pub(super) spending: String,
}

impl Planned {
    /// Whether the money can run out: not where what is paid is a fraction of what there is, or nothing.
    pub(super) fn can_run_out(&self) -> bool {
        let Plan { spending, flows, .. } = &self.plan;
        let pays_fraction = match spending.rule() {
            Rule::Percentage(_) => true,
            Rule::FixedAmount(rule) => rule.amount <= 0.0,
            _ => spending.bounds().1 < 1.0,
        };
        !pays_fraction || flows.iter().any(|flow| flow.amount < 0.0)
    }
}

pub(super) fn plan(inputs: &SimulateInputs<'_>, held: &[Held], drawn: &Drawn, notes: &mut Vec<String>) -> Result<Planned, Vec<Diagnostic>> {
    let policy = inputs.policy;
    let weights = weights(inputs, held, notes)?;
    let (rebalancing, sentence) = rebalancing(policy, inputs, held, &weights, notes);
    left_out(policy, notes);
    let (spending, payments_per_year, paid) = spending(policy)?;
    let (watches, names): (Vec<Watch>, Vec<String>) = watches(inputs, held, &weights, notes).into_iter().unzip();
    let lost = inputs.question.stresses.iter().find_map(|stress| match *stress {
        Stress::LostYears { years, real_return } => Some(LostYears { years, real_return }),
        _ => None,
    });
    if let Some(lost) = lost {
        notes.push(format!(
            "Over the first {} years the targets are expected to earn {} a year after inflation.",
            lost.years,
            percent(lost.real_return)
        ));
    }
    let start = inputs.held.map(|weights| {
        let of = |held: &Held| weights.get(held.sleeve).copied().unwrap_or(0.0).max(0.0);
        let total: f64 = held.iter().map(of).sum();
        held.iter().map(|held| if total > 0.0 { of(held) / total } else { 0.0 }).collect::<Vec<f64>>()
    });
    let plan = Plan {
        periods_per_year: MONTHS,
        years: inputs.question.years,
        value: inputs.value,
        weights,
        start: start.filter(|start| start.iter().sum::<f64>() > 0.5),
        costs: held.iter().map(|held| cost(inputs, held)).collect(),
        rebalancing,
        spending,
        payments_per_year,
        flows: flows(inputs)?,
        inflation: drawn.inflation,
        watches,
        looks_per_year: if names.is_empty() { OBSERVATIONS_PER_YEAR } else { MONTHS },
        lost,
    };
    // A moving average is of quarter ends; then that is when watches look too.
    let averages = plan.spending.rule().window() > 0;
    let plan = if averages { Plan { looks_per_year: OBSERVATIONS_PER_YEAR, ..plan } } else { plan };
    Ok(Planned { plan, watches: names, rebalancing: sentence, spending: paid })
}

/// Target weights of the classes by year; one row where they stay.
fn weights(inputs: &SimulateInputs<'_>, held: &[Held], notes: &mut Vec<String>) -> Result<Vec<Vec<f64>>, Vec<Diagnostic>> {
    let policy = Policy { overlay: None, ..inputs.policy.clone() };
    if inputs.policy.overlay.is_some() {
        notes.push("The tactical overlay is left out: it looks at signals that paths do not have.".to_owned());
    }
    let nobody = Household { id: String::new(), owners: Vec::new(), accounts: Vec::new() };
    let household = inputs.household.unwrap_or(&nobody);
    let (sleeves, assumptions) = (inputs.estimate.sleeves, inputs.estimate.assumptions);
    let years = if matches!(policy.strategy, Strategy::GlidePath(_)) { inputs.question.years } else { 1 };
    let mut rows = Vec::with_capacity(years);
    for year in 0..years {
        let months = i32::try_from(MONTHS * year).unwrap_or(i32::MAX);
        let as_of = inputs.estimate.as_of.add_months(months).map_err(|error| vec![refused(&error)])?;
        let targets = match inputs.optimized {
            Some(optimized) => optimized_weights(&policy, sleeves, optimized, assumptions, None, as_of)?,
            None => target_weights(&policy, sleeves, household, assumptions, None, as_of)?,
        };
        rows.push(held.iter().map(|held| targets.strategic.get(held.sleeve).copied().unwrap_or(0.0)).collect());
    }
    Ok(rows)
}

/// What trading a class costs: commission and half the spread of its preferred instrument; nothing for cash.
fn cost(inputs: &SimulateInputs<'_>, held: &Held) -> f64 {
    let Some(asset) = &held.asset else { return 0.0 };
    let instrument = asset.instrument.and_then(|id| inputs.estimate.universe.get(id));
    inputs.policy.costs.each_side(instrument.and_then(|instrument| instrument.spread))
}

/// How the policy's triggers bring weights back, month by month.
fn rebalancing(
    policy: &Policy,
    inputs: &SimulateInputs<'_>,
    held: &[Held],
    weights: &[Vec<f64>],
    notes: &mut Vec<String>,
) -> (Rebalancing, String) {
    if policy.rebalance.destination != Destination::Target {
        notes.push("Paths trade back to target, not to the policy's destination.".to_owned());
    }
    let bands = |check_every: usize, name: &str| {
        let node = |held: &Held| inputs.estimate.sleeves.sleeves.get(held.sleeve).and_then(|sleeve| sleeve.node);
        let band = |held: &Held| node(held).and_then(|id| policy.tree.nodes.get(id.0)).map(|node| node.band);
        let row = |weights: &Vec<f64>| {
            held.iter().zip(weights).map(|(held, weight)| band(held).map_or(f64::INFINITY, |band| band.half_width(*weight))).collect()
        };
        let half_widths = weights.iter().map(row).collect();
        (Rebalancing::Bands { check_every, half_widths }, format!("where a class is beyond its band, looked at every {name}"))
    };
    let mut found = None;
    for trigger in &policy.triggers {
        let simulated = match trigger {
            Trigger::Calendar { schedule } => {
                let (periods, name) = months_of(schedule.recurrence());
                Some((Rebalancing::Every { periods }, format!("every {name}")))
            }
            Trigger::Threshold => Some(bands(1, "month")),
            Trigger::Hybrid { schedule } => {
                let (periods, name) = months_of(schedule.recurrence());
                Some(bands(periods, name))
            }
            _ => None,
        };
        match (simulated, &found) {
            (Some(simulated), None) => found = Some(simulated),
            _ => notes.push("Of the policy's triggers the first by calendar or bands is simulated; the others are left out.".to_owned()),
        }
    }
    notes.dedup();
    found.unwrap_or_else(|| (Rebalancing::Every { periods: MONTHS }, "every year, as no trigger by calendar or bands is stated".to_owned()))
}

/// Months between the dates of a schedule, at least one.
fn months_of(recurrence: Recurrence) -> (usize, &'static str) {
    match recurrence {
        Recurrence::YearEnd => (12, "year"),
        Recurrence::QuarterEnd => (3, "quarter"),
        _ => (1, "month"),
    }
}

/// The rule, parts of the year, and both in words. Without `[spending]`, the objective's fraction of value.
fn spending(policy: &Policy) -> Result<(Spending, usize, String), Vec<Diagnostic>> {
    if let Some(rules) = &policy.spending {
        return Ok((rules.spending.clone(), rules.payments_per_year, spending_in_words(rules)));
    }
    let Some(rate) = policy.objective.spending.filter(|rate| *rate > 0.0) else {
        return Ok((Spending::none(), 1, "nothing".to_owned()));
    };
    let spending = Spending::new(Rule::Percentage(Percentage { rate }), 0.0, f64::INFINITY).map_err(|error| vec![refused(&error)])?;
    let rules = SpendingRules { spending, payments_per_year: 1 };
    let words = spending_in_words(&rules);
    Ok((rules.spending, 1, format!("{words} (the objective's)")))
}

/// Planned flows after the start, once or recurring, in the year in which they fall.
fn flows(inputs: &SimulateInputs<'_>) -> Result<Vec<Flow>, Vec<Diagnostic>> {
    let (policy, as_of) = (inputs.policy, inputs.estimate.as_of);
    let months = i32::try_from(MONTHS * inputs.question.years).unwrap_or(i32::MAX);
    let end = as_of.add_months(months).map_err(|error| vec![refused(&error)])?;
    let recurring = policy.cash.recurring_within(&policy.calendar, as_of, end).map_err(|error| vec![refused(&error)])?;
    let dated = policy.cash.flows.iter().chain(&recurring).filter(|flow| flow.date >= as_of && flow.date < end);
    let placed = dated.map(|flow| Flow { year: whole_years(as_of, flow.date), amount: to_f64(flow.amount.amount()), is_real: false });
    Ok(placed.collect())
}

/// Anniversaries of a date up to another that is not before it.
fn whole_years(from: Date, to: Date) -> usize {
    let is_before = (to.month(), to.day()) < (from.month(), from.day());
    usize::try_from(to.year() - from.year() - i16::from(is_before)).unwrap_or(0)
}

/// What of the policy paths do not have.
fn left_out(policy: &Policy, notes: &mut Vec<String>) {
    if !policy.cash.flows.is_empty() || !policy.cash.recurring.is_empty() {
        notes.push("Planned flows come and go at the start of the year in which they fall, or with its payments of spending.".to_owned());
    }
    if !policy.stops.is_empty() {
        notes.push("Stops are left out: they look at prices by the day.".to_owned());
    }
    if policy.costs.management_fee > 0.0 {
        let fee = percent(policy.costs.management_fee);
        notes.push(format!("The management fee of {fee} a year is left out: take it off the returns, or count it as spending."));
    }
}

/// What is looked at along the way: hard limits on weights, bands of classes whose targets stay, and liquidity.
fn watches(inputs: &SimulateInputs<'_>, held: &[Held], weights: &[Vec<f64>], notes: &mut Vec<String>) -> Vec<(Watch, String)> {
    let mut watches = Vec::new();
    for limit in &inputs.policy.limits {
        match watch(inputs, held, limit) {
            Some(watch) => watches.push((watch, format!("limit `{}`", limit.name))),
            None => notes.push(format!("The limit `{}` is not looked at: paths know weights of classes only.", limit.name)),
        }
    }
    if let [targets] = weights {
        for (at, (held, target)) in held.iter().zip(targets).enumerate() {
            let node = inputs.estimate.sleeves.sleeves.get(held.sleeve).and_then(|sleeve| sleeve.node);
            let Some(node) = node.and_then(|id| inputs.policy.tree.nodes.get(id.0)) else { continue };
            let half = node.band.half_width(*target);
            if half.is_finite() && watches.len() < 60 {
                let kind = WatchKind::Share { at_least: target - half, at_most: target + half };
                watches.push((Watch { assets: only(at, weights), kind }, format!("band of {}", held.class)));
            }
        }
    }
    if let Some(years) = inputs.question.cover {
        let liquid = Selector { liquidity_tier_at_most: Some(1), ..Selector::default() };
        let assets: Vec<f64> = held.iter().map(|held| selected(inputs, held, &liquid)).collect();
        watches.push((Watch { assets, kind: WatchKind::Cover { years } }, format!("liquid assets pay for {years} years of spending")));
    }
    watches
}

fn only(asset: usize, weights: &[Vec<f64>]) -> Vec<f64> {
    let size = weights.first().map_or(0, Vec::len);
    (0..size).map(|at| if at == asset { 1.0 } else { 0.0 }).collect()
}

/// A limit on the weight of classes as a watch.
fn watch(inputs: &SimulateInputs<'_>, held: &[Held], limit: &Limit) -> Option<Watch> {
    if limit.measure != Measure::Weight || limit.each.is_some() {
        return None;
    }
    let assets = held.iter().map(|held| selected(inputs, held, &limit.selector)).collect();
    let kind = match limit.bound {
        Bound::AtLeast => WatchKind::Share { at_least: limit.value, at_most: f64::INFINITY },
        Bound::AtMost => WatchKind::Share { at_least: f64::NEG_INFINITY, at_most: limit.value },
    };
    Some(Watch { assets, kind })
}

/// The part of a class that a selector selects, by its preferred instrument.
fn selected(inputs: &SimulateInputs<'_>, held: &Held, selector: &Selector) -> f64 {
    let Some(asset) = &held.asset else {
        let subject = Subject::Cash { class: &held.class, base: inputs.policy.base_currency };
        return f64::from(u8::from(subject.selected(selector) == Selected::Yes));
    };
    let Some((id, instrument)) = asset.instrument.and_then(|id| Some((id, inputs.estimate.universe.get(id)?))) else {
        let by_class = selector.attributes.is_empty() && selector.liquidity_tier_at_most.is_none() && selector.except.is_none();
        let is_within = selector.classes.is_empty() || selector.classes.iter().any(|class| held.class.is_within(class));
        return f64::from(u8::from(by_class && is_within));
    };
    let parts = class_parts(id, instrument, inputs.estimate.sleeves);
    let chosen = parts.into_iter().filter(|part| Subject::Part { instrument, part: *part }.selected(selector) == Selected::Yes);
    chosen.map(|part| part.fraction).sum()
}

/// The greatest value that is simulated: paths are kept in single precision.
const MOST_VALUE: f64 = 1e15;

/// That nothing is drawn for a portfolio without value.
pub(super) fn check_value(value: f64) -> Result<(), Vec<Diagnostic>> {
    if value > 0.0 && value <= MOST_VALUE {
        return Ok(());
    }
    let told = Diagnostic::error(Code::SIMULATION, format!("the value at the start is {value}; it must be above 0 and at most 1e15"));
    Err(vec![told.help("name it with `--value`, or add the holdings")])
}
