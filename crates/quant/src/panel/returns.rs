//! Prices to returns, simple and logarithmic.
//!
//! rₜ = pₜ ÷ pₜ₋₁ − 1, or ln pₜ − ln pₜ₋₁ = ln(1 + rₜ)
//!
//! Simple returns add up over assets (a portfolio's return is the weighted mean of them), log returns
//! over time. Estimates and optimization take simple returns. The panel of returns has a row less
//! than that of prices: a return stands on the date at which it ends.

use super::{Content, Panel, PanelError};
use crate::linear::matrix::Matrix;

/// What becomes of the return over a hole in a series of prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gaps {
    /// Missing: a return needs prices on both rows.
    Open,
    /// The change since the last price stands on the date of the next one, so that no gain or loss is
    /// left out; the rows between stay missing. [`missing::gaps`](super::missing::gaps) names them.
    Bridged,
}

/// Simple returns of prices.
///
/// ```
/// use evenkeel_quant::{linear::matrix::Matrix, panel::{Content, Panel, returns::{Gaps, simple_returns}}};
/// let prices = Panel::new(Content::Prices, vec![1, 2, 3], Matrix::from_columns(3, 1, vec![10.0, f64::NAN, 12.5])?)?;
/// assert!(simple_returns(&prices, Gaps::Open)?.values().get(1, 0).is_nan());
/// assert_eq!(simple_returns(&prices, Gaps::Bridged)?.values().get(1, 0), 0.25);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`PanelError::Content`] where the panel holds no prices.
pub fn simple_returns(prices: &Panel, gaps: Gaps) -> Result<Panel, PanelError> {
    changes(prices, gaps, Content::SimpleReturns, |before, now| now / before - 1.0)
}

/// Log returns of prices.
///
/// ```
/// use evenkeel_quant::{linear::matrix::Matrix, panel::{Content, Panel, returns::{Gaps, log_returns}}};
/// let prices = Panel::new(Content::Prices, vec![1, 2], Matrix::from_columns(2, 1, vec![10.0, 12.5])?)?;
/// assert_eq!(log_returns(&prices, Gaps::Open)?.values().values(), [1.25_f64.ln()]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`PanelError::Content`] where the panel holds no prices.
pub fn log_returns(prices: &Panel, gaps: Gaps) -> Result<Panel, PanelError> {
    changes(prices, gaps, Content::LogReturns, |before, now| (now / before).ln())
}

/// Simple returns of log returns: exp(l) − 1. Simple returns stay as they are.
///
/// ```
/// use evenkeel_quant::{linear::matrix::Matrix, panel::{Content, Panel, returns::to_simple}};
/// let log = Panel::new(Content::LogReturns, vec![1], Matrix::from_columns(1, 1, vec![1.25_f64.ln()])?)?;
/// assert!((to_simple(log)?.values().get(0, 0) - 0.25).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`PanelError::Content`] for prices, [`PanelError::Value`] for a log return beyond what a float holds.
pub fn to_simple(returns: Panel) -> Result<Panel, PanelError> {
    returns.check_returns()?;
    if returns.content == Content::SimpleReturns { Ok(returns) } else { map(returns, Content::SimpleReturns, f64::exp_m1) }
}

/// Log returns of simple returns: ln(1 + r). Log returns stay as they are.
///
/// ```
/// use evenkeel_quant::{linear::matrix::Matrix, panel::{Content, Panel, returns::to_log}};
/// let simple = Panel::new(Content::SimpleReturns, vec![1], Matrix::from_columns(1, 1, vec![0.25])?)?;
/// assert!((to_log(simple)?.values().get(0, 0) - 1.25_f64.ln()).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`PanelError::Content`] for prices, [`PanelError::Value`] for a return of −1, which has no logarithm.
pub fn to_log(returns: Panel) -> Result<Panel, PanelError> {
    returns.check_returns()?;
    if returns.content == Content::LogReturns { Ok(returns) } else { map(returns, Content::LogReturns, f64::ln_1p) }
}

fn map(mut panel: Panel, content: Content, function: fn(f64) -> f64) -> Result<Panel, PanelError> {
    for value in panel.values.values_mut() {
        *value = function(*value);
    }
    Panel::new(content, panel.dates, panel.values)
}

fn changes(prices: &Panel, gaps: Gaps, content: Content, change: impl Fn(f64, f64) -> f64) -> Result<Panel, PanelError> {
    if prices.content != Content::Prices {
        return Err(PanelError::Content { content: prices.content, needed: "prices" });
    }
    let rows = prices.rows().saturating_sub(1);
    let mut values = Matrix::zeros(rows, prices.assets());
    for asset in 0..prices.assets() {
        let column = values.column_mut(asset);
        let Some((first, known)) = prices.values.column(asset).split_first() else { continue };
        let mut before = *first;
        for (to, now) in column.iter_mut().zip(known) {
            // NaN on either side makes NaN.
            *to = change(before, *now);
            if gaps == Gaps::Open || !now.is_nan() {
                before = *now;
            }
        }
    }
    Panel::new(content, prices.dates.iter().skip(1).copied().collect(), values)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    fn prices(values: Vec<f64>) -> Panel {
        let rows = values.len();
        Panel::new(Content::Prices, (0..).take(rows).collect(), Matrix::from_columns(rows, 1, values).unwrap()).unwrap()
    }

    #[test]
    fn listings_and_delistings_have_no_return() {
        let panel = prices(vec![f64::NAN, 10.0, 11.0, f64::NAN]);
        for gaps in [Gaps::Open, Gaps::Bridged] {
            let returns = simple_returns(&panel, gaps).unwrap();
            assert_eq!(returns.dates(), [1, 2, 3]);
            assert_eq!(returns.listing(0), Some((1, 1)));
        }
        assert_eq!(simple_returns(&prices(vec![]), Gaps::Open).unwrap().rows(), 0);
        assert_eq!(
            simple_returns(&simple_returns(&panel, Gaps::Open).unwrap(), Gaps::Open).unwrap_err(),
            PanelError::Content { content: Content::SimpleReturns, needed: "prices" }
        );
    }

    #[test]
    fn a_total_loss_has_no_logarithm() {
        let ruin = Panel::new(Content::SimpleReturns, vec![7], Matrix::from_columns(1, 1, vec![-1.0]).unwrap()).unwrap();
        let content = Content::LogReturns;
        assert_eq!(to_log(ruin).unwrap_err(), PanelError::Value { asset: 0, row: 0, date: 7, value: f64::NEG_INFINITY, content });
    }

    proptest! {
        #[test]
        fn bridged_returns_compound_to_the_whole_change(path in prop::collection::vec(prop::option::weighted(0.8, 1.0..100.0_f64), 2..40)) {
            let known: Vec<f64> = path.iter().copied().flatten().collect();
            let panel = prices(path.iter().map(|price| price.unwrap_or(f64::NAN)).collect());
            let returns = simple_returns(&panel, Gaps::Bridged).unwrap();
            let growth: f64 = returns.values().values().iter().filter(|value| !value.is_nan()).map(|value| 1.0 + value).product();
            if let ([first, ..], [.., last]) = (&known[..], &known[..]) {
                prop_assert!((growth - last / first).abs() < 1e-10 * growth);
            }
            let there_and_back = to_simple(to_log(returns.clone()).unwrap()).unwrap();
            for (a, b) in there_and_back.values().values().iter().zip(returns.values().values()) {
                prop_assert!(a.is_nan() && b.is_nan() || (a - b).abs() < 1e-13 * (1.0 + b.abs()));
            }
        }
    }
}
