//! A household as a program of trades in lots: every lot that may be sold, all that may be bought, and cash.

use std::collections::BTreeMap;
use std::ops::Range;

use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::number::{Money, NumberError};
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::optimize::lots::program::{Asset, Choices, Piece, Program, Sizes, Trade};

use crate::boundary::to_f64;
use crate::policy::Mode;
use crate::trade::context::Context;
use crate::trade::list::Side;
use crate::trade::situation::Situation;

use super::edit::{Edit, Given};
use super::followed::Followed;
use super::objective::{Objective, base_per_unit};
use super::rows;
use super::surface::Reach;

/// Room that rows have beyond what they can come to, a fraction of household value: cents and rounding.
pub(super) const LEAST_ROOM: f64 = 1e-6;

/// Whole lots below this part of household value are left to rounding.
const COARSE: f64 = 3e-4;

/// What buying or selling an instrument in an account may come to.
#[derive(Debug, Clone)]
pub(super) struct Leg {
    pub(super) account: usize,
    pub(super) instrument: InstrumentId,
    pub(super) sleeve: usize,
    pub(super) side: Side,
    /// Its trade in the program.
    pub(super) trade: usize,
    /// By piece, the place of its lot in the position; none where all is one.
    pub(super) lots: Vec<Option<usize>>,
    /// Whether it must be made whole: what is banned.
    pub(super) forced: bool,
    /// What is preferred and not identical, in the stead of which it is bought where that would be a wash sale.
    pub(super) instead_of: Option<InstrumentId>,
}

/// A rule that is kept at a high price, or a person's decision.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Soft {
    /// The rule, for people.
    pub(super) name: String,
    /// The pieces that are more than nothing where it is missed, with 1, or −1 where a piece is below zero.
    pub(super) missed: Vec<(usize, f64)>,
    /// The pieces that it keeps at their least, and the most that they could be.
    pub(super) closed: Vec<(usize, f64)>,
}

/// The program of a household, and what its parts stand for.
#[derive(Debug, Clone)]
pub(super) struct Model {
    pub(super) program: Program,
    pub(super) choices: Choices,
    pub(super) legs: Vec<Leg>,
    /// The asset of each instrument.
    pub(super) places: BTreeMap<InstrumentId, usize>,
    /// What the objective comes to beside the program, a fraction of value.
    pub(super) constant: f64,
    /// By hard limit, its row and the piece that is more than nothing where it is missed.
    pub(super) limit_rows: Vec<(usize, usize)>,
    /// Row of the gain budget.
    pub(super) budget_row: Option<usize>,
    pub(super) turnover_row: Option<usize>,
    /// By band, the piece of weight within it, after which come those above and below.
    pub(super) corridor_pieces: Vec<usize>,
    /// Rules that are kept at a high price.
    pub(super) soft: Vec<Soft>,
    /// Where the program does not follow the full rule, and its bound holds for what is named instead.
    pub(super) approximations: Vec<String>,
}

/// What kinds of gains rows count.
#[derive(Debug, Clone, Copy)]
pub(super) struct GainRows {
    pub(super) short: usize,
    pub(super) long: usize,
    /// Units of the return's currency for all of household value.
    pub(super) scale: f64,
}

/// A program under way.
pub(super) struct Builder<'b, 'a> {
    pub(super) context: &'b Context<'b>,
    pub(super) situation: &'b Situation<'a>,
    pub(super) objective: &'b Objective<'b>,
    pub(super) mode: Mode,
    loadings: Vec<f64>,
    assets: Vec<Asset>,
    places: BTreeMap<InstrumentId, usize>,
    pub(super) trades: Vec<Trade>,
    pub(super) pieces: Vec<Piece>,
    pub(super) rows: Vec<f64>,
    pub(super) choices: Choices,
    pub(super) legs: Vec<Leg>,
    /// By account.
    pub(super) cash_rows: Vec<usize>,
    /// Household rows in which every leg of an instrument counts: by row, what a unit of an instrument counts, and of cash.
    pub(super) shared: Vec<rows::Shared>,
    pub(super) turnover: Option<usize>,
    pub(super) limit_rows: Vec<(usize, usize)>,
    pub(super) corridor_pieces: Vec<usize>,
    pub(super) gains: Vec<Option<GainRows>>,
    pub(super) reach: Vec<Reach>,
    pub(super) budget: Option<usize>,
    pub(super) soft: Vec<Soft>,
    /// By decision of a person, its rule.
    pub(super) decided: Vec<Soft>,
    /// Pieces of which the sale is a loss that counts, in order.
    pub(super) losses: Vec<usize>,
    pub(super) approximations: Vec<String>,
}

