//! Every key, with one defect at a time.

use std::collections::BTreeSet;

use evenkeel::diagnostic::Code;
use evenkeel::document::{KeyEntry, Presence};
use evenkeel::policy::reference;

use crate::{CLUSTERS, GLIDE, OPTIMIZED, PROFILE, RISK_BUDGET, TARGET_DATE, TREE, parse, place};

const TEXTS: [&str; 7] = [TREE, PROFILE, GLIDE, TARGET_DATE, OPTIMIZED, RISK_BUDGET, CLUSTERS];

/// A key of a text.
struct Line<'a> {
    text: &'a str,
    /// From 1.
    number: usize,
    path: &'a str,
    key: &'a str,
    value: &'a str,
    entry: KeyEntry,
}

impl Line<'_> {
    /// The text with another line in this one's place.
    fn with(&self, line: &str) -> String {
        let lines = self.text.lines().enumerate().map(|(index, old)| if index + 1 == self.number { line } else { old });
        lines.flat_map(|line| [line, "\n"]).collect()
    }

    fn with_value(&self, value: &str) -> String {
        self.with(&format!("{} = {value}", self.key))
    }

    /// Column of the value.
    fn column(&self) -> usize {
        self.key.chars().count() + " = ".len() + 1
    }

    fn is_number(&self) -> bool {
        self.entry.kind.contains("number")
    }

    fn is_text(&self) -> bool {
        self.value.starts_with('"')
    }

    /// Expects a diagnostic here and nothing else but `also`, which follow from it.
    fn expect(&self, text: &str, code: Code, column: usize, also: &[Code]) {
        let parsed = parse(text);
        assert!(parsed.value.is_none(), "{} {}: read in spite of {:?}", self.path, self.key, text.lines().nth(self.number - 1));
        let here = (code.to_string(), self.number, column);
        let (hits, others): (Vec<_>, Vec<_>) = parsed.diagnostics.iter().partition(|diagnostic| place(diagnostic) == here);
        assert!(!hits.is_empty(), "{} {}: expected {here:?}, found {:#?}", self.path, self.key, parsed.diagnostics);
        assert!(hits.iter().all(|hit| hit.help.is_some()), "{hits:?} has no remedy");
        assert!(others.iter().all(|other| also.contains(&other.code)), "{} {}: also {others:#?}", self.path, self.key);
    }
}

/// Every key of the texts that the reference knows, with its entry.
fn lines() -> Vec<Line<'static>> {
    let reference = reference();
    let mut lines = Vec::new();
    for text in TEXTS {
        let mut path = "";
        for (index, line) in text.lines().enumerate() {
            if line.starts_with('[') {
                path = line.trim_matches(['[', ']']);
            }
            let Some((key, value)) = line.split_once(" = ").filter(|_| !line.starts_with('[')) else { continue };
            let table = reference.tables.iter().find(|table| table.path == path).unwrap();
            let entry = table.keys.iter().find(|entry| entry.name == key).unwrap_or_else(|| panic!("{path} {key}")).clone();
            lines.push(Line { text, number: index + 1, path, key, value, entry });
        }
    }
    lines
}

#[test]
fn the_texts_are_right() {
    for text in TEXTS {
        assert_eq!(parse(text).diagnostics, [], "{text}");
    }
}

#[test]
fn the_texts_have_every_key() {
    let tried: BTreeSet<(&str, &str)> = lines().iter().map(|line| (line.path, line.key)).collect();
    for table in reference().tables {
        for key in table.keys {
            assert!(tried.contains(&(table.path.as_str(), key.name)), "no text has `{}` of `{}`", key.name, table.path);
        }
    }
}

/// What may be told too: the rest of a table whose key is missed.
const FOLLOWS: [Code; 1] = [Code::MISSING_KEY];

#[test]
fn wrong_type() {
    for line in lines() {
        // A time of day is of no key's type.
        line.expect(&line.with_value("07:32:00"), Code::WRONG_TYPE, line.column(), &FOLLOWS);
    }
}

#[test]
fn misspelt() {
    for line in lines() {
        let misspelt = format!("{}x", line.key);
        let text = line.with(&format!("{misspelt} = {}", line.value));
        let parsed = parse(&text);
        let here = (Code::UNKNOWN_KEY.to_string(), line.number, 1);
        let told = parsed.diagnostics.iter().find(|diagnostic| place(diagnostic) == here);
        let told = told.unwrap_or_else(|| panic!("{} {misspelt}: {:#?}", line.path, parsed.diagnostics));
        assert_eq!(told.help.as_deref(), Some(format!("did you mean `{}`?", line.key).as_str()));
        assert!(parsed.value.is_none());
    }
}

