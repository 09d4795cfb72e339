//! What is harvested is at a loss, is worth it, and the auditor objects to none of its trades.

use evenkeel::drift::ReviewHistory;
use evenkeel::policy::WashSales;
use evenkeel::run::{HarvestProposal, Mandate, Provenance, Subject};
use evenkeel_cli::audit::{AuditRules, Claimed, Facts, audit_claims};
use evenkeel_testkit::generate::{World, world};

use crate::support::for_all;

fn harvest(world: &World) -> Result<HarvestProposal, String> {
    let mandate = Mandate::new(&world.policy, &world.universe, &world.market, Some(&world.assumptions), None);
    let subject =
        Subject { household: &world.household, holdings: &world.holdings, flows: &[], sold: &[], history: ReviewHistory::default() };
    mandate.harvest(&subject, Provenance::default()).map_err(|errors| format!("{errors:?}"))
}

/// Harvesting is not told of the turnover cap, which is the cap of a rebalance.
fn harvesting(world: &World) -> World {
    let mut world = world.clone();
    world.policy.rebalance.max_turnover_one_way = None;
    world.policy.tax.wash_sales = WashSales::Avoid;
    world
}

#[test]
fn the_auditor_objects_to_no_harvest() {
    for_all(|world| {
        let world = harvesting(world);
        let proposal = harvest(&world)?;
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
        let rules = AuditRules::new(facts.policy, facts.universe, facts.market, facts.assumptions).map_err(|error| error.to_string())?;
        let claimed = Claimed { trades: &proposal.harvest.trades, cash: &proposal.harvest.cash, refused: proposal.refused };
        let objections = audit_claims(&rules.auditor(facts.universe, facts.market), &facts, &claimed).map_err(|error| error.to_string())?;
        if objections.is_empty() { Ok(()) } else { Err(format!("{objections:?}")) }
    });
}

#[test]
fn losses_are_realized_where_that_saves_more_than_it_costs() {
    for_all(|world| {
        let harvest = harvest(&harvesting(world))?.harvest;
        for loss in &harvest.harvests {
            let lost = loss.short_term.try_add(loss.long_term).map_err(|error| error.to_string())?;
            let saves = loss.tax_saved.try_cmp(loss.costs).map_err(|error| error.to_string())?;
            if !lost.is_negative() || !saves.is_gt() {
                return Err(format!("{loss:?}"));
            }
            let sold = |symbol: &str| harvest.harvests.iter().any(|other| other.do_not_buy.iter().any(|locked| locked == symbol));
            if sold(&loss.substitute) {
                return Err(format!("{} is bought and locked", loss.substitute));
            }
        }
        Ok(())
    });
    let harvested = (0..400).filter(|seed| harvest(&harvesting(&world(*seed))).is_ok_and(|found| !found.harvest.harvests.is_empty()));
    assert!(harvested.count() > 20, "hardly any world has a loss worth realizing");
}
