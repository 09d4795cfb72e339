//! The `evenkeel` command.
//!
//! A shell around the engine: reads files, asks the engine, has every proposal audited, and says
//! the answer to people or programs. What it decides itself is only what is shown, and where.

use std::process::ExitCode;
use std::{env, panic, thread};

use clap::{CommandFactory, FromArgMatches};
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel_io::prices::READER_THREAD;

use arguments::Arguments;
use command::{Outcome, envelope};
use console::{ColorChoice, Console};
use deliver::deliver;
use evidence::Invocation;
use exit::Status;
use workers::WORKER_THREAD;

// What can be asked of the command.
pub mod arguments;

// Where text goes and whether it may be colored.
pub mod console;

// How a run ended.
pub mod exit;

// Files that are written whole or not at all.
pub mod files;

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

// What a page rests on, and how to make it again.
pub mod evidence;

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

// The forms that a report takes.
pub mod media;

// One module a subcommand.
pub mod command;

// Where results go.
pub mod deliver;

/// Version of every JSON document that the command writes.
pub const SCHEMA_VERSION: u32 = 1;

/// Does what the process's arguments ask.
pub fn main() -> ExitCode {
    keep_damaged_files_quiet();
    let parsed = with_negative_numbers(Arguments::command()).try_get_matches().and_then(|found| {
        let invocation = Invocation::new(env::args_os().skip(1), &found);
        Ok((Arguments::from_arg_matches(&found)?.handed_down(&invocation), invocation))
    });
    let (arguments, invocation) = match parsed {
        Ok(understood) => understood,
        Err(error) => return not_understood(&error),
    };
    let outcome = match deliver::spare_named(&arguments, env::args_os().skip(1)) {
        Ok(()) => arguments.command.run(),
        Err(told) => Outcome::invalid(told),
    };
    deliver(&arguments, &invocation, &outcome).into()
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
