//! From what the program would trade to what is traded: whole lots, exact costs and taxes, every rule kept.

use std::borrow::Cow;

use evenkeel_ledger::number::{NumberError, Quantity};
use evenkeel_ledger::select::Pick;
use evenkeel_quant::optimize::lots::branch::Rounding;
use evenkeel_quant::optimize::lots::program::Program;
use evenkeel_quant::optimize::lots::relax::relax_within;

use crate::boundary::{TOLERANCE, to_f64};
use crate::policy::{Bound, Mode};
use crate::trade::context::Context;
use crate::trade::destination::Room;
use crate::trade::list::Side;
use crate::trade::locks::Locks;
use crate::trade::lots::{ChosenLots, choose_all, sold};
use crate::trade::orders::Order;
use crate::trade::planner::{Plan, after};
use crate::trade::settle::{Settled, Terms as SettleTerms, settle};
use crate::trade::situation::{AccountSituation, Situation};
use crate::trade::taxed::in_base;

use super::CONTENT;
use super::edit::are_kept;
use super::limits::is_refused;
use super::model::{Leg, Model};
use super::objective::{Objective, Terms};

/// Times that what rounding drops is taken out of the program and the rest decided anew, over a whole search.
const REFINEMENTS: usize = 2;

/// How near to its optimum a program is solved that is rounded anyway: a hundredth of a basis point.
const NEAR: f64 = 1e-6;

/// By how much more than what was missed a row is tightened.
const SAFELY: f64 = 1.5;

/// Plans that are kept to be repaired.
const NEAREST: usize = 4;

/// Basis points by which plans that are the same may differ.
const SAME: f64 = 1e-9;

/// Part of household value below which a trade is noise.
const NOISE: f64 = 1e-9;

/// The best plan so far.
#[derive(Debug, Clone)]
pub(super) struct Best {
    pub(super) plan: Plan,
    pub(super) terms: Terms,
    /// The pieces that it was made of; none where another planner made it.
    pub(super) pieces: Option<Vec<f64>>,
    /// Whether lots were looked at one by one.
    pub(super) is_repaired: bool,
}

/// A solution of the program that breaks the limit of an index.
#[derive(Debug, Clone)]
pub(super) struct Breaking {
    pub(super) pieces: Vec<f64>,
    /// Whether nothing was branched on.
    pub(super) is_root: bool,
}

/// Makes plans of what the program would trade, and keeps the best.
pub(super) struct Rounder<'r, 'a> {
    pub(super) context: &'r Context<'r>,
    pub(super) situation: &'r Situation<'a>,
    pub(super) objective: &'r Objective<'r>,
    pub(super) model: &'r Model,
    pub(super) mode: Mode,
    pub(super) best: Option<Best>,
    /// The best plans that were not repaired yet, the best first.
    pub(super) nearest: Vec<Best>,
    /// The least that plans of other planners come to, in basis points.
    pub(super) known: f64,
    /// The first number that was out of range.
    pub(super) error: Option<NumberError>,
    pub(super) refinements: usize,
    /// Multiplications that a rounding stands for.
    pub(super) work: f64,
    /// Whether a solution that breaks the limit of an index ends the search, for its price to be raised.
    pub(super) may_raise: bool,
    /// That solution.
    pub(super) breaking: Option<Breaking>,
    /// Solutions seen.
    pub(super) seen: usize,
}

impl Rounding for Rounder<'_, '_> {
    fn round(&mut self, pieces: &[f64]) -> Option<f64> {
        self.seen += 1;
        if self.may_raise && self.objective.followed.iter().any(|index| index.breaks_limit(self.model, pieces)) {
            self.breaking.get_or_insert_with(|| Breaking { pieces: pieces.to_vec(), is_root: self.seen == 1 });
        }
        if self.breaking.is_some() {
            return Some(self.model.program.objective(pieces));
        }
        if let Err(error) = self.decide(pieces) {
            self.error.get_or_insert(error);
        }
        // What other planners found counts as well.
        self.least()
    }

    fn work(&self) -> f64 {
        self.work
    }
}

impl Rounder<'_, '_> {
    /// What the best plan comes to, as the program counts it.
    pub(super) fn least(&self) -> Option<f64> {
        self.best.as_ref().map(|best| 1e-4 * best.terms.total - self.model.constant)
    }

