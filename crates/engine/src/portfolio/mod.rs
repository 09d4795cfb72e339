//! [`Portfolio`]: holdings, valued in the base currency and assigned to the leaves of the tree.

mod covariance;

mod look_through;

mod outlook;

mod sleeves;

// Which part of an instrument is selected.
pub mod select;

mod state;

mod value;

pub use covariance::{RiskUnknown, SleeveCovariance, class_covariance};
pub use look_through::{ClassPart, class_parts};
pub use outlook::{Average, FactorExposure, Outlook};
pub use sleeves::{Exposure, Sleeve, SleeveId, Sleeves};
pub use state::State;
pub use value::{AccountPortfolio, Portfolio, Position, ValuationError};
