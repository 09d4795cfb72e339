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
    /// Classes of the tree have no volatility.
    #[error("risk cannot be told: no volatility is assumed for {}", names(.0))]
    NoVolatility(Vec<ClassPath>),
    /// Two classes have no correlation.
    #[error("risk cannot be told: no correlation is assumed between {0} and {1}")]
    NoCorrelation(ClassPath, ClassPath),
    /// The assumptions contradict themselves.
    #[error("risk cannot be told: {0}")]
    Covariance(#[from] CovarianceError),
}

fn names(classes: &[ClassPath]) -> String {
    classes.iter().map(ClassPath::as_str).collect::<Vec<_>>().join(", ")
}

impl SleeveCovariance {
    /// Reads the covariance of sleeves from assumptions about classes.
    pub fn new(assumptions: &Assumptions, sleeves: &Sleeves) -> Result<Self, RiskUnknown> {
        let entries: Vec<Option<usize>> = sleeves.iter().map(|(_, sleeve)| assumptions.position(&sleeve.class)).collect();
        let stated = |entry: &Option<usize>| assumptions.classes.get((*entry)?)?.volatility;
        let volatilities: Vec<Option<f64>> =
            sleeves.iter().zip(&entries).map(|((id, _), entry)| stated(entry).or((id == sleeves.cash).then_some(0.0))).collect();
        let unknown = |((_, sleeve), volatility): &((_, &super::Sleeve), &Option<f64>)| sleeve.listed && volatility.is_none();
        let missing: Vec<ClassPath> =
            sleeves.iter().zip(&volatilities).filter(unknown).map(|((_, sleeve), _)| sleeve.class.clone()).collect();
        if !missing.is_empty() {
            return Err(RiskUnknown::NoVolatility(missing));
        }
        let known = volatilities.iter().map(Option::is_some).collect();
        let volatilities: Vec<f64> = volatilities.into_iter().map(Option::unwrap_or_default).collect();
        let mut correlation = Vec::with_capacity(volatilities.len() * volatilities.len());
        for ((row, a), first) in sleeves.iter().zip(&entries).zip(&volatilities) {
            for ((column, b), second) in sleeves.iter().zip(&entries).zip(&volatilities) {
                let given = if row.0 == column.0 || (a.is_some() && a == b) {
                    Some(1.0)
                } else {
                    a.zip(*b).and_then(|(a, b)| assumptions.correlation(a, b)).or((*first == 0.0 || *second == 0.0).then_some(0.0))
                };
                correlation.push(given.ok_or_else(|| RiskUnknown::NoCorrelation(row.1.class.clone(), column.1.class.clone()))?);
            }
        }
        Ok(Self { covariance: Covariance::from_volatilities(&volatilities, &correlation)?, known })
    }

    /// Tracking error a year of weights that differ so from others, by sleeve; `None` where a sleeve
    /// of which nothing is known differs.
    pub fn tracking_error(&self, difference: &[f64]) -> Option<f64> {
        let told = self.known.iter().zip(difference).all(|(known, difference)| *known || difference.abs() <= TOLERANCE);
        told.then(|| tracking_error(&self.covariance, difference))
    }

    /// The matrix, in the order of sleeves.
    pub fn matrix(&self) -> &Covariance {
        &self.covariance
    }
}
