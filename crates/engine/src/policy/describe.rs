//! The parts of a policy in words, for its explanation and for what changed.

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::number::{Decimal, Rate, Rounding};
use evenkeel_quant::spending::{FirstYear, Rule};

use crate::boundary::to_decimal;
use crate::words::{amount, exact_percent};

use super::{
    Attribute, Band, Bound, CashFlow, Destination, GlideAxis, GlidePoint, HistoryTail, Limit, LimitedRisk, Measure, Mode, OverlayBound,
    OverlayRule, ReEntry, RecurringFlow, RiskBasis, Scope, ScoreTilt, Selector, SignalRule, SignalTransform, SpendingRules, StopLevel,
    StopRule, StopSide, StressScenario, Trigger, Unlisted,
};

/// A fraction in percent, to nine digits.
pub(super) fn percent(fraction: f64) -> String {
    to_decimal(fraction, Rounding::HalfEven).map_or_else(|_| format!("{fraction}"), exact_percent)
}

/// A difference of weights in points, to nine digits.
pub(super) fn points(difference: f64) -> String {
    percent(difference).replace(" %", " points")
}

/// A rate in percent, exactly.
pub(super) fn rate(rate: Rate) -> String {
    exact_percent(rate.decimal())
}

/// "1 day", "30 days".
pub(super) fn days(count: u32) -> String {
    if count == 1 { "1 day".to_owned() } else { format!("{count} days") }
}

/// "a", "a and b", "a, b and c"; with "or" in place of "and" where told.
pub(super) fn joined<T: ToString>(items: impl IntoIterator<Item = T>, conjunction: &str) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    match items.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} {conjunction} {last}", others.join(", ")),
    }
}

pub(super) fn weights(weights: &[(ClassPath, Rate)]) -> String {
    joined(weights.iter().map(|(class, weight)| format!("{} {class}", rate(*weight))), "and")
}

pub(super) fn band(band: Band) -> String {
    match (band.absolute, band.relative) {
        (None, None) => "none".to_owned(),
        (Some(absolute), None) => points(absolute),
        (None, Some(relative)) => format!("{} of the target weight", percent(relative)),
        (Some(absolute), Some(relative)) => format!("the smaller of {} and {} of the target weight", points(absolute), percent(relative)),
    }
}

/// What a trigger does, as the end of "it …".
pub(super) fn trigger(trigger: &Trigger) -> String {
    match trigger {
        Trigger::Calendar { schedule } => format!("rebalances on every date of the schedule `{schedule}`"),
        Trigger::Threshold => "rebalances on any day on which a class is beyond its band".to_owned(),
        Trigger::Hybrid { schedule } => {
            format!("looks on every date of the schedule `{schedule}` and rebalances if a class is beyond its band")
        }
        Trigger::Opportunistic { look_interval_days, tolerance } => format!(
            "looks every {} and, if a class is beyond its band, goes back to within {} of the band",
            days(*look_interval_days),
            percent(*tolerance)
        ),
        Trigger::CashFlow { at_least } => {
            format!("invests spare cash of at least {} of value, and raises cash that is short", percent(*at_least))
        }
        Trigger::PortfolioDrift { limit } => {
            format!("rebalances when the drift of the portfolio (half the sum of all drifts) is above {}", points(*limit))
        }
        Trigger::TrackingError { limit } => {
            format!("rebalances when the tracking error against the target is above {} a year", percent(*limit))
        }
        Trigger::VolatilityBand { multiple } => {
            format!(
                "rebalances when the weight of a class is further from target than {multiple} × its yearly volatility × its target weight"
            )
        }
        Trigger::NoTradeRegion { class, risk_aversion } => format!(
            "rebalances when the weight of {class} leaves the no-trade region of its costs, at a relative risk aversion of {risk_aversion}"
        ),
    }
}

pub(super) fn destination(destination: Destination) -> String {
    match destination {
        Destination::Target => "to the target weights".to_owned(),
        Destination::BandEdge => "to the nearest edge of the band".to_owned(),
        Destination::HalfWay => "half of the way to target".to_owned(),
        Destination::InnerBand { distance } => format!("to within {} of target", points(distance)),
        Destination::ToleranceBand { fraction } => format!("to within {} of the band", percent(fraction)),
    }
}

pub(super) fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::All => "all classes",
        Scope::OutOfBand => "only classes beyond their band, while the others take up the rest",
    }
}

pub(super) fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Full => "buys and sells",
        Mode::CashOnly => "only what invests spare cash or raises missing cash",
        Mode::BuyOnly => "buys only",
        Mode::SellOnly => "sells only",
    }
}

pub(super) fn unlisted(unlisted: Unlisted) -> &'static str {
    match unlisted {
        Unlisted::Sell => "are sold",
        Unlisted::Keep => "are kept",
    }
}

