//! [`Mapping`]: how the headers, dates and signs of a foreign file become those of a neutral one.

use std::borrow::Cow;
use std::collections::BTreeMap;

use evenkeel::diagnostic::{Code, Diagnostic, SourceText};
use evenkeel::document::{self, Key, Parsed, Table, Value};
use evenkeel_ledger::number::{Decimal, NumberError, Rounding};

mod date_format;

pub use date_format::{DateFormat, DateFormatError};

/// How a foreign file becomes a neutral one.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    /// What parts the fields.
    pub delimiter: u8,
    /// How dates are written.
    pub date_format: DateFormat,
    /// Whether the decimal mark is a comma; points then group thousands.
    pub decimal_comma: bool,
    /// Whether digits beyond the ninth after the point are rounded half to even.
    pub round_to_nine_digits: bool,
    /// Whether columns that are not mapped are left out, or are errors.
    pub ignore_other_columns: bool,
    /// Texts that mean that a value is missing, such as `n/a`.
    pub missing_values: Vec<String>,
    /// Series of a wide file, each with the foreign column that holds it.
    pub series: Vec<(String, String)>,
    /// What comment lines before the header would say.
    pub directives: Vec<(String, String)>,
    /// By neutral column.
    pub columns: Vec<ColumnMapping>,
}

/// Where one neutral column comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnMapping {
    /// The neutral column.
    pub column: String,
    /// Where its text comes from.
    pub origin: Origin,
    /// Foreign values and what they become.
    pub values: BTreeMap<String, String>,
    /// Whether rows with a value that `values` does not list are left out.
    pub skip_other_values: bool,
    /// Multiplies numbers: 0.01 for percent, −1 for the other sign.
    pub scale: Decimal,
    /// The neutral column that the sign of this one gives; the magnitude is what stays.
    pub sign: Option<SignRule>,
}

/// Where a column's text comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A foreign column.
    Column(String),
    /// The same text in every row.
    Constant(String),
}

/// What the sign of a number means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignRule {
    /// The neutral column that it gives.
    pub gives: String,
    /// Its text where the number is zero or above.
    pub positive: String,
    /// Its text where the number is below zero.
    pub negative: String,
}

impl Mapping {
    /// Reads a mapping file.
    pub fn read(source: SourceText<'_>) -> Parsed<Self> {
        document::read(source, |root| Some(read_mapping(root)))
    }

    /// The keys of a mapping file, in Markdown.
    pub fn reference() -> String {
        document::reference(|root| Some(read_mapping(root))).to_markdown()
    }

    /// Where a neutral column comes from, if the mapping says.
    pub fn column(&self, column: &str) -> Option<&ColumnMapping> {
        self.columns.iter().find(|mapped| mapped.column == column)
    }

    /// Whether a text means that the value is missing.
    pub(crate) fn is_missing(&self, text: &str) -> bool {
        self.missing_values.iter().any(|missing| missing == text)
    }

    /// What a comment line before the header would say.
    pub fn directive(&self, key: &str) -> Option<&str> {
        self.directives.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// Number text with a point as the decimal mark and no grouping.
    pub(crate) fn plain_number<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.decimal_comma { Cow::Owned(text.replace('.', "").replace(',', ".")) } else { Cow::Borrowed(text) }
    }

    /// A decimal number as this file writes it.
    pub(crate) fn decimal(&self, text: &str) -> Result<Decimal, NumberError> {
        let plain = self.plain_number(text);
        match plain.parse::<Decimal>() {
            Err(NumberError::TooPrecise(_)) if self.round_to_nine_digits => rounded(&plain),
            parsed => parsed,
        }
    }
}

/// A decimal number whose digits beyond the ninth after the point are rounded half to even.
fn rounded(text: &str) -> Result<Decimal, NumberError> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let (kept, dropped) = fraction.split_at_checked(9).unwrap_or((fraction, ""));
    let truncated: Decimal = format!("{whole}.{kept}").parse()?;
    // Half a step and the digits that follow decide; nine further digits tell a tie from its neighbors
    // only if none beyond them counts.
    let (near, beyond) = dropped.split_at_checked(8).unwrap_or((dropped, ""));
    let sticky = if beyond.bytes().any(|digit| digit != b'0') { "1" } else { "0" };
    let rest: Decimal = format!("0.{near:0<8}{sticky}").parse()?;
    let step = rest.round_to(0, Rounding::HalfEven)?;
    let half = "0.5".parse::<Decimal>()?;
    let odd = truncated.raw() % 2 != 0;
    let away = if rest == half { odd } else { step == Decimal::ONE };
    match (away, text.starts_with('-')) {
        (false, _) => Ok(truncated),
        (true, false) => truncated.try_add(Decimal::STEP),
        (true, true) => truncated.try_sub(Decimal::STEP),
    }
}

