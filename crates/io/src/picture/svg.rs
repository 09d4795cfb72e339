//! Shapes and texts of a drawing.

use std::fmt::Write as _;

use super::theme::Theme;

/// Family of fonts: what screens have, and last the one that PNG is drawn with.
const FONTS: &str = "Inter, 'Helvetica Neue', Arial, 'Ubuntu', sans-serif";

/// Height of the title.
const TITLE: f64 = 40.0;

/// Where a text is fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A text and how it is set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text<'t> {
    pub(super) at: (f64, f64),
    pub(super) content: &'t str,
    pub(super) size: f64,
    pub(super) color: &'t str,
    pub(super) anchor: Anchor,
    /// Degrees, clockwise.
    pub(super) turned: f64,
    /// Whether it may stand over lines.
    pub(super) halo: bool,
}

/// A drawing in the making.
#[derive(Debug)]
pub(super) struct Svg {
    text: String,
    pub(super) theme: Theme,
}

impl Svg {
    /// An empty page with a title, which also is its description for those who cannot see it.
    pub(super) fn new(theme: Theme, width: f64, height: f64, title: &str, description: &str) -> Self {
        let mut svg = Self { text: String::new(), theme };
        // On a page the title stands above the picture.
        let above = if theme == Theme::Page { TITLE } else { 0.0 };
        let (width, height, above) = (number(width), number(height - above), number(above));
        let title = escape(title);
        // Within HTML it needs no name space.
        let space = if theme == Theme::Page { "" } else { "xmlns=\"http://www.w3.org/2000/svg\" " };
        svg.push(&format!(
            "<svg {space}viewBox=\"0 {above} {width} {height}\" width=\"{width}\" height=\"{height}\" \
             role=\"img\" font-family=\"{FONTS}\">"
        ));
        svg.push(&format!("<title>{title}</title>"));
        svg.push(&format!("<desc>{}</desc>", escape(description)));
        if theme != Theme::Page {
            svg.push(&format!("<rect width=\"{width}\" height=\"{height}\" fill=\"{}\"/>", theme.background()));
            svg.heading(&title);
        }
        svg
    }

    fn heading(&mut self, escaped: &str) {
        let ink = self.theme.ink();
        self.push(&format!("<text x=\"24\" y=\"32\" font-size=\"17\" font-weight=\"600\" fill=\"{ink}\">{escaped}</text>"));
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), color: &str, width: f64) {
        self.push(&format!(
            "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"{color}\" stroke-width=\"{}\"/>",
            number(from.0),
            number(from.1),
            number(to.0),
            number(to.1),
            number(width)
        ));
    }

    pub(super) fn polyline(&mut self, points: &[(f64, f64)], color: &str, width: f64) {
        let mut path = String::new();
        for (x, y) in points {
            let _ = write!(path, "{}{},{}", if path.is_empty() { "" } else { " " }, number(*x), number(*y));
        }
        let width = number(width);
        self.push(&format!(
            "<polyline points=\"{path}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"{width}\" stroke-linejoin=\"round\"/>"
        ));
    }

    /// A filled outline through which lines below it show.
    pub(super) fn area(&mut self, outline: &[(f64, f64)], color: &str, opacity: f64) {
        let points: Vec<String> = outline.iter().map(|(x, y)| format!("{},{}", number(*x), number(*y))).collect();
        self.push(&format!("<polygon points=\"{}\" fill=\"{color}\" fill-opacity=\"{}\"/>", points.join(" "), number(opacity)));
    }

    pub(super) fn rectangle(&mut self, corner: (f64, f64), size: (f64, f64), color: &str, hint: &str) {
        self.push(&format!(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{color}\">{}</rect>",
            number(corner.0),
            number(corner.1),
            number(size.0.max(0.0)),
            number(size.1.max(0.0)),
            self.hint(hint)
        ));
    }

    pub(super) fn circle(&mut self, center: (f64, f64), radius: f64, color: &str, hint: &str) {
        self.push(&format!(
            "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{color}\" stroke=\"{}\" stroke-width=\"1.5\">{}</circle>",
            number(center.0),
            number(center.1),
            number(radius),
            self.theme.background(),
            self.hint(hint)
        ));
    }

    /// A diamond, told from a circle without color.
    pub(super) fn diamond(&mut self, center: (f64, f64), radius: f64, color: &str, hint: &str) {
        let (x, y) = center;
        let corners = [(x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y)];
        let points: Vec<String> = corners.iter().map(|(x, y)| format!("{},{}", number(*x), number(*y))).collect();
        self.push(&format!(
            "<polygon points=\"{}\" fill=\"{color}\" stroke=\"{}\" stroke-width=\"1.5\">{}</polygon>",
            points.join(" "),
            self.theme.background(),
            self.hint(hint)
        ));
    }

    pub(super) fn text(&mut self, text: &Text<'_>) {
        let (x, y) = (number(text.at.0), number(text.at.1));
        let anchor = match text.anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let turned = if text.turned == 0.0 { String::new() } else { format!(" transform=\"rotate({} {x} {y})\"", number(text.turned)) };
        // Over a line the page shines through around the letters.
        let halo = if text.halo {
            format!(" stroke=\"{}\" stroke-width=\"3\" paint-order=\"stroke\"", self.theme.background())
        } else {
            String::new()
        };
        self.push(&format!(
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{}\" fill=\"{}\" text-anchor=\"{anchor}\"{halo}{turned}>{}</text>",
            number(text.size),
            text.color,
            escape(text.content)
        ));
    }

    /// A name beside its row, in one line or two about its middle, no wider than a length.
    pub(super) fn name(&mut self, (x, y): (f64, f64), name: &str, length: f64, anchor: Anchor) {
        let (lines, half, size) = name_in_lines(name, length);
        for (content, y) in lines.iter().zip([y - half, y + half]) {
            self.text(&Text { at: (x, y), content, size, color: self.theme.ink(), anchor, turned: 0.0, halo: false });
        }
    }

    /// A name below its column, read upward, in one line or two about its middle, no longer than a length.
    pub(super) fn name_upward(&mut self, (x, y): (f64, f64), name: &str, length: f64) {
        let (lines, half, size) = name_in_lines(name, length);
        for (content, x) in lines.iter().zip([x - half, x + half]) {
            self.text(&Text { at: (x, y), content, size, color: self.theme.ink(), anchor: Anchor::End, turned: -90.0, halo: false });
        }
    }

    pub(super) fn finish(mut self) -> String {
        self.push("</svg>");
        self.text
    }

    #[expect(clippy::unused_self, reason = "one way to write hints")]
    fn hint(&self, hint: &str) -> String {
        if hint.is_empty() { String::new() } else { format!("<title>{}</title>", escape(hint)) }
    }

    fn push(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }
}

