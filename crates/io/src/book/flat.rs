//! Flat shards: one row a lot, of which those of one account stand together.

use std::cmp::Ordering;

use evenkeel::diagnostic::{Code, Diagnostic};

use super::columns::{Column, Columns, Offsets, Symbol};

/// Makes nested rows of flat ones. What is said of an account must be the same in each of its rows.
pub(crate) fn nested(file: &str, flat: &Columns) -> Result<Columns, Box<Diagnostic>> {
    let mut firsts: Vec<usize> = Vec::new();
    let mut lots: Vec<usize> = Vec::with_capacity(flat.accounts());
    let mut offsets = Vec::new();
    for row in 0..flat.accounts() {
        let order = firsts.last().map_or(Ordering::Less, |first| order(flat, *first, row));
        match (order, firsts.last()) {
            (Ordering::Greater, _) => {
                let message = format!("{file}: row {} stands after a row of a later household or account", row + 1);
                return Err(told(
                    message,
                    "sort the rows by household and account, so that none lies on both sides of a boundary; or write one row an account, \
                     its lots nested",
                ));
            }
            (Ordering::Equal, Some(first)) => {
                if let Some(column) = difference(flat, *first, row) {
                    let message = format!("{file}: row {} says another `{column}` of the account than row {}", row + 1, first + 1);
                    return Err(told(message, "say the same of an account in each of its rows"));
                }
            }
            _ => {
                offsets.push(lots.len());
                firsts.push(row);
            }
        }
        if flat.lots.symbol.get(row).is_some_and(|symbol| *symbol != Symbol::Absent) {
            lots.push(row);
        }
    }
    offsets.push(lots.len());
    Ok(taken(flat, &firsts, &lots, offsets))
}

fn told(message: String, help: &str) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(Code::BOOK, message).help(help))
}

/// How the account of one row stands to that of another.
fn order(flat: &Columns, one: usize, other: usize) -> Ordering {
    let key = |row: usize| {
        let text = |column: &super::columns::Texts| column.get(row).map(|text| text.data().to_vec());
        (text(&flat.household), text(&flat.account))
    };
    key(one).cmp(&key(other))
}

/// The first column in which two rows of one account differ.
fn difference(flat: &Columns, one: usize, other: usize) -> Option<&'static str> {
    macro_rules! compare {
        ($($column:ident),+) => {
            $(if !flat.$column.same(one, other) {
                return Some(stringify!($column));
            })+
        };
    }
    compare!(name, owner, spouse, birth_date, filing_status, jurisdiction, ordinary_rate, long_term_rate, state_rate);
    compare!(short_term_gains, long_term_gains, short_term_carried, long_term_carried, tax_treatment, basis_method, model);
    compare!(currency, cash, cash_minimum, flow, last_rebalance, last_review);
    let menu = |row: usize| flat.menus.of(row).map(|entry| flat.menu.get(entry)).collect::<Vec<_>>();
    (flat.has_menu.get(one) != flat.has_menu.get(other) || menu(one) != menu(other)).then_some("menu")
}

/// Accounts from their first rows, lots from all that have one.
fn taken(flat: &Columns, firsts: &[usize], lots: &[usize], offsets: Vec<usize>) -> Columns {
    let gathered = |offsets: &Offsets| {
        let (mut entries, mut of) = (Vec::new(), vec![0]);
        for row in firsts {
            entries.extend(offsets.of(*row));
            of.push(entries.len());
        }
        (entries, of)
    };
    let ((entries, menus), (sales, sales_of)) = (gathered(&flat.menus), gathered(&flat.loss_sales_of));
    macro_rules! accounts {
        ($($column:ident),+; $($other:ident: $value:expr),+) => {
            Columns { $($column: flat.$column.at(firsts),)+ $($other: $value),+ }
        };
    }
    accounts!(
        household, account, name, owner, spouse, birth_date, filing_status, jurisdiction, ordinary_rate, long_term_rate, state_rate,
        short_term_gains, long_term_gains, short_term_carried, long_term_carried, tax_treatment, basis_method, model, currency, cash,
        cash_minimum, flow, last_rebalance, last_review;
        menu: flat.menu.at(&entries),
        menus: Offsets(menus),
        has_menu: firsts.iter().map(|row| flat.has_menu.get(*row).copied().unwrap_or(false)).collect(),
        lots: flat.lots.at(lots),
        lots_of: Offsets(offsets),
        loss_symbol: sales.iter().filter_map(|sale| flat.loss_symbol.get(*sale).cloned()).collect(),
        loss_sold: flat.loss_sold.at(&sales),
        loss_sales_of: Offsets(sales_of)
    )
}

impl super::columns::Lots {
    /// The lots at these places, in their order.
    fn at(&self, lots: &[usize]) -> Self {
        use super::columns::LotNames;
        let symbol = lots.iter().filter_map(|lot| self.symbol.get(*lot).cloned()).collect();
        let lot = match &self.lot {
            LotNames::Numbers(numbers) => LotNames::Numbers(Column::at(numbers, lots)),
            LotNames::Texts(texts) => LotNames::Texts(Column::at(texts, lots)),
        };
        Self {
            symbol,
            lot,
            quantity: self.quantity.at(lots),
            cost_basis: self.cost_basis.at(lots),
            acquired: self.acquired.at(lots),
            held_since: self.held_since.at(lots),
        }
    }
}
