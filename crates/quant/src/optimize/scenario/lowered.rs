//! A region in variables that a linear program understands.
//!
//! Spreads are sums of convex functions of single weights with kinks at their origins, so each weight
//! becomes xⱼ = anchorⱼ + Σ its segments, one between neighboring kinks. On a segment a spread is
//! linear; its slopes rise from segment to segment, so no optimum gains by filling them out of order.

use super::model::Charge;
use super::simplex::{Row, Simplex};
use crate::linear::vector::dot;
use crate::optimize::program::{Cost, Region, Spread};
use crate::optimize::solution::Multipliers;

/// What the sum of segments can leave of a weight.
const ROUNDING: f64 = 1e-14;

/// A region in variables that a linear program understands.
#[derive(Debug, Clone)]
pub(super) struct Lowered {
    /// The asset of each segment.
    assets: Vec<usize>,
    lower: Vec<f64>,
    upper: Vec<f64>,
    anchor: Vec<f64>,
    /// Bounds of the assets.
    bounds: Vec<(f64, f64)>,
    /// Rows of the region, then of its spreads, on segments.
    rows: Vec<(Vec<f64>, Row)>,
    /// How many of the rows are the region's own.
    own_rows: usize,
    /// Bounds that the rows imply.
    implied: Vec<(f64, f64)>,
    /// The slope of the costs on each segment, and what they are beside.
    cost_slopes: Vec<f64>,
    cost_constant: f64,
}

impl Lowered {
    pub(super) fn new(region: &Region, costs: &[Cost]) -> Self {
        let size = region.size();
        let (mut assets, mut lower, mut upper, mut anchor) = (Vec::new(), Vec::new(), Vec::new(), vec![0.0; size]);
        for (asset, anchor) in anchor.iter_mut().enumerate() {
            let (least, most) = (region.lower[asset], region.upper[asset]);
            let mut kinks: Vec<f64> = region
                .spreads
                .iter()
                .filter(|spread| spread.above[asset] + spread.below[asset] > 0.0)
                .map(|spread| spread.origin[asset])
                .chain(costs.get(asset).into_iter().flat_map(|cost| cost.kinks.iter().map(|kink| kink.at)))
                .collect();
            kinks.retain(|kink| *kink > least && *kink < most);
            kinks.sort_by(f64::total_cmp);
            kinks.dedup();
            if let (Some(&first), Some(&last)) = (kinks.first(), kinks.last()) {
                *anchor = first;
                let between = kinks.windows(2).map(|pair| (0.0, pair[1] - pair[0]));
                for (low, high) in std::iter::once((least - first, 0.0)).chain(between).chain(std::iter::once((0.0, most - last))) {
                    assets.push(asset);
                    lower.push(low);
                    upper.push(high);
                }
            } else {
                assets.push(asset);
                lower.push(least);
                upper.push(most);
            }
        }
        let bounds = region.lower.iter().copied().zip(region.upper.iter().copied()).collect();
        let own_rows = region.rows.matrix.rows();
        let mut lowered = Self {
            assets,
            lower,
            upper,
            anchor,
            bounds,
            rows: Vec::new(),
            own_rows,
            implied: Vec::new(),
            cost_slopes: Vec::new(),
            cost_constant: 0.0,
        };
        lowered.price(costs);
        lowered.rows = lowered.region_rows(region);
        lowered.implied = lowered.imply_bounds();
        lowered
    }

    /// The costs by segment, on which they are linear.
    fn price(&mut self, costs: &[Cost]) {
        self.cost_slopes = vec![0.0; self.assets.len()];
        if costs.is_empty() {
            return;
        }
        let alone: Vec<usize> = self.only_segments().map(|(segment, _)| segment).collect();
        let mut ends = self.anchor.clone();
        let mut previous = None;
        for (segment, &asset) in self.assets.iter().enumerate() {
            let cost = &costs[asset];
            let (low, high) = (self.lower[segment], self.upper[segment]);
            let first = previous != Some(asset);
            previous = Some(asset);
            // Between two kinks every point tells the slope: the middle, or where a side is open, one beside the other.
            let inside = match (low.is_finite(), high.is_finite()) {
                (true, true) => f64::midpoint(low, high),
                (true, false) => low + 1.0,
                (false, true) => high - 1.0,
                (false, false) => 0.0,
            };
            let start = if first { self.anchor[asset] } else { ends[asset] };
            let slope = cost.slopes(start + inside).1;
            self.cost_slopes[segment] = slope;
            if alone.binary_search(&segment).is_ok() {
                self.cost_constant += cost.value(inside) - slope * inside;
            } else if first {
                self.cost_constant += cost.value(self.anchor[asset]);
            } else {
                ends[asset] += high;
            }
        }
    }

