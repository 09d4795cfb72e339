//! Looking through a whole history of prices, so that what is dirty is seen before it is used.

use std::collections::BTreeSet;

use evenkeel_ledger::date::Date;
use evenkeel_ledger::instrument::Universe;

use crate::boundary::to_f64;
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::PriceRules;

use super::PriceHistory;
use super::snapshot::{Observation, Subject, bad_prints};

/// So many equal prices in a row are told: those of an active market do not stand still for two weeks
/// of trading, and a price that nobody made anew does.
const STANDS_STILL: usize = 10;

/// What an importer should look at in the history up to a date. Told are
///
/// - prices of zero or below, each;
/// - jumps beyond `max_jump` and bad prints, each. Jumps that stay may be real; spin-offs that were
///   not adjusted for look the same;
/// - the longest gap of a series that is longer than `max_age_days` and has prices of others in it;
/// - the longest run of ten or more equal prices, unless the series never moves.
pub fn inspect(history: &PriceHistory, universe: &Universe, as_of: Date, rules: &PriceRules) -> Vec<Diagnostic> {
    let mut told = Vec::new();
    let dates: BTreeSet<Date> = history.series.iter().flatten().map(|point| point.date).filter(|date| *date <= as_of).collect();
    for (id, instrument) in universe.iter() {
        let subject = Subject { noun: "price", name: instrument.symbol.clone() };
        let series = history.series.get(id.index()).map_or(&[][..], Vec::as_slice);
        let known = series.iter().take_while(|point| point.date <= as_of);
        let observations = known.map(|point| Observation { date: point.date, value: point.price.decimal() });
        let (usable, unusable): (Vec<_>, Vec<_>) = observations.partition(|observation| observation.value.is_positive());
        told.extend(unusable.iter().map(|observation| subject.not_positive(*observation)));
        tell_jumps(&subject, &usable, rules, &mut told);
        told.extend(longest_gap(&subject, &usable, &dates, rules));
        told.extend(longest_standstill(&subject, &usable));
    }
    told
}

fn tell_jumps(subject: &Subject, usable: &[Observation], rules: &PriceRules, told: &mut Vec<Diagnostic>) {
    let values: Vec<f64> = usable.iter().map(|observation| to_f64(observation.value)).collect();
    let bad = bad_prints(&values, rules);
    for (pair, is_bad) in usable.windows(2).zip(bad.windows(2)) {
        let ([before, now], [is_before_bad, is_bad]) = (pair, is_bad) else { continue };
        if *is_bad {
            told.push(subject.bad_print(*before, *now));
        } else if !is_before_bad && now.jumps(*before, rules) {
            let help = "if it is right, nothing is to be done; a split or spin-off that is not adjusted for looks the same";
            told.push(subject.jump(*before, *now, rules, help));
        }
    }
}

/// The longest gap in which others have prices, where it is longer than a price may be old.
fn longest_gap(subject: &Subject, usable: &[Observation], dates: &BTreeSet<Date>, rules: &PriceRules) -> Option<Diagnostic> {
    let gaps = usable.windows(2).filter_map(|pair| {
        let [before, next] = pair else { return None };
        let days = next.date.days_since(before.date);
        if i64::from(days) <= i64::from(rules.max_age_days) {
            return None;
        }
        let missed = dates.range(before.date..next.date).count().saturating_sub(1);
        (missed > 0).then_some((days, missed, before.date, next.date))
    });
    let gaps: Vec<_> = gaps.collect();
    let (days, missed, before, next) = gaps.iter().copied().reduce(|longest, gap| if gap.0 > longest.0 { gap } else { longest })?;
    let others = further(gaps.len());
    let message = format!(
        "there is no {} of `{}` between {before} and {next}, {days} days in which others have {missed}{others}; more than {} days is stale",
        subject.noun, subject.name, rules.max_age_days
    );
    Some(Diagnostic::warning(Code::STALE, message).help("fill the gap; within it the price before it is used, and told as stale"))
}

/// The longest run of equal prices, where it is long and the series moves at all.
fn longest_standstill(subject: &Subject, usable: &[Observation]) -> Option<Diagnostic> {
    let runs = usable.chunk_by(|a, b| a.value == b.value).filter(|run| run.len() >= STANDS_STILL && run.len() < usable.len());
    let runs: Vec<&[Observation]> = runs.collect();
    let longest = runs.iter().copied().reduce(|longest, run| if run.len() > longest.len() { run } else { longest })?;
    let ([first, ..], [.., last]) = (longest, longest) else { return None };
    let others = further(runs.len());
    let message = format!(
        "the {} of `{}` is {} on {} dates in a row, {} to {}{others}: it may have been carried on",
        subject.noun,
        subject.name,
        first.value,
        longest.len(),
        first.date,
        last.date
    );
    Some(
        Diagnostic::warning(Code::STALE, message)
            .help("leave the field empty where there was no trade, so that a stale price is told as one"),
    )
}

