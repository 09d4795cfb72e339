//! [`SleeveCovariance`]: how the sleeves vary together, by the user's assumptions.

use evenkeel_ledger::class::ClassPath;
use evenkeel_quant::estimate::covariance::{Covariance, CovarianceError};
use evenkeel_quant::risk::tracking_error::tracking_error;

use crate::assumptions::Assumptions;
use crate::boundary::TOLERANCE;

use super::Sleeves;

/// Covariance of the sleeves, a year, from volatilities and correlations of classes.
///
/// A sleeve takes what is assumed of its class or the nearest one above it. Cash varies with
/// nothing where nothing else is said of it. Of an unlisted sleeve nothing need be known.
#[derive(Debug, Clone, PartialEq)]
pub struct SleeveCovariance {
    covariance: Covariance,
    known: Vec<bool>,
}

/// Why risk cannot be told.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RiskUnknown {
    /// Classes have no volatility.
    #[error("no volatility is assumed for {}", names(.0))]
    NoVolatility(Vec<ClassPath>),
    /// Two classes have no correlation.
    #[error("no correlation is assumed between {0} and {1}")]
    NoCorrelation(ClassPath, ClassPath),
    /// The assumptions contradict themselves.
    #[error(transparent)]
    Covariance(#[from] CovarianceError),
}

fn names(classes: &[ClassPath]) -> String {
    classes.iter().map(ClassPath::as_str).collect::<Vec<_>>().join(", ")
}

impl SleeveCovariance {
    /// Reads the covariance of sleeves from assumptions about classes.
    ///
    /// # Errors
    /// [`RiskUnknown`]: a volatility or correlation of a listed sleeve is not given, or the
    /// correlations contradict one another.
    pub fn new(assumptions: &Assumptions, sleeves: &Sleeves) -> Result<Self, RiskUnknown> {
        let assumed: Vec<Assumed<'_>> = sleeves.iter().map(|(_, sleeve)| Assumed::of(assumptions, &sleeve.class)).collect();
        let known: Vec<bool> = assumed.iter().map(|class| class.volatility.is_some()).collect();
        let missing = sleeves.iter().zip(&known).filter(|((_, sleeve), known)| sleeve.listed && !**known);
        let missing: Vec<ClassPath> = missing.map(|((_, sleeve), _)| sleeve.class.clone()).collect();
        if missing.is_empty() {
            Ok(Self { covariance: covariance(assumptions, &assumed)?, known })
        } else {
            Err(RiskUnknown::NoVolatility(missing))
        }
    }

    /// Tracking error a year of weights that differ so from others, by sleeve; `None` where a sleeve
    /// of which nothing is known differs.
    pub fn tracking_error(&self, difference: &[f64]) -> Option<f64> {
        let told = self.known.iter().zip(difference).all(|(known, difference)| *known || difference.abs() <= TOLERANCE);
        told.then(|| tracking_error(&self.covariance, difference))
    }

    /// Whether a volatility is assumed for a sleeve.
    pub fn knows(&self, sleeve: usize) -> bool {
        self.known.get(sleeve).copied().unwrap_or(false)
    }

    /// The matrix, in the order of sleeves; an unlisted sleeve of which nothing is known has zeros.
    pub fn matrix(&self) -> &Covariance {
        &self.covariance
    }
}

/// Covariance of classes, a year, in their order.
///
/// # Errors
/// As [`SleeveCovariance::new`].
pub fn class_covariance(assumptions: &Assumptions, classes: &[ClassPath]) -> Result<Covariance, RiskUnknown> {
    let assumed: Vec<Assumed<'_>> = classes.iter().map(|class| Assumed::of(assumptions, class)).collect();
    let missing: Vec<ClassPath> = assumed.iter().filter(|class| class.volatility.is_none()).map(|class| class.class.clone()).collect();
    if missing.is_empty() { covariance(assumptions, &assumed) } else { Err(RiskUnknown::NoVolatility(missing)) }
}

/// What is assumed about a class.
struct Assumed<'a> {
    class: &'a ClassPath,
    /// Position in the assumptions.
    entry: Option<usize>,
    /// Zero for cash where nothing is said.
    volatility: Option<f64>,
}

impl<'a> Assumed<'a> {
    fn of(assumptions: &Assumptions, class: &'a ClassPath) -> Self {
        let entry = assumptions.position(class);
        let stated = entry.and_then(|entry| assumptions.classes.get(entry)?.volatility);
        Self { class, entry, volatility: stated.or(class.is_within(&ClassPath::cash()).then_some(0.0)) }
    }

    /// What does not vary, or is unknown and counts as such, needs no correlation.
    fn varies(&self) -> bool {
        self.volatility.is_some_and(|volatility| volatility != 0.0)
    }
}

fn covariance(assumptions: &Assumptions, classes: &[Assumed<'_>]) -> Result<Covariance, RiskUnknown> {
    let mut correlation = Vec::with_capacity(classes.len() * classes.len());
    for (row, a) in classes.iter().enumerate() {
        for (column, b) in classes.iter().enumerate() {
            let given = if row == column {
                Some(1.0)
            } else if a.varies() && b.varies() {
                a.entry.zip(b.entry).and_then(|(a, b)| assumptions.correlation(a, b))
            } else {
                Some(0.0)
            };
            correlation.push(given.ok_or_else(|| RiskUnknown::NoCorrelation(a.class.clone(), b.class.clone()))?);
        }
    }
    let volatilities: Vec<f64> = classes.iter().map(|class| class.volatility.unwrap_or_default()).collect();
    Ok(Covariance::from_volatilities(&volatilities, &correlation)?)
}
