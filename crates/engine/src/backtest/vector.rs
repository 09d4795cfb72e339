//! The vector gear: the same policy on weights alone, a thousand times as fast.
//!
//! Where a policy asks for nothing that weights do not know (one account that is not taxed, one instrument a class, no fixed
//! amounts but a fee a trade), [`quant::backtest`](evenkeel_quant::backtest) gives what the full engine gives without rounding.

use std::collections::BTreeMap;

use evenkeel_ledger::account::TaxTreatment;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::holdings::Holdings;
use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::journal::Journal;
use evenkeel_ledger::schedule::Schedule;
use evenkeel_quant::backtest::{
    Band, Cause, Checks, Content, Costs, Destination as Leads, History, Missing, Record, Rule, Scope as Trades, Study, Targets,
    Trigger as Fires,
};

pub use evenkeel_quant::backtest::Settlement;

use crate::boundary::to_f64;
use crate::diagnostic::{Code, Diagnostic};
use crate::market::NamedPanel;
use crate::policy::{Destination, Mode, Planner, Policy, Scope, Strategy, Trigger};
use crate::portfolio::Sleeves;
use crate::run::Mandate;

use super::execution::Execution;
use super::result::{Acted, Backtest, Day, Final};
use super::tape::Tape;
use super::{Past, Terms, clock};

/// Runs a policy on weights alone.
///
/// # Errors
/// All that a policy asks for which weights do not know, or what is missing.
pub fn vector(past: &Past<'_>, terms: &Terms, settlement: Settlement) -> Result<Backtest, Vec<Diagnostic>> {
    let policy = past.policy;
    let sleeves = Sleeves::new(&policy.tree, past.universe);
    let mut unknown = unknown_to_weights(past, terms);
    let due = due_rule(policy).unwrap_or_else(|what| {
        unknown.push(what);
        Due::Every
    });
    if !unknown.is_empty() {
        let told = |what: String| {
            Diagnostic::error(Code::ARGUMENT, format!("the vector gear knows weights alone, and not {what}"))
                .help("use the full gear: `--gear full`")
        };
        return Err(unknown.into_iter().map(told).collect());
    }
    let days = clock::days(past.prices, terms.from, terms.to)?;
    let prices = prices(past, &sleeves, &days);
    let looked = looked_at(policy, terms, due, &days)?;
    let (rows, weights) = targets(past, &sleeves, &days, &looked)?;
    let proportional: Vec<f64> = (0..sleeves.len()).map(|sleeve| cost(past, &sleeves, sleeve)).collect();
    let start = terms.capital.map_or(0.0, |capital| to_f64(capital.amount()));
    let fixed = to_f64(policy.costs.fixed_per_trade.amount()) / start;
    let study = Study {
        history: History { values: &prices, assets: sleeves.len(), content: Content::Prices, missing: Missing::Rest },
        targets: Targets::Schedule { rows: &rows, weights: &weights },
        costs: Costs { proportional: &proportional, fixed, management: 0.0, free_start: false },
        flows: &[],
        start,
    };
    let run = evenkeel_quant::backtest::run(&study, &rule(policy, &sleeves, looked, settlement), Record::Values);
    let run = run.map_err(|error| {
        vec![Diagnostic::error(Code::HISTORY_UNUSABLE, error.to_string()).help("correct the prices, or use the full gear")]
    })?;
    Ok(written_down(past, terms, &days, &run))
}

/// On which rows a trigger is asked.
#[derive(Clone, Copy)]
enum Due {
    Every,
    On(Schedule),
}

/// What of a policy and its inputs weights do not know.
fn unknown_to_weights(past: &Past<'_>, terms: &Terms) -> Vec<String> {
    let Policy { rebalance, costs, cash, tree, .. } = past.policy;
    let account = past.household.accounts.first();
    let one = past.household.accounts.len() == 1;
    let foreign = past.universe.iter().any(|(_, instrument)| instrument.currency != past.policy.base_currency);
    let outer_band =
        tree.nodes.iter().any(|node| !node.children.is_empty() && (node.band.absolute.is_some() || node.band.relative.is_some()));
    let asked = [
        (!one, "several accounts"),
        (one && account.is_some_and(|account| account.tax_treatment == TaxTreatment::Taxable), "taxes"),
        (past.opening.accounts.iter().any(|held| !held.lots().is_empty() || !held.cash().is_empty()), "holdings before the first day"),
        (terms.capital.is_none(), "a start without capital"),
        (!past.actions.is_empty(), "corporate actions"),
        (foreign, "several currencies"),
        (terms.execution != Execution::Close, "orders of the next day"),
        (terms.cash_rate != 0.0, "interest on cash"),
        (costs.management_fee > 0.0, "fees by the month"),
        (costs.impact_coefficient > 0.0, "market impact"),
        (!cash.flows.is_empty() || !cash.recurring.is_empty(), "planned flows"),
        (
            cash.buffer > 0.0 || cash.minimum.is_positive() || account.is_some_and(|account| !account.cash_minimum.is_empty()),
            "cash that is kept",
        ),
        (rebalance.planner == Planner::Optimal, "the joint planner"),
        (rebalance.mode != Mode::Full, "modes that only buy or sell"),
        (rebalance.cooldown_days > 0, "a cooldown"),
        (rebalance.max_turnover_one_way.is_some(), "a limit on turnover"),
        (!past.policy.limits.is_empty(), "limits"),
        (!past.policy.stops.is_empty(), "stops"),
        (past.policy.spending.is_some(), "spending"),
        (!past.policy.indices.is_empty(), "direct indices"),
        (outer_band, "bands of classes of classes"),
        (has_suspect_prices(past, terms), "prices that jump by more than `prices.max_jump`"),
    ];
    asked.into_iter().filter(|(is_asked, _)| *is_asked).map(|(_, what)| what.to_owned()).collect()
}

