//! [`Evidence`]: what a page rests on, and how to make it again.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::Path;

use clap::ArgMatches;
use evenkeel::diagnostic::Diagnostic;
use evenkeel::run::{DISCLAIMER, Provenance};
use evenkeel_io::page::{Block, Page, Report, Section};
use evenkeel_io::source;
use evenkeel_ledger::date::Date;

use crate::recorded::portable;
use crate::render::table::{Column, Table};

/// Of whom and of which day a page is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct About {
    /// Of whom or what; empty for nothing.
    pub of: String,
    /// The day on which it looks, where it looks on one.
    pub as_of: Option<Date>,
}

impl About {
    /// Of a household under a policy.
    pub fn household(household: &str, policy: &str, as_of: Date) -> Self {
        Self { of: format!("Household {household}, policy “{policy}”"), as_of: Some(as_of) }
    }

    /// Of a policy.
    pub fn policy(policy: &str, as_of: Date) -> Self {
        Self { of: format!("Policy “{policy}”"), as_of: Some(as_of) }
    }
}

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.of.as_str(), self.as_of) {
            (of, None) => f.write_str(of),
            ("", Some(as_of)) => as_of.fmt(f),
            (of, Some(as_of)) => write!(f, "{of}, {as_of}"),
        }
    }
}

/// A run as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Invocation {
    /// The words after the program's name, without those that only say where and how the result is shown.
    pub words: Vec<String>,
    /// Whether a day could have been named and was not.
    pub is_undated: bool,
    /// From which what is drawn at random is drawn, where the command takes a seed.
    pub seed: Option<u64>,
}

impl Invocation {
    /// Of words that name a day, of a command that takes no seed.
    pub fn of_words(words: impl Iterator<Item = String>) -> Self {
        Self { words: without_output(words), is_undated: false, seed: None }
    }

    /// Of the words of a command line and what was found in them.
    pub fn new(words: impl Iterator<Item = OsString>, found: &ArgMatches) -> Self {
        let mut own = found;
        while let Some((_, within)) = own.subcommand() {
            own = within;
        }
        let is_undated = own.try_contains_id("as_of").is_ok() && own.value_source("as_of").is_none();
        let seed = own.try_get_one::<u64>("seed").ok().flatten().copied();
        Self { is_undated, seed, ..Self::of_words(words.map(|word| word.to_string_lossy().into_owned())) }
    }

    /// The command that makes the same again, for a shell. No path of a machine stands in it.
    pub fn command(&self, as_of: Option<Date>) -> String {
        let dated = as_of.filter(|_| self.is_undated).map(|as_of| ["--as-of".to_owned(), as_of.to_string()]);
        let words = self.words.iter().map(|word| match word.split_once('=') {
            Some((option, path)) if option.starts_with("--") => format!("{option}={}", from_here(path)),
            _ => from_here(word),
        });
        let all = std::iter::once("evenkeel".to_owned()).chain(words).chain(dated.into_iter().flatten());
        all.map(|word| quoted(&word).into_owned()).collect::<Vec<_>>().join(" ")
    }

    /// Text in which every folder and file that was named from the root of the machine stands under its last name.
    pub fn without_roots(&self, text: &str) -> String {
        let values = self.words.iter().map(|word| word.split_once('=').map_or(word.as_str(), |(_, value)| value));
        let mut named: Vec<&str> = values.map(|value| value.trim_end_matches('/')).filter(|value| Path::new(value).is_absolute()).collect();
        // Of a file and its folder, both named, the file is the longer.
        named.sort_by_key(|value| std::cmp::Reverse(value.len()));
        named.into_iter().fold(text.to_owned(), |text, value| text.replace(value, &portable(Path::new(value))))
    }
}

/// Words without those that only say where and how a result is shown.
fn without_output(mut words: impl Iterator<Item = String>) -> Vec<String> {
    const WITH_VALUE: [&str; 2] = ["--out", "--color"];
    let mut kept = Vec::new();
    while let Some(word) = words.next() {
        if WITH_VALUE.contains(&word.as_str()) {
            words.next();
        } else if word != "--json" && !WITH_VALUE.iter().any(|name| word.strip_prefix(name).is_some_and(|rest| rest.starts_with('='))) {
            kept.push(word);
        }
    }
    kept
}

/// A path from the root of the machine as its last name.
fn from_here(word: &str) -> String {
    let path = Path::new(word);
    if path.is_absolute() { portable(path) } else { word.to_owned() }
}

/// A word as a shell takes it for one.
fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_./,:=+@%".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) { word.into() } else { format!("'{}'", word.replace('\'', r"'\''")).into() }
}

