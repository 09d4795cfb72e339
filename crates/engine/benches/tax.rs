//! Wash sales over a million events, and the tax of a year.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "a benchmark")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use evenkeel::tax::us::wash;
use evenkeel::tax::{Records, YearTax};
use evenkeel_ledger::account::{Account, AccountId, TaxTreatment};
use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::{Event, EventDates, EventKind, Trade};
use evenkeel_ledger::holdings::Holdings;
use evenkeel_ledger::household::{FilingStatus, GainsByTerm, Household, OtherIncome, Owner, TaxRates};
use evenkeel_ledger::identical::{IdenticalSets, Identity};
use evenkeel_ledger::instrument::{Instrument, Universe};
use evenkeel_ledger::number::{Currency, Decimal, Money, Quantity};
use evenkeel_ledger::select::{LotMethod, LotSelection};

const EVENTS: u64 = 1_000_000;
const INSTRUMENTS: usize = 100;
const EVENTS_A_DAY: u64 = 400;

fn usd(amount: i64) -> Money {
    Money::new(Decimal::from_int(amount), Currency::USD)
}

fn household(income: Option<OtherIncome>) -> Household {
    let owner = Owner {
        id: "ann".to_owned(),
        name: None,
        birth_date: None,
        filing_status: FilingStatus::Single,
        jurisdiction: "US-CA".to_owned(),
        rates: TaxRates { ordinary: "0.35".parse().unwrap(), long_term: "0.15".parse().unwrap(), state: "0.09".parse().unwrap() },
        spouse: None,
        year_to_date: GainsByTerm { short_term: usd(-4_000), long_term: usd(12_000) },
        carry_forward: GainsByTerm::zero(Currency::USD),
        income,
    };
    let account = |id: &str| Account::new(id, "ann", Currency::USD);
    let ira = Account { tax_treatment: TaxTreatment::Deferred, ..account("ira") };
    Household::new("bench", vec![owner], vec![account("a"), account("b"), ira]).unwrap()
}

/// Numbers that are spread evenly, from a fixed start.
struct Spread(u64);

impl Spread {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// Purchases and about as many sales, first in first out, at prices from 50 to 150 that rise by `rise` over all events:
/// half of the sales are losses where they do not, and few where they rise much.
fn events(universe: &Universe, rise: u64) -> Vec<Event> {
    let (mut spread, start): (Spread, Date) = (Spread(7), "2015-01-01".parse().unwrap());
    let instruments: Vec<_> = universe.iter().map(|(id, _)| id).collect();
    let mut held = vec![0_u64; INSTRUMENTS * 3];
    let event = |sequence: u64| {
        let (account, at) = (usize::try_from(spread.below(3)).unwrap(), usize::try_from(spread.below(INSTRUMENTS as u64)).unwrap());
        let held = &mut held[account * INSTRUMENTS + at];
        let (count, price) = (1 + spread.below(20), 50 + spread.below(100) + rise * sequence / EVENTS);
        let sells = *held >= count && spread.below(2) == 0;
        *held = if sells { *held - count } else { *held + count };
        let [quantity, price] = [count, price].map(|number| i64::try_from(number).unwrap());
        let trade = Trade {
            instrument: instruments[at],
            quantity: Quantity::new(Decimal::from_int(quantity)),
            gross: usd(quantity * price),
            fees: usd(1),
            selection: LotSelection::By(LotMethod::Fifo),
        };
        Event {
            sequence,
            account: AccountId::from_index(account).unwrap(),
            dates: EventDates::on(start.add_days(i32::try_from(sequence / EVENTS_A_DAY).unwrap()).unwrap()),
            fx: None,
            kind: if sells { EventKind::Sell(trade) } else { EventKind::Buy(trade) },
        }
    };
    (1..=EVENTS).map(event).collect()
}

fn wash_sales(criterion: &mut Criterion) {
    let instruments = (0..INSTRUMENTS).map(|at| Instrument::new(format!("S{at:03}"), "Equity".parse().unwrap(), Currency::USD));
    let universe = Universe::new(instruments.collect()).unwrap();
    let (household, sets) = (household(None), IdenticalSets::new(&universe, Identity::Related));
    let opening = Holdings::empty(&household, "2014-12-31".parse().unwrap());
    let mut group = criterion.benchmark_group("wash sales");
    group.sample_size(10).throughput(Throughput::Elements(EVENTS));
    for rise in [0, 5_000] {
        let events = events(&universe, rise);
        let through = events.last().unwrap().dates.trade;
        let records = Records { household: &household, sets: &sets, opening: &opening, events: &events, through };
        let found = wash::replay(&records).unwrap();
        let name = format!("{EVENTS} events, {} disposals, {} wash sales", found.gains.len(), found.washes.len());
        drop(found);
        group.bench_function(name, |bencher| bencher.iter(|| black_box(wash::replay(&records).unwrap())));
    }
    group.finish();
}

fn year_tax(criterion: &mut Criterion) {
    let income = OtherIncome { ordinary: usd(220_000), qualified_dividends: usd(8_000), investment: usd(3_000), deductions: usd(15_000) };
    let mut group = criterion.benchmark_group("year tax");
    for (name, income) in [("at stated rates", None), ("by the tables", Some(income))] {
        let household = household(income);
        group.bench_function(format!("new, {name}"), |bencher| bencher.iter(|| black_box(YearTax::new(&household, "ann", 2025).unwrap())));
        let tax = YearTax::new(&household, "ann", 2025).unwrap();
        let amounts = [usd(3_456), usd(-7_890)];
        group.bench_function(format!("tax, {name}"), |bencher| {
            bencher.iter(|| tax.tax(black_box(amounts[0]), black_box(amounts[1])).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, wash_sales, year_tax);
criterion_main!(benches);
