//! The point of the interior method, what it misses, and its steps.

use super::lifted::{Lift, Lifted};
use super::system::{Diagonals, System};
use crate::linear::matrix::Matrix;
use crate::linear::product::{times, transposed_times};
use crate::linear::vector::{add_scaled, largest_magnitude};

/// What an inequality is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// x − lower ≥ 0.
    Lower,
    /// upper − x ≥ 0.
    Upper,
    /// u − (x − a) ≥ 0.
    Above,
    /// u ≥ 0, or u + (x − a) ≥ 0.
    Beside,
    /// (A x + W u) − l ≥ 0.
    RowLower,
    /// r − (A x + W u) ≥ 0.
    RowUpper,
}

/// Inequalities of one kind, with slacks and multipliers that stay above 0.
#[derive(Debug, Clone)]
struct Group {
    kind: Kind,
    of: Vec<usize>,
    slack: Vec<f64>,
    dual: Vec<f64>,
    /// Their reciprocals at the point, divided once for all that follows.
    per_slack: Vec<f64>,
    per_dual: Vec<f64>,
}

/// A step of every unknown.
struct Step {
    weights: Vec<f64>,
    lifts: Vec<f64>,
    powers: Vec<f64>,
    activities: Vec<f64>,
    prices: Vec<f64>,
    slacks: Vec<Vec<f64>>,
    duals: Vec<Vec<f64>>,
}

/// What the conditions of optimality miss.
struct Residuals {
    weights: Vec<f64>,
    lifts: Vec<f64>,
    activities: Vec<f64>,
    rows: Vec<f64>,
    pairs: Vec<Vec<f64>>,
    /// u − v² ÷ κ of each lift with a power.
    powers: Vec<f64>,
    /// Largest slope that they are summed from.
    size: f64,
}

/// The point.
pub(super) struct Iterate<'l, 'a> {
    lifted: &'l Lifted<'a>,
    pub(super) weights: Vec<f64>,
    lifts: Vec<f64>,
    /// v, the slope of a power: u = v² ÷ κ with κ = (3/2 p)², which unlike its inverse is a parabola.
    powers: Vec<f64>,
    activities: Vec<f64>,
    /// y.
    pub(super) prices: Vec<f64>,
    groups: Vec<Group>,
}

/// How near a point is to the optimum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Distance {
    /// Largest miss of a condition, relative.
    pub(super) residual: f64,
    /// Mean product of slack and multiplier, relative.
    pub(super) complementarity: f64,
}

impl Distance {
    pub(super) fn largest(self) -> f64 {
        self.residual.max(self.complementarity)
    }
}

/// Curvature that keeps the system regular where nothing else does.
const LEAST_CURVATURE: f64 = 1e-12;

/// How far lifts begin above their kinks, in parts of an equal weight.
const LIFTED: f64 = 0.5;

/// Share of the way to the boundary.
const TO_BOUNDARY: f64 = 0.995;

impl<'l, 'a> Iterate<'l, 'a> {
    /// Well inside all bounds.
    pub(super) fn start(lifted: &'l Lifted<'a>) -> Self {
        let (assets, rows) = (lifted.assets(), lifted.lower.len());
        let (lower, upper) = (&lifted.model.lower, &lifted.model.upper);
        let room = 1.0 / lifted.linear.iter().fold(1.0, |count, _| count + 1.0);
        let inside = |lower: f64, upper: f64, value: f64, room: f64| {
            let room = room.min(0.5 * (upper - lower));
            value.max(lower + room).min(upper - room)
        };
        // Near what is held, where a kink tells it: costs and turnover are then small.
        let mut weights = vec![0.0; assets];
        for lift in &lifted.lifts {
            weights[lift.asset] = lift.at;
        }
        for (asset, weight) in weights.iter_mut().enumerate() {
            *weight = inside(lower[asset], upper[asset], *weight, room);
        }
        let lifts: Vec<f64> = lifted.lifts.iter().map(|lift| (weights[lift.asset] - lift.at).abs() + LIFTED * room).collect();
        let powers = lifted.lifts.iter().zip(&lifts).map(|(lift, u)| 1.5 * lift.power * u.sqrt()).collect();
        let mut start = Self { lifted, weights, lifts, powers, activities: Vec::new(), prices: vec![0.0; rows], groups: Vec::new() };
        let values = start.row_values();
        start.activities = (0..rows).map(|row| inside(lifted.lower[row], lifted.upper[row], values[row], 0.1)).collect();
        let slope = largest_magnitude(&start.smooth_slopes()).max(1e-3);
        let all: [(Kind, Vec<usize>); 6] = [
            (Kind::Lower, (0..assets).filter(|at| lower[*at].is_finite() && !lifted.is_given(*at)).collect()),
            (Kind::Upper, (0..assets).filter(|at| upper[*at].is_finite() && !lifted.is_given(*at)).collect()),
            (Kind::Above, (0..lifted.lifts.len()).collect()),
            (Kind::Beside, (0..lifted.lifts.len()).collect()),
            (Kind::RowLower, (0..rows).filter(|row| lifted.lower[*row].is_finite() && !lifted.is_equation(*row)).collect()),
            (Kind::RowUpper, (0..rows).filter(|row| lifted.upper[*row].is_finite() && !lifted.is_equation(*row)).collect()),
        ];
        for (kind, of) in all {
            let slack: Vec<f64> = of.iter().map(|at| start.value(kind, *at).max(0.1 * room)).collect();
            let dual = of.iter().zip(&slack).map(|(at, slack)| match kind {
                Kind::Above | Kind::Beside if lifted.lifts[*at].price > 0.0 => 0.5 * lifted.lifts[*at].price,
                _ => slope * room / slack,
            });
            let dual = dual.collect();
            start.groups.push(Group { kind, of, slack, dual, per_slack: Vec::new(), per_dual: Vec::new() });
        }
        start
    }

