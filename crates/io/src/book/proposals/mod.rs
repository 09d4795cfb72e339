//! Proposals as Parquet: one row a household, what it is to trade nested in it.
//!
//! [`FIELDS`] says every column once. Money is exact decimals; what was measured in floating point (drift, turnover)
//! stays so.

use std::fmt::Write as _;

use evenkeel::comply::Status;
use evenkeel::drift::Decision;
use evenkeel::run::Proposal;
use evenkeel::trade::{CashLine, LockedBuy, LotSale, NotTraded, Side, Trade, Way};
use evenkeel_ledger::account::TaxTreatment;
use evenkeel_ledger::household::Household;
use evenkeel_ledger::number::{Currency, Money, NumberError};
use parquet::errors::ParquetError;
use sha2::{Digest as _, Sha256};

use crate::book::entry::Entry;
use crate::book::leaf::{Leaf, Level, write};

mod content;

mod fields;

pub use content::Content;
pub(super) use fields::HEAD;
pub use fields::{FIELDS, Field, Group, Kind};

/// Version of the format of proposals.
pub const SCHEMA_VERSION: u32 = 1;

/// The schema of the file. The fingerprint stands outside of the lists and after them.
fn schema() -> String {
    let columns = |group: Group| {
        FIELDS.iter().filter(move |field| field.group == group).map(|field| {
            let Field { name, kind, .. } = field;
            let column = match kind {
                Kind::Name | Kind::Text => format!("binary {name} (UTF8)"),
                Kind::Bytes => format!("binary {name}"),
                Kind::Decimal => format!("fixed_len_byte_array(16) {name} (DECIMAL(38,9))"),
                Kind::Date => format!("int32 {name} (DATE)"),
                Kind::Whole => format!("int64 {name}"),
                Kind::Number => format!("double {name}"),
                Kind::Flag => format!("boolean {name}"),
            };
            format!("{} {column};\n", if field.optional { "optional" } else { "required" })
        })
    };
    let list = |name: &str, inside: &str| {
        format!("required group {name} (LIST) {{ repeated group list {{ required group element {{\n{inside}}} }} }}\n")
    };
    let all = |group: Group| columns(group).collect::<String>();
    let mut text = String::from("message proposals {\n");
    let mut scalars: Vec<String> = columns(Group::Household).collect();
    let fingerprint = scalars.pop().unwrap_or_default();
    text.extend(scalars);
    let trades = all(Group::Trades) + &list("lots", &all(Group::Lots));
    let lists = [
        ("ways", all(Group::Ways)),
        ("trades", trades),
        ("not_traded", all(Group::NotTraded)),
        ("cash", all(Group::Cash)),
        ("buy_locks", all(Group::BuyLocks)),
    ];
    text.extend(lists.iter().map(|(name, inside)| list(name, inside)));
    let _ = write!(text, "required group notes (LIST) {{ repeated group list {{ required binary element (UTF8); }} }}\n{fingerprint}}}");
    text
}

/// What a row comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Its fingerprint.
    pub content: Content,
    /// Gross value of all buys.
    pub bought: Money,
    /// Gross value of all sells.
    pub sold: Money,
    /// Short-term and long-term gain that sales in taxable accounts realize.
    pub gains: Option<(Money, Money)>,
    /// What the trades add to the tax of the year after netting; at the owners' marginal rates where that is not known.
    pub tax: Money,
    /// How many limits are broken after.
    pub limits_broken: usize,
}

/// Writes proposals: one is pushed after the other, and the file is made at the end.
#[derive(Debug)]
pub struct ProposalWriter {
    leaves: Vec<Leaf>,
    fingerprints: Leaf,
    /// The bytes of a row, of which its fingerprint is made.
    row: Vec<u8>,
}

impl Default for ProposalWriter {
    fn default() -> Self {
        Self::new()
    }
}

impl ProposalWriter {
    /// A file without rows.
    pub fn new() -> Self {
        let leaf = |field: &Field| match field.kind {
            Kind::Name => Leaf::names(),
            Kind::Text | Kind::Bytes => Leaf::texts(),
            Kind::Decimal => Leaf::decimals(),
            Kind::Date => Leaf::dates(),
            Kind::Whole => Leaf::wholes(),
            Kind::Number => Leaf::numbers(),
            Kind::Flag => Leaf::flags(),
        };
        let leaves = FIELDS.iter().filter(|field| field.kind != Kind::Bytes).map(leaf).collect();
        Self { leaves, fingerprints: Leaf::texts(), row: Vec::new() }
    }

