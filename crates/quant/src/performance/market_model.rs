//! [`MarketModel`]: a series as a part that follows the market and one that does not.
//!
//! rₜ − f = α + β (bₜ − f) + εₜ; Jensen's alpha = (R − F) − β (B − F), systematic risk = |β| σₘ, specific risk = σ(ε),
//! total risk² = systematic² + specific²
//!
//! | measure | formula | unit |
//! |---|---|---|
//! | [`treynor_ratio`](MarketModel::treynor_ratio) | (R − F) ÷ β | a year |
//! | [`modified_treynor_ratio`](MarketModel::modified_treynor_ratio) | (R − F) ÷ systematic risk | a year |
//! | [`appraisal_ratio`](MarketModel::appraisal_ratio) | Jensen's alpha ÷ specific risk | a year |
//! | [`modified_jensen`](MarketModel::modified_jensen), [`alternative_jensen`](MarketModel::alternative_jensen) | Jensen's alpha ÷ β, ÷ systematic risk | a year |
//! | [`fama`](MarketModel::fama) | selectivity = Jensen's alpha; diversification = (σ ÷ σₘ − β)(B − F); net selectivity = selectivity − diversification | a year |
//! | [`m_squared`](MarketModel::m_squared) | R + (R − F) ÷ σ × (σₘ − σ) | a year |
//! | [`active_premium`](MarketModel::active_premium), [`information_ratio`](MarketModel::information_ratio) | R − B, (R − B) ÷ tracking error | a year |
//!
//! R, B and F are compounded a year, σ and σₘ a year under [`Terms`]. Jensen's alpha is the book's, of returns a year;
//! α of the regression is of a period, and [`risk::statistics`](crate::risk::statistics) has its arithmetic form. Errors:
//! series of different lengths, fewer than 2 returns, a benchmark that does not move. Sources: M. C. Jensen, Journal of
//! Finance 23 (1968); J. L. Treynor, Harvard Business Review 43 (1965); J. L. Treynor, F. Black, Journal of Business
//! 46 (1973); E. F. Fama, Journal of Finance 27 (1972); F. Modigliani, L. Modigliani, Journal of Portfolio Management
//! 23 (1997); C. R. Bacon (2008), sections 4.4 to 4.7.

use super::terms::Terms;
use crate::linear::vector::dot;
use crate::risk::relative::{active_returns, beta};
use crate::risk::series::{RiskError, deviations, mean_of, ratio};

/// A series beside its market.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MarketModel {
    /// Return of the regression that the market does not explain, a period.
    pub alpha: f64,
    /// How far the series moves where the market moves by 1.
    pub beta: f64,
    /// Correlation with the market; 0 for a series that does not move.
    pub correlation: f64,
    /// Compounded return a year.
    pub annual_return: f64,
    /// Compounded return of the market a year.
    pub market_return: f64,
    /// Risk-free return a year.
    pub risk_free: f64,
    /// Standard deviation of the series, a year.
    pub total_risk: f64,
    /// Standard deviation of the market, a year.
    pub market_risk: f64,
    /// Standard deviation of the return over the market, a year.
    pub tracking_error: f64,
    /// Beta by that of the market, without its sign.
    pub systematic_risk: f64,
    /// Standard deviation of what the market does not explain, a year.
    pub specific_risk: f64,
}

/// What the return over the risk-free one was earned by (Fama 1972), a year.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fama {
    /// Beta at which the market has the risk of the series: σ ÷ σₘ.
    pub beta: f64,
    /// Return above that of the market at the same systematic risk.
    pub selectivity: f64,
    /// Return that was needed to make up for what was not diversified.
    pub diversification: f64,
    /// Selectivity less diversification.
    pub net_selectivity: f64,
}

impl MarketModel {
    /// Fits a series to its market.
    ///
    /// ```
    /// use evenkeel_quant::performance::{market_model::MarketModel, terms::Terms};
    /// let market = [0.02, -0.01, 0.03, 0.0];
    /// let half = market.map(|value| 0.5 * value);
    /// let model = MarketModel::of(&half, &market, &Terms::of(12.0))?;
    /// assert!((model.beta - 0.5).abs() < 1e-15 && model.specific_risk < 1e-9);
    /// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
    /// ```
    ///
    /// # Errors
    /// [`RiskError::Lengths`], [`RiskError::TooFew`], [`RiskError::NotFinite`], [`RiskError::BelowTotalLoss`],
    /// [`RiskError::NoRisk`] for a market that does not move, [`RiskError::Argument`].
    pub fn of(returns: &[f64], market: &[f64], terms: &Terms) -> Result<Self, RiskError> {
        let active = active_returns(returns, market)?;
        let beta = beta(returns, market)?;
        let (total_risk, market_risk) = (terms.annual_volatility(returns)?, terms.annual_volatility(market)?);
        let own = deviations(returns);
        let other = deviations(market);
        let unexplained: Vec<f64> = own.iter().zip(&other).map(|(own, other)| own - beta * other).collect();
        let lengths = (dot(&own, &own) * dot(&other, &other)).sqrt();
        let risk_free = terms.over_a_year(terms.risk_free)?;
        Ok(Self {
            alpha: mean_of(returns) - terms.risk_free - beta * (mean_of(market) - terms.risk_free),
            beta,
            correlation: if lengths > 0.0 { dot(&own, &other) / lengths } else { 0.0 },
            annual_return: terms.annual_return(returns)?,
            market_return: terms.annual_return(market)?,
            risk_free,
            total_risk,
            market_risk,
            tracking_error: terms.annual_volatility(&active)?,
            systematic_risk: beta.abs() * market_risk,
            specific_risk: terms.annual_volatility(&unexplained)?,
        })
    }

