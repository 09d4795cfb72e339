//! The joint planner over generated households: audited, proven, and never worse than the rules.

use evenkeel::boundary::to_f64;
use evenkeel::drift::ReviewHistory;
use evenkeel::policy::{Attribute, Bound, Limit, Measure, Planner, Selector};
use evenkeel::run::{Mandate, Proposal, Provenance, Subject};
use evenkeel::trade::Comparison;
use evenkeel_cli::audit::{Facts, audit};
use evenkeel_ledger::instrument::{TradingState, Universe};
use evenkeel_testkit::generate::World;

use crate::support::{decreed, for_all, for_each, told};

/// Basis points that float noise leaves.
const NOISE: f64 = 1e-6;

fn propose(world: &World) -> Result<Proposal, String> {
    let mandate = Mandate::new(&world.policy, &world.universe, &world.market, Some(&world.assumptions), None);
    let mandate = mandate.comparing(Comparison::Nothing);
    let subject =
        Subject { household: &world.household, holdings: &world.holdings, flows: &[], sold: &[], history: ReviewHistory::default() };
    mandate.propose(&subject, Provenance::default()).map_err(|errors| format!("{errors:?}"))
}

fn optimal(world: &World) -> World {
    let mut world = decreed(world.clone());
    world.policy.rebalance.planner = Planner::Optimal;
    world
}

#[test]
fn the_auditor_objects_to_no_joint_decision() {
    for_all(audited);
}

/// Seeds of joint decisions to which the auditor once objected, of the first 100,000.
const ONCE_OBJECTED_TO: [u64; 8] = [11_403, 16_087, 18_007, 23_626, 27_271, 30_517, 34_019, 41_477];

#[test]
fn the_auditor_objects_no_longer() {
    for_each(ONCE_OBJECTED_TO, audited);
}

fn audited(world: &World) -> Result<(), String> {
    let world = optimal(world);
    let proposal = propose(&world)?;
    let facts = Facts {
        policy: &world.policy,
        universe: &world.universe,
        market: &world.market,
        assumptions: Some(&world.assumptions),
        household: &world.household,
        holdings: &world.holdings,
        flows: &[],
        sold: &[],
    };
    let objections = audit(&facts, &proposal).map_err(|error| error.to_string())?;
    if objections.is_empty() { Ok(()) } else { Err(format!("{objections:?} of {}", told(&proposal))) }
}

#[test]
fn a_joint_decision_is_proven_and_never_worse_than_the_rules() {
    for_all(|world| {
        let proposal = propose(&optimal(world))?;
        let Some(optimum) = proposal.optimum.as_ref() else { return Ok(()) };
        let way = proposal.ways.iter().find(|way| way.name == proposal.chosen).and_then(|way| way.objective);
        if way.is_none_or(|terms| (terms.total - optimum.terms.total).abs() > NOISE) {
            return Err(format!("the way comes to {way:?} and the decision to {:?}", optimum.terms));
        }
        is_no_worse_than_rules(world, &proposal)?;
        match optimum.proof {
            None => Err(format!("nothing is proven: {:?}", optimum.approximations)),
            Some(proof) if proof.bound > optimum.terms.total + NOISE || proof.gap < 0.0 => Err(format!("{proof:?} of {:?}", optimum.terms)),
            Some(_) => Ok(()),
        }
    });
}

#[test]
fn a_limit_that_cannot_be_cured_keeps_nothing_from_being_traded() {
    for_all(|world| {
        let Some(world) = locked_above_a_limit(world) else { return Ok(()) };
        is_no_worse_than_rules(&world, &propose(&optimal(&world))?)
    });
}

/// Whether the joint planner's decision comes to no more than the plan of the rules, where that is not refused.
fn is_no_worse_than_rules(world: &World, proposal: &Proposal) -> Result<(), String> {
    let mut by_rules = optimal(world);
    by_rules.policy.rebalance.planner = Planner::Rules;
    let Some(optimum) = proposal.optimum.as_ref().filter(|_| !proposal.refused) else { return Ok(()) };
    if optimum.terms.total > optimum.rules.total + NOISE && !propose(&by_rules)?.refused {
        return Err(format!("{:?} is worse than the rules' {:?}", optimum.terms, optimum.rules));
    }
    Ok(())
}

/// The world with the largest holding locked, at twice the weight that a hard limit allows.
fn locked_above_a_limit(world: &World) -> Option<World> {
    let mut world = decreed(world.clone());
    let mandate = Mandate::new(&world.policy, &world.universe, &world.market, Some(&world.assumptions), None);
    let portfolio = mandate.value(&world.holdings).ok()?;
    let positions = portfolio.accounts.iter().flat_map(|account| &account.positions);
    let values = positions.map(|position| (to_f64(position.value.amount()), position.instrument));
    let (value, largest) = values.max_by(|a, b| a.0.total_cmp(&b.0))?;
    let weight = value / to_f64(portfolio.value().ok()?.amount());
    let symbol = world.universe.symbol(largest).to_owned();
    let mut instruments: Vec<_> = world.universe.iter().map(|(_, instrument)| instrument.clone()).collect();
    instruments.iter_mut().filter(|instrument| instrument.symbol == symbol).for_each(|instrument| {
        (instrument.trading.state, instrument.trading.until) = (TradingState::Restricted, None);
    });
    world.universe = Universe::new(instruments).ok()?;
    world.policy.limits.push(Limit {
        name: "Locked".to_owned(),
        measure: Measure::Weight,
        selector: Selector { attributes: vec![(Attribute::Instrument, vec![symbol])], ..Selector::default() },
        each: None,
        above: None,
        bound: Bound::AtMost,
        value: 0.5 * weight,
        hard: true,
        law: None,
        location: None,
    });
    (weight > 0.0).then_some(world)
}
