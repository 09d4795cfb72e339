//! Numbers as columns of a table show them: grouped digits and a fixed number of places, with all digits behind them.

use evenkeel_ledger::number::{Money, Price, Quantity};

use super::table::Cell;

/// An amount without its currency: `1,234.50`.
pub fn amount(money: Money) -> Cell {
    let places = usize::try_from(money.currency().minor_digits()).unwrap_or(2);
    let cell = Cell::rounded(grouped(&format!("{:.places$}", money.amount())), money.amount().to_string());
    cell.in_unit(money.currency().to_string())
}

/// A change with its sign: `+1,234.50`, `-1,234.50`, `0.00`.
pub fn change(money: Money) -> Cell {
    let shown = amount(money);
    if money.is_positive() { signed(shown) } else { shown }
}

/// Units, with all their digits: `1,234.5`.
pub fn quantity(quantity: Quantity) -> Cell {
    grouped(&quantity.to_string()).into()
}

/// A price, with all its digits and at least two places.
pub fn price(price: Price) -> Cell {
    let exact = price.to_string();
    let places = exact.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    grouped(&if places < 2 { format!("{price:.2}") } else { exact }).into()
}

/// A fraction in percent, with two places: `43.81 %`.
pub fn percent(fraction: f64) -> Cell {
    percent_to(fraction, 2)
}

/// A fraction in percent, with so many places.
pub fn percent_to(fraction: f64, places: usize) -> Cell {
    let shown = format!("{} %", grouped(&fixed(fraction * 100.0, places)));
    Cell::rounded(shown, hundredfold(&exact(fraction)))
}

/// A difference of weights in points, with its sign: `+3.81`.
pub fn points(difference: f64) -> Cell {
    let shown = Cell::rounded(grouped(&fixed(difference * 100.0, 2)), hundredfold(&exact(difference))).in_unit("points");
    if shown.starts_with('-') || &*shown == "0.00" { shown } else { signed(shown) }
}

/// As many points to both sides: `±5.00`.
pub fn both_sides(band: f64) -> Cell {
    let shown = points(band.abs());
    let text = format!("±{}", shown.trim_start_matches('+'));
    shown.shown_as(text)
}

/// A count: `9,367`.
pub fn count(count: usize) -> Cell {
    grouped(&count.to_string()).into()
}

/// So many of a thing, whose plural ends in s: `1 event`, `9,367 events`.
pub fn counted(number: usize, thing: &str) -> String {
    format!("{} {thing}{}", count(number), if number == 1 { "" } else { "s" })
}

/// So many places, grouped; never `-0.00`.
pub fn rounded(value: f64, places: usize) -> Cell {
    Cell::rounded(grouped(&fixed(value, places)), exact(value))
}

/// With a plus before it.
fn signed(shown: Cell) -> Cell {
    let text = format!("+{shown}");
    shown.shown_as(text)
}

/// All digits that tell a number from its neighbors; never `-0`.
fn exact(value: f64) -> String {
    (value + 0.0).to_string()
}

/// So many places; never `-0.00`.
fn fixed(value: f64, places: usize) -> String {
    let text = format!("{value:.places$}");
    let is_zero = text.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
    if is_zero { text.trim_start_matches('-').to_owned() } else { text }
}

/// A number in digits with its point moved by two places: no digit is rounded on the way to percent.
fn hundredfold(digits: &str) -> String {
    let (sign, unsigned) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    if !unsigned.starts_with(|letter: char| letter.is_ascii_digit()) {
        return digits.to_owned();
    }
    let fraction = format!("{fraction:0<2}");
    let (moved, rest) = fraction.split_at(2);
    let whole = format!("{whole}{moved}");
    let whole = whole.trim_start_matches('0');
    let point = if rest.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{rest}", if whole.is_empty() { "0" } else { whole })
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
        assert_eq!(&*amount(money("-1234567.891", Currency::USD)), "-1,234,567.89");
        assert_eq!(&*amount(money("999", "JPY".parse().unwrap())), "999");
        assert_eq!(&*change(money("1000", Currency::USD)), "+1,000.00");
        assert_eq!(&*change(money("-0.5", Currency::USD)), "-0.50");
        assert_eq!(&*quantity("1234.567".parse().unwrap()), "1,234.567");
        assert_eq!(&*price("52.1".parse().unwrap()), "52.10");
        assert_eq!(&*price("1052.1234".parse().unwrap()), "1,052.1234");
        assert_eq!(&*percent(0.438_095), "43.81 %");
        assert_eq!(&*percent(-1e-9), "0.00 %");
        assert_eq!(&*points(0.0381), "+3.81");
        assert_eq!(&*points(-0.05), "-5.00");
        assert_eq!(&*count(9367), "9,367");
        assert_eq!(&*both_sides(0.05), "±5.00");
        assert_eq!([0, 1, 1000].map(|number| counted(number, "event")), ["0 events", "1 event", "1,000 events"]);
    }

    #[test]
    fn keeps_the_digits_that_are_not_shown() {
        let digits = |cell: Cell| cell.digits().unwrap_or_default().to_owned();
        assert_eq!(digits(percent(0.335_021_478)), "33.5021478");
        assert_eq!(digits(percent_to(-0.07, 1)), "-7");
        assert_eq!(digits(percent(1.5)), "150");
        assert_eq!(digits(points(1e-9)), "0.0000001");
        assert_eq!(digits(both_sides(0.05004)), "5.004");
        assert_eq!(digits(rounded(1234.5678, 2)), "1234.5678");
        assert_eq!(digits(amount(Money::new("0.126".parse().unwrap(), Currency::USD))), "0.126");
        assert_eq!(digits(rounded(f64::NAN, 2)), "NaN");
        assert_eq!(digits(percent(0.0)), "0");
    }
}
