//! What the joint planner says of its decision: what it comes to, what is proven, and what each trade does.

use evenkeel_ledger::number::{Money, NumberError, Quantity, Rounding};
use serde::Serialize;

use crate::boundary::{to_decimal, to_f64, to_money};
use crate::policy::Mode;
use crate::trade::context::Context;
use crate::trade::list::{NotTraded, Side, TradeList};
use crate::trade::planner::Plan;
use crate::trade::settle::Execution;
use crate::trade::situation::Situation;
use crate::trade::tax_lots::gain_of;
use crate::words::{amount, percent, points};

use super::conflict::Conflict;
use super::effects::effects;
use super::followed::Tracking;
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
            (self.risk, "of drift"),
            (self.bands, "of weight beyond bands"),
            (self.limits, "of limits and cash not kept"),
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
    let Some(objective) = Objective::new(context, situation, weighing) else { return Ok(()) };
    let objective = objective.weighed_as(tracking);
    let effects = effects(context, situation, &objective, plan)?;
    for (trade, effect) in list.trades.iter_mut().zip(effects.into_iter().flatten()) {
        trade.reason = format!("{}; {}", trade.reason, effect.in_words());
        trade.effect = Some(effect);
    }
    if mode == Some(Mode::Full) {
        let is_class = |left: &NotTraded| left.account.is_none() && context.items.iter().any(|item| item.class.as_str() == left.subject);
        list.not_traded.retain(|left| !is_class(left));
        list.not_traded.extend(still_off_target(context, situation, &objective, plan)?);
    }
    Ok(())
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
    objective: &Objective<'_>,
    plan: &Plan,
) -> Result<Vec<NotTraded>, NumberError> {
    let gains = plan.gains_by_return(context, situation)?;
    let slopes = objective.slopes(&plan.after);
    let mut told = Vec::new();
    for (sleeve, (value, target)) in plan.after.iter().zip(objective.weighing.targets).enumerate() {
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
                let Some(tax) = objective.next_tax(context, situation, plan, &gains, index, position)? else { continue };
                let tax = NEXT * tax;
                if cheapest.as_ref().is_none_or(|(least, _)| trading + tax < *least) {
                    let told =
                        |value: f64| Ok::<_, NumberError>(amount(to_money(value, context.currency())?.to_cents(Rounding::HalfEven)?));
                    let (next, symbol) = (told(NEXT)?, context.universe.symbol(position.instrument));
                    let effect = if saved >= 0.0 { "save" } else { "add" };
                    let (drift, trade, owed) = (told(saved.abs())?, told(trading)?, told(tax.abs())?);
                    let owed = if tax < 0.0 { format!("and save {owed} of tax") } else { format!("and {owed} of tax") };
                    let id = &account.account.id;
                    let text = format!(
                        "the next {next} of {symbol} sold in `{id}` would {effect} {drift} of drift and cost {trade} to trade {owed}"
                    );
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
    pub(super) fn slopes(&self, values: &[f64]) -> Vec<f64> {
        let weights: Vec<f64> = values.iter().map(|value| value / self.value).collect();
        let factors = self.factors_of(&weights);
        let slope = |sleeve: usize| self.loadings.column(sleeve).iter().zip(&factors).map(|(loading, factor)| loading * factor).sum();
        (0..values.len()).map(slope).collect()
    }

    /// Tax, now and later, of a unit of value more sold of a position, of its lot of which the gain is least; `None` where nothing
    /// more of it may be sold.
    fn next_tax(
        &self,
        context: &Context<'_>,
        situation: &Situation<'_>,
        plan: &Plan,
        gains: &[evenkeel_ledger::household::GainsByTerm],
        account: usize,
        position: &crate::trade::position::PositionSituation<'_>,
    ) -> Result<Option<f64>, NumberError> {
        let Some(of) = situation.accounts.get(account) else { return Ok(None) };
        if of.rates.is_none() {
            let executions = plan.accounts.get(account).map_or(&[][..], |settled| &settled.executions);
            let is_gone = |execution: &Execution| (execution.order.instrument, execution.side) == (position.instrument, Side::Sell);
            let sold = executions.iter().find(|execution| is_gone(execution)).map_or(Quantity::ZERO, |execution| execution.quantity);
            return Ok((position.sellable_quantity()? > sold).then_some(0.0));
        }
        let unit = context.unit(position.instrument).value.unwrap_or(0.0);
        let sale = plan.sales.get(account).into_iter().flatten().find(|sale| sale.instrument == position.instrument);
        // A loss would be washed by what is bought.
        let set = context.identical.of(position.instrument).filter(|_| situation.avoids_washes);
        let washes = set.is_some_and(|set| !plan.buys_of(context, set).is_empty());
        let mut least: Option<(f64, bool)> = None;
        for (index, lot) in position.lots.iter().enumerate() {
            let sold = sale.and_then(|sale| sale.places.iter().zip(&sale.lots).find(|(place, _)| **place == index));
            let gain = gain_of(context, lot, to_f64(lot.quantity.decimal()) * unit);
            let is_left = position.free(index)? > sold.map_or(Quantity::ZERO, |(_, sold)| sold.quantity);
            if is_left && !(washes && gain < 0.0) && least.is_none_or(|(known, _)| gain < known) {
                least = Some((gain, context.is_long_term(lot)));
            }
        }
        let Some((gain, long)) = least else { return Ok(None) };
        let place = situation.returns.of(account);
        let Some((place, year, realized)) = place.and_then(|place| Some((place, situation.returns.years.get(place)?, gains.get(place)?)))
        else {
            let rates = of.rates.unwrap_or_default();
            let rate = if long { rates.long_term } else { rates.short_term };
            return Ok(Some(gain * (rate - self.rules.later_tax * rates.long_term)));
        };
        let none = Money::zero(realized.short_term.currency());
        let rate = base_per_unit(context, none);
        let step = Money::new(to_decimal(NEXT * gain / rate.max(f64::MIN_POSITIVE), Rounding::HalfEven)?, none.currency());
        let (short, long_term) = if long { (none, step) } else { (step, none) };
        let (short, long_term) = (realized.short_term.try_add(short)?, realized.long_term.try_add(long_term)?);
        let taxes = (self.tax(place, year, short, long_term), self.tax(place, year, realized.short_term, realized.long_term));
        let now = if let (Some(with), Some(without)) = taxes { rate * (with - without) / NEXT } else { 0.0 };
        Ok(Some(now - self.later_rates.get(place).copied().unwrap_or(0.0) * gain))
    }
}

impl Optimum {
    /// What is proven, in a sentence.
    pub fn statement(&self, value: Money) -> String {
        let saved = self.nothing.total - self.terms.total;
        let kept = self.nothing.limits + self.nothing.bands - self.terms.limits - self.terms.bands;
        let worth = to_money(1e-4 * (saved - kept).abs() * to_f64(value.amount()), value.currency())
            .ok()
            .and_then(|money| money.to_cents(Rounding::HalfEven).ok());
        let worth = worth.map_or_else(String::new, |worth| format!(" ({})", amount(worth)));
        let side = |saved: f64| if saved < 0.0 { "worse" } else { "better" };
        let better = format!("it is {:.2} bp of household value", saved.abs());
        let better = if kept.abs() < LEAST_TOLD {
            format!("{better}{worth} {} than doing nothing", side(saved))
        } else {
            // What bands and limits are priced at is nobody's money.
            let (price, rest) = (kept.abs(), (saved - kept).abs());
            let (prices, rest_is) = (side(kept), side(saved - kept));
            format!(
                "{better} {} than doing nothing: {price:.2} bp {prices} by what bands, limits and cash not kept are priced at, {rest:.2} bp{worth} {rest_is} in all else",
                side(saved)
            )
        };
        match self.proof {
            None => format!("{better}; nothing is proven of how much better another decision could be"),
            Some(proof) => format!("{better}, and no decision is better than it by more than {:.2} bp", proof.gap),
        }
    }
}
