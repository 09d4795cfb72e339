//! [`YearTax`]: the tax of a year as a function of more gains.

use evenkeel_ledger::household::{GainsByTerm, Household};
use evenkeel_ledger::number::{Decimal, Money};

use super::assess::{Assessment, YearGains};
use super::error::TaxError;
use super::filing::Filing;
use super::jurisdiction::Jurisdiction;

/// The tax of a return as a function of gains that are added to those of the year so far.
///
/// T(s, l) is the tax of the return with its gains to date, its losses carried in, and s of short-term and l of
/// long-term gains more, losses below zero; less the tax of the return without any gains. It is piecewise linear
/// and neither convex nor concave: a loss first takes up gains of its kind, then of the other, then ordinary income
/// up to a limit, then nothing. [`YearTax::kinks`] lists where it bends.
///
/// ```
/// use evenkeel::tax::YearTax;
/// # use evenkeel_ledger::household::{FilingStatus, GainsByTerm, Household, Owner, TaxRates};
/// # use evenkeel_ledger::number::{Currency, Decimal, Money, Rate};
/// # let usd = |amount| Money::new(Decimal::from_int(amount), Currency::USD);
/// # let none = GainsByTerm::zero(Currency::USD);
/// # let owner = Owner { id: "ann".into(), name: None, birth_date: None, filing_status: FilingStatus::Single,
/// #     jurisdiction: "US".into(), spouse: None, year_to_date: none, carry_forward: none, income: None,
/// #     rates: TaxRates { ordinary: "0.37".parse()?, long_term: "0.20".parse()?, state: Rate::ZERO } };
/// # let household = Household::new("h", vec![owner], vec![]).map_err(|_| "household")?;
/// let tax = YearTax::new(&household, "ann", 2025)?;
/// assert_eq!(tax.tax(usd(1_000), usd(1_000))?, usd(570));
/// // A loss beyond the limit of 3,000 saves nothing this year.
/// assert_eq!(tax.tax(usd(-5_000), usd(0))?, usd(-1_110));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct YearTax<'a> {
    country: &'static dyn Jurisdiction,
    filing: Filing<'a>,
    year: i16,
    so_far: YearGains,
    without_gains: Money,
}

/// A line on which the tax bends, in terms of the gains that are added. Between such lines it is linear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kink {
    /// Where short-term gains are so much.
    Short(Decimal),
    /// Where long-term gains are so much.
    Long(Decimal),
    /// Where both together are so much.
    Total(Decimal),
}

impl<'a> YearTax<'a> {
    /// The tax of the return on which an owner is, for a tax year. Gains to date, losses carried in, income and rates
    /// are those that the owners state.
    ///
    /// # Errors
    /// No rules for the country, no table for the year, spouses who do not agree, or amounts of another currency.
    pub fn new(household: &'a Household, owner: &str, year: i16) -> Result<Self, TaxError> {
        let filing = Filing::of(household, owner)?;
        let country = filing.jurisdiction()?;
        let so_far = YearGains { by_term: filing.year_to_date()?, carried: filing.carried()?, ..YearGains::zero(country.currency()) };
        let without_gains = country.settle(&filing, year, &so_far.without_gains())?.liability.total()?;
        Ok(Self { country, filing, year, so_far, without_gains })
    }

    /// The tax that gains to date and these cause together: T(s, l).
    ///
    /// # Errors
    /// Amounts of another currency or out of range.
    pub fn tax(&self, short: Money, long: Money) -> Result<Money, TaxError> {
        let total = self.country.settle(&self.filing, self.year, &self.with(short, long)?)?.liability.total()?;
        Ok(total.try_sub(self.without_gains)?)
    }

    /// The whole assessment with gains to date and these.
    ///
    /// # Errors
    /// Amounts of another currency or out of range.
    pub fn assess(&self, short: Money, long: Money) -> Result<Assessment, TaxError> {
        Assessment::new(&self.filing, self.year, &self.with(short, long)?)
    }

    /// Where T bends. It is linear between these lines, but where the exact rule takes the smaller of two taxes that
    /// differ by cents, which the country's module tells.
    ///
    /// # Errors
    /// Out of range.
    pub fn kinks(&self) -> Result<Vec<Kink>, TaxError> {
        let mut kinks = self.country.kinks(&self.filing, self.year, &self.so_far)?;
        kinks.sort_unstable();
        kinks.dedup();
        Ok(kinks)
    }

    /// The tax year.
    pub fn year(&self) -> i16 {
        self.year
    }

    /// The return.
    pub fn filing(&self) -> Filing<'a> {
        self.filing
    }

    fn with(&self, short: Money, long: Money) -> Result<YearGains, TaxError> {
        let GainsByTerm { short_term, long_term } = self.so_far.by_term;
        let by_term = GainsByTerm { short_term: short_term.try_add(short)?, long_term: long_term.try_add(long)? };
        Ok(YearGains { by_term, ..self.so_far })
    }
}
