//! What a problem comes to, and why it may come to nothing.

use crate::linear::product::times;
use crate::linear::vector::dot;
use crate::optimize::certify::ShadowPrice;
use crate::optimize::check::ProgramError;
use crate::optimize::conflict::find_conflict;
use crate::optimize::dispatch::{Certified, DispatchError};
use crate::optimize::integer::IntegerError;
use crate::optimize::limit::Limit;
use crate::optimize::program::Program;
use crate::optimize::scenario::{self, ScenarioError};
use crate::optimize::solution::{Backend, Solution, Status, Work};

use super::{LowerError, Lowered, Measure, Problem};

/// Residuals above this, as fractions, leave an optimum unproven.
pub(super) const PROVEN: f64 = 1e-7;

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
    /// A program that is none, or a backend that was asked for and does not take it.
    #[error(transparent)]
    Dispatch(#[from] DispatchError),
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

impl Outcome {
    /// Of a certified solution of `program`, which is that of the problem or one with the same optimum.
    pub(super) fn of(problem: &Problem, lowered: &Lowered, program: &Program, found: Certified) -> Result<Self, SolveError> {
        let Certified { solution, certificate } = found;
        let proven = match solution.status {
            Status::Infeasible => certificate.is_infeasible(0.0),
            Status::Unbounded => certificate.is_unbounded(0.0),
            Status::Optimal | Status::Stalled => certificate.is_optimal(PROVEN),
            Status::WorkSpent => true,
        };
        let status = match solution.status {
            Status::Stalled if proven => Status::Optimal,
            status if proven => status,
            _ => Status::Stalled,
        };
        let binding = if status == Status::Optimal { bindings(lowered, &certificate.active) } else { Vec::new() };
        let contradiction = if status == Status::Infeasible { contradiction(lowered, program, &solution)? } else { None };
        Ok(Self {
            status,
            expected_return: expected_return(problem, &solution.weights),
            risk: risk(problem, lowered, &solution.weights),
            proof: Proof {
                objective: certificate.objective,
                lower_bound: certificate.lower_bound,
                primal_residual: certificate.primal_residual,
                dual_residual: certificate.dual_residual.max(certificate.complementarity),
                gap: certificate.duality_gap,
            },
            binding,
            contradiction,
            work: solution.work,
            backend: solution.backend,
            weights: solution.weights,
        })
    }
}

pub(super) fn expected_return(problem: &Problem, weights: &[f64]) -> Option<f64> {
    (!problem.moments.expected.is_empty()).then(|| dot(&problem.moments.expected, weights))
}

/// The problem's measure at some weights; `None` where it has none to tell.
pub(super) fn risk(problem: &Problem, lowered: &Lowered, weights: &[f64]) -> Option<f64> {
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
pub(super) fn bindings(lowered: &Lowered, active: &[ShadowPrice]) -> Vec<Binding> {
    active.iter().map(|held| Binding { constraint: lowered.origin.of(held.limit), limit: held.limit, price: held.price }).collect()
}

pub(super) fn contradiction(lowered: &Lowered, program: &Program, solution: &Solution) -> Result<Option<Contradiction>, SolveError> {
    let named = |limits: &[(Limit, f64)]| limits.iter().map(|(limit, by)| (lowered.origin.of(*limit), *limit, *by)).collect();
    Ok(find_conflict(program, solution)?.map(|conflict| Contradiction {
        limits: conflict.limits.iter().map(|limit| (lowered.origin.of(*limit), *limit)).collect(),
        smallest: conflict.smallest,
        alone: named(&conflict.alone),
        together: named(&conflict.together),
    }))
}
