//! What may not be sold or bought for tax: lots whose sale would be a wash sale or exceed the gain budget,
//! and instruments that were sold at a loss.

use std::collections::BTreeMap;

use evenkeel_ledger::account::TaxTreatment;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::identical::IdenticalSet;
use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::number::{Money, NumberError, Quantity};

use crate::boundary::to_f64;
use crate::policy::WashSales;

use super::context::Context;
use super::gain_budget;
use super::list::LotSale;
use super::planner::Plan;
use super::position::PositionSituation;
use super::situation::{AccountSituation, Situation};
use super::tax_lots::gain_of;

/// Days before and after a sale at a loss within which a purchase is its replacement (26 USC 1091(a)).
pub(super) const WINDOW: i32 = 30;

/// An earlier sale at a loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LossSale {
    /// The instrument.
    pub instrument: InstrumentId,
    /// When it was sold.
    pub sold: Date,
}

/// Units of a lot that are not sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LotLock {
    pub(super) account: usize,
    pub(super) instrument: InstrumentId,
    /// Place among the lots of the position.
    pub(super) index: usize,
    pub(super) quantity: Quantity,
    pub(super) why: LotLockReason,
}

/// Why units of a lot are not sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LotLockReason {
    /// An identical instrument was bought within the window, which ends on a day.
    BoughtBefore { until: Date },
    /// The proposal buys an identical instrument for which there is no other.
    BoughtNow,
    /// The gain would exceed the budget.
    GainBudget,
    /// By the method of the policy it comes after what is kept for the budget.
    AfterGainBudget,
}

/// Instruments that are not bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BuyLock {
    pub(super) set: IdenticalSet,
    /// When one of them was sold at a loss; today by the proposal itself.
    pub(super) sold: Date,
}

impl BuyLock {
    /// The last day on which none may be bought.
    pub(super) fn until(self) -> Date {
        self.sold.add_days(WINDOW).unwrap_or(Date::MAX)
    }
}

/// All that may not be sold or bought for tax.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Locks {
    pub(super) lots: Vec<LotLock>,
    pub(super) buys: Vec<BuyLock>,
}

impl Locks {
    pub(super) fn is_empty(&self) -> bool {
        self.lots.is_empty() && self.buys.is_empty()
    }

    /// Whether an instrument may not be bought.
    pub(super) fn forbid_buying(&self, context: &Context<'_>, instrument: InstrumentId) -> Option<BuyLock> {
        if self.buys.is_empty() {
            return None;
        }
        let set = context.identical.of(instrument)?;
        self.buys.iter().copied().filter(|lock| lock.set == set).max_by_key(|lock| lock.sold)
    }

    /// These and others. Of one lot the larger quantity stays locked.
    pub(super) fn and(mut self, more: Self) -> Self {
        let key = |lock: &LotLock| (lock.account, lock.instrument, lock.index);
        let mut places: BTreeMap<_, usize> = self.lots.iter().enumerate().map(|(place, lock)| (key(lock), place)).collect();
        for lock in more.lots {
            match places.get(&key(&lock)).and_then(|place| self.lots.get_mut(*place)) {
                Some(known) if known.quantity < lock.quantity => *known = lock,
                Some(_) => {}
                None => {
                    places.insert(key(&lock), self.lots.len());
                    self.lots.push(lock);
                }
            }
        }
        for lock in more.buys {
            if !self.buys.contains(&lock) {
                self.buys.push(lock);
            }
        }
        self
    }

    /// What recent purchases and sales lock before anything is planned.
    pub(super) fn of_the_past(context: &Context<'_>, accounts: &[AccountSituation<'_>], sold: &[LossSale]) -> Self {
        let mut locks = Self::default();
        let recent = Recent::new(context, accounts);
        for set in recent.sets() {
            let until = |lock: &LotLock| recent.until(set, (lock.account, lock.instrument, lock.index));
            let why = |lock: &LotLock| until(lock).map(|until| LotLockReason::BoughtBefore { until });
            locks.lots.extend(lock_losses(context, accounts, set, why));
        }
        let in_window = |sale: &&LossSale| (0..=WINDOW).contains(&context.as_of.days_since(sale.sold));
        for sale in sold.iter().filter(in_window) {
            locks.buys.extend(context.identical.of(sale.instrument).map(|set| BuyLock { set, sold: sale.sold }));
        }
        locks
    }

    /// What a plan shows to be in need of locking: wash sales that it would make, and gains beyond the budget.
    pub(super) fn needed(context: &Context<'_>, situation: &Situation<'_>, plan: &Plan) -> Result<Self, NumberError> {
        let mut locks = if situation.avoids_washes { washed(context, situation, plan) } else { Self::default() };
        locks.lots.extend(gain_budget::exceeded(context, situation, plan)?);
        Ok(locks)
    }
}

