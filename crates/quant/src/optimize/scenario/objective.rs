//! The four objectives, by the least of cᵀw + φ(w) + λ ρ(X w) at one price of risk after another.

use super::cuts::Cuts;
use super::lowered::Lowered;
use super::measure::PricedLosses;
use super::model::{Charge, Model, Point};
use super::newton::Newton;
use super::priced::Priced;
use super::problem::{Objective, ScenarioError, ScenarioProgram, power_of_two};
use super::simplex::{Ending, Simplex};
use crate::linear::matrix::Matrix;
use crate::linear::product::{times, transposed_times};
use crate::linear::vector::{add_scaled, largest_magnitude};
use crate::optimize::solution::{Multipliers, Status};

/// Prices of risk that a search tries at most; each halves what is left at least.
const PRICES: usize = 100;

/// Where two values count as one, relative to their terms.
const EQUAL: f64 = 1e-11;

/// Where a search ended, with its numbers in the units of the caller except for the risk.
pub(super) struct Settled {
    pub(super) status: Status,
    pub(super) point: Point,
    /// λ, for a risk in units of the search.
    pub(super) price: f64,
    /// A bound from below on −μᵀw + φ(w) + λ ρ, or on ρ + φ(w) for the least risk.
    pub(super) value_bound: f64,
    pub(super) multipliers: Multipliers,
}

/// A point on the way, with its expected return in units of the search and its risk.
struct Visit {
    point: Point,
    gain: f64,
    risk: f64,
}

/// A problem in units of the search.
pub(super) struct Search<'a> {
    returns: &'a Matrix,
    /// The unit of the returns.
    unit: f64,
    program: &'a ScenarioProgram<'a>,
    lowered: &'a Lowered,
    /// The region alone.
    region: Simplex,
    model: Option<Box<dyn Model + 'a>>,
}

type Tried = Result<Visit, Status>;

impl<'a> Search<'a> {
    pub(super) fn new(returns: &'a Matrix, unit: f64, program: &'a ScenarioProgram<'a>, lowered: &'a Lowered) -> Self {
        Self { returns, unit, program, lowered, region: lowered.simplex(0, program.steps), model: None }
    }

    pub(super) fn work(&self) -> (usize, usize) {
        let (steps, factorizations) = self.model.as_ref().map_or((0, 0), |model| model.work());
        (self.region.steps + steps, self.region.factorizations + factorizations)
    }

    pub(super) fn run(&mut self, objective: &Objective) -> Result<Settled, ScenarioError> {
        let ending = self.region.minimize();
        if ending != Ending::Optimal {
            return Ok(self.without_point(status(ending)));
        }
        let mut start = self.lowered.weights(self.region.x());
        if self.program.measure.value(&times(self.returns, &start)).is_infinite() {
            start = self.safest();
        }
        let risk = self.program.measure.value(&times(self.returns, &start));
        if risk.is_infinite() {
            return Err(ScenarioError::Ruin { measure: self.program.measure.name() });
        }
        self.model = Some(self.choose_model(&start));
        match objective {
            Objective::MinimumRisk => {
                // In units of the risk.
                let charge = Charge { factor: 1.0 / self.unit, ..self.nothing() };
                Ok(match self.solve(&charge, 1.0) {
                    Ok(visit) => self.settle(visit.point, &charge, 1.0, self.unit),
                    Err(status) => self.without_point(status),
                })
            }
            Objective::MaximumUtility { means, aversion } => {
                let scale = power_of_two(largest_magnitude(means).max(aversion * self.unit));
                let charge = self.charge(means, scale);
                let price = aversion * self.unit / scale;
                Ok(match self.solve(&charge, price) {
                    Ok(visit) => self.settle(visit.point, &charge, price, scale),
                    Err(status) => self.without_point(status),
                })
            }
            Objective::MaximumReturn { means, risk } => {
                let scale = power_of_two(largest_magnitude(means));
                Ok(self.within_risk(&self.charge(means, scale), risk / self.unit, scale))
            }
            Objective::MaximumRatio { means, threshold } => {
                let scale = power_of_two(largest_magnitude(means).max(threshold.abs()));
                self.greatest_ratio(&self.charge(means, scale), threshold / scale, scale)
            }
        }
    }

