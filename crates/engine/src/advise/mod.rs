//! [`BandAdvice`]: the bands and the destination that cost least, in trades and in drift.
//!
//! What being away from target costs is half the risk aversion times the variance of the return against target, a year.
//! Candidates are bands of one width for all classes, of one fraction of each target, and of each class's own width by the
//! closed form (`quant::allocate::band_cost`) times a factor; each with trades to the target, half-way and to the edge, and
//! the policy's own bands beside them. All run over the same paths (`quant::bands`).

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::instrument::Universe;
use evenkeel_quant::allocate::band_cost::Class;
use evenkeel_quant::backtest::Destination;
pub use evenkeel_quant::bands::Experiment;
use evenkeel_quant::bands::{Problem, RuleCost, rule_costs};
use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::simulate::moments::Moments;
use evenkeel_quant::simulate::{Model, source::Lognormal};
use serde::Serialize;

use crate::boundary::{TOLERANCE, to_f64};
use crate::diagnostic::{Code, Diagnostic};
use crate::estimate::{Asset, Estimates};
use crate::policy::Policy;
use crate::portfolio::{SleeveId, Sleeves};

mod candidate;

pub use candidate::{Candidate, Family};

/// Costs a year that differ by less than this share of the least are the same to whoever pays them, however sure the paths are.
const SAME_COST: f64 = 0.05;

/// What advice is made of.
#[derive(Debug, Clone, Copy)]
pub struct AdviceInputs<'a> {
    /// The policy, with its bands and costs.
    pub policy: &'a Policy,
    /// The leaves of its tree.
    pub sleeves: &'a Sleeves,
    /// The instruments, with their spreads.
    pub universe: &'a Universe,
    /// What is expected of the leaves.
    pub estimates: &'a Estimates,
    /// By sleeve, the target weights.
    pub targets: &'a [f64],
    /// What is held, in the base currency: what fixed fees are measured on.
    pub value: Option<f64>,
    /// Relative risk aversion.
    pub risk_aversion: f64,
    /// Paths, of a period a trading day or another.
    pub experiment: Experiment,
    /// Periods from one look to the next.
    pub look_every: usize,
}

/// Which bands and destination cost least.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BandAdvice {
    /// The classes, with what their closed forms say.
    pub classes: Vec<ClassBand>,
    /// What was tried, in order.
    pub tried: Vec<Tried>,
    /// Which of them costs least.
    pub least: usize,
    /// Which is advised: of those that cost at most a twentieth more than the least, or as good as it within what the paths can
    /// tell, one with the fewest keys.
    pub advised: usize,
    /// The keys of the policy that say so.
    pub settings: String,
    /// What should be known.
    pub notes: Vec<String>,
}

/// A class and the closed forms of its band.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClassBand {
    /// The class.
    pub class: String,
    /// Its target weight.
    pub weight: f64,
    /// Its volatility a year.
    pub volatility: f64,
    /// What trading it costs, each side, as a fraction.
    pub cost_each_side: f64,
    /// Half width of the band of least cost where trades lead to its edge, in points of weight; none where nothing drifts.
    pub band_edge: Option<f64>,
    /// The same where they lead half-way to target.
    pub half_way: Option<f64>,
    /// The same where they lead to the target.
    pub target: Option<f64>,
    /// Half width of the advised band.
    pub advised: f64,
}

/// A rule that was tried, and what it costs a year, as fractions of value.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tried {
    /// The rule.
    pub candidate: Candidate,
    /// Cost of trades.
    pub trading: f64,
    /// Cost of drift.
    pub drift: f64,
    /// Both together.
    pub total: f64,
    /// Standard error of that.
    pub standard_error: f64,
    /// What it costs more than the least.
    pub excess: f64,
    /// Standard error of that, path against path.
    pub excess_error: f64,
    /// Whether the paths do not tell it from the least.
    pub as_good: bool,
    /// Rebalances a year.
    pub rebalances: f64,
    /// One-way turnover a year.
    pub turnover: f64,
}

impl Tried {
    fn new(candidate: Candidate, cost: &RuleCost) -> Self {
        Self {
            candidate,
            trading: cost.trading,
            drift: cost.drift,
            total: cost.total(),
            standard_error: cost.standard_error,
            excess: cost.excess,
            excess_error: cost.excess_error,
            as_good: cost.is_as_good(),
            rebalances: cost.rebalances,
            turnover: cost.turnover,
        }
    }
}

