//! Weights by class beside their targets and bands.

use super::axis::{Axis, LABEL, percent};
use super::svg::{Anchor, Svg, Text};
use super::theme::{Theme, Width};

/// A row for each class: its band, its target, what is held and what would be.
#[derive(Debug, Clone, PartialEq)]
pub struct Allocation {
    /// What it is of.
    pub title: String,
    /// The classes, a class before those within it.
    pub classes: Vec<ClassWeight>,
}

/// Weights of a class, as fractions.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassWeight {
    /// Its name.
    pub name: String,
    /// How deep it lies in the tree of classes.
    pub depth: usize,
    /// The target.
    pub target: f64,
    /// Distance of the edges of the band from the target; `None` where it has none.
    pub band: Option<f64>,
    /// What is held.
    pub held: f64,
    /// What would be held after the trades proposed; `None` where none are.
    pub after: Option<f64>,
}

const TOP: f64 = 96.0;
const ROW: f64 = 28.0;
/// Height of a band.
const BAND: f64 = 14.0;
/// Width of a column of figures.
const FIGURE: f64 = 56.0;
/// A column of figures: its heading, and the figure of a class.
type Column = (&'static str, fn(&ClassWeight) -> Option<f64>);
/// What a level of the tree is set in by.
const INDENT: f64 = 12.0;

impl Allocation {
    /// Draws it.
    pub fn draw(&self, theme: Theme, width: Width) -> String {
        let count = |length: usize| u32::try_from(length).map_or(0.0, f64::from);
        let bottom = TOP + ROW * count(self.classes.len());
        let long = |class: &ClassWeight| INDENT * count(class.depth) + 7.2 * count(class.name.chars().count());
        let longest = self.classes.iter().map(long).fold(0.0, f64::max);
        let left = (34.0 + longest).clamp(80.0, width.pick(320.0, 165.0));
        let across = width.pick(760.0, 420.0);
        let figures = self.figures(width);
        let right = across - 18.0 - FIGURE * count(figures.len());
        let description = format!("Weights of {} classes beside their targets and bands.", self.classes.len());
        let mut svg = Svg::new(theme, across, bottom + 40.0, &self.title, &description);
        let edges = |class: &ClassWeight| [class.target + class.band.unwrap_or(0.0), class.held, class.after.unwrap_or(0.0)];
        let axis = Axis::from_zero(self.classes.iter().flat_map(edges), (left, right));
        let (ticks, digits) = axis.ticks_apart(LABEL);
        let label = |svg: &mut Svg, at, content: &str, anchor, color| {
            svg.text(&Text { at, content, size: 12.0, color, anchor, turned: 0.0, halo: false });
        };
        for value in ticks {
            let x = axis.at(value);
            svg.line((x, TOP - 6.0), (x, bottom), theme.grid(), 1.0);
            label(&mut svg, (x, bottom + 18.0), &percent(value, digits), Anchor::Middle, theme.muted());
        }
        let column = |place: usize| right + 8.0 + FIGURE * count(place + 1);
        for (row, class) in self.classes.iter().enumerate() {
            let y = TOP + ROW * (count(row) + 0.5);
            let indent = 24.0 + INDENT * count(class.depth);
            svg.name((indent, y + 4.0), &class.name, left - indent - 8.0, Anchor::Start);
            class_row(&mut svg, &axis, class, y);
            for (place, (_, of)) in figures.iter().enumerate() {
                let told = of(class).map(|weight| percent(weight, 1)).unwrap_or_default();
                label(&mut svg, (column(place), y + 4.0), &told, Anchor::End, theme.ink());
            }
        }
        for (place, (heading, _)) in figures.iter().enumerate() {
            label(&mut svg, (column(place), TOP - 10.0), heading, Anchor::End, theme.muted());
        }
        self.legend(&mut svg);
        svg.finish()
    }

    /// Columns of figures beside the picture, each under its heading: all where there is room, else that in which it ends.
    fn figures(&self, width: Width) -> Vec<Column> {
        let after = self.classes.iter().any(|class| class.after.is_some());
        let held: Column = ("held", |class| Some(class.held));
        let target: Column = ("target", |class| Some(class.target));
        let ends: Column = if after { ("after", |class| class.after) } else { held };
        let all: Vec<Column> = [Some(held), Some(target), after.then_some(ends)].into_iter().flatten().collect();
        width.pick(all, vec![ends])
    }

    fn legend(&self, svg: &mut Svg) {
        let theme = svg.theme;
        let mut x = 24.0;
        let words =
            [Some("target and band"), Some("held"), self.classes.iter().any(|class| class.after.is_some()).then_some("after the trades")];
        for (index, word) in words.into_iter().flatten().enumerate() {
            match index {
                0 => {
                    svg.rectangle((x, 55.0), (22.0, BAND), theme.grid(), "");
                    svg.line((x + 11.0, 53.0), (x + 11.0, 71.0), theme.ink(), 2.5);
                }
                1 => svg.circle((x + 14.0, 62.0), 5.5, theme.series(0), ""),
                _ => svg.diamond((x + 14.0, 62.0), 7.0, theme.series(1), ""),
            }
            let at = (x + 30.0, 66.5);
            svg.text(&Text { at, content: word, size: 12.5, color: theme.ink(), anchor: Anchor::Start, turned: 0.0, halo: false });
            x += 52.0 + 7.0 * u32::try_from(word.chars().count()).map_or(0.0, f64::from);
        }
    }
}

fn class_row(svg: &mut Svg, axis: &Axis, class: &ClassWeight, y: f64) {
    let theme = svg.theme;
    let at = |value: f64| axis.at(value.max(0.0));
    if let Some(band) = class.band {
        let (low, high) = (at(class.target - band), at(class.target + band));
        let hint =
            format!("{}: band from {} to {}", class.name, percent((class.target - band).max(0.0), 2), percent(class.target + band, 2));
        svg.rectangle((low, y - BAND / 2.0), (high - low, BAND), theme.grid(), &hint);
    }
    svg.line((at(class.target), y - 9.0), (at(class.target), y + 9.0), theme.ink(), 2.5);
    svg.circle((axis.at(class.held), y), 5.5, theme.series(0), &format!("{}: held {}", class.name, percent(class.held, 2)));
    if let Some(after) = class.after {
        svg.diamond((axis.at(after), y), 7.0, theme.series(1), &format!("{}: after the trades {}", class.name, percent(after, 2)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_has_its_row() {
        let class = |name: &str, held, after| ClassWeight { name: name.to_owned(), depth: 1, target: 0.4, band: Some(0.05), held, after };
        let classes = vec![class("Stocks & more", 0.47, Some(0.4)), class("A class with a name that is very long indeed", -0.01, None)];
        let picture = Allocation { title: "Allocation".to_owned(), classes };
        for width in [Width::Wide, Width::Narrow] {
            let svg = picture.draw(Theme::Page, width);
            assert!(svg.contains("Stocks &amp; more: held 47.00 %") && svg.contains("after the trades 40.00 %"), "{svg}");
            assert!(svg.contains("band from 35.00 % to 45.00 %") && !svg.contains("NaN"), "{svg}");
        }
    }
}
