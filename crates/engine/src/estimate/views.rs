//! Views of the policy, joined with the estimates.

use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::estimate::views::black_litterman::{Prior, Uncertainty, View as Belief, ViewError, black_litterman};
use evenkeel_quant::estimate::views::entropy_pooling::{self, PoolingError, Quantity, View as Constraint, entropy_pooling};
use evenkeel_quant::panel::Panel;
use serde::Serialize;

use crate::diagnostic::{Code, Diagnostic};
use crate::policy::{Blend, Relation, View, ViewSubject};
use crate::words::{listed, percent};

use super::moments::Moments;
use super::{Asset, EstimateInputs};

/// How sure a view is whose confidence is not stated, where that of others is: as sure as the prior.
const EVEN: f64 = 0.5;

/// What to do about views that cannot hold.
const REMEDY: &str = "change or remove that `[[view]]`";

/// What a view asked for and got; rates a year.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ViewReport {
    /// The view, as written.
    pub view: String,
    /// What was expected before.
    pub prior: f64,
    /// What it says.
    pub stated: f64,
    /// What is expected with all views.
    pub posterior: f64,
}

/// Means and covariance a year, with the views.
pub(super) struct Blended {
    pub(super) expected: Vec<f64>,
    pub(super) covariance: Covariance,
    pub(super) reports: Vec<ViewReport>,
}

pub(super) fn blend(
    inputs: &EstimateInputs<'_>,
    assets: &[Asset],
    moments: &Moments,
    returns: Option<&Panel>,
    reference: Option<&[f64]>,
    notes: &mut Vec<String>,
) -> Result<Blended, Vec<Diagnostic>> {
    let views = &inputs.rules.views;
    if views.is_empty() {
        let (expected, covariance) = (moments.expected.clone(), moments.covariance.clone());
        return Ok(Blended { expected, covariance, reports: Vec::new() });
    }
    let names = Names { inputs, assets, reference };
    match inputs.rules.blend {
        Blend::BlackLitterman { tau } => names.black_litterman(views, moments, tau, notes),
        Blend::EntropyPooling => names.entropy_pooling(views, returns, moments.periods_per_year, notes),
    }
}

/// What the names of views stand for.
struct Names<'a> {
    inputs: &'a EstimateInputs<'a>,
    assets: &'a [Asset],
    reference: Option<&'a [f64]>,
}

