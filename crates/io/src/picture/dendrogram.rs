//! How assets join into clusters.

use super::svg::{Anchor, Svg, TWO_LINES, Text, elided};
use super::theme::Theme;

/// A tree of clusters: leaves to the left, each join as far to the right as its clusters are apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Dendrogram {
    /// What it is of.
    pub title: String,
    /// Names of the leaves 0 to n − 1.
    pub names: Vec<String>,
    /// The leaves from top to bottom.
    pub order: Vec<usize>,
    /// The joins in turn: the k-th makes cluster n + k.
    pub joins: Vec<Join>,
    /// Cluster of each leaf, where the tree is cut; empty where it is not.
    pub clusters: Vec<usize>,
}

/// Two clusters and how far they are apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Join {
    /// One cluster: a leaf, or n + k for the k-th join.
    pub left: usize,
    /// The other.
    pub right: usize,
    /// Their distance.
    pub distance: f64,
}

const WIDTH: f64 = 760.0;
const TOP: f64 = 60.0;
/// Letters of a name that one line has no room for.
const LONG_NAME: usize = 38;
/// Of more leaves the names are left out, and the height stays that of so many.
const MOST_NAMED: usize = 100;

impl Dendrogram {
    /// Draws it. Joins that name no earlier cluster are left out.
    pub fn draw(&self, theme: Theme) -> String {
        let count = |length: usize| u32::try_from(length).map_or(0.0, f64::from);
        let is_named = self.names.len() <= MOST_NAMED;
        let longest = self.names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let row = match self.names.len() {
            0..=60 if longest > LONG_NAME => TWO_LINES,
            0..=60 => 20.0,
            61..=MOST_NAMED => 12.0,
            many => 12.0 * count(MOST_NAMED) / count(many),
        };
        let bottom = TOP + row * count(self.names.len());
        let left = (44.0 + 7.0 * count(longest)).clamp(90.0, 320.0);
        let description = format!("Tree of {} assets joined by distance.", self.names.len());
        let mut svg = Svg::new(theme, WIDTH, bottom + 48.0, &self.title, &description);
        let most = self.joins.iter().map(|join| join.distance).filter(|distance| distance.is_finite()).fold(0.0, f64::max);
        let across = |distance: f64| left + (WIDTH - 40.0 - left) * if most > 0.0 { distance / most } else { 0.0 };
        let mut places: Vec<Option<(f64, f64)>> = vec![None; self.names.len() + self.joins.len()];
        for (position, leaf) in self.order.iter().enumerate() {
            let y = TOP + row * (count(position) + 0.5);
            let Some(name) = self.names.get(*leaf) else { continue };
            let cluster = self.clusters.get(*leaf).map_or_else(String::new, |cluster| format!(" [{}]", cluster + 1));
            let text = format!("{name}{cluster}");
            let size = (row * 0.62).min(12.5);
            if is_named {
                let at = (left - 8.0, y + size / 3.0);
                if row >= TWO_LINES {
                    svg.name(at, &text, left - 20.0, Anchor::End);
                } else {
                    let content = &elided(&text, left - 20.0);
                    svg.text(&Text { at, content, size, color: theme.ink(), anchor: Anchor::End, turned: 0.0, halo: false });
                }
            }
            places[*leaf] = Some((left, y));
        }
        for (index, join) in self.joins.iter().enumerate() {
            let place = |cluster: usize| places.get(cluster).copied().flatten();
            let (Some(a), Some(b)) = (place(join.left), place(join.right)) else { continue };
            let x = across(join.distance);
            svg.polyline(&[a, (x, a.1), (x, b.1), b], theme.series(0), 1.5);
            places[self.names.len() + index] = Some((x, f64::midpoint(a.1, b.1)));
        }
        for step in 0..=4 {
            let distance = most * f64::from(step) / 4.0;
            let text = format!("{distance:.2}");
            let at = (across(distance), bottom + 20.0);
            svg.text(&Text { at, content: &text, size: 12.0, color: theme.muted(), anchor: Anchor::Middle, turned: 0.0, halo: false });
        }
        svg.text(&Text {
            at: ((left + WIDTH - 40.0) / 2.0, bottom + 40.0),
            content: "distance",
            size: 12.5,
            color: theme.muted(),
            anchor: Anchor::Middle,
            turned: 0.0,
            halo: false,
        });
        svg.finish()
    }
}
