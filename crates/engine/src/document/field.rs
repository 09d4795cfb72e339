//! [`Key`] and [`Field`]: one key of a table, from its name to its value.

use std::fmt;
use std::str::FromStr;

use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::Decimal;

use crate::diagnostic::{Code, Diagnostic};

use super::reference::{KeyEntry, Presence};
use super::{Table, Value};

/// A key that a table is asked for; its type comes next.
#[must_use = "a key without a type reads nothing"]
pub struct Key<'t, 'd> {
    pub(super) table: &'t Table<'d>,
    pub(super) name: &'static str,
    pub(super) about: &'static str,
}

/// A key with its type, and its value if it is there and right.
#[must_use = "end with `required`, `optional` or `or`"]
pub struct Field<'t, 'd, T> {
    key: Key<'t, 'd>,
    kind: String,
    value: Option<T>,
    given: Option<Value<'t>>,
}

impl<'t, 'd> Key<'t, 'd> {
    /// A text in quotes, not empty.
    pub fn text(self) -> Field<'t, 'd, String> {
        self.read("text", Value::name)
    }

    /// True or false.
    pub fn flag(self) -> Field<'t, 'd, bool> {
        self.read("true or false", Value::flag)
    }

    /// A whole number that the type can hold.
    pub fn integer<N: TryFrom<i64>>(self) -> Field<'t, 'd, N> {
        self.read("whole number", Value::integer)
    }

    /// An exact number.
    pub fn decimal(self) -> Field<'t, 'd, Decimal> {
        self.read("exact number", Value::decimal)
    }

    /// A finite number in floating point.
    pub fn number(self) -> Field<'t, 'd, f64> {
        self.read("number", Value::number)
    }

    /// A date.
    pub fn date(self) -> Field<'t, 'd, Date> {
        self.read("date", Value::date)
    }

    /// A text that a type reads; `what` says what it is, with an example: "a currency such as `USD`".
    pub fn parsed<T: FromStr<Err: fmt::Display>>(self, what: &'static str) -> Field<'t, 'd, T> {
        self.read(what, |value| value.parsed(what))
    }

