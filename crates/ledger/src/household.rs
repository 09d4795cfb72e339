//! [`Household`]: owners and accounts that are decided on together.

use serde::{Deserialize, Serialize};

use crate::account::{Account, AccountId};
use crate::date::Date;
use crate::number::{Currency, Money, Rate};

/// How an owner files, which sets loss limits and brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FilingStatus {
    /// Alone.
    Single,
    /// Married, one return.
    MarriedJointly,
    /// Married, two returns.
    MarriedSeparately,
    /// Head of household.
    HeadOfHousehold,
    /// Surviving spouse with a child.
    SurvivingSpouse,
    /// Not a person: an institution.
    Institution,
}

/// Marginal rates as the owner states them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TaxRates {
    /// On ordinary income and short-term gains.
    pub ordinary: Rate,
    /// On long-term gains.
    pub long_term: Rate,
    /// Of the state, on both.
    pub state: Rate,
}

/// Gains and losses of one kind and the other, each as a signed net amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GainsByTerm {
    /// Short term.
    pub short_term: Money,
    /// Long term.
    pub long_term: Money,
}

impl GainsByTerm {
    /// None of either.
    pub const fn zero(currency: Currency) -> Self {
        Self { short_term: Money::zero(currency), long_term: Money::zero(currency) }
    }
}

/// Income of a tax year beside capital gains, all amounts of zero or above but `ordinary`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OtherIncome {
    /// Taxed at ordinary rates, after deductions; below zero where deductions exceed it.
    pub ordinary: Money,
    /// Dividends that are taxed like long-term gains; not part of `ordinary`.
    pub qualified_dividends: Money,
    /// The part of `ordinary` that comes from investments: interest, other dividends, rents.
    pub investment: Money,
    /// The deductions that `ordinary` is after.
    pub deductions: Money,
}

impl OtherIncome {
    /// None of any kind.
    pub const fn zero(currency: Currency) -> Self {
        let zero = Money::zero(currency);
        Self { ordinary: zero, qualified_dividends: zero, investment: zero, deductions: zero }
    }
}

/// A person or institution that owns accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Identifier, unique in the household.
    pub id: String,
    /// Name for people.
    pub name: Option<String>,
    /// Date of birth.
    pub birth_date: Option<Date>,
    /// How the owner files.
    pub filing_status: FilingStatus,
    /// Where the owner is taxed: `US`, `US-CA`, `GB`.
    pub jurisdiction: String,
    /// Marginal rates.
    pub rates: TaxRates,
    /// Id of the spouse.
    pub spouse: Option<String>,
    /// Gains realised since the start of the tax year.
    pub year_to_date: GainsByTerm,
    /// Losses carried into the tax year, as amounts below zero.
    pub carry_forward: GainsByTerm,
    /// Income beside gains, by which rates are found in the tables of the year; `None` where `rates` are used.
    pub income: Option<OtherIncome>,
}

/// Owners and accounts that are decided on together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Household {
    /// Identifier.
    pub id: String,
    /// Owners, by id.
    pub owners: Vec<Owner>,
    /// Accounts, by id.
    pub accounts: Vec<Account>,
}

/// Why owners and accounts are no household.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HouseholdError {
    /// Two owners bear one id.
    #[error("the id `{0}` names two owners")]
    DuplicateOwner(String),
    /// Two accounts bear one id.
    #[error("the id `{0}` names two accounts")]
    DuplicateAccount(String),
    /// An account's owner is not in the household.
    #[error("account `{account}` is owned by `{owner}`, who is not in the household")]
    UnknownOwner {
        /// The account.
        account: String,
        /// The owner it names.
        owner: String,
    },
    /// An owner's spouse is not in the household.
    #[error("owner `{owner}` has the spouse `{spouse}`, who is not in the household")]
    UnknownSpouse {
        /// The owner.
        owner: String,
        /// The spouse named.
        spouse: String,
    },
    /// An owner is their own spouse.
    #[error("owner `{0}` is named as their own spouse")]
    OwnSpouse(String),
    /// Two owners do not name one another.
    #[error("owner `{owner}` has the spouse `{spouse}`, who is the spouse of `{other}`")]
    TwoSpouses {
        /// The owner.
        owner: String,
        /// The spouse named.
        spouse: String,
        /// Whose spouse that is.
        other: String,
    },
}

