//! A report in a browser: one file that needs no network, for wide and narrow screens, light and dark, and for print.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use evenkeel_ledger::date::Date;

use crate::picture::{Picture, Theme};

use super::brand::Logo;
use super::table::alarm;
use super::{Block, Brand, Column, Report, Table, Tone};

const STYLE: &str = include_str!("style.css");

/// Sorts and filters tables; the page says the same without it.
const SCRIPT: &str = include_str!("script.js");

/// Letters of a name that may take more than one line.
const LONG_NAME: usize = 24;

/// A report as one file.
pub fn html(report: &Report, brand: &Brand) -> String {
    let mut text =
        format!("<!doctype html>\n<html lang=\"en\" data-decimal=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n", brand.numbers.decimal());
    text += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
    let (title, accent) = (escape(&report.title), brand.accent);
    let _ = write!(text, "<title>{title}</title>\n<style>\n:root {{ --accent: {accent}; }}\n{STYLE}</style>\n</head>\n<body>\n");
    let mut writer = Writer { text, brand, level: 2, section: String::new() };
    writer.head(report);
    writer.text += "<main>\n<section class=\"summary\">\n";
    writer.blocks(&report.summary.blocks);
    writer.text += "</section>\n";
    writer.level = 3;
    for (number, section) in report.parts().enumerate() {
        let _ = write!(writer.text, "<section id=\"part-{}\">\n<h2>{}</h2>\n", number + 1, writer.said(&section.heading));
        writer.section = writer.said(&section.heading);
        writer.blocks(&section.page.blocks);
        writer.text += "</section>\n";
    }
    writer.text += "</main>\n";
    if !brand.footer.is_empty() {
        let _ = writeln!(writer.text, "<footer>{}</footer>", escape(&brand.footer));
    }
    let _ = write!(writer.text, "<script>\n{SCRIPT}</script>\n</body>\n</html>\n");
    writer.text
}

/// A page in the making.
struct Writer<'l> {
    text: String,
    brand: &'l Brand,
    /// Of the headings within the part that is written.
    level: u8,
    /// The heading of that part: what it says is not said again.
    section: String,
}

