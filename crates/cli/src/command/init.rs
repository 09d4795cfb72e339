//! `evenkeel init`: a commented policy and sample files to start from.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel::policy::template;
use serde::Serialize;

use evenkeel_io::page::Page;

use crate::examples::FAMILY;
use crate::files::write_whole;

use super::{Document, Outcome};

/// The date of the sample prices.
const AS_OF: &str = "2026-03-31";

/// Arguments of `evenkeel init`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A folder that is empty, or missing and then made.
    pub folder: PathBuf,
}

/// What was written.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Written {
    /// The files.
    pub files: Vec<String>,
    /// Commands to go on with.
    pub next: Vec<String>,
}

/// Writes the files, all or none.
pub fn run(arguments: &Arguments) -> Outcome {
    let folder = &arguments.folder;
    let shown = folder.display();
    let refuse = |code, message: String, help: &str| Outcome::invalid(vec![Diagnostic::error(code, message).help(help)]);
    if let Err(error) = fs::create_dir_all(folder) {
        return refuse(Code::OUTPUT, format!("`{shown}` cannot be made: {error}"), "name another folder");
    }
    match fs::read_dir(folder).map(|mut entries| entries.next().is_some()) {
        Ok(false) => {}
        Ok(true) => return refuse(Code::IN_THE_WAY, format!("`{shown}` is not empty"), "name a folder that is empty, or a new one"),
        Err(error) => return refuse(Code::OUTPUT, format!("`{shown}` cannot be read: {error}"), "name another folder"),
    }
    let samples = FAMILY.files.iter().map(|(name, text)| if *name == "policy.toml" { (*name, template()) } else { (*name, *text) });
    let mut written = Vec::new();
    for (name, text) in samples {
        let path = folder.join(name);
        if let Err(error) = write_whole(&path, text) {
            // What was written so far is of no use without the rest.
            for path in &written {
                let _ = fs::remove_file(path);
            }
            return refuse(Code::OUTPUT, error, "check the permissions and the space left");
        }
        written.push(path);
    }
    let files = written.iter().map(|path| path.display().to_string()).collect();
    let next = ["check", "rebalance"].map(|command| format!("evenkeel {command} {shown} --as-of {AS_OF}"));
    Outcome::done(Written { files, next: next.to_vec() }, Vec::new())
}

impl Document for Written {
    fn page(&self) -> Page {
        let mut page = Page::new();
        for (heading, lines) in [("Written", &self.files), ("Next", &self.next)] {
            page.heading(heading);
            for line in lines {
                page.remark(line);
            }
        }
        page
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
