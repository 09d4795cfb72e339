//! Sizes, exclusions, orders and tax surfaces, by branch and bound.
//!
//! A node is a convex program: bounds of pieces, an interval for the size of each sized trade, and the corners of surfaces
//! that are left. Where its pieces break a choice, two nodes follow, on each side of which it holds (A. H. Land, A. G. Doig,
//! *An automatic method of solving discrete programming problems*, Econometrica 28, 1960). A fee counts in the share of its
//! greatest size that a trade makes, until the trade is made or not; the bound of a node lets each such trade be made for
//! the whole fee or left out. The first dives look for decisions; after them nodes of the lowest bound come first, and are split
//! by the choice that promises to raise the bound most.
//! Work is counted in multiply-adds, never in time, so that a search is the same on every run.

mod decision;
mod history;
mod sizes;
mod split;
mod tree;
mod violation;

use super::bound::lower_bound_within;
use super::check::LotsError;
use super::program::{Choices, Program};
use super::region::Region;
use super::relax::{End, Solver, snapped};
use history::History;
use tree::{Open, Tree};

/// Dives that look for decisions before the search goes by bounds.
const DIVES: usize = 4;

/// Nodes taken by their bounds after which another dive looks for decisions.
const BETWEEN_DIVES: usize = 16;

/// Part of the tolerance to which a node is solved.
const PRECISION: f64 = 0.02;

/// Nodes after the dives of which one is rounded.
const ROUNDED: usize = 8;

/// Makes decisions of pieces.
pub trait Rounding {
    /// The objective of a decision that can be made near these pieces, fees included, if one was found.
    fn round(&mut self, pieces: &[f64]) -> Option<f64>;

    /// Multiply-adds that a call takes.
    fn work(&self) -> f64 {
        0.0
    }
}

/// When a search ends at the latest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    /// Multiply-adds.
    pub work: f64,
    /// Gap that ends it, in units of the objective.
    pub tolerance: f64,
}

/// How a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The gap is closed, or no node is left.
    Proven,
    /// The work is spent.
    WorkSpent,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Searched {
    /// v of the node whose rounding was best, or of the root.
    pub pieces: Vec<f64>,
    /// The best objective of a decision.
    pub best: Option<f64>,
    /// No decision that holds all choices has a lower objective, fees included; infinite where there is none.
    pub bound: f64,
    /// The bound without branching.
    pub root_bound: f64,
    /// Nodes solved.
    pub nodes: usize,
    /// Matrices factored.
    pub factorizations: usize,
    /// Multiply-adds, estimated from shapes.
    pub work: f64,
    /// How it ended.
    pub ended: Ended,
    /// y of the root.
    pub prices: Vec<f64>,
}

impl Searched {
    /// This search and one of the same program before it, together.
    #[must_use]
    pub fn after(mut self, earlier: &Self) -> Self {
        self.bound = self.bound.max(earlier.bound);
        self.nodes += earlier.nodes;
        self.factorizations += earlier.factorizations;
        self.work += earlier.work;
        self
    }
}

/// Searches for the best decision that holds all choices.
///
/// | symbol | argument | shape | unit |
/// |---|---|---|---|
/// | program, choices | `program`, `choices` | | amounts in fractions of value, the objective in the same |
/// | | `rounding` | | makes decisions near pieces; called at most once a node |
/// | | `budget` | | multiply-adds, and a gap in units of the objective |
///
/// ```
/// use evenkeel_quant::linear::matrix::Matrix;
/// use evenkeel_quant::optimize::lots::branch::{Budget, Rounding, search};
/// use evenkeel_quant::optimize::lots::program::{Asset, Choices, Piece, Program, Sizes, Trade};
/// // Ten points too little of an asset, which is bought in lots of three points.
/// let buy = Trade { asset: Some(0), sign: 1.0, impact: 0.0, rows: Vec::new(), pieces: 0..1 };
/// let program = Program {
///     loadings: Matrix::zeros(0, 1),
///     assets: vec![Asset { specific: 2.0, active: -0.1 }],
///     trades: vec![buy],
///     pieces: vec![Piece { lower: 0.0, upper: 0.2, price: 0.0, rows: Vec::new() }],
///     rows: Vec::new(),
/// };
/// let choices = Choices { sizes: vec![Sizes { trade: 0, fee: 0.0, least: 0.0, step: 0.03 }], ..Choices::default() };
/// struct Nearest;
/// impl Rounding for Nearest {
///     fn round(&mut self, pieces: &[f64]) -> Option<f64> {
///         Some(((pieces[0] / 0.03).round() * 0.03 - 0.1).powi(2))
///     }
/// }
/// let found = search(&program, &choices, &mut Nearest, Budget { work: 1e6, tolerance: 1e-9 })?;
/// assert!((found.best.unwrap_or(1.0) - 0.0001).abs() < 1e-12);
/// assert!(found.bound > 0.0001 - 1e-8 && found.root_bound < 1e-8);
/// # Ok::<(), evenkeel_quant::optimize::lots::check::LotsError>(())
/// ```
///
/// # Errors
/// [`LotsError`] where shapes do not fit, a number is none, bounds cross, or no pieces satisfy all rows.
pub fn search(program: &Program, choices: &Choices, rounding: &mut dyn Rounding, budget: Budget) -> Result<Searched, LotsError> {
    program.check()?;
    program.check_choices(choices)?;
    let mut search = Search {
        program,
        choices,
        budget,
        solver: Solver::new(program),
        whole: Region::of(program),
        region: Region::of(program),
        tree: Tree::new(),
        history: History::default(),
        dives: 0,
        rounded: Vec::new(),
        roundings: 0.0,
        closed: f64::INFINITY,
        found: Searched {
            pieces: Vec::new(),
            best: None,
            bound: f64::NEG_INFINITY,
            root_bound: f64::NEG_INFINITY,
            nodes: 0,
            factorizations: 0,
            work: 0.0,
            ended: Ended::Proven,
            prices: Vec::new(),
        },
    };
    search.run(rounding)?;
    Ok(search.found)
}

