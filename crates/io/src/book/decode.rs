//! From the bytes of a shard to its [`Columns`].

use bytes::Bytes;
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel_ledger::instrument::{InstrumentId, Universe};
use parquet::basic::{CompressionCodec, ConvertedType, LogicalType, Repetition, Type as Physical};
use parquet::column::reader::get_typed_column_reader;
use parquet::data_type::{ByteArrayType, DataType, FixedLenByteArrayType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::{ColumnDescPtr, Type};

use crate::limits::{MAX_SHARD_ACCOUNTS, MAX_SHARD_LOTS};

use super::columns::{Column, Columns, Dates, Decimals, LotNames, Lots, Offsets, Symbol, Texts};
use super::leaf::SCHEMA_VERSION_KEY;
use super::shard::{FIELDS, Field, Kind, Place, SCHEMA_VERSION};

/// Why a shard cannot be used.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The format's reader says no.
    Unreadable(ParquetError),
    /// It is readable, and not a shard.
    Told(Box<Diagnostic>),
}

impl Refusal {
    fn told(diagnostic: Diagnostic) -> Self {
        Self::Told(Box::new(diagnostic))
    }
}

impl From<ParquetError> for Refusal {
    fn from(error: ParquetError) -> Self {
        Self::Unreadable(error)
    }
}

/// Reads a shard of nested rows, or of flat ones: one row a lot, of which those of one account stand together.
pub(crate) fn decode(file: &str, bytes: Bytes, universe: &Universe) -> Result<Columns, Refusal> {
    let reader = SerializedFileReader::new(bytes)?;
    let shard = Shard { file, reader: &reader };
    shard.check_version()?;
    let is_flat = shard.leaf("lots.symbol").is_some_and(|(_, column)| column.max_rep_level() == 0);
    shard.check_size(is_flat)?;
    let columns = shard.columns(is_flat, universe)?;
    if is_flat { super::flat::nested(file, &columns).map_err(Refusal::Told) } else { Ok(columns) }
}

struct Shard<'a> {
    file: &'a str,
    reader: &'a SerializedFileReader<Bytes>,
}

/// What a column of the file holds: the values that are there, and the levels that say where.
struct Raw<T> {
    values: Vec<T>,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
    /// The level of a value that is there.
    present: i16,
    /// The level of an entry of the list, be there a value or not; 0 outside of lists.
    entry: i16,
}

impl<T: Clone + Default> Raw<T> {
    /// One entry a row, or an entry of a list.
    fn column(self) -> Column<T> {
        if self.present == 0 {
            return Column::full(self.values);
        }
        if self.entry == 0 {
            return Column::scattered(self.values, self.definitions.iter().map(|level| *level == self.present));
        }
        let entries: Vec<bool> =
            self.definitions.iter().filter(|level| **level >= self.entry).map(|level| *level == self.present).collect();
        Column::scattered(self.values, entries.into_iter())
    }

    /// Where each row's entries begin and end.
    fn offsets(&self) -> Offsets {
        let mut offsets = Vec::with_capacity(self.definitions.len() + 1);
        let mut entries = 0;
        for (definition, repetition) in self.definitions.iter().zip(&self.repetitions) {
            if *repetition == 0 {
                offsets.push(entries);
            }
            entries += usize::from(*definition >= self.entry);
        }
        offsets.push(entries);
        Offsets(offsets)
    }
}

