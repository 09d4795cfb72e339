//! The header of a table: which field holds which column.

use evenkeel::diagnostic::{Code, Diagnostic, SourceText};
use evenkeel::document::did_you_mean;

use crate::mapping::{ColumnMapping, Mapping, Origin, SignRule};

use super::format::{Column, Format, Further, Need};
use super::report::Report;
use super::split::Record;

/// Where a column's values come from.
#[derive(Debug, Clone)]
pub(super) enum Place<'m> {
    /// A field of the row.
    Field(usize, Option<&'m ColumnMapping>),
    /// The same text in every row.
    Constant(&'m str),
    /// The sign of another column's number.
    Sign(usize, &'m SignRule),
    /// Nowhere: every value is empty.
    Absent,
}

/// A column that the format does not list by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FurtherColumn {
    /// Its name in the header.
    pub name: String,
    /// The position of its field.
    pub field: usize,
}

/// Which field holds which column.
#[derive(Debug)]
pub(super) struct Header<'m> {
    /// By column of the format.
    pub(super) places: Vec<Place<'m>>,
    /// Columns that the format does not list by name.
    pub(super) further: Vec<FurtherColumn>,
    /// Fields of each row.
    pub(super) width: usize,
}

/// The header while it is read.
struct Reading<'h, 'm> {
    source: SourceText<'h>,
    record: &'h Record,
    format: &'h Format,
    mapping: Option<&'m Mapping>,
    names: Vec<String>,
    /// Whether a field was taken by a column of the format.
    used: Vec<bool>,
    report: &'h mut Report,
}

/// Reads the header; reports columns that are unknown, missing or given twice.
pub(super) fn read<'m>(
    source: SourceText<'_>,
    record: &Record,
    format: &Format,
    mapping: Option<&'m Mapping>,
    report: &mut Report,
) -> Header<'m> {
    let names: Vec<String> = record.fields.iter().map(|field| field.value(source.text).into_owned()).collect();
    let width = names.len();
    if let Some(told) = otherwise_parted(&names, mapping) {
        report.add(told.at(source.locate(record.start..record.start + 1)));
        return Header { places: Vec::new(), further: Vec::new(), width: 0 };
    }
    if let Some(mapping) = mapping {
        report_unfit_mapping(mapping, format, report);
    }
    let mut reading = Reading { source, record, format, mapping, used: vec![false; width], names, report };
    reading.report_duplicates();
    let places = format.columns.iter().map(|column| reading.place(column)).collect();
    reading.report_missing_series();
    let further = reading.further();
    Header { places, further, width }
}

/// A header of one field that holds other delimiters: the fields of the file are parted by those.
fn otherwise_parted(names: &[String], mapping: Option<&Mapping>) -> Option<Diagnostic> {
    let [name] = names else { return None };
    let said = [(',', ","), (';', ";"), ('\t', "tab"), ('|', "|")];
    let (_, found) = said.into_iter().find(|(delimiter, _)| name.matches(*delimiter).count() > 1)?;
    let expected = mapping.map_or(',', |mapping| char::from(mapping.delimiter));
    let (_, expected) = said.into_iter().find(|(delimiter, _)| *delimiter == expected)?;
    let message = format!("fields are parted by `{found}` here, and by `{expected}` where the file is read");
    let help = match mapping {
        Some(_) => format!("write `delimiter = \"{found}\"` in the mapping file"),
        None => format!("save it with commas, or put a mapping file with `delimiter = \"{found}\"` beside it"),
    };
    Some(Diagnostic::error(Code::MISSING_COLUMN, message).help(help))
}

