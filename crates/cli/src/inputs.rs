//! The files of a run: found in a folder or named one by one, read, and bound together.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::Args;
use evenkeel::assumptions::Assumptions;
use evenkeel::comply::unmeasured;
use evenkeel::diagnostic::{Code, Diagnostic, has_errors};
use evenkeel::estimate::EstimateInputs;
use evenkeel::index::{IndexModel, bind_indices};
use evenkeel::location::check_accounts;
use evenkeel::market::{
    Action, ActionKind, FxHistory, MarketSnapshot, NamedPanel, PriceKind, SignalHistory, snapshot, split_adjusted, stale_rates,
};
use evenkeel::policy::Policy;
use evenkeel::portfolio::Sleeves;
use evenkeel::run::{Mandate, Provenance};
use evenkeel::target::{StopReading, check_limits, read_stops};
use evenkeel::tax::{Records, Unassessed, year_so_far};
use evenkeel::trade::{LossSale, unkept_budget};
use evenkeel::words;
use evenkeel_io::folder::{self, Options, Paths};
use evenkeel_io::journal::Recorded;
use evenkeel_ledger::account::{AccountId, TaxTreatment};
use evenkeel_ledger::book::{AccountRules, Book, RealizedGain};
use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::{Event, EventKind};
use evenkeel_ledger::holdings::{AccountHoldings, Holdings};
use evenkeel_ledger::household::Household;
use evenkeel_ledger::identical::IdenticalSets;
use evenkeel_ledger::instrument::{InstrumentId, Universe};
use evenkeel_ledger::number::{Money, Quantity};

/// Where the inputs are.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Inputs")]
pub struct InputArguments {
    /// Folder with files of conventional names: policy.toml, household.toml, instruments.csv,
    /// holdings.csv or journal.csv, prices.csv or returns.csv, and where they are needed
    /// assumptions.toml, fx.csv, signals.csv, sales.csv, and for `[[index]]` of the policy constituents.csv,
    /// factors.csv and exposures.csv. A file `holdings.mapping.toml` beside a table
    /// tells how foreign columns are to be read.
    pub folder: Option<PathBuf>,
    /// The date of the decision; nothing later is looked at.
    #[arg(long, value_name = "DATE")]
    pub as_of: Date,
    /// Files in place of those of the folder.
    #[command(flatten)]
    pub files: FileArguments,
    /// Treat this as a study, in which lots may be valued on prices that nobody paid.
    #[arg(long)]
    pub study: bool,
    /// Let cash go below zero on the way through a journal, as where a fee is booked before the sale that pays it.
    #[arg(long)]
    pub allow_margin: bool,
    /// Keys of the policy set from outside of it, where the command takes such.
    #[arg(skip)]
    pub settings: Vec<String>,
}

/// Files in place of those of a folder.
#[derive(Debug, Clone, Default, Args)]
pub struct FileArguments {
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
    /// Prices as CSV or Parquet, in place of the folder's.
    #[arg(long, value_name = "FILE")]
    pub prices: Option<PathBuf>,
    /// Returns of which prices are made, in place of the folder's prices.
    #[arg(long, value_name = "FILE", conflicts_with = "prices")]
    pub returns: Option<PathBuf>,
    /// Exchange rates, in place of fx.csv.
    #[arg(long, value_name = "FILE")]
    pub fx: Option<PathBuf>,
    /// What is believed about classes, in place of assumptions.toml.
    #[arg(long, value_name = "FILE")]
    pub assumptions: Option<PathBuf>,
    /// Series that overlay rules read, in place of signals.csv.
    #[arg(long, value_name = "FILE")]
    pub signals: Option<PathBuf>,
    /// Earlier sales, for wash sales, in place of sales.csv.
    #[arg(long, value_name = "FILE")]
    pub sales: Option<PathBuf>,
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
    /// Sales at a loss within the last 30 days.
    pub sold: Vec<LossSale>,
    /// Prices or returns of all dates, where weights are optimized from them.
    pub history: Option<NamedPanel>,
    /// Dividends, splits and delistings by date: those of actions.csv, and splits of the journal.
    pub actions: Vec<Action>,
    /// Exchange rates of all dates.
    pub fx: FxHistory,
    /// What the stops of the policy say on the day.
    pub stops: Vec<StopReading>,
    /// Indices that classes follow, bound to instruments.
    pub indices: Vec<IndexModel>,
    /// What the run was made of.
    pub provenance: Provenance,
    /// How holdings and journal contradict one another, where both are there and do.
    pub contradiction: Option<String>,
    /// What should be known of the files.
    pub warnings: Vec<Diagnostic>,
}

