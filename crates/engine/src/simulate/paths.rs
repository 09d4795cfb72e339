//! Paths: months of history, or beliefs of a year.

use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::estimate::covariance::stressed::toward_common_correlation;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::panel::frequency::{Period, to_periods};
use evenkeel_quant::panel::returns::{Gaps, simple_returns, to_simple};
use evenkeel_quant::panel::{Content, Panel, PanelError};
use evenkeel_quant::simulate::moments::Moments;
use evenkeel_quant::simulate::source::garch::StartVariance;
use evenkeel_quant::simulate::source::{
    BlockBootstrap, Copula, Dependence, Ends, FilteredHistory, Lognormal, RegimeSwitching, ScenarioTree, StationaryBootstrap, Student,
};
use evenkeel_quant::simulate::{Inflation, Model, SimulateError, stress};

use evenkeel_ledger::date::Date;

use crate::diagnostic::{Code, Diagnostic};
use crate::estimate::{estimate, is_believed};
use crate::market::NamedPanel;
use crate::policy::{CovarianceEstimator, EstimateRules, ReturnEstimator};
use crate::words::percent;

use super::{Held, MONTHS, Method, Prices, SimulateInputs, Stress, refused};

/// Months of history from which paths are drawn where no method is named.
const ENOUGH_MONTHS: usize = 60;

/// Most days from row to row of what can be made months of.
const MONTH: i32 = 45;

/// A year in days, for how far history reaches back.
const DAYS_A_YEAR: f64 = 365.25;

/// Paths, and how they were made.
pub(super) struct Drawn {
    pub(super) model: Model,
    pub(super) inflation: Inflation,
    /// How paths are drawn, in a sentence.
    pub(super) sentence: String,
    /// How prices rise, in a sentence.
    pub(super) prices: String,
    /// Whether that is stated, and not merely taken to be nothing.
    pub(super) is_inflation_stated: bool,
    /// Expected simple return a year of each class: of its months, compounded.
    pub(super) expected: Vec<f64>,
}

/// Months of history: a column a class, and prices after them where they are a column.
struct Months {
    returns: Matrix,
    span: String,
}

pub(super) fn model(inputs: &SimulateInputs<'_>, held: &[Held], notes: &mut Vec<String>) -> Result<Drawn, Vec<Diagnostic>> {
    let column = match &inputs.question.prices {
        Some(Prices::Column(name)) => Some(name.as_str()),
        _ => None,
    };
    let method = inputs.question.method;
    let needs_history = column.is_some() || method.is_some_and(|method| !has_beliefs(method));
    let rows = inputs.estimate.history.map_or(0, |history| history.panel.rows());
    let from_history =
        needs_history || (rows >= ENOUGH_MONTHS && !(method.is_some() && inputs.estimate.assumptions.is_some() && !needs_history));
    let (inflation, prices) = inflation(inputs, column, notes);
    let told = |error: SimulateError| vec![refused(&error)];
    let (model, sentence) = if from_history {
        let months = months(inputs, held, column, notes)?;
        notes.extend(inputs.estimate.history.and_then(|history| history.kind?.without_dividends()));
        let method = method.unwrap_or(Method::Block);
        let stressed = stressed_history(inputs, held.len() - 1, months.returns, notes).map_err(told)?;
        let sentence = format!("{}, {}", of_method(method, inputs), months.span);
        (of_history(method, inputs, &stressed).map_err(told)?, sentence)
    } else {
        let method = method.unwrap_or(Method::Lognormal);
        let (mean, covariance) = beliefs(inputs, held, notes)?;
        let sentence = format!("{}, from the assumptions", of_method(method, inputs));
        (of_beliefs(method, inputs, &mean, &covariance).map_err(told)?, sentence)
    };
    let year = |mean: &f64| (1.0 + mean).powi(12) - 1.0;
    let expected = model.mean().iter().take(held.len()).map(year).collect();
    let is_inflation_stated = inputs.question.prices.is_some() || inputs.policy.objective.inflation.is_some();
    Ok(Drawn { model, inflation, sentence, prices, is_inflation_stated, expected })
}

