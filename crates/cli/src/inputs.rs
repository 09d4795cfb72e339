//! The files of a run: found, read, checked against each other, all problems at once.

use std::path::{Path, PathBuf};

use clap::Args;
use evenkeel::assumptions::Assumptions;
use evenkeel::diagnostic::{Diagnostic, SourceText, has_errors};
use evenkeel::document::Parsed;
use evenkeel::market::{MarketSnapshot, SignalHistory, snapshot};
use evenkeel::policy::{Policy, check_universe};
use evenkeel::run::{Mandate, Provenance};
use evenkeel_io::source::Source;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::holdings::Holdings;
use evenkeel_ledger::household::Household;
use evenkeel_ledger::instrument::Universe;

/// Where the inputs are.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Inputs")]
pub struct InputArguments {
    /// Folder with files of conventional names: policy.toml, household.toml, instruments.csv,
    /// holdings.csv, prices.csv, and where they are needed assumptions.toml, fx.csv and signals.csv.
    #[arg(required_unless_present_all = ["policy", "household", "instruments", "holdings", "prices"])]
    pub folder: Option<PathBuf>,
    /// The date of the decision; nothing later is looked at.
    #[arg(long, value_name = "DATE")]
    pub as_of: Date,
    /// The policy, in place of the folder's policy.toml.
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Owners and accounts, in place of household.toml.
    #[arg(long, value_name = "FILE")]
    pub household: Option<PathBuf>,
    /// What may be held, in place of instruments.csv.
    #[arg(long, value_name = "FILE")]
    pub instruments: Option<PathBuf>,
    /// What is held, in place of holdings.csv.
    #[arg(long, value_name = "FILE")]
    pub holdings: Option<PathBuf>,
    /// Prices, in place of prices.csv.
    #[arg(long, value_name = "FILE")]
    pub prices: Option<PathBuf>,
    /// Exchange rates, in place of fx.csv.
    #[arg(long, value_name = "FILE")]
    pub fx: Option<PathBuf>,
    /// What is believed about classes, in place of assumptions.toml.
    #[arg(long, value_name = "FILE")]
    pub assumptions: Option<PathBuf>,
    /// Series that overlay rules read, in place of signals.csv.
    #[arg(long, value_name = "FILE")]
    pub signals: Option<PathBuf>,
}

/// All that a run is made of.
#[derive(Debug)]
pub struct Inputs {
    /// What was decided.
    pub policy: Policy,
    /// What may be held.
    pub universe: Universe,
    /// Prices and exchange rates of the day.
    pub market: MarketSnapshot,
    /// Owners and accounts.
    pub household: Household,
    /// What they hold.
    pub holdings: Holdings,
    /// What is believed.
    pub assumptions: Option<Assumptions>,
    /// Series that overlay rules read.
    pub signals: Option<SignalHistory>,
    /// What the run was made of.
    pub provenance: Provenance,
    /// What should be known of the files.
    pub warnings: Vec<Diagnostic>,
}

/// The conventional names of the files of a run.
pub const NAMES: [&str; 8] =
    ["policy.toml", "instruments.csv", "household.toml", "holdings.csv", "prices.csv", "fx.csv", "assumptions.toml", "signals.csv"];

impl InputArguments {
    /// The files of a folder.
    pub fn folder(folder: &Path, as_of: Date) -> Self {
        Self {
            folder: Some(folder.to_owned()),
            as_of,
            policy: None,
            household: None,
            instruments: None,
            holdings: None,
            prices: None,
            fx: None,
            assumptions: None,
            signals: None,
        }
    }

