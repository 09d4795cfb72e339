//! A cone program, built row by row, and its solution by Clarabel.
//!
//! minimize ½ vᵀ P v + qᵀv subject to aᵢᵀv = bᵢ, aᵢᵀv ≤ bᵢ, and (b − A v) in second-order cones

use clarabel::algebra::CscMatrix;
use clarabel::solver::{DefaultSettings, DefaultSettingsBuilder, DefaultSolver, IPSolver, SolverStatus, SupportedConeT};

/// Steps before the search is given up; hard programs take fifty.
const MAX_ITERATIONS: u32 = 200;

/// What Clarabel is asked for. It rarely gets there, and then says how near it came.
const TOLERANCE: f64 = 1e-13;

/// What counts as solved where no more can be had; the certificate tells the rest.
const ACCEPTED: f64 = 1e-7;

/// How far rows and columns are rescaled: portfolios mix cash with the wildest asset.
const EQUILIBRATION: f64 = 1e6;

/// What a ray must meet to prove infeasible or unbounded.
const PROOF: f64 = 1e-9;

/// aᵀv and b of a constraint.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    /// Column and coefficient.
    pub(super) terms: Vec<(usize, f64)>,
    /// b.
    pub(super) limit: f64,
}

/// Where a row went.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Place {
    Equation(usize),
    Inequality(usize),
    /// The first row of a cone.
    Cone(usize),
}

/// A cone program.
#[derive(Debug, Clone, Default)]
pub(super) struct Model {
    /// q, one entry a variable.
    pub(super) linear: Vec<f64>,
    /// Upper triangle of P: row, column, entry.
    pub(super) quadratic: Vec<(usize, usize, f64)>,
    equations: Vec<Row>,
    inequalities: Vec<Row>,
    cones: Vec<Vec<Row>>,
}

/// What Clarabel found.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: SolverStatus,
    /// v.
    pub(super) variables: Vec<f64>,
    /// Multipliers by row: of equations, inequalities and cones.
    duals: Vec<f64>,
    offsets: (usize, Vec<usize>),
    pub(super) iterations: usize,
}

impl Answer {
    /// The multiplier of a row.
    pub(super) fn dual(&self, place: Place) -> f64 {
        let at = match place {
            Place::Equation(at) => at,
            Place::Inequality(at) => self.offsets.0 + at,
            Place::Cone(at) => self.offsets.1[at],
        };
        self.duals[at]
    }
}

impl Model {
    /// Without constraints.
    pub(super) fn of(linear: Vec<f64>) -> Self {
        Self { linear, ..Self::default() }
    }

    /// Adds a variable with its slope in the objective.
    pub(super) fn variable(&mut self, slope: f64) -> usize {
        self.linear.push(slope);
        self.linear.len() - 1
    }

    /// aᵀv = b.
    pub(super) fn equal(&mut self, row: Row) -> Place {
        self.equations.push(row);
        Place::Equation(self.equations.len() - 1)
    }

    /// aᵀv ≤ b.
    pub(super) fn at_most(&mut self, row: Row) -> Place {
        self.inequalities.push(row);
        Place::Inequality(self.inequalities.len() - 1)
    }

    /// b₀ − a₀ᵀv ≥ ‖b − A v‖ over the other rows.
    pub(super) fn cone(&mut self, rows: Vec<Row>) -> Place {
        self.cones.push(rows);
        Place::Cone(self.cones.len() - 1)
    }

    /// Solves the program; `None` where Clarabel refuses it.
    pub(super) fn solve(&self) -> Option<Answer> {
        let mut cones = vec![SupportedConeT::ZeroConeT(self.equations.len()), SupportedConeT::NonnegativeConeT(self.inequalities.len())];
        cones.retain(|cone| !matches!(cone, SupportedConeT::ZeroConeT(0) | SupportedConeT::NonnegativeConeT(0)));
        cones.extend(self.cones.iter().map(|rows| SupportedConeT::SecondOrderConeT(rows.len())));
        let rows: Vec<&Row> = self.equations.iter().chain(&self.inequalities).chain(self.cones.iter().flatten()).collect();
        let columns = self.linear.len();
        let terms = rows.iter().enumerate().flat_map(|(at, row)| row.terms.iter().map(move |(column, value)| (at, *column, *value)));
        let constraints = matrix(rows.len(), columns, terms);
        let quadratic = matrix(columns, columns, self.quadratic.iter().copied());
        let limits: Vec<f64> = rows.iter().map(|row| row.limit).collect();
        let mut solver = DefaultSolver::new(&quadratic, &self.linear, &constraints, &limits, &cones, settings()?).ok()?;
        solver.solve();
        let mut next = self.equations.len() + self.inequalities.len();
        let starts = self.cones.iter().map(|rows| {
            next += rows.len();
            next - rows.len()
        });
        let offsets = (self.equations.len(), starts.collect());
        let found = solver.solution;
        Some(Answer { status: found.status, variables: found.x, duals: found.z, offsets, iterations: found.iterations as usize })
    }
}

/// A sparse matrix of entries without zeros.
fn matrix(rows: usize, columns: usize, entries: impl Iterator<Item = (usize, usize, f64)>) -> CscMatrix<f64> {
    let mut triplets = (Vec::new(), Vec::new(), Vec::new());
    for (row, column, value) in entries.filter(|entry| entry.2 != 0.0) {
        triplets.0.push(row);
        triplets.1.push(column);
        triplets.2.push(value);
    }
    CscMatrix::new_from_triplets(rows, columns, triplets.0, triplets.1, triplets.2)
}

fn settings() -> Option<DefaultSettings<f64>> {
    DefaultSettingsBuilder::default()
        .verbose(false)
        .max_iter(MAX_ITERATIONS)
        .max_threads(1)
        .direct_solve_method("qdldl".to_owned())
        .presolve_enable(false)
        .equilibrate_min_scaling(1.0 / EQUILIBRATION)
        .equilibrate_max_scaling(EQUILIBRATION)
        .tol_gap_abs(TOLERANCE)
        .tol_gap_rel(TOLERANCE)
        .tol_feas(TOLERANCE)
        .tol_infeas_abs(PROOF)
        .tol_infeas_rel(PROOF)
        .reduced_tol_gap_abs(ACCEPTED)
        .reduced_tol_gap_rel(ACCEPTED)
        .reduced_tol_feas(ACCEPTED)
        .build()
        .ok()
}
