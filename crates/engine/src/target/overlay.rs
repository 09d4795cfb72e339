//! The tactical overlay: signals against thresholds, and the limited shift that follows.

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::{Decimal, NumberError, Rounding};
use serde::Serialize;

use crate::assumptions::Assumptions;
use crate::boundary::{TOLERANCE, to_decimal, to_f64};
use crate::diagnostic::{Code, Diagnostic};
use crate::market::SignalHistory;
use crate::policy::{Overlay, OverlayBound, OverlayRule, TargetTree};
use crate::portfolio::{SleeveCovariance, Sleeves};
use crate::words;

use super::mix::{Mix, Moved, out_of_range};
use super::signal::{self, SignalReading};
use super::spread::{Slot, Spread, slot};
use super::told;

/// What an overlay did to the strategic weights.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OverlayReport {
    /// Last day on which the overlay holds.
    pub review_by: Date,
    /// The signals that rules read.
    pub signals: Vec<SignalReading>,
    /// The rules, and which of them fired.
    pub rules: Vec<RuleReading>,
    /// Sum of the shifts of the rules that fired, in points of weight as a fraction.
    pub requested: f64,
    /// The same, held within ± the greatest deviation.
    pub limited: f64,
    /// What the shifted classes changed by in the end.
    pub applied: f64,
    /// Change of each class that the overlay names.
    pub legs: Vec<OverlayLeg>,
    /// Tracking error of the result against the strategic mix, a year; `None` where risk is unknown.
    pub tracking_error: Option<f64>,
    /// What was done, in sentences with numbers.
    pub sentences: Vec<String>,
}

/// One rule of an overlay on a day.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RuleReading {
    /// The signal.
    pub signal: String,
    /// Its value.
    pub value: f64,
    /// `above` or `below`.
    pub bound: &'static str,
    /// The threshold.
    pub threshold: f64,
    /// Whether the value is strictly beyond the threshold.
    pub fired: bool,
    /// The rule's shift, in points of weight as a fraction.
    pub shift: f64,
}

/// What an overlay did to one class.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OverlayLeg {
    /// The class.
    pub class: String,
    /// Its strategic weight.
    pub strategic: f64,
    /// Its change.
    pub change: f64,
    /// Its weight after.
    pub tactical: f64,
}

/// What an overlay is made of.
pub(super) struct Inputs<'a> {
    pub(super) overlay: &'a Overlay,
    pub(super) tree: &'a TargetTree,
    pub(super) sleeves: &'a Sleeves,
    pub(super) assumptions: Option<&'a Assumptions>,
    pub(super) signals: Option<&'a SignalHistory>,
    pub(super) as_of: Date,
}

