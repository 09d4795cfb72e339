//! The history that a study runs over.

use super::BacktestError;

/// What the values of a history are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Simple returns, at least −1; T of them make rows 0 … T, and return t leads from row t to row t + 1.
    Returns,
    /// Prices, at least 0; those of row t are at row t.
    Prices,
}

/// What is done about missing values, which are NaN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// A missing value is an error.
    Refuse,
    /// An asset without a value on a row keeps its last value there and is not traded; the targets of the others are
    /// raised in proportion to take up its target, less what is held of it.
    Rest,
}

/// Returns or prices of assets over time, row by row, oldest first.
///
/// ```
/// use evenkeel_quant::backtest::History;
/// let months = History::returns(&[0.10, -0.05, -0.08, 0.06], 2);
/// assert_eq!(months.assets, 2);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct History<'a> {
    /// The values, row by row.
    pub values: &'a [f64],
    /// Values of a row.
    pub assets: usize,
    /// What they are.
    pub content: Content,
    /// What is done where one is missing.
    pub missing: Missing,
}

impl<'a> History<'a> {
    /// Simple returns, none of them missing.
    ///
    /// ```
    /// use evenkeel_quant::backtest::{Content, History};
    /// assert_eq!(History::returns(&[0.1, 0.2], 1).content, Content::Returns);
    /// ```
    pub const fn returns(values: &'a [f64], assets: usize) -> Self {
        Self { values, assets, content: Content::Returns, missing: Missing::Refuse }
    }

    /// Prices, none of them missing.
    ///
    /// ```
    /// use evenkeel_quant::backtest::{Content, History};
    /// assert_eq!(History::prices(&[10.0, 11.0], 1).content, Content::Prices);
    /// ```
    pub const fn prices(values: &'a [f64], assets: usize) -> Self {
        Self { values, assets, content: Content::Prices, missing: Missing::Refuse }
    }

    /// Rows of the study: one more than returns, as many as prices.
    ///
    /// ```
    /// use evenkeel_quant::backtest::History;
    /// assert_eq!((History::returns(&[0.1, 0.2], 1).rows(), History::prices(&[1.0, 1.2], 1).rows()), (3, 2));
    /// ```
    pub fn rows(&self) -> usize {
        self.values.len() / self.assets.max(1) + self.lead()
    }

    /// Rows before the first of the values.
    pub(super) fn lead(&self) -> usize {
        usize::from(self.content == Content::Returns)
    }

    pub(super) fn check(&self) -> Result<(), BacktestError> {
        let whole = self.assets > 0 && !self.values.is_empty() && self.values.len().is_multiple_of(self.assets);
        if whole { Ok(()) } else { Err(BacktestError::Shape { values: self.values.len(), assets: self.assets }) }
    }

    /// Whether an asset has no value on a row. That of the start is told, for returns, by the first of them.
    pub(super) fn is_missing(&self, row: usize, asset: usize) -> bool {
        let at = row.saturating_sub(self.lead());
        self.values.get(at * self.assets + asset).is_none_or(|value| value.is_nan())
    }
}
