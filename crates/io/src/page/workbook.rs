//! The tables of a report as a workbook, or each as CSV: numbers as numbers, units over them.

use std::collections::BTreeSet;
use std::path::Path;

use rust_xlsxwriter::{ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError};

use crate::source::sha256;
use crate::write::csv_row;

use super::values::{Held, PERCENT, Values, columns, unarmed};
use super::{Block, Cell, Report, Table};

/// The longest name that a sheet may have.
const LONGEST_NAME: usize = 31;

/// Letters that the name of a sheet may not hold.
const FORBIDDEN: [char; 7] = ['[', ']', ':', '*', '?', '/', '\\'];

/// The tables of a report as a workbook (Office Open XML), a sheet for each under its heading, after one that says what it is and
/// what it rests on.
///
/// # Errors
/// What the writer says of a table that is larger than a sheet.
pub fn workbook(report: &Report) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // Not the time of writing: the same report is the same file.
    book.set_properties(&rust_xlsxwriter::DocProperties::new().set_title(&report.title).set_creation_datetime(&epoch()?));
    let mut names = BTreeSet::from([ABOUT.to_lowercase()]);
    let sheet = book.add_worksheet();
    sheet.set_name(ABOUT)?;
    for (row, cells) in (0_u32..).zip(about(report)) {
        for (column, text) in (0_u16..).zip(&cells) {
            let format = if row == 0 { Format::new().set_bold().set_font_size(13) } else { Format::new() };
            sheet.write_with_format(row, column, text, &format)?;
        }
    }
    for (section, heading, table) in report.tables() {
        let sheet = book.add_worksheet();
        sheet.set_name(sheet_name(heading, &mut names))?;
        let about = if section.is_empty() { heading.to_owned() } else { format!("{section}: {heading}") };
        fill(sheet, &about, table)?;
    }
    book.save_to_buffer()
}

fn epoch() -> Result<ExcelDateTime, XlsxError> {
    ExcelDateTime::from_ymd(2000, 1, 1)
}

fn fill(sheet: &mut Worksheet, about: &str, table: &Table) -> Result<(), XlsxError> {
    let (title, head) =
        (Format::new().set_bold().set_font_size(13), Format::new().set_bold().set_border_bottom(rust_xlsxwriter::FormatBorder::Thin));
    sheet.write_with_format(0, 0, about, &title)?;
    for (at, column) in (0_u16..).zip(columns(table)) {
        let head = if column.is_number { head.clone().set_align(FormatAlign::Right) } else { head.clone() };
        // A spreadsheet shows percents itself; another unit stands in the heading, or with each number.
        let unit = column.unit().filter(|unit| *unit != PERCENT);
        sheet.write_with_format(2, at, unit.map_or_else(|| column.heading.clone(), |unit| column.heading_in(unit)), &head)?;
        for (row, cell) in (3_u32..).zip(&column.cells) {
            match cell {
                Held::Empty => {}
                Held::Number(number) => {
                    let format = Format::new().set_num_format(number.format(unit.is_none()));
                    sheet.write_with_format(row, at, number.value(), &format)?;
                }
                Held::Date(date) => {
                    let (year, month, day) = (u16::try_from(date.year()), u8::try_from(date.month()), u8::try_from(date.day()));
                    let (year, month, day) = (year.unwrap_or(1900), month.unwrap_or(1), day.unwrap_or(1));
                    let format = Format::new().set_num_format("yyyy-mm-dd").set_align(FormatAlign::Left);
                    sheet.write_with_format(row, at, ExcelDateTime::from_ymd(year, month, day)?, &format)?;
                }
                Held::Text(text) => {
                    sheet.write(row, at, text)?;
                }
            }
        }
    }
    sheet.set_freeze_panes(3, 0)?;
    sheet.autofit();
    Ok(())
}

/// Name of the sheet that says what a workbook is.
const ABOUT: &str = "About";