    /// A x + W u.
    fn row_values(&self) -> Vec<f64> {
        let mut values = transposed_times(&self.lifted.rows, &self.weights);
        for (value, counted) in values.iter_mut().skip(self.lifted.own_rows()).zip(&self.lifted.counted) {
            *value += counted.iter().zip(&self.lifts).map(|(count, u)| count * u).sum::<f64>();
        }
        values
    }

    /// H x + c.
    fn smooth_slopes(&self) -> Vec<f64> {
        let mut slopes = self.lifted.linear.clone();
        self.lifted.model.add_curvature(&self.weights, &mut slopes);
        slopes
    }

    fn value(&self, kind: Kind, at: usize) -> f64 {
        let lift = |at: usize| (&self.lifted.lifts[at], self.weights[self.lifted.lifts[at].asset] - self.lifted.lifts[at].at);
        match kind {
            Kind::Lower => self.weights[at] - self.lifted.model.lower[at],
            Kind::Upper => self.lifted.model.upper[at] - self.weights[at],
            Kind::Above => self.lifts[at] - lift(at).1,
            Kind::Beside => self.lifts[at] + lift(at).0.mirror * lift(at).1,
            Kind::RowLower => self.activities[at] - self.lifted.lower[at],
            Kind::RowUpper => self.lifted.upper[at] - self.activities[at],
        }
    }

    /// How the value of an inequality changes along a step.
    fn change(&self, kind: Kind, at: usize, weights: &[f64], lifts: &[f64], activities: &[f64]) -> f64 {
        let lift = |at: usize| &self.lifted.lifts[at];
        match kind {
            Kind::Lower => weights[at],
            Kind::Upper => -weights[at],
            Kind::Above => lifts[at] - weights[lift(at).asset],
            Kind::Beside => lifts[at] + lift(at).mirror * weights[lift(at).asset],
            Kind::RowLower => activities[at],
            Kind::RowUpper => -activities[at],
        }
    }

    /// Adds multiples of the gradients of the inequalities.
    fn add_gradients(&self, group: &Group, multiples: &[f64], to: &mut Sides) {
        for (at, multiple) in group.of.iter().zip(multiples) {
            match group.kind {
                Kind::Lower => to.weights[*at] += multiple,
                Kind::Upper => to.weights[*at] -= multiple,
                Kind::Above => {
                    to.lifts[*at] += multiple;
                    to.weights[self.lifted.lifts[*at].asset] -= multiple;
                }
                Kind::Beside => {
                    to.lifts[*at] += multiple;
                    to.weights[self.lifted.lifts[*at].asset] += self.lifted.lifts[*at].mirror * multiple;
                }
                Kind::RowLower => to.activities[*at] += multiple,
                Kind::RowUpper => to.activities[*at] -= multiple,
            }
        }
    }

