//! Planning within what tax forbids: a plan is made, what it would realize is looked at, and what may not be
//! sold or bought is locked, until nothing more needs to be.

use std::borrow::Cow;

use evenkeel_ledger::identical::IdenticalSet;
use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::number::{Money, NumberError, Rounding};

use crate::boundary::to_f64;

use super::context::Context;
use super::destination::Aim;
use super::list::{LotSale, Side};
use super::locks::{Locks, RecentPurchase};
use super::lots::choose_all;
use super::planner::{Plan, approach};
use super::situation::Situation;

/// Rounds of locking before what is reached is taken. Each locks more lots or instruments; two are usual.
const MAX_ROUNDS: usize = 32;

/// Plans the trades of one household toward an aim within what tax forbids; no aim, no trades.
pub(super) fn plan(context: &Context<'_>, situation: &Situation<'_>, aim: Option<Aim>) -> Result<Plan, NumberError> {
    let mut locked = Cow::Borrowed(situation);
    for _ in 0..MAX_ROUNDS {
        let plan = approach(context, &locked, aim)?.with_lots(context, &locked)?;
        let needed = Locks::needed(context, &locked, &plan)?;
        if needed.is_empty() {
            return Ok(plan);
        }
        let more = locked.with_locks(context, needed);
        if more.locks == locked.locks {
            return Ok(plan);
        }
        locked = Cow::Owned(more);
    }
    approach(context, &locked, aim)?.with_lots(context, &locked)
}

impl Plan {
    /// The plan with the lots of its sales.
    fn with_lots(mut self, context: &Context<'_>, situation: &Situation<'_>) -> Result<Self, NumberError> {
        let accounts = situation.accounts.iter().zip(&self.accounts);
        self.sales = accounts.map(|(account, settled)| choose_all(context, account, settled)).collect::<Result<_, _>>()?;
        self.locks = situation.locks.clone();
        Ok(self)
    }

    /// Sales of lots in accounts of which gains are taxed: the account, the instrument, the place of the lot, the sale.
    pub(super) fn taxable_sales<'p>(
        &'p self,
        situation: &'p Situation<'_>,
    ) -> impl Iterator<Item = (usize, InstrumentId, usize, &'p LotSale)> {
        let taxed = situation.accounts.iter().zip(&self.sales).enumerate().filter(|(_, (account, _))| account.rates.is_some());
        let chosen = taxed.flat_map(|(index, (_, sales))| sales.iter().map(move |chosen| (index, chosen)));
        chosen.flat_map(|(account, chosen)| {
            let lots = chosen.places.iter().zip(&chosen.lots);
            lots.map(move |(place, sale)| (account, chosen.instrument, *place, sale))
        })
    }

    /// What was bought of a set within the window, other than a lot itself, and of which something stays: when and where.
    pub(super) fn held_since_window(
        &self,
        situation: &Situation<'_>,
        recent: &[RecentPurchase],
        set: IdenticalSet,
        (account, instrument, place): (usize, InstrumentId, usize),
    ) -> Option<String> {
        let other = |bought: &&RecentPurchase| (bought.account, bought.instrument, bought.index) != (account, instrument, place);
        let mut held = recent.iter().filter(|bought| bought.set == set).filter(other).filter(|bought| {
            let sold = self.sales.get(bought.account).into_iter().flatten().filter(|chosen| chosen.instrument == bought.instrument);
            let lots = sold.flat_map(|chosen| chosen.places.iter().zip(&chosen.lots)).filter(|(place, _)| **place == bought.index);
            let gone: f64 = lots.map(|(_, sale)| to_f64(sale.quantity.decimal())).sum();
            gone < to_f64(bought.quantity.decimal())
        });
        held.next().map(|bought| format!("bought on {} in {}", bought.bought, situation.account_id(bought.account)))
    }

    /// The sets of which it sells a lot at a loss that counts.
    pub(super) fn losses(&self, context: &Context<'_>, situation: &Situation<'_>) -> Vec<IdenticalSet> {
        let losses = self.taxable_sales(situation).filter(|(.., sale)| sale.gain.is_some_and(Money::is_negative));
        let mut sets: Vec<IdenticalSet> = losses.filter_map(|(_, instrument, ..)| context.identical.of(instrument)).collect();
        sets.sort_unstable();
        sets.dedup();
        sets
    }

    /// The accounts that buy of a set, and the sleeves for which they do.
    pub(super) fn buys_of(&self, context: &Context<'_>, set: IdenticalSet) -> Vec<(usize, usize)> {
        let all = self.accounts.iter().flat_map(|settled| &settled.executions);
        let buys = all.filter(|execution| execution.side == Side::Buy && context.identical.of(execution.order.instrument) == Some(set));
        buys.map(|execution| (execution.order.account, execution.order.sleeve)).collect()
    }

    /// Tax that its sales cause at the owners' marginal rates, losses counted as tax saved.
    ///
    /// # Errors
    /// A number out of range.
    pub(super) fn tax(&self, context: &Context<'_>, situation: &Situation<'_>) -> Result<Money, NumberError> {
        let mut sum = Money::zero(context.currency());
        for tax in self.taxable_sales(situation).filter_map(|(.., sale)| sale.tax) {
            // A currency without a rate has been told of before.
            let converted = context.market.fx.convert(tax, context.currency(), Rounding::HalfEven);
            sum = sum.try_add(converted.unwrap_or(Money::zero(context.currency())))?;
        }
        Ok(sum)
    }
}

/// An amount in the base currency as a float; zero where there is no rate.
pub(super) fn in_base(context: &Context<'_>, money: Money) -> f64 {
    context.market.fx.convert(money, context.currency(), Rounding::HalfEven).map_or(0.0, |money| to_f64(money.amount()))
}
