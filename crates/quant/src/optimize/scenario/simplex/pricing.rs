//! Which move makes the objective fall.

use super::{Place, Row, Simplex, Zone};
use crate::linear::vector::{add_scaled, largest_magnitude};

/// Slopes below this, relative to the largest, count as zero.
pub(super) const FLAT: f64 = 1e-12;

/// Times that multipliers are solved for at most.
const REFINEMENTS: usize = 3;

/// A move from a vertex.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Entering {
    /// A variable leaves its bound, upward or downward, and the slope of the objective.
    Variable { variable: usize, upward: bool, slope: f64 },
    /// The active row at a position of the basis leaves its kink.
    Row { position: usize, upward: bool, slope: f64 },
}

impl Simplex {
    /// Multipliers of the active rows and reduced costs of all variables.
    pub(super) fn price_out(&mut self) {
        self.multipliers = vec![0.0; self.basis.size()];
        self.reduced.copy_from_slice(&self.gradient);
        // Reduced costs of free variables are zero; what an updated inverse leaves of them is solved for again.
        for _ in 0..REFINEMENTS {
            let left: Vec<f64> = self.basis.variables.iter().map(|variable| -self.reduced[*variable]).collect();
            if largest_magnitude(&left) <= 0.1 * self.flat() {
                break;
            }
            let width = self.width();
            for (position, correction) in self.basis.solve_transposed(&left).into_iter().enumerate() {
                self.multipliers[position] += correction;
                let row = self.basis.rows[position];
                add_scaled(&mut self.reduced, correction, &self.by_row[row * width..(row + 1) * width]);
            }
        }
    }

    /// Reduced costs up to this are zero within rounding.
    pub(super) fn flat(&self) -> f64 {
        let terms = self.basis.rows.iter().zip(&self.multipliers).map(|(row, multiplier)| multiplier.abs() * self.sizes[*row]);
        FLAT * terms.fold(largest_magnitude(&self.gradient), f64::max)
    }

    /// The move with the steepest fall; none at an optimum.
    pub(super) fn entering(&self) -> Option<Entering> {
        let flat = self.flat();
        let mut best: Option<(f64, Entering)> = None;
        let mut offer = |gain: f64, entering: Entering| {
            if best.as_ref().is_none_or(|(most, _)| gain > *most) {
                best = Some((gain, entering));
            }
        };
        for (position, (&row, &multiplier)) in self.basis.rows.iter().zip(&self.multipliers).enumerate() {
            let (least, most) = self.slopes_at_kink(row);
            // The fall by the distance that the free variables move.
            let (size, chance) = (self.sizes[row], self.chance(self.width() + row));
            if multiplier * size > most * size + flat {
                offer((multiplier - most) * size * chance, Entering::Row { position, upward: true, slope: most - multiplier });
            } else if multiplier * size < least * size - flat {
                offer((least - multiplier) * size * chance, Entering::Row { position, upward: false, slope: multiplier - least });
            }
        }
        for (variable, (&reduced, place)) in self.reduced.iter().zip(&self.places).enumerate() {
            let fixed = self.lower[variable] >= self.upper[variable];
            if reduced < -flat && matches!(place, Place::Lower | Place::Resting) && !fixed {
                offer(-reduced * self.chance(variable), Entering::Variable { variable, upward: true, slope: reduced });
            } else if reduced > flat && matches!(place, Place::Upper | Place::Resting) && !fixed {
                offer(reduced * self.chance(variable), Entering::Variable { variable, upward: false, slope: -reduced });
            }
        }
        best.map(|(_, entering)| entering)
    }

    /// The least and the greatest multiplier of an active row.
    pub(super) fn slopes_at_kink(&self, row: usize) -> (f64, f64) {
        let Row { low, high, .. } = self.rows[row];
        let (below, above) = self.prices(row);
        if low >= high {
            (-below, above)
        } else if self.zones[row] == Zone::AtLow {
            (-below, 0.0)
        } else {
            (0.0, above)
        }
    }
}
