//! What is owned, exactly.
//!
//! The books: money, instruments, accounts, households, lots, calendars and the journal of
//! events that made them. No floating point, no clock, no files, no randomness.
//!
//! Data flows downward through this table of contents.

// The law of exact books: no floating point, no wrapping, no truncating cast. Nor any clock, file,
// environment or default random generator: see clippy.toml.
#![deny(clippy::float_arithmetic, clippy::arithmetic_side_effects, clippy::as_conversions, clippy::disallowed_methods)]

pub mod limits;

pub mod number;

pub mod date;

pub mod calendar;

pub mod schedule;

pub mod class;

pub mod instrument;

pub mod identical;

pub mod account;

pub mod household;

pub mod fx;

pub mod lot;

pub mod select;

pub mod holdings;

pub mod term;

pub mod event;

pub mod journal;

pub mod book;
