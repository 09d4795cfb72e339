//! `evenkeel replay`: makes a proposal again from what it records, and says whether it is the same.

use std::path::{Path, PathBuf};

use clap::Args;
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel_io::book;
use evenkeel_io::source::Source;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Row;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use evenkeel_io::page::{Page, Tone};

use crate::SCHEMA_VERSION;
use crate::batch::Models;
use crate::batch::store::read_manifest;
use crate::evidence::About;
use crate::exit::Status;
use crate::recorded;

use super::rebalance;
use super::{Document, Outcome};

/// Characters of a value that are shown.
const SHOWN: usize = 300;

/// Arguments of `evenkeel replay`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A proposal that `evenkeel rebalance --json` wrote.
    #[arg(required_unless_present = "batch", conflicts_with = "batch")]
    pub proposal: Option<PathBuf>,
    /// Where its inputs lie now, in place of the folder that it records; with `--batch`, the book.
    #[arg(long, value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// The folder of a run of `evenkeel batch`, of which one household is decided on again.
    #[arg(long, value_name = "DIR", requires = "household")]
    pub batch: Option<PathBuf>,
    /// The household.
    #[arg(long, value_name = "ID", requires = "batch")]
    pub household: Option<String>,
}

/// Whether what was made again is the same.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Replayed {
    /// The household.
    pub household: String,
    /// Version of the program that made the proposal.
    pub version: String,
    /// Whether it is the same, bit by bit.
    pub same: bool,
    /// What differs: an input, or the first field.
    pub difference: Option<Difference>,
}

/// What differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Difference {
    /// The input's name, or the path of the field.
    pub what: String,
    /// As recorded: of an input its SHA-256.
    pub recorded: String,
    /// As it is now.
    pub found: String,
}

/// What is read of a proposal's file.
#[derive(Deserialize)]
struct Recorded {
    schema_version: u32,
    result: RecordedResult,
}

#[derive(Deserialize)]
struct RecordedResult {
    proposal: RecordedProposal,
}

#[derive(Deserialize)]
struct RecordedProposal {
    household: String,
    provenance: RecordedProvenance,
}

#[derive(Deserialize)]
struct RecordedProvenance {
    version: String,
    inputs: Vec<(String, String)>,
    arguments: Vec<(String, String)>,
}

/// Makes a proposal again.
pub fn run(arguments: &Arguments) -> Outcome {
    let replayed = match (&arguments.proposal, &arguments.batch, &arguments.household) {
        (Some(proposal), ..) => proposal_again(proposal, arguments.folder.as_deref()),
        (None, Some(run), Some(household)) => household_again(run, household, arguments.folder.as_deref()),
        _ => Err(vec![Diagnostic::error(Code::ARGUMENT, "no proposal is named").help("name a file, or a run and a household")]),
    };
    match replayed {
        Ok(replayed) => {
            let told = replayed.difference.as_ref().map(|difference| {
                let message = format!("`{}` was {}, and is {}", difference.what, difference.recorded, difference.found);
                let help = "restore what the proposal was made of, or make it anew";
                Diagnostic::error(Code::DIFFERS, message).help(help)
            });
            let status = if replayed.same { Status::Done } else { Status::Refused };
            Outcome { status, diagnostics: told.into_iter().collect(), document: Some(Box::new(replayed)) }
        }
        Err(told) => Outcome::invalid(told),
    }
}

