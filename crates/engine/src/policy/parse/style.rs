//! `strategy.style`: which classes the strategic weights lean toward.

use crate::diagnostic::{Code, Diagnostic};
use crate::document::Table;
use crate::policy::{Preference, Style, Tilt};

const STYLES: [(&str, Option<Preference>); 4] =
    [("growth", Some(Preference::Growth)), ("value", Some(Preference::Value)), ("income", Some(Preference::Income)), ("index", None)];

/// Reads the style; `None` where it could not be read.
pub(super) fn read(table: &Table<'_>) -> Option<Style> {
    let about = "Tilts the weights toward classes with a high loading of that name in the assumptions (`income`: or score); \
                 `index` holds the strategic mix as it is.";
    let preference = table.key("style", about).one_of(&STYLES).or_absent("index", || None);
    let about = "Most tracking error of the tilted weights against the strategic mix, a year. Required with a style other than `index`.";
    let limit = table.key("tilt_tracking_error", about).number().positive_fraction().optional();
    let stated = table.has("tilt_tracking_error");
    match preference? {
        None if stated => {
            let message = "`tilt_tracking_error` limits the tilt of a style, and nothing is tilted";
            let help = "add `style = \"growth\"` (or `value`, `income`), or remove `tilt_tracking_error`";
            table.report_value("tilt_tracking_error", Diagnostic::error(Code::KEY_WITHOUT_EFFECT, message).help(help));
            None
        }
        None => Some(Style::Index),
        Some(toward) if stated => Some(Style::Tilted(Tilt { toward, tracking_error_limit: limit? })),
        Some(toward) => {
            let message = format!("the style `{}` tilts the weights, and `tilt_tracking_error` does not say how far", toward.name());
            let help = "add `tilt_tracking_error = 0.01` (1 % a year against the strategic mix)";
            table.report_value("style", Diagnostic::error(Code::MISSING_KEY, message).help(help));
            None
        }
    }
}
