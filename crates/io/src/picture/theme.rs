//! Colors of a light or a dark page, and how wide a picture is.

/// A page's colors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// Dark on white, as for print.
    #[default]
    Light,
    /// Light on near black.
    Dark,
    /// Those of the page of HTML that it stands in, by the variables of its style; the page tells the title too.
    Page,
}

/// How wide a picture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Width {
    /// For screens and paper.
    #[default]
    Wide,
    /// For telephones, on which a wide one cannot be read.
    Narrow,
}

impl Width {
    /// One of two, by the width.
    pub(super) fn pick<T>(self, wide: T, narrow: T) -> T {
        match self {
            Self::Wide => wide,
            Self::Narrow => narrow,
        }
    }
}

impl Theme {
    pub(super) fn background(self) -> &'static str {
        match self {
            Self::Light => "#ffffff",
            Self::Dark => "#14181d",
            Self::Page => "var(--paper)",
        }
    }

    pub(super) fn ink(self) -> &'static str {
        match self {
            Self::Light => "#1d2329",
            Self::Dark => "#e8ecf0",
            Self::Page => "var(--ink)",
        }
    }

    /// For ticks and labels beside the data.
    pub(super) fn muted(self) -> &'static str {
        match self {
            Self::Light => "#59636e",
            Self::Dark => "#9aa5b1",
            Self::Page => "var(--muted)",
        }
    }

    pub(super) fn grid(self) -> &'static str {
        match self {
            Self::Light => "#e3e7eb",
            Self::Dark => "#2a3139",
            Self::Page => "var(--grid)",
        }
    }

    /// Colors of series, told apart by the color-blind (M. Okabe, K. Ito, *Color Universal Design*, 2008).
    pub(super) fn series(self, index: usize) -> &'static str {
        const LIGHT: [&str; 6] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];
        const DARK: [&str; 6] = ["#56b4e9", "#e69f00", "#2fc79b", "#e6a0c4", "#f0e442", "#d98c5f"];
        const PAGE: [&str; 6] =
            ["var(--series-1)", "var(--series-2)", "var(--series-3)", "var(--series-4)", "var(--series-5)", "var(--series-6)"];
        let colors = match self {
            Self::Light => LIGHT,
            Self::Dark => DARK,
            Self::Page => PAGE,
        };
        colors[index % colors.len()]
    }

    /// A color for −1 to 1: one hue below zero, another above, the page at zero.
    pub(super) fn diverging(self, value: f64) -> String {
        let value = if value.is_finite() { value.clamp(-1.0, 1.0) } else { 0.0 };
        let (below, middle, above) = match self {
            Self::Light => ([33.0, 102.0, 172.0], [247.0, 247.0, 247.0], [178.0, 24.0, 43.0]),
            Self::Dark => ([86.0, 180.0, 233.0], [32.0, 38.0, 45.0], [240.0, 110.0, 80.0]),
            Self::Page => {
                let end = if value < 0.0 { "below" } else { "above" };
                return format!("color-mix(in srgb, var(--{end}) {:.0}%, var(--middle))", 100.0 * value.abs());
            }
        };
        let end = if value < 0.0 { below } else { above };
        let mixed = (0..3).map(|channel| {
            let level: f64 = middle[channel] + (end[channel] - middle[channel]) * value.abs();
            format!("{:02x}", byte(level))
        });
        format!("#{}", mixed.collect::<String>())
    }

    /// Ink or paper, whichever reads better on [`Self::diverging`].
    pub(super) fn on_diverging(self, value: f64) -> &'static str {
        match self {
            Self::Light if value.abs() > 0.55 => "#ffffff",
            Self::Dark if value.abs() > 0.55 => "#14181d",
            Self::Page if value.abs() > 0.55 => "var(--paper)",
            Self::Light | Self::Dark | Self::Page => self.ink(),
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 to 255")]
fn byte(level: f64) -> u8 {
    level.round().clamp(0.0, 255.0) as u8
}
