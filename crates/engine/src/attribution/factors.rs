//! [`by_factors`]: what exposures to factors added to a return, or to what it has beyond a benchmark.
//!
//! rₜ − bₜ = Σₖ xₜₖ fₜₖ + specificₜ, linked over periods so that all of it adds up to R − B; without a benchmark to R, of which what
//! cash earned is told first, at an exposure of 1.
//!
//! | symbol | where from | unit |
//! |---|---|---|
//! | r, b | returns of the days, compounded over a period | fractions of a period |
//! | f | the factors file, compounded over a period | fractions of a period |
//! | x | weights at the beginning × loadings of classes, less those of the benchmark; or else fitted to r − b, of r − cash without one | |
//!
//! Periods are those of the coarser of the two, returns or factors; months that begin or end so few days apart as weekends make are the
//! same. Sources: as [`evenkeel_quant::attribution::factors`].

use std::ops::Range;

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_quant::attribution::error::AttributionError;
use evenkeel_quant::attribution::factors::{FactorFit, attribute, fit};
use evenkeel_quant::attribution::linking::Linking;
use evenkeel_quant::attribution::segment::Totals;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::linear::vector::dot;
use evenkeel_quant::panel::Content;
use serde::Serialize;

use crate::assumptions::Assumptions;
use crate::diagnostic::{Code, Diagnostic};
use crate::market::{NamedPanel, usual_step};
use crate::performance::{Days, Every, PolicyMix};
use crate::portfolio::Sleeves;

/// Ends of months that are so many days apart are the same.
const MOST_APART: i32 = 4;

/// Returns, and the factors that explain them.
#[derive(Debug, Clone, Copy)]
pub struct FactorInputs<'a> {
    /// The day at whose close the first return begins.
    pub from: Date,
    /// The days at which returns end, ascending.
    pub dates: &'a [Date],
    /// Returns of the portfolio by day.
    pub portfolio: &'a [f64],
    /// Returns of the benchmark by day; without one the return itself is explained.
    pub benchmark: Option<&'a [f64]>,
    /// Returns of factors.
    pub factors: &'a NamedPanel,
    /// The columns that are factors.
    pub names: &'a [String],
    /// The column that is the return of cash; none beside a benchmark.
    pub cash: Option<&'a str>,
    /// Active exposures by day at its beginning, then by factor; fitted where left out.
    pub exposures: Option<&'a [Vec<f64>]>,
    /// How effects of periods are linked.
    pub linking: Linking,
    /// Over what periods effects are added up in the list.
    pub every: Every,
}

/// What exposures to factors added. Returns and effects are fractions over all periods.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FactorAttribution {
    /// Whether exposures were `fitted` to the returns, or are those of `loadings` and weights.
    pub exposures: &'static str,
    /// The day at whose close the first period begins.
    pub from: Date,
    /// The day on which the last ends.
    pub to: Date,
    /// How many there are.
    pub periods: usize,
    /// Compounded return of the portfolio.
    pub portfolio_return: f64,
    /// Compounded return of the benchmark; `null` without one.
    pub benchmark_return: Option<f64>,
    /// What is explained: the difference of the two, or the return itself.
    pub excess: f64,
    /// By factor, cash first.
    pub factors: Vec<FactorEffect>,
    /// What no factor explains.
    pub specific: f64,
    /// Mean return a period that no factor explains, of fitted exposures.
    pub alpha: Option<f64>,
    /// Share of the variance that the factors explain, of fitted exposures.
    pub r_squared: Option<f64>,
    /// By period, linked.
    pub by_period: Vec<FactorPeriod>,
    /// What should be known of it.
    pub notes: Vec<String>,
}

/// A factor.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FactorEffect {
    /// Its name.
    pub factor: String,
    /// Mean exposure, beyond that of the benchmark.
    pub exposure: f64,
    /// Exposure ÷ its standard error, of fitted exposures.
    pub t_statistic: Option<f64>,
    /// Compounded return of the factor.
    pub factor_return: f64,
    /// What the exposure added.
    pub effect: f64,
}

