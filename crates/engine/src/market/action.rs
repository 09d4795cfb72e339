//! [`Action`]: what happens to an instrument itself: dividends, splits, delistings.

use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::Ratio;
use evenkeel_ledger::instrument::{InstrumentId, Universe};
use evenkeel_ledger::number::{NumberError, Price, Rounding};

use super::{PriceHistory, PriceKind};
use crate::diagnostic::{Code, Diagnostic};

/// Something that happens to an instrument on a day, before that day's close.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Action {
    /// The day: of a dividend that on which the price is first without it, and on which it is counted as paid.
    pub date: Date,
    /// The instrument.
    pub instrument: InstrumentId,
    /// What happens.
    pub kind: ActionKind,
}

/// What happens to an instrument.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ActionKind {
    /// It pays.
    Dividend {
        /// For each unit, in the instrument's currency.
        per_unit: Price,
        /// Share of it that is taxed like long-term gains, from 0 to 1.
        qualified: f64,
    },
    /// Units are split or put together.
    Split {
        /// New units for old.
        ratio: Ratio,
    },
    /// It ends, and cash is paid for it; zero for nothing.
    Delisting {
        /// For each unit, in the instrument's currency.
        per_unit: Price,
    },
}

impl ActionKind {
    /// `dividend`, `split` or `delisting`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dividend { .. } => "dividend",
            Self::Split { .. } => "split",
            Self::Delisting { .. } => "delisting",
        }
    }
}

/// Divides the prices of an instrument before a day by a split's ratio, so that they compare with those from that day on.
///
/// # Errors
/// A price out of range.
pub(crate) fn adjust(prices: &mut PriceHistory, instrument: InstrumentId, day: Date, ratio: Ratio) -> Result<(), NumberError> {
    let Some(series) = prices.series.get_mut(instrument.index()) else { return Ok(()) };
    for point in series.iter_mut().take_while(|point| point.date < day) {
        point.price = Price::new(point.price.decimal().pro_rata(ratio.old, ratio.new, Rounding::HalfEven)?);
    }
    Ok(())
}

/// Prices as they compare over splits: each divided by the ratios of those that came after it.
///
/// # Errors
/// A price out of range.
pub fn split_adjusted(prices: &PriceHistory, actions: &[Action]) -> Result<PriceHistory, NumberError> {
    let mut adjusted = prices.clone();
    for action in actions {
        if let ActionKind::Split { ratio } = action.kind {
            adjust(&mut adjusted, action.instrument, action.date, ratio)?;
        }
    }
    Ok(adjusted)
}

/// Actions that the prices have in them already: dividends of prices adjusted for them, and splits of any adjusted prices.
/// Counting them again would make money of nothing.
pub(crate) fn counted_twice(actions: &[Action], kind: PriceKind, universe: &Universe) -> Vec<Diagnostic> {
    let is_in = |action: &&Action| match action.kind {
        ActionKind::Dividend { .. } => kind == PriceKind::TotalReturn,
        ActionKind::Split { .. } => kind != PriceKind::Raw,
        ActionKind::Delisting { .. } => false,
    };
    let told = |action: &Action| {
        let (what, symbol) = (action.kind.name(), universe.symbol(action.instrument));
        let message = format!("the {what} of `{symbol}` on {} is in the prices already, which are adjusted for it", action.date);
        Diagnostic::error(Code::ARGUMENT, message).help(format!("remove the {what}s, or give prices as they were traded (`raw`)"))
    };
    actions.iter().find(is_in).map(told).into_iter().collect()
}
