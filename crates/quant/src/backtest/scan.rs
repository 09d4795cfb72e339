//! Blocks of rows at once: between trades units are constant, so the rows of a block do not depend on one another.
//!
//! Levels lie asset by asset in a block, a lane a row. Every lane does the same arithmetic in the same
//! order, so a row's result does not depend on the rows beside it: a sweep that reads some rows gives
//! the bits of a run that reads all.

use crate::linear::vector::vectorized;

/// Rows of a block.
pub(super) const LANES: usize = 16;

/// A number for each row of a block.
pub(super) type Lanes = [f64; LANES];

/// What is held of an asset, and what tells that it is beyond its band.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Line {
    pub(super) units: f64,
    /// Units ÷ the greatest weight within the band: × level it is the value above which the asset is within.
    pub(super) above: f64,
    /// Units ÷ the least weight within the band; not a number where the band reaches 0.
    pub(super) below: f64,
}

/// Values of a block's rows, and which rows have an asset beyond its band.
pub(super) struct Scanned {
    pub(super) values: Lanes,
    /// A bit for each row.
    pub(super) beyond: u16,
}

/// V = cash + Σ uᵢPᵢ of each row, and whether any uᵢPᵢ is beyond its share of V.
pub(super) fn scan_bands(block: &[f64], lines: &[Line], cash: &Lanes) -> Scanned {
    vectorized(
        #[inline(always)]
        || {
            let (mut values, mut least, mut most) = (*cash, [0.0; LANES], [f64::INFINITY; LANES]);
            for (levels, line) in block.as_chunks::<LANES>().0.iter().zip(lines) {
                for lane in 0..LANES {
                    let level = levels[lane];
                    let (least_value, most_value) = (line.above * level, line.below * level);
                    values[lane] += line.units * level;
                    least[lane] = if least_value > least[lane] { least_value } else { least[lane] };
                    most[lane] = if most_value < most[lane] { most_value } else { most[lane] };
                }
            }
            let mut beyond = 0;
            for lane in 0..LANES {
                beyond |= (u16::from(least[lane] > values[lane]) | u16::from(most[lane] < values[lane])) << lane;
            }
            Scanned { values, beyond }
        },
    )
}

/// V = cash + Σ uᵢPᵢ of each row, and whether ½ Σ|uᵢPᵢ − tᵢV| is beyond a share of V.
pub(super) fn scan_drift(block: &[f64], lines: &[Line], targets: &[f64], cash: &Lanes, limit: f64) -> Scanned {
    vectorized(
        #[inline(always)]
        || {
            let (mut values, mut drift) = (*cash, [0.0; LANES]);
            let levels = block.as_chunks::<LANES>().0;
            for (levels, line) in levels.iter().zip(lines) {
                for lane in 0..LANES {
                    values[lane] += line.units * levels[lane];
                }
            }
            for ((levels, line), target) in levels.iter().zip(lines).zip(targets) {
                for lane in 0..LANES {
                    drift[lane] += (line.units * levels[lane] - target * values[lane]).abs();
                }
            }
            let mut beyond = 0;
            for lane in 0..LANES {
                beyond |= u16::from(0.5 * drift[lane] > limit * values[lane]) << lane;
            }
            Scanned { values, beyond }
        },
    )
}

/// V = cash + Σ uᵢPᵢ of each row.
pub(super) fn scan_values(block: &[f64], lines: &[Line], cash: &Lanes) -> Lanes {
    vectorized(
        #[inline(always)]
        || {
            let mut values = *cash;
            for (levels, line) in block.as_chunks::<LANES>().0.iter().zip(lines) {
                for lane in 0..LANES {
                    values[lane] += line.units * levels[lane];
                }
            }
            values
        },
    )
}
