//! [`Kernel`]: the decision on one shard, a pure function.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use evenkeel::comply::{Check, Status};
use evenkeel::diagnostic::{Code, Diagnostic, has_errors};
use evenkeel::index::{IndexModel, bind_indices};
use evenkeel::market::{MarketSnapshot, snapshot};
use evenkeel::policy::Policy;
use evenkeel::portfolio::Sleeves;
use evenkeel::run::{Mandate, Proposal, Provenance, Subject};
use evenkeel::target::{StopReading, check_limits, read_stops};
use evenkeel::tax::{YearTax, sells_lots, tax_year};
use evenkeel::trade::Comparison;
use evenkeel::words;
use evenkeel_audit::Auditor;
use evenkeel_io::book::proposals::ProposalWriter;
use evenkeel_io::book::{Book, Columns, Entry, Reading};
use evenkeel_ledger::account::TaxTreatment;
use evenkeel_ledger::household::Household;

use crate::audit::{AuditRules, Facts, audit_by};

use super::exception::{About, Exception, ExceptionKind};
use super::metrics::{Stage, Stopwatch};
use super::receipt::{Compare, Totals, sums};

/// The market of each model: prices are judged by the rules of its policy.
#[derive(Debug)]
pub struct Models<'b> {
    book: &'b Book,
    /// By policy.
    markets: Vec<Day>,
}

/// What a policy makes of the day.
#[derive(Debug)]
struct Day {
    market: MarketSnapshot,
    /// Indices of its classes.
    indices: Vec<IndexModel>,
    /// What audits take.
    rules: AuditRules,
    /// What its stops say.
    stops: Vec<StopReading>,
}

impl<'b> Models<'b> {
    /// Judges the prices of a book by the rules of each model.
    ///
    /// # Errors
    /// All diagnostics, at least one of them an error.
    pub fn new(book: &'b Book) -> Result<(Self, Vec<Diagnostic>), Vec<Diagnostic>> {
        let mut told = Vec::new();
        let mut markets = Vec::with_capacity(book.policies.len());
        for (_, policy) in &book.policies {
            let (market, judged) = snapshot(&book.prices, &book.universe, &book.fx, book.facts.as_of, &policy.prices);
            let indices = bind_indices(policy, &book.universe, book.constituents.as_ref(), book.factor_risk.as_ref());
            let judged = judged.into_iter().chain(check_limits(policy, book.assumptions.as_ref())).chain(indices.diagnostics);
            for new in judged {
                if !told.contains(&new) {
                    told.push(new);
                }
            }
            let sleeves = Sleeves::new(&policy.tree, &book.universe);
            let stops = read_stops(policy, &sleeves, &book.prices, book.assumptions.as_ref(), book.facts.as_of);
            let stops = stops.unwrap_or_else(|problems| {
                told.extend(problems);
                Vec::new()
            });
            match AuditRules::new(policy, &book.universe, &market, book.assumptions.as_ref()) {
                Ok(rules) => markets.push(Day { market, indices: indices.value.unwrap_or_default(), rules, stops }),
                Err(error) => told.push(Diagnostic::error(Code::AMOUNT_TOO_LARGE, format!("proposals could not be audited: {error}"))),
            }
        }
        if has_errors(&told) { Err(told) } else { Ok((Self { book, markets }, told)) }
    }

    /// Binds every policy.
    pub fn kernel<'k>(&'k self, compare: Compare) -> Kernel<'k> {
        let comparison = match compare {
            Compare::All => Comparison::Rules,
            Compare::Nothing => Comparison::Nothing,
        };
        let bind = |((name, policy), Day { market, indices, rules, stops }): (&'k (String, Policy), &'k Day)| {
            let mandate = Mandate::new(policy, &self.book.universe, market, self.book.assumptions.as_ref(), None);
            let mandate = mandate.comparing(comparison).with_indices(indices).with_stops(stops);
            let mandate = match &self.book.history {
                Some(history) => mandate.with_history(history),
                None => mandate,
            };
            (name.as_str(), Model { mandate, auditor: rules.auditor(&self.book.universe, market) })
        };
        Kernel { book: self.book, models: self.book.policies.iter().zip(&self.markets).map(bind).collect() }
    }
}

/// Policies bound to the market of a day: decides on any shard of their book.
#[derive(Debug)]
pub struct Kernel<'b> {
    book: &'b Book,
    models: BTreeMap<&'b str, Model<'b>>,
}

/// A policy bound to the market, and the auditor of what is proposed under it.
#[derive(Debug)]
struct Model<'b> {
    mandate: Mandate<'b>,
    auditor: Auditor<'b>,
}

