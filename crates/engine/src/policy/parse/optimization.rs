//! `[optimize]`: how target weights are optimized.

use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Table, Value, did_you_mean};
use crate::policy::{
    EXPOSURE, HierarchicalScheme, Linkage, MeanRiskObjective, Method, Optimization, OptimizationCosts, Relation, RiskMeasure, Rule,
    RuleSubject, Statement,
};

use super::estimate::{forgotten_percent, read_statement, without_effect};
use super::{KnownClasses, Weights, weights};

/// Words that stand for more than a class, and what they bind.
fn words(confidence: f64) -> [(&'static str, RuleSubject); 18] {
    [
        ("each", RuleSubject::Each),
        ("turnover", RuleSubject::Turnover),
        ("change", RuleSubject::Change),
        ("gross", RuleSubject::Gross),
        ("short", RuleSubject::Short),
        ("return", RuleSubject::Return),
        ("volatility", RuleSubject::Volatility),
        ("tracking error", RuleSubject::TrackingError),
        ("beta", RuleSubject::Beta),
        ("trade", RuleSubject::Trade),
        ("assets", RuleSubject::Assets),
        ("position", RuleSubject::Position),
        ("cvar", RuleSubject::Risk(RiskMeasure::ConditionalValueAtRisk { confidence })),
        ("evar", RuleSubject::Risk(RiskMeasure::EntropicValueAtRisk { confidence })),
        ("cdar", RuleSubject::Risk(RiskMeasure::ConditionalDrawdown { confidence })),
        ("mad", RuleSubject::Risk(RiskMeasure::MeanAbsoluteDeviation)),
        ("semideviation", RuleSubject::Risk(RiskMeasure::Semideviation)),
        ("maximum drawdown", RuleSubject::Risk(RiskMeasure::MaximumDrawdown)),
    ]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MethodName {
    MeanRisk,
    EqualWeight,
    InverseVolatility,
    RiskBudget,
    MaximumDiversification,
    Kelly,
    Hierarchical(HierarchicalScheme),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ObjectiveName {
    Minimum,
    Return,
    Utility,
    Ratio,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MeasureName {
    Variance,
    TrackingError,
    MeanAbsoluteDeviation,
    Semideviation,
    Conditional,
    Entropic,
    ConditionalDrawdown,
    MaximumDrawdown,
}

/// Reads the optimization; `None` where it could not be read.
pub(super) fn read(table: &Table<'_>) -> Option<Optimization> {
    let method = table
        .key("method", "How weights are found.")
        .one_of(&[
            ("mean_risk", MethodName::MeanRisk),
            ("equal_weight", MethodName::EqualWeight),
            ("inverse_volatility", MethodName::InverseVolatility),
            ("risk_budget", MethodName::RiskBudget),
            ("maximum_diversification", MethodName::MaximumDiversification),
            ("kelly", MethodName::Kelly),
            ("hrp", MethodName::Hierarchical(HierarchicalScheme::RiskParity)),
            ("herc", MethodName::Hierarchical(HierarchicalScheme::EqualRiskContribution)),
            ("nco", MethodName::Hierarchical(HierarchicalScheme::NestedClusters)),
        ])
        .or_absent("mean_risk", || MethodName::MeanRisk);
    let objective = read_objective(table);
    let confidence =
        table.key("confidence", "Confidence of `cvar`, `evar` and `cdar`; 0.95 where left out.").number().inside(0.0, 1.0, "").optional();
    let confidence = confidence.unwrap_or(0.95);
    let measure = read_measure(table, confidence);
    let budgets = weights(table.key("risk_budgets", "With `risk_budget`: share of risk of each leaf; equal where left out.")).optional();
    let clusters = table.key("clusters", "With `herc` and `nco`: number of clusters.").integer::<u32>().at_least(1, "clusters").optional();
    let linkage = table
        .key("linkage", "With `hrp`, `herc` and `nco`: how clusters are joined; `single` for `hrp`, else `ward` where left out.")
        .one_of(&[("single", Linkage::Single), ("complete", Linkage::Complete), ("average", Linkage::Average), ("ward", Linkage::Ward)])
        .optional();
    report_without_effect(table, method);
    let constraints = table
        .key(
            "constraints",
            "Rules as text, such as `\"US Equity + Bonds >= 30 %\"`, `\"each <= 25 %\"`, `\"volatility <= 12 %\"`, `\"turnover <= 20 %\"`.",
        )
        .list("array of texts", |value| rule(value, confidence))
        .or_else("[]", Vec::new);
    let uses_confidence = |rule: &Rule| matches!(rule.subject, RuleSubject::Risk(measure) if has_confidence(measure));
    if table.has("confidence") && !measure.is_none_or(has_confidence) && !constraints.iter().any(uses_confidence) {
        without_effect(table, "confidence", "`measure = \"cvar\"`, `\"evar\"` or `\"cdar\"`, or a rule on one of them");
    }
    let budget = table.key("budget", "Sum of the weights: 1, or 0 for a market-neutral book.").number().between(0.0, 1.0, "").or(1.0);
    if budget == 0.0 && method.is_some_and(|method| method != MethodName::MeanRisk) {
        without_effect(table, "budget", "`method = \"mean_risk\"`");
    }
    let costs = table.optional_table("cost", "What moving a weight from what is held costs, as fractions of value.", read_costs);
    let method = build(table, method?, objective?, measure?, budgets, clusters, linkage)?;
    Some(Optimization { method, constraints, budget, costs })
}

fn has_confidence(measure: RiskMeasure) -> bool {
    matches!(
        measure,
        RiskMeasure::ConditionalValueAtRisk { .. } | RiskMeasure::EntropicValueAtRisk { .. } | RiskMeasure::ConditionalDrawdown { .. }
    )
}

fn build(
    table: &Table<'_>,
    method: MethodName,
    objective: MeanRiskObjective,
    measure: RiskMeasure,
    budgets: Option<Weights>,
    clusters: Option<u32>,
    linkage: Option<Linkage>,
) -> Option<Method> {
    Some(match method {
        MethodName::MeanRisk => Method::MeanRisk { objective, measure },
        MethodName::EqualWeight => Method::EqualWeight,
        MethodName::InverseVolatility => Method::InverseVolatility,
        MethodName::RiskBudget => {
            let budgets = budgets.into_iter().flatten().map(|(class, share)| (class.value, crate::boundary::to_f64(share))).collect();
            Method::RiskBudget { measure, budgets }
        }
        MethodName::MaximumDiversification => Method::MaximumDiversification,
        MethodName::Kelly => Method::Kelly,
        MethodName::Hierarchical(scheme) => {
            let cuts = scheme != HierarchicalScheme::RiskParity;
            if cuts && clusters.is_none() && !table.has("clusters") && !table.is_reference() {
                let message = "`clusters` is missing in `optimize`";
                table.report(Diagnostic::error(Code::MISSING_KEY, message).help("add `clusters = …`: the number of clusters"));
                return None;
            }
            let linkage = linkage.unwrap_or(if cuts { Linkage::Ward } else { Linkage::Single });
            Method::Hierarchical { scheme, linkage, clusters: clusters.and_then(|count| usize::try_from(count).ok()) }
        }
    })
}

/// Reports keys that do nothing with the method chosen.
fn report_without_effect(table: &Table<'_>, method: Option<MethodName>) {
    let Some(method) = method else { return };
    let hierarchical = matches!(method, MethodName::Hierarchical(_));
    let cuts = hierarchical && method != MethodName::Hierarchical(HierarchicalScheme::RiskParity);
    let budget = method == MethodName::RiskBudget;
    let bound = budget || matches!(method, MethodName::MeanRisk | MethodName::MaximumDiversification | MethodName::Kelly);
    let keys = [
        ("objective", method == MethodName::MeanRisk, "`method = \"mean_risk\"`"),
        ("risk_aversion", method == MethodName::MeanRisk, "`method = \"mean_risk\"`"),
        ("measure", method == MethodName::MeanRisk || budget, "`method = \"mean_risk\"` or `\"risk_budget\"`"),
        ("risk_budgets", budget, "`method = \"risk_budget\"`"),
        ("clusters", cuts, "`method = \"herc\"` or `\"nco\"`"),
        ("linkage", hierarchical, "`method = \"hrp\"`, `\"herc\"` or `\"nco\"`"),
        ("cost", method == MethodName::MeanRisk, "`method = \"mean_risk\"`"),
        ("constraints", bound, "`method = \"mean_risk\"`, `\"maximum_diversification\"`, `\"kelly\"` or `\"risk_budget\"`"),
    ];
    for (key, _, needs) in keys.iter().filter(|(key, applies, _)| table.has(key) && !applies) {
        without_effect(table, key, needs);
    }
}

fn read_objective(table: &Table<'_>) -> Option<MeanRiskObjective> {
    let chosen = table
        .key("objective", "With `mean_risk`: what is best.")
        .one_of(&[
            ("minimum_risk", ObjectiveName::Minimum),
            ("maximum_return", ObjectiveName::Return),
            ("maximum_utility", ObjectiveName::Utility),
            ("maximum_ratio", ObjectiveName::Ratio),
        ])
        .or_absent("minimum_risk", || ObjectiveName::Minimum);
    let risk_aversion = table
        .key("risk_aversion", "With `maximum_utility`: γ in return − γ/2 × variance (for tracking error, that of the return over the benchmark's), and in return − γ × any other measure.")
        .number()
        .above(0.0, "")
        .optional();
    if table.has("risk_aversion") && chosen.is_some_and(|chosen| chosen != ObjectiveName::Utility) {
        without_effect(table, "risk_aversion", "`objective = \"maximum_utility\"`");
    }
    Some(match chosen? {
        ObjectiveName::Minimum => MeanRiskObjective::MinimumRisk,
        ObjectiveName::Return => MeanRiskObjective::MaximumReturn,
        ObjectiveName::Ratio => MeanRiskObjective::MaximumRatio,
        ObjectiveName::Utility => {
            if risk_aversion.is_none() && !table.has("risk_aversion") {
                let message = "`risk_aversion` is missing in `optimize`";
                table.report(Diagnostic::error(Code::MISSING_KEY, message).help("add `risk_aversion = …`: 1 is bold, 10 is cautious"));
            }
            MeanRiskObjective::MaximumUtility { risk_aversion: risk_aversion? }
        }
    })
}

fn read_measure(table: &Table<'_>, confidence: f64) -> Option<RiskMeasure> {
    let chosen = table
        .key("measure", "What risk is.")
        .one_of(&[
            ("variance", MeasureName::Variance),
            ("tracking_error", MeasureName::TrackingError),
            ("mad", MeasureName::MeanAbsoluteDeviation),
            ("semideviation", MeasureName::Semideviation),
            ("cvar", MeasureName::Conditional),
            ("evar", MeasureName::Entropic),
            ("cdar", MeasureName::ConditionalDrawdown),
            ("maximum_drawdown", MeasureName::MaximumDrawdown),
        ])
        .or_absent("variance", || MeasureName::Variance)?;
    Some(match chosen {
        MeasureName::Variance => RiskMeasure::Variance,
        MeasureName::TrackingError => RiskMeasure::TrackingError,
        MeasureName::MeanAbsoluteDeviation => RiskMeasure::MeanAbsoluteDeviation,
        MeasureName::Semideviation => RiskMeasure::Semideviation,
        MeasureName::Conditional => RiskMeasure::ConditionalValueAtRisk { confidence },
        MeasureName::Entropic => RiskMeasure::EntropicValueAtRisk { confidence },
        MeasureName::ConditionalDrawdown => RiskMeasure::ConditionalDrawdown { confidence },
        MeasureName::MaximumDrawdown => RiskMeasure::MaximumDrawdown,
    })
}

fn read_costs(table: &Table<'_>) -> OptimizationCosts {
    let cost = |name, about| table.key(name, about).number().at_least(0.0, "").or(0.0);
    OptimizationCosts {
        proportional: cost("proportional", "In proportion to the change: 0.001 is 10 bp."),
        quadratic: cost("quadratic", "Times half the square of the change."),
        three_halves: cost("three_halves", "Times the change to the power of 3/2, as market impact grows."),
        fixed: cost("fixed", "For any change at all of a weight."),
    }
}

/// Reads a rule: a statement whose one name may be a word for more than a class.
fn rule(value: Value<'_>, confidence: f64) -> Option<Rule> {
    let statement = read_statement(value)?;
    let subject = subject(&statement, confidence);
    let relations: &[Relation] = match subject {
        RuleSubject::Weights | RuleSubject::Each | RuleSubject::Beta | RuleSubject::Exposure => {
            &[Relation::AtMost, Relation::AtLeast, Relation::Equal]
        }
        RuleSubject::Return | RuleSubject::Position | RuleSubject::Trade => &[Relation::AtLeast],
        _ => &[Relation::AtMost],
    };
    let scaled = subject != RuleSubject::Weights && statement.terms.first().is_none_or(|term| (term.coefficient - 1.0).abs() > 0.0);
    if scaled || !relations.contains(&statement.relation) {
        let relation = relations.first().copied().unwrap_or(Relation::AtMost);
        let name = statement.terms.first().map_or("", |term| term.name.as_str());
        let help = format!("write `{name} {relation} …`");
        return value.refuse(Code::STATEMENT, &format!("binds {name} in a way that it cannot be bound"), &help);
    }
    let whole = statement.value.fract() == 0.0 && statement.value >= 1.0;
    if subject == RuleSubject::Assets && !whole {
        return value.refuse(Code::STATEMENT, "needs a whole number of assets, at least 1", "write a whole number, as in `assets <= 10`");
    }
    if let Some((problem, help)) = implausible(subject, &statement) {
        return value.refuse(Code::STATEMENT, &problem, &help);
    }
    Some(Rule { subject, statement })
}

/// What is wrong with the number of a rule, and the remedy.
fn implausible(subject: RuleSubject, statement: &Statement) -> Option<(String, String)> {
    let largest = match subject {
        RuleSubject::Assets | RuleSubject::Beta | RuleSubject::Exposure => f64::INFINITY,
        RuleSubject::Gross => 10.0,
        RuleSubject::Turnover => 4.0,
        RuleSubject::Weights => statement.terms.iter().map(|term| term.coefficient.abs()).fold(1.0, f64::max),
        _ => 1.0,
    };
    if let Some(told) = forgotten_percent(statement, largest) {
        return Some(told);
    }
    let signed =
        matches!(subject, RuleSubject::Weights | RuleSubject::Each | RuleSubject::Beta | RuleSubject::Exposure | RuleSubject::Return);
    let is_risk = matches!(subject, RuleSubject::Volatility | RuleSubject::TrackingError | RuleSubject::Risk(_));
    let name = statement.terms.first().map_or("", |term| term.name.as_str());
    match statement.value {
        value if is_risk && value <= 0.0 => Some((format!("limits {name} to nothing"), "write a number above 0".to_owned())),
        value if !signed && value < 0.0 => Some((format!("binds {name} below 0"), "write a number of at least 0".to_owned())),
        _ => None,
    }
}

/// What a statement binds: a word for more than a class where that is its only name.
fn subject(statement: &Statement, confidence: f64) -> RuleSubject {
    let [only] = statement.terms.as_slice() else { return RuleSubject::Weights };
    if only.name.starts_with(EXPOSURE) {
        return RuleSubject::Exposure;
    }
    let word = words(confidence).into_iter().find(|(word, _)| *word == only.name);
    word.map_or(RuleSubject::Weights, |(_, subject)| subject)
}

/// Reports names in rules that are nothing of the tree.
pub(super) fn check_names(root: &Table<'_>, optimization: &Optimization, classes: &KnownClasses<'_>) {
    let words = words(0.5).map(|(word, _)| word);
    let otherwise = format!("write a class or an instrument of the targets, or one of {}, {EXPOSURE}…", words.join(", "));
    for rule in optimization.constraints.iter().filter(|rule| rule.subject == RuleSubject::Weights) {
        let names = rule.statement.terms.iter().map(|term| term.name.as_str());
        let help = |name: &str, known: &mut dyn Iterator<Item = &str>| {
            if words.contains(&name) || name.starts_with(EXPOSURE) {
                return format!("`{name}` binds the whole portfolio and stands alone on its side of a rule, as in `{name} <= …`");
            }
            did_you_mean(name, known.chain(words), &otherwise)
        };
        classes.check_names(root, names, rule.statement.location.as_ref(), help);
    }
}
