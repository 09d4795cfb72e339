//! Blocks of consecutive rows, of random length.
//!
//! A block starts at any row and has L rows, P(L = l) = p (1 − p)^{l−1} with p = 1 ÷ mean length, running on from the
//! last row to the first. So the path is stationary, as history is taken to be: no period of it knows that it is the
//! first of a block. L = 1 + ⌊ln U ÷ ln(1 − p)⌋ with U even between 0 and 1.
//!
//! (D. N. Politis, J. P. Romano, *The Stationary Bootstrap*, Journal of the American Statistical Association 89, 1994.)

use super::Source;
use super::check_block;
use super::table::{GrowthTable, Stretch};
use crate::linear::matrix::Matrix;
use crate::probability::random::Random;
use crate::simulate::error::SimulateError;

/// Longest block that is told from an endless one.
const LONGEST: f64 = 1e9;

/// Blocks of geometric length.
#[derive(Debug, Clone, PartialEq)]
pub struct StationaryBootstrap {
    table: GrowthTable,
    /// 1 ÷ ln(1 − p); 0 where every block is one row.
    scale: f64,
}

impl StationaryBootstrap {
    /// From simple returns, a row a period, oldest first, in blocks of so many rows on average.
    ///
    /// ```
    /// use evenkeel_quant::linear::matrix::Matrix;
    /// use evenkeel_quant::simulate::source::StationaryBootstrap;
    /// let returns = Matrix::from_columns(4, 1, vec![0.01, -0.02, 0.03, 0.00])?;
    /// assert!(StationaryBootstrap::new(&returns, 2.5).is_ok());
    /// assert!(StationaryBootstrap::new(&returns, 0.5).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`SimulateError`] for a mean below a row or above history, and returns that cannot be compounded.
    pub fn new(returns: &Matrix, mean_block: f64) -> Result<Self, SimulateError> {
        let table = GrowthTable::new(returns)?;
        check_block(mean_block, table.rows())?;
        let goes_on = 1.0 - mean_block.recip();
        Ok(Self { table, scale: if goes_on > 0.0 { goes_on.ln().recip() } else { 0.0 } })
    }

    /// A length from an even number between 0 and 1.
    #[inline]
    fn length(&self, uniform: f64) -> usize {
        let whole = (uniform.max(f64::MIN_POSITIVE).ln() * self.scale).floor().clamp(0.0, LONGEST);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let whole = whole as usize;
        whole + 1
    }
}

impl Source for StationaryBootstrap {
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
        let next = || Stretch { row: random.below(self.table.rows()), left: self.length(random.uniform()) };
        state.advance(&self.table, periods, growth, next);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "tests")]

    use super::*;

    #[test]
    fn lengths_are_geometric() {
        let returns = Matrix::from_fn(100, 1, |row, _| if row % 2 == 0 { 0.01 } else { -0.01 });
        for mean in [1.0, 2.5, 12.0] {
            let source = StationaryBootstrap::new(&returns, mean).unwrap();
            let mut random = Random::stream(3, 0);
            let lengths: Vec<usize> = (0..100_000).map(|_| source.length(random.uniform())).collect();
            let average = lengths.iter().sum::<usize>() as f64 / 1e5;
            // Four standard errors of a geometric mean.
            assert!((average - mean).abs() <= 4.0 * (mean * (mean - 1.0)).sqrt() / 1e5_f64.sqrt(), "{mean}: {average}");
            let ones = lengths.iter().filter(|length| **length == 1).count() as f64 / 1e5;
            assert!((ones - 1.0 / mean).abs() < 0.007, "{mean}: {ones}");
        }
    }
}
