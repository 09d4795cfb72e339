//! `evenkeel policy diff`: what changed from one policy to another, in words.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use evenkeel::policy::diff;
use serde::Serialize;

use evenkeel_io::page::Page;

use super::check::read_policy;
use super::{Document, Outcome};

/// Arguments of `evenkeel policy`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What to do with policies.
    #[command(subcommand)]
    pub action: Action,
}

/// What can be done with policies.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Say what changed from one policy to another, in words.
    Diff {
        /// The policy before.
        before: PathBuf,
        /// The policy after.
        after: PathBuf,
    },
}

/// What changed.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Changes {
    /// One sentence a change, in the order of the file; empty where both say the same.
    pub changes: Vec<String>,
}

/// Compares.
pub fn run(arguments: &Arguments) -> Outcome {
    let Action::Diff { before, after } = &arguments.action;
    match (read_policy(before), read_policy(after)) {
        (Ok((before, mut warnings)), Ok((after, more))) => {
            warnings.extend(more);
            Outcome::done(Changes { changes: diff(&before, &after) }, warnings)
        }
        (before, after) => {
            let told = |read: Result<(_, Vec<_>), Vec<_>>| read.map_or_else(|errors| errors, |(_, warnings)| warnings);
            Outcome::invalid(told(before).into_iter().chain(told(after)).collect())
        }
    }
}

impl Document for Changes {
    fn page(&self) -> Page {
        let mut page = Page::new();
        if self.changes.is_empty() {
            page.say("Both policies say the same.");
        }
        for change in &self.changes {
            page.item(change);
        }
        page
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
