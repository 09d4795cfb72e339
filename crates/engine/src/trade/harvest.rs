//! Losses realized for themselves: what to sell, what to buy in its stead, and what that saves.
//!
//! A loss is worth realizing where the tax that it saves this year, after netting, is more than it costs to sell, to buy
//! a substitute and to go back. Nearly all of it is deferral: the substitute is bought at the lower price, and that much
//! more gain is taxed when it is sold. What stays is the difference of rates, and what the money earns until then.

use crate::boundary::{to_f64, to_money};
use crate::tax::{MarginalRates, sells_lots};
use crate::words::{amount, percent};
use evenkeel_ledger::account::{BasisMethod, TaxTreatment};
use evenkeel_ledger::date::Date;
use evenkeel_ledger::household::GainsByTerm;
use evenkeel_ledger::identical::IdenticalSet;
use evenkeel_ledger::instrument::{InstrumentId, RelationKind};
use evenkeel_ledger::number::{Decimal, Money, NumberError, Quantity, Rounding};
use evenkeel_ledger::select::Pick;
use evenkeel_ledger::term::first_long_term_day;

use super::context::Context;
use super::destination::Room;
use super::document::{cash_line, written};
use super::harvested::{Harvest, HarvestTotals, HarvestedLoss, LeftLoss};
use super::list::Side;
use super::locks::{LotLockReason, WINDOW};
use super::lots::{ChosenLots, sold};
use super::orders::Order;
use super::position::PositionSituation;
use super::rounding::step;
use super::settle::{Bound, Execution, Settled, price, total};
use super::situation::{AccountSituation, Situation, is_on_offer};
use super::tax_lots::gain_of;

/// Tracking error a year of a substitute against what is sold; `None` where it is not known.
pub type TrackingError<'a> = &'a dyn Fn(InstrumentId, InstrumentId) -> Option<f64>;

/// A position with lots at a loss.
struct Candidate {
    account: usize,
    place: usize,
    picks: Vec<Pick>,
    loss: f64,
}

/// What has been decided so far.
struct Draft<'c> {
    context: &'c Context<'c>,
    situation: &'c Situation<'c>,
    tracking: TrackingError<'c>,
    sold_sets: Vec<IdenticalSet>,
    bought_sets: Vec<IdenticalSet>,
    /// By return, gains of the harvest so far.
    gains: Vec<GainsByTerm>,
    /// By account, sales with their lots.
    sales: Vec<Vec<(Execution, ChosenLots, String)>>,
    /// By account, what is to be spent on each substitute, and why.
    buys: Vec<Vec<(InstrumentId, usize, Money, String)>>,
    harvests: Vec<HarvestedLoss>,
    left: Vec<LeftLoss>,
}

/// Finds the losses of a household that are worth realizing under the policy's `[tax.harvest]`.
///
/// # Errors
/// An amount out of range.
pub fn harvest(context: &Context<'_>, situation: &Situation<'_>, tracking: TrackingError<'_>) -> Result<Harvest, NumberError> {
    let accounts = situation.accounts.len();
    let mut draft = Draft {
        context,
        situation,
        tracking,
        sold_sets: Vec::new(),
        bought_sets: Vec::new(),
        gains: situation.returns.none(),
        sales: vec![Vec::new(); accounts],
        buys: vec![Vec::new(); accounts],
        harvests: Vec::new(),
        left: Vec::new(),
    };
    draft.leave_pools()?;
    for candidate in draft.candidates() {
        draft.decide(&candidate)?;
    }
    draft.finish()
}