impl Names<'_> {
    fn black_litterman(&self, views: &[View], moments: &Moments, tau: f64, notes: &mut Vec<String>) -> Result<Blended, Vec<Diagnostic>> {
        let beliefs: Vec<Belief> =
            views.iter().map(|view| Belief { weights: self.combination(view), expected: view.statement.value }).collect();
        let confidences: Vec<f64> = views.iter().map(|view| view.confidence.unwrap_or(EVEN)).collect();
        let stated = views.iter().any(|view| view.confidence.is_some());
        let uncertainty = if stated { Uncertainty::Confidence(&confidences) } else { Uncertainty::Proportional };
        let prior = Prior { mean: &moments.expected, covariance: &moments.covariance, uncertainty: tau };
        let found = black_litterman(prior, &beliefs, uncertainty).map_err(|error| refused_belief(views, &error))?;
        notes.push(format!("The views moved the expected returns by {:.2} standard deviations of their prior.", found.distance));
        let reports = views.iter().zip(&found.views).map(|(view, outcome)| ViewReport {
            view: view.statement.text.clone(),
            prior: outcome.prior,
            stated: outcome.stated,
            posterior: outcome.posterior,
        });
        Ok(Blended { expected: found.mean, covariance: found.covariance, reports: reports.collect() })
    }

    fn entropy_pooling(
        &self,
        views: &[View],
        returns: Option<&Panel>,
        year: f64,
        notes: &mut Vec<String>,
    ) -> Result<Blended, Vec<Diagnostic>> {
        let Some(returns) = returns else {
            let message = "entropy pooling needs returns by date, and the estimates are made of assumptions alone";
            let help = "estimate the returns or the covariance from history, or set `views = \"black_litterman\"`";
            return Err(vec![Diagnostic::error(Code::VIEWS, message).help(help)]);
        };
        let constraint = |view: &View| {
            let (quantity, value) = match &view.subject {
                ViewSubject::Mean => (Quantity::Mean(self.combination(view)), view.statement.value / year),
                ViewSubject::Volatility(name) => (Quantity::Variance(self.leaf(name)?), view.statement.value.powi(2) / year),
                ViewSubject::Correlation(one, other) => (Quantity::Correlation(self.leaf(one)?, self.leaf(other)?), view.statement.value),
            };
            let relation = match view.statement.relation {
                Relation::Equal => entropy_pooling::Relation::Equal,
                Relation::AtLeast => entropy_pooling::Relation::AtLeast,
                Relation::AtMost => entropy_pooling::Relation::AtMost,
            };
            Ok(Constraint { quantity, relation, value })
        };
        let a_year = |view: &View, value: f64| match view.subject {
            ViewSubject::Mean => value * year,
            ViewSubject::Volatility(_) => (value * year).max(0.0).sqrt(),
            ViewSubject::Correlation(..) => value,
        };
        let constraints = views.iter().map(constraint).collect::<Result<Vec<Constraint>, Vec<Diagnostic>>>()?;
        let found = entropy_pooling(returns.values(), None, &constraints).map_err(|error| refused_constraint(views, &error, a_year))?;
        let (scenarios, all) = (found.effective_scenarios, returns.rows());
        notes.push(format!(
            "The views moved the probabilities of the dates by a relative entropy of {:.4}: as uncertain as {scenarios:.0} equally likely dates of {all}.",
            found.relative_entropy
        ));
        let reports = views.iter().zip(&found.views).map(|(view, outcome)| ViewReport {
            view: view.statement.text.clone(),
            prior: a_year(view, outcome.prior),
            stated: view.statement.value,
            posterior: a_year(view, outcome.posterior),
        });
        let expected = found.mean.iter().map(|mean| mean * year).collect();
        Ok(Blended { expected, reports: reports.collect(), covariance: found.covariance.scaled(year) })
    }

    /// The combination of assets that a view is about: a class is its leaves in the proportions of the
    /// reference weights, or in equal parts where there are none.
    fn combination(&self, view: &View) -> Vec<f64> {
        let mut weights = vec![0.0; self.assets.len()];
        for term in &view.statement.terms {
            let within: Vec<usize> = self.within(&term.name);
            let share = |asset: &usize| self.reference.and_then(|reference| reference.get(*asset)).copied().unwrap_or(0.0);
            let whole: f64 = within.iter().map(share).sum();
            #[expect(clippy::cast_precision_loss, reason = "counts of leaves are far below 2^53")]
            let equal = 1.0 / within.len().max(1) as f64;
            for asset in &within {
                let part = if whole > 0.0 { share(asset) / whole } else { equal };
                if let Some(weight) = weights.get_mut(*asset) {
                    *weight += term.coefficient * part;
                }
            }
        }
        weights
    }

    /// The assets that a name stands for.
    fn within(&self, name: &str) -> Vec<usize> {
        let Some(node) = self.inputs.tree.resolve(name).and_then(|id| self.inputs.tree.nodes.get(id.0)) else { return Vec::new() };
        (0..self.assets.len()).filter(|at| self.assets.get(*at).is_some_and(|asset| asset.class.is_within(&node.class))).collect()
    }

    /// The one asset that a name stands for.
    fn leaf(&self, name: &str) -> Result<usize, Vec<Diagnostic>> {
        if let [only] = self.within(name)[..] {
            return Ok(only);
        }
        let message = format!("a view on a volatility or a correlation names single leaves, and `{name}` is none that is estimated");
        Err(vec![Diagnostic::error(Code::VIEWS, message).help("name a leaf of the targets, or its instrument")])
    }
}

/// A belief that cannot be blended in.
fn refused_belief(views: &[View], error: &ViewError) -> Vec<Diagnostic> {
    match error {
        ViewError::Redundant { view } => {
            let problem = "says for certain what views before it, or assets without risk, decide already";
            refused(views, &[*view], problem, "leave it out, or make it less certain by its `confidence`")
        }
        other => vec![Diagnostic::error(Code::VIEWS, other.to_string()).help(REMEDY)],
    }
}

/// A view that no probabilities hold; `a_year` takes the value of a view to what people state.
fn refused_constraint(views: &[View], error: &PoolingError, a_year: impl Fn(&View, f64) -> f64) -> Vec<Diagnostic> {
    match error {
        PoolingError::OutOfReach { view, lowest, highest, .. } => {
            let shown = |value: f64| {
                let Some(view) = views.get(*view) else { return value.to_string() };
                match view.subject {
                    ViewSubject::Correlation(..) => format!("{value:.4}"),
                    _ => percent(a_year(view, value)),
                }
            };
            let problem = format!("cannot hold: weighing the dates anew, it can only be from {} to {}", shown(*lowest), shown(*highest));
            refused(views, &[*view], &problem, REMEDY)
        }
        PoolingError::Contradiction { views: among } => {
            let problem = "cannot hold together, however the dates are weighed; without any one of them the others can";
            refused(views, among, problem, REMEDY)
        }
        other => vec![Diagnostic::error(Code::VIEWS, other.to_string()).help(REMEDY)],
    }
}

/// Views that cannot hold, in their own words and at the place of the first.
fn refused(views: &[View], among: &[usize], problem: &str, remedy: &str) -> Vec<Diagnostic> {
    let among: Vec<&View> = among.iter().filter_map(|at| views.get(*at)).collect();
    let words: Vec<String> = among.iter().map(|view| format!("`{}`", view.statement.text)).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let told = Diagnostic::error(Code::VIEWS, format!("{} {problem}", listed(&words))).help(remedy);
    let place = among.first().and_then(|view| view.statement.location.clone());
    vec![place.into_iter().fold(told, Diagnostic::at)]
}
