//! A journal replayed under the wash sale rule.

use std::borrow::Cow;
use std::mem::take;

use evenkeel_ledger::account::{Account, AccountId, BasisMethod, TaxTreatment};
use evenkeel_ledger::book::{AccountRules, Book, RealizedGain};
use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::{Event, EventKind, MergerTerms, Ratio, Replacement};
use evenkeel_ledger::holdings::Holdings;
use evenkeel_ledger::household::Household;
use evenkeel_ledger::identical::{IdenticalSet, IdenticalSets};
use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::lot::LotId;
use evenkeel_ledger::number::Money;

use super::lots::Pieces;
use super::state::{Loss, Purchase, Set, WINDOW};
use crate::tax::jurisdiction::sells_lots;
use crate::tax::records::{Disposals, Matching, OpenLoss, Records, RecordsError, Replaced, WashSale};

/// Replays a journal: gains with what is not allowed of losses.
///
/// # Errors
/// Records that overlap, that decide what is found here, or that the books do not take.
pub fn replay(records: &Records<'_>) -> Result<Disposals, RecordsError> {
    records.check_no_overlap()?;
    let mut replay = Replay::begin(records.household, records.sets, records.opening)?;
    for event in records.events {
        replay.enter(event)?;
    }
    replay.finish(records.through)
}

/// A journal on its way through the days.
#[derive(Debug, Clone)]
pub(in crate::tax) struct Replay<'a> {
    household: &'a Household,
    identical: IdenticalSets,
    book: Book,
    taxable: Vec<bool>,
    sets: Vec<Set>,
    pieces: Pieces,
    /// The day that the replay has reached, and its losses.
    day: Date,
    today: Vec<Loss>,
    /// Splits that losses were counted in: every account has an event of its own for one split.
    splits: Vec<(InstrumentId, Date)>,
    washes: Vec<WashSale>,
}

impl<'a> Replay<'a> {
    /// With what was held before the first event.
    pub(in crate::tax) fn begin(household: &'a Household, identical: &IdenticalSets, opening: &Holdings) -> Result<Self, RecordsError> {
        if let Some(pooled) = household.accounts.iter().find(|account| account.basis_method == BasisMethod::Pooled) {
            return Err(RecordsError::Pooled { account: pooled.id.clone() });
        }
        // Whether cash suffices is not asked here.
        let rules = AccountRules { margin: true, ..AccountRules::STRICT };
        let accounts = (0..household.accounts.len()).filter_map(AccountId::from_index);
        let book = accounts.fold(Book::opened(household, opening)?, |book, account| book.with_rules(account, rules));
        let taxable = household.accounts.iter().map(|account| account.tax_treatment == TaxTreatment::Taxable).collect();
        let mut sets = Vec::new();
        sets.resize_with(identical.len(), Set::default);
        let pools = |account: &Account| household.owner(&account.owner).is_some_and(|owner| !sells_lots(owner));
        let pieces = Pieces::new(household.accounts.iter().map(pools).collect());
        let (today, splits, washes) = (Vec::new(), Vec::new(), Vec::new());
        let identical = identical.clone();
        let mut replay = Self { household, identical, book, taxable, sets, pieces, day: opening.as_of, today, splits, washes };
        let window = opening.as_of.add_days(-WINDOW)?;
        for (index, held) in opening.accounts.iter().enumerate() {
            let Some(account) = AccountId::from_index(index) else { continue };
            for lot in held.lots().iter().filter(|lot| lot.quantity.is_positive()) {
                if let Some(acquired) = lot.acquired.filter(|acquired| *acquired >= window) {
                    replay.add(Purchase { account, instrument: lot.instrument, lot: lot.id.clone(), acquired });
                }
            }
        }
        Ok(replay)
    }