/// How many there are beside the one that is told.
fn further(count: usize) -> String {
    if count > 1 { format!(" (and {} more)", count - 1) } else { String::new() }
}

#[cfg(test)]
mod tests {
    use evenkeel_ledger::class::ClassPath;
    use evenkeel_ledger::instrument::Instrument;
    use evenkeel_ledger::number::Currency;

    use crate::market::{PriceKind, PricePoint};

    use super::*;

    const RULES: PriceRules = PriceRules { max_age_days: 5, max_jump: 0.25 };

    /// What is told of a history up to 2024-03-31: code and message.
    fn told(series: &[&[(&str, &str)]]) -> Vec<(Code, String)> {
        let class = ClassPath::new("Equity").unwrap();
        let names = ["X", "Y"].into_iter().take(series.len());
        let universe = Universe::new(names.map(|name| Instrument::new(name, class.clone(), Currency::USD)).collect()).unwrap();
        let point = |(day, price): &(&str, &str)| PricePoint { price: price.parse().unwrap(), date: day.parse().unwrap() };
        let series = series.iter().map(|points| points.iter().map(point).collect()).collect();
        let history = PriceHistory { kind: PriceKind::Raw, series };
        let told = inspect(&history, &universe, "2024-03-31".parse().unwrap(), &RULES);
        told.into_iter().map(|told| (told.code, told.message)).collect()
    }

    #[test]
    fn tells_jumps_and_bad_prints_up_to_the_date() {
        let points = [
            ("2024-01-02", "10"),
            ("2024-01-03", "5"),
            ("2024-01-04", "10.2"),
            ("2024-01-05", "20"),
            ("2024-01-08", "0"),
            ("2024-01-09", "21"),
            ("2024-04-01", "42"),
        ];
        let [zero, print, jump] = &told(&[&points])[..] else { panic!("{:?}", told(&[&points])) };
        assert_eq!((zero.0, print.0, jump.0), (Code::NOT_POSITIVE, Code::BAD_PRINT, Code::PRICE_JUMP));
        assert!(print.1.contains("on 2024-01-03 is 5, -50.0 % from 10"), "{}", print.1);
        assert!(jump.1.contains("on 2024-01-05 is 20, +96.1 % from 10.2"), "{}", jump.1);
    }

    #[test]
    fn tells_a_gap_in_which_others_have_prices() {
        let holed = [("2024-01-02", "10"), ("2024-01-08", "10.1"), ("2024-01-20", "10.2"), ("2024-01-26", "10.3")];
        assert_eq!(told(&[&holed]), [], "a day without any price is none of the market");
        let other = [
            ("2024-01-02", "10"),
            ("2024-01-04", "11"),
            ("2024-01-08", "11"),
            ("2024-01-10", "12"),
            ("2024-01-11", "13"),
            ("2024-01-20", "14"),
        ];
        let [gap] = &told(&[&holed, &other])[..] else { panic!("{:?}", told(&[&holed, &other])) };
        assert_eq!(gap.0, Code::STALE);
        let expected = "no price of `X` between 2024-01-08 and 2024-01-20, 12 days in which others have 2 (and 1 more)";
        assert!(gap.1.contains(expected), "{}", gap.1);
    }

    #[test]
    fn tells_a_price_that_stands_still() {
        let days: Vec<String> = (1..=20).map(|day| format!("2024-01-{day:02}")).collect();
        let flat = |until: usize| -> Vec<(&str, &str)> {
            days.iter().enumerate().map(|(index, day)| (day.as_str(), if index < until { "7" } else { "7.1" })).collect()
        };
        let mut short = flat(9);
        short.truncate(11);
        assert_eq!(told(&[&short]), []);
        assert_eq!(told(&[&flat(20)]), [], "a fund that is always worth the same moves never");
        let [still] = &told(&[&flat(11)])[..] else { panic!("{:?}", told(&[&flat(11)])) };
        assert_eq!(still.1, "the price of `X` is 7 on 11 dates in a row, 2024-01-01 to 2024-01-11: it may have been carried on");
    }
}
