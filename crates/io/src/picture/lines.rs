//! Series over time: growth, drawdown, drift.

use evenkeel_ledger::date::Date;

use super::axis::{Axis, percent};
use super::svg::{Anchor, Svg, Text, elided};
use super::theme::{Theme, Width};

/// Lines over the same dates.
#[derive(Debug, Clone, PartialEq)]
pub struct Lines {
    /// What it is of.
    pub title: String,
    /// What stands upward.
    pub value: String,
    /// How values stand upward.
    pub scale: Scale,
    /// Years with their fractions, days since the first of January ÷ 365.25, ascending.
    pub dates: Vec<f64>,
    /// The lines, each with a value for each date.
    pub lines: Vec<Line>,
    /// Positions of dates that are marked on the first line.
    pub marks: Vec<usize>,
}

/// A line.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its name.
    pub name: String,
    /// By date.
    pub values: Vec<f64>,
}

/// How values stand upward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Fractions, told in percent, with zero.
    Percent,
    /// Ratios above zero: equal growth is equally high.
    Logarithmic,
}

/// A line of the legend.
const LEGEND: f64 = 18.0;
/// Columns of the plot of which each keeps its least and its largest value: finer is not seen.
const COLUMNS: usize = 700;
/// Steps between labeled dates, in years.
const STEPS: [f64; 9] = [1.0 / 12.0, 0.25, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0];

impl Lines {
    /// Draws them.
    pub fn draw(&self, theme: Theme, width: Width) -> String {
        let names: Vec<&str> = self.lines.iter().map(|line| line.name.as_str()).collect();
        let description = format!("{} over {} dates: {}.", self.value, self.dates.len(), names.join(", "));
        let (left, right) = width.pick((76.0, 824.0), (62.0, 396.0));
        let legend = self.legend(left, right);
        let top = 84.0 + legend.last().map_or(0.0, |last| last.1);
        let bottom = top + width.pick(324.0, 224.0);
        let plot = (left, top, right, bottom);
        let mut svg = Svg::new(theme, width.pick(860.0, 420.0), bottom + width.pick(52.0, 32.0), &self.title, &description);
        let time = Axis::over(self.dates.iter().copied(), (left, right));
        let values = self.lines.iter().flat_map(|line| line.values.iter().map(|value| self.scaled(*value)));
        let upward = match self.scale {
            Scale::Percent => Axis::from_zero(values, (bottom, top)),
            Scale::Logarithmic => Axis::over(values, (bottom, top)),
        };
        self.grid(&mut svg, &time, &upward, plot, width.pick(9.0, 5.0));
        let label = (width.pick(20.0, 12.0), f64::midpoint(top, bottom));
        svg.text(&Text {
            at: label,
            content: &self.value,
            size: 13.0,
            color: theme.muted(),
            anchor: Anchor::Middle,
            turned: -90.0,
            halo: false,
        });
        for (index, line) in self.lines.iter().enumerate().rev() {
            let points: Vec<(f64, f64)> =
                self.thinned(line).into_iter().map(|(date, value)| (time.at(date), upward.at(self.scaled(value)))).collect();
            svg.polyline(&points, theme.series(index), if index == 0 { 2.2 } else { 1.6 });
        }
        if let Some(first) = self.lines.first() {
            for mark in &self.marks {
                let (Some(date), Some(value)) = (self.dates.get(*mark), first.values.get(*mark)) else { continue };
                svg.circle((time.at(*date), upward.at(self.scaled(*value))), 3.0, theme.series(1), &format!("{}: traded", day_told(*date)));
            }
        }
        for (index, (x, below)) in legend.into_iter().enumerate() {
            let Some(line) = self.lines.get(index) else { continue };
            svg.line((x, 62.0 + below), (x + 18.0, 62.0 + below), theme.series(index), 3.0);
            let at = (x + 24.0, 66.0 + below);
            let content = &elided(&line.name, right - x);
            svg.text(&Text { at, content, size: 12.0, color: theme.ink(), anchor: Anchor::Start, turned: 0.0, halo: false });
        }
        svg.finish()
    }

