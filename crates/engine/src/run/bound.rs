//! [`Bound`]: what a policy, a universe and beliefs come to on any day.

use std::sync::{Arc, OnceLock};

use evenkeel_ledger::identical::IdenticalSets;
use evenkeel_ledger::instrument::Universe;

use crate::assumptions::Assumptions;
use crate::comply::{Rules, StressTests};
use crate::policy::Policy;
use crate::portfolio::{SleeveCovariance, Sleeves};
use crate::target::Targets;

/// What a policy, a universe and beliefs come to on any day: made once, shared by the mandates of many days.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    /// The leaves of the tree.
    pub(super) sleeves: Arc<Sleeves>,
    /// Covariance of the sleeves, where the assumptions give one.
    pub(super) covariance: Option<Arc<SleeveCovariance>>,
    /// The limits.
    pub(super) rules: Arc<Rules>,
    /// The stress scenarios.
    pub(super) stress: Arc<StressTests>,
    /// Target weights, once they are known, of a policy of which they are the same on all days.
    pub(super) targets: Arc<OnceLock<Targets>>,
    /// What counts as identical.
    pub(super) identical: IdenticalSets,
    /// What could not be bound.
    pub(super) notes: Vec<String>,
}

impl Bound {
    pub(crate) fn new(policy: &Policy, universe: &Universe, assumptions: Option<&Assumptions>) -> Self {
        let sleeves = Sleeves::new(&policy.tree, universe);
        let mut notes = Vec::new();
        let covariance = assumptions.and_then(|assumptions| {
            SleeveCovariance::new(assumptions, &sleeves).map_err(|unknown| notes.push(format!("no tracking error: {unknown}"))).ok()
        });
        Self {
            rules: Arc::new(Rules::bind(policy, universe, &sleeves, assumptions)),
            stress: Arc::new(StressTests::bind(policy, universe, &sleeves)),
            identical: IdenticalSets::new(universe, policy.tax.identical),
            sleeves: Arc::new(sleeves),
            covariance: covariance.map(Arc::new),
            targets: Arc::default(),
            notes,
        }
    }
}