impl Inputs {
    /// Prices or returns of all dates, as their holders saw them in the base currency.
    pub fn as_held(&self, panel: NamedPanel) -> (NamedPanel, Vec<Diagnostic>) {
        as_held(panel, &self.universe, &self.actions, &self.fx, &self.policy, self.market.as_of)
    }

    /// With the history that the policy needs.
    fn with_history(mut self, paths: &Paths) -> Result<Self, Vec<Diagnostic>> {
        if self.policy.needs_history() {
            // What is wrong with the file has been told.
            let panel = folder::load_panel(paths).and_then(|parsed| parsed.value).map(|panel| self.as_held(panel));
            let (history, told) = panel.unzip();
            self.history = history;
            self.warnings.extend(told.into_iter().flatten());
        }
        let estimate = EstimateInputs {
            rules: &self.policy.estimate,
            tree: &self.policy.tree,
            sleeves: &Sleeves::new(&self.policy.tree, &self.universe),
            universe: &self.universe,
            history: self.history.as_ref(),
            assumptions: self.assumptions.as_ref(),
            reference: None,
            as_of: self.market.as_of,
            scenarios: false,
        };
        let untold = unmeasured(&self.policy, &estimate);
        if untold.is_empty() { Ok(self) } else { Err(self.warnings.into_iter().chain(untold).collect()) }
    }

    /// The policy bound to what no household changes.
    pub fn mandate(&self) -> Mandate<'_> {
        self.mandate_of(&self.policy)
    }

    /// Another policy, bound to these inputs.
    pub fn mandate_of<'m>(&'m self, policy: &'m Policy) -> Mandate<'m> {
        let mandate = Mandate::new(policy, &self.universe, &self.market, self.assumptions.as_ref(), self.signals.as_ref());
        let mandate = mandate.with_indices(&self.indices).with_stops(&self.stops);
        match &self.history {
            Some(history) => mandate.with_history(history),
            None => mandate,
        }
    }
}

impl InputArguments {
    /// The files of a folder.
    pub fn folder(folder: PathBuf, as_of: Date) -> Self {
        Self { folder: Some(folder), as_of, files: FileArguments::default(), study: false, allow_margin: false, settings: Vec::new() }
    }

    /// Reads everything that a decision needs.
    ///
    /// # Errors
    /// All diagnostics, at least one of them an error.
    pub fn load(&self) -> Result<Inputs, Vec<Diagnostic>> {
        let paths = self.paths()?;
        let problems = missing(&paths);
        let (read, told) = self.read(&paths)?;
        if !problems.is_empty() {
            return Err(problems.into_iter().chain(told).collect());
        }
        self.bind(read, &paths, told)
    }

