//! [`Situation`]: one household, as the planner sees it before any trade.

use std::cmp::Reverse;
use std::sync::Arc;

use evenkeel_ledger::account::{Account, TaxTreatment};
use evenkeel_ledger::household::Household;
use evenkeel_ledger::identical::IdenticalSet;
use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::number::{Money, NumberError, Rounding};

use crate::boundary::to_f64;
use crate::drift::CashState;
use crate::policy::{CashFlow, Mode};
use crate::portfolio::{AccountPortfolio, Portfolio};
use crate::target::TargetWeights;
use crate::tax;

use super::context::{Context, Item, Kind};
use super::flows::{AccountFlows, flows_by_account};
use super::gain_budget;
use super::locks::{self, Locks, LossSale};
use super::orders::Order;
use super::position::PositionSituation;
use super::returns::Returns;
use super::rounding::rounded_value;
use super::settle::Settled;
use super::tax_lots::{MarginalRates, TaxLots};

/// One household before any trade, in `f64`: values by account and sleeve, and what may move.
#[derive(Debug, Clone)]
pub struct Situation<'a> {
    /// The valued holdings.
    pub portfolio: &'a Portfolio<'a>,
    /// The household.
    pub household: &'a Household,
    /// By account, in the order of the household.
    pub(super) accounts: Vec<AccountSituation<'a>>,
    /// Cash that the household is to end with.
    pub(super) cash_reserve: CashReserve,
    /// Whether trades are to be kept from wash sales.
    pub(super) avoids_washes: bool,
    /// What is left of the gain budget; `None` without one.
    pub(super) gain_budget_left: Option<Money>,
    /// Tax returns that the trades are part of.
    pub(super) returns: Arc<Returns<'a>>,
    /// What may not be sold or bought for tax.
    pub(super) locks: Locks,
}

/// Cash to end with: the larger of a floor in money and a share of value, plus what is about to leave.
#[derive(Debug, Clone, Copy)]
pub(super) struct CashReserve {
    /// Share of the value after costs.
    pub(super) share: f64,
    /// Least amount.
    pub(super) minimum: f64,
    /// Planned withdrawals, net of contributions before them, within the look-ahead.
    pub(super) upcoming: f64,
}

impl CashReserve {
    /// The amount, for a value after costs.
    pub(super) fn amount(self, total: f64) -> f64 {
        (self.share * total).max(self.minimum) + self.upcoming
    }
}

/// One account before any trade.
#[derive(Debug, Clone)]
pub(super) struct AccountSituation<'a> {
    pub(super) account: &'a Account,
    pub(super) valued: &'a AccountPortfolio<'a>,
    /// Planned flows of the day.
    pub(super) flows: Money,
    /// Cash with the flows of the day, exactly and as a float.
    pub(super) exact_cash: Money,
    pub(super) cash: f64,
    /// Cash that must stay: the account's minimum. It comes before the minimum trade.
    pub(super) cash_minimum: Money,
    /// Cash that is to stay: the minimum, and what is about to leave the account.
    pub(super) cash_floor: Money,
    /// Positions and cash, by sleeve.
    pub(super) values: Vec<f64>,
    /// Least and most that may be held by sleeve.
    pub(super) lower: Vec<f64>,
    pub(super) upper: Vec<f64>,
    /// By sleeve, the least preferred first: in the order in which they are sold.
    pub(super) positions: Vec<PositionSituation<'a>>,
    /// By sleeve, where its positions begin, and where they end after the last.
    starts: Vec<usize>,
    /// What is bought for each sleeve, if anything may be.
    pub(super) buys: Vec<Option<InstrumentId>>,
    /// Whether some instrument that may trade lies in several sleeves.
    pub(super) composed: bool,
    /// What the owner pays of gains; `None` where the account's gains are not taxed.
    pub(super) rates: Option<MarginalRates>,
    /// The lots that may be sold, where gains are taxed.
    pub(super) tax_lots: TaxLots,
}

/// Instruments that are not traded: by instrument, up to the last of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Frozen(Vec<bool>);

impl Frozen {
    pub(super) fn insert(&mut self, instrument: InstrumentId) {
        if self.0.len() <= instrument.index() {
            self.0.resize(instrument.index() + 1, false);
        }
        if let Some(frozen) = self.0.get_mut(instrument.index()) {
            *frozen = true;
        }
    }

