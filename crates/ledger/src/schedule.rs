//! When something is due.

/// A recurring date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schedule {
    /// Every open day.
    Daily,
}
