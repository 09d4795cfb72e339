//! Which pieces of which lots to trade: a convex program by an interior point method that costs next to nothing a lot, a
//! bound that holds whatever the method found, and branch and bound over what is not convex.

// The program of trades in lots, in its standard form.
pub mod program;

// What must hold for a program to mean something.
pub mod check;

mod region;

// A value that no decision is below.
pub mod bound;

// The convex program, by an interior point method.
pub mod relax;

// What is not convex, by branch and bound.
pub mod branch;
