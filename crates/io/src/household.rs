//! `household.toml`: owners and accounts that are decided on together.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;

use evenkeel::diagnostic::{Code, Diagnostic, SourceText};
use evenkeel::document::{self, Parsed, Table, Value, did_you_mean};
use evenkeel_ledger::account::{Account, BasisMethod, Menu, TaxTreatment};
use evenkeel_ledger::household::{FilingStatus, GainsByTerm, Household, HouseholdError, OtherIncome, Owner, TaxRates};
use evenkeel_ledger::instrument::{InstrumentId, Universe};
use evenkeel_ledger::number::{Currency, Decimal, Money, Rate};

pub(crate) const FILING_STATUSES: [(&str, FilingStatus); 6] = [
    ("single", FilingStatus::Single),
    ("married_jointly", FilingStatus::MarriedJointly),
    ("married_separately", FilingStatus::MarriedSeparately),
    ("head_of_household", FilingStatus::HeadOfHousehold),
    ("surviving_spouse", FilingStatus::SurvivingSpouse),
    ("institution", FilingStatus::Institution),
];

pub(crate) const TAX_TREATMENTS: [(&str, TaxTreatment); 4] = [
    ("taxable", TaxTreatment::Taxable),
    ("deferred", TaxTreatment::Deferred),
    ("exempt", TaxTreatment::Exempt),
    ("untaxed", TaxTreatment::Untaxed),
];

pub(crate) const BASIS_METHODS: [(&str, BasisMethod); 3] =
    [("lots", BasisMethod::Lots), ("average_cost", BasisMethod::AverageCost), ("pooled", BasisMethod::Pooled)];

/// Where each owner or account of an id stands.
type Spans = BTreeMap<String, Vec<Range<usize>>>;

/// Reads a household; menus name instruments of the universe.
pub fn read(source: SourceText<'_>, universe: &Universe) -> Parsed<Household> {
    document::read(source, |root| read_household(root, universe))
}

/// The keys of `household.toml`, in Markdown.
pub fn reference() -> String {
    document::reference(|root| read_household(root, &Universe::default())).to_markdown()
}

fn read_household(root: &Table<'_>, universe: &Universe) -> Option<Household> {
    root.schema_version(1);
    let id = root.key("id", "Identifier of the household.").text().required();
    let (owner_spans, account_spans) = (RefCell::<Spans>::default(), RefCell::<Spans>::default());
    let remember = |table: &Table<'_>, id: &str, spans: &RefCell<Spans>| {
        spans.borrow_mut().entry(id.to_owned()).or_default().push(table.span_of("id"));
    };
    let owners = root.tables("owner", "A person or institution that owns accounts.", |table| {
        let owner = read_owner(table)?;
        remember(table, &owner.id, &owner_spans);
        Some(owner)
    });
    let accounts = root.tables("account", "An account.", |table| {
        let account = read_account(table, universe)?;
        remember(table, &account.id, &account_spans);
        Some(account)
    });
    for name in ["owner", "account"].into_iter().filter(|name| !root.has(name) && !root.is_reference()) {
        root.report(Diagnostic::error(Code::MISSING_KEY, format!("the household has no {name}")).help(format!("add a table [[{name}]]")));
    }
    let (owner_spans, account_spans) = (owner_spans.into_inner(), account_spans.into_inner());
    let household = Household::new(id?, owners, accounts);
    for error in household.as_ref().err().into_iter().flatten() {
        report_misfit(root, error, &owner_spans, &account_spans);
    }
    household.ok()
}

/// Tells what does not fit between owners and accounts.
fn report_misfit(root: &Table<'_>, error: &HouseholdError, owners: &Spans, accounts: &Spans) {
    let meant = |id: &str| did_you_mean(id, owners.keys().map(String::as_str), "add a table [[owner]] with that id");
    let (spans, id, help) = match error {
        HouseholdError::DuplicateOwner(id) => (owners, id, "give each owner an id of its own".to_owned()),
        HouseholdError::DuplicateAccount(id) => (accounts, id, "give each account an id of its own".to_owned()),
        HouseholdError::UnknownOwner { account, owner } => (accounts, account, meant(owner)),
        HouseholdError::UnknownSpouse { owner, spouse } => (owners, owner, meant(spouse)),
        HouseholdError::OwnSpouse(owner) | HouseholdError::TwoSpouses { owner, .. } => {
            (owners, owner, "spouses name one another, and nobody else".to_owned())
        }
    };
    let span = spans.get(id).and_then(|spans| spans.last().cloned()).unwrap_or_else(|| root.span());
    root.report_at(span, Diagnostic::error(Code::HOUSEHOLD, error.to_string()).help(help));
}

fn read_owner(table: &Table<'_>) -> Option<Owner> {
    let id = table.key("id", "Identifier, unique in the household.").text().required();
    let name = table.key("name", "Name for people.").text().optional();
    let birth_date = table.key("birth_date", "Date of birth; needed where the policy has a glide path by age.").date().optional();
    let filing_status = table
        .key("filing_status", "How the owner files; one who has a `spouse` jointly or separately, and in the US not as `single`.")
        .one_of(&FILING_STATUSES)
        .required();
    let jurisdiction = table
        .key("jurisdiction", "Where the owner is taxed: `US`, `US-CA`, `GB`; for spouses on one return the same.")
        .text()
        .check(|text| jurisdiction(text))
        .required();
    let currency = table.key("currency", "Currency in which the owner is taxed.").parsed("a currency such as `USD`").required();
    let spouse = table.key("spouse", "Id of the spouse.").text().optional();
    let rates = table.table("rates", "Marginal tax rates, as fractions.", read_rates);
    let gains =
        |name, about, losses_only| table.table(name, about, |gains| read_gains(gains, currency.unwrap_or(Currency::USD), losses_only));
    let year_to_date = gains("year_to_date", "Gains realized since the start of the tax year; losses below zero.", false);
    let carry_forward = gains("carry_forward", "Losses carried into the tax year, as amounts of zero or below.", true);
    let about = "Income of the tax year beside capital gains. With it taxes come from the tables of the year, without it from `rates`.";
    let income = table.optional_table("income", about, |income| read_income(income, currency.unwrap_or(Currency::USD)));
    currency?;
    Some(Owner {
        id: id?,
        name,
        birth_date,
        filing_status: filing_status?,
        jurisdiction: jurisdiction?,
        rates: rates?,
        spouse,
        year_to_date: year_to_date?,
        carry_forward: carry_forward?,
        income: income.flatten(),
    })
}

