//! The whole flow, on one screen: inputs in, a [`Proposal`] out.
//!
//! ```text
//! value holdings → make targets → look at the household → measure drift → decide
//!   → plan trades, compare the ways → check limits and stress → write the proposal
//! ```

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use evenkeel_ledger::holdings::Holdings;
use evenkeel_ledger::household::Household;
use evenkeel_ledger::identical::IdenticalSets;
use evenkeel_ledger::instrument::{InstrumentId, Universe};
use evenkeel_ledger::number::NumberError;
use evenkeel_quant::optimize::solution::Backend;

use crate::assumptions::Assumptions;
use crate::boundary::{TOLERANCE, to_f64};
use crate::comply::{Check, Rules, StressTests};
use crate::cost::CostModel;
use crate::diagnostic::{Code, Diagnostic};
use crate::drift::{self, Case, Decision, Drift, Gauge, ReviewHistory};
use crate::estimate::EstimateInputs;
use crate::index::IndexModel;
use crate::location::AnnualCosts;
use crate::market::{MarketSnapshot, NamedPanel, SignalHistory};
use crate::policy::{CashFlow, IndexRules, Optimization, Planner, Policy, Strategy};
use crate::portfolio::{Portfolio, SleeveCovariance, Sleeves, State, ValuationError};
use crate::target::{
    OptimizeInputs, Optimized, StopReading, TargetWeights, Targets, changed_stops, optimize, optimized_weights, stated_weights,
    target_weights, with_stops,
};
use crate::trade::{Comparison, Context, Edit, LossSale, Planned, Side, Situation, Trade, Weighing, propose_trades};
use crate::words::percent;

mod bound;

mod explain;

mod harvest;

mod locate;

mod measured;

mod notes;

mod proposal;

mod withdrawal;

pub(crate) use bound::Bound;
pub use harvest::HarvestProposal;
pub use locate::LocationReport;
use measured::Weighed;
pub use measured::{Measured, Reviewed};
pub use proposal::{Proposal, Provenance};
use withdrawal::Paid;

/// Version of the proposal's schema.
pub const SCHEMA_VERSION: u32 = 1;

/// What every output says of itself.
pub const DISCLAIMER: &str = "This is a calculation from the inputs given. It is not investment or tax advice.";

/// A policy bound to a universe, a market and beliefs: all that no household changes. Built once,
/// used for any number of households.
#[derive(Debug, Clone)]
pub struct Mandate<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// The instruments.
    pub universe: &'a Universe,
    /// Prices and exchange rates.
    pub market: &'a MarketSnapshot,
    /// Beliefs.
    pub assumptions: Option<&'a Assumptions>,
    /// Series that overlay rules read.
    pub signals: Option<&'a SignalHistory>,
    /// The leaves of the tree.
    pub sleeves: Arc<Sleeves>,
    /// Covariance of the sleeves, where the assumptions give one.
    pub covariance: Option<Arc<SleeveCovariance>>,
    /// Prices or returns over time, where weights are optimized from them or limits on risk rest on them.
    pub history: Option<&'a NamedPanel>,
    /// Indices that classes follow.
    pub indices: &'a [IndexModel],
    /// Which ways proposals compare.
    pub comparison: Comparison,
    /// Whether proposals say what is traded and not why.
    pub is_terse: bool,
    /// What a person has decided for the joint planner.
    pub edits: &'a [Edit],
    stops: Option<&'a [StopReading]>,
    rules: Arc<Rules>,
    stress: Arc<StressTests>,
    /// Target weights, once they are known, of a policy of which they are the same on all days.
    fixed_targets: Arc<OnceLock<Targets>>,
    costs: CostModel,
    identical: IdenticalSets,
    notes: Vec<String>,
}

/// One household on one day.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Owners and accounts.
    pub household: &'a Household,
    /// What they hold.
    pub holdings: &'a Holdings,
    /// Flows beside those of the policy.
    pub flows: &'a [CashFlow],
    /// Earlier sales at a loss: what was sold within 30 days is not bought back.
    pub sold: &'a [LossSale],
    /// Earlier reviews.
    pub history: ReviewHistory,
}

