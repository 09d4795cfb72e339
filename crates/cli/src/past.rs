//! The files of a run over the past: a policy, prices over time, and what happened to instruments.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use evenkeel::backtest::{Backtest, Decided, Execution, Past, Settlement, Terms, backtest, vector};
use evenkeel::diagnostic::{Code, Diagnostic, has_errors};
use evenkeel::market::{Action, FxHistory, PriceHistory, PriceKind, SignalHistory, inspect, snapshot, split_adjusted, stale_rates};
use evenkeel::policy::{Policy, check_universe};
use evenkeel::trade::LossSale;
use evenkeel_io::benchmark::BenchmarkHistory;
use evenkeel_io::folder::{self, Options, Paths};
use evenkeel_io::source::Source;
use evenkeel_ledger::account::TaxTreatment;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::holdings::Holdings;
use evenkeel_ledger::household::Household;
use evenkeel_ledger::instrument::{InstrumentId, Universe};
use evenkeel_ledger::number::{Decimal, Money};
use evenkeel_ledger::schedule::Schedule;

use crate::audit::{AuditRules, Facts, audit_by};
use crate::inputs::FileArguments;

/// What a portfolio begins with where neither holdings nor capital are given.
const CAPITAL: i64 = 1_000_000;

/// Where the inputs are, and how the clock is run.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Inputs")]
pub struct PastArguments {
    /// Folder with files of conventional names: policy.toml and prices.csv or returns.csv; where they are there also
    /// household.toml, instruments.csv, holdings.csv, opens.csv, actions.csv, assumptions.toml, fx.csv, signals.csv and
    /// benchmark.csv. Without a household there is one account in which nothing is taxed; without instruments they are those
    /// that the policy names.
    pub folder: Option<PathBuf>,
    /// The first day; that of the first price where left out.
    #[arg(long, value_name = "DATE")]
    pub from: Option<Date>,
    /// The last day; that of the last price where left out.
    #[arg(long, value_name = "DATE")]
    pub to: Option<Date>,
    /// Money that comes in on the first day, in the base currency; 1000000 where nothing is held.
    #[arg(long, value_name = "AMOUNT")]
    pub capital: Option<Decimal>,
    /// When what was decided at a close is traded.
    #[arg(long, value_name = "WHEN", default_value = "close")]
    pub execution: ExecutionArgument,
    /// On which days one looks, such as `month_end` or `weekly:friday`; every day where left out.
    #[arg(long, value_name = "SCHEDULE")]
    pub look: Option<Schedule>,
    /// Interest on cash a year, as a fraction.
    #[arg(long, value_name = "RATE", default_value_t = 0.0)]
    pub cash_rate: f64,
    /// Which engine runs it: the full one, or weights alone, where nothing is asked that weights do not know.
    #[arg(long, value_name = "GEAR", default_value = "full")]
    pub gear: Gear,
    /// With `--gear vector`: how trades and their costs are paid; `self_financing` where left out.
    #[arg(long, value_name = "SETTLEMENT")]
    pub settlement: Option<SettlementArgument>,
    /// Seed of whatever is resampled.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// Keys of the policy set from outside of it: `--set bands.absolute=0.03`.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub settings: Vec<String>,
    /// Files in place of those of the folder.
    #[command(flatten)]
    pub files: FileArguments,
    /// Treat this as a study, in which lots may be valued on prices that nobody paid.
    #[arg(long)]
    pub study: bool,
}

/// When what was decided at a close is traded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum ExecutionArgument {
    /// At that close.
    Close,
    /// At the next day's opening price, of opens.csv.
    NextOpen,
    /// At the next day's close.
    NextClose,
}

/// Which engine runs a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Gear {
    /// Lots, taxes and everything, every proposal audited.
    Full,
    /// Weights alone, without rounding: a thousand times as fast.
    Vector,
}

/// How trades on weights alone are paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum SettlementArgument {
    /// The weights are exact after costs, as the full engine has it.
    SelfFinancing,
    /// What a trade spends, cost included, is the change that is wanted.
    OutlayInclusive,
    /// The full change is traded, sells first; the last buys are cut to the cash that is left.
    CashLimited,
    /// Costs are taken from cash, which may fall below zero.
    FeeFromCash,
}

/// All that a run over the past is made of.
#[derive(Debug)]
pub struct PastInputs {
    /// What was decided.
    pub policy: Policy,
    /// What may be held.
    pub universe: Universe,
    /// Owners and accounts.
    pub household: Household,
    /// What they hold at first.
    pub opening: Holdings,
    /// Closing prices.
    pub prices: PriceHistory,
    /// Levels of benchmarks.
    pub benchmark: Option<BenchmarkHistory>,
    /// How the clock is run.
    pub terms: Terms,
    /// How trades are paid where weights alone are run.
    pub vector: Option<Settlement>,
    /// SHA-256 of each file.
    pub hashes: Vec<(String, String)>,
    opens: Option<PriceHistory>,
    fx: FxHistory,
    actions: Vec<Action>,
    sold: Vec<LossSale>,
    assumptions: Option<evenkeel::assumptions::Assumptions>,
    signals: Option<SignalHistory>,
    /// What should be known of the files.
    pub warnings: Vec<Diagnostic>,
}

