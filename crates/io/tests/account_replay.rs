//! A strategy account of 9,367 fills, imported through a mapping file and replayed: units, cash and
//! values against the account's own records. The folder is `../shared/data` beside the workspace;
//! where it is absent the test says so and passes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use evenkeel::diagnostic::{Code, SourceText};
use evenkeel::market::{FxHistory, PriceHistory, PriceKind, PricePoint, snapshot};
use evenkeel::policy::PriceRules;
use evenkeel::portfolio::Portfolio;
use evenkeel_io::journal::{self, JournalContext};
use evenkeel_io::mapping::Mapping;
use evenkeel_ledger::account::{Account, AccountId, TaxTreatment};
use evenkeel_ledger::book::{AccountRules, Book};
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::{Event, EventDates, EventKind};
use evenkeel_ledger::household::{FilingStatus, GainsByTerm, Household, Owner, TaxRates};
use evenkeel_ledger::instrument::{Instrument, Universe};
use evenkeel_ledger::journal::Journal;
use evenkeel_ledger::number::{Currency, Decimal, Money, Price, Quantity};

const SYMBOLS: [&str; 7] = ["AMD", "CERN", "COST", "DELL", "GPS", "INTC", "MMM"];

const MAPPING: &str = "
schema_version = 1
date_format = 'YYYY-MM-DD hh:mm:ss'
ignore_other_columns = true

[columns]
account = { constant = 'strategy' }
trade_date = { from = 'datetime_utc' }
symbol = { from = 'symbol' }
quantity = { from = 'amount', sign = { gives = 'kind', positive = 'buy', negative = 'sell_short' } }
price = { from = 'price' }
lot_method = { constant = 'fifo' }
";

fn shared(name: &str) -> Option<String> {
    let path = format!("{}/../../../shared/data/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        eprintln!("skipped: {path} is not there");
    }
    text
}

fn universe() -> Universe {
    let class = ClassPath::new("Equity/US").unwrap();
    Universe::new(SYMBOLS.iter().map(|symbol| Instrument::new(*symbol, class.clone(), Currency::USD)).collect()).unwrap()
}

fn household() -> Household {
    let owner = Owner {
        id: "fund".to_owned(),
        name: None,
        birth_date: None,
        filing_status: FilingStatus::Institution,
        jurisdiction: "US".to_owned(),
        rates: TaxRates::default(),
        spouse: None,
        year_to_date: GainsByTerm::zero(Currency::USD),
        carry_forward: GainsByTerm::zero(Currency::USD),
        income: None,
    };
    let account = Account { tax_treatment: TaxTreatment::Untaxed, ..Account::new("strategy", "fund", Currency::USD) };
    Household::new("fund", vec![owner], vec![account]).unwrap()
}

/// What the account's own records say of the end of a day, in USD.
struct Record {
    date: Date,
    positions: Vec<Decimal>,
    cash: Decimal,
}

fn records(text: &str) -> Vec<Record> {
    let read = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let decimal = |text: &&str| if text.is_empty() { Decimal::ZERO } else { text.parse().unwrap() };
        Record { date: fields[0].parse().unwrap(), positions: fields[1..8].iter().map(decimal).collect(), cash: decimal(&fields[8]) }
    };
    text.lines().skip(1).map(read).collect()
}

fn within_a_cent(a: Decimal, b: Decimal) -> bool {
    a.try_sub(b).unwrap().abs() <= "0.01".parse().unwrap()
}

fn opening_deposit(account: AccountId) -> Event {
    let dates = EventDates::on("2004-01-02".parse().unwrap());
    let opening = Money::new(Decimal::from_int(100_000), Currency::USD);
    Event { sequence: 1, account, dates, fx: None, kind: EventKind::Deposit(opening) }
}

