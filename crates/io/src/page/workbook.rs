//! The tables of a report as a workbook, or each as CSV: numbers as numbers, units over them.

use std::collections::BTreeSet;

use rust_xlsxwriter::{Format, FormatAlign, Workbook, Worksheet, XlsxError};

use crate::write::csv_row;

use super::{Column, Report, Table};

/// The longest name that a sheet may have.
const LONGEST_NAME: usize = 31;

/// Letters that the name of a sheet may not hold.
const FORBIDDEN: [char; 7] = ['[', ']', ':', '*', '?', '/', '\\'];

/// The tables of a report as a workbook (Office Open XML), a sheet for each under its heading.
///
/// # Errors
/// What the writer says of a table that is larger than a sheet.
pub fn workbook(report: &Report) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // Not the time of writing: the same report is the same file.
    book.set_properties(&rust_xlsxwriter::DocProperties::new().set_title(&report.title).set_creation_datetime(&epoch()?));
    let mut names = BTreeSet::new();
    for (section, heading, table) in report.tables() {
        let sheet = book.add_worksheet();
        sheet.set_name(sheet_name(heading, &mut names))?;
        let about = if section.is_empty() { heading.to_owned() } else { format!("{section}: {heading}") };
        fill(sheet, &about, table)?;
    }
    if names.is_empty() {
        book.add_worksheet().write(0, 0, format!("{}: no tables", report.title))?;
    }
    book.save_to_buffer()
}

fn epoch() -> Result<rust_xlsxwriter::ExcelDateTime, XlsxError> {
    rust_xlsxwriter::ExcelDateTime::from_ymd(2000, 1, 1)
}

fn fill(sheet: &mut Worksheet, about: &str, table: &Table) -> Result<(), XlsxError> {
    let (title, head) =
        (Format::new().set_bold().set_font_size(13), Format::new().set_bold().set_border_bottom(rust_xlsxwriter::FormatBorder::Thin));
    sheet.write_with_format(0, 0, about, &title)?;
    for (at, column) in (0_u16..).zip(columns(table)) {
        let head = if column.is_number { head.clone().set_align(FormatAlign::Right) } else { head.clone() };
        sheet.write_with_format(2, at, &column.heading, &head)?;
        for (row, cell) in (3_u32..).zip(&column.cells) {
            match cell {
                Cell::Number(value, places) => {
                    let format = Format::new().set_num_format(number_format(*places));
                    sheet.write_with_format(row, at, *value, &format)?;
                }
                Cell::Text(text) => {
                    sheet.write(row, at, text)?;
                }
            }
        }
    }
    sheet.set_freeze_panes(3, 0)?;
    sheet.autofit();
    Ok(())
}

/// Grouped thousands and so many digits after the point.
fn number_format(places: usize) -> String {
    if places == 0 { "#,##0".to_owned() } else { format!("#,##0.{}", "0".repeat(places)) }
}

/// A name that no other sheet has.
fn sheet_name(heading: &str, taken: &mut BTreeSet<String>) -> String {
    let plain: String = heading.chars().filter(|letter| !FORBIDDEN.contains(letter) && !letter.is_control()).collect();
    let short = plain.split([',', '–', '(']).next().unwrap_or_default().trim().trim_matches('\'').to_owned();
    let short = if short.is_empty() { "Table".to_owned() } else { short };
    let cut = |length: usize| short.chars().take(length).collect::<String>().trim_end_matches(['\'', ' ']).to_owned();
    let mut name = cut(LONGEST_NAME);
    let mut number = 2;
    // Names that differ in case alone are one to a spreadsheet.
    while !taken.insert(name.to_lowercase()) {
        let suffix = format!(" {number}");
        name = cut(LONGEST_NAME - suffix.len()) + &suffix;
        number += 1;
    }
    name
}

/// The tables of a report, each as the name of a file and its text.
pub fn csv(report: &Report) -> Vec<(String, String)> {
    let mut names = BTreeSet::new();
    let file = |(_, heading, table): (&str, &str, &Table)| {
        let columns = columns(table);
        let header = csv_row(columns.iter().map(|column| column.heading.as_str()));
        let rows = (0..table.rows().len()).map(|row| {
            let cells: Vec<String> = columns.iter().map(|column| column.cells.get(row).map(Cell::plain).unwrap_or_default()).collect();
            csv_row(cells.iter().map(String::as_str))
        });
        let words: Vec<String> = sheet_name(heading, &mut names).split_whitespace().map(str::to_lowercase).collect();
        (format!("{}.csv", words.join("-")), std::iter::once(header).chain(rows).collect())
    };
    report.tables().map(file).collect()
}