/// Whether a price jumps beyond the policy's limit, on which the full engine waits.
fn has_suspect_prices(past: &Past<'_>, terms: &Terms) -> bool {
    let known = past.prices.series.iter().map(|series| series.iter().filter(|point| point.date <= terms.to));
    known.into_iter().any(|series| {
        let values: Vec<f64> = series.map(|point| to_f64(point.price.decimal())).filter(|value| *value > 0.0).collect();
        values.windows(2).any(|pair| matches!(pair, [before, now] if (now / before - 1.0).abs() > past.policy.prices.max_jump))
    })
}

/// On which rows the only trigger is asked.
fn due_rule(policy: &Policy) -> Result<Due, String> {
    match &policy.triggers[..] {
        [Trigger::Calendar { schedule } | Trigger::Hybrid { schedule }] => Ok(Due::On(*schedule)),
        [Trigger::Threshold | Trigger::PortfolioDrift { .. }] => Ok(Due::Every),
        [_] => Err("triggers other than calendar, threshold, hybrid and portfolio_drift".to_owned()),
        _ => Err("several triggers".to_owned()),
    }
}

/// Rows on which one looks and the trigger is due; the first is the purchase.
fn looked_at(policy: &Policy, terms: &Terms, due: Due, days: &[Date]) -> Result<Vec<bool>, Vec<Diagnostic>> {
    let (mut looked, mut last_look) = (vec![false; days.len()], days.first().copied());
    for (row, day) in days.iter().enumerate().skip(1) {
        let is_look = clock::is_looked_at(terms.look, &policy.calendar, *day, last_look)?;
        let is_due = match due {
            Due::Every => true,
            Due::On(schedule) => clock::is_looked_at(Some(schedule), &policy.calendar, *day, last_look)?,
        };
        if is_look {
            last_look = Some(*day);
        }
        if let Some(entry) = looked.get_mut(row) {
            *entry = is_look && is_due;
        }
    }
    Ok(looked)
}

/// The first instrument of a sleeve; `None` for cash.
fn stands_for(sleeves: &Sleeves, sleeve: usize) -> Option<InstrumentId> {
    sleeves.sleeves.get(sleeve)?.instruments.first().copied()
}

/// Prices by row and sleeve; 1 for cash, NaN before the first price and where none is recent.
fn prices(past: &Past<'_>, sleeves: &Sleeves, days: &[Date]) -> Vec<f64> {
    let mut tape = Tape::new(past.prices, past.policy.prices);
    let limit = i64::from(past.policy.prices.max_age_days);
    let mut values = Vec::with_capacity(days.len() * sleeves.len());
    for day in days {
        tape.advance(*day);
        for sleeve in 0..sleeves.len() {
            let value = match stands_for(sleeves, sleeve) {
                None => 1.0,
                Some(instrument) => {
                    let recent = tape.last(instrument).filter(|point| i64::from(day.days_since(point.date)) <= limit);
                    recent.map_or(f64::NAN, |point| to_f64(point.price.decimal()))
                }
            };
            values.push(value);
        }
    }
    values
}

/// Target weights by sleeve: the row from which each set holds, and the sets. They are made on rows that are looked at.
fn targets(past: &Past<'_>, sleeves: &Sleeves, days: &[Date], looked: &[bool]) -> Result<(Vec<usize>, Vec<f64>), Vec<Diagnostic>> {
    let policy = past.policy;
    let is_constant = matches!(policy.strategy, Strategy::Tree | Strategy::Profile { .. }) && policy.overlay.is_none();
    let (mut rows, mut weights): (Vec<usize>, Vec<f64>) = (Vec::new(), Vec::new());
    for (row, day) in days.iter().enumerate().filter(|(row, _)| *row == 0 || !is_constant && looked.get(*row).copied().unwrap_or(false)) {
        let (market, _) = crate::market::snapshot(past.prices, past.universe, past.fx, *day, &policy.prices);
        let panel = match policy.strategy {
            Strategy::Optimized(_) => Some(
                NamedPanel::of_history(past.prices, past.universe, *day)
                    .map_err(|error| vec![Diagnostic::error(Code::HISTORY_UNUSABLE, format!("on {day}: {error}"))])?
                    .total_return(past.universe, past.actions, past.fx, policy.base_currency)
                    .0,
            ),
            _ => None,
        };
        let mandate = Mandate::new(policy, past.universe, &market, past.assumptions, past.signals);
        let mandate = match &panel {
            Some(panel) => mandate.with_history(panel),
            None => mandate,
        };
        let made = mandate.targets(past.household, None)?.weights.sleeves;
        if weights.len() < sleeves.len() || weights.get(weights.len() - sleeves.len()..) != Some(&made[..]) {
            rows.push(row);
            weights.extend(made);
        }
    }
    Ok((rows, weights))
}

