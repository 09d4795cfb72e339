//! [`Terms`]: what ratios are measured by, and returns and risks a year under it.
//!
//! a year: R = Π (1 + rₜ)^(P ÷ T) − 1, σ = √P √(1/(T − ddof) Σ (rₜ − r̄)²), F = (1 + f)^P − 1
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | P | [`Terms::periods_per_year`] | 1 | 252, 52, 12 …: an argument, never guessed |
//! | f | [`Terms::risk_free`] | 1 | a fraction **a period** |
//! | ddof | [`Terms::ddof`] | 1 | 0 as in the book, 1 as in spreadsheets and in [`risk`](crate::risk) |
//!
//! Bacon's ratios take compounded returns a year, where [`risk::ratio`](crate::risk::ratio) takes arithmetic means, and
//! standard deviations of the whole population. Source: C. R. Bacon (2008), chapter 4.

use crate::risk::deviation::downside_deviation;
use crate::risk::performance::annualized_return;
use crate::risk::series::{RiskError, check_argument, check_periods};
use crate::risk::variance::volatility;

/// What ratios are measured by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Terms {
    /// Periods in a year.
    pub periods_per_year: f64,
    /// Risk-free return, a period.
    pub risk_free: f64,
    /// What is taken off the number of observations in a standard deviation.
    pub ddof: usize,
}

impl Terms {
    /// The book's: nothing risk-free, standard deviations of the population.
    ///
    /// ```
    /// use evenkeel_quant::performance::terms::Terms;
    /// assert_eq!(Terms::of(12.0).ddof, 0);
    /// ```
    pub const fn of(periods_per_year: f64) -> Self {
        Self { periods_per_year, risk_free: 0.0, ddof: 0 }
    }

    /// Compounded return a year.
    ///
    /// ```
    /// use evenkeel_quant::performance::terms::Terms;
    /// assert!((Terms::of(2.0).annual_return(&[0.1, 0.1])? - 0.21).abs() < 1e-15);
    /// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
    /// ```
    ///
    /// # Errors
    /// As [`annualized_return`].
    pub fn annual_return(&self, returns: &[f64]) -> Result<f64, RiskError> {
        annualized_return(returns, self.periods_per_year)
    }

    /// Standard deviation a year.
    ///
    /// ```
    /// use evenkeel_quant::performance::terms::Terms;
    /// assert!((Terms::of(4.0).annual_volatility(&[0.1, -0.1])? - 0.2).abs() < 1e-15);
    /// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
    /// ```
    ///
    /// # Errors
    /// As [`volatility`], and [`RiskError::Argument`].
    pub fn annual_volatility(&self, returns: &[f64]) -> Result<f64, RiskError> {
        check_periods(self.periods_per_year)?;
        Ok(volatility(returns, self.ddof)? * self.periods_per_year.sqrt())
    }

    /// Downside deviation below a level of a period, a year.
    ///
    /// ```
    /// use evenkeel_quant::performance::terms::Terms;
    /// assert!((Terms::of(4.0).annual_downside(&[0.1, -0.1], 0.0)? - 0.02_f64.sqrt()).abs() < 1e-15);
    /// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
    /// ```
    ///
    /// # Errors
    /// As [`downside_deviation`], and [`RiskError::Argument`].
    pub fn annual_downside(&self, returns: &[f64], level: f64) -> Result<f64, RiskError> {
        check_periods(self.periods_per_year)?;
        Ok(downside_deviation(returns, level)? * self.periods_per_year.sqrt())
    }

    /// A rate of a period over a year, compounded.
    ///
    /// ```
    /// use evenkeel_quant::performance::terms::Terms;
    /// assert!((Terms::of(2.0).over_a_year(0.1)? - 0.21).abs() < 1e-15);
    /// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
    /// ```
    ///
    /// # Errors
    /// As [`annualized_return`].
    pub fn over_a_year(&self, rate: f64) -> Result<f64, RiskError> {
        annualized_return(&[rate], self.periods_per_year)
    }

    /// Compounded return a year less the risk-free one.
    ///
    /// ```
    /// use evenkeel_quant::performance::terms::Terms;
    /// let terms = Terms { risk_free: 0.05, ..Terms::of(1.0) };
    /// assert!((terms.annual_excess(&[0.21, 0.0])? - 0.05).abs() < 1e-15);
    /// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
    /// ```
    ///
    /// # Errors
    /// As [`annualized_return`].
    pub fn annual_excess(&self, returns: &[f64]) -> Result<f64, RiskError> {
        check_argument("risk-free return", self.risk_free)?;
        Ok(self.annual_return(returns)? - self.over_a_year(self.risk_free)?)
    }
}
