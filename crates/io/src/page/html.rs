//! A page in a browser: one file that needs no network, for wide and narrow screens, light and dark, and for print.

use std::fmt::Write as _;

use super::{Block, Column, Page, Table, Tone};

const STYLE: &str = include_str!("style.css");

/// A page as one file, under its title.
///
/// What is shown is what the page says, and nothing runs in the file: it is text and tables.
pub fn html(title: &str, page: &Page) -> String {
    let mut text = String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    text += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
    let title = escape(title);
    let _ = write!(text, "<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n");
    blocks(&mut text, &page.blocks);
    text + "</main>\n</body>\n</html>\n"
}

fn blocks(text: &mut String, blocks: &[Block]) {
    for group in blocks.chunk_by(|a, b| matches!((a, b), (Block::Item(_), Block::Item(_)))) {
        if let [Block::Item(_), ..] = group {
            *text += "<ul>\n";
            for block in group {
                if let Block::Item(item) = block {
                    let _ = writeln!(text, "<li>{}</li>", escape(item));
                }
            }
            *text += "</ul>\n";
            continue;
        }
        for block in group {
            one(text, block);
        }
    }
}

fn one(text: &mut String, block: &Block) {
    // Writing to a text cannot fail.
    let _ = match block {
        Block::Verdict { word, tone, sentence } => {
            writeln!(text, "<p class=\"verdict {}\"><strong>{}</strong> {}</p>", name(*tone), escape(word), escape(sentence))
        }
        Block::Paragraph(said) | Block::Item(said) => writeln!(text, "<p>{}</p>", escape(said)),
        Block::Labeled { label, text: said } => writeln!(text, "<p><strong>{}:</strong> {}</p>", escape(label), escape(said)),
        Block::Remark(said) => writeln!(text, "<p class=\"remark\">{}</p>", escape(said)),
        Block::Verbatim(said) => writeln!(text, "<pre>{}</pre>", escape(said)),
        Block::Heading(said) => writeln!(text, "<h2>{}</h2>", escape(said)),
        Block::Table { heading, table } => {
            let _ = writeln!(text, "<h2>{}</h2>", escape(heading));
            rows(text, heading, table);
            Ok(())
        }
        // What a terminal draws with letters, a page draws as a picture.
        Block::Sparkline { .. } => Ok(()),
    };
}

/// A table that scrolls by itself where the screen is narrower.
fn rows(text: &mut String, heading: &str, table: &Table) {
    let label = escape(heading);
    let _ = write!(text, "<div class=\"table\" role=\"region\" tabindex=\"0\" aria-label=\"{label}\">\n<table>\n<thead>\n<tr>");
    for column in table.columns() {
        let _ = write!(text, "<th scope=\"col\"{}>{}</th>", class(column), escape(column.heading()));
    }
    *text += "</tr>\n</thead>\n<tbody>\n";
    for row in table.rows() {
        *text += "<tr>";
        for (cell, column) in row.cells.iter().zip(table.columns()) {
            let _ = write!(text, "<td{}>{}</td>", class(column), indented(cell));
        }
        *text += "</tr>\n";
        if !row.note.is_empty() {
            let _ = writeln!(text, "<tr class=\"note\"><td colspan=\"{}\">{}</td></tr>", table.columns().len(), escape(&row.note));
        }
    }
    *text += "</tbody>\n</table>\n</div>\n";
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

/// Spaces before a name say how deep it lies in a tree.
fn indented(cell: &str) -> String {
    let depth = cell.len() - cell.trim_start_matches(' ').len();
    "\u{2003}".repeat(depth / 2) + &escape(cell.trim_start_matches(' '))
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

    #[test]
    fn nothing_of_the_users_becomes_markup() {
        let mut page = Page::new();
        let mut table = Table::new([Column::Name("<th>"), Column::Number("2")]);
        table.row(["  <b>", "1"]).note("\"a\" & b");
        page.verdict("HOLD", Tone::Good, "<script>").say("a\u{7}b").item("one").item("two").table("<t>", table);
        let text = html("<title>", &page);
        assert!(!text.contains("<script>") && !text.contains("<b>") && !text.contains('\u{7}'));
        assert!(text.contains("<ul>\n<li>one</li>\n<li>two</li>\n</ul>"));
        assert!(text.contains("<td>\u{2003}&lt;b&gt;</td><td class=\"number\">1</td>"));
        assert!(text.contains("<tr class=\"note\"><td colspan=\"2\">&quot;a&quot; &amp; b</td></tr>"));
    }

    #[test]
    fn a_table_without_rows_is_left_out() {
        let mut page = Page::new();
        page.table("Nothing", Table::new([Column::Name("a")]));
        assert!(page.blocks.is_empty());
    }
}
