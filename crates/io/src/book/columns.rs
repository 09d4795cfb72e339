//! [`Columns`]: a shard in memory, column by column, as an Arrow record batch lies there too.

use std::ops::Range;

use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::lot::LotId;
use parquet::data_type::ByteArray;

/// Values of one column, and which of them are there.
#[derive(Debug, Clone, Default)]
pub struct Column<T> {
    /// One entry a row; the default where there is no value.
    values: Vec<T>,
    /// By row, whether there is a value; empty where all are.
    valid: Vec<bool>,
}

impl<T> Column<T> {
    /// Values that are all there.
    pub(crate) const fn full(values: Vec<T>) -> Self {
        Self { values, valid: Vec::new() }
    }

    /// The value of a row.
    pub fn get(&self, row: usize) -> Option<&T> {
        if self.valid.get(row).copied().unwrap_or(true) { self.values.get(row) } else { None }
    }

    pub(crate) const fn len(&self) -> usize {
        self.values.len()
    }

    /// The same column of other values. Where there is none, nothing is read.
    pub(crate) fn map<U: Default>(self, mut read: impl FnMut(T) -> U) -> Column<U> {
        let is_valid = |row: usize| self.valid.get(row).copied().unwrap_or(true);
        let values = self.values.into_iter().enumerate().map(|(row, value)| if is_valid(row) { read(value) } else { U::default() });
        Column { values: values.collect(), valid: self.valid }
    }

    /// Only the rows at these places, in their order.
    pub(crate) fn at(&self, rows: &[usize]) -> Self
    where
        T: Clone + Default,
    {
        let values = rows.iter().map(|row| self.values.get(*row).cloned().unwrap_or_default()).collect();
        let valid = if self.valid.is_empty() { Vec::new() } else { rows.iter().map(|row| self.get(*row).is_some()).collect() };
        Self { values, valid }
    }
}

impl<T: Clone + Default> Column<T> {
    /// Values one after another where `present` says so.
    pub(crate) fn scattered(values: Vec<T>, present: impl ExactSizeIterator<Item = bool>) -> Self {
        if present.len() == values.len() {
            return Self::full(values);
        }
        let mut values = values.into_iter();
        let mut column = Self { values: Vec::with_capacity(present.len()), valid: Vec::with_capacity(present.len()) };
        for present in present {
            column.values.push(if present { values.next().unwrap_or_default() } else { T::default() });
            column.valid.push(present);
        }
        column
    }

    /// No value in any of so many rows.
    pub(crate) fn absent(rows: usize) -> Self {
        Self { values: vec![T::default(); rows], valid: vec![false; rows] }
    }
}

impl<T: PartialEq> Column<T> {
    /// Whether two rows say the same.
    pub(crate) fn same(&self, one: usize, other: usize) -> bool {
        self.get(one) == self.get(other)
    }
}

/// A column of texts.
pub type Texts = Column<ByteArray>;
/// A column of exact decimals, in units of 10⁻⁹.
pub type Decimals = Column<i128>;
/// A column of dates, in days since 1970-01-01.
pub type Dates = Column<i32>;

impl Texts {
    /// The text of a row; `None` where there is none or it is not UTF-8.
    pub fn text(&self, row: usize) -> Option<&str> {
        std::str::from_utf8(self.get(row)?.data()).ok()
    }
}

/// The symbol of a lot: an instrument, or a text that names none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Symbol {
    /// An instrument of the universe.
    Known(InstrumentId),
    /// A text that is none.
    Unknown(String),
    /// Nothing.
    #[default]
    Absent,
}

/// How lots are named.
#[derive(Debug, Clone)]
pub enum LotNames {
    /// By numbers.
    Numbers(Column<i64>),
    /// By texts.
    Texts(Texts),
}

impl LotNames {
    /// The name of a lot; `None` where there is none, or a number below zero.
    pub fn get(&self, lot: usize) -> Option<LotId> {
        match self {
            Self::Numbers(numbers) => u64::try_from(*numbers.get(lot)?).ok().map(LotId::Number),
            Self::Texts(texts) => texts.text(lot)?.parse().ok(),
        }
    }

    pub(crate) const fn len(&self) -> usize {
        match self {
            Self::Numbers(numbers) => numbers.len(),
            Self::Texts(texts) => texts.len(),
        }
    }
}

/// Where the parts of each row lie in columns of their own.
#[derive(Debug, Clone, Default)]
pub struct Offsets(pub(crate) Vec<usize>);

impl Offsets {
    /// The parts of a row.
    pub fn of(&self, row: usize) -> Range<usize> {
        match self.0.get(row..row + 2) {
            Some(&[start, end]) => start..end,
            _ => 0..0,
        }
    }
}

/// Lots of all accounts, one after another.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "named after the columns, which `FIELDS` describes")]
pub struct Lots {
    pub symbol: Vec<Symbol>,
    pub lot: LotNames,
    pub quantity: Decimals,
    pub cost_basis: Decimals,
    pub acquired: Dates,
    pub held_since: Dates,
}

/// A shard in memory: one entry an account, and its menu and lots by offsets.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "named after the columns, which `FIELDS` describes")]
pub struct Columns {
    pub household: Texts,
    pub account: Texts,
    pub name: Texts,
    pub owner: Texts,
    pub spouse: Texts,
    pub birth_date: Dates,
    pub filing_status: Texts,
    pub jurisdiction: Texts,
    pub ordinary_rate: Decimals,
    pub long_term_rate: Decimals,
    pub state_rate: Decimals,
    pub short_term_gains: Decimals,
    pub long_term_gains: Decimals,
    pub short_term_carried: Decimals,
    pub long_term_carried: Decimals,
    pub tax_treatment: Texts,
    pub basis_method: Texts,
    pub model: Texts,
    pub currency: Texts,
    pub cash: Decimals,
    pub cash_minimum: Decimals,
    pub flow: Decimals,
    pub last_rebalance: Dates,
    pub last_review: Dates,
    /// Whether the account has a menu, and its symbols.
    pub menu: Texts,
    pub menus: Offsets,
    pub has_menu: Vec<bool>,
    pub lots: Lots,
    pub lots_of: Offsets,
    pub loss_symbol: Vec<Symbol>,
    pub loss_sold: Dates,
    pub loss_sales_of: Offsets,
}

impl Columns {
    /// How many accounts there are.
    pub const fn accounts(&self) -> usize {
        self.household.len()
    }

    /// How many lots there are.
    pub const fn lots(&self) -> usize {
        self.lots.quantity.len()
    }
}
