//! What the joint planner minimizes, and how it measures any plan by it.

use evenkeel_ledger::number::{Money, NumberError, Rounding};
use evenkeel_quant::linear::cholesky::Cholesky;
use evenkeel_quant::linear::matrix::Matrix;
use serde::Serialize;

use crate::boundary::to_f64;
use crate::comply::Rules;
use crate::drift::{Corridor, Gauge};
use crate::index::IndexModel;
use crate::location::AnnualCosts;
use crate::policy::OptimalRules;
use crate::portfolio::SleeveCovariance;
use crate::tax::YearTax;
use crate::trade::context::Context;
use crate::trade::list::Side;
use crate::trade::planner::Plan;
use crate::trade::situation::Situation;

use super::edit::Edit;
use super::followed::{Followed, Tracking, followed};
use super::limits::{HardLimit, hard_limits, values_after};

/// Volatility of each class against its target beside the covariance, so that classes of little risk are held to target too.
const LEAST_VOLATILITY: f64 = 0.01;

/// What a unit of weight beyond a limit, or of cash that is missing, costs at the least: more than any tax. Where drift costs more,
/// so many times what a unit of drift of 100 % costs in the class that varies most.
const LIMIT_PRICE: f64 = 10.0;

/// How many times that what no plan may break costs in the program.
const STRICTER: f64 = 100.0;

/// What the joint planner is told beside the household.
#[derive(Debug, Clone)]
pub struct Weighing<'a> {
    /// Targets and bands.
    pub gauge: &'a Gauge<'a>,
    /// Target weights by sleeve.
    pub targets: &'a [f64],
    /// Covariance of the sleeves, a year.
    pub covariance: Option<&'a SleeveCovariance>,
    /// What holding costs a year.
    pub location: AnnualCosts,
    /// Limits, of which the hard ones are weighed.
    pub limits: &'a Rules,
    /// Indices that classes follow.
    pub indices: &'a [IndexModel],
    /// What a person has decided.
    pub edits: &'a [Edit],
}

/// What a plan comes to, in basis points of household value over the horizon.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Terms {
    /// ½ λ H × (TE² + (1 %)² Σ drift²).
    pub risk: f64,
    /// ½ λ H × TE² of classes against the indices that they follow, and what is beyond their limits at the price of limits.
    pub index: f64,
    /// Weight beyond bands × its price.
    pub bands: f64,
    /// Weight beyond hard limits, and cash that is missing, × 10, or × ten times what a unit of drift may cost.
    pub limits: f64,
    /// Trading costs.
    pub trading: f64,
    /// Tax of the year that the trades add, less the worth of losses that they add to those carried on; below zero where it is saved.
    pub tax: f64,
    /// Worth of the tax on gains not realized: below zero where trades take gains away from later years.
    pub later_tax: f64,
    /// H × what is lost each year to taxes on what is held where it is.
    pub location: f64,
    /// All together.
    pub total: f64,
}

impl Terms {
    /// Of fractions of value.
    pub(super) fn in_basis_points(self) -> Self {
        let Self { risk, index, bands, limits, trading, tax, later_tax, location, total } = self;
        let [risk, index, bands, limits, trading, tax, later_tax, location, total] =
            [risk, index, bands, limits, trading, tax, later_tax, location, total].map(|term| 1e4 * term);
        Self { risk, index, bands, limits, trading, tax, later_tax, location, total }
    }

    pub(super) fn summed(mut self) -> Self {
        let Self { risk, index, bands, limits, trading, tax, later_tax, location, .. } = self;
        // Nothing is never below zero.
        let [risk, index, bands, limits, trading, tax, later_tax, location] =
            [risk, index, bands, limits, trading, tax, later_tax, location].map(|term| term + 0.0);
        self = Self { risk, index, bands, limits, trading, tax, later_tax, location, total: 0.0 };
        self.total = risk + index + bands + limits + trading + tax + later_tax + location;
        self
    }
}

