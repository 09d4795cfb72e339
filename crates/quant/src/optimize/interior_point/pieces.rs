//! The exact optimum from a guess of which limits and kinks hold.
//!
//! Given on which piece of its costs every weight lies, and which rows hold as equations, weights and
//! prices solve one linear system; what then contradicts the guess corrects it (M. Hintermüller,
//! K. Ito, K. Kunisch, *The primal-dual active set strategy as a semismooth Newton method*, 2003). From
//! a guess that is nearly right, as after the interior iterations or from the optimum of a like
//! program, few rounds suffice.

use super::lifted::{Lift, Lifted};
use super::system::{Diagonals, System};
use crate::linear::matrix::Matrix;
use crate::linear::product::{times, transposed_times};
use crate::linear::vector::{add_scaled, largest_magnitude};

/// Where a weight lies.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Piece {
    /// At a bound or kink.
    At,
    /// Between two breaks.
    Between(f64, f64),
}

/// A row that holds as an equation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Open,
    Lower,
    Upper,
}

/// A guess on its way to the optimum.
pub(super) struct Pieces<'l, 'a> {
    lifted: &'l Lifted<'a>,
    /// First lift of each asset, and one more.
    first: Vec<usize>,
    pub(super) weights: Vec<f64>,
    pub(super) prices: Vec<f64>,
    of: Vec<Piece>,
    sides: Vec<Side>,
}

/// Distance from a break that is rounding, in the units of the search.
const NEAR: f64 = 1e-12;

/// A slope beyond its limits by this part of what it is summed from is rounding.
const NOISE: f64 = 1e-11;

/// A slope below this part of what it is summed from is none.
const STATIONARY: f64 = 1e-10;

/// Curvature that keeps the system regular.
const LEAST_CURVATURE: f64 = 1e-13;

/// Newton steps on the same pieces, more than one for powers only.
const STEPS: usize = 60;

/// Newton steps on the same pieces without powers: more than one for rounding only.
const LINEAR_STEPS: usize = 4;

/// A step below this changes nothing.
const SETTLED: f64 = 1e-13;

/// A last step above this was not the last.
const UNSETTLED: f64 = 1e-9;

impl<'l, 'a> Pieces<'l, 'a> {
    /// The guess that given weights make: those within `near` of a break are at it, and so are rows, or
    /// where there are prices rows whose price is more than what is left to their side.
    pub(super) fn guess(lifted: &'l Lifted<'a>, weights: &[f64], prices: Option<&[f64]>, near: f64) -> Self {
        let mut first = vec![0; lifted.assets() + 1];
        for lift in &lifted.lifts {
            first[lift.asset + 1] += 1;
        }
        for asset in 0..lifted.assets() {
            first[asset + 1] += first[asset];
        }
        let rows = lifted.lower.len();
        let mut guess = Self {
            lifted,
            first,
            weights: weights.to_vec(),
            prices: prices.map_or_else(|| vec![0.0; rows], <[f64]>::to_vec),
            of: Vec::new(),
            sides: Vec::new(),
        };
        for (asset, weight) in weights.iter().enumerate() {
            let x = weight.max(lifted.model.lower[asset]).min(lifted.model.upper[asset]);
            let nearest = guess.breaks(asset).find(|at| (at - x).abs() <= near);
            guess.weights[asset] = nearest.unwrap_or(x);
            let piece = if nearest.is_some() { Piece::At } else { guess.between(asset, x) };
            guess.of.push(piece);
        }
        let values = guess.row_values();
        for row in 0..rows {
            let (lower, upper) = (lifted.lower[row], lifted.upper[row]);
            let price = prices.map(|prices| prices[row]);
            let at_lower = price.map_or((values[row] - lower).abs() <= near, |price| price > (values[row] - lower).abs());
            let at_upper = price.map_or((upper - values[row]).abs() <= near, |price| -price > (upper - values[row]).abs());
            guess.sides.push(if at_lower || lifted.is_equation(row) {
                Side::Lower
            } else if at_upper {
                Side::Upper
            } else {
                Side::Open
            });
        }
        guess
    }

