//! One way in: a problem is lowered once and sent to the method that fits.

use std::num::NonZeroUsize;

use crate::linear::product::times;
use crate::linear::vector::dot;
use crate::optimize::dispatch::{self, DispatchError};
use crate::optimize::family;
use crate::optimize::scenario;
use crate::optimize::solution::{Backend, Status, WarmStart};

use super::outcome::{Outcome, SolveError};
use super::scenarios::ByScenarios;
use super::{Lowered, Measure, Objective, Problem, choices, lower, ratio, scenarios};

/// Cuts that a limit on a scenario measure may take.
const MAX_CUTS: usize = 500;

/// How far a scenario measure may be above its limit, as a fraction of it.
const CUT_TOLERANCE: f64 = 1e-9;

/// Solves a problem; `backend` forces the method for its convex programs, `None` leaves the choice.
///
/// ```
/// use evenkeel_quant::estimate::covariance::Covariance;
/// use evenkeel_quant::optimize::problem::{Measure, Moments, Objective, Problem, solve};
/// let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 0.0, 0.0, 1.0])?;
/// let problem = Problem {
///     objective: Objective::MinimumRisk,
///     measure: Measure::Variance,
///     moments: Moments { covariance: Some(covariance.into()), ..Moments::default() },
///     costs: Vec::new(),
///     budget: 1.0,
///     constraints: Vec::new(),
/// };
/// let outcome = solve(&problem, None)?;
/// assert!((outcome.weights[0] - 0.2).abs() < 1e-12 && outcome.proof.gap < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`SolveError`]; a problem without a feasible or finite optimum is an outcome, not an error.
pub fn solve(problem: &Problem, backend: Option<Backend>) -> Result<Outcome, SolveError> {
    solve_from(problem, None, backend)
}

/// As [`solve`], beginning from the weights of a like problem, which a method may use or not.
///
/// ```
/// use evenkeel_quant::estimate::covariance::Covariance;
/// use evenkeel_quant::optimize::problem::{Measure, Moments, Objective, Problem, solve, solve_from};
/// # let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 0.0, 0.0, 1.0])?;
/// # let objective = Objective::MinimumRisk;
/// # let moments = Moments { covariance: Some(covariance.into()), ..Moments::default() };
/// # let problem = Problem { objective, measure: Measure::Variance, moments, costs: Vec::new(), budget: 1.0, constraints: Vec::new() };
/// let outcome = solve(&problem, None)?;
/// let again = solve_from(&problem, Some(&outcome.weights), None)?;
/// assert!(again.work.iterations <= outcome.work.iterations && (again.weights[0] - 0.2).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`solve`].
pub fn solve_from(problem: &Problem, start: Option<&[f64]>, backend: Option<Backend>) -> Result<Outcome, SolveError> {
    let mut lowered = lower(problem)?;
    let start = start.filter(|weights| weights.len() == lowered.program.size() && weights.iter().all(|weight| weight.is_finite()));
    let mut start = start.map(|weights| WarmStart { weights: weights.to_vec() });
    let mut outcome = once(problem, &lowered, start.as_ref(), backend)?;
    if outcome.status == Status::Stalled && scenarios::bound_by(problem, &lowered).is_some() && !lowered.has_choices() {
        // Returns without end but for the limit on risk, which no price of risk holds: at one nothing is held, at
        // the next everything.
        lowered.by_cuts = true;
        outcome = once(problem, &lowered, start.as_ref(), backend)?;
    }
    if !needs_cuts(problem, &lowered) {
        return Ok(outcome);
    }
    for _ in 0..MAX_CUTS {
        if !cut(problem, &mut lowered, &outcome) {
            return Ok(outcome);
        }
        if outcome.status == Status::Optimal {
            start = Some(WarmStart { weights: outcome.weights });
        }
        let work = outcome.work;
        outcome = once(problem, &lowered, start.as_ref(), backend)?;
        outcome.work.iterations += work.iterations;
        outcome.work.factorizations += work.factorizations;
    }
    Ok(Outcome { status: Status::WorkSpent, ..outcome })
}

