//! A report on paper, set by Typst.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Value, json};
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt as _, World};
use typst_layout::PagedDocument;
use typst_pdf::PdfOptions;

use crate::picture::Theme;

use super::brand::{Logo, Paper};
use super::html::{svg_numbers, together};
use super::table::alarm;
use super::{Block, Brand, Column, Page, Report, Section, Table, Tone};

const TEMPLATE: &str = include_str!("paper.typ");

/// A report that cannot be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PdfError(String);

impl std::fmt::Display for PdfError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the report cannot be set on paper: {}", self.0)
    }
}

impl std::error::Error for PdfError {}

/// A report as PDF; the same report is the same file.
///
/// # Errors
/// [`PdfError`] where a logo is no picture, or a text cannot be set.
pub fn pdf(report: &Report, brand: &Brand) -> Result<Vec<u8>, PdfError> {
    let options = PdfOptions { creator: Smart::Custom(Some("evenkeel".into())), ..PdfOptions::default() };
    typst_pdf::pdf(&set(report, brand)?, &options).map_err(|errors| first_of(&errors))
}

/// A report as pages.
fn set(report: &Report, brand: &Brand) -> Result<PagedDocument, PdfError> {
    typst::compile(&Desk::new(report, brand)?).output.map_err(|errors| first_of(&errors))
}

fn first_of(errors: &[SourceDiagnostic]) -> PdfError {
    PdfError(errors.first().map(|error| error.message.to_string()).unwrap_or_default())
}

/// The fonts that are at hand on every machine, so that pages are the same on all.
static FONTS: LazyLock<(LazyHash<FontBook>, Vec<Font>)> = LazyLock::new(|| {
    let data = typst_assets::fonts().chain([epaint_default_fonts::UBUNTU_LIGHT]);
    let fonts: Vec<Font> = data.flat_map(|data| Font::iter(Bytes::new(data))).collect();
    (LazyHash::new(FontBook::from_fonts(&fonts)), fonts)
});

/// All that lies before the typesetter: the template, what is said, and pictures.
struct Desk {
    library: LazyHash<Library>,
    main: Source,
    files: Vec<(FileId, Bytes)>,
}

impl Desk {
    fn new(report: &Report, brand: &Brand) -> Result<Self, PdfError> {
        let mut pictures = Vec::new();
        let mut told = Told { brand, pictures: &mut pictures };
        let mut section = |part: &Section| json!({ "heading": told.said(&part.heading), "blocks": told.blocks(&part.page) });
        let sections: Vec<Value> = report.parts().map(&mut section).collect();
        let (logo, content) = match &brand.image {
            Some(Logo::Svg(svg)) => (Some("logo.svg"), svg.clone().into_bytes()),
            Some(Logo::Png(pixels)) => (Some("logo.png"), pixels.clone()),
            None => (None, Vec::new()),
        };
        let said = json!({
            "title": report.title,
            "subtitle": told.said(&report.subtitle),
            "name": brand.name,
            "logo": logo,
            "accent": brand.accent.to_string(),
            "footer": brand.footer,
            "footer_lines": footer_lines(&brand.footer),
            "paper": match brand.paper { Paper::A4 => "a4", Paper::Letter => "us-letter" },
            "summary": told.blocks(&report.summary),
            "sections": sections,
        });
        let mut files = vec![(file("report.json")?, Bytes::new(said.to_string().into_bytes()))];
        for (number, svg) in pictures.into_iter().enumerate() {
            files.push((file(&picture_name(number))?, Bytes::new(svg.into_bytes())));
        }
        if let Some(name) = logo {
            files.push((file(name)?, Bytes::new(content)));
        }
        Ok(Self { library: LazyHash::new(Library::default()), main: Source::new(file("paper.typ")?, TEMPLATE.to_owned()), files })
    }
}

/// Letters of a line at the foot of a page, so that none is wider.
const FOOTER_LINE: usize = 115;

/// Lines that a footer takes.
fn footer_lines(footer: &str) -> usize {
    footer.lines().map(|line| line.chars().count().div_ceil(FOOTER_LINE).max(1)).sum()
}

/// Letters of a report for which no font that the program carries has a shape, in the order of their numbers: on paper they are
/// empty boxes.
pub fn without_shape(report: &Report, brand: &Brand) -> Vec<char> {
    let known: Vec<_> = FONTS.1.iter().map(|font| &font.info().coverage).collect();
    let is_shaped = |letter: char| known.iter().any(|coverage| coverage.contains(u32::from(letter)));
    let mut text = format!("{:?}", report.page());
    text.extend([report.title.as_str(), &report.subtitle, &brand.name, &brand.footer]);
    let letters: BTreeSet<char> = text.chars().filter(|letter| !letter.is_control()).collect();
    letters.into_iter().filter(|letter| !is_shaped(*letter)).collect()
}

