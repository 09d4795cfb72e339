//! Writing files whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes a file beside its place and then renames it, so that a reader sees the old content or the
/// new one, and a failure leaves what was there.
///
/// # Errors
/// With the path in the message.
pub fn write_whole(path: &Path, content: &[u8]) -> Result<(), String> {
    let beside = beside(path);
    let written = File::create(&beside).and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()));
    written.and_then(|()| fs::rename(&beside, path)).map_err(|error: io::Error| {
        let _ = fs::remove_file(&beside);
        format!("`{}` cannot be written: {error}", path.display())
    })
}

/// A name in the same folder, of this process alone.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    path.with_file_name(name)
}
