//! [`Table`]: rows under headings.

use std::fmt;
use std::ops::Deref;

use super::Tone;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column<H> {
    /// Names, to the left.
    Name(H),
    /// Numbers, to the right and never wrapped.
    Number(H),
    /// Sentences, to the left and wrapped into what room is left.
    Text(H),
}

impl<H> Column<H> {
    /// What stands over it.
    pub fn heading(&self) -> &H {
        match self {
            Self::Name(heading) | Self::Number(heading) | Self::Text(heading) => heading,
        }
    }

    fn map<T>(self, change: impl FnOnce(H) -> T) -> Column<T> {
        match self {
            Self::Name(heading) => Column::Name(change(heading)),
            Self::Number(heading) => Column::Number(change(heading)),
            Self::Text(heading) => Column::Text(change(heading)),
        }
    }
}

/// What stands in a cell: a text, and of a number that it rounds, all digits and its unit.
///
/// ```
/// use evenkeel_io::page::Cell;
/// let cell = Cell::rounded("33.50 %", "33.5021478");
/// assert_eq!((cell.to_string().as_str(), cell.digits()), ("33.50 %", Some("33.5021478")));
/// assert_eq!(Cell::from("stocks").digits(), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cell {
    text: String,
    digits: Option<String>,
    unit: String,
}

impl Cell {
    /// A number as it is shown, and all its digits in the unit in which it is shown.
    pub fn rounded(text: impl Into<String>, digits: impl Into<String>) -> Self {
        Self { text: text.into(), digits: Some(digits.into()), unit: String::new() }
    }

    /// The same number in a unit, such as `USD`.
    #[must_use]
    pub fn in_unit(self, unit: impl Into<String>) -> Self {
        Self { unit: unit.into(), ..self }
    }

    /// The unit, where it goes without saying in the text; empty for none.
    pub fn unit(&self) -> &str {
        &self.unit
    }

    /// All digits of the number that the text rounds; `None` where the text is all there is.
    pub fn digits(&self) -> Option<&str> {
        self.digits.as_deref()
    }

    /// The same number under another text, such as one with a sign.
    #[must_use]
    pub fn shown_as(self, text: impl Into<String>) -> Self {
        Self { text: text.into(), ..self }
    }
}

impl Deref for Cell {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<&String> for Cell {
    fn from(text: &String) -> Self {
        text.clone().into()
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text, ..Self::default() }
    }
}

impl From<Cell> for String {
    fn from(cell: Cell) -> Self {
        cell.text
    }
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row {
    /// What stands in each column.
    pub cells: Vec<Cell>,
    /// What stands below it, over the whole width; empty for nothing.
    pub note: String,
}

/// What a cell says of itself that must not be overlooked: a limit that is broken, a scenario that is not survived, a class
/// beyond its band.
pub(super) fn alarm(cell: &str) -> Option<Tone> {
    let begins = |with: &str| cell == with || cell.strip_prefix(with).is_some_and(|rest| rest.starts_with([' ', ',', ':']));
    if begins("BROKEN") || begins("NO") { Some(Tone::Bad) } else { begins("outside").then_some(Tone::Attention) }
}

/// Rows under headings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    columns: Vec<Column<String>>,
    rows: Vec<Row>,
}

impl Table {
    /// A table without rows.
    pub fn new<'a>(columns: impl IntoIterator<Item = Column<&'a str>>) -> Self {
        Self { columns: columns.into_iter().map(|column| column.map(str::to_owned)).collect(), rows: Vec::new() }
    }

    /// Adds a row: a cell for each column.
    pub fn row<T: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = T>) -> &mut Self {
        let cells = cells.into_iter().map(Into::into).collect();
        self.rows.push(Row { cells, note: String::new() });
        self
    }

    /// Puts a sentence below the last row, over the whole width.
    pub fn note(&mut self, sentence: &str) {
        if let Some(row) = self.rows.last_mut() {
            sentence.clone_into(&mut row.note);
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The columns, from left to right.
    pub fn columns(&self) -> &[Column<String>] {
        &self.columns
    }

    /// The rows, from top to bottom.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }
}
