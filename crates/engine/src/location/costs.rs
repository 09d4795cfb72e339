//! [`AnnualCosts`]: of every sleeve in every account.

use std::collections::BTreeMap;

use evenkeel_ledger::account::{Account, TaxTreatment};
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::household::{GainsByTerm, Household, Owner};
use evenkeel_ledger::number::NumberError;
use serde::Serialize;

use crate::assumptions::{Assumptions, ClassAssumptions};
use crate::boundary::to_f64;
use crate::diagnostic::{Code, Diagnostic};
use crate::document::did_you_mean;
use crate::policy::{LocationRules, Policy, Where};
use crate::portfolio::Sleeves;
use crate::tax::{self, MarginalRates};

/// What holding a sleeve in an account costs a year, as fractions of the value held.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AnnualCost {
    /// Tax on income.
    pub income: f64,
    /// Tax on gains that are realized inside the holding.
    pub realized_gains: f64,
    /// The cost that the policy states, in place of both.
    pub stated: f64,
    /// What the state is to take of the return when it is withdrawn. No cost, as the state bears its share of the risk.
    pub shared_return: f64,
}

impl AnnualCost {
    /// The cost: stated, or taxes on income and realized gains.
    pub fn total(&self) -> f64 {
        self.income + self.realized_gains + self.stated
    }
}

/// What holding each sleeve in each account of a household costs a year.
///
/// ```
/// use evenkeel::assumptions::{Assumptions, ClassAssumptions, Distributions};
/// use evenkeel::location::AnnualCosts;
/// use evenkeel::policy::LocationRules;
/// # use evenkeel::diagnostic::SourceText;
/// # use evenkeel::policy::{Policy, template};
/// # use evenkeel::portfolio::Sleeves;
/// # use evenkeel_ledger::{account::{Account, TaxTreatment}, instrument::Universe, number::Currency};
/// # use evenkeel_ledger::household::{FilingStatus, GainsByTerm, Household, Owner, TaxRates};
/// # let policy = Policy::parse(SourceText { file: "policy.toml", text: template() }).value.unwrap();
/// # let sleeves = Sleeves::new(&policy.tree, &Universe::new(Vec::new()).unwrap());
/// # let gains = GainsByTerm::zero(Currency::USD);
/// # let rates = TaxRates { ordinary: "0.35".parse().unwrap(), long_term: "0.15".parse().unwrap(), ..TaxRates::default() };
/// # let owner = Owner { id: "ann".into(), name: None, birth_date: None, filing_status: FilingStatus::Single,
/// #     jurisdiction: "US".into(), rates, spouse: None, year_to_date: gains, carry_forward: gains, income: None };
/// # let taxable = Account::new("brokerage", "ann", Currency::USD);
/// # let deferred = Account { tax_treatment: TaxTreatment::Deferred, ..Account::new("ira", "ann", Currency::USD) };
/// # let household = Household::new("h", vec![owner], vec![taxable, deferred]).unwrap();
/// # let as_of = "2026-03-31".parse().unwrap();
/// # let class = sleeves.sleeves[0].class.clone();
/// // 4 % of income, taxed at 35 %; nothing of the growth is realized.
/// let entry = ClassAssumptions {
///     class,
///     expected_return: Some(0.05),
///     distributions: Some(Distributions { income: 0.04, qualified: 0.0, turnover: 0.0 }),
///     # return_range: None, volatility: None, scores: Default::default(), loadings: Default::default(),
///     // …
/// };
/// let assumptions = Assumptions { as_of, source: "Example".into(), classes: vec![entry], correlation: None };
/// let costs = AnnualCosts::new(&household, &sleeves, &policy, Some(&assumptions), as_of)?;
/// assert!((costs.of(0, 0) - 0.014).abs() < 1e-12);
/// assert_eq!(costs.of(1, 0), 0.0);
/// # Ok::<(), evenkeel_ledger::number::NumberError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct AnnualCosts {
    /// Account by account.
    costs: Vec<Vec<AnnualCost>>,
    unknown: Vec<ClassPath>,
}

impl AnnualCosts {
    /// The costs on a date, by the rates of each account's owner: those stated in the policy, else those that follow from
    /// the yields of the assumptions, else 0.
    ///
    /// # Errors
    /// A number out of range.
    pub fn new(
        household: &Household,
        sleeves: &Sleeves,
        policy: &Policy,
        assumptions: Option<&Assumptions>,
        as_of: Date,
    ) -> Result<Self, NumberError> {
        let beliefs: Vec<Option<&ClassAssumptions>> =
            sleeves.iter().map(|(_, sleeve)| assumptions.and_then(|beliefs| beliefs.of(&sleeve.class))).collect();
        let any_belief = beliefs.iter().flatten().any(|belief| belief.distributions.is_some() || belief.expected_return.is_some());
        let rates = if any_belief { rates_by_owner(household, as_of)? } else { BTreeMap::new() };
        let (mut costs, mut unknown) = (Vec::with_capacity(household.accounts.len()), vec![false; sleeves.len()]);
        for account in &household.accounts {
            let rates = rates.get(account.owner.as_str()).copied().unwrap_or_default();
            let mut of_account = Vec::with_capacity(sleeves.len());
            for (((_, sleeve), belief), unknown) in sleeves.iter().zip(&beliefs).zip(&mut unknown) {
                let stated = policy.location.stated(account, &sleeve.class);
                let yields = belief.is_some_and(|belief| belief.distributions.is_some());
                *unknown |= sleeve.listed && stated.is_none() && !yields && account.tax_treatment == TaxTreatment::Taxable;
                let derived = belief.map(|belief| derived(account, belief, rates)).unwrap_or_default();
                of_account.push(match stated {
                    Some(stated) => AnnualCost { income: 0.0, realized_gains: 0.0, stated, ..derived },
                    None => derived,
                });
            }
            costs.push(of_account);
        }
        let unknown = sleeves.iter().zip(unknown).filter(|(_, unknown)| *unknown);
        Ok(Self { costs, unknown: unknown.map(|((_, sleeve), _)| sleeve.class.clone()).collect() })
    }

