//! Transfers in kind.

use super::account::in_currency;
use super::{Book, Refusal, require_positive};
use crate::account::AccountId;
use crate::event::{Event, TransferredLot};
use crate::instrument::InstrumentId;
use crate::lot::Lot;
use crate::number::Quantity;
use crate::select::LotSelection;

impl Book {
    /// Lots from outside.
    pub(super) fn transfer_in(&mut self, event: &Event, lots: &[TransferredLot]) -> Result<(), Refusal> {
        let account = self.account_mut(event.account)?;
        let mut positions: Vec<super::basis::Position> = Vec::new();
        for lot in lots {
            require_positive(!lot.quantity.is_zero(), "the size of a transferred lot")?;
            if let Some(basis) = lot.cost_basis
                && basis.currency() != account.currency
            {
                return Err(Refusal::BasisCurrency { given: basis.currency(), kept: account.currency });
            }
            let place = positions.iter().position(|position| position.instrument() == lot.instrument);
            let mut position = place.map_or_else(|| account.draft(lot.instrument), |place| positions.swap_remove(place));
            if position.held().any(|held| held.id == lot.id) {
                return Err(Refusal::DuplicateLot(lot.id.clone()));
            }
            position.open(Lot {
                id: lot.id.clone(),
                instrument: lot.instrument,
                quantity: lot.quantity,
                cost_basis: lot.cost_basis,
                acquired: lot.acquired,
                held_since: lot.held_since.or(lot.acquired),
            })?;
            positions.push(position);
        }
        for position in positions {
            account.replace(position);
        }
        Ok(())
    }

    /// Lots to another account, with basis and dates, or to outside.
    pub(super) fn transfer_out(
        &mut self,
        event: &Event,
        instrument: InstrumentId,
        quantity: Quantity,
        selection: &LotSelection,
        to: Option<AccountId>,
    ) -> Result<(), Refusal> {
        if to == Some(event.account) {
            return Err(Refusal::SameOnBothSides);
        }
        let mut source = self.account(event.account)?.held(instrument)?;
        let mut taken = Vec::new();
        source.close(quantity, selection, &mut self.picks, &mut taken)?;
        if let Some(to) = to {
            let account = self.account_mut(to)?;
            let mut target = account.draft(instrument);
            for mut lot in taken {
                lot.cost_basis = lot.cost_basis.map(|basis| in_currency(event, basis, account.currency)).transpose()?;
                target.open(lot)?;
            }
            account.replace(target);
        }
        self.account_mut(event.account)?.replace(source);
        Ok(())
    }
}
