//! S. Mehrotra's predictor and corrector (1992) on the condensed system.

use super::super::program::Program;
use super::super::region::Region;
use super::barrier::Side;
use super::elastic::elastic;
use super::layout::Layout;
use super::point::{Distance, Limit, Point};
use super::system::{Goal, Step, System};
use crate::linear::vector::add_scaled;

/// Gap that is small enough, as a fraction of the gross of the objective's terms.
const ENOUGH: f64 = 1e-9;

/// Miss of a row that is small enough, as a fraction of its gross.
const FEASIBLE: f64 = 1e-10;

/// Rows that are missed by up to this part of their size are rounding.
const MISSED: f64 = 1e-7;

/// Multiply-adds for each piece in a step: barriers, right sides, row entries.
const PER_PIECE: f64 = 60.0;

/// A contradiction above this part of its terms is proven.
const PROOF: f64 = 1e-9;

/// More steps than any program was seen to take, by a factor of three.
const STEPS: usize = 120;

/// Corrections of a step that would not get far, at most.
const CORRECTIONS: usize = 2;

/// A step of at least this part gets far enough.
const FAR_ENOUGH: f64 = 0.9;

/// How much further a correction tries to get.
const FURTHER: f64 = 0.3;

/// How much further it must get to be taken.
const GAINED: f64 = 0.03;

/// Share of the way to the boundary.
const TO_BOUNDARY: f64 = 0.995;

/// Products of slacks and multipliers that are 0 but for rounding.
const VANISHED: f64 = 1e-100;

/// Part of the gap that is small enough, below which products are not driven.
const SMALLEST: f64 = 1e-3;

/// Part of the objective's first terms below which they are as good as 0.
const VANISHING: f64 = 1e-6;

/// A step shorter than this part leads nowhere.
const STANDING: f64 = 1e-10;

/// How a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum End {
    /// At the optimum.
    Optimal,
    /// The bound reached the cutoff.
    Cut,
    /// No point is feasible.
    Infeasible,
    /// Neither.
    Stalled,
}

/// Room to solve programs of one shape.
#[derive(Debug, Clone)]
pub(in super::super) struct Solver<'a> {
    program: &'a Program,
    layout: Layout,
    system: System,
    point: Point,
    affine: Step,
    step: Step,
    slope: Vec<f64>,
    /// A value for each piece and each size.
    curvature: Vec<f64>,
    /// Steps taken so far.
    pub(in super::super) iterations: usize,
    work_per_step: f64,
    /// Gap that is small enough.
    enough: f64,
    best: Best,
    proof: Proof,
}

/// The point that missed least.
#[derive(Debug, Clone)]
struct Best {
    pieces: Vec<f64>,
    /// The larger of gap and missed rows, in parts of what is small enough.
    miss: f64,
    residual: f64,
}

/// Where the bound was highest.
#[derive(Debug, Clone)]
struct Proof {
    pieces: Vec<f64>,
    prices: Vec<f64>,
    bound: f64,
}

impl<'a> Solver<'a> {
    /// For a program that was checked.
    pub(in super::super) fn new(program: &'a Program) -> Self {
        let layout = Layout::of(program);
        Self {
            program,
            system: System::new(program, &layout),
            layout,
            point: Point::new(program),
            affine: Step::zeros(program),
            step: Step::zeros(program),
            slope: vec![0.0; program.pieces.len()],
            curvature: vec![0.0; program.pieces.len() + program.trades.len()],
            enough: 0.0,
            best: Best { pieces: vec![0.0; program.pieces.len()], miss: f64::INFINITY, residual: f64::INFINITY },
            proof: Proof { pieces: vec![0.0; program.pieces.len()], prices: vec![0.0; program.rows.len()], bound: f64::NEG_INFINITY },
            iterations: 0,
            work_per_step: work_per_step(program),
        }
    }

    /// v of the last search.
    pub(in super::super) fn pieces(&self) -> &[f64] {
        &self.best.pieces
    }

    /// v where the bound was highest.
    pub(in super::super) fn near(&self) -> &[f64] {
        &self.proof.pieces
    }

