//! A small world for tests: a flat policy, instruments, accounts, prices.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code, unreachable_pub, reason = "shared by several tests")]

use evenkeel::cost::CostModel;
use evenkeel::drift::{Decision, Gauge, ReviewHistory};
use evenkeel::market::{MarketSnapshot, PriceKind, PricePoint};
use evenkeel::policy::{
    Band, CashRules, CostRules, Destination, EstimateRules, LocationRules, LotChoice, Mode, Node, Objective, OptimalRules, Places, Planner,
    Policy, PriceRules, RebalanceRules, Scope, Strategy, Style, TargetTree, TaxRules, Trigger, Unlisted,
};
use evenkeel::portfolio::{Portfolio, Sleeves};
use evenkeel::run::{Mandate, Proposal, Provenance, Subject};
use evenkeel::target::TargetWeights;
use evenkeel::trade::{Context, LossSale, Planned, Side, Situation, Trade, propose_trades};
use evenkeel_ledger::account::Account;
use evenkeel_ledger::calendar::Calendar;
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::fx::FxRates;
use evenkeel_ledger::holdings::{AccountHoldings, Holdings};
use evenkeel_ledger::household::{FilingStatus, GainsByTerm, Household, Owner, TaxRates};
use evenkeel_ledger::identical::IdenticalSets;
use evenkeel_ledger::instrument::{Instrument, Universe};
use evenkeel_ledger::lot::{Lot, LotId};
use evenkeel_ledger::number::{Currency, Decimal, Money, Price, Quantity, Rate};
use evenkeel_ledger::select::LotMethod;

pub const USD: Currency = Currency::USD;

pub fn usd(text: &str) -> Money {
    Money::new(text.parse().unwrap(), USD)
}

pub fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// A flat policy: class, weight, instruments. No band, no costs, no minimum, whole lots off.
pub fn policy(classes: &[(&str, &str, &[&str])]) -> Policy {
    let nodes = classes
        .iter()
        .map(|(class, weight, instruments)| Node {
            class: ClassPath::new(class).unwrap(),
            parent: None,
            children: Vec::new(),
            weight: Some(weight.parse().unwrap()),
            band: Band::default(),
            instruments: instruments.iter().map(|symbol| (*symbol).to_owned()).collect(),
        })
        .collect();
    Policy {
        name: "test".to_owned(),
        base_currency: USD,
        calendar: Calendar::weekdays(),
        benchmark: None,
        objective: Objective::default(),
        strategy: Strategy::Tree,
        style: Style::Index,
        estimate: EstimateRules::default(),
        profiles: Vec::new(),
        tree: TargetTree { nodes },
        triggers: vec![Trigger::Threshold],
        rebalance: RebalanceRules {
            planner: Planner::Rules,
            destination: Destination::Target,
            scope: Scope::All,
            mode: Mode::Full,
            cooldown_days: 0,
            min_trade: usd("0"),
            max_turnover_one_way: None,
            whole_lots: false,
            lot_method: LotChoice::By(LotMethod::Hifo),
            unlisted: Unlisted::Sell,
        },
        costs: CostRules {
            fixed_per_trade: usd("0"),
            proportional: Rate::ZERO,
            default_spread: Rate::ZERO,
            impact_coefficient: 0.0,
            management_fee: 0.0,
        },
        cash: CashRules { minimum: usd("0"), buffer: 0.0, look_ahead_days: 0, flows: Vec::new(), recurring: Vec::new() },
        prices: PriceRules { max_age_days: 5, max_jump: 0.5 },
        tax: TaxRules::new(USD),
        location: LocationRules::default(),
        optimal: OptimalRules::default(),
        spending: None,
        indices: Vec::new(),
        limits: Vec::new(),
        overlay: None,
        stops: Vec::new(),
        stress: Vec::new(),
        places: Places::default(),
    }
}

/// Holdings of one account: cash, and symbol with quantity.
pub struct Held<'a> {
    pub account: Account,
    pub cash: &'a str,
    pub positions: Vec<(&'a str, &'a str)>,
}

/// One household in a world where every instrument has a price.
pub struct World {
    pub policy: Policy,
    pub universe: Universe,
    pub market: MarketSnapshot,
    pub household: Household,
    pub holdings: Holdings,
}

