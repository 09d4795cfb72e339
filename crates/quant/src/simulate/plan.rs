//! What happens to a portfolio on a path, and when: compiled into segments once, walked on every path.

use super::error::{SimulateError, check, check_size};
use super::source::{Model, padded};
use crate::linear::vector::count;
use crate::spending::{Rule, Spending};

/// Weights that differ from 1 in sum by less are rounded.
const ROUNDING: f64 = 1e-9;

/// Most watches: a bit of a word each.
pub const MOST_WATCHES: usize = 64;

/// Rates of inflation over which decades stay within the range of numbers.
const INFLATION: std::ops::RangeInclusive<f64> = -0.5..=10.0;

/// Most segments of a path, so that a plan fits into memory.
const MOST_SEGMENTS: usize = 1_000_000;

/// A plan for a portfolio of n assets.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Periods of the model in a year.
    pub periods_per_year: usize,
    /// Years.
    pub years: usize,
    /// Value at the start, above 0.
    pub value: f64,
    /// Target weights by year, each n that sum to 1; the last repeat.
    pub weights: Vec<Vec<f64>>,
    /// Weights at the start, where they are not the first targets.
    pub start: Option<Vec<f64>>,
    /// Cost of trading each asset, as a fraction of the value traded, below 1.
    pub costs: Vec<f64>,
    /// When weights are brought back.
    pub rebalancing: Rebalancing,
    /// What is paid out.
    pub spending: Spending,
    /// Equal parts in which a year's spending and flows are paid, each at the start of its part of the year.
    pub payments_per_year: usize,
    /// What comes in and goes out beside spending.
    pub flows: Vec<Flow>,
    /// How prices rise.
    pub inflation: Inflation,
    /// What is looked at along the way.
    pub watches: Vec<Watch>,
    /// Times a year that watches look, and that a rule of spending observes the value.
    pub looks_per_year: usize,
    /// First years that earn less.
    pub lost: Option<LostYears>,
}

/// When weights are brought back to targets, at their cost.
#[derive(Debug, Clone, PartialEq)]
pub enum Rebalancing {
    /// Never: what flows is taken from all in proportion.
    Never,
    /// Every so many periods.
    Every {
        /// Periods.
        periods: usize,
    },
    /// Where a weight is strictly farther from its target than its half width, looked at every so many periods.
    Bands {
        /// Periods.
        check_every: usize,
        /// Half width of each asset by year; the last repeat.
        half_widths: Vec<Vec<f64>>,
    },
}

/// Money of one year beside spending, at the prices of that year or of the start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Flow {
    /// Year, from 0.
    pub year: usize,
    /// Above 0 comes in, below 0 goes out.
    pub amount: f64,
    /// Whether it is raised with prices since the start.
    pub is_real: bool,
}

/// How prices rise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Inflation {
    /// By the same rate each year.
    Constant(f64),
    /// As the model's column after the assets.
    Column,
}

/// First years that earn less than the model says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LostYears {
    /// How many.
    pub years: usize,
    /// Expected real return a year of the first targets over them: every asset's growth of a period is multiplied by the
    /// factor that makes it so.
    pub real_return: f64,
}

/// Something that should hold along the way.
#[derive(Debug, Clone, PartialEq)]
pub struct Watch {
    /// How much of each asset counts, usually 0 or 1.
    pub assets: Vec<f64>,
    /// What should hold.
    pub kind: WatchKind,
}

/// What a watch asks of the assets that count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum WatchKind {
    /// Their share of value lies within.
    Share {
        /// Least share.
        at_least: f64,
        /// Most.
        at_most: f64,
    },
    /// Their value pays for so many years of spending at its latest.
    Cover {
        /// Years.
        years: f64,
    },
}

/// From one moment at which something happens to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(clippy::struct_excessive_bools, reason = "what happens at its start is any of these")]
pub(super) struct Segment {
    pub(super) year: usize,
    pub(super) periods: usize,
    /// What growth is multiplied by.
    pub(super) factor: f64,
    /// Growth of prices, where that is the same on all paths, and its reciprocal.
    pub(super) prices: f64,
    pub(super) deflator: f64,
    pub(super) begins_year: bool,
    pub(super) pays: bool,
    pub(super) rebalances: bool,
    pub(super) checks: bool,
    pub(super) observes: bool,
    /// At its end:
    pub(super) looks: bool,
    pub(super) ends_year: bool,
}

