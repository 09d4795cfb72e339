//! Weights that a recipe gives rather than a search over all that the rules allow.

use evenkeel_quant::allocate::hierarchical::equal_contribution::{Within, hierarchical_equal_contribution};
use evenkeel_quant::allocate::hierarchical::nested::nested_clusters;
use evenkeel_quant::allocate::hierarchical::risk_parity::hierarchical_risk_parity;
use evenkeel_quant::allocate::naive::{equal_weight, inverse_volatility};
use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::optimize::problem::solve;
use evenkeel_quant::optimize::solution::Backend;

use crate::diagnostic::Diagnostic;
use crate::estimate::Estimates;
use crate::policy::{HierarchicalScheme, Linkage, Method, RiskMeasure};

use super::rules::Rules;
use super::{OptimizeInputs, cluster_tree, minimum_variance, refused, report, risk_budget};

/// Weights that sum to 1, and their risk where the method is about a measure of scenarios.
pub(super) fn weights(
    inputs: &OptimizeInputs<'_>,
    estimates: &Estimates,
    rules: &Rules<'_>,
    invested: f64,
) -> Result<(Vec<f64>, Option<f64>), Vec<Diagnostic>> {
    let covariance = &estimates.covariance;
    let weights = match &inputs.optimization.method {
        Method::InverseVolatility => inverse_volatility(covariance).map_err(|error| vec![refused(&error, estimates)])?,
        Method::RiskBudget { measure, budgets } => {
            let found = risk_budget::budgeted(rules, estimates, *measure, budgets, invested)?;
            return Ok((found.weights, Some(found.risk).filter(|_| *measure != RiskMeasure::Variance)));
        }
        Method::Hierarchical { scheme, linkage, clusters } => {
            hierarchical(*scheme, *linkage, clusters.unwrap_or(1), estimates, inputs.backend)?
        }
        Method::EqualWeight | Method::MeanRisk { .. } | Method::MaximumDiversification | Method::Kelly => equal_weight(covariance.size()),
    };
    Ok((weights, None))
}

fn hierarchical(
    scheme: HierarchicalScheme,
    linkage: Linkage,
    clusters: usize,
    estimates: &Estimates,
    backend: Option<Backend>,
) -> Result<Vec<f64>, Vec<Diagnostic>> {
    let covariance = &estimates.covariance;
    let told = |error: &dyn std::fmt::Display| vec![refused(error, estimates)];
    let tree = cluster_tree(covariance, linkage).map_err(|error| told(&error))?;
    match scheme {
        HierarchicalScheme::RiskParity => hierarchical_risk_parity(covariance, &tree).map_err(|error| told(&error)),
        HierarchicalScheme::EqualRiskContribution => {
            hierarchical_equal_contribution(covariance, &tree, clusters, Within::InverseVariance).map_err(|error| told(&error))
        }
        HierarchicalScheme::NestedClusters => {
            let least = |covariance: &Covariance| Ok(solve(&minimum_variance(covariance), backend).map_err(|error| told(&error))?.weights);
            nested_clusters(covariance, &tree, clusters, |inside, _| least(inside), |across, _| least(across))
                .map_err(|error: report::Nested| error.0)
        }
    }
}
