//! The `evenkeel` command.
//!
//! A shell around the engine: reads files, asks the engine, has every proposal audited, and says
//! the answer to people or programs. What it decides itself is only what is shown, and where.

use std::path::Path;
use std::process::ExitCode;
use std::{env, panic, thread};

use clap::{CommandFactory, FromArgMatches};
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel_io::page::html;
use evenkeel_io::prices::READER_THREAD;

use arguments::Arguments;
use command::{Outcome, envelope};
use console::{ColorChoice, Console, Style};
use exit::Status;
use workers::WORKER_THREAD;

// What can be asked of the command.
pub mod arguments;

// Where text goes and whether it may be colored.
pub mod console;

// How a run ended.
pub mod exit;

// The files of a run.
pub mod inputs;

// The files of a run over the past.
pub mod past;

// Growth, drawdown, drift and rolling figures of a run, as pictures.
pub mod pictures;

// The files of accounts with all that happened in them.
pub mod account_history;

// What a person decides for the joint planner.
pub mod edits;

// What the commands that estimate and optimize share.
pub mod analysis;

// Files that a run of a certain policy needs.
pub mod needs;

// What the auditor is told.
pub mod audit;

// The examples that the binary carries.
pub mod examples;

// The arguments of a run as a proposal records them.
pub mod recorded;

// Values of keys that are tried.
pub mod grid;

// How far long work is.
pub mod progress;

// Work in parallel.
pub mod workers;

// Books of many accounts.
pub mod batch;

// What a person reads.
pub mod render;

// One module a subcommand.
pub mod command;

/// Version of every JSON document that the command writes.
pub const SCHEMA_VERSION: u32 = 1;

/// Does what the process's arguments ask.
pub fn main() -> ExitCode {
    keep_damaged_files_quiet();
    let parsed = with_negative_numbers(Arguments::command()).try_get_matches().and_then(|found| Arguments::from_arg_matches(&found));
    let arguments = match parsed {
        Ok(arguments) => arguments,
        Err(error) => return not_understood(&error),
    };
    let outcome = arguments.command.run();
    deliver(&arguments, &outcome).into()
}

/// Lets every option take a number below zero, so that what is wrong with it is said by whoever knows what it means.
fn with_negative_numbers(command: clap::Command) -> clap::Command {
    let takes_value = |argument: &clap::Arg| argument.get_action().takes_values() && !argument.is_positional();
    let allowed = |argument: clap::Arg| if takes_value(&argument) { argument.allow_negative_numbers(true) } else { argument };
    command.mut_args(allowed).mut_subcommands(with_negative_numbers)
}

/// Arguments that cannot be used, as a document where one was asked for; help and version are text.
fn not_understood(error: &clap::Error) -> ExitCode {
    let asked: Vec<String> = env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
    if !error.use_stderr() || !asked.iter().any(|argument| argument == "--json") {
        error.exit();
    }
    let mut known = Arguments::command();
    known.build();
    let command = asked.iter().fold((known.clone(), Vec::new()), |(within, mut names), argument| {
        let Some(found) = within.find_subcommand(argument).cloned() else { return (within, names) };
        names.push(found.get_name().to_owned());
        (found, names)
    });
    let text = error.render().to_string();
    let (message, _) = text.split_once("\n\n").unwrap_or((&text, ""));
    let message = message.trim_start_matches("error: ").split_whitespace().collect::<Vec<_>>().join(" ");
    let named = command.1.join(" ");
    let told =
        Diagnostic::error(Code::ARGUMENT, message).help(format!("see `{}`", ["evenkeel", &named, "--help"].join(" ").replace("  ", " ")));
    let printed = envelope(&named, &Outcome::invalid(vec![told])).is_ok_and(|text| Console::new(ColorChoice::Never).print(&text).is_ok());
    debug_assert!(printed, "text has a JSON form");
    Status::Invalid.into()
}

/// A damaged Parquet file is told as a diagnostic, and a defect in one household of a book as its exception; what is said
/// in a panic is for nobody.
fn keep_damaged_files_quiet() {
    let tell = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if !matches!(thread::current().name(), Some(READER_THREAD | WORKER_THREAD)) {
            tell(panic);
        }
    }));
}

/// Says how a run ended; a result that cannot be written is an outcome of its own.
fn deliver(arguments: &Arguments, outcome: &Outcome) -> Status {
    let global = &arguments.global;
    let console = Console::new(global.color);
    let written = if global.json {
        envelope(arguments.command.name(), outcome)
            .map_err(|error| unwritten(error.to_string()))
            .and_then(|text| put(arguments, console, outcome, &text))
    } else {
        console.tell(&render::diagnostics::render(&outcome.diagnostics, console.diagnostic_style()));
        let style = if global.out.is_some() { Style::PLAIN } else { console.style() };
        let is_html = global.out.as_ref().and_then(|path| path.extension()).is_some_and(|extension| extension.eq_ignore_ascii_case("html"));
        let text = outcome.document.as_ref().map(|document| {
            let page = document.page();
            if is_html { html(&format!("evenkeel {}", arguments.command.name()), &page) } else { render::page::text(&page, style) }
        });
        let text = text.unwrap_or_default();
        put(arguments, console, outcome, &text)
    };
    match written {
        Ok(()) => outcome.status,
        Err(told) => {
            console.tell(&render::diagnostics::render(&[*told], console.diagnostic_style()));
            Status::Invalid
        }
    }
}

/// Puts a result where it was asked for. Without a result no file is touched.
fn put(arguments: &Arguments, console: Console, outcome: &Outcome, text: &str) -> Result<(), Box<Diagnostic>> {
    match &arguments.global.out {
        Some(path) if outcome.document.is_some() => {
            spare_inputs(path)?;
            write_whole(path, text).map_err(unwritten)?;
            console.tell(&format!("wrote {}\n", path.display()));
            Ok(())
        }
        Some(_) if !arguments.global.json => Ok(()),
        _ => console.print(text).map_err(|error| unwritten(format!("standard output cannot be written: {error}"))),
    }
}

/// Refuses to put a result in the place of a file of the kind that inputs are.
fn spare_inputs(path: &Path) -> Result<(), Box<Diagnostic>> {
    const INPUTS: [&str; 4] = ["toml", "csv", "jsonl", "parquet"];
    let is_input = path.extension().is_some_and(|extension| INPUTS.iter().any(|input| extension.eq_ignore_ascii_case(input)));
    if is_input && path.exists() {
        let message = format!("`{}` exists and may be an input; results replace no file ending in {}", path.display(), INPUTS.join(", "));
        return Err(Box::new(Diagnostic::error(Code::OUTPUT, message).help("name another file, such as one ending in json or txt")));
    }
    Ok(())
}

fn unwritten(error: String) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(Code::OUTPUT, error).help("check the path, the permissions and the space left"))
}

/// Writes a file whole or not at all; the error names it.
fn write_whole(path: &Path, text: &str) -> Result<(), String> {
    evenkeel_io::write::whole(path, text.as_bytes()).map_err(|error| format!("`{}` cannot be written: {error}", path.display()))
}
