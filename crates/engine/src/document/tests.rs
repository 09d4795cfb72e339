#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::{Currency, Decimal};

use super::*;

#[derive(Debug, Clone, PartialEq)]
struct Everything {
    name: String,
    currency: Currency,
    rate: Decimal,
    share: f64,
    days: u32,
    on: bool,
    date: Option<Date>,
    color: Option<Color>,
    symbols: Vec<String>,
    weights: Vec<(String, Decimal)>,
    nested: i64,
    rows: Vec<f64>,
    shape: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Color {
    Red,
    Green,
}

fn everything(root: &Table<'_>) -> Option<Everything> {
    let version = root.schema_version(1);
    let name = root.key("name", "A name.").text().required();
    let currency = root.key("currency", "A currency.").parsed::<Currency>("a currency such as `USD`").required();
    let rate = root.key("rate", "A rate.").decimal().fraction().or(Decimal::ZERO);
    let share = root.key("share", "A share.").number().above(0.0, "points").or(1.5);
    let days = root.key("days", "Days.").integer().between(1, 366, "days").or(30);
    let on = root.key("on", "A switch.").flag().or(true);
    let date = root.key("date", "A date.").date().optional();
    let color = root.key("color", "A color.").one_of(&[("red", Color::Red), ("green", Color::Green)]).optional();
    let symbols = root.key("symbols", "Symbols.").texts().or_else("[]", Vec::new);
    let weights = root.key("weights", "Weights.").entries("table of numbers", |name, value| Some((name.to_owned(), value.decimal()?)));
    let weights = weights.or_else("{}", Vec::new);
    let nested = root.table("nested", "A table.", |table| table.key("depth", "Depth.").integer().at_least(0, "levels").or(3));
    let rows = root.tables("row", "Rows.", |row| row.key("height", "Height.").number().required());
    root.at_most_one_of(&["days", "date"]);
    let shape = root.optional_table("shape", "A shape.", |shape| {
        shape.key("kind", "Its kind.").variant(&[("circle", 'c'), ("square", 's')], |kind| match kind {
            'c' => shape.key("radius", "Radius.").number().required(),
            _ => shape.key("side", "Side.").number().required(),
        })
    });
    version?;
    let (name, currency, nested) = (name?, currency?, nested?);
    Some(Everything { name, currency, rate, share, days, on, date, color, symbols, weights, nested, rows, shape: shape.flatten() })
}

fn parse(text: &str) -> Parsed<Everything> {
    read(SourceText { file: "file.toml", text }, everything)
}

const LEAST: &str = "schema_version = 1\nname = \"n\"\ncurrency = \"USD\"\n";

/// Code, line, column, length, message and help of the only diagnostic of `LEAST` with more lines.
fn only(more: &str) -> (String, (usize, usize, usize), String, String) {
    let parsed = parse(&format!("{LEAST}{more}"));
    let [diagnostic] = &parsed.diagnostics[..] else { panic_with(more, &parsed.diagnostics) };
    let at = diagnostic.location.as_ref().unwrap();
    assert_eq!(parsed.value.is_none(), diagnostic.is_error());
    let help = diagnostic.help.clone().unwrap();
    (diagnostic.code.to_string(), (at.line, at.column, at.length), diagnostic.message.clone(), help)
}

#[allow(clippy::panic, reason = "a failing test may panic")]
fn panic_with(more: &str, diagnostics: &[Diagnostic]) -> ! {
    panic!("{more}: expected one diagnostic, found {diagnostics:#?}")
}

#[test]
fn defaults_where_nothing_is_said() {
    let read = parse(LEAST);
    assert_eq!(read.diagnostics, []);
    let expected = Everything {
        name: "n".to_owned(),
        currency: Currency::USD,
        rate: Decimal::ZERO,
        share: 1.5,
        days: 30,
        on: true,
        date: None,
        color: None,
        symbols: Vec::new(),
        weights: Vec::new(),
        nested: 3,
        rows: Vec::new(),
        shape: None,
    };
    assert_eq!(read.value, Some(expected));
}

#[test]
fn reads_every_kind() {
    let text = format!(
        "{LEAST}rate = 1e-1\nshare = 2\ndate = 2024-02-29\non = false\ncolor = 'green'\nsymbols = [\"B\", \"A\"]\n\
         weights = {{ z = 0.1, a = 0x10 }}\nnested.depth = 1_000\nrow = [{{ height = 1.5 }}]\nshape = {{ kind = 'square', side = 2 }}"
    );
    let read = parse(&text);
    assert_eq!(read.diagnostics, []);
    let value = read.value.unwrap();
    assert_eq!(value.rate, "0.1".parse().unwrap());
    assert_eq!(value.date, Some(Date::new(2024, 2, 29).unwrap()));
    assert_eq!((value.on, value.color, value.share, value.nested), (false, Some(Color::Green), 2.0, 1000));
    assert_eq!(value.symbols, ["B", "A"]);
    assert_eq!(value.weights, [("z".to_owned(), "0.1".parse().unwrap()), ("a".to_owned(), Decimal::from_int(16))]);
    assert_eq!((value.rows, value.shape), (vec![1.5], Some(2.0)));
    assert_eq!(parse(&format!("{LEAST}date = '2024-02-29'")).value.unwrap().date, Some(Date::new(2024, 2, 29).unwrap()));
}

#[test]
fn one_defect_at_a_time() {
    let cases = [
        ("naem = 1", "EK0102", (4, 1, 4), "`naem` is not a known key", "remove it; known keys are color"),
        ("colour = 'red'", "EK0102", (4, 1, 6), "`colour` is not a known key", "did you mean `color`?"),
        ("on = 'yes'", "EK0104", (4, 6, 5), "`on` takes true or false, and `'yes'` is a text", "without quotes"),
        ("rate = '0.1'", "EK0104", (4, 8, 5), "`rate` takes a number, and `'0.1'` is a text", "without quotes"),
        ("rate = 35", "EK0105", (4, 8, 2), "`rate` is 35, which is above 1", "write 0.35 for 35 %"),
        ("rate = -0.1", "EK0105", (4, 8, 4), "which is below 0", "from 0 to 1"),
        ("rate = nan", "EK0105", (4, 8, 3), "is not a finite number", "such as 0.35"),
        ("share = inf", "EK0105", (4, 9, 3), "is not a finite number", "such as 0.35"),
        ("share = 1e999", "EK0105", (4, 9, 5), "is not a finite number", "such as 0.35"),
        ("share = 0", "EK0105", (4, 9, 1), "is not above 0 points", "more than 0"),
        ("rate = 0.1234567891", "EK0105", (4, 8, 12), "more than nine digits", "round it"),
        ("days = 0", "EK0105", (4, 8, 1), "outside 1 to 366 days", "from 1 to 366"),
        ("days = -1", "EK0105", (4, 8, 2), "is below zero", "at least 0"),
        ("days = 5000000000", "EK0105", (4, 8, 10), "is too large", "smaller"),
        ("days = 1.5", "EK0104", (4, 8, 3), "takes a whole number, and `1.5` is a number", "such as 3"),
        ("date = 2023-02-29T00:00:00", "EK0101", (4, 8, 19), "not valid TOML", "toml.io"),
        ("date = '2023-02-29'", "EK0104", (4, 8, 12), "takes a date", "2026-06-30"),
        ("date = 2023-02-28T00:00:00", "EK0104", (4, 8, 19), "takes a date", "2026-06-30"),
        ("color = 'gren'", "EK0107", (4, 9, 6), "expected one of `red` or `green`", "did you mean `green`?"),
        ("color = 'blue'", "EK0107", (4, 9, 6), "`color` is 'blue'", "write one of"),
        ("symbols = 'A'", "EK0104", (4, 11, 3), "takes an array", "square brackets"),
        ("symbols = ['A', '']", "EK0105", (4, 17, 2), "which is empty", "at least one character"),
        ("weights = 1", "EK0104", (4, 11, 1), "takes a table", "heading"),
        ("weights.x = 'é'", "EK0104", (4, 13, 3), "`x` takes a number", "without quotes"),
        ("nested = 1", "EK0104", (4, 10, 1), "`nested` takes a table", "heading"),
        ("[nested]\ndepth = -1", "EK0105", (5, 9, 2), "below the least of 0 levels", "at least 0"),
        ("[nested]\ndepht = 1", "EK0102", (5, 1, 5), "`depht` is not a known key of `nested`", "did you mean `depth`?"),
        ("row = 1", "EK0104", (4, 7, 1), "an array of tables", "[[row]]"),
        ("[[row]]", "EK0103", (4, 1, 7), "`height` is missing in `row`", "add `height = …`: Height."),
        (
            "[shape]\nkind = 'circle'\nside = 1\nradius = 1",
            "EK0102",
            (6, 1, 4),
            "`side` is not a known key of `shape`",
            "known keys are kind, radius",
        ),
        ("[shape]\nkind = 'oval'\nside = 1", "EK0107", (5, 8, 6), "`kind` is 'oval'", "write one of"),
        ("name = 'again'", "EK0108", (4, 1, 4), "`name` is given a second time", "keep one"),
        ("days = 1\ndate = 2024-01-01", "EK0109", (5, 1, 4), "`days` and `date` are both given", "remove `date` or `days`"),
        ("rate = ", "EK0101", (4, 8, 1), "not valid TOML", "toml.io"),
    ];
    for (text, code, at, message, help) in cases {
        let (seen_code, seen_at, seen_message, seen_help) = only(text);
        assert_eq!((seen_code.as_str(), seen_at), (code, at), "{text}: {seen_message}");
        assert!(seen_message.contains(message), "{text}: {seen_message}");
        assert!(seen_help.contains(help), "{text}: {seen_help}");
    }
}

#[test]
fn all_defects_in_one_pass() {
    let parsed =
        parse("schema_version = 2\ncurrency = 'usd'\nrate = 2\nextra = 1\n[nested]\ndepth = 'deep'\n[[row]]\n[[row]]\nheight = true");
    let told: Vec<(String, usize)> =
        parsed.diagnostics.iter().map(|told| (told.code.to_string(), told.location.as_ref().unwrap().line)).collect();
    let expected = [("EK0103", 1), ("EK0106", 1), ("EK0104", 2), ("EK0105", 3), ("EK0102", 4), ("EK0104", 6), ("EK0103", 7), ("EK0104", 9)];
    assert_eq!(told, expected.map(|(code, line)| (code.to_owned(), line)));
    assert!(parsed.value.is_none());
}

#[test]
fn numbers_are_exact() {
    for text in ["0.1", "0.333333333", "0.000000001", "1", "0.30000"] {
        let parsed = parse(&format!("{LEAST}rate = {text}"));
        assert_eq!(parsed.value.unwrap().rate, text.parse().unwrap());
    }
}

#[test]
fn gathers_the_reference() {
    let text = reference(everything).to_markdown();
    for line in [
        "## At the top",
        "| `rate` | exact number, 0 to 1 | `0` | A rate. |",
        "| `days` | whole number, 1 to 366 days | `30` | Days. |",
        "| `color` | one of `red` or `green` | none | A color. |",
        "## `[nested]`",
        "## `[[row]]`",
        "| `height` | number | an error | Height. |",
        "| `radius` | number | an error | With `kind = \"circle\"`: Radius. |",
        "| `side` | number | an error | With `kind = \"square\"`: Side. |",
    ] {
        assert!(text.lines().any(|seen| seen == line), "{line} is not in\n{text}");
    }
}

proptest::proptest! {
    #[test]
    fn never_panics(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
        let text = String::from_utf8_lossy(&bytes);
        parse(&text);
    }

    #[test]
    fn never_panics_on_what_looks_like_toml(text in "([\\[\\]{}='\"a-d.#0-9\n,-]|row|shape|nested|name|= 1\n|\\[\\[|\\]\\]){0,60}") {
        let parsed = parse(&text);
        proptest::prop_assert!(parsed.value.is_some() != has_errors(&parsed.diagnostics));
    }
}

#[test]
fn nothing_is_missed_in_a_text_that_cannot_be_read() {
    let told = |text: &str| {
        let parsed = read(SourceText { file: "x.toml", text }, everything);
        parsed.diagnostics.iter().map(|told| told.code).collect::<Vec<_>>()
    };
    assert!(told("schema_version = 1\n").contains(&Code::MISSING_KEY));
    let broken = told("schema_version = 1\nname = \"no end\n");
    assert!(broken.contains(&Code::SYNTAX) && !broken.contains(&Code::MISSING_KEY), "{broken:?}");
}
