//! [`Statement`]: rules and views as text, such as `Technology + Energy <= 25 %`.
//!
//! ```text
//! statement   side RELATION side [by NUMBER]
//! RELATION    <=  >=  =  <  >          (≤ and ≥ too)
//! side        term { + term | - term }
//! term        NUMBER | [NUMBER [*]] NAME
//! NUMBER      12.5, 12.5 %, 30 bp
//! ```
//!
//! `+` and `-` between terms stand between spaces, so that names may hold hyphens; a name that begins
//! with a number, or holds a relation, is written in single or double quotes. An apostrophe within a
//! word is part of it.

use std::fmt;
use std::ops::Range;

use crate::diagnostic::Location;

/// A relation between a combination of names and a number: Σ coefficient × name RELATION value.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// As written.
    pub text: String,
    /// The names, each once, with its coefficient.
    pub terms: Vec<Term>,
    /// How the two sides stand.
    pub relation: Relation,
    /// The number on the right, all numbers gathered there.
    pub value: f64,
    /// The largest size of a number that stands alone without a unit: `20` may be a forgotten percent.
    pub unitless: f64,
    /// Where the file states it.
    pub location: Option<Location>,
}

/// A name and its coefficient.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// The name, as written.
    pub name: String,
    /// How often it counts.
    pub coefficient: f64,
}

/// How the left side stands to the right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// `<=`
    AtMost,
    /// `>=`
    AtLeast,
    /// `=`, and `A > B by 2 %`: the left exceeds the right by just so much.
    Equal,
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AtMost => "≤",
            Self::AtLeast => "≥",
            Self::Equal => "=",
        })
    }
}

/// What is wrong with a statement, and where in its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementError {
    /// Bytes of the text.
    pub span: Range<usize>,
    /// As the end of "the statement …".
    pub problem: String,
    /// The remedy.
    pub help: String,
}

/// A piece of the text.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Token<'t> {
    text: &'t str,
    start: usize,
    quoted: bool,
}

impl Token<'_> {
    fn is(&self, word: &str) -> bool {
        !self.quoted && self.text == word
    }

    fn end(&self) -> usize {
        self.start + self.text.len() + 2 * usize::from(self.quoted)
    }
}

impl Statement {
    /// Reads a statement.
    ///
    /// ```
    /// use evenkeel::policy::Statement;
    /// let statement = Statement::parse("Technology + 0.5 Energy <= 25 %").unwrap();
    /// assert_eq!(statement.terms[1].coefficient, 0.5);
    /// assert_eq!(statement.value, 0.25);
    /// ```
    ///
    /// # Errors
    /// [`StatementError`], for the first thing that is wrong.
    pub fn parse(text: &str) -> Result<Self, StatementError> {
        let tokens = tokens(text)?;
        let whole = 0..text.len();
        let mut symbols = tokens.iter().enumerate().filter_map(|(at, token)| Some((at, symbol(token)?)));
        let Some((at, symbol)) = symbols.next() else {
            return Err(error(whole, "has no relation", "write `<=`, `>=` or `=` between two sides, as in `Bonds >= 30 %`"));
        };
        if let Some(second) = symbols.next().and_then(|(second, _)| tokens.get(second)) {
            return Err(error(second.start..second.end(), "has a second relation", "write two statements"));
        }
        let (left, right) = (tokens.get(..at).unwrap_or_default(), tokens.get(at + 1..).unwrap_or_default());
        let by = right.iter().position(|token| token.is("by"));
        let (right, margin) = match by {
            Some(by) => (right.get(..by).unwrap_or_default(), right.get(by + 1..)),
            None => (right, None),
        };
        let mut sum = Sum::default();
        sum.side(left, 1.0, &whole)?;
        sum.side(right, -1.0, &whole)?;
        let (relation, direction) = symbol.meaning(margin.is_some());
        let margin = margin.map_or(Ok(0.0), |tokens| sum.number(tokens, &whole))?;
        if direction == 0.0 && by.is_some() {
            return Err(error(whole, "says both `=` and `by`", "write `>` or `<` before `by`, as in `US Equity > Bonds by 2 %`"));
        }
        let value = direction * margin - sum.constant;
        sum.terms.retain(|term| term.coefficient != 0.0);
        if sum.terms.is_empty() {
            return Err(error(whole, "names nothing", "name a class or an instrument on one side"));
        }
        Ok(Self { text: text.trim().to_owned(), terms: sum.terms, relation, value, unitless: sum.unitless, location: None })
    }
}

