//! [`Row`]: one row of a table, read value by value.

use std::borrow::Cow;
use std::fmt;

use evenkeel::diagnostic::{Code, Diagnostic, Location, SourceText};
use evenkeel::document::did_you_mean;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::{Currency, Decimal, Rounding};
use serde::de::DeserializeOwned;
use serde::de::value::{Error as ValueError, StrDeserializer};

use crate::mapping::{ColumnMapping, Mapping};

use super::format::{Column, Format, Kind, Need};
use super::header::{Header, Place};
use super::report::Report;
use super::split::{Field, Record};
use super::value::{self, Reject};

/// What all rows of a table share.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub(super) source: SourceText<'a>,
    pub(super) format: &'static Format,
    pub(super) mapping: Option<&'a Mapping>,
    pub(super) header: Header<'a>,
}

/// Where a row stands, to come back to it after all rows have been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowPlace {
    pub(super) start: usize,
    pub(super) line: usize,
}

impl RowPlace {
    /// The line on which the row begins, from 1.
    pub fn line(self) -> usize {
        self.line
    }
}

/// A column of a row, whether the format lists it by name or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// A column of the format, by its position there.
    Column(usize),
    /// A further column, by its field.
    Further(usize),
}

/// One row. A value that is wrong is reported and read as `None`; [`Row::is_bad`] tells it from
/// one that is empty.
#[derive(Debug)]
pub struct Row<'r, 'a> {
    pub(super) context: &'r Context<'a>,
    pub(super) record: &'r Record,
    pub(super) report: &'r mut Report,
    pub(super) bad: bool,
}

