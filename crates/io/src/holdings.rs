//! `holdings.csv`: what each account holds on a date, by position or by lot.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use evenkeel::diagnostic::{Code, Diagnostic, SourceText};
use evenkeel::document::{Parsed, did_you_mean};
use evenkeel_ledger::account::{BasisMethod, TaxTreatment};
use evenkeel_ledger::date::Date;
use evenkeel_ledger::holdings::{AccountHoldings, Holdings};
use evenkeel_ledger::household::Household;
use evenkeel_ledger::instrument::Universe;
use evenkeel_ledger::lot::{Lot, LotId};
use evenkeel_ledger::number::{Currency, Decimal, Money, Quantity};

use crate::intern::Symbols;
use crate::mapping::Mapping;
use crate::table::{self, DirectiveFormat, Format, Further, Reject, Row, RowPlace, Table, columns};

/// What the symbol of a cash row begins with; the currency follows.
pub const CASH_PREFIX: &str = "CASH:";

columns! {
    ACCOUNT = "account" Required Text, "Id of an account of `household.toml`.";
    SYMBOL = "symbol" Required Symbol, "Symbol of an instrument of `instruments.csv`, or `CASH:` and a currency, such as `CASH:USD`.";
    QUANTITY = "quantity" Required Decimal, "Units; for cash the amount.";
    LOT = "lot" Optional Text, "Name of the lot, unique for its account and symbol. Empty: the date in `acquired`, or `position`.";
    ACQUIRED = "acquired" Optional Date, "Trade date on which the lot was opened.";
    COST_BASIS = "cost_basis" Optional Decimal, "What the whole lot cost (not a unit), in the account's currency; for a short lot what it brought, below zero.";
    HELD_SINCE = "held_since" Optional Date, "Start of the holding period where it is tacked to an earlier one (gift, wash sale, spin-off). Empty: `acquired`.";
}

const SHORT_POSITIONS: &str = "short_positions";

/// The columns of `holdings.csv`.
pub const FORMAT: Format = Format {
    title: "holdings.csv",
    about: "One row for each lot, or one for each position whose lots are not known, and one for each balance of cash.",
    columns: COLUMNS,
    further: Further::Refused,
    directives: &[DirectiveFormat {
        key: SHORT_POSITIONS,
        about: "`allowed` where quantities below zero are meant; otherwise they are errors.",
    }],
    rules: &[
        "Cash is a row with the symbol `CASH:USD`: `quantity` is the amount, the columns of lots stay empty. Cash below zero is used and warned of.",
        "A quantity below zero is an error unless the file says `# short_positions: allowed`; a quantity of zero is warned of and left out.",
        "A date after the date of the holdings is an error, as is a `held_since` after `acquired`.",
        "Two rows with one account, symbol and lot are an error; so are two rows without lot names for one account, symbol and date, and two balances of one currency.",
        "An account or symbol that is not known is an error.",
        "Lots in taxable accounts without cost basis or date are warned of, once for all: their gain, or their term, cannot be told.",
        "A cost basis whose sign is not that of the quantity is an error; zero is allowed.",
    ],
};

/// Holdings being read.
struct Reading<'a> {
    household: &'a Household,
    symbols: Symbols<'a>,
    as_of: Date,
    shorts_allowed: bool,
    /// The account of the row before: rows of one account mostly stand together.
    last_account: usize,
    lots: Vec<Vec<Lot>>,
    lot_places: Vec<Vec<RowPlace>>,
    cash: BTreeMap<(usize, Currency), (Money, RowPlace)>,
    incomplete: Incomplete,
}

/// Lots in taxable accounts that lack their cost basis or date of purchase: a custodian's list of
/// positions has nothing else, and is told once.
#[derive(Default)]
struct Incomplete {
    lots: usize,
    first: Option<(RowPlace, usize, String)>,
}

/// Reads holdings as of a date.
pub fn read(
    source: SourceText<'_>,
    mapping: Option<&Mapping>,
    household: &Household,
    universe: &Universe,
    as_of: Date,
) -> Parsed<Holdings> {
    let mut table = Table::open(source, &FORMAT, mapping);
    let shorts_allowed = match table.directive(SHORT_POSITIONS) {
        None => false,
        Some("allowed") => true,
        Some(other) => {
            let message = format!("`# {SHORT_POSITIONS}: {other}` is not known");
            table.report_directive(
                SHORT_POSITIONS,
                Diagnostic::error(Code::NOT_A_CHOICE, message).help(format!("write `# {SHORT_POSITIONS}: allowed`, or leave it out")),
            );
            false
        }
    };
    let accounts = household.accounts.len();
    let mut reading = Reading {
        household,
        symbols: Symbols::new(universe),
        as_of,
        shorts_allowed,
        last_account: 0,
        lots: vec![Vec::new(); accounts],
        lot_places: vec![Vec::new(); accounts],
        cash: BTreeMap::new(),
        incomplete: Incomplete::default(),
    };
    while let Some(mut row) = table.next_row() {
        reading.row(&mut row);
    }
    reading.report_duplicate_lots(&mut table);
    reading.incomplete.report(&mut table);
    let holdings = reading.finish(&mut table);
    table.finish(false, holdings)
}

