//! `[[trigger]]`: when to look and when to act.

use evenkeel_ledger::schedule::Schedule;

use crate::diagnostic::{Code, Diagnostic};
use crate::document::Table;
use crate::policy::Trigger;

use super::{KnownClasses, class};

#[derive(Clone, Copy)]
enum Kind {
    Calendar,
    Threshold,
    Hybrid,
    Opportunistic,
    CashFlow,
    PortfolioDrift,
    TrackingError,
    VolatilityBand,
    NoTradeRegion,
}

const KINDS: [(&str, Kind); 9] = [
    ("calendar", Kind::Calendar),
    ("threshold", Kind::Threshold),
    ("hybrid", Kind::Hybrid),
    ("opportunistic", Kind::Opportunistic),
    ("cash_flow", Kind::CashFlow),
    ("portfolio_drift", Kind::PortfolioDrift),
    ("tracking_error", Kind::TrackingError),
    ("volatility_band", Kind::VolatilityBand),
    ("no_trade_region", Kind::NoTradeRegion),
];

/// Reads the triggers: the threshold where the file has none. `None` where any could not be read.
pub(super) fn read(root: &Table<'_>, classes: &KnownClasses<'_>) -> Option<Vec<Trigger>> {
    let about = "When to look and when to act; any that fires is enough. Left out: one of kind `threshold`.";
    let triggers = root.tables("trigger", about, |table| {
        let kind = table.key("kind", "What makes it fire.");
        kind.variant(&KINDS, |kind| read_trigger(table, kind, classes))
    });
    if root.has("trigger") {
        return (!triggers.is_empty()).then_some(triggers);
    }
    classes.check_bands(root, "trigger", "the trigger `threshold`, which holds where no other is given,");
    Some(vec![Trigger::Threshold])
}

fn read_trigger(table: &Table<'_>, kind: Kind, classes: &KnownClasses<'_>) -> Option<Trigger> {
    let schedule = |about| {
        let what = "a schedule such as `quarter_end`, `weekly:monday` or `business_day:3`";
        table.key("schedule", about).parsed::<Schedule>(what).required()
    };
    let need_bands = |what: &str| classes.check_bands(table, "kind", what);
    match kind {
        Kind::Calendar => Some(Trigger::Calendar { schedule: schedule("Days on which it acts.")? }),
        Kind::Threshold => {
            need_bands("the trigger `threshold`");
            Some(Trigger::Threshold)
        }
        Kind::Hybrid => {
            need_bands("the trigger `hybrid`");
            Some(Trigger::Hybrid { schedule: schedule("Days on which it looks; it acts if a class is beyond its band.")? })
        }
        Kind::Opportunistic => {
            need_bands("the trigger `opportunistic`");
            let days = table.key("look_interval_days", "Days between looks.").integer().between(1, 3660, "days").required();
            let tolerance = table.key("tolerance", "Fraction of the band to within which one returns.").number().fraction().or(0.5);
            Some(Trigger::Opportunistic { look_interval_days: days?, tolerance })
        }
        Kind::CashFlow => {
            let at_least =
                table.key("at_least", "Least excess of cash over what is kept, as a fraction of value.").number().fraction().required();
            Some(Trigger::CashFlow { at_least: at_least? })
        }
        Kind::PortfolioDrift => {
            let limit = table.key("limit", "Most drift of the portfolio, ½ Σ |drift| over leaves.").number().positive_fraction();
            Some(Trigger::PortfolioDrift { limit: limit.required()? })
        }
        Kind::TrackingError => {
            let limit = table.key("limit", "Most tracking error against the target, a year.").number().positive_fraction();
            Some(Trigger::TrackingError { limit: limit.required()? })
        }
        Kind::VolatilityBand => {
            let multiple = table.key("multiple", "The band is this × yearly volatility × target weight.").number().above(0.0, "times");
            Some(Trigger::VolatilityBand { multiple: multiple.required()? })
        }
        Kind::NoTradeRegion => read_no_trade_region(table, classes),
    }
}

fn read_no_trade_region(table: &Table<'_>, classes: &KnownClasses<'_>) -> Option<Trigger> {
    let class = table.key("class", "The class that is the risky asset; all others are the safe one.").read("class", class).required();
    if let Some(class) = &class {
        classes.check_target(table, class);
        if class.value == evenkeel_ledger::class::ClassPath::cash() {
            let message = "`class` is \"Cash\", which is not a risky asset";
            let help = "name the class whose risk decides";
            table.report_value("class", Diagnostic::error(Code::OUT_OF_RANGE, message).help(help));
        }
    }
    let risk_aversion = table.key("risk_aversion", "Relative risk aversion.").number().above(0.0, "").required();
    Some(Trigger::NoTradeRegion { class: class?.value, risk_aversion: risk_aversion? })
}
