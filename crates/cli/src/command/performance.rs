//! `evenkeel performance`: what accounts have earned, from their journal and prices alone.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use evenkeel::backtest::{benchmark_returns, growth};
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel::estimate::LEAST_RETURNS;
use evenkeel::performance::{
    AfterTax, Days, Every, Figure, Grouping, Groups, Level, Net, Part, Performance, PolicyMix, Settings, Timing, after_tax, days, earned,
    policy_mix, report,
};
use evenkeel::portfolio::Sleeves;
use evenkeel::run::DISCLAIMER;
use evenkeel_io::page::Page;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::identical::Identity;
use serde::Serialize;

use crate::account_history::{AccountHistory, HistoryArguments};
use crate::analysis::output::{Csv, Named, OutputArguments, digits};
use crate::evidence::{About, written};
use crate::pictures::{drawdown_picture, growth_picture};
use crate::render::number::{counted, percent, rounded};
use crate::render::sections::{UNKNOWN, pictured};
use crate::render::table::{Cell, Column, Table};

use super::backtest::BENCHMARK_DAYS;
use super::{Document, Outcome, finish};

pub(super) mod series;

/// The benchmark that is the policy's own mix.
pub const POLICY: &str = "policy";

/// Arguments of `evenkeel performance`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the inputs are, and which days are looked at.
    #[command(flatten)]
    pub history: HistoryArguments,
    /// Measure a column of this file of returns (see returns.csv), without books; `--benchmark` then names another column.
    #[arg(long, value_name = "FILE", help_heading = "Inputs", conflicts_with_all = ["folder", "journal", "household", "instruments", "prices", "fx", "policy", "by", "net_of", "flows", "consumer_prices", "after_tax", "pictures"])]
    pub returns: Option<PathBuf>,
    /// Name of the column of `--returns` that is measured; the first where left out.
    #[arg(long, value_name = "NAME", help_heading = "Inputs", requires = "returns")]
    pub of: Option<String>,
    /// By what returns are told, beside everything together.
    #[arg(long, value_name = "GROUPING", default_value = "household")]
    pub by: GroupingArgument,
    /// How long a stretch is, of which returns are listed and ratios measured.
    #[arg(long, value_name = "STRETCH", default_value = "month")]
    pub every: EveryArgument,
    /// Which charges count in ratios, contributions, real and money-weighted returns.
    #[arg(long, value_name = "CHARGES", default_value = "fees")]
    pub net_of: NetArgument,
    /// When flows of a day come in and go out.
    #[arg(long, value_name = "WHEN", default_value = "end_of_day")]
    pub flows: TimingArgument,
    /// What to compare with: a benchmark of benchmark.csv, or `policy` for the policy's target mix, rebalanced every day.
    #[arg(long, value_name = "NAME")]
    pub benchmark: Option<String>,
    /// Levels of consumer prices, a series of signals.csv: tells real returns.
    #[arg(long, value_name = "SERIES")]
    pub consumer_prices: Option<String>,
    /// Tell the mix of all benchmarks of benchmark.csv that the returns have moved like.
    #[arg(long)]
    pub style: bool,
    /// Also tell returns after the taxes that `tax-year` computes of the journal: before selling what is left (pre-liquidation), and as if
    /// all were sold on the last day (post-liquidation).
    #[arg(long)]
    pub after_tax: bool,
    /// Risk-free return a year, as a fraction.
    #[arg(long, value_name = "RATE", default_value_t = 0.0)]
    pub risk_free: f64,
    /// The least return a year that is acceptable, for ratios to downside risk, as a fraction.
    #[arg(long, value_name = "RATE", default_value_t = 0.0)]
    pub minimum_return: f64,
    /// Files of the result.
    #[command(flatten)]
    pub output: OutputArguments,
}

/// By what returns are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum GroupingArgument {
    /// Everything together.
    Household,
    /// By account.
    Account,
    /// By owner.
    Owner,
    /// By the broadest asset class.
    Class,
    /// By the whole path of the asset class.
    SubClass,
    /// By instrument.
    Instrument,
    /// By sector.
    Sector,
    /// By currency.
    Currency,
}

/// How long a stretch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum EveryArgument {
    /// A day with prices.
    Day,
    /// A month.
    Month,
    /// A quarter.
    Quarter,
    /// A year.
    Year,
    /// All days; ratios are then of days.
    Whole,
}

