//! `tax-year` for people.

use evenkeel_io::page::Page;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::Money;

use crate::command::Document;
use crate::evidence::{About, written};
use crate::render::number::{amount, change, counted, quantity};
use crate::render::sections::UNKNOWN;
use crate::render::table::{Cell, Column, Table};

use super::document::{PartTotals, ReturnDocument, TaxKind, TaxYearDocument};

/// Rows of a table that are shown; `--json` and `--csv` have all.
const SHOWN: usize = 200;

impl Document for TaxYearDocument {
    fn page(&self) -> Page {
        let mut page = Page::new();
        page.say(format!(
            "Household {}, tax year {}: {}; records from the evening of {} through {}.",
            self.household,
            self.year,
            counted(self.returns.len(), "return"),
            self.opening,
            self.through
        ));
        for tax_return in &self.returns {
            page.append(of_return(tax_return));
        }
        page.append(written(&self.written));
        page.item(&self.notice);
        page
    }

    fn about(&self) -> About {
        About { of: format!("Household {}, {}", self.household, self.year), as_of: None }
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}

fn of_return(tax_return: &ReturnDocument) -> Page {
    let who = tax_return.owners.join(" and ");
    let title = format!("Return of {who} ({}), {} to {}", tax_return.jurisdiction, tax_return.first, tax_return.last);
    let mut page = Page::new();
    page.heading(&title);
    for part in &tax_return.parts {
        page.append(disposals(part));
    }
    page.append(netting(tax_return));
    page.append(tax(tax_return));
    page.append(dividends(tax_return));
    page.append(wash_sales(tax_return));
    page.append(provisional(tax_return));
    for note in &tax_return.notes {
        page.item(note);
    }
    page
}

fn disposals(part: &PartTotals) -> Page {
    let mut table = Table::new([
        Column::Name("Description"),
        Column::Name("Acquired"),
        Column::Name("Sold"),
        Column::Number("Proceeds"),
        Column::Number("Basis"),
        Column::Name("Code"),
        Column::Number("Adjustment"),
        Column::Number("Gain"),
    ]);
    let date = |date: Option<Date>| date.map_or_else(|| UNKNOWN.to_owned(), |date| date.to_string());
    for row in part.disposals.iter().take(SHOWN) {
        let sold = date(row.sold) + if row.provisional_until.is_some() { " *" } else { "" };
        table.row([
            row.description.clone().into(),
            date(row.acquired).into(),
            sold.into(),
            amount(row.proceeds),
            amount(row.basis),
            row.code.clone().into(),
            some(row.adjustment),
            change(row.gain),
        ]);
    }
    if !part.disposals.is_empty() {
        let none = Cell::default;
        let (proceeds, basis) = (amount(part.proceeds), amount(part.basis));
        table.row(["Total".into(), none(), none(), proceeds, basis, none(), some(part.adjustment), change(part.gain)]);
    }
    remarked(part.heading, table, more(part.disposals.len()))
}

/// How many rows are not shown.
fn more(rows: usize) -> Option<String> {
    let more = rows.checked_sub(SHOWN).filter(|more| *more > 0)?;
    Some(format!("… and {}, which `--json` and for disposals `--csv` have.", counted(more, "more row")))
}

/// A table with a remark below it, where there is one.
fn remarked(heading: &str, table: Table, remark: Option<String>) -> Page {
    let mut page = Page::of_table(heading, table);
    if let Some(remark) = remark {
        page.remark(remark);
    }
    page
}

/// An amount, or nothing where there is none.
fn some(money: Money) -> Cell {
    if money.is_zero() { Cell::default() } else { amount(money) }
}

fn netting(tax_return: &ReturnDocument) -> Page {
    let netted = &tax_return.netted;
    let by_term = tax_return.parts.iter().any(|part| part.term.is_some());
    let mut table = Table::new(if by_term {
        vec![Column::Name(""), Column::Number("Short-term"), Column::Number("Long-term")]
    } else {
        vec![Column::Name(""), Column::Number("Amount")]
    });
    let mut row = |name: &str, short: Money, long: Money, always: bool| {
        if always || !short.is_zero() || !long.is_zero() {
            let amounts = [short, long].into_iter().skip(usize::from(!by_term)).map(change);
            table.row(std::iter::once(name.into()).chain(amounts));
        }
    };
    let zero = Money::zero(netted.short_term.currency());
    row("Gains and losses of the year", netted.short_term, netted.long_term, true);
    row("Losses carried in", netted.short_term_carried_in, netted.long_term_carried_in, false);
    row("Exempt", zero, netted.exempt.neg(), false);
    row("Taxed", netted.short_term_taxed, netted.long_term_taxed, true);
    row("Losses for the next year", netted.short_term_carried_out, netted.long_term_carried_out, false);
    let told = || format!("{} {} of loss reduces ordinary income.", amount(netted.deducted), netted.deducted.currency());
    remarked("Netting", table, netted.deducted.is_positive().then(told))
}

fn tax(tax_return: &ReturnDocument) -> Page {
    let mut table =
        Table::new([Column::Name("Tax"), Column::Number("With gains"), Column::Number("Without"), Column::Number("Caused by gains")]);
    let lines = &tax_return.tax;
    let is_shown = |kind: &&TaxKind| !kind.with_gains.is_zero() || !kind.without_gains.is_zero();
    for kind in lines.kinds.iter().filter(is_shown).chain([&lines.total]) {
        table.row([kind.kind.into(), amount(kind.with_gains), amount(kind.without_gains), change(kind.caused)]);
    }
    match lines.source {
        Some(source) => remarked("Tax by the tables of the year", table, Some(format!("Amounts: {source}."))),
        None => Page::of_table("Tax at stated marginal rates", table),
    }
}

fn dividends(tax_return: &ReturnDocument) -> Page {
    let has_exempt = tax_return.dividends.iter().any(|row| !row.exempt.is_zero());
    let mut columns = vec![
        Column::Name("Dividend"),
        Column::Name("Received"),
        Column::Name("Ex"),
        Column::Number("Gross"),
        Column::Number("Qualified"),
        Column::Number("Open"),
    ];
    columns.extend(has_exempt.then_some(Column::Number("Exempt")));
    let mut table = Table::new(columns);
    for row in tax_return.dividends.iter().take(SHOWN) {
        let ex = row.ex.map_or_else(|| UNKNOWN.to_owned(), |ex| ex.to_string());
        let cells = [
            row.symbol.clone().into(),
            row.received.to_string().into(),
            ex.into(),
            amount(row.gross),
            amount(row.qualified),
            some(row.open),
        ];
        table.row(cells.into_iter().chain(has_exempt.then(|| some(row.exempt))));
    }
    let heading = "Qualified dividends (held more than 60 days of the 121 around the ex-dividend date)";
    remarked(heading, table, more(tax_return.dividends.len()))
}

fn wash_sales(tax_return: &ReturnDocument) -> Page {
    let mut table = Table::new([
        Column::Name("Sold"),
        Column::Name("Loss of"),
        Column::Number("Units"),
        Column::Number("Not allowed"),
        Column::Name("Replaced by"),
        Column::Name("Bought"),
        Column::Name("Account"),
        Column::Number("New basis"),
    ]);
    for row in tax_return.wash_sales.iter().take(SHOWN) {
        let basis = match row.basis {
            _ if row.permanent => "lost".into(),
            Some(basis) => amount(basis),
            None => UNKNOWN.into(),
        };
        table.row([
            row.sold.to_string().into(),
            row.symbol.clone().into(),
            quantity(row.quantity),
            amount(row.loss),
            format!("{}, lot {}", row.replacement, row.lot).into(),
            row.acquired.to_string().into(),
            row.account.clone().into(),
            basis,
        ]);
    }
    remarked("Wash sales", table, more(tax_return.wash_sales.len()))
}

fn provisional(tax_return: &ReturnDocument) -> Page {
    let mut table =
        Table::new([Column::Name("Event"), Column::Name("Symbol"), Column::Number("Units"), Column::Number("Loss"), Column::Name("Until")]);
    for row in tax_return.provisional.iter().take(SHOWN) {
        table.row([
            row.event.to_string().into(),
            row.symbol.clone().into(),
            quantity(row.quantity),
            amount(row.loss),
            row.until.to_string().into(),
        ]);
    }
    let heading = "Provisional losses: a purchase through the day may still take them up";
    remarked(heading, table, more(tax_return.provisional.len()))
}