/// What a shard comes to.
#[derive(Debug)]
pub struct Decided {
    /// A Parquet file, one row a household.
    pub proposals: Vec<u8>,
    /// Households to look at, in their order.
    pub exceptions: Vec<Exception>,
    /// Counts and sums.
    pub totals: Totals,
    /// Where the time went.
    pub stopwatch: Stopwatch,
}

/// What is proposed for a household.
struct Proposed {
    proposal: Proposal,
    exceptions: Vec<Exception>,
}

impl Kernel<'_> {
    /// Decides on every household of a shard.
    ///
    /// # Errors
    /// Rows that are not in the order of households, and a result that has no file.
    pub fn decide(&self, shard: &str, columns: &Columns) -> Result<Decided, Box<Diagnostic>> {
        self.decide_households(shard, columns, &columns.households(shard)?)
    }

    fn decide_households(&self, shard: &str, columns: &Columns, households: &[Range<usize>]) -> Result<Decided, Box<Diagnostic>> {
        let mut stopwatch = Stopwatch::start();
        let mut writer = ProposalWriter::new();
        let (mut exceptions, mut totals) = (Vec::new(), Totals::default());
        let reading = Reading { columns, universe: &self.book.universe, as_of: self.book.facts.as_of };
        for rows in households {
            totals.households += 1;
            totals.accounts += rows.len();
            totals.lots += rows.clone().map(|row| columns.lots_of.of(row).len()).sum::<usize>();
            let id = columns.household.text(rows.start).unwrap_or_default();
            let about = About { household: id, shard, row: rows.start + 1, value: None, tax: None };
            let entry = reading.entry(rows.clone());
            stopwatch.lap(Stage::Read);
            let decided = entry.map_err(|told| exceptions_of(&about, ExceptionKind::Input, &told)).and_then(|entry| {
                let proposed = contained(&about, || self.propose(&about, &entry, &mut stopwatch))?;
                Ok((entry, proposed))
            });
            match decided {
                Ok((entry, proposed)) => {
                    exceptions.extend(proposed.exceptions);
                    let proposal = &proposed.proposal;
                    let counted = writer.push(&entry, proposal).and_then(|summary| {
                        let moved = sums(proposal.value, summary.bought, summary.sold, proposal.costs.total, summary.tax);
                        totals.count(proposal.currency, &moved, proposal.trades.len(), summary.content)
                    });
                    counted.map_err(|error| too_large(shard, &error.to_string()))?;
                    if let Some(optimum) = &proposal.optimum {
                        totals.count_gap(optimum.proof.map(|proof| proof.gap));
                    }
                }
                Err(told) => exceptions.extend(told),
            }
            stopwatch.lap(Stage::Write);
        }
        for exception in &exceptions {
            *totals.exceptions.entry(exception.kind).or_default() += 1;
        }
        let proposals = writer.finish().map_err(|error| too_large(shard, &error.to_string()))?;
        stopwatch.lap(Stage::Write);
        Ok(Decided { proposals, exceptions, totals, stopwatch })
    }

    /// Decides on one household of a shard; `None` where it has no such household.
    ///
    /// # Errors
    /// As [`Self::decide`].
    pub fn decide_one(&self, shard: &str, columns: &Columns, household: &str) -> Result<Option<Decided>, Box<Diagnostic>> {
        let rows = columns.households(shard)?.into_iter().find(|rows| columns.household.text(rows.start) == Some(household));
        rows.map(|rows| self.decide_households(shard, columns, &[rows])).transpose()
    }

    fn propose(&self, about: &About<'_>, entry: &Entry, stopwatch: &mut Stopwatch) -> Result<Proposed, Vec<Exception>> {
        let Some(Model { mandate, auditor }) = self.models.get(entry.model.as_str()) else {
            let told = Diagnostic::error(
                Code::UNKNOWN_NAME,
                format!("row {} has the model `{}`, which book.toml does not name", about.row, entry.model),
            );
            let known: Vec<&str> = self.models.keys().copied().collect();
            return Err(vec![about.exception(ExceptionKind::Input, &told.help(format!("use one of: {}", known.join(", "))))]);
        };
        let Entry { household, holdings, flows, sold, history, .. } = entry;
        let subject = Subject { household, holdings, flows, sold, history: *history };
        let proposal = mandate.propose(&subject, Provenance::default());
        stopwatch.lap(Stage::Propose);
        let proposal = proposal.map_err(|told| exceptions_of(about, ExceptionKind::Input, &told))?;
        let tax = proposal.ways.iter().find(|way| way.name == proposal.chosen).map(|way| way.tax_after_netting.unwrap_or(way.tax));
        let about = About { value: Some(proposal.value_with_flows), tax, ..*about };
        let short = cash_not_raised(&proposal);
        if !short.is_empty() {
            return Err(exceptions_of(&about, ExceptionKind::Cash, &short));
        }
        let objections = audited(mandate, auditor, entry, &proposal);
        stopwatch.lap(Stage::Audit);
        if !objections.is_empty() {
            return Err(exceptions_of(&about, ExceptionKind::Defect, &objections));
        }
        let untaxed = returns_not_made(household, &proposal).into_iter().map(|told| about.exception(ExceptionKind::Tax, &told));
        let warned = entry.warnings.iter().map(|told| about.exception(ExceptionKind::Warning, told));
        let broken = proposal.checks.iter().filter(|check| check.status_after == Status::Broken).filter_map(|check| broken(&about, check));
        Ok(Proposed { exceptions: untaxed.chain(warned).chain(broken).collect(), proposal })
    }
}

