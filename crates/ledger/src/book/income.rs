//! Income and movements of cash.

use super::{Book, Refusal, refuse_negative, require_positive};
use crate::event::{Event, Income};
use crate::lot::{Lot, LotId};
use crate::number::Money;

impl Book {
    /// Income in cash, or as units bought with it.
    pub(super) fn receive(&mut self, event: &Event, income: &Income) -> Result<(), Refusal> {
        refuse_negative(income.withheld, "the tax withheld")?;
        let account = self.account_mut(event.account)?;
        let mut change = income.gross.try_sub(income.withheld)?;
        if let Some(bought) = &income.reinvested {
            require_positive(bought.quantity.is_positive(), "the quantity reinvested")?;
            refuse_negative(bought.cost, "the amount reinvested")?;
            change = change.try_sub(bought.cost)?;
        }
        let cash = account.cash_after(change)?;
        if let Some(bought) = &income.reinvested {
            let cost_basis = Some(account.in_books(event, bought.cost)?);
            let date = Some(event.dates.trade);
            account.position_mut(bought.instrument).open(Lot {
                id: LotId::Number(event.sequence),
                instrument: bought.instrument,
                quantity: bought.quantity,
                cost_basis,
                acquired: date,
                held_since: date,
            })?;
        }
        account.set_cash(cash);
        Ok(())
    }

    /// Cash in or out.
    pub(super) fn move_cash(&mut self, event: &Event, money: Money, what: &'static str, out: bool) -> Result<(), Refusal> {
        require_positive(money.is_positive(), what)?;
        let account = self.account_mut(event.account)?;
        let cash = account.cash_after(if out { money.neg() } else { money })?;
        account.set_cash(cash);
        Ok(())
    }
}
