//! Asset location for one household: where each class should live.

use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::{Currency, Money};
use serde::Serialize;

use crate::diagnostic::{Code, Diagnostic};
use crate::location::{AnnualCosts, check_accounts};
use crate::trade::{LocateError, Located, Situation, locate};

use super::{DISCLAIMER, Mandate, Provenance, SCHEMA_VERSION, Subject, out_of_range};

/// Where each class should live, and what moving there saves and costs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LocationReport {
    /// Version of this document's schema.
    pub schema_version: u32,
    /// What it was made of.
    pub provenance: Provenance,
    /// The household.
    pub household: String,
    /// The policy.
    pub policy: String,
    /// The date of the decision.
    pub as_of: Date,
    /// Currency of all amounts that name none.
    pub currency: Currency,
    /// Value of the household.
    pub value: Money,
    /// The locations, and the moves from one to the other.
    pub location: Located,
    /// What this is not.
    pub disclaimer: &'static str,
}

impl Mandate<'_> {
    /// Finds where the classes of a household should live at their targets, and what moving there saves and costs. A move
    /// is to pay back within so many years.
    ///
    /// # Errors
    /// All that is missing or contradictory, at once: no yields and no stated costs, stated costs of accounts that the
    /// household has not, menus and trading states that leave no room.
    pub fn locate(&self, subject: &Subject<'_>, within_years: f64, provenance: Provenance) -> Result<LocationReport, Vec<Diagnostic>> {
        let unknown = check_accounts(self.policy, subject.household);
        if !unknown.is_empty() {
            return Err(unknown);
        }
        let portfolio = self.value(subject.holdings)?;
        let targets = self.targets(subject.household, Some(&portfolio))?;
        let context = self.context(&targets.weights);
        let flows = self.flows(subject)?;
        let situation = Situation::new(&context, subject.household, &portfolio, &flows, subject.sold).map_err(out_of_range)?;
        let effective = situation.effective_targets(&context);
        let costs = AnnualCosts::new(subject.household, &self.sleeves, self.policy, self.assumptions, self.market.as_of);
        let costs = costs.map_err(out_of_range)?;
        if costs.are_zero() && costs.note().is_some() {
            let message = "nothing says what it costs to hold a class in one account rather than in another";
            let help = "give classes a `yield` in assumptions.toml, or state costs in `[location]` of the policy";
            return Err(vec![Diagnostic::error(Code::NO_ANNUAL_COSTS, message).help(help)]);
        }
        let location = locate(&context, &situation, &effective.sleeves, &costs, within_years).map_err(refused)?;
        Ok(LocationReport {
            schema_version: SCHEMA_VERSION,
            provenance,
            household: subject.household.id.clone(),
            policy: self.policy.name.clone(),
            as_of: self.market.as_of,
            currency: self.policy.base_currency,
            value: portfolio.value().map_err(out_of_range)?,
            location,
            disclaimer: DISCLAIMER,
        })
    }
}

fn refused(error: LocateError) -> Vec<Diagnostic> {
    match error {
        LocateError::Number(error) => out_of_range(error),
        other => vec![
            Diagnostic::error(Code::NO_LOCATION, other.to_string())
                .help("widen the menu of one of these accounts, or change the targets of the classes that it may hold"),
        ],
    }
}
