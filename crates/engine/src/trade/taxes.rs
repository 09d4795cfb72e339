//! What the trades of a proposal do to taxes, written down.

use evenkeel_ledger::book::RealizedGain;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::{Money, NumberError, Rate, Rounding};
use serde::Serialize;

use crate::boundary::{to_f64, to_money};
use crate::tax::records::WashSale;
use crate::tax::{MarginalRates, YearTax};

use super::context::Context;
use super::list::NotTraded;
use super::locks::{BuyLock, LotLock, LotLockReason, WINDOW, knows_washes, recent_purchases};
use super::planner::Plan;
use super::situation::Situation;
use super::taxed::in_base;
use super::washed::disposals;

/// What trades do to taxes.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Taxes {
    /// The returns that taxable accounts are on.
    pub returns: Vec<TaxReturn>,
    /// Gains against the budget, where the policy has one.
    pub gain_budget: Option<GainBudget>,
    /// Wash sales: none within the accounts and dates given, or which.
    pub wash_sales: WashCheck,
    /// What may not be bought, and until when, or a sale at a loss becomes a wash sale.
    pub buy_locks: Vec<LockedBuy>,
    /// Lots that are not sold for tax; they stand in `not_traded` too.
    pub kept: Vec<NotTraded>,
    /// What is left out, and why.
    pub notes: Vec<String>,
}

/// One tax return, and what the trades add to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TaxReturn {
    /// Whose it is.
    pub owners: Vec<String>,
    /// Where it is filed.
    pub jurisdiction: String,
    /// Short-term gains that the trades realize.
    pub short_term: Money,
    /// Long-term gains that they realize.
    pub long_term: Money,
    /// Gains of the year so far and losses carried in, both kinds together.
    pub before: Money,
    /// Marginal rate of a short-term gain, the state's included.
    pub short_term_rate: Rate,
    /// Marginal rate of a long-term gain.
    pub long_term_rate: Rate,
    /// Tax at these rates, losses counted as tax saved.
    pub at_marginal_rates: Money,
    /// What the trades add to the tax of the year after netting.
    pub after_netting: Money,
    /// The same kind by kind.
    pub by_kind: Vec<(String, Money)>,
}

/// Gains of the year against the budget, in the base currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GainBudget {
    /// What the policy allows in a tax year.
    pub budget: Money,
    /// What was left of it before the trades.
    pub left_before: Money,
    /// Net gain that the trades realize.
    pub realized: Money,
}

/// Wash sales of the trades.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WashCheck {
    /// What was found, in a sentence that says what was looked at.
    pub statement: String,
    /// The lots sold at a loss that is washed, and by what.
    pub washed: Vec<Washed>,
}

/// A lot whose loss is washed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Washed {
    /// The account that sells.
    pub account: String,
    /// What it sells.
    pub symbol: String,
    /// The lot.
    pub lot: String,
    /// The loss that is not allowed, below zero.
    pub loss: Money,
    /// What replaces it: who buys or bought what, and when.
    pub replacement: String,
}

/// Something that may not be bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LockedBuy {
    /// The instruments, all of which count as identical.
    pub symbols: Vec<String>,
    /// When one of them was, or is, sold at a loss.
    pub sold: Date,
    /// The last day on which none may be bought, in any account of the household, dividends reinvested included.
    pub until: Date,
}

/// A loss, or part of it, that is not allowed.
fn described(context: &Context<'_>, situation: &Situation<'_>, gain: &RealizedGain, wash: &WashSale) -> Option<Washed> {
    let replaced = &wash.replacement;
    let (units, symbol) = (wash.quantity, context.universe.symbol(replaced.instrument));
    let fate = if wash.permanent { ", where it is lost for good" } else { "" };
    Some(Washed {
        account: situation.account_id(gain.account.index()).to_owned(),
        symbol: context.universe.symbol(gain.instrument).to_owned(),
        lot: gain.lot.to_string(),
        loss: wash.loss.neg().to_cents(Rounding::HalfEven).ok()?,
        replacement: format!(
            "{units} {symbol} bought on {} in {}{fate}",
            replaced.acquired,
            situation.account_id(replaced.account.index())
        ),
    })
}

