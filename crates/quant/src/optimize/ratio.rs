//! The most excess return for a unit of volatility.
//!
//! maximize eᵀx ÷ √((x − b)ᵀ Q (x − b)) over bounds and rows
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | e | −`linear` of the program | n | mean excess return a period: μ − the riskless rate |
//! | Q, b | `quadratic`, `center` of the program | n × n, n | variance a period |
//! | λ | [`MaximumRatio::tolerance`] | 1 | variance for a unit of return |
//!
//! The ratio does not change when weights and limits are scaled together, and the scaled program is
//! quadratic (A. Charnes, W. W. Cooper, *Programming with linear fractional functionals*, 1962). Its
//! scale is a number λ: the best weights minimize ½ (x − b)ᵀ Q (x − b) − λ eᵀx for the λ at which the
//! variance is λ eᵀx. While the active set stays the same, that point is the root of a linear equation,
//! so that after each change of λ only the changes of the active set cost work.

use super::active_set::{ActiveSetError, Model, Search, check};
use super::program::Program;
use super::solution::{Solution, Status, WarmStart, WorkLimit};
use crate::linear::vector::dot;

/// The weights of the greatest ratio.
#[derive(Debug, Clone)]
pub struct MaximumRatio {
    /// eᵀx ÷ √((x − b)ᵀ Q (x − b)), a period.
    pub ratio: f64,
    /// λ.
    pub tolerance: f64,
    /// The quadratic program that the weights are the optimum of: the slope is −λ e.
    pub utility: Program,
    /// The weights, with the multipliers of that program.
    pub solution: Solution,
}

/// Why there is no greatest ratio.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RatioError {
    /// Terms that the active set does not take, or costs, which have no place in a ratio.
    #[error(transparent)]
    Program(#[from] ActiveSetError),
    /// A cost, which has no place in a ratio.
    #[error("a ratio of return to volatility has no costs; take them off the expected returns")]
    Costs,
    /// No weights have an excess return above 0, so that more volatility would look better.
    #[error("no allowed weights have an excess return above 0: the greatest is {greatest}; minimize risk instead")]
    NoExcess {
        /// The greatest excess return.
        greatest: f64,
    },
    /// Weights with an excess return above 0 and no risk.
    #[error("weights without risk have an excess return of {excess}: the ratio is unlimited; check the covariance")]
    Riskless {
        /// Their excess return.
        excess: f64,
    },
    /// Weights without bounds: the ratio rises without being reached.
    #[error("the ratio rises as weights grow and is never reached; bound the weights")]
    Unreached,
    /// No optimum was found: nothing feasible, or the work spent.
    #[error("the search ended as {status:?}")]
    Ended {
        /// How it ended.
        status: Status,
    },
}

/// Variance below this fraction of the largest, for the weights' size, is none.
const RISKLESS: f64 = 1e-14;

/// Changes of λ below this fraction are rounding.
const SETTLED: f64 = 1e-12;

/// Changes of λ tried; each but the last changes the active set, and a few suffice.
const ROUNDS: usize = 200;

/// Finds the weights of the greatest ratio.
///
/// ```
/// use evenkeel_quant::estimate::covariance::Covariance;
/// use evenkeel_quant::optimize::program::{Program, Region};
/// use evenkeel_quant::optimize::{ratio::maximum_ratio, solution::WorkLimit};
/// let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 0.0, 0.0, 1.0])?;
/// let mut program = Program::minimum_variance(covariance, Region::long_only(2));
/// program.linear = vec![-0.04, -0.01];
/// let best = maximum_ratio(&program, None, WorkLimit::default())?;
/// assert!((best.ratio - 0.05_f64.sqrt()).abs() < 1e-15 && (best.solution.weights[0] - 0.5).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`RatioError`]: no weights are allowed, none has an excess return above 0, or the ratio has no
/// greatest value.
pub fn maximum_ratio(program: &Program, start: Option<&WarmStart>, limit: WorkLimit) -> Result<MaximumRatio, RatioError> {
    check(program)?;
    if !program.costs.is_empty() {
        return Err(RatioError::Costs);
    }
    let mut risk = program.clone();
    risk.linear = vec![0.0; program.size()];
    risk.scale = 1.0;
    let mut search = Search::begin(Model::new(&risk), start.map(|start| start.weights.as_slice()));
    search.become_feasible(limit.iterations).map_err(|status| RatioError::Ended { status })?;
    let climb = Climb::new(&search, program, &risk);
    let tolerance = climb.run(&mut search, limit)?;
    let utility = Program { linear: program.linear.iter().map(|slope| slope * tolerance).collect(), ..risk.clone() };
    let solution = search.solution(Status::Optimal);
    let volatility = (2.0 * risk.objective(&solution.weights)).sqrt();
    Ok(MaximumRatio { ratio: -dot(&program.linear, &solution.weights) / volatility, tolerance, utility, solution })
}

/// The search for λ, in the units of the active set.
struct Climb<'p> {
    program: &'p Program,
    /// Slope of the quadratic at 0, and e.
    base: Vec<f64>,
    excess: Vec<f64>,
    /// (b)ᵀ Q b, the variance at 0.
    constant: f64,
    largest_variance: f64,
}

impl<'p> Climb<'p> {
    fn new(search: &Search<'_>, program: &'p Program, risk: &Program) -> Self {
        let scaling = &search.model.scaling;
        let unit = scaling.weight / scaling.objective;
        Self {
            program,
            base: search.model.linear.clone(),
            excess: program.linear.iter().map(|slope| -slope * unit).collect(),
            constant: 2.0 * risk.objective(&vec![0.0; program.size()]) / scaling.objective,
            largest_variance: search.model.largest_variance(),
        }
    }

