//! A household and instruments where no file gives them: what a study of a policy needs.

use std::collections::BTreeSet;

use evenkeel::policy::Policy;
use evenkeel_ledger::account::{Account, TaxTreatment};
use evenkeel_ledger::household::{FilingStatus, GainsByTerm, Household, Owner, TaxRates};
use evenkeel_ledger::instrument::{Instrument, Universe};
use evenkeel_ledger::number::{Currency, Rate};

/// The instruments that a policy names, each of the class that it stands for, in the base currency.
pub(crate) fn universe(policy: &Policy) -> Universe {
    let mut known = BTreeSet::new();
    let leaves = policy.tree.leaves().flat_map(|(_, leaf)| leaf.instruments.iter().map(move |symbol| (symbol, &leaf.class)));
    let new = leaves.filter(|(symbol, _)| known.insert((*symbol).clone()));
    let instruments = new.map(|(symbol, class)| Instrument::new(symbol.clone(), class.clone(), policy.base_currency)).collect();
    Universe::new(instruments).unwrap_or_default()
}

/// One account in which nothing is taxed.
pub(crate) fn household(currency: Currency) -> Option<Household> {
    const NAME: &str = "portfolio";
    let none = GainsByTerm::zero(currency);
    let owner = Owner {
        id: NAME.to_owned(),
        name: None,
        birth_date: None,
        filing_status: FilingStatus::Single,
        jurisdiction: "US".to_owned(),
        rates: TaxRates { ordinary: Rate::ZERO, long_term: Rate::ZERO, state: Rate::ZERO },
        spouse: None,
        year_to_date: none,
        carry_forward: none,
        income: None,
    };
    let account = Account { tax_treatment: TaxTreatment::Untaxed, ..Account::new(NAME, NAME, currency) };
    Household::new(NAME, vec![owner], vec![account]).ok()
}
