//! Means and covariance a year, before views.

use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::estimate::covariance::denoised::denoised;
use evenkeel_quant::estimate::covariance::exponential::{ExponentialForm, exponentially_weighted};
use evenkeel_quant::estimate::covariance::factor_model::principal_components::principal_components;
use evenkeel_quant::estimate::covariance::gerber::{GerberDenominator, gerber};
use evenkeel_quant::estimate::covariance::ledoit_wolf::{ledoit_wolf_constant_correlation, ledoit_wolf_identity};
use evenkeel_quant::estimate::covariance::nearest::Repair;
use evenkeel_quant::estimate::covariance::oracle::oracle_approximating;
use evenkeel_quant::estimate::covariance::pairwise::pairwise_covariance;
use evenkeel_quant::estimate::covariance::sample::sample_covariance;
use evenkeel_quant::estimate::covariance::semi::{Below, semicovariance};
use evenkeel_quant::estimate::covariance::stressed::toward_common_correlation;
use evenkeel_quant::estimate::observations::EstimateError;
use evenkeel_quant::estimate::returns::capm::{betas, capm_returns};
use evenkeel_quant::estimate::returns::equilibrium::equilibrium_returns;
use evenkeel_quant::estimate::returns::exponential::exponentially_weighted_returns;
use evenkeel_quant::estimate::returns::mean::mean_known_returns;
use evenkeel_quant::estimate::returns::shrinkage::james_stein;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::linear::product::times;
use evenkeel_quant::panel::Panel;

use evenkeel_ledger::class::ClassPath;

use crate::diagnostic::{Code, Diagnostic};
use crate::policy::{CovarianceEstimator, ReturnEstimator};
use crate::portfolio::class_covariance;
use crate::words;

use super::{Asset, EstimateInputs, with_names};

/// Degrees of freedom that a mean takes.
const DDOF: usize = 1;

/// Dates that a pair of assets must have in common at the least.
const LEAST_COMMON: usize = 2;

/// Means and covariance, a year.
pub(super) struct Moments {
    pub(super) expected: Vec<f64>,
    pub(super) covariance: Covariance,
    /// Periods of the returns in it.
    pub(super) periods_per_year: f64,
}

/// Returns of periods, and how many of these a year has.
#[derive(Clone, Copy)]
struct Past<'a> {
    returns: Option<&'a Matrix>,
    periods_per_year: f64,
}

pub(super) fn estimate(
    inputs: &EstimateInputs<'_>,
    assets: &[Asset],
    (returns, periods_per_year): (Option<&Panel>, f64),
    reference: Option<&[f64]>,
    notes: &mut Vec<String>,
) -> Result<Moments, Vec<Diagnostic>> {
    let observed = Past { returns: returns.map(Panel::values), periods_per_year };
    let mut covariance = covariance(inputs, assets, observed, notes)?;
    if let Some(stress) = inputs.rules.correlation_stress {
        covariance = toward_common_correlation(&covariance, 1.0, stress).map_err(|error| unusable(&error, assets))?;
        notes.push(format!("All correlations were moved {} of the way to 1.", words::percent(stress)));
    }
    let expected = expected(inputs, assets, observed, &covariance, reference, notes)?;
    Ok(Moments { expected, covariance, periods_per_year })
}

