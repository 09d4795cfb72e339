//! The portfolio program in its standard form.
//!
//! ```text
//! minimize    ½ (x − b)ᵀ Q (x − b) + cᵀx + Σᵢ φᵢ(xᵢ)
//! subject to  lower ≤ x ≤ upper                                     bounds
//!             l ≤ A x ≤ u                                           rows
//!             Σᵢ aᵢ (xᵢ − oᵢ)⁺ + dᵢ (oᵢ − xᵢ)⁺ ≤ t                  spreads: turnover, leverage, short budget
//!             (x − b)ᵀ V (x − b) ≤ r²                               risk limits
//! ```
//!
//! | symbol | field | shape | meaning |
//! |---|---|---|---|
//! | x | | n | weights |
//! | Q | [`Program::quadratic`] | n × n | positive semidefinite: dense, or F `Fᵀ` + diag(d) |
//! | b | [`Program::center`] | n | where the quadratic is 0: zeros, or a benchmark |
//! | c | [`Program::linear`] | n | slope, as −μ |
//! | φ | [`Program::costs`] | n, or none | convex: piecewise linear, quadratic and 3/2-power |
//! | A, l, u | [`Region::rows`] | m × n, m, m | infinite where a side is open |
//!
//! Multipliers follow one sign: y and z are what the optimum gains when the *lower* side of a row or
//! bound is relaxed by one, so they are negative at the upper side; those of spreads and risk limits
//! are at least 0. At an optimum
//!
//! Q (x − b) + c + ∂φ(x) + Σ θ ∂spread(x) + Σ 2ν V (x − b) − `Aᵀ`y − z ∋ 0.

use std::sync::Arc;

use crate::estimate::covariance::{Covariance, FactorForm};
use crate::linear::matrix::Matrix;
use crate::linear::vector::{add_scaled, dot};

/// A convex program over portfolio weights; see the head of this module.
#[derive(Debug, Clone)]
pub struct Program {
    /// Q, where there is one: shared between the programs of a family.
    pub quadratic: Option<Arc<Covariance>>,
    /// Factor in front of Q, at least 0: a risk aversion.
    pub scale: f64,
    /// b: n entries.
    pub center: Vec<f64>,
    /// c: n entries.
    pub linear: Vec<f64>,
    /// φ: n entries, or none.
    pub costs: Vec<Cost>,
    /// Where x may lie.
    pub region: Region,
}

/// The feasible set of a program.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// Least weights, n; −∞ where open.
    pub lower: Vec<f64>,
    /// Greatest weights, n; ∞ where open.
    pub upper: Vec<f64>,
    /// l ≤ A x ≤ u.
    pub rows: Rows,
    /// Limits on sums of distances.
    pub spreads: Vec<Spread>,
    /// Limits on risk.
    pub risks: Vec<RiskLimit>,
}

/// l ≤ A x ≤ u.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    /// A, m × n.
    pub matrix: Matrix,
    /// l, m; −∞ where open.
    pub lower: Vec<f64>,
    /// u, m; ∞ where open; as l where the row is an equation.
    pub upper: Vec<f64>,
}

/// Σᵢ aᵢ (xᵢ − oᵢ)⁺ + dᵢ (oᵢ − xᵢ)⁺ ≤ t.
#[derive(Debug, Clone, PartialEq)]
pub struct Spread {
    /// o, n: where the distance is 0.
    pub origin: Vec<f64>,
    /// a, n, at least 0: price of a unit above.
    pub above: Vec<f64>,
    /// d, n, at least 0: price of a unit below.
    pub below: Vec<f64>,
    /// t.
    pub limit: f64,
}

/// (x − b)ᵀ V (x − b) ≤ r².
#[derive(Debug, Clone, PartialEq)]
pub struct RiskLimit {
    /// V.
    pub covariance: Arc<Covariance>,
    /// b: zeros for a volatility, a benchmark for a tracking error.
    pub center: Vec<f64>,
    /// r, above 0.
    pub volatility: f64,
}

