//! [`Table`]: rows under headings.

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

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row {
    /// A text for each column.
    pub cells: Vec<String>,
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

    /// Adds a row: one text for each column.
    pub fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) -> &mut Self {
        let cells = cells.into_iter().map(|cell| cell.as_ref().to_owned()).collect();
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
