//! `evenkeel optimize`: the weights that the policy's optimization finds, why, and the proof.

use clap::{Args, ValueEnum};
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel::estimate::ViewReport;
use evenkeel::policy::{CovarianceEstimator, Linkage, Method, ReturnEstimator, measure_in_words, measure_time};
use evenkeel::target::{AssetWeight, BindingRule, Optimized, ProofFigures, cluster_tree, optimize};
use evenkeel_io::page::Page;
use evenkeel_io::picture::{Bars, Picture, Series};
use evenkeel_ledger::date::Date;
use serde::Serialize;

use crate::analysis::output::{Csv, Named, OutputArguments, correlations, digits};
use crate::analysis::{Analysis, AnalysisArguments, defect_note};
use crate::evidence::{About, written};
use crate::render::number::{percent, rounded};
use crate::render::sections::{pictured, views};
use crate::render::table::{Cell, Column, Table};

use super::{Document, Outcome};

/// Of more assets than this, people are shown those that are held.
const MOST_SHOWN: usize = 40;

/// Weights below this are none to people.
const SHOWN_WEIGHT: f64 = 0.000_05;

/// A ratio beyond this is that of a risk which is nothing but rounding, and is not shown.
const MOST_RATIO: f64 = 1e6;

/// Rules that hold the optimum and are shown to people.
const MOST_RULES: usize = 8;

/// Arguments of `evenkeel optimize`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the inputs are.
    #[command(flatten)]
    pub inputs: AnalysisArguments,
    /// Method for programs with a variance; left out, the one that fits.
    #[arg(long, value_name = "METHOD")]
    pub backend: Option<Backend>,
    /// Files of results.
    #[command(flatten)]
    pub output: OutputArguments,
}

/// Methods that can be forced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Backend {
    /// Evenkeel's active set: bounds, rows, costs of lines and parabolas, limits on risk by pricing them.
    ActiveSet,
    /// Evenkeel's interior point: also turnover, leverage and 3/2-power costs.
    InteriorPoint,
    /// Clarabel, a conic solver: all programs with a variance.
    Clarabel,
}

/// What an optimization found on a day.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OptimizeDocument {
    /// The policy.
    pub policy: String,
    /// The date.
    pub as_of: Date,
    /// The leaves, with weights and risks.
    pub assets: Vec<AssetWeight>,
    /// Weight of cash, which was set aside.
    pub cash: f64,
    /// Expected return a year.
    pub expected_return: f64,
    /// Volatility a year.
    pub volatility: f64,
    /// The name and time of the measure that was optimized, where it is one of scenarios.
    pub measure: Option<String>,
    /// That measure.
    pub risk: Option<f64>,
    /// Expected return beyond the risk-free rate over volatility.
    pub ratio: Option<f64>,
    /// Rules that hold the optimum.
    pub binding: Vec<BindingRule>,
    /// Figures that prove it, computed apart from the method.
    pub proof: Option<ProofFigures>,
    /// What each view asked for and got.
    pub views: Vec<ViewReport>,
    /// How the estimates were made.
    pub notes: Vec<String>,
    #[serde(skip)]
    is_assumed: bool,
    /// Pictures of it.
    #[serde(skip)]
    pub pictures: Vec<Named>,
    #[serde(skip)]
    files: Vec<String>,
}

/// Optimizes.
pub fn run(arguments: &Arguments) -> Outcome {
    let analysis = match arguments.inputs.load() {
        Ok(analysis) => analysis,
        Err(diagnostics) => return Outcome::invalid(diagnostics),
    };
    report(analysis, arguments.backend, &arguments.output)
}

/// Optimizes what was read.
pub fn report(analysis: Analysis, backend: Option<Backend>, output: &OutputArguments) -> Outcome {
    let found = found(&analysis, backend, output);
    super::finish(analysis.warnings, found)
}

fn found(analysis: &Analysis, backend: Option<Backend>, output: &OutputArguments) -> Result<OptimizeDocument, Vec<Diagnostic>> {
    let Some(optimization) = analysis.optimization() else {
        let none = Diagnostic::error(Code::ARGUMENT, format!("the policy `{}` optimizes nothing", analysis.policy.name));
        let help = "add an `[optimize]` table (docs/reference/policy.md lists its keys), or `--set optimize.objective=minimum_risk`";
        return Err(vec![none.help(help)]);
    };
    let found = optimize(&analysis.optimize_inputs(optimization, backend.map(Backend::forced)))?;
    let bars = bars(&found);
    let order = cluster_tree(&found.estimates.covariance, Linkage::Ward).map(|tree| tree.leaf_order()).unwrap_or_default();
    let pictures = vec![("weights", Picture::Bars(bars)), correlations(&found.estimates, &order)];
    let document = OptimizeDocument::new(analysis, found);
    let files = output.write(&document.csv(), &pictures).map_err(|problem| vec![*problem])?;
    Ok(OptimizeDocument { pictures, files, ..document })
}

impl Backend {
    pub(super) fn forced(self) -> evenkeel::target::Backend {
        match self {
            Self::ActiveSet => evenkeel::target::Backend::ActiveSet,
            Self::InteriorPoint => evenkeel::target::Backend::InteriorPoint,
            Self::Clarabel => evenkeel::target::Backend::Clarabel,
        }
    }
}

/// Weights beside what they contribute to risk.
fn bars(found: &Optimized) -> Bars {
    let series = |name: &str, value: &dyn Fn(&AssetWeight) -> f64| Series {
        name: name.to_owned(),
        values: found.assets.iter().map(value).collect(),
    };
    Bars {
        title: "Weights and their shares of risk".to_owned(),
        names: found.assets.iter().map(|asset| asset.class.clone()).collect(),
        series: vec![series("weight", &|asset| asset.weight), series("share of risk", &|asset| asset.risk_share)],
    }
}

