//! What other correlations would do, and which shock would break a limit.

use evenkeel_quant::estimate::covariance::stressed::toward_common_correlation;
use evenkeel_quant::probability::normal;
use evenkeel_quant::risk::parametric::normal_tail;
use evenkeel_quant::stress::reverse::{Breach, ShockSpace};
use serde::Serialize;

use crate::boundary::TOLERANCE;
use crate::comply::{LinearLimit, Rules};
use crate::diagnostic::Diagnostic;
use crate::policy::{Bound, TRADING_DAYS};

use super::model::RiskModel;
use super::scene::{ClassMove, Scene, told};
use super::weights;

/// What happens to risk where correlations move.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CorrelationStress {
    /// To what all correlations are moved.
    pub correlation: f64,
    /// Confidence of VaR.
    pub confidence: f64,
    /// Its horizon in trading days, 252 a year.
    pub horizon_days: f64,
    /// Volatility a year before.
    pub volatility: f64,
    /// Volatility a year after.
    pub stressed_volatility: f64,
    /// VaR over the horizon, normal, before.
    pub value_at_risk: f64,
    /// VaR over the horizon after.
    pub stressed_value_at_risk: f64,
}

/// The smallest shock that breaks a limit.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReverseStress {
    /// The limit.
    pub limit: String,
    /// Whether it is broken without any shock.
    pub is_broken: bool,
    /// How far the shock lies from none, in standard deviations of the horizon; null where no shock breaks the limit.
    pub distance: Option<f64>,
    /// Probability that the limit is broken at the end of the horizon, were returns normal.
    pub probability: Option<f64>,
    /// Probability of a shock as far out in whatever direction (χ²).
    pub plausibility: Option<f64>,
    /// Return of the portfolio under it.
    pub portfolio_return: Option<f64>,
    /// Return of each class that is held.
    pub classes: Vec<ClassMove>,
}

impl Scene<'_> {
    pub(super) fn correlated(&self, model: &RiskModel, correlation: f64) -> Result<CorrelationStress, Vec<Diagnostic>> {
        let weights = weights(self.inputs.sleeves, self.held);
        let stressed = toward_common_correlation(&model.covariance, correlation, 1.0).map_err(|error| told(&error))?;
        let years = self.inputs.question.horizon_days / TRADING_DAYS;
        let expected: f64 = weights.iter().zip(&model.expected).map(|(weight, expected)| weight * expected * years).sum();
        let tail = |volatility: f64| {
            let tail = normal_tail(expected, volatility * years.sqrt(), self.inputs.question.confidence);
            tail.map(|tail| tail.value_at_risk).map_err(|error| told(&error))
        };
        let (volatility, stressed_volatility) = (model.covariance.variance(&weights).sqrt(), stressed.variance(&weights).sqrt());
        Ok(CorrelationStress {
            correlation,
            confidence: self.inputs.question.confidence,
            horizon_days: self.inputs.question.horizon_days,
            volatility,
            stressed_volatility,
            value_at_risk: tail(volatility)?,
            stressed_value_at_risk: tail(stressed_volatility)?,
        })
    }

    /// The smallest shock over the horizon that breaks each limit that is a line, and each survival fraction of the policy.
    pub(super) fn reversed(&self, model: &RiskModel, rules: &Rules) -> Result<Vec<ReverseStress>, Vec<Diagnostic>> {
        let covariance = model.covariance.clone().scaled(self.inputs.question.horizon_days / TRADING_DAYS);
        let mut asked: Vec<(String, Breach)> = self.survivals();
        asked.extend(rules.linear().iter().map(|limit| (limit.name.clone(), self.breach(limit))));
        let space = ShockSpace::new(&covariance).map_err(|error| told(&error))?;
        let mut found = Vec::new();
        for (limit, mut breach) in asked {
            // Exactly at a limit is at it, whatever a sum was rounded to.
            if breach.reach.abs() <= TOLERANCE {
                breach.reach = 0.0;
            }
            let is_broken = breach.reach < 0.0;
            let nearest = space.least(std::slice::from_ref(&breach)).map_err(|error| told(&error))?;
            let moved = nearest.as_ref().map(|nearest| self.moved(None, &nearest.shocks, &|_| None));
            found.push(ReverseStress {
                limit,
                is_broken,
                distance: nearest.as_ref().map(|nearest| nearest.distance),
                probability: nearest.as_ref().map(|_| {
                    let spread = covariance.variance(&breach.slope).sqrt();
                    if breach.reach <= 0.0 { 1.0 } else { normal::cumulative(-breach.reach / spread) }
                }),
                plausibility: nearest.as_ref().map(|nearest| nearest.plausibility),
                portfolio_return: moved.as_ref().map(|moved| moved.portfolio_return),
                classes: moved.map_or_else(Vec::new, |moved| moved.classes),
            });
        }
        let far = |stress: &ReverseStress| stress.distance.unwrap_or(f64::INFINITY);
        found.sort_by(|a, b| far(a).total_cmp(&far(b)));
        Ok(found)
    }

    /// Losses that the policy's scenarios must not reach.
    fn survivals(&self) -> Vec<(String, Breach)> {
        let mut fractions: Vec<f64> = self.inputs.policy.stress.iter().map(|scenario| scenario.survival).collect();
        fractions.sort_by(f64::total_cmp);
        fractions.dedup();
        let weights = weights(self.inputs.sleeves, self.held);
        let breach = |survival: f64| Breach { slope: weights.iter().map(|weight| -weight).collect(), reach: 1.0 - survival };
        fractions.into_iter().map(|survival| (format!("survival of {}", crate::words::percent(survival)), breach(survival))).collect()
    }

    /// A limit as a line in the returns of sleeves: both what it selects and the whole move.
    fn breach(&self, limit: &LinearLimit) -> Breach {
        let total = self.held.total();
        let sign = if limit.bound == Bound::AtMost { 1.0 } else { -1.0 };
        let mut slope = vec![0.0; self.inputs.sleeves.len()];
        let mut reach = limit.right / total;
        let mut add = |sleeve: usize, value: f64, coefficient: f64| {
            let part = value / total * (coefficient - limit.share);
            reach -= part;
            if let Some(entry) = slope.get_mut(sleeve) {
                *entry += part;
            }
        };
        for (id, value) in self.held.values() {
            let coefficient = limit.coefficients.get(id.index()).copied().unwrap_or(0.0);
            for exposure in self.inputs.sleeves.exposures(*id) {
                add(exposure.sleeve.0, exposure.weight * value, coefficient);
            }
        }
        add(self.inputs.sleeves.cash.0, self.held.cash(), limit.coefficients.last().copied().unwrap_or(0.0));
        Breach { slope: slope.into_iter().map(|entry| sign * entry).collect(), reach: sign * reach }
    }
}