impl Shard<'_> {
    fn columns(&self, is_flat: bool, universe: &Universe) -> Result<Columns, Refusal> {
        let (menu, menus, has_menu) = self.menus()?;
        let (symbol, lots_of) = self.symbols("lots.symbol", universe)?;
        let (loss_symbol, loss_sales_of) = self.symbols("loss_sales.symbol", universe)?;
        Ok(Columns {
            household: self.texts("household")?,
            account: self.texts("account")?,
            name: self.texts("name")?,
            owner: self.texts("owner")?,
            spouse: self.texts("spouse")?,
            birth_date: self.dates("birth_date")?,
            filing_status: self.texts("filing_status")?,
            jurisdiction: self.texts("jurisdiction")?,
            ordinary_rate: self.decimals("ordinary_rate")?,
            long_term_rate: self.decimals("long_term_rate")?,
            state_rate: self.decimals("state_rate")?,
            short_term_gains: self.decimals("short_term_gains")?,
            long_term_gains: self.decimals("long_term_gains")?,
            short_term_carried: self.decimals("short_term_carried")?,
            long_term_carried: self.decimals("long_term_carried")?,
            tax_treatment: self.texts("tax_treatment")?,
            basis_method: self.texts("basis_method")?,
            model: self.texts("model")?,
            currency: self.texts("currency")?,
            cash: self.decimals("cash")?,
            cash_minimum: self.decimals("cash_minimum")?,
            flow: self.decimals("flow")?,
            last_rebalance: self.dates("last_rebalance")?,
            last_review: self.dates("last_review")?,
            menu,
            menus,
            has_menu,
            lots: self.lots(symbol)?,
            lots_of: if is_flat { Offsets((0..=self.rows()).collect()) } else { lots_of },
            loss_sold: self.dates_of("loss_sales.sold", loss_symbol.len())?,
            loss_symbol,
            loss_sales_of,
        })
    }

    fn rows(&self) -> usize {
        usize::try_from(self.reader.metadata().file_metadata().num_rows()).unwrap_or(0)
    }

    fn check_version(&self) -> Result<(), Refusal> {
        let pairs = self.reader.metadata().file_metadata().key_value_metadata();
        let said = pairs.and_then(|pairs| pairs.iter().find(|pair| pair.key == SCHEMA_VERSION_KEY)?.value.as_deref());
        if said.is_none_or(|said| said == SCHEMA_VERSION.to_string()) {
            return Ok(());
        }
        let said = said.unwrap_or_default();
        let message = format!("{} has the schema version {said}, and this program reads {SCHEMA_VERSION}", self.file);
        Err(Refusal::Told(Box::new(Diagnostic::error(Code::SCHEMA_VERSION, message).help("write the shard anew, or use a newer program"))))
    }

    /// Refuses what would take more memory than a run may.
    fn check_size(&self, is_flat: bool) -> Result<(), Refusal> {
        let lots = self.leaf("lots.symbol").map_or(0, |(index, _)| {
            let values = self.reader.metadata().row_groups().iter().filter_map(|group| group.columns().get(index));
            usize::try_from(values.map(ColumnChunkMetaData::num_values).sum::<i64>()).unwrap_or(usize::MAX)
        });
        let accounts = if is_flat { 0 } else { self.rows() };
        if accounts <= MAX_SHARD_ACCOUNTS && lots <= MAX_SHARD_LOTS {
            return Ok(());
        }
        let message = format!(
            "{} has {} rows and {lots} lots; a shard has at most {MAX_SHARD_ACCOUNTS} accounts and {MAX_SHARD_LOTS} lots",
            self.file,
            self.rows()
        );
        Err(refusal(message, "write it as several shards, each household whole in one of them"))
    }

    /// The place and description of a column in the file, by its path: `cash`, `lots.symbol`.
    fn leaf(&self, path: &str) -> Option<(usize, ColumnDescPtr)> {
        let field = field(path)?;
        let columns = self.reader.metadata().file_metadata().schema_descr().columns();
        let (index, column) = columns.iter().enumerate().find(|(_, column)| match column.path().parts() {
            [only] => only == field.name && field.place != Place::LossSale,
            [list, .., last] => list == field.place.list() && (field.place == Place::Menu || last == field.name),
            [] => false,
        })?;
        Some((index, column.clone()))
    }

    /// A column that is there; an error where it is needed and is not.
    fn find(&self, name: &str) -> Result<Option<(usize, ColumnDescPtr)>, Refusal> {
        let (found, field) = (self.leaf(name), field(name));
        if found.is_none() && field.is_some_and(|field| !field.optional) {
            let told = Diagnostic::error(Code::MISSING_COLUMN, format!("{} has no column `{name}`", self.file));
            return Err(Refusal::told(told.help("add it: docs/reference/books.md lists the columns")));
        }
        let lists = found.as_ref().map_or(0, |(_, column)| column.max_rep_level());
        let most = i16::from(field.is_some_and(|field| field.place != Place::Account));
        if lists > most {
            return Err(self.wrong_type(name, "is a list"));
        }
        self.check_compression(name, found.as_ref().map(|(index, _)| *index))?;
        Ok(found)
    }

    /// Refuses a column that is compressed as this program's reader does not read.
    fn check_compression(&self, name: &str, index: Option<usize>) -> Result<(), Refusal> {
        let chunks = self.reader.metadata().row_groups().iter().filter_map(|group| group.columns().get(index?));
        let mut unread = chunks
            .map(ColumnChunkMetaData::compression_codec)
            .filter(|codec| !matches!(codec, CompressionCodec::UNCOMPRESSED | CompressionCodec::SNAPPY | CompressionCodec::ZSTD));
        let Some(codec) = unread.next() else { return Ok(()) };
        let message = format!("{}: the column `{name}` is compressed by {codec}, which is not read", self.file);
        let told = Diagnostic::error(Code::UNREADABLE, message);
        Err(Refusal::told(told.help("write the shard with Snappy, Zstandard or without compression")))
    }

    fn wrong_type(&self, name: &str, problem: &str) -> Refusal {
        let expected = match field(name).map(|field| field.kind) {
            Some(Kind::Text) => "UTF-8 text",
            Some(Kind::Decimal) => "a decimal of at most nine places, and never a floating-point number",
            Some(Kind::Date) => "a date (DATE32)",
            _ => "whole numbers of 64 bits or UTF-8 text",
        };
        let told = Diagnostic::error(Code::NOT_A_VALUE, format!("{}: the column `{name}` {problem}", self.file));
        Refusal::told(told.help(format!("write it as {expected}")))
    }

    /// A column as it lies in the file.
    fn raw<T: DataType>(&self, index: usize, column: &ColumnDescPtr) -> Result<Raw<T::T>, ParquetError> {
        let mut raw = Raw {
            values: Vec::new(),
            definitions: Vec::new(),
            repetitions: Vec::new(),
            present: column.max_def_level(),
            entry: entry_level(self.reader.metadata().file_metadata().schema(), column.path().parts()),
        };
        for group in 0..self.reader.num_row_groups() {
            let mut reader = get_typed_column_reader::<T>(self.reader.get_row_group(group)?.get_column_reader(index)?);
            loop {
                let (records, ..) =
                    reader.read_records(READ_RECORDS, Some(&mut raw.definitions), Some(&mut raw.repetitions), &mut raw.values)?;
                if records == 0 {
                    break;
                }
            }
        }
        Ok(raw)
    }

    fn raw_texts(&self, name: &str) -> Result<Option<Raw<parquet::data_type::ByteArray>>, Refusal> {
        let Some((index, column)) = self.find(name)? else { return Ok(None) };
        if column.physical_type() != Physical::BYTE_ARRAY {
            return Err(self.wrong_type(name, "is not text"));
        }
        Ok(Some(self.raw::<ByteArrayType>(index, &column)?))
    }

    fn texts(&self, name: &str) -> Result<Texts, Refusal> {
        Ok(self.raw_texts(name)?.map_or_else(|| Column::absent(self.rows()), Raw::column))
    }

    fn dates(&self, name: &str) -> Result<Dates, Refusal> {
        let Some((index, column)) = self.find(name)? else { return Ok(Column::absent(self.rows())) };
        if column.physical_type() != Physical::INT32 || column.converted_type() != ConvertedType::DATE {
            return Err(self.wrong_type(name, "is not a date"));
        }
        Ok(self.raw::<Int32Type>(index, &column)?.column())
    }

    /// Dates of a list, which may be left out.
    fn dates_of(&self, path: &str, entries: usize) -> Result<Dates, Refusal> {
        if self.leaf(path).is_some() { self.dates(path) } else { Ok(Column::absent(entries)) }
    }

    fn decimals(&self, name: &str) -> Result<Decimals, Refusal> {
        let Some((index, column)) = self.find(name)? else { return Ok(Column::absent(self.rows())) };
        let is_decimal =
            column.converted_type() == ConvertedType::DECIMAL || matches!(column.logical_type_ref(), Some(LogicalType::Decimal { .. }));
        let places = u32::try_from(column.type_scale()).ok().filter(|places| is_decimal && *places <= PLACES);
        let Some(factor) = places.map(|places| 10_i128.pow(PLACES - places)) else {
            return Err(self.wrong_type(name, "is not an exact decimal of at most nine places"));
        };
        Ok(match column.physical_type() {
            Physical::INT32 => self.raw::<Int32Type>(index, &column)?.column().map(|value| i128::from(value) * factor),
            Physical::INT64 => self.raw::<Int64Type>(index, &column)?.column().map(|value| i128::from(value) * factor),
            Physical::FIXED_LEN_BYTE_ARRAY => {
                self.raw::<FixedLenByteArrayType>(index, &column)?.column().map(|value| big_endian(value.data(), factor))
            }
            Physical::BYTE_ARRAY => self.raw::<ByteArrayType>(index, &column)?.column().map(|value| big_endian(value.data(), factor)),
            _ => return Err(self.wrong_type(name, "is not an exact decimal")),
        })
    }

    fn menus(&self) -> Result<(Texts, Offsets, Vec<bool>), Refusal> {
        let Some(raw) = self.raw_texts("menu")? else {
            return Ok((Column::absent(0), Offsets::default(), vec![false; self.rows()]));
        };
        if raw.entry == 0 {
            return Err(self.wrong_type("menu", "is not a list"));
        }
        let rows = raw.definitions.iter().zip(&raw.repetitions).filter(|(_, repetition)| **repetition == 0);
        // Where the list may be null, level 0 says that it is; where it may not, every account has a menu.
        let has_menu = rows.map(|(definition, _)| *definition > 0 || raw.entry == 1).collect();
        let offsets = raw.offsets();
        Ok((raw.column(), offsets, has_menu))
    }

    /// Symbols as instruments; those of one instrument stand together, so that most are looked up once.
    fn symbols(&self, path: &str, universe: &Universe) -> Result<(Vec<Symbol>, Offsets), Refusal> {
        let Some(raw) = self.raw_texts(path)? else { return Ok((Vec::new(), Offsets::default())) };
        let offsets = raw.offsets();
        let texts = raw.column();
        let mut last: Option<(&[u8], InstrumentId)> = None;
        let symbols = (0..texts.len()).map(|lot| {
            let Some(bytes) = texts.get(lot).map(parquet::data_type::ByteArray::data) else { return Symbol::Absent };
            if let Some((_, id)) = last.filter(|(known, _)| *known == bytes) {
                return Symbol::Known(id);
            }
            match std::str::from_utf8(bytes).ok().and_then(|symbol| universe.find(symbol)) {
                Some(id) => {
                    last = Some((bytes, id));
                    Symbol::Known(id)
                }
                None => Symbol::Unknown(String::from_utf8_lossy(bytes).into_owned()),
            }
        });
        Ok((symbols.collect(), offsets))
    }

    fn lots(&self, symbol: Vec<Symbol>) -> Result<Lots, Refusal> {
        let many = symbol.len();
        let lots = Lots {
            lot: self.lot_names()?,
            quantity: self.decimals("lots.quantity")?,
            cost_basis: if self.leaf("lots.cost_basis").is_some() { self.decimals("lots.cost_basis")? } else { Column::absent(many) },
            acquired: self.dates_of("lots.acquired", many)?,
            held_since: self.dates_of("lots.held_since", many)?,
            symbol,
        };
        let lengths = [lots.lot.len(), lots.quantity.len(), lots.cost_basis.len(), lots.acquired.len(), lots.held_since.len()];
        if lengths.iter().any(|length| *length != many) {
            let message = format!("{}: the columns of lots do not have the same number of entries", self.file);
            return Err(refusal(message, "write the shard again"));
        }
        Ok(lots)
    }

    fn lot_names(&self) -> Result<LotNames, Refusal> {
        let Some((index, column)) = self.find("lots.lot")? else { return Err(self.wrong_type("lots.lot", "is missing")) };
        match column.physical_type() {
            Physical::INT64 => Ok(LotNames::Numbers(self.raw::<Int64Type>(index, &column)?.column())),
            Physical::INT32 => Ok(LotNames::Numbers(self.raw::<Int32Type>(index, &column)?.column().map(i64::from))),
            Physical::BYTE_ARRAY => Ok(LotNames::Texts(self.raw::<ByteArrayType>(index, &column)?.column())),
            _ => Err(self.wrong_type("lots.lot", "is neither a number nor text")),
        }
    }
}

