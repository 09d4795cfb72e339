//! The gain budget: most net gain that the household is to realize in a tax year.

use std::collections::BTreeSet;

use evenkeel_ledger::account::TaxTreatment;
use evenkeel_ledger::household::Household;
use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::number::{Money, NumberError, Quantity, Rounding};

use crate::boundary::{to_decimal, to_f64};
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::{LotChoice, Policy};
use crate::tax::sells_lots;

use super::context::Context;
use super::locks::{AFTER_COSTS, LotLock, LotLockReason};
use super::lots::selling_order;
use super::planner::Plan;
use super::rounding::step;
use super::situation::Situation;
use super::tax_lots::gain_of;
use super::taxed::in_base;

/// One sale of units of a lot at a gain.
struct Gain {
    account: usize,
    instrument: InstrumentId,
    index: usize,
    quantity: Quantity,
    /// In the base currency.
    amount: f64,
    /// Gain of a unit of value.
    rate: f64,
}

/// Locks on the dearest gains, as far as a plan goes beyond the budget.
pub(super) fn exceeded(context: &Context<'_>, situation: &Situation<'_>, plan: &Plan) -> Result<Vec<LotLock>, NumberError> {
    let Some(budget) = situation.gain_budget_left.map(|left| to_f64(left.amount())) else { return Ok(Vec::new()) };
    let (mut gains, mut net) = (Vec::new(), 0.0);
    for (account, instrument, index, sale) in plan.taxable_sales(situation) {
        let gain = sale.gain.map_or(0.0, |gain| in_base(context, gain));
        let basis = sale.cost_basis.map_or(0.0, |basis| in_base(context, basis));
        net += gain;
        // What is banned goes, whatever it is taxed.
        let position = situation.accounts.get(account).and_then(|account| account.position(instrument));
        if gain > 0.0 && position.is_some_and(|position| !position.banned) {
            gains.push(Gain { account, instrument, index, quantity: sale.quantity, amount: gain, rate: gain / (gain + basis) });
        }
    }
    if net <= budget + 0.5 * context.cent {
        return Ok(Vec::new());
    }
    gains.sort_by(|a, b| b.rate.total_cmp(&a.rate).then((a.account, a.instrument, a.index).cmp(&(b.account, b.instrument, b.index))));
    let mut over = net - budget;
    let mut locks = Vec::new();
    for sale in gains {
        if over <= 0.0 {
            break;
        }
        let position = situation.accounts.get(sale.account).and_then(|account| account.position(sale.instrument));
        let Some(lot) = position.and_then(|position| position.lots.get(sale.index)) else { continue };
        let share = (over / sale.amount).min(1.0);
        let step = step(context, sale.instrument);
        let kept = to_decimal(share * to_f64(sale.quantity.decimal()), Rounding::Ceiling)?;
        let kept = kept.round_to_multiple(step, Rounding::Ceiling)?;
        let sold = Quantity::new(sale.quantity.decimal().try_sub(kept)?).max(Quantity::ZERO);
        over -= sale.amount * (1.0 - to_f64(sold.decimal()) / to_f64(sale.quantity.decimal()));
        let quantity = lot.quantity.try_sub(sold)?;
        locks.push(LotLock {
            account: sale.account,
            instrument: sale.instrument,
            index: sale.index,
            quantity,
            why: LotLockReason::GainBudget,
        });
        locks.extend(dearer(context, situation, sale.rate));
    }
    let behind = behind(context, situation, &locks)?;
    locks.extend(behind);
    Ok(locks)
}

/// Locks on the lots that come after locked ones in the order in which the policy sells: what is kept is not passed over.
fn behind(context: &Context<'_>, situation: &Situation<'_>, locks: &[LotLock]) -> Result<Vec<LotLock>, NumberError> {
    let mut behind = Vec::new();
    let locked: BTreeSet<_> = locks.iter().map(|lock| (lock.account, lock.instrument, lock.index)).collect();
    if context.policy.rebalance.lot_method == LotChoice::MinTax {
        return Ok(behind);
    }
    for (account, of) in situation.accounts.iter().enumerate() {
        for position in &of.positions {
            let is_locked = |index: usize| locked.contains(&(account, position.instrument, index));
            let order = selling_order(context, of, position)?;
            let Some(first) = order.iter().position(|(index, _)| is_locked(*index)) else { continue };
            for (index, _) in order.into_iter().skip(first + 1).filter(|(index, _)| !is_locked(*index)) {
                let Some(lot) = position.lots.get(index) else { continue };
                let why = LotLockReason::AfterGainBudget;
                behind.push(LotLock { account, instrument: position.instrument, index, quantity: lot.quantity, why });
            }
        }
    }
    Ok(behind)
}

/// Locks on all lots with a higher gain a unit of value: what is not sold of one is not to be made up by them.
fn dearer<'s>(context: &'s Context<'_>, situation: &'s Situation<'_>, rate: f64) -> impl Iterator<Item = LotLock> + 's {
    let taxable = situation.accounts.iter().enumerate().filter(|(_, account)| account.account.tax_treatment == TaxTreatment::Taxable);
    let positions = taxable.flat_map(|(index, account)| account.positions.iter().map(move |position| (index, position)));
    positions.flat_map(move |(account, position)| {
        let unit = context.unit(position.instrument).value.unwrap_or(0.0);
        let lots = position.lots.iter().enumerate().filter(|(_, lot)| lot.quantity.is_positive());
        let dear = lots.filter(move |(_, lot)| gain_of(context, lot, to_f64(lot.quantity.decimal()) * unit) > rate + AFTER_COSTS);
        dear.map(move |(index, lot)| LotLock {
            account,
            instrument: position.instrument,
            index,
            quantity: lot.quantity,
            why: LotLockReason::GainBudget,
        })
    })
}

/// That a gain budget cannot be kept, where sales of an owner's taxable accounts are of pools.
pub fn unkept_budget(policy: &Policy, household: &Household) -> Option<Diagnostic> {
    policy.tax.gain_budget?;
    let taxable = household.accounts.iter().filter(|account| account.tax_treatment == TaxTreatment::Taxable);
    let mut owners = taxable.filter_map(|account| household.owner(&account.owner));
    let pooled = owners.find(|owner| !sells_lots(owner))?;
    let message = format!("`gain_budget` cannot be kept for `{}`: gains are those of pools over all taxable accounts", pooled.id);
    Some(Diagnostic::error(Code::TAX_RULES, message).help("take `gain_budget` out of `[tax]`"))
}

/// What is left of the gain budget, after the gains of the year so far; `None` without a budget.
pub(super) fn left(context: &Context<'_>, household: &Household) -> Result<Option<Money>, NumberError> {
    let Some(budget) = context.policy.tax.gain_budget else { return Ok(None) };
    let mut left = budget;
    for owner in &household.owners {
        let net = owner.year_to_date.short_term.try_add(owner.year_to_date.long_term)?;
        let net = context.market.fx.convert(net, context.currency(), Rounding::HalfEven).unwrap_or(net);
        if net.currency() == left.currency() {
            left = left.try_sub(net)?;
        }
    }
    Ok(Some(if left.is_negative() { Money::zero(left.currency()) } else { left }))
}