/// What trading a sleeve costs, as a fraction of what is traded.
fn cost(past: &Past<'_>, sleeves: &Sleeves, sleeve: usize) -> f64 {
    let Some(instrument) = stands_for(sleeves, sleeve).and_then(|id| past.universe.get(id)) else { return 0.0 };
    past.policy.costs.each_side(instrument.spread)
}

fn rule(policy: &Policy, sleeves: &Sleeves, looked: Vec<bool>, settlement: Settlement) -> Rule {
    let band = |sleeve: &crate::portfolio::Sleeve| {
        let band = sleeve.node.and_then(|node| policy.tree.nodes.get(node.0)).map(|node| node.band).filter(|_| sleeve.listed);
        band.map_or(Band::default(), |band| Band { absolute: band.absolute, relative: band.relative })
    };
    Rule {
        checks: Checks::Rows(looked),
        // A limit that nothing is beyond: bought and held.
        trigger: match &policy.triggers[..] {
            [Trigger::PortfolioDrift { limit }] if *limit >= 1.0 => Fires::PortfolioDrift { limit: 1.0 },
            [Trigger::Calendar { .. }] => Fires::Always,
            [Trigger::PortfolioDrift { limit }] => Fires::PortfolioDrift { limit: *limit },
            _ => Fires::Band,
        },
        bands: sleeves.sleeves.iter().map(band).collect(),
        destination: match policy.rebalance.destination {
            Destination::Target => Leads::Target,
            Destination::BandEdge => Leads::BandEdge,
            Destination::HalfWay => Leads::HalfWay,
            Destination::InnerBand { distance } => Leads::InnerBand { distance },
            Destination::ToleranceBand { fraction } => Leads::ToleranceBand { fraction },
        },
        scope: if policy.rebalance.scope == Scope::All { Trades::All } else { Trades::OutOfBand },
        settlement,
    }
}

/// The run as that of the full engine is told; there are no lots and no journal.
fn written_down(past: &Past<'_>, terms: &Terms, days: &[Date], run: &evenkeel_quant::backtest::Run) -> Backtest {
    let events: BTreeMap<usize, _> = run.events.iter().map(|event| (event.row, event)).collect();
    let start = terms.capital.map_or(0.0, |capital| to_f64(capital.amount()));
    let mut written = Vec::with_capacity(days.len());
    let mut acted = Vec::new();
    for (row, (date, value)) in days.iter().zip(&run.values).enumerate() {
        let event = events.get(&row);
        let (turnover_one_way, costs) = event.map_or((0.0, 0.0), |event| (event.turnover, event.cost));
        let flow = if row == 0 { start } else { 0.0 };
        let traded_one_way = turnover_one_way * (value + costs);
        written.push(Day { date: *date, value: *value, flow, costs, tax: 0.0, spent: 0.0, fees: 0.0, income: 0.0, traded_one_way });
        acted.extend(event.map(|event| {
            let (trigger, reason) = match event.cause {
                Cause::Start | Cause::Flow => ("cash_flow", "The capital is invested."),
                Cause::Look => ("calendar", "The review is due."),
                Cause::Band { .. } => ("threshold", "A class is beyond its band."),
                Cause::PortfolioDrift => ("portfolio_drift", "The drift of the portfolio is beyond its limit."),
            };
            let (trigger, reason) = (trigger.to_owned(), reason.to_owned());
            Acted { date: *date, trigger, reason, trades: None, turnover_one_way, costs, max_drift: None, refused: false }
        }));
    }
    let value = run.totals.final_value;
    Backtest {
        opening: 0.0,
        days: written,
        acted,
        drifts: Vec::new(),
        limits: Vec::new(),
        end: Final { value, after_tax: Some(value), tax_owed: Some(0.0) },
        journal: Journal::new(),
        household: past.household.clone(),
        holdings: Holdings::empty(past.household, terms.to),
        notes: std::iter::once("Run on weights alone: nothing is rounded, and there are no lots and no trades one by one.".to_owned())
            .chain(past.without_dividends())
            .collect(),
    }
}
