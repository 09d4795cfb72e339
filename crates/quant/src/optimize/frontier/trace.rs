//! From the least risk up to the greatest return, one turning point at a time.

use super::{Frontier, FrontierError, Point};
use crate::linear::vector::{dot, largest_magnitude};
use crate::optimize::active_set::{Event, Model, Search, check};
use crate::optimize::program::Program;
use crate::optimize::solution::{Status, WorkLimit};

/// Weights that differ by less, in the units of the search, are the same.
const SAME: f64 = 1e-12;

/// Pieces shorter than this fraction of the tolerance are none.
const SHORT: f64 = 1e-13;

/// The fraction of a tolerance that is left out where ties go around in a circle.
const SKIPPED: f64 = 1e-10;

/// How often that may be.
const NUDGES: usize = 100;

/// Newton steps for rounding at a turning point.
const CORRECTIONS: usize = 2;

/// Traces the efficient frontier of a program whose slope is −μ; the factor in front of Q has no part
/// in it.
///
/// ```
/// use evenkeel_quant::estimate::covariance::Covariance;
/// use evenkeel_quant::optimize::program::{Program, Region};
/// use evenkeel_quant::optimize::{frontier::trace, solution::WorkLimit};
/// let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 0.0, 0.0, 1.0])?;
/// let mut program = Program::minimum_variance(covariance, Region::long_only(2));
/// program.linear = vec![-0.06, -0.02];
/// let frontier = trace(&program, WorkLimit::default())?;
/// assert!((frontier.least_risk().weights[0] - 0.2).abs() < 1e-15);
/// assert_eq!(frontier.greatest_return().weights, [1.0, 0.0]);
/// assert!(frontier.at_mean(0.04).is_some_and(|point| (point.weights[0] - 0.5).abs() < 1e-15));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`FrontierError`]: nothing feasible, or terms beyond the method.
pub fn trace(program: &Program, limit: WorkLimit) -> Result<Frontier, FrontierError> {
    check(program)?;
    if !program.costs.is_empty() {
        return Err(FrontierError::Costs);
    }
    let mut risk = program.clone();
    risk.linear = vec![0.0; program.size()];
    risk.scale = 1.0;
    let mut search = Search::begin(Model::new(&risk), None);
    let ended = |status| FrontierError::Ended { status };
    search.become_feasible(limit.iterations).map_err(ended)?;
    let status = search.minimize(limit.iterations);
    if status != Status::Optimal {
        return Err(ended(status));
    }
    let mut path = Path::new(program, &search);
    path.climb(&mut search, limit).map_err(ended)?;
    Ok(Frontier::new(path.points, &path.products, &program.center, path.ray))
}

/// The turning points so far.
struct Path<'p> {
    program: &'p Program,
    /// Slope of the quadratic at 0, and −μ, in the units of the search.
    base: Vec<f64>,
    slope: Vec<f64>,
    points: Vec<Point>,
    /// Q (x − b) of each point.
    products: Vec<Vec<f64>>,
    last: Vec<f64>,
    ray: Option<Vec<f64>>,
}

impl<'p> Path<'p> {
    fn new(program: &'p Program, search: &Search<'_>) -> Self {
        let scaling = &search.model.scaling;
        let unit = scaling.weight / scaling.objective;
        let slope = program.linear.iter().map(|slope| slope * unit).collect();
        let base = search.model.linear.clone();
        Self { program, base, slope, points: Vec::new(), products: Vec::new(), last: Vec::new(), ray: None }
    }

    fn climb(&mut self, search: &mut Search<'_>, limit: WorkLimit) -> Result<(), Status> {
        let patience = 2 * search.x.len() + 20;
        let (mut tolerance, mut idle, mut nudges) = (0.0, 0, 0);
        self.record(search, tolerance);
        loop {
            if search.iterations > limit.iterations {
                return Err(Status::WorkSpent);
            }
            self.weigh(search, tolerance);
            search.correct(CORRECTIONS);
            let drift = search.drift(&self.slope);
            let Some(event) = search.next_event(&drift) else {
                self.ray = (largest_magnitude(&drift.weights) > 0.0).then_some(drift.weights);
                if let Some(last) = self.points.last_mut().filter(|_| self.ray.is_none()) {
                    last.until = f64::INFINITY;
                }
                return Ok(());
            };
            let length = event.length();
            idle = if length > SHORT * tolerance { 0 } else { idle + 1 };
            if idle > patience {
                // Ties that go around in a circle are left behind by a short way.
                nudges += 1;
                tolerance += SKIPPED * tolerance.max(search.model.largest_variance() / largest_magnitude(&self.slope));
                self.weigh(search, tolerance);
                let status = search.minimize(limit.iterations);
                if status != Status::Optimal || nudges > NUDGES {
                    return Err(if status == Status::Optimal { Status::Stalled } else { status });
                }
                idle = 0;
                self.record(search, tolerance);
                continue;
            }
            search.follow(&drift, length);
            tolerance += length;
            self.record(search, tolerance);
            if !search.pass(event) {
                self.ray = Some(drift.weights);
                return Ok(());
            }
            if let Event::Leaves { .. } = event {
                // A step of no curvature may have changed the point, at the same risk.
                self.record(search, tolerance);
            }
        }
    }

    /// Weights the return by a tolerance.
    fn weigh(&self, search: &mut Search<'_>, tolerance: f64) {
        for ((entry, base), slope) in search.model.linear.iter_mut().zip(&self.base).zip(&self.slope) {
            *entry = base + tolerance * slope;
        }
    }

    /// Adds the point of the search, in place of the last where the two are the same or equally risky
    /// and less rewarded.
    fn record(&mut self, search: &Search<'_>, tolerance: f64) {
        let x = &search.x[..self.slope.len()];
        let same = !self.last.is_empty() && x.iter().zip(&self.last).all(|(a, b)| (a - b).abs() <= SAME);
        if same {
            if let Some(last) = self.points.last_mut() {
                last.until = tolerance;
            }
            return;
        }
        let solution = search.solution(Status::Optimal);
        if self.points.last().is_some_and(|last| last.until.to_bits() == tolerance.to_bits()) {
            self.points.pop();
            self.products.pop();
        }
        let product = self.program.risk_slopes(&solution.weights);
        let active: Vec<f64> = solution.weights.iter().zip(&self.program.center).map(|(x, center)| x - center).collect();
        let (mean, variance) = (-dot(&self.program.linear, &solution.weights), dot(&active, &product).max(0.0));
        self.points.push(Point { weights: solution.weights, mean, variance, tolerance, until: tolerance });
        self.products.push(product);
        self.last = x.to_vec();
    }
}
