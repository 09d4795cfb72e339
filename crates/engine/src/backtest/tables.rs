//! Returns and drift by year and by rule.

use std::collections::BTreeMap;

use serde::Serialize;

use super::result::Backtest;

/// A calendar year of a run. Amounts are in the base currency.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Year {
    /// The year.
    pub year: i16,
    /// Return of its days, flows apart.
    pub total_return: f64,
    /// Value at its end.
    pub value: f64,
    /// What came in less what went out.
    pub flow: f64,
    /// Dividends and interest.
    pub income: f64,
    /// Costs of trading.
    pub costs: f64,
    /// Fees.
    pub fees: f64,
    /// Taxes paid.
    pub tax: f64,
}

/// The years of a run.
pub fn years(run: &Backtest) -> Vec<Year> {
    let mut years: BTreeMap<i16, Year> = BTreeMap::new();
    for (day, earned) in run.days.iter().zip(run.returns()) {
        let number = day.date.year();
        let none = Year { year: number, total_return: 0.0, value: 0.0, flow: 0.0, income: 0.0, costs: 0.0, fees: 0.0, tax: 0.0 };
        let year = years.entry(number).or_insert(none);
        year.total_return = (1.0 + year.total_return) * (1.0 + earned) - 1.0;
        year.value = day.value;
        year.flow += day.flow;
        year.income += day.income;
        year.costs += day.costs;
        year.fees += day.fees;
        year.tax += day.tax;
    }
    years.into_values().collect()
}

/// Why it was traded, and how often.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Rule {
    /// The trigger that fired; `cash_flow` where only cash was moved.
    pub trigger: String,
    /// Decisions that it made.
    pub decisions: usize,
    /// Trades that followed; `None` on weights alone.
    pub trades: Option<usize>,
    /// Decisions that a hard limit refused.
    pub refused: usize,
}

/// The triggers that fired, by name.
pub fn rules(run: &Backtest) -> Vec<Rule> {
    let mut rules: BTreeMap<&str, Rule> = BTreeMap::new();
    for acted in &run.acted {
        let none = Rule { trigger: acted.trigger.clone(), decisions: 0, trades: None, refused: 0 };
        let rule = rules.entry(&acted.trigger).or_insert(none);
        rule.decisions += 1;
        let followed = if acted.refused { Some(0) } else { acted.trades };
        rule.trades = followed.map(|trades| rule.trades.unwrap_or(0) + trades);
        rule.refused += usize::from(acted.refused);
    }
    rules.into_values().collect()
}
