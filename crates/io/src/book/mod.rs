//! Books of many accounts: a folder of what all share, and shards of households.
//!
//! | file | what |
//! |---|---|
//! | `book.toml` | its name, the day it is of, and the policy of each model |
//! | `instruments.csv`, `prices.csv` | as of one household; `fx.csv` and `assumptions.toml` where they are needed |
//! | `policies/*.toml` | the policies that `book.toml` names |
//! | `shards.json` | the manifest: every shard, in order |
//! | `shards/*.parquet` | one row an account, its lots nested ([`FIELDS`]) |
//!
//! Readers follow the manifest and never list a folder. The unit of decision is the household: its rows
//! stand together and never lie in two shards, which is checked.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use evenkeel::assumptions::Assumptions;
use evenkeel::diagnostic::{Code, Diagnostic, SourceText, has_errors};
use evenkeel::document::{self, Parsed, Table, Value};
use evenkeel::index::{Constituents, FactorRisk};
use evenkeel::market::{FxHistory, NamedPanel, PriceHistory};
use evenkeel::policy::{Policy, check_universe};
use evenkeel_ledger::date::Date;
use evenkeel_ledger::instrument::Universe;

use crate::folder::{self, Options, Paths};
use crate::prices::contained;
use crate::source::{Source, is_there};

mod columns;

mod decode;

mod entry;

mod flat;

mod households;

mod leaf;

mod manifest;

mod page;

mod shard;

mod warnings;

pub mod generate;

pub mod proposals;

pub use columns::{Column, Columns, Dates, Decimals, LotNames, Lots, Offsets, Symbol, Texts};
pub use entry::{Entry, Reading};
pub use households::check_boundary;
pub use manifest::{Manifest, ShardEntry};
pub(crate) use page::page;
pub use shard::{AccountRow, FIELDS, Field, Kind, LotRow, Place, SCHEMA_VERSION, ShardWriter};

/// The book's own file.
pub const BOOK_FILE: &str = "book.toml";
/// The manifest.
pub const MANIFEST_FILE: &str = "shards.json";

/// What `book.toml` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Name for people.
    pub name: String,
    /// The day that it is of.
    pub as_of: Date,
    /// The file of each model's policy, below the book's folder.
    pub models: Vec<(String, String)>,
    /// Of what it was made, where it is synthetic.
    pub generated: Option<Generated>,
}

/// Of what a synthetic book was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// The seed.
    pub seed: u64,
    /// Version of the program that made it.
    pub version: String,
}

/// A book, but for its shards.
#[derive(Debug, Clone)]
pub struct Book {
    /// What `book.toml` says.
    pub facts: Facts,
    /// What may be held.
    pub universe: Universe,
    /// Prices over time.
    pub prices: PriceHistory,
    /// Exchange rates over time.
    pub fx: FxHistory,
    /// What is believed.
    pub assumptions: Option<Assumptions>,
    /// What indices are made of.
    pub constituents: Option<Constituents>,
    /// How their names move together.
    pub factor_risk: Option<FactorRisk>,
    /// Prices of all dates, where weights are optimized from them.
    pub history: Option<NamedPanel>,
    /// The policy of each model, in the order of `book.toml`.
    pub policies: Vec<(String, Policy)>,
    /// Its shards.
    pub manifest: Manifest,
    /// SHA-256 of each file but the shards, by name, in the order of names.
    pub hashes: Vec<(String, String)>,
}

/// Opens a book: everything but the shards.
pub fn open(folder: &Path) -> Parsed<Book> {
    let mut opening = Opening { folder, diagnostics: Vec::new(), hashes: Vec::new() };
    let value = opening.book();
    let diagnostics = opening.diagnostics;
    Parsed { value: value.filter(|_| !has_errors(&diagnostics)), diagnostics }
}

/// The keys of `book.toml`, in Markdown.
fn keys() -> String {
    document::reference(read_facts).to_markdown()
}

/// A shard in memory, and the SHA-256 of its bytes.
#[derive(Debug)]
pub struct Shard {
    /// Its columns.
    pub columns: Columns,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// Reads a shard's bytes.
///
/// # Errors
/// Where the file is missing or not the one that the manifest means.
pub fn read_bytes(folder: &Path, entry: &ShardEntry) -> Result<Source, Box<Diagnostic>> {
    let source = Source::open(&folder.join(&entry.file))?;
    match &entry.sha256 {
        Some(expected) if *expected != source.sha256 => {
            let message = format!("{} has the SHA-256 {}, and {MANIFEST_FILE} says {expected}", source.file, source.sha256);
            let told = Diagnostic::error(Code::BOOK, message);
            Err(Box::new(told.help("restore the shard, or write the manifest anew if the shard is right")))
        }
        _ => Ok(source),
    }
}

/// Reads the columns of a shard and checks them against the manifest.
///
/// # Errors
/// What keeps the shard as a whole from being used. Broken cells are told when their household is read.
pub fn read_shard(source: &Source, entry: &ShardEntry, universe: &Universe) -> Result<Columns, Box<Diagnostic>> {
    let decoded = contained(|| Ok(decode::decode(&source.file, Bytes::copy_from_slice(&source.bytes), universe)));
    let unreadable = |error: parquet::errors::ParquetError| {
        let message = format!("{} is not a Parquet file that can be read: {error}", source.file);
        Box::new(Diagnostic::error(Code::UNREADABLE, message).help("write the shard again: it may have been cut short"))
    };
    let columns = match decoded {
        Ok(Ok(columns)) => columns,
        Ok(Err(decode::Refusal::Told(told))) => return Err(told),
        Ok(Err(decode::Refusal::Unreadable(error))) | Err(error) => return Err(unreadable(error)),
    };
    entry.check(&source.file, &columns)?;
    Ok(columns)
}

struct Opening<'a> {
    folder: &'a Path,
    diagnostics: Vec<Diagnostic>,
    hashes: Vec<(String, String)>,
}

