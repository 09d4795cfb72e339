//! What is known of the assets' past, turned into returns without holes.

use evenkeel_ledger::date::Date;
use evenkeel_quant::panel::backfill::component_returns;
use evenkeel_quant::panel::defects::DefectRules;
use evenkeel_quant::panel::frequency::{Period, to_periods};
use evenkeel_quant::panel::missing::{Missing as Treatment, MissingReport, Residuals, treat_missing};
use evenkeel_quant::panel::returns::{Gaps, simple_returns, to_simple};
use evenkeel_quant::panel::winsorize::winsorize;
use evenkeel_quant::panel::{Content, Panel, PanelError};

use crate::diagnostic::{Code, Diagnostic};
use crate::market::NamedPanel;
use crate::policy::{EstimateRules, Frequency, Missing};
use crate::words;

use super::{Asset, EstimateInputs};

/// Factors by which missing returns are filled in: the strongest common movements, and few enough that
/// a year of history tells them apart.
const BACKFILL_FACTORS: usize = 3;

/// Dates that every two assets must have in common where each pair is estimated on its own.
const LEAST_OVERLAP: usize = 20;

/// A year in days, for how far history reaches back.
const DAYS_A_YEAR: f64 = 365.25;

/// Most days from row to row of what comes by the day or the week.
const WEEK: i32 = 7;

/// Rows of which the usual distance tells how often they come.
const TELLING: usize = 8;

/// Returns, and what looks wrong in what they are made of.
pub(super) struct Observed {
    pub(super) returns: Panel,
    pub(super) periods_per_year: f64,
    pub(super) defects: Vec<Diagnostic>,
}

/// First and last date of returns, and how many there are.
pub(super) fn span(returns: &Panel) -> Option<(Date, Date, usize)> {
    let (first, last) = (returns.dates().first()?, returns.dates().last()?);
    Some((Date::from_ordinal(*first).ok()?, Date::from_ordinal(*last).ok()?, returns.rows()))
}

/// Simple returns of the assets up to the date, a period each, and what looks wrong in them.
pub(super) fn returns(inputs: &EstimateInputs<'_>, assets: &[Asset], notes: &mut Vec<String>) -> Result<Observed, Vec<Diagnostic>> {
    let known = known(inputs, assets)?;
    let defects = known.inspect(&defect_rules(known.usual_step()));
    let periods_per_year = periods_per_year(inputs, &known)?;
    let told = |error: PanelError| vec![told(&error, assets)];
    let (returns, pulled_in) = periodic(known.panel, inputs.rules).map_err(told)?;
    if let Some((tail, pulled_in)) = inputs.rules.winsorize.zip(pulled_in) {
        notes.push(format!("Returns beyond the {} at each end of {pulled_in} assets were pulled in.", words::percent(tail)));
    }
    let rows = returns.rows();
    let factors = match inputs.rules.missing {
        Missing::Backfill if !returns.is_complete() => {
            let columns = || returns.values().iter_columns();
            let complete = columns().filter(|column| column.iter().all(|value| !value.is_nan())).count();
            Some(component_returns(&returns, BACKFILL_FACTORS.min(complete.max(1))).map_err(told)?)
        }
        _ => None,
    };
    let treatment = match (inputs.rules.missing, &factors) {
        (Missing::Complete, _) => Treatment::CompleteCases { least_coverage: 0.0 },
        (Missing::Pairwise, _) => Treatment::Pairwise { least_overlap: LEAST_OVERLAP },
        (Missing::Backfill, Some(factors)) => Treatment::Backfill { factors, residuals: Residuals::Drawn { seed: 0 } },
        (Missing::Refuse | Missing::Backfill, _) => Treatment::Refuse,
    };
    let treated = treat_missing(&returns, treatment).map_err(told)?;
    notes.extend(missing_note(&treated.report, assets, rows));
    Ok(Observed { returns: treated.panel, periods_per_year, defects })
}

