//! Instruments for the leaves of a tree and others, their prices, and what is believed of them.

use std::collections::BTreeMap;

use evenkeel::assumptions::{Assumptions, ClassAssumptions};
use evenkeel::market::{MarketSnapshot, PriceKind, PricePoint};
use evenkeel::policy::TargetTree;
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::fx::{FxQuote, FxRates};
use evenkeel_ledger::instrument::{Component, Instrument, Relation, RelationKind, Trading, TradingState, Universe};
use evenkeel_ledger::number::{Currency, Decimal, Price, Quantity, Rate};

use super::Random;

/// Currencies of instruments, with about what one unit costs in dollars, in millionths.
const CURRENCIES: [(&str, i64); 4] = [("USD", 1_000_000), ("EUR", 1_085_000), ("GBP", 1_270_000), ("JPY", 6_700)];
const ISSUERS: [&str; 4] = ["Acme", "Borealis", "Cormorant", "Drumlin"];
const SECTORS: [&str; 3] = ["Energy", "Banks", "Health"];
const STATES: [TradingState; 4] = [TradingState::Restricted, TradingState::SellOnly, TradingState::Banned, TradingState::Suspended];

const KINDS: [RelationKind; 3] = [RelationKind::SameFund, RelationKind::SubstantiallyIdentical, RelationKind::Substitute];

/// None to three instruments for each leaf, some that no leaf names, and some composed funds;
/// names those of each leaf in the tree.
pub(super) fn universe(random: &mut Random, tree: &mut TargetTree, as_of: Date) -> Universe {
    let leaves: Vec<(usize, ClassPath)> = tree.leaves().map(|(id, node)| (id.0, node.class.clone())).collect();
    let mut instruments = Vec::new();
    for (leaf, class) in &leaves {
        if *class == ClassPath::cash() {
            continue;
        }
        let count = if random.chance(10) { 0 } else { random.count(1, 3) };
        let mut named = Vec::new();
        for _ in 0..count {
            // A leaf may name an instrument of quite another class.
            let own = if random.chance(10) { ClassPath::new("Elsewhere").expect("a class path") } else { class.clone() };
            let instrument = instrument(random, instruments.len(), own, as_of);
            named.push(instrument.symbol.clone());
            instruments.push(instrument);
        }
        if let Some(node) = tree.nodes.get_mut(*leaf) {
            node.instruments = named;
        }
    }
    for _ in 0..random.count(0, 3) {
        let beside = if random.chance(50) { "Exotic" } else { "Equity/Unheard-of" };
        instruments.push(instrument(random, instruments.len(), ClassPath::new(beside).expect("a class path"), as_of));
    }
    if random.chance(30) {
        let mut fund = instrument(random, instruments.len(), ClassPath::new("Balanced").expect("a class path"), as_of);
        let mut classes: Vec<ClassPath> = leaves.into_iter().map(|(_, class)| class).collect();
        random.shuffle(&mut classes);
        classes.truncate(random.count(1, 4));
        let weights = random.parts(classes.len());
        fund.composition = classes.into_iter().zip(weights).map(|(class, weight)| Component { class, weight: Rate::new(weight) }).collect();
        instruments.push(fund);
    }
    relate(random, &mut instruments);
    Universe::new(instruments).expect("symbols differ")
}

/// Some are identical to others, or stand in for them.
fn relate(random: &mut Random, instruments: &mut [Instrument]) {
    let symbols: Vec<String> = instruments.iter().map(|instrument| instrument.symbol.clone()).collect();
    for instrument in instruments {
        let to = random.pick(&symbols).clone();
        if random.chance(15) && to != instrument.symbol {
            instrument.relations.push(Relation { kind: *random.pick(&KINDS), to });
        }
    }
}

