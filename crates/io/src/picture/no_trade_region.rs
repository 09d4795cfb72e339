//! Bands of two classes around their targets.

use super::axis::{Axis, percent};
use super::svg::{Anchor, Svg, Text};
use super::theme::Theme;

/// Weights of two classes, with the regions within which nothing is traded.
#[derive(Debug, Clone, PartialEq)]
pub struct NoTradeRegion {
    /// What it is of.
    pub title: String,
    /// The classes: what lies along, and what stands upward.
    pub classes: (String, String),
    /// Their target weights.
    pub target: (f64, f64),
    /// Regions around it, the first of them the one that is meant most.
    pub regions: Vec<Region>,
}

/// A band of each class, as a region.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// Its name.
    pub name: String,
    /// Half widths, in points of weight.
    pub half_widths: (f64, f64),
}

const WIDTH: f64 = 700.0;
const HEIGHT: f64 = 620.0;
/// Left, top, right and bottom of the plot.
const PLOT: (f64, f64, f64, f64) = (80.0, 90.0, 664.0, 556.0);
/// Lines of the legend are so far apart, along.
const LEGEND: f64 = 210.0;

impl NoTradeRegion {
    /// Draws it.
    pub fn draw(&self, theme: Theme) -> String {
        let (along, upward) = (&self.classes.0, &self.classes.1);
        let description = format!("No trades while the weights of {along} and {upward} lie within the region around their targets.");
        let mut svg = Svg::new(theme, WIDTH, HEIGHT, &self.title, &description);
        let (left, top, right, bottom) = PLOT;
        let corners = |center: f64, of: fn(&Region) -> f64| {
            self.regions.iter().flat_map(move |region| [(center - of(region)).max(0.0), (center + of(region)).min(1.0)]).chain([center])
        };
        let x = Axis::over(corners(self.target.0, |region| region.half_widths.0), (left, right));
        let y = Axis::over(corners(self.target.1, |region| region.half_widths.1), (bottom, top));
        self.grid(&mut svg, &x, &y);
        for (number, region) in self.regions.iter().enumerate() {
            let color = theme.series(number);
            let thick = if number == 0 { 3.0 } else { 1.5 };
            let edge = |center: f64, half: f64| ((center - half).max(0.0), (center + half).min(1.0));
            let ((low, high), (under, over)) = (edge(self.target.0, region.half_widths.0), edge(self.target.1, region.half_widths.1));
            let corners = [(low, under), (high, under), (high, over), (low, over), (low, under)].map(|(a, b)| (x.at(a), y.at(b)));
            svg.polyline(&corners, color, thick);
            let at = left + LEGEND * f64::from(u8::try_from(number).unwrap_or(u8::MAX));
            svg.line((at, 62.0), (at + 22.0, 62.0), color, thick);
            let text = |at, content| Text { at, content, size: 13.0, color: theme.ink(), anchor: Anchor::Start, turned: 0.0, halo: false };
            svg.text(&text((at + 30.0, 66.0), &region.name));
        }
        let told = format!("target: {along} {}, {upward} {}", percent(self.target.0, 2), percent(self.target.1, 2));
        svg.diamond((x.at(self.target.0), y.at(self.target.1)), 8.0, theme.ink(), &told);
        svg.finish()
    }

    fn grid(&self, svg: &mut Svg, x: &Axis, y: &Axis) {
        let (left, top, right, bottom) = PLOT;
        let theme = svg.theme;
        let label = |svg: &mut Svg, at, content: &str, size, anchor, turned| {
            svg.text(&Text { at, content, size, color: theme.muted(), anchor, turned, halo: false });
        };
        let (ticks, digits) = x.ticks();
        for value in ticks {
            let at = x.at(value);
            svg.line((at, top), (at, bottom), theme.grid(), 1.0);
            label(svg, (at, bottom + 20.0), &percent(value, digits), 12.0, Anchor::Middle, 0.0);
        }
        let (ticks, digits) = y.ticks();
        for value in ticks {
            let at = y.at(value);
            svg.line((left, at), (right, at), theme.grid(), 1.0);
            label(svg, (left - 8.0, at + 4.0), &percent(value, digits), 12.0, Anchor::End, 0.0);
        }
        let weight_of = |class: &str| format!("weight of {class}");
        label(svg, (f64::midpoint(left, right), HEIGHT - 20.0), &weight_of(&self.classes.0), 13.0, Anchor::Middle, 0.0);
        label(svg, (22.0, f64::midpoint(top, bottom)), &weight_of(&self.classes.1), 13.0, Anchor::Middle, -90.0);
    }
}
