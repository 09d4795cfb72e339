//! [`Run`]: one policy on its way through the days.

use evenkeel_ledger::date::Date;
use evenkeel_ledger::fx::FxRates;
use evenkeel_ledger::holdings::AccountHoldings;
use evenkeel_ledger::instrument::{InstrumentId, Universe};
use evenkeel_ledger::number::{Currency, Money, NumberError, Rounding};

use crate::boundary::to_f64;
use crate::cost::CostModel;
use crate::diagnostic::{Code, Diagnostic};
use crate::market::{ActionKind, MarketSnapshot, PriceHistory, adjust, snapshot, split_adjusted};
use crate::policy::{CashFlow, Policy};
use crate::run::Bound;
use crate::trade::CashLine;

use super::books::{Books, no_rate, too_large};
use super::clock;
use super::collected::Collected;
use super::execution::{Execution, Fill, Filled, Waiting};
use super::income::Place;
use super::limits::LimitBook;
use super::result::{Backtest, Day, Final};
use super::spend::Payer;
use super::tape::Tape;
use super::taxes::{Taxes, deferred_tax, sales_of_all};
use super::{Decided, Past, Terms};

mod deciding;

type Watch<'w> = dyn FnMut(&Decided<'_>) -> Result<(), Vec<Diagnostic>> + 'w;

/// One policy on its way through the days.
pub(super) struct Run<'a> {
    past: &'a Past<'a>,
    terms: &'a Terms,
    /// Closing prices, those before a split that has happened as they compare with those since.
    prices: PriceHistory,
    /// With flows on days of the clock.
    policy: &'a Policy,
    base: Currency,
    /// With the instruments suspended that cannot be traded.
    universe: Universe,
    suspended: Vec<bool>,
    /// The policy bound to these instruments.
    bound: Option<Bound>,
    delisted: Vec<bool>,
    closes: Tape<'a>,
    opens: Option<Tape<'a>>,
    books: Books,
    taxes: Taxes<'a>,
    payer: Option<Payer<'a>>,
    /// Growth of one unit, flows apart.
    growth: f64,
    waiting: Waiting,
    next_action: usize,
    /// Whether anything is priced or paid in another currency.
    is_foreign: bool,
    accrued: Date,
    last_look: Option<Date>,
    /// What could not be paid or taken in on its day.
    delayed: Due,
    result: Collected,
}

/// Flows of a day beside those of the policy, which of them are taxes, by account, and how much is spending.
#[derive(Debug, Clone, Default)]
struct Due {
    flows: Vec<CashFlow>,
    taxes: Vec<(usize, Money)>,
    spent: f64,
}

impl Due {
    /// What comes into each account or goes out, beside taxes.
    fn apart_from_taxes(&self, cash: &[CashLine]) -> Result<Vec<Money>, NumberError> {
        let of_account = |(account, line): (usize, &CashLine)| {
            let taxes = self.taxes.iter().filter(|(of, _)| *of == account);
            taxes.clone().try_fold(line.flows, |sum, (_, tax)| sum.try_add(*tax))
        };
        cash.iter().enumerate().map(of_account).collect()
    }
}

impl<'a> Run<'a> {
    pub(super) fn open(past: &'a Past<'a>, terms: &'a Terms, policy: &'a Policy, days: &[Date]) -> Result<Self, Vec<Diagnostic>> {
        let first = days.first().copied().unwrap_or(terms.from);
        let base = policy.base_currency;
        let mut cash = past.opening.accounts.iter().flat_map(AccountHoldings::cash);
        let is_foreign =
            cash.any(|money| money.currency() != base) || past.universe.iter().any(|(_, instrument)| instrument.currency != base);
        let before = past.actions.partition_point(|action| action.date < first);
        Ok(Self {
            universe: past.universe.clone(),
            suspended: vec![false; past.universe.len()],
            bound: None,
            delisted: vec![false; past.universe.len()],
            prices: known(past, first)?,
            closes: Tape::new(past.prices, policy.prices),
            opens: past.opens.map(|opens| Tape::new(opens, policy.prices)),
            books: Books::open(past.household, past.opening, past.sold, base, first)?,
            taxes: Taxes::new(past.household, past.universe, policy.tax.identical, base, first),
            payer: Payer::new(policy, first, terms.to),
            growth: 1.0,
            waiting: Waiting::default(),
            next_action: before,
            is_foreign,
            accrued: first,
            last_look: None,
            delayed: Due::default(),
            result: Collected { limits: LimitBook::new(&policy.limits), ..Collected::default() },
            past,
            terms,
            policy,
            base,
        })
    }

