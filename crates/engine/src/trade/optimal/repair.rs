//! What rounding left: a few lots more or less where they cure a limit, a band or cash that whole lots miss, or cost less.
//!
//! Steps of one trade, and of a sale with a purchase, are weighed by [`Nearby`]; the best are made, settled and measured by the
//! full rules, and one that lowers the objective is kept, until none does (a local search: E. Aarts and J. Lenstra, *Local Search
//! in Combinatorial Optimization*, 1997, ch. 1).

use std::collections::{BTreeMap, BTreeSet};

use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::number::{NumberError, Quantity, Rounding};

use crate::boundary::{to_decimal, to_f64};
use crate::trade::destination::Room;
use crate::trade::list::Side;
use crate::trade::lots::choose_all;
use crate::trade::orders::Order;
use crate::trade::planner::{Plan, after};
use crate::trade::rounding::step as lot_step;
use crate::trade::settle::{Bound, price, sellable, total, without_needless};
use crate::trade::tax_lots::gain_of;

use super::edit::Given;
use super::followed::Followed;
use super::model::Leg;
use super::nearby::{Nearby, Step};
use super::round::{Best, Rounder};
use super::{WIDE, WORK};

/// A plan that is within so much of a bound, as a fraction of value, is good enough: to look at it lot by lot takes longer than
/// to find it.
const CLOSE: f64 = 2e-5;

/// Steps of each side that are paired.
const PAIRED: usize = 24;

/// Plans made at most.
const TRIES: f64 = 96.0;

/// Part of the work of a decision that making them may take.
const SHARE_OF_WORK: f64 = 0.2;

/// What is worth a step, a fraction of value: a thousandth of a basis point.
const WORTH: f64 = 1e-7;

/// A fraction of value for which what is preferred is not given up: a hundredth of a basis point.
const INDIFFERENT: f64 = 1e-6;

/// What may be traded of an instrument in an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Open {
    account: usize,
    instrument: InstrumentId,
    sleeve: usize,
    may_buy: bool,
    may_sell: bool,
}

/// Trades by account, instrument and signed units.
type Change = Vec<(usize, InstrumentId, Quantity)>;

impl Rounder<'_, '_> {
    /// Betters the best plan unless it is as good as a bound, and those that came near it while it stays far from that, a few lots at a
    /// time.
    ///
    /// # Errors
    /// An amount out of range.
    pub(super) fn repair(&mut self, bound: f64) -> Result<(), NumberError> {
        if self.least().is_some_and(|least| least - bound <= CLOSE) {
            return Ok(());
        }
        let open = self.open();
        for plan in std::mem::take(&mut self.nearest) {
            if self.least().is_some_and(|least| least - bound <= WIDE) && self.best.as_ref().is_some_and(|best| best.is_repaired) {
                break;
            }
            let repaired = self.repaired(plan, &open)?;
            if self.best.as_ref().is_none_or(|best| !best.is_repaired || repaired.terms.total < best.terms.total) {
                self.best = Some(repaired);
            }
        }
        Ok(())
    }

    fn repaired(&self, mut best: Best, open: &[Open]) -> Result<Best, NumberError> {
        let tries = (SHARE_OF_WORK * WORK / self.work.max(1.0)).min(TRIES);
        let mut refused: BTreeSet<Change> = BTreeSet::new();
        let mut tried = 0.0;
        best.is_repaired = true;
        loop {
            let mut better = None;
            for change in self.changes(&best.plan, open)? {
                if refused.contains(&change) {
                    continue;
                }
                if tried >= tries {
                    return Ok(best);
                }
                tried += 1.0;
                better = self.changed(&best, &change)?;
                if better.is_some() {
                    break;
                }
                refused.insert(change);
            }
            match better {
                Some(better) => best = better,
                None => return Ok(best),
            }
        }
    }

