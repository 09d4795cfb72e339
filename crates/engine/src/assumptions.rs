//! [`Assumptions`]: what the user believes about classes, kept apart from what was decided.

use std::collections::BTreeMap;

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;

/// Capital-market assumptions, with their date and source.
#[derive(Debug, Clone, PartialEq)]
pub struct Assumptions {
    /// Date on which they were made.
    pub as_of: Date,
    /// Who made them.
    pub source: String,
    /// By class.
    pub classes: Vec<ClassAssumptions>,
    /// Correlations in the order of `classes`, row by row; `None` where not given.
    pub correlation: Option<Vec<f64>>,
}

/// What is believed about one class; returns and volatilities a year, as fractions.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassAssumptions {
    /// The class.
    pub class: ClassPath,
    /// Expected simple return.
    pub expected_return: Option<f64>,
    /// Lowest and highest expected return thought plausible.
    pub return_range: Option<(f64, f64)>,
    /// Volatility.
    pub volatility: Option<f64>,
    /// What is taxed along the way; `None` where no yield is stated.
    pub distributions: Option<Distributions>,
    /// Scores by name.
    pub scores: BTreeMap<String, f64>,
    /// Factor loadings by name.
    pub loadings: BTreeMap<String, f64>,
}

/// What of a class's return is taxed a year before anything is sold, as fractions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Distributions {
    /// Income: interest and dividends over value.
    pub income: f64,
    /// Share of the income that is taxed like long-term gains.
    pub qualified: f64,
    /// Share of the year's growth, return less income, that is realized inside the holding.
    pub turnover: f64,
}

impl Assumptions {
    /// What is believed about a class: its own entry, or that of the nearest class above it.
    pub fn of(&self, class: &ClassPath) -> Option<&ClassAssumptions> {
        self.position(class).and_then(|index| self.classes.get(index))
    }

    /// The position in `classes` of what is believed about a class.
    pub fn position(&self, class: &ClassPath) -> Option<usize> {
        let holds = self.classes.iter().enumerate().filter(|(_, entry)| class.is_within(&entry.class));
        holds.max_by_key(|(_, entry)| entry.class.segments().count()).map(|(index, _)| index)
    }

    /// Covariance a year between two entries of `classes`; `None` where a volatility or the
    /// correlation is not given.
    pub fn covariance(&self, i: usize, j: usize) -> Option<f64> {
        let volatility = |index: usize| self.classes.get(index).and_then(|entry| entry.volatility);
        Some(volatility(i)? * volatility(j)? * self.correlation(i, j)?)
    }

    /// Correlation of two entries of `classes`; `None` where it is not given.
    pub fn correlation(&self, i: usize, j: usize) -> Option<f64> {
        if i == j { Some(1.0) } else { self.correlation.as_ref()?.get(i * self.classes.len() + j).copied() }
    }
}
