//! [`Moving`]: what it costs to come from what is held to a location: tax after netting, and trading.

use evenkeel_ledger::household::GainsByTerm;
use evenkeel_ledger::identical::IdenticalSet;
use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::number::{Money, NumberError, Rounding};

use crate::boundary::{to_f64, to_money};
use crate::trade::context::Context;
use crate::trade::locks::knows_washes;
use crate::trade::situation::{AccountSituation, Situation};
use crate::trade::tax_lots::{TaxLot, gain_of};

/// What coming to a location takes, in the base currency.
#[derive(Debug, Clone, Default)]
pub(super) struct Moved {
    /// Gains that are realized where they are taxed, short-term and long-term.
    pub(super) short_term: f64,
    pub(super) long_term: f64,
    /// Losses that would not count, as another account buys what is sold.
    pub(super) washed: f64,
    /// Losses that count, as another account buys what is not identical in place of what it would buy.
    pub(super) spared: f64,
    /// Tax of the year with these gains; `None` where a return cannot be made.
    pub(super) tax: Option<Money>,
    pub(super) costs: f64,
}

/// One household, of which locations are asked for.
pub(super) struct Moving<'c> {
    context: &'c Context<'c>,
    situation: &'c Situation<'c>,
    knows_washes: bool,
}

impl<'c> Moving<'c> {
    pub(super) fn new(context: &'c Context<'_>, situation: &'c Situation<'_>) -> Self {
        Self { context, situation, knows_washes: knows_washes(situation.household) }
    }

    /// What coming to a location takes: amounts by account and sleeve. Of a class in a taxable account the lots are sold that
    /// are taxed least.
    pub(super) fn to(&self, amounts: &[f64]) -> Result<Moved, NumberError> {
        let (sleeves, cash) = (self.context.sleeves.len(), self.context.sleeves.cash.0);
        let bought = self.bought(amounts);
        let mut moved = Moved::default();
        let mut gains = self.situation.returns.none();
        for (index, (account, amounts)) in self.situation.accounts.iter().zip(amounts.chunks(sleeves)).enumerate() {
            let (short, long) = (moved.short_term, moved.long_term);
            for (sleeve, (amount, held)) in amounts.iter().zip(&account.values).enumerate().filter(|(sleeve, _)| *sleeve != cash) {
                let change = amount - held;
                if change > self.context.cent {
                    let buy = account.buys.get(sleeve).copied().flatten();
                    moved.costs += buy.map_or(0.0, |buy| self.context.costs.estimate(buy, change));
                } else if change < -self.context.cent {
                    self.sell(account, sleeve, -change, &bought, &mut moved);
                }
            }
            let money = |gain: f64| to_money(gain, self.context.currency());
            let more = GainsByTerm { short_term: money(moved.short_term - short)?, long_term: money(moved.long_term - long)? };
            self.situation.returns.add(self.context, index, &mut gains, more)?;
        }
        moved.tax = self.tax(&gains)?;
        Ok(moved)
    }

    /// Sets of identical instruments of which something is bought, where that washes losses, with whether something else
    /// can be bought.
    fn bought(&self, amounts: &[f64]) -> Vec<(IdenticalSet, bool)> {
        let (context, sleeves) = (self.context, self.context.sleeves.len());
        let mut sets = Vec::new();
        let accounts = self.situation.accounts.iter().zip(amounts.chunks(sleeves)).enumerate();
        for (index, (account, amounts)) in accounts.filter(|_| self.knows_washes) {
            let changes = amounts.iter().zip(&account.values).map(|(amount, held)| amount - held);
            for (sleeve, (_, buy)) in changes.zip(&account.buys).enumerate().filter(|(_, (change, _))| *change > context.cent) {
                let set = buy.and_then(|buy| context.identical.of(buy));
                sets.extend(set.map(|set| (set, self.situation.substitute(context, index, sleeve, set).is_some())));
            }
        }
        sets
    }

    fn sell(&self, account: &AccountSituation<'_>, sleeve: usize, value: f64, bought: &[(IdenticalSet, bool)], moved: &mut Moved) {
        let mut left = value;
        let mut sold: Vec<(InstrumentId, f64)> = Vec::new();
        if account.rates.is_some() {
            for lot in account.tax_lots.in_sleeve(sleeve) {
                let part = left.min(lot.value);
                left -= part;
                sold.push((lot.instrument, part));
                let set = self.context.identical.of(lot.instrument);
                let buyers = || bought.iter().filter(|(same, _)| Some(*same) == set);
                let (short, long) = self.gain(account, lot);
                for (gain, sum) in [(short * part, &mut moved.short_term), (long * part, &mut moved.long_term)] {
                    if gain < 0.0 && buyers().any(|(_, has_substitute)| !has_substitute) {
                        moved.washed -= gain;
                        continue;
                    }
                    moved.spared += if buyers().next().is_some() { (-gain).max(0.0) } else { 0.0 };
                    *sum += gain;
                }
            }
        } else {
            for position in account.positions_in(sleeve).iter().filter(|position| position.may_sell) {
                let part = left.min(position.sellable().max(0.0));
                left -= part;
                sold.push((position.instrument, part));
            }
        }
        sold.sort_unstable_by_key(|(instrument, _)| *instrument);
        for same in sold.chunk_by(|a, b| a.0 == b.0) {
            let value = same.iter().map(|(_, value)| value).sum();
            moved.costs += same.first().map_or(0.0, |(instrument, _)| self.context.costs.estimate(*instrument, value));
        }
    }

    /// Gain of a unit of value of what is sold, short-term and long-term.
    fn gain(&self, account: &AccountSituation<'_>, sold: &TaxLot) -> (f64, f64) {
        let lots = account.position(sold.instrument).map_or(&[][..], |position| position.lots);
        if let Some(lot) = sold.index.and_then(|index| lots.get(index)) {
            return if self.context.is_long_term(lot) { (0.0, sold.gain) } else { (sold.gain, 0.0) };
        }
        // Sold by another order than that of tax: as if all lots were alike.
        let unit = self.context.unit(sold.instrument).value.unwrap_or(0.0);
        let (mut short, mut long, mut sum) = (0.0, 0.0, 0.0);
        for lot in lots.iter().filter(|lot| lot.quantity.is_positive()) {
            let value = to_f64(lot.quantity.decimal()) * unit;
            *(if self.context.is_long_term(lot) { &mut long } else { &mut short }) += gain_of(self.context, lot, value) * value;
            sum += value;
        }
        if sum > 0.0 { (short / sum, long / sum) } else { (0.0, 0.0) }
    }

    /// Tax of the year with gains by return.
    fn tax(&self, gains: &[GainsByTerm]) -> Result<Option<Money>, NumberError> {
        let (returns, base) = (&self.situation.returns, self.context.currency());
        let mut sum = Money::zero(base);
        if !returns.problems.is_empty() {
            return Ok(None);
        }
        for (year, gains) in returns.years.iter().zip(gains) {
            let tax = year.tax(gains.short_term, gains.long_term).ok();
            let Some(tax) = tax.and_then(|tax| self.context.market.fx.convert(tax, base, Rounding::HalfEven).ok()) else { return Ok(None) };
            sum = sum.try_add(tax)?;
        }
        Ok(Some(sum))
    }
}
