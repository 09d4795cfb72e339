//! [`Value`]: one value of a document, read as what it is meant to be.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::{Decimal, NumberError};
use toml::Spanned;
use toml::de::DeValue;

use crate::diagnostic::{Code, Diagnostic, Location};

use super::field::{fraction_problem, one_of_text};
use super::{Document, Table, did_you_mean, number};

/// One value of a document. Reading it as a type it does not have reports that and gives `None`.
#[derive(Clone, Copy)]
pub struct Value<'d> {
    pub(super) document: &'d Document<'d>,
    pub(super) node: &'d Spanned<DeValue<'d>>,
    /// The key under which it stands, for messages.
    pub(super) name: &'d str,
}

/// Values shown in messages are cut to this many characters.
const SHOWN_LENGTH: usize = 40;

impl<'d> Value<'d> {
    /// Where it stands, as a range of bytes.
    pub fn span(self) -> Range<usize> {
        self.node.span()
    }

    /// Where it stands.
    pub fn location(self) -> Location {
        self.document.locate(self.span())
    }

    /// Reports a problem at this value.
    pub fn report(self, diagnostic: Diagnostic) {
        self.document.report(diagnostic.at(self.location()));
    }

    /// A text.
    pub fn text(self) -> Option<String> {
        match self.node.get_ref() {
            DeValue::String(text) => Some(text.clone().into_owned()),
            _ => self.wrong_type("a text in quotes", "put the value in quotes"),
        }
    }

    /// A text with at least one character that is no space.
    pub fn name(self) -> Option<String> {
        let text = self.text()?;
        if text.trim().is_empty() {
            return self.refuse(Code::OUT_OF_RANGE, "is empty", "write a name of at least one character");
        }
        Some(text)
    }

    /// True or false.
    pub fn flag(self) -> Option<bool> {
        match self.node.get_ref() {
            DeValue::Boolean(flag) => Some(*flag),
            _ => self.wrong_type("true or false", "write true or false, without quotes"),
        }
    }

    /// A whole number, written without a point.
    pub fn integer<N: TryFrom<i64>>(self) -> Option<N> {
        let DeValue::Integer(integer) = self.node.get_ref() else {
            return self.wrong_type("a whole number", "write a whole number, such as 3");
        };
        let whole = i64::from_str_radix(integer.as_str(), integer.radix()).ok();
        let narrow = whole.and_then(|whole| N::try_from(whole).ok());
        if narrow.is_none() {
            let below_zero = integer.as_str().starts_with('-');
            let problem = if below_zero { "is below zero" } else { "is too large" };
            let remedy = if below_zero { "write a whole number of at least 0" } else { "write a smaller number" };
            return self.refuse(Code::OUT_OF_RANGE, problem, remedy);
        }
        narrow
    }

    /// An exact number of at most nine digits after the point.
    pub fn decimal(self) -> Option<Decimal> {
        match number::decimal(self.node.get_ref()) {
            None => self.wrong_type("a number", "write a number without quotes, such as 0.35"),
            Some(Ok(decimal)) => Some(decimal),
            Some(Err(NumberError::TooPrecise(_))) => {
                self.refuse(Code::OUT_OF_RANGE, "has more than nine digits after the point", "round it to nine digits")
            }
            Some(Err(NumberError::Overflow)) => self.refuse(Code::OUT_OF_RANGE, "is too large", "write a smaller number"),
            Some(Err(_)) => self.refuse(Code::OUT_OF_RANGE, "is not a finite number", "write a number such as 0.35"),
        }
    }

    /// An exact number from 0 to 1.
    pub fn fraction(self) -> Option<Decimal> {
        let decimal = self.decimal()?;
        match fraction_problem(crate::boundary::to_f64(decimal)) {
            Some((problem, remedy)) => self.refuse(Code::OUT_OF_RANGE, &problem, &remedy),
            None => Some(decimal),
        }
    }

    /// A finite number in floating point.
    pub fn number(self) -> Option<f64> {
        let number = match self.node.get_ref() {
            DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str().parse().ok(),
            DeValue::Integer(_) => return self.decimal().map(crate::boundary::to_f64),
            DeValue::Float(float) => float.as_str().parse().ok(),
            _ => return self.wrong_type("a number", "write a number without quotes, such as 0.35"),
        };
        match number.filter(|number: &f64| number.is_finite()) {
            Some(number) => Some(number),
            None => self.refuse(Code::OUT_OF_RANGE, "is not a finite number", "write a number such as 0.35"),
        }
    }

