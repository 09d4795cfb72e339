//! A whole run: every shard of a book, resumed where an earlier run was cut short.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::num::NonZero;
use std::path::Path;
use std::time::Instant;

use evenkeel::diagnostic::{Code, Diagnostic, has_errors};
use evenkeel_io::book::{self, Book, ShardEntry, check_boundary};
use evenkeel_io::source::Source;
use serde_json::json;

use crate::command::rebalance::PlannerName;
use crate::workers;

use super::exception::Exception;
use super::kernel::{Kernel, Models};
use super::metrics::{Metrics, Stage, Stopwatch};
use super::receipt::{Compare, Manifest, Receipt, SCHEMA_VERSION, Totals};
use super::store::{LOG_FILE, Store};

/// Exceptions that a report shows: more than anybody looks at before the first are mended.
pub const RANKED: usize = 100;

/// What is to be run.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    /// The folder of the book.
    pub book: &'a Path,
    /// The folder of the run.
    pub into: &'a Path,
    /// The ways that proposals compare.
    pub compare: Compare,
    /// Which planner makes the trades; without it, the one that each policy names.
    pub planner: Option<PlannerName>,
    /// Threads that work.
    pub threads: NonZero<usize>,
}

/// How far a run is.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Shards that are done, of how many.
    pub shards: (usize, usize),
    /// Accounts of the shards that are done.
    pub accounts: usize,
}

/// A run that was published.
#[derive(Debug)]
pub struct Run {
    /// What was published.
    pub manifest: Manifest,
    /// Shards that an earlier run had done.
    pub resumed: usize,
    /// The gravest exceptions.
    pub ranked: Vec<Exception>,
    /// What it used.
    pub metrics: Metrics,
    /// What should be known of the book.
    pub warnings: Vec<Diagnostic>,
}

/// One shard that is done.
struct Done {
    receipt: Receipt,
    is_resumed: bool,
    stopwatch: Stopwatch,
}

/// Decides on a book and publishes the result.
///
/// # Errors
/// All diagnostics, at least one of them an error. Nothing is then published, and shards that are done stay so.
pub fn run(job: &Job<'_>, mut progress: impl FnMut(&Progress)) -> Result<Run, Vec<Diagnostic>> {
    let start = Instant::now();
    let opened = book::open(job.book);
    let mut warnings = opened.diagnostics;
    let Some(mut book) = opened.value else { return Err(warnings) };
    if let Some(planner) = job.planner {
        book.policies.iter_mut().for_each(|(_, policy)| planner.set(policy));
    }
    let (models, judged) = Models::new(&book)?;
    warnings.extend(judged);
    let kernel = models.kernel(job.compare);
    let store = Store::open(job.into).map_err(|told| vec![*told])?;
    let mut log = Log::open(&store, start).map_err(|told| vec![*told])?;
    let shards = &book.manifest.shards;
    log.write(&json!({ "event": "start", "version": env!("CARGO_PKG_VERSION"), "shards": shards.len(), "threads": job.threads }));
    let (mut done, mut accounts) = (0, 0);
    let work = |index: usize| shards.get(index).map(|entry| one(job, &book, &kernel, &store, (index, entry)));
    let outcomes = workers::share(job.threads, shards.len(), work, |outcome| {
        done += 1;
        if let Some(Ok(shard)) = outcome {
            accounts += shard.receipt.totals.accounts;
            let Receipt { shard: file, totals, .. } = &shard.receipt;
            log.write(&json!({
                "event": "shard", "shard": file, "resumed": shard.is_resumed, "households": totals.households, "accounts": totals.accounts,
                "lots": totals.lots, "proposals": totals.proposals, "exceptions": totals.exceptions, "content": totals.content,
            }));
        } else if let Some(Err(told)) = outcome {
            // The message may name a household.
            log.write(&json!({ "event": "refused", "code": told.code }));
        }
        progress(&Progress { shards: (done, shards.len()), accounts });
    });
    let finished = gathered(outcomes.into_iter().flatten().collect())?;
    let manifest = manifest(job, &book, &finished)?;
    store.publish(&manifest).map_err(|told| vec![*told])?;
    let ranked = ranked(&store, &manifest)?;
    let (mut stopwatch, mut decided) = (Stopwatch::start(), 0);
    for shard in finished.iter().filter(|shard| !shard.is_resumed) {
        stopwatch.add(&shard.stopwatch);
        decided += shard.receipt.totals.accounts;
    }
    let metrics = Metrics::since(start, job.threads.get(), decided, &stopwatch);
    log.write(&json!({ "event": "published", "totals": manifest.totals, "metrics": metrics }));
    Ok(Run { resumed: finished.iter().filter(|shard| shard.is_resumed).count(), manifest, ranked, metrics, warnings })
}

