//! `[location]`: what it costs a year to hold classes in accounts, where the user states it.

use evenkeel_ledger::account::{Account, TaxTreatment};
use evenkeel_ledger::class::ClassPath;

/// What it costs to hold classes in accounts, as far as it is stated; the rest is derived from assumptions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LocationRules {
    /// Costs by account or kind of account, none of them twice.
    pub costs: Vec<StatedCosts>,
}

/// What some accounts cost, class by class.
#[derive(Debug, Clone, PartialEq)]
pub struct StatedCosts {
    /// Which accounts.
    pub accounts: Where,
    /// Class and cost a year as a fraction of the value held; below zero is a benefit.
    pub classes: Vec<(ClassPath, f64)>,
}

/// One account, or all that are taxed in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Where {
    /// All accounts of a kind.
    Kind(TaxTreatment),
    /// The account of an id.
    Account(String),
}

impl Where {
    /// The word for it in a policy file.
    pub fn name(&self) -> &str {
        match self {
            Self::Kind(TaxTreatment::Taxable) => "taxable",
            Self::Kind(TaxTreatment::Deferred) => "deferred",
            Self::Kind(TaxTreatment::Exempt) => "exempt",
            Self::Kind(TaxTreatment::Untaxed) => "untaxed",
            Self::Account(id) => id,
        }
    }
}

impl LocationRules {
    /// The cost stated for a class in an account: that of the account itself before that of its kind, and of the class
    /// before those above it; `None` where none is stated.
    pub fn stated(&self, account: &Account, class: &ClassPath) -> Option<f64> {
        let own = |costs: &&StatedCosts| matches!(&costs.accounts, Where::Account(id) if *id == account.id);
        let kind = |costs: &&StatedCosts| costs.accounts == Where::Kind(account.tax_treatment);
        let entry = |costs: &StatedCosts| {
            let holds = costs.classes.iter().filter(|(stated, _)| class.is_within(stated));
            holds.max_by_key(|(stated, _)| stated.segments().count()).map(|(_, cost)| *cost)
        };
        self.costs.iter().find(own).and_then(entry).or_else(|| self.costs.iter().find(kind).and_then(entry))
    }
}
