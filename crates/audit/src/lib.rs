//! x

// No clock, files, environment or random numbers that were not handed in: see clippy.toml.
#![deny(clippy::disallowed_methods)]
