//! `evenkeel demo`: the main jobs on example portfolios, which the binary carries.

use std::path::{Path, PathBuf};

use clap::Args;
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel_io::page::{Brand, Page};
use evenkeel_io::source;
use evenkeel_ledger::date::Date;
use serde::Serialize;

use crate::analysis::output::OutputArguments;
use crate::analysis::{Analysis, AnalysisArguments};
use crate::console::Style;
use crate::evidence::{Evidence, Invocation};
use crate::examples::{self, Example};
use crate::exit::Status;
use crate::files::{write_all, write_whole};
use crate::inputs::{FileArguments, InputArguments, Inputs};
use crate::media;

use crate::render::{self, WIDTH};

use super::rebalance::{DayArguments, Flow};
use super::report::Reader;
use super::simulate::QuestionArguments;
use super::stress::WhatIfArguments;
use super::{
    Document, Outcome, attribute, backtest, comply, envelope, frontier, optimize, overlay, performance, rebalance, report, risk, simulate,
    stress,
};

/// Arguments of `evenkeel demo`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder for the examples and their results, which is made where it is missing; each file is
    /// written whole or not at all.
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
    /// The command that does the same again.
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
    Risk,
    Comply,
    Overlay,
    Optimize,
    Frontier,
    Backtest,
    Performance,
    Attribute,
    Simulate,
    Report(Reader),
}

/// One run to make.
struct Plan {
    /// Name of the files that are written.
    name: &'static str,
    title: &'static str,
    job: Job,
    example: Example,
    as_of: &'static str,
    /// The policy's file, where it is not the folder's policy.toml.
    policy: Option<&'static str>,
    /// The assumptions' file, where it is not the folder's assumptions.toml.
    assumptions: Option<&'static str>,
    contribute: Option<&'static str>,
}

/// The folder of pictures, in that of the results.
const PICTURES: &str = "pictures";

/// What a report is written as.
const PAGES: &[&str] = if cfg!(feature = "pdf") { &["html", "pdf", "xlsx"] } else { &["html", "xlsx"] };

/// Points of the frontier, few enough to be read at a glance.
const POINTS: u32 = 8;

/// What the retirement starts with.
const RETIREMENT_VALUE: f64 = 1_000_000.0;

/// The runs, in order.
const PLANS: [Plan; 17] = [
    Plan::rebalance("client-5-points", "A client's quarterly review, with bands of 5 points", examples::CLIENT),
    Plan { policy: Some("3-points.toml"), ..Plan::rebalance("client-3-points", "The same with bands of 3 points", examples::CLIENT) },
    Plan {
        policy: Some("calendar.toml"),
        ..Plan::rebalance("client-calendar", "The same by the calendar alone, before costs", examples::CLIENT)
    },
    Plan { job: Job::Stress, ..Plan::rebalance("endowment", "An endowment, validated", examples::ENDOWMENT) },
    Plan {
        job: Job::Stress,
        as_of: "2026-06-30",
        ..Plan::rebalance("endowment-later", "The endowment a quarter later", examples::ENDOWMENT)
    },
    Plan {
        job: Job::Risk,
        as_of: "2026-06-30",
        assumptions: Some("risk.toml"),
        ..Plan::rebalance("endowment-risk", "The endowment's risk, by assumed volatilities", examples::ENDOWMENT)
    },
    Plan {
        job: Job::Comply,
        as_of: "2026-06-30",
        ..Plan::rebalance("endowment-limits", "Its limits, before and after what is proposed", examples::ENDOWMENT)
    },
    Plan { job: Job::Overlay, ..Plan::rebalance("overlay", "A tactical overlay", examples::OVERLAY) },
    Plan {
        job: Job::Optimize,
        as_of: "2026-06-30",
        ..Plan::rebalance("optimized", "Weights optimized from beliefs, views and rules", examples::OPTIMIZED)
    },
    Plan {
        job: Job::Frontier,
        as_of: "2026-06-30",
        ..Plan::rebalance("frontier", "The best trades of return for risk under those rules", examples::OPTIMIZED)
    },
    Plan { job: Job::Backtest, ..Plan::rebalance("backtest", "Twenty generated years with lots and taxes", examples::HISTORY) },
    Plan { job: Job::Performance, ..Plan::rebalance("performance", "What two accounts have earned in two years", examples::PERFORMANCE) },
    Plan { job: Job::Attribute, ..Plan::rebalance("attribution", "Why it differs from their policy's mix", examples::PERFORMANCE) },
    Plan {
        job: Job::Simulate,
        as_of: "2025-12-31",
        ..Plan::rebalance("retirement", "Thirty years of a retirement, on paths from generated history", examples::RETIREMENT)
    },
    Plan {
        job: Job::Report(Reader::Board),
        as_of: "2026-06-30",
        assumptions: Some("risk.toml"),
        ..Plan::rebalance("board", "The endowment's report to its board", examples::ENDOWMENT)
    },
    Plan { job: Job::Report(Reader::Client), ..Plan::rebalance("review", "The client's review, on two pages", examples::CLIENT) },
    Plan {
        contribute: Some("7000@roth"),
        ..Plan::rebalance("family", "A family with three accounts and a contribution", examples::FAMILY)
    },
];