/// A lot that was bought within the window and is still held.
pub(super) struct RecentPurchase {
    pub(super) account: usize,
    pub(super) instrument: InstrumentId,
    pub(super) index: usize,
    pub(super) set: IdenticalSet,
    pub(super) bought: Date,
    pub(super) quantity: Quantity,
}

impl RecentPurchase {
    fn window_ends(&self) -> Date {
        self.bought.add_days(WINDOW).unwrap_or(Date::MAX)
    }
}

pub(super) fn recent_purchases(context: &Context<'_>, accounts: &[AccountSituation<'_>]) -> Vec<RecentPurchase> {
    let Ok(from) = context.as_of.add_days(-WINDOW) else { return Vec::new() };
    let mut recent = Vec::new();
    for (account, situation) in accounts.iter().enumerate() {
        for lots in situation.valued.lots.chunk_by(|a, b| a.instrument == b.instrument) {
            // Lots are kept by date, the last bought at the end.
            for (index, lot) in lots.iter().enumerate().rev() {
                let Some(bought) = lot.acquired.filter(|bought| *bought >= from) else { break };
                if let Some(set) = context.identical.of(lot.instrument).filter(|_| lot.quantity.is_positive()) {
                    recent.push(RecentPurchase { account, instrument: lot.instrument, index, set, bought, quantity: lot.quantity });
                }
            }
        }
    }
    recent
}

/// What was bought within the window, by set, the last purchase first.
struct Recent(BTreeMap<IdenticalSet, Vec<RecentPurchase>>);

impl Recent {
    fn new(context: &Context<'_>, accounts: &[AccountSituation<'_>]) -> Self {
        let mut sets: BTreeMap<IdenticalSet, Vec<RecentPurchase>> = BTreeMap::new();
        for purchase in recent_purchases(context, accounts) {
            sets.entry(purchase.set).or_default().push(purchase);
        }
        for purchases in sets.values_mut() {
            purchases.sort_by_key(|purchase| std::cmp::Reverse(purchase.bought));
        }
        Self(sets)
    }

    fn sets(&self) -> impl Iterator<Item = IdenticalSet> {
        self.0.keys().copied()
    }

    /// When the window ends of the last purchase of a set other than that of a lot itself.
    fn until(&self, set: IdenticalSet, lot: (usize, InstrumentId, usize)) -> Option<Date> {
        let is_other = |bought: &&RecentPurchase| (bought.account, bought.instrument, bought.index) != lot;
        self.0.get(&set)?.iter().find(is_other).map(RecentPurchase::window_ends)
    }
}

/// Locks on the lots of a set that would be sold at a loss, where there is a reason to.
fn lock_losses<'s>(
    context: &'s Context<'_>,
    accounts: &'s [AccountSituation<'_>],
    set: IdenticalSet,
    why: impl Fn(&LotLock) -> Option<LotLockReason> + 's,
) -> impl Iterator<Item = LotLock> + 's {
    let taxable = accounts.iter().enumerate().filter(|(_, account)| account.account.tax_treatment == TaxTreatment::Taxable);
    let positions = taxable.flat_map(|(index, account)| account.positions.iter().map(move |position| (index, position)));
    let identical = positions.filter(move |(_, position)| context.identical.of(position.instrument) == Some(set));
    let lots = identical.flat_map(move |(account, position)| losses(context, position).map(move |index| (account, position, index)));
    lots.filter_map(move |(account, position, index)| {
        let quantity = position.lots.get(index)?.quantity;
        let lock = LotLock { account, instrument: position.instrument, index, quantity, why: LotLockReason::BoughtNow };
        Some(LotLock { why: why(&lock)?, ..lock })
    })
}

/// Lots of a position that are worth less than they cost.
fn losses<'s>(context: &'s Context<'_>, position: &'s PositionSituation<'_>) -> impl Iterator<Item = usize> + 's {
    let unit = context.unit(position.instrument).value.unwrap_or(0.0);
    let lots = position.lots.iter().enumerate().filter(|(_, lot)| lot.quantity.is_positive());
    lots.filter(move |(_, lot)| gain_of(context, lot, to_f64(lot.quantity.decimal()) * unit) < AFTER_COSTS).map(|(index, _)| index)
}

