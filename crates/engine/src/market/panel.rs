//! [`NamedPanel`]: series of prices or returns with their names, as analytics take them.

use evenkeel_ledger::date::{Date, DateError};
use evenkeel_ledger::instrument::Universe;
use evenkeel_quant::panel::align::{Calendar, Series, align};
use evenkeel_quant::panel::defects::{Defect, DefectRules, find_defects};
use evenkeel_quant::panel::{Content, Panel, PanelError};

use crate::boundary::to_f64;
use crate::diagnostic::{Code, Diagnostic};

use super::spacing::{periods_of, step_before, usual_step};
use super::{PriceHistory, PriceKind};

/// A panel of the analytics, whose columns have names and whose dates are days since 1970-01-01.
#[derive(Debug, Clone)]
pub struct NamedPanel {
    /// What the prices are, or those behind the returns, where that is said.
    pub kind: Option<PriceKind>,
    /// The day at whose close the first row begins, where that is said.
    pub base_date: Option<Date>,
    /// The name of each column.
    pub names: Vec<String>,
    /// The values, NaN where nothing is known.
    pub panel: Panel,
}

impl NamedPanel {
    /// A panel of series by name, each in ascending order of dates, on every date that any of them has.
    ///
    /// # Errors
    /// [`PanelError`], with the number of the series.
    pub fn of_series(kind: Option<PriceKind>, content: Content, series: Vec<(String, Vec<(Date, f64)>)>) -> Result<Self, PanelError> {
        let split =
            |points: Vec<(Date, f64)>| -> (Vec<i32>, Vec<f64>) { points.into_iter().map(|(date, value)| (date.ordinal(), value)).unzip() };
        let (names, columns): (Vec<String>, Vec<_>) = series.into_iter().map(|(name, points)| (name, split(points))).unzip();
        let series: Vec<Series<'_>> = columns.iter().map(|(dates, values)| Series { dates, values }).collect();
        Ok(Self { kind, base_date: None, names, panel: align(content, &series, Calendar::Union)?.panel })
    }

    /// The prices known on a date: a column for each instrument of the universe, in its order; empty
    /// where there are no prices.
    ///
    /// # Errors
    /// [`PanelError`] for a history that breaks its own promises: dates not ascending, or a price not
    /// above zero.
    pub fn of_history(history: &PriceHistory, universe: &Universe, as_of: Date) -> Result<Self, PanelError> {
        let series = universe.iter().map(|(id, instrument)| {
            let points = history.series.get(id.index()).map_or(&[][..], Vec::as_slice);
            let known = points.iter().take_while(|point| point.date <= as_of);
            (instrument.symbol.clone(), known.map(|point| (point.date, to_f64(point.price.decimal()))).collect())
        });
        Self::of_series(Some(history.kind), Content::Prices, series.collect())
    }

    /// The dates of the rows.
    ///
    /// # Errors
    /// [`DateError`] for a day beyond the calendar.
    pub fn dates(&self) -> Result<Vec<Date>, DateError> {
        self.panel.dates().iter().map(|day| Date::from_ordinal(*day)).collect()
    }

    /// The day at whose close the return of a row begins: that of the row before it. Of the first it is the base date, or one usual
    /// step before where none is said that lies before it. `None` where there is no such row.
    pub fn begin(&self, row: usize) -> Option<Date> {
        let dates = self.dates().ok()?;
        let own = *dates.get(row)?;
        let before = row.checked_sub(1).and_then(|before| dates.get(before)).copied();
        before.or(self.base_date.filter(|base| *base < own)).or_else(|| step_before(&dates))
    }

    /// Days from one row to the next, at the median; 1 where there are no two rows.
    pub fn usual_step(&self) -> i32 {
        usual_step(self.panel.dates().iter().copied())
    }

    /// How many rows there are a year, by the usual step: 252 where they come by the day.
    pub fn dates_per_year(&self) -> f64 {
        periods_of(self.usual_step())
    }

    /// What looks wrong, by name and date: bad prints, outliers, prices that stand still, rows that
    /// repeat the one before, and missing rows. All are warnings, and nothing is changed.
    pub fn inspect(&self, rules: &DefectRules) -> Vec<Diagnostic> {
        find_defects(&self.panel, rules).iter().map(|defect| self.describe(defect, rules)).collect()
    }