    /// Buys what is preferred where a substitute is no better: by a hundredth of a basis point.
    ///
    /// # Errors
    /// An amount out of range.
    pub(super) fn prefer(&mut self) -> Result<(), NumberError> {
        for leg in &self.model.legs {
            let Some(preferred) = leg.instead_of else { continue };
            let Some(best) = self.best.clone() else { return Ok(()) };
            let Leg { account, instrument, sleeve, .. } = *leg;
            let of = |instrument| Open { account, instrument, sleeve, may_buy: true, may_sell: true };
            let bought = traded(&best.plan, &of(instrument));
            let unit = |id: InstrumentId| self.context.unit(id).value.unwrap_or(0.0);
            let is_given = self.objective.weighing.edits.iter().any(|edit| edit.of(account, preferred, Side::Buy) != Given::Open);
            if !bought.is_positive() || unit(preferred) <= 0.0 || is_given {
                continue;
            }
            let units = to_decimal(to_f64(bought.decimal()) * unit(instrument) / unit(preferred), Rounding::HalfEven)?;
            let before = traded(&best.plan, &of(preferred));
            for rounding in [Rounding::HalfEven, Rounding::Floor] {
                let more = Quantity::new(units.round_to_multiple(lot_step(self.context, preferred), rounding)?);
                let change = vec![(account, instrument, Quantity::ZERO), (account, preferred, before.try_add(more)?)];
                let Some(instead) = self.made(&best, &change)? else { continue };
                if instead.terms.total <= (best.terms.total + 1e4 * INDIFFERENT).min(self.known) {
                    self.best = Some(instead);
                    break;
                }
            }
        }
        Ok(())
    }

    /// What may be traded, as far as edits leave it open.
    fn open(&self) -> Vec<Open> {
        let edits = self.objective.weighing.edits;
        let mut open: BTreeMap<(usize, InstrumentId), Open> = BTreeMap::new();
        for leg in &self.model.legs {
            let (account, instrument) = (leg.account, leg.instrument);
            let is_given = edits.iter().any(|edit| edit.of(account, instrument, leg.side) != Given::Open);
            if leg.forced || is_given {
                continue;
            }
            let none = Open { account, instrument, sleeve: leg.sleeve, may_buy: false, may_sell: false };
            let of = open.entry((account, instrument)).or_insert(none);
            match leg.side {
                // A substitute is bought where the search finds that it must be.
                Side::Buy => of.may_buy |= leg.instead_of.is_none(),
                Side::Sell => of.may_sell = true,
            }
        }
        open.into_values().collect()
    }

    /// What would lower the objective, the most first.
    fn changes(&self, plan: &Plan, open: &[Open]) -> Result<Vec<Change>, NumberError> {
        let nearby = Nearby::new(self.context, self.situation, self.objective, plan)?;
        let mut steps: Vec<(f64, Open, Step)> = Vec::new();
        let mut ranked: Vec<(f64, Change)> = Vec::new();
        let named = |step: &Step| (step.account, step.instrument, step.quantity);
        for open in open {
            for step in self.steps(&nearby, plan, open)? {
                ranked.push((nearby.change(&[&step], true), vec![named(&step)]));
                steps.push((nearby.change(&[&step], false), *open, step));
            }
        }
        steps.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let side = |sign: f64| steps.iter().filter(move |(.., step)| step.value * sign > 0.0).take(PAIRED);
        for (_, _, buy) in side(1.0) {
            for (_, open, sell) in side(-1.0).filter(|(_, open, _)| (open.account, open.instrument) != (buy.account, buy.instrument)) {
                // Of the sale as much as was thought of, or what pays for the purchase.
                let pays = self.moved(&nearby, plan, open, -(buy.value + buy.costs))?;
                for sell in [Some(*sell), pays].into_iter().flatten() {
                    ranked.push((nearby.change(&[&sell, buy], true), vec![named(&sell), named(buy)]));
                }
            }
        }
        ranked.retain(|(change, _)| *change < -WORTH);
        ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
        Ok(ranked.into_iter().map(|(_, change)| change).collect())
    }

    /// A lot more, a lot less, as many as cure what is missed, and no trade at all.
    fn steps(&self, nearby: &Nearby<'_, '_>, plan: &Plan, open: &Open) -> Result<Vec<Step>, NumberError> {
        let lot = self.context.unit(open.instrument).lot / self.objective.value;
        let mut steps: Vec<Step> = Vec::new();
        for sign in [1.0, -1.0] {
            for value in nearby.missed(open.account, open.instrument, sign).into_iter().chain([lot]).filter(|value| *value > 0.0) {
                steps.extend(self.moved(nearby, plan, open, sign * value)?);
            }
        }
        steps.extend(self.step(nearby, plan, open, Quantity::ZERO)?);
        steps.sort_by_key(|step| step.quantity);
        steps.dedup_by_key(|step| step.quantity);
        Ok(steps)
    }

