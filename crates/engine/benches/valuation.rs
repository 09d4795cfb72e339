//! Valuing 10,000 instruments in one account, in two currencies.
#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use evenkeel::market::{MarketSnapshot, PriceKind, PricePoint};
use evenkeel::portfolio::Portfolio;
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::fx::{FxQuote, FxRates};
use evenkeel_ledger::holdings::{AccountHoldings, Holdings};
use evenkeel_ledger::instrument::{Instrument, Universe};
use evenkeel_ledger::lot::{Lot, LotId};
use evenkeel_ledger::number::{Currency, Money};

const INSTRUMENTS: u32 = 10_000;

fn valuation(criterion: &mut Criterion) {
    let as_of: Date = "2026-03-31".parse().unwrap();
    let currency = |number: u32| if number.is_multiple_of(2) { Currency::USD } else { Currency::EUR };
    let instrument = |number: u32| Instrument::new(format!("I{number:05}"), ClassPath::new("Equity").unwrap(), currency(number));
    let universe = Universe::new((0..INSTRUMENTS).map(instrument).collect()).unwrap();
    let prices = (0..INSTRUMENTS).map(|number| {
        let price = format!("{}.{:02}", 10 + number % 490, number % 100).parse().unwrap();
        Some(PricePoint { price, date: as_of })
    });
    let fx =
        FxRates::new(vec![FxQuote { base: Currency::EUR, quote: Currency::USD, rate: "1.0875".parse().unwrap(), date: as_of }]).unwrap();
    let market = MarketSnapshot { as_of, kind: PriceKind::Raw, prices: prices.collect(), fx };
    let lots = universe.iter().zip(1_u64..).map(|((instrument, _), number)| Lot {
        id: LotId::Number(number),
        instrument,
        quantity: (1 + number % 977).to_string().parse().unwrap(),
        cost_basis: None,
        acquired: None,
        held_since: None,
    });
    let account = AccountHoldings::new(lots.collect(), [Money::zero(Currency::USD)]).unwrap();
    let holdings = Holdings { as_of, accounts: vec![account] };
    let mut group = criterion.benchmark_group("valuation");
    group.throughput(Throughput::Elements(u64::from(INSTRUMENTS)));
    group.bench_function("10,000 instruments in two currencies", |bencher| {
        bencher.iter(|| black_box(Portfolio::new(&holdings, &universe, &market, Currency::USD).unwrap()));
    });
    group.finish();
}

criterion_group!(benches, valuation);
criterion_main!(benches);
