//! Correlations as a map of colors.

use super::svg::{Anchor, Svg, TWO_LINES, Text, elided};
use super::theme::Theme;

/// A square of numbers from −1 to 1, in the order given: that of the clusters shows what belongs
/// together.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatMap {
    /// What it is of.
    pub title: String,
    /// Names of rows and columns.
    pub names: Vec<String>,
    /// The numbers, row by row.
    pub values: Vec<f64>,
}

/// Side of the map.
const SIDE: f64 = 560.0;
/// Cells of at least this side carry their number, and rows of at least half of it their name.
const LEGIBLE: f64 = 30.0;
/// Of more assets the cells carry no words, which would be most of the file.
const MOST_TOLD: usize = 100;

impl HeatMap {
    /// Draws it.
    pub fn draw(&self, theme: Theme) -> String {
        let count = self.names.len();
        let cell = SIDE / u32::try_from(count.max(1)).map_or(1.0, f64::from);
        let longest = self.names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let margin = (20.0 + 6.8 * u32::try_from(longest).map_or(0.0, f64::from)).clamp(60.0, 240.0);
        let (left, top) = (margin, 56.0);
        let description = format!("Correlations of {count} assets, from −1 to 1.");
        let mut svg = Svg::new(theme, left + SIDE + 100.0, top + SIDE + margin, &self.title, &description);
        let place = |index: usize| cell * u32::try_from(index).map_or(0.0, f64::from);
        for (row, of) in self.names.iter().enumerate() {
            for (column, with) in self.names.iter().enumerate() {
                let value = self.values.get(row * count + column).copied().unwrap_or(f64::NAN);
                let corner = (left + place(column), top + place(row));
                let hint = if count > MOST_TOLD { String::new() } else { format!("{of}, {with}: {value:.3}") };
                svg.rectangle(corner, (cell + 0.3, cell + 0.3), &theme.diverging(value), &hint);
                if cell >= LEGIBLE {
                    let middle = (corner.0 + cell / 2.0, corner.1 + cell / 2.0 + 4.0);
                    let text = format!("{value:.2}").replace('-', "−").replace("−0.00", "0.00");
                    svg.text(&Text {
                        at: middle,
                        content: &text,
                        size: 11.0,
                        color: theme.on_diverging(value),
                        anchor: Anchor::Middle,
                        turned: 0.0,
                        halo: false,
                    });
                }
            }
        }
        if cell >= LEGIBLE / 3.0 {
            let size = (cell * 0.8).clamp(8.0, 12.5);
            for (index, name) in self.names.iter().enumerate() {
                let middle = place(index) + cell / 2.0;
                let (row, column) = ((left - 8.0, top + middle + size / 3.0), (left + middle + size / 3.0, top + SIDE + 8.0));
                if cell >= TWO_LINES {
                    svg.name(row, name, margin - 14.0, Anchor::End);
                    svg.name_upward(column, name, margin - 14.0);
                    continue;
                }
                let content = &elided(name, margin - 14.0);
                svg.text(&Text { at: row, content, size, color: theme.ink(), anchor: Anchor::End, turned: 0.0, halo: false });
                svg.text(&Text { at: column, content, size, color: theme.ink(), anchor: Anchor::End, turned: -90.0, halo: false });
            }
        }
        scale(&mut svg, left + SIDE + 24.0, top);
        svg.finish()
    }
}

/// The scale of colors.
fn scale(svg: &mut Svg, x: f64, top: f64) {
    let theme = svg.theme;
    for step in -20..=20 {
        let value = f64::from(step) / 20.0;
        let y = top + (1.0 - value) * 120.0;
        svg.rectangle((x, y), (16.0, 6.2), &theme.diverging(value), "");
    }
    for (value, text) in [(1.0, "1"), (0.5, "0.5"), (0.0, "0"), (-0.5, "−0.5"), (-1.0, "−1")] {
        let at = (x + 22.0, top + (1.0 - value) * 120.0 + 8.0);
        svg.text(&Text { at, content: text, size: 12.0, color: theme.muted(), anchor: Anchor::Start, turned: 0.0, halo: false });
    }
}
