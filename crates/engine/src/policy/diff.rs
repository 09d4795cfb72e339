//! What changed between two policies, in words.

use crate::words::amount;

use super::describe::{self, joined, percent, points, rate};
use super::describe_optimized;
use super::{Bound, EstimateRules, IndexRules, Overlay, Policy, StopRule, Strategy, Style};

/// Something that a policy speaks of, with what it says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Subject {
    name: String,
    /// Whether it is a class: a class may bear any name, that of a section too.
    is_class: bool,
    /// What is said, and in which words; only what is said.
    facts: Vec<(String, String)>,
}

/// What changed from one policy to another, one sentence a change, in the order of the file; empty
/// where both say the same.
pub fn diff(before: &Policy, after: &Policy) -> Vec<String> {
    let (before, after) = (subjects(before), subjects(after));
    let find = |subjects: &[Subject], wanted: &Subject| {
        subjects.iter().find(|subject| subject.name == wanted.name && subject.is_class == wanted.is_class).cloned()
    };
    let mut changes = Vec::new();
    for subject in &after {
        match find(&before, subject) {
            Some(old) => changes.extend(changed_facts(&old, subject)),
            None => changes.push(format!("{} is added{}", subject.name, said(subject))),
        }
    }
    let removed = before.iter().filter(|subject| find(&after, subject).is_none());
    changes.extend(removed.map(|subject| format!("{} is removed{}", subject.name, said(subject))));
    changes
}

fn changed_facts(old: &Subject, new: &Subject) -> Vec<String> {
    let value = |subject: &Subject, fact: &str| subject.facts.iter().find(|(name, _)| name == fact).map(|(_, value)| value.clone());
    let mut facts: Vec<&String> = new.facts.iter().map(|(name, _)| name).collect();
    facts.extend(old.facts.iter().map(|(name, _)| name).filter(|name| value(new, name).is_none()));
    let change = |fact: &String| match (value(old, fact), value(new, fact)) {
        (Some(before), Some(after)) if before != after => Some(format!("{}: {fact} {before} → {after}", new.name)),
        (None, Some(after)) => Some(format!("{}: {fact} {after} is new", new.name)),
        (Some(before), None) => Some(format!("{}: {fact} {before} is gone", new.name)),
        _ => None,
    };
    facts.into_iter().filter_map(change).collect()
}

fn said(subject: &Subject) -> String {
    if subject.facts.is_empty() {
        return String::new();
    }
    let facts: Vec<String> = subject.facts.iter().map(|(name, value)| format!("{name} {value}")).collect();
    format!(": {}", facts.join(", "))
}

/// Gathers facts, leaving out what is not said.
struct Facts(Vec<(String, String)>);

impl Facts {
    fn new() -> Self {
        Self(Vec::new())
    }

    fn and(mut self, name: impl Into<String>, value: impl Into<Option<String>>) -> Self {
        if let Some(value) = value.into() {
            self.0.push((name.into(), value));
        }
        self
    }

    fn of(self, subject: impl Into<String>) -> Subject {
        Subject { name: subject.into(), is_class: false, facts: self.0 }
    }
}

fn subjects(policy: &Policy) -> Vec<Subject> {
    let objective = &policy.objective;
    let mut subjects = vec![
        Facts::new()
            .and("name", format!("`{}`", policy.name))
            .and("base currency", policy.base_currency.to_string())
            .and("calendar", policy.calendar.name().to_owned())
            .and("benchmark", policy.benchmark.clone())
            .of("Policy"),
        Facts::new()
            .and("nominal return", objective.nominal_return.map(percent))
            .and("spending", objective.spending.map(percent))
            .and("inflation", objective.inflation.map(percent))
            .of("Objective"),
        strategy(&policy.strategy, policy.style),
    ];
    if policy.estimate != EstimateRules::default() {
        let facts = describe_optimized::estimate(&policy.estimate).into_iter();
        subjects.push(facts.fold(Facts::new(), |facts, (name, value)| facts.and(name, value)).of("Estimate"));
    }
    subjects.extend(
        policy
            .profiles
            .iter()
            .map(|profile| Facts::new().and("weights", describe::weights(&profile.weights)).of(format!("Profile `{}`", profile.name))),
    );
    subjects.extend(policy.tree.nodes.iter().map(|node| {
        let instruments = (!node.instruments.is_empty()).then(|| node.instruments.join(", "));
        let facts =
            Facts::new().and("weight", node.weight.map(rate)).and("band", describe::band(node.band)).and("instruments", instruments);
        Subject { is_class: true, ..facts.of(node.class.to_string()) }
    }));
    subjects.extend(policy.triggers.iter().map(|trigger| Facts::new().of(format!("The trigger that {}", describe::trigger(trigger)))));
    subjects.extend(trading(policy));
    subjects.extend(policy.indices.iter().map(index));
    subjects.extend(policy.limits.iter().map(|limit| {
        let side = if limit.bound == Bound::AtMost { "at most" } else { "at least" };
        Facts::new().and("rule", describe::limit(limit)).of(format!("Limit `{}` ({side})", limit.name))
    }));
    subjects.extend(policy.overlay.iter().flat_map(overlay));
    subjects.extend(policy.stops.iter().map(stop));
    subjects.extend(
        policy
            .stress
            .iter()
            .map(|scenario| Facts::new().and("shocks", describe::stress(scenario)).of(format!("Stress `{}`", scenario.name))),
    );
    subjects
}