    fn residuals(&self) -> Residuals {
        let lifted = self.lifted;
        let slopes = self.smooth_slopes();
        let mut size = largest_magnitude(&slopes).max(largest_magnitude(&lifted.linear));
        let mut sides = Sides { weights: slopes, lifts: Vec::new(), activities: self.prices.clone() };
        let priced = times(&lifted.rows, &self.prices);
        size = size.max(largest_magnitude(&priced));
        add_scaled(&mut sides.weights, -1.0, &priced);
        sides.lifts = lifted.lifts.iter().zip(&self.powers).map(|(lift, v)| lift.price + v).collect();
        let missed = |((lift, u), v): ((&Lift, &f64), &f64)| if lift.power > 0.0 { u - v * v / lift.stiffness() } else { 0.0 };
        let powers = lifted.lifts.iter().zip(&self.lifts).zip(&self.powers).map(missed).collect();
        size = size.max(largest_magnitude(&sides.lifts));
        for (row, counted) in lifted.counted.iter().enumerate() {
            add_scaled(&mut sides.lifts, -self.prices[lifted.own_rows() + row], counted);
        }
        for group in &self.groups {
            let negative: Vec<f64> = group.dual.iter().map(|dual| -dual).collect();
            self.add_gradients(group, &negative, &mut sides);
        }
        let values = self.row_values();
        let rows =
            (0..values.len()).map(|row| values[row] - if lifted.is_equation(row) { lifted.lower[row] } else { self.activities[row] });
        let rows = rows.collect();
        for row in (0..lifted.lower.len()).filter(|row| lifted.is_equation(*row)) {
            sides.activities[row] = 0.0;
        }
        for asset in (0..lifted.assets()).filter(|asset| lifted.is_given(*asset)) {
            sides.weights[asset] = 0.0;
        }
        let missed = |group: &Group| group.of.iter().zip(&group.slack).map(|(at, slack)| self.value(group.kind, *at) - slack).collect();
        let pairs = self.groups.iter().map(missed).collect();
        Residuals { weights: sides.weights, lifts: sides.lifts, activities: sides.activities, rows, pairs, powers, size: size.max(1e-300) }
    }

    fn mean_product(&self) -> f64 {
        let products = self.groups.iter().flat_map(|group| group.slack.iter().zip(&group.dual));
        let (sum, count) = products.fold((0.0, 0.0), |(sum, count), (slack, dual)| (sum + slack * dual, count + 1.0));
        if count > 0.0 { sum / count } else { 0.0 }
    }

    /// One step by S. Mehrotra's predictor and corrector (1992); how near the point was before it.
    /// `None` where the system can not be solved.
    pub(super) fn improve(&mut self, enough: f64) -> Option<Distance> {
        let residuals = self.residuals();
        let mean = self.mean_product();
        let distance = residuals.distance(mean, &self.weights);
        if distance.largest() <= enough {
            return Some(distance);
        }
        for group in &mut self.groups {
            group.per_slack = reciprocals(&group.slack);
            group.per_dual = reciprocals(&group.dual);
        }
        let (diagonals, curvature) = self.diagonals();
        let system = System::factor(self.lifted, diagonals).ok()?;
        let products = |group: &Group| group.slack.iter().zip(&group.dual).map(|(slack, dual)| -slack * dual).collect();
        let mut targets: Vec<Vec<f64>> = self.groups.iter().map(products).collect();
        let predictor = self.step(&system, &curvature, &residuals, &targets);
        let (length, reached) = (self.longest(&predictor), mean.max(f64::MIN_POSITIVE));
        let center = (self.mean_after(&predictor, length) / reached).powi(3).min(1.0) * mean;
        for ((target, slacks), duals) in targets.iter_mut().zip(&predictor.slacks).zip(&predictor.duals) {
            for ((target, slack), dual) in target.iter_mut().zip(slacks).zip(duals) {
                *target += center - slack * dual;
            }
        }
        let corrector = self.step(&system, &curvature, &residuals, &targets);
        let length = (TO_BOUNDARY * self.longest(&corrector)).min(1.0);
        let length = if length > 0.99 { length } else { length.min(TO_BOUNDARY) };
        self.advance(&corrector, length);
        Some(distance)
    }

