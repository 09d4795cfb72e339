//! What the paths say.

use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::Currency;
use evenkeel_quant::simulate::answer::{Confidence, Estimate, worst_mean};
use evenkeel_quant::simulate::{Inflation, Outcome, Plan, SimulateError};
use serde::Serialize;

use super::SimulateInputs;
use super::paths::Drawn;
use super::plan::Planned;

/// Quantiles of a fan.
const FAN: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// Share of paths that count as the worst.
const WORST: f64 = 0.05;

/// A figure and the band that the number of paths leaves around it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Band {
    /// The figure.
    pub value: f64,
    /// Lower end of the band.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl From<Estimate> for Band {
    fn from(Estimate { value, low, high }: Estimate) -> Self {
        Self { value, low, high }
    }
}

/// Quantiles over the paths.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Fan {
    /// 5 % of paths are at or below.
    pub p5: f64,
    /// 25 %.
    pub p25: f64,
    /// Half.
    pub median: f64,
    /// 75 %.
    pub p75: f64,
    /// 95 %.
    pub p95: f64,
}

/// One year over the paths.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct YearOfPaths {
    /// Years since the start, at whose end values stand.
    pub year: usize,
    /// Value at the prices of the start.
    pub wealth: Fan,
    /// Value at the prices of the day.
    pub nominal_wealth: Fan,
    /// Paid in the year, at the prices of the start.
    pub spending: Fan,
    /// Paid in the year, at the prices of the days on which it was.
    pub nominal_spending: Fan,
    /// Share of paths that have run out by then.
    pub ruined: f64,
    /// Loss since the start that 5 % of paths reach or exceed, as a fraction of the value at the start, at the prices of the days: what
    /// was paid out is added back, and what came in taken off. Below zero where even these gained.
    pub value_at_risk: f64,
    /// Mean loss of these paths.
    pub conditional_value_at_risk: f64,
    /// Share of paths that have lost by then.
    pub lost: f64,
}

/// Something that should hold, and how often it does not.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Breach {
    /// What should hold.
    pub name: String,
    /// Share of paths on which it fails at least once.
    pub probability: Band,
}

/// What fewer paths would have said.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Step {
    /// The first so many paths.
    pub paths: usize,
    /// Probability of ruin.
    pub ruin: Band,
    /// Median of the value at the end, at the prices of the start.
    pub median: Band,
}

/// The two halves of the paths apart.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Halves {
    /// Probability of ruin in each.
    pub ruin: [f64; 2],
    /// Median of the value at the end in each, at the prices of the start.
    pub median: [f64; 2],
    /// Whether each half's figures lie in the other's bands.
    pub agree: bool,
}

/// How far figures have settled.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Convergence {
    /// A quarter of the paths, half, and all.
    pub steps: Vec<Step>,
    /// The halves.
    pub halves: Halves,
}

/// What many futures of a policy look like.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SimulationReport {
    /// The policy.
    pub policy: String,
    /// The start.
    pub as_of: Date,
    /// Currency of all amounts.
    pub currency: Currency,
    /// Value at the start.
    pub value: f64,
    /// Years.
    pub years: usize,
    /// Number of paths.
    pub paths: usize,
    /// Seed: the same gives the same figures.
    pub seed: u64,
    /// How paths are drawn.
    pub method: String,
    /// How prices rise.
    pub prices: String,
    /// When weights are brought back.
    pub rebalancing: String,
    /// What is paid out.
    pub spending: String,
    /// Expected nominal return a year of the first targets on the paths: of their months, compounded.
    pub expected_return: f64,
    /// The years.
    pub by_year: Vec<YearOfPaths>,
    /// Whether it can run out at all: nothing does of which a fraction of value is paid, or nothing.
    pub can_run_out: bool,
    /// Whether a rise of prices is stated; otherwise none is counted, and figures are at the prices of their day.
    pub is_inflation_stated: bool,
    /// Probability that the money runs out within the years.
    pub ruin: Band,
    /// Value that should be there at the end, at the prices of the start.
    pub goal: f64,
    /// Probability of less than the goal.
    pub shortfall: Band,
    /// What is lacking on average where it is less.
    pub lacking: Option<f64>,
    /// Mean of the value at the end, at the prices of the start.
    pub mean: Band,
    /// Median of it.
    pub median: Band,
    /// Mean of the worst 5 % of it.
    pub worst_mean: f64,
    /// What should hold along the way.
    pub breaches: Vec<Breach>,
    /// How often weights are brought back, times a year.
    pub rebalances_per_year: f64,
    /// Confidence of all bands.
    pub confidence: f64,
    /// How far figures have settled.
    pub convergence: Convergence,
    /// What is to be known.
    pub notes: Vec<String>,
}

