//! [`Page`]: what a person reads of a result, apart from where it is read: a terminal, a browser, paper.

use crate::picture::Picture;

// Rows under headings.
mod table;

// Pages under one title.
mod report;

// Whose report it is, and how it writes numbers.
mod brand;

// A page in a browser, and printed from there.
mod html;

// What cells hold, apart from how they are shown.
mod values;

// Its tables in a spreadsheet.
mod workbook;

// On paper.
#[cfg(feature = "pdf")]
mod pdf;

pub use brand::{Brand, Logo, Numbers, Paper};
pub use html::html;
#[cfg(feature = "pdf")]
pub use pdf::{PdfError, pdf, without_shape};
pub use report::{Report, Section};
pub use workbook::{CONTENTS, csv, listed, workbook};

pub use table::{Cell, Column, Row, Table};

/// What a person reads of a result, from top to bottom.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Page {
    /// Its parts in their order.
    pub blocks: Vec<Block>,
}

/// A part of a page.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// What is decided in a word, and in a sentence.
    Verdict {
        /// The word, such as `HOLD`.
        word: String,
        /// What its color suggests.
        tone: Tone,
        /// The sentence.
        sentence: String,
    },
    /// A paragraph.
    Paragraph(String),
    /// A paragraph with what it is about before it.
    Labeled {
        /// What it is about, such as `Why`.
        label: String,
        /// The paragraph.
        text: String,
    },
    /// What belongs to the part above it.
    Remark(String),
    /// One of a list.
    Item(String),
    /// A heading.
    Heading(String),
    /// A table under its heading.
    Table {
        /// The heading.
        heading: String,
        /// The table; it has rows.
        table: Table,
    },
    /// A picture; a terminal shows none.
    Picture(Picture),
    /// Boxes of which one is ticked, and lines that are filled in, by hand.
    Form {
        /// What the boxes say.
        choices: Vec<String>,
        /// What stands at the lines.
        fields: Vec<String>,
    },
    /// Text whose lines and spaces are kept, such as a file.
    Verbatim(String),
    /// A series as one line of blocks, such as `▁▃█`, with what it is of.
    Sparkline {
        /// What it is of.
        label: String,
        /// The line.
        line: String,
    },
}

/// What a color suggests; words beside it say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// All is well.
    Good,
    /// Something to do or to know.
    Attention,
    /// Something is wrong.
    Bad,
}

impl Page {
    /// An empty page.
    pub fn new() -> Self {
        Self::default()
    }

    /// A page of one table under its heading; empty where the table has no rows.
    pub fn of_table(heading: impl Into<String>, table: Table) -> Self {
        let mut page = Self::new();
        page.table(heading, table);
        page
    }

    /// A page that says what is decided.
    pub fn of_verdict(word: &str, tone: Tone, sentence: impl Into<String>) -> Self {
        let mut page = Self::new();
        page.verdict(word, tone, sentence);
        page
    }

    /// Whether nothing stands on it.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Says what is decided.
    pub fn verdict(&mut self, word: &str, tone: Tone, sentence: impl Into<String>) -> &mut Self {
        self.push(Block::Verdict { word: word.to_owned(), tone, sentence: sentence.into() })
    }

    /// Adds a paragraph.
    pub fn say(&mut self, text: impl Into<String>) -> &mut Self {
        self.push(Block::Paragraph(text.into()))
    }

    /// Adds a paragraph with what it is about before it.
    pub fn labeled(&mut self, label: &str, text: impl Into<String>) -> &mut Self {
        self.push(Block::Labeled { label: label.to_owned(), text: text.into() })
    }

    /// Adds what belongs to the part above.
    pub fn remark(&mut self, text: impl Into<String>) -> &mut Self {
        self.push(Block::Remark(text.into()))
    }

    /// Adds one of a list.
    pub fn item(&mut self, text: impl Into<String>) -> &mut Self {
        self.push(Block::Item(text.into()))
    }

    /// Adds text whose lines and spaces are kept.
    pub fn verbatim(&mut self, text: impl Into<String>) -> &mut Self {
        self.push(Block::Verbatim(text.into()))
    }

    /// Adds a heading.
    pub fn heading(&mut self, text: impl Into<String>) -> &mut Self {
        self.push(Block::Heading(text.into()))
    }

    /// Adds boxes of which one is ticked, and lines that are filled in.
    pub fn form(&mut self, choices: &[&str], fields: &[&str]) -> &mut Self {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        self.push(Block::Form { choices: owned(choices), fields: owned(fields) })
    }

    /// Adds a table under its heading; nothing where the table has no rows.
    pub fn table(&mut self, heading: impl Into<String>, table: Table) -> &mut Self {
        if table.is_empty() { self } else { self.push(Block::Table { heading: heading.into(), table }) }
    }

    /// Adds a picture.
    pub fn picture(&mut self, picture: Picture) -> &mut Self {
        self.push(Block::Picture(picture))
    }

    /// Adds a line of blocks; nothing where it is empty.
    pub fn sparkline(&mut self, label: impl Into<String>, line: String) -> &mut Self {
        if line.is_empty() { self } else { self.push(Block::Sparkline { label: label.into(), line }) }
    }

    /// Adds all of another page.
    pub fn append(&mut self, mut other: Self) -> &mut Self {
        self.blocks.append(&mut other.blocks);
        self
    }

    fn push(&mut self, block: Block) -> &mut Self {
        self.blocks.push(block);
        self
    }
}
