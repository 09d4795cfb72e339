//! [`Facts`]: all that a report is made of, each part found by the command that finds it elsewhere.

use std::collections::BTreeMap;
use std::path::PathBuf;

use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel::estimate::{LEAST_RETURNS, check_length, is_believed};
use evenkeel::policy::{CovarianceEstimator, ReturnEstimator};
use evenkeel::risk::RiskReport;
use evenkeel::run::Proposal;
use evenkeel_ledger::date::Date;

use crate::account_history::{AccountHistory, HistoryArguments};
use crate::analysis::output::OutputArguments;
use crate::analysis::{Analysis, AnalysisArguments, last_date, no_date, read_history};
use crate::command::attribute::{self, AttributeDocument};
use crate::command::backtest::{self, Ran};
use crate::command::frontier::{self, FrontierDocument};
use crate::command::performance::{self, PerformanceDocument};
use crate::command::rebalance::{self, Rebalance};
use crate::command::simulate::{self, SimulateDocument};
use crate::command::stress::{self, StressReport, WhatIfArguments};
use crate::command::trade_off::{self, TradeOff};
use crate::command::{Document, comply, risk};
use crate::inputs::{InputArguments, Inputs};
use crate::past::PastArguments;
use crate::recorded::record;

use super::Arguments;
use super::reader::{Part, Reader};

/// What a part comes to, or why it is left out.
pub(super) type Found<T> = Result<T, Vec<Diagnostic>>;

/// All that a report is made of; what it does not ask for is `None`.
pub(super) struct Facts {
    /// The day.
    pub(super) as_of: Date,
    /// Value, drift, limits and stress of what is held, and the proposal; of a household.
    pub(super) household: Found<HouseholdFacts>,
    /// What was earned.
    pub(super) performance: Option<Found<PerformanceDocument>>,
    /// Why it differs from the policy's mix.
    pub(super) attribution: Option<Found<AttributeDocument>>,
    /// The efficient frontier.
    pub(super) frontier: Option<Found<FrontierDocument>>,
    /// Many futures.
    pub(super) simulation: Option<Found<SimulateDocument>>,
    /// The policy on its history.
    pub(super) backtest: Option<Found<Ran>>,
    /// What should be known of the files.
    pub(super) warnings: Vec<Diagnostic>,
}

/// What is known of a household on the day.
pub(super) struct HouseholdFacts {
    /// What it is made of.
    pub(super) inputs: Inputs,
    /// The proposal, audited.
    pub(super) decided: Rebalance,
    /// Expected return, limits and stress of what is held.
    pub(super) stress: StressReport,
    /// The risk before and after.
    pub(super) risk: Found<RiskReport>,
    /// Tax and costs against closeness to target.
    pub(super) trade_off: Option<Found<TradeOff>>,
}

impl HouseholdFacts {
    /// The proposal.
    pub(super) fn proposal(&self) -> &Proposal {
        &self.decided.proposal
    }

    /// The first and the last date of the prices at which trades are proposed.
    pub(super) fn priced(&self) -> Option<(Date, Date)> {
        let id = |symbol: &str| self.inputs.universe.find(symbol);
        let traded = self.proposal().trades.iter().filter_map(|trade| self.inputs.market.price(id(&trade.symbol)?));
        let mut dates: Vec<Date> = traded.map(|point| point.date).collect();
        dates.sort_unstable();
        dates.first().copied().zip(dates.last().copied())
    }
}

