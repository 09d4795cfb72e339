//! The joint planner on households of five accounts, 60 instruments and 400 lots: time and gap over many seeds.
//!
//! Prints medians and percentiles instead of what criterion shows, as the slowest household counts and not the mean.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "a benchmark")]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    reason = "a benchmark"
)]

#[path = "../tests/common/mod.rs"]
mod common;

use common::{Held, USD, World, day, policy, tree_targets, usd, world};
use evenkeel::boundary::to_money;
use evenkeel::comply::Rules;
use evenkeel::cost::CostModel;
use evenkeel::drift::{Decision, Gauge};
use evenkeel::location::AnnualCosts;
use evenkeel::policy::{Band, LotChoice, Planner};
use evenkeel::portfolio::{Portfolio, Sleeves};
use evenkeel::trade::{Comparison, Context, Optimum, Situation, Weighing, propose_trades};
use evenkeel_ledger::account::{Account, TaxTreatment};
use evenkeel_ledger::holdings::{AccountHoldings, Holdings};
use evenkeel_ledger::household::TaxRates;
use evenkeel_ledger::identical::IdenticalSets;
use evenkeel_ledger::lot::{Lot, LotId};
use evenkeel_ledger::number::{Decimal, Quantity};
use evenkeel_testkit::clock::processor_time;

// As in the command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const CLASSES: usize = 12;
const OF_CLASS: usize = 5;
const LOTS: usize = 400;
const ACCOUNTS: [(&str, TaxTreatment); 5] = [
    ("ira", TaxTreatment::Deferred),
    ("ira-spouse", TaxTreatment::Deferred),
    ("joint", TaxTreatment::Taxable),
    ("roth", TaxTreatment::Exempt),
    ("taxable", TaxTreatment::Taxable),
];

/// Numbers from a seed (`SplitMix64`).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        (self.next() % most as u64) as usize
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn household(seed: u64) -> World {
    let mut random = Random(seed);
    let classes: Vec<String> = (0..CLASSES).map(|class| format!("C{class:02}")).collect();
    let symbols: Vec<String> = (0..CLASSES * OF_CLASS).map(|at| format!("S{at:02}")).collect();
    let weights = [10, 8, 6, 12, 9, 7, 8, 8, 10, 6, 9, 7].map(|points| format!("0.{points:02}"));
    let of_class: Vec<Vec<&str>> =
        (0..CLASSES).map(|class| symbols[class * OF_CLASS..(class + 1) * OF_CLASS].iter().map(String::as_str).collect()).collect();
    let rows: Vec<(&str, &str, &[&str])> =
        (0..CLASSES).map(|class| (classes[class].as_str(), weights[class].as_str(), of_class[class].as_slice())).collect();
    let mut policy = policy(&rows);
    for node in &mut policy.tree.nodes {
        node.band = Band { absolute: Some(0.03), relative: None };
    }
    policy.rebalance.planner = Planner::Optimal;
    policy.rebalance.lot_method = LotChoice::MinTax;
    policy.rebalance.whole_lots = true;
    policy.rebalance.min_trade = usd("100");
    policy.costs.proportional = "0.0005".parse().unwrap();
    policy.costs.fixed_per_trade = usd("1");
    let prices: Vec<String> = symbols.iter().map(|_| format!("{:.2}", 20.0 + 300.0 * random.unit())).collect();
    let instruments: Vec<(&str, &str, &str)> =
        (0..symbols.len()).map(|at| (symbols[at].as_str(), classes[at / OF_CLASS].as_str(), prices[at].as_str())).collect();
    let accounts = ACCOUNTS.map(|(id, treatment)| Account { tax_treatment: treatment, ..Account::new(id, "owner", USD) });
    let held = accounts.map(|account| Held { account, cash: "0", positions: Vec::new() });
    let mut world = world(policy, &instruments, held.into_iter().collect());
    world.household.owners[0].rates =
        TaxRates { ordinary: "0.35".parse().unwrap(), long_term: "0.15".parse().unwrap(), state: "0.05".parse().unwrap() };
    let mut lots: Vec<Vec<Lot>> = vec![Vec::new(); ACCOUNTS.len()];
    for at in 0..LOTS {
        // Half of all lots lie in taxable accounts.
        let account = [0, 1, 3, 2, 4, 2, 4, 2][random.below(8)];
        let symbol = random.below(symbols.len());
        let price: f64 = prices[symbol].parse().unwrap();
        let units = (1 + random.below(200)) as f64 * (100.0 / price).max(0.3);
        let units = units.round().max(1.0);
        let cost = price * units * (0.45 + 0.85 * random.unit());
        let acquired = day(["2016-05-12", "2019-03-01", "2022-10-14", "2025-02-20", "2025-11-20"][random.below(5)]);
        lots[account].push(Lot {
            id: LotId::Number(at as u64),
            instrument: world.universe.find(&symbols[symbol]).unwrap(),
            quantity: Quantity::new(Decimal::from_int(units as i64)),
            cost_basis: Some(to_money((cost * 100.0).round() / 100.0, USD).unwrap()),
            acquired: Some(acquired),
            held_since: Some(acquired),
        });
    }
    let accounts = lots.into_iter().map(|lots| AccountHoldings::new(lots, [usd(&random.below(20_000).to_string())]).unwrap());
    world.holdings = Holdings { as_of: day("2026-03-31"), accounts: accounts.collect() };
    world
}

