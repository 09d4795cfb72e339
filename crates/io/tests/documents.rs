//! `household.toml`, `assumptions.toml`, mappings, the journal as JSON lines, and whole folders.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::PathBuf;

use evenkeel::diagnostic::{Code, Diagnostic, SourceText, has_errors};
use evenkeel_io::folder::{Options, Paths, load};
use evenkeel_io::journal::{self, JournalContext, read_lines, write_lines};
use evenkeel_io::mapping::Mapping;
use evenkeel_io::write::csv_row;
use evenkeel_io::{assumptions, holdings, household, instruments};
use evenkeel_ledger::account::{BasisMethod, Menu};
use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::{
    Acquisition, CashInLieu, DeferLoss, Event, EventDates, EventKind, MergerTerms, Ratio, Rematch, Replacement, SpinOff, StockTerms,
};
use evenkeel_ledger::fx::FxQuote;
use evenkeel_ledger::journal::Journal;
use evenkeel_ledger::lot::LotId;
use evenkeel_ledger::number::{Currency, Money};
use evenkeel_ledger::select::{LotQuantity, LotSelection};
use proptest::prelude::*;

mod support;

const ASSUMPTIONS: &str = "schema_version = 1
as_of = 2026-01-02
source = 'own'

[[class]]
class = 'Equity'
expected_return = 0.09
return_range = [0.08, 0.10]
volatility = 0.17
scores = { quality = 7.5 }
loadings = { growth = 0.6 }

[[class]]
class = 'Fixed Income'
expected_return = 0.04
volatility = 0.06

[[correlation]]
between = ['Equity', 'Fixed Income']
rho = 0.2
";

const MAPPING: &str = "schema_version = 1
delimiter = ';'
date_format = 'DD.MM.YYYY'
decimal_comma = true
missing_values = ['n/a']

[columns]
account = { constant = 'taxable' }
symbol = { from = 'Titel', values = { 'Vanguard Total' = 'VTI' } }
quantity = { from = 'Anzahl' }
acquired = { from = 'Datum' }
cost_basis = { from = 'Einstand' }
";

