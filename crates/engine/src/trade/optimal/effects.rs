//! What each trade of a decision adds to the objective.
//!
//! Drift, limits and tax are what all trades do together. They are shared out along the straight way from before to after
//! (R. Aumann and L. Shapley, *Values of Non-Atomic Games*, 1974), each trade taking what it moves and costs from the cash of its
//! account, so that the shares add up to what all trades do.

use evenkeel_ledger::number::{Money, NumberError, Rounding};

use crate::boundary::{to_decimal, to_f64};
use crate::policy::Bound;
use crate::trade::context::Context;
use crate::trade::list::{LotSale, Side};
use crate::trade::planner::Plan;
use crate::trade::settle::Execution;
use crate::trade::situation::Situation;
use crate::trade::taxed::in_base;

use super::followed::Followed;
use super::objective::{Objective, Terms, base_per_unit};

/// Points of the way at which the tax of a return is looked at.
const POINTS: usize = 32;

/// Gain by which a rate is tried, in the currency of the return.
const TRIED: f64 = 100.0;

/// By account and execution, what each trade adds to the objective, in basis points.
///
/// # Errors
/// An amount out of range.
pub(super) fn effects(
    context: &Context<'_>,
    situation: &Situation<'_>,
    objective: &Objective<'_>,
    plan: &Plan,
) -> Result<Vec<Vec<Terms>>, NumberError> {
    let slopes = Slopes::along(context, situation, objective, plan);
    let indices: Vec<Vec<f64>> = objective.followed.iter().map(|index| index.slopes(situation, plan, objective.value)).collect();
    let taxes = TaxSlopes::along(context, situation, objective, plan)?;
    let mut all = Vec::with_capacity(plan.accounts.len());
    for (account, settled) in plan.accounts.iter().enumerate() {
        let mut of_account = Vec::with_capacity(settled.executions.len());
        let mut sales = plan.sales.get(account).into_iter().flatten();
        for execution in &settled.executions {
            let mut effect = slopes.effect(context, objective, account, execution);
            let of_index = |(index, slopes): (&Followed<'_>, &Vec<f64>)| {
                let name = index.model.position(execution.order.instrument);
                name.and_then(|name| slopes.get(name)).copied().unwrap_or(0.0)
            };
            effect.index = moved(objective, execution) * objective.followed.iter().zip(&indices).map(of_index).sum::<f64>();
            if execution.side == Side::Sell {
                let lots = sales.next().map_or(&[][..], |sale| &sale.lots);
                (effect.tax, effect.later_tax) = taxes.of(context, situation, objective, account, lots);
            }
            of_account.push(effect.in_basis_points().summed());
        }
        all.push(of_account);
    }
    Ok(all)
}

/// What an execution moves out of cash, a fraction of household value; below zero where it sells.
fn moved(objective: &Objective<'_>, execution: &Execution) -> f64 {
    to_f64(execution.gross.amount()) / objective.value * if execution.side == Side::Sell { -1.0 } else { 1.0 }
}

/// Share of the straight way between two amounts on which it is above zero.
fn share_above(before: f64, after: f64) -> f64 {
    match (before > 0.0, after > 0.0) {
        (true, true) => 1.0,
        (false, false) => 0.0,
        _ => before.max(after) / (before - after).abs(),
    }
}

/// What a unit costs on average over the way.
struct Slopes {
    /// By sleeve.
    risk: Vec<f64>,
    bands: Vec<f64>,
    /// By instrument of the universe, and last cash.
    limits: Vec<f64>,
    /// By account, of cash.
    cash: Vec<f64>,
}

impl Slopes {
    fn along(context: &Context<'_>, situation: &Situation<'_>, objective: &Objective<'_>, plan: &Plan) -> Self {
        let before = situation.sleeve_values(context.sleeves.len());
        // What is quadratic has on average the slope that it has half way.
        let middle: Vec<f64> = before.iter().zip(&plan.after).map(|(before, after)| f64::midpoint(*before, *after)).collect();
        let mut bands = vec![0.0; before.len()];
        for corridor in &objective.corridors {
            let weight = |values: &[f64]| corridor.sleeves.iter().filter_map(|at| values.get(*at)).sum::<f64>() / objective.value;
            let (from, to) = (weight(&before), weight(&plan.after));
            let above = share_above(from - corridor.upper, to - corridor.upper);
            let below = share_above(corridor.lower - from, corridor.lower - to);
            for sleeve in &corridor.sleeves {
                bands.get_mut(*sleeve).into_iter().for_each(|slope| *slope += objective.rules.band_price * (above - below));
            }
        }
        let mut limits = vec![0.0; context.universe.len() + 1];
        let nothing = Plan::nothing(context, situation);
        let breaches = objective.breaches(context, situation, &nothing).into_iter().zip(objective.breaches(context, situation, plan));
        for (limit, (from, to)) in objective.limits.iter().zip(breaches) {
            let price = objective.limit_price * share_above(from, to) * if limit.bound == Bound::AtMost { 1.0 } else { -1.0 };
            limits.iter_mut().zip(&limit.coefficients).for_each(|(slope, coefficient)| *slope += price * coefficient);
        }
        let reserve = situation.cash_reserve.minimum + situation.cash_reserve.upcoming;
        let cash = |plan: &Plan| plan.accounts.iter().map(|settled| to_f64(settled.cash_after.amount())).collect::<Vec<f64>>();
        let (from, to) = (cash(&nothing), cash(plan));
        let of_all = share_above(reserve - from.iter().sum::<f64>(), reserve - to.iter().sum::<f64>());
        let of_account = situation.accounts.iter().zip(from.iter().zip(&to)).map(|(account, (from, to))| {
            let floor = to_f64(account.cash_floor.amount());
            -objective.limit_price * (of_all + share_above(floor - from, floor - to))
        });
        let cash = of_account.collect();
        Self { risk: objective.slopes(&middle), bands, limits, cash }
    }