    /// Binds what was read to one another: the books to their day, prices to the policy's rules.
    ///
    /// # Errors
    /// All diagnostics, at least one of them an error.
    pub fn bind(&self, read: folder::Inputs, paths: &Paths, mut warnings: Vec<Diagnostic>) -> Result<Inputs, Vec<Diagnostic>> {
        let mut sold = read.sales;
        let contradiction = match (&read.holdings, &read.journal, &read.household, &read.universe) {
            (Some(held), Some(journal), Some(household), Some(universe)) => contradicted(held, journal, household, universe, self.as_of),
            _ => None,
        };
        warnings.extend(
            contradiction
                .as_ref()
                .map(|told| Diagnostic::warning(Code::INPUT_FILES, told.clone()).help("correct one of the two files, or remove it")),
        );
        let is_recorded = read.holdings.is_none();
        let holdings = match (read.holdings, &read.journal, &read.household) {
            (Some(holdings), ..) => Some(holdings),
            (None, Some(journal), Some(household)) => {
                let rules = AccountRules { margin: self.allow_margin, ..AccountRules::STRICT };
                let (holdings, losses) = replayed(journal, household, self.as_of, rules, paths.journal.as_deref())?;
                sold.extend(losses);
                Some(holdings)
            }
            _ => None,
        };
        let (Some(policy), Some(universe), Some(household), Some(holdings), Some(prices)) =
            (read.policy, read.universe, read.household, holdings, read.prices)
        else {
            return Err(warnings);
        };
        let events = read.journal.as_ref().map_or(&[][..], |recorded| recorded.journal.through(self.as_of));
        let household = if is_recorded { self.with_year_so_far(household, events, &universe, &policy, &mut warnings) } else { household };
        let mut splits = splits(events, &read.actions, prices.kind);
        splits.retain(|split| split.date <= self.as_of);
        let prices =
            split_adjusted(&prices, &splits).map_err(|error| vec![Diagnostic::error(Code::AMOUNT_TOO_LARGE, error.to_string())])?;
        let (market, judged) = snapshot(&prices, &universe, &read.fx, self.as_of, &policy.prices);
        warnings.extend(judged);
        warnings.extend(check_limits(&policy, read.assumptions.as_ref()));
        let indices = bind_indices(&policy, &universe, read.constituents.as_ref(), read.factor_risk.as_ref());
        warnings.extend(indices.diagnostics);
        warnings.extend(check_accounts(&policy, &household));
        warnings.extend(unkept_budget(&policy, &household));
        if has_errors(&warnings) {
            return Err(warnings);
        }
        let stops = read_stops(&policy, &Sleeves::new(&policy.tree, &universe), &prices, read.assumptions.as_ref(), self.as_of);
        let stops = stops.map_err(|told| warnings.iter().cloned().chain(told).collect::<Vec<_>>())?;
        let actions = with_splits(read.actions, &splits);
        let provenance = Provenance { version: env!("CARGO_PKG_VERSION").to_owned(), inputs: read.hashes, arguments: Vec::new() };
        let signals = paths.signals.is_some().then_some(read.signals);
        let inputs = Inputs {
            policy,
            universe,
            market,
            household,
            holdings,
            assumptions: read.assumptions,
            signals,
            sold,
            history: None,
            actions,
            fx: read.fx,
            stops,
            indices: indices.value.unwrap_or_default(),
            provenance,
            contradiction,
            warnings,
        };
        inputs.with_history(paths)
    }

    /// The household with the gains of the tax year so far that its journal tells.
    fn with_year_so_far(
        &self,
        household: Household,
        events: &[Event],
        universe: &Universe,
        policy: &Policy,
        warnings: &mut Vec<Diagnostic>,
    ) -> Household {
        let Some(begin) = events.first().and_then(|first| first.dates.trade.add_days(-1).ok()) else { return household };
        let sets = IdenticalSets::new(universe, policy.tax.identical);
        let opening = Holdings::empty(&household, begin);
        let records = Records { household: &household, sets: &sets, opening: &opening, events, through: self.as_of };
        match year_so_far(&records, universe) {
            Ok(known) => known,
            // Without rules for its country no tax is told at all.
            Err(Unassessed::Tax(_)) => household,
            Err(error) => {
                let message = format!("gains of the year so far are those that household.toml states, not those of the journal: {error}");
                warnings.push(Diagnostic::warning(Code::TAX_RULES, message).help("correct the journal, or state them in `year_to_date`"));
                household
            }
        }
    }

    /// Reads the files that are there, and what is wrong with them.
    ///
    /// # Errors
    /// All diagnostics, at least one of them an error.
    pub fn read(&self, paths: &Paths) -> Result<(folder::Inputs, Vec<Diagnostic>), Vec<Diagnostic>> {
        let price_kind: Option<PriceKind> = None;
        let parsed =
            folder::load(paths, Options { as_of: self.as_of, price_kind, study: self.study, settings: &self.settings, past: false });
        match parsed.value {
            Some(inputs) => Ok((inputs, parsed.diagnostics)),
            None => Err(missing(paths).into_iter().chain(parsed.diagnostics).collect()),
        }
    }