    /// A charge by segment.
    pub(super) fn charge(&self, charge: &Charge<'_>) -> Vec<f64> {
        self.assets.iter().zip(&self.cost_slopes).map(|(asset, slope)| charge.slopes[*asset] + charge.factor * slope).collect()
    }

    fn region_rows(&self, region: &Region) -> Vec<(Vec<f64>, Row)> {
        let rows = &region.rows;
        let own = (0..rows.matrix.rows()).map(|at| {
            let coefficients = rows.matrix.row(at);
            let constant = dot(&coefficients, &self.anchor);
            (self.spread_out(&coefficients), Row::limit(rows.lower[at] - constant, rows.upper[at] - constant))
        });
        own.chain(region.spreads.iter().map(|spread| self.spread_row(region, spread))).collect()
    }

    /// A spread as a row: its slope on each segment.
    fn spread_row(&self, region: &Region, spread: &Spread) -> (Vec<f64>, Row) {
        let mut starts = self.anchor.clone();
        let mut previous = None;
        let mut coefficients = Vec::with_capacity(self.assets.len());
        for (segment, &asset) in self.assets.iter().enumerate() {
            // The first segment lies below the anchor, and the others follow from there.
            let first = previous != Some(asset);
            let start = if first { region.lower[asset] } else { starts[asset] };
            let above = start >= spread.origin[asset];
            coefficients.push(if above { spread.above[asset] } else { -spread.below[asset] });
            if !first {
                starts[asset] += self.upper[segment];
            }
            previous = Some(asset);
        }
        // What the slopes leave of the spread at the anchors.
        let constant = spread.value(&self.anchor)
            + self.only_segments().map(|(segment, asset)| spread_offset(spread, asset, coefficients[segment])).sum::<f64>();
        (coefficients, Row::limit(f64::NEG_INFINITY, spread.limit - constant))
    }

    /// Segments that are alone for their asset.
    fn only_segments(&self) -> impl Iterator<Item = (usize, usize)> {
        let alone = |segment: usize| {
            let asset = self.assets[segment];
            (segment == 0 || self.assets[segment - 1] != asset) && self.assets.get(segment + 1) != Some(&asset)
        };
        (0..self.assets.len()).filter(move |segment| alone(*segment)).map(|segment| (segment, self.assets[segment]))
    }

    /// Bounds that follow from one row and the other bounds, row after row.
    fn imply_bounds(&self) -> Vec<(f64, f64)> {
        let mut implied: Vec<(f64, f64)> = self.lower.iter().copied().zip(self.upper.iter().copied()).collect();
        for (coefficients, row) in &self.rows {
            // As a row from above, and negated, from below.
            for (sign, most) in [(1.0, row.high), (-1.0, -row.low)] {
                if most < f64::INFINITY {
                    tighten(&mut implied, coefficients, sign, most);
                }
            }
        }
        implied
    }

    /// Number of segments.
    pub(super) fn width(&self) -> usize {
        self.assets.len()
    }

    /// A row on assets as a row on segments.
    pub(super) fn spread_out(&self, coefficients: &[f64]) -> Vec<f64> {
        self.assets.iter().map(|asset| coefficients[*asset]).collect()
    }

    /// aᵀ anchor: what a row has before any segment is filled.
    pub(super) fn constant(&self, coefficients: &[f64]) -> f64 {
        dot(coefficients, &self.anchor)
    }

    /// Weights from segments.
    pub(super) fn weights(&self, segments: &[f64]) -> Vec<f64> {
        let mut weights = self.anchor.clone();
        for (asset, segment) in self.assets.iter().zip(segments) {
            weights[*asset] += segment;
        }
        self.snap(&mut weights);
        weights
    }

    /// Brings weights that rounding took off their bounds back to them.
    pub(super) fn snap(&self, weights: &mut [f64]) {
        for (weight, &(lower, upper)) in weights.iter_mut().zip(&self.bounds) {
            if *weight <= lower + ROUNDING * (1.0 + lower.abs()) {
                *weight = lower;
            } else if *weight >= upper - ROUNDING * (1.0 + upper.abs()) {
                *weight = upper;
            }
        }
    }