/// Which charges count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum NetArgument {
    /// None but trading costs: gross.
    Nothing,
    /// Fees: net.
    Fees,
    /// Fees and taxes: after tax.
    FeesAndTaxes,
}

/// When flows of a day come in and go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum TimingArgument {
    /// At its close, at whose prices they are invested.
    EndOfDay,
    /// At its beginning.
    StartOfDay,
    /// In at its beginning, out at its close.
    InAtStart,
}

impl From<EveryArgument> for Every {
    fn from(every: EveryArgument) -> Self {
        match every {
            EveryArgument::Day => Self::Day,
            EveryArgument::Month => Self::Month,
            EveryArgument::Quarter => Self::Quarter,
            EveryArgument::Year => Self::Year,
            EveryArgument::Whole => Self::Whole,
        }
    }
}

impl From<NetArgument> for Net {
    fn from(net: NetArgument) -> Self {
        match net {
            NetArgument::Nothing => Self::GrossOfFees,
            NetArgument::Fees => Self::NetOfFees,
            NetArgument::FeesAndTaxes => Self::AfterTax,
        }
    }
}

impl Arguments {
    /// The accounts of a folder by class and quarter, beside their policy's mix.
    pub fn folder(folder: PathBuf) -> Self {
        Self {
            history: HistoryArguments::folder(folder),
            returns: None,
            of: None,
            by: GroupingArgument::Class,
            every: EveryArgument::Quarter,
            net_of: NetArgument::Fees,
            flows: TimingArgument::EndOfDay,
            benchmark: Some(POLICY.to_owned()),
            consumer_prices: None,
            style: false,
            after_tax: false,
            risk_free: 0.0,
            minimum_return: 0.0,
            output: OutputArguments::none(),
        }
    }

    fn settings<'a>(
        &self,
        benchmark: Option<&'a (String, Vec<f64>)>,
        consumer_prices: Option<&'a [(Date, f64)]>,
        indices: &'a [(String, Vec<f64>)],
    ) -> Settings<'a> {
        Settings {
            every: self.every.into(),
            timing: self.timing(),
            net: self.net_of.into(),
            risk_free: self.risk_free,
            minimum: self.minimum_return,
            benchmark: benchmark.map(|(name, returns)| (name.as_str(), returns.as_slice())),
            consumer_prices,
            indices,
        }
    }

    fn grouping(&self) -> Grouping {
        match self.by {
            GroupingArgument::Household => Grouping::Household,
            GroupingArgument::Account => Grouping::Account,
            GroupingArgument::Owner => Grouping::Owner,
            GroupingArgument::Class => Grouping::Class,
            GroupingArgument::SubClass => Grouping::SubClass,
            GroupingArgument::Instrument => Grouping::Instrument,
            GroupingArgument::Sector => Grouping::Sector,
            GroupingArgument::Currency => Grouping::Currency,
        }
    }

    fn timing(&self) -> Timing {
        match self.flows {
            TimingArgument::EndOfDay => Timing::EndOfDay,
            TimingArgument::StartOfDay => Timing::StartOfDay,
            TimingArgument::InAtStart => Timing::InAtStart,
        }
    }

    fn refused(&self) -> Vec<Diagnostic> {
        let rates = [("--risk-free", self.risk_free), ("--minimum-return", self.minimum_return)];
        let unfit = rates.into_iter().filter(|(_, rate)| !rate.is_finite() || rate.abs() >= 1.0).map(|(name, rate)| {
            Diagnostic::error(Code::ARGUMENT, format!("`{name} {rate}` is no rate a year")).help("give a fraction: 0.02 is 2 %")
        });
        unfit.collect()
    }
}

/// Figures that describe what happened, of however few returns.
const DESCRIBING: [&str; 8] = [
    "annual_return",
    "volatility",
    "sharpe_ratio",
    "maximum_drawdown",
    "benchmark_return",
    "active_premium",
    "tracking_error",
    "information_ratio",
];

/// What accounts have earned.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PerformanceDocument {
    /// The household.
    pub household: String,
    /// By what parts are told; `returns` where a series was measured: `household`, `account`, `owner`, `class`, `sub_class`, `instrument`, `sector` or `currency`.
    pub by: String,
    /// Which charges count in ratios, contributions, real and money-weighted returns: `nothing`, `fees` or `fees_and_taxes`.
    pub net_of: String,
    /// What was earned.
    pub performance: Performance,
    /// After the taxes of the years, by the rules of `tax-year`; null where that is not asked for.
    pub after_tax: Option<AfterTax>,
    /// SHA-256 of each input.
    pub inputs: Vec<(String, String)>,
    /// What this is not.
    pub disclaimer: &'static str,
    /// Pictures of it.
    #[serde(skip)]
    pub pictures: Vec<Named>,
    /// Files written beside it.
    pub files: Vec<String>,
}

