//! What the joint planner says of its decision: what it comes to, what is proven, and what each trade does.

use evenkeel_ledger::number::{Money, NumberError, Rounding};
use serde::Serialize;

use crate::boundary::{to_decimal, to_f64, to_money};
use crate::policy::Mode;
use crate::trade::context::Context;
use crate::trade::list::{LotSale, NotTraded, Side, TradeList};
use crate::trade::planner::Plan;
use crate::trade::situation::Situation;
use crate::trade::tax_lots::gain_of;
use crate::words::{amount, percent, points};

use super::conflict::Conflict;
use super::followed::{Followed, Tracking};
use super::objective::{Objective, Terms, Weighing, base_per_unit};

/// What a joint decision comes to and what is proven of it; in basis points of household value over the horizon.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Optimum {
    /// Years over which risk and location costs are counted.
    pub horizon_years: f64,
    /// What the decision comes to.
    pub terms: Terms,
    /// How far classes are from the indices that they follow.
    pub tracking: Vec<Tracking>,
    /// What doing nothing comes to.
    pub nothing: Terms,
    /// What the plan of the rules planner comes to.
    pub rules: Terms,
    /// What is proven; `None` where the program could not be solved.
    pub proof: Option<Proof>,
    /// What the bound holds for where it is not the full rule.
    pub approximations: Vec<String>,
    /// Where not every rule can be kept, the smallest set of them that exclude one another.
    pub conflict: Option<Conflict>,
}

/// A bound on what any decision could come to, in basis points of household value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Proof {
    /// No decision comes to less.
    pub bound: f64,
    /// What the decision comes to − the bound: it could be better by no more than that.
    pub gap: f64,
    /// Whether the search ended because the gap was closed, and not because the work was spent.
    pub complete: bool,
    /// Convex programs solved.
    pub nodes: usize,
    /// Matrices factored.
    pub factorizations: usize,
    /// Share of the work budget that was spent.
    pub work: f64,
}

impl Terms {
    /// What a trade does, in words: "takes away 3.10 bp of risk; costs 0.40 bp to trade and 1.20 bp of tax".
    fn in_words(self) -> String {
        let bp = |value: f64| format!("{:.2} bp", value.abs());
        let tax = self.tax + self.later_tax;
        let parts = [
            (self.risk + self.bands, "of drift"),
            (self.index, "of risk against the index"),
            (self.trading, "of trading costs"),
            (tax, "of tax"),
            (self.location, "of location cost"),
        ];
        let told = |sign: f64| -> Vec<String> {
            let of_sign = parts.iter().filter(|(value, _)| value * sign >= LEAST_TOLD);
            of_sign.map(|(value, what)| format!("{} {what}", bp(*value))).collect()
        };
        match (told(-1.0), told(1.0)) {
            (saved, spent) if saved.is_empty() && spent.is_empty() => "next to nothing is gained or spent by it alone".to_owned(),
            (saved, spent) if spent.is_empty() => format!("it saves {}", crate::words::listed(&refs(&saved))),
            (saved, spent) if saved.is_empty() => {
                format!("alone it costs {}, and makes room for others", crate::words::listed(&refs(&spent)))
            }
            (saved, spent) => format!("it saves {} and costs {}", crate::words::listed(&refs(&saved)), crate::words::listed(&refs(&spent))),
        }
    }
}

/// Basis points below which a term is not told.
const LEAST_TOLD: f64 = 0.005;

fn refs(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}

/// Adds to the trades of a plan what each does, and why classes stay above their targets.
///
/// # Errors
/// An amount out of range.
pub(in crate::trade) fn explain(
    context: &Context<'_>,
    situation: &Situation<'_>,
    weighing: &Weighing<'_>,
    tracking: &[Tracking],
    plan: &Plan,
    mode: Option<Mode>,
    list: &mut TradeList,
) -> Result<(), NumberError> {
    let effects = effects(context, situation, weighing, tracking, plan)?;
    for (trade, effect) in list.trades.iter_mut().zip(effects.into_iter().flatten()) {
        trade.reason = format!("{}; {}", trade.reason, effect.in_words());
        trade.effect = Some(effect);
    }
    if mode == Some(Mode::Full) {
        let is_class = |left: &NotTraded| left.account.is_none() && context.items.iter().any(|item| item.class.as_str() == left.subject);
        list.not_traded.retain(|left| !is_class(left));
        list.not_traded.extend(still_off_target(context, situation, weighing, plan)?);
    }
    Ok(())
}