    /// The diagonals of the system, and the curvature of each lift.
    fn diagonals(&self) -> (Diagonals, Curvature) {
        let lifted = self.lifted;
        let mut weights: Vec<f64> =
            (0..lifted.assets()).map(|asset| if lifted.is_given(asset) { f64::INFINITY } else { LEAST_CURVATURE }).collect();
        let mut activities = vec![0.0; lifted.lower.len()];
        let (mut above, mut beside) = (vec![0.0; lifted.lifts.len()], vec![0.0; lifted.lifts.len()]);
        for group in &self.groups {
            let to = match group.kind {
                Kind::Lower | Kind::Upper => &mut weights,
                Kind::Above => &mut above,
                Kind::Beside => &mut beside,
                Kind::RowLower | Kind::RowUpper => &mut activities,
            };
            for ((at, per_slack), dual) in group.of.iter().zip(&group.per_slack).zip(&group.dual) {
                to[*at] += dual * per_slack;
            }
        }
        let mut own = Vec::with_capacity(above.len());
        let mut crossed = Vec::with_capacity(above.len());
        let mut bends = Vec::with_capacity(above.len());
        for (at, lift) in lifted.lifts.iter().enumerate() {
            let bend = if lift.power > 0.0 { 0.5 * lift.stiffness() / self.powers[at] } else { 0.0 };
            let pivot = above[at] + beside[at] + bend;
            // What is left for the weight once u is eliminated, without the cancellation.
            let product = above[at] * beside[at] * (1.0 + lift.mirror).powi(2);
            weights[lift.asset] += (product + bend * (above[at] + lift.mirror * beside[at])) / pivot;
            own.push(pivot);
            bends.push(bend);
            crossed.push(lift.mirror * beside[at] - above[at]);
        }
        let mut rows = lifted.rows.clone();
        let mut border = Matrix::zeros(activities.len(), activities.len());
        for (row, curvature) in activities.iter().enumerate().filter(|(row, _)| !lifted.is_equation(*row)) {
            border.set(row, row, 1.0 / curvature);
        }
        for (first, counted) in lifted.counted.iter().enumerate() {
            let row = lifted.own_rows() + first;
            for (at, lift) in lifted.lifts.iter().enumerate().filter(|(at, _)| counted[*at] != 0.0) {
                rows.column_mut(row)[lift.asset] -= crossed[at] * counted[at] / own[at];
                for (second, other) in lifted.counted.iter().enumerate() {
                    let column = lifted.own_rows() + second;
                    let value = border.get(row, column) + counted[at] * other[at] / own[at];
                    border.set(row, column, value);
                }
            }
        }
        (Diagonals { weights, rows, border }, Curvature { own, crossed, bends, activities })
    }

    /// The step toward given products of slacks and multipliers.
    fn step(&self, system: &System<'_, '_>, curvature: &Curvature, residuals: &Residuals, targets: &[Vec<f64>]) -> Step {
        let lifted = self.lifted;
        let mut sides = Sides {
            weights: residuals.weights.iter().map(|entry| -entry).collect(),
            lifts: (0..lifted.lifts.len()).map(|at| -residuals.lifts[at] - curvature.bends[at] * residuals.powers[at]).collect(),
            activities: residuals.activities.iter().map(|entry| -entry).collect(),
        };
        for ((group, target), missed) in self.groups.iter().zip(targets).zip(&residuals.pairs) {
            let pull: Vec<f64> = (0..group.of.len()).map(|at| (target[at] - group.dual[at] * missed[at]) * group.per_slack[at]).collect();
            self.add_gradients(group, &pull, &mut sides);
        }
        let mut b = sides.weights;
        for (at, lift) in lifted.lifts.iter().enumerate() {
            b[lift.asset] -= curvature.crossed[at] * sides.lifts[at] / curvature.own[at];
        }
        let mut q: Vec<f64> = residuals.rows.iter().map(|entry| -entry).collect();
        for (row, entry) in q.iter_mut().enumerate().filter(|(row, _)| !lifted.is_equation(*row)) {
            *entry += sides.activities[row] / curvature.activities[row];
        }
        for (entry, counted) in q.iter_mut().skip(lifted.own_rows()).zip(&lifted.counted) {
            *entry -= (0..counted.len()).map(|at| counted[at] * sides.lifts[at] / curvature.own[at]).sum::<f64>();
        }
        let (weights, prices) = system.solve(&b, &q);
        let lifts: Vec<f64> = (0..lifted.lifts.len())
            .map(|at| {
                let counted: f64 =
                    lifted.counted.iter().zip(&prices[lifted.own_rows()..]).map(|(counted, price)| counted[at] * price).sum();
                (sides.lifts[at] - curvature.crossed[at] * weights[lifted.lifts[at].asset] + counted) / curvature.own[at]
            })
            .collect();
        let powers = (0..lifts.len()).map(|at| curvature.bends[at] * (lifts[at] + residuals.powers[at])).collect();
        let activity = |row: usize| {
            if lifted.is_equation(row) { 0.0 } else { (sides.activities[row] - prices[row]) / curvature.activities[row] }
        };
        let activities: Vec<f64> = (0..prices.len()).map(activity).collect();
        let (mut slacks, mut duals) = (Vec::new(), Vec::new());
        for ((group, target), missed) in self.groups.iter().zip(targets).zip(&residuals.pairs) {
            let moved = |at: usize| self.change(group.kind, group.of[at], &weights, &lifts, &activities) + missed[at];
            let slack: Vec<f64> = (0..group.of.len()).map(moved).collect();
            duals.push((0..slack.len()).map(|at| (target[at] - group.dual[at] * slack[at]) * group.per_slack[at]).collect());
            slacks.push(slack);
        }
        Step { weights, lifts, powers, activities, prices, slacks, duals }
    }

