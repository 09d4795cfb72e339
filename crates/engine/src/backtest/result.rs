//! [`Backtest`]: what became of a portfolio, day by day and decision by decision.

use evenkeel_ledger::date::Date;
use evenkeel_ledger::holdings::Holdings;
use evenkeel_ledger::household::Household;
use evenkeel_ledger::journal::Journal;
use serde::Serialize;

use super::limits::LimitRecord;

/// What became of a portfolio. Amounts are in the base currency.
#[derive(Debug, Clone)]
pub struct Backtest {
    /// Value before the first day, without what came in on it.
    pub opening: f64,
    /// Every day of the clock.
    pub days: Vec<Day>,
    /// Every decision that traded, put flows to work, or was refused.
    pub acted: Vec<Acted>,
    /// Drift on every day on which one looked, before trades.
    pub drifts: Vec<DriftPoint>,
    /// What each limit of the policy came to, in its order.
    pub limits: Vec<LimitRecord>,
    /// What there was at the end.
    pub end: Final,
    /// All that happened to the accounts.
    pub journal: Journal,
    /// Owners and accounts as they were at the end.
    pub household: Household,
    /// What was held at the end.
    pub holdings: Holdings,
    /// What should be known of the result.
    pub notes: Vec<String>,
}

/// A day, at its close.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Day {
    /// The day.
    pub date: Date,
    /// Value of everything after flows, trades, costs and taxes.
    pub value: f64,
    /// What came in from outside less what went out; of the first day before its trades, later after them.
    pub flow: f64,
    /// Costs of trading.
    pub costs: f64,
    /// Taxes paid; below zero where some came back.
    pub tax: f64,
    /// What the policy's spending rule took out; it is part of `flow`.
    pub spent: f64,
    /// Fees for management.
    pub fees: f64,
    /// Dividends and interest.
    pub income: f64,
    /// ½ Σ |trade|.
    pub traded_one_way: f64,
}

/// A decision that traded, or would have.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Acted {
    /// The day of the decision.
    pub date: Date,
    /// The trigger that fired; `cash_flow` where only cash was moved.
    pub trigger: String,
    /// Why, in a sentence with numbers.
    pub reason: String,
    /// Trades that were proposed; `None` on weights alone.
    pub trades: Option<usize>,
    /// ½ Σ |trade| ÷ value, as proposed.
    pub turnover_one_way: f64,
    /// Costs of trading, as proposed.
    pub costs: f64,
    /// Largest drift of a class before; `None` on weights alone.
    pub max_drift: Option<f64>,
    /// Whether a hard limit kept it from being traded.
    pub refused: bool,
}

/// Drift on a day, before trades.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DriftPoint {
    /// The day.
    pub date: Date,
    /// Largest magnitude of drift of a class.
    pub max: f64,
    /// ½ Σ |drift| over leaves.
    pub half_l1: f64,
    /// Whether trades followed.
    pub acted: bool,
}

/// What there was at the end.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Final {
    /// Value of everything.
    pub value: f64,
    /// The same after all taxes owed, were everything sold and deferred accounts paid out; `None` where it cannot be told.
    pub after_tax: Option<f64>,
    /// Taxes assessed and not yet paid, with those of the year so far.
    pub tax_owed: Option<f64>,
}

/// What is less is nothing, of which there is no return.
const CENT: f64 = 0.01;

impl Backtest {
    /// Simple returns by day, after costs, fees and taxes: value ÷ value before − 1, flows apart. The first counts from the
    /// opening value with what came in on that day. More than all cannot be lost, and where nothing is left nothing is earned.
    pub fn returns(&self) -> Vec<f64> {
        let mut before = None;
        let of_day = |day: &Day| {
            let (start, end) = match before.replace(day.value) {
                None => (self.opening + day.flow, day.value),
                Some(before) => (before, day.value - day.flow),
            };
            if start >= CENT { (end / start).max(0.0) - 1.0 } else { 0.0 }
        };
        self.days.iter().map(of_day).collect()
    }

    /// Returns of the periods between days, one fewer than these: what the first purchase cost is in the first of them.
    pub fn periods(&self) -> Vec<f64> {
        let by_day = self.returns();
        let Some((first, rest)) = by_day.split_first() else { return Vec::new() };
        let mut periods = rest.to_vec();
        if let Some(earliest) = periods.first_mut() {
            *earliest = (1.0 + first) * (1.0 + *earliest) - 1.0;
        }
        periods
    }
}
