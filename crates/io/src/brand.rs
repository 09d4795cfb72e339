//! `brand.toml`: whose pages results are, with the logo beside it.

use std::path::{Path, PathBuf};

use evenkeel::diagnostic::{Code, Diagnostic, has_errors};

use crate::page::{Brand, Logo};
use crate::source::Source;

/// Reads a brand and its logo.
///
/// # Errors
/// All that is wrong with either.
pub fn load(path: &Path) -> Result<Brand, Vec<Diagnostic>> {
    let source = Source::open(path).map_err(|told| vec![*told])?;
    let parsed = Brand::read(source.text().map_err(|told| vec![*told])?);
    let Some(brand) = parsed.value.filter(|_| !has_errors(&parsed.diagnostics)) else { return Err(parsed.diagnostics) };
    let image = brand.logo.as_ref().map(|name| logo(&path.with_file_name(name))).transpose()?;
    Ok(Brand { image, ..brand })
}

/// SHA-256 of a brand file and of its logo, by their names.
///
/// # Errors
/// As [`load`].
pub fn hashes(path: &Path) -> Result<Vec<(String, String)>, Vec<Diagnostic>> {
    let brand = load(path)?;
    let logo = brand.logo.map(|name| path.with_file_name(name));
    let files = std::iter::once(path.to_owned()).chain(logo);
    let hash = |path: PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Source::open(&path).map(|source| (name, source.sha256)).map_err(|told| vec![*told])
    };
    files.map(hash).collect()
}

/// A logo, by what the file holds.
fn logo(path: &Path) -> Result<Logo, Vec<Diagnostic>> {
    let told = |message: String| {
        vec![Diagnostic::error(Code::INPUT_FILES, message).help("name a file ending in svg or png beside the brand file")]
    };
    let bytes = std::fs::read(path).map_err(|error| told(format!("the logo `{}` cannot be read: {error}", path.display())))?;
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Ok(Logo::Png(bytes));
    }
    match String::from_utf8(bytes) {
        Ok(text) if text.contains("<svg") => Ok(Logo::Svg(text)),
        _ => Err(told(format!("the logo `{}` is neither SVG nor PNG", path.display()))),
    }
}
