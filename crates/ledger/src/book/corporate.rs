//! Corporate actions: splits, symbol changes, mergers, spin-offs.
//!
//! They are rare, so each works on copies of the positions it changes and puts them back at the
//! end: what is refused on the way has changed nothing.

use std::sync::Arc;

use super::account::AccountBook;
use super::basis::{Position, Shares, rescale};
use super::realized::{Disposal, RealizedGain};
use super::{Book, Refusal, refuse_negative, require_positive};
use crate::event::{CashInLieu, Event, MergerTerms, Ratio, SpinOff, StockTerms};
use crate::instrument::InstrumentId;
use crate::lot::{Lot, LotId};
use crate::number::{Money, Quantity, Rounding};

/// An event on its way into the books: gains and the change of cash, not yet entered.
struct Draft<'a> {
    event: &'a Event,
    account: &'a AccountBook,
    disposal: Disposal,
    realized: Vec<RealizedGain>,
    cash: Option<Money>,
}

impl<'a> Draft<'a> {
    fn new(book: &'a Book, event: &'a Event) -> Result<Self, Refusal> {
        Ok(Self { event, account: book.account(event.account)?, disposal: book.disposal(event)?, realized: Vec::new(), cash: None })
    }

    /// Disposes of lots for `amount` (of any currency) worth, of which `cash` is paid in cash.
    fn dispose(&mut self, mut lots: Vec<Lot>, amount: Money, cash: Money) -> Result<(), Refusal> {
        let short = lots.first().is_some_and(|lot| lot.quantity.is_negative());
        let units = lots.iter().try_fold(Quantity::ZERO, |sum, lot| sum.try_add(lot.quantity.abs()))?;
        let mut amounts = Shares::new(self.account.in_books(self.event, amount)?.amount(), units);
        self.disposal.realize(&mut lots, &mut amounts, self.account.currency, &mut self.realized)?;
        self.pay(if short { cash.neg() } else { cash })
    }

    /// Adds to the cash that changes hands.
    fn pay(&mut self, change: Money) -> Result<(), Refusal> {
        self.cash = Some(match self.cash {
            Some(cash) => cash.try_add(change)?,
            None => change,
        });
        Ok(())
    }

    /// Sells the fraction that is not issued.
    fn pay_in_lieu(&mut self, position: &mut Position, fraction: Option<&CashInLieu>) -> Result<(), Refusal> {
        let Some(fraction) = fraction else { return Ok(()) };
        refuse_negative(fraction.proceeds, "the cash in lieu")?;
        let (mut picks, mut taken) = (Vec::new(), Vec::new());
        position.close(fraction.quantity, &fraction.selection, &mut picks, &mut taken)?;
        self.dispose(taken, fraction.proceeds, fraction.proceeds)
    }

    /// A position of lots in another instrument, made from those of the old one.
    fn exchanged(&self, mut lots: Vec<Lot>, stock: StockTerms) -> Result<Position, Refusal> {
        rescale(&mut lots, stock.ratio)?;
        self.position_of(stock.instrument, lots)
    }

    fn position_of(&self, instrument: InstrumentId, lots: Vec<Lot>) -> Result<Position, Refusal> {
        let mut position = Position::new(instrument, self.account.method);
        lots.into_iter().try_for_each(|lot| position.open(lot))?;
        Ok(position)
    }

    /// What is held of an instrument, with more lots of it.
    fn joined(&self, mut more: Position) -> Result<Position, Refusal> {
        let mut position = self.account.draft(more.instrument());
        more.take_all().into_iter().try_for_each(|lot| position.open(lot))?;
        Ok(position)
    }

    /// Everything that is to be entered, once nothing can be refused any more.
    fn finish(self, positions: Vec<Position>) -> Result<Entry, Refusal> {
        let cash = self.cash.map(|change| self.account.cash_after(change)).transpose()?;
        Ok(Entry { positions, realized: self.realized, cash })
    }
}

/// What a corporate action changes.
struct Entry {
    positions: Vec<Position>,
    realized: Vec<RealizedGain>,
    cash: Option<Money>,
}

impl Book {
    pub(super) fn split(
        &mut self,
        event: &Event,
        instrument: InstrumentId,
        ratio: Ratio,
        cash_in_lieu: Option<&CashInLieu>,
    ) -> Result<(), Refusal> {
        let mut draft = Draft::new(self, event)?;
        let lots = draft.account.held(instrument)?.take_all();
        let mut position = draft.exchanged(lots, StockTerms { instrument, ratio })?;
        draft.pay_in_lieu(&mut position, cash_in_lieu)?;
        let entry = draft.finish(vec![position])?;
        self.commit(event, entry)
    }

    pub(super) fn change_symbol(&mut self, event: &Event, from: InstrumentId, to: InstrumentId) -> Result<(), Refusal> {
        refuse_same(from, to)?;
        let draft = Draft::new(self, event)?;
        let mut former = draft.account.held(from)?;
        let renamed = draft.position_of(to, former.take_all())?;
        let entry = draft.joined(renamed).and_then(|position| draft.finish(vec![former, position]))?;
        self.commit(event, entry)
    }

