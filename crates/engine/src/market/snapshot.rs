//! Judging prices and exchange rates, and taking the last of each on a date.
//!
//! What is decided on is what was known: nothing after the date is looked at. The rules:
//!
//! | observation | what becomes of it |
//! |---|---|
//! | zero or below | never used; told; the one before it stands |
//! | further from the one before than `max_jump`, and the last | not used, and nothing in its place: whoever holds the instrument cannot be valued until the price is confirmed, corrected, or the limit raised |
//! | the same, and a later one stays near it | confirmed, used |
//! | the same, and the next comes back to within a quarter of the jump | a bad print: told; the next is used |
//! | older than `max_age_days` | used, with its date, and told |
//! | none | told |
//!
//! Exchange rates are told further where they moved by more than 10 % since the one before, or where two
//! ways of deriving one on a day differ by more than 1 %; they are used all the same.

use evenkeel_ledger::date::Date;
use evenkeel_ledger::fx::{FxQuote, FxRates};
use evenkeel_ledger::instrument::Universe;
use evenkeel_ledger::number::{Decimal, Price};

use crate::boundary::to_f64;
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::PriceRules;

use super::{FxHistory, MarketSnapshot, PriceHistory, PricePoint, exchange};

/// A bad print comes back to within this fraction of the jump.
const COMES_BACK: f64 = 0.25;

/// One observation of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Observation {
    pub(super) date: Date,
    pub(super) value: Decimal,
}

impl Observation {
    /// `self ÷ before − 1`.
    fn change(self, before: Self) -> f64 {
        change(to_f64(before.value), to_f64(self.value))
    }

    pub(super) fn jumps(self, before: Self, rules: &PriceRules) -> bool {
        jumps(to_f64(before.value), to_f64(self.value), rules)
    }
}

/// The last price and rate of each series on or before a date, judged by the rules above. Every
/// diagnostic is a warning: whether a missing price matters shows when holdings are valued.
pub fn snapshot(
    history: &PriceHistory,
    universe: &Universe,
    fx: &FxHistory,
    as_of: Date,
    rules: &PriceRules,
) -> (MarketSnapshot, Vec<Diagnostic>) {
    let mut told = Vec::new();
    let mut prices = Vec::with_capacity(universe.len());
    for (id, instrument) in universe.iter() {
        let series = history.series.get(id.index()).map_or(&[][..], Vec::as_slice);
        let known = series.get(..series.partition_point(|point| point.date <= as_of)).unwrap_or_default();
        let observations = known.iter().rev().map(|point| Observation { date: point.date, value: point.price.decimal() });
        let subject = Subject { noun: "price", name: instrument.symbol.clone() };
        let last = judge_last(&subject, observations, as_of, rules, &mut told);
        prices.push(last.map(|last| PricePoint { price: Price::new(last.value), date: last.date }));
    }
    let mut quotes = Vec::new();
    for ((base, quote), series) in &fx.pairs {
        let known = series.get(..series.partition_point(|(date, _)| *date <= as_of)).unwrap_or_default();
        let observations = known.iter().rev().map(|(date, value)| Observation { date: *date, value: *value });
        let subject = Subject { noun: "exchange rate", name: format!("{base}/{quote}") };
        let last = judge_last(&subject, observations, as_of, rules, &mut told);
        quotes.extend(last.map(|last| FxQuote { base: *base, quote: *quote, rate: last.value, date: last.date }));
    }
    let rates = FxRates::new(quotes).unwrap_or_else(|error| {
        // Cannot happen: rates are above zero here, and no pair stands twice in the map.
        told.push(Diagnostic::error(Code::NOT_POSITIVE, error.to_string()));
        FxRates::default()
    });
    told.extend(exchange::check(fx, &rates));
    (MarketSnapshot { as_of, kind: history.kind, prices, fx: rates }, told)
}

/// The last usable observation among those known, the latest first.
fn judge_last(
    subject: &Subject,
    latest_first: impl Iterator<Item = Observation>,
    as_of: Date,
    rules: &PriceRules,
    told: &mut Vec<Diagnostic>,
) -> Option<Observation> {
    let mut usable = latest_first.filter(|observation| {
        if !observation.value.is_positive() {
            told.push(subject.not_positive(*observation));
        }
        observation.value.is_positive()
    });
    let (last, before, earlier) = (usable.next(), usable.next(), usable.next());
    drop(usable);
    let Some(last) = last else {
        told.push(subject.missing(as_of));
        return None;
    };
    if let Some(before) = before {
        let value = |observation: Observation| to_f64(observation.value);
        match judge(earlier.map(value), value(before), value(last), rules) {
            Judged::Bounced => told.extend(earlier.map(|earlier| subject.bad_print(earlier, before))),
            Judged::Jumped => {
                let help = "correct it, wait for the next one to confirm it, or raise `prices.max_jump` if it is right";
                let jump = subject.jump(before, last, rules, help);
                told.push(Diagnostic { message: format!("{}; it is not used", jump.message), ..jump });
                return None;
            }
            Judged::Usual => {}
        }
    }
    let age = as_of.days_since(last.date);
    if i64::from(age) > i64::from(rules.max_age_days) {
        told.push(subject.stale(last, as_of, age, rules));
    }
    Some(last)
}

