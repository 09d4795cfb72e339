//! [`RiskModel`]: what is known of the returns of the leaves, from their history or from assumptions.

use std::collections::BTreeSet;

use evenkeel_ledger::date::Date;
use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::linear::product::times;
use serde::Serialize;

use crate::diagnostic::{Code, Diagnostic};
use crate::estimate::{EstimateInputs, Estimates, LEAST_RETURNS, check_length, estimate, is_believed};
use crate::portfolio::{SleeveCovariance, State};

use super::{RiskInputs, composite};

/// What figures of risk rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Returns of the past, by the estimators of the policy.
    History,
    /// Volatilities and correlations that are assumed of classes.
    Assumptions,
}

/// What is known of the returns of the leaves, by sleeve.
#[derive(Debug, Clone, PartialEq)]
pub struct RiskModel {
    /// Expected returns a year; 0 where nothing is known.
    pub expected: Vec<f64>,
    /// Covariance a year; 0 for cash and where nothing is known.
    pub covariance: Covariance,
    /// Where it came from.
    pub basis: Basis,
    pub(super) known: Vec<bool>,
    /// Of which the expected return is known.
    pub(super) known_returns: Vec<bool>,
    pub(super) history: Option<History>,
    /// Holdings beside others of their class, which move together as it does.
    pub(super) counted: BTreeSet<InstrumentId>,
    pub(super) notes: Vec<String>,
}

/// Returns of the past.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct History {
    /// A row a date, a column a sleeve; 0 for cash and where nothing is known.
    pub(super) returns: Matrix,
    pub(super) dates: Vec<Date>,
    pub(super) periods_per_year: f64,
}

impl History {
    pub(super) fn span(&self) -> Option<(Date, Date, usize)> {
        Some((*self.dates.first()?, *self.dates.last()?, self.dates.len()))
    }
}

impl RiskModel {
    /// From history where there is one for every leaf, otherwise from assumptions.
    ///
    /// # Errors
    /// Why neither tells the risk of the leaves.
    pub fn new(inputs: &EstimateInputs<'_>) -> Result<Self, Vec<Diagnostic>> {
        let from_history = match inputs.history {
            Some(_) => estimate(&EstimateInputs { scenarios: true, ..*inputs }).and_then(|estimates| {
                check_length(estimates.dates.len(), LEAST_RETURNS, inputs.as_of)?;
                Ok(Self::of_estimates(inputs, estimates))
            }),
            None => Err(Vec::new()),
        };
        from_history.or_else(|told| {
            let notes: Vec<String> = told.first().map(|first| format!("History is left out: {}.", first.message)).into_iter().collect();
            // Where the policy says how beliefs are made into estimates, risk is that of these estimates.
            let believed = is_believed(inputs.rules).then(|| estimate(&EstimateInputs { scenarios: false, ..*inputs }).ok()).flatten();
            if let Some(mut estimates) = believed {
                estimates.notes.splice(0..0, notes);
                return Ok(Self { basis: Basis::Assumptions, ..Self::of_estimates(inputs, estimates) });
            }
            Self::of_assumptions(inputs, notes).map_err(|unknown| told.into_iter().chain([*unknown]).collect())
        })
    }

    /// The same, in which a class moves as what is held of it.
    ///
    /// # Errors
    /// As [`RiskModel::new`].
    pub(super) fn of_held(inputs: &RiskInputs<'_>, held: &State) -> Result<Self, Vec<Diagnostic>> {
        let Some(composite) = composite::of_held(inputs, held) else { return Self::new(&inputs.estimate) };
        let mut model = Self::new(&EstimateInputs { history: Some(&composite.history), ..inputs.estimate })?;
        if model.basis == Basis::History {
            model.notes.extend(composite.notes);
            model.counted = composite.counted;
        }
        Ok(model)
    }

