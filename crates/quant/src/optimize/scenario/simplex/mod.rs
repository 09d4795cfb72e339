//! Linear programs whose rows are priced, not only limited.
//!
//! ```text
//! minimize    cᵀx + Σᵢ belowᵢ (lowᵢ − aᵢᵀx)⁺ + aboveᵢ (aᵢᵀx − highᵢ)⁺
//! subject to  lower ≤ x ≤ upper
//! ```
//!
//! An infinite price makes a limit. So losses of scenarios, absolute deviations, cuts and constraints
//! are all rows of one kind, rows may be added to a solved program, and the search for a feasible
//! point is the same program with prices of 1 on the limits and 0 elsewhere.
//!
//! The method is the primal simplex in the small square system of free variables and active rows; a
//! step goes on through the kinks of rows as long as the objective falls. (R. H. Bartels, A. R. Conn,
//! J. W. Sinclair, "Minimization techniques for piecewise differentiable functions", SIAM Journal on
//! Numerical Analysis 15, 1978; I. Barrodale, F. D. K. Roberts, "An improved algorithm for discrete l1
//! linear approximation", SIAM Journal on Numerical Analysis 10, 1973.)

mod basis;
mod pricing;
mod step;

use basis::Basis;
use pricing::FLAT;

use crate::linear::vector::{add_scaled, dot, largest_magnitude};

/// Steps after which the inverse, the values of rows and the slopes are computed anew.
const REFRESH: usize = 100;

/// Steps without movement after which candidates are weighed at random, so that none returns forever.
const STALL: usize = 40;

/// Steps without movement after which what is left to gain counts as rounding.
const HOPELESS: usize = 2000;

/// Gains of at most this, relative to the sizes of slopes and variables, are no movement.
const STILL: f64 = 1e-11;

/// How far a row may be beyond a limit, relative to the sizes of its terms.
const FEASIBLE: f64 = 1e-11;

/// The slopes and kinks of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Row {
    /// Where the price below begins; −∞ for nowhere.
    pub(super) low: f64,
    /// Where the price above begins; ∞ for nowhere.
    pub(super) high: f64,
    /// Price of a unit below, at least 0; infinite for a limit.
    pub(super) below: f64,
    /// Price of a unit above, at least 0; infinite for a limit.
    pub(super) above: f64,
}

impl Row {
    /// low ≤ aᵀx ≤ high.
    pub(super) fn limit(low: f64, high: f64) -> Self {
        Self { low, high, below: f64::INFINITY, above: f64::INFINITY }
    }

    /// A price on what is above `high`.
    pub(super) fn priced_above(high: f64, above: f64) -> Self {
        Self { low: f64::NEG_INFINITY, high, below: 0.0, above }
    }
}

fn limits(price: f64) -> bool {
    price == f64::INFINITY
}

/// How a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Optimal,
    Infeasible,
    Unbounded,
    WorkSpent,
}

/// Where a variable stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Lower,
    Upper,
    /// Left at its value, between its bounds or without any.
    Resting,
    /// Free to move: part of the basis.
    Free,
}

/// Where a row's value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Zone {
    Below,
    Between,
    Above,
    /// Held at a kink: part of the basis.
    AtLow,
    AtHigh,
}

/// A program and the vertex where its search stands.
#[derive(Debug, Clone)]
pub(super) struct Simplex {
    lower: Vec<f64>,
    upper: Vec<f64>,
    cost: Vec<f64>,
    /// Factor on all finite prices.
    price: f64,
    rows: Vec<Row>,
    /// Coefficients, row by row and column by column: steps read columns, pricing reads rows.
    by_row: Vec<f64>,
    by_column: Vec<Vec<f64>>,
    /// Largest coefficient of each row.
    sizes: Vec<f64>,

    x: Vec<f64>,
    places: Vec<Place>,
    values: Vec<f64>,
    zones: Vec<Zone>,
    basis: Basis,
    /// c + Σ slope · a over rows that are not active.
    gradient: Vec<f64>,
    /// Multipliers of the active rows, in the order of the basis.
    multipliers: Vec<f64>,
    /// Reduced costs of all variables.
    reduced: Vec<f64>,
    /// Whether the prices are those of the search for a feasible point.
    feasibility: bool,
    /// Steps without movement up to now.
    stalled: usize,
    /// Steps taken, all in all, and the most that may be.
    pub(super) steps: usize,
    pub(super) limit: usize,
    pub(super) factorizations: usize,
}

