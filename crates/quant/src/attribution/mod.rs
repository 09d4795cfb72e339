//! Why it was earned: what decisions added against a benchmark, and how that adds up over time.
//!
//! Segments stand in any order, that of the result; weights are fractions of the whole at the beginning of a period and add up to
//! 1, returns are simple, of the period. Effects of a period add up to portfolio − benchmark exactly, linked effects to the
//! difference of the compounded returns. Source of what has no other: C. R. Bacon, *Practical Portfolio Performance Measurement and
//! Attribution*, 2nd ed. (2008), chapters 5 to 8.

// What cannot be attributed.
pub mod error;

// A part of portfolio and benchmark over a period.
pub mod segment;

// Allocation, selection and interaction of a period.
pub mod brinson;

// How effects of periods are made to add up to the compounded excess.
pub mod linking;

// Effects that compound instead of adding up.
pub mod geometric;

// A long history at once: effects by segment, linked.
pub mod history;

// Allocation level by level of a tree, and selection at its leaves.
pub mod levels;

// Markets and currencies apart.
pub mod currency;

// What each part contributed to a return.
pub mod contribution;

// Excess return by factors.
pub mod factors;

// Which mix of indices a fund has moved like.
pub mod style;

// How much of a return, and of its variation, the policy explains.
pub mod policy;