fn proposal_again(path: &Path, folder: Option<&Path>) -> Result<Replayed, Vec<Diagnostic>> {
    let source = Source::open(path).map_err(|told| vec![*told])?;
    let not_one = |error: &dyn std::fmt::Display| {
        let told = Diagnostic::error(Code::ARGUMENT, format!("{} is not a proposal that can be made again: {error}", source.file));
        vec![told.help("write one with `evenkeel rebalance … --json --out proposal.json`")]
    };
    let text = std::str::from_utf8(&source.bytes).map_err(|error| not_one(&error))?;
    let recorded: Recorded = serde_json::from_str(text).map_err(|error| not_one(&error))?;
    if recorded.schema_version != SCHEMA_VERSION {
        let message =
            format!("{} has the schema version {}, and this program reads {SCHEMA_VERSION}", source.file, recorded.schema_version);
        let help = "replay it with the program that made it, or make it again";
        return Err(vec![Diagnostic::error(Code::SCHEMA_VERSION, message).help(help)]);
    }
    let RecordedProposal { household, provenance } = recorded.result.proposal;
    let arguments = recorded::restore(&provenance.arguments, folder).map_err(|told| vec![*told])?;
    let mut inputs = arguments.inputs.load()?;
    if let Some(difference) = first_changed(&provenance.inputs, &inputs.provenance.inputs) {
        return Ok(Replayed { household, version: provenance.version, same: false, difference: Some(difference) });
    }
    // A folder that lies elsewhere now is no difference.
    inputs.provenance.arguments.clone_from(&provenance.arguments);
    let outcome = rebalance::report(inputs, &arguments.day);
    let Some(document) = outcome.document else { return Err(outcome.diagnostics) };
    let mut again = document.json().map_err(|error| not_one(&error))?;
    if let (Some(now), Some(then)) = (folder, recorded::folder(&provenance.arguments)) {
        rename(&mut again, &now.display().to_string(), then);
    }
    let again = again.to_string();
    let found: Value = serde_json::from_str(&again).map_err(|error| not_one(&error))?;
    let before: Value = serde_json::from_str(text).map_err(|error| not_one(&error))?;
    let recorded = |name: &str| before.get(name).unwrap_or(&Value::Null);
    let ended = serde_json::json!({ "command": "rebalance", "status": outcome.status });
    let difference = ["command", "status"].into_iter().find_map(|name| first_difference(name, recorded(name), &ended[name]));
    let difference = difference.or_else(|| first_difference("", recorded("result"), &found)).or_else(|| {
        // Numbers are read to the nearest float; their digits must be the same too.
        let is_same = minified(text).contains(&format!("\"result\":{again}"));
        let shown = ("values of other digits or in another order".to_owned(), "the same values".to_owned());
        (!is_same).then(|| Difference { what: "result".to_owned(), recorded: shown.0, found: shown.1 })
    });
    Ok(Replayed { household, version: provenance.version, same: difference.is_none(), difference })
}

/// Names the files of a folder as if it bore another name.
fn rename(value: &mut Value, now: &str, then: &str) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    Value::String(file) if name == "file" => {
                        if let Some(inside) = file.strip_prefix(now) {
                            *file = format!("{then}{inside}");
                        }
                    }
                    field => rename(field, now, then),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, now, then)),
        _ => {}
    }
}

/// The first input that is not what it was.
fn first_changed(recorded: &[(String, String)], found: &[(String, String)]) -> Option<Difference> {
    let hash = |list: &[(String, String)], name: &str| {
        list.iter().find(|(known, _)| known == name).map_or_else(|| "not read".to_owned(), |(_, hash)| hash.clone())
    };
    let names = recorded.iter().chain(found).map(|(name, _)| name);
    let different = |name: &&String| hash(recorded, name) != hash(found, name);
    names.into_iter().find(different).map(|name| Difference {
        what: name.clone(),
        recorded: hash(recorded, name),
        found: hash(found, name),
    })
}

/// The first field, in the order of names, in which two documents differ.
fn first_difference(path: &str, recorded: &Value, found: &Value) -> Option<Difference> {
    let differ = |recorded: &Value, found: &Value| {
        let shown = |value: &Value| value.to_string().chars().take(SHOWN).collect();
        Some(Difference { what: path.trim_start_matches('.').to_owned(), recorded: shown(recorded), found: shown(found) })
    };
    match (recorded, found) {
        (Value::Object(one), Value::Object(other)) => {
            let keys = one.keys().chain(other.keys().filter(|key| !one.contains_key(*key)));
            let mut pairs = keys.map(|key| (key, one.get(key).unwrap_or(&Value::Null), other.get(key).unwrap_or(&Value::Null)));
            pairs.find_map(|(key, one, other)| first_difference(&format!("{path}.{key}"), one, other))
        }
        (Value::Array(one), Value::Array(other)) => {
            let mut pairs = one.iter().zip(other).enumerate();
            let inside = pairs.find_map(|(index, (one, other))| first_difference(&format!("{path}[{index}]"), one, other));
            inside.or_else(|| if one.len() == other.len() { None } else { differ(&one.len().into(), &other.len().into()) })
        }
        (one, other) if one == other => None,
        (one, other) => differ(one, other),
    }
}

/// JSON without the space between its parts.
fn minified(text: &str) -> String {
    let (mut inside, mut escaped) = (false, false);
    let is_kept = |letter: &char| {
        let kept = inside || !letter.is_ascii_whitespace();
        if *letter == '"' && !escaped {
            inside = !inside;
        }
        escaped = inside && *letter == '\\' && !escaped;
        kept
    };
    text.chars().filter(is_kept).collect()
}

