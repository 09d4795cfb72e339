//! [`measured_prices`]: the prices by which the past is measured.
//!
//! Who decides on a day does not know whether a jump is right, and waits for the next price. Who looks back does: a price that
//! jumped and stayed counts from its own day on, also the last one, which is told of; one that the next comes back from is a bad print.

use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::Ratio;
use evenkeel_ledger::instrument::InstrumentId;

use crate::backtest::Tape;
use crate::boundary::to_f64;
use crate::diagnostic::{Code, Diagnostic};
use crate::market::{PriceHistory, PriceKind, PricePoint, bad_prints};
use crate::policy::PriceRules;

/// A split: of what, on which day, and how many new units for old.
pub(super) type Split = (InstrumentId, Date, Ratio);

/// Prices without those of zero and below and without bad prints. Prices as traded are compared over the splits.
pub(super) fn measured_prices(prices: &PriceHistory, splits: &[Split], rules: &PriceRules) -> PriceHistory {
    let is_raw = prices.kind == PriceKind::Raw;
    let of_series = |(index, series): (usize, &Vec<PricePoint>)| {
        let positive: Vec<PricePoint> = series.iter().filter(|point| point.price.is_positive()).copied().collect();
        let own: Vec<&Split> = splits.iter().filter(|(instrument, ..)| is_raw && instrument.index() == index).collect();
        let comparable = |point: &PricePoint| {
            let later = own.iter().filter(|(_, day, _)| point.date < *day);
            later.fold(to_f64(point.price.decimal()), |price, (.., ratio)| price * to_f64(ratio.old) / to_f64(ratio.new))
        };
        let bad = bad_prints(&positive.iter().map(comparable).collect::<Vec<f64>>(), rules);
        positive.into_iter().zip(bad).filter(|(_, bad)| !bad).map(|(point, _)| point).collect()
    };
    PriceHistory { kind: prices.kind, series: prices.series.iter().enumerate().map(of_series).collect() }
}

/// Divides the last price by a split's ratio, where it is of before the split.
pub(super) fn divide(tape: &mut Tape<'_>, (instrument, day, ratio): Split) -> Result<(), Vec<Diagnostic>> {
    tape.split(instrument, day, ratio).map_err(|error| {
        let message = format!("a price cannot be split on {day}: {error}");
        vec![Diagnostic::error(Code::AMOUNT_TOO_LARGE, message).help("check the ratio of the split")]
    })
}

/// Rules under which no price is suspect any more.
pub(super) const fn unsuspecting(rules: PriceRules) -> PriceRules {
    PriceRules { max_jump: f64::INFINITY, ..rules }
}
