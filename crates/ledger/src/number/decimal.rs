//! [`Decimal`]: a whole number of billionths.

use std::fmt;
use std::str::FromStr;

use ethnum::I256;

use super::Currency;

/// Digits after the decimal point that every exact number keeps.
const PLACES: u32 = 9;
/// The raw value of one.
const ONE_RAW: i128 = 1_000_000_000;
/// Largest magnitude: 38 decimal digits, so that every value fits Arrow's `Decimal128(38, 9)`.
const MAX_RAW: i128 = 99_999_999_999_999_999_999_999_999_999_999_999_999;

/// How a result that falls between two representable values is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rounding {
    /// To the nearest, ties to the even digit (banker's rounding).
    HalfEven,
    /// To the nearest, ties away from zero (commercial rounding).
    HalfUp,
    /// Toward zero (truncation).
    TowardZero,
    /// Away from zero.
    AwayFromZero,
    /// Toward negative infinity.
    Floor,
    /// Toward positive infinity.
    Ceiling,
}

/// Why an exact computation or a parse had no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// The result has more than 38 digits.
    #[error("the result is larger than 38 decimal digits can hold")]
    Overflow,
    /// The divisor was zero.
    #[error("division by zero")]
    DivisionByZero,
    /// Two amounts of money of different currencies were combined.
    #[error("cannot combine {left} with {right}: convert one of them first")]
    CurrencyMismatch {
        /// Currency of the left operand.
        left: Currency,
        /// Currency of the right operand.
        right: Currency,
    },
    /// The text is not a plain decimal number.
    #[error("`{0}` is not a decimal number (expected digits with an optional sign and point, such as -1234.56)")]
    NotANumber(String),
    /// The text has more than nine digits after the point, so it cannot be kept exactly.
    #[error("`{0}` has more than 9 digits after the decimal point and cannot be kept exactly")]
    TooPrecise(String),
    /// The text is not a currency code.
    #[error("`{0}` is not a currency code (expected three capital letters, such as USD)")]
    NotACurrency(String),
}

/// An exact decimal number: an integer count of 10⁻⁹, of at most 38 digits.
///
/// ```
/// use evenkeel_ledger::number::{Decimal, Rounding};
/// let third = "1".parse::<Decimal>()?.div("3".parse()?, Rounding::HalfEven)?;
/// assert_eq!(third.to_string(), "0.333333333");
/// # Ok::<(), evenkeel_ledger::number::NumberError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Decimal(i128);

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self(0);
    /// One.
    pub const ONE: Self = Self(ONE_RAW);
    /// The smallest step between two values, 10⁻⁹.
    pub const STEP: Self = Self(1);

    /// The number of 10⁻⁹ steps in this value.
    pub const fn raw(self) -> i128 {
        self.0
    }

    /// The value of so many 10⁻⁹ steps.
    pub const fn from_raw(raw: i128) -> Result<Self, NumberError> {
        if raw > MAX_RAW || raw < -MAX_RAW {
            return Err(NumberError::Overflow);
        }
        Ok(Self(raw))
    }

    /// A whole number.
    pub fn from_int(value: i64) -> Self {
        // An i64 times 10⁹ has at most 28 digits.
        Self(i128::from(value).saturating_mul(ONE_RAW))
    }

    /// Whether this is zero.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether this is below zero.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Whether this is above zero.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// The magnitude.
    #[must_use]
    pub const fn abs(self) -> Self {
        Self(self.0.saturating_abs())
    }

    /// The value with the other sign.
    #[must_use]
    pub const fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }

    /// `self + other`.
    pub fn try_add(self, other: Self) -> Result<Self, NumberError> {
        self.0.checked_add(other.0).ok_or(NumberError::Overflow).and_then(Self::from_raw)
    }

    /// `self − other`.
    pub fn try_sub(self, other: Self) -> Result<Self, NumberError> {
        self.0.checked_sub(other.0).ok_or(NumberError::Overflow).and_then(Self::from_raw)
    }

    /// `self × other`, rounded to nine places.
    pub fn mul(self, other: Self, rounding: Rounding) -> Result<Self, NumberError> {
        mul_div(self.0, other.0, ONE_RAW, rounding).map(Self)
    }

    /// `self ÷ other`, rounded to nine places.
    pub fn div(self, other: Self, rounding: Rounding) -> Result<Self, NumberError> {
        mul_div(self.0, ONE_RAW, other.0, rounding).map(Self)
    }

    /// `self × numerator ÷ denominator` with a single rounding: the pro-rata share.
    pub fn pro_rata(self, numerator: Self, denominator: Self, rounding: Rounding) -> Result<Self, NumberError> {
        mul_div(self.0, numerator.0, denominator.0, rounding).map(Self)
    }

    /// Rounded to so many digits after the point (nine or more leave it as it is).
    pub fn round_to(self, places: u32, rounding: Rounding) -> Result<Self, NumberError> {
        match PLACES.checked_sub(places) {
            None | Some(0) => Ok(self),
            Some(dropped) => self.round_to_multiple(Self(10_i128.saturating_pow(dropped)), rounding),
        }
    }

    /// Rounded to a whole multiple of `step`, such as a lot size.
    pub fn round_to_multiple(self, step: Self, rounding: Rounding) -> Result<Self, NumberError> {
        let multiples = divide(self.0, step.0, rounding)?;
        multiples.checked_mul(step.0).ok_or(NumberError::Overflow).and_then(Self::from_raw)
    }

    /// Whether this is a whole multiple of `step`; nothing but zero is a multiple of zero.
    pub fn is_multiple_of(self, step: Self) -> bool {
        self.0.checked_rem(step.0).map_or(self.0 == 0, |remainder| remainder == 0)
    }
}

