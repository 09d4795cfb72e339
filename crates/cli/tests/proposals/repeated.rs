//! A second full rebalance right after a first one proposes nothing.
//!
//! Where whole lots, minimum trades and menus leave nothing better to reach, two passes that become
//! one trade may round otherwise than they do apart. What a second rebalance then moves is next to
//! nothing, and is held to be.

use evenkeel::boundary::to_f64;
use evenkeel::policy::{Destination, Mode, Scope};
use evenkeel_testkit::generate::World;

use crate::support::{decreed, for_all, propose, rebalances, told, traded};

/// Part of the value that rounding apart may move.
const NEXT_TO_NOTHING: f64 = 0.001;

#[test]
fn a_second_rebalance_proposes_nothing() {
    for_all(|world| twice(&full(world)));
}

/// To target, in both directions, without a cap.
fn full(world: &World) -> World {
    let mut world = decreed(world.clone());
    world.policy.rebalance.destination = Destination::Target;
    world.policy.rebalance.scope = Scope::All;
    world.policy.rebalance.mode = Mode::Full;
    world.policy.rebalance.max_turnover_one_way = None;
    world
}

fn twice(world: &World) -> Result<(), String> {
    let first = propose(world)?;
    if !rebalances(&first) {
        return Ok(());
    }
    let second = propose(&traded(world, &first))?;
    let moved: f64 = second.trades.iter().map(|trade| to_f64(trade.gross.amount())).sum();
    if moved <= NEXT_TO_NOTHING * to_f64(second.value.amount()) {
        return Ok(());
    }
    Err(format!("first {}\n  then {} of {}", told(&first), told(&second), second.value))
}
