//! Triggers: each says whether it fires, with the numbers that decided.

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::schedule::Schedule;
use evenkeel_quant::allocate::no_trade_region;

use crate::boundary::TOLERANCE;
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::{Mode, Trigger};
use crate::words::{percent, points};

use super::band::is_beyond;
use super::case::Case;
use super::{ClassDrift, Drift};

/// Whether a trigger fires, and why, in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    Fires(String),
    Holds(String),
}

use Outcome::{Fires, Holds};

/// The trigger's name in a decision.
pub(super) fn name(trigger: &Trigger) -> &'static str {
    match trigger {
        Trigger::Calendar { .. } => "calendar",
        Trigger::Threshold => "threshold",
        Trigger::Hybrid { .. } => "hybrid",
        Trigger::Opportunistic { .. } => "opportunistic",
        Trigger::CashFlow { .. } => "cash_flow",
        Trigger::PortfolioDrift { .. } => "portfolio_drift",
        Trigger::TrackingError { .. } => "tracking_error",
        Trigger::VolatilityBand { .. } => "volatility_band",
        Trigger::NoTradeRegion { .. } => "no_trade_region",
    }
}

/// Asks one trigger.
pub(super) fn ask(trigger: &Trigger, case: &Case<'_>) -> Result<Outcome, Vec<Diagnostic>> {
    Ok(match trigger {
        Trigger::Calendar { schedule } => calendar(*schedule, case)?,
        Trigger::Threshold => threshold(case),
        Trigger::Hybrid { schedule } => match calendar(*schedule, case)? {
            Fires(due) => and_threshold(&due, case),
            holds @ Holds(_) => holds,
        },
        Trigger::Opportunistic { look_interval_days, .. } => match look(*look_interval_days, case) {
            Fires(due) => and_threshold(&due, case),
            holds @ Holds(_) => holds,
        },
        Trigger::CashFlow { at_least } => spare_cash(*at_least, case),
        Trigger::PortfolioDrift { limit } => portfolio_drift(*limit, case.drift),
        Trigger::TrackingError { limit } => tracking_error(*limit, case.drift),
        Trigger::VolatilityBand { multiple } => volatility_band(*multiple, case),
        Trigger::NoTradeRegion { class, risk_aversion } => no_trade_region(class, *risk_aversion, case),
    })
}

/// Due on the day itself, or on an earlier day after the last review.
fn calendar(schedule: Schedule, case: &Case<'_>) -> Result<Outcome, Vec<Diagnostic>> {
    let (calendar, as_of) = (&case.policy.calendar, case.as_of);
    let unknown = |error: evenkeel_ledger::calendar::CalendarError| {
        let message = format!("whether the schedule {schedule} is due on {as_of} cannot be told: {error}");
        vec![Diagnostic::error(Code::SCHEDULE_UNKNOWN, message).help("choose a calendar that covers the date, or another date")]
    };
    let last = schedule.previous_on_or_before(as_of, calendar).map_err(unknown)?;
    if last == as_of {
        return Ok(Fires(format!("The review of the schedule {schedule} is due today, {as_of}.")));
    }
    if let Some(reviewed) = case.history.last_review.filter(|reviewed| *reviewed < last) {
        return Ok(Fires(format!("The review of the schedule {schedule} was due on {last}, and the last one was on {reviewed}.")));
    }
    let next = schedule.next_on_or_after(as_of, calendar).map_err(unknown)?;
    Ok(Holds(format!("The next review of the schedule {schedule} is due on {next}.")))
}

/// So many days after the last review, or never reviewed.
fn look(interval_days: u32, case: &Case<'_>) -> Outcome {
    let Some(reviewed) = case.history.last_review else { return Fires("It is the first look.".to_owned()) };
    let days = i64::from(case.as_of.days_since(reviewed));
    if days >= i64::from(interval_days) {
        Fires(format!("The last look was on {reviewed}, {days} days ago, with one due every {interval_days}."))
    } else {
        Holds(format!("The last look was on {reviewed}, {days} days ago, with one due every {interval_days}."))
    }
}

fn and_threshold(due: &str, case: &Case<'_>) -> Outcome {
    match threshold(case) {
        Fires(reason) => Fires(format!("{due} {reason}")),
        Holds(reason) => Holds(format!("{due} {reason}")),
    }
}

/// Any class beyond its band fires for the whole portfolio, but for cash that the policy's mode takes
/// only further from target. Of classes equally far, the first is named.
fn threshold(case: &Case<'_>) -> Outcome {
    let beyond = || case.drift.classes.iter().filter(|class| class.outside);
    let outside = || beyond().filter(|class| hindrance(class, case.policy.rebalance.mode).is_none());
    let Some(worst) = outside().reduce(|worst, class| if farther_than(class, worst) { class } else { worst }) else {
        let hindered = beyond().find_map(|class| Some((class, hindrance(class, case.policy.rebalance.mode)?)));
        return Holds(hindered.map_or_else(|| nearest(case.drift), |(class, why)| format!("{}, and {why}.", stands(class))));
    };
    let also = match outside().count() {
        1 => String::new(),
        2 => " So is 1 more class.".to_owned(),
        count => format!(" So are {} more classes.", count - 1),
    };
    Fires(format!("{}, beyond its band of {}.{also}", stands(worst), points(worst.band.unwrap_or_default())))
}

/// Why trades in the policy's mode cannot bring a class nearer to its target.
fn hindrance(class: &ClassDrift, mode: Mode) -> Option<&'static str> {
    match mode {
        _ if class.class != ClassPath::cash().to_string() => None,
        Mode::SellOnly if class.drift > 0.0 => Some("selling only would raise it further"),
        Mode::BuyOnly if class.drift < 0.0 => Some("buying only would lower it further"),
        _ => None,
    }
}