impl<'a> Mandate<'a> {
    /// Binds a policy.
    pub fn new(
        policy: &'a Policy,
        universe: &'a Universe,
        market: &'a MarketSnapshot,
        assumptions: Option<&'a Assumptions>,
        signals: Option<&'a SignalHistory>,
    ) -> Self {
        Self::bound(Bound::new(policy, universe, assumptions), policy, universe, market, assumptions, signals)
    }

    /// Binds a policy of which is known what no day changes.
    pub(crate) fn bound(
        bound: Bound,
        policy: &'a Policy,
        universe: &'a Universe,
        market: &'a MarketSnapshot,
        assumptions: Option<&'a Assumptions>,
        signals: Option<&'a SignalHistory>,
    ) -> Self {
        let Bound { sleeves, covariance, rules, stress, targets, identical, notes } = bound;
        let costs = CostModel::new(&policy.costs, universe, market, assumptions);
        Self {
            policy,
            universe,
            market,
            assumptions,
            signals,
            sleeves,
            covariance,
            history: None,
            indices: &[],
            comparison: Comparison::default(),
            is_terse: false,
            edits: &[],
            stops: None,
            rules,
            stress,
            fixed_targets: targets,
            costs,
            identical,
            notes,
        }
    }

    /// With a history from which weights are optimized, and on which limits on risk rest.
    #[must_use]
    pub fn with_history(self, history: &'a NamedPanel) -> Self {
        let with = Self { history: Some(history), ..self };
        if !with.policy.limits.iter().any(|limit| limit.measure.rests_on_history()) {
            return with;
        }
        let rules = Arc::new(with.rules.with_history(&with.estimate_inputs(None)));
        Self { rules, ..with }
    }

    /// With the indices that classes follow, as [`bind_indices`](crate::index::bind_indices) gives them.
    #[must_use]
    pub fn with_indices(mut self, indices: &'a [IndexModel]) -> Self {
        let apart = indices.iter().filter(|index| index.departure > TOLERANCE);
        self.notes.extend(apart.map(|index| {
            let (benchmark, departure) = (&index.benchmark, percent(index.departure));
            format!("after exclusions and tilt `{benchmark}` is {departure} of tracking error a year away from the index as published")
        }));
        Self { indices, ..self }
    }

    /// With what the policy's stops say on the day, as [`read_stops`](crate::target::read_stops) gives it.
    #[must_use]
    pub fn with_stops(self, stops: &'a [StopReading]) -> Self {
        Self { stops: Some(stops), ..self }
    }

    /// With decisions that the joint planner takes as given.
    #[must_use]
    pub fn editing(self, edits: &'a [Edit]) -> Self {
        Self { edits, ..self }
    }

    /// With other ways to compare.
    #[must_use]
    pub fn comparing(self, comparison: Comparison) -> Self {
        Self { comparison, ..self }
    }

    /// With proposals that say what is traded and not why: without reasons, what is not traded, drift by instrument, and taxes.
    /// For simulations, in which no person reads them.
    #[must_use]
    pub fn tersely(self) -> Self {
        Self { is_terse: true, ..self }
    }

    /// Decides whether a household should trade, and what.
    ///
    /// # Errors
    /// All that is missing or contradictory, at once.
    pub fn propose(&self, subject: &Subject<'_>, provenance: Provenance) -> Result<Proposal, Vec<Diagnostic>> {
        self.check_indices()?;
        self.weigh(subject, |weighed| {
            let decision = self.judge(subject, &weighed.drift, weighed.situation)?;
            self.plan(subject, weighed, decision, provenance)
        })
    }

