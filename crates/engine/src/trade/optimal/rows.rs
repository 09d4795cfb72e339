//! Rows over the whole household: bands, limits, the cash to keep, turnover.

use evenkeel_ledger::instrument::InstrumentId;

use crate::boundary::to_f64;
use crate::policy::Bound;
use crate::trade::context::Context;

use super::model::Builder;

/// Part of the turnover cap that is left to rounding.
const LEFT_TO_ROUNDING: f64 = 1e-6;

/// A row in which all trades of an instrument count alike, whatever the account.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    pub(super) row: usize,
    weights: Weights,
    /// What a unit of cash counts.
    pub(super) cash: f64,
}

/// What a unit of an instrument counts.
#[derive(Debug, Clone)]
enum Weights {
    /// By sleeve.
    Sleeves(Vec<f64>),
    /// By instrument of the universe.
    Instruments(Vec<f64>),
}

impl Shared {
    /// What a unit of an instrument counts.
    pub(super) fn of(&self, context: &Context<'_>, instrument: InstrumentId) -> f64 {
        match &self.weights {
            Weights::Instruments(weights) => weights.get(instrument.index()).copied().unwrap_or(0.0),
            Weights::Sleeves(weights) => {
                let exposures = context.sleeves.exposures(instrument).iter();
                exposures.map(|exposure| weights.get(exposure.sleeve.0).copied().unwrap_or(0.0) * exposure.weight).sum()
            }
        }
    }
}

/// Opens the rows of the household.
pub(super) fn open(builder: &mut Builder<'_, '_>) {
    corridors(builder);
    limits(builder);
    reserve(builder);
    turnover(builder);
}

/// A row whose trades start from what is held now: Σ trades + cash after = right − held.
fn shared(builder: &mut Builder<'_, '_>, weights: Weights, cash: f64, right: f64) -> usize {
    let mut shared = Shared { row: 0, weights, cash };
    let positions = builder.situation.accounts.iter().flat_map(|account| &account.positions);
    let held: f64 = positions.map(|position| shared.of(builder.context, position.instrument) * builder.part(position.value)).sum();
    let row = builder.row(right - held);
    shared.row = row;
    builder.shared.push(shared);
    row
}

fn corridors(builder: &mut Builder<'_, '_>) {
    let sleeves = builder.context.sleeves.len();
    let price = builder.objective.rules.band_price;
    for corridor in &builder.objective.corridors {
        let mut weights = vec![0.0; sleeves];
        for sleeve in &corridor.sleeves {
            weights.get_mut(*sleeve).into_iter().for_each(|weight| *weight = 1.0);
        }
        let cash = weights.get(builder.context.sleeves.cash.0).copied().unwrap_or(0.0);
        let row = shared(builder, Weights::Sleeves(weights), cash, 0.0);
        let open = f64::INFINITY;
        builder.corridor_pieces.push(builder.pieces.len());
        builder.slack(row, &[(-1.0, corridor.lower, corridor.upper, 0.0), (-1.0, 0.0, open, price), (1.0, 0.0, open, price)]);
    }
}

fn limits(builder: &mut Builder<'_, '_>) {
    let objective = builder.objective;
    for limit in &objective.limits {
        let cash = limit.coefficients.last().copied().unwrap_or(0.0);
        // What is traded is rounded.
        let inward = if limit.bound == Bound::AtMost { -builder.context.cent } else { builder.context.cent };
        let right = builder.part(limit.right + inward);
        let row = shared(builder, Weights::Instruments(limit.coefficients.clone()), cash, right);
        let most = f64::INFINITY;
        let room = if limit.bound == Bound::AtMost { 1.0 } else { -1.0 };
        builder.slack(row, &[(room, 0.0, most, 0.0), (-room, 0.0, most, builder.objective.limit_price)]);
        builder.soft(format!("the limit `{}`", limit.name));
        builder.limit_rows.push((row, builder.pieces.len() - 1));
    }
}

/// Cash that the household is to keep in any case.
fn reserve(builder: &mut Builder<'_, '_>) {
    let reserve = builder.situation.cash_reserve;
    let keep = builder.part(reserve.minimum + reserve.upcoming);
    let floors: f64 = builder.situation.accounts.iter().map(|account| to_f64(account.cash_floor.amount())).sum();
    if keep <= builder.part(floors) {
        return;
    }
    let row = shared(builder, Weights::Sleeves(Vec::new()), 1.0, keep);
    let most = f64::INFINITY;
    builder.slack(row, &[(-1.0, 0.0, most, 0.0), (1.0, 0.0, most, builder.objective.limit_price)]);
    builder.soft("the cash that the household is to keep".to_owned());
}

fn turnover(builder: &mut Builder<'_, '_>) {
    let Some(most) = builder.context.policy.rebalance.max_turnover_one_way else { return };
    let positions = builder.situation.accounts.iter().flat_map(|account| &account.positions);
    let forced: f64 = positions.filter(|position| position.banned).map(|position| builder.part(position.value.max(0.0))).sum();
    let both_ways = (2.0 * most * (1.0 - LEFT_TO_ROUNDING)).max(forced);
    let row = builder.row(both_ways);
    builder.slack(row, &[(1.0, 0.0, both_ways, 0.0), (-1.0, 0.0, f64::INFINITY, builder.objective.strict_price())]);
    builder.soft("`max_turnover_one_way` of `[rebalance]`".to_owned());
    builder.turnover = Some(row);
}