/// By account and execution, what each trade adds to the objective. Drift is shared out along the straight way from before
/// to after (R. Aumann and L. Shapley, *Values of Non-Atomic Games*, 1974), each trade taking its money from cash, so that
/// the shares add up to what all trades do; tax is that of the plan less that of the plan without the trade.
///
/// # Errors
/// An amount out of range.
fn effects(
    context: &Context<'_>,
    situation: &Situation<'_>,
    weighing: &Weighing<'_>,
    tracking: &[Tracking],
    plan: &Plan,
) -> Result<Vec<Vec<Terms>>, NumberError> {
    let Some(objective) = Objective::new(context, situation, weighing) else { return Ok(Vec::new()) };
    let objective = objective.weighed_as(tracking);
    let indices: Vec<Vec<f64>> = objective.followed.iter().map(|index| index.slopes(situation, plan, objective.value)).collect();
    let slopes = Slopes::along(&objective, &situation.sleeve_values(context.sleeves.len()), &plan.after);
    let with = objective.taxes(context, situation, plan)?;
    let mut fewer = plan.clone();
    let mut all = Vec::with_capacity(plan.accounts.len());
    for (index, settled) in plan.accounts.iter().enumerate() {
        let mut of_account = Vec::with_capacity(settled.executions.len());
        let mut sold = 0;
        for execution in &settled.executions {
            let is_sell = execution.side == Side::Sell;
            let part = to_f64(execution.gross.amount()) / objective.value * if is_sell { -1.0 } else { 1.0 };
            let exposures = || context.sleeves.exposures(execution.order.instrument).iter().map(|of| (of.sleeve.0, of.weight));
            let cash = context.sleeves.cash.0;
            let of = |slopes: &[f64]| {
                let at = |sleeve: usize| slopes.get(sleeve).copied().unwrap_or(0.0);
                1e4 * part * exposures().map(|(sleeve, weight)| weight * (at(sleeve) - at(cash))).sum::<f64>()
            };
            let location = |sleeve: usize| objective.location(index, sleeve);
            let located: f64 = exposures().map(|(sleeve, weight)| weight * (location(sleeve) - location(cash))).sum();
            let of_index = |(index, slopes): (&Followed<'_>, &Vec<f64>)| {
                let name = index.model.position(execution.order.instrument);
                name.and_then(|name| slopes.get(name)).copied().unwrap_or(0.0)
            };
            let mut effect = Terms {
                risk: of(&slopes.risk),
                index: 1e4 * part * objective.followed.iter().zip(&indices).map(of_index).sum::<f64>(),
                bands: of(&slopes.bands),
                trading: 1e4 * to_f64(execution.costs.total.amount()) / objective.value,
                location: 1e4 * part * objective.rules.horizon_years * located,
                ..Terms::default()
            };
            if is_sell {
                let taken = exchange_lots(&mut fewer, index, sold, (Vec::new(), Vec::new()));
                let without = objective.taxes(context, situation, &fewer)?;
                exchange_lots(&mut fewer, index, sold, taken);
                effect.tax = 1e4 * (with.0 - without.0) / objective.value;
                effect.later_tax = 1e4 * (with.1 - without.1) / objective.value;
                sold += 1;
            }
            of_account.push(effect.summed());
        }
        all.push(of_account);
    }
    Ok(all)
}