    /// Refuses what leaves a taxable account for a retirement account in kind, or comes from one: it is taxed at what it is
    /// worth on the day, which the event does not say.
    fn refuse_sale_to_self(&self, event: &Event) -> Result<(), RecordsError> {
        let EventKind::TransferOut { to: Some(to), .. } = &event.kind else { return Ok(()) };
        let accounts = &self.household.accounts;
        let (Some(from), Some(to)) = (accounts.get(event.account.index()), accounts.get(to.index())) else { return Ok(()) };
        let is_retirement = |account: &Account| matches!(account.tax_treatment, TaxTreatment::Deferred | TaxTreatment::Exempt);
        let is_taxable = |account: &Account| account.tax_treatment == TaxTreatment::Taxable;
        if (is_taxable(from) && is_retirement(to)) || (is_retirement(from) && is_taxable(to)) {
            let what = format!("a transfer in kind from account `{}` to `{}` (one is taxable, one for retirement)", from.id, to.id);
            return Err(RecordsError::NotModeled { sequence: event.sequence, what });
        }
        Ok(())
    }

    /// Whether an event is a split of which the account holds nothing any more, while a loss on it may still be replaced.
    fn is_split_of_sold(&self, event: &Event) -> bool {
        let EventKind::Split { instrument, .. } = event.kind else { return false };
        let waiting = self.set_of(instrument).and_then(|index| self.sets.get(index)).map(|set| set.losses.iter());
        let mut losses = waiting.into_iter().flatten().chain(&self.today);
        let is_open = |loss: &Loss| loss.instrument == instrument && event.dates.trade.days_since(loss.sold) <= WINDOW;
        self.book.lots(event.account, instrument).is_empty() && losses.any(is_open)
    }

    /// Remembers losses in taxable accounts for the end of the day.
    fn note_losses(&mut self, first: usize) -> Result<(), RecordsError> {
        for (offset, gain) in self.book.realized().get(first..).unwrap_or_default().iter().enumerate() {
            let is_taxable = self.taxable.get(gain.account.index()).copied().unwrap_or_default();
            let Some(total) = gain.gain()?.filter(|gained| gained.is_negative() && is_taxable && !gain.short) else { continue };
            self.today.push(Loss {
                gain: first.saturating_add(offset),
                account: gain.account,
                instrument: gain.instrument,
                root: self.pieces.root(&gain.lot).clone(),
                acquired: gain.acquired,
                sold: gain.realized,
                days_held: gain.held_since.map(|since| gain.realized.days_since(since)),
                units: gain.quantity,
                left: gain.quantity,
                total: total.neg(),
                given: Money::zero(total.currency()),
            });
        }
        Ok(())
    }

