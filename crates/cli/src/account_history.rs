//! The files of accounts with all that happened in them: a journal, prices, and what they are compared with.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel::market::{Action, FxHistory, PriceHistory, SignalHistory, inspect, split_adjusted, stale_rates};
use evenkeel::performance::{Record, Span};
use evenkeel::policy::{Policy, PriceRules};
use evenkeel_io::benchmark::BenchmarkHistory;
use evenkeel_io::folder::{self, Options, Paths};
use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::EventKind;
use evenkeel_ledger::household::Household;
use evenkeel_ledger::instrument::{InstrumentId, Universe};
use evenkeel_ledger::journal::Journal;
use evenkeel_ledger::number::Currency;

use crate::inputs::splits;

/// Which prices are used where no policy says so.
const PRICE_RULES: PriceRules = PriceRules { max_age_days: 5, max_jump: 0.5 };

/// Where the inputs are, and which days are looked at.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Inputs")]
pub struct HistoryArguments {
    /// Folder with files of conventional names: journal.csv or journal.jsonl, household.toml, instruments.csv and prices.csv;
    /// where they are there also policy.toml, fx.csv, benchmark.csv, signals.csv and actions.csv.
    pub folder: Option<PathBuf>,
    /// All that happened, in place of the folder's journal.
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
    /// Owners and accounts, in place of household.toml.
    #[arg(long, value_name = "FILE")]
    pub household: Option<PathBuf>,
    /// The instruments, in place of instruments.csv.
    #[arg(long, value_name = "FILE")]
    pub instruments: Option<PathBuf>,
    /// Prices as CSV or Parquet, in place of the folder's.
    #[arg(long, value_name = "FILE")]
    pub prices: Option<PathBuf>,
    /// Exchange rates, in place of fx.csv.
    #[arg(long, value_name = "FILE")]
    pub fx: Option<PathBuf>,
    /// The policy, in place of policy.toml.
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// The first day that is measured; it begins with the close of the last priced day before. That of the first event where left out.
    #[arg(long, value_name = "DATE")]
    pub from: Option<Date>,
    /// The last day; that of the last price where left out.
    #[arg(long, value_name = "DATE")]
    pub to: Option<Date>,
    /// The currency in which everything is told; that of the policy, or of all accounts, where left out.
    #[arg(long, value_name = "CURRENCY")]
    pub currency: Option<Currency>,
    /// Let plain sales beyond what is held open short lots; else the books refuse them.
    #[arg(long)]
    pub allow_short: bool,
    /// Treat this as a study, in which lots may be valued on prices that nobody paid.
    #[arg(long)]
    pub study: bool,
}

/// Accounts with all that happened in them.
#[derive(Debug)]
pub struct AccountHistory {
    /// What was decided, where a policy is there.
    pub policy: Option<Policy>,
    /// Owners and accounts.
    pub household: Household,
    /// The instruments.
    pub universe: Universe,
    /// Dividends, splits and delistings, by date.
    pub actions: Vec<Action>,
    /// Levels of benchmarks.
    pub benchmark: Option<BenchmarkHistory>,
    /// Series by name.
    pub signals: SignalHistory,
    /// The currency in which everything is told.
    pub base: Currency,
    /// SHA-256 of each file.
    pub hashes: Vec<(String, String)>,
    /// What should be known of the files.
    pub warnings: Vec<Diagnostic>,
    journal: Journal,
    allows_short: bool,
    prices: PriceHistory,
    fx: FxHistory,
}

impl HistoryArguments {
    /// The files of a folder, over all days.
    pub fn folder(folder: PathBuf) -> Self {
        Self {
            folder: Some(folder),
            journal: None,
            household: None,
            instruments: None,
            prices: None,
            fx: None,
            policy: None,
            from: None,
            to: None,
            currency: None,
            allow_short: false,
            study: false,
        }
    }

    /// The days that are looked at.
    pub fn span(&self) -> Span {
        Span { from: self.from, to: self.to }
    }

    /// The files of the folder that bear conventional names.
    ///
    /// # Errors
    /// A folder that cannot be read, or that holds one thing in two forms.
    pub fn paths(&self) -> Result<Paths, Vec<Diagnostic>> {
        let found = self.folder.as_deref().map_or_else(|| Ok(Paths::default()), Paths::in_folder)?;
        let or = |given: &Option<PathBuf>, found: Option<PathBuf>| given.clone().or(found);
        Ok(Paths {
            journal: or(&self.journal, found.journal),
            household: or(&self.household, found.household),
            instruments: or(&self.instruments, found.instruments),
            returns: found.returns.filter(|_| self.prices.is_none()),
            prices: or(&self.prices, found.prices),
            fx: or(&self.fx, found.fx),
            policy: or(&self.policy, found.policy),
            benchmark: found.benchmark,
            signals: found.signals,
            actions: found.actions,
            segments: found.segments,
            ..Paths::default()
        })
    }