impl PastArguments {
    /// The files of a folder, over all days that are priced.
    pub fn folder(folder: PathBuf) -> Self {
        Self {
            folder: Some(folder),
            from: None,
            to: None,
            capital: None,
            execution: ExecutionArgument::Close,
            look: None,
            cash_rate: 0.0,
            gear: Gear::Full,
            settlement: None,
            seed: 7,
            settings: Vec::new(),
            files: FileArguments::default(),
            study: false,
        }
    }

    /// Reads everything.
    ///
    /// # Errors
    /// All diagnostics, at least one of them an error.
    pub fn load(&self) -> Result<PastInputs, Vec<Diagnostic>> {
        let paths = self.files.paths(self.folder.as_deref())?;
        let missing = missing(&paths, self);
        if !missing.is_empty() {
            return Err(missing);
        }
        let as_of = self
            .to
            .map_or_else(|| Date::new(9999, 12, 31), Ok)
            .map_err(|error| vec![Diagnostic::error(Code::ARGUMENT, error.to_string())])?;
        let has_lots = paths.holdings.is_some() || paths.household.is_some();
        let options = Options { as_of, price_kind: None, study: self.study || !has_lots, settings: &self.settings, past: true };
        let parsed = folder::load(&paths, options);
        let Some(read) = parsed.value else { return Err(parsed.diagnostics) };
        self.bind(read, &paths, parsed.diagnostics)
    }

    /// The policy of a file, or of the inputs, with keys set from outside of it.
    ///
    /// # Errors
    /// What is wrong with it, also beside the instruments.
    pub fn policy(&self, file: Option<&Path>, settings: &[String], universe: &Universe) -> Result<Policy, Vec<Diagnostic>> {
        let path = match file {
            Some(path) => Some(path.to_owned()),
            None => self.files.paths(self.folder.as_deref())?.policy,
        };
        let Some(path) = path else { return Err(missing(&Paths::default(), self)) };
        let source = Source::open(&path).map_err(|told| vec![*told])?;
        let parsed = Policy::parse_with(source.text().map_err(|told| vec![*told])?, settings);
        let Some(policy) = parsed.value else { return Err(parsed.diagnostics) };
        let unfit: Vec<Diagnostic> = check_universe(&policy, universe).into_iter().filter(Diagnostic::is_error).collect();
        if unfit.is_empty() { Ok(policy) } else { Err(unfit) }
    }

    fn bind(&self, read: folder::Inputs, paths: &Paths, mut warnings: Vec<Diagnostic>) -> Result<PastInputs, Vec<Diagnostic>> {
        let (Some(policy), Some(universe), Some(household), Some(prices)) = (read.policy, read.universe, read.household, read.prices)
        else {
            return Err(warnings);
        };
        let gear = (self.gear == Gear::Vector).then_some(match self.settlement {
            None | Some(SettlementArgument::SelfFinancing) => Settlement::SelfFinancing,
            Some(SettlementArgument::OutlayInclusive) => Settlement::OutlayInclusive,
            Some(SettlementArgument::CashLimited) => Settlement::CashLimited,
            Some(SettlementArgument::FeeFromCash) => Settlement::FeeFromCash,
        });
        let terms = self.terms(&policy, &prices, read.holdings.is_some())?;
        let opening = read.holdings.unwrap_or_else(|| Holdings::empty(&household, terms.from));
        warnings.extend(exchange(&read.fx, &prices, &universe, &policy, terms));
        if read.benchmark.is_none()
            && let Some(name) = &policy.benchmark
        {
            let message = format!("the policy names the benchmark `{name}`, and there is no benchmark.csv");
            warnings.push(Diagnostic::warning(Code::INPUT_FILES, message).help("add benchmark.csv to compare with it"));
        }
        warnings.extend(self.unfit(&prices, &household, &opening, &universe, terms.from));
        if let Some(assumptions) = read.assumptions.as_ref().filter(|assumptions| assumptions.as_of > terms.from) {
            let (made, from) = (assumptions.as_of, terms.from);
            let message = format!("the assumptions were made on {made}, and are used from {from} on: nobody had them then");
            warnings.push(Diagnostic::warning(Code::ARGUMENT, message).help("judge results that rest on them accordingly"));
        }
        if let Ok(comparable) = split_adjusted(&prices, &read.actions) {
            warnings.extend(inspect(&comparable, &universe, terms.to, &policy.prices));
        }
        if has_errors(&warnings) {
            return Err(warnings);
        }
        Ok(PastInputs {
            policy,
            universe,
            household,
            opening,
            prices,
            benchmark: read.benchmark,
            terms,
            vector: gear,
            hashes: read.hashes,
            opens: read.opens,
            fx: read.fx,
            actions: read.actions,
            sold: read.sales,
            assumptions: read.assumptions,
            signals: paths.signals.is_some().then_some(read.signals),
            warnings,
        })
    }

