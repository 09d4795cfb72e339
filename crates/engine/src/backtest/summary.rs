//! [`Summary`]: the figures of a run over time.

use evenkeel_ledger::date::Date;
use evenkeel_quant::risk::drawdown::Drawdown;
use evenkeel_quant::risk::performance::annualized_return;
use evenkeel_quant::risk::rolling::{Window, rolling};
use evenkeel_quant::risk::series::RiskError;
use evenkeel_quant::risk::statistics::{self, Settings, Statistics, statistics};
use serde::Serialize;

use crate::diagnostic::{Code, Diagnostic};
use crate::market::periods_per_year;

use super::result::{Backtest, Day};

/// Figures of a run. Returns, volatility, turnover and drags are a year, as fractions; a figure that is not defined for the
/// series is `null`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Summary {
    /// Periods ÷ periods a year.
    pub years: f64,
    /// Periods in a year by which figures are annualized.
    pub periods_per_year: f64,
    /// Return over all days, compounded, flows apart, after costs, fees and taxes paid.
    pub total_return: f64,
    /// The same a year.
    pub annual_return: f64,
    /// Standard deviation of returns.
    pub volatility: Option<f64>,
    /// Mean return over the rate on cash, by volatility.
    pub sharpe: Option<f64>,
    /// The same by downside deviation.
    pub sortino: Option<f64>,
    /// Return by the deepest drawdown.
    pub calmar: Option<f64>,
    /// Skewness of returns.
    pub skewness: Option<f64>,
    /// Kurtosis of returns less 3.
    pub excess_kurtosis: Option<f64>,
    /// Best return of a day.
    pub best: f64,
    /// Worst return of a day.
    pub worst: f64,
    /// Share of days with a gain.
    pub share_positive: f64,
    /// Historical VaR of a day at 95 %, a loss.
    pub value_at_risk: f64,
    /// Historical CVaR of a day at 95 %, a loss.
    pub conditional_value_at_risk: f64,
    /// The deepest drawdown.
    pub maximum_drawdown: f64,
    /// The deepest drawdowns with their dates.
    pub drawdowns: Vec<DatedDrawdown>,
    /// Beside the benchmark.
    pub relative: Option<Relative>,
    /// ½ Σ |trade| by mean value, the first purchase with new capital apart.
    pub turnover_one_way: f64,
    /// Costs of trading by mean value.
    pub cost_drag: f64,
    /// Fees by mean value.
    pub fee_drag: f64,
    /// Taxes paid by mean value.
    pub tax_drag: f64,
    /// Decisions that traded.
    pub rebalances: usize,
    /// Trades in all; `null` where weights alone say none.
    pub trades: Option<usize>,
    /// Largest drift of a class, over the days on which one looked.
    pub drift: Option<DriftSpread>,
}

/// A drawdown of the compounded path.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DatedDrawdown {
    /// The loss from peak to trough.
    pub depth: f64,
    /// The day of the peak; the first day where it fell from the start.
    pub peak: Date,
    /// The day of the trough.
    pub trough: Date,
    /// The day on which the peak was reached again.
    pub recovery: Option<Date>,
}

/// Figures beside a benchmark.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Relative {
    /// Its name.
    pub benchmark: String,
    /// Its return a year.
    pub annual_return: f64,
    /// Volatility of the return over it.
    pub tracking_error: Option<f64>,
    /// Mean return over it by tracking error.
    pub information_ratio: Option<f64>,
    /// Beta to it.
    pub beta: Option<f64>,
    /// Return that beta does not explain.
    pub alpha: Option<f64>,
    /// Share of its gains that was had.
    pub up_capture: Option<f64>,
    /// Share of its losses that was had.
    pub down_capture: Option<f64>,
}

/// How drift was spread over days.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DriftSpread {
    /// Days on which one looked.
    pub looks: usize,
    /// Half of them had no more.
    pub median: f64,
    /// 95 of 100 had no more.
    pub percentile_95: f64,
    /// The most.
    pub maximum: f64,
}

/// Growth of one unit by day, flows apart.
pub fn growth(returns: &[f64]) -> Vec<f64> {
    let mut level = 1.0;
    let step = |value: &f64| {
        level *= 1.0 + value;
        level
    };
    returns.iter().map(step).collect()
}

/// Returns of a benchmark on the days of a run, from the last level on or before each; of the first day 0. `None` where it
/// begins after the first day.
pub fn benchmark_returns(levels: &[(Date, f64)], days: &[Date]) -> Option<Vec<f64>> {
    let level = |day: &Date| levels.get(levels.partition_point(|(date, _)| date <= day).checked_sub(1)?).map(|(_, level)| *level);
    let found: Vec<f64> = days.iter().map(level).collect::<Option<_>>()?;
    let mut before = found.first().copied()?;
    Some(found.into_iter().map(|level| level / std::mem::replace(&mut before, level) - 1.0).collect())
}

/// Figures over a year that moves along the days of a run, the last window ending on the last day; none where the run is shorter.
pub fn over_a_year(run: &Backtest, cash_rate: f64) -> Vec<Window> {
    let dates: Vec<Date> = run.days.iter().map(|day| day.date).collect();
    let periods = periods_per_year(&dates);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 4 and 252")]
    let window = periods.clamp(4.0, 252.0).round() as usize;
    rolling(&run.periods(), window, periods, cash_rate / periods).unwrap_or_default()
}