/// Simple returns a period, as the rules ask for, and of how many assets extremes were pulled in, where they ask for that.
fn periodic(known: Panel, rules: &EstimateRules) -> Result<(Panel, Option<usize>), PanelError> {
    let period = match rules.frequency {
        None | Some(Frequency::Daily) => None,
        Some(Frequency::Weekly) => Some(Period::Week),
        Some(Frequency::Monthly) => Some(Period::Month),
    };
    let known = match period {
        Some(period) => to_periods(&known, &period.keys(known.dates()))?,
        None => known,
    };
    let returns = match known.content() {
        Content::Prices => simple_returns(&known, Gaps::Bridged)?,
        Content::SimpleReturns => known,
        Content::LogReturns => to_simple(known)?,
    };
    let Some(tail) = rules.winsorize else { return Ok((returns, None)) };
    let (pulled, report) = winsorize(&returns, tail)?;
    Ok((pulled, Some(report.len())))
}

/// Simple returns a period of one series of the history, on given dates; NaN where none is known.
pub(super) fn of_series(inputs: &EstimateInputs<'_>, symbol: &str, dates: &[i32]) -> Option<Vec<f64>> {
    let history = inputs.history?;
    let column = history.names.iter().position(|name| name == symbol)?;
    let known = history.panel.select(&[column]).ok()?.between(i32::MIN, inputs.as_of.ordinal());
    let (returns, _) = periodic(known, inputs.rules).ok()?;
    let values = returns.values().column(0);
    let on = |day: &i32| returns.dates().binary_search(day).ok().and_then(|row| values.get(row)).copied();
    Some(dates.iter().map(|day| on(day).unwrap_or(f64::NAN)).collect())
}

/// Refuses what rests on fewer returns than are needed.
///
/// # Errors
/// That they are too few.
pub fn check_length(found: usize, needed: usize, as_of: Date) -> Result<(), Vec<Diagnostic>> {
    if found >= needed {
        return Ok(());
    }
    let message = format!("an estimate needs at least {needed} returns, and the history up to {as_of} has {found}");
    let help = "add earlier prices, take a shorter `frequency`, or estimate from beliefs: `returns` and `covariance` of `[estimate]` \
                = \"assumptions\"";
    Err(vec![Diagnostic::error(Code::NO_HISTORY, message).help(help)])
}

/// From what on something looks wrong in rows that are usually so many days apart.
fn defect_rules(step: i32) -> DefectRules {
    if step <= WEEK {
        return DefectRules::DAILY;
    }
    DefectRules { largest_step: DefectRules::MONTHLY.largest_step.max(step.saturating_mul(2)), ..DefectRules::MONTHLY }
}

/// What figures are annualized by: as the rules say, or as the dates come.
fn periods_per_year(inputs: &EstimateInputs<'_>, known: &NamedPanel) -> Result<f64, Vec<Diagnostic>> {
    let rows = known.dates_per_year();
    let refused = match inputs.rules.annualized_by(Some(rows)) {
        Ok(a_year) => return Ok(a_year),
        Err(error) if known.panel.rows() < TELLING => return Ok(error.stated),
        Err(error) => error,
    };
    let (key, usual) = match inputs.rules.periods_per_year {
        Some(_) => ("periods_per_year", format!("{:.0}", refused.found)),
        None if (50.0..54.0).contains(&rows) => ("frequency", "\"weekly\"".to_owned()),
        None if (11.0..13.0).contains(&rows) => ("frequency", "\"monthly\"".to_owned()),
        None => ("periods_per_year", format!("{rows:.0}")),
    };
    let help = format!("write `{key} = {usual}` under `[estimate]`, or leave it out: then the dates say it");
    Err(vec![Diagnostic::error(Code::HISTORY_UNUSABLE, refused.to_string()).help(help)])
}

