//! Which pieces of which lots to trade: a convex program by an interior point method that costs next to nothing a lot, a
//! bound that holds whatever the method found, and branch and bound over what is not convex.

// The program in its standard form.
pub mod program;
