//! [`Gauge`]: what drift is measured with.

use std::collections::BTreeMap;

use evenkeel_ledger::instrument::{InstrumentId, Universe};

use crate::boundary::to_f64;
use crate::policy::{NodeId, Policy, TargetTree, Unlisted};
use crate::portfolio::{Portfolio, Sleeve, SleeveCovariance, SleeveId, Sleeves};
use crate::target::TargetWeights;

use super::{ClassDrift, Drift, InstrumentDrift, band};

/// Targets and bands, laid out to measure drift with. Built once for a policy and its target
/// weights, used for any number of states.
#[derive(Debug, Clone)]
pub struct Gauge<'a> {
    tree: &'a TargetTree,
    sleeves: &'a Sleeves,
    targets: &'a TargetWeights,
    covariance: Option<&'a SleeveCovariance>,
    rows: Vec<Row<'a>>,
}

/// The three figures of drift, without the classes they come from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DriftSummary {
    /// As [`Drift::max`].
    pub max: f64,
    /// As [`Drift::half_l1`].
    pub half_l1: f64,
    /// As [`Drift::tracking_error`].
    pub tracking_error: Option<f64>,
}

/// A band: what the sleeves of a class may weigh together.
#[derive(Debug, Clone, PartialEq)]
pub struct Corridor {
    /// The class.
    pub class: String,
    /// Places of its sleeves.
    pub sleeves: Vec<usize>,
    /// Least weight.
    pub lower: f64,
    /// Most weight.
    pub upper: f64,
}

/// One line of a drift report.
#[derive(Debug, Clone)]
struct Row<'a> {
    class: &'a str,
    is_leaf: bool,
    source: Source,
    target: f64,
    /// Infinite without a band.
    half_width: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Node(usize),
    Cash(usize),
    Unlisted(usize),
}

impl<'a> Gauge<'a> {
    /// Lays out targets and bands.
    ///
    /// Cash and unlisted holdings that are no node have the narrowest absolute band of the top
    /// classes; unlisted holdings below a node have that node's band; those that the policy keeps
    /// have none.
    pub fn new(policy: &'a Policy, sleeves: &'a Sleeves, targets: &'a TargetWeights, covariance: Option<&'a SleeveCovariance>) -> Self {
        let at = |weights: &[f64], index: usize| weights.get(index).copied().unwrap_or(0.0);
        let mut rows = Vec::with_capacity(policy.tree.nodes.len() + sleeves.len());
        for (id, node) in policy.tree.iter() {
            let target = at(&targets.nodes, id.0);
            let (source, is_leaf) = (Source::Node(id.0), node.children.is_empty());
            rows.push(Row { class: node.class.as_str(), is_leaf, source, target, half_width: node.band.half_width(target) });
        }
        for (SleeveId(index), sleeve) in sleeves.iter() {
            let is_cash = index == sleeves.cash.0;
            if sleeve.listed && sleeve.node.is_some() {
                continue;
            }
            let node = sleeve.node.and_then(|id| policy.tree.nodes.get(id.0));
            let band = node.map_or_else(|| band::of_no_node(&policy.tree), |node| node.band);
            let kept = !is_cash && policy.rebalance.unlisted == Unlisted::Keep;
            let target = at(&targets.sleeves, index);
            let half_width = if kept { f64::INFINITY } else { band.half_width(target) };
            let source = if is_cash { Source::Cash(index) } else { Source::Unlisted(index) };
            rows.push(Row { class: sleeve.class.as_str(), is_leaf: true, source, target, half_width });
        }
        Self { tree: &policy.tree, sleeves, targets, covariance, rows }
    }