    /// y where the bound was highest.
    pub(in super::super) fn prices(&self) -> &[f64] {
        &self.proof.prices
    }

    /// Largest miss of a row at the end of the last search, as a fraction of its size.
    pub(in super::super) fn residual(&self) -> f64 {
        self.best.residual
    }

    /// Whether rows are missed by more than rounding.
    pub(in super::super) fn is_far(&self) -> bool {
        self.best.residual > MISSED
    }

    /// Multiply-adds so far, from shapes alone.
    #[expect(clippy::cast_precision_loss, reason = "steps are far fewer than 2⁵³")]
    pub(in super::super) fn work(&self) -> f64 {
        self.work_per_step * self.iterations as f64
    }

    /// Searches a region until the optimum is known, or known to be at least the cutoff.
    pub(in super::super) fn solve(&mut self, region: &Region, cutoff: f64, precision: f64) -> End {
        if !self.point.begin(self.program, region) || self.rows_contradict() {
            return End::Infeasible;
        }
        let mut first = 0.0;
        (self.best.miss, self.proof.bound) = (f64::INFINITY, f64::NEG_INFINITY);
        for taken in 0..STEPS {
            let distance = self.point.measure(self.program, &self.layout, region);
            if taken == 0 {
                self.point.begin_multipliers();
                first = distance.gross;
            }
            // Where all terms vanish at the optimum, what they were at first tells what is small.
            self.enough = precision.max(ENOUGH * distance.gross.max(VANISHING * first));
            self.remember(distance);
            if distance.bound >= cutoff {
                return End::Cut;
            }
            if self.best.miss <= 1.0 {
                return End::Optimal;
            }
            if distance.residual > FEASIBLE && taken > 3 && self.prices_contradict() {
                return End::Infeasible;
            }
            self.iterations += 1;
            if !self.improve() {
                break;
            }
        }
        End::Stalled
    }

    /// Keeps the point if it is the best so far, and its prices if they prove most.
    fn remember(&mut self, distance: Distance) {
        let gap = distance.objective - distance.bound;
        let miss = (distance.residual / FEASIBLE).max(gap / self.enough);
        if miss < self.best.miss || self.best.miss.is_infinite() {
            self.best.pieces.copy_from_slice(&self.point.values[..self.program.pieces.len()]);
            (self.best.miss, self.best.residual) = (miss, distance.residual);
        }
        if distance.bound > self.proof.bound || self.proof.bound.is_infinite() {
            self.proof.pieces.copy_from_slice(&self.point.values[..self.program.pieces.len()]);
            self.proof.prices.copy_from_slice(&self.point.prices);
            self.proof.bound = distance.bound;
        }
    }

    /// Whether, after a stall, no point is feasible: rows can then not be met even where nothing else is asked for.
    pub(in super::super) fn proves_infeasible(&mut self, region: &Region) -> bool {
        let mut middle = Point::new(self.program);
        middle.begin(self.program, region);
        middle.measure(self.program, &self.layout, region);
        let (program, region) = elastic(self.program, region, &middle.missed);
        let mut solver = Solver::new(&program);
        let end = solver.solve(&region, PROOF, PROOF);
        self.iterations += solver.iterations;
        end == End::Cut || end == End::Infeasible
    }

    /// One step; false where it leads nowhere.
    fn improve(&mut self) -> bool {
        self.point.sides.iter_mut().for_each(Side::refresh);
        let (count, products) = (self.count(), self.products_after(&self.step, (0.0, 0.0)));
        if products <= VANISHED {
            return false;
        }
        self.set_system();
        self.system.factor(self.program, &self.layout);
        self.set_slope();
        let goal = Goal { slope: &self.slope, missed: &self.point.missed };
        self.system.solve(self.program, &self.layout, &goal, &mut self.affine);
        let affine = self.reach(&self.affine);
        let after = self.products_after(&self.affine, affine);
        // Products much smaller than what is small enough are noise.
        let target = (products / count * (after / products).powi(3).min(1.0)).max(SMALLEST * self.enough / count);
        for side in &mut self.point.sides {
            side.aim(target, &self.affine.values);
        }
        self.set_slope();
        let goal = Goal { slope: &self.slope, missed: &self.point.missed };
        self.system.solve(self.program, &self.layout, &goal, &mut self.step);
        let reach = self.correct(target);
        let shares = ((TO_BOUNDARY * reach.0).min(1.0), (TO_BOUNDARY * reach.1).min(1.0));
        let finite = self.step.values.iter().chain(&self.step.prices).all(|change| change.is_finite());
        let sound = finite && shares.0.max(shares.1) > STANDING;
        if sound {
            self.advance(shares);
        }
        sound
    }