/// Does one shard, unless an earlier run has.
fn one(
    job: &Job<'_>,
    book: &Book,
    kernel: &Kernel<'_>,
    store: &Store,
    (index, entry): (usize, &ShardEntry),
) -> Result<Done, Box<Diagnostic>> {
    let mut stopwatch = Stopwatch::start();
    let source = book::read_bytes(job.book, entry)?;
    let made_of = made_of(job, book, entry, &source);
    if let Some(receipt) = store.finished(index, &made_of) {
        return Ok(Done { receipt, is_resumed: true, stopwatch });
    }
    let columns = book::read_shard(&source, entry, &book.universe)?;
    drop(source);
    stopwatch.lap(Stage::Read);
    let decided = kernel.decide(&entry.file, &columns)?;
    stopwatch.add(&decided.stopwatch);
    let (first, last) = columns.span().unwrap_or_default();
    let receipt = Receipt {
        schema_version: SCHEMA_VERSION,
        shard: entry.file.clone(),
        first: first.to_owned(),
        last: last.to_owned(),
        proposals: store.put_proposals(index, &made_of, decided.proposals)?,
        exceptions: store.put_exceptions(index, &made_of, &decided.exceptions)?,
        totals: decided.totals,
        made_of,
    };
    store.put_receipt(index, &receipt)?;
    Ok(Done { receipt, is_resumed: false, stopwatch })
}

/// SHA-256 of all that a shard's result is made of.
fn made_of(job: &Job<'_>, book: &Book, entry: &ShardEntry, source: &Source) -> String {
    let mut text =
        format!("evenkeel {}\nreceipt {SCHEMA_VERSION}\ncompare {:?}\nplanner {:?}\n", env!("CARGO_PKG_VERSION"), job.compare, job.planner);
    let shared = book.hashes.iter().filter(|(name, _)| name != book::MANIFEST_FILE).map(|(name, hash)| (name, hash));
    for (name, hash) in shared.chain([(&entry.file, &source.sha256)]) {
        let _ = writeln!(text, "{name} {hash}");
    }
    Source::new("", text.into_bytes()).sha256
}

/// All shards, or what keeps some from being done.
fn gathered(outcomes: Vec<Result<Done, Box<Diagnostic>>>) -> Result<Vec<Done>, Vec<Diagnostic>> {
    let (mut finished, mut told) = (Vec::with_capacity(outcomes.len()), Vec::new());
    for outcome in outcomes {
        match outcome {
            Ok(done) => finished.push(done),
            Err(refused) => told.push(*refused),
        }
    }
    let spans: Vec<&Receipt> = finished.iter().map(|done| &done.receipt).filter(|receipt| receipt.totals.households > 0).collect();
    for pair in spans.windows(2).filter(|_| told.is_empty()) {
        if let [one, next] = pair
            && let Err(straddling) = check_boundary((&one.shard, &one.last), (&next.shard, &next.first))
        {
            return Err(vec![*straddling]);
        }
    }
    if has_errors(&told) { Err(told) } else { Ok(finished) }
}

fn manifest(job: &Job<'_>, book: &Book, finished: &[Done]) -> Result<Manifest, Vec<Diagnostic>> {
    let mut totals = Totals::default();
    for done in finished {
        totals.add(&done.receipt.totals).map_err(|error| {
            vec![
                Diagnostic::error(Code::AMOUNT_TOO_LARGE, format!("the book as a whole cannot be counted: {error}"))
                    .help("check its prices"),
            ]
        })?;
    }
    Ok(Manifest {
        schema_version: SCHEMA_VERSION,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        book: job.book.display().to_string(),
        as_of: book.facts.as_of,
        compare: job.compare,
        planner: job.planner,
        inputs: book.hashes.clone(),
        shards: finished.iter().map(|done| done.receipt.clone()).collect(),
        totals,
    })
}

/// The gravest exceptions of all shards.
fn ranked(store: &Store, manifest: &Manifest) -> Result<Vec<Exception>, Vec<Diagnostic>> {
    let mut gravest = Vec::new();
    for receipt in &manifest.shards {
        gravest.extend(store.exceptions(receipt).map_err(|told| vec![*told])?);
        gravest = Exception::ranked(gravest, RANKED);
    }
    Ok(gravest)
}

/// JSON lines of what happened, without the name of any account or household.
struct Log {
    file: File,
    start: Instant,
}

impl Log {
    fn open(store: &Store, start: Instant) -> Result<Self, Box<Diagnostic>> {
        let path = store.path(LOG_FILE);
        let file = OpenOptions::new().create(true).append(true).open(&path).map_err(|error| {
            let told = Diagnostic::error(Code::OUTPUT, format!("`{}` cannot be written: {error}", path.display()));
            Box::new(told.help("check the path, the permissions and the space left"))
        })?;
        Ok(Self { file, start })
    }

    /// Writes a line. A log that cannot be written keeps no run from its result.
    fn write(&mut self, event: &serde_json::Value) {
        let mut line = json!({ "seconds": self.start.elapsed().as_secs_f64() });
        if let (Some(line), Some(event)) = (line.as_object_mut(), event.as_object()) {
            line.extend(event.clone());
        }
        let _ = writeln!(self.file, "{line}");
    }
}
