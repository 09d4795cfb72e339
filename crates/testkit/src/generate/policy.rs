//! Policies with every trigger, destination, scope and mode, and limits of every kind.

use evenkeel::policy::{
    Attribute, Bound, CashFlow, CashRules, CostRules, Destination, EstimateRules, Limit, LocationRules, LotChoice, Measure, Mode,
    Objective, OptimalRules, Places, Planner, Policy, PriceRules, RebalanceRules, Scope, Selector, Strategy, StressScenario, Style,
    TargetTree, TaxRules, Trigger, Unlisted, WashSales,
};
use evenkeel_ledger::calendar::Calendar;
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::household::Household;
use evenkeel_ledger::identical::Identity;
use evenkeel_ledger::number::{Currency, Decimal, Money, Rate};
use evenkeel_ledger::schedule::{Recurrence, Schedule};
use evenkeel_ledger::select::LotMethod;

use super::Random;

const METHODS: [LotChoice; 6] = [
    LotChoice::MinTax,
    LotChoice::MinTax,
    LotChoice::By(LotMethod::Fifo),
    LotChoice::By(LotMethod::Lifo),
    LotChoice::By(LotMethod::Hifo),
    LotChoice::By(LotMethod::Lofo),
];
const MODES: [Mode; 6] = [Mode::Full, Mode::Full, Mode::Full, Mode::CashOnly, Mode::BuyOnly, Mode::SellOnly];

/// A policy over a tree.
pub(super) fn policy(random: &mut Random, tree: TargetTree, base: Currency, as_of: Date, household: &Household) -> Policy {
    let money = |amount: Decimal| Money::new(amount, base);
    let costs = CostRules {
        fixed_per_trade: money(
            random.decimal(0, 1, 0).mul(random.decimal(0, 30, 0), evenkeel_ledger::number::Rounding::HalfEven).expect("small"),
        ),
        proportional: Rate::new(if random.chance(30) { Decimal::ZERO } else { random.decimal(0, 500, 5) }),
        default_spread: Rate::new(random.decimal(0, 50, 4)),
        impact_coefficient: if random.chance(50) { 0.0 } else { random.thousandths(0, 1_500) },
        management_fee: 0.0,
    };
    let cash = CashRules {
        minimum: money(if random.chance(60) { Decimal::ZERO } else { random.decimal(0, 5_000, 0) }),
        buffer: if random.chance(70) { 0.0 } else { random.thousandths(0, 50) },
        look_ahead_days: u32::try_from(random.between(0, 90)).unwrap_or(0),
        flows: flows(random, base, as_of, household),
        recurring: Vec::new(),
    };
    Policy {
        name: "generated".to_owned(),
        base_currency: base,
        calendar: Calendar::weekdays(),
        benchmark: None,
        objective: Objective {
            nominal_return: None,
            spending: Some(random.thousandths(0, 50)),
            inflation: Some(random.thousandths(0, 40)),
        },
        strategy: Strategy::Tree,
        style: Style::Index,
        estimate: EstimateRules::default(),
        profiles: Vec::new(),
        triggers: triggers(random, &tree),
        rebalance: rebalance(random, base),
        costs,
        cash,
        prices: PriceRules { max_age_days: 5, max_jump: 0.5 },
        tax: tax(random, base),
        location: LocationRules::default(),
        optimal: OptimalRules::default(),
        spending: None,
        indices: Vec::new(),
        limits: limits(random, &tree, base),
        overlay: None,
        stops: Vec::new(),
        stress: vec![stress(random, &tree)],
        places: Places::default(),
        tree,
    }
}

fn rebalance(random: &mut Random, base: Currency) -> RebalanceRules {
    let destinations = [
        Destination::Target,
        Destination::Target,
        Destination::BandEdge,
        Destination::HalfWay,
        Destination::InnerBand { distance: random.thousandths(0, 50) },
        Destination::ToleranceBand { fraction: random.thousandths(0, 1_000) },
    ];
    let min_trades = ["0", "100", "1000", "1000000"].map(|amount| amount.parse::<Decimal>().expect("a number"));
    RebalanceRules {
        planner: Planner::Rules,
        destination: *random.pick(&destinations),
        scope: *random.pick(&[Scope::All, Scope::OutOfBand]),
        mode: *random.pick(&MODES),
        cooldown_days: u32::try_from(random.between(0, 30)).unwrap_or(0),
        min_trade: Money::new(*random.pick(&min_trades), base),
        max_turnover_one_way: random.chance(25).then(|| random.thousandths(0, 500)),
        whole_lots: random.chance(70),
        lot_method: *random.pick(&METHODS),
        unlisted: *random.pick(&[Unlisted::Sell, Unlisted::Keep]),
    }
}

fn tax(random: &mut Random, base: Currency) -> TaxRules {
    let mut rules = TaxRules::new(base);
    rules.identical = *random.pick(&[Identity::Instrument, Identity::SameFund, Identity::Related]);
    if random.chance(10) {
        rules.wash_sales = WashSales::Allow;
    }
    rules.gain_budget = random.chance(20).then(|| Money::new(random.decimal(0, 10_000, 0), base));
    rules
}