/// φ(x) = s (x − o) + Σₖ jₖ ((x − aₖ)⁺ − (o − aₖ)⁺) + ½ q (x − o)² + p |x − o|^{3/2}: what it costs to
/// hold x instead of o.
#[derive(Debug, Clone, PartialEq)]
pub struct Cost {
    /// o: the weight held.
    pub origin: f64,
    /// s: slope left of all kinks.
    pub slope: f64,
    /// Where the slope rises, in increasing order.
    pub kinks: Vec<Kink>,
    /// q, at least 0.
    pub quadratic: f64,
    /// p, at least 0.
    pub power: f64,
}

/// A rise of the slope of a piecewise linear cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kink {
    /// aₖ: the weight at which it rises.
    pub at: f64,
    /// jₖ, at least 0: by how much.
    pub jump: f64,
}

impl Cost {
    /// What buying and selling cost, each in proportion.
    ///
    /// ```
    /// use evenkeel_quant::optimize::program::Cost;
    /// let cost = Cost::proportional(0.5, 0.002, 0.001);
    /// assert!((cost.value(0.6) - 0.0002).abs() < 1e-15 && (cost.value(0.4) - 0.0001).abs() < 1e-15);
    /// ```
    pub fn proportional(origin: f64, buy: f64, sell: f64) -> Self {
        Self { origin, slope: -sell, kinks: vec![Kink { at: origin, jump: buy + sell }], quadratic: 0.0, power: 0.0 }
    }

    /// The cost times a factor of at least 0.
    pub(crate) fn scaled(&self, factor: f64) -> Self {
        let kinks = self.kinks.iter().map(|kink| Kink { at: kink.at, jump: kink.jump * factor }).collect();
        let (slope, quadratic, power) = (self.slope * factor, self.quadratic * factor, self.power * factor);
        Self { origin: self.origin, slope, kinks, quadratic, power }
    }

    /// φ(x).
    pub fn value(&self, x: f64) -> f64 {
        let distance = x - self.origin;
        let kinks: f64 = self.kinks.iter().map(|kink| kink.jump * ((x - kink.at).max(0.0) - (self.origin - kink.at).max(0.0))).sum();
        let smooth = 0.5 * self.quadratic * distance * distance + self.power * distance.abs() * distance.abs().sqrt();
        self.slope * distance + kinks + smooth
    }

    /// The slopes from the left and from the right at x.
    ///
    /// ```
    /// use evenkeel_quant::optimize::program::Cost;
    /// assert_eq!(Cost::proportional(0.5, 0.25, 0.125).slopes(0.5), (-0.125, 0.25));
    /// ```
    pub fn slopes(&self, x: f64) -> (f64, f64) {
        let distance = x - self.origin;
        let smooth = self.slope + self.quadratic * distance + 1.5 * self.power * distance.signum() * distance.abs().sqrt();
        let left: f64 = self.kinks.iter().filter(|kink| kink.at < x).map(|kink| kink.jump).sum();
        let right: f64 = self.kinks.iter().filter(|kink| kink.at <= x).map(|kink| kink.jump).sum();
        (smooth + left, smooth + right)
    }
}

impl Spread {
    /// The left side of the limit at x.
    ///
    /// ```
    /// use evenkeel_quant::optimize::program::Spread;
    /// let turnover = Spread { origin: vec![0.5, 0.5], above: vec![1.0; 2], below: vec![1.0; 2], limit: 0.1 };
    /// assert!((turnover.value(&[0.6, 0.4]) - 0.2).abs() < 1e-15);
    /// ```
    pub fn value(&self, x: &[f64]) -> f64 {
        let priced = self.above.iter().zip(&self.below);
        let distances = x.iter().zip(&self.origin).map(|(x, origin)| x - origin);
        distances.zip(priced).map(|(distance, (above, below))| if distance > 0.0 { above * distance } else { -below * distance }).sum()
    }
}

impl RiskLimit {
    /// The volatility at x, to be held against the limit.
    pub fn value(&self, x: &[f64]) -> f64 {
        self.covariance.variance(&difference(x, &self.center)).sqrt()
    }
}

