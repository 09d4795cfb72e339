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

/// What a group gained on a day, with charges that do not count added back.
pub(crate) fn gain(before: f64, held: &Held, net: Net) -> f64 {
    let added = match net {
        Net::GrossOfFees => held.fees + held.taxes,
        Net::NetOfFees => held.taxes,
        Net::AfterTax => 0.0,
    };
    held.value - before - held.flow + added
}

/// Returns of a group by day; 0 on a day without capital.
pub fn earned(opening: f64, days: &[Held], net: Net, timing: Timing) -> Vec<f64> {
    let mut before = opening;
    let of_day = |held: &Held| {
        let start = std::mem::replace(&mut before, held.value);
        capital(start, held.flow, timing).map_or(0.0, |capital| gain(start, held, net) / capital)
    };
    days.iter().map(of_day).collect()
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
