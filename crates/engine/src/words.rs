//! How numbers are said in sentences.

use evenkeel_ledger::number::{Decimal, Money, Rounding};

/// A fraction in percent: `43.8 %`.
pub fn percent(fraction: f64) -> String {
    format!("{} %", trimmed(fraction * 100.0))
}

/// An exact fraction in percent, with all its digits: `33.3333333 %`.
pub fn exact_percent(fraction: Decimal) -> String {
    // Moving the point of what has nine digits after it cannot lose one.
    fraction.mul(Decimal::from_int(100), Rounding::HalfEven).map_or_else(|_| fraction.to_string(), |percent| format!("{percent} %"))
}

/// A difference of weights in points: `3.8 points`.
pub fn points(difference: f64) -> String {
    format!("{} points", trimmed(difference * 100.0))
}

/// A fraction in basis points: `2.5 bp`.
pub fn basis_points(fraction: f64) -> String {
    format!("{} bp", trimmed(fraction * 10_000.0))
}

/// An amount with grouped digits: `1,234.50 USD`.
pub fn amount(money: Money) -> String {
    let plain = format!("{:.*}", usize::try_from(money.currency().minor_digits()).unwrap_or(2), money.amount().abs());
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if money.is_negative() { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{grouped}{point}{fraction} {}", money.currency())
}

/// Names as a list: `VTI, VXUS and BND`.
pub fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Most names that are told one by one where there may be hundreds.
const BRIEF: usize = 6;

/// The first names of a list, and how many more there are: `A, B, C, D, E, F and 20 more`.
pub fn listed_briefly(names: &[&str]) -> String {
    match names.len().checked_sub(BRIEF) {
        Some(more) if more > 1 => format!("{} and {more} more", names.get(..BRIEF).unwrap_or_default().join(", ")),
        _ => listed(names),
    }
}

/// Numbers below have hundredths that are exact whole numbers.
const FINE: f64 = 1e13;

/// At most two digits after the point, without trailing zeros.
fn trimmed(value: f64) -> String {
    if value.is_nan() || value.abs() >= FINE {
        return format!("{value:.0}");
    }
    // Whole numbers are written many times faster than fractions, and every trade says some.
    #[expect(clippy::cast_possible_truncation, reason = "below 1e15")]
    let hundredths = (value * 100.0).round_ties_even() as i64;
    let (sign, digits) = (if hundredths < 0 { "-" } else { "" }, hundredths.unsigned_abs());
    match (digits / 100, digits % 100) {
        (whole, 0) => format!("{sign}{whole}"),
        (whole, tenths) if tenths % 10 == 0 => format!("{sign}{whole}.{}", tenths / 10),
        (whole, hundredths) => format!("{sign}{whole}.{hundredths:02}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn says_numbers() {
        assert_eq!(percent(0.4375), "43.75 %");
        assert_eq!(percent(-1e-9), "0 %");
        assert_eq!(percent(-0.0105), "-1.05 %");
        assert_eq!(percent(0.501), "50.1 %");
        assert_eq!(percent(1e300), format!("{:.0} %", 1e302));
        assert_eq!(exact_percent("0.350000001".parse().unwrap()), "35.0000001 %");
        assert_eq!(points(-0.05), "-5 points");
        assert_eq!([listed(&[]), listed(&["A"]), listed(&["A", "B", "C"])], ["", "A", "A, B and C"]);
        assert_eq!(basis_points(0.00025), "2.5 bp");
        let money = |text: &str| Money::new(text.parse().unwrap(), evenkeel_ledger::number::Currency::USD);
        assert_eq!(amount(money("-1234567.891")), "-1,234,567.89 USD");
        assert_eq!(amount(money("999")), "999.00 USD");
    }
}
