//! Why it was earned, by factors: of the books, or of a column of a file of returns.

use std::path::{Path, PathBuf};

use clap::Args;
use evenkeel::attribution::{FactorAttribution, FactorInputs, by_factors, loading_exposures};
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel::market::NamedPanel;
use evenkeel::performance::{Days, Every, Groups, Net, Timing, days, earned, policy_mix};
use evenkeel::portfolio::Sleeves;
use evenkeel::run::DISCLAIMER;
use evenkeel_io::folder::{self, Options, Paths};
use evenkeel_io::page::Page;
use evenkeel_io::picture::{Bars, Picture, Series};
use evenkeel_io::source::Source;
use evenkeel_ledger::date::Date;

use crate::account_history::AccountHistory;
use crate::analysis::output::{Csv, OutputArguments, PictureTheme, digits};
use crate::render::number::{counted, percent, rounded};
use crate::render::table::{Column, Table};

use super::{Arguments, AttributeDocument, EveryArgument, NetArgument, precise};
use crate::command::performance::{POLICY, level_returns, mix_of, series};

/// Factors that have a column of their own in the list by period; of more of them all stand in one.
const MOST_COLUMNS: usize = 6;

/// Factors in place of segments.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Factors")]
pub struct FactorArguments {
    /// Tell what factors explain of the return, or of what it has beyond a benchmark: a file of their returns (see returns.csv).
    #[arg(long, value_name = "FILE", conflicts_with_all = ["segments", "method", "interaction"])]
    pub factors: Option<PathBuf>,
    /// A column of the factors that counts; may be given more than once. All but `--cash` where left out.
    #[arg(long = "factor", value_name = "NAME", requires = "factors")]
    pub names: Vec<String>,
    /// The column of the factors that is the return of cash, which is told first. Beside a benchmark it cancels and is not given: name the
    /// factors that count with `--factor`, so that cash is none of them.
    #[arg(long, value_name = "NAME", requires = "factors", conflicts_with = "benchmark")]
    pub cash: Option<String>,
    /// What the return is compared with: a benchmark of benchmark.csv, `policy`, or with `--returns` another of its columns.
    #[arg(long, value_name = "NAME", requires = "factors")]
    pub benchmark: Option<String>,
    /// Explain a column of this file of returns (see returns.csv), without books.
    #[arg(long, value_name = "FILE", requires = "factors", conflicts_with_all = ["folder", "journal", "household", "instruments", "prices", "fx", "policy", "net_of"])]
    pub returns: Option<PathBuf>,
    /// Name of that column; the first where left out.
    #[arg(long, value_name = "NAME", requires = "returns")]
    pub of: Option<String>,
    /// Take the loadings of classes in this file (see assumptions.toml) times the weights of every period, in place of exposures that are
    /// fitted to the returns.
    #[arg(long, value_name = "FILE", requires = "factors", conflicts_with = "returns")]
    pub loadings: Option<PathBuf>,
}

impl FactorArguments {
    /// No factors.
    pub const fn none() -> Self {
        Self { factors: None, names: Vec::new(), cash: None, benchmark: None, returns: None, of: None, loadings: None }
    }
}

/// What is explained.
struct Explained {
    from: Date,
    dates: Vec<Date>,
    portfolio: Vec<f64>,
    benchmark: Option<Vec<f64>>,
    exposures: Option<Vec<Vec<f64>>>,
    notes: Vec<String>,
    hashes: Vec<(String, String)>,
}

/// Attributes to the factors of a file; the diagnostics are warnings of what was read.
///
/// # Errors
/// What is wrong with files and arguments.
pub(super) fn explained(arguments: &Arguments, path: &Path) -> Result<(AttributeDocument, Vec<Diagnostic>), Vec<Diagnostic>> {
    let asked = &arguments.factors;
    let file = series::File::open(path)?;
    let names = names(asked, &file.panel);
    let (told, mut warnings, household) = if let Some(returns) = &asked.returns {
        let (told, warnings) = of_returns(arguments, returns)?;
        (told, warnings, None)
    } else {
        let history = arguments.history.load()?;
        (of_books(&history, arguments, &names)?, history.warnings, Some(history.household.id))
    };
    warnings.extend(file.warnings);
    let inputs = FactorInputs {
        from: told.from,
        dates: &told.dates,
        portfolio: &told.portfolio,
        benchmark: told.benchmark.as_deref(),
        factors: &file.panel,
        names: &names,
        cash: asked.cash.as_deref(),
        exposures: told.exposures.as_deref(),
        linking: arguments.linking(),
        every: Every::from(arguments.every.unwrap_or(EveryArgument::Month)),
    };
    let mut found = by_factors(&inputs)?;
    found.notes.extend(told.notes);
    let output = OutputArguments { csv: arguments.output.csv.clone(), pictures: None, theme: PictureTheme::Light };
    let document = AttributeDocument {
        household,
        attribution: None,
        files: output.write(&csv(&found), &[]).map_err(|problem| vec![*problem])?,
        pictures: vec![("attribution", Picture::Bars(bars(&found)))],
        factors: Some(found),
        inputs: told.hashes.into_iter().chain([hash(path)?]).collect(),
        disclaimer: DISCLAIMER,
    };
    Ok((document, warnings))
}

