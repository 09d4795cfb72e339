//! The joint planner over generated households: audited, proven, and never worse than the rules.

use evenkeel::drift::ReviewHistory;
use evenkeel::policy::Planner;
use evenkeel::run::{Mandate, Proposal, Provenance, Subject};
use evenkeel::trade::Comparison;
use evenkeel_cli::audit::{Facts, audit};
use evenkeel_testkit::generate::World;

use crate::support::{decreed, for_all};

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
    for_all(|world| {
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
        if objections.is_empty() { Ok(()) } else { Err(format!("{objections:?}")) }
    });
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
        // What the rules would do may break a limit that the joint planner keeps.
        let rules_keep = optimum.rules.limits <= NOISE;
        if rules_keep && optimum.terms.total > optimum.rules.total + NOISE {
            return Err(format!("{:?} is worse than the rules' {:?}", optimum.terms, optimum.rules));
        }
        match optimum.proof {
            None => Err(format!("nothing is proven: {:?}", optimum.approximations)),
            Some(proof) if proof.bound > optimum.terms.total + NOISE || proof.gap < 0.0 => Err(format!("{proof:?} of {:?}", optimum.terms)),
            Some(_) => Ok(()),
        }
    });
}
