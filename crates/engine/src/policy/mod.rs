//! [`Policy`]: what the user has decided.
//!
//! A policy is symbolic: it names classes and symbols and holds no prices or forecasts, so one
//! policy serves many households.

use std::collections::BTreeMap;

use evenkeel_ledger::calendar::{Calendar, CalendarError};
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::{Currency, Money, Rate};
use evenkeel_ledger::schedule::Schedule;

use crate::boundary::to_f64;
use crate::diagnostic::Location;

mod describe;
mod describe_optimized;
mod diff;
mod estimate;
mod explain;
mod index;
mod limit;
mod location;
mod optimal;
mod optimization;
mod overlay;
mod parse;
pub mod preset;
mod spending;
mod statement;
mod stop;
mod style;
mod tax;
mod template;
mod tree;
mod universe;

pub use describe::spending as spending_in_words;
pub use describe_optimized::{estimate as estimate_in_words, linkage as linkage_in_words, measure as measure_in_words, measure_time};
pub use diff::diff;
pub use estimate::{Blend, CovarianceEstimator, EstimateRules, Frequency, Missing, ReturnEstimator, SpacingError, View, ViewSubject};
pub use explain::explain;
pub use index::{IndexRules, ScoreTilt};
pub use limit::{Attribute, Bound, HistoryTail, Law, Limit, LimitedRisk, Measure, RiskBasis, Selector, TRADING_DAYS};
pub use location::{LocationRules, StatedCosts, Where};
pub use optimal::{OptimalRules, Planner};
pub use optimization::{
    EXPOSURE, HierarchicalScheme, Linkage, MeanRiskObjective, Method, Optimization, OptimizationCosts, RiskMeasure, Rule, RuleSubject,
};
pub use overlay::{Overlay, OverlayBound, OverlayRule, SignalRule, SignalTransform};
pub use parse::{SCHEMA_VERSION, reference};
pub use spending::{OBSERVATIONS_PER_YEAR, SpendingRules};
pub use statement::{Relation, Statement, StatementError, Term};
pub use stop::{ReEntry, StopLevel, StopRule, StopSide};
pub use style::{Preference, Style, Tilt};
pub use tax::{HarvestRules, LotChoice, TaxRules, WashSales};
pub use template::template;
pub use tree::{Node, NodeId, TargetTree};
pub use universe::check_universe;

/// All that a policy file says, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Name for people.
    pub name: String,
    /// Currency in which the household is valued and decided on.
    pub base_currency: Currency,
    /// Calendar by which schedules are adjusted.
    pub calendar: Calendar,
    /// Name of the benchmark in `benchmark.csv`.
    pub benchmark: Option<String>,
    /// What is to be earned.
    pub objective: Objective,
    /// Where target weights come from.
    pub strategy: Strategy,
    /// Which classes the strategic weights lean toward.
    pub style: Style,
    /// How returns and risks are estimated, where something needs them.
    pub estimate: EstimateRules,
    /// Profiles that the file defines beside those of [`preset::profiles`].
    pub profiles: Vec<Profile>,
    /// The tree of classes with weights and bands.
    pub tree: TargetTree,
    /// When to look and when to act; any one that fires is enough. Never empty.
    pub triggers: Vec<Trigger>,
    /// How to trade once a trigger has fired.
    pub rebalance: RebalanceRules,
    /// What trading costs.
    pub costs: CostRules,
    /// Cash to keep, and flows to come.
    pub cash: CashRules,
    /// How prices are judged.
    pub prices: PriceRules,
    /// What trades have to do with taxes.
    pub tax: TaxRules,
    /// What it costs to hold classes in accounts.
    pub location: LocationRules,
    /// What the joint planner weighs.
    pub optimal: OptimalRules,
    /// What is paid out of it; `None` where the file does not say.
    pub spending: Option<SpendingRules>,
    /// Classes that are held name by name against an index, no class twice.
    pub indices: Vec<IndexRules>,
    /// What must hold before and after.
    pub limits: Vec<Limit>,
    /// Tactical shifts around the strategic weights.
    pub overlay: Option<Overlay>,
    /// When to leave classes because of what their prices have done.
    pub stops: Vec<StopRule>,
    /// Shocks to report on.
    pub stress: Vec<StressScenario>,
    /// Where the file states what it names.
    pub places: Places,
}

impl Policy {
    /// Whether it looks at prices or returns over time: weights are optimized from them, or limits on risk rest on them.
    pub fn needs_history(&self) -> bool {
        matches!(self.strategy, Strategy::Optimized(_)) || self.limits.iter().any(|limit| limit.measure.rests_on_history())
    }

    /// A profile by name: one of the file's own, or a preset.
    pub fn profile(&self, name: &str) -> Option<Profile> {
        let own = self.profiles.iter().find(|profile| profile.name == name).cloned();
        own.or_else(|| preset::profiles().into_iter().find(|profile| profile.name == name))
    }
}

/// Where a policy file states what it names, for diagnostics that come after reading it. Policies
/// that say the same in different places are equal.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// Each class of the tree.
    pub classes: BTreeMap<ClassPath, Location>,
    /// Each instrument of the tree.
    pub instruments: BTreeMap<String, Location>,
    /// Each account or kind of account whose costs are stated.
    pub accounts: BTreeMap<String, Location>,
}

