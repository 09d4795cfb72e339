//! [`Table`]: a table of a document, asked for one key after another.

use std::cell::{Cell, RefCell};
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Code, Diagnostic, Location};

use super::reference::{KeyEntry, TableEntry, TableForm};
use super::{Document, Key, Value, closest};

/// A table of a document. Every key that it may hold is asked for once, whether or not earlier
/// ones were right, so that all problems are found; what was never asked for is not known.
pub struct Table<'d> {
    document: &'d Document<'d>,
    /// What the document holds; `None` for a table that is not there.
    entries: Option<&'d DeTable<'d>>,
    span: Range<usize>,
    path: String,
    asked: RefCell<Vec<&'static str>>,
    all_keys_allowed: Cell<bool>,
    /// In a reference: under which choice the keys now asked for apply.
    condition: RefCell<Option<String>>,
}

impl<'d> Table<'d> {
    pub(super) fn root(document: &'d Document<'d>, entries: Option<&'d DeTable<'d>>) -> Self {
        Self::new(document, entries.map(|entries| (entries, 0..0)), String::new())
    }

    pub(super) fn new(document: &'d Document<'d>, entries: Option<(&'d DeTable<'d>, Range<usize>)>, path: String) -> Self {
        let (entries, span) = match entries {
            Some((entries, span)) => (Some(entries), span),
            None => (None, 0..0),
        };
        let (asked, condition) = (RefCell::default(), RefCell::default());
        Self { document, entries, span, path, asked, all_keys_allowed: Cell::new(false), condition }
    }

