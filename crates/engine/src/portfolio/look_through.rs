//! Looking through an instrument to the classes that its value lies in.

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::instrument::{Instrument, InstrumentId};

use crate::assumptions::{Assumptions, ClassAssumptions};
use crate::boundary::to_f64;

use super::Sleeves;

/// A part of an instrument's value that is of one class.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClassPart<'a> {
    /// Fraction of the instrument's value; over all its parts 1.
    pub fraction: f64,
    /// The class that the reference data gives.
    pub class: &'a ClassPath,
    /// The class of the policy's leaf that counts it, which is another where a leaf names the
    /// symbol of an instrument of a different class.
    pub leaf: Option<&'a ClassPath>,
}

impl<'a> ClassPart<'a> {
    /// Whether the part is of a class, by the reference data or by the policy's tree.
    pub fn is_within(&self, class: &ClassPath) -> bool {
        self.class.is_within(class) || self.leaf.is_some_and(|leaf| leaf.is_within(class))
    }

    /// What is believed about its class, or about the leaf's where nothing is.
    pub fn assumed<'b>(&self, assumptions: &'b Assumptions) -> Option<&'b ClassAssumptions> {
        assumptions.of(self.class).or_else(|| assumptions.of(self.leaf?))
    }

    /// A score of the instrument by name: its own, or where it has none, what is believed about
    /// the class of this part.
    pub fn score(&self, instrument: &Instrument, assumptions: Option<&Assumptions>, name: &str) -> Option<f64> {
        let own = instrument.scores.get(name).map(|score| to_f64(*score));
        own.or_else(|| self.assumed(assumptions?)?.scores.get(name).copied())
    }

    /// The top class by which it is counted once: that of the policy's leaf, if there is one.
    pub fn top(&self) -> &'a str {
        self.leaf.unwrap_or(self.class).segments().next().unwrap_or_default()
    }
}

/// The parts of an instrument: one, or the components of a composed fund.
pub fn class_parts<'a>(id: InstrumentId, instrument: &'a Instrument, sleeves: &'a Sleeves) -> Vec<ClassPart<'a>> {
    if !instrument.composition.is_empty() {
        let part = |fraction, class| ClassPart { fraction, class, leaf: None };
        return instrument.composition.iter().map(|component| part(to_f64(component.weight.decimal()), &component.class)).collect();
    }
    let sleeve = sleeves.exposures(id).first().and_then(|exposure| sleeves.get(exposure.sleeve));
    let leaf = sleeve.filter(|sleeve| sleeve.listed).map(|sleeve| &sleeve.class);
    vec![ClassPart { fraction: 1.0, class: &instrument.class, leaf }]
}
