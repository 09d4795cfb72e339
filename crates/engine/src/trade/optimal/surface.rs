//! The tax of a return over the gains that trades may realize, as corners between which it is linear.

use evenkeel_ledger::number::{Currency, Decimal, Money, Rounding};
use evenkeel_quant::optimize::lots::program::Line;

use crate::boundary::{to_decimal, to_f64};
use crate::tax::{Kink, YearTax};

use super::objective::Objective;

/// Gains that trades may realize, in the currency of the return: from below zero to above.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reach {
    pub(super) short: (f64, f64),
    pub(super) long: (f64, f64),
}

/// Corners of the pieces of a tax, with the tax at each.
#[derive(Debug, Clone, Default)]
pub(super) struct TaxSurface {
    pub(super) corners: Vec<[f64; 2]>,
    /// Tax at each corner, less that without any gains.
    pub(super) taxes: Vec<f64>,
    pub(super) lines: Vec<Line>,
}

/// Corners nearer than this are one.
const SAME: f64 = 0.005;

impl Reach {
    /// Adds a lot of which so much of each kind of gain may be realized.
    pub(super) fn add(&mut self, short: f64, long: f64) {
        for (range, gain) in [(&mut self.short, short), (&mut self.long, long)] {
            range.0 += gain.min(0.0);
            range.1 += gain.max(0.0);
        }
    }

    /// With room for what costs and rounding take off.
    pub(super) fn widened(self, by: f64) -> Self {
        Self { short: (self.short.0 - by, self.short.1 + by), long: (self.long.0 - by, self.long.1 + by) }
    }

    fn contains(&self, [short, long]: [f64; 2]) -> bool {
        let within = |(low, high): (f64, f64), at: f64| low - SAME <= at && at <= high + SAME;
        within(self.short, short) && within(self.long, long)
    }
}

impl TaxSurface {
    /// The tax of a return within reach; `None` where it cannot be assessed.
    pub(super) fn new(objective: &Objective<'_>, place: usize, year: &YearTax<'_>, reach: Reach, currency: Currency) -> Option<Self> {
        let bends = year.kinks().ok()?.into_iter().map(|kink| match kink {
            Kink::Short(at) => Line { normal: [1.0, 0.0], at: to_f64(at) },
            Kink::Long(at) => Line { normal: [0.0, 1.0], at: to_f64(at) },
            Kink::Total(at) => Line { normal: [1.0, 1.0], at: to_f64(at) },
        });
        let sides = [([1.0, 0.0], reach.short.0), ([1.0, 0.0], reach.short.1), ([0.0, 1.0], reach.long.0), ([0.0, 1.0], reach.long.1)];
        let crosses = |line: &Line| {
            let ends = |axis: usize, (low, high): (f64, f64)| {
                let (a, b) = (line.normal.get(axis).copied().unwrap_or(0.0) * low, line.normal.get(axis).copied().unwrap_or(0.0) * high);
                (a.min(b), a.max(b))
            };
            let (short, long) = (ends(0, reach.short), ends(1, reach.long));
            short.0 + long.0 < line.at - SAME && line.at + SAME < short.1 + long.1
        };
        let lines: Vec<Line> = bends.filter(crosses).collect();
        let all: Vec<Line> = lines.iter().copied().chain(sides.map(|(normal, at)| Line { normal, at })).collect();
        let mut corners: Vec<[f64; 2]> = Vec::new();
        for (index, one) in all.iter().enumerate() {
            let meeting = all.iter().skip(index + 1).filter_map(|other| meet(one, other));
            corners.extend(meeting.filter(|corner| reach.contains(*corner)));
        }
        corners.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
        let mut kept: Vec<[f64; 2]> = Vec::with_capacity(corners.len());
        for corner in corners {
            let same = |other: &[f64; 2]| (other[0] - corner[0]).abs() <= SAME && (other[1] - corner[1]).abs() <= SAME;
            if !kept.iter().rev().take_while(|other| corner[0] - other[0] <= SAME).any(same) {
                kept.push(corner);
            }
        }
        let money = |value: f64| Some(Money::new(to_decimal(value, Rounding::HalfEven).ok()?, currency));
        let none = Money::new(Decimal::ZERO, currency);
        let without = objective.tax(place, year, none, none)?;
        let tax = |corner: &[f64; 2]| Some(objective.tax(place, year, money(corner[0])?, money(corner[1])?)? - without);
        let taxes = kept.iter().map(tax).collect::<Option<Vec<f64>>>()?;
        Some(Self { corners: kept, taxes, lines })
    }

    /// The highest rate at which it rises along either axis, from corner to corner: no cost saves more tax than that.
    pub(super) fn steepest(&self) -> f64 {
        let mut steepest: f64 = 0.0;
        for (index, (one, tax)) in self.corners.iter().zip(&self.taxes).enumerate() {
            for (other, other_tax) in self.corners.iter().zip(&self.taxes).skip(index + 1) {
                let (short, long) = (other[0] - one[0], other[1] - one[1]);
                if short.abs() <= SAME || long.abs() <= SAME {
                    let distance = short.abs().max(long.abs());
                    steepest = steepest.max((other_tax - tax).abs() / distance.max(SAME));
                }
            }
        }
        steepest.min(1.0)
    }
}

/// Where two lines meet, unless they are parallel.
fn meet(one: &Line, other: &Line) -> Option<[f64; 2]> {
    let determinant = one.normal[0] * other.normal[1] - one.normal[1] * other.normal[0];
    if determinant == 0.0 {
        return None;
    }
    let short = (one.at * other.normal[1] - other.at * one.normal[1]) / determinant;
    let long = (one.normal[0] * other.at - other.normal[0] * one.at) / determinant;
    Some([short, long])
}
