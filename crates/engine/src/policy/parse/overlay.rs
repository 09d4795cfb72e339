//! `[overlay]`: tactical shifts.

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::number::Rate;

use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Table, did_you_mean};
use crate::policy::{Overlay, OverlayBound, OverlayRule, SignalRule, SignalTransform};

use super::{KnownClasses, Located, Weights, check_sum, class_list, weights};

/// Most that the shifts may come to where the file does not say: 10 points.
const DEFAULT_MAX_DEVIATION: f64 = 0.10;

pub(super) fn read(table: &Table<'_>, classes: &KnownClasses<'_>) -> Option<Overlay> {
    let review_by = table.key("review_by", "Last day on which it holds; after that it is refused.").date().required();
    let max_deviation = table
        .key("max_deviation", "The sum of shifts is held within ± this, in points of weight.")
        .number()
        .positive_fraction()
        .or(DEFAULT_MAX_DEVIATION);
    let tracking_error_limit =
        table.key("tracking_error_limit", "Most tracking error against the strategic mix, a year.").number().positive_fraction().optional();
    let not_empty = |list: &Vec<Located<ClassPath>>| list.is_empty().then(|| ("is empty".to_owned(), "list at least one class".to_owned()));
    let shifted = class_list(table.key("shifted", "Classes that are shifted, in proportion to their strategic weights."));
    let shifted = shifted.check(not_empty).required();
    let offset = weights(table.key("offset", "Classes that pay for it, with their shares, which sum to 1.")).required();
    check_sides(table, classes, shifted.as_deref().unwrap_or_default(), offset.as_ref());
    let signals = table.tables("signal", "A signal made of series in `signals.csv`.", read_signal);
    let rules = table.tables("rule", "A shift, while a signal is beyond a threshold.", read_rule);
    check_signals(table, &signals, &rules);
    if !table.has("rule") {
        let help = "add `[[overlay.rule]]` with `signal`, `above` or `below`, and `shift`, or remove the overlay";
        table.report(Diagnostic::error(Code::MISSING_KEY, "this overlay has no rules").help(help));
    }
    Some(Overlay {
        review_by: review_by?,
        max_deviation,
        tracking_error_limit,
        shifted: shifted?.into_iter().map(|class| class.value).collect(),
        offset: offset?.into_iter().map(|(class, share)| (class.value, Rate::new(share))).collect(),
        signals: signals.into_iter().map(|signal| signal.value).collect(),
        rules: rules.into_iter().map(|rule| rule.value).collect(),
    })
}

/// Both sides are targets, apart from one another, and the paying side is whole.
fn check_sides(table: &Table<'_>, classes: &KnownClasses<'_>, shifted: &[Located<ClassPath>], offset: Option<&Weights>) {
    let paying = offset.into_iter().flatten().map(|(class, _)| class);
    for class in shifted.iter().chain(paying.clone()) {
        classes.check_target(table, class);
    }
    for class in paying {
        let overlaps = |other: &&Located<ClassPath>| other.value.is_within(&class.value) || class.value.is_within(&other.value);
        if let Some(other) = shifted.iter().find(overlaps) {
            let message = format!("`{}` pays for shifts of `{}`, which is on both sides", class.value, other.value);
            table.report_at(class.span.clone(), Diagnostic::error(Code::BOTH_SIDES, message).help("remove it from one side"));
        }
    }
    if let Some(offset) = offset {
        check_sum(table, table.span_of("offset"), Code::OFFSET_SUM, "the shares of `offset`", offset.iter().map(|(_, share)| *share));
    }
}

#[derive(Clone, Copy)]
enum Transform {
    Level,
    RelativeTo,
    Momentum,
    RelativeToMean,
    ZScore,
}

const TRANSFORMS: [(&str, Transform); 5] = [
    ("level", Transform::Level),
    ("relative_to", Transform::RelativeTo),
    ("momentum", Transform::Momentum),
    ("relative_to_mean", Transform::RelativeToMean),
    ("z_score", Transform::ZScore),
];

