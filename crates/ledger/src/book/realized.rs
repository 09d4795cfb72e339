//! [`RealizedGain`]: what a disposal brought, lot by lot.

use super::Refusal;
use super::basis::Shares;
use crate::account::AccountId;
use crate::date::Date;
use crate::instrument::InstrumentId;
use crate::lot::{Lot, LotId};
use crate::number::{Currency, Money, NumberError, Quantity};
use crate::term::Term;

/// The disposal of one lot, or of part of it. Amounts are in the account's currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RealizedGain {
    /// Number of the event that disposed.
    pub sequence: u64,
    /// The account.
    pub account: AccountId,
    /// The instrument.
    pub instrument: InstrumentId,
    /// The lot.
    pub lot: LotId,
    /// Units disposed of, above zero; those bought back where a short lot was closed.
    pub quantity: Quantity,
    /// What the units brought, fees taken off; `None` for a short lot of which that is unknown.
    pub proceeds: Option<Money>,
    /// What the units cost, fees added; `None` for a lot of which that is unknown.
    pub basis: Option<Money>,
    /// The part of a loss that went into the basis of other units or was lost for good; not below
    /// zero.
    pub deferred: Money,
    /// Trade date of the purchase; `None` if unknown or pooled.
    pub acquired: Option<Date>,
    /// Start of the holding period; `None` if unknown or pooled.
    pub held_since: Option<Date>,
    /// Trade date of the sale; for a short lot the day on which it was opened.
    pub sold: Option<Date>,
    /// The day on which the gain arose: the sale, or the purchase that closed a short lot.
    pub realized: Date,
    /// Whether a short lot was closed.
    pub short: bool,
    /// The last day on which the match may still change; `None` where it was final at once.
    pub provisional_through: Option<Date>,
}

impl RealizedGain {
    /// Proceeds less basis, with deferred loss added back; `None` where either is unknown.
    pub fn gain(&self) -> Result<Option<Money>, NumberError> {
        self.proceeds.zip(self.basis).map(|(proceeds, basis)| proceeds.try_sub(basis)?.try_add(self.deferred)).transpose()
    }

    /// Short or long as US law counts it; `None` where the date of purchase is unknown. Closing a
    /// short lot with units just bought is short-term (26 USC 1233(b)).
    pub fn term(&self) -> Option<Term> {
        if self.short {
            return Some(Term::Short);
        }
        self.held_since.map(|since| Term::between(since, self.realized))
    }

    /// Whether the match may still change on a date.
    pub fn is_provisional(&self, on: Date) -> bool {
        self.provisional_through.is_some_and(|through| on <= through)
    }
}

/// What all gains of one event have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Disposal {
    pub(super) sequence: u64,
    pub(super) account: AccountId,
    pub(super) date: Date,
    pub(super) provisional_through: Option<Date>,
}

impl Disposal {
    /// Lists the gains of lots that were taken out; `amounts` shares out what was received for
    /// them, or paid where they were short.
    pub(super) fn realize(
        self,
        taken: &mut Vec<Lot>,
        amounts: &mut Shares,
        currency: Currency,
        realized: &mut Vec<RealizedGain>,
    ) -> Result<(), Refusal> {
        for lot in taken.drain(..) {
            let quantity = lot.quantity.abs();
            let amount = Some(amounts.next_money(quantity, currency)?);
            let short = lot.quantity.is_negative();
            let basis = if short { lot.cost_basis.map(Money::neg) } else { lot.cost_basis };
            realized.push(RealizedGain {
                sequence: self.sequence,
                account: self.account,
                instrument: lot.instrument,
                lot: lot.id,
                quantity,
                proceeds: if short { basis } else { amount },
                basis: if short { amount } else { basis },
                deferred: Money::zero(currency),
                acquired: if short { Some(self.date) } else { lot.acquired },
                held_since: if short { Some(self.date) } else { lot.held_since },
                sold: if short { lot.acquired } else { Some(self.date) },
                realized: self.date,
                short,
                provisional_through: self.provisional_through,
            });
        }
        Ok(())
    }
}