#[test]
fn missing() {
    for line in lines().into_iter().filter(|line| line.entry.presence == Presence::Required) {
        let parsed = parse(&line.with(""));
        let told = parsed.diagnostics.iter().find(|diagnostic| diagnostic.code == Code::MISSING_KEY);
        let told = told.unwrap_or_else(|| panic!("{} {}: {:#?}", line.path, line.key, parsed.diagnostics));
        assert!(told.message.starts_with(&format!("`{}` is missing", line.key)), "{}", told.message);
        // The heading of the table, or the start of the file.
        let above = line.text.lines().take(line.number).enumerate().filter(|(_, text)| text.starts_with('['));
        let heading = if line.path.is_empty() { 1 } else { above.last().map_or(1, |(index, _)| index + 1) };
        assert_eq!(place(told), (Code::MISSING_KEY.to_string(), heading, 1));
        assert!(parsed.value.is_none());
    }
}

#[test]
fn duplicated() {
    for mut line in lines() {
        let text = line.with(&format!("{0} = {1}\n{0} = {1}", line.key, line.value));
        line.number += 1;
        line.expect(&text, Code::DUPLICATE_KEY, 1, &[]);
    }
}

#[test]
fn not_finite() {
    for line in lines().iter().filter(|line| line.is_number()) {
        for value in ["nan", "inf", "-inf"] {
            let code = if line.entry.kind.contains("whole") { Code::WRONG_TYPE } else { Code::OUT_OF_RANGE };
            line.expect(&line.with_value(value), code, line.column(), &FOLLOWS);
        }
    }
}

#[test]
fn out_of_range() {
    let mut tried = 0;
    for line in lines().iter().filter(|line| line.is_number()) {
        for value in beyond(&line.entry.kind) {
            line.expect(&line.with_value(&value), Code::OUT_OF_RANGE, line.column(), &FOLLOWS);
            tried += 1;
        }
    }
    assert!(tried > 80, "only {tried} values were tried");
}

/// Numbers just outside a range as the reference writes it.
fn beyond(kind: &str) -> Vec<String> {
    let Some((name, range)) = kind.split_once(", ") else { return Vec::new() };
    let step = if name == "whole number" { 1.0 } else { 0.001 };
    let number = |text: &str| text.split_whitespace().next().unwrap().replace('−', "-").parse::<f64>().unwrap();
    let around = |least: f64, most: f64| vec![(least - step).to_string(), (most + step).to_string()];
    if range == "above 0, up to 1" {
        return vec!["0".to_owned(), "-0.001".to_owned(), "1.001".to_owned()];
    }
    if let Some(least) = range.strip_prefix("≥ ") {
        return vec![(number(least) - step).to_string()];
    }
    if let Some(floor) = range.strip_prefix("> ") {
        return vec![number(floor).to_string(), (number(floor) - step).to_string()];
    }
    let (least, most) = range.split_once(" to ").unwrap();
    around(number(least), number(most))
}

#[test]
fn percent_is_not_a_fraction() {
    let lines = lines();
    let line = lines.iter().find(|line| line.path == "target" && line.key == "weight").unwrap();
    let told = parse(&line.with_value("35")).diagnostics;
    assert_eq!(told[0].help.as_deref(), Some("fractions are not percent: write 0.35 for 35 %"));
}

#[test]
fn empty() {
    for line in lines().iter().filter(|line| line.is_text()) {
        let code = match line.entry.kind.as_str() {
            "text" | "attribute" => Code::OUT_OF_RANGE,
            kind if kind.starts_with("`weight`") => Code::OUT_OF_RANGE,
            kind if kind.starts_with("text such as") => Code::OUT_OF_RANGE,
            kind if kind.starts_with("one of") || kind.starts_with('`') => Code::NOT_A_CHOICE,
            _ => Code::WRONG_TYPE,
        };
        line.expect(&line.with_value("\"\""), code, line.column(), &FOLLOWS);
    }
    for line in lines().iter().filter(|line| line.value.starts_with('[')) {
        let code = match line.entry.kind.as_str() {
            kind if kind.contains("class") => Code::WRONG_TYPE,
            _ => Code::OUT_OF_RANGE,
        };
        line.expect(&line.with_value("[\"\"]"), code, line.column() + 1, &FOLLOWS);
        line.expect(&line.with_value("[7]"), Code::WRONG_TYPE, line.column() + 1, &FOLLOWS);
    }
}

#[test]
fn no_value() {
    for line in lines() {
        let parsed = parse(&line.with(&format!("{} =", line.key)));
        assert!(parsed.value.is_none());
        let told = parsed.diagnostics.iter().map(place);
        let here = |(code, number, _): &(String, usize, usize)| *code == Code::SYNTAX.to_string() && *number == line.number;
        assert!(told.clone().any(|told| here(&told)), "{} {}: {:?}", line.path, line.key, told.collect::<Vec<_>>());
    }
}

#[test]
fn an_unknown_version_is_told() {
    for (version, help) in [("2", "newer release"), ("0", "current format")] {
        let parsed = parse(&TREE.replacen("schema_version = 1", &format!("schema_version = {version}"), 1));
        assert_eq!(parsed.diagnostics.iter().map(place).collect::<Vec<_>>(), [(Code::SCHEMA_VERSION.to_string(), 1, 18)]);
        assert!(parsed.diagnostics[0].help.as_ref().unwrap().contains(help));
    }
}