impl Draft<'_> {
    /// Positions with lots at a loss, the largest loss a unit of value first.
    fn candidates(&self) -> Vec<Candidate> {
        let mut candidates = Vec::new();
        let least = self.context.policy.tax.harvest.min_loss_fraction;
        for (index, account) in self.situation.accounts.iter().enumerate().filter(|(_, account)| account.rates.is_some()) {
            for (place, position) in account.positions.iter().enumerate().filter(|(_, position)| position.value > 0.0) {
                let unit = self.context.unit(position.instrument).value.unwrap_or(0.0);
                let (mut picks, mut loss) = (Vec::new(), 0.0);
                for (lot_place, lot) in position.lots.iter().enumerate() {
                    let Some(basis) = lot.cost_basis.filter(|_| lot.quantity.is_positive()) else { continue };
                    let value = to_f64(lot.quantity.decimal()) * unit;
                    let gain = gain_of(self.context, lot, value) * value;
                    let cost = value - gain;
                    if gain < 0.0 && !basis.is_zero() && -gain >= least * cost {
                        picks.push(Pick { index: lot_place, quantity: lot.quantity });
                        loss += gain;
                    }
                }
                if !picks.is_empty() {
                    candidates.push(Candidate { account: index, place, picks, loss });
                }
            }
        }
        let share = |candidate: &Candidate| {
            let position = self.position(candidate);
            position.map_or(0.0, |position| candidate.loss / position.value)
        };
        candidates.sort_by(|a, b| share(a).total_cmp(&share(b)).then((a.account, a.place).cmp(&(b.account, b.place))));
        candidates
    }

    /// Positions of owners whose sales are of pools.
    fn leave_pools(&mut self) -> Result<(), NumberError> {
        for account in &self.situation.accounts {
            let owner = self.situation.household.owner(&account.account.owner).filter(|owner| !sells_lots(owner));
            if owner.is_none() || account.account.tax_treatment != TaxTreatment::Taxable {
                continue;
            }
            for position in &account.positions {
                let symbol = self.context.universe.symbol(position.instrument);
                let why = "a sale is of the pool of all that the owner holds, of which no lot can be chosen: see `tax-year`".to_owned();
                self.leave(&account.account.id, symbol, 0.0, why)?;
            }
        }
        Ok(())
    }

    fn position(&self, candidate: &Candidate) -> Option<&PositionSituation<'_>> {
        self.situation.accounts.get(candidate.account)?.positions.get(candidate.place)
    }

    fn leave(&mut self, account: &str, symbol: &str, loss: f64, reason: String) -> Result<(), NumberError> {
        let loss = to_money(loss, self.context.currency())?.to_cents(Rounding::HalfEven)?;
        self.left.push(LeftLoss { account: account.to_owned(), symbol: symbol.to_owned(), loss, reason });
        Ok(())
    }

    /// Realizes a loss, or says why not.
    fn decide(&mut self, candidate: &Candidate) -> Result<(), NumberError> {
        let (context, situation) = (self.context, self.situation);
        let Some(account) = situation.accounts.get(candidate.account) else { return Ok(()) };
        let Some(position) = account.positions.get(candidate.place) else { return Ok(()) };
        let symbol = context.universe.symbol(position.instrument);
        let Some(set) = context.identical.of(position.instrument) else { return Ok(()) };
        if let Some(why) = self.forbidden(account, position, candidate, set) {
            return self.leave(&account.account.id, symbol, candidate.loss, why);
        }
        let (substitute, rank, tracking_error) = match self.substitute(account, position, set) {
            Ok(found) => found,
            Err(why) => return self.leave(&account.account.id, symbol, candidate.loss, why),
        };
        let Some((execution, chosen)) = self.sale(candidate, account, position)? else {
            let why = "its lots at a loss do not come to a lot that may be traded".to_owned();
            return self.leave(&account.account.id, symbol, candidate.loss, why);
        };
        let rules = &context.policy.tax.harvest;
        let proceeds = to_f64(execution.gross.amount());
        let mut costs = to_f64(execution.costs.total.amount()) + context.costs.estimate(substitute, proceeds);
        if rules.switch_back {
            costs += context.costs.estimate(substitute, proceeds) + context.costs.estimate(position.instrument, proceeds);
        }
        let worth = self.worth(candidate, &chosen)?;
        let costs = to_money(costs, context.currency())?.to_cents(Rounding::Ceiling)?;
        let gross = execution.gross;
        let benefit = worth.saved.try_sub(costs)?;
        if benefit.try_cmp(rules.min_benefit)?.is_lt() || !benefit.is_positive() || execution.is_not_worth_it()? {
            let (saved, costs, least) = (amount(worth.saved), amount(costs), amount(rules.min_benefit));
            let why = format!("realizing it saves {saved} of tax this year and costs {costs}, and the least benefit is {least}");
            return self.leave(&account.account.id, symbol, candidate.loss, why);
        }
        if gross.try_cmp(context.policy.rebalance.min_trade)?.is_le() {
            let why = format!("its value of {} is not more than the minimum trade", amount(gross));
            return self.leave(&account.account.id, symbol, candidate.loss, why);
        }
        self.accept(candidate, (substitute, rank, tracking_error), (execution, chosen), &worth, costs)
    }

    /// Why a loss may not be realized, if so.
    fn forbidden(
        &self,
        account: &AccountSituation<'_>,
        position: &PositionSituation<'_>,
        candidate: &Candidate,
        set: IdenticalSet,
    ) -> Option<String> {
        let (context, rules) = (self.context, &self.context.policy.tax.harvest);
        if account.account.basis_method != BasisMethod::Lots {
            return Some("the account's units share one basis, of which no lot can be chosen".to_owned());
        }
        if !position.may_sell || position.banned {
            return Some(format!("it is {}", context.unit(position.instrument).state.name()));
        }
        if -candidate.loss < to_f64(rules.min_loss.amount()) {
            return Some(format!("its loss of {:.2} is less than the least of {}", -candidate.loss, amount(rules.min_loss)));
        }
        let own = |pick: &Pick| position.locks.iter().find(|lock| lock.index == pick.index);
        if let Some(lock) = candidate.picks.iter().find_map(own) {
            return Some(match lock.why {
                LotLockReason::BoughtBefore { until } => {
                    format!("it would be a wash sale: it, or what counts as identical, was bought within 30 days, which end on {until}")
                }
                LotLockReason::BoughtNow | LotLockReason::GainBudget | LotLockReason::AfterGainBudget => "it is kept for tax".to_owned(),
            });
        }
        self.bought_sets.contains(&set).then(|| "it stands in for another loss, so selling it would be a wash sale".to_owned())
    }

    /// What may stand in: related instruments in the order in which they are listed, then others of its class. Nothing
    /// identical, nothing sold at a loss lately or now, which could not be bought, and nothing beyond the tracking error.
    fn substitute(
        &self,
        account: &AccountSituation<'_>,
        position: &PositionSituation<'_>,
        set: IdenticalSet,
    ) -> Result<(InstrumentId, usize, Option<f64>), String> {
        let context = self.context;
        let named = context.universe.get(position.instrument).into_iter().flat_map(|instrument| &instrument.relations);
        let named = named.filter(|relation| relation.kind == RelationKind::Substitute);
        let mut ranked: Vec<InstrumentId> = named.filter_map(|relation| context.universe.find(&relation.to)).collect();
        let class = context.sleeves.get(crate::portfolio::SleeveId(position.sleeve));
        ranked.extend(class.into_iter().flat_map(|sleeve| sleeve.instruments.iter().copied()));
        let mut seen = Vec::new();
        ranked.retain(|id| {
            *id != position.instrument && !seen.contains(id) && {
                seen.push(*id);
                true
            }
        });
        if ranked.is_empty() {
            return Err("it has no substitute: no relation names one, and its class has no other instrument".to_owned());
        }
        let may_buy = |id: &InstrumentId| {
            let of = context.identical.of(*id);
            of != Some(set)
                && of.is_none_or(|of| !self.sold_sets.contains(&of))
                && self.situation.locks.forbid_buying(context, *id).is_none()
                && is_on_offer(context, account.account, *id)
        };
        let most = context.policy.tax.harvest.max_tracking_error;
        let mut nearest: Option<f64> = None;
        for (rank, id) in ranked.iter().enumerate().filter(|(_, id)| may_buy(id)) {
            let error = (self.tracking)(position.instrument, *id);
            match (most, error) {
                (None, error) => return Ok((*id, rank + 1, error)),
                (Some(most), Some(error)) if error <= most => return Ok((*id, rank + 1, Some(error))),
                (Some(_), error) => nearest = nearest.into_iter().chain(error).reduce(f64::min),
            }
        }
        let names: Vec<&str> = ranked.iter().map(|id| context.universe.symbol(*id)).collect();
        Err(match (most, nearest) {
            (Some(most), Some(nearest)) => format!(
                "no substitute tracks it within {} a year: the nearest that may be bought is at {}",
                percent(most),
                percent(nearest)
            ),
            (Some(_), None) => format!("of {} none may be bought with a tracking error that a history of prices tells", names.join(", ")),
            (None, _) => format!("none of {} may be bought now without a wash sale, or by this account", names.join(", ")),
        })
    }

    /// The sale of the lots at a loss, in whole lots.
    fn sale(
        &self,
        candidate: &Candidate,
        account: &AccountSituation<'_>,
        position: &PositionSituation<'_>,
    ) -> Result<Option<(Execution, ChosenLots)>, NumberError> {
        let context = self.context;
        let all = candidate.picks.iter().try_fold(Quantity::ZERO, |sum, pick| sum.try_add(pick.quantity))?;
        let whole = Quantity::new(all.decimal().round_to_multiple(step(context, position.instrument), Rounding::Floor)?);
        let quantity = if all == position.quantity { all } else { whole };
        if !quantity.is_positive() {
            return Ok(None);
        }
        let mut open = quantity;
        let mut picks = Vec::with_capacity(candidate.picks.len());
        for pick in &candidate.picks {
            let taken = pick.quantity.min(open);
            open = open.try_sub(taken)?;
            picks.extend(taken.is_positive().then_some(Pick { quantity: taken, ..*pick }));
        }
        let value = -context.worth(position.instrument, quantity);
        let order = Order {
            account: candidate.account,
            instrument: position.instrument,
            sleeve: position.sleeve,
            value,
            held: position.value,
            room: Room::ANY,
        };
        let execution = price(context, order, quantity, Bound::default())?;
        let chosen = sold(context, account, position, &execution, &picks)?;
        Ok(Some((execution, chosen)))
    }
}