/// The objective for one household.
pub(super) struct Objective<'a> {
    pub(super) weighing: &'a Weighing<'a>,
    pub(super) rules: OptimalRules,
    /// Household value, in which everything is counted.
    pub(super) value: f64,
    /// What a unit of weight beyond a limit, or of cash that is missing, costs.
    pub(super) limit_price: f64,
    /// A column for each sleeve: the risk of a difference w in weights is ½ ‖loadings w‖².
    pub(super) loadings: Matrix,
    pub(super) corridors: Vec<Corridor>,
    pub(super) limits: Vec<HardLimit<'a>>,
    /// By return: tax of a unit of long-term gain later, as it is worth today.
    pub(super) later_rates: Vec<f64>,
    /// Classes that follow an index; their factors come after those of the sleeves.
    pub(super) followed: Vec<Followed<'a>>,
}

impl<'a> Objective<'a> {
    /// `None` where a covariance has no square root, or there is no value to weigh anything by.
    pub(super) fn new(context: &Context<'_>, situation: &Situation<'_>, weighing: &'a Weighing<'a>) -> Option<Self> {
        let rules = context.policy.optimal;
        let value = situation.total();
        let sleeves = context.sleeves.len();
        let scale = rules.risk_aversion * rules.horizon_years;
        let assumed = weighing.covariance.map(|covariance| covariance.matrix().matrix());
        // A class of which nothing is assumed varies by itself.
        let own = |sleeve: usize| {
            let is_known = weighing.covariance.is_some_and(|covariance| covariance.knows(sleeve));
            LEAST_VOLATILITY.powi(2) + if is_known { 0.0 } else { rules.class_volatility.powi(2) }
        };
        let entry = |row: usize, column: usize| {
            let own = if row == column { own(row) } else { 0.0 };
            own + assumed.as_ref().map_or(0.0, |assumed| assumed.get(row, column))
        };
        let root = Cholesky::factor(Matrix::from_fn(sleeves, sleeves, entry)).ok()?;
        let dearest = (0..sleeves).map(|sleeve| scale * entry(sleeve, sleeve)).fold(1.0, f64::max);
        let limit_price = LIMIT_PRICE * dearest;
        let loadings = Matrix::from_fn(sleeves, sleeves, |factor, sleeve| scale.sqrt() * root.lower().get(sleeve, factor));
        let returns = &situation.returns;
        let mut later_rates = vec![0.0; returns.years.len()];
        for (index, account) in situation.accounts.iter().enumerate() {
            if let (Some(place), Some(rates)) = (returns.of(index), account.rates)
                && let Some(rate) = later_rates.get_mut(place)
            {
                *rate = rules.later_tax * rates.long_term;
            }
        }
        let followed = followed(weighing.indices, weighing.targets, rules, limit_price, sleeves);
        let corridors = corridors(context, situation, weighing);
        let limits = hard_limits(context, situation, weighing.limits);
        (value > 0.0).then_some(Self { weighing, rules, value, limit_price, loadings, corridors, limits, later_rates, followed })
    }

    /// What a unit of what no plan may break costs in the program: the gain budget, turnover, a person's decisions.
    pub(super) fn strict_price(&self) -> f64 {
        STRICTER * self.limit_price
    }

    /// With indices weighed as they were for a decision.
    pub(super) fn weighed_as(mut self, tracking: &[Tracking]) -> Self {
        for (followed, tracking) in self.followed.iter_mut().zip(tracking) {
            followed.multiplier = tracking.multiplier;
            followed.can_be_kept = tracking.limit_within_reach;
        }
        self
    }

    /// Number of rows of the program's loadings.
    pub(super) fn factors(&self) -> usize {
        self.loadings.rows() + self.followed.iter().map(Followed::factors).sum::<usize>()
    }

    /// Loadings of an instrument, indices aside: those of its sleeves by how much of it lies in each.
    pub(super) fn loadings_of(&self, exposures: impl IntoIterator<Item = (usize, f64)>) -> Vec<f64> {
        let mut column = vec![0.0; self.factors()];
        for (sleeve, weight) in exposures {
            column.iter_mut().zip(self.loadings.column(sleeve)).for_each(|(sum, loading)| *sum += weight * loading);
        }
        column
    }