    /// What an execution adds, but for tax and indices; fractions of value.
    fn effect(&self, context: &Context<'_>, objective: &Objective<'_>, account: usize, execution: &Execution) -> Terms {
        let instrument = execution.order.instrument;
        let trading = to_f64(execution.costs.total.amount()) / objective.value;
        let bought = moved(objective, execution);
        let to_cash = -bought - trading;
        let cash = context.sleeves.cash.0;
        let shared = |of: &dyn Fn(usize) -> f64| {
            let exposures = context.sleeves.exposures(instrument).iter();
            bought * exposures.map(|exposure| exposure.weight * of(exposure.sleeve.0)).sum::<f64>() + to_cash * of(cash)
        };
        let at = |slopes: &[f64], place: usize| slopes.get(place).copied().unwrap_or(0.0);
        let limits =
            bought * at(&self.limits, instrument.index()) + to_cash * (at(&self.limits, context.universe.len()) + at(&self.cash, account));
        Terms {
            risk: shared(&|sleeve| at(&self.risk, sleeve)),
            bands: shared(&|sleeve| at(&self.bands, sleeve)),
            limits,
            trading,
            location: shared(&|sleeve| objective.rules.horizon_years * objective.location(account, sleeve)),
            ..Terms::default()
        }
    }
}

/// By return, tax of a unit of gain on average over the way, and what the way leaves over for each unit of gain or loss.
struct TaxSlopes {
    rates: Vec<[f64; 2]>,
    left_over: Vec<f64>,
}

impl TaxSlopes {
    fn along(context: &Context<'_>, situation: &Situation<'_>, objective: &Objective<'_>, plan: &Plan) -> Result<Self, NumberError> {
        let mut slopes = Self { rates: Vec::new(), left_over: Vec::new() };
        for (place, (year, gains)) in situation.returns.years.iter().zip(plan.gains_by_return(context, situation)?).enumerate() {
            let currency = gains.short_term.currency();
            let (short, long) = (to_f64(gains.short_term.amount()), to_f64(gains.long_term.amount()));
            let tax = |short: f64, long: f64| -> Result<f64, NumberError> {
                let money = |value: f64| Ok(Money::new(to_decimal(value, Rounding::HalfEven)?, currency));
                Ok(objective.tax(place, year, money(short)?, money(long)?).unwrap_or(0.0))
            };
            let steps = (0..POINTS).fold(0.0, |count, _| count + 1.0);
            let (mut rates, mut passed) = ([0.0; 2], 0.5 / steps);
            for _ in 0..POINTS {
                let (short, long) = (passed * short, passed * long);
                let at = tax(short, long)?;
                rates[0] += (tax(short + TRIED, long)? - at) / (TRIED * steps);
                rates[1] += (tax(short, long + TRIED)? - at) / (TRIED * steps);
                passed += 1.0 / steps;
            }
            let sales = plan.taxable_sales(situation).filter(|(account, ..)| situation.returns.of(*account) == Some(place));
            let own: Vec<GainsInBase> = sales.map(|(.., sale)| gains_of(context, sale)).collect();
            let per_unit = base_per_unit(context, Money::zero(currency));
            let shared: f64 = own.iter().map(|own| own.short * rates[0] + own.long * rates[1]).sum();
            let moved: f64 = own.iter().map(|own| own.short.abs() + own.long.abs()).sum();
            let left = per_unit * (tax(short, long)? - tax(0.0, 0.0)?) - shared;
            slopes.rates.push(rates);
            slopes.left_over.push(if moved > 0.0 { left / moved } else { 0.0 });
        }
        Ok(slopes)
    }

    /// Tax of the year and of later years that the lots of a sale add, fractions of value.
    fn of(
        &self,
        context: &Context<'_>,
        situation: &Situation<'_>,
        objective: &Objective<'_>,
        account: usize,
        lots: &[LotSale],
    ) -> (f64, f64) {
        let Some(own) = situation.accounts.get(account).and_then(|account| account.rates) else { return (0.0, 0.0) };
        let place = situation.returns.of(account);
        let later_rate = place.and_then(|place| objective.later_rates.get(place)).copied();
        let later_rate = later_rate.unwrap_or(objective.rules.later_tax * own.long_term);
        let (mut tax, mut later) = (0.0, 0.0);
        for sale in lots {
            let gains = gains_of(context, sale);
            let rates = place.and_then(|place| Some((self.rates.get(place)?, self.left_over.get(place)?)));
            tax += match rates {
                Some(([short, long], left)) => gains.short * short + gains.long * long + left * (gains.short.abs() + gains.long.abs()),
                None => sale.tax.map_or(0.0, |owed| in_base(context, owed)),
            };
            later -= later_rate * (gains.short + gains.long);
        }
        (tax / objective.value, later / objective.value)
    }
}

/// Gains of a lot in the base currency.
struct GainsInBase {
    short: f64,
    long: f64,
}

fn gains_of(context: &Context<'_>, sale: &LotSale) -> GainsInBase {
    let gain = sale.gain.map_or(0.0, |gain| in_base(context, gain));
    if sale.long_term == Some(true) { GainsInBase { short: 0.0, long: gain } } else { GainsInBase { short: gain, long: 0.0 } }
}