fn instrument(random: &mut Random, number: usize, class: ClassPath, as_of: Date) -> Instrument {
    // The first letter shuffles the order of symbols against that of leaves.
    let letter = char::from(b'A' + u8::try_from(random.between(0, 25)).unwrap_or(0));
    let currency = if random.chance(75) { Currency::USD } else { currency(random.pick(&CURRENCIES).0) };
    let lot_size = *random.pick(&["1", "1", "1", "10", "100", "0.001", "0.000000001"]);
    let mut instrument = Instrument::new(format!("{letter}{number:02}"), class, currency);
    instrument.lot_size = lot_size.parse().expect("a quantity");
    instrument.issuer = random.chance(80).then(|| (*random.pick(&ISSUERS)).to_owned());
    instrument.sector = random.chance(60).then(|| (*random.pick(&SECTORS)).to_owned());
    instrument.liquidity_tier = random.chance(70).then(|| u8::try_from(random.between(1, 4)).unwrap_or(1));
    instrument.spread = random.chance(50).then(|| Rate::new(random.decimal(0, 100, 4)));
    instrument.average_daily_volume = random.chance(50).then(|| Quantity::new(random.decimal(1_000, 5_000_000, 0)));
    if random.chance(70) {
        instrument.scores.insert("esg".to_owned(), random.decimal(0, 100, 1));
    }
    if random.chance(20) {
        let until = random.chance(40).then(|| as_of.add_days(i32::try_from(random.between(-30, 30)).unwrap_or(0)).expect("a date"));
        instrument.trading = Trading { state: *random.pick(&STATES), until, reason: Some("generated".to_owned()) };
    }
    instrument
}

/// A price for every instrument, from a hundredth of a cent to half a million, and a rate for
/// every currency against the dollar, quoted in either direction.
pub(super) fn market(random: &mut Random, universe: &Universe, base: Currency, as_of: Date) -> MarketSnapshot {
    let prices = universe.iter().map(|_| {
        let price = match random.between(1, 10) {
            1 => random.decimal(1, 500, 4),
            2 => random.decimal(100_000, 700_000, 0),
            3 => random.decimal(1, 500_000_000_000, 9),
            _ => random.decimal(500, 50_000, 2),
        };
        let date = as_of.add_days(-i32::try_from(random.between(0, 3)).unwrap_or(0)).expect("a date");
        Some(PricePoint { price: Price::new(price), date })
    });
    let prices = prices.collect();
    let dollar = Currency::USD;
    let mut quotes = Vec::new();
    for (code, dollars) in CURRENCIES {
        let other = currency(code);
        if other == dollar {
            continue;
        }
        let rate = random.decimal(dollars * 9 / 10, dollars * 11 / 10, 6);
        let inverse = Decimal::ONE.div(rate, evenkeel_ledger::number::Rounding::HalfEven).expect("a rate above zero");
        quotes.push(if random.chance(50) {
            FxQuote { base: other, quote: dollar, rate, date: as_of }
        } else {
            FxQuote { base: dollar, quote: other, rate: inverse, date: as_of }
        });
    }
    let fx = FxRates::new(quotes).expect("one quote a pair");
    assert!(universe.iter().all(|(_, instrument)| fx.conversion(instrument.currency, base).is_ok()), "every rate is there");
    MarketSnapshot { as_of, kind: PriceKind::Raw, prices, fx }
}

/// Assumptions on the top classes, with one correlation for all pairs.
pub(super) fn assumptions(random: &mut Random, tree: &TargetTree, as_of: Date) -> Assumptions {
    let complete = random.chance(60);
    let classes: Vec<ClassAssumptions> = tree
        .top()
        .map(|(_, node)| ClassAssumptions {
            class: node.class.clone(),
            expected_return: random.chance(80).then(|| random.thousandths(0, 120)),
            return_range: None,
            volatility: (complete || random.chance(50)).then(|| random.thousandths(0, 300)),
            scores: if random.chance(50) { BTreeMap::from([("esg".to_owned(), random.thousandths(0, 10_000))]) } else { BTreeMap::new() },
            distributions: None,
            loadings: BTreeMap::from([("growth".to_owned(), random.thousandths(-500, 1_000))]),
        })
        .collect();
    let count = classes.len();
    let shared = random.thousandths(0, 900);
    let correlation = complete.then(|| (0..count * count).map(|cell| if cell / count == cell % count { 1.0 } else { shared }).collect());
    Assumptions { as_of, source: "generated".to_owned(), classes, correlation }
}

pub(super) fn currency(code: &str) -> Currency {
    code.parse().expect("a currency")
}
