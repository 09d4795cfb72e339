//! [`attribute`]: a long history at once, effects by segment, linked.
//!
//! Two passes over T × n segments, row by row: returns of periods, then effects, which are linked as they are made. Nothing of the
//! size of the history is stored.

use super::brinson::{Effect, Interaction, Model, effect};
use super::error::AttributionError;
use super::linking::{Linked, Linking};
use super::segment::{Segment, Totals, totals};

/// How a history is attributed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method {
    /// What allocation is measured against.
    pub model: Model,
    /// Where interaction goes.
    pub interaction: Interaction,
    /// How effects are linked.
    pub linking: Linking,
}

impl Method {
    /// Brinson and Fachler with interaction in selection, linked by Cariño.
    pub const USUAL: Self = Self { model: Model::BrinsonFachler, interaction: Interaction::InSelection, linking: Linking::Carino };
}

/// A history attributed.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribution {
    /// Compounded returns.
    pub totals: Totals,
    /// Linked effects by segment; they add up to the difference of the compounded returns.
    pub segments: Vec<Effect>,
    /// Returns of each period, and its linked effects.
    pub periods: Vec<(Totals, Effect)>,
}

impl Attribution {
    /// All effects.
    ///
    /// ```
    /// # use evenkeel_quant::attribution::{history::{Method, attribute}, segment::Segment};
    /// let year = Segment { portfolio_weight: 1.0, benchmark_weight: 1.0, portfolio_return: 0.1, benchmark_return: 0.0 };
    /// let told = attribute(&[year, year], 1, &Method::USUAL)?;
    /// assert!((told.effect().selection - 0.21).abs() < 1e-15);
    /// # Ok::<(), evenkeel_quant::attribution::error::AttributionError>(())
    /// ```
    pub fn effect(&self) -> Effect {
        self.segments.iter().copied().sum()
    }
}

/// Attributes periods of so many segments, one period after the other, the oldest first.
///
/// ```
/// use evenkeel_quant::attribution::{history::{Method, attribute}, segment::Segment};
/// let of = |w, v, r, b| Segment { portfolio_weight: w, benchmark_weight: v, portfolio_return: r, benchmark_return: b };
/// let two_years = [of(0.6, 0.5, 0.1, 0.1), of(0.4, 0.5, 0.0, 0.0), of(0.6, 0.5, 0.1, 0.1), of(0.4, 0.5, 0.0, 0.0)];
/// let told = attribute(&two_years, 2, &Method::USUAL)?;
/// assert!((told.effect().allocation - (1.06 * 1.06 - 1.05 * 1.05)).abs() < 1e-15);
/// # Ok::<(), evenkeel_quant::attribution::error::AttributionError>(())
/// ```
///
/// # Errors
/// [`AttributionError::Empty`], [`AttributionError::Shape`] for a history that is no whole number of periods, and those of
/// [`totals`] and [`Linked::new`].
pub fn attribute(history: &[Segment], segments: usize, method: &Method) -> Result<Attribution, AttributionError> {
    if segments == 0 || history.is_empty() {
        return Err(AttributionError::Empty { what: if segments == 0 { "segments" } else { "periods" } });
    }
    let over = history.len() % segments;
    if over != 0 {
        return Err(AttributionError::Shape { what: "segments of the last period", found: over, needed: segments });
    }
    let rows = || history.chunks_exact(segments);
    let of_periods: Vec<Totals> = rows().enumerate().map(|(period, row)| totals(period, row)).collect::<Result<_, _>>()?;
    let linked = Linked::new(method.linking, &of_periods)?;
    let mut sums = vec![Effect::default(); segments];
    let mut periods = Vec::with_capacity(of_periods.len());
    for ((period, row), totals) in rows().enumerate().zip(of_periods) {
        let of_segment = |(segment, sum): (&Segment, &mut Effect)| {
            linked.add(period, effect(segment, totals.benchmark, method.model, method.interaction), sum)
        };
        periods.push((totals, row.iter().zip(&mut sums).map(of_segment).sum()));
    }
    Ok(Attribution { totals: linked.totals, segments: sums, periods })
}