    /// What it costs a year, as a fraction of a value, to hold a sleeve in an account.
    pub(super) fn location(&self, account: usize, sleeve: usize) -> f64 {
        self.weighing.location.of(account, sleeve)
    }

    /// Tax of a return with more gains, less the worth of what it carries on, in its currency.
    pub(super) fn tax(&self, place: usize, year: &YearTax<'_>, short: Money, long: Money) -> Option<f64> {
        let tax = to_f64(year.tax(short, long).ok()?.amount());
        let carried = year.assess(short, long).ok()?.with_gains.netting.carried;
        let carried = to_f64(carried.short_term.amount()) + to_f64(carried.long_term.amount());
        Some(tax + self.later_rates.get(place).copied().unwrap_or(0.0) * carried)
    }

    /// Loadings of the differences of weights by sleeve from target.
    pub(super) fn factors_of(&self, weights: &[f64]) -> Vec<f64> {
        let mut factors = vec![0.0; self.loadings.rows()];
        for (sleeve, (weight, target)) in weights.iter().zip(self.weighing.targets).enumerate() {
            let loadings = self.loadings.column(sleeve).iter();
            factors.iter_mut().zip(loadings).for_each(|(factor, loading)| *factor += loading * (weight - target));
        }
        factors
    }

    /// Risk of weights by sleeve, a fraction of value.
    fn risk(&self, weights: &[f64]) -> f64 {
        0.5 * self.factors_of(weights).iter().map(|factor| factor * factor).sum::<f64>()
    }

    /// What weights beyond bands cost.
    fn bands(&self, weights: &[f64]) -> f64 {
        let beyond = self.corridors.iter().map(|corridor| {
            let weight: f64 = corridor.sleeves.iter().filter_map(|sleeve| weights.get(*sleeve)).sum();
            (weight - corridor.upper).max(corridor.lower - weight).max(0.0)
        });
        self.rules.band_price * beyond.sum::<f64>()
    }

    /// What a plan comes to.
    ///
    /// # Errors
    /// An amount out of range.
    pub(super) fn measure(&self, context: &Context<'_>, situation: &Situation<'_>, plan: &Plan) -> Result<Terms, NumberError> {
        let bp = |value: f64| 1e4 * value / self.value;
        let weights: Vec<f64> = plan.after.iter().map(|value| value / self.value).collect();
        let (tax, later_tax) = self.taxes(context, situation, plan)?;
        let terms = Terms {
            risk: 1e4 * self.risk(&weights),
            index: 1e4 * self.followed.iter().map(|index| index.cost(index.risk(&index.after(situation, plan, self.value)))).sum::<f64>(),
            bands: 1e4 * self.bands(&weights),
            limits: bp(self.limit_price * self.beyond_limits(context, situation, plan)),
            trading: bp(to_f64(plan.costs(context)?.total.amount())),
            tax: bp(tax),
            later_tax: bp(later_tax),
            location: bp(self.rules.horizon_years * self.located(context, situation, plan)),
            total: 0.0,
        };
        Ok(terms.summed())
    }

    /// Tax that a plan adds to that of the year, and what it changes of later tax.
    pub(super) fn taxes(&self, context: &Context<'_>, situation: &Situation<'_>, plan: &Plan) -> Result<(f64, f64), NumberError> {
        let returns = &situation.returns;
        let (mut tax, mut later) = (0.0, 0.0);
        for (place, (year, gains)) in returns.years.iter().zip(plan.gains_by_return(context, situation)?).enumerate() {
            let none = Money::zero(gains.short_term.currency());
            let rate = base_per_unit(context, none);
            let with = self.tax(place, year, gains.short_term, gains.long_term);
            if let (Some(with), Some(without)) = (with, self.tax(place, year, none, none)) {
                tax += rate * (with - without);
            }
            let gain = to_f64(gains.short_term.amount()) + to_f64(gains.long_term.amount());
            later -= rate * self.later_rates.get(place).copied().unwrap_or(0.0) * gain;
        }
        for (account, .., sale) in plan.taxable_sales(situation).filter(|(account, ..)| returns.of(*account).is_none()) {
            tax += sale.tax.map_or(0.0, |owed| crate::trade::taxed::in_base(context, owed));
            let rate = situation.accounts.get(account).and_then(|account| account.rates).map_or(0.0, |rates| rates.long_term);
            later -= self.rules.later_tax * rate * sale.gain.map_or(0.0, |gain| crate::trade::taxed::in_base(context, gain));
        }
        Ok((tax, later))
    }

