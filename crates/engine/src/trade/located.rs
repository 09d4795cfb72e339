//! Where classes should live, as a person reads it.

use evenkeel_ledger::account::TaxTreatment;
use evenkeel_ledger::number::Money;
use serde::Serialize;

use crate::location::AnnualCost;

/// Where each class should live, what that saves and what moving there costs. Amounts are in the base currency.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Located {
    /// What each account holds of each class, in the order of accounts and classes; what is empty is left out.
    pub places: Vec<Place>,
    /// What holding it costs a year.
    pub annual: AnnualComparison,
    /// What leads from today's location to the best, the exchange that saves most for its value first.
    pub moves: Vec<Move>,
    /// All moves together.
    pub all_moves: Payback,
    /// Those together that pay back in time.
    pub worthwhile_moves: Payback,
    /// Within how many years a move is to pay back.
    pub within_years: f64,
    /// What else should be known.
    pub notes: Vec<String>,
}

/// A class in an account.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Place {
    /// The account.
    pub account: String,
    /// How it is taxed.
    pub tax_treatment: TaxTreatment,
    /// The class.
    pub class: String,
    /// What it costs a year to hold it there, as a fraction of value.
    pub annual_cost: f64,
    /// Of which parts that is made.
    pub parts: AnnualCost,
    /// What is held, with the flows of the day.
    pub held: Money,
    /// What is held once classes are at their targets by the least trading.
    pub today: Money,
    /// What is held in the best location.
    pub best: Money,
}

/// What holding the same classes costs a year in three locations.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AnnualComparison {
    /// Where they are, at their targets by the least trading.
    pub today: AnnualAmount,
    /// Every account a mirror of the household, whether or not its menu allows that.
    pub mirror: AnnualAmount,
    /// In the best location.
    pub best: AnnualAmount,
}

/// An amount a year.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AnnualAmount {
    /// The amount.
    pub amount: Money,
    /// In basis points of the household's value.
    pub basis_points: f64,
}

/// An exchange of classes between accounts: each sells one and buys one, and the household holds what it held.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Move {
    /// What each account does.
    pub legs: Vec<Leg>,
    /// Value that each account sells and buys.
    pub value: Money,
    /// Net short-term gain that it realizes in taxable accounts; losses are below zero.
    pub short_term: Money,
    /// Net long-term gain.
    pub long_term: Money,
    /// What of the expected return the state takes less a year when it is withdrawn. No saving: its share of the risk goes too.
    pub return_kept_a_year: Money,
    /// What it saves and costs, after the moves before it.
    pub payback: Payback,
    /// Whether it pays back in time.
    pub pays_back: bool,
}

/// What one account does in a move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Leg {
    /// The account.
    pub account: String,
    /// The class that it sells.
    pub sell: String,
    /// The class that it buys.
    pub buy: String,
}

/// What moving saves and costs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Payback {
    /// What it saves a year.
    pub saved_a_year: Money,
    /// Tax of the year that its gains add, after netting; below zero where losses save more. `None` where a tax return
    /// cannot be made.
    pub tax: Option<Money>,
    /// Costs of trading.
    pub costs: Money,
    /// After how many years what it saves has paid for tax and costs; `None` where it saves nothing or the tax is not known.
    pub years: Option<f64>,
}