/// `a × b ÷ c` with one rounding and a 256-bit intermediate where one is needed.
fn mul_div(a: i128, b: i128, c: i128, rounding: Rounding) -> Result<i128, NumberError> {
    if b == c && c != 0 {
        return Ok(a);
    }
    let quotient = match a.checked_mul(b) {
        Some(product) => divide(product, c, rounding)?,
        None => divide_wide(I256::from(a).saturating_mul(I256::from(b)), I256::from(c), rounding)?,
    };
    Decimal::from_raw(quotient).map(Decimal::raw)
}

/// `n ÷ d`, rounded to an integer.
fn divide(n: i128, d: i128, rounding: Rounding) -> Result<i128, NumberError> {
    if d == 0 {
        return Err(NumberError::DivisionByZero);
    }
    // A 64-bit division is several times faster than a 128-bit one, and many amounts fit.
    let quotient = match (i64::try_from(n), i64::try_from(d)) {
        (Ok(n), Ok(d)) if d != -1 => n.checked_div(d).map(i128::from),
        _ => n.checked_div(d),
    }
    .ok_or(NumberError::Overflow)?;
    // The product is at most n, so this is the remainder without dividing once more.
    let remainder = n.wrapping_sub(quotient.wrapping_mul(d));
    let negative = (n < 0) != (d < 0);
    let away = rounds_away(remainder.unsigned_abs(), d.unsigned_abs(), negative, quotient & 1 == 1, rounding);
    step_away(quotient, away, negative)
}

/// As [`divide`], for a numerator of more than 128 bits.
fn divide_wide(n: I256, d: I256, rounding: Rounding) -> Result<i128, NumberError> {
    let quotient = n.checked_div(d).ok_or(NumberError::DivisionByZero)?;
    let remainder = n.checked_rem(d).ok_or(NumberError::DivisionByZero)?;
    let quotient = i128::try_from(quotient).map_err(|_| NumberError::Overflow)?;
    let negative = n.is_negative() != d.is_negative();
    // The remainder is smaller than the divisor, which came from an i128.
    let remainder = i128::try_from(remainder).map_err(|_| NumberError::Overflow)?;
    let divisor = i128::try_from(d).map_err(|_| NumberError::Overflow)?;
    let away = rounds_away(remainder.unsigned_abs(), divisor.unsigned_abs(), negative, quotient & 1 == 1, rounding);
    step_away(quotient, away, negative)
}

