//! `evenkeel advise-band`: the bands and the destination that cost least.

use clap::Args;
use evenkeel::advise::{AdviceInputs, BandAdvice, ClassBand, Experiment, Family, Tried, advise_bands};
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel::estimate::{EstimateInputs, Estimates, estimate};
use evenkeel::policy::{CovarianceEstimator, EstimateRules, ReturnEstimator, Trigger};
use evenkeel::target::optimize;
use evenkeel_io::page::Page;
use evenkeel_io::picture::{NoTradeRegion, Picture, Region};
use evenkeel_ledger::date::Date;
use serde::Serialize;

use crate::analysis::output::{Csv, Named, OutputArguments, digits};
use crate::analysis::{Analysis, AnalysisArguments, defect_note};
use crate::evidence::{About, written};
use crate::render::number::{both_sides, count, percent, rounded};
use crate::render::sections::{UNKNOWN, pictured};
use crate::render::table::{Cell, Column, Table};
use crate::workers;

use super::{Document, Outcome};

/// Rules that are shown to people.
const SHOWN: usize = 12;

/// Trading days a year: paths go day by day.
const DAYS_A_YEAR: usize = 252;

/// Arguments of `evenkeel advise-band`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the inputs are.
    #[command(flatten)]
    pub inputs: AnalysisArguments,
    /// Half of this times the variance against target is what a year of drift costs. Left out: that of the policy's
    /// trigger `no_trade_region`, else that of `[optimal]`.
    #[arg(long, value_name = "NUMBER")]
    pub risk_aversion: Option<f64>,
    /// Paths.
    #[arg(long, value_name = "N", default_value = "100", value_parser = clap::value_parser!(u32).range(2..=100_000))]
    pub paths: u32,
    /// Years of a path that are counted; 5 before them are not.
    #[arg(long, value_name = "N", default_value = "20", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub years: u32,
    /// Trading days from one look to the next.
    #[arg(long, value_name = "DAYS", default_value = "1", value_parser = clap::value_parser!(u32).range(1..=252))]
    pub look: u32,
    /// The seed: the same one gives the same advice, bit by bit.
    #[arg(long, value_name = "NUMBER", default_value_t = 7)]
    pub seed: u64,
    /// What is held, in the base currency, where no holdings are read: what fixed fees are measured on.
    #[arg(long, value_name = "AMOUNT")]
    pub value: Option<f64>,
    /// The two classes of the picture; left out, the two of the largest weights.
    #[arg(long, value_name = "CLASS,CLASS", value_delimiter = ',', requires = "pictures")]
    pub classes: Vec<String>,
    /// Files of results.
    #[command(flatten)]
    pub output: OutputArguments,
}

/// Which bands and destination cost least, a year, as fractions of value.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AdviseBandDocument {
    /// The policy.
    pub policy: String,
    /// The date.
    pub as_of: Date,
    /// Relative risk aversion.
    pub risk_aversion: f64,
    /// Paths.
    pub paths: u32,
    /// Years of each that are counted.
    pub years: u32,
    /// Trading days from one look to the next.
    pub look: u32,
    /// The seed.
    pub seed: u64,
    /// The advice.
    pub advice: BandAdvice,
    /// Pictures of it.
    #[serde(skip)]
    pub pictures: Vec<Named>,
    #[serde(skip)]
    files: Vec<String>,
}

/// Advises.
pub fn run(arguments: &Arguments) -> Outcome {
    let analysis = match arguments.inputs.load() {
        Ok(analysis) => analysis,
        Err(diagnostics) => return Outcome::invalid(diagnostics),
    };
    let found = found(&analysis, arguments);
    super::finish(analysis.warnings, found)
}

fn found(analysis: &Analysis, arguments: &Arguments) -> Result<AdviseBandDocument, Vec<Diagnostic>> {
    let rules = rules(analysis);
    let estimates = estimate(&EstimateInputs { rules: &rules, ..analysis.estimate_inputs() })?;
    let risk_aversion = arguments.risk_aversion.unwrap_or_else(|| stated_risk_aversion(analysis));
    let years = |years: u32| usize::try_from(years).unwrap_or(usize::MAX);
    let experiment = Experiment {
        paths: years(arguments.paths),
        periods_per_year: DAYS_A_YEAR,
        years: years(arguments.years),
        warm_up: 5,
        seed: arguments.seed,
        threads: workers::available(),
    };
    let mut advice = advise_bands(&AdviceInputs {
        policy: &analysis.policy,
        sleeves: &analysis.sleeves,
        universe: &analysis.universe,
        estimates: &estimates,
        targets: &targets(analysis)?,
        value: arguments.value.or(analysis.value),
        risk_aversion,
        experiment,
        look_every: years(arguments.look),
    })?;
    advice.notes.extend(estimates.notes.iter().cloned().chain(defect_note(&estimates)));
    let picture = picture(analysis, &advice, &arguments.classes)?;
    let document = AdviseBandDocument {
        policy: analysis.policy.name.clone(),
        as_of: analysis.as_of,
        risk_aversion,
        paths: arguments.paths,
        years: arguments.years,
        look: arguments.look,
        seed: arguments.seed,
        advice,
        pictures: vec![("no-trade-region", Picture::NoTradeRegion(picture))],
        files: Vec::new(),
    };
    let files = arguments.output.write(&document.csv(), &document.pictures);
    Ok(AdviseBandDocument { files: files.map_err(|problem| vec![*problem])?, ..document })
}

