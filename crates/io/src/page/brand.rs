//! [`Brand`]: whose report it is, and how it writes numbers.

use std::str::FromStr;

use evenkeel::diagnostic::SourceText;
use evenkeel::document::{self, Parsed, Table};

/// Contrast of text that people with weak sight can read (Web Content Accessibility Guidelines 2.2, 1.4.3).
const LEAST_CONTRAST: f64 = 4.5;

/// Whose report it is, and how it writes numbers: what a theme file says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Brand {
    /// Who gives the report; empty for nobody.
    pub name: String,
    /// Where the logo is, beside the theme file: SVG or PNG.
    pub logo: Option<String>,
    /// The logo itself, once it is read.
    pub image: Option<Logo>,
    /// Color of headings and rules.
    pub accent: Accent,
    /// How numbers are written.
    pub numbers: Numbers,
    /// What stands at the foot of every page.
    pub footer: String,
    /// Size of the paper of a PDF.
    pub paper: Paper,
}

/// A logo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Logo {
    /// As SVG.
    Svg(String),
    /// As PNG.
    Png(Vec<u8>),
}

/// Size of paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Paper {
    /// 210 by 297 mm.
    #[default]
    A4,
    /// 8.5 by 11 inches.
    Letter,
}

impl std::fmt::Display for Paper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::A4 => "a4",
            Self::Letter => "letter",
        })
    }
}

impl Brand {
    /// Reads a theme file.
    pub fn read(source: SourceText<'_>) -> Parsed<Self> {
        document::read(source, |root| Some(read_brand(root)))
    }

    /// The keys of a theme file, in Markdown.
    pub fn reference() -> String {
        document::reference(|root| Some(read_brand(root))).to_markdown()
    }
}

fn read_brand(root: &Table<'_>) -> Brand {
    root.schema_version(1);
    Brand {
        name: root.key("name", "Who gives the report.").text().or(String::new()),
        logo: root.key("logo", "File of the logo, SVG or PNG, beside this one.").text().optional(),
        image: None,
        accent: root.key("accent", "Color of headings and rules, dark enough to be read on white.").parsed("a color").or(Accent::default()),
        numbers: root
            .key("numbers", "How numbers are written: `1,234.56`, `1.234,56`, `1 234,56`, `1'234.56` or `1234.56`.")
            .parsed("a way to write numbers")
            .or(Numbers::default()),
        footer: root.key("footer", "What stands at the foot of every page, such as a disclosure.").text().or(String::new()),
        paper: root.key("paper", "Size of the paper of a PDF.").one_of(&[("a4", Paper::A4), ("letter", Paper::Letter)]).or(Paper::A4),
    }
}

/// A color that can be read on white.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accent([u8; 3]);

impl Default for Accent {
    fn default() -> Self {
        Self([0x00, 0x4f, 0x7c])
    }
}

impl std::fmt::Display for Accent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl FromStr for Accent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii());
        let part = |from: usize| u8::from_str_radix(digits?.get(from..from + 2)?, 16).ok();
        let (Some(red), Some(green), Some(blue)) = (part(0), part(2), part(4)) else {
            return Err("write it as `#rrggbb`, such as `#004f7c`".to_owned());
        };
        let accent = Self([red, green, blue]);
        let contrast = accent.contrast_to_white();
        if contrast < LEAST_CONTRAST {
            return Err(format!("its contrast to white is {contrast:.1}, and text needs {LEAST_CONTRAST}: take a darker one"));
        }
        Ok(accent)
    }
}

impl Accent {
    /// Contrast to white, from 1 to 21 (Web Content Accessibility Guidelines 2.2, *relative luminance* and *contrast ratio*).
    fn contrast_to_white(self) -> f64 {
        let linear = |part: u8| {
            let share = f64::from(part) / 255.0;
            if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        };
        let [red, green, blue] = self.0.map(linear);
        1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
    }
}

/// How numbers are written: what groups thousands, and the decimal mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbers {
    group: Option<char>,
    decimal: char,
}

impl Default for Numbers {
    fn default() -> Self {
        Self { group: Some(','), decimal: '.' }
    }
}

impl std::fmt::Display for Numbers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let group = self.group.map(String::from).unwrap_or_default();
        write!(f, "1{group}234{}56", self.decimal)
    }
}

