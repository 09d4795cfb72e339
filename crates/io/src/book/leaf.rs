//! [`Leaf`]: one column of a Parquet file as it is filled, and the file made of them.

use std::sync::Arc;

use bytes::Bytes;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::Decimal;
use parquet::basic::{Compression, Type as Physical, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, FixedLenByteArray, FixedLenByteArrayType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::SchemaDescriptor;

/// Where a value stands in nested rows: its repetition level, and the definition level of a value that is there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Level {
    pub(crate) repetition: i16,
    pub(crate) definition: i16,
}

impl Level {
    /// A column outside of all lists that has a value in every row.
    pub(crate) const REQUIRED: Self = Self { repetition: 0, definition: 0 };
    /// A column outside of all lists that may have none.
    pub(crate) const OPTIONAL: Self = Self { repetition: 0, definition: 1 };

    /// The same place in a column that may have no value.
    pub(crate) const fn optional(self) -> Self {
        Self { definition: self.definition + 1, ..self }
    }
}

/// The values of a column, those that are there.
#[derive(Debug)]
enum Values {
    /// All texts in one buffer, and where each ends.
    Text(Vec<u8>, Vec<usize>),
    Decimal(Vec<i128>),
    Date(Vec<i32>),
    Whole(Vec<i64>),
    Number(Vec<f64>),
    Flag(Vec<bool>),
}

/// One column of a Parquet file as it is filled.
#[derive(Debug)]
pub(crate) struct Leaf {
    values: Values,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
    /// Where the row begins that is being filled: in levels, values and bytes.
    row: (usize, usize, usize),
    /// Whether values come again so often that a dictionary of them pays.
    repeats: bool,
}

impl Leaf {
    const fn new(values: Values) -> Self {
        Self { values, definitions: Vec::new(), repetitions: Vec::new(), row: (0, 0, 0), repeats: false }
    }

    /// Names, of which there are few.
    pub(crate) fn names() -> Self {
        Self { repeats: true, ..Self::texts() }
    }

    /// Texts of which hardly any comes twice.
    pub(crate) const fn texts() -> Self {
        Self::new(Values::Text(Vec::new(), Vec::new()))
    }

    pub(crate) const fn decimals() -> Self {
        Self::new(Values::Decimal(Vec::new()))
    }

    pub(crate) fn dates() -> Self {
        Self { repeats: true, ..Self::new(Values::Date(Vec::new())) }
    }

    pub(crate) const fn wholes() -> Self {
        Self::new(Values::Whole(Vec::new()))
    }

    pub(crate) const fn numbers() -> Self {
        Self::new(Values::Number(Vec::new()))
    }

    pub(crate) const fn flags() -> Self {
        Self::new(Values::Flag(Vec::new()))
    }

    /// Says that nothing stands at a place, and down to which level there is something.
    pub(crate) fn absent(&mut self, level: Level) {
        self.repetitions.push(level.repetition);
        self.definitions.push(level.definition);
    }

    pub(crate) fn text(&mut self, level: Level, text: &str) {
        self.bytes(level, text.as_bytes());
    }

    /// Bytes that are no text.
    pub(crate) fn bytes(&mut self, level: Level, text: &[u8]) {
        self.absent(level);
        if let Values::Text(bytes, ends) = &mut self.values {
            bytes.extend_from_slice(text);
            ends.push(bytes.len());
        }
    }

    pub(crate) fn decimal(&mut self, level: Level, value: Decimal) {
        self.absent(level);
        if let Values::Decimal(values) = &mut self.values {
            values.push(value.raw());
        }
    }

    pub(crate) fn date(&mut self, level: Level, value: Date) {
        self.absent(level);
        if let Values::Date(values) = &mut self.values {
            values.push(value.ordinal());
        }
    }

    pub(crate) fn whole(&mut self, level: Level, value: i64) {
        self.absent(level);
        if let Values::Whole(values) = &mut self.values {
            values.push(value);
        }
    }

    pub(crate) fn number(&mut self, level: Level, value: f64) {
        self.absent(level);
        if let Values::Number(values) = &mut self.values {
            values.push(value);
        }
    }

    pub(crate) fn flag(&mut self, level: Level, value: bool) {
        self.absent(level);
        if let Values::Flag(values) = &mut self.values {
            values.push(value);
        }
    }

    /// A value where there is one; `level` is that of a value that is there.
    pub(crate) fn maybe<T>(&mut self, level: Level, value: Option<T>, push: impl FnOnce(&mut Self, Level, T)) {
        match value {
            Some(value) => push(self, level, value),
            None => self.absent(Level { definition: level.definition - 1, ..level }),
        }
    }

