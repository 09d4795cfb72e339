//! What a policy means, in words.

use evenkeel_ledger::number::{Rate, Rounding};

use crate::words::amount;

use super::describe::{self, joined, percent, points, rate};
use super::describe_optimized;
use super::{
    Band, IndexRules, LotChoice, Node, Objective, OptimalRules, Overlay, Planner, Policy, StatedCosts, Strategy, Style, TargetTree,
    Trigger, WashSales,
};

/// What the policy means, in complete sentences, section by section.
pub fn explain(policy: &Policy) -> Vec<String> {
    let mut sentences = vec![format!(
        "`{}` is valued in {}; its schedules follow the calendar `{}`.",
        policy.name,
        policy.base_currency,
        policy.calendar.name()
    )];
    if let Some(benchmark) = &policy.benchmark {
        sentences.push(format!("It is compared with the benchmark `{benchmark}`."));
    }
    sentences.extend(objective(&policy.objective));
    sentences.extend(strategy(&policy.strategy));
    sentences.extend(style(policy.style));
    if matches!(policy.strategy, Strategy::Optimized(_)) {
        let facts = describe_optimized::estimate(&policy.estimate).into_iter().map(|(name, value)| format!("{name}: {value}"));
        sentences.push(format!("It is estimated by these: {}.", facts.collect::<Vec<_>>().join("; ")));
    }
    sentences.extend(targets(&policy.tree));
    sentences.push(triggers(&policy.triggers));
    sentences.extend(rebalance(policy));
    sentences.push(tax(policy));
    sentences.push(costs(policy));
    sentences.extend(policy.location.costs.iter().map(location));
    sentences.extend(cash(policy));
    sentences.extend(policy.spending.iter().map(|rules| format!("It pays out {}.", describe::spending(rules))));
    sentences.push(format!(
        "A price older than {} is stale, and one that moved by more than {} since the one before is suspect.",
        describe::days(policy.prices.max_age_days),
        percent(policy.prices.max_jump)
    ));
    sentences.extend(policy.indices.iter().map(index));
    sentences.extend(policy.limits.iter().map(|limit| format!("Limit `{}`: {}.", limit.name, describe::limit(limit))));
    sentences.extend(policy.overlay.iter().flat_map(overlay));
    sentences.extend(policy.stops.iter().map(|stop| format!("A {}.", describe::stop(stop))));
    sentences.extend(policy.stress.iter().map(|scenario| format!("Stress `{}`: {}.", scenario.name, describe::stress(scenario))));
    sentences
}

fn objective(objective: &Objective) -> Option<String> {
    let required = percent(objective.required_return()?);
    let made_of = match (objective.spending, objective.inflation) {
        (Some(spending), Some(inflation)) => format!(", for spending of {} and inflation of {}", percent(spending), percent(inflation)),
        (Some(_), None) => ", for spending".to_owned(),
        (None, Some(_)) => ", for inflation".to_owned(),
        (None, None) => String::new(),
    };
    Some(format!("It is to earn {required} a year{made_of}."))
}

fn strategy(strategy: &Strategy) -> Vec<String> {
    match strategy {
        Strategy::Tree => Vec::new(),
        Strategy::Profile { profile, horizon_years } => {
            let mix = format!("The top classes follow the profile `{}`: {}.", profile.name, describe::weights(&profile.weights));
            let horizon = horizon_years.map(|years| format!("The money is needed in {}.", describe::years(years)));
            std::iter::once(mix).chain(horizon).collect()
        }
        Strategy::GlidePath(path) => {
            let points = joined(path.points.iter().map(describe::glide_point), "and");
            vec![format!(
                "The top classes follow a glide path over {}: {points}; in between in a straight line.",
                describe::glide_axis(path.axis)
            )]
        }
        Strategy::Optimized(optimization) => {
            let facts = describe_optimized::optimization(optimization);
            let said = facts.iter().map(|(name, value)| match *name {
                "source" => format!("The weights of the leaves are optimized: {value}."),
                name => format!("Its {name}: {value}."),
            });
            said.collect()
        }
    }
}

