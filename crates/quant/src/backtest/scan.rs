//! Rows at once: between trades units are constant, so a row's value is a sum of its own and waits for no other row.
//!
//! Levels lie row by row, each row padded to whole vectors with assets of which nothing is held. Sums run in four
//! lanes that are joined in a fixed order, so a row's result depends on its numbers alone: a sweep that reads some
//! rows gives the bits of a run that reads all, on any processor.

use std::ops::Range;

use crate::linear::vector::vectorized;

/// Rows that are worked on together.
pub(super) const ROWS: usize = 32;

/// Assets of a row are padded to a multiple of this.
pub(super) const LANES: usize = 4;

/// A number for each row of a block.
pub(super) type Column = [f64; ROWS];

/// What is held, and what tells that it is beyond its band.
#[derive(Debug, Clone, Default)]
pub(super) struct Lines {
    pub(super) units: Vec<f64>,
    /// Units ÷ the greatest weight within the band: × level it is the value above which the asset is within.
    pub(super) above: Vec<f64>,
    /// −units ÷ the least weight within the band; not a number where the band reaches 0.
    pub(super) below: Vec<f64>,
}

/// Rows to scan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'a> {
    /// Levels, row by row.
    pub(super) levels: &'a [f64],
    /// Value of the cash held, by row.
    pub(super) cash: &'a Column,
    /// Which rows are looked at, a bit each.
    pub(super) looks: u32,
}

impl<'a> Rows<'a> {
    fn row(&self, row: usize, width: usize) -> &'a [f64] {
        &self.levels[row * width..(row + 1) * width]
    }
}

/// V = cash + Σ uᵢPᵢ of rows up to the first that is looked at with any uᵢPᵢ beyond its share of V; which that is, or the end.
pub(super) fn scan_bands(rows: Rows<'_>, lines: &Lines, range: Range<usize>, values: &mut Column) -> usize {
    vectorized(
        #[inline(always)]
        || {
            for row in range.clone() {
                let (value, beyond) = weigh(rows.row(row, lines.units.len()), lines, rows.cash[row]);
                values[row] = value;
                if beyond && rows.looks >> row & 1 == 1 {
                    return row;
                }
            }
            range.end
        },
    )
}

/// V = cash + Σ uᵢPᵢ of rows up to the first that is looked at with ½ Σ|uᵢPᵢ − tᵢV| beyond a share of V; which that is, or the end.
pub(super) fn scan_drift(rows: Rows<'_>, units: &[f64], targets: &[f64], limit: f64, range: Range<usize>, values: &mut Column) -> usize {
    vectorized(
        #[inline(always)]
        || {
            for row in range.clone() {
                let levels = rows.row(row, units.len());
                let value = rows.cash[row] + products(levels, units);
                values[row] = value;
                if rows.looks >> row & 1 == 1 {
                    let mut drift = [0.0; LANES];
                    let targets = targets.as_chunks::<LANES>().0;
                    for ((levels, units), targets) in levels.as_chunks::<LANES>().0.iter().zip(units.as_chunks::<LANES>().0).zip(targets) {
                        for at in 0..LANES {
                            drift[at] += (units[at] * levels[at] - targets[at] * value).abs();
                        }
                    }
                    if 0.5 * join(drift) > limit * value {
                        return row;
                    }
                }
            }
            range.end
        },
    )
}

/// V = cash + Σ uᵢPᵢ of rows.
pub(super) fn scan_values(rows: Rows<'_>, units: &[f64], range: Range<usize>, values: &mut Column) {
    vectorized(
        #[inline(always)]
        || {
            for row in range {
                values[row] = rows.cash[row] + products(rows.row(row, units.len()), units);
            }
        },
    );
}

/// Σ uᵢPᵢ of a row.
pub(super) fn holdings(levels: &[f64], units: &[f64]) -> f64 {
    vectorized(
        #[inline(always)]
        || products(levels, units),
    )
}

/// V = cash + Σ uᵢPᵢ, and whether any uᵢPᵢ is beyond its share of it.
#[inline(always)]
#[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
fn weigh(levels: &[f64], lines: &Lines, cash: f64) -> (f64, bool) {
    let (mut sum, mut least, mut most) = ([0.0; LANES], [0.0; LANES], [f64::NEG_INFINITY; LANES]);
    let lists = levels.as_chunks::<LANES>().0.iter().zip(lines.units.as_chunks::<LANES>().0);
    let edges = lines.above.as_chunks::<LANES>().0.iter().zip(lines.below.as_chunks::<LANES>().0);
    for ((levels, units), (above, below)) in lists.zip(edges) {
        for at in 0..LANES {
            let (low, high) = (above[at] * levels[at], below[at] * levels[at]);
            sum[at] += units[at] * levels[at];
            least[at] = if low > least[at] { low } else { least[at] };
            most[at] = if high > most[at] { high } else { most[at] };
        }
    }
    let value = cash + join(sum);
    let mut beyond = false;
    for at in 0..LANES {
        beyond |= least[at] > value;
        beyond |= most[at] > -value;
    }
    (value, beyond)
}

/// Σ uᵢPᵢ, in the order of `weigh`.
#[inline(always)]
#[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
fn products(levels: &[f64], units: &[f64]) -> f64 {
    let mut sum = [0.0; LANES];
    for (levels, units) in levels.as_chunks::<LANES>().0.iter().zip(units.as_chunks::<LANES>().0) {
        for at in 0..LANES {
            sum[at] += units[at] * levels[at];
        }
    }
    join(sum)
}

/// The sum of the lanes.
#[inline(always)]
#[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
pub(super) fn join(lanes: [f64; LANES]) -> f64 {
    (lanes[0] + lanes[2]) + (lanes[1] + lanes[3])
}
