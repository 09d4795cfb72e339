//! [`Report`]: pages under one title, the first of which says it all in short.

use super::{Block, Page, Table};

/// Pages under one title.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Report {
    /// What it is.
    pub title: String,
    /// Of whom and when; empty for nothing.
    pub subtitle: String,
    /// The first page.
    pub summary: Page,
    /// What follows in detail.
    pub sections: Vec<Section>,
    /// What it rests on and how to make it again, at the end of pages and at the beginning of tables.
    pub evidence: Option<Section>,
}

/// A part of a report.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// What it is of.
    pub heading: String,
    /// What it says.
    pub page: Page,
}

impl Report {
    /// A report of one page.
    pub fn of(title: impl Into<String>, page: Page) -> Self {
        Self { title: title.into(), subtitle: String::new(), summary: page, sections: Vec::new(), evidence: None }
    }

    /// What follows the first page, the evidence last.
    pub fn parts(&self) -> impl Iterator<Item = &Section> {
        self.sections.iter().chain(&self.evidence)
    }

    /// All of it as one page.
    pub fn page(&self) -> Page {
        let mut page = self.summary.clone();
        for section in self.parts() {
            page.heading(format!("== {} ==", section.heading)).append(section.page.clone());
        }
        page
    }

    /// Its tables in their order, without those of the evidence: the section (empty for the first page), the heading, and the table.
    pub fn tables(&self) -> impl Iterator<Item = (&str, &str, &Table)> {
        let sections = self.sections.iter().map(|section| (section.heading.as_str(), &section.page));
        let pages = std::iter::once(("", &self.summary)).chain(sections);
        pages.flat_map(|(section, page)| {
            page.blocks.iter().filter_map(move |block| match block {
                Block::Table { heading, table } => Some((section, heading.as_str(), table)),
                _ => None,
            })
        })
    }
}
