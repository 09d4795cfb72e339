//! [`WalkedForward`]: whether what is optimized on one part of a history holds on the next.
//!
//! ```text
//! history ──► window in sample ──► estimate ──► optimize ──► weights ──► held over the window after it ──► returns
//!                  ▲                                                                                          │
//!                  └────────────────────────── rolls on by a window out of sample ◄───────────────────────────┘
//! ```
//!
//! Weights are bought at the close of the last row before the window in which they are held, drift there, and are traded for
//! the next ones at the policy's proportional costs (`quant::backtest`). Estimate and optimization are those of
//! `optimize`, handed nothing but the rows of their window. What stands in `assumptions.toml` and views is believed today, and
//! no history makes it out of sample.

use evenkeel_ledger::date::Date;
use evenkeel_quant::backtest::{Checks, Costs, History, Missing, Record, Rule, Run, Study, Targets, Trigger, run};
use evenkeel_quant::panel::Content;
use evenkeel_quant::panel::returns::{Gaps, simple_returns, to_simple};
pub use evenkeel_quant::validate::split::WalkForward;
use evenkeel_quant::validate::split::{Window, walk_forward as windows_of};

use crate::diagnostic::{Code, Diagnostic};
use crate::estimate::{Asset, EstimateInputs, assets};
use crate::market::NamedPanel;
use crate::policy::{CostRules, CovarianceEstimator, EstimateRules, Frequency, ReturnEstimator};
use crate::target::{OptimizeInputs, optimize};

/// Weights that differ from a sum of 1 by less are rounding.
const WHOLE: f64 = 1e-6;

/// What walking forward is made of.
#[derive(Debug, Clone, Copy)]
pub struct WalkForwardInputs<'a> {
    /// What is optimized, with the whole history; its date ends that.
    pub optimize: OptimizeInputs<'a>,
    /// What trading costs.
    pub costs: &'a CostRules,
    /// Windows, in rows of the history's returns.
    pub windows: WalkForward,
}

/// What was held out of sample, and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct WalkedForward {
    /// The classes of the weights; cash last.
    pub classes: Vec<String>,
    /// Window by window.
    pub windows: Vec<WalkedWindow>,
    /// Dates of the returns.
    pub dates: Vec<Date>,
    /// Returns out of sample, after costs, window after window.
    pub returns: Vec<f64>,
    /// Returns of the weights that the policy states, or of equal ones, traded on the same days at the same costs.
    pub benchmark: Vec<f64>,
    /// Periods a year.
    pub periods_per_year: f64,
    /// One-way turnover a year.
    pub turnover: f64,
    /// Costs a year, as a fraction of value.
    pub costs: f64,
    /// What should be known.
    pub notes: Vec<String>,
}

/// One window.
#[derive(Debug, Clone, PartialEq)]
pub struct WalkedWindow {
    /// First and last date estimated on.
    pub train: (Date, Date),
    /// First and last date judged on.
    pub test: (Date, Date),
    /// Weights, in the order of the classes.
    pub weights: Vec<f64>,
    /// Returns of these weights, kept, in sample.
    pub in_sample: Vec<f64>,
    /// Returns out of sample, after costs.
    pub out_of_sample: Vec<f64>,
}

/// Rows of a history a year: as the policy says where it estimates on them, else by their usual distance.
pub fn rows_per_year(history: &NamedPanel, rules: &EstimateRules) -> f64 {
    let stated = rules.periods_per_year.filter(|_| matches!(rules.frequency, None | Some(Frequency::Daily)));
    stated.unwrap_or_else(|| history.dates_per_year())
}

