//! [`Books`]: what a household holds and owes, month after month.

use std::collections::btree_map::{BTreeMap, Entry as Slot};

use evenkeel::assumptions::Distributions;
use evenkeel::boundary::{to_f64, to_money};
use evenkeel::drift::{Decision, ReviewHistory};
use evenkeel::market::MarketSnapshot;
use evenkeel::policy::CashFlow;
use evenkeel::run::Proposal;
use evenkeel::trade::{LossSale, LotSale, Side, Trade};
use evenkeel_io::book::Entry;
use evenkeel_ledger::account::{Account, TaxTreatment};
use evenkeel_ledger::date::Date;
use evenkeel_ledger::holdings::{AccountHoldings, Holdings};
use evenkeel_ledger::household::Household;
use evenkeel_ledger::instrument::Universe;
use evenkeel_ledger::lot::{Lot, LotId};
use evenkeel_ledger::number::{Currency, Money, Rounding};

use super::Failure;
use super::market::{MONTHS, Model};

/// Days around a sale at a loss in which a purchase replaces it (26 USC 1091).
const WASH_DAYS: i32 = 30;

/// What a household holds and owes.
pub(crate) struct Books {
    pub(crate) household: Household,
    pub(crate) holdings: Holdings,
    /// Sales at a loss of the last 30 days.
    pub(crate) sold: Vec<LossSale>,
    pub(crate) history: ReviewHistory,
    /// Tax on dividends and interest of the year so far, by account.
    pub(crate) income_tax: Vec<f64>,
    /// Tax of the year before, to be paid in April; below zero comes back.
    pub(crate) due: Money,
}

/// Tax of a unit, state included.
#[derive(Clone, Copy)]
pub(crate) struct Rates {
    pub(crate) ordinary: f64,
    pub(crate) long_term: f64,
}

/// The stated rates of an account's owner.
pub(crate) fn rates(household: &Household, account: &Account) -> Result<Rates, Failure> {
    let owner = household.owner(&account.owner).ok_or("an account has no owner")?;
    let state = to_f64(owner.rates.state.decimal());
    Ok(Rates { ordinary: to_f64(owner.rates.ordinary.decimal()) + state, long_term: to_f64(owner.rates.long_term.decimal()) + state })
}

pub(crate) fn is_taxable(account: &Account) -> bool {
    account.tax_treatment == TaxTreatment::Taxable
}

impl Books {
    /// A household of the book, without the flows of its day.
    pub(crate) fn open(entry: &Entry) -> Self {
        Self {
            household: entry.household.clone(),
            holdings: entry.holdings.clone(),
            sold: entry.sold.clone(),
            history: entry.history,
            income_tax: vec![0.0; entry.household.accounts.len()],
            due: Money::zero(Currency::USD),
        }
    }

    /// Pays a month's dividends and interest into the cash of each account, at the prices of its end.
    pub(crate) fn receive_income(&mut self, market: &MarketSnapshot, model: &Model<'_>) -> Result<(), Failure> {
        let accounts = self.household.accounts.iter().zip(&mut self.holdings.accounts).zip(&mut self.income_tax);
        for ((account, held), tax) in accounts {
            let rates = rates(&self.household, account)?;
            let cash = to_f64(held.cash_in(account.currency).amount()).max(0.0);
            let mut sources = vec![(cash, model.cash())];
            for position in held.positions() {
                let value = value_of(&position.quantity()?, market, position.instrument)?;
                sources.push((value, model.distributions(position.instrument)));
            }
            let income = |(value, of): &(f64, Distributions)| value * of.income / MONTHS;
            let paid: f64 = sources.iter().map(income).sum();
            if is_taxable(account) {
                let taxed = |source: &(f64, Distributions)| {
                    let qualified = source.1.qualified;
                    income(source) * (qualified * rates.long_term + (1.0 - qualified) * rates.ordinary)
                };
                *tax += sources.iter().map(taxed).sum::<f64>();
            }
            held.add_cash(to_money(paid, account.currency)?.to_cents(Rounding::HalfEven)?)?;
        }
        Ok(())
    }

    /// The tax due, as a flow of the day out of the first taxable account.
    pub(crate) fn tax_payment(&self, date: Date) -> Option<CashFlow> {
        let account = self.household.accounts.iter().find(|account| is_taxable(account))?;
        let amount = self.due.neg();
        let purpose = Some("tax of the year before".to_owned());
        (!amount.is_zero()).then(|| CashFlow { date, amount, account: Some(account.id.clone()), purpose })
    }