fn told(diagnostics: &[Diagnostic]) -> Vec<(Code, usize)> {
    diagnostics.iter().map(|told| (told.code, told.location.as_ref().map_or(0, |place| place.line))).collect()
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

#[test]
fn a_household_is_read_whole() {
    let household = support::household();
    let ann = household.owner("ann").unwrap();
    assert_eq!(ann.birth_date, Some(date("1970-05-01")));
    assert_eq!(ann.rates.state.to_string(), "0.093");
    assert_eq!(ann.year_to_date.short_term.to_string(), "-100.00 USD");
    assert_eq!(ann.carry_forward.long_term.to_string(), "-3000.00 USD");
    let ira = &household.accounts[household.account_index("ira").unwrap()];
    assert_eq!(ira.basis_method, BasisMethod::AverageCost);
    let Menu::Only(menu) = &ira.menu else { panic!("{:?}", ira.menu) };
    assert_eq!(menu.len(), 2);
    let taxable = &household.accounts[household.account_index("taxable").unwrap()];
    assert_eq!(taxable.cash_minimum_in(Currency::USD).to_string(), "1000.00 USD");
}

#[test]
fn every_defect_of_a_household_is_told() {
    let cases: [(&str, &str, Code, usize); 19] = [
        ("schema_version = 1\n", "", Code::MISSING_KEY, 1),
        ("schema_version = 1", "schema_version = 2", Code::SCHEMA_VERSION, 1),
        ("id = 'family'", "id = ''", Code::OUT_OF_RANGE, 2),
        ("id = 'ann'", "id = 'bob'", Code::HOUSEHOLD, 16),
        ("'US-CA'\ncurrency = 'USD'\nbirth", "'usa'\ncurrency = 'USD'\nbirth", Code::OUT_OF_RANGE, 7),
        (
            "'married_jointly'\njurisdiction = 'US-CA'\ncurrency = 'USD'\nbirth",
            "'maried_jointly'\njurisdiction = 'US-CA'\ncurrency = 'USD'\nbirth",
            Code::NOT_A_CHOICE,
            6,
        ),
        ("birth_date = 1970-05-01", "birth_date = '1970'", Code::WRONG_TYPE, 9),
        ("spouse = 'bob'", "spouse = 'rob'", Code::HOUSEHOLD, 5),
        ("ordinary = 0.37", "ordinary = 37", Code::OUT_OF_RANGE, 11),
        ("ordinary = 0.37", "ordinry = 0.37", Code::UNKNOWN_KEY, 11),
        ("short_term = -100", "short_term = '-100'", Code::WRONG_TYPE, 12),
        ("long_term = -3000", "long_term = 3000", Code::OUT_OF_RANGE, 13),
        ("owner = 'ann'", "owner = 'ane'", Code::HOUSEHOLD, 22),
        ("tax_treatment = 'taxable'", "tax_treatment = 'taxed'", Code::NOT_A_CHOICE, 24),
        ("{ USD = 1000 }", "{ usd = 1000 }", Code::WRONG_TYPE, 26),
        ("{ USD = 1000 }", "{ USD = -1 }", Code::OUT_OF_RANGE, 26),
        ("id = 'ira'", "id = 'taxable'", Code::HOUSEHOLD, 29),
        ("'average_cost'", "'average'", Code::NOT_A_CHOICE, 33),
        ("'VTI', 'BND'", "'VTI', 'BNX'", Code::UNKNOWN_SYMBOL, 34),
    ];
    let universe = support::universe();
    for (sound, defect, code, line) in cases {
        assert!(support::HOUSEHOLD.contains(sound), "{sound}");
        let text = support::HOUSEHOLD.replacen(sound, defect, 1);
        let parsed = household::read(SourceText { file: "household.toml", text: &text }, &universe);
        assert!(parsed.value.is_none(), "{defect}");
        assert!(told(&parsed.diagnostics).contains(&(code, line)), "{defect}: {:?}", parsed.diagnostics);
    }
    let parsed = household::read(SourceText { file: "household.toml", text: "schema_version = 1\nid = 'x'\n" }, &universe);
    assert_eq!(told(&parsed.diagnostics), [(Code::MISSING_KEY, 1), (Code::MISSING_KEY, 1)], "no owner and no account");
}

fn read_assumptions(text: &str) -> evenkeel::document::Parsed<evenkeel::assumptions::Assumptions> {
    assumptions::read(SourceText { file: "assumptions.toml", text }, support::as_of())
}

#[test]
fn assumptions_are_read_from_pairs_or_a_matrix() {
    let pairs = read_assumptions(ASSUMPTIONS).value.unwrap();
    assert_eq!(pairs.correlation(0, 1), Some(0.2));
    assert_eq!(pairs.classes[0].return_range, Some((0.08, 0.10)));
    assert!((pairs.covariance(0, 1).unwrap() - 0.17 * 0.06 * 0.2).abs() < 1e-15);
    let (head, _) = ASSUMPTIONS.split_once("[[correlation]]").unwrap();
    let matrix = head.replacen("source = 'own'\n", "source = 'own'\ncorrelation_matrix = [[1, 0.2], [0.2, 1.0]]\n", 1);
    assert_eq!(read_assumptions(&matrix).value.unwrap(), pairs);
    assert_eq!(read_assumptions(head).value.unwrap().correlation, None);
}

#[test]
fn yields_are_read_with_what_goes_with_them() {
    let read = |keys: &str| read_assumptions(&ASSUMPTIONS.replacen("volatility = 0.06", keys, 1));
    let full = read("yield = 0.03\nqualified = 0.25\nturnover = 0.1").value.unwrap();
    let paid = full.classes[1].distributions.unwrap();
    assert_eq!((paid.income, paid.qualified, paid.turnover), (0.03, 0.25, 0.1));
    assert_eq!(full.classes[0].distributions, None);
    let least = read("yield = 0.03").value.unwrap().classes[1].distributions.unwrap();
    assert_eq!((least.income, least.qualified, least.turnover), (0.03, 0.0, 0.0));
    let defects = [
        ("yield = 1.03", Code::OUT_OF_RANGE),
        ("yield = '3 %'", Code::WRONG_TYPE),
        ("yield = 0.03\nqualified = -0.1", Code::OUT_OF_RANGE),
        ("qualified = 0.5", Code::KEY_WITHOUT_EFFECT),
        ("turnover = 0.5", Code::KEY_WITHOUT_EFFECT),
    ];
    for (keys, code) in defects {
        let parsed = read(keys);
        assert!(parsed.value.is_none(), "{keys}");
        assert_eq!(parsed.diagnostics.iter().map(|told| told.code).collect::<Vec<_>>(), [code], "{keys}");
    }
    let no_return = ASSUMPTIONS.replacen("expected_return = 0.04\nvolatility = 0.06", "yield = 0.03\nturnover = 0.1", 1);
    assert_eq!(told(&read_assumptions(&no_return).diagnostics), [(Code::KEY_WITHOUT_EFFECT, 16)]);
}

#[test]
fn every_defect_of_assumptions_is_told() {
    let cases: [(&str, &str, Code, usize); 13] = [
        ("as_of = 2026-01-02", "as_of = 2026-07-01", Code::FUTURE_DATE, 2),
        ("source = 'own'", "sorce = 'own'", Code::UNKNOWN_KEY, 3),
        ("'Equity'\nexpected", "'Equity//'\nexpected", Code::OUT_OF_RANGE, 6),
        ("class = 'Fixed Income'", "class = 'Equity'", Code::DUPLICATE_ROW, 14),
        ("expected_return = 0.09", "expected_return = 9", Code::OUT_OF_RANGE, 7),
        ("expected_return = 0.09", "expected_return = nan", Code::OUT_OF_RANGE, 7),
        ("[0.08, 0.10]", "[0.10, 0.08]", Code::OUT_OF_RANGE, 8),
        ("volatility = 0.17", "volatility = -0.17", Code::OUT_OF_RANGE, 9),
        ("quality = 7.5", "quality = 'good'", Code::WRONG_TYPE, 10),
        ("rho = 0.2", "rho = 1.2", Code::OUT_OF_RANGE, 20),
        ("'Equity', 'Fixed Income']", "'Equity', 'Fixed Incom']", Code::OUT_OF_RANGE, 19),
        ("'Equity', 'Fixed Income']", "'Equity', 'Equity']", Code::OUT_OF_RANGE, 19),
        ("rho = 0.2\n", "rho = 0.2\n[[correlation]]\nbetween = ['Fixed Income', 'Equity']\nrho = 0.3\n", Code::DUPLICATE_ROW, 21),
    ];
    for (sound, defect, code, line) in cases {
        assert!(ASSUMPTIONS.contains(sound), "{sound}");
        let parsed = read_assumptions(&ASSUMPTIONS.replacen(sound, defect, 1));
        assert!(parsed.value.is_none(), "{defect}");
        assert!(told(&parsed.diagnostics).contains(&(code, line)), "{defect}: {:?}", parsed.diagnostics);
    }
}

#[test]
fn impossible_correlations_are_told() {
    let head = "schema_version = 1\nas_of = 2026-01-02\nsource = 'own'\n";
    let classes = "[[class]]\nclass = 'A'\n[[class]]\nclass = 'B'\n[[class]]\nclass = 'C'\n";
    let matrix = |rows: &str| read_assumptions(&format!("{head}correlation_matrix = {rows}\n{classes}"));
    let cases = [
        ("[[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]]", "smallest eigenvalue is -0.8"),
        ("[[1, 0.2], [0.2, 1]]", "2 rows of 2, 2 numbers, and there are 3 classes"),
        ("[[1, 0.1, 0], [0.2, 1, 0], [0, 0, 1]]", "0.2 in row 2 and column 1, and 0.1"),
        ("[[0.9, 0, 0], [0, 1, 0], [0, 0, 1]]", "0.9 in row 1 and column 1"),
        ("[[1, 0, 1.5], [0, 1, 0], [1.5, 0, 1]]", "1.5 in row 3 and column 1"),
    ];
    for (rows, message) in cases {
        let parsed = matrix(rows);
        let [told] = &parsed.diagnostics[..] else { panic!("{rows}: {:?}", parsed.diagnostics) };
        assert_eq!((told.code, told.location.as_ref().unwrap().line), (Code::CORRELATION, 4));
        assert!(told.message.contains(message), "{told}");
    }
    assert!(matrix("[[1, 1, 1], [1, 1, 1], [1, 1, 1]]").value.is_some(), "singular is possible");
    let missing = read_assumptions(&format!("{head}{classes}[[correlation]]\nbetween = ['A', 'B']\nrho = 0\n"));
    assert!(missing.diagnostics[0].message.contains("2 pairs have no correlation: A and C; B and C"), "{:?}", missing.diagnostics);
}

#[test]
fn a_mapping_reads_what_others_write() {
    let mapping = Mapping::read(SourceText { file: "mapping.toml", text: MAPPING }).value.unwrap();
    let text = "Titel;Anzahl;Datum;Einstand\nVanguard Total;1.234,5;02.03.2020;15.000,50\nBND;10;n/a;n/a\n";
    let (household, universe) = (support::household(), support::universe());
    let read = |text| holdings::read(SourceText { file: "depot.csv", text }, Some(&mapping), &household, &universe, support::as_of());
    let parsed = read(text);
    assert!(!has_errors(&parsed.diagnostics), "{:?}", parsed.diagnostics);
    let held = parsed.value.unwrap();
    let lots = held.accounts[household.account_index("taxable").unwrap()].lots();
    let shown: Vec<String> = lots
        .iter()
        .map(|lot| format!("{} {} {:?} {:?}", universe.symbol(lot.instrument), lot.quantity, lot.acquired, lot.cost_basis))
        .collect();
    assert_eq!(shown, ["BND 10 None None", "VTI 1234.5 Some(2020-03-02) Some(15000.50 USD)"]);

    let parsed = read("Titel;Anzahl;Datum;Einstand;Bank\nVTI;1;2020-03-02;1;x\n");
    assert_eq!(told(&parsed.diagnostics), [(Code::UNKNOWN_COLUMN, 1), (Code::NOT_A_VALUE, 2)]);
    let parsed = read("Titel;Anzal;Datum;Einstand\nVTI;1;02.03.2020;1\n");
    assert!(parsed.diagnostics[0].help.as_ref().unwrap().contains("`Anzal`"), "{:?}", parsed.diagnostics);
}

#[test]
fn every_defect_of_a_mapping_is_told() {
    let cases = [
        ("delimiter = ';'", "delimiter = ':'", Code::NOT_A_CHOICE, 2),
        ("'DD.MM.YYYY'", "'DD.MM'", Code::WRONG_TYPE, 3),
        ("decimal_comma = true", "decimal_coma = true", Code::UNKNOWN_KEY, 4),
        ("{ from = 'Anzahl' }", "{ }", Code::MISSING_KEY, 10),
        ("{ from = 'Anzahl' }", "{ from = 'Anzahl', constant = '1' }", Code::CONFLICTING_KEYS, 10),
        ("{ from = 'Anzahl' }", "{ from = 'Anzahl', scale = 'x' }", Code::WRONG_TYPE, 10),
        ("{ from = 'Anzahl' }", "{ from = 'Anzahl', sign = { gives = 'kind' } }", Code::MISSING_KEY, 10),
    ];
    for (sound, defect, code, line) in cases {
        let parsed = Mapping::read(SourceText { file: "mapping.toml", text: &MAPPING.replacen(sound, defect, 1) });
        assert!(told(&parsed.diagnostics).contains(&(code, line)), "{defect}: {:?}", parsed.diagnostics);
    }
    let other = MAPPING.replacen("quantity =", "units =", 1);
    let mapping = Mapping::read(SourceText { file: "mapping.toml", text: &other }).value.unwrap();
    let (household, universe) = (support::household(), support::universe());
    let parsed =
        holdings::read(SourceText { file: "depot.csv", text: "Titel;Anzahl\n" }, Some(&mapping), &household, &universe, support::as_of());
    assert!(
        parsed.diagnostics.iter().any(|told| told.code == Code::MAPPING && told.message.contains("`units`")),
        "{:?}",
        parsed.diagnostics
    );
}

/// A journal with every kind of event.
fn journal() -> Journal {
    let (household, universe) = (support::household(), support::universe());
    let context = JournalContext { household: &household, universe: &universe, until: Some(support::as_of()), after: None };
    let parsed = journal::read(SourceText { file: "journal.csv", text: support::JOURNAL }, None, context);
    let mut journal = parsed.value.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics)).journal;
    let account = household.find_account("taxable").unwrap();
    let symbol = |name: &str| universe.find(name).unwrap();
    let usd = |amount: &str| Money::new(amount.parse().unwrap(), Currency::USD);
    let ratio = Ratio { new: "1".parse().unwrap(), old: "3".parse().unwrap() };
    let chosen = LotSelection::Specific([LotQuantity { lot: "a b".parse().unwrap(), quantity: "0.5".parse().unwrap() }].into());
    let in_lieu = Some(CashInLieu { quantity: "0.5".parse().unwrap(), proceeds: usd("12.34"), selection: chosen });
    let stock = StockTerms { instrument: symbol("ITOT"), ratio };
    let merger = |terms| EventKind::Merger { from: symbol("VTI"), terms, cash_in_lieu: in_lieu.clone() };
    let (quantity, lot) = ("1.5".parse().unwrap(), LotId::Number(7));
    let rematch = |to| EventKind::Rematch(Rematch { disposal: 3, instrument: symbol("VTI"), from: lot.clone(), quantity, to });
    let defer = |into| EventKind::DeferLoss(DeferLoss { disposal: 3, instrument: symbol("VTI"), from: lot.clone(), loss: usd("5"), into });
    let into = Replacement { account, instrument: symbol("VTI"), lot: lot.clone(), quantity, held_since: Some(date("2023-01-01")) };
    let spin_off =
        SpinOff { parent: symbol("VTI"), child: symbol("ITOT"), ratio, basis_fraction: "0.25".parse().unwrap(), cash_in_lieu: None };
    let kinds = [
        merger(MergerTerms::Cash { proceeds: usd("100") }),
        merger(MergerTerms::Stock(stock)),
        merger(MergerTerms::StockAndCash { stock, stock_value: usd("10"), cash: usd("1") }),
        merger(MergerTerms::Taxed { stock, stock_value: usd("10"), cash: usd("0") }),
        EventKind::SpinOff(spin_off),
        rematch(Acquisition::Lot(lot.clone())),
        rematch(Acquisition::Pooled { acquired: date("2024-01-05"), basis: usd("9.87") }),
        defer(Some(into)),
        defer(None),
        EventKind::Withdrawal(usd("1")),
        EventKind::Fee(usd("0.000000001")),
        EventKind::Tax(usd("2.5")),
    ];
    let fx = FxQuote { base: Currency::EUR, quote: Currency::USD, rate: "1.1".parse().unwrap(), date: date("2024-08-01") };
    for (sequence, kind) in (9..).zip(kinds) {
        journal.append(Event { sequence, account, dates: EventDates::on(date("2024-08-01")), fx: Some(fx), kind }).unwrap();
    }
    journal
}