    /// What it costs a year to hold a sleeve in an account, by their positions, as a fraction of the value held; 0 beyond
    /// the household's accounts and sleeves.
    pub fn of(&self, account: usize, sleeve: usize) -> f64 {
        self.parts(account, sleeve).total()
    }

    /// The parts of [`AnnualCosts::of`].
    pub fn parts(&self, account: usize, sleeve: usize) -> AnnualCost {
        self.costs.get(account).and_then(|costs| costs.get(sleeve)).copied().unwrap_or_default()
    }

    /// Whether it is the same everywhere where a class is held.
    pub fn are_zero(&self) -> bool {
        self.costs.iter().flatten().all(|cost| cost.total() == 0.0)
    }

    /// What is to be said where the cost of holding classes in a taxable account is not known, and so taken as 0.
    pub fn note(&self) -> Option<String> {
        let names: Vec<&str> = self.unknown.iter().map(ClassPath::as_str).collect();
        (!names.is_empty()).then(|| {
            format!(
                "What is taxed a year of {} in taxable accounts is not known and taken as 0: state `yield` in the assumptions, or \
                 costs in `[location]` of the policy.",
                names.join(", ")
            )
        })
    }
}

/// Tax of one more unit of income and of long-term gain.
#[derive(Debug, Clone, Copy, Default)]
struct Rates {
    ordinary: f64,
    long_term: f64,
}

fn derived(account: &Account, belief: &ClassAssumptions, rates: Rates) -> AnnualCost {
    let expected = belief.expected_return.unwrap_or_default();
    match (account.tax_treatment, belief.distributions) {
        (TaxTreatment::Taxable, Some(paid)) => AnnualCost {
            income: paid.income * (paid.qualified * rates.long_term + (1.0 - paid.qualified) * rates.ordinary),
            // A class that shrinks realizes losses, which hardly save what gains cost.
            realized_gains: paid.turnover * (expected - paid.income).max(0.0) * rates.long_term,
            ..AnnualCost::default()
        },
        (TaxTreatment::Deferred, _) => AnnualCost { shared_return: rates.ordinary * expected, ..AnnualCost::default() },
        _ => AnnualCost::default(),
    }
}

/// The rates of each owner on income and gains that come year after year.
fn rates_by_owner(household: &Household, as_of: Date) -> Result<BTreeMap<&str, Rates>, NumberError> {
    let lasting = Household { owners: household.owners.iter().map(without_this_year).collect(), ..household.clone() };
    let rates = |(owner, lasting_owner): (&'_ Owner, &Owner)| {
        let year = tax::tax_year(owner, as_of).unwrap_or(as_of.year());
        let marginal = MarginalRates::new(&lasting, lasting_owner, year)?;
        Ok(Rates { ordinary: to_f64(marginal.short_term.decimal()), long_term: to_f64(marginal.long_term.decimal()) })
    };
    household.owners.iter().zip(&lasting.owners).map(|pair| Ok((pair.0.id.as_str(), rates(pair)?))).collect()
}

/// An owner without what is of this year alone. Where gains of either term are taxed alike, as in the United Kingdom, they
/// say nothing of how income is taxed, and the rates stated hold.
fn without_this_year(owner: &Owner) -> Owner {
    let none = GainsByTerm::zero(owner.year_to_date.short_term.currency());
    let gains_tell = tax::jurisdiction(owner).is_ok_and(tax::Jurisdiction::knows_terms);
    Owner { year_to_date: none, carry_forward: none, income: owner.income.filter(|_| gains_tell), ..owner.clone() }
}

/// Accounts whose costs a policy states, and which the household has not.
pub fn check_accounts(policy: &Policy, household: &Household) -> Vec<Diagnostic> {
    let LocationRules { costs } = &policy.location;
    let unknown = costs.iter().filter_map(|costs| match &costs.accounts {
        Where::Account(id) if household.account_index(id).is_none() => Some(id),
        _ => None,
    });
    let told = |id: &String| {
        let kinds = ["taxable", "deferred", "exempt", "untaxed"];
        let known = household.accounts.iter().map(|account| account.id.as_str()).chain(kinds);
        let help = did_you_mean(id, known, "write the id of an account, or `taxable`, `deferred`, `exempt` or `untaxed`");
        let message = format!("`{id}` is no account of the household and no kind of account");
        let told = Diagnostic::error(Code::COST_ACCOUNT, message).help(help);
        match policy.places.accounts.get(id) {
            Some(place) => told.at(place.clone()),
            None => told,
        }
    };
    unknown.map(told).collect()
}