impl Writer<'_> {
    /// Text as a browser shows it, numbers as the brand has them, and no line ends within one or within a day.
    fn said(&self, text: &str) -> String {
        whole_days(&escape(&together(&self.brand.numbers.write(text))))
    }

    fn head(&mut self, report: &Report) {
        self.text += "<header>\n";
        let name = escape(&self.brand.name);
        match &self.brand.image {
            Some(Logo::Svg(svg)) => {
                let _ =
                    writeln!(self.text, "<img class=\"logo\" alt=\"{name}\" src=\"data:image/svg+xml;base64,{}\">", STANDARD.encode(svg));
            }
            Some(Logo::Png(pixels)) => {
                let _ =
                    writeln!(self.text, "<img class=\"logo\" alt=\"{name}\" src=\"data:image/png;base64,{}\">", STANDARD.encode(pixels));
            }
            None if name.is_empty() => {}
            None => {
                let _ = writeln!(self.text, "<p class=\"giver\">{name}</p>");
            }
        }
        let _ = writeln!(self.text, "<h1>{}</h1>", escape(&report.title));
        if !report.subtitle.is_empty() {
            let _ = writeln!(self.text, "<p class=\"subtitle\">{}</p>", self.said(&report.subtitle));
        }
        if report.parts().count() > 1 {
            self.text += "<nav aria-label=\"Contents\">\n<ul>\n";
            for (number, section) in report.parts().enumerate() {
                let _ = writeln!(self.text, "<li><a href=\"#part-{}\">{}</a></li>", number + 1, self.said(&section.heading));
            }
            self.text += "</ul>\n</nav>\n";
        }
        self.text += "</header>\n";
    }

    fn blocks(&mut self, blocks: &[Block]) {
        for group in blocks.chunk_by(|a, b| matches!((a, b), (Block::Item(_), Block::Item(_)))) {
            if let [Block::Item(_), ..] = group {
                self.text += "<ul>\n";
                for block in group {
                    if let Block::Item(item) = block {
                        let _ = writeln!(self.text, "<li>{}</li>", self.said(item));
                    }
                }
                self.text += "</ul>\n";
                continue;
            }
            for block in group {
                self.one(block);
            }
        }
    }

    fn one(&mut self, block: &Block) {
        let level = self.level;
        // Writing to a text cannot fail.
        let _ = match block {
            Block::Verdict { word, tone, sentence } => {
                let sentence = self.said(sentence);
                writeln!(self.text, "<p class=\"verdict {}\"><strong>{}</strong> {sentence}</p>", name(*tone), escape(word))
            }
            Block::Paragraph(said) | Block::Item(said) => writeln!(self.text, "<p>{}</p>", self.said(said)),
            Block::Labeled { label, text } => {
                writeln!(self.text, "<p><strong>{}:</strong> {}</p>", escape(label), self.said(text))
            }
            Block::Remark(said) => writeln!(self.text, "<p class=\"remark\">{}</p>", self.said(said)),
            Block::Form { choices, fields } => {
                self.form(choices, fields);
                Ok(())
            }
            Block::Verbatim(said) => writeln!(self.text, "<pre tabindex=\"0\">{}</pre>", escape(said)),
            Block::Heading(said) => writeln!(self.text, "<h{level}>{}</h{level}>", self.said(said)),
            Block::Table { heading, table } => {
                let heading = self.said(heading);
                if heading != self.section {
                    let _ = writeln!(self.text, "<h{level}>{heading}</h{level}>");
                }
                self.rows(&heading, table);
                Ok(())
            }
            Block::Picture(picture) => {
                self.picture(picture);
                Ok(())
            }
            // What a terminal draws with letters, a page draws as a picture.
            Block::Sparkline { .. } => Ok(()),
        };
    }

    /// Boxes to tick, and lines to fill in.
    fn form(&mut self, choices: &[String], fields: &[String]) {
        self.text += "<div class=\"form\">\n<p class=\"boxes\">\n";
        for choice in choices {
            let _ = writeln!(self.text, "<span>☐&nbsp;{}</span>", escape(choice));
        }
        self.text += "</p>\n<div class=\"fields\">\n";
        for field in fields {
            let _ = writeln!(self.text, "<span>{}</span><span class=\"line\"></span>", escape(field));
        }
        self.text += "</div>\n</div>\n";
    }

    /// A picture for wide screens, and one for narrow ones where it can be drawn so.
    fn picture(&mut self, picture: &Picture) {
        let narrow = picture.draw_narrow(Theme::Page).map(|svg| svg_numbers(&svg, self.brand)).unwrap_or_default();
        let wide = svg_numbers(&picture.draw(Theme::Page), self.brand);
        let kind = if narrow.is_empty() { "wide only" } else { "wide" };
        let title = self.said(picture.title());
        let _ = write!(self.text, "<figure>\n<figcaption>{title}</figcaption>\n<div class=\"{kind}\">\n{wide}</div>\n");
        if !narrow.is_empty() {
            let _ = write!(self.text, "<div class=\"narrow\">\n{narrow}</div>\n");
        }
        self.text += "</figure>\n";
    }

    /// A table that scrolls by itself where the screen is narrower.
    fn rows(&mut self, heading: &str, table: &Table) {
        let _ = write!(self.text, "<div class=\"table\" role=\"region\" tabindex=\"0\" aria-label=\"{heading}\">\n<table>\n<thead>\n<tr>");
        for column in table.columns() {
            let heading = self.said(column.heading());
            let _ = match heading.as_str() {
                "" => write!(self.text, "<td{}></td>", class(column)),
                heading => write!(self.text, "<th scope=\"col\"{}>{heading}</th>", class(column)),
            };
        }
        self.text += "</tr>\n</thead>\n<tbody>\n";
        for row in table.rows() {
            self.text += "<tr>";
            for (cell, column) in row.cells.iter().zip(table.columns()) {
                let said = match alarm(cell) {
                    Some(tone) => format!("<strong class=\"{}\">{}</strong>", name(tone), self.cell(cell)),
                    None => self.cell(cell),
                };
                let is_long = matches!(column, Column::Name(_)) && cell.chars().count() > LONG_NAME;
                let class = if is_long { " class=\"long\"" } else { class(column) };
                let _ = write!(self.text, "<td{class}>{said}</td>");
            }
            self.text += "</tr>\n";
            if !row.note.is_empty() {
                let note = self.said(&row.note);
                let _ = writeln!(self.text, "<tr class=\"note\"><td colspan=\"{}\"><div>{note}</div></td></tr>", table.columns().len());
            }
        }
        self.text += "</tbody>\n</table>\n</div>\n";
    }

    /// Spaces before a name say how deep it lies in a tree.
    fn cell(&self, cell: &str) -> String {
        let depth = cell.len() - cell.trim_start_matches(' ').len();
        "\u{2003}".repeat(depth / 2) + &self.said(cell.trim_start_matches(' '))
    }
}