impl<'r> Row<'r, '_> {
    /// Whether anything in the row was an error so far.
    pub fn is_bad(&self) -> bool {
        self.bad
    }

    /// Where the row stands.
    pub fn place(&self) -> RowPlace {
        RowPlace { start: self.record.start, line: self.record.line }
    }

    /// The value of a column; `None` where it is empty. An empty value of a needed column is reported.
    pub fn text(&mut self, column: usize) -> Option<Cow<'r, str>> {
        let context = self.context;
        let found = match context.header.places.get(column) {
            Some(Place::Field(field, mapped)) => self.field_text(*field, *mapped),
            Some(Place::Constant(text)) => Some(Cow::Borrowed(*text)),
            Some(Place::Sign(by, rule)) => {
                let negative = self.raw(*by).is_some_and(|text| text.starts_with('-'));
                Some(Cow::Borrowed(if negative { rule.negative.as_str() } else { rule.positive.as_str() }))
            }
            Some(Place::Absent) | None => None,
        };
        let found = found.filter(|text| !text.is_empty());
        // A needed column that is absent has been told with the header.
        if found.is_none() && matches!(context.header.places.get(column), Some(Place::Field(..))) {
            let needed = context.format.columns.get(column).filter(|column| column.need == Need::Required);
            if let Some(Column { name, about, .. }) = needed {
                self.report_at(column, true, || {
                    Diagnostic::error(Code::EMPTY_VALUE, format!("`{name}` is empty")).help(format!("write it: {about}"))
                });
            }
        }
        found
    }

    /// An exact number.
    pub fn decimal(&mut self, column: usize) -> Option<Decimal> {
        let mapping = self.context.mapping;
        let parsed = self.parse(column, |text| value::decimal(text, mapping))?;
        let Some(mapped) = self.mapped(column) else { return Some(parsed) };
        let scaled = if mapped.scale == Decimal::ONE { Ok(parsed) } else { parsed.mul(mapped.scale, Rounding::HalfEven) };
        match scaled {
            Ok(scaled) => Some(if mapped.sign.is_some() { scaled.abs() } else { scaled }),
            Err(error) => {
                self.reject(
                    column,
                    &Reject::range(format!("cannot be scaled: {error}"), "check the number and `scale` in the mapping file"),
                );
                None
            }
        }
    }

    /// An exact number that a rule about its range lets pass; the rule states the problem.
    pub fn decimal_that(&mut self, column: usize, rule: impl FnOnce(Decimal) -> Result<(), Reject>) -> Option<Decimal> {
        let number = self.decimal(column)?;
        match rule(number) {
            Ok(()) => Some(number),
            Err(reject) => {
                self.reject(column, &reject);
                None
            }
        }
    }

    /// A finite number.
    pub fn number(&mut self, column: usize) -> Option<f64> {
        let mapping = self.context.mapping;
        let parsed = self.parse(column, |text| value::number(text, mapping))?;
        let scale = self.mapped(column).map_or(1.0, |mapped| evenkeel::boundary::to_f64(mapped.scale));
        Some(parsed * scale)
    }

    /// A date.
    pub fn date(&mut self, column: usize) -> Option<Date> {
        let mapping = self.context.mapping;
        self.parse(column, |text| value::date(text, mapping))
    }

    /// A date not after `as_of`.
    pub fn date_until(&mut self, column: usize, as_of: Date) -> Option<Date> {
        let date = self.date(column)?;
        if date > as_of {
            let help = format!("correct the date, or read the file as of {date} or later");
            self.reject(column, &Reject::new(Code::FUTURE_DATE, format!("lies after {as_of}, the date for which the file is read"), help));
            return None;
        }
        Some(date)
    }

    /// A currency.
    pub fn currency(&mut self, column: usize) -> Option<Currency> {
        self.parse(column, value::currency)
    }

    /// One of the names of a [`Kind::OneOf`] column.
    pub fn named<T: DeserializeOwned>(&mut self, column: usize) -> Option<T> {
        let kind = self.context.format.columns.get(column).map(|column| column.kind);
        self.parse(column, |text| {
            T::deserialize(StrDeserializer::<ValueError>::new(text)).map_err(|_| {
                let names: &[&str] = if let Some(Kind::OneOf(names)) = kind { names } else { &[] };
                let list = format!("write one of {}", names.join(", "));
                Reject::new(Code::NOT_A_CHOICE, "is not a name that this column takes", did_you_mean(text, names.iter().copied(), &list))
            })
        })
    }

    /// A value read by a function.
    pub fn parse<T>(&mut self, column: usize, read: impl FnOnce(&str) -> Result<T, Reject>) -> Option<T> {
        let text = self.text(column)?;
        match read(&text) {
            Ok(value) => Some(value),
            Err(reject) => {
                self.reject(column, &reject);
                None
            }
        }
    }

    /// An exact number of any column.
    pub fn decimal_in(&mut self, cell: Cell) -> Option<Decimal> {
        let mapping = self.context.mapping;
        match cell {
            Cell::Column(column) => self.decimal(column),
            Cell::Further(field) => self.further(field, |text| value::decimal(text, mapping)),
        }
    }

    /// A finite number of any column.
    pub fn number_in(&mut self, cell: Cell) -> Option<f64> {
        let mapping = self.context.mapping;
        match cell {
            Cell::Column(column) => self.number(column),
            Cell::Further(field) => self.further(field, |text| value::number(text, mapping)),
        }
    }

    /// A value of a column that the format does not list by name, read by a function.
    pub fn further<T>(&mut self, field: usize, read: impl FnOnce(&str) -> Result<T, Reject>) -> Option<T> {
        let text = self.value(field).filter(|text| !text.is_empty())?;
        match read(&text) {
            Ok(value) => Some(value),
            Err(reject) => {
                self.reject_in(Cell::Further(field), &reject);
                None
            }
        }
    }

    /// Reports that a column's value cannot be.
    pub fn reject(&mut self, column: usize, reject: &Reject) {
        let name = self.name(column);
        let value = self.shown(column);
        self.report_at(column, true, || describe(name, &value, reject));
    }

    /// Reports that the value of any column cannot be.
    pub fn reject_in(&mut self, cell: Cell, reject: &Reject) {
        match cell {
            Cell::Column(column) => self.reject(column, reject),
            Cell::Further(field) => {
                self.bad = true;
                self.report_field(field, true, reject, Diagnostic::error);
            }
        }
    }

    /// Warns about the value of any column, which is left out.
    pub fn warn_in(&mut self, cell: Cell, reject: &Reject) {
        match cell {
            Cell::Column(column) => {
                let (name, value) = (self.name(column), self.shown(column));
                let message = format!("`{name}` is `{value}`, which {}", reject.problem);
                self.report(column, Diagnostic::warning(reject.code, message).help(reject.help.clone()));
            }
            Cell::Further(field) => self.report_field(field, false, reject, Diagnostic::warning),
        }
    }

    /// Reports a problem at a column; the diagnostic is made only if it is shown.
    pub fn report(&mut self, column: usize, diagnostic: Diagnostic) {
        let is_error = diagnostic.is_error();
        self.report_at(column, is_error, || diagnostic);
    }

    /// The name of a column.
    pub fn name(&self, column: usize) -> &'static str {
        self.context.format.columns.get(column).map_or("?", |column| column.name)
    }

    /// The value of a column as the file writes it, cut where long.
    pub fn shown(&self, column: usize) -> String {
        let value = match self.context.header.places.get(column) {
            Some(Place::Constant(text)) => Cow::Borrowed(*text),
            _ => self.raw(column).unwrap_or_default(),
        };
        cut(&value)
    }

    fn field_text(&mut self, field: usize, mapped: Option<&'r ColumnMapping>) -> Option<Cow<'r, str>> {
        let text = self.value(field)?;
        let Some(mapped) = mapped.filter(|mapped| !mapped.values.is_empty()) else { return Some(text) };
        Some(mapped.values.get(text.as_ref()).map_or(text, |translated| Cow::Borrowed(translated.as_str())))
    }

    /// What a field says, unless it says that it is missing.
    fn value(&self, field: usize) -> Option<Cow<'r, str>> {
        let text = self.record.fields.get(field)?.value(self.context.source.text);
        Some(text).filter(|text| !self.context.mapping.is_some_and(|mapping| mapping.is_missing(text)))
    }

    fn mapped(&self, column: usize) -> Option<&'r ColumnMapping> {
        match self.context.header.places.get(column) {
            Some(Place::Field(_, mapped)) => *mapped,
            _ => None,
        }
    }

    /// What the file itself says in a column.
    fn raw(&self, column: usize) -> Option<Cow<'r, str>> {
        match self.context.header.places.get(column)? {
            Place::Field(field, _) => Some(self.record.fields.get(*field)?.value(self.context.source.text)),
            Place::Sign(by, _) => match self.context.header.places.get(*by)? {
                Place::Field(field, _) => Some(self.record.fields.get(*field)?.value(self.context.source.text)),
                _ => None,
            },
            Place::Constant(_) | Place::Absent => None,
        }
    }

    fn report_field(&mut self, field: usize, is_error: bool, reject: &Reject, make: impl FnOnce(Code, String) -> Diagnostic) {
        let (context, record) = (self.context, self.record);
        let further = context.header.further.iter().find(|column| column.field == field);
        let name = further.map_or("?", |column| column.name.as_str());
        self.report.add_row(record.start, is_error, || {
            let value = record.fields.get(field).map(|field| field.value(context.source.text)).unwrap_or_default();
            let message = format!("`{name}` is `{}`, which {}", cut(&value), reject.problem);
            make(reject.code, message).at(locate(context.source, record, record.fields.get(field))).help(reject.help.clone())
        });
    }

    fn report_at(&mut self, column: usize, is_error: bool, diagnostic: impl FnOnce() -> Diagnostic) {
        self.bad |= is_error;
        let (context, record) = (self.context, self.record);
        let field = match context.header.places.get(column) {
            Some(Place::Field(field, _)) => record.fields.get(*field),
            Some(Place::Sign(by, _)) => match context.header.places.get(*by) {
                Some(Place::Field(field, _)) => record.fields.get(*field),
                _ => None,
            },
            _ => None,
        };
        self.report.add_row(record.start, is_error, || diagnostic().at(locate(context.source, record, field)));
    }
}

