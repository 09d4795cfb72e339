//! `prices.parquet`: the panels of `prices.csv`, wide or long, in columns.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use bytes::Bytes;
use evenkeel::boundary::to_decimal;
use evenkeel::diagnostic::{Code, Diagnostic, has_errors};
use evenkeel::document::Parsed;
use evenkeel::market::{NamedPanel, PriceHistory, PriceKind, PricePoint};
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::instrument::{Instrument, Universe};
use evenkeel_ledger::number::{Currency, Decimal, Price, Rounding};
use evenkeel_quant::panel::PanelError;
use parquet::basic::{LogicalType, TimeUnit};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};

use crate::limits::MAX_REPORTED_ROWS;
use crate::source::Source;

use super::{KIND, KINDS};

/// The name of the thread on which the reader of the format runs.
pub const READER_THREAD: &str = "parquet-reader";

/// Nanoseconds, microseconds and milliseconds of a day.
const NANOS: i64 = 86_400_000_000_000;
const MICROS: i64 = 86_400_000_000;
const MILLIS: i64 = 86_400_000;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Date,
    Symbol,
    Price,
    /// Prices of the instrument at this position of the universe.
    Series(usize),
    Ignored,
}

/// A file being read.
struct Reading<'a> {
    file: &'a str,
    universe: &'a Universe,
    roles: Vec<Role>,
    /// Whether dates are nanoseconds since 1970, as a whole number.
    nanoseconds: bool,
    series: Vec<BTreeMap<Date, Price>>,
    diagnostics: Vec<Diagnostic>,
    unknown: BTreeSet<String>,
}

/// Reads prices. The kind is said by the file's metadata under `kind`, or by the caller.
pub fn read(source: &Source, universe: &Universe, stated: Option<PriceKind>) -> Parsed<PriceHistory> {
    let mut reading = Reading {
        file: &source.file,
        universe,
        roles: Vec::new(),
        nanoseconds: false,
        series: vec![BTreeMap::new(); universe.len()],
        diagnostics: Vec::new(),
        unknown: BTreeSet::new(),
    };
    let outcome = contained(|| reading.read(source, stated));
    let kind = outcome.unwrap_or_else(|error| {
        let problem = format!("is not a Parquet file that can be read: {error}");
        reading.error(Code::UNREADABLE, &problem, "write the file again");
        None
    });
    reading.tell_unknown();
    let diagnostics = reading.diagnostics;
    let point = |(date, price): (Date, Price)| PricePoint { price, date };
    let series = reading.series.into_iter().map(|series| series.into_iter().map(point).collect()).collect();
    let history = PriceHistory { kind: kind.unwrap_or(PriceKind::Raw), series };
    Parsed { value: Some(history).filter(|_| !has_errors(&diagnostics)), diagnostics }
}

/// Reads prices as a panel of the analytics: every series of the file by its name, in the order of the
/// columns, or of first appearance in a long file. The file need not say the kind of its prices.
pub fn read_panel(source: &Source) -> Parsed<NamedPanel> {
    let refuse = |problem: String| {
        let told = Diagnostic::error(Code::UNREADABLE, format!("{} is not a Parquet file that can be read: {problem}", source.file));
        Parsed { value: None, diagnostics: vec![told.help("write the file again")] }
    };
    let (names, says_kind) = match contained(|| survey(source)) {
        Ok(found) => found,
        Err(error) => return refuse(error.to_string()),
    };
    let (class, currency) = (ClassPath::cash(), Currency::USD);
    let universe = match Universe::new(names.iter().map(|name| Instrument::new(name, class.clone(), currency)).collect()) {
        Ok(universe) => universe,
        Err(error) => return refuse(error.to_string()),
    };
    let Parsed { value, mut diagnostics } = read(source, &universe, if says_kind { None } else { Some(PriceKind::Raw) });
    let panel = value.and_then(|history| {
        let last = history.series.iter().flatten().map(|point| point.date).max()?;
        let panel = NamedPanel::of_history(&history, &universe, last).and_then(|found| {
            // A universe has its instruments in an order of its own.
            let columns: Vec<usize> = names.iter().filter_map(|name| found.names.iter().position(|found| found == name)).collect();
            Ok(NamedPanel { panel: found.panel.select(&columns)?, names: names.clone(), ..found })
        });
        let told =
            |error: &PanelError| diagnostics.push(Diagnostic::error(Code::VALUE_RANGE, error.to_string()).help("correct the series"));
        panel.inspect_err(told).ok()
    });
    Parsed { value: panel.map(|panel| NamedPanel { kind: panel.kind.filter(|_| says_kind), ..panel }), diagnostics }
}

