//! [`WhatIf`]: what shocks and crises of the past would do.

use std::ops::Range;

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_quant::stress::propagate::propagate;
use evenkeel_quant::stress::replay::{crises, replay};
use serde::Serialize;

use crate::comply::Rules;
use crate::diagnostic::{Code, Diagnostic};
use crate::portfolio::{State, class_parts};
use crate::words::percent;

use super::model::RiskModel;
use super::reverse::{CorrelationStress, ReverseStress};
use super::scene::{Replay, Scene, told};
use super::{RiskInputs, check, weights};

/// Shocks beyond ten times are taken for slips, as in policies.
const MOST_SHOCK: f64 = 10.0;

/// What a shock is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShockOf {
    /// A class and all below it.
    Class(ClassPath),
    /// One instrument.
    Instrument(String),
    /// A factor on which the assumptions state loadings.
    Factor(String),
}

/// A shock: a simple return of a class or an instrument, or a move of a factor.
#[derive(Debug, Clone, PartialEq)]
pub struct Shock {
    /// Of what.
    pub of: ShockOf,
    /// How much.
    pub size: f64,
}

/// What is asked beside the scenarios of the policy.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WhatIfQuestion {
    /// Shocks of one scenario, all at once.
    pub shocks: Vec<Shock>,
    /// Whether classes that no shock names move as is to be expected of them.
    pub spread: bool,
    /// So many of the deepest drawdowns of the past are replayed.
    pub crises: usize,
    /// Stretches of the past to replay: first and last date, of which the returns count after the first.
    pub windows: Vec<(Date, Date)>,
    /// All correlations are moved to this.
    pub correlation: Option<f64>,
    /// The smallest shock that breaks each limit is looked for.
    pub reverse: bool,
}

/// What stress beside the policy's scenarios says.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WhatIf {
    /// The shocks that were asked for.
    pub shocks: Option<Replay>,
    /// Stretches of the past, with what is held today held through them.
    pub replays: Vec<Replay>,
    /// All correlations moved.
    pub correlation: Option<CorrelationStress>,
    /// The smallest shock that breaks each limit, the likeliest first.
    pub reverse: Vec<ReverseStress>,
    /// What was done on the way, in sentences.
    pub notes: Vec<String>,
}

/// Answers what is asked of a state, and of another that a proposal would leave.
///
/// # Errors
/// All diagnostics: a shock of something that is not there, no history for a replay, no risk known for what needs it.
pub fn what_if(
    inputs: &RiskInputs<'_>,
    rules: &Rules,
    asked: &WhatIfQuestion,
    held: &State,
    proposed: Option<&State>,
) -> Result<WhatIf, Vec<Diagnostic>> {
    check(inputs.question, held)?;
    let needs_model = asked.spread || asked.crises > 0 || !asked.windows.is_empty() || asked.correlation.is_some() || asked.reverse;
    let model = if needs_model { Some(RiskModel::of_held(inputs, held)?) } else { None };
    let mut found = WhatIf { notes: model.iter().flat_map(|model| model.notes.clone()).collect(), ..WhatIf::default() };
    let scene = Scene { inputs, held, proposed };
    if !asked.shocks.is_empty() {
        found.shocks = Some(scene.shocked(asked, model.as_ref(), &mut found.notes)?);
    }
    let Some(model) = model else { return Ok(found) };
    let spans = scene.stretches(asked, &model)?;
    if let Some(history) = &model.history {
        for rows in spans {
            let moved = replay(&history.returns, rows.clone()).map_err(|error| told(&error))?;
            let span = rows.start.checked_sub(1).and_then(|first| history.dates.get(first)).or_else(|| history.dates.first()).copied();
            let span = span.zip(history.dates.get(rows.end - 1).copied());
            found.replays.push(scene.moved(span, &moved, &|_| None));
        }
    }
    found.correlation = asked.correlation.map(|correlation| scene.correlated(&model, correlation)).transpose()?;
    if asked.reverse {
        found.reverse = scene.reversed(&model, rules)?;
    }
    Ok(found)
}