/// A symbol that is not known, with the remedy where cash is meant: the word, or the currency of an account.
fn as_cash(symbol: &str, household: &Household, unknown: Reject) -> Reject {
    let is_kept = |currency: Currency| household.accounts.iter().any(|account| account.currency == currency);
    let is_cash = symbol.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("cash")) || table::currency(symbol).is_ok_and(is_kept);
    if is_cash { Reject { help: "write cash as CASH: and its currency, such as CASH:USD".to_owned(), ..unknown } } else { unknown }
}

impl Reading<'_> {
    fn row(&mut self, row: &mut Row<'_, '_>) {
        let account = self.account(row);
        if let Some(symbol) = row.text(SYMBOL)
            && let Some(currency) = symbol.strip_prefix(CASH_PREFIX)
        {
            self.cash_row(row, account, currency);
            return;
        }
        let instrument = row.parse(SYMBOL, |symbol| self.symbols.find(symbol).map_err(|unknown| as_cash(symbol, self.household, unknown)));
        let quantity = row.decimal(QUANTITY).map(Quantity::new);
        let acquired = row.date_until(ACQUIRED, self.as_of);
        let held_since = row.date_until(HELD_SINCE, self.as_of);
        let cost_basis = row.decimal(COST_BASIS);
        let id = lot_id(row);
        let (Some(account), Some(instrument), Some(quantity), false) = (account, instrument, quantity, row.is_bad()) else { return };
        if !self.lot_is_sound(row, quantity, cost_basis, acquired, held_since) {
            return;
        }
        let Some(holder) = self.household.accounts.get(account) else { return };
        // A pool has no dates.
        let is_whole = holder.basis_method == BasisMethod::Pooled && cost_basis.is_some();
        if holder.tax_treatment == TaxTreatment::Taxable && !is_whole {
            self.incomplete.note(row, cost_basis, acquired);
        }
        let cost_basis = cost_basis.map(|basis| Money::new(basis, holder.currency));
        let lot = Lot { id, instrument, quantity, cost_basis, acquired, held_since: held_since.or(acquired) };
        if let (Some(lots), Some(places)) = (self.lots.get_mut(account), self.lot_places.get_mut(account)) {
            lots.push(lot);
            places.push(row.place());
        }
    }

    fn account(&mut self, row: &mut Row<'_, '_>) -> Option<usize> {
        let accounts = &self.household.accounts;
        let last = accounts.get(self.last_account).map(|account| account.id.as_str());
        let found = row.parse(ACCOUNT, |id| {
            if last == Some(id) {
                return Ok(self.last_account);
            }
            self.household.account_index(id).ok_or_else(|| {
                let help = did_you_mean(id, accounts.iter().map(|account| account.id.as_str()), "add the account to the household file");
                Reject::new(Code::UNKNOWN_ACCOUNT, "is not an account of the household", help)
            })
        })?;
        self.last_account = found;
        Some(found)
    }

    fn cash_row(&mut self, row: &mut Row<'_, '_>, account: Option<usize>, currency: &str) {
        let currency = table::currency(currency).ok();
        if currency.is_none() {
            let help = "write CASH: and three capital letters, such as CASH:USD";
            row.reject(SYMBOL, &Reject::not_a_value("does not name a currency", help));
        }
        for column in [LOT, ACQUIRED, COST_BASIS, HELD_SINCE] {
            if row.text(column).is_some() {
                row.reject(column, &Reject::range("says nothing of cash", "leave it empty in rows of cash"));
            }
        }
        let amount = row.decimal(QUANTITY);
        let (Some(account), Some(currency), Some(amount), false) = (account, currency, amount, row.is_bad()) else { return };
        if amount.is_negative() {
            let message = format!("the cash is {amount} {currency}: the account is overdrawn");
            row.report(
                QUANTITY,
                Diagnostic::warning(Code::BELOW_ZERO, message).help("check the balance; the overdraft is paid back when cash is raised"),
            );
        }
        match self.cash.entry((account, currency)) {
            Entry::Vacant(entry) => {
                entry.insert((Money::new(amount, currency), row.place()));
            }
            Entry::Occupied(earlier) => {
                let problem = format!("has a balance on line {} already", earlier.get().1.line());
                row.reject(SYMBOL, &Reject::new(Code::DUPLICATE_ROW, problem, "add the two balances up in one row"));
            }
        }
    }

    /// Whether the values of a lot fit together.
    fn lot_is_sound(
        &self,
        row: &mut Row<'_, '_>,
        quantity: Quantity,
        cost_basis: Option<Decimal>,
        acquired: Option<Date>,
        held_since: Option<Date>,
    ) -> bool {
        if quantity.is_zero() {
            let message = "the quantity is zero; the row is left out".to_owned();
            row.report(QUANTITY, Diagnostic::warning(Code::VALUE_RANGE, message).help("remove the row"));
            return false;
        }
        if quantity.is_negative() && !self.shorts_allowed {
            let help = format!("write the units held, or begin the file with `# {SHORT_POSITIONS}: allowed` where the position is short");
            row.reject(QUANTITY, &Reject::new(Code::BELOW_ZERO, "is below zero", help));
        }
        if cost_basis.is_some_and(|basis| !basis.is_zero() && basis.is_negative() != quantity.is_negative()) {
            let help = "write what a long lot cost as a number above zero, what a short lot brought as one below zero";
            row.reject(COST_BASIS, &Reject::range("has not the sign of the quantity", help));
        }
        match (held_since, acquired) {
            (Some(since), Some(acquired)) if since > acquired => {
                row.reject(
                    HELD_SINCE,
                    &Reject::range(
                        format!("lies after the date {acquired} in `acquired`"),
                        "a holding period begins on that day or earlier",
                    ),
                );
            }
            (Some(_), None) => {
                row.reject(HELD_SINCE, &Reject::range("says nothing without `acquired`", "write the date of purchase in `acquired`"));
            }
            _ => {}
        }
        !row.is_bad()
    }

    /// Reports lots that have the account, symbol and name of an earlier one.
    fn report_duplicate_lots(&self, table: &mut Table<'_>) {
        for (lots, places) in self.lots.iter().zip(&self.lot_places) {
            let mut order: Vec<usize> = (0..lots.len()).collect();
            let key = |index: &usize| lots.get(*index).map(|lot| (lot.instrument, &lot.id));
            order.sort_by(|a, b| key(a).cmp(&key(b)));
            for pair in order.windows(2) {
                let [earlier, later] = pair else { continue };
                let (Some(first), Some(place)) = (places.get(*earlier), places.get(*later)) else { continue };
                if key(earlier) != key(later) {
                    continue;
                }
                let name = lots.get(*later).map(|lot| lot.id.to_string()).unwrap_or_default();
                let problem = format!("has the lot `{name}` on line {} already", first.line());
                let help = "remove one of the two rows, or give each lot a name of its own in `lot`";
                table.at(*place, |row| row.reject(SYMBOL, &Reject::new(Code::DUPLICATE_ROW, problem, help)));
            }
        }
    }

    fn finish(self, table: &mut Table<'_>) -> Holdings {
        let mut cash: Vec<Vec<Money>> = vec![Vec::new(); self.lots.len()];
        for ((account, _), (money, _)) in self.cash {
            if let Some(cash) = cash.get_mut(account) {
                cash.push(money);
            }
        }
        let accounts = self.lots.into_iter().zip(cash).map(|(lots, cash)| {
            AccountHoldings::new(lots, cash).unwrap_or_else(|error| {
                table.report(Diagnostic::error(Code::VALUE_RANGE, error.to_string()).help("check the amounts of cash"));
                AccountHoldings::default()
            })
        });
        let accounts = accounts.collect();
        Holdings { as_of: self.as_of, accounts }
    }
}

