//! The greatest ratio of excess return to volatility.
//!
//! Where all limits are linear, [`crate::optimize::ratio`] finds it. Otherwise the optimum is that of the utility
//! whose risk aversion γ is excess ÷ variance at the optimum itself (W. Dinkelbach, *On nonlinear fractional
//! programming*, 1967, with the volatility majorized by a parabola): a number, which the secant finds between
//! the greatest γ known to be too low and the least known to be too high.

use crate::linear::vector::dot;
use crate::optimize::dispatch::{self, Certified};
use crate::optimize::program::Program;
use crate::optimize::ratio::{RatioError, maximum_ratio};
use crate::optimize::solution::{Backend, Status, WarmStart, Work, WorkLimit};

use super::outcome::{Outcome, SolveError};
use super::{Lowered, Problem};

/// Utilities that the search for γ may solve.
const MAX_STEPS: usize = 100;

/// A change of ln γ that counts as none.
const SETTLED: f64 = 1e-12;

pub(super) fn solve(
    problem: &Problem,
    lowered: &Lowered,
    risk_free: f64,
    start: Option<&WarmStart>,
    backend: Option<Backend>,
) -> Result<Outcome, SolveError> {
    let region = &lowered.program.region;
    let linear = region.spreads.is_empty() && region.risks.is_empty() && problem.costs.is_empty() && problem.budget > 0.0;
    if linear && lowered.residual_variance == 0.0 && matches!(backend, None | Some(Backend::ActiveSet)) {
        // The weights sum to the budget, so a rate is as much off each mean.
        let means = problem.moments.expected.iter().map(|mean| risk_free / problem.budget - mean);
        let program = Program { linear: means.collect(), ..lowered.program.clone() };
        match maximum_ratio(&program, start, WorkLimit::default()) {
            Ok(found) => {
                let certified = Certified::of(&found.utility, found.solution);
                if certified.certificate.is_optimal(dispatch::SHARP) {
                    return Outcome::of(problem, lowered, &found.utility, certified);
                }
            }
            Err(RatioError::NoExcess { greatest }) => return Err(SolveError::NoExcessReturn { best: greatest + risk_free, risk_free }),
            Err(RatioError::Riskless { excess }) => return Err(SolveError::NoRisk { excess }),
            Err(_) => {}
        }
    }
    Climb { problem, lowered, risk_free, backend, work: Work::default() }.run()
}

/// The search for γ.
struct Climb<'a> {
    problem: &'a Problem,
    lowered: &'a Lowered,
    risk_free: f64,
    backend: Option<Backend>,
    work: Work,
}

impl Climb<'_> {
    fn run(mut self) -> Result<Outcome, SolveError> {
        // The greatest return of all: tells whether there is any excess, and whether anything is feasible.
        let best = Program { quadratic: None, ..self.lowered.program.clone() };
        let richest = self.solve(&best, None)?;
        if richest.solution.status == Status::Infeasible {
            return self.finish(&best, richest);
        }
        let mut weights = richest.solution.weights.clone();
        let mut guess = if richest.solution.status == Status::Optimal {
            self.aversion(&weights)?
        } else {
            // Returns without end: from the least risk.
            let least = Program { linear: vec![0.0; weights.len()], costs: Vec::new(), ..self.lowered.program.clone() };
            weights = self.solve(&least, None)?.solution.weights;
            self.aversion(&weights)?.max(f64::MIN_POSITIVE)
        };
        if guess <= 0.0 {
            return Err(SolveError::NoExcessReturn { best: self.excess(&weights) + self.risk_free, risk_free: self.risk_free });
        }
        let (mut low, mut high) = (0.0, f64::INFINITY);
        let mut previous = None;
        for _ in 0..MAX_STEPS {
            let program = Program { scale: guess, ..self.lowered.program.clone() };
            let found = self.solve(&program, Some(&weights))?;
            if found.solution.status != Status::Optimal {
                return self.finish(&program, found);
            }
            let given = self.aversion(&found.solution.weights)?;
            // How far the γ of these weights is above the one that they are the optimum of: 0 at the greatest ratio.
            let last = (guess, if given > 0.0 { (given / guess).ln() } else { f64::NEG_INFINITY });
            if last.1 > 0.0 {
                low = guess;
            } else {
                high = guess;
            }
            guess = next(last, previous, low, high);
            if last.1.abs() <= SETTLED || (guess / last.0).ln().abs() <= SETTLED {
                return self.finish(&program, found);
            }
            previous = Some(last);
            weights = found.solution.weights;
        }
        let program = Program { scale: guess, ..self.lowered.program.clone() };
        let mut last = self.solve(&program, Some(&weights))?;
        last.solution.status = Status::WorkSpent;
        self.finish(&program, last)
    }

    fn solve(&mut self, program: &Program, start: Option<&[f64]>) -> Result<Certified, SolveError> {
        let start = start.map(|weights| WarmStart { weights: weights.to_vec() });
        let found = dispatch::solve(program, start.as_ref(), self.backend)?;
        self.work.iterations += found.solution.work.iterations;
        self.work.factorizations += found.solution.work.factorizations;
        Ok(found)
    }

    fn finish(&self, program: &Program, found: Certified) -> Result<Outcome, SolveError> {
        Ok(Outcome { work: self.work, ..Outcome::of(self.problem, self.lowered, program, found)? })
    }

    /// Excess ÷ variance.
    fn aversion(&self, weights: &[f64]) -> Result<f64, SolveError> {
        let program = &self.lowered.program;
        let active: Vec<f64> = weights.iter().zip(&program.center).map(|(weight, center)| weight - center).collect();
        let own = program.quadratic.as_ref().map_or(0.0, |covariance| covariance.variance(&active));
        let (excess, variance) = (self.excess(weights), own + self.lowered.residual_variance);
        if variance > 0.0 || excess <= 0.0 { Ok(excess / variance.max(f64::MIN_POSITIVE)) } else { Err(SolveError::NoRisk { excess }) }
    }

    fn excess(&self, weights: &[f64]) -> f64 {
        let costs: f64 = self.lowered.program.costs.iter().zip(weights).map(|(cost, weight)| cost.value(*weight)).sum();
        dot(&self.problem.moments.expected, weights) - costs - self.risk_free
    }
}

/// The next γ between one that is too low and one too high: by the secant in logarithms, by what the last gave,
/// or halfway.
fn next((at, off): (f64, f64), previous: Option<(f64, f64)>, low: f64, high: f64) -> f64 {
    let secant = previous.map(|(before, was)| (off - was) / (at / before).ln()).filter(|slope| *slope < 0.0);
    let secant = secant.map_or(f64::NAN, |slope| at * (-off / slope).exp());
    let halfway = if high.is_finite() { (low.max(1e-3 * high) * high).sqrt() } else { 4.0 * low };
    let inside = |guess: &f64| *guess > low && *guess < high;
    [secant, at * off.exp()].into_iter().find(inside).unwrap_or(halfway)
}
