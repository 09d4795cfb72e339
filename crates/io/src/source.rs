//! [`Source`]: an input file in memory, with its hash.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use evenkeel::diagnostic::{Code, Diagnostic, Location, SourceText};
use sha2::{Digest, Sha256};

use crate::limits::MAX_FILE_BYTES;

/// SHA-256 of bytes, in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// An input file in memory, with its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The file, as the user named it.
    pub file: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

impl Source {
    /// Reads a file.
    ///
    /// # Errors
    /// A diagnostic where it cannot be read, or has more than [`MAX_FILE_BYTES`].
    pub fn open(path: &Path) -> Result<Self, Box<Diagnostic>> {
        let file = path.display().to_string();
        let refuse = |error: &io::Error| {
            let told = Diagnostic::error(Code::UNREADABLE, format!("{file} cannot be read: {error}"));
            Box::new(told.help("check that the file exists and may be read"))
        };
        let metadata = fs::metadata(path).map_err(|error| refuse(&error))?;
        if metadata.is_dir() {
            let told = Diagnostic::error(Code::UNREADABLE, format!("{file} is a folder, and a file is to be read there"));
            return Err(Box::new(told.help("put the file in its place, or rename the folder")));
        }
        let size = metadata.len();
        if size > MAX_FILE_BYTES {
            let message = format!("{file} has {size} bytes; the limit is {MAX_FILE_BYTES}");
            return Err(Box::new(Diagnostic::error(Code::UNREADABLE, message).help("split the file")));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        File::open(path).and_then(|mut open| open.read_to_end(&mut bytes)).map_err(|error| refuse(&error))?;
        let source = Self::new(file, bytes);
        OPENED.lock().unwrap_or_else(PoisonError::into_inner).insert(source.file.clone(), source.sha256.clone());
        Ok(source)
    }

    /// Bytes that came from elsewhere, under a name.
    pub fn new(file: impl Into<String>, bytes: Vec<u8>) -> Self {
        let sha256 = sha256(&bytes);
        Self { file: file.into(), bytes, sha256 }
    }

    /// The text, without a byte order mark.
    ///
    /// # Errors
    /// A diagnostic at the first byte that is not UTF-8, or where lines end in carriage returns alone.
    pub fn text(&self) -> Result<SourceText<'_>, Box<Diagnostic>> {
        let bytes = self.bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&self.bytes);
        let text = std::str::from_utf8(bytes).map_err(|error| Box::new(self.not_utf8(bytes, error.valid_up_to())))?;
        // An old form of line breaks, in which all would be one line.
        if text.contains('\r') && !text.contains('\n') {
            let told = Diagnostic::error(Code::ENCODING, format!("the lines of {} end in a carriage return alone", self.file));
            return Err(Box::new(told.help("save the file with line feeds, as Unix or Windows text")));
        }
        Ok(SourceText { file: &self.file, text })
    }

    fn not_utf8(&self, bytes: &[u8], at: usize) -> Diagnostic {
        let (before, rest) = bytes.split_at_checked(at).unwrap_or((bytes, &[]));
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        let line = bytes.get(line_start..).unwrap_or_default().split(|byte| *byte == b'\n').next().unwrap_or_default();
        let characters = String::from_utf8_lossy(before.get(line_start..).unwrap_or_default()).chars().count();
        let location = Location {
            file: self.file.clone(),
            line: before.split(|byte| *byte == b'\n').count(),
            column: characters + 1,
            length: 1,
            text: String::from_utf8_lossy(line).trim_end().to_owned(),
        };
        let help = if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
            "the file is UTF-16: save it as UTF-8"
        } else {
            "save the file as UTF-8; an older spreadsheet may have written Windows-1252"
        };
        let byte = rest.first().map(|byte| format!("0x{byte:02X}")).unwrap_or_default();
        Diagnostic::error(Code::ENCODING, format!("the byte {byte} is not UTF-8 text")).at(location).help(help)
    }
}

/// What was opened, by name. One record for the process, kept where every input comes in, so that no command can forget one.
static OPENED: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());

/// The inputs that a run has read so far: each file as it was named, with the SHA-256 of its bytes.
pub fn opened() -> BTreeMap<String, String> {
    OPENED.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Lets another run begin in the same process: what was read before is none of its inputs.
pub fn begin_run() {
    OPENED.lock().unwrap_or_else(PoisonError::into_inner).clear();
}

/// Whether anything bears a name: a file, or what is in the way of one and may not count as its absence.
pub fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_and_drops_the_byte_order_mark() {
        let source = Source::new("a.csv", b"\xEF\xBB\xBFabc".to_vec());
        assert_eq!(source.text().unwrap().text, "abc");
        // FIPS 180-2, appendix B.1.
        let abc = Source::new("a.csv", b"abc".to_vec());
        assert_eq!(abc.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_ne!(source.sha256, abc.sha256);
    }

    #[test]
    fn tells_where_the_text_is_not_utf8() {
        let told = Source::new("a.csv", b"name\nZ\xC3\xBCrich,Caf\xE9\n".to_vec()).text().unwrap_err();
        let place = told.location.unwrap();
        assert_eq!((told.code, place.line, place.column), (Code::ENCODING, 2, 11));
        let told = Source::new("a.csv", b"\xFF\xFEa\0".to_vec()).text().unwrap_err();
        assert!(told.help.unwrap().contains("UTF-16"));
    }

    #[test]
    fn carriage_returns_alone_part_no_lines() {
        let told = Source::new("a.csv", b"a,b\r1,2\r".to_vec()).text().unwrap_err();
        assert!(told.code == Code::ENCODING && told.message.contains("a.csv"), "{told}");
        assert!(Source::new("a.csv", b"a,b\r\n1,2\r\n".to_vec()).text().is_ok());
    }

    #[test]
    fn tells_what_cannot_be_read() {
        let told = Source::open(Path::new("/nonexistent/prices.csv")).unwrap_err();
        assert_eq!(told.code, Code::UNREADABLE);
        assert!(told.message.contains("/nonexistent/prices.csv"));
    }
}
