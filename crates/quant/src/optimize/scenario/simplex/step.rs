//! One exchange: how far to move, through which kinks, and what holds next.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::pricing::Entering;
use super::{Place, Row, Simplex, Zone};
use crate::linear::vector::{add_scaled, largest_magnitude};

/// Movements of a row below this, relative to the largest, count as none.
const STILL: f64 = 1e-10;

/// What stops a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    /// The entering variable comes to its other bound.
    Bound,
    /// The free variable at a position of the basis comes to a bound.
    Variable { position: usize },
    /// A row comes to a kink.
    Row { row: usize, at_low: bool },
}

/// A kink on the way.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Kink {
    /// How far away.
    distance: f64,
    /// By how much the slope of the objective rises; infinite where the step must end.
    rise: f64,
    /// Of kinks at the same distance the greatest comes first: how fast it comes, for a large pivot.
    weight: f64,
    block: Block,
}

/// The kinks of a row come before bounds, lower numbers before higher.
fn rank(block: Block) -> (usize, usize, usize) {
    match block {
        Block::Row { row, at_low } => (0, row, usize::from(at_low)),
        Block::Variable { position } => (1, position, 0),
        Block::Bound => (2, 0, 0),
    }
}

impl Eq for Kink {}

impl Ord for Kink {
    /// Nearer is greater, so that the nearest is on top of a heap.
    fn cmp(&self, other: &Self) -> Ordering {
        let nearer = other.distance.total_cmp(&self.distance);
        nearer.then(self.weight.total_cmp(&other.weight)).then_with(|| rank(other.block).cmp(&rank(self.block)))
    }
}

impl PartialOrd for Kink {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A direction from a vertex.
struct Direction {
    /// The entering variable and its movement, if a variable enters.
    variable: Option<(usize, f64)>,
    /// The position of the active row that leaves its kink, and its movement.
    row: Option<(usize, f64)>,
    /// Movement of the free variables.
    free: Vec<f64>,
    /// Movement of the rows.
    rows: Vec<f64>,
}

impl Simplex {
    /// Moves as an entering variable or row says; what was gained at least, relative to the size of the
    /// variables, or none where the step never ends.
    pub(super) fn advance(&mut self, entering: &Entering) -> Option<f64> {
        let (direction, slope) = self.direction(entering);
        let mut passed = Vec::new();
        let stop = self.search(&direction, slope, &mut passed)?;
        self.move_along(&direction, stop.distance, &passed);
        self.exchange(&direction, stop.block);
        Some(-slope * stop.distance / largest_magnitude(&self.x).max(f64::MIN_POSITIVE))
    }

    fn direction(&self, entering: &Entering) -> (Direction, f64) {
        let sign = |upward: bool| if upward { 1.0 } else { -1.0 };
        let mut rows = vec![0.0; self.height()];
        let (variable, row, free, slope) = match *entering {
            Entering::Variable { variable, upward, slope } => {
                let column = &self.by_column[variable];
                add_scaled(&mut rows, sign(upward), column);
                let free = self.basis.solve(self.basis.rows.iter().map(|row| -sign(upward) * column[*row]));
                (Some((variable, sign(upward))), None, free, slope)
            }
            Entering::Row { position, upward, slope } => {
                let free = self.basis.column(position).iter().map(|entry| sign(upward) * entry).collect();
                (None, Some((position, sign(upward))), free, slope)
            }
        };
        for (variable, movement) in self.basis.variables.iter().zip(&free) {
            add_scaled(&mut rows, *movement, &self.by_column[*variable]);
        }
        (Direction { variable, row, free, rows }, slope)
    }

    /// Where the objective stops falling, and the kinks before it.
    fn search(&self, direction: &Direction, slope: f64, passed: &mut Vec<Kink>) -> Option<Kink> {
        let mut kinks = self.bounds_ahead(direction);
        let nearest = kinks.iter().map(|kink| kink.distance).fold(f64::INFINITY, f64::min);
        self.kinks_ahead(direction, nearest, &mut kinks);
        let mut heap = BinaryHeap::from(kinks);
        let mut slope = slope;
        while let Some(kink) = heap.pop() {
            slope += kink.rise;
            if slope >= 0.0 {
                return Some(kink);
            }
            passed.push(kink);
        }
        None
    }

    /// The bounds of variables ahead.
    fn bounds_ahead(&self, direction: &Direction) -> Vec<Kink> {
        let still = STILL * largest_magnitude(&direction.free);
        let room = |variable: usize, movement: f64| {
            let room = if movement > 0.0 { self.upper[variable] - self.x[variable] } else { self.x[variable] - self.lower[variable] };
            room.max(0.0) / movement.abs()
        };
        let mut kinks = Vec::new();
        for (position, (&variable, &movement)) in self.basis.variables.iter().zip(&direction.free).enumerate() {
            if movement.abs() > still && room(variable, movement) < f64::INFINITY {
                let weight = movement.abs() * self.chance(variable);
                kinks.push(Kink { distance: room(variable, movement), rise: f64::INFINITY, weight, block: Block::Variable { position } });
            }
        }
        if let Some((variable, movement)) = direction.variable {
            let distance = room(variable, movement);
            if distance < f64::INFINITY {
                kinks.push(Kink { distance, rise: f64::INFINITY, weight: 1.0, block: Block::Bound });
            }
        }
        kinks
    }

