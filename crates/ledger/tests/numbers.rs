//! Exact numbers against a naive model of them in integers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a test fails by panicking

use ethnum::I256;
use evenkeel_ledger::fx::FxQuote;
use evenkeel_ledger::number::{Currency, Decimal, Money, NumberError, Quantity, Rounding};
use proptest::prelude::*;

const MODES: [Rounding; 6] =
    [Rounding::HalfEven, Rounding::HalfUp, Rounding::TowardZero, Rounding::AwayFromZero, Rounding::Floor, Rounding::Ceiling];
const MAX: i128 = 99_999_999_999_999_999_999_999_999_999_999_999_999;
const ONE: i128 = 1_000_000_000;

fn raw(value: i128) -> Decimal {
    Decimal::from_raw(value).unwrap()
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// `n ÷ d` by its definition: the two neighbouring integers, and the rule that chooses.
fn model(n: I256, d: I256, mode: Rounding) -> I256 {
    let (floor, rest) = (n.div_euclid(d), n.rem_euclid(d));
    // Of n = floor·d + rest with 0 ≤ rest < |d|, the quotient lies between floor and floor ± 1.
    if rest == 0 {
        return floor;
    }
    let (low, high) = if d > 0 { (floor, floor + 1) } else { (floor - 1, floor) };
    let above_low = if d > 0 { rest } else { d.abs() - rest };
    let negative = (n < 0) != (d < 0);
    let nearest = |tie: I256| match (above_low * 2).cmp(&d.abs()) {
        std::cmp::Ordering::Less => low,
        std::cmp::Ordering::Greater => high,
        std::cmp::Ordering::Equal => tie,
    };
    let (inner, outer) = if negative { (high, low) } else { (low, high) };
    match mode {
        Rounding::Floor => low,
        Rounding::Ceiling => high,
        Rounding::TowardZero => inner,
        Rounding::AwayFromZero => outer,
        Rounding::HalfUp => nearest(outer),
        Rounding::HalfEven => nearest(if low % 2 == 0 { low } else { high }),
    }
}

fn expected(n: I256, d: I256, mode: Rounding) -> Result<Decimal, NumberError> {
    if d == 0 {
        return Err(NumberError::DivisionByZero);
    }
    let quotient = model(n, d, mode);
    if quotient.abs() > I256::from(MAX) { Err(NumberError::Overflow) } else { Ok(raw(quotient.as_i128())) }
}

/// Numbers of all sizes, small ones and round ones often.
fn any_raw() -> impl Strategy<Value = i128> {
    prop_oneof![
        -20..=20_i128,
        (-1_000..=1_000_i128).prop_map(|n| n * ONE / 2),
        any::<i64>().prop_map(i128::from),
        (0..38_u32, -9..=9_i128).prop_map(|(power, digit)| 10_i128.pow(power) * digit / 10),
        -MAX..=MAX,
        Just(MAX),
        Just(-MAX),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(20_000) })]

    #[test]
    fn printing_and_parsing_round_trip(value in any_raw()) {
        let number = raw(value);
        prop_assert_eq!(number.to_string().parse::<Decimal>().unwrap(), number);
        let json = serde_json::to_string(&number).unwrap();
        prop_assert_eq!(serde_json::from_str::<Decimal>(&json).unwrap(), number);
        let text = number.to_string();
        let fraction = text.split_once('.').map_or("", |(_, fraction)| fraction);
        prop_assert!(fraction.len() <= 9 && !fraction.ends_with('0'), "{}", text);
        if let Ok(rounded) = number.round_to(3, Rounding::HalfEven) {
            prop_assert_eq!(format!("{number:.3}").parse::<Decimal>().unwrap(), rounded);
        }
    }

    #[test]
    fn products_quotients_and_shares_round_as_defined(a in any_raw(), b in any_raw(), c in any_raw(), mode in 0..6_usize) {
        let mode = MODES[mode];
        let wide = |n: i128| I256::from(n);
        prop_assert_eq!(raw(a).mul(raw(b), mode), expected(wide(a) * wide(b), wide(ONE), mode));
        prop_assert_eq!(raw(a).div(raw(b), mode), expected(wide(a) * wide(ONE), wide(b), mode));
        prop_assert_eq!(raw(a).pro_rata(raw(b), raw(c), mode), expected(wide(a) * wide(b), wide(c), mode));
    }

    #[test]
    fn rounding_to_places_and_multiples(a in any_raw(), places in 0..12_u32, step in any_raw(), mode in 0..6_usize) {
        let mode = MODES[mode];
        let unit = 10_i128.pow(9_u32.saturating_sub(places));
        let multiple = |step: i128| {
            let count = expected(I256::from(a), I256::from(step), mode)?;
            let total = I256::from(count.raw()) * I256::from(step);
            if total.abs() > I256::from(MAX) { Err(NumberError::Overflow) } else { Ok(raw(total.as_i128())) }
        };
        prop_assert_eq!(raw(a).round_to(places, mode), multiple(unit));
        prop_assert_eq!(raw(a).round_to_multiple(raw(step), mode), multiple(step));
        if let Ok(rounded) = raw(a).round_to_multiple(raw(step), mode) {
            prop_assert!(rounded.is_multiple_of(raw(step)));
        }
        prop_assert_eq!(raw(a).is_multiple_of(raw(step)), if step == 0 { a == 0 } else { a % step == 0 });
    }

    #[test]
    fn sums_are_exact_or_refused(a in any_raw(), b in any_raw()) {
        let exact = |sum: i128| if sum.abs() > MAX { Err(NumberError::Overflow) } else { Ok(raw(sum)) };
        // Two numbers of 38 digits may pass the range of i128.
        prop_assert_eq!(raw(a).try_add(raw(b)), a.checked_add(b).map_or(Err(NumberError::Overflow), exact));
        prop_assert_eq!(raw(a).try_sub(raw(b)), a.checked_sub(b).map_or(Err(NumberError::Overflow), exact));
        prop_assert_eq!(raw(a).cmp(&raw(b)), a.cmp(&b));
    }

    /// Parts cut off one after the other, each at its share of what is left, add up to the whole.
    #[test]
    fn shares_of_money_conserve_the_total(
        total in -1_000_000_000_000_000_000_i128..1_000_000_000_000_000_000,
        parts in proptest::collection::vec(1..1_000_000_000_000_i128, 1..20),
    ) {
        let whole = parts.iter().fold(Quantity::ZERO, |sum, part| sum.try_add(Quantity::new(raw(*part))).unwrap());
        let mut left = (Money::new(raw(total), Currency::USD), whole);
        let mut given = Money::zero(Currency::USD);
        for part in &parts {
            let part = Quantity::new(raw(*part));
            let share = left.0.pro_rata(part, left.1, Rounding::HalfEven).unwrap();
            prop_assert!(share.amount().abs() <= left.0.amount().abs());
            given = given.try_add(share).unwrap();
            left = (left.0.try_sub(share).unwrap(), left.1.try_sub(part).unwrap());
        }
        prop_assert!(left.0.is_zero() && left.1.is_zero());
        prop_assert_eq!(given.amount().raw(), total);
    }
}

