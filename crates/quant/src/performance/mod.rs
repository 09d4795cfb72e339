//! What was earned: returns of a portfolio with flows, and every ratio by which they are judged.
//!
//! Measures of equal periods take simple returns, oldest first. Those that [`risk`](crate::risk) has are not made
//! again; those here follow C. R. Bacon, *Practical Portfolio Performance Measurement and Attribution*, 2nd ed.
//! (2008), and say where other conventions are about.

// Why there is no return.
pub mod error;

// Return of what was held, whatever came in and went out.
pub mod time_weighted;

// Return on the average capital, without values between flows.
pub mod dietz;

// The rates at which flows are worth nothing today: none, one or several.
pub mod money_weighted;

// What ratios are measured by, and returns and risks a year under it.
pub mod terms;

// A series as a part that follows the market and one that does not: alpha, Treynor, appraisal, Fama, M².
pub mod market_model;

// What a benchmark's rises and falls became: capture, number, percentage, bull and bear beta.
pub mod up_down;

// Ratios to losses below a level, and to gains above it.
pub mod partial_moment;

// Ratios to drawdowns and runs of losses.
pub mod loss;

// Ratios that look at the shape of a distribution, or at the order of returns.
pub mod shape;

// Every measure of a series at once, under its name.
pub mod measures;
