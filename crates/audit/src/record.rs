//! The records that an audit works on.

use evenkeel_ledger::account::Account;
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::fx::FxRates;
use evenkeel_ledger::holdings::AccountHoldings;
use evenkeel_ledger::instrument::{InstrumentId, Universe};
use evenkeel_ledger::lot::LotId;
use evenkeel_ledger::number::{Currency, Decimal, Money, Price, Quantity, Rate};

/// The rules by which a proposal was to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// Base currency, of every amount that is not said to be of another.
    pub currency: Currency,
    /// Trades of this value or less are not allowed; zero for none.
    pub min_trade: Money,
    /// Whether quantities are whole multiples of lot sizes.
    pub whole_lots: bool,
    /// Most that may be traded, one-way (½ Σ |trade|), as a fraction of value.
    pub turnover_cap_one_way: Option<Rate>,
    /// What trading costs.
    pub costs: CostRules,
    /// How far what counts as identical reaches.
    pub identity: Identity,
    /// Most net gain of a tax year.
    pub gain_budget: Option<Money>,
    /// Limits on what is held after.
    pub limits: Vec<Limit>,
    /// Symbols that the policy counts to a class, whatever their own.
    pub leaves: Vec<(String, ClassPath)>,
    /// Scores of classes, for instruments that have none of their own.
    pub class_scores: Vec<ClassScore>,
    /// What is assumed of the risk of classes, where a limit is on it.
    pub risk: Option<ClassRisk>,
}

/// Which instruments count as identical when a loss is held against a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// Only the instrument itself.
    Instrument,
    /// Also other share classes of its fund.
    SameFund,
    /// Also what the instruments file calls substantially identical.
    Related,
}

/// What trading costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CostRules {
    /// Fee for each trade.
    pub fixed: Money,
    /// Fraction of the traded value.
    pub proportional: Rate,
    /// Quoted spread of instruments that state none; half is paid.
    pub default_spread: Rate,
    /// Impact as a multiple of daily volatility × √(traded ÷ average daily volume); zero for none.
    pub impact_coefficient: f64,
}

/// A score of a class and all below it that state none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassScore {
    /// The class.
    pub class: ClassPath,
    /// The score's name.
    pub name: String,
    /// The score.
    pub score: Decimal,
}

/// What is assumed of the risk of classes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassRisk {
    /// Classes, each once; what is held counts to the narrowest that holds it.
    pub classes: Vec<ClassPath>,
    /// Covariance of a year, row by row, × 10⁶: in squares of a tenth of a percent, so that nine places are enough.
    pub covariance: Vec<Decimal>,
    /// Weight of each class in the targets; empty where they state none.
    pub targets: Vec<Decimal>,
}

/// A limit on what is held after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// Name for people.
    pub name: String,
    /// What is measured.
    pub measure: Measure,
    /// Within one of these classes; any, where empty.
    pub classes: Vec<ClassPath>,
    /// With one of these values, for every attribute listed.
    pub attributes: Vec<(Attribute, Vec<String>)>,
    /// Of a liquidity tier of at most this.
    pub liquidity_tier_at_most: Option<u8>,
    /// But not what this selects.
    pub except: Option<Selection>,
    /// For each value of this attribute on its own.
    pub each: Option<Attribute>,
    /// Of these, only those of a weight strictly beyond this count, all together.
    pub above: Option<Decimal>,
    /// Which way it binds.
    pub bound: Bound,
    /// The limit: a fraction, an amount in the base currency, or a score.
    pub value: Decimal,
    /// Whether breaking it forbids the proposal; what is only told is not audited.
    pub hard: bool,
}

/// What a limit leaves out: what is within one of the classes, has one of the values of every attribute, and is liquid enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// Within one of these classes; any, where empty.
    pub classes: Vec<ClassPath>,
    /// With one of these values, for every attribute listed.
    pub attributes: Vec<(Attribute, Vec<String>)>,
    /// Of a liquidity tier of at most this.
    pub liquidity_tier_at_most: Option<u8>,
}

/// What a limit measures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Measure {
    /// Share of the value of everything held.
    Weight,
    /// Value.
    Value,
    /// Average of a score, weighted by value, over what has it.
    Score(String),
    /// Variance a year of what is held, or of its difference from the targets, in the unit of [`ClassRisk::covariance`].
    Variance {
        /// Whether weights count as differences from the targets.
        active: bool,
    },
}