    /// Adds what is proposed for a household.
    ///
    /// # Errors
    /// Sums out of range.
    pub fn push(&mut self, entry: &Entry, proposal: &Proposal) -> Result<Summary, NumberError> {
        let gains = gains(&entry.household, proposal)?;
        let chosen = proposal.ways.iter().find(|way| way.name == proposal.chosen);
        let tax = chosen.map_or(Money::zero(proposal.currency), |way| way.tax_after_netting.unwrap_or(way.tax));
        let limits_broken = proposal.checks.iter().filter(|check| check.status_after == Status::Broken).count();
        let gross =
            |side: Side| Money::sum(proposal.currency, proposal.trades.iter().filter(|trade| trade.side == side).map(|trade| trade.gross));
        let (bought, sold) = (gross(Side::Buy)?, gross(Side::Sell)?);
        let mut leaves = Leaves { leaves: self.leaves.iter_mut() };
        leaves.household(&entry.model, proposal, gains, limits_broken, tax);
        leaves.ways(&proposal.ways);
        leaves.trades(&proposal.trades);
        leaves.not_traded(&proposal.not_traded);
        leaves.cash(&proposal.cash);
        leaves.buy_locks(&proposal.taxes.buy_locks);
        let warnings = entry.warnings.iter().map(|warning| &warning.message);
        let notes: Vec<&String> = warnings.chain(&proposal.notes).chain(&proposal.taxes.notes).collect();
        leaves.put(|leaf| in_list(leaf, &notes, |leaf, level, note| leaf.text(level, note)));
        self.row.clear();
        for leaf in &mut self.leaves {
            leaf.end_row(&mut self.row);
        }
        let fingerprint = Sha256::digest(&self.row);
        self.fingerprints.bytes(Level::REQUIRED, &fingerprint);
        Ok(Summary { content: Content::of(&fingerprint), bought, sold, gains, tax, limits_broken })
    }

    /// The file.
    ///
    /// # Errors
    /// None that a proposal can lead to.
    pub fn finish(self) -> Result<Vec<u8>, ParquetError> {
        write(&schema(), SCHEMA_VERSION, &self.leaves.iter().chain([&self.fingerprints]).collect::<Vec<_>>())
    }
}

/// Short-term and long-term gains that sales in taxable accounts realize, in the base currency; `None` where one of
/// them is not known.
fn gains(household: &Household, proposal: &Proposal) -> Result<Option<(Money, Money)>, NumberError> {
    let zero = Money::zero(proposal.currency);
    let (mut short, mut long) = (zero, zero);
    let is_taxable = |trade: &&Trade| {
        let account = household.account_index(&trade.account).and_then(|index| household.accounts.get(index));
        account.is_some_and(|account| account.tax_treatment == TaxTreatment::Taxable)
    };
    for lot in proposal.trades.iter().filter(is_taxable).flat_map(|trade| &trade.lots) {
        let (Some(gain), Some(is_long)) = (known(lot, proposal.currency), lot.long_term) else { return Ok(None) };
        let sum = if is_long { &mut long } else { &mut short };
        *sum = sum.try_add(gain)?;
    }
    Ok(Some((short, long)))
}

fn known(lot: &LotSale, currency: Currency) -> Option<Money> {
    lot.gain.filter(|gain| gain.currency() == currency)
}

/// The columns, of which one after the other takes what is put.
struct Leaves<'w> {
    leaves: std::slice::IterMut<'w, Leaf>,
}