    /// Where each file is: as given, or in the folder.
    ///
    /// # Errors
    /// A folder that cannot be read, or that holds one thing in two forms.
    pub fn paths(&self) -> Result<Paths, Vec<Diagnostic>> {
        self.files.paths(self.folder.as_deref())
    }
}

impl FileArguments {
    /// Where each file is: as given, or in a folder.
    ///
    /// # Errors
    /// A folder that cannot be read, or that holds one thing in two forms.
    pub fn paths(&self, folder: Option<&Path>) -> Result<Paths, Vec<Diagnostic>> {
        let found = folder.map_or_else(|| Ok(Paths::default()), Paths::in_folder)?;
        let Self { policy, household, instruments, holdings, prices, returns, fx, assumptions, signals, sales } = self.clone();
        let (is_priced, is_held) = (prices.is_some() || returns.is_some(), holdings.is_some());
        Ok(Paths {
            policy: policy.or(found.policy),
            household: household.or(found.household),
            instruments: instruments.or(found.instruments),
            holdings: holdings.or(found.holdings),
            journal: found.journal.filter(|_| !is_held),
            prices: prices.or(found.prices.filter(|_| !is_priced)),
            returns: returns.or(found.returns.filter(|_| !is_priced)),
            fx: fx.or(found.fx),
            signals: signals.or(found.signals),
            sales: sales.or(found.sales),
            assumptions: assumptions.or(found.assumptions),
            benchmark: found.benchmark,
            constituents: found.constituents,
            factors: found.factors,
            exposures: found.exposures,
            opens: found.opens,
            actions: found.actions,
            segments: found.segments,
        })
    }
}

/// Prices or returns of all dates, as their holders saw them in the base currency, and what should be known of that up to a day.
pub(crate) fn as_held(
    panel: NamedPanel,
    universe: &Universe,
    actions: &[Action],
    fx: &FxHistory,
    policy: &Policy,
    as_of: Date,
) -> (NamedPanel, Vec<Diagnostic>) {
    let base = policy.base_currency;
    let (panel, mut told) = panel.total_return(universe, actions, fx, base);
    let currencies = panel.names.iter().filter_map(|name| Some(universe.get(universe.find(name)?)?.currency));
    let dates: Vec<Date> = panel.dates().unwrap_or_default().into_iter().filter(|date| *date <= as_of).collect();
    told.extend(stale_rates(fx, currencies, base, &dates, &policy.prices));
    (panel, told)
}

/// The first thing that holdings and what a journal leaves on the day do not agree on, and how many there are.
fn contradicted(held: &Holdings, recorded: &Recorded, household: &Household, universe: &Universe, as_of: Date) -> Option<String> {
    let rules = AccountRules { margin: true, ..AccountRules::STRICT };
    let Ok((booked, _)) = replayed(recorded, household, as_of, rules, None) else {
        return Some("holdings and journal contradict one another: the journal cannot be replayed".to_owned());
    };
    let mut differences = Vec::new();
    for (account, (held, booked)) in household.accounts.iter().zip(held.accounts.iter().zip(&booked.accounts)) {
        let units = |holdings: &AccountHoldings| -> BTreeMap<InstrumentId, Quantity> {
            let quantities = holdings.positions().filter_map(|position| Some((position.instrument, position.quantity().ok()?)));
            quantities.filter(|(_, quantity)| !quantity.is_zero()).collect()
        };
        let (own, of_journal) = (units(held), units(booked));
        for id in own.keys().chain(of_journal.keys()).collect::<BTreeSet<_>>() {
            let of = |units: &BTreeMap<InstrumentId, Quantity>| units.get(id).copied().unwrap_or(Quantity::ZERO);
            if of(&own) != of(&of_journal) {
                let symbol = universe.symbol(*id);
                differences.push(format!(
                    "`{}` holds {} {symbol} by the holdings and {} by the journal",
                    account.id,
                    of(&own),
                    of(&of_journal)
                ));
            }
        }
        let currencies = held.cash().iter().chain(booked.cash()).map(|money| money.currency()).collect::<BTreeSet<_>>();
        for currency in currencies {
            let (own, of_journal) = (held.cash_in(currency), booked.cash_in(currency));
            if own != of_journal {
                let [own, of_journal] = [own, of_journal].map(words::amount);
                differences.push(format!("`{}` holds {own} by the holdings and {of_journal} by the journal", account.id));
            }
        }
    }
    let first = differences.first()?;
    let more = match differences.len() - 1 {
        0 => String::new(),
        1 => ", and 1 more thing differs".to_owned(),
        more => format!(", and {more} more things differ"),
    };
    Some(format!("holdings and journal contradict one another on {as_of}: {first}{more}"))
}