/// Solves many problems over threads, each from the weights of the one before it; the bits are the same for
/// any number of threads.
///
/// ```
/// use std::num::NonZeroUsize;
/// use evenkeel_quant::estimate::covariance::Covariance;
/// use evenkeel_quant::optimize::problem::{Measure, Moments, Objective, Problem, solve_all};
/// let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 0.0, 0.0, 1.0])?;
/// let moments = Moments { expected: vec![0.06, 0.02], covariance: Some(covariance.into()), ..Moments::default() };
/// let of = |risk_aversion: f64| Problem {
///     objective: Objective::MaximumUtility { risk_aversion },
///     measure: Measure::Variance,
///     moments: moments.clone(),
///     costs: Vec::new(),
///     budget: 1.0,
///     constraints: Vec::new(),
/// };
/// let outcomes: Result<Vec<_>, _> = solve_all(&[of(2.0), of(8.0)], NonZeroUsize::MIN, None).into_iter().collect();
/// let outcomes = outcomes?;
/// assert!(outcomes[0].risk > outcomes[1].risk);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn solve_all(problems: &[Problem], threads: NonZeroUsize, backend: Option<Backend>) -> Vec<Result<Outcome, SolveError>> {
    family::in_runs(problems, threads, |run: &[Problem]| {
        let mut start: Option<Vec<f64>> = None;
        let mut outcomes = Vec::with_capacity(run.len());
        for problem in run {
            let outcome = solve_from(problem, start.as_deref(), backend);
            start = outcome.as_ref().ok().filter(|outcome| outcome.status == Status::Optimal).map(|outcome| outcome.weights.clone());
            outcomes.push(outcome);
        }
        outcomes
    })
}

/// Adds a row for each limit on a measure that the weights break, or that stops the direction in which they grow
/// without end; whether there was any.
fn cut(problem: &Problem, lowered: &mut Lowered, outcome: &Outcome) -> bool {
    let endless = outcome.status == Status::Unbounded;
    if !endless && outcome.status != Status::Optimal {
        return false;
    }
    let weights = &outcome.weights;
    // By limit: what it measures, its slopes, the most that is allowed, and its constraint.
    let mut measured: Vec<(f64, Vec<f64>, f64, usize)> = Vec::new();
    if let Some(scenarios) = &problem.moments.scenarios {
        let returns = times(scenarios, weights);
        for (measure, most, constraint) in &lowered.scenario_limits {
            let measure = scenario::measures::of(*measure);
            let slopes = measure.slopes(&returns);
            let gradient = scenarios.iter_columns().map(|column| -dot(column, &slopes)).collect();
            measured.push((measure.value(&returns), gradient, *most, *constraint));
        }
    }
    let own = lowered.program.region.risks.iter().zip(&lowered.origin.risks).filter(|_| is_over_scenarios(problem));
    for (limit, constraint) in own {
        let distance: Vec<f64> = weights.iter().zip(&limit.center).map(|(x, b)| x - b).collect();
        let value = limit.value(weights);
        let gradient = limit.covariance.times(&distance).into_iter().map(|slope| slope / value).collect();
        measured.push((value, gradient, limit.volatility, *constraint));
    }
    let mut found = false;
    for (value, gradient, most, constraint) in measured {
        let allowed = if endless { 0.0 } else { most };
        if value > allowed + CUT_TOLERANCE * allowed.abs().max(value.abs()) {
            let at_most = most - value + dot(&gradient, weights);
            lowered.cut(&gradient, at_most, constraint);
            found = true;
        }
    }
    found
}

/// Whether there are limits that no method holds by itself: measures of scenarios beside the objective, and
/// covariance risk beside a measure of scenarios.
fn needs_cuts(problem: &Problem, lowered: &Lowered) -> bool {
    let beside = !lowered.scenario_limits.is_empty() && scenarios::bound_by(problem, lowered).is_none();
    beside || (is_over_scenarios(problem) && !lowered.program.region.risks.is_empty())
}

/// Whether the measure of the objective is one of scenarios.
fn is_over_scenarios(problem: &Problem) -> bool {
    matches!(problem.measure, Measure::Scenario(_)) && !matches!(problem.objective, Objective::MaximumReturn)
}

/// Solves the problem with the rows and cuts that there are.
fn once(problem: &Problem, lowered: &Lowered, start: Option<&WarmStart>, backend: Option<Backend>) -> Result<Outcome, SolveError> {
    let scenarios = ByScenarios::of(problem, lowered)?;
    if let (Some(_), Some(backend)) = (&scenarios, backend) {
        let reason = "a measure of scenarios has a method of its own".to_owned();
        return Err(DispatchError::Backend { backend, reason }.into());
    }
    if lowered.has_choices() {
        return choices::solve(problem, lowered, scenarios, backend);
    }
    if let Some(scenarios) = scenarios {
        return scenarios.solve(problem);
    }
    if let Objective::MaximumRatio { risk_free } = problem.objective {
        return ratio::solve(problem, lowered, risk_free, start, backend);
    }
    let found = dispatch::solve(&lowered.program, start, backend)?;
    Outcome::of(problem, lowered, &lowered.program, found)
}