    /// Adds the row that was filled to its bytes, and begins the next.
    pub(crate) fn end_row(&mut self, row: &mut Vec<u8>) {
        let (levels, values, bytes) = self.row;
        for level in self.definitions.iter().skip(levels).chain(self.repetitions.iter().skip(levels)) {
            row.push(u8::try_from(*level).unwrap_or(u8::MAX));
        }
        let length = match &self.values {
            Values::Text(text, ends) => {
                row.extend(ends.iter().skip(values).flat_map(|end| (end - bytes).to_le_bytes()));
                row.extend_from_slice(text.get(bytes..).unwrap_or_default());
                ends.len()
            }
            Values::Decimal(held) => add(row, held, values, |value| value.to_le_bytes()),
            Values::Date(held) => add(row, held, values, |value| value.to_le_bytes()),
            Values::Whole(held) => add(row, held, values, |value| value.to_le_bytes()),
            Values::Number(held) => add(row, held, values, |value| value.to_le_bytes()),
            Values::Flag(held) => add(row, held, values, |value| [u8::from(*value)]),
        };
        let bytes = if let Values::Text(text, _) = &self.values { text.len() } else { 0 };
        self.row = (self.definitions.len(), length, bytes);
    }

    fn write(&self, writer: &mut SerializedColumnWriter<'_>, physical: Physical) -> Result<(), ParquetError> {
        let levels = (Some(&self.definitions[..]), Some(&self.repetitions[..]));
        match &self.values {
            Values::Text(bytes, ends) => {
                let (bytes, starts) = (Bytes::copy_from_slice(bytes), std::iter::once(0).chain(ends.iter().copied()));
                let texts: Vec<ByteArray> = starts.zip(ends).map(|(start, end)| ByteArray::from(bytes.slice(start..*end))).collect();
                writer.typed::<ByteArrayType>().write_batch(&texts, levels.0, levels.1)?;
            }
            Values::Decimal(values) if physical == Physical::INT64 => {
                let narrow = values.iter().map(|value| i64::try_from(*value));
                let narrow: Vec<i64> = narrow.collect::<Result<_, _>>().map_err(|error| ParquetError::General(error.to_string()))?;
                writer.typed::<Int64Type>().write_batch(&narrow, levels.0, levels.1)?;
            }
            Values::Decimal(values) => {
                let bytes = Bytes::from(values.iter().flat_map(|value| value.to_be_bytes()).collect::<Vec<u8>>());
                let wide =
                    (0..values.len()).map(|index| FixedLenByteArray::from(ByteArray::from(bytes.slice(16 * index..16 * (index + 1)))));
                writer.typed::<FixedLenByteArrayType>().write_batch(&wide.collect::<Vec<_>>(), levels.0, levels.1)?;
            }
            Values::Date(values) => {
                writer.typed::<Int32Type>().write_batch(values, levels.0, levels.1)?;
            }
            Values::Whole(values) => {
                writer.typed::<Int64Type>().write_batch(values, levels.0, levels.1)?;
            }
            Values::Number(values) => {
                writer.typed::<DoubleType>().write_batch(values, levels.0, levels.1)?;
            }
            Values::Flag(values) => {
                writer.typed::<BoolType>().write_batch(values, levels.0, levels.1)?;
            }
        }
        Ok(())
    }
}

/// Adds the values of a row to its bytes; gives how many there are in all.
fn add<T, const N: usize>(row: &mut Vec<u8>, values: &[T], from: usize, bytes: impl Fn(&T) -> [u8; N]) -> usize {
    row.extend(values.iter().skip(from).flat_map(bytes));
    values.len()
}

/// A Parquet file of one row group: the columns in the order of the schema.
///
/// The same columns give the same bytes.
pub(crate) fn write(schema: &str, version: u32, leaves: &[&Leaf]) -> Result<Vec<u8>, ParquetError> {
    let schema = Arc::new(parse_message_type(schema)?);
    let said = KeyValue::new(SCHEMA_VERSION_KEY.to_owned(), version.to_string());
    let mut properties = WriterProperties::builder();
    for (column, leaf) in SchemaDescriptor::new(schema.clone()).columns().iter().zip(leaves) {
        properties = properties.set_column_dictionary_enabled(column.path().clone(), leaf.repeats);
    }
    let properties = properties
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_statistics_enabled(EnabledStatistics::None)
        .set_created_by("evenkeel".to_owned())
        .set_key_value_metadata(Some(vec![said]))
        .build();
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties))?;
    let physical: Vec<Physical> = writer.schema_descr().columns().iter().map(|column| column.physical_type()).collect();
    let mut group = writer.next_row_group()?;
    let mut physical = physical.into_iter();
    for leaf in leaves {
        let Some((mut column, physical)) = group.next_column()?.zip(physical.next()) else {
            return Err(ParquetError::General("more columns than the schema has".to_owned()));
        };
        leaf.write(&mut column, physical)?;
        column.close()?;
    }
    group.close()?;
    writer.into_inner()
}

/// The key under which a file's metadata says the version of its schema.
pub(crate) const SCHEMA_VERSION_KEY: &str = "evenkeel.schema_version";