    /// Passes a day.
    pub(super) fn pass(&mut self, day: Date, watch: &mut Watch<'_>) -> Result<(), Vec<Diagnostic>> {
        let is_first = self.result.days.is_empty();
        let mut entry =
            Day { date: day, value: 0.0, flow: 0.0, costs: 0.0, tax: 0.0, spent: 0.0, fees: 0.0, income: 0.0, traded_one_way: 0.0 };
        self.taxes.close_years(&mut self.books, day)?;
        let fx = self.fx(day);
        self.act(day, &fx, &mut entry)?;
        // Splits of the day are in what is seen before it.
        self.closes.advance(day);
        if let Some(opens) = &mut self.opens {
            opens.advance(day);
        }
        self.fill_waiting(day, &fx, &mut entry)?;
        self.accrue(day, &fx, &mut entry)?;
        self.books.close(day)?;
        if is_first {
            self.result.opening = self.value(&fx)?.iter().sum();
        }
        let due = self.due(day, is_first, &fx)?;
        let has_flows = !due.flows.is_empty() || self.policy.cash.flows.iter().any(|flow| flow.date == day);
        if has_flows || clock::is_looked_at(self.terms.look, &self.policy.calendar, day, self.last_look)? {
            let is_decided = self.decide(day, due, has_flows, &mut entry, watch)?;
            self.books.close(day)?;
            self.last_look = if is_decided { Some(day) } else { self.last_look };
        }
        entry.value = self.value(&fx)?.iter().sum();
        if let Some(before) = self.result.days.last().map(|day| day.value).filter(|before| *before > 0.0) {
            self.growth *= (entry.value - entry.flow) / before;
        }
        self.result.overdrawn +=
            usize::from((0..self.books.household.accounts.len()).any(|account| self.books.cash(account).is_negative()));
        self.result.days.push(entry);
        Ok(())
    }

    /// Exchange rates of a day, where anything is priced in another currency.
    fn fx(&self, day: Date) -> FxRates {
        if self.is_foreign { self.market(day).fx } else { FxRates::default() }
    }

    fn market(&self, day: Date) -> MarketSnapshot {
        let (mut market, _) = snapshot(&self.prices, self.past.universe, self.past.fx, day, &self.policy.prices);
        for (price, delisted) in market.prices.iter_mut().zip(&self.delisted) {
            if *delisted {
                *price = None;
            }
        }
        market
    }

    /// Corporate actions of the days since the last one.
    fn act(&mut self, day: Date, fx: &FxRates, entry: &mut Day) -> Result<(), Vec<Diagnostic>> {
        while let Some(action) = self.past.actions.get(self.next_action).filter(|action| action.date <= day) {
            self.next_action += 1;
            let place = Place { universe: self.past.universe, fx, base: self.base, day };
            entry.income += place.act(action, &mut self.books, &mut self.taxes.income)?;
            if let ActionKind::Split { ratio } = action.kind {
                adjust(&mut self.prices, action.instrument, day, ratio).map_err(|error| too_large(&error))?;
                for tape in self.opens.iter_mut().chain(std::iter::once(&mut self.closes)) {
                    tape.split(action.instrument, day, ratio).map_err(|error| too_large(&error))?;
                }
            }
            if matches!(action.kind, ActionKind::Delisting { .. })
                && let Some(delisted) = self.delisted.get_mut(action.instrument.index())
            {
                *delisted = true;
            }
            // Orders were made for the units and prices before it.
            let symbol = self.past.universe.symbol(action.instrument);
            if !matches!(action.kind, ActionKind::Dividend { .. }) {
                let waiting = self.waiting.trades.len();
                self.waiting.trades.retain(|trade| trade.symbol != symbol);
                self.result.lapsed += waiting - self.waiting.trades.len();
            }
        }
        Ok(())
    }

    /// Fills what was decided on the day before.
    fn fill_waiting(&mut self, day: Date, fx: &FxRates, entry: &mut Day) -> Result<(), Vec<Diagnostic>> {
        if self.waiting.trades.is_empty() {
            return Ok(());
        }
        let waiting = std::mem::take(&mut self.waiting);
        let market = self.market(day);
        let costs = CostModel::new(&self.policy.costs, self.past.universe, &market, self.past.assumptions);
        let whole_lots = self.policy.rebalance.whole_lots;
        let fill = Fill { universe: self.past.universe, costs: &costs, fx, base: self.base, day, whole_lots };
        let tape = if self.terms.execution == Execution::NextOpen { self.opens.as_ref().unwrap_or(&self.closes) } else { &self.closes };
        let filled = fill.fill(&waiting, |instrument| tape.on(instrument, day), &mut self.books)?;
        self.result.lapsed += filled.lapsed;
        entry.fill(filled);
        Ok(())
    }

    /// Interest and fees, on the first day of each month.
    fn accrue(&mut self, day: Date, fx: &FxRates, entry: &mut Day) -> Result<(), Vec<Diagnostic>> {
        if (day.year(), day.month()) == (self.accrued.year(), self.accrued.month()) {
            return Ok(());
        }
        let days = day.days_since(self.accrued);
        self.accrued = day;
        let place = Place { universe: self.past.universe, fx, base: self.base, day };
        entry.income += place.interest(self.terms.cash_rate, days, &mut self.books, &mut self.taxes.income)?;
        if self.policy.costs.management_fee > 0.0 {
            self.books.close(day)?;
            let values = self.value(fx)?;
            entry.fees += place.fee(self.policy.costs.management_fee, days, &values, &mut self.books)?;
        }
        Ok(())
    }