impl Simplex {
    /// A program without rows.
    pub(super) fn new(lower: Vec<f64>, upper: Vec<f64>, limit: usize) -> Self {
        let size = lower.len();
        let (mut x, mut places) = (vec![0.0; size], vec![Place::Resting; size]);
        for (at, (&low, &high)) in lower.iter().zip(&upper).enumerate() {
            // The bound nearer to zero.
            if low.is_finite() && (low.abs() <= high.abs()) {
                (x[at], places[at]) = (low, Place::Lower);
            } else if high.is_finite() {
                (x[at], places[at]) = (high, Place::Upper);
            }
        }
        Self {
            lower,
            upper,
            cost: vec![0.0; size],
            price: 1.0,
            rows: Vec::new(),
            by_row: Vec::new(),
            by_column: vec![Vec::new(); size],
            sizes: Vec::new(),
            x,
            places,
            values: Vec::new(),
            zones: Vec::new(),
            basis: Basis::default(),
            gradient: vec![0.0; size],
            multipliers: Vec::new(),
            reduced: vec![0.0; size],
            feasibility: false,
            stalled: 0,
            steps: 0,
            limit,
            factorizations: 0,
        }
    }

    /// Adds a row; the vertex stays.
    pub(super) fn push(&mut self, coefficients: &[f64], row: Row) {
        self.by_row.extend_from_slice(coefficients);
        self.by_column.iter_mut().zip(coefficients).for_each(|(column, coefficient)| column.push(*coefficient));
        self.sizes.push(largest_magnitude(coefficients).max(f64::MIN_POSITIVE));
        self.rows.push(row);
        self.values.push(0.0);
        self.zones.push(Zone::Between);
    }

    /// Sets the cost c and the factor on all finite prices.
    pub(super) fn set_costs(&mut self, cost: &[f64], price: f64) {
        self.cost.copy_from_slice(cost);
        self.price = price;
    }

    /// The vertex.
    pub(super) fn x(&self) -> &[f64] {
        &self.x
    }

    /// Number of rows.
    pub(super) fn height(&self) -> usize {
        self.rows.len()
    }

    /// The slope of each row's price at the vertex, for active rows the multiplier between the slopes.
    pub(super) fn row_slopes(&self) -> Vec<f64> {
        let mut slopes: Vec<f64> = (0..self.height()).map(|row| self.slope(row)).collect();
        for (&row, &multiplier) in self.basis.rows.iter().zip(&self.multipliers) {
            slopes[row] = multiplier;
        }
        slopes
    }

    /// c + Σ slope · a: what an increase of each variable costs at the margin.
    pub(super) fn reduced_costs(&self) -> &[f64] {
        &self.reduced
    }

    /// Finds the least objective from where the search stands.
    pub(super) fn minimize(&mut self) -> Ending {
        self.feasibility = false;
        self.refresh();
        if self.violated() {
            self.feasibility = true;
            self.refresh();
            let ending = self.descend();
            if ending != Ending::Optimal {
                return ending;
            }
            if self.violated() {
                return Ending::Infeasible;
            }
            self.feasibility = false;
            self.refresh();
        }
        self.descend()
    }

    fn descend(&mut self) -> Ending {
        let mut since_refresh = 0;
        self.stalled = 0;
        loop {
            self.price_out();
            let Some(entering) = self.entering() else {
                // Optimal by updated numbers: once more by fresh ones.
                if since_refresh == 0 {
                    return Ending::Optimal;
                }
                since_refresh = 0;
                self.refresh();
                continue;
            };
            if self.stalled > HOPELESS {
                return Ending::Optimal;
            }
            if self.steps >= self.limit {
                return Ending::WorkSpent;
            }
            self.steps += 1;
            match self.advance(&entering) {
                None => return Ending::Unbounded,
                Some(gain) if gain > STILL * self.flat() / FLAT => self.stalled = 0,
                Some(_) => self.stalled += 1,
            }
            since_refresh += 1;
            if since_refresh == REFRESH {
                since_refresh = 0;
                self.refresh();
            }
        }
    }