impl Scene<'_> {
    fn shocked(&self, asked: &WhatIfQuestion, model: Option<&RiskModel>, notes: &mut Vec<String>) -> Result<Replay, Vec<Diagnostic>> {
        self.check_shocks(&asked.shocks)?;
        let mut by_sleeve: Vec<Option<f64>> = self.inputs.sleeves.iter().map(|(id, _)| self.shock_of(id.0, &asked.shocks)).collect();
        if let (true, Some(model)) = (asked.spread, model) {
            let moves = |at: usize| model.covariance.variances().get(at).is_some_and(|variance| *variance > 0.0);
            let given: Vec<(usize, f64)> =
                by_sleeve.iter().enumerate().filter(|(at, _)| moves(*at)).filter_map(|(at, shock)| Some((at, (*shock)?))).collect();
            let spread = propagate(&model.covariance, &given).map_err(|error| told(&error))?;
            for (shock, expected) in by_sleeve.iter_mut().zip(spread) {
                shock.get_or_insert(expected);
            }
        }
        let capped = self.inputs.sleeves.iter().zip(&by_sleeve).filter(|(_, shock)| shock.is_some_and(|shock| shock < -1.0));
        notes.extend(capped.map(|((_, sleeve), shock)| {
            let more = percent(shock.unwrap_or_default());
            format!("`{}` would move by {more}: it loses all, and no more.", sleeve.class)
        }));
        let by_sleeve: Vec<f64> = by_sleeve.into_iter().map(|shock| shock.unwrap_or(0.0).max(-1.0)).collect();
        let own = |symbol: &str| {
            let named = asked.shocks.iter().find(|shock| shock.of == ShockOf::Instrument(symbol.to_owned()));
            named.map(|shock| shock.size)
        };
        Ok(self.moved(None, &by_sleeve, &own))
    }

    /// The return of a sleeve: that of the first class that holds it, or what its loadings make of moves of factors.
    fn shock_of(&self, sleeve: usize, shocks: &[Shock]) -> Option<f64> {
        let class = &self.inputs.sleeves.sleeves.get(sleeve)?.class;
        let of_class = shocks.iter().find(|shock| matches!(&shock.of, ShockOf::Class(shocked) if class.is_within(shocked)));
        if let Some(shock) = of_class {
            return Some(shock.size);
        }
        let loadings = &self.inputs.assumptions?.of(class)?.loadings;
        let of_factors: Vec<f64> = shocks
            .iter()
            .filter_map(|shock| match &shock.of {
                ShockOf::Factor(name) => loadings.get(name).map(|loading| loading * shock.size),
                ShockOf::Class(_) | ShockOf::Instrument(_) => None,
            })
            .collect();
        (!of_factors.is_empty()).then(|| of_factors.iter().sum())
    }

    /// Each shock is of something that can be held.
    fn check_shocks(&self, shocks: &[Shock]) -> Result<(), Vec<Diagnostic>> {
        let inputs = self.inputs;
        let has_class = |class: &ClassPath| {
            let parts = inputs.universe.iter().flat_map(|(id, instrument)| class_parts(id, instrument, inputs.sleeves));
            inputs.sleeves.iter().any(|(_, sleeve)| sleeve.class.is_within(class)) || { parts }.any(|part| part.is_within(class))
        };
        let has_factor = |name: &str| {
            let classes = inputs.assumptions.iter().flat_map(|assumptions| &assumptions.classes);
            { classes }.any(|class| class.loadings.contains_key(name))
        };
        let mut wrong = Vec::new();
        for shock in shocks {
            let unknown = match &shock.of {
                ShockOf::Class(class) if !has_class(class) => Some(format!("no class `{class}` is a target or of an instrument")),
                ShockOf::Instrument(symbol) if inputs.universe.find(symbol).is_none() => Some(format!("no instrument is `{symbol}`")),
                ShockOf::Factor(name) if !has_factor(name) => Some(format!("no class has a loading on the factor `{name}`")),
                _ => None,
            };
            if let Some(message) = unknown {
                let help = "name a class of the policy, `instrument:SYMBOL`, or `factor:NAME` of the assumptions";
                wrong.push(Diagnostic::error(Code::ARGUMENT, message).help(help));
            }
            let least = if matches!(shock.of, ShockOf::Factor(_)) { -MOST_SHOCK } else { -1.0 };
            if !(least..=MOST_SHOCK).contains(&shock.size) {
                let message = format!("a shock of {} is out of range", shock.size);
                let help = format!("write it as a fraction from {least} to {MOST_SHOCK}: -0.35 is a loss of 35 %");
                wrong.push(Diagnostic::error(Code::ARGUMENT, message).help(help));
            }
        }
        for (index, shock) in shocks.iter().enumerate() {
            if shocks.iter().take(index).any(|before| before.of == shock.of) {
                let named = match &shock.of {
                    ShockOf::Class(class) => class.to_string(),
                    ShockOf::Instrument(name) | ShockOf::Factor(name) => name.clone(),
                };
                let message = format!("`{named}` is shocked twice");
                wrong.push(Diagnostic::error(Code::ARGUMENT, message).help("give one `--shock` of it"));
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    /// Rows of history to replay.
    fn stretches(&self, asked: &WhatIfQuestion, model: &RiskModel) -> Result<Vec<Range<usize>>, Vec<Diagnostic>> {
        if asked.crises == 0 && asked.windows.is_empty() {
            return Ok(Vec::new());
        }
        let Some(history) = &model.history else {
            let told = Diagnostic::error(Code::RISK, "nothing can be replayed: there is no history of all classes");
            return Err(vec![told.help("add prices or returns of the leaves' instruments over time")]);
        };
        let mut found = Vec::new();
        let mut wrong = Vec::new();
        for (from, to) in &asked.windows {
            let start = history.dates.partition_point(|date| date <= from);
            let end = history.dates.partition_point(|date| date <= to);
            if start < end {
                found.push(start..end);
            } else {
                let message = format!("there are no returns after {from} and up to {to}");
                let known = history.span().map_or_else(String::new, |(first, last, _)| format!("; they run from {first} to {last}"));
                wrong.push(Diagnostic::error(Code::ARGUMENT, message).help(format!("choose other dates{known}")));
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let weights = weights(self.inputs.sleeves, self.held);
        found.extend(crises(&history.returns, &weights, asked.crises).map_err(|error| told(&error))?);
        Ok(found)
    }
}
