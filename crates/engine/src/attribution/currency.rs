//! [`of_books_abroad`]: segments of the books by leaf and currency, with what each currency gained.
//!
//! R = (V₁ − V₀ − flow) ÷ V₀ in the base currency, e = s₁ ÷ s₀ − 1, l = R − e, and r = Σ w l + Σ w e to the last digit
//!
//! | symbol | where from | unit |
//! |---|---|---|
//! | V, R | books of the day, of a leaf in one currency | base currency, fractions of a day |
//! | s, e | exchange rates: base currency for a unit of the currency | fractions of a day |
//! | l | what was gained in the own currency, exchanged at the close: (1 + own return)(1 + e) − 1 − e | fractions of a day |
//! | c | cash rate a year × days ÷ 365; 0 where no rates are given | fractions of a day |
//! | w | weights at the beginning; nothing hedges, so that they are the exposure to currencies, too | fractions |
//!
//! Of l, c − c of the base currency is the differential of interest: what waiting in that currency paid beyond waiting at home. Source:
//! as [`evenkeel_quant::attribution::currency`].

use std::collections::BTreeMap;

use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::Currency;
use evenkeel_quant::attribution::brinson::Effect;
use evenkeel_quant::attribution::currency::Market;
use evenkeel_quant::attribution::error::AttributionError;
use evenkeel_quant::attribution::linking::{Linked, Linking};
use evenkeel_quant::attribution::segment::{Segment, Totals};
use serde::Serialize;

use crate::diagnostic::{Code, Diagnostic};
use crate::performance::{Days, Net, PolicyMix, Record, currency_returns};

use super::books::of_books;
use super::segments::Segments;

/// Days of a year of interest.
const A_YEAR: f64 = 365.0;

/// Yearly cash rates of currencies over time, ascending by date; fractions.
pub type CashRates<'a> = BTreeMap<Currency, &'a [(Date, f64)]>;

/// What a segment of the portfolio earned in its own currency and by it. Contributions are linked, and those of all segments add up to
/// the return of the portfolio.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EarnedAbroad {
    /// Its name.
    pub name: String,
    /// Mean weight.
    pub weight: f64,
    /// Compounded return in its own currency, over the periods in which it was held.
    pub local_return: f64,
    /// What its currency gained over the same periods.
    pub currency_return: f64,
    /// What its own return contributed, beyond the differential of interest.
    pub local: f64,
    /// What cash in its currency paid beyond cash at home.
    pub interest_differential: f64,
    /// What its currency contributed.
    pub currency: f64,
    /// All of it.
    pub total: f64,
}

/// Segments by day, by leaf and currency: `cells` are those of the groups of the days.
///
/// # Errors
/// A missing exchange rate; cash rates that are not given for a currency that is held, or begin too late.
pub fn of_books_abroad(
    days: &Days,
    cells: &[(usize, Currency)],
    mix: &PolicyMix,
    (record, rates): (&Record<'_>, &CashRates<'_>),
    net: Net,
) -> Result<Segments, Vec<Diagnostic>> {
    let currencies: Vec<Currency> = cells.iter().map(|(_, currency)| *currency).collect();
    let gained = currency_returns(record, &currencies, (days.from, &days.dates))?;
    let mut segments = of_books(days, &by_currency(mix, cells, record.base), net);
    for (day, (row, gained)) in segments.rows.iter().zip(&gained).enumerate() {
        let begin = day.checked_sub(1).and_then(|before| days.dates.get(before)).copied().unwrap_or(days.from);
        let length = days.dates.get(day).map_or(0, |end| end.days_since(begin));
        let is_there = |segment: &Segment| segment.portfolio_weight != 0.0 || segment.benchmark_weight != 0.0;
        let cash = |currency: Currency| paid(rates, currency, begin, length);
        let home = cash(record.base)?;
        let mut markets = Vec::with_capacity(row.len());
        for ((segment, currency), gained) in row.iter().zip(&currencies).zip(gained) {
            let cash = if is_there(segment) { cash(*currency)? } else { home };
            markets.push(market(segment, *gained, cash));
        }
        segments.markets.push(markets);
        segments.home_cash.push(home);
    }
    Ok(segments)
}

