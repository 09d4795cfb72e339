//! What a person reads: numbers, tables and diagnostics, at most [`WIDTH`] columns wide.

// Sentences about what is wrong, with the place.
pub mod diagnostics;

// The text of a proposal.
pub mod proposal;

// What the joint planner weighed, and what it proves.
pub mod optimum;

// What the sales of a proposal realize, added up.
pub mod realized;

// Losses to realize.
pub mod harvest;

// Where classes should live.
pub mod locate;

// Lots of taxable accounts.
pub mod lots;

// What trades do to taxes.
pub mod taxes;

// The risk of holdings on one screen.
pub mod risk;

// Shocks, crises and what would break a limit.
pub mod what_if;

// Many futures on one screen.
pub mod simulation;

// A page on a terminal.
pub mod page;

// Parts that several commands show.
pub mod sections;

// A series as one line.
pub mod sparkline;

// Numbers with grouped digits.
pub mod number;

// Tables with aligned numbers.
pub mod table;

// Paragraphs that fit the width.
pub mod text;

/// Columns that every output fits into.
pub const WIDTH: usize = 100;