    /// Reads everything.
    ///
    /// # Errors
    /// All diagnostics, at least one of them an error. Files that need one that could not be read
    /// are not looked into.
    pub fn load(&self) -> Result<Inputs, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let mut sources = Vec::new();
        for name in NAMES {
            let Some(path) = self.path(name) else { continue };
            match Source::open(&path) {
                Ok(source) => sources.push((name, source)),
                Err(problem) => problems.push(*problem),
            }
        }
        if problems.is_empty() { Inputs::read(&sources, self.as_of) } else { Err(problems) }
    }

    /// Where the file of a conventional name is: as given, or in the folder. Those that not every
    /// run needs are left out where the folder has none.
    fn path(&self, name: &str) -> Option<PathBuf> {
        let (given, is_needed) = match name {
            "policy.toml" => (&self.policy, true),
            "instruments.csv" => (&self.instruments, true),
            "household.toml" => (&self.household, true),
            "holdings.csv" => (&self.holdings, true),
            "prices.csv" => (&self.prices, true),
            "fx.csv" => (&self.fx, false),
            "assumptions.toml" => (&self.assumptions, false),
            _ => (&self.signals, false),
        };
        let in_folder = || self.folder.as_ref().map(|folder| folder.join(name)).filter(|path| is_needed || path.exists());
        given.clone().or_else(in_folder)
    }
}

/// Files being read, and what is wrong with them.
struct Reading<'a> {
    sources: &'a [(&'a str, Source)],
    diagnostics: Vec<Diagnostic>,
}

impl Reading<'_> {
    /// Reads the file of a conventional name, if it is there.
    fn file<T>(&mut self, name: &str, read: impl FnOnce(SourceText<'_>) -> Parsed<T>) -> Option<T> {
        let (_, source) = self.sources.iter().find(|(known, _)| *known == name)?;
        let text = source.text().map_err(|problem| self.diagnostics.push(*problem)).ok()?;
        let Parsed { value, diagnostics } = read(text);
        self.diagnostics.extend(diagnostics);
        value
    }
}

impl Inputs {
    /// Reads files that are in memory.
    ///
    /// # Errors
    /// As [`InputArguments::load`].
    pub fn read(sources: &[(&str, Source)], as_of: Date) -> Result<Self, Vec<Diagnostic>> {
        let mut reading = Reading { sources, diagnostics: Vec::new() };
        let policy = reading.file("policy.toml", Policy::parse);
        let universe = reading.file("instruments.csv", |source| evenkeel_io::instruments::read(source, None));
        let rates = reading.file("fx.csv", |source| evenkeel_io::fx::read(source, None)).unwrap_or_default();
        let assumptions = reading.file("assumptions.toml", |source| evenkeel_io::assumptions::read(source, as_of));
        let signals = reading.file("signals.csv", |source| evenkeel_io::signals::read(source, None));
        let (mut household, mut holdings, mut prices) = (None, None, None);
        if let Some(universe) = &universe {
            household = reading.file("household.toml", |source| evenkeel_io::household::read(source, universe));
            prices = reading.file("prices.csv", |source| evenkeel_io::prices::read(source, None, universe, None));
            reading.diagnostics.extend(policy.iter().flat_map(|policy| check_universe(policy, universe)));
        }
        if let (Some(universe), Some(household)) = (&universe, &household) {
            holdings = reading.file("holdings.csv", |source| evenkeel_io::holdings::read(source, None, household, universe, as_of));
        }
        let mut warnings = reading.diagnostics;
        let (Some(policy), Some(universe), Some(household), Some(holdings), Some(prices), false) =
            (policy, universe, household, holdings, prices, has_errors(&warnings))
        else {
            return Err(warnings);
        };
        let (market, judged) = snapshot(&prices, &universe, &rates, as_of, &policy.prices);
        warnings.extend(judged);
        if has_errors(&warnings) {
            return Err(warnings);
        }
        let provenance = Provenance { version: env!("CARGO_PKG_VERSION").to_owned(), inputs: hashes(sources) };
        Ok(Self { policy, universe, market, household, holdings, assumptions, signals, provenance, warnings })
    }

    /// The policy bound to what no household changes.
    pub fn mandate(&self) -> Mandate<'_> {
        Mandate::new(&self.policy, &self.universe, &self.market, self.assumptions.as_ref(), self.signals.as_ref())
    }
}

/// SHA-256 of each file, in order of name.
fn hashes(sources: &[(&str, Source)]) -> Vec<(String, String)> {
    let mut hashes: Vec<(String, String)> = sources.iter().map(|(name, source)| ((*name).to_owned(), source.sha256.clone())).collect();
    hashes.sort();
    hashes
}