/// The names of all series of a file, and whether it says what kind of prices they are.
fn survey(source: &Source) -> Result<(Vec<String>, bool), ParquetError> {
    let reader = SerializedFileReader::new(Bytes::copy_from_slice(&source.bytes))?;
    let metadata = reader.metadata().file_metadata();
    let says_kind = metadata.key_value_metadata().is_some_and(|pairs| pairs.iter().any(|pair| pair.key == KIND && pair.value.is_some()));
    let columns: Vec<&str> = metadata.schema_descr().columns().iter().map(|column| column.name()).collect();
    if !is_long(&columns) {
        let series = columns.iter().filter(|name| **name != "date").map(|name| (*name).to_owned());
        return Ok((series.collect(), says_kind));
    }
    let (mut names, mut seen) = (Vec::new(), BTreeSet::new());
    for row in reader.get_row_iter(None)? {
        let row = row?;
        let symbol = row.get_column_iter().find_map(|(name, field)| match field {
            Field::Str(symbol) if name == "symbol" => Some(symbol.clone()),
            _ => None,
        });
        names.extend(symbol.filter(|symbol| seen.insert(symbol.clone())));
    }
    Ok((names, says_kind))
}

/// A long file has a column for names and one for values.
fn is_long(columns: &[&str]) -> bool {
    columns.contains(&"symbol") && columns.contains(&"price")
}

/// Runs the reader of the format, which panics on some damaged files: that is no reason to end the
/// program. It runs on a thread of its own, by whose name a program can tell such a panic from its own.
pub(crate) fn contained<T: Send>(read: impl FnOnce() -> Result<T, ParquetError> + Send) -> Result<T, ParquetError> {
    thread::scope(|scope| {
        let reader = thread::Builder::new().name(READER_THREAD.to_owned()).spawn_scoped(scope, read)?;
        reader.join().unwrap_or_else(|_| Err(ParquetError::General("it is damaged".to_owned())))
    })
}