/// A period.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FactorPeriod {
    /// Its last day.
    pub period: Date,
    /// Return of the portfolio.
    pub portfolio_return: f64,
    /// Return of the benchmark.
    pub benchmark_return: Option<f64>,
    /// Linked effects, in the order of the factors.
    pub factors: Vec<f64>,
    /// Linked effect that no factor explains.
    pub specific: f64,
}

/// Active exposures by day at its beginning, then by factor: weights of leaves × loadings of their classes, less those of a mix. A class
/// without a loading on a factor counts as not exposed to it.
///
/// # Errors
/// A factor on which no class has a loading.
pub fn loading_exposures(
    days: &Days,
    sleeves: &Sleeves,
    assumptions: &Assumptions,
    factors: &[String],
    mix: Option<&PolicyMix>,
) -> Result<Vec<Vec<f64>>, Vec<Diagnostic>> {
    let unknown = factors.iter().filter(|name| !assumptions.classes.iter().any(|class| class.loadings.contains_key(*name)));
    let unknown: Vec<Diagnostic> = unknown
        .map(|name| {
            let told = Diagnostic::error(Code::ARGUMENT, format!("no class has a loading on the factor `{name}`"));
            told.help("add it to `loadings` of the assumptions, or name the factors that count: `--factor NAME`")
        })
        .collect();
    if !unknown.is_empty() {
        return Err(unknown);
    }
    let of_class = |class: &ClassPath, name: &String| assumptions.of(class).and_then(|of| of.loadings.get(name)).copied().unwrap_or(0.0);
    let loadings: Vec<Vec<f64>> =
        factors.iter().map(|name| sleeves.iter().map(|(_, sleeve)| of_class(&sleeve.class, name)).collect()).collect();
    let mut before = days.opening.clone();
    let mut exposures = Vec::with_capacity(days.rows.len());
    for (day, row) in days.rows.iter().enumerate() {
        let total: f64 = before.iter().sum();
        let held = before.iter().map(|value| if total.abs() > 0.0 { value / total } else { 0.0 });
        let beside = mix.and_then(|mix| mix.weights.get(day));
        let active: Vec<f64> =
            held.enumerate().map(|(at, weight)| weight - beside.and_then(|row| row.get(at)).copied().unwrap_or(0.0)).collect();
        exposures.push(loadings.iter().map(|of_factor| dot(of_factor, &active)).collect());
        before = row.iter().map(|held| held.value).collect();
    }
    Ok(exposures)
}

/// Attributes returns to factors.
///
/// # Errors
/// Factors that are prices, a column that is not there, days on which a factor has no return, no period in common, and what
/// [`fit`] refuses.
pub fn by_factors(inputs: &FactorInputs<'_>) -> Result<FactorAttribution, Vec<Diagnostic>> {
    let periods = Periods::new(inputs)?;
    let totals: Vec<Totals> = periods.days.iter().map(|days| totals(inputs, days)).collect();
    let number = usize::from(inputs.cash.is_some()) + inputs.names.len();
    let columns = inputs.cash.into_iter().chain(inputs.names.iter().map(String::as_str));
    let columns = columns.map(|name| periods.returns(inputs.factors, name)).collect::<Result<Vec<_>, _>>()?;
    let fitted = if inputs.exposures.is_none() { Some(fitted(inputs, &totals, &columns)?) } else { None };
    let exposures: Vec<f64> = periods.days.iter().flat_map(|days| exposures(inputs, fitted.as_ref(), days.start)).collect();
    let factors: Vec<f64> =
        (0..totals.len()).flat_map(|period| columns.iter().filter_map(move |column| column.get(period).copied())).collect();
    let told = attribute(&exposures, &factors, number, &totals, inputs.linking).map_err(|error| refused(inputs, &error))?;
    let effect = |(at, column): (usize, &Vec<f64>)| {
        let own = exposures.chunks_exact(number).filter_map(|row| row.get(at));
        let first = usize::from(inputs.cash.is_some());
        let name = at.checked_sub(first).map_or(inputs.cash, |at| inputs.names.get(at).map(String::as_str));
        let of_fit = at.checked_sub(first).and_then(|at| fitted.as_ref()?.t_statistics.get(at).copied());
        #[expect(clippy::cast_precision_loss, reason = "periods are far below 2^53")]
        let exposure = own.sum::<f64>() / totals.len() as f64;
        FactorEffect {
            factor: name.unwrap_or_default().to_owned(),
            exposure,
            t_statistic: of_fit.filter(|t| t.is_finite()),
            factor_return: grown(column),
            effect: told.factors.get(at).copied().unwrap_or_default(),
        }
    };
    let last = periods.ends.last().copied().unwrap_or(inputs.from);
    Ok(FactorAttribution {
        exposures: if fitted.is_some() { "fitted" } else { "loadings" },
        from: periods.from,
        to: last,
        periods: totals.len(),
        portfolio_return: told.totals.portfolio,
        benchmark_return: inputs.benchmark.map(|_| told.totals.benchmark),
        excess: told.totals.portfolio - told.totals.benchmark,
        factors: columns.iter().enumerate().map(effect).collect(),
        specific: told.specific,
        alpha: fitted.as_ref().map(|fit| fit.alpha),
        r_squared: fitted.as_ref().map(|fit| fit.r_squared),
        by_period: gathered(inputs, &periods.ends, &totals, &told.periods),
        notes: periods.notes(inputs),
    })
}