fn style(style: Style) -> Option<String> {
    let Style::Tilted(tilt) = style else { return None };
    let (toward, limit) = (tilt.toward.name(), percent(tilt.tracking_error_limit));
    Some(format!("Its weights are tilted toward {toward}, by a tracking error of at most {limit} a year against the strategic mix."))
}

fn targets(tree: &TargetTree) -> Vec<String> {
    let mut of_portfolio: Vec<Option<Rate>> = Vec::with_capacity(tree.nodes.len());
    let mut sentences = Vec::with_capacity(tree.nodes.len());
    for node in &tree.nodes {
        let above = node.parent.map_or(Some(Rate::ONE), |parent| of_portfolio.get(parent.0).copied().flatten());
        let weight = above.zip(node.weight).and_then(|(above, share)| above.scale(share.decimal(), Rounding::HalfEven).ok());
        of_portfolio.push(weight);
        let parent = node.parent.and_then(|parent| tree.nodes.get(parent.0));
        sentences.push(target(node, parent, weight));
    }
    sentences
}

fn target(node: &Node, parent: Option<&Node>, of_portfolio: Option<Rate>) -> String {
    let share = match (node.weight, parent, of_portfolio) {
        (Some(share), None, _) => format!("is {} of the portfolio", rate(share)),
        (Some(share), Some(parent), Some(weight)) => {
            format!("is {} of {}, which is {} of the portfolio", rate(share), parent.class, rate(weight))
        }
        (Some(share), Some(parent), None) => format!("is {} of {}", rate(share), parent.class),
        (None, _, _) => "has its weight from the strategy".to_owned(),
    };
    let held = match &node.instruments[..] {
        [] => String::new(),
        [first] => format!(", held in {first}"),
        [first, others @ ..] => format!(", held in {first}, else {}", joined(others, "or")),
    };
    let band =
        if node.band == Band::default() { String::new() } else { format!("; its band is {} to either side", describe::band(node.band)) };
    let range = of_portfolio.map(|weight| range(node.band, weight)).unwrap_or_default();
    format!("{} {share}{held}{band}{range}.", node.class)
}

/// "(30 % to 40 %)" for a band around a weight of the portfolio.
fn range(band: Band, weight: Rate) -> String {
    let weight = crate::boundary::to_f64(weight.decimal());
    let half_width = band.half_width(weight);
    if !half_width.is_finite() {
        return String::new();
    }
    format!(" ({} to {} of the portfolio)", percent((weight - half_width).max(0.0)), percent(weight + half_width))
}

fn triggers(triggers: &[Trigger]) -> String {
    format!("It {}.", joined(triggers.iter().map(describe::trigger), "and"))
}

fn rebalance(policy: &Policy) -> Vec<String> {
    let rules = &policy.rebalance;
    let mut sentences = vec![format!(
        "Trades go {}; {} trade, {}.",
        describe::destination(rules.destination),
        describe::scope(rules.scope),
        describe::mode(rules.mode)
    )];
    sentences.push(format!(
        "Trades of {} or less are dropped; holdings that no target holds {}.",
        amount(rules.min_trade),
        describe::unlisted(rules.unlisted)
    ));
    if rules.cooldown_days > 0 {
        sentences.push(format!("After a rebalance it waits {}.", describe::days(rules.cooldown_days)));
    }
    if let Some(most) = rules.max_turnover_one_way {
        sentences.push(format!("One proposal trades at most {} of value, one-way.", percent(most)));
    }
    if rules.planner == Planner::Optimal {
        let OptimalRules { risk_aversion, horizon_years, later_tax, .. } = policy.optimal;
        let years = if (horizon_years - 1.0).abs() < f64::EPSILON { "1 year".to_owned() } else { format!("{horizon_years} years") };
        sentences.push(format!(
            "They are one decision over all lots, accounts and instruments: over {years} variance against the target costs \
             {risk_aversion} × ½ of it a year, and a unit of tax put off is worth {later_tax} today."
        ));
    }
    if !rules.whole_lots {
        sentences.push("Quantities are not rounded to lot sizes.".to_owned());
    }
    sentences
}

