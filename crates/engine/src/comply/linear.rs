//! [`LinearLimit`]: hard limits as optimizers take them.

use std::ops::Range;

use crate::policy::{Bound, Limit, Measure};

use super::limits::{Group, Rules};
use super::reading::Tally;

/// A hard limit as a linear rule on values: Σ coefficient × value stands to `right` + `share` × Σ value as `bound` says.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearLimit {
    /// Its name, with the value of the attribute where it holds for each.
    pub name: String,
    /// What a unit of value counts: by instrument of the universe, and last cash.
    pub coefficients: Vec<f64>,
    /// At most, or at least.
    pub bound: Bound,
    /// In the base currency.
    pub right: f64,
    /// The limit where it is a weight, else 0.
    pub share: f64,
}

impl Rules {
    /// Hard limits as linear rules on values. A ceiling that holds for each value of an attribute is one rule for each value. Left to
    /// [`Rules::check`] is what is no linear rule: a floor for each, which holds only for what is held, the sum of those beyond a
    /// weight, and risk.
    pub fn linear(&self) -> &[LinearLimit] {
        &self.linear
    }

    pub(super) fn linearized(&self) -> Vec<LinearLimit> {
        let mut found = Vec::new();
        for (index, limit) in self.limits.iter().enumerate().filter(|(_, limit)| limit.hard) {
            if limit.above.is_some() || matches!(limit.measure, Measure::Risk(..)) {
                continue;
            }
            if limit.each.is_none() {
                found.push(self.linear_of(index, limit, None, limit.name.clone()));
            } else if limit.bound == Bound::AtMost {
                let groups = self.groups.iter().enumerate().filter(|(_, group)| group.limit == index);
                let name = |group: &Group| format!("{}: {}", limit.name, group.value.as_deref().unwrap_or_default());
                found.extend(groups.map(|(at, group)| self.linear_of(index, limit, Some(at), name(group))));
            }
        }
        found
    }

    fn linear_of(&self, index: usize, limit: &Limit, group: Option<usize>, name: String) -> LinearLimit {
        let spans = self.offsets.windows(2).filter_map(|span| Some(*span.first()?..*span.last()?));
        let coefficient = |span: Range<usize>| {
            let mut tally = Tally::default();
            let entries = self.entries.get(span).unwrap_or_default().iter();
            entries.filter(|entry| entry.limit == index && entry.group == group).for_each(|entry| tally.add(entry.tally, 1.0));
            match limit.measure {
                Measure::Weight | Measure::Value | Measure::Risk(..) => tally.selected,
                Measure::Score(_) => tally.score - limit.value * tally.scored,
            }
        };
        let (right, share) = match limit.measure {
            Measure::Weight => (0.0, limit.value),
            Measure::Value => (limit.value, 0.0),
            Measure::Score(_) | Measure::Risk(..) => (0.0, 0.0),
        };
        LinearLimit { name, coefficients: spans.chain([self.cash.clone()]).map(coefficient).collect(), bound: limit.bound, right, share }
    }
}
