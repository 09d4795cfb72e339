//! The one border between exact decimals and `f64`.
//!
//! Books are exact, analytics are floating point. Every crossing has a name here and states what
//! it may lose.

use evenkeel_ledger::number::{Currency, Decimal, Money, NumberError, Rounding};

/// Tolerance of every comparison of a weight or signal with a band or threshold, so that exactly
/// at the edge never depends on float noise.
pub const TOLERANCE: f64 = 1e-12;

/// Billionths in one, as a float.
const ONE: f64 = 1e9;

/// The nearest float to an exact decimal: relative error at most 2⁻⁵³ up to nine million
/// units, 2⁻⁵² beyond.
#[expect(clippy::cast_precision_loss, reason = "losing the digits beyond 2⁻⁵³ is what crossing means")]
pub fn to_f64(value: Decimal) -> f64 {
    // Of 64 bits, as nearly all are, the processor makes a float in one step; of 128 it takes some forty.
    let raw = value.raw();
    i64::try_from(raw).map_or_else(|_| wide(raw), |raw| raw as f64) / ONE
}

/// Apart, so that the compiler does not make one conversion of 128 bits out of both.
#[cold]
#[inline(never)]
#[expect(clippy::cast_precision_loss, reason = "to the nearest float, as documented")]
fn wide(raw: i128) -> f64 {
    raw as f64
}

/// The exact decimal nearest to a float at nine places, rounded as told.
///
/// # Errors
/// [`NumberError::NotANumber`] for NaN and infinities, [`NumberError::Overflow`] beyond 38 digits.
pub fn to_decimal(value: f64, rounding: Rounding) -> Result<Decimal, NumberError> {
    if !value.is_finite() {
        return Err(NumberError::NotANumber(value.to_string()));
    }
    let scaled = value * ONE;
    let whole = match rounding {
        Rounding::HalfEven => scaled.round_ties_even(),
        Rounding::HalfUp => scaled.round(),
        Rounding::TowardZero => scaled.trunc(),
        Rounding::AwayFromZero => scaled.abs().ceil().copysign(scaled),
        Rounding::Floor => scaled.floor(),
        Rounding::Ceiling => scaled.ceil(),
    };
    // Saturates beyond i128, which `from_raw` then refuses.
    #[expect(clippy::cast_possible_truncation, reason = "a finite whole number; saturation is refused below")]
    Decimal::from_raw(whole as i128)
}

/// A float as money, rounded half to even at nine places.
///
/// # Errors
/// As [`to_decimal`].
pub fn to_money(value: f64, currency: Currency) -> Result<Money, NumberError> {
    Ok(Money::new(to_decimal(value, Rounding::HalfEven)?, currency))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn crosses_and_returns() {
        for text in ["0", "0.1", "-1234.56", "99999999.999999999", "0.000000001"] {
            let exact: Decimal = text.parse().unwrap();
            let there_and_back = to_decimal(to_f64(exact), Rounding::HalfEven).unwrap();
            let error = there_and_back.try_sub(exact).unwrap().abs();
            assert!(to_f64(error) <= to_f64(exact.abs()) * f64::EPSILON, "{text} came back as {there_and_back}");
        }
    }

    #[test]
    fn refuses_what_has_no_decimal() {
        assert!(to_decimal(f64::NAN, Rounding::HalfEven).is_err());
        assert!(to_decimal(f64::INFINITY, Rounding::HalfEven).is_err());
        assert_eq!(to_decimal(1e30, Rounding::HalfEven), Err(NumberError::Overflow));
    }
}
