//! `evenkeel estimate`: what is expected of each asset, how it was estimated, and what looks wrong in the history.

use clap::Args;
use evenkeel::diagnostic::Diagnostic;
use evenkeel::estimate::{Estimates, ViewReport, estimate};
use evenkeel::policy::{Linkage, ReturnEstimator, estimate_in_words};
use evenkeel::target::cluster_tree;
use evenkeel_io::page::Page;
use evenkeel_ledger::date::Date;
use serde::Serialize;

use crate::analysis::output::{Csv, Named, OutputArguments, correlations, digits};
use crate::analysis::{Analysis, AnalysisArguments};
use crate::evidence::{About, written};
use crate::render::number::{percent, rounded};
use crate::render::sections::{pictured, views};
use crate::render::table::{Cell, Column, Table};

use super::{Document, Outcome};

/// More assets than this have their correlations told by the extremes alone.
const MOST_IN_TABLE: usize = 10;

/// Defects that are shown to people.
const SHOWN_DEFECTS: usize = 10;

/// Pairs shown from each end where correlations are told by the extremes.
const SHOWN_PAIRS: usize = 3;

/// Arguments of `evenkeel estimate`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the inputs are.
    #[command(flatten)]
    pub inputs: AnalysisArguments,
    /// Files of results.
    #[command(flatten)]
    pub output: OutputArguments,
}

/// What is expected on a day.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EstimateDocument {
    /// The policy.
    pub policy: String,
    /// The date.
    pub as_of: Date,
    /// Date of the first return used; none where beliefs alone were.
    pub first: Option<Date>,
    /// Date of the last.
    pub last: Option<Date>,
    /// Number of returns of each asset.
    pub observations: usize,
    /// Periods in a year, by which figures were annualized.
    pub periods_per_year: f64,
    /// The leaves, with what is expected of them a year.
    pub assets: Vec<Expected>,
    /// Covariance a year, a row for each asset.
    pub covariance: Vec<Vec<f64>>,
    /// What each view asked for and got.
    pub views: Vec<ViewReport>,
    /// How the estimates were made: what is decided, then what was done.
    pub notes: Vec<String>,
    /// What looks wrong in the history; nothing was changed for it.
    pub defects: Vec<Diagnostic>,
    #[serde(skip)]
    correlations: Vec<Vec<f64>>,
    /// Pictures of it.
    #[serde(skip)]
    pub pictures: Vec<Named>,
    #[serde(skip)]
    files: Vec<String>,
}

/// What is expected of an asset a year.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Expected {
    /// The class of the leaf.
    pub class: String,
    /// The instrument by which it is estimated.
    pub symbol: String,
    /// Expected return before the views.
    pub prior_return: f64,
    /// Expected return with the views.
    pub expected_return: f64,
    /// Volatility.
    pub volatility: f64,
}

/// Estimates.
pub fn run(arguments: &Arguments) -> Outcome {
    let analysis = match arguments.inputs.load() {
        Ok(analysis) => analysis,
        Err(diagnostics) => return Outcome::invalid(diagnostics),
    };
    let found = found(&analysis, &arguments.output);
    super::finish(analysis.warnings, found)
}

fn found(analysis: &Analysis, output: &OutputArguments) -> Result<EstimateDocument, Vec<Diagnostic>> {
    let estimates = estimate(&analysis.estimate_inputs())?;
    let order = cluster_tree(&estimates.covariance, Linkage::Ward).map(|tree| tree.leaf_order()).unwrap_or_default();
    let pictures = vec![correlations(&estimates, &order)];
    let document = EstimateDocument::new(analysis, estimates);
    let files = output.write(&document.csv(), &pictures).map_err(|problem| vec![*problem])?;
    Ok(EstimateDocument { pictures, files, ..document })
}

impl EstimateDocument {
    fn new(analysis: &Analysis, estimates: Estimates) -> Self {
        let volatilities = estimates.volatilities();
        let assets = estimates.assets.iter().zip(estimates.prior.iter().zip(&estimates.expected)).zip(&volatilities);
        let assets = assets.map(|((asset, (prior, expected)), volatility)| Expected {
            class: asset.class.to_string(),
            symbol: asset.symbol.clone(),
            prior_return: *prior,
            expected_return: *expected,
            volatility: *volatility,
        });
        let assets: Vec<Expected> = assets.collect();
        let facts = estimate_in_words(&analysis.policy.estimate);
        let how = facts.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("; ");
        let matrix = estimates.covariance.matrix();
        let rows =
            |value: &dyn Fn(usize, usize) -> f64| (0..assets.len()).map(|i| (0..assets.len()).map(|j| value(i, j)).collect()).collect();
        let correlations = estimates.correlations();
        Self {
            policy: analysis.policy.name.clone(),
            as_of: analysis.as_of,
            first: estimates.span.map(|(first, ..)| first),
            last: estimates.span.map(|(_, last, _)| last),
            observations: estimates.span.map_or(0, |(.., count)| count),
            periods_per_year: estimates.periods_per_year,
            covariance: rows(&|i, j| matrix.get(i, j)),
            correlations: rows(&|i, j| correlations.get(i * assets.len() + j).copied().unwrap_or(0.0)),
            views: estimates.views,
            notes: std::iter::once(format!("Estimated by {how}.")).chain(estimates.notes).chain(dividend_note(analysis)).collect(),
            defects: estimates.defects,
            assets,
            pictures: Vec::new(),
            files: Vec::new(),
        }
    }

