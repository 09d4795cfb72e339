//! Panels of public market data, with what is dirty in them. The folder is `../shared/data` beside the
//! workspace; where it is absent the tests say so and pass.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "a test fails by panicking")]

use std::time::Instant;

use evenkeel::diagnostic::{Code, Diagnostic, SourceText};
use evenkeel::document::Parsed;
use evenkeel::market::{NamedPanel, PriceKind};
use evenkeel_io::mapping::Mapping;
use evenkeel_io::prices::{read, read_price_panel, read_return_panel};
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::instrument::{Instrument, Universe};
use evenkeel_ledger::number::Currency;
use evenkeel_quant::panel::defects::DefectRules;
use evenkeel_quant::panel::frequency::{Period, to_periods};
use evenkeel_quant::panel::missing::{Missing, coverage, gaps, treat_missing};
use evenkeel_quant::panel::returns::{Gaps, simple_returns};

fn shared(name: &str) -> Option<String> {
    let path = format!("{}/../../../shared/data/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        eprintln!("SKIPPED: {path} is not there");
    }
    text
}

fn clean(parsed: Parsed<NamedPanel>) -> NamedPanel {
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    parsed.value.unwrap()
}

fn prices(name: &str) -> Option<NamedPanel> {
    let text = shared(name)?;
    let start = Instant::now();
    let panel = clean(read_price_panel(SourceText { file: name, text: &text }, None));
    eprintln!("{name}: {} × {} read in {:?}", panel.panel.rows(), panel.panel.assets(), start.elapsed());
    Some(panel)
}

fn returns(name: &str, mapping: Option<&Mapping>) -> Option<NamedPanel> {
    let text = shared(name)?;
    Some(clean(read_return_panel(SourceText { file: name, text: &text }, mapping)))
}

fn names(told: &[Diagnostic], code: Code, name: &str, day: &str) -> bool {
    told.iter().any(|told| told.code == code && told.message.contains(&format!("`{name}` on {day} is ")))
}

#[test]
fn names_what_is_dirty_in_500_stocks() {
    let Some(named) = prices("sp500_5y_close.csv") else { return };
    let panel = &named.panel;
    assert_eq!((panel.rows(), panel.assets()), (1259, 505));
    let coverage = coverage(panel);
    let missing: usize = coverage.iter().map(|asset| asset.before + asset.inside + asset.after).sum();
    assert_eq!(missing, 16_755);
    assert_eq!(coverage.iter().filter(|asset| asset.before > 0).count(), 29);
    assert_eq!(gaps(panel).iter().map(|gap| gap.rows).sum::<usize>(), 51);

    let told = named.inspect(&DefectRules::DAILY);
    for (name, day) in [("LNT", "2016-05-19"), ("MRO", "2017-09-14"), ("NWL", "2017-09-14"), ("FLR", "2017-09-14")] {
        assert!(names(&told, Code::BAD_PRINT, name, day), "{name} {day}");
    }
    for (name, day) in [
        ("NI", "2015-07-02"),
        ("EBAY", "2015-07-20"),
        ("BAX", "2015-07-01"),
        ("YUM", "2016-11-01"),
        ("ARNC", "2016-11-01"),
        ("HPE", "2017-04-03"),
        ("DISCA", "2014-08-07"),
        ("DISCK", "2014-08-07"),
    ] {
        assert!(names(&told, Code::PRICE_JUMP, name, day), "{name} {day}");
    }
    // Few enough to look through: less than one price in two thousand.
    assert!(2_000 * told.len() < 1259 * 505, "{} are told", told.len());
}

#[test]
fn treats_what_is_missing_in_500_stocks() {
    let Some(named) = prices("sp500_5y_close.csv") else { return };
    let returns = simple_returns(&named.panel, Gaps::Bridged).unwrap();
    assert!(treat_missing(&returns, Missing::Refuse).is_err());
    let complete = treat_missing(&returns, Missing::CompleteCases { least_coverage: 0.98 }).unwrap();
    assert!(complete.panel.is_complete());
    assert_eq!(complete.report.dropped_assets.len() + complete.panel.assets(), 505);
    assert!(complete.report.dropped_assets.len() <= 29 && complete.panel.rows() > 1_200, "{} rows", complete.panel.rows());

    let whole = simple_returns(&named.panel, Gaps::Open).unwrap();
    let factors = evenkeel_quant::panel::backfill::component_returns(&whole, 10).unwrap();
    let residuals = evenkeel_quant::panel::missing::Residuals::Drawn { seed: 1 };
    // An asset of a few weeks tells too little of ten factors, and is dropped first.
    let known: Vec<usize> = coverage(&whole).iter().filter(|asset| asset.known >= 60).map(|asset| asset.asset).collect();
    let filled = treat_missing(&whole.select(&known).unwrap(), Missing::Backfill { factors: &factors, residuals }).unwrap();
    assert!(filled.panel.is_complete());
    assert!(filled.report.filled.iter().all(|filled| filled.explained > 0.0 && filled.explained < 1.0));
}

