//! What a solver hands back, before it is certified.

/// A point and its multipliers, as a backend found them.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    /// How the search ended.
    pub status: Status,
    /// x, n. Where the status is [`Status::Infeasible`], the point at which the multipliers prove it; where
    /// it is [`Status::Unbounded`], a direction in which the objective falls without end.
    pub weights: Vec<f64>,
    /// The multipliers, which prove an optimum, or for [`Status::Infeasible`] the contradiction.
    pub multipliers: Multipliers,
    /// What it took.
    pub work: Work,
    /// Who found it.
    pub backend: Backend,
}

/// How a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Optimal, as far as the backend can tell.
    Optimal,
    /// No point satisfies all limits.
    Infeasible,
    /// The objective falls without end.
    Unbounded,
    /// The work budget is spent.
    WorkSpent,
    /// Numbers too near to singular to go on.
    Stalled,
}

/// Multipliers by constraint; signs as the head of [`crate::optimize::program`] says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Multipliers {
    /// z, n: of the bounds.
    pub bounds: Vec<f64>,
    /// y, m: of the rows.
    pub rows: Vec<f64>,
    /// θ: of the spreads, at least 0.
    pub spreads: Vec<f64>,
    /// ν: of the risk limits on variance, at least 0.
    pub risks: Vec<f64>,
}

/// Work done, counted and not timed, so that a replay does the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Work {
    /// Steps taken.
    pub iterations: usize,
    /// Matrices factored anew.
    pub factorizations: usize,
}

/// The method that solved a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// Active set, with factors updated from step to step.
    ActiveSet,
    /// Interior point with factor structure.
    InteriorPoint,
    /// Clarabel, for general cones.
    Clarabel,
    /// Linear programs and Newton steps over scenarios.
    Scenarios,
    /// Branch and bound over convex programs.
    BranchAndBound,
}

impl Backend {
    /// Its name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ActiveSet => "active set",
            Self::InteriorPoint => "interior point",
            Self::Clarabel => "Clarabel",
            Self::Scenarios => "scenario program",
            Self::BranchAndBound => "branch and bound",
        }
    }
}

/// Where a search may begin: the weights of a like program that was solved before.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WarmStart {
    /// x, n.
    pub weights: Vec<f64>,
}

impl From<&Solution> for WarmStart {
    fn from(solution: &Solution) -> Self {
        Self { weights: solution.weights.clone() }
    }
}

/// How much work may be done. Counted and not timed, so that a replay does the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkLimit {
    /// Most steps.
    pub iterations: usize,
}

impl Default for WorkLimit {
    /// Far more steps than programs of thousands of weights need.
    fn default() -> Self {
        Self { iterations: 1_000_000 }
    }
}
