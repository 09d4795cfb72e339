//! Estimates, views and optimization in words: what is said, and in which words.

use super::describe::{joined, percent};
use super::{
    Blend, CovarianceEstimator, EstimateRules, Frequency, HierarchicalScheme, Linkage, MeanRiskObjective, Method, Missing, Optimization,
    ReturnEstimator, RiskMeasure,
};

/// Facts of an optimization: name and value.
pub(super) fn optimization(optimization: &Optimization) -> Vec<(&'static str, String)> {
    let mut facts = vec![("source", method(&optimization.method))];
    if !optimization.constraints.is_empty() {
        facts.push(("rules", joined(optimization.constraints.iter().map(|rule| format!("`{}`", rule.statement.text)), "and")));
    }
    if (optimization.budget - 1.0).abs() > 0.0 {
        facts.push(("sum of weights", percent(optimization.budget)));
    }
    if let Some(costs) = optimization.costs {
        let parts = [
            ("proportional", costs.proportional),
            ("quadratic", costs.quadratic),
            ("three halves", costs.three_halves),
            ("fixed", costs.fixed),
        ];
        let parts = parts.iter().filter(|(_, cost)| *cost > 0.0).map(|(name, cost)| format!("{name} {cost}"));
        facts.push(("cost of moving", joined(parts, "and")));
    }
    facts
}

fn method(method: &Method) -> String {
    match method {
        Method::MeanRisk { objective, measure } => match objective {
            MeanRiskObjective::MinimumRisk => format!("the least {}", self::measure(*measure)),
            MeanRiskObjective::MaximumReturn => "the greatest expected return".to_owned(),
            MeanRiskObjective::MaximumUtility { risk_aversion } => {
                format!("the greatest return less {} at a risk aversion of {risk_aversion}", self::measure(*measure))
            }
            MeanRiskObjective::MaximumRatio => {
                format!("the greatest ratio of return beyond the risk-free rate to {}", self::measure(*measure))
            }
        },
        Method::EqualWeight => "equal weights".to_owned(),
        Method::InverseVolatility => "weights in inverse proportion to volatility".to_owned(),
        Method::RiskBudget { measure, budgets } if budgets.is_empty() => format!("equal contributions to {}", self::measure(*measure)),
        Method::RiskBudget { measure, budgets } => {
            let shares = joined(budgets.iter().map(|(class, share)| format!("{} {class}", percent(*share))), "and");
            format!("contributions to {} of {shares}", self::measure(*measure))
        }
        Method::MaximumDiversification => "the greatest diversification ratio".to_owned(),
        Method::Kelly => "the greatest mean logarithm of wealth".to_owned(),
        Method::Hierarchical { scheme, linkage, clusters } => {
            let scheme = match scheme {
                HierarchicalScheme::RiskParity => "hierarchical risk parity",
                HierarchicalScheme::EqualRiskContribution => "hierarchical equal risk contribution",
                HierarchicalScheme::NestedClusters => "nested clustered optimization",
            };
            let clusters = clusters.map_or_else(String::new, |count| format!(" over {count} clusters"));
            format!("{scheme}{clusters}, {} linkage", self::linkage(*linkage))
        }
    }
}

/// A linkage in words.
pub fn linkage(linkage: Linkage) -> &'static str {
    match linkage {
        Linkage::Single => "single",
        Linkage::Complete => "complete",
        Linkage::Average => "average",
        Linkage::Ward => "ward",
    }
}

/// A measure of risk in words.
pub fn measure(measure: RiskMeasure) -> String {
    match measure {
        RiskMeasure::Variance => "volatility".to_owned(),
        RiskMeasure::TrackingError => "tracking error".to_owned(),
        RiskMeasure::MeanAbsoluteDeviation => "mean absolute deviation".to_owned(),
        RiskMeasure::Semideviation => "semideviation".to_owned(),
        RiskMeasure::ConditionalValueAtRisk { confidence } => format!("CVaR at {}", percent(confidence)),
        RiskMeasure::EntropicValueAtRisk { confidence } => format!("EVaR at {}", percent(confidence)),
        RiskMeasure::ConditionalDrawdown { confidence } => format!("CDaR at {}", percent(confidence)),
        RiskMeasure::MaximumDrawdown => "maximum drawdown".to_owned(),
    }
}