/// The columns that count as factors.
fn names(asked: &FactorArguments, factors: &NamedPanel) -> Vec<String> {
    if asked.names.is_empty() {
        factors.names.iter().filter(|name| asked.cash.as_ref() != Some(name)).cloned().collect()
    } else {
        asked.names.clone()
    }
}

fn hash(path: &Path) -> Result<(String, String), Vec<Diagnostic>> {
    let source = Source::open(path).map_err(|problem| vec![*problem])?;
    let name = path.file_name().map_or_else(|| source.file.clone(), |name| name.to_string_lossy().into_owned());
    Ok((name, source.sha256))
}

/// A column of a file of returns, beside another one, and warnings of what was read.
fn of_returns(arguments: &Arguments, path: &Path) -> Result<(Explained, Vec<Diagnostic>), Vec<Diagnostic>> {
    let file = series::File::open(path)?;
    let rows = file.rows(arguments.history.span());
    let name = arguments.factors.of.clone().or_else(|| file.panel.names.first().cloned()).unwrap_or_default();
    let dates: Vec<Date> = rows.iter().filter_map(|row| file.dates.get(*row).copied()).collect();
    let explained = Explained {
        from: file.begin(&rows, path)?,
        portfolio: file.returns(&name, &rows)?,
        benchmark: arguments.factors.benchmark.as_ref().map(|name| file.returns(name, &rows)).transpose()?,
        dates,
        exposures: None,
        notes: Vec::new(),
        hashes: vec![hash(path)?],
    };
    Ok((explained, file.warnings))
}

/// What accounts earned, beside a benchmark.
fn of_books(history: &AccountHistory, arguments: &Arguments, names: &[String]) -> Result<Explained, Vec<Diagnostic>> {
    let (asked, record) = (&arguments.factors, history.record());
    let sleeves = history.policy.as_ref().map(|policy| Sleeves::new(&policy.tree, &history.universe));
    let groups = match &sleeves {
        Some(sleeves) => Groups::of_sleeves(sleeves, &history.universe),
        None => Groups::new(evenkeel::performance::Grouping::Household, &history.household, &history.universe),
    };
    let mut days = days(&record, &groups, arguments.history.span())?;
    let net: Net = arguments.net_of.unwrap_or(NetArgument::Nothing).into();
    let own = earned(days.opening_total(), &days.total(), net, Timing::EndOfDay);
    if let Some(why) = own.ended {
        let day = days.dates.get(own.returns.len()).map(ToString::to_string).unwrap_or_default();
        let told = Diagnostic::error(Code::HISTORY_UNUSABLE, format!("from {day} on there is no return: {why}"));
        return Err(vec![told.help("end before it: `--to DATE`")]);
    }
    let benchmark = match asked.benchmark.as_deref() {
        Some(POLICY) => Some(mix_of(history, &mut days)?.total()),
        Some(name) => Some(level_returns(history, name, &days)?),
        None => None,
    };
    let exposures = asked.loadings.as_ref().map(|path| exposures(history, asked, &days, (path, names))).transpose()?;
    let mut hashes = history.hashes.clone();
    if let Some(path) = &asked.loadings {
        hashes.push(hash(path)?);
    }
    Ok(Explained { from: days.from, portfolio: own.returns, benchmark, exposures, notes: days.notes, hashes, dates: days.dates })
}