fn read_mapping(root: &Table<'_>) -> Mapping {
    root.schema_version(1);
    let delimiters = [(",", b','), (";", b';'), ("tab", b'\t'), ("|", b'|')];
    let delimiter = root.key("delimiter", "What parts the fields.").one_of(&delimiters).or_else("\",\"", || b',');
    let date_format = root
        .key("date_format", "How dates are written: `YYYY`, `MM`, `DD`; `hh`, `mm`, `ss` are dropped.")
        .parsed("a date pattern such as `DD/MM/YYYY`")
        .or_else("\"YYYY-MM-DD\"", DateFormat::default);
    let decimal_comma = root.key("decimal_comma", "Whether the decimal mark is a comma; points then group thousands.").flag().or(false);
    let round_to_nine_digits =
        root.key("round_to_nine_digits", "Whether digits beyond the ninth after the point are rounded half to even.").flag().or(false);
    let ignore_other_columns =
        root.key("ignore_other_columns", "Whether columns that are not mapped are left out; otherwise they are errors.").flag().or(false);
    let missing_values = root.key("missing_values", "Texts that mean that a value is missing.").texts().optional().unwrap_or_default();
    let series = root
        .key("series", "For each series of a wide file, the foreign column that holds it: `vix = \"CLOSE\"`.")
        .entries("table of texts", |name, value| Some((name.to_owned(), value.text()?)))
        .optional()
        .unwrap_or_default();
    let directives = root
        .key("directives", "What comment lines before the header would say, such as `kind = \"raw\"`.")
        .entries("table of texts", |name, value| Some((name.to_owned(), value.text()?)))
        .optional()
        .unwrap_or_default();
    let columns = root
        .key(
            "columns",
            "For each neutral column, a table with `from` or `constant`, and optionally `values`, `skip_other_values`, `scale`, `sign`.",
        )
        .entries("table of tables", |name, value| value.table(&format!("columns.{name}"), |table| read_column(name, table)).flatten())
        .optional()
        .unwrap_or_default();
    Mapping {
        delimiter,
        date_format,
        decimal_comma,
        round_to_nine_digits,
        ignore_other_columns,
        missing_values,
        series,
        directives,
        columns,
    }
}

fn read_column(name: &str, table: &Table<'_>) -> Option<ColumnMapping> {
    table.at_most_one_of(&["from", "constant"]);
    let from = table.key("from", "The foreign column.").text().optional();
    let constant = table.key("constant", "The same text for every row.").text().optional();
    let texts =
        |key: Key<'_, '_>| key.entries("table of texts", |name, value: Value<'_>| Some((name.to_owned(), value.text()?))).optional();
    let values = texts(table.key("values", "Foreign values and what they become.")).unwrap_or_default();
    let skip_other_values =
        table.key("skip_other_values", "Whether rows with a value that `values` does not list are left out.").flag().or(false);
    let scale = table.key("scale", "Multiplies numbers: 0.01 for percent, -1 for the other sign.").decimal().or(Decimal::ONE);
    let sign = table.optional_table("sign", "What the sign of the number means; the magnitude is what stays.", |sign| {
        let gives = sign.key("gives", "The neutral column that the sign gives.").text().required();
        let positive = sign.key("positive", "Its text where the number is zero or above.").text().required();
        let negative = sign.key("negative", "Its text where the number is below zero.").text().required();
        Some(SignRule { gives: gives?, positive: positive?, negative: negative? })
    });
    let origin = match (from, constant) {
        (Some(from), _) => Origin::Column(from),
        (None, Some(constant)) => Origin::Constant(constant),
        (None, None) => {
            if !table.has("from") && !table.has("constant") {
                let message = format!("the column `{name}` has no origin");
                table.report(
                    Diagnostic::error(Code::MISSING_KEY, message).help("add `from = …` with the foreign column, or `constant = …`"),
                );
            }
            return None;
        }
    };
    Some(ColumnMapping {
        column: name.to_owned(),
        origin,
        values: values.into_iter().collect(),
        skip_other_values,
        scale,
        sign: sign.flatten(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_the_tenth_digit_half_to_even() {
        let cases = [
            ("1.0000000005", "1"),
            ("1.0000000015", "1.000000002"),
            ("1.00000000050000000001", "1.000000001"),
            ("-1.0000000006", "-1.000000001"),
            ("-0.0000000015", "-0.000000002"),
            ("1.00000000049999999999", "1"),
            ("237.20831298828125", "237.208312988"),
        ];
        for (text, expected) in cases {
            assert_eq!(rounded(text).unwrap().to_string(), expected, "{text}");
        }
        assert!(rounded("1.00000000x000").is_err());
        assert!(rounded("1.0000000005x").is_err());
    }
}