/// Prices or returns of the assets, within the years asked for.
fn known(inputs: &EstimateInputs<'_>, assets: &[Asset]) -> Result<NamedPanel, Vec<Diagnostic>> {
    let Some(history) = inputs.history else {
        let help = "add prices.csv or returns.csv, or estimate from beliefs: `returns = \"assumptions\"`, `covariance = \"assumptions\"`";
        return Err(vec![Diagnostic::error(Code::NO_HISTORY, "the estimates need a history of prices, and none is given").help(help)]);
    };
    let column = |asset: &Asset| history.names.iter().position(|name| *name == asset.symbol);
    let has_values = |column: &usize| history.panel.listing(*column).is_some();
    let columns: Vec<Option<usize>> = assets.iter().map(|asset| column(asset).filter(has_values)).collect();
    let absent = assets.iter().zip(&columns).filter(|(_, column)| column.is_none()).map(|(asset, _)| {
        let message = format!("there is no history for {}, by which {} is estimated", asset.symbol, asset.class);
        Diagnostic::error(Code::NO_HISTORY, message).help("add its prices, or put another instrument first in its target")
    });
    let absent: Vec<Diagnostic> = absent.collect();
    if !absent.is_empty() {
        return Err(absent);
    }
    let columns: Vec<usize> = columns.into_iter().flatten().collect();
    let chosen = history.panel.select(&columns).map_err(|error| vec![told(&error, assets)])?;
    let first = inputs.rules.years.and_then(|years| inputs.as_of.add_days(-days(years)).ok());
    let known = chosen.between(first.map_or(i32::MIN, Date::ordinal), inputs.as_of.ordinal());
    if known.rows() < 2 {
        let message = format!("there are {} dates of history up to {}, and an estimate needs two at the least", known.rows(), inputs.as_of);
        return Err(vec![Diagnostic::error(Code::NO_HISTORY, message).help("add earlier prices, or raise `years`")]);
    }
    let names = assets.iter().map(|asset| asset.symbol.clone()).collect();
    Ok(NamedPanel { kind: history.kind, base_date: None, names, panel: known })
}

#[expect(clippy::cast_possible_truncation, reason = "saturates far beyond any history")]
fn days(years: f64) -> i32 {
    (years * DAYS_A_YEAR).round() as i32
}

/// What is wrong with a panel, with the names of assets and dates.
fn told(error: &PanelError, assets: &[Asset]) -> Diagnostic {
    let symbol = |asset: usize| assets.get(asset).map_or("an asset", |asset| asset.symbol.as_str());
    let message = match error {
        PanelError::Missing { count, asset, date, .. } => {
            let date = Date::from_ordinal(*date).map_or_else(|_| format!("day {date}"), |date| date.to_string());
            let are = if *count == 1 { "return is" } else { "returns are" };
            format!("{count} {are} missing, the first of them of {} on {date}", symbol(*asset))
        }
        PanelError::Overlap { first, second, found, needed } => {
            format!("{} and {} have {found} dates in common, and {needed} are needed", symbol(*first), symbol(*second))
        }
        PanelError::Fit { asset, found, .. } => {
            format!("{} has {found} returns, which is too few to fill in the others", symbol(*asset))
        }
        other => other.to_string(),
    };
    let help = "set `missing` under `[estimate]` to `complete`, `pairwise` or `backfill`, shorten the history with `years`, or leave the asset out";
    Diagnostic::error(Code::HISTORY_UNUSABLE, message).help(help)
}

/// What was done about missing returns.
fn missing_note(report: &MissingReport, assets: &[Asset], rows: usize) -> Option<String> {
    let symbol = |asset: usize| assets.get(asset).map_or("an asset", |asset| asset.symbol.as_str());
    if !report.filled.is_empty() {
        let filled = report.filled.iter().map(|filled| format!("{} of {}", filled.rows, symbol(filled.asset)));
        return Some(format!("Missing returns were filled in by a factor model: {}.", filled.collect::<Vec<_>>().join(", ")));
    }
    if !report.dropped_dates.is_empty() {
        return Some(format!("{} of {rows} dates were left out, on which not every asset has a return.", report.dropped_dates.len()));
    }
    report.smallest_overlap.as_ref().map(|overlap| {
        format!(
            "Each pair of assets uses the dates on which both have a return: at least {} ({} and {}).",
            overlap.dates,
            symbol(overlap.first),
            symbol(overlap.second)
        )
    })
}
