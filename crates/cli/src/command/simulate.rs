//! `evenkeel simulate`: what many futures make of the policy.

use std::str::FromStr;

use clap::{Args, ValueEnum};
use evenkeel::diagnostic::Diagnostic;
use evenkeel::run::DISCLAIMER;
use evenkeel::simulate::{Method, Prices, Question, SimulationReport, Stress, YearOfPaths, simulate};
use evenkeel::target::optimize;
use evenkeel_io::picture::{self, Picture};
use serde::Serialize;

use evenkeel_io::page::Page;

use crate::analysis::output::{Csv, Named, OutputArguments, digits};
use crate::analysis::{Analysis, AnalysisArguments};
use crate::evidence::About;
use crate::render;
use crate::workers;

use super::{Document, Outcome};

/// Years of a lost decade where it is not said how many.
const LOST_YEARS: usize = 10;

/// Arguments of `evenkeel simulate`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the inputs are.
    #[command(flatten)]
    pub inputs: AnalysisArguments,
    /// What is asked.
    #[command(flatten)]
    pub question: QuestionArguments,
    /// Files of results.
    #[command(flatten)]
    pub output: OutputArguments,
}

/// What is asked of the futures.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Futures")]
pub struct QuestionArguments {
    /// Value at the start, in the base currency; left out, that of the holdings.
    #[arg(long, value_name = "AMOUNT")]
    pub value: Option<f64>,
    /// Number of paths.
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub paths: u32,
    /// Years.
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub years: u32,
    /// Seed: the same gives the same figures on any number of threads.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// How paths are drawn; left out, blocks of history where there are five years of months, else geometric
    /// Brownian motion by the assumptions.
    #[arg(long, value_name = "METHOD")]
    pub method: Option<PathMethod>,
    /// Months of a block of history; the mean where its length is random.
    #[arg(long, value_name = "MONTHS", default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=1200))]
    pub block: u32,
    /// Degrees of freedom of `t` and `t-copula`: fewer make fatter tails.
    #[arg(long, value_name = "N", default_value_t = 5.0)]
    pub degrees: f64,
    /// Make the futures harder: `correlations:0.8`, `volatility:1.5`, `lost-decade` (10 years that are to earn 0 % after
    /// inflation), `lost-decade:-0.01`; may be given more than once.
    #[arg(long = "stress", value_name = "STRESS")]
    pub stresses: Vec<StressArgument>,
    /// How prices rise: a rate a year such as 0.025, or the name of a column of the history that holds them; left out,
    /// the policy's `objective.inflation`.
    #[arg(long, value_name = "RATE or COLUMN")]
    pub inflation: Option<String>,
    /// What should be left at the end, at the prices of the start; left out, the value at the start.
    #[arg(long, value_name = "AMOUNT", value_parser = goal)]
    pub goal: Option<f64>,
    /// Look whether what is liquid (tier 1 or better) always pays for so many years of spending.
    #[arg(long, value_name = "YEARS", value_parser = cover)]
    pub cover: Option<f64>,
}

fn goal(text: &str) -> Result<f64, String> {
    let amount = text.parse::<f64>().ok().filter(|amount| amount.is_finite() && *amount >= 0.0);
    amount.ok_or_else(|| "write an amount from 0".to_owned())
}

fn cover(text: &str) -> Result<f64, String> {
    let years = text.parse::<f64>().ok().filter(|years| (0.0..=100.0).contains(years));
    years.ok_or_else(|| "write a number of years from 0 to 100".to_owned())
}

/// How paths are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PathMethod {
    /// Blocks of consecutive months of history.
    Bootstrap,
    /// Blocks of random length (Politis and Romano).
    Stationary,
    /// Geometric Brownian motion.
    Gbm,
    /// Multivariate t.
    T,
    /// A normal copula over each class's own months.
    Copula,
    /// A t copula over each class's own months.
    TCopula,
    /// Months filtered by GARCH(1,1).
    Garch,
    /// Two regimes, calm and crisis.
    Regime,
    /// A scenario tree of years with matched moments.
    Tree,
}

