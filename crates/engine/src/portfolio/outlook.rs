//! [`Outlook`]: what assumptions by class say of a portfolio.

use std::collections::{BTreeMap, BTreeSet};

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::instrument::{Instrument, Universe};
use serde::Serialize;

use crate::assumptions::{Assumptions, ClassAssumptions};

use super::{ClassPart, Sleeves, State, class_parts};

/// An average weighted by value, over what has the figure.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Average {
    /// The average: Σ valueᵢ × figureᵢ ÷ Σ valueᵢ over the holdings that have the figure.
    pub value: f64,
    /// Share of the portfolio's value that has the figure; the rest is left out, not taken as zero.
    pub covered: f64,
}

/// Exposure of a portfolio to a factor.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FactorExposure {
    /// The factor.
    pub factor: String,
    /// Σ weightᵢ × loadingᵢ over the whole portfolio: a class that states no loading on the
    /// factor has none.
    pub exposure: f64,
    /// Share of the portfolio's value that states a loading on it.
    pub covered: f64,
}

/// Assumptions by class, applied to the instruments of a universe; composed funds are looked
/// through.
#[derive(Debug, Clone, Copy)]
pub struct Outlook<'a> {
    universe: &'a Universe,
    sleeves: &'a Sleeves,
    assumptions: &'a Assumptions,
}

/// Σ value and Σ value × figure over what has a figure.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    value: f64,
    product: f64,
}

impl Sum {
    fn add(&mut self, value: f64, figure: f64) {
        self.value += value;
        self.product += value * figure;
    }

    fn average(self, total: f64) -> Option<Average> {
        (self.value > 0.0 && total > 0.0).then(|| Average { value: self.product / self.value, covered: self.value / total })
    }
}

impl<'a> Outlook<'a> {
    /// Applies assumptions to a universe.
    pub fn new(universe: &'a Universe, sleeves: &'a Sleeves, assumptions: &'a Assumptions) -> Self {
        Self { universe, sleeves, assumptions }
    }

    /// Expected simple return a year, a fraction; `None` where no holding's class has one.
    pub fn expected_return(&self, state: &State) -> Option<Average> {
        let mut sum = Sum::default();
        self.each_part(state, |value, _, assumed| {
            if let Some(expected) = assumed.and_then(|class| class.expected_return) {
                sum.add(value, expected);
            }
        });
        sum.average(state.total())
    }

    /// Every score that a holding has, by name: the instrument's own, or its class's.
    pub fn scores(&self, state: &State) -> Vec<(String, Average)> {
        let own = self.universe.iter().flat_map(|(_, instrument)| instrument.scores.keys());
        let of_classes = self.assumptions.classes.iter().flat_map(|class| class.scores.keys());
        let names: BTreeSet<&String> = own.chain(of_classes).collect();
        names.into_iter().filter_map(|name| Some((name.clone(), self.score(state, name)?))).collect()
    }

    /// One score, by name; `None` where no holding has it.
    pub fn score(&self, state: &State, name: &str) -> Option<Average> {
        let mut sum = Sum::default();
        self.each_part(state, |value, held, assumed| {
            let score = match held {
                Some((instrument, part)) => part.score(instrument, Some(self.assumptions), name),
                None => assumed.and_then(|class| class.scores.get(name).copied()),
            };
            if let Some(score) = score {
                sum.add(value, score);
            }
        });
        sum.average(state.total())
    }

    /// Exposure to every factor on which a holding's class states a loading, by name.
    pub fn exposures(&self, state: &State) -> Vec<FactorExposure> {
        let mut sums: BTreeMap<&'a str, Sum> = BTreeMap::new();
        self.each_part(state, |value, _, assumed| {
            for (factor, loading) in assumed.into_iter().flat_map(|class| &class.loadings) {
                sums.entry(factor).or_default().add(value, *loading);
            }
        });
        let total = state.total();
        let exposures = sums.into_iter().filter(|_| total > 0.0);
        exposures
            .map(|(factor, sum)| FactorExposure { factor: factor.to_owned(), exposure: sum.product / total, covered: sum.value / total })
            .collect()
    }

    /// Calls with the value of each part of each holding, in the order of instruments, then with
    /// cash, and with what is believed about its class.
    fn each_part(&self, state: &State, mut call: impl FnMut(f64, Option<(&Instrument, ClassPart<'_>)>, Option<&'a ClassAssumptions>)) {
        for (id, value) in state.values() {
            let Some(instrument) = self.universe.get(*id) else { continue };
            for part in class_parts(*id, instrument, self.sleeves) {
                call(value * part.fraction, Some((instrument, part)), part.assumed(self.assumptions));
            }
        }
        call(state.cash(), None, self.assumptions.of(&ClassPath::cash()));
    }
}
