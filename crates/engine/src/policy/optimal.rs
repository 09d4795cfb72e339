//! `[optimal]`: what the joint planner weighs.

/// Which planner makes the trades.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Planner {
    /// A cascade that can be recited.
    #[default]
    Rules,
    /// One decision over all lots, accounts and instruments, with a proven gap.
    Optimal,
}

/// Prices of what the joint planner weighs against one another.
///
/// Everything is counted in fractions of household value over the horizon H:
///
/// > ½ λ H · (TE² + (1 %)² Σ drift²) + band price · Σ beyond band + trading costs + tax + H · location costs
///
/// TE is the tracking error a year against the target weights, by the assumptions' covariance of classes; a class of which
/// no volatility is assumed has σ of `class_volatility` and varies with no other. Grinold and Kahn, *Active Portfolio Management*, 2000, eq. 4.14, for ½ λ TE².
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OptimalRules {
    /// λ: price of variance against the target, a year.
    pub risk_aversion: f64,
    /// H, years.
    pub horizon_years: f64,
    /// What a unit of weight beyond a band costs; so high that bands are kept where they can be.
    pub band_price: f64,
    /// What a unit of tax put off is worth today: 0 where it is never paid, 1 where it is paid all the same.
    pub later_tax: f64,
    /// σ: volatility of a class against its target where none is assumed.
    pub class_volatility: f64,
}

impl Default for OptimalRules {
    fn default() -> Self {
        Self { risk_aversion: 10.0, horizon_years: 1.0, band_price: 1.0, later_tax: 0.5, class_volatility: 0.15 }
    }
}
