//! Runs `specs/rounding.md`: whole lots, cents and cash.
//!
//! | table | columns |
//! |---|---|
//! | rules | whole lots (yes, no), min trade, fixed, proportional, destination, band |
//! | instruments | symbol, target, price, lot, held |
//! | account | cash |
//! | trades | side, symbol, quantity, value, costs |
//! | cash | before, sells, buys, costs, after, target, residual |

use std::collections::BTreeMap;

use evenkeel::drift::ReviewHistory;
use evenkeel::market::{MarketSnapshot, PriceKind, PricePoint};
use evenkeel::policy::Policy;
use evenkeel::run::{Mandate, Proposal, Provenance, Subject};
use evenkeel::trade::{CashLine, Side, Trade};
use evenkeel_ledger::account::Account;
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::fx::FxRates;
use evenkeel_ledger::holdings::{AccountHoldings, Holdings};
use evenkeel_ledger::household::Household;
use evenkeel_ledger::instrument::{Instrument, Universe};
use evenkeel_ledger::lot::{Lot, LotId};
use evenkeel_ledger::number::{Currency, Money, Quantity};

use super::policy_text::{PolicyText, fraction, needed_fraction};
use super::{Row, Spec, SpecError};

/// The day of the examples, a Tuesday.
const TODAY: &str = "2026-06-30";

/// Runs one example.
pub fn run(spec: &Spec) -> Result<(), SpecError> {
    spec.expect_kinds(&["rules", "instruments", "account", "trades", "cash"])?;
    let proposal = proposal(spec)?;
    for table in &spec.tables {
        match table.kind.as_str() {
            "rules" => table.expect_columns(&["whole lots", "min trade", "fixed", "proportional", "destination", "band"])?,
            "instruments" => table.expect_columns(&["symbol", "target", "price", "lot", "held"])?,
            "account" => table.expect_columns(&["cash"])?,
            "trades" => table.expect_rows(&proposal.trades.iter().map(trade).collect::<Vec<_>>())?,
            _ => table.expect_rows(&proposal.cash.iter().map(cash).collect::<Vec<_>>())?,
        }
    }
    Ok(())
}

type Found = BTreeMap<&'static str, String>;

fn rows<'a>(spec: &'a Spec, kind: &str) -> impl Iterator<Item = &'a Row> {
    spec.tables.iter().filter(move |table: &&super::Table| table.kind == kind).flat_map(|table| &table.rows)
}

/// What the whole flow proposes.
fn proposal(spec: &Spec) -> Result<Proposal, SpecError> {
    let at = |message: &dyn std::fmt::Display| SpecError::new(spec.line, message);
    let policy = policy(spec)?;
    let as_of: Date = TODAY.parse().map_err(|error| at(&error))?;
    let universe = universe(spec)?;
    let mut prices = vec![None; universe.len()];
    let mut lots = Vec::new();
    for (row, number) in rows(spec, "instruments").zip(1..) {
        let id = universe.find(row.get("symbol")).ok_or_else(|| SpecError::new(row.line, "an instrument without symbol"))?;
        if let Some(slot) = prices.get_mut(id.index()) {
            *slot = Some(PricePoint { price: row.read("price")?, date: as_of });
        }
        let quantity = row.read_or("held", Quantity::ZERO)?;
        if !quantity.is_zero() {
            lots.push(Lot { id: LotId::Number(number), instrument: id, quantity, cost_basis: None, acquired: None, held_since: None });
        }
    }
    let market = MarketSnapshot { as_of, kind: PriceKind::Raw, prices, fx: FxRates::default() };
    let held = rows(spec, "account").map(|row| Ok(Money::new(row.read("cash")?, Currency::USD))).collect::<Result<Vec<_>, SpecError>>()?;
    let account = Account::new("main", "owner", Currency::USD);
    let household = Household::new("example", vec![super::lots::owner()], vec![account]).map_err(|errors| at(&format!("{errors:?}")))?;
    let holdings = Holdings { as_of, accounts: vec![AccountHoldings::new(lots, held).map_err(|error| at(&error))?] };
    let mandate = Mandate::new(&policy, &universe, &market, None, None);
    let subject = Subject { household: &household, holdings: &holdings, flows: &[], sold: &[], history: ReviewHistory::default() };
    mandate.propose(&subject, Provenance::default()).map_err(|problems| at(&format!("{problems:?}")))
}

/// A policy that rebalances every day.
fn policy(spec: &Spec) -> Result<Policy, SpecError> {
    let mut text = PolicyText::new(spec.line);
    let rules = rows(spec, "rules").next();
    let rule = |column: &str| rules.map(|row| row.get(column)).filter(|text| !text.is_empty());
    for row in rows(spec, "instruments") {
        text.class(row.get("symbol"), &[("weight", needed_fraction(row, "target")?.to_string())])?;
    }
    let band = rules.map(|row| fraction(row, "band")).transpose()?.flatten();
    text.add(&format!("[bands]\nabsolute = {}\n", band.map_or("0.05".to_owned(), |band| band.to_string())))?;
    text.add("[[trigger]]\nkind = \"calendar\"\nschedule = \"daily\"\n")?;
    let whole_lots = rule("whole lots") != Some("no");
    let (min_trade, destination) = (rule("min trade").unwrap_or("0"), rule("destination").unwrap_or("target"));
    text.add(&format!("[rebalance]\nmin_trade = {min_trade}\nwhole_lots = {whole_lots}\ndestination = \"{destination}\"\n"))?;
    let proportional = rules.map(|row| fraction(row, "proportional")).transpose()?.flatten();
    let proportional = proportional.map_or("0".to_owned(), |rate| rate.to_string());
    text.add(&format!("[costs]\nfixed_per_trade = {}\nproportional = {proportional}\n", rule("fixed").unwrap_or("0")))?;
    text.read()
}

fn universe(spec: &Spec) -> Result<Universe, SpecError> {
    let instrument = |row: &Row| {
        let class = ClassPath::new(row.get("symbol")).map_err(|error| SpecError::new(row.line, error))?;
        let mut instrument = Instrument::new(row.get("symbol"), class, Currency::USD);
        instrument.lot_size = row.read_or("lot", instrument.lot_size)?;
        Ok(instrument)
    };
    let instruments = rows(spec, "instruments").map(instrument).collect::<Result<Vec<_>, SpecError>>()?;
    Universe::new(instruments).map_err(|error| SpecError::new(spec.line, format!("{error:?}")))
}

fn trade(trade: &Trade) -> Found {
    BTreeMap::from([
        ("side", if trade.side == Side::Buy { "buy" } else { "sell" }.to_owned()),
        ("symbol", trade.symbol.clone()),
        ("quantity", trade.quantity.to_string()),
        ("value", trade.gross.amount().to_string()),
        ("costs", trade.costs.total.amount().to_string()),
    ])
}

fn cash(line: &CashLine) -> Found {
    let CashLine { before, sells, buys, costs, after, target, residual, .. } = line;
    let columns = [("before", before), ("sells", sells), ("buys", buys), ("costs", costs), ("after", after), ("target", target)];
    let columns = columns.into_iter().chain([("residual", residual)]);
    columns.map(|(column, money)| (column, money.amount().to_string())).collect()
}
