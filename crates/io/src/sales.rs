//! `sales.csv`: earlier sales of the household, for wash sales.

use evenkeel::diagnostic::{Code, SourceText};
use evenkeel::document::{Parsed, did_you_mean};
use evenkeel::trade::LossSale;
use evenkeel_ledger::account::TaxTreatment;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::household::Household;
use evenkeel_ledger::instrument::Universe;

use crate::intern::Symbols;
use crate::mapping::Mapping;
use crate::table::{Format, Further, Reject, Table, columns};

columns! {
    DATE = "date" Required Date, "Trade date of the sale.";
    ACCOUNT = "account" Required Text, "Id of an account of `household.toml`.";
    SYMBOL = "symbol" Required Symbol, "Symbol of an instrument of `instruments.csv`.";
    GAIN = "gain" Optional Decimal, "What it realized; below zero for a loss. Empty: not known, which counts as a loss.";
}

/// The columns of `sales.csv`.
pub const FORMAT: Format = Format {
    title: "sales.csv",
    about: "One row for each sale of the last 30 days; earlier ones may stand there too. What a taxable account sold at a loss within 30 days is not bought back in any account. Where there is a journal, sales are read from it.",
    columns: COLUMNS,
    further: Further::Refused,
    directives: &[],
    rules: &[
        "Rows may stand in any order. Sales at a gain, and in accounts whose gains are not taxed, change nothing.",
        "A date after the date of the decision is an error, as is an account or symbol that is not known.",
    ],
};

/// Reads the sales at a loss up to a date.
pub fn read(
    source: SourceText<'_>,
    mapping: Option<&Mapping>,
    household: &Household,
    universe: &Universe,
    as_of: Date,
) -> Parsed<Vec<LossSale>> {
    let mut table = Table::open(source, &FORMAT, mapping);
    let symbols = Symbols::new(universe);
    let mut sales = Vec::new();
    while let Some(mut row) = table.next_row() {
        let sold = row.date_until(DATE, as_of);
        let account = row.parse(ACCOUNT, |id| {
            let known = household.accounts.iter().map(|account| account.id.as_str());
            let help = did_you_mean(id, known, "add the account to the household file");
            let found = household.accounts.iter().find(|account| account.id == id);
            found.ok_or_else(|| Reject::new(Code::UNKNOWN_ACCOUNT, "is not an account of the household", help))
        });
        let instrument = row.parse(SYMBOL, |symbol| symbols.find(symbol));
        let gain = row.decimal(GAIN);
        let (Some(sold), Some(account), Some(instrument), false) = (sold, account, instrument, row.is_bad()) else { continue };
        let is_loss = gain.is_none_or(evenkeel_ledger::number::Decimal::is_negative);
        if is_loss && account.tax_treatment == TaxTreatment::Taxable {
            sales.push(LossSale { instrument, sold });
        }
    }
    sales.sort_by_key(|sale: &LossSale| (sale.sold, sale.instrument));
    sales.dedup();
    table.finish(false, sales)
}