/// Puts other lots in the place of those of a sale, and gives those: with none it realizes nothing.
fn exchange_lots(plan: &mut Plan, account: usize, sale: usize, mut lots: (Vec<LotSale>, Vec<usize>)) -> (Vec<LotSale>, Vec<usize>) {
    if let Some(chosen) = plan.sales.get_mut(account).and_then(|sales| sales.get_mut(sale)) {
        std::mem::swap(&mut chosen.lots, &mut lots.0);
        std::mem::swap(&mut chosen.places, &mut lots.1);
    }
    lots
}

/// Points of the way at which slopes are looked at: enough to see where a band is left or entered.
const POINTS: usize = 32;

/// By sleeve, what a unit of weight costs in risk and beyond bands, on average over the way from before to after.
struct Slopes {
    risk: Vec<f64>,
    bands: Vec<f64>,
}

impl Slopes {
    fn along(objective: &Objective<'_>, before: &[f64], after: &[f64]) -> Self {
        let mut slopes = Self { risk: vec![0.0; after.len()], bands: vec![0.0; after.len()] };
        let steps = (0..POINTS).fold(0.0, |count, _| count + 1.0);
        let mut passed = 0.5;
        for _ in 0..POINTS {
            let share = passed / steps;
            let values: Vec<f64> = before.iter().zip(after).map(|(before, after)| before + share * (after - before)).collect();
            let risk = objective.slopes(&values);
            slopes.risk.iter_mut().zip(risk).for_each(|(sum, slope)| *sum += slope / steps);
            for corridor in &objective.corridors {
                let weight: f64 = corridor.sleeves.iter().filter_map(|sleeve| values.get(*sleeve)).sum::<f64>() / objective.value;
                let side = if weight > corridor.upper {
                    1.0
                } else if weight < corridor.lower {
                    -1.0
                } else {
                    continue;
                };
                for sleeve in &corridor.sleeves {
                    if let Some(slope) = slopes.bands.get_mut(*sleeve) {
                        *slope += side * objective.rules.band_price / steps;
                    }
                }
            }
            passed += 1.0;
        }
        slopes
    }
}

/// Drift that is worth a word, in weight.
const DRIFT_TOLD: f64 = 0.0025;

/// Amount by which the next trade is priced.
const NEXT: f64 = 1_000.0;

/// Classes that stay above target, and why selling more of them does not pay.
///
/// # Errors
/// An amount out of range.
fn still_off_target(
    context: &Context<'_>,
    situation: &Situation<'_>,
    weighing: &Weighing<'_>,
    plan: &Plan,
) -> Result<Vec<NotTraded>, NumberError> {
    let Some(objective) = Objective::new(context, situation, weighing) else { return Ok(Vec::new()) };
    let gains = plan.gains_by_return(context, situation)?;
    let slopes = objective.slopes(&plan.after);
    let mut told = Vec::new();
    for (sleeve, (value, target)) in plan.after.iter().zip(weighing.targets).enumerate() {
        let drift = value / objective.value - target;
        if drift < DRIFT_TOLD || sleeve == context.sleeves.cash.0 {
            continue;
        }
        let Some(item) = context.item_of(sleeve) else { continue };
        let saved = NEXT * slopes.get(sleeve).copied().unwrap_or(0.0);
        let mut cheapest: Option<(f64, String)> = None;
        for (index, account) in situation.accounts.iter().enumerate() {
            for position in account.positions_in(sleeve).iter().filter(|position| position.may_sell && position.sellable() > 0.0) {
                let (_, linear, _) = context.costs.terms(position.instrument);
                let trading = NEXT * linear;
                let tax = NEXT * objective.next_tax(context, situation, plan, &gains, index, position)?;
                let text = format!(
                    "the next 1,000 of {} sold in `{}` would save {saved:.2} of drift and cost {trading:.2} to trade and {tax:.2} of tax",
                    context.universe.symbol(position.instrument),
                    account.account.id
                );
                if cheapest.as_ref().is_none_or(|(least, _)| trading + tax < *least) {
                    cheapest = Some((trading + tax, text));
                }
            }
        }
        let stays = format!("{} stays {} above its target of {}", item.class, points(drift), percent(*target));
        let why = cheapest.map_or_else(|| "nothing of it may be sold".to_owned(), |(_, text)| text);
        told.push(NotTraded {
            account: None,
            subject: item.class.to_string(),
            value: to_money(-drift * objective.value, context.currency())?.to_cents(Rounding::HalfEven)?,
            reason: format!("{stays}: {why}"),
        });
    }
    Ok(told)
}