    /// Corrects a step that would not get far towards products that are alike (J. Gondzio, *Multiple centrality corrections
    /// in a primal-dual method for linear programming*, 1996); how far it then reaches.
    fn correct(&mut self, target: f64) -> (f64, f64) {
        let mut reach = self.reach(&self.step);
        for _ in 0..CORRECTIONS {
            if reach.0.min(reach.1) > FAR_ENOUGH {
                break;
            }
            let further = ((reach.0 + FURTHER).min(1.0), (reach.1 + FURTHER).min(1.0));
            for side in &mut self.point.sides {
                side.aim_nearer(target, &self.step.values, further);
            }
            self.set_slope();
            let goal = Goal { slope: &self.slope, missed: &self.point.missed };
            self.system.solve(self.program, &self.layout, &goal, &mut self.affine);
            let corrected = self.reach(&self.affine);
            if corrected.0 + corrected.1 < reach.0 + reach.1 + GAINED {
                self.point.sides.iter_mut().for_each(Side::aim_as_before);
                break;
            }
            std::mem::swap(&mut self.step, &mut self.affine);
            reach = corrected;
        }
        reach
    }

    /// Number of pairs of slack and multiplier.
    #[expect(clippy::cast_precision_loss, reason = "exact up to 2⁵³, and memory holds fewer")]
    fn count(&self) -> f64 {
        self.point.sides.iter().map(Side::count).sum::<usize>() as f64
    }

    /// Σ slack × multiplier after parts of a step.
    fn products_after(&self, step: &Step, shares: (f64, f64)) -> f64 {
        self.point.sides.iter().map(|side| side.products_after(&step.values, shares)).sum()
    }

    /// Flexibilities of pieces and curvatures of trades.
    fn set_system(&mut self) {
        let (point, system) = (&self.point, &mut self.system);
        self.curvature.fill(0.0);
        for side in &point.sides {
            side.add_curvature(&mut self.curvature);
        }
        let (pieces, sizes) = self.curvature.split_at(point.pieces());
        for (flexibility, curvature) in system.flexibility.iter_mut().zip(pieces) {
            *flexibility = if *curvature > 0.0 { 1.0 / curvature } else { 0.0 };
        }
        for (at, trade) in self.program.trades.iter().enumerate() {
            let size = point.values[point.pieces() + at];
            let impact = if trade.impact > 0.0 && size > 0.0 { 0.75 * trade.impact / size.sqrt() } else { 0.0 };
            system.curvature[at] = if point.limits[at] == Limit::Given { f64::INFINITY } else { impact + sizes[at] };
        }
    }

    /// ρ: down the slope, towards the aims.
    fn set_slope(&mut self) {
        let (point, count) = (&self.point, self.program.pieces.len());
        self.curvature.fill(0.0);
        for side in &point.sides {
            side.add_aims(&mut self.curvature);
        }
        for (at, trade) in self.program.trades.iter().enumerate() {
            let common = point.given[at] + self.curvature[count + at];
            for piece in trade.pieces.clone() {
                self.slope[piece] = common + self.curvature[piece] - point.slopes[piece];
            }
        }
    }

    /// The largest parts of a step, up to the whole, at which slacks and multipliers stay above 0.
    fn reach(&self, step: &Step) -> (f64, f64) {
        let [lower, upper] = [0, 1].map(|side: usize| self.point.sides[side].inverse_reach(&step.values));
        (1.0 / lower.0.max(upper.0).max(1.0), 1.0 / lower.1.max(upper.1).max(1.0))
    }

