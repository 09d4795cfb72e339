//! All inputs of a run, from one folder with conventional names or from explicit paths.
//!
//! | file | what |
//! |---|---|
//! | `policy.toml` | what was decided |
//! | `household.toml` | owners and accounts |
//! | `instruments.csv` | what may be held |
//! | `holdings.csv` | what is held; where it is there a journal is not replayed, which is told |
//! | `journal.csv` or `journal.jsonl` | the events that made it |
//! | `prices.csv`, `prices.parquet` or `returns.csv` | prices over time |
//! | `fx.csv` | exchange rates |
//! | `signals.csv` | series that the overlay reads |
//! | `sales.csv` | earlier sales, for wash sales |
//! | `assumptions.toml` | what is believed |
//! | `benchmark.csv` | what to compare with |
//! | `opens.csv` | opening prices, for runs over the past |
//! | `actions.csv` | dividends, splits and delistings; of a decision on one day only splits matter: prices before them are compared as if after |
//! | `segments.csv` | parts of a portfolio and its benchmark, for attribution without books |
//! | `constituents.csv` | what indices are made of, where classes follow some |
//! | `factors.csv`, `exposures.csv` | how their names move together |
//!
//! A CSV file may have a mapping beside it, named after it: `holdings.mapping.toml`. Beside JSON
//! lines or a Parquet file a mapping is refused. A folder that bears the name of a file is refused,
//! and does not count as its absence.

use std::path::{Path, PathBuf};

use evenkeel::assumptions::Assumptions;
use evenkeel::attribution::Segments;
use evenkeel::diagnostic::{Code, Diagnostic, SourceText, has_errors};
use evenkeel::document::Parsed;
use evenkeel::index::{Constituents, FactorRisk};
use evenkeel::market::{Action, FxHistory, NamedPanel, PriceHistory, PriceKind, SignalHistory};
use evenkeel::policy::{Policy, check_universe};
use evenkeel::trade::LossSale;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::holdings::Holdings;
use evenkeel_ledger::household::Household;
use evenkeel_ledger::instrument::Universe;

use crate::benchmark::{self, BenchmarkHistory};
use crate::journal::{self, JournalContext, Recorded};
use crate::made_up;
use crate::mapping::Mapping;
use crate::source::{Source, is_there};
use crate::{
    actions, assumptions, constituents, exposures, factors, fx, holdings, household, instruments, prices, sales, segments, signals,
};

/// Which files to read; those that are `None` are not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "named after the files")]
pub struct Paths {
    pub policy: Option<PathBuf>,
    pub household: Option<PathBuf>,
    pub instruments: Option<PathBuf>,
    pub holdings: Option<PathBuf>,
    pub journal: Option<PathBuf>,
    pub prices: Option<PathBuf>,
    pub returns: Option<PathBuf>,
    pub fx: Option<PathBuf>,
    pub signals: Option<PathBuf>,
    pub sales: Option<PathBuf>,
    pub assumptions: Option<PathBuf>,
    pub benchmark: Option<PathBuf>,
    pub constituents: Option<PathBuf>,
    pub factors: Option<PathBuf>,
    pub exposures: Option<PathBuf>,
    pub opens: Option<PathBuf>,
    pub actions: Option<PathBuf>,
    pub segments: Option<PathBuf>,
}

/// How to read them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options<'a> {
    /// The date for which they are read: nothing that is held or believed may be dated later.
    pub as_of: Date,
    /// The kind of prices, where the caller knows it and the file does not say.
    pub price_kind: Option<PriceKind>,
    /// Whether this is a study, in which lots may be valued on prices that nobody paid.
    pub study: bool,
    /// Keys of the policy set from outside of it, such as `estimate.covariance=gerber`.
    pub settings: &'a [String],
    /// Whether it is for a run over the past: opening prices and corporate actions are read, and a household and
    /// instruments that no file gives are made of the policy.
    pub past: bool,
}