pub(super) fn report(
    inputs: &SimulateInputs<'_>,
    drawn: &Drawn,
    planned: &Planned,
    outcome: &Outcome,
    notes: Vec<String>,
) -> Result<SimulationReport, SimulateError> {
    let question = inputs.question;
    let confidence = Confidence::new(question.confidence)?;
    let last = question.years.saturating_sub(1);
    let goal = question.goal.unwrap_or(inputs.value);
    let mut end = outcome.wealth(last);
    let convergence = convergence(confidence, &end);
    let (shortfall, lacking) = confidence.shortfall(&end, goal);
    let breached = planned.watches.iter().zip(outcome.breached());
    let breaches = breached.map(|(name, count)| {
        let found = usize::try_from(*count).unwrap_or(usize::MAX);
        Breach { name: name.clone(), probability: confidence.share(found, outcome.paths()).into() }
    });
    let expected = planned.plan.weights.first().map_or(0.0, |row| row.iter().zip(&drawn.expected).map(|(w, mean)| w * mean).sum());
    #[expect(clippy::cast_precision_loss, reason = "a count of paths, years and trades")]
    let rebalances_per_year = outcome.rebalances() as f64 / (outcome.paths() * outcome.years()) as f64;
    Ok(SimulationReport {
        policy: inputs.policy.name.clone(),
        as_of: inputs.estimate.as_of,
        currency: inputs.policy.base_currency,
        value: inputs.value,
        years: question.years,
        paths: question.paths,
        seed: question.seed,
        method: drawn.sentence.clone(),
        prices: drawn.prices.clone(),
        rebalancing: planned.rebalancing.clone(),
        spending: planned.spending.clone(),
        expected_return: expected,
        by_year: by_year(confidence, inputs.value, &planned.plan, outcome, drawn.inflation),
        can_run_out: planned.can_run_out(),
        is_inflation_stated: drawn.is_inflation_stated,
        ruin: confidence.share(ruined(&end), end.len()).into(),
        goal,
        shortfall: shortfall.into(),
        lacking,
        mean: confidence.mean(&end).into(),
        breaches: breaches.collect(),
        rebalances_per_year,
        confidence: question.confidence,
        convergence,
        notes,
        worst_mean: worst_mean(&mut end, WORST).unwrap_or(0.0),
        median: median(confidence, &mut end).into(),
    })
}

fn by_year(confidence: Confidence, value: f64, plan: &Plan, outcome: &Outcome, inflation: Inflation) -> Vec<YearOfPaths> {
    let fan = |mut values: Vec<f32>| {
        let found = confidence.quantiles(&mut values, &FAN);
        let at = |place: usize| found.get(place).map_or(0.0, |estimate| estimate.value);
        Fan { p5: at(0), p25: at(1), median: at(2), p75: at(3), p95: at(4) }
    };
    #[expect(clippy::cast_precision_loss, reason = "a share of paths")]
    let share = |count: usize| count as f64 / outcome.paths().max(1) as f64;
    let mut gained = Gained::new(value, plan, outcome);
    let mut year = |year: usize| {
        let real = outcome.wealth(year);
        let ruined = share(ruined(&real));
        let (wealth, spending) = (fan(real), fan(outcome.spending(year)));
        let (at_prices, paid) = (outcome.nominal_wealth(year), outcome.nominal_spending(year));
        let mut returns = gained.through(year, &at_prices, &paid);
        let lost = share(returns.iter().filter(|earned| **earned < 0.0).count());
        let value_at_risk = -confidence.quantiles(&mut returns, &[WORST]).first().map_or(0.0, |estimate| estimate.value);
        let conditional_value_at_risk = -worst_mean(&mut returns, WORST).unwrap_or(0.0);
        // The same rise on all paths keeps their order.
        let (nominal_wealth, nominal_spending) = match inflation {
            Inflation::Constant(rate) => {
                let level = (1.0 + rate).powi(i32::try_from(year + 1).unwrap_or(i32::MAX));
                (wealth.times(level), spending.times(outcome.level_of_payments(year).unwrap_or(level)))
            }
            Inflation::Column => (fan(at_prices), fan(paid)),
        };
        let year = year + 1;
        YearOfPaths { year, wealth, nominal_wealth, spending, nominal_spending, ruined, value_at_risk, conditional_value_at_risk, lost }
    };
    (0..outcome.years()).map(&mut year).collect()
}

