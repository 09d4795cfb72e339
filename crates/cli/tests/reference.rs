//! docs/reference/cli.md says what the command says.
//!
//! Run with `UPDATE_REFERENCE=1` to write them anew.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the way to fail")]

use std::fmt::Write;

use clap::{Arg, Command, CommandFactory};
use evenkeel_cli::arguments::Arguments;

mod support;

#[test]
fn cli_reference_is_current() {
    let mut command = Arguments::command();
    command.build();
    let mut page = String::from("# The command\n\nGenerated from `evenkeel --help`; do not edit.\n\n");
    write!(page, "{}\n\n", command.get_long_about().unwrap_or_default()).unwrap();
    write!(page, "{}\n\n", command.get_after_help().unwrap_or_default()).unwrap();
    page.push_str("## Options of every subcommand\n\n");
    describe_arguments(&command, &mut page);
    for subcommand in command.get_subcommands().filter(|subcommand| subcommand.get_name() != "help") {
        describe("evenkeel", subcommand, &mut page);
    }
    support::hold("docs/reference/cli.md", &(page.trim_end().to_owned() + "\n"));
}

fn describe(parent: &str, command: &Command, page: &mut String) {
    let name = format!("{parent} {}", command.get_name());
    write!(page, "## {name}\n\n{}\n\n", command.get_long_about().or(command.get_about()).unwrap_or_default()).unwrap();
    let usage = command.clone().render_usage().to_string();
    write!(page, "```text\n{}\n```\n\n", usage.trim_start_matches("Usage: ").replace("\n       ", "\n")).unwrap();
    describe_arguments(command, page);
    for subcommand in command.get_subcommands().filter(|subcommand| subcommand.get_name() != "help") {
        describe(&name, subcommand, page);
    }
}

fn describe_arguments(command: &Command, page: &mut String) {
    let is_root = command.get_name() == "evenkeel";
    let own = |argument: &&Arg| {
        !argument.is_hide_set() && !matches!(argument.get_id().as_str(), "help" | "version") && argument.is_global_set() == is_root
    };
    let arguments: Vec<&Arg> = command.get_arguments().filter(own).collect();
    if arguments.is_empty() {
        return;
    }
    page.push_str("| argument | meaning |\n|---|---|\n");
    for argument in arguments {
        let help = argument.get_long_help().or(argument.get_help()).unwrap_or_default().to_string();
        let choices: Vec<String> = argument.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect();
        let takes_value = argument.get_action().takes_values();
        let choices = if takes_value && !choices.is_empty() { format!(" One of {}.", choices.join(", ")) } else { String::new() };
        let required = if argument.is_required_set() && !argument.is_positional() { " Required." } else { "" };
        let usual: Vec<String> = argument.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
        let usual = if takes_value && !usual.is_empty() { format!(" `{}` where left out.", usual.join(" ")) } else { String::new() };
        let sentence = help.replace('\n', " ").replace('|', "\\|");
        let text = format!("{}.{choices}{usual}{required}", sentence.trim_end_matches('.'));
        let shown = argument.to_string().replace('|', "\\|");
        writeln!(page, "| `{shown}` | {text} |").unwrap();
    }
    page.push('\n');
}