/// All inputs of a run.
#[derive(Debug, Clone, PartialEq, Default)]
#[allow(missing_docs, reason = "named after the files")]
pub struct Inputs {
    pub policy: Option<Policy>,
    pub household: Option<Household>,
    pub universe: Option<Universe>,
    pub holdings: Option<Holdings>,
    pub journal: Option<Recorded>,
    pub prices: Option<PriceHistory>,
    pub fx: FxHistory,
    pub signals: SignalHistory,
    /// Earlier sales at a loss.
    pub sales: Vec<LossSale>,
    pub assumptions: Option<Assumptions>,
    pub benchmark: Option<BenchmarkHistory>,
    pub constituents: Option<Constituents>,
    /// Factors with the exposures to them, where both files are there.
    pub factor_risk: Option<FactorRisk>,
    /// Opening prices.
    pub opens: Option<PriceHistory>,
    /// Corporate actions, by date.
    pub actions: Vec<Action>,
    /// SHA-256 of each file that was read, by its name, in the order of names.
    pub hashes: Vec<(String, String)>,
}

impl Paths {
    /// The files of a folder that bear conventional names.
    ///
    /// # Errors
    /// Diagnostics where the folder cannot be read, or one thing stands there in two forms.
    pub fn in_folder(folder: &Path) -> Result<Self, Vec<Diagnostic>> {
        if !folder.is_dir() {
            let told = Diagnostic::error(Code::UNREADABLE, format!("{} is not a folder that can be read", folder.display()));
            return Err(vec![told.help("name the folder that holds the input files")]);
        }
        let mut told = Vec::new();
        let mut find = |names: &[&str]| {
            let found: Vec<PathBuf> = names.iter().map(|name| folder.join(name)).filter(|path| is_there(path)).collect();
            if let [first, second, ..] = &found[..] {
                let message = format!("{} and {} are both there, and only one of them may be", first.display(), second.display());
                told.push(Diagnostic::error(Code::INPUT_FILES, message).help("remove one of them, or name the files one by one"));
            }
            found.into_iter().next()
        };
        let priced = find(&["prices.csv", "prices.parquet", "returns.csv"]);
        let is_returns = priced.as_ref().is_some_and(|path| path.ends_with("returns.csv"));
        let (returns, prices) = if is_returns { (priced, None) } else { (None, priced) };
        let paths = Self {
            policy: find(&["policy.toml"]),
            household: find(&["household.toml"]),
            instruments: find(&["instruments.csv"]),
            holdings: find(&["holdings.csv"]),
            journal: find(&["journal.csv", "journal.jsonl"]),
            prices,
            returns,
            fx: find(&["fx.csv"]),
            signals: find(&["signals.csv"]),
            sales: find(&["sales.csv"]),
            assumptions: find(&["assumptions.toml"]),
            benchmark: find(&["benchmark.csv"]),
            constituents: find(&["constituents.csv"]),
            factors: find(&["factors.csv"]),
            exposures: find(&["exposures.csv"]),
            opens: find(&["opens.csv"]),
            actions: find(&["actions.csv"]),
            segments: find(&["segments.csv"]),
        };
        if told.is_empty() { Ok(paths) } else { Err(told) }
    }
}

/// Reads all files and reports all that is wrong with any of them. A file that names things of
/// another which has errors, or is not there, is not read, and that is told.
pub fn load(paths: &Paths, options: Options<'_>) -> Parsed<Inputs> {
    let mut loading = Loading { inputs: Inputs::default(), diagnostics: Vec::new() };
    loading.universe(paths);
    loading.household(paths);
    loading.policy(paths, options);
    if options.past {
        loading.make_up(paths);
    }
    loading.held(paths, options);
    loading.priced(paths, options);
    loading.fx(paths);
    loading.signals(paths);
    loading.beliefs(paths, options);
    loading.indices(paths);
    loading.happened(paths, options);
    loading.check_lots(options);
    let Loading { mut inputs, diagnostics } = loading;
    inputs.hashes.sort();
    Parsed { value: Some(inputs).filter(|_| !has_errors(&diagnostics)), diagnostics }
}

