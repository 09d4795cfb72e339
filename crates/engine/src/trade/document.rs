//! From a plan to the documents that a person reads: trades, what is not traded, cash.

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::number::{Decimal, Money, NumberError};

use crate::boundary::to_money;
use crate::policy::{Destination, Mode, Scope};
use crate::words::{amount, listed, listed_briefly, percent, points};

use super::context::{Context, Kind};
use super::list::{CashLine, NotTraded, Side, Trade, TradeList};
use super::lots::ChosenLots;
use super::orders::Order;
use super::planner::Plan;
use super::settle::{Drop, Dropped, Execution, Settled};
use super::situation::{AccountSituation, Situation};
use super::taxes::kept_lots;

/// Change of value below which a class counts as on target.
const UNCHANGED: f64 = 0.005;

/// Current, target and planned weight of each sleeve, for the sentences.
pub(super) struct Weights<'a> {
    pub(super) before: &'a [f64],
    pub(super) target: &'a [f64],
    pub(super) after: &'a [f64],
}

/// Writes down a plan.
pub(super) fn write_down(
    context: &Context<'_>,
    situation: &Situation<'_>,
    plan: &Plan,
    weights: &Weights<'_>,
    mode: Option<Mode>,
) -> Result<TradeList, NumberError> {
    let mut trades = Vec::new();
    let mut cash = Vec::new();
    for (index, (account, settled)) in situation.accounts.iter().zip(&plan.accounts).enumerate() {
        let mut sales = plan.sales.get(index).into_iter().flatten();
        for execution in &settled.executions {
            let chosen = if execution.side == Side::Sell { sales.next() } else { None };
            trades.push(trade(context, situation, account, plan, weights, execution, chosen)?);
        }
        let aimed = plan.cash_targets.get(index).copied().unwrap_or(account.cash);
        let target = to_money(aimed, context.currency())?.to_cents(evenkeel_ledger::number::Rounding::HalfEven)?;
        cash.push(cash_line(account, settled, target)?);
    }
    let not_traded = if context.is_terse { Vec::new() } else { not_traded(context, situation, plan, weights, mode)? };
    Ok(TradeList { trades, not_traded, cash, costs: plan.costs(context)? })
}

fn trade(
    context: &Context<'_>,
    situation: &Situation<'_>,
    account: &AccountSituation<'_>,
    plan: &Plan,
    weights: &Weights<'_>,
    execution: &Execution,
    chosen: Option<&ChosenLots>,
) -> Result<Trade, NumberError> {
    if context.is_terse {
        return written(context, account, execution, chosen, String::new(), Vec::new());
    }
    let reason = reason(context, situation, account, plan, weights, execution);
    let bound_by = bound_by(context, account, plan, execution, chosen.and_then(|chosen| chosen.remark.clone()));
    written(context, account, execution, chosen, reason, bound_by)
}

/// An execution as a person reads it.
pub(super) fn written(
    context: &Context<'_>,
    account: &AccountSituation<'_>,
    execution: &Execution,
    chosen: Option<&ChosenLots>,
    reason: String,
    bound_by: Vec<String>,
) -> Result<Trade, NumberError> {
    let order = &execution.order;
    let known = context.universe.get(order.instrument);
    let cash = match execution.side {
        Side::Sell => execution.gross.try_sub(execution.costs.total)?,
        Side::Buy => execution.gross.try_add(execution.costs.total)?.neg(),
    };
    let price = context.market.price(order.instrument).map(|point| point.price).unwrap_or_default();
    Ok(Trade {
        account: account.account.id.clone(),
        symbol: context.universe.symbol(order.instrument).to_owned(),
        class: context.item_of(order.sleeve).map(|item| item.class.to_string()).unwrap_or_default(),
        side: execution.side,
        quantity: execution.quantity,
        price,
        price_currency: known.map_or(context.currency(), |known| known.currency),
        gross: execution.gross,
        costs: execution.costs,
        cash,
        lots: chosen.map_or_else(Vec::new, |chosen| chosen.lots.clone()),
        reason,
        bound_by,
        effect: None,
    })
}