impl Facts {
    /// Finds what the parts need.
    ///
    /// # Errors
    /// What is wrong with the inputs; what is merely absent leaves its part out.
    pub(super) fn gather(arguments: &Arguments, parts: &[Part]) -> Result<Self, Vec<Diagnostic>> {
        check(arguments)?;
        let as_of = day(arguments)?;
        if let Some(from) = arguments.from.filter(|from| *from > as_of) {
            let message = format!("the period from {from} begins after the day of the report, {as_of}");
            return Err(vec![Diagnostic::error(Code::ARGUMENT, message).help("give an earlier `--from`, or a later `--as-of`")]);
        }
        let asked = |part: Part| parts.contains(&part);
        let mut warnings = Vec::new();
        let household = household(arguments, parts, as_of, &mut warnings);
        let history = (asked(Part::Performance) || asked(Part::Attribution)).then(|| match contradiction(&household) {
            Some(told) => Err(vec![told]),
            None => account_history(arguments, as_of),
        });
        // The first page has the futures, whoever reads it but who merely trades.
        let has_futures = asked(Part::Simulation) || arguments.reader != Reader::Operations;
        let analysis = (asked(Part::Frontier) || has_futures).then(|| analysis(arguments, as_of));
        if let Some(Ok((_, history))) = &history {
            add(&mut warnings, &history.warnings);
        }
        if let Some(Ok(analysis)) = &analysis {
            add(&mut warnings, &analysis.warnings);
        }
        let backtest = asked(Part::Backtest).then(|| past(arguments, as_of, &mut warnings));
        let facts = Self {
            as_of,
            household,
            performance: history.as_ref().filter(|_| asked(Part::Performance)).map(earned),
            attribution: history.as_ref().filter(|_| asked(Part::Attribution)).map(explained),
            frontier: analysis.as_ref().filter(|_| asked(Part::Frontier)).map(frontier),
            simulation: analysis.as_ref().filter(|_| has_futures).map(|analysis| simulation(arguments, analysis)),
            backtest,
            warnings,
        };
        facts.unless_wrong()
    }

    /// Itself, unless something of it is wrong rather than absent.
    fn unless_wrong(self) -> Result<Self, Vec<Diagnostic>> {
        // Of a proposal that cannot be made all is told: it was asked for, and a report without it would hide why.
        let undecided = self.household.as_ref().err().filter(|told| !is_absent(told));
        if let Some(told) = undecided {
            return Err(told.clone());
        }
        let told = [
            self.performance.as_ref().and_then(|found| found.as_ref().err()),
            self.attribution.as_ref().and_then(|found| found.as_ref().err()),
            self.frontier.as_ref().and_then(|found| found.as_ref().err()),
            self.simulation.as_ref().and_then(|found| found.as_ref().err()),
            self.backtest.as_ref().and_then(|found| found.as_ref().err()),
        ];
        let mut wrong: Vec<Diagnostic> = Vec::new();
        let complete = told.into_iter().flatten().filter(|told| !is_absent(told));
        for diagnostic in complete.flatten().filter(|told| is_wrong(told)) {
            if !wrong.contains(diagnostic) {
                wrong.push(diagnostic.clone());
            }
        }
        if wrong.is_empty() { Ok(self) } else { Err(wrong) }
    }
}

impl Facts {
    /// Each part as the command that finds it gives it.
    ///
    /// # Errors
    /// Where a value has no JSON form.
    pub(super) fn json(&self) -> Result<BTreeMap<&'static str, serde_json::Value>, serde_json::Error> {
        let household = self.household.as_ref().ok();
        let risk = household.and_then(|facts| facts.risk.as_ref().ok()).map(serde_json::to_value);
        let found: [(&'static str, Option<&dyn Document>); 8] = [
            ("rebalance", household.map(|facts| &facts.decided as &dyn Document)),
            ("stress", household.map(|facts| &facts.stress as &dyn Document)),
            ("trade_off", household.and_then(|facts| document(facts.trade_off.as_ref()))),
            ("performance", document(self.performance.as_ref())),
            ("attribute", document(self.attribution.as_ref())),
            ("frontier", document(self.frontier.as_ref())),
            ("simulate", document(self.simulation.as_ref())),
            ("backtest", document(self.backtest.as_ref())),
        ];
        let found = found.into_iter().filter_map(|(name, document)| Some((name, document?.json())));
        found.chain(risk.map(|risk| ("risk", risk))).map(|(name, value)| Ok((name, value?))).collect()
    }
}

fn document<D: Document>(found: Option<&Found<D>>) -> Option<&dyn Document> {
    found?.as_ref().ok().map(|document| document as &dyn Document)
}

/// Crises that are replayed.
const CRISES: usize = 3;

/// Periods of a history of which drawdowns can be told.
const LEAST_PERIODS: usize = 250;

/// Whether files are missing.
fn is_absent(told: &[Diagnostic]) -> bool {
    told.iter().any(|told| told.code == Code::INPUT_FILES)
}

/// Whether something stands wrong in a file, rather than being absent or out of reach. Limits that the first instruments of all leaves
/// cannot keep together leave a frontier out: where weights are optimized, the proposal has told them.
fn is_wrong(told: &Diagnostic) -> bool {
    told.is_error() && told.location.is_some() && told.code != Code::RULES_CONTRADICT
}

