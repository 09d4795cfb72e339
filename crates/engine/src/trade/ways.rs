//! The ways to go, compared: what each leaves of drift, and what it costs.

use evenkeel_ledger::number::NumberError;

use crate::boundary::to_f64;
use crate::drift::{DriftSummary, Gauge};
use crate::policy::{Destination, Mode, Policy, Scope};

use super::context::Context;
use super::destination::Aim;
use super::list::Way;
use super::optimal::{self, Optimum, Tracking, Weighing};
use super::planner::Plan;
use super::situation::Situation;
use super::taxed::plan;

/// One way with its plan.
pub(super) struct Compared {
    pub(super) way: Way,
    pub(super) aim: Option<Aim>,
    pub(super) plan: Plan,
    pub(super) optimum: Option<Optimum>,
}

/// A plan before it is measured.
struct Made {
    name: &'static str,
    aim: Option<Aim>,
    plan: Plan,
    optimum: Option<Optimum>,
}

/// What is asked for.
pub(super) struct Asked<'a> {
    /// Where the policy's trades lead.
    pub(super) destination: Destination,
    /// The way that the rules planner would go.
    pub(super) by_rules: &'a str,
    /// The way that is gone.
    pub(super) chosen: &'a str,
    /// With what the joint planner weighs, if it is asked.
    pub(super) weighing: Option<&'a Weighing<'a>>,
}

/// What the joint planner's way is called.
pub(super) const OPTIMAL: &str = "optimal";

/// Which ways are planned beside the chosen one, to be compared with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Comparison {
    /// All that there are.
    #[default]
    All,
    /// All of the rules planner, and the joint planner's only where it is chosen.
    Rules,
    /// None but doing nothing, and tersely not even that: for books so large that the time of planning counts.
    Nothing,
}

/// What a way is called.
pub(super) fn name(destination: Destination) -> &'static str {
    match destination {
        Destination::Target => "to_target",
        Destination::HalfWay => "half_way",
        Destination::BandEdge => "to_band_edge",
        Destination::InnerBand { .. } => "to_inner_band",
        Destination::ToleranceBand { .. } => "to_tolerance_band",
    }
}

/// The ways to compare: nothing, cash only, and the destinations under the policy's scope and mode.
pub(super) fn aims(policy: &Policy, destination: Destination) -> Vec<(&'static str, Option<Aim>)> {
    let rules = &policy.rebalance;
    let cash_only = Aim { destination: Destination::Target, scope: Scope::All, mode: Mode::CashOnly };
    let mut aims = vec![("do_nothing", None), ("cash_flow_only", Some(cash_only))];
    let toward = |destination| Some(Aim { destination, scope: rules.scope, mode: rules.mode });
    let has_bands = policy.tree.nodes.iter().any(|node| node.band.half_width(1.0).is_finite());
    if has_bands {
        aims.push(("to_band_edge", toward(Destination::BandEdge)));
    }
    for destination in [Destination::HalfWay, Destination::Target, destination] {
        if !aims.iter().any(|(known, _)| *known == name(destination)) {
            aims.push((name(destination), toward(destination)));
        }
    }
    aims
}

/// Plans every way and measures what it leaves.
pub(super) fn compare(
    context: &Context<'_>,
    situation: &Situation<'_>,
    gauge: &Gauge<'_>,
    asked: &Asked<'_>,
) -> Result<Vec<Compared>, NumberError> {
    let all = context.comparison != Comparison::Nothing;
    let joint = asked.weighing.filter(|_| context.comparison == Comparison::All || asked.chosen == OPTIMAL);
    let is_told = |name: &str| all || name == "do_nothing" && !context.is_terse;
    let is_planned = |name: &str| is_told(name) || name == asked.chosen || joint.is_some() && name == asked.by_rules;
    let mut made = Vec::new();
    for (name, aim) in aims(context.policy, asked.destination).into_iter().filter(|(name, _)| is_planned(name)) {
        made.push(Made { name, aim, plan: plan(context, situation, aim)?, optimum: None });
    }
    // Where nothing triggers, what the joint planner would do is compared with going to where the policy's trades lead.
    let base = if asked.by_rules == "do_nothing" { name(asked.destination) } else { asked.by_rules };
    if let (Some(weighing), Some(by_rules)) = (joint, made.iter().find(|made| made.name == base)) {
        let mode = by_rules.aim.map_or(context.policy.rebalance.mode, |aim| aim.mode);
        let decided = optimal::decide(context, situation, weighing, mode, by_rules.plan.clone())?;
        let aim = Some(Aim { destination: asked.destination, scope: Scope::All, mode });
        made.push(Made { name: OPTIMAL, aim, plan: decided.plan, optimum: decided.optimum });
    }
    // All are measured as the joint planner's was, which is the last.
    let tracking = made.last().and_then(|made| made.optimum.as_ref()).map_or_else(Vec::new, |optimum| optimum.tracking.clone());
    made.into_iter().map(|made| measured(context, situation, gauge, asked.weighing, &tracking, made)).collect()
}

fn measured(
    context: &Context<'_>,
    situation: &Situation<'_>,
    gauge: &Gauge<'_>,
    weighing: Option<&Weighing<'_>>,
    tracking: &[Tracking],
    planned: Made,
) -> Result<Compared, NumberError> {
    let Made { name, aim, plan, optimum } = planned;
    let DriftSummary { max, half_l1, tracking_error } = gauge.summary(&plan.after);
    let total = situation.total();
    let traded = to_f64(plan.traded(context)?.amount());
    let way = Way {
        name: name.to_owned(),
        max_drift: max,
        half_l1_drift: half_l1,
        tracking_error,
        turnover_one_way: if total > 0.0 { 0.5 * traded / total } else { 0.0 },
        trades: plan.trades(),
        costs: plan.costs(context)?.total,
        tax: plan.tax(context, situation)?,
        tax_after_netting: plan.tax_after_netting(context, situation)?,
        is_tax_unknown: plan.taxable_sales(situation).any(|(.., sale)| sale.is_tax_unknown),
        objective: weighing.map(|weighing| optimal::measure(context, situation, weighing, tracking, &plan)).transpose()?.flatten(),
    };
    Ok(Compared { way, aim, plan, optimum })
}
