//! [`Style`]: which classes the strategic weights lean toward.

/// Which classes the strategic weights lean toward.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Style {
    /// None: the strategic mix is held as it is.
    #[default]
    Index,
    /// Those that are preferred.
    Tilted(Tilt),
}

/// A tilt of the strategic weights within a budget of risk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tilt {
    /// What is preferred.
    pub toward: Preference,
    /// Most tracking error against the strategic mix, a year, a fraction above 0.
    pub tracking_error_limit: f64,
}

/// What is preferred: by the classes' loadings of that name in the assumptions, income also by
/// their scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preference {
    /// Growth stocks, and what moves with them.
    Growth,
    /// Value stocks, and what moves with them.
    Value,
    /// What pays out.
    Income,
}

impl Preference {
    /// Its name, in policies and assumptions.
    pub fn name(self) -> &'static str {
        match self {
            Self::Growth => "growth",
            Self::Value => "value",
            Self::Income => "income",
        }
    }
}
