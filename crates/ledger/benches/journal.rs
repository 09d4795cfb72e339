//! Replay of a journal: events a second on one core.
//!
//! An account trades 30 instruments; three purchases to two sales, sold first in first out and
//! highest cost first in turn, with a dividend now and then. Positions settle at some dozens of lots.

#![allow(clippy::unwrap_used, missing_docs)] // a bench may fail loudly

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use evenkeel_ledger::account::Account;
use evenkeel_ledger::book::{AccountRules, Book};
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::{Event, EventDates, EventKind, Income, Trade};
use evenkeel_ledger::household::{FilingStatus, GainsByTerm, Household, Owner, TaxRates};
use evenkeel_ledger::instrument::{Instrument, InstrumentId, Universe};
use evenkeel_ledger::journal::Journal;
use evenkeel_ledger::number::{Currency, Decimal, Money, Price, Quantity};
use evenkeel_ledger::select::{LotMethod, LotSelection};

const EVENTS: u64 = 200_000;
const INSTRUMENTS: usize = 30;

/// A linear congruential generator (Knuth, MMIX): the same journal in every run.
struct Sequence(u64);

impl Sequence {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

fn household() -> Household {
    let owner = Owner {
        id: "owner".into(),
        name: None,
        birth_date: None,
        filing_status: FilingStatus::Single,
        jurisdiction: "US".into(),
        rates: TaxRates::default(),
        spouse: None,
        year_to_date: GainsByTerm::zero(Currency::USD),
        carry_forward: GainsByTerm::zero(Currency::USD),
        income: None,
    };
    Household::new("bench", vec![owner], vec![Account::new("account", "owner", Currency::USD)]).unwrap()
}

fn journal(household: &Household) -> Journal {
    let class = ClassPath::new("Equity").unwrap();
    let instruments = (0..INSTRUMENTS).map(|i| Instrument::new(format!("I{i:02}"), class.clone(), Currency::USD)).collect();
    let ids: Vec<InstrumentId> = Universe::new(instruments).unwrap().iter().map(|(id, _)| id).collect();
    let account = household.find_account("account").unwrap();
    let mut random = Sequence(7);
    let mut held = vec![0_u64; INSTRUMENTS];
    let mut date = Date::new(2000, 1, 3).unwrap();
    let mut journal = Journal::new();
    for sequence in 1..=EVENTS {
        if sequence % 40 == 0 {
            date = date.add_days(1).unwrap();
        }
        let place = usize::try_from(random.below(INSTRUMENTS as u64)).unwrap();
        let instrument = ids[place];
        let kind = random.below(20);
        let lots = 1 + random.below(99);
        let price = Price::new(Decimal::from_raw(i128::from(20_000_000 + random.below(80_000_000)) * 1_000).unwrap());
        let trade = |units: u64, selection| {
            let quantity = Quantity::new(Decimal::from_int(i64::try_from(units).unwrap()));
            let gross = Money::of(quantity, price, Currency::USD).unwrap();
            Trade { instrument, quantity, gross, fees: Money::new(Decimal::ONE, Currency::USD), selection }
        };
        // A position above 2,500 units (some fifty lots) is sold more often than bought.
        let sells = held[place] > lots && (kind < 8 || held[place] > 2_500 && kind < 16);
        let kind = if sequence == 1 {
            EventKind::Deposit(Money::new(Decimal::from_int(1_000_000_000), Currency::USD))
        } else if kind == 19 {
            let gross = Money::new(Decimal::from_int(25), Currency::USD);
            EventKind::Dividend { instrument, income: Income { gross, withheld: Money::zero(Currency::USD), reinvested: None } }
        } else if sells {
            held[place] -= lots;
            EventKind::Sell(trade(lots, LotSelection::By(if sequence % 2 == 0 { LotMethod::Fifo } else { LotMethod::Hifo })))
        } else {
            held[place] += lots;
            EventKind::Buy(trade(lots, LotSelection::Strict))
        };
        journal.append(Event { sequence, account, dates: EventDates::on(date), fx: None, kind }).unwrap();
    }
    journal
}

fn replay(criterion: &mut Criterion) {
    let household = household();
    let journal = journal(&household);
    let account = household.find_account("account").unwrap();
    let mut group = criterion.benchmark_group("journal");
    group.throughput(Throughput::Elements(EVENTS)).sample_size(20);
    group.bench_function("replay", |bencher| {
        bencher.iter(|| {
            let mut book = Book::new(&household).with_rules(account, AccountRules { margin: true, ..AccountRules::STRICT });
            book.apply_all(black_box(&journal).events()).unwrap();
            book
        });
    });
    group.finish();
}

criterion_group!(benches, replay);
criterion_main!(benches);