/// Returns of days, compounded.
fn grown(returns: &[f64]) -> f64 {
    returns.iter().map(|earned| 1.0 + earned).product::<f64>() - 1.0
}

fn totals(inputs: &FactorInputs<'_>, days: &Range<usize>) -> Totals {
    let over = |returns: &[f64]| grown(returns.get(days.clone()).unwrap_or_default());
    Totals { portfolio: over(inputs.portfolio), benchmark: inputs.benchmark.map_or(0.0, over) }
}

/// Exposures that the returns have had on average.
fn fitted(inputs: &FactorInputs<'_>, totals: &[Totals], columns: &[Vec<f64>]) -> Result<FactorFit, Vec<Diagnostic>> {
    let (cash, factors) = if inputs.cash.is_some() { columns.split_at(1) } else { columns.split_at(0) };
    let riskless = |period: usize| cash.first().and_then(|column| column.get(period)).copied().unwrap_or(0.0);
    let beyond = totals.iter().enumerate().map(|(period, totals)| totals.portfolio - totals.benchmark - riskless(period));
    let matrix = Matrix::from_columns(totals.len(), factors.len(), factors.concat());
    let matrix = matrix.map_err(|error| vec![Diagnostic::error(Code::HISTORY_UNUSABLE, error.to_string())])?;
    fit(&beyond.collect::<Vec<f64>>(), &matrix).map_err(|error| refused(inputs, &error))
}

/// Exposures of the period that begins with a day.
fn exposures(inputs: &FactorInputs<'_>, fitted: Option<&FactorFit>, day: usize) -> Vec<f64> {
    let of_factors = match (fitted, inputs.exposures) {
        (Some(fit), _) => Some(&fit.exposures),
        (None, known) => known.and_then(|known| known.get(day)),
    };
    inputs.cash.map(|_| 1.0).into_iter().chain(of_factors.into_iter().flatten().copied()).collect()
}

/// Periods put together by calendar: effects are added up, returns compounded.
fn gathered(inputs: &FactorInputs<'_>, ends: &[Date], totals: &[Totals], effects: &[Vec<f64>]) -> Vec<FactorPeriod> {
    let together = |stretch: Range<usize>| {
        let (totals, effects) = (totals.get(stretch.clone())?, effects.get(stretch.clone())?);
        let returns = |side: fn(&Totals) -> f64| grown(&totals.iter().map(side).collect::<Vec<f64>>());
        let mut sums = vec![0.0; effects.first()?.len()];
        for row in effects {
            sums.iter_mut().zip(row).for_each(|(sum, effect)| *sum += effect);
        }
        let specific = sums.pop()?;
        Some(FactorPeriod {
            period: *ends.get(stretch.end.checked_sub(1)?)?,
            portfolio_return: returns(|totals| totals.portfolio),
            benchmark_return: inputs.benchmark.map(|_| returns(|totals| totals.benchmark)),
            factors: sums,
            specific,
        })
    };
    inputs.every.stretches(ends).into_iter().filter_map(together).collect()
}