fn decide(world: &World) -> (f64, Option<Optimum>) {
    let sleeves = Sleeves::new(&world.policy.tree, &world.universe);
    let targets = tree_targets(&world.policy, &sleeves);
    let costs = CostModel::new(&world.policy.costs, &world.universe, &world.market, None);
    let identical = IdenticalSets::new(&world.universe, world.policy.tax.identical);
    let context = Context::new(&world.policy, &world.universe, &world.market, &sleeves, costs, identical, &targets);
    let context = context.comparing(Comparison::Nothing);
    let decision = Decision::Rebalance { trigger: "bench".to_owned(), reason: String::new() };
    let start = processor_time();
    let portfolio = Portfolio::new(&world.holdings, &world.universe, &world.market, USD).unwrap();
    let situation = Situation::new(&context, &world.household, &portfolio, &[], &[]).unwrap();
    let effective = situation.effective_targets(&context);
    let gauge = Gauge::new(&world.policy, &sleeves, &effective, None);
    let location = AnnualCosts::new(&world.household, &sleeves, &world.policy, None, world.market.as_of).unwrap();
    let limits = Rules::bind(&world.policy, &world.universe, &sleeves, None);
    let weighing =
        Weighing { gauge: &gauge, targets: &effective.sleeves, covariance: None, location, limits: &limits, indices: &[], edits: &[] };
    let destination = world.policy.rebalance.destination;
    let planned = propose_trades(&context, &situation, &gauge, &effective.sleeves, &decision, destination, Some(&weighing)).unwrap();
    (processor_time() - start, planned.optimum)
}

/// A percentile of sorted figures.
fn percentile(sorted: &[f64], share: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * share).round() as usize]
}

fn told(what: &str, mut figures: Vec<f64>) {
    figures.sort_by(f64::total_cmp);
    let at = |share| percentile(&figures, share);
    println!("{what:<38} p50 {:>9.3}   p95 {:>9.3}   p99 {:>9.3}   most {:>9.3}", at(0.5), at(0.95), at(0.99), at(1.0));
}

fn main() {
    let seeds = std::env::var("EVENKEEL_SEEDS").ok().and_then(|count| count.parse().ok()).unwrap_or(200);
    let (mut times, mut gaps, mut better, mut nodes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut complete = 0;
    for seed in 0..seeds {
        let (time, optimum) = decide(&household(seed));
        let optimum = optimum.expect("a joint decision");
        let proof = optimum.proof.expect("a proof");
        if seed < 3 && std::env::var("EVENKEEL_TERMS").is_ok() {
            println!("nothing {:?}\nrules {:?}\noptimal {:?}\n{proof:?}", optimum.nothing, optimum.rules, optimum.terms);
        }
        times.push(time);
        gaps.push(proof.gap);
        better.push(optimum.rules.total - optimum.terms.total);
        nodes.push(proof.nodes as f64);
        complete += usize::from(proof.complete);
    }
    println!("joint planner: 5 accounts, 60 instruments, 400 lots, {seeds} households, {complete} searches complete");
    told("the whole decision, ms of CPU time", times);
    told("gap, bp of value", gaps);
    told("better than the rules by, bp", better);
    told("convex programs", nodes);
}
