//! [`World`]: the households of a generated book, and what is believed of the market.

use std::fs;
use std::path::Path;

use evenkeel::assumptions::Assumptions;
use evenkeel::diagnostic::{Diagnostic, SourceText};
use evenkeel::market::{MarketSnapshot, snapshot};
use evenkeel::policy::Policy;
use evenkeel_io::book::generate::{Generator, Plan};
use evenkeel_io::book::{self, Book, Entry, MANIFEST_FILE, Manifest, Reading};
use evenkeel_io::{assumptions, write};
use evenkeel_ledger::account::TaxTreatment;
use evenkeel_ledger::date::Date;

use super::Failure;

const ASSUMPTIONS: &str = include_str!("assumptions.toml");

/// Households and beliefs; the same for a seed, and the first households the same for any number of them.
pub(crate) struct World {
    pub(crate) book: Book,
    pub(crate) assumptions: Assumptions,
    pub(crate) start: MarketSnapshot,
    /// Households with a taxable account: of the others no planner changes any tax.
    pub(crate) entries: Vec<Entry>,
}

impl World {
    /// Generates a book into a folder and takes its first households that have a taxable account.
    pub(crate) fn generate(folder: &Path, seed: u64, households: usize) -> Result<Self, Failure> {
        let as_of = Date::new(2026, 6, 30)?;
        // Some 85 % of the households have a taxable account.
        let drawn = u64::try_from(households + households / 2 + 8)?;
        let generator = Generator::new(Plan { households: drawn, seed, shards: 1, as_of, broken: 0.0 })?;
        for below in ["policies", "shards"] {
            fs::create_dir_all(folder.join(below))?;
        }
        for (name, text) in generator.files(env!("CARGO_PKG_VERSION")) {
            write::whole(&folder.join(name), text.as_bytes())?;
        }
        let (entry, bytes) = generator.shard(0)?;
        write::whole(&folder.join(&entry.file), &bytes)?;
        write::whole(&folder.join(MANIFEST_FILE), serde_json::to_string_pretty(&Manifest::new(vec![entry]))?.as_bytes())?;
        let opened = book::open(folder);
        let book = opened.value.ok_or_else(|| told(&opened.diagnostics))?;
        let believed = assumptions::read(SourceText { file: "assumptions.toml", text: ASSUMPTIONS }, as_of);
        let assumptions = believed.value.ok_or_else(|| told(&believed.diagnostics))?;
        let (_, first) = book.policies.first().ok_or("the book has no policy")?;
        let (start, _) = snapshot(&book.prices, &book.universe, &book.fx, as_of, &first.prices);
        let mut entries = entries(folder, &book)?;
        entries.truncate(households);
        Ok(Self { book, assumptions, start, entries })
    }

    /// The policy by which a household is run.
    pub(crate) fn policy(&self, entry: &Entry) -> Result<&Policy, Failure> {
        let named = self.book.policies.iter().find(|(name, _)| *name == entry.model);
        Ok(named.map(|(_, policy)| policy).ok_or("a household names a policy that the book has not")?)
    }
}

fn entries(folder: &Path, book: &Book) -> Result<Vec<Entry>, Failure> {
    let mut entries = Vec::new();
    for shard in &book.manifest.shards {
        let columns = book::read_shard(&book::read_bytes(folder, shard).map_err(|one| told(&[*one]))?, shard, &book.universe)
            .map_err(|one| told(&[*one]))?;
        let reading = Reading { columns: &columns, universe: &book.universe, as_of: book.facts.as_of };
        for rows in columns.households(&shard.file).map_err(|one| told(&[*one]))? {
            let entry = reading.entry(rows).map_err(|all| told(&all))?;
            let is_taxable = entry.household.accounts.iter().any(|account| account.tax_treatment == TaxTreatment::Taxable);
            entries.extend(Some(entry).filter(|_| is_taxable));
        }
    }
    Ok(entries)
}

/// What diagnostics say, as one failure.
pub(crate) fn told(diagnostics: &[Diagnostic]) -> Failure {
    diagnostics.iter().map(|one| one.message.clone()).collect::<Vec<_>>().join("; ").into()
}