/// Losses that a purchase of the plan, or one of the 30 days before of which something stays, may wash.
fn suspected(context: &Context<'_>, situation: &Situation<'_>, plan: &Plan) -> Vec<Washed> {
    let mut washed = Vec::new();
    let mut recent = None;
    for (account, instrument, place, sale) in plan.taxable_sales(situation) {
        let Some(loss) = sale.gain.filter(|gain| gain.is_negative()) else { continue };
        let Some(set) = context.identical.of(instrument) else { continue };
        let bought = plan.buys_of(context, set).into_iter();
        let mut bought = bought.map(|(buyer, _)| format!("bought on {} in {}", context.as_of, situation.account_id(buyer)));
        let recent = recent.get_or_insert_with(|| recent_purchases(context, &situation.accounts));
        let before = || plan.held_since_window(situation, recent, set, (account, instrument, place));
        if let Some(replacement) = bought.next().or_else(before) {
            washed.push(Washed {
                account: situation.account_id(account).to_owned(),
                symbol: context.universe.symbol(instrument).to_owned(),
                lot: sale.lot.to_string(),
                loss,
                replacement,
            });
        }
    }
    washed
}

/// Writes down what a plan does to taxes.
///
/// # Errors
/// An amount out of range.
pub(super) fn write_down(context: &Context<'_>, situation: &Situation<'_>, plan: &Plan) -> Result<Taxes, NumberError> {
    if situation.accounts.iter().all(|account| account.rates.is_none()) {
        return Ok(Taxes { notes: situation.returns.problems.clone(), ..Taxes::default() });
    }
    let mut returns = Vec::new();
    for (year, gains) in situation.returns.years.iter().zip(plan.gains_by_return(context, situation)?) {
        returns.extend(tax_return(situation, year, gains.short_term, gains.long_term));
    }
    let gain_budget = match (context.policy.tax.gain_budget, situation.gain_budget_left) {
        (Some(budget), Some(left_before)) => {
            let gains = plan.taxable_sales(situation).filter_map(|(.., sale)| sale.gain);
            let realized = gains.map(|gain| in_base(context, gain)).sum();
            let realized = to_money(realized, context.currency())?.to_cents(Rounding::HalfEven)?;
            Some(GainBudget { budget, left_before, realized })
        }
        _ => None,
    };
    let mut buy_locks: Vec<BuyLock> = plan.locks.buys.iter().copied().filter(|lock| lock.sold != context.as_of).collect();
    if knows_washes(situation.household) {
        buy_locks.extend(plan.losses(context, situation).into_iter().map(|set| BuyLock { set, sold: context.as_of }));
    }
    buy_locks.sort_by_key(|lock| (lock.set, lock.sold));
    buy_locks.dedup();
    let symbol = |id: &evenkeel_ledger::instrument::InstrumentId| context.universe.symbol(*id).to_owned();
    let locked = |lock: &BuyLock| LockedBuy {
        symbols: context.identical.members(lock.set).iter().map(symbol).collect(),
        sold: lock.sold,
        until: lock.until(),
    };
    let mut notes: Vec<String> = situation.returns.problems.clone();
    let unknown = plan.taxable_sales(situation).filter(|(.., sale)| sale.gain.is_none()).count();
    if unknown > 0 {
        notes.push(format!("the gain of {unknown} lots in taxable accounts is not known, and is in no total"));
    }
    Ok(Taxes {
        returns,
        gain_budget,
        wash_sales: if knows_washes(situation.household) { wash_check(context, situation, plan) } else { WashCheck::default() },
        buy_locks: buy_locks.iter().map(locked).collect(),
        kept: kept_lots(context, situation, plan)?,
        notes,
    })
}

