//! Policies of examples, written as the text that a user would write.

use std::fmt::Write;

use evenkeel::diagnostic::SourceText;
use evenkeel::policy::Policy;
use evenkeel_ledger::number::{Decimal, Rounding};

use super::{Row, SpecError};

/// A policy under construction.
pub(super) struct PolicyText {
    text: String,
    line: usize,
}

impl PolicyText {
    /// A policy for an example that begins at a line.
    pub(super) fn new(line: usize) -> Self {
        let head = "schema_version = 1\nname = \"Example\"\nbase_currency = \"USD\"\ncalendar = \"new_york\"\n";
        Self { text: head.to_owned(), line }
    }

    /// A class, with the keys of its table.
    pub(super) fn class(&mut self, class: &str, keys: &[(&str, String)]) -> Result<(), SpecError> {
        let stands = if class == "Cash" { "[]".to_owned() } else { format!("[\"{class}\"]") };
        self.add(&format!("[[target]]\nclass = \"{class}\"\ninstruments = {stands}\n"))?;
        keys.iter().try_for_each(|(key, value)| self.add(&format!("{key} = {value}\n")))
    }

    /// Further lines.
    pub(super) fn add(&mut self, text: &str) -> Result<(), SpecError> {
        self.text.write_str(text).map_err(|error| SpecError::new(self.line, error))
    }

    /// The policy; what is wrong with it is an error of the example.
    pub(super) fn read(&self) -> Result<Policy, SpecError> {
        let parsed = Policy::parse(SourceText { file: "policy.toml", text: &self.text });
        let problems: Vec<String> = parsed.diagnostics.iter().map(ToString::to_string).collect();
        parsed.value.ok_or_else(|| SpecError::new(self.line, format!("{}\n{}", problems.join("\n"), self.text)))
    }
}

/// A percentage as a fraction, in decimal digits: `7.5 %` is `0.075`. `None` for an empty cell.
pub(super) fn fraction(row: &Row, column: &str) -> Result<Option<Decimal>, SpecError> {
    let text = row.get(column);
    if text.is_empty() {
        return Ok(None);
    }
    let percent =
        text.strip_suffix('%').ok_or_else(|| SpecError::new(row.line, format!("`{column}` must be a percentage, such as 7.5 %")))?;
    let number: Result<Decimal, _> = percent.trim().parse();
    let fraction = number.and_then(|number| number.div(Decimal::from_int(100), Rounding::HalfEven));
    fraction.map(Some).map_err(|error| SpecError::new(row.line, format!("`{column}`: {error}")))
}

/// As [`fraction`], where the cell must not be empty.
pub(super) fn needed_fraction(row: &Row, column: &str) -> Result<Decimal, SpecError> {
    fraction(row, column)?.ok_or_else(|| SpecError::new(row.line, format!("`{column}` must be given")))
}