pub(super) fn flow(flow: &CashFlow) -> String {
    let direction = if flow.amount.is_negative() { "goes out" } else { "comes in" };
    let account = flow.account.as_ref().map(|account| format!(" in the account `{account}`")).unwrap_or_default();
    let purpose = flow.purpose.as_ref().map(|purpose| format!(" ({purpose})")).unwrap_or_default();
    format!("{} {direction} on {}{account}{purpose}", amount(flow.amount.abs()), flow.date)
}

/// "4 % of the first value, raised with prices; paid monthly".
pub fn spending(rules: &SpendingRules) -> String {
    let first = |first: FirstYear| match first {
        FirstYear::Rate(rate) => format!("{} of the first value", percent(rate)),
        FirstYear::Amount(amount) => amount.to_string(),
    };
    let rule = match rules.spending.rule() {
        Rule::FixedReal(rule) => format!("{} a year, raised with prices", first(rule.first)),
        Rule::FixedAmount(rule) => format!("{} a year", rule.amount),
        Rule::Percentage(rule) => format!("{} of value a year", percent(rule.rate)),
        Rule::MovingAverage(rule) => format!("{} a year of the average of {} quarter-end values", percent(rule.rate), rule.window),
        Rule::Hybrid(rule) => {
            let (last, rest) = (percent(rule.smoothing), percent(1.0 - rule.smoothing));
            format!("{last} of last year's amount at today's prices and {rest} of {} of value", percent(rule.rate))
        }
        Rule::Guardrails(rule) => format!(
            "{} in the first year, then that raised with prices, and {} less or more where its rate is {} above or below the first (no cuts in the last {} years)",
            first(rule.first),
            percent(rule.adjustment),
            percent(rule.width),
            rule.no_cut_years
        ),
        Rule::RequiredMinimum(rule) => format!("the required minimum from age {} on, at age {} in the first year", rule.from_age, rule.age),
    };
    let (floor, cap) = rules.spending.bounds();
    let floor = if floor > 0.0 { format!(", at least {} of value", percent(floor)) } else { String::new() };
    let cap = if cap.is_finite() { format!(", at most {} of value", percent(cap)) } else { String::new() };
    let paid = match rules.payments_per_year {
        12 => "monthly",
        4 => "quarterly",
        _ => "once a year",
    };
    format!("{rule}{floor}{cap}; paid {paid}")
}

/// "instrument", "tag `theme`".
pub(super) fn attribute(attribute: &Attribute) -> String {
    match attribute {
        Attribute::Tag(name) => format!("tag `{name}`"),
        other => other.name().to_owned(),
    }
}

/// "by the score `esg` with strength 0.5".
pub(super) fn score_tilt(tilt: &ScoreTilt) -> String {
    format!("by the score `{}` with strength {}", tilt.score, tilt.strength)
}

/// Which holdings, as the end of "of …".
pub(super) fn selector(selector: &Selector) -> String {
    let mut parts = Vec::new();
    if !selector.classes.is_empty() {
        parts.push(joined(&selector.classes, "and"));
    }
    let attributes = selector.attributes.iter().map(|(name, values)| format!("{} {}", attribute(name), joined(values, "or")));
    parts.extend(attributes);
    if let Some(tier) = selector.liquidity_tier_at_most {
        parts.push(format!("liquidity tier {tier} or better"));
    }
    let selected = if parts.is_empty() { "all holdings".to_owned() } else { parts.join(", with ") };
    match &selector.except {
        Some(except) => format!("{selected} except {}", self::selector(except)),
        None => selected,
    }
}

/// A measure of risk, as words.
fn risk(risk: LimitedRisk) -> String {
    match risk {
        LimitedRisk::Variance => "variance a year".to_owned(),
        LimitedRisk::Volatility => "volatility a year".to_owned(),
        LimitedRisk::TrackingError => "tracking error a year".to_owned(),
        LimitedRisk::ValueAtRisk { confidence, horizon_days } => {
            format!("value at risk at {} over {horizon_days} trading days", percent(confidence))
        }
        LimitedRisk::ConditionalValueAtRisk { confidence, horizon_days } => {
            format!("conditional value at risk at {} over {horizon_days} trading days", percent(confidence))
        }
    }
}

/// What a measure of risk rests on; nothing of assumptions, which is usual.
fn basis(basis: RiskBasis) -> String {
    let RiskBasis::History { tail, window } = basis else { return String::new() };
    let window = window.map_or_else(|| "all returns".to_owned(), |window| format!("the last {window} returns"));
    let tail = if tail == HistoryTail::Historical { ", as they were," } else { "" };
    format!(" by {window} of the past{tail}")
}