/// That the files are there without which there is no decision to report, and that what was asked can be.
fn check(arguments: &Arguments) -> Result<(), Vec<Diagnostic>> {
    let paths = arguments.files.paths(Some(&arguments.folder))?;
    // A policy is studied without anybody who holds it.
    let of_policy = |part: &Part| matches!(part, Part::Frontier | Part::Simulation | Part::Backtest);
    let is_study = arguments.reader == Reader::Researcher || (!arguments.parts.is_empty() && arguments.parts.iter().all(of_policy));
    let needed =
        [("policy.toml", "--policy", paths.policy.is_some()), ("household.toml", "--household", paths.household.is_some() || is_study)];
    let told = needed.into_iter().filter(|(.., is_there)| !is_there).map(|(file, argument, _)| {
        let help = format!("add it to the folder, or name one with `{argument}`");
        Diagnostic::error(Code::INPUT_FILES, format!("there is no {file}, and a report tells what it decides")).help(help)
    });
    let value = arguments.value.filter(|value| !(MOST_VALUE.contains(value) && *value > 0.0)).map(|value| {
        let message = format!("`--value {value}` is no value that futures could begin with");
        Diagnostic::error(Code::ARGUMENT, message).help("give an amount above 0 and at most 1e15")
    });
    let told: Vec<Diagnostic> = told.chain(value).collect();
    if told.is_empty() { Ok(()) } else { Err(told) }
}

/// Adds what is not among the warnings yet, as several parts read the same files.
fn add(warnings: &mut Vec<Diagnostic>, told: &[Diagnostic]) {
    for told in told {
        if !warnings.iter().any(|known| known.message == told.message) {
            warnings.push(told.clone());
        }
    }
}

/// Why nothing is told of what was earned where the books are not those of what is held.
fn contradiction(household: &Found<HouseholdFacts>) -> Option<Diagnostic> {
    let told = household.as_ref().ok()?.inputs.contradiction.as_ref()?;
    let message = format!("what the journal has earned is not what is held has: {told}");
    Some(Diagnostic::error(Code::INPUT_FILES, message).help("correct one of the two, or remove it"))
}

/// Values that futures may begin with.
const MOST_VALUE: std::ops::RangeInclusive<f64> = 0.0..=1e15;

/// The day: as asked for, or the last with prices.
fn day(arguments: &Arguments) -> Result<Date, Vec<Diagnostic>> {
    let paths = arguments.files.paths(Some(&arguments.folder))?;
    if let Some(as_of) = arguments.as_of {
        return Ok(as_of);
    }
    let (history, _) = read_history(&paths)?;
    history.as_ref().and_then(last_date).ok_or_else(no_date)
}

fn household(arguments: &Arguments, parts: &[Part], as_of: Date, warnings: &mut Vec<Diagnostic>) -> Found<HouseholdFacts> {
    let of_the_day = arguments.of_the_day(as_of);
    let mut inputs = of_the_day.inputs.load()?;
    inputs.provenance.arguments = record(&of_the_day);
    let own = of_the_day.inputs;
    if let Some(planner) = arguments.day.planner {
        planner.set(&mut inputs.policy);
    }
    add(warnings, &inputs.warnings);
    let mut decided = rebalance::decided(&inputs, &arguments.day).map_err(|(_, told)| told)?;
    if !decided.objections.is_empty() {
        return Err(decided.objections.iter().map(rebalance::objected).collect());
    }
    let asked = WhatIfArguments { crises: if has_history(&own, &inputs) { CRISES } else { 0 }, ..WhatIfArguments::default() };
    let mut stress = stress::validated(&inputs, &stress::Arguments { inputs: own.clone(), settings: Vec::new(), asked })?;
    match comply::observed(&own, &inputs) {
        Some(Ok(found)) => {
            found.tolerate(&mut decided.proposal.checks);
            found.tolerate(&mut stress.validation.checks);
        }
        Some(Err(why)) => decided.proposal.notes.push(comply::unobserved(&why)),
        None => {}
    }
    Ok(HouseholdFacts {
        decided,
        stress,
        risk: risk_of(&own, &inputs, warnings),
        trade_off: parts.contains(&Part::TradeOff).then(|| trade_off::trade_off(&inputs, &OutputArguments::none())),
        inputs,
    })
}

