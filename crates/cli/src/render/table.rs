//! [`Table`]: rows under headings, numbers aligned to the right.

use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, TableStyle, Width};

use super::WIDTH;
use super::text::printable;

/// Widest that a column of names may be before it is wrapped.
const NAME_WIDTH: u16 = 34;
/// Columns by which a table stands in.
const INDENT: usize = 2;

/// A line under the headings and nothing else.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::new('─', '─', '─', '─'));

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// Names, to the left.
    Name(&'static str),
    /// Numbers, to the right and never wrapped.
    Number(&'static str),
    /// Sentences, to the left and wrapped into what room is left.
    Text(&'static str),
}

impl Column {
    const fn heading(self) -> &'static str {
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
    columns: Vec<Column>,
    inner: comfy_table::Table,
}

impl Table {
    /// A table without rows.
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        let columns: Vec<Column> = columns.into_iter().collect();
        let mut inner = comfy_table::Table::new();
        inner.load_style(STYLE);
        inner.set_content_arrangement(ContentArrangement::Dynamic);
        inner.set_width(u16::try_from(WIDTH - INDENT).unwrap_or(u16::MAX));
        inner.set_header(columns.iter().map(|column| Cell::new(column.heading()).set_alignment(column.alignment())));
        for (column, kind) in inner.column_iter_mut().zip(&columns) {
            column.set_cell_alignment(kind.alignment());
            column.set_padding((0, 2));
            if let Some(constraint) = kind.constraint() {
                column.set_constraint(constraint);
            }
        }
        Self { columns, inner }
    }

    /// Adds a row: one text for each column.
    pub fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) -> &mut Self {
        self.inner.add_row(cells.into_iter().take(self.columns.len()).map(|cell| Cell::new(printable(cell.as_ref()))));
        self
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }

    /// The table, a line feed after each line.
    pub fn render(&self) -> String {
        let mut text = String::new();
        for line in self.inner.lines() {
            text.push_str(&" ".repeat(INDENT));
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}
