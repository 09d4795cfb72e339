//! The format of a shard: one row an account, its lots nested in it.
//!
//! [`FIELDS`] says every column once; the schema that is written, the checks on what is read and the
//! reference of the format all come from it.

use std::fmt::Write as _;

use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::Decimal;
use parquet::errors::ParquetError;

use super::leaf::{Leaf, Level, write};

/// Version of the format of shards.
pub const SCHEMA_VERSION: u32 = 1;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// An exact decimal of at most nine places.
    Decimal,
    /// A date.
    Date,
    /// A whole number or a text that names a lot.
    LotName,
}

/// Where a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Once an account.
    Account,
    /// In the list of what the account may buy.
    Menu,
    /// In the list of the account's lots.
    Lot,
    /// In the list of sales at a loss of the last 30 days.
    LossSale,
}

impl Place {
    /// The name of the list; empty outside of lists.
    pub const fn list(self) -> &'static str {
        match self {
            Self::Account => "",
            Self::Menu => "menu",
            Self::Lot => "lots",
            Self::LossSale => "loss_sales",
        }
    }
}

/// One column of a shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Where it stands.
    pub place: Place,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may be null, or left out altogether.
    pub optional: bool,
    /// What it means.
    pub about: &'static str,
}

const fn needed(place: Place, name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field { name, place, kind, optional: false, about }
}

const fn optional(place: Place, name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field { name, place, kind, optional: true, about }
}

/// Every column, in the order in which shards are written.
pub const FIELDS: [Field; 33] = [
    needed(Place::Account, "household", Kind::Text, "The household: rows are in ascending order of it."),
    needed(Place::Account, "account", Kind::Text, "The account, unique in the household."),
    optional(Place::Account, "name", Kind::Text, "The account's name for people."),
    needed(Place::Account, "owner", Kind::Text, "Its owner; what is said of an owner is the same in every row."),
    optional(Place::Account, "spouse", Kind::Text, "The owner's spouse, who owns an account of the household too."),
    optional(Place::Account, "birth_date", Kind::Date, "The owner's date of birth."),
    needed(Place::Account, "filing_status", Kind::Text, "How the owner files, as in `household.toml`."),
    needed(Place::Account, "jurisdiction", Kind::Text, "Where the owner is taxed: `US`, `US-CA`, `GB`."),
    needed(Place::Account, "ordinary_rate", Kind::Decimal, "Marginal rate on ordinary income, a fraction."),
    needed(Place::Account, "long_term_rate", Kind::Decimal, "Marginal rate on long-term gains, a fraction."),
    needed(Place::Account, "state_rate", Kind::Decimal, "Marginal rate of the state on both, a fraction."),
    optional(Place::Account, "short_term_gains", Kind::Decimal, "The owner's short-term gains of the year so far; losses below zero."),
    optional(Place::Account, "long_term_gains", Kind::Decimal, "The owner's long-term gains of the year so far; losses below zero."),
    optional(Place::Account, "short_term_carried", Kind::Decimal, "Short-term losses carried into the year, zero or below."),
    optional(Place::Account, "long_term_carried", Kind::Decimal, "Long-term losses carried into the year, zero or below."),
    needed(Place::Account, "tax_treatment", Kind::Text, "How the account is taxed, as in `household.toml`."),
    optional(Place::Account, "basis_method", Kind::Text, "How basis is found, as in `household.toml`; `lots` where it is null."),
    needed(Place::Account, "model", Kind::Text, "The model in `book.toml` by which the household is run: one for all its rows."),
    needed(Place::Account, "currency", Kind::Text, "The account's currency, of its cash and of the basis of its lots."),
    needed(Place::Account, "cash", Kind::Decimal, "Cash held."),
    optional(Place::Account, "cash_minimum", Kind::Decimal, "Cash that must stay."),
    optional(
        Place::Account,
        "flow",
        Kind::Decimal,
        "Money that comes in on the day, in the account's currency, which is to be the policy's; below zero where it goes out.",
    ),
    optional(Place::Account, "last_rebalance", Kind::Date, "When the household was last traded: the latest of its rows counts."),
    optional(Place::Account, "last_review", Kind::Date, "When the household was last looked at: the latest of its rows counts."),
    optional(Place::Menu, "menu", Kind::Text, "The symbols that the account may buy; any, where it is null."),
    needed(Place::Lot, "symbol", Kind::Text, "The instrument."),
    needed(Place::Lot, "lot", Kind::LotName, "The lot's number or name, unique in the account and instrument."),
    needed(Place::Lot, "quantity", Kind::Decimal, "Units, above zero."),
    optional(Place::Lot, "cost_basis", Kind::Decimal, "What the whole lot cost, in the account's currency."),
    optional(Place::Lot, "acquired", Kind::Date, "Trade date of the purchase."),
    optional(Place::Lot, "held_since", Kind::Date, "Start of the holding period where it is tacked to an earlier one."),
    optional(Place::LossSale, "symbol", Kind::Text, "What was sold at a loss: what counts as identical is not bought back for 30 days."),
    optional(Place::LossSale, "sold", Kind::Date, "When it was sold."),
];

