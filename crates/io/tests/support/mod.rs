//! What the tests of files share: one sound file of each kind.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    reason = "each test file uses a part of it, and fails by panicking"
)]

use evenkeel::diagnostic::{Diagnostic, SourceText};
use evenkeel::document::Parsed;
use evenkeel_io::journal::{self, JournalContext};
use evenkeel_io::table::Format;
use evenkeel_io::{benchmark, constituents, exposures, factors, fx, holdings, household, instruments, prices, signals};
use evenkeel_ledger::date::Date;
use evenkeel_ledger::household::Household;
use evenkeel_ledger::instrument::Universe;

pub const HOUSEHOLD: &str = "schema_version = 1
id = 'family'

[[owner]]
id = 'ann'
filing_status = 'married_jointly'
jurisdiction = 'US-CA'
currency = 'USD'
birth_date = 1970-05-01
spouse = 'bob'
rates = { ordinary = 0.37, long_term = 0.2, state = 0.093 }
year_to_date = { short_term = -100, long_term = 250.5 }
carry_forward = { long_term = -3000 }

[[owner]]
id = 'bob'
filing_status = 'married_jointly'
jurisdiction = 'US-CA'
currency = 'USD'

[[account]]
id = 'taxable'
owner = 'ann'
tax_treatment = 'taxable'
currency = 'USD'
cash_minimum = { USD = 1000 }

[[account]]
id = 'ira'
owner = 'bob'
tax_treatment = 'deferred'
currency = 'USD'
basis_method = 'average_cost'
menu = ['VTI', 'BND']
";

pub const INSTRUMENTS: &str = "symbol,name,class,currency,country,lot_size,spread,average_daily_volume,liquidity_tier,composition,same_fund,substantially_identical,substitutes,trading,trading_until,trading_reason,score:esg,tag:style
VTI,Total market,Equity/US,USD,US,1,0.0002,3000000,1,,,,ITOT,,,,7.5,blend
ITOT,Core,Equity/US,USD,US,fractional,,,,,,,,restricted,2026-12-31,review,,
BND,Bonds,Fixed Income,USD,US,1,0.0003,,1,,,,,,,,,
AOR,Balanced,Mixed,USD,US,1,,,,Equity/US:0.6;Fixed Income:0.4,,,,,,,,
";

pub const HOLDINGS: &str = "account,symbol,quantity,lot,acquired,cost_basis,held_since
taxable,VTI,100,a1,2020-03-02,15000.50,2019-03-02
taxable,VTI,10.5,,2021-03-02,2100,
taxable,CASH:USD,2500.25,,,,
ira,BND,50,,,,
";

pub const JOURNAL: &str = "sequence,account,kind,trade_date,settlement_date,ex_date,pay_date,symbol,quantity,price,gross,fees,withheld,currency,fx_rate,lot_method,lots,lot,cost_basis,acquired,held_since,new_units,old_units,to_symbol,to_account
1,taxable,deposit,2024-01-02,,,,,,,10000,,,,,,,,,,,,,,
2,taxable,buy,2024-01-03,2024-01-05,,,VTI,10,250,,1,,USD,,,,,,,,,,,
3,taxable,sell,2024-02-05,2024-02-07,,,VTI,4,260,1040,1,,USD,,fifo,,,,,,,,,
4,taxable,dividend,2024-03-20,,2024-03-18,2024-03-20,VTI,,,12.5,,1.5,USD,,,,,,,,,,,
5,taxable,split,2024-04-01,,,,VTI,,,,,,,,,,,,,,2,1,,
6,ira,transfer_in,2024-05-01,,,,BND,50,,,,,,,,,x9,3500,2020-01-02,2020-01-02,,,,
7,taxable,transfer_out,2024-06-03,,,,VTI,2,,,,,,,,2:2,,,,,,,,ira
8,taxable,symbol_change,2024-07-01,,,,VTI,,,,,,,,,,,,,,,,ITOT,
";

pub const PRICES_WIDE: &str = "# kind: raw\ndate,VTI,BND\n2024-01-02,237.22,73.5\n2024-01-03,235.5,\n";
pub const PRICES_LONG: &str =
    "# kind: split_adjusted\ndate,symbol,price\n2024-01-02,VTI,237.22\n2024-01-03,VTI,235.5\n2024-01-02,BND,73.5\n";
