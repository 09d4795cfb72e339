//! [`FxRates`]: a snapshot of exchange rates, each kept as it was quoted.

use crate::date::Date;
use crate::number::{Currency, Decimal, Money, NumberError, Rounding};

/// One unit of `base` costs `rate` units of `quote`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FxQuote {
    /// The currency that is priced.
    pub base: Currency,
    /// The currency in which it is priced.
    pub quote: Currency,
    /// Units of `quote` for one unit of `base`; above zero.
    pub rate: Decimal,
    /// The date of the fixing.
    pub date: Date,
}

impl FxQuote {
    /// An amount in the other currency of the pair, whichever way it is quoted; rounded once.
    pub fn convert(&self, money: Money, to: Currency, rounding: Rounding) -> Result<Money, FxError> {
        let from = money.currency();
        if from == to {
            return Ok(money);
        }
        if !self.rate.is_positive() {
            return Err(FxError::NotPositive { base: self.base, quote: self.quote, rate: self.rate });
        }
        let amount = if (self.base, self.quote) == (from, to) {
            money.amount().mul(self.rate, rounding)?
        } else if (self.quote, self.base) == (from, to) {
            money.amount().div(self.rate, rounding)?
        } else {
            return Err(FxError::Missing { from, to });
        };
        Ok(Money::new(amount, to))
    }
}

/// Why a conversion had no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FxError {
    /// No quote, inverse or cross for the pair.
    #[error("no exchange rate for {from}/{to}: add one of the two directions, or both against a third currency")]
    Missing {
        /// Currency to convert from.
        from: Currency,
        /// Currency to convert to.
        to: Currency,
    },
    /// A quote that is zero or below.
    #[error("the exchange rate {base}/{quote} is {rate}; it must be above zero")]
    NotPositive {
        /// Priced currency.
        base: Currency,
        /// Pricing currency.
        quote: Currency,
        /// The rate given.
        rate: Decimal,
    },
    /// Two quotes for one pair.
    #[error("two exchange rates are given for {base}/{quote}")]
    Duplicate {
        /// Priced currency.
        base: Currency,
        /// Pricing currency.
        quote: Currency,
    },
    /// The result is out of range.
    #[error(transparent)]
    Number(#[from] NumberError),
}

/// A snapshot of exchange rates.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FxRates {
    quotes: Vec<FxQuote>,
}

/// Multiply by `numerator`, divide by `denominator`: a rate that loses nothing when it is inverted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conversion {
    /// Factor.
    pub numerator: Decimal,
    /// Divisor.
    pub denominator: Decimal,
}

impl FxRates {
    /// Checks and sorts quotes.
    pub fn new(mut quotes: Vec<FxQuote>) -> Result<Self, FxError> {
        quotes.sort_by_key(|quote| (quote.base, quote.quote));
        for quote in &quotes {
            if !quote.rate.is_positive() {
                return Err(FxError::NotPositive { base: quote.base, quote: quote.quote, rate: quote.rate });
            }
        }
        for pair in quotes.windows(2) {
            if let [a, b] = pair
                && (a.base, a.quote) == (b.base, b.quote)
            {
                return Err(FxError::Duplicate { base: a.base, quote: a.quote });
            }
        }
        Ok(Self { quotes })
    }

    /// The quotes as given, by pair.
    pub fn quotes(&self) -> &[FxQuote] {
        &self.quotes
    }

    /// How to convert one currency to another: by the quote, its inverse, or a cross over the
    /// first third currency (by code) against which both are quoted.
    pub fn conversion(&self, from: Currency, to: Currency) -> Result<Conversion, FxError> {
        Ok(self.route(from, to)?.0)
    }

    /// The date of the older of the fixings by which one currency is converted to another; `None` where they are one.
    ///
    /// # Errors
    /// As [`conversion`](Self::conversion).
    pub fn fixed_on(&self, from: Currency, to: Currency) -> Result<Option<Date>, FxError> {
        Ok(self.route(from, to)?.1)
    }

    fn route(&self, from: Currency, to: Currency) -> Result<(Conversion, Option<Date>), FxError> {
        if from == to {
            return Ok((Conversion { numerator: Decimal::ONE, denominator: Decimal::ONE }, None));
        }
        if let Some((direct, date)) = self.leg(from, to) {
            return Ok((direct, Some(date)));
        }
        let mut pivots: Vec<Currency> = self.quotes.iter().flat_map(|quote| [quote.base, quote.quote]).collect();
        pivots.sort_unstable();
        pivots.dedup();
        for pivot in pivots {
            if let (Some((first, one)), Some((second, other))) = (self.leg(from, pivot), self.leg(pivot, to)) {
                let crossed = Conversion {
                    numerator: first.numerator.mul(second.numerator, Rounding::HalfEven)?,
                    denominator: first.denominator.mul(second.denominator, Rounding::HalfEven)?,
                };
                return Ok((crossed, Some(one.min(other))));
            }
        }
        Err(FxError::Missing { from, to })
    }

    /// An amount in another currency, rounded once, at nine places.
    pub fn convert(&self, money: Money, to: Currency, rounding: Rounding) -> Result<Money, FxError> {
        if money.currency() == to {
            return Ok(money);
        }
        let conversion = self.conversion(money.currency(), to)?;
        Ok(Money::new(money.amount().pro_rata(conversion.numerator, conversion.denominator, rounding)?, to))
    }

    fn leg(&self, from: Currency, to: Currency) -> Option<(Conversion, Date)> {
        let find = |base: Currency, quote: Currency| {
            let index = self.quotes.binary_search_by_key(&(base, quote), |q| (q.base, q.quote)).ok()?;
            self.quotes.get(index)
        };
        find(from, to)
            .map(|quote| (Conversion { numerator: quote.rate, denominator: Decimal::ONE }, quote.date))
            .or_else(|| find(to, from).map(|quote| (Conversion { numerator: Decimal::ONE, denominator: quote.rate }, quote.date)))
    }
}