impl PartialEq for Places {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// What the portfolio is to earn, a year, as fractions.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Objective {
    /// Nominal return wanted; where spending and inflation are given, their sum.
    pub nominal_return: Option<f64>,
    /// Spending as a fraction of value.
    pub spending: Option<f64>,
    /// Inflation.
    pub inflation: Option<f64>,
}

impl Objective {
    /// The nominal return needed: as stated, or spending plus inflation (simple, not compounded).
    pub fn required_return(&self) -> Option<f64> {
        self.nominal_return.or(match (self.spending, self.inflation) {
            (None, None) => None,
            (spending, inflation) => Some(spending.unwrap_or(0.0) + inflation.unwrap_or(0.0)),
        })
    }
}

/// Where target weights come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Strategy {
    /// The weights that the tree states.
    Tree,
    /// A profile for the top classes, shifted for the horizon; the tree states the rest.
    Profile {
        /// The profile.
        profile: Profile,
        /// Years until the money is needed.
        horizon_years: Option<Rate>,
    },
    /// A table of years (or age) to top-class weights, interpolated by date.
    GlidePath(GlidePath),
    /// The weights of all leaves are optimized; weights that the tree states are the reference.
    Optimized(Box<Optimization>),
}

/// A named mix of top classes, with weights that sum to 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// Class and weight.
    pub weights: Vec<(ClassPath, Rate)>,
}

/// Weights that change with time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlidePath {
    /// What the table's axis counts.
    pub axis: GlideAxis,
    /// Points in ascending order of the axis; between two of them weights are interpolated
    /// linearly by days, outside they stay as at the nearest.
    pub points: Vec<GlidePoint>,
}

/// What a glide path's axis counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GlideAxis {
    /// Years to (below zero) and after the target date.
    YearsFrom(Date),
    /// Age of the household's oldest owner, in years.
    Age,
}

/// Weights at one point of a glide path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlidePoint {
    /// Years on the axis.
    pub years: Rate,
    /// Class and weight, summing to 1.
    pub weights: Vec<(ClassPath, Rate)>,
}

/// How far a weight may be from its target before it is out of band.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Band {
    /// In points of portfolio weight.
    pub absolute: Option<f64>,
    /// As a fraction of the target weight.
    pub relative: Option<f64>,
}

impl Band {
    /// The half width at a target weight: the smaller of the two where both are given (the 5/25
    /// rule), infinite where neither is. A fraction of a target of zero says nothing, so there the
    /// absolute width alone counts where it is given.
    pub fn half_width(&self, target: f64) -> f64 {
        let relative = self.relative.map(|relative| relative * target.abs());
        match (self.absolute, relative) {
            (Some(absolute), Some(relative)) if relative > 0.0 => absolute.min(relative),
            (Some(absolute), _) => absolute,
            (None, relative) => relative.unwrap_or(f64::INFINITY),
        }
    }
}

/// When to look, and when to act.
#[derive(Debug, Clone, PartialEq)]
pub enum Trigger {
    /// Acts on every date of the schedule.
    Calendar {
        /// When.
        schedule: Schedule,
    },
    /// Acts on any day on which a node of the tree is beyond its band.
    Threshold,
    /// Looks on the schedule and acts if a node is beyond its band.
    Hybrid {
        /// When to look.
        schedule: Schedule,
    },
    /// Looks every so many days, acts if a node is beyond its band, and goes back to within a
    /// fraction of the band (Daryanani 2008).
    Opportunistic {
        /// Days between looks, counted from the last review.
        look_interval_days: u32,
        /// Tolerance band, as a fraction of the trigger band.
        tolerance: f64,
    },
    /// Acts when cash above what is to be kept is at least this, or cash is short.
    CashFlow {
        /// Least excess of cash, as a fraction of value.
        at_least: f64,
    },
    /// Acts when the drift of the whole portfolio, ½ Σ |drift| over leaves, is beyond the limit.
    PortfolioDrift {
        /// The limit, as a fraction of value.
        limit: f64,
    },
    /// Acts when the tracking error against the target is beyond the limit (a year, a fraction).
    TrackingError {
        /// The limit.
        limit: f64,
    },
    /// Acts when a leaf's weight is beyond `multiple` × its class's volatility × its target weight.
    VolatilityBand {
        /// Multiples of the yearly volatility.
        multiple: f64,
    },
    /// Acts when the weight of the risky asset leaves the no-trade region of proportional costs
    /// (Davis & Norman 1990; leading order of Janeček & Shreve 2004).
    NoTradeRegion {
        /// The class that is the risky asset; the rest of the portfolio is the other.
        class: ClassPath,
        /// Relative risk aversion.
        risk_aversion: f64,
    },
}

/// Where trades lead.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Destination {
    /// To the target weights.
    Target,
    /// To the nearest edge of the band.
    BandEdge,
    /// Half of the way to target.
    HalfWay,
    /// To a fixed distance from target, in points of weight.
    InnerBand {
        /// Points from target.
        distance: f64,
    },
    /// To a fraction of the band.
    ToleranceBand {
        /// Fraction of the band's half width.
        fraction: f64,
    },
}

