//! Strategic weights of the top classes: as the tree states them, or of a profile and a horizon.

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::number::{Decimal, Rate, Rounding};

use crate::diagnostic::{Code, Diagnostic};
use crate::policy::{Profile, TargetTree};

use super::mix::{Mix, out_of_range};
use super::{Reason, told};

/// What a long or short horizon moves: points of weight, and percentages of them by class.
struct HorizonShift {
    points: i64,
    to: [(&'static str, i64); 2],
    from: [(&'static str, i64); 2],
}

/// Horizons strictly longer than this have the equity boost.
const LONG_YEARS: i64 = 20;
/// Horizons strictly shorter than this have the safety boost.
const SHORT_YEARS: i64 = 5;

const EQUITY_BOOST: HorizonShift =
    HorizonShift { points: 10, to: [("US Equity", 60), ("International Equity", 40)], from: [("Fixed Income", 80), ("Cash", 20)] };

const SAFETY_BOOST: HorizonShift =
    HorizonShift { points: 15, to: [("Fixed Income", 70), ("Cash", 30)], from: [("US Equity", 60), ("International Equity", 40)] };

/// The weights that the tree states for its top classes.
pub(super) fn from_tree(tree: &TargetTree) -> (Mix, Vec<Reason>) {
    let weights = tree.top().map(|(_, node)| (node.class.clone(), node.weight.unwrap_or_default().decimal())).collect();
    let mix = Mix { weights };
    let sentence = format!("The policy states {}.", told::weights(&mix));
    (mix, vec![Reason { step: "tree", sentence }])
}

/// The weights of a profile, shifted for a horizon.
pub(super) fn from_profile(profile: &Profile, horizon_years: Option<Rate>) -> Result<(Mix, Vec<Reason>), Vec<Diagnostic>> {
    let mut mix = Mix { weights: profile.weights.iter().map(|(class, weight)| (class.clone(), weight.decimal())).collect() };
    let mut reasons = vec![Reason { step: "profile", sentence: format!("The profile {} is {}.", profile.name, told::weights(&mix)) }];
    if let Some(years) = horizon_years {
        let sentence = shift_for_horizon(&mut mix, profile, years)?;
        reasons.push(Reason { step: "horizon", sentence });
    }
    Ok((mix, reasons))
}

fn shift_for_horizon(mix: &mut Mix, profile: &Profile, years: Rate) -> Result<String, Vec<Diagnostic>> {
    if years.is_negative() {
        let message = format!("the horizon is {years} years; it must be at least 0");
        let help = "give the years until the money is needed, or leave the horizon out";
        return Err(vec![Diagnostic::error(Code::HORIZON_NEGATIVE, message).help(help)]);
    }
    let (shift, side) = if years.decimal() > Decimal::from_int(LONG_YEARS) {
        (&EQUITY_BOOST, format!("over {LONG_YEARS}"))
    } else if years.decimal() < Decimal::from_int(SHORT_YEARS) {
        (&SAFETY_BOOST, format!("under {SHORT_YEARS}"))
    } else {
        return Ok(format!("A horizon of {years} years, from {SHORT_YEARS} to {LONG_YEARS}, shifts nothing."));
    };
    let (to, from) = (named(&shift.to)?, named(&shift.from)?);
    if let Some((missing, _)) = to.iter().find(|(class, _)| !mix.has(class)) {
        let message = format!("a horizon of {years} years shifts weight to {missing}, which the profile {} lacks", profile.name);
        let help = format!("give the profile the class {missing} (its weight may be 0), or leave the horizon out");
        return Err(vec![Diagnostic::error(Code::HORIZON_CLASS_MISSING, message).help(help)]);
    }
    let amount = Decimal::from_int(shift.points).div(Decimal::from_int(100), Rounding::HalfEven).map_err(out_of_range)?;
    let moved = mix.shift(amount, &to, &from).map_err(out_of_range)?;
    Ok(format!("A horizon of {years} years is {side}: {}", told::shift(&moved, amount)))
}

fn named(shares: &[(&str, i64)]) -> Result<Vec<(ClassPath, Decimal)>, Vec<Diagnostic>> {
    let read = |(name, share): &(&str, i64)| ClassPath::new(name).map(|class| (class, Decimal::from_int(*share)));
    shares
        .iter()
        .map(read)
        .collect::<Result<_, _>>()
        .map_err(|error| vec![Diagnostic::error(Code::TARGET_CLASS_MISSING, error.to_string())])
}