/// Finds the bands and the destination that cost least.
///
/// # Errors
/// Diagnostics: fewer than two classes with weight, or figures of which no paths can be made.
pub fn advise_bands(inputs: &AdviceInputs<'_>) -> Result<BandAdvice, Vec<Diagnostic>> {
    let market = Classes::new(inputs)?;
    let fixed = inputs.value.filter(|value| *value > 0.0).map(|value| to_f64(inputs.policy.costs.fixed_per_trade.amount()) / value);
    let classes = market.closed_forms(inputs.risk_aversion, fixed.unwrap_or(0.0));
    let now = market.bands_now(inputs);
    let candidates = candidate::candidates(inputs.policy, &classes, now.iter().any(|band| band.half_width(1.0).is_finite()));
    let rules: Vec<_> = candidates.iter().map(|candidate| candidate.rule(&classes, &now, inputs)).collect();
    let problem = Problem {
        targets: &market.weights,
        covariance: &market.covariance,
        costs: &market.costs,
        fixed: fixed.unwrap_or(0.0),
        risk_aversion: inputs.risk_aversion,
    };
    let told = |error: &dyn std::fmt::Display| vec![unusable(error)];
    let moments =
        Moments::of_year(&market.expected, &market.covariance, inputs.experiment.periods_per_year).map_err(|error| told(&error))?;
    let model = Model::Lognormal(Lognormal::new(&moments).map_err(|error| told(&error))?);
    let costs = rule_costs(&problem, &model, &inputs.experiment, &rules).map_err(|error| told(&error))?;
    let tried: Vec<Tried> = candidates.into_iter().zip(&costs).map(|(candidate, cost)| Tried::new(candidate, cost)).collect();
    let (least, advised) = choose(&tried);
    let rule = rules.get(advised);
    let width = |at: usize, weight: f64| {
        rule.and_then(|rule| rule.bands.get(at).or(rule.bands.first())).map_or(0.0, |band| band.half_width(weight))
    };
    let classes: Vec<ClassBand> =
        classes.into_iter().enumerate().map(|(at, class)| ClassBand { advised: width(at, class.weight), ..class }).collect();
    let settings = tried.get(advised).map(|tried| tried.candidate.settings(&classes)).unwrap_or_default();
    Ok(BandAdvice { notes: notes(inputs, fixed), settings, classes, tried, least, advised })
}

/// The least cost, and of those that are as good the one with the fewest keys. What stands now is not advice.
fn choose(tried: &[Tried]) -> (usize, usize) {
    let cheaper = |a: &(usize, &Tried), b: &(usize, &Tried)| a.1.total.total_cmp(&b.1.total);
    let numbered = || tried.iter().enumerate().filter(|(_, tried)| tried.candidate.family != Family::Now);
    let least = tried.iter().enumerate().min_by(cheaper).map_or(0, |(at, _)| at);
    let near = |tried: &Tried| tried.as_good || tried.excess <= SAME_COST * (tried.total - tried.excess);
    let simplest = numbered().filter(|(_, tried)| near(tried)).map(|(_, tried)| tried.candidate.family).min();
    let advised = numbered().filter(|(_, tried)| simplest.is_none_or(|family| near(tried) && tried.candidate.family == family));
    (least, advised.min_by(cheaper).map_or(least, |(at, _)| at))
}

fn notes(inputs: &AdviceInputs<'_>, fixed: Option<f64>) -> Vec<String> {
    let mut notes = Vec::new();
    let fee = inputs.policy.costs.fixed_per_trade;
    if !fee.is_zero() && fixed.is_none() {
        notes.push(format!("The fee of {fee} a trade is left out, as it is not known what is held: give `--value`."));
    }
    if inputs.policy.costs.impact_coefficient > 0.0 {
        notes.push("Market impact is left out: bands are judged on proportional and fixed costs.".to_owned());
    }
    if inputs.policy.tree.nodes.len() > inputs.policy.tree.leaves().count() {
        notes.push("The bands are those of the leaves; classes above them have none here.".to_owned());
    }
    notes.push("Taxes, least trades and the work of a trade are left out: where they count, wider bands pay.".to_owned());
    notes
}

fn unusable(error: &dyn std::fmt::Display) -> Diagnostic {
    Diagnostic::error(Code::ARGUMENT, error.to_string()).help("correct the assumptions, the costs or the arguments")
}

/// The classes that have weight, cash included, in parallel lists.
struct Classes {
    names: Vec<ClassPath>,
    sleeves: Vec<SleeveId>,
    weights: Vec<f64>,
    expected: Vec<f64>,
    costs: Vec<f64>,
    covariance: Covariance,
}

