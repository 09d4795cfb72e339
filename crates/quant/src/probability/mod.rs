//! Distributions, and random numbers from a seed.

// The normal distribution.
pub mod normal;

// Random numbers from a seed, in streams that do not depend on one another.
pub mod random;

// Student's t distribution.
pub mod student;

// The χ² distribution.
pub mod chi_square;
