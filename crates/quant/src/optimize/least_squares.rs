//! Bounded entries whose combinations come nearest to what is wanted.
//!
//! minimize ‖E x − t‖² subject to l ≤ x ≤ u and, where a total is given, Σx = s; among equals the
//! one nearest to x₀
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | E | `exposure` | m × n, row by row | fraction of a column that counts toward a row |
//! | t | `wanted` | m | any one unit |
//! | l, u | `lower`, `upper` | n | that unit; may be infinite |
//! | x₀ | `start` | n | that unit |
//! | s | `total` | 1 | that unit |
//! | x | `solution` | n | that unit |
//!
//! Rows are classes and columns composed funds, say. Equals arise where funds can stand in for one
//! another. The nearest of them is the limit, as ε falls to 0, of the minimizer of
//! ‖E x − t‖² + ε ‖x − x₀‖² (A. N. Tikhonov, 1963), so a primal active-set method (J. Nocedal,
//! S. J. Wright, *Numerical Optimization*, 2nd ed. 2006, algorithm 16.3) solves that for a small ε,
//! which is strictly convex, and finds which entries are at a bound; the others are then solved for
//! without ε by the shortest least-squares step from x₀.

use super::dense::{shortest_least_squares, solve_positive_definite};
use super::projection::{Infeasible, Scratch, project_onto_bounded_simplex};

/// ε, as a fraction of the largest squared length of a column of E.
const REGULARIZATION: f64 = 1e-8;

/// Relative size of a multiplier that is rounding: far above 2⁻⁵³, far below ε.
const NOISE: f64 = 1e-14;

/// Optimality conditions met to this fraction of the problem's size count as met.
const TOLERANCE: f64 = 1e-10;

/// Optimality conditions missed by more than this fraction of the problem's size are no solution.
const UNFINISHED: f64 = 1e-6;

/// What is to be solved.
#[derive(Debug, Clone, Copy)]
pub struct Problem<'a> {
    /// E, row by row.
    pub exposure: &'a [f64],
    /// t.
    pub wanted: &'a [f64],
    /// l.
    pub lower: &'a [f64],
    /// u.
    pub upper: &'a [f64],
    /// x₀.
    pub start: &'a [f64],
    /// s, where the entries have a given sum.
    pub total: Option<f64>,
}

/// A solution, with what certifies it.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    /// x.
    pub solution: Vec<f64>,
    /// E x − t, by row; all zero where what is wanted can be had exactly.
    pub residual: Vec<f64>,
    /// ‖E x − t‖.
    pub residual_norm: f64,
    /// Largest violation of the optimality conditions of Karush, Kuhn and Tucker, as a fraction of
    /// the size of E and t.
    pub kkt_residual: f64,
}

/// Why there is no solution.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum LeastSquaresError {
    /// E has not as many entries as wanted rows × entries, or bounds have other lengths than the start.
    #[error("{rows} rows and {columns} columns need {} exposures, and {found} are given", rows * columns)]
    Shape {
        /// Number of rows.
        rows: usize,
        /// Number of columns.
        columns: usize,
        /// Exposures given.
        found: usize,
    },
    /// An exposure or a wanted value that is not finite.
    #[error("row {row} of the problem is not a number")]
    NotANumber {
        /// The row.
        row: usize,
    },
    /// The bounds and the total leave no point.
    #[error(transparent)]
    Infeasible(#[from] Infeasible),
    /// The method did not come to an end within its limit of steps, near enough to a solution.
    #[error("no solution was found: the optimality conditions are missed by {kkt_residual:e} of the problem's size")]
    Unfinished {
        /// As [`Solution::kkt_residual`].
        kkt_residual: f64,
    },
}

