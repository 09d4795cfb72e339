//! [`Record`]: what happened, and what things were worth.

use evenkeel_ledger::household::Household;
use evenkeel_ledger::instrument::Universe;
use evenkeel_ledger::journal::Journal;
use evenkeel_ledger::number::Currency;

use crate::market::{FxHistory, PriceHistory};
use crate::policy::PriceRules;

/// What happened to accounts, and what things were worth.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// Owners and accounts.
    pub household: &'a Household,
    /// The instruments.
    pub universe: &'a Universe,
    /// All that happened.
    pub journal: &'a Journal,
    /// Prices over time.
    pub prices: &'a PriceHistory,
    /// Exchange rates over time.
    pub fx: &'a FxHistory,
    /// Which prices are bad, and which are stale.
    pub rules: PriceRules,
    /// Whether plain sales beyond what is held open short lots.
    pub allows_short: bool,
    /// The currency in which everything is told.
    pub base: Currency,
}
