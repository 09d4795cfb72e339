//! Where results go: standard output, or files by the ending of their names.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel_io::brand;
use evenkeel_io::page::{Brand, CONTENTS, listed};
use evenkeel_io::source::sha256;

use crate::analysis::output;
use crate::arguments::Arguments;
use crate::command::{Outcome, envelope};
use crate::console::Console;
use crate::evidence::{Evidence, Invocation};
use crate::exit::Status;
use crate::media::{Medium, caution, files};
use crate::render;

/// What keeps a result from being written where it was asked for: a file that is named twice may be an input.
///
/// # Errors
/// The files that other arguments name too.
pub fn spare_named(arguments: &Arguments, words: impl Iterator<Item = OsString>) -> Result<(), Vec<Diagnostic>> {
    let place = |path: &Path| path.canonicalize().or_else(|_| std::path::absolute(path)).ok();
    // The command's own words are no files: `evenkeel risk book --out risk/`.
    let mut own: Vec<&str> = arguments.command.name().split(' ').collect();
    let named: Vec<PathBuf> = words
        .filter(|word| {
            let is_own = own.first().is_some_and(|own| word == *own);
            if is_own {
                own.remove(0);
            }
            !is_own
        })
        .filter_map(|word| {
            let value = word.to_str().and_then(|word| word.strip_prefix("--")?.split_once('='));
            place(value.map_or(Path::new(&word), |(_, value)| Path::new(value)))
        })
        .collect();
    let twice = |path: &&PathBuf| place(path).is_some_and(|out| named.iter().filter(|other| **other == out).count() > 1);
    let told = arguments.global.out.iter().filter(twice).map(|path| {
        let message = format!("`--out {}` names a file that another argument names too", path.display());
        Diagnostic::error(Code::OUTPUT, message).help("name another file: an input would be gone, and two results would stand in one")
    });
    let told: Vec<Diagnostic> = told.collect();
    if told.is_empty() { Ok(()) } else { Err(told) }
}

/// Says how a run ended; a result that cannot be written is an outcome of its own.
pub fn deliver(arguments: &Arguments, invocation: &Invocation, outcome: &Outcome) -> Status {
    let global = &arguments.global;
    let console = Console::new(global.color);
    if !global.json {
        console.tell(&render::diagnostics::render(&outcome.diagnostics, console.diagnostic_style()));
    }
    let written = if global.out.is_empty() { show(arguments, console, outcome) } else { write(arguments, invocation, console, outcome) };
    match written {
        Ok(()) => outcome.status,
        Err(told) => {
            console.tell(&render::diagnostics::render(&told, console.diagnostic_style()));
            Status::Invalid
        }
    }
}

/// Prints it.
fn show(arguments: &Arguments, console: Console, outcome: &Outcome) -> Result<(), Vec<Diagnostic>> {
    let text = if arguments.global.json {
        envelope(arguments.command.name(), outcome).map_err(|error| unwritten(&error))?
    } else {
        outcome.document.as_ref().map(|document| render::page::text(&document.page(), console.style())).unwrap_or_default()
    };
    console.print(&text).map_err(|error| unwritten(&format!("standard output cannot be written: {error}")))
}

