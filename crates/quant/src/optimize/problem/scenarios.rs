//! Problems over scenarios.

use crate::optimize::certify::ShadowPrice;
use crate::optimize::conic;
use crate::optimize::limit::Limit;
use crate::optimize::program::Program;
use crate::optimize::scenario;
use crate::optimize::solution::{Backend, Status};

use super::outcome::{Binding, Outcome, Proof, SolveError, bindings, contradiction, expected_return};
use super::{LowerError, Lowered, Problem, ScenarioMeasure};

/// Solves a problem over scenarios.
pub(super) fn solve(
    problem: &Problem,
    lowered: &Lowered,
    measure: ScenarioMeasure,
    objective: &scenario::Objective,
    limit: Option<usize>,
) -> Result<Outcome, SolveError> {
    let missing = || LowerError::Missing { what: "this measure".to_owned(), moment: "scenarios of returns" };
    let scenarios = problem.moments.scenarios.as_ref().ok_or_else(missing)?;
    if !problem.costs.is_empty() {
        return Err(SolveError::Unsupported { what: "costs and a scenario measure", remedy: "limit the turnover instead" });
    }
    let measure = scenario::measures::of(measure);
    let region = &lowered.program.region;
    let found = scenario::ScenarioProgram::new(scenarios, measure.as_ref(), region).solve(objective)?;
    let mut active = Vec::new();
    let signed =
        |value: f64, lower: Limit, upper: Limit| ShadowPrice { limit: if value > 0.0 { lower } else { upper }, price: value.abs() };
    for (row, value) in found.multipliers.rows.iter().enumerate() {
        active.push(signed(*value, Limit::RowLower(row), Limit::RowUpper(row)));
    }
    active.extend(found.multipliers.spreads.iter().enumerate().map(|(at, value)| ShadowPrice { limit: Limit::Spread(at), price: *value }));
    for (asset, value) in found.multipliers.bounds.iter().enumerate() {
        active.push(signed(*value, Limit::Lower(asset), Limit::Upper(asset)));
    }
    let largest = active.iter().map(|held| held.price).fold(0.0, f64::max);
    active.retain(|held| held.price > 1e-9 * largest);
    let mut binding = bindings(lowered, &active);
    if let Some(constraint) = limit.filter(|_| found.risk_price > 0.0) {
        binding.push(Binding { constraint: Some(constraint), limit: Limit::Risk(0), price: found.risk_price });
    }
    let contradiction = match found.status {
        Status::Infeasible => {
            let program = Program { quadratic: None, costs: Vec::new(), ..lowered.program.clone() };
            let proof = conic::solve(&program)?;
            contradiction(lowered, &program, &proof)?
        }
        _ => None,
    };
    Ok(Outcome {
        status: found.status,
        expected_return: expected_return(problem, &found.weights),
        risk: Some(found.risk),
        proof: Proof { objective: found.objective, lower_bound: found.bound, primal_residual: 0.0, dual_residual: 0.0, gap: found.gap },
        binding: if found.status == Status::Optimal { binding } else { Vec::new() },
        contradiction,
        work: found.work,
        backend: Backend::Scenarios,
        weights: found.weights,
    })
}