fn covariance(
    inputs: &EstimateInputs<'_>,
    assets: &[Asset],
    observed: Past<'_>,
    notes: &mut Vec<String>,
) -> Result<Covariance, Vec<Diagnostic>> {
    let Some(returns) = observed.returns.filter(|_| inputs.rules.covariance != CovarianceEstimator::Assumptions) else {
        return believed_covariance(inputs, assets);
    };
    let told = |error: EstimateError| unusable(&error, assets);
    let has_holes = returns.values().iter().any(|value| value.is_nan());
    let covariance = match inputs.rules.covariance {
        CovarianceEstimator::Sample if has_holes => {
            let found = pairwise_covariance(returns, DDOF, LEAST_COMMON, Repair::Nearest).map_err(told)?;
            if found.repaired.distance > 0.0 {
                let message = format!(
                    "Pairs of assets contradicted one another (smallest eigenvalue {:.4}); the correlations were moved by {:.4} in all.",
                    found.repaired.smallest_eigenvalue, found.repaired.distance
                );
                notes.push(message);
            }
            found.repaired.covariance
        }
        _ if has_holes => {
            let message = "with `missing = \"pairwise\"` the covariance can only be `sample`";
            let help = "set `covariance = \"sample\"`, or `missing = \"complete\"` or `\"backfill\"`";
            return Err(vec![Diagnostic::error(Code::HISTORY_UNUSABLE, message).help(help)]);
        }
        CovarianceEstimator::Assumptions | CovarianceEstimator::Sample => sample_covariance(returns, DDOF).map_err(told)?,
        CovarianceEstimator::Exponential { half_life } => {
            exponentially_weighted(returns, decay(half_life), ExponentialForm::WeightedMeanUnbiased).map_err(told)?
        }
        CovarianceEstimator::Semi => semicovariance(returns, Below::Mean, DDOF).map_err(told)?,
        CovarianceEstimator::LedoitWolf => {
            let shrunk = ledoit_wolf_identity(returns).map_err(told)?;
            notes.push(format!("The covariance is shrunk by {} toward a multiple of the identity.", words::percent(shrunk.intensity)));
            shrunk.covariance
        }
        CovarianceEstimator::LedoitWolfConstantCorrelation => {
            let found = ledoit_wolf_constant_correlation(returns, 0).map_err(told)?;
            let (by, mean) = (words::percent(found.shrunk.intensity), found.mean_correlation);
            notes.push(format!("The covariance is shrunk by {by} toward a correlation of {mean:.3} for all."));
            found.shrunk.covariance
        }
        CovarianceEstimator::OracleApproximating => {
            let shrunk = oracle_approximating(returns).map_err(told)?;
            notes.push(format!("The covariance is shrunk by {} toward a multiple of the identity.", words::percent(shrunk.intensity)));
            shrunk.covariance
        }
        CovarianceEstimator::Denoised => {
            let found = denoised(returns, DDOF).map_err(told)?;
            notes.push(format!("{} of {} eigenvalues are signal; the others were averaged.", found.signals, assets.len()));
            found.covariance
        }
        CovarianceEstimator::Gerber { threshold } => {
            gerber(returns, threshold, GerberDenominator::NotBothNeutral).map_err(told)?.covariance
        }
        CovarianceEstimator::Principal { factors } => principal_components(returns, factors, DDOF).map_err(told)?.covariance,
    };
    Ok(covariance.scaled(observed.periods_per_year))
}

fn expected(
    inputs: &EstimateInputs<'_>,
    assets: &[Asset],
    observed: Past<'_>,
    covariance: &Covariance,
    reference: Option<&[f64]>,
    notes: &mut Vec<String>,
) -> Result<Vec<f64>, Vec<Diagnostic>> {
    let year = observed.periods_per_year;
    let told = |error: &dyn std::fmt::Display| unusable(error, assets);
    let none = Matrix::zeros(0, assets.len());
    let returns = observed.returns.unwrap_or(&none);
    let a_year = |values: Vec<f64>| values.into_iter().map(|value| value * year).collect::<Vec<f64>>();
    let means = || mean_known_returns(returns, 1).map_err(|error| told(&error));
    Ok(match inputs.rules.returns {
        ReturnEstimator::Assumptions => return believed_returns(inputs, assets),
        ReturnEstimator::Mean => a_year(means()?),
        ReturnEstimator::Exponential { half_life } => {
            a_year(exponentially_weighted_returns(returns, decay(half_life)).map_err(|error| told(&error))?)
        }
        ReturnEstimator::Equilibrium { risk_aversion } => {
            let excess = equilibrium_returns(covariance, market(reference)?, risk_aversion).map_err(|error| told(&error))?;
            excess.into_iter().map(|excess| excess + inputs.rules.risk_free).collect()
        }
        ReturnEstimator::JamesStein => {
            let a_period = covariance.clone().scaled(1.0 / year);
            let shrunk = james_stein(&means()?, &a_period, returns.rows()).map_err(|error| told(&error))?;
            let target = words::percent(shrunk.target * year);
            notes.push(format!("Means are shrunk by {} toward {target} a year.", words::percent(shrunk.intensity)));
            a_year(shrunk.returns)
        }
        ReturnEstimator::Capm => {
            let market_returns = times(returns, market(reference)?);
            let betas = betas(returns, &market_returns).map_err(|error| told(&error))?;
            #[expect(clippy::cast_precision_loss, reason = "counts of dates are far below 2^53")]
            let mean = market_returns.iter().sum::<f64>() / market_returns.len().max(1) as f64;
            capm_returns(&betas, inputs.rules.risk_free, mean * year).map_err(|error| told(&error))?
        }
    })
}