/// What a limit binds, as a sentence without its name.
pub(super) fn limit(limit: &Limit) -> String {
    let bound = match limit.bound {
        Bound::AtMost => "at most",
        Bound::AtLeast => "at least",
    };
    let (what, value) = match &limit.measure {
        Measure::Weight => ("the weight".to_owned(), percent(limit.value)),
        Measure::Value => ("the value".to_owned(), format!("{} in the base currency", limit.value)),
        Measure::Score(name) => (format!("the average score `{name}`"), limit.value.to_string()),
        Measure::Risk(LimitedRisk::Variance, basis) => (format!("the variance a year{}", self::basis(*basis)), limit.value.to_string()),
        Measure::Risk(risk, basis) => (format!("the {}{}", self::risk(*risk), self::basis(*basis)), percent(limit.value)),
    };
    let of = match &limit.each {
        Some(each) if let Some(above) = limit.above => {
            let within =
                if limit.selector == Selector::default() { String::new() } else { format!(" within {}", selector(&limit.selector)) };
            format!("each {} of more than {}{within}, added up,", attribute(each), percent(above))
        }
        Some(each) if limit.selector == Selector::default() => format!("each {}", attribute(each)),
        Some(each) => format!("each {} within {}", attribute(each), selector(&limit.selector)),
        None => selector(&limit.selector),
    };
    let force = if limit.hard { "" } else { " (only told, not refused)" };
    format!("{what} of {of} is {bound} {value}{force}")
}

pub(super) fn signal(signal: &SignalRule) -> String {
    let series = &signal.series;
    let made = match &signal.transform {
        SignalTransform::Level => format!("the last value of `{series}`"),
        SignalTransform::RelativeTo(other) => format!("the last value of `{series}` ÷ that of `{other}` − 1"),
        SignalTransform::Momentum { days: count } => format!("the change of `{series}` over {}", days(*count)),
        SignalTransform::RelativeToMean => format!("the last value of `{series}` ÷ its mean − 1"),
        SignalTransform::ZScore => format!("the last value of `{series}` in standard deviations from its mean"),
    };
    format!("{made}, no older than {}", days(signal.max_age_days))
}

pub(super) fn overlay_rule(rule: &OverlayRule) -> String {
    let bound = match rule.bound {
        OverlayBound::Above(threshold) => format!("above {threshold}"),
        OverlayBound::Below(threshold) => format!("below {threshold}"),
    };
    format!("while `{}` is {bound}, shift by {}", rule.signal, points(rule.shift))
}

pub(super) fn stress(scenario: &StressScenario) -> String {
    let shocks = scenario.shocks.iter().map(|(classes, shock)| format!("{} {}", joined(classes, "and"), signed_percent(*shock)));
    let shocks: Vec<String> = shocks.collect();
    format!("{}; survives with more than {} of the value left", shocks.join(", "), percent(scenario.survival))
}

fn signed_percent(fraction: f64) -> String {
    let sign = if fraction > 0.0 { "+" } else { "" };
    format!("{sign}{}", percent(fraction))
}

pub(super) fn glide_axis(axis: GlideAxis) -> String {
    match axis {
        GlideAxis::YearsFrom(date) => format!("years from {date}"),
        GlideAxis::Age => "the age of the oldest owner".to_owned(),
    }
}

pub(super) fn glide_point(point: &GlidePoint) -> String {
    format!("at {} years {}", point.years, weights(&point.weights))
}

/// "12 years".
pub(super) fn years(years: Rate) -> String {
    if years.decimal() == Decimal::ONE { "1 year".to_owned() } else { format!("{years} years") }
}

/// "500.00 USD comes in on `month_end`, from 2026-01-01 until 2030-12-31".
pub(super) fn recurring(recurring: &RecurringFlow) -> String {
    let RecurringFlow { flow: first, every, until } = recurring;
    let until = until.map(|until| format!(" until {until}")).unwrap_or_default();
    flow(first).replacen(&format!("on {}", first.date), &format!("on {every}, from {}{until}", first.date), 1)
}

/// `stop-loss of Equity: when its price is 15 % below its peak, 100 % of its weight goes to Cash, back after 30 days`.
pub(super) fn stop(stop: &StopRule) -> String {
    let over = |days: f64| format!("over {days} trading days");
    let level = match stop.level {
        StopLevel::Fraction(fraction) => percent(fraction),
        StopLevel::Volatility { multiple, horizon_days } => format!("{multiple} × its volatility {}", over(horizon_days)),
        StopLevel::ValueAtRisk { confidence, horizon_days } => format!("its VaR at {} {}", percent(confidence), over(horizon_days)),
        StopLevel::ConditionalValueAtRisk { confidence, horizon_days } => {
            format!("its CVaR at {} {}", percent(confidence), over(horizon_days))
        }
        StopLevel::ExpectedReturn { multiple, horizon_days } => format!("{multiple} × its expected return {}", over(horizon_days)),
    };
    let from = match stop.side {
        StopSide::Loss => "below its highest since entry",
        StopSide::Profit => "above that at entry",
    };
    let back = match stop.re_entry {
        ReEntry::AfterDays(count) => format!("after {}", days(count)),
        ReEntry::Turned(turn) => format!("once the price has turned by {}", percent(turn)),
    };
    format!(
        "{} of {}: when its price is {level} {from}, {} of its weight goes to {}, back {back}",
        stop.side.name(),
        stop.class,
        percent(stop.cut),
        stop.into
    )
}
