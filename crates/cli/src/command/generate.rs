//! `evenkeel generate`: a synthetic book of any size, the same from a seed each time.

use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};

use clap::Args;
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel_io::book::generate::{Generator, Plan};
use evenkeel_io::book::{MANIFEST_FILE, Manifest, ShardEntry};
use evenkeel_io::page::Page;
use evenkeel_io::write;
use evenkeel_ledger::date::Date;
use serde::Serialize;

use crate::render::number::counted;
use crate::workers;

use super::{Document, Outcome};

/// Households of a shard where the number of shards is not given: some 8,000 accounts.
const HOUSEHOLDS_A_SHARD: u64 = 4_000;

/// Arguments of `evenkeel generate`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// How many households: each has one to four accounts of some 30 lots.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub households: u64,
    /// The seed: the same one gives the same book, bit by bit.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u64,
    /// A folder that is empty, or missing and then made.
    #[arg(long, value_name = "DIR")]
    pub into: PathBuf,
    /// Over how many shards households are spread; without it, 4,000 to each.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub shards: Option<u64>,
    /// The day of the book.
    #[arg(long, value_name = "DATE", default_value = "2026-06-30")]
    pub as_of: Date,
    /// The share of households with a broken row, a fraction.
    #[arg(long, value_name = "FRACTION", default_value_t = 0.001)]
    pub broken: f64,
    /// How many threads work; without it, as many as the machine runs at once.
    #[arg(long, value_name = "NUMBER")]
    pub threads: Option<NonZero<usize>>,
}

/// What was written.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GeneratedBook {
    /// The folder.
    pub folder: String,
    /// Number of households.
    pub households: usize,
    /// Number of accounts.
    pub accounts: usize,
    /// Number of lots.
    pub lots: usize,
    /// Number of shards.
    pub shards: usize,
    /// Bytes of all shards.
    pub bytes: u64,
    /// A command to go on with.
    pub next: String,
}

/// Writes a book; the manifest last, so that a folder with one is a whole book.
pub fn run(arguments: &Arguments) -> Outcome {
    match generated(arguments) {
        Ok(book) => Outcome::done(book, Vec::new()),
        Err(told) => Outcome::invalid(vec![*told]),
    }
}

fn generated(arguments: &Arguments) -> Result<GeneratedBook, Box<Diagnostic>> {
    let Arguments { households, seed, as_of, broken, .. } = *arguments;
    let refuse = |message: String, help: &str| Box::new(Diagnostic::error(Code::ARGUMENT, message).help(help));
    if !(0.0..=1.0).contains(&broken) {
        return Err(refuse(
            format!("the share of broken households is {broken}"),
            "write a fraction from 0 to 1: 0.001 is one in a thousand",
        ));
    }
    let shards = arguments.shards.unwrap_or(households.div_ceil(HOUSEHOLDS_A_SHARD)).min(households);
    let generator = Generator::new(Plan { households, seed, shards, as_of, broken })
        .map_err(|error| refuse(format!("there is no book of {as_of}: {error}"), "name a day of this century"))?;
    let folder = &arguments.into;
    empty(folder)?;
    for (name, text) in generator.files(env!("CARGO_PKG_VERSION")) {
        put(&folder.join(name), text.as_bytes())?;
    }
    let jobs = usize::try_from(shards).unwrap_or(usize::MAX);
    let work = |job: usize| {
        let (entry, bytes) = generator
            .shard(u64::try_from(job).unwrap_or(u64::MAX))
            .map_err(|error| refuse(format!("a shard cannot be made: {error}"), "choose another seed"))?;
        put(&folder.join(&entry.file), &bytes)?;
        Ok((entry, u64::try_from(bytes.len()).unwrap_or(u64::MAX)))
    };
    let written = workers::share(arguments.threads.unwrap_or_else(workers::available), jobs, work, |_| ());
    let (entries, sizes): (Vec<ShardEntry>, Vec<u64>) =
        written.into_iter().collect::<Result<Vec<_>, Box<Diagnostic>>>()?.into_iter().unzip();
    let sum = |of: fn(&ShardEntry) -> Option<usize>| entries.iter().filter_map(of).sum();
    let book = GeneratedBook {
        folder: folder.display().to_string(),
        households: sum(|entry| entry.households),
        accounts: sum(|entry| entry.accounts),
        lots: sum(|entry| entry.lots),
        shards: entries.len(),
        bytes: sizes.iter().sum(),
        next: format!("evenkeel batch {} --into {}-proposals", folder.display(), folder.display()),
    };
    let manifest = serde_json::to_string_pretty(&Manifest::new(entries)).unwrap_or_default() + "\n";
    put(&folder.join(MANIFEST_FILE), manifest.as_bytes())?;
    Ok(book)
}

/// Makes the folders of a book; refuses one that holds anything.
fn empty(folder: &Path) -> Result<(), Box<Diagnostic>> {
    let shown = folder.display();
    let refuse = |code, message: String, help: &str| Box::new(Diagnostic::error(code, message).help(help));
    let unmade = |error: std::io::Error| refuse(Code::OUTPUT, format!("`{shown}` cannot be made: {error}"), "name another folder");
    fs::create_dir_all(folder).map_err(unmade)?;
    if fs::read_dir(folder).map_err(unmade)?.next().is_some() {
        return Err(refuse(Code::IN_THE_WAY, format!("`{shown}` is not empty"), "name a folder that is empty, or a new one"));
    }
    ["policies", "shards"].iter().try_for_each(|name| fs::create_dir(folder.join(name)).map_err(unmade))
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), Box<Diagnostic>> {
    write::whole(path, bytes).map_err(|error| {
        let message = format!("`{}` cannot be written: {error}", path.display());
        Box::new(Diagnostic::error(Code::OUTPUT, message).help("check the path, the permissions and the space left"))
    })
}

impl Document for GeneratedBook {
    fn page(&self) -> Page {
        #[expect(clippy::cast_precision_loss, reason = "shown to a digit")]
        let megabytes = self.bytes as f64 / 1e6;
        let (households, accounts) = (counted(self.households, "household"), counted(self.accounts, "account"));
        let mut page = Page::new();
        page.heading("A synthetic book");
        page.remark(format!("{} of {households}, with {accounts} and {}", self.folder, counted(self.lots, "lot")));
        page.remark(format!("{} of {megabytes:.1} MB together", counted(self.shards, "shard")));
        page.heading("Next").remark(&self.next);
        page
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
