//! Files of public market data, with what is dirty in them. The folder is `../shared/data` beside the
//! workspace; where it is absent the tests say so and pass.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "a test fails by panicking")]

use std::time::Instant;

use evenkeel::diagnostic::{Code, SourceText, has_errors};
use evenkeel::market::{FxHistory, PriceKind, inspect, snapshot};
use evenkeel::policy::PriceRules;
use evenkeel_io::mapping::Mapping;
use evenkeel_io::{fx, prices, signals};
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::instrument::{Instrument, Universe};
use evenkeel_ledger::number::Currency;

fn shared(name: &str) -> Option<String> {
    let path = format!("{}/../../../shared/data/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        eprintln!("skipped: {path} is not there");
    }
    text
}

fn universe(header: &str) -> Universe {
    let class = ClassPath::new("Equity").unwrap();
    let instrument = |symbol: &str| Instrument::new(symbol, class.clone(), Currency::USD);
    Universe::new(header.trim_end().split(',').skip(1).map(instrument).collect()).unwrap()
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn mapping(text: &str) -> Mapping {
    let parsed = Mapping::read(SourceText { file: "mapping.toml", text });
    parsed.value.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics))
}

#[test]
fn names_the_bad_prints_of_500_stocks() {
    let Some(text) = shared("sp500_5y_close.csv") else { return };
    let universe = universe(text.lines().next().unwrap());
    let source = SourceText { file: "sp500_5y_close.csv", text: &text };
    let start = Instant::now();
    let parsed = prices::read(source, None, &universe, Some(PriceKind::SplitAdjusted));
    eprintln!("505 × 1259 prices read in {:?}", start.elapsed());
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    let history = parsed.value.unwrap();
    assert_eq!(history.series.len(), 505);
    assert_eq!(history.series.iter().map(Vec::len).sum::<usize>(), 1259 * 505 - 16_755);

    let rules = PriceRules { max_age_days: 5, max_jump: 0.25 };
    let told = inspect(&history, &universe, date("2018-02-07"), &rules);
    let names = |code: Code, symbol: &str, day: &str| {
        told.iter().any(|told| told.code == code && told.message.contains(&format!("`{symbol}` on {day} is")))
    };
    for (symbol, day) in [("LNT", "2016-05-19"), ("MRO", "2017-09-14"), ("NWL", "2017-09-14"), ("FLR", "2017-09-14")] {
        assert!(names(Code::BAD_PRINT, symbol, day), "{symbol} {day}");
    }
    for (symbol, day) in [("NI", "2015-07-02"), ("EBAY", "2015-07-20"), ("BAX", "2015-07-01"), ("DISCA", "2014-08-07")] {
        assert!(names(Code::PRICE_JUMP, symbol, day), "{symbol} {day}");
    }

    let lnt = universe.find("LNT").unwrap();
    let on = |day: &str| snapshot(&history, &universe, &FxHistory::default(), date(day), &rules);
    let (market, told) = on("2016-05-19");
    assert_eq!(market.price(lnt), None);
    assert!(told.iter().any(|told| told.code == Code::PRICE_JUMP && told.message.contains("`LNT`")));
    let (market, told) = on("2016-05-20");
    assert!(market.price(lnt).is_some());
    assert!(told.iter().any(|told| told.code == Code::BAD_PRINT && told.message.contains("`LNT`")));
    let (market, told) = on("2013-02-08");
    let listed = market.prices.iter().flatten().count();
    assert_eq!(told.iter().filter(|told| told.code == Code::NO_PRICE).count(), 505 - listed);
    assert!(listed < 505);
}

#[test]
fn builds_indices_of_returns() {
    let Some(text) = shared("etf18_daily_returns.csv") else { return };
    let universe = universe(text.lines().next().unwrap());
    let rounded = mapping("schema_version = 1\ndirectives = { kind = 'price_return', base_date = '2006-05-05' }");
    let parsed = prices::read_returns(SourceText { file: "etf18_daily_returns.csv", text: &text }, Some(&rounded), &universe, None);
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    let history = parsed.value.unwrap();
    assert_eq!(history.kind, PriceKind::PriceIndex);
    assert!(!history.kind.suits_lots());
    for series in &history.series {
        assert_eq!(series.len(), 4193 + 1);
        assert_eq!((series[0].date, series[0].price.to_string()), (date("2006-05-05"), "100".to_owned()));
    }
}

#[test]
fn tells_the_zeros_of_a_signal_that_mean_missing() {
    let Some(text) = shared("shiller_sp500_monthly.csv") else { return };
    let source = SourceText { file: "shiller_sp500_monthly.csv", text: &text };
    let keys = "schema_version = 1\nignore_other_columns = true\ncolumns.date.from = 'Date'\nseries.pe = 'PE10'\n";
    let naive = mapping(keys);
    let parsed = signals::read(source, Some(&naive));
    let [told] = &parsed.diagnostics[..] else { panic!("{:?}", parsed.diagnostics) };
    assert!(told.message.starts_with("`pe` is zero on "), "{told}");
    assert!(told.message.contains("the first of them 1871-01-01"), "{told}");

    let careful = mapping(&format!("{keys}missing_values = ['0.0']"));
    let parsed = signals::read(source, Some(&careful));
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    let signals = parsed.value.unwrap();
    assert_eq!(signals.last_on_or_before("pe", date("1880-12-31")), None);
    assert_eq!(signals.last_on_or_before("pe", date("2026-06-30")).unwrap().0, date("2023-09-01"));
}

#[test]
fn reads_exchange_rates_of_a_foreign_file() {
    let Some(text) = shared("fx_monthly_long.csv") else { return };
    let foreign = mapping(
        "schema_version = 1
        [columns]
        date = { from = 'Date' }
        base = { constant = 'USD' }
        quote = { from = 'Country', skip_other_values = true, values = { Euro = 'EUR', Japan = 'JPY', Venezuela = 'VEF' } }
        rate = { from = 'Exchange rate' }",
    );
    let parsed = fx::read(SourceText { file: "fx_monthly_long.csv", text: &text }, Some(&foreign));
    assert!(!has_errors(&parsed.diagnostics), "{:?}", parsed.diagnostics);
    let rates = parsed.value.unwrap();
    assert_eq!(rates.pairs.len(), 3);
    let pair = |quote: &str| rates.pairs.get(&(Currency::USD, quote.parse().unwrap())).unwrap();
    assert_eq!(pair("EUR").first().unwrap().0, date("1999-01-01"));
    assert_eq!(pair("JPY").first().unwrap().0, date("1971-01-01"));

    let history = prices_of_nothing();
    let rules = PriceRules { max_age_days: 40, max_jump: 0.5 };
    let (_, told) = snapshot(&history, &Universe::default(), &rates, date("2018-02-01"), &rules);
    assert!(told.iter().any(|told| told.code == Code::PRICE_JUMP && told.message.contains("`USD/VEF` on 2018-02-01")), "{told:?}");
}

fn prices_of_nothing() -> evenkeel::market::PriceHistory {
    evenkeel::market::PriceHistory { kind: PriceKind::Raw, series: Vec::new() }
}