/// Does it.
pub fn run(arguments: &Arguments) -> Outcome {
    let refused = arguments.refused();
    if !refused.is_empty() {
        return Outcome::invalid(refused);
    }
    if let Some(path) = &arguments.returns {
        return match series::measured(path, arguments) {
            Ok((document, warnings)) => finish(warnings, Ok(document)),
            Err(told) => Outcome::invalid(told),
        };
    }
    match arguments.history.load() {
        Ok(history) => {
            let told = measured(&history, arguments);
            finish(history.warnings, told)
        }
        Err(diagnostics) => Outcome::invalid(diagnostics),
    }
}

pub(super) fn measured(history: &AccountHistory, arguments: &Arguments) -> Result<PerformanceDocument, Vec<Diagnostic>> {
    let record = history.record();
    let groups = Groups::new(arguments.grouping(), &history.household, &history.universe);
    let mut days = days(&record, &groups, arguments.history.span())?;
    let benchmark = match arguments.benchmark.as_deref() {
        Some(POLICY) => Some((POLICY.to_owned(), mix_of(history, &mut days)?.total())),
        Some(name) => Some((name.to_owned(), level_returns(history, name, &days)?)),
        None => None,
    };
    let consumer_prices = arguments.consumer_prices.as_deref().map(|name| consumer_prices(history, name)).transpose()?;
    let indices = if arguments.style { indices(history, &days)? } else { Vec::new() };
    let settings = arguments.settings(benchmark.as_ref(), consumer_prices, &indices);
    let performance = report(&days, history.base, &settings);
    let identity = history.policy.as_ref().map_or(Identity::Related, |policy| policy.tax.identical);
    let after_tax = arguments.after_tax.then(|| after_tax(&record, &days, identity, settings.timing)).transpose()?;
    let csv = csv(&performance);
    let own = earned(days.opening_total(), &days.total(), settings.net, settings.timing);
    let mut series = vec![(history.household.id.clone(), growth(&own.returns))];
    series.extend(benchmark.iter().map(|(name, returns)| (name.clone(), growth(returns))));
    let pictures = vec![
        ("growth", growth_picture("Growth of one unit", &days.dates, series.clone())),
        ("drawdown", drawdown_picture("Drawdown", &days.dates, series)),
    ];
    let written = arguments.output.write(&csv, &pictures);
    let word = |value: Option<clap::builder::PossibleValue>| value.map(|value| value.get_name().to_owned()).unwrap_or_default();
    Ok(PerformanceDocument {
        household: history.household.id.clone(),
        by: word(arguments.by.to_possible_value()),
        net_of: word(arguments.net_of.to_possible_value()),
        performance,
        after_tax,
        inputs: history.hashes.clone(),
        disclaimer: DISCLAIMER,
        pictures,
        files: written.map_err(|problem| vec![*problem])?,
    })
}

/// The policy's mix by day; what should be known of it goes to the notes of the days.
pub(super) fn mix_of(history: &AccountHistory, days: &mut Days) -> Result<PolicyMix, Vec<Diagnostic>> {
    let Some(policy) = &history.policy else {
        let told = Diagnostic::error(Code::INPUT_FILES, "the policy's mix is asked for, and there is no policy.toml");
        return Err(vec![told.help("add it to the folder, or name one with `--policy`")]);
    };
    let sleeves = Sleeves::new(&policy.tree, &history.universe);
    let mix = policy_mix(policy, &sleeves, &history.record(), &history.actions, (days.from, &days.dates))?;
    days.notes.extend(mix.notes.iter().cloned());
    Ok(mix)
}

