//! Weights that must choose: a position or none, a trade or none, at most so many, fixed costs.
//!
//! ```text
//! minimize    the objective of a program + the price of the interval that each weight chooses
//! subject to  the region of the program, every weight in one of its intervals, at most K that count
//! ```
//!
//! Best-first branch and bound (A. H. Land, A. G. Doig, *An Automatic Method of Solving Discrete Programming
//! Problems*, 1960) over any convex backend. Below a branch stands a convex relaxation (module
//! `relaxation`), whose bound is the certificate's and not the backend's word. Incumbents come from rounding
//! every relaxation to its nearest intervals and solving for the weights again. The work is bounded by a
//! number of nodes, so that a replay does the same, and what is not proven is told as a gap.

mod choices;
mod relaxation;

use std::cmp::Ordering;
use std::collections::{BTreeSet, BinaryHeap};

use super::certify::{Certificate, NEAR, certify, implied_bounds};
use super::check::ProgramError;
use super::program::Program;
use super::solution::{Solution, Status};
pub use choices::{Choices, Mode};
use relaxation::{Allowed, Relaxation};

/// Violations up to this part of a limit's size are rounding.
const FEASIBLE: f64 = 1e-7;

/// Parts of the diagonal that are tried for the perspective relaxation.
const PARTS: [f64; 3] = [0.0, 0.5, 1.0];

/// When a search ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    /// Relaxations to solve at most.
    pub nodes: usize,
    /// The gap, as a part of the objective, that counts as none.
    pub gap: f64,
}

impl Default for Budget {
    /// Ten thousand relaxations, and a gap of a ten-millionth.
    fn default() -> Self {
        Self { nodes: 10_000, gap: 1e-7 }
    }
}

/// The best weights found, and how good they are.
#[derive(Debug, Clone, PartialEq)]
pub struct IntegerSolution {
    /// [`Status::Optimal`] within the gap of the budget, [`Status::WorkSpent`] where the search ended before,
    /// and [`Status::Infeasible`] where nothing is left that could be chosen.
    pub status: Status,
    /// x, n; empty where none were found.
    pub weights: Vec<f64>,
    /// The objective with the prices of what is chosen; infinite where no weights were found.
    pub objective: f64,
    /// No allowed weights have a lower objective.
    pub lower_bound: f64,
    /// Relaxations solved.
    pub nodes: usize,
}

impl IntegerSolution {
    /// What the objective may be above the optimum, as a part of the objective.
    pub fn gap(&self) -> f64 {
        let gap = (self.objective - self.lower_bound).max(0.0);
        if gap == 0.0 { 0.0 } else { gap / self.objective.abs() }
    }
}

/// Why there was no search.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum IntegerError {
    /// The program has no answer.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// Choices for another number of assets.
    #[error("the program has {assets} assets and the choices {choices}; give one for each")]
    Shape {
        /// Assets of the program.
        assets: usize,
        /// Assets of the choices.
        choices: usize,
    },
}

/// The least of a convex program below a branch, and the proof.
#[derive(Debug, Clone, PartialEq)]
pub struct Bounded {
    /// Whether no weights satisfy every limit, proven.
    pub infeasible: bool,
    /// Whether the weights satisfy every limit.
    pub feasible: bool,
    /// x, n.
    pub weights: Vec<f64>,
    /// No feasible point has a lower objective; −∞ where that is not proven.
    pub lower_bound: f64,
}

impl Bounded {
    /// What the certificate says of a solution.
    pub(crate) fn of(solution: Solution, certificate: &Certificate) -> Self {
        let claimed = solution.status == Status::Infeasible;
        Self {
            infeasible: claimed && certificate.is_infeasible(0.0),
            feasible: !claimed && certificate.is_feasible(FEASIBLE),
            weights: solution.weights,
            lower_bound: if claimed || certificate.lower_bound.is_nan() { f64::NEG_INFINITY } else { certificate.lower_bound },
        }
    }
}

/// What solves the convex programs below branches, and says what is minimized over them.
pub trait Relaxed {
    /// Why it may not.
    type Error: From<IntegerError>;

    /// The least of a program.
    ///
    /// # Errors
    /// What the method refuses.
    fn least(&mut self, program: &Program) -> Result<Bounded, Self::Error>;

