//! What holders earned: prices with dividends put back, over splits, in the base currency.

use evenkeel_ledger::date::Date;
use evenkeel_ledger::instrument::{InstrumentId, Universe};
use evenkeel_ledger::number::Currency;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::panel::{Content, Panel};

use crate::boundary::to_f64;
use crate::diagnostic::{Code, Diagnostic};

use super::action::{Action, ActionKind};
use super::{FxHistory, NamedPanel, PriceKind};

impl NamedPanel {
    /// The same as its holders saw it: what a unit bought at first is worth on each date in the base currency.
    ///
    /// Splits and dividends that prices leave out are in from their date on, a dividend as put back at the first price
    /// without it; so nothing before an action is changed by it. Returns are taken to have both in them. What is priced in
    /// another currency is converted at the last rate by each date. Columns that are no instruments stay as they are.
    /// Second, what should be known: currencies without a rate, of which the returns stay as they are.
    pub fn total_return(self, universe: &Universe, actions: &[Action], fx: &FxHistory, base: Currency) -> (Self, Vec<Diagnostic>) {
        let columns: Vec<Option<InstrumentId>> = self.names.iter().map(|name| universe.find(name)).collect();
        let currency = |id: &Option<InstrumentId>| id.and_then(|id| universe.get(id)).map_or(base, |instrument| instrument.currency);
        let own: Vec<Currency> = columns.iter().map(currency).collect();
        let kind = self.kind;
        let is_counted = |action: &&Action| match action.kind {
            ActionKind::Split { .. } => kind == Some(PriceKind::Raw),
            ActionKind::Dividend { .. } => kind != Some(PriceKind::TotalReturn),
            ActionKind::Delisting { .. } => false,
        };
        let is_priced = self.panel.content() == Content::Prices;
        let actions: Vec<Action> = actions.iter().filter(|_| is_priced).filter(is_counted).copied().collect();
        if actions.is_empty() && own.iter().all(|currency| *currency == base) {
            return (self, Vec::new());
        }
        let Ok(dates) = self.dates() else { return (self, Vec::new()) };
        let mut told = Vec::new();
        let mut values = self.panel.values().clone();
        for (column, (id, currency)) in columns.iter().zip(&own).enumerate() {
            let of_it: Vec<Action> = actions.iter().filter(|action| Some(action.instrument) == *id).copied().collect();
            if !of_it.is_empty() {
                reinvest(&mut values, column, &dates, &of_it);
            }
            if *currency != base {
                match rates(fx, *currency, base, &dates, self.usual_step()) {
                    Some(rates) if is_priced => scale(&mut values, column, |row| rates.get(row + 1).copied().unwrap_or(f64::NAN)),
                    Some(rates) => exchange(&mut values, column, &rates, self.panel.content()),
                    None => told.push(unconverted(self.names.get(column).map_or("", String::as_str), *currency, base)),
                }
            }
        }
        let has_dividends = actions.iter().any(|action| matches!(action.kind, ActionKind::Dividend { .. }));
        let kind = if has_dividends { Some(PriceKind::TotalReturn) } else { self.kind };
        match Panel::new(self.panel.content(), self.panel.dates().to_vec(), values) {
            Ok(panel) => (Self { kind, panel, ..self }, told),
            Err(error) => {
                told.push(Diagnostic::warning(Code::HISTORY_UNUSABLE, format!("prices are without dividends and exchange rates: {error}")));
                (self, told)
            }
        }
    }
}

/// Units that one at first has become, dividends put back, times the price.
fn reinvest(values: &mut Matrix, column: usize, dates: &[Date], actions: &[Action]) {
    let (mut units, mut next, mut is_first) = (1.0, 0, true);
    for (row, date) in dates.iter().enumerate() {
        let price = values.get(row, column);
        if price.is_nan() {
            continue;
        }
        let mut paid = 0.0;
        while let Some(action) = actions.get(next).filter(|action| action.date <= *date) {
            match action.kind {
                ActionKind::Split { ratio } => units *= to_f64(ratio.new) / to_f64(ratio.old),
                ActionKind::Dividend { per_unit, .. } if !is_first => paid += units * to_f64(per_unit.decimal()),
                ActionKind::Dividend { .. } | ActionKind::Delisting { .. } => {}
            }
            next += 1;
        }
        is_first = false;
        units += paid / price;
        values.set(row, column, price * units);
    }
}

/// Units of the base currency for one of another: before the first date, then on each; `None` where there is never a rate.
fn rates(fx: &FxHistory, currency: Currency, base: Currency, dates: &[Date], step: i32) -> Option<Vec<f64>> {
    let before = dates.first()?.add_days(-step).ok();
    let rate = |date: Option<Date>| {
        let rates = fx.on(date?).ok()?;
        let conversion = rates.conversion(currency, base).ok()?;
        Some(to_f64(conversion.numerator) / to_f64(conversion.denominator))
    };
    let days = std::iter::once(before).chain(dates.iter().copied().map(Some));
    let found: Vec<f64> = days.map(|date| rate(date).unwrap_or(f64::NAN)).collect();
    found.iter().any(|rate| rate.is_finite()).then_some(found)
}