    /// The kinks of rows ahead, up to a distance.
    fn kinks_ahead(&self, direction: &Direction, nearest: f64, kinks: &mut Vec<Kink>) {
        let still = STILL * largest_magnitude(&direction.free).max(1.0);
        let leaving = direction.row.map(|(position, _)| self.basis.rows[position]);
        for (row, (&movement, &zone)) in direction.rows.iter().zip(&self.zones).enumerate() {
            let active = matches!(zone, Zone::AtLow | Zone::AtHigh);
            if (active && leaving != Some(row)) || movement.abs() <= still * self.sizes[row] {
                continue;
            }
            let Row { low, high, .. } = self.rows[row];
            let upward = movement > 0.0;
            let (meets_low, meets_high) = match zone {
                Zone::Below => (upward, upward),
                Zone::Between => (!upward, upward),
                Zone::Above => (!upward, !upward),
                Zone::AtLow => (false, upward && low < high),
                Zone::AtHigh => (!upward && low < high, false),
            };
            let (below, above) = self.prices(row);
            let mut offer = |meets: bool, kink: f64, price: f64, at_low: bool| {
                let distance = ((kink - self.values[row]) / movement).max(0.0);
                if meets && price > 0.0 && kink.is_finite() && distance <= nearest {
                    let weight = movement.abs() / self.sizes[row] * self.chance(self.width() + row);
                    kinks.push(Kink { distance, rise: price * movement.abs(), weight, block: Block::Row { row, at_low } });
                }
            };
            if low >= high {
                // One kink: from a side all of its rise, from the kink itself what is beyond.
                let rise = match zone {
                    Zone::Between if upward => above,
                    Zone::Between => below,
                    _ => below + above,
                };
                offer(meets_low || meets_high, low, rise, true);
            } else {
                offer(meets_low, low, below, true);
                offer(meets_high, high, above, false);
            }
        }
    }

    fn move_along(&mut self, direction: &Direction, distance: f64, passed: &[Kink]) {
        for (&variable, movement) in self.basis.variables.iter().zip(&direction.free) {
            self.x[variable] = (self.x[variable] + distance * movement).clamp(self.lower[variable], self.upper[variable]);
        }
        if let Some((variable, movement)) = direction.variable {
            self.x[variable] += distance * movement;
        }
        add_scaled(&mut self.values, distance, &direction.rows);
        // The row that leaves its kink goes where it moves.
        if let Some((position, movement)) = direction.row {
            let row = self.basis.rows[position];
            let Row { low, high, .. } = self.rows[row];
            self.zones[row] = match (movement > 0.0, self.zones[row]) {
                (true, Zone::AtHigh) => Zone::Above,
                (true, _) if low >= high => Zone::Above,
                (false, Zone::AtLow) => Zone::Below,
                (false, _) if low >= high => Zone::Below,
                _ => Zone::Between,
            };
            self.shift_gradient(row, self.slope(row));
        }
        for kink in passed {
            if let Block::Row { row, at_low } = kink.block {
                let before = self.slope(row);
                let upward = direction.rows[row] > 0.0;
                let crossed = self.rows[row].low >= self.rows[row].high;
                self.zones[row] = match (at_low, upward) {
                    (true, true) | (false, false) if !crossed => Zone::Between,
                    (_, true) => Zone::Above,
                    (_, false) => Zone::Below,
                };
                self.shift_gradient(row, self.slope(row) - before);
            }
        }
    }

    /// Brings the basis to what holds after a step.
    fn exchange(&mut self, direction: &Direction, block: Block) {
        let sign = direction.variable.or(direction.row).map_or(1.0, |(_, sign)| sign);
        match block {
            Block::Bound => {
                if let Some((variable, movement)) = direction.variable {
                    self.rest(variable, movement > 0.0);
                }
            }
            Block::Variable { position } => {
                let leaving = self.basis.variables[position];
                self.rest(leaving, direction.free[position] > 0.0);
                if let Some((variable, _)) = direction.variable {
                    let solved: Vec<f64> = direction.free.iter().map(|movement| -sign * movement).collect();
                    self.basis.replace_variable(position, variable, &solved);
                    self.places[variable] = Place::Free;
                } else if let Some((row, _)) = direction.row {
                    self.basis.shrink(position, row);
                }
            }
            Block::Row { row, at_low } => {
                self.shift_gradient(row, -self.slope(row));
                self.zones[row] = if at_low { Zone::AtLow } else { Zone::AtHigh };
                self.values[row] = if at_low { self.rows[row].low } else { self.rows[row].high };
                self.activate(direction, row, sign);
            }
        }
    }

    /// Makes a row active.
    fn activate(&mut self, direction: &Direction, row: usize, sign: f64) {
        let leaving = direction.row.map(|(position, _)| position);
        // A row that went from one kink to its other one keeps its place.
        if leaving.is_some_and(|position| self.basis.rows[position] == row) {
            return;
        }
        let coefficients = self.coefficients(row);
        let line: Vec<f64> = self.basis.variables.iter().map(|variable| coefficients[*variable]).collect();
        let across = self.basis.solve_transposed(&line);
        if let Some((variable, _)) = direction.variable {
            let solved: Vec<f64> = direction.free.iter().map(|movement| -sign * movement).collect();
            self.basis.extend(variable, row, &solved, &across, direction.rows[row] * sign);
            self.places[variable] = Place::Free;
        } else if let Some(position) = leaving {
            self.basis.replace_row(position, row, &across);
        }
    }

    /// Leaves a variable at a bound.
    fn rest(&mut self, variable: usize, at_upper: bool) {
        (self.places[variable], self.x[variable]) =
            if at_upper { (Place::Upper, self.upper[variable]) } else { (Place::Lower, self.lower[variable]) };
    }
}