    fn advance(&mut self, shares: (f64, f64)) {
        let (point, step) = (&mut self.point, &self.step);
        for side in &mut point.sides {
            side.advance(&step.values, shares);
        }
        add_scaled(&mut point.values, shares.0, &step.values);
        add_scaled(&mut point.prices, shares.1, &step.prices);
        add_scaled(&mut point.given, shares.1, &step.given);
    }

    /// What rows can sum up; whether a row alone can not reach its value.
    fn rows_contradict(&mut self) -> bool {
        let rows = self.program.rows.len();
        let (mut least, mut most) = (vec![0.0; rows], vec![0.0; rows]);
        let mut gross: Vec<f64> = self.program.rows.iter().map(|row| row.abs()).collect();
        let mut add = |row: usize, count: f64, lower: f64, upper: f64| {
            let (a, b) = (count * lower, count * upper);
            least[row] += a.min(b);
            most[row] += a.max(b);
            gross[row] += a.abs().max(b.abs());
        };
        for (at, trade) in self.program.trades.iter().enumerate() {
            let given = self.point.values[self.program.pieces.len() + at];
            let mut size = (0.0, 0.0);
            for piece in trade.pieces.clone() {
                let (lower, upper) = (self.point.lower[piece], self.point.upper[piece]);
                size = (size.0 + lower, size.1 + upper);
                self.layout.piece_rows.list(piece).iter().for_each(|entry| add(entry.row, entry.count, lower, upper));
            }
            match self.point.limits[at] {
                Limit::Open => {}
                Limit::Given => size = (given, given),
                Limit::Between(limit) => size = (size.0.max(limit.lower), size.1.min(limit.upper)),
            }
            self.layout.trade_rows.list(at).iter().for_each(|entry| add(entry.row, entry.count, size.0, size.1));
        }
        self.point.gross.copy_from_slice(&gross);
        (0..rows).any(|row| {
            let (wanted, rounding) = (self.program.rows[row], PROOF * gross[row]);
            wanted < least[row] - rounding || wanted > most[row] + rounding
        })
    }

    /// Whether the prices of rows prove that no point satisfies them: yᵀA v stays below yᵀr (J. Farkas, 1902).
    fn prices_contradict(&self) -> bool {
        let point = &self.point;
        let wanted: f64 = point.prices.iter().zip(&self.program.rows).map(|(price, row)| price * row).sum();
        let (mut most, mut gross) = (0.0, wanted.abs());
        for (at, trade) in self.program.trades.iter().enumerate() {
            let limit = point.price_of_limit(at);
            let common = limit + self.layout.trade_rows.dot(at, &point.prices);
            for piece in trade.pieces.clone() {
                let reach = common + self.layout.piece_rows.dot(piece, &point.prices);
                let (a, b) = (reach * point.lower[piece], reach * point.upper[piece]);
                most += a.max(b);
                gross += a.abs().max(b.abs());
            }
            let of_limit = match point.limits[at] {
                Limit::Open => 0.0,
                Limit::Given => limit * point.values[point.pieces() + at],
                Limit::Between(size) => {
                    if limit > 0.0 {
                        limit * size.lower
                    } else {
                        limit * size.upper
                    }
                }
            };
            most -= of_limit;
            gross += of_limit.abs();
        }
        most < wanted - PROOF * gross
    }
}

/// Multiply-adds of a step: the condensed matrix, its factor, and what is done for each loading and each piece.
#[expect(clippy::cast_precision_loss, reason = "exact up to 2⁵³, and memory holds fewer")]
fn work_per_step(program: &Program) -> f64 {
    let (assets, factors, rows) = (program.assets.len() as f64, program.factors() as f64, program.rows.len() as f64);
    let matrix = assets * factors * (0.5 * factors + 10.0) + (factors + rows).powi(3) / 6.0;
    matrix + PER_PIECE * (program.pieces.len() + program.trades.len()) as f64
}
