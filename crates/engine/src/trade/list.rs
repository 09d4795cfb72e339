//! The trade list: what to trade, where and in which lots, at what cost and why.

use evenkeel_ledger::date::Date;
use evenkeel_ledger::lot::LotId;
use evenkeel_ledger::number::{Currency, Money, Price, Quantity};
use serde::Serialize;

use crate::cost::Costs;

use super::optimal::Terms;

/// What to trade and what not, and what it does to cash.
#[derive(Debug, Clone, PartialEq)]
pub struct TradeList {
    /// By account and then instrument, sells first.
    pub trades: Vec<Trade>,
    /// What was considered and is not traded, and why.
    pub not_traded: Vec<NotTraded>,
    /// Cash of each account before and after.
    pub cash: Vec<CashLine>,
    /// Costs of all trades.
    pub costs: Costs,
}

impl TradeList {
    /// Nothing to trade.
    pub const fn empty(currency: Currency) -> Self {
        Self { trades: Vec::new(), not_traded: Vec::new(), cash: Vec::new(), costs: Costs::zero(currency) }
    }
}

/// Buy or sell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Sell.
    Sell,
    /// Buy.
    Buy,
}

/// One trade of one instrument in one account.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Trade {
    /// The account.
    pub account: String,
    /// The instrument.
    pub symbol: String,
    /// The class for which it is traded.
    pub class: String,
    /// Buy or sell.
    pub side: Side,
    /// Units, above zero.
    pub quantity: Quantity,
    /// Price at which it is valued, in the instrument's currency.
    pub price: Price,
    /// The instrument's currency.
    pub price_currency: Currency,
    /// Quantity × price in the base currency, to the cent; above zero.
    pub gross: Money,
    /// What it costs.
    pub costs: Costs,
    /// Change of the account's cash: for a buy −(gross + costs), for a sell gross − costs.
    pub cash: Money,
    /// The lots sold, in the order in which they are sold; empty for a buy.
    pub lots: Vec<LotSale>,
    /// Why, in a sentence with numbers.
    pub reason: String,
    /// What kept it from going further: minimum trade, lot size, menu, turnover cap, cash.
    pub bound_by: Vec<String>,
    /// What it adds to the joint planner's objective, in basis points of household value: its share of what all trades do to
    /// drift, and its own costs and tax. `None` where the rules planner made it.
    pub effect: Option<Terms>,
}

/// What one lot gives to a sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LotSale {
    /// The lot.
    pub lot: LotId,
    /// When it was acquired.
    pub acquired: Option<Date>,
    /// Units sold of it.
    pub quantity: Quantity,
    /// Cost basis of what is sold, in the account's currency.
    pub cost_basis: Option<Money>,
    /// Proceeds after costs − cost basis, in the account's currency.
    pub gain: Option<Money>,
    /// Whether the holding period is long-term; `None` without a date.
    pub long_term: Option<bool>,
    /// Tax on the gain at the owner's marginal rate, in the account's currency; below zero for a loss, which saves
    /// tax elsewhere. `None` where the account's gains are not taxed, or the gain is not known.
    pub tax: Option<Money>,
    /// Whether the gain is taxed and not known, so that neither is the tax.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_tax_unknown: bool,
}

/// Something that was considered and is not traded.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NotTraded {
    /// The account; `None` where it is about the household.
    pub account: Option<String>,
    /// The instrument, or the class where it is about a class.
    pub subject: String,
    /// The value that would have been bought (above zero) or sold (below zero).
    pub value: Money,
    /// Why not, in a sentence with numbers.
    pub reason: String,
}

/// Cash of one account, in the base currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CashLine {
    /// The account.
    pub account: String,
    /// Before.
    pub before: Money,
    /// Planned flows that are due, by the day of the decision.
    pub flows: Money,
    /// From sells.
    pub sells: Money,
    /// For buys.
    pub buys: Money,
    /// Costs.
    pub costs: Money,
    /// After: before + flows + sells − buys − costs, exactly.
    pub after: Money,
    /// What was aimed at.
    pub target: Money,
    /// After − target: what rounding left.
    pub residual: Money,
}

/// One of the ways that were compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Way {
    /// `do_nothing`, `cash_flow_only`, `to_band_edge`, `half_way`, `to_target`, or the policy's own.
    pub name: String,
    /// Largest drift left.
    pub max_drift: f64,
    /// ½ Σ |drift| left.
    pub half_l1_drift: f64,
    /// Tracking error left; `None` without a covariance.
    pub tracking_error: Option<f64>,
    /// ½ Σ |trade| ÷ value.
    pub turnover_one_way: f64,
    /// Number of trades.
    pub trades: usize,
    /// What it costs.
    pub costs: Money,
    /// Tax that its sales cause at the owners' marginal rates; below zero where losses save more than gains cost.
    pub tax: Money,
    /// Tax that its sales add to that of the year, once gains and losses of the year so far and losses carried in are
    /// netted; `None` where there are no rules or no table for an owner.
    pub tax_after_netting: Option<Money>,
    /// Whether it sells taxed lots whose gain is not known: what they cost is in neither tax.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_tax_unknown: bool,
    /// What it comes to by the joint planner's objective, in basis points of household value; `None` where that was not asked for.
    pub objective: Option<Terms>,
}
