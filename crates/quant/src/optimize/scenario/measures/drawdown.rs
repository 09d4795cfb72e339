//! Drawdown: the loss since the highest point of the path so far.
//!
//! uₜ = max over s ≤ t of Cₛ − Cₜ, with Cₜ = y₁ + … + yₜ and C₀ = 0
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | y | `returns` | T, in the order of time | a period, simple, fractions |
//! | u | | T | a fraction of the value at the start, at least 0; sums, not compounded |
//! | β | `confidence` | 1 | at least 0, below 1 |
//! | ρ | result | 1 | as u |
//!
//! Average: Σ uₜ / T. Maximum: maxₜ uₜ. Conditional (CDaR): the mean of the worst (1 − β) of the uₜ,
//! the one at the boundary by its fraction. Ulcer: √(Σ uₜ² / T). (A. Chekhlov, S. Uryasev,
//! M. Zabarankin, "Drawdown measure in portfolio optimization", International Journal of Theoretical
//! and Applied Finance 8, 2005, section 3; P. G. Martin, B. B. McCann, *The Investor's Guide to
//! Fidelity Funds*, 1989, for ulcer.)

use super::super::measure::Measure;
use super::cvar::Cvar;
use super::series::{confidence_fault, weighted_loss};
use crate::linear::vector::{count, dot};

/// The loss since the highest point of the path so far, made one number.
///
/// ```
/// use evenkeel_quant::optimize::scenario::{measure::Measure, measures::drawdown::Drawdown};
/// // The path is 0.25, −0.25, 0, −0.5.
/// let returns = [0.25, -0.5, 0.25, -0.5];
/// assert_eq!(Drawdown::Maximum.value(&returns), 0.75);
/// assert_eq!(Drawdown::Average.value(&returns), 0.375);
/// assert_eq!(Drawdown::Conditional { confidence: 0.5 }.value(&returns), 0.625);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Drawdown {
    /// The mean over time.
    Average,
    /// The worst.
    Maximum,
    /// The mean of the worst (1 − β): conditional drawdown at risk.
    Conditional {
        /// β.
        confidence: f64,
    },
    /// The root mean square.
    Ulcer,
}

impl Drawdown {
    /// What a unit of each drawdown adds to the measure.
    fn shares(self, drawdowns: &[f64]) -> Vec<f64> {
        let times = count(drawdowns.len());
        match self {
            Self::Average => vec![1.0 / times; drawdowns.len()],
            Self::Maximum => tail_shares(drawdowns, 1.0 - 0.5 / times),
            Self::Conditional { confidence } => tail_shares(drawdowns, confidence),
            Self::Ulcer => {
                let scale = (dot(drawdowns, drawdowns) * times).sqrt();
                drawdowns.iter().map(|drawdown| if scale > 0.0 { drawdown / scale } else { 0.0 }).collect()
            }
        }
    }
}

/// The shares of the worst drawdowns in their mean.
fn tail_shares(drawdowns: &[f64], confidence: f64) -> Vec<f64> {
    let gains: Vec<f64> = drawdowns.iter().map(|drawdown| -drawdown).collect();
    Cvar { confidence }.slopes(&gains)
}

/// The drawdown at each time, and the number of returns up to its peak.
fn path(returns: &[f64]) -> (Vec<f64>, Vec<usize>) {
    let (mut level, mut peak, mut peak_at) = (0.0, 0.0, 0);
    let mut peaks = Vec::with_capacity(returns.len());
    let mut drawdowns = Vec::with_capacity(returns.len());
    for (at, value) in returns.iter().enumerate() {
        level += value;
        if level > peak {
            (peak, peak_at) = (level, at + 1);
        }
        drawdowns.push(peak - level);
        peaks.push(peak_at);
    }
    (drawdowns, peaks)
}

impl Measure for Drawdown {
    fn name(&self) -> &'static str {
        match self {
            Self::Average => "average drawdown",
            Self::Maximum => "maximum drawdown",
            Self::Conditional { .. } => "CDaR",
            Self::Ulcer => "ulcer index",
        }
    }

    fn value(&self, returns: &[f64]) -> f64 {
        let (drawdowns, _) = path(returns);
        let gains: Vec<f64> = drawdowns.iter().map(|drawdown| -drawdown).collect();
        weighted_loss(&self.shares(&drawdowns), &gains)
    }

    fn slopes(&self, returns: &[f64]) -> Vec<f64> {
        let (drawdowns, peaks) = path(returns);
        // A drawdown is less by every return after its peak: running sums of what begins and ends.
        let mut changes = vec![0.0; returns.len() + 1];
        for (at, (share, peak)) in self.shares(&drawdowns).into_iter().zip(peaks).enumerate() {
            changes[peak] += share;
            changes[at + 1] -= share;
        }
        let mut running = 0.0;
        let slopes = changes.iter().map(|change| {
            running += change;
            running
        });
        slopes.take(returns.len()).collect()
    }

    fn fault(&self) -> Option<String> {
        match self {
            Self::Conditional { confidence } => confidence_fault(*confidence),
            _ => None,
        }
    }
}