pub const RETURNS_WIDE: &str = "# kind: total_return\ndate,VTI,BND\n2024-01-02,0.01,\n2024-01-03,-0.02,0.001\n";
pub const RETURNS_LONG: &str = "# kind: price_return\ndate,symbol,return\n2024-01-02,VTI,0.01\n2024-01-03,VTI,-0.02\n";
pub const FX: &str = "date,base,quote,rate\n2024-01-02,EUR,USD,1.0956\n2024-01-03,EUR,USD,1.0919\n2024-01-02,USD,JPY,142.1\n";
pub const SIGNALS_WIDE: &str = "date,vix,pe\n2024-01-02,13.2,24.1\n2024-01-03,14.04,\n";
pub const SIGNALS_LONG: &str = "date,name,value\n2024-01-02,vix,13.2\n2024-01-03,vix,1.404e1\n";
pub const BENCHMARK_WIDE: &str = "# kind: total_return\ndate,world,us\n2024-01-02,100.5,\n2024-01-03,99.8,50\n";
pub const BENCHMARK_LONG: &str = "# kind: price\ndate,name,level\n2024-01-02,world,100.5\n2024-01-03,world,99.8\n";

pub const CONSTITUENTS: &str = "benchmark,symbol,weight\nus,VTI,0.6\nus,ITOT,0.395\nworld,VTI,1\n";
pub const FACTORS: &str = "factor,market,value,volatility\nmarket,1,0.3,0.16\nvalue,,1,0.05\n";
pub const EXPOSURES: &str = "symbol,market,value,specific_volatility\nVTI,1,0.1,0.02\nITOT,0.98,,0.03\n";

pub fn as_of() -> Date {
    "2026-06-30".parse().unwrap()
}

fn sound<T>(parsed: Parsed<T>) -> T {
    parsed.value.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics))
}

pub fn universe() -> Universe {
    sound(instruments::read(SourceText { file: "instruments.csv", text: INSTRUMENTS }, None))
}

pub fn household() -> Household {
    sound(household::read(SourceText { file: "household.toml", text: HOUSEHOLD }, &universe()))
}

/// A sound file, its format, and how it is read.
#[derive(Clone, Copy)]
pub struct File {
    pub format: &'static Format,
    pub text: &'static str,
    pub read: fn(SourceText<'_>) -> Vec<Diagnostic>,
}

/// One sound file of each tabular format.
pub fn files() -> Vec<File> {
    let file = |format, text, read| File { format, text, read };
    vec![
        file(&instruments::FORMAT, INSTRUMENTS, |text| instruments::read(text, None).diagnostics),
        file(&holdings::FORMAT, HOLDINGS, |text| holdings::read(text, None, &household(), &universe(), as_of()).diagnostics),
        file(&journal::FORMAT, JOURNAL, |text| {
            let (household, universe) = (household(), universe());
            let context = JournalContext { household: &household, universe: &universe, until: Some(as_of()), after: None };
            journal::read(text, None, context).diagnostics
        }),
        file(&prices::WIDE_FORMAT, PRICES_WIDE, |text| prices::read(text, None, &universe(), None).diagnostics),
        file(&prices::LONG_FORMAT, PRICES_LONG, |text| prices::read(text, None, &universe(), None).diagnostics),
        file(&prices::WIDE_RETURNS_FORMAT, RETURNS_WIDE, |text| prices::read_returns(text, None, &universe(), None).diagnostics),
        file(&prices::LONG_RETURNS_FORMAT, RETURNS_LONG, |text| prices::read_returns(text, None, &universe(), None).diagnostics),
        file(&fx::FORMAT, FX, |text| fx::read(text, None).diagnostics),
        file(&signals::WIDE_FORMAT, SIGNALS_WIDE, |text| signals::read(text, None).diagnostics),
        file(&signals::LONG_FORMAT, SIGNALS_LONG, |text| signals::read(text, None).diagnostics),
        file(&benchmark::WIDE_FORMAT, BENCHMARK_WIDE, |text| benchmark::read(text, None).diagnostics),
        file(&benchmark::LONG_FORMAT, BENCHMARK_LONG, |text| benchmark::read(text, None).diagnostics),
        file(&constituents::FORMAT, CONSTITUENTS, |text| constituents::read(text, None).diagnostics),
        file(&factors::FORMAT, FACTORS, |text| factors::read(text, None).diagnostics),
        file(&exposures::FORMAT, EXPOSURES, |text| {
            let factors = sound(factors::read(SourceText { file: "factors.csv", text: FACTORS }, None));
            exposures::read(text, None, &factors).diagnostics
        }),
    ]
}