/// The files that every decision needs and that are not there.
pub fn missing(paths: &Paths) -> Vec<Diagnostic> {
    let needed = [
        ("policy.toml", "--policy", paths.policy.is_some()),
        ("household.toml", "--household", paths.household.is_some()),
        ("instruments.csv", "--instruments", paths.instruments.is_some()),
        ("holdings.csv", "--holdings", paths.holdings.is_some() || paths.journal.is_some()),
        ("prices.csv", "--prices", paths.prices.is_some() || paths.returns.is_some()),
    ];
    let told = needed.into_iter().filter(|(.., is_there)| !is_there).map(|(file, argument, _)| {
        Diagnostic::error(Code::INPUT_FILES, format!("there is no {file}"))
            .help(format!("add it to the folder, or name one with `{argument}`"))
    });
    told.collect()
}

/// The splits of a journal and of a list of actions, each once, where prices are as traded.
pub(crate) fn splits(events: &[Event], actions: &[Action], kind: PriceKind) -> Vec<Action> {
    let of_event = |event: &Event| match &event.kind {
        EventKind::Split { instrument, ratio, .. } if kind == PriceKind::Raw => {
            Some(Action { date: event.dates.trade, instrument: *instrument, kind: ActionKind::Split { ratio: *ratio } })
        }
        _ => None,
    };
    let listed = actions.iter().filter(|action| kind == PriceKind::Raw && matches!(action.kind, ActionKind::Split { .. })).copied();
    let mut splits: Vec<Action> = events.iter().filter_map(of_event).chain(listed).collect();
    splits.sort_by_key(|split| (split.date, split.instrument));
    splits.dedup_by_key(|split| (split.date, split.instrument));
    splits
}

/// Actions with the splits in place of their own.
fn with_splits(actions: Vec<Action>, splits: &[Action]) -> Vec<Action> {
    let others = actions.into_iter().filter(|action| !matches!(action.kind, ActionKind::Split { .. }));
    let mut all: Vec<Action> = splits.iter().copied().chain(others).collect();
    all.sort_by_key(|action| (action.date, action.instrument));
    all
}

/// What is held after the events of a journal, and what taxable accounts sold at a loss.
fn replayed(
    recorded: &Recorded,
    household: &Household,
    as_of: Date,
    rules: AccountRules,
    file: Option<&Path>,
) -> Result<(Holdings, Vec<LossSale>), Vec<Diagnostic>> {
    let accounts = (0..household.accounts.len()).filter_map(AccountId::from_index);
    let mut book = accounts.fold(Book::new(household), |book, account| book.with_rules(account, rules));
    let held = book.apply_all(recorded.journal.through(as_of)).and_then(|()| book.holdings(as_of));
    let is_taxed = |gain: &&RealizedGain| {
        household.accounts.get(gain.account.index()).is_some_and(|account| account.tax_treatment == TaxTreatment::Taxable)
    };
    // A gain that is not known counts as a loss.
    let is_loss = |gain: &&RealizedGain| gain.gain().ok().flatten().is_none_or(Money::is_negative);
    let losses = book.realized().iter().filter(is_taxed).filter(is_loss);
    let losses = losses.map(|gain| LossSale { instrument: gain.instrument, sold: gain.realized }).collect();
    let held = held.map(|held| (held, losses));
    held.map_err(|error| {
        let refused = recorded.refused(&error, file.unwrap_or(Path::new("")));
        vec![refused.help("correct that event, or let cash go below zero on the way: `--allow-margin`; or write holdings.csv")]
    })
}
