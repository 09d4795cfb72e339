//! One way in: a problem is lowered once and sent to the method that fits.

use crate::linear::product::times;
use crate::linear::vector::dot;
use crate::optimize::active_set;
use crate::optimize::certify::{Certificate, ShadowPrice, certify};
use crate::optimize::check::ProgramError;
use crate::optimize::conflict::find_conflict;
use crate::optimize::conic;
use crate::optimize::integer::{self, Budget, Choices, IntegerError};
use crate::optimize::limit::Limit;
use crate::optimize::program::Program;
use crate::optimize::scenario::{self, ScenarioError};
use crate::optimize::solution::{Backend, Solution, Status, Work, WorkLimit};

use super::ratio;
use super::{LowerError, Lowered, Measure, Objective, Problem, ScenarioMeasure, lower};

/// Residuals above this, as fractions, leave an optimum unproven.
const PROVEN: f64 = 1e-6;

/// Residuals below this, as fractions, are a proof to be satisfied with.
const SHARP: f64 = 1e-8;

/// Cuts that a limit on a scenario measure may take.
const MAX_CUTS: usize = 500;

/// How far a scenario measure may be above its limit, as a fraction of it.
const CUT_TOLERANCE: f64 = 1e-9;

/// What was found, and the proof.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// How the search ended.
    pub status: Status,
    /// w, n; the last point seen where there is no optimum.
    pub weights: Vec<f64>,
    /// μᵀw, a period, before costs; `None` where no expected returns are given.
    pub expected_return: Option<f64>,
    /// What the problem's measure is at w: the volatility for the variance.
    pub risk: Option<f64>,
    /// The figures that prove it.
    pub proof: Proof,
    /// Limits that hold the optimum, with what relaxing them would bring.
    pub binding: Vec<Binding>,
    /// Why nothing is feasible, where nothing is.
    pub contradiction: Option<Contradiction>,
    /// What it took.
    pub work: Work,
    /// Who found it.
    pub backend: Backend,
}

/// Figures of a solution, computed apart from its backend; fractions of the program's own sizes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proof {
    /// The minimized objective at w.
    pub objective: f64,
    /// No feasible point has a lower one.
    pub lower_bound: f64,
    /// The largest violation of a limit.
    pub primal_residual: f64,
    /// The largest violation of stationarity.
    pub dual_residual: f64,
    /// What the objective may be above the optimum.
    pub gap: f64,
}

/// A limit that holds the optimum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Binding {
    /// The constraint that it came from, by its place in the problem; `None` for the budget and for
    /// weights of at least 0 that no constraint asked for.
    pub constraint: Option<usize>,
    /// The limit itself.
    pub limit: Limit,
    /// Fall of the minimized objective for each unit by which the limit is relaxed.
    pub price: f64,
}

/// Constraints that cannot hold together.
#[derive(Debug, Clone, PartialEq)]
pub struct Contradiction {
    /// The limits and the constraints that they came from.
    pub limits: Vec<(Option<usize>, Limit)>,
    /// Whether no smaller set contradicts itself.
    pub smallest: bool,
    /// Limits of the set that can be relaxed alone, and by how much.
    pub alone: Vec<(Option<usize>, Limit, f64)>,
    /// The least relaxation in all.
    pub together: Vec<(Option<usize>, Limit, f64)>,
}

/// Why a problem has no outcome.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SolveError {
    /// It says too little or contradicts itself in its shapes.
    #[error(transparent)]
    Lower(#[from] LowerError),
    /// Numbers that make no program.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// Scenarios that cannot be optimized over.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// Choices that do not fit.
    #[error(transparent)]
    Integer(#[from] IntegerError),
    /// A backend that was asked for and cannot solve the problem.
    #[error("{backend:?} cannot solve this problem: {reason}; leave the choice of the backend open")]
    Backend {
        /// The backend.
        backend: Backend,
        /// Why not.
        reason: String,
    },
    /// No portfolio returns more than the risk-free rate, so that no ratio is above 0.
    #[error(
        "no portfolio is expected to return more than the risk-free rate of {risk_free}: the best expects {best}; minimize risk instead"
    )]
    NoExcessReturn {
        /// Greatest expected return after costs, a period.
        best: f64,
        /// The rate.
        risk_free: f64,
    },
    /// A portfolio without risk, beside which no ratio is the greatest.
    #[error(
        "a portfolio without risk earns {excess} beyond the risk-free rate, so that no ratio is the greatest; leave out what never moves"
    )]
    NoRisk {
        /// Its excess return, a period.
        excess: f64,
    },
    /// A combination of features that no method here solves.
    #[error("{what} cannot be combined yet; {remedy}")]
    Unsupported {
        /// What.
        what: &'static str,
        /// The way out.
        remedy: &'static str,
    },
}

