//! [`Manifest`]: every shard of a book, in order.

use evenkeel::diagnostic::{Code, Diagnostic, SourceText};
use evenkeel::document::Parsed;
use serde::{Deserialize, Serialize};

use super::columns::Columns;
use super::{MANIFEST_FILE, is_below};

/// Version of the manifest's schema.
const SCHEMA_VERSION: u32 = 1;

/// Every shard of a book, in order: what is not listed is not of the book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of this document's schema.
    pub schema_version: u32,
    /// The shards, in ascending order of their households.
    pub shards: Vec<ShardEntry>,
}

/// One shard. Only the file must be named; the rest is checked where it is there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ShardEntry {
    /// The file, below the book's folder.
    pub file: String,
    /// Number of households.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub households: Option<usize>,
    /// Number of accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts: Option<usize>,
    /// Number of lots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lots: Option<usize>,
    /// SHA-256 of the file, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

impl Manifest {
    /// The shards of a book that is written.
    pub const fn new(shards: Vec<ShardEntry>) -> Self {
        Self { schema_version: SCHEMA_VERSION, shards }
    }

    pub(super) fn read(source: SourceText<'_>) -> Parsed<Self> {
        let refuse = |told: Diagnostic| Parsed { value: None, diagnostics: vec![told] };
        let manifest: Self = match serde_json::from_str(source.text) {
            Ok(manifest) => manifest,
            Err(error) => {
                let told = Diagnostic::error(Code::BOOK, format!("{} is not a manifest of shards: {error}", source.file));
                return refuse(told.help("write {\"schema_version\": 1, \"shards\": [{\"file\": \"shards/00000.parquet\"}]}"));
            }
        };
        if manifest.schema_version != SCHEMA_VERSION {
            let message =
                format!("{} has the schema version {}, and this program reads {SCHEMA_VERSION}", source.file, manifest.schema_version);
            return refuse(Diagnostic::error(Code::SCHEMA_VERSION, message).help("write the manifest anew, or use a newer program"));
        }
        if manifest.shards.is_empty() {
            return refuse(Diagnostic::error(Code::BOOK, format!("{} lists no shards", source.file)).help("list the files of the book"));
        }
        let mut seen = std::collections::BTreeSet::new();
        for shard in &manifest.shards {
            let problem = if !is_below(&shard.file) {
                "is not a file below the book's folder"
            } else if !seen.insert(&shard.file) {
                "is listed twice: its accounts would count double"
            } else {
                continue;
            };
            let message = format!("{}: `{}` {problem}", source.file, shard.file);
            return refuse(Diagnostic::error(Code::BOOK, message).help("list each shard once, by a path such as shards/00000.parquet"));
        }
        Parsed { value: Some(manifest), diagnostics: Vec::new() }
    }
}

impl ShardEntry {
    /// Refuses a shard that has not what the manifest says.
    pub(super) fn check(&self, file: &str, columns: &Columns) -> Result<(), Box<Diagnostic>> {
        let households = columns.households(file)?.len();
        let said = [
            ("households", self.households, households),
            ("accounts", self.accounts, columns.accounts()),
            ("lots", self.lots, columns.lots()),
        ];
        match said.into_iter().find(|(_, said, found)| said.is_some_and(|said| said != *found)) {
            Some((what, said, found)) => {
                let message = format!("{file} has {found} {what}, and {MANIFEST_FILE} says {}", said.unwrap_or_default());
                Err(Box::new(Diagnostic::error(Code::BOOK, message).help("restore the shard, or write the manifest anew")))
            }
            None => Ok(()),
        }
    }
}
