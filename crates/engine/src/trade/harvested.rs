//! Losses to realize, as a person reads them.

use evenkeel_ledger::date::Date;
use evenkeel_ledger::lot::LotId;
use evenkeel_ledger::number::{Money, Quantity, Rate};
use serde::Serialize;

use super::list::{CashLine, Trade};

/// Losses to realize, and those to leave.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Harvest {
    /// Losses to realize, those that save most for their value first.
    pub harvests: Vec<HarvestedLoss>,
    /// Losses that are not realized, and why.
    pub not_harvested: Vec<LeftLoss>,
    /// All together.
    pub totals: HarvestTotals,
    /// The trades.
    pub trades: Vec<Trade>,
    /// Cash of each account before and after.
    pub cash: Vec<CashLine>,
}

/// A loss to realize. Amounts are in the base currency.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HarvestedLoss {
    /// The account.
    pub account: String,
    /// What is sold.
    pub symbol: String,
    /// Its lots.
    pub lots: Vec<LotId>,
    /// Units.
    pub quantity: Quantity,
    /// Short-term loss, below zero.
    pub short_term: Money,
    /// Long-term loss, below zero.
    pub long_term: Money,
    /// What is bought in its stead.
    pub substitute: String,
    /// Its rank among the substitutes that were looked at, from 1.
    pub rank: usize,
    /// Its tracking error a year against what is sold, where a history of prices tells it.
    pub tracking_error: Option<f64>,
    /// Tax that it saves this year, after netting with all losses above.
    pub tax_saved: Money,
    /// Tax on the gain that it leaves for later, at the long-term rate.
    pub tax_deferred: Money,
    /// Tax saved for good: what is saved less what is deferred.
    pub tax_saved_for_good: Money,
    /// Costs of selling, of buying the substitute, and of going back where the policy goes back.
    pub costs: Money,
    /// When one may go back to what was sold; `None` where the policy stays with the substitute.
    pub switch_back_from: Option<Date>,
    /// What may not be bought in any account, dividends reinvested included, until the window is over.
    pub do_not_buy: Vec<String>,
    /// The last day of that window.
    pub until: Date,
    /// The first day on which its short-term loss is long-term and so saves less, where it is short-term.
    pub short_term_until: Option<Date>,
    /// What it saves less from that day on.
    pub waiting_costs: Money,
}

/// A loss that is not realized.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LeftLoss {
    /// The account.
    pub account: String,
    /// The instrument.
    pub symbol: String,
    /// The loss of its lots, below zero, in the base currency.
    pub loss: Money,
    /// Why not, in a sentence with numbers.
    pub reason: String,
}

/// Sums over all losses that are to be realized.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HarvestTotals {
    /// Short-term losses, below zero.
    pub short_term: Money,
    /// Long-term losses, below zero.
    pub long_term: Money,
    /// Tax saved this year.
    pub tax_saved: Money,
    /// Tax left for later.
    pub tax_deferred: Money,
    /// Tax saved for good.
    pub tax_saved_for_good: Money,
    /// Costs.
    pub costs: Money,
    /// Losses realized as a fraction of the value of the taxable accounts: the harvest yield.
    pub harvest_yield: f64,
    /// Tax saved less costs as a fraction of the household's value: tax alpha of this harvest, deferral included.
    pub tax_alpha: f64,
    /// The same with what is saved for good alone.
    pub tax_alpha_for_good: f64,
    /// Rates that this rests on, by owner: short-term and long-term, the state's included.
    pub rates: Vec<(String, Rate, Rate)>,
}