    /// What is due on a day beside the flows of the policy: what came late, the capital, taxes, spending.
    fn due(&mut self, day: Date, is_first: bool, fx: &FxRates) -> Result<Due, Vec<Diagnostic>> {
        let mut due = std::mem::take(&mut self.delayed);
        for flow in &mut due.flows {
            flow.date = day;
        }
        let capital = self.terms.capital.filter(|_| is_first);
        due.flows.extend(capital.map(|amount| CashFlow { date: day, amount, account: None, purpose: Some("capital".to_owned()) }));
        for payment in self.taxes.payments(&self.books.household, day)? {
            let payer = payment.account.as_deref().and_then(|account| self.books.household.account_index(account));
            due.taxes.extend(payer.map(|account| (account, payment.amount.neg())));
            due.flows.push(payment);
        }
        if let Some(mut payer) = self.payer.take() {
            let value = self.value(fx)?.iter().sum::<f64>() + capital.map_or(0.0, |capital| to_f64(capital.amount()));
            let before = self.value_before();
            let growth = if before > 0.0 { self.growth * value / before } else { 1.0 };
            if let Some(payment) = payer.pay(day, value, growth)? {
                due.spent -= to_f64(payment.amount.amount());
                due.flows.push(payment);
            }
            self.payer = Some(payer);
        }
        Ok(due)
    }

    /// Value at the close of the day before; before the first, what was held then.
    fn value_before(&self) -> f64 {
        self.result.days.last().map_or(self.result.opening, |day| day.value)
    }

    /// Value of each account at the last prices.
    fn value(&self, fx: &FxRates) -> Result<Vec<f64>, Vec<Diagnostic>> {
        let mut values = Vec::with_capacity(self.books.holdings.accounts.len());
        for held in &self.books.holdings.accounts {
            let mut value = 0.0;
            for money in held.cash() {
                value += to_f64(fx.convert(*money, self.base, Rounding::HalfEven).map_err(|error| no_rate(&error))?.amount());
            }
            for position in held.positions() {
                let units: f64 = position.lots.iter().map(|lot| to_f64(lot.quantity.decimal())).sum();
                if units != 0.0 {
                    value += units * self.unit_value(position.instrument, fx)?;
                }
            }
            values.push(value);
        }
        Ok(values)
    }

    /// The last price of a unit in the base currency.
    fn unit_value(&self, instrument: InstrumentId, fx: &FxRates) -> Result<f64, Vec<Diagnostic>> {
        let symbol = self.past.universe.symbol(instrument);
        let Some(point) = self.closes.last(instrument) else {
            let message = format!("`{symbol}` is held and was never priced by then");
            return Err(vec![Diagnostic::error(Code::NO_PRICE, message).help("start later, add prices, or leave it out of the holdings")]);
        };
        let currency = self.past.universe.get(instrument).map_or(self.base, |instrument| instrument.currency);
        let conversion = fx.conversion(currency, self.base).map_err(|error| no_rate(&error))?;
        Ok(to_f64(point.price.decimal()) * to_f64(conversion.numerator) / to_f64(conversion.denominator))
    }

    /// The result, with what should be known of it.
    pub(super) fn finish(mut self) -> Result<Backtest, Vec<Diagnostic>> {
        let last = self.result.days.last().map_or(self.terms.to, |day| day.date);
        let fx = self.fx(last);
        let values = self.value(&fx)?;
        let value: f64 = values.iter().sum();
        let sequence = self.books.journal.last_sequence().unwrap_or_default();
        let Books { holdings, household, .. } = &self.books;
        let sales = sales_of_all(holdings, household, sequence, self.base, last, |instrument| self.unit_value(instrument, &fx).ok());
        let owed = self.taxes.owed(&self.books, &[]);
        let sold = sales.and_then(|sales| self.taxes.owed(&self.books, &sales).ok());
        let end = Final {
            value,
            after_tax: sold.map(|sold| value - sold - deferred_tax(&self.books.household, &values)),
            tax_owed: owed.as_ref().ok().copied(),
        };
        self.result.unassessed = owed.err().map(|error| error.to_string()).or(self.taxes.unknown.take());
        let notes = self.result.notes(self.past, &self.taxes);
        let Collected { opening, days, acted, drifts, limits, .. } = self.result;
        let Books { journal, household, holdings, .. } = self.books;
        let limits = limits.into_records();
        Ok(Backtest { opening, days, acted, drifts, limits, end, journal, household, holdings, notes })
    }
}

/// Prices as they compare over the splits before a day.
fn known(past: &Past<'_>, day: Date) -> Result<PriceHistory, Vec<Diagnostic>> {
    let before = past.actions.partition_point(|action| action.date < day);
    split_adjusted(past.prices, past.actions.get(..before).unwrap_or_default()).map_err(|error| too_large(&error))
}

impl Day {
    fn fill(&mut self, filled: Filled) {
        self.costs += filled.costs;
        self.traded_one_way += 0.5 * filled.gross;
    }
}