/// The schema of a shard as it is written.
fn schema() -> String {
    let mut text = String::from("message shard {\n");
    for field in FIELDS.iter().filter(|field| field.place == Place::Account) {
        let _ = writeln!(text, "{} {};", if field.optional { "optional" } else { "required" }, column(field, field.name));
    }
    text.push_str("optional group menu (LIST) { repeated group list { required binary element (UTF8); } }\n");
    text.push_str("required group lots (LIST) { repeated group list { required group element {\n");
    for field in FIELDS.iter().filter(|field| field.place == Place::Lot) {
        let _ = writeln!(text, "{} {};", if field.optional { "optional" } else { "required" }, column(field, field.name));
    }
    text.push_str("} } }\n");
    text.push_str("required group loss_sales (LIST) { repeated group list { required group element {\n");
    text.push_str("required binary symbol (UTF8);\nrequired int32 sold (DATE);\n} } }\n}");
    text
}

fn column(field: &Field, name: &str) -> String {
    match field.kind {
        Kind::Text => format!("binary {name} (UTF8)"),
        Kind::Decimal => format!("int64 {name} (DECIMAL(18,9))"),
        Kind::Date => format!("int32 {name} (DATE)"),
        Kind::LotName => format!("int64 {name}"),
    }
}

/// One account, as a shard says it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "named after the columns, which `FIELDS` describes")]
pub struct AccountRow {
    pub household: String,
    pub account: String,
    pub name: Option<String>,
    pub owner: String,
    pub spouse: Option<String>,
    pub birth_date: Option<Date>,
    pub filing_status: String,
    pub jurisdiction: String,
    pub ordinary_rate: Decimal,
    pub long_term_rate: Decimal,
    pub state_rate: Decimal,
    pub short_term_gains: Option<Decimal>,
    pub long_term_gains: Option<Decimal>,
    pub short_term_carried: Option<Decimal>,
    pub long_term_carried: Option<Decimal>,
    pub tax_treatment: String,
    pub basis_method: Option<String>,
    pub model: String,
    pub currency: String,
    pub cash: Decimal,
    pub cash_minimum: Option<Decimal>,
    pub flow: Option<Decimal>,
    pub last_rebalance: Option<Date>,
    pub last_review: Option<Date>,
    pub menu: Option<Vec<String>>,
    pub lots: Vec<LotRow>,
    pub loss_sales: Vec<(String, Date)>,
}

/// One lot, as a shard says it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "named after the columns, which `FIELDS` describes")]
pub struct LotRow {
    pub symbol: String,
    pub lot: i64,
    pub quantity: Decimal,
    pub cost_basis: Option<Decimal>,
    pub acquired: Option<Date>,
    pub held_since: Option<Date>,
}

/// Writes shards: rows are pushed in their order, and the file is made at the end.
///
/// ```
/// use evenkeel_io::book::{AccountRow, LotRow, ShardWriter};
/// let mut writer = ShardWriter::new();
/// let lots = vec![LotRow { symbol: "VTI".into(), lot: 1, quantity: "10".parse()?, ..LotRow::default() }];
/// writer.push(&AccountRow { household: "smith".into(), account: "ira".into(), lots, ..AccountRow::default() });
/// let bytes = writer.finish()?;
/// assert!(bytes.starts_with(b"PAR1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ShardWriter {
    leaves: Vec<Leaf>,
}

impl Default for ShardWriter {
    fn default() -> Self {
        Self::new()
    }
}

impl ShardWriter {
    /// A shard without rows.
    pub fn new() -> Self {
        let leaf = |field: &Field| match field.kind {
            Kind::Text => Leaf::names(),
            Kind::Decimal => Leaf::decimals(),
            Kind::Date => Leaf::dates(),
            Kind::LotName => Leaf::wholes(),
        };
        let at = |place: Place| FIELDS.iter().filter(move |field| field.place == place).map(leaf);
        Self { leaves: at(Place::Account).chain(at(Place::Menu)).chain(at(Place::Lot)).chain(at(Place::LossSale)).collect() }
    }