impl FromStr for Numbers {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (group, decimal) = match text {
            "1,234.56" => (Some(','), '.'),
            "1.234,56" => (Some('.'), ','),
            // A space at which no line ends.
            "1 234,56" | "1\u{a0}234,56" | "1\u{202f}234,56" => (Some('\u{202f}'), ','),
            "1'234.56" | "1’234.56" => (Some('’'), '.'),
            "1234.56" => (None, '.'),
            _ => return Err("write 1234.56 as it shall be written: `1,234.56`, `1.234,56`, `1 234,56`, `1'234.56` or `1234.56`".to_owned()),
        };
        Ok(Self { group, decimal })
    }
}

impl Numbers {
    /// The decimal mark.
    pub(super) fn decimal(self) -> char {
        self.decimal
    }

    /// A text with its numbers written so; dates, versions and what stands within words are no numbers.
    pub fn write(self, text: &str) -> String {
        if self == Self::default() {
            return text.to_owned();
        }
        let mut written = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(|letter: char| letter.is_ascii_digit()) {
            let (before, from) = rest.split_at(start);
            written.push_str(before);
            let end = from.find(|letter: char| !(letter.is_ascii_digit() || matches!(letter, ',' | '.'))).unwrap_or(from.len());
            let number = from.get(..end).unwrap_or_default().trim_end_matches([',', '.']);
            let (_, after) = from.split_at(number.len());
            if is_number(number) && !is_within(&mut written.chars().rev()) && !is_within(&mut after.chars()) {
                written.extend(number.chars().filter_map(|letter| match letter {
                    ',' => self.group,
                    '.' => Some(self.decimal),
                    digit => Some(digit),
                }));
            } else {
                written.push_str(number);
            }
            rest = after;
        }
        written + rest
    }
}

/// Whether a word goes on in the letters beside a number, as in names of files: `prices-2026.03.csv`, `2.5-point`, `a/1.5/b`.
fn is_within(beside: &mut dyn Iterator<Item = char>) -> bool {
    match beside.next() {
        Some(letter) if letter.is_alphanumeric() || matches!(letter, '_' | '/') => true,
        Some('.' | '-') => beside.next().is_some_and(char::is_alphabetic),
        _ => false,
    }
}

/// Whether it is a number as this program writes it: `1,234.50`, `0.5`, `12`.
fn is_number(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let mut groups = whole.split(',');
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let first = groups.next().unwrap_or_default();
    let is_grouped = whole.contains(',');
    digits(first) && (!is_grouped || first.len() <= 3) && groups.all(|group| group.len() == 3 && digits(group)) && digits(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_asked() {
        let german: Numbers = "1.234,56".parse().unwrap();
        let told = "Of 1,089,000.00 USD (43.81 %), 12 lots since 2026-03-31 by 0.1.0 at 1,234,5; x1.5, -0.25.";
        assert_eq!(german.write(told), "Of 1.089.000,00 USD (43,81 %), 12 lots since 2026-03-31 by 0.1.0 at 1,234,5; x1.5, -0,25.");
        for name in ["prices-2026.03.csv", "2.5-point bands", "book/1.5/prices.csv", "v1.5"] {
            assert_eq!(german.write(name), name);
        }
        assert_eq!("1234.56".parse::<Numbers>().unwrap().write("1,234.56"), "1234.56");
        assert_eq!("1 234,56".parse::<Numbers>().unwrap().write("12,345.6 %"), "12\u{202f}345,6 %");
        assert_eq!(Numbers::default().write(told), told);
        assert!("1:234".parse::<Numbers>().is_err());
        assert_eq!(german.to_string(), "1.234,56");
    }

    #[test]
    fn a_color_that_cannot_be_read_is_refused() {
        assert_eq!("#004f7c".parse::<Accent>().map(|accent| accent.to_string()), Ok("#004f7c".to_owned()));
        assert!("#ffee00".parse::<Accent>().unwrap_err().contains("contrast"));
        for bad in ["004f7c", "#04f", "#00é7c", "#zzzzzz", ""] {
            assert!(bad.parse::<Accent>().is_err(), "{bad}");
        }
    }
}
