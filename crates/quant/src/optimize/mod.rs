//! The point of a feasible set that is best by a stated measure.

// Nearest point with bounded entries and a given sum.
pub mod projection;

// What of each row goes to each column, at least cost.
pub mod transport;

mod dense;

// Bounded entries whose combinations come nearest to what is wanted.
pub mod least_squares;

// The portfolio program in its standard form.
pub mod program;

// What a solver hands back.
pub mod solution;

// What must hold for a program to have an answer.
pub mod check;

// Names for the limits of a program.
pub mod limit;

// Quadratic programs by an active set.
pub mod active_set;

mod family;

// Portfolio programs by an interior point method that keeps the factor structure.
pub mod interior_point;

// The most excess return for a unit of volatility.
pub mod ratio;

// Every best trade of return for risk.
pub mod frontier;

// Whether a solution is what its backend says.
pub mod certify;

// General cones, by Clarabel.
pub mod conic;

mod priced_risk;

// A convex program, sent to the method that fits.
pub mod dispatch;

// Why no weights satisfy all limits.
pub mod conflict;

// Portfolios for a risk measure of scenario returns.
pub mod scenario;

// Weights that must choose: branch and bound over any convex backend.
pub mod integer;

// Trades of lots over accounts, with sizes, exclusions, orders and tax surfaces.
pub mod lots;

// A portfolio problem as its user states it, and the one way to solve it.
pub mod problem;
