//! Quantiles of many paths over years, as a fan.

use super::axis::Axis;
use super::svg::{Anchor, Svg, Text};
use super::theme::{Theme, Width};

/// Nested bands of quantiles around a median, by year.
#[derive(Debug, Clone, PartialEq)]
pub struct Fan {
    /// What it is of.
    pub title: String,
    /// What stands upward: "value in USD of 2026".
    pub value: String,
    /// What is the same on all paths at year 0.
    pub start: f64,
    /// By year from the first on: the quantiles, lowest first, an odd number of them with the median in the middle.
    pub years: Vec<Vec<f64>>,
    /// What each quantile is, as many as in a year: "5 %".
    pub names: Vec<String>,
    /// A level to compare with, and its name.
    pub goal: Option<(f64, String)>,
}

/// Left, top, right and bottom of a plot.
type Plot = (f64, f64, f64, f64);
/// Least distance of two names beside the plot.
const APART: f64 = 15.0;

impl Fan {
    /// Draws it. Years with another number of quantiles than there are names are left out.
    pub fn draw(&self, theme: Theme, width: Width) -> String {
        let description = format!("{} over {} years: {}.", self.value, self.years.len(), self.names.join(", "));
        let plot = width.pick((84.0, 56.0, 668.0, 396.0), (62.0, 56.0, 346.0, 300.0));
        let (left, top, right, bottom) = plot;
        let mut svg = Svg::new(theme, width.pick(760.0, 420.0), bottom + 64.0, &self.title, &description);
        let years: Vec<&Vec<f64>> = self.years.iter().filter(|year| year.len() == self.names.len()).collect();
        let count = |length: usize| u32::try_from(length).map_or(0.0, f64::from);
        let across = Axis::over([0.0, count(years.len())].into_iter(), (left, right));
        let levels = years.iter().flat_map(|year| year.iter().copied()).chain([self.start]).chain(self.goal.iter().map(|goal| goal.0));
        let upward = Axis::from_zero(levels, (bottom, top));
        grid(&mut svg, &upward, years.len(), &across, plot);
        let line = |quantile: usize| -> Vec<(f64, f64)> {
            let of_years =
                years.iter().enumerate().filter_map(|(year, values)| Some((across.at(count(year + 1)), upward.at(*values.get(quantile)?))));
            std::iter::once((across.at(0.0), upward.at(self.start))).chain(of_years).collect()
        };
        let middle = self.names.len() / 2;
        for pair in 0..middle {
            let (low, mut high) = (line(pair), line(self.names.len() - 1 - pair));
            high.reverse();
            let outline: Vec<(f64, f64)> = low.into_iter().chain(high).collect();
            svg.area(&outline, theme.series(0), 0.22);
        }
        for quantile in 0..self.names.len() {
            let width = if quantile == middle { 2.5 } else { 1.0 };
            svg.polyline(&line(quantile), theme.series(0), width);
        }
        if let Some((level, name)) = &self.goal {
            let y = upward.at(*level);
            svg.line((left, y), (right, y), theme.series(1), 1.5);
            text(&mut svg, (left + 6.0, y - 5.0), name, theme.ink(), Anchor::Start);
        }
        self.names_beside(&mut svg, &upward, years.last().copied(), right);
        let label =
            |at, content, turned| Text { at, content, size: 13.0, color: theme.muted(), anchor: Anchor::Middle, turned, halo: false };
        svg.text(&label((f64::midpoint(left, right), bottom + 48.0), "years", 0.0));
        svg.text(&label((width.pick(20.0, 12.0), f64::midpoint(top, bottom)), &self.value, -90.0));
        svg.finish()
    }

    /// Each quantile's name at its end, from the top, none over another.
    fn names_beside(&self, svg: &mut Svg, upward: &Axis, last: Option<&Vec<f64>>, right: f64) {
        let mut above = f64::NEG_INFINITY;
        let ends = last.into_iter().flatten().zip(&self.names).enumerate();
        let ends: Vec<(usize, (&f64, &String))> = ends.collect();
        for (quantile, (value, name)) in ends.into_iter().rev() {
            let y = (upward.at(*value) + 4.0).max(above + APART);
            above = y;
            let color = if quantile == self.names.len() / 2 { svg.theme.ink() } else { svg.theme.muted() };
            text(svg, (right + 8.0, y), name, color, Anchor::Start);
        }
    }
}

fn grid(svg: &mut Svg, upward: &Axis, years: usize, across: &Axis, (left, top, right, bottom): Plot) {
    let theme = svg.theme;
    let (ticks, _) = upward.ticks();
    for value in ticks {
        let y = upward.at(value);
        svg.line((left, y), (right, y), theme.grid(), 1.0);
        text(svg, (left - 8.0, y + 4.0), &short(value), theme.muted(), Anchor::End);
    }
    let step = match years {
        0..=12 => 1,
        13..=30 => 5,
        _ => 10,
    };
    for year in (0..=years).step_by(step) {
        let x = across.at(u32::try_from(year).map_or(0.0, f64::from));
        svg.line((x, top), (x, bottom), theme.grid(), 1.0);
        text(svg, (x, bottom + 20.0), &year.to_string(), theme.muted(), Anchor::Middle);
    }
}

fn text(svg: &mut Svg, at: (f64, f64), content: &str, color: &str, anchor: Anchor) {
    svg.text(&Text { at, content, size: 12.0, color, anchor, turned: 0.0, halo: true });
}

/// An amount with few digits: `1.25 m`, `40 k`, `2.5 bn`.
fn short(value: f64) -> String {
    let (scale, unit) = match value.abs() {
        size if size >= 1e9 => (1e9, "\u{a0}bn"),
        size if size >= 1e6 => (1e6, "\u{a0}m"),
        size if size >= 1e3 => (1e3, "\u{a0}k"),
        _ => (1.0, ""),
    };
    let digits = format!("{:.2}", value / scale);
    format!("{}{unit}", digits.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_short() {
        for (value, expected) in
            [(0.0, "0"), (40_000.0, "40 k"), (1_250_000.0, "1.25 m"), (5e8, "500 m"), (2.5e9, "2.5 bn"), (12.5, "12.5")]
        {
            assert_eq!(short(value).replace('\u{a0}', " "), expected);
        }
    }

    #[test]
    fn a_fan_of_nothing_is_drawn() {
        let fan = Fan { title: "t".to_owned(), value: "v".to_owned(), start: 0.0, years: vec![vec![1.0]], names: vec![], goal: None };
        assert!(fan.draw(Theme::Dark, Width::Narrow).contains("</svg>"));
    }
}
