//! Files of results beside the result itself: pictures as SVG and PNG, and tables as CSV.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel::estimate::Estimates;
use evenkeel_io::picture::{HeatMap, Picture, Theme, png};
use evenkeel_io::write;

/// Bytes of a line of headings at most.
const LONGEST_HEADER: u64 = 1 << 20;

/// Pixels of a PNG for each unit of a picture: legible in print.
const SCALE: f32 = 2.0;

/// Files that are written beside the result.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Files of results")]
pub struct OutputArguments {
    /// Write the table of the result to this file as CSV.
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Write pictures of the result into this folder, as SVG and PNG.
    #[arg(long, value_name = "FOLDER")]
    pub pictures: Option<PathBuf>,
    /// Colors of the pictures.
    #[arg(long, value_name = "THEME", default_value = "light", requires = "pictures")]
    pub theme: PictureTheme,
}

/// Colors of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PictureTheme {
    /// Dark on white.
    Light,
    /// Light on near black.
    Dark,
}

/// A picture, and the name of its files.
pub type Named = (&'static str, Picture);

/// Names and values of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Csv {
    /// The names of the columns.
    pub header: Vec<String>,
    /// The rows, each as long as the header.
    pub rows: Vec<Vec<String>>,
}

impl Csv {
    fn text(&self) -> String {
        let rows = std::iter::once(&self.header).chain(&self.rows);
        rows.map(|row| write::csv_row(row.iter().map(String::as_str))).collect()
    }
}

/// Numbers below this are written with an exponent.
const LEAST_WRITTEN_OUT: f64 = 1e-6;

/// A number with all its digits; empty where there is none.
pub fn digits(value: impl Into<Option<f64>>) -> String {
    value.into().map_or_else(String::new, |value| match value.abs() {
        0.0 => "0".to_owned(),
        // Written out, what rounding leaves would be hundreds of zeros.
        small if small < LEAST_WRITTEN_OUT => format!("{value:e}"),
        _ => value.to_string(),
    })
}

impl OutputArguments {
    /// No files.
    pub fn none() -> Self {
        Self { csv: None, pictures: None, theme: PictureTheme::Light }
    }

    /// Light pictures in a folder.
    pub fn pictures(folder: PathBuf) -> Self {
        Self { csv: None, pictures: Some(folder), theme: PictureTheme::Light }
    }

    /// Writes what was asked for, and says which files.
    ///
    /// # Errors
    /// A folder or file that cannot be written, and a file in the way that is not such a table.
    pub fn write(&self, table: &Csv, pictures: &[Named]) -> Result<Vec<String>, Box<Diagnostic>> {
        let mut written = self::table(self.csv.as_deref(), table)?;
        if let Some(folder) = &self.pictures {
            let theme = match self.theme {
                PictureTheme::Light => Theme::Light,
                PictureTheme::Dark => Theme::Dark,
            };
            fs::create_dir_all(folder).map_err(|error| unwritten(folder, &error))?;
            for (name, picture) in pictures {
                let (path, svg) = (folder.join(name), picture.draw(theme));
                put(&path.with_extension("svg"), svg.as_bytes(), &mut written)?;
                let path = path.with_extension("png");
                let pixels = png(&svg, SCALE).map_err(|error| unwritten(&path, &error))?;
                put(&path, &pixels, &mut written)?;
            }
        }
        Ok(written)
    }
}

/// Writes a table where it was asked for, and says where.
///
/// # Errors
/// As [`OutputArguments::write`].
pub fn table(path: Option<&Path>, table: &Csv) -> Result<Vec<String>, Box<Diagnostic>> {
    let mut written = Vec::new();
    if let Some(path) = path {
        spare(path, table)?;
        put(path, table.text().as_bytes(), &mut written)?;
    }
    Ok(written)
}

fn put(path: &Path, content: &[u8], written: &mut Vec<String>) -> Result<(), Box<Diagnostic>> {
    write::whole(path, content).map_err(|error| unwritten(path, &error))?;
    written.push(path.display().to_string());
    Ok(())
}

fn unwritten(path: &Path, error: &dyn std::fmt::Display) -> Box<Diagnostic> {
    let told = Diagnostic::error(Code::OUTPUT, format!("`{}` cannot be written: {error}", path.display()));
    Box::new(told.help("check the path, the permissions and the space left"))
}

/// Refuses to put a table in the place of a file that is not an earlier one of its kind: it may be an input.
fn spare(path: &Path, table: &Csv) -> Result<(), Box<Diagnostic>> {
    let own = write::csv_row(table.header.iter().map(String::as_str));
    match begins(path) {
        Some(first) if first.trim_end() != own.trim_end() => Err(in_the_way(path)),
        _ => Ok(()),
    }
}

/// Refuses to put a file that begins with a line in the place of one that does not, or of one in the folder of inputs.
///
/// # Errors
/// A file in the way.
pub fn spare_inputs(path: &Path, begins_with: &str, inputs: Option<&Path>) -> Result<(), Box<Diagnostic>> {
    let folder = |path: &Path| fs::canonicalize(path).ok();
    let of_inputs = inputs
        .and_then(folder)
        .is_some_and(|inputs| path.canonicalize().ok().and_then(|path| path.parent().map(Path::to_owned)) == Some(inputs));
    match begins(path) {
        Some(first) if of_inputs || first.trim_end() != begins_with => Err(in_the_way(path)),
        _ => Ok(()),
    }
}

/// The first line of what stands at a path, as far as it is text; `None` where nothing does.
fn begins(path: &Path) -> Option<String> {
    let file = fs::metadata(path).ok()?;
    let mut first = String::new();
    // A device or pipe has no end, and what is no text is no table.
    if file.is_file() {
        let _ = BufReader::new(File::open(path).ok()?.take(LONGEST_HEADER)).read_line(&mut first);
    }
    Some(first)
}

fn in_the_way(path: &Path) -> Box<Diagnostic> {
    let message = format!("`{}` exists and is no earlier result of this kind: it may be an input", path.display());
    Box::new(Diagnostic::error(Code::IN_THE_WAY, message).help("name another file, or remove that one"))
}

/// Correlations in the order given, as a picture.
pub fn correlations(estimates: &Estimates, order: &[usize]) -> Named {
    let count = estimates.assets.len();
    let values = estimates.correlations();
    let value = |row: usize, column: usize| values.get(row * count + column).copied().unwrap_or(0.0);
    let map = HeatMap {
        title: "Correlations, in the order of the clusters".to_owned(),
        names: order.iter().filter_map(|asset| estimates.assets.get(*asset)).map(|asset| asset.class.to_string()).collect(),
        values: order.iter().flat_map(|row| order.iter().map(|column| value(*row, *column))).collect(),
    };
    ("correlations", Picture::HeatMap(map))
}
