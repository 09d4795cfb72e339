//! [`Context`]: all that the planner needs and no household changes.

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::identical::IdenticalSets;
use evenkeel_ledger::instrument::{InstrumentId, TradingState, Universe};
use evenkeel_ledger::lot::Lot;
use evenkeel_ledger::number::{Currency, Quantity};
use evenkeel_ledger::term::first_long_term_day;

use crate::boundary::to_f64;
use crate::cost::CostModel;
use crate::market::MarketSnapshot;
use crate::policy::{Band, Policy, Unlisted};
use crate::portfolio::{SleeveId, Sleeves};
use crate::target::TargetWeights;

use super::ways::Comparison;

/// A policy bound to a universe on one day: prices, tradability, costs and the tree with its
/// target weights. Built once, used for any number of households.
#[derive(Debug, Clone)]
pub struct Context<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// The instruments.
    pub universe: &'a Universe,
    /// Prices and exchange rates.
    pub market: &'a MarketSnapshot,
    /// The leaves of the tree.
    pub sleeves: &'a Sleeves,
    /// Costs.
    pub costs: CostModel,
    /// The day.
    pub as_of: Date,
    /// Which ways are compared.
    pub comparison: Comparison,
    /// Whether what is planned is written down without why.
    pub is_terse: bool,
    /// Instruments that count as one where a loss is held against a purchase.
    pub(super) identical: IdenticalSets,
    /// What was acquired on this day or before is sold long-term.
    long_term_through: Option<Date>,
    /// The smallest amount of the base currency.
    pub(super) cent: f64,
    /// The tree, the root first, a parent before its children.
    pub(super) items: Vec<Item>,
    /// By sleeve, its place among the items.
    places: Vec<Option<usize>>,
    /// By instrument.
    units: Vec<Unit>,
}

/// A node of the tree that is planned over: the root, the policy's nodes, cash, and unlisted sleeves.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) class: ClassPath,
    pub(super) children: Vec<usize>,
    /// The sleeve, for a leaf.
    pub(super) sleeve: Option<usize>,
    pub(super) band: Band,
    /// Target weight before cash reserves, a fraction of portfolio value.
    pub(super) weight: f64,
    pub(super) kind: Kind,
}

/// How an item is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Listed,
    Cash,
    /// No leaf names it, and the policy sells it.
    Sold,
    /// No leaf names it, and the policy keeps it.
    Kept,
}

/// One unit of an instrument, as the planner sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unit {
    /// Value in the base currency; `None` without a price or exchange rate.
    pub(super) value: Option<f64>,
    /// Value of a lot where trades are in whole lots, otherwise zero.
    pub(super) lot: f64,
    pub(super) state: TradingState,
    /// Whether it lies in more than one sleeve.
    pub(super) composed: bool,
    /// Whether the policy keeps it because no leaf names it: a composed fund also where its parts lie in leaves.
    pub(super) kept: bool,
}

impl<'a> Context<'a> {
    /// Binds a policy and its target weights; `identical` are the sets that count as one for wash sales.
    pub fn new(
        policy: &'a Policy,
        universe: &'a Universe,
        market: &'a MarketSnapshot,
        sleeves: &'a Sleeves,
        costs: CostModel,
        identical: IdenticalSets,
        targets: &TargetWeights,
    ) -> Self {
        let as_of = market.as_of;
        let is_unlisted = |id: SleeveId| sleeves.get(id).is_some_and(|sleeve| !sleeve.listed);
        let is_named = |id: InstrumentId| sleeves.iter().any(|(_, sleeve)| sleeve.instruments.contains(&id));
        let keeps = policy.rebalance.unlisted == Unlisted::Keep;
        let units = universe.iter().map(|(id, instrument)| {
            let value = market.price(id).and_then(|point| {
                let conversion = market.fx.conversion(instrument.currency, policy.base_currency).ok()?;
                Some(to_f64(point.price.decimal()) * to_f64(conversion.numerator) / to_f64(conversion.denominator))
            });
            let lot_size = if policy.rebalance.whole_lots { to_f64(instrument.lot_size.decimal()) } else { 0.0 };
            let exposures = sleeves.exposures(id);
            let composed = exposures.len() > 1;
            let kept = keeps && if composed { !is_named(id) } else { exposures.iter().all(|exposure| is_unlisted(exposure.sleeve)) };
            // Nobody could trade it at a price that is known, or for an amount that is.
            let is_stale = market.stale(universe, id, policy.base_currency, &policy.prices).is_some();
            let state = if is_stale { TradingState::Suspended } else { instrument.trading.state_on(as_of) };
            Unit { value, lot: lot_size * value.unwrap_or(0.0), state, composed, kept }
        });
        let units = units.collect();
        let items = items(policy, sleeves, targets);
        let mut places = vec![None; sleeves.len()];
        for (index, item) in items.iter().enumerate() {
            if let Some(place) = item.sleeve.and_then(|sleeve| places.get_mut(sleeve)) {
                *place = Some(index);
            }
        }
        let cent = 0.1_f64.powi(i32::try_from(policy.base_currency.minor_digits()).unwrap_or(2));
        let long_term_through = last_long_term(as_of);
        Self {
            policy,
            universe,
            market,
            sleeves,
            costs,
            as_of,
            comparison: Comparison::default(),
            is_terse: false,
            identical,
            long_term_through,
            cent,
            items,
            places,
            units,
        }
    }