    /// Adds an account. Rows are to come in the order of household and account, and lots in that of symbol,
    /// date of purchase and name.
    pub fn push(&mut self, row: &AccountRow) {
        const NEEDED: Level = Level::REQUIRED;
        const MAYBE: Level = Level::OPTIONAL;
        let mut leaves = self.leaves.iter_mut();
        let mut put = |write: &dyn Fn(&mut Leaf)| leaves.next().map(write);
        let text = |leaf: &mut Leaf, value: &Option<String>| leaf.maybe(MAYBE, value.as_deref(), Leaf::text);
        put(&|leaf| leaf.text(NEEDED, &row.household));
        put(&|leaf| leaf.text(NEEDED, &row.account));
        put(&|leaf| text(leaf, &row.name));
        put(&|leaf| leaf.text(NEEDED, &row.owner));
        put(&|leaf| text(leaf, &row.spouse));
        put(&|leaf| leaf.maybe(MAYBE, row.birth_date, Leaf::date));
        put(&|leaf| leaf.text(NEEDED, &row.filing_status));
        put(&|leaf| leaf.text(NEEDED, &row.jurisdiction));
        for rate in [row.ordinary_rate, row.long_term_rate, row.state_rate] {
            put(&|leaf| leaf.decimal(NEEDED, rate));
        }
        for gains in [row.short_term_gains, row.long_term_gains, row.short_term_carried, row.long_term_carried] {
            put(&|leaf| leaf.maybe(MAYBE, gains, Leaf::decimal));
        }
        put(&|leaf| leaf.text(NEEDED, &row.tax_treatment));
        put(&|leaf| text(leaf, &row.basis_method));
        put(&|leaf| leaf.text(NEEDED, &row.model));
        put(&|leaf| leaf.text(NEEDED, &row.currency));
        put(&|leaf| leaf.decimal(NEEDED, row.cash));
        put(&|leaf| leaf.maybe(MAYBE, row.cash_minimum, Leaf::decimal));
        put(&|leaf| leaf.maybe(MAYBE, row.flow, Leaf::decimal));
        put(&|leaf| leaf.maybe(MAYBE, row.last_rebalance, Leaf::date));
        put(&|leaf| leaf.maybe(MAYBE, row.last_review, Leaf::date));
        put(&|leaf| match &row.menu {
            Some(symbols) => in_list(leaf, 1, symbols, |leaf, level, symbol| leaf.text(level, symbol)),
            None => leaf.absent(NEEDED),
        });
        let lots = |leaf: &mut Leaf, write: &dyn Fn(&mut Leaf, Level, &LotRow)| in_list(leaf, 0, &row.lots, write);
        put(&|leaf| lots(leaf, &|leaf, level, lot| leaf.text(level, &lot.symbol)));
        put(&|leaf| lots(leaf, &|leaf, level, lot| leaf.whole(level, lot.lot)));
        put(&|leaf| lots(leaf, &|leaf, level, lot| leaf.decimal(level, lot.quantity)));
        put(&|leaf| lots(leaf, &|leaf, level, lot| leaf.maybe(level.optional(), lot.cost_basis, Leaf::decimal)));
        put(&|leaf| lots(leaf, &|leaf, level, lot| leaf.maybe(level.optional(), lot.acquired, Leaf::date)));
        put(&|leaf| lots(leaf, &|leaf, level, lot| leaf.maybe(level.optional(), lot.held_since, Leaf::date)));
        put(&|leaf| in_list(leaf, 0, &row.loss_sales, |leaf, level, (symbol, _)| leaf.text(level, symbol)));
        put(&|leaf| in_list(leaf, 0, &row.loss_sales, |leaf, level, (_, sold)| leaf.date(level, *sold)));
    }

    /// The file.
    ///
    /// # Errors
    /// An amount of ten digits or more before the point, which the format cannot hold.
    pub fn finish(self) -> Result<Vec<u8>, ParquetError> {
        write(&schema(), SCHEMA_VERSION, &self.leaves.iter().collect::<Vec<_>>())
    }
}

/// Puts a list into a column; `definition` is the level of a list that is there and has nothing in it.
fn in_list<T>(leaf: &mut Leaf, definition: i16, items: &[T], write: impl Fn(&mut Leaf, Level, &T)) {
    for (index, item) in items.iter().enumerate() {
        write(leaf, Level { repetition: i16::from(index > 0), definition: definition + 1 }, item);
    }
    if items.is_empty() {
        leaf.absent(Level { repetition: 0, definition });
    }
}