    /// What is lost each year to where holdings lie.
    fn located(&self, context: &Context<'_>, situation: &Situation<'_>, plan: &Plan) -> f64 {
        let cash = context.sleeves.cash.0;
        let mut sum = 0.0;
        for (index, (account, settled)) in situation.accounts.iter().zip(&plan.accounts).enumerate() {
            sum += account.values.iter().enumerate().map(|(sleeve, value)| self.location(index, sleeve) * value).sum::<f64>();
            sum += self.location(index, cash) * (to_f64(settled.cash_after.amount()) - account.cash);
            for execution in &settled.executions {
                let sign = if execution.side == Side::Buy { 1.0 } else { -1.0 };
                let exposures = context.sleeves.exposures(execution.order.instrument).iter();
                let cost: f64 = exposures.map(|exposure| self.location(index, exposure.sleeve.0) * exposure.weight).sum();
                sum += sign * cost * to_f64(execution.gross.amount());
            }
        }
        sum
    }

    /// Value beyond hard limits, and cash that is missing.
    fn beyond_limits(&self, context: &Context<'_>, situation: &Situation<'_>, plan: &Plan) -> f64 {
        let (mut short, mut cash_held) = (0.0, 0.0);
        for (account, settled) in situation.accounts.iter().zip(&plan.accounts) {
            let cash = to_f64(settled.cash_after.amount());
            short += (to_f64(account.cash_floor.amount()) - cash).max(0.0);
            cash_held += cash;
        }
        short += (situation.cash_reserve.minimum + situation.cash_reserve.upcoming - cash_held).max(0.0);
        short + self.breaches(context, situation, plan).into_iter().map(|breach| breach.max(0.0)).sum::<f64>()
    }

    /// By limit, value beyond it after a plan; below zero where there is room.
    pub(super) fn breaches(&self, context: &Context<'_>, situation: &Situation<'_>, plan: &Plan) -> Vec<f64> {
        if self.limits.is_empty() {
            return Vec::new();
        }
        let values = values_after(context, situation, plan);
        self.limits.iter().map(|limit| limit.beyond(&values)).collect()
    }
}

/// The bands. One that is narrower than a whole lot of its class is as wide as that, or no decision could keep it.
fn corridors(context: &Context<'_>, situation: &Situation<'_>, weighing: &Weighing<'_>) -> Vec<Corridor> {
    let value = situation.total();
    let lot = |sleeve: usize| {
        let held = situation.accounts.iter().flat_map(|account| account.positions_in(sleeve)).filter(|position| position.may_sell);
        let bought = situation.accounts.iter().filter_map(|account| account.buys.get(sleeve).copied().flatten());
        let lots = held.map(|position| position.instrument).chain(bought).map(|instrument| context.unit(instrument).lot);
        lots.fold(f64::INFINITY, f64::min)
    };
    let mut corridors = weighing.gauge.corridors();
    for corridor in &mut corridors {
        let lot = corridor.sleeves.iter().map(|sleeve| lot(*sleeve)).fold(f64::INFINITY, f64::min);
        let short = 0.5 * (lot / value - (corridor.upper - corridor.lower));
        if lot.is_finite() && short > 0.0 {
            (corridor.lower, corridor.upper) = (corridor.lower - short, corridor.upper + short);
        }
    }
    corridors
}

/// What a unit of an amount's currency is worth in the base currency; zero where there is no rate.
pub(super) fn base_per_unit(context: &Context<'_>, of: Money) -> f64 {
    let one = Money::new(evenkeel_ledger::number::Decimal::ONE, of.currency());
    context.market.fx.convert(one, context.currency(), Rounding::HalfEven).map_or(0.0, |money| to_f64(money.amount()))
}
