//! The efficient frontier under the policy's rules: exactly, where they are linear and risk is a variance;
//! point by point otherwise.

use evenkeel_quant::linear::product::times;
use evenkeel_quant::optimize::frontier::{self as critical_line, Point, trace};
use evenkeel_quant::optimize::problem::{Benchmark, Constraint, Measure, Objective, Outcome, Problem, Rule, lower, solve};
use evenkeel_quant::optimize::scenario::measures;
use evenkeel_quant::optimize::solution::{Status, WorkLimit};

use crate::diagnostic::Diagnostic;
use crate::estimate::{EstimateInputs, Estimates, estimate};
use crate::policy::{Method, RiskMeasure, measure_in_words, measure_time};

use super::rules::Rules;
use super::{OptimizeInputs, greatest_ratio, measured, needs_scenarios, optimize_estimated, periods, refused, stated};

/// Points between the least risk and the greatest return where their number is not said.
const POINTS: usize = 20;

/// How far below the greatest return the last point asks for, as a fraction of the span of returns: rounding
/// must not make it infeasible.
const BELOW_GREATEST: f64 = 1e-7;

/// Risk below this is rounding, and no ratio is taken to it.
const NO_RISK: f64 = 1e-9;

/// The best trade of return for risk, from the least risk to the greatest return.
#[derive(Debug, Clone, PartialEq)]
pub struct Frontier {
    /// What risk is, with its unit of time: `volatility, a year`.
    pub measure: String,
    /// Whether the points are all the turning points, between which weights are linear.
    pub exact: bool,
    /// From the least risk on.
    pub points: Vec<FrontierPoint>,
    /// The greatest ratio of return beyond the risk-free rate to risk; `None` where no return is above it, and
    /// for tracking error.
    pub maximum_ratio: Option<FrontierPoint>,
    /// Where the policy's own optimization stands, on the frontier or off.
    pub chosen: Option<FrontierPoint>,
    /// What is held, where that is known.
    pub held: Option<FrontierPoint>,
    /// Each asset on its own.
    pub assets: Vec<FrontierPoint>,
    /// What the points were made of.
    pub estimates: Estimates,
    /// What is to be known of them, in sentences.
    pub notes: Vec<String>,
}

/// Weights, with their return and risk.
#[derive(Debug, Clone, PartialEq)]
pub struct FrontierPoint {
    /// Expected return a year, cash at the risk-free rate included.
    pub expected_return: f64,
    /// The frontier's measure.
    pub risk: f64,
    /// Return beyond the risk-free rate (beyond the benchmark's, for tracking error) over risk, of the same
    /// period; `None` without risk.
    pub ratio: Option<f64>,
    /// By asset, in the order of the estimates.
    pub weights: Vec<f64>,
}

