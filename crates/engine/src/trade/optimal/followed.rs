//! Classes that follow an index, as the joint planner weighs them.
//!
//! In fractions of household value, with xᵢ what is held of a name, T what the class is to be worth and TE as in
//! [`crate::index`], a class costs ½ λ H (T·TE)²; what lies beyond its limit m is missed at the price of every other limit:
//!
//! > ½ λ H q² + p · max(q − m, 0),  q = T·TE = √(‖Σ aᵢ gᵢ‖² + Σ dᵢ aᵢ²),  aᵢ = xᵢ − wᵢ T
//!
//! The program has no row for that. It prices q² at μ λ H instead, with the least μ ≥ 1 at which its solution keeps the limit.
//! What it then comes to, less ½ (μ − 1) λ H m², bounds every decision that keeps the limit, whatever μ is: it is the
//! Lagrangian of q² ≤ m² (S. Boyd and L. Vandenberghe, *Convex Optimization*, 2004, sec. 5.1.3).

use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_quant::linear::product::{times, transposed_times};
use evenkeel_quant::linear::vector::dot;
use evenkeel_quant::optimize::lots::check::LotsError;
use evenkeel_quant::optimize::lots::relax::relax;
use serde::Serialize;

use crate::boundary::to_f64;
use crate::index::IndexModel;
use crate::policy::OptimalRules;
use crate::trade::list::Side;
use crate::trade::planner::Plan;
use crate::trade::situation::Situation;

use super::model::Model;
use super::round::Breaking;

/// Programs solved in the search for μ, at most.
const SOLVES: usize = 8;

/// Where below its limit q is to lie in the program's solution, as a fraction of it: room for whole lots.
const AIM: f64 = 0.98;

/// How near to that it is near enough, in logarithms.
const CLOSE: f64 = 0.015;

/// Points of the way from before to after at which slopes are looked at.
const STEPS: f64 = 32.0;

/// A class that follows an index.
#[derive(Debug, Clone)]
pub(super) struct Followed<'a> {
    pub(super) model: &'a IndexModel,
    /// T: what the class is to be worth, above zero.
    target: f64,
    /// λ H.
    price: f64,
    /// What a unit beyond the limit costs.
    limit_price: f64,
    /// μ.
    pub(super) multiplier: f64,
    /// Whether the limit can be kept, as far as the program tells; where it cannot, μ counts for every decision.
    pub(super) can_be_kept: bool,
    /// The first of its rows in the program's loadings.
    pub(super) first: usize,
}

/// A class beside its index: a by name, and both parts of q².
#[derive(Debug, Clone)]
pub(super) struct Standing {
    active: Vec<f64>,
    common: Vec<f64>,
    specific: f64,
}

/// How far a class is from its index.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tracking {
    /// The class.
    pub class: String,
    /// The index.
    pub benchmark: String,
    /// Tracking error a year against it, after exclusions and tilt, as a fraction of what the class is to be worth.
    pub before: f64,
    /// The same after the decision.
    pub after: f64,
    /// The most that the policy allows.
    pub limit: Option<f64>,
    /// By how much more than the policy's price of risk tracking error was weighed to keep the limit; 1 where that sufficed.
    pub multiplier: f64,
    /// Whether the limit can be kept; where it cannot, the price of a missed limit was weighed in its stead.
    pub limit_within_reach: bool,
}

/// Classes that follow an index, by the targets of sleeves; their rows come after those of the sleeves.
pub(super) fn followed<'a>(
    indices: &'a [IndexModel],
    targets: &[f64],
    rules: OptimalRules,
    limit_price: f64,
    rows: usize,
) -> Vec<Followed<'a>> {
    let mut first = rows;
    let mut all = Vec::with_capacity(indices.len());
    for model in indices {
        let target = targets.get(model.sleeve.0).copied().unwrap_or(0.0);
        if target > 0.0 {
            let price = rules.risk_aversion * rules.horizon_years;
            all.push(Followed { model, target, price, limit_price, multiplier: 1.0, can_be_kept: true, first });
            first += model.loadings.rows();
        }
    }
    all
}

