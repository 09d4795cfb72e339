//! Reports on paper: so many pages, ink on each, and none beyond the margins.
//!
//! Pages are looked at with `pdftoppm` of Poppler; skipped, and said so, where that is not installed.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use support::{Folder, evenkeel, shown};

/// Dots an inch.
const DOTS: usize = 50;

/// A page in shades of gray.
struct Sheet {
    width: usize,
    height: usize,
    gray: Vec<u8>,
}

impl Sheet {
    /// Of a portable graymap.
    fn read(path: &Path) -> Self {
        let bytes = fs::read(path).unwrap();
        let mut ends = bytes.iter().enumerate().filter(|(_, byte)| byte.is_ascii_whitespace()).map(|(at, _)| at);
        let head = ends.nth(3).unwrap();
        let words: Vec<usize> = String::from_utf8_lossy(&bytes[2..head]).split_whitespace().map(|word| word.parse().unwrap()).collect();
        Self { width: words[0], height: words[1], gray: bytes[head + 1..].to_vec() }
    }

    /// Dark dots from one place to another.
    fn ink(&self, columns: std::ops::Range<usize>, rows: std::ops::Range<usize>) -> usize {
        self.shade(columns, rows, 128)
    }

    /// Dots darker than a gray, which small gray text is not at so few dots an inch.
    fn shade(&self, columns: std::ops::Range<usize>, rows: std::ops::Range<usize>, gray: u8) -> usize {
        rows.map(|row| columns.clone().filter(|column| self.gray[row * self.width + column] < gray).count()).sum()
    }
}

/// The pages of a report; `None` where they cannot be looked at.
fn pages(folder: &Folder, arguments: &[&str]) -> Option<Vec<Sheet>> {
    let path = folder.path().join("report.pdf");
    let output = evenkeel(&[arguments, &["--out", path.to_str().unwrap()]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    assert_eq!(&fs::read(&path).unwrap()[..5], b"%PDF-");
    let drawn = Command::new("pdftoppm").args(["-gray", "-r", &DOTS.to_string()]).arg(&path).arg(folder.path().join("page")).output();
    if drawn.is_err() {
        eprintln!("SKIPPED: pdftoppm is not installed, so pages are not looked at");
        return None;
    }
    let names = folder.files().into_iter().filter(|name| Path::new(name).extension().is_some_and(|ending| ending == "pgm"));
    let sheets = names.map(|name| {
        let path = folder.path().join(name);
        let sheet = Sheet::read(&path);
        fs::remove_file(path).unwrap();
        sheet
    });
    Some(sheets.collect())
}

#[test]
fn a_review_has_two_pages_and_a_report_to_the_board_keeps_to_its_margins() {
    let folder = Folder::new("paper");
    let risk = ["report", "examples/endowment", "--for", "board", "--assumptions", "examples/endowment/risk.toml"];
    let runs: [(&[&str], Option<usize>); 3] = [
        (&["report", "examples/client", "--for", "client", "--as-of", "2026-03-31"], Some(2)),
        (&risk, None),
        (&["report", "examples/performance"], None),
    ];
    for (arguments, count) in runs {
        let Some(sheets) = pages(&folder, arguments) else { return };
        assert!(count.is_none_or(|count| count == sheets.len()), "{arguments:?}: {} pages", sheets.len());
        assert!(sheets.len() >= 2, "{arguments:?}");
        for (number, sheet) in sheets.iter().enumerate() {
            let (width, height, margin) = (sheet.width, sheet.height, DOTS / 4);
            assert!(sheet.ink(0..width, 0..height) > 200, "{arguments:?}: page {} is empty", number + 1);
            let beyond = sheet.ink(0..margin, 0..height) + sheet.ink(width - margin..width, 0..height);
            assert_eq!(beyond, 0, "{arguments:?}: page {} goes beyond its margins", number + 1);
        }
    }
}

#[test]
fn long_footers_and_names_take_the_room_that_they_need() {
    let folder = Folder::new("paper-brand");
    let brand = folder.path().join("brand.toml");
    let footer = "For professional clients only, and no advice of any kind. ".repeat(16);
    let name = "A Company of Advisers with a Name that is very much Longer than most".repeat(2);
    fs::write(&brand, format!("schema_version = 1\nname = \"{name}\"\nfooter = \"{}\"\n", footer.trim_end())).unwrap();
    let run = ["report", "examples/client", "--for", "client", "--brand", brand.to_str().unwrap()];
    let Some(sheets) = pages(&folder, &run) else { return };
    for (number, sheet) in sheets.iter().enumerate() {
        let (edge, gray) = (sheet.height - DOTS / 4, 200);
        assert_eq!(sheet.shade(0..sheet.width, edge..sheet.height, gray), 0, "page {}: the footer runs off the paper", number + 1);
        assert!(sheet.shade(0..sheet.width, sheet.height * 4 / 5..edge, gray) > 200, "page {} has no footer", number + 1);
    }
}

#[test]
fn letters_without_a_shape_are_told() {
    let folder = Folder::new("paper-letters");
    support::copy_example("client", folder.path());
    let path = folder.path().join("instruments.csv");
    let named = fs::read_to_string(&path).unwrap().replace("Total US stock fund", "株式 fund");
    fs::write(&path, named).unwrap();
    let out = folder.path().join("report.pdf");
    let policy = folder.path().join("3-points.toml");
    let run = ["report", folder.path().to_str().unwrap(), "--policy", policy.to_str().unwrap(), "--out", out.to_str().unwrap()];
    let output = evenkeel(&run);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(0) && out.exists() && told.contains("U+682A"), "{}", shown(&output));
}