/// Returns of a benchmark of benchmark.csv by day.
pub(super) fn level_returns(history: &AccountHistory, name: &str, days: &Days) -> Result<Vec<f64>, Vec<Diagnostic>> {
    let Some(known) = &history.benchmark else {
        let told = Diagnostic::error(Code::INPUT_FILES, format!("the benchmark `{name}` is asked for and there is no benchmark.csv"));
        return Err(vec![told.help("add benchmark.csv to the folder, or compare with `policy`")]);
    };
    let Some(levels) = known.levels.get(name) else {
        let names: Vec<&str> = known.levels.keys().map(String::as_str).collect();
        let help = format!("name one of: {}, policy", names.join(", "));
        return Err(vec![Diagnostic::error(Code::ARGUMENT, format!("`{name}` is no benchmark of benchmark.csv")).help(help)]);
    };
    let first = days.dates.first().copied().filter(|first| days.from < *first);
    let dates: Vec<Date> = first.map(|_| days.from).into_iter().chain(days.dates.iter().copied()).collect();
    let returns = benchmark_returns(levels, &dates).and_then(|returns| Some(returns.get(dates.len() - days.dates.len()..)?.to_vec()));
    let returns = returns.ok_or_else(|| {
        let message = format!("the benchmark `{name}` has no level on or before {}", days.from);
        vec![Diagnostic::error(Code::NO_HISTORY, message).help("begin later, or add earlier levels")]
    })?;
    match levels.last() {
        Some((ends, _)) if days.to.days_since(*ends) > BENCHMARK_DAYS => {
            let message = format!("the benchmark `{name}` ends on {ends}, and what is measured on {}", days.to);
            Err(vec![Diagnostic::error(Code::NO_HISTORY, message).help(format!("add later levels, or end with it: `--to {ends}`"))])
        }
        _ => Ok(returns),
    }
}

/// Every benchmark of benchmark.csv with its returns by day.
fn indices(history: &AccountHistory, days: &Days) -> Result<Vec<(String, Vec<f64>)>, Vec<Diagnostic>> {
    let Some(known) = &history.benchmark else {
        let told = Diagnostic::error(Code::INPUT_FILES, "a style is asked for and there is no benchmark.csv with indices");
        return Err(vec![told.help("add benchmark.csv to the folder")]);
    };
    known.levels.keys().map(|name| Ok((name.clone(), level_returns(history, name, days)?))).collect()
}

/// Levels of consumer prices, a series of signals.csv that is above zero.
fn consumer_prices<'h>(history: &'h AccountHistory, name: &str) -> Result<&'h [(Date, f64)], Vec<Diagnostic>> {
    let levels = series_of(history, name)?;
    match levels.iter().find(|(_, level)| *level <= 0.0) {
        Some((date, level)) => {
            let message = format!("`{name}` of signals.csv is {level} on {date}, and levels of consumer prices are above zero");
            Err(vec![Diagnostic::error(Code::NOT_POSITIVE, message).help("give levels of an index, not its changes, or correct the row")])
        }
        None => Ok(levels),
    }
}

/// A series of signals.csv.
pub(super) fn series_of<'h>(history: &'h AccountHistory, name: &str) -> Result<&'h [(Date, f64)], Vec<Diagnostic>> {
    let known = &history.signals.series;
    known.get(name).map(Vec::as_slice).ok_or_else(|| {
        let names: Vec<&str> = known.keys().map(String::as_str).collect();
        let help = if names.is_empty() { "add signals.csv to the folder".to_owned() } else { format!("name one of: {}", names.join(", ")) };
        vec![Diagnostic::error(Code::ARGUMENT, format!("`{name}` is no series of signals.csv")).help(help)]
    })
}

fn csv(performance: &Performance) -> Csv {
    let header = ["group", "from", "to", "start", "end", "flow", "gross", "net", "after_tax", "benchmark"];
    let parts = std::iter::once(&performance.total).chain(&performance.parts);
    let rows = parts.flat_map(|part| {
        part.stretches.iter().map(|stretch| {
            let amounts = [stretch.start, stretch.end, stretch.flow].map(digits);
            let returns = [stretch.gross, stretch.net, stretch.after_tax, stretch.benchmark].map(digits);
            let names = [part.name.clone(), stretch.from.to_string(), stretch.to.to_string()];
            names.into_iter().chain(amounts).chain(returns).collect()
        })
    });
    Csv { header: header.map(str::to_owned).to_vec(), rows: rows.collect() }
}

impl PerformanceDocument {
    /// What was earned by everything and by part, without ratios.
    pub fn in_short(&self) -> Page {
        let mut page = Page::new();
        page.say(self.head()).append(pictured(self.pictures.get(..1).unwrap_or_default())).append(self.returns()).append(self.by_part());
        page
    }
}