/// Cash of an account before and after its trades.
pub(super) fn cash_line(account: &AccountSituation<'_>, settled: &Settled, target: Money) -> Result<CashLine, NumberError> {
    Ok(CashLine {
        account: account.account.id.clone(),
        before: account.valued.cash,
        flows: account.flows,
        sells: settled.sells,
        buys: settled.buys,
        costs: settled.costs.total,
        after: settled.cash_after,
        target,
        residual: settled.cash_after.try_sub(target)?,
    })
}

/// Why a trade is made, in a sentence with numbers.
fn reason(
    context: &Context<'_>,
    situation: &Situation<'_>,
    account: &AccountSituation<'_>,
    plan: &Plan,
    weights: &Weights<'_>,
    execution: &Execution,
) -> String {
    let order = &execution.order;
    let symbol = context.universe.symbol(order.instrument);
    let at = |values: &[f64]| values.get(order.sleeve).copied().unwrap_or(0.0);
    let position = account.positions.iter().find(|position| position.instrument == order.instrument);
    if execution.side == Side::Sell && position.is_some_and(|position| position.banned) {
        let why = context.universe.get(order.instrument).and_then(|instrument| instrument.trading.reason.clone());
        return format!("{symbol} is banned{} and may not be held", why.map(|why| format!(" ({why})")).unwrap_or_default());
    }
    if execution.bound.raises_cash {
        return format!("cash would be below the {} that the account must keep", amount(account.cash_minimum));
    }
    let Some(item) = context.item_of(order.sleeve) else { return String::new() };
    if item.kind == Kind::Sold {
        return format!("no class of the policy names {symbol}, so its target is zero");
    }
    let (before, target, after) = (at(weights.before), at(weights.target), at(weights.after));
    let moves = match execution.side {
        Side::Sell if before < target - UNCHANGED * 1e-6 => moves(context, situation, plan, execution),
        Side::Buy if before > target + UNCHANGED * 1e-6 => moves(context, situation, plan, execution),
        _ => String::new(),
    };
    let stands = if before > target + UNCHANGED * 1e-6 {
        format!("{} above", points(before - target))
    } else if before < target - UNCHANGED * 1e-6 {
        format!("{} below", points(target - before))
    } else {
        "at".to_owned()
    };
    format!(
        "{} {} of the household, {stands} its target of {}; afterwards {}{moves}",
        subject(context, order, &item.class),
        percent(before),
        percent(target),
        percent(after)
    )
}

/// Why a trade leads away from target: what it makes room for, in other accounts or in its own.
fn moves(context: &Context<'_>, situation: &Situation<'_>, plan: &Plan, execution: &Execution) -> String {
    let Order { account, sleeve, .. } = execution.order;
    let trades = || plan.accounts.iter().flat_map(|settled| &settled.executions).filter(|other| other.side != execution.side);
    let elsewhere: Vec<&str> = trades()
        .filter(|other| other.order.account != account && other.order.sleeve == sleeve)
        .filter_map(|other| Some(situation.accounts.get(other.order.account)?.account.id.as_str()))
        .collect();
    let here = trades().filter(|other| other.order.account == account).map(|other| context.universe.symbol(other.order.instrument));
    let here: Vec<&str> = here.collect();
    let verb = |takes: &'static str, take: &'static str| if elsewhere.len() == 1 { takes } else { take };
    match execution.side {
        Side::Sell if !elsewhere.is_empty() => {
            format!("; sold here because {} {} up more of it", listed(&elsewhere), verb("takes", "take"))
        }
        Side::Buy if !elsewhere.is_empty() => {
            format!("; bought here because {} {} up more of it", listed(&elsewhere), verb("gives", "give"))
        }
        Side::Sell if !here.is_empty() => format!("; sold here to make room for {}", listed_briefly(&here)),
        Side::Buy if !here.is_empty() => format!("; bought here with what {} brings in", listed_briefly(&here)),
        Side::Buy => "; bought here with cash for which the account has no better use".to_owned(),
        Side::Sell => String::new(),
    }
}