/// Solves a problem; `backend` forces the method for programs with a variance, `None` leaves the choice.
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
    let mut lowered = lower(problem)?;
    let mut outcome = once(problem, &lowered, backend)?;
    // Limits on scenario measures: a cut for each point that breaks one, until none does.
    let Some(scenarios) = problem.moments.scenarios.as_ref().filter(|_| needs_cuts(problem, &lowered)) else { return Ok(outcome) };
    let limits = lowered.scenario_limits.clone();
    for _ in 0..MAX_CUTS {
        if outcome.status != Status::Optimal {
            return Ok(outcome);
        }
        let returns = times(scenarios, &outcome.weights);
        let mut kept = true;
        for (measure, most, constraint) in &limits {
            let measure = scenario::measures::of(*measure);
            let value = measure.value(&returns);
            if value <= most + CUT_TOLERANCE * most.abs().max(value.abs()) {
                continue;
            }
            kept = false;
            let slopes = measure.slopes(&returns);
            let gradient: Vec<f64> = scenarios.iter_columns().map(|column| -dot(column, &slopes)).collect();
            let at_most = most - value + dot(&gradient, &outcome.weights);
            lowered.cut(&gradient, at_most, *constraint);
        }
        if kept {
            return Ok(outcome);
        }
        let work = outcome.work;
        outcome = once(problem, &lowered, backend)?;
        outcome.work.iterations += work.iterations;
        outcome.work.factorizations += work.factorizations;
    }
    Ok(Outcome { status: Status::WorkSpent, ..outcome })
}

/// Whether limits on scenario measures are beside the objective, rather than what the objective is bound by.
fn needs_cuts(problem: &Problem, lowered: &Lowered) -> bool {
    !lowered.scenario_limits.is_empty() && bound_by(problem, lowered).is_none()
}

/// The one limit on a scenario measure by which the greatest return is bound.
fn bound_by(problem: &Problem, lowered: &Lowered) -> Option<(ScenarioMeasure, f64, usize)> {
    let [only] = lowered.scenario_limits.as_slice() else { return None };
    let plain = lowered.program.region.risks.is_empty() && problem.costs.is_empty();
    (matches!(problem.objective, Objective::MaximumReturn) && plain).then_some(*only)
}

/// Solves the problem with the rows and cuts that there are.
fn once(problem: &Problem, lowered: &Lowered, backend: Option<Backend>) -> Result<Outcome, SolveError> {
    let has_choices = lowered.most_assets.is_some() || lowered.least_position.is_some();
    if let Some((measure, risk, constraint)) = bound_by(problem, lowered) {
        if has_choices {
            return Err(choices_unsupported());
        }
        let objective = scenario::Objective::MaximumReturn { means: problem.moments.expected.clone(), risk };
        return by_scenarios(problem, lowered, measure, &objective, Some(constraint));
    }
    if let Measure::Scenario(measure) = problem.measure
        && !matches!(problem.objective, Objective::MaximumReturn)
    {
        if has_choices {
            return Err(choices_unsupported());
        }
        let means = problem.moments.expected.clone();
        let objective = match problem.objective {
            Objective::MinimumRisk | Objective::MaximumReturn => scenario::Objective::MinimumRisk,
            Objective::MaximumUtility { risk_aversion } => scenario::Objective::MaximumUtility { means, aversion: risk_aversion },
            Objective::MaximumRatio { risk_free } => scenario::Objective::MaximumRatio { means, threshold: risk_free },
        };
        return by_scenarios(problem, lowered, measure, &objective, None);
    }
    if has_choices {
        return by_choices(problem, lowered, backend);
    }
    if let Objective::MaximumRatio { risk_free } = problem.objective {
        return ratio::solve(problem, lowered, risk_free, backend);
    }
    let solution = convex(&lowered.program, backend)?;
    outcome(problem, lowered, &lowered.program, &solution)
}

fn choices_unsupported() -> SolveError {
    SolveError::Unsupported {
        what: "limits on the number of assets or their least weight, and a scenario measure",
        remedy: "use the variance",
    }
}