/// The lot's own name; without one its date, so that no lot's name depends on the order of rows.
fn lot_id(row: &mut Row<'_, '_>) -> LotId {
    let name = row.text(LOT).or_else(|| row.text(ACQUIRED)).unwrap_or(Cow::Borrowed("position"));
    // Cannot fail: every text is a lot's name.
    name.parse().unwrap_or(LotId::Number(0))
}

impl Incomplete {
    fn note(&mut self, row: &Row<'_, '_>, cost_basis: Option<Decimal>, acquired: Option<Date>) {
        let (column, lacks, follows) = match (cost_basis, acquired) {
            (Some(_), Some(_)) => return,
            (None, Some(_)) => (COST_BASIS, "cost basis", "its gain cannot be told"),
            (Some(_), None) => (ACQUIRED, "date of purchase", "its term cannot be told"),
            (None, None) => (QUANTITY, "cost basis and date of purchase", "neither its gain nor its term can be told"),
        };
        self.lots += 1;
        self.first.get_or_insert_with(|| (row.place(), column, format!("the lot is in a taxable account and has no {lacks}: {follows}")));
    }

    fn report(&self, table: &mut Table<'_>) {
        let Some((place, column, message)) = &self.first else { return };
        let message = match self.lots - 1 {
            0 => message.clone(),
            1 => format!("{message}; 1 more lot lacks one or both"),
            others => format!("{message}; {others} more lots lack one or both"),
        };
        let told = Diagnostic::warning(Code::INCOMPLETE_LOT, message).help("write them from the custodian's lot report");
        table.at(*place, |row| row.report(*column, told));
    }
}
