//! [`Receipt`]: what a shard comes to, and [`Manifest`]: all of a run.

use std::collections::BTreeMap;

use clap::ValueEnum;
use evenkeel_io::book::proposals::Content;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::{Currency, Decimal, Money, NumberError};
use serde::{Deserialize, Serialize};

use crate::command::rebalance::PlannerName;

use super::exception::ExceptionKind;

/// Version of the schema of receipts and manifests.
pub const SCHEMA_VERSION: u32 = 1;

/// Gaps of joint decisions that are told apart, in basis points of household value.
pub const GAPS: [f64; 6] = [0.01, 0.1, 0.25, 0.5, 1.0, 2.0];

/// Sums of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sums {
    /// Value of the households for which there is a proposal.
    pub value: Decimal,
    /// Gross value of all buys.
    pub bought: Decimal,
    /// Gross value of all sells.
    pub sold: Decimal,
    /// Costs of all trades.
    pub costs: Decimal,
    /// What the proposals add to the tax of the year after netting; below zero where losses save more.
    pub tax: Decimal,
}

impl Sums {
    /// Nothing of anything.
    pub const ZERO: Self =
        Self { value: Decimal::ZERO, bought: Decimal::ZERO, sold: Decimal::ZERO, costs: Decimal::ZERO, tax: Decimal::ZERO };

    fn add(&mut self, other: &Self) -> Result<(), NumberError> {
        self.value = self.value.try_add(other.value)?;
        self.bought = self.bought.try_add(other.bought)?;
        self.sold = self.sold.try_add(other.sold)?;
        self.costs = self.costs.try_add(other.costs)?;
        self.tax = self.tax.try_add(other.tax)?;
        Ok(())
    }
}

/// Counts and sums of some households.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Totals {
    /// Households read.
    pub households: usize,
    /// Accounts read.
    pub accounts: usize,
    /// Lots read.
    pub lots: usize,
    /// Rows of proposals.
    pub proposals: usize,
    /// Of these, proposals that trade.
    pub trading: usize,
    /// Trades of all proposals.
    pub trades: usize,
    /// Exceptions by kind.
    pub exceptions: BTreeMap<ExceptionKind, usize>,
    /// Sums by currency.
    pub sums: BTreeMap<String, Sums>,
    /// Joint decisions by gap: how many are within each of [`GAPS`] and no nearer one, and last how many are beyond or not proven.
    #[serde(default)]
    pub gaps: [usize; GAPS.len() + 1],
    /// The rows of proposals as one number: the same for the same rows over any number of shards.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub content: Content,
}

impl Totals {
    /// Counts a row of proposals.
    pub(super) fn count(&mut self, currency: Currency, sums: &Sums, trades: usize, content: Content) -> Result<(), NumberError> {
        self.proposals += 1;
        self.trading += usize::from(trades > 0);
        self.trades += trades;
        self.content = self.content.with(content);
        self.sums.entry(currency.code().to_owned()).or_insert(Sums::ZERO).add(sums)
    }

    /// Counts the gap of a joint decision; none where nothing is proven.
    pub(super) fn count_gap(&mut self, gap: Option<f64>) {
        let place = GAPS.iter().position(|within| gap.is_some_and(|gap| gap <= *within)).unwrap_or(GAPS.len());
        if let Some(count) = self.gaps.get_mut(place) {
            *count += 1;
        }
    }

    /// Adds those of other households.
    ///
    /// # Errors
    /// Sums out of range.
    pub fn add(&mut self, other: &Self) -> Result<(), NumberError> {
        self.households += other.households;
        self.accounts += other.accounts;
        self.lots += other.lots;
        self.proposals += other.proposals;
        self.trading += other.trading;
        self.trades += other.trades;
        self.content = self.content.with(other.content);
        self.gaps.iter_mut().zip(other.gaps).for_each(|(sum, count)| *sum += count);
        for (kind, count) in &other.exceptions {
            *self.exceptions.entry(*kind).or_default() += count;
        }
        for (currency, sums) in &other.sums {
            self.sums.entry(currency.clone()).or_insert(Sums::ZERO).add(sums)?;
        }
        Ok(())
    }

    /// How many exceptions of a kind there are.
    pub fn exceptions_of(&self, kind: ExceptionKind) -> usize {
        self.exceptions.get(&kind).copied().unwrap_or(0)
    }
}

/// The sum of what one proposal moves.
pub(super) const fn sums(value: Money, bought: Money, sold: Money, costs: Money, tax: Money) -> Sums {
    Sums { value: value.amount(), bought: bought.amount(), sold: sold.amount(), costs: costs.amount(), tax: tax.amount() }
}

/// A file of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Output {
    /// Its path below the folder of the run.
    pub file: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// What one shard comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Receipt {
    /// Version of this document's schema.
    pub schema_version: u32,
    /// The shard, below the folder of the book.
    pub shard: String,
    /// SHA-256 of everything that it was made of: the shard, all that households share, and the program's version.
    pub made_of: String,
    /// Its first household.
    pub first: String,
    /// Its last household.
    pub last: String,
    /// The proposals.
    pub proposals: Output,
    /// The exceptions, one JSON document a line.
    pub exceptions: Output,
    /// Counts and sums.
    pub totals: Totals,
}

/// The ways that proposals compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ValueEnum)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Compare {
    /// The chosen one with all that there are.
    #[default]
    All,
    /// The chosen one with doing nothing: several times as fast.
    Nothing,
}

/// All of a run: readers follow it and never list a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Manifest {
    /// Version of this document's schema.
    pub schema_version: u32,
    /// Version of the program.
    pub version: String,
    /// The folder of the book, as it was named.
    pub book: String,
    /// The day of the decisions.
    pub as_of: Date,
    /// The ways that proposals compare.
    pub compare: Compare,
    /// Which planner made the trades, where it was not the one that each policy names.
    #[serde(default)]
    pub planner: Option<PlannerName>,
    /// SHA-256 of each file of the book but the shards, by name.
    pub inputs: Vec<(String, String)>,
    /// What each shard comes to, in the order of the book.
    pub shards: Vec<Receipt>,
    /// Counts and sums of all shards.
    pub totals: Totals,
}
