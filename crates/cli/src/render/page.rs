//! A page on a terminal.

use evenkeel_io::page::{Block, Page};

use crate::console::Style;

use super::table;
use super::text::{printable, wrap};

/// A page as text, at most [`WIDTH`](super::WIDTH) columns wide, a line feed at the end.
pub fn text(page: &Page, style: Style) -> String {
    let mut text = String::new();
    for (at, block) in page.blocks.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| page.blocks.get(before));
        if before.is_some_and(|before| is_apart(before, block)) {
            text.push('\n');
        }
        text.push_str(&one(block, style));
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
        Block::Verbatim(said) => said.clone(),
        Block::Heading(said) => style.heading(&printable(said)) + "\n",
        Block::Table { heading, table } => format!("{}\n{}", style.heading(&printable(heading)), table::render(table)),
        Block::Sparkline { label, line } => wrap("  ", &format!("{label}  {line}")),
    }
}
