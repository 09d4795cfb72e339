//! [`Segment`]: a part of portfolio and benchmark over a period.

use super::error::{AttributionError, check_total};

/// Weights may miss a sum of 1 by this much.
pub(crate) const WHOLE: f64 = 1e-9;

/// A part of portfolio and benchmark over a period.
///
/// A return may be missing (NaN) where its weight is 0. It is then taken to be that of the other side: so what the benchmark has and
/// the portfolio does not is allocation and no selection, and so is what the portfolio has and the benchmark does not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    /// Weight in the portfolio at the beginning.
    pub portfolio_weight: f64,
    /// Weight in the benchmark at the beginning.
    pub benchmark_weight: f64,
    /// Return of the portfolio's part.
    pub portfolio_return: f64,
    /// Return of the benchmark's part.
    pub benchmark_return: f64,
}

impl Segment {
    /// The same with missing returns filled in.
    #[inline]
    pub(crate) fn filled(&self) -> Self {
        let either = |own: f64, other: f64| if own.is_nan() { if other.is_nan() { 0.0 } else { other } } else { own };
        Self {
            portfolio_return: either(self.portfolio_return, self.benchmark_return),
            benchmark_return: either(self.benchmark_return, self.portfolio_return),
            ..*self
        }
    }

    /// Active weight: portfolio − benchmark.
    ///
    /// ```
    /// use evenkeel_quant::attribution::segment::Segment;
    /// let bonds = Segment { portfolio_weight: 0.5, benchmark_weight: 0.25, portfolio_return: 0.0, benchmark_return: 0.0 };
    /// assert_eq!(bonds.active_weight(), 0.25);
    /// ```
    #[inline]
    pub fn active_weight(&self) -> f64 {
        self.portfolio_weight - self.benchmark_weight
    }
}

/// Returns of portfolio and benchmark over a period, Σ w r.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Totals {
    /// Of the portfolio.
    pub portfolio: f64,
    /// Of the benchmark.
    pub benchmark: f64,
}

/// Checks the segments of a period and adds up their returns; weights of both sides have to add up to 1.
///
/// ```
/// use evenkeel_quant::attribution::segment::{Segment, totals};
/// let of = |w, v, r, b| Segment { portfolio_weight: w, benchmark_weight: v, portfolio_return: r, benchmark_return: b };
/// let period = totals(0, &[of(0.5, 1.0, 0.1, 0.2), of(0.5, 0.0, 0.3, f64::NAN)])?;
/// assert!((period.portfolio - 0.2).abs() < 1e-16 && period.benchmark == 0.2);
/// # Ok::<(), evenkeel_quant::attribution::error::AttributionError>(())
/// ```
///
/// # Errors
/// [`AttributionError::Empty`], [`AttributionError::NotFinite`], [`AttributionError::Weights`]; `period` is the number that they tell.
pub fn totals(period: usize, segments: &[Segment]) -> Result<Totals, AttributionError> {
    if segments.is_empty() {
        return Err(AttributionError::Empty { what: "segments" });
    }
    let (mut weights, mut sums) = ((0.0, 0.0), Totals { portfolio: 0.0, benchmark: 0.0 });
    for segment in segments {
        let known = segment.filled();
        weights.0 += segment.portfolio_weight;
        weights.1 += segment.benchmark_weight;
        sums.portfolio += segment.portfolio_weight * known.portfolio_return;
        sums.benchmark += segment.benchmark_weight * known.benchmark_return;
    }
    check_segments(period, segments)?;
    check_total(period, "portfolio", weights.0)?;
    check_total(period, "benchmark", weights.1)?;
    Ok(sums)
}

/// Refuses what is not finite, but for returns that are missing where nothing is held.
fn check_segments(period: usize, segments: &[Segment]) -> Result<(), AttributionError> {
    let unfit = |weight: f64, earned: f64| !weight.is_finite() || earned.is_infinite() || earned.is_nan() && weight != 0.0;
    let found = segments.iter().position(|segment| {
        unfit(segment.portfolio_weight, segment.portfolio_return) || unfit(segment.benchmark_weight, segment.benchmark_return)
    });
    let Some((index, segment)) = found.and_then(|index| Some((index, segments.get(index)?))) else { return Ok(()) };
    let sides = [
        ("portfolio weight", segment.portfolio_weight, false),
        ("benchmark weight", segment.benchmark_weight, false),
        ("portfolio return", segment.portfolio_return, segment.portfolio_weight == 0.0),
        ("benchmark return", segment.benchmark_return, segment.benchmark_weight == 0.0),
    ];
    let told = sides.into_iter().find(|(_, value, may_miss)| value.is_infinite() || value.is_nan() && !may_miss);
    let (what, value) = told.map_or(("weight", f64::NAN), |(what, value, _)| (what, value));
    Err(AttributionError::NotFinite { period, segment: index, what, value })
}
