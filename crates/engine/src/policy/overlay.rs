//! [`Overlay`]: tactical shifts, as data.

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::Rate;

/// Tactical shifts around the strategic weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Overlay {
    /// Last day on which it holds; refused after that.
    pub review_by: Date,
    /// The sum of shifts is held within ± this, in points of weight.
    pub max_deviation: f64,
    /// Most tracking error against the strategic mix, a year.
    pub tracking_error_limit: Option<f64>,
    /// Classes that are shifted, in proportion to their strategic weights.
    pub shifted: Vec<ClassPath>,
    /// Classes that pay for it, and their shares, which sum to 1.
    pub offset: Vec<(ClassPath, Rate)>,
    /// How signals are made of series.
    pub signals: Vec<SignalRule>,
    /// Thresholds and shifts.
    pub rules: Vec<OverlayRule>,
}

/// How a signal is made of series.
#[derive(Debug, Clone, PartialEq)]
pub struct SignalRule {
    /// Its name.
    pub name: String,
    /// The series.
    pub series: String,
    /// What is done with it.
    pub transform: SignalTransform,
    /// An observation older than so many days is stale, which is an error.
    pub max_age_days: u32,
}

/// What is done with a series to make a signal.
#[derive(Debug, Clone, PartialEq)]
pub enum SignalTransform {
    /// Its last value.
    Level,
    /// Its last value ÷ that of another series − 1.
    RelativeTo(String),
    /// Its last value ÷ that of so many days before − 1.
    Momentum {
        /// Days.
        days: u32,
    },
    /// Its last value ÷ the mean of its history − 1.
    RelativeToMean,
    /// Its last value in standard deviations from the mean of its history (ddof = 1).
    ZScore,
}

/// A threshold and a shift.
#[derive(Debug, Clone, PartialEq)]
pub struct OverlayRule {
    /// The signal.
    pub signal: String,
    /// Fires above or below the threshold.
    pub bound: OverlayBound,
    /// Shift in points of weight.
    pub shift: f64,
}

/// When an overlay rule fires.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OverlayBound {
    /// Signal strictly above.
    Above(f64),
    /// Signal strictly below.
    Below(f64),
}