/// What realizing a loss does.
struct Worth {
    gains: GainsByTerm,
    saved: Money,
    deferred: Money,
    waiting: Money,
    short_term_until: Option<Date>,
}

impl Draft<'_> {
    /// Tax saved after netting with the losses that were taken before, and what of it is only put off.
    fn worth(&self, candidate: &Candidate, chosen: &ChosenLots) -> Result<Worth, NumberError> {
        let (context, situation) = (self.context, self.situation);
        let base = context.currency();
        let zero = Money::zero(base);
        let convert = |money: Money| context.market.fx.convert(money, base, Rounding::HalfEven).unwrap_or(zero);
        let mut gains = GainsByTerm::zero(base);
        for sale in &chosen.lots {
            let gain = convert(sale.gain.unwrap_or(zero));
            let sum = if sale.long_term == Some(true) { &mut gains.long_term } else { &mut gains.short_term };
            *sum = sum.try_add(gain)?;
        }
        let rates = situation.accounts.get(candidate.account).and_then(|account| account.rates).unwrap_or_default();
        let at = |gain: Money, rate: f64| to_money(to_f64(gain.amount()) * rate, base);
        let marginal = at(gains.short_term, rates.short_term)?.try_add(at(gains.long_term, rates.long_term)?)?.neg();
        let saved = match situation.returns.added(context, candidate.account, &self.gains, gains)? {
            Some(tax) => tax.neg(),
            None => marginal,
        };
        let loss = gains.short_term.try_add(gains.long_term)?;
        let position = self.position(candidate);
        let lots = candidate.picks.iter().filter_map(|pick| position?.lots.get(pick.index));
        let turns =
            lots.filter(|lot| !context.is_long_term(lot)).filter_map(|lot| first_long_term_day(lot.held_since.or(lot.acquired)?).ok());
        Ok(Worth {
            gains,
            saved: saved.to_cents(Rounding::HalfEven)?,
            deferred: at(loss, rates.long_term)?.neg().to_cents(Rounding::HalfEven)?,
            waiting: at(gains.short_term, (rates.short_term - rates.long_term).max(0.0))?.neg().to_cents(Rounding::HalfEven)?,
            short_term_until: turns.min(),
        })
    }

    fn accept(
        &mut self,
        candidate: &Candidate,
        (substitute, rank, tracking_error): (InstrumentId, usize, Option<f64>),
        (execution, chosen): (Execution, ChosenLots),
        worth: &Worth,
        costs: Money,
    ) -> Result<(), NumberError> {
        let (context, situation) = (self.context, self.situation);
        let Some(account) = situation.accounts.get(candidate.account) else { return Ok(()) };
        let instrument = execution.order.instrument;
        let (symbol, stand_in) = (context.universe.symbol(instrument), context.universe.symbol(substitute));
        let until = context.as_of.add_days(WINDOW).unwrap_or(Date::MAX);
        let sets = [context.identical.of(instrument), context.identical.of(substitute)];
        let members = sets[0].map_or(&[][..], |set| context.identical.members(set));
        situation.returns.add(context, candidate.account, &mut self.gains, worth.gains)?;
        self.harvests.push(HarvestedLoss {
            account: account.account.id.clone(),
            symbol: symbol.to_owned(),
            lots: chosen.lots.iter().map(|sale| sale.lot.clone()).collect(),
            quantity: execution.quantity,
            short_term: worth.gains.short_term.to_cents(Rounding::HalfEven)?,
            long_term: worth.gains.long_term.to_cents(Rounding::HalfEven)?,
            substitute: stand_in.to_owned(),
            rank,
            tracking_error,
            tax_saved: worth.saved,
            tax_deferred: worth.deferred,
            tax_saved_for_good: worth.saved.try_sub(worth.deferred)?,
            costs,
            switch_back_from: context.policy.tax.harvest.switch_back.then(|| until.add_days(1).unwrap_or(until)),
            do_not_buy: members.iter().map(|id| context.universe.symbol(*id).to_owned()).collect(),
            until,
            short_term_until: worth.short_term_until,
            waiting_costs: worth.waiting,
        });
        let loss = worth.gains.short_term.try_add(worth.gains.long_term)?.to_cents(Rounding::HalfEven)?;
        let net = execution.gross.try_sub(execution.costs.total)?;
        let sell = format!("a loss of {} saves {} of tax this year", amount(loss.neg()), amount(worth.saved));
        let buy = format!("stands in for {symbol}, sold at a loss of {}", amount(loss.neg()));
        if let Some(sales) = self.sales.get_mut(candidate.account) {
            sales.push((execution, chosen, sell));
        }
        if let Some(buys) = self.buys.get_mut(candidate.account) {
            match buys.iter_mut().find(|(id, ..)| *id == substitute) {
                Some((_, _, budget, why)) => {
                    *budget = budget.try_add(net)?;
                    *why = format!("{why}; {buy}");
                }
                None => buys.push((substitute, candidate.place, net, buy)),
            }
        }
        self.sold_sets.extend(sets[0]);
        self.bought_sets.extend(sets[1]);
        Ok(())
    }

    /// Buys the substitutes with what the sales bring, and writes everything down.
    fn finish(self) -> Result<Harvest, NumberError> {
        let (context, situation) = (self.context, self.situation);
        let (mut trades, mut cash) = (Vec::new(), Vec::new());
        for ((account, sales), buys) in situation.accounts.iter().zip(&self.sales).zip(&self.buys) {
            let mut executions: Vec<(Execution, Option<&ChosenLots>, &str)> =
                sales.iter().map(|(execution, chosen, why)| (*execution, Some(chosen), why.as_str())).collect();
            // Cash that the account must keep comes before any purchase.
            let mut short = account.cash_minimum.try_sub(account.exact_cash)?.amount().max(Decimal::ZERO);
            for (substitute, place, budget, why) in buys {
                let kept = short.min(budget.amount());
                short = short.try_sub(kept)?;
                let budget = budget.try_sub(Money::new(kept, budget.currency()))?;
                let sleeve = account.positions.get(*place).map_or(0, |position| position.sleeve);
                let bought = affordable(context, self.index_of(account), *substitute, sleeve, budget)?;
                executions.extend(bought.map(|execution| (execution, None, why.as_str())));
            }
            executions.sort_by_key(|(execution, ..)| (execution.side, execution.order.instrument));
            let settled: Settled = total(context, account, executions.iter().map(|(execution, ..)| *execution).collect())?;
            for (execution, chosen, why) in executions {
                trades.push(written(context, account, &execution, chosen, why.to_owned(), Vec::new())?);
            }
            cash.push(cash_line(account, &settled, settled.cash_after)?);
        }
        let totals = self.totals()?;
        Ok(Harvest { harvests: self.harvests, not_harvested: self.left, totals, trades, cash })
    }

    fn index_of(&self, account: &AccountSituation<'_>) -> usize {
        self.situation.accounts.iter().position(|other| other.account.id == account.account.id).unwrap_or(0)
    }

    fn totals(&self) -> Result<HarvestTotals, NumberError> {
        let (context, situation) = (self.context, self.situation);
        let base = context.currency();
        let sum = |of: fn(&HarvestedLoss) -> Money| Money::sum(base, self.harvests.iter().map(of));
        let (short_term, long_term) = (sum(|loss| loss.short_term)?, sum(|loss| loss.long_term)?);
        let (tax_saved, tax_deferred, costs) = (sum(|loss| loss.tax_saved)?, sum(|loss| loss.tax_deferred)?, sum(|loss| loss.costs)?);
        let for_good = tax_saved.try_sub(tax_deferred)?;
        let taxable: f64 = situation.accounts.iter().filter(|account| account.rates.is_some()).map(AccountSituation::total).sum();
        let share = |amount: f64, of: f64| if of > 0.0 { amount / of } else { 0.0 };
        let f64_of = |money: Money| to_f64(money.amount());
        let mut rates = Vec::new();
        for owner in &situation.household.owners {
            let own = MarginalRates::new(situation.household, owner, context.as_of.year())?;
            rates.push((owner.id.clone(), own.short_term, own.long_term));
        }
        Ok(HarvestTotals {
            short_term,
            long_term,
            tax_saved,
            tax_deferred,
            tax_saved_for_good: for_good,
            costs,
            harvest_yield: share(-f64_of(short_term) - f64_of(long_term), taxable),
            tax_alpha: share(f64_of(tax_saved) - f64_of(costs), situation.total()),
            tax_alpha_for_good: share(f64_of(for_good) - f64_of(costs), situation.total()),
            rates,
        })
    }
}

