//! The columns of proposals.

pub(in crate::book) const HEAD: &str = "
## Proposals

`evenkeel batch` writes `proposals/*.parquet`, as its `manifest.json` lists them: one row a household, in the order of the book.

| column | type | | meaning |
|---|---|---|---|
";

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8 text, one of few.
    Name,
    /// UTF-8 text.
    Text,
    /// Bytes.
    Bytes,
    /// An exact decimal.
    Decimal,
    /// A date.
    Date,
    /// A whole number.
    Whole,
    /// A floating-point number.
    Number,
    /// Yes or no.
    Flag,
}

/// Where a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Once a household.
    Household,
    /// In the list of ways that were compared.
    Ways,
    /// In the list of trades.
    Trades,
    /// In the list of lots of each trade.
    Lots,
    /// In the list of what is not traded.
    NotTraded,
    /// In the list of cash by account.
    Cash,
    /// In the list of what may not be bought.
    BuyLocks,
    /// In the list of notes.
    Notes,
}

/// One column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Where it stands.
    pub group: Group,
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may be null.
    pub optional: bool,
    /// What it means.
    pub about: &'static str,
}

impl Kind {
    /// Its name in the reference.
    pub(in crate::book) const fn name(self) -> &'static str {
        match self {
            Self::Name | Self::Text => "text",
            Self::Bytes => "bytes",
            Self::Decimal => "decimal(38, 9)",
            Self::Date => "date",
            Self::Whole => "64-bit number",
            Self::Number => "float64",
            Self::Flag => "boolean",
        }
    }
}

impl Group {
    /// What stands before the name of a column in the reference.
    pub(in crate::book) const fn path(self) -> &'static str {
        match self {
            Self::Household => "",
            Self::Ways => "ways[].",
            Self::Trades => "trades[].",
            Self::Lots => "trades[].lots[].",
            Self::NotTraded => "not_traded[].",
            Self::Cash => "cash[].",
            Self::BuyLocks => "buy_locks[].",
            Self::Notes => "notes[]",
        }
    }
}

const fn required(group: Group, name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field { group, name, kind, optional: false, about }
}

const fn optional(group: Group, name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field { group, name, kind, optional: true, about }
}

