//! Share identification: TCGA 1992 s. 104 to 106A; HMRC Capital Gains Manual CG51550 to CG51590.
//!
//! A disposal is of shares bought on its day, then of those bought in the 30 days after it, then of the section 104 holding,
//! in which all others are at their average cost. It counts over all taxable accounts of an owner; an ISA or a SIPP stands
//! apart, as do a spouse's accounts. A disposal is provisional until day 30.

use std::borrow::Cow;
use std::collections::BTreeMap;

use evenkeel_ledger::account::{AccountId, TaxTreatment};
use evenkeel_ledger::book::RealizedGain;
use evenkeel_ledger::event::{Event, EventKind, MergerTerms, Trade};
use evenkeel_ledger::holdings::Holdings;
use evenkeel_ledger::household::Household;
use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::lot::LotId;
use evenkeel_ledger::number::{Money, NumberError, Rounding};

use super::pool::{Match, Shares, WINDOW, With};
use crate::tax::records::{Disposals, Matching, Records, RecordsError};

/// Identifies the disposals of records, owner by owner.
///
/// Lots and basis methods of accounts do not matter.
///
/// # Errors
/// Records that overlap, events that are not modeled, and more units sold than are held.
pub fn identify(records: &Records<'_>) -> Result<Disposals, RecordsError> {
    records.check_no_overlap()?;
    let mut identification = Identification::begin(records.household, records.opening)?;
    for event in records.events {
        identification.enter(event)?;
    }
    let mut gains = identification.all()?;
    // Only what is of the holding may still be of a purchase to come.
    for gain in gains.iter_mut().filter(|gain| gain.acquired.is_none()) {
        let until = gain.realized.add_days(WINDOW)?;
        gain.provisional_through = Some(until).filter(|until| *until > records.through);
    }
    Ok(Disposals { gains, washes: Vec::new(), open: Vec::new(), holdings: None })
}

/// What each owner bought and sold in taxable accounts; owners by their place in the household.
#[derive(Debug, Clone)]
pub(super) struct Identification<'a> {
    household: &'a Household,
    shares: BTreeMap<(usize, InstrumentId), Shares>,
}

impl<'a> Identification<'a> {
    /// With what was held before the first event.
    pub(super) fn begin(household: &'a Household, opening: &Holdings) -> Result<Self, RecordsError> {
        let mut identification = Self { household, shares: BTreeMap::new() };
        identification.open(opening)?;
        Ok(identification)
    }

    /// The owner of a taxable account, and the zero of its books.
    fn owner(&self, account: AccountId) -> Option<(usize, Money)> {
        let household = self.household;
        let found = household.accounts.get(account.index()).filter(|account| account.tax_treatment == TaxTreatment::Taxable)?;
        let owner = household.owners.iter().position(|owner| owner.id == found.owner)?;
        Some((owner, Money::zero(found.currency)))
    }

    fn shares(&mut self, owner: usize, instrument: InstrumentId, zero: Money) -> &mut Shares {
        self.shares.entry((owner, instrument)).or_insert_with(|| Shares::new(zero))
    }

    fn open(&mut self, opening: &Holdings) -> Result<(), RecordsError> {
        for (index, held) in opening.accounts.iter().enumerate() {
            let Some((account, (owner, zero))) = AccountId::from_index(index).and_then(|id| Some((id, self.owner(id)?))) else { continue };
            for lot in held.lots() {
                if lot.quantity.is_negative() {
                    let account = self.household.accounts.get(account.index()).map_or("", |account| account.id.as_str());
                    return Err(RecordsError::NotModeled { sequence: 0, what: format!("a short position in account `{account}`") });
                }
                self.shares(owner, lot.instrument, zero).open(lot.quantity, lot.cost_basis)?;
            }
        }
        Ok(())
    }

    fn sell(&mut self, event: &Event, trade: &Trade, owner: usize, zero: Money) -> Result<(), RecordsError> {
        let proceeds = in_books(event, trade.gross.try_sub(trade.fees)?, zero)?;
        self.shares(owner, trade.instrument, zero).sell(event.sequence, event.account, event.dates.trade, trade.quantity, proceeds);
        Ok(())
    }

