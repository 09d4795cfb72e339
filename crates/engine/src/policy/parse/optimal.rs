//! `[optimal]`.

use crate::document::Table;
use crate::policy::OptimalRules;

/// Least volatility of a class: with less no drift would count.
const LEAST_VOLATILITY: f64 = 0.01;

/// Highest volatility of a class.
const MOST_VOLATILITY: f64 = 10.0;

/// Shortest and longest horizon, years.
const LEAST_HORIZON: f64 = 0.01;
const MOST_HORIZON: f64 = 100.0;

/// Highest price of risk, and of bands: beyond it nothing else would count.
const MOST_PRICE: f64 = 100_000.0;

pub(super) fn read(table: &Table<'_>) -> OptimalRules {
    let standard = OptimalRules::default();
    let risk_aversion = table
        .key("risk_aversion", "Price of variance against the target, a year: half of it × tracking error² is what drift costs.")
        .number()
        .between(0.0, MOST_PRICE, "")
        .or(standard.risk_aversion);
    let horizon_years = table
        .key("horizon_years", "Years over which risk and location costs are counted.")
        .number()
        .between(LEAST_HORIZON, MOST_HORIZON, "years")
        .or(standard.horizon_years);
    let band_price = table
        .key("band_price", "What a unit of weight beyond its band costs, as a fraction of value: 1 keeps bands wherever they can be kept.")
        .number()
        .between(0.0, MOST_PRICE, "")
        .or(standard.band_price);
    let later_tax = table
        .key("later_tax", "What a unit of tax put off is worth today: 0 where it is never paid, 1 where it is paid all the same.")
        .number()
        .fraction()
        .or(standard.later_tax);
    let class_volatility = table
        .key("class_volatility", "Volatility a year of a class against its target, where none is assumed.")
        .number()
        .between(LEAST_VOLATILITY, MOST_VOLATILITY, "a year")
        .or(standard.class_volatility);
    OptimalRules { risk_aversion, horizon_years, band_price, later_tax, class_volatility }
}
