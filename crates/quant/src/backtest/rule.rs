//! Rules: when a portfolio is looked at, what makes it trade, and where trades lead.

use super::BacktestError;
use super::scan::ROWS;

/// How far a weight may be from its target before it is out of band.
///
/// ```
/// use evenkeel_quant::backtest::Band;
/// let five_twenty_five = Band { absolute: Some(0.05), relative: Some(0.25) };
/// assert_eq!(five_twenty_five.half_width(0.6), 0.05);
/// assert_eq!(five_twenty_five.half_width(0.1), 0.025);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Band {
    /// In points of portfolio weight.
    pub absolute: Option<f64>,
    /// As a fraction of the target weight.
    pub relative: Option<f64>,
}

impl Band {
    /// A band of so many points of portfolio weight on each side.
    ///
    /// ```
    /// assert_eq!(evenkeel_quant::backtest::Band::absolute(0.05).half_width(0.6), 0.05);
    /// ```
    pub const fn absolute(points: f64) -> Self {
        Self { absolute: Some(points), relative: None }
    }

    /// A band of a fraction of the target weight on each side.
    ///
    /// ```
    /// assert_eq!(evenkeel_quant::backtest::Band::relative(0.2).half_width(0.5), 0.1);
    /// ```
    pub const fn relative(fraction: f64) -> Self {
        Self { absolute: None, relative: Some(fraction) }
    }

    /// The half width at a target weight: the smaller of the two where both are given, infinite where
    /// neither is. A fraction of a target of 0 says nothing where points are given.
    ///
    /// ```
    /// assert_eq!(evenkeel_quant::backtest::Band::default().half_width(0.5), f64::INFINITY);
    /// ```
    pub fn half_width(&self, target: f64) -> f64 {
        let relative = self.relative.map(|relative| relative * target.abs());
        match (self.absolute, relative) {
            (Some(absolute), Some(relative)) if relative > 0.0 => absolute.min(relative),
            (Some(absolute), _) => absolute,
            (None, relative) => relative.unwrap_or(f64::INFINITY),
        }
    }
}

/// Which rows are looked at. Row 0 is the start, at which the targets are bought; it is never looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checks {
    /// None: what was bought is held.
    Never,
    /// Every k-th row: k, 2k, 3k, …; k is at least 1.
    Every(usize),
    /// The rows marked, such as ends of months: one entry a row, that of row 0 included.
    Rows(Vec<bool>),
}

impl Checks {
    /// Which of some rows, in rising order, are looked at: a bit each.
    pub(super) fn looks(&self, rows: &[usize]) -> u32 {
        let (Some(&first), Some(&last)) = (rows.first(), rows.last()) else { return 0 };
        let mark = |looks: &dyn Fn(usize) -> bool| {
            rows.iter().enumerate().fold(0, |bits, (at, row)| bits | u32::from(*row > 0 && looks(*row)) << at)
        };
        match self {
            Self::Never => 0,
            Self::Every(1) if rows.len() == ROWS => {
                if first == 0 {
                    !1
                } else {
                    !0
                }
            }
            // Rows in a row need no division each.
            Self::Every(every) if last - first + 1 == rows.len() => {
                (first.max(1).next_multiple_of(*every)..=last).step_by(*every).fold(0, |bits, row| bits | 1 << (row - first))
            }
            Self::Every(every) => mark(&|row| row.is_multiple_of(*every)),
            Self::Rows(marked) => mark(&|row| marked.get(row).copied().unwrap_or(false)),
        }
    }
}

/// What makes a row that is looked at a row of trading.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Trigger {
    /// Every look.
    Always,
    /// Any asset strictly beyond its band.
    Band,
    /// The drift of the portfolio, ½ Σ|drift|, strictly beyond a limit.
    PortfolioDrift {
        /// The limit, as a fraction of value.
        limit: f64,
    },
}

/// Where trades lead.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Destination {
    /// To the target weights.
    Target,
    /// To the middle between the weights held and the targets.
    HalfWay,
    /// To the nearest edge of each band.
    BandEdge,
    /// To so many points of weight from the target.
    InnerBand {
        /// Points of weight.
        distance: f64,
    },
    /// To a fraction of each band.
    ToleranceBand {
        /// Fraction of the half width, 0 to 1.
        fraction: f64,
    },
}

