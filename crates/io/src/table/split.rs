//! Splits delimited text into records and fields by RFC 4180, keeping the place of each.
//!
//! Written here rather than taken from a crate because a field's place, a quote that is never
//! closed and text after a closing quote must all be told to the user; the tests compare it with
//! the `csv` crate on files in which none of these occurs.

use std::borrow::Cow;

use crate::limits::MAX_FIELDS;

/// A field's place in the text, without its quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    /// First byte.
    pub(super) start: usize,
    /// After the last byte.
    pub(super) end: usize,
    /// How it was written.
    pub(super) quoting: Quoting,
}

/// How a field was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quoting {
    /// Without quotes.
    Plain,
    /// In quotes, with none inside.
    Quoted,
    /// In quotes, with doubled quotes inside.
    Doubled,
}

impl Field {
    /// What the field says: spaces and tabs around an unquoted value do not count.
    pub(super) fn value<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let inside = text.get(self.start..self.end).unwrap_or_default();
        match self.quoting {
            Quoting::Plain => Cow::Borrowed(inside.trim_matches([' ', '\t'])),
            Quoting::Quoted => Cow::Borrowed(inside),
            Quoting::Doubled => Cow::Owned(inside.replace("\"\"", "\"")),
        }
    }
}

/// One record: reused from row to row, so that reading allocates nothing for each.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// First byte of the record.
    pub(super) start: usize,
    /// Line on which it starts, from 1.
    pub(super) line: usize,
    /// Its fields.
    pub(super) fields: Vec<Field>,
}

/// What makes the text unreadable from some place on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// A quote was opened and never closed.
    UnclosedQuote(usize),
    /// A closing quote is followed by something else than a delimiter or the end of the line.
    TextAfterQuote(usize),
    /// A record has more fields than [`MAX_FIELDS`].
    TooManyFields(usize),
}

/// Reads records one after the other.
#[derive(Debug)]
pub(super) struct Records<'a> {
    text: &'a str,
    delimiter: u8,
    at: usize,
    line: usize,
}

impl<'a> Records<'a> {
    /// Starts at a byte that begins the given line.
    pub(super) fn new(text: &'a str, delimiter: u8, at: usize, line: usize) -> Self {
        Self { text, delimiter, at, line }
    }

    /// Reads the next record that is not an empty line; `false` at the end. After a fault the rest
    /// of the text is not read.
    pub(super) fn next_into(&mut self, record: &mut Record) -> Result<bool, Fault> {
        let bytes = self.text.as_bytes();
        self.skip_empty_lines(bytes);
        record.start = self.at;
        record.line = self.line;
        record.fields.clear();
        if self.at >= bytes.len() {
            return Ok(false);
        }
        loop {
            let field = if bytes.get(self.at) == Some(&b'"') { self.quoted(bytes) } else { Ok(self.plain(bytes)) };
            let field = field.inspect_err(|_| self.at = bytes.len())?;
            if record.fields.len() == MAX_FIELDS {
                self.at = bytes.len();
                return Err(Fault::TooManyFields(field.start));
            }
            record.fields.push(field);
            match bytes.get(self.at) {
                Some(byte) if *byte == self.delimiter => self.at += 1,
                Some(_) => {
                    self.end_line(bytes);
                    return Ok(true);
                }
                None => return Ok(true),
            }
        }
    }

    fn skip_empty_lines(&mut self, bytes: &[u8]) {
        while matches!(bytes.get(self.at..), Some([b'\n', ..] | [b'\r', b'\n', ..])) {
            self.end_line(bytes);
        }
    }

    /// Steps over `\n` or `\r\n`.
    fn end_line(&mut self, bytes: &[u8]) {
        self.at += if bytes.get(self.at) == Some(&b'\r') { 2 } else { 1 };
        self.line += 1;
    }

    fn plain(&mut self, bytes: &[u8]) -> Field {
        let start = self.at;
        let rest = bytes.get(start..).unwrap_or_default();
        let length = rest.iter().position(|byte| *byte == self.delimiter || *byte == b'\n').unwrap_or(rest.len());
        let before_newline = rest.get(length) == Some(&b'\n') && length.checked_sub(1).and_then(|last| rest.get(last)) == Some(&b'\r');
        let end = start + length - usize::from(before_newline);
        self.at = end;
        Field { start, end, quoting: Quoting::Plain }
    }

    fn quoted(&mut self, bytes: &[u8]) -> Result<Field, Fault> {
        let start = self.at + 1;
        let mut end = start;
        let mut quoting = Quoting::Quoted;
        loop {
            match bytes.get(end) {
                None => return Err(Fault::UnclosedQuote(self.at)),
                Some(b'"') if bytes.get(end + 1) == Some(&b'"') => {
                    quoting = Quoting::Doubled;
                    end += 2;
                }
                Some(b'"') => break,
                Some(byte) => {
                    self.line += usize::from(*byte == b'\n');
                    end += 1;
                }
            }
        }
        self.at = end + 1;
        match bytes.get(self.at..).unwrap_or_default() {
            [] | [b'\n', ..] | [b'\r', b'\n', ..] => Ok(Field { start, end, quoting }),
            [byte, ..] if *byte == self.delimiter => Ok(Field { start, end, quoting }),
            _ => Err(Fault::TextAfterQuote(self.at)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(text: &str) -> Result<Vec<(usize, Vec<String>)>, Fault> {
        let mut records = Records::new(text, b',', 0, 1);
        let mut record = Record::default();
        let mut found = Vec::new();
        while records.next_into(&mut record)? {
            let values = record.fields.iter().map(|field| field.value(text).into_owned()).collect();
            found.push((record.line, values));
        }
        Ok(found)
    }

    #[test]
    fn keeps_quoted_newlines_and_counts_lines() {
        let found = split("a,b\r\n\r\n\"x\r\ny\",\"say \"\"hi\"\"\"\r\n 1 ,\n").unwrap();
        let expected = [
            (1, vec!["a".to_owned(), "b".to_owned()]),
            (3, vec!["x\r\ny".to_owned(), "say \"hi\"".to_owned()]),
            (5, vec!["1".to_owned(), String::new()]),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn tells_broken_quotes() {
        assert_eq!(split("a,b\n1,\"2"), Err(Fault::UnclosedQuote(6)));
        assert_eq!(split("a\n\"2\"x\n"), Err(Fault::TextAfterQuote(5)));
        assert_eq!(split(""), Ok(Vec::new()));
    }

    proptest! {
        #[test]
        fn agrees_with_the_csv_crate(rows in prop::collection::vec(prop::collection::vec("[a-c,\"\n\r é]{0,5}", 2..5), 0..6)) {
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let found = split(&text).unwrap();
            // Spaces around unquoted values do not count here, and count there.
            let ours: Vec<Vec<String>> = found.into_iter().map(|(_, row)| row.iter().map(|value| value.trim_matches(' ').to_owned()).collect()).collect();
            let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(text.as_bytes());
            let theirs: Vec<Vec<String>> =
                reader.records().map(|row| row.unwrap().iter().map(|value| value.trim_matches(' ').to_owned()).collect()).collect();
            prop_assert_eq!(ours, theirs);
        }

        #[test]
        fn garbage_never_panics(text in "\\PC{0,40}[,\"\r\n]{0,8}\\PC{0,10}[,\"\r\n]{0,8}") {
            let _ = split(&text);
        }
    }
}