    /// Decides whether a household should trade; what, only where the decision is to be planned for.
    ///
    /// # Errors
    /// All that is missing or contradictory, at once.
    pub fn review(
        &self,
        subject: &Subject<'_>,
        provenance: Provenance,
        is_planned: impl FnOnce(&Decision) -> bool,
    ) -> Result<Reviewed, Vec<Diagnostic>> {
        self.check_indices()?;
        self.weigh(subject, |weighed| {
            let decision = self.judge(subject, &weighed.drift, weighed.situation)?;
            let is_planned = is_planned(&decision);
            let proposal = is_planned.then(|| self.plan(subject, weighed, decision, provenance)).transpose()?;
            Ok(Reviewed { drift: weighed.drift.clone(), limits: self.limits_before(weighed)?, proposal })
        })
    }

    /// What is traded for a decision, once it is known which accounts pay.
    fn plan(
        &self,
        subject: &Subject<'_>,
        weighed: &Weighed<'_>,
        decision: Decision,
        provenance: Provenance,
    ) -> Result<Proposal, Vec<Diagnostic>> {
        match self.cheaper_payer(subject, weighed, &decision)? {
            None => self.write_down(subject, weighed, decision, None, provenance),
            Some(Paid { flows, note }) => self.beside(subject, weighed.portfolio, weighed.targets, weighed.context, &flows, |weighed| {
                self.write_down(subject, weighed, decision, Some(note), provenance)
            }),
        }
    }

    /// The trades for a decision.
    fn planned(&self, subject: &Subject<'_>, weighed: &Weighed<'_>, decision: &Decision) -> Result<Planned, Vec<Diagnostic>> {
        let Weighed { context, situation, effective, gauge, .. } = weighed;
        let destination = drift::destination(self.policy, decision);
        let weighing = self.weighing(subject, gauge, effective).map_err(out_of_range)?;
        propose_trades(context, situation, gauge, &effective.sleeves, decision, destination, weighing.as_ref()).map_err(out_of_range)
    }

    /// The proposal for a decision.
    fn write_down(
        &self,
        subject: &Subject<'_>,
        weighed: &Weighed<'_>,
        decision: Decision,
        note: Option<String>,
        provenance: Provenance,
    ) -> Result<Proposal, Vec<Diagnostic>> {
        let Weighed { portfolio, targets, context, flows, situation, gauge, .. } = weighed;
        let before = weighed.drift.clone();
        let before = if self.is_terse { before } else { self.with_instruments(before, gauge, situation) };
        let planned = self.planned(subject, weighed, &decision)?;

        let after = self.state_after(portfolio, &planned, |_, trade| to_f64(trade.gross.amount()));
        // Limits are on what is then held, and not on the cents paid for it.
        let held = self.state_after(portfolio, &planned, |instrument, trade| context.worth(instrument, trade.quantity));
        let (checks, broken) = self.check(portfolio, &planned, &held);
        let refused = broken && !planned.list.trades.is_empty();
        let mut notes = self.notes(subject, portfolio, situation, targets, &planned).map_err(out_of_range)?;
        notes.extend(note);
        let value_with_flows = self.value_with_flows(portfolio, flows).map_err(out_of_range)?;
        Ok(Proposal {
            schema_version: SCHEMA_VERSION,
            provenance,
            household: subject.household.id.clone(),
            policy: self.policy.name.clone(),
            as_of: self.market.as_of,
            currency: self.policy.base_currency,
            value: portfolio.value().map_err(out_of_range)?,
            value_with_flows,
            explanation: if self.is_terse { String::new() } else { explain::explain(&decision, &planned, value_with_flows, &before) },
            decision,
            target_reasons: targets.weights.reasons.clone(),
            chosen: planned.chosen,
            ways: planned.ways,
            trades: planned.list.trades,
            not_traded: planned.list.not_traded,
            cash: planned.list.cash,
            costs: planned.list.costs,
            taxes: planned.taxes,
            optimum: planned.optimum,
            before,
            after: gauge.from_values(&planned.after),
            checks,
            refused,
            stress: self.stress.run(&after).map_err(out_of_range)?,
            stale: self.stale(portfolio, subject.holdings),
            notes,
            disclaimer: DISCLAIMER,
        })
    }