fn triggers(random: &mut Random, tree: &TargetTree) -> Vec<Trigger> {
    let schedules = [Recurrence::Daily, Recurrence::MonthEnd, Recurrence::QuarterEnd, Recurrence::YearEnd].map(Schedule::new);
    let schedule = *random.pick(&schedules);
    let class = tree.nodes.first().map_or_else(ClassPath::cash, |node| node.class.clone());
    let all = [
        Trigger::Calendar { schedule },
        Trigger::Threshold,
        Trigger::Hybrid { schedule },
        Trigger::Opportunistic { look_interval_days: 14, tolerance: 0.5 },
        Trigger::CashFlow { at_least: random.thousandths(1, 100) },
        Trigger::TrackingError { limit: random.thousandths(1, 50) },
        Trigger::VolatilityBand { multiple: random.thousandths(100, 2_000) },
        Trigger::NoTradeRegion { class, risk_aversion: random.thousandths(1_000, 10_000) },
    ];
    (0..random.count(1, 3)).map(|_| random.pick(&all).clone()).collect()
}

/// Flows on the day and later, some of them larger than any cash.
fn flows(random: &mut Random, base: Currency, as_of: Date, household: &Household) -> Vec<CashFlow> {
    let mut flows: Vec<CashFlow> = (0..random.count(0, 3))
        .map(|_| CashFlow {
            date: as_of.add_days(if random.chance(50) { 0 } else { i32::try_from(random.between(1, 120)).unwrap_or(1) }).expect("a date"),
            amount: Money::new(random.decimal(-20_000, 20_000, 0), base),
            account: random.chance(50).then(|| random.pick(&household.accounts).id.clone()),
            purpose: None,
        })
        .collect();
    flows.sort_by_key(|flow| flow.date);
    flows
}

fn limits(random: &mut Random, tree: &TargetTree, base: Currency) -> Vec<Limit> {
    let top = random.pick(&tree.nodes).class.clone();
    let limit = |name: &str, measure, selector, each, bound, value| Limit {
        name: name.to_owned(),
        measure,
        selector,
        each,
        above: None,
        bound,
        value,
        hard: false,
        law: None,
        location: None,
    };
    let of_class = Selector { classes: vec![top], ..Selector::default() };
    let liquid = Selector { liquidity_tier_at_most: Some(2), ..Selector::default() };
    let foreign = Selector { attributes: vec![(Attribute::Currency, vec!["JPY".to_owned(), "EUR".to_owned()])], ..Selector::default() };
    let banks = Selector { attributes: vec![(Attribute::Sector, vec!["Banks".to_owned()])], ..of_class.clone() };
    let all = Selector::default;
    let mut limits = vec![
        limit("Class", Measure::Weight, of_class, None, Bound::AtMost, random.thousandths(100, 900)),
        limit("Liquid", Measure::Weight, liquid, None, Bound::AtLeast, random.thousandths(0, 300)),
        limit("Foreign", Measure::Weight, foreign, None, Bound::AtMost, random.thousandths(0, 500)),
        limit("Banks", Measure::Weight, banks, None, Bound::AtMost, random.thousandths(0, 500)),
        limit("Score", Measure::Score("esg".to_owned()), all(), None, Bound::AtLeast, random.thousandths(3_000, 7_000)),
        limit("One issuer", Measure::Weight, all(), Some(Attribute::Issuer), Bound::AtMost, random.thousandths(50, 900)),
        limit("One class", Measure::Weight, all(), Some(Attribute::Class), Bound::AtMost, random.thousandths(200, 1_000)),
        limit("One line", Measure::Value, all(), Some(Attribute::Instrument), Bound::AtMost, random.thousandths(0, 1_000) * 1e6),
    ];
    // The yen has no cents, and amounts in it are a hundred times as large.
    if base.minor_digits() == 0 {
        limits.retain(|limit| limit.measure != Measure::Value);
    }
    random.shuffle(&mut limits);
    limits.truncate(random.count(0, 4));
    for limit in &mut limits {
        limit.hard = random.chance(40);
    }
    // Made of what was drawn, so that the rest of the world does not depend on it.
    let issuers = limits.iter().find(|limit| limit.each == Some(Attribute::Issuer)).cloned();
    limits.extend(issuers.map(|one| Limit { name: "Large issuers".to_owned(), above: Some(one.value / 2.0), ..one }));
    limits
}

fn stress(random: &mut Random, tree: &TargetTree) -> StressScenario {
    let mut shocks: Vec<(Vec<ClassPath>, f64)> =
        tree.top().map(|(_, node)| (vec![node.class.clone()], random.thousandths(-600, 200))).collect();
    random.shuffle(&mut shocks);
    StressScenario { name: "generated".to_owned(), shocks, survival: random.thousandths(500, 950) }
}
