//! [`earned`]: returns of a group by day.
//!
//! gainₜ = Vₜ − Vₜ₋₁ − Fₜ + charges that do not count, rₜ = gainₜ ÷ capitalₜ
//!
//! | timing | capital |
//! |---|---|
//! | [`Timing::EndOfDay`] | Vₜ₋₁: what came in has earned nothing yet; as closing prices are traded at |
//! | [`Timing::StartOfDay`] | Vₜ₋₁ + Fₜ |
//! | [`Timing::InAtStart`] | Vₜ₋₁ + max(Fₜ, 0): what comes in works at once, what goes out has worked all day |
//!
//! Where nothing was held before, capital is what came in. A day without capital earns nothing.

use std::ops::Range;

use super::walk::Held;

/// Which charges count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Net {
    /// Neither fees nor taxes: what was managed earned, trading costs counted.
    GrossOfFees,
    /// Fees.
    NetOfFees,
    /// Fees and taxes paid.
    AfterTax,
}

/// When flows of a day come in and go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timing {
    /// At its close.
    EndOfDay,
    /// At its beginning.
    StartOfDay,
    /// In at its beginning, out at its close.
    InAtStart,
}

/// Capital of less than half a cent is none.
pub(super) const CENT: f64 = 0.005;

/// A loss of all may be so much larger by rounding.
const ROUNDING: f64 = 1e-9;

/// What a group gained on a day, with charges that do not count added back.
pub(crate) fn gain(before: f64, held: &Held, net: Net) -> f64 {
    let added = match net {
        Net::GrossOfFees => held.fees + held.taxes,
        Net::NetOfFees => held.taxes,
        Net::AfterTax => 0.0,
    };
    held.value - before - held.flow + added
}

/// Returns of a group by day.
#[derive(Debug, Clone, PartialEq)]
pub struct Earned {
    /// By day, 0 on a day without capital; up to the one from which on there is no return.
    pub returns: Vec<f64>,
    /// Why there is none from then on; `None` where all days have one.
    pub ended: Option<&'static str>,
}

impl Earned {
    /// Compounded over some days; `None` where not all of them have a return.
    pub fn over(&self, days: Range<usize>) -> Option<f64> {
        let is_known = self.ended.is_none() || days.end <= self.returns.len();
        is_known.then(|| compounded(self.returns.get(days).unwrap_or_default()))
    }

    /// Compounded over all days.
    pub fn total(&self) -> Option<f64> {
        self.ended.is_none().then(|| compounded(&self.returns))
    }
}

/// Π (1 + r) − 1.
pub(super) fn compounded(returns: &[f64]) -> f64 {
    returns.iter().map(|earned| 1.0 + earned).product::<f64>() - 1.0
}

/// Returns of a group by day. They end where more is lost than there was, where something is gained on less than nothing, and
/// begin nowhere where all was gained without capital.
pub fn earned(opening: f64, days: &[Held], net: Net, timing: Timing) -> Earned {
    let mut before = opening;
    let mut earned = Earned { returns: Vec::with_capacity(days.len()), ended: None };
    let (mut has_capital, mut has_gained) = (false, false);
    for held in days {
        let start = std::mem::replace(&mut before, held.value);
        let gained = gain(start, held, net);
        let of_day = match capital(start, held.flow, timing) {
            Some(capital) => {
                has_capital = true;
                gained / capital
            }
            None if start < -CENT && gained.abs() > CENT => {
                earned.ended = Some("less than nothing was held");
                return earned;
            }
            None => {
                has_gained |= gained.abs() > CENT;
                0.0
            }
        };
        if of_day < -1.0 - ROUNDING {
            earned.ended = Some("more was lost than there was");
            return earned;
        }
        earned.returns.push(of_day.max(-1.0));
    }
    if has_gained && !has_capital {
        return Earned { returns: Vec::new(), ended: Some("all was gained without capital") };
    }
    earned
}

/// What a day's gain is a return on.
pub(crate) fn capital(before: f64, flow: f64, timing: Timing) -> Option<f64> {
    let usual = match timing {
        Timing::EndOfDay => before,
        Timing::StartOfDay => before + flow,
        Timing::InAtStart => before + flow.max(0.0),
    };
    let capital = if usual > CENT { usual } else { before + flow };
    (capital > CENT).then_some(capital)
}
