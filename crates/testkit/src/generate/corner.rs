//! [`Corner`]: what is rare in practice and must not be rare in tests.

use evenkeel::boundary::to_f64;
use evenkeel::policy::{Destination, Mode};
use evenkeel::portfolio::{Portfolio, Sleeves};
use evenkeel_ledger::account::Menu;
use evenkeel_ledger::holdings::AccountHoldings;
use evenkeel_ledger::instrument::TradingState;
use evenkeel_ledger::lot::Lot;
use evenkeel_ledger::number::{Money, Rate};

use super::World;

macro_rules! corners {
    ($($(#[doc = $doc:literal])+ $name:ident = $holds:expr;)+) => {
        /// A corner that a world may have.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Corner {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Corner {
            /// Every corner.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Whether a world has it.
            pub fn is_in(self, world: &World) -> bool {
                let holds: fn(&World) -> bool = match self {
                    $(Self::$name => $holds,)+
                };
                holds(world)
            }
        }
    };
}

corners! {
    /// An account with neither lots nor cash.
    EmptyAccount = |world| world.holdings.accounts.iter().any(|account| account.lots().is_empty() && account.cash().is_empty());
    /// An account with cash alone.
    AllCash = |world| world.holdings.accounts.iter().any(|account| account.lots().is_empty() && !account.cash().is_empty());
    /// A household without any lots.
    NoLots = |world| world.holdings.accounts.iter().all(|account| account.lots().is_empty());
    /// A lot that was sold short.
    ShortLot = |world| lots(world).any(|lot| lot.quantity.is_negative());
    /// Long and short lots of one instrument in one account.
    LongAndShort = |world| world.holdings.accounts.iter().any(|account| {
        account.positions().any(|held| held.lots.iter().any(|lot| lot.quantity.is_negative()) && held.lots.iter().any(|lot| lot.quantity.is_positive()))
    });
    /// An overdrawn account.
    Overdrawn = |world| world.holdings.accounts.iter().any(|account| account.cash().iter().any(|money| money.is_negative()));
    /// A leaf with the target zero.
    ZeroTarget = |world| world.policy.tree.leaves().any(|(_, node)| node.weight.is_some_and(Rate::is_zero));
    /// A leaf for which there is nothing to buy.
    EmptyLeaf = |world| world.policy.tree.leaves().any(|(_, node)| node.instruments.is_empty() && node.class.as_str() != "Cash");
    /// Something held that is suspended on the day.
    SuspendedHolding = |world| holds(world, TradingState::Suspended);
    /// Something held that is banned on the day.
    BannedHolding = |world| holds(world, TradingState::Banned);
    /// Something whose trading state has expired.
    ExpiredState = |world| world.universe.iter().any(|(_, instrument)| instrument.trading.until.is_some_and(|until| until < world.market.as_of));
    /// An account that may buy nothing.
    EmptyMenu = |world| world.household.accounts.iter().any(|account| matches!(&account.menu, Menu::Only(ids) if ids.is_empty()));
    /// An account that may buy some things and not others.
    PartialMenu = |world| world.household.accounts.iter().any(|account| matches!(&account.menu, Menu::Only(ids) if !ids.is_empty()));
    /// Value of less than ten units of currency.
    TinyValue = |world| value(world).is_some_and(|value| value > 0.0 && value < 10.0);
    /// Value of more than a billion.
    HugeValue = |world| value(world).is_some_and(|value| value > 1e9);
    /// Value of zero or less.
    NoValue = |world| value(world).is_some_and(|value| value <= 0.0);
    /// Something held that no leaf stands for.
    UnlistedHolding = |world| {
        let sleeves = Sleeves::new(&world.policy.tree, &world.universe);
        let unlisted = |lot: &Lot| {
            sleeves.exposures(lot.instrument).iter().any(|exposure| sleeves.get(exposure.sleeve).is_some_and(|sleeve| !sleeve.listed))
        };
        lots(world).any(unlisted)
    };
    /// A composed fund held.
    ComposedFund = |world| lots(world).any(|lot| {
        world.universe.get(lot.instrument).is_some_and(|instrument| !instrument.composition.is_empty())
    });
    /// Something held that is priced in another currency than the base.
    ForeignHolding = |world| lots(world).any(|lot| {
        world.universe.get(lot.instrument).is_some_and(|instrument| instrument.currency != world.policy.base_currency)
    });
    /// Cash in another currency than the base.
    ForeignCash = |world| {
        cash(world).any(|money| money.currency() != world.policy.base_currency && !money.is_zero())
    };
    /// A base currency without cents.
    NoCents = |world| world.policy.base_currency.minor_digits() == 0;
    /// An account whose books are in another currency than the base.
    ForeignBooks = |world| world.household.accounts.iter().any(|account| account.currency != world.policy.base_currency);
    /// Four accounts.
    FourAccounts = |world| world.household.accounts.len() == 4;
    /// A tree of three levels.
    ThreeLevels = |world| world.policy.tree.nodes.iter().any(|node| node.class.segments().count() == 3);
    /// A tree of one class.
    OneClass = |world| world.policy.tree.nodes.len() == 1;
    /// A withdrawal on the day that is larger than all cash.
    LargeWithdrawal = |world| {
        let held: f64 = cash(world).map(|money| to_f64(money.amount())).sum();
        world.policy.cash.flows.iter().any(|flow| flow.date == world.market.as_of && to_f64(flow.amount.amount()) < -held)
    };
    /// Only cash flows are traded.
    CashOnly = |world| world.policy.rebalance.mode == Mode::CashOnly;
    /// Nothing is sold.
    BuyOnly = |world| world.policy.rebalance.mode == Mode::BuyOnly;
    /// Nothing is bought.
    SellOnly = |world| world.policy.rebalance.mode == Mode::SellOnly;
    /// To the edge of the band.
    BandEdge = |world| world.policy.rebalance.destination == Destination::BandEdge;
    /// Half of the way.
    HalfWay = |world| world.policy.rebalance.destination == Destination::HalfWay;
    /// To a fixed distance.
    InnerBand = |world| matches!(world.policy.rebalance.destination, Destination::InnerBand { .. });
    /// To a fraction of the band.
    ToleranceBand = |world| matches!(world.policy.rebalance.destination, Destination::ToleranceBand { .. });
    /// A turnover cap of next to nothing.
    TightTurnover = |world| world.policy.rebalance.max_turnover_one_way.is_some_and(|cap| cap < 0.02);
    /// A hard limit.
    HardLimit = |world| world.policy.limits.iter().any(|limit| limit.hard);
    /// A lot within a few days of a year of age.
    AboutAYear = |world| lots(world).any(|lot| {
        lot.acquired.is_some_and(|acquired| (363..=368).contains(&world.market.as_of.days_since(acquired)))
    });
}

fn lots(world: &World) -> impl Iterator<Item = &Lot> {
    world.holdings.accounts.iter().flat_map(AccountHoldings::lots)
}

fn cash(world: &World) -> impl Iterator<Item = &Money> {
    world.holdings.accounts.iter().flat_map(AccountHoldings::cash)
}

fn holds(world: &World, state: TradingState) -> bool {
    let lots = lots(world);
    let mut states =
        lots.filter_map(|lot| world.universe.get(lot.instrument)).map(|instrument| instrument.trading.state_on(world.market.as_of));
    states.any(|found| found == state)
}

fn value(world: &World) -> Option<f64> {
    let portfolio = Portfolio::new(&world.holdings, &world.universe, &world.market, world.policy.base_currency).ok()?;
    portfolio.value().ok().map(|value| to_f64(value.amount()))
}
