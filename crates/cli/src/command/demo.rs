//! `evenkeel demo`: the main jobs on example portfolios, which the binary carries.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel_ledger::date::Date;
use serde::Serialize;

use crate::console::Style;
use crate::examples::{self, Example};
use crate::exit::Status;
use crate::inputs::Inputs;
use crate::write_whole;

use super::rebalance::{DayArguments, Flow};
use super::{Document, Outcome, envelope, overlay, rebalance, stress};

/// Arguments of `evenkeel demo`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder for the results, which is made where it is missing; each file is written whole or not
    /// at all.
    #[arg(long, value_name = "FOLDER", default_value = "out/demo")]
    pub out_dir: PathBuf,
}

/// What was run.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Demo {
    /// The runs, in order.
    pub runs: Vec<Run>,
}

/// One run of an example.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Run {
    /// What it shows.
    pub title: String,
    /// The command that does the same in a checkout.
    pub command: String,
    /// How it ended.
    pub status: Status,
    /// The files written: text, then JSON.
    pub files: Vec<String>,
    #[serde(skip)]
    text: String,
}

/// What is asked of an example.
#[derive(Debug, Clone, Copy)]
enum Job {
    Rebalance,
    Stress,
    Overlay,
}

/// One run to make.
struct Plan {
    /// Name of the files that are written.
    name: &'static str,
    title: &'static str,
    job: Job,
    example: Example,
    as_of: &'static str,
    contribute: Option<&'static str>,
}

/// The runs, in order.
const PLANS: [Plan; 7] = [
    Plan::rebalance("client-5-points", "A client's quarterly review, with bands of 5 points", examples::CLIENT),
    Plan::rebalance("client-3-points", "The same with bands of 3 points", examples::CLIENT_3_POINTS),
    Plan::rebalance("client-calendar", "The same by the calendar alone, before costs", examples::CLIENT_CALENDAR),
    Plan { job: Job::Stress, ..Plan::rebalance("endowment", "An endowment, validated", examples::ENDOWMENT) },
    Plan {
        job: Job::Stress,
        as_of: "2026-06-30",
        ..Plan::rebalance("endowment-later", "The endowment a quarter later", examples::ENDOWMENT)
    },
    Plan { job: Job::Overlay, ..Plan::rebalance("overlay", "A tactical overlay", examples::OVERLAY) },
    Plan {
        contribute: Some("7000@roth"),
        ..Plan::rebalance("family", "A family with three accounts and a contribution", examples::FAMILY)
    },
];

/// Runs all, and then writes all.
pub fn run(arguments: &Arguments) -> Outcome {
    let mut files: Vec<(PathBuf, String)> = Vec::new();
    let mut runs = Vec::new();
    for plan in PLANS {
        let outcome = plan.run();
        let Some(document) = &outcome.document else { return outcome };
        let text = document.text(Style::PLAIN);
        let json = match envelope(plan.job.name(), &outcome) {
            Ok(json) => json,
            Err(error) => return Outcome::invalid(vec![Diagnostic::error(Code::OUTPUT, error.to_string())]),
        };
        let paths = ["txt", "json"].map(|ending| arguments.out_dir.join(format!("{}.{ending}", plan.name)));
        let shown = paths.iter().map(|path| path.display().to_string()).collect();
        files.extend(paths.into_iter().zip([text.clone(), json]));
        runs.push(Run { title: plan.title.to_owned(), command: plan.command(), status: outcome.status, files: shown, text });
    }
    match write(arguments, &files) {
        Ok(()) => Outcome::done(Demo { runs }, Vec::new()),
        Err(error) => Outcome::invalid(vec![Diagnostic::error(Code::OUTPUT, error).help("name another folder with `--out-dir`")]),
    }
}

fn write(arguments: &Arguments, files: &[(PathBuf, String)]) -> Result<(), String> {
    let folder = &arguments.out_dir;
    std::fs::create_dir_all(folder).map_err(|error| format!("`{}` cannot be made: {error}", folder.display()))?;
    files.iter().try_for_each(|(path, content)| write_whole(path, content))
}

impl Job {
    const fn name(self) -> &'static str {
        match self {
            Self::Rebalance => "rebalance",
            Self::Stress => "stress",
            Self::Overlay => "overlay",
        }
    }
}

impl Plan {
    const fn rebalance(name: &'static str, title: &'static str, example: Example) -> Self {
        Self { name, title, job: Job::Rebalance, example, as_of: "2026-03-31", contribute: None }
    }

    fn run(&self) -> Outcome {
        let inputs =
            self.as_of.parse::<Date>().map_err(|error| refused(&error)).and_then(|as_of| Inputs::read(&self.example.sources(), as_of));
        let contribute = self.contribute.map(str::parse::<Flow>).transpose().map_err(|error| refused(&error));
        match (inputs, contribute) {
            (Ok(inputs), Ok(contribute)) => match self.job {
                Job::Rebalance => {
                    let day = DayArguments { contribute: contribute.into_iter().collect(), ..DayArguments::default() };
                    rebalance::report(inputs, &day)
                }
                Job::Stress => stress::report(inputs),
                Job::Overlay => overlay::report(inputs),
            },
            (Err(diagnostics), _) | (_, Err(diagnostics)) => Outcome::invalid(diagnostics),
        }
    }

    /// The command that does the same in a checkout.
    fn command(&self) -> String {
        let Example { folder, policy, .. } = self.example;
        let mut command = format!("evenkeel {} {folder} --as-of {}", self.job.name(), self.as_of);
        if policy != "policy.toml" {
            let _ = write!(command, " --policy {folder}/{policy}");
        }
        if let Some(contribute) = self.contribute {
            let _ = write!(command, " --contribute {contribute}");
        }
        command
    }
}

fn refused(error: &dyn std::fmt::Display) -> Vec<Diagnostic> {
    vec![Diagnostic::error(Code::ARGUMENT, error.to_string())]
}

impl Document for Demo {
    fn text(&self, style: Style) -> String {
        let mut text = String::new();
        for run in &self.runs {
            let _ = write!(text, "{}\n$ {}\n\n{}\n", style.heading(&format!("== {} ==", run.title)), run.command, run.text);
        }
        let _ = writeln!(text, "{}", style.heading("Written"));
        for file in self.runs.iter().flat_map(|run| &run.files) {
            let _ = writeln!(text, "  {file}");
        }
        text
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