impl Document for PerformanceDocument {
    fn page(&self) -> Page {
        let told = &self.performance;
        let mut page = Page::new();
        page.say(self.head()).append(pictured(&self.pictures));
        page.append(self.returns());
        page.append(self.by_part());
        if !self.is_series() {
            page.append(self.stretches());
        }
        page.append(self.style());
        page.append(self.figures());
        page.heading("Notes");
        for note in told.notes.iter().chain(&self.told_of_rates()) {
            page.item(note);
        }
        if told.parts.iter().any(|part| part.fees + part.taxes > 0.0) && self.by != "account" && self.by != "owner" {
            page.item("Fees, and taxes that were not withheld, are charged to the cash from which they were paid.");
        }
        let figures = &told.total.figures;
        if let Some(why) = figures.first().filter(|_| figures.iter().all(|figure| figure.value.is_none())) {
            page.item(format!("There are no figures: {}.", why.undefined.as_deref().unwrap_or_default()));
        }
        let costs = if self.is_series() { "" } else { "Trading costs always count. " };
        page.item(format!("{costs}A return of less than a year is not scaled up to one; ratios are of what a year of it would be."));
        page.item(self.disclaimer);
        page.append(written(&self.files));
        page
    }

    fn about(&self) -> About {
        let Performance { from, to, .. } = self.performance;
        About { of: format!("{}, {from} to {to}", self.whose()), as_of: None }
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}

impl PerformanceDocument {
    /// Whose returns these are.
    fn whose(&self) -> String {
        if self.is_series() { self.household.clone() } else { format!("Household {}", self.household) }
    }

    fn head(&self) -> String {
        let told = &self.performance;
        if self.is_series() {
            return format!("{}, {} to {} ({}).", self.whose(), told.from, told.to, counted(told.days, "return"));
        }
        let days = counted(told.days, "day");
        format!(
            "{}, {} to {} ({days} with prices), in {}. Value {} to {}; {} came in net of what went out, {} were gained.",
            self.whose(),
            told.from,
            told.to,
            told.currency,
            rounded(told.total.start, 2),
            rounded(told.total.end, 2),
            rounded(told.total.flow, 2),
            rounded(told.total.gain, 2),
        )
    }

    /// Whether a series of returns was measured, in which nothing flows.
    fn is_series(&self) -> bool {
        self.by == series::RETURNS
    }

    fn told_of_rates(&self) -> Vec<String> {
        let weighted = self.performance.total.money_weighted.note.iter().map(|note| format!("Money-weighted: {note}."));
        let taxes = self.after_tax.iter().flat_map(|told| {
            let sum = |tax: f64| format!("{} {}", rounded(tax, 2), self.performance.currency);
            let on = format!(
                "After tax by the rules of `tax-year`: {} on dividends and interest, {} on realized gains, and {} more were all sold.",
                sum(told.tax_on_income),
                sum(told.tax_on_gains),
                sum(told.tax_on_liquidation)
            );
            std::iter::once(on).chain(told.notes.iter().cloned())
        });
        weighted.chain(taxes).collect()
    }

    fn returns(&self) -> Page {
        let total = &self.performance.total;
        let mut table = Table::new([Column::Name("Return"), Column::Number("Whole span"), Column::Number("A year")]);
        let mut row = |name: &str, level: Level| {
            table.row([name.into(), told(level.total), told(level.annual)]);
        };
        if self.is_series() {
            row(&self.household, total.net);
        } else {
            row("time-weighted, before fees and taxes", total.gross);
            row("time-weighted, after fees", total.net);
            row("time-weighted, after fees and taxes", total.after_tax);
            if let Some(after_tax) = &self.after_tax {
                row("after tax, pre-liquidation", after_tax.pre_liquidation);
                row("after tax, post-liquidation", after_tax.post_liquidation);
            }
        }
        if let Some(real) = total.real {
            row("after consumer prices", real);
        }
        if let Some(benchmark) = total.benchmark {
            row(self.performance.benchmark.as_deref().unwrap_or("benchmark"), benchmark);
        }
        let weighted = &total.money_weighted;
        if self.is_series() {
            return Page::of_table("Returns", table);
        }
        table.row(["money-weighted".into(), told(weighted.total), told(weighted.annual)]);
        table.row(["modified Dietz".into(), told(total.modified_dietz), "".into()]);
        Page::of_table("Returns", table)
    }

