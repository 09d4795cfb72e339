//! `evenkeel batch`: proposals for a book of many accounts.

use std::num::NonZero;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use evenkeel_io::page::Page;

use crate::batch::metrics::Metrics;
use crate::batch::receipt::GAPS;
use crate::batch::run::{Job, Run, run as run_book};
use crate::batch::store::MANIFEST_FILE;
use crate::batch::{Compare, Exception, ExceptionKind, Totals};
use crate::evidence::About;
use crate::exit::Status;
use crate::progress::Meter;
use crate::render::number::{amount, count, counted, percent, rounded};
use crate::render::sections::UNKNOWN;
use crate::render::table::{Column, Table};
use crate::workers;

use super::rebalance::PlannerName;
use super::{Document, Outcome};

/// Exceptions that the text shows.
const SHOWN: usize = 10;

/// Arguments of `evenkeel batch`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The folder of the book: docs/reference/books.md.
    pub book: PathBuf,
    /// The folder for proposals, exceptions and the manifest. A run that was cut short goes on there: what is done and made
    /// of the same is not done again.
    #[arg(long, value_name = "DIR")]
    pub into: PathBuf,
    /// The ways that each proposal compares with the chosen one.
    #[arg(long, value_name = "WAYS", default_value = "all")]
    pub compare: Compare,
    /// Which planner makes the trades, whatever the policies say.
    #[arg(long, value_name = "PLANNER")]
    pub planner: Option<PlannerName>,
    /// How many threads work; without it, as many as the machine runs at once. The result does not depend on it.
    #[arg(long, value_name = "NUMBER")]
    pub threads: Option<NonZero<usize>>,
}

/// What a run came to.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BatchReport {
    /// The book.
    pub book: String,
    /// The manifest that was published.
    pub manifest: String,
    /// Number of shards.
    pub shards: usize,
    /// Shards that an earlier run had done.
    pub resumed: usize,
    /// Counts and sums.
    pub totals: Totals,
    /// The gravest exceptions: defects first, then by value at stake.
    pub ranked: Vec<Exception>,
    /// What the run used.
    pub metrics: Metrics,
}

/// Decides on a book.
pub fn run(arguments: &Arguments) -> Outcome {
    let threads = arguments.threads.unwrap_or_else(workers::available);
    let job = Job { book: &arguments.book, into: &arguments.into, compare: arguments.compare, planner: arguments.planner, threads };
    let mut meter = Meter::start();
    let done = run_book(&job, |progress| {
        let (shards, of) = progress.shards;
        #[expect(clippy::cast_precision_loss, reason = "shown to a few digits")]
        let (share, accounts) = (shards as f64 / of.max(1) as f64, progress.accounts as f64);
        let rate = |seconds: f64| rounded(accounts / seconds, 0);
        meter.tell(share, |seconds| format!("{shards} of {of} shards, {} accounts, {} a second", count(progress.accounts), rate(seconds)));
    });
    drop(meter);
    match done {
        Ok(run) => report(arguments, run),
        Err(told) => Outcome::invalid(told),
    }
}

fn report(arguments: &Arguments, run: Run) -> Outcome {
    let Run { manifest, resumed, ranked, metrics, warnings } = run;
    let status = if manifest.totals.exceptions_of(ExceptionKind::Defect) > 0 { Status::Defect } else { Status::Done };
    let report = BatchReport {
        book: manifest.book,
        manifest: arguments.into.join(MANIFEST_FILE).display().to_string(),
        shards: manifest.shards.len(),
        resumed,
        totals: manifest.totals,
        ranked,
        metrics,
    };
    Outcome { status, diagnostics: warnings, document: Some(Box::new(report)) }
}

/// A kind of exception in words.
const fn name(kind: ExceptionKind) -> &'static str {
    match kind {
        ExceptionKind::Defect => "defect of Evenkeel",
        ExceptionKind::Cash => "cash not raised",
        ExceptionKind::Refused => "hard limit",
        ExceptionKind::Input => "input",
        ExceptionKind::Tax => "tax return",
        ExceptionKind::Warning => "warning",
        ExceptionKind::Limit => "limit still broken",
    }
}

impl Document for BatchReport {
    fn page(&self) -> Page {
        let Totals { households, accounts, lots, proposals, trading, trades, exceptions, sums, .. } = &self.totals;
        let mut page = Page::new();
        let (households, accounts, lots) = (counted(*households, "household"), counted(*accounts, "account"), counted(*lots, "lot"));
        let decided = format!("{}, of which {} trade: {}", counted(*proposals, "proposal"), count(*trading), counted(*trades, "trade"));
        page.heading(format!("Book {}", self.book)).remark(format!("{households} with {accounts} and {lots}")).remark(decided);
        let mut table = Table::new(["Currency", "Value", "Bought", "Sold", "Costs", "Tax"].map(Column::Number));
        for (currency, sums) in sums {
            let amounts = [sums.value, sums.bought, sums.sold, sums.costs, sums.tax].map(|sum| rounded(evenkeel::boundary::to_f64(sum), 2));
            table.row(std::iter::once(currency.into()).chain(amounts));
        }
        page.table("Sums", table);
        let joint: usize = self.totals.gaps.iter().sum();
        if joint > 0 {
            let mut table = Table::new([Column::Name("Gap of joint decisions"), Column::Number("Number"), Column::Number("Share so far")]);
            let mut so_far = 0;
            for (within, number) in GAPS.iter().map(Some).chain([None]).zip(self.totals.gaps) {
                so_far += number;
                #[expect(clippy::cast_precision_loss, reason = "shown to a few digits")]
                let share = percent(so_far as f64 / joint as f64);
                let name = within.map_or_else(|| "more, or not proven".to_owned(), |within| format!("at most {within} bp"));
                table.row([name.into(), count(number), share]);
            }
            page.table("How far from the best there is", table);
        }
        let mut table = Table::new([Column::Name("Exceptions"), Column::Number("Number")]);
        for (kind, number) in exceptions {
            table.row([name(*kind).into(), count(*number)]);
        }
        page.table("Exceptions by kind", table);
        let mut table = Table::new([
            Column::Name("Kind"),
            Column::Name("Household"),
            Column::Number("Value"),
            Column::Number("Row"),
            Column::Text("What"),
        ]);
        for exception in self.ranked.iter().take(SHOWN) {
            let value = exception.value.map_or_else(|| UNKNOWN.into(), amount);
            let cells =
                [name(exception.kind).into(), (&exception.household).into(), value, count(exception.row), (&exception.message).into()];
            table.row(cells);
        }
        page.table("The gravest", table);
        let Metrics { wall_seconds, accounts_a_second, peak_megabytes, .. } = self.metrics;
        let memory = peak_megabytes.map_or_else(String::new, |peak| format!(", {} MB at most", rounded(peak, 0)));
        let resumed = if self.resumed > 0 { format!(", of which {} were done before", count(self.resumed)) } else { String::new() };
        page.heading("Published").remark(format!("{} in {}{resumed}", self.manifest, counted(self.shards, "shard")));
        page.remark(format!("{} s, {} accounts a second{memory}", rounded(wall_seconds, 1), rounded(accounts_a_second, 0)));
        page
    }

    fn about(&self) -> About {
        About { of: format!("Book {}", self.book), as_of: None }
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
