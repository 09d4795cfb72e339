//! The ways to go, compared: what each leaves of drift, and what it costs.

use evenkeel_ledger::number::NumberError;

use crate::boundary::to_f64;
use crate::drift::{DriftSummary, Gauge};
use crate::policy::{Destination, Mode, Policy, Scope};

use super::context::Context;
use super::destination::Aim;
use super::list::Way;
use super::planner::Plan;
use super::situation::Situation;
use super::taxed::plan;

/// One way with its plan.
pub(super) struct Compared {
    pub(super) way: Way,
    pub(super) aim: Option<Aim>,
    pub(super) plan: Plan,
}

/// Which ways are planned beside the chosen one, to be compared with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Comparison {
    /// All that there are.
    #[default]
    All,
    /// None but doing nothing: for books so large that the time of planning counts.
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
    destination: Destination,
    chosen: &str,
) -> Result<Vec<Compared>, NumberError> {
    let mut ways = Vec::new();
    let is_compared = |name: &str| context.comparison == Comparison::All || name == chosen || name == "do_nothing";
    for (name, aim) in aims(context.policy, destination).into_iter().filter(|(name, _)| is_compared(name)) {
        ways.push(measured(context, situation, gauge, name, aim)?);
    }
    Ok(ways)
}

fn measured(
    context: &Context<'_>,
    situation: &Situation<'_>,
    gauge: &Gauge<'_>,
    name: &str,
    aim: Option<Aim>,
) -> Result<Compared, NumberError> {
    let plan = plan(context, situation, aim)?;
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
    };
    Ok(Compared { way, aim, plan })
}