    /// Asks the triggers.
    fn judge(&self, subject: &Subject<'_>, before: &Drift, situation: &Situation<'_>) -> Result<Decision, Vec<Diagnostic>> {
        let decision = drift::decide(&Case {
            policy: self.policy,
            drift: before,
            cash: situation.cash_state(),
            history: subject.history,
            sleeves: &self.sleeves,
            universe: self.universe,
            assumptions: self.assumptions,
            as_of: self.market.as_of,
        })?;
        let stopped = changed_stops(self.stops.unwrap_or_default(), subject.history.last_review, self.market.as_of);
        Ok(match (decision, stopped) {
            (decision @ Decision::Rebalance { .. }, _) | (decision, None) => decision,
            (_, Some(reason)) => Decision::Rebalance { trigger: "stop".to_owned(), reason },
        })
    }

    /// What the joint planner weighs with, where it is asked.
    fn weighing<'w>(
        &'w self,
        subject: &Subject<'_>,
        gauge: &'w Gauge<'w>,
        targets: &'w TargetWeights,
    ) -> Result<Option<Weighing<'w>>, NumberError> {
        if self.policy.rebalance.planner != Planner::Optimal && self.comparison != Comparison::All {
            return Ok(None);
        }
        let location = AnnualCosts::new(subject.household, &self.sleeves, self.policy, self.assumptions, self.market.as_of)?;
        Ok(Some(Weighing {
            gauge,
            targets: &targets.sleeves,
            covariance: self.covariance.as_deref(),
            location,
            limits: &self.rules,
            indices: self.indices,
            edits: self.edits,
        }))
    }

    /// The mandate with target weights, for the planner.
    fn context(&self, targets: &TargetWeights) -> Context<'_> {
        let (costs, identical) = (self.costs.clone(), self.identical.clone());
        Context::new(self.policy, self.universe, self.market, &self.sleeves, costs, identical, targets)
    }

    /// Values holdings in the base currency.
    ///
    /// # Errors
    /// Every holding without a price and every missing exchange rate.
    pub fn value<'h>(&self, holdings: &'h Holdings) -> Result<Portfolio<'h>, Vec<Diagnostic>> {
        let told = |error: &ValuationError| match error {
            ValuationError::NoPrice { .. } => Diagnostic::error(Code::NO_PRICE, error.to_string())
                .help("add a price on or before the day, or take the holding out of the holdings file"),
            ValuationError::Fx(_) => {
                Diagnostic::error(Code::NO_EXCHANGE_RATE, error.to_string()).help("add the pair to the exchange rates file")
            }
            ValuationError::Number { .. } => Diagnostic::error(Code::AMOUNT_TOO_LARGE, error.to_string())
                .help("check its quantity in the holdings file or journal, its price, and the exchange rate"),
        };
        Portfolio::new(holdings, self.universe, self.market, self.policy.base_currency).map_err(|errors| errors.iter().map(told).collect())
    }

    /// Target weights for a household; what it holds is where turnover and costs of an optimization
    /// count from.
    ///
    /// # Errors
    /// Whatever keeps them from being made.
    pub fn targets(&self, household: &Household, held: Option<&Portfolio<'_>>) -> Result<Targets, Vec<Diagnostic>> {
        let targets = self.targets_before_stops(household, held)?;
        match self.stops {
            _ if self.policy.stops.is_empty() => Ok(targets),
            Some(stops) => Ok(with_stops(targets, self.policy, &self.sleeves, stops)),
            None => {
                let message = "the policy has stops, which watch prices over time; none were handed in";
                Err(vec![Diagnostic::error(Code::NO_HISTORY, message).help("give the prices over time, or remove the stops")])
            }
        }
    }

    fn targets_before_stops(&self, household: &Household, held: Option<&Portfolio<'_>>) -> Result<Targets, Vec<Diagnostic>> {
        let Strategy::Optimized(optimization) = &self.policy.strategy else {
            return self.stated_targets(household);
        };
        let optimized = self.optimize(optimization, held, None)?;
        optimized_weights(self.policy, &self.sleeves, &optimized, self.assumptions, self.signals, self.market.as_of)
    }

    /// Target weights that the policy states; the same for all households and days unless they follow an age or signals.
    fn stated_targets(&self, household: &Household) -> Result<Targets, Vec<Diagnostic>> {
        let make = || target_weights(self.policy, &self.sleeves, household, self.assumptions, self.signals, self.market.as_of);
        if self.policy.overlay.is_some() || !matches!(self.policy.strategy, Strategy::Tree | Strategy::Profile { .. }) {
            return make();
        }
        if let Some(known) = self.fixed_targets.get() {
            return Ok(known.clone());
        }
        let made = make()?;
        Ok(self.fixed_targets.get_or_init(|| made).clone())
    }

    /// Optimizes the weights of the leaves.
    ///
    /// # Errors
    /// Whatever keeps them from being found.
    pub fn optimize(
        &self,
        optimization: &Optimization,
        held: Option<&Portfolio<'_>>,
        backend: Option<Backend>,
    ) -> Result<Optimized, Vec<Diagnostic>> {
        let stated = stated_weights(&self.policy.tree, &self.sleeves);
        let values = held.map(|portfolio| portfolio.sleeve_values(&self.sleeves));
        let value = values.as_ref().map(|values| values.iter().sum());
        let held = values.map(fractions);
        let cash = stated.get(self.sleeves.cash.0).copied().unwrap_or(0.0);
        optimize(&OptimizeInputs {
            optimization,
            tree: &self.policy.tree,
            estimate: self.estimate_inputs(Some(&stated)),
            held: held.as_deref(),
            cash,
            limits: &self.policy.limits,
            base_currency: self.policy.base_currency,
            value,
            backend,
        })
    }

    /// What estimates of the leaves are made of; `reference` are weights by sleeve that stand for the market.
    pub fn estimate_inputs<'s>(&'s self, reference: Option<&'s [f64]>) -> EstimateInputs<'s> {
        EstimateInputs {
            rules: &self.policy.estimate,
            tree: &self.policy.tree,
            sleeves: &self.sleeves,
            universe: self.universe,
            history: self.history,
            assumptions: self.assumptions,
            reference,
            as_of: self.market.as_of,
            scenarios: false,
        }
    }

    /// What trades cost.
    pub fn costs(&self) -> &CostModel {
        &self.costs
    }

    /// The policy's limits, bound.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The policy's stress scenarios, bound.
    pub fn stress(&self) -> &StressTests {
        &self.stress
    }

    /// Refuses a history that lies in the future, with which a cooldown would never end.
    fn check_history(&self, history: ReviewHistory) -> Result<(), Vec<Diagnostic>> {
        let as_of = self.market.as_of;
        let dates = [("rebalance", history.last_rebalance), ("review", history.last_review)];
        let later = dates.into_iter().filter_map(|(what, date)| Some((what, date.filter(|date| *date > as_of)?)));
        let told = later.map(|(what, date)| {
            let message = format!("the last {what} is said to be on {date}, after {as_of}, the day of the decision");
            Diagnostic::error(Code::ARGUMENT, message).help(format!("give the date of a {what} on or before {as_of}, or leave it out"))
        });
        let told: Vec<Diagnostic> = told.collect();
        if told.is_empty() { Ok(()) } else { Err(told) }
    }

    /// Refuses a policy of which a class follows an index that the mandate was not given.
    fn check_indices(&self) -> Result<(), Vec<Diagnostic>> {
        let lacks = |rules: &&IndexRules| !self.indices.iter().any(|index| index.class == rules.class);
        let Some(rules) = self.policy.indices.iter().find(lacks) else { return Ok(()) };
        let message = format!("`{}` follows the index `{}`, of which nothing is known", rules.class, rules.benchmark);
        Err(vec![Diagnostic::error(Code::INDEX, message).help("add constituents.csv, factors.csv and exposures.csv")])
    }

    /// Flows of the policy and of the day. A flow in another currency or for an unknown account is an
    /// error, and so is cash that must stay in a currency without a rate.
    fn flows(&self, subject: &Subject<'_>) -> Result<Vec<CashFlow>, Vec<Diagnostic>> {
        let cash = &self.policy.cash;
        let mut errors = Vec::new();
        let last = i32::try_from(cash.look_ahead_days).ok().and_then(|days| self.market.as_of.add_days(days).ok());
        let recurring = cash.recurring_within(&self.policy.calendar, self.market.as_of, last.unwrap_or(self.market.as_of));
        let recurring = recurring.unwrap_or_else(|error| {
            let message = format!("when planned flows recur cannot be told: {error}");
            errors.push(Diagnostic::error(Code::SCHEDULE_UNKNOWN, message).help("choose a calendar that covers the days"));
            Vec::new()
        });
        let flows: Vec<CashFlow> = cash.flows.iter().chain(&recurring).chain(subject.flows).cloned().collect();
        for account in &subject.household.accounts {
            for minimum in &account.cash_minimum {
                if let Err(error) = self.market.fx.conversion(minimum.currency(), self.policy.base_currency) {
                    let message = format!("account `{}` must keep {minimum} of cash, and {error}", account.id);
                    errors.push(Diagnostic::error(Code::NO_EXCHANGE_RATE, message).help("add the pair to the exchange rates file"));
                }
            }
        }
        let mut unknown = BTreeSet::new();
        for flow in &flows {
            if flow.amount.currency() != self.policy.base_currency {
                let message =
                    format!("the flow of {} on {} is not in the base currency {}", flow.amount, flow.date, self.policy.base_currency);
                errors.push(Diagnostic::error(Code::FLOW_CURRENCY, message).help("state the amount in the base currency"));
            }
            let account = flow.account.as_deref().filter(|id| subject.household.account_index(id).is_none());
            if let Some(account) = account.filter(|id| unknown.insert(*id)) {
                let known: Vec<&str> = subject.household.accounts.iter().map(|account| account.id.as_str()).collect();
                let message =
                    format!("the flow of {} on {} names the account `{account}`, which the household has not", flow.amount, flow.date);
                errors.push(Diagnostic::error(Code::FLOW_ACCOUNT, message).help(format!("use one of: {}", known.join(", "))));
            }
        }
        if errors.is_empty() { Ok(flows) } else { Err(errors) }
    }

    /// Values by instrument after the planned trades, each of a value as told.
    fn state_after(&self, portfolio: &Portfolio<'_>, planned: &Planned, value: impl Fn(InstrumentId, &Trade) -> f64) -> State {
        let held = portfolio.accounts.iter().flat_map(|account| &account.positions);
        let held = held.map(|position| (position.instrument, to_f64(position.value.amount())));
        let traded = planned.list.trades.iter().filter_map(|trade| {
            let instrument = self.universe.find(&trade.symbol)?;
            let value = value(instrument, trade);
            Some((instrument, if trade.side == Side::Buy { value } else { -value }))
        });
        let cash = planned.list.cash.iter().map(|line| to_f64(line.after.amount())).sum();
        State::new(held.chain(traded), cash)
    }

    /// Limits before, with the flows of the day, and after.
    fn check(&self, portfolio: &Portfolio<'_>, planned: &Planned, after: &State) -> (Vec<Check>, bool) {
        let flows: f64 = planned.list.cash.iter().map(|line| to_f64(line.flows.amount())).sum();
        let before = measured::with_flows(portfolio, flows);
        let (before, after) = (self.rules.measure(&before), self.rules.measure(after));
        (self.rules.check(&before, &after), self.rules.refuses(&before, &after))
    }
}

/// Values as fractions of their sum; zeros where there is none.
fn fractions(mut values: Vec<f64>) -> Vec<f64> {
    let total: f64 = values.iter().sum();
    for value in &mut values {
        *value = if total > 0.0 { *value / total } else { 0.0 };
    }
    values
}

#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
fn out_of_range(error: NumberError) -> Vec<Diagnostic> {
    let message = format!("the household as a whole cannot be counted: {error}");
    vec![Diagnostic::error(Code::AMOUNT_TOO_LARGE, message).help("check quantities and prices, and the amounts of the policy")]
}