    /// All disposals, in the order of events, each part with what it is matched with.
    fn all(&mut self) -> Result<Vec<RealizedGain>, RecordsError> {
        let mut gains = Vec::new();
        for ((_, instrument), shares) in &mut self.shares {
            for found in shares.matches()? {
                if let Some(gain) = gain(*instrument, shares, &found) {
                    gains.push(gain);
                }
            }
        }
        // Stable: the parts of a disposal keep the order of the rules.
        gains.sort_by_key(|gain| gain.sequence);
        Ok(gains)
    }
}

impl<'a> Matching<'a> for Identification<'a> {
    fn enter(&mut self, event: &Event) -> Result<(), RecordsError> {
        let Some((owner, zero)) = self.owner(event.account) else { return Ok(()) };
        let date = event.dates.trade;
        let not_modeled = |what: &str| Err(RecordsError::NotModeled { sequence: event.sequence, what: what.to_owned() });
        match &event.kind {
            EventKind::Buy(trade) => {
                let cost = in_books(event, trade.gross.try_add(trade.fees)?, zero)?;
                self.shares(owner, trade.instrument, zero).buy(date, trade.quantity, cost)?;
            }
            EventKind::Sell(trade) => self.sell(event, trade, owner, zero)?,
            EventKind::Dividend { income, .. } | EventKind::Interest { income, .. } => {
                if let Some(bought) = &income.reinvested {
                    let cost = in_books(event, bought.cost, zero)?;
                    self.shares(owner, bought.instrument, zero).buy(date, bought.quantity, cost)?;
                }
            }
            EventKind::Split { instrument, ratio, cash_in_lieu: None } => self.shares(owner, *instrument, zero).split(date, *ratio)?,
            EventKind::SymbolChange { from, to } => {
                if let Some(former) = self.shares.remove(&(owner, *from)) {
                    self.shares(owner, *to, zero).join(former)?;
                }
            }
            EventKind::TransferIn(lots) => {
                for lot in lots {
                    self.shares(owner, lot.instrument, zero).open(lot.quantity, lot.cost_basis)?;
                }
            }
            EventKind::TransferOut { to: Some(to), .. } if self.owner(*to).map(|(owner, _)| owner) == Some(owner) => {}
            EventKind::Deposit(_) | EventKind::Withdrawal(_) | EventKind::Fee(_) | EventKind::Tax(_) => {}
            EventKind::SellShort(_) => return not_modeled("a short sale"),
            EventKind::Split { .. } => return not_modeled("cash in lieu of a split"),
            EventKind::Merger { terms: MergerTerms::Cash { .. }, .. } => return not_modeled("a merger: record a sale for cash"),
            EventKind::Merger { .. } => return not_modeled("a merger"),
            EventKind::SpinOff(_) => return not_modeled("a spin-off"),
            EventKind::TransferOut { .. } => return not_modeled("a transfer to another owner or outside"),
            EventKind::Rematch(_) | EventKind::DeferLoss(_) => return Err(RecordsError::Decided { sequence: event.sequence }),
        }
        Ok(())
    }

    fn gains(&mut self) -> Result<Cow<'_, [RealizedGain]>, RecordsError> {
        Ok(Cow::Owned(self.clone().all()?))
    }

    fn fork(&self) -> Box<dyn Matching<'a> + 'a> {
        Box::new(self.clone())
    }
}

fn gain(instrument: InstrumentId, shares: &Shares, found: &Match) -> Option<RealizedGain> {
    let sale = shares.sales.get(found.sale)?;
    let (lot, acquired) = match found.with {
        With::SameDay(date) => ("same day", Some(date)),
        With::Later(date) => ("within 30 days", Some(date)),
        With::Pool => ("section 104", None),
    };
    Some(RealizedGain {
        sequence: sale.sequence,
        account: sale.account,
        instrument,
        lot: LotId::Named(lot.into()),
        quantity: found.quantity,
        proceeds: Some(found.proceeds),
        basis: found.basis,
        deferred: Money::zero(found.proceeds.currency()),
        acquired,
        held_since: acquired,
        sold: Some(sale.date),
        realized: sale.date,
        short: false,
        provisional_through: None,
    })
}

/// An amount in the currency of the account's books.
fn in_books(event: &Event, money: Money, zero: Money) -> Result<Money, RecordsError> {
    if money.currency() == zero.currency() {
        return Ok(money);
    }
    let mismatch = NumberError::CurrencyMismatch { left: money.currency(), right: zero.currency() };
    let quote = event.fx.ok_or(mismatch.clone())?;
    quote.convert(money, zero.currency(), Rounding::HalfEven).map_err(|_| mismatch.into())
}