/// Reads the prices or returns as a panel of the analytics: every series of the file by its name, with its
/// gaps; `None` where no file is named. Prices come first where both are.
pub fn load_panel(paths: &Paths) -> Option<Parsed<NamedPanel>> {
    let mut loading = Loading { inputs: Inputs::default(), diagnostics: Vec::new() };
    let panel = match (&paths.prices, &paths.returns) {
        (Some(path), _) if has_extension(path, "parquet") => {
            loading.refuse_parquet_mapping(path);
            let parsed = loading.open(path).map(|source| prices::read_parquet_panel(&source));
            parsed.and_then(|parsed| loading.keep(parsed))
        }
        (Some(path), _) => loading.table(Some(path), prices::read_price_panel),
        (None, Some(path)) => loading.returns(path, prices::read_return_panel),
        (None, None) => return None,
    };
    Some(Parsed { value: panel.filter(|_| !has_errors(&loading.diagnostics)), diagnostics: loading.diagnostics })
}

/// Reads a table of segments, with the mapping beside it if there is one; and the hash of the file.
pub fn load_segments(path: &PathBuf) -> (Parsed<Segments>, Vec<(String, String)>) {
    let mut loading = Loading { inputs: Inputs::default(), diagnostics: Vec::new() };
    let value = loading.table(Some(path), segments::read);
    (Parsed { value: value.filter(|_| !has_errors(&loading.diagnostics)), diagnostics: loading.diagnostics }, loading.inputs.hashes)
}

struct Loading {
    inputs: Inputs,
    diagnostics: Vec<Diagnostic>,
}

impl Loading {
    /// Opens a file and keeps its hash.
    fn open(&mut self, path: &Path) -> Option<Source> {
        match Source::open(path) {
            Ok(source) => {
                let name = path.file_name().map_or_else(|| source.file.clone(), |name| name.to_string_lossy().into_owned());
                self.inputs.hashes.push((name, source.sha256.clone()));
                Some(source)
            }
            Err(told) => {
                self.diagnostics.push(*told);
                None
            }
        }
    }

    /// Keeps what was told; the value is there only if nothing was an error.
    fn keep<T>(&mut self, parsed: Parsed<T>) -> Option<T> {
        self.diagnostics.extend(parsed.diagnostics);
        parsed.value
    }

