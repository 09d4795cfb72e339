//! [`Run`]: one policy on its way through the days.

use evenkeel_ledger::date::Date;
use evenkeel_ledger::fx::FxRates;
use evenkeel_ledger::holdings::AccountHoldings;
use evenkeel_ledger::instrument::{InstrumentId, Trading, TradingState, Universe};
use evenkeel_ledger::lot::Lot;
use evenkeel_ledger::number::{Currency, Rounding};

use crate::boundary::{to_f64, to_money};
use crate::cost::CostModel;
use crate::diagnostic::{Code, Diagnostic};
use crate::drift::Decision;
use crate::market::{MarketSnapshot, NamedPanel, PriceHistory, snapshot};
use crate::policy::{CashFlow, CashRules, Policy, Strategy, Trigger};
use crate::run::{Mandate, Proposal, Provenance, Subject};
use crate::target::read_stops;
use crate::trade::{Comparison, Side, Trade};

use super::action::{self, ActionKind};
use super::available::among_available;
use super::books::{Books, no_rate, too_large};
use super::clock;
use super::execution::{Execution, Fill, Filled, Waiting, fill_as_proposed};
use super::income::Place;
use super::result::{Acted, Backtest, Day, DriftPoint, Final};
use super::spend::Payer;
use super::tape::Tape;
use super::taxes::{Taxes, deferred_tax, unrealized};
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
    /// The same without a trigger: by it capital is invested on the first day, all the way to the targets.
    entry: &'a Policy,
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
    /// Flows that could not be placed on their day.
    delayed: Vec<CashFlow>,
    result: Collected,
}

/// What is written down on the way.
#[derive(Default)]
struct Collected {
    opening: f64,
    days: Vec<Day>,
    acted: Vec<Acted>,
    drifts: Vec<DriftPoint>,
    lapsed: usize,
    undecided: Vec<(Date, String)>,
    /// The first day on which targets could not be had, and which.
    without: Option<(Date, String)>,
    /// What could not be paid out, and since when.
    unpaid: Option<(Date, f64)>,
    overdrawn: usize,
    unassessed: Option<String>,
}