    /// Trades what was proposed and pays the flows of the day; of what may not be traded only the flows.
    pub(crate) fn trade(&mut self, proposal: &Proposal, universe: &Universe) -> Result<(), Failure> {
        let today = proposal.as_of;
        let trades: &[Trade] = if proposal.refused { &[] } else { &proposal.trades };
        for (index, line) in proposal.cash.iter().enumerate() {
            let account = self.household.accounts.get(index).ok_or("a line of cash of no account")?.clone();
            let held = self.holdings.accounts.get(index).ok_or("an account without holdings")?.clone();
            let mut lots = held.lots().to_vec();
            let mut cash = line.flows;
            for trade in trades.iter().filter(|trade| trade.account == account.id) {
                cash = cash.try_add(trade.cash)?;
                self.execute(trade, &account, universe, today, &mut lots)?;
            }
            lots.retain(|lot| !lot.quantity.is_zero());
            if !is_taxable(&account) {
                lots = merged(lots, today)?;
            }
            let cash = held.cash().iter().copied().chain([cash]);
            *self.holdings.accounts.get_mut(index).ok_or("an account without holdings")? = AccountHoldings::new(lots, cash)?;
        }
        self.sold.retain(|sale| today.days_since(sale.sold) <= WASH_DAYS);
        self.history.last_review = Some(today);
        if matches!(proposal.decision, Decision::Rebalance { .. }) {
            self.history.last_rebalance = Some(today);
        }
        Ok(())
    }

    fn execute(&mut self, trade: &Trade, account: &Account, universe: &Universe, today: Date, lots: &mut Vec<Lot>) -> Result<(), Failure> {
        let instrument = universe.find(&trade.symbol).ok_or("a trade of nothing known")?;
        for sale in &trade.lots {
            let lot = lots.iter_mut().find(|lot| lot.instrument == instrument && lot.id == sale.lot).ok_or("a sale of no lot")?;
            lot.quantity = lot.quantity.try_sub(sale.quantity)?;
            if let (Some(basis), Some(sold)) = (lot.cost_basis, sale.cost_basis) {
                lot.cost_basis = Some(basis.try_sub(sold)?);
            }
            if is_taxable(account) {
                self.realize(sale, account)?;
                if sale.gain.is_some_and(Money::is_negative) {
                    self.sold.push(LossSale { instrument, sold: today });
                }
            }
        }
        if trade.side == Side::Buy {
            let cost_basis = Some(trade.gross.try_add(trade.costs.total)?);
            let id = LotId::Named(format!("{}-{today}", trade.symbol).into());
            let acquired = Some(today);
            lots.push(Lot { id, instrument, quantity: trade.quantity, cost_basis, acquired, held_since: acquired });
        }
        Ok(())
    }

    /// Counts a gain or loss into its owner's year.
    fn realize(&mut self, sale: &LotSale, account: &Account) -> Result<(), Failure> {
        let (Some(gain), Some(is_long)) = (sale.gain, sale.long_term) else { return Err("a sale of unknown gain".into()) };
        let owner = self.household.owners.iter_mut().find(|owner| owner.id == account.owner).ok_or("an account has no owner")?;
        let year = &mut owner.year_to_date;
        let sum = if is_long { &mut year.long_term } else { &mut year.short_term };
        *sum = sum.try_add(gain)?;
        Ok(())
    }

    /// Market value of all accounts.
    pub(crate) fn value(&self, market: &MarketSnapshot) -> Result<f64, Failure> {
        let mut value = 0.0;
        for (account, held) in self.household.accounts.iter().zip(&self.holdings.accounts) {
            value += account_value(account, held, market)?;
        }
        Ok(value)
    }
}

/// Market value of an account.
pub(crate) fn account_value(account: &Account, held: &AccountHoldings, market: &MarketSnapshot) -> Result<f64, Failure> {
    let mut value = to_f64(held.cash_in(account.currency).amount());
    for position in held.positions() {
        value += value_of(&position.quantity()?, market, position.instrument)?;
    }
    Ok(value)
}

fn value_of(
    quantity: &evenkeel_ledger::number::Quantity,
    market: &MarketSnapshot,
    instrument: evenkeel_ledger::instrument::InstrumentId,
) -> Result<f64, Failure> {
    let price = market.price(instrument).ok_or("an instrument without a price")?.price;
    Ok(to_f64(quantity.decimal()) * to_f64(price.decimal()))
}

/// Lots of an account in which no gain is taxed: those that replace no loss any more as one a fund, of the oldest.
fn merged(lots: Vec<Lot>, today: Date) -> Result<Vec<Lot>, Failure> {
    let (mut old, mut kept) = (BTreeMap::new(), Vec::new());
    for lot in lots {
        if lot.acquired.is_none_or(|acquired| today.days_since(acquired) <= WASH_DAYS) {
            kept.push(lot);
            continue;
        }
        match old.entry(lot.instrument) {
            Slot::Vacant(slot) => {
                slot.insert(lot);
            }
            Slot::Occupied(mut slot) => {
                let first: &mut Lot = slot.get_mut();
                first.quantity = first.quantity.try_add(lot.quantity)?;
                first.cost_basis = match (first.cost_basis, lot.cost_basis) {
                    (Some(one), Some(other)) => Some(one.try_add(other)?),
                    _ => None,
                };
            }
        }
    }
    kept.extend(old.into_values());
    Ok(kept)
}