impl Reading<'_> {
    fn read(&mut self, source: &Source, stated: Option<PriceKind>) -> Result<Option<PriceKind>, ParquetError> {
        let reader = SerializedFileReader::new(Bytes::copy_from_slice(&source.bytes))?;
        let metadata = reader.metadata().file_metadata();
        let pairs = metadata.key_value_metadata().map_or(&[][..], Vec::as_slice);
        let said = pairs.iter().find(|pair| pair.key == KIND).and_then(|pair| pair.value.clone());
        let kind = self.kind(said.as_deref(), stated);
        let columns = metadata.schema_descr().columns();
        let names: Vec<&str> = columns.iter().map(|column| column.name()).collect();
        let long = is_long(&names);
        self.roles = names.iter().map(|name| role(name, long, self.universe)).collect();
        if let Some(date) = names.iter().position(|name| *name == "date").and_then(|date| columns.get(date)) {
            self.nanoseconds = matches!(date.logical_type_ref(), Some(LogicalType::Timestamp(time)) if time.unit == TimeUnit::NANOS);
        } else {
            self.error(Code::MISSING_COLUMN, "has no column `date`", "add it: the date of the observation");
            return Ok(kind);
        }
        let unknown = names.iter().zip(&self.roles).filter(|(_, role)| **role == Role::Ignored).map(|(name, _)| (*name).to_owned());
        self.unknown.extend(unknown.filter(|_| !long));
        let mut seen = BTreeSet::new();
        for (index, row) in reader.get_row_iter(None)?.enumerate() {
            if self.diagnostics.len() > MAX_REPORTED_ROWS {
                self.error(Code::MORE_ROWS, "has further defects that are not shown", "mend those shown and read the file again");
                break;
            }
            self.row(index + 1, &row?, long, &mut seen);
        }
        if reader.metadata().file_metadata().num_rows() == 0 {
            self.error(Code::NO_ROWS, "has no rows", "add a row, or remove the file");
        }
        Ok(kind)
    }

    fn kind(&mut self, said: Option<&str>, stated: Option<PriceKind>) -> Option<PriceKind> {
        let list = KINDS.map(|(name, _)| name).join(", ");
        let known = said.and_then(|said| KINDS.iter().find(|(name, _)| *name == said)).map(|(_, kind)| *kind);
        match (said, known, stated) {
            (None, _, Some(stated)) => return Some(stated),
            (Some(_), Some(known), None) => return Some(known),
            (Some(_), Some(known), Some(stated)) if known == stated => return Some(known),
            (None, _, None) => {
                let help = format!("write one of {list} into the file's metadata under `kind`, or state it");
                self.error(Code::PRICE_KIND, "does not say what kind of prices it holds", &help);
            }
            (Some(said), None, _) => {
                self.error(
                    Code::PRICE_KIND,
                    &format!("says that its prices are `{said}`, which is not a kind of prices"),
                    &format!("write one of {list}"),
                );
            }
            (Some(said), Some(_), Some(_)) => {
                self.error(
                    Code::PRICE_KIND,
                    &format!("says that its prices are {said}, and they were asked for as another kind"),
                    "correct one of the two",
                );
            }
        }
        None
    }

    fn row(&mut self, number: usize, row: &Row, long: bool, seen: &mut BTreeSet<Date>) {
        let cells: Vec<(&String, &Field)> = row.get_column_iter().collect();
        let cell = |wanted: Role| self.roles.iter().zip(&cells).find(|(role, _)| **role == wanted).map(|(_, (_, field))| *field);
        let Some(date) = cell(Role::Date).and_then(|field| date(field, self.nanoseconds)) else {
            return self.error(
                Code::NOT_A_VALUE,
                &format!("has no date in row {number}"),
                "write a date, a timestamp, or text as YYYY-MM-DD",
            );
        };
        if long {
            let symbol = if let Some(Field::Str(symbol)) = cell(Role::Symbol) { symbol.clone() } else { String::new() };
            let price = cell(Role::Price).cloned().unwrap_or(Field::Null);
            match self.universe.find(&symbol) {
                Some(id) => self.price(number, date, id.index(), &price),
                None => {
                    self.unknown.insert(symbol);
                }
            }
            return;
        }
        if !seen.insert(date) {
            return self.error(Code::DUPLICATE_ROW, &format!("has {date} a second time in row {number}"), "keep one row for each date");
        }
        let found: Vec<(usize, Field)> = self
            .roles
            .iter()
            .zip(&cells)
            .filter_map(|(role, (_, field))| if let Role::Series(position) = role { Some((*position, (*field).clone())) } else { None })
            .collect();
        for (position, field) in found {
            self.price(number, date, position, &field);
        }
    }

    fn price(&mut self, number: usize, date: Date, position: usize, field: &Field) {
        let price = match decimal(field) {
            None => return,
            Some(Ok(price)) if price.is_positive() => price,
            Some(Ok(price)) if price.is_negative() => {
                let problem = format!("{}, which is below zero", self.place(number, date, position, field));
                return self.error(Code::NOT_POSITIVE, &problem, "correct it, or write null where there was no price");
            }
            Some(Ok(_)) => {
                let message =
                    format!("{} {}, which is not above zero; it is left out", self.file, self.place(number, date, position, field));
                let told = Diagnostic::warning(Code::NOT_POSITIVE, message);
                return self.diagnostics.push(told.help("write null where there was no price"));
            }
            Some(Err(())) => {
                let problem = format!("{}, which is not a finite number", self.place(number, date, position, field));
                return self.error(Code::NOT_A_VALUE, &problem, "write a number, or null where there was no price");
            }
        };
        let twice = self.series.get_mut(position).is_some_and(|series| series.insert(date, Price::new(price)).is_some());
        if twice {
            let problem = format!("{} a second time", self.place(number, date, position, field));
            self.error(Code::DUPLICATE_ROW, &problem, "keep one price for each date and symbol");
        }
    }

    /// Where a price stands, and what it says.
    fn place(&self, number: usize, date: Date, position: usize, field: &Field) -> String {
        let symbol = self.universe.iter().nth(position).map_or("?", |(_, instrument)| instrument.symbol.as_str());
        format!("has in row {number} for `{symbol}` on {date} the price {}", shown(field))
    }

    fn error(&mut self, code: Code, problem: &str, help: &str) {
        self.diagnostics.push(Diagnostic::error(code, format!("{} {problem}", self.file)).help(help));
    }

    fn tell_unknown(&mut self) {
        let names: Vec<&str> = self.unknown.iter().map(String::as_str).collect();
        self.diagnostics.extend(crate::panel::unknown_names(&names));
    }
}

