//! `evenkeel frontier`: the best trades of return for risk under the policy's rules.

use clap::Args;
use evenkeel::diagnostic::Diagnostic;
use evenkeel::target::{Frontier, FrontierPoint, frontier};
use evenkeel_io::page::Page;
use evenkeel_io::picture::{self, Mark, Picture};
use evenkeel_ledger::date::Date;
use serde::Serialize;

use crate::analysis::output::{Csv, Named, OutputArguments, digits};
use crate::analysis::{Analysis, AnalysisArguments, defect_note, least_variance};
use crate::evidence::{About, written};
use crate::render::number::{percent, rounded};
use crate::render::sections::{UNKNOWN, pictured};
use crate::render::table::{Column, Table};

use super::optimize::Backend;
use super::{Document, Outcome};

/// Weights below this are not shown to people.
const SHOWN_WEIGHT: f64 = 0.000_5;

/// Points whose weights differ by less are one to people.
const SAME_WEIGHT: f64 = 1e-4;

/// Points that are shown to people; more are thinned out.
const SHOWN_POINTS: usize = 40;

/// Points of the curve of an exact frontier.
const DRAWN_POINTS: usize = 200;

/// Arguments of `evenkeel frontier`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the inputs are.
    #[command(flatten)]
    pub inputs: AnalysisArguments,
    /// So many points evenly apart in return. Left out: all turning points, where risk is a variance and every
    /// rule linear; else 20.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=10_000))]
    pub points: Option<u32>,
    /// Method for programs with a variance; left out, the one that fits.
    #[arg(long, value_name = "METHOD")]
    pub backend: Option<Backend>,
    /// Files of results.
    #[command(flatten)]
    pub output: OutputArguments,
}

/// The best trades of return for risk.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FrontierDocument {
    /// The policy.
    pub policy: String,
    /// The date.
    pub as_of: Date,
    /// What risk is, with its unit of time.
    pub measure: String,
    /// Whether the points are all the turning points, between which weights are linear.
    pub exact: bool,
    /// The classes, in the order of the weights.
    pub classes: Vec<String>,
    /// From the least risk to the greatest return, with the greatest ratio and what the policy chooses.
    pub points: Vec<Point>,
    /// How the estimates were made, and what is to be known of the points.
    pub notes: Vec<String>,
    /// Pictures of it.
    #[serde(skip)]
    pub pictures: Vec<Named>,
    #[serde(skip)]
    files: Vec<String>,
}

/// Weights, with their return and risk.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Point {
    /// What it is.
    pub kind: PointKind,
    /// Expected return a year.
    pub expected_return: f64,
    /// The measure.
    pub risk: f64,
    /// Return beyond the risk-free rate (beyond the benchmark's, for tracking error) over risk, of the same
    /// period; none without risk.
    pub ratio: Option<f64>,
    /// By class.
    pub weights: Vec<f64>,
}

impl Point {
    /// Whether it is of the same weights as another.
    fn is_at(&self, other: &Self) -> bool {
        self.weights.iter().zip(&other.weights).all(|(a, b)| (a - b).abs() < SAME_WEIGHT)
    }
}

/// What a point is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PointKind {
    /// On the frontier.
    Frontier,
    /// The least risk.
    MinimumRisk,
    /// The greatest ratio of return beyond the risk-free rate to risk.
    MaximumRatio,
    /// The greatest return.
    MaximumReturn,
    /// What the policy's optimization chooses, on the frontier or off.
    Chosen,
    /// What is held.
    Held,
}

impl PointKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Frontier => "",
            Self::MinimumRisk => "minimum risk",
            Self::MaximumRatio => "maximum ratio",
            Self::MaximumReturn => "maximum return",
            Self::Chosen => "chosen",
            Self::Held => "held",
        }
    }
}

/// Traces it.
pub fn run(arguments: &Arguments) -> Outcome {
    let analysis = match arguments.inputs.load() {
        Ok(analysis) => analysis,
        Err(diagnostics) => return Outcome::invalid(diagnostics),
    };
    report(analysis, arguments.points, arguments.backend, &arguments.output)
}

/// Traces that of what was read.
pub fn report(analysis: Analysis, points: Option<u32>, backend: Option<Backend>, output: &OutputArguments) -> Outcome {
    let found = found(&analysis, points.and_then(|points| usize::try_from(points).ok()), backend, output);
    super::finish(analysis.warnings, found)
}

pub(super) fn found(
    analysis: &Analysis,
    count: Option<usize>,
    backend: Option<Backend>,
    output: &OutputArguments,
) -> Result<FrontierDocument, Vec<Diagnostic>> {
    let otherwise = least_variance();
    let stated = analysis.optimization();
    let inputs = analysis.optimize_inputs(stated.unwrap_or(&otherwise), backend.map(Backend::forced));
    let mut found = frontier(&inputs, count)?;
    if stated.is_none() {
        found.chosen = None;
        found.notes.push("The policy optimizes nothing: the frontier is that of its targets, long only.".to_owned());
    }
    let curve = if found.exact { frontier(&inputs, Some(DRAWN_POINTS))?.points } else { found.points.clone() };
    let pictures = vec![("frontier", Picture::Frontier(drawing(&found, &curve)))];
    let document = FrontierDocument::new(analysis, found);
    let files = output.write(&document.csv(), &pictures).map_err(|problem| vec![*problem])?;
    Ok(FrontierDocument { pictures, files, ..document })
}

