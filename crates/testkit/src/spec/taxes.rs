//! Runs `specs/taxes.md`: a return's income and gains in, tax by kind and losses carried on out.
//!
//! | table | columns |
//! |---|---|
//! | netting | filing, ordinary, short, long, short in, long in, taxed short, taxed long, deducted, short out, long out |
//! | taxes | year, filing, rates (`ordinary / long-term / state %`), ordinary, dividends, investment, deductions, short, long, collectibles, short in, long in, ordinary rates, long-term rates, collectibles rate, net investment income, state, total, caused |

use std::collections::BTreeMap;

use evenkeel::tax::{Assessment, Filing, YearGains};
use evenkeel_ledger::household::{FilingStatus, GainsByTerm, Household, OtherIncome, Owner, TaxRates};
use evenkeel_ledger::number::{Currency, Decimal, Money, Rate};

use super::lots::owner;
use super::{Row, Spec, SpecError};

const GIVEN: [&str; 12] = [
    "year",
    "filing",
    "rates",
    "ordinary",
    "dividends",
    "investment",
    "deductions",
    "short",
    "long",
    "collectibles",
    "short in",
    "long in",
];

/// The year of examples that name none.
const YEAR: i16 = 2025;

type Found = BTreeMap<&'static str, String>;

/// Runs one example.
pub fn run(spec: &Spec) -> Result<(), SpecError> {
    spec.expect_kinds(&["netting", "taxes"])?;
    for table in &spec.tables {
        table.expect_rows(&table.rows.iter().map(outcome).collect::<Result<Vec<_>, _>>()?)?;
    }
    Ok(())
}

fn outcome(row: &Row) -> Result<Found, SpecError> {
    let at = |error: &dyn std::fmt::Display| SpecError::new(row.line, error);
    let owner = filer(row)?;
    let household = Household::new("spec", vec![owner], Vec::new()).map_err(|errors| at(&format!("{errors:?}")))?;
    let filing = Filing::of(&household, "owner").map_err(|error| at(&error))?;
    let gains = YearGains {
        by_term: GainsByTerm { short_term: usd(row, "short")?, long_term: usd(row, "long")? },
        carried: GainsByTerm { short_term: usd(row, "short in")?, long_term: usd(row, "long in")? },
        collectibles: usd(row, "collectibles")?,
        ..YearGains::zero(Currency::USD)
    };
    let assessed = Assessment::new(&filing, row.read_or("year", YEAR)?, &gains).map_err(|error| at(&error))?;
    let mut found: Found = GIVEN.iter().map(|column| (*column, row.get(column).to_owned())).collect();
    let netting = assessed.with_gains.netting;
    let text = |money: Money| money.amount().to_string();
    found.insert("taxed short", text(netting.taxable.short_term));
    found.insert("taxed long", text(netting.taxable.long_term));
    found.insert("deducted", text(netting.deducted));
    found.insert("short out", text(netting.carried.short_term));
    found.insert("long out", text(netting.carried.long_term));
    let liability = assessed.with_gains.liability;
    let names = ["ordinary rates", "long-term rates", "collectibles rate", "net investment income", "state"];
    found.extend(names.into_iter().zip(liability.kinds.iter().map(Decimal::to_string)));
    found.insert("total", text(liability.total().map_err(|error| at(&error))?));
    let caused = assessed.caused().and_then(|caused| caused.total()).map_err(|error| at(&error))?;
    found.insert("caused", text(caused));
    Ok(found)
}

/// Who files as the row says: with income where it gives `ordinary`, else at its rates.
fn filer(row: &Row) -> Result<Owner, SpecError> {
    let filing_status = match row.get("filing") {
        "" | "single" => FilingStatus::Single,
        "married jointly" => FilingStatus::MarriedJointly,
        "married separately" => FilingStatus::MarriedSeparately,
        "head of household" => FilingStatus::HeadOfHousehold,
        "surviving spouse" => FilingStatus::SurvivingSpouse,
        "institution" => FilingStatus::Institution,
        other => return Err(SpecError::new(row.line, format!("`{other}` is no filing status"))),
    };
    let income = if row.get("ordinary").is_empty() {
        None
    } else {
        let part = |column| usd(row, column);
        Some(OtherIncome {
            ordinary: part("ordinary")?,
            qualified_dividends: part("dividends")?,
            investment: part("investment")?,
            deductions: part("deductions")?,
        })
    };
    let rates = rates(row)?;
    Ok(Owner { filing_status, income, rates, ..owner() })
}

/// `24 / 15 / 5 %`: ordinary, long-term, of the state.
fn rates(row: &Row) -> Result<TaxRates, SpecError> {
    if row.get("rates").is_empty() {
        return Ok(TaxRates::default());
    }
    let rates: Result<Vec<Rate>, _> =
        row.get("rates").trim_end_matches('%').split('/').map(|percent| format!("0.{:0>2}", percent.trim()).parse::<Rate>()).collect();
    match rates.map_err(|error| SpecError::new(row.line, error))?[..] {
        [ordinary, long_term, state] => Ok(TaxRates { ordinary, long_term, state }),
        _ => Err(SpecError::new(row.line, "`rates` must be given as ordinary / long-term / state %")),
    }
}

fn usd(row: &Row, column: &str) -> Result<Money, SpecError> {
    row.read_or(column, Decimal::ZERO).map(|amount| Money::new(amount, Currency::USD))
}