impl OptimizeDocument {
    fn new(analysis: &Analysis, found: Optimized) -> Self {
        let defects = defect_note(&found.estimates);
        let Optimized { assets, expected_return, volatility, risk, ratio, binding, proof, cash, estimates } = found;
        let (views, notes) = (estimates.views, estimates.notes.into_iter().chain(defects).collect());
        let rules = &analysis.policy.estimate;
        let is_assumed = rules.returns == ReturnEstimator::Assumptions && rules.covariance == CovarianceEstimator::Assumptions;
        let (policy, as_of) = (analysis.policy.name.clone(), analysis.as_of);
        let measure = risk.and_then(|_| match analysis.optimization()?.method {
            Method::MeanRisk { measure, .. } => Some(format!("{}, {}", measure_in_words(measure), measure_time(measure))),
            Method::Kelly => Some("mean loss of the logarithm of wealth, a period".to_owned()),
            _ => None,
        });
        Self {
            measure,
            policy,
            as_of,
            assets,
            cash,
            expected_return,
            volatility,
            risk,
            ratio,
            binding,
            proof,
            views,
            notes,
            is_assumed,
            pictures: Vec::new(),
            files: Vec::new(),
        }
    }

    /// The weights; of many assets those that are held.
    fn weights(&self) -> Page {
        let is_shown = |asset: &&AssetWeight| self.assets.len() <= MOST_SHOWN || asset.weight.abs() >= SHOWN_WEIGHT;
        let shown: Vec<&AssetWeight> = self.assets.iter().filter(is_shown).collect();
        let has_symbols = !self.is_assumed && shown.iter().any(|asset| asset.symbol != asset.class);
        let names = [Some(Column::Name("Class")), has_symbols.then_some(Column::Name("Estimated by"))];
        let figures = ["Weight", "Return", "Volatility", "Share of risk"].map(Column::Number);
        let mut table = Table::new(names.into_iter().flatten().chain(figures));
        for asset in &shown {
            let names = [Some(asset.class.clone()), has_symbols.then(|| asset.symbol.clone())];
            let figures = [asset.weight, asset.expected_return, asset.volatility, asset.risk_share].map(percent);
            table.row(names.into_iter().flatten().map(Cell::from).chain(figures));
        }
        let mut page = Page::new();
        page.table("Weights, with returns and volatilities a year", table);
        if shown.len() < self.assets.len() {
            page.remark(format!("{} assets without weight are not shown.", self.assets.len() - shown.len()));
        }
        page
    }

    /// The rules that hold the optimum, what is gained most by relaxing first; those that go without saying
    /// as one.
    fn what_holds(&self) -> Page {
        let mut rules: Vec<&BindingRule> = self.binding.iter().collect();
        rules.sort_by(|a, b| b.shadow_price.total_cmp(&a.shadow_price));
        let (stated, unstated): (Vec<&BindingRule>, Vec<&BindingRule>) = rules.into_iter().partition(|rule| rule.stated);
        let mut page = Page::new();
        for rule in stated.iter().take(MOST_RULES) {
            page.item(&rule.sentence);
        }
        if stated.len() > MOST_RULES {
            let more = format!("{} further rules hold the optimum and would bring less; `--json` lists them.", stated.len() - MOST_RULES);
            page.item(&more);
        }
        match unstated[..] {
            [] => {}
            [only] => {
                page.item(&only.sentence);
            }
            [first, ..] => {
                let all = format!("{} weights are held at 0. Most would come of one: {}", unstated.len(), first.sentence);
                page.item(&all);
            }
        }
        page
    }

    /// The weights, a row for each asset.
    fn csv(&self) -> Csv {
        let header = ["class", "symbol", "weight", "expected_return", "volatility", "risk_share"].map(str::to_owned).to_vec();
        let rows = self.assets.iter().map(|asset| {
            let figures = [asset.weight, asset.expected_return, asset.volatility, asset.risk_share].map(digits);
            [asset.class.clone(), asset.symbol.clone()].into_iter().chain(figures).collect()
        });
        Csv { header, rows: rows.collect() }
    }
}

impl Document for OptimizeDocument {
    fn page(&self) -> Page {
        let ratio = self
            .ratio
            .filter(|ratio| ratio.abs() <= MOST_RATIO)
            .map_or_else(String::new, |ratio| format!(", a ratio of {}", rounded(ratio, 2)));
        let headline = format!(
            "OPTIMIZED: expected to return {} a year at a volatility of {}{ratio}.",
            percent(self.expected_return),
            percent(self.volatility)
        );
        let mut page = Page::new();
        page.say(&headline);
        page.say(format!("Policy “{}”, {}.", self.policy, self.as_of));
        page.append(pictured(&self.pictures)).append(self.weights());
        if self.cash != 0.0 {
            page.remark(format!("Cash keeps its stated weight of {}.", percent(self.cash)));
        }
        page.append(views(&self.views));
        if let (Some(measure), Some(risk)) = (&self.measure, self.risk) {
            page.item(format!("{measure}: {}.", percent(risk)));
        }
        page.append(self.what_holds());
        for note in &self.notes {
            page.item(note);
        }
        if let Some(proof) = &self.proof {
            let told = format!(
                "Found by {} in {} steps; checked apart from it: residuals {:.1e} and {:.1e}, and the objective is within {:.1e} of the best possible.",
                proof.backend, proof.iterations, proof.primal_residual, proof.dual_residual, proof.gap
            );
            page.item(&told);
        }
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