fn jurisdiction(text: &str) -> Option<(String, String)> {
    let (country, part) = text.split_once('-').unwrap_or((text, "A"));
    let capital = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let sound = country.len() == 2 && capital(country) && part.len() <= 3 && capital(part);
    (!sound)
        .then(|| ("is not a jurisdiction".to_owned(), "write a country such as `US`, or a country and its part such as `US-CA`".to_owned()))
}

fn read_rates(table: &Table<'_>) -> TaxRates {
    let rate = |name, about| table.key(name, about).decimal().fraction().or(Decimal::ZERO);
    let ordinary = rate("ordinary", "On ordinary income and short-term gains.");
    let long_term = rate("long_term", "On long-term gains.");
    let state = rate("state", "Of the state, on both.");
    TaxRates { ordinary: Rate::new(ordinary), long_term: Rate::new(long_term), state: Rate::new(state) }
}

fn read_gains(table: &Table<'_>, currency: Currency, losses_only: bool) -> GainsByTerm {
    let amount = |name, about| {
        let key = table.key(name, about).decimal();
        let key = if losses_only {
            key.check(|amount| amount.is_positive().then(|| ("is above zero".to_owned(), "write losses as amounts below zero".to_owned())))
        } else {
            key
        };
        Money::new(key.or(Decimal::ZERO), currency)
    };
    GainsByTerm { short_term: amount("short_term", "Short-term, net."), long_term: amount("long_term", "Long-term, net.") }
}

fn read_income(table: &Table<'_>, currency: Currency) -> Option<OtherIncome> {
    let part = |name, about| {
        let below_zero = |amount: Decimal| amount.is_negative().then(|| ("is below zero".to_owned(), "write zero or more".to_owned()));
        Money::new(table.key(name, about).decimal().check(|amount| below_zero(*amount)).or(Decimal::ZERO), currency)
    };
    let ordinary = table
        .key(
            "ordinary",
            "Taxed at ordinary rates, after deductions, without gains and qualified dividends; below zero where deductions exceed it.",
        )
        .decimal()
        .required();
    let qualified_dividends = part("qualified_dividends", "Dividends that are taxed like long-term gains.");
    let investment = part("investment", "The part of `ordinary` that comes from investments: interest, other dividends, rents.");
    let deductions =
        part("deductions", "The deductions that `ordinary` is after; the net investment income tax looks at income before them.");
    Some(OtherIncome { ordinary: Money::new(ordinary?, currency), qualified_dividends, investment, deductions })
}

fn read_account(table: &Table<'_>, universe: &Universe) -> Option<Account> {
    let id = table.key("id", "Identifier, unique in the household.").text().required();
    let name = table.key("name", "Name for people.").text().optional();
    let owner = table.key("owner", "Id of the owner.").text().required();
    let tax_treatment = table.key("tax_treatment", "How it is taxed.").one_of(&TAX_TREATMENTS).required();
    let currency = table.key("currency", "Currency of its books.").parsed("a currency such as `USD`").required();
    let basis_method =
        table.key("basis_method", "How cost basis is found.").one_of(&BASIS_METHODS).or_else("\"lots\"", || BasisMethod::Lots);
    let menu = table
        .key("menu", "Symbols that it may buy; without the key it may buy anything.")
        .list("array of symbols", |value| menu_item(value, universe))
        .optional();
    let cash_minimum = table
        .key("cash_minimum", "Cash that must stay, by currency: `{ USD = 1000 }`.")
        .entries("table of amounts", read_cash_minimum)
        .optional();
    Some(Account {
        id: id?,
        name,
        owner: owner?,
        tax_treatment: tax_treatment?,
        currency: currency?,
        basis_method,
        menu: menu.map_or(Menu::Any, |items: Vec<InstrumentId>| Menu::Only(items.into_iter().collect())),
        cash_minimum: cash_minimum.unwrap_or_default(),
    })
}

fn menu_item(value: Value<'_>, universe: &Universe) -> Option<InstrumentId> {
    let symbol = value.name()?;
    let found = universe.find(&symbol);
    if found.is_none() {
        let known = universe.iter().map(|(_, instrument)| instrument.symbol.as_str());
        let help = did_you_mean(&symbol, known, "add it to the instruments file, or remove it from the menu");
        value.report(
            Diagnostic::error(Code::UNKNOWN_SYMBOL, format!("`menu` names `{symbol}`, which is not in the instruments file")).help(help),
        );
    }
    found
}

fn read_cash_minimum(currency: &str, value: Value<'_>) -> Option<Money> {
    let amount = value.decimal()?;
    let Ok(currency) = currency.parse::<Currency>() else {
        let message = format!("`cash_minimum` names `{currency}`, which is not a currency");
        value.report(Diagnostic::error(Code::WRONG_TYPE, message).help("write three capital letters, such as USD"));
        return None;
    };
    if amount.is_negative() {
        return value.refuse(Code::OUT_OF_RANGE, "is below zero", "write zero or more");
    }
    Some(Money::new(amount, currency))
}
