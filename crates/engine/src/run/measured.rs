//! [`Measured`]: where a household stands before any trade.

use evenkeel_ledger::number::{Money, NumberError};

use crate::boundary::to_f64;
use crate::comply::Reached;
use crate::diagnostic::Diagnostic;
use crate::drift::{Drift, Gauge};
use crate::policy::CashFlow;
use crate::portfolio::{Portfolio, State};
use crate::target::{TargetWeights, Targets};
use crate::trade::{Context, Situation};

use super::{Mandate, Proposal, Subject, out_of_range};

/// Where a household stands before any trade, with the flows of the day.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Value of everything, with the flows of the day.
    pub value: Money,
    /// Values by instrument, and of cash with the flows of the day: what limits are measured on.
    pub state: State,
    /// How far it is from target once cash reserves are set aside.
    pub drift: Drift,
}

/// What became of a look at a household.
#[derive(Debug, Clone, PartialEq)]
pub struct Reviewed {
    /// How far it was from target.
    pub drift: Drift,
    /// How the limits stood, before anything was traded.
    pub limits: Vec<Reached>,
    /// What is traded, where that was planned.
    pub proposal: Option<Proposal>,
}

/// A household beside its targets, before anything is decided.
pub(super) struct Weighed<'w> {
    pub(super) portfolio: &'w Portfolio<'w>,
    pub(super) targets: &'w Targets,
    pub(super) context: &'w Context<'w>,
    pub(super) flows: &'w [CashFlow],
    pub(super) situation: &'w Situation<'w>,
    /// With what is kept and what is held as cash.
    pub(super) effective: &'w TargetWeights,
    pub(super) gauge: &'w Gauge<'w>,
    /// By class.
    pub(super) drift: Drift,
}

impl Mandate<'_> {
    /// Measures a household as [`Mandate::propose`] does before it decides.
    ///
    /// # Errors
    /// All that is missing or contradictory, at once.
    pub fn measure(&self, subject: &Subject<'_>) -> Result<Measured, Vec<Diagnostic>> {
        self.weigh(subject, |weighed| {
            let (value, state) = self.with_flows_of(weighed)?;
            let drift = self.with_instruments(weighed.drift.clone(), weighed.gauge, weighed.situation);
            Ok(Measured { value, state, drift })
        })
    }

    /// Value, and values by instrument, with the flows of the day.
    fn with_flows_of(&self, weighed: &Weighed<'_>) -> Result<(Money, State), Vec<Diagnostic>> {
        let value = self.value_with_flows(weighed.portfolio, weighed.flows).map_err(out_of_range)?;
        let arrived = to_f64(value.amount()) - to_f64(weighed.portfolio.value().map_err(out_of_range)?.amount());
        Ok((value, with_flows(weighed.portfolio, arrived)))
    }

    /// How every limit of the policy stands before anything is traded.
    pub(super) fn limits_before(&self, weighed: &Weighed<'_>) -> Result<Vec<Reached>, Vec<Diagnostic>> {
        if self.policy.limits.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.rules.reached(&self.with_flows_of(weighed)?.1))
    }

    /// Weighs a household against its targets, for what is done with that.
    pub(super) fn weigh<R>(
        &self,
        subject: &Subject<'_>,
        then: impl FnOnce(&Weighed<'_>) -> Result<R, Vec<Diagnostic>>,
    ) -> Result<R, Vec<Diagnostic>> {
        self.check_history(subject.history)?;
        let portfolio = self.value(subject.holdings)?;
        let targets = self.targets(subject.household, Some(&portfolio))?;
        let context = self.context(&targets.weights).comparing(self.comparison).tersely(self.is_terse);
        self.beside(subject, &portfolio, &targets, &context, &self.flows(subject)?, then)
    }

    /// The same with some flows.
    pub(super) fn beside<R>(
        &self,
        subject: &Subject<'_>,
        portfolio: &Portfolio<'_>,
        targets: &Targets,
        context: &Context<'_>,
        flows: &[CashFlow],
        then: impl FnOnce(&Weighed<'_>) -> Result<R, Vec<Diagnostic>>,
    ) -> Result<R, Vec<Diagnostic>> {
        let situation = Situation::new(context, subject.household, portfolio, flows, subject.sold).map_err(out_of_range)?;
        let effective = situation.effective_targets(context);
        let gauge = Gauge::new(self.policy, &self.sleeves, &effective, self.covariance.as_deref());
        then(&Weighed {
            portfolio,
            targets,
            context,
            flows,
            drift: gauge.from_values(&situation.sleeve_values(self.sleeves.len())),
            situation: &situation,
            effective: &effective,
            gauge: &gauge,
        })
    }

    /// Drift by class and by instrument.
    pub(super) fn with_instruments(&self, drift: Drift, gauge: &Gauge<'_>, situation: &Situation<'_>) -> Drift {
        Drift { instruments: gauge.instruments(situation.portfolio, self.universe, situation.total()), ..drift }
    }

    /// Value of everything with the flows of the day, which are in the base currency.
    pub(super) fn value_with_flows(&self, portfolio: &Portfolio<'_>, flows: &[CashFlow]) -> Result<Money, NumberError> {
        let today = flows.iter().filter(|flow| flow.date == self.market.as_of).map(|flow| flow.amount);
        Money::sum(self.policy.base_currency, today)?.try_add(portfolio.value()?)
    }
}

/// Values by instrument, and cash with the flows of the day.
pub(super) fn with_flows(portfolio: &Portfolio<'_>, flows: f64) -> State {
    let held = State::of(portfolio);
    State::new(held.values().iter().copied(), held.cash() + flows)
}