/// Whether a truncated quotient must move one step away from zero.
fn rounds_away(remainder: u128, divisor: u128, negative: bool, odd: bool, rounding: Rounding) -> bool {
    if remainder == 0 {
        return false;
    }
    let below_half = divisor.saturating_sub(remainder);
    match rounding {
        Rounding::TowardZero => false,
        Rounding::AwayFromZero => true,
        Rounding::Floor => negative,
        Rounding::Ceiling => !negative,
        Rounding::HalfUp => remainder >= below_half,
        Rounding::HalfEven => remainder > below_half || (remainder == below_half && odd),
    }
}

fn step_away(quotient: i128, away: bool, negative: bool) -> Result<i128, NumberError> {
    match (away, negative) {
        (false, _) => Some(quotient),
        (true, false) => quotient.checked_add(1),
        (true, true) => quotient.checked_sub(1),
    }
    .ok_or(NumberError::Overflow)
}

impl FromStr for Decimal {
    type Err = NumberError;

    /// Reads `-1234.5678`. Neither grouping, exponents nor surrounding space are accepted:
    /// they are where silent misreadings of money come from.
    fn from_str(text: &str) -> Result<Self, NumberError> {
        let not_a_number = || NumberError::NotANumber(text.to_owned());
        let (negative, unsigned) = match text.as_bytes() {
            [b'-', ..] => (true, text.get(1..).unwrap_or_default()),
            [b'+', ..] => (false, text.get(1..).unwrap_or_default()),
            _ => (false, text),
        };
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        if whole.is_empty() && fraction.is_empty() {
            return Err(not_a_number());
        }
        let mut raw: i128 = 0;
        for byte in whole.bytes() {
            raw = push_digit(raw, byte).ok_or_else(not_a_number)??;
        }
        let significant = fraction.trim_end_matches('0');
        if significant.len() > usize::try_from(PLACES).unwrap_or(usize::MAX) {
            return if fraction.bytes().all(|byte| byte.is_ascii_digit()) {
                Err(NumberError::TooPrecise(text.to_owned()))
            } else {
                Err(not_a_number())
            };
        }
        if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(not_a_number());
        }
        for byte in significant.bytes() {
            raw = push_digit(raw, byte).ok_or_else(not_a_number)??;
        }
        for _ in significant.len()..9 {
            raw = raw.checked_mul(10).ok_or(NumberError::Overflow)?;
        }
        Self::from_raw(if negative { raw.saturating_neg() } else { raw })
    }
}

/// Appends a digit; `None` if the byte is not one.
fn push_digit(raw: i128, byte: u8) -> Option<Result<i128, NumberError>> {
    let digit = byte.checked_sub(b'0').filter(|digit| *digit <= 9)?;
    Some(raw.checked_mul(10).and_then(|raw| raw.checked_add(i128::from(digit))).ok_or(NumberError::Overflow))
}

impl fmt::Display for Decimal {
    /// The shortest exact form, or with exactly the digits that the format asks for (`{:.2}`),
    /// rounded half to even.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = f.precision().and_then(|places| u32::try_from(places).ok());
        // Rounding may pass the range of a `Decimal`, never that of its digits.
        let shown = match places.and_then(|places| PLACES.checked_sub(places)) {
            Some(dropped) => {
                let unit = 10_i128.saturating_pow(dropped);
                divide(self.0, unit, Rounding::HalfEven).map_err(|_| fmt::Error)?.saturating_mul(unit)
            }
            None => self.0,
        };
        let magnitude = shown.unsigned_abs();
        let one = ONE_RAW.unsigned_abs();
        let whole = magnitude.checked_div(one).unwrap_or_default();
        let digits = format!("{:09}", magnitude.checked_rem(one).unwrap_or_default());
        let fraction = match places {
            Some(places) => digits.chars().chain(std::iter::repeat('0')).take(usize::try_from(places).unwrap_or(0)).collect(),
            None => digits.trim_end_matches('0').to_owned(),
        };
        let text = if fraction.is_empty() { whole.to_string() } else { format!("{whole}.{fraction}") };
        f.pad_integral(shown >= 0, "", &text)
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<i32> for Decimal {
    fn from(value: i32) -> Self {
        Self::from_int(i64::from(value))
    }
}

impl serde::Serialize for Decimal {
    /// As a string, so that no reader can round it on the way.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Decimal {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Decimal {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Decimal".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?$",
            "description": "Exact decimal number as text, with at most nine digits after the point"
        })
    }
}