    /// Share of the variance that the market explains.
    ///
    /// ```
    /// # use evenkeel_quant::performance::{market_model::MarketModel, terms::Terms};
    /// let model = MarketModel::of(&[0.01, 0.01, -0.02], &[0.01, 0.0, -0.01], &Terms::of(12.0))?;
    /// assert!((model.r_squared() - 0.75).abs() < 1e-14);
    /// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
    /// ```
    pub fn r_squared(&self) -> f64 {
        self.correlation * self.correlation
    }

    /// Return a year above that of the market at the same beta.
    ///
    /// ```
    /// # use evenkeel_quant::performance::{market_model::MarketModel, terms::Terms};
    /// let model = MarketModel::of(&[0.02, 0.0], &[0.02, 0.0], &Terms::of(12.0))?;
    /// assert_eq!(model.jensen_alpha(), 0.0);
    /// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
    /// ```
    pub fn jensen_alpha(&self) -> f64 {
        self.excess() - self.beta * self.market_excess()
    }

    /// Return over the risk-free one for a unit of beta.
    ///
    /// ```
    /// # use evenkeel_quant::performance::{market_model::MarketModel, terms::Terms};
    /// let model = MarketModel::of(&[0.04, 0.0], &[0.02, 0.0], &Terms::of(2.0))?;
    /// assert!((model.treynor_ratio()? - 0.02).abs() < 1e-15);
    /// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
    /// ```
    ///
    /// # Errors
    /// [`RiskError::NoRisk`] for a beta of 0.
    pub fn treynor_ratio(&self) -> Result<f64, RiskError> {
        over_beta(self.excess(), self.beta)
    }

    /// Return over the risk-free one for a unit of systematic risk.
    ///
    /// ```
    /// # use evenkeel_quant::performance::{market_model::MarketModel, terms::Terms};
    /// let model = MarketModel::of(&[0.04, 0.0], &[0.02, 0.0], &Terms::of(2.0))?;
    /// assert!((model.modified_treynor_ratio()? - 0.04 / (0.02 * 2.0_f64.sqrt())).abs() < 1e-14);
    /// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
    /// ```
    ///
    /// # Errors
    /// [`RiskError::NoRisk`] for a beta of 0.
    pub fn modified_treynor_ratio(&self) -> Result<f64, RiskError> {
        ratio(self.excess(), self.systematic_risk, "systematic risk")
    }

    /// Jensen's alpha for a unit of specific risk.
    ///
    /// ```
    /// # use evenkeel_quant::performance::{market_model::MarketModel, terms::Terms};
    /// let model = MarketModel::of(&[0.03, 0.02, 0.0], &[0.02, 0.0, -0.01], &Terms::of(12.0))?;
    /// assert_eq!(model.appraisal_ratio()?, model.jensen_alpha() / model.specific_risk);
    /// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
    /// ```
    ///
    /// # Errors
    /// [`RiskError::NoRisk`] where the market explains everything.
    pub fn appraisal_ratio(&self) -> Result<f64, RiskError> {
        ratio(self.jensen_alpha(), self.specific_risk, "specific risk")
    }

    /// Jensen's alpha for a unit of beta.
    ///
    /// ```
    /// # use evenkeel_quant::performance::{market_model::MarketModel, terms::Terms};
    /// let model = MarketModel::of(&[0.03, 0.02, 0.0], &[0.02, 0.0, -0.01], &Terms::of(12.0))?;
    /// assert_eq!(model.modified_jensen()?, model.jensen_alpha() / model.beta);
    /// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
    /// ```
    ///
    /// # Errors
    /// [`RiskError::NoRisk`] for a beta of 0.
    pub fn modified_jensen(&self) -> Result<f64, RiskError> {
        over_beta(self.jensen_alpha(), self.beta)
    }

