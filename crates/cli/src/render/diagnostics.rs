//! Diagnostics as a compiler shows them: code, sentence, place, the line with what is meant
//! underlined, and the remedy.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use evenkeel::diagnostic::{Diagnostic, Location, Severity};

use crate::console::Style;

use super::WIDTH;
use super::text::printable;

/// All diagnostics, each followed by an empty line, and a line that counts them; nothing where
/// there are none.
pub fn render(diagnostics: &[Diagnostic], style: Style) -> String {
    if diagnostics.is_empty() {
        return String::new();
    }
    let renderer = if style.color() { Renderer::styled() } else { Renderer::plain() }.term_width(WIDTH);
    let mut text = String::new();
    for diagnostic in diagnostics {
        text.push_str(&renderer.render(&groups(diagnostic)));
        text.push_str("\n\n");
    }
    text.push_str(&summary(diagnostics));
    text.push('\n');
    text
}

/// `3 errors, 1 warning`.
pub fn summary(diagnostics: &[Diagnostic]) -> String {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
    let warnings = diagnostics.len() - errors;
    let counted = |count: usize, what: &str| (count > 0).then(|| format!("{count} {what}{}", if count == 1 { "" } else { "s" }));
    let parts: Vec<String> = [counted(errors, "error"), counted(warnings, "warning")].into_iter().flatten().collect();
    if parts.is_empty() { "no problems".to_owned() } else { parts.join(", ") }
}

fn groups(diagnostic: &Diagnostic) -> Vec<Group<'_>> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(printable(&diagnostic.message)).id(diagnostic.code.to_string());
    let mut group = Group::with_title(title);
    if let Some(location) = &diagnostic.location {
        // A file that is missing, or not text, has a place and no line to show.
        group = if location.text.is_empty() { group.element(origin(location)) } else { group.element(snippet(location)) };
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(printable(help)));
    }
    vec![group]
}

fn origin(location: &Location) -> Origin<'_> {
    Origin::path(&location.file).line(location.line).char_column(location.column)
}

fn snippet(location: &Location) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
    let byte_of = |character: usize| location.text.char_indices().nth(character).map_or(location.text.len(), |(at, _)| at);
    let start = location.column.saturating_sub(1);
    let span = byte_of(start)..byte_of(start + location.length);
    Snippet::source(location.text.as_str()).line_start(location.line).path(&location.file).annotation(AnnotationKind::Primary.span(span))
}

#[cfg(test)]
mod tests {
    use evenkeel::diagnostic::Code;

    use super::*;

    #[test]
    fn shows_the_place_and_counts() {
        let location =
            Location { file: "policy.toml".to_owned(), line: 12, column: 10, length: 3, text: "band = { absolute = 5 }".to_owned() };
        let diagnostics = [
            Diagnostic::error(Code::OUT_OF_RANGE, "the band is 5")
                .at(Location { column: 21, length: 1, ..location.clone() })
                .help("write 0.05"),
            Diagnostic::warning(Code::UNKNOWN_KEY, "no place at all"),
        ];
        insta::assert_snapshot!(render(&diagnostics, Style::PLAIN), @r"
        error[EK0105]: the band is 5
          --> policy.toml:12:21
           |
        12 | band = { absolute = 5 }
           |                     ^
           |
           = help: write 0.05

        warning[EK0102]: no place at all

        1 error, 1 warning
        ");
    }

    #[test]
    fn counts_one_and_many() {
        let error = Diagnostic::error(Code::SYNTAX, "");
        let warning = Diagnostic::warning(Code::SYNTAX, "");
        assert_eq!(summary(&[]), "no problems");
        assert_eq!(summary(std::slice::from_ref(&error)), "1 error");
        assert_eq!(summary(&[error.clone(), error.clone(), warning]), "2 errors, 1 warning");
    }
}
