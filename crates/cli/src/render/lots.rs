//! Lots of taxable accounts, and the methods of choosing among them.

use evenkeel::boundary::to_f64;

use evenkeel_io::page::Page;

use crate::command::lots::{Lots, PositionLots};

use super::number::{amount, change, percent, price, quantity};
use super::sections::UNKNOWN;
use super::table::{Column, Table};

/// All positions.
pub fn render(lots: &Lots) -> Page {
    let mut page = Page::new();
    page.say(format!("Lots of household {} on {}, before costs of trading.", lots.household, lots.as_of));
    for position in &lots.positions {
        page.append(held(position));
        page.append(methods(position));
        for sentence in sentences(position) {
            page.remark(&sentence);
        }
    }
    page.say(lots.disclaimer);
    page
}

fn held(position: &PositionLots) -> Page {
    let mut table = Table::new([
        Column::Name("Lot"),
        Column::Name("Acquired"),
        Column::Number("Quantity"),
        Column::Number("Basis"),
        Column::Number("Value"),
        Column::Number("Gain"),
        Column::Name("Term"),
        Column::Number("Tax"),
    ]);
    for lot in &position.lots {
        table.row([
            lot.lot.to_string().into(),
            lot.acquired.map_or_else(|| UNKNOWN.into(), |date| date.to_string().into()),
            quantity(lot.quantity),
            lot.cost_basis.map_or_else(|| UNKNOWN.into(), amount),
            amount(lot.value),
            lot.gain.map_or_else(|| UNKNOWN.into(), change),
            lot.long_term.map_or(UNKNOWN, |long| if long { "long" } else { "short" }).into(),
            lot.tax.map_or_else(|| UNKNOWN.into(), change),
        ]);
    }
    let rate = |rate: evenkeel_ledger::number::Rate| percent(to_f64(rate.decimal()));
    let (short, long) = (rate(position.short_term_rate), rate(position.long_term_rate));
    let heading =
        format!("{} in {} at {}: tax at {short} short-term and {long} long-term", position.symbol, position.account, price(position.price));
    Page::of_table(&heading, table)
}

fn methods(position: &PositionLots) -> Page {
    let mut table = Table::new([
        Column::Name("Method"),
        Column::Number("Short-term"),
        Column::Number("Long-term"),
        Column::Number("Tax at rates"),
        Column::Number("After netting"),
        Column::Text("Lots"),
    ]);
    for way in &position.methods {
        let mut sold: Vec<String> = way.lots.iter().map(|(lot, units)| format!("{lot}: {}", quantity(*units))).collect();
        if !way.kept.is_zero() {
            sold.push(format!("{} kept", quantity(way.kept)));
        }
        table.row([
            way.method.replace('_', " ").into(),
            change(way.short_term),
            change(way.long_term),
            change(way.tax),
            way.tax_after_netting.map_or_else(|| UNKNOWN.into(), change),
            sold.join(", ").into(),
        ]);
    }
    Page::of_table(format!("Selling {} of {}", quantity(position.sold), position.symbol), table)
}

fn sentences(position: &PositionLots) -> Vec<String> {
    let ids = |lots: &[evenkeel_ledger::lot::LotId]| lots.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let mut told = Vec::new();
    for lot in &position.lots {
        if let Some((from, saved)) = lot.long_term_from.zip(lot.waiting_saves) {
            told.push(format!("Lot {} is long-term from {from}; waiting until then saves {} of tax.", lot.lot, amount(saved)));
        }
    }
    if !position.gifts.is_empty() {
        told.push(format!("To give to charity, the best first: {}.", ids(&position.gifts)));
    }
    if !position.step_up.is_empty() {
        told.push(format!("To keep for heirs, the best first: {}.", ids(&position.step_up)));
    }
    told.extend(position.notes.iter().map(|note| format!("Note: {note}.")));
    told
}
