//! Effects that compound instead of adding up.
//!
//! (1 + r) ÷ (1 + b) − 1 = (1 + A)(1 + S) − 1, Aᵢ = (wᵢ − vᵢ)((1 + bᵢ) ÷ (1 + b) − 1), Sᵢ = wᵢ (rᵢ − bᵢ) ÷ (1 + bₛ), bₛ = Σ wᵢ bᵢ
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | w, v, r, b | [`Segment`] | n | as in [`brinson`](super::brinson) |
//! | bₛ | [`GeometricPeriod::semi_notional`] | 1 | what the portfolio's weights would have earned at the benchmark's returns |
//! | A, S | [`GeometricPeriod`] | n | their sums compound, also over periods |
//!
//! There is no interaction, and nothing to link: (1 + A) and (1 + S) are multiplied over periods. By segment, the effects of many
//! periods are scaled by logarithms so that they add up to the linked allocation and selection, as Cariño does. Errors: as in
//! [`brinson`](super::brinson), and a total loss. Sources: T. Burnie, J. Knowles, T. Teder, Journal of Performance Measurement 3 (1998);
//! C. R. Bacon (2008), sections 5.9 and 8.4, table 8.6.

use super::error::{AttributionError, check_linkable};
use super::linking::{compounded, logarithmic};
use super::segment::{Segment, Totals, totals};

/// Geometric effects of a period.
#[derive(Debug, Clone, PartialEq)]
pub struct GeometricPeriod {
    /// Returns of portfolio and benchmark.
    pub totals: Totals,
    /// Return of the portfolio's weights at the benchmark's returns.
    pub semi_notional: f64,
    /// Allocation by segment.
    pub allocation: Vec<f64>,
    /// Selection by segment, with interaction.
    pub selection: Vec<f64>,
}

impl GeometricPeriod {
    /// Allocation and selection of the period, which compound to its geometric excess.
    ///
    /// ```
    /// # use evenkeel_quant::attribution::{geometric::attribute, segment::Segment};
    /// let one = [Segment { portfolio_weight: 1.0, benchmark_weight: 1.0, portfolio_return: 0.21, benchmark_return: 0.1 }];
    /// let (allocation, selection) = attribute(&one)?.effects();
    /// assert!(allocation == 0.0 && (selection - 0.1).abs() < 1e-15);
    /// # Ok::<(), evenkeel_quant::attribution::error::AttributionError>(())
    /// ```
    pub fn effects(&self) -> (f64, f64) {
        let over = |own: f64, other: f64| (own - other) / (1.0 + other);
        (over(self.semi_notional, self.totals.benchmark), over(self.totals.portfolio, self.semi_notional))
    }
}

/// Geometric effects of many periods.
#[derive(Debug, Clone, PartialEq)]
pub struct Geometric {
    /// Compounded returns.
    pub totals: Totals,
    /// (1 + R) ÷ (1 + B) − 1.
    pub excess: f64,
    /// Π (1 + A) − 1.
    pub allocation: f64,
    /// Π (1 + S) − 1.
    pub selection: f64,
    /// Allocation by segment, adding up to the linked one.
    pub allocation_by_segment: Vec<f64>,
    /// Selection by segment, adding up to the linked one.
    pub selection_by_segment: Vec<f64>,
}

/// Attributes a period geometrically.
///
/// ```
/// use evenkeel_quant::attribution::{geometric::attribute, segment::Segment};
/// let of = |w, v, r, b| Segment { portfolio_weight: w, benchmark_weight: v, portfolio_return: r, benchmark_return: b };
/// let quarter = attribute(&[of(0.4, 0.4, 0.2, 0.1), of(0.3, 0.2, -0.05, -0.04), of(0.3, 0.4, 0.06, 0.08)])?;
/// let (allocation, selection) = quarter.effects();
/// assert!(((1.0 + allocation) * (1.0 + selection) - 1.083 / 1.064).abs() < 1e-15);
/// # Ok::<(), evenkeel_quant::attribution::error::AttributionError>(())
/// ```
///
/// # Errors
/// [`AttributionError::Empty`], [`AttributionError::NotFinite`], [`AttributionError::Weights`], [`AttributionError::TotalLoss`].
pub fn attribute(segments: &[Segment]) -> Result<GeometricPeriod, AttributionError> {
    let totals = totals(0, segments)?;
    check_linkable("benchmark", &[totals.benchmark])?;
    let known: Vec<Segment> = segments.iter().map(Segment::filled).collect();
    let semi_notional: f64 = known.iter().map(|segment| segment.portfolio_weight * segment.benchmark_return).sum();
    check_linkable("semi-notional", &[semi_notional])?;
    let allocation = |segment: &Segment| segment.active_weight() * (segment.benchmark_return - totals.benchmark) / (1.0 + totals.benchmark);
    let selection =
        |segment: &Segment| segment.portfolio_weight * (segment.portfolio_return - segment.benchmark_return) / (1.0 + semi_notional);
    Ok(GeometricPeriod {
        totals,
        semi_notional,
        allocation: known.iter().map(allocation).collect(),
        selection: known.iter().map(selection).collect(),
    })
}

/// Links geometric effects over periods.
///
/// ```
/// use evenkeel_quant::attribution::{geometric::{attribute, link}, segment::Segment};
/// let one = attribute(&[Segment { portfolio_weight: 1.0, benchmark_weight: 1.0, portfolio_return: 0.21, benchmark_return: 0.1 }])?;
/// let two = link(&[one.clone(), one])?;
/// assert!((two.selection - 0.21).abs() < 1e-15 && (two.excess - 0.21).abs() < 1e-15);
/// # Ok::<(), evenkeel_quant::attribution::error::AttributionError>(())
/// ```
///
/// # Errors
/// [`AttributionError::Empty`], [`AttributionError::Shape`], [`AttributionError::TotalLoss`].
pub fn link(periods: &[GeometricPeriod]) -> Result<Geometric, AttributionError> {
    let Some(first) = periods.first() else { return Err(AttributionError::Empty { what: "periods" }) };
    let needed = first.allocation.len();
    if let Some(period) = periods.iter().find(|period| period.allocation.len() != needed) {
        return Err(AttributionError::Shape { what: "segments of a period", found: period.allocation.len(), needed });
    }
    let of = |value: &dyn Fn(&GeometricPeriod) -> f64| periods.iter().map(value).collect::<Vec<f64>>();
    let (portfolio, benchmark) = (of(&|period| period.totals.portfolio), of(&|period| period.totals.benchmark));
    check_linkable("portfolio", &portfolio)?;
    let totals = Totals { portfolio: compounded(&portfolio), benchmark: compounded(&benchmark) };
    let (allocations, selections) = (of(&|period| period.effects().0), of(&|period| period.effects().1));
    let (allocation, selection) = (compounded(&allocations), compounded(&selections));
    let by_segment = |effects: &[f64], linked: f64, of_period: fn(&GeometricPeriod) -> &[f64]| {
        let mut sums = vec![0.0; needed];
        for (period, effect) in periods.iter().zip(effects) {
            let scale = logarithmic(*effect, 0.0) / logarithmic(linked, 0.0);
            for (sum, part) in sums.iter_mut().zip(of_period(period)) {
                *sum += scale * part;
            }
        }
        sums
    };
    Ok(Geometric {
        totals,
        excess: (totals.portfolio - totals.benchmark) / (1.0 + totals.benchmark),
        allocation,
        selection,
        allocation_by_segment: by_segment(&allocations, allocation, |period| &period.allocation),
        selection_by_segment: by_segment(&selections, selection, |period| &period.selection),
    })
}