/// Decides on one household of a run again.
fn household_again(run: &Path, household: &str, folder: Option<&Path>) -> Result<Replayed, Vec<Diagnostic>> {
    let one = |told: Box<Diagnostic>| vec![*told];
    let manifest = read_manifest(run).map_err(one)?;
    let folder = folder.map_or_else(|| PathBuf::from(&manifest.book), Path::to_owned);
    let opened = book::open(&folder);
    let Some(mut book) = opened.value else { return Err(opened.diagnostics) };
    let replayed = |difference: Option<Difference>| Replayed {
        household: household.to_owned(),
        version: manifest.version.clone(),
        same: difference.is_none(),
        difference,
    };
    if let Some(difference) = first_changed(&manifest.inputs, &book.hashes) {
        return Ok(replayed(Some(difference)));
    }
    let unknown = |file: &str| {
        let told = Diagnostic::error(Code::ARGUMENT, format!("{file} has no proposal for the household `{household}`"));
        vec![told.help("check the id; a household without a proposal is among the exceptions of the run")]
    };
    let receipt = manifest.shards.iter().find(|receipt| (receipt.first.as_str()..=receipt.last.as_str()).contains(&household));
    let receipt = receipt.ok_or_else(|| unknown(&run.display().to_string()))?;
    let entry = book.manifest.shards.iter().find(|entry| entry.file == receipt.shard).ok_or_else(|| unknown(&receipt.shard))?;
    let source = book::read_bytes(&folder, entry).map_err(one)?;
    let columns = book::read_shard(&source, entry, &book.universe).map_err(one)?;
    if let Some(planner) = manifest.planner {
        book.policies.iter_mut().for_each(|(_, policy)| planner.set(policy));
    }
    let (models, _) = Models::new(&book)?;
    let decided = models
        .kernel(manifest.compare)
        .decide_one(&entry.file, &columns, household)
        .map_err(one)?
        .ok_or_else(|| unknown(&receipt.shard))?;
    let path = run.join(&receipt.proposals.file);
    let recorded = Source::open(&path).map_err(one)?;
    if recorded.sha256 != receipt.proposals.sha256 {
        let what = receipt.proposals.file.clone();
        return Ok(replayed(Some(Difference { what, recorded: receipt.proposals.sha256.clone(), found: recorded.sha256 })));
    }
    let recorded = row(&recorded, household).map_err(one)?.ok_or_else(|| unknown(&path.display().to_string()))?;
    let found = row(&Source::new("proposal", decided.proposals), household).map_err(one)?.ok_or_else(|| unknown(&receipt.shard))?;
    Ok(replayed(first_column(&recorded, &found)))
}

/// The row of a household in a file of proposals.
fn row(source: &Source, household: &str) -> Result<Option<Row>, Box<Diagnostic>> {
    let unreadable = |error: parquet::errors::ParquetError| {
        let told = Diagnostic::error(Code::UNREADABLE, format!("{} cannot be read: {error}", source.file));
        Box::new(told.help("run the book again"))
    };
    let reader = SerializedFileReader::new(bytes::Bytes::from(source.bytes.clone())).map_err(unreadable)?;
    for row in reader.get_row_iter(None).map_err(unreadable)? {
        let row = row.map_err(unreadable)?;
        let is_meant = row.get_column_iter().any(|(name, value)| name == "household" && value.to_string().trim_matches('"') == household);
        if is_meant {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

/// The first column in which two rows differ.
fn first_column(recorded: &Row, found: &Row) -> Option<Difference> {
    let mut pairs = recorded.get_column_iter().zip(found.get_column_iter());
    let shown = |value: &parquet::record::Field| value.to_string().chars().take(SHOWN).collect();
    let different = pairs.find(|((_, one), (_, other))| one != other);
    different.map(|((name, one), (_, other))| Difference { what: name.clone(), recorded: shown(one), found: shown(other) })
}

impl Document for Replayed {
    fn page(&self) -> Page {
        let Self { household, version, same, .. } = self;
        let (word, tone, how) =
            if *same { ("THE SAME", Tone::Good, "bit by bit") } else { ("NOT THE SAME", Tone::Bad, "what differs is told above") };
        let made = format!("The proposal for {household} was made by version {version}, and made again by {}.", env!("CARGO_PKG_VERSION"));
        Page::of_verdict(word, tone, format!("{how}. {made}"))
    }

    fn about(&self) -> About {
        About { of: format!("Household {}", self.household), as_of: None }
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