impl<'m> Reading<'_, 'm> {
    fn told(&mut self, code: Code, field: usize, message: String, help: String) {
        let span = self.record.fields.get(field).map_or(self.record.start..self.record.start, |field| field.start..field.end);
        self.report.add(Diagnostic::error(code, message).at(self.source.locate(span)).help(help));
    }

    fn report_duplicates(&mut self) {
        let twice: Vec<(usize, String)> = (self.names.iter().enumerate())
            .filter(|(field, name)| !name.is_empty() && self.names.iter().take(*field).any(|earlier| earlier == *name))
            .map(|(field, name)| (field, name.clone()))
            .collect();
        for (field, name) in twice {
            self.told(
                Code::DUPLICATE_COLUMN,
                field,
                format!("the column `{name}` is given a second time"),
                "keep one of the two".to_owned(),
            );
        }
    }

    /// Where a column's values come from.
    fn place(&mut self, column: &Column) -> Place<'m> {
        let mapped = self.mapping.and_then(|mapping| mapping.column(column.name));
        let foreign = match mapped.map(|mapped| &mapped.origin) {
            Some(Origin::Constant(text)) => return Place::Constant(text),
            Some(Origin::Column(foreign)) => foreign.as_str(),
            None => column.name,
        };
        if let Some(field) = self.names.iter().position(|name| name == foreign) {
            self.used.iter_mut().skip(field).take(1).for_each(|used| *used = true);
            return Place::Field(field, mapped);
        }
        if let Some((by, rule)) = self.mapping.and_then(|mapping| sign_that_gives(mapping, self.format, column.name)) {
            return Place::Sign(by, rule);
        }
        if mapped.is_some() {
            let help = did_you_mean(foreign, self.names.iter().map(String::as_str), "name a column of this file, or use a constant");
            self.told(Code::MISSING_COLUMN, 0, format!("the column `{foreign}`, mapped to `{}`, is missing", column.name), help);
        } else if column.need == Need::Required {
            let written = self.names.iter().find(|name| name.eq_ignore_ascii_case(column.name));
            let help = written.map_or_else(
                || format!("add it: {}", column.about),
                |name| format!("rename `{name}`, or put a mapping file with `columns.{}.from = \"{name}\"` beside it", column.name),
            );
            self.told(Code::MISSING_COLUMN, 0, format!("the column `{}` is missing", column.name), help);
        }
        Place::Absent
    }

    fn report_missing_series(&mut self) {
        for (series, foreign) in self.mapping.map_or(&[][..], |mapping| &mapping.series) {
            if !self.names.contains(foreign) {
                let help = did_you_mean(foreign, self.names.iter().map(String::as_str), "name a column of this file");
                self.told(Code::MISSING_COLUMN, 0, format!("the column `{foreign}`, mapped to the series `{series}`, is missing"), help);
            }
        }
    }

    /// Columns that the format does not list by name; reports those that it does not take.
    fn further(&mut self) -> Vec<FurtherColumn> {
        let ignored = self.mapping.is_some_and(|mapping| mapping.ignore_other_columns);
        let named = self.mapping.map_or(&[][..], |mapping| &mapping.series);
        let mut further = Vec::new();
        let mut unknown = Vec::new();
        for (field, name) in self.names.iter().enumerate().filter(|(field, _)| self.used.get(*field) == Some(&false)) {
            let renamed = named.iter().find(|(_, foreign)| foreign == name).map(|(ours, _)| ours);
            let known = match self.format.further {
                Further::Refused => false,
                Further::Prefixed(prefixes) => {
                    prefixes.iter().any(|(prefix, _)| name.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty()))
                }
                Further::Series(_) => !name.is_empty(),
            };
            // Where the mapping names the series that are meant, the others may be ignored.
            let left_out = ignored && renamed.is_none() && !named.is_empty();
            if known && !left_out {
                further.push(FurtherColumn { name: renamed.unwrap_or(name).clone(), field });
            } else if !ignored {
                unknown.push((field, name.clone()));
            }
        }
        for (field, name) in unknown {
            let help = unknown_help(&name, self.format, &self.names);
            self.told(Code::UNKNOWN_COLUMN, field, format!("`{name}` is not a column of this file"), help);
        }
        further
    }
}

/// The column of the format, and the rule, by whose number's sign a column is given.
fn sign_that_gives<'m>(mapping: &'m Mapping, format: &Format, column: &str) -> Option<(usize, &'m SignRule)> {
    mapping.columns.iter().find_map(|mapped| {
        let rule = mapped.sign.as_ref().filter(|rule| rule.gives == column)?;
        let by = format.columns.iter().position(|by| by.name == mapped.column)?;
        Some((by, rule))
    })
}

/// Reports columns that the mapping names and the format has not.
fn report_unfit_mapping(mapping: &Mapping, format: &Format, report: &mut Report) {
    let known = || format.columns.iter().map(|column| column.name);
    let given = mapping
        .columns
        .iter()
        .flat_map(|mapped| std::iter::once(mapped.column.as_str()).chain(mapped.sign.as_ref().map(|rule| rule.gives.as_str())));
    for column in given.filter(|column| !known().any(|name| name == *column)) {
        let message = format!("the mapping file gives the column `{column}`, which {} does not have", format.title);
        let help = did_you_mean(column, known(), "remove it from the mapping file");
        report.add(Diagnostic::error(Code::MAPPING, message).help(help));
    }
}

fn unknown_help(name: &str, format: &Format, given: &[String]) -> String {
    let missing = format.columns.iter().map(|column| column.name).filter(|known| !given.iter().any(|name| name == known));
    did_you_mean(name, missing, "remove it, or map it to a known column in a mapping file")
}