/// A name in one line, or in two where it would be wider than a length, at the size of labels; the second is cut where it must be.
pub(super) fn in_lines(name: &str, length: f64) -> Vec<String> {
    let width = |text: &str| u32::try_from(text.chars().count()).map_or(0.0, f64::from) * LETTER;
    let ends = name.match_indices([' ', '-']).map(|(at, end)| at + end.len());
    let parted = ends.filter_map(|at| name.split_at_checked(at)).rfind(|(first, _)| width(first.trim_end()) <= length);
    match parted {
        Some((first, second)) if width(name) > length => vec![first.trim_end().to_owned(), elided(second, length)],
        _ => vec![elided(name, length)],
    }
}

/// A name in its lines, how far these are from their middle, and the size of their letters.
fn name_in_lines(name: &str, length: f64) -> (Vec<String>, f64, f64) {
    let lines = in_lines(name, length);
    let (half, size) = if lines.len() > 1 { (5.75, 11.0) } else { (0.0, 12.0) };
    (lines, half, size)
}

/// Space that a name in two lines takes.
pub(super) const TWO_LINES: f64 = 26.0;

/// Width of a letter of a label, as a mean.
const LETTER: f64 = 6.4;

/// A name cut where it would be wider than a length, at the size of labels.
pub(super) fn elided(name: &str, length: f64) -> String {
    let fits = |count: usize| u32::try_from(count).map_or(0.0, f64::from) * LETTER <= length;
    if fits(name.chars().count()) {
        return name.to_owned();
    }
    let kept: String = name.chars().enumerate().take_while(|(index, _)| fits(index + 2)).map(|(_, letter)| letter).collect();
    kept + "…"
}

/// A length in at most two digits after the point.
fn number(value: f64) -> String {
    let text = format!("{:.2}", if value.is_finite() { value } else { 0.0 });
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// Text in which XML's own characters are written as entities, and characters that XML forbids are left out.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other if other.is_control() => {}
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_take_two_lines() {
        assert_eq!(in_lines("Bonds", 80.0), ["Bonds"]);
        assert_eq!(in_lines("Equity of all markets", 96.0), ["Equity of all", "markets"]);
        assert_eq!(in_lines("brokerage-of-the-family", 90.0), ["brokerage-of-", "the-family"]);
        assert_eq!(in_lines("Equity of the United States of America", 90.0), ["Equity of the", "United States…"]);
        assert_eq!(in_lines("Größenordnungsmäßigkeit", 90.0), ["Größenordnung…"]);
    }

    #[test]
    fn names_cannot_break_the_drawing() {
        assert_eq!(escape("A&B <\"x\">\u{0}"), "A&amp;B &lt;&quot;x&quot;&gt;");
        assert_eq!(number(f64::NAN), "0");
        assert_eq!(number(-0.001), "0");
        assert_eq!(number(12.5), "12.5");
    }
}
