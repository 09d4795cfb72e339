//! Where paths come from. Each source draws the growth of every column over so many periods.
//!
//! | source | keeps | loses |
//! |---|---|---|
//! | [`block`], [`stationary`] | what happened together, fat tails, what followed within a block | order beyond a block |
//! | [`copula`] | each margin exactly, how columns hang together | order |
//! | [`garch`] | what happened together, swings of volatility | other order |
//! | [`regime`] | calm and crisis, how long each lasts | tails beyond those of two normal states |
//! | [`student`] | means, covariance, tails that all columns share | order, skewness |
//! | [`lognormal`] | means and covariance | order, fat tails |
//! | [`tree`] | means and covariance, or the branches given | order, fat tails |

use crate::linear::vector::count;
use crate::probability::random::Random;

use super::error::{SimulateError, check};
use super::settle::{GROUP, Lanes};

// Growth over any stretch of history as one product.
mod table;

// Blocks of rows, of one length.
pub mod block;

// Blocks of rows, of random length.
pub mod stationary;

// Geometric Brownian motion.
pub mod lognormal;

// Multivariate t.
pub mod student;

// Copulas over empirical margins.
pub mod copula;

// History filtered by GARCH.
pub mod garch;

// Calm and crisis.
pub mod regime;

// Scenario trees.
pub mod tree;

pub use block::{BlockBootstrap, Ends};
pub use copula::{Copula, Dependence};
pub use garch::FilteredHistory;
pub use lognormal::Lognormal;
pub use regime::{Regime, RegimeSwitching};
pub use stationary::StationaryBootstrap;
pub use student::Student;
pub use tree::{Branch, ScenarioTree};

/// A way to draw growth, path by path.
pub(super) trait Source: Sync {
    /// Where a path stands.
    type State;

    /// Columns drawn.
    fn columns(&self) -> usize;

    /// Expected simple return of each column a period.
    fn mean(&self) -> Vec<f64>;

    /// Room for a path.
    fn state(&self) -> Self::State;

    /// Puts a path at its start.
    fn begin(&self, state: &mut Self::State, random: &mut Random);

    /// Growth (1 + return) of each column over the next periods, at least one; entries beyond the columns become 1 or
    /// stay.
    fn advance(&self, state: &mut Self::State, random: &mut Random, periods: usize, growth: &mut [f64]);

    /// The same for each path of a group, growth by column; `row` has room for that of one path. A source that can serve all at
    /// once does.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
    fn advance_group(&self, states: &mut [Self::State], randoms: &mut [Random], periods: usize, growth: &mut [Lanes], row: &mut [f64]) {
        path_by_path(self, states, randoms, periods, growth, row);
    }
}

/// Growth of each path of a group, drawn one after the other.
#[inline(always)]
#[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
fn path_by_path<S: Source + ?Sized>(
    source: &S,
    states: &mut [S::State],
    randoms: &mut [Random],
    periods: usize,
    growth: &mut [Lanes],
    row: &mut [f64],
) {
    for (p, (state, random)) in states.iter_mut().zip(randoms).enumerate().take(GROUP) {
        source.advance(state, random, periods, row);
        for (growth, of_path) in growth.iter_mut().zip(&*row) {
            growth[p] = *of_path;
        }
    }
}

/// Any source.
#[derive(Debug, Clone, PartialEq)]
pub enum Model {
    /// Blocks of rows.
    Block(BlockBootstrap),
    /// Blocks of rows, of random length.
    Stationary(StationaryBootstrap),
    /// Geometric Brownian motion.
    Lognormal(Lognormal),
    /// Multivariate t.
    Student(Student),
    /// A copula over empirical margins.
    Copula(Copula),
    /// History filtered by GARCH.
    FilteredHistory(FilteredHistory),
    /// Calm and crisis.
    RegimeSwitching(RegimeSwitching),
    /// A scenario tree.
    Tree(ScenarioTree),
}

/// Does the same with whatever source a model is.
macro_rules! with_source {
    ($model:expr, $source:ident => $work:expr) => {
        match $model {
            Model::Block($source) => $work,
            Model::Stationary($source) => $work,
            Model::Lognormal($source) => $work,
            Model::Student($source) => $work,
            Model::Copula($source) => $work,
            Model::FilteredHistory($source) => $work,
            Model::RegimeSwitching($source) => $work,
            Model::Tree($source) => $work,
        }
    };
}

pub(super) use with_source;

impl Model {
    /// Columns drawn.
    pub fn columns(&self) -> usize {
        with_source!(self, source => source.columns())
    }

    /// Expected simple return of each column a period.
    pub fn mean(&self) -> Vec<f64> {
        with_source!(self, source => source.mean())
    }

    /// One path: growth of each column over each of so many periods, a row a period; the numbers that path `number`
    /// of a seed has when nothing happens within periods.
    ///
    /// ```
    /// use evenkeel_quant::linear::matrix::Matrix;
    /// use evenkeel_quant::simulate::source::{BlockBootstrap, Ends, Model};
    /// let returns = Matrix::from_columns(3, 1, vec![0.01, 0.02, 0.03])?;
    /// let model = Model::Block(BlockBootstrap::new(&returns, 3, Ends::Moving)?);
    /// let path = model.path(7, 0, 3);
    /// assert!(path.iter().zip([1.01, 1.02, 1.03]).all(|(row, growth)| (row[0] - growth).abs() < 1e-15));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn path(&self, seed: u64, number: u64, periods: usize) -> Vec<Vec<f64>> {
        with_source!(self, source => {
            let mut random = Random::stream(seed, number);
            let mut state = source.state();
            source.begin(&mut state, &mut random);
            let mut growth = vec![1.0; padded(source.columns())];
            (0..periods)
                .map(|_| {
                    source.advance(&mut state, &mut random, 1, &mut growth);
                    growth.iter().copied().take(source.columns()).collect()
                })
                .collect()
        })
    }
}

/// Growth of several periods of which each is drawn on its own: the product of their growths.
fn compounded(periods: usize, growth: &mut [f64], period: &mut [f64], mut draw: impl FnMut(&mut [f64])) {
    for at in 0..periods {
        draw(period);
        for (growth, period) in growth.iter_mut().zip(period.iter()) {
            *growth = if at == 0 { *period } else { *growth * period };
        }
    }
}

/// Length of rows in which loops have no rest: 4, 8, or a multiple of 8.
pub(super) fn padded(columns: usize) -> usize {
    if columns <= 4 { 4 } else { columns.next_multiple_of(8) }
}

/// That a number of periods is one of a table.
fn check_block(block: f64, rows: usize) -> Result<(), SimulateError> {
    let sound = block >= 1.0 && block <= count(rows);
    check("the length of blocks", block, sound, "at least 1 and at most the number of rows")
}
