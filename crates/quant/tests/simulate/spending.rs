//! Rules of spending against sums by hand.

use evenkeel_quant::spending::{
    FirstYear, FixedReal, Guardrails, Hybrid, MovingAverage, Percentage, RequiredMinimum, Rule, Spender, Spending, SpendingError, YearStart,
};
use proptest::prelude::*;

fn year(year: usize, value: f64, price_level: f64, last_return: f64) -> YearStart {
    YearStart { year, years_left: 30_usize.saturating_sub(year), value, price_level, last_return }
}

fn unbounded(rule: Rule) -> Spending {
    Spending::new(rule, 0.0, f64::INFINITY).unwrap()
}

#[test]
fn yale_smooths() {
    // 80 % of last year's 52.5 raised by 3 %, and 20 % of 5.25 % of 900: 43.26 + 9.45.
    let spending = Spending::new(Rule::Hybrid(Hybrid { rate: 0.0525, smoothing: 0.8 }), 0.04, 0.065).unwrap();
    let mut spender = Spender::new(&spending);
    assert_eq!(spender.decide(&year(0, 1000.0, 1.0, 0.0)), 52.5);
    assert!((spender.decide(&year(1, 900.0, 1.03, -0.05)) - 52.71).abs() < 1e-12);
    // After a crash to 500 the cap of 6.5 % holds: 32.5.
    assert_eq!(spender.decide(&year(2, 500.0, 1.06, -0.4)), 32.5);
    // And after a boom the floor of 4 %.
    assert_eq!(spender.decide(&year(3, 5000.0, 1.09, 3.0)), 200.0);
}

#[test]
fn the_average_is_of_what_was_seen() {
    let spending = unbounded(Rule::MovingAverage(MovingAverage { rate: 0.05, window: 3 }));
    let mut spender = Spender::new(&spending);
    assert_eq!(spender.decide(&year(0, 80.0, 1.0, 0.0)), 4.0);
    for value in [100.0, 200.0] {
        spender.observe(value);
    }
    assert_eq!(spender.decide(&year(1, 1.0, 1.0, 0.0)), 7.5);
    for value in [300.0, 400.0] {
        spender.observe(value);
    }
    assert_eq!(spender.decide(&year(2, 1.0, 1.0, 0.0)), 15.0);
    spender.reset();
    assert_eq!(spender.decide(&year(0, 80.0, 1.0, 0.0)), 4.0);
}

#[test]
fn guardrails_cut_skip_and_raise() {
    let rule = Rule::Guardrails(Guardrails::published(FirstYear::Rate(0.05)));
    let spending = unbounded(rule);
    let mut spender = Spender::new(&spending);
    assert_eq!(spender.decide(&year(0, 1000.0, 1.0, 0.0)), 50.0);
    // After a loss, and above the first rate (51.5 ÷ 950 = 5.4 %): not raised.
    assert_eq!(spender.decide(&year(1, 950.0, 1.03, -0.02)), 50.0);
    // After a gain: raised.
    assert!((spender.decide(&year(2, 1000.0, 1.0609, 0.1)) - 51.5).abs() < 1e-12);
    // 51.5 ÷ 800 = 6.4 % is beyond 6 %: not raised after the loss, and cut by a tenth.
    assert!((spender.decide(&year(3, 800.0, 1.0609 * 1.03, -0.2)) - 46.35).abs() < 1e-12);
    // 46.35 ÷ 1500 = 3.1 % is below 4 %: a tenth more, at the same prices.
    assert!((spender.decide(&year(4, 1500.0, 1.0609 * 1.03, 0.9)) - 50.985).abs() < 1e-12);
    // In the last fifteen years nothing is cut.
    let before = spender.decide(&year(15, 1000.0, 1.0609 * 1.03, 0.0));
    assert!((before - 50.985).abs() < 1e-12);
    assert!((spender.decide(&year(16, 100.0, 1.0609 * 1.03, 0.0)) - 50.985).abs() < 1e-12);
}

#[test]
fn the_table_of_the_law() {
    let rule = RequiredMinimum::uniform_lifetime(71, 73);
    let amount = |at: usize| rule.amount(&year(at, 1000.0, 1.0, 0.0));
    assert_eq!((amount(0), amount(1)), (0.0, 0.0));
    assert_eq!(amount(2), 1000.0 / 26.5);
    assert_eq!(amount(19), 1000.0 / 12.2);
    assert_eq!(amount(49), 500.0);
    assert_eq!(amount(80), 500.0);
}

#[test]
fn what_is_no_rule_is_refused() {
    let refused = |rule| matches!(Spending::new(rule, 0.0, 1.0), Err(SpendingError::Parameter { .. }));
    assert!(refused(Rule::Percentage(Percentage { rate: 1.5 })));
    assert!(refused(Rule::Percentage(Percentage { rate: f64::NAN })));
    assert!(refused(Rule::FixedReal(FixedReal { first: FirstYear::Amount(-1.0) })));
    assert!(refused(Rule::MovingAverage(MovingAverage { rate: 0.04, window: 0 })));
    assert!(refused(Rule::Hybrid(Hybrid { rate: 0.04, smoothing: -0.1 })));
    assert!(refused(Rule::RequiredMinimum(RequiredMinimum { age: 70, from_age: 73, divisors: vec![0.5] })));
    assert!(refused(Rule::RequiredMinimum(RequiredMinimum { age: 70, from_age: 73, divisors: vec![] })));
    let rule = Rule::Percentage(Percentage { rate: 0.04 });
    assert!(matches!(Spending::new(rule.clone(), 0.06, 0.05), Err(SpendingError::FloorAboveCap { .. })));
    assert!(Spending::new(rule, -0.1, 0.05).is_err());
}

proptest! {
    #[test]
    fn amounts_scale_with_the_currency(rate in 0.0..0.2_f64, scale in 0.001..1000.0_f64, values in prop::collection::vec(10.0..1000.0_f64, 5)) {
        let rules = [
            Rule::FixedReal(FixedReal { first: FirstYear::Rate(rate) }),
            Rule::Percentage(Percentage { rate }),
            Rule::MovingAverage(MovingAverage { rate, window: 4 }),
            Rule::Hybrid(Hybrid { rate, smoothing: 0.7 }),
            Rule::Guardrails(Guardrails::published(FirstYear::Rate(rate))),
        ];
        for rule in rules {
            let spending = unbounded(rule);
            let (mut small, mut large) = (Spender::new(&spending), Spender::new(&spending));
            for (at, value) in values.iter().enumerate() {
                small.observe(*value);
                large.observe(value * scale);
                let (a, b) = (small.decide(&year(at, *value, 1.0, 0.01)), large.decide(&year(at, value * scale, 1.0, 0.01)));
                prop_assert!((a * scale - b).abs() <= 1e-9 * b.max(1e-9), "{a} {b}");
            }
        }
    }
}