/// What the last price says beside the two before it.
enum Judged {
    Usual,
    /// The one before was a bad print: the last comes back from it.
    Bounced,
    /// It is not used until another confirms it.
    Jumped,
}

fn judge(earlier: Option<f64>, before: f64, last: f64, rules: &PriceRules) -> Judged {
    let bounced = |earlier: f64| (jumps(earlier, before, rules) || jumps(before, last, rules)) && comes_back(earlier, before, last);
    if earlier.is_some_and(bounced) {
        Judged::Bounced
    } else if jumps(before, last, rules) {
        Judged::Jumped
    } else {
        Judged::Usual
    }
}

/// Whether a price is used on the day on which it is the last, after the two before it: not if it jumps, unless it comes back.
pub(crate) fn is_used(earlier: Option<f64>, before: Option<f64>, last: f64, rules: &PriceRules) -> bool {
    before.is_none_or(|before| !matches!(judge(earlier, before, last, rules), Judged::Jumped))
}

/// Which prices of a whole history are bad prints: the next comes back from them. They compare with each other, over splits too.
pub(crate) fn bad_prints(prices: &[f64], rules: &PriceRules) -> Vec<bool> {
    let mut bad = vec![false; prices.len()];
    for (index, window) in prices.windows(3).enumerate() {
        let [earlier, print, next] = *window else { continue };
        let is_after_one = bad.get(index).copied().unwrap_or_default();
        let is_bad = !is_after_one && (jumps(earlier, print, rules) || jumps(print, next, rules)) && comes_back(earlier, print, next);
        if let Some(bad) = bad.get_mut(index + 1) {
            *bad = is_bad;
        }
    }
    bad
}

/// `now ÷ before − 1`.
fn change(before: f64, now: f64) -> f64 {
    now / before - 1.0
}

fn jumps(before: f64, now: f64, rules: &PriceRules) -> bool {
    change(before, now).abs() > rules.max_jump
}

fn comes_back(before: f64, print: f64, next: f64) -> bool {
    change(before, next).abs() <= COMES_BACK * change(before, print).abs()
}

/// What the sentences are about.
pub(super) struct Subject {
    pub(super) noun: &'static str,
    pub(super) name: String,
}

impl Subject {
    pub(super) fn not_positive(&self, seen: Observation) -> Diagnostic {
        let message =
            format!("the {} of `{}` on {} is {}, which is not above zero; it is not used", self.noun, self.name, seen.date, seen.value);
        Diagnostic::warning(Code::NOT_POSITIVE, message).help("leave the field empty where there was no price")
    }

    fn missing(&self, as_of: Date) -> Diagnostic {
        let message = format!("there is no usable {} of `{}` on or before {as_of}", self.noun, self.name);
        Diagnostic::warning(Code::NO_PRICE, message).help("add one; it is needed where the instrument is held, or is to be bought")
    }

    fn stale(&self, last: Observation, as_of: Date, age: i32, rules: &PriceRules) -> Diagnostic {
        let message = format!(
            "the last {} of `{}` is {} of {}, {age} days before {as_of}; more than {} days is stale",
            self.noun, self.name, last.value, last.date, rules.max_age_days
        );
        Diagnostic::warning(Code::STALE, message).help("add a newer one, or raise `prices.max_age_days`")
    }

    pub(super) fn jump(&self, before: Observation, now: Observation, rules: &PriceRules, help: &str) -> Diagnostic {
        let message = format!(
            "the {} of `{}` on {} is {}, {:+.1} % from {} on {}; more than {:.1} % is suspect",
            self.noun,
            self.name,
            now.date,
            now.value,
            now.change(before) * 100.0,
            before.value,
            before.date,
            rules.max_jump * 100.0
        );
        Diagnostic::warning(Code::PRICE_JUMP, message).help(help)
    }

