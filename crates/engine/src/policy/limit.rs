//! [`Limit`]: what must hold before and after.

use evenkeel_ledger::class::ClassPath;
use evenkeel_quant::risk::parametric::normal_tail;
use evenkeel_quant::risk::tail::TailRisk;

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
    /// Risk of everything held, by what it rests on.
    Risk(LimitedRisk, RiskBasis),
}

impl Measure {
    /// What it is called.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Weight => "weight",
            Self::Value => "value",
            Self::Score(_) => "score",
            Self::Risk(risk, _) => risk.name(),
        }
    }

    /// Whether it looks at returns of the past.
    pub const fn rests_on_history(&self) -> bool {
        matches!(self, Self::Risk(_, RiskBasis::History { .. }))
    }
}

/// What a measure of risk rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RiskBasis {
    /// Volatilities and correlations that are assumed of classes.
    Assumptions,
    /// What the holdings of the day would have earned in the past.
    History {
        /// How VaR and CVaR are told of these returns.
        tail: HistoryTail,
        /// So many of the last returns; all where left out.
        window: Option<usize>,
    },
}

/// How VaR and CVaR are told of returns of the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryTail {
    /// Normal, of the volatility that the returns had; their mean counts as 0.
    Normal,
    /// The losses that there were: over overlapping windows as long as the horizon.
    Historical,
}

/// A measure of risk, told from the volatility σ of a year, as [`RiskBasis`] says.
///
/// Returns are normal and their mean counts as 0; h is `horizon_days` ÷ 252, z the normal quantile of the confidence β.
/// VaR = z σ √h, CVaR = φ(z) ÷ (1 − β) σ √h, fractions of value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LimitedRisk {
    /// σ² a year.
    Variance,
    /// σ a year.
    Volatility,
    /// σ a year of the difference of weights from the targets of the tree.
    TrackingError,
    /// VaR.
    ValueAtRisk {
        /// β, between 0 and 1.
        confidence: f64,
        /// Trading days, above 0.
        horizon_days: f64,
    },
    /// CVaR.
    ConditionalValueAtRisk {
        /// β, between 0 and 1.
        confidence: f64,
        /// Trading days, above 0.
        horizon_days: f64,
    },
}

/// Trading days in a year, by which horizons are told.
pub const TRADING_DAYS: f64 = 252.0;

impl LimitedRisk {
    /// Its name, as the policy file writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Variance => "variance",
            Self::Volatility => "volatility",
            Self::TrackingError => "tracking_error",
            Self::ValueAtRisk { .. } => "value_at_risk",
            Self::ConditionalValueAtRisk { .. } => "conditional_value_at_risk",
        }
    }

    /// The measure of a volatility a year.
    ///
    /// ```
    /// use evenkeel::policy::LimitedRisk;
    /// let a_month = LimitedRisk::ValueAtRisk { confidence: 0.99, horizon_days: 21.0 };
    /// assert!((a_month.of(0.15) - 2.326_347_874 * 0.15 * (21.0_f64 / 252.0).sqrt()).abs() < 1e-9);
    /// ```
    pub fn of(self, volatility: f64) -> f64 {
        match self {
            Self::Variance => volatility * volatility,
            Self::Volatility | Self::TrackingError => volatility,
            Self::ValueAtRisk { confidence, horizon_days } => {
                tail(confidence).map_or(f64::NAN, |tail| tail.value_at_risk) * volatility * (horizon_days / TRADING_DAYS).sqrt()
            }
            Self::ConditionalValueAtRisk { confidence, horizon_days } => {
                tail(confidence).map_or(f64::NAN, |tail| tail.conditional_value_at_risk) * volatility * (horizon_days / TRADING_DAYS).sqrt()
            }
        }
    }
}

/// The tail of the standard normal distribution.
fn tail(confidence: f64) -> Option<TailRisk> {
    normal_tail(0.0, 1.0, confidence).ok()
}

/// A law that looks at holdings on some days, and tolerates what the market alone has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Law {
    /// Investment Company Act of 1940, section 5(b)(1) and (c): immediately after every acquisition; what an acquisition does not cause,
    /// wholly or partly, is tolerated.
    CompanyAct,
    /// Internal Revenue Code, section 851(b)(3) and (d)(1): at the close of every quarter of the year; a discrepancy is tolerated that did
    /// not exist immediately after an acquisition, wholly or partly as its result, once the requirements were met at the close of a quarter.
    RevenueCode,
}

impl Law {
    /// The section that tolerates what the market alone has done.
    pub const fn section(self) -> &'static str {
        match self {
            Self::CompanyAct => "section 5(c) of the Investment Company Act of 1940",
            Self::RevenueCode => "section 851(d)(1) of the Internal Revenue Code",
        }
    }
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
    /// But not what this selects.
    pub except: Option<Box<Selector>>,
}

/// Which way a limit binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// No more than.
    AtMost,
    /// No less than.
    AtLeast,
}

impl Bound {
    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AtMost => "at_most",
            Self::AtLeast => "at_least",
        }
    }
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
    /// Of these, only those with a weight strictly beyond this count, all together.
    pub above: Option<f64>,
    /// Which way it binds.
    pub bound: Bound,
    /// The limit: a fraction, an amount in the base currency, or a score.
    pub value: f64,
    /// Whether a proposal that breaks it is refused, or only told.
    pub hard: bool,
    /// The law that it is of, where that is not tested every day.
    pub law: Option<Law>,
    /// Where the policy file states it.
    pub location: Option<Location>,
}