/// Walks forward through a history.
///
/// # Errors
/// All diagnostics: no history or too short a one, what the estimates and the optimization refuse in a window, and weights
/// below 0 or that do not sum to 1.
pub fn walk_forward(inputs: &WalkForwardInputs<'_>) -> Result<WalkedForward, Vec<Diagnostic>> {
    let market = Market::new(&inputs.optimize.estimate)?;
    let windows = windows_of(market.returns.len(), &inputs.windows).map_err(|error| vec![told(Code::ARGUMENT, &error)])?;
    let mut held: Option<Vec<f64>> = None;
    let mut chosen = Vec::with_capacity(windows.len());
    for window in &windows {
        let weights = market.optimized(inputs, window, held.as_deref())?;
        held = Some(market.drifted(inputs, &weights, window));
        chosen.push(weights);
    }
    let first = windows.first().map_or(0, |window| window.test.start);
    let starts: Vec<usize> = windows.iter().map(|window| window.test.start - first).collect();
    let traded = market.run(inputs, first, &starts, &Targets::Schedule { rows: &starts, weights: &chosen.concat() })?;
    let stated = market.stated(inputs.optimize.estimate.reference);
    let benchmark = returns(&market.run(inputs, first, &starts, &Targets::Constant(&stated))?);
    let returns = returns(&traded);
    let years = market.years(returns.len());
    let windows = windows.iter().zip(chosen).map(|(window, weights)| market.told(window, weights, first, &returns));
    Ok(WalkedForward {
        classes: market.classes(),
        windows: windows.collect::<Option<_>>().unwrap_or_default(),
        dates: market.dates.get(first..).unwrap_or_default().to_vec(),
        benchmark,
        periods_per_year: market.periods_per_year,
        turnover: traded.totals.turnover / years,
        costs: traded.events.iter().map(|event| event.cost / traded.values.get(event.row).copied().unwrap_or(1.0)).sum::<f64>() / years,
        notes: notes(inputs),
        returns,
    })
}

fn returns(run: &Run) -> Vec<f64> {
    run.values.windows(2).map(|pair| if pair[0] > 0.0 { pair[1] / pair[0] - 1.0 } else { 0.0 }).collect()
}

fn told(code: Code, error: &dyn std::fmt::Display) -> Diagnostic {
    Diagnostic::error(code, error.to_string()).help("shorten the windows, or lengthen the history")
}

fn notes(inputs: &WalkForwardInputs<'_>) -> Vec<String> {
    let rules = inputs.optimize.estimate.rules;
    let believed =
        rules.returns == ReturnEstimator::Assumptions || rules.covariance == CovarianceEstimator::Assumptions || !rules.views.is_empty();
    let told = believed.then(|| {
        "Assumptions or views enter, which are believed today: the windows before their date are not out of sample for them.".to_owned()
    });
    told.into_iter().collect()
}

/// The assets' history: returns with their dates, cash last.
struct Market<'a> {
    estimate: EstimateInputs<'a>,
    history: &'a NamedPanel,
    assets: Vec<Asset>,
    /// Simple returns row by row, assets then cash; missing ones are NaN.
    returns: Vec<Vec<f64>>,
    /// The date on which each return ends.
    dates: Vec<Date>,
    /// The date on which the first one begins, or ends where that is not known.
    start: Date,
    periods_per_year: f64,
}