/// Gain of a unit of value below which costs may make a loss of it.
pub(super) const AFTER_COSTS: f64 = 0.01;

/// Locks on the lots of a set that a plan sells at a loss, also where only costs make it one.
fn sold_at_a_loss(context: &Context<'_>, situation: &Situation<'_>, plan: &Plan, set: IdenticalSet) -> Vec<LotLock> {
    let of_set = plan.taxable_sales(situation).filter(|(_, instrument, ..)| context.identical.of(*instrument) == Some(set));
    let losses = of_set.filter(|(.., sale)| sale.gain.is_some_and(Money::is_negative));
    let lock = |(account, instrument, index, _): (usize, InstrumentId, usize, &LotSale)| {
        let position = situation.accounts.get(account)?.position(instrument)?;
        let quantity = position.lots.get(index)?.quantity;
        Some(LotLock { account, instrument, index, quantity, why: LotLockReason::BoughtNow })
    };
    losses.filter_map(lock).collect()
}

/// Whether something of a set may not be held.
fn is_banned(situation: &Situation<'_>, context: &Context<'_>, set: IdenticalSet) -> bool {
    let mut positions = situation.accounts.iter().flat_map(|account| &account.positions);
    positions.any(|position| position.banned && context.identical.of(position.instrument) == Some(set))
}

/// Locks on lots that a plan sells at a loss only because of costs, and of which something identical was bought before.
fn bought_before(context: &Context<'_>, situation: &Situation<'_>, plan: &Plan) -> Vec<LotLock> {
    let mut locks = Vec::new();
    let mut recent = None;
    for (account, instrument, index, sale) in plan.taxable_sales(situation) {
        let set = context.identical.of(instrument);
        if !sale.gain.is_some_and(Money::is_negative) {
            continue;
        }
        let recent = recent.get_or_insert_with(|| Recent::new(context, &situation.accounts));
        if let Some(until) = set.and_then(|set| recent.until(set, (account, instrument, index))) {
            // What is banned goes, whatever it is taxed.
            let position = situation.accounts.get(account).and_then(|account| account.position(instrument)).filter(|held| !held.banned);
            let quantity = position.and_then(|position| position.lots.get(index)).map(|lot| lot.quantity);
            let why = LotLockReason::BoughtBefore { until };
            locks.extend(quantity.map(|quantity| LotLock { account, instrument, index, quantity, why }));
        }
    }
    locks
}

/// Locks that keep a plan from wash sales: of lots that it sells at a loss while an identical instrument is
/// bought, or was within the window.
fn washed(context: &Context<'_>, situation: &Situation<'_>, plan: &Plan) -> Locks {
    let mut locks = Locks { lots: bought_before(context, situation, plan), ..Locks::default() };
    for set in plan.losses(context, situation) {
        let bought = plan.buys_of(context, set);
        if bought.is_empty() {
            continue;
        }
        let has_other = |(account, sleeve): &(usize, usize)| situation.substitute(context, *account, *sleeve, set).is_some();
        // What is banned goes, and then nothing identical is bought.
        if bought.iter().all(has_other) || is_banned(situation, context, set) {
            locks.buys.push(BuyLock { set, sold: context.as_of });
        } else {
            locks.lots.extend(lock_losses(context, &situation.accounts, set, |_| Some(LotLockReason::BoughtNow)));
            locks.lots.extend(sold_at_a_loss(context, situation, plan, set));
        }
    }
    locks
}

/// Whether the household's trades are to be kept from wash sales: where an owner is taxed in the United States.
pub(super) fn avoids_washes(context: &Context<'_>, household: &evenkeel_ledger::household::Household) -> bool {
    context.policy.tax.wash_sales == WashSales::Avoid && knows_washes(household)
}

/// Whether the gains of a household are taxed where there are wash sales: in the United States.
pub fn knows_washes(household: &evenkeel_ledger::household::Household) -> bool {
    let is_taxed = |account: &&evenkeel_ledger::account::Account| account.tax_treatment == TaxTreatment::Taxable;
    let mut taxed = household.accounts.iter().filter(is_taxed).filter_map(|account| household.owner(&account.owner));
    taxed.any(|owner| owner.jurisdiction == "US" || owner.jurisdiction.starts_with("US-"))
}
