//! Direct indices of many seeds: audited, and proven.

use evenkeel::drift::ReviewHistory;
use evenkeel::index::bind_indices;
use evenkeel::run::{Mandate, Provenance, Subject};
use evenkeel::trade::Comparison;
use evenkeel_cli::audit::{Facts, audit};
use evenkeel_testkit::generate::{Size, direct_index};

#[test]
fn the_auditor_objects_to_no_direct_index() {
    let mut failures = Vec::new();
    for seed in 0..24 {
        let world = direct_index(seed, Size { names: 30, lots: 90, factors: 4, concentrated: if seed % 3 == 0 { 15 } else { 0 } });
        let indices = bind_indices(&world.policy, &world.universe, Some(&world.constituents), Some(&world.risk)).value.unwrap();
        let mandate = Mandate::new(&world.policy, &world.universe, &world.market, None, None);
        let mandate = mandate.with_indices(&indices).comparing(Comparison::Nothing);
        let (household, holdings) = (&world.household, &world.holdings);
        let subject = Subject { household, holdings, flows: &[], sold: &[], history: ReviewHistory::default() };
        let proposal = mandate.propose(&subject, Provenance::default()).unwrap();
        let (policy, universe, market) = (&world.policy, &world.universe, &world.market);
        let facts = Facts { policy, universe, market, assumptions: None, household, holdings, flows: &[], sold: &[] };
        let objections = audit(&facts, &proposal).unwrap();
        if !objections.is_empty() {
            failures.push(format!("seed {seed}: {objections:?}"));
        }
        let optimum = proposal.optimum.unwrap();
        if optimum.proof.is_none_or(|proof| proof.bound > optimum.terms.total + 1e-6) {
            failures.push(format!("seed {seed}: {:?} of {:?}", optimum.proof, optimum.terms));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
