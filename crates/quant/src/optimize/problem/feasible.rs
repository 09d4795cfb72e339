//! Whether anything satisfies all constraints.

use crate::optimize::conflict;
use crate::optimize::solution::{Backend, Status};

use super::{Measure, Objective, Problem, SolveError, lower, solve};

/// Whether any weights satisfy all constraints, `None` where neither is proven; the objective and the costs do
/// not matter. Needs a covariance.
///
/// ```
/// use evenkeel_quant::estimate::covariance::Covariance;
/// use evenkeel_quant::optimize::problem::{Constraint, Measure, Moments, Objective, Problem, Rule, is_feasible};
/// let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 0.0, 0.0, 1.0])?;
/// let at_most = |most: f64| Problem {
///     objective: Objective::MinimumRisk,
///     measure: Measure::Variance,
///     moments: Moments { covariance: Some(covariance.clone().into()), ..Moments::default() },
///     costs: Vec::new(),
///     budget: 1.0,
///     constraints: vec![Constraint { label: "each".into(), rule: Rule::Weights { at_least: vec![0.0; 2], at_most: vec![most; 2] } }],
/// };
/// assert_eq!(is_feasible(&at_most(0.4))?, Some(false));
/// assert_eq!(is_feasible(&at_most(0.5))?, Some(true));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`SolveError`], where the problem itself is wrong.
pub fn is_feasible(problem: &Problem) -> Result<Option<bool>, SolveError> {
    let (objective, measure) = (Objective::MinimumRisk, Measure::Variance);
    let problem = Problem { objective, measure, costs: Vec::new(), ..problem.clone() };
    let lowered = lower(&problem)?;
    if lowered.has_choices() || !lowered.scenario_limits.is_empty() {
        let outcome = solve(&problem, None)?;
        return Ok(match outcome.status {
            Status::Infeasible => Some(false),
            Status::Optimal => Some(true),
            // A search among choices that ends early has weights that keep them.
            _ => (outcome.backend == Backend::BranchAndBound && !outcome.weights.is_empty()).then_some(true),
        });
    }
    lowered.program.check()?;
    Ok(conflict::is_feasible(&lowered.program))
}