    fn scaled(&self, value: f64) -> f64 {
        match self.scale {
            Scale::Percent => value,
            Scale::Logarithmic => value.max(f64::MIN_POSITIVE).ln(),
        }
    }

    /// Of each column of the plot the least and the largest value, in the order of dates.
    fn thinned(&self, line: &Line) -> Vec<(f64, f64)> {
        let points: Vec<(f64, f64)> =
            self.dates.iter().copied().zip(line.values.iter().copied()).filter(|(_, value)| value.is_finite()).collect();
        let width = points.len().div_ceil(COLUMNS);
        if width <= 2 {
            return points;
        }
        let ends = |column: &[(f64, f64)]| {
            let least = column.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1));
            let most = column.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1));
            let mut ends: Vec<(f64, f64)> = least.into_iter().chain(most).collect();
            ends.sort_by(|a, b| a.0.total_cmp(&b.0));
            ends
        };
        points.chunks(width).flat_map(ends).collect()
    }

    fn grid(&self, svg: &mut Svg, time: &Axis, upward: &Axis, (left, top, right, bottom): (f64, f64, f64, f64), most_years: f64) {
        let theme = svg.theme;
        for (value, told) in self.levels(upward, (top, bottom)) {
            let y = upward.at(value);
            svg.line((left, y), (right, y), theme.grid(), 1.0);
            tick(svg, (left - 8.0, y + 4.0), &told, Anchor::End);
        }
        for year in self.years(most_years) {
            let x = time.at(year);
            svg.line((x, top), (x, bottom), theme.grid(), 1.0);
            tick(
                svg,
                (x, bottom + 20.0),
                &date_told(year, self.years(most_years).len() > 1 && self.step(most_years) < 1.0),
                Anchor::Middle,
            );
        }
    }

    /// Labeled levels, as they stand on the axis and in words.
    fn levels(&self, upward: &Axis, (top, bottom): (f64, f64)) -> Vec<(f64, String)> {
        if self.scale == Scale::Percent {
            let (ticks, digits) = upward.ticks();
            return ticks.into_iter().map(|value| (value, percent(value, digits))).collect();
        }
        let inside = |value: f64| (top..=bottom).contains(&upward.at(value.ln()));
        let of = |factors: &[f64]| -> Vec<f64> {
            let powers = (-6..=9).flat_map(|power| factors.iter().map(move |factor| factor * 10_f64.powi(power)));
            powers.filter(|value| inside(*value)).collect()
        };
        let coarse = of(&[1.0, 2.0, 5.0]);
        let levels = if coarse.len() >= 3 { coarse } else { of(&[1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]) };
        let levels_whole = levels.iter().all(|value| value.fract() == 0.0);
        levels.into_iter().map(|value| (value.ln(), told_level(value, levels_whole))).collect()
    }

    /// The step between labeled dates, of which so many stand beside one another at the most.
    fn step(&self, most: f64) -> f64 {
        let span = self.dates.last().zip(self.dates.first()).map_or(0.0, |(last, first)| last - first);
        STEPS.into_iter().find(|step| span / step <= most).unwrap_or(200.0)
    }

    /// Labeled dates: beginnings of years, or of quarters and months of few years.
    fn years(&self, most: f64) -> Vec<f64> {
        let (Some(first), Some(last)) = (self.dates.first(), self.dates.last()) else { return Vec::new() };
        let step = self.step(most);
        let mut year = (first / step).ceil() * step;
        let mut years = Vec::new();
        while year <= *last {
            years.push(year);
            year += step;
        }
        years
    }

    /// Where each name of the legend stands: from the left, and below the first line of them.
    fn legend(&self, left: f64, right: f64) -> Vec<(f64, f64)> {
        let (mut x, mut below) = (left, 0.0);
        let place = |line: &Line| {
            #[expect(clippy::cast_precision_loss, reason = "lengths of names are far below 2^53")]
            let width = 44.0 + 6.8 * line.name.chars().count() as f64;
            if x > left && x + width > right + 20.0 {
                (x, below) = (left, below + LEGEND);
            }
            x += width;
            (x - width, below)
        };
        self.lines.iter().map(place).collect()
    }
}

