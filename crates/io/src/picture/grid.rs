//! Figures over two keys, as a map of colors.

use super::axis::percent;
use super::svg::{Anchor, Svg, Text};
use super::theme::Theme;

/// A figure for each value of one key (downward) and another (across).
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// What it is of.
    pub title: String,
    /// The key of the rows.
    pub down: String,
    /// The key of the columns.
    pub across: String,
    /// Values of the rows' key.
    pub rows: Vec<String>,
    /// Values of the columns' key.
    pub columns: Vec<String>,
    /// The figures, row by row; NaN where there is none.
    pub values: Vec<f64>,
    /// Whether figures are fractions, told in percent.
    pub is_percent: bool,
}

const LEFT: f64 = 120.0;
const TOP: f64 = 96.0;
const SIDE: (f64, f64) = (720.0, 460.0);
/// Cells of at least this width and height carry their number.
const LEGIBLE: (f64, f64) = (46.0, 16.0);

impl Grid {
    /// Draws it: the lowest in one color, the highest in another, the middle as the page.
    pub fn draw(&self, theme: Theme) -> String {
        let count = |length: usize| u32::try_from(length.max(1)).map_or(1.0, f64::from);
        let cell = (SIDE.0 / count(self.columns.len()), (SIDE.1 / count(self.rows.len())).min(44.0));
        let bottom = TOP + cell.1 * count(self.rows.len());
        let description = format!("{} rows of {} by {} columns of {}.", self.rows.len(), self.down, self.columns.len(), self.across);
        let mut svg = Svg::new(theme, LEFT + SIDE.0 + 24.0, bottom + 40.0, &self.title, &description);
        let finite = || self.values.iter().copied().filter(|value| value.is_finite());
        let (least, most) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
        let shade = |value: f64| if most > least { 2.0 * (value - least) / (most - least) - 1.0 } else { 0.0 };
        let told = |value: f64| match (value.is_finite(), self.is_percent) {
            (false, _) => "–".to_owned(),
            (true, true) => percent(value, 2),
            (true, false) => format!("{value:.2}").replace('-', "−"),
        };
        let place = |index: usize| u32::try_from(index).map_or(0.0, f64::from);
        let mut write = |at, content: &str, size, color: &str, anchor| {
            svg.text(&Text { at, content, size, color, anchor, turned: 0.0, halo: false });
        };
        write((28.0, 62.0), &format!("down: {}, across: {}", self.down, self.across), 12.5, theme.muted(), Anchor::Start);
        let step = self.columns.len().div_ceil(14).max(1);
        for (index, name) in self.columns.iter().enumerate().step_by(step) {
            write((LEFT + cell.0 * (place(index) + 0.5), TOP - 10.0), name, 11.0, theme.ink(), Anchor::Middle);
        }
        for (index, name) in self.rows.iter().enumerate() {
            write((LEFT - 12.0, TOP + cell.1 * (place(index) + 0.5) + 4.0), name, 11.0, theme.ink(), Anchor::End);
        }
        for (row, of) in self.rows.iter().enumerate() {
            for (column, with) in self.columns.iter().enumerate() {
                let value = self.values.get(row * self.columns.len() + column).copied().unwrap_or(f64::NAN);
                let corner = (LEFT + cell.0 * place(column), TOP + cell.1 * place(row));
                let color = if value.is_finite() { theme.diverging(shade(value)) } else { theme.grid().to_owned() };
                let hint = format!("{} {of}, {} {with}: {}", self.down, self.across, told(value));
                svg.rectangle(corner, (cell.0 - 1.0, cell.1 - 1.0), &color, &hint);
                if cell.0 >= LEGIBLE.0 && cell.1 >= LEGIBLE.1 {
                    let at = (corner.0 + cell.0 / 2.0, corner.1 + cell.1 / 2.0 + 4.0);
                    let ink = theme.on_diverging(if value.is_finite() { shade(value) } else { 0.0 });
                    let text = told(value);
                    svg.text(&Text { at, content: &text, size: 10.5, color: ink, anchor: Anchor::Middle, turned: 0.0, halo: false });
                }
            }
        }
        svg.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_each_cell_with_its_figure() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let grid = Grid {
            title: "Sharpe".to_owned(),
            down: "bands.absolute".to_owned(),
            across: "look".to_owned(),
            rows: names(&["0.01", "0.02"]),
            columns: names(&["daily", "month_end"]),
            values: vec![0.5, -0.25, f64::NAN, 0.75],
            is_percent: false,
        };
        let svg = grid.draw(Theme::Light);
        assert!(svg.contains("bands.absolute 0.01, look month_end: −0.25") && svg.contains("0.75") && !svg.contains("NaN"), "{svg}");
        assert!(!Grid { values: vec![1.0; 4], is_percent: true, ..grid }.draw(Theme::Dark).contains("NaN"));
    }
}
