//! What users' files say of indices and factors.

use std::collections::BTreeMap;

use evenkeel_quant::estimate::covariance::Covariance;

/// What indices are made of: by name of the index, the weight of each symbol, above zero.
pub type Constituents = BTreeMap<String, BTreeMap<String, f64>>;

/// Exposures by symbol.
pub type Exposures = BTreeMap<String, FactorLoadings>;

/// Common factors of returns.
#[derive(Debug, Clone, PartialEq)]
pub struct Factors {
    /// Their names.
    pub names: Vec<String>,
    /// Their covariance, a year, in the order of names.
    pub covariance: Covariance,
}

/// How an instrument moves with factors, and on its own.
#[derive(Debug, Clone, PartialEq)]
pub struct FactorLoadings {
    /// Return of the instrument for a return of 1 of each factor, in the order of the factors.
    pub loadings: Vec<f64>,
    /// Volatility a year of what no factor explains, at least 0.
    pub specific_volatility: f64,
}

/// A factor model of instruments.
#[derive(Debug, Clone, PartialEq)]
pub struct FactorRisk {
    /// The factors.
    pub factors: Factors,
    /// Of instruments.
    pub exposures: Exposures,
}
