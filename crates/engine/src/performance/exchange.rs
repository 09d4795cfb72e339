//! What currencies were worth, day by day.

use evenkeel_ledger::date::Date;
use evenkeel_ledger::fx::{FxError, FxRates};
use evenkeel_ledger::number::Currency;

use crate::boundary::to_f64;
use crate::diagnostic::{Code, Diagnostic};
use crate::market::FxHistory;

use super::record::Record;

/// The last exchange rate of each pair on a day.
pub(super) fn rates_of(fx: &FxHistory, day: Date) -> Result<FxRates, Vec<Diagnostic>> {
    fx.on(day).map_err(|error| no_rate(&error, day))
}

/// Units of the base currency for one unit of another.
pub(super) fn rate(currency: Currency, base: Currency, fx: &FxRates) -> Result<f64, FxError> {
    let conversion = fx.conversion(currency, base)?;
    Ok(to_f64(conversion.numerator) / to_f64(conversion.denominator))
}

pub(super) fn no_rate(error: &FxError, day: Date) -> Vec<Diagnostic> {
    vec![Diagnostic::error(Code::NO_EXCHANGE_RATE, format!("on {day}: {error}")).help("add the pair to the exchange rates file")]
}

/// What currencies gained against the base currency: by day, since the day before each and of the first since `from`, then by currency.
///
/// # Errors
/// A pair without a rate by then.
pub fn currency_returns(
    record: &Record<'_>,
    currencies: &[Currency],
    (from, dates): (Date, &[Date]),
) -> Result<Vec<Vec<f64>>, Vec<Diagnostic>> {
    let worth = |day: Date| -> Result<Vec<f64>, Vec<Diagnostic>> {
        let fx = rates_of(record.fx, day)?;
        let rates = currencies.iter().map(|currency| rate(*currency, record.base, &fx));
        rates.collect::<Result<Vec<f64>, FxError>>().map_err(|error| no_rate(&error, day))
    };
    let mut before = worth(from)?;
    let mut of_day = |day: &Date| {
        let now = worth(*day)?;
        let gained = now.iter().zip(&before).map(|(now, before)| now / before - 1.0).collect();
        before = now;
        Ok(gained)
    };
    dates.iter().map(&mut of_day).collect()
}
