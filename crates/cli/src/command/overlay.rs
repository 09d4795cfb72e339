//! `evenkeel overlay`: what the tactical overlay does to the strategic weights, and why.

use clap::Args;
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel::target::OverlayReport;
use evenkeel_io::page::Page;
use evenkeel_ledger::date::Date;
use serde::Serialize;

use crate::evidence::About;
use crate::inputs::{InputArguments, Inputs};
use crate::render::number::{percent, points, rounded};
use crate::render::table::{Column, Table};

use super::{Document, Outcome};

/// Arguments of `evenkeel overlay`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the inputs are.
    #[command(flatten)]
    pub inputs: InputArguments,
}

/// What the overlay does on a day.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OverlayDocument {
    /// The policy.
    pub policy: String,
    /// The date.
    pub as_of: Date,
    /// Signals, rules, and what came of them.
    pub overlay: OverlayReport,
}

/// Applies the overlay.
pub fn run(arguments: &Arguments) -> Outcome {
    match arguments.inputs.load() {
        Ok(inputs) => report(inputs),
        Err(diagnostics) => Outcome::invalid(diagnostics),
    }
}

/// What the overlay of a run does.
pub fn report(inputs: Inputs) -> Outcome {
    let targets = inputs.mandate().targets(&inputs.household, None);
    let mut diagnostics = inputs.warnings;
    let overlay = match targets {
        Ok(targets) => {
            diagnostics.extend(targets.warnings);
            targets.overlay
        }
        Err(errors) => {
            diagnostics.extend(errors);
            return Outcome::invalid(diagnostics);
        }
    };
    let Some(overlay) = overlay else {
        let none = Diagnostic::error(Code::ARGUMENT, format!("the policy `{}` has no overlay", inputs.policy.name));
        diagnostics.push(none.help("add an `[overlay]`: docs/reference/policy.md lists its keys"));
        return Outcome::invalid(diagnostics);
    };
    Outcome::done(OverlayDocument { policy: inputs.policy.name, as_of: inputs.market.as_of, overlay }, diagnostics)
}

impl Document for OverlayDocument {
    fn page(&self) -> Page {
        let overlay = &self.overlay;
        let mut page = Page::new();
        page.say(format!(
            "OVERLAY: rules ask for {} points, limited to {}; {} points are shifted.",
            points(overlay.requested),
            points(overlay.limited),
            points(overlay.applied)
        ));
        page.say(format!("Policy “{}”, {}; to be reviewed by {}.", self.policy, self.as_of, overlay.review_by));
        for sentence in &overlay.sentences {
            page.item(sentence);
        }
        let mut rules = Table::new([
            Column::Name("Signal"),
            Column::Number("Value"),
            Column::Name("Fires"),
            Column::Number("Threshold"),
            Column::Number("Shift"),
            Column::Name(""),
        ]);
        for rule in &overlay.rules {
            let fired = if rule.fired { "fired" } else { "" };
            let cells = [rounded(rule.value, 4), rule.bound.into(), rounded(rule.threshold, 4), points(rule.shift), fired.into()];
            rules.row(std::iter::once((&rule.signal).into()).chain(cells));
        }
        page.table("Rules, with shifts in points", rules);
        let mut legs =
            Table::new([Column::Name("Class"), Column::Number("Strategic"), Column::Number("Change"), Column::Number("Tactical")]);
        for leg in &overlay.legs {
            legs.row([leg.class.clone().into(), percent(leg.strategic), points(leg.change), percent(leg.tactical)]);
        }
        page.table("Weights", legs);
        if let Some(error) = overlay.tracking_error {
            page.say(format!("Tracking error against the strategic mix: {} a year.", percent(error)));
        }
        page
    }

    fn about(&self) -> About {
        About::policy(&self.policy, self.as_of)
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