/// Solves a bounded least-squares problem.
///
/// ```
/// use evenkeel_quant::optimize::least_squares::{Problem, solve};
/// // Two funds over two classes: nine tenths of the one and one tenth of the other, and the reverse.
/// let exposure = [0.9, 0.1, 0.1, 0.9];
/// let free = [f64::INFINITY; 2];
/// let problem = Problem { exposure: &exposure, wanted: &[1000.0, 2000.0], lower: &free.map(|u| -u), upper: &free, start: &[0.0; 2], total: None };
/// let buys = solve(&problem)?.solution;
/// assert!((buys[0] - 875.0).abs() < 1e-9 && (buys[1] - 2125.0).abs() < 1e-9);
/// # Ok::<(), evenkeel_quant::optimize::least_squares::LeastSquaresError>(())
/// ```
///
/// # Errors
/// [`LeastSquaresError`]: no point is feasible, an input is not a number, or shapes differ.
pub fn solve(problem: &Problem<'_>) -> Result<Solution, LeastSquaresError> {
    let (rows, columns, found) = (problem.wanted.len(), problem.start.len(), problem.exposure.len());
    if found != rows * columns || problem.lower.len() != columns || problem.upper.len() != columns {
        return Err(LeastSquaresError::Shape { rows, columns, found });
    }
    let finite = |row: &usize| (0..columns).all(|j| problem.exposure[row * columns + j].is_finite()) && problem.wanted[*row].is_finite();
    if let Some(row) = (0..rows).find(|row| !finite(row)) {
        return Err(LeastSquaresError::NotANumber { row });
    }
    let feasible = problem.nearest_feasible()?;
    let regularized = ActiveSet::new(problem, feasible).run();
    let polished = problem.polish(&regularized);
    let (of_regularized, of_polished) = (problem.kkt_residual(&regularized), problem.kkt_residual(&polished));
    let (solution, kkt_residual) =
        if of_polished <= of_regularized.max(TOLERANCE) { (polished, of_polished) } else { (regularized, of_regularized) };
    if kkt_residual > UNFINISHED {
        return Err(LeastSquaresError::Unfinished { kkt_residual });
    }
    let residual = problem.residual(&solution);
    let residual_norm = residual.iter().map(|entry| entry * entry).sum::<f64>().sqrt();
    Ok(Solution { solution, residual, residual_norm, kkt_residual })
}

