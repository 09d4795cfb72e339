//! [`RiskModel`]: the risk of a state, for limits on it.

use evenkeel_ledger::date::Date;
use evenkeel_ledger::instrument::{InstrumentId, Universe};
use evenkeel_ledger::number::Rate;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::linear::product::times;
use evenkeel_quant::risk::horizon::historical_tail;
use evenkeel_quant::risk::variance::volatility;

use crate::assumptions::Assumptions;
use crate::boundary::TOLERANCE;
use crate::diagnostic::{Code, Diagnostic};
use crate::estimate::{EstimateInputs, LEAST_RETURNS, LeafReturns, beyond, leaf_returns};
use crate::policy::{HistoryTail, Limit, LimitedRisk, Measure, Policy, RiskBasis, Strategy, TRADING_DAYS};
use crate::portfolio::{Exposure, SleeveCovariance, Sleeves, State};
use crate::target::stated_weights;
use crate::words::counted;

/// What is known of the risk of the sleeves, laid out by instrument.
#[derive(Debug, Clone)]
pub(super) struct RiskModel {
    covariance: Option<SleeveCovariance>,
    history: Option<History>,
    /// By instrument, the sleeves over which it is spread.
    exposures: Vec<Vec<Exposure>>,
    cash: usize,
    size: usize,
    /// Weights of the targets, where the tree states them.
    targets: Option<Vec<f64>>,
}

/// Returns of the sleeves in the past, and of the instruments beside them.
#[derive(Debug, Clone)]
struct History {
    /// A row a date, a column a sleeve: its first instrument; 0 for cash and where nothing is known.
    returns: Matrix,
    known: Vec<bool>,
    /// By instrument, what it returned beyond its sleeves; empty where it stands for one, or has too little of a past.
    beyond: Vec<Vec<f64>>,
    /// Whether instruments that stand for no sleeve have too little of a past.
    is_lacking: bool,
    dates: Vec<Date>,
    periods_per_year: f64,
}

impl RiskModel {
    pub(super) fn new(policy: &Policy, universe: &Universe, sleeves: &Sleeves, assumptions: Option<&Assumptions>) -> Self {
        let states_weights =
            policy.strategy == Strategy::Tree && policy.tree.top().any(|(_, node)| node.weight.is_some_and(Rate::is_positive));
        Self {
            covariance: assumptions.and_then(|assumptions| SleeveCovariance::new(assumptions, sleeves).ok()),
            history: None,
            exposures: universe.iter().map(|(id, _)| sleeves.exposures(id).to_vec()).collect(),
            cash: sleeves.cash.0,
            size: sleeves.len(),
            targets: states_weights.then(|| stated_weights(&policy.tree, sleeves)),
        }
    }

    pub(super) fn with_history(self, inputs: &EstimateInputs<'_>) -> Self {
        let history = History::new(inputs, &self.exposures).ok();
        Self { history, ..self }
    }

    /// Every limit on risk, by limit; `None` of those on something else, or where it cannot be told.
    pub(super) fn measure(&self, state: &State, limits: &[Limit]) -> Vec<Option<f64>> {
        if state.total() <= 0.0 {
            return vec![None; limits.len()];
        }
        let weights = self.weights(state);
        let active =
            self.targets.as_ref().map(|targets| weights.iter().zip(targets).map(|(weight, target)| weight - target).collect::<Vec<_>>());
        let measured = |limit: &Limit| {
            let Measure::Risk(risk, basis) = limit.measure else { return None };
            let weights = if risk == LimitedRisk::TrackingError { active.as_ref()? } else { &weights };
            match basis {
                RiskBasis::Assumptions => self.covariance.as_ref()?.tracking_error(weights).map(|volatility| risk.of(volatility)),
                RiskBasis::History { tail, window } => self.history.as_ref()?.measure(weights, state, risk, tail, window),
            }
        };
        limits.iter().map(measured).collect()
    }

    /// What a limit on risk rests on, in words.
    pub(super) fn basis(&self, limit: &Limit) -> Option<String> {
        match limit.measure {
            Measure::Risk(_, RiskBasis::Assumptions) => Some("the assumptions about classes".to_owned()),
            Measure::Risk(risk, RiskBasis::History { tail, window }) => {
                let Some(history) = &self.history else { return Some("history, of which there is none that could be used".to_owned()) };
                let dates = history.window(window)?;
                let span = dates.first().zip(dates.last()).map_or_else(String::new, |(first, last)| format!(" from {first} to {last}"));
                let how = match (risk, tail) {
                    (LimitedRisk::ValueAtRisk { .. } | LimitedRisk::ConditionalValueAtRisk { .. }, HistoryTail::Normal) => {
                        ", as normal ones"
                    }
                    (LimitedRisk::ValueAtRisk { .. } | LimitedRisk::ConditionalValueAtRisk { .. }, HistoryTail::Historical) => {
                        ", as they were"
                    }
                    _ => "",
                };
                let lacking =
                    if history.is_lacking { ", holdings with too little of one as the first instrument of their leaf" } else { "" };
                Some(format!("history: {}{span}{how}{lacking}", counted(dates.len(), "return")))
            }
            _ => None,
        }
    }

    /// Weights by sleeve; they sum to 1.
    fn weights(&self, state: &State) -> Vec<f64> {
        let mut weights = vec![0.0; self.size];
        let mut add = |sleeve: usize, value: f64| {
            if let Some(weight) = weights.get_mut(sleeve) {
                *weight += value / state.total();
            }
        };
        for (id, value) in state.values() {
            for exposure in self.exposures.get(id.index()).map_or(&[][..], Vec::as_slice) {
                add(exposure.sleeve.0, exposure.weight * value);
            }
        }
        add(self.cash, state.cash());
        weights
    }
}