/// Whether a method can do with means and covariances.
fn has_beliefs(method: Method) -> bool {
    matches!(method, Method::Lognormal | Method::Student | Method::Tree)
}

fn inflation(inputs: &SimulateInputs<'_>, column: Option<&str>, notes: &mut Vec<String>) -> (Inflation, String) {
    if let Some(name) = column {
        return (Inflation::Column, format!("as `{name}` of the history, drawn with the returns"));
    }
    let stated = match inputs.question.prices {
        Some(Prices::Rate(rate)) => Some(rate),
        _ => inputs.policy.objective.inflation,
    };
    if stated.is_none() {
        notes.push(
            "No inflation is stated, so prices do not rise and real figures are nominal ones: set `--inflation` or `objective.inflation`."
                .to_owned(),
        );
    }
    let rate = stated.unwrap_or(0.0);
    (Inflation::Constant(rate), format!("by {} a year", percent(rate)))
}

fn of_method(method: Method, inputs: &SimulateInputs<'_>) -> String {
    let question = inputs.question;
    match method {
        Method::Block => format!("blocks of {} consecutive months", question.block),
        Method::Stationary => format!("blocks of {} consecutive months on average", question.block),
        Method::Lognormal => "geometric Brownian motion".to_owned(),
        Method::Student => format!("multivariate t with {} degrees of freedom", question.degrees),
        Method::NormalCopula => "a normal copula over each class's own months".to_owned(),
        Method::StudentCopula => format!("a t copula with {} degrees of freedom over each class's own months", question.degrees),
        Method::Garch => "months filtered by GARCH(1,1)".to_owned(),
        Method::Regime => "two regimes, calm and crisis".to_owned(),
        Method::Tree => "a scenario tree of years with matched moments, each moving in equal months (so that more than yearly rebalancing sells what goes on rising)".to_owned(),
    }
}

fn of_history(method: Method, inputs: &SimulateInputs<'_>, returns: &Matrix) -> Result<Model, SimulateError> {
    let question = inputs.question;
    #[expect(clippy::cast_precision_loss, reason = "months of a block")]
    let mean_block = question.block as f64;
    Ok(match method {
        Method::Block => Model::Block(BlockBootstrap::new(returns, question.block, Ends::Circular)?),
        Method::Stationary => Model::Stationary(StationaryBootstrap::new(returns, mean_block)?),
        Method::Lognormal => Model::Lognormal(Lognormal::new(&Moments::of_returns(returns)?)?),
        Method::Student => Model::Student(Student::new(&Moments::of_returns(returns)?, question.degrees)?),
        Method::NormalCopula => Model::Copula(Copula::new(returns, Dependence::Normal)?),
        Method::StudentCopula => Model::Copula(Copula::new(returns, Dependence::Student { degrees: question.degrees })?),
        Method::Garch => Model::FilteredHistory(FilteredHistory::new(returns, StartVariance::Latest)?),
        Method::Regime => Model::RegimeSwitching(RegimeSwitching::fit(returns)?),
        Method::Tree => Model::Tree(ScenarioTree::matched(&year_of(&Moments::of_returns(returns)?), MONTHS)?),
    })
}

/// Moments of a year of months that are independent and alike.
fn year_of(month: &Moments) -> Moments {
    let growth: Vec<f64> = month.mean.iter().map(|mean| 1.0 + mean).collect();
    let entry = |i: usize, j: usize| (growth[i] * growth[j] + month.covariance.get(i, j)).powi(12) - (growth[i] * growth[j]).powi(12);
    Moments {
        mean: growth.iter().map(|growth| growth.powi(12) - 1.0).collect(),
        covariance: Matrix::from_fn(growth.len(), growth.len(), entry),
    }
}

