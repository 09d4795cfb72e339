//! The efficient frontier: for every tolerance for risk the best weights, exactly.
//!
//! minimize ½ (x − b)ᵀ Q (x − b) − λ μᵀx over bounds and rows, for all λ ≥ 0
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | μ | −`linear` of the program | n | mean return a period |
//! | Q, b | `quadratic`, `center` of the program | n × n, n | variance a period |
//! | λ | [`Point::tolerance`] | 1 | variance for a unit of return |
//!
//! The weights are linear in λ between turning points, at which the set of weights between their
//! bounds changes: the critical line method (H. M. Markowitz, *The optimization of a quadratic function
//! subject to linear constraints*, 1956; A. and D. Niedermayer, *Applying Markowitz's critical line
//! algorithm*, 2006), here with the factors of the active set updated from one turning point to the
//! next, from the least risk up to the greatest return. Return for a risk, risk for a return and the
//! greatest ratio are then roots on one piece, and need no further search.

mod trace;

use super::active_set::ActiveSetError;
use super::solution::Status;
use crate::linear::vector::dot;

pub use trace::trace;

/// Every turning point of an efficient frontier, from the least risk to the greatest return.
#[derive(Debug, Clone, PartialEq)]
pub struct Frontier {
    /// At least one.
    points: Vec<Point>,
    /// Covariance of each turning point with the next.
    covariances: Vec<f64>,
    /// Where limits leave returns unbounded: the direction in which the frontier goes on.
    pub ray: Option<Vec<f64>>,
}

/// Weights on an efficient frontier.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// x, n.
    pub weights: Vec<f64>,
    /// μᵀx, a period.
    pub mean: f64,
    /// (x − b)ᵀ Q (x − b), a period.
    pub variance: f64,
    /// The least λ for which it is the best.
    pub tolerance: f64,
    /// The greatest λ for which it is the best: more at a corner, where weights stay as λ rises.
    pub until: f64,
}

impl Point {
    /// Volatility, or tracking error where there is a benchmark, a period.
    pub fn volatility(&self) -> f64 {
        self.variance.sqrt()
    }
}

/// Why there is no frontier.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum FrontierError {
    /// Terms that the active set does not take.
    #[error(transparent)]
    Program(#[from] ActiveSetError),
    /// Costs, which would be weighted with the return or with the risk.
    #[error("a frontier of return and risk has no costs; take them off the expected returns")]
    Costs,
    /// No point of least risk was found: nothing feasible, or the work spent.
    #[error("the search ended as {status:?}")]
    Ended {
        /// How it ended.
        status: Status,
    },
}

impl Frontier {
    /// The turning points, from the least risk to the greatest return.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// The point of least risk, and of the greatest return among those.
    pub fn least_risk(&self) -> &Point {
        &self.points[0]
    }

    /// The point of the greatest return, and of least risk among those.
    pub fn greatest_return(&self) -> &Point {
        &self.points[self.points.len() - 1]
    }

    /// The least risk for a mean return of at least `mean`; `None` above the greatest.
    pub fn at_mean(&self, mean: f64) -> Option<Point> {
        let next = self.points.partition_point(|point| point.mean < mean);
        let right = self.points.get(next)?;
        let Some(left) = next.checked_sub(1).and_then(|at| self.points.get(at)) else { return Some(right.clone()) };
        Some(self.between(next - 1, (mean - left.mean) / (right.mean - left.mean)))
    }

    /// The greatest mean return for a volatility of at most `volatility`; `None` below the least.
    pub fn at_volatility(&self, volatility: f64) -> Option<Point> {
        let variance = volatility * volatility;
        let next = self.points.partition_point(|point| point.variance <= variance);
        let at = next.checked_sub(1)?;
        let [left, right] = self.points.get(at..at + 2)? else { return self.points.last().cloned() };
        // V₀ + 2 h t + q t² = variance, by the root that does not cancel.
        let (half, square) = (self.covariances[at] - left.variance, left.variance - 2.0 * self.covariances[at] + right.variance);
        let rest = left.variance - variance;
        let root = (half * half - square * rest).max(0.0).sqrt();
        let share = if half + root > 0.0 { -rest / (half + root) } else { 0.0 };
        Some(self.between(at, share.clamp(0.0, 1.0)))
    }

    /// The best weights for a tolerance λ for risk: of ½ variance − λ return.
    pub fn at_tolerance(&self, tolerance: f64) -> Point {
        let at = self.points.partition_point(|point| point.tolerance <= tolerance).saturating_sub(1);
        match self.points.get(at..at + 2) {
            Some([left, right]) if tolerance > left.until => {
                self.between(at, ((tolerance - left.until) / (right.tolerance - left.until)).min(1.0))
            }
            _ => self.points[at].clone(),
        }
    }

    /// The greatest (mean − `riskless`) ÷ volatility; `None` where no mean is above `riskless`.
    pub fn greatest_ratio(&self, riskless: f64) -> Option<Point> {
        let ratio = |point: &Point| if point.variance > 0.0 { (point.mean - riskless) / point.volatility() } else { f64::NEG_INFINITY };
        let inside = (0..self.covariances.len()).filter_map(|at| {
            let (left, right) = (&self.points[at], &self.points[at + 1]);
            let (half, square) = (self.covariances[at] - left.variance, left.variance - 2.0 * self.covariances[at] + right.variance);
            let (excess, rate) = (left.mean - riskless, right.mean - left.mean);
            let share = (left.variance * rate - half * excess) / (square * excess - half * rate);
            (share > 0.0 && share < 1.0).then(|| self.between(at, share))
        });
        let all = self.points.iter().cloned().chain(inside);
        all.filter(|point| point.mean > riskless).max_by(|a, b| ratio(a).total_cmp(&ratio(b)))
    }

    /// The point a share of the way from one turning point to the next.
    fn between(&self, at: usize, share: f64) -> Point {
        let (left, right) = (&self.points[at], &self.points[at + 1]);
        let mix = |from: f64, to: f64| from + share * (to - from);
        let weights = left.weights.iter().zip(&right.weights).map(|(from, to)| mix(*from, *to)).collect();
        let rest = 1.0 - share;
        let variance = rest * rest * left.variance + 2.0 * rest * share * self.covariances[at] + share * share * right.variance;
        let tolerance = mix(left.until, right.tolerance);
        Point { weights, mean: mix(left.mean, right.mean), variance, tolerance, until: tolerance }
    }

    /// Turning points with what lies between them; of a program without costs.
    fn new(points: Vec<Point>, products: &[Vec<f64>], centers: &[f64], ray: Option<Vec<f64>>) -> Self {
        let active = |point: &Point| point.weights.iter().zip(centers).map(|(x, center)| x - center).collect::<Vec<f64>>();
        let covariances = points.iter().skip(1).zip(products).map(|(right, product)| dot(&active(right), product)).collect();
        Self { points, covariances, ray }
    }
}
