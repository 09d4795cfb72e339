//! [`Record`]: what happened, and what things were worth.

use std::collections::BTreeSet;

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

impl Record<'_> {
    /// The currencies of which anything can be held: those of instruments, accounts and exchange rates, and the base currency.
    pub fn currencies(&self) -> BTreeSet<Currency> {
        let priced = self.universe.iter().map(|(_, instrument)| instrument.currency);
        let kept = self.household.accounts.iter().map(|account| account.currency);
        let quoted = self.fx.pairs.keys().flat_map(|(base, quote)| [*base, *quote]);
        priced.chain(kept).chain(quoted).chain([self.base]).collect()
    }
}
