//! [`TaxError`]: why a tax cannot be told.

use evenkeel_ledger::date::DateError;
use evenkeel_ledger::number::{Currency, NumberError};

/// Why a tax cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TaxError {
    /// The owner's country has no rules here.
    #[error("owner `{owner}` is taxed in `{jurisdiction}`, whose rules are not modeled: there are those of {known}")]
    UnknownCountry {
        /// The owner.
        owner: String,
        /// What the owner's jurisdiction says.
        jurisdiction: String,
        /// The countries that there are.
        known: String,
    },
    /// The part of the country is none.
    #[error("owner `{owner}` is taxed in `{jurisdiction}`, and `{part}` is no part of that country: {help}")]
    UnknownPart {
        /// The owner.
        owner: String,
        /// What the owner's jurisdiction says.
        jurisdiction: String,
        /// Its part after the country.
        part: String,
        /// What may be written.
        help: &'static str,
    },
    /// There is no table for the year.
    #[error("there is no table of taxes of {country} for {year}: there are those for {known}")]
    NoTable {
        /// The country.
        country: &'static str,
        /// The year.
        year: i16,
        /// The years that there are.
        known: String,
        /// Whether taxes are told without one too, where rates are stated in place of income.
        rates_would_do: bool,
    },
    /// The owner is not in the household.
    #[error("there is no owner `{0}` in the household")]
    UnknownOwner(String),
    /// Spouses do not agree on how they file.
    #[error(
        "`{owner}` files one return with the spouse `{spouse}`, who does not: give both `married_jointly`, or both `married_separately`"
    )]
    OneReturn {
        /// Who files jointly.
        owner: String,
        /// Who does not.
        spouse: String,
    },
    /// One who files as unmarried has a spouse.
    #[error(
        "`{owner}` has the spouse `{spouse}` and files as `{status}`, which is for the unmarried: give both `married_jointly`, or both `married_separately`, or leave `spouse` out"
    )]
    Married {
        /// The owner.
        owner: String,
        /// The spouse.
        spouse: String,
        /// How the owner files.
        status: &'static str,
    },
    /// Two places for one return.
    #[error(
        "`{owner}` and `{spouse}` file one return and are taxed in `{first}` and `{second}`: give both the same `jurisdiction`, and as `rates.state` what their states take on the whole"
    )]
    TwoPlaces {
        /// The one.
        owner: String,
        /// The other.
        spouse: String,
        /// Where the one is taxed.
        first: String,
        /// Where the other is taxed.
        second: String,
    },
    /// Two marginal rates for one return.
    #[error("`{owner}` and `{spouse}` file one return and state other marginal rates: give both the same")]
    TwoRates {
        /// The one.
        owner: String,
        /// The other.
        spouse: String,
    },
    /// An institution has no brackets.
    #[error("`{0}` is an institution, for which there are no brackets: leave `income` out and state `rates`")]
    NotAPerson(String),
    /// An amount in another currency than that of the tax.
    #[error("{what} is in {given}, and taxes of {country} are in {taxed}: state it in {taxed}")]
    Currency {
        /// What is stated.
        what: String,
        /// Its currency.
        given: Currency,
        /// The country.
        country: &'static str,
        /// The currency of its taxes.
        taxed: Currency,
    },
    /// An amount out of range.
    #[error(transparent)]
    Number(#[from] NumberError),
    /// A date out of range.
    #[error(transparent)]
    Date(#[from] DateError),
}
