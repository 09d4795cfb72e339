//! What a report rests on: what was left out and why, defects of the data, inputs, and how to make it again.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use clap::ValueEnum;
use evenkeel::diagnostic::Diagnostic;
use evenkeel::run::DISCLAIMER;
use evenkeel_io::brand;
use evenkeel_io::page::{Page, Section};
use evenkeel_io::source::Source;

use crate::recorded::{self, record};
use crate::render::table::{Column, Table};

use super::Arguments;
use super::facts::{Facts, Found};
use super::reader::Part;

/// What makes a report come again as it is.
pub(super) struct Evidence {
    /// The command.
    pub(super) command: String,
    /// The hash of every file that was read, by its name.
    pub(super) inputs: BTreeMap<String, String>,
}

impl Evidence {
    /// Of a report.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(super) fn new(arguments: &Arguments, facts: &Facts) -> Found<Self> {
        Ok(Self { command: command(arguments, facts), inputs: hashes(arguments, facts)? })
    }

    /// All that the report rests on.
    pub(super) fn section(&self, facts: &Facts, left_out: &[(Part, Vec<Diagnostic>)]) -> Section {
        let mut page = Page::new();
        page.append(left_out_in_words(left_out));
        page.append(data(facts));
        let mut inputs = Table::new([Column::Name("Input"), Column::Text("SHA-256")]);
        for (file, hash) in &self.inputs {
            inputs.row([file, hash]);
        }
        page.table("What it is made of", inputs);
        page.say("The same inputs and version give the same figures; what is drawn at random is drawn from the seed 1. To make it again:");
        page.verbatim(&self.command);
        page.say(format!("evenkeel {}. {DISCLAIMER}", env!("CARGO_PKG_VERSION")));
        Section { heading: "Methods, data and evidence".to_owned(), page }
    }
}

fn left_out_in_words(left_out: &[(Part, Vec<Diagnostic>)]) -> Page {
    let mut page = Page::new();
    if !left_out.is_empty() {
        page.heading("Left out");
    }
    for (part, told) in left_out {
        let why: Vec<&str> = told.iter().filter(|told| told.is_error()).map(|told| told.message.as_str()).collect();
        page.item(format!("{}: {}.", part.heading(), why.join("; ")));
    }
    page
}

/// What should be known of the data and of what was done with it.
fn data(facts: &Facts) -> Page {
    let notes = facts.household.iter().flat_map(|household| &household.proposal().notes);
    let told: Vec<&str> = facts.warnings.iter().map(|told| told.message.as_str()).chain(notes.map(String::as_str)).collect();
    let mut page = Page::new();
    if !told.is_empty() {
        page.heading("What should be known of data and methods");
    }
    for sentence in told {
        page.item(sentence);
    }
    page
}

/// The hash of every file that was read.
fn hashes(arguments: &Arguments, facts: &Facts) -> Found<BTreeMap<String, String>> {
    let household = facts.household.iter().flat_map(|household| household.proposal().provenance.inputs.clone());
    let performance = facts.performance.iter().flatten().flat_map(|document| document.inputs.clone());
    let attribution = facts.attribution.iter().flatten().flat_map(|document| document.inputs.clone());
    let backtest = facts.backtest.iter().flatten().flat_map(|document| document.inputs.clone());
    let mut hashes: BTreeMap<String, String> = household.chain(performance).chain(attribution).chain(backtest).collect();
    // Frontier and futures read these, and keep no hashes of their own.
    let paths = arguments.files.paths(Some(&arguments.folder))?;
    for path in [paths.policy, paths.instruments, paths.prices, paths.returns, paths.assumptions].into_iter().flatten() {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if let Entry::Vacant(unread) = hashes.entry(name) {
            unread.insert(Source::open(&path).map_err(|told| vec![*told])?.sha256);
        }
    }
    hashes.extend(arguments.brand.as_deref().map_or_else(|| Ok(Vec::new()), brand::hashes)?);
    Ok(hashes)
}

/// The command that makes it again.
fn command(arguments: &Arguments, facts: &Facts) -> String {
    let recorded = record(&arguments.of_the_day(facts.as_of));
    let folder = recorded::folder(&recorded).unwrap_or_default().to_owned();
    let mut words = vec!["evenkeel".to_owned(), "report".to_owned(), folder.clone(), "--for".to_owned(), named(&arguments.reader)];
    for (name, value) in recorded.into_iter().filter(|(name, _)| name != recorded::FOLDER) {
        let argument = format!("--{}", name.replace('_', "-"));
        words.extend(match (name.as_str(), value.strip_prefix("./")) {
            ("study" | "allow_margin", _) => vec![argument],
            (_, Some(outside)) => vec![argument, outside.to_owned()],
            (_, None) if has_extension(&value) => vec![argument, format!("{folder}/{value}")],
            (_, None) => vec![argument, value],
        });
    }
    words.extend(arguments.from.into_iter().flat_map(|from| ["--from".to_owned(), from.to_string()]));
    words.extend(arguments.value.into_iter().flat_map(|value| ["--value".to_owned(), value.to_string()]));
    if !arguments.parts.is_empty() {
        let parts: Vec<String> = arguments.parts.iter().map(named).collect();
        words.extend(["--parts".to_owned(), parts.join(",")]);
    }
    words.extend(arguments.brand.iter().flat_map(|brand| ["--brand".to_owned(), recorded::portable(brand)]));
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

/// A word as a shell takes it for one.
fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_./,:=+@%".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) { word.into() } else { format!("'{}'", word.replace('\'', r"'\''")).into() }
}

/// Whether it is the name of a file of the folder.
fn has_extension(value: &str) -> bool {
    ["toml", "csv", "parquet", "jsonl"].iter().any(|ending| value.ends_with(&format!(".{ending}")))
}

/// A value as it is written on the command line.
pub(super) fn named(value: &impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}
