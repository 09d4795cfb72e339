//! `segments.csv`: parts of a portfolio and its benchmark by period, as a textbook prints them.

use std::collections::BTreeMap;

use evenkeel::attribution::Segments;
use evenkeel::diagnostic::{Code, SourceText};
use evenkeel::document::Parsed;
use evenkeel_quant::attribution::currency::Market;
use evenkeel_quant::attribution::segment::Segment;

use crate::mapping::Mapping;
use crate::table::{Format, Further, Reject, Row, Table, columns};

columns! {
    PERIOD = "period" Required Text, "Name of the period, such as `2024-03` or `Q1`. Periods come in the order in which they first stand here, the oldest first.";
    SEGMENT = "segment" Required Text, "Name of the segment; a path such as `Equity/US` where levels are told apart.";
    PORTFOLIO_WEIGHT = "portfolio_weight" Required Number, "Weight in the portfolio at the beginning of the period, as a fraction.";
    BENCHMARK_WEIGHT = "benchmark_weight" Required Number, "Weight in the benchmark, as a fraction.";
    PORTFOLIO_RETURN = "portfolio_return" Optional Number, "Return of the portfolio's part in the period, as a fraction, in the base currency.";
    BENCHMARK_RETURN = "benchmark_return" Optional Number, "Return of the benchmark's part, as a fraction, in the base currency.";
    PORTFOLIO_LOCAL = "portfolio_local" Optional Number, "Return of the portfolio's part in the currency of the market.";
    BENCHMARK_LOCAL = "benchmark_local" Optional Number, "Return of the benchmark's part in the currency of the market.";
    CASH = "cash" Optional Number, "Return of cash in the currency of the market over the period.";
    CURRENCY = "currency" Optional Number, "What the currency gained against the base currency, as a fraction.";
    PORTFOLIO_CURRENCY_WEIGHT = "portfolio_currency_weight" Optional Number, "Exposure of the portfolio to the currency after hedges; the weight of the market where it is empty.";
    BENCHMARK_CURRENCY_WEIGHT = "benchmark_currency_weight" Optional Number, "Exposure of the benchmark to the currency after hedges; the weight of the market where it is empty.";
}

/// The columns of `segments.csv`.
pub const FORMAT: Format = Format {
    title: "segments.csv",
    about: "One row for each segment and period: weights and returns of a portfolio and its benchmark, for `evenkeel attribute`.",
    columns: COLUMNS,
    further: Further::Refused,
    directives: &[],
    rules: &[
        "Weights of each side add up to 1 in every period; what is missing gets a segment of its own, such as cash.",
        "A return may be empty where its weight is zero, and is then that of the other side.",
        "A segment without a row in a period has no weight in it; two rows of one segment and period are an error.",
        "`--method currency` takes `portfolio_local`, `benchmark_local`, `cash` and `currency`; other methods do not look at them.",
    ],
};

/// Largest size of a weight or return: above it a number is most likely percent.
const LARGEST: f64 = 20.0;

/// Reads segments.
pub fn read(source: SourceText<'_>, mapping: Option<&Mapping>) -> Parsed<Segments> {
    let mut table = Table::open(source, &FORMAT, mapping);
    let (mut names, mut periods) = (Numbers::default(), Numbers::default());
    let mut read: BTreeMap<(usize, usize), (Segment, Market, usize)> = BTreeMap::new();
    while let Some(mut row) = table.next_row() {
        let line = row.place().line();
        let Some((period, segment, values)) = read_row(&mut row) else { continue };
        let place = (periods.number(period), names.number(segment));
        if let Some((.., earlier)) = read.get(&place) {
            let problem = format!("stands on line {earlier} already for this period");
            row.reject(SEGMENT, &Reject::new(Code::DUPLICATE_ROW, problem, "keep one row for each segment and period"));
            continue;
        }
        read.insert(place, (values.0, values.1, line));
    }
    let absent = (
        Segment { portfolio_weight: 0.0, benchmark_weight: 0.0, portfolio_return: f64::NAN, benchmark_return: f64::NAN },
        Market {
            portfolio_weight: 0.0,
            benchmark_weight: 0.0,
            portfolio_local: 0.0,
            benchmark_local: 0.0,
            cash: 0.0,
            currency: 0.0,
            portfolio_currency_weight: 0.0,
            benchmark_currency_weight: 0.0,
        },
    );
    let (mut rows, mut markets) = (Vec::new(), Vec::new());
    for period in 0..periods.names.len() {
        let of_segment = |segment| read.get(&(period, segment)).map_or(absent, |(segment, market, _)| (*segment, *market));
        let (row, market): (Vec<Segment>, Vec<Market>) = (0..names.names.len()).map(of_segment).unzip();
        rows.push(row);
        markets.push(market);
    }
    let segments = Segments { names: names.names, periods: periods.names, rows, markets, ..Segments::default() };
    table.finish(true, segments)
}