impl Followed<'_> {
    /// Number of factors.
    pub(super) fn factors(&self) -> usize {
        self.model.loadings.rows()
    }

    /// wᵢ T by name.
    pub(super) fn wanted(&self) -> impl Iterator<Item = (InstrumentId, f64)> {
        self.model.names.iter().map(|name| (name.instrument, name.weight * self.target))
    }

    /// Writes the loadings of a name into its column of the program, at the price weighed there; gives its specific variance.
    pub(super) fn load(&self, name: usize, column: &mut [f64]) -> f64 {
        let price = self.price * self.multiplier;
        let rows = column.iter_mut().skip(self.first);
        rows.zip(self.model.loadings.column(name)).for_each(|(slot, loading)| *slot = price.sqrt() * loading);
        self.model.names.get(name).map_or(0.0, |name| price * name.specific)
    }

    /// a before any trade, as fractions of household value.
    fn before(&self, situation: &Situation<'_>, value: f64) -> Vec<f64> {
        let mut active: Vec<f64> = self.wanted().map(|(_, wanted)| -wanted).collect();
        for position in situation.accounts.iter().flat_map(|account| &account.positions) {
            self.add(&mut active, position.instrument, position.value / value);
        }
        active
    }

    /// a after a plan, as fractions of household value.
    pub(super) fn after(&self, situation: &Situation<'_>, plan: &Plan, value: f64) -> Vec<f64> {
        let mut active = self.before(situation, value);
        for execution in plan.accounts.iter().flat_map(|settled| &settled.executions) {
            let sign = if execution.side == Side::Buy { 1.0 } else { -1.0 };
            self.add(&mut active, execution.order.instrument, sign * to_f64(execution.gross.amount()) / value);
        }
        active
    }

    fn add(&self, active: &mut [f64], instrument: InstrumentId, value: f64) {
        if let Some(slot) = self.model.position(instrument).and_then(|at| active.get_mut(at)) {
            *slot += value;
        }
    }

    /// q.
    pub(super) fn risk(&self, active: &[f64]) -> f64 {
        self.model.tracking_error(active)
    }

    /// How far the class is from its index after a plan.
    pub(super) fn standing(&self, situation: &Situation<'_>, plan: &Plan, value: f64) -> Standing {
        let active = self.after(situation, plan, value);
        let common = times(&self.model.loadings, &active);
        let specific = self.model.names.iter().zip(&active).map(|(name, active)| name.specific * active * active).sum();
        Standing { active, common, specific }
    }

    /// How far q is beyond its limit after a plan.
    pub(super) fn breach(&self, situation: &Situation<'_>, plan: &Plan, value: f64) -> f64 {
        let most = self.limit().filter(|_| self.can_be_kept);
        most.map_or(0.0, |most| (self.risk(&self.after(situation, plan, value)) - most).max(0.0))
    }

    /// What it costs that some names more or less are held, by their places.
    pub(super) fn change(&self, standing: &Standing, moved: &[(usize, f64)]) -> f64 {
        let (mut common, mut specific) = (standing.common.clone(), standing.specific);
        let mut before: Vec<(usize, f64)> = Vec::with_capacity(moved.len());
        for (name, by) in moved {
            let held = standing.active.get(*name).copied().unwrap_or(0.0);
            let held = held + before.iter().filter(|(other, _)| other == name).map(|(_, by)| by).sum::<f64>();
            common.iter_mut().zip(self.model.loadings.column(*name)).for_each(|(sum, loading)| *sum += loading * by);
            specific += self.model.names.get(*name).map_or(0.0, |name| name.specific) * by * (2.0 * held + by);
            before.push((*name, *by));
        }
        let risk = |common: &[f64], specific: f64| (dot(common, common) + specific).max(0.0).sqrt();
        self.cost(risk(&common, specific)) - self.cost(risk(&standing.common, standing.specific))
    }

    /// What q costs, a fraction of value.
    pub(super) fn cost(&self, risk: f64) -> f64 {
        let missed = self.limit().filter(|_| self.can_be_kept).map_or(0.0, |most| (risk - most).max(0.0));
        0.5 * self.counted() * risk * risk + self.limit_price * missed
    }

    /// ½ (μ − 1) λ H m²: what the program counts too much where the limit is kept exactly.
    fn excess(&self) -> f64 {
        let kept = self.limit().filter(|_| self.can_be_kept);
        kept.map_or(0.0, |most| 0.5 * (self.multiplier - 1.0) * self.price * most * most)
    }

    /// m.
    fn limit(&self) -> Option<f64> {
        self.model.max_tracking_error.map(|most| most * self.target)
    }

    /// What is told of it after a plan.
    pub(super) fn told(&self, situation: &Situation<'_>, plan: &Plan, value: f64) -> Tracking {
        Tracking {
            class: self.model.class.to_string(),
            benchmark: self.model.benchmark.clone(),
            before: self.risk(&self.before(situation, value)) / self.target,
            after: self.risk(&self.after(situation, plan, value)) / self.target,
            limit: self.model.max_tracking_error,
            multiplier: self.multiplier,
            limit_within_reach: self.can_be_kept,
        }
    }

    /// By name, what a unit of weight costs on average over the straight way from before to after a plan.
    pub(super) fn slopes(&self, situation: &Situation<'_>, plan: &Plan, value: f64) -> Vec<f64> {
        let (from, to) = (self.before(situation, value), self.after(situation, plan, value));
        let (slope_from, slope_to) = (self.gradient(&from), self.gradient(&to));
        let (own, mixed, last) = (dot(&from, &slope_from), dot(&from, &slope_to), dot(&to, &slope_to));
        let (mut of_from, mut of_to) = (0.0, 0.0);
        let mut passed = 0.5 / STEPS;
        while passed < 1.0 {
            let left = 1.0 - passed;
            let risk = (left * left * own + 2.0 * left * passed * mixed + passed * passed * last).max(0.0).sqrt();
            let missed = self.limit().is_some_and(|most| self.can_be_kept && risk > most);
            let weight = (self.counted() + if missed { self.limit_price / risk } else { 0.0 }) / STEPS;
            of_from += weight * left;
            of_to += weight * passed;
            passed += 1.0 / STEPS;
        }
        slope_from.iter().zip(&slope_to).map(|(from, to)| of_from * from + of_to * to).collect()
    }

    /// Half of what q² grows by for a unit more of each name.
    fn gradient(&self, active: &[f64]) -> Vec<f64> {
        let common = transposed_times(&self.model.loadings, &times(&self.model.loadings, active));
        let own = self.model.names.iter().zip(active).map(|(name, active)| name.specific * active);
        common.iter().zip(own).map(|(common, own)| common + own).collect()
    }

    /// Price of ½ q² where plans are compared.
    fn counted(&self) -> f64 {
        if self.can_be_kept { self.price } else { self.price * self.multiplier }
    }

    /// Whether a solution of the program breaks the limit, and a higher price may help.
    pub(super) fn breaks_limit(&self, model: &Model, pieces: &[f64]) -> bool {
        let open = self.limit().filter(|most| self.can_be_kept && self.multiplier < self.dearest(*most));
        open.is_some_and(|most| self.risk_at(model, pieces) > most)
    }

    /// The highest μ: beyond it a unit of risk would cost more than a unit of a missed limit.
    fn dearest(&self, most: f64) -> f64 {
        1.0 + self.limit_price / (self.price * most).max(f64::MIN_POSITIVE)
    }

    /// q at a solution of the program.
    fn risk_at(&self, model: &Model, pieces: &[f64]) -> f64 {
        let held = model.program.active(pieces);
        let of = |instrument: &InstrumentId| model.places.get(instrument).and_then(|at| held.get(*at)).copied().unwrap_or(0.0);
        let active: Vec<f64> = self.model.names.iter().map(|name| of(&name.instrument)).collect();
        self.risk(&active)
    }
}