/// Exposures by the loadings of classes, less those of the policy's mix where that is the benchmark.
fn exposures(
    history: &AccountHistory,
    asked: &FactorArguments,
    days: &Days,
    (path, names): (&PathBuf, &[String]),
) -> Result<Vec<Vec<f64>>, Vec<Diagnostic>> {
    let Some(policy) = &history.policy else {
        let told = Diagnostic::error(Code::INPUT_FILES, "`--loadings` takes the leaves of a policy, and there is no policy.toml");
        return Err(vec![told.help("add it to the folder, name one with `--policy`, or leave exposures to be fitted")]);
    };
    if let Some(name) = asked.benchmark.as_deref().filter(|name| *name != POLICY) {
        let told = Diagnostic::error(Code::ARGUMENT, format!("of the benchmark `{name}` no weights are known, whose loadings could count"));
        return Err(vec![told.help("compare with `--benchmark policy`, or leave exposures to be fitted")]);
    }
    let paths = Paths { assumptions: Some(path.clone()), ..Paths::default() };
    let parsed = folder::load(&paths, Options { as_of: days.to, price_kind: None, study: false, settings: &[], past: false });
    let Some(assumptions) = parsed.value.and_then(|read| read.assumptions) else { return Err(parsed.diagnostics) };
    let sleeves = Sleeves::new(&policy.tree, &history.universe);
    let span = (days.from, &days.dates[..]);
    let mix = asked.benchmark.as_ref().map(|_| policy_mix(policy, &sleeves, &history.record(), &history.actions, span)).transpose()?;
    loading_exposures(days, &sleeves, &assumptions, names, mix.as_ref())
}

fn bars(told: &FactorAttribution) -> Bars {
    let names = told.factors.iter().map(|factor| factor.factor.clone()).chain(["specific".to_owned()]);
    let effects = told.factors.iter().map(|factor| factor.effect).chain([told.specific]);
    Bars {
        title: "What each factor added to the return".to_owned(),
        names: names.collect(),
        series: vec![Series { name: "effect".to_owned(), values: effects.collect() }],
    }
}

fn csv(told: &FactorAttribution) -> Csv {
    let header = ["factor", "exposure", "t_statistic", "factor_return", "effect"];
    let rows = told.factors.iter().map(|factor| {
        let numbers = [Some(factor.exposure), factor.t_statistic, Some(factor.factor_return), Some(factor.effect)];
        std::iter::once(factor.factor.clone()).chain(numbers.map(digits)).collect()
    });
    let specific = vec!["specific".to_owned(), String::new(), String::new(), String::new(), digits(Some(told.specific))];
    Csv { header: header.map(str::to_owned).to_vec(), rows: rows.chain([specific]).collect() }
}

/// What a person reads of it, but for pictures.
pub(super) fn page(told: &FactorAttribution) -> Page {
    let compared = match told.benchmark_return {
        Some(other) => format!("benchmark {}: {} between them", percent(other), percent(told.excess)),
        None => "all of which is told".to_owned(),
    };
    let mut page = Page::new();
    page.say(format!(
        "{} to {}, {}. Portfolio {}, {compared}.",
        told.from,
        told.to,
        counted(told.periods, "period"),
        percent(told.portfolio_return)
    ));
    page.say(match told.r_squared {
        Some(share) => format!("By factors, with exposures fitted to the returns; they explain {} of the variance.", percent(share)),
        None => "By factors, with the loadings of classes times their weights.".to_owned(),
    });
    page.append(by_factor(told)).append(by_period(told));
    page
}

fn by_factor(told: &FactorAttribution) -> Page {
    let mut table = Table::new([
        Column::Name("Factor"),
        Column::Number("Exposure"),
        Column::Number("t"),
        Column::Number("Return"),
        Column::Number("Effect"),
    ]);
    for factor in &told.factors {
        let t = factor.t_statistic.map(|t| rounded(t, 1)).unwrap_or_default();
        let numbers = [rounded(factor.exposure, 3), t, percent(factor.factor_return), precise(factor.effect)];
        table.row(std::iter::once((&factor.factor).into()).chain(numbers));
    }
    for (name, effect) in [("specific", told.specific), ("all", told.excess)] {
        table.row([name.into(), "".into(), "".into(), "".into(), precise(effect)]);
    }
    Page::of_table("By factor", table)
}

fn by_period(told: &FactorAttribution) -> Page {
    let is_apart = told.factors.len() <= MOST_COLUMNS;
    let names: Vec<&str> = if is_apart { told.factors.iter().map(|factor| factor.factor.as_str()).collect() } else { vec!["Factors"] };
    let mut columns = vec![Column::Name("Period"), Column::Number("Return")];
    columns.extend(told.benchmark_return.map(|_| Column::Number("Bench.")));
    columns.extend(names.into_iter().map(Column::Number));
    columns.push(Column::Number("Specific"));
    let mut table = Table::new(columns);
    for period in &told.by_period {
        let effects = if is_apart { period.factors.clone() } else { vec![period.factors.iter().sum()] };
        let returns = [Some(period.portfolio_return), period.benchmark_return].into_iter().flatten().map(percent);
        let effects = effects.into_iter().chain([period.specific]).map(precise);
        table.row(std::iter::once(period.period.to_string().into()).chain(returns).chain(effects));
    }
    Page::of_table("By period, linked", table)
}