#[test]
fn replays_as_the_account_recorded() {
    let (Some(fills), Some(recorded)) = (shared("account_transactions.csv"), shared("account_positions_usd.csv")) else { return };
    let (universe, household) = (universe(), household());
    let mapping = Mapping::read(SourceText { file: "mapping.toml", text: MAPPING }).value.unwrap();
    let account = household.find_account("strategy").unwrap();
    let deposit = opening_deposit(account);
    let opened = Journal::from_events([deposit.clone()]).unwrap();
    let context =
        JournalContext { household: &household, universe: &universe, until: Some("2009-12-31".parse().unwrap()), after: Some(&opened) };
    let parsed = journal::read(SourceText { file: "account_transactions.csv", text: &fills }, Some(&mapping), context);
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    let imported = parsed.value.unwrap();
    let fills = imported.added();
    assert_eq!(fills.len(), 9367);
    let mut book = Book::new(&household).with_rules(account, AccountRules { margin: true, short: true, matching_days: 0 });
    book.apply(&deposit).unwrap();

    let rules = PriceRules { max_age_days: 0, max_jump: 10.0 };
    let mut prices: BTreeMap<&str, Vec<PricePoint>> = BTreeMap::new();
    let mut units: BTreeMap<&str, Quantity> = BTreeMap::new();
    let (mut matched, mut stale, mut shorts) = (0, 0, 0);
    for record in records(&recorded) {
        for event in fills.iter().filter(|event| event.dates.trade == record.date) {
            book.apply(event).unwrap();
            let (trade, sign) = match &event.kind {
                EventKind::Buy(trade) => (trade, Decimal::ONE),
                EventKind::SellShort(trade) => (trade, Decimal::from_int(-1)),
                other => panic!("{other:?}"),
            };
            let symbol = universe.symbol(trade.instrument);
            let signed = trade.quantity.scale(sign, evenkeel_ledger::number::Rounding::HalfEven).unwrap();
            let held = units.entry(symbol).or_default();
            *held = held.try_add(signed).unwrap();
            let price = trade.gross.amount().div(trade.quantity.decimal(), evenkeel_ledger::number::Rounding::HalfEven).unwrap();
            let series = prices.entry(symbol).or_default();
            series.retain(|point| point.date != record.date);
            series.push(PricePoint { price: Price::new(price), date: record.date });
        }
        let series = SYMBOLS.iter().map(|symbol| prices.get(symbol).cloned().unwrap_or_default()).collect();
        let history = PriceHistory { kind: PriceKind::Raw, series };
        let (market, told) = snapshot(&history, &universe, &FxHistory::default(), record.date, &rules);
        let holdings = book.holdings(record.date).unwrap();
        assert!(within_a_cent(holdings.accounts[0].cash_in(Currency::USD).amount(), record.cash), "cash on {}", record.date);
        let portfolio = Portfolio::new(&holdings, &universe, &market, Currency::USD).unwrap();
        for (id, instrument) in universe.iter() {
            let position = portfolio.accounts[0].positions.iter().find(|position| position.instrument == id);
            let held = position.map_or(Quantity::ZERO, |position| position.quantity);
            let traded = units.get(instrument.symbol.as_str()).copied().unwrap_or_default();
            assert_eq!(held, traded, "{} on {}", instrument.symbol, record.date);
            let (value, recorded) = (position.map_or(Decimal::ZERO, |position| position.value.amount()), record.positions[id.index()]);
            shorts += usize::from(held.is_negative());
            if position.is_none_or(|position| position.price.date == record.date) {
                assert!(within_a_cent(value, recorded), "{} on {}: {value} and {recorded}", instrument.symbol, record.date);
                matched += 1;
            } else {
                let named = |told: &evenkeel::diagnostic::Diagnostic| told.code == Code::STALE && told.message.contains(&instrument.symbol);
                assert!(told.iter().any(named), "{} on {}", instrument.symbol, record.date);
                assert_eq!(value.is_negative(), recorded.is_negative(), "{} on {}", instrument.symbol, record.date);
                stale += 1;
            }
        }
    }
    eprintln!("{matched} values matched, {stale} stale, {shorts} short positions at the end of a day");
    assert_eq!(book.last_sequence(), Some(9368));
    assert!(stale <= 1175 && shorts > 0);
    assert_eq!(matched + stale, 1506 * SYMBOLS.len());
}