fn role(name: &str, long: bool, universe: &Universe) -> Role {
    match (name, long) {
        ("date", _) => Role::Date,
        ("symbol", true) => Role::Symbol,
        ("price", true) => Role::Price,
        (_, true) => Role::Ignored,
        (symbol, false) => universe.find(symbol).map_or(Role::Ignored, |id| Role::Series(id.index())),
    }
}

fn date(field: &Field, nanoseconds: bool) -> Option<Date> {
    let epoch = Date::new(1970, 1, 1).ok()?;
    let days = match field {
        Field::Date(days) => i64::from(*days),
        Field::TimestampMillis(time) => time.div_euclid(MILLIS),
        Field::TimestampMicros(time) => time.div_euclid(MICROS),
        Field::Long(time) if nanoseconds => time.div_euclid(NANOS),
        Field::Str(text) => return text.parse().ok(),
        _ => return None,
    };
    epoch.add_days(i32::try_from(days).ok()?).ok()
}

/// The exact price; floats are rounded half to even at nine places, which is more than they hold of
/// any price above 100,000. `None` for null, an error for what is no number.
fn decimal(field: &Field) -> Option<Result<Decimal, ()>> {
    let float = |value: f64| to_decimal(value, Rounding::HalfEven).map_err(|_| ());
    Some(match field {
        Field::Null => return None,
        Field::Double(value) => float(*value),
        // Through text, so that 0.1 stays 0.1.
        Field::Float(value) => value.to_string().parse::<f64>().map_err(|_| ()).and_then(float),
        Field::Int(value) => Ok(Decimal::from_int(i64::from(*value))),
        Field::Long(value) => Ok(Decimal::from_int(*value)),
        Field::Decimal(_) => field.to_string().parse().map_err(|_| ()),
        _ => Err(()),
    })
}

/// A value as text. Not by its own formatting, which ends the program on dates that do not exist.
fn shown(field: &Field) -> String {
    match field {
        Field::Float(value) => value.to_string(),
        Field::Double(value) => value.to_string(),
        Field::Int(value) => value.to_string(),
        Field::Long(value) => value.to_string(),
        Field::Str(value) => format!("`{value}`"),
        _ => "of a type that is no number".to_owned(),
    }
}
