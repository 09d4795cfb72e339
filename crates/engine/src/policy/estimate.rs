//! [`EstimateRules`]: how returns and risks are estimated from history, beliefs and views.

use super::Statement;

/// How moments are estimated; rates and volatilities a year.
#[derive(Debug, Clone, PartialEq)]
pub struct EstimateRules {
    /// Period of the returns; that of the prices where not said.
    pub frequency: Option<Frequency>,
    /// Periods in a year, by which figures are annualized, where that is said.
    pub periods_per_year: Option<f64>,
    /// Years of history used; all there is where not said.
    pub years: Option<f64>,
    /// What becomes of missing returns.
    pub missing: Missing,
    /// Fraction of returns pulled in at each end.
    pub winsorize: Option<f64>,
    /// Where expected returns come from.
    pub returns: ReturnEstimator,
    /// Where the covariance comes from.
    pub covariance: CovarianceEstimator,
    /// How far correlations are moved toward 1, from 0 to 1.
    pub correlation_stress: Option<f64>,
    /// Rate that is earned without risk.
    pub risk_free: f64,
    /// How views are blended in.
    pub blend: Blend,
    /// What is believed beside history.
    pub views: Vec<View>,
}

/// Period of the returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frequency {
    /// From day to day: as the prices come.
    Daily,
    /// From week's end to week's end.
    Weekly,
    /// From month's end to month's end.
    Monthly,
}

impl Frequency {
    /// Periods in a year, by convention.
    pub fn periods_per_year(self) -> f64 {
        match self {
            Self::Daily => 252.0,
            Self::Weekly => 52.0,
            Self::Monthly => 12.0,
        }
    }
}

/// What becomes of missing returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// They are an error that names asset and date.
    Refuse,
    /// Only dates on which every asset has a return are used.
    Complete,
    /// Each pair of assets uses the dates on which both have one.
    Pairwise,
    /// They are filled in by a factor model of the assets that have one.
    Backfill,
}

/// Where expected returns come from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ReturnEstimator {
    /// The assumptions.
    Assumptions,
    /// Mean of history.
    Mean,
    /// Exponentially weighted mean of history.
    Exponential {
        /// Periods in which a weight falls to half.
        half_life: f64,
    },
    /// What would make the targets' stated weights optimal.
    Equilibrium {
        /// Risk aversion of the market.
        risk_aversion: f64,
    },
    /// Means shrunk toward their grand mean.
    JamesStein,
    /// Beta to the targets' stated weights times what these earn beyond the risk-free rate.
    Capm,
}

/// Where the covariance comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CovarianceEstimator {
    /// The assumptions.
    Assumptions,
    /// Sample covariance.
    Sample,
    /// Exponentially weighted.
    Exponential {
        /// Periods in which a weight falls to half.
        half_life: f64,
    },
    /// Covariance of shortfalls.
    Semi,
    /// Shrunk toward a multiple of the identity.
    LedoitWolf,
    /// Shrunk toward constant correlation.
    LedoitWolfConstantCorrelation,
    /// Oracle approximating shrinkage.
    OracleApproximating,
    /// Eigenvalues of noise averaged.
    Denoised,
    /// Gerber statistic.
    Gerber {
        /// Threshold, in standard deviations.
        threshold: f64,
    },
    /// Principal components, kept in factor form.
    Principal {
        /// Number of factors.
        factors: usize,
    },
}

/// How views are blended in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Blend {
    /// Black and Litterman's.
    BlackLitterman {
        /// Uncertainty of the prior means, as a fraction of the covariance.
        tau: f64,
    },
    /// Meucci's entropy pooling.
    EntropyPooling,
}

/// What is believed of returns.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// What it is about.
    pub subject: ViewSubject,
    /// Such as `US Equity > Bonds by 2 %`; a year.
    pub statement: Statement,
    /// How sure, from 0 to 1.
    pub confidence: Option<f64>,
}

/// What a view is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ViewSubject {
    /// The expected return of the combination that the statement names.
    Mean,
    /// The volatility of a leaf: `volatility of Bonds = 6 %`.
    Volatility(String),
    /// The correlation of two leaves: `correlation of Bonds and Gold = 0.2`.
    Correlation(String, String),
}

impl ViewSubject {
    /// What a statement is about, by its only name.
    pub(super) fn of(statement: &Statement) -> Self {
        let [only] = statement.terms.as_slice() else { return Self::Mean };
        if let Some(name) = only.name.strip_prefix("volatility of ") {
            return Self::Volatility(name.to_owned());
        }
        match only.name.strip_prefix("correlation of ").and_then(|names| names.split_once(" and ")) {
            Some((one, other)) => Self::Correlation(one.to_owned(), other.to_owned()),
            None => Self::Mean,
        }
    }

    /// The names that it holds beside those of the statement's terms.
    pub(super) fn names(&self) -> Vec<&str> {
        match self {
            Self::Mean => Vec::new(),
            Self::Volatility(name) => vec![name],
            Self::Correlation(one, other) => vec![one, other],
        }
    }
}

/// What is said differs from the dates by less than this factor: five days a week or seven, holidays or none.
const SAME_SPACING: f64 = 1.6;

/// A frequency, or periods a year, that the dates contradict.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("figures would be annualized by {stated}, and the history has about {found:.0} periods a year")]
pub struct SpacingError {
    /// Periods a year as the rules say.
    pub stated: f64,
    /// Periods a year as the dates come.
    pub found: f64,
}

impl EstimateRules {
    /// Periods in a year of returns made of rows that come so often a year; without rows, those of convention.
    ///
    /// ```
    /// use evenkeel::policy::{EstimateRules, Frequency};
    /// let rules = EstimateRules::default();
    /// assert_eq!((rules.annualized_by(Some(12.0)), rules.annualized_by(None)), (Ok(12.0), Ok(252.0)));
    /// let weekly = EstimateRules { frequency: Some(Frequency::Weekly), ..rules };
    /// assert_eq!(weekly.annualized_by(Some(252.0)), Ok(52.0));
    /// assert!(weekly.annualized_by(Some(12.0)).is_err(), "months hold no weeks");
    /// ```
    ///
    /// # Errors
    /// Rules that differ from the rows by a factor of 1.6 or more.
    pub fn annualized_by(&self, rows_per_year: Option<f64>) -> Result<f64, SpacingError> {
        let convention = self.frequency.map(Frequency::periods_per_year);
        let Some(rows) = rows_per_year else {
            return Ok(self.periods_per_year.or(convention).unwrap_or(Frequency::Daily.periods_per_year()));
        };
        let found = convention.map_or(rows, |periods| periods.min(rows));
        let stated = self.periods_per_year.or(convention).unwrap_or(found);
        if (1.0 / SAME_SPACING..SAME_SPACING).contains(&(stated / found)) { Ok(stated) } else { Err(SpacingError { stated, found }) }
    }
}

impl Default for EstimateRules {
    fn default() -> Self {
        Self {
            frequency: None,
            periods_per_year: None,
            years: None,
            missing: Missing::Refuse,
            winsorize: None,
            returns: ReturnEstimator::Mean,
            covariance: CovarianceEstimator::LedoitWolf,
            correlation_stress: None,
            risk_free: 0.0,
            blend: Blend::BlackLitterman { tau: 0.05 },
            views: Vec::new(),
        }
    }
}
