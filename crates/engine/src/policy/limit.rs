//! [`Limit`]: what must hold before and after.

use evenkeel_ledger::class::ClassPath;

use crate::diagnostic::Location;

/// What a limit binds.
#[derive(Debug, Clone, PartialEq)]
pub enum Measure {
    /// Weight of what is selected, as a fraction of value.
    Weight,
    /// Value of what is selected, in the base currency.
    Value,
    /// Value-weighted average of a score over what is selected and has one.
    Score(String),
}

/// An attribute by which instruments are grouped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attribute {
    /// The class's top name.
    Class,
    /// The instrument itself.
    Instrument,
    /// Its sector.
    Sector,
    /// Its issuer.
    Issuer,
    /// Its country.
    Country,
    /// Its currency.
    Currency,
    /// A tag.
    Tag(String),
}

impl Attribute {
    /// Its name, as the policy file writes it; for a tag, the tag's own.
    pub fn name(&self) -> &str {
        match self {
            Self::Class => "class",
            Self::Instrument => "instrument",
            Self::Sector => "sector",
            Self::Issuer => "issuer",
            Self::Country => "country",
            Self::Currency => "currency",
            Self::Tag(name) => name,
        }
    }
}

/// Which holdings a limit is about: those that match every attribute given, each by any of its values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selector {
    /// Within one of these classes; cash is of the class `Cash`.
    pub classes: Vec<ClassPath>,
    /// With one of these values of an attribute.
    pub attributes: Vec<(Attribute, Vec<String>)>,
    /// Of a liquidity tier of at most this.
    pub liquidity_tier_at_most: Option<u8>,
}

/// Which way a limit binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// No more than.
    AtMost,
    /// No less than.
    AtLeast,
}

/// Something that must hold before and after a proposal.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// Name for people.
    pub name: String,
    /// What is measured.
    pub measure: Measure,
    /// On which holdings.
    pub selector: Selector,
    /// For each value of this attribute on its own, where given.
    pub each: Option<Attribute>,
    /// Which way it binds.
    pub bound: Bound,
    /// The limit: a fraction, an amount in the base currency, or a score.
    pub value: f64,
    /// Whether a proposal that breaks it is refused, or only told.
    pub hard: bool,
    /// Where the policy file states it.
    pub location: Option<Location>,
}
