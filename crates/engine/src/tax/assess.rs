//! What tax the gains of a year cause, kind by kind.

use evenkeel_ledger::household::GainsByTerm;
use evenkeel_ledger::number::{Currency, Decimal, Money, NumberError};

use super::error::TaxError;
use super::filing::Filing;
use super::netting::Netting;

/// How many kinds of tax a country may have.
pub const KINDS: usize = 5;

/// Gains and losses of a year, before they are set against one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct YearGains {
    /// Net gains of each kind, losses below zero. Countries that know no terms add them up.
    pub by_term: GainsByTerm,
    /// The part of the long-term gains that is of collectibles.
    pub collectibles: Money,
    /// The part of all gains that arose before the rates changed within the year.
    pub before_change: Money,
    /// Losses carried in, of zero or below.
    pub carried: GainsByTerm,
}

impl YearGains {
    /// No gains, and no losses carried in.
    pub const fn zero(currency: Currency) -> Self {
        let (none, zero) = (GainsByTerm::zero(currency), Money::zero(currency));
        Self { by_term: none, collectibles: zero, before_change: zero, carried: none }
    }

    /// The same losses carried in, without the gains of the year.
    #[must_use]
    pub const fn without_gains(self) -> Self {
        Self { carried: self.carried, ..Self::zero(self.carried.short_term.currency()) }
    }
}

/// Tax by kind, in the order of [`Jurisdiction::kinds`](super::Jurisdiction::kinds); kinds that a country lacks are zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Liability {
    /// By kind.
    pub kinds: [Decimal; KINDS],
    /// Of all.
    pub currency: Currency,
}

impl Liability {
    /// All kinds together.
    ///
    /// # Errors
    /// Out of range.
    pub fn total(&self) -> Result<Money, NumberError> {
        let total = self.kinds.iter().try_fold(Decimal::ZERO, |sum, kind| sum.try_add(*kind))?;
        Ok(Money::new(total, self.currency))
    }

    /// This liability less another, kind by kind.
    ///
    /// # Errors
    /// Out of range.
    pub fn less(&self, other: &Self) -> Result<Self, NumberError> {
        let mut kinds = self.kinds;
        for (kind, without) in kinds.iter_mut().zip(&other.kinds) {
            *kind = kind.try_sub(*without)?;
        }
        Ok(Self { kinds, currency: self.currency })
    }
}

/// A return with a year's gains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settlement {
    /// Gains and losses set against one another.
    pub netting: Netting,
    /// Gains that an allowance exempts.
    pub exempt: Money,
    /// Tax of the return. Where only marginal rates are stated, that of the gains alone.
    pub liability: Liability,
}

/// The tax of a return with a year's gains and without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assessment {
    /// With them.
    pub with_gains: Settlement,
    /// The same return, losses carried in included, had it not had the year's gains.
    pub without_gains: Settlement,
}

impl Assessment {
    /// Assesses a return.
    ///
    /// ```
    /// use evenkeel::tax::{Assessment, Filing, YearGains};
    /// use evenkeel_ledger::household::{GainsByTerm, OtherIncome};
    /// # use evenkeel_ledger::household::{FilingStatus, Household, Owner, TaxRates};
    /// # use evenkeel_ledger::number::{Currency, Decimal, Money};
    /// # let usd = |amount| Money::new(Decimal::from_int(amount), Currency::USD);
    /// # let none = GainsByTerm::zero(Currency::USD);
    /// let income = Some(OtherIncome { ordinary: usd(40_000), ..OtherIncome::zero(Currency::USD) });
    /// # let owner = Owner { id: "ann".into(), name: None, birth_date: None, filing_status: FilingStatus::Single,
    /// #     jurisdiction: "US".into(), spouse: None, year_to_date: none, carry_forward: none, income, rates: TaxRates::default() };
    /// # let household = Household::new("h", vec![owner], vec![]).map_err(|_| "household")?;
    /// let gains = YearGains { by_term: GainsByTerm { short_term: usd(0), long_term: usd(30_000) }, ..YearGains::zero(Currency::USD) };
    /// let year = Assessment::new(&Filing::of(&household, "ann")?, 2026, &gains)?;
    /// // 9,450 lie in the zero bracket, which ends at 49,450; 20,550 owe 15 %.
    /// assert_eq!(year.caused()?.total()?.to_string(), "3082.50 USD");
    /// assert_eq!(year.with_gains.liability.total()?.to_string(), "7634.50 USD");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// No table for the year, or amounts that are of another currency or out of range.
    pub fn new(filing: &Filing<'_>, year: i16, gains: &YearGains) -> Result<Self, TaxError> {
        let country = filing.jurisdiction()?;
        Ok(Self { with_gains: country.settle(filing, year, gains)?, without_gains: country.settle(filing, year, &gains.without_gains())? })
    }

    /// The tax that the year's gains cause, kind by kind; below zero where losses save tax.
    ///
    /// # Errors
    /// Out of range.
    pub fn caused(&self) -> Result<Liability, NumberError> {
        self.with_gains.liability.less(&self.without_gains.liability)
    }
}
