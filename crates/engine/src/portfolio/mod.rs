//! [`Portfolio`]: holdings, valued in the base currency and assigned to the leaves of the tree.

mod sleeves;

mod value;

pub use sleeves::{Exposure, Sleeve, SleeveId, Sleeves};
pub use value::{AccountPortfolio, Portfolio, Position, ValuationError};