    /// The moments: a row for each asset, its covariances last.
    fn csv(&self) -> Csv {
        let header = ["class", "symbol", "prior_return", "expected_return", "volatility"].map(str::to_owned);
        let covariances = self.assets.iter().map(|asset| format!("covariance with {}", asset.class));
        let rows = self.assets.iter().zip(&self.covariance).map(|(asset, covariances)| {
            let own = [asset.prior_return, asset.expected_return, asset.volatility].map(digits);
            [asset.class.clone(), asset.symbol.clone()]
                .into_iter()
                .chain(own)
                .chain(covariances.iter().map(|value| digits(*value)))
                .collect()
        });
        Csv { header: header.into_iter().chain(covariances).collect(), rows: rows.collect() }
    }

    /// All correlations where they fit, the extremes where they do not.
    fn correlation_table(&self) -> Page {
        let count = self.assets.len();
        let value = |i: usize, j: usize| self.correlations.get(i).and_then(|row| row.get(j)).copied().unwrap_or(0.0);
        let name = |i: usize| self.assets.get(i).map_or("", |asset| asset.class.as_str());
        if count <= MOST_IN_TABLE {
            let numbers: Vec<String> = (1..count).map(|number| number.to_string()).collect();
            let columns = std::iter::once(Column::Name("Class")).chain(numbers.iter().map(|number| Column::Number(number.as_str())));
            let mut table = Table::new(columns);
            for i in 0..count {
                let cells = (0..count - 1).map(|j| if j < i { rounded(value(i, j), 2) } else { Cell::default() });
                table.row(std::iter::once(format!("{} {}", i + 1, name(i)).into()).chain(cells));
            }
            return Page::of_table("Correlations", table);
        }
        let mut pairs: Vec<(usize, usize)> = (0..count).flat_map(|i| (0..i).map(move |j| (j, i))).collect();
        pairs.sort_by(|a, b| value(b.0, b.1).total_cmp(&value(a.0, a.1)));
        let mut table = Table::new([Column::Name("Class"), Column::Name("with"), Column::Number("Correlation")]);
        let ends = pairs.iter().take(SHOWN_PAIRS).chain(pairs.iter().skip(pairs.len() - SHOWN_PAIRS));
        for (i, j) in ends {
            table.row([name(*i).into(), name(*j).into(), rounded(value(*i, *j), 2)]);
        }
        Page::of_table(format!("Correlations, the highest and lowest {SHOWN_PAIRS} of {} pairs", pairs.len()), table)
    }

    fn what_looks_wrong(&self) -> Page {
        if self.defects.is_empty() {
            return Page::new();
        }
        let mut page = Page::new();
        page.heading("What looks wrong in the history; nothing was changed for it");
        for defect in self.defects.iter().take(SHOWN_DEFECTS) {
            page.item(format!("{}.", defect.message));
        }
        if self.defects.len() > SHOWN_DEFECTS {
            page.item(format!("And {} more, which `--json` lists.", self.defects.len() - SHOWN_DEFECTS));
        }
        page
    }
}

/// That it is not known whether the expected returns are without dividends.
fn dividend_note(analysis: &Analysis) -> Option<String> {
    let history = analysis.history.as_ref()?;
    let believed = matches!(analysis.policy.estimate.returns, ReturnEstimator::Assumptions | ReturnEstimator::Equilibrium { .. });
    let told = "The file does not say whether dividends are in it (`# kind: total_return`); if they are not, expected returns are too low by them.";
    (!believed && history.kind.is_none()).then(|| told.to_owned())
}

impl Document for EstimateDocument {
    fn page(&self) -> Page {
        let span = match (self.first, self.last) {
            (Some(first), Some(last)) => format!(" from {} returns, {first} to {last}", self.observations),
            _ => " from beliefs".to_owned(),
        };
        let mut page = Page::new();
        page.say(format!("ESTIMATED: {} assets{span}.", self.assets.len()));
        page.say(format!("Policy “{}”, {}.", self.policy, self.as_of));
        let has_views = !self.views.is_empty();
        let has_symbols = self.assets.iter().any(|asset| asset.symbol != asset.class);
        let mut columns = vec![Column::Name("Class")];
        columns.extend(has_symbols.then_some(Column::Name("Estimated by")));
        columns.extend(has_views.then_some(Column::Number("Before views")));
        columns.extend([Column::Number("Return"), Column::Number("Volatility")]);
        let mut table = Table::new(columns);
        for asset in &self.assets {
            let prior = has_views.then(|| percent(asset.prior_return));
            let figures = prior.into_iter().chain([asset.expected_return, asset.volatility].map(percent));
            let names = [Some(asset.class.clone()), has_symbols.then(|| asset.symbol.clone())];
            table.row(names.into_iter().flatten().map(Cell::from).chain(figures));
        }
        page.table("Expected returns and volatilities a year", table);
        page.append(views(&self.views));
        if self.assets.len() > 1 {
            page.append(pictured(&self.pictures)).append(self.correlation_table());
        }
        for note in &self.notes {
            page.item(note);
        }
        page.append(self.what_looks_wrong());
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