fn drawing(found: &Frontier, curve: &[FrontierPoint]) -> picture::Frontier {
    let mark = |name: &str, point: &FrontierPoint| Mark { name: name.to_owned(), risk: point.risk, expected: point.expected_return };
    let held = found.held.iter().map(|point| mark("held", point));
    let chosen = found.chosen.iter().map(|point| mark("chosen", point));
    let assets = found.estimates.assets.iter().zip(&found.assets).map(|(asset, point)| mark(asset.class.as_str(), point));
    picture::Frontier {
        title: "Efficient frontier".to_owned(),
        value: "expected return, a year".to_owned(),
        risk: found.measure.clone(),
        curve: curve.iter().map(|point| (point.risk, point.expected_return)).collect(),
        assets: assets.collect(),
        chosen: held.chain(chosen).chain(found.maximum_ratio.iter().map(|point| mark("maximum ratio", point))).collect(),
    }
}

impl FrontierDocument {
    fn new(analysis: &Analysis, found: Frontier) -> Self {
        let named = |kind: PointKind, point: FrontierPoint| {
            let FrontierPoint { expected_return, risk, ratio, weights } = point;
            Point { kind, expected_return, risk, ratio, weights }
        };
        let last = found.points.len().saturating_sub(1);
        let kind = |at: usize| match at {
            0 => PointKind::MinimumRisk,
            at if at == last => PointKind::MaximumReturn,
            _ => PointKind::Frontier,
        };
        let notes = found.held.as_ref().and_then(|_| analysis.classes_note()).into_iter().chain(defect_note(&found.estimates));
        let notes: Vec<String> = notes.collect();
        let mut points: Vec<Point> = found.points.into_iter().enumerate().map(|(at, point)| named(kind(at), point)).collect();
        points.extend(found.maximum_ratio.map(|point| named(PointKind::MaximumRatio, point)));
        points.extend(found.chosen.map(|point| named(PointKind::Chosen, point)));
        points.extend(found.held.map(|point| named(PointKind::Held, point)));
        points.sort_by(|a, b| a.expected_return.total_cmp(&b.expected_return));
        Self {
            policy: analysis.policy.name.clone(),
            as_of: analysis.as_of,
            measure: found.measure,
            exact: found.exact,
            classes: found.estimates.assets.iter().map(|asset| asset.class.to_string()).collect(),
            points,
            notes: found.notes.into_iter().chain(found.estimates.notes).chain(notes).collect(),
            pictures: Vec::new(),
            files: Vec::new(),
        }
    }

    /// The weights, a row for each point.
    fn csv(&self) -> Csv {
        let header = ["point", "expected_return", "risk", "ratio"].map(str::to_owned).into_iter().chain(self.classes.iter().cloned());
        let rows = self.points.iter().map(|point| {
            let figures = [Some(point.expected_return), Some(point.risk), point.ratio].map(digits);
            std::iter::once(point.kind.name().to_owned()).chain(figures).chain(point.weights.iter().map(|weight| digits(*weight))).collect()
        });
        Csv { header: header.collect(), rows: rows.collect() }
    }

    /// What is held, the most first.
    fn held(&self, point: &Point) -> String {
        let mut held: Vec<(&String, f64)> = self.classes.iter().zip(point.weights.iter().copied()).collect();
        held.retain(|(_, weight)| weight.abs() >= SHOWN_WEIGHT);
        held.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        held.iter().map(|(class, weight)| format!("{class} {}", rounded(weight * 100.0, 1))).collect::<Vec<_>>().join(", ")
    }
}

impl Document for FrontierDocument {
    fn page(&self) -> Page {
        let kind = if self.exact { "turning points" } else { "points" };
        let on =
            self.points.iter().filter(|point| !matches!(point.kind, PointKind::Chosen | PointKind::MaximumRatio | PointKind::Held)).count();
        let mut page = Page::new();
        page.say(format!("FRONTIER: {on} {kind} of return against {}.", self.measure));
        page.say(format!("Policy “{}”, {}.", self.policy, self.as_of)).append(pictured(&self.pictures));
        let mut table = Table::new([
            Column::Number("Return"),
            Column::Number("Risk"),
            Column::Number("Ratio"),
            Column::Name(""),
            Column::Text("Weights in percent"),
        ]);
        let every = on.div_ceil(SHOWN_POINTS);
        for (at, same) in self.points.chunk_by(Point::is_at).enumerate() {
            let names: Vec<&str> = same.iter().filter(|point| point.kind != PointKind::Frontier).map(|point| point.kind.name()).collect();
            let Some(point) = same.first().filter(|_| !names.is_empty() || at % every == 0) else { continue };
            let ratio = point.ratio.map_or_else(|| UNKNOWN.into(), |ratio| rounded(ratio, 3));
            let (expected, risk) = (percent(point.expected_return), percent(point.risk));
            table.row([expected, risk, ratio, names.join(", ").into(), self.held(point).into()]);
        }
        page.table(format!("Return a year, {}", self.measure), table);
        if every > 1 {
            page.item(format!("One of every {every} points is shown; `--csv` and `--json` give all."));
        }
        for note in &self.notes {
            page.item(note);
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
