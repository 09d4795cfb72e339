//! Prices or returns of assets over dates, with gaps: from series to what estimators take.
//!
//! A [`Panel`] knows assets by their column and dates as whole numbers of days, such as days since
//! 1970-01-01. What is missing is NaN: before a listing, after a delisting, or a hole inside.
//!
//! | step | function |
//! |---|---|
//! | series to a common calendar | [`align::align`] |
//! | what looks wrong | [`defects::find_defects`] |
//! | prices to returns | [`returns::simple_returns`], [`returns::log_returns`] |
//! | daily to weekly or monthly | [`frequency::to_periods`] |
//! | what is missing | [`missing::treat_missing`], by a policy that the caller chooses |
//! | extremes pulled in | [`winsorize::winsorize`] |

// Series on dates of their own, brought to common dates.
pub mod align;

// Prices to returns, simple and logarithmic.
pub mod returns;

// From days to weeks, months, quarters or years.
pub mod frequency;

// Extremes pulled in to the values next to them.
pub mod winsorize;

// What looks wrong: bad prints, outliers, stale prices, repeated dates, long steps.
pub mod defects;

// What is done about missing returns, by choice, with a report.
pub mod missing;

// Missing returns filled by a factor model.
pub mod backfill;

use crate::linear::matrix::Matrix;

/// What the values of a panel are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Prices or index levels, above 0.
    Prices,
    /// Simple returns since the row before, at least −1.
    SimpleReturns,
    /// Logarithms of 1 + simple returns.
    LogReturns,
}

impl Content {
    /// What it is in words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prices => "prices",
            Self::SimpleReturns => "simple returns",
            Self::LogReturns => "log returns",
        }
    }

    const fn admits(self, value: f64) -> bool {
        value.is_nan()
            || value.is_finite()
                && match self {
                    Self::Prices => value > 0.0,
                    Self::SimpleReturns => value >= -1.0,
                    Self::LogReturns => true,
                }
    }
}

/// Prices or returns: a row for each date, a column for each asset, NaN where nothing is known.
#[derive(Debug, Clone)]
pub struct Panel {
    content: Content,
    dates: Vec<i32>,
    values: Matrix,
}

/// Why numbers make no panel, or a panel does not suit a step.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PanelError {
    /// As many dates are needed as there are rows.
    #[error("{rows} rows of values stand beside {dates} dates; there must be one date for each row")]
    Rows {
        /// Rows of values.
        rows: usize,
        /// Dates given.
        dates: usize,
    },
    /// Dates that do not ascend.
    #[error("date {row} is day {date}, which is not after day {before} before it")]
    Dates {
        /// The row.
        row: usize,
        /// Its date.
        date: i32,
        /// The date before.
        before: i32,
    },
    /// A value that cannot be.
    #[error("asset {asset} has on day {date} (row {row}) the value {value}, which cannot be among {}; NaN stands for what is missing", content.name())]
    Value {
        /// The column.
        asset: usize,
        /// The row.
        row: usize,
        /// Its date.
        date: i32,
        /// What stands there.
        value: f64,
        /// What the panel holds.
        content: Content,
    },
    /// A step that needs other values.
    #[error("the panel holds {}, and this step needs {needed}", content.name())]
    Content {
        /// What the panel holds.
        content: Content,
        /// What is needed.
        needed: &'static str,
    },
    /// No such column.
    #[error("there is no asset {asset}: the panel has {assets}")]
    Asset {
        /// The column asked for.
        asset: usize,
        /// Columns of the panel.
        assets: usize,
    },
    /// Period keys that do not fit the rows.
    #[error("the period key of row {row} is missing or below that of the row before it; give one key for each row, in ascending order")]
    PeriodKeys {
        /// The first row at which they do not.
        row: usize,
    },
    /// A return on a date that the common calendar lacks.
    #[error(
        "asset {asset} has a return on day {date}, which the calendar lacks, so it would be lost; align prices, or use the union of dates"
    )]
    LostReturn {
        /// The series.
        asset: usize,
        /// The date.
        date: i32,
    },
    /// Missing values where none are admitted.
    #[error(
        "{count} values are missing, the first of them for asset {asset} on day {date} (row {row}); choose how they are treated, or leave the asset out"
    )]
    Missing {
        /// How many.
        count: usize,
        /// The column of the first.
        asset: usize,
        /// The row of the first.
        row: usize,
        /// Its date.
        date: i32,
    },
    /// Too few rows are left.
    #[error("{found} dates are left on which every asset has a value, and {needed} are needed; leave out assets with short histories")]
    TooFewDates {
        /// Dates left.
        found: usize,
        /// Dates needed.
        needed: usize,
    },
    /// Two assets that have too few dates in common.
    #[error("assets {first} and {second} have {found} dates in common, and {needed} are needed; leave one of them out")]
    Overlap {
        /// One column.
        first: usize,
        /// The other column.
        second: usize,
        /// Dates in common.
        found: usize,
        /// Dates needed.
        needed: usize,
    },
    /// An asset that a factor model cannot be fitted to.
    #[error("asset {asset} has {found} values to fit {factors} factors, which takes {} at least that tell the factors apart", factors + 3)]
    Fit {
        /// The column.
        asset: usize,
        /// Its values.
        found: usize,
        /// Factors.
        factors: usize,
    },
    /// An argument outside its range.
    #[error("the {name} is {value}; it must be {limit}")]
    Argument {
        /// What it is.
        name: &'static str,
        /// What was given.
        value: f64,
        /// What it must be.
        limit: &'static str,
    },
}

