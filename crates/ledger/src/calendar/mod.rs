//! Exchange calendars.

/// A calendar of open days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar;