impl Opening<'_> {
    fn book(&mut self) -> Option<Book> {
        let facts = self.text(BOOK_FILE, |text| document::read(text, read_facts))?;
        let shared = self.shared(&facts)?;
        let universe = shared.universe?;
        let policies = facts.models.iter().filter_map(|(model, file)| {
            let policy = self.text(file, Policy::parse)?;
            self.diagnostics.extend(check_universe(&policy, &universe));
            Some((model.clone(), policy))
        });
        let policies: Vec<(String, Policy)> = policies.collect();
        // What is wrong with the file has been told.
        let informed = policies.iter().find(|(_, policy)| policy.needs_history());
        let history = informed.and_then(|(_, policy)| {
            let panel = folder::load_panel(&self.paths())?.value?;
            Some(panel.total_return(&universe, &[], &shared.fx, policy.base_currency).0)
        });
        let manifest = self.text(MANIFEST_FILE, Manifest::read)?;
        let mut hashes = shared.hashes;
        hashes.append(&mut self.hashes);
        hashes.sort();
        Some(Book {
            facts,
            universe,
            prices: shared.prices?,
            fx: shared.fx,
            assumptions: shared.assumptions,
            constituents: shared.constituents,
            factor_risk: shared.factor_risk,
            history,
            policies,
            manifest,
            hashes,
        })
    }

    /// Where the files are that all households share.
    fn paths(&self) -> Paths {
        let at = |name: &str| self.folder.join(name);
        let there = |name: &str| Some(at(name)).filter(|path| is_there(path));
        Paths {
            instruments: Some(at("instruments.csv")),
            prices: there("prices.parquet").or_else(|| Some(at("prices.csv"))),
            fx: there("fx.csv"),
            assumptions: there("assumptions.toml"),
            constituents: there("constituents.csv"),
            factors: there("factors.csv"),
            exposures: there("exposures.csv"),
            ..Paths::default()
        }
    }

    /// Instruments, prices, exchange rates and beliefs.
    fn shared(&mut self, facts: &Facts) -> Option<folder::Inputs> {
        let read = folder::load(&self.paths(), Options { as_of: facts.as_of, price_kind: None, study: false, settings: &[], past: false });
        self.diagnostics.extend(read.diagnostics);
        let shared = read.value?;
        if shared.prices.as_ref().is_some_and(|prices| !prices.kind.suits_lots()) {
            let message = "lots are to be valued on prices that nobody paid: gains and taxes would be wrong";
            self.diagnostics.push(Diagnostic::error(Code::PRICES_NOT_PAID, message).help("use raw or split-adjusted prices"));
        }
        Some(shared)
    }

    /// Opens a text file below the folder and reads it.
    fn text<T>(&mut self, name: &str, read: impl FnOnce(SourceText<'_>) -> Parsed<T>) -> Option<T> {
        let source = match Source::open(&self.folder.join(name)) {
            Ok(source) => source,
            Err(told) => {
                self.diagnostics.push(*told);
                return None;
            }
        };
        self.hashes.push((name.to_owned(), source.sha256.clone()));
        let parsed = match source.text() {
            Ok(text) => read(text),
            Err(told) => Parsed { value: None, diagnostics: vec![*told] },
        };
        self.diagnostics.extend(parsed.diagnostics);
        parsed.value
    }
}

fn read_facts(root: &Table<'_>) -> Option<Facts> {
    root.schema_version(1);
    let name = root.key("name", "Name of the book, for people.").text().required();
    let as_of = root.key("as_of", "The day that the book is of: what is held at its end, and the day of decisions.").date().required();
    let models = root
        .key("models", "The policy of each model, a file below the folder: `{ growth = \"policies/growth.toml\" }`.")
        .entries("table of files", |model, file| Some((model.to_owned(), policy_file(file)?)))
        .required();
    let generated = root.optional_table("generated", "Of what a synthetic book was made; `evenkeel generate` writes it.", |table| {
        let seed = table.key("seed", "The seed.").integer::<u64>().required();
        let version = table.key("version", "Version of the program that made it.").text().required();
        Some(Generated { seed: seed?, version: version? })
    });
    Some(Facts { name: name?, as_of: as_of?, models: models?, generated: generated.flatten() })
}

fn policy_file(value: Value<'_>) -> Option<String> {
    let file = value.name()?;
    if is_below(&file) {
        return Some(file);
    }
    value.refuse(Code::OUT_OF_RANGE, "is not a file below the book's folder", "write a path such as policies/growth.toml")
}

/// Whether a path stays below the folder that it starts from.
pub(crate) fn is_below(path: &str) -> bool {
    let path = PathBuf::from(path);
    path.is_relative() && path.components().all(|part| matches!(part, std::path::Component::Normal(_)))
}
