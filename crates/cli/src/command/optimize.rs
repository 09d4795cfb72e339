//! `evenkeel optimize`: the weights that the policy's optimization finds, why, and the proof.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel::estimate::ViewReport;
use evenkeel::policy::Strategy;
use evenkeel::target::{AssetWeight, BindingRule, Optimized, ProofFigures};
use evenkeel_io::picture::{Bars, HeatMap, Series, Theme, png};
use evenkeel_io::write;
use evenkeel_ledger::date::Date;
use serde::Serialize;

use crate::console::Style;
use crate::inputs::{InputArguments, Inputs};
use crate::render::number::{percent, rounded};
use crate::render::sections::section;
use crate::render::table::{Column, Table};
use crate::render::text::wrap;

use super::{Document, Outcome};

/// Pixels of a PNG for each unit of a picture: legible in print.
const SCALE: f32 = 2.0;

/// Arguments of `evenkeel optimize`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the inputs are.
    #[command(flatten)]
    pub inputs: InputArguments,
    /// Method for programs with a variance; left out, the one that fits.
    #[arg(long, value_name = "METHOD")]
    pub backend: Option<Backend>,
    /// Write pictures of the weights and the correlations into this folder, as SVG and PNG.
    #[arg(long, value_name = "FOLDER")]
    pub pictures: Option<PathBuf>,
    /// Colors of the pictures.
    #[arg(long, value_name = "THEME", default_value = "light", requires = "pictures")]
    pub theme: PictureTheme,
}

/// Methods that can be forced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Backend {
    /// Evenkeel's active set: bounds, rows, costs of lines and parabolas.
    ActiveSet,
    /// Evenkeel's interior point: also turnover, leverage and 3/2-power costs.
    InteriorPoint,
    /// Clarabel: also limits on risk.
    Clarabel,
}

/// Colors of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PictureTheme {
    /// Dark on white.
    Light,
    /// Light on near black.
    Dark,
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
    /// The measure that was optimized, a period, where it is one of scenarios.
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
}

/// Optimizes.
pub fn run(arguments: &Arguments) -> Outcome {
    let inputs = match arguments.inputs.load() {
        Ok(inputs) => inputs,
        Err(diagnostics) => return Outcome::invalid(diagnostics),
    };
    let backend = arguments.backend.map(|backend| match backend {
        Backend::ActiveSet => evenkeel::target::Backend::ActiveSet,
        Backend::InteriorPoint => evenkeel::target::Backend::InteriorPoint,
        Backend::Clarabel => evenkeel::target::Backend::Clarabel,
    });
    let found = optimized(&inputs, backend).and_then(|found| {
        if let Some(folder) = &arguments.pictures {
            draw(&found, folder, arguments.theme).map_err(|problem| vec![*problem])?;
        }
        Ok(found)
    });
    let mut diagnostics = inputs.warnings;
    match found {
        Ok(found) => Outcome::done(OptimizeDocument::new(inputs.policy.name, inputs.market.as_of, found), diagnostics),
        Err(errors) => {
            diagnostics.extend(errors);
            Outcome::invalid(diagnostics)
        }
    }
}

fn optimized(inputs: &Inputs, backend: Option<evenkeel::target::Backend>) -> Result<Optimized, Vec<Diagnostic>> {
    let Strategy::Optimized(optimization) = &inputs.policy.strategy else {
        let none = Diagnostic::error(Code::ARGUMENT, format!("the policy `{}` optimizes nothing", inputs.policy.name));
        return Err(vec![none.help("add an `[optimize]` table: docs/reference/policy.md lists its keys")]);
    };
    let mandate = inputs.mandate();
    let portfolio = mandate.value(&inputs.holdings)?;
    mandate.optimize(optimization, Some(&portfolio), backend)
}