    /// A linear program over the region and so many further variables without bounds.
    pub(super) fn simplex(&self, further: usize, limit: usize) -> Simplex {
        let with = |bounds: &[f64], open: f64| bounds.iter().copied().chain(std::iter::repeat_n(open, further)).collect();
        let mut simplex = Simplex::new(with(&self.lower, f64::NEG_INFINITY), with(&self.upper, f64::INFINITY), limit);
        for (coefficients, row) in &self.rows {
            let padded: Vec<f64> = coefficients.iter().copied().chain(std::iter::repeat_n(0.0, further)).collect();
            simplex.push(&padded, *row);
        }
        simplex
    }

    /// A bound from below on a charge over the region that the multipliers of a solved program prove.
    /// (A. Neumaier, O. Shcherbina, "Safe bounds in linear and mixed-integer linear programming",
    /// Mathematical Programming 99, 2004.)
    pub(super) fn bound(&self, charge: &Charge<'_>, simplex: &Simplex) -> f64 {
        let slopes = simplex.row_slopes();
        // Without a side or a bound, what rounding leaves of a multiplier counts at the point found.
        let rows = self.rows.iter().zip(&slopes).map(|((_, row), &slope)| match (row.low, row.high) {
            (low, high) if slope > 0.0 => -slope * if high.is_finite() { high } else { low },
            (low, high) if slope < 0.0 => -slope * if low.is_finite() { low } else { high },
            _ => 0.0,
        });
        let bounds = simplex.reduced_costs().iter().zip(&self.implied).zip(simplex.x()).map(|((&reduced, &(lower, upper)), &x)| {
            let bound = if reduced > 0.0 { lower } else { upper };
            reduced * if bound.is_finite() { bound } else { x }
        });
        self.constant(&charge.slopes) + charge.factor * self.cost_constant + rows.sum::<f64>() + bounds.sum::<f64>()
    }

    /// Multipliers of the region in the signs of the portfolio program.
    pub(super) fn multipliers(&self, simplex: &Simplex) -> Multipliers {
        let slopes = simplex.row_slopes();
        let mut bounds = vec![0.0; self.bounds.len()];
        for (segment, &asset) in self.assets.iter().enumerate() {
            let reduced = simplex.reduced_costs()[segment];
            let first = segment == 0 || self.assets[segment - 1] != asset;
            let last = self.assets.get(segment + 1) != Some(&asset);
            if (first && reduced > 0.0) || (last && reduced < 0.0) {
                bounds[asset] = reduced;
            }
        }
        Multipliers {
            bounds,
            rows: slopes[..self.own_rows].iter().map(|slope| -slope).collect(),
            spreads: slopes[self.own_rows..self.rows.len()].iter().map(|slope| slope.max(0.0)).collect(),
            risks: Vec::new(),
        }
    }
}

/// For a weight on one side of a spread's origin alone: what its slope times the weight leaves out.
fn spread_offset(spread: &Spread, asset: usize, slope: f64) -> f64 {
    let origin = spread.origin[asset];
    let at_zero = if origin < 0.0 { -spread.above[asset] * origin } else { spread.below[asset] * origin };
    -slope * origin - at_zero
}

/// Tightens bounds by Σ sign · a x ≤ most.
fn tighten(implied: &mut [(f64, f64)], coefficients: &[f64], sign: f64, most: f64) {
    let least = |(lower, upper): (f64, f64), slope: f64| if slope > 0.0 { slope * lower } else { slope * upper };
    let terms: Vec<f64> = implied
        .iter()
        .zip(coefficients)
        .map(|(bounds, coefficient)| if *coefficient == 0.0 { 0.0 } else { least(*bounds, sign * coefficient) })
        .collect();
    let open = terms.iter().filter(|term| **term == f64::NEG_INFINITY).count();
    let total: f64 = terms.iter().filter(|term| term.is_finite()).sum();
    for ((bounds, coefficient), term) in implied.iter_mut().zip(coefficients).zip(&terms) {
        let others_are_open = open > usize::from(*term == f64::NEG_INFINITY);
        if *coefficient == 0.0 || others_are_open {
            continue;
        }
        let others = if term.is_finite() { total - term } else { total };
        let edge = (most - others) / (sign * coefficient);
        if sign * coefficient > 0.0 {
            bounds.1 = bounds.1.min(edge);
        } else {
            bounds.0 = bounds.0.max(edge);
        }
    }
}