    /// Buys (above zero) or sells so much more, a fraction of household value, in whole lots.
    fn moved(&self, nearby: &Nearby<'_, '_>, plan: &Plan, open: &Open, value: f64) -> Result<Option<Step>, NumberError> {
        let unit = self.context.unit(open.instrument).value.unwrap_or(0.0);
        if unit <= 0.0 || value == 0.0 {
            return Ok(None);
        }
        let units = to_decimal((value * self.objective.value / unit).abs(), Rounding::Ceiling)?;
        let units = Quantity::new(units.round_to_multiple(lot_step(self.context, open.instrument), Rounding::Ceiling)?);
        let quantity = traded(plan, open).try_add(if value > 0.0 { units } else { units.neg() })?;
        self.step(nearby, plan, open, quantity)
    }

    /// A trade of so many units, above zero bought, as far as lots and the least trade allow it.
    fn step(&self, nearby: &Nearby<'_, '_>, plan: &Plan, open: &Open, quantity: Quantity) -> Result<Option<Step>, NumberError> {
        let Open { account, instrument, .. } = *open;
        let (Some(of), Some(unit)) = (self.situation.accounts.get(account), self.context.unit(instrument).value) else { return Ok(None) };
        let before = traded(plan, open);
        let most = sellable(self.context, of, instrument)?.max(Quantity::ZERO);
        let lots = |units: Quantity, rounding| -> Result<Quantity, NumberError> {
            Ok(Quantity::new(units.decimal().round_to_multiple(lot_step(self.context, instrument), rounding)?))
        };
        let value = |units: Quantity| to_f64(units.abs().decimal()) * unit;
        let least = to_f64(self.context.policy.rebalance.min_trade.amount());
        let mut units = quantity.abs();
        if least > 0.0 && value(units) <= least + self.context.cent {
            let is_less = units <= before.abs();
            units = if is_less {
                Quantity::ZERO
            } else {
                lots(Quantity::new(to_decimal((least + 2.0 * self.context.cent) / unit, Rounding::Ceiling)?), Rounding::Ceiling)?
            };
        }
        // Only all that is held may leave part of a lot, and less than a cent is not left.
        let is_all = quantity.is_negative() && (units >= most || value(most.try_sub(units)?) < self.context.cent);
        units = if is_all { most } else { lots(units, Rounding::Floor)? };
        let quantity = if quantity.is_negative() { units.neg() } else { units };
        let may = quantity.is_zero() || if quantity.is_negative() { open.may_sell } else { open.may_buy };
        if !may || quantity == before {
            return Ok(None);
        }
        let signed = |units: Quantity| to_f64(units.decimal()) * unit / self.objective.value;
        let costs = |units: Quantity| {
            if units.is_zero() { 0.0 } else { self.context.costs.estimate(instrument, value(units)) / self.objective.value }
        };
        let sold = |units: Quantity| (-signed(units)).max(0.0);
        let more = sold(quantity) - sold(before);
        let tax = if more == 0.0 { 0.0 } else { more * self.tax_rate(nearby, plan, open, more > 0.0)? };
        let value = signed(quantity) - signed(before);
        Ok(Some(Step { account, instrument, quantity, value, costs: costs(quantity) - costs(before), tax }))
    }

    /// Tax of a unit of value more sold, of the lot of which that is least, or of a unit less of the lot of which it is most.
    fn tax_rate(&self, nearby: &Nearby<'_, '_>, plan: &Plan, open: &Open, more: bool) -> Result<f64, NumberError> {
        let Some(of) = self.situation.accounts.get(open.account) else { return Ok(0.0) };
        let (Some(own), Some(position)) = (of.rates, of.position(open.instrument)) else { return Ok(0.0) };
        let unit = self.context.unit(open.instrument).value.unwrap_or(0.0);
        let later = self.objective.rules.later_tax * own.long_term;
        let [short_term, long_term] = self
            .situation
            .returns
            .of(open.account)
            .and_then(|place| nearby.rates(place))
            .unwrap_or([own.short_term - later, own.long_term - later]);
        let sale = plan.sales.get(open.account).into_iter().flatten().find(|sale| sale.instrument == open.instrument);
        let picks = sale.into_iter().flat_map(|sale| sale.places.iter().zip(&sale.lots));
        let sold: BTreeMap<usize, Quantity> = picks.map(|(place, lot)| (*place, lot.quantity)).collect();
        let mut rate: Option<f64> = None;
        for (index, lot) in position.lots.iter().enumerate() {
            let sold = sold.get(&index).copied();
            let counts = if more { position.free(index)? > sold.unwrap_or(Quantity::ZERO) } else { sold.is_some() };
            if !counts {
                continue;
            }
            let gain = gain_of(self.context, lot, to_f64(lot.quantity.decimal()) * unit);
            let tax = gain * if self.context.is_long_term(lot) { long_term } else { short_term };
            let known = rate.unwrap_or(tax);
            rate = Some(if more { known.min(tax) } else { known.max(tax) });
        }
        Ok(rate.unwrap_or(0.0))
    }