impl PathMethod {
    const fn method(self) -> Method {
        match self {
            Self::Bootstrap => Method::Block,
            Self::Stationary => Method::Stationary,
            Self::Gbm => Method::Lognormal,
            Self::T => Method::Student,
            Self::Copula => Method::NormalCopula,
            Self::TCopula => Method::StudentCopula,
            Self::Garch => Method::Garch,
            Self::Regime => Method::Regime,
            Self::Tree => Method::Tree,
        }
    }
}

/// A stress as it is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StressArgument(Stress);

impl FromStr for StressArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, number) = match text.split_once(':') {
            Some((name, number)) => (name, Some(number.parse::<f64>().map_err(|_| format!("`{number}` is no number"))?)),
            None => (text, None),
        };
        let stress = match (name, number) {
            ("correlations", Some(level)) if (0.0..=1.0).contains(&level) => Stress::Correlations(level),
            ("correlations", _) => return Err("write the level, from 0 to 1: `correlations:0.8`".to_owned()),
            ("volatility", Some(multiple)) if multiple > 0.0 && multiple.is_finite() => Stress::Volatility(multiple),
            ("volatility", _) => return Err("write the multiple, above 0: `volatility:1.5`".to_owned()),
            ("lost-decade", number) => match number.unwrap_or(0.0) {
                real_return if real_return > -1.0 && real_return < 1.0 => Stress::LostYears { years: LOST_YEARS, real_return },
                _ => return Err("write what the first ten years earn a year after inflation: `lost-decade:-0.01`".to_owned()),
            },
            _ => return Err("it is one of `correlations:LEVEL`, `volatility:MULTIPLE`, `lost-decade` or `lost-decade:RETURN`".to_owned()),
        };
        Ok(Self(stress))
    }
}

impl QuestionArguments {
    fn question(&self) -> Question {
        let whole = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let prices = |text: &String| text.parse().map_or_else(|_| Prices::Column(text.clone()), Prices::Rate);
        Question {
            paths: whole(self.paths),
            years: whole(self.years),
            seed: self.seed,
            method: self.method.map(PathMethod::method),
            block: whole(self.block),
            degrees: self.degrees,
            stresses: self.stresses.iter().map(|stress| stress.0).collect(),
            prices: self.inflation.as_ref().map(prices),
            goal: self.goal,
            cover: self.cover,
            ..Question::default()
        }
    }

    /// The usual question, of a value.
    pub fn of_value(value: f64) -> Self {
        Self {
            value: Some(value),
            paths: 10_000,
            years: 30,
            seed: 1,
            method: None,
            block: 12,
            degrees: 5.0,
            stresses: Vec::new(),
            inflation: None,
            goal: None,
            cover: None,
        }
    }
}

/// What many futures of a policy look like.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SimulateDocument {
    /// What the paths say.
    #[serde(flatten)]
    pub report: SimulationReport,
    /// What this is not.
    pub disclaimer: String,
    /// Pictures of it.
    #[serde(skip)]
    pub pictures: Vec<Named>,
    #[serde(skip)]
    files: Vec<String>,
}

/// Simulates.
pub fn run(arguments: &Arguments) -> Outcome {
    let analysis = match arguments.inputs.load() {
        Ok(analysis) => analysis,
        Err(diagnostics) => return Outcome::invalid(diagnostics),
    };
    report(analysis, &arguments.question, &arguments.output)
}

/// Simulates what was read.
pub fn report(analysis: Analysis, question: &QuestionArguments, output: &OutputArguments) -> Outcome {
    let found = found(&analysis, question, output);
    super::finish(analysis.warnings, found)
}

