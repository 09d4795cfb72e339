//! Purchases and sales.

use super::basis::Shares;
use super::{Book, Refusal, refuse_negative, require_positive};
use crate::event::{Event, Trade};
use crate::lot::{Lot, LotId};
use crate::number::Quantity;

/// Which way a trade goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Buy,
    /// With whether the sale may go beyond what is held.
    Sell {
        short: bool,
    },
}

impl Book {
    /// Closes short lots first; what is left opens a lot.
    pub(super) fn buy(&mut self, event: &Event, trade: &Trade) -> Result<(), Refusal> {
        self.trade(event, trade, Direction::Buy)
    }

    /// Closes what is held; what is left opens a short lot, where the event or the account allows it.
    pub(super) fn sell(&mut self, event: &Event, trade: &Trade, short: bool) -> Result<(), Refusal> {
        let short = short || self.account(event.account)?.rules.short;
        self.trade(event, trade, Direction::Sell { short })
    }

    /// Closes lots of the other side if there are any and opens the rest. All that can be refused
    /// is refused before anything changes.
    fn trade(&mut self, event: &Event, trade: &Trade, direction: Direction) -> Result<(), Refusal> {
        require_positive(trade.quantity.is_positive(), "the quantity of a trade")?;
        refuse_negative(trade.gross, "the gross amount of a trade")?;
        refuse_negative(trade.fees, "the fees of a trade")?;
        let disposal = self.disposal(event)?;
        let account = self.accounts.get_mut(event.account.index()).ok_or(Refusal::UnknownAccount)?;
        let currency = account.currency;
        let buys = direction == Direction::Buy;
        let net = if buys { trade.gross.try_add(trade.fees)? } else { trade.gross.try_sub(trade.fees)? };
        let cash = account.cash_after(if buys { net.neg() } else { net })?;
        let mut amounts = Shares::new(account.in_books(event, net)?.amount(), trade.quantity);

        let position = account.position_mut(trade.instrument);
        let held = position.units();
        let closes = !held.is_zero() && held.is_negative() == buys;
        let closed = if closes { held.abs().min(trade.quantity) } else { Quantity::ZERO };
        let opened = trade.quantity.try_sub(closed)?;
        if opened.is_positive() && direction == (Direction::Sell { short: false }) {
            return Err(Refusal::Oversold { asked: trade.quantity, held: closed });
        }
        if closed.is_positive() {
            position.close(closed, &trade.selection, &mut self.picks, &mut self.taken)?;
            disposal.realize(&mut self.taken, &mut amounts, currency, &mut self.realized)?;
        }
        if opened.is_positive() {
            let amount = amounts.next_money(opened, currency)?;
            position.open(Lot {
                id: LotId::Number(event.sequence),
                instrument: trade.instrument,
                quantity: if buys { opened } else { opened.neg() },
                cost_basis: Some(if buys { amount } else { amount.neg() }),
                acquired: Some(event.dates.trade),
                held_since: Some(event.dates.trade),
            })?;
        }
        account.set_cash(cash);
        Ok(())
    }
}