/// The efficient frontier of the measure that the policy optimizes, of the volatility where it optimizes none.
/// `count` points evenly apart in return; where it is not said all turning points, or 20 where only points can
/// be had. Costs of moving are left out.
///
/// # Errors
/// All diagnostics: those of the estimates, rules that contradict one another, returns without bound.
pub fn frontier(inputs: &OptimizeInputs<'_>, count: Option<usize>) -> Result<Frontier, Vec<Diagnostic>> {
    let estimates = estimate(&EstimateInputs { scenarios: needs_scenarios(inputs.optimization), ..inputs.estimate })?;
    let rules = Rules::bind(inputs, &estimates)?;
    let measure = match &inputs.optimization.method {
        Method::MeanRisk { measure, .. } => *measure,
        _ => RiskMeasure::Variance,
    };
    let budget = inputs.optimization.budget - inputs.cash;
    let problem = |objective| {
        let problem = stated(&estimates, &rules, budget, objective, measured(measure, &rules));
        Problem { costs: Vec::new(), ..problem }
    };
    let scale = Scale { inputs, estimates: &estimates, measure: measured(measure, &rules) };
    let tracer = Tracer { inputs, rules: &rules, estimates: &estimates };
    let least = problem(Objective::MinimumRisk);
    let mut notes = Vec::new();
    if inputs.optimization.costs.is_some() {
        notes.push("Costs of moving are left out of the frontier.".to_owned());
    }
    let exact = tracer.exactly(&least)?;
    let (points, maximum_ratio) = if let Some(exact) = &exact {
        if exact.ray.is_some() {
            notes.push("The frontier goes on beyond its last point without end: nothing keeps weights from growing.".to_owned());
        }
        let ratio = exact.greatest_ratio(inputs.estimate.rules.risk_free * budget);
        (evenly(exact, count), ratio.map(|point| point.weights))
    } else {
        let points = tracer.by_points(&least, &problem(Objective::MaximumReturn), count.unwrap_or(POINTS))?;
        // No ratio is the greatest where no return is above the risk-free rate: that is no error here.
        let found = solve(&problem(greatest_ratio(inputs, budget)), inputs.backend).ok();
        (points, found.filter(|outcome| outcome.status == Status::Optimal).map(|outcome| outcome.weights))
    };
    // Next to the benchmark the ratio to tracking error is of rounding.
    let maximum_ratio = maximum_ratio.filter(|_| measure != RiskMeasure::TrackingError);
    let alone = |asset: usize| (0..estimates.assets.len()).map(|at| if at == asset { 1.0 } else { 0.0 }).collect();
    let assets = (0..estimates.assets.len()).map(|asset| scale.with_cash(alone(asset), 0.0)).collect();
    let held = inputs.held.map(|held| {
        let weights: Vec<f64> = estimates.assets.iter().map(|asset| held.get(asset.sleeve.0).copied().unwrap_or(0.0)).collect();
        let beside = held.iter().sum::<f64>() - weights.iter().sum::<f64>();
        scale.with_cash(weights, beside)
    });
    let chosen = optimize_estimated(inputs, estimates.clone()).ok().map(|optimized| scale.point(optimized.weights()));
    if chosen.is_none() {
        notes.push("The policy's own optimization has no answer: `evenkeel optimize` says why.".to_owned());
    }
    Ok(Frontier {
        measure: format!("{}, {}", measure_in_words(measure), measure_time(measure)),
        exact: exact.is_some() && count.is_none(),
        points: points.into_iter().map(|weights| scale.point(weights)).collect(),
        maximum_ratio: maximum_ratio.map(|weights| scale.point(weights)),
        chosen,
        held,
        assets,
        notes,
        estimates,
    })
}

/// What weights return and risk.
struct Scale<'a> {
    inputs: &'a OptimizeInputs<'a>,
    estimates: &'a Estimates,
    measure: Measure,
}

impl Scale<'_> {
    /// Weights beside the cash that is set aside.
    fn point(&self, weights: Vec<f64>) -> FrontierPoint {
        self.with_cash(weights, self.inputs.cash)
    }

    fn with_cash(&self, weights: Vec<f64>, cash: f64) -> FrontierPoint {
        let risk_free = self.inputs.estimate.rules.risk_free;
        let mean = |weights: &[f64]| weights.iter().zip(&self.estimates.expected).map(|(weight, mean)| weight * mean).sum::<f64>();
        let (expected_return, risk) = (mean(&weights) + cash * risk_free, self.risk(&weights));
        let rival = match &self.measure {
            Measure::TrackingError(Benchmark::Weights(benchmark)) => mean(benchmark) + cash * risk_free,
            _ => risk_free,
        };
        let excess = (expected_return - rival) / periods(&self.measure, self.estimates);
        FrontierPoint { expected_return, risk, ratio: (risk > NO_RISK).then(|| excess / risk), weights }
    }

    fn risk(&self, weights: &[f64]) -> f64 {
        let covariance = &self.estimates.covariance;
        match (&self.measure, &self.estimates.scenarios) {
            (Measure::TrackingError(Benchmark::Weights(benchmark)), _) => {
                let active: Vec<f64> = weights.iter().zip(benchmark).map(|(weight, benchmark)| weight - benchmark).collect();
                covariance.variance(&active).max(0.0).sqrt()
            }
            (Measure::Scenario(measure), Some(scenarios)) => measures::of(*measure).value(&times(scenarios, weights)),
            _ => covariance.variance(weights).max(0.0).sqrt(),
        }
    }
}

