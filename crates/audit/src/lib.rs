//! The independent auditor of proposals.
//!
//! From plain records (what is owned, what things cost, what the rules are, what is proposed) it
//! recomputes quantities, amounts, costs, cash, lots, gains and limits, and objects to whatever
//! does not hold. It shares no code with what makes the proposals: it knows the ledger's numbers,
//! dates and records, and does its own arithmetic on them.
//!
//! An [`Auditor`] is bound once to the rules and the market of a day; auditing a household is then
//! a walk over its lots and trades.

// No clock, files, environment or random numbers that were not handed in: see clippy.toml.
#![deny(clippy::disallowed_methods)]

mod auditor;

mod cash;

mod limit;

mod lots;

mod objection;

mod record;

mod term;

mod trade;

mod variance;

mod wash;

pub use auditor::Auditor;
pub use objection::{Objection, Rule};
pub use record::{
    Attribute, Books, Bound, CashLine, ClassRisk, ClassScore, CostRules, Costs, Identity, Limit, LotSale, Market, Measure, Rules,
    Selection, Side, Trade, TradeList,
};
