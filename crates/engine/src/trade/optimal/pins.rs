//! Trades that a person has pinned.

use evenkeel_ledger::instrument::InstrumentId;

use crate::trade::list::Side;
use crate::trade::situation::{AccountSituation, is_on_offer};

use super::edit::Edit;
use super::model::{Builder, Leg};

impl Builder<'_, '_> {
    /// Pinned purchases of an account that lie in a sleeve.
    pub(super) fn pinned_in(&self, account: &AccountSituation<'_>, index: usize, sleeve: usize) -> Vec<InstrumentId> {
        let pinned = self.objective.weighing.edits.iter().filter_map(|edit| match *edit {
            Edit::Pin { account, instrument, value } if account == index && value > 0.0 => Some(instrument),
            _ => None,
        });
        let lies = |id: &InstrumentId| self.context.sleeves.exposures(*id).first().is_some_and(|exposure| exposure.sleeve.0 == sleeve);
        let locks = &self.situation.locks;
        let may_buy =
            |id: &InstrumentId| is_on_offer(self.context, account.account, *id) && locks.forbid_buying(self.context, *id).is_none();
        pinned.filter(lies).filter(may_buy).collect()
    }

    /// Pins of what may not be traded, which nothing can keep.
    pub(super) fn hopeless_pins(&mut self) {
        for (at, edit) in self.objective.weighing.edits.iter().enumerate() {
            let Edit::Pin { account, instrument, value } = *edit else { continue };
            let side = if value > 0.0 { Side::Buy } else { Side::Sell };
            if self.legs.iter().any(|leg| (leg.account, leg.instrument, leg.side) == (account, instrument, side)) {
                continue;
            }
            let verb = if value > 0.0 { "bought" } else { "sold" };
            let row = self.row(self.part(value.abs()));
            self.slack(row, &[(1.0, 0.0, f64::INFINITY, self.objective.strict_price())]);
            let missed = (self.pieces.len() - 1, 1.0);
            if let Some(decided) = self.decided.get_mut(at) {
                decided.missed.push(missed);
                decided.name = format!("{}, where it may not be {verb}", decided.name);
            }
        }
    }

    /// Holds a leg to the value of a decision; what cannot be made is told as a conflict.
    pub(super) fn pin(&mut self, leg: &Leg, decision: usize, value: f64) {
        let row = self.row(self.part(value));
        self.trades.get_mut(leg.trade).into_iter().for_each(|trade| trade.rows.push((row, 1.0)));
        for counts in [1.0, -1.0] {
            self.slack(row, &[(counts, 0.0, f64::INFINITY, self.objective.strict_price())]);
            let missed = (self.pieces.len() - 1, 1.0);
            self.decided.get_mut(decision).into_iter().for_each(|decided| decided.missed.push(missed));
        }
    }
}