/// The class for which an order is made, and for a composed fund how much of it is of that class.
fn subject(context: &Context<'_>, order: &Order, class: &ClassPath) -> String {
    let exposures = context.sleeves.exposures(order.instrument);
    let of_class = exposures.iter().find(|exposure| exposure.sleeve.0 == order.sleeve).map(|exposure| exposure.weight);
    match of_class.filter(|_| exposures.len() > 1) {
        None => format!("{class} is"),
        Some(share) => {
            let most = exposures.iter().all(|exposure| exposure.weight <= share);
            format!("the fund is {} {class} ({} of it), which is", if most { "mostly" } else { "in part" }, percent(share))
        }
    }
}

/// What kept a trade from going further, or drove it beyond.
fn bound_by(
    context: &Context<'_>,
    account: &AccountSituation<'_>,
    plan: &Plan,
    execution: &Execution,
    remark: Option<String>,
) -> Vec<String> {
    let mut bounds = Vec::new();
    let planned = execution.order.value.abs();
    // Of an instrument in fractions the last digit kept is what it is rounded to, and no lot.
    let lot = context.universe.get(execution.order.instrument).map(|instrument| instrument.lot_size);
    if let Some(lot) = lot.filter(|lot| execution.bound.lot_size && lot.decimal() > Decimal::STEP) {
        bounds.push(format!("lot size {lot}: {planned:.2} was planned"));
    }
    if execution.bound.cash {
        bounds.push(format!("cash: the account must keep {}", amount(account.cash_minimum)));
    }
    if execution.bound.raises_cash {
        bounds.push("cash that must stay comes before the minimum trade".to_owned());
    }
    if let Some(share) = plan.capped {
        bounds.push(format!("turnover cap: {} of the way", percent(share)));
    }
    let menu = (execution.side == Side::Buy).then(|| preferred(context, account, plan, execution)).flatten();
    bounds.extend(menu);
    bounds.extend(remark);
    bounds
}

/// Whether the preferred instrument of a class could not be bought.
fn preferred(context: &Context<'_>, account: &AccountSituation<'_>, plan: &Plan, execution: &Execution) -> Option<String> {
    let sleeve = context.sleeves.get(crate::portfolio::SleeveId(execution.order.sleeve))?;
    let first = sleeve.instruments.iter().copied().next().filter(|first| *first != execution.order.instrument)?;
    let symbol = context.universe.symbol(first);
    let state = context.unit(first).state;
    let why = if !account.account.menu.allows(first) {
        "is not on the account's menu".to_owned()
    } else if !state.may_buy() {
        format!("is {}", state.name())
    } else {
        let lock = plan.locks.forbid_buying(context, first)?;
        format!(
            "or what counts as identical is sold at a loss on {}: buying it up to {} would make that a wash sale",
            lock.sold,
            lock.until()
        )
    };
    Some(format!("{symbol}, which the class prefers, {why}"))
}

/// What was considered and is not traded.
fn not_traded(
    context: &Context<'_>,
    situation: &Situation<'_>,
    plan: &Plan,
    weights: &Weights<'_>,
    mode: Option<Mode>,
) -> Result<Vec<NotTraded>, NumberError> {
    let mut list = Vec::new();
    let min_trade = context.policy.rebalance.min_trade;
    let mut push = |account: usize, order: &Order, reason: String| -> Result<(), NumberError> {
        list.push(NotTraded {
            account: situation.accounts.get(account).map(|account| account.account.id.clone()),
            subject: context.universe.symbol(order.instrument).to_owned(),
            value: to_money(order.value, context.currency())?.to_cents(evenkeel_ledger::number::Rounding::HalfEven)?,
            reason,
        });
        Ok(())
    };
    for (place, dropped) in plan.dropped.iter().enumerate() {
        let order = &dropped.order;
        let value = order.value.abs();
        let reason = match dropped.why {
            Drop::MinTrade => {
                let (before, after) = spread_anew(plan, place);
                format!("{before}{value:.2} is not more than the minimum trade of {}; {after}", amount(min_trade))
            }
            Drop::MinTradeInLots => format!("{value:.2} comes in whole lots to not more than the minimum trade of {}", amount(min_trade)),
            Drop::LotSize => format!("{value:.2} does not come to a lot"),
            Drop::Cash => format!("the account has no cash left for {value:.2}"),
            Drop::NotNearer => format!("trading {value:.2} would not bring the household nearer to where it is to go"),
            Drop::Costs => format!("{value:.2} would cost as much as it moves"),
        };
        if value >= UNCHANGED {
            push(order.account, order, reason)?;
        }
    }
    list.extend(held_back(context, situation));
    list.extend(kept_lots(context, situation, plan)?);
    list.extend(kept_funds(context, situation));
    list.extend(classes_not_traded(context, situation, plan, weights, mode)?);
    Ok(list)
}