/// Names and numbers of the sides so far, all taken to the left.
#[derive(Default)]
struct Sum {
    terms: Vec<Term>,
    constant: f64,
    unitless: f64,
}

impl Sum {
    /// The number that a side is.
    fn number(&mut self, tokens: &[Token<'_>], whole: &Range<usize>) -> Result<f64, StatementError> {
        let mut sum = Self::default();
        sum.side(tokens, 1.0, whole)?;
        self.unitless = self.unitless.max(sum.unitless);
        if sum.terms.is_empty() {
            return Ok(sum.constant);
        }
        Err(error(whole.clone(), "has no number after `by`", "write a number, as in `US Equity > Bonds by 2 %`"))
    }

    /// Adds a side.
    fn side(&mut self, tokens: &[Token<'_>], sign: f64, whole: &Range<usize>) -> Result<(), StatementError> {
        if tokens.is_empty() {
            return Err(error(whole.clone(), "has an empty side", "write a name or a number on each side of the relation"));
        }
        let mut term: Vec<Token<'_>> = Vec::new();
        let mut direction = sign;
        for (index, token) in tokens.iter().enumerate() {
            let is_sign = token.is("+") || token.is("-") || token.is("−");
            if !is_sign {
                term.push(*token);
                continue;
            }
            if term.is_empty() && index > 0 {
                return Err(error(token.start..token.end(), "has two signs in a row", "remove one of them"));
            }
            if !term.is_empty() {
                self.term(&term, direction)?;
                term.clear();
            }
            direction = if token.is("+") { sign } else { -sign };
        }
        let Some(last) = tokens.last() else { return Ok(()) };
        if term.is_empty() {
            return Err(error(last.start..last.end(), "ends in a sign", "write a name or a number after it"));
        }
        self.term(&term, direction)
    }

    /// Adds a term: a number, a name, or both.
    fn term(&mut self, tokens: &[Token<'_>], sign: f64) -> Result<(), StatementError> {
        let mut rest = tokens;
        let mut coefficient = 1.0;
        let (mut has_number, mut has_unit) = (false, false);
        if let [first, after @ ..] = rest
            && !first.quoted
            && let Some((number, unit_is_close)) = number(first.text)
        {
            (coefficient, has_number, has_unit, rest) = (number, true, unit_is_close, after);
            let next = after.first().filter(|_| !unit_is_close).and_then(|token| divisor(token.text));
            if let (Some(divisor), [_, after @ ..]) = (next, after) {
                (coefficient, has_unit, rest) = (number / divisor, true, after);
            }
            if let [star, after @ ..] = rest
                && star.is("*")
            {
                rest = after;
            }
        }
        if rest.is_empty() && has_number {
            self.constant += sign * coefficient;
            if !has_unit {
                self.unitless = self.unitless.max(coefficient.abs());
            }
            return Ok(());
        }
        if let Some(star) = rest.iter().find(|token| token.is("*")) {
            return Err(error(star.start..star.end(), "has a `*` that follows no number", "write the number first, as in `2 * Bonds`"));
        }
        let name = rest.iter().map(|token| token.text).collect::<Vec<_>>().join(" ");
        match self.terms.iter_mut().find(|term| term.name == name) {
            Some(term) => term.coefficient += sign * coefficient,
            None => self.terms.push(Term { name, coefficient: sign * coefficient }),
        }
        Ok(())
    }
}

/// A relation as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Symbol {
    LessOrEqual,
    GreaterOrEqual,
    Equal,
    Less,
    Greater,
}

impl Symbol {
    /// What it means, with or without `by`, and the sign of the margin: 0 where there can be none.
    fn meaning(self, by: bool) -> (Relation, f64) {
        match self {
            Self::Equal => (Relation::Equal, 0.0),
            Self::Less if by => (Relation::Equal, -1.0),
            Self::Greater if by => (Relation::Equal, 1.0),
            Self::Less | Self::LessOrEqual => (Relation::AtMost, -1.0),
            Self::Greater | Self::GreaterOrEqual => (Relation::AtLeast, 1.0),
        }
    }
}

fn symbol(token: &Token<'_>) -> Option<Symbol> {
    if token.quoted {
        return None;
    }
    match token.text {
        "<=" | "≤" => Some(Symbol::LessOrEqual),
        ">=" | "≥" => Some(Symbol::GreaterOrEqual),
        "=" | "==" => Some(Symbol::Equal),
        "<" => Some(Symbol::Less),
        ">" => Some(Symbol::Greater),
        _ => None,
    }
}

/// A number, and whether its unit is written close to it: `12.5`, `12.5%`, `30bp`.
fn number(text: &str) -> Option<(f64, bool)> {
    let unit = ["%", "bp"].into_iter().find(|unit| text.ends_with(unit));
    let digits = unit.map_or(text, |unit| text.trim_end_matches(unit));
    let starts = digits.trim_start_matches(['-', '+', '.']).chars().next().is_some_and(|first| first.is_ascii_digit());
    let value: f64 = digits.parse().ok().filter(|value: &f64| starts && value.is_finite())?;
    Some((value / unit.and_then(divisor).unwrap_or(1.0), unit.is_some()))
}

/// What a unit divides by: 0.07 is nearer to 7 ÷ 100 than to 7 × 0.01.
fn divisor(unit: &str) -> Option<f64> {
    match unit {
        "%" => Some(100.0),
        "bp" => Some(10_000.0),
        _ => None,
    }
}

/// Words, relations and quoted names.
fn tokens(text: &str) -> Result<Vec<Token<'_>>, StatementError> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while !rest.trim_start().is_empty() {
        rest = rest.trim_start();
        let start = text.len() - rest.len();
        let quote = ['\'', '"'].into_iter().find(|quote| rest.starts_with(*quote));
        let length = if let Some((quote, inside)) = quote.and_then(|quote| Some((quote, rest.strip_prefix(quote)?))) {
            let Some(end) = inside.find(quote) else {
                return Err(error(start..text.len(), "has a quote that is never closed", &format!("add the closing `{quote}`")));
            };
            tokens.push(Token { text: inside.get(..end).unwrap_or_default(), start, quoted: true });
            rest = inside.get(end + 1..).unwrap_or_default();
            continue;
        } else if let Some(symbol) = ["<=", ">=", "==", "≤", "≥", "=", "<", ">", "*"].iter().find(|symbol| rest.starts_with(**symbol)) {
            symbol.len()
        } else {
            rest.find(|c: char| c.is_whitespace() || ['<', '>', '=', '≤', '≥', '*'].contains(&c)).unwrap_or(rest.len())
        };
        let (token, after) = rest.split_at(length);
        tokens.push(Token { text: token, start, quoted: false });
        rest = after;
    }
    Ok(tokens)
}

