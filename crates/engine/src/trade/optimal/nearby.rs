//! What a few lots more or less would do to the objective of a plan, without making that plan: all but tax exactly, but for cents,
//! and tax at the rates of the next unit of gain.

use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::number::{Money, NumberError, Quantity, Rounding};

use crate::boundary::{to_decimal, to_f64};
use crate::policy::Bound;
use crate::trade::context::Context;
use crate::trade::planner::Plan;
use crate::trade::situation::Situation;

use super::followed::{Followed, Standing};
use super::limits::values_after;
use super::objective::{Objective, base_per_unit};

/// Gain by which rates are tried, in the base currency.
const TRIED: f64 = 100.0;

/// A few lots more or less of an instrument in an account.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) account: usize,
    pub(super) instrument: InstrumentId,
    /// Signed units of the trade after it.
    pub(super) quantity: Quantity,
    /// What moves out of cash into the instrument, a fraction of household value; below zero where it is sold.
    pub(super) value: f64,
    /// Costs that it adds, a fraction of household value.
    pub(super) costs: f64,
    /// Tax that it adds, a fraction of household value.
    pub(super) tax: f64,
}

/// A plan, as the objective sees it.
pub(super) struct Nearby<'n, 'a> {
    context: &'n Context<'n>,
    objective: &'n Objective<'a>,
    /// Risk factors.
    factors: Vec<f64>,
    /// Weight of each band.
    bands: Vec<f64>,
    /// Cash of each account beyond its floor, and of the household beyond its reserve, fractions of value.
    spare: Vec<f64>,
    spare_of_all: f64,
    /// By hard limit, what is beyond it, a fraction of value.
    beyond: Vec<f64>,
    /// By index, how far its class is from it.
    standings: Vec<Standing>,
    /// By return, tax of the next unit of short-term and of long-term gain.
    rates: Vec<[f64; 2]>,
}

impl<'n, 'a> Nearby<'n, 'a> {
    /// # Errors
    /// An amount out of range.
    pub(super) fn new(
        context: &'n Context<'n>,
        situation: &Situation<'_>,
        objective: &'n Objective<'a>,
        plan: &Plan,
    ) -> Result<Self, NumberError> {
        let part = |value: f64| value / objective.value;
        let weights: Vec<f64> = plan.after.iter().map(|value| part(*value)).collect();
        let spare = situation.accounts.iter().zip(&plan.accounts);
        let spare: Vec<f64> = spare.map(|(of, after)| part(to_f64(after.cash_after.amount()) - to_f64(of.cash_floor.amount()))).collect();
        let held: f64 = plan.accounts.iter().map(|settled| to_f64(settled.cash_after.amount())).sum();
        let reserve = situation.cash_reserve;
        let values = if objective.limits.is_empty() { Vec::new() } else { values_after(context, situation, plan) };
        Ok(Self {
            context,
            objective,
            factors: objective.factors_of(&weights),
            bands: objective.corridors.iter().map(|corridor| corridor.sleeves.iter().filter_map(|at| weights.get(*at)).sum()).collect(),
            spare,
            spare_of_all: part(held - reserve.minimum - reserve.upcoming),
            beyond: objective.limits.iter().map(|limit| part(limit.beyond(&values))).collect(),
            standings: objective.followed.iter().map(|index| index.standing(situation, plan, objective.value)).collect(),
            rates: next_rates(context, situation, objective, plan)?,
        })
    }

    /// Tax of the next unit of gain on a return.
    pub(super) fn rates(&self, place: usize) -> Option<[f64; 2]> {
        self.rates.get(place).copied()
    }

    /// What is missed that a unit more (1) or less (−1) of an instrument in an account would lessen: for each, how much of the
    /// instrument is missing, a fraction of value.
    pub(super) fn missed(&self, account: usize, instrument: InstrumentId, sign: f64) -> Vec<f64> {
        let mut missed = Vec::new();
        let mut add = |beyond: f64, each: f64| {
            if beyond > 0.0 && each < 0.0 {
                missed.push(beyond / -each);
            }
        };
        for (limit, beyond) in self.objective.limits.iter().zip(&self.beyond) {
            let counts = |place: usize| limit.coefficients.get(place).copied().unwrap_or(0.0);
            let each = counts(instrument.index()) - counts(self.context.universe.len());
            add(*beyond, sign * if limit.bound == Bound::AtMost { each } else { -each });
        }
        for (corridor, weight) in self.objective.corridors.iter().zip(&self.bands) {
            let cash = self.context.sleeves.cash.0;
            let exposures = self.context.sleeves.exposures(instrument).iter().filter(|of| corridor.sleeves.contains(&of.sleeve.0));
            let each = exposures.map(|of| of.weight).sum::<f64>() - if corridor.sleeves.contains(&cash) { 1.0 } else { 0.0 };
            add(weight - corridor.upper, sign * each);
            add(corridor.lower - weight, -sign * each);
        }
        add(self.spare.get(account).map_or(0.0, |spare| -spare), sign);
        add(-self.spare_of_all, sign);
        missed
    }