#[test]
fn json_lines_keep_every_event() {
    let (household, universe, journal) = (support::household(), support::universe(), journal());
    let text = write_lines(journal.events(), &household, &universe).unwrap();
    let context = JournalContext { household: &household, universe: &universe, until: Some(support::as_of()), after: None };
    let read = |text: &str| read_lines(SourceText { file: "journal.jsonl", text }, context);
    let parsed = read(&text);
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    assert_eq!(parsed.value.unwrap().journal, journal);

    let cases = [
        ("{\"schema_version\":1}", "{\"schema_version\":2}", Code::SCHEMA_VERSION, 1),
        ("{\"schema_version\":1}\n", "", Code::NO_HEADER, 1),
        ("\"account\":\"taxable\"", "\"account\":\"taxble\"", Code::UNKNOWN_ACCOUNT, 2),
        ("\"instrument\":\"VTI\"", "\"instrument\":\"VTX\"", Code::UNKNOWN_SYMBOL, 3),
        ("\"quantity\":\"10\"", "\"quantity\":10", Code::NOT_A_VALUE, 3),
        ("\"gross\":{\"amount\":\"2500\"", "\"groß\":{\"amount\":\"2500\"", Code::NOT_A_VALUE, 3),
        ("\"sequence\":3", "\"sequence\":2", Code::JOURNAL, 4),
        ("2024-07-01", "2027-07-01", Code::FUTURE_DATE, 9),
        ("\"sequence\":3,", "\"sequence\":3", Code::NOT_A_VALUE, 4),
    ];
    for (sound, defect, code, line) in cases {
        assert!(text.contains(sound), "{sound} is not in {text}");
        let parsed = read(&text.replacen(sound, defect, 1));
        assert!(parsed.value.is_none());
        assert!(told(&parsed.diagnostics).contains(&(code, line)), "{defect}: {:?}", parsed.diagnostics);
    }
    assert_eq!(told(&read("").diagnostics), [(Code::NO_HEADER, 1)]);
}

