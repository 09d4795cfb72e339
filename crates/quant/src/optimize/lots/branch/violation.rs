//! Which choice the pieces of a relaxation break most, and the two sides on which it holds.

use super::super::program::{Choices, Line, Program, Whole};
use super::super::region::Region;
use super::decision::{Decision, side};
use super::sizes::{Allowed, WHOLE};

/// A piece this far above its lower bound, as a fraction of its range, is not on it.
const ABOVE: f64 = 1e-7;

/// A value of a surface that is missed by less than this part of the greatest is met.
const MET: f64 = 1e-9;

/// A step inside a surface, as a fraction of the way; what is thinner than that has no area.
const INSIDE: f64 = 1e-9;

/// A choice that is broken: what that is worth, and its sides, the nearer one first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Violation {
    /// What is broken.
    pub(super) choice: Choice,
    /// Multiples of steps come after all else while decisions are looked for.
    pub(super) whole: bool,
    pub(super) worth: f64,
    pub(super) sides: [Decision; 2],
    /// How far the sides are, in units of the choice.
    pub(super) distances: [f64; 2],
}

/// What is branched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Choice {
    /// Whether the trade of the sizes is made for its fee.
    Made(usize),
    /// The size of the trade of the sizes.
    Size(usize),
    /// The steps of a piece.
    Whole(usize),
    /// One side of an exclusion.
    Exclusion(usize),
    /// How far an order goes.
    Order(usize),
    /// The side of a line of a surface.
    Surface(usize, usize),
}

/// Pieces, prices of rows and the region in which they were found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) program: &'a Program,
    pub(super) choices: &'a Choices,
    pub(super) region: &'a Region,
    pub(super) pieces: &'a [f64],
    pub(super) prices: &'a [f64],
}