    /// Reads everything.
    ///
    /// # Errors
    /// All diagnostics, at least one of them an error.
    pub fn load(&self) -> Result<AccountHistory, Vec<Diagnostic>> {
        let paths = Paths { segments: None, ..self.paths()? };
        let absent = missing(&paths);
        let as_of = self.to.map_or_else(|| Date::new(9999, 12, 31), Ok);
        let as_of = as_of.map_err(|error| vec![Diagnostic::error(Code::ARGUMENT, error.to_string())])?;
        let parsed = folder::load(&paths, Options { as_of, price_kind: None, study: self.study, settings: &[], past: true });
        let told = parsed.diagnostics;
        if !absent.is_empty() {
            return Err(absent.into_iter().chain(told).collect());
        }
        let Some(read) = parsed.value else { return Err(told) };
        let (Some(household), Some(universe), Some(recorded), Some(prices)) = (read.household, read.universe, read.journal, read.prices)
        else {
            return Err(told);
        };
        let base = match self.currency {
            Some(currency) => currency,
            None => base(read.policy.as_ref(), &household)?,
        };
        let rules = read.policy.as_ref().map_or(PRICE_RULES, |policy| policy.prices);
        let mut warnings = told;
        if let Ok(comparable) = split_adjusted(&prices, &splits(recorded.journal.events(), &[], prices.kind)) {
            let dates = prices.series.iter().flatten().map(|point| point.date).filter(|date| *date <= as_of);
            warnings.extend(dates.max().into_iter().flat_map(|last| inspect(&comparable, &universe, last, &rules)));
        }
        warnings.extend(self.stale_rates(&read.fx, &recorded.journal, &universe, &prices, base, &rules));
        Ok(AccountHistory {
            policy: read.policy,
            household,
            universe,
            actions: read.actions,
            benchmark: read.benchmark,
            signals: read.signals,
            base,
            hashes: read.hashes,
            warnings,
            journal: recorded.journal,
            allows_short: self.allow_short,
            prices,
            fx: read.fx,
        })
    }
}

impl HistoryArguments {
    /// Exchange rates of what the journal tells of that are too old on days that are looked at.
    fn stale_rates(
        &self,
        fx: &FxHistory,
        journal: &Journal,
        universe: &Universe,
        prices: &PriceHistory,
        base: Currency,
        rules: &PriceRules,
    ) -> Vec<Diagnostic> {
        let Some(first) = journal.events().first().map(|event| event.dates.trade) else { return Vec::new() };
        let from = self.from.map_or(first, |from| from.max(first));
        let dates: BTreeSet<Date> = prices.series.iter().flatten().map(|point| point.date).collect();
        let dates = dates.into_iter().filter(|date| *date >= from && self.to.is_none_or(|to| *date <= to));
        let of = |id: InstrumentId| universe.get(id).map(|instrument| instrument.currency);
        let currencies = journal.events().iter().flat_map(|event| match &event.kind {
            EventKind::Buy(trade) | EventKind::SellShort(trade) => of(trade.instrument).into_iter().collect(),
            EventKind::TransferIn(lots) => lots.iter().filter_map(|lot| of(lot.instrument)).collect(),
            EventKind::Deposit(money) => vec![money.currency()],
            _ => Vec::new(),
        });
        stale_rates(fx, currencies, base, &dates.collect::<Vec<Date>>(), rules)
    }
}

impl AccountHistory {
    /// What happened, and what things were worth.
    pub fn record(&self) -> Record<'_> {
        Record {
            household: &self.household,
            universe: &self.universe,
            journal: &self.journal,
            prices: &self.prices,
            fx: &self.fx,
            rules: self.policy.as_ref().map_or(PRICE_RULES, |policy| policy.prices),
            allows_short: self.allows_short,
            base: self.base,
        }
    }
}

/// The currency of the policy, or of all accounts.
fn base(policy: Option<&Policy>, household: &Household) -> Result<Currency, Vec<Diagnostic>> {
    let mut currencies: Vec<Currency> = household.accounts.iter().map(|account| account.currency).collect();
    currencies.sort_unstable();
    currencies.dedup();
    match (policy, &currencies[..]) {
        (Some(policy), _) => Ok(policy.base_currency),
        (None, [only]) => Ok(*only),
        _ => {
            let message = "accounts are kept in several currencies, and nothing says in which everything is to be told";
            Err(vec![Diagnostic::error(Code::ARGUMENT, message).help("name one: `--currency USD`")])
        }
    }
}

/// The files without which nothing can be measured.
fn missing(paths: &Paths) -> Vec<Diagnostic> {
    let needed: [(&str, &str, Option<&Path>); 4] = [
        ("journal.csv", "--journal", paths.journal.as_deref()),
        ("household.toml", "--household", paths.household.as_deref()),
        ("instruments.csv", "--instruments", paths.instruments.as_deref()),
        ("prices.csv", "--prices", paths.prices.as_deref().or(paths.returns.as_deref())),
    ];
    let absent = needed.into_iter().filter(|(.., path)| path.is_none()).map(|(file, argument, _)| {
        Diagnostic::error(Code::INPUT_FILES, format!("there is no {file}"))
            .help(format!("add it to the folder, or name one with `{argument}`"))
    });
    absent.collect()
}
