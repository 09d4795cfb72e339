//! Whether the exchange rates of a day go together: with those before, and with what others imply.

use std::collections::BTreeSet;

use evenkeel_ledger::date::Date;
use evenkeel_ledger::fx::{FxQuote, FxRates};
use evenkeel_ledger::number::{Currency, Decimal};

use crate::boundary::{TOLERANCE, to_f64};
use crate::diagnostic::{Code, Diagnostic};

use super::FxHistory;

/// A rate that moves further than this since the one before is told: most currencies take a year for
/// it, and 1.08 turned round moves by 14 %.
const MAX_STEP: f64 = 0.10;

/// A rate this near to 1 ÷ the one before is taken for one that is quoted the other way round.
const NEAR_INVERSE: f64 = 0.02;

/// Two ways of deriving a rate that differ by more than this are told: fixings of one day at other
/// hours, and half spreads, come to less.
const MAX_DISAGREEMENT: f64 = 0.01;

/// Warns of rates that are used on a day and do not go together.
pub(super) fn check(history: &FxHistory, rates: &FxRates) -> Vec<Diagnostic> {
    let steps = rates.quotes().iter().filter_map(|quote| step(history, quote));
    steps.chain(disagreements(rates)).collect()
}

/// A rate far from the one before.
fn step(history: &FxHistory, now: &FxQuote) -> Option<Diagnostic> {
    let FxQuote { base, quote, rate, date } = now;
    let series = history.pairs.get(&(*base, *quote))?;
    let earlier: &[(Date, Decimal)] = series.get(..series.partition_point(|(earlier, _)| earlier < date))?;
    let (on, before) = earlier.iter().rev().find(|(_, rate)| rate.is_positive())?;
    let (from, to) = (to_f64(*before), to_f64(*rate));
    if (to / from).max(from / to) - 1.0 <= MAX_STEP + TOLERANCE {
        return None;
    }
    let message = format!(
        "the exchange rate of `{base}/{quote}` on {date} is {rate}, {:+.1} % from {before} on {on}; rates seldom move by more than 10 %",
        100.0 * (to / from - 1.0)
    );
    let help = if (from * to - 1.0).abs() <= NEAR_INVERSE {
        format!("it is about 1 ÷ the one before: if {quote}/{base} is meant, write base {quote} and quote {base}")
    } else {
        "check the decimal point and the direction; if it did move so, there is nothing to do".to_owned()
    };
    Some(Diagnostic::warning(Code::RATE_JUMP, message).help(help))
}

/// Rates of one day of which two ways of deriving one differ: turned round, or over a third currency.
fn disagreements(rates: &FxRates) -> Vec<Diagnostic> {
    let currencies: BTreeSet<Currency> = rates.quotes().iter().flat_map(|quote| [quote.base, quote.quote]).collect();
    let after = |first: Currency| currencies.range(first..).copied().skip(1);
    let mut told = Vec::new();
    for &a in &currencies {
        for b in after(a) {
            let Some((date, direct)) = quoted(rates, a, b).or_else(|| turned(rates, a, b)) else { continue };
            if quoted(rates, a, b).is_some() {
                let back = turned(rates, a, b).filter(|(other, _)| *other == date);
                told.extend(back.and_then(|(_, implied)| disagreement((a, b), date, direct, implied, &format!("as {b}/{a}"))));
            }
            for c in after(b) {
                let leg = |from, to| quoted(rates, from, to).or_else(|| turned(rates, from, to)).filter(|(other, _)| *other == date);
                if let (Some((_, first)), Some((_, second))) = (leg(a, c), leg(c, b)) {
                    told.extend(disagreement((a, b), date, direct, first * second, &format!("over {c}")));
                }
            }
        }
    }
    told
}

fn disagreement((a, b): (Currency, Currency), date: Date, direct: f64, implied: f64, way: &str) -> Option<Diagnostic> {
    let apart = (direct / implied).max(implied / direct) - 1.0;
    if apart <= MAX_DISAGREEMENT + TOLERANCE {
        return None;
    }
    let message = format!(
        "exchange rates of {date} contradict one another: 1 {a} is {direct:.6} {b}, and {way} {implied:.6} {b}, {:.1} % apart",
        100.0 * apart
    );
    let help = "check direction and digits of these pairs in the exchange rates file: 1 of `base` costs `rate` of `quote`";
    Some(Diagnostic::warning(Code::RATES_DISAGREE, message).help(help))
}