    /// Measures a plan, made of some pieces, and keeps it if it is the best.
    pub(super) fn offer(&mut self, plan: Plan, pieces: Option<&[f64]>) -> Result<(), NumberError> {
        let terms = self.objective.measure(self.context, self.situation, &plan)?;
        if pieces.is_none() {
            self.known = self.known.min(terms.total);
        }
        let place = self.nearest.partition_point(|known| known.terms.total < terms.total - SAME);
        let is_known = self.nearest.get(place).is_some_and(|known| known.terms.total <= terms.total + SAME);
        let is_best = self.best.as_ref().is_none_or(|best| terms.total < best.terms.total);
        if !is_best && (is_known || place >= NEAREST) {
            return Ok(());
        }
        let found = Best { plan, terms, pieces: pieces.map(<[f64]>::to_vec), is_repaired: false };
        if is_best {
            self.best = Some(found.clone());
        }
        if !is_known {
            self.nearest.insert(place, found);
            self.nearest.truncate(NEAREST);
        }
        Ok(())
    }

    fn decide(&mut self, pieces: &[f64]) -> Result<(), NumberError> {
        let relaxed = self.model.program.objective(pieces);
        let mut program = Cow::Borrowed(&self.model.program);
        let mut v = Cow::Borrowed(pieces);
        loop {
            let plan = self.plan(&v)?;
            let (broken, rest) = (self.broken(&plan, &v), self.missed(&plan));
            let weights: Vec<f64> = plan.after.iter().map(|value| value / self.objective.value).collect();
            let dropped: Vec<Order> = plan.dropped.iter().map(|dropped| dropped.order).collect();
            if rest.is_empty() && self.is_allowed(&plan)? {
                self.offer(plan, Some(&v))?;
            }
            let missed = [broken, rest].concat();
            let outside = self.outside(&weights, &v);
            let nothing_left = dropped.is_empty() && missed.is_empty() && outside.is_empty() || self.is_near(relaxed);
            if nothing_left || self.refinements >= REFINEMENTS {
                return Ok(());
            }
            self.refinements += 1;
            self.narrow(program.to_mut(), &dropped, &missed);
            for (piece, below, above) in outside {
                if let Some(piece) = program.to_mut().pieces.get_mut(piece) {
                    let middle = f64::midpoint(piece.lower, piece.upper);
                    (piece.lower, piece.upper) = ((piece.lower + below).min(middle), (piece.upper - above).max(middle));
                }
            }
            let Ok(relaxed) = relax_within(&program, NEAR) else { return Ok(()) };
            v = Cow::Owned(relaxed.pieces);
        }
    }

    /// Whether the best plan comes to no more than a solution of the program, or a bound.
    fn is_near(&self, least: f64) -> bool {
        self.least().is_some_and(|best| best - least <= CONTENT)
    }

    /// The bands that rounding leaves though the program does not: the piece of weight within, and how much narrower it is to be below
    /// and above.
    fn outside(&self, weights: &[f64], v: &[f64]) -> Vec<(usize, f64, f64)> {
        let at = |piece: usize| v.get(piece).copied().unwrap_or(0.0);
        let bands = self.objective.corridors.iter().zip(&self.model.corridor_pieces);
        let misses = bands.map(|(corridor, piece)| {
            let weight: f64 = corridor.sleeves.iter().filter_map(|sleeve| weights.get(*sleeve)).sum();
            let by = |beyond: f64, planned: f64| if planned <= NEAR { SAFELY * beyond.max(0.0) } else { 0.0 };
            (*piece, by(corridor.lower - weight, at(piece + 2)), by(weight - corridor.upper, at(piece + 1)))
        });
        misses.filter(|(_, below, above)| *below > NOISE || *above > NOISE).collect()
    }

    /// Takes out of a program what was dropped, and tightens the rows that rounding missed.
    fn narrow(&self, program: &mut Program, dropped: &[Order], missed: &[(usize, f64)]) {
        for leg in self.model.legs.iter().filter(|leg| !leg.forced) {
            if dropped.iter().any(|order| (order.account, order.instrument) == (leg.account, leg.instrument)) {
                for piece in program.pieces.get_mut(self.model.pieces_of(leg)).unwrap_or_default() {
                    piece.upper = piece.lower;
                }
            }
        }
        for (row, by) in missed {
            program.rows.get_mut(*row).into_iter().for_each(|right| *right -= by);
        }
    }