/// A plan ready to be walked, with a row for every year.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Compiled {
    pub(super) assets: usize,
    /// Length of a row of the model's growth.
    pub(super) width: usize,
    pub(super) years: usize,
    pub(super) value: f64,
    pub(super) start: Vec<f64>,
    pub(super) weights: Vec<Vec<f64>>,
    pub(super) half_widths: Vec<Vec<f64>>,
    pub(super) costs: Vec<f64>,
    /// Cost of a trade in all assets in proportion, by year.
    pub(super) mean_costs: Vec<f64>,
    pub(super) spending: Spending,
    /// A year's amount as a fixed part, one of the price level and one of value, where that is all it depends on.
    pub(super) affine_spending: Option<[f64; 3]>,
    /// Whether the rule of spending looks at the return of the year before.
    pub(super) needs_return: bool,
    pub(super) payment: f64,
    /// By year: nominal, and at the prices of the start.
    pub(super) flows: Vec<[f64; 2]>,
    pub(super) prices_vary: bool,
    pub(super) watches: Vec<Watch>,
    pub(super) segments: Vec<Segment>,
}

impl Plan {
    pub(super) fn compile(self, model: &Model) -> Result<Compiled, SimulateError> {
        self.check_numbers()?;
        let assets = self.costs.len();
        let prices_vary = self.inflation == Inflation::Column;
        check_size("the columns of the model, inflation among them where it is one,", model.columns(), assets + usize::from(prices_vary))?;
        self.check_weights(assets)?;
        let segments = self.segments(&model.mean())?;
        let width = padded(model.columns());
        // A row a year, so that none is looked for along the way.
        let by_year =
            |rows: &[Vec<f64>]| -> Vec<Vec<f64>> { (0..self.years).filter_map(|year| rows.get(year).or(rows.last())).cloned().collect() };
        let weights = by_year(&self.weights);
        let half_widths = match &self.rebalancing {
            Rebalancing::Bands { half_widths, .. } => by_year(half_widths),
            _ => Vec::new(),
        };
        let mut flows = vec![[0.0; 2]; self.years];
        for flow in &self.flows {
            if let Some(year) = flows.get_mut(flow.year) {
                year[usize::from(flow.is_real)] += flow.amount;
            }
        }
        let costs = self.costs;
        let mean_costs = weights.iter().map(|row| row.iter().zip(&costs).map(|(weight, cost)| weight * cost).sum()).collect();
        let start = self.start.or(self.weights.into_iter().next()).unwrap_or_default();
        Ok(Compiled {
            assets,
            width,
            years: self.years,
            value: self.value,
            start,
            weights,
            half_widths,
            costs,
            mean_costs,
            affine_spending: self.spending.affine(self.value),
            needs_return: matches!(self.spending.rule(), Rule::Guardrails(_)),
            spending: self.spending,
            payment: count(self.payments_per_year).recip(),
            flows,
            prices_vary,
            watches: self.watches,
            segments,
        })
    }

    fn check_numbers(&self) -> Result<(), SimulateError> {
        check("the number of years", count(self.years), self.years > 0, "at least 1")?;
        check("the value at the start", self.value, self.value.is_finite() && self.value > 0.0, "above 0")?;
        for (name, parts) in
            [("the number of payments a year", self.payments_per_year), ("the number of looks a year", self.looks_per_year)]
        {
            let divides = parts > 0 && self.periods_per_year.is_multiple_of(parts);
            check(name, count(parts), divides, "a divisor of the number of periods a year")?;
        }
        let each = match &self.rebalancing {
            Rebalancing::Never => 1,
            Rebalancing::Every { periods } => *periods,
            Rebalancing::Bands { check_every, .. } => *check_every,
        };
        check("the number of periods between rebalancings", count(each), each > 0, "at least 1")?;
        for flow in &self.flows {
            check("a flow", flow.amount, flow.amount.is_finite(), "a finite number")?;
        }
        if let Inflation::Constant(rate) = self.inflation {
            check("the rate of inflation", rate, INFLATION.contains(&rate), "a yearly fraction from -0.5 to 10")?;
        }
        if let Some(lost) = self.lost {
            check(
                "the real return of the lost years",
                lost.real_return,
                lost.real_return.is_finite() && lost.real_return > -1.0,
                "above -1",
            )?;
        }
        check("the number of watches", count(self.watches.len()), self.watches.len() <= MOST_WATCHES, "at most 64")
    }