impl Objective<'_> {
    /// By sleeve, what a unit of value more of it costs in risk.
    fn slopes(&self, values: &[f64]) -> Vec<f64> {
        let weights: Vec<f64> = values.iter().map(|value| value / self.value).collect();
        let factors = self.factors_of(&weights);
        let slope = |sleeve: usize| self.loadings.column(sleeve).iter().zip(&factors).map(|(loading, factor)| loading * factor).sum();
        (0..values.len()).map(slope).collect()
    }

    /// Tax, now and later, of a unit of value more sold of a position, of its lot of which the gain is least.
    fn next_tax(
        &self,
        context: &Context<'_>,
        situation: &Situation<'_>,
        plan: &Plan,
        gains: &[evenkeel_ledger::household::GainsByTerm],
        account: usize,
        position: &crate::trade::position::PositionSituation<'_>,
    ) -> Result<f64, NumberError> {
        let Some(of) = situation.accounts.get(account).filter(|of| of.rates.is_some()) else { return Ok(0.0) };
        let unit = context.unit(position.instrument).value.unwrap_or(0.0);
        let sold = plan.sales.get(account).into_iter().flatten().find(|sale| sale.instrument == position.instrument);
        let left = |index: usize| sold.is_none_or(|sale| !sale.places.contains(&index));
        let lots = position.lots.iter().enumerate().filter(|(index, lot)| lot.quantity.is_positive() && left(*index));
        let priced = lots.map(|(_, lot)| (gain_of(context, lot, to_f64(lot.quantity.decimal()) * unit), context.is_long_term(lot)));
        let Some((gain, long)) = priced.min_by(|a, b| a.0.total_cmp(&b.0)) else { return Ok(0.0) };
        let place = situation.returns.of(account);
        let Some((place, year, realized)) = place.and_then(|place| Some((place, situation.returns.years.get(place)?, gains.get(place)?)))
        else {
            let rates = of.rates.unwrap_or_default();
            let rate = if long { rates.long_term } else { rates.short_term };
            return Ok(gain * (rate - self.rules.later_tax * rates.long_term));
        };
        let none = Money::zero(realized.short_term.currency());
        let rate = base_per_unit(context, none);
        let step = Money::new(to_decimal(NEXT * gain / rate.max(f64::MIN_POSITIVE), Rounding::HalfEven)?, none.currency());
        let (short, long_term) = if long { (none, step) } else { (step, none) };
        let (short, long_term) = (realized.short_term.try_add(short)?, realized.long_term.try_add(long_term)?);
        let taxes = (self.tax(place, year, short, long_term), self.tax(place, year, realized.short_term, realized.long_term));
        let now = if let (Some(with), Some(without)) = taxes { rate * (with - without) / NEXT } else { 0.0 };
        Ok(now - self.later_rates.get(place).copied().unwrap_or(0.0) * gain)
    }
}

impl Optimum {
    /// What is proven, in a sentence.
    pub fn statement(&self, value: Money) -> String {
        let saved = self.nothing.total - self.terms.total;
        let worth = to_money(1e-4 * saved * to_f64(value.amount()), value.currency())
            .ok()
            .and_then(|money| money.to_cents(Rounding::HalfEven).ok());
        let worth = worth.map_or_else(String::new, |worth| format!(" ({})", amount(worth)));
        let better = format!("it is {saved:.2} bp of household value{worth} better than doing nothing");
        match self.proof {
            None => format!("{better}; nothing is proven of how much better another decision could be"),
            Some(proof) => format!("{better}, and no decision is better than it by more than {:.2} bp", proof.gap),
        }
    }
}