/// As many whole lots of an instrument as a budget pays for, costs included; none where that is not above the minimum trade.
fn affordable(
    context: &Context<'_>,
    account: usize,
    instrument: InstrumentId,
    sleeve: usize,
    budget: Money,
) -> Result<Option<Execution>, NumberError> {
    let Some(unit) = context.unit(instrument).value.filter(|value| *value > 0.0) else { return Ok(None) };
    let step = step(context, instrument);
    let most = to_f64(budget.amount());
    let lots = (most - context.costs.estimate(instrument, most)).max(0.0) / unit;
    let mut quantity = Quantity::new(crate::boundary::to_decimal(lots, Rounding::Floor)?.round_to_multiple(step, Rounding::Floor)?);
    while quantity.is_positive() {
        let order = Order { account, instrument, sleeve, value: to_f64(quantity.decimal()) * unit, held: 0.0, room: Room::ANY };
        let execution = price(context, order, quantity, Bound::default())?;
        if execution.gross.try_add(execution.costs.total)?.try_cmp(budget)?.is_le() {
            let small = execution.gross.try_cmp(context.policy.rebalance.min_trade)?.is_le();
            return Ok(Some(execution).filter(|execution| !small && execution.side == Side::Buy));
        }
        quantity = quantity.try_sub(Quantity::new(step))?;
    }
    Ok(None)
}
