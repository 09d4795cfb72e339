//! Keys of a document set from outside of it, such as `estimate.covariance=gerber`.
//!
//! A setting takes the place of the value that the document states, or is added to its table. What is
//! wrong with it is told at its own place: the n-th setting is line n of `--set`, as the command calls it.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Code, Diagnostic, Location, SourceText};

/// How settings are called where something is wrong with one.
pub const SETTINGS: &str = "--set";

/// A text of lines that know where they come from.
pub(super) struct Composed {
    lines: Vec<Line>,
}

struct Line {
    text: String,
    origin: Origin,
}

/// Where a line comes from; both count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// A line of the document.
    Document(usize),
    /// A setting.
    Setting(usize),
}

/// A setting, taken apart.
struct Setting<'s> {
    number: usize,
    path: Vec<&'s str>,
    /// As TOML writes it.
    value: String,
}

impl Composed {
    /// A document with settings.
    pub(super) fn new(source: SourceText<'_>, settings: &[String]) -> Result<Self, Vec<Diagnostic>> {
        let lines = source.text.lines().zip(1..).map(|(text, number)| Line { text: text.to_owned(), origin: Origin::Document(number) });
        let mut composed = Self { lines: lines.collect() };
        let mut told = Vec::new();
        for (setting, number) in settings.iter().zip(1..) {
            if let Err(problem) = Setting::read(setting, number).and_then(|setting| composed.set(&setting)) {
                told.push((*problem).at(place(setting, number)));
            }
        }
        if told.is_empty() { Ok(composed) } else { Err(told) }
    }

    /// The whole text.
    pub(super) fn text(&self) -> String {
        self.lines.iter().flat_map(|line| [line.text.as_str(), "\n"]).collect()
    }

    /// Where each line comes from.
    pub(super) fn origins(&self) -> Vec<Origin> {
        self.lines.iter().map(|line| line.origin).collect()
    }

    fn set(&mut self, setting: &Setting<'_>) -> Result<(), Box<Diagnostic>> {
        let text = self.text();
        let (tree, broken) = DeTable::parse_recoverable(&text);
        if !broken.is_empty() {
            // What is wrong with the document is told when it is read.
            return Ok(());
        }
        if let Some(value) = find(tree.get_ref(), &setting.path) {
            let has_headings = text.get(value.span()).is_some_and(|text| !text.starts_with('[') || text.starts_with("[["));
            return match value.get_ref() {
                DeValue::Table(_) => whole_table(&setting.path),
                DeValue::Array(items) if has_headings && items.iter().any(|item| item.get_ref().is_table()) => whole_table(&setting.path),
                _ => {
                    self.replace(&text, value.span(), setting);
                    Ok(())
                }
            };
        }
        let (key, table) = setting.path.split_last().map_or(("", &[][..]), |(key, table)| (*key, table));
        let lines = |text: String| -> Vec<Line> { text.lines().map(|text| setting.line(text)).collect() };
        let entry = format!("{key} = {}", setting.value);
        let heading = format!("[{}]", table.join("."));
        match self.lines.iter().position(|line| heading_of(&line.text) == heading) {
            _ if table.is_empty() => self.insert(0, lines(entry)),
            Some(at) => self.insert(at + 1, lines(entry)),
            None => self.lines.extend(lines(format!("{heading}\n{entry}"))),
        }
        Ok(())
    }

    fn insert(&mut self, at: usize, lines: Vec<Line>) {
        let after = self.lines.split_off(at);
        self.lines.extend(lines.into_iter().chain(after));
    }

    /// Puts a value in the place of another.
    fn replace(&mut self, text: &str, span: Range<usize>, setting: &Setting<'_>) {
        let line_of = |at: usize| text.get(..at).unwrap_or(text).matches('\n').count();
        let (first, last) = (line_of(span.start), line_of(span.end));
        let before = text.get(..span.start).unwrap_or_default().rsplit('\n').next().unwrap_or_default();
        let after = text.get(span.end..).unwrap_or_default().split('\n').next().unwrap_or_default();
        let changed = format!("{before}{}{after}", setting.value);
        let below = self.lines.split_off((last + 1).min(self.lines.len()));
        self.lines.truncate(first);
        self.lines.extend(changed.lines().map(|text| setting.line(text)).chain(below));
    }
}

impl<'s> Setting<'s> {
    fn line(&self, text: &str) -> Line {
        Line { text: text.to_owned(), origin: Origin::Setting(self.number) }
    }

    fn read(text: &'s str, number: usize) -> Result<Self, Box<Diagnostic>> {
        let Some((path, value)) = text.split_once('=') else {
            return refuse(
                Code::ARGUMENT,
                &format!("`{text}` sets nothing"),
                "write a key, `=` and its value, as in `estimate.covariance=gerber`",
            );
        };
        let path: Vec<&str> = path.split('.').map(str::trim).collect();
        let is_bare =
            |name: &&str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        if !path.iter().all(is_bare) {
            let help = "write the names of table and key with a point between, as in `optimize.objective=maximum_ratio`";
            return refuse(Code::ARGUMENT, &format!("`{}` is not the path of a key", path.join(".")), help);
        }
        let value = value.trim();
        if is_value(value) {
            return Ok(Self { number, path, value: value.to_owned() });
        }
        if value.starts_with(['[', '{', '"', '\'']) {
            let help = "write an array as `[\"…\", \"…\"]`, and the whole setting in single quotes, so that the shell leaves those inside";
            return refuse(Code::SYNTAX, &format!("`{value}` is not a value as TOML writes it"), help);
        }
        Ok(Self { number, path, value: quoted(value) })
    }
}