    pub(super) fn contains(&self, instrument: InstrumentId) -> bool {
        self.0.get(instrument.index()).copied().unwrap_or(false)
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> Situation<'a> {
    /// Looks at a household through a context. Flows of the day count as arrived; later ones
    /// within the policy's look-ahead are provided for. `sold` are earlier sales at a loss: what was sold
    /// within the window is not bought back.
    ///
    /// # Errors
    /// A number out of range.
    pub fn new(
        context: &Context<'_>,
        household: &'a Household,
        portfolio: &'a Portfolio<'a>,
        flows: &[CashFlow],
        sold: &[LossSale],
    ) -> Result<Self, NumberError> {
        let mut accounts = Vec::with_capacity(household.accounts.len());
        let by_account = flows_by_account(context, household, portfolio, flows)?;
        for ((account, valued), flows) in household.accounts.iter().zip(&portfolio.accounts).zip(&by_account) {
            let owner = household.owner(&account.owner).filter(|_| account.tax_treatment == TaxTreatment::Taxable);
            let owner = owner.filter(|owner| tax::sells_lots(owner));
            let rates = owner
                .map(|owner| {
                    let year = tax::tax_year(owner, context.as_of).unwrap_or(context.as_of.year());
                    tax::MarginalRates::new(household, owner, year)
                })
                .transpose()?;
            let rates = rates.map(MarginalRates::from);
            accounts.push(AccountSituation::new(context, account, valued, flows, rates)?);
        }
        let upcoming: f64 = by_account.iter().map(|flows| to_f64(flows.upcoming.amount())).sum();
        let floors: f64 = accounts.iter().map(|account| to_f64(account.cash_floor.amount())).sum();
        let rules = &context.policy.cash;
        let cash_reserve = CashReserve {
            share: context.cash_weight() + rules.buffer,
            minimum: to_f64(rules.minimum.amount()).max(floors - upcoming),
            upcoming,
        };
        let avoids_washes = locks::avoids_washes(context, household);
        let gain_budget_left = gain_budget::left(context, household)?;
        let returns = Arc::new(Returns::new(context, household));
        let locks = Locks::default();
        let situation = Self { portfolio, household, accounts, cash_reserve, avoids_washes, gain_budget_left, returns, locks };
        let locks = if avoids_washes { Locks::of_the_past(context, &situation.accounts, sold) } else { Locks::default() };
        Ok(if locks.is_empty() { situation } else { situation.with_locks(context, locks) })
    }

    /// The household with more that may not be sold or bought for tax.
    pub(super) fn with_locks(&self, context: &Context<'_>, more: Locks) -> Self {
        let locks = self.locks.clone().and(more);
        let accounts = self.accounts.iter().enumerate().map(|(index, account)| account.with_locks(context, index, &locks));
        Self { accounts: accounts.collect(), locks, returns: self.returns.clone(), ..*self }
    }

    /// What an account could buy for a sleeve, were a set of identical instruments not to be bought.
    pub(super) fn substitute(&self, context: &Context<'_>, account: usize, sleeve: usize, set: IdenticalSet) -> Option<InstrumentId> {
        let account = self.accounts.get(account)?.account;
        let may_buy = |id: &InstrumentId| {
            context.identical.of(*id) != Some(set) && self.locks.forbid_buying(context, *id).is_none() && is_on_offer(context, account, *id)
        };
        context.sleeves.get(crate::portfolio::SleeveId(sleeve))?.instruments.iter().copied().find(may_buy)
    }

    /// The household after some trades.
    pub(super) fn reached(&self, context: &Context<'_>, settled: &[Settled]) -> Result<Self, NumberError> {
        let accounts = self.accounts.iter().zip(settled).map(|(account, settled)| account.reached(context, settled));
        Ok(Self { accounts: accounts.collect::<Result<_, _>>()?, locks: self.locks.clone(), returns: self.returns.clone(), ..*self })
    }

    /// The household with some orders made in lots and not yet paid for in costs: what the others are
    /// planned from.
    pub(super) fn moved(&self, context: &Context<'_>, orders: &[Order]) -> Self {
        let mut moved = self.clone();
        for (index, account) in moved.accounts.iter_mut().enumerate() {
            orders.iter().filter(|order| order.account == index).for_each(|order| account.move_value(context, order));
            account.tax_lots.keep_of_value();
            account.measure(context);
        }
        moved
    }

    /// Why gains of an owner are not netted, or not planned for.
    pub fn tax_problems(&self) -> &[String] {
        &self.returns.problems
    }

    /// The id of an account.
    pub(super) fn account_id(&self, account: usize) -> &str {
        self.accounts.get(account).map_or("", |account| &account.account.id)
    }

    /// Value of all accounts with the flows of the day.
    pub fn total(&self) -> f64 {
        self.accounts.iter().map(AccountSituation::total).sum()
    }

    /// Value by sleeve with the flows of the day.
    pub fn sleeve_values(&self, sleeves: usize) -> Vec<f64> {
        let mut sum = vec![0.0; sleeves];
        for account in &self.accounts {
            add(&mut sum, &account.values);
        }
        sum
    }

    /// Target weights once cash reserves are set aside and kept holdings are counted in: what
    /// drift is measured against.
    pub fn effective_targets(&self, context: &Context<'_>) -> TargetWeights {
        let total = self.total();
        let values = self.sleeve_values(context.sleeves.len());
        let share = |value: f64| if total > 0.0 { value / total } else { 0.0 };
        let held = |item: &Item| item.sleeve.and_then(|sleeve| values.get(sleeve)).map_or(0.0, |value| share(*value));
        let kept: f64 = context.items.iter().filter(|item| item.kind == Kind::Kept).map(held).sum();
        let cash = if total > 0.0 { share(self.cash_reserve.amount(total)).min(1.0) } else { context.cash_weight() };
        let listed = 1.0 - context.cash_weight();
        let scale = if listed > 0.0 { (1.0 - cash - kept).max(0.0) / listed } else { 0.0 };
        let mut weights: Vec<f64> = context
            .items
            .iter()
            .map(|item| match item.kind {
                _ if item.sleeve.is_none() => 0.0,
                Kind::Listed => item.weight * scale,
                Kind::Cash => cash,
                Kind::Sold => 0.0,
                Kind::Kept => held(item),
            })
            .collect();
        for index in (0..weights.len()).rev() {
            let below = context.items.get(index).map_or(&[][..], |item| &item.children);
            let sum: f64 = below.iter().filter_map(|child| weights.get(*child)).sum();
            if let Some(weight) = weights.get_mut(index) {
                *weight += sum;
            }
        }
        let mut sleeves = vec![0.0; context.sleeves.len()];
        for (item, weight) in context.items.iter().zip(&weights) {
            if let Some(slot) = item.sleeve.and_then(|sleeve| sleeves.get_mut(sleeve)) {
                *slot = *weight;
            }
        }
        let nodes = weights.into_iter().skip(1).take(context.policy.tree.nodes.len()).collect();
        TargetWeights { nodes, sleeves, reasons: Vec::new() }
    }

    /// Cash as the decision looks at it: what is spare, and what has to be raised because the
    /// household, or one account, has less than its minimum and planned withdrawals need.
    pub fn cash_state(&self) -> CashState {
        let floor = |account: &AccountSituation<'_>| to_f64(account.cash_floor.amount());
        let held: f64 = self.accounts.iter().map(|account| account.cash).sum();
        let missing = self.cash_reserve.minimum + self.cash_reserve.upcoming - held;
        let short: f64 = self.accounts.iter().map(|account| (floor(account) - account.cash).max(0.0)).sum();
        let flow = self.accounts.iter().map(|account| to_f64(account.flows.amount())).sum();
        CashState { value: self.total(), spare: self.spare_cash(), missing: missing.max(short).max(0.0), flow }
    }

    /// What planned flows take out, of the day and within the look-ahead, net of what they bring in.
    pub fn withdrawals(&self) -> f64 {
        self.cash_reserve.upcoming - self.cash_state().flow
    }

    /// Cash above (below zero: short of) what the household is to keep.
    pub fn spare_cash(&self) -> f64 {
        let cash: f64 = self.accounts.iter().map(|account| account.cash).sum();
        cash - self.cash_reserve.amount(self.total())
    }
}

impl<'a> AccountSituation<'a> {
    fn new(
        context: &Context<'_>,
        account: &'a Account,
        valued: &'a AccountPortfolio<'a>,
        flows: &AccountFlows,
        rates: Option<MarginalRates>,
    ) -> Result<Self, NumberError> {
        let sleeves = context.sleeves.len();
        let currency = context.currency();
        let mut cash_minimum = Money::zero(currency);
        for minimum in &account.cash_minimum {
            // A currency without a rate has been told of before.
            if let Ok(converted) = context.market.fx.convert(*minimum, currency, Rounding::Ceiling) {
                cash_minimum = cash_minimum.try_add(converted)?;
            }
        }
        let cash_minimum = cash_minimum.to_cents(Rounding::Ceiling)?;
        let positions: Vec<_> = valued.positions.iter().map(|position| PositionSituation::held(context, account, position)).collect();
        let tax_lots = rates.map_or_else(TaxLots::default, |rates| TaxLots::new(context, account, rates, &positions));
        let buys = buys(context, account, &Locks::default());
        let exact_cash = valued.cash.try_add(flows.today)?;
        let mut state = Self {
            account,
            valued,
            flows: flows.today,
            exact_cash,
            cash: to_f64(exact_cash.amount()),
            cash_minimum,
            cash_floor: cash_minimum.try_add(flows.upcoming)?,
            values: vec![0.0; sleeves],
            lower: vec![0.0; sleeves],
            upper: vec![0.0; sleeves],
            positions,
            starts: Vec::with_capacity(sleeves + 1),
            buys,
            composed: false,
            rates,
            tax_lots,
        };
        state.measure(context);
        Ok(state)
    }