impl Found<'_> {
    /// The choices that are broken.
    pub(super) fn all(&self) -> Vec<Violation> {
        let sizes = (0..self.choices.sizes.len()).filter_map(|at| self.size(at));
        let exclusions = (0..self.choices.exclusions.len()).filter_map(|at| self.exclusion(at));
        let orders = (0..self.choices.orders.len()).filter_map(|at| self.order(at));
        let surfaces = (0..self.choices.surfaces.len()).filter_map(|at| self.surface(at));
        let wholes = self.choices.wholes.iter().filter_map(|whole| self.whole(whole));
        sizes.chain(exclusions).chain(orders).chain(surfaces).chain(wholes).collect()
    }

    /// c − bᵀy of a piece: what it costs beside others of its trade.
    fn own_cost(&self, piece: usize) -> f64 {
        let piece = &self.program.pieces[piece];
        piece.price - piece.rows.iter().map(|(row, count)| count * self.prices[*row]).sum::<f64>()
    }

    fn range(&self, piece: usize) -> f64 {
        self.program.pieces[piece].upper - self.program.pieces[piece].lower
    }

    /// How far a piece is above its lower bound; 0 where that is rounding.
    fn above(&self, piece: usize) -> f64 {
        let above = self.pieces[piece] - self.program.pieces[piece].lower;
        if above > ABOVE * self.range(piece) { above } else { 0.0 }
    }

    fn size(&self, at: usize) -> Option<Violation> {
        let sizes = &self.choices.sizes[at];
        let (trade, interval) = (&self.program.trades[sizes.trade], self.region.sizes[sizes.trade]);
        let allowed = Allowed::of(self.program, sizes);
        let size = trade.size(self.pieces);
        let (below, above) = (allowed.at_most(size), allowed.at_least(size));
        if below < above {
            let (down, up) = (Decision::AtMost { sizes: at, size: below }, Decision::AtLeast { sizes: at, size: above });
            let distance = (size - below).min(above - size);
            let curvature = trade.asset.map_or(0.0, |asset| {
                let loadings = self.program.loadings.column(asset);
                self.program.assets[asset].specific + loadings.iter().map(|loading| loading * loading).sum::<f64>()
            });
            let unpaid = if below > 0.0 { 0.0 } else { sizes.fee * (1.0 - size / interval.upper) };
            let worth = unpaid + 0.5 * curvature * distance * distance;
            let (sides, distances) = nearer_first([(down, size - below), (up, above - size)]);
            return Some(Violation { choice: Choice::Size(at), whole: below > 0.0, worth, sides, distances });
        }
        let unpaid = sizes.fee * (1.0 - size / interval.upper);
        (size > 0.0 && !self.region.made[sizes.trade] && unpaid > MET * sizes.fee).then(|| {
            let sides = [Decision::Made { sizes: at }, Decision::AtMost { sizes: at, size: 0.0 }];
            let made = size / interval.upper;
            Violation { choice: Choice::Made(at), whole: false, worth: unpaid, sides, distances: [1.0 - made, made] }
        })
    }

    fn whole(&self, whole: &Whole) -> Option<Violation> {
        let (piece, upper) = (&self.program.pieces[whole.piece], self.program.pieces[whole.piece].upper);
        let (size, steps) = (self.pieces[whole.piece], self.pieces[whole.piece] / whole.step);
        let below = (steps + WHOLE).floor() * whole.step;
        let above = upper.min(((steps - WHOLE).ceil()) * whole.step);
        if size >= upper - WHOLE * whole.step || size - below <= WHOLE * whole.step || above <= below {
            return None;
        }
        let down = Decision::PieceAtMost { piece: whole.piece, size: below };
        let up = Decision::PieceAtLeast { piece: whole.piece, size: above };
        let worth = (size - below).min(above - size) * (piece.price.abs() + self.own_cost(whole.piece).abs());
        let (sides, distances) = nearer_first([(down, size - below), (up, above - size)]);
        Some(Violation { choice: Choice::Whole(whole.piece), whole: true, worth, sides, distances })
    }

    fn exclusion(&self, at: usize) -> Option<Violation> {
        let exclusion = &self.choices.exclusions[at];
        let amount = |pieces: &[usize]| pieces.iter().map(|piece| self.above(*piece)).sum::<f64>();
        let (one, other) = (amount(&exclusion.one), amount(&exclusion.other));
        let dearest = exclusion.one.iter().chain(&exclusion.other).map(|piece| self.own_cost(*piece).abs()).fold(0.0, f64::max);
        (one > 0.0 && other > 0.0).then(|| {
            let without = |other| Decision::Without { exclusion: at, other };
            let (sides, distances) = nearer_first([(without(true), other), (without(false), one)]);
            Violation { choice: Choice::Exclusion(at), whole: false, worth: one.min(other) * dearest, sides, distances }
        })
    }

    fn order(&self, at: usize) -> Option<Violation> {
        let order = &self.choices.orders[at];
        let missing = |piece: usize| {
            let missing = self.program.pieces[piece].upper - self.pieces[piece];
            if missing > ABOVE * self.range(piece) { missing } else { 0.0 }
        };
        // The first piece that is not used up although a later one is touched.
        let last = order.iter().rposition(|piece| self.above(*piece) > 0.0)?;
        let first = order[..last].iter().position(|piece| missing(*piece) > 0.0)?;
        let early: f64 = order[first + 1..].iter().map(|piece| self.above(*piece)).sum();
        let left = missing(order[first]);
        let dearer = (self.own_cost(order[first]) - self.own_cost(order[last])).abs();
        let (stop, through) = (Decision::Stop { order: at, after: first + 1 }, Decision::Through { order: at, first: first + 1 });
        let (sides, distances) = nearer_first([(stop, early), (through, left)]);
        Some(Violation { choice: Choice::Order(at), whole: false, worth: early.min(left) * dearer, sides, distances })
    }

    fn surface(&self, at: usize) -> Option<Violation> {
        let surface = &self.choices.surfaces[at];
        let shares = &self.pieces[surface.pieces.clone()];
        let prices = self.program.pieces[surface.pieces.clone()].iter().map(|piece| piece.price);
        let prices: Vec<f64> = prices.collect();
        let whole: f64 = shares.iter().sum();
        let mut point = [0.0; 2];
        for (share, corner) in shares.iter().zip(&surface.corners) {
            point = [point[0] + share * corner[0] / whole, point[1] + share * corner[1] / whole];
        }
        let counted: f64 = shares.iter().zip(&prices).map(|(share, price)| share * price).sum();
        let greatest = prices.iter().fold(0.0, |most: f64, price| most.max(price.abs()));
        // Which line separates most of the shares, by what they miss it by.
        let apart = |line: usize| {
            let mut weights = [0.0; 2];
            for (share, corner) in shares.iter().zip(&surface.corners) {
                let line = &surface.lines[line];
                let miss = line.normal[0] * corner[0] + line.normal[1] * corner[1] - line.at;
                weights[usize::from(miss > 0.0)] += if side(line, *corner) == 0 { 0.0 } else { share * miss.abs() };
            }
            weights
        };
        let line = (0..surface.lines.len()).reduce(|most, next| {
            let least = |line| f64::min(apart(line)[0], apart(line)[1]);
            if least(next) > least(most) { next } else { most }
        })?;
        // A step inside, so that a point on a line is in one of the cells beside it.
        let inside = surface.corners.iter().zip(1_u32..).fold([0.0, 0.0, 0.0], |sum, (corner, weight)| {
            let weight = f64::from(weight);
            [sum[0] + weight * corner[0], sum[1] + weight * corner[1], sum[2] + weight]
        });
        let inside = [0, 1].map(|axis: usize| point[axis] + INSIDE * (inside[axis] / inside[2] - point[axis]));
        let above = |line: &Line| line.normal[0] * inside[0] + line.normal[1] * inside[1] > line.at;
        let opposite = |line: &Line, corner: usize| side(line, surface.corners[corner]) == if above(line) { -1 } else { 1 };
        let corners = 0..surface.corners.len();
        let cell: Vec<usize> = corners.filter(|corner| !surface.lines.iter().any(|line| opposite(line, *corner))).collect();
        let value = interpolate(&cell, &surface.corners, &prices, point);
        let worth = value.map_or(0.0, |value| (value - counted / whole).abs());
        let [below, above] = apart(line);
        (below.min(above) > 0.0 && worth > MET * greatest).then(|| {
            let beside = |above| Decision::Beside { surface: at, line, above };
            let (sides, distances) = nearer_first([(beside(true), below), (beside(false), above)]);
            Violation { choice: Choice::Surface(at, line), whole: false, worth, sides, distances }
        })
    }
}

