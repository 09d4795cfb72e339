//! How numbers are said in sentences.

use evenkeel_ledger::number::{Decimal, Money, Rounding};

/// A fraction in percent: `43.8 %`.
pub fn percent(fraction: f64) -> String {
    trimmed(fraction * 100.0, " %")
}

/// An exact fraction in percent, with all its digits: `33.3333333 %`.
pub fn exact_percent(fraction: Decimal) -> String {
    // Moving the point of what has nine digits after it cannot lose one.
    fraction.mul(Decimal::from_int(100), Rounding::HalfEven).map_or_else(|_| fraction.to_string(), |percent| format!("{percent} %"))
}

/// A difference of weights in points: `3.8 points`.
pub fn points(difference: f64) -> String {
    trimmed(difference * 100.0, " points")
}

/// A fraction in basis points: `2.5 bp`.
pub fn basis_points(fraction: f64) -> String {
    trimmed(fraction * 10_000.0, " bp")
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

/// How many of something there are: `1 day`, `12 days`.
pub fn counted(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
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

/// At most two digits after the point, without trailing zeros, and a unit.
fn trimmed(value: f64, unit: &str) -> String {
    if value.is_nan() || value.abs() >= FINE {
        return format!("{value:.0}{unit}");
    }
    // Every trade says some of these: digit by digit they are written many times faster than by the formatter.
    #[expect(clippy::cast_possible_truncation, reason = "below 1e15")]
    let hundredths = (value * 100.0).round_ties_even() as i64;
    let mut said = String::with_capacity(24);
    if hundredths < 0 {
        said.push('-');
    }
    let hundredths = hundredths.unsigned_abs();
    push_whole(&mut said, hundredths / 100);
    let (tenth, last) = (hundredths / 10 % 10, hundredths % 10);
    if tenth > 0 || last > 0 {
        said.push('.');
        said.push(digit(tenth));
    }
    if last > 0 {
        said.push(digit(last));
    }
    said.push_str(unit);
    said
}

fn push_whole(said: &mut String, whole: u64) {
    if whole >= 10 {
        push_whole(said, whole / 10);
    }
    said.push(digit(whole));
}

/// The last digit of a whole number.
fn digit(whole: u64) -> char {
    u32::try_from(whole % 10).ok().and_then(|digit| char::from_digit(digit, 10)).unwrap_or('0')
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

    #[test]
    fn writes_digits_as_the_formatter_does() {
        for hundredths in (-40_000_000_i32..40_000_000).step_by(7_919).chain(-1_100..1_100) {
            let value = f64::from(hundredths) / 100.0;
            let written = format!("{value:.2}");
            let expected = written.trim_end_matches('0').trim_end_matches('.');
            assert_eq!(trimmed(value, " u"), format!("{expected} u"));
        }
    }
}
