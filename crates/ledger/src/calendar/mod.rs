//! Exchange calendars and schedules.
