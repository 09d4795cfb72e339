//! Series over dates, in a wide file (a column a series) or a long one (a row an observation).

use std::collections::BTreeMap;

use evenkeel::diagnostic::{Code, Diagnostic, SourceText};
use evenkeel_ledger::date::Date;

use crate::mapping::{Mapping, Origin};
use crate::table::{self, Cell, Format, FurtherColumn, Reject, Row, RowPlace, Table};

/// Positions of the columns that every long format begins with; a wide one has the first alone.
pub(crate) const DATE: usize = 0;
const NAME: usize = 1;
const VALUE: usize = 2;

/// One observation and its row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Point<T> {
    pub(crate) date: Date,
    pub(crate) value: T,
    pub(crate) place: RowPlace,
}

/// Series that were read, and the table for what is still to be told.
pub(crate) struct Panel<'a, T> {
    pub(crate) table: Table<'a>,
    /// By the number that names were given; each in ascending order of dates, no date twice.
    pub(crate) series: Vec<Vec<Point<T>>>,
    wide: bool,
    columns: Vec<(FurtherColumn, Option<usize>)>,
}

/// The two forms of a panel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Forms {
    pub(crate) wide: &'static Format,
    pub(crate) long: &'static Format,
}

/// Reads a panel. `number` gives the number of a name, or `None` where the name is not known: such
/// series are left out, with one warning for all. `read` reads a value.
pub(crate) fn read<'a, T: Copy>(
    source: SourceText<'a>,
    mapping: Option<&'a Mapping>,
    forms: Forms,
    mut number: impl FnMut(&str) -> Option<usize>,
    read: impl Fn(&mut Row<'_, '_>, Cell) -> Option<T>,
) -> Panel<'a, T> {
    let wide = !is_long(source, mapping, forms.long);
    let table = Table::open(source, if wide { forms.wide } else { forms.long }, mapping);
    let columns =
        table.further().into_iter().map(|column| (number(&column.name), column)).map(|(number, column)| (column, number)).collect();
    let mut panel = Panel { table, series: Vec::new(), wide, columns };
    if wide {
        panel.read_wide(read);
    } else {
        panel.read_long(number, read);
    }
    panel
}

/// A long file has the column for names or that for values.
fn is_long(source: SourceText<'_>, mapping: Option<&Mapping>, long: &Format) -> bool {
    let names = table::header_names(source, mapping);
    [NAME, VALUE].into_iter().filter_map(|column| long.columns.get(column)).any(|column| {
        match mapping.and_then(|mapping| mapping.column(column.name)).map(|mapped| &mapped.origin) {
            Some(Origin::Constant(_)) => true,
            Some(Origin::Column(foreign)) => names.contains(foreign),
            None => names.iter().any(|name| name == column.name),
        }
    })
}