    /// A weight for a candidate: 1, or while the search stalls, a number between 0 and 1 that differs
    /// from step to step (the mixing of splitmix64).
    fn chance(&self, candidate: usize) -> f64 {
        if self.stalled <= STALL {
            return 1.0;
        }
        let mut mixed = (self.steps as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (candidate as u64).wrapping_mul(0xD1B5_4A32_D192_ED03);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        f64::from((mixed >> 32) as u32 | 1) / f64::from(u32::MAX)
    }

    fn width(&self) -> usize {
        self.lower.len()
    }

    fn coefficients(&self, row: usize) -> &[f64] {
        &self.by_row[row * self.width()..(row + 1) * self.width()]
    }

    /// The prices below and above that count now.
    fn prices(&self, row: usize) -> (f64, f64) {
        let Row { below, above, .. } = self.rows[row];
        let price = |price: f64| match (self.feasibility, limits(price)) {
            (true, true) => 1.0 / self.sizes[row],
            (true, false) => 0.0,
            (false, true) => f64::INFINITY,
            (false, false) => price * self.price,
        };
        (price(below), price(above))
    }

    /// The slope of the price of a row that is not active.
    fn slope(&self, row: usize) -> f64 {
        let (below, above) = self.prices(row);
        match self.zones[row] {
            // A limit that is violated by rounding alone has no slope.
            Zone::Below if below.is_finite() => -below,
            Zone::Above if above.is_finite() => above,
            _ => 0.0,
        }
    }

    /// What rounding can leave of a row's value.
    fn slack(&self, row: usize) -> f64 {
        let Row { low, high, .. } = self.rows[row];
        let kink = if low.is_finite() { low.abs() } else { 0.0 } + if high.is_finite() { high.abs() } else { 0.0 };
        FEASIBLE * (kink + self.sizes[row] * largest_magnitude(&self.x))
    }

    /// Whether a limit is violated beyond rounding.
    fn violated(&self) -> bool {
        (0..self.height()).any(|row| {
            let Row { low, high, below, above } = self.rows[row];
            let slack = self.slack(row);
            (below == f64::INFINITY && self.values[row] < low - slack) || (above == f64::INFINITY && self.values[row] > high + slack)
        })
    }

    /// Computes inverse, values, zones and slopes anew.
    fn refresh(&mut self) {
        self.factorizations += 1;
        let by_column = &self.by_column;
        while let Err((variable, row)) = self.basis.invert(|row, variable| by_column[variable][row]) {
            self.places[variable] = Place::Resting;
            self.zones[row] = Zone::Between;
            self.factorizations += 1;
        }
        self.place_free_variables();
        let mut values = vec![0.0; self.height()];
        for (column, &x) in self.by_column.iter().zip(&self.x).filter(|(_, x)| **x != 0.0) {
            add_scaled(&mut values, x, column);
        }
        self.values = values;
        self.gradient = if self.feasibility { vec![0.0; self.width()] } else { self.cost.clone() };
        for row in 0..self.height() {
            if !matches!(self.zones[row], Zone::AtLow | Zone::AtHigh) {
                self.zones[row] = self.zone(row);
            }
            self.shift_gradient(row, self.slope(row));
        }
    }

    /// Solves for the free variables: active rows are at their kinks.
    fn place_free_variables(&mut self) {
        for _ in 0..2 {
            // Twice: the second pass corrects what the first leaves by rounding.
            let width = self.width();
            let missing = self.basis.rows.iter().map(|&row| {
                let kink = if self.zones[row] == Zone::AtLow { self.rows[row].low } else { self.rows[row].high };
                kink - dot(&self.by_row[row * width..(row + 1) * width], &self.x)
            });
            let change = self.basis.solve(missing);
            for (&variable, change) in self.basis.variables.iter().zip(change) {
                self.x[variable] = (self.x[variable] + change).clamp(self.lower[variable], self.upper[variable]);
            }
        }
    }

    /// The zone of a row that is not active, by its value.
    fn zone(&self, row: usize) -> Zone {
        let Row { low, high, .. } = self.rows[row];
        let (value, slack) = (self.values[row], self.slack(row));
        let (near_low, near_high) = ((value - low).abs() <= slack, (value - high).abs() <= slack);
        match self.zones[row] {
            // At a kink within rounding both sides hold, and the one that held goes on to.
            Zone::Below if near_low && !limits(self.rows[row].below) => Zone::Below,
            Zone::Above if near_high && !limits(self.rows[row].above) => Zone::Above,
            _ if near_low || near_high => Zone::Between,
            _ if value < low => Zone::Below,
            _ if value > high => Zone::Above,
            _ => Zone::Between,
        }
    }

    fn shift_gradient(&mut self, row: usize, change: f64) {
        if change != 0.0 {
            let width = self.lower.len();
            add_scaled(&mut self.gradient, change, &self.by_row[row * width..(row + 1) * width]);
        }
    }
}

#[cfg(test)]
mod tests;
