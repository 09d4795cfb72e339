//! [`Case`]: all that a decision is made of.

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::instrument::{InstrumentId, Universe};

use crate::assumptions::Assumptions;
use crate::policy::Policy;
use crate::portfolio::Sleeves;

use super::Drift;

/// Cash of a household on the day of a decision, in the base currency, with the day's planned flows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CashState {
    /// Value of the household.
    pub value: f64,
    /// Cash above what is to be kept by target, buffer, minimum and planned withdrawals; below zero
    /// where it is less.
    pub spare: f64,
    /// Cash that has to be raised: what minimum and planned withdrawals need and is not there; at
    /// least 0.
    pub missing: f64,
    /// Net planned flow of the day: above zero comes in.
    pub flow: f64,
}

/// When a household was last looked at and traded; `None` for never, or not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReviewHistory {
    /// Date of the last review.
    pub last_review: Option<Date>,
    /// Date of the last rebalance.
    pub last_rebalance: Option<Date>,
}

/// All that a decision is made of.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The policy, with its triggers.
    pub policy: &'a Policy,
    /// How far holdings are from target.
    pub drift: &'a Drift,
    /// Cash.
    pub cash: CashState,
    /// Earlier reviews.
    pub history: ReviewHistory,
    /// The leaves of the policy's tree.
    pub sleeves: &'a Sleeves,
    /// The instruments, with their spreads.
    pub universe: &'a Universe,
    /// What is believed of volatilities.
    pub assumptions: Option<&'a Assumptions>,
    /// The day.
    pub as_of: Date,
}

impl Case<'_> {
    /// Volatility of a class a year, a fraction.
    pub(super) fn volatility(&self, class: &str) -> Option<f64> {
        self.assumptions?.of(&ClassPath::new(class).ok()?)?.volatility
    }

    /// Cost of trading a class, each side, as a fraction of what is traded: the proportional cost and
    /// half the spread of what its leaves buy, averaged by their target weights. What states no spread,
    /// or is not known, has the policy's.
    pub(super) fn cost_each_side(&self, class: &ClassPath) -> f64 {
        let costs = &self.policy.costs;
        let spread_of = |id: &InstrumentId| self.universe.get(*id).and_then(|instrument| instrument.spread);
        let (mut weight, mut cost) = (0.0, 0.0);
        for (_, sleeve) in self.sleeves.iter().filter(|(_, sleeve)| sleeve.listed && sleeve.class.is_within(class)) {
            let target = self.drift.classes.iter().find(|row| row.is_leaf && row.class == sleeve.class.as_str());
            let target = target.map_or(0.0, |row| row.target);
            weight += target;
            cost += target * costs.each_side(sleeve.instruments.first().and_then(spread_of));
        }
        if weight > 0.0 { cost / weight } else { costs.each_side(None) }
    }
}