impl<'a> Run<'a> {
    pub(super) fn open(
        past: &'a Past<'a>,
        terms: &'a Terms,
        (policy, entry): (&'a Policy, &'a Policy),
        days: &[Date],
    ) -> Result<Self, Vec<Diagnostic>> {
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
            taxes: Taxes::new(base, first),
            payer: Payer::new(policy, first, days.last().copied().unwrap_or(first)),
            growth: 1.0,
            waiting: Waiting::default(),
            next_action: before,
            is_foreign,
            accrued: first,
            last_look: None,
            delayed: Vec::new(),
            result: Collected::default(),
            past,
            terms,
            policy,
            entry,
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
        let flows = self.flows_of(day, is_first, &fx)?;
        let has_flows = !flows.is_empty() || self.policy.cash.flows.iter().any(|flow| flow.date == day);
        if has_flows || clock::is_looked_at(self.terms.look, &self.policy.calendar, day, self.last_look)? {
            self.decide(day, flows, has_flows, &mut entry, watch)?;
            self.books.close(day)?;
            self.last_look = Some(day);
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
        let mandate = Mandate::new(self.policy, self.past.universe, &market, self.past.assumptions, self.past.signals);
        let whole_lots = self.policy.rebalance.whole_lots;
        let fill = Fill { universe: self.past.universe, costs: mandate.costs(), fx, base: self.base, day, whole_lots };
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

    /// Flows of a day beside those of the policy: what came late, the capital, taxes.
    fn flows_of(&mut self, day: Date, is_first: bool, fx: &FxRates) -> Result<Vec<CashFlow>, Vec<Diagnostic>> {
        let mut flows: Vec<CashFlow> = std::mem::take(&mut self.delayed).into_iter().map(|flow| CashFlow { date: day, ..flow }).collect();
        let capital = self.terms.capital.filter(|_| is_first);
        flows.extend(capital.map(|amount| CashFlow { date: day, amount, account: None, purpose: Some("capital".to_owned()) }));
        flows.extend(self.taxes.payment(&self.books.household, day));
        if let Some(mut payer) = self.payer.take() {
            let value = self.value(fx)?.iter().sum::<f64>() + capital.map_or(0.0, |capital| to_f64(capital.amount()));
            let before = self.result.days.last().map_or(0.0, |day| day.value);
            let growth = if before > 0.0 { self.growth * value / before } else { 1.0 };
            flows.extend(payer.pay(day, value, growth)?);
            self.payer = Some(payer);
        }
        Ok(flows)
    }

    /// Decides as on any day, and fills or keeps what was decided.
    fn decide(
        &mut self,
        day: Date,
        flows: Vec<CashFlow>,
        has_flows: bool,
        entry: &mut Day,
        watch: &mut Watch<'_>,
    ) -> Result<(), Vec<Diagnostic>> {
        self.suspend(day)?;
        let market = self.market(day);
        let is_entry = self.result.days.is_empty() && self.result.opening <= 0.0;
        let stated = if is_entry { self.entry } else { self.policy };
        let adjusted = among_available(stated, |symbol| self.can_be_had(symbol));
        if let Some((_, missing)) = &adjusted
            && self.result.without.is_none()
        {
            self.result.without = Some((day, missing.join(", ")));
        }
        let policy = adjusted.as_ref().map_or(stated, |(policy, _)| policy);
        let ruined = if has_flows { self.ruined(day, policy, &flows, &market)? } else { None };
        let (policy, flows) = match &ruined {
            Some((without, flows)) => (without, flows.clone()),
            None => (policy, flows),
        };
        let panel = match self.policy.strategy {
            Strategy::Optimized(_) => Some(
                NamedPanel::of_history(&self.prices, self.past.universe, day)
                    .map_err(|error| vec![Diagnostic::error(Code::HISTORY_UNUSABLE, format!("on {day}: {error}"))])?,
            ),
            _ => None,
        };
        let mandate = Mandate::new(policy, &self.universe, &market, self.past.assumptions, self.past.signals);
        let mandate = mandate.comparing(Comparison::Nothing);
        let mandate = match &panel {
            Some(panel) => mandate.with_history(panel),
            None => mandate,
        };
        let stops = read_stops(policy, &mandate.sleeves, &self.prices, self.past.assumptions, day).map_err(|told| on_day(day, told))?;
        let mandate = mandate.with_stops(&stops);
        let books = &self.books;
        let subject =
            Subject { household: &books.household, holdings: &books.holdings, flows: &flows, sold: &books.sold, history: books.history };
        let judged = mandate.decide(&subject);
        let (decision, drift) = match judged {
            Ok(judged) => judged,
            Err(told) if told.iter().all(|told| told.code == Code::NO_PRICE) => {
                let why = told.into_iter().map(|told| told.message).collect::<Vec<_>>().join("; ");
                self.result.undecided.push((day, why));
                let of_policy = self.policy.cash.flows.iter().filter(|flow| flow.date == day).cloned();
                self.delayed = flows.into_iter().chain(of_policy).collect();
                return Ok(());
            }
            Err(told) => return Err(on_day(day, told)),
        };
        let mut point = DriftPoint { date: day, max: drift.max, half_l1: drift.half_l1, acted: false };
        if has_flows || !matches!(decision, Decision::Hold { .. }) {
            let proposal = mandate.propose(&subject, Provenance::default()).map_err(|told| on_day(day, told))?;
            watch(&Decided {
                policy,
                universe: &self.universe,
                market: &market,
                household: subject.household,
                holdings: subject.holdings,
                flows: &flows,
                sold: subject.sold,
                proposal: &proposal,
            })?;
            point.acted = !proposal.trades.is_empty() && !proposal.refused;
            self.carry_out(proposal, &flows, drift.max, entry)?;
        }
        // Capital that has just come in has not drifted.
        if !is_entry {
            self.result.drifts.push(point);
        }
        self.books.history.last_review = Some(day);
        Ok(())
    }

    /// Enters flows, and fills trades or keeps them for the next day.
    fn carry_out(&mut self, proposal: Proposal, flows: &[CashFlow], max_drift: f64, entry: &mut Day) -> Result<(), Vec<Diagnostic>> {
        let day = proposal.as_of;
        let trades = if proposal.refused { &[][..] } else { &proposal.trades[..] };
        let at_once = self.terms.execution == Execution::Close;
        let (sells, buys): (Vec<&Trade>, Vec<&Trade>) = trades.iter().partition(|trade| trade.side == Side::Sell);
        for (account, line) in proposal.cash.iter().enumerate().filter(|(_, line)| line.flows.is_positive()) {
            self.books.move_cash(account, day, line.flows)?;
            entry.flow += to_f64(line.flows.amount());
        }
        if at_once {
            entry.fill(fill_as_proposed(&sells, self.past.universe, day, &mut self.books)?);
        }
        for (account, line) in proposal.cash.iter().enumerate().filter(|(_, line)| line.flows.is_negative()) {
            self.books.move_cash(account, day, line.flows)?;
            entry.flow += to_f64(line.flows.amount());
        }
        if at_once {
            entry.fill(fill_as_proposed(&buys, self.past.universe, day, &mut self.books)?);
        }
        let spent = flows.iter().filter(|flow| flow.purpose.as_deref() == Some("spending"));
        entry.spent -= spent.map(|flow| to_f64(flow.amount.amount())).sum::<f64>();
        let taxed = flows.iter().filter(|flow| flow.purpose.as_deref().is_some_and(|purpose| purpose.starts_with("tax due")));
        let tax: f64 = taxed.map(|flow| -to_f64(flow.amount.amount())).sum();
        entry.tax += tax;
        entry.flow += tax;
        self.write_down(&proposal, max_drift);
        if matches!(proposal.decision, Decision::Rebalance { .. }) {
            self.books.history.last_rebalance = Some(day);
        }
        if !at_once && !proposal.refused {
            self.waiting.trades = proposal.trades;
        }
        Ok(())
    }

    /// The flows of a day on which more goes out than there is: what comes in, and what selling everything pays; with the policy
    /// without its own. `None` on any other day.
    fn ruined(
        &mut self,
        day: Date,
        policy: &Policy,
        flows: &[CashFlow],
        market: &MarketSnapshot,
    ) -> Result<Option<(Policy, Vec<CashFlow>)>, Vec<Diagnostic>> {
        let costs = CostModel::new(&policy.costs, self.past.universe, market, self.past.assumptions);
        let of_policy = self.policy.cash.flows.iter().filter(|flow| flow.date == day);
        let (coming, going): (Vec<&CashFlow>, Vec<&CashFlow>) = of_policy.chain(flows).partition(|flow| flow.amount.is_positive());
        let sum = |flows: &[&CashFlow]| flows.iter().map(|flow| to_f64(flow.amount.amount())).sum::<f64>();
        let fx = self.fx(day);
        let (worth, asked) = (self.value(&fx)?.iter().sum::<f64>() + sum(&coming), -sum(&going));
        if asked <= worth {
            return Ok(None);
        }
        let mut charges = 0.0;
        for position in self.books.holdings.accounts.iter().flat_map(AccountHoldings::positions) {
            let units: f64 = position.lots.iter().map(|lot| to_f64(lot.quantity.decimal())).sum();
            charges += costs.estimate(position.instrument, units * self.unit_value(position.instrument, &fx)?);
        }
        let payable = to_money(-(worth - charges).max(0.0), self.base).and_then(|money| money.to_cents(Rounding::TowardZero));
        let payable = payable.map_err(|error| too_large(&error))?;
        let (since, before) = self.result.unpaid.unwrap_or((day, 0.0));
        self.result.unpaid = Some((since, before + asked + to_f64(payable.amount())));
        let last = CashFlow { date: day, amount: payable, account: None, purpose: Some("all that there is".to_owned()) };
        let without = Policy { cash: CashRules { flows: Vec::new(), ..policy.cash.clone() }, ..policy.clone() };
        Ok(Some((without, coming.into_iter().cloned().chain(Some(last).filter(|_| payable.is_negative())).collect())))
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
            trades: proposal.trades.len(),
            turnover_one_way: if value > 0.0 { 0.5 * gross / value } else { 0.0 },
            costs: to_f64(proposal.costs.total.amount()),
            max_drift,
            refused: proposal.refused,
        });
    }

