//! What a report rests on: what was left out and why, what should be known of the proposal, and the evidence of all pages.

use evenkeel::diagnostic::Diagnostic;
use evenkeel_io::page::{Page, Section};

use crate::command::risk::QuestionArguments;
use crate::evidence::{Evidence, Invocation};

use super::facts::Facts;
use super::reader::Part;

/// What the parts of a report do not tell.
#[derive(Debug)]
pub(super) struct Methods {
    left_out: Vec<String>,
    notes: Vec<String>,
}

impl Methods {
    /// Of a report.
    pub(super) fn new(facts: &Facts, left_out: &[(Part, Vec<Diagnostic>)], invocation: &Invocation) -> Self {
        let why = |(part, told): &(Part, Vec<Diagnostic>)| {
            let why: Vec<&str> = told.iter().filter(|told| told.is_error()).map(|told| told.message.as_str()).collect();
            format!("{}: {}.", part.heading(), invocation.without_roots(&why.join("; ")))
        };
        let notes = facts.household.iter().flat_map(|household| household.proposal().notes.clone()).collect();
        Self { left_out: left_out.iter().map(why).collect(), notes }
    }

    /// All that the report rests on.
    pub(super) fn section(&self, evidence: &Evidence) -> Section {
        let mut page = Page::new();
        if !self.left_out.is_empty() {
            page.heading("Left out");
        }
        for sentence in &self.left_out {
            page.item(sentence);
        }
        let told = evidence.told.iter().chain(&self.notes).cloned().collect();
        let seed = Some(QuestionArguments::default().seed);
        page.append(Evidence { seed, told, ..evidence.clone() }.page());
        Section { heading: "Methods, data and evidence".to_owned(), page }
    }
}
