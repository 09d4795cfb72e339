//! How fast files come in.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "a benchmark fails by panicking")]

use std::fmt::Write as _;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use evenkeel::diagnostic::SourceText;
use evenkeel::market::PriceKind;
use evenkeel_io::{holdings, prices};
use evenkeel_ledger::account::Account;
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::household::{FilingStatus, GainsByTerm, Household, Owner, TaxRates};
use evenkeel_ledger::instrument::{Instrument, Universe};
use evenkeel_ledger::number::Currency;
use evenkeel_quant::panel::returns::{Gaps, simple_returns};

const LOTS: usize = 1_000_000;
const INSTRUMENTS: usize = 5_000;
const ACCOUNTS: usize = 100;

fn universe(instruments: usize) -> Universe {
    let class = ClassPath::new("Equity/US").unwrap();
    Universe::new((0..instruments).map(|i| Instrument::new(format!("S{i:04}"), class.clone(), Currency::USD)).collect()).unwrap()
}

fn household() -> Household {
    let owner = Owner {
        id: "owner".to_owned(),
        name: None,
        birth_date: None,
        filing_status: FilingStatus::Single,
        jurisdiction: "US".to_owned(),
        rates: TaxRates::default(),
        spouse: None,
        year_to_date: GainsByTerm::zero(Currency::USD),
        carry_forward: GainsByTerm::zero(Currency::USD),
        income: None,
    };
    let accounts = (0..ACCOUNTS).map(|i| Account::new(format!("account-{i:03}"), "owner", Currency::USD)).collect();
    Household::new("household", vec![owner], accounts).unwrap()
}

/// Lots by account, in no order within it.
fn lots() -> String {
    let mut text = "account,symbol,quantity,lot,acquired,cost_basis\n".to_owned();
    for i in 0..LOTS {
        let account = i * ACCOUNTS / LOTS;
        let symbol = (i * 7919) % INSTRUMENTS;
        let (year, month, day) = (2005 + i % 20, 1 + i % 12, 1 + i % 28);
        writeln!(
            text,
            "account-{account:03},S{symbol:04},{}.{:03},{i},{year}-{month:02}-{day:02},{}.{:02}",
            1 + i % 997,
            i % 1000,
            1000 + i % 90_000,
            i % 100
        )
        .unwrap();
    }
    text
}

fn wide_prices(instruments: usize, dates: usize) -> String {
    let mut text = "# kind: raw\ndate".to_owned();
    for i in 0..instruments {
        write!(text, ",S{i:04}").unwrap();
    }
    for day in 0..dates {
        write!(text, "\n{}-{:02}-{:02}", 2000 + day / 336, 1 + day / 28 % 12, 1 + day % 28).unwrap();
        for i in 0..instruments {
            write!(text, ",{}.{:04}", 20 + (i * 31 + day) % 300, (i * 7 + day * 13) % 10_000).unwrap();
        }
    }
    text.push('\n');
    text
}

fn import(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("import");
    group.sample_size(10);

    let (text, household, all) = (lots(), household(), universe(INSTRUMENTS));
    let as_of = "2026-01-01".parse().unwrap();
    group.throughput(Throughput::Elements(LOTS as u64));
    group.bench_function("a million lots", |bencher| {
        bencher.iter_with_large_drop(|| {
            let parsed = holdings::read(SourceText { file: "holdings.csv", text: &text }, None, &household, &all, as_of);
            assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics.first());
            parsed.value.unwrap()
        });
    });

    let (text, some) = (wide_prices(505, 1259), universe(505));
    group.throughput(Throughput::Elements(505 * 1259));
    group.bench_function("wide prices, 505 x 1259", |bencher| {
        bencher.iter_with_large_drop(|| {
            let parsed = prices::read(SourceText { file: "prices.csv", text: &text }, None, &some, Some(PriceKind::Raw));
            assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics.first());
            parsed.value.unwrap()
        });
    });

    let text = wide_prices(500, 25 * 252);
    group.throughput(Throughput::Elements(500 * 25 * 252));
    group.bench_function("wide prices to a panel of returns, 500 x 25 years", |bencher| {
        bencher.iter_with_large_drop(|| {
            let parsed = prices::read_price_panel(SourceText { file: "prices.csv", text: &text }, None);
            assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics.first());
            simple_returns(&parsed.value.unwrap().panel, Gaps::Open).unwrap()
        });
    });
    group.finish();
}

criterion_group!(benches, import);
criterion_main!(benches);