/// Two sides by how far they are.
fn nearer_first([one, other]: [(Decision, f64); 2]) -> ([Decision; 2], [f64; 2]) {
    let [first, second] = if one.1 <= other.1 { [one, other] } else { [other, one] };
    ([first.0, second.0], [first.1, second.1])
}

/// The linear function through the corners of a cell, at a point.
fn interpolate(cell: &[usize], corners: &[[f64; 2]], prices: &[f64], point: [f64; 2]) -> Option<f64> {
    let first = *cell.first()?;
    let from = |to: [f64; 2]| [to[0] - corners[first][0], to[1] - corners[first][1]];
    let cross = |a: [f64; 2], b: [f64; 2]| a[0] * b[1] - a[1] * b[0];
    let dot = |a: [f64; 2], b: [f64; 2]| a[0] * b[0] + a[1] * b[1];
    let furthest = |measure: &dyn Fn([f64; 2]) -> f64| {
        cell.iter().copied().reduce(|most, next| if measure(from(corners[next])) > measure(from(corners[most])) { next } else { most })
    };
    let second = furthest(&|to| dot(to, to))?;
    let one = from(corners[second]);
    let third = furthest(&|to| cross(one, to).abs())?;
    let (two, to, length) = (from(corners[third]), from(point), dot(one, one));
    let rise = |corner: usize| prices[corner] - prices[first];
    let determinant = cross(one, two);
    let value = if determinant.abs() > INSIDE * length {
        (cross(to, two) * rise(second) + cross(one, to) * rise(third)) / determinant
    } else if length > 0.0 {
        dot(one, to) / length * rise(second)
    } else {
        0.0
    };
    Some(prices[first] + value)
}