/// Applies an overlay to strategic weights; all errors are returned.
pub(super) fn apply(inputs: &Inputs<'_>, strategic: &Spread) -> Result<(Spread, OverlayReport), Vec<Diagnostic>> {
    let overlay = inputs.overlay;
    let mut errors = Vec::new();
    errors.extend(expired(overlay, inputs.as_of));
    errors.extend(unusable_classes(overlay, inputs.tree));
    let signals = read_signals(inputs, &mut errors);
    let rules = read_rules(overlay, &signals, &mut errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    let fired = rules.iter().filter(|rule| rule.fired).map(|rule| rule.shift);
    let requested = exact_sum(fired).map_err(out_of_range)?;
    let limit = to_decimal(overlay.max_deviation.abs(), Rounding::HalfEven).map_err(out_of_range)?;
    let limited = requested.max(limit.neg()).min(limit);
    let mut report = OverlayReport {
        review_by: overlay.review_by,
        signals,
        rules,
        requested: to_f64(requested),
        limited: to_f64(limited),
        applied: 0.0,
        legs: Vec::new(),
        tracking_error: None,
        sentences: Vec::new(),
    };
    report.sentences.push(request_sentence(&report, overlay.max_deviation));
    let moved = shift(inputs, strategic, limited).map_err(out_of_range)?;
    if !limited.is_zero() {
        report.sentences.push(told::shift(&moved, limited.abs()));
    }
    let weights = limit_tracking_error(inputs, strategic, moved.changes, &mut report)?;
    Ok((weights, report))
}

fn expired(overlay: &Overlay, as_of: Date) -> Option<Diagnostic> {
    (as_of > overlay.review_by).then(|| {
        let message =
            format!("the tactical overlay was to be reviewed by {} and it is {as_of}: it is not applied any more", overlay.review_by);
        Diagnostic::error(Code::OVERLAY_EXPIRED, message).help("review the overlay and move `review_by` on, or take it out of the policy")
    })
}

/// Classes that are not in the tree, and classes of which one holds the other.
fn unusable_classes(overlay: &Overlay, tree: &TargetTree) -> Vec<Diagnostic> {
    let named: Vec<&ClassPath> = overlay.shifted.iter().chain(overlay.offset.iter().map(|(class, _)| class)).collect();
    let mut problems = Vec::new();
    for (index, class) in named.iter().enumerate() {
        if slot(tree, class).is_none() {
            problems.push(format!("the overlay names {class}, which is no class of the policy's tree"));
        }
        let others = named.iter().skip(index + 1);
        let nested = others.filter(|other| class.is_within(other) || other.is_within(class));
        problems.extend(nested.map(|other| format!("the overlay names both {class} and {other}, of which one holds the other")));
    }
    let help = "name classes of the tree, each once, in `shifted` or `offset`";
    problems.into_iter().map(|problem| Diagnostic::error(Code::OVERLAY_CLASS, problem).help(help)).collect()
}

/// The signals that rules read. Reading the policy has told of those that no rule reads.
fn read_signals(inputs: &Inputs<'_>, errors: &mut Vec<Diagnostic>) -> Vec<SignalReading> {
    let mut readings = Vec::new();
    for signal in inputs.overlay.signals.iter().filter(|signal| inputs.overlay.rules.iter().any(|rule| rule.signal == signal.name)) {
        match signal::read(signal, inputs.signals, inputs.as_of) {
            Ok(reading) => readings.push(reading),
            Err(problems) => errors.extend(problems),
        }
    }
    readings
}

fn read_rules(overlay: &Overlay, signals: &[SignalReading], errors: &mut Vec<Diagnostic>) -> Vec<RuleReading> {
    let mut readings = Vec::new();
    for rule in &overlay.rules {
        match signals.iter().find(|reading| reading.signal == rule.signal) {
            Some(reading) => readings.push(read_rule(rule, reading.value)),
            None if overlay.signals.iter().any(|signal| signal.name == rule.signal) => {} // told already
            None => {
                let message = format!("an overlay rule reads the signal `{}`, which the overlay does not list", rule.signal);
                errors.push(Diagnostic::error(Code::SIGNAL_ABSENT, message).help("add it to the overlay's signals"));
            }
        }
    }
    readings
}

fn read_rule(rule: &OverlayRule, value: f64) -> RuleReading {
    let (bound, threshold, fired) = match rule.bound {
        OverlayBound::Above(threshold) => ("above", threshold, value > threshold + TOLERANCE),
        OverlayBound::Below(threshold) => ("below", threshold, value < threshold - TOLERANCE),
    };
    RuleReading { signal: rule.signal.clone(), value, bound, threshold, fired, shift: rule.shift }
}

fn exact_sum(shifts: impl Iterator<Item = f64>) -> Result<Decimal, NumberError> {
    shifts.map(|shift| to_decimal(shift, Rounding::HalfEven)).try_fold(Decimal::ZERO, |sum, shift| sum.try_add(shift?))
}

fn request_sentence(report: &OverlayReport, max_deviation: f64) -> String {
    let fired = report.rules.iter().filter(|rule| rule.fired).map(|rule| {
        let (value, threshold) = (words::percent(rule.value), words::percent(rule.threshold));
        format!("{} at {value} is {} {threshold} ({})", rule.signal, rule.bound, told::signed_points(rule.shift))
    });
    let fired = told::list(fired);
    if fired.is_empty() {
        return "No signal is beyond a threshold, so nothing is shifted.".to_owned();
    }
    let sum = told::signed_points(report.requested);
    if (report.requested - report.limited).abs() > TOLERANCE {
        let most = words::points(max_deviation);
        return format!("{fired}: {sum} in all, limited to {} by the greatest deviation of {most}.", told::signed_points(report.limited));
    }
    format!("{fired}: {sum} in all.")
}

/// The exact change of each class that the overlay names, before the tracking-error limit.
fn shift(inputs: &Inputs<'_>, strategic: &Spread, amount: Decimal) -> Result<Moved, NumberError> {
    let weight = |class: &ClassPath| -> Result<(ClassPath, Decimal), NumberError> {
        let weight = slot(inputs.tree, class).map_or(0.0, |slot| strategic.get(slot));
        // Rounded to nine digits, which for the weights of top classes restores them exactly; where
        // that is a hair more than there is, `replace` below would show it as less than 1e-9.
        Ok((class.clone(), to_decimal(weight, Rounding::HalfEven)?))
    };
    let shifted = inputs.overlay.shifted.iter().map(weight).collect::<Result<Vec<_>, _>>()?;
    let offset: Vec<(ClassPath, Decimal)> = inputs.overlay.offset.iter().map(|(class, share)| (class.clone(), share.decimal())).collect();
    let mut mix = Mix { weights: shifted.clone() };
    for (class, _) in &offset {
        mix.weights.push(weight(class)?);
    }
    if shifted.iter().all(|(_, weight)| weight.is_zero()) {
        // In proportion to nothing: no shift is defined.
        let changes = shifted.iter().chain(&offset).map(|(class, _)| (class.clone(), Decimal::ZERO)).collect();
        return Ok(Moved { amount: Decimal::ZERO, changes, short: Vec::new() });
    }
    if amount.is_negative() { mix.shift(amount.abs(), &offset, &shifted) } else { mix.shift(amount, &shifted, &offset) }
}

/// Scales the changes down to the tracking-error limit, applies them, and completes the report.
fn limit_tracking_error(
    inputs: &Inputs<'_>,
    strategic: &Spread,
    mut changes: Vec<(ClassPath, Decimal)>,
    report: &mut OverlayReport,
) -> Result<Spread, Vec<Diagnostic>> {
    let mut weights = with_changes(inputs.tree, strategic, &changes);
    let nothing = changes.iter().all(|(_, change)| change.is_zero());
    let risk = match inputs.assumptions {
        Some(assumptions) => SleeveCovariance::new(assumptions, inputs.sleeves).map_err(|error| error.to_string()),
        None => Err("there are no assumptions".to_owned()),
    };
    let tracking_error = |weights: &Spread| {
        let (tactical, strategic) = (weights.by_sleeve(inputs.sleeves), strategic.by_sleeve(inputs.sleeves));
        let difference: Vec<f64> = tactical.iter().zip(strategic).map(|(tactical, strategic)| tactical - strategic).collect();
        risk.as_ref().ok().and_then(|risk| risk.tracking_error(&difference))
    };
    report.tracking_error = tracking_error(&weights);
    if let Some(limit) = inputs.overlay.tracking_error_limit.filter(|_| !nothing) {
        let before = report.tracking_error.ok_or_else(|| {
            let problem = risk.as_ref().err().map_or("risk is unknown", String::as_str);
            let message = format!("the overlay's tracking error may be at most {} and cannot be checked: {problem}", words::percent(limit));
            let help = "give volatilities and correlations of all classes in the assumptions, or take the limit out of the overlay";
            vec![Diagnostic::error(Code::TRACKING_ERROR_UNKNOWN, message).help(help)]
        })?;
        if before > limit + TOLERANCE {
            changes = scaled(&changes, limit / before).map_err(out_of_range)?;
            weights = with_changes(inputs.tree, strategic, &changes);
            report.tracking_error = tracking_error(&weights);
            report.sentences.push(format!(
                "Against the strategic mix that is a tracking error of {} a year, over the limit of {}, so the shift is scaled down: {}.",
                words::percent(before),
                words::percent(limit),
                told::changes(&changes)
            ));
        }
    }
    report.applied = changes.iter().filter(|(class, _)| inputs.overlay.shifted.contains(class)).map(|(_, change)| to_f64(*change)).sum();
    report.legs = changes.iter().map(|(class, change)| leg(inputs.tree, strategic, &weights, class, *change)).collect();
    Ok(weights)
}

fn with_changes(tree: &TargetTree, strategic: &Spread, changes: &[(ClassPath, Decimal)]) -> Spread {
    let mut weights = strategic.clone();
    for (class, change) in changes {
        let Some(slot) = slot(tree, class).filter(|_| !change.is_zero()) else { continue };
        let after = strategic.get(slot) + to_f64(*change);
        // All of a class leaves exactly nothing.
        weights.replace(tree, slot, if after.abs() < 1e-9 { 0.0 } else { after });
    }
    weights
}

fn leg(tree: &TargetTree, strategic: &Spread, weights: &Spread, class: &ClassPath, change: Decimal) -> OverlayLeg {
    let get = |spread: &Spread| slot(tree, class).map_or(0.0, |slot: Slot| spread.get(slot));
    OverlayLeg { class: class.to_string(), strategic: get(strategic), change: to_f64(change), tactical: get(weights) }
}

/// Changes times a factor below 1; the last takes up the rounding, so that they sum to zero.
fn scaled(changes: &[(ClassPath, Decimal)], factor: f64) -> Result<Vec<(ClassPath, Decimal)>, NumberError> {
    let factor = to_decimal(factor, Rounding::TowardZero)?;
    let mut scaled = Vec::with_capacity(changes.len());
    let mut sum = Decimal::ZERO;
    for (class, change) in changes {
        let change = change.mul(factor, Rounding::TowardZero)?;
        sum = sum.try_add(change)?;
        scaled.push((class.clone(), change));
    }
    if let Some((_, last)) = scaled.iter_mut().rfind(|(_, change)| !change.is_zero()) {
        *last = last.try_sub(sum)?;
    }
    Ok(scaled)
}
