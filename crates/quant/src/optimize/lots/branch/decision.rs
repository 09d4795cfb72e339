//! What the search decides at a node, and what is left open by it.

use super::super::program::{Choices, Line, Program};
use super::super::region::{Entry, Region};
use super::sizes::Allowed;

/// One side of a choice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Decision {
    /// The trade of the sizes has at most this size.
    AtMost { sizes: usize, size: f64 },
    /// The trade of the sizes is made.
    Made { sizes: usize },
    /// The trade of the sizes has at least this size.
    AtLeast { sizes: usize, size: f64 },
    /// A piece is at most so much.
    PieceAtMost { piece: usize, size: f64 },
    /// A piece is at least so much.
    PieceAtLeast { piece: usize, size: f64 },
    /// The pieces of one side of an exclusion stay at their lower bounds.
    Without { exclusion: usize, other: bool },
    /// The pieces of an order after so many stay at their lower bounds.
    Stop { order: usize, after: usize },
    /// The first so many pieces of an order are at their upper bounds.
    Through { order: usize, first: usize },
    /// The point of a surface lies on one side of a line.
    Beside { surface: usize, line: usize, above: bool },
}

/// A corner this near to a line, as a fraction of the terms of its equation, is on it.
const ON_LINE: f64 = 1e-9;

impl Decision {
    /// Which of the two ways it goes: 0 where less is done, 1 where more.
    pub(super) fn way(self) -> usize {
        match self {
            Self::AtMost { .. } | Self::PieceAtMost { .. } | Self::Stop { .. } => 0,
            Self::Made { .. } | Self::AtLeast { .. } | Self::PieceAtLeast { .. } | Self::Through { .. } => 1,
            Self::Without { other: way, .. } | Self::Beside { above: way, .. } => usize::from(way),
        }
    }

    /// Takes from a region what the decision rules out. Sizes may cross: then nothing is left.
    pub(super) fn apply(self, program: &Program, choices: &Choices, region: &mut Region) {
        match self {
            Self::AtMost { sizes, size } => {
                let interval = &mut region.sizes[choices.sizes[sizes].trade];
                interval.upper = interval.upper.min(size);
            }
            Self::Made { sizes } => region.made[choices.sizes[sizes].trade] = true,
            Self::AtLeast { sizes, size } => {
                let interval = &mut region.sizes[choices.sizes[sizes].trade];
                interval.lower = interval.lower.max(size);
            }
            Self::PieceAtMost { piece, size } => region.upper[piece] = region.upper[piece].min(size),
            Self::PieceAtLeast { piece, size } => region.lower[piece] = region.lower[piece].max(size),
            Self::Without { exclusion, other } => {
                let exclusion = &choices.exclusions[exclusion];
                keep_low(region, program, if other { &exclusion.other } else { &exclusion.one });
            }
            Self::Stop { order, after } => keep_low(region, program, &choices.orders[order][after..]),
            Self::Through { order, first } => {
                for piece in &choices.orders[order][..first] {
                    region.lower[*piece] = program.pieces[*piece].upper;
                }
            }
            Self::Beside { surface, line, above } => {
                let surface = &choices.surfaces[surface];
                for (piece, corner) in surface.pieces.clone().zip(&surface.corners) {
                    let side = side(&surface.lines[line], *corner);
                    if side != 0 && (side > 0) != above {
                        region.upper[piece] = region.lower[piece];
                    }
                }
            }
        }
    }
}

fn keep_low(region: &mut Region, program: &Program, pieces: &[usize]) {
    for piece in pieces {
        region.upper[*piece] = program.pieces[*piece].lower;
    }
}

/// 1 above a line, −1 below, 0 on it.
pub(super) fn side(line: &Line, point: [f64; 2]) -> i8 {
    let terms = [line.normal[0] * point[0], line.normal[1] * point[1], -line.at];
    let (sum, gross): (f64, f64) = (terms.iter().sum(), terms.iter().map(|term| term.abs()).sum());
    if sum.abs() <= ON_LINE * gross {
        0
    } else if sum > 0.0 {
        1
    } else {
        -1
    }
}

/// Narrows the sizes of a region to those allowed and sets fees; false where none is left.
pub(super) fn settle_sizes(program: &Program, choices: &Choices, region: &mut Region) -> bool {
    if region.lower.iter().zip(&region.upper).any(|(lower, upper)| lower > upper) {
        return false;
    }
    for sizes in &choices.sizes {
        let (allowed, pieces) = (Allowed::of(program, sizes), program.trades[sizes.trade].pieces.clone());
        let least: f64 = region.lower[pieces.clone()].iter().sum();
        let most: f64 = region.upper[pieces].iter().sum();
        let interval = &mut region.sizes[sizes.trade];
        interval.lower = allowed.at_least(interval.lower.max(least));
        interval.upper = allowed.at_most(interval.upper.min(most));
        let made = region.made[sizes.trade] || interval.lower > 0.0;
        if made {
            interval.lower = interval.lower.max(allowed.smallest());
        }
        if interval.lower > interval.upper || made && interval.upper <= 0.0 {
            return false;
        }
        if made {
            region.made[sizes.trade] = true;
            region.fees += sizes.fee;
        } else if interval.upper > 0.0 {
            region.entries[sizes.trade] = Entry { fee: sizes.fee, least: allowed.smallest() };
            region.surcharges[sizes.trade] = sizes.fee / interval.upper;
        }
    }
    true
}