    fn choose_model(&self, start: &[f64]) -> Box<dyn Model + 'a> {
        let (returns, lowered, program) = (self.returns, self.lowered, self.program);
        let measure = program.measure;
        if let Some(losses) = measure.priced_losses(returns.rows()) {
            Box::new(Priced::new(returns, lowered, losses, program.steps))
        } else if measure.curvature(&times(returns, start)).is_some() {
            Box::new(Newton::new(returns, program.region, lowered, measure, start, program.steps))
        } else {
            Box::new(Cuts::new(returns, lowered, measure, start, program.steps))
        }
    }

    /// The portfolio whose worst scenario is best.
    fn safest(&self) -> Vec<f64> {
        let losses = PricedLosses { threshold: true, above: 1.0, below: 0.0 };
        let mut model = Priced::new(self.returns, self.lowered, losses, self.program.steps);
        model.minimize(&self.nothing(), 1.0);
        model.point().weights
    }

    /// No charge.
    fn nothing(&self) -> Charge<'a> {
        Charge { slopes: vec![0.0; self.returns.columns()], costs: self.program.costs, factor: 0.0 }
    }

    /// −μᵀw + φ(w) in a unit.
    fn charge(&self, means: &[f64], unit: f64) -> Charge<'a> {
        Charge { slopes: means.iter().map(|mean| -mean / unit).collect(), costs: self.program.costs, factor: 1.0 / unit }
    }

    /// The least of cᵀw + λ ρ.
    fn solve(&mut self, charge: &Charge<'_>, price: f64) -> Tried {
        if price == 0.0 {
            return self.solve_without_risk(charge);
        }
        let Some(model) = &mut self.model else { return Err(Status::Stalled) };
        let ending = model.minimize(charge, price);
        let point = model.point();
        if ending != Ending::Optimal {
            return Err(status(ending));
        }
        let gain = -charge.at(&point.weights);
        let risk = self.program.measure.value(&times(self.returns, &point.weights));
        Ok(Visit { point, gain, risk })
    }

    /// The least of cᵀw.
    fn solve_without_risk(&mut self, charge: &Charge<'_>) -> Tried {
        self.region.set_costs(&self.lowered.charge(charge), 1.0);
        let ending = self.region.minimize();
        if ending != Ending::Optimal {
            return Err(status(ending));
        }
        let weights = self.lowered.weights(self.region.x());
        let series = times(self.returns, &weights);
        let (measure, gain) = (self.program.measure, -charge.at(&weights));
        Ok(Visit { point: Point { weights, slopes: measure.slopes(&series), offset: 0.0 }, gain, risk: measure.value(&series) })
    }

    /// The greatest return whose risk is within a limit: a price of risk at which one optimum is
    /// within it and one beyond, and the point between them that is at it.
    fn within_risk(&mut self, charge: &Charge<'_>, limit: f64, scale: f64) -> Settled {
        let none = self.nothing();
        let mut inside = match self.solve(&none, 1.0) {
            Ok(visit) => visit,
            Err(status) => return self.without_point(status),
        };
        inside.gain = -charge.at(&inside.point.weights);
        // The search's unit is the size of returns.
        let slack = EQUAL * limit.abs() + f64::EPSILON;
        if inside.risk > limit + slack {
            return Settled { status: Status::Infeasible, ..self.settle(inside.point, &none, 1.0, self.unit) };
        }
        let mut outside = match self.beyond(charge, limit) {
            Ok((visit, price)) if visit.risk <= limit + slack => return self.settle(visit.point, charge, price, scale),
            Ok((visit, _)) => visit,
            Err(status) => return self.without_point(status),
        };
        let mut price = 0.0;
        for _ in 0..PRICES {
            price = ((outside.gain - inside.gain) / (outside.risk - inside.risk)).max(0.0);
            let visit = match self.solve(charge, price) {
                Ok(visit) => visit,
                Err(status) => return self.without_point(status),
            };
            let value = |visit: &Visit| price * visit.risk - visit.gain;
            let terms = visit.gain.abs() + price * visit.risk.abs();
            let met = value(&visit) >= value(&inside).min(value(&outside)) - EQUAL * terms;
            let slopes = (visit.point.slopes.clone(), visit.point.offset);
            if !met && visit.risk <= limit {
                inside = visit;
            } else if !met {
                outside = visit;
            }
            if met || outside.risk - inside.risk <= slack {
                (inside.point.slopes, inside.point.offset) = slopes;
                break;
            }
        }
        let share = ((limit - inside.risk) / (outside.risk - inside.risk)).clamp(0.0, 1.0);
        let mut point = inside.point;
        for (weight, other) in point.weights.iter_mut().zip(&outside.point.weights) {
            *weight += share * (other - *weight);
        }
        self.lowered.snap(&mut point.weights);
        self.settle(point, charge, price, scale)
    }

    /// An optimum at so low a price of risk that its risk passes a limit; the one at no price if none
    /// passes it. Where returns have no end, the price falls until they pass.
    fn beyond(&mut self, charge: &Charge<'_>, limit: f64) -> Result<(Visit, f64), Status> {
        let free = self.solve(charge, 0.0);
        if !matches!(free, Err(Status::Unbounded)) {
            return free.map(|visit| (visit, 0.0));
        }
        let mut price = 1.0;
        let mut bounded = self.solve(charge, price);
        for _ in 0..PRICES {
            match &bounded {
                Err(Status::Unbounded) => price *= 4.0,
                Ok(visit) if visit.risk <= limit => price *= 0.75,
                _ => break,
            }
            bounded = self.solve(charge, price);
        }
        bounded.map(|visit| (visit, price))
    }

    fn greatest_ratio(&mut self, charge: &Charge<'_>, threshold: f64, scale: f64) -> Result<Settled, ScenarioError> {
        let mut visit = match self.solve(charge, 0.0) {
            Ok(visit) => visit,
            Err(status) => return Ok(self.without_point(status)),
        };
        if visit.gain - threshold <= EQUAL * (visit.gain.abs() + threshold.abs()) {
            return Err(ScenarioError::NoExcessReturn { best: visit.gain * scale, threshold: threshold * scale });
        }
        let mut price = 0.0;
        for _ in 0..PRICES {
            let excess = visit.gain - threshold;
            if visit.risk <= f64::EPSILON {
                return Err(ScenarioError::NoRisk { excess: excess * scale, risk: visit.risk * self.unit });
            }
            let before = price;
            price = excess / visit.risk;
            if price <= before * (1.0 + EQUAL) {
                break;
            }
            visit = match self.solve(charge, price) {
                Ok(visit) => visit,
                Err(status) => return Ok(self.without_point(status)),
            };
        }
        Ok(self.settle(visit.point, charge, price, scale))
    }

    /// Proves a point: the least of cᵀw − λ qᵀX w over the region.
    fn settle(&mut self, point: Point, charge: &Charge<'_>, price: f64, scale: f64) -> Settled {
        let slopes = transposed_times(self.returns, &point.slopes);
        let mut gradient = charge.clone();
        add_scaled(&mut gradient.slopes, -price, &slopes);
        self.region.set_costs(&self.lowered.charge(&gradient), 1.0);
        let ending = self.region.minimize();
        let bound = if ending == Ending::Optimal { self.lowered.bound(&gradient, &self.region) } else { f64::NEG_INFINITY };
        let mut multipliers = self.lowered.multipliers(&self.region);
        for multiplier in [&mut multipliers.bounds, &mut multipliers.rows, &mut multipliers.spreads].into_iter().flatten() {
            *multiplier *= scale;
        }
        let value_bound = (bound + price * point.offset) * scale;
        Settled { status: Status::Optimal, point, price: price * scale, value_bound, multipliers }
    }

    /// What is left where there is no optimum: the last point of the region, and its multipliers.
    fn without_point(&self, status: Status) -> Settled {
        let weights = self.lowered.weights(self.region.x());
        let multipliers = self.lowered.multipliers(&self.region);
        let point = Point { weights, slopes: vec![0.0; self.returns.rows()], offset: 0.0 };
        Settled { status, point, price: 0.0, value_bound: f64::NEG_INFINITY, multipliers }
    }
}

fn status(ending: Ending) -> Status {
    match ending {
        Ending::Optimal => Status::Optimal,
        Ending::Infeasible => Status::Infeasible,
        Ending::Unbounded => Status::Unbounded,
        Ending::WorkSpent => Status::WorkSpent,
    }
}