/// Symbol, class, price.
pub fn world(policy: Policy, instruments: &[(&str, &str, &str)], accounts: Vec<Held<'_>>) -> World {
    let as_of = day("2026-03-31");
    let universe =
        Universe::new(instruments.iter().map(|(symbol, class, _)| Instrument::new(*symbol, ClassPath::new(class).unwrap(), USD)).collect())
            .unwrap();
    let price = |symbol: &str| instruments.iter().find(|(known, _, _)| *known == symbol).unwrap().2;
    let prices = universe
        .iter()
        .map(|(_, instrument)| Some(PricePoint { price: price(&instrument.symbol).parse::<Price>().unwrap(), date: as_of }))
        .collect();
    let market = MarketSnapshot { as_of, kind: PriceKind::Raw, prices, fx: FxRates::default() };
    let owner = Owner {
        id: "owner".to_owned(),
        name: None,
        birth_date: None,
        filing_status: FilingStatus::Single,
        jurisdiction: "US".to_owned(),
        rates: TaxRates::default(),
        spouse: None,
        year_to_date: GainsByTerm::zero(USD),
        carry_forward: GainsByTerm::zero(USD),
        income: None,
    };
    let mut accounts = accounts;
    accounts.sort_by(|a, b| a.account.id.cmp(&b.account.id));
    let holdings = accounts.iter().map(|held| {
        let lots = held.positions.iter().enumerate().map(|(index, (symbol, quantity))| Lot {
            id: LotId::Number(index as u64 + 1),
            instrument: universe.find(symbol).unwrap(),
            quantity: quantity.parse().unwrap(),
            cost_basis: None,
            acquired: None,
            held_since: None,
        });
        AccountHoldings::new(lots.collect(), [usd(held.cash)]).unwrap()
    });
    let holdings = Holdings { as_of, accounts: holdings.collect() };
    let household = Household::new("test", vec![owner], accounts.into_iter().map(|held| held.account).collect()).unwrap();
    World { policy, universe, market, household, holdings }
}

/// Target weights as the tree states them.
pub fn tree_targets(policy: &Policy, sleeves: &Sleeves) -> TargetWeights {
    let mut nodes: Vec<f64> = Vec::new();
    for (_, node) in policy.tree.iter() {
        let above = node.parent.map_or(1.0, |id| nodes[id.0]);
        nodes.push(above * evenkeel::boundary::to_f64(node.weight.unwrap().decimal()));
    }
    let of = |(_, sleeve): (_, &evenkeel::portfolio::Sleeve)| sleeve.node.filter(|_| sleeve.listed).map_or(0.0, |id| nodes[id.0]);
    let sleeves = sleeves.iter().map(of).collect();
    TargetWeights { nodes, sleeves, reasons: Vec::new() }
}

impl World {
    /// Rebalances by decree, toward the policy's destination.
    pub fn rebalance(&self) -> Planned {
        self.decide(&Decision::Rebalance { trigger: "test".to_owned(), reason: "test".to_owned() })
    }

    /// Only puts cash to work or raises it.
    pub fn cash_flow(&self) -> Planned {
        self.decide(&Decision::CashFlow { reason: "test".to_owned() })
    }

    /// The whole flow, for a household that was never reviewed.
    pub fn propose(&self) -> Proposal {
        self.propose_after(ReviewHistory::default())
    }

    /// The whole flow.
    pub fn propose_after(&self, history: ReviewHistory) -> Proposal {
        let mandate = Mandate::new(&self.policy, &self.universe, &self.market, None, None);
        let subject = Subject { household: &self.household, holdings: &self.holdings, flows: &[], sold: &[], history };
        mandate.propose(&subject, Provenance::default()).unwrap()
    }

    pub fn decide(&self, decision: &Decision) -> Planned {
        self.decide_after(decision, &[])
    }

    /// Decides after earlier sales at a loss.
    pub fn decide_after(&self, decision: &Decision, sold: &[LossSale]) -> Planned {
        let sleeves = Sleeves::new(&self.policy.tree, &self.universe);
        let targets = tree_targets(&self.policy, &sleeves);
        let costs = CostModel::new(&self.policy.costs, &self.universe, &self.market, None);
        let identical = IdenticalSets::new(&self.universe, self.policy.tax.identical);
        let context = Context::new(&self.policy, &self.universe, &self.market, &sleeves, costs, identical, &targets);
        let portfolio = Portfolio::new(&self.holdings, &self.universe, &self.market, USD).unwrap();
        let situation = Situation::new(&context, &self.household, &portfolio, &self.policy.cash.flows, sold).unwrap();
        let effective = situation.effective_targets(&context);
        let gauge = Gauge::new(&self.policy, &sleeves, &effective, None);
        propose_trades(&context, &situation, &gauge, &effective.sleeves, decision, self.policy.rebalance.destination, None).unwrap()
    }
}

/// Trades of a plan as `account side symbol gross`, in order.
pub fn told(planned: &Planned) -> Vec<String> {
    lines(&planned.list.trades)
}

/// Trades as `account side symbol gross`, in order.
pub fn lines(trades: &[Trade]) -> Vec<String> {
    let side = |side| if side == Side::Buy { "buy" } else { "sell" };
    let line = |trade: &Trade| format!("{} {} {} {:.2}", trade.account, side(trade.side), trade.symbol, trade.gross.amount());
    trades.iter().map(line).collect()
}

pub fn quantity(text: &str) -> Quantity {
    text.parse().unwrap()
}

pub fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}
