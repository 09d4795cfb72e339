//! Limits on risk by their price.
//!
//! A limit on risk is kept by paying for risk: at the optimum the program without the limit, with
//! ν (x − b)ᵀ V (x − b) added to its objective, has the same weights. Its risk falls as ν rises, so that ν is the
//! root of 1 ÷ σ(ν) − 1 ÷ r, which is nearly a line (J. J. Moré, D. C. Sorensen, *Computing a trust region step*,
//! 1983), found by the secant between bounds. The programs on the way are quadratic, keep their factor structure,
//! and begin from one another.

use std::sync::Arc;

use super::program::{Program, RiskLimit};
use super::solution::{Solution, Status, WarmStart, Work};
use crate::estimate::covariance::Covariance;
use crate::linear::matrix::Matrix;
use crate::linear::product::times;
use crate::linear::vector::add_scaled;

/// Prices tried; a dozen suffice.
const PRICES: usize = 80;

/// A risk this near to its limit, as a fraction, is at it.
const AT_LIMIT: f64 = 1e-14;

/// Bounds on the price this near to each other, as a fraction, hold a jump of the risk between them.
const JUMP: f64 = 1e-15;

/// A price this small, as a fraction of the first, is none.
const NOTHING: f64 = 1e-14;

/// A program for one price after another.
struct Priced<'a> {
    program: &'a Program,
    limit: &'a RiskLimit,
    /// The program without the limit.
    free: Program,
    /// Q and V where they are not the same.
    matrices: Option<(Matrix, Matrix)>,
}

impl<'a> Priced<'a> {
    fn new(program: &'a Program) -> Option<Self> {
        let (limit, others) = program.region.risks.split_last()?;
        let mut free = program.clone();
        free.region.risks = others.to_vec();
        if program.scale == 0.0 {
            free.quadratic = None;
        }
        let apart = free.quadratic.as_ref().filter(|covariance| !Arc::ptr_eq(covariance, &limit.covariance));
        let matrices = apart.map(|covariance| (covariance.matrix().into_owned(), limit.covariance.matrix().into_owned()));
        Some(Self { program, limit, free, matrices })
    }

    /// The program at a price ν above 0.
    fn at(&self, price: f64) -> Program {
        let (own, added) = (if self.free.quadratic.is_some() { self.program.scale } else { 0.0 }, 2.0 * price);
        let mut program = self.free.clone();
        if let Some((quadratic, risk)) = &self.matrices {
            let mut sum = quadratic.clone();
            for (entry, risk) in sum.values_mut().iter_mut().zip(risk.values()) {
                *entry = own * *entry + added * risk;
            }
            add_scaled(&mut program.linear, -own, &times(quadratic, &self.program.center));
            add_scaled(&mut program.linear, -added, &self.limit.covariance.times(&self.limit.center));
            program.center = vec![0.0; program.size()];
            program.quadratic = Some(Arc::new(Covariance::dense(sum)));
            program.scale = 1.0;
        } else {
            let whole = own + added;
            let centers = program.center.iter().zip(&self.limit.center);
            program.center = centers.map(|(own_center, center)| (own * own_center + added * center) / whole).collect();
            program.quadratic = Some(Arc::clone(&self.limit.covariance));
            program.scale = whole;
        }
        program
    }

    /// The price at which the slope of the risk is as large as that of the objective.
    fn first(&self, weights: &[f64]) -> f64 {
        let size = |slopes: Vec<f64>| slopes.into_iter().map(f64::abs).sum::<f64>();
        let active: Vec<f64> = weights.iter().zip(&self.limit.center).map(|(x, b)| x - b).collect();
        let (slope, risk) = (size(self.free.gradient(weights)), size(self.limit.covariance.times(&active)));
        let price = 0.5 * slope / risk;
        if price > 0.0 && price.is_finite() { price } else { 0.5 }
    }
}

