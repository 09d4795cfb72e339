//! Taxes on realized gains: what a year's sales cost, exactly.
//!
//! A [`Jurisdiction`] is a country's rules in modules of its own: its table of amounts by year as data,
//! how sales are matched with purchases, how a year's gains net, what tax they cause. [`YearTax`] asks it
//! for the tax of a year as a function of more gains, which is what a choice among lots needs.
//!
//! All in exact decimals; nothing is rounded to the cent here. Which rules are modeled and which are not:
//! `docs/reference/tax-scope.md`. This is not tax advice.

// Why there is no answer.
pub mod error;

// Short-term and long-term gains and losses of a year against each other.
pub mod netting;

// What was held and what happened, and what rules make of it.
pub mod records;

// Who files one return.
pub mod filing;

// A country's rules behind one interface, and the list of countries.
pub mod jurisdiction;

// What tax the gains of a year cause, kind by kind.
pub mod assess;

// The United States.
pub mod us;

// The United Kingdom.
pub mod uk;

// What was assumed of distributions.
mod untold;

// The tax of a year as a function of more gains.
pub mod year;

// What one more unit of gain is taxed.
pub mod marginal;

// Which lots to sell, to give or to keep.
pub mod choice;

// What a year's disposals come to on one return.
pub mod report;

// What the tax year has brought so far.
pub mod so_far;

pub use assess::{Assessment, Liability, Settlement, YearGains};
pub use error::TaxError;
pub use filing::Filing;
pub use jurisdiction::{Jurisdiction, jurisdiction, sells_lots, tax_year};
pub use marginal::MarginalRates;
pub use netting::{Netting, net};
pub use records::{Disposals, DividendTest, Ground, Matching, OpenLoss, Records, RecordsError, Replaced, WashSale};
pub use report::{Known, ReportError, YearReport};
pub use so_far::{Unassessed, year_so_far};
pub use untold::untold;
pub use year::{Kink, YearTax};
