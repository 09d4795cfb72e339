//! What the tests of the command share.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test, a panic is the way to fail")]
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]

pub mod schema;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The root of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Compares a generated page with the file in the repository, or writes it under `UPDATE_REFERENCE`.
pub fn hold(path: &str, expected: &str) {
    let file = root().join(path);
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, expected).unwrap();
    }
    let found = fs::read_to_string(&file).unwrap_or_default();
    assert!(found == expected, "{path} is not current: run `UPDATE_REFERENCE=1 cargo test -p evenkeel-cli --all-features`");
}

/// Runs the command in the root of the workspace.
pub fn evenkeel(arguments: &[&str]) -> Output {
    evenkeel_in(&root(), arguments)
}

/// Runs the command in a folder.
pub fn evenkeel_in(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_evenkeel")).args(arguments).current_dir(folder).env_remove("NO_COLOR").output().unwrap()
}

/// Exit code, standard output and standard error, as a snapshot shows them. Every line must fit
/// the width that the command promises.
pub fn shown(output: &Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    format!("exit code {}\n---- stdout\n{out}---- stderr\n{err}", output.status.code().unwrap())
}

/// Asserts that every line fits into the columns that the command promises.
pub fn assert_fits(text: &str) {
    for line in text.lines() {
        assert!(line.chars().count() <= evenkeel_cli::render::WIDTH, "{} columns: {line}", line.chars().count());
    }
}

/// Copies the files of an example into a folder.
pub fn copy_example(name: &str, to: &Path) {
    for entry in fs::read_dir(root().join("examples").join(name)).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

/// An empty folder that is removed with its value.
pub struct Folder(PathBuf);

impl Folder {
    /// Makes a folder of its own for a test.
    pub fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The names of all files in it, sorted.
    pub fn files(&self) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