/// Solves a program by pricing its last limit on risk, the programs without it by `solve`.
///
/// `None` where the price has no end: the limit leaves no room, or nothing is feasible.
pub(super) fn solve<E>(
    program: &Program,
    start: Option<&WarmStart>,
    mut solve: impl FnMut(&Program, Option<&WarmStart>) -> Result<Solution, E>,
) -> Result<Option<Solution>, E> {
    let Some(priced) = Priced::new(program) else { return Ok(None) };
    let mut found = solve(&priced.free, start)?;
    let mut work = found.work;
    let bounded = match found.status {
        Status::Optimal => priced.limit.value(&found.weights) <= priced.limit.volatility,
        Status::Infeasible => true,
        Status::Unbounded | Status::WorkSpent | Status::Stalled => false,
    };
    if bounded {
        return Ok(Some(with_price(found, 0.0, work)));
    }
    let low = (found.status == Status::Optimal).then(|| (0.0, found.clone()));
    let mut search = Search { most: priced.limit.volatility, low, high: None, previous: None };
    let mut price = priced.first(&found.weights);
    let least = NOTHING * price;
    for _ in 0..PRICES {
        let start = (found.status == Status::Optimal).then(|| WarmStart::from(&found)).or_else(|| start.cloned());
        found = solve(&priced.at(price), start.as_ref())?;
        work.iterations += found.work.iterations;
        work.factorizations += found.work.factorizations;
        if found.status != Status::Optimal {
            return Ok(None);
        }
        let risk = priced.limit.value(&found.weights);
        if (risk - search.most).abs() <= AT_LIMIT * search.most {
            return Ok(Some(with_price(found, price, work)));
        }
        let next = search.next(price, risk, &found);
        if (next - price).abs() <= JUMP * price || next <= least || !next.is_finite() {
            break;
        }
        price = next;
    }
    Ok(search.between(priced.limit).map(|found| with_price(found.0, found.1, work)))
}

/// The price as the multiplier of the last limit on risk.
fn with_price(mut found: Solution, price: f64, work: Work) -> Solution {
    found.multipliers.risks.push(price);
    found.work = work;
    found
}

/// Prices that are too low and too high, with what is best at them.
struct Search {
    /// r.
    most: f64,
    low: Option<(f64, Solution)>,
    high: Option<(f64, Solution)>,
    /// The last price, and 1 ÷ σ there.
    previous: Option<(f64, f64)>,
}

impl Search {
    /// The next price to try.
    fn next(&mut self, price: f64, risk: f64, found: &Solution) -> f64 {
        let side = if risk > self.most { &mut self.low } else { &mut self.high };
        *side = Some((price, found.clone()));
        let inverse = 1.0 / risk;
        let slope = self.previous.map(|(before, was)| (inverse - was) / (price - before)).filter(|slope| *slope > 0.0);
        self.previous = Some((price, inverse));
        let secant = slope.map_or(f64::NAN, |slope| price + (1.0 / self.most - inverse) / slope);
        let (low, high) = (self.low.as_ref().map_or(0.0, |side| side.0), self.high.as_ref().map_or(f64::INFINITY, |side| side.0));
        let halfway = if high.is_finite() { f64::midpoint(low, high).min((low.max(1e-6 * high) * high).sqrt()) } else { 8.0 * low };
        // Without a bound above, a line through points far away may point too far.
        let secant = if high.is_finite() { secant } else { secant.min(1e3 * price) };
        if secant > low && secant < high { secant } else { halfway }
    }

    /// The weights at the limit on the line between both sides of a jump: at one price all of it is best.
    fn between(self, limit: &RiskLimit) -> Option<(Solution, f64)> {
        let ((_, outside), (price, inside)) = (self.low?, self.high?);
        let distance = |weights: &[f64]| weights.iter().zip(&limit.center).map(|(x, b)| x - b).collect::<Vec<f64>>();
        let (from, to) = (distance(&inside.weights), distance(&outside.weights));
        let step: Vec<f64> = to.iter().zip(&from).map(|(to, from)| to - from).collect();
        // ‖from + t step‖ = r.
        let turned = limit.covariance.times(&step);
        let product = |left: &[f64]| left.iter().zip(&turned).map(|(a, b)| a * b).sum::<f64>();
        let (second, first) = (product(&step), product(&from));
        let rest = limit.covariance.variance(&from) - limit.volatility * limit.volatility;
        let root = (first * first - second * rest).max(0.0).sqrt();
        let share = if second > 0.0 { (-rest / (first + root)).clamp(0.0, 1.0) } else { 0.0 };
        let mut found = inside;
        for (weight, outside) in found.weights.iter_mut().zip(&outside.weights) {
            *weight += share * (outside - *weight);
        }
        Some((found, price))
    }
}
