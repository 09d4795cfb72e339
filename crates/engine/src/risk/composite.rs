//! The past of what is held: a class that is held in several instruments moves as they do together.

use std::collections::BTreeSet;

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::panel::{Content, Panel};

use crate::estimate::{Asset, assets};
use crate::market::NamedPanel;
use crate::portfolio::State;
use crate::words::percent;

use super::RiskInputs;

/// Share of the dates that a holding must have to count in the past of its class.
const LEAST_COVERED: f64 = 0.95;

/// Share of a class that must have a past, or its preferred instrument stands for it.
const LEAST_VALUE: f64 = 0.5;

/// Net value of a class as a share of its long and short values together, below which returns on it say nothing.
const LEAST_NET: f64 = 0.2;

/// The past in which classes move as what is held of them.
pub(super) struct Composite {
    /// Prices or returns over time in which the column of each class is that of what is held in it, at today's weights all along.
    pub(super) history: NamedPanel,
    /// The holdings that make the columns of their classes.
    pub(super) counted: BTreeSet<InstrumentId>,
    /// What should be known of it.
    pub(super) notes: Vec<String>,
}

/// The past of what is held. A class of which less than half has one stays that of its preferred instrument.
/// `None` where nothing is held but the preferred instruments.
pub(super) fn of_held(inputs: &RiskInputs<'_>, held: &State) -> Option<Composite> {
    let history = inputs.estimate.history?;
    let rows = history.panel.dates().partition_point(|day| *day <= inputs.estimate.as_of.ordinal());
    let past = Past { history, rows };
    let mut columns: Vec<Vec<f64>> = history.panel.values().iter_columns().map(<[f64]>::to_vec).collect();
    let mut names = history.names.clone();
    let (mut notes, mut all_counted) = (Vec::new(), BTreeSet::new());
    for asset in assets(&inputs.estimate) {
        let parts = parts(inputs, &asset, held);
        let is_preferred = |(id, _): &(InstrumentId, f64)| Some(*id) == asset.instrument;
        if parts.is_empty() || parts.iter().all(is_preferred) {
            continue;
        }
        let place = names.iter().position(|name| *name == asset.symbol);
        let total = gross(&parts);
        if net(&parts).abs() < LEAST_NET * total {
            notes.push(format!("Risk of {} is that of {}: what is held long and short nearly cancels.", asset.class, asset.symbol));
            continue;
        }
        let named: Vec<(usize, f64)> =
            parts.iter().filter_map(|(id, value)| Some((past.column(inputs.universe.symbol(*id))?, *value))).collect();
        let counted = past.with_a_past(place, &named);
        let covered = gross(&counted) / total;
        if covered < LEAST_VALUE || net(&counted) * net(&parts) <= 0.0 {
            notes.push(stands_for(&asset, held_preferred(&parts, &asset) / total));
            continue;
        }
        if covered < 1.0 - crate::boundary::TOLERANCE {
            notes.push(partly(&asset.class, counted.len(), parts.len(), covered));
        }
        let column = past.together(&counted);
        let is_counted = |id: &InstrumentId| {
            past.column(inputs.universe.symbol(*id)).is_some_and(|own| counted.iter().any(|(column, _)| *column == own))
        };
        all_counted.extend(parts.iter().map(|(id, _)| *id).filter(is_counted));
        if let Some(own) = place.and_then(|place| columns.get_mut(place)) {
            *own = column;
        } else {
            names.push(asset.symbol);
            columns.push(column);
        }
    }
    if all_counted.is_empty() && notes.is_empty() {
        return None;
    }
    let (height, width) = (history.panel.rows(), columns.len());
    let values = Matrix::from_columns(height, width, columns.concat()).ok()?;
    let panel = Panel::new(history.panel.content(), history.panel.dates().to_vec(), values).ok()?;
    let history = NamedPanel { kind: history.kind, base_date: history.base_date, names, panel };
    Some(Composite { history, counted: all_counted, notes })
}

/// Long and short values together.
fn gross<Id>(parts: &[(Id, f64)]) -> f64 {
    parts.iter().map(|(_, value)| value.abs()).sum()
}

/// Long values less short ones.
fn net<Id>(parts: &[(Id, f64)]) -> f64 {
    parts.iter().map(|(_, value)| value).sum()
}