/// Periods that returns and factors have in common.
struct Periods {
    from: Date,
    ends: Vec<Date>,
    days: Vec<Range<usize>>,
    /// Rows of the factors.
    rows: Vec<Range<usize>>,
    /// Days that one usually has.
    usual: i32,
}

impl Periods {
    fn new(inputs: &FactorInputs<'_>) -> Result<Self, Vec<Diagnostic>> {
        let unusable = |message: String, help: &str| vec![Diagnostic::error(Code::HISTORY_UNUSABLE, message).help(help)];
        if inputs.factors.panel.content() != Content::SimpleReturns {
            return Err(unusable(
                "the factors are not simple returns".to_owned(),
                "give returns of a period as fractions: `# kind: …` of the file says what it holds",
            ));
        }
        let known = inputs.factors.dates().map_err(|error| unusable(error.to_string(), "correct the dates of the factors"))?;
        let (step, own_step) = (inputs.factors.usual_step(), usual_step(inputs.dates.iter().map(|date| date.ordinal())));
        let nothing = || {
            let span = |dates: &[Date]| dates.first().zip(dates.last()).map_or_else(String::new, |(a, b)| format!("{a} to {b}"));
            let message = format!("returns ({}) and factors ({}) have no period in common", span(inputs.dates), span(&known));
            unusable(message, "give factors of the same span")
        };
        let (Some(first), Some(last), Some(last_known)) = (known.first(), inputs.dates.last(), known.last()) else { return Err(nothing()) };
        let begin = inputs.factors.begin(0).unwrap_or(*first);
        let slack = (step.max(own_step) / 3).min(MOST_APART);
        let grid: Vec<Date> = if step >= own_step {
            std::iter::once(begin).chain(known.iter().copied()).collect()
        } else {
            std::iter::once(inputs.from).chain(inputs.dates.iter().copied()).collect()
        };
        let count = |dates: &[Date], day: Date| dates.partition_point(|date| *date <= day);
        // Over a weekend without a return a day is the same as the last one before it.
        let starts = |date: &&Date| {
            let apart = inputs.from.days_since(**date);
            let is_same = apart <= MOST_APART && count(inputs.dates, **date) == count(inputs.dates, inputs.from);
            (apart <= slack || is_same) && begin.days_since(**date) <= slack
        };
        let near = grid.iter().filter(starts).take_while(|date| **date <= inputs.from).last();
        let Some(from) = near.or_else(|| grid.iter().find(starts)).copied() else { return Err(nothing()) };
        let (mut own, mut row) = (count(inputs.dates, from), count(&known, from));
        let mut periods = Self { from, ends: Vec::new(), days: Vec::new(), rows: Vec::new(), usual: step.max(own_step) };
        let is_over = |date: &&Date| date.days_since(*last) <= slack && date.days_since(*last_known) <= slack;
        for day in grid.iter().filter(|day| **day > from).take_while(is_over) {
            let (own_end, row_end) = (count(inputs.dates, *day), count(&known, *day));
            // A day on which only one of the two is known goes to the next.
            if own_end > own && row_end > row {
                periods.ends.push(*day);
                periods.days.push(std::mem::replace(&mut own, own_end)..own_end);
                periods.rows.push(std::mem::replace(&mut row, row_end)..row_end);
            }
        }
        if periods.ends.is_empty() { Err(nothing()) } else { Ok(periods) }
    }

