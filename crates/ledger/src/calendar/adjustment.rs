//! [`BusinessDayAdjustment`]: where a date moves that is not a business day.

use std::fmt;
use std::str::FromStr;

/// Where a date moves that is not a business day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BusinessDayAdjustment {
    /// To the next business day.
    Following,
    /// To the next business day, or to the one before where that lies in another month.
    ModifiedFollowing,
    /// To the business day before.
    Preceding,
    /// To the business day before, or to the next one where that lies in another month.
    ModifiedPreceding,
    /// Nowhere: it stays, open or not.
    None,
}

/// A text that names no adjustment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a business-day adjustment: expected `following`, `modified_following`, `preceding`, `modified_preceding` or `none`")]
pub struct AdjustmentError(String);

impl BusinessDayAdjustment {
    /// Every adjustment.
    pub const ALL: [Self; 5] = [Self::Following, Self::ModifiedFollowing, Self::Preceding, Self::ModifiedPreceding, Self::None];

    /// Its name in documents, such as `modified_following`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Following => "following",
            Self::ModifiedFollowing => "modified_following",
            Self::Preceding => "preceding",
            Self::ModifiedPreceding => "modified_preceding",
            Self::None => "none",
        }
    }
}

impl FromStr for BusinessDayAdjustment {
    type Err = AdjustmentError;

    fn from_str(text: &str) -> Result<Self, AdjustmentError> {
        Self::ALL.into_iter().find(|adjustment| adjustment.as_str() == text).ok_or_else(|| AdjustmentError(text.to_owned()))
    }
}

impl fmt::Display for BusinessDayAdjustment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
