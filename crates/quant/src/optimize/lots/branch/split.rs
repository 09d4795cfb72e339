//! By which of the choices that are broken a node is split.

use super::super::bound::lower_bound_within;
use super::super::relax::End;
use super::history::score;
use super::tree::Open;
use super::violation::{Found, Violation};
use super::{DIVES, PRECISION, Search};

/// Part of what is left of the gap to which the sides of a choice are solved that is only tried.
const ROUGHLY: f64 = 0.05;

/// Choices of which the sides are tried at a node, at most, and without finding a better one.
const TRIED: usize = 8;
const IN_VAIN: usize = 3;

impl Search<'_> {
    /// The choices that pieces break.
    pub(super) fn broken(&self, pieces: &[f64]) -> Vec<Violation> {
        Found { program: self.program, choices: self.choices, region: &self.region, pieces, prices: self.solver.prices() }.all()
    }

    /// Splits a node: while decisions are looked for by the choice that is broken most, later by the one that raises the bound most.
    pub(super) fn split(&mut self, node: usize, bound: f64, mut broken: Vec<Violation>) -> [Option<Open>; 2] {
        if self.dives < DIVES {
            let worse = |most: Violation, next: Violation| if (most.whole, next.worth) > (next.whole, most.worth) { next } else { most };
            let most = broken.into_iter().reduce(worse);
            return most.map_or([None; 2], |most| most.sides.map(|side| Some(self.tree.add(node, side, bound))));
        }
        broken.sort_by(|a, b| self.history.score(b).total_cmp(&self.history.score(a)));
        let mut best: Option<(f64, [Option<f64>; 2], Violation)> = None;
        let (mut tried, mut in_vain) = (0, 0);
        for violation in broken {
            let tries = tried < TRIED && !self.history.is_reliable(violation.choice);
            let bounds = if tries { [0, 1].map(|side| self.try_side(node, bound, &violation, side)) } else { [Some(bound); 2] };
            tried += usize::from(tries);
            let gain = |reached: Option<f64>| reached.map_or(f64::INFINITY, |reached| reached - bound);
            let promise = if tries { score(bounds.map(gain)) } else { self.history.score(&violation) };
            let is_better = best.as_ref().is_none_or(|(most, ..)| promise > *most);
            in_vain = if is_better { 0 } else { in_vain + 1 };
            let is_decided = bounds.contains(&None);
            if is_better {
                best = Some((promise, bounds, violation));
            }
            if is_decided || in_vain >= IN_VAIN {
                break;
            }
        }
        let Some((_, bounds, violation)) = best else { return [None; 2] };
        [0, 1].map(|side: usize| bounds[side].map(|bound| self.tree.add(node, violation.sides[side], bound)))
    }

    /// The bound of a side of a choice; none where it leads to nothing that is better.
    fn try_side(&mut self, node: usize, bound: f64, violation: &Violation, side: usize) -> Option<f64> {
        self.region.clone_from(&self.whole);
        let decision = Some(violation.sides[side]);
        if !self.tree.restrict(self.program, self.choices, node, decision, &mut self.region) {
            return None;
        }
        let left = self.found.best.map_or(0.0, |best| best - bound);
        if self.solve((PRECISION * self.budget.tolerance).max(ROUGHLY * left)) == End::Infeasible {
            return None;
        }
        let reached = lower_bound_within(self.program, &self.region, self.solver.near(), self.solver.prices()).max(bound);
        self.history.note(violation, side, reached - bound);
        if self.is_closed(reached) {
            self.closed = self.closed.min(reached);
            return None;
        }
        Some(reached)
    }
}
