//! The header of a table: which field holds which column.

use evenkeel::diagnostic::{Code, Diagnostic, SourceText};
use evenkeel::document::did_you_mean;

use crate::mapping::{ColumnMapping, Mapping, Origin, SignRule};

use super::format::{Format, Further, Need};
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

/// Reads the header; reports columns that are unknown, missing or given twice.
pub(super) fn read<'m>(
    source: SourceText<'_>,
    record: &Record,
    format: &Format,
    mapping: Option<&'m Mapping>,
    report: &mut Report,
) -> Header<'m> {
    let names: Vec<String> = record.fields.iter().map(|field| field.value(source.text).into_owned()).collect();
    let told = |report: &mut Report, code: Code, field: usize, message: String, help: String| {
        let span = record.fields.get(field).map_or(record.start..record.start, |field| field.start..field.end);
        report.add(Diagnostic::error(code, message).at(source.locate(span)).help(help));
    };
    for (field, name) in names.iter().enumerate() {
        if names.iter().take(field).any(|earlier| earlier == name) && !name.is_empty() {
            told(
                report,
                Code::DUPLICATE_COLUMN,
                field,
                format!("the column `{name}` is given a second time"),
                "keep one of the two".to_owned(),
            );
        }
    }
    let mut used = vec![false; names.len()];
    let mut places = Vec::with_capacity(format.columns.len());
    let given: Vec<&str> = names.iter().map(String::as_str).collect();
    for column in format.columns {
        let mapped = mapping.and_then(|mapping| mapping.column(column.name));
        let foreign = match mapped.map(|mapped| &mapped.origin) {
            Some(Origin::Constant(text)) => {
                places.push(Place::Constant(text));
                continue;
            }
            Some(Origin::Column(foreign)) => foreign.as_str(),
            None => column.name,
        };
        if let Some(field) = names.iter().position(|name| name == foreign) {
            used.iter_mut().skip(field).take(1).for_each(|used| *used = true);
            places.push(Place::Field(field, mapped));
            continue;
        }
        let sign = mapping.and_then(|mapping| sign_that_gives(mapping, format, column.name));
        if let Some((by, rule)) = sign {
            places.push(Place::Sign(by, rule));
            continue;
        }
        places.push(Place::Absent);
        if mapped.is_some() {
            let help = did_you_mean(foreign, given.iter().copied(), "name a column of this file, or use a constant");
            told(report, Code::MISSING_COLUMN, 0, format!("the column `{foreign}`, mapped to `{}`, is missing", column.name), help);
        } else if column.need == Need::Required {
            told(report, Code::MISSING_COLUMN, 0, format!("the column `{}` is missing", column.name), format!("add it: {}", column.about));
        }
    }
    if let Some(mapping) = mapping {
        report_unfit_mapping(mapping, format, report);
    }
    for (series, foreign) in mapping.iter().flat_map(|mapping| &mapping.series) {
        if !names.contains(foreign) {
            let help = did_you_mean(foreign, given.iter().copied(), "name a column of this file");
            told(report, Code::MISSING_COLUMN, 0, format!("the column `{foreign}`, mapped to the series `{series}`, is missing"), help);
        }
    }
    let ignored = mapping.is_some_and(|mapping| mapping.ignore_other_columns);
    let mut further = Vec::new();
    for (field, name) in names.iter().enumerate().filter(|(field, _)| used.get(*field) == Some(&false)) {
        let known = match format.further {
            Further::Refused => false,
            Further::Prefixed(prefixes) => {
                prefixes.iter().any(|(prefix, _)| name.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty()))
            }
            Further::Series(_) => !name.is_empty(),
        };
        let renamed = mapping.and_then(|mapping| mapping.series.iter().find(|(_, foreign)| foreign == name)).map(|(ours, _)| ours);
        let left_out = ignored && renamed.is_none() && mapping.is_some_and(|mapping| !mapping.series.is_empty());
        if known && !left_out {
            further.push(FurtherColumn { name: renamed.unwrap_or(name).clone(), field });
        } else if !ignored {
            told(report, Code::UNKNOWN_COLUMN, field, format!("`{name}` is not a column of this file"), unknown_help(name, format, &given));
        }
    }
    Header { places, further, width: names.len() }
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

fn unknown_help(name: &str, format: &Format, given: &[&str]) -> String {
    if let Some(delimiter) = [';', '\t', '|'].into_iter().find(|delimiter| given.len() == 1 && name.contains(*delimiter)) {
        return format!("the fields seem to be parted by {delimiter:?}: write commas, or set `delimiter` in a mapping file");
    }
    let missing = format.columns.iter().map(|column| column.name).filter(|known| !given.contains(known));
    did_you_mean(name, missing, "remove it, or map it to a known column in a mapping file")
}
