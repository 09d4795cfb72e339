//! Exact numbers from the text of a document.

use evenkeel_ledger::number::{Decimal, NumberError};
use toml::de::DeValue;

/// The decimal that a TOML integer or float writes, without a float in between.
///
/// `None` if the value is no number. Exponents, underscores and other bases are read as TOML
/// defines them; NaN and infinities are [`NumberError::NotANumber`].
pub(super) fn decimal(value: &DeValue<'_>) -> Option<Result<Decimal, NumberError>> {
    match value {
        DeValue::Integer(integer) if integer.radix() == 10 => Some(integer.as_str().parse()),
        DeValue::Integer(integer) => {
            let whole = i64::from_str_radix(integer.as_str(), integer.radix());
            Some(whole.map(Decimal::from_int).map_err(|_| NumberError::Overflow))
        }
        DeValue::Float(float) => Some(scientific(float.as_str())),
        _ => None,
    }
}

/// Reads `-12.5e-3` by moving the point.
fn scientific(text: &str) -> Result<Decimal, NumberError> {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else {
        return text.parse();
    };
    let exponent: i32 = exponent.parse().map_err(|_| NumberError::NotANumber(text.to_owned()))?;
    // Beyond these every number but zero overflows or is too precise.
    let exponent = exponent.clamp(-MAX_SHIFT, MAX_SHIFT);
    let (sign, unsigned) = match mantissa.strip_prefix('-') {
        Some(unsigned) => ("-", unsigned),
        None => ("", mantissa.trim_start_matches('+')),
    };
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let shift = usize::try_from(exponent.unsigned_abs()).unwrap_or_default();
    let moved = if exponent >= 0 {
        let (gained, left) = fraction.split_at_checked(shift).unwrap_or((fraction, ""));
        let zeros = "0".repeat(shift - gained.len());
        format!("{sign}{whole}{gained}{zeros}.{left}")
    } else {
        let (left, lost) = whole.split_at_checked(whole.len().saturating_sub(shift)).unwrap_or(("", whole));
        let zeros = "0".repeat(shift - lost.len());
        format!("{sign}0{left}.{zeros}{lost}{fraction}")
    };
    moved.parse()
}

/// More places than any decimal has.
const MAX_SHIFT: i32 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_the_point() {
        let cases =
            [("1e-3", "0.001"), ("-12.5e-3", "-0.0125"), ("1.25E+2", "125"), ("+5e0", "5"), ("0e999", "0"), ("1e-9", "0.000000001")];
        for (text, exact) in cases {
            assert_eq!(scientific(text), exact.parse(), "{text}");
        }
        assert!(matches!(scientific("1e-10"), Err(NumberError::TooPrecise(_))));
        assert!(scientific("1e99").is_err());
        assert!(scientific("nan").is_err());
        assert!(scientific("-inf").is_err());
    }
}