/// Where an order that is too small comes from and where it goes: where the account trades nothing, its
/// spare cash was tried in one instrument after another.
fn spread_anew(plan: &Plan, place: usize) -> (&'static str, &'static str) {
    let Some((earlier, [dropped, later @ ..])) = plan.dropped.split_at_checked(place) else { return ("", "") };
    let order = &dropped.order;
    let alike = |other: &Dropped| {
        let same = other.order.account == order.account && (other.order.value > 0.0) == (order.value > 0.0);
        same && matches!(other.why, Drop::MinTrade) && other.order.value.abs() >= UNCHANGED
    };
    let trades = plan.accounts.get(order.account).is_some_and(|account| !account.executions.is_empty());
    let again = !trades && order.value > 0.0 && earlier.iter().any(alike);
    let before = if again { "of what was spread anew, " } else { "" };
    let after = if trades || later.iter().any(alike) { "the rest was spread anew" } else { "nothing else takes it up" };
    (before, after)
}

/// Positions whose trading state keeps them from being sold though they are to go, or bans them.
fn held_back(context: &Context<'_>, situation: &Situation<'_>) -> Vec<NotTraded> {
    let mut list = Vec::new();
    for account in &situation.accounts {
        let positions = account.valued.positions.iter();
        for position in positions.filter(|position| !context.unit(position.instrument).state.may_sell() && !position.value.is_zero()) {
            let instrument = context.universe.get(position.instrument);
            let state = context.unit(position.instrument).state;
            // What is suspended though nobody says so has no recent price, or no recent exchange rate.
            let said = instrument.filter(|instrument| instrument.trading.state_on(context.as_of) == state);
            let rules = &context.policy.prices;
            let stale = context.market.stale(context.universe, position.instrument, context.policy.base_currency, rules);
            let why = said.and_then(|instrument| instrument.trading.reason.clone());
            let why = why.or_else(|| stale.filter(|_| said.is_none()).map(|stale| format!("the {} is of {}", stale.what, stale.date)));
            let until = said.and_then(|instrument| instrument.trading.until).map(|until| format!(" until {until}"));
            list.push(NotTraded {
                account: Some(account.account.id.clone()),
                subject: context.universe.symbol(position.instrument).to_owned(),
                value: Money::zero(context.currency()),
                reason: format!(
                    "it is {}{}{}: it stays at {}",
                    state.name(),
                    until.unwrap_or_default(),
                    why.map(|why| format!(" ({why})")).unwrap_or_default(),
                    amount(position.value)
                ),
            });
        }
    }
    list
}

/// Composed funds that no class names and that the policy keeps, though they count toward its classes.
fn kept_funds(context: &Context<'_>, situation: &Situation<'_>) -> Vec<NotTraded> {
    let mut list = Vec::new();
    for account in &situation.accounts {
        for position in &account.positions {
            let unit = context.unit(position.instrument);
            if unit.kept && unit.composed && unit.state.may_sell() && !position.banned {
                list.push(NotTraded {
                    account: Some(account.account.id.clone()),
                    subject: context.universe.symbol(position.instrument).to_owned(),
                    value: Money::zero(context.currency()),
                    reason: "no class of the policy names the fund, and the policy keeps what it does not name; its parts count toward \
                             their classes"
                        .to_owned(),
                });
            }
        }
    }
    list
}