    /// How the clock is run: over the span of the prices unless told otherwise.
    fn terms(&self, policy: &Policy, prices: &PriceHistory, is_held: bool) -> Result<Terms, Vec<Diagnostic>> {
        let argument = |message: String, help: &str| vec![Diagnostic::error(Code::ARGUMENT, message).help(help)];
        let named: Vec<&String> = policy.tree.leaves().flat_map(|(_, leaf)| &leaf.instruments).collect();
        let dates = || prices.series.iter().flatten().map(|point| point.date);
        let (Some(first), Some(last)) = (dates().min(), dates().max()) else {
            return Err(vec![
                Diagnostic::error(Code::NO_HISTORY, format!("there is no price of any of the {} instruments", named.len()))
                    .help("add prices of what the policy names"),
            ]);
        };
        let (from, to) = (self.from.unwrap_or(first), self.to.unwrap_or(last));
        if from >= to {
            return Err(argument(format!("the first day {from} is not before the last {to}"), "give a span of two days or more"));
        }
        let capital = self.capital.or_else(|| (!is_held).then(|| Decimal::from_int(CAPITAL)));
        if capital.is_some_and(|capital| !capital.is_positive()) {
            return Err(argument("`--capital` is not above zero".to_owned(), "give the money that comes in on the first day"));
        }
        if !self.cash_rate.is_finite() || self.cash_rate.abs() > 1.0 {
            return Err(argument(format!("`--cash-rate {}` is no rate a year", self.cash_rate), "give a fraction: 0.02 is 2 %"));
        }
        let execution = match self.execution {
            ExecutionArgument::Close => Execution::Close,
            ExecutionArgument::NextOpen => Execution::NextOpen,
            ExecutionArgument::NextClose => Execution::NextClose,
        };
        let capital = capital.map(|capital| Money::new(capital, policy.base_currency));
        Ok(Terms { from, to, capital, execution, look: self.look, cash_rate: self.cash_rate })
    }

    /// Lots from the future, and taxed lots on prices that nobody paid.
    fn unfit(&self, prices: &PriceHistory, household: &Household, opening: &Holdings, universe: &Universe, from: Date) -> Vec<Diagnostic> {
        let mut told = Vec::new();
        let lots = || opening.accounts.iter().flat_map(evenkeel_ledger::holdings::AccountHoldings::lots);
        if let Some(lot) = lots().find(|lot| lot.acquired.is_some_and(|acquired| acquired > from)) {
            let symbol = universe.symbol(lot.instrument);
            let message = format!("a lot of `{symbol}` is held on {from} and was acquired later");
            told.push(Diagnostic::error(Code::ARGUMENT, message).help("start later, or take the lot out of the holdings"));
        }
        let is_taxed = household.accounts.iter().any(|account| account.tax_treatment == TaxTreatment::Taxable);
        if is_taxed && !self.study && !prices.kind.suits_lots() {
            let kind = if prices.kind == PriceKind::TotalReturn { "total-return prices" } else { "an index of returns" };
            let message = format!("an account is taxed and its lots would be valued on {kind}, which nobody paid: taxes would be wrong");
            let help = "use raw or split-adjusted prices, an account that is not taxed, or `--study`";
            told.push(Diagnostic::error(Code::PRICES_NOT_PAID, message).help(help));
        }
        told
    }
}

impl PastInputs {
    /// What there was, under a policy.
    pub fn past<'p>(&'p self, policy: &'p Policy) -> Past<'p> {
        Past {
            policy,
            universe: &self.universe,
            household: &self.household,
            opening: &self.opening,
            sold: &self.sold,
            prices: &self.prices,
            opens: self.opens.as_ref(),
            fx: &self.fx,
            actions: &self.actions,
            assumptions: self.assumptions.as_ref(),
            signals: self.signals.as_ref(),
        }
    }

    /// Runs a policy over the past, every proposal audited; with the number of those.
    ///
    /// # Errors
    /// What is missing or contradictory, or what the auditor objects to.
    pub fn run(&self, policy: &Policy) -> Result<(Backtest, usize), Vec<Diagnostic>> {
        self.run_under(policy, &self.terms, &mut |_| ())
    }

