//! [`Scene`]: returns of classes and instruments, applied to what is held.

use evenkeel_ledger::date::Date;
use serde::Serialize;

use crate::diagnostic::{Code, Diagnostic};
use crate::portfolio::State;

use super::RiskInputs;

/// What a stretch of the past, or shocks, would do.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Replay {
    /// First and last date; null for shocks.
    pub span: Option<(Date, Date)>,
    /// Return of what is held.
    pub portfolio_return: f64,
    /// Value after, in the base currency.
    pub value_after: f64,
    /// The same of what a proposal would leave.
    pub proposed_return: Option<f64>,
    /// Return of each class that is held, and what it adds.
    pub classes: Vec<ClassMove>,
}

/// Return of a class, and what it adds to that of the portfolio.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClassMove {
    /// The class.
    pub class: String,
    /// Its return.
    pub moved: f64,
    /// Weight × return.
    pub contribution: f64,
}

pub(super) fn told(error: &dyn std::fmt::Display) -> Vec<Diagnostic> {
    vec![Diagnostic::error(Code::RISK, format!("the stress cannot be told: {error}")).help("correct what it names")]
}

/// What shocks are applied to.
pub(super) struct Scene<'a> {
    pub(super) inputs: &'a RiskInputs<'a>,
    pub(super) held: &'a State,
    pub(super) proposed: Option<&'a State>,
}

/// The return of an instrument where it is not that of its classes.
pub(super) type Own<'f> = &'f dyn Fn(&str) -> Option<f64>;

impl Scene<'_> {
    /// Returns by sleeve, and of some instruments their own, applied to what is held.
    pub(super) fn moved(&self, span: Option<(Date, Date)>, by_sleeve: &[f64], own: Own<'_>) -> Replay {
        let mut parts = vec![(0.0, 0.0); by_sleeve.len()];
        let mut add = |sleeve: usize, value: f64, moved: f64| {
            if let Some((held, change)) = parts.get_mut(sleeve) {
                *held += value;
                *change += value * moved;
            }
        };
        self.walk(self.held, by_sleeve, own, &mut add);
        let total = self.held.total();
        let change: f64 = parts.iter().map(|(_, change)| change).sum();
        let classes = self.inputs.sleeves.iter().zip(&parts).filter(|(_, (held, _))| *held != 0.0);
        Replay {
            span,
            portfolio_return: change / total,
            value_after: total + change,
            proposed_return: self.proposed.map(|state| self.change(state, by_sleeve, own) / state.total()),
            classes: classes
                .map(|((_, sleeve), (held, change))| ClassMove {
                    class: sleeve.class.to_string(),
                    moved: change / held,
                    contribution: change / total,
                })
                .collect(),
        }
    }

    fn change(&self, state: &State, by_sleeve: &[f64], own: Own<'_>) -> f64 {
        let mut sum = 0.0;
        self.walk(state, by_sleeve, own, &mut |_, value, moved| sum += value * moved);
        sum
    }

    /// Calls with sleeve, value and return of each part of each holding, then of cash.
    fn walk(&self, state: &State, by_sleeve: &[f64], own: Own<'_>, call: &mut dyn FnMut(usize, f64, f64)) {
        let of_sleeve = |sleeve: usize| by_sleeve.get(sleeve).copied().unwrap_or(0.0);
        for (id, value) in state.values() {
            let own = self.inputs.universe.get(*id).and_then(|instrument| own(&instrument.symbol));
            for exposure in self.inputs.sleeves.exposures(*id) {
                let sleeve = exposure.sleeve.0;
                call(sleeve, exposure.weight * value, own.unwrap_or_else(|| of_sleeve(sleeve)));
            }
        }
        let cash = self.inputs.sleeves.cash.0;
        call(cash, state.cash(), of_sleeve(cash));
    }
}