    fn check_weights(&self, assets: usize) -> Result<(), SimulateError> {
        check("the number of years with weights", count(self.weights.len()), !self.weights.is_empty(), "at least 1")?;
        for (year, row) in self.weights.iter().chain(&self.start).enumerate() {
            check_size("the weights", row.len(), assets)?;
            let sum: f64 = row.iter().sum();
            if (sum - 1.0).abs() > ROUNDING || sum.is_nan() {
                return Err(SimulateError::WeightSum { year: year.min(self.weights.len() - 1), sum });
            }
            // A short position can lose more than everything, which no growth of a portfolio above 0 describes.
            for weight in row {
                check("a weight", *weight, *weight >= 0.0, "at least 0")?;
            }
        }
        for cost in &self.costs {
            check("a cost of trading", *cost, (0.0..1.0).contains(cost), "from 0 to below 1")?;
        }
        if let Rebalancing::Bands { half_widths, .. } = &self.rebalancing {
            check("the number of years with bands", count(half_widths.len()), !half_widths.is_empty(), "at least 1")?;
            for row in half_widths {
                check_size("the half widths", row.len(), assets)?;
                for width in row {
                    check("a half width", *width, *width >= 0.0, "at least 0")?;
                }
            }
        }
        self.watches.iter().try_for_each(|watch| check_size("the assets of a watch", watch.assets.len(), assets))
    }

    /// What all periods of the lost years are multiplied by.
    fn lost_factor(&self, mean: &[f64]) -> Option<(usize, f64)> {
        let lost = self.lost?;
        let share = count(self.periods_per_year).recip();
        let weights = self.weights.first()?;
        let growth: f64 = weights.iter().zip(mean).map(|(weight, mean)| weight * (1.0 + mean)).sum();
        let prices = match self.inflation {
            Inflation::Constant(rate) => (1.0 + rate).powf(share),
            Inflation::Column => 1.0 + mean.get(weights.len())?,
        };
        Some((lost.years, (1.0 + lost.real_return).powf(share) * prices / growth))
    }

    fn segments(&self, mean: &[f64]) -> Result<Vec<Segment>, SimulateError> {
        let year = self.periods_per_year;
        let (part, look) = (year / self.payments_per_year, year / self.looks_per_year);
        let (every, checks) = match &self.rebalancing {
            Rebalancing::Never => (None, None),
            Rebalancing::Every { periods } => (Some(*periods), None),
            Rebalancing::Bands { check_every, .. } => (None, Some(*check_every)),
        };
        let needs_looks = !self.watches.is_empty() || self.spending.rule().window() > 0;
        let is_at = |step: Option<usize>, period: usize| step.is_some_and(|step| period.is_multiple_of(step));
        let stops = |period: usize| {
            period.is_multiple_of(year)
                || period.is_multiple_of(part)
                || is_at(every, period)
                || is_at(checks, period)
                || (needs_looks && period.is_multiple_of(look))
        };
        let horizon = self.years.saturating_mul(year);
        check("the number of periods", count(horizon), horizon <= MOST_SEGMENTS, "at most 1000000")?;
        let lost = self.lost_factor(mean);
        let yearly_prices = if let Inflation::Constant(rate) = self.inflation { 1.0 + rate } else { 1.0 };
        let moments: Vec<usize> = (0..=horizon).filter(|period| stops(*period)).collect();
        let segments = moments.windows(2).filter_map(|pair| {
            let [from, to] = *pair else { return None };
            let periods = to - from;
            let factor = lost.filter(|(years, _)| from / year < *years).map_or(1.0, |(_, factor)| factor.powf(count(periods)));
            Some(Segment {
                year: from / year,
                periods,
                factor,
                prices: yearly_prices.powf(count(periods) / count(year)),
                deflator: yearly_prices.powf(-count(periods) / count(year)),
                begins_year: from.is_multiple_of(year),
                pays: from.is_multiple_of(part),
                rebalances: is_at(every, from),
                checks: is_at(checks, from),
                observes: self.spending.rule().window() > 0 && from.is_multiple_of(look),
                looks: !self.watches.is_empty() && to.is_multiple_of(look),
                ends_year: to.is_multiple_of(year),
            })
        });
        Ok(segments.collect())
    }
}
