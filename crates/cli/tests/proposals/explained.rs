//! Every drift is traded or explained, every trade has its reason, and nothing is not a number.

use evenkeel::run::Proposal;
use evenkeel_testkit::generate::World;
use serde_json::Value;

use crate::support::{decreed, for_all, propose};

#[test]
fn every_drift_is_traded_or_explained() {
    for_all(explained);
    for_all(|world| explained(&decreed(world.clone())));
}

fn explained(world: &World) -> Result<(), String> {
    let proposal = propose(world)?;
    numbers(&serde_json::to_value(&proposal).map_err(|error| error.to_string())?, "proposal")?;
    for trade in &proposal.trades {
        if trade.reason.is_empty() || !trade.reason.contains(|letter: char| letter.is_ascii_digit()) && !trade.reason.contains("banned") {
            return Err(format!("{} of {} because `{}`", trade.symbol, trade.gross, trade.reason));
        }
    }
    if proposal.not_traded.iter().any(|line| line.reason.is_empty()) {
        return Err("something is not traded for no reason".to_owned());
    }
    drifts(world, &proposal)
}

/// Every leaf that ends more than a cent from its target is traded or listed.
fn drifts(world: &World, proposal: &Proposal) -> Result<(), String> {
    let total = evenkeel::boundary::to_f64(proposal.value.amount());
    for class in proposal.before.classes.iter().filter(|class| class.is_leaf && class.class != "Cash") {
        let off = class.drift.abs() * total;
        let traded = proposal.trades.iter().any(|trade| trade.class == class.class);
        let symbols = || {
            world
                .universe
                .iter()
                .filter(|(_, known)| {
                    known.class.as_str().starts_with(&class.class)
                        || known.composition.iter().any(|part| part.class.as_str().starts_with(&class.class))
                })
                .map(|(_, known)| &known.symbol)
        };
        let leaf = world.policy.tree.leaves().find(|(_, node)| node.class.as_str() == class.class);
        let named = leaf.map(|(_, node)| node.instruments.clone()).unwrap_or_default();
        let listed = proposal.not_traded.iter().any(|line| {
            // What no leaf names may be of any class.
            let unlisted = class.class.ends_with("Unlisted") && world.universe.find(&line.subject).is_some();
            unlisted || line.subject == class.class || named.contains(&line.subject) || symbols().any(|symbol| *symbol == line.subject)
        });
        if off > 0.01 && !traded && !listed {
            return Err(format!("{} is off by {off:.2} of {total:.2}, and not explained", class.class));
        }
    }
    Ok(())
}

/// `serde_json` writes NaN and infinities as null, which only what may be absent should be.
fn numbers(value: &Value, path: &str) -> Result<(), String> {
    const MAY_BE_ABSENT: [&str; 30] = [
        "tolerated",
        "optimum",
        "proof",
        "conflict",
        "effect",
        "objective",
        "breach",
        "basis",
        "location",
        "band",
        "move_to_upper",
        "move_to_lower",
        "tracking_error",
        "target",
        "drift",
        "account",
        "acquired",
        "cost_basis",
        "gain",
        "long_term",
        "before",
        "after",
        "slack",
        "slack_before",
        "slack_after",
        "value",
        "group",
        "tax",
        "tax_after_netting",
        "gain_budget",
    ];
    match value {
        Value::Null if MAY_BE_ABSENT.iter().any(|name| path.ends_with(name)) => Ok(()),
        Value::Null => Err(format!("{path} is null")),
        Value::Array(items) => items.iter().enumerate().try_for_each(|(index, item)| numbers(item, &format!("{path}.{index}"))),
        Value::Object(fields) => fields.iter().try_for_each(|(name, item)| numbers(item, &format!("{path}.{name}"))),
        Value::String(text) if text.contains("NaN") || text.contains("inf ") => Err(format!("{path} is `{text}`")),
        _ => Ok(()),
    }
}
