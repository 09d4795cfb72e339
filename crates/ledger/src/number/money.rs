//! [`Money`]: an amount in a currency.

use std::cmp::Ordering;
use std::fmt;

use super::{Currency, Decimal, NumberError, Price, Quantity, Rate, Rounding};

/// An exact amount of one currency.
///
/// Amounts of different currencies are never combined: that is a [`NumberError::CurrencyMismatch`].
///
/// ```
/// use evenkeel_ledger::number::{Currency, Money, Rounding};
/// let gross = Money::of("3".parse()?, "33.335".parse()?, Currency::USD)?;
/// assert_eq!(gross.to_cents(Rounding::HalfEven)?.to_string(), "100.00 USD");
/// # Ok::<(), evenkeel_ledger::number::NumberError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Money {
    amount: Decimal,
    currency: Currency,
}

impl Money {
    /// So much of a currency.
    pub const fn new(amount: Decimal, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// Nothing, in a currency.
    pub const fn zero(currency: Currency) -> Self {
        Self::new(Decimal::ZERO, currency)
    }

    /// `quantity × price`, rounded half to even at nine places.
    pub fn of(quantity: Quantity, price: Price, currency: Currency) -> Result<Self, NumberError> {
        Ok(Self::new(quantity.decimal().mul(price.decimal(), Rounding::HalfEven)?, currency))
    }

    /// The amount without its currency.
    pub const fn amount(self) -> Decimal {
        self.amount
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// Whether this is nothing.
    pub const fn is_zero(self) -> bool {
        self.amount.is_zero()
    }

    /// Whether this is below zero.
    pub const fn is_negative(self) -> bool {
        self.amount.is_negative()
    }

    /// Whether this is above zero.
    pub const fn is_positive(self) -> bool {
        self.amount.is_positive()
    }

    /// The magnitude.
    #[must_use]
    pub const fn abs(self) -> Self {
        Self::new(self.amount.abs(), self.currency)
    }

    /// The amount with the other sign.
    #[must_use]
    pub const fn neg(self) -> Self {
        Self::new(self.amount.neg(), self.currency)
    }

    /// `self + other`, of one currency.
    pub fn try_add(self, other: Self) -> Result<Self, NumberError> {
        self.same_currency(other)?;
        Ok(Self::new(self.amount.try_add(other.amount)?, self.currency))
    }

    /// `self − other`, of one currency.
    pub fn try_sub(self, other: Self) -> Result<Self, NumberError> {
        self.same_currency(other)?;
        Ok(Self::new(self.amount.try_sub(other.amount)?, self.currency))
    }

    /// Which of two amounts of one currency is larger.
    pub fn try_cmp(self, other: Self) -> Result<Ordering, NumberError> {
        self.same_currency(other)?;
        Ok(self.amount.cmp(&other.amount))
    }

    /// `self × rate`.
    pub fn times(self, rate: Rate, rounding: Rounding) -> Result<Self, NumberError> {
        Ok(Self::new(self.amount.mul(rate.decimal(), rounding)?, self.currency))
    }

    /// `self × part ÷ whole` with one rounding: the share of a total that belongs to a part.
    pub fn pro_rata(self, part: Quantity, whole: Quantity, rounding: Rounding) -> Result<Self, NumberError> {
        Ok(Self::new(self.amount.pro_rata(part.decimal(), whole.decimal(), rounding)?, self.currency))
    }

    /// Rounded to what the currency is paid in (cents for most).
    pub fn to_cents(self, rounding: Rounding) -> Result<Self, NumberError> {
        Ok(Self::new(self.amount.round_to(self.currency.minor_digits(), rounding)?, self.currency))
    }

    /// Sum of amounts, all of `currency`.
    pub fn sum(currency: Currency, amounts: impl IntoIterator<Item = Self>) -> Result<Self, NumberError> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::try_add)
    }

    fn same_currency(self, other: Self) -> Result<(), NumberError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(NumberError::CurrencyMismatch { left: self.currency, right: other.currency })
        }
    }
}

impl fmt::Display for Money {
    /// At least the currency's usual digits, and more where the amount has them: `12.50 USD`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.currency.minor_digits();
        let exact = self.amount.round_to(digits, Rounding::TowardZero).is_ok_and(|rounded| rounded == self.amount);
        let usual = usize::try_from(digits).unwrap_or_default();
        match f.precision() {
            Some(places) => write!(f, "{:.places$} {}", self.amount, self.currency),
            None if exact => write!(f, "{:.usual$} {}", self.amount, self.currency),
            None => write!(f, "{} {}", self.amount, self.currency),
        }
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
