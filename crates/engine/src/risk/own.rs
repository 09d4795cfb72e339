//! What holdings do beyond the classes that they make together: their own risk.

use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_quant::linear::product::times;
use evenkeel_quant::linear::vector::{count, dot};
use evenkeel_quant::risk::series::RiskError;
use evenkeel_quant::risk::tail_parts::tail_scenarios;

use crate::estimate::beyond;
use crate::portfolio::State;

use super::RiskInputs;
use super::model::{History, RiskModel};

/// What a unit of a holding does beyond its classes, a year.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Own {
    pub(super) variance: f64,
    /// Covariance with the portfolio.
    pub(super) with_portfolio: f64,
    /// Covariance with its classes.
    pub(super) with_classes: f64,
    /// Mean loss in the portfolio's worst scenarios, of a period.
    pub(super) worst: f64,
}

/// Returns from which that is told: of weights by sleeve held all along.
pub(super) struct Past<'a> {
    inputs: &'a RiskInputs<'a>,
    model: &'a RiskModel,
    history: &'a History,
    days: Vec<i32>,
    /// Returns of the portfolio.
    earned: Vec<f64>,
    /// The worst scenarios, and how much each counts.
    worst: Vec<(usize, f64)>,
    /// What all holdings do beyond their classes together, by date: nothing but for dates that some of them lack.
    left_over: Vec<f64>,
    /// Sum of squares of the weights of which it is left.
    squares: f64,
}

impl<'a> Past<'a> {
    /// `None` without a history.
    pub(super) fn new(inputs: &'a RiskInputs<'a>, model: &'a RiskModel, state: &State, weights: &[f64]) -> Result<Option<Self>, RiskError> {
        let Some(history) = &model.history else { return Ok(None) };
        let earned = times(&history.returns, weights);
        let worst = tail_scenarios(&earned, inputs.question.confidence)?.rows;
        let days = history.dates.iter().map(|date| date.ordinal()).collect();
        let left_over = vec![0.0; earned.len()];
        let mut past = Self { inputs, model, history, days, earned, worst, left_over, squares: 0.0 };
        for (id, value) in state.values() {
            let (weight, Some(apart)) = (value / state.total(), past.apart(*id)) else { continue };
            past.squares += weight * weight;
            past.left_over.iter_mut().zip(&apart).for_each(|(sum, apart)| *sum += weight * apart);
        }
        Ok(Some(past))
    }

    /// What a unit of each sleeve loses in the worst scenarios, on average.
    pub(super) fn worst_of_sleeves(&self) -> Vec<f64> {
        self.history.returns.iter_columns().map(|column| self.lost(column)).collect()
    }

    /// What a holding of a weight does beyond its classes, of which `unit` is what a unit of it is made of; `None` where it moves
    /// as they do.
    pub(super) fn own(&self, id: InstrumentId, weight: f64, unit: &[f64]) -> Option<Own> {
        let mut apart = self.apart(id)?;
        // On dates that some holdings lack, what is then left over is taken off by the least squares: parts sum to the whole.
        let share = if self.squares > 0.0 { weight / self.squares } else { 0.0 };
        apart.iter_mut().zip(&self.left_over).for_each(|(apart, left)| *apart -= share * left);
        let of_classes = times(&self.history.returns, unit);
        Some(Own {
            variance: self.covariance(&apart, &apart),
            with_portfolio: self.covariance(&apart, &self.earned),
            with_classes: self.covariance(&apart, &of_classes),
            worst: self.lost(&apart),
        })
    }

    fn apart(&self, id: InstrumentId) -> Option<Vec<f64>> {
        self.model.counted.contains(&id).then(|| beyond(&self.inputs.estimate, id, &self.days, &self.history.returns)).flatten()
    }

    fn lost(&self, returns: &[f64]) -> f64 {
        -self.worst.iter().filter_map(|(row, weight)| Some(returns.get(*row)? * weight)).sum::<f64>()
    }

    /// Sample covariance a year.
    fn covariance(&self, a: &[f64], b: &[f64]) -> f64 {
        let observations = count(a.len());
        let means = a.iter().sum::<f64>() * b.iter().sum::<f64>() / observations;
        (dot(a, b) - means) / (observations - 1.0) * self.history.periods_per_year
    }
}