/// What is held of a class, by instrument.
fn parts(inputs: &RiskInputs<'_>, asset: &Asset, held: &State) -> Vec<(InstrumentId, f64)> {
    let in_class = |id: InstrumentId| {
        let exposures = inputs.sleeves.exposures(id).iter().filter(|exposure| exposure.sleeve == asset.sleeve);
        exposures.map(|exposure| exposure.weight).sum::<f64>()
    };
    let parts = held.values().iter().map(|(id, value)| (*id, value * in_class(*id)));
    parts.filter(|(_, value)| *value != 0.0).collect()
}

fn held_preferred(parts: &[(InstrumentId, f64)], asset: &Asset) -> f64 {
    parts.iter().filter(|(id, _)| Some(*id) == asset.instrument).map(|(_, value)| value).sum()
}

fn stands_for(asset: &Asset, share: f64) -> String {
    let (symbol, class) = (&asset.symbol, &asset.class);
    format!(
        "Risk of {class} is that of {symbol}, which is {} of what is held of it: of the rest there is too little history.",
        percent(share)
    )
}

fn partly(class: &ClassPath, counted: usize, all: usize, covered: f64) -> String {
    format!(
        "Risk of {class} is that of {counted} of {all} holdings, {} of its value: of the others there is too little history.",
        percent(covered)
    )
}

/// Prices or returns up to a date.
struct Past<'a> {
    history: &'a NamedPanel,
    rows: usize,
}

impl Past<'_> {
    fn column(&self, symbol: &str) -> Option<usize> {
        self.history.names.iter().position(|name| name == symbol)
    }

    fn values(&self, column: usize) -> &[f64] {
        self.history.panel.values().column(column).get(..self.rows).unwrap_or_default()
    }

    /// The columns that are there on nearly all dates on which the preferred instrument is, or else most of what is held.
    fn with_a_past(&self, preferred: Option<usize>, parts: &[(usize, f64)]) -> Vec<(usize, f64)> {
        let starts = |column: usize| self.values(column).iter().position(|value| !value.is_nan());
        let first = preferred.and_then(starts).or_else(|| {
            let mut starts: Vec<usize> = parts.iter().filter_map(|(column, _)| starts(*column)).collect();
            starts.sort_unstable();
            starts.get(starts.len() / 2).copied()
        });
        let Some(first) = first else { return Vec::new() };
        #[expect(clippy::cast_precision_loss, reason = "dates")]
        let is_covered = |column: usize| {
            let values = self.values(column).get(first..).unwrap_or_default();
            let known = values.iter().filter(|value| !value.is_nan()).count();
            known as f64 >= LEAST_COVERED * values.len() as f64 && known > 0
        };
        parts.iter().filter(|(column, _)| is_covered(*column)).copied().collect()
    }

    /// The simple return of a row.
    fn simple(&self, now: f64, before: f64) -> f64 {
        match self.history.panel.content() {
            Content::Prices => now / before - 1.0,
            Content::SimpleReturns => now,
            Content::LogReturns => now.exp_m1(),
        }
    }

    /// Columns at constant weights: an index of prices, or returns. NaN where none of them is known.
    fn together(&self, parts: &[(usize, f64)]) -> Vec<f64> {
        let is_priced = self.history.panel.content() == Content::Prices;
        let mut before: Vec<f64> = vec![f64::NAN; parts.len()];
        let mut level = 1.0;
        let of_row = |row: usize| {
            let (mut moved, mut weight, mut is_known) = (0.0, 0.0, false);
            for ((column, value), before) in parts.iter().zip(&mut before) {
                let now = self.values(*column).get(row).copied().unwrap_or(f64::NAN);
                if now.is_nan() {
                    continue;
                }
                is_known = true;
                if !is_priced || !before.is_nan() {
                    moved += value * self.simple(now, *before);
                    weight += value;
                }
                *before = now;
            }
            let gained = if weight == 0.0 { 0.0 } else { moved / weight };
            level *= 1.0 + gained;
            match self.history.panel.content() {
                _ if !is_known => f64::NAN,
                Content::Prices => level,
                Content::SimpleReturns => gained,
                Content::LogReturns => gained.ln_1p(),
            }
        };
        (0..self.history.panel.rows()).map(of_row).collect()
    }
}