    /// With other ways to compare.
    #[must_use]
    pub fn comparing(self, comparison: Comparison) -> Self {
        Self { comparison, ..self }
    }

    /// Whether what is planned is written down without why.
    #[must_use]
    pub fn tersely(self, is_terse: bool) -> Self {
        Self { is_terse, ..self }
    }

    /// The base currency.
    pub fn currency(&self) -> Currency {
        self.policy.base_currency
    }

    /// Whether a sale of the lot today is long-term; one without a date counts as short.
    pub(super) fn is_long_term(&self, lot: &Lot) -> bool {
        lot.held_since.or(lot.acquired).zip(self.long_term_through).is_some_and(|(since, through)| since <= through)
    }

    pub(super) fn unit(&self, id: InstrumentId) -> Unit {
        const UNKNOWN: Unit = Unit { value: None, lot: 0.0, state: TradingState::Suspended, composed: false, kept: false };
        self.units.get(id.index()).copied().unwrap_or(UNKNOWN)
    }

    /// Value of a quantity in the base currency, not rounded; zero without a price or exchange rate.
    pub(crate) fn worth(&self, id: InstrumentId, quantity: Quantity) -> f64 {
        to_f64(quantity.decimal()) * self.unit(id).value.unwrap_or(0.0)
    }

    /// The item of a sleeve.
    pub(super) fn item_of(&self, sleeve: usize) -> Option<&Item> {
        self.places.get(sleeve).copied().flatten().and_then(|place| self.items.get(place))
    }

    /// Target weight of cash before reserves.
    pub(super) fn cash_weight(&self) -> f64 {
        self.items.iter().filter(|item| item.kind == Kind::Cash).map(|item| item.weight).sum()
    }
}

/// The last day on which what is sold long-term on a date may have been acquired.
fn last_long_term(as_of: Date) -> Option<Date> {
    let days = (0..8).filter_map(|days| as_of.add_days(-363 - days).ok());
    days.into_iter().find(|day| first_long_term_day(*day).is_ok_and(|first| first <= as_of))
}

/// The tree with the root on top, and the sleeves that are no leaf of it below their nodes.
fn items(policy: &Policy, sleeves: &Sleeves, targets: &TargetWeights) -> Vec<Item> {
    let nodes = &policy.tree.nodes;
    let whole = |index: usize| index + 1;
    let mut items = vec![Item {
        class: ClassPath::cash(),
        children: policy.tree.top().map(|(id, _)| whole(id.0)).collect(),
        sleeve: None,
        band: Band::default(),
        weight: 1.0,
        kind: Kind::Listed,
    }];
    for (id, node) in policy.tree.iter() {
        let sleeve = sleeves.iter().find(|(_, sleeve)| sleeve.listed && sleeve.node == Some(id)).map(|(SleeveId(index), _)| index);
        let is_cash = sleeve == Some(sleeves.cash.0);
        items.push(Item {
            class: node.class.clone(),
            children: node.children.iter().map(|child| whole(child.0)).collect(),
            sleeve,
            band: node.band,
            weight: targets.nodes.get(id.0).copied().unwrap_or(0.0),
            kind: if is_cash { Kind::Cash } else { Kind::Listed },
        });
    }
    let unlisted = if policy.rebalance.unlisted == Unlisted::Keep { Kind::Kept } else { Kind::Sold };
    for (SleeveId(index), sleeve) in sleeves.iter() {
        let is_leaf = sleeve.listed && sleeve.node.is_some();
        if is_leaf {
            continue;
        }
        let above = sleeve.node.map_or(0, |id| whole(id.0).min(nodes.len()));
        let below = items.len();
        if let Some(above) = items.get_mut(above) {
            above.children.push(below);
        }
        items.push(Item {
            class: sleeve.class.clone(),
            children: Vec::new(),
            sleeve: Some(index),
            band: Band::default(),
            weight: targets.sleeves.get(index).copied().unwrap_or(0.0),
            kind: if index == sleeves.cash.0 { Kind::Cash } else { unlisted },
        });
    }
    items
}
