//! The forms that a report takes, by the names of files.

use std::path::{Path, PathBuf};

#[cfg(feature = "pdf")]
use evenkeel::diagnostic::Code;
use evenkeel::diagnostic::Diagnostic;
use evenkeel_io::page::{Brand, Page, Report, csv, html, workbook};

use crate::console::Style;
use crate::render;

/// What a file holds, by the ending of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Medium {
    /// Text as a terminal shows it.
    Text,
    /// A page for a browser.
    Html,
    /// Pages of paper.
    Pdf,
    /// Its tables as a workbook.
    Workbook,
    /// Its tables, each a file of a folder.
    Tables,
}

impl Medium {
    /// By the ending of a name; a folder holds tables.
    pub fn of(path: &Path) -> Self {
        let ends = |ending: &str| path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(ending));
        if path.as_os_str().as_encoded_bytes().ends_with(b"/") || path.is_dir() {
            Self::Tables
        } else if ends("html") || ends("htm") {
            Self::Html
        } else if ends("pdf") {
            Self::Pdf
        } else if ends("xlsx") {
            Self::Workbook
        } else {
            Self::Text
        }
    }
}

/// A report as the files that a name asks for; as text it is the page that a terminal shows.
///
/// # Errors
/// Why it has no such form.
pub fn files(path: &Path, page: &Page, report: &Report, brand: &Brand) -> Result<Vec<(PathBuf, Vec<u8>)>, String> {
    let one = |content: Vec<u8>| vec![(path.to_owned(), content)];
    Ok(match Medium::of(path) {
        Medium::Text => one(render::page::text(page, Style::PLAIN).into_bytes()),
        Medium::Html => one(html(report, brand).into_bytes()),
        Medium::Pdf => one(paper(report, brand)?),
        Medium::Workbook => one(workbook(report).map_err(|error| error.to_string())?),
        Medium::Tables => csv(report).into_iter().map(|(name, text)| (path.join(name), text.into_bytes())).collect(),
    })
}

/// What should be known of a form that a report takes.
#[cfg(feature = "pdf")]
pub fn caution(path: &Path, report: &Report, brand: &Brand) -> Option<Diagnostic> {
    let letters = if Medium::of(path) == Medium::Pdf { evenkeel_io::page::without_shape(report, brand) } else { Vec::new() };
    let shown: Vec<String> = letters.iter().take(MOST_LETTERS).map(|letter| format!("{letter} (U+{:04X})", u32::from(*letter))).collect();
    let more = if letters.len() > MOST_LETTERS { format!(" and {} more", letters.len() - MOST_LETTERS) } else { String::new() };
    let message = format!("`{}` shows empty boxes for letters of which no font is carried: {}{more}", path.display(), shown.join(", "));
    let told =
        || Diagnostic::warning(Code::OUTPUT, message).help("write a page that ends in `.html`, which takes the fonts of the machine");
    (!letters.is_empty()).then(told)
}

/// What should be known of a form that a report takes.
#[cfg(not(feature = "pdf"))]
pub fn caution(_: &Path, _: &Report, _: &Brand) -> Option<Diagnostic> {
    None
}

/// Letters that a caution names.
#[cfg(feature = "pdf")]
const MOST_LETTERS: usize = 8;

#[cfg(feature = "pdf")]
fn paper(report: &Report, brand: &Brand) -> Result<Vec<u8>, String> {
    evenkeel_io::page::pdf(report, brand).map_err(|error| error.to_string())
}

#[cfg(not(feature = "pdf"))]
fn paper(_: &Report, _: &Brand) -> Result<Vec<u8>, String> {
    Err("this program was built without its feature `pdf`; write a page that ends in `.html`, and print that".to_owned())
}