    /// Whether an instrument has been priced by now and has not ended.
    fn can_be_had(&self, symbol: &str) -> bool {
        let id = self.past.universe.find(symbol);
        id.is_some_and(|id| self.closes.last(id).is_some() && !self.delisted.get(id.index()).copied().unwrap_or(false))
    }

    /// Suspends what has no price of late or has ended: nobody could trade it.
    fn suspend(&mut self, day: Date) -> Result<(), Vec<Diagnostic>> {
        let limit = i64::from(self.policy.prices.max_age_days);
        let is_suspended = |id: InstrumentId| {
            let is_old = self.closes.age(id, day).is_some_and(|age| i64::from(age) > limit);
            is_old || self.delisted.get(id.index()).copied().unwrap_or(false)
        };
        let suspended: Vec<bool> = self.past.universe.iter().map(|(id, _)| is_suspended(id)).collect();
        if suspended == self.suspended {
            return Ok(());
        }
        let instruments = self.past.universe.iter().zip(&suspended).map(|((_, instrument), suspended)| {
            let mut instrument = instrument.clone();
            if *suspended {
                let reason = Some("it has no recent price".to_owned());
                instrument.trading = Trading { state: TradingState::Suspended, until: None, reason };
            }
            instrument
        });
        self.universe = Universe::new(instruments.collect()).map_err(|error| vec![Diagnostic::error(Code::DEFECT, error.to_string())])?;
        self.suspended = suspended;
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
        let unit_value = |lot: &Lot| self.unit_value(lot.instrument, &fx).ok();
        let gains = unrealized(&self.books, self.base, last, unit_value);
        let none = evenkeel_ledger::household::GainsByTerm::zero(self.base);
        let owed = self.taxes.owed(&self.books.household, &none);
        let sold = gains.and_then(|gains| self.taxes.owed(&self.books.household, &gains).ok());
        let end = Final {
            value,
            after_tax: sold.map(|sold| value - sold - deferred_tax(&self.books.household, &values)),
            tax_owed: owed.as_ref().ok().copied(),
        };
        self.result.unassessed = owed.err().map(|error| error.to_string()).or(self.taxes.unknown.take());
        let notes = self.notes();
        let Collected { opening, days, acted, drifts, .. } = self.result;
        let Books { journal, household, holdings, .. } = self.books;
        Ok(Backtest { opening, days, acted, drifts, end, journal, household, holdings, notes })
    }