/// Raises the price of the indices of which a solution of the program breaks the limit. Of the whole program it is found by
/// solving that anew; of one on which taxes and sizes were branched, which may break it though the whole does not, it is
/// guessed from how far beyond the limit that is. A program that cannot be solved is left to the search to tell of.
pub(super) fn raise(followed: &mut [Followed<'_>], model: &mut Model, breaking: &Breaking) {
    for index in followed.iter_mut() {
        let Some(most) = index.limit().filter(|_| index.breaks_limit(model, &breaking.pieces)) else { continue };
        let risk = index.risk_at(model, &breaking.pieces);
        model.constant += index.excess();
        if breaking.is_root {
            let _ = keep(index, model, most, risk);
        } else {
            index.multiplier = (index.multiplier * (risk / (AIM * most)).powi(2)).min(index.dearest(most));
            model.price(index);
        }
        model.constant -= index.excess();
        if !index.can_be_kept {
            model.approximations.push(format!(
                "the limit of tracking error against `{}` is out of reach, and variance against it is priced at {:.1} times the price of risk instead",
                index.model.benchmark, index.multiplier
            ));
        }
    }
}

/// Finds μ by the secant of ln q over ln μ, within what brackets it, from q at the μ of before.
fn keep(index: &mut Followed<'_>, model: &mut Model, most: f64, risk: f64) -> Result<(), LotsError> {
    let mut solve = |index: &mut Followed<'_>, multiplier: f64| -> Result<f64, LotsError> {
        index.multiplier = multiplier;
        model.price(index);
        Ok(index.risk_at(model, &relax(&model.program)?.pieces))
    };
    let aim = AIM * most;
    let mut low = (index.multiplier.ln(), (risk / aim).ln());
    let dearest = index.dearest(most).ln();
    let mut high: Option<(f64, f64)> = None;
    let mut guess = (low.0 + 2.0 * low.1).min(dearest);
    for _ in 0..SOLVES {
        let above = (solve(index, guess.exp())? / aim).ln();
        if above.abs() <= CLOSE {
            return Ok(());
        }
        if above < 0.0 {
            high = Some((guess, above));
        } else if guess < dearest {
            low = (guess, above);
        } else {
            index.can_be_kept = false;
            return Ok(());
        }
        guess = match high {
            Some(high) => low.0 + (low.1 / (low.1 - high.1)).clamp(0.1, 0.9) * (high.0 - low.0),
            None => (guess + 2.0 * above).min(dearest),
        };
    }
    // The last one that keeps the limit.
    let last = high.map_or(dearest, |high| high.0);
    index.multiplier = last.exp();
    model.price(index);
    Ok(())
}
