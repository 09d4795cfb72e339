//! [`StopRule`]: when to leave a class because of what its price has done, and when to come back.

use evenkeel_ledger::class::ClassPath;

/// Leaves a class when its price has fallen or risen so far.
#[derive(Debug, Clone, PartialEq)]
pub struct StopRule {
    /// The class; the first of its instruments with a price is what is watched.
    pub class: ClassPath,
    /// Which move stops.
    pub side: StopSide,
    /// How far the price moves before it stops.
    pub level: StopLevel,
    /// Fraction of the class's weight that is left, from 1 for all to 0 for none; 0.5 halves it.
    pub cut: f64,
    /// The class that takes it up.
    pub into: ClassPath,
    /// When it ends.
    pub re_entry: ReEntry,
}

/// Which move of a price stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopSide {
    /// A fall from the highest price since one entered.
    Loss,
    /// A rise from the price at which one entered.
    Profit,
}

impl StopSide {
    /// `stop-loss` or `take-profit`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Loss => "stop-loss",
            Self::Profit => "take-profit",
        }
    }
}

/// How far a price moves before it stops, as a fraction of the price it is counted from. h is `horizon_days` ÷ 252; σ and μ
/// are volatility and expected return a year of the class, as assumed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum StopLevel {
    /// So much.
    Fraction(f64),
    /// multiple × σ √h.
    Volatility {
        /// The multiple.
        multiple: f64,
        /// Trading days.
        horizon_days: f64,
    },
    /// Normal VaR over the horizon: z σ √h − μ h.
    ValueAtRisk {
        /// Its confidence.
        confidence: f64,
        /// Trading days.
        horizon_days: f64,
    },
    /// Normal CVaR over the horizon: φ(z) ÷ (1 − confidence) σ √h − μ h.
    ConditionalValueAtRisk {
        /// Its confidence.
        confidence: f64,
        /// Trading days.
        horizon_days: f64,
    },
    /// multiple × μ h.
    ExpectedReturn {
        /// The multiple.
        multiple: f64,
        /// Trading days.
        horizon_days: f64,
    },
}

/// When one comes back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ReEntry {
    /// After so many days.
    AfterDays(u32),
    /// After a loss, once the price is so far above its lowest since; after a profit, so far below its highest since.
    Turned(f64),
}