    /// The same with the clock run in another way; `reached` sees every day on which something was decided.
    ///
    /// # Errors
    /// As [`PastInputs::run`].
    pub fn run_under(&self, policy: &Policy, terms: &Terms, reached: &mut dyn FnMut(Date)) -> Result<(Backtest, usize), Vec<Diagnostic>> {
        if let Some(settlement) = self.vector {
            return Ok((vector(&self.past(policy), terms, settlement)?, 0));
        }
        let mut audited = 0;
        let mut watch = |decided: &Decided<'_>| {
            audited += 1;
            reached(decided.market.as_of);
            self.audit(decided)
        };
        let result = backtest(&self.past(policy), terms, &mut watch)?;
        Ok((result, audited))
    }

    /// The final value on weights alone, where the run asks for nothing else; `None` where it is run so already.
    pub fn without_rounding(&self) -> Option<f64> {
        let run = self.vector.is_none().then(|| vector(&self.past(&self.policy), &self.terms, Settlement::SelfFinancing))?;
        Some(run.ok()?.end.value)
    }

    fn audit(&self, decided: &Decided<'_>) -> Result<(), Vec<Diagnostic>> {
        let Decided { policy, universe, market, household, holdings, flows, sold, proposal } = *decided;
        let facts = Facts { policy, universe, market, assumptions: self.assumptions.as_ref(), household, holdings, flows, sold };
        let unfit = |error: evenkeel_ledger::number::NumberError| vec![Diagnostic::error(Code::AMOUNT_TOO_LARGE, error.to_string())];
        let rules = AuditRules::new(policy, universe, market, self.assumptions.as_ref()).map_err(unfit)?;
        let objections = audit_by(&rules.auditor(universe, market), &facts, proposal).map_err(unfit)?;
        let told = objections.iter().map(|objection| {
            let subject = objection.subject.as_deref().unwrap_or("the household");
            let message = format!(
                "on {} the auditor objects: {} of {subject}: expected {}, found {}",
                market.as_of, objection.rule, objection.expected, objection.found
            );
            Diagnostic::error(Code::OBJECTION, message).help("this is a defect of evenkeel: report it with the inputs")
        });
        let told: Vec<Diagnostic> = told.collect();
        if told.is_empty() { Ok(()) } else { Err(told) }
    }
}

/// Instruments that cannot be counted in the base currency on the first day (errors), and rates that are too old on later ones (warnings).
fn exchange(fx: &FxHistory, prices: &PriceHistory, universe: &Universe, policy: &Policy, terms: Terms) -> Vec<Diagnostic> {
    let (base, day) = (policy.base_currency, terms.from);
    let (market, _) = snapshot(prices, universe, fx, day, &policy.prices);
    let is_priced = |id: InstrumentId| prices.series.get(id.index()).is_some_and(|series| !series.is_empty());
    let priced = || universe.iter().filter(|(id, _)| is_priced(*id)).map(|(_, instrument)| instrument);
    let unknown = priced().filter_map(|instrument| {
        let unknown = market.fx.conversion(instrument.currency, base).err()?;
        let message = format!("`{}` cannot be counted on {day}: {unknown}", instrument.symbol);
        Some(Diagnostic::error(Code::NO_EXCHANGE_RATE, message).help("add the pair to fx.csv, from the first day on"))
    });
    let dates: BTreeSet<Date> = prices.series.iter().flatten().map(|point| point.date).collect();
    let dates: Vec<Date> = dates.range(terms.from..=terms.to).copied().collect();
    let stale = stale_rates(fx, priced().map(|instrument| instrument.currency), base, &dates, &policy.prices);
    unknown.chain(stale).collect()
}

/// Files without which there is nothing to run, and options without effect.
fn missing(paths: &Paths, arguments: &PastArguments) -> Vec<Diagnostic> {
    let mut told = Vec::new();
    if paths.policy.is_none() {
        told.push(
            Diagnostic::error(Code::INPUT_FILES, "there is no policy").help("add policy.toml to the folder, or name one: `--policy FILE`"),
        );
    }
    if paths.prices.is_none() && paths.returns.is_none() {
        let help = "add prices.csv or returns.csv to the folder, or name a file: `--prices FILE`";
        told.push(Diagnostic::error(Code::INPUT_FILES, "there are no prices").help(help));
    }
    if arguments.settlement.is_some() && arguments.gear == Gear::Full {
        let help = "add `--gear vector`, or leave it out: the full gear is self-financing";
        told.push(Diagnostic::error(Code::ARGUMENT, "`--settlement` applies only with `--gear vector`").help(help));
    }
    if arguments.execution == ExecutionArgument::NextOpen && paths.opens.is_none() {
        let help = "add opens.csv to the folder, or fill at the next close: `--execution next_close`";
        told.push(Diagnostic::error(Code::INPUT_FILES, "there are no opening prices").help(help));
    }
    told
}