fn read_signal(table: &Table<'_>) -> Option<Located<SignalRule>> {
    let name = table.key("name", "Name by which rules call it.").text().required();
    let series = table.key("series", "The series it is made of.").text().required();
    let about = "What is done with it: its last `level`; that ÷ another series − 1; its change over days (`momentum`); \
                 its last value ÷ its mean − 1; its last value in standard deviations from its mean.";
    let transform = table.key("transform", about).variant(&TRANSFORMS, |transform| match transform {
        Transform::Level => Some(SignalTransform::Level),
        Transform::RelativeTo => table.key("to", "The other series.").text().required().map(SignalTransform::RelativeTo),
        Transform::Momentum => {
            let days = table.key("days", "Days over which the change is taken.").integer().between(1, 3660, "days").required();
            days.map(|days| SignalTransform::Momentum { days })
        }
        Transform::RelativeToMean => Some(SignalTransform::RelativeToMean),
        Transform::ZScore => Some(SignalTransform::ZScore),
    });
    let max_age_days = table
        .key("max_age_days", "An observation older than so many days is stale, which is an error.")
        .integer()
        .between(0, 3660, "days")
        .or(35);
    let rule = SignalRule { name: name?, series: series?, transform: transform?, max_age_days };
    Some(Located { value: rule, span: table.span_of("name") })
}

fn read_rule(table: &Table<'_>) -> Option<Located<OverlayRule>> {
    let signal = table.key("signal", "The signal it reads.").text().required();
    let above = table.key("above", "Fires while the signal is strictly above this.").number().optional();
    let below = table.key("below", "Fires while the signal is strictly below this.").number().optional();
    let not_zero = |shift: &f64| (*shift == 0.0).then(|| ("shifts nothing".to_owned(), "write a shift, or remove the rule".to_owned()));
    let shift = table.key("shift", "Shift of the shifted classes in points of weight: −0.05 is 5 points less.");
    let shift = shift.number().signed_fraction().check(not_zero).required();
    table.at_most_one_of(&["above", "below"]);
    if !table.has("above") && !table.has("below") {
        let help = "add `above = …` or `below = …`";
        table.report(Diagnostic::error(Code::MISSING_KEY, "this rule has no threshold").help(help));
    }
    let bound = above.map(OverlayBound::Above).or(below.map(OverlayBound::Below));
    Some(Located { value: OverlayRule { signal: signal?, bound: bound?, shift: shift? }, span: table.span_of("signal") })
}

/// Rules read signals that are defined, and every signal is read.
fn check_signals(table: &Table<'_>, signals: &[Located<SignalRule>], rules: &[Located<OverlayRule>]) {
    for (index, signal) in signals.iter().enumerate() {
        let name = &signal.value.name;
        if signals.iter().take(index).any(|other| other.value.name == *name) {
            let message = format!("`{name}` is the name of another signal already");
            table.report_at(signal.span.clone(), Diagnostic::error(Code::DUPLICATE_NAME, message).help("choose another name"));
        }
        // A rule that could not be read may have read it.
        if !rules.iter().any(|rule| rule.value.signal == *name) && table.count("rule") == rules.len() {
            let message = format!("no rule reads the signal `{name}`");
            table
                .report_at(signal.span.clone(), Diagnostic::warning(Code::UNREAD_SIGNAL, message).help("add a rule, or remove the signal"));
        }
    }
    if table.count("signal") != signals.len() {
        return;
    }
    for rule in rules {
        let name = &rule.value.signal;
        if !signals.iter().any(|signal| signal.value.name == *name) {
            let known = signals.iter().map(|signal| signal.value.name.as_str());
            let otherwise = format!("define it: `[[overlay.signal]]` with `name = \"{name}\"`");
            let message = format!("this rule reads the signal `{name}`, which is not defined");
            table.report_at(
                rule.span.clone(),
                Diagnostic::error(Code::UNDEFINED_SIGNAL, message).help(did_you_mean(name, known, &otherwise)),
            );
        }
    }
}
