//! What each account may sell, lot by lot, and what gains that counts for.

use evenkeel_ledger::account::BasisMethod;
use evenkeel_ledger::number::NumberError;
use evenkeel_quant::optimize::lots::program::{Piece, Whole};

use crate::boundary::to_f64;
use crate::policy::{LotChoice, Mode};
use crate::trade::list::Side;
use crate::trade::lots::selling_order;
use crate::trade::position::PositionSituation;
use crate::trade::situation::AccountSituation;
use crate::trade::tax_lots::gain_of;

use super::model::{Builder, Leg};

/// A lot, or a whole position, that may be sold.
struct Sellable {
    /// Place of the lot.
    lot: Option<usize>,
    /// Fraction of household value.
    value: f64,
    /// Gain of a unit of value after costs, by term.
    short: f64,
    long: f64,
}

impl Builder<'_, '_> {
    /// What an account may sell.
    pub(super) fn sells(&mut self, index: usize, account: &AccountSituation<'_>) -> Result<(), NumberError> {
        for position in account.positions.iter().filter(|position| position.may_sell && position.value > 0.0) {
            if self.mode == Mode::BuyOnly {
                continue;
            }
            let (_, linear, impact) = self.context.costs.terms(position.instrument);
            let stays = self.location(index, position.instrument);
            let sellable = self.sellable(account, position, linear)?;
            let forced = position.banned;
            let mut pieces = Vec::with_capacity(sellable.len());
            for part in &sellable {
                let (price, rows) = self.gains_of(index, account, part);
                pieces.push(Piece { lower: if forced { part.value } else { 0.0 }, upper: part.value, price: linear - stays + price, rows });
            }
            let first = self.pieces.len();
            let losing = sellable.iter().enumerate().filter(|(_, part)| account.rates.is_some() && part.short + part.long < 0.0);
            self.losses.extend(losing.map(|(at, _)| first + at));
            let ordered = account.rates.is_some() && !self.by_tax(account) && sellable.len() > 1;
            let step = self.step(position.instrument);
            if step > 0.0 && account.rates.is_some() && !forced && sellable.len() > 1 {
                let wholes = (first..first + pieces.len()).map(|piece| Whole { piece, step });
                self.choices.wholes.extend(wholes);
            }
            if ordered {
                self.choices.orders.push((first..first + pieces.len()).collect());
            }
            let lots = sellable.iter().map(|part| part.lot).collect();
            let (instrument, sleeve) = (position.instrument, position.sleeve);
            let leg =
                Leg { account: index, instrument, sleeve, side: Side::Sell, trade: self.trades.len(), lots, forced, instead_of: None };
            self.leg(leg, impact * self.objective.value.sqrt(), pieces);
        }
        Ok(())
    }

    /// Whether lots of an account are sold as the plan likes.
    fn by_tax(&self, account: &AccountSituation<'_>) -> bool {
        self.context.policy.rebalance.lot_method == LotChoice::MinTax && account.account.basis_method == BasisMethod::Lots
    }

    /// The lots of a position in the order in which they are sold; all as one where nothing hangs on which it is.
    fn sellable(&self, account: &AccountSituation<'_>, position: &PositionSituation<'_>, cost: f64) -> Result<Vec<Sellable>, NumberError> {
        let unit = self.context.unit(position.instrument).value.unwrap_or(0.0);
        let whole = |short, long| vec![Sellable { lot: None, value: self.part(position.sellable()), short, long }];
        if account.rates.is_none() {
            return Ok(whole(0.0, 0.0));
        }
        let picks = selling_order(self.context, account, position)?;
        let mut parts = Vec::with_capacity(picks.len());
        let (mut sum, mut short_gains, mut long_gains) = (0.0, 0.0, 0.0);
        for (index, quantity) in picks {
            let Some(lot) = position.lots.get(index) else { continue };
            let value = to_f64(quantity.decimal()) * unit;
            let gain = gain_of(self.context, lot, to_f64(lot.quantity.decimal()) * unit) - cost;
            let (short, long) = if self.context.is_long_term(lot) { (0.0, gain) } else { (gain, 0.0) };
            sum += value;
            short_gains += short * value;
            long_gains += long * value;
            parts.push(Sellable { lot: Some(index), value: self.part(value), short, long });
        }
        if account.account.basis_method != BasisMethod::Lots && sum > 0.0 {
            return Ok(whole(short_gains / sum, long_gains / sum));
        }
        parts.retain(|part| part.value > 0.0);
        Ok(parts)
    }

    /// What the gain of a unit of a lot costs outright, and the rows in which it counts.
    fn gains_of(&mut self, index: usize, account: &AccountSituation<'_>, part: &Sellable) -> (f64, Vec<(usize, f64)>) {
        let Some(rates) = account.rates else { return (0.0, Vec::new()) };
        let gain = part.short + part.long;
        let mut rows: Vec<(usize, f64)> = self.budget.map(|row| (row, gain)).into_iter().collect();
        let place = self.situation.returns.of(index);
        let Some((place, of_return)) = place.and_then(|place| Some((place, self.gains.get(place).copied().flatten()?))) else {
            // No return can be made: each gain at the owner's marginal rate.
            let later = self.objective.rules.later_tax * rates.long_term * gain;
            return (part.short * rates.short_term + part.long * rates.long_term - later, rows);
        };
        rows.extend([(of_return.short, part.short), (of_return.long, part.long)].into_iter().filter(|(_, gain)| *gain != 0.0));
        if let Some(reach) = self.reach.get_mut(place) {
            reach.add(part.short * part.value * of_return.scale, part.long * part.value * of_return.scale);
        }
        (-self.objective.later_rates.get(place).copied().unwrap_or(0.0) * gain, rows)
    }
}
