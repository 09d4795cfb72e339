//! Where each class should live, and whether moving there is worth it.
//!
//! The best location is a transport problem: minimize Σ cost(account, class) · amount, with each account at its value, each
//! class at its target over the household, and what may not be sold, or bought by an account's menu, kept. Among locations of
//! equal cost that is taken which leaves most of the return to the owners (see [`crate::location`]), then the nearest to
//! what is held.
//!
//! Today's location is, at the same sums of classes, the nearest to what is held, and of the nearest the cheapest: so that what
//! is saved is owed to location alone, and not to another mix of classes. Moving is counted from there: tax and costs of
//! coming from what is held to one, less those of coming to the other.

mod exchanges;

mod moving;

mod sums;

use evenkeel_ledger::number::{Money, NumberError, Rounding};
use evenkeel_quant::optimize::transport::{Conflict, TransportError, solve, units};

use crate::boundary::{to_f64, to_money};
use crate::location::AnnualCosts;
use crate::portfolio::SleeveId;
use crate::words::amount;

use super::context::Context;
use super::located::{AnnualAmount, AnnualComparison, Leg, Located, Move, Payback, Place};
use super::situation::Situation;
use exchanges::{Exchange, Exchanges};
use moving::{Moved, Moving};
use sums::Sums;

/// Why there is no location.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LocateError {
    /// A number out of range.
    #[error(transparent)]
    Number(#[from] NumberError),
    /// Accounts that hold more than they have room for.
    #[error("{accounts} {held}, and there is room for {room}: {rooms}")]
    NoRoom {
        /// The accounts, with the verb.
        accounts: String,
        /// What they hold.
        held: String,
        /// What they may hold.
        room: String,
        /// Class by class.
        rooms: String,
    },
    /// Values that are no numbers to compute with.
    #[error("the values of accounts and classes cannot be located: {0}")]
    Values(String),
}

/// Finds the best location of the classes of a household, under target weights by sleeve after cash reserves, and what moving
/// there saves and costs. A move is to pay back within so many years.
///
/// # Errors
/// Menus, trading states and account values that leave no room for the targets, or a number out of range.
pub fn locate(
    context: &Context<'_>,
    situation: &Situation<'_>,
    targets: &[f64],
    costs: &AnnualCosts,
    within_years: f64,
) -> Result<Located, LocateError> {
    let household = Locating { context, situation, costs, sums: Sums::new(context, situation, targets)?, within_years };
    let best = household.solve(|cost, shared, near| [cost, shared, near])?;
    let today = household.solve(|cost, shared, near| [near, cost, shared])?;
    household.located(&today, &best)
}

/// One household, being located.
struct Locating<'c> {
    context: &'c Context<'c>,
    situation: &'c Situation<'c>,
    costs: &'c AnnualCosts,
    sums: Sums,
    within_years: f64,
}

