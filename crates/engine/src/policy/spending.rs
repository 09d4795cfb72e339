//! `[spending]`: what is paid out of the portfolio a year.

use evenkeel_quant::spending::Spending;

/// What is paid out, by a rule, in parts of the year.
#[derive(Debug, Clone, PartialEq)]
pub struct SpendingRules {
    /// The rule, with its floor and cap; amounts are in the base currency, a year.
    pub spending: Spending,
    /// Equal parts in which a year's amount is paid: 1, 4 or 12.
    pub payments_per_year: usize,
}

/// Values of a year that a rule observes, of which its moving average is made: the ends of quarters.
pub const OBSERVATIONS_PER_YEAR: usize = 4;