struct Tracer<'a> {
    inputs: &'a OptimizeInputs<'a>,
    rules: &'a Rules<'a>,
    estimates: &'a Estimates,
}

impl Tracer<'_> {
    /// All turning points, where the measure is quadratic and every limit linear.
    fn exactly(&self, least: &Problem) -> Result<Option<critical_line::Frontier>, Vec<Diagnostic>> {
        if matches!(least.measure, Measure::Scenario(_)) {
            return Ok(None);
        }
        let mut lowered = lower(least).map_err(|error| vec![refused(&error, self.estimates)])?;
        let region = &lowered.program.region;
        let curved = !region.spreads.is_empty() || !region.risks.is_empty() || !lowered.scenario_limits.is_empty();
        if curved || lowered.has_choices() {
            return Ok(None);
        }
        self.solved(least)?;
        lowered.program.linear = least.moments.expected.iter().map(|mean| -mean).collect();
        // Where the critical line ends early, points still can be had one by one.
        Ok(trace(&lowered.program, WorkLimit::default()).ok())
    }

    /// Weights of least risk for returns evenly apart.
    fn by_points(&self, least: &Problem, greatest: &Problem, count: usize) -> Result<Vec<Vec<f64>>, Vec<Diagnostic>> {
        let (first, last) = (self.solved(least)?, self.solved(greatest)?);
        let mean = |outcome: &Outcome| outcome.expected_return.unwrap_or(0.0);
        let (from, to) = (mean(&first), mean(&last));
        let span = to - from;
        if count < 2 || span <= 0.0 {
            return Ok(vec![first.weights]);
        }
        let steps = f64::from(u32::try_from(count - 1).unwrap_or(u32::MAX));
        let returns = (1..count).map(|step| (f64::from(u32::try_from(step).unwrap_or(u32::MAX)) / steps).min(1.0 - BELOW_GREATEST));
        let mut points = vec![first.weights];
        for share in returns {
            let mut problem = least.clone();
            problem
                .constraints
                .push(Constraint { label: "the point's return".to_owned(), rule: Rule::Return { at_least: from + share * span } });
            points.push(self.solved(&problem)?.weights);
        }
        Ok(points)
    }

    fn solved(&self, problem: &Problem) -> Result<Outcome, Vec<Diagnostic>> {
        let outcome = solve(problem, self.inputs.backend).map_err(|error| vec![refused(&error, self.estimates)])?;
        self.rules.refuse(problem, &outcome)?;
        Ok(outcome)
    }
}

/// All turning points; or so many points evenly apart in return.
fn evenly(exact: &critical_line::Frontier, count: Option<usize>) -> Vec<Vec<f64>> {
    let weights = |point: &Point| point.weights.clone();
    let (from, to) = (exact.least_risk().mean, exact.greatest_return().mean);
    let Some(count) = count.filter(|count| *count > 1 && to > from) else { return exact.points().iter().map(weights).collect() };
    let share = |step: usize| f64::from(u32::try_from(step).unwrap_or(u32::MAX)) / f64::from(u32::try_from(count - 1).unwrap_or(u32::MAX));
    let inside = (1..count - 1).filter_map(|step| exact.at_mean(from + share(step) * (to - from)));
    let ends = (weights(exact.least_risk()), weights(exact.greatest_return()));
    std::iter::once(ends.0).chain(inside.map(|point| point.weights)).chain([ends.1]).collect()
}