    /// A date, as a TOML date or in quotes.
    pub fn date(self) -> Option<Date> {
        let date = match self.node.get_ref() {
            DeValue::Datetime(datetime) if datetime.time.is_none() && datetime.offset.is_none() => {
                datetime.date.and_then(|date| date.to_string().parse().ok())
            }
            DeValue::String(text) => text.parse().ok(),
            _ => None,
        };
        date.or_else(|| self.wrong_type("a date", "write a date as 2026-06-30"))
    }

    /// A text that a type reads, such as a currency; `what` says what it is, with an example.
    pub fn parsed<T: FromStr<Err: fmt::Display>>(self, what: &str) -> Option<T> {
        let DeValue::String(text) = self.node.get_ref() else {
            return self.wrong_type(what, &format!("write {what}, in quotes"));
        };
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                let message = format!("`{}` is not {what}: {error}", self.name);
                self.report(Diagnostic::error(Code::WRONG_TYPE, message).help(format!("write {what}")));
                None
            }
        }
    }

    /// One of several names.
    pub fn one_of<T: Clone>(self, choices: &[(&'static str, T)]) -> Option<T> {
        let names = || choices.iter().map(|(name, _)| *name);
        let list = one_of_text(names());
        let DeValue::String(text) = self.node.get_ref() else {
            return self.wrong_type(&list, &format!("write {list}, in quotes"));
        };
        let chosen = choices.iter().find(|(name, _)| name == text).map(|(_, value)| value.clone());
        if chosen.is_none() {
            let message = format!("`{}` is {}, expected {list}", self.name, self.shown());
            let help = did_you_mean(text, names(), &format!("write {list}"));
            self.report(Diagnostic::error(Code::NOT_A_CHOICE, message).help(help));
        }
        chosen
    }

    /// Every item of an array, read by a function; `None` if any cannot be read.
    pub fn list<T>(self, read: impl Fn(Value<'d>) -> Option<T>) -> Option<Vec<T>> {
        let DeValue::Array(items) = self.node.get_ref() else {
            return self.wrong_type("an array", "put the values in square brackets, parted by commas");
        };
        let read: Vec<Option<T>> = items.iter().map(|item| read(Value { node: item, ..self })).collect();
        read.into_iter().collect()
    }

    /// Every entry of a table with names that the user chooses, in the order of the text, read by a
    /// function; `None` if any cannot be read.
    pub fn entries<T>(self, read: impl Fn(&str, Value<'d>) -> Option<T>) -> Option<Vec<T>> {
        let DeValue::Table(entries) = self.node.get_ref() else {
            return self.wrong_type("a table", "write it as `{ name = value, … }` or under its own heading");
        };
        let mut entries: Vec<_> = entries.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let read = entries.into_iter().map(|(key, node)| read(key.get_ref(), Value { node, name: key.get_ref(), ..self }));
        let read: Vec<Option<T>> = read.collect();
        read.into_iter().collect()
    }

    /// A table, read by a function; keys that it does not ask for are reported.
    pub fn table<T>(self, path: &str, read: impl FnOnce(&Table<'_>) -> T) -> Option<T> {
        let DeValue::Table(entries) = self.node.get_ref() else {
            return self.wrong_type("a table", "write it as `{ key = value, … }` or under its own heading");
        };
        let table = Table::new(self.document, Some((entries, self.span())), path.to_owned());
        let value = read(&table);
        table.finish();
        Some(value)
    }

    /// The value as the document writes it, cut where long.
    pub(super) fn shown(self) -> String {
        let source = self.document.source.text.get(self.span()).unwrap_or_default();
        let line = source.lines().next().unwrap_or_default();
        if line.len() < source.len() || line.chars().count() > SHOWN_LENGTH {
            return format!("{}…", line.chars().take(SHOWN_LENGTH).collect::<String>());
        }
        line.to_owned()
    }

    /// Reports that the value is of another type than `expected`.
    pub fn wrong_type<T>(self, expected: &str, remedy: &str) -> Option<T> {
        let seen = match self.node.get_ref() {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "an array",
            DeValue::Table(_) => "a table",
        };
        let message = format!("`{}` takes {expected}, and `{}` is {seen}", self.name, self.shown());
        self.report(Diagnostic::error(Code::WRONG_TYPE, message).help(remedy));
        None
    }

    /// Reports that the value cannot be, and why: "`key` is *value*, which *problem*".
    pub fn refuse<T>(self, code: Code, problem: &str, remedy: &str) -> Option<T> {
        let message = format!("`{}` is {}, which {problem}", self.name, self.shown());
        self.report(Diagnostic::error(code, message).help(remedy));
        None
    }
}