fn strategy(strategy: &Strategy, style: Style) -> Subject {
    let facts = match strategy {
        Strategy::Tree => Facts::new().and("source", "the targets".to_owned()),
        Strategy::Profile { profile, horizon_years } => Facts::new()
            .and("source", format!("the profile `{}`", profile.name))
            .and("weights", describe::weights(&profile.weights))
            .and("horizon", horizon_years.map(describe::years)),
        Strategy::GlidePath(path) => Facts::new()
            .and("source", format!("a glide path over {}", describe::glide_axis(path.axis)))
            .and("points", joined(path.points.iter().map(describe::glide_point), "and")),
        Strategy::Optimized(optimization) => {
            describe_optimized::optimization(optimization).into_iter().fold(Facts::new(), |facts, (name, value)| facts.and(name, value))
        }
    };
    let (name, tracking_error) = match style {
        Style::Index => ("index", None),
        Style::Tilted(tilt) => (tilt.toward.name(), Some(percent(tilt.tracking_error_limit))),
    };
    facts.and("style", name.to_owned()).and("most tracking error of the style", tracking_error).of("Strategy")
}

fn trading(policy: &Policy) -> Vec<Subject> {
    let (rules, costs, cash, prices) = (&policy.rebalance, &policy.costs, &policy.cash, &policy.prices);
    let mut subjects = vec![
        Facts::new()
            .and("planner", format!("{:?}", rules.planner).to_lowercase())
            .and("destination", describe::destination(rules.destination))
            .and("scope", describe::scope(rules.scope).to_owned())
            .and("mode", describe::mode(rules.mode).to_owned())
            .and("cooldown", describe::days(rules.cooldown_days))
            .and("minimum trade", amount(rules.min_trade))
            .and("most turnover, one-way,", rules.max_turnover_one_way.map(percent))
            .and("whole lots", if rules.whole_lots { "yes" } else { "no" }.to_owned())
            .and("lot method", rules.lot_method.name().to_owned())
            .and("holdings that no target holds", describe::unlisted(rules.unlisted).to_owned())
            .of("Rebalance"),
        Facts::new()
            .and("fee for each trade", amount(costs.fixed_per_trade))
            .and("proportional cost", rate(costs.proportional))
            .and("default spread", rate(costs.default_spread))
            .and("impact coefficient", costs.impact_coefficient.to_string())
            .and("management fee", percent(costs.management_fee))
            .of("Costs"),
        Facts::new()
            .and("minimum", amount(cash.minimum))
            .and("buffer", percent(cash.buffer))
            .and("look ahead", describe::days(cash.look_ahead_days))
            .of("Cash rules"),
        Facts::new()
            .and("identical", format!("{:?}", policy.tax.identical).to_lowercase())
            .and("wash sales", format!("{:?}", policy.tax.wash_sales).to_lowercase())
            .and("gain budget", policy.tax.gain_budget.map(amount))
            .and("least loss to harvest", amount(policy.tax.harvest.min_loss))
            .and("least loss fraction to harvest", percent(policy.tax.harvest.min_loss_fraction))
            .and("least benefit of harvesting", amount(policy.tax.harvest.min_benefit))
            .and("most tracking error of a substitute", policy.tax.harvest.max_tracking_error.map(percent))
            .and("switch back", if policy.tax.harvest.switch_back { "yes" } else { "no" }.to_owned())
            .of("Taxes"),
        Facts::new()
            .and("risk aversion", policy.optimal.risk_aversion.to_string())
            .and("horizon", format!("{} years", policy.optimal.horizon_years))
            .and("price of weight beyond a band", policy.optimal.band_price.to_string())
            .and("worth of a unit of later tax", policy.optimal.later_tax.to_string())
            .and("class volatility", percent(policy.optimal.class_volatility))
            .of("The joint planner"),
        Facts::new().and("oldest", describe::days(prices.max_age_days)).and("largest jump", percent(prices.max_jump)).of("Prices"),
    ];
    subjects.extend(policy.location.costs.iter().map(|costs| {
        let name = format!("The costs of holding classes in `{}` accounts", costs.accounts.name());
        costs.classes.iter().fold(Facts::new(), |facts, (class, cost)| facts.and(class.as_str(), percent(*cost))).of(name)
    }));
    subjects.extend(policy.spending.iter().map(|rules| Facts::new().and("rule", describe::spending(rules)).of("Spending")));
    subjects.extend(cash.recurring.iter().map(|flow| Facts::new().of(format!("The flow of which {}", describe::recurring(flow)))));
    subjects.extend(cash.flows.iter().map(|flow| Facts::new().of(format!("The flow of which {}", describe::flow(flow)))));
    subjects
}

fn index(index: &IndexRules) -> Subject {
    let excluded = (!index.exclude.is_empty()).then(|| joined(index.exclude.iter().map(describe::selector), "and"));
    Facts::new()
        .and("benchmark", index.benchmark.clone())
        .and("most tracking error", index.max_tracking_error.map(percent))
        .and("excluded", excluded)
        .and("tilt", index.tilt.as_ref().map(describe::score_tilt))
        .of(format!("The index of {}", index.class))
}

fn stop(stop: &StopRule) -> Subject {
    Facts::new().of(format!("The {}", describe::stop(stop)))
}

fn overlay(overlay: &Overlay) -> Vec<Subject> {
    let mut subjects = vec![
        Facts::new()
            .and("review by", overlay.review_by.to_string())
            .and("most deviation", points(overlay.max_deviation))
            .and("most tracking error", overlay.tracking_error_limit.map(percent))
            .and("shifted classes", joined(&overlay.shifted, "and"))
            .and("offset", describe::weights(&overlay.offset))
            .of("Overlay"),
    ];
    subjects.extend(
        overlay
            .signals
            .iter()
            .map(|signal| Facts::new().and("definition", describe::signal(signal)).of(format!("Signal `{}`", signal.name))),
    );
    subjects.extend(overlay.rules.iter().map(|rule| Facts::new().of(format!("The rule \"{}\"", describe::overlay_rule(rule)))));
    subjects
}