    /// The rows of limits that rounding breaks though the program does not, and by how much they are to be tightened.
    fn broken(&self, plan: &Plan, v: &[f64]) -> Vec<(usize, f64)> {
        let breaches = self.objective.breaches(self.context, self.situation, plan);
        let limits = self.objective.limits.iter().zip(&self.model.limit_rows).zip(breaches);
        let by_rounding = limits.filter(|((_, (_, piece)), breach)| {
            v.get(*piece).is_some_and(|planned| *planned <= NEAR) && *breach > TOLERANCE * self.objective.value
        });
        let tightened = by_rounding.map(|((limit, (row, _)), breach)| {
            let sign = if limit.bound == Bound::AtMost { 1.0 } else { -1.0 };
            (*row, sign * SAFELY * breach / self.objective.value)
        });
        tightened.collect()
    }

    /// The rows of the gain budget and of turnover that a plan breaks by rounding, and by how much they are to be tightened.
    pub(super) fn missed(&self, plan: &Plan) -> Vec<(usize, f64)> {
        let mut missed = Vec::new();
        if let (Some(row), Some(left)) = (self.model.budget_row, self.situation.gain_budget_left) {
            let gains = plan.taxable_sales(self.situation).filter_map(|(.., sale)| sale.gain);
            let net: f64 = gains.map(|gain| in_base(self.context, gain)).sum();
            let over = net - to_f64(left.amount());
            // What is banned goes whatever it is taxed.
            if over > 0.5 * self.context.cent && !self.model.legs.iter().any(|leg| leg.forced) {
                missed.push((row, SAFELY * over / self.objective.value));
            }
        }
        let most = self.most_traded();
        let traded = plan.accounts.iter().map(|settled| to_f64(settled.buys.amount()) + to_f64(settled.sells.amount())).sum::<f64>();
        if let Some(row) = self.model.turnover_row.filter(|_| traded > most + self.context.cent) {
            missed.push((row, SAFELY * (traded - most) / self.objective.value));
        }
        missed
    }

    /// The plan nearest to some pieces.
    fn plan(&self, pieces: &[f64]) -> Result<Plan, NumberError> {
        let (context, situation) = (self.context, self.situation);
        let orders = self.orders(pieces);
        let mut dropped = Vec::new();
        let may_raise_cash = self.mode != Mode::BuyOnly;
        let terms = SettleTerms { may_raise_cash, toward_zero: false };
        let mut accounts = Vec::with_capacity(situation.accounts.len());
        let mut sales = Vec::with_capacity(situation.accounts.len());
        let mut cash_targets = Vec::with_capacity(situation.accounts.len());
        for (index, account) in situation.accounts.iter().enumerate() {
            let settled = settle(context, index, account, &orders, terms, &mut dropped)?;
            sales.push(self.choose(account, &settled, pieces)?);
            cash_targets.push(self.cash_aimed(account, index, &orders));
            accounts.push(settled);
        }
        let after = after(context, situation, &accounts)?;
        Ok(Plan { accounts, cash_targets, dropped, capped: None, after, sales, locks: situation.locks.clone() })
    }

    /// Cash that the orders would leave.
    fn cash_aimed(&self, account: &AccountSituation<'_>, index: usize, orders: &[Order]) -> f64 {
        let own = orders.iter().filter(|order| order.account == index);
        account.cash - own.map(|order| order.value + self.context.costs.estimate(order.instrument, order.value)).sum::<f64>()
    }