/// Names in the order in which they first came.
#[derive(Default)]
struct Numbers {
    names: Vec<String>,
    known: BTreeMap<String, usize>,
}

impl Numbers {
    fn number(&mut self, name: String) -> usize {
        *self.known.entry(name).or_insert_with_key(|name| {
            self.names.push(name.clone());
            self.names.len() - 1
        })
    }
}

fn read_row(row: &mut Row<'_, '_>) -> Option<(String, String, (Segment, Market))> {
    let period = row.text(PERIOD).map(std::borrow::Cow::into_owned);
    let segment = row.text(SEGMENT).map(std::borrow::Cow::into_owned);
    let mut number = |column| {
        let value = row.number(column)?;
        if value.abs() <= LARGEST {
            return Some(value);
        }
        row.reject(column, &Reject::range(format!("is beyond {LARGEST}"), "write a fraction: 0.05 is 5 %"));
        None
    };
    let (portfolio_weight, benchmark_weight) = (number(PORTFOLIO_WEIGHT), number(BENCHMARK_WEIGHT));
    let earned = [PORTFOLIO_RETURN, BENCHMARK_RETURN].map(&mut number);
    let [portfolio_local, benchmark_local, cash, currency] =
        [PORTFOLIO_LOCAL, BENCHMARK_LOCAL, CASH, CURRENCY].map(|column| number(column).unwrap_or(f64::NAN));
    let [own_exposure, other_exposure] = [PORTFOLIO_CURRENCY_WEIGHT, BENCHMARK_CURRENCY_WEIGHT].map(&mut number);
    if row.is_bad() {
        return None;
    }
    let (portfolio_weight, benchmark_weight) = (portfolio_weight?, benchmark_weight?);
    let in_base = |local: f64| (1.0 + local) * (1.0 + currency) - 1.0;
    let segment_values = Segment {
        portfolio_weight,
        benchmark_weight,
        portfolio_return: earned[0].unwrap_or(in_base(portfolio_local)),
        benchmark_return: earned[1].unwrap_or(in_base(benchmark_local)),
    };
    let market = Market {
        portfolio_weight,
        benchmark_weight,
        portfolio_local,
        benchmark_local,
        cash,
        currency,
        portfolio_currency_weight: own_exposure.unwrap_or(portfolio_weight),
        benchmark_currency_weight: other_exposure.unwrap_or(benchmark_weight),
    };
    Some((period?, segment?, (segment_values, market)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp, reason = "tests")]

    use super::*;

    fn read_text(text: &str) -> Parsed<Segments> {
        read(SourceText { file: "segments.csv", text }, None)
    }

    #[test]
    fn reads_segments_by_period_in_the_order_of_rows() {
        let text = "period,segment,portfolio_weight,benchmark_weight,portfolio_return,benchmark_return\n\
                    Q2,UK,1,0.5,0.1,0.2\n\
                    Q2,US,0,0.5,,0.3\n\
                    Q1,UK,1,1,0.1,0.2\n";
        let read = read_text(text).value.unwrap();
        assert_eq!((read.names, read.periods), (vec!["UK".to_owned(), "US".to_owned()], vec!["Q2".to_owned(), "Q1".to_owned()]));
        assert_eq!((read.rows[0][1].portfolio_weight, read.rows[0][1].benchmark_return), (0.0, 0.3));
        assert!(read.rows[0][1].portfolio_return.is_nan() && read.rows[1][1].portfolio_return.is_nan());
        assert_eq!(read.rows[1][1].benchmark_weight, 0.0);
    }

    #[test]
    fn tells_all_that_is_wrong_with_its_line() {
        let text = "period,segment,portfolio_weight,benchmark_weight,portfolio_return,benchmark_return\n\
                    Q1,UK,,0.5,0.1,0.2\n\
                    Q1,US,40,0.5,0.1,0.3\n\
                    Q1,JP,0.4,0.5,x,0.3\n\
                    Q1,DE,0.4,0.5,0.1,0.3\n\
                    Q1,DE,0.4,0.5,0.1,0.3\n";
        let told = read_text(text).diagnostics;
        let lines: Vec<usize> = told.iter().filter_map(|told| told.location.as_ref()).map(|place| place.line).collect();
        assert_eq!(lines, [2, 3, 4, 6], "{told:#?}");
    }

    #[test]
    fn markets_have_their_own_columns() {
        let text = "period,segment,portfolio_weight,benchmark_weight,portfolio_local,benchmark_local,cash,currency,portfolio_currency_weight\n\
                    Q1,UK,1,1,0.1,0.2,0.01,0.5,0.9\n";
        let read = read_text(text).value.unwrap();
        let market = read.markets[0][0];
        assert_eq!((market.portfolio_currency_weight, market.benchmark_currency_weight, market.cash), (0.9, 1.0, 0.01));
        assert!((read.rows[0][0].portfolio_return - 0.65).abs() < 1e-15);
    }
}
