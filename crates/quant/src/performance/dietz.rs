//! Return on the average capital, without values between flows.
//!
//! gain = V₁ − V₀ − Σ f, average capital = V₀ + Σ fᵢ (T − tᵢ) ÷ T, R = gain ÷ average capital
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | V₀, V₁ | `start`, `end` | 1 | money |
//! | f, t | [`Flow`] | n | money, in above 0; time since the start, in the unit of T |
//! | T | `length` | 1 | any unit of time, above 0 |
//! | R | [`Dietz::ratio`] | 1 | a fraction over the period, not a year |
//!
//! *Modified* Dietz weighs each flow by the part of the period for which it was there; a flow of day t of T counts from the
//! end of that day. *Simple* Dietz takes every flow to come in the middle. Where the average capital is not above 0 the
//! ratio is no return, and [`Dietz::is_return`] says so. Errors: a number that is not finite, a flow outside of the
//! period, an average capital of 0. Sources: P. O. Dietz (1966); Bank Administration Institute, *Measuring the
//! Investment Performance of Pension Funds* (1968); C. R. Bacon (2008), sections 2.5 and 2.6.

use super::error::{ReturnError, check_finite, check_positive};

/// What came in, or below 0 went out, at a time since the start of the period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Flow {
    /// When.
    pub time: f64,
    /// How much.
    pub amount: f64,
}

/// A gain and the capital that earned it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dietz {
    /// What was earned, money.
    pub gain: f64,
    /// Capital that was there on average, money.
    pub average_capital: f64,
    /// Gain over average capital.
    pub ratio: f64,
}

impl Dietz {
    fn of(gain: f64, average_capital: f64) -> Result<Self, ReturnError> {
        if average_capital == 0.0 {
            return Err(ReturnError::NoCapital);
        }
        Ok(Self { gain, average_capital, ratio: gain / average_capital })
    }

    /// Whether the ratio is a return: only where the average capital is above 0.
    ///
    /// ```
    /// use evenkeel_quant::performance::dietz::{Flow, modified_dietz};
    /// let taken_out = modified_dietz(100.0, 5.0, &[Flow { time: 1.0, amount: -150.0 }], 10.0)?;
    /// assert!(taken_out.gain > 0.0 && taken_out.ratio < 0.0 && !taken_out.is_return());
    /// # Ok::<(), evenkeel_quant::performance::error::ReturnError>(())
    /// ```
    pub fn is_return(&self) -> bool {
        self.average_capital > 0.0
    }
}

/// Modified Dietz return: flows weighed by the time for which they were there.
///
/// ```
/// use evenkeel_quant::performance::dietz::{Flow, modified_dietz};
/// let two_years = modified_dietz(100.0, 300.0, &[Flow { time: 1.0, amount: 50.0 }], 2.0)?;
/// assert_eq!((two_years.average_capital, two_years.ratio), (125.0, 1.2));
/// # Ok::<(), evenkeel_quant::performance::error::ReturnError>(())
/// ```
///
/// # Errors
/// [`ReturnError::NotFinite`], [`ReturnError::Argument`] for a length that is not above 0, [`ReturnError::Outside`],
/// [`ReturnError::NoCapital`].
pub fn modified_dietz(start: f64, end: f64, flows: &[Flow], length: f64) -> Result<Dietz, ReturnError> {
    check_positive("length of the period", length)?;
    check_finite("value", [start, end].into_iter())?;
    check_finite("flow", flows.iter().map(|flow| flow.amount))?;
    let outside = flows.iter().position(|flow| !(0.0..=length).contains(&flow.time));
    if let Some((index, flow)) = outside.and_then(|index| Some((index, flows.get(index)?))) {
        return Err(ReturnError::Outside { index, time: flow.time, length });
    }
    let net: f64 = flows.iter().map(|flow| flow.amount).sum();
    let weighed: f64 = flows.iter().map(|flow| flow.amount * (length - flow.time) / length).sum();
    Dietz::of(end - start - net, start + weighed)
}

/// Simple Dietz return: all flows in the middle of the period.
///
/// ```
/// let simple = evenkeel_quant::performance::dietz::simple_dietz(100.0, 165.0, 50.0)?;
/// assert!((simple.ratio - 15.0 / 125.0).abs() < 1e-16);
/// # Ok::<(), evenkeel_quant::performance::error::ReturnError>(())
/// ```
///
/// # Errors
/// [`ReturnError::NotFinite`], [`ReturnError::NoCapital`].
pub fn simple_dietz(start: f64, end: f64, net_flow: f64) -> Result<Dietz, ReturnError> {
    modified_dietz(start, end, &[Flow { time: 1.0, amount: net_flow }], 2.0)
}
