//! [`RiskModel`]: the risk of a state, for limits on it.

use evenkeel_ledger::instrument::Universe;
use evenkeel_ledger::number::Rate;

use crate::assumptions::Assumptions;
use crate::policy::{LimitedRisk, Policy, Strategy};
use crate::portfolio::{Exposure, SleeveCovariance, Sleeves, State};
use crate::target::stated_weights;

/// The covariance that is assumed of the sleeves, laid out by instrument.
#[derive(Debug, Clone)]
pub(super) struct RiskModel {
    covariance: Option<SleeveCovariance>,
    /// By instrument, the sleeves over which it is spread.
    exposures: Vec<Vec<Exposure>>,
    cash: usize,
    size: usize,
    /// Weights of the targets, where the tree states them.
    targets: Option<Vec<f64>>,
}

/// What can be told of the risk of a state, a year.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Risks {
    volatility: Option<f64>,
    tracking_error: Option<f64>,
}

impl Risks {
    /// A measure; `None` where it cannot be told.
    pub(super) fn of(self, measure: LimitedRisk) -> Option<f64> {
        let volatility = if measure == LimitedRisk::TrackingError { self.tracking_error } else { self.volatility };
        volatility.map(|volatility| measure.of(volatility))
    }
}

impl RiskModel {
    pub(super) fn new(policy: &Policy, universe: &Universe, sleeves: &Sleeves, assumptions: Option<&Assumptions>) -> Self {
        let states_weights =
            policy.strategy == Strategy::Tree && policy.tree.top().any(|(_, node)| node.weight.is_some_and(Rate::is_positive));
        Self {
            covariance: assumptions.and_then(|assumptions| SleeveCovariance::new(assumptions, sleeves).ok()),
            exposures: universe.iter().map(|(id, _)| sleeves.exposures(id).to_vec()).collect(),
            cash: sleeves.cash.0,
            size: sleeves.len(),
            targets: states_weights.then(|| stated_weights(&policy.tree, sleeves)),
        }
    }

    pub(super) fn measure(&self, state: &State) -> Risks {
        let Some(covariance) = self.covariance.as_ref().filter(|_| state.total() > 0.0) else { return Risks::default() };
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
        let active =
            self.targets.as_ref().map(|targets| weights.iter().zip(targets).map(|(weight, target)| weight - target).collect::<Vec<_>>());
        Risks {
            volatility: covariance.tracking_error(&weights),
            tracking_error: active.and_then(|active| covariance.tracking_error(&active)),
        }
    }
}