/// An attribute of instruments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attribute {
    /// The top name of the class.
    Class,
    /// The symbol.
    Instrument,
    /// The sector.
    Sector,
    /// The issuer.
    Issuer,
    /// The country.
    Country,
    /// The currency.
    Currency,
    /// A tag, by name.
    Tag(String),
}

/// Which way a limit binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// No more than.
    AtMost,
    /// No less than.
    AtLeast,
}

/// The market of a day.
#[derive(Debug, Clone, Copy)]
pub struct Market<'a> {
    /// The day.
    pub as_of: Date,
    /// All instruments.
    pub universe: &'a Universe,
    /// Price of each instrument, in its own currency.
    pub prices: &'a [Option<Price>],
    /// Daily volatility of each instrument, a fraction, where it is known.
    pub daily_volatilities: &'a [Option<f64>],
    /// Exchange rates.
    pub fx: &'a FxRates,
}

/// What a household owns before the proposal.
#[derive(Debug, Clone, Copy)]
pub struct Books<'a> {
    /// Its accounts.
    pub accounts: &'a [Account],
    /// What is in them, in the same order.
    pub holdings: &'a [AccountHoldings],
    /// Planned flows that are due on the day, over all accounts.
    pub flows: Money,
    /// By account, the owner's marginal rates on short-term and long-term gains; none where gains are not taxed.
    pub rates: &'a [Option<(Rate, Rate)>],
    /// Net gains of the tax year before the proposal.
    pub realized: Money,
    /// Earlier sales at a loss.
    pub sold: &'a [(InstrumentId, Date)],
    /// Whether no wash sale may be proposed.
    pub avoids_washes: bool,
}

/// What is proposed for a household.
#[derive(Debug, Clone, PartialEq)]
pub struct TradeList<'a> {
    /// All trades.
    pub trades: Vec<Trade<'a>>,
    /// Cash of every account.
    pub cash: Vec<CashLine<'a>>,
    /// Whether the proposal itself says that it may not be traded.
    pub refused: bool,
}

/// Buy or sell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Sell.
    Sell,
    /// Buy.
    Buy,
}

/// One trade, as proposed.
#[derive(Debug, Clone, PartialEq)]
pub struct Trade<'a> {
    /// Id of the account.
    pub account: &'a str,
    /// The instrument.
    pub symbol: &'a str,
    /// Buy or sell.
    pub side: Side,
    /// Units, above zero.
    pub quantity: Quantity,
    /// Price in the instrument's currency.
    pub price: Price,
    /// Value in the base currency, to the cent.
    pub gross: Money,
    /// What it costs.
    pub costs: Costs,
    /// What it does to the account's cash.
    pub cash: Money,
    /// Lots sold; none for a buy.
    pub lots: Vec<LotSale<'a>>,
}

/// Costs of a trade, each in the base currency to the cent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Costs {
    /// Fee.
    pub fixed: Money,
    /// Commission in proportion to value.
    pub proportional: Money,
    /// Half of the spread.
    pub spread: Money,
    /// Market impact.
    pub impact: Money,
    /// All together.
    pub total: Money,
}

/// What one lot gives to a sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotSale<'a> {
    /// The lot.
    pub lot: &'a LotId,
    /// Units sold of it.
    pub quantity: Quantity,
    /// Cost basis of what is sold, in the account's currency.
    pub cost_basis: Option<Money>,
    /// Its share of the proceeds after costs − cost basis, in the account's currency.
    pub gain: Option<Money>,
    /// Whether the holding period is long-term.
    pub long_term: Option<bool>,
    /// Tax on the gain, in the account's currency; none where gains are not taxed, or not known.
    pub tax: Option<Money>,
}

/// Cash of one account, in the base currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CashLine<'a> {
    /// Id of the account.
    pub account: &'a str,
    /// Before.
    pub before: Money,
    /// Planned flows that are due.
    pub flows: Money,
    /// From sells.
    pub sells: Money,
    /// For buys.
    pub buys: Money,
    /// Costs.
    pub costs: Money,
    /// After.
    pub after: Money,
}
