//! `evenkeel locate`: where each class should live, what that saves a year, and what moving there costs.

use clap::Args;
use evenkeel::drift::ReviewHistory;
use evenkeel::run::{LocationReport, Subject};

use evenkeel_io::page::Page;

use crate::evidence::About;
use crate::inputs::InputArguments;
use crate::render::locate;

use super::{Document, Outcome, finish};

/// Arguments of `evenkeel locate`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the inputs are.
    #[command(flatten)]
    pub inputs: InputArguments,
    /// Within how many years a move is to pay back its tax and costs.
    #[arg(long, value_name = "YEARS", default_value_t = 10.0, value_parser = years)]
    pub within_years: f64,
}

fn years(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(years) if (0.0..=100.0).contains(&years) => Ok(years),
        _ => Err("write a number of years from 0 to 100".to_owned()),
    }
}

/// Locates.
pub fn run(arguments: &Arguments) -> Outcome {
    let inputs = match arguments.inputs.load() {
        Ok(inputs) => inputs,
        Err(diagnostics) => return Outcome::invalid(diagnostics),
    };
    let subject = Subject {
        household: &inputs.household,
        holdings: &inputs.holdings,
        flows: &[],
        sold: &inputs.sold,
        history: ReviewHistory::default(),
    };
    let found = inputs.mandate().locate(&subject, arguments.within_years, inputs.provenance.clone());
    finish(inputs.warnings, found)
}

impl Document for LocationReport {
    fn page(&self) -> Page {
        locate::render(self)
    }

    fn about(&self) -> About {
        About::household(&self.household, &self.policy, self.as_of)
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