    pub(super) fn merge(
        &mut self,
        event: &Event,
        from: InstrumentId,
        terms: &MergerTerms,
        cash_in_lieu: Option<&CashInLieu>,
    ) -> Result<(), Refusal> {
        let mut draft = Draft::new(self, event)?;
        let mut former = draft.account.held(from)?;
        let lots = former.take_all();
        let mut received = match terms {
            MergerTerms::Cash { proceeds } => {
                refuse_negative(*proceeds, "the cash of the merger")?;
                draft.dispose(lots, *proceeds, *proceeds)?;
                let entry = draft.finish(vec![former])?;
                return self.commit(event, entry);
            }
            MergerTerms::Stock(stock) => draft.exchanged(lots, *stock)?,
            MergerTerms::StockAndCash { stock, stock_value, cash } => {
                let lots = draft.realize_boot(lots, *stock_value, *cash)?;
                draft.exchanged(lots, *stock)?
            }
            MergerTerms::Taxed { stock, stock_value, cash } => draft.exchange_taxed(lots, *stock, *stock_value, *cash)?,
        };
        refuse_same(from, received.instrument())?;
        draft.pay_in_lieu(&mut received, cash_in_lieu)?;
        let entry = draft.joined(received).and_then(|position| draft.finish(vec![former, position]))?;
        self.commit(event, entry)
    }

    pub(super) fn spin_off(&mut self, event: &Event, spin_off: &SpinOff) -> Result<(), Refusal> {
        refuse_same(spin_off.parent, spin_off.child)?;
        let fraction = spin_off.basis_fraction;
        if fraction.is_negative() || fraction > crate::number::Rate::ONE {
            return Err(Refusal::NotAFraction);
        }
        let mut draft = Draft::new(self, event)?;
        let mut parent_lots = draft.account.held(spin_off.parent)?.take_all();
        let mut child_lots = Vec::with_capacity(parent_lots.len());
        for lot in &mut parent_lots {
            let moved = lot.cost_basis.map(|basis| basis.times(fraction, Rounding::HalfEven)).transpose()?;
            lot.cost_basis = lot.cost_basis.zip(moved).map(|(basis, moved)| basis.try_sub(moved)).transpose()?;
            child_lots.push(Lot { id: derived_id(&lot.id, event.sequence), cost_basis: moved, ..lot.clone() });
        }
        let parent = draft.position_of(spin_off.parent, parent_lots)?;
        let mut child = draft.exchanged(child_lots, StockTerms { instrument: spin_off.child, ratio: spin_off.ratio })?;
        draft.pay_in_lieu(&mut child, spin_off.cash_in_lieu.as_ref())?;
        let entry = draft.joined(child).and_then(|child| draft.finish(vec![parent, child]))?;
        self.commit(event, entry)
    }

    fn commit(&mut self, event: &Event, entry: Entry) -> Result<(), Refusal> {
        let account = self.account_mut(event.account)?;
        for position in entry.positions {
            account.replace(position);
        }
        if let Some(cash) = entry.cash {
            account.set_cash(cash);
        }
        self.realized.extend(entry.realized);
        Ok(())
    }
}

impl Draft<'_> {
    /// Realizes gain up to the cash, lot by lot, and gives back the lots with the basis that they
    /// carry over (26 USC 356(a), 356(c), 358(a)).
    fn realize_boot(&mut self, mut lots: Vec<Lot>, stock_value: Money, cash: Money) -> Result<Vec<Lot>, Refusal> {
        refuse_negative(stock_value, "the value of the units received")?;
        require_positive(cash.is_positive(), "the cash of the merger")?;
        let currency = self.account.currency;
        let units = lots.iter().try_fold(Quantity::ZERO, |sum, lot| sum.try_add(lot.quantity))?;
        if units.is_negative() {
            return Err(Refusal::ShortPosition);
        }
        let mut cash_shares = Shares::new(self.account.in_books(self.event, cash)?.amount(), units);
        let mut value_shares = Shares::new(self.account.in_books(self.event, stock_value)?.amount(), units);
        for lot in &mut lots {
            let basis = lot.cost_basis.ok_or_else(|| Refusal::UnknownBasis(lot.id.clone()))?;
            let paid = cash_shares.next_money(lot.quantity, currency)?;
            let received = paid.try_add(value_shares.next_money(lot.quantity, currency)?)?;
            let gain = received.try_sub(basis)?;
            let recognized =
                if gain.is_negative() { Money::zero(currency) } else { Money::new(gain.amount().min(paid.amount()), currency) };
            let basis_of_cash = paid.try_sub(recognized)?;
            lot.cost_basis = Some(basis.try_sub(basis_of_cash)?);
            let mut given = vec![Lot { cost_basis: Some(basis_of_cash), ..lot.clone() }];
            let mut amount = Shares::new(paid.amount(), lot.quantity);
            self.disposal.realize(&mut given, &mut amount, currency, &mut self.realized)?;
        }
        self.pay(cash)?;
        Ok(lots)
    }

    /// Sells all lots for the worth of units and cash, and buys the units at their worth.
    fn exchange_taxed(&mut self, lots: Vec<Lot>, stock: StockTerms, stock_value: Money, cash: Money) -> Result<Position, Refusal> {
        refuse_negative(stock_value, "the value of the units received")?;
        refuse_negative(cash, "the cash of the merger")?;
        let units = lots.iter().try_fold(Quantity::ZERO, |sum, lot| sum.try_add(lot.quantity))?;
        let value = self.account.in_books(self.event, stock_value)?;
        let date = Some(self.event.dates.trade);
        let bought = Lot {
            id: LotId::Number(self.event.sequence),
            instrument: stock.instrument,
            quantity: units,
            cost_basis: Some(if units.is_negative() { value.neg() } else { value }),
            acquired: date,
            held_since: date,
        };
        self.dispose(lots, stock_value.try_add(cash)?, cash)?;
        self.exchanged(vec![bought], stock)
    }
}

fn refuse_same(from: InstrumentId, to: InstrumentId) -> Result<(), Refusal> {
    if from == to { Err(Refusal::SameOnBothSides) } else { Ok(()) }
}

/// The id of a lot that an event makes out of another: `LOT.SEQUENCE`.
pub(super) fn derived_id(lot: &LotId, sequence: u64) -> LotId {
    LotId::Named(Arc::from(format!("{lot}.{sequence}")))
}