    /// The objective at some weights.
    fn objective(&self, program: &Program, weights: &[f64]) -> f64;
}

/// A backend for programs, held against the certificate.
struct Certified<'a>(&'a mut dyn FnMut(&Program) -> Result<Solution, ProgramError>);

impl Relaxed for Certified<'_> {
    type Error = IntegerError;

    fn least(&mut self, program: &Program) -> Result<Bounded, IntegerError> {
        let solution = (self.0)(program)?;
        let certificate = certify(program, &solution);
        Ok(Bounded::of(solution, &certificate))
    }

    fn objective(&self, program: &Program, weights: &[f64]) -> f64 {
        program.objective(weights)
    }
}

/// Solves a program with choices over a convex backend.
///
/// ```
/// use evenkeel_quant::estimate::covariance::Covariance;
/// use evenkeel_quant::optimize::conic;
/// use evenkeel_quant::optimize::integer::{Budget, Choices, solve};
/// use evenkeel_quant::optimize::program::{Program, Region};
/// let covariance = Covariance::from_volatilities(&[0.2, 0.1, 0.3], &[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0])?;
/// let program = Program::minimum_variance(covariance, Region::long_only(3));
/// let found = solve(&program, &Choices::free(3).at_most(2), Budget::default(), &mut |program| conic::solve(program))?;
/// assert!((found.weights[0] - 0.2).abs() < 1e-6 && found.weights[2] == 0.0 && found.gap() <= 1e-7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`IntegerError`]: shapes that do not fit, or what the backend refuses.
pub fn solve(
    program: &Program,
    choices: &Choices,
    budget: Budget,
    backend: &mut dyn FnMut(&Program) -> Result<Solution, ProgramError>,
) -> Result<IntegerSolution, IntegerError> {
    solve_over(program, choices, budget, &mut Certified(backend))
}

/// As [`solve`], over anything that solves the convex programs below branches, as a measure of scenarios.
///
/// ```
/// use evenkeel_quant::optimize::integer::{Bounded, Budget, Choices, IntegerError, Relaxed, solve_over};
/// use evenkeel_quant::optimize::program::{Program, Region};
/// # use evenkeel_quant::estimate::covariance::Covariance;
/// # use evenkeel_quant::optimize::conic;
/// /// The greatest return, which a linear program finds.
/// struct Return;
/// impl Relaxed for Return {
///     type Error = IntegerError;
///     fn least(&mut self, program: &Program) -> Result<Bounded, IntegerError> {
///         let found = conic::solve(program)?;
///         let lower_bound = program.objective(&found.weights) - 1e-9;
///         Ok(Bounded { infeasible: false, feasible: true, weights: found.weights, lower_bound })
///     }
///     fn objective(&self, program: &Program, weights: &[f64]) -> f64 {
///         program.objective(weights)
///     }
/// }
/// let covariance = Covariance::from_volatilities(&[0.2, 0.1, 0.3], &[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0])?;
/// let mut program = Program { quadratic: None, ..Program::minimum_variance(covariance, Region::long_only(3)) };
/// (program.linear, program.region.upper) = (vec![-0.05, -0.03, -0.04], vec![0.6; 3]);
/// let found = solve_over(&program, &Choices::free(3).at_most(2), Budget::default(), &mut Return)?;
/// assert!((found.weights[0] - 0.6).abs() < 1e-6 && found.weights[1] == 0.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Shapes that do not fit, or what `relaxed` refuses.
pub fn solve_over<R: Relaxed>(program: &Program, choices: &Choices, budget: Budget, relaxed: &mut R) -> Result<IntegerSolution, R::Error> {
    program.check().map_err(IntegerError::from)?;
    if choices.size() != program.size() {
        return Err(IntegerError::Shape { assets: program.size(), choices: choices.size() }.into());
    }
    // Hulls need both ends of every interval.
    let mut region = program.region.clone();
    (region.lower, region.upper) = implied_bounds(&region).into_iter().unzip();
    let program = &program.over(region);
    let modes = choices.within(&program.region);
    let relaxation = Relaxation::new(program, &modes, choices.most);
    let mut search = Search {
        relaxation,
        budget,
        relaxed,
        best: None,
        nodes: 0,
        tried: BTreeSet::new(),
        open: BinaryHeap::new(),
        settled: f64::INFINITY,
    };
    search.run()?;
    Ok(search.answer())
}