    /// The bands by the sleeves that they hold together: least and most weight, as fractions.
    pub fn corridors(&self) -> Vec<Corridor> {
        let banded = self.rows.iter().filter(|row| row.half_width.is_finite());
        let sleeves_of = |source: Source| match source {
            Source::Cash(index) | Source::Unlisted(index) => vec![index],
            Source::Node(node) => {
                let within = |sleeve: &Sleeve| {
                    let above = |id: &NodeId| self.tree.nodes.get(id.0).and_then(|node| node.parent);
                    std::iter::successors(sleeve.node, above).any(|id| id.0 == node)
                };
                self.sleeves.iter().filter(|(_, sleeve)| within(sleeve)).map(|(SleeveId(index), _)| index).collect()
            }
        };
        let corridor = |row: &Row<'_>| Corridor {
            class: row.class.to_owned(),
            sleeves: sleeves_of(row.source),
            lower: row.target - row.half_width,
            upper: row.target + row.half_width,
        };
        banded.map(corridor).collect()
    }

    /// Drift of a portfolio, with that of its instruments.
    pub fn measure(&self, portfolio: &Portfolio<'_>, universe: &Universe) -> Drift {
        let values = portfolio.sleeve_values(self.sleeves);
        let total = values.iter().sum();
        Drift { instruments: self.instruments(portfolio, universe, total), ..self.from_values(&values) }
    }

    /// Drift of values by sleeve, in one currency. Without value above zero there are no weights,
    /// and so no drift.
    pub fn from_values(&self, values: &[f64]) -> Drift {
        let weights = self.weights(values);
        let classes: Vec<ClassDrift> = self.rows.iter().filter_map(|row| row.drift(&weights)).collect();
        let DriftSummary { max, half_l1, tracking_error } = self.summarize(&weights);
        Drift { classes, instruments: Vec::new(), max, half_l1, tracking_error }
    }

    /// The figures of [`Gauge::from_values`] without the classes.
    pub fn summary(&self, values: &[f64]) -> DriftSummary {
        self.summarize(&self.weights(values))
    }

    fn summarize(&self, weights: &Weights) -> DriftSummary {
        let differences = weights.sleeves.iter().zip(&self.targets.sleeves);
        let differences: Vec<f64> = differences.map(|(current, target)| if weights.exist { current - target } else { 0.0 }).collect();
        let drifts = self.rows.iter().map(|row| if weights.exist { (weights.of(row.source) - row.target).abs() } else { 0.0 });
        DriftSummary {
            max: drifts.fold(0.0, f64::max),
            half_l1: differences.iter().map(|difference| difference.abs()).sum::<f64>() / 2.0,
            tracking_error: self.covariance.and_then(|covariance| covariance.tracking_error(&differences)),
        }
    }

    fn weights(&self, values: &[f64]) -> Weights {
        let total: f64 = values.iter().sum();
        let exist = total > 0.0;
        let sleeves: Vec<f64> = values.iter().map(|value| if exist { value / total } else { 0.0 }).collect();
        let mut nodes = vec![0.0; self.tree.nodes.len()];
        for ((_, sleeve), weight) in self.sleeves.iter().zip(&sleeves) {
            if let Some(sum) = sleeve.node.and_then(|id| nodes.get_mut(id.0)) {
                *sum += weight;
            }
        }
        // A parent comes before its children, so that from the end upward every sum is complete.
        for (id, node) in self.tree.iter().rev() {
            let below = nodes.get(id.0).copied().unwrap_or(0.0);
            if let Some(sum) = node.parent.and_then(|parent| nodes.get_mut(parent.0)) {
                *sum += below;
            }
        }
        Weights { exist, nodes, sleeves }
    }

    /// Drift of each instrument held, as fractions of a total that may count more than the holdings,
    /// such as the flows of the day.
    pub fn instruments(&self, portfolio: &Portfolio<'_>, universe: &Universe, total: f64) -> Vec<InstrumentDrift> {
        let mut values: BTreeMap<InstrumentId, f64> = BTreeMap::new();
        let mut held_in: BTreeMap<SleeveId, usize> = BTreeMap::new();
        for position in portfolio.accounts.iter().flat_map(|account| &account.positions) {
            *values.entry(position.instrument).or_default() += to_f64(position.value.amount());
        }
        for exposure in values.keys().flat_map(|id| self.sleeves.exposures(*id)) {
            *held_in.entry(exposure.sleeve).or_default() += 1;
        }
        let alone = |id: InstrumentId| match self.sleeves.exposures(id) {
            [only] => self.sleeves.get(only.sleeve).filter(|sleeve| {
                let unlisted = !sleeve.listed;
                unlisted || (sleeve.instruments == [id] && held_in.get(&only.sleeve) == Some(&1))
            }),
            _ => None,
        };
        values
            .iter()
            .map(|(id, value)| {
                let current = if total > 0.0 { value / total } else { 0.0 };
                let sleeve = self.sleeves.exposures(*id).first().map(|exposure| exposure.sleeve.0);
                let target = alone(*id).and(sleeve).and_then(|sleeve| self.targets.sleeves.get(sleeve)).copied();
                let drift = target.map(|target| current - target);
                InstrumentDrift { symbol: universe.symbol(*id).to_owned(), current, target, drift }
            })
            .collect()
    }
}

/// Weights by node and sleeve; all zero where there is no value.
struct Weights {
    exist: bool,
    nodes: Vec<f64>,
    sleeves: Vec<f64>,
}

impl Weights {
    fn of(&self, source: Source) -> f64 {
        let (weights, index) = match source {
            Source::Node(index) => (&self.nodes, index),
            Source::Cash(index) | Source::Unlisted(index) => (&self.sleeves, index),
        };
        weights.get(index).copied().unwrap_or(0.0)
    }
}

impl Row<'_> {
    /// The line of the report; none for unlisted sleeves in which nothing is held.
    fn drift(&self, weights: &Weights) -> Option<ClassDrift> {
        let current = weights.of(self.source);
        if matches!(self.source, Source::Unlisted(_)) && current == 0.0 {
            return None;
        }
        let drift = if weights.exist { current - self.target } else { 0.0 };
        let band = self.half_width.is_finite().then_some(self.half_width);
        Some(ClassDrift {
            class: self.class.to_owned(),
            is_leaf: self.is_leaf,
            current,
            target: self.target,
            drift,
            band,
            outside: band.is_some_and(|half_width| band::is_beyond(drift, half_width)),
            move_to_upper: band.and_then(|half_width| band::move_to_edge(current, self.target + half_width)),
            move_to_lower: band.and_then(|half_width| band::move_to_edge(current, self.target - half_width)),
        })
    }
}
