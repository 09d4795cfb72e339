//! [`Estimates`]: what is expected of the leaves of a policy's tree, from history, beliefs and views.
//!
//! ```text
//! prices → returns of a period → extremes pulled in → missing treated
//!   → covariance (→ correlations stressed) → expected returns → views blended in
//! ```
//!
//! Each step says what it did in a note. Means and covariances leave here a year, scenarios a period.

use std::sync::Arc;

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::instrument::{InstrumentId, Universe};
use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::panel::Panel;

use crate::assumptions::Assumptions;
use crate::diagnostic::{Code, Diagnostic};
use crate::market::NamedPanel;
use crate::policy::{Blend, CovarianceEstimator, EstimateRules, ReturnEstimator, TargetTree};
use crate::portfolio::{SleeveId, Sleeves};

mod history;

mod beyond;

mod moments;

mod views;

pub(crate) use beyond::beyond;
pub use history::check_length;
pub use views::ViewReport;

/// Fewest returns on which figures of risk, limits and reports rest: with fewer a mean or covariance says more of chance than of
/// what may come. Estimates of fewer are made where they are asked for, and say so.
pub const LEAST_RETURNS: usize = 30;

/// A leaf that is estimated: it stands or falls with its preferred instrument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// The leaf.
    pub sleeve: SleeveId,
    /// Its class.
    pub class: ClassPath,
    /// Its preferred instrument, where it has one.
    pub instrument: Option<InstrumentId>,
    /// The instrument's symbol; the class where there is none.
    pub symbol: String,
}

/// What estimates are made of.
#[derive(Debug, Clone, Copy)]
pub struct EstimateInputs<'a> {
    /// How.
    pub rules: &'a EstimateRules,
    /// The tree, whose names views use.
    pub tree: &'a TargetTree,
    /// Its leaves.
    pub sleeves: &'a Sleeves,
    /// The instruments.
    pub universe: &'a Universe,
    /// Prices or returns over time, by symbol.
    pub history: Option<&'a NamedPanel>,
    /// Beliefs.
    pub assumptions: Option<&'a Assumptions>,
    /// By sleeve, the weights that stand for the market where an estimator needs one.
    pub reference: Option<&'a [f64]>,
    /// Nothing later is looked at.
    pub as_of: Date,
    /// Whether returns by scenario are needed.
    pub scenarios: bool,
}

/// What is expected of each asset.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimates {
    /// The assets, in the order of the tree.
    pub assets: Vec<Asset>,
    /// Expected returns a year, with the views.
    pub expected: Vec<f64>,
    /// Expected returns a year, before the views.
    pub prior: Vec<f64>,
    /// Covariance a year.
    pub covariance: Arc<Covariance>,
    /// Returns a period: a row a date, a column an asset.
    pub scenarios: Option<Arc<Matrix>>,
    /// The date of each row of the scenarios.
    pub dates: Vec<Date>,
    /// Periods in a year.
    pub periods_per_year: f64,
    /// First and last date of the returns used, and how many there are.
    pub span: Option<(Date, Date, usize)>,
    /// What each view asked for and got.
    pub views: Vec<ViewReport>,
    /// What looks wrong in the history, by asset and date; nothing was changed for it.
    pub defects: Vec<Diagnostic>,
    /// What was done on the way, in sentences.
    pub notes: Vec<String>,
}

impl Estimates {
    /// Volatility of each asset a year.
    pub fn volatilities(&self) -> Vec<f64> {
        self.covariance.volatilities()
    }

    /// Correlations, row by row; 0 with an asset that does not move.
    pub fn correlations(&self) -> Vec<f64> {
        let (matrix, volatilities) = (self.covariance.matrix(), self.volatilities());
        let pairs = volatilities.iter().enumerate().flat_map(|(i, a)| volatilities.iter().enumerate().map(move |(j, b)| (i, j, a * b)));
        pairs
            .map(|(i, j, product)| {
                if i == j {
                    1.0
                } else if product > 0.0 {
                    matrix.get(i, j) / product
                } else {
                    0.0
                }
            })
            .collect()
    }
}