fn refuse<T>(code: Code, message: &str, help: &str) -> Result<T, Box<Diagnostic>> {
    Err(Box::new(Diagnostic::error(code, message).help(help)))
}

/// A text as TOML writes it.
///
/// ```
/// assert_eq!(evenkeel::document::quoted("5\" \\ 2"), r#""5\" \\ 2""#);
/// ```
pub fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control.is_control() => quoted.extend(format!("\\u{:04X}", u32::from(control)).chars()),
            other => quoted.push(other),
        }
    }
    quoted + "\""
}

/// Whether TOML reads a text as one value.
fn is_value(text: &str) -> bool {
    let whole = format!("value = {text}");
    let (tree, problems) = DeTable::parse_recoverable(&whole);
    problems.is_empty() && tree.get_ref().len() == 1
}

/// The value of a key.
fn find<'t, 'd>(table: &'t DeTable<'d>, path: &[&str]) -> Option<&'t Spanned<DeValue<'d>>> {
    let (first, rest) = path.split_first()?;
    let value = table.get(*first)?;
    match (rest, value.get_ref()) {
        ([], _) => Some(value),
        (rest, DeValue::Table(below)) => find(below, rest),
        _ => None,
    }
}

/// The heading of a table that a line is, without space and comment.
fn heading_of(line: &str) -> String {
    let heading = line.split('#').next().unwrap_or_default();
    heading.chars().filter(|character| !character.is_whitespace()).collect()
}

fn whole_table<T>(path: &[&str]) -> Result<T, Box<Diagnostic>> {
    let path = path.join(".");
    refuse(
        Code::ARGUMENT,
        &format!("`{path}` is a table of the policy, and a setting changes one key"),
        &format!("set a key of it, as in `{path}.key=value`, or change the policy"),
    )
}

/// The place of a setting as a whole.
fn place(text: &str, number: usize) -> Location {
    Location { file: SETTINGS.to_owned(), line: number, column: 1, length: text.chars().count().max(1), text: text.to_owned() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn composed(text: &str, settings: &[&str]) -> Result<Composed, Vec<Diagnostic>> {
        let settings: Vec<String> = settings.iter().map(|setting| (*setting).to_owned()).collect();
        Composed::new(SourceText { file: "policy.toml", text }, &settings)
    }

    #[test]
    fn replaces_values_and_adds_keys_and_tables() {
        use Origin::{Document, Setting};

        let text = "name = \"A\"\n[estimate] # how\ncovariance = \"sample\"\n[optimize]\nconstraints = [\n  \"a\",\n] # rules\n";
        let settings =
            ["estimate.covariance=gerber", "estimate.years=5", "optimize.constraints=[\"b\"]", "optimize.cost.quadratic=1", "view=[]"];
        let found = composed(text, &settings).unwrap();
        let expected = "view = []\nname = \"A\"\n[estimate] # how\nyears = 5\ncovariance = \"gerber\"\n[optimize]\nconstraints = [\"b\"] # rules\n[optimize.cost]\nquadratic = 1\n";
        assert_eq!(found.text(), expected);
        let origins = [Setting(5), Document(1), Document(2), Setting(2), Setting(1), Document(4), Setting(3), Setting(4), Setting(4)];
        assert_eq!(found.origins(), origins);
    }

    #[test]
    fn the_last_of_two_settings_holds() {
        assert_eq!(composed("", &["a.b=1", "a.b=2"]).unwrap().text(), "[a]\nb = 2\n");
    }

    #[test]
    fn a_document_that_is_broken_is_told_as_it_is() {
        for broken in ["a = 1\nb = \"\"\"abc", "a = [1,\n", "b = \"x", "[a\nb = 1"] {
            assert_eq!(composed(broken, &["b=2", "a=3", "a.b=4"]).unwrap().origins().len(), broken.lines().count(), "{broken}");
        }
    }

    #[test]
    fn says_which_setting_is_wrong() {
        for wrong in ["covariance", "=5", "a..b=5", "a b=5", "a=[\"x\"", "a.b={ c = 1"] {
            let told = composed("", &["x=1", wrong]).err().unwrap();
            let place = told[0].location.clone().unwrap();
            assert_eq!((place.file.as_str(), place.line, place.text.as_str()), (SETTINGS, 2, wrong));
        }
        assert!(composed("[a]\nb = 1\n", &["a=5"]).is_err());
        assert!(composed("[[view]]\nview = \"x\"\n", &["view=[]"]).is_err());
    }
}