impl Summary {
    /// Figures of a run; beside a benchmark where one is given by name with its returns.
    ///
    /// # Errors
    /// A series that cannot be measured.
    pub fn of(run: &Backtest, cash_rate: f64, benchmark: Option<(&str, &[f64])>) -> Result<Self, Vec<Diagnostic>> {
        let dates: Vec<Date> = run.days.iter().map(|day| day.date).collect();
        let periods = periods_per_year(&dates);
        let returns = run.periods();
        let benchmark = benchmark.map(|(name, returns)| (name, returns.get(1..).unwrap_or_default()));
        let risk_free = cash_rate / periods;
        let settings = Settings { risk_free, benchmark: benchmark.map(|(_, returns)| returns), ..Settings::of(periods) };
        let told = statistics(&returns, &settings).map_err(|error| unmeasured(&error))?;
        let years = told.years;
        let sum = |of: fn(&Day) -> f64| run.days.iter().map(of).sum::<f64>();
        #[expect(clippy::cast_precision_loss, reason = "days are far below 2^53")]
        let mean_value = sum(|day| day.value) / run.days.len() as f64;
        let a_year = |amount: f64| if mean_value > 0.0 && years > 0.0 { amount / mean_value / years } else { 0.0 };
        // What was bought with the first capital is no turnover; it may be filled on a later day than it came in.
        let bought = || run.days.iter().map(|day| day.traded_one_way).find(|traded| *traded > 0.0);
        let entered = if run.opening <= 0.0 { bought().unwrap_or(0.0) } else { 0.0 };
        let traded = || run.acted.iter().filter(|acted| !acted.refused);
        Ok(Self {
            years,
            periods_per_year: periods,
            total_return: told.total_return,
            annual_return: told.annual_return,
            volatility: told.volatility.ok(),
            sharpe: told.sharpe.ok(),
            sortino: told.sortino.ok(),
            calmar: told.calmar.ok(),
            skewness: told.skewness.ok(),
            excess_kurtosis: told.excess_kurtosis.ok(),
            best: told.best,
            worst: told.worst,
            share_positive: told.share_positive,
            value_at_risk: told.value_at_risk,
            conditional_value_at_risk: told.conditional_value_at_risk,
            maximum_drawdown: told.maximum_drawdown,
            drawdowns: told.drawdowns.iter().filter_map(|spell| dated(spell, &dates)).collect(),
            relative: benchmark.map(|(name, returns)| relative(&told, name, returns, periods)).transpose()?,
            turnover_one_way: a_year(sum(|day| day.traded_one_way) - entered),
            cost_drag: a_year(sum(|day| day.costs)),
            fee_drag: a_year(sum(|day| day.fees)),
            tax_drag: a_year(sum(|day| day.tax)),
            rebalances: traded().count(),
            trades: traded().map(|acted| acted.trades).sum(),
            drift: spread(run),
        })
    }
}

fn unmeasured(error: &RiskError) -> Vec<Diagnostic> {
    let message = format!("the run cannot be measured: {error}");
    vec![Diagnostic::error(Code::HISTORY_UNUSABLE, message).help("look at the values by day: `--csv FILE`")]
}

/// Positions are those of levels, one a day.
fn dated(spell: &Drawdown, dates: &[Date]) -> Option<DatedDrawdown> {
    let day = |level: usize| dates.get(level).copied();
    let recovery = spell.recovery.and_then(day);
    Some(DatedDrawdown { depth: spell.depth, peak: day(spell.peak)?, trough: day(spell.trough)?, recovery })
}

fn relative(told: &Statistics, name: &str, returns: &[f64], periods: f64) -> Result<Relative, Vec<Diagnostic>> {
    let of = annualized_return(returns, periods).map_err(|error| unmeasured(&error))?;
    let figures = told.relative.as_ref();
    let figure = |of: fn(&statistics::Relative) -> &Result<f64, RiskError>| figures.and_then(|figures| of(figures).as_ref().ok().copied());
    Ok(Relative {
        benchmark: name.to_owned(),
        annual_return: of,
        tracking_error: figure(|figures| &figures.tracking_error),
        information_ratio: figure(|figures| &figures.information_ratio),
        beta: figure(|figures| &figures.beta),
        alpha: figure(|figures| &figures.alpha),
        up_capture: figure(|figures| &figures.up_capture),
        down_capture: figure(|figures| &figures.down_capture),
    })
}

fn spread(run: &Backtest) -> Option<DriftSpread> {
    let mut drifts: Vec<f64> = run.drifts.iter().map(|point| point.max).collect();
    drifts.sort_by(f64::total_cmp);
    let at = |numerator: usize, denominator: usize| drifts.get((drifts.len() * numerator / denominator).min(drifts.len().checked_sub(1)?));
    Some(DriftSpread { looks: drifts.len(), median: *at(1, 2)?, percentile_95: *at(95, 100)?, maximum: *drifts.last()? })
}