/// What a page rests on, and how to make it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The command that makes it again.
    pub command: String,
    /// SHA-256 of every file that was read, by its name.
    pub inputs: BTreeMap<String, String>,
    /// From which what is drawn at random is drawn, where anything is.
    pub seed: Option<u64>,
    /// What should be known of data and methods.
    pub told: Vec<String>,
}

impl Evidence {
    /// Of a run that has read its inputs.
    pub fn new(invocation: &Invocation, as_of: Option<Date>, told: &[Diagnostic]) -> Self {
        Self {
            command: invocation.command(as_of),
            inputs: source::opened().into_iter().map(|(file, hash)| (from_here(&invocation.without_roots(&file)), hash)).collect(),
            seed: invocation.seed,
            told: told.iter().map(|told| invocation.without_roots(&told.message)).collect(),
        }
    }

    /// A report that ends with it.
    pub fn close(&self, mut report: Report) -> Report {
        report.summary = without_short(report.summary);
        report.evidence = Some(Section { heading: "Evidence".to_owned(), page: self.page() });
        report
    }

    /// All of it.
    pub fn page(&self) -> Page {
        let mut page = Page::new();
        if !self.told.is_empty() {
            page.heading("What should be known of data and methods");
        }
        for sentence in &self.told {
            page.item(sentence);
        }
        let mut inputs = Table::new([Column::Name("Input"), Column::Text("SHA-256")]);
        for (file, hash) in &self.inputs {
            inputs.row([file, hash]);
        }
        page.table("What it is made of", inputs);
        let drawn = self.seed.map_or_else(String::new, |seed| format!("; what is drawn at random is drawn from the seed {seed}"));
        page.say(format!("The same inputs and version give the same figures{drawn}. To make it again:"));
        page.verbatim(&self.command);
        page.say(version(env!("CARGO_PKG_VERSION"), DISCLAIMER));
        page
    }
}

/// The evidence of what a terminal shows, in short: the hash of each input, and the version.
pub fn in_short(provenance: &Provenance, disclaimer: &str) -> Page {
    let mut page = Page::new();
    for (name, hash) in &provenance.inputs {
        page.item(format!("{name}{HASH}{hash}"));
    }
    page.item(version(&provenance.version, disclaimer));
    page
}

/// What stands between the name of an input and its hash.
const HASH: &str = ": SHA-256 ";

fn version(version: &str, disclaimer: &str) -> String {
    format!("evenkeel {version}. {disclaimer}")
}

/// What a terminal is told of the files that were written beside a result.
pub fn written(files: &[String]) -> Page {
    let mut page = Page::new();
    if !files.is_empty() {
        page.item(format!("{WRITTEN}{}.", files.join(", ")));
    }
    page
}

/// What stands before the names of files that were written.
const WRITTEN: &str = "Written: ";

/// A page without [`in_short`], [`written`] and the disclaimer, where all of that is said once and in full.
pub fn without_short(mut page: Page) -> Page {
    let is_told = |said: &str| said.ends_with(DISCLAIMER) || said.contains(HASH) || said.starts_with(WRITTEN);
    page.blocks.retain(|block| !matches!(block, Block::Paragraph(said) | Block::Item(said) if is_told(said)));
    if let Some(Block::Heading(_)) = page.blocks.last() {
        page.blocks.pop();
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(line: &[&str]) -> Invocation {
        Invocation::of_words(line.iter().map(|word| (*word).to_owned()))
    }

    #[test]
    fn what_only_says_where_results_go_is_no_part_of_the_command() {
        let invocation = asked(&["risk", "a b", "--out", "x.html", "--out=y.pdf", "--json", "--color", "never", "--seed=3"]);
        assert_eq!(invocation.command(None), "evenkeel risk 'a b' --seed=3");
    }

    #[test]
    fn a_day_that_was_not_named_is_told() {
        let day = Some("2026-03-31".parse().unwrap());
        assert_eq!(asked(&["report", "a"]).command(day), "evenkeel report a");
        assert_eq!(Invocation { is_undated: true, ..asked(&["report", "a"]) }.command(day), "evenkeel report a --as-of 2026-03-31");
    }

    #[test]
    fn no_path_of_a_machine_is_told() {
        let invocation = asked(&["risk", "/srv/me/book/", "--policy=/srv/me/book/other.toml", "--prices", "../p.csv"]);
        assert_eq!(invocation.command(None), "evenkeel risk book --policy=other.toml --prices ../p.csv");
        let told = invocation.without_roots("/srv/me/book/holdings.csv and ../p.csv, not /srv/me/book/other.toml");
        assert_eq!(told, "book/holdings.csv and ../p.csv, not other.toml");
    }
}
