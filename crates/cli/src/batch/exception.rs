//! [`Exception`]: a household for which there is no proposal, or one that somebody should look at.

use std::cmp::Reverse;

use evenkeel::diagnostic::Diagnostic;
use evenkeel_ledger::number::{Decimal, Money};
use serde::{Deserialize, Serialize};

/// What kind of exception, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ExceptionKind {
    /// The auditor objects, or the computation ended abruptly: a defect of Evenkeel. There is no proposal.
    Defect,
    /// More is to go out than can be raised. There is no proposal.
    Cash,
    /// The proposal would break a hard limit, and says that it may not be traded.
    Refused,
    /// The rows are broken or say what cannot be decided on. There is no proposal.
    Input,
    /// A tax return cannot be made, so that taxes are told at marginal rates alone. The proposal may be traded.
    Tax,
    /// The rows say what is used and hardly so: an account overdrawn, lots without basis or date. The proposal may be traded.
    Warning,
    /// A limit stays broken; the proposal may be traded.
    Limit,
}

/// One household that somebody should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Exception {
    /// What kind.
    pub kind: ExceptionKind,
    /// The household.
    pub household: String,
    /// The shard.
    pub shard: String,
    /// The first row of the household in it, from 1.
    pub row: usize,
    /// Code of the diagnostic.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// The remedy.
    pub help: Option<String>,
    /// Value of the household, where it is known.
    pub value: Option<Money>,
    /// Tax that the proposal causes, where there is one.
    pub tax: Option<Money>,
}

/// Which household, and what is at stake.
#[derive(Debug, Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) household: &'a str,
    pub(super) shard: &'a str,
    pub(super) row: usize,
    pub(super) value: Option<Money>,
    pub(super) tax: Option<Money>,
}

impl About<'_> {
    /// An exception for something that was told.
    pub(super) fn exception(&self, kind: ExceptionKind, told: &Diagnostic) -> Exception {
        Exception {
            kind,
            household: self.household.to_owned(),
            shard: self.shard.to_owned(),
            row: self.row,
            code: told.code.to_string(),
            message: told.message.clone(),
            help: told.help.clone(),
            value: self.value,
            tax: self.tax,
        }
    }
}

impl Exception {
    /// The order in which exceptions are looked at: by kind, then the most value, then the most tax.
    fn rank(&self) -> impl Ord + '_ {
        let amount = |money: Option<Money>| Reverse(money.map_or(Decimal::ZERO, Money::amount));
        (self.kind, amount(self.value), amount(self.tax), &self.household, self.row, &self.code, &self.message)
    }

    /// Puts the gravest first and keeps so many.
    pub fn ranked(mut exceptions: Vec<Self>, keep: usize) -> Vec<Self> {
        exceptions.sort_by(|a, b| a.rank().cmp(&b.rank()));
        exceptions.truncate(keep);
        exceptions
    }
}