/// Classes in which nothing is traded, and why.
fn classes_not_traded(
    context: &Context<'_>,
    situation: &Situation<'_>,
    plan: &Plan,
    weights: &Weights<'_>,
    mode: Option<Mode>,
) -> Result<Vec<NotTraded>, NumberError> {
    let total = situation.total();
    let traded =
        |sleeve: usize| plan.accounts.iter().flat_map(|account| &account.executions).any(|execution| execution.order.sleeve == sleeve);
    let dropped =
        |sleeve: usize| plan.dropped.iter().any(|dropped| dropped.order.sleeve == sleeve && dropped.order.value.abs() >= UNCHANGED);
    let mut list = Vec::new();
    for item in &context.items {
        let Some(sleeve) = item.sleeve else { continue };
        if matches!(item.kind, Kind::Cash) || traded(sleeve) || dropped(sleeve) {
            continue;
        }
        let at = |values: &[f64]| values.get(sleeve).copied().unwrap_or(0.0);
        let gap = (at(weights.target) - at(weights.before)) * total;
        if gap.abs() < UNCHANGED {
            continue;
        }
        let drift = at(weights.before) - at(weights.target);
        let width = item.band.half_width(at(weights.target));
        let reason = if item.kind == Kind::Kept {
            "no class of the policy names it, and the policy keeps what it does not name".to_owned()
        } else if let Some(stopped) = stopped_by_mode(context, gap, drift.abs() <= width, mode) {
            format!("its drift is {}, and {stopped}", points(drift))
        } else if drift.abs() <= width + crate::boundary::TOLERANCE && width.is_finite() {
            format!("its drift of {} is within its band of ±{}", points(drift), points(width))
        } else {
            match mode {
                None => format!("its drift is {}, and nothing is traded", points(drift)),
                Some(_) => match stopped_by_state(context, situation, sleeve, gap) {
                    Some(stopped) => format!("its drift is {}, and {stopped}", points(drift)),
                    None => format!("its drift is {}, and no account may trade it or needs to", points(drift)),
                },
            }
        };
        list.push(NotTraded {
            account: None,
            subject: item.class.to_string(),
            value: to_money(gap, context.currency())?.to_cents(evenkeel_ledger::number::Rounding::HalfEven)?,
            reason,
        });
    }
    Ok(list)
}

/// What the mode keeps a class from that is to move: within its band it moves only where all classes go
/// to target, or half of the way.
fn stopped_by_mode(context: &Context<'_>, gap: f64, is_in_band: bool, mode: Option<Mode>) -> Option<&'static str> {
    let rules = &context.policy.rebalance;
    let moves = rules.scope == Scope::All && matches!(rules.destination, Destination::Target | Destination::HalfWay);
    match mode? {
        _ if is_in_band && !moves => None,
        Mode::BuyOnly | Mode::CashOnly if gap < 0.0 => Some("nothing is sold in this mode"),
        Mode::SellOnly if gap > 0.0 => Some("nothing is bought in this mode"),
        _ => None,
    }
}

/// The trading states that keep a class from being bought, or what is held of it from being sold.
fn stopped_by_state(context: &Context<'_>, situation: &Situation<'_>, sleeve: usize, gap: f64) -> Option<String> {
    let listed = &context.sleeves.get(crate::portfolio::SleeveId(sleeve))?.instruments;
    let is_held = |id: InstrumentId| situation.accounts.iter().flat_map(|account| &account.positions).any(|held| held.instrument == id);
    let concerned: Vec<InstrumentId> = listed.iter().copied().filter(|id| gap > 0.0 || is_held(*id)).collect();
    let state = |id: InstrumentId| context.unit(id).state;
    let stopped = |id: InstrumentId| if gap > 0.0 { !state(id).may_buy() } else { !state(id).may_sell() };
    let told: Vec<String> = concerned.iter().map(|id| format!("{} is {}", context.universe.symbol(*id), state(*id).name())).collect();
    (!concerned.is_empty() && concerned.into_iter().all(stopped)).then(|| told.join(", "))
}

/// Value by sleeve as weights of their sum.
pub(super) fn weights_of(values: &[f64]) -> Vec<f64> {
    let total: f64 = values.iter().sum();
    values.iter().map(|value| if total > 0.0 { value / total } else { 0.0 }).collect()
}