impl<'a> Market<'a> {
    fn new(estimate: &EstimateInputs<'a>) -> Result<Self, Vec<Diagnostic>> {
        let Some(history) = estimate.history else {
            let none = Diagnostic::error(Code::NO_HISTORY, "walking forward needs a history of prices or returns, and none is given");
            return Err(vec![none.help("add prices.csv or returns.csv")]);
        };
        let assets = assets(estimate);
        let unusable = |error: &dyn std::fmt::Display| vec![told(Code::HISTORY_UNUSABLE, error)];
        let column = |asset: &Asset| history.names.iter().position(|name| *name == asset.symbol);
        let columns: Option<Vec<usize>> = assets.iter().map(column).collect();
        let Some(columns) = columns else {
            let absent: Vec<&str> = assets.iter().filter(|asset| column(asset).is_none()).map(|asset| asset.symbol.as_str()).collect();
            let message = format!("there is no history for {}", absent.join(", "));
            return Err(vec![Diagnostic::error(Code::NO_HISTORY, message).help("add it, or put another instrument first in its target")]);
        };
        let known = history.panel.select(&columns).map_err(|error| unusable(&error))?.between(i32::MIN, estimate.as_of.ordinal());
        let panel = match known.content() {
            Content::Prices => simple_returns(&known, Gaps::Bridged).map_err(|error| unusable(&error))?,
            Content::SimpleReturns => known.clone(),
            Content::LogReturns => to_simple(known.clone()).map_err(|error| unusable(&error))?,
        };
        let periods_per_year = rows_per_year(history, estimate.rules);
        let cash = estimate.rules.risk_free / periods_per_year;
        let returns = (0..panel.rows()).map(|row| panel.values().row(row).into_iter().chain([cash]).collect()).collect();
        let days = |days: &[i32]| days.iter().map(|day| Date::from_ordinal(*day)).collect::<Result<Vec<Date>, _>>();
        let dates = days(panel.dates()).map_err(|error| unusable(&error))?;
        let start = days(known.dates().get(..1).unwrap_or_default()).map_err(|error| unusable(&error))?.first().copied();
        Ok(Self { estimate: *estimate, history, assets, returns, dates, start: start.unwrap_or(estimate.as_of), periods_per_year })
    }

    fn years(&self, rows: usize) -> f64 {
        evenkeel_quant::linear::vector::count(rows) / self.periods_per_year
    }

    fn classes(&self) -> Vec<String> {
        self.assets.iter().map(|asset| asset.class.to_string()).chain(["Cash".to_owned()]).collect()
    }

    /// The date at whose close return `row` begins.
    fn before(&self, row: usize) -> Date {
        row.checked_sub(1).and_then(|row| self.dates.get(row)).copied().unwrap_or(self.start)
    }

    /// What the policy optimizes, from the rows of a window in sample and nothing else.
    fn optimized(&self, inputs: &WalkForwardInputs<'_>, window: &Window, held: Option<&[f64]>) -> Result<Vec<f64>, Vec<Diagnostic>> {
        let (first, last) = (self.before(window.train.start), self.before(window.train.end));
        // Returns of a file stand on their own; a price is needed before the first return of prices.
        let from = if self.history.panel.content() == Content::Prices {
            first.ordinal()
        } else {
            first.ordinal().saturating_add(i32::from(window.train.start > 0))
        };
        let history = NamedPanel {
            kind: self.history.kind,
            base_date: None,
            names: self.history.names.clone(),
            panel: self.history.panel.between(from, last.ordinal()),
        };
        let estimate = EstimateInputs { history: Some(&history), as_of: last, ..self.estimate };
        let optimized =
            optimize(&OptimizeInputs { estimate, held, ..inputs.optimize }).map_err(|problems| in_window(problems, first, last))?;
        let weights: Vec<f64> = optimized.assets.iter().map(|asset| asset.weight).chain([optimized.cash]).collect();
        let sum: f64 = weights.iter().sum();
        if weights.iter().any(|weight| *weight < -WHOLE) || (sum - 1.0).abs() > WHOLE {
            let message = format!(
                "the weights of the window that ends on {last} sum to {sum:.6} or are below 0, and cannot be held without borrowing"
            );
            return Err(vec![
                Diagnostic::error(Code::OPTIMIZATION, message).help("add `each >= 0` to the constraints, and leave `budget` at 1"),
            ]);
        }
        let sum: f64 = weights.iter().map(|weight| weight.max(0.0)).sum();
        Ok(weights.iter().map(|weight| weight.max(0.0) / sum).collect())
    }

