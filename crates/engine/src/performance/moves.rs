//! [`Moves`]: what an event moves from one cell to another, in the base currency.

use evenkeel_ledger::account::AccountId;
use evenkeel_ledger::book::Book;
use evenkeel_ledger::event::{CashInLieu, Event, EventKind, Income, MergerTerms, Trade};
use evenkeel_ledger::fx::{FxError, FxRates};
use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::number::{Currency, Money};

use crate::boundary::to_f64;

use super::group::Cell;

/// What flowed into cells, and what was charged to them.
#[derive(Debug, Clone, Default)]
pub(super) struct Moves {
    /// Into a cell above 0, out of it below.
    pub(super) flows: Vec<(Cell, f64)>,
    /// Fees of a cell.
    pub(super) fees: Vec<(Cell, f64)>,
    /// Taxes of a cell.
    pub(super) taxes: Vec<(Cell, f64)>,
}

/// Units of an instrument in an account.
pub(super) fn units(book: &Book, account: AccountId, instrument: InstrumentId) -> f64 {
    book.lots(account, instrument).iter().map(|lot| to_f64(lot.quantity.decimal())).sum()
}

/// What an event acquires: by purchase, with income, or from outside. What companies do with their shares acquires nothing.
pub(super) fn acquired(kind: &EventKind) -> impl Iterator<Item = InstrumentId> {
    let found: Vec<InstrumentId> = match kind {
        EventKind::Buy(trade) => vec![trade.instrument],
        EventKind::TransferIn(lots) => lots.iter().map(|lot| lot.instrument).collect(),
        EventKind::Dividend { income, .. } | EventKind::Interest { income, .. } => {
            income.reinvested.iter().map(|bought| bought.instrument).collect()
        }
        _ => Vec::new(),
    };
    found.into_iter()
}

/// Reads events against the rates and prices of a day.
pub(super) struct Reader<'a> {
    pub(super) fx: &'a FxRates,
    pub(super) base: Currency,
    /// What a unit is worth in the base currency; 0 where it has no price.
    pub(super) unit_value: &'a dyn Fn(InstrumentId) -> f64,
}

