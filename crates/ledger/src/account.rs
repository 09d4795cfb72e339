//! [`Account`]: where instruments and cash are held.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::instrument::InstrumentId;
use crate::number::{Currency, Money};

/// Where an account stands in its [`Household`](crate::household::Household).
///
/// The household is sorted by account id, so comparing these compares the ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(u32);

impl AccountId {
    /// The account at a position of the household; `None` beyond what can be numbered.
    pub fn from_index(index: usize) -> Option<Self> {
        u32::try_from(index).ok().map(Self)
    }

    /// The position in the household.
    pub fn index(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// How an account is taxed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TaxTreatment {
    /// Gains and income are taxed as they arise.
    Taxable,
    /// Taxed when money is withdrawn (a traditional IRA or 401(k)).
    Deferred,
    /// Never taxed again (a Roth IRA, an ISA).
    Exempt,
    /// Belongs to an institution that pays no tax (an endowment).
    Untaxed,
}

/// How the cost basis of what is sold is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BasisMethod {
    /// Each lot keeps its own basis.
    #[default]
    Lots,
    /// Lots keep their dates and share one average cost (US mutual funds).
    AverageCost,
    /// All units of an instrument are one pool (UK section 104).
    Pooled,
}

/// What an account may buy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Menu {
    /// Anything.
    #[default]
    Any,
    /// These and no others.
    Only(BTreeSet<InstrumentId>),
}

impl Menu {
    /// Whether the account may buy the instrument.
    pub fn allows(&self, id: InstrumentId) -> bool {
        match self {
            Self::Any => true,
            Self::Only(ids) => ids.contains(&id),
        }
    }
}

/// An account of a household.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Identifier, unique in the household.
    pub id: String,
    /// Name for people.
    pub name: Option<String>,
    /// Id of the owner.
    pub owner: String,
    /// How it is taxed.
    pub tax_treatment: TaxTreatment,
    /// Currency of its books: cost basis and gains are kept in it.
    pub currency: Currency,
    /// How basis is found.
    pub basis_method: BasisMethod,
    /// What it may buy.
    pub menu: Menu,
    /// Cash that must stay, per currency.
    pub cash_minimum: Vec<Money>,
}

impl Account {
    /// A taxable account that may buy anything, keeps lots and needs no cash.
    pub fn new(id: impl Into<String>, owner: impl Into<String>, currency: Currency) -> Self {
        Self {
            id: id.into(),
            name: None,
            owner: owner.into(),
            tax_treatment: TaxTreatment::Taxable,
            currency,
            basis_method: BasisMethod::Lots,
            menu: Menu::Any,
            cash_minimum: Vec::new(),
        }
    }

    /// The least cash of a currency that must stay; zero where none is set.
    pub fn cash_minimum_in(&self, currency: Currency) -> Money {
        self.cash_minimum.iter().copied().find(|money| money.currency() == currency).unwrap_or(Money::zero(currency))
    }
}
