//! Bars by name, one or two for each.

use super::axis::{Axis, LABEL, percent};
use super::svg::{Anchor, Svg, Text};
use super::theme::{Theme, Width};

/// Bars to the right (and to the left below zero), a row for each name: weights, or weights beside
/// risk contributions.
#[derive(Debug, Clone, PartialEq)]
pub struct Bars {
    /// What it is of.
    pub title: String,
    /// The rows.
    pub names: Vec<String>,
    /// One or two series, a value for each name, as fractions.
    pub series: Vec<Series>,
}

/// Values by name.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What they are.
    pub name: String,
    /// A value for each row.
    pub values: Vec<f64>,
}

const TOP: f64 = 84.0;
const BAR: f64 = 15.0;
const GAP: f64 = 9.0;
/// Where no bar is as long, numbers have a digit more.
const SMALL: f64 = 0.02;
/// Of more rows the largest are drawn.
const MOST_ROWS: usize = 60;

impl Bars {
    /// Draws them; of more than 60 rows those whose first values are largest.
    pub fn draw(&self, theme: Theme, width: Width) -> String {
        if self.names.len() > MOST_ROWS {
            return self.largest().draw(theme, width);
        }
        let count = |length: usize| u32::try_from(length).map_or(0.0, f64::from);
        let row = BAR * count(self.series.len().max(1)) + GAP;
        let bottom = TOP + row * count(self.names.len());
        let longest = self.names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let left = (24.0 + 7.2 * count(longest)).clamp(80.0, width.pick(320.0, 165.0));
        let across = width.pick(760.0, 420.0);
        let description =
            format!("{} rows of {}.", self.names.len(), self.series.iter().map(|s| s.name.as_str()).collect::<Vec<_>>().join(" and "));
        let mut svg = Svg::new(theme, across, bottom + 40.0, &self.title, &description);
        // Numbers of bars below zero stand to their left.
        let room = if self.series.iter().any(|series| series.values.iter().any(|value| *value < 0.0)) { 52.0 } else { 0.0 };
        let axis = Axis::from_zero(
            self.series.iter().flat_map(|series| series.values.iter().copied()),
            (left + room, across - width.pick(70.0, 58.0)),
        );
        self.legend(&mut svg, width.pick(left, 24.0));
        let (ticks, digits) = axis.ticks_apart(LABEL);
        let most = self.series.iter().flat_map(|series| &series.values).fold(0.0_f64, |most, value| most.max(value.abs()));
        let told = if most < SMALL { 2 } else { 1 };
        for value in ticks {
            let x = axis.at(value);
            svg.line((x, TOP - 6.0), (x, bottom), theme.grid(), 1.0);
            let text = percent(value, digits);
            svg.text(&Text {
                at: (x, bottom + 18.0),
                content: &text,
                size: 12.0,
                color: theme.muted(),
                anchor: Anchor::Middle,
                turned: 0.0,
                halo: false,
            });
        }
        for (index, name) in self.names.iter().enumerate() {
            let y = TOP + row * count(index);
            let middle = y + BAR * count(self.series.len()) / 2.0 + 4.0;
            svg.name((left - 10.0, middle), name, left - 18.0, Anchor::End);
            for (position, series) in self.series.iter().enumerate() {
                let value = series.values.get(index).copied().unwrap_or(0.0);
                let (from, to) = (axis.at(0.0), axis.at(value));
                let at = y + BAR * count(position);
                let hint = format!("{name}, {}: {}", series.name, percent(value, 2));
                svg.rectangle((from.min(to), at + 1.0), ((to - from).abs(), BAR - 2.0), theme.series(position), &hint);
                let (x, anchor) = if value < 0.0 { (to - 5.0, Anchor::End) } else { (to + 5.0, Anchor::Start) };
                let text = percent(value, told);
                svg.text(&Text { at: (x, at + 11.5), content: &text, size: 11.0, color: theme.muted(), anchor, turned: 0.0, halo: false });
            }
        }
        svg.line((axis.at(0.0), TOP - 6.0), (axis.at(0.0), bottom), theme.muted(), 1.0);
        svg.finish()
    }

    /// The rows whose first values are largest in size, in their order.
    fn largest(&self) -> Self {
        let size = |row: &usize| self.series.first().and_then(|series| series.values.get(*row)).map_or(0.0, |value| value.abs());
        let mut rows: Vec<usize> = (0..self.names.len()).collect();
        rows.sort_by(|a, b| size(b).total_cmp(&size(a)));
        rows.truncate(MOST_ROWS);
        rows.sort_unstable();
        let values = |series: &Series| rows.iter().map(|row| series.values.get(*row).copied().unwrap_or(0.0)).collect();
        Self {
            title: format!("{}: the largest {MOST_ROWS} of {}", self.title, self.names.len()),
            names: rows.iter().filter_map(|row| self.names.get(*row).cloned()).collect(),
            series: self.series.iter().map(|series| Series { name: series.name.clone(), values: values(series) }).collect(),
        }
    }

    /// The names of the series, in the order of the bars.
    fn legend(&self, svg: &mut Svg, left: f64) {
        let theme = svg.theme;
        let mut x = left;
        for (index, series) in self.series.iter().enumerate() {
            svg.rectangle((x, 50.0), (12.0, 12.0), theme.series(index), "");
            svg.text(&Text {
                at: (x + 18.0, 60.5),
                content: &series.name,
                size: 12.5,
                color: theme.ink(),
                anchor: Anchor::Start,
                turned: 0.0,
                halo: false,
            });
            x += 40.0 + 7.2 * u32::try_from(series.name.chars().count()).map_or(0.0, f64::from);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_rows_the_largest_are_drawn() {
        let values: Vec<f64> = (0..500).map(|row| f64::from(row) / 1000.0).collect();
        let names = (0..500).map(|row| format!("asset{row}.")).collect();
        let bars = Bars { title: "Weights".to_owned(), names, series: vec![Series { name: "weight".to_owned(), values }] };
        let svg = bars.draw(Theme::Light, Width::Narrow);
        assert!(svg.contains("the largest 60 of 500"));
        assert!(svg.contains("asset499.") && svg.contains("asset440.") && !svg.contains("asset439."));
    }
}