    /// One of several names.
    pub fn one_of<T: Clone>(self, choices: &[(&'static str, T)]) -> Field<'t, 'd, T> {
        let kind = one_of_text(choices.iter().map(|(name, _)| *name));
        self.read(&kind, |value| value.one_of(choices))
    }

    /// An array, each item read by a function; `kind` says what the items are: "array of texts".
    pub fn list<T>(self, kind: &str, read: impl Fn(Value<'t>) -> Option<T>) -> Field<'t, 'd, Vec<T>> {
        self.read(kind, |value| value.list(read))
    }

    /// An array of texts, none of them empty.
    pub fn texts(self) -> Field<'t, 'd, Vec<String>> {
        self.list("array of texts", Value::name)
    }

    /// A table with names that the user chooses, in the order of the text.
    pub fn entries<T>(self, kind: &str, read: impl Fn(&str, Value<'t>) -> Option<T>) -> Field<'t, 'd, Vec<T>> {
        self.read(kind, |value| value.entries(read))
    }

    /// One of several names that decides which further keys the table takes: runs `read` with what
    /// was chosen. Required.
    pub fn variant<V: Clone, T>(self, choices: &[(&'static str, V)], read: impl Fn(V) -> Option<T>) -> Option<T> {
        let (table, name) = (self.table, self.name);
        if let Some(chosen) = self.one_of(choices).required() {
            return read(chosen);
        }
        if table.is_reference() {
            for (choice, value) in choices {
                table.with_condition(format!("{name} = \"{choice}\""), || read(value.clone()));
            }
        } else {
            // Which keys belong here cannot be told without it.
            table.allow_all_keys();
        }
        None
    }

    /// A value read by a function; `kind` says what it is.
    pub fn read<T>(self, kind: &str, read: impl FnOnce(Value<'t>) -> Option<T>) -> Field<'t, 'd, T> {
        let given = self.table.ask(self.name);
        Field { kind: kind.to_owned(), value: given.and_then(read), given, key: self }
    }
}

impl<T> Field<'_, '_, T> {
    /// The value; reports where the key is missing.
    pub fn required(self) -> Option<T> {
        self.record(Presence::Required);
        if self.given.is_none() {
            let Key { table, name, about } = self.key;
            let message =
                if table.is_root() { format!("`{name}` is missing") } else { format!("`{name}` is missing in `{}`", table.path()) };
            table.report(Diagnostic::error(Code::MISSING_KEY, message).help(format!("add `{name} = …`: {about}")));
        }
        self.value
    }

    /// The value; `None` where the key is missing.
    pub fn optional(self) -> Option<T> {
        self.record(Presence::Optional);
        self.value
    }

    /// The value, or the default where the key is missing.
    pub fn or(self, default: T) -> T
    where
        T: fmt::Display,
    {
        self.record(Presence::Default(default.to_string()));
        self.value.unwrap_or(default)
    }

    /// The value, or the default where the key is missing; `shown` is the default as the document
    /// would write it.
    pub fn or_else(self, shown: &str, default: impl FnOnce() -> T) -> T {
        self.record(Presence::Default(shown.to_owned()));
        self.value.unwrap_or_else(default)
    }

    /// As [`Self::or_else`], but `None` where the key is there and wrong: for values on which the
    /// meaning of other keys depends.
    pub fn or_absent(self, shown: &str, default: impl FnOnce() -> T) -> Option<T> {
        self.record(Presence::Default(shown.to_owned()));
        if self.given.is_some() { self.value } else { Some(default()) }
    }

    /// Refuses a value for which the function states a problem ("is not …") and a remedy.
    pub fn check(mut self, problem: impl FnOnce(&T) -> Option<(String, String)>) -> Self {
        if let (Some(value), Some(given)) = (&self.value, self.given)
            && let Some((problem, remedy)) = problem(value)
        {
            self.value = given.refuse(Code::OUT_OF_RANGE, &problem, &remedy);
        }
        self
    }

    fn record(&self, presence: Presence) {
        let (name, about) = (self.key.name, self.key.about);
        self.key.table.record(|condition| KeyEntry { name, kind: self.kind.clone(), presence, about, condition });
    }
}

impl<T: Copy + PartialOrd + fmt::Display> Field<'_, '_, T> {
    /// No less than `least`, in `unit`.
    pub fn at_least(self, least: T, unit: &str) -> Self {
        self.bounded(&format!("≥ {least}"), unit, |value| {
            (*value < least).then(|| (format!("is below the least of {least} {unit}"), format!("write at least {least}")))
        })
    }

    /// Strictly more than `floor`, in `unit`.
    pub fn above(self, floor: T, unit: &str) -> Self {
        self.bounded(&format!("> {floor}"), unit, |value| {
            (*value <= floor).then(|| (format!("is not above {floor} {unit}"), format!("write more than {floor}")))
        })
    }

    /// Within `least` and `most`, both allowed, in `unit`.
    pub fn between(self, least: T, most: T, unit: &str) -> Self {
        self.bounded(&format!("{least} to {most}"), unit, |value| {
            let outside = *value < least || *value > most;
            outside.then(|| (format!("is outside {least} to {most} {unit}"), format!("write a value from {least} to {most}")))
        })
    }

    /// Between `floor` and `ceiling`, neither allowed, in `unit`.
    pub fn inside(self, floor: T, ceiling: T, unit: &str) -> Self {
        self.bounded(&format!("> {floor} and < {ceiling}"), unit, |value| {
            let outside = !(*value > floor && *value < ceiling);
            outside.then(|| {
                (format!("is not between {floor} and {ceiling} {unit}"), format!("write more than {floor} and less than {ceiling}"))
            })
        })
    }

    fn bounded(mut self, range: &str, unit: &str, problem: impl FnOnce(&T) -> Option<(String, String)>) -> Self {
        let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
        self.kind = format!("{}, {range}{unit}", self.kind);
        // Without a unit the sentence ends with its number.
        self.check(|value| problem(value).map(|(problem, remedy)| (problem.trim_end().to_owned(), remedy)))
    }
}

impl Field<'_, '_, f64> {
    /// From 0 to 1.
    pub fn fraction(self) -> Self {
        self.bounded("0 to 1", "", |value| fraction_problem(*value))
    }

    /// Above 0, up to 1.
    pub fn positive_fraction(self) -> Self {
        self.bounded("above 0, up to 1", "", |value| {
            let zero = (*value == 0.0).then(|| ("is not above 0".to_owned(), "write a fraction above 0, up to 1".to_owned()));
            zero.or_else(|| fraction_problem(*value))
        })
    }

    /// From −1 to 1.
    pub fn signed_fraction(self) -> Self {
        self.bounded("−1 to 1", "", |value| fraction_problem(value.abs()).map(|(_, help)| ("is outside −1 to 1".to_owned(), help)))
    }
}

impl Field<'_, '_, Decimal> {
    /// From 0 to 1.
    pub fn fraction(self) -> Self {
        self.bounded("0 to 1", "", |value| fraction_problem(crate::boundary::to_f64(*value)))
    }
}

/// Why a number is no fraction, and what was probably meant.
pub(super) fn fraction_problem(value: f64) -> Option<(String, String)> {
    if value < 0.0 {
        return Some(("is below 0".to_owned(), "write a fraction from 0 to 1".to_owned()));
    }
    if value <= 1.0 {
        return None;
    }
    let remedy = if value <= 100.0 {
        format!("fractions are not percent: write {} for {value} %", value / 100.0)
    } else {
        "write a fraction from 0 to 1".to_owned()
    };
    Some(("is above 1".to_owned(), remedy))
}

/// "one of `a`, `b` or `c`".
pub(super) fn one_of_text(names: impl Iterator<Item = &'static str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("one of {} or {last}", others.join(", ")),
        None => "nothing".to_owned(),
    }
}