impl Locating<'_> {
    /// The best amounts by cost, by what the state takes of the return, and by distance from what is held, in an order of these.
    fn solve(&self, rank: impl Fn(i64, i64, i64) -> [i64; 3]) -> Result<Vec<f64>, LocateError> {
        let transport = self.sums.transport(|cell| {
            let parts = self.costs.parts(cell / self.classes(), cell % self.classes());
            let (cost, shared) = (units(parts.total()), units(parts.shared_return));
            (rank(cost, shared, -1), rank(cost, shared, 1))
        });
        solve(&transport).map_err(|error| match error {
            TransportError::Infeasible(conflict) => self.no_room(&conflict).unwrap_or_else(LocateError::Number),
            other => LocateError::Values(other.to_string()),
        })
    }

    fn no_room(&self, conflict: &Conflict) -> Result<LocateError, NumberError> {
        let accounts: Vec<String> = conflict.rows.iter().map(|row| format!("`{}`", self.situation.account_id(*row))).collect();
        let shown = |value: f64| Ok(amount(self.money(value)?));
        let mut rooms = Vec::new();
        for (class, room) in conflict.rooms.iter().enumerate().filter(|(_, room)| room.amount > self.context.cent) {
            let why = if room.is_scarce { "all that the household is to hold" } else { "what menus and trading states allow" };
            rooms.push(format!("{} of {}, {why}", shown(room.amount)?, self.class(class)));
        }
        let accounts = match &accounts[..] {
            [one] => format!("account {one} holds"),
            several => format!("accounts {} together hold", several.join(", ")),
        };
        Ok(LocateError::NoRoom { accounts, held: shown(conflict.held)?, room: shown(conflict.room)?, rooms: rooms.join("; ") })
    }

    fn located(self, today: &[f64], best: &[f64]) -> Result<Located, LocateError> {
        let moving = Moving::new(self.context, self.situation);
        let annual = AnnualComparison {
            today: self.annual(self.cost(today))?,
            mirror: self.annual(self.cost(&self.sums.mirror()))?,
            best: self.annual(self.cost(best))?,
        };
        let (from, to) = (moving.to(today)?, moving.to(best)?);
        let moves = self.moves(&moving, today, best)?;
        let all_moves = self.payback(self.cost(today) - self.cost(best), &from, &to)?;
        let worthwhile_moves = self.worthwhile(&moves)?;
        let (places, notes) = (self.places(today, best)?, self.notes(today, &to)?);
        Ok(Located { places, annual, moves, all_moves, worthwhile_moves, within_years: self.within_years, notes })
    }

    /// The exchanges, each with what it costs after those before it.
    fn moves(&self, moving: &Moving<'_>, today: &[f64], best: &[f64]) -> Result<Vec<Move>, LocateError> {
        let cost = |cell: usize| self.costs.of(cell / self.classes(), cell % self.classes());
        let exchanges = Exchanges::new(today, best, self.classes(), self.context.cent, &cost).all();
        let mut reached = today.to_vec();
        let mut before = moving.to(&reached)?;
        let mut moves = Vec::with_capacity(exchanges.len());
        for Exchange { legs, value } in exchanges {
            let (mut saved, mut kept) = (0.0, 0.0);
            for (account, sold, bought) in &legs {
                reached[account * self.classes() + sold] -= value;
                reached[account * self.classes() + bought] += value;
                let (sold, bought) = (self.costs.parts(*account, *sold), self.costs.parts(*account, *bought));
                saved += value * (sold.total() - bought.total());
                kept += value * (sold.shared_return - bought.shared_return);
            }
            let after = moving.to(&reached)?;
            let payback = self.payback(saved, &before, &after)?;
            let leg = |(account, sold, bought): &(usize, usize, usize)| Leg {
                account: self.situation.account_id(*account).to_owned(),
                sell: self.class(*sold).to_owned(),
                buy: self.class(*bought).to_owned(),
            };
            moves.push(Move {
                legs: legs.iter().map(leg).collect(),
                value: self.money(value)?,
                short_term: self.money(after.short_term - before.short_term)?,
                long_term: self.money(after.long_term - before.long_term)?,
                return_kept_a_year: self.money(kept)?,
                payback,
                pays_back: payback.years.is_some_and(|years| years <= self.within_years),
            });
            before = after;
        }
        Ok(moves)
    }

    fn payback(&self, saved: f64, before: &Moved, after: &Moved) -> Result<Payback, NumberError> {
        let tax = match (after.tax, before.tax) {
            (Some(after), Some(before)) => Some(after.try_sub(before)?.to_cents(Rounding::HalfEven)?),
            _ => None,
        };
        let (saved_a_year, costs) = (self.money(saved)?, self.money(after.costs - before.costs)?);
        Ok(Payback { saved_a_year, tax, costs, years: years(saved_a_year, tax, costs) })
    }

    /// The moves together that pay back.
    fn worthwhile(&self, moves: &[Move]) -> Result<Payback, NumberError> {
        let (mut saved, mut tax, mut costs) = (self.money(0.0)?, self.money(0.0)?, self.money(0.0)?);
        for Move { payback, .. } in moves.iter().filter(|found| found.pays_back) {
            saved = saved.try_add(payback.saved_a_year)?;
            tax = tax.try_add(payback.tax.unwrap_or(Money::zero(tax.currency())))?;
            costs = costs.try_add(payback.costs)?;
        }
        Ok(Payback { saved_a_year: saved, tax: Some(tax), costs, years: years(saved, Some(tax), costs) })
    }

    fn places(&self, today: &[f64], best: &[f64]) -> Result<Vec<Place>, NumberError> {
        let mut places = Vec::new();
        for (cell, held) in self.sums.held.iter().enumerate() {
            let (account, class) = (cell / self.classes(), cell % self.classes());
            let amounts = [*held, today[cell], best[cell]];
            let Some(owned) = self.situation.household.accounts.get(account) else { continue };
            if amounts.iter().all(|amount| amount.abs() <= self.context.cent) {
                continue;
            }
            let [held, today, best] = amounts.map(|amount| self.money(amount));
            let parts = self.costs.parts(account, class);
            places.push(Place {
                account: owned.id.clone(),
                tax_treatment: owned.tax_treatment,
                class: self.class(class).to_owned(),
                annual_cost: parts.total(),
                parts,
                held: held?,
                today: today?,
                best: best?,
            });
        }
        Ok(places)
    }

    fn notes(&self, today: &[f64], to: &Moved) -> Result<Vec<String>, NumberError> {
        let mut notes: Vec<String> = self.costs.note().into_iter().chain(self.sums.notes.iter().cloned()).collect();
        if today.iter().zip(&self.sums.held).any(|(today, held)| (today - held).abs() > self.context.cent) {
            let told =
                "Holdings are off target: \"today\" is where the least trading to the targets leads, and moves are counted from there.";
            notes.push(told.to_owned());
        }
        if to.spared > self.context.cent {
            let spared = amount(self.money(to.spared)?);
            notes.push(format!(
                "Losses of {spared} count only as other accounts can buy something that is not identical to what is sold at a loss: \
                 for 30 days before and after the sale no account may buy that."
            ));
        }
        if to.washed > self.context.cent {
            let washed = amount(self.money(to.washed)?);
            notes.push(format!(
                "Losses of {washed} would be wash sales, as an account that has nothing else to buy buys what is sold, and are not \
                 counted: wait 31 days with one of the two."
            ));
        }
        notes.extend(self.situation.tax_problems().iter().map(|problem| format!("{problem}.")));
        Ok(notes)
    }

    /// What holding amounts costs a year.
    fn cost(&self, amounts: &[f64]) -> f64 {
        amounts.iter().enumerate().map(|(cell, amount)| amount * self.costs.of(cell / self.classes(), cell % self.classes())).sum()
    }

    fn annual(&self, cost: f64) -> Result<AnnualAmount, NumberError> {
        let total = self.sums.total();
        Ok(AnnualAmount { amount: self.money(cost)?, basis_points: if total > 0.0 { cost / total * 1e4 } else { 0.0 } })
    }

    fn classes(&self) -> usize {
        self.context.sleeves.len()
    }

    fn class(&self, class: usize) -> &str {
        self.context.sleeves.get(SleeveId(class)).map_or("", |sleeve| sleeve.class.as_str())
    }

    fn money(&self, value: f64) -> Result<Money, NumberError> {
        to_money(value, self.context.currency())?.to_cents(Rounding::HalfEven)
    }
}

/// After how many years what is saved has paid for tax and costs.
fn years(saved: Money, tax: Option<Money>, costs: Money) -> Option<f64> {
    let paid = tax?.try_add(costs).ok()?;
    saved.is_positive().then(|| (to_f64(paid.amount()) / to_f64(saved.amount())).max(0.0))
}