/// Estimates the leaves of a tree, but for cash.
///
/// # Errors
/// All diagnostics: a leaf without instrument or price, an instrument without history or with fewer than two returns,
/// returns that are missing where none may be, beliefs that are not given, views that cannot hold.
pub fn estimate(inputs: &EstimateInputs<'_>) -> Result<Estimates, Vec<Diagnostic>> {
    let assets = assets(inputs);
    if assets.is_empty() {
        let told = Diagnostic::error(Code::NOTHING_TO_ESTIMATE, "the tree has no leaf beside cash that could be estimated");
        return Err(vec![told.help("add targets with instruments")]);
    }
    let mut notes = Vec::new();
    let observed = if needs_history(inputs) { Some(history::returns(inputs, &assets, &mut notes)?) } else { None };
    if let Some(few) = observed.as_ref().map(|observed| observed.returns.rows()).filter(|rows| *rows < LEAST_RETURNS) {
        // Of one return there is neither variance nor covariance.
        check_length(few, 2, inputs.as_of)?;
        notes.push(format!("{few} returns say more of chance than of what may come; risk is told from {LEAST_RETURNS} on."));
    }
    // Without rows to count nothing contradicts the rules.
    let unused = inputs.rules.annualized_by(None).map_err(|error| vec![Diagnostic::error(Code::HISTORY_UNUSABLE, error.to_string())]);
    let (returns, periods_per_year, defects) = match observed {
        Some(observed) => (Some(observed.returns), observed.periods_per_year, observed.defects),
        None => (None, unused?, Vec::new()),
    };
    if returns.is_some() && (inputs.scenarios || !are_returns_believed(inputs.rules)) {
        notes.extend(inputs.history.and_then(|history| history.kind?.without_dividends()));
    }
    let reference = inputs.reference.map(|weights| normalized(&assets, weights));
    let moments = moments::estimate(inputs, &assets, (returns.as_ref(), periods_per_year), reference.as_deref(), &mut notes)?;
    let blended = views::blend(inputs, &assets, &moments, returns.as_ref(), reference.as_deref(), &mut notes)?;
    let span = returns.as_ref().and_then(history::span);
    let dates = returns.iter().flat_map(Panel::dates).filter_map(|day| Date::from_ordinal(*day).ok()).collect();
    Ok(Estimates {
        assets,
        prior: moments.expected,
        expected: blended.expected,
        covariance: Arc::new(blended.covariance),
        dates,
        scenarios: returns.map(|returns| Arc::new(returns.into_values())),
        periods_per_year,
        span,
        views: blended.reports,
        defects,
        notes,
    })
}

/// Returns of the leaves that are estimated, as estimates are made of.
pub(crate) struct LeafReturns {
    /// The leaves.
    pub(crate) assets: Vec<Asset>,
    /// A row a date, a column a leaf.
    pub(crate) returns: Panel,
    /// Periods in a year.
    pub(crate) periods_per_year: f64,
}

/// Returns of the leaves up to the date, without estimates.
///
/// # Errors
/// As [`estimate`], but for beliefs and views.
pub(crate) fn leaf_returns(inputs: &EstimateInputs<'_>) -> Result<LeafReturns, Vec<Diagnostic>> {
    let assets = assets(inputs);
    let observed = history::returns(inputs, &assets, &mut Vec::new())?;
    Ok(LeafReturns { assets, returns: observed.returns, periods_per_year: observed.periods_per_year })
}

/// The leaves that are estimated.
pub fn assets(inputs: &EstimateInputs<'_>) -> Vec<Asset> {
    let leaves = inputs
        .sleeves
        .iter()
        .filter(|(id, sleeve)| sleeve.listed && *id != inputs.sleeves.cash && !sleeve.class.is_within(&ClassPath::cash()));
    leaves
        .map(|(id, sleeve)| {
            let instrument = sleeve.instruments.first().copied();
            let known = instrument.and_then(|instrument| inputs.universe.get(instrument));
            let symbol = known.map_or_else(|| sleeve.class.to_string(), |known| known.symbol.clone());
            Asset { sleeve: id, class: sleeve.class.clone(), instrument, symbol }
        })
        .collect()
}

fn needs_history(inputs: &EstimateInputs<'_>) -> bool {
    inputs.scenarios || !is_believed(inputs.rules)
}

/// Whether estimates rest on beliefs alone, and need no history.
pub fn is_believed(rules: &EstimateRules) -> bool {
    let pooled = rules.blend == Blend::EntropyPooling && !rules.views.is_empty();
    are_returns_believed(rules) && !pooled && rules.covariance == CovarianceEstimator::Assumptions
}

/// Whether expected returns are those of beliefs.
fn are_returns_believed(rules: &EstimateRules) -> bool {
    matches!(rules.returns, ReturnEstimator::Assumptions | ReturnEstimator::Equilibrium { .. })
}

/// Reference weights of the assets, summing to 1.
fn normalized(assets: &[Asset], weights: &[f64]) -> Vec<f64> {
    let of = |asset: &Asset| weights.get(asset.sleeve.0).copied().unwrap_or(0.0);
    let sum: f64 = assets.iter().map(of).sum();
    assets.iter().map(|asset| if sum > 0.0 { of(asset) / sum } else { 0.0 }).collect()
}

/// A message of the analytics, which number assets, with their names.
pub(crate) fn with_names(message: &str, assets: &[Asset]) -> String {
    let name =
        |message: String, (index, asset): (usize, &Asset)| message.replace(&format!("asset {index} "), &format!("{} ", asset.symbol));
    assets.iter().enumerate().rev().fold(message.to_owned(), name)
}