/// The weights that stand for the market.
fn market(reference: Option<&[f64]>) -> Result<&[f64], Vec<Diagnostic>> {
    reference.filter(|weights| weights.iter().any(|weight| *weight > 0.0)).ok_or_else(|| {
        let message = "expected returns by `equilibrium` and `capm` need a market, and the targets state no weights";
        vec![Diagnostic::error(Code::BELIEF_MISSING, message).help("give each target a `weight`: what the market holds")]
    })
}

/// λ of a half life: λ to its power is ½.
fn decay(half_life: f64) -> f64 {
    0.5_f64.powf(1.0 / half_life)
}

fn believed_covariance(inputs: &EstimateInputs<'_>, assets: &[Asset]) -> Result<Covariance, Vec<Diagnostic>> {
    let Some(assumptions) = inputs.assumptions else { return Err(no_assumptions("covariance")) };
    let classes: Vec<ClassPath> = assets.iter().map(|asset| asset.class.clone()).collect();
    class_covariance(assumptions, &classes).map_err(|unknown| {
        let help = "give volatilities and correlations of the classes in the assumptions, or estimate the covariance from history";
        vec![Diagnostic::error(Code::BELIEF_MISSING, format!("the covariance cannot be told: {unknown}")).help(help)]
    })
}

fn believed_returns(inputs: &EstimateInputs<'_>, assets: &[Asset]) -> Result<Vec<f64>, Vec<Diagnostic>> {
    let Some(assumptions) = inputs.assumptions else { return Err(no_assumptions("returns")) };
    let (mut expected, mut problems) = (Vec::new(), Vec::new());
    for asset in assets {
        if let Some(value) = assumptions.of(&asset.class).and_then(|entry| entry.expected_return) {
            expected.push(value);
        } else {
            let message = format!("the assumptions give no expected return for {}", asset.class);
            problems.push(Diagnostic::error(Code::BELIEF_MISSING, message).help("add `expected_return` to that class in the assumptions"));
        }
    }
    if problems.is_empty() { Ok(expected) } else { Err(problems) }
}

fn no_assumptions(key: &str) -> Vec<Diagnostic> {
    let message = format!("`{key} = \"assumptions\"` needs assumptions, and none are given");
    vec![
        Diagnostic::error(Code::BELIEF_MISSING, message)
            .help(format!("add assumptions.toml, or choose another `{key}` under `[estimate]`")),
    ]
}

/// An estimate that history does not allow.
fn unusable(error: &dyn std::fmt::Display, assets: &[Asset]) -> Vec<Diagnostic> {
    let message = with_names(&error.to_string(), assets);
    let help = "use a longer history, leave the asset out, or choose another estimator under `[estimate]`";
    vec![Diagnostic::error(Code::HISTORY_UNUSABLE, message).help(help)]
}