#[test]
fn prices_read_exactly_make_the_same_panel() {
    let Some(text) = shared("sp20_daily_prices.csv") else { return };
    let source = SourceText { file: "sp20_daily_prices.csv", text: &text };
    let floats = clean(read_price_panel(source, None));
    let class = ClassPath::new("Equity").unwrap();
    let instruments = floats.names.iter().map(|name| Instrument::new(name, class.clone(), Currency::USD));
    let universe = Universe::new(instruments.collect()).unwrap();
    let rounding =
        Mapping::read(SourceText { file: "mapping.toml", text: "schema_version = 1\nround_to_nine_digits = true" }).value.unwrap();
    let parsed = read(source, Some(&rounding), &universe, Some(PriceKind::TotalReturn));
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    let exact = NamedPanel::of_history(&parsed.value.unwrap(), &universe, "2022-12-31".parse().unwrap()).unwrap();
    assert_eq!(exact.panel.dates(), floats.panel.dates());
    for (asset, symbol) in universe.iter().map(|(_, instrument)| &instrument.symbol).enumerate() {
        let column = floats.names.iter().position(|name| name == symbol).unwrap();
        assert_eq!(exact.panel.values().column(asset), floats.panel.values().column(column), "{symbol}");
    }
}

#[test]
fn sees_the_untrustworthy_years_of_one_stock() {
    let Some(named) = prices("sp20_daily_prices.csv") else { return };
    let told = named.inspect(&DefectRules::DAILY);
    assert!(names(&told, Code::PRICE_JUMP, "RRC", "1990-04-10"), "{told:?}");
    assert!(names(&told, Code::PRICE_JUMP, "AAPL", "2000-09-29"));
    assert!(told.iter().any(|told| told.code == Code::STALE && told.message.contains("`RRC` stands still on 69 dates in a row")));
}

#[test]
fn knows_late_listings() {
    let Some(named) = prices("stocks20_daily_prices.csv") else { return };
    let listed = |name: &str| {
        let asset = named.names.iter().position(|known| known == name).unwrap();
        named.dates().unwrap()[named.panel.listing(asset).unwrap().0]
    };
    for (name, year) in [("FB", 2012), ("BABA", 2014), ("GM", 2010), ("MA", 2006), ("GOOG", 2004), ("AMZN", 1997), ("RRC", 1992)] {
        assert_eq!(listed(name).year(), year, "{name}");
    }
    let missing: usize = coverage(&named.panel).iter().map(|asset| asset.before + asset.inside + asset.after).sum();
    assert_eq!(missing, 35_589);
}

#[test]
fn etf_returns_compound_to_the_published_growth() {
    let Some(named) = returns("etf18_daily_returns.csv", None) else { return };
    let date = |text: &str| text.parse::<Date>().unwrap().ordinal();
    let span = named.panel.between(date("2006-06-01"), date("2022-12-31"));
    let monthly = to_periods(&span, &Period::Month.keys(span.dates())).unwrap();
    assert_eq!(monthly.rows(), 7 + 16 * 12);
    for (name, growth) in [("AGG", 0.990), ("TLT", 1.190), ("VNQ", 1.292), ("VTI", 3.018)] {
        let asset = named.names.iter().position(|known| known == name).unwrap();
        let found: f64 = monthly.values().column(asset).iter().map(|value| 1.0 + value).product();
        assert!((found - growth).abs() < 0.0006, "{name}: {found}");
    }
}

#[test]
fn tells_rates_and_values_that_stand_still_or_are_copied() {
    let Some(factors) = returns("factors_daily.csv", None) else { return };
    let told = factors.inspect(&DefectRules::DAILY);
    assert!(
        told.iter().any(|told| told.code == Code::STALE && told.message.contains("`RF` stands still on 776 dates in a row")),
        "{told:?}"
    );

    let text = shared("us_annual_1871_2015.csv").unwrap();
    // The year becomes the date of its last day.
    let dated = text.lines().enumerate().map(|(row, line)| {
        let cells: Vec<&str> = line.split(',').collect();
        let date = if row == 0 { "date".to_owned() } else { format!("{}-12-31", cells[0]) };
        format!("{date},{},{}", cells[1], cells[2])
    });
    let dated = dated.collect::<Vec<_>>().join("\n");
    let annual = clean(read_return_panel(SourceText { file: "us_annual.csv", text: &dated }, None));
    let told = annual.inspect(&DefectRules { largest_step: 366, ..DefectRules::MONTHLY });
    assert!(told.iter().any(|told| told.message.starts_with("all returns of 2015-12-31 are those of the row before")), "{told:?}");
}

