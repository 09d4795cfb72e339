//! [`Proposal`]: what to trade, where and in which lots, what it costs and why.

mod proposal;

pub use proposal::{CashLine, Costs, LotSale, NotTraded, Proposal, Provenance, Side, Trade, Way};