    /// Excess return and variance at the point of a search.
    fn at(&self, search: &Search<'_>) -> (f64, f64) {
        let x = &search.x[..self.base.len()];
        let mut slope = self.base.clone();
        search.model.add_curvature(x, &mut slope);
        (dot(&self.excess, x), (dot(&slope, x) + dot(&self.base, x) + self.constant).max(0.0))
    }

    fn run(&self, search: &mut Search<'_>, limit: WorkLimit) -> Result<f64, RatioError> {
        let mut tolerance = self.first(search, limit)?;
        let (mut below, mut above) = (0.0_f64, f64::INFINITY);
        for _ in 0..ROUNDS {
            let before = search.iterations;
            self.minimize(search, tolerance, limit)?;
            let (excess, variance) = self.at(search);
            if excess <= 0.0 {
                // Too little tolerance to seek any excess return.
                below = tolerance;
                tolerance = if above.is_finite() { f64::midpoint(below, above) } else { 4.0 * tolerance };
                continue;
            }
            let size = search.x[..self.base.len()].iter().map(|x| x * x).sum::<f64>();
            if variance <= RISKLESS * self.largest_variance * size {
                return Err(RatioError::Riskless { excess: excess * search.model.scaling.objective });
            }
            let next = self.tangent(search, tolerance, excess, variance);
            let settled = (next - tolerance).abs() <= SETTLED * tolerance && search.iterations == before;
            if settled || above - below <= SETTLED * tolerance {
                return Ok(tolerance);
            }
            // Below the best tolerance the variance is more than it times the excess return.
            if variance > tolerance * excess {
                below = tolerance;
            } else {
                above = tolerance;
            }
            let inside = |candidate: &f64| *candidate > below && *candidate < above;
            let halfway = if above.is_finite() { f64::midpoint(below, above) } else { 4.0 * tolerance };
            tolerance = [next, variance / excess].into_iter().find(inside).unwrap_or(halfway);
            if !tolerance.is_finite() {
                return Err(RatioError::Unreached);
            }
        }
        Err(RatioError::Ended { status: Status::Stalled })
    }

    /// The optimum for a tolerance.
    fn minimize(&self, search: &mut Search<'_>, tolerance: f64, limit: WorkLimit) -> Result<(), RatioError> {
        for ((slope, base), excess) in search.model.linear.iter_mut().zip(&self.base).zip(&self.excess) {
            *slope = base - tolerance * excess;
        }
        match search.minimize(limit.iterations) {
            Status::Optimal => Ok(()),
            Status::Unbounded => Err(RatioError::Unreached),
            status => Err(RatioError::Ended { status }),
        }
    }

    /// A tolerance whose optimum has an excess return above 0.
    fn first(&self, search: &mut Search<'_>, limit: WorkLimit) -> Result<f64, RatioError> {
        let (excess, variance) = self.at(search);
        if excess > 0.0 && variance > 0.0 {
            return Ok(variance / excess);
        }
        // The greatest excess return is the end of the line; half of it is reached before.
        let greatest = self.greatest(limit)?;
        if greatest <= 0.0 {
            return Err(RatioError::NoExcess { greatest });
        }
        let size = self.excess.iter().fold(0.0, |largest: f64, entry| largest.max(entry.abs()));
        let mut tolerance = self.largest_variance / size;
        for _ in 0..60 {
            self.minimize(search, tolerance, limit)?;
            let (excess, variance) = self.at(search);
            if excess > 0.0 {
                return Ok(if variance > 0.0 { variance / excess } else { tolerance });
            }
            tolerance *= 4.0;
        }
        Err(self.none(limit))
    }

    fn none(&self, limit: WorkLimit) -> RatioError {
        match self.greatest(limit) {
            Ok(greatest) => RatioError::NoExcess { greatest },
            Err(error) => error,
        }
    }

    /// The greatest excess return of allowed weights; infinite where they have no bounds.
    fn greatest(&self, limit: WorkLimit) -> Result<f64, RatioError> {
        let mut linear = self.program.clone();
        linear.quadratic = None;
        let found = super::active_set::solve(&linear, None, limit)?;
        match found.status {
            Status::Optimal => Ok(-dot(&linear.linear, &found.weights)),
            Status::Unbounded => Ok(f64::INFINITY),
            status => Err(RatioError::Ended { status }),
        }
    }

    /// The tolerance at which the ratio is greatest on the line along which the optimum now moves.
    ///
    /// There e and V are e₀ + e′t and V₀ + V₁t + V₂t², and the ratio is greatest at
    /// t = (V₀e′ − ½V₁e₀) ÷ (V₂e₀ − ½V₁e′).
    fn tangent(&self, search: &Search<'_>, tolerance: f64, excess: f64, variance: f64) -> f64 {
        let slope: Vec<f64> = self.excess.iter().map(|entry| -entry).collect();
        let drift = search.drift(&slope);
        let rate = dot(&self.excess, &drift.weights);
        let mut turned = vec![0.0; self.base.len()];
        search.model.add_curvature(&drift.weights, &mut turned);
        let half_first = dot(&turned, &search.x[..self.base.len()]) + dot(&self.base, &drift.weights);
        let second = dot(&turned, &drift.weights);
        let divisor = second * excess - half_first * rate;
        // At a corner nothing moves, and the tolerance is known directly.
        if divisor == 0.0 { variance / excess } else { tolerance + (variance * rate - half_first * excess) / divisor }
    }
}
