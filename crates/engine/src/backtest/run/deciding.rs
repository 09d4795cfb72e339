//! A look at the household: what it decides, and what becomes of that.

use std::borrow::Cow;

use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::EventKind;
use evenkeel_ledger::holdings::AccountHoldings;
use evenkeel_ledger::instrument::{Trading, TradingState, Universe};
use evenkeel_ledger::number::Rounding;

use crate::boundary::{to_f64, to_money};
use crate::cost::CostModel;
use crate::diagnostic::{Code, Diagnostic};
use crate::drift::Decision;
use crate::market::{MarketSnapshot, NamedPanel};
use crate::policy::{CashFlow, CashRules, Policy, Trigger};
use crate::run::{Bound, Mandate, Proposal, Provenance, Subject};
use crate::target::read_stops;
use crate::trade::{Comparison, Side};

use super::{Due, Run, Watch};
use crate::backtest::Decided;
use crate::backtest::available::among_available;
use crate::backtest::books::too_large;
use crate::backtest::execution::{Execution, fill_as_proposed};
use crate::backtest::result::{Acted, Day, DriftPoint};

impl<'a> Run<'a> {
    /// The policy as it can be followed on a day. Capital that meets nothing held is invested all the way to the targets, whatever
    /// the triggers; targets of what cannot be had are spread over the others.
    fn policy_of(&mut self, day: Date, is_entry: bool) -> Cow<'a, Policy> {
        let never = || vec![Trigger::PortfolioDrift { limit: f64::INFINITY }];
        let stated = if is_entry { Cow::Owned(Policy { triggers: never(), ..self.policy.clone() }) } else { Cow::Borrowed(self.policy) };
        let Some((adjusted, missing)) = among_available(&stated, |symbol| self.can_be_had(symbol)) else { return stated };
        self.result.without.get_or_insert_with(|| (day, missing.join(", ")));
        Cow::Owned(adjusted)
    }

    /// What weights are optimized from, where they are.
    fn panel(&self, policy: &Policy, day: Date) -> Result<Option<NamedPanel>, Vec<Diagnostic>> {
        if !policy.needs_history() {
            return Ok(None);
        }
        let unusable = |error| vec![Diagnostic::error(Code::HISTORY_UNUSABLE, format!("on {day}: {error}"))];
        let panel = NamedPanel::of_history(self.past.prices, self.past.universe, day).map_err(unusable)?;
        Ok(Some(panel.total_return(self.past.universe, self.past.actions, self.past.fx, self.base).0))
    }

    /// A policy bound to the instruments: the run's own once for all days on which they can be traded alike.
    fn bound(&mut self, policy: &Policy, is_own: bool) -> Bound {
        let bind = || Bound::new(policy, &self.universe, self.past.assumptions);
        if is_own { self.bound.get_or_insert_with(bind).clone() } else { bind() }
    }

    /// Decides as on any day, and fills or keeps what was decided; whether it could.
    pub(super) fn decide(
        &mut self,
        day: Date,
        due: Due,
        has_flows: bool,
        entry: &mut Day,
        watch: &mut Watch<'_>,
    ) -> Result<bool, Vec<Diagnostic>> {
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
        let is_invested = self.books.holdings.accounts.iter().flat_map(AccountHoldings::lots).any(|lot| !lot.quantity.is_zero());
        let policy = self.policy_of(day, is_entry);
        let (policy, due) = match self.ruined(day, &policy, &due, &market)? {
            Some((without, last)) => (Cow::Owned(without), last),
            None => (policy, due),
        };
        let panel = self.panel(&policy, day)?;
        let bound = self.bound(&policy, matches!(policy, Cow::Borrowed(_)));
        let mandate = Mandate::bound(bound, &policy, &self.universe, &market, self.past.assumptions, self.past.signals);
        let mandate = mandate.comparing(Comparison::Nothing).tersely();
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
            if proposal.refused {
                self.result.limits.refuse(&proposal.checks);
            }
            point.acted = !proposal.trades.is_empty() && !proposal.refused;
            self.carry_out(proposal, &due, drift.max, entry)?;
        }
        // Capital that has just come in has not drifted, nor has cash of which nothing was ever bought.
        if is_invested {
            self.result.drifts.push(point);
            self.result.limits.look(day, &reviewed.limits);
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
        self.bound = None;
        Ok(())
    }
}

fn on_day(day: Date, told: Vec<Diagnostic>) -> Vec<Diagnostic> {
    told.into_iter().map(|told| Diagnostic { message: format!("on {day}: {}", told.message), ..told }).collect()
}
