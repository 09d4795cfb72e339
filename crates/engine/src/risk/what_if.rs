//! [`WhatIf`]: what shocks, crises of the past and other correlations would do, and which shock would break a limit.

use std::ops::Range;

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_quant::estimate::covariance::stressed::toward_common_correlation;
use evenkeel_quant::probability::normal;
use evenkeel_quant::risk::parametric::normal_tail;
use evenkeel_quant::stress::propagate::propagate;
use evenkeel_quant::stress::replay::{crises, replay};
use evenkeel_quant::stress::reverse::{Breach, least_shock};
use serde::Serialize;

use crate::boundary::TOLERANCE;
use crate::comply::{LinearLimit, Rules};
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::{Bound, TRADING_DAYS};
use crate::portfolio::{State, class_parts};

use super::model::RiskModel;
use super::{RiskInputs, check, weights};

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

/// What a stretch of the past, or shocks, would do.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Replay {
    /// First and last date; null for shocks.
    pub span: Option<(Date, Date)>,
    /// Return of what is held.
    pub portfolio_return: f64,
    /// Value after, in the base currency.
    pub value_after: f64,
    /// The same of what a proposal would leave.
    pub proposed_return: Option<f64>,
    /// Return of each class that is held, and what it adds.
    pub classes: Vec<ClassMove>,
}

/// Return of a class, and what it adds to that of the portfolio.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClassMove {
    /// The class.
    pub class: String,
    /// Its return.
    pub moved: f64,
    /// Weight × return.
    pub contribution: f64,
}

/// What happens to risk where correlations move.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CorrelationStress {
    /// To what all correlations are moved.
    pub correlation: f64,
    /// Volatility a year before.
    pub volatility: f64,
    /// Volatility a year after.
    pub stressed_volatility: f64,
    /// VaR over the horizon, normal, before.
    pub value_at_risk: f64,
    /// VaR over the horizon after.
    pub stressed_value_at_risk: f64,
}

/// The smallest shock that breaks a limit.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReverseStress {
    /// The limit.
    pub limit: String,
    /// How far the shock lies from none, in standard deviations of the horizon; null where no shock breaks the limit.
    pub distance: Option<f64>,
    /// Probability that the limit breaks over the horizon, were returns normal; of several classes at once where the shock
    /// would otherwise be a loss beyond all, an upper bound.
    pub probability: Option<f64>,
    /// Probability of a shock as far out in whatever direction (χ²).
    pub plausibility: Option<f64>,
    /// Return of the portfolio under it.
    pub portfolio_return: Option<f64>,
    /// Return of each class that is held.
    pub classes: Vec<ClassMove>,
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
    let model = if needs_model { Some(RiskModel::new(&inputs.estimate)?) } else { None };
    let mut found = WhatIf { notes: model.iter().flat_map(|model| model.notes.clone()).collect(), ..WhatIf::default() };
    let scene = Scene { inputs, held, proposed };
    if !asked.shocks.is_empty() {
        found.shocks = Some(scene.shocked(asked, model.as_ref())?);
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

fn told(error: &dyn std::fmt::Display) -> Vec<Diagnostic> {
    vec![Diagnostic::error(Code::RISK, format!("the stress cannot be told: {error}")).help("correct what it names")]
}

/// What shocks are applied to.
struct Scene<'a> {
    inputs: &'a RiskInputs<'a>,
    held: &'a State,
    proposed: Option<&'a State>,
}

/// The return of an instrument where it is not that of its classes.
type Own<'f> = &'f dyn Fn(&str) -> Option<f64>;

