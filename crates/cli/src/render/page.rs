//! A page on a terminal.

use evenkeel_io::page::{Block, Page};

use crate::console::Style;

use super::table;
use super::text::{printable, wrap};

/// A page as text, at most [`WIDTH`](super::WIDTH) columns wide, a line feed at the end.
pub fn text(page: &Page, style: Style) -> String {
    let mut text = String::new();
    let mut before = None;
    // A sparkline is all that letters can draw.
    for block in page.blocks.iter().filter(|block| !matches!(block, Block::Picture(_))) {
        if before.is_some_and(|before| is_apart(before, block)) {
            text.push('\n');
        }
        text.push_str(&one(block, style));
        before = Some(block);
    }
    text
}

/// Whether an empty line stands between two parts.
fn is_apart(before: &Block, block: &Block) -> bool {
    let is_text = |block: &Block| matches!(block, Block::Paragraph(_) | Block::Labeled { .. });
    match (before, block) {
        (_, Block::Heading(_) | Block::Table { .. } | Block::Verdict { .. }) => true,
        (Block::Heading(_), _) | (_, Block::Remark(_)) | (Block::Item(_), Block::Item(_)) => false,
        (before, Block::Sparkline { .. }) => !is_text(before),
        (before, block) => !(is_text(before) && is_text(block)),
    }
}

fn one(block: &Block, style: Style) -> String {
    match block {
        Block::Verdict { word, tone, sentence } => wrap("", &format!("{word}: {sentence}")).replacen(word, &style.tone(word, *tone), 1),
        Block::Paragraph(said) => wrap("", said),
        Block::Labeled { label, text } => wrap(&format!("{label}: "), text),
        Block::Remark(said) => wrap("  ", said),
        Block::Item(said) => wrap("  - ", said),
        Block::Form { choices, fields } => {
            let boxes: Vec<String> = choices.iter().map(|choice| format!("☐ {choice}")).collect();
            let lines: Vec<String> = fields.iter().map(|field| format!("  {field:<12}______________________________\n")).collect();
            format!("  {}\n{}", boxes.join("   "), lines.concat())
        }
        Block::Verbatim(said) => said.clone(),
        Block::Heading(said) => style.heading(&printable(said)) + "\n",
        Block::Table { heading, table } => format!("{}\n{}", style.heading(&printable(heading)), table::render(table)),
        Block::Picture(_) => String::new(),
        Block::Sparkline { label, line } => wrap("  ", &format!("{label}  {line}")),
    }
}