impl History {
    fn new(inputs: &EstimateInputs<'_>, exposures: &[Vec<Exposure>]) -> Result<Self, Vec<Diagnostic>> {
        let LeafReturns { assets, returns, periods_per_year } = leaf_returns(inputs)?;
        // Where each pair may be estimated on its own dates, rows have holes: whole ones count.
        let values = returns.values();
        let whole: Vec<usize> = (0..values.rows())
            .filter(|row| values.iter_columns().all(|column| column.get(*row).is_some_and(|value| value.is_finite())))
            .collect();
        let mut known = vec![false; inputs.sleeves.len()];
        let mut at = vec![None; inputs.sleeves.len()];
        for (column, asset) in assets.iter().enumerate() {
            known.iter_mut().skip(asset.sleeve.0).take(1).for_each(|known| *known = true);
            at.iter_mut().skip(asset.sleeve.0).take(1).for_each(|at| *at = Some(column));
        }
        known.iter_mut().skip(inputs.sleeves.cash.0).take(1).for_each(|known| *known = true);
        let value = |row: usize, sleeve: usize| {
            let column = at.get(sleeve).copied().flatten();
            column.zip(whole.get(row)).map_or(0.0, |(column, row)| values.get(*row, column))
        };
        let days: Vec<i32> = whole.iter().filter_map(|row| returns.dates().get(*row)).copied().collect();
        let dates = days.iter().filter_map(|day| Date::from_ordinal(*day).ok()).collect();
        let returns = Matrix::from_fn(whole.len(), inputs.sleeves.len(), value);
        let stands = |id: InstrumentId| assets.iter().any(|asset| asset.instrument == Some(id));
        let others = |exposures: &[Exposure]| exposures.iter().any(|exposure| exposure.sleeve != inputs.sleeves.cash);
        let (mut apart, mut is_lacking) = (vec![Vec::new(); exposures.len()], false);
        for ((id, _), (exposures, apart)) in inputs.universe.iter().zip(exposures.iter().zip(&mut apart)) {
            if stands(id) || !others(exposures) {
                continue;
            }
            *apart = beyond(inputs, id, &days, &returns).unwrap_or_default();
            is_lacking |= apart.is_empty();
        }
        Ok(Self { returns, known, beyond: apart, is_lacking, dates, periods_per_year })
    }

    /// The dates of the last returns that count; `None` where there are too few.
    fn window(&self, window: Option<usize>) -> Option<&[Date]> {
        let needed = window.unwrap_or(LEAST_RETURNS).max(LEAST_RETURNS);
        let count = window.unwrap_or(self.dates.len());
        (self.dates.len() >= needed).then(|| self.dates.get(self.dates.len() - count..)).flatten()
    }

    /// A measure of weights by sleeve, and of what a state holds in other instruments than those that stand for them, held all along;
    /// `None` where returns are too few, or something is held of which none are known.
    fn measure(&self, weights: &[f64], state: &State, risk: LimitedRisk, tail: HistoryTail, window: Option<usize>) -> Option<f64> {
        let count = self.window(window)?.len();
        let is_known = weights.iter().zip(&self.known).all(|(weight, known)| *known || weight.abs() <= TOLERANCE);
        let mut earned = times(&self.returns, weights);
        for (id, value) in state.values() {
            let weight = value / state.total();
            let beyond = self.beyond.get(id.index()).map_or(&[][..], Vec::as_slice);
            earned.iter_mut().zip(beyond).for_each(|(earned, beyond)| *earned += weight * beyond);
        }
        let earned = earned.get(earned.len().checked_sub(count)?..).filter(|_| is_known)?;
        let historical = |confidence: f64, horizon_days: f64| {
            historical_tail(earned, horizon_days / TRADING_DAYS * self.periods_per_year, confidence).ok()
        };
        match (risk, tail) {
            (LimitedRisk::ValueAtRisk { confidence, horizon_days }, HistoryTail::Historical) => {
                Some(historical(confidence, horizon_days)?.value_at_risk)
            }
            (LimitedRisk::ConditionalValueAtRisk { confidence, horizon_days }, HistoryTail::Historical) => {
                Some(historical(confidence, horizon_days)?.conditional_value_at_risk)
            }
            _ => Some(risk.of(volatility(earned, 1).ok()? * self.periods_per_year.sqrt())),
        }
    }
}

/// Why limits on risk that rest on history cannot be told, each where the policy states it.
pub fn unmeasured(policy: &Policy, inputs: &EstimateInputs<'_>) -> Vec<Diagnostic> {
    let limits = policy.limits.iter().filter(|limit| limit.measure.rests_on_history());
    let mut history: Option<Result<History, Vec<Diagnostic>>> = None;
    let mut told = Vec::new();
    for limit in limits {
        let Measure::Risk(_, RiskBasis::History { window, .. }) = limit.measure else { continue };
        let known = history.get_or_insert_with(|| if inputs.history.is_some() { History::new(inputs, &[]) } else { Err(Vec::new()) });
        let why = match known {
            Ok(known) if known.window(window).is_some() => continue,
            Ok(known) => {
                let needed = window.unwrap_or(LEAST_RETURNS);
                format!("it needs {}, and there are {}", counted(needed, "return"), known.dates.len())
            }
            Err(why) => why.first().map_or_else(|| "there is none".to_owned(), |why| why.message.clone()),
        };
        let message = format!("the limit `{}` rests on history, which cannot be used: {why}", limit.name);
        let help = "add prices or returns over time of the first instrument of each leaf, ask for a shorter `window`, or write \
                    `basis = \"assumptions\"`";
        let error = Diagnostic::error(Code::NO_HISTORY, message).help(help);
        told.push(match &limit.location {
            Some(location) => error.at(location.clone()),
            None => error,
        });
    }
    told
}
