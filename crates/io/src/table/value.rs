//! Reading one value as what it is meant to be.

use evenkeel::diagnostic::Code;
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::{Currency, Decimal, NumberError};

use crate::mapping::Mapping;

/// Why a value cannot be: completes the sentence "`column` is `value`, which …".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// The kind of defect.
    pub code: Code,
    /// What is wrong.
    pub problem: String,
    /// The change that would make it right.
    pub help: String,
}

impl Reject {
    /// Of some kind, with the problem and the remedy.
    pub fn new(code: Code, problem: impl Into<String>, help: impl Into<String>) -> Self {
        Self { code, problem: problem.into(), help: help.into() }
    }

    /// Of another type than the column takes.
    pub fn not_a_value(problem: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(Code::NOT_A_VALUE, problem, help)
    }

    /// Outside what the column allows.
    pub fn range(problem: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(Code::VALUE_RANGE, problem, help)
    }
}

/// A plain decimal number, or as the mapping says.
pub(super) fn decimal(text: &str, mapping: Option<&Mapping>) -> Result<Decimal, Reject> {
    let parsed = match mapping {
        Some(mapping) => mapping.decimal(text),
        None => text.parse(),
    };
    parsed.map_err(|error| match error {
        NumberError::TooPrecise(_) => Reject::range(
            "has more than nine digits after the point and cannot be kept exactly",
            "round it to nine digits, or set `round_to_nine_digits = true` in a mapping file",
        ),
        NumberError::Overflow => Reject::range("has more than 38 digits", "check the number and its unit"),
        _ => Reject::not_a_value(
            "is not a decimal number",
            "write digits with an optional sign and point, such as -1234.56, without grouping, percent sign or currency",
        ),
    })
}

/// A finite number, of which 15 digits count.
pub(super) fn number(text: &str, mapping: Option<&Mapping>) -> Result<f64, Reject> {
    let written = mapping.map_or(std::borrow::Cow::Borrowed(text), |mapping| mapping.plain_number(text));
    // `parse` knows words such as `nan` and `infinity`; a number here has digits.
    let is_word = written.bytes().any(|byte| byte.is_ascii_alphabetic() && !matches!(byte, b'e' | b'E'));
    match written.parse::<f64>() {
        Ok(number) if number.is_finite() && !is_word => Ok(number),
        _ => Err(Reject::not_a_value(
            "is not a finite number",
            "write a number such as -0.0125, or leave the field empty where it is missing",
        )),
    }
}

/// A date as `YYYY-MM-DD`, or as the mapping says.
pub(super) fn date(text: &str, mapping: Option<&Mapping>) -> Result<Date, Reject> {
    match mapping.map(|mapping| &mapping.date_format) {
        Some(format) => format.parse(text).ok_or_else(|| {
            Reject::not_a_value(
                format!("is not a date written as {format}"),
                format!("write it as {format}, or state `date_format` in the mapping file"),
            )
        }),
        None => text.parse().map_err(|_| Reject::not_a_value("is not a date", "write it as YYYY-MM-DD, such as 2026-06-30")),
    }
}

/// A currency code.
pub(crate) fn currency(text: &str) -> Result<Currency, Reject> {
    text.parse().map_err(|_| Reject::not_a_value("is not a currency code", "write three capital letters, such as USD"))
}

/// A class path.
pub(crate) fn class(text: &str) -> Result<ClassPath, Reject> {
    ClassPath::new(text).map_err(|_| Reject::not_a_value("is not a class path", "write names parted by `/`, such as Equity/US"))
}
