//! How much rests on few holdings, in which currencies, what it takes to sell, and how it scores.

use std::collections::BTreeMap;

use evenkeel_quant::risk::concentration::{effective_bets, herfindahl};
use serde::Serialize;

use crate::portfolio::{Average, Outlook, State};

use super::RiskInputs;
use super::model::RiskModel;

/// Days within which shares of the value that can be sold are told.
const DAYS: [f64; 4] = [1.0, 5.0, 20.0, 60.0];

/// A name and its weight.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Share {
    /// The name.
    pub name: String,
    /// Its weight.
    pub weight: f64,
}

/// How much rests on how few.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Concentration {
    /// Instruments held.
    pub positions: usize,
    /// The largest of them, at most five.
    pub largest: Vec<Share>,
    /// 1 ÷ Σ of squared shares of what is invested: as many equal positions would be as concentrated.
    pub effective_positions: Option<f64>,
    /// The same by issuer, over what has one.
    pub effective_issuers: Option<f64>,
    /// Effective number of uncorrelated bets (Meucci), of the classes.
    pub effective_bets: Option<f64>,
}

/// What it takes to sell everything.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Liquidity {
    /// Share of the average daily volume that is traded a day.
    pub participation: f64,
    /// Share of the gross value that is sold, or of shorts bought back, within so many days, cash included, over what has a volume.
    pub sold_within_days: Vec<(f64, f64)>,
    /// Share of the gross value of which no volume is given.
    pub unknown: f64,
    /// Shares of the gross value by liquidity tier, the most liquid first; cash is of tier 0. Gross, shorts and debts count as what
    /// it takes to close them, so that without any these are weights.
    pub tiers: Vec<(u8, f64)>,
    /// Cost of selling all at once, as a fraction of value.
    pub cost: f64,
    /// Instruments by days, the slowest first; those without a volume last.
    pub positions: Vec<PositionLiquidity>,
}

/// What it takes to sell one holding.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PositionLiquidity {
    /// The instrument.
    pub symbol: String,
    /// Its weight.
    pub weight: f64,
    /// Trading days to sell it at the share of the volume; null where no volume is given.
    pub days: Option<f64>,
    /// Cost of selling it at once, as a fraction of its value.
    pub cost: f64,
}

/// A score beside that of the targets.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScoreProfile {
    /// The score.
    pub name: String,
    /// Of what is held.
    pub held: Average,
    /// Of the targets, each class by its preferred instrument; null where the policy states none.
    pub targets: Option<Average>,
}

pub(super) fn concentration(inputs: &RiskInputs<'_>, model: &RiskModel, state: &State, weights: &[f64]) -> Concentration {
    let mut by_size: Vec<Share> = named(inputs, state);
    by_size.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()).then_with(|| a.name.cmp(&b.name)));
    let held: Vec<f64> = by_size.iter().map(|share| share.weight).collect();
    let mut issuers: BTreeMap<&str, f64> = BTreeMap::new();
    for (id, value) in state.values() {
        if let Some(issuer) = inputs.universe.get(*id).and_then(|instrument| instrument.issuer.as_deref()) {
            *issuers.entry(issuer).or_default() += value;
        }
    }
    let effective = |weights: &[f64]| herfindahl(weights).ok().map(f64::recip);
    Concentration {
        positions: by_size.len(),
        effective_positions: effective(&held),
        effective_issuers: effective(&issuers.into_values().collect::<Vec<f64>>()),
        effective_bets: effective_bets(&model.covariance, weights).ok(),
        largest: by_size.into_iter().take(5).collect(),
    }
}

fn named(inputs: &RiskInputs<'_>, state: &State) -> Vec<Share> {
    let held = state.values().iter().filter(|(_, value)| *value != 0.0);
    held.filter_map(|(id, value)| Some(Share { name: inputs.universe.get(*id)?.symbol.clone(), weight: value / state.total() })).collect()
}

pub(super) fn currencies(inputs: &RiskInputs<'_>, state: &State) -> Vec<Share> {
    let mut by_currency: BTreeMap<String, f64> = BTreeMap::new();
    for (id, value) in state.values() {
        if let Some(instrument) = inputs.universe.get(*id) {
            *by_currency.entry(instrument.currency.to_string()).or_default() += value / state.total();
        }
    }
    *by_currency.entry(inputs.policy.base_currency.to_string()).or_default() += state.cash() / state.total();
    let mut shares: Vec<Share> = by_currency.into_iter().map(|(name, weight)| Share { name, weight }).collect();
    shares.retain(|share| share.weight != 0.0);
    // Stable, so that equals stay in the order of names.
    shares.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    shares
}

pub(super) fn liquidity(inputs: &RiskInputs<'_>, state: &State) -> Liquidity {
    let participation = inputs.question.participation;
    let mut positions = Vec::new();
    let mut tiers: BTreeMap<u8, f64> = BTreeMap::new();
    let (mut cost, mut unknown) = (0.0, 0.0);
    let gross = state.cash().abs() + state.values().iter().map(|(_, value)| value.abs()).sum::<f64>();
    if state.cash() != 0.0 {
        tiers.insert(0, state.cash().abs() / gross);
    }
    for (id, value) in state.values().iter().filter(|(_, value)| *value != 0.0) {
        let Some(instrument) = inputs.universe.get(*id) else { continue };
        let weight = value / state.total();
        let volume = inputs.costs.daily_value(*id).filter(|volume| *volume > 0.0);
        let days = volume.map(|volume| value.abs() / (participation * volume));
        unknown += if days.is_none() { value.abs() / gross } else { 0.0 };
        let charge = inputs.costs.estimate(*id, *value);
        cost += charge / state.total();
        if let Some(tier) = instrument.liquidity_tier {
            *tiers.entry(tier).or_default() += value.abs() / gross;
        }
        positions.push(PositionLiquidity { symbol: instrument.symbol.clone(), weight, days, cost: charge / value.abs() });
    }
    let within = |days: f64| {
        let sold = positions.iter().filter_map(|position| Some(position.weight.abs() * (days / position.days?.max(days))));
        (sold.sum::<f64>() * state.total() + state.cash().abs()) / gross
    };
    let sold_within_days = DAYS.iter().map(|days| (*days, within(*days))).collect();
    let slow = |position: &PositionLiquidity| position.days.unwrap_or(-1.0);
    positions.sort_by(|a, b| slow(b).total_cmp(&slow(a)).then_with(|| a.symbol.cmp(&b.symbol)));
    Liquidity { participation, sold_within_days, unknown, tiers: tiers.into_iter().collect(), cost, positions }
}

pub(super) fn scores(inputs: &RiskInputs<'_>, outlook: &Outlook<'_>, state: &State) -> Vec<ScoreProfile> {
    let targets = inputs.targets.map(|targets| {
        let preferred =
            inputs.sleeves.iter().zip(targets).filter_map(|((_, sleeve), weight)| Some((*sleeve.instruments.first()?, *weight)));
        let preferred: Vec<_> = preferred.collect();
        let invested: f64 = preferred.iter().map(|(_, weight)| weight).sum();
        State::new(preferred, 1.0 - invested)
    });
    let of_targets = |name: &str| targets.as_ref().and_then(|targets| outlook.score(targets, name));
    outlook.scores(state).into_iter().map(|(name, held)| ScoreProfile { targets: of_targets(&name), name, held }).collect()
}
