//! What of each row goes to each column, at least cost.
//!
//! ```text
//! minimize    Σᵢⱼ fᵢⱼ(xᵢⱼ)                  fᵢⱼ convex, of two slopes that meet at a kink
//! subject to  Σⱼ xᵢⱼ = aᵢ                   rows: what each account holds
//!             Σᵢ xᵢⱼ = bⱼ                   columns: what each class is to hold
//!             lowerᵢⱼ ≤ xᵢⱼ ≤ upperᵢⱼ
//! ```
//!
//! Slopes are compared digit by digit: a second price counts only among what is best by the first. They are whole
//! numbers, so that ties are ties and not rounding. What is still equal goes over the fewest cells, the earlier row and
//! column first: equal inputs give equal bits.
//!
//! The method is that of shortest augmenting paths in the residual network (R. G. Busacker and P. J. Gowen 1960; R. K.
//! Ahuja, T. L. Magnanti, J. B. Orlin, *Network Flows*, 1993, section 9.7): what is sent so far is always the cheapest way
//! to send that much, so the last path ends at an optimum. Among cheapest paths the shortest is taken (J. Edmonds and
//! R. M. Karp 1972), so that the number of paths is bounded by the network alone and not by amounts.

mod conflict;

use std::cmp::Ordering;

pub use conflict::{Conflict, Room};

/// Prices by rank: a later one counts only where those before it are equal.
pub type Price = [i64; 3];

/// Parts of the largest sum that count as nothing.
const NOISE: f64 = 1e-13;

/// Parts of the largest sum by which sums may miss one another.
const MISS: f64 = 1e-9;

/// Units of a whole price in 1.
const UNITS: f64 = 1e12;

/// What a row may give to a column, and what that costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Least amount, finite.
    pub lower: f64,
    /// Greatest amount; ∞ where open.
    pub upper: f64,
    /// Where the slope changes, finite.
    pub kink: f64,
    /// Slope below the kink.
    pub below: Price,
    /// Slope above it, at least that below.
    pub above: Price,
}

impl Cell {
    /// A cell of one price between 0 and an upper bound.
    pub const fn priced(price: Price, upper: f64) -> Self {
        Self { lower: 0.0, upper, kink: 0.0, below: price, above: price }
    }
}

/// A transport problem; see the head of this module.
#[derive(Debug, Clone, PartialEq)]
pub struct Transport {
    /// a: what each row holds.
    pub rows: Vec<f64>,
    /// b: what each column is to hold; the same in sum.
    pub columns: Vec<f64>,
    /// Row by row.
    pub cells: Vec<Cell>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TransportError {
    /// Not one cell for each row and column.
    #[error("{rows} rows and {columns} columns take {} cells, not {cells}", rows * columns)]
    Shape {
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
        /// Cells given.
        cells: usize,
    },
    /// A sum, a lower bound or a kink that is not finite, bounds that cross, or a slope that falls.
    #[error("the {0} is not a finite number, or its bounds or slopes fall")]
    Number(&'static str),
    /// Rows and columns of different sums.
    #[error("the rows sum to {rows} and the columns to {columns}; scale one of them")]
    Unbalanced {
        /// Sum of the rows.
        rows: f64,
        /// Sum of the columns.
        columns: f64,
    },
    /// No amounts keep all bounds and sums.
    #[error("the rows {:?} hold {} and there is room for {}", .0.rows, .0.held, .0.room)]
    Infeasible(Conflict),
}

/// A price as whole units of 10⁻¹².
///
/// ```
/// assert_eq!(evenkeel_quant::optimize::transport::units(0.0125), 12_500_000_000);
/// ```
#[expect(clippy::cast_possible_truncation, reason = "rounded first, and what is beyond saturates")]
pub fn units(price: f64) -> i64 {
    (price * UNITS).round() as i64
}

/// The cheapest amounts, row by row.
///
/// ```
/// use evenkeel_quant::optimize::transport::{Cell, Transport, solve, units};
/// // Two accounts of 60 and 40 hold 50 of bonds and 50 of stocks; bonds cost 1 % in the first.
/// let free = Cell::priced([0; 3], f64::INFINITY);
/// let taxed = Cell::priced([units(0.01), 0, 0], f64::INFINITY);
/// let transport = Transport { rows: vec![60.0, 40.0], columns: vec![50.0, 50.0], cells: vec![taxed, free, free, free] };
/// assert_eq!(solve(&transport)?, [10.0, 50.0, 40.0, 0.0]);
/// # Ok::<(), evenkeel_quant::optimize::transport::TransportError>(())
/// ```
///
/// # Errors
/// [`TransportError`]: shapes that do not fit, numbers that are none, or limits that cannot all be kept.
pub fn solve(transport: &Transport) -> Result<Vec<f64>, TransportError> {
    let scale = transport.check()?;
    let mut search = Search::new(transport, scale * NOISE);
    if search.excess.iter().chain(&search.lack).any(|left| *left < -scale * MISS) {
        return Err(TransportError::Infeasible(conflict::find(transport, &vec![true; transport.rows.len()])));
    }
    while let Some(column) = search.label() {
        search.send(column);
    }
    if search.excess.iter().sum::<f64>() > scale * MISS {
        let reached: Vec<bool> = search.labels.iter().take(transport.rows.len()).map(|label| label.distance.is_some()).collect();
        return Err(TransportError::Infeasible(conflict::find(transport, &reached)));
    }
    Ok(search.amounts)
}

impl Transport {
    /// Refuses what is no problem; the largest sum of rows or columns, without signs.
    fn check(&self) -> Result<f64, TransportError> {
        let (rows, columns, cells) = (self.rows.len(), self.columns.len(), self.cells.len());
        if cells != rows * columns {
            return Err(TransportError::Shape { rows, columns, cells });
        }
        let sums = |values: &[f64]| (values.iter().sum::<f64>(), values.iter().map(|value| value.abs()).sum::<f64>());
        let ((of_rows, row_size), (of_columns, column_size)) = (sums(&self.rows), sums(&self.columns));
        let scale = row_size.max(column_size);
        if !(row_size + column_size).is_finite() {
            return Err(TransportError::Number("sum of a row or column"));
        }
        let is_sound = |cell: &Cell| {
            let falls = cell.lower > cell.upper || cell.below > cell.above;
            cell.lower.is_finite() && cell.kink.is_finite() && !cell.upper.is_nan() && !falls
        };
        if !self.cells.iter().all(is_sound) {
            return Err(TransportError::Number("cell of a row and a column"));
        }
        if (of_rows - of_columns).abs() > scale * MISS {
            return Err(TransportError::Unbalanced { rows: of_rows, columns: of_columns });
        }
        Ok(scale)
    }
}

/// How a node is reached: at what distance, over how many cells, and over which last.
#[derive(Debug, Clone, Copy, Default)]
struct Label {
    distance: Option<(Price, usize)>,
    cell: usize,
}

/// The amounts sent so far, and what is still to be sent.
struct Search<'a> {
    transport: &'a Transport,
    noise: f64,
    amounts: Vec<f64>,
    /// What rows still have, and columns still lack.
    excess: Vec<f64>,
    lack: Vec<f64>,
    /// Rows, then columns.
    labels: Vec<Label>,
}

impl<'a> Search<'a> {
    fn new(transport: &'a Transport, noise: f64) -> Self {
        let mut search = Self {
            transport,
            noise,
            amounts: transport.cells.iter().map(|cell| cell.lower).collect(),
            excess: transport.rows.clone(),
            lack: transport.columns.clone(),
            labels: Vec::new(),
        };
        let columns = transport.columns.len();
        for (cell, least) in search.amounts.iter().enumerate() {
            search.excess[cell / columns] -= least;
            search.lack[cell % columns] -= least;
        }
        search
    }