impl Panel {
    /// Makes a panel of dates in ascending order and values, a row for each date.
    ///
    /// ```
    /// use evenkeel_quant::{linear::matrix::Matrix, panel::{Content, Panel}};
    /// let prices = Matrix::from_columns(2, 2, vec![10.0, 11.0, f64::NAN, 5.0])?;
    /// let panel = Panel::new(Content::Prices, vec![19_723, 19_724], prices)?;
    /// assert_eq!((panel.rows(), panel.assets(), panel.listing(1)), (2, 2, Some((1, 1))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`PanelError::Rows`], [`PanelError::Dates`], and [`PanelError::Value`] for a price that is not
    /// above 0, a simple return below −1, or an infinite value.
    pub fn new(content: Content, dates: Vec<i32>, values: Matrix) -> Result<Self, PanelError> {
        if values.rows() != dates.len() {
            return Err(PanelError::Rows { rows: values.rows(), dates: dates.len() });
        }
        check_dates(&dates)?;
        for (asset, column) in values.iter_columns().enumerate() {
            if let Some(row) = column.iter().position(|value| !content.admits(*value)) {
                return Err(PanelError::Value { asset, row, date: dates[row], value: column[row], content });
            }
        }
        Ok(Self { content, dates, values })
    }

    /// What the values are.
    pub fn content(&self) -> Content {
        self.content
    }

    /// The dates, in ascending order.
    pub fn dates(&self) -> &[i32] {
        &self.dates
    }

    /// The values: a row for each date, a column for each asset, NaN where nothing is known.
    pub fn values(&self) -> &Matrix {
        &self.values
    }

    /// The values, without the dates.
    pub fn into_values(self) -> Matrix {
        self.values
    }

    /// Number of dates.
    pub fn rows(&self) -> usize {
        self.values.rows()
    }

    /// Number of assets.
    pub fn assets(&self) -> usize {
        self.values.columns()
    }

    /// Whether nothing is missing.
    pub fn is_complete(&self) -> bool {
        !self.values.values().iter().any(|value| value.is_nan())
    }

    /// The first and last row on which an asset has a value; `None` where it has none.
    pub fn listing(&self, asset: usize) -> Option<(usize, usize)> {
        if asset >= self.assets() {
            return None;
        }
        let column = self.values.column(asset);
        let known = |value: &f64| !value.is_nan();
        Some((column.iter().position(known)?, column.iter().rposition(known)?))
    }

    /// The assets chosen, in the order chosen.
    ///
    /// ```
    /// use evenkeel_quant::{linear::matrix::Matrix, panel::{Content, Panel}};
    /// let panel = Panel::new(Content::Prices, vec![1], Matrix::from_columns(1, 3, vec![7.0, 8.0, 9.0])?)?;
    /// assert_eq!(panel.select(&[2, 0])?.values().values(), [9.0, 7.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`PanelError::Asset`] where there is no such column.
    pub fn select(&self, assets: &[usize]) -> Result<Self, PanelError> {
        if let Some(asset) = assets.iter().copied().find(|asset| *asset >= self.assets()) {
            return Err(PanelError::Asset { asset, assets: self.assets() });
        }
        let mut values = Matrix::zeros(self.rows(), assets.len());
        for (to, from) in assets.iter().enumerate() {
            values.column_mut(to).copy_from_slice(self.values.column(*from));
        }
        Ok(Self { content: self.content, dates: self.dates.clone(), values })
    }

    /// The dates from a first to a last one, both included.
    ///
    /// ```
    /// use evenkeel_quant::{linear::matrix::Matrix, panel::{Content, Panel}};
    /// let panel = Panel::new(Content::Prices, vec![1, 3, 5], Matrix::from_columns(3, 1, vec![7.0, 8.0, 9.0])?)?;
    /// assert_eq!(panel.between(2, 5).values().values(), [8.0, 9.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn between(&self, first: i32, last: i32) -> Self {
        let start = self.dates.partition_point(|date| *date < first);
        let end = self.dates.partition_point(|date| *date <= last).max(start);
        self.keep_rows(&(start..end).collect::<Vec<_>>())
    }

    /// The rows chosen, in ascending order.
    fn keep_rows(&self, rows: &[usize]) -> Self {
        let dates = rows.iter().map(|row| self.dates[*row]).collect();
        let mut values = Matrix::zeros(rows.len(), self.assets());
        for asset in 0..self.assets() {
            let from = self.values.column(asset);
            for (to, row) in values.column_mut(asset).iter_mut().zip(rows) {
                *to = from[*row];
            }
        }
        Self { content: self.content, dates, values }
    }

    /// Refuses a panel of prices.
    fn check_returns(&self) -> Result<(), PanelError> {
        match self.content {
            Content::Prices => Err(PanelError::Content { content: self.content, needed: "returns" }),
            Content::SimpleReturns | Content::LogReturns => Ok(()),
        }
    }
}

/// Refuses dates that do not ascend.
fn check_dates(dates: &[i32]) -> Result<(), PanelError> {
    match dates.windows(2).position(|pair| pair[1] <= pair[0]) {
        Some(row) => Err(PanelError::Dates { row: row + 1, date: dates[row + 1], before: dates[row] }),
        None => Ok(()),
    }
}