    /// What some steps add to the objective together, a fraction of value. Without cash, as if others took up what they move.
    pub(super) fn change(&self, steps: &[&Step], with_cash: bool) -> f64 {
        let objective = self.objective;
        let cash = self.context.sleeves.cash.0;
        let mut moved: Vec<(usize, f64)> = Vec::with_capacity(4);
        let (mut change, mut to_cash) = (0.0, 0.0);
        for step in steps {
            let exposures = self.context.sleeves.exposures(step.instrument).iter();
            moved.extend(exposures.map(|of| (of.sleeve.0, of.weight * step.value)));
            let out = -step.value - step.costs;
            to_cash += out;
            let located = |sleeve: usize| objective.rules.horizon_years * objective.location(step.account, sleeve);
            let of_holding = self.context.sleeves.exposures(step.instrument).iter().map(|of| of.weight * located(of.sleeve.0)).sum::<f64>();
            change += step.costs + step.tax + step.value * of_holding + out * located(cash);
        }
        if with_cash {
            moved.push((cash, to_cash));
            change += self.cash(steps, to_cash);
        }
        let mut factors = self.factors.clone();
        for (sleeve, weight) in &moved {
            factors.iter_mut().zip(objective.loadings.column(*sleeve)).for_each(|(factor, loading)| *factor += loading * weight);
        }
        let half_square = |factors: &[f64]| 0.5 * factors.iter().map(|factor| factor * factor).sum::<f64>();
        change += half_square(&factors) - half_square(&self.factors);
        for (corridor, weight) in objective.corridors.iter().zip(&self.bands) {
            let by: f64 = moved.iter().filter(|(sleeve, _)| corridor.sleeves.contains(sleeve)).map(|(_, by)| by).sum();
            let cost = |weight: f64| objective.rules.band_price * (weight - corridor.upper).max(corridor.lower - weight).max(0.0);
            change += cost(weight + by) - cost(*weight);
        }
        change + self.limits(steps, if with_cash { to_cash } else { 0.0 }) + self.indices(steps)
    }

    fn cash(&self, steps: &[&Step], to_cash: f64) -> f64 {
        let cost = |spare: f64| self.objective.limit_price * (-spare).max(0.0);
        let mut change = cost(self.spare_of_all + to_cash) - cost(self.spare_of_all);
        for (at, step) in steps.iter().enumerate() {
            let of_account = |other: &&&Step| other.account == step.account;
            if steps.iter().take(at).any(|other| of_account(&other)) {
                continue;
            }
            let by: f64 = steps.iter().filter(of_account).map(|step| -step.value - step.costs).sum();
            change += self.spare.get(step.account).map_or(0.0, |spare| cost(spare + by) - cost(*spare));
        }
        change
    }

    fn limits(&self, steps: &[&Step], to_cash: f64) -> f64 {
        let limits = self.objective.limits.iter().zip(&self.beyond).map(|(limit, beyond)| {
            let counts = |place: usize| limit.coefficients.get(place).copied().unwrap_or(0.0);
            let held: f64 = steps.iter().map(|step| counts(step.instrument.index()) * step.value).sum();
            let by = held + counts(self.context.universe.len()) * to_cash;
            let by = if limit.bound == Bound::AtMost { by } else { -by };
            self.objective.limit_price * ((beyond + by).max(0.0) - beyond.max(0.0))
        });
        limits.sum()
    }

    fn indices(&self, steps: &[&Step]) -> f64 {
        let of = |(index, standing): (&Followed<'_>, &Standing)| {
            let named: Vec<(usize, f64)> =
                steps.iter().filter_map(|step| Some((index.model.position(step.instrument)?, step.value))).collect();
            if named.is_empty() { 0.0 } else { index.change(standing, &named) }
        };
        self.objective.followed.iter().zip(&self.standings).map(of).sum()
    }
}

/// By return, tax of the next unit of short-term and of long-term gain, less what it takes away from later years.
fn next_rates(
    context: &Context<'_>,
    situation: &Situation<'_>,
    objective: &Objective<'_>,
    plan: &Plan,
) -> Result<Vec<[f64; 2]>, NumberError> {
    let mut rates = Vec::with_capacity(situation.returns.years.len());
    for (place, (year, gains)) in situation.returns.years.iter().zip(plan.gains_by_return(context, situation)?).enumerate() {
        let none = Money::zero(gains.short_term.currency());
        let per_unit = base_per_unit(context, none).max(f64::MIN_POSITIVE);
        let more = Money::new(to_decimal(TRIED / per_unit, Rounding::HalfEven)?, none.currency());
        let tax = |short: Money, long: Money| objective.tax(place, year, short, long).unwrap_or(0.0);
        let at = tax(gains.short_term, gains.long_term);
        let later = objective.later_rates.get(place).copied().unwrap_or(0.0);
        let rate = |with: f64| per_unit * (with - at) / TRIED - later;
        let short = tax(gains.short_term.try_add(more)?, gains.long_term);
        rates.push([rate(short), rate(tax(gains.short_term, gains.long_term.try_add(more)?))]);
    }
    Ok(rates)
}