    /// The account with what may not be sold or bought for tax.
    fn with_locks(&self, context: &Context<'_>, index: usize, locks: &Locks) -> Self {
        let mut locked = Self { buys: buys(context, self.account, locks), ..self.clone() };
        for position in &mut locked.positions {
            let own = locks.lots.iter().filter(|lock| lock.account == index && lock.instrument == position.instrument);
            // What is banned goes, whatever it is taxed.
            position.locks = own.filter(|_| !position.banned).copied().collect();
            position.locks.sort_by_key(|lock| lock.index);
            position.may_buy &= locks.forbid_buying(context, position.instrument).is_none();
        }
        locked.tax_lots = locked.tax_lots.locked(context, &locked.positions);
        locked.measure(context);
        locked
    }

    /// A position by its instrument.
    pub(super) fn position(&self, instrument: InstrumentId) -> Option<&PositionSituation<'a>> {
        self.positions.iter().find(|position| position.instrument == instrument)
    }

    /// The account after some trades: what the next ones would start from.
    pub(super) fn reached(&self, context: &Context<'_>, settled: &Settled) -> Result<Self, NumberError> {
        let mut reached = Self { exact_cash: settled.cash_after, cash: to_f64(settled.cash_after.amount()), ..self.clone() };
        for execution in &settled.executions {
            let instrument = execution.order.instrument;
            let at = reached.positions.iter().position(|position| position.instrument == instrument);
            if at.is_none() {
                reached.positions.push(PositionSituation::new(context, self.account, instrument));
            }
            if let Some(position) = reached.positions.iter_mut().find(|position| position.instrument == instrument) {
                position.quantity = position.quantity.try_add(execution.signed_quantity())?;
                let before = position.value;
                position.value = context.worth(instrument, position.quantity);
                if reached.rates.is_some() {
                    reached.tax_lots.trade(instrument, position.sleeve, position.value - before);
                }
            }
        }
        reached.tax_lots.keep_of_value();
        reached.positions.retain(|position| !position.quantity.is_zero());
        reached.measure(context);
        Ok(reached)
    }