    /// Opens a text file and reads it.
    fn text<T>(&mut self, path: Option<&PathBuf>, read: impl FnOnce(SourceText<'_>) -> Parsed<T>) -> Option<T> {
        let source = self.open(path?)?;
        match source.text() {
            Ok(text) => {
                let parsed = read(text);
                self.keep(parsed)
            }
            Err(told) => {
                self.diagnostics.push(*told);
                None
            }
        }
    }

    /// Opens a tabular file and reads it, with the mapping beside it if there is one.
    fn table<T>(&mut self, path: Option<&PathBuf>, read: impl FnOnce(SourceText<'_>, Option<&Mapping>) -> Parsed<T>) -> Option<T> {
        let beside = path?.with_extension("mapping.toml");
        let mapping = if is_there(&beside) { Some(self.text(Some(&beside), Mapping::read)?) } else { None };
        self.text(path, |text| read(text, mapping.as_ref()))
    }

    fn universe(&mut self, paths: &Paths) {
        self.inputs.universe = self.table(paths.instruments.as_ref(), instruments::read);
    }

    fn household(&mut self, paths: &Paths) {
        let Some(path) = &paths.household else { return };
        // A household whose menus name nothing does not need instruments.
        let universe = self.inputs.universe.clone();
        if universe.is_none() && paths.instruments.is_some() {
            return self.not_read(path, "instruments");
        }
        self.inputs.household = self.text(Some(path), |text| household::read(text, &universe.unwrap_or_default()));
    }

    fn policy(&mut self, paths: &Paths, options: Options<'_>) {
        self.inputs.policy = self.text(paths.policy.as_ref(), |text| Policy::parse_with(text, options.settings));
        if let (Some(policy), Some(universe)) = (&self.inputs.policy, &self.inputs.universe) {
            self.diagnostics.extend(check_universe(policy, universe));
        }
    }

    /// Makes instruments and a household of the policy where no file gives them.
    fn make_up(&mut self, paths: &Paths) {
        let Some(policy) = &self.inputs.policy else { return };
        if paths.instruments.is_none() {
            self.inputs.universe = Some(made_up::universe(policy));
        }
        if paths.household.is_none() {
            self.inputs.household = made_up::household(policy.base_currency);
        }
    }

    /// Opening prices and corporate actions.
    fn happened(&mut self, paths: &Paths, options: Options<'_>) {
        let Some(universe) = self.inputs.universe.take() else { return };
        let read = |text: SourceText<'_>, mapping: Option<&Mapping>| prices::read(text, mapping, &universe, options.price_kind);
        self.inputs.opens = self.table(paths.opens.as_ref().filter(|_| options.past), read);
        let read = |text: SourceText<'_>, mapping: Option<&Mapping>| actions::read(text, mapping, &universe);
        self.inputs.actions = self.table(paths.actions.as_ref(), read).unwrap_or_default();
        self.inputs.universe = Some(universe);
    }

    fn held(&mut self, paths: &Paths, options: Options<'_>) {
        if let (Some(holdings), Some(journal)) = (&paths.holdings, &paths.journal) {
            let (holdings, journal) = (holdings.display(), journal.display());
            let message = format!("{holdings} and {journal} both say what is held; {holdings} counts, and the journal is not replayed");
            let help = "remove one of the two, or name the holdings that are meant with `--holdings`";
            self.diagnostics.push(Diagnostic::warning(Code::INPUT_FILES, message).help(help));
        }
        let (universe, household) = (self.inputs.universe.take(), self.inputs.household.take());
        if let (Some(universe), Some(household)) = (&universe, &household) {
            let read = |text: SourceText<'_>, mapping: Option<&Mapping>| holdings::read(text, mapping, household, universe, options.as_of);
            self.inputs.holdings = self.table(paths.holdings.as_ref(), read);
            let context = JournalContext { household, universe, until: None, after: None };
            self.inputs.journal = match &paths.journal {
                Some(path) if has_extension(path, "jsonl") => {
                    self.refuse_mapping(path, "JSON lines", "write the journal as journal.csv, or in its own names without a mapping");
                    self.text(Some(path), |text| journal::read_lines(text, context))
                }
                path => self.table(path.as_ref(), |text, mapping| journal::read(text, mapping, context)),
            };
            let read = |text: SourceText<'_>, mapping: Option<&Mapping>| sales::read(text, mapping, household, universe, options.as_of);
            self.inputs.sales = self.table(paths.sales.as_ref(), read).unwrap_or_default();
        } else {
            let missing = if universe.is_none() { "instruments" } else { "household" };
            for path in [&paths.holdings, &paths.journal, &paths.sales].into_iter().flatten() {
                self.not_read(path, missing);
            }
        }
        self.inputs.universe = universe;
        self.inputs.household = household;
    }

    fn priced(&mut self, paths: &Paths, options: Options<'_>) {
        let Some(universe) = self.inputs.universe.take() else {
            for path in [&paths.prices, &paths.returns].into_iter().flatten() {
                self.not_read(path, "instruments");
            }
            return;
        };
        if let (Some(prices), Some(returns)) = (&paths.prices, &paths.returns) {
            let message = format!("{} and {} are both given, and only one of them may be", prices.display(), returns.display());
            self.diagnostics.push(Diagnostic::error(Code::INPUT_FILES, message).help("leave one of them out"));
        }
        self.inputs.prices = match (&paths.prices, &paths.returns) {
            (Some(path), _) if has_extension(path, "parquet") => {
                self.refuse_parquet_mapping(path);
                let parsed = self.open(path).map(|source| prices::read_parquet(&source, &universe, options.price_kind));
                parsed.and_then(|parsed| self.keep(parsed))
            }
            (Some(path), _) => self.table(Some(path), |text, mapping| prices::read(text, mapping, &universe, options.price_kind)),
            (None, Some(path)) => self.returns(path, |text, mapping| prices::read_returns(text, mapping, &universe, options.price_kind)),
            (None, None) => None,
        };
        self.inputs.universe = Some(universe);
    }

    fn refuse_parquet_mapping(&mut self, path: &Path) {
        self.refuse_mapping(path, "Parquet files", "give the columns their neutral names, or write the prices as CSV");
    }

    /// Returns, which come as CSV.
    fn returns<T>(&mut self, path: &PathBuf, read: impl FnOnce(SourceText<'_>, Option<&Mapping>) -> Parsed<T>) -> Option<T> {
        if has_extension(path, "parquet") {
            let message = format!("{} is a Parquet file, and returns are read from CSV", path.display());
            self.diagnostics.push(Diagnostic::error(Code::ARGUMENT, message).help("write them as CSV, or give prices: `--prices FILE`"));
            return None;
        }
        self.table(Some(path), read)
    }

    /// Refuses a mapping beside a file that is read without one.
    fn refuse_mapping(&mut self, path: &Path, form: &str, help: &str) {
        let beside = path.with_extension("mapping.toml");
        if is_there(&beside) {
            let message = format!("{} applies to a CSV file, and {form} such as {} are read without one", beside.display(), path.display());
            self.diagnostics.push(Diagnostic::error(Code::MAPPING, message).help(format!("{help}; or remove the mapping")));
        }
    }

    fn fx(&mut self, paths: &Paths) {
        self.inputs.fx = self.table(paths.fx.as_ref(), fx::read).unwrap_or_default();
    }

    fn signals(&mut self, paths: &Paths) {
        self.inputs.signals = self.table(paths.signals.as_ref(), signals::read).unwrap_or_default();
    }

    fn beliefs(&mut self, paths: &Paths, options: Options<'_>) {
        self.inputs.assumptions = self.text(paths.assumptions.as_ref(), |text| assumptions::read(text, options.as_of));
        self.inputs.benchmark = self.table(paths.benchmark.as_ref(), benchmark::read);
    }

    /// What indices are made of, and how their names move.
    fn indices(&mut self, paths: &Paths) {
        self.inputs.constituents = self.table(paths.constituents.as_ref(), constituents::read);
        let factors = self.table(paths.factors.as_ref(), factors::read);
        match (factors, &paths.exposures) {
            (Some(factors), path) => {
                let read = |text: SourceText<'_>, mapping: Option<&Mapping>| exposures::read(text, mapping, &factors);
                let exposures = self.table(path.as_ref(), read);
                self.inputs.factor_risk = exposures.map(|exposures| FactorRisk { factors, exposures });
            }
            (None, Some(path)) => self.not_read(path, "factors"),
            (None, None) => {}
        }
    }

    /// Refuses to value lots on prices that nobody paid, unless this is a study.
    fn check_lots(&mut self, options: Options<'_>) {
        let Some(prices) = self.inputs.prices.as_ref().filter(|prices| !options.study && !prices.kind.suits_lots()) else { return };
        let lots =
            self.inputs.holdings.iter().flat_map(|holdings| &holdings.accounts).flat_map(evenkeel_ledger::holdings::AccountHoldings::lots);
        if lots.into_iter().any(|lot| lot.cost_basis.is_some()) || self.inputs.journal.is_some() {
            let kind = if prices.kind == PriceKind::TotalReturn { "total-return prices" } else { "an index of returns" };
            let message =
                format!("lots have a cost basis and are to be valued on {kind}, which nobody paid: gains and taxes would be wrong");
            let help = "use raw or split-adjusted prices, leave the basis out, or say that this is a study";
            self.diagnostics.push(Diagnostic::error(Code::PRICES_NOT_PAID, message).help(help));
        }
    }

    fn not_read(&mut self, path: &Path, needs: &str) {
        let message = format!("{} was not read: it needs the {needs} file, which is missing or has errors", path.display());
        self.diagnostics.push(Diagnostic::error(Code::INPUT_FILES, message).help(format!("provide the {needs} file, or mend it first")));
    }
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension))
}
