//! [`Run`]: one policy on its way through the days.

use std::borrow::Cow;

use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::EventKind;
use evenkeel_ledger::fx::FxRates;
use evenkeel_ledger::holdings::AccountHoldings;
use evenkeel_ledger::instrument::{InstrumentId, Trading, TradingState, Universe};
use evenkeel_ledger::number::{Currency, Money, NumberError, Rounding};

use crate::boundary::{to_f64, to_money};
use crate::cost::CostModel;
use crate::diagnostic::{Code, Diagnostic};
use crate::drift::Decision;
use crate::market::{MarketSnapshot, NamedPanel, PriceHistory, snapshot};
use crate::policy::{CashFlow, CashRules, Policy, Strategy, Trigger};
use crate::run::{Mandate, Proposal, Provenance, Subject};
use crate::target::read_stops;
use crate::trade::{CashLine, Comparison, Side};

use super::action::{self, ActionKind};
use super::available::among_available;
use super::books::{Books, no_rate, too_large};
use super::clock;
use super::collected::Collected;
use super::execution::{Execution, Fill, Filled, Waiting, fill_as_proposed};
use super::income::Place;
use super::result::{Acted, Backtest, Day, DriftPoint, Final};
use super::spend::Payer;
use super::tape::Tape;
use super::taxes::{Taxes, deferred_tax, sales_of_all};
use super::{Decided, Past, Terms};

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
    delisted: Vec<bool>,
    closes: Tape<'a>,
    opens: Option<Tape<'a>>,
    books: Books,
    taxes: Taxes,
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
            result: Collected::default(),
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
        self.taxes.close_years(&mut self.books, self.past.universe, day)?;
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
                action::adjust(&mut self.prices, action.instrument, day, ratio).map_err(|error| too_large(&error))?;
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

    /// The policy as it can be followed on a day. Capital that meets nothing held is invested all the way to the targets, whatever
    /// the triggers; targets of what cannot be had are spread over the others.
    fn policy_of(&mut self, day: Date, is_entry: bool) -> Cow<'a, Policy> {
        let never = || vec![Trigger::PortfolioDrift { limit: f64::INFINITY }];
        let stated = if is_entry { Cow::Owned(Policy { triggers: never(), ..self.policy.clone() }) } else { Cow::Borrowed(self.policy) };
        let Some((adjusted, missing)) = among_available(&stated, |symbol| self.can_be_had(symbol)) else { return stated };
        self.result.without.get_or_insert_with(|| (day, missing.join(", ")));
        Cow::Owned(adjusted)
    }

    /// Decides as on any day, and fills or keeps what was decided; whether it could.
    fn decide(&mut self, day: Date, due: Due, has_flows: bool, entry: &mut Day, watch: &mut Watch<'_>) -> Result<bool, Vec<Diagnostic>> {
        self.suspend()?;
        let market = self.market(day);
        if let Some(symbol) = self.unpriced(&market) {
            let why = format!("`{symbol}` is held and has no usable price");
            self.result.undecided.push((day, why));
            let of_policy = self.policy.cash.flows.iter().filter(|flow| flow.date == day).cloned();
            self.delayed = Due { flows: due.flows.into_iter().chain(of_policy).collect(), ..due };
            return Ok(false);
        }
        let is_entry = self.value_before() <= 0.0;
        let policy = self.policy_of(day, is_entry);
        let (policy, due) = match self.ruined(day, &policy, &due, &market)? {
            Some((without, last)) => (Cow::Owned(without), last),
            None => (policy, due),
        };
        let panel = match policy.strategy {
            Strategy::Optimized(_) => Some(
                NamedPanel::of_history(&self.prices, self.past.universe, day)
                    .map_err(|error| vec![Diagnostic::error(Code::HISTORY_UNUSABLE, format!("on {day}: {error}"))])?,
            ),
            _ => None,
        };
        let mandate = Mandate::new(&policy, &self.universe, &market, self.past.assumptions, self.past.signals);
        let mandate = mandate.comparing(Comparison::Nothing);
        let mandate = match &panel {
            Some(panel) => mandate.with_history(panel),
            None => mandate,
        };
        let stops = read_stops(&policy, &mandate.sleeves, &self.prices, self.past.assumptions, day).map_err(|told| on_day(day, told))?;
        let mandate = mandate.with_stops(&stops);
        let books = &self.books;
        let subject = Subject {
            household: &books.household,
            holdings: &books.holdings,
            flows: &due.flows,
            sold: &books.sold,
            history: books.history,
        };
        let is_planned = |decision: &Decision| has_flows || !matches!(decision, Decision::Hold { .. });
        let reviewed = mandate.review(&subject, Provenance::default(), is_planned).map_err(|told| on_day(day, told))?;
        let drift = reviewed.drift;
        let mut point = DriftPoint { date: day, max: drift.max, half_l1: drift.half_l1, acted: false };
        if let Some(proposal) = reviewed.proposal {
            watch(&Decided {
                policy: &policy,
                universe: &self.universe,
                market: &market,
                household: subject.household,
                holdings: subject.holdings,
                flows: subject.flows,
                sold: subject.sold,
                proposal: &proposal,
            })?;
            point.acted = !proposal.trades.is_empty() && !proposal.refused;
            self.carry_out(proposal, &due, drift.max, entry)?;
        }
        // Capital that has just come in has not drifted.
        if !is_entry {
            self.result.drifts.push(point);
        }
        self.books.history.last_review = Some(day);
        Ok(true)
    }

    /// Something that is held and has no price that can be used.
    fn unpriced(&self, market: &MarketSnapshot) -> Option<&str> {
        let mut held = self.books.holdings.accounts.iter().flat_map(AccountHoldings::lots).filter(|lot| !lot.quantity.is_zero());
        held.find(|lot| market.price(lot.instrument).is_none()).map(|lot| self.past.universe.symbol(lot.instrument))
    }

    /// Enters flows, and fills trades or keeps them for the next day: what comes in and what is sold before what goes out and is bought.
    fn carry_out(&mut self, proposal: Proposal, due: &Due, max_drift: f64, entry: &mut Day) -> Result<(), Vec<Diagnostic>> {
        let day = proposal.as_of;
        let trades = if proposal.refused { &[][..] } else { &proposal.trades[..] };
        let at_once = self.terms.execution == Execution::Close;
        let moved = due.apart_from_taxes(&proposal.cash).map_err(|error| too_large(&error))?;
        for (side, comes_in) in [(Side::Sell, true), (Side::Buy, false)] {
            for (account, flow) in moved.iter().enumerate().filter(|(_, flow)| flow.is_positive() == comes_in) {
                self.books.move_cash(account, day, *flow)?;
                entry.flow += to_f64(flow.amount());
            }
            for (account, tax) in due.taxes.iter().filter(|(_, tax)| tax.is_negative() == comes_in) {
                self.books.enter(*account, day, EventKind::Tax(*tax))?;
                entry.tax += to_f64(tax.amount());
            }
            if at_once {
                let trades = trades.iter().filter(|trade| trade.side == side);
                entry.fill(fill_as_proposed(trades, self.past.universe, day, &mut self.books)?);
            }
        }
        entry.spent += due.spent;
        self.write_down(&proposal, max_drift);
        if matches!(proposal.decision, Decision::Rebalance { .. }) {
            self.books.history.last_rebalance = Some(day);
        }
        if !at_once && !proposal.refused {
            self.waiting.trades = proposal.trades;
        }
        Ok(())
    }

    /// On a day on which more goes out than there is: what comes in, and what selling everything pays, with the policy without its
    /// own flows. `None` on any other day.
    fn ruined(&mut self, day: Date, policy: &Policy, due: &Due, market: &MarketSnapshot) -> Result<Option<(Policy, Due)>, Vec<Diagnostic>> {
        let of_policy = policy.cash.flows.iter().filter(|flow| flow.date == day);
        let (coming, going): (Vec<&CashFlow>, Vec<&CashFlow>) = of_policy.chain(&due.flows).partition(|flow| flow.amount.is_positive());
        let sum = |flows: &[&CashFlow]| flows.iter().map(|flow| to_f64(flow.amount.amount())).sum::<f64>();
        let asked = -sum(&going);
        if asked <= 0.0 {
            return Ok(None);
        }
        let fx = self.fx(day);
        let mut realizable = self.value(&fx)?.iter().sum::<f64>() + sum(&coming);
        let costs = CostModel::new(&policy.costs, self.past.universe, market, self.past.assumptions);
        for position in self.books.holdings.accounts.iter().flat_map(AccountHoldings::positions) {
            let units: f64 = position.lots.iter().map(|lot| to_f64(lot.quantity.decimal())).sum();
            let value = units * self.unit_value(position.instrument, &fx)?;
            // What costs more to sell than it is worth pays nothing.
            realizable -= costs.estimate(position.instrument, value).min(value.max(0.0));
        }
        if asked <= realizable {
            return Ok(None);
        }
        let payable = to_money(-realizable.max(0.0), self.base).and_then(|money| money.to_cents(Rounding::TowardZero));
        let payable = payable.map_err(|error| too_large(&error))?;
        let (since, before) = self.result.unpaid.unwrap_or((day, 0.0));
        self.result.unpaid = Some((since, before + asked + to_f64(payable.amount())));
        let last = CashFlow { date: day, amount: payable, account: None, purpose: Some("all that there is".to_owned()) };
        let flows = coming.into_iter().cloned().chain(Some(last).filter(|_| payable.is_negative())).collect();
        let without = Policy { cash: CashRules { flows: Vec::new(), ..policy.cash.clone() }, ..policy.clone() };
        // How what is left is shared between taxes and spending nobody says.
        Ok(Some((without, Due { flows, ..Due::default() })))
    }

    fn write_down(&mut self, proposal: &Proposal, max_drift: f64) {
        let (trigger, reason) = match &proposal.decision {
            Decision::Hold { reason } => ("hold", reason),
            Decision::CashFlow { reason } => ("cash_flow", reason),
            Decision::Rebalance { trigger, reason } => (trigger.as_str(), reason),
        };
        if proposal.trades.is_empty() && !proposal.refused {
            return;
        }
        let value = to_f64(proposal.value_with_flows.amount());
        let gross: f64 = proposal.trades.iter().map(|trade| to_f64(trade.gross.amount())).sum();
        self.result.acted.push(Acted {
            date: proposal.as_of,
            trigger: trigger.to_owned(),
            reason: reason.clone(),
            trades: Some(proposal.trades.len()),
            turnover_one_way: if value > 0.0 { 0.5 * gross / value } else { 0.0 },
            costs: to_f64(proposal.costs.total.amount()),
            max_drift: Some(max_drift),
            refused: proposal.refused,
        });
    }

    /// Whether an instrument has been priced by now and has not ended.
    fn can_be_had(&self, symbol: &str) -> bool {
        let id = self.past.universe.find(symbol);
        id.is_some_and(|id| self.closes.last(id).is_some() && !self.delisted.get(id.index()).copied().unwrap_or(false))
    }

    /// Suspends what has ended: nobody could trade it.
    fn suspend(&mut self) -> Result<(), Vec<Diagnostic>> {
        if self.delisted == self.suspended {
            return Ok(());
        }
        let instruments = self.past.universe.iter().zip(&self.delisted).map(|((_, instrument), suspended)| {
            let mut instrument = instrument.clone();
            if *suspended {
                let reason = Some("it has ended".to_owned());
                instrument.trading = Trading { state: TradingState::Suspended, until: None, reason };
            }
            instrument
        });
        self.universe = Universe::new(instruments.collect()).map_err(|error| vec![Diagnostic::error(Code::DEFECT, error.to_string())])?;
        self.suspended.clone_from(&self.delisted);
        Ok(())
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
        let sales = sales_of_all(&self.books, self.base, last, |instrument| self.unit_value(instrument, &fx).ok());
        let owed = self.taxes.owed(&self.books, self.past.universe, last, &[]);
        let sold = sales.and_then(|sales| self.taxes.owed(&self.books, self.past.universe, last, &sales).ok());
        let end = Final {
            value,
            after_tax: sold.map(|sold| value - sold - deferred_tax(&self.books.household, &values)),
            tax_owed: owed.as_ref().ok().copied(),
        };
        self.result.unassessed = owed.err().map(|error| error.to_string()).or(self.taxes.unknown.take());
        let notes = self.result.notes(self.past, &self.taxes);
        let Collected { opening, days, acted, drifts, .. } = self.result;
        let Books { journal, household, holdings, .. } = self.books;
        Ok(Backtest { opening, days, acted, drifts, end, journal, household, holdings, notes })
    }
}

/// Prices as they compare over the splits before a day.
fn known(past: &Past<'_>, day: Date) -> Result<PriceHistory, Vec<Diagnostic>> {
    let before = past.actions.partition_point(|action| action.date < day);
    action::split_adjusted(past.prices, past.actions.get(..before).unwrap_or_default()).map_err(|error| too_large(&error))
}

impl Day {
    fn fill(&mut self, filled: Filled) {
        self.costs += filled.costs;
        self.traded_one_way += 0.5 * filled.gross;
    }
}

fn on_day(day: Date, told: Vec<Diagnostic>) -> Vec<Diagnostic> {
    told.into_iter().map(|told| Diagnostic { message: format!("on {day}: {}", told.message), ..told }).collect()
}
