//! Which lots a disposal takes.

use serde::{Deserialize, Serialize};

/// In which order the lots of a position are sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LotMethod {
    /// Earliest acquired first.
    #[default]
    Fifo,
    /// Latest acquired first.
    Lifo,
    /// Highest cost a unit first.
    Hifo,
    /// Lowest cost a unit first.
    Lofo,
    /// Every lot in proportion, at average cost.
    AverageCost,
}