/// What paths have gained since the start, of its value: whatever was paid out, and came in, set aside.
struct Gained<'a> {
    value: f64,
    plan: &'a Plan,
    /// By path, what was paid out so far less what came in.
    paid: Vec<f64>,
    /// By path, whether anything was left.
    alive: Vec<bool>,
}

impl<'a> Gained<'a> {
    fn new(value: f64, plan: &'a Plan, outcome: &Outcome) -> Self {
        Self { value, plan, paid: vec![0.0; outcome.paths()], alive: vec![true; outcome.paths()] }
    }

    /// Through a year, with the value at its end and what was paid in it. Where nothing is left no flow was paid any more.
    fn through(&mut self, year: usize, at_end: &[f32], paid: &[f32]) -> Vec<f32> {
        let flow = self.plan.flows.iter().filter(|flow| flow.year == year).map(|flow| flow.amount).sum::<f64>();
        let paths = at_end.iter().zip(paid).zip(self.paid.iter_mut().zip(&mut self.alive));
        let of_path = |((at_end, paid), (sum, alive)): ((&f32, &f32), (&mut f64, &mut bool))| {
            let came = match (*alive, *at_end > 0.0) {
                (_, true) => flow,
                (true, false) => flow.max(0.0),
                (false, false) => 0.0,
            };
            *alive = *at_end > 0.0;
            *sum += f64::from(*paid) - came;
            single((f64::from(*at_end) + *sum) / self.value - 1.0)
        };
        paths.map(of_path).collect()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "paths are kept in single precision")]
fn single(value: f64) -> f32 {
    value as f32
}

impl Fan {
    fn times(self, level: f64) -> Self {
        let Self { p5, p25, median, p75, p95 } = self;
        Self { p5: p5 * level, p25: p25 * level, median: median * level, p75: p75 * level, p95: p95 * level }
    }
}

/// Paths on which nothing is left.
fn ruined(wealth: &[f32]) -> usize {
    wealth.iter().filter(|value| **value <= 0.0).count()
}

fn median(confidence: Confidence, values: &mut [f32]) -> Estimate {
    let found = confidence.quantiles(values, &[0.5]);
    found.first().copied().unwrap_or(Estimate { value: 0.0, low: 0.0, high: 0.0 })
}

fn convergence(confidence: Confidence, end: &[f32]) -> Convergence {
    let of = |values: &[f32]| (confidence.share(ruined(values), values.len()), median(confidence, &mut values.to_vec()));
    let steps = [end.len() / 4, end.len() / 2, end.len()].into_iter().filter(|paths| *paths > 0).map(|paths| {
        let (ruin, median) = of(end.get(..paths).unwrap_or_default());
        Step { paths, ruin: ruin.into(), median: median.into() }
    });
    let steps = steps.collect();
    let (first, second) = end.split_at(end.len() / 2);
    let (a, b) = (of(first), of(second));
    let overlap = |a: Estimate, b: Estimate| a.low <= b.high && b.low <= a.high;
    let halves = Halves { ruin: [a.0.value, b.0.value], median: [a.1.value, b.1.value], agree: overlap(a.0, b.0) && overlap(a.1, b.1) };
    Convergence { steps, halves }
}
