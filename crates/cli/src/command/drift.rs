//! `evenkeel drift`: how far holdings are from target, and whether that is reason to trade.

use clap::Args;
use evenkeel::drift::{Decision, Drift, ReviewHistory};
use evenkeel::run::{Proposal, Subject};
use evenkeel::target::Reason;
use evenkeel_io::page::Page;
use evenkeel_ledger::date::Date;
use serde::Serialize;

use crate::evidence::About;
use crate::inputs::InputArguments;
use crate::render::number::{percent, points};
use crate::render::sections::{self, UNKNOWN};
use crate::render::table::{Column, Table};

use super::{Document, Outcome};

/// Arguments of `evenkeel drift`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the inputs are.
    #[command(flatten)]
    pub inputs: InputArguments,
    /// When the household was last traded, for cooldowns.
    #[arg(long, value_name = "DATE")]
    pub last_rebalance: Option<Date>,
    /// When the household was last looked at, for look intervals.
    #[arg(long, value_name = "DATE")]
    pub last_review: Option<Date>,
}

/// How far holdings are from target.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DriftReport {
    /// The household.
    pub household: String,
    /// The policy.
    pub policy: String,
    /// The date.
    pub as_of: Date,
    /// Whether to trade, and the rule that decided.
    pub decision: Decision,
    /// How the target weights came about.
    pub target_reasons: Vec<Reason>,
    /// The drift.
    pub drift: Drift,
}

/// Measures.
pub fn run(arguments: &Arguments) -> Outcome {
    let inputs = match arguments.inputs.load() {
        Ok(inputs) => inputs,
        Err(diagnostics) => return Outcome::invalid(diagnostics),
    };
    let history = ReviewHistory { last_review: arguments.last_review, last_rebalance: arguments.last_rebalance };
    let subject = Subject { household: &inputs.household, holdings: &inputs.holdings, flows: &[], sold: &inputs.sold, history };
    match inputs.mandate().propose(&subject, inputs.provenance.clone()) {
        Ok(Proposal { household, policy, as_of, decision, target_reasons, before, .. }) => {
            Outcome::done(DriftReport { household, policy, as_of, decision, target_reasons, drift: before }, inputs.warnings)
        }
        Err(errors) => Outcome::invalid(inputs.warnings.into_iter().chain(errors).collect()),
    }
}

impl Document for DriftReport {
    fn page(&self) -> Page {
        let (word, reason) = match &self.decision {
            Decision::Hold { reason } => ("HOLD", reason),
            Decision::CashFlow { reason } | Decision::Rebalance { reason, .. } => ("TRADE", reason),
        };
        let mut page = Page::new();
        page.say(format!("{word}: {reason}"));
        for reason in &self.target_reasons {
            page.labeled("Targets", &reason.sentence);
        }
        page.append(sections::drift(&self.drift, None));
        page.append(moves(&self.drift));
        page.append(instruments(&self.drift));
        let tracking_error = self.drift.tracking_error.map(|error| format!(" Tracking error {} a year.", percent(error)));
        let measures = format!(
            "Largest drift {} points; half the sum of drifts {}.{}",
            points(self.drift.max).trim_start_matches('+'),
            percent(self.drift.half_l1),
            tracking_error.unwrap_or_default()
        );
        page.say(&measures);
        page
    }

    fn about(&self) -> About {
        About::household(&self.household, &self.policy, self.as_of)
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}

/// How far prices may move before a band is reached.
fn moves(drift: &Drift) -> Page {
    let mut table = Table::new([Column::Name("Class"), Column::Number("Falls to lower edge"), Column::Number("Rises to upper edge")]);
    for class in drift.classes.iter().filter(|class| class.is_leaf && class.band.is_some()) {
        let shown = |to: Option<f64>| to.map_or_else(|| UNKNOWN.into(), percent);
        table.row([class.class.clone().into(), shown(class.move_to_lower), shown(class.move_to_upper)]);
    }
    Page::of_table("Return of one class alone that takes it to the edge of its band", table)
}

fn instruments(drift: &Drift) -> Page {
    let mut table = Table::new([Column::Name("Symbol"), Column::Number("Target"), Column::Number("Weight"), Column::Number("Drift")]);
    for instrument in &drift.instruments {
        let target = instrument.target.map_or_else(|| UNKNOWN.into(), percent);
        let drift = instrument.drift.map_or_else(|| UNKNOWN.into(), points);
        table.row([instrument.symbol.clone().into(), target, percent(instrument.current), drift]);
    }
    Page::of_table("Instruments", table)
}