    /// The best plan after a change, if that may be made and is better.
    fn changed(&self, best: &Best, change: &Change) -> Result<Option<Best>, NumberError> {
        Ok(self.made(best, change)?.filter(|changed| changed.terms.total < best.terms.total - 1e4 * WORTH))
    }

    /// The best plan after a change, if that may be made.
    fn made(&self, best: &Best, change: &Change) -> Result<Option<Best>, NumberError> {
        let Some(plan) = self.with(best, change)? else { return Ok(None) };
        let breach = |index: &Followed<'_>, plan: &Plan| index.breach(self.situation, plan, self.objective.value);
        let strays = |index: &Followed<'_>| breach(index, &plan) > breach(index, &best.plan);
        if !self.missed(&plan).is_empty() || !self.is_allowed(&plan)? || self.objective.followed.iter().any(strays) {
            return Ok(None);
        }
        let terms = self.objective.measure(self.context, self.situation, &plan)?;
        Ok(Some(Best { plan, terms, pieces: best.pieces.clone(), is_repaired: best.is_repaired }))
    }

    /// The plan after a change; `None` where that is no trade that would be made, or takes cash that must stay.
    fn with(&self, best: &Best, change: &Change) -> Result<Option<Plan>, NumberError> {
        let (context, situation) = (self.context, self.situation);
        let mut plan = best.plan.clone();
        let accounts: BTreeSet<usize> = change.iter().map(|(account, ..)| *account).collect();
        for index in accounts {
            let (Some(of), Some(settled), Some(sales)) =
                (situation.accounts.get(index), plan.accounts.get_mut(index), plan.sales.get_mut(index))
            else {
                return Ok(None);
            };
            let mut executions = settled.executions.clone();
            for (_, instrument, quantity) in change.iter().filter(|(account, ..)| *account == index) {
                executions.retain(|execution| execution.order.instrument != *instrument);
                if quantity.is_zero() {
                    continue;
                }
                let value = context.worth(*instrument, *quantity);
                let sleeve = self.model.legs_of(index, *instrument).next().map_or(0, |leg| leg.sleeve);
                let held = of.position(*instrument).map_or(0.0, |position| position.value);
                let order = Order { account: index, instrument: *instrument, sleeve, value, held, room: Room::ANY };
                let execution = price(context, order, quantity.abs(), Bound::default())?;
                let least = context.policy.rebalance.min_trade;
                let is_small = !least.is_zero() && execution.gross.try_cmp(least)?.is_le();
                if is_small || !execution.gross.is_positive() || execution.is_not_worth_it()? {
                    return Ok(None);
                }
                executions.push(execution);
            }
            let mut executions = without_needless(context, of, executions)?;
            executions.sort_by_key(|execution| (execution.side, execution.order.instrument));
            let changed = total(context, of, executions)?;
            let is_short = changed.cash_after.try_cmp(of.cash_minimum)?.is_lt();
            if is_short && (changed.buys.is_positive() || changed.cash_after.try_cmp(settled.cash_after)?.is_lt()) {
                return Ok(None);
            }
            *sales = match &best.pieces {
                Some(pieces) => self.choose(of, &changed, pieces)?,
                None => choose_all(context, of, &changed)?,
            };
            if let Some(aimed) = plan.cash_targets.get_mut(index) {
                *aimed = to_f64(changed.cash_after.amount());
            }
            *settled = changed;
        }
        plan.after = after(context, situation, &plan.accounts)?;
        plan.forget_dropped_that_trade();
        Ok(Some(plan))
    }
}

/// Signed units that a plan trades of an instrument in an account.
fn traded(plan: &Plan, open: &Open) -> Quantity {
    let executions = plan.accounts.get(open.account).map_or(&[][..], |settled| &settled.executions);
    let own = executions.iter().find(|execution| execution.order.instrument == open.instrument);
    own.map_or(Quantity::ZERO, crate::trade::settle::Execution::signed_quantity)
}