/// Solves a convex program by the method that fits, or the one that is forced.
pub(super) fn convex(program: &Program, backend: Option<Backend>) -> Result<Solution, SolveError> {
    let region = &program.region;
    let plain = region.spreads.is_empty() && region.risks.is_empty() && program.costs.iter().all(|cost| cost.power == 0.0);
    match backend {
        Some(Backend::Clarabel) => Ok(conic::solve(program)?),
        Some(Backend::ActiveSet) => active_set::solve(program, None, WorkLimit::default())
            .map_err(|error| SolveError::Backend { backend: Backend::ActiveSet, reason: error.to_string() }),
        Some(other) => Err(SolveError::Backend { backend: other, reason: "it does not solve convex programs on its own".to_owned() }),
        None if plain => {
            let found = active_set::solve(program, None, WorkLimit::default()).ok();
            match found.filter(|found| certify(program, found).proves_status(tolerance(found.status))) {
                Some(found) => Ok(found),
                None => Ok(conic::solve(program)?),
            }
        }
        None => Ok(conic::solve(program)?),
    }
}

/// Residuals prove an optimum from above, a contradiction from below.
fn tolerance(status: Status) -> f64 {
    if status == Status::Infeasible { 1e-9 } else { SHARP }
}

/// A certified outcome of a solution of `program`, which is that of the problem or one with the same optimum.
pub(super) fn outcome(problem: &Problem, lowered: &Lowered, program: &Program, solution: &Solution) -> Result<Outcome, SolveError> {
    let certificate = certify(program, solution);
    let contradiction = match solution.status {
        Status::Infeasible => contradiction(lowered, program, solution)?,
        _ => None,
    };
    let unproven = solution.status == Status::Optimal && !certificate.is_optimal(PROVEN);
    let binding = if solution.status == Status::Optimal { bindings(lowered, &certificate.active) } else { Vec::new() };
    let weights = solution.weights.clone();
    Ok(Outcome {
        status: if unproven { Status::Stalled } else { solution.status },
        expected_return: expected_return(problem, &weights),
        risk: risk(problem, lowered, &weights),
        proof: proof(&certificate),
        binding,
        contradiction,
        work: solution.work,
        backend: solution.backend,
        weights,
    })
}

fn proof(certificate: &Certificate) -> Proof {
    Proof {
        objective: certificate.objective,
        lower_bound: certificate.lower_bound,
        primal_residual: certificate.primal_residual,
        dual_residual: certificate.dual_residual.max(certificate.complementarity),
        gap: certificate.duality_gap,
    }
}

fn expected_return(problem: &Problem, weights: &[f64]) -> Option<f64> {
    (!problem.moments.expected.is_empty()).then(|| dot(&problem.moments.expected, weights))
}

/// The problem's measure at some weights; `None` where it has none to tell.
fn risk(problem: &Problem, lowered: &Lowered, weights: &[f64]) -> Option<f64> {
    match &problem.measure {
        Measure::Variance => problem.moments.covariance.as_ref().map(|covariance| covariance.variance(weights).sqrt()),
        Measure::TrackingError(_) => {
            let active: Vec<f64> = weights.iter().zip(&lowered.program.center).map(|(weight, center)| weight - center).collect();
            let variance = problem.moments.covariance.as_ref()?.variance(&active);
            Some((variance + lowered.residual_variance).sqrt())
        }
        Measure::Scenario(measure) => {
            problem.moments.scenarios.as_ref().map(|scenarios| scenario::measures::of(*measure).value(&times(scenarios, weights)))
        }
    }
}

/// The constraints behind limits that hold.
fn bindings(lowered: &Lowered, active: &[ShadowPrice]) -> Vec<Binding> {
    active.iter().map(|held| Binding { constraint: lowered.origin.of(held.limit), limit: held.limit, price: held.price }).collect()
}

fn contradiction(lowered: &Lowered, program: &Program, solution: &Solution) -> Result<Option<Contradiction>, SolveError> {
    let named = |limits: &[(Limit, f64)]| limits.iter().map(|(limit, by)| (lowered.origin.of(*limit), *limit, *by)).collect();
    Ok(find_conflict(program, solution)?.map(|conflict| Contradiction {
        limits: conflict.limits.iter().map(|limit| (lowered.origin.of(*limit), *limit)).collect(),
        smallest: conflict.smallest,
        alone: named(&conflict.alone),
        together: named(&conflict.together),
    }))
}

/// Solves a problem with choices: how many assets, and not too little of one.
fn by_choices(problem: &Problem, lowered: &Lowered, backend: Option<Backend>) -> Result<Outcome, SolveError> {
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
    let mut relax = |program: &Program| match convex(program, backend) {
        Ok(solution) => Ok(solution),
        Err(error) => {
            failed = Some(error);
            conic::solve(program)
        }
    };
    let found = integer::solve(&lowered.program, &choices, Budget::default(), &mut relax)?;
    if let Some(error) = failed {
        return Err(error);
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

/// Solves a problem over scenarios.
fn by_scenarios(
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