/// The policy's rules; beliefs alone where there is no history.
fn rules(analysis: &Analysis) -> EstimateRules {
    let rules = analysis.policy.estimate.clone();
    match analysis.history {
        Some(_) => rules,
        None => EstimateRules { returns: ReturnEstimator::Assumptions, covariance: CovarianceEstimator::Assumptions, ..rules },
    }
}

fn stated_risk_aversion(analysis: &Analysis) -> f64 {
    let of_trigger = analysis.policy.triggers.iter().find_map(|trigger| match trigger {
        Trigger::NoTradeRegion { risk_aversion, .. } => Some(*risk_aversion),
        _ => None,
    });
    of_trigger.unwrap_or(analysis.policy.optimal.risk_aversion)
}

/// By sleeve, the weights that the policy states or optimizes.
fn targets(analysis: &Analysis) -> Result<Vec<f64>, Vec<Diagnostic>> {
    let Some(optimization) = analysis.optimization() else { return Ok(analysis.stated.clone()) };
    let optimized = optimize(&analysis.optimize_inputs(optimization, None))?;
    let mut targets = vec![0.0; analysis.sleeves.len()];
    let Estimates { assets, .. } = &optimized.estimates;
    let weights = assets.iter().map(|asset| asset.sleeve).zip(optimized.assets.iter().map(|asset| asset.weight));
    for (sleeve, weight) in weights.chain([(analysis.sleeves.cash, optimized.cash)]) {
        if let Some(target) = targets.get_mut(sleeve.0) {
            *target = weight.max(0.0);
        }
    }
    Ok(targets)
}

/// The region of two classes, with the policy's bands beside the advised ones.
fn picture(analysis: &Analysis, advice: &BandAdvice, wanted: &[String]) -> Result<NoTradeRegion, Vec<Diagnostic>> {
    let mut pair: Vec<&ClassBand> = if wanted.is_empty() {
        let mut classes: Vec<&ClassBand> = advice.classes.iter().collect();
        classes.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        classes
    } else {
        wanted.iter().filter_map(|name| advice.classes.iter().find(|class| class.class == *name)).collect()
    };
    pair.truncate(2);
    let ([along, upward], true) = (&pair[..], wanted.is_empty() || wanted.len() == 2) else {
        let known: Vec<&str> = advice.classes.iter().map(|class| class.class.as_str()).collect();
        let message = format!("`--classes` names {}, and two classes with a target weight are needed", wanted.join(", "));
        return Err(vec![Diagnostic::error(Code::ARGUMENT, message).help(format!("name two of {}", known.join(", ")))]);
    };
    let now = |class: &ClassBand| {
        let node = analysis.policy.tree.resolve(&class.class).and_then(|id| analysis.policy.tree.nodes.get(id.0));
        node.map_or(f64::INFINITY, |node| node.band.half_width(class.weight))
    };
    let region = |name: &str, half_widths: (f64, f64)| Region { name: name.to_owned(), half_widths };
    let mut regions = vec![region("advised", (along.advised, upward.advised))];
    if let (Some(a), Some(b)) = (along.band_edge, upward.band_edge) {
        regions.push(region("closed form, to the edge", (a, b)));
    }
    let widths = (now(along), now(upward));
    if widths.0.is_finite() && widths.1.is_finite() {
        regions.push(region("policy now", widths));
    }
    Ok(NoTradeRegion {
        title: "No-trade region".to_owned(),
        classes: (along.class.clone(), upward.class.clone()),
        target: (along.weight, upward.weight),
        regions,
    })
}

/// A fraction in basis points, with two places.
fn basis_points(fraction: f64) -> Cell {
    rounded(fraction * 10_000.0, 2)
}

