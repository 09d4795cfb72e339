//! Measures over a window that moves along a series.
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | r | `returns` | T | simple, a fraction a period |
//! | w | `window` | 1 | periods, 2 to T |
//! | P | `periods_per_year` | 1 | 252, 52, 12 … |
//! | f | `risk_free` | 1 | a fraction a period |
//! | | result | T − w + 1 | entry i is of returns i … i + w − 1 |
//!
//! The measures are those of [`performance`](super::performance), [`variance`](super::variance),
//! [`ratio`](super::ratio) and [`drawdown`](super::drawdown) on the window alone: its start counts as a peak.
//! Work is O(T) for any window: what a stretch of returns comes to is joined from two shorter stretches, so
//! windows are a suffix of one block of w returns and a prefix of the next (M. van Herk, Pattern Recognition
//! Letters 13 (1992)). Nothing is ever subtracted, so nothing cancels. Errors: a window below 2 or above T, a
//! return that is not finite or below −1, a number of periods that is not above 0.

use super::series::{RiskError, check, check_argument, check_compoundable, check_periods};
use crate::linear::vector::count;

/// Measures of one window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// Compounded return, a year.
    pub annual_return: f64,
    /// Volatility a year, ddof = 1.
    pub volatility: f64,
    /// Sharpe ratio, a year; `None` where all returns of the window are equal.
    pub sharpe: Option<f64>,
    /// Maximum drawdown of the compounded path.
    pub maximum_drawdown: f64,
}

/// Measures of every window of so many periods.
///
/// ```
/// let rolling = evenkeel_quant::risk::rolling::rolling(&[0.1, -0.1, 0.2, 0.2], 2, 2.0, 0.0)?;
/// assert_eq!(rolling.len(), 3);
/// assert!((rolling[0].annual_return + 0.01).abs() < 1e-15);
/// assert!((rolling[1].maximum_drawdown - 0.1).abs() < 1e-15);
/// assert_eq!(rolling[2].sharpe, None);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`] for a window longer than the series, [`RiskError::Argument`], [`RiskError::NotFinite`],
/// [`RiskError::BelowTotalLoss`].
pub fn rolling(returns: &[f64], window: usize, periods_per_year: f64, risk_free: f64) -> Result<Vec<Window>, RiskError> {
    if window < 2 {
        return Err(RiskError::Argument { name: "window", value: count(window), limit: "at least 2 periods" });
    }
    check(returns, window)?;
    check_compoundable(returns)?;
    check_periods(periods_per_year)?;
    check_argument("risk-free return", risk_free)?;
    let (prefixes, suffixes) = (prefixes(returns, window), suffixes(returns, window));
    let windows = suffixes.iter().zip(&prefixes[window - 1..]).enumerate().map(|(start, (front, back))| {
        let stretch = if start % window == 0 { *back } else { front.then(back) };
        stretch.measured(periods_per_year, risk_free)
    });
    Ok(windows.collect())
}

/// What the returns from the start of each block of `window` to each return come to.
fn prefixes(returns: &[f64], window: usize) -> Vec<Stretch> {
    let mut prefixes: Vec<Stretch> = Vec::with_capacity(returns.len());
    for (index, value) in returns.iter().enumerate() {
        let single = Stretch::of(*value);
        let joined = prefixes.last().filter(|_| index % window != 0).map_or(single, |before| before.then(&single));
        prefixes.push(joined);
    }
    prefixes
}

/// What the returns from each return to the end of its block come to.
fn suffixes(returns: &[f64], window: usize) -> Vec<Stretch> {
    let mut suffixes: Vec<Stretch> = returns.iter().map(|value| Stretch::of(*value)).collect();
    for block in suffixes.chunks_mut(window) {
        for index in (1..block.len()).rev() {
            let (before, after) = block.split_at_mut(index);
            if let (Some(before), Some(after)) = (before.last_mut(), after.first()) {
                *before = before.then(after);
            }
        }
    }
    suffixes
}

/// What some returns in a row come to.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stretch {
    count: f64,
    mean: f64,
    /// Σ (r − mean)².
    squares: f64,
    /// Π (1 + r).
    growth: f64,
    /// Highest value on the path from 1, which counts.
    highest: f64,
    /// Lowest value on the path after the start.
    lowest: f64,
    drawdown: f64,
}

impl Stretch {
    fn of(value: f64) -> Self {
        let growth = 1.0 + value;
        Self { count: 1.0, mean: value, squares: 0.0, growth, highest: growth.max(1.0), lowest: growth, drawdown: (-value).max(0.0) }
    }

    /// This and then what follows (mean and squares: Chan, Golub, `LeVeque` 1979).
    fn then(&self, next: &Self) -> Self {
        let count = self.count + next.count;
        let step = next.mean - self.mean;
        // Where the peak is in the first stretch and the trough in the second.
        let across = 1.0 - self.growth * next.lowest / self.highest;
        Self {
            count,
            mean: self.mean + step * next.count / count,
            squares: self.squares + next.squares + step * step * self.count * next.count / count,
            growth: self.growth * next.growth,
            highest: self.highest.max(self.growth * next.highest),
            lowest: self.lowest.min(self.growth * next.lowest),
            drawdown: self.drawdown.max(next.drawdown).max(across),
        }
    }

    fn measured(&self, periods_per_year: f64, risk_free: f64) -> Window {
        let volatility = (self.squares / (self.count - 1.0)).sqrt();
        let excess = self.mean - risk_free;
        Window {
            annual_return: self.growth.powf(periods_per_year / self.count) - 1.0,
            volatility: volatility * periods_per_year.sqrt(),
            sharpe: (volatility > 0.0).then(|| excess / volatility * periods_per_year.sqrt()),
            maximum_drawdown: self.drawdown,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;
    use crate::risk::drawdown::{Compounding, maximum_drawdown};
    use crate::risk::performance::annualized_return;
    use crate::risk::ratio::sharpe_ratio;
    use crate::risk::variance::annualized_volatility;

    #[test]
    fn refuses_windows_that_are_none() {
        assert_eq!(rolling(&[0.1; 3], 4, 12.0, 0.0), Err(RiskError::TooFew { found: 3, needed: 4 }));
        assert!(matches!(rolling(&[0.1; 3], 1, 12.0, 0.0), Err(RiskError::Argument { name: "window", .. })));
    }

    #[test]
    fn equal_returns_have_no_volatility() {
        assert!(rolling(&[0.1; 50], 7, 12.0, 0.0).unwrap().iter().all(|window| window.sharpe.is_none()));
    }

    proptest! {
        #[test]
        fn each_window_is_measured_alone(returns in prop::collection::vec(-0.3..0.3_f64, 2..80), window in 2..20_usize, total_loss in 0..200_usize) {
            let mut returns = returns;
            if let Some(value) = returns.get_mut(total_loss) { *value = -1.0; }
            prop_assume!(window <= returns.len());
            let found = rolling(&returns, window, 12.0, 0.001).unwrap();
            prop_assert_eq!(found.len(), returns.len() - window + 1);
            for (part, found) in returns.windows(window).zip(found) {
                let close = |a: f64, b: f64| (a - b).abs() <= 1e-11 * (1.0 + b.abs());
                prop_assert!(close(found.annual_return, annualized_return(part, 12.0).unwrap()));
                prop_assert!(close(found.volatility, annualized_volatility(part, 12.0).unwrap()));
                prop_assert!(close(found.sharpe.unwrap(), sharpe_ratio(part, 0.001, 12.0).unwrap()));
                prop_assert!(close(found.maximum_drawdown, maximum_drawdown(part, Compounding::Compounded).unwrap()));
            }
        }
    }
}
