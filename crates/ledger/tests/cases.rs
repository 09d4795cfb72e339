//! Lot methods and holding periods against published and derived cases.
//!
//! The case files stand beside the project in `../shared/cases`; where they are absent the tests
//! say so and pass.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs)] // a test fails by panicking, and says what it skips

mod support;

use std::path::Path;

use evenkeel_ledger::account::BasisMethod;
use evenkeel_ledger::book::RealizedGain;
use evenkeel_ledger::number::{Currency, Decimal, Money, Rounding};
use evenkeel_ledger::select::{LotMethod, LotSelection};
use evenkeel_ledger::term::{Term, first_long_term_day};
use serde_json::Value;
use support::{Ledger, date, decimal, instruments};

fn case(name: &str) -> Option<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/cases").join(name);
    if let Ok(text) = std::fs::read_to_string(&path) {
        return Some(serde_json::from_str(&text).unwrap());
    }
    println!("skipped: {} is not here", path.display());
    None
}

fn number(value: &Value) -> Decimal {
    let text = value.to_string();
    decimal(text.trim_matches('"'))
}

/// Equal within a billionth of a billionth's neighbour: the file has binary fractions.
fn assert_close(actual: Decimal, expected: &Value, what: &str) {
    let text = format!("{:.9}", expected.as_f64().unwrap());
    let difference = actual.try_sub(decimal(&text)).unwrap().abs();
    assert!(difference <= Decimal::STEP, "{what}: {actual} is not {expected}");
}

fn method(name: &str) -> LotMethod {
    match name {
        "FIFO" => LotMethod::Fifo,
        "LIFO" => LotMethod::Lifo,
        "HIFO" => LotMethod::Hifo,
        "LOFO" => LotMethod::Lofo,
        "AVERAGE" => LotMethod::AverageCost,
        other => panic!("{other} is no lot method"),
    }
}

fn gain(gains: &[RealizedGain], term: Option<Term>) -> Decimal {
    gains
        .iter()
        .filter(|gain| term.is_none() || gain.term() == term)
        .map(|gain| gain.gain().unwrap().unwrap().amount())
        .fold(Decimal::ZERO, |sum, gain| sum.try_add(gain).unwrap())
}

/// Buys `(date, quantity, unit cost)` in order, sells, and gives what was realized.
fn realize(buys: &[(String, Decimal, Decimal)], sale: (&str, Decimal, Decimal), name: &str) -> Vec<RealizedGain> {
    let instrument = instruments(1)[0];
    let basis = if name == "AVERAGE" { BasisMethod::AverageCost } else { BasisMethod::Lots };
    let mut ledger = Ledger::new(basis);
    let value = |quantity: Decimal, price: Decimal| quantity.mul(price, Rounding::HalfEven).unwrap().to_string();
    for (day, quantity, cost) in buys {
        ledger.buy(day, instrument, &quantity.to_string(), &value(*quantity, *cost));
    }
    let (day, quantity, price) = sale;
    ledger.sell(day, instrument, &quantity.to_string(), &value(quantity, price), LotSelection::By(method(name)));
    ledger.book.realized().to_vec()
}

#[test]
fn lot_methods_of_the_rebalancing_case() {
    let Some(case) = case("rebal_lots_tax_us.json") else { return };
    let mut lots: Vec<&Value> = case["lots"].as_array().unwrap().iter().collect();
    lots.sort_by_key(|lot| lot["acquired"].as_str().unwrap());
    let buys: Vec<_> =
        lots.iter().map(|lot| (lot["acquired"].as_str().unwrap().to_owned(), number(&lot["qty"]), number(&lot["unit_cost"]))).collect();
    let sale = (case["as_of"].as_str().unwrap(), number(&case["sell_qty"]), number(&case["price"]));
    for name in ["FIFO", "LIFO", "HIFO", "LOFO"] {
        let expected = &case["methods"][name];
        let gains = realize(&buys, sale, name);
        let sold = expected["sold"].as_object().unwrap();
        assert_eq!(gains.len(), sold.len(), "{name}");
        for (lot, quantity) in sold {
            let acquired = lots.iter().find(|known| known["lot"] == lot.as_str()).unwrap()["acquired"].as_str().unwrap();
            let gain = gains.iter().find(|gain| gain.acquired == Some(date(acquired))).unwrap();
            assert_eq!(gain.quantity.decimal(), number(quantity), "{name}: lot {lot}");
            let term = gain.term();
            assert_eq!(term == Some(Term::Long), case["terms"][lot] == "LT", "{name}: lot {lot}");
        }
        assert_close(gain(&gains, None), &expected["realized_gain"], name);
        assert_close(gain(&gains, Some(Term::Short)), &expected["st_gain"], name);
        assert_close(gain(&gains, Some(Term::Long)), &expected["lt_gain"], name);
    }
}

#[test]
fn lot_methods_of_the_published_case() {
    let Some(case) = case("pub_tax_wash_sale_and_lots.json") else { return };
    for lots in case["lots"].as_array().unwrap() {
        let input = &lots["inputs"];
        let buys: Vec<_> = input["buys"]
            .as_array()
            .unwrap()
            .iter()
            .map(|buy| (buy[0].as_str().unwrap().to_owned(), number(&buy[1]), number(&buy[2])))
            .collect();
        let sale = (input["sell"][0].as_str().unwrap(), number(&input["sell"][1]), number(&input["sell"][2]));
        for (name, expected) in lots["expected"].as_object().unwrap() {
            let gains = realize(&buys, sale, name);
            if let Some(sold) = expected["lots"].as_array() {
                let actual: Vec<_> = gains.iter().map(|gain| (gain.acquired.unwrap(), gain.quantity.decimal())).collect();
                let sold: Vec<_> = sold.iter().map(|lot| (date(lot[0].as_str().unwrap()), number(&lot[1]))).collect();
                assert_eq!(actual, sold, "{name}");
                assert_close(gain(&gains, Some(Term::Long)), &expected["long_term_gain"], name);
                assert_close(gain(&gains, Some(Term::Short)), &expected["short_term_gain"], name);
            }
            let basis = Money::sum(Currency::USD, gains.iter().map(|gain| gain.basis.unwrap())).unwrap();
            assert_close(basis.amount(), &expected["basis"], name);
            assert_close(gain(&gains, None), &expected["gain"], name);
        }
    }
}

#[test]
fn holding_periods_of_the_case() {
    let Some(case) = case("rebal_lots_tax_us.json") else { return };
    for period in case["holding_period"]["cases"].as_array().unwrap() {
        let day = |key: &str| date(period[key].as_str().unwrap());
        let acquired = day("acquired");
        assert_eq!(first_long_term_day(acquired).unwrap(), day("first_long_term_sale"), "bought {acquired}");
        assert_eq!(Term::between(acquired, day("last_short_term_sale")), Term::Short, "bought {acquired}");
        assert_eq!(Term::between(acquired, day("first_long_term_sale")), Term::Long, "bought {acquired}");
    }
}

#[test]
fn holding_periods_around_leap_days() {
    for (acquired, first_long) in [
        ("2023-02-28", "2024-03-01"),
        ("2024-02-28", "2025-03-01"),
        ("2024-02-29", "2025-03-01"),
        ("2023-02-27", "2024-02-28"),
        ("2023-03-01", "2024-03-02"),
        ("2024-01-31", "2025-02-01"),
        ("2024-12-30", "2025-12-31"),
    ] {
        assert_eq!(first_long_term_day(date(acquired)).unwrap(), date(first_long), "bought {acquired}");
    }
}
