//! When and at what prices orders are filled.

use evenkeel_ledger::date::Date;
use evenkeel_ledger::fx::FxRates;
use evenkeel_ledger::instrument::Universe;
use evenkeel_ledger::number::{Currency, Decimal, Money, Price, Quantity, Rounding};

use crate::boundary::{to_decimal, to_f64};
use crate::cost::CostModel;
use crate::diagnostic::Diagnostic;
use crate::trade::{Side, Trade};

use super::books::{Books, no_rate, too_large};

/// When what is decided at a close is traded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Execution {
    /// At the close on which it was decided.
    #[default]
    Close,
    /// At the next day's opening price.
    NextOpen,
    /// At the next day's close.
    NextClose,
}

/// Orders that wait for the next day.
#[derive(Debug, Clone, Default)]
pub(super) struct Waiting {
    pub(super) trades: Vec<Trade>,
}

/// What filling came to, in the base currency.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Filled {
    pub(super) costs: f64,
    pub(super) gross: f64,
    pub(super) trades: usize,
    /// Orders without a price of the day, or without the cash.
    pub(super) lapsed: usize,
}

/// Fills what was proposed, at the prices of the proposal.
///
/// # Errors
/// What the books refuse.
pub(super) fn fill_as_proposed<'t>(
    trades: impl Iterator<Item = &'t Trade>,
    universe: &Universe,
    day: Date,
    books: &mut Books,
) -> Result<Filled, Vec<Diagnostic>> {
    let mut filled = Filled::default();
    for trade in trades {
        books.trade(trade, universe, (trade.quantity, trade.gross, trade.costs.total), day)?;
        filled.count(trade.gross, trade.costs.total);
    }
    Ok(filled)
}

/// Where and at what prices waiting orders are filled.
pub(super) struct Fill<'a> {
    pub(super) universe: &'a Universe,
    pub(super) costs: &'a CostModel,
    pub(super) fx: &'a FxRates,
    pub(super) base: Currency,
    pub(super) day: Date,
    /// Whether quantities are whole lots.
    pub(super) whole_lots: bool,
}

impl Fill<'_> {
    /// Fills orders at other prices than those they were made for: sales first, then purchases as far as the cash goes.
    /// An order without a price of the day lapses.
    ///
    /// # Errors
    /// What the books refuse, or an amount out of range.
    pub(super) fn fill(
        &self,
        waiting: &Waiting,
        price: impl Fn(evenkeel_ledger::instrument::InstrumentId) -> Option<Price>,
        books: &mut Books,
    ) -> Result<Filled, Vec<Diagnostic>> {
        let mut filled = Filled::default();
        for side in [Side::Sell, Side::Buy] {
            for trade in waiting.trades.iter().filter(|trade| trade.side == side) {
                let priced = self.universe.find(&trade.symbol).and_then(|id| Some((id, price(id)?)));
                let done = match priced {
                    Some((id, price)) => self.affordable(trade, id, price, books)?,
                    None => None,
                };
                match done {
                    Some(done) => {
                        books.trade(trade, self.universe, done, self.day)?;
                        filled.count(done.1, done.2);
                    }
                    None => filled.lapsed += 1,
                }
            }
        }
        Ok(filled)
    }

    /// Quantity, value and charges at a price; of a purchase no more than the account's cash pays.
    fn affordable(
        &self,
        trade: &Trade,
        id: evenkeel_ledger::instrument::InstrumentId,
        price: Price,
        books: &Books,
    ) -> Result<Option<(Quantity, Money, Money)>, Vec<Diagnostic>> {
        let (gross, fees) = self.charged(id, trade.quantity, price)?;
        if trade.side == Side::Sell {
            return Ok(Some((trade.quantity, gross, fees)));
        }
        let cash = books.household.account_index(&trade.account).map_or(Money::zero(self.base), |account| books.cash(account));
        let due = gross.try_add(fees).map_err(|error| too_large(&error))?;
        if due.try_cmp(cash).map_err(|error| too_large(&error))?.is_le() {
            return Ok(Some((trade.quantity, gross, fees)));
        }
        let (cash, due) = (to_f64(cash.amount()), to_f64(due.amount()));
        let fixed = to_f64(fees.amount()) - (due - to_f64(gross.amount()) - to_f64(trade.costs.fixed.amount())).max(0.0);
        let share = (cash - fixed.max(0.0)) / due;
        // A cent for rounding of value and of each charge.
        let affordable = to_f64(trade.quantity.decimal()) * (share - 0.05 / due);
        let Some(quantity) = self.rounded_down(id, affordable)? else { return Ok(None) };
        let (gross, fees) = self.charged(id, quantity, price)?;
        Ok(Some((quantity, gross, fees)))
    }

    /// Value and charges, to the cent.
    fn charged(
        &self,
        id: evenkeel_ledger::instrument::InstrumentId,
        quantity: Quantity,
        price: Price,
    ) -> Result<(Money, Money), Vec<Diagnostic>> {
        let currency = self.universe.get(id).map_or(self.base, |instrument| instrument.currency);
        let gross = Money::of(quantity, price, currency).map_err(|error| too_large(&error))?;
        let gross = self.fx.convert(gross, self.base, Rounding::HalfEven).map_err(|error| no_rate(&error))?;
        let gross = gross.to_cents(Rounding::HalfEven).map_err(|error| too_large(&error))?;
        let fees = self.costs.charge(id, gross).map_err(|error| too_large(&error))?.total;
        Ok((gross, fees))
    }

    /// The largest number of whole lots, or of billionths of a unit, that is not above a quantity; `None` for none.
    fn rounded_down(&self, id: evenkeel_ledger::instrument::InstrumentId, quantity: f64) -> Result<Option<Quantity>, Vec<Diagnostic>> {
        let exact = to_decimal(quantity.max(0.0), Rounding::TowardZero).map_err(|error| too_large(&error))?;
        let lot = self.universe.get(id).map_or(Decimal::ONE, |instrument| instrument.lot_size.decimal());
        let rounded = if self.whole_lots && lot.is_positive() {
            exact.round_to_multiple(lot, Rounding::TowardZero).map_err(|error| too_large(&error))?
        } else {
            exact
        };
        Ok(rounded.is_positive().then(|| Quantity::new(rounded)))
    }
}

impl Filled {
    fn count(&mut self, gross: Money, fees: Money) {
        self.gross += to_f64(gross.amount());
        self.costs += to_f64(fees.amount());
        self.trades += 1;
    }
}