fn file(name: &str) -> Result<FileId, PdfError> {
    let path = VirtualPath::new(name).map_err(|error| PdfError(format!("{error:?}")))?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

fn picture_name(number: usize) -> String {
    format!("picture-{number}.svg")
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &FONTS.0
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main.id() { Ok(self.main.clone()) } else { Err(FileError::NotSource) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let found = self.files.iter().find(|(known, _)| *known == id);
        found.map(|(_, content)| content.clone()).ok_or_else(|| FileError::NotFound(id.get().vpath().get_without_slash().into()))
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.1.get(index).cloned()
    }

    /// No clock: a report bears the dates that it states.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

/// What the template reads, in the making.
struct Told<'b> {
    brand: &'b Brand,
    pictures: &'b mut Vec<String>,
}

impl Told<'_> {
    fn said(&self, text: &str) -> String {
        together(&self.brand.numbers.write(text))
    }

    fn blocks(&mut self, page: &Page) -> Vec<Value> {
        page.blocks.iter().filter_map(|block| self.block(block)).collect()
    }

    fn block(&mut self, block: &Block) -> Option<Value> {
        Some(match block {
            Block::Verdict { word, tone, sentence } => {
                json!({ "kind": "verdict", "word": word, "tone": named(*tone), "said": self.said(sentence) })
            }
            Block::Paragraph(said) => json!({ "kind": "said", "said": self.said(said) }),
            Block::Labeled { label, text } => json!({ "kind": "labeled", "label": label, "said": self.said(text) }),
            Block::Remark(said) => json!({ "kind": "remark", "said": self.said(said) }),
            Block::Item(said) => json!({ "kind": "item", "said": self.said(said) }),
            Block::Heading(said) => json!({ "kind": "heading", "said": self.said(said) }),
            Block::Form { choices, fields } => json!({ "kind": "form", "choices": choices, "fields": fields }),
            Block::Verbatim(said) => json!({ "kind": "verbatim", "said": said }),
            Block::Table { heading, table } => self.table(heading, table),
            Block::Picture(picture) => {
                let file = picture_name(self.pictures.len());
                self.pictures.push(svg_numbers(&picture.draw(Theme::Light), self.brand));
                json!({ "kind": "picture", "file": file, "alt": self.said(picture.title()) })
            }
            // What a terminal draws with letters, paper draws as a picture.
            Block::Sparkline { .. } => return None,
        })
    }

    fn table(&self, heading: &str, table: &Table) -> Value {
        let column = |column: &Column<String>| {
            let kind = match column {
                Column::Name(_) => "name",
                Column::Number(_) => "number",
                Column::Text(_) => "text",
            };
            json!({ "kind": kind, "heading": self.said(column.heading()) })
        };
        let rows = table.rows().iter().map(|row| {
            let first = row.cells.first().map(|cell| &**cell).unwrap_or_default();
            let depth = (first.len() - first.trim_start_matches(' ').len()) / 2;
            let cells: Vec<String> = row.cells.iter().map(|cell| self.said(cell.trim_start_matches(' '))).collect();
            let tones: Vec<Option<&str>> = row.cells.iter().map(|cell| alarm(cell).map(named)).collect();
            json!({ "cells": cells, "tones": tones, "depth": depth, "note": self.said(&row.note) })
        });
        let columns: Vec<Value> = table.columns().iter().map(column).collect();
        json!({ "kind": "table", "heading": self.said(heading), "columns": columns, "rows": rows.collect::<Vec<Value>>() })
    }
}

fn named(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Attention => "attention",
        Tone::Bad => "bad",
    }
}

#[cfg(test)]
mod tests {
    use typst::layout::{Frame, FrameItem};

    use super::*;

    fn report() -> Report {
        let mut table = Table::new([Column::Name("Class #1"), Column::Number("$"), Column::Text("Why")]);
        table.row(["  *Stocks*", "1,234.50", "#panic(\"no\")"]).note("_so_ @ref <label>");
        let mut page = Page::new();
        page.verdict("HOLD", Tone::Good, "nothing \\ to [do]").labeled("Why", "= no heading").item("one").remark("two");
        page.heading("+ three").verbatim("```\n# four").table("#five", table).sparkline("six", "▁█".to_owned());
        let section = Section { heading: "Detail // no comment".to_owned(), page: page.clone() };
        Report { subtitle: "of *nobody*".to_owned(), sections: vec![section], ..Report::of("Report $x$", page) }
    }

    #[test]
    fn nothing_of_the_users_becomes_markup_and_the_same_report_is_the_same_file() {
        let brand = Brand { name: "A & #B".to_owned(), numbers: "1.234,56".parse().unwrap(), ..Brand::default() };
        let first = pdf(&report(), &brand).unwrap();
        assert_eq!(&first[..5], b"%PDF-");
        assert_eq!(first, pdf(&report(), &brand).unwrap());
    }

    fn write_text(frame: &Frame, text: &mut String) {
        for (_, item) in frame.items() {
            match item {
                FrameItem::Group(group) => write_text(&group.frame, text),
                FrameItem::Text(set) => *text += &set.text,
                _ => {}
            }
        }
    }

    #[test]
    fn a_row_and_its_note_stand_on_one_page() {
        // Notes of many lengths, so that pages end everywhere.
        let mut table = Table::new([Column::Name("Trade"), Column::Number("Value")]);
        for row in 0..200_usize {
            table.row([format!("row{row}."), "1.00".to_owned()]).note(&format!("note{row}. {}", "because of drift ".repeat(row % 23)));
        }
        let document = set(&Report::of("Report", Page::of_table("Trades", table)), &Brand::default()).unwrap();
        let texts = document.pages().iter().map(|page| {
            let mut text = String::new();
            write_text(&page.frame, &mut text);
            text
        });
        let texts: Vec<String> = texts.collect();
        assert!(texts.len() > 3);
        for row in 0..200 {
            let on = |what: String| texts.iter().position(|text| text.contains(&what));
            assert_eq!(on(format!("row{row}.")), on(format!("note{row}.")), "row {row}");
        }
    }

    #[test]
    fn letters_without_a_shape_are_told() {
        let page = Page::of_verdict("HOLD", Tone::Good, "Größe, αβγ, 日本 and ☐ ± – “ok”");
        assert_eq!(without_shape(&Report::of("Report", page), &Brand::default()), ['日', '本']);
    }

    #[test]
    fn a_logo_that_is_no_picture_is_told() {
        let brand = Brand { image: Some(Logo::Svg("<svg".to_owned())), ..Brand::default() };
        assert!(pdf(&report(), &brand).unwrap_err().to_string().contains("cannot be set"));
    }
}