impl Problem<'_> {
    fn columns(&self) -> usize {
        self.start.len()
    }

    fn row(&self, row: usize) -> &[f64] {
        &self.exposure[row * self.columns()..(row + 1) * self.columns()]
    }

    /// E x − t.
    fn residual(&self, x: &[f64]) -> Vec<f64> {
        let product = |row: usize| self.row(row).iter().zip(x).map(|(e, x)| e * x).sum::<f64>();
        self.wanted.iter().enumerate().map(|(row, wanted)| product(row) - wanted).collect()
    }

    /// Eᵀ(E x − t): half of the gradient.
    fn gradient(&self, x: &[f64]) -> Vec<f64> {
        let residual = self.residual(x);
        (0..self.columns()).map(|j| residual.iter().enumerate().map(|(row, r)| self.row(row)[j] * r).sum()).collect()
    }

    /// The feasible point nearest to the start.
    fn nearest_feasible(&self) -> Result<Vec<f64>, Infeasible> {
        let mut x = vec![0.0; self.columns()];
        let sum = self.start.iter().zip(self.lower).zip(self.upper).map(|((x, l), u)| x.max(*l).min(*u)).sum();
        // Without a total any sum will do; that of the clamped start makes the projection clamp it.
        project_onto_bounded_simplex(self.start, self.lower, self.upper, self.total.unwrap_or(sum), &mut x, &mut Scratch::default())?;
        Ok(x)
    }

    /// Solves for the entries that are at no bound, without regularization, and keeps the others.
    fn polish(&self, x: &[f64]) -> Vec<f64> {
        let free: Vec<usize> = (0..x.len()).filter(|j| x[*j] > self.lower[*j] && x[*j] < self.upper[*j]).collect();
        if free.is_empty() {
            return x.to_vec();
        }
        let mut polished = x.to_vec();
        for j in &free {
            polished[*j] = self.start[*j];
        }
        let count = free.iter().fold(0.0, |count, _| count + 1.0);
        if let Some(total) = self.total {
            // Equal steps reach the total; what remains are steps that sum to zero.
            let step = (total - polished.iter().sum::<f64>()) / count;
            for j in &free {
                polished[*j] += step;
            }
        }
        let residual: Vec<f64> = self.residual(&polished).iter().map(|entry| -entry).collect();
        let mut matrix = Vec::with_capacity(residual.len() * free.len());
        for row in 0..residual.len() {
            let entries = free.iter().map(|j| self.row(row)[*j]);
            // The shortest step lies in the span of the rows, so rows that sum to zero give one too.
            let mean = if self.total.is_some() { entries.clone().sum::<f64>() / count } else { 0.0 };
            matrix.extend(entries.map(|entry| entry - mean));
        }
        for (j, step) in free.iter().zip(shortest_least_squares(free.len(), &matrix, &residual)) {
            polished[*j] = (polished[*j] + step).max(self.lower[*j]).min(self.upper[*j]);
        }
        polished
    }

    /// Largest violation of the optimality and feasibility conditions, relative to the problem's size.
    fn kkt_residual(&self, x: &[f64]) -> f64 {
        let gradient = self.gradient(x);
        let multiplier = if self.total.is_some() { self.multiplier(x, &gradient) } else { 0.0 };
        let slope = (0..x.len()).map(|j| {
            let reduced = gradient[j] - multiplier;
            match (x[j] <= self.lower[j], x[j] >= self.upper[j]) {
                (true, true) => 0.0,
                (true, false) => -reduced,
                (false, true) => reduced,
                (false, false) => reduced.abs(),
            }
        });
        let (largest, magnitude) = self.scale();
        let missed = self.total.map_or(0.0, |total| (x.iter().sum::<f64>() - total).abs());
        slope.fold(missed * largest, f64::max) / (largest * magnitude)
    }

    /// The sum's multiplier: the mean gradient of free entries, or a value between those at bounds.
    fn multiplier(&self, x: &[f64], gradient: &[f64]) -> f64 {
        let (mut sum, mut count) = (0.0, 0.0);
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        for j in 0..x.len() {
            match (x[j] <= self.lower[j], x[j] >= self.upper[j]) {
                (true, true) => {}
                (true, false) => least = least.min(gradient[j]),
                (false, true) => most = most.max(gradient[j]),
                (false, false) => {
                    sum += gradient[j];
                    count += 1.0;
                }
            }
        }
        match (count > 0.0, least.is_finite(), most.is_finite()) {
            (true, _, _) => sum / count,
            (false, true, true) => f64::midpoint(least, most),
            (false, true, false) => least,
            (false, false, true) => most,
            (false, false, false) => 0.0,
        }
    }

    /// The largest squared length of a column, and the size of what is wanted and held; 1 where
    /// that is zero.
    fn scale(&self) -> (f64, f64) {
        let squared = |j: usize| (0..self.wanted.len()).map(|row| self.row(row)[j].powi(2)).sum::<f64>();
        let largest = (0..self.columns()).map(squared).fold(0.0, f64::max);
        let sizes = self.wanted.iter().chain(self.start).chain(self.total.as_ref());
        let magnitude = sizes.map(|entry| entry.abs()).fold(0.0, f64::max);
        let or_one = |size: f64| if size > 0.0 { size } else { 1.0 };
        (or_one(largest), or_one(magnitude))
    }
}

/// The primal active-set method on the regularized problem.
struct ActiveSet<'a> {
    problem: &'a Problem<'a>,
    /// Half of the second derivative: `EᵀE + ε I`.
    hessian: Vec<f64>,
    epsilon: f64,
    /// Multipliers of this size are rounding.
    noise: f64,
    x: Vec<f64>,
    free: Vec<bool>,
}

impl<'a> ActiveSet<'a> {
    fn new(problem: &'a Problem<'a>, x: Vec<f64>) -> Self {
        let (n, rows) = (problem.columns(), problem.wanted.len());
        let (largest, magnitude) = problem.scale();
        let epsilon = REGULARIZATION * largest;
        let entry = |i: usize, j: usize| (0..rows).map(|row| problem.row(row)[i] * problem.row(row)[j]).sum::<f64>();
        let hessian = (0..n * n).map(|at| entry(at / n, at % n) + if at / n == at % n { epsilon } else { 0.0 }).collect();
        let free = (0..n).map(|j| x[j] > problem.lower[j] && x[j] < problem.upper[j]).collect();
        Self { problem, hessian, epsilon, noise: NOISE * largest * magnitude, x, free }
    }

