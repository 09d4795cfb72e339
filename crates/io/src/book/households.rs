//! Which rows of a shard are one household.

use std::cmp::Ordering;
use std::ops::Range;

use evenkeel::diagnostic::{Code, Diagnostic};

use super::columns::Columns;

const REMEDY: &str = "sort the rows by household, and keep the rows of one household in one shard";

impl Columns {
    /// The rows of each household, in order.
    ///
    /// # Errors
    /// The first row that stands after one of a later household, or names none.
    pub fn households(&self, file: &str) -> Result<Vec<Range<usize>>, Box<Diagnostic>> {
        let mut ranges: Vec<Range<usize>> = Vec::new();
        for row in 0..self.accounts() {
            let Some(id) = self.household.text(row).filter(|id| !id.is_empty()) else {
                let message = format!("{file}: row {} names no household", row + 1);
                return Err(Box::new(Diagnostic::error(Code::BOOK, message).help("write the household of each account as UTF-8 text")));
            };
            let before = ranges.last().and_then(|range| self.household.text(range.start)).unwrap_or_default();
            match before.cmp(id) {
                Ordering::Less => ranges.push(row..row + 1),
                Ordering::Equal => {
                    if let Some(range) = ranges.last_mut() {
                        range.end = row + 1;
                    }
                }
                Ordering::Greater => {
                    let message = format!("{file}: row {} is of the household `{id}`, which stands after `{before}`", row + 1);
                    return Err(Box::new(Diagnostic::error(Code::BOOK, message).help(REMEDY)));
                }
            }
        }
        Ok(ranges)
    }

    /// The first and the last household; `None` where there is no row.
    pub fn span(&self) -> Option<(&str, &str)> {
        let last = self.accounts().checked_sub(1)?;
        Some((self.household.text(0)?, self.household.text(last)?))
    }
}

/// Refuses two shards, one after the other, that do not part the households between them: each by its file, with the last
/// household of the first and the first of the second.
///
/// ```
/// use evenkeel_io::book::check_boundary;
/// assert!(check_boundary(("0.parquet", "adams"), ("1.parquet", "baker")).is_ok());
/// assert!(check_boundary(("0.parquet", "baker"), ("1.parquet", "baker")).is_err());
/// ```
///
/// # Errors
/// Where the second begins with a household that is not after the last of the first.
pub fn check_boundary(first: (&str, &str), second: (&str, &str)) -> Result<(), Box<Diagnostic>> {
    let ((file, last), (next_file, next)) = (first, second);
    let problem = match last.cmp(next) {
        Ordering::Less => return Ok(()),
        Ordering::Equal => format!("the household `{last}` straddles {file}, where it is the last, and {next_file}, where it is in row 1"),
        Ordering::Greater => format!("{next_file} begins in row 1 with the household `{next}`, and {file} ends with `{last}`"),
    };
    Err(Box::new(Diagnostic::error(Code::BOOK, problem).help(REMEDY)))
}
