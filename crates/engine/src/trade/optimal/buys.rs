//! What each account may buy, and the cash that it ends with.

use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_quant::optimize::lots::program::{Piece, Trade};

use crate::boundary::to_f64;
use crate::policy::Mode;
use crate::trade::list::Side;
use crate::trade::situation::{AccountSituation, is_on_offer};

use super::model::{Builder, LEAST_ROOM, Leg, Soft};

impl Builder<'_, '_> {
    /// What an account may buy: for each sleeve what is preferred, and in its stead what is not identical to it; the names of
    /// an index that the sleeve follows.
    pub(super) fn buys(&mut self, index: usize, account: &AccountSituation<'_>) {
        if self.mode == Mode::SellOnly {
            return;
        }
        let most = self.part(account.total().max(0.0) + (to_f64(account.cash_floor.amount())).abs());
        let mut bought: Vec<InstrumentId> = Vec::new();
        for sleeve in 0..self.context.sleeves.len() {
            let preferred = account.buys.get(sleeve).copied().flatten().filter(|_| sleeve != self.context.sleeves.cash.0);
            let substitute = preferred
                .filter(|_| self.situation.avoids_washes)
                .and_then(|preferred| self.situation.substitute(self.context, index, sleeve, self.context.identical.of(preferred)?));
            let others = self.pinned_in(account, index, sleeve).into_iter().chain(self.names_of(account, sleeve));
            for instrument in preferred.into_iter().chain(substitute).chain(others) {
                if bought.contains(&instrument) {
                    continue;
                }
                bought.push(instrument);
                let (_, linear, impact) = self.context.costs.terms(instrument);
                let price = linear + self.location(index, instrument);
                // All that can be paid for is no size of its own where lots are whole.
                let step = self.step(instrument);
                let upper = if step > 0.0 { (most / step).floor() * step } else { most };
                let pieces = vec![Piece { lower: 0.0, upper, price, rows: Vec::new() }];
                let instead_of = preferred.filter(|_| substitute == Some(instrument));
                let (side, trade, lots) = (Side::Buy, self.trades.len(), vec![None]);
                let leg = Leg { account: index, instrument, sleeve, side, trade, lots, forced: false, instead_of };
                self.leg(leg, impact * self.objective.value.sqrt(), pieces);
            }
        }
    }

    /// The names of the index that a sleeve follows, as far as an account may buy them.
    fn names_of(&self, account: &AccountSituation<'_>, sleeve: usize) -> Vec<InstrumentId> {
        let followed = self.objective.followed.iter().filter(|index| index.model.sleeve.0 == sleeve);
        let names = followed.flat_map(|index| &index.model.names).filter(|name| name.weight > 0.0).map(|name| name.instrument);
        let locks = &self.situation.locks;
        let may_buy =
            |id: &InstrumentId| is_on_offer(self.context, account.account, *id) && locks.forbid_buying(self.context, *id).is_none();
        names.filter(may_buy).collect()
    }

    /// The cash that an account ends with, what it lacks, and what fees take.
    pub(super) fn cash(&mut self, index: usize, account: &AccountSituation<'_>) {
        let sleeve = self.context.sleeves.cash.0;
        let column = self.objective.loadings_of([(sleeve, 1.0)]);
        let asset = self.new_asset(column);
        let floor = self.part(to_f64(account.cash_floor.amount()));
        let held = self.part(account.total()).abs() + self.part(account.cash).abs() + floor.abs();
        let (least, most) = (floor - 2.0 * held.max(1e-9), floor + 2.0 * held.max(1e-9));
        let price = self.objective.rules.horizon_years * self.objective.location(index, sleeve);
        let mut rows: Vec<(usize, f64)> = self.cash_rows.get(index).map(|row| (*row, 1.0)).into_iter().collect();
        rows.extend(self.shared.iter().filter(|shared| shared.cash != 0.0).map(|shared| (shared.row, shared.cash)));
        let first = self.pieces.len();
        // Above the floor, and below it at a price.
        self.pieces.push(Piece { lower: floor, upper: most, price, rows: Vec::new() });
        self.pieces.push(Piece { lower: least - floor, upper: 0.0, price: price - self.objective.limit_price, rows: Vec::new() });
        let name = format!("the cash that the account `{}` is to keep", account.account.id);
        self.soft.push(Soft { name, missed: vec![(self.pieces.len() - 1, -1.0)], closed: Vec::new() });
        self.trades.push(Trade { asset: Some(asset), sign: 1.0, impact: 0.0, rows, pieces: first..self.pieces.len() });
        // Fees, impact and cents are paid from it beside what is in proportion.
        let legs = self.legs.iter().filter(|leg| leg.account == index);
        let fees: f64 = legs
            .map(|leg| {
                let (fixed, _, impact) = self.context.costs.terms(leg.instrument);
                let most = self.trades.get(leg.trade).and_then(|trade| self.pieces.get(trade.pieces.clone()));
                let most = most.map_or(0.0, |pieces| pieces.iter().map(|piece| piece.upper).sum::<f64>()) * self.objective.value;
                fixed + impact * most.max(0.0).powf(1.5) + 4.0 * self.context.cent
            })
            .sum();
        if let Some(row) = self.cash_rows.get(index).copied() {
            let cents = self.part(4.0 * self.context.cent).max(LEAST_ROOM);
            self.slack(row, &[(1.0, -cents, self.part(fees).max(cents), 0.0)]);
        }
    }
}
