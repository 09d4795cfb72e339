//! The efficient frontier, with assets and chosen portfolios.

use super::axis::{Axis, LABEL, percent};
use super::svg::{Anchor, Svg, Text, elided};
use super::theme::{Theme, Width};

/// Expected return against risk.
#[derive(Debug, Clone, PartialEq)]
pub struct Frontier {
    /// What it is of.
    pub title: String,
    /// What risk is: "volatility, a year".
    pub risk: String,
    /// What stands upward: "expected return, a year".
    pub value: String,
    /// The curve: risk and what stands upward, as fractions, from least risk on.
    pub curve: Vec<(f64, f64)>,
    /// Assets on their own.
    pub assets: Vec<Mark>,
    /// Portfolios on or off the curve.
    pub chosen: Vec<Mark>,
}

/// A named point.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Its name.
    pub name: String,
    /// Its risk.
    pub risk: f64,
    /// Its expected return.
    pub expected: f64,
}

/// Left, top, right and bottom of a plot.
type Plot = (f64, f64, f64, f64);
/// Half the side of the space that a point takes.
const POINT: f64 = 6.0;
/// Dots of a curve between which no name fits.
const STEP: f64 = 6.0;
/// Steps of a piece of a curve.
const MOST_STEPS: f64 = 400.0;
/// Width to which a name is cut that has no room.
const CUT: f64 = 130.0;
/// Assets beyond so many are drawn without names, which would cover one another.
const MAX_NAMES: usize = 40;

impl Frontier {
    /// Draws it.
    pub fn draw(&self, theme: Theme, width: Width) -> String {
        let description = format!("{} against {}; {} assets.", self.value, self.risk, self.assets.len());
        let plot = width.pick((76.0, 56.0, 724.0, 436.0), (62.0, 56.0, 404.0, 320.0));
        let (left, top, right, bottom) = plot;
        let mut svg = Svg::new(theme, width.pick(760.0, 420.0), bottom + 64.0, &self.title, &description);
        let marks = || self.assets.iter().chain(&self.chosen);
        let risk = Axis::over(self.curve.iter().map(|point| point.0).chain(marks().map(|mark| mark.risk)), (left, right));
        let expected = Axis::over(self.curve.iter().map(|point| point.1).chain(marks().map(|mark| mark.expected)), (bottom, top));
        grid(&mut svg, &risk, &expected, plot);
        let label =
            |at, text, turned| Text { at, content: text, size: 13.0, color: theme.muted(), anchor: Anchor::Middle, turned, halo: false };
        svg.text(&label((f64::midpoint(left, right), bottom + 48.0), &self.risk, 0.0));
        svg.text(&label((width.pick(20.0, 12.0), f64::midpoint(top, bottom)), &self.value, -90.0));

        let curve: Vec<(f64, f64)> = self.curve.iter().map(|(x, y)| (risk.at(*x), expected.at(*y))).collect();
        svg.polyline(&curve, theme.series(0), 2.5);
        // No name may cover a point.
        let space = |mark: &Mark| {
            let (x, y) = (risk.at(mark.risk), expected.at(mark.expected));
            [x - POINT, y - POINT, x + POINT, y + POINT]
        };
        let mut taken: Vec<[f64; 4]> = marks().map(space).collect();
        let along = along(&curve);
        let told = |mark: &Mark| format!("{}: risk {}, return {}", mark.name, percent(mark.risk, 2), percent(mark.expected, 2));
        for mark in &self.chosen {
            let at = (risk.at(mark.risk), expected.at(mark.expected));
            svg.diamond(at, 8.0, theme.series(1), &told(mark));
            name(&mut svg, &mut taken, &along, at, (&mark.name, theme.ink()), plot);
        }
        for mark in &self.assets {
            let at = (risk.at(mark.risk), expected.at(mark.expected));
            svg.circle(at, 4.5, theme.muted(), &told(mark));
            if self.assets.len() <= MAX_NAMES {
                name(&mut svg, &mut taken, &along, at, (&mark.name, theme.muted()), plot);
            }
        }
        svg.finish()
    }
}