#[test]
fn tells_jumps_of_exchange_rates_and_missing_months() {
    let Some(text) = shared("fx_monthly_long.csv") else { return };
    let mapping = "schema_version = 1
        [columns]
        date = { from = 'Date' }
        symbol = { from = 'Country' }
        price = { from = 'Exchange rate' }";
    let mapping = Mapping::read(SourceText { file: "mapping.toml", text: mapping }).value.unwrap();
    let source = SourceText { file: "fx_monthly_long.csv", text: &text };
    let rates = clean(read_price_panel(source, Some(&mapping)));
    let told = rates.inspect(&DefectRules::MONTHLY);
    assert!(names(&told, Code::PRICE_JUMP, "Venezuela", "2018-02-01"), "{told:?}");
    assert!(names(&told, Code::PRICE_JUMP, "China", "1994-01-01"));

    let text = shared("cpi_us_monthly.csv").unwrap();
    let mapping = "schema_version = 1\nignore_other_columns = true\ncolumns.date.from = 'Date'\nseries.CPI = 'Index'\n";
    let mapping = Mapping::read(SourceText { file: "mapping.toml", text: mapping }).value.unwrap();
    let index = clean(read_price_panel(SourceText { file: "cpi_us_monthly.csv", text: &text }, Some(&mapping)));
    let told = index.inspect(&DefectRules { stale_rows: 24, ..DefectRules::MONTHLY });
    assert!(told.iter().any(|told| told.message.contains("comes 61 days after the one before")), "{told:?}");
}

#[test]
fn tells_defects_of_the_file_with_their_line() {
    let text =
        "# kind: total_return\ndate,symbol,price\n2024-01-02,X,10\n2024-01-03,X,-1\n2024-01-03,Y,5\n2024-01-03,Y,6\n2024-01-04,X,ten\n";
    let parsed = read_price_panel(SourceText { file: "prices.csv", text }, None);
    assert!(parsed.value.is_none());
    let told: Vec<(Code, usize)> = parsed.diagnostics.iter().map(|told| (told.code, told.location.as_ref().unwrap().line)).collect();
    assert_eq!(told, [(Code::NOT_POSITIVE, 4), (Code::NOT_A_VALUE, 7), (Code::DUPLICATE_ROW, 6)]);
    let text = "date,X\n2024-01-02,10\n";
    let named = clean(read_price_panel(SourceText { file: "prices.csv", text }, None));
    assert_eq!((named.kind, named.panel.rows()), (None, 1), "estimates do not ask for the kind of price");
}

#[test]
fn wide_and_long_files_give_the_same_panel() {
    let wide = "# kind: price_return\ndate,Y,X\n2024-01-02,,0.25\n2024-01-03,0.5,\n";
    let long = "# kind: price_return\ndate,symbol,return\n2024-01-03,Y,0.5\n2024-01-02,X,0.25\n";
    let [wide, long] = [wide, long].map(|text| clean(read_return_panel(SourceText { file: "returns.csv", text }, None)));
    assert_eq!(wide.names, ["Y", "X"]);
    assert_eq!((&wide.names, wide.kind), (&long.names, Some(PriceKind::PriceIndex)));
    assert_eq!(wide.panel.dates(), long.panel.dates());
    let bits = |named: &NamedPanel| named.panel.values().values().iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&wide), bits(&long));
}

#[test]
fn a_price_of_zero_is_left_out_and_one_below_is_an_error() {
    let read = |price: &str| {
        let text = format!("# kind: total_return\ndate,X\n2024-01-02,10\n2024-01-03,{price}\n2024-01-04,11\n");
        let parsed = read_price_panel(SourceText { file: "prices.csv", text: &text }, None);
        (parsed.value.is_some(), parsed.diagnostics.iter().map(|told| told.code).collect::<Vec<_>>())
    };
    assert_eq!(read("0"), (true, vec![Code::NOT_POSITIVE]));
    assert_eq!(read("-1"), (false, vec![Code::NOT_POSITIVE]));
}
