//! A table on a terminal: rows under headings, numbers aligned to the right.

use comfy_table::{Cell as Drawn, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, TableStyle, Width};
pub use evenkeel_io::page::{Cell, Column, Table};

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

/// The table, a line feed after each line. Rows of a table with notes are never wrapped.
pub fn render(table: &Table) -> String {
    let has_notes = table.rows().iter().any(|row| !row.note.is_empty());
    let mut text = String::new();
    for (number, line) in arranged(table, has_notes).lines().enumerate() {
        text.push_str(&" ".repeat(INDENT));
        text.push_str(&unglue(line.trim_end()));
        text.push('\n');
        // With notes every row is one line, after the two of the heading.
        let below = number.checked_sub(2).filter(|_| has_notes).and_then(|row| table.rows().get(row));
        if let Some(row) = below.filter(|row| !row.note.is_empty()) {
            text.push_str(&wrap(&" ".repeat(3 * INDENT), &row.note));
        }
    }
    text
}

fn arranged(table: &Table, has_notes: bool) -> comfy_table::Table {
    let mut inner = comfy_table::Table::new();
    inner.load_style(STYLE);
    inner.set_content_arrangement(if has_notes { ContentArrangement::Disabled } else { ContentArrangement::Dynamic });
    inner.set_width(u16::try_from(WIDTH - INDENT).unwrap_or(u16::MAX));
    inner.set_header(table.columns().iter().map(|column| Drawn::new(printable(column.heading())).set_alignment(alignment(column))));
    for (place, (column, kind)) in inner.column_iter_mut().zip(table.columns()).enumerate() {
        column.set_cell_alignment(alignment(kind));
        column.set_padding((0, PADDING));
        if let Some(constraint) = constraint(table, place) {
            column.set_constraint(constraint);
        }
    }
    for row in table.rows() {
        inner.add_row(row.cells.iter().map(|cell| Drawn::new(glue(&printable(cell)))));
    }
    inner
}

const fn alignment(column: &Column<String>) -> CellAlignment {
    match column {
        Column::Number(_) => CellAlignment::Right,
        Column::Name(_) | Column::Text(_) => CellAlignment::Left,
    }
}

/// Widths of a column. The longest word of its names and of its heading is not broken.
fn constraint(table: &Table, place: usize) -> Option<ColumnConstraint> {
    match table.columns().get(place)? {
        Column::Name(_) => {
            let cells = table.rows().iter().filter_map(|row| row.cells.get(place));
            let texts = cells.map(|cell| &**cell).chain(table.columns().get(place).map(|column| column.heading().as_str()));
            let longest = texts.flat_map(|text| text.split(' ')).map(|word| word.chars().count()).max().unwrap_or(0);
            let lower = u16::try_from(longest).map_or(NAME_WIDTH, |longest| longest.saturating_add(PADDING).min(NAME_WIDTH));
            Some(ColumnConstraint::Boundaries { lower: Width::Fixed(lower), upper: Width::Fixed(NAME_WIDTH) })
        }
        Column::Number(_) => Some(ColumnConstraint::ContentWidth),
        Column::Text(_) => None,
    }
}