fn scale(values: &mut Matrix, column: usize, rate: impl Fn(usize) -> f64) {
    for row in 0..values.rows() {
        values.set(row, column, values.get(row, column) * rate(row));
    }
}

/// Returns with those of the currency.
fn exchange(values: &mut Matrix, column: usize, rates: &[f64], content: Content) {
    for (row, pair) in rates.windows(2).enumerate() {
        if let [before, after] = pair {
            let own = values.get(row, column);
            let with = if content == Content::LogReturns { own + (after / before).ln() } else { (1.0 + own) * after / before - 1.0 };
            values.set(row, column, with);
        }
    }
}

fn unconverted(symbol: &str, currency: Currency, base: Currency) -> Diagnostic {
    let message = format!("returns of `{symbol}` are those in {currency}: there is no exchange rate to {base}");
    Diagnostic::warning(Code::NO_EXCHANGE_RATE, message).help("add the pair to fx.csv")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use evenkeel_ledger::class::ClassPath;
    use evenkeel_ledger::event::Ratio;
    use evenkeel_ledger::instrument::Instrument;
    use evenkeel_ledger::number::Decimal;

    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn universe() -> Universe {
        let class = ClassPath::new("Equity").unwrap();
        let instrument = |symbol, currency| Instrument::new(symbol, class.clone(), currency);
        Universe::new(vec![instrument("X", Currency::USD), instrument("E", Currency::EUR)]).unwrap()
    }

    fn panel(kind: PriceKind, content: Content, columns: &[(&str, &[f64])]) -> NamedPanel {
        let day = |row: usize| date("2024-01-01").add_days(i32::try_from(row).unwrap()).unwrap();
        let series = columns.iter().map(|(name, values)| {
            let points = values.iter().enumerate().filter(|(_, value)| !value.is_nan()).map(|(row, value)| (day(row), *value));
            ((*name).to_owned(), points.collect())
        });
        NamedPanel::of_series(Some(kind), content, series.collect()).unwrap()
    }

    fn actions() -> Vec<Action> {
        let instrument = universe().find("X").unwrap();
        let ratio = Ratio { new: Decimal::from_int(2), old: Decimal::ONE };
        vec![
            // Before its first price: whoever buys then does not receive it.
            Action { date: date("2024-01-01"), instrument, kind: ActionKind::Dividend { per_unit: "9".parse().unwrap(), qualified: 1.0 } },
            Action { date: date("2024-01-02"), instrument, kind: ActionKind::Split { ratio } },
            // Without a price of its own day, it is put back at the next.
            Action { date: date("2024-01-03"), instrument, kind: ActionKind::Dividend { per_unit: "1".parse().unwrap(), qualified: 1.0 } },
        ]
    }

    fn rates() -> FxHistory {
        let quoted = vec![(date("2024-01-01"), "1.10".parse().unwrap()), (date("2024-01-03"), "1.21".parse().unwrap())];
        FxHistory { pairs: [((Currency::EUR, Currency::USD), quoted)].into_iter().collect() }
    }

    fn near(found: &[f64], expected: &[f64]) {
        assert!(found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-12), "{found:?} {expected:?}");
    }

    #[test]
    fn splits_and_dividends_are_in_from_their_date_on() {
        let raw = panel(PriceKind::Raw, Content::Prices, &[("X", &[100.0, 52.0, f64::NAN, 50.0]), ("index", &[1.0, 2.0, 3.0, 4.0])]);
        let (held, told) = raw.total_return(&universe(), &actions(), &FxHistory::default(), Currency::USD);
        near(held.panel.values().column(0).get(..2).unwrap(), &[100.0, 104.0]);
        near(&[held.panel.values().get(3, 0)], &[2.0 * 51.0]);
        near(held.panel.values().column(1), &[1.0, 2.0, 3.0, 4.0]);
        assert!(told.is_empty() && held.kind == Some(PriceKind::TotalReturn));
        // Prices that have them in are left as they are, whatever the actions.
        let adjusted = panel(PriceKind::TotalReturn, Content::Prices, &[("X", &[50.0, 52.0])]);
        near(
            adjusted.total_return(&universe(), &actions(), &FxHistory::default(), Currency::USD).0.panel.values().column(0),
            &[50.0, 52.0],
        );
    }

    #[test]
    fn what_is_priced_in_another_currency_moves_with_its_rate() {
        let raw = panel(PriceKind::Raw, Content::Prices, &[("E", &[10.0, 11.0, 11.0])]);
        near(raw.total_return(&universe(), &[], &rates(), Currency::USD).0.panel.values().column(0), &[11.0, 12.1, 13.31]);
        let returns = panel(PriceKind::Raw, Content::SimpleReturns, &[("E", &[0.0, 0.1, 0.0])]);
        let (held, _) = returns.total_return(&universe(), &[], &rates(), Currency::USD);
        near(held.panel.values().column(0).get(1..).unwrap(), &[0.1, 0.1]);
        let (same, told) =
            panel(PriceKind::Raw, Content::Prices, &[("E", &[10.0])]).total_return(&universe(), &[], &FxHistory::default(), Currency::USD);
        near(same.panel.values().column(0), &[10.0]);
        assert!(told.len() == 1 && told.iter().all(|told| told.message.contains("`E` are those in EUR")), "{told:?}");
    }
}