/// A branch whose relaxation is solved.
struct Node {
    bound: f64,
    /// Among equal bounds the newest first, which goes deep.
    age: usize,
    allowed: Allowed,
    weights: Vec<f64>,
}

struct Search<'a, R> {
    relaxation: Relaxation<'a>,
    budget: Budget,
    relaxed: &'a mut R,
    /// The best weights so far, with their objective.
    best: Option<(f64, Vec<f64>)>,
    nodes: usize,
    /// Choices that were rounded to before.
    tried: BTreeSet<Allowed>,
    open: BinaryHeap<Node>,
    /// The lowest bound of branches that are done with.
    settled: f64,
}

impl<R: Relaxed> Search<'_, R> {
    fn run(&mut self) -> Result<(), R::Error> {
        let modes = self.relaxation.modes;
        if modes.iter().any(Vec::is_empty) {
            return Ok(());
        }
        let root: Allowed = modes.iter().map(|modes| (0, modes.len() - 1)).collect();
        self.choose_part(&root)?;
        self.visit(root, f64::NEG_INFINITY)?;
        while let Some(node) = self.open.pop() {
            if self.nodes >= self.budget.nodes || self.is_closed(node.bound) {
                // Best first: what is left is no better.
                self.open.push(node);
                break;
            }
            for child in self.branch(&node) {
                self.visit(child, node.bound)?;
            }
        }
        Ok(())
    }

    /// Takes the part of the diagonal that gives the highest bound at the root.
    fn choose_part(&mut self, root: &Allowed) -> Result<(), R::Error> {
        if !self.relaxation.has_perspective() {
            return Ok(());
        }
        let mut best = (f64::NEG_INFINITY, 0.0);
        for part in PARTS {
            self.relaxation.part = part;
            let relaxed = self.relaxation.of(root);
            let bound = self.relaxed.least(&relaxed.program)?.lower_bound;
            self.nodes += 1;
            if bound > best.0 {
                best = (bound, part);
            }
        }
        self.relaxation.part = best.1;
        Ok(())
    }

    /// Whether a bound is within the gap of what is found already.
    fn is_closed(&self, bound: f64) -> bool {
        self.best.as_ref().is_some_and(|(objective, _)| bound >= objective - self.budget.gap * objective.abs())
    }

    /// Solves the relaxation of a branch, rounds it, and keeps what is worth going on with.
    fn visit(&mut self, allowed: Allowed, parent: f64) -> Result<(), R::Error> {
        let Some(allowed) = self.relaxation.settle(allowed) else { return Ok(()) };
        let relaxed = self.relaxation.of(&allowed);
        let found = self.relaxed.least(&relaxed.program)?;
        self.nodes += 1;
        if found.infeasible {
            return Ok(());
        }
        let bound = (found.lower_bound + relaxed.constant).max(parent);
        if found.feasible {
            self.offer(&found.weights);
            self.round(&found.weights, &allowed)?;
        }
        // Where nothing is left to choose, the relaxation was the program itself.
        if self.is_closed(bound) || allowed.iter().all(|(first, last)| first == last) {
            self.settled = self.settled.min(bound);
        } else {
            self.open.push(Node { bound, age: self.nodes, allowed, weights: found.weights });
        }
        Ok(())
    }

    /// Takes weights that the choices allow, where they are the best so far.
    fn offer(&mut self, weights: &[f64]) {
        let program = self.relaxation.program;
        let near = NEAR * weights.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        let (mut prices, mut counted) = (0.0, 0);
        for (x, modes) in weights.iter().zip(self.relaxation.modes) {
            let chosen =
                modes.iter().filter(|mode| mode.holds(*x, near)).min_by(|a, b| a.counts.cmp(&b.counts).then(a.cost.total_cmp(&b.cost)));
            let Some(chosen) = chosen else { return };
            prices += chosen.cost;
            counted += usize::from(chosen.counts);
        }
        if self.relaxation.most.is_some_and(|most| counted > most) {
            return;
        }
        let objective = self.relaxed.objective(program, weights) + prices;
        if self.best.as_ref().is_none_or(|(best, _)| objective < *best) {
            self.best = Some((objective, weights.to_vec()));
        }
    }

    /// Solves again with every weight held to the interval nearest to it, and the largest counted first.
    fn round(&mut self, weights: &[f64], allowed: &Allowed) -> Result<(), R::Error> {
        let modes = self.relaxation.modes;
        let nearest = |asset: usize, x: f64, counts: Option<bool>| {
            let (first, last) = allowed[asset];
            let candidates = (first..=last).filter(|mode| counts.is_none_or(|counts| modes[asset][*mode].counts == counts));
            let distance = |mode: usize| (modes[asset][mode].lower - x).max(x - modes[asset][mode].upper).max(0.0);
            candidates.min_by(|a, b| distance(*a).total_cmp(&distance(*b)).then(modes[asset][*a].cost.total_cmp(&modes[asset][*b].cost)))
        };
        let mut order: Vec<usize> = (0..weights.len()).collect();
        order.sort_by(|a, b| weights[*b].abs().total_cmp(&weights[*a].abs()).then(a.cmp(b)));
        let mut left = self.relaxation.most;
        let mut fixed = allowed.clone();
        for asset in order {
            let counts = left.map(|left| left > 0);
            let Some(mode) = nearest(asset, weights[asset], counts).or_else(|| nearest(asset, weights[asset], None)) else { return Ok(()) };
            fixed[asset] = (mode, mode);
            if modes[asset][mode].counts {
                left = left.map(|left| left.saturating_sub(1));
            }
        }
        if !self.tried.insert(fixed.clone()) || self.relaxation.settle(fixed.clone()).is_none() {
            return Ok(());
        }
        let relaxed = self.relaxation.of(&fixed);
        let found = self.relaxed.least(&relaxed.program)?;
        if found.feasible {
            self.offer(&found.weights);
        }
        Ok(())
    }

    /// Two branches: what lies on either side of the weight furthest from a choice.
    fn branch(&self, node: &Node) -> Vec<Allowed> {
        let modes = self.relaxation.modes;
        let open = (0..node.allowed.len()).filter(|asset| node.allowed[*asset].0 < node.allowed[*asset].1);
        // The distance to the nearest interval first, then the size of what is undecided.
        let rank = |asset: usize| {
            let (first, last) = node.allowed[asset];
            let x = node.weights[asset];
            let gap =
                modes[asset][first..=last].iter().map(|mode| (mode.lower - x).max(x - mode.upper).max(0.0)).fold(f64::INFINITY, f64::min);
            (gap, x.abs())
        };
        let chosen = open.max_by(|a, b| {
            let (a_rank, b_rank) = (rank(*a), rank(*b));
            a_rank.0.total_cmp(&b_rank.0).then(a_rank.1.total_cmp(&b_rank.1)).then(b.cmp(a))
        });
        let Some(asset) = chosen else { return Vec::new() };
        let (first, last) = node.allowed[asset];
        let x = node.weights[asset];
        // The last interval that does not begin beyond x ends the left branch, unless x lies within it.
        let at = (first..=last).rev().find(|mode| modes[asset][*mode].lower <= x).unwrap_or(first);
        let split = if at == last || (at > first && modes[asset][at].upper >= x) { at.max(first + 1) } else { at + 1 };
        let side = |range: (usize, usize)| {
            let mut allowed = node.allowed.clone();
            allowed[asset] = range;
            allowed
        };
        vec![side((first, split - 1)), side((split, last))]
    }

    fn answer(self) -> IntegerSolution {
        let left = self.open.iter().map(|node| node.bound).fold(self.settled, f64::min);
        let (objective, weights) = self.best.unwrap_or((f64::INFINITY, Vec::new()));
        let lower_bound = left.min(objective);
        let mut found = IntegerSolution { status: Status::Optimal, weights, objective, lower_bound, nodes: self.nodes };
        if found.weights.is_empty() {
            found.status = if left.is_finite() || left < 0.0 { Status::WorkSpent } else { Status::Infeasible };
        } else if found.gap() > self.budget.gap {
            found.status = Status::WorkSpent;
        }
        found
    }
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Node {}

impl PartialOrd for Node {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Node {
    fn cmp(&self, other: &Self) -> Ordering {
        // The heap gives its greatest: the lowest bound.
        other.bound.total_cmp(&self.bound).then(self.age.cmp(&other.age))
    }
}