fn tax(policy: &Policy) -> String {
    let lots = match policy.rebalance.lot_method {
        LotChoice::MinTax => "Of taxable lots those are sold first of which the sale is taxed least".to_owned(),
        LotChoice::By(_) => format!("Taxable lots are sold by the method {}", policy.rebalance.lot_method.name().replace('_', " ")),
    };
    let washes = match policy.tax.wash_sales {
        WashSales::Avoid => "wash sales are not proposed",
        WashSales::Allow => "wash sales may be proposed",
    };
    let budget = policy.tax.gain_budget.map(|most| format!("; a tax year realizes net gains of at most {}", amount(most)));
    format!("{lots}; {washes}{}.", budget.unwrap_or_default())
}

fn costs(policy: &Policy) -> String {
    let costs = &policy.costs;
    let impact = if costs.impact_coefficient == 0.0 {
        String::new()
    } else {
        format!(", and market impact with the coefficient {}", costs.impact_coefficient)
    };
    let fee = if costs.management_fee == 0.0 {
        String::new()
    } else {
        format!(" Management costs {} of value a year.", percent(costs.management_fee))
    };
    format!(
        "A trade costs {} and {} of its value, and half of the spread, which is {} of price where an instrument states none{impact}.{fee}",
        amount(costs.fixed_per_trade),
        rate(costs.proportional),
        rate(costs.default_spread)
    )
}

fn location(costs: &StatedCosts) -> String {
    let classes = costs.classes.iter().map(|(class, cost)| format!("{} of {class}", percent(*cost)));
    format!("Holding classes in `{}` accounts costs {} a year.", costs.accounts.name(), joined(classes, "and"))
}

fn cash(policy: &Policy) -> Vec<String> {
    let cash = &policy.cash;
    let mut sentences = Vec::new();
    if !cash.minimum.is_zero() || cash.buffer != 0.0 {
        let (minimum, buffer) = (amount(cash.minimum), percent(cash.buffer));
        sentences.push(format!("Cash of at least {minimum} is kept, and {buffer} of value on top of the target weight of Cash."));
    }
    if !cash.flows.is_empty() || !cash.recurring.is_empty() {
        sentences.push(format!("Flows due within {} are provided for.", describe::days(cash.look_ahead_days)));
    }
    sentences.extend(cash.recurring.iter().map(|flow| format!("{}.", describe::recurring(flow))));
    sentences.extend(cash.flows.iter().map(|flow| format!("{}.", describe::flow(flow))));
    sentences
}

fn index(index: &IndexRules) -> String {
    let excluded = match &index.exclude[..] {
        [] => String::new(),
        selectors => format!(", without {}", joined(selectors.iter().map(describe::selector), "and without")),
    };
    let tilt = index.tilt.as_ref().map(|tilt| format!(", tilted {}", describe::score_tilt(tilt))).unwrap_or_default();
    let limit = index.max_tracking_error.map(|most| format!("; its tracking error is to be at most {} a year", percent(most)));
    format!("{} is held name by name like the index `{}`{excluded}{tilt}{}.", index.class, index.benchmark, limit.unwrap_or_default())
}

fn overlay(overlay: &Overlay) -> Vec<String> {
    let tracking_error = overlay.tracking_error_limit.map(|limit| format!(", with a tracking error of at most {}", percent(limit)));
    let mut sentences = vec![format!(
        "Until {}, {} may be shifted by up to {}{}, paid for by {}.",
        overlay.review_by,
        joined(&overlay.shifted, "and"),
        points(overlay.max_deviation),
        tracking_error.unwrap_or_default(),
        describe::weights(&overlay.offset)
    )];
    sentences.extend(overlay.signals.iter().map(|signal| format!("Signal `{}` is {}.", signal.name, describe::signal(signal))));
    sentences.extend(overlay.rules.iter().map(|rule| format!("Rule: {}.", describe::overlay_rule(rule))));
    sentences
}