/// Name of the file that says what a folder of tables is.
const ABOUT_FILE: &str = "about.csv";

/// What a report is, of whom, what it decides, and what it rests on, as rows of one or two cells.
fn about(report: &Report) -> Vec<Vec<String>> {
    let mut rows = vec![vec![report.title.clone()]];
    if !report.subtitle.is_empty() {
        rows.push(vec![report.subtitle.clone()]);
    }
    let decided = report.summary.blocks.iter().filter(|block| matches!(block, Block::Verdict { .. }));
    rows.extend(decided.flat_map(in_rows));
    rows.extend(report.evidence.iter().flat_map(|section| &section.page.blocks).flat_map(in_rows));
    rows
}

/// A part of a page as rows, what stands in cells of a table in cells.
fn in_rows(block: &Block) -> Vec<Vec<String>> {
    match block {
        Block::Verdict { word, sentence, .. } => vec![vec![format!("{word}: {sentence}")]],
        Block::Labeled { label, text } => vec![vec![format!("{label}: {text}")]],
        Block::Paragraph(text) | Block::Remark(text) | Block::Item(text) | Block::Heading(text) | Block::Verbatim(text) => {
            vec![vec![text.clone()]]
        }
        Block::Table { heading, table } => {
            let rows = table.rows().iter().map(|row| row.cells.iter().map(Cell::to_string).collect());
            let headings = table.columns().iter().map(|column| column.heading().clone()).collect();
            [vec![heading.clone()], headings].into_iter().chain(rows).collect()
        }
        Block::Picture(_) | Block::Form { .. } | Block::Sparkline { .. } => Vec::new(),
    }
}