fn grid(svg: &mut Svg, risk: &Axis, expected: &Axis, (left, top, right, bottom): Plot) {
    let theme = svg.theme;
    let (ticks, digits) = risk.ticks_apart(LABEL);
    for value in ticks {
        let x = risk.at(value);
        svg.line((x, top), (x, bottom), theme.grid(), 1.0);
        tick(svg, (x, bottom + 20.0), &percent(value, digits), Anchor::Middle);
    }
    let (ticks, digits) = expected.ticks();
    for value in ticks {
        let y = expected.at(value);
        svg.line((left, y), (right, y), theme.grid(), 1.0);
        tick(svg, (left - 8.0, y + 4.0), &percent(value, digits), Anchor::End);
    }
}

fn tick(svg: &mut Svg, at: (f64, f64), text: &str, anchor: Anchor) {
    let color = svg.theme.muted();
    svg.text(&Text { at, content: text, size: 12.0, color, anchor, turned: 0.0, halo: false });
}

/// The space that a curve takes, in steps of a few dots.
fn along(curve: &[(f64, f64)]) -> Vec<[f64; 4]> {
    let piece = |ends: &[(f64, f64)]| -> Vec<[f64; 4]> {
        let &[(x, y), (to_x, to_y)] = ends else { return Vec::new() };
        let steps = ((to_x - x).hypot(to_y - y) / STEP).ceil().clamp(1.0, MOST_STEPS);
        let at = |step: f64| (x + (to_x - x) * step / steps, y + (to_y - y) * step / steps);
        let counted = std::iter::successors(Some(0.0), |step| Some(step + 1.0)).take_while(|step| *step <= steps);
        counted.map(at).map(|(x, y)| [x - 1.5, y - 1.5, x + 1.5, y + 1.5]).collect()
    };
    curve.windows(2).flat_map(piece).collect()
}

/// Writes a name beside a point, on the first side on which it covers no other and not the curve; over the curve if it must, cut if it
/// covers another on all sides, and nowhere if even so.
fn name(svg: &mut Svg, taken: &mut Vec<[f64; 4]>, along: &[[f64; 4]], at: (f64, f64), (text, color): (&str, &str), plot: Plot) {
    let cut = elided(text, CUT);
    let _ = is_named(svg, taken, along, at, (text, color), plot)
        || is_named(svg, taken, &[], at, (text, color), plot)
        || is_named(svg, taken, &[], at, (&cut, color), plot);
}

/// Writes a name where there is room for it.
fn is_named(
    svg: &mut Svg,
    taken: &mut Vec<[f64; 4]>,
    along: &[[f64; 4]],
    (x, y): (f64, f64),
    (text, color): (&str, &str),
    plot: Plot,
) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "lengths of names are far below 2^53")]
    let width = 6.6 * text.chars().count() as f64;
    let (left, top, right, bottom) = (plot.0, plot.1 - 20.0, plot.2 + 20.0, plot.3);
    let places = [(10.0, 4.0, Anchor::Start), (-10.0, 4.0, Anchor::End), (0.0, -11.0, Anchor::Middle), (0.0, 20.0, Anchor::Middle)];
    for (dx, dy, anchor) in places {
        let start = match anchor {
            Anchor::Start => x + dx,
            Anchor::Middle => x - width / 2.0,
            Anchor::End => x + dx - width,
        };
        let space = [start, y + dy - 11.0, start + width, y + dy + 3.0];
        let inside = space[0] > left && space[2] < right && space[1] > top && space[3] < bottom;
        let free =
            taken.iter().chain(along).all(|other| space[2] < other[0] || other[2] < space[0] || space[3] < other[1] || other[3] < space[1]);
        if inside && free {
            svg.text(&Text { at: (x + dx, y + dy), content: text, size: 12.0, color, anchor, turned: 0.0, halo: true });
            taken.push(space);
            return true;
        }
    }
    false
}
