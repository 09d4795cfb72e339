//! [`Reference`]: the keys that a reader asks for, written for people.

use std::fmt::Write as _;

/// All tables of a kind of document with their keys, in the order in which they are read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reference {
    /// The tables; the first, without a path, is the document itself.
    pub tables: Vec<TableEntry>,
}

/// A table and its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableEntry {
    /// Where it stands, such as `cash.flow`; empty for the document itself.
    pub path: String,
    /// What it is for.
    pub about: &'static str,
    /// Whether it may be repeated.
    pub form: TableForm,
    /// Its keys.
    pub keys: Vec<KeyEntry>,
}

/// How often a table may stand in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableForm {
    /// Once.
    Single,
    /// Any number of times.
    Array,
}

/// A key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyEntry {
    /// Its name.
    pub name: &'static str,
    /// Its type and range.
    pub kind: String,
    /// Whether it must be there.
    pub presence: Presence,
    /// What it means.
    pub about: &'static str,
    /// The choice under which it applies, if it depends on one.
    pub condition: Option<String>,
}

/// Whether a key must be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// It must.
    Required,
    /// It may be left out, which means what the description says.
    Optional,
    /// It may be left out, which means this value.
    Default(String),
}

impl Reference {
    /// The reference as Markdown: a heading and a table of keys for each table.
    pub fn to_markdown(&self) -> String {
        let mut text = String::new();
        for table in &self.tables {
            // Writing to a string cannot fail.
            let _ = match (table.path.as_str(), table.form) {
                ("", _) => writeln!(text, "## At the top\n"),
                (path, TableForm::Single) => writeln!(text, "## `[{path}]`\n\n{}\n", table.about),
                (path, TableForm::Array) => writeln!(text, "## `[[{path}]]`\n\n{}\n", table.about),
            };
            if table.keys.is_empty() {
                continue;
            }
            let _ = writeln!(text, "| key | type | if left out | meaning |\n|---|---|---|---|");
            for key in &table.keys {
                let absent = match &key.presence {
                    Presence::Required => "an error".to_owned(),
                    Presence::Optional => "none".to_owned(),
                    Presence::Default(default) => format!("`{default}`"),
                };
                let condition = key.condition.as_ref().map(|condition| format!("With `{condition}`: ")).unwrap_or_default();
                let _ = writeln!(text, "| `{}` | {} | {absent} | {condition}{} |", key.name, key.kind.replace('|', "\\|"), key.about);
            }
            text.push('\n');
        }
        text
    }

    pub(super) fn add_table(&mut self, table: TableEntry) {
        self.tables.push(table);
    }

    pub(super) fn add_key(&mut self, path: &str, key: KeyEntry) {
        if self.tables.is_empty() {
            self.add_table(TableEntry { path: String::new(), about: "", form: TableForm::Single, keys: Vec::new() });
        }
        if let Some(table) = self.tables.iter_mut().rev().find(|table| table.path == path) {
            table.keys.push(key);
        }
    }
}