/// Writes the examples, runs all, and then writes all results.
pub fn run(arguments: &Arguments) -> Outcome {
    let folder = &arguments.out_dir;
    if let Err(error) = write_examples(folder) {
        return Outcome::invalid(vec![Diagnostic::error(Code::OUTPUT, error).help("name another folder with `--out-dir`")]);
    }
    let mut files: Vec<(PathBuf, Vec<u8>)> = Vec::new();
    let mut runs = Vec::new();
    for plan in PLANS {
        source::begin_run();
        let outcome = plan.run(folder);
        let Some(document) = &outcome.document else { return outcome };
        let shown = document.page();
        let text = render::page::text(&shown, Style::PLAIN);
        let json = match envelope(plan.job.name(), &outcome) {
            Ok(json) => json,
            Err(error) => return Outcome::invalid(vec![Diagnostic::error(Code::OUTPUT, error.to_string())]),
        };
        let name = |ending: &str| folder.join(format!("{}.{ending}", plan.name));
        let mut own = vec![(name("txt"), text.clone().into_bytes()), (name("json"), json.into_bytes())];
        if let Job::Report(_) = plan.job {
            let invocation = Invocation::of_words(plan.words(folder).into_iter());
            let report = document.report(plan.title, &Evidence::new(&invocation, document.about().as_of, &outcome.diagnostics));
            for page in PAGES.iter().map(|ending| name(ending)) {
                match media::files(&page, &shown, &report, &Brand::default()) {
                    Ok(made) => own.extend(made),
                    Err(error) => return Outcome::invalid(vec![Diagnostic::error(Code::OUTPUT, error)]),
                }
            }
        }
        let shown = own.iter().map(|(path, _)| path.display().to_string()).collect();
        files.extend(own);
        // A report is for browsers and paper; a terminal shows where it is.
        let text = if let Job::Report(_) = plan.job { outcome_in_short(&text) } else { text };
        runs.push(Run { title: plan.title.to_owned(), command: plan.command(folder), status: outcome.status, files: shown, text });
    }
    match files.iter().try_for_each(|(path, content)| write_all(path, content)) {
        Ok(()) => Outcome::done(Demo { runs }, Vec::new()),
        Err(error) => Outcome::invalid(vec![Diagnostic::error(Code::OUTPUT, error).help("name another folder with `--out-dir`")]),
    }
}

/// Writes the files of all examples, each into a folder of its own.
fn write_examples(folder: &Path) -> Result<(), String> {
    let all = [
        examples::CLIENT,
        examples::ENDOWMENT,
        examples::OVERLAY,
        examples::OPTIMIZED,
        examples::HISTORY,
        examples::PERFORMANCE,
        examples::RETIREMENT,
        examples::FAMILY,
    ];
    for example in all {
        let own = folder.join(example.folder);
        std::fs::create_dir_all(&own).map_err(|error| format!("`{}` cannot be made: {error}", own.display()))?;
        example.files.iter().try_for_each(|(name, text)| write_whole(&own.join(name), text))?;
    }
    Ok(())
}

impl Job {
    const fn name(self) -> &'static str {
        match self {
            Self::Rebalance => "rebalance",
            Self::Stress => "stress",
            Self::Risk => "risk",
            Self::Comply => "comply",
            Self::Overlay => "overlay",
            Self::Optimize => "optimize",
            Self::Frontier => "frontier",
            Self::Backtest => "backtest",
            Self::Performance => "performance",
            Self::Attribute => "attribute",
            Self::Simulate => "simulate",
            Self::Report(_) => "report",
        }
    }
}

impl Plan {
    const fn rebalance(name: &'static str, title: &'static str, example: Example) -> Self {
        Self { name, title, job: Job::Rebalance, example, as_of: "2026-03-31", policy: None, assumptions: None, contribute: None }
    }

