//! [`Collected`]: what is written down on the way, and what should be known of it.

use evenkeel_ledger::date::Date;

use crate::policy::Trigger;

use super::Past;
use super::limits::LimitBook;
use super::result::{Acted, Day, DriftPoint};
use super::taxes::Taxes;

/// What is written down on the way.
#[derive(Debug, Default)]
pub(super) struct Collected {
    pub(super) opening: f64,
    pub(super) days: Vec<Day>,
    pub(super) acted: Vec<Acted>,
    pub(super) drifts: Vec<DriftPoint>,
    pub(super) limits: LimitBook,
    pub(super) lapsed: usize,
    /// Days on which nothing could be decided, and why.
    pub(super) undecided: Vec<(Date, String)>,
    /// The first day on which targets could not be had, and which.
    pub(super) without: Option<(Date, String)>,
    /// What could not be paid out, and since when.
    pub(super) unpaid: Option<(Date, f64)>,
    pub(super) overdrawn: usize,
    pub(super) unassessed: Option<String>,
}

impl Collected {
    /// What should be known of the run, in sentences.
    pub(super) fn notes(&self, past: &Past<'_>, taxes: &Taxes<'_>) -> Vec<String> {
        let lapsed = self.lapsed;
        let asks_beliefs = |trigger: &Trigger| matches!(trigger, Trigger::TrackingError { .. } | Trigger::VolatilityBand { .. });
        let refused = self.acted.iter().filter(|acted| acted.refused).count();
        let told = [
            (lapsed > 0)
                .then(|| format!("{lapsed} orders lapsed: there was no price on the day on which they were to be filled, or no cash.")),
            self.undecided
                .first()
                .map(|(day, why)| format!("On {} days nothing could be decided, first on {day}: {why}.", self.undecided.len())),
            (past.assumptions.is_none() && past.policy.triggers.iter().any(asks_beliefs))
                .then(|| "A trigger asks for volatilities, which nothing assumes: it never fired.".to_owned()),
            (self.acted.is_empty() && !self.days.is_empty())
                .then(|| "Nothing was ever traded: see what costs and the least trade leave of an order with `rebalance`.".to_owned()),
            self.without.as_ref().map(|(day, classes)| {
                format!("{classes} could not be had, first on {day}: the target was spread over its siblings while that lasted.")
            }),
            self.unpaid.map(|(day, amount)| {
                format!("The money ran out: from {day} on {amount:.2} of withdrawals, taxes and spending was not paid.")
            }),
            (self.overdrawn > 0).then(|| format!("On {} days an account ended below zero cash.", self.overdrawn)),
            taxes.borrowed.then(|| "Years without a table of their own are taxed by the nearest year that has one.".to_owned()),
            self.unassessed.as_ref().map(|why| format!("Taxes on gains are not counted: {why}.")),
            (refused > 0).then(|| format!("{refused} proposals were refused by a hard limit and not traded.")),
            self.limits.untold(self.drifts.len()),
            past.without_dividends(),
        ];
        told.into_iter().flatten().collect()
    }
}