    /// Jensen's alpha for a unit of systematic risk.
    ///
    /// ```
    /// # use evenkeel_quant::performance::{market_model::MarketModel, terms::Terms};
    /// let model = MarketModel::of(&[0.03, 0.02, 0.0], &[0.02, 0.0, -0.01], &Terms::of(12.0))?;
    /// assert_eq!(model.alternative_jensen()?, model.jensen_alpha() / model.systematic_risk);
    /// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
    /// ```
    ///
    /// # Errors
    /// [`RiskError::NoRisk`] for a beta of 0.
    pub fn alternative_jensen(&self) -> Result<f64, RiskError> {
        ratio(self.jensen_alpha(), self.systematic_risk, "systematic risk")
    }

    /// Selectivity and diversification.
    ///
    /// ```
    /// # use evenkeel_quant::performance::{market_model::MarketModel, terms::Terms};
    /// let model = MarketModel::of(&[0.03, 0.02, 0.0], &[0.02, 0.0, -0.01], &Terms::of(12.0))?;
    /// let fama = model.fama();
    /// assert!((fama.net_selectivity + fama.diversification - model.jensen_alpha()).abs() < 1e-15);
    /// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
    /// ```
    pub fn fama(&self) -> Fama {
        // The market moves, or there would be no model.
        let beta = self.total_risk / self.market_risk;
        let (selectivity, diversification) = (self.jensen_alpha(), (beta - self.beta) * self.market_excess());
        Fama { beta, selectivity, diversification, net_selectivity: selectivity - diversification }
    }

    /// M²: the return that the series would have had at the risk of the market.
    ///
    /// ```
    /// # use evenkeel_quant::performance::{market_model::MarketModel, terms::Terms};
    /// let model = MarketModel::of(&[0.04, 0.0], &[0.02, 0.0], &Terms::of(2.0))?;
    /// assert!((model.m_squared()? - 0.02).abs() < 1e-15);
    /// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
    /// ```
    ///
    /// # Errors
    /// [`RiskError::NoRisk`] for a series that does not move.
    pub fn m_squared(&self) -> Result<f64, RiskError> {
        Ok(self.annual_return + ratio(self.excess(), self.total_risk, "volatility")? * (self.market_risk - self.total_risk))
    }

    /// M² over the market's return: as a ratio of values, which the book prefers; the difference is [`Self::m_squared`] less the
    /// market's return.
    ///
    /// ```
    /// # use evenkeel_quant::performance::{market_model::MarketModel, terms::Terms};
    /// let model = MarketModel::of(&[0.04, 0.0], &[0.02, 0.0], &Terms::of(2.0))?;
    /// assert!(model.m_squared_excess()?.abs() < 1e-15);
    /// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
    /// ```
    ///
    /// # Errors
    /// [`RiskError::NoRisk`] for a series that does not move.
    pub fn m_squared_excess(&self) -> Result<f64, RiskError> {
        ratio(1.0 + self.m_squared()?, 1.0 + self.market_return, "value of the market").map(|grown| grown - 1.0)
    }

    /// Return a year over that of the market.
    ///
    /// ```
    /// # use evenkeel_quant::performance::{market_model::MarketModel, terms::Terms};
    /// let model = MarketModel::of(&[0.04, 0.0], &[0.02, 0.0], &Terms::of(2.0))?;
    /// assert!((model.active_premium() - 0.02).abs() < 1e-15);
    /// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
    /// ```
    pub fn active_premium(&self) -> f64 {
        self.annual_return - self.market_return
    }

    /// Active premium for a unit of tracking error; [`risk::relative`](crate::risk::relative) has the ratio of arithmetic means.
    ///
    /// ```
    /// # use evenkeel_quant::performance::{market_model::MarketModel, terms::Terms};
    /// let model = MarketModel::of(&[0.04, 0.0], &[0.02, 0.0], &Terms::of(2.0))?;
    /// assert!((model.information_ratio()? - 0.02 / (0.01 * 2.0_f64.sqrt())).abs() < 1e-13);
    /// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
    /// ```
    ///
    /// # Errors
    /// [`RiskError::NoRisk`] for a series that never leaves the market.
    pub fn information_ratio(&self) -> Result<f64, RiskError> {
        ratio(self.active_premium(), self.tracking_error, "tracking error")
    }

    fn excess(&self) -> f64 {
        self.annual_return - self.risk_free
    }

    fn market_excess(&self) -> f64 {
        self.market_return - self.risk_free
    }
}

/// A ratio to a beta, which may be below 0.
fn over_beta(excess: f64, beta: f64) -> Result<f64, RiskError> {
    ratio(excess * beta.signum(), beta.abs(), "beta")
}