impl Classes {
    fn new(inputs: &AdviceInputs<'_>) -> Result<Self, Vec<Diagnostic>> {
        let target = |sleeve: SleeveId| inputs.targets.get(sleeve.0).copied().unwrap_or(0.0);
        let estimates = inputs.estimates;
        let held: Vec<usize> = (0..estimates.assets.len())
            .filter(|at| estimates.assets.get(*at).is_some_and(|asset| target(asset.sleeve) > TOLERANCE))
            .collect();
        let cash = inputs.sleeves.cash;
        let has_cash = target(cash) > TOLERANCE;
        if held.len() + usize::from(has_cash) < 2 {
            let message = "fewer than two classes have a target weight, and nothing can drift";
            return Err(vec![Diagnostic::error(Code::ARGUMENT, message).help("give weights to two classes at the least")]);
        }
        let assets = || held.iter().filter_map(|at| Some((estimates.assets.get(*at)?, *estimates.expected.get(*at)?)));
        let spread = |asset: &Asset| inputs.universe.get(asset.instrument?).and_then(|instrument| instrument.spread);
        let mut found = Self {
            names: assets().map(|(asset, _)| asset.class.clone()).collect(),
            sleeves: assets().map(|(asset, _)| asset.sleeve).collect(),
            weights: assets().map(|(asset, _)| target(asset.sleeve)).collect(),
            expected: assets().map(|(_, expected)| expected).collect(),
            costs: assets().map(|(asset, _)| inputs.policy.costs.each_side(spread(asset))).collect(),
            covariance: estimates.covariance.as_ref().clone(),
        };
        if has_cash {
            found.names.push(ClassPath::cash());
            found.sleeves.push(cash);
            found.weights.push(target(cash));
            found.expected.push(inputs.policy.estimate.risk_free);
            found.costs.push(0.0);
        }
        let sum: f64 = found.weights.iter().sum();
        found.weights.iter_mut().for_each(|weight| *weight /= sum);
        let matrix = estimates.covariance.matrix();
        let entry = |row: usize, column: usize| match (held.get(row), held.get(column)) {
            (Some(row), Some(column)) => matrix.get(*row, *column),
            // Cash does not move.
            _ => 0.0,
        };
        let size = found.weights.len();
        found.covariance = Covariance::from_matrix(Matrix::from_fn(size, size, entry)).map_err(|error| vec![unusable(&error)])?;
        Ok(found)
    }

    /// The bands that the policy has now.
    fn bands_now(&self, inputs: &AdviceInputs<'_>) -> Vec<evenkeel_quant::backtest::Band> {
        let node = |sleeve: SleeveId| inputs.sleeves.get(sleeve).and_then(|sleeve| sleeve.node);
        let band =
            |sleeve: &SleeveId| node(*sleeve).and_then(|id| inputs.policy.tree.nodes.get(id.0)).map(|node| node.band).unwrap_or_default();
        let bands = self.sleeves.iter().map(band);
        bands.map(|band| evenkeel_quant::backtest::Band { absolute: band.absolute, relative: band.relative }).collect()
    }

    /// Each class beside the rest of the portfolio, which takes the other side of its trades in proportion.
    fn closed_forms(&self, risk_aversion: f64, fixed_cost: f64) -> Vec<ClassBand> {
        let volatilities = self.covariance.volatilities();
        let all_costs: f64 = self.weights.iter().zip(&self.costs).map(|(weight, cost)| weight * cost).sum();
        let lists = self.names.iter().zip(&self.weights).zip(&self.costs).zip(&volatilities);
        let classes = lists.enumerate().map(|(at, (((name, weight), cost), volatility))| {
            let rest = 1.0 - weight;
            let away: Vec<f64> = self.weights.iter().enumerate().map(|(other, held)| f64::from(u8::from(other == at)) - held).collect();
            let class = Class {
                weight: *weight,
                variance: self.covariance.variance(&away) / (rest * rest),
                cost_each_side: cost + (all_costs - weight * cost) / rest,
                fixed_cost,
                risk_aversion,
            };
            let width = |inner: f64| class.best_half_width(inner).filter(|width| *width > 0.0);
            ClassBand {
                class: name.to_string(),
                weight: *weight,
                volatility: *volatility,
                cost_each_side: *cost,
                // A fixed cost is too dear at the very edge; the band there is that of the proportional cost.
                band_edge: Class { fixed_cost: 0.0, ..class }.best_half_width(1.0).filter(|width| *width > 0.0),
                half_way: width(0.5),
                target: width(0.0),
                advised: 0.0,
            }
        });
        classes.collect()
    }
}

impl ClassBand {
    /// Half width of least cost by the closed form for a destination; 0 where there is none.
    fn closed_form(&self, destination: Destination) -> f64 {
        let width = match destination {
            Destination::Target => self.target,
            Destination::HalfWay => self.half_way,
            _ => self.band_edge,
        };
        width.unwrap_or(0.0)
    }
}