    fn of_estimates(inputs: &EstimateInputs<'_>, estimates: Estimates) -> Self {
        let size = inputs.sleeves.len();
        // Where each sleeve stands among the assets.
        let mut at: Vec<Option<usize>> = vec![None; size];
        for (index, asset) in estimates.assets.iter().enumerate() {
            if let Some(slot) = at.get_mut(asset.sleeve.0) {
                *slot = Some(index);
            }
        }
        let place = |sleeve: usize| at.get(sleeve).copied().flatten();
        let matrix = estimates.covariance.matrix();
        let covariance =
            Matrix::from_fn(size, size, |row, column| place(row).zip(place(column)).map_or(0.0, |(row, column)| matrix.get(row, column)));
        let mut known: Vec<bool> = at.iter().map(Option::is_some).collect();
        let mut expected: Vec<f64> =
            (0..size).map(|sleeve| place(sleeve).and_then(|index| estimates.expected.get(index)).copied().unwrap_or(0.0)).collect();
        let cash = inputs.sleeves.cash.0;
        known.iter_mut().skip(cash).take(1).for_each(|known| *known = true);
        expected.iter_mut().skip(cash).take(1).for_each(|expected| *expected = inputs.rules.risk_free);
        let known_returns = known.clone();
        let history = estimates.scenarios.as_ref().map(|scenarios| History {
            returns: Matrix::from_fn(scenarios.rows(), size, |row, sleeve| place(sleeve).map_or(0.0, |index| scenarios.get(row, index))),
            dates: estimates.dates.clone(),
            periods_per_year: estimates.periods_per_year,
        });
        let mut notes = estimates.notes;
        // Where each pair is estimated on its own dates, rows have holes.
        let is_whole = |history: &History| history.returns.values().iter().all(|value| value.is_finite());
        let history = match history {
            Some(history) if !is_whole(&history) => {
                notes.push("Some dates lack a return: nothing is told of single dates.".to_owned());
                None
            }
            history => history,
        };
        // What the estimator made is positive semidefinite, and zeros beside it leave it so.
        let covariance = Covariance::from_matrix(covariance).unwrap_or_else(|_| estimates.covariance.as_ref().clone());
        Self { expected, covariance, basis: Basis::History, known, known_returns, history, counted: BTreeSet::new(), notes }
    }

    fn of_assumptions(inputs: &EstimateInputs<'_>, notes: Vec<String>) -> Result<Self, Box<Diagnostic>> {
        let help = "add prices or returns of the leaves' instruments, or volatilities and correlations of the classes to assumptions.toml";
        let Some(assumptions) = inputs.assumptions else {
            let message = "the risk of the classes cannot be told: there is neither history nor assumptions";
            return Err(Box::new(Diagnostic::error(Code::RISK, message).help(help)));
        };
        let covariance = SleeveCovariance::new(assumptions, inputs.sleeves).map_err(|unknown| {
            Box::new(Diagnostic::error(Code::RISK, format!("the risk of the classes cannot be told: {unknown}")).help(help))
        })?;
        let sleeves = || inputs.sleeves.iter();
        let cash = |id| id == inputs.sleeves.cash;
        let stated = sleeves().map(|(id, sleeve)| {
            let believed = assumptions.of(&sleeve.class).and_then(|class| class.expected_return);
            believed.or_else(|| cash(id).then_some(inputs.rules.risk_free))
        });
        let stated: Vec<Option<f64>> = stated.collect();
        let known = sleeves().map(|(id, _)| cash(id) || covariance.knows(id.0)).collect();
        Ok(Self {
            expected: stated.iter().map(|expected| expected.unwrap_or(0.0)).collect(),
            known_returns: stated.iter().map(Option::is_some).collect(),
            known,
            covariance: covariance.matrix().clone(),
            basis: Basis::Assumptions,
            history: None,
            counted: BTreeSet::new(),
            notes,
        })
    }

    /// Expected return of weights a year; `None` where that of something held is not known.
    pub(super) fn expected_return(&self, weights: &[f64]) -> Option<f64> {
        let is_known = weights.iter().zip(&self.known_returns).all(|(weight, known)| *known || *weight == 0.0);
        is_known.then(|| weights.iter().zip(&self.expected).map(|(weight, expected)| weight * expected).sum())
    }

    /// Returns of weights held all along; none without a history.
    pub(super) fn series(&self, weights: &[f64]) -> Option<Vec<f64>> {
        self.history.as_ref().map(|history| times(&history.returns, weights))
    }

    /// Share of the weights of which the risk is known.
    pub(super) fn covered(&self, weights: &[f64]) -> f64 {
        let sum = |only_known: bool| -> f64 {
            weights.iter().zip(&self.known).filter(|(_, known)| !only_known || **known).map(|(weight, _)| weight.abs()).sum()
        };
        let all = sum(false);
        if all > 0.0 { sum(true) / all } else { 1.0 }
    }
}
