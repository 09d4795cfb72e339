//! Problems with choices: how many assets, not too little of one, no small or free trades.

use crate::optimize::certify::certify;
use crate::optimize::dispatch;
use crate::optimize::integer::{self, Bounded, Budget, Choices, Relaxed};
use crate::optimize::program::Program;
use crate::optimize::solution::{Backend, Work};

use super::outcome::{Outcome, Proof, SolveError, expected_return, risk};
use super::scenarios::ByScenarios;
use super::{Lowered, Objective, Problem};

/// Relaxations by the method that fits.
struct ByDispatch {
    backend: Option<Backend>,
}

impl Relaxed for ByDispatch {
    type Error = SolveError;

    fn least(&mut self, program: &Program) -> Result<Bounded, SolveError> {
        let found = dispatch::solve(program, None, self.backend)?;
        Ok(Bounded::of(found.solution, &found.certificate))
    }

    fn objective(&self, program: &Program, weights: &[f64]) -> f64 {
        program.objective(weights)
    }
}

/// Assets up to which ten thousand relaxations take a few seconds, by a covariance and over scenarios.
const CHEAP: f64 = 60.0;
const CHEAP_SCENARIOS: f64 = 27.0;

/// Relaxations that are solved whatever they take: enough to go down to a choice.
const FEWEST: f64 = 100.0;

/// A few seconds of work: a relaxation takes about n² operations, so with more assets there are fewer.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 100 to ten thousand")]
fn budget(assets: usize, cheap: f64) -> Budget {
    let whole = Budget::default();
    let share = (cheap / (assets as f64).max(cheap)).powi(2);
    Budget { nodes: (whole.nodes as f64 * share).max(FEWEST) as usize, ..whole }
}

/// Solves a problem with choices, over scenarios where it is one of them.
pub(super) fn solve(
    problem: &Problem,
    lowered: &Lowered,
    scenarios: Option<ByScenarios<'_>>,
    backend: Option<Backend>,
) -> Result<Outcome, SolveError> {
    if matches!(problem.objective, Objective::MaximumRatio { .. }) {
        let what = "a choice of assets or trades, and the greatest ratio,";
        return Err(SolveError::Unsupported { what, remedy: "maximize the utility or the return under a limit on risk instead" });
    }
    let size = lowered.program.size();
    let mut choices = Choices::free(size);
    if let Some((most, _)) = lowered.most_assets {
        choices = choices.at_most(most);
    }
    for asset in 0..size {
        if let Some((least, _)) = lowered.least_position {
            choices = choices.minimum_position(asset, least);
        }
        for (held, at_least, cost) in &lowered.trades {
            choices = choices.minimum_trade(asset, held[asset], *at_least).fixed_cost(asset, held[asset], *cost);
        }
    }
    let found = match scenarios {
        Some(mut scenarios) => integer::solve_over(&scenarios.program(), &choices, budget(size, CHEAP_SCENARIOS), &mut scenarios)?,
        None => integer::solve_over(&lowered.program, &choices, budget(size, CHEAP), &mut ByDispatch { backend })?,
    };
    let feasible = !found.weights.is_empty();
    let primal_residual = if feasible { primal_residual(lowered, &found.weights) } else { f64::INFINITY };
    Ok(Outcome {
        status: found.status,
        expected_return: expected_return(problem, &found.weights).filter(|_| feasible),
        risk: if feasible { risk(problem, lowered, &found.weights) } else { None },
        proof: Proof {
            objective: found.objective,
            lower_bound: found.lower_bound,
            primal_residual,
            dual_residual: 0.0,
            gap: if feasible { found.gap() } else { f64::INFINITY },
        },
        binding: Vec::new(),
        contradiction: None,
        work: Work { iterations: found.nodes, factorizations: 0 },
        backend: Backend::BranchAndBound,
        weights: found.weights,
    })
}

/// The largest violation of a limit of the program.
fn primal_residual(lowered: &Lowered, weights: &[f64]) -> f64 {
    let solution = dispatch::nothing(Backend::BranchAndBound, weights.to_vec());
    certify(&lowered.program, &solution).primal_residual
}