impl Leaves<'_> {
    fn put(&mut self, write: impl FnOnce(&mut Leaf)) {
        if let Some(leaf) = self.leaves.next() {
            write(leaf);
        }
    }

    fn household(&mut self, model: &str, proposal: &Proposal, gains: Option<(Money, Money)>, limits_broken: usize, tax: Money) {
        const AT: Level = Level::REQUIRED;
        let decision = match &proposal.decision {
            Decision::Hold { .. } => "hold",
            Decision::CashFlow { .. } => "cash_flow",
            Decision::Rebalance { .. } => "rebalance",
        };
        let texts = [&proposal.household, model, proposal.currency.code(), decision, &proposal.chosen, &proposal.explanation];
        for text in texts {
            self.put(|leaf| leaf.text(AT, text));
        }
        for amount in [proposal.value, proposal.value_with_flows, proposal.costs.total] {
            self.put(|leaf| leaf.decimal(AT, amount.amount()));
        }
        for gain in [gains.map(|(short, _)| short), gains.map(|(_, long)| long)] {
            self.put(|leaf| leaf.maybe(Level::OPTIONAL, gain.map(Money::amount), Leaf::decimal));
        }
        self.put(|leaf| leaf.decimal(AT, tax.amount()));
        self.put(|leaf| leaf.number(AT, proposal.before.max));
        self.put(|leaf| leaf.number(AT, proposal.after.max));
        self.put(|leaf| leaf.flag(AT, proposal.refused));
        self.put(|leaf| leaf.whole(AT, whole(limits_broken)));
        let wash_sales = Some(proposal.taxes.wash_sales.statement.as_str()).filter(|statement| !statement.is_empty());
        self.put(|leaf| leaf.maybe(Level::OPTIONAL, wash_sales, Leaf::text));
        let optimum = proposal.optimum.as_ref();
        self.put(|leaf| leaf.maybe(Level::OPTIONAL, optimum.map(|optimum| optimum.terms.total), Leaf::number));
        self.put(|leaf| leaf.maybe(Level::OPTIONAL, optimum.and_then(|optimum| Some(optimum.proof?.gap)), Leaf::number));
    }

    fn ways(&mut self, ways: &[Way]) {
        self.put(|leaf| in_list(leaf, ways, |leaf, at, way| leaf.text(at, &way.name)));
        self.put(|leaf| in_list(leaf, ways, |leaf, at, way| leaf.number(at, way.max_drift)));
        self.put(|leaf| in_list(leaf, ways, |leaf, at, way| leaf.number(at, way.half_l1_drift)));
        self.put(|leaf| in_list(leaf, ways, |leaf, at, way| leaf.maybe(at.optional(), way.tracking_error, Leaf::number)));
        self.put(|leaf| in_list(leaf, ways, |leaf, at, way| leaf.number(at, way.turnover_one_way)));
        self.put(|leaf| in_list(leaf, ways, |leaf, at, way| leaf.whole(at, whole(way.trades))));
        self.put(|leaf| in_list(leaf, ways, |leaf, at, way| leaf.decimal(at, way.costs.amount())));
        self.put(|leaf| in_list(leaf, ways, |leaf, at, way| leaf.decimal(at, way.tax.amount())));
        self.put(|leaf| {
            in_list(leaf, ways, |leaf, at, way| leaf.maybe(at.optional(), way.tax_after_netting.map(Money::amount), Leaf::decimal));
        });
    }

    fn trades(&mut self, trades: &[Trade]) {
        let side = |trade: &Trade| if trade.side == Side::Buy { "buy" } else { "sell" };
        self.put(|leaf| in_list(leaf, trades, |leaf, at, trade| leaf.text(at, &trade.account)));
        self.put(|leaf| in_list(leaf, trades, |leaf, at, trade| leaf.text(at, &trade.symbol)));
        self.put(|leaf| in_list(leaf, trades, |leaf, at, trade| leaf.text(at, &trade.class)));
        self.put(|leaf| in_list(leaf, trades, |leaf, at, trade| leaf.text(at, side(trade))));
        self.put(|leaf| in_list(leaf, trades, |leaf, at, trade| leaf.decimal(at, trade.quantity.decimal())));
        self.put(|leaf| in_list(leaf, trades, |leaf, at, trade| leaf.decimal(at, trade.price.decimal())));
        self.put(|leaf| in_list(leaf, trades, |leaf, at, trade| leaf.decimal(at, trade.gross.amount())));
        self.put(|leaf| in_list(leaf, trades, |leaf, at, trade| leaf.decimal(at, trade.costs.total.amount())));
        self.put(|leaf| in_list(leaf, trades, |leaf, at, trade| leaf.decimal(at, trade.cash.amount())));
        self.put(|leaf| in_list(leaf, trades, |leaf, at, trade| leaf.text(at, &trade.reason)));
        self.put(|leaf| in_list(leaf, trades, |leaf, at, trade| leaf.text(at, &trade.bound_by.join("; "))));
        self.put(|leaf| of_lots(leaf, trades, |leaf, at, lot| leaf.text(at, &lot.lot.to_string())));
        self.put(|leaf| of_lots(leaf, trades, |leaf, at, lot| leaf.maybe(at.optional(), lot.acquired, Leaf::date)));
        self.put(|leaf| of_lots(leaf, trades, |leaf, at, lot| leaf.decimal(at, lot.quantity.decimal())));
        self.put(|leaf| of_lots(leaf, trades, |leaf, at, lot| leaf.maybe(at.optional(), lot.cost_basis.map(Money::amount), Leaf::decimal)));
        self.put(|leaf| of_lots(leaf, trades, |leaf, at, lot| leaf.maybe(at.optional(), lot.gain.map(Money::amount), Leaf::decimal)));
        self.put(|leaf| of_lots(leaf, trades, |leaf, at, lot| leaf.maybe(at.optional(), lot.tax.map(Money::amount), Leaf::decimal)));
        self.put(|leaf| of_lots(leaf, trades, |leaf, at, lot| leaf.maybe(at.optional(), lot.long_term, Leaf::flag)));
    }

    fn not_traded(&mut self, list: &[NotTraded]) {
        self.put(|leaf| in_list(leaf, list, |leaf, at, item| leaf.maybe(at.optional(), item.account.as_deref(), Leaf::text)));
        self.put(|leaf| in_list(leaf, list, |leaf, at, item| leaf.text(at, &item.subject)));
        self.put(|leaf| in_list(leaf, list, |leaf, at, item| leaf.decimal(at, item.value.amount())));
        self.put(|leaf| in_list(leaf, list, |leaf, at, item| leaf.text(at, &item.reason)));
    }

    fn cash(&mut self, lines: &[CashLine]) {
        self.put(|leaf| in_list(leaf, lines, |leaf, at, line| leaf.text(at, &line.account)));
        let amounts: [fn(&CashLine) -> Money; 7] = [
            |line| line.before,
            |line| line.flows,
            |line| line.sells,
            |line| line.buys,
            |line| line.costs,
            |line| line.after,
            |line| line.target,
        ];
        for amount in amounts {
            self.put(|leaf| in_list(leaf, lines, |leaf, at, line| leaf.decimal(at, amount(line).amount())));
        }
    }

    fn buy_locks(&mut self, locks: &[LockedBuy]) {
        self.put(|leaf| in_list(leaf, locks, |leaf, at, lock| leaf.text(at, &lock.symbols.join("; "))));
        self.put(|leaf| in_list(leaf, locks, |leaf, at, lock| leaf.date(at, lock.sold)));
        self.put(|leaf| in_list(leaf, locks, |leaf, at, lock| leaf.date(at, lock.until)));
    }
}

/// Puts a list that is always there into a column.
fn in_list<T>(leaf: &mut Leaf, items: &[T], write: impl Fn(&mut Leaf, Level, &T)) {
    for (index, item) in items.iter().enumerate() {
        write(leaf, Level { repetition: i16::from(index > 0), definition: 1 }, item);
    }
    if items.is_empty() {
        leaf.absent(Level::REQUIRED);
    }
}

/// Puts the lots of each trade into a column.
fn of_lots(leaf: &mut Leaf, trades: &[Trade], write: impl Fn(&mut Leaf, Level, &LotSale)) {
    for (index, trade) in trades.iter().enumerate() {
        let first = i16::from(index > 0);
        for (number, lot) in trade.lots.iter().enumerate() {
            let repetition = if number > 0 { 2 } else { first };
            write(leaf, Level { repetition, definition: 2 }, lot);
        }
        if trade.lots.is_empty() {
            leaf.absent(Level { repetition: first, definition: 1 });
        }
    }
    if trades.is_empty() {
        leaf.absent(Level::REQUIRED);
    }
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
