//! Problems with choices: how many assets, and not too little of one.

use crate::optimize::conic;
use crate::optimize::dispatch::{self, DispatchError};
use crate::optimize::integer::{self, Budget, Choices};
use crate::optimize::program::Program;
use crate::optimize::solution::{Backend, Work};

use super::outcome::{Outcome, Proof, SolveError, expected_return, risk};
use super::{Lowered, Objective, Problem};

/// Solves a problem with choices: how many assets, and not too little of one.
pub(super) fn solve(problem: &Problem, lowered: &Lowered, backend: Option<Backend>) -> Result<Outcome, SolveError> {
    if matches!(problem.objective, Objective::MaximumRatio { .. }) {
        let remedy = "use another objective, as maximum_utility";
        return Err(SolveError::Unsupported {
            what: "limits on the number of assets or their least weight, and the greatest ratio",
            remedy,
        });
    }
    let mut choices = Choices::free(lowered.program.size());
    if let Some((most, _)) = lowered.most_assets {
        choices = choices.at_most(most);
    }
    if let Some((least, _)) = lowered.least_position {
        choices = (0..lowered.program.size()).fold(choices, |choices, asset| choices.minimum_position(asset, least));
    }
    let mut failed = None;
    let mut relax = |program: &Program| match dispatch::solve(program, None, backend) {
        Ok(found) => Ok(found.solution),
        Err(DispatchError::Program(error)) => Err(error),
        Err(refused) => {
            failed = Some(refused);
            conic::solve(program)
        }
    };
    let found = integer::solve(&lowered.program, &choices, Budget::default(), &mut relax)?;
    if let Some(error) = failed {
        return Err(error.into());
    }
    let weights = found.weights.clone();
    let feasible = !weights.is_empty();
    Ok(Outcome {
        status: found.status,
        expected_return: expected_return(problem, &weights).filter(|_| feasible),
        risk: risk(problem, lowered, &weights).filter(|_| feasible),
        proof: Proof {
            objective: found.objective,
            lower_bound: found.lower_bound,
            primal_residual: 0.0,
            dual_residual: 0.0,
            gap: found.gap(),
        },
        binding: Vec::new(),
        contradiction: None,
        work: Work { iterations: found.nodes, factorizations: 0 },
        backend: Backend::BranchAndBound,
        weights,
    })
}
