//! Files of results.

use std::path::Path;

/// Writes a text whole or not at all; the error names the file.
///
/// # Errors
/// Why it cannot be written.
pub fn write_whole(path: &Path, text: &str) -> Result<(), String> {
    write_all(path, text.as_bytes())
}

/// As [`write_whole`], of bytes.
///
/// # Errors
/// Why it cannot be written.
pub fn write_all(path: &Path, content: &[u8]) -> Result<(), String> {
    evenkeel_io::write::whole(path, content).map_err(|error| format!("`{}` cannot be written: {error}", path.display()))
}