/// The mix of leaves laid out by currency, each in that of the instrument that stands for it.
fn by_currency(mix: &PolicyMix, cells: &[(usize, Currency)], base: Currency) -> PolicyMix {
    let spread = |rows: &[Vec<f64>]| -> Vec<Vec<f64>> {
        let of_day = |(row, currencies): (&Vec<f64>, &Vec<Option<Currency>>)| {
            let of_cell = |(sleeve, currency): &(usize, Currency)| {
                let own = currencies.get(*sleeve).copied().flatten().unwrap_or(base);
                row.get(*sleeve).copied().filter(|_| own == *currency).unwrap_or(0.0)
            };
            cells.iter().map(of_cell).collect()
        };
        rows.iter().zip(&mix.currencies).map(of_day).collect()
    };
    PolicyMix {
        weights: spread(&mix.weights),
        returns: spread(&mix.returns),
        currencies: mix.currencies.iter().map(|_| cells.iter().map(|(_, currency)| Some(*currency)).collect()).collect(),
        notes: mix.notes.clone(),
    }
}

fn market(segment: &Segment, currency: f64, cash: f64) -> Market {
    let local = |weight: f64, own: f64, other: f64| match (weight != 0.0, own.is_finite(), other.is_finite()) {
        (_, true, _) => own - currency,
        (false, false, true) => other - currency,
        (false, ..) => 0.0,
        (true, ..) => f64::NAN,
    };
    let Segment { portfolio_weight, benchmark_weight, portfolio_return, benchmark_return } = *segment;
    Market {
        portfolio_weight,
        benchmark_weight,
        portfolio_local: local(portfolio_weight, portfolio_return, benchmark_return),
        benchmark_local: local(benchmark_weight, benchmark_return, portfolio_return),
        cash,
        currency,
        portfolio_currency_weight: portfolio_weight,
        benchmark_currency_weight: benchmark_weight,
    }
}

/// What cash of a currency paid over so many days.
fn paid(rates: &CashRates<'_>, currency: Currency, begin: Date, days: i32) -> Result<f64, Vec<Diagnostic>> {
    if rates.is_empty() {
        return Ok(0.0);
    }
    let Some(series) = rates.get(&currency) else {
        let message = format!("cash rates are given, and none of {currency}, which is held or is the base currency");
        let help = format!("name a series of signals.csv: `--cash-rate {currency}=SERIES`");
        return Err(vec![Diagnostic::error(Code::ARGUMENT, message).help(help)]);
    };
    let known = series.partition_point(|(date, _)| *date <= begin).checked_sub(1).and_then(|last| series.get(last));
    let Some((_, rate)) = known else {
        let message = format!("the cash rate of {currency} has no value on or before {begin}");
        return Err(vec![Diagnostic::error(Code::NO_HISTORY, message).help("begin later: `--from DATE`, or add earlier values")]);
    };
    Ok(rate * f64::from(days) / A_YEAR)
}

/// What each segment of the portfolio earned in its own currency and by it; nothing where the books do not tell.
pub(super) fn earned_abroad(segments: &Segments, linking: Linking) -> Result<Vec<EarnedAbroad>, AttributionError> {
    if segments.home_cash.is_empty() {
        return Ok(Vec::new());
    }
    let traded = |period: usize, segment: usize| segments.traded.get(period).and_then(|row| row.get(segment)).copied().unwrap_or(0.0);
    let of_period = |(period, row): (usize, &Vec<Market>)| {
        let earned = |(segment, market): (usize, &Market)| {
            market.portfolio_weight * (market.portfolio_local + market.currency) + traded(period, segment)
        };
        Totals { portfolio: row.iter().enumerate().map(earned).sum(), benchmark: 0.0 }
    };
    let totals: Vec<Totals> = segments.markets.iter().enumerate().map(of_period).collect();
    let linked = Linked::new(linking, &totals)?;
    let of_segment = |(segment, name): (usize, &String)| {
        let (mut sum, mut weight, mut local, mut currency) = (Effect::default(), 0.0, 1.0, 1.0);
        for (period, (row, home)) in segments.markets.iter().zip(&segments.home_cash).enumerate() {
            let Some(market) = row.get(segment) else { continue };
            let differential = market.cash - home;
            let held = market.portfolio_weight;
            let effect = Effect {
                allocation: held * (market.portfolio_local - differential) + traded(period, segment),
                selection: held * differential,
                interaction: held * market.currency,
            };
            linked.add(period, effect, &mut sum);
            weight += held;
            if held != 0.0 {
                // What was gained in the own currency, at the rate of the beginning.
                local *= 1.0 + market.portfolio_local / (1.0 + market.currency);
                currency *= 1.0 + market.currency;
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "periods are far below 2^53")]
        let weight = weight / segments.markets.len().max(1) as f64;
        EarnedAbroad {
            name: name.clone(),
            weight,
            local_return: local - 1.0,
            currency_return: currency - 1.0,
            local: sum.allocation,
            interest_differential: sum.selection,
            currency: sum.interaction,
            total: sum.total(),
        }
    };
    Ok(segments.names.iter().enumerate().map(of_segment).collect())
}