    pub(super) fn bad_print(&self, before: Observation, print: Observation) -> Diagnostic {
        let message = format!(
            "the {} of `{}` on {} is {}, {:+.1} % from {} on {}, and the next one comes back: it looks like a bad print",
            self.noun,
            self.name,
            print.date,
            print.value,
            print.change(before) * 100.0,
            before.value,
            before.date
        );
        Diagnostic::warning(Code::BAD_PRINT, message).help("remove or correct it")
    }
}

#[cfg(test)]
mod tests {
    use evenkeel_ledger::class::ClassPath;
    use evenkeel_ledger::instrument::Instrument;
    use evenkeel_ledger::number::Currency;

    use crate::market::PriceKind;

    use super::*;

    const RULES: PriceRules = PriceRules { max_age_days: 5, max_jump: 0.25 };

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn universe() -> Universe {
        Universe::new(vec![Instrument::new("X", ClassPath::new("Equity").unwrap(), Currency::USD)]).unwrap()
    }

    fn history(points: &[(&str, &str)]) -> PriceHistory {
        let points = points.iter().map(|(day, price)| PricePoint { price: price.parse().unwrap(), date: date(day) });
        PriceHistory { kind: PriceKind::Raw, series: vec![points.collect()] }
    }

    /// The price on a date as text, and the codes told.
    fn seen(points: &[(&str, &str)], as_of: &str) -> (Option<String>, Vec<Code>) {
        let (market, told) = snapshot(&history(points), &universe(), &FxHistory::default(), date(as_of), &RULES);
        assert!(told.iter().all(|diagnostic| !diagnostic.is_error() && diagnostic.message.contains("`X`")), "{told:?}");
        let price = market.prices.first().unwrap().map(|point| point.price.to_string());
        (price, told.iter().map(|diagnostic| diagnostic.code).collect())
    }

    #[test]
    fn judges_the_last_price() {
        let price = |text: &str| Some(text.to_owned());
        let quiet: [(&str, &str); 2] = [("2024-01-02", "10"), ("2024-01-03", "12.5")];
        assert_eq!(seen(&quiet, "2024-01-03"), (price("12.5"), vec![]), "exactly the limit does not fire");
        assert_eq!(seen(&quiet, "2024-01-02"), (price("10"), vec![]), "nothing later is looked at");
        assert_eq!(seen(&quiet, "2024-01-08"), (price("12.5"), vec![]));
        assert_eq!(seen(&quiet, "2024-01-09"), (price("12.5"), vec![Code::STALE]));
        assert_eq!(seen(&quiet, "2024-01-01"), (None, vec![Code::NO_PRICE]));
        let zero = [("2024-01-02", "10"), ("2024-01-03", "0"), ("2024-01-04", "-1")];
        assert_eq!(seen(&zero, "2024-01-04"), (price("10"), vec![Code::NOT_POSITIVE, Code::NOT_POSITIVE]));
    }

    #[test]
    fn a_jump_is_not_used_until_it_is_confirmed() {
        let price = |text: &str| Some(text.to_owned());
        let jump = [("2024-01-02", "10"), ("2024-01-03", "5"), ("2024-01-04", "5.1")];
        assert_eq!(seen(&jump, "2024-01-03"), (None, vec![Code::PRICE_JUMP]));
        assert_eq!(seen(&jump, "2024-01-04"), (price("5.1"), vec![]));
        let print = [("2024-01-02", "10"), ("2024-01-03", "12.6"), ("2024-01-04", "10.1")];
        assert_eq!(seen(&print, "2024-01-03"), (None, vec![Code::PRICE_JUMP]));
        assert_eq!(seen(&print, "2024-01-04"), (price("10.1"), vec![Code::BAD_PRINT]));
    }

    #[test]
    fn takes_exchange_rates_by_the_same_rules() {
        let pair = |base: &str, quote: &str| (base.parse::<Currency>().unwrap(), quote.parse::<Currency>().unwrap());
        let rates = vec![(date("2024-01-02"), "1.10".parse().unwrap()), (date("2024-01-09"), "1.11".parse().unwrap())];
        let jumped = vec![(date("2024-01-02"), "2".parse().unwrap()), (date("2024-01-03"), "4226".parse().unwrap())];
        let fx = FxHistory { pairs: [(pair("EUR", "USD"), rates), (pair("USD", "VEF"), jumped)].into_iter().collect() };
        let (market, told) = snapshot(&history(&[("2024-01-03", "10")]), &universe(), &fx, date("2024-01-08"), &RULES);
        assert_eq!(market.fx.quotes().len(), 1);
        assert_eq!(market.fx.quotes()[0].rate.to_string(), "1.1");
        let codes: Vec<Code> = told.iter().map(|diagnostic| diagnostic.code).collect();
        assert_eq!(codes, [Code::STALE, Code::PRICE_JUMP]);
    }
}