/// A level of growth, with as many places as those beside it.
fn told_level(value: f64, whole: bool) -> String {
    if value >= 1_000.0 || whole {
        format!("{value:.0}")
    } else if value >= 0.1 {
        format!("{value:.1}")
    } else {
        format!("{value}")
    }
}

/// A year, or the month that begins then.
fn date_told(year: f64, with_month: bool) -> String {
    if !with_month {
        return format!("{year:.0}");
    }
    let months = (year * 12.0).round();
    format!("{:.0}-{:02.0}", (months / 12.0).floor(), months.rem_euclid(12.0) + 1.0)
}

/// The day of a year with its fraction.
#[expect(clippy::cast_possible_truncation, reason = "a year and a day of it")]
fn day_told(year: f64) -> String {
    let days = ((year - year.floor()) * 365.25).round() as i32;
    let day = Date::new(year.floor() as i16, 1, 1).and_then(|first| first.add_days(days));
    day.map_or_else(|_| date_told(year, true), |day| day.to_string())
}

fn tick(svg: &mut Svg, at: (f64, f64), text: &str, anchor: Anchor) {
    let color = svg.theme.muted();
    svg.text(&Text { at, content: text, size: 12.0, color, anchor, turned: 0.0, halo: false });
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp, reason = "tests")]

    use super::*;

    fn picture(scale: Scale, values: Vec<f64>) -> Lines {
        #[expect(clippy::cast_precision_loss, reason = "a few dates")]
        let dates = (0..values.len()).map(|index| 2000.0 + index as f64 / 252.0).collect();
        let lines = vec![Line { name: "one".to_owned(), values }];
        Lines { title: "A & B".to_owned(), value: "growth".to_owned(), scale, dates, lines, marks: vec![3] }
    }

    #[test]
    fn keeps_the_extremes_of_long_series() {
        let mut values: Vec<f64> = (0..20_000).map(|index| if index % 2 == 0 { 1.0 } else { 1.1 }).collect();
        values[7_777] = 0.2;
        values[12_345] = 3.0;
        let picture = picture(Scale::Logarithmic, values);
        let thin = picture.thinned(&picture.lines[0]);
        assert!(thin.len() <= 2 * COLUMNS);
        assert!(thin.iter().any(|point| point.1 == 0.2) && thin.iter().any(|point| point.1 == 3.0));
        assert!(thin.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    }

    #[test]
    fn a_few_months_are_told_by_months() {
        assert_eq!((day_told(2021.0 + 364.0 / 365.25), day_told(2019.0)), ("2021-12-31".to_owned(), "2019-01-01".to_owned()));
        assert_eq!(date_told(2025.25, true), "2025-04");
        assert_eq!(date_told(2024.0 + 11.0 / 12.0, true), "2024-12");
        assert_eq!(date_told(2025.0, true), "2025-01");
        let svg = picture(Scale::Logarithmic, vec![1.0; 300]).draw(Theme::Page, Width::Wide);
        assert!(svg.contains(">2000-04<") && svg.contains(">2001-01<"), "{svg}");
    }

    #[test]
    fn draws_each_scale_without_strange_numbers() {
        for scale in [Scale::Percent, Scale::Logarithmic] {
            for values in [vec![1.0; 10], vec![0.5, 1.0, 20.0, 3.0], vec![1.0]] {
                let svg = picture(scale, values).draw(Theme::Dark, Width::Narrow);
                assert!(svg.contains("A &amp; B") && !svg.contains("NaN") && !svg.contains("inf"), "{svg}");
            }
        }
        let flat = picture(Scale::Percent, vec![-0.1, 0.0, -0.05]).draw(Theme::Light, Width::Wide);
        assert!(flat.contains("−10 %"), "{flat}");
    }
}