    /// Returns of a factor by period.
    fn returns(&self, factors: &NamedPanel, name: &str) -> Result<Vec<f64>, Vec<Diagnostic>> {
        let Some(column) = factors.names.iter().position(|known| known == name) else {
            let help = format!("name one of: {}", factors.names.join(", "));
            return Err(vec![Diagnostic::error(Code::ARGUMENT, format!("`{name}` is no column of the factors")).help(help)]);
        };
        let values = factors.panel.values().column(column);
        let rows = self.rows.first().map_or(0, |rows| rows.start)..self.rows.last().map_or(0, |rows| rows.end);
        if let Some(row) = rows.clone().find(|row| !values.get(*row).is_some_and(|value| value.is_finite())) {
            let day = factors.panel.dates().get(row).and_then(|day| Date::from_ordinal(*day).ok());
            let message = format!("the factor `{name}` has no return on {}", day.map_or_else(String::new, |day| day.to_string()));
            let help = "fill it, leave the factor out (`--factor NAME` names those that count), or choose other days: `--from`, `--to`";
            return Err(vec![Diagnostic::error(Code::RETURN_GAP, message).help(help)]);
        }
        Ok(self.rows.iter().map(|rows| grown(values.get(rows.clone()).unwrap_or_default())).collect())
    }

    /// Days that are outside of all periods, and periods put together where one side has a hole.
    fn notes(&self, inputs: &FactorInputs<'_>) -> Vec<String> {
        let (first, end) = (self.days.first().map_or(0, |days| days.start), self.days.last().map_or(0, |days| days.end));
        let left = first + inputs.dates.len().saturating_sub(end);
        let told = (left > 0).then(|| {
            let returns = crate::words::counted(left, "return");
            let last = self.ends.last().copied().unwrap_or(self.from);
            format!("Left out, as no factors stand beside them: {returns} up to {} or after {last}.", self.from)
        });
        told.into_iter().chain(self.joined()).chain(first_days(inputs)).collect()
    }

    /// Periods that are longer than usual, as one of the two has a hole.
    fn joined(&self) -> Option<String> {
        let most = MOST_APART.max(self.usual.saturating_mul(3) / 2);
        let begins = std::iter::once(&self.from).chain(&self.ends);
        let long = begins.zip(&self.ends).filter(|(begin, end)| end.days_since(**begin) > most);
        let long: Vec<(&Date, &Date)> = long.collect();
        let (begin, end) = long.iter().rev().max_by_key(|(begin, end)| end.days_since(**begin))?;
        let (periods, usual) = (crate::words::counted(long.len(), "period"), usize::try_from(self.usual).unwrap_or_default());
        let (verb, usual) = (if long.len() == 1 { "is" } else { "are" }, crate::words::counted(usual, "day"));
        Some(format!(
            "{periods} {verb} longer than the usual {usual}, as returns or factors are missing within: the longest is from {begin} to {end}."
        ))
    }
}

/// That one side bears first days of months, by which months may stand beside those before them.
fn first_days(inputs: &FactorInputs<'_>) -> Option<String> {
    let known = inputs.factors.dates().ok()?;
    let is_first = |dates: &[Date]| 2 * dates.iter().filter(|date| date.day() == 1).count() > dates.len();
    let (first, other, of) = match (is_first(&known), is_first(inputs.dates)) {
        (true, false) => ("factors", "returns", known.last()?),
        (false, true) => ("returns", "factors", inputs.dates.last()?),
        _ => return None,
    };
    let before = of.add_days(-1).ok()?;
    Some(format!(
        "The {first} bear first days of months: what is dated {of} stands beside the {other} of the month that ended on {before}. If it is of the \
         month that begins on {of}, as in many files, date it on the last day of that month."
    ))
}

fn refused(inputs: &FactorInputs<'_>, error: &AttributionError) -> Vec<Diagnostic> {
    let (message, help) = match error {
        AttributionError::Collinear { factor } => {
            let name = inputs.names.get(*factor).map_or("", String::as_str);
            (
                format!("the factor `{name}` does not vary, or is told by those before it"),
                "leave it out: `--factor NAME` names those that count",
            )
        }
        AttributionError::Shape { found, needed, .. } => (
            format!("{found} periods are too few for {} factors: at least {needed} are needed", inputs.names.len()),
            "give a longer span, or name fewer factors: `--factor NAME`",
        ),
        AttributionError::TotalLoss { side, value, .. } => {
            (format!("the {side} return of a period is {value}, and what is linked must be above -1"), "end before the total loss")
        }
        other => (format!("the returns cannot be attributed: {other}"), "check the returns and the factors"),
    };
    vec![Diagnostic::error(Code::HISTORY_UNUSABLE, message).help(help)]
}