    /// What is traded of each instrument in each account: all its legs together.
    fn orders(&self, pieces: &[f64]) -> Vec<Order> {
        let mut orders: Vec<Order> = Vec::new();
        for leg in &self.model.legs {
            let size: f64 = pieces.get(self.model.pieces_of(leg)).unwrap_or_default().iter().sum();
            let sign = if leg.side == Side::Buy { 1.0 } else { -1.0 };
            let value = sign * size * self.objective.value;
            if size <= NOISE {
                continue;
            }
            let same = |order: &&mut Order| (order.account, order.instrument) == (leg.account, leg.instrument);
            match orders.iter_mut().find(same) {
                Some(order) => order.value += value,
                None => orders.push(Order {
                    account: leg.account,
                    instrument: leg.instrument,
                    sleeve: leg.sleeve,
                    value,
                    held: 0.0,
                    room: Room::ANY,
                }),
            }
        }
        orders.retain(|order| order.value.abs() > NOISE * self.objective.value);
        for order in &mut orders {
            let position = self.situation.accounts.get(order.account).and_then(|account| account.position(order.instrument));
            order.held = position.map_or(0.0, |position| if order.value < 0.0 { position.sellable() } else { position.value });
        }
        orders
    }

    /// The lots of an account's sales: those that the program sells most of come first.
    pub(super) fn choose(&self, account: &AccountSituation<'_>, settled: &Settled, pieces: &[f64]) -> Result<Vec<ChosenLots>, NumberError> {
        let mut chosen = choose_all(self.context, account, settled)?;
        let sells = settled.executions.iter().filter(|execution| execution.side == Side::Sell);
        for (sale, execution) in chosen.iter_mut().zip(sells) {
            let order = &execution.order;
            let (Some(position), Some(leg)) = (
                account.position(order.instrument),
                self.model.legs_of(order.account, order.instrument).find(|leg| leg.side == Side::Sell && leg.lots.len() > 1),
            ) else {
                continue;
            };
            if !self.is_free_choice(leg) {
                continue;
            }
            let range = self.model.pieces_of(leg);
            let of_leg = self.model.program.pieces.get(range.clone()).unwrap_or_default().iter().zip(pieces.get(range).unwrap_or_default());
            let mut wanted: Vec<(f64, usize)> = leg
                .lots
                .iter()
                .zip(of_leg)
                .filter_map(|(lot, (piece, v))| Some((if piece.upper > 0.0 { v / piece.upper } else { 0.0 }, (*lot)?)))
                .collect();
            // The order of tax among those of which alike much is sold.
            wanted.sort_by(|a, b| b.0.total_cmp(&a.0));
            let mut rest = execution.quantity;
            let mut picks = Vec::new();
            for (_, index) in wanted {
                let quantity = rest.min(position.free(index)?).max(Quantity::ZERO);
                if quantity.is_positive() {
                    picks.push(Pick { index, quantity });
                    rest = rest.try_sub(quantity)?;
                }
            }
            if rest.is_zero() {
                *sale = ChosenLots { remark: None, ..sold(self.context, account, position, execution, &picks)? };
            }
        }
        Ok(chosen)
    }

    /// Whether lots of a leg may be sold in any order.
    fn is_free_choice(&self, leg: &Leg) -> bool {
        let first = self.model.pieces_of(leg).start;
        !self.model.choices.orders.iter().any(|order| order.first() == Some(&first))
    }

    /// Whether a plan of the rules planner may be made: it keeps its own rules, and edits and limits are looked at afterwards.
    pub(super) fn may_be_made(&self, plan: &Plan) -> bool {
        let weighing = self.objective.weighing;
        are_kept(self.context, weighing.edits, plan) && !is_refused(self.context, self.situation, weighing.limits, plan)
    }

    /// Whether a plan keeps what may not be weighed: edits, limits that were kept before, wash sales.
    pub(super) fn is_allowed(&self, plan: &Plan) -> Result<bool, NumberError> {
        Ok(self.may_be_made(plan) && Locks::needed(self.context, self.situation, plan)?.is_empty())
    }

    /// Most that may be traded, both ways, in the base currency.
    fn most_traded(&self) -> f64 {
        self.context.policy.rebalance.max_turnover_one_way.map_or(f64::INFINITY, |most| 2.0 * most * self.objective.value)
    }
}

impl Plan {
    /// No trades.
    pub(super) fn nothing(context: &Context<'_>, situation: &Situation<'_>) -> Self {
        Self {
            accounts: situation.accounts.iter().map(|account| Settled::nothing(context, account)).collect(),
            cash_targets: situation.accounts.iter().map(|account| account.cash).collect(),
            dropped: Vec::new(),
            capped: None,
            after: situation.sleeve_values(context.sleeves.len()),
            sales: vec![Vec::new(); situation.accounts.len()],
            locks: situation.locks.clone(),
        }
    }
}