    fn notes(&self) -> Vec<String> {
        let result = &self.result;
        let mut notes = Vec::new();
        if self.waiting.trades.is_empty() && result.lapsed > 0 {
            notes.push(format!(
                "{} orders lapsed: there was no price on the day on which they were to be filled, or no cash.",
                result.lapsed
            ));
        }
        if let Some((day, why)) = result.undecided.first() {
            let days = result.undecided.len();
            notes.push(format!("On {days} days nothing could be decided, first on {day}: {why}."));
        }
        let asks_beliefs = |trigger: &Trigger| matches!(trigger, Trigger::TrackingError { .. } | Trigger::VolatilityBand { .. });
        if self.past.assumptions.is_none() && self.policy.triggers.iter().any(asks_beliefs) {
            notes.push("A trigger asks for volatilities, which nothing assumes: it never fired.".to_owned());
        }
        if result.acted.is_empty() && !result.drifts.is_empty() {
            notes.push("Nothing was ever traded: see what costs and the least trade leave of an order with `rebalance`.".to_owned());
        }
        if let Some((day, classes)) = &result.without {
            notes.push(format!("{classes} could not be had, first on {day}: the target was spread over its siblings while that lasted."));
        }
        if let Some((day, amount)) = result.unpaid {
            notes.push(format!("The money ran out: from {day} on {amount:.2} of withdrawals, taxes and spending was not paid."));
        }
        if result.overdrawn > 0 {
            notes.push(format!("On {} days an account ended below zero cash.", result.overdrawn));
        }
        if self.taxes.pooled {
            notes.push(
                "Gains of owners whose country matches shares and does not tax lots are not taxed here: run `tax-year` on the journal."
                    .to_owned(),
            );
        }
        if self.taxes.borrowed {
            notes.push("Years without a table of their own are taxed by the nearest year that has one.".to_owned());
        }
        if let Some(why) = &result.unassessed {
            notes.push(format!("Taxes on gains are not counted: {why}."));
        }
        let refused = result.acted.iter().filter(|acted| acted.refused).count();
        if refused > 0 {
            notes.push(format!("{refused} proposals were refused by a hard limit and not traded."));
        }
        notes
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