impl Model {
    /// # Errors
    /// A number out of range.
    pub(super) fn new(
        context: &Context<'_>,
        situation: &Situation<'_>,
        objective: &Objective<'_>,
        mode: Mode,
    ) -> Result<Self, NumberError> {
        let mode = match mode {
            Mode::CashOnly if situation.spare_cash() < 0.0 => Mode::SellOnly,
            Mode::CashOnly => Mode::BuyOnly,
            mode => mode,
        };
        let mut builder = Builder::new(context, situation, objective, mode);
        builder.open_rows();
        for (index, account) in situation.accounts.iter().enumerate() {
            builder.sells(index, account)?;
            builder.buys(index, account);
            builder.cash(index, account);
        }
        builder.hopeless_pins();
        builder.surfaces();
        builder.exclude();
        Ok(builder.finish())
    }

    /// Weighs the names of an index at another price.
    pub(super) fn price(&mut self, index: &Followed<'_>) {
        for (name, of) in index.model.names.iter().enumerate() {
            let Some(place) = self.places.get(&of.instrument).copied() else { continue };
            let specific = index.load(name, self.program.loadings.column_mut(place));
            self.program.assets.get_mut(place).into_iter().for_each(|asset| asset.specific = specific);
        }
    }

    /// The legs of an account's instrument.
    pub(super) fn legs_of(&self, account: usize, instrument: InstrumentId) -> impl Iterator<Item = &Leg> {
        self.legs.iter().filter(move |leg| leg.account == account && leg.instrument == instrument)
    }

    /// Number of pieces.
    pub(super) fn pieces(&self) -> f64 {
        self.program.pieces.iter().fold(0.0, |count, _| count + 1.0)
    }

    /// The pieces of a leg.
    pub(super) fn pieces_of(&self, leg: &Leg) -> Range<usize> {
        self.program.trades.get(leg.trade).map_or(0..0, |trade| trade.pieces.clone())
    }
}

impl<'b, 'a> Builder<'b, 'a> {
    fn new(context: &'b Context<'b>, situation: &'b Situation<'a>, objective: &'b Objective<'b>, mode: Mode) -> Self {
        let named = |edit: &Edit| Soft { name: edit.in_words(context, situation), missed: Vec::new(), closed: Vec::new() };
        let decided = objective.weighing.edits.iter().map(named).collect();
        Self {
            context,
            situation,
            objective,
            mode,
            loadings: Vec::new(),
            assets: Vec::new(),
            places: BTreeMap::new(),
            trades: Vec::new(),
            pieces: Vec::new(),
            rows: Vec::new(),
            choices: Choices::default(),
            legs: Vec::new(),
            cash_rows: Vec::new(),
            shared: Vec::new(),
            turnover: None,
            limit_rows: Vec::new(),
            corridor_pieces: Vec::new(),
            gains: Vec::new(),
            reach: Vec::new(),
            budget: None,
            losses: Vec::new(),
            soft: Vec::new(),
            decided,
            approximations: Vec::new(),
        }
    }

    /// A value as a fraction of that of the household.
    pub(super) fn part(&self, value: f64) -> f64 {
        value / self.objective.value
    }

    /// A new row Σ = right.
    pub(super) fn row(&mut self, right: f64) -> usize {
        self.rows.push(right);
        self.rows.len() - 1
    }

    /// Pieces that stand in a row and move nothing.
    pub(super) fn slack(&mut self, row: usize, pieces: &[(f64, f64, f64, f64)]) {
        let first = self.pieces.len();
        self.pieces.extend(pieces.iter().map(|&(counts, lower, upper, price)| Piece { lower, upper, price, rows: vec![(row, counts)] }));
        self.trades.push(Trade { asset: None, sign: 1.0, impact: 0.0, rows: Vec::new(), pieces: first..self.pieces.len() });
    }

    /// Names the rule that the last piece misses.
    pub(super) fn soft(&mut self, name: String) {
        self.soft.push(Soft { name, missed: vec![(self.pieces.len() - 1, 1.0)], closed: Vec::new() });
    }