#[test]
fn rounding_modes_at_ties() {
    let cases = [
        ("2.5", ["2", "3", "2", "3", "2", "3"]),
        ("3.5", ["4", "4", "3", "4", "3", "4"]),
        ("-2.5", ["-2", "-3", "-2", "-3", "-3", "-2"]),
        ("-0.5", ["0", "-1", "0", "-1", "-1", "0"]),
        ("0.000000001", ["0", "0", "0", "1", "0", "1"]),
        ("-0.000000001", ["0", "0", "0", "-1", "-1", "0"]),
    ];
    for (value, expected) in cases {
        for (mode, expected) in MODES.into_iter().zip(expected) {
            assert_eq!(decimal(value).round_to(0, mode).unwrap(), decimal(expected), "{value} {mode:?}");
        }
    }
}

#[test]
fn only_plain_numbers_are_read() {
    for text in ["", "-", "+", ".", "-.", "1e5", "1,000", " 1", "1 ", "0x10", "--1", "+-1", "1.2.3", "NaN", "inf", "١", "1._0", "½"] {
        assert!(matches!(text.parse::<Decimal>(), Err(NumberError::NotANumber(_))), "{text:?}");
    }
    for (text, value) in [("007.50", "7.5"), (".5", "0.5"), ("5.", "5"), ("+1", "1"), ("-0", "0"), ("1.0000000000000", "1")] {
        assert_eq!(decimal(text), decimal(value), "{text}");
    }
    assert_eq!(decimal("-0").to_string(), "0");
    assert!(matches!("0.0000000001".parse::<Decimal>(), Err(NumberError::TooPrecise(_))));
    assert_eq!("99999999999999999999999999999.999999999".parse::<Decimal>().unwrap().raw(), MAX);
    for text in ["100000000000000000000000000000", "-100000000000000000000000000000", &"9".repeat(60)] {
        assert_eq!(text.parse::<Decimal>(), Err(NumberError::Overflow), "{text}");
    }
}