    /// Asks for a key; `about` is a sentence for the reference and for help where it is missing.
    pub fn key<'t>(&'t self, name: &'static str, about: &'static str) -> Key<'t, 'd> {
        Key { table: self, name, about }
    }

    /// The document's `schema_version`, which must be there and be `known`.
    pub fn schema_version(&self, known: u32) -> Option<u32> {
        let given = self.ask("schema_version");
        let version = self.key("schema_version", "Version of this file's format.").integer::<u32>().required()?;
        if version == known {
            return Some(version);
        }
        let message = format!("this file has schema version {version}, and this program reads version {known}");
        let help = if version > known { "use a newer release of Evenkeel" } else { "write the file in the current format" };
        if let Some(given) = given {
            given.report(Diagnostic::error(Code::SCHEMA_VERSION, message).help(help));
        }
        None
    }

    /// A table below this one, read by a function even where the document has none: then every key
    /// has its default, and required keys are missing.
    pub fn table<T>(&self, name: &'static str, about: &'static str, read: impl FnOnce(&Table<'_>) -> T) -> Option<T> {
        match self.ask_table(name, about) {
            Some(value) => value.table(&self.path_of(name), read),
            None => Some(read(&self.absent(name))),
        }
    }

    /// A table below this one, read by a function where the document has it.
    pub fn optional_table<T>(&self, name: &'static str, about: &'static str, read: impl FnOnce(&Table<'_>) -> T) -> Option<T> {
        match self.ask_table(name, about) {
            Some(value) => value.table(&self.path_of(name), read),
            None if self.is_reference() => Some(read(&self.absent(name))),
            None => None,
        }
    }

    /// An array of tables below this one, each read by a function; what it gives `None` for is left
    /// out, as it has reported why.
    pub fn tables<T>(&self, name: &'static str, about: &'static str, read: impl Fn(&Table<'_>) -> Option<T>) -> Vec<T> {
        let given = self.ask(name);
        self.record_table(name, about, TableForm::Array);
        if self.is_reference() {
            return read(&self.absent(name)).into_iter().collect();
        }
        let Some(value) = given else { return Vec::new() };
        let path = self.path_of(name);
        let DeValue::Array(items) = value.node.get_ref() else {
            let heading = format!("write each under its own heading `[[{path}]]`");
            return value.wrong_type("an array of tables", &heading).unwrap_or_default();
        };
        items.iter().filter_map(|item| Value { node: item, ..value }.table(&path, &read).flatten()).collect()
    }

    /// Whether the document has a key.
    pub fn has(&self, name: &str) -> bool {
        self.entries.is_some_and(|entries| entries.contains_key(name))
    }

    /// How many tables an array of tables holds; 0 where there is none.
    pub fn count(&self, name: &str) -> usize {
        let entry = self.entries.and_then(|entries| entries.get(name));
        entry.and_then(|value| value.get_ref().as_array()).map_or(0, |items| items.len())
    }

    /// Reports keys of which at most one may be given, if more are.
    pub fn at_most_one_of(&self, names: &[&str]) {
        let given: Vec<&str> = names.iter().copied().filter(|name| self.has(name)).collect();
        if let [first, second, ..] = given[..] {
            let message = format!("`{first}` and `{second}` are both given, and only one of them may be");
            let location = self.location_of_key(second);
            self.document
                .report(Diagnostic::error(Code::CONFLICTING_KEYS, message).at(location).help(format!("remove `{second}` or `{first}`")));
        }
    }

    /// Reports a problem with the table as a whole.
    pub fn report(&self, diagnostic: Diagnostic) {
        self.report_at(self.span(), diagnostic);
    }

    /// Reports a problem with the value of a key, or with the table where it has no such key.
    pub fn report_value(&self, name: &str, diagnostic: Diagnostic) {
        self.report_at(self.span_of(name), diagnostic);
    }

    /// Reports a problem whose place is known.
    pub fn report_told(&self, diagnostic: Diagnostic) {
        self.document.report(diagnostic);
    }

    /// Reports a problem at a range of bytes.
    pub fn report_at(&self, span: Range<usize>, diagnostic: Diagnostic) {
        self.document.report(diagnostic.at(self.document.locate(span)));
    }

    /// Where the table stands, as a range of bytes: its heading, or all of it if written in one line.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Where the value of a key stands, or the table where it has no such key.
    pub fn span_of(&self, name: &str) -> Range<usize> {
        self.entries.and_then(|entries| entries.get(name)).map_or_else(|| self.span(), toml::Spanned::span)
    }

    /// Where a range of bytes stands.
    pub fn locate(&self, span: Range<usize>) -> Location {
        self.document.locate(span)
    }

    /// Where the table stands.
    pub fn location(&self) -> Location {
        self.document.locate(self.span())
    }

    /// Where the value of a key stands, or the table where it has no such key.
    pub fn location_of(&self, name: &str) -> Location {
        self.document.locate(self.span_of(name))
    }

    /// Where a key stands, or the table where it has no such key.
    fn location_of_key(&self, name: &str) -> Location {
        let entry = self.entries.and_then(|entries| entries.get_key_value(name));
        self.document.locate(entry.map_or_else(|| self.span(), |(key, _)| key.span()))
    }

    /// Where the table stands in the document, such as `cash.flow`; empty for the root.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether this is the document itself.
    pub fn is_root(&self) -> bool {
        self.path.is_empty()
    }

    /// Whether this only gathers the reference of keys: every table is there, every key is not.
    pub fn is_reference(&self) -> bool {
        self.document.reference.is_some()
    }

    /// Reports every key that was never asked for; where not all were asked for, those that look
    /// like one that was.
    pub(super) fn finish(&self) {
        let Some(entries) = self.entries else { return };
        let asked = self.asked.borrow();
        for (key, _) in entries.iter().filter(|(key, _)| !asked.iter().any(|name| name == key.get_ref())) {
            let name = key.get_ref();
            let missing = asked.iter().copied().filter(|name| !self.has(name));
            let help = match closest(name, missing) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None if self.all_keys_allowed.get() => continue,
                None => {
                    let mut known: Vec<&str> = asked.clone();
                    known.sort_unstable();
                    format!("remove it; known keys are {}", known.join(", "))
                }
            };
            let place = if self.is_root() { String::new() } else { format!(" of `{}`", self.path) };
            let message = format!("`{name}` is not a known key{place}");
            self.report_at(key.span(), Diagnostic::error(Code::UNKNOWN_KEY, message).help(help));
        }
    }

    pub(super) fn ask(&self, name: &'static str) -> Option<Value<'d>> {
        let mut asked = self.asked.borrow_mut();
        if !asked.contains(&name) {
            asked.push(name);
        }
        let node = self.entries.and_then(|entries| entries.get(name))?;
        Some(Value { document: self.document, node, name })
    }

    pub(super) fn allow_all_keys(&self) {
        self.all_keys_allowed.set(true);
    }

    /// Adds a key to the reference, if one is gathered.
    pub(super) fn record(&self, entry: impl FnOnce(Option<String>) -> KeyEntry) {
        if let Some(reference) = &self.document.reference {
            reference.borrow_mut().add_key(&self.path, entry(self.condition.borrow().clone()));
        }
    }

    pub(super) fn with_condition<T>(&self, condition: String, read: impl FnOnce() -> T) -> T {
        self.condition.replace(Some(condition));
        let value = read();
        self.condition.replace(None);
        value
    }

    fn ask_table(&self, name: &'static str, about: &'static str) -> Option<Value<'d>> {
        self.record_table(name, about, TableForm::Single);
        self.ask(name)
    }

    fn record_table(&self, name: &'static str, about: &'static str, form: TableForm) {
        if let Some(reference) = &self.document.reference {
            reference.borrow_mut().add_table(TableEntry { path: self.path_of(name), about, form, keys: Vec::new() });
        }
    }

    /// A table that the document does not have; problems are told at the table above.
    fn absent(&self, name: &str) -> Table<'d> {
        Table { span: self.span(), ..Self::new(self.document, None, self.path_of(name)) }
    }

    fn path_of(&self, name: &str) -> String {
        if self.is_root() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }
}
