//! What the trades of a proposal do to taxes.

use evenkeel::boundary::to_f64;
use evenkeel::trade::{TaxReturn, Taxes};
use evenkeel::words;
use evenkeel_io::page::Page;
use evenkeel_ledger::number::Rate;

use super::number::{amount, change, percent};
use super::table::{Cell, Column, Table};

/// Returns, the budget, wash sales and what may not be bought; nothing where nobody is taxed.
pub fn render(taxes: &Taxes) -> Page {
    let mut table = Table::new([
        Column::Name("Return"),
        Column::Number("Short-term"),
        Column::Number("at"),
        Column::Number("Long-term"),
        Column::Number("at"),
        Column::Number("Before"),
        Column::Number("At rates"),
        Column::Number("Netted"),
    ]);
    for filed in &taxes.returns {
        table.row([
            filed.owners.join(" and ").into(),
            change(filed.short_term),
            rate(filed.short_term_rate),
            change(filed.long_term),
            rate(filed.long_term_rate),
            change(filed.before),
            change(filed.at_marginal_rates),
            change(filed.after_netting),
        ]);
    }
    let heading = "Taxes: gains realized, tax at marginal rates, and tax added to the year's after netting";
    let mut page = Page::new();
    page.table(heading, table);
    if page.is_empty() && !taxes.wash_sales.statement.is_empty() {
        page.heading("Taxes");
    }
    for sentence in sentences(taxes) {
        page.remark(&sentence);
    }
    page
}

fn rate(rate: Rate) -> Cell {
    percent(to_f64(rate.decimal()))
}

/// `Added for ann: ordinary rates +370.00, state +93.00.`
fn by_kind(filed: &TaxReturn) -> Option<String> {
    let kinds: Vec<String> = filed.by_kind.iter().map(|(name, tax)| format!("{} {}", name.replace('_', " "), change(*tax))).collect();
    (!kinds.is_empty()).then(|| format!("Added to the tax of {}: {}.", filed.owners.join(" and "), kinds.join(", ")))
}

fn sentences(taxes: &Taxes) -> Vec<String> {
    let mut told: Vec<String> = taxes.returns.iter().filter_map(by_kind).collect();
    if let Some(gains) = &taxes.gain_budget {
        told.push(format!(
            "Gain budget of {} a year: {} was left, and the trades realize {}.",
            words::amount(gains.budget),
            amount(gains.left_before),
            change(gains.realized)
        ));
    }
    told.extend(Some(taxes.wash_sales.statement.clone()).filter(|statement| !statement.is_empty()));
    for washed in &taxes.wash_sales.washed {
        let (symbol, account, lot) = (&washed.symbol, &washed.account, &washed.lot);
        told.push(format!("The loss of {} on lot {lot} of {symbol} in {account} is washed: {}.", change(washed.loss), washed.replacement));
    }
    for lock in &taxes.buy_locks {
        let symbols = lock.symbols.join(", ");
        told.push(format!("Do not buy {symbols} up to {}, in any account: sold at a loss on {}.", lock.until, lock.sold));
    }
    told.extend(taxes.notes.iter().map(|note| format!("Note: {note}.")));
    told
}