#[test]
fn what_leaves_the_range_is_refused() {
    let max = raw(MAX);
    assert_eq!(max.try_add(Decimal::STEP), Err(NumberError::Overflow));
    assert_eq!(max.neg().try_sub(Decimal::STEP), Err(NumberError::Overflow));
    assert_eq!(max.mul(max, Rounding::HalfEven), Err(NumberError::Overflow));
    assert_eq!(max.div(Decimal::STEP, Rounding::HalfEven), Err(NumberError::Overflow));
    assert_eq!(max.div(Decimal::ZERO, Rounding::HalfEven), Err(NumberError::DivisionByZero));
    assert_eq!(Decimal::ONE.pro_rata(max, Decimal::ZERO, Rounding::Floor), Err(NumberError::DivisionByZero));
    assert_eq!(max.round_to(0, Rounding::Ceiling), Err(NumberError::Overflow));
    assert_eq!(Decimal::ONE.round_to_multiple(Decimal::ZERO, Rounding::Floor), Err(NumberError::DivisionByZero));
    assert_eq!(Decimal::from_raw(MAX + 1), Err(NumberError::Overflow));
    assert_eq!(Decimal::from_int(i64::MIN).to_string(), "-9223372036854775808");
}

#[test]
fn the_largest_numbers_can_be_printed() {
    let max = raw(MAX);
    assert_eq!(format!("{max}"), "99999999999999999999999999999.999999999");
    assert_eq!(format!("{:.9}", max.neg()), "-99999999999999999999999999999.999999999");
    assert_eq!(format!("{max:.2}"), "100000000000000000000000000000.00");
    assert_eq!(format!("{:.12}", Decimal::STEP), "0.000000001000");
    assert_eq!(format!("{:>8}|{:<8}|{:+}", decimal("-1.5"), decimal("1.5"), Decimal::ONE), "    -1.5|1.5     |+1");
}

#[test]
fn money_keeps_its_currency() {
    let usd = |text: &str| Money::new(decimal(text), Currency::USD);
    let eur = Money::new(Decimal::ONE, Currency::EUR);
    let mismatch = NumberError::CurrencyMismatch { left: Currency::USD, right: Currency::EUR };
    assert_eq!(usd("1").try_add(eur), Err(mismatch.clone()));
    assert_eq!(usd("1").try_cmp(eur), Err(mismatch.clone()));
    assert_eq!(Money::sum(Currency::USD, [usd("1"), eur]), Err(mismatch));
    assert_eq!(usd("2.675").to_cents(Rounding::HalfEven).unwrap(), usd("2.68"));
    assert_eq!(usd("2.665").to_cents(Rounding::HalfEven).unwrap(), usd("2.66"));
    let yen: Currency = "JPY".parse().unwrap();
    assert_eq!(Money::new(decimal("1.5"), yen).to_cents(Rounding::HalfUp).unwrap().to_string(), "2 JPY");
    assert_eq!((usd("1.5").to_string(), usd("1.234").to_string()), ("1.50 USD".to_owned(), "1.234 USD".to_owned()));
    for text in ["usd", "US", "USDX", "U$D", ""] {
        assert!(matches!(text.parse::<Currency>(), Err(NumberError::NotACurrency(_))), "{text:?}");
    }
}

#[test]
fn a_quote_converts_both_ways() {
    let quote = FxQuote { base: Currency::EUR, quote: Currency::USD, rate: decimal("1.25"), date: "2024-01-02".parse().unwrap() };
    let convert = |text: &str, from, to| quote.convert(Money::new(decimal(text), from), to, Rounding::HalfEven);
    assert_eq!(convert("100", Currency::EUR, Currency::USD).unwrap().to_string(), "125.00 USD");
    assert_eq!(convert("100", Currency::USD, Currency::EUR).unwrap().to_string(), "80.00 EUR");
    assert!(convert("1", Currency::GBP, Currency::USD).unwrap_err().to_string().contains("GBP/USD"));
}
