//! `[tax]` and `[tax.harvest]`.

use evenkeel_ledger::identical::Identity;
use evenkeel_ledger::number::{Currency, Decimal, Money};

use crate::document::Table;
use crate::policy::{HarvestRules, TaxRules, WashSales};

pub(super) fn read(table: &Table<'_>, currency: Currency) -> TaxRules {
    let rules = TaxRules::new(currency);
    let identical = table
        .key("identical", "Which instruments count as one when a loss is held against a purchase: `related` reaches furthest.")
        .one_of(&[("instrument", Identity::Instrument), ("same_fund", Identity::SameFund), ("related", Identity::Related)])
        .or_else("related", || Identity::Related);
    let wash_sales = table
        .key("wash_sales", "What becomes of trades that would be wash sales: not proposed, or proposed and told.")
        .one_of(&[("avoid", WashSales::Avoid), ("allow", WashSales::Allow)])
        .or_else("avoid", || WashSales::Avoid);
    let gain_budget = table
        .key("gain_budget", "Most net gain to realize in a tax year, that of the year so far counted in.")
        .decimal()
        .at_least(Decimal::ZERO, "in the base currency")
        .optional();
    let harvest = table.table("harvest", "When a loss is worth realizing for itself.", |table| read_harvest(table, currency));
    TaxRules {
        identical,
        wash_sales,
        gain_budget: gain_budget.map(|budget| Money::new(budget, currency)),
        harvest: harvest.unwrap_or(rules.harvest),
    }
}

fn read_harvest(table: &Table<'_>, currency: Currency) -> HarvestRules {
    let amount = |name, about| {
        let amount = table.key(name, about).decimal().at_least(Decimal::ZERO, "in the base currency").or(Decimal::ZERO);
        Money::new(amount, currency)
    };
    let min_loss = amount("min_loss", "Least loss of one instrument in one account.");
    let min_benefit =
        amount("min_benefit", "Least that the tax saved is to be above the costs of selling, of the substitute, and of going back.");
    let min_loss_fraction =
        table.key("min_loss_fraction", "Least loss of a lot as a fraction of what it cost.").number().fraction().or(0.0);
    let max_tracking_error = table
        .key("max_tracking_error", "Most tracking error a year of the substitute against what is sold; needs a history of prices.")
        .number()
        .positive_fraction()
        .optional();
    let switch_back = table.key("switch_back", "Whether one goes back to what was sold once the window is over.").flag().or(true);
    HarvestRules { min_loss, min_loss_fraction, min_benefit, max_tracking_error, switch_back }
}