    fn by_part(&self) -> Page {
        if self.performance.parts.is_empty() {
            return Page::new();
        }
        let mut table = Table::new([
            Column::Name("Group"),
            Column::Number("Start"),
            Column::Number("Flow"),
            Column::Number("End"),
            Column::Number("Return"),
            Column::Number("Contribution"),
        ]);
        let chosen = |part: &Part| match self.net_of.as_str() {
            "nothing" => part.gross.total,
            "fees_and_taxes" => part.after_tax.total,
            _ => part.net.total,
        };
        for part in &self.performance.parts {
            let amounts = [part.start, part.flow, part.end].map(|amount| rounded(amount, 2));
            let cells = std::iter::once((&part.name).into()).chain(amounts).chain([told(chosen(part)), percent(part.contribution)]);
            table.row(cells);
        }
        Page::of_table(format!("By {}", self.by.replace('_', "-")), table)
    }

    fn style(&self) -> Page {
        let Some(mix) = &self.performance.style else { return Page::new() };
        let mut table = Table::new([Column::Name("Index"), Column::Number("Weight")]);
        for (name, weight) in &mix.weights {
            table.row([name.clone().into(), percent(*weight)]);
        }
        let mut page = Page::of_table("Moved like", table);
        page.remark(format!(
            "The mix explains {} of the variance; beyond it {} a year were earned.",
            percent(mix.r_squared),
            percent(mix.selection)
        ));
        page
    }

    fn stretches(&self) -> Page {
        let total = &self.performance.total;
        let is_compared = total.benchmark.is_some();
        let mut columns = vec![
            Column::Name("Through"),
            Column::Number("Value"),
            Column::Number("Flow"),
            Column::Number("Gross"),
            Column::Number("Net"),
            Column::Number("After tax"),
        ];
        columns.extend(is_compared.then_some(Column::Number("Benchmark")));
        let mut table = Table::new(columns);
        for stretch in &total.stretches {
            let amounts = [rounded(stretch.end, 2), rounded(stretch.flow, 2)];
            let returns = [stretch.gross, stretch.net, stretch.after_tax].map(told);
            let other = stretch.benchmark.map(percent);
            table.row(std::iter::once(stretch.to.to_string().into()).chain(amounts).chain(returns).chain(other));
        }
        Page::of_table("By stretch", table)
    }

    fn figures(&self) -> Page {
        let mut table = Table::new([Column::Name("Figure"), Column::Number(""), Column::Name("Figure"), Column::Number("")]);
        let known: Vec<&Figure> = self.performance.total.figures.iter().filter(|figure| figure.value.is_some()).collect();
        let returns = self.measured_returns();
        let is_shown = |figure: &&&Figure| returns >= LEAST_RETURNS || DESCRIBING.contains(&figure.name);
        let told: Vec<&Figure> = known.iter().filter(is_shown).copied().collect();
        let cells = |figure: Option<&&Figure>| {
            let Some((figure, value)) = figure.and_then(|figure| Some((figure, figure.value?))) else {
                return [Cell::default(), Cell::default()];
            };
            [figure.name.replace('_', " ").into(), if figure.is_fraction { percent(value) } else { rounded(value, 3) }]
        };
        for pair in told.chunks(2) {
            table.row(cells(pair.first()).into_iter().chain(cells(pair.get(1))));
        }
        if told.is_empty() {
            return Page::new();
        }
        let periods = self.performance.periods_per_year;
        let places = if periods < 0.95 { 2 } else { 0 };
        let mut page = Page::of_table(format!("Figures, of {} returns a year", rounded(periods, places)), table);
        if told.len() < known.len() {
            let left_out = known.len() - told.len();
            page.remark(format!(
                "Of {} these describe what happened. {left_out} more are left out here and stand in `--json`: ratios of tails, drawdowns, \
                 shape and regressions say more of chance than of skill below {LEAST_RETURNS} returns; `--every` takes shorter stretches.",
                counted(returns, "return")
            ));
        }
        page
    }

    /// How many returns the figures are of: of stretches, and of days where all of it is one.
    fn measured_returns(&self) -> usize {
        match self.performance.total.stretches.len() {
            0 | 1 => self.performance.days,
            stretches => stretches,
        }
    }
}

/// A return, or that there is none.
fn told(value: Option<f64>) -> Cell {
    value.map_or_else(|| UNKNOWN.into(), percent)
}