    /// Moves the value of an order in lots from cash to what it buys, or back.
    fn move_value(&mut self, context: &Context<'_>, order: &Order) {
        let value = rounded_value(context, order);
        match self.positions.iter_mut().find(|position| position.instrument == order.instrument) {
            Some(position) => {
                position.value += value;
                if self.rates.is_some() {
                    self.tax_lots.trade(order.instrument, position.sleeve, value);
                }
            }
            None => self.positions.push(PositionSituation { value, ..PositionSituation::new(context, self.account, order.instrument) }),
        }
        self.cash -= value;
    }

    /// Positions and cash with the flows of the day.
    pub(super) fn total(&self) -> f64 {
        self.values.iter().sum()
    }

    /// Values and bounds by sleeve, from positions and cash.
    fn measure(&mut self, context: &Context<'_>) {
        for list in [&mut self.values, &mut self.lower, &mut self.upper] {
            list.fill(0.0);
        }
        self.positions.sort_unstable_by_key(|position| (position.sleeve, Reverse(position.rank), Reverse(position.instrument)));
        self.starts.clear();
        let mut positions = self.positions.iter().enumerate().peekable();
        for sleeve in 0..=self.values.len() {
            while positions.next_if(|(_, position)| position.sleeve < sleeve).is_some() {}
            self.starts.push(positions.peek().map_or(self.positions.len(), |(index, _)| *index));
        }
        self.composed = self.positions.iter().any(|position| context.unit(position.instrument).composed)
            || self.buys.iter().flatten().any(|id| context.unit(*id).composed);
        if let Some(cash) = self.values.get_mut(context.sleeves.cash.0) {
            *cash = self.cash;
        }
        for position in &self.positions {
            for exposure in context.sleeves.exposures(position.instrument) {
                let value = position.value * exposure.weight;
                let at = exposure.sleeve.0;
                let (Some(held), Some(lower), Some(upper)) = (self.values.get_mut(at), self.lower.get_mut(at), self.upper.get_mut(at))
                else {
                    continue;
                };
                *held += value;
                if !position.may_sell || value < 0.0 {
                    *lower += value;
                } else if !position.locks.is_empty() {
                    *lower += value - position.sellable() * exposure.weight;
                }
                if !position.banned {
                    *upper += value.max(0.0);
                }
            }
        }
        for id in self.buys.iter().flatten() {
            for exposure in context.sleeves.exposures(*id) {
                if let Some(upper) = self.upper.get_mut(exposure.sleeve.0) {
                    *upper = f64::INFINITY;
                }
            }
        }
        if self.composed {
            // Sleeves of composed funds depend on one another: what is within reach is decided by
            // instrument, and what is wanted must not depend on what is held.
            self.upper.fill(f64::INFINITY);
        }
        let cash = context.sleeves.cash.0;
        // Cash-like instruments may share the cash sleeve; the cash itself is bounded by its floor.
        if let (Some(lower), Some(upper)) = (self.lower.get_mut(cash), self.upper.get_mut(cash)) {
            *lower += to_f64(self.cash_floor.amount());
            *upper = f64::INFINITY;
        }
    }