struct Search<'a> {
    program: &'a Program,
    choices: &'a Choices,
    budget: Budget,
    solver: Solver<'a>,
    whole: Region,
    /// Of the node that is solved.
    region: Region,
    tree: Tree,
    history: History,
    /// Dives made.
    dives: usize,
    /// The pieces that were rounded last.
    rounded: Vec<f64>,
    /// Work of roundings.
    roundings: f64,
    /// Lowest bound of the nodes that are done without being split.
    closed: f64,
    found: Searched,
}

impl Search<'_> {
    fn run(&mut self, rounding: &mut dyn Rounding) -> Result<(), LotsError> {
        let mut dive: Option<Open> = None;
        let mut taken = 0_usize;
        loop {
            let goes_on = dive.is_some();
            let Some(open) = dive.take().or_else(|| self.tree.next()) else { break };
            if self.is_closed(open.bound) {
                self.closed = self.closed.min(open.bound);
                continue;
            }
            if self.found.work >= self.budget.work && self.found.nodes > 0 {
                self.tree.wait(open);
                self.found.ended = Ended::WorkSpent;
                break;
            }
            taken += usize::from(!goes_on);
            let children = self.visit(open, rounding)?;
            self.found.work = self.solver.work() + self.roundings;
            let mut children = children.into_iter().flatten();
            if goes_on || self.dives < DIVES || taken.is_multiple_of(BETWEEN_DIVES) {
                dive = children.next();
                self.dives += usize::from(dive.is_none());
            }
            children.for_each(|open| self.tree.wait(open));
        }
        self.found.bound = self.found.best.unwrap_or(f64::INFINITY).min(self.closed).min(self.tree.lowest());
        self.found.factorizations = self.solver.iterations;
        Ok(())
    }

    /// Whether a node with such a bound can not lead to a decision that is better by more than the tolerance.
    fn is_closed(&self, bound: f64) -> bool {
        self.found.best.is_some_and(|best| bound >= best - self.budget.tolerance)
    }

    /// Solves a node, rounds it, and splits it where a choice is broken.
    fn visit(&mut self, open: Open, rounding: &mut dyn Rounding) -> Result<[Option<Open>; 2], LotsError> {
        self.region.clone_from(&self.whole);
        let possible = self.tree.restrict(self.program, self.choices, open.node, None, &mut self.region);
        let root = self.found.nodes == 0;
        self.found.nodes += 1;
        let end = if possible { self.solve(PRECISION * self.budget.tolerance) } else { End::Infeasible };
        if end == End::Infeasible {
            return if root && possible { Err(LotsError::NoFeasiblePoint) } else { Ok([None; 2]) };
        }
        let bound = lower_bound_within(self.program, &self.region, self.solver.near(), self.solver.prices()).max(open.bound);
        let pieces = snapped(&self.region, self.solver.pieces());
        if root {
            (self.found.root_bound, self.found.prices) = (bound, self.solver.prices().to_vec());
            self.found.pieces.clone_from(&pieces);
        }
        if self.dives < DIVES || self.found.nodes.is_multiple_of(ROUNDED) {
            self.round(bound, &pieces, rounding);
        }
        // Pieces that miss rows tell nothing of choices: such a node stays as it is, with its bound.
        let broken = if self.is_closed(bound) || self.solver.is_far() { Vec::new() } else { self.broken(&pieces) };
        if broken.is_empty() {
            self.round(bound, &pieces, rounding);
            self.closed = self.closed.min(bound);
            return Ok([None; 2]);
        }
        Ok(self.split(open.node, bound, broken))
    }

    /// Solves what the region leaves open, as far as it matters.
    fn solve(&mut self, precision: f64) -> End {
        let cutoff = self.found.best.map_or(f64::INFINITY, |best| best - self.budget.tolerance - self.region.fees);
        let end = self.solver.solve(&self.region, cutoff, precision);
        if end == End::Stalled && self.solver.is_far() && self.solver.proves_infeasible(&self.region) {
            return End::Infeasible;
        }
        end
    }

    fn round(&mut self, bound: f64, pieces: &[f64], rounding: &mut dyn Rounding) {
        if self.is_closed(bound) || self.rounded == pieces {
            return;
        }
        self.rounded = pieces.to_vec();
        let decided = rounding.round(pieces);
        self.roundings += rounding.work();
        if let Some(objective) = decided.filter(|objective| self.found.best.is_none_or(|best| *objective < best)) {
            self.found.best = Some(objective);
            self.found.pieces = pieces.to_vec();
        }
    }
}
