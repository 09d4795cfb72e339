//! `brand.toml`: whose pages results are, with the logo beside it.

use std::path::Path;

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

/// A logo, by what the file holds.
fn logo(path: &Path) -> Result<Logo, Vec<Diagnostic>> {
    let told = |message: String| {
        vec![Diagnostic::error(Code::INPUT_FILES, message).help("name a file ending in svg or png beside the brand file")]
    };
    let Source { bytes, .. } = Source::open(path).map_err(|unread| told(format!("the logo {}", unread.message)))?;
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Ok(Logo::Png(bytes));
    }
    match String::from_utf8(bytes) {
        Ok(text) if text.contains("<svg") => Ok(Logo::Svg(text)),
        _ => Err(told(format!("the logo `{}` is neither SVG nor PNG", path.display()))),
    }
}