/// Whether drawdowns can be told from the prices.
fn has_history(own: &InputArguments, inputs: &Inputs) -> bool {
    risk::history(own, inputs).is_ok_and(|(panel, _)| panel.is_some_and(|panel| panel.panel.dates().len() >= LEAST_PERIODS))
}

fn risk_of(own: &InputArguments, inputs: &Inputs, warnings: &mut Vec<Diagnostic>) -> Found<RiskReport> {
    let (history, told) = risk::history(own, inputs)?;
    add(warnings, &told);
    risk::measured(inputs, history.as_ref(), &risk::QuestionArguments::default().question(), true)
}

/// The accounts with all that happened in them, and which days are looked at.
fn account_history(arguments: &Arguments, as_of: Date) -> Found<(HistoryArguments, AccountHistory)> {
    let files = arguments.files.clone();
    let own = HistoryArguments {
        household: files.household,
        instruments: files.instruments,
        prices: files.prices,
        fx: files.fx,
        policy: files.policy,
        from: arguments.from,
        to: Some(as_of),
        study: arguments.study,
        ..HistoryArguments::folder(arguments.folder.clone())
    };
    let history = own.load()?;
    Ok((own, history))
}

fn earned(history: &Found<(HistoryArguments, AccountHistory)>) -> Found<PerformanceDocument> {
    let (asked, history) = history.as_ref().map_err(Clone::clone)?;
    let like = performance::Arguments::folder(PathBuf::new());
    let benchmark = like.benchmark.clone().filter(|_| history.policy.is_some());
    performance::measured(history, &performance::Arguments { history: asked.clone(), benchmark, ..like })
}

fn explained(history: &Found<(HistoryArguments, AccountHistory)>) -> Found<AttributeDocument> {
    let (asked, history) = history.as_ref().map_err(Clone::clone)?;
    let own = attribute::Arguments { history: asked.clone(), ..attribute::Arguments::folder(PathBuf::new()) };
    attribute::explained(history, &own, own.method()?)
}

fn analysis(arguments: &Arguments, as_of: Date) -> Found<Analysis> {
    let folder = AnalysisArguments::folder(arguments.folder.clone());
    let mut analysis = AnalysisArguments { as_of: Some(as_of), files: arguments.files.clone(), study: arguments.study, ..folder }.load()?;
    if returns_of(&analysis) < LEAST_RETURNS && analysis.assumptions.is_some() {
        // What so short a history seems to say would be noise.
        let rules = &mut analysis.policy.estimate;
        if !matches!(rules.returns, ReturnEstimator::Equilibrium { .. }) {
            rules.returns = ReturnEstimator::Assumptions;
        }
        rules.covariance = CovarianceEstimator::Assumptions;
    }
    Ok(analysis)
}

/// Returns from one date of the history to the next.
fn returns_of(analysis: &Analysis) -> usize {
    analysis.history.as_ref().map_or(0, |history| history.panel.dates().len().saturating_sub(1))
}

fn frontier(analysis: &Found<Analysis>) -> Found<FrontierDocument> {
    let analysis = analysis.as_ref().map_err(Clone::clone)?;
    if !is_believed(&analysis.policy.estimate) {
        check_length(returns_of(analysis), LEAST_RETURNS, analysis.as_of)?;
    }
    frontier::found(analysis, None, None, &OutputArguments::none())
}

fn simulation(arguments: &Arguments, analysis: &Found<Analysis>) -> Found<SimulateDocument> {
    let analysis = analysis.as_ref().map_err(Clone::clone)?;
    let Some(value) = arguments.value.or(analysis.value) else {
        let told = Diagnostic::error(Code::INPUT_FILES, "there is nothing held that futures could begin with");
        return Err(vec![told.help("add holdings, or give `--value AMOUNT`")]);
    };
    simulate::found(analysis, &simulate::QuestionArguments::of_value(value), &OutputArguments::none())
}

fn past(arguments: &Arguments, as_of: Date, warnings: &mut Vec<Diagnostic>) -> Found<Ran> {
    let folder = PastArguments::folder(arguments.folder.clone());
    let past = PastArguments { files: arguments.files.clone(), from: arguments.from, to: Some(as_of), study: arguments.study, ..folder };
    let inputs = past.load()?;
    add(warnings, &inputs.warnings);
    backtest::ran(&inputs, &backtest::Arguments { past, ..backtest::Arguments::folder(PathBuf::new(), &OutputArguments::none()) })
}
