//! [`Format`]: the columns of a file, as the reader checks them and the reference prints them.

use std::fmt::Write as _;

/// What a column takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// The symbol of an instrument of `instruments.csv`.
    Symbol,
    /// A plain decimal number of at most nine digits after the point.
    Decimal,
    /// A fraction: 0.01 is one percent.
    Fraction,
    /// A number, of which 15 digits count.
    Number,
    /// A whole number from zero.
    Whole,
    /// A date.
    Date,
    /// A currency code.
    Currency,
    /// A class path.
    Class,
    /// One of these names.
    OneOf(&'static [&'static str]),
    /// Several items parted by `;`.
    List,
}

/// Whether a column must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The column must be there, and no value of it may be empty.
    Required,
    /// The column may be absent, and its values empty.
    Optional,
}

/// One column of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name in the header.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Whether it must be there.
    pub need: Need,
    /// What it means, with unit and sign.
    pub about: &'static str,
}

/// What columns beyond those of the format mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Further {
    /// They are unknown, which is an error.
    Refused,
    /// Those that begin with one of these prefixes are read.
    Prefixed(&'static [(&'static str, &'static str)]),
    /// Each is a series of that name.
    Series(&'static str),
}

/// A comment line `# key: value` before the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DirectiveFormat {
    /// The key.
    pub key: &'static str,
    /// What it means.
    pub about: &'static str,
}

/// A tabular file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// What it is called in the reference.
    pub title: &'static str,
    /// What it holds, in a sentence.
    pub about: &'static str,
    /// Its columns.
    pub columns: &'static [Column],
    /// What further columns mean.
    pub further: Further,
    /// Comment lines that it knows, beside `schema_version`.
    pub directives: &'static [DirectiveFormat],
    /// What was decided about defects, each in a sentence.
    pub rules: &'static [&'static str],
}

impl Kind {
    /// What the reference says of it.
    pub fn describe(self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Symbol => "symbol".to_owned(),
            Self::Decimal => "decimal".to_owned(),
            Self::Fraction => "fraction".to_owned(),
            Self::Number => "number".to_owned(),
            Self::Whole => "whole number".to_owned(),
            Self::Date => "date".to_owned(),
            Self::Currency => "currency".to_owned(),
            Self::Class => "class path".to_owned(),
            Self::OneOf(names) => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
            Self::List => "list".to_owned(),
        }
    }
}

impl Format {
    /// The chapter of the reference about this file, in Markdown.
    pub fn reference(&self) -> String {
        let mut page = format!("## {}\n\n{}\n\n| column | needed | takes | meaning |\n|---|---|---|---|\n", self.title, self.about);
        for column in self.columns {
            let need = if column.need == Need::Required { "yes" } else { "" };
            let _ = writeln!(page, "| `{}` | {need} | {} | {} |", column.name, column.kind.describe(), column.about);
        }
        match self.further {
            Further::Refused => {}
            Further::Prefixed(prefixes) => {
                for (prefix, about) in prefixes {
                    let _ = writeln!(page, "| `{prefix}NAME` |  | text | {about} |");
                }
            }
            Further::Series(about) => {
                let _ = writeln!(page, "| any other |  | number | {about} |");
            }
        }
        if !self.directives.is_empty() {
            page.push_str("\nComment lines before the header:\n\n");
        }
        for directive in self.directives {
            let _ = writeln!(page, "- `# {}: …` {}", directive.key, directive.about);
        }
        if !self.rules.is_empty() {
            page.push_str("\nDecided:\n\n");
        }
        for rule in self.rules {
            let _ = writeln!(page, "- {rule}");
        }
        page
    }
}

/// Declares the columns of a format, and for each a constant with its position.
macro_rules! columns {
    ($($index:ident = $name:literal $need:ident $kind:expr, $about:literal;)+) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "numbers the constants below")]
        enum Position { $($index),+ }
        $(const $index: usize = Position::$index as usize;)+
        /// The columns, in the order of the constants.
        const COLUMNS: &[$crate::table::Column] = {
            use $crate::table::{Column, Kind::*, Need::*};
            &[$(Column { name: $name, kind: $kind, need: $need, about: $about }),+]
        };
    };
}

pub(crate) use columns;