/// What is wrong with the spouse of an owner: who is named by several, or names another. One who names nobody is the
/// spouse of whom they are named by.
fn misnamed_spouse(owner: &Owner, owners: &[Owner]) -> Option<HouseholdError> {
    let spouse = owner.spouse.as_ref()?;
    if *spouse == owner.id {
        return Some(HouseholdError::OwnSpouse(owner.id.clone()));
    }
    let theirs = owners.iter().find(|other| other.id == *spouse)?.spouse.as_ref().filter(|theirs| **theirs != owner.id);
    let named_too = || owners.iter().find(|other| other.id != owner.id && other.spouse.as_ref() == Some(spouse)).map(|other| &other.id);
    let other = theirs.or_else(named_too)?;
    Some(HouseholdError::TwoSpouses { owner: owner.id.clone(), spouse: spouse.clone(), other: other.clone() })
}

impl Household {
    /// Sorts owners and accounts by id and checks that they fit together; reports all that does not.
    pub fn new(id: impl Into<String>, mut owners: Vec<Owner>, mut accounts: Vec<Account>) -> Result<Self, Vec<HouseholdError>> {
        owners.sort_by(|a, b| a.id.cmp(&b.id));
        accounts.sort_by(|a, b| a.id.cmp(&b.id));
        let mut errors = Vec::new();
        for pair in owners.windows(2) {
            if let [a, b] = pair
                && a.id == b.id
            {
                errors.push(HouseholdError::DuplicateOwner(a.id.clone()));
            }
        }
        for pair in accounts.windows(2) {
            if let [a, b] = pair
                && a.id == b.id
            {
                errors.push(HouseholdError::DuplicateAccount(a.id.clone()));
            }
        }
        let known = |id: &str| owners.iter().any(|owner| owner.id == id);
        for account in &accounts {
            if !known(&account.owner) {
                errors.push(HouseholdError::UnknownOwner { account: account.id.clone(), owner: account.owner.clone() });
            }
        }
        for owner in &owners {
            if let Some(spouse) = &owner.spouse
                && !known(spouse)
            {
                errors.push(HouseholdError::UnknownSpouse { owner: owner.id.clone(), spouse: spouse.clone() });
            }
        }
        errors.extend(owners.iter().filter_map(|owner| misnamed_spouse(owner, &owners)));
        if errors.is_empty() { Ok(Self { id: id.into(), owners, accounts }) } else { Err(errors) }
    }

    /// The position of an account in `accounts`.
    pub fn account_index(&self, id: &str) -> Option<usize> {
        self.accounts.binary_search_by(|account| account.id.as_str().cmp(id)).ok()
    }

    /// The account of an id.
    pub fn find_account(&self, id: &str) -> Option<AccountId> {
        self.account_index(id).and_then(AccountId::from_index)
    }

    /// An owner by id.
    pub fn owner(&self, id: &str) -> Option<&Owner> {
        self.owners.iter().find(|owner| owner.id == id)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn owner(id: &str, spouse: Option<&str>) -> Owner {
        Owner {
            id: id.to_owned(),
            name: None,
            birth_date: None,
            filing_status: FilingStatus::MarriedJointly,
            jurisdiction: "US".to_owned(),
            rates: TaxRates::default(),
            spouse: spouse.map(str::to_owned),
            year_to_date: GainsByTerm::zero(Currency::USD),
            carry_forward: GainsByTerm::zero(Currency::USD),
            income: None,
        }
    }

    #[test]
    fn spouses_name_one_another_and_nobody_else() {
        let told = |owners: Vec<Owner>| Household::new("h", owners, Vec::new()).err().map_or(0, |errors| errors.len());
        assert_eq!(told(vec![owner("a", Some("b")), owner("b", Some("a"))]), 0);
        assert_eq!(told(vec![owner("a", Some("b")), owner("b", None)]), 0);
        assert_eq!(told(vec![owner("a", Some("a"))]), 1);
        // Three in a ring, and two who name one.
        assert_eq!(told(vec![owner("a", Some("b")), owner("b", Some("c")), owner("c", Some("a"))]), 3);
        assert_eq!(told(vec![owner("a", Some("b")), owner("b", Some("a")), owner("c", Some("b"))]), 2);
    }
}
