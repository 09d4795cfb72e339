//! Growth, drawdown and drift as pictures.

use evenkeel::backtest::Window;
use evenkeel_io::picture::{Line, Lines, Picture, Scale};
use evenkeel_ledger::date::Date;

/// Growth of one unit, on a logarithmic scale.
pub fn growth_picture(title: &str, dates: &[Date], series: Vec<(String, Vec<f64>)>) -> Picture {
    lines(title, "growth of 1", Scale::Logarithmic, dates, series)
}

/// Losses since the last peak.
pub fn drawdown_picture(title: &str, dates: &[Date], series: Vec<(String, Vec<f64>)>) -> Picture {
    let fallen = series.into_iter().map(|(name, growth)| (name, fallen(&growth)));
    lines(title, "below the last peak", Scale::Percent, dates, fallen.collect())
}

/// Largest drift of a class by day, with the days on which it was traded, and the band where all classes share one.
pub fn drift_picture(title: &str, dates: &[Date], drift: Vec<f64>, traded: Vec<usize>, band: Option<f64>) -> Picture {
    let band = band.map(|band| ("band".to_owned(), vec![band; drift.len()]));
    let series = std::iter::once(("drift before trades".to_owned(), drift)).chain(band);
    Picture::Lines(Lines { marks: traded, ..drawn(title, "largest drift", Scale::Percent, dates, series.collect()) })
}

/// Return and volatility a year over a window.
pub fn rolling_picture(title: &str, dates: &[Date], windows: &[Window]) -> Picture {
    let from = dates.len().saturating_sub(windows.len());
    let dates = dates.get(from..).unwrap_or_default();
    let earned = windows.iter().map(|window| window.annual_return).collect();
    let volatility = windows.iter().map(|window| window.volatility).collect();
    lines(title, "a year", Scale::Percent, dates, vec![("return".to_owned(), earned), ("volatility".to_owned(), volatility)])
}

fn lines(title: &str, value: &str, scale: Scale, dates: &[Date], series: Vec<(String, Vec<f64>)>) -> Picture {
    Picture::Lines(drawn(title, value, scale, dates, series))
}

fn drawn(title: &str, value: &str, scale: Scale, dates: &[Date], series: Vec<(String, Vec<f64>)>) -> Lines {
    Lines {
        title: title.to_owned(),
        value: value.to_owned(),
        scale,
        dates: dates.iter().map(|date| year_of(*date)).collect(),
        lines: series.into_iter().map(|(name, values)| Line { name, values }).collect(),
        marks: Vec::new(),
    }
}

/// A date as a year with its fraction.
fn year_of(date: Date) -> f64 {
    let first = Date::new(date.year(), 1, 1).map_or(0, |first| date.days_since(first));
    f64::from(date.year()) + f64::from(first) / 365.25
}

fn fallen(growth: &[f64]) -> Vec<f64> {
    let mut peak = 1.0_f64;
    let fall = |level: &f64| {
        peak = peak.max(*level);
        level / peak - 1.0
    };
    growth.iter().map(fall).collect()
}