/// Writes the pictures.
fn draw(found: &Optimized, folder: &std::path::Path, theme: PictureTheme) -> Result<(), Box<Diagnostic>> {
    let theme = match theme {
        PictureTheme::Light => Theme::Light,
        PictureTheme::Dark => Theme::Dark,
    };
    let names: Vec<String> = found.assets.iter().map(|asset| asset.class.clone()).collect();
    let series = |name: &str, value: &dyn Fn(&AssetWeight) -> f64| Series {
        name: name.to_owned(),
        values: found.assets.iter().map(value).collect(),
    };
    let weights = series("weight", &|asset| asset.weight);
    let risks = series("share of risk", &|asset| asset.risk_share);
    let bars = Bars { title: "Weights and their shares of risk".to_owned(), names: names.clone(), series: vec![weights, risks] };
    let map = HeatMap { title: "Correlations".to_owned(), names, values: found.estimates.correlations() };
    let refuse = |error: &dyn std::fmt::Display| Box::new(Diagnostic::error(Code::OUTPUT, error.to_string()).help("choose another folder"));
    std::fs::create_dir_all(folder).map_err(|error| refuse(&error))?;
    for (name, svg) in [("weights", bars.draw(theme)), ("correlations", map.draw(theme))] {
        write::whole(&folder.join(format!("{name}.svg")), svg.as_bytes()).map_err(|error| refuse(&error))?;
        let pixels = png(&svg, SCALE).map_err(|error| refuse(&error))?;
        write::whole(&folder.join(format!("{name}.png")), &pixels).map_err(|error| refuse(&error))?;
    }
    Ok(())
}

impl OptimizeDocument {
    fn new(policy: String, as_of: Date, found: Optimized) -> Self {
        let Optimized { assets, expected_return, volatility, risk, ratio, binding, proof, cash, estimates } = found;
        let (views, notes) = (estimates.views, estimates.notes);
        Self { policy, as_of, assets, cash, expected_return, volatility, risk, ratio, binding, proof, views, notes }
    }
}

impl Document for OptimizeDocument {
    fn text(&self, style: Style) -> String {
        let ratio = self.ratio.map_or_else(String::new, |ratio| format!(", a ratio of {}", rounded(ratio, 2)));
        let headline = format!(
            "OPTIMIZED: expected to return {} a year at a volatility of {}{ratio}.",
            percent(self.expected_return),
            percent(self.volatility)
        );
        let mut text = wrap("", &headline);
        text.push_str(&wrap("", &format!("Policy “{}”, {}.", self.policy, self.as_of)));
        let mut weights = Table::new([
            Column::Name("Class"),
            Column::Name("Estimated by"),
            Column::Number("Weight"),
            Column::Number("Return"),
            Column::Number("Volatility"),
            Column::Number("Share of risk"),
        ]);
        for asset in &self.assets {
            let figures = [asset.weight, asset.expected_return, asset.volatility, asset.risk_share].map(percent);
            weights.row([asset.class.clone(), asset.symbol.clone()].into_iter().chain(figures));
        }
        text.push_str(&section(style, "Weights, with returns and volatilities a year", &weights));
        if self.cash != 0.0 {
            text.push_str(&wrap("  ", &format!("Cash keeps its stated weight of {}.", percent(self.cash))));
        }
        let mut views = Table::new([Column::Name("View"), Column::Number("Before"), Column::Number("Stated"), Column::Number("After")]);
        for view in &self.views {
            views.row([view.view.clone(), percent(view.prior), percent(view.stated), percent(view.posterior)]);
        }
        if !views.is_empty() {
            text.push_str(&section(style, "Views", &views));
        }
        text.push('\n');
        for rule in &self.binding {
            text.push_str(&wrap("- ", &rule.sentence));
        }
        for note in &self.notes {
            text.push_str(&wrap("- ", note));
        }
        if let Some(proof) = &self.proof {
            let told = format!(
                "Found by {} in {} steps; checked apart from it: residuals {:.1e} and {:.1e}, and the objective is within {:.1e} of the best possible.",
                proof.backend, proof.iterations, proof.primal_residual, proof.dual_residual, proof.gap
            );
            text.push_str(&wrap("- ", &told));
        }
        text
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
