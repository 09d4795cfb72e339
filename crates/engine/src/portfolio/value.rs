//! Valuing holdings.

use evenkeel_ledger::date::Date;
use evenkeel_ledger::fx::{Conversion, FxError};
use evenkeel_ledger::holdings::Holdings;
use evenkeel_ledger::instrument::{InstrumentId, Universe};
use evenkeel_ledger::lot::Lot;
use evenkeel_ledger::number::{Currency, Money, NumberError, Quantity, Rounding};

use crate::market::{MarketSnapshot, PricePoint};

use super::Sleeves;

/// Holdings of a household, valued in one currency.
#[derive(Debug, Clone, PartialEq)]
pub struct Portfolio<'a> {
    /// The date.
    pub as_of: Date,
    /// The currency of all values.
    pub currency: Currency,
    /// By account, in the order of the household.
    pub accounts: Vec<AccountPortfolio<'a>>,
}

/// Holdings of one account, valued.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountPortfolio<'a> {
    /// All lots, also those of positions that come to nothing, by instrument, then date.
    pub lots: &'a [Lot],
    /// By instrument id.
    pub positions: Vec<Position<'a>>,
    /// Cash of all currencies, in the valuation currency.
    pub cash: Money,
    /// Positions and cash.
    pub value: Money,
}

/// All lots of one instrument in one account, valued.
#[derive(Debug, Clone, PartialEq)]
pub struct Position<'a> {
    /// The instrument.
    pub instrument: InstrumentId,
    /// Its lots, earliest first.
    pub lots: &'a [Lot],
    /// Units over all lots.
    pub quantity: Quantity,
    /// The price at which it is valued, in the instrument's currency.
    pub price: PricePoint,
    /// From the instrument's currency to the valuation currency.
    pub conversion: Conversion,
    /// Value in the valuation currency; below zero for a short position.
    pub value: Money,
}

/// Why holdings have no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValuationError {
    /// Something is held and there is no usable price for it.
    #[error("`{symbol}` is held and has no usable price on or before {as_of}")]
    NoPrice {
        /// The instrument.
        symbol: String,
        /// The date.
        as_of: Date,
    },
    /// An exchange rate is missing.
    #[error(transparent)]
    Fx(FxError),
    /// The value of something that is held is out of range.
    #[error("the value of {subject} cannot be counted: {error}")]
    Number {
        /// The instrument, the cash or the whole account.
        subject: String,
        /// Why.
        error: NumberError,
    },
}

impl<'a> Portfolio<'a> {
    /// Values holdings in a currency; reports all that is missing.
    pub fn new(
        holdings: &'a Holdings,
        universe: &Universe,
        market: &MarketSnapshot,
        currency: Currency,
    ) -> Result<Self, Vec<ValuationError>> {
        let mut errors = Vec::new();
        let mut accounts = Vec::with_capacity(holdings.accounts.len());
        let out_of_range = |subject: String, error: NumberError| ValuationError::Number { subject, error };
        for account in &holdings.accounts {
            let mut positions = Vec::new();
            for position in account.positions() {
                let too_large = |error| out_of_range(format!("`{}`", universe.symbol(position.instrument)), error);
                match value_position(position.instrument, position.lots, universe, market, currency, too_large) {
                    Ok(position) if position.quantity.is_zero() => {}
                    Ok(position) => positions.push(position),
                    Err(error) => errors.push(error),
                }
            }
            let mut cash = Money::zero(currency);
            for money in account.cash() {
                let too_large = |error| out_of_range(format!("the cash in {}", money.currency()), error);
                let converted = market.fx.convert(*money, currency, Rounding::HalfEven).map_err(|error| fx(error, too_large));
                match converted.and_then(|money| cash.try_add(money).map_err(too_large)) {
                    Ok(sum) => cash = sum,
                    Err(error) => errors.push(error),
                }
            }
            match positions.iter().try_fold(cash, |sum, position| sum.try_add(position.value)) {
                Ok(value) => accounts.push(AccountPortfolio { lots: account.lots(), positions, cash, value }),
                Err(error) => errors.push(out_of_range("an account".to_owned(), error)),
            }
        }
        errors.dedup();
        if errors.is_empty() { Ok(Self { as_of: market.as_of, currency, accounts }) } else { Err(errors) }
    }

    /// Value of all accounts.
    pub fn value(&self) -> Result<Money, NumberError> {
        Money::sum(self.currency, self.accounts.iter().map(|account| account.value))
    }

    /// Value by sleeve over all accounts, looking through composed funds.
    pub fn sleeve_values(&self, sleeves: &Sleeves) -> Vec<f64> {
        let mut values = vec![0.0; sleeves.len()];
        for account in &self.accounts {
            account.add_sleeve_values(sleeves, &mut values);
        }
        values
    }
}

impl AccountPortfolio<'_> {
    /// Adds this account's value by sleeve.
    pub fn add_sleeve_values(&self, sleeves: &Sleeves, values: &mut [f64]) {
        let mut add = |sleeve: usize, value: f64| {
            if let Some(sum) = values.get_mut(sleeve) {
                *sum += value;
            }
        };
        add(sleeves.cash.0, crate::boundary::to_f64(self.cash.amount()));
        for position in &self.positions {
            let value = crate::boundary::to_f64(position.value.amount());
            for exposure in sleeves.exposures(position.instrument) {
                add(exposure.sleeve.0, value * exposure.weight);
            }
        }
    }
}

/// A conversion that failed: without a rate, or with a number too large.
fn fx(error: FxError, too_large: impl Fn(NumberError) -> ValuationError) -> ValuationError {
    match error {
        FxError::Number(error) => too_large(error),
        error => ValuationError::Fx(error),
    }
}

fn value_position<'a>(
    instrument: InstrumentId,
    lots: &'a [Lot],
    universe: &Universe,
    market: &MarketSnapshot,
    currency: Currency,
    too_large: impl Fn(NumberError) -> ValuationError + Copy,
) -> Result<Position<'a>, ValuationError> {
    let no_price = || ValuationError::NoPrice { symbol: universe.symbol(instrument).to_owned(), as_of: market.as_of };
    let quantity = lots.iter().try_fold(Quantity::ZERO, |sum, lot| sum.try_add(lot.quantity)).map_err(too_large)?;
    let price = market.price(instrument).ok_or_else(no_price)?;
    let priced_in = universe.get(instrument).ok_or_else(no_price)?.currency;
    let conversion = market.fx.conversion(priced_in, currency).map_err(|error| fx(error, too_large))?;
    let local = Money::of(quantity, price.price, priced_in).map_err(too_large)?;
    let value = local.amount().pro_rata(conversion.numerator, conversion.denominator, Rounding::HalfEven).map_err(too_large)?;
    Ok(Position { instrument, lots, quantity, price, conversion, value: Money::new(value, currency) })
}