impl Scene<'_> {
    /// Returns by sleeve, and of some instruments their own, applied to what is held.
    fn moved(&self, span: Option<(Date, Date)>, by_sleeve: &[f64], own: Own<'_>) -> Replay {
        let mut parts = vec![(0.0, 0.0); by_sleeve.len()];
        let mut add = |sleeve: usize, value: f64, moved: f64| {
            if let Some((held, change)) = parts.get_mut(sleeve) {
                *held += value;
                *change += value * moved;
            }
        };
        self.walk(self.held, by_sleeve, own, &mut add);
        let total = self.held.total();
        let change: f64 = parts.iter().map(|(_, change)| change).sum();
        let classes = self.inputs.sleeves.iter().zip(&parts).filter(|(_, (held, _))| *held != 0.0);
        Replay {
            span,
            portfolio_return: change / total,
            value_after: total + change,
            proposed_return: self.proposed.map(|state| self.change(state, by_sleeve, own) / state.total()),
            classes: classes
                .map(|((_, sleeve), (held, change))| ClassMove {
                    class: sleeve.class.to_string(),
                    moved: change / held,
                    contribution: change / total,
                })
                .collect(),
        }
    }

    fn change(&self, state: &State, by_sleeve: &[f64], own: Own<'_>) -> f64 {
        let mut sum = 0.0;
        self.walk(state, by_sleeve, own, &mut |_, value, moved| sum += value * moved);
        sum
    }

    /// Calls with sleeve, value and return of each part of each holding, then of cash.
    fn walk(&self, state: &State, by_sleeve: &[f64], own: Own<'_>, call: &mut dyn FnMut(usize, f64, f64)) {
        let of_sleeve = |sleeve: usize| by_sleeve.get(sleeve).copied().unwrap_or(0.0);
        for (id, value) in state.values() {
            let own = self.inputs.universe.get(*id).and_then(|instrument| own(&instrument.symbol));
            for exposure in self.inputs.sleeves.exposures(*id) {
                let sleeve = exposure.sleeve.0;
                call(sleeve, exposure.weight * value, own.unwrap_or_else(|| of_sleeve(sleeve)));
            }
        }
        let cash = self.inputs.sleeves.cash.0;
        call(cash, state.cash(), of_sleeve(cash));
    }

    fn shocked(&self, asked: &WhatIfQuestion, model: Option<&RiskModel>) -> Result<Replay, Vec<Diagnostic>> {
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
            let is_return = !matches!(shock.of, ShockOf::Factor(_));
            if !shock.size.is_finite() || is_return && shock.size < -1.0 {
                let message = format!("a shock of {} is no return", shock.size);
                wrong.push(
                    Diagnostic::error(Code::ARGUMENT, message).help("write it as a fraction of at least -1: -0.35 is a loss of 35 %"),
                );
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

    fn correlated(&self, model: &RiskModel, correlation: f64) -> Result<CorrelationStress, Vec<Diagnostic>> {
        let weights = weights(self.inputs.sleeves, self.held);
        let stressed = toward_common_correlation(&model.covariance, correlation, 1.0).map_err(|error| told(&error))?;
        let years = self.inputs.question.horizon_days / TRADING_DAYS;
        let expected: f64 = weights.iter().zip(&model.expected).map(|(weight, expected)| weight * expected * years).sum();
        let tail = |volatility: f64| {
            let tail = normal_tail(expected, volatility * years.sqrt(), self.inputs.question.confidence);
            tail.map(|tail| tail.value_at_risk).map_err(|error| told(&error))
        };
        let (volatility, stressed_volatility) = (model.covariance.variance(&weights).sqrt(), stressed.variance(&weights).sqrt());
        Ok(CorrelationStress {
            correlation,
            volatility,
            stressed_volatility,
            value_at_risk: tail(volatility)?,
            stressed_value_at_risk: tail(stressed_volatility)?,
        })
    }

    /// The smallest shock over the horizon that breaks each limit that is a line, and each survival fraction of the policy.
    fn reversed(&self, model: &RiskModel, rules: &Rules) -> Result<Vec<ReverseStress>, Vec<Diagnostic>> {
        let covariance = model.covariance.clone().scaled(self.inputs.question.horizon_days / TRADING_DAYS);
        let mut asked: Vec<(String, Breach)> = self.survivals();
        asked.extend(rules.linear().iter().map(|limit| (limit.name.clone(), self.breach(limit))));
        let mut found = Vec::new();
        for (limit, mut breach) in asked {
            // Exactly at a limit is at it, whatever a sum was rounded to.
            if breach.reach.abs() <= TOLERANCE {
                breach.reach = 0.0;
            }
            let nearest = least_shock(&covariance, std::slice::from_ref(&breach)).map_err(|error| told(&error))?;
            let moved = nearest.as_ref().map(|nearest| self.moved(None, &nearest.shocks, &|_| None));
            found.push(ReverseStress {
                limit,
                distance: nearest.as_ref().map(|nearest| nearest.distance),
                probability: nearest.as_ref().map(|_| {
                    let spread = covariance.variance(&breach.slope).sqrt();
                    if breach.reach <= 0.0 { 1.0 } else { normal::cumulative(-breach.reach / spread) }
                }),
                plausibility: nearest.as_ref().map(|nearest| nearest.plausibility),
                portfolio_return: moved.as_ref().map(|moved| moved.portfolio_return),
                classes: moved.map_or_else(Vec::new, |moved| moved.classes),
            });
        }
        let far = |stress: &ReverseStress| stress.distance.unwrap_or(f64::INFINITY);
        found.sort_by(|a, b| far(a).total_cmp(&far(b)));
        Ok(found)
    }

    /// Losses that the policy's scenarios must not reach.
    fn survivals(&self) -> Vec<(String, Breach)> {
        let mut fractions: Vec<f64> = self.inputs.policy.stress.iter().map(|scenario| scenario.survival).collect();
        fractions.sort_by(f64::total_cmp);
        fractions.dedup();
        let weights = weights(self.inputs.sleeves, self.held);
        let breach = |survival: f64| Breach { slope: weights.iter().map(|weight| -weight).collect(), reach: 1.0 - survival };
        fractions.into_iter().map(|survival| (format!("survival of {}", crate::words::percent(survival)), breach(survival))).collect()
    }

    /// A limit as a line in the returns of sleeves: both what it selects and the whole move.
    fn breach(&self, limit: &LinearLimit) -> Breach {
        let total = self.held.total();
        let sign = if limit.bound == Bound::AtMost { 1.0 } else { -1.0 };
        let mut slope = vec![0.0; self.inputs.sleeves.len()];
        let mut reach = limit.right / total;
        let mut add = |sleeve: usize, value: f64, coefficient: f64| {
            let part = value / total * (coefficient - limit.share);
            reach -= part;
            if let Some(entry) = slope.get_mut(sleeve) {
                *entry += part;
            }
        };
        for (id, value) in self.held.values() {
            let coefficient = limit.coefficients.get(id.index()).copied().unwrap_or(0.0);
            for exposure in self.inputs.sleeves.exposures(*id) {
                add(exposure.sleeve.0, exposure.weight * value, coefficient);
            }
        }
        add(self.inputs.sleeves.cash.0, self.held.cash(), limit.coefficients.last().copied().unwrap_or(0.0));
        Breach { slope: slope.into_iter().map(|entry| sign * entry).collect(), reach: sign * reach }
    }
}