pub(super) fn found(
    analysis: &Analysis,
    arguments: &QuestionArguments,
    output: &OutputArguments,
) -> Result<SimulateDocument, Vec<Diagnostic>> {
    let optimized = analysis.optimization().map(|optimization| optimize(&analysis.optimize_inputs(optimization, None))).transpose()?;
    let question = arguments.question();
    let mut report = simulate(&analysis.simulate_inputs(optimized.as_ref(), arguments.value, &question), workers::available())?;
    report.notes.extend(analysis.classes_note().filter(|_| arguments.value.is_none()));
    let mut document = SimulateDocument { report, disclaimer: DISCLAIMER.to_owned(), pictures: Vec::new(), files: Vec::new() };
    document.pictures = vec![("wealth", Picture::Fan(document.wealth())), ("spending", Picture::Fan(document.spending()))];
    document.files = output.write(&document.csv(), &document.pictures).map_err(|problem| vec![*problem])?;
    Ok(document)
}

impl SimulateDocument {
    fn fan(&self, title: &str, start: f64, of: impl Fn(&YearOfPaths) -> evenkeel::simulate::Fan) -> picture::Fan {
        let quantiles = |year: &YearOfPaths| {
            let fan = of(year);
            vec![fan.p5, fan.p25, fan.median, fan.p75, fan.p95]
        };
        picture::Fan {
            title: format!("{title}: {}", self.report.policy),
            value: format!("{}, at the prices of {}", self.report.currency, self.report.as_of),
            start,
            years: self.report.by_year.iter().map(quantiles).collect(),
            names: ["5 %", "25 %", "median", "75 %", "95 %"].map(str::to_owned).to_vec(),
            goal: None,
        }
    }

    fn wealth(&self) -> picture::Fan {
        let goal = Some((self.report.goal, "goal".to_owned()));
        picture::Fan { goal, ..self.fan("Value", self.report.value, |year| year.wealth) }
    }

    fn spending(&self) -> picture::Fan {
        let first = self.report.by_year.first().map_or(0.0, |year| year.spending.median);
        self.fan("Paid out a year", first, |year| year.spending)
    }

    fn csv(&self) -> Csv {
        let quantiles = ["p5", "p25", "median", "p75", "p95"];
        let of = |what: &str| quantiles.map(|quantile| format!("{what}_{quantile}"));
        let groups = ["wealth", "nominal_wealth", "spending", "nominal_spending"];
        let header = std::iter::once("year".to_owned()).chain(groups.iter().flat_map(|group| of(group))).chain(AT_RISK.map(str::to_owned));
        let row = |year: &YearOfPaths| {
            let fans = [year.wealth, year.nominal_wealth, year.spending, year.nominal_spending];
            let at_risk = [year.ruined, year.value_at_risk, year.conditional_value_at_risk, year.lost];
            let figures = fans.into_iter().flat_map(|fan| [fan.p5, fan.p25, fan.median, fan.p75, fan.p95]).chain(at_risk);
            std::iter::once(year.year.to_string()).chain(figures.map(digits)).collect()
        };
        Csv { header: header.collect(), rows: self.report.by_year.iter().map(row).collect() }
    }
}

/// Columns of risk: shares of paths, and losses as fractions of the value at the start.
const AT_RISK: [&str; 4] = ["ruined", "value_at_risk", "conditional_value_at_risk", "lost"];

impl Document for SimulateDocument {
    fn page(&self) -> Page {
        render::simulation::page(&self.report, &self.pictures, &self.files, &self.disclaimer)
    }

    fn about(&self) -> About {
        About::policy(&self.report.policy, self.report.as_of)
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stresses_are_read() {
        let read = |text: &str| text.parse::<StressArgument>().map(|stress| stress.0);
        assert_eq!(read("correlations:0.8"), Ok(Stress::Correlations(0.8)));
        assert_eq!(read("volatility:1.5"), Ok(Stress::Volatility(1.5)));
        assert_eq!(read("lost-decade"), Ok(Stress::LostYears { years: 10, real_return: 0.0 }));
        assert_eq!(read("lost-decade:-0.01"), Ok(Stress::LostYears { years: 10, real_return: -0.01 }));
        for bad in ["correlations", "correlations:1.5", "volatility:0", "volatility:nan", "lost-decade:x", "lost-decade:-2", "crash:1", ""]
        {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
