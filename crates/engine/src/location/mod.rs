//! Where each class should live: what it costs a year to hold it in one account rather than another.
//!
//! Weights are of values before tax, as everywhere, and costs are taxes a year as a fraction of the value held:
//!
//! | account | cost a year | why |
//! |---|---|---|
//! | taxable | y (q λ + (1 − q) o) + t max(r − y, 0) λ | income is taxed as it is paid, growth as the holding realizes it |
//! | tax-deferred, exempt, untaxed | 0 | nothing is taxed along the way |
//!
//! | symbol | meaning | unit |
//! |---|---|---|
//! | y | yield, `yield` of the assumptions | fraction a year |
//! | q | share of it that is taxed like long-term gains, `qualified` | fraction |
//! | r | expected return, `expected_return` | fraction a year |
//! | t | share of growth realized inside the holding, `turnover` | fraction a year |
//! | o, λ | owner's marginal rates on ordinary income and long-term gains, the state's included | fraction |
//!
//! **Deferred accounts cost nothing a year**, though all that leaves them is taxed as ordinary income. The state owns
//! the share o of such an account: it puts up that share, bears that share of risk and takes that share of return. What
//! is left, 1 − o, grows untaxed, whatever the class, just as in an exempt account (Reichenstein 2006, "After-Tax Asset
//! Allocation", Financial Analysts Journal 62(4)). What location earns is the tax on what is held in the taxable account
//! instead, so that the highest-taxed yield goes where nothing is taxed first (Dammon, Spatt & Zhang 2004, "Optimal
//! Asset Location and Allocation with Taxable and Tax-Deferred Investing", Journal of Finance 59(3); Huang 2008,
//! "Taxable and Tax-Deferred Investing: A Tax-Arbitrage Approach", Review of Financial Studies 21(5)).
//!
//! In weights before tax an exempt account holds more for its owner than a deferred one. Among locations of equal cost
//! the class that is to grow most therefore goes to the exempt account: [`AnnualCost::shared_return`] is o r in a deferred
//! account, what the state takes of its return. It breaks ties and is no cost, as the state bears its risk too.
//!
//! Not counted: gains that are never realized, or only when a holding is sold; income that is free of tax by its kind
//! (state its cost in `[location]`); foreign tax that a deferred account cannot reclaim. Losses carried forward lower
//! no rate here: they run out, and hardly reach income.

// The costs of every sleeve in every account.
mod costs;

pub use costs::{AnnualCost, AnnualCosts, check_accounts};