/// Does work on one household: a panic is a defect of this household alone.
fn contained<T>(about: &About<'_>, work: impl FnOnce() -> Result<T, Vec<Exception>>) -> Result<T, Vec<Exception>> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let told = Diagnostic::error(Code::DEFECT, "the computation ended abruptly");
        let told = told.help("this is a defect of Evenkeel: report it with the rows of the household");
        Err(vec![about.exception(ExceptionKind::Defect, &told)])
    })
}

fn exceptions_of(about: &About<'_>, kind: ExceptionKind, told: &[Diagnostic]) -> Vec<Exception> {
    told.iter().filter(|told| told.is_error()).map(|told| about.exception(kind, told)).collect()
}

fn broken(about: &About<'_>, check: &Check) -> Option<Exception> {
    let kind = if check.refuses() { ExceptionKind::Refused } else { ExceptionKind::Limit };
    Some(about.exception(kind, &check.diagnostic()?))
}

/// Accounts from which more is to go out than they can raise.
fn cash_not_raised(proposal: &Proposal) -> Vec<Diagnostic> {
    let short = proposal.cash.iter().filter(|line| line.flows.is_negative() && line.after.is_negative());
    let told = short.map(|line| {
        let (out, missing) = (words::amount(line.flows.abs()), words::amount(line.after.abs()));
        let message = format!("{out} are to go out of the account `{}`, which is {missing} more than can be raised in it", line.account);
        Diagnostic::error(Code::CASH_NOT_RAISED, message).help("withdraw less, or from another account")
    });
    told.collect()
}

/// Tax returns of taxable accounts that cannot be made. Gains of pools, which no trade is chosen for, are only noted.
fn returns_not_made(household: &Household, proposal: &Proposal) -> Vec<Diagnostic> {
    // The proposal notes why a return is missing, and hardly any has to be asked about again.
    if proposal.taxes.notes.is_empty() {
        return Vec::new();
    }
    let taxable = household.accounts.iter().filter(|account| account.tax_treatment == TaxTreatment::Taxable);
    let owners = taxable.filter_map(|account| household.owner(&account.owner)).filter(|owner| sells_lots(owner));
    let errors = owners.filter_map(|owner| {
        let year = tax_year(owner, proposal.as_of);
        year.and_then(|year| YearTax::new(household, &owner.id, year).map(|_| ())).err().map(|error| error.to_string())
    });
    let errors: BTreeSet<String> = errors.collect();
    let told = errors.into_iter().map(|error| {
        let help = "correct the rows of the owner; until then the tax of each trade is told at marginal rates, and nothing is netted";
        Diagnostic::error(Code::TAX_RULES, error).help(help)
    });
    told.collect()
}

/// What the auditor says.
fn audited(mandate: &Mandate<'_>, auditor: &Auditor<'_>, entry: &Entry, proposal: &Proposal) -> Vec<Diagnostic> {
    let facts = Facts {
        policy: mandate.policy,
        universe: mandate.universe,
        market: mandate.market,
        assumptions: mandate.assumptions,
        household: &entry.household,
        holdings: &entry.holdings,
        flows: &entry.flows,
        sold: &entry.sold,
    };
    match audit_by(auditor, &facts, proposal) {
        Ok(objections) => objections.iter().map(crate::command::rebalance::objected).collect(),
        Err(error) => vec![Diagnostic::error(Code::AMOUNT_TOO_LARGE, format!("the proposal cannot be audited: {error}"))],
    }
}

fn too_large(shard: &str, error: &str) -> Box<Diagnostic> {
    let message = format!("what {shard} comes to cannot be counted: {error}");
    Box::new(Diagnostic::error(Code::AMOUNT_TOO_LARGE, message).help("check quantities and prices"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_exception_of_one_household() {
        let about = About { household: "smith", shard: "shards/0.parquet", row: 7, value: None, tax: None };
        let told = contained(&about, || -> Result<(), _> { panic!("a defect") }).unwrap_err();
        assert_eq!((told.len(), told[0].kind, told[0].row, told[0].code.as_str()), (1, ExceptionKind::Defect, 7, "EK0912"));
        assert_eq!(contained(&about, || Ok(1)), Ok(1));
    }
}
