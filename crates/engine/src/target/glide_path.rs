//! Weights that change with time: a table by years from a date, or by age, interpolated by days.

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::{Date, DateError};
use evenkeel_ledger::household::Household;
use evenkeel_ledger::number::{Decimal, NumberError, Rate, Rounding};

use crate::diagnostic::{Code, Diagnostic};
use crate::policy::{GlideAxis, GlidePath, GlidePoint};

use super::mix::{Mix, out_of_range};
use super::{Reason, told};

/// The weights of a glide path on a day.
///
/// Each point of the table falls on a day: so many years after the target date, or the birthday of
/// that age. Between two of these days weights are interpolated linearly by days, so that on the
/// day itself they are exactly as the table says; outside they stay as at the nearest.
pub(super) fn at(path: &GlidePath, household: &Household, as_of: Date) -> Result<(Mix, Vec<Reason>), Vec<Diagnostic>> {
    let origin = match path.axis {
        GlideAxis::YearsFrom(date) => date,
        GlideAxis::Age => oldest_birth_date(household)?,
    };
    let days: Vec<(Date, &GlidePoint)> = path
        .points
        .iter()
        .map(|point| Ok((day_of(origin, point.years)?, point)))
        .collect::<Result<_, DateError>>()
        .map_err(|error| unusable(&error.to_string()))?;
    let before = days.iter().rev().find(|(day, _)| *day <= as_of);
    let after = days.iter().find(|(day, _)| *day > as_of);
    let named = |years: Rate| match path.axis {
        GlideAxis::YearsFrom(date) => format!("{years} years from {date}"),
        GlideAxis::Age => format!("age {years}"),
    };
    let (mix, place) = match (before, after) {
        (None, None) => return Err(unusable("it has no points")),
        (None, Some((_, only))) | (Some((_, only)), None) => (mix_of(only), format!("as at {}", named(only.years))),
        (Some((start, from)), Some((end, to))) => {
            let (passed, whole) = (as_of.days_since(*start), end.days_since(*start));
            let mix = interpolate(from, to, passed, whole).map_err(out_of_range)?;
            (mix, format!("{passed} of {whole} days on the way from {} to {}", named(from.years), named(to.years)))
        }
    };
    let sentence = format!("The glide path on {as_of} is {}, {place}.", told::weights(&mix));
    Ok((mix, vec![Reason { step: "glide_path", sentence }]))
}

fn unusable(problem: &str) -> Vec<Diagnostic> {
    let message = format!("the glide path cannot be used: {problem}");
    vec![Diagnostic::error(Code::GLIDE_PATH_UNUSABLE, message).help("give at least one point, with years within a lifetime")]
}

fn oldest_birth_date(household: &Household) -> Result<Date, Vec<Diagnostic>> {
    household.owners.iter().filter_map(|owner| owner.birth_date).min().ok_or_else(|| {
        let message = format!("the glide path goes by age, and household `{}` has no owner with a birth date", household.id);
        let help = "give `birth_date` to at least one owner, or let the path go by years from a date";
        vec![Diagnostic::error(Code::BIRTH_DATE_MISSING, message).help(help)]
    })
}

/// So many years after a day: whole years by the calendar, a fraction of a year as that fraction
/// of 365.25 days.
fn day_of(origin: Date, years: Rate) -> Result<Date, DateError> {
    const QUARTERS_OF_DAYS: i64 = 1461;
    let out_of_range = |_| DateError::OutOfRange;
    let whole = years.decimal().round_to(0, Rounding::Floor).map_err(out_of_range)?;
    let fraction = years.decimal().try_sub(whole).map_err(out_of_range)?;
    let days = fraction.pro_rata(Decimal::from_int(QUARTERS_OF_DAYS), Decimal::from_int(4), Rounding::HalfEven).map_err(out_of_range)?;
    let months = count(whole)?.checked_mul(12).ok_or(DateError::OutOfRange)?;
    origin.add_months(months)?.add_days(count(days.round_to(0, Rounding::HalfEven).map_err(out_of_range)?)?)
}

/// A whole decimal as an integer.
fn count(whole: Decimal) -> Result<i32, DateError> {
    i32::try_from(whole.raw() / Decimal::ONE.raw()).map_err(|_| DateError::OutOfRange)
}

pub(super) fn mix_of(point: &GlidePoint) -> Mix {
    Mix { weights: point.weights.iter().map(|(class, weight)| (class.clone(), weight.decimal())).collect() }
}

/// Weights so many days of a span from one point to another. The largest takes up what rounding to
/// nine digits leaves, so that the sum is exactly that of the points.
fn interpolate(from: &GlidePoint, to: &GlidePoint, passed: i32, whole: i32) -> Result<Mix, NumberError> {
    let (from, to) = (mix_of(from), mix_of(to));
    let added = to.weights.iter().map(|(class, _)| class).filter(|class| !from.has(class));
    let classes: Vec<&ClassPath> = from.weights.iter().map(|(class, _)| class).chain(added).collect();
    let mut mix = Mix::default();
    for class in classes {
        let (start, end) = (from.weight(class), to.weight(class));
        let change = end.try_sub(start)?.pro_rata(passed.into(), whole.into(), Rounding::HalfEven)?;
        mix.weights.push((class.clone(), start.try_add(change)?));
    }
    let sum = mix.weights.iter().try_fold(Decimal::ZERO, |sum, (_, weight)| sum.try_add(*weight))?;
    let expected = from.weights.iter().try_fold(Decimal::ZERO, |sum, (_, weight)| sum.try_add(*weight))?;
    let rest = expected.try_sub(sum)?;
    let largest = mix.weights.iter_mut().rev().max_by_key(|(_, weight)| *weight);
    if let Some((_, weight)) = largest {
        *weight = weight.try_add(rest)?;
    }
    Ok(mix)
}