    /// By sleeve, what weights have become at the end of a window out of sample.
    fn drifted(&self, inputs: &WalkForwardInputs<'_>, weights: &[f64], window: &Window) -> Vec<f64> {
        let mut values = weights.to_vec();
        for row in self.returns.get(window.test.clone()).unwrap_or_default() {
            for (value, change) in values.iter_mut().zip(row).filter(|(_, change)| change.is_finite()) {
                *value *= 1.0 + change;
            }
        }
        let sum: f64 = values.iter().sum();
        let sleeves = inputs.optimize.estimate.sleeves;
        let mut held = vec![0.0; sleeves.len()];
        let places = self.assets.iter().map(|asset| asset.sleeve).chain([sleeves.cash]);
        for (sleeve, value) in places.zip(values) {
            if let Some(held) = held.get_mut(sleeve.0).filter(|_| sum > 0.0) {
                *held += value / sum;
            }
        }
        held
    }

    /// The weights that the targets state; equal ones where they state none.
    fn stated(&self, reference: Option<&[f64]>) -> Vec<f64> {
        let sleeves = self.assets.iter().map(|asset| asset.sleeve).chain([self.estimate.sleeves.cash]);
        let mut weights: Vec<f64> =
            sleeves.map(|sleeve| reference.and_then(|weights| weights.get(sleeve.0)).copied().unwrap_or(0.0).max(0.0)).collect();
        let assets = self.assets.len();
        if weights.iter().take(assets).sum::<f64>() <= 0.0 {
            weights.iter_mut().take(assets).for_each(|weight| *weight = 1.0);
        }
        let sum: f64 = weights.iter().sum();
        weights.into_iter().map(|weight| weight / sum).collect()
    }

    /// Targets traded at the starts of the windows out of sample, and held between.
    fn run(&self, inputs: &WalkForwardInputs<'_>, first: usize, starts: &[usize], targets: &Targets<'_>) -> Result<Run, Vec<Diagnostic>> {
        let rows = self.returns.get(first..).unwrap_or_default();
        let values = rows.concat();
        let spread = |asset: &Asset| self.estimate.universe.get(asset.instrument?).and_then(|instrument| instrument.spread);
        let costs: Vec<f64> = self.assets.iter().map(|asset| inputs.costs.each_side(spread(asset))).chain([0.0]).collect();
        let mut looks = vec![false; rows.len() + 1];
        for start in starts {
            if let Some(look) = looks.get_mut(*start) {
                *look = true;
            }
        }
        let study = Study {
            targets: *targets,
            costs: Costs { proportional: &costs, free_start: true, ..Costs::default() },
            ..Study::new(History { missing: Missing::Rest, ..History::returns(&values, self.assets.len() + 1) }, &[])
        };
        let rule = Rule { checks: Checks::Rows(looks), trigger: Trigger::Always, ..Rule::periodic(1) };
        run(&study, &rule, Record::Values).map_err(|error| vec![told(Code::HISTORY_UNUSABLE, &error)])
    }

    fn told(&self, window: &Window, weights: Vec<f64>, first: usize, returns: &[f64]) -> Option<WalkedWindow> {
        let mixed =
            |row: &Vec<f64>| row.iter().zip(&weights).filter(|(value, _)| value.is_finite()).map(|(value, weight)| value * weight).sum();
        let in_sample = self.returns.get(window.train.clone())?.iter().map(mixed).collect();
        let dates = |rows: &std::ops::Range<usize>| Some((*self.dates.get(rows.start)?, *self.dates.get(rows.end.checked_sub(1)?)?));
        Some(WalkedWindow {
            train: dates(&window.train)?,
            test: dates(&window.test)?,
            in_sample,
            out_of_sample: returns.get(window.test.start - first..window.test.end - first)?.to_vec(),
            weights,
        })
    }
}

/// What is wrong in a window, with its dates.
fn in_window(problems: Vec<Diagnostic>, first: Date, last: Date) -> Vec<Diagnostic> {
    let named =
        |problem: Diagnostic| Diagnostic { message: format!("in the window from {first} to {last}: {}", problem.message), ..problem };
    problems.into_iter().map(named).collect()
}