impl Context<'_> {
    /// Whether the mapping leaves a row out.
    pub(super) fn skips(&self, record: &Record) -> bool {
        self.mapping.is_some()
            && self.header.places.iter().any(|place| match place {
                Place::Field(field, Some(mapped)) if mapped.skip_other_values => {
                    record.fields.get(*field).is_none_or(|field| !mapped.values.contains_key(field.value(self.source.text).as_ref()))
                }
                _ => false,
            })
    }
}

/// The place of a field, or of the row's start where it has none.
pub(super) fn locate(source: SourceText<'_>, record: &Record, field: Option<&Field>) -> Location {
    let span = field.map_or(record.start..record.start, |field| field.start..field.end);
    let before = source.text.get(record.start..span.start).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(record.start, |newline| record.start + newline + 1);
    source.locate_in_line(span, record.line + before.matches('\n').count(), line_start)
}

fn describe(name: impl fmt::Display, value: &str, reject: &Reject) -> Diagnostic {
    Diagnostic::error(reject.code, format!("`{name}` is `{value}`, which {}", reject.problem)).help(reject.help.clone())
}

/// Values shown in messages are cut to so many characters.
const SHOWN_LENGTH: usize = 40;

fn cut(value: &str) -> String {
    if value.chars().count() > SHOWN_LENGTH {
        format!("{}…", value.chars().take(SHOWN_LENGTH).collect::<String>())
    } else {
        value.to_owned()
    }
}
