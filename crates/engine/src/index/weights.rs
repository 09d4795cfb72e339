//! Weights of an index after exclusions and tilt.

use evenkeel_ledger::instrument::{InstrumentId, Universe};

use crate::boundary::to_f64;
use crate::policy::{IndexRules, ScoreTilt};
use crate::portfolio::select::{Selected, Subject};
use crate::portfolio::{Sleeves, class_parts};

/// What an index is to be held like.
pub(super) struct Wanted {
    /// By name, summing to 1; all zero where nothing is left.
    pub(super) weights: Vec<f64>,
    /// By name, whether an exclusion selects it.
    pub(super) excluded: Vec<bool>,
    /// What was assumed, a sentence each.
    pub(super) notes: Vec<String>,
}

impl Wanted {
    /// Of names with the weights that they have in the index, summing to 1.
    pub(super) fn new(rules: &IndexRules, names: &[InstrumentId], published: &[f64], universe: &Universe, sleeves: &Sleeves) -> Self {
        let mut notes = Vec::new();
        let mut not_given = 0;
        let mut excluded = vec![false; names.len()];
        for ((id, excluded), weight) in names.iter().zip(&mut excluded).zip(published) {
            let Some(instrument) = universe.get(*id) else { continue };
            let selected = rules.exclude.iter().flat_map(|selector| {
                let parts = class_parts(*id, instrument, sleeves).into_iter();
                parts.map(move |part| Subject::Part { instrument, part }.selected(selector))
            });
            let selected: Vec<Selected> = selected.collect();
            *excluded = selected.contains(&Selected::Yes);
            not_given += usize::from(!*excluded && *weight > 0.0 && selected.contains(&Selected::NotGiven));
        }
        if not_given > 0 {
            notes.push(format!("{not_given} names lack an attribute by which names are excluded, and are not excluded"));
        }
        let kept = published.iter().zip(&excluded).map(|(weight, excluded)| if *excluded { 0.0 } else { *weight });
        let mut weights: Vec<f64> = kept.collect();
        if let Some(tilt) = &rules.tilt {
            notes.extend(lean(tilt, names, &mut weights, universe));
        }
        scale_to_one(&mut weights);
        Self { weights, excluded, notes }
    }
}

/// Multiplies weights by exp(strength · z); a name without the score counts as average. Says of how many that is true.
fn lean(tilt: &ScoreTilt, names: &[InstrumentId], weights: &mut [f64], universe: &Universe) -> Option<String> {
    let score = |id: &InstrumentId| universe.get(*id)?.scores.get(&tilt.score).map(|score| to_f64(*score));
    let scores: Vec<Option<f64>> = names.iter().map(score).collect();
    let scored = || scores.iter().zip(weights.iter()).filter_map(|(score, weight)| Some((score.as_ref()?, weight)));
    let total: f64 = scored().map(|(_, weight)| weight).sum();
    let mean = scored().map(|(score, weight)| weight * score).sum::<f64>() / total;
    let deviation = (scored().map(|(score, weight)| weight * (score - mean).powi(2)).sum::<f64>() / total).sqrt();
    let without = scores.iter().zip(weights.iter()).filter(|(score, weight)| score.is_none() && **weight > 0.0).count();
    // Scores that are all alike, or none, say nothing of any name.
    if deviation > 0.0 {
        for (score, weight) in scores.iter().zip(weights.iter_mut()) {
            *weight *= score.map_or(1.0, |score| (tilt.strength * (score - mean) / deviation).exp());
        }
    }
    (without > 0).then(|| format!("{without} names have no score `{}` and count as average", tilt.score))
}

/// Divides weights by their sum, where there is one.
pub(super) fn scale_to_one(weights: &mut [f64]) {
    let total: f64 = weights.iter().sum();
    if total > 0.0 {
        for weight in weights {
            *weight /= total;
        }
    }
}