/// The time that a figure of a measure is of.
pub fn measure_time(measure: RiskMeasure) -> &'static str {
    match measure {
        RiskMeasure::Variance | RiskMeasure::TrackingError => "a year",
        RiskMeasure::ConditionalDrawdown { .. } | RiskMeasure::MaximumDrawdown => "over the history",
        _ => "a period",
    }
}

/// Facts of the estimation: name and value.
pub fn estimate(rules: &EstimateRules) -> Vec<(&'static str, String)> {
    let frequency = match rules.frequency {
        None => "as the prices come",
        Some(Frequency::Daily) => "daily",
        Some(Frequency::Weekly) => "weekly",
        Some(Frequency::Monthly) => "monthly",
    };
    let a_year = rules.periods_per_year.or(rules.frequency.map(Frequency::periods_per_year));
    let mut facts = vec![
        ("returns", a_year.map_or_else(|| frequency.to_owned(), |a_year| format!("{frequency}, {a_year} a year"))),
        ("expected returns", returns(rules.returns)),
        ("covariance", covariance(rules.covariance)),
    ];
    facts.extend(rules.years.map(|years| ("history", format!("{years} years"))));
    match rules.missing {
        Missing::Refuse => {}
        Missing::Complete => facts.push(("missing returns", "their dates are left out".to_owned())),
        Missing::Pairwise => facts.push(("missing returns", "each pair of assets uses the dates of both".to_owned())),
        Missing::Backfill => facts.push(("missing returns", "filled in by factors".to_owned())),
    }
    facts.extend(rules.winsorize.map(|tail| ("winsorized", format!("{} at each end", percent(tail)))));
    facts.extend(rules.correlation_stress.map(|stress| ("correlations", format!("moved {} of the way to 1", percent(stress)))));
    if rules.risk_free != 0.0 {
        facts.push(("risk-free rate", percent(rules.risk_free)));
    }
    if !rules.views.is_empty() {
        let blend = match rules.blend {
            Blend::BlackLitterman { tau } => format!("Black-Litterman with τ {tau}"),
            Blend::EntropyPooling => "entropy pooling".to_owned(),
        };
        let views = rules.views.iter().map(|view| match view.confidence {
            Some(confidence) => format!("`{}` ({} sure)", view.statement.text, percent(confidence)),
            None => format!("`{}`", view.statement.text),
        });
        facts.push(("views", format!("{} by {blend}", joined(views, "and"))));
    }
    facts
}

fn returns(estimator: ReturnEstimator) -> String {
    match estimator {
        ReturnEstimator::Assumptions => "of the assumptions".to_owned(),
        ReturnEstimator::Mean => "mean of history".to_owned(),
        ReturnEstimator::Exponential { half_life } => format!("exponentially weighted with a half life of {half_life} periods"),
        ReturnEstimator::Equilibrium { risk_aversion } => format!("of equilibrium at a risk aversion of {risk_aversion}"),
        ReturnEstimator::JamesStein => "James-Stein".to_owned(),
        ReturnEstimator::Capm => "CAPM".to_owned(),
    }
}

fn covariance(estimator: CovarianceEstimator) -> String {
    match estimator {
        CovarianceEstimator::Assumptions => "of the assumptions".to_owned(),
        CovarianceEstimator::Sample => "sample".to_owned(),
        CovarianceEstimator::Exponential { half_life } => format!("exponentially weighted with a half life of {half_life} periods"),
        CovarianceEstimator::Semi => "of shortfalls".to_owned(),
        CovarianceEstimator::LedoitWolf => "Ledoit-Wolf".to_owned(),
        CovarianceEstimator::LedoitWolfConstantCorrelation => "Ledoit-Wolf toward constant correlation".to_owned(),
        CovarianceEstimator::OracleApproximating => "oracle approximating shrinkage".to_owned(),
        CovarianceEstimator::Denoised => "denoised by Marchenko-Pastur".to_owned(),
        CovarianceEstimator::Gerber { threshold } => format!("Gerber with a threshold of {threshold} standard deviations"),
        CovarianceEstimator::Principal { factors } => format!("{factors} principal components"),
    }
}
