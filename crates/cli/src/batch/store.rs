//! [`Store`]: the folder of a run, in which nothing is half-written.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel_io::source::{Source, sha256};
use evenkeel_io::write;

use super::exception::Exception;
use super::receipt::{Manifest, Output, Receipt};

/// The manifest of a run.
pub const MANIFEST_FILE: &str = "manifest.json";
/// The log of all runs into the folder.
pub const LOG_FILE: &str = "log.jsonl";

const PROPOSALS: &str = "proposals";
const EXCEPTIONS: &str = "exceptions";
const RECEIPTS: &str = "receipts";
const LOCK_FILE: &str = ".lock";

/// The folder of a run. While it is held no other run writes there.
///
/// A shard's files bear the name of what they were made of, so that files of another book, policy or program are other
/// files: what an earlier manifest lists stays whole until the next one takes its place.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    /// Held for its lock, which the system takes back however the program ends.
    _lock: File,
}

impl Store {
    /// Takes a folder, makes what is missing of it, and removes what a killed run left half-written.
    ///
    /// # Errors
    /// Where it cannot be written, or another run is writing there.
    pub fn open(folder: &Path) -> Result<Self, Box<Diagnostic>> {
        for name in [PROPOSALS, EXCEPTIONS, RECEIPTS] {
            fs::create_dir_all(folder.join(name)).map_err(|error| unwritten(folder, &error))?;
        }
        let path = folder.join(LOCK_FILE);
        let lock = File::options().create(true).write(true).truncate(false).open(&path).map_err(|error| unwritten(&path, &error))?;
        if lock.try_lock().is_err() {
            let told = Diagnostic::error(Code::OUTPUT, format!("another run is writing to `{}`", folder.display()));
            return Err(Box::new(told.help("wait until it ends, or name another folder")));
        }
        let store = Self { folder: folder.to_owned(), _lock: lock };
        store.remove(|name| name.starts_with('.'))?;
        Ok(store)
    }

    /// The path of a file of the run.
    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }

    /// What a shard came to in an earlier run, where all of it is there and made of the same.
    pub fn finished(&self, index: usize, made_of: &str) -> Option<Receipt> {
        let text = fs::read_to_string(self.path(&file(RECEIPTS, index, made_of, "json"))).ok()?;
        let receipt: Receipt = serde_json::from_str(&text).ok()?;
        // What an earlier run wrote is no input of this one.
        let is_whole = |output: &Output| fs::read(self.path(&output.file)).is_ok_and(|bytes| sha256(&bytes) == output.sha256);
        (receipt.made_of == made_of && is_whole(&receipt.proposals) && is_whole(&receipt.exceptions)).then_some(receipt)
    }

    /// Puts the proposals of a shard in their place.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub fn put_proposals(&self, index: usize, made_of: &str, bytes: Vec<u8>) -> Result<Output, Box<Diagnostic>> {
        self.put(file(PROPOSALS, index, made_of, "parquet"), bytes)
    }

    /// Puts the exceptions of a shard in their place.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub fn put_exceptions(&self, index: usize, made_of: &str, exceptions: &[Exception]) -> Result<Output, Box<Diagnostic>> {
        let lines = exceptions.iter().map(|exception| serde_json::to_string(exception).unwrap_or_default() + "\n");
        self.put(file(EXCEPTIONS, index, made_of, "jsonl"), lines.collect::<String>().into_bytes())
    }

    /// Puts a receipt in its place: from then on the shard is done.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn put_receipt(&self, index: usize, receipt: &Receipt) -> Result<(), Box<Diagnostic>> {
        self.put(file(RECEIPTS, index, &receipt.made_of, "json"), json(receipt)).map(|_| ())
    }

    /// Publishes a run, and removes the files that no manifest lists any more.
    ///
    /// # Errors
    /// Where the manifest cannot be written.
    pub fn publish(&self, manifest: &Manifest) -> Result<(), Box<Diagnostic>> {
        self.put(MANIFEST_FILE.to_owned(), json(manifest))?;
        let listed = manifest.shards.iter().enumerate().flat_map(|(index, receipt)| {
            [receipt.proposals.file.clone(), receipt.exceptions.file.clone(), file(RECEIPTS, index, &receipt.made_of, "json")]
        });
        let listed: BTreeSet<String> = listed.filter_map(|file| Some(file.rsplit_once('/')?.1.to_owned())).collect();
        self.remove(|name| !listed.contains(name))
    }

    /// The exceptions of a shard.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub fn exceptions(&self, receipt: &Receipt) -> Result<Vec<Exception>, Box<Diagnostic>> {
        let path = self.path(&receipt.exceptions.file);
        let text = fs::read_to_string(&path).map_err(|error| unwritten(&path, &error))?;
        Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
    }

    fn put(&self, file: String, bytes: Vec<u8>) -> Result<Output, Box<Diagnostic>> {
        let path = self.path(&file);
        let source = Source::new(file, bytes);
        write::whole(&path, &source.bytes).map_err(|error| unwritten(&path, &error))?;
        Ok(Output { file: source.file, bytes: u64::try_from(source.bytes.len()).unwrap_or(u64::MAX), sha256: source.sha256 })
    }

    /// Removes files of the run by name.
    fn remove(&self, is_stale: impl Fn(&str) -> bool) -> Result<(), Box<Diagnostic>> {
        for name in [PROPOSALS, EXCEPTIONS, RECEIPTS] {
            let folder = self.path(name);
            for entry in fs::read_dir(&folder).map_err(|error| unwritten(&folder, &error))?.flatten() {
                if is_stale(&entry.file_name().to_string_lossy()) {
                    fs::remove_file(entry.path()).map_err(|error| unwritten(&entry.path(), &error))?;
                }
            }
        }
        Ok(())
    }
}

/// The manifest of a run.
///
/// # Errors
/// Where it cannot be read or is none.
pub fn read_manifest(folder: &Path) -> Result<Manifest, Box<Diagnostic>> {
    let source = Source::open(&folder.join(MANIFEST_FILE))?;
    let manifest: Manifest = serde_json::from_slice(&source.bytes).map_err(|error| {
        let told = Diagnostic::error(Code::BOOK, format!("{} is not the manifest of a run: {error}", source.file));
        Box::new(told.help("name the folder that `evenkeel batch` wrote"))
    })?;
    if manifest.schema_version == super::receipt::SCHEMA_VERSION {
        return Ok(manifest);
    }
    let message = format!(
        "{} has the schema version {}, and this program reads {}",
        source.file,
        manifest.schema_version,
        super::receipt::SCHEMA_VERSION
    );
    Err(Box::new(Diagnostic::error(Code::SCHEMA_VERSION, message).help("run the book again")))
}

/// The name of a file of a shard.
fn file(folder: &str, index: usize, made_of: &str, extension: &str) -> String {
    format!("{folder}/{index:05}-{}.{extension}", made_of.get(..16).unwrap_or(made_of))
}

fn json(value: &impl serde::Serialize) -> Vec<u8> {
    (serde_json::to_string_pretty(value).unwrap_or_default() + "\n").into_bytes()
}

fn unwritten(path: &Path, error: &io::Error) -> Box<Diagnostic> {
    let told = Diagnostic::error(Code::OUTPUT, format!("`{}` cannot be written: {error}", path.display()));
    Box::new(told.help("check the path, the permissions and the space left"))
}
