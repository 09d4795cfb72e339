//! `[[index]]`: classes that are held name by name against an index.

use evenkeel_ledger::class::ClassPath;

use crate::diagnostic::Location;

use super::Selector;

/// How a class is held name by name: which index it follows, and how closely.
///
/// Its target weights are wᵢ ∝ bᵢ · exp(s · zᵢ) over the names that are not excluded, with bᵢ the weight in the index, s the
/// strength of the tilt and zᵢ the score less its mean, over its standard deviation, both weighted by b.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexRules {
    /// The class, a leaf of the tree.
    pub class: ClassPath,
    /// Name of the benchmark in `constituents.csv`.
    pub benchmark: String,
    /// Most tracking error a year against the target weights, as a fraction of the class.
    pub max_tracking_error: Option<f64>,
    /// Names that are not bought: those that any of these selects.
    pub exclude: Vec<Selector>,
    /// What the weights lean toward.
    pub tilt: Option<ScoreTilt>,
    /// Where the policy file states it.
    pub location: Option<Location>,
}

/// Which score an index is tilted by.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreTilt {
    /// Name of the score.
    pub score: String,
    /// A name one standard deviation above the mean has its weight multiplied by e to this; below zero leans away.
    pub strength: f64,
}