/// Every column, in the order of the file.
pub const FIELDS: [Field; 63] = [
    required(Group::Household, "household", Kind::Name, "The household."),
    required(Group::Household, "model", Kind::Name, "The model by which it is run."),
    required(Group::Household, "currency", Kind::Name, "Currency of all amounts that name none."),
    required(Group::Household, "decision", Kind::Name, "`hold`, `cash_flow` or `rebalance`."),
    required(Group::Household, "chosen", Kind::Name, "The way that was chosen: its `name` in `ways`."),
    required(Group::Household, "explanation", Kind::Text, "Why it was chosen, in a sentence with numbers."),
    required(Group::Household, "value", Kind::Decimal, "Value before trading and before the flows of the day."),
    required(Group::Household, "value_with_flows", Kind::Decimal, "Value before trading, with the flows of the day."),
    required(Group::Household, "costs", Kind::Decimal, "Costs of all trades."),
    optional(
        Group::Household,
        "short_term_gain",
        Kind::Decimal,
        "Short-term gain that sales in taxable accounts realize; null where a lot has no basis or date.",
    ),
    optional(Group::Household, "long_term_gain", Kind::Decimal, "Long-term gain, likewise."),
    required(
        Group::Household,
        "tax",
        Kind::Decimal,
        "What the trades add to the tax of the year after netting; at the owners' marginal rates where that is not known.",
    ),
    required(Group::Household, "max_drift_before", Kind::Number, "Largest drift of a class before."),
    required(Group::Household, "max_drift_after", Kind::Number, "Largest drift of a class after."),
    required(Group::Household, "refused", Kind::Flag, "Whether a hard limit would be broken, so that it may not be traded."),
    required(Group::Household, "limits_broken", Kind::Whole, "How many limits are broken after."),
    optional(Group::Household, "wash_sales", Kind::Text, "Wash sales that the trades make, in a sentence; null where no rule knows them."),
    optional(
        Group::Household,
        "objective",
        Kind::Number,
        "What the joint planner's decision comes to, in basis points of value; null where the rules planner made it.",
    ),
    optional(Group::Household, "gap", Kind::Number, "By how much it may miss the best there is, in basis points of value."),
    required(Group::Ways, "name", Kind::Name, "The way."),
    required(Group::Ways, "max_drift", Kind::Number, "Largest drift that it leaves."),
    required(Group::Ways, "half_l1_drift", Kind::Number, "½ Σ |drift| that it leaves."),
    optional(Group::Ways, "tracking_error", Kind::Number, "Tracking error that it leaves, a year."),
    required(Group::Ways, "turnover_one_way", Kind::Number, "½ Σ |trade| ÷ value."),
    required(Group::Ways, "trades", Kind::Whole, "Number of trades."),
    required(Group::Ways, "costs", Kind::Decimal, "What it costs."),
    required(
        Group::Ways,
        "tax",
        Kind::Decimal,
        "Tax that its sales cause at the owners' marginal rates; below zero where losses save more.",
    ),
    optional(Group::Ways, "tax_after_netting", Kind::Decimal, "What it adds to the tax of the year after netting."),
    required(Group::Trades, "account", Kind::Name, "The account."),
    required(Group::Trades, "symbol", Kind::Name, "The instrument."),
    required(Group::Trades, "class", Kind::Name, "The class for which it is traded."),
    required(Group::Trades, "side", Kind::Name, "`buy` or `sell`."),
    required(Group::Trades, "quantity", Kind::Decimal, "Units, above zero."),
    required(Group::Trades, "price", Kind::Decimal, "Price, in the instrument's currency."),
    required(Group::Trades, "gross", Kind::Decimal, "Quantity × price in the base currency, to the cent."),
    required(Group::Trades, "costs", Kind::Decimal, "What it costs."),
    required(Group::Trades, "cash", Kind::Decimal, "Change of the account's cash."),
    required(Group::Trades, "reason", Kind::Text, "Why, in a sentence with numbers."),
    required(Group::Trades, "bound_by", Kind::Text, "What kept it from going further; empty where nothing did."),
    required(Group::Lots, "lot", Kind::Name, "The lot sold."),
    optional(Group::Lots, "acquired", Kind::Date, "When it was bought."),
    required(Group::Lots, "quantity", Kind::Decimal, "Units sold of it."),
    optional(Group::Lots, "cost_basis", Kind::Decimal, "Basis of what is sold, in the account's currency."),
    optional(Group::Lots, "gain", Kind::Decimal, "Proceeds after costs − basis, in the account's currency."),
    optional(Group::Lots, "tax", Kind::Decimal, "Tax on the gain at the owner's marginal rate; null where it is not taxed."),
    optional(Group::Lots, "long_term", Kind::Flag, "Whether the holding period is long-term."),
    optional(Group::NotTraded, "account", Kind::Name, "The account; null where it is about the household."),
    required(Group::NotTraded, "subject", Kind::Name, "The instrument or class."),
    required(Group::NotTraded, "value", Kind::Decimal, "What would have been bought, or sold where below zero."),
    required(Group::NotTraded, "reason", Kind::Text, "Why not, in a sentence with numbers."),
    required(Group::Cash, "account", Kind::Name, "The account."),
    required(Group::Cash, "before", Kind::Decimal, "Cash before."),
    required(Group::Cash, "flows", Kind::Decimal, "Flows of the day."),
    required(Group::Cash, "sells", Kind::Decimal, "From sells."),
    required(Group::Cash, "buys", Kind::Decimal, "For buys."),
    required(Group::Cash, "costs", Kind::Decimal, "Costs."),
    required(Group::Cash, "after", Kind::Decimal, "After: before + flows + sells − buys − costs, exactly."),
    required(Group::Cash, "target", Kind::Decimal, "What was aimed at."),
    required(Group::BuyLocks, "symbols", Kind::Text, "The instruments, all of which count as identical; `; ` between them."),
    required(Group::BuyLocks, "sold", Kind::Date, "When one of them was, or is, sold at a loss."),
    required(
        Group::BuyLocks,
        "until",
        Kind::Date,
        "The last day on which none may be bought in any account of the household, or the loss is washed.",
    ),
    required(Group::Notes, "notes", Kind::Text, "What else should be known: of the rows, the proposal and its taxes."),
    // The last, as it is made of all others.
    required(Group::Household, "fingerprint", Kind::Bytes, "SHA-256 of the row's other columns: 32 bytes."),
];