    /// Steps until no entry wants to move, or so often that only rounding can be moving them.
    fn run(mut self) -> Vec<f64> {
        for _ in 0..100 * (self.x.len() + 1) {
            let step = self.step();
            if let Some((fraction, bound)) = self.blocking(&step) {
                self.advance(&step, fraction, Some(bound));
                continue;
            }
            self.advance(&step, 1.0, None);
            if !self.release() {
                break;
            }
        }
        self.x
    }

    fn gradient(&self) -> Vec<f64> {
        let pull = self.x.iter().zip(self.problem.start).map(|(x, start)| self.epsilon * (x - start));
        self.problem.gradient(&self.x).iter().zip(pull).map(|(gradient, pull)| gradient + pull).collect()
    }

    /// The step of the free entries to the minimum among them; others stay.
    fn step(&self) -> Vec<f64> {
        let n = self.x.len();
        let free: Vec<usize> = (0..n).filter(|j| self.free[*j]).collect();
        let gradient = self.gradient();
        let matrix: Vec<f64> = free.iter().flat_map(|i| free.iter().map(move |j| self.hessian[i * n + j])).collect();
        let downhill: Vec<f64> = free.iter().map(|j| -gradient[*j]).collect();
        let mut step = vec![0.0; n];
        // ε makes the matrix positive definite; if rounding unmakes it, there is no step to trust.
        let Some(mut direction) = solve_positive_definite(free.len(), &matrix, &downhill) else { return step };
        if self.problem.total.is_some() {
            let Some(along) = solve_positive_definite(free.len(), &matrix, &vec![1.0; free.len()]) else { return step };
            let excess = direction.iter().sum::<f64>() / along.iter().sum::<f64>();
            direction.iter_mut().zip(along).for_each(|(step, along)| *step -= excess * along);
        }
        for (j, entry) in free.into_iter().zip(direction) {
            step[j] = entry;
        }
        step
    }

    /// The first bound in the way, and the fraction of the step up to it.
    fn blocking(&self, step: &[f64]) -> Option<(f64, usize)> {
        let fraction = |j: usize| {
            let bound = if step[j] > 0.0 { self.problem.upper[j] } else { self.problem.lower[j] };
            ((bound - self.x[j]) / step[j]).max(0.0)
        };
        let moving = (0..step.len()).filter(|j| self.free[*j] && step[*j] != 0.0);
        moving.map(|j| (fraction(j), j)).filter(|(fraction, _)| *fraction < 1.0).min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
    }

    fn advance(&mut self, step: &[f64], fraction: f64, bound: Option<usize>) {
        for (x, step) in self.x.iter_mut().zip(step) {
            *x += fraction * step;
        }
        if let Some(j) = bound {
            self.free[j] = false;
            self.x[j] = if step[j] > 0.0 { self.problem.upper[j] } else { self.problem.lower[j] };
        }
    }

