//! [`DateFormat`]: how a foreign file writes dates.

use std::fmt;
use std::str::FromStr;

use evenkeel_ledger::date::Date;

/// A pattern such as `DD/MM/YYYY` or `YYYY-MM-DD hh:mm:ss`: `YYYY`, `MM` and `DD` are digits of
/// the date, `hh`, `mm` and `ss` digits of a time, which is checked for digits and dropped; any
/// other character stands for itself. Without `DD` the date is the last of the month: what is known
/// of a month is known at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateFormat {
    pattern: String,
    tokens: Vec<Token>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Year,
    Month,
    Day,
    Time,
    Literal(u8),
}

/// A pattern that names no date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateFormatError;

impl fmt::Display for DateFormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the pattern needs YYYY and MM once each, DD at most once, and plain ASCII between them")
    }
}

impl Default for DateFormat {
    /// `YYYY-MM-DD`.
    fn default() -> Self {
        use Token::{Day, Literal, Month, Year};
        Self { pattern: "YYYY-MM-DD".to_owned(), tokens: vec![Year, Literal(b'-'), Month, Literal(b'-'), Day] }
    }
}

impl FromStr for DateFormat {
    type Err = DateFormatError;

    fn from_str(pattern: &str) -> Result<Self, DateFormatError> {
        let mut tokens = Vec::new();
        let mut rest = pattern;
        while let Some(first) = rest.bytes().next() {
            let (token, length) = match rest {
                _ if rest.starts_with("YYYY") => (Token::Year, 4),
                _ if rest.starts_with("MM") => (Token::Month, 2),
                _ if rest.starts_with("DD") => (Token::Day, 2),
                _ if ["hh", "mm", "ss"].iter().any(|part| rest.starts_with(part)) => (Token::Time, 2),
                _ if first.is_ascii() => (Token::Literal(first), 1),
                _ => return Err(DateFormatError),
            };
            tokens.push(token);
            rest = rest.get(length..).unwrap_or_default();
        }
        let count = |wanted: Token| tokens.iter().filter(|token| **token == wanted).count();
        if count(Token::Year) != 1 || count(Token::Month) != 1 || count(Token::Day) > 1 {
            return Err(DateFormatError);
        }
        Ok(Self { pattern: pattern.to_owned(), tokens })
    }
}

impl DateFormat {
    /// The date that a text names; `None` where it is not written in this format.
    pub fn parse(&self, text: &str) -> Option<Date> {
        let (mut year, mut month, mut day) = (None, None, None);
        let mut rest = text.as_bytes();
        for token in &self.tokens {
            let length = match token {
                Token::Year => 4,
                Token::Month | Token::Day | Token::Time => 2,
                Token::Literal(_) => 1,
            };
            let (part, after) = rest.split_at_checked(length)?;
            match token {
                Token::Year => year = Some(digits(part)?),
                Token::Month => month = Some(digits(part)?),
                Token::Day => day = Some(digits(part)?),
                Token::Time => {
                    digits(part)?;
                }
                Token::Literal(byte) if part == [*byte] => {}
                Token::Literal(_) => return None,
            }
            rest = after;
        }
        if !rest.is_empty() {
            return None;
        }
        let (year, month) = (year?, i8::try_from(month?).ok()?);
        match day {
            Some(day) => Date::new(year, month, i8::try_from(day).ok()?).ok(),
            None => Date::new(year, month, 1).ok().map(Date::month_end),
        }
    }
}

fn digits(part: &[u8]) -> Option<i16> {
    part.iter().try_fold(0, |number: i16, byte| byte.is_ascii_digit().then(|| number * 10 + i16::from(byte - b'0')))
}

impl fmt::Display for DateFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.pattern)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_others_write() {
        let cases = [
            ("YYYY-MM-DD", "2024-02-29", Some("2024-02-29")),
            ("YYYY-MM-DD hh:mm:ss", "2004-01-09 00:00:00", Some("2004-01-09")),
            ("DD/MM/YYYY", "09/01/2004", Some("2004-01-09")),
            ("MM/DD/YYYY", "02/30/2004", None),
            ("YYYY-MM", "2023-02", Some("2023-02-28")),
            ("YYYYMMDD", "20230228", Some("2023-02-28")),
            ("YYYYMMDD", "20230228x", None),
            ("YYYY-MM-DD", "2023/02/28", None),
        ];
        for (pattern, text, expected) in cases {
            let seen = pattern.parse::<DateFormat>().unwrap().parse(text).map(|date| date.to_string());
            assert_eq!(seen.as_deref(), expected, "{text} as {pattern}");
        }
    }

    #[test]
    fn refuses_patterns_without_a_date() {
        for pattern in ["", "YYYY", "MM-DD", "YYYY-MM-MM", "YYYY年MM"] {
            assert_eq!(pattern.parse::<DateFormat>(), Err(DateFormatError), "{pattern}");
        }
        assert_eq!(DateFormat::default(), "YYYY-MM-DD".parse().unwrap());
    }
}