/// Makes all files, and then writes each whole. Without a result no file is touched.
fn write(arguments: &Arguments, invocation: &Invocation, console: Console, outcome: &Outcome) -> Result<(), Vec<Diagnostic>> {
    let global = &arguments.global;
    let Some(document) = &outcome.document else {
        return if global.json { show(arguments, console, outcome) } else { Ok(()) };
    };
    let mut made: Vec<(PathBuf, Vec<u8>)> = Vec::new();
    if global.json {
        let page = global.out.iter().find(|path| matches!(Medium::of(path), Medium::Html | Medium::Pdf | Medium::Workbook));
        if let Some(path) = page {
            let message = format!("`--json` writes a document, and the name `{}` asks for a page or a workbook", path.display());
            return Err(vec![Diagnostic::error(Code::OUTPUT, message).help("name a file ending in json, or leave `--json` out")]);
        }
        let text = envelope(arguments.command.name(), outcome).map_err(|error| unwritten(&error))?;
        made.extend(global.out.iter().map(|path| (path.clone(), text.clone().into_bytes())));
    } else {
        let brand = global.brand.as_deref().map_or_else(|| Ok(Brand::default()), brand::load)?;
        let evidence = Evidence::new(invocation, document.about().as_of, &outcome.diagnostics);
        let report = document.report(arguments.command.title(), &evidence);
        for path in &global.out {
            let caution: Vec<Diagnostic> = caution(path, &report, &brand).into_iter().collect();
            console.tell(&render::diagnostics::render(&caution, console.diagnostic_style()));
            made.extend(files(path, &document.page(), &report, &brand).map_err(|error| cannot(path, &error))?);
        }
    }
    let folders: Vec<&PathBuf> = global.out.iter().filter(|path| !global.json && Medium::of(path) == Medium::Tables).collect();
    let earlier: Vec<PathBuf> = folders.iter().flat_map(|folder| earlier_tables(folder)).collect();
    for (path, content) in &made {
        if global.out.contains(path) {
            spare_inputs(path)?;
        } else if !earlier.contains(path) {
            // A table of a folder may take the place of an earlier one.
            let head = String::from_utf8_lossy(content).lines().next().unwrap_or_default().to_owned();
            output::spare_inputs(path, &head, None).map_err(|told| vec![*told])?;
        }
    }
    for folder in folders {
        fs::create_dir_all(folder).map_err(|error| cannot(folder, &error))?;
    }
    for (path, content) in &made {
        evenkeel_io::write::whole(path, content).map_err(|error| cannot(path, &error))?;
        console.tell(&format!("wrote {}\n", path.display()));
    }
    // A folder of tables is a whole: what an earlier report left there and this one does not have would be taken for part of it.
    for path in earlier.iter().filter(|path| !made.iter().any(|(written, _)| written == *path)) {
        fs::remove_file(path).map_err(|error| cannot(path, &error))?;
        console.tell(&format!("removed {}, a table of the earlier report\n", path.display()));
    }
    Ok(())
}

/// The tables of a folder that an earlier report wrote and that nobody has changed since.
fn earlier_tables(folder: &Path) -> Vec<PathBuf> {
    let contents = fs::read_to_string(folder.join(CONTENTS)).unwrap_or_default();
    let is_unchanged = |path: &PathBuf, hash: &str| fs::read(path).is_ok_and(|content| sha256(&content) == hash);
    let listed = listed(&contents).into_iter().map(|(name, hash)| (folder.join(name), hash));
    listed.filter(|(path, hash)| is_unchanged(path, hash)).map(|(path, _)| path).collect()
}

/// Refuses to put a result in the place of a file of the kind that inputs are.
fn spare_inputs(path: &Path) -> Result<(), Vec<Diagnostic>> {
    const INPUTS: [&str; 4] = ["toml", "csv", "jsonl", "parquet"];
    let is_input = path.extension().is_some_and(|extension| INPUTS.iter().any(|input| extension.eq_ignore_ascii_case(input)));
    if is_input && path.exists() {
        let message = format!("`{}` exists and may be an input; results replace no file ending in {}", path.display(), INPUTS.join(", "));
        return Err(vec![Diagnostic::error(Code::OUTPUT, message).help("name another file, such as one ending in json or txt")]);
    }
    Ok(())
}

fn cannot(path: &Path, error: &dyn std::fmt::Display) -> Vec<Diagnostic> {
    unwritten(&format!("`{}` cannot be written: {error}", path.display()))
}

fn unwritten(error: &dyn std::fmt::Display) -> Vec<Diagnostic> {
    vec![Diagnostic::error(Code::OUTPUT, error.to_string()).help("check the path, the permissions and the space left")]
}