    /// Frees what is held at a bound against the slope; false at the minimum.
    fn release(&mut self) -> bool {
        let gradient = self.gradient();
        let has_total = self.problem.total.is_some();
        let free = (0..self.x.len()).filter(|j| self.free[*j]);
        let (sum, count) = free.fold((0.0, 0.0), |(sum, count), j| (sum + gradient[j], count + 1.0));
        let movable = |j: &usize| !self.free[*j] && self.problem.lower[*j] < self.problem.upper[*j];
        let at_lower = |j: &usize| self.x[*j] <= self.problem.lower[*j];
        let rising = (0..self.x.len()).filter(movable).filter(at_lower).min_by(|a, b| gradient[*a].total_cmp(&gradient[*b]));
        let falling = (0..self.x.len()).filter(movable).filter(|j| !at_lower(j)).max_by(|a, b| gradient[*a].total_cmp(&gradient[*b]));
        if has_total && count == 0.0 {
            // One entry cannot move alone: free the pair that gains most from an exchange.
            let (Some(up), Some(down)) = (rising, falling) else { return false };
            let gains = gradient[down] - gradient[up] > self.noise;
            self.free[up] |= gains;
            self.free[down] |= gains;
            return gains;
        }
        let multiplier = if has_total { sum / count } else { 0.0 };
        let gain_up = rising.map_or(0.0, |j| multiplier - gradient[j]);
        let gain_down = falling.map_or(0.0, |j| gradient[j] - multiplier);
        let freed = if gain_up >= gain_down { rising } else { falling };
        match freed.filter(|_| gain_up.max(gain_down) > self.noise) {
            Some(j) => {
                self.free[j] = true;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    const FREE: [f64; 2] = [f64::INFINITY; 2];

    fn unbounded(exposure: &[f64], wanted: &[f64]) -> Solution {
        let columns = exposure.len() / wanted.len();
        let (lower, upper) = (vec![f64::NEG_INFINITY; columns], vec![f64::INFINITY; columns]);
        solve(&Problem { exposure, wanted, lower: &lower, upper: &upper, start: &vec![0.0; columns], total: None }).unwrap()
    }

    fn assert_close(found: &[f64], expected: &[f64], tolerance: f64) {
        assert_eq!(found.len(), expected.len());
        assert!(found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() <= tolerance), "{found:?} is not {expected:?}");
    }

    #[test]
    fn solves_what_can_be_had_exactly() {
        let redundant = unbounded(&[0.9, 0.1, 0.1, 0.9, 0.5, 0.5], &[1000.0, 2000.0, 1500.0]);
        assert_close(&redundant.solution, &[875.0, 2125.0], 1e-9);
        assert!(redundant.residual_norm < 1e-9 && redundant.kkt_residual < 1e-12);
    }

    #[test]
    fn reports_what_cannot_be_had() {
        let inconsistent = unbounded(&[1.0, 0.0, 0.0, 1.0, 1.0, 1.0], &[1000.0; 3]);
        assert_close(&inconsistent.solution, &[2000.0 / 3.0; 2], 1e-9);
        assert_close(&inconsistent.residual, &[-1000.0 / 3.0, -1000.0 / 3.0, 1000.0 / 3.0], 1e-9);
        let contradiction = unbounded(&[1.0, 1.0], &[2000.0, 0.0]);
        assert_close(&contradiction.solution, &[1000.0], 1e-9);
    }

    #[test]
    fn takes_the_nearest_among_equals() {
        // Two funds of one class: the move is shared, wherever they start.
        let problem =
            Problem { exposure: &[1.0, 1.0], wanted: &[100.0], lower: &FREE.map(|u| -u), upper: &FREE, start: &[30.0, 50.0], total: None };
        assert_close(&solve(&problem).unwrap().solution, &[40.0, 60.0], 1e-9);
    }

    #[test]
    fn keeps_a_total_and_bounds() {
        // One fund of two classes and one of the second only, nothing short.
        let problem = Problem {
            exposure: &[0.9, 0.0, 0.1, 1.0],
            wanted: &[70.0, 30.0],
            lower: &[0.0; 2],
            upper: &FREE,
            start: &[50.0; 2],
            total: Some(100.0),
        };
        assert_close(&solve(&problem).unwrap().solution, &[700.0 / 9.0, 200.0 / 9.0], 1e-9);
        let capped = solve(&Problem { upper: &[60.0, 100.0], ..problem }).unwrap();
        assert_close(&capped.solution, &[60.0, 40.0], 1e-9);
        assert!(capped.kkt_residual < 1e-12);
    }

    #[test]
    fn names_what_is_wrong() {
        let problem =
            Problem { exposure: &[1.0; 2], wanted: &[1.0], lower: &[0.0; 2], upper: &[1.0; 2], start: &[0.0; 2], total: Some(3.0) };
        assert!(matches!(solve(&problem), Err(LeastSquaresError::Infeasible(Infeasible::Total { .. }))));
        let problem = Problem { exposure: &[1.0; 3], ..problem };
        assert_eq!(solve(&problem), Err(LeastSquaresError::Shape { rows: 1, columns: 2, found: 3 }));
        let problem = Problem { exposure: &[1.0, f64::NAN], ..problem };
        assert_eq!(solve(&problem), Err(LeastSquaresError::NotANumber { row: 0 }));
    }

    fn objective(problem: &Problem<'_>, x: &[f64]) -> f64 {
        problem.residual(x).iter().map(|entry| entry * entry).sum()
    }

    /// An independent method: projected gradient steps, each a little shorter than the longest
    /// that is sure to descend.
    fn by_projected_gradient(problem: &Problem<'_>, from: &[f64]) -> Vec<f64> {
        let mut x = from.to_vec();
        let length = 0.9 / problem.exposure.iter().map(|entry| entry * entry).sum::<f64>().max(1e-9);
        for _ in 0..3000 {
            let moved: Vec<f64> = x.iter().zip(problem.gradient(&x)).map(|(x, gradient)| x - length * gradient).collect();
            x = Problem { start: &moved, ..*problem }.nearest_feasible().unwrap();
        }
        x
    }

    prop_compose! {
        fn shapes()(rows in 1..5_usize, columns in 1..5_usize)(
            exposure in proptest::collection::vec(prop_oneof![Just(0.0), Just(1.0), Just(0.5), 0.0..1.0_f64], rows * columns),
            wanted in proptest::collection::vec(-5.0..10.0_f64, rows),
            start in proptest::collection::vec(0.0..5.0_f64, columns),
            room in proptest::collection::vec(prop_oneof![Just(0.0), 0.0..6.0_f64, Just(f64::INFINITY)], columns),
            mix in proptest::option::of(0.0..1.0_f64),
        ) -> (Vec<f64>, Vec<f64>, Vec<f64>, Vec<f64>, Option<f64>) {
            let total = mix.map(|mix| room.iter().map(|room| mix * room.min(6.0)).sum());
            (exposure, wanted, start, room, total)
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn is_feasible_optimal_and_no_worse_than_another_method((exposure, wanted, start, upper, total) in shapes()) {
            let lower = vec![0.0; start.len()];
            let problem = Problem { exposure: &exposure, wanted: &wanted, lower: &lower, upper: &upper, start: &start, total };
            let found = solve(&problem).unwrap();
            prop_assert!(found.kkt_residual < 1e-9, "{found:?}");
            prop_assert!(found.solution.iter().zip(&upper).all(|(x, u)| 0.0 <= *x && x <= u));
            if let Some(total) = total {
                prop_assert!((found.solution.iter().sum::<f64>() - total).abs() < 1e-9);
            }
            let other = by_projected_gradient(&problem, &problem.nearest_feasible().unwrap());
            let (ours, theirs) = (objective(&problem, &found.solution), objective(&problem, &other));
            prop_assert!(ours <= theirs + 1e-9 * (1.0 + theirs), "{ours} against {theirs}");
        }

        #[test]
        fn among_equals_is_the_projection_of_the_start(
            entries in proptest::collection::vec((0.0..5.0_f64, 0.0..6.0_f64), 1..6),
            mix in 0.05..0.95_f64,
        ) {
            // Funds of one class: every split of the sum is as good, and the nearest is a projection.
            let (start, upper): (Vec<f64>, Vec<f64>) = entries.into_iter().unzip();
            let (lower, exposure) = (vec![0.0; start.len()], vec![1.0; start.len()]);
            let wanted = mix * upper.iter().sum::<f64>();
            let found = solve(&Problem { exposure: &exposure, wanted: &[wanted], lower: &lower, upper: &upper, start: &start, total: None }).unwrap();
            let mut expected = vec![0.0; start.len()];
            project_onto_bounded_simplex(&start, &lower, &upper, wanted, &mut expected, &mut Scratch::default()).unwrap();
            for (found, expected) in found.solution.iter().zip(&expected) {
                prop_assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
            }
        }
    }
}
