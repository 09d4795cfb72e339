//! Writing files whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// How many names are tried for the file beside; more are in use only where many programs write
/// the same file at once, or were killed while they did.
const MAX_ATTEMPTS: u32 = 100;

/// Writes a file beside the one that is meant, brings it to disk, and puts it in its place: whoever
/// reads the file sees all of the old content or all of the new. A file that stands there is
/// replaced; behind a symbolic link, the file that it leads to.
///
/// # Errors
/// Those of the file system, and [`io::ErrorKind::InvalidInput`] where something else than a file
/// stands there (a folder, a device). What stands there is then as it was, and nothing is left
/// beside it.
///
/// ```
/// let path = std::env::temp_dir().join(format!("evenkeel-doc-{}.csv", std::process::id()));
/// evenkeel_io::write::whole(&path, b"account,symbol,quantity\n")?;
/// assert_eq!(std::fs::read(&path)?, b"account,symbol,quantity\n");
/// std::fs::remove_file(&path)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let path = &destination(path)?;
    let (beside, file) = create_beside(path)?;
    let outcome = fill(file, content).and_then(|()| fs::rename(&beside, path));
    if outcome.is_err() {
        // The first failure is what the caller must know; what is left beside is removed if it can be.
        let _ = fs::remove_file(&beside);
        return outcome;
    }
    sync_folder(path)
}

/// The file that is meant, at the end of all links.
fn destination(path: &Path) -> io::Result<PathBuf> {
    match fs::metadata(path) {
        Ok(known) if known.is_file() => fs::canonicalize(path),
        Ok(_) => Err(io::Error::new(io::ErrorKind::InvalidInput, "something stands there that is not a file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(path.to_owned()),
        Err(error) => Err(error),
    }
}

fn fill(mut file: File, content: &[u8]) -> io::Result<()> {
    file.write_all(content)?;
    file.sync_all()
}

/// A new file in the same folder, so that putting it in place is one step of the file system.
fn create_beside(path: &Path) -> io::Result<(PathBuf, File)> {
    let name = path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"))?;
    let process = std::process::id();
    let mut taken = None;
    for attempt in 0..MAX_ATTEMPTS {
        let mut hidden = OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{process}-{attempt}.tmp"));
        let beside = path.with_file_name(hidden);
        match OpenOptions::new().write(true).create_new(true).open(&beside) {
            Ok(file) => return Ok((beside, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => taken = Some(error),
            Err(error) => return Err(error),
        }
    }
    Err(taken.unwrap_or_else(|| io::ErrorKind::AlreadyExists.into()))
}

/// Brings the folder's entry to disk, where the system can open folders.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    match File::open(folder) {
        Ok(folder) if cfg!(unix) => folder.sync_all(),
        _ => Ok(()),
    }
}

/// One row of a delimited file, quoted where it must be.
pub fn csv_row<'v>(values: impl IntoIterator<Item = &'v str>) -> String {
    let mut row = String::new();
    for (index, value) in values.into_iter().enumerate() {
        if index > 0 {
            row.push(',');
        }
        let edge_space = value.starts_with([' ', '\t']) || value.ends_with([' ', '\t']);
        if edge_space || value.contains(['"', ',', '\n', '\r']) {
            row.push('"');
            row.push_str(&value.replace('"', "\"\""));
            row.push('"');
        } else {
            row.push_str(value);
        }
    }
    row.push('\n');
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("evenkeel-write-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn replaces_and_leaves_nothing_beside() {
        let folder = folder("replaces");
        let path = folder.join("out.json");
        whole(&path, b"old").unwrap();
        whole(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_failure_leaves_all_as_it_was() {
        let folder = folder("failure");
        // A folder cannot be replaced by a file.
        let path = folder.join("taken");
        fs::create_dir_all(path.join("inside")).unwrap();
        assert!(whole(&path, b"new").is_err());
        assert!(path.join("inside").is_dir());
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        assert!(whole(&folder.join("absent").join("out.json"), b"new").is_err());
        assert!(whole(Path::new("/"), b"new").is_err());
        fs::remove_dir_all(folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn writes_behind_a_link_and_never_over_a_device() {
        let folder = folder("links");
        let (real, link) = (folder.join("real.json"), folder.join("link.json"));
        fs::write(&real, b"old").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        whole(&link, b"new").unwrap();
        assert_eq!(fs::read(&real).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        let socket = folder.join("socket");
        let _listening = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert_eq!(whole(&socket, b"new").unwrap_err().kind(), io::ErrorKind::InvalidInput);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn quotes_what_must_be_quoted() {
        assert_eq!(csv_row(["a", "b,c", "say \"hi\"", " x", ""]), "a,\"b,c\",\"say \"\"hi\"\"\",\" x\",\n");
    }
}