    /// A defect in words.
    fn describe(&self, defect: &Defect, rules: &DefectRules) -> Diagnostic {
        let name = |asset: usize| self.names.get(asset).map_or("?", String::as_str);
        let on = |day: i32| Date::from_ordinal(day).map_or_else(|_| format!("day {day}"), |date| date.to_string());
        let is_price = self.panel.content() == Content::Prices;
        let (value, values) = if is_price { ("price", "prices") } else { ("return", "returns") };
        let since = if is_price { " from the one before" } else { "" };
        let percent = |change: f64| format!("{:+.1} %", 100.0 * change);
        match *defect {
            Defect::BadPrint { asset, date, change, back, .. } => {
                let message = format!(
                    "the {value} of `{}` on {} is {}{since}, and the next comes back by {}: it looks like a bad print",
                    name(asset),
                    on(date),
                    percent(change),
                    percent(back)
                );
                Diagnostic::warning(Code::BAD_PRINT, message).help("remove or correct it")
            }
            Defect::Outlier { asset, date, change, scales, .. } => {
                let message = format!(
                    "the {value} of `{}` on {} is {}{since}, {scales:.0} times the usual size of its changes; more than {} is suspect",
                    name(asset),
                    on(date),
                    percent(change),
                    rules.scales
                );
                Diagnostic::warning(Code::PRICE_JUMP, message)
                    .help("if it is right, nothing is to be done; a split or spin-off that is not adjusted for looks the same")
            }
            Defect::Stale { asset, date, until, rows, .. } => {
                let message = format!(
                    "the {value} of `{}` stands still on {rows} dates in a row, {} to {}: it may have been carried on",
                    name(asset),
                    on(date),
                    on(until)
                );
                Diagnostic::warning(Code::STALE, message).help("leave the field empty where there was no trade")
            }
            Defect::RepeatedDate { date, .. } => {
                let message = format!("all {values} of {} are those of the row before: they may have been copied", on(date));
                Diagnostic::warning(Code::STALE, message).help("remove the row, or correct it")
            }
            Defect::LongStep { date, days, .. } => {
                let message = format!("the row of {} comes {days} days after the one before: rows may be missing", on(date));
                Diagnostic::warning(Code::STALE, message).help("add the rows that are missing, if there were any")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use evenkeel_ledger::class::ClassPath;
    use evenkeel_ledger::instrument::Instrument;
    use evenkeel_ledger::number::Currency;

    use crate::market::PricePoint;

    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn knows_no_price_after_the_date() {
        let class = ClassPath::new("Equity").unwrap();
        let names = ["X", "Y", "Z"];
        let universe = Universe::new(names.map(|name| Instrument::new(name, class.clone(), Currency::USD)).to_vec()).unwrap();
        let point = |(day, price): &(&str, &str)| PricePoint { price: price.parse().unwrap(), date: date(day) };
        let series = |points: &[(&str, &str)]| points.iter().map(point).collect();
        let late = series(&[("2024-01-03", "5"), ("2024-01-04", "6")]);
        let history = PriceHistory { kind: PriceKind::Raw, series: vec![series(&[("2024-01-02", "10.5")]), late] };
        let named = NamedPanel::of_history(&history, &universe, date("2024-01-03")).unwrap();
        assert_eq!(named.names, names);
        assert_eq!(named.dates().unwrap(), [date("2024-01-02"), date("2024-01-03")]);
        assert_eq!(named.panel.listing(0), Some((0, 0)));
        assert_eq!((named.panel.listing(1), named.panel.values().get(1, 1).to_string()), (Some((1, 1)), "5".to_owned()));
        assert_eq!(named.panel.listing(2), None);
    }

    #[test]
    fn says_what_looks_wrong_by_name_and_date() {
        let day = |row: i32| date("2024-01-01").add_days(row).unwrap();
        let quiet = |row: i32| if row % 2 == 0 { 100.0 } else { 101.0 };
        let price = |row: i32| if row == 20 { 50.0 } else { quiet(row) * if row < 30 { 1.0 } else { 2.0 } };
        let series = vec![("X".to_owned(), (0..40).map(|row| (day(row), price(row))).collect())];
        let named = NamedPanel::of_series(Some(PriceKind::Raw), Content::Prices, series).unwrap();
        let [print, jump] = &named.inspect(&DefectRules::DAILY)[..] else { panic!("two defects") };
        assert_eq!((print.code, jump.code), (Code::BAD_PRINT, Code::PRICE_JUMP));
        assert!(print.message.starts_with("the price of `X` on 2024-01-21 is -50.5 % from the one before"), "{print}");
        assert!(jump.message.contains("`X` on 2024-01-31 is +98.0 %"), "{jump}");
    }
}
