//! Specifications in Markdown that run as tests.
//!
//! A file of `specs/` is prose with examples. Each section (`## Title`) that has tables is an
//! example. A table bears its kind in the line above it, alone and with a colon: `Events:`.
//! Nothing in a table is passed over: a kind or column that the subject's runner does not know is
//! an error.
//!
//! A subject adds a file beside [`lots`] with a runner of the form `fn(&Spec) -> Result<(),
//! SpecError>` and a line in `tests/specs.rs` that names its file.

pub mod bands;
pub mod compliance;
pub mod dividends;
pub mod lots;
pub mod overlay;
pub mod rounding;
pub mod taxes;
pub mod taxes_uk;
pub mod wash_sales;

mod policy_text;

use std::collections::BTreeMap;

/// What is wrong in a specification, or with what it specifies.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct SpecError {
    /// Line of the file, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl SpecError {
    /// An error at a line.
    pub fn new(line: usize, message: impl std::fmt::Display) -> Self {
        Self { line, message: message.to_string() }
    }
}

/// One example: a section with tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    /// The heading of the section.
    pub title: String,
    /// Its line.
    pub line: usize,
    /// Its tables, in order.
    pub tables: Vec<Table>,
}

/// A table with its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The caption without its colon, in lower case.
    pub kind: String,
    /// Line of the caption.
    pub line: usize,
    /// Names of the columns, in lower case.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its line.
    pub line: usize,
    /// What is in each column.
    pub cells: BTreeMap<String, String>,
}

impl Spec {
    /// Reads the examples of a file.
    pub fn parse(text: &str) -> Result<Vec<Self>, SpecError> {
        let mut specs: Vec<Self> = Vec::new();
        let mut caption: Option<(usize, String)> = None;
        let mut lines = text.lines().zip(1..).peekable();
        while let Some((text, line)) = lines.next() {
            let text = text.trim();
            if let Some(title) = text.strip_prefix("## ") {
                specs.push(Self { title: title.trim().to_owned(), line, tables: Vec::new() });
            } else if text.starts_with('|') {
                let (caption_line, kind) =
                    caption.take().ok_or_else(|| SpecError::new(line, "a table needs its kind above it, such as `Events:`"))?;
                let spec = specs.last_mut().ok_or_else(|| SpecError::new(line, "a table needs a section (`## Title`) to stand in"))?;
                let mut block = vec![(text, line)];
                while let Some((text, line)) = lines.next_if(|(text, _)| text.trim().starts_with('|')) {
                    block.push((text.trim(), line));
                }
                spec.tables.push(Table::parse(kind, caption_line, &block)?);
            } else if !text.is_empty() {
                let kind = text.strip_suffix(':').filter(|kind| !kind.contains(['.', ',', '`']));
                caption = kind.map(|kind| (line, kind.to_lowercase()));
            }
        }
        specs.retain(|spec| !spec.tables.is_empty());
        Ok(specs)
    }

    /// Refuses kinds of table that are not in `known`.
    pub fn expect_kinds(&self, known: &[&str]) -> Result<(), SpecError> {
        match self.tables.iter().find(|table| !known.contains(&table.kind.as_str())) {
            Some(table) => Err(SpecError::new(table.line, format!("no table `{}` is known here, only {}", table.kind, known.join(", ")))),
            None => Ok(()),
        }
    }
}

impl Table {
    fn parse(kind: String, line: usize, block: &[(&str, usize)]) -> Result<Self, SpecError> {
        let [(head, _), (rule, rule_line), body @ ..] = block else {
            return Err(SpecError::new(line, "a table needs a line of column names and a line of dashes"));
        };
        if !rule.chars().all(|character| "|-: ".contains(character)) {
            return Err(SpecError::new(*rule_line, "the second line of a table is made of dashes"));
        }
        let columns: Vec<String> = split_cells(head).map(str::to_lowercase).collect();
        let row = |(text, line): &(&str, usize)| {
            let cells: Vec<String> = split_cells(text).map(str::to_owned).collect();
            if cells.len() != columns.len() {
                return Err(SpecError::new(*line, format!("{} cells stand under {} columns", cells.len(), columns.len())));
            }
            Ok(Row { line: *line, cells: columns.iter().cloned().zip(cells).collect() })
        };
        let rows = body.iter().map(row).collect::<Result<_, _>>()?;
        Ok(Self { kind, line, columns, rows })
    }

    /// Refuses columns that are not in `known`.
    pub fn expect_columns(&self, known: &[&str]) -> Result<(), SpecError> {
        match self.columns.iter().find(|column| !known.contains(&column.as_str())) {
            Some(column) => {
                Err(SpecError::new(self.line, format!("table `{}` has no column `{column}`, only {}", self.kind, known.join(", "))))
            }
            None => Ok(()),
        }
    }

    /// Compares the rows, in order and in the columns that the table shows, with what came out.
    pub fn expect_rows(&self, actual: &[BTreeMap<&str, String>]) -> Result<(), SpecError> {
        for (row, actual) in self.rows.iter().zip(actual) {
            for (column, expected) in &row.cells {
                let actual = actual
                    .get(column.as_str())
                    .ok_or_else(|| SpecError::new(self.line, format!("table `{}` has no column `{column}`", self.kind)))?;
                if !same(expected, actual) {
                    return Err(SpecError::new(row.line, format!("`{column}` is {actual}, and {expected} is expected")));
                }
            }
        }
        if self.rows.len() == actual.len() {
            return Ok(());
        }
        let shown: Vec<String> = actual.iter().map(|row| format!("{row:?}")).collect();
        let message = format!("{} rows are expected and there are {}:\n{}", self.rows.len(), actual.len(), shown.join("\n"));
        Err(SpecError::new(self.line, message))
    }
}

impl Row {
    /// What is in a column; empty where the table has no such column.
    pub fn get(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }

    /// What is in a column, read as a value.
    pub fn read<T: std::str::FromStr<Err: std::fmt::Display>>(&self, column: &str) -> Result<T, SpecError> {
        let text = self.get(column);
        if text.is_empty() {
            return Err(SpecError::new(self.line, format!("`{column}` must be given")));
        }
        text.replace(',', "").parse().map_err(|error| SpecError::new(self.line, format!("`{column}`: {error}")))
    }

    /// As [`Row::read`], with a value for an empty cell.
    pub fn read_or<T: std::str::FromStr<Err: std::fmt::Display>>(&self, column: &str, default: T) -> Result<T, SpecError> {
        if self.get(column).is_empty() { Ok(default) } else { self.read(column) }
    }
}

fn split_cells(line: &str) -> impl Iterator<Item = &str> {
    line.trim().trim_start_matches('|').trim_end_matches('|').split('|').map(str::trim)
}

/// The same text, or the same number: `1,000.00` is `1000`.
fn same(expected: &str, actual: &str) -> bool {
    let number = |text: &str| text.replace(',', "").parse::<evenkeel_ledger::number::Decimal>().ok();
    expected == actual || number(expected).is_some_and(|expected| Some(expected) == number(actual))
}