/// What one of a currency costs in another, as that pair is quoted.
fn quoted(rates: &FxRates, base: Currency, quote: Currency) -> Option<(Date, f64)> {
    let found = rates.quotes().binary_search_by_key(&(base, quote), |rate| (rate.base, rate.quote)).ok()?;
    rates.quotes().get(found).map(|rate| (rate.date, to_f64(rate.rate)))
}

/// The same from the pair the other way round.
fn turned(rates: &FxRates, base: Currency, quote: Currency) -> Option<(Date, f64)> {
    quoted(rates, quote, base).map(|(date, rate)| (date, 1.0 / rate))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told of rates `EUR/USD 1.08` by day.
    fn told(days: &[(&str, &[&str])]) -> Vec<Diagnostic> {
        let mut history = FxHistory::default();
        let mut last = Vec::new();
        for (day, rates) in days {
            for text in *rates {
                let (pair, rate) = text.split_once(' ').unwrap();
                let (base, quote) = pair.split_once('/').unwrap();
                let (base, quote): (Currency, Currency) = (base.parse().unwrap(), quote.parse().unwrap());
                let (date, rate): (Date, Decimal) = (day.parse().unwrap(), rate.parse().unwrap());
                history.pairs.entry((base, quote)).or_default().push((date, rate));
                last.retain(|known: &FxQuote| (known.base, known.quote) != (base, quote));
                last.push(FxQuote { base, quote, rate, date });
            }
        }
        check(&history, &FxRates::new(last).unwrap())
    }

    fn codes(days: &[(&str, &[&str])]) -> Vec<Code> {
        told(days).iter().map(|told| told.code).collect()
    }

    #[test]
    fn a_rate_turned_round_is_recognized() {
        let turned = told(&[("2024-01-02", &["EUR/USD 1.08"]), ("2024-01-03", &["EUR/USD 0.93"])]);
        assert_eq!(turned.len(), 1);
        assert!(turned[0].code == Code::RATE_JUMP && turned[0].help.as_ref().unwrap().contains("base USD and quote EUR"), "{turned:?}");
        let typo = told(&[("2024-01-02", &["EUR/USD 1.08"]), ("2024-01-03", &["EUR/USD 1.80"])]);
        assert!(typo[0].help.as_ref().unwrap().starts_with("check the decimal point"), "{typo:?}");
        assert!(codes(&[("2024-01-02", &["EUR/USD 1.00"]), ("2024-01-03", &["EUR/USD 1.10"])]).is_empty(), "10 % is not beyond 10 %");
        assert!(codes(&[("2024-01-02", &["EUR/USD 1.80"])]).is_empty(), "a lone rate has nothing to be compared with");
    }

    #[test]
    fn ways_that_contradict_are_told() {
        let day = |rates: &[&str]| codes(&[("2024-01-02", rates)]);
        assert!(day(&["EUR/USD 1.08", "USD/EUR 0.926", "EUR/GBP 0.86", "GBP/USD 1.256"]).is_empty());
        assert_eq!(day(&["EUR/USD 1.08", "USD/EUR 1.08"]), [Code::RATES_DISAGREE]);
        assert_eq!(day(&["EUR/USD 1.08", "EUR/GBP 0.86", "GBP/USD 0.796"]), [Code::RATES_DISAGREE]);
        assert_eq!(day(&["USD/EUR 0.926", "EUR/GBP 0.86", "USD/GBP 1.256"]), [Code::RATES_DISAGREE]);
        // 1 % apart to the digit is not beyond it.
        assert!(day(&["EUR/USD 1.01", "USD/EUR 1"]).is_empty());
        // Rates of other days may differ.
        assert!(codes(&[("2024-01-02", &["EUR/USD 1.08"]), ("2024-01-03", &["USD/EUR 1.08"])]).is_empty());
    }
}