    /// Remembers what an event bought, and where units went that were bought before.
    fn note_purchases(&mut self, event: &Event) -> Result<(), RecordsError> {
        let date = event.dates.trade;
        match &event.kind {
            EventKind::Buy(trade) => self.bought(event, trade.instrument),
            EventKind::Dividend { income, .. } | EventKind::Interest { income, .. } => match &income.reinvested {
                Some(reinvested) => self.bought(event, reinvested.instrument),
                None => Ok(()),
            },
            // A taxed exchange is a purchase; one that carries basis over is not (1091(a)).
            EventKind::Merger { terms: MergerTerms::Taxed { stock, .. }, .. } => self.bought(event, stock.instrument),
            EventKind::TransferIn(lots) => {
                let bought = lots.iter().filter(|lot| lot.quantity.is_positive()).filter_map(|lot| Some((lot, lot.acquired?)));
                for (lot, acquired) in bought {
                    let (account, instrument) = (event.account, lot.instrument);
                    self.match_purchase(Purchase { account, instrument, lot: lot.id.clone(), acquired })?;
                }
                Ok(())
            }
            EventKind::TransferOut { instrument, to: Some(to), .. } => {
                self.follow(event.account, *instrument, *to);
                Ok(())
            }
            EventKind::Split { instrument, ratio, .. } => self.split(event.account, *instrument, *ratio, date),
            EventKind::SymbolChange { from, to } => {
                self.rename(*from, *to);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Units bought now.
    fn bought(&mut self, event: &Event, instrument: InstrumentId) -> Result<(), RecordsError> {
        let (account, lot, acquired) = (event.account, LotId::Number(event.sequence), event.dates.trade);
        if self.book.lot(account, instrument, &lot, Some(acquired)).is_none() {
            return Ok(()); // All of it closed a short sale.
        }
        self.match_purchase(Purchase { account, instrument, lot, acquired })
    }

    /// Units that were bought, now or before they arrived, replace those of losses of days before this one; what is left may
    /// replace those of later ones.
    fn match_purchase(&mut self, purchase: Purchase) -> Result<(), RecordsError> {
        let Some(index) = self.set_of(purchase.instrument) else { return Ok(()) };
        let (first, last) = (purchase.acquired.add_days(-WINDOW)?, purchase.acquired.add_days(WINDOW)?);
        let mut set = self.sets.get_mut(index).map(take).unwrap_or_default();
        set.forget_before(self.day.add_days(-WINDOW)?);
        let mut at = set.losses.partition_point(|loss| loss.sold < first);
        let mut is_used_up = false;
        while let Some(loss) = set.losses.get_mut(at).filter(|loss| !is_used_up && loss.sold <= last) {
            is_used_up = !self.pieces.is_source(&purchase, loss) && self.replace(loss, &purchase)?;
            if loss.left.is_positive() {
                at = at.saturating_add(1);
            } else {
                set.losses.remove(at);
            }
        }
        if !is_used_up {
            set.add(purchase);
        }
        self.put(index, set);
        Ok(())
    }

    /// Matches the losses of the day with what was bought before, or on the day, and is still held.
    fn end_day(&mut self) -> Result<(), RecordsError> {
        let mut losses = take(&mut self.today);
        losses.sort_by(|a, b| (a.acquired, a.account, &a.root, a.gain).cmp(&(b.acquired, b.account, &b.root, b.gain)));
        let window = self.day.add_days(-WINDOW)?;
        for mut loss in losses {
            let Some(index) = self.set_of(loss.instrument) else { continue };
            let mut set = self.sets.get_mut(index).map(take).unwrap_or_default();
            set.forget_before(window);
            let mut at = 0;
            while let Some(purchase) = set.purchases.get(at).filter(|_| loss.left.is_positive()) {
                if !self.pieces.is_source(purchase, &loss) && self.replace(&mut loss, purchase)? {
                    set.purchases.remove(at);
                } else {
                    at = at.saturating_add(1);
                }
            }
            if loss.left.is_positive() {
                set.losses.push_back(loss);
            }
            self.put(index, set);
        }
        Ok(())
    }

    /// Replaces units of a loss by those of a purchase that are held and serve no other; whether none is left of them.
    fn replace(&mut self, loss: &mut Loss, purchase: &Purchase) -> Result<bool, RecordsError> {
        let held = self.book.lot(purchase.account, purchase.instrument, &purchase.lot, Some(purchase.acquired));
        let Some(lot) = held.filter(|lot| lot.quantity.is_positive()) else { return Ok(true) };
        let (held, units, basis) = (lot.quantity, lot.quantity.min(loss.left), lot.cost_basis);
        let is_whole = units == held;
        let is_taxable = self.taxable.get(purchase.account.index()).copied().unwrap_or_default();
        let tacked = lot.held_since.zip(loss.days_held).map(|(since, days)| since.add_days(days.saturating_neg())).transpose()?;
        let held_since = if is_taxable { tacked.or(lot.held_since) } else { lot.held_since };

        let given = loss.take(units)?;
        if given.is_positive() {
            self.book.defer(loss.gain, given)?;
        }
        let piece = if is_whole { purchase.lot.clone() } else { self.pieces.name(&purchase.lot, purchase.acquired) };
        let currency = basis.map_or(given.currency(), Money::currency);
        if is_taxable && currency != given.currency() {
            let account = self.household.accounts.get(purchase.account.index()).map_or_else(String::new, |known| known.id.clone());
            return Err(RecordsError::Currencies { loss: given.currency(), account, books: currency });
        }
        let added = if is_taxable { given } else { Money::zero(currency) };
        let (account, instrument) = (purchase.account, purchase.instrument);
        let into = Replacement { account, instrument, lot: purchase.lot.clone(), quantity: units, held_since };
        let basis = self.book.take_up(&into, Some(purchase.acquired), added, piece.clone())?;
        let replacement =
            Replaced { account, instrument, lot: purchase.lot.clone(), piece, acquired: purchase.acquired, held_since, basis };
        self.washes.push(WashSale { gain: loss.gain, quantity: units, loss: given, replacement, permanent: !is_taxable });
        Ok(is_whole)
    }

    /// Purchases whose units may have gone to another account may be there.
    fn follow(&mut self, from: AccountId, instrument: InstrumentId, to: AccountId) {
        let Some(set) = self.set_of(instrument).and_then(|index| self.sets.get_mut(index)) else { return };
        let here = set.purchases.iter().filter(|purchase| purchase.account == from && purchase.instrument == instrument);
        let there: Vec<Purchase> = here.map(|purchase| Purchase { account: to, ..purchase.clone() }).collect();
        for purchase in there {
            self.pieces.moved(&purchase.lot);
            set.add(purchase);
        }
    }

    fn split(&mut self, account: AccountId, instrument: InstrumentId, ratio: Ratio, date: Date) -> Result<(), RecordsError> {
        let sold_before = |loss: &&mut Loss| loss.account == account && loss.instrument == instrument;
        self.today.iter_mut().filter(sold_before).try_for_each(|loss| loss.rescale(ratio))?;
        self.splits.retain(|(_, known)| *known == date);
        if self.splits.contains(&(instrument, date)) {
            return Ok(());
        }
        self.splits.push((instrument, date));
        let set = self.set_of(instrument).and_then(|index| self.sets.get_mut(index));
        Ok(set.map_or(Ok(()), |set| set.rescale(instrument, ratio))?)
    }

    fn rename(&mut self, from: InstrumentId, to: InstrumentId) {
        let (Some(old), Some(new)) = (self.set_of(from), self.set_of(to)) else { return };
        let Some(renamed) = self.sets.get_mut(old).map(|set| set.rename(from, to)) else { return };
        if let Some(set) = self.sets.get_mut(new) {
            set.join(renamed);
        }
    }

    fn add(&mut self, purchase: Purchase) {
        if let Some(set) = self.set_of(purchase.instrument).and_then(|index| self.sets.get_mut(index)) {
            set.add(purchase);
        }
    }

    fn set_of(&self, instrument: InstrumentId) -> Option<usize> {
        self.identical.of(instrument).map(IdenticalSet::index)
    }

    fn put(&mut self, index: usize, set: Set) {
        if let Some(place) = self.sets.get_mut(index) {
            *place = set;
        }
    }

    fn finish(mut self, through: Date) -> Result<Disposals, RecordsError> {
        self.end_day()?;
        let mut gains = self.book.take_realized();
        let mut open = Vec::new();
        for loss in self.sets.iter().flat_map(|set| &set.losses) {
            let until = loss.sold.add_days(WINDOW)?;
            if until <= through {
                continue;
            }
            if let Some(gain) = gains.get_mut(loss.gain) {
                gain.provisional_through = Some(until);
            }
            open.push(OpenLoss { gain: loss.gain, quantity: loss.left, loss: loss.total.try_sub(loss.given)?, until });
        }
        open.sort_by_key(|loss| loss.gain);
        let holdings = Some(self.book.holdings(self.day)?);
        Ok(Disposals { gains, washes: self.washes, open, holdings })
    }
}

impl<'a> Matching<'a> for Replay<'a> {
    fn enter(&mut self, event: &Event) -> Result<(), RecordsError> {
        if matches!(event.kind, EventKind::Rematch(_) | EventKind::DeferLoss(_)) {
            return Err(RecordsError::Decided { sequence: event.sequence });
        }
        if event.dates.trade > self.day {
            self.end_day()?;
            self.day = event.dates.trade;
        }
        self.refuse_sale_to_self(event)?;
        let realized = self.book.realized().len();
        let event = self.pieces.resolve(event, &self.book)?;
        if !self.is_split_of_sold(&event) {
            self.book.apply(&event)?;
        }
        self.note_losses(realized)?;
        self.note_purchases(&event)
    }

    fn gains(&mut self) -> Result<Cow<'_, [RealizedGain]>, RecordsError> {
        self.end_day()?;
        Ok(Cow::Borrowed(self.book.realized()))
    }

    fn fork(&self) -> Box<dyn Matching<'a> + 'a> {
        Box::new(self.clone())
    }
}