/// A name that no other sheet has.
fn sheet_name(heading: &str, taken: &mut BTreeSet<String>) -> String {
    let short = heading.split([',', '–', '(', ':']).find(|part| !part.trim().is_empty()).unwrap_or_default();
    let plain: String = short.chars().filter(|letter| !FORBIDDEN.contains(letter) && !letter.is_control()).collect();
    let short = plain.trim().trim_matches('\'').to_owned();
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

/// Name of the file that lists the tables of a folder.
pub const CONTENTS: &str = "contents.csv";

/// The tables of a report, each as the name of a file and its text; then what it is and what it rests on; the last is
/// [`CONTENTS`], which lists the others.
pub fn csv(report: &Report) -> Vec<(String, String)> {
    let mut names = BTreeSet::from(["contents".to_owned(), ABOUT.to_lowercase()]);
    let file = |(_, heading, table): (&str, &str, &Table)| {
        let columns = with_units_apart(columns(table));
        let headings: Vec<String> = columns.iter().map(|column| unarmed(&column.heading)).collect();
        let header = csv_row(headings.iter().map(String::as_str));
        let rows = (0..table.rows().len()).map(|row| {
            let cells: Vec<String> = columns.iter().map(|column| column.cells.get(row).map(Held::plain).unwrap_or_default()).collect();
            csv_row(cells.iter().map(String::as_str))
        });
        let words: Vec<String> = sheet_name(heading, &mut names).split_whitespace().map(str::to_lowercase).collect();
        (format!("{}.csv", words.join("-")), std::iter::once(header).chain(rows).collect())
    };
    let mut files: Vec<(String, String)> = report.tables().map(file).collect();
    let rows = about(report);
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let line = |cells: &Vec<String>| {
        let cells: Vec<String> = (0..width).map(|at| cells.get(at).map_or_else(String::new, |cell| unarmed(cell))).collect();
        csv_row(cells.iter().map(String::as_str))
    };
    let told: String = rows.iter().map(line).collect();
    let listed = report.tables().zip(&files).map(|((section, heading, table), (name, text))| {
        let rows = table.rows().len().to_string();
        csv_row([name.as_str(), &unarmed(section), &unarmed(heading), &rows, &sha256(text.as_bytes())])
    });
    let about = csv_row([ABOUT_FILE, "", &unarmed(&report.title), &rows.len().to_string(), &sha256(told.as_bytes())]);
    let contents = std::iter::once(CONTENTS_HEADER.to_owned()).chain(listed).chain([about]).collect();
    files.push((ABOUT_FILE.to_owned(), told));
    files.push((CONTENTS.to_owned(), contents));
    files
}

/// The first line of [`CONTENTS`].
const CONTENTS_HEADER: &str = "file,part,table,rows,sha256\n";

/// The tables that an earlier [`CONTENTS`] lists: the name of each file and the hash of what was written into it. None where the
/// text is something else.
pub fn listed(contents: &str) -> Vec<(String, String)> {
    let Some(rows) = contents.strip_prefix(CONTENTS_HEADER) else { return Vec::new() };
    let file = |row: &str| {
        let (name, hash) = (row.split(',').next()?, row.rsplit(',').next()?);
        let is_own = Path::new(name).extension().is_some_and(|ending| ending == "csv") && !name.contains(['/', '\\', '"']);
        is_own.then(|| (name.to_owned(), hash.to_owned()))
    };
    rows.lines().filter_map(file).collect()
}

/// Columns without units in their cells: where all numbers of a column share one its heading says so, and a column of units has
/// those of the others by row.
fn with_units_apart(mut columns: Vec<Values>) -> Vec<Values> {
    let mut by_row: Vec<Vec<String>> = Vec::new();
    for column in &mut columns {
        if let Some(unit) = column.unit() {
            column.heading = column.heading_in(unit);
            continue;
        }
        by_row.resize(by_row.len().max(column.cells.len()), Vec::new());
        for (units, cell) in by_row.iter_mut().zip(&column.cells) {
            let unit = cell.unit().map(str::to_owned).filter(|unit| !units.contains(unit));
            units.extend(unit);
        }
    }
    if by_row.iter().any(|units| !units.is_empty()) {
        let cells = by_row.iter().map(|units| Held::Text(units.join(" and "))).collect();
        columns.push(Values { heading: "Unit".to_owned(), is_number: false, cells });
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::{Column, Page, Section};

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
        assert_eq!(files[0].0, "weights.csv");
        let text = "Class,Weight (%),Value,Gap,Note\n\"Stocks, all\",43.81,1089000.00,,why\nBonds,-3.28,12.5,0.5,\n";
        assert_eq!(files[0].1.replace("\r\n", "\n"), text);
        let names: BTreeSet<&String> = files.iter().map(|file| &file.0).collect();
        assert_eq!(names.len(), 6, "each table has a file of its own: {names:?}");
    }

    #[test]
    fn units_of_rows_stand_in_a_column_of_their_own() {
        let mut table = Table::new([Column::Name("Figure"), Column::Number("Now"), Column::Number("After"), Column::Number("After")]);
        table.row(["Value, USD", "1,089,000.00", "–", "1"]).row(["Drift", "3.50 %", "0.04 %", "2"]);
        let text = &csv(&Report::of("Report", Page::of_table("At a glance", table)))[0].1;
        assert_eq!(text.replace("\r\n", "\n"), "Figure,Now,After (%),After 2,Unit\n\"Value, USD\",1089000.00,,1,\nDrift,3.50,0.04,2,%\n");
    }

    #[test]
    fn the_contents_of_a_folder_say_what_was_written() {
        let files = csv(&report());
        let (name, contents) = files.last().unwrap();
        let listed = listed(contents);
        assert_eq!((name.as_str(), listed.len()), (CONTENTS, 5));
        assert!(listed.iter().zip(&files).all(|(one, file)| one.0 == file.0 && one.1 == sha256(file.1.as_bytes())), "{contents}");
        assert!(super::listed("account,symbol\nroth,VTI\n").is_empty());
    }

    #[test]
    fn what_it_is_and_what_it_rests_on_stands_beside_the_tables() {
        let mut inputs = Table::new([Column::Name("Input"), Column::Text("SHA-256")]);
        inputs.row(["prices.csv", "ab12"]);
        let mut page = Page::of_table("What it is made of", inputs);
        page.verbatim("evenkeel risk a");
        let evidence = Some(Section { heading: "Evidence".to_owned(), page });
        let files = csv(&Report { subtitle: "Household a, b".to_owned(), evidence, ..report() });
        let (_, about) = files.iter().find(|(name, _)| name == ABOUT_FILE).unwrap();
        let told = "Report,\n\"Household a, b\",\nWhat it is made of,\nInput,SHA-256\nprices.csv,ab12\nevenkeel risk a,\n";
        assert_eq!(about.replace("\r\n", "\n"), told);
        assert!(!files.iter().any(|(name, _)| name == "what-it-is-made-of.csv"), "what stands there is in no table of its own");
    }

    #[test]
    fn names_become_no_formulas() {
        let mut table = Table::new([Column::Name("=A1"), Column::Number("Value")]);
        for name in ["=1+1", "+equity", "-roth", "@ira", "  =HYPERLINK(1)", "\t=2", "-1", "plain"] {
            table.row([name, "-5.00"]);
        }
        let text = csv(&Report::of("Report", Page::of_table("Names", table)))[0].1.replace("\r\n", "\n");
        let names: Vec<&str> = text.lines().map(|line| line.split(',').next().unwrap()).collect();
        assert_eq!(names, ["'=A1", "'=1+1", "'+equity", "'-roth", "'@ira", "'  =HYPERLINK(1)", "'\t=2", "-1", "plain"]);
        assert!(text.contains(",-5.00\n") && !text.contains("'-5.00"));
    }

    #[test]
    fn numbers_keep_the_digits_that_are_not_shown() {
        let mut table = Table::new([Column::Name("Class"), Column::Number("Weight"), Column::Number("Value"), Column::Number("Band")]);
        table.row([Cell::from("Stocks"), Cell::rounded("33.50 %", "33.5021478"), Cell::rounded("1,234.57", "1234.567"), "–".into()]);
        table.row([
            Cell::from("Bonds"),
            Cell::rounded("0.00 %", "0.0000001"),
            Cell::rounded("2.50", "2.5"),
            Cell::rounded("±5.00", "5.004"),
        ]);
        let text = &csv(&Report::of("Report", Page::of_table("Weights", table)))[0].1;
        assert_eq!(text.replace("\r\n", "\n"), "Class,Weight (%),Value,Band\nStocks,33.5021478,1234.567,\nBonds,0.0000001,2.50,5.004\n");
        match Held::of(&Cell::rounded("33.50 %", "33.5021478"), true) {
            Held::Number(number) => assert_eq!((number.value(), number.format(true)), (0.335_021_478, "#,##0.00\" \"%".to_owned())),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn amounts_have_their_currency_over_them_or_beside() {
        let usd = |text: &str| Cell::rounded(text, text).in_unit("USD");
        let mut table =
            Table::new([Column::Name("Account"), Column::Number("Value"), Column::Number("Price"), Column::Number("Value, USD")]);
        table.row(["a".into(), usd("1.00"), usd("2.00"), usd("3.00")]);
        table.row(["b".into(), usd("4.00"), Cell::rounded("5.00 EUR", "5").in_unit("EUR"), "–".into()]);
        let text = &csv(&Report::of("Report", Page::of_table("Trades", table.clone())))[0].1;
        let told = "Account,Value (USD),Price,\"Value, USD\",Unit\na,1.00,2.00,3.00,USD\nb,4.00,5.00,,EUR\n";
        assert_eq!(text.replace("\r\n", "\n"), told);
        let prices = columns(&table);
        assert_eq!((prices[1].unit(), prices[2].unit()), (Some("USD"), None));
        let Held::Number(price) = &prices[2].cells[1] else { panic!("{:?}", prices[2].cells) };
        assert_eq!(price.format(true), "#,##0.00\" EUR\"");
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