    /// What one more unit of a cell costs, and how much goes at that.
    fn more(&self, cell: usize) -> (Price, f64) {
        let (bounds, amount) = (&self.transport.cells[cell], self.amounts[cell]);
        if amount < bounds.kink - self.noise {
            (bounds.below, bounds.kink.min(bounds.upper) - amount)
        } else {
            (bounds.above, bounds.upper - amount)
        }
    }

    /// What one unit less of a cell costs, and how much goes at that.
    fn less(&self, cell: usize) -> (Price, f64) {
        let (bounds, amount) = (&self.transport.cells[cell], self.amounts[cell]);
        if amount > bounds.kink + self.noise {
            (bounds.above.map(|price| -price), amount - bounds.kink.max(bounds.lower))
        } else {
            (bounds.below.map(|price| -price), amount - bounds.lower)
        }
    }

    /// Labels all nodes from the rows that still have something (Bellman and Ford), and names the nearest column that
    /// still lacks something.
    fn label(&mut self) -> Option<usize> {
        let (rows, columns) = (self.excess.len(), self.lack.len());
        let starts = self.excess.iter().map(|left| (*left > self.noise).then_some(([0; 3], 0)));
        self.labels = starts.chain((0..columns).map(|_| None)).map(|distance| Label { distance, cell: 0 }).collect();
        let mut changed = true;
        while changed {
            changed = false;
            for cell in 0..self.amounts.len() {
                let (row, column) = (cell / columns, rows + cell % columns);
                for (from, to, (price, room)) in [(row, column, self.more(cell)), (column, row, self.less(cell))] {
                    let Some((distance, length)) = self.labels[from].distance.filter(|_| room > self.noise) else { continue };
                    let reached = (add(distance, price), length + 1);
                    if self.labels[to].distance.is_none_or(|known| reached < known) {
                        self.labels[to] = Label { distance: Some(reached), cell };
                        changed = true;
                    }
                }
            }
        }
        let distance = |column: &usize| self.labels[rows + column].distance;
        let lacking = (0..columns).filter(|column| self.lack[*column] > self.noise && distance(column).is_some());
        lacking.min_by(|a, b| distance(a).partial_cmp(&distance(b)).unwrap_or(Ordering::Equal).then(a.cmp(b)))
    }

    /// Sends as much as goes over the path to a column.
    fn send(&mut self, column: usize) {
        let (rows, columns) = (self.excess.len(), self.lack.len());
        let (mut path, mut node) = (Vec::new(), rows + column);
        while self.labels[node].distance.is_some_and(|(_, length)| length > 0) {
            let cell = self.labels[node].cell;
            let forward = node >= rows;
            path.push((cell, forward));
            node = if forward { cell / columns } else { rows + cell % columns };
        }
        let room = |(cell, forward): &(usize, bool)| if *forward { self.more(*cell).1 } else { self.less(*cell).1 };
        let amount = path.iter().map(room).fold(self.excess[node].min(self.lack[column]), f64::min);
        for (cell, forward) in path {
            let Cell { lower, upper, kink, .. } = self.transport.cells[cell];
            let moved = self.amounts[cell] + if forward { amount } else { -amount };
            // What comes within rounding of a corner is on it, so that no dust is sent around.
            let corner = [lower, kink, upper].into_iter().find(|corner| (moved - corner).abs() <= self.noise);
            self.amounts[cell] = corner.unwrap_or(moved);
        }
        self.excess[node] -= amount;
        self.lack[column] -= amount;
    }
}

fn add(distance: Price, price: Price) -> Price {
    [0, 1, 2].map(|rank| distance[rank].saturating_add(price[rank]))
}