/// Which assets trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All of them.
    All,
    /// Those beyond their band; the others only take up what these release or need, and only toward their targets.
    OutOfBand,
}

/// How trades and their costs are paid. Formulas: [the settlements](super#settlement).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Settlement {
    /// The weights are exact after costs.
    SelfFinancing,
    /// What a trade spends, cost included, is the change that is wanted. bt's `Rebalance` settles so.
    OutlayInclusive,
    /// Sells come first, buys from the least to the largest, and a buy is cut to the cash that is left. vectorbt's
    /// `call_seq="auto"` with shared cash settles so.
    CashLimited,
    /// The full change is traded, and costs are taken from cash, which may fall below 0. bt's `transact` settles so.
    FeeFromCash,
}

/// One variant of a study: when to look, when to act, and how.
///
/// ```
/// use evenkeel_quant::backtest::{Band, Destination, Rule};
/// let back_to_the_edge = Rule { destination: Destination::BandEdge, ..Rule::banded(Band::absolute(0.05)) };
/// assert_eq!(back_to_the_edge.bands, [Band::absolute(0.05)]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Rows that are looked at.
    pub checks: Checks,
    /// What fires.
    pub trigger: Trigger,
    /// Bands: one for all assets, or one each.
    pub bands: Vec<Band>,
    /// Where trades lead.
    pub destination: Destination,
    /// Which assets trade.
    pub scope: Scope,
    /// How trades are paid.
    pub settlement: Settlement,
}

impl Rule {
    /// Buys the targets and never trades again, but for flows.
    ///
    /// ```
    /// use evenkeel_quant::backtest::{Checks, Rule};
    /// assert_eq!(Rule::buy_and_hold().checks, Checks::Never);
    /// ```
    pub fn buy_and_hold() -> Self {
        Self { checks: Checks::Never, ..Self::periodic(1) }
    }

    /// Back to target every so many rows.
    ///
    /// ```
    /// use evenkeel_quant::backtest::{Checks, Rule};
    /// assert_eq!(Rule::periodic(12).checks, Checks::Every(12));
    /// ```
    pub fn periodic(every: usize) -> Self {
        Self {
            checks: Checks::Every(every),
            trigger: Trigger::Always,
            bands: vec![Band::default()],
            destination: Destination::Target,
            scope: Scope::All,
            settlement: Settlement::SelfFinancing,
        }
    }

    /// Looked at on every row, back to target where any asset is beyond the band.
    ///
    /// ```
    /// use evenkeel_quant::backtest::{Band, Rule, Trigger};
    /// assert_eq!(Rule::banded(Band::absolute(0.05)).trigger, Trigger::Band);
    /// ```
    pub fn banded(band: Band) -> Self {
        Self { trigger: Trigger::Band, bands: vec![band], ..Self::periodic(1) }
    }

    pub(super) fn check(&self, assets: usize, rows: usize) -> Result<(), BacktestError> {
        match &self.checks {
            Checks::Every(0) => {
                return Err(BacktestError::Number { what: "the number of rows between looks", value: 0.0, rule: "at least 1" });
            }
            Checks::Rows(marked) if marked.len() != rows => {
                return Err(BacktestError::Length { what: "the list of rows to look at", found: marked.len(), expected: rows });
            }
            _ => {}
        }
        if self.bands.len() != 1 && self.bands.len() != assets {
            return Err(BacktestError::Length { what: "the list of bands", found: self.bands.len(), expected: assets });
        }
        for band in &self.bands {
            for width in [band.absolute, band.relative].into_iter().flatten() {
                at_least_zero("a band", width)?;
            }
        }
        if let Trigger::PortfolioDrift { limit } = self.trigger {
            at_least_zero("the limit of the portfolio's drift", limit)?;
        }
        match self.destination {
            Destination::InnerBand { distance } => at_least_zero("the distance of the inner band", distance),
            Destination::ToleranceBand { fraction } => at_least_zero("the fraction of the band", fraction),
            _ => Ok(()),
        }
    }

    /// The band of an asset.
    pub(super) fn band(&self, asset: usize) -> Band {
        self.bands.get(asset).or(self.bands.first()).copied().unwrap_or_default()
    }
}

pub(super) fn at_least_zero(what: &'static str, value: f64) -> Result<(), BacktestError> {
    if value >= 0.0 && value.is_finite() { Ok(()) } else { Err(BacktestError::Number { what, value, rule: "at least 0 and finite" }) }
}
