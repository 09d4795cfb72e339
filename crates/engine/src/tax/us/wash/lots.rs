//! Lots and the pieces that they were split into.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use evenkeel_ledger::account::AccountId;
use evenkeel_ledger::book::Book;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::{Event, EventKind, Trade};
use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::lot::LotId;
use evenkeel_ledger::number::{NumberError, Quantity};
use evenkeel_ledger::select::{LotMethod, LotQuantity, LotSelection};

use super::state::{Loss, Purchase};

/// Which lot a piece was split off, and what pieces a lot has.
///
/// Whoever keeps the journal knows the lot that was bought, not the pieces. A sale that names it, or that needed no
/// choice, takes the rest of it first and then its pieces in the order in which they were split off.
#[derive(Debug, Clone, Default)]
pub(super) struct Pieces {
    // Looked up and never listed, so that their order is of no matter.
    roots: HashMap<LotId, LotId>,
    of: HashMap<LotId, (Date, Vec<LotId>)>,
    /// Lots that went from one account to another.
    moved: BTreeSet<LotId>,
    /// By account, whether its owner is taxed where lots do not matter.
    any_order: Vec<bool>,
}

impl Pieces {
    /// None yet; accounts whose sales may take lots in any order where they name none.
    pub(super) fn new(any_order: Vec<bool>) -> Self {
        Self { any_order, ..Self::default() }
    }

    /// Names the next piece of a lot.
    pub(super) fn name(&mut self, lot: &LotId, acquired: Date) -> LotId {
        let (_, pieces) = self.of.entry(lot.clone()).or_insert_with(|| (acquired, Vec::new()));
        let piece = LotId::Named(format!("{lot}.w{}", pieces.len().saturating_add(1)).into());
        pieces.push(piece.clone());
        self.roots.insert(piece.clone(), lot.clone());
        piece
    }

    /// The lot that was bought.
    pub(super) fn root<'a>(&'a self, lot: &'a LotId) -> &'a LotId {
        self.roots.get(lot).unwrap_or(lot)
    }

    /// Remembers that a lot went to another account.
    pub(super) fn moved(&mut self, lot: &LotId) {
        self.moved.insert(lot.clone());
    }

    /// Whether the loss comes from the purchase itself. Names of lots are those of an account, unless they moved.
    pub(super) fn is_source(&self, purchase: &Purchase, loss: &Loss) -> bool {
        purchase.lot == loss.root
            && purchase.instrument == loss.instrument
            && Some(purchase.acquired) == loss.acquired
            && (purchase.account == loss.account || self.moved.contains(&purchase.lot))
    }

    /// An event with lots named as they are now.
    pub(super) fn resolve<'a>(&self, event: &'a Event, book: &Book) -> Result<Cow<'a, Event>, NumberError> {
        if self.roots.is_empty() && !self.takes_any(event.account) {
            return Ok(Cow::Borrowed(event));
        }
        let kind = match &event.kind {
            EventKind::Sell(trade) => self.trade(event.account, trade, book)?.map(EventKind::Sell),
            EventKind::SellShort(trade) => self.trade(event.account, trade, book)?.map(EventKind::SellShort),
            EventKind::TransferOut { instrument, quantity, selection, to } => {
                let (instrument, quantity, to) = (*instrument, *quantity, *to);
                let selection = self.selection(event.account, instrument, selection, book)?;
                selection.map(|selection| EventKind::TransferOut { instrument, quantity, selection, to })
            }
            _ => None,
        };
        Ok(kind.map_or(Cow::Borrowed(event), |kind| Cow::Owned(Event { kind, ..event.clone() })))
    }

    fn takes_any(&self, account: AccountId) -> bool {
        self.any_order.get(account.index()).copied().unwrap_or_default()
    }

    fn trade(&self, account: AccountId, trade: &Trade, book: &Book) -> Result<Option<Trade>, NumberError> {
        let selection = self.selection(account, trade.instrument, &trade.selection, book)?;
        Ok(selection.map(|selection| Trade { selection, ..trade.clone() }))
    }

    fn selection(
        &self,
        account: AccountId,
        instrument: InstrumentId,
        given: &LotSelection,
        book: &Book,
    ) -> Result<Option<LotSelection>, NumberError> {
        match given {
            LotSelection::By(_) => Ok(None),
            LotSelection::Strict => {
                let lots = book.lots(account, instrument);
                let mut roots = lots.iter().map(|lot| self.root(&lot.id));
                let first = roots.next();
                let is_clear = self.takes_any(account) || roots.all(|root| Some(root) == first);
                Ok((lots.len() > 1 && is_clear).then_some(LotSelection::By(LotMethod::Fifo)))
            }
            LotSelection::Specific(named) => {
                let mut resolved = Vec::with_capacity(named.len());
                for LotQuantity { lot, quantity } in named {
                    self.take_named(account, instrument, lot, *quantity, book, &mut resolved)?;
                }
                Ok((resolved != **named).then(|| LotSelection::Specific(resolved.into())))
            }
        }
    }

    /// Units of a named lot: of its rest, then of its pieces. What is beyond them stays named, for the books to refuse.
    fn take_named(
        &self,
        account: AccountId,
        instrument: InstrumentId,
        lot: &LotId,
        quantity: Quantity,
        book: &Book,
        into: &mut Vec<LotQuantity>,
    ) -> Result<(), NumberError> {
        let Some((acquired, pieces)) = self.of.get(lot) else {
            into.push(LotQuantity { lot: lot.clone(), quantity });
            return Ok(());
        };
        let start = into.len();
        let mut open = quantity;
        for part in std::iter::once(lot).chain(pieces) {
            let Some(held) = book.lot(account, instrument, part, Some(*acquired)) else { continue };
            let taken = held.quantity.min(open);
            if taken.is_positive() {
                into.push(LotQuantity { lot: part.clone(), quantity: taken });
                open = open.try_sub(taken)?;
            }
        }
        if open.is_positive() {
            into.truncate(start);
            into.push(LotQuantity { lot: lot.clone(), quantity });
        }
        Ok(())
    }
}