/// A column with its unit in its heading.
struct Values {
    heading: String,
    is_number: bool,
    cells: Vec<Cell>,
}

enum Cell {
    /// A number, and the digits after its point.
    Number(f64, usize),
    Text(String),
}

impl Cell {
    fn plain(&self) -> String {
        match self {
            Self::Number(value, places) => format!("{value:.places$}"),
            Self::Text(text) => text.clone(),
        }
    }
}

/// The columns of a table: numbers without their unit, which all of a column share; and the notes of its rows, if there are any.
fn columns(table: &Table) -> Vec<Values> {
    let mut columns: Vec<Values> = (0..).zip(table.columns()).map(|(at, column)| values(table, at, column)).collect();
    if table.rows().iter().any(|row| !row.note.is_empty()) {
        let cells = table.rows().iter().map(|row| Cell::Text(row.note.clone())).collect();
        columns.push(Values { heading: "Note".to_owned(), is_number: false, cells });
    }
    columns
}

fn values(table: &Table, at: usize, column: &Column<String>) -> Values {
    let texts = || table.rows().iter().map(|row| row.cells.get(at).map(String::as_str).unwrap_or_default());
    let is_number = matches!(column, Column::Number(_));
    let numbers = || texts().filter(|text| number(text).is_some());
    let in_percent = is_number && numbers().next().is_some() && numbers().all(|text| text.ends_with(" %"));
    let heading = if in_percent { format!("{} (%)", column.heading()).trim_start().to_owned() } else { column.heading().clone() };
    let cell = |text: &str| match number(text).filter(|_| is_number && (in_percent || !text.ends_with(" %"))) {
        Some((value, places)) => Cell::Number(value, places),
        None => Cell::Text(text.to_owned()),
    };
    Values { heading, is_number, cells: texts().map(cell).collect() }
}

/// A number as it is shown: `1,234.50`, `+3.81`, `43.81 %`, `±5.00`.
fn number(text: &str) -> Option<(f64, usize)> {
    let plain = text.trim_end_matches(" %").trim_start_matches(['+', '±']).replace(',', "");
    let is_plain = plain.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, '-' | '.'));
    let value: f64 = plain.parse().ok().filter(|_| is_plain)?;
    Some((value, plain.split_once('.').map_or(0, |(_, fraction)| fraction.len())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::{Page, Section};

    fn report() -> Report {
        let mut table = Table::new([Column::Name("Class"), Column::Number("Weight"), Column::Number("Value"), Column::Number("Gap")]);
        table.row(["Stocks, all", "43.81 %", "1,089,000.00", "–"]).note("why");
        table.row(["Bonds", "-3.28 %", "+12.5", "0.5"]);
        let mut page = Page::new();
        page.table("Weights: now, and after", table.clone()).table("WEIGHTS now", table);
        Report { sections: vec![Section { heading: "Detail".to_owned(), page: page.clone() }], ..Report::of("Report", page) }
    }

    #[test]
    fn numbers_are_numbers_and_units_stand_over_them() {
        let files = csv(&report());
        assert_eq!(files[0].0, "weights-now.csv");
        let text = "Class,Weight (%),Value,Gap,Note\n\"Stocks, all\",43.81,1089000.00,–,why\nBonds,-3.28,12.5,0.5,\n";
        assert_eq!(files[0].1.replace("\r\n", "\n"), text);
        let names: BTreeSet<&String> = files.iter().map(|file| &file.0).collect();
        assert_eq!(names.len(), 4, "each table has a file of its own: {names:?}");
    }

    #[test]
    fn the_same_report_is_the_same_workbook() {
        let book = workbook(&report()).unwrap();
        assert_eq!(&book[..2], b"PK");
        assert_eq!(book, workbook(&report()).unwrap());
        assert!(workbook(&Report::of("Nothing", Page::new())).is_ok());
    }

    #[test]
    fn names_of_sheets_fit_and_differ() {
        let mut taken = BTreeSet::new();
        let long = "A heading of a table that is far longer than a sheet's name may be";
        let names = [long, long, "Where it comes from: each class's part", "[a]:b/c", "", "Cash in USD: before + flows"]
            .map(|heading| sheet_name(heading, &mut taken));
        assert!(
            names.iter().all(|name| name.chars().count() <= LONGEST_NAME && !name.contains(FORBIDDEN) && !name.ends_with('\'')),
            "{names:?}"
        );
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    }
}