impl AdviseBandDocument {
    /// The rules that were tried, a row each.
    fn csv(&self) -> Csv {
        let header = [
            "rule",
            "width",
            "destination",
            "trading",
            "drift",
            "total",
            "standard_error",
            "excess",
            "excess_error",
            "rebalances",
            "turnover",
        ];
        let rows = self.advice.tried.iter().map(|tried| {
            let names = [tried.candidate.sentence(), digits(tried.candidate.width), tried.candidate.destination.clone()];
            let figures = [
                tried.trading,
                tried.drift,
                tried.total,
                tried.standard_error,
                tried.excess,
                tried.excess_error,
                tried.rebalances,
                tried.turnover,
            ];
            names.into_iter().chain(figures.map(digits)).collect()
        });
        Csv { header: header.map(str::to_owned).to_vec(), rows: rows.collect() }
    }

    fn headline(&self) -> String {
        let Some(advised) = self.advice.tried.get(self.advice.advised) else { return String::new() };
        let now = self.advice.tried.iter().find(|tried| tried.candidate.family == Family::Now);
        let against = now.map_or_else(String::new, |now| format!("; the policy's bands now cost {} bp", basis_points(now.total)));
        format!(
            "ADVICE: {}. It costs {} bp of value a year, {} for trades and {} for drift{against}.",
            advised.candidate.sentence(),
            basis_points(advised.total),
            basis_points(advised.trading),
            basis_points(advised.drift)
        )
    }

    fn classes(&self) -> Page {
        let columns = ["Weight", "Volatility", "Cost", "To edge", "Half-way", "To target", "Advised"].map(Column::Number);
        let mut table = Table::new([Column::Name("Class")].into_iter().chain(columns));
        let points = |width: Option<f64>| width.map_or_else(|| UNKNOWN.into(), both_sides);
        for class in &self.advice.classes {
            let figures = [percent(class.weight), percent(class.volatility), percent(class.cost_each_side)];
            let widths = [class.band_edge, class.half_way, class.target, Some(class.advised)].map(points);
            table.row([(&class.class).into()].into_iter().chain(figures).chain(widths));
        }
        Page::of_table("Classes, with the closed forms of their bands in points of weight", table)
    }

    /// The rules of the least cost, and what stands now.
    fn tried(&self) -> Page {
        let columns = ["Trades", "Drift", "Sum", "± error", "Above least", "Rebalances"].map(Column::Number);
        let mut table = Table::new([Column::Name("Rule")].into_iter().chain(columns).chain([Column::Name("")]));
        let mut order: Vec<&Tried> = self.advice.tried.iter().collect();
        order.sort_by(|a, b| a.total.total_cmp(&b.total));
        let is_advised =
            |tried: &Tried| self.advice.tried.get(self.advice.advised).is_some_and(|advised| advised.candidate == tried.candidate);
        let is_shown = |(place, tried): &(usize, &Tried)| *place < SHOWN || tried.candidate.family == Family::Now || is_advised(tried);
        for (_, tried) in order.into_iter().enumerate().filter(is_shown) {
            let above = format!("{} ± {}", basis_points(tried.excess), basis_points(tried.excess_error));
            let figures = [tried.trading, tried.drift, tried.total, tried.standard_error].map(basis_points);
            let told = if is_advised(tried) {
                "advised"
            } else if tried.as_good {
                "as good"
            } else {
                ""
            };
            let row = [tried.candidate.sentence().into()].into_iter().chain(figures);
            table.row(row.chain([above.into(), rounded(tried.rebalances, 1), told.into()]));
        }
        Page::of_table("Costs a year in basis points of value, the least first", table)
    }
}

impl Document for AdviseBandDocument {
    fn page(&self) -> Page {
        let mut page = Page::new();
        page.say(self.headline());
        let drawn = format!(
            "Policy “{}”, {}. Risk aversion {}, {} paths of {} years, looked at every {} from the seed {}.",
            self.policy,
            self.as_of,
            rounded(self.risk_aversion, 2),
            count(usize::try_from(self.paths).unwrap_or_default()),
            self.years,
            if self.look == 1 { "day".to_owned() } else { format!("{} days", self.look) },
            self.seed
        );
        page.say(&drawn).append(pictured(&self.pictures));
        page.append(self.classes());
        page.append(self.tried());
        let good = self.advice.tried.iter().filter(|tried| tried.as_good).count();
        page.item(format!(
                "{good} of {} rules are as good as the least within two standard errors. The advised one costs at most a twentieth more, with the fewest keys of them.",
                self.advice.tried.len()
            ));
        for note in &self.advice.notes {
            page.item(note);
        }
        page.heading("Keys of the policy");
        page.verbatim(self.advice.settings.lines().map(|line| format!("  {line}").trim_end().to_owned() + "\n").collect::<String>());
        page.append(written(&self.files));
        page
    }

    fn about(&self) -> About {
        About::policy(&self.policy, self.as_of)
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
