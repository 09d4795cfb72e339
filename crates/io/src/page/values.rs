//! What cells hold, apart from how they are shown: numbers with their units, days, or text.

use std::collections::BTreeMap;

use evenkeel_ledger::date::Date;

use super::{Cell, Column, Row, Table};

/// A column: what stands over it, and what its cells hold.
pub(super) struct Values {
    pub(super) heading: String,
    pub(super) is_number: bool,
    pub(super) cells: Vec<Held>,
}

/// What a cell holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Held {
    /// Nothing, where a number is not there.
    Empty,
    /// A number, as it is shown.
    Number(Number),
    /// A day.
    Date(Date),
    /// Anything else.
    Text(String),
}

/// A number with how it is shown: `1,234.50`, `+3.81`, `43.81 %`, `±5.00`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Number {
    /// In all its digits: `-1234.50271`.
    digits: String,
    /// Digits that are shown after the point.
    places: usize,
    /// `%`, a currency, or empty for none.
    unit: String,
    /// Whether it is as far to both sides.
    both_sides: bool,
}

/// The unit of percents.
pub(super) const PERCENT: &str = "%";

impl Held {
    /// By what stands in a table; numbers only in columns of numbers.
    pub(super) fn of(cell: &Cell, is_number: bool) -> Self {
        if let Ok(date) = cell.parse::<Date>() {
            return Self::Date(date);
        }
        let text = cell.strip_suffix(cell.unit()).filter(|_| !cell.unit().is_empty()).map_or(&**cell, str::trim_end);
        match Number::of(text).filter(|_| is_number) {
            Some(shown) => {
                let longer = cell.digits().filter(|digits| places(digits) > shown.places).map(str::to_owned);
                let unit = if shown.unit.is_empty() { cell.unit().to_owned() } else { shown.unit };
                Self::Number(Number { digits: longer.unwrap_or(shown.digits), unit, ..shown })
            }
            None if is_number && matches!(&**cell, "" | "–") => Self::Empty,
            None => Self::Text(cell.to_string()),
        }
    }

    /// The unit of a number, where it has one.
    pub(super) fn unit(&self) -> Option<&str> {
        match self {
            Self::Number(number) => Some(number.unit.as_str()).filter(|unit| !unit.is_empty()),
            _ => None,
        }
    }

    /// Without its unit, as CSV has it.
    pub(super) fn plain(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Number(number) => number.digits.clone(),
            Self::Date(date) => date.to_string(),
            Self::Text(text) => unarmed(text),
        }
    }
}

impl Number {
    pub(super) fn of(text: &str) -> Option<Self> {
        let (plain, unit) = text.strip_suffix(" %").map_or((text, ""), |plain| (plain, PERCENT));
        let (plain, both_sides) = plain.strip_prefix('±').map_or((plain, false), |plain| (plain, true));
        let digits = plain.trim_start_matches('+').replace(',', "");
        let is_plain = digits.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, '-' | '.'));
        digits.parse::<f64>().ok().filter(|value| is_plain && value.is_finite())?;
        Some(Self { places: places(&digits), digits, unit: unit.to_owned(), both_sides })
    }

    /// What a spreadsheet counts with: a fraction, where it is shown in percent.
    pub(super) fn value(&self) -> f64 {
        // The digits moved by two places, and not divided: 17.13 % is the number that 0.1713 is.
        let digits = if self.unit == PERCENT { format!("{}e-2", self.digits) } else { self.digits.clone() };
        digits.parse().unwrap_or(0.0)
    }

    /// How a spreadsheet shows it: grouped thousands, so many digits after the point, and its unit where no heading has that.
    pub(super) fn format(&self, with_unit: bool) -> String {
        let fraction = if self.places == 0 { String::new() } else { format!(".{}", "0".repeat(self.places)) };
        let sign = if self.both_sides { "\"±\"" } else { "" };
        let unit = match self.unit.as_str() {
            PERCENT => "\" \"%".to_owned(),
            unit if with_unit && !unit.is_empty() => format!("\" {unit}\""),
            _ => String::new(),
        };
        format!("{sign}#,##0{fraction}{unit}")
    }
}

/// Digits after the point.
fn places(digits: &str) -> usize {
    digits.split_once('.').map_or(0, |(_, fraction)| fraction.len())
}

/// Text that no spreadsheet takes for a formula: an apostrophe stands before what one would begin with.
pub(super) fn unarmed(text: &str) -> String {
    let is_armed = text.trim_start_matches(' ').starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    if is_armed && Number::of(text).is_none() { format!("'{text}") } else { text.to_owned() }
}

/// The columns of a table, and the notes of its rows, if there are any.
pub(super) fn columns(table: &Table) -> Vec<Values> {
    let mut columns: Vec<Values> = (0..).zip(table.columns()).map(|(at, column)| values(table, at, column)).collect();
    if table.rows().iter().any(|row| !row.note.is_empty()) {
        let cells = table.rows().iter().map(|row| Held::Text(row.note.clone())).collect();
        columns.push(Values { heading: "Note".to_owned(), is_number: false, cells });
    }
    // Two columns of one name are told apart by their numbers.
    let mut taken = BTreeMap::new();
    for column in &mut columns {
        let times = taken.entry(column.heading.clone()).or_insert(0);
        *times += 1;
        if *times > 1 {
            format!("{} {times}", column.heading).trim_start().clone_into(&mut column.heading);
        }
    }
    columns
}

fn values(table: &Table, at: usize, column: &Column<String>) -> Values {
    let is_number = matches!(column, Column::Number(_));
    let cell = |row: &Row| row.cells.get(at).map_or(Held::Empty, |cell| Held::of(cell, is_number));
    Values { heading: column.heading().clone(), is_number, cells: table.rows().iter().map(cell).collect() }
}

impl Values {
    /// The unit of all its numbers, where they share one.
    pub(super) fn unit(&self) -> Option<&str> {
        let mut units = self.cells.iter().filter(|cell| matches!(cell, Held::Number(_))).map(Held::unit);
        let first = units.next()?;
        first.filter(|_| units.all(|unit| unit == first))
    }

    /// Its heading with a unit, unless that is said there.
    pub(super) fn heading_in(&self, unit: &str) -> String {
        if unit != PERCENT && self.heading.contains(unit) {
            self.heading.clone()
        } else {
            format!("{} ({unit})", self.heading).trim_start().to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_a_number_a_day_or_text() {
        let number = |cell: &str| match Held::of(&cell.into(), true) {
            Held::Number(number) => (number.value(), number.format(true)),
            other => panic!("{other:?}"),
        };
        assert_eq!(number("17.13 %"), (0.1713, "#,##0.00\" \"%".to_owned()));
        assert_eq!(number("±5.00"), (5.0, "\"±\"#,##0.00".to_owned()));
        assert_eq!(number("-1,234"), (-1234.0, "#,##0".to_owned()));
        assert!(matches!(Held::of(&"2026-03-31".into(), false), Held::Date(_)) && Held::of(&"–".into(), true) == Held::Empty);
        assert_eq!(Held::of(&"12".into(), false), Held::Text("12".to_owned()));
    }
}
