//! [`Table`]: rows under headings, numbers aligned to the right.

use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, TableStyle, Width};

use super::WIDTH;
use super::text::{glue, printable, unglue, wrap};

/// Widest that a column of names may be before it is wrapped.
const NAME_WIDTH: u16 = 34;
/// Columns between a column and the next one.
const PADDING: u16 = 2;
/// Columns by which a table stands in.
const INDENT: usize = 2;

/// A line under the headings and nothing else.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column<'a> {
    /// Names, to the left.
    Name(&'a str),
    /// Numbers, to the right and never wrapped.
    Number(&'a str),
    /// Sentences, to the left and wrapped into what room is left.
    Text(&'a str),
}

impl<'a> Column<'a> {
    const fn heading(self) -> &'a str {
        match self {
            Self::Name(heading) | Self::Number(heading) | Self::Text(heading) => heading,
        }
    }

    const fn alignment(self) -> CellAlignment {
        match self {
            Self::Number(_) => CellAlignment::Right,
            Self::Name(_) | Self::Text(_) => CellAlignment::Left,
        }
    }

    const fn constraint(self) -> Option<ColumnConstraint> {
        match self {
            Self::Name(_) => Some(ColumnConstraint::UpperBoundary(Width::Fixed(NAME_WIDTH))),
            Self::Number(_) => Some(ColumnConstraint::ContentWidth),
            Self::Text(_) => None,
        }
    }
}

/// Rows under headings.
#[derive(Debug)]
pub struct Table {
    inner: comfy_table::Table,
    /// By column of names, its place and the length of its longest word, which is not broken.
    words: Vec<(usize, usize)>,
    /// By row, what stands below it.
    notes: Vec<String>,
}

impl Table {
    /// A table without rows.
    pub fn new<'a>(columns: impl IntoIterator<Item = Column<'a>>) -> Self {
        let columns: Vec<Column<'a>> = columns.into_iter().collect();
        let mut inner = comfy_table::Table::new();
        inner.load_style(STYLE);
        inner.set_content_arrangement(ContentArrangement::Dynamic);
        inner.set_width(u16::try_from(WIDTH - INDENT).unwrap_or(u16::MAX));
        inner.set_header(columns.iter().map(|column| Cell::new(printable(column.heading())).set_alignment(column.alignment())));
        for (column, kind) in inner.column_iter_mut().zip(&columns) {
            column.set_cell_alignment(kind.alignment());
            column.set_padding((0, PADDING));
            if let Some(constraint) = kind.constraint() {
                column.set_constraint(constraint);
            }
        }
        let names = columns.iter().enumerate().filter(|(_, column)| matches!(column, Column::Name(_)));
        Self { inner, words: names.map(|(place, _)| (place, 0)).collect(), notes: Vec::new() }
    }

    /// Adds a row: one text for each column.
    pub fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) -> &mut Self {
        let cells: Vec<String> = cells.into_iter().map(|cell| glue(&printable(cell.as_ref()))).collect();
        for (place, longest) in &mut self.words {
            let words = cells.get(*place).map_or("", String::as_str).split(' ');
            *longest = words.map(|word| word.chars().count()).fold(*longest, usize::max);
            let lower = u16::try_from(*longest).map_or(NAME_WIDTH, |longest| longest.saturating_add(PADDING).min(NAME_WIDTH));
            if let Some(column) = self.inner.column_mut(*place) {
                column.set_constraint(ColumnConstraint::Boundaries { lower: Width::Fixed(lower), upper: Width::Fixed(NAME_WIDTH) });
            }
        }
        self.inner.add_row(cells.into_iter().map(Cell::new));
        self.notes.push(String::new());
        self
    }

    /// Puts a sentence below the last row, over the whole width. Rows of such a table are never
    /// wrapped.
    pub fn note(&mut self, sentence: &str) {
        self.inner.set_content_arrangement(ContentArrangement::Disabled);
        if let Some(note) = self.notes.last_mut() {
            sentence.clone_into(note);
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }

    /// The table, a line feed after each line.
    pub fn render(&self) -> String {
        let mut text = String::new();
        let has_notes = self.notes.iter().any(|note| !note.is_empty());
        for (number, line) in self.inner.lines().enumerate() {
            text.push_str(&" ".repeat(INDENT));
            text.push_str(&unglue(line.trim_end()));
            text.push('\n');
            // With notes every row is one line, after the two of the heading.
            if let Some(note) = number.checked_sub(2).filter(|_| has_notes).and_then(|row| self.notes.get(row)) {
                text.push_str(&wrap(&" ".repeat(3 * INDENT), note));
            }
        }
        text
    }
}