fn tax_return(situation: &Situation<'_>, year: &YearTax<'_>, short_term: Money, long_term: Money) -> Option<TaxReturn> {
    let filing = year.filing();
    let none = Money::zero(short_term.currency());
    let rates = MarginalRates::new(situation.household, filing.owner, year.year()).ok()?;
    let (with, without) = (year.assess(short_term, long_term).ok()?, year.assess(none, none).ok()?);
    let added = with.with_gains.liability.less(&without.with_gains.liability).ok()?;
    let cents = |amount: Money| amount.to_cents(Rounding::HalfEven).ok();
    let (to_date, carried) = (filing.year_to_date().ok()?, filing.carried().ok()?);
    let before = Money::sum(none.currency(), [to_date.short_term, to_date.long_term, carried.short_term, carried.long_term]).ok()?;
    let at = |gain: Money, rate: Rate| gain.times(rate, Rounding::HalfEven).ok();
    let kinds = filing.jurisdiction().ok()?.kinds();
    let by_kind = kinds.iter().zip(added.kinds).filter(|(_, amount)| !amount.is_zero());
    Some(TaxReturn {
        owners: filing.owners().map(|owner| owner.id.clone()).collect(),
        jurisdiction: filing.owner.jurisdiction.clone(),
        short_term,
        long_term,
        before,
        short_term_rate: rates.short_term,
        long_term_rate: rates.long_term,
        at_marginal_rates: cents(at(short_term, rates.short_term)?.try_add(at(long_term, rates.long_term)?).ok()?)?,
        after_netting: cents(added.total().ok()?)?,
        by_kind: by_kind.filter_map(|(name, amount)| Some(((*name).to_owned(), cents(Money::new(amount, none.currency()))?))).collect(),
    })
}

/// Losses of the plan that are washed: none where they are avoided, but for what is banned and goes all the same.
fn wash_check(context: &Context<'_>, situation: &Situation<'_>, plan: &Plan) -> WashCheck {
    let washed = match disposals(context, situation, plan) {
        Some(found) => found.washes.iter().filter_map(|wash| described(context, situation, found.gains.get(wash.gain)?, wash)).collect(),
        None => suspected(context, situation, plan),
    };
    let (from, through) = (context.as_of.add_days(-WINDOW), context.as_of.add_days(WINDOW));
    let (from, through) = (from.unwrap_or(context.as_of), through.unwrap_or(context.as_of));
    let accounts = situation.accounts.len();
    let among = format!(
        "within the {accounts} account{} given, purchases from {from} to {}, and none planned until {through}",
        if accounts == 1 { "" } else { "s" },
        context.as_of
    );
    let statement = match washed.len() {
        0 => format!("No wash sale {among}."),
        1 => format!("1 wash sale {among}."),
        count => format!("{count} wash sales {among}."),
    };
    WashCheck { statement, washed }
}

/// Lots that are not sold for tax, and why.
///
/// # Errors
/// An amount out of range.
pub(super) fn kept_lots(context: &Context<'_>, situation: &Situation<'_>, plan: &Plan) -> Result<Vec<NotTraded>, NumberError> {
    let mut list: Vec<NotTraded> = Vec::new();
    let mut locks: Vec<&LotLock> = plan.locks.lots.iter().collect();
    locks.sort_by_key(|lock| (lock.account, lock.instrument, lock.why, lock.index));
    for locks in locks.chunk_by(|a, b| (a.account, a.instrument, a.why) == (b.account, b.instrument, b.why)) {
        let Some(first) = locks.first() else { continue };
        let Some(account) = situation.accounts.get(first.account) else { continue };
        let unit = context.unit(first.instrument).value.unwrap_or(0.0);
        let units: f64 = locks.iter().map(|lock| to_f64(lock.quantity.decimal())).sum();
        let symbol = context.universe.symbol(first.instrument);
        let lots = if locks.len() == 1 { "1 lot".to_owned() } else { format!("{} lots", locks.len()) };
        let reason = match first.why {
            LotLockReason::BoughtBefore { until } => {
                format!(
                    "a sale of {lots} at a loss before {} would be a wash sale: {symbol} or what counts as identical was bought within 30 days",
                    next_day(until)
                )
            }
            LotLockReason::BoughtNow => {
                format!(
                    "a sale of {lots} at a loss would be a wash sale: {symbol} or what counts as identical is bought, and the class has no substitute"
                )
            }
            LotLockReason::GainBudget => format!("the gain of {lots} would exceed what is left of the gain budget"),
            LotLockReason::AfterGainBudget => format!("{lots} come after what is kept for the gain budget in the order of `lot_method`"),
        };
        list.push(NotTraded {
            account: Some(account.account.id.clone()),
            subject: symbol.to_owned(),
            value: to_money(-units * unit, context.currency())?.to_cents(Rounding::HalfEven)?,
            reason,
        });
    }
    Ok(list)
}

fn next_day(day: Date) -> Date {
    day.add_days(1).unwrap_or(day)
}