/// A folder of all files, new for each test.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("evenkeel-folder-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let files = [
        ("household.toml", support::HOUSEHOLD),
        ("instruments.csv", support::INSTRUMENTS),
        ("holdings.csv", support::HOLDINGS),
        ("journal.csv", support::JOURNAL),
        ("prices.csv", support::PRICES_WIDE),
        ("fx.csv", support::FX),
        ("signals.csv", support::SIGNALS_LONG),
        ("assumptions.toml", ASSUMPTIONS),
        ("benchmark.csv", support::BENCHMARK_WIDE),
    ];
    for (name, text) in files {
        fs::write(folder.join(name), text).unwrap();
    }
    folder
}

fn options() -> Options<'static> {
    Options { as_of: support::as_of(), price_kind: None, study: false, settings: &[], past: false }
}

#[test]
fn a_folder_is_read_whole() {
    let folder = folder("whole");
    let parsed = load(&Paths::in_folder(&folder).unwrap(), options());
    assert!(!has_errors(&parsed.diagnostics), "{:?}", parsed.diagnostics);
    let inputs = parsed.value.unwrap();
    assert_eq!(inputs.universe.unwrap().len(), 4);
    assert_eq!(inputs.holdings.unwrap().accounts.len(), 2);
    assert_eq!(inputs.journal.unwrap().added().len(), 8);
    assert_eq!(inputs.prices.unwrap().series.iter().filter(|series| !series.is_empty()).count(), 2);
    assert_eq!((inputs.fx.pairs.len(), inputs.signals.series.len(), inputs.benchmark.unwrap().levels.len()), (2, 1, 2));
    assert!(inputs.assumptions.is_some() && inputs.policy.is_none());
    let names: Vec<&str> = inputs.hashes.iter().map(|(name, _)| name.as_str()).collect();
    let sorted = [
        "assumptions.toml",
        "benchmark.csv",
        "fx.csv",
        "holdings.csv",
        "household.toml",
        "instruments.csv",
        "journal.csv",
        "prices.csv",
        "signals.csv",
    ];
    assert_eq!(names, sorted);
    assert!(inputs.hashes.iter().all(|(_, hash)| hash.len() == 64));
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn defects_of_all_files_of_a_folder_are_told_at_once() {
    let folder = folder("defects");
    fs::write(folder.join("fx.csv"), support::FX.replace("1.0956", "x")).unwrap();
    fs::write(folder.join("signals.csv"), b"date,vix\n2024-01-02,1\xFF\n").unwrap();
    fs::write(folder.join("benchmark.csv"), "").unwrap();
    fs::write(folder.join("prices.csv"), support::PRICES_WIDE.replace("raw", "total_return")).unwrap();
    let paths = Paths::in_folder(&folder).unwrap();
    let codes = |options| load(&paths, options).diagnostics.iter().filter(|told| told.is_error()).map(|told| told.code).collect::<Vec<_>>();
    let errors = [Code::NOT_A_VALUE, Code::ENCODING, Code::NO_HEADER, Code::PRICE_KIND];
    assert_eq!(codes(options()), [&errors[..], &[Code::PRICES_NOT_PAID]].concat()[..].to_vec());
    assert_eq!(codes(Options { study: true, ..options() }), errors.to_vec());

    // What needs a broken file is not read, and that is told.
    fs::write(folder.join("instruments.csv"), "symbol,class,currency\nVTI,Equity,usd\n").unwrap();
    let parsed = load(&paths, options());
    assert_eq!(
        parsed.diagnostics.iter().filter(|told| told.code == Code::INPUT_FILES && told.is_error()).count(),
        4,
        "{:?}",
        parsed.diagnostics
    );

    fs::write(folder.join("journal.jsonl"), "").unwrap();
    fs::write(folder.join("returns.csv"), "").unwrap();
    let told: Vec<Code> = Paths::in_folder(&folder).unwrap_err().iter().map(|told| told.code).collect();
    assert_eq!(told, [Code::INPUT_FILES, Code::INPUT_FILES]);
    assert_eq!(Paths::in_folder(&folder.join("absent")).unwrap_err()[0].code, Code::UNREADABLE);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_mapping_beside_a_file_is_used() {
    let folder = folder("mapping");
    fs::write(folder.join("holdings.csv"), "Titel;Anzahl;Datum;Einstand\nVanguard Total;1,5;02.03.2020;150\n").unwrap();
    fs::write(folder.join("holdings.mapping.toml"), MAPPING).unwrap();
    let parsed = load(&Paths::in_folder(&folder).unwrap(), options());
    assert!(!has_errors(&parsed.diagnostics), "{:?}", parsed.diagnostics);
    let inputs = parsed.value.unwrap();
    assert_eq!(inputs.holdings.unwrap().accounts.iter().map(|account| account.lots().len()).sum::<usize>(), 1);
    assert!(inputs.hashes.iter().any(|(name, _)| name == "holdings.mapping.toml"));
    fs::remove_dir_all(folder).unwrap();
}

proptest! {
    #[test]
    fn names_survive_writing_and_reading(name in "[^\\p{C}]{1,20}|[ ,\"\r\n]{1,6}x") {
        prop_assume!(!name.is_empty());
        let text = ["symbol,name,class,currency\n".to_owned(), csv_row(["A", &name, "Equity", "USD"])].concat();
        let parsed = instruments::read(SourceText { file: "instruments.csv", text: &text }, None);
        let universe = parsed.value.unwrap();
        prop_assert_eq!(universe.iter().next().unwrap().1.name.as_deref(), Some(name.as_str()));
    }

    #[test]
    fn garbage_lines_never_panic(text in "(\\{|\\}|\"|:|,|\n|schema_version|1|kind|buy|\\PC){0,40}") {
        let (household, universe) = (support::household(), support::universe());
        let context = JournalContext { household: &household, universe: &universe, until: Some(support::as_of()), after: None };
        let _ = read_lines(SourceText { file: "journal.jsonl", text: &text }, context);
        let _ = Mapping::read(SourceText { file: "mapping.toml", text: &text });
    }
}