/// A drawing with the numbers of its texts written as the brand has them.
pub(super) fn svg_numbers(svg: &str, brand: &Brand) -> String {
    let texts = svg.split_inclusive('>').map(|piece| match piece.split_once('<') {
        Some((text, markup)) => brand.numbers.write(text) + "<" + markup,
        None => piece.to_owned(),
    });
    texts.collect()
}

/// A percent sign stays on the line of its number.
pub(super) fn together(text: &str) -> String {
    text.replace(" %", "\u{a0}%")
}

/// Days as such, so that none is parted at its hyphens.
fn whole_days(escaped: &str) -> String {
    let mut told = String::with_capacity(escaped.len());
    let mut rest = escaped;
    while let Some(at) = rest.find(|letter: char| letter.is_ascii_digit()) {
        let (before, from) = rest.split_at(at);
        told.push_str(before);
        let end = from.find(|letter: char| !(letter.is_ascii_digit() || letter == '-')).unwrap_or(from.len());
        let (word, after) = from.split_at(end);
        let is_day = !before.ends_with(|letter: char| letter.is_alphanumeric() || letter == '-') && word.parse::<Date>().is_ok();
        let _ = if is_day { write!(told, "<time>{word}</time>") } else { write!(told, "{word}") };
        rest = after;
    }
    told + rest
}

fn class(column: &Column<String>) -> &'static str {
    match column {
        Column::Number(_) => " class=\"number\"",
        Column::Text(_) => " class=\"text\"",
        Column::Name(_) => "",
    }
}

fn name(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Attention => "attention",
        Tone::Bad => "bad",
    }
}

/// Text as a browser shows it; control characters of the user's files become `?`.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            letter if letter.is_control() && letter != '\n' => escaped.push('?'),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Page;
    use crate::picture::{Bars, Series};

    #[test]
    fn nothing_of_the_users_becomes_markup() {
        let mut page = Page::new();
        let mut table = Table::new([Column::Name("<th>"), Column::Number("2")]);
        table.row(["  <b>", "1"]).note("\"a\" & b");
        page.verdict("HOLD", Tone::Good, "<script>").say("a\u{7}b").item("one").item("two").table("<t>", table);
        let text = html(&Report::of("<title>", page), &Brand { footer: "<f>".to_owned(), ..Brand::default() });
        assert!(!text.contains("<script> ") && !text.contains("<b>") && !text.contains('\u{7}') && !text.contains("<f>"));
        assert!(text.contains("<ul>\n<li>one</li>\n<li>two</li>\n</ul>"));
        assert!(text.contains("<td>\u{2003}&lt;b&gt;</td><td class=\"number\">1</td>"));
        assert!(text.contains("<tr class=\"note\"><td colspan=\"2\"><div>&quot;a&quot; &amp; b</div></td></tr>"));
    }

    #[test]
    fn a_table_without_rows_is_left_out() {
        let mut page = Page::new();
        page.table("Nothing", Table::new([Column::Name("a")]));
        assert!(page.blocks.is_empty());
    }

    #[test]
    fn no_line_ends_within_a_number_or_a_day() {
        let mut page = Page::new();
        page.say("Of 2026-03-31 it was 43.81 %, of 2026-13-31 and a-2026-03-31 nothing");
        let text = html(&Report::of("Report", page), &Brand::default());
        let told = "Of <time>2026-03-31</time> it was 43.81\u{a0}%, of 2026-13-31 and a-2026-03-31 nothing";
        assert!(text.contains(told), "{text}");
    }

    #[test]
    fn long_names_take_lines() {
        let mut table = Table::new([Column::Name("Class"), Column::Number("Weight")]);
        table.row(["Equity of the United States of America", "1"]).row(["Bonds", "2"]);
        let text = html(&Report::of("Report", Page::of_table("Weights", table)), &Brand::default());
        assert!(text.contains("<td class=\"long\">Equity of") && text.contains("<td>Bonds</td>"));
    }

    #[test]
    fn numbers_of_pictures_are_written_as_those_of_text() {
        let series = vec![Series { name: "weight".to_owned(), values: vec![0.125] }];
        let bars = Bars { title: "Weights 1.5".to_owned(), names: vec!["Bonds".to_owned()], series };
        let mut page = Page::new();
        page.picture(Picture::Bars(bars));
        let brand = Brand { numbers: "1.234,56".parse().unwrap(), ..Brand::default() };
        let text = html(&Report::of("Report", page), &brand);
        assert!(text.contains("<figcaption>Weights 1,5</figcaption>") && text.contains(">12,5 %</text>"), "{text}");
        assert!(text.contains("font-size=\"12.5\""), "lengths of the drawing stay as they are");
    }
}
