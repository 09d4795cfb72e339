//! How uncertain a portfolio's return is.
//!
//! Measures of a return series take simple returns of equal periods, oldest first, and are losses:
//! positive where money is lost. They are of one period unless a factor of annualization is an
//! argument.

// What all measures ask of a return series, and the errors that say what it lacks.
pub mod series;

// Mean squared distance from the mean.
pub mod variance;

// Distance from the mean or from a level, counted on the side of losses or not squared.
pub mod deviation;

// How lopsided returns are, and how often they are extreme.
pub mod shape;

// Losses in the tail: VaR and CVaR.
pub mod tail;

// VaR and CVaR of distributions with given moments.
pub mod parametric;

// VaR and CVaR of skewed returns with fat tails.
pub mod cornish_fisher;

// Student's t, fitted.
pub mod student_fit;

// VaR and CVaR where recent observations count for more.
pub mod weighted_tail;

// Past returns at today's volatility.
pub mod volatility_filter;

// The far tail: losses over a threshold.
pub mod extreme;

// From the risk of a period to that of several.
pub mod horizon;

// Whether VaR and CVaR held.
pub mod exceptions;

// The tightest exponential bound of the tail: EVaR.
pub mod entropic;

// Losses since the last peak.
pub mod drawdown;

// What a series has earned.
pub mod performance;

// What a series has earned for its risk.
pub mod ratio;

// A series beside its benchmark: tracking error, beta, information ratio.
pub mod relative;

// All that is told of a series at once.
pub mod statistics;

// Measures over a window that moves along a series.
pub mod rolling;

// Volatility of the return over a benchmark, from weights and a covariance.
pub mod tracking_error;

// What each asset contributes to a portfolio's volatility.
pub mod decompose;

// What each position contributes to VaR and CVaR.
pub mod tail_parts;

// VaR and CVaR of many drawn scenarios.
pub mod monte_carlo;

// Which factors a portfolio's volatility comes from.
pub mod factor_parts;

// How few positions, or bets, a portfolio rests on.
pub mod concentration;
