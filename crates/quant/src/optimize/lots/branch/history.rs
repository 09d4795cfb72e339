//! What branching on each choice raised the bound by, and so what it promises (pseudocosts: M. Benichou et al., *Experiments in
//! mixed-integer linear programming*, Mathematical Programming 1, 1971; kept reliable as by T. Achterberg, T. Koch, A. Martin,
//! *Branching rules revisited*, Operations Research Letters 33, 2005).

use std::collections::BTreeMap;

use super::violation::{Choice, Violation};

/// What a side is taken to gain at the least, so that the other one counts too.
const LEAST_GAIN: f64 = 1e-9;

/// Gains that are known of a side from which on it is relied on.
const RELIABLE: f64 = 2.0;

/// What is known of a side of a choice.
#[derive(Debug, Clone, Copy, Default)]
struct Record {
    /// Σ gain ÷ distance.
    slopes: f64,
    count: f64,
}

/// What is known of all choices.
#[derive(Debug, Default)]
pub(super) struct History {
    records: BTreeMap<Choice, [Record; 2]>,
}

impl History {
    /// Notes what a side of a choice raised the bound by.
    pub(super) fn note(&mut self, violation: &Violation, side: usize, gain: f64) {
        let record = &mut self.records.entry(violation.choice).or_default()[violation.sides[side].way()];
        if gain.is_finite() && violation.distances[side] > 0.0 {
            record.slopes += gain.max(0.0) / violation.distances[side];
            record.count += 1.0;
        }
    }

    /// Whether so much is known of both sides of a choice that they need not be tried.
    pub(super) fn is_reliable(&self, choice: Choice) -> bool {
        self.records.get(&choice).is_some_and(|sides| sides.iter().all(|side| side.count >= RELIABLE))
    }

    /// What both sides of a choice promise to raise the bound by, multiplied.
    pub(super) fn score(&self, violation: &Violation) -> f64 {
        let known = self.records.get(&violation.choice);
        let gain = |side: usize| match known.map(|sides| sides[violation.sides[side].way()]) {
            Some(record) if record.count > 0.0 => record.slopes / record.count * violation.distances[side],
            _ => violation.worth,
        };
        score([gain(0), gain(1)])
    }
}

/// What two gains are worth together.
pub(super) fn score(gains: [f64; 2]) -> f64 {
    gains[0].max(LEAST_GAIN) * gains[1].max(LEAST_GAIN)
}
