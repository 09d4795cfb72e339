//! Effects of periods by node, before they are linked.

use evenkeel_quant::attribution::brinson::{self, Effect, Interaction, Model};
use evenkeel_quant::attribution::currency::{CurrencyEffect, karnosky_singer};
use evenkeel_quant::attribution::error::AttributionError;
use evenkeel_quant::attribution::levels;
use evenkeel_quant::attribution::segment::{Segment, Totals};

use super::segments::{Method, Segments};

/// A node: a segment, or a class above some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) parent: Option<usize>,
    /// Its segment, of a leaf.
    pub(super) segment: Option<usize>,
}

/// What exposures to currencies added.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct OfCurrency {
    pub(super) all: f64,
    /// What of it cash rates added.
    pub(super) interest: f64,
}

/// Effects of a period by node.
pub(super) struct PeriodEffects {
    pub(super) totals: Totals,
    pub(super) effects: Vec<(Effect, OfCurrency)>,
}

/// The nodes of a method: the segments, or the tree of their paths.
pub(super) fn nodes(segments: &Segments, method: Method) -> Vec<Node> {
    let leaf = |(segment, name): (usize, &String)| Node { name: name.clone(), parent: None, segment: Some(segment) };
    if !matches!(method, Method::Levels(_)) {
        return segments.names.iter().enumerate().map(leaf).collect();
    }
    let mut nodes: Vec<Node> = Vec::new();
    for (segment, name) in segments.names.iter().enumerate() {
        let mut parent = None;
        // What a class that has others below it holds of its own is one more below it.
        let is_above = segments.names.iter().any(|other| other.strip_prefix(name).is_some_and(|rest| rest.starts_with('/')));
        for end in name.match_indices('/').map(|(end, _)| end).chain(is_above.then_some(name.len())) {
            let path = name.get(..end).unwrap_or_default();
            let known = nodes.iter().position(|node| node.segment.is_none() && node.name == path);
            let node = known.unwrap_or(nodes.len());
            if known.is_none() {
                nodes.push(Node { name: path.to_owned(), parent, segment: None });
            }
            parent = Some(node);
        }
        let name = if is_above { format!("{name} itself") } else { name.clone() };
        nodes.push(Node { name, parent, segment: Some(segment) });
    }
    nodes
}

/// Effects of every period.
pub(super) fn effects(segments: &Segments, nodes: &[Node], method: Method) -> Result<Vec<PeriodEffects>, AttributionError> {
    let of_period = |(period, row): (usize, &Vec<Segment>)| {
        let told = match method {
            Method::Arithmetic(model, interaction, _) => flat(row, model, interaction),
            Method::Levels(_) => by_level(row, nodes),
            Method::Currency(interaction, _) => by_currency(segments, period, interaction),
            Method::Geometric => flat(row, Model::BrinsonFachler, Interaction::InSelection),
        };
        let mut told = told.map_err(|error| in_period(error, period))?;
        for (node, (effect, _)) in nodes.iter().zip(&mut told.effects) {
            let traded = node.segment.and_then(|segment| segments.traded.get(period)?.get(segment)).copied().unwrap_or(0.0);
            effect.selection += traded;
            told.totals.portfolio += traded;
        }
        Ok(told)
    };
    segments.rows.iter().enumerate().map(of_period).collect()
}

fn flat(row: &[Segment], model: Model, interaction: Interaction) -> Result<PeriodEffects, AttributionError> {
    let period = brinson::attribute(row, model, interaction)?;
    Ok(PeriodEffects { totals: period.totals, effects: period.effects.into_iter().map(|effect| (effect, OfCurrency::default())).collect() })
}

fn by_level(row: &[Segment], nodes: &[Node]) -> Result<PeriodEffects, AttributionError> {
    let none = Segment { portfolio_weight: 0.0, benchmark_weight: 0.0, portfolio_return: f64::NAN, benchmark_return: f64::NAN };
    let parents: Vec<Option<usize>> = nodes.iter().map(|node| node.parent).collect();
    let leaf = |node: &Node| node.segment.and_then(|segment| row.get(segment)).copied().unwrap_or(none);
    let told = levels::attribute(&parents, &nodes.iter().map(leaf).collect::<Vec<_>>())?;
    let effect =
        |node: &levels::Node| (Effect { allocation: node.allocation, selection: node.selection, interaction: 0.0 }, OfCurrency::default());
    Ok(PeriodEffects { totals: told.totals, effects: told.nodes.iter().map(effect).collect() })
}

fn by_currency(segments: &Segments, period: usize, interaction: Interaction) -> Result<PeriodEffects, AttributionError> {
    let told = karnosky_singer(segments.markets.get(period).map_or(&[][..], Vec::as_slice), interaction)?;
    let of_currency = |effect: &CurrencyEffect| OfCurrency { all: effect.currency, interest: effect.interest };
    Ok(PeriodEffects { totals: told.totals, effects: told.effects.iter().map(|effect| (effect.market, of_currency(effect))).collect() })
}

/// An error of a period that was looked at alone, with its number.
pub(super) fn in_period(error: AttributionError, period: usize) -> AttributionError {
    match error {
        AttributionError::NotFinite { segment, what, value, .. } => AttributionError::NotFinite { period, segment, what, value },
        AttributionError::Weights { side, total, .. } => AttributionError::Weights { period, side, total },
        AttributionError::TotalLoss { side, value, .. } => AttributionError::TotalLoss { period, side, value },
        other => other,
    }
}