fn error(span: Range<usize>, problem: &str, help: &str) -> StatementError {
    StatementError { span, problem: problem.to_owned(), help: help.to_owned() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> (Vec<(String, f64)>, Relation, f64) {
        let statement = Statement::parse(text).unwrap();
        (statement.terms.into_iter().map(|term| (term.name, term.coefficient)).collect(), statement.relation, statement.value)
    }

    fn terms(pairs: &[(&str, f64)]) -> Vec<(String, f64)> {
        pairs.iter().map(|(name, coefficient)| ((*name).to_owned(), *coefficient)).collect()
    }

    #[test]
    fn reads_what_people_write() {
        assert_eq!(read("Bonds >= 30 %"), (terms(&[("Bonds", 1.0)]), Relation::AtLeast, 0.3));
        assert_eq!(read("Bonds≥30%"), (terms(&[("Bonds", 1.0)]), Relation::AtLeast, 0.3));
        assert_eq!(read("US Equity <= 2 * Bonds + 5 %"), (terms(&[("US Equity", 1.0), ("Bonds", -2.0)]), Relation::AtMost, 0.05));
        assert_eq!(read("0.1 >= Mid-Cap - 'S&P = 500'"), (terms(&[("Mid-Cap", -1.0), ("S&P = 500", 1.0)]), Relation::AtLeast, -0.1));
        assert_eq!(read("- A + B = 30 bp"), (terms(&[("A", -1.0), ("B", 1.0)]), Relation::Equal, 0.003));
        assert_eq!(read("S&P 500 < 7 %"), (terms(&[("S&P 500", 1.0)]), Relation::AtMost, 0.07));
    }

    #[test]
    fn names_with_an_apostrophe_need_no_quotes() {
        let equities = terms(&[("Int'l Equities", 1.0)]);
        for text in ["Int'l Equities <= 7 %", "\"Int'l Equities\" <= 7 %", "7 %>=Int'l Equities"] {
            assert_eq!(
                read(text).0,
                equities.iter().map(|(name, sign)| (name.clone(), if text.starts_with('7') { -sign } else { *sign })).collect::<Vec<_>>(),
                "{text}"
            );
        }
        assert_eq!(read("'A \"b\" c' = 1").0, terms(&[("A \"b\" c", 1.0)]));
        assert_eq!(Statement::parse("\"A > B").unwrap_err().help, "add the closing `\"`");
    }

    #[test]
    fn tells_numbers_without_a_unit() {
        let cases = [("A <= 20", 20.0), ("A <= 20 %", 0.0), ("A <= 20%", 0.0), ("3 A <= 0.2", 0.2), ("A > B by 2", 2.0), ("-4 = A", 4.0)];
        for (text, unitless) in cases {
            assert_eq!(Statement::parse(text).unwrap().unitless.to_bits(), f64::to_bits(unitless), "{text}");
        }
    }

    #[test]
    fn a_view_by_so_much_is_an_equation() {
        assert_eq!(read("US Equity > Bonds by 2 %"), (terms(&[("US Equity", 1.0), ("Bonds", -1.0)]), Relation::Equal, 0.02));
        assert_eq!(read("Bonds < US Equity by 2 %"), (terms(&[("Bonds", 1.0), ("US Equity", -1.0)]), Relation::Equal, -0.02));
        assert_eq!(read("US Equity >= Bonds by 2 %"), (terms(&[("US Equity", 1.0), ("Bonds", -1.0)]), Relation::AtLeast, 0.02));
    }

    #[test]
    fn says_what_is_wrong() {
        let problem = |text: &str| Statement::parse(text).unwrap_err().problem;
        assert_eq!(problem("Bonds 30 %"), "has no relation");
        assert_eq!(problem("10 % <= Bonds <= 30 %"), "has a second relation");
        assert_eq!(problem("Bonds >="), "has an empty side");
        assert_eq!(problem("Bonds + >= 1"), "ends in a sign");
        assert_eq!(problem("1 >= 2"), "names nothing");
        assert_eq!(problem("A - A >= 2"), "names nothing");
        assert_eq!(problem("A > B by C"), "has no number after `by`");
        assert_eq!(problem("'A > B"), "has a quote that is never closed");
        assert_eq!(problem("Bonds * 2 >= 1"), "has a `*` that follows no number");
    }

    proptest! {
        #[test]
        fn garbage_is_refused_and_never_panics(text in "[ a-z0-9<>=+*'%.≤-]{0,24}") {
            if let Err(error) = Statement::parse(&text) {
                prop_assert!(error.span.end <= text.len() && error.span.start <= error.span.end);
            }
        }
    }
}
