//! Which constraints given weights break, whoever found them.

use crate::linear::product::times;
use crate::optimize::certify::certify;
use crate::optimize::dispatch::nothing;
use crate::optimize::scenario;
use crate::optimize::solution::Backend;

use super::{Constraint, LowerError, Problem, Rule, lower};

/// Violations up to this part of a limit's size are rounding.
const ROUNDING: f64 = 1e-9;

/// The constraints that weights break, by their place in the problem, in order; for weights that were not found
/// by solving it.
///
/// ```
/// use evenkeel_quant::estimate::covariance::Covariance;
/// use evenkeel_quant::optimize::problem::{Constraint, Measure, Moments, Objective, Problem, Rule, broken};
/// let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 0.0, 0.0, 1.0])?;
/// let rules = [Rule::Volatility { at_most: 0.12 }, Rule::Weights { at_least: vec![0.0; 2], at_most: vec![0.4, 1.0] }];
/// let problem = Problem {
///     objective: Objective::MinimumRisk,
///     measure: Measure::Variance,
///     moments: Moments { covariance: Some(covariance.into()), ..Moments::default() },
///     costs: Vec::new(),
///     budget: 1.0,
///     constraints: rules.into_iter().map(|rule| Constraint { label: String::new(), rule }).collect(),
/// };
/// assert_eq!(broken(&problem, &[0.5, 0.5])?, [1]);
/// assert!(broken(&problem, &[0.3, 0.7])?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`LowerError`], where the problem itself is wrong.
pub fn broken(problem: &Problem, weights: &[f64]) -> Result<Vec<usize>, LowerError> {
    lower(problem)?;
    let mut broken = Vec::new();
    for (index, constraint) in problem.constraints.iter().enumerate() {
        if !keeps(problem, constraint, weights)? {
            broken.push(index);
        }
    }
    Ok(broken)
}

/// Whether weights keep one constraint.
fn keeps(problem: &Problem, constraint: &Constraint, weights: &[f64]) -> Result<bool, LowerError> {
    let near = |limit: f64| ROUNDING * limit.abs().max(1.0);
    match &constraint.rule {
        Rule::Risk { measure, at_most } => {
            let returns = problem.moments.scenarios.as_ref().map(|scenarios| times(scenarios, weights)).unwrap_or_default();
            let value = scenario::measures::of(*measure).value(&returns);
            return Ok(value <= at_most + ROUNDING * at_most.abs().max(value.abs()));
        }
        Rule::Assets { at_most } => return Ok(weights.iter().filter(|weight| weight.abs() > ROUNDING).count() <= *at_most),
        Rule::Position { at_least } => {
            return Ok(weights.iter().all(|weight| weight.abs() <= ROUNDING || weight.abs() >= at_least - near(*at_least)));
        }
        Rule::Trade { held, at_least, .. } => {
            let changes = weights.iter().zip(held).map(|(weight, held)| (weight - held).abs());
            return Ok(changes.into_iter().all(|change| change <= ROUNDING || change >= at_least - near(*at_least)));
        }
        _ => {}
    }
    let mut alone = Problem { constraints: vec![constraint.clone()], ..problem.clone() };
    // Weights have no bounds but those of the constraint.
    let open = Rule::Weights { at_least: vec![f64::NEG_INFINITY; weights.len()], at_most: vec![f64::INFINITY; weights.len()] };
    alone.constraints.push(Constraint { label: String::new(), rule: open });
    alone.budget = weights.iter().sum();
    let lowered = lower(&alone)?;
    Ok(certify(&lowered.program, &nothing(Backend::Scenarios, weights.to_vec())).is_feasible(ROUNDING))
}