impl Region {
    /// Weights of at least 0 that sum to 1.
    ///
    /// ```
    /// use evenkeel_quant::optimize::program::Region;
    /// assert_eq!(Region::long_only(3).rows.matrix.values(), [1.0, 1.0, 1.0]);
    /// ```
    pub fn long_only(assets: usize) -> Self {
        let budget = Rows { matrix: Matrix::from_fn(1, assets, |_, _| 1.0), lower: vec![1.0], upper: vec![1.0] };
        Self { lower: vec![0.0; assets], upper: vec![f64::INFINITY; assets], rows: budget, spreads: Vec::new(), risks: Vec::new() }
    }

    /// Number of assets.
    pub fn size(&self) -> usize {
        self.lower.len()
    }
}

impl Program {
    /// The program of least variance over a region.
    ///
    /// ```
    /// use evenkeel_quant::estimate::covariance::Covariance;
    /// use evenkeel_quant::optimize::program::{Program, Region};
    /// let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 0.0, 0.0, 1.0])?;
    /// let program = Program::minimum_variance(covariance, Region::long_only(2));
    /// assert!((program.objective(&[0.2, 0.8]) - 0.5 * (0.04 * 0.04 + 0.01 * 0.64)).abs() < 1e-15);
    /// # Ok::<(), evenkeel_quant::estimate::covariance::CovarianceError>(())
    /// ```
    pub fn minimum_variance(covariance: impl Into<Arc<Covariance>>, region: Region) -> Self {
        let size = region.size();
        Self { quadratic: Some(covariance.into()), scale: 1.0, center: vec![0.0; size], linear: vec![0.0; size], costs: Vec::new(), region }
    }

    /// Number of assets.
    pub fn size(&self) -> usize {
        self.linear.len()
    }

    /// The objective at x.
    pub fn objective(&self, x: &[f64]) -> f64 {
        let active = difference(x, &self.center);
        let risk = self.quadratic.as_ref().map_or(0.0, |covariance| covariance.variance(&active));
        let costs: f64 = self.costs.iter().zip(x).map(|(cost, x)| cost.value(*x)).sum();
        0.5 * self.scale * risk + dot(&self.linear, x) + costs
    }

    /// The gradient of the smooth part, Q (x − b) + c, at x.
    pub fn gradient(&self, x: &[f64]) -> Vec<f64> {
        let mut gradient = self.linear.clone();
        if let Some(covariance) = &self.quadratic {
            for (entry, slope) in gradient.iter_mut().zip(covariance.times(&difference(x, &self.center))) {
                *entry += self.scale * slope;
            }
        }
        gradient
    }

    /// Q (x − b): the covariance of each asset with the active weights.
    pub(crate) fn risk_slopes(&self, x: &[f64]) -> Vec<f64> {
        self.quadratic.as_ref().map_or_else(|| vec![0.0; x.len()], |covariance| covariance.times(&difference(x, &self.center)))
    }

    /// The gradient of all that is quadratic or linear at x = 0: c − Q b − q o.
    pub(crate) fn slopes_at_zero(&self) -> Vec<f64> {
        let mut slopes = self.linear.clone();
        if let Some(covariance) = self.quadratic.as_ref().filter(|_| self.center.iter().any(|center| *center != 0.0)) {
            add_scaled(&mut slopes, -self.scale, &covariance.times(&self.center));
        }
        for (slope, cost) in slopes.iter_mut().zip(&self.costs) {
            *slope -= cost.quadratic * cost.origin;
        }
        slopes
    }

    /// The factor form of Q, where it has one.
    pub fn factor_form(&self) -> Option<&FactorForm> {
        self.quadratic.as_ref().and_then(|covariance| covariance.factor_form())
    }
}

/// x − b.
fn difference(x: &[f64], center: &[f64]) -> Vec<f64> {
    x.iter().zip(center).map(|(x, center)| x - center).collect()
}
