//! Worlds made from a seed: universes, markets, policies and households that hit the corners.
//!
//! One seed gives one world, on every machine. What the corners are is listed in [`Corner`]; a
//! world tells which of them it has, so that a test can show that its seeds reach them all.

#![allow(clippy::expect_used, reason = "what is generated is valid by construction; where it is not, the test must fail")]

use evenkeel::assumptions::Assumptions;
use evenkeel::market::MarketSnapshot;
use evenkeel::policy::Policy;
use evenkeel_ledger::holdings::Holdings;
use evenkeel_ledger::household::Household;
use evenkeel_ledger::instrument::Universe;
use evenkeel_ledger::number::Currency;

mod corner;

mod direct_index;

mod household;

mod policy;

mod random;

mod tree;

mod universe;

pub use corner::Corner;
pub use direct_index::{DirectIndex, Size, direct_index};
pub use random::Random;

/// All that a proposal is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct World {
    /// The seed that made it.
    pub seed: u64,
    /// What the user decided.
    pub policy: Policy,
    /// What can be held.
    pub universe: Universe,
    /// Prices and exchange rates, complete.
    pub market: MarketSnapshot,
    /// What is believed about the top classes.
    pub assumptions: Assumptions,
    /// Whose it is.
    pub household: Household,
    /// What is held.
    pub holdings: Holdings,
}

/// Base currencies of worlds, beside the yen, which has no cents.
const BASES: [Currency; 3] = [Currency::USD, Currency::EUR, Currency::GBP];

/// The world of a seed.
///
/// ```
/// use evenkeel_testkit::generate::world;
/// assert_eq!(world(7), world(7));
/// assert_ne!(world(7), world(8));
/// ```
///
/// # Panics
/// Never: what is generated is valid by construction.
pub fn world(seed: u64) -> World {
    let mut random = Random::new(seed);
    let yen = "JPY".parse().expect("a currency");
    let base = if random.chance(10) { yen } else { *random.pick(&BASES) };
    let as_of = random.date(2008, 2024);
    let mut tree = tree::tree(&mut random);
    let universe = universe::universe(&mut random, &mut tree, as_of);
    let market = universe::market(&mut random, &universe, base, as_of);
    let assumptions = universe::assumptions(&mut random, &tree, as_of);
    let household = household::household(&mut random, &universe, base);
    let holdings = household::holdings(&mut random, &household, &universe, &market, base);
    let policy = policy::policy(&mut random, tree, base, as_of, &household);
    World { seed, policy, universe, market, assumptions, household, holdings }
}
