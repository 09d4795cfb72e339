//! `[optimal]`.

use crate::document::Table;
use crate::policy::OptimalRules;

/// Least volatility of a class: with less no drift would count.
const LEAST_VOLATILITY: f64 = 0.01;

/// Shortest horizon, years.
const LEAST_HORIZON: f64 = 0.01;

pub(super) fn read(table: &Table<'_>) -> OptimalRules {
    let standard = OptimalRules::default();
    let risk_aversion = table
        .key("risk_aversion", "Price of variance against the target, a year: half of it × tracking error² is what drift costs.")
        .number()
        .at_least(0.0, "")
        .or(standard.risk_aversion);
    let horizon_years = table
        .key("horizon_years", "Years over which risk and location costs are counted.")
        .number()
        .at_least(LEAST_HORIZON, "years")
        .or(standard.horizon_years);
    let band_price = table
        .key("band_price", "What a unit of weight beyond its band costs, as a fraction of value: 1 keeps bands wherever they can be kept.")
        .number()
        .at_least(0.0, "")
        .or(standard.band_price);
    let later_tax = table
        .key("later_tax", "What a unit of tax put off is worth today: 0 where it is never paid, 1 where it is paid all the same.")
        .number()
        .fraction()
        .or(standard.later_tax);
    let class_volatility = table
        .key("class_volatility", "Volatility a year of each class against its target, where no covariance is assumed.")
        .number()
        .at_least(LEAST_VOLATILITY, "a year")
        .or(standard.class_volatility);
    OptimalRules { risk_aversion, horizon_years, band_price, later_tax, class_volatility }
}