impl<T: Copy> Panel<'_, T> {
    fn push(&mut self, number: usize, point: Point<T>) {
        if self.series.len() <= number {
            self.series.resize_with(number + 1, Vec::new);
        }
        if let Some(series) = self.series.get_mut(number) {
            series.push(point);
        }
    }

    fn read_wide(&mut self, read: impl Fn(&mut Row<'_, '_>, Cell) -> Option<T>) {
        self.report_unknown_columns();
        let known: Vec<(usize, usize)> = self.columns.iter().filter_map(|(column, number)| Some((column.field, (*number)?))).collect();
        let mut dates: BTreeMap<Date, RowPlace> = BTreeMap::new();
        let mut found: Vec<(usize, Point<T>)> = Vec::new();
        while let Some(mut row) = self.table.next_row() {
            let place = row.place();
            let date = row.date(DATE);
            if let Some((date, earlier)) = date.and_then(|date| dates.get_key_value(&date)) {
                let problem = format!("stands on line {} already", earlier.line());
                row.reject(DATE, &Reject::new(Code::DUPLICATE_ROW, problem, format!("keep one row for {date}")));
                continue;
            }
            for (field, number) in &known {
                if let (Some(value), Some(date)) = (read(&mut row, Cell::Further(*field)), date) {
                    found.push((*number, Point { date, value, place }));
                }
            }
            dates.extend(date.map(|date| (date, place)));
        }
        for (number, point) in found {
            self.push(number, point);
        }
        for series in &mut self.series {
            series.sort_by_key(|point| point.date);
        }
    }

    fn read_long(&mut self, mut number: impl FnMut(&str) -> Option<usize>, read: impl Fn(&mut Row<'_, '_>, Cell) -> Option<T>) {
        let mut found: Vec<(usize, Point<T>)> = Vec::new();
        let mut unknown: BTreeMap<String, RowPlace> = BTreeMap::new();
        while let Some(mut row) = self.table.next_row() {
            let place = row.place();
            let date = row.date(DATE);
            let named = row.text(NAME).map(|name| number(&name).ok_or(name.into_owned()));
            let value = read(&mut row, Cell::Column(VALUE));
            match (date, named, value) {
                (Some(date), Some(Ok(number)), Some(value)) => found.push((number, Point { date, value, place })),
                (_, Some(Err(name)), _) => {
                    unknown.entry(name).or_insert(place);
                }
                _ => {}
            }
        }
        for (number, point) in found {
            self.push(number, point);
        }
        self.report_unknown_names(&unknown);
        self.report_duplicates();
    }

    /// Sorts each series by date and reports dates that stand twice.
    fn report_duplicates(&mut self) {
        let mut twice: Vec<(RowPlace, RowPlace)> = Vec::new();
        for series in &mut self.series {
            series.sort_by_key(|point| point.date);
            twice.extend(series.windows(2).filter_map(|pair| match pair {
                [a, b] if a.date == b.date => Some((a.place, b.place)),
                _ => None,
            }));
        }
        twice.sort_by_key(|(_, place)| place.line());
        for (earlier, place) in twice {
            let problem = format!("has a value for this date on line {} already", earlier.line());
            self.table.at(place, |row| row.reject(NAME, &Reject::new(Code::DUPLICATE_ROW, problem, "keep one of the two rows")));
        }
    }

    fn report_unknown_columns(&mut self) {
        let unknown: Vec<FurtherColumn> =
            self.columns.iter().filter(|(_, number)| number.is_none()).map(|(column, _)| column.clone()).collect();
        let names: Vec<&str> = unknown.iter().map(|column| column.name.as_str()).collect();
        if let (Some(first), Some(told)) = (unknown.first(), unknown_names(&names)) {
            self.table.report_further(first, told);
        }
    }

    fn report_unknown_names(&mut self, unknown: &BTreeMap<String, RowPlace>) {
        let names: Vec<&str> = unknown.keys().map(String::as_str).collect();
        if let (Some(told), Some(place)) = (unknown_names(&names), unknown.values().min_by_key(|place| place.line())) {
            self.table.at(*place, |row| row.report(NAME, told));
        }
    }

    /// Reports a problem with one observation; `number` is that of its series.
    pub(crate) fn report(&mut self, number: usize, place: RowPlace, reject: &Reject) {
        let cell = if self.wide {
            let column = self.columns.iter().find(|(_, given)| *given == Some(number));
            column.map(|(column, _)| Cell::Further(column.field))
        } else {
            Some(Cell::Column(VALUE))
        };
        if let Some(cell) = cell {
            self.table.at(place, |row| row.reject_in(cell, reject));
        }
    }
}

/// One warning for all names that are not known.
pub(crate) fn unknown_names(names: &[&str]) -> Option<Diagnostic> {
    const SHOWN: usize = 10;
    let shown = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let message = match names {
        [] => return None,
        [_] => format!("{shown} is not in the instruments file and is left out"),
        _ if names.len() <= SHOWN => format!("{} series are not in the instruments file and are left out: {shown}", names.len()),
        _ => format!("{} series are not in the instruments file and are left out, among them {shown}", names.len()),
    };
    Some(
        Diagnostic::warning(Code::UNKNOWN_SYMBOL, message)
            .help("correct the symbols, or add them to the instruments file if they are needed"),
    )
}

/// The number of a name among names that are collected as they come, sorted by nothing.
#[derive(Debug, Default)]
pub(crate) struct Names {
    numbers: BTreeMap<String, usize>,
}

impl Names {
    pub(crate) fn number(&mut self, name: &str) -> usize {
        let next = self.numbers.len();
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        self.numbers.insert(name.to_owned(), next);
        next
    }

    /// The names in the order of their numbers.
    pub(crate) fn into_order(self) -> Vec<String> {
        let mut numbered: Vec<(String, usize)> = self.numbers.into_iter().collect();
        numbered.sort_by_key(|(_, number)| *number);
        numbered.into_iter().map(|(name, _)| name).collect()
    }

    pub(crate) fn into_names(self) -> BTreeMap<String, usize> {
        self.numbers
    }
}