    /// Rows of accounts and of the household, and what is held now.
    fn open_rows(&mut self) {
        let (context, situation) = (self.context, self.situation);
        for account in &situation.accounts {
            let row = self.row(self.part(account.cash));
            self.cash_rows.push(row);
        }
        for (place, year) in situation.returns.years.iter().enumerate() {
            let currency = year.filing().owner.year_to_date.short_term.currency();
            let rate = base_per_unit(context, Money::zero(currency));
            let taxable = situation.accounts.iter().enumerate().any(|(index, _)| situation.returns.of(index) == Some(place));
            let rows =
                (rate > 0.0 && taxable).then(|| GainRows { short: self.row(0.0), long: self.row(0.0), scale: self.objective.value / rate });
            self.gains.push(rows);
            self.reach.push(Reach::default());
        }
        // What is wanted, as if it were held short.
        let follows = |sleeve: &usize| self.objective.followed.iter().any(|index| index.model.sleeve.0 == *sleeve);
        let target: Vec<(usize, f64)> =
            self.objective.weighing.targets.iter().copied().enumerate().filter(|(sleeve, _)| !follows(sleeve)).collect();
        let target = self.objective.loadings_of(target);
        self.loadings.extend(target);
        self.assets.push(Asset { specific: 0.0, active: -1.0 });
        for position in situation.accounts.iter().flat_map(|account| &account.positions) {
            let (held, place) = (self.part(position.value), self.asset(position.instrument));
            if let Some(asset) = self.assets.get_mut(place) {
                asset.active += held;
            }
        }
        let objective = self.objective;
        for (instrument, wanted) in objective.followed.iter().flat_map(Followed::wanted) {
            let place = self.asset(instrument);
            self.assets.get_mut(place).into_iter().for_each(|asset| asset.active -= wanted);
        }
        rows::open(self);
        if let Some(left) = situation.gain_budget_left {
            let row = self.row(self.part(to_f64(left.amount())));
            self.slack(row, &[(1.0, 0.0, f64::INFINITY, 0.0), (-1.0, 0.0, f64::INFINITY, self.objective.strict_price())]);
            self.soft("the gain budget of `[tax]`".to_owned());
            self.budget = Some(row);
        }
    }

    /// The asset of an instrument.
    fn asset(&mut self, instrument: InstrumentId) -> usize {
        if let Some(place) = self.places.get(&instrument) {
            return *place;
        }
        let exposures = self.context.sleeves.exposures(instrument).iter().map(|exposure| (exposure.sleeve.0, exposure.weight));
        let mut column = self.objective.loadings_of(exposures);
        let mut specific = 0.0;
        for index in &self.objective.followed {
            if let Some(name) = index.model.position(instrument) {
                specific = index.load(name, &mut column);
            }
        }
        let place = self.new_asset(column);
        self.assets.get_mut(place).into_iter().for_each(|asset| asset.specific = specific);
        self.places.insert(instrument, place);
        place
    }

    /// Adds an asset by its loadings.
    pub(super) fn new_asset(&mut self, loadings: Vec<f64>) -> usize {
        self.loadings.extend(loadings);
        self.assets.push(Asset { specific: 0.0, active: 0.0 });
        self.assets.len() - 1
    }

    /// What holding a unit of an instrument in an account costs over the horizon.
    pub(super) fn location(&self, account: usize, instrument: InstrumentId) -> f64 {
        let exposures = self.context.sleeves.exposures(instrument).iter();
        let cost: f64 = exposures.map(|exposure| self.objective.location(account, exposure.sleeve.0) * exposure.weight).sum();
        self.objective.rules.horizon_years * cost
    }

    /// Rows in which a whole trade counts.
    fn rows_of(&self, account: usize, instrument: InstrumentId, sign: f64, cost: f64) -> Vec<(usize, f64)> {
        let mut rows = Vec::with_capacity(4 + self.shared.len());
        rows.extend(self.cash_rows.get(account).map(|row| (*row, sign + cost)));
        rows.extend(self.shared.iter().filter_map(|shared| {
            let counts = sign * shared.of(self.context, instrument);
            (counts != 0.0).then_some((shared.row, counts))
        }));
        rows.extend(self.turnover.map(|row| (row, 1.0)));
        rows
    }

    /// A whole lot of an instrument as a fraction of household value; 0 where lots are so fine that rounding costs next to nothing.
    pub(super) fn step(&self, instrument: InstrumentId) -> f64 {
        let step = self.part(self.context.unit(instrument).lot);
        if step >= COARSE { step } else { 0.0 }
    }