    /// Bounds and kinks of a weight.
    fn breaks(&self, asset: usize) -> impl Iterator<Item = f64> + '_ {
        let bounds = [self.lifted.model.lower[asset], self.lifted.model.upper[asset]].into_iter();
        bounds
            .filter(|bound| bound.is_finite())
            .chain(self.lifted.lifts[self.first[asset]..self.first[asset + 1]].iter().map(|lift| lift.at))
    }

    /// The piece around a value that is at no break.
    fn between(&self, asset: usize, x: f64) -> Piece {
        let (mut left, mut right) = (f64::NEG_INFINITY, f64::INFINITY);
        for at in self.breaks(asset) {
            if at <= x {
                left = left.max(at);
            } else {
                right = right.min(at);
            }
        }
        Piece::Between(left, right)
    }

    /// Whether a weight is above a kink: by its piece, which is what is solved on.
    fn rises(&self, lift: &Lift) -> bool {
        match self.of.get(lift.asset) {
            Some(Piece::Between(left, _)) => lift.at <= *left,
            _ => self.weights[lift.asset] > lift.at,
        }
    }

    /// A x with the spreads' values.
    fn row_values(&self) -> Vec<f64> {
        let mut values = transposed_times(&self.lifted.rows, &self.weights);
        for (value, counted) in values.iter_mut().skip(self.lifted.own_rows()).zip(&self.lifted.counted) {
            let above = |(lift, count): (&Lift, &f64)| if self.rises(lift) { count * (self.weights[lift.asset] - lift.at) } else { 0.0 };
            *value += self.lifted.lifts.iter().zip(counted).map(above).sum::<f64>();
        }
        values
    }

    /// Slopes of a weight's lifts from the left and from the right: of costs, less prices of spreads.
    fn lift_slopes(&self, asset: usize) -> (f64, f64) {
        let (mut left, mut right) = (0.0, 0.0);
        for at in self.first[asset]..self.first[asset + 1] {
            let lift = &self.lifted.lifts[at];
            let distance = self.weights[asset] - lift.at;
            if lift.mirror > 0.0 {
                let slope = 1.5 * lift.power * distance.signum() * distance.abs().sqrt();
                left += slope;
                right += slope;
                continue;
            }
            let spread: f64 =
                self.lifted.counted.iter().zip(&self.prices[self.lifted.own_rows()..]).map(|(counted, price)| counted[at] * price).sum();
            let jump = lift.price - spread;
            let rises = self.rises(lift);
            left += if rises { jump } else { 0.0 };
            right += if rises || (self.of[asset] == Piece::At && distance == 0.0) { jump } else { 0.0 };
        }
        (left, right)
    }

    /// H x + c − `Aᵀ`y, and the largest of its terms.
    fn slopes(&self) -> (Vec<f64>, f64) {
        let mut slopes = self.lifted.linear.clone();
        self.lifted.model.add_curvature(&self.weights, &mut slopes);
        let size = largest_magnitude(&slopes).max(largest_magnitude(&self.lifted.linear));
        let priced = times(&self.lifted.rows, &self.prices);
        add_scaled(&mut slopes, -1.0, &priced);
        (slopes, size.max(largest_magnitude(&priced)))
    }

    /// Solves on the pieces and corrects them until nothing contradicts them: whether that came to
    /// be within so many rounds, and how many were taken.
    pub(super) fn settle(&mut self, rounds: usize) -> (bool, usize) {
        for round in 1..=rounds {
            if !self.solve() {
                return (false, round);
            }
            if !self.correct() {
                return (self.is_stationary(), round);
            }
        }
        (false, rounds)
    }

    /// The optimum on the pieces.
    fn solve(&mut self) -> bool {
        let powers = self.lifted.lifts.iter().any(|lift| lift.power > 0.0);
        let steps = if powers { STEPS } else { LINEAR_STEPS };
        let mut factored: Option<System<'l, 'a>> = None;
        let mut step = f64::INFINITY;
        for _ in 0..steps {
            let system = match factored.take().filter(|_| !powers) {
                Some(system) => system,
                None => match System::factor(self.lifted, self.diagonals()) {
                    Ok(system) => system,
                    Err(_) => return false,
                },
            };
            for (price, _) in self.prices.iter_mut().zip(&self.sides).filter(|(_, side)| **side == Side::Open) {
                *price = 0.0;
            }
            let (slopes, _) = self.slopes();
            let moves = |asset: &usize| matches!(self.of[*asset], Piece::Between(..));
            let mut b = vec![0.0; slopes.len()];
            for asset in (0..b.len()).filter(moves) {
                b[asset] = -slopes[asset] - self.lift_slopes(asset).0;
            }
            let values = self.row_values();
            let missing = |row: usize| match self.sides[row] {
                Side::Open => 0.0,
                Side::Lower => self.lifted.lower[row] - values[row],
                Side::Upper => self.lifted.upper[row] - values[row],
            };
            let q: Vec<f64> = (0..values.len()).map(missing).collect();
            let (dx, dy) = system.solve(&b, &q);
            add_scaled(&mut self.prices, 1.0, &dy);
            self.advance(&dx, powers);
            factored = Some(system);
            step = largest_magnitude(&dx) / largest_magnitude(&self.weights).max(1.0);
            if step <= SETTLED {
                break;
            }
        }
        step <= UNSETTLED && self.prices.iter().all(|value| value.is_finite())
    }

    /// Adds a step; with powers, none passes the break where their slope is vertical in one step.
    fn advance(&mut self, dx: &[f64], powers: bool) {
        for (asset, step) in dx.iter().enumerate() {
            let Piece::Between(left, right) = self.of[asset] else { continue };
            let x = self.weights[asset] + step;
            let cut = powers && (x <= left || x >= right);
            // Below its root the slope of a power lies under its tangents, and steps no longer pass.
            let toward = if x <= left { left } else { right };
            self.weights[asset] = if cut { toward + 0.1 * (self.weights[asset] - toward) } else { x };
        }
    }

    fn diagonals(&self) -> Diagonals {
        let lifted = self.lifted;
        let mut weights = vec![f64::INFINITY; lifted.assets()];
        let mut rows = lifted.rows.clone();
        for (asset, diagonal) in weights.iter_mut().enumerate() {
            if self.of[asset] == Piece::At {
                continue;
            }
            *diagonal = LEAST_CURVATURE;
            for at in self.first[asset]..self.first[asset + 1] {
                let lift = &lifted.lifts[at];
                let distance = self.weights[asset] - lift.at;
                if lift.mirror > 0.0 {
                    *diagonal += 0.75 * lift.power / distance.abs().max(f64::MIN_POSITIVE).sqrt();
                } else if self.rises(lift) {
                    for (spread, counted) in lifted.counted.iter().enumerate() {
                        rows.column_mut(lifted.own_rows() + spread)[asset] += counted[at];
                    }
                }
            }
        }
        // An open row has no price: its own equation is Δy = 0.
        let mut border = Matrix::zeros(self.sides.len(), self.sides.len());
        for (row, _) in self.sides.iter().enumerate().filter(|(_, side)| **side == Side::Open) {
            border.set(row, row, 1.0);
            rows.column_mut(row).fill(0.0);
        }
        Diagonals { weights, rows, border }
    }

    /// Whether slopes vanish wherever weights move.
    fn is_stationary(&self) -> bool {
        let (slopes, size) = self.slopes();
        let moves = |asset: &usize| matches!(self.of[*asset], Piece::Between(..));
        (0..slopes.len()).filter(moves).all(|asset| (slopes[asset] + self.lift_slopes(asset).0).abs() <= STATIONARY * size)
    }

    /// Corrects what contradicts the pieces; whether anything did.
    fn correct(&mut self) -> bool {
        let (slopes, size) = self.slopes();
        let noise = NOISE * size;
        let mut changed = false;
        for asset in (0..slopes.len()).filter(|asset| !self.lifted.is_given(*asset)) {
            let x = self.weights[asset];
            match self.of[asset] {
                Piece::Between(left, right) => {
                    let at = if x < left - NEAR {
                        left
                    } else if x > right + NEAR {
                        right
                    } else {
                        continue;
                    };
                    self.weights[asset] = at;
                    self.of[asset] = Piece::At;
                }
                Piece::At => {
                    let (left, right) = self.lift_slopes(asset);
                    let upward = slopes[asset] + right < -noise && x < self.lifted.model.upper[asset];
                    let downward = slopes[asset] + left > noise && x > self.lifted.model.lower[asset];
                    if !upward && !downward {
                        continue;
                    }
                    let pull = if upward { -slopes[asset] - right } else { slopes[asset] + left };
                    self.of[asset] = self.beside(asset, upward, pull);
                }
            }
            changed = true;
        }
        let values = self.row_values();
        for (row, value) in values.iter().enumerate().filter(|(row, _)| !self.lifted.is_equation(*row)) {
            let (lower, upper, price) = (self.lifted.lower[row], self.lifted.upper[row], self.prices[row]);
            let near = NEAR * value.abs().max(1.0);
            let side = match self.sides[row] {
                Side::Open if *value < lower - near => Side::Lower,
                Side::Open if *value > upper + near => Side::Upper,
                Side::Lower if price < -noise => Side::Open,
                Side::Upper if price > noise => Side::Open,
                same => same,
            };
            changed |= side != self.sides[row];
            self.sides[row] = side;
        }
        changed
    }

    /// The piece beside a break, with the weight moved onto it: by next to nothing, or where a power
    /// begins by a part of the way to where it outweighs the slope that pulls.
    fn beside(&mut self, asset: usize, upward: bool, pull: f64) -> Piece {
        let x = self.weights[asset];
        let (mut left, mut right) = (f64::NEG_INFINITY, f64::INFINITY);
        for at in self.breaks(asset) {
            if at < x || (at <= x && upward) {
                left = left.max(at);
            } else {
                right = right.min(at);
            }
        }
        let lifts = &self.lifted.lifts[self.first[asset]..self.first[asset + 1]];
        let power: f64 = lifts.iter().filter(|lift| lift.mirror > 0.0 && (lift.at - x).abs() <= NEAR).map(|lift| 1.5 * lift.power).sum();
        let way = if power > 0.0 { 0.25 * (pull / power).powi(2) } else { 0.0 };
        let inside = if upward { (x + way).min(f64::midpoint(x, right)) } else { (x - way).max(f64::midpoint(x, left)) };
        self.weights[asset] = if power > 0.0 { inside } else { x };
        Piece::Between(left, right)
    }
}