/// Which classes trade once a trigger has fired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All.
    All,
    /// Those beyond their band; the others only take up what these release or need.
    OutOfBand,
}

/// In which direction trades may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Buy and sell.
    Full,
    /// Only invest spare cash or raise missing cash.
    CashOnly,
    /// No sells.
    BuyOnly,
    /// No buys.
    SellOnly,
}

/// What becomes of holdings that the tree does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlisted {
    /// They are sold: their target is zero.
    Sell,
    /// They stay as they are, and the rest is spread over what is left.
    Keep,
}

/// How to trade once a trigger has fired.
#[derive(Debug, Clone, PartialEq)]
pub struct RebalanceRules {
    /// Which planner makes the trades.
    pub planner: Planner,
    /// Where trades lead.
    pub destination: Destination,
    /// Which classes trade.
    pub scope: Scope,
    /// In which direction.
    pub mode: Mode,
    /// Days after a rebalance in which no trigger but cash needs fires.
    pub cooldown_days: u32,
    /// Trades of this value or less are dropped.
    pub min_trade: Money,
    /// Most that may be traded, one-way, as a fraction of value.
    pub max_turnover_one_way: Option<f64>,
    /// Whether quantities are rounded to lot sizes, or left as they come (studies).
    pub whole_lots: bool,
    /// Which lots of taxable accounts are sold first.
    pub lot_method: LotChoice,
    /// What becomes of holdings that the tree does not name.
    pub unlisted: Unlisted,
}

/// What trading costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CostRules {
    /// Fee for each trade.
    pub fixed_per_trade: Money,
    /// Fraction of the traded value.
    pub proportional: Rate,
    /// Quoted spread of instruments that state none, as a fraction of price; half is paid.
    pub default_spread: Rate,
    /// Impact as a multiple of daily volatility × √(traded ÷ average daily volume); zero for none.
    pub impact_coefficient: f64,
    /// What management costs a year, as a fraction of value; charged by the month where a policy is run over time.
    pub management_fee: f64,
}

impl CostRules {
    /// Cost of a trade on each side, as a fraction of what is traded: the proportional cost and half the spread, which is
    /// the default one where an instrument states none.
    pub fn each_side(&self, spread: Option<Rate>) -> f64 {
        to_f64(self.proportional.decimal()) + to_f64(spread.unwrap_or(self.default_spread).decimal()) / 2.0
    }
}

/// Cash to keep, and flows to come.
#[derive(Debug, Clone, PartialEq)]
pub struct CashRules {
    /// Cash that the household keeps in any case, in the base currency.
    pub minimum: Money,
    /// Cash kept on top of the target weight of cash, as a fraction of value.
    pub buffer: f64,
    /// Flows due within so many days are provided for.
    pub look_ahead_days: u32,
    /// Planned flows, by date: above zero comes in, below zero goes out.
    pub flows: Vec<CashFlow>,
    /// Planned flows that recur.
    pub recurring: Vec<RecurringFlow>,
}

/// A planned flow that recurs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecurringFlow {
    /// The flow; its date is the first on which it may fall.
    pub flow: CashFlow,
    /// The days on which it falls.
    pub every: Schedule,
    /// The last day on which it may fall; `None` for no end.
    pub until: Option<Date>,
}

impl CashRules {
    /// The flows that recur within a span of days, dated.
    ///
    /// # Errors
    /// A calendar that does not cover the days.
    pub fn recurring_within(&self, calendar: &Calendar, from: Date, to: Date) -> Result<Vec<CashFlow>, CalendarError> {
        let mut dated = Vec::new();
        for RecurringFlow { flow, every, until } in &self.recurring {
            let last = until.map_or(to, |until| until.min(to));
            let mut day = flow.date.max(from);
            while day <= last {
                let date = every.next_on_or_after(day, calendar)?;
                if date > last {
                    break;
                }
                dated.push(CashFlow { date, ..flow.clone() });
                let Ok(next) = date.add_days(1) else { break };
                day = next;
            }
        }
        dated.sort_by_key(|flow| flow.date);
        Ok(dated)
    }
}

/// A planned flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CashFlow {
    /// When.
    pub date: Date,
    /// How much: above zero comes in, below zero goes out.
    pub amount: Money,
    /// In which account; the first with room, in the order of tax treatment, where not said.
    pub account: Option<String>,
    /// What it is for.
    pub purpose: Option<String>,
}

/// How prices are judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PriceRules {
    /// A price older than so many days is stale.
    pub max_age_days: u32,
    /// A price that moved by more than this fraction since the one before is suspect.
    pub max_jump: f64,
}

/// Shocks to report on.
#[derive(Debug, Clone, PartialEq)]
pub struct StressScenario {
    /// Name for people.
    pub name: String,
    /// Return of the classes named; the first entry that holds a class counts, others stay put.
    pub shocks: Vec<(Vec<ClassPath>, f64)>,
    /// Survives while value after stays strictly above this fraction of value before.
    pub survival: f64,
}