    /// The longest step, at most 1, that keeps slacks and multipliers at least 0.
    fn longest(&self, step: &Step) -> f64 {
        // Of value + length × change, the shares of the value that a whole step takes away.
        let mut fastest = 1.0_f64;
        for (value, change) in self.powers.iter().zip(&step.powers).filter(|(_, change)| **change < 0.0) {
            fastest = fastest.max(-change / value);
        }
        for ((group, slacks), duals) in self.groups.iter().zip(&step.slacks).zip(&step.duals) {
            fastest = fastest.max(fastest_fall(slacks, &group.per_slack)).max(fastest_fall(duals, &group.per_dual));
        }
        1.0 / fastest
    }

    fn mean_after(&self, step: &Step, length: f64) -> f64 {
        let (mut sum, mut count) = (0.0, 0.0);
        for ((group, slacks), duals) in self.groups.iter().zip(&step.slacks).zip(&step.duals) {
            for at in 0..group.of.len() {
                sum += (group.slack[at] + length * slacks[at]) * (group.dual[at] + length * duals[at]);
                count += 1.0;
            }
        }
        if count > 0.0 { sum / count } else { 0.0 }
    }

    fn advance(&mut self, step: &Step, length: f64) {
        add_scaled(&mut self.weights, length, &step.weights);
        add_scaled(&mut self.lifts, length, &step.lifts);
        add_scaled(&mut self.powers, length, &step.powers);
        add_scaled(&mut self.activities, length, &step.activities);
        add_scaled(&mut self.prices, length, &step.prices);
        for ((group, slacks), duals) in self.groups.iter_mut().zip(&step.slacks).zip(&step.duals) {
            add_scaled(&mut group.slack, length, slacks);
            add_scaled(&mut group.dual, length, duals);
        }
    }

    /// The weights, each at the bound or kink at which its multipliers say it is.
    pub(super) fn rounded(&self) -> Vec<f64> {
        let mut weights = self.weights.clone();
        let mut above = vec![false; self.lifted.lifts.len()];
        for group in &self.groups {
            let tight = group.of.iter().zip(group.slack.iter().zip(&group.dual)).filter(|(_, (slack, dual))| slack < dual);
            for (at, _) in tight {
                match group.kind {
                    Kind::Lower => weights[*at] = self.lifted.model.lower[*at],
                    Kind::Upper => weights[*at] = self.lifted.model.upper[*at],
                    Kind::Above => above[*at] = true,
                    Kind::Beside if above[*at] => weights[self.lifted.lifts[*at].asset] = self.lifted.lifts[*at].at,
                    Kind::Beside | Kind::RowLower | Kind::RowUpper => {}
                }
            }
        }
        weights
    }
}

fn reciprocals(values: &[f64]) -> Vec<f64> {
    values.iter().map(|value| 1.0 / value).collect()
}

/// The largest share of a value that its change takes away.
fn fastest_fall(changes: &[f64], per_value: &[f64]) -> f64 {
    changes.iter().zip(per_value).map(|(change, per_value)| -change * per_value).fold(0.0, f64::max)
}

/// Right sides by unknown.
struct Sides {
    weights: Vec<f64>,
    lifts: Vec<f64>,
    activities: Vec<f64>,
}

/// Curvature of the lifts, of each with its weight, and of the activities.
struct Curvature {
    own: Vec<f64>,
    crossed: Vec<f64>,
    bends: Vec<f64>,
    activities: Vec<f64>,
}

impl Residuals {
    fn distance(&self, mean: f64, weights: &[f64]) -> Distance {
        let slopes = largest_magnitude(&self.weights).max(largest_magnitude(&self.lifts)).max(largest_magnitude(&self.activities));
        let pairs = self.pairs.iter().map(|pairs| largest_magnitude(pairs)).fold(0.0, f64::max);
        let missed = largest_magnitude(&self.rows).max(largest_magnitude(&self.powers)).max(pairs) / largest_magnitude(weights).max(1.0);
        Distance { residual: missed.max(slopes / self.size), complementarity: mean / self.size }
    }
}
