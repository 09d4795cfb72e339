//! Problems over scenarios.

use crate::linear::matrix::Matrix;
use crate::linear::product::times;
use crate::linear::vector::dot;
use crate::optimize::certify::{ShadowPrice, certify};
use crate::optimize::conic;
use crate::optimize::dispatch;
use crate::optimize::integer::{Bounded, Relaxed};
use crate::optimize::limit::Limit;
use crate::optimize::program::{Cost, Program};
use crate::optimize::scenario::measure::Measure as ConvexMeasure;
use crate::optimize::scenario::{self, Optimum, ScenarioProgram};
use crate::optimize::solution::{Backend, Multipliers, Status};

use super::outcome::{Binding, Outcome, Proof, SolveError, bindings, contradiction, expected_return};
use super::{LowerError, Lowered, Measure, Objective, Problem, ScenarioMeasure};

/// Multipliers below this part of the largest are rounding.
const NOTHING: f64 = 1e-9;

/// A problem over scenarios: what is sought, and by which measure.
pub(super) struct ByScenarios<'a> {
    scenarios: &'a Matrix,
    measure: Box<dyn ConvexMeasure>,
    objective: scenario::Objective,
    lowered: &'a Lowered,
    /// The constraint that bounds the greatest return.
    limit: Option<usize>,
}

/// The one limit on a scenario measure by which the greatest return is bound.
pub(super) fn bound_by(problem: &Problem, lowered: &Lowered) -> Option<(ScenarioMeasure, f64, usize)> {
    let [only] = lowered.scenario_limits.as_slice() else { return None };
    let bent = |cost: &Cost| cost.quadratic > 0.0 || cost.power > 0.0;
    let plain = lowered.program.region.risks.is_empty() && !problem.costs.iter().any(bent);
    (matches!(problem.objective, Objective::MaximumReturn) && plain && !lowered.by_cuts).then_some(*only)
}

impl<'a> ByScenarios<'a> {
    /// The problem as one over scenarios, where it is one.
    pub(super) fn of(problem: &'a Problem, lowered: &'a Lowered) -> Result<Option<Self>, SolveError> {
        let means = problem.moments.expected.clone();
        let (measure, objective, limit) = match (problem.objective, &problem.measure) {
            (Objective::MaximumReturn, _) => match bound_by(problem, lowered) {
                Some((measure, risk, constraint)) => (measure, scenario::Objective::MaximumReturn { means, risk }, Some(constraint)),
                None => return Ok(None),
            },
            (_, Measure::Variance | Measure::TrackingError(_)) => return Ok(None),
            (Objective::MinimumRisk, Measure::Scenario(measure)) => (*measure, scenario::Objective::MinimumRisk, None),
            (Objective::MaximumUtility { risk_aversion: aversion }, Measure::Scenario(measure)) => {
                (*measure, scenario::Objective::MaximumUtility { means, aversion }, None)
            }
            (Objective::MaximumRatio { risk_free: threshold }, Measure::Scenario(measure)) => {
                (*measure, scenario::Objective::MaximumRatio { means, threshold }, None)
            }
        };
        let missing = || LowerError::Missing { what: "this measure".to_owned(), moment: "scenarios of returns" };
        let scenarios = problem.moments.scenarios.as_ref().ok_or_else(missing)?;
        Ok(Some(Self { scenarios, measure: scenario::measures::of(measure), objective, lowered, limit }))
    }

    /// The region and the costs; limits on covariance risk are kept by cuts.
    pub(super) fn program(&self) -> Program {
        let mut program = Program { quadratic: None, ..self.lowered.program.clone() };
        program.region.risks = Vec::new();
        program
    }

    fn solve_over(&self, program: &Program) -> Result<Optimum, SolveError> {
        Ok(ScenarioProgram { costs: &program.costs, ..ScenarioProgram::new(self.scenarios, self.measure.as_ref(), &program.region) }
            .solve(&self.objective)?)
    }

    /// Solves the problem.
    pub(super) fn solve(&self, problem: &Problem) -> Result<Outcome, SolveError> {
        let program = self.program();
        let found = self.solve_over(&program)?;
        let proven = found.status == Status::Optimal;
        let mut binding = if proven { bindings(self.lowered, &active(&found.multipliers)) } else { Vec::new() };
        if let Some(constraint) = self.limit.filter(|_| proven && found.risk_price > 0.0) {
            binding.push(Binding { constraint: Some(constraint), limit: Limit::Risk(0), price: found.risk_price });
        }
        let contradiction = match found.status {
            Status::Infeasible => contradiction(self.lowered, &program, &conic::solve(&program)?)?,
            _ => None,
        };
        let residual = certify(&program, &dispatch::nothing(Backend::Scenarios, found.weights.clone())).primal_residual;
        // Everything here is minimized.
        let sign = if matches!(self.objective, scenario::Objective::MinimumRisk) { 1.0 } else { -1.0 };
        Ok(Outcome {
            status: found.status,
            expected_return: expected_return(problem, &found.weights),
            risk: Some(found.risk),
            proof: Proof {
                objective: sign * found.objective,
                lower_bound: sign * found.bound,
                primal_residual: residual,
                dual_residual: 0.0,
                gap: found.gap,
            },
            binding,
            contradiction,
            work: found.work,
            backend: Backend::Scenarios,
            weights: found.weights,
        })
    }
}

impl Relaxed for ByScenarios<'_> {
    type Error = SolveError;

    fn least(&mut self, program: &Program) -> Result<Bounded, SolveError> {
        let found = self.solve_over(program)?;
        let sign = if matches!(self.objective, scenario::Objective::MinimumRisk) { 1.0 } else { -1.0 };
        Ok(Bounded {
            infeasible: found.status == Status::Infeasible,
            feasible: matches!(found.status, Status::Optimal | Status::Stalled),
            lower_bound: if found.status == Status::Optimal { sign * found.bound } else { f64::NEG_INFINITY },
            weights: found.weights,
        })
    }

    fn objective(&self, program: &Program, weights: &[f64]) -> f64 {
        let costs: f64 = program.costs.iter().zip(weights).map(|(cost, weight)| cost.value(*weight)).sum();
        let risk = || self.measure.value(&times(self.scenarios, weights));
        costs
            + match &self.objective {
                scenario::Objective::MinimumRisk => risk(),
                scenario::Objective::MaximumUtility { means, aversion } => aversion * risk() - dot(means, weights),
                scenario::Objective::MaximumReturn { means, .. } | scenario::Objective::MaximumRatio { means, .. } => -dot(means, weights),
            }
    }
}

/// The limits that hold the optimum, with their prices.
fn active(multipliers: &Multipliers) -> Vec<ShadowPrice> {
    let signed =
        |value: f64, lower: Limit, upper: Limit| ShadowPrice { limit: if value > 0.0 { lower } else { upper }, price: value.abs() };
    let rows = multipliers.rows.iter().enumerate().map(|(row, value)| signed(*value, Limit::RowLower(row), Limit::RowUpper(row)));
    let spreads = multipliers.spreads.iter().enumerate().map(|(at, value)| ShadowPrice { limit: Limit::Spread(at), price: *value });
    let bounds = multipliers.bounds.iter().enumerate().map(|(at, value)| signed(*value, Limit::Lower(at), Limit::Upper(at)));
    let mut active: Vec<ShadowPrice> = rows.chain(spreads).chain(bounds).collect();
    let largest = active.iter().map(|held| held.price).fold(0.0, f64::max);
    active.retain(|held| held.price > NOTHING * largest);
    active
}
