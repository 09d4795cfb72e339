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

// Weights beside targets and bands.
mod allocation;

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

pub use allocation::{Allocation, ClassWeight};
pub use bars::{Bars, Series};
pub use dendrogram::{Dendrogram, Join};
pub use fan::Fan;
pub use frontier::{Frontier, Mark};
pub use grid::Grid;
pub use heat_map::HeatMap;
pub use lines::{Line, Lines, Scale};
pub use no_trade_region::{NoTradeRegion, Region};
pub use png::{PngError, png};
pub use theme::{Theme, Width};

/// A picture of any kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Picture {
    /// Weights beside targets and bands.
    Allocation(Allocation),
    /// Bars by name.
    Bars(Bars),
    /// How assets join into clusters.
    Dendrogram(Dendrogram),
    /// Quantiles of many paths.
    Fan(Fan),
    /// The efficient frontier.
    Frontier(Frontier),
    /// Figures over two keys.
    Grid(Grid),
    /// Correlations.
    HeatMap(HeatMap),
    /// Series over time.
    Lines(Lines),
    /// Bands of two classes.
    NoTradeRegion(NoTradeRegion),
}

impl Picture {
    /// What it is of.
    pub fn title(&self) -> &str {
        match self {
            Self::Allocation(picture) => &picture.title,
            Self::Bars(picture) => &picture.title,
            Self::Dendrogram(picture) => &picture.title,
            Self::Fan(picture) => &picture.title,
            Self::Frontier(picture) => &picture.title,
            Self::Grid(picture) => &picture.title,
            Self::HeatMap(picture) => &picture.title,
            Self::Lines(picture) => &picture.title,
            Self::NoTradeRegion(picture) => &picture.title,
        }
    }

    /// Draws it as SVG, in a width that screens and paper have.
    pub fn draw(&self, theme: Theme) -> String {
        match self {
            Self::Dendrogram(picture) => picture.draw(theme),
            Self::Grid(picture) => picture.draw(theme),
            Self::HeatMap(picture) => picture.draw(theme),
            Self::NoTradeRegion(picture) => picture.draw(theme),
            _ => self.draw_in(theme, Width::Wide).unwrap_or_default(),
        }
    }

    /// Draws it as SVG for a telephone; `None` where all that it shows needs the width.
    pub fn draw_narrow(&self, theme: Theme) -> Option<String> {
        self.draw_in(theme, Width::Narrow)
    }

    fn draw_in(&self, theme: Theme, width: Width) -> Option<String> {
        match self {
            Self::Allocation(picture) => Some(picture.draw(theme, width)),
            Self::Bars(picture) => Some(picture.draw(theme, width)),
            Self::Fan(picture) => Some(picture.draw(theme, width)),
            Self::Frontier(picture) => Some(picture.draw(theme, width)),
            Self::Lines(picture) => Some(picture.draw(theme, width)),
            Self::Dendrogram(_) | Self::Grid(_) | Self::HeatMap(_) | Self::NoTradeRegion(_) => None,
        }
    }
}