    /// Bounds under a mode: what may not be sold has its value as the least, and so on. Frozen
    /// instruments are neither bought nor sold.
    pub(super) fn bounds(&self, mode: Mode, cash: usize, sleeve: usize, frozen: &Frozen) -> (f64, f64) {
        let at = |values: &[f64]| values.get(sleeve).copied().unwrap_or(0.0);
        let (value, mut lower, mut upper) = (at(&self.values), at(&self.lower), at(&self.upper));
        if sleeve == cash {
            return (lower, upper);
        }
        if !frozen.is_empty() && !self.composed {
            let held = self.positions_in(sleeve);
            let stay = || held.iter().filter(|position| frozen.contains(position.instrument));
            lower += stay().filter(|position| position.may_sell).map(|position| position.sellable().max(0.0)).sum::<f64>();
            if self.buys.get(sleeve).copied().flatten().is_some_and(|buy| frozen.contains(buy)) {
                upper = upper.min(held.iter().filter(|position| !position.banned).map(|position| position.value).sum());
            }
            upper += stay().filter(|position| position.banned).map(|position| position.value).sum::<f64>();
        }
        let mode = match mode {
            Mode::CashOnly if self.cash < to_f64(self.cash_floor.amount()) => Mode::SellOnly,
            mode => mode,
        };
        match mode {
            Mode::BuyOnly | Mode::CashOnly => (value, upper.max(value)),
            Mode::SellOnly => {
                // What is banned goes, and nothing is bought in its place.
                let held = self.positions_in(sleeve).iter().filter(|position| position.banned && !frozen.contains(position.instrument));
                let banned: f64 = held.map(|position| position.value.max(0.0)).sum();
                (lower.min(value - banned), value - banned)
            }
            Mode::Full => (lower, upper.max(lower)),
        }
    }

    /// The positions of which most lies in a sleeve.
    pub(super) fn positions_in(&self, sleeve: usize) -> &[PositionSituation<'a>] {
        let bounds = self.starts.get(sleeve).copied().zip(self.starts.get(sleeve + 1).copied());
        bounds.and_then(|(start, end)| self.positions.get(start..end)).unwrap_or_default()
    }

    /// In which order accounts take up trades: those in which trading is not taxed come first.
    pub(super) fn tax_order(&self) -> u8 {
        match self.account.tax_treatment {
            TaxTreatment::Untaxed => 0,
            TaxTreatment::Exempt => 1,
            TaxTreatment::Deferred => 2,
            TaxTreatment::Taxable => 3,
        }
    }
}

/// What an account buys for each sleeve: the first of its instruments that may be bought there.
fn buys(context: &Context<'_>, account: &Account, locks: &Locks) -> Vec<Option<InstrumentId>> {
    let may_buy = |id: &InstrumentId| is_on_offer(context, account, *id) && locks.forbid_buying(context, *id).is_none();
    context.sleeves.iter().map(|(_, sleeve)| sleeve.instruments.iter().copied().find(may_buy)).collect()
}

/// Whether an account may buy an instrument, tax aside.
pub(super) fn is_on_offer(context: &Context<'_>, account: &Account, id: InstrumentId) -> bool {
    let unit = context.unit(id);
    unit.state.may_buy() && unit.value.is_some_and(|value| value > 0.0) && account.menu.allows(id)
}

/// Adds entry by entry.
pub(super) fn add(sum: &mut [f64], values: &[f64]) {
    for (sum, value) in sum.iter_mut().zip(values) {
        *sum += value;
    }
}