fn refusal(message: String, help: &str) -> Refusal {
    Refusal::Told(Box::new(Diagnostic::error(Code::BOOK, message).help(help)))
}

/// Places of a decimal.
const PLACES: u32 = 9;

/// Rows asked for at once: all of a page come together anyway.
const READ_RECORDS: usize = 1 << 16;

/// A column by its path.
fn field(path: &str) -> Option<&'static Field> {
    let (list, name) = path.split_once('.').unwrap_or(("", path));
    FIELDS.iter().find(|field| field.name == name && (field.place.list() == list || field.place == Place::Menu))
}

/// The definition level of an entry of the list in which a column stands; 0 outside of lists.
fn entry_level(schema: &Type, path: &[String]) -> i16 {
    let (mut level, mut entry, mut at) = (0, 0, schema);
    for name in path {
        let Some(next) = at.get_fields().iter().find(|field| field.name() == name) else { break };
        match next.get_basic_info().repetition() {
            Repetition::REQUIRED => {}
            Repetition::OPTIONAL => level += 1,
            Repetition::REPEATED => {
                level += 1;
                entry = level;
            }
        }
        if next.is_primitive() {
            break;
        }
        at = next;
    }
    entry
}

/// A number of two's complement, the highest byte first; beyond 128 bits the largest there is, which no decimal can be.
fn big_endian(bytes: &[u8], factor: i128) -> i128 {
    let sign = if bytes.first().is_some_and(|first| *first >= 0x80) { -1 } else { 0 };
    if bytes.len() > 16 {
        return i128::MAX;
    }
    let value = bytes.iter().fold(sign, |value: i128, byte| (value << 8) | i128::from(*byte));
    value.checked_mul(factor).unwrap_or(i128::MAX)
}