/// Farther from target than another class, by more than rounding.
fn farther_than(class: &ClassDrift, other: &ClassDrift) -> bool {
    class.drift.abs() > other.drift.abs() + TOLERANCE
}

/// The class that is nearest to the edge of its band.
fn nearest(drift: &Drift) -> String {
    let left = |class: &&ClassDrift| class.band.map_or(f64::INFINITY, |band| band - class.drift.abs());
    match drift.classes.iter().filter(|class| class.band.is_some()).min_by(|a, b| left(a).total_cmp(&left(b))) {
        Some(class) => format!(
            "Every class is within its band; nearest to the edge: {}, with a band of {}.",
            stands(class),
            points(class.band.unwrap_or_default())
        ),
        None => "No class has a band.".to_owned(),
    }
}

/// `US Equity is at 46 %, 6 points above its target of 40 %`.
fn stands(class: &ClassDrift) -> String {
    let (current, target) = (percent(class.current), percent(class.target));
    if class.drift.abs() <= TOLERANCE {
        return format!("{} is at its target of {target}", class.class);
    }
    let side = if class.drift > 0.0 { "above" } else { "below" };
    format!("{} is at {current}, {} {side} its target of {target}", class.class, points(class.drift.abs()))
}

fn spare_cash(at_least: f64, case: &Case<'_>) -> Outcome {
    let share = case.cash.spare / case.cash.value;
    let said = format!(
        "Cash above what is to be kept is {} of value, against {} that is put to work.",
        percent(share.max(0.0)),
        percent(at_least)
    );
    if share > TOLERANCE && share >= at_least - TOLERANCE { Fires(said) } else { Holds(said) }
}

fn portfolio_drift(limit: f64, drift: &Drift) -> Outcome {
    let told = |how| {
        format!(
            "The drift of the portfolio (half the sum of all drifts) is {}, {how} its limit of {}.",
            points(drift.half_l1),
            points(limit)
        )
    };
    if is_beyond(drift.half_l1, limit) { Fires(told("beyond")) } else { Holds(told("within")) }
}

fn tracking_error(limit: f64, drift: &Drift) -> Outcome {
    match drift.tracking_error {
        None => Holds("The tracking error cannot be told: volatilities or correlations are not assumed.".to_owned()),
        Some(error) if is_beyond(error, limit) => {
            Fires(format!("The tracking error against the target is {} a year, beyond the limit of {}.", percent(error), percent(limit)))
        }
        Some(error) => {
            Holds(format!("The tracking error against the target is {} a year, within the limit of {}.", percent(error), percent(limit)))
        }
    }
}

/// Bands of leaves in proportion to their volatility. A class that does not vary follows the others.
fn volatility_band(multiple: f64, case: &Case<'_>) -> Outcome {
    let (mut worst, mut unknown): (Option<(f64, &ClassDrift)>, Vec<&str>) = (None, Vec::new());
    for class in case.drift.classes.iter().filter(|class| class.is_leaf && class.target > 0.0) {
        match case.volatility(&class.class) {
            Some(volatility) if volatility > 0.0 => {
                let band = multiple * volatility * class.target;
                let excess = |(band, class): (f64, &ClassDrift)| class.drift.abs() - band;
                if worst.is_none_or(|known| excess((band, class)) > excess(known)) {
                    worst = Some((band, class));
                }
            }
            Some(_) => {}
            None => unknown.push(&class.class),
        }
    }
    let untold = if unknown.is_empty() { String::new() } else { format!(" No volatility is assumed for {}.", unknown.join(", ")) };
    match worst {
        Some((band, class)) if is_beyond(class.drift, band) => {
            Fires(format!("{}, beyond {multiple} times its volatility, {}.{untold}", stands(class), points(band)))
        }
        Some((band, class)) => {
            let said = stands(class);
            Holds(format!(
                "Every class is within {multiple} times its volatility; nearest to the edge: {said}, with a band of {}.{untold}",
                points(band)
            ))
        }
        None => Holds(format!("No class can be judged by its volatility.{untold}")),
    }
}

/// The region around the target weight as the optimal one, with the cost of trading the class.
fn no_trade_region(class: &ClassPath, risk_aversion: f64, case: &Case<'_>) -> Outcome {
    let Some(drift) = case.drift.classes.iter().find(|drift| drift.class == class.as_str()) else {
        return Holds(format!("The no-trade region cannot be told: {class} is no class of the policy."));
    };
    let cost_each_side = case.cost_each_side(class);
    let Some(half_width) = no_trade_region::half_width(drift.target, risk_aversion, cost_each_side) else {
        return Holds(format!(
            "The no-trade region cannot be told at a risk aversion of {risk_aversion} and a cost of {}.",
            percent(cost_each_side)
        ));
    };
    let (low, high) = (percent(drift.target - half_width), percent(drift.target + half_width));
    let region = format!("its no-trade region of {low} to {high}, at a cost of {} each side", percent(cost_each_side));
    if is_beyond(drift.drift, half_width) {
        Fires(format!("{}, outside {region}.", stands(drift)))
    } else {
        Holds(format!("{}, within {region}.", stands(drift)))
    }
}

/// The last day on which a cooldown that began on a day still holds.
pub(super) fn cooldown_end(rebalanced: Date, days: u32) -> Option<Date> {
    i32::try_from(days).ok().and_then(|days| rebalanced.add_days(days).ok())
}
