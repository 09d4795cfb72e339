//! Blocks of consecutive rows, of one length.
//!
//! A path is b rows from a row drawn evenly, then b rows from another, and so on. Whole rows are drawn, so columns
//! move together as they did. **Circular** blocks start at any of the T rows and run on from the last row to the first,
//! so every row is as likely as any other; **moving** blocks start at the first T − b + 1 rows and stay inside, so rows
//! near the ends come less often.
//!
//! (Moving: H. R. Künsch, *The Jackknife and the Bootstrap for General Stationary Observations*, Annals of Statistics
//! 17, 1989. Circular: D. N. Politis, J. P. Romano, *A Circular Block-Resampling Procedure for Stationary Data*, 1992.)

use super::table::{GrowthTable, Stretch};
use super::{Source, check_block, path_by_path};
use crate::linear::matrix::Matrix;
use crate::linear::vector::count;
use crate::probability::random::Random;
use crate::simulate::error::SimulateError;
use crate::simulate::settle::{GROUP, Lanes};

/// What becomes of a block at the end of history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// It runs on at the beginning.
    Circular,
    /// No block begins so late.
    Moving,
}

/// Blocks of one length.
#[derive(Debug, Clone, PartialEq)]
pub struct BlockBootstrap {
    table: GrowthTable,
    block: usize,
    starts: usize,
}

impl BlockBootstrap {
    /// From simple returns, a row a period, oldest first, in blocks of so many rows.
    ///
    /// ```
    /// use evenkeel_quant::linear::matrix::Matrix;
    /// use evenkeel_quant::simulate::source::{BlockBootstrap, Ends};
    /// let returns = Matrix::from_columns(4, 1, vec![0.01, -0.02, 0.03, 0.00])?;
    /// assert!(BlockBootstrap::new(&returns, 2, Ends::Circular).is_ok());
    /// assert!(BlockBootstrap::new(&returns, 5, Ends::Circular).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`SimulateError`] for a block shorter than a row or longer than history, and returns that cannot be compounded.
    pub fn new(returns: &Matrix, block: usize, ends: Ends) -> Result<Self, SimulateError> {
        let table = GrowthTable::new(returns)?;
        check_block(count(block), table.rows())?;
        let starts = match ends {
            Ends::Circular => table.rows(),
            Ends::Moving => table.rows() - block + 1,
        };
        Ok(Self { table, block, starts })
    }
}

impl Source for BlockBootstrap {
    type State = Stretch;

    fn columns(&self) -> usize {
        self.table.columns()
    }

    fn mean(&self) -> Vec<f64> {
        self.table.mean()
    }

    fn state(&self) -> Stretch {
        Stretch::default()
    }

    #[inline]
    fn begin(&self, state: &mut Stretch, _: &mut Random) {
        *state = Stretch::default();
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
    fn advance(&self, state: &mut Stretch, random: &mut Random, periods: usize, growth: &mut [f64]) {
        state.advance(&self.table, periods, growth, || Stretch { row: random.below(self.starts), left: self.block });
    }

    /// Blocks of all paths begin and end together, so that where none ends on the way each path is one product.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
    fn advance_group(&self, states: &mut [Stretch], randoms: &mut [Random], periods: usize, growth: &mut [Lanes], row: &mut [f64]) {
        let left = states.first().map_or(0, |state| if state.left == 0 { self.block } else { state.left });
        if left < periods {
            return path_by_path(self, states, randoms, periods, growth, row);
        }
        let mut rows = [0; GROUP];
        for ((first, state), random) in rows.iter_mut().zip(states).zip(randoms) {
            *first = if state.left == 0 { random.below(self.starts) } else { state.row };
            *state = Stretch { row: self.table.within(*first + periods), left: left - periods };
        }
        self.table.grow_group(&rows, periods, growth);
    }
}