    /// Adds a leg with its pieces, as far as edits leave it open.
    pub(super) fn leg(&mut self, leg: Leg, impact: f64, mut pieces: Vec<Piece>) {
        let first = self.pieces.len();
        let edits = if leg.forced { &[][..] } else { self.objective.weighing.edits };
        let given: Vec<Given> = edits.iter().map(|edit| edit.of(leg.account, leg.instrument, leg.side)).collect();
        let uppers: Vec<(usize, f64)> = pieces.iter().enumerate().map(|(at, piece)| (first + at, piece.upper)).collect();
        for (decided, _) in self.decided.iter_mut().zip(&given).filter(|(_, given)| **given == Given::Nothing) {
            decided.closed.extend(&uppers);
            close(&mut pieces);
        }
        let (fixed, linear, _) = self.context.costs.terms(leg.instrument);
        let min_trade = self.context.policy.rebalance.min_trade;
        let least = if min_trade.is_zero() { 0.0 } else { self.part(to_f64(min_trade.amount()) + 0.5 * self.context.cent) };
        // What all of it does not come to is no trade that is made.
        if !leg.forced && pieces.iter().map(|piece| piece.upper).sum::<f64>() < least {
            close(&mut pieces);
        }
        let is_open = given.iter().all(|given| *given == Given::Open) && !leg.forced;
        let sign = if leg.side == Side::Buy { 1.0 } else { -1.0 };
        let rows = self.rows_of(leg.account, leg.instrument, sign, linear);
        let asset = Some(self.asset(leg.instrument));
        self.pieces.extend(pieces);
        self.trades.push(Trade { asset, sign, impact, rows, pieces: first..self.pieces.len() });
        for (at, given) in given.into_iter().enumerate() {
            if let Given::Exactly(value) = given {
                self.pin(&leg, at, value);
            }
        }
        let (fee, step) = (self.part(fixed), self.step(leg.instrument));
        if is_open && (fee > 0.0 || least > 0.0 || step > 0.0) {
            self.choices.sizes.push(Sizes { trade: leg.trade, fee, least, step });
        }
        self.legs.push(leg);
    }

    /// Bounds slack that was left open by what its row can come to.
    fn close(&mut self) {
        let mut reach: Vec<f64> = self.rows.iter().map(|right| right.abs()).collect();
        let mut add = |row: usize, counts: f64, piece: &Piece| {
            let largest = piece.lower.abs().max(piece.upper.abs());
            if let Some(reach) = reach.get_mut(row).filter(|_| largest.is_finite()) {
                *reach += counts.abs() * largest;
            }
        };
        for trade in &self.trades {
            for piece in self.pieces.get(trade.pieces.clone()).unwrap_or_default() {
                trade.rows.iter().chain(&piece.rows).for_each(|(row, counts)| add(*row, *counts, piece));
            }
        }
        for piece in self.pieces.iter_mut().filter(|piece| piece.upper.is_infinite()) {
            piece.upper = piece.rows.first().and_then(|(row, _)| reach.get(*row)).map_or(0.0, |reach| reach + LEAST_ROOM);
        }
    }

    fn finish(mut self) -> Model {
        self.close();
        let decided = std::mem::take(&mut self.decided);
        self.soft.extend(decided.into_iter().filter(|rule| !rule.missed.is_empty() || !rule.closed.is_empty()));
        let located = self
            .situation
            .accounts
            .iter()
            .enumerate()
            .flat_map(|(index, account)| account.positions.iter().map(move |position| (index, position.instrument, position.value)));
        let constant: f64 = located.map(|(index, instrument, value)| self.location(index, instrument) * self.part(value)).sum();
        let factors = self.objective.factors();
        let loadings = Matrix::from_columns(factors, self.assets.len(), self.loadings).unwrap_or_else(|_| Matrix::zeros(factors, 0));
        let program = Program { loadings, assets: self.assets, trades: self.trades, pieces: self.pieces, rows: self.rows };
        Model {
            program,
            choices: self.choices,
            legs: self.legs,
            places: self.places,
            constant,
            limit_rows: self.limit_rows,
            budget_row: self.budget,
            turnover_row: self.turnover,
            corridor_pieces: self.corridor_pieces,
            soft: self.soft,
            approximations: self.approximations,
        }
    }
}

/// Keeps pieces at their least.
fn close(pieces: &mut [Piece]) {
    for piece in pieces {
        piece.upper = piece.lower;
    }
}
