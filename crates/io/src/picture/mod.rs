//! Pictures of results: SVG, and PNG made of it.
//!
//! Each picture is a value that holds what it shows and draws itself in a [`Theme`]; equal values give
//! equal bytes. Colors never carry meaning alone: what is told apart by color is labeled too.

// Shapes and texts of a drawing.
mod svg;

// Colors of a light or a dark page.
mod theme;

// Where values lie on an axis, and its ticks.
mod axis;

// The efficient frontier, with assets and chosen portfolios.
mod frontier;

// Figures over two keys.
mod grid;

// Series over time.
mod lines;

// Bars by name, one or two for each.
mod bars;

// Correlations as a map of colors.
mod heat_map;

// How assets join into clusters.
mod dendrogram;

// Bands of two classes around their targets.
mod no_trade_region;

// Quantiles of many paths over years.
mod fan;

// Pixels of a drawing.
mod png;

pub use bars::{Bars, Series};
pub use dendrogram::{Dendrogram, Join};
pub use fan::Fan;
pub use frontier::{Frontier, Mark};
pub use grid::Grid;
pub use heat_map::HeatMap;
pub use lines::{Line, Lines, Scale};
pub use no_trade_region::{NoTradeRegion, Region};
pub use png::{PngError, png};
pub use theme::Theme;
