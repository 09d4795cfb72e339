//! Numbers as columns of a table show them: grouped digits and a fixed number of places.

use evenkeel_ledger::number::{Money, Quantity};

/// An amount without its currency: `1,234.50`.
pub fn amount(money: Money) -> String {
    let places = usize::try_from(money.currency().minor_digits()).unwrap_or(2);
    grouped(&format!("{:.places$}", money.amount()))
}

/// A change with its sign: `+1,234.50`, `-1,234.50`, `0.00`.
pub fn change(money: Money) -> String {
    let text = amount(money);
    if money.is_positive() { format!("+{text}") } else { text }
}

/// Units, with all their digits: `1,234.5`.
pub fn quantity(quantity: Quantity) -> String {
    grouped(&quantity.to_string())
}

/// A price, with all its digits and at least two places.
pub fn price(price: evenkeel_ledger::number::Price) -> String {
    let exact = price.to_string();
    let places = exact.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    grouped(&if places < 2 { format!("{price:.2}") } else { exact })
}

/// A fraction in percent, with two places: `43.81 %`.
pub fn percent(fraction: f64) -> String {
    format!("{} %", rounded(fraction * 100.0, 2))
}

/// A difference of weights in points, with its sign: `+3.81`.
pub fn points(difference: f64) -> String {
    let text = rounded(difference * 100.0, 2);
    if text.starts_with('-') || text == "0.00" { text } else { format!("+{text}") }
}

/// A count: `9,367`.
pub fn count(count: usize) -> String {
    grouped(&count.to_string())
}

/// So many of a thing, whose plural ends in s: `1 event`, `9,367 events`.
pub fn counted(number: usize, thing: &str) -> String {
    format!("{} {thing}{}", count(number), if number == 1 { "" } else { "s" })
}

/// So many places, grouped; never `-0.00`.
pub fn rounded(value: f64, places: usize) -> String {
    let text = format!("{value:.places$}");
    let is_zero = text.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
    grouped(if is_zero { text.trim_start_matches('-') } else { &text })
}

/// Puts a comma between each three digits before the point.
fn grouped(plain: &str) -> String {
    let (sign, unsigned) = plain.strip_prefix('-').map_or(("", plain), |rest| ("-", rest));
    let (whole, fraction) = unsigned.split_at(unsigned.find('.').unwrap_or(unsigned.len()));
    let mut text = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + fraction
}

#[cfg(test)]
mod tests {
    use evenkeel_ledger::number::Currency;

    use super::*;

    #[test]
    fn groups_and_rounds() {
        let money = |text: &str, currency| Money::new(text.parse().unwrap(), currency);
        assert_eq!(amount(money("-1234567.891", Currency::USD)), "-1,234,567.89");
        assert_eq!(amount(money("999", "JPY".parse().unwrap())), "999");
        assert_eq!(change(money("1000", Currency::USD)), "+1,000.00");
        assert_eq!(change(money("-0.5", Currency::USD)), "-0.50");
        assert_eq!(quantity("1234.567".parse().unwrap()), "1,234.567");
        assert_eq!(price("52.1".parse().unwrap()), "52.10");
        assert_eq!(price("1052.1234".parse().unwrap()), "1,052.1234");
        assert_eq!(percent(0.438_095), "43.81 %");
        assert_eq!(percent(-1e-9), "0.00 %");
        assert_eq!(points(0.0381), "+3.81");
        assert_eq!(points(-0.05), "-5.00");
        assert_eq!(count(9367), "9,367");
        assert_eq!([0, 1, 1000].map(|number| counted(number, "event")), ["0 events", "1 event", "1,000 events"]);
    }
}