fn of_beliefs(method: Method, inputs: &SimulateInputs<'_>, mean: &[f64], covariance: &Covariance) -> Result<Model, SimulateError> {
    Ok(match method {
        Method::Student => Model::Student(Student::new(&Moments::of_year(mean, covariance, MONTHS)?, inputs.question.degrees)?),
        Method::Tree => {
            let year = Moments { mean: mean.to_vec(), covariance: covariance.matrix().into_owned() };
            Model::Tree(ScenarioTree::matched(&year, MONTHS)?)
        }
        _ => Model::Lognormal(Lognormal::new(&Moments::of_year(mean, covariance, MONTHS)?)?),
    })
}

/// Expected returns and covariance a year of the classes, with cash last.
fn beliefs(inputs: &SimulateInputs<'_>, held: &[Held], notes: &mut Vec<String>) -> Result<(Vec<f64>, Covariance), Vec<Diagnostic>> {
    let mut rules = inputs.estimate.rules.clone();
    // What the policy makes of beliefs alone is what the other commands tell; of history, nothing is drawn here.
    if !is_believed(&rules) {
        rules = EstimateRules { returns: ReturnEstimator::Assumptions, covariance: CovarianceEstimator::Assumptions, ..rules };
    }
    let estimates = estimate(&crate::estimate::EstimateInputs { rules: &rules, ..inputs.estimate })?;
    notes.extend(estimates.notes.iter().cloned());
    let mut mean = estimates.expected.clone();
    mean.push(cash_return(inputs, held));
    let mut covariance = estimates.covariance.as_ref().clone();
    for stress in &inputs.question.stresses {
        match *stress {
            Stress::Correlations(level) => {
                covariance = toward_common_correlation(&covariance, level, 1.0).map_err(|error| vec![refused(&error)])?;
                notes.push(format!("All correlations are {level}."));
            }
            Stress::Volatility(multiple) => {
                stress::check_multiple(multiple).map_err(|error| vec![refused(&error)])?;
                covariance = covariance.scaled(multiple * multiple);
                notes.push(format!("All volatilities are {multiple} times what is believed."));
            }
            Stress::LostYears { .. } => {}
        }
    }
    let size = estimates.assets.len();
    let given = covariance.matrix();
    let entry = |i: usize, j: usize| if i < size && j < size { given.get(i, j) } else { 0.0 };
    let with_cash = Covariance::from_matrix(Matrix::from_fn(size + 1, size + 1, entry)).map_err(|error| vec![refused(&error)])?;
    Ok((mean, with_cash))
}

/// What cash earns a year: as believed of its class, else the risk-free rate.
fn cash_return(inputs: &SimulateInputs<'_>, held: &[Held]) -> f64 {
    let class = held.last().map(|cash| &cash.class);
    let believed = class.and_then(|class| inputs.estimate.assumptions?.of(class)?.expected_return);
    believed.unwrap_or(inputs.estimate.rules.risk_free)
}

fn stressed_history(
    inputs: &SimulateInputs<'_>,
    assets: usize,
    mut returns: Matrix,
    notes: &mut Vec<String>,
) -> Result<Matrix, SimulateError> {
    for stress in &inputs.question.stresses {
        match *stress {
            Stress::Correlations(level) => {
                returns = stress::correlate(&returns, assets, level)?;
                notes.push(format!("The months were turned so that all correlations are {level}."));
            }
            Stress::Volatility(multiple) => {
                returns = stress::multiply_volatility(&returns, assets, multiple)?;
                notes.push(format!("The months deviate {multiple} times as far from their means."));
            }
            Stress::LostYears { .. } => {}
        }
    }
    Ok(returns)
}