    fn run(&self, folder: &Path) -> Outcome {
        let pictures = OutputArguments::pictures(folder.join(PICTURES));
        let done = match self.job {
            Job::Rebalance => self.load(folder).and_then(|inputs| {
                let contribute = self.contribute.map(str::parse::<Flow>).transpose().map_err(|error| refused(&error))?;
                let day = DayArguments { contribute: contribute.into_iter().collect(), ..DayArguments::default() };
                Ok(rebalance::report(inputs, &day))
            }),
            Job::Stress => self.inputs(folder).map(|inputs| {
                let asked = WhatIfArguments::default();
                stress::run(&stress::Arguments { inputs, settings: Vec::new(), asked })
            }),
            Job::Comply => self.load(folder).map(|inputs| comply::report(inputs, true)),
            Job::Risk => self.inputs(folder).map(|inputs| {
                let question = risk::QuestionArguments::default();
                risk::run(&risk::Arguments { inputs, question, settings: Vec::new(), proposal: false, series: None, result: None })
            }),
            Job::Overlay => self.load(folder).map(overlay::report),
            Job::Optimize => self.analysis(folder).map(|analysis| optimize::report(analysis, None, &pictures)),
            Job::Backtest => return backtest::run(&backtest::Arguments::folder(folder.join(self.example.folder), &pictures)),
            Job::Performance => return performance::run(&performance::Arguments::folder(folder.join(self.example.folder))),
            Job::Attribute => return attribute::run(&attribute::Arguments::folder(folder.join(self.example.folder))),
            Job::Frontier => self.analysis(folder).map(|analysis| frontier::report(analysis, Some(POINTS), None, &pictures)),
            Job::Report(reader) => self.inputs(folder).map(|inputs| {
                let (as_of, files, invocation) = (Some(inputs.as_of), inputs.files, Invocation::of_words(self.words(folder).into_iter()));
                let whole = report::Arguments::folder(folder.join(self.example.folder), reader);
                report::run(&report::Arguments { as_of, files, invocation, ..whole })
            }),
            Job::Simulate => {
                let question = QuestionArguments::of_value(RETIREMENT_VALUE);
                self.analysis(folder).map(|analysis| simulate::report(analysis, &question, &pictures))
            }
        };
        done.unwrap_or_else(Outcome::invalid)
    }

    fn as_of(&self) -> Result<Date, Vec<Diagnostic>> {
        self.as_of.parse().map_err(|error| refused(&error))
    }

    fn load(&self, folder: &Path) -> Result<Inputs, Vec<Diagnostic>> {
        self.inputs(folder)?.load()
    }

    fn inputs(&self, folder: &Path) -> Result<InputArguments, Vec<Diagnostic>> {
        let own = folder.join(self.example.folder);
        let (policy, assumptions) = (self.policy.map(|policy| own.join(policy)), self.assumptions.map(|file| own.join(file)));
        let files = FileArguments { policy, assumptions, ..FileArguments::default() };
        Ok(InputArguments { files, ..InputArguments::folder(own, self.as_of()?) })
    }

    fn analysis(&self, folder: &Path) -> Result<Analysis, Vec<Diagnostic>> {
        AnalysisArguments { as_of: Some(self.as_of()?), ..AnalysisArguments::folder(folder.join(self.example.folder)) }.load()
    }

    /// The command that does the same again.
    fn command(&self, folder: &Path) -> String {
        format!("evenkeel {}", self.words(folder).join(" "))
    }

    /// Its words.
    fn words(&self, folder: &Path) -> Vec<String> {
        let own = folder.join(self.example.folder);
        let shown = |path: PathBuf| path.display().to_string();
        let mut words = vec![self.job.name().to_owned(), shown(own.clone())];
        let mut say = |option: &str, value: String| words.extend([option.to_owned(), value]);
        // A history ends on the date itself.
        if !matches!(self.job, Job::Backtest | Job::Simulate | Job::Performance | Job::Attribute) {
            say("--as-of", self.as_of.to_owned());
        }
        if let Some(policy) = self.policy {
            say("--policy", shown(own.join(policy)));
        }
        if let Some(assumptions) = self.assumptions {
            say("--assumptions", shown(own.join(assumptions)));
        }
        if let Job::Report(reader) = self.job {
            say("--for", reader.name());
            for ending in PAGES {
                say("--out", shown(folder.join(format!("{}.{ending}", self.name))));
            }
        }
        if let Some(contribute) = self.contribute {
            say("--contribute", contribute.to_owned());
        }
        if matches!(self.job, Job::Frontier) {
            say("--points", POINTS.to_string());
        }
        if matches!(self.job, Job::Simulate) {
            say("--value", RETIREMENT_VALUE.to_string());
        }
        if matches!(self.job, Job::Performance) {
            say("--by", "class".to_owned());
            say("--every", "quarter".to_owned());
            say("--benchmark", performance::POLICY.to_owned());
        }
        if matches!(self.job, Job::Attribute) {
            say("--every", "quarter".to_owned());
        }
        if matches!(self.job, Job::Optimize | Job::Frontier | Job::Backtest | Job::Simulate) {
            say("--pictures", shown(folder.join(PICTURES)));
        }
        if matches!(self.job, Job::Comply) {
            words.push("--proposal".to_owned());
        }
        words
    }
}

/// A command over several lines where it is long.
fn shown(command: &str) -> String {
    if command.len() > WIDTH { command.replace(" --", " \\\n    --") } else { command.to_owned() }
}

/// The first page: what follows it is told where it is written.
fn outcome_in_short(text: &str) -> String {
    text.split("== ").next().unwrap_or_default().trim_end().to_owned() + "\n"
}

fn refused(error: &dyn std::fmt::Display) -> Vec<Diagnostic> {
    vec![Diagnostic::error(Code::ARGUMENT, error.to_string())]
}

impl Document for Demo {
    fn page(&self) -> Page {
        let mut page = Page::new();
        for run in &self.runs {
            page.heading(format!("== {} ==", run.title)).verbatim(format!("$ {}\n\n{}", shown(&run.command), run.text));
        }
        page.heading("Written");
        for file in self.runs.iter().flat_map(|run| &run.files) {
            page.item(file);
        }
        page
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
