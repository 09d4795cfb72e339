//! [`Case`]: all that a decision is made of.

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;

use crate::assumptions::Assumptions;
use crate::policy::Policy;

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
}