/// Months of the classes, of cash, and of prices where they are a column. Months before the last class begins are left out.
fn months(inputs: &SimulateInputs<'_>, held: &[Held], prices: Option<&str>, notes: &mut Vec<String>) -> Result<Months, Vec<Diagnostic>> {
    let Some(history) = inputs.estimate.history else {
        let told = Diagnostic::error(Code::NO_HISTORY, "paths are to be drawn from history, and none is given");
        return Err(vec![told.help("add returns.csv or prices.csv, or draw from beliefs: `--method gbm`, `t` or `tree`")]);
    };
    if history.usual_step() > MONTH {
        let told = Diagnostic::error(Code::HISTORY_UNUSABLE, format!("the history's rows are usually {} days apart", history.usual_step()));
        return Err(vec![told.help("paths go month by month: give a history of months or finer")]);
    }
    let leaves = held.iter().filter_map(|held| held.asset.as_ref());
    let symbols: Vec<&str> = leaves.map(|asset| asset.symbol.as_str()).chain(prices).collect();
    let of_history = monthly(inputs, history, &symbols)?;
    let (rows, columns) = (of_history.rows(), of_history.assets());
    let values = of_history.values();
    let first = (0..columns).filter_map(|column| of_history.listing(column)).map(|(first, _)| first).max().unwrap_or(rows);
    if first > 0 && first < rows {
        notes.push(format!("The first {first} months were left out, in which not every class has a return."));
    }
    let hole = (first..rows).find_map(|row| (0..columns).find(|column| values.get(row, *column).is_nan()).map(|column| (row, column)));
    if let Some((row, column)) = hole {
        let (date, name) = (date(of_history.dates().get(row).copied()), symbols.get(column).copied().unwrap_or_default());
        let told = Diagnostic::error(Code::HISTORY_UNUSABLE, format!("the return of {name} in the month that ends on {date} is missing"));
        return Err(vec![told.help("fill it in, or begin the history later with `years` under `[estimate]`")]);
    }
    let cash = (1.0 + cash_return(inputs, held)).powf(1.0 / 12.0) - 1.0;
    let assets = held.len() - 1;
    let entry = |row: usize, column: usize| match column {
        column if column < assets => values.get(first + row, column),
        column if column == assets => cash,
        column => values.get(first + row, column - 1),
    };
    let returns = Matrix::from_fn(rows - first, columns + 1, entry);
    let span = format!(
        "from {} months of history, {} to {}",
        rows - first,
        date(of_history.dates().get(first).copied()),
        date(of_history.dates().last().copied())
    );
    Ok(Months { returns, span })
}

/// Simple returns of months of the columns of these names.
fn monthly(inputs: &SimulateInputs<'_>, history: &NamedPanel, symbols: &[&str]) -> Result<Panel, Vec<Diagnostic>> {
    let column =
        |symbol: &&str| history.names.iter().position(|name| name == symbol).filter(|column| history.panel.listing(*column).is_some());
    let absent = symbols.iter().filter(|symbol| column(symbol).is_none()).map(|symbol| {
        let told = Diagnostic::error(Code::NO_HISTORY, format!("there is no history for {symbol}"));
        told.help("add its prices or returns, or draw from beliefs: `--method gbm`, `t` or `tree`")
    });
    let absent: Vec<Diagnostic> = absent.collect();
    if !absent.is_empty() {
        return Err(absent);
    }
    let columns: Vec<usize> = symbols.iter().filter_map(column).collect();
    let told = |error: PanelError| vec![Diagnostic::error(Code::HISTORY_UNUSABLE, error.to_string()).help("correct the history")];
    #[expect(clippy::cast_possible_truncation, reason = "saturates far beyond any history")]
    let back = inputs.estimate.rules.years.map(|years| (years * DAYS_A_YEAR).round() as i32);
    let first = back.and_then(|days| inputs.estimate.as_of.add_days(-days).ok()).map_or(i32::MIN, Date::ordinal);
    let known = history.panel.select(&columns).map_err(told)?.between(first, inputs.estimate.as_of.ordinal());
    let known = to_periods(&known, &Period::Month.keys(known.dates())).map_err(told)?;
    match known.content() {
        Content::Prices => simple_returns(&known, Gaps::Bridged).map_err(told),
        Content::SimpleReturns => Ok(known),
        Content::LogReturns => to_simple(known).map_err(told),
    }
}

fn date(ordinal: Option<i32>) -> String {
    ordinal.and_then(|ordinal| Date::from_ordinal(ordinal).ok()).map_or_else(|| "an unknown day".to_owned(), |date| date.to_string())
}
