//! From sleeves to instruments: what each account would trade, in `f64`, before rounding.

use evenkeel_ledger::instrument::InstrumentId;

use crate::policy::Mode;

use super::context::Context;
use super::destination::Room;
use super::position::PositionSituation;
use super::situation::AccountSituation;
use super::spread::AccountPlan;

/// Part of an account's value below which a change is rounding noise.
const NOISE: f64 = 1e-12;

/// A change of one instrument in one account.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Order {
    /// Position of the account in the household.
    pub(super) account: usize,
    pub(super) instrument: InstrumentId,
    /// The sleeve for which it is traded.
    pub(super) sleeve: usize,
    /// Value to buy (above zero) or sell (below zero), in the base currency.
    pub(super) value: f64,
    /// What is held of it before.
    pub(super) held: f64,
    /// How far rounding may take its sleeve.
    pub(super) room: Room,
}

/// Appends the changes that bring an account to its plan.
pub(super) fn fill(context: &Context<'_>, index: usize, account: &AccountSituation<'_>, plan: &AccountPlan, orders: &mut Vec<Order>) {
    let first = orders.len();
    if let Some(instruments) = &plan.instruments {
        fill_instruments(index, account, instruments, orders);
        merge(orders, first);
    } else {
        for sleeve in 0..plan.values.len() {
            let first = orders.len();
            fill_sleeve(context, index, account, plan, sleeve, orders);
            merge(orders, first);
        }
    }
    let noise = NOISE * account.total().abs();
    let mut kept = first;
    for at in first..orders.len() {
        if orders.get(at).is_some_and(|order| order.value.abs() > noise) {
            orders.swap(kept, at);
            kept += 1;
        }
    }
    orders.truncate(kept);
}

/// Makes one order of those for the same instrument, which is of one sleeve or composed, such as a buy that covers a short position
/// and one that goes on from there.
fn merge(orders: &mut Vec<Order>, first: usize) {
    let mut at = first + 1;
    while let Some(order) = orders.get(at).copied() {
        let same = orders.iter_mut().take(at).skip(first).find(|other| other.instrument == order.instrument);
        if let Some(other) = same {
            other.value += order.value;
            orders.remove(at);
        } else {
            at += 1;
        }
    }
}

/// Sells the least preferred holdings of a sleeve first, buys the most preferred instrument.
fn fill_sleeve(
    context: &Context<'_>,
    index: usize,
    account: &AccountSituation<'_>,
    plan: &AccountPlan,
    sleeve: usize,
    orders: &mut Vec<Order>,
) {
    let is_cash = sleeve == context.sleeves.cash.0;
    let frozen = |values: &[f64]| values.get(sleeve).copied().unwrap_or(0.0);
    let held: f64 = frozen(&account.values);
    let mut change = frozen(&plan.values) - held;
    if is_cash {
        // Cash itself is no instrument; what stands for cash is left as it is.
        return;
    }
    let order = |position: &PositionSituation<'_>, value: f64| Order {
        account: index,
        instrument: position.instrument,
        sleeve,
        value,
        held: if value < 0.0 { position.sellable() } else { position.value },
        room: Room::ANY,
    };
    let may_trade = |id: InstrumentId| !plan.frozen.contains(id);
    let within = || account.positions_in(sleeve).iter().filter(move |position| may_trade(position.instrument));
    // What is banned goes whole, in every mode that sells.
    if matches!(plan.mode, Mode::Full | Mode::SellOnly) {
        for position in within().filter(|position| position.banned && position.value > 0.0) {
            orders.push(order(position, -position.value));
            change += position.value;
        }
    }
    if change > 0.0 {
        let mut rest = change;
        for position in within().filter(|position| position.value < 0.0 && position.may_buy) {
            let cover = rest.min(-position.value);
            orders.push(order(position, cover));
            rest -= cover;
        }
        if rest > 0.0
            && let Some(instrument) = account.buys.get(sleeve).copied().flatten().filter(|id| may_trade(*id))
        {
            let held = within().find(|position| position.instrument == instrument).map_or(0.0, |position| position.value);
            orders.push(Order { account: index, instrument, sleeve, value: rest, held, room: Room::ANY });
        }
        return;
    }
    let mut rest = -change;
    if account.rates.is_some() {
        for lot in account.tax_lots.in_sleeve(sleeve).iter().filter(|lot| may_trade(lot.instrument)) {
            let sell = rest.min(lot.value);
            if sell <= 0.0 {
                break;
            }
            let position = account.positions_in(sleeve).iter().find(|position| position.instrument == lot.instrument);
            orders.extend(position.map(|position| order(position, -sell)));
            rest -= sell;
        }
        return;
    }
    for position in within().filter(|position| position.may_sell && !position.banned && position.value > 0.0) {
        let sell = rest.min(position.value);
        if sell <= 0.0 {
            break;
        }
        orders.push(order(position, -sell));
        rest -= sell;
    }
}

/// Changes to values given by instrument.
fn fill_instruments(index: usize, account: &AccountSituation<'_>, instruments: &[(InstrumentId, f64)], orders: &mut Vec<Order>) {
    for &(instrument, value) in instruments {
        let position = account.positions.iter().find(|position| position.instrument == instrument);
        let bought_for = account.buys.iter().position(|buy| *buy == Some(instrument));
        let held = position.map_or(0.0, |position| position.value);
        let change = value - held;
        let sellable = position.map_or(0.0, PositionSituation::sellable);
        let sleeve = bought_for.or(position.map(|position| position.sleeve)).unwrap_or(0);
        orders.push(Order {
            account: index,
            instrument,
            sleeve,
            value: change,
            held: if change < 0.0 { sellable } else { held },
            room: Room::ANY,
        });
    }
}