impl Reader<'_> {
    /// Adds what an event moves; the books are those before and after it.
    pub(super) fn read(&self, event: &Event, before: &Book, after: &Book, moves: &mut Moves) -> Result<(), FxError> {
        let account = event.account.index();
        let held = |instrument: InstrumentId| Cell::Held(account, instrument);
        let gained = |instrument: InstrumentId| {
            let units = units(after, event.account, instrument) - units(before, event.account, instrument);
            units * (self.unit_value)(instrument)
        };
        match &event.kind {
            EventKind::Buy(trade) => self.trade(account, trade, 1.0, moves)?,
            EventKind::Sell(trade) | EventKind::SellShort(trade) => self.trade(account, trade, -1.0, moves)?,
            EventKind::Dividend { instrument, income } => self.income(account, Some(*instrument), income, moves)?,
            EventKind::Interest { instrument, income } => self.income(account, *instrument, income, moves)?,
            EventKind::Deposit(money) => moves.flows.push((self.cash(account, *money), self.amount(*money)?)),
            EventKind::Withdrawal(money) => moves.flows.push((self.cash(account, *money), -self.amount(*money)?)),
            EventKind::Fee(money) => moves.fees.push((self.cash(account, *money), self.amount(*money)?)),
            EventKind::Tax(money) => moves.taxes.push((self.cash(account, *money), self.amount(*money)?)),
            EventKind::Split { instrument, cash_in_lieu, .. } => self.in_lieu(account, *instrument, cash_in_lieu.as_ref(), moves)?,
            EventKind::SymbolChange { from, to } => moves.exchange(held(*from), held(*to), gained(*to)),
            EventKind::Merger { from, terms, cash_in_lieu } => {
                let (stock, cash) = match terms {
                    MergerTerms::Cash { proceeds } => (None, Some(*proceeds)),
                    MergerTerms::Stock(stock) => (Some(stock.instrument), None),
                    MergerTerms::StockAndCash { stock, cash, .. } | MergerTerms::Taxed { stock, cash, .. } => {
                        (Some(stock.instrument), Some(*cash))
                    }
                };
                if let Some(to) = stock {
                    moves.exchange(held(*from), held(to), gained(to));
                }
                if let Some(cash) = cash {
                    moves.exchange(held(*from), self.cash(account, cash), self.amount(cash)?);
                }
                self.in_lieu(account, *from, cash_in_lieu.as_ref(), moves)?;
            }
            EventKind::SpinOff(spin_off) => {
                moves.exchange(held(spin_off.parent), held(spin_off.child), gained(spin_off.child));
                self.in_lieu(account, spin_off.parent, spin_off.cash_in_lieu.as_ref(), moves)?;
            }
            EventKind::TransferIn(lots) => {
                let worth = |instrument| (self.unit_value)(instrument);
                moves.flows.extend(lots.iter().map(|lot| (held(lot.instrument), to_f64(lot.quantity.decimal()) * worth(lot.instrument))));
            }
            EventKind::TransferOut { instrument, quantity, to, .. } => {
                let value = to_f64(quantity.decimal()) * (self.unit_value)(*instrument);
                moves.flows.push((held(*instrument), -value));
                moves.flows.extend(to.map(|to| (Cell::Held(to.index(), *instrument), value)));
            }
            EventKind::Rematch(_) | EventKind::DeferLoss(_) => {}
        }
        Ok(())
    }

    /// Trading costs stay with what is traded: a purchase puts more in than it is worth, a sale takes less out.
    fn trade(&self, account: usize, trade: &Trade, way: f64, moves: &mut Moves) -> Result<(), FxError> {
        let paid = self.amount(trade.gross)? + way * self.amount(trade.fees)?;
        moves.exchange(self.cash(account, trade.gross), Cell::Held(account, trade.instrument), way * paid);
        Ok(())
    }

    /// Income is earned by what pays it, and goes to the cash; interest on cash is earned there.
    fn income(&self, account: usize, payer: Option<InstrumentId>, income: &Income, moves: &mut Moves) -> Result<(), FxError> {
        let cash = self.cash(account, income.gross);
        let (gross, withheld) = (self.amount(income.gross)?, self.amount(income.withheld)?);
        let earner = payer.map_or(cash, |instrument| Cell::Held(account, instrument));
        if payer.is_some() {
            moves.exchange(earner, cash, gross - withheld);
        }
        if withheld != 0.0 {
            moves.taxes.push((earner, withheld));
        }
        if let Some(bought) = &income.reinvested {
            moves.exchange(cash, Cell::Held(account, bought.instrument), self.amount(bought.cost)?);
        }
        Ok(())
    }

    fn in_lieu(&self, account: usize, from: InstrumentId, paid: Option<&CashInLieu>, moves: &mut Moves) -> Result<(), FxError> {
        if let Some(paid) = paid {
            moves.exchange(Cell::Held(account, from), self.cash(account, paid.proceeds), self.amount(paid.proceeds)?);
        }
        Ok(())
    }

    #[expect(clippy::unused_self, reason = "reads as the others do")]
    fn cash(&self, account: usize, money: Money) -> Cell {
        Cell::Cash(account, money.currency())
    }

    fn amount(&self, money: Money) -> Result<f64, FxError> {
        let conversion = self.fx.conversion(money.currency(), self.base)?;
        Ok(to_f64(money.amount()) * to_f64(conversion.numerator) / to_f64(conversion.denominator))
    }
}

impl Moves {
    fn exchange(&mut self, from: Cell, to: Cell, amount: f64) {
        self.flows.extend([(from, -amount), (to, amount)]);
    }
}
