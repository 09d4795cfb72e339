//! `assumptions.toml`: what is believed about classes, with date and source.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use evenkeel::assumptions::{Assumptions, ClassAssumptions, Distributions};
use evenkeel::diagnostic::{Code, Diagnostic, SourceText};
use evenkeel::document::{self, Parsed, Table, Value, did_you_mean};
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_quant::linear::eigen::Eigen;
use evenkeel_quant::linear::matrix::Matrix;

/// An eigenvalue this far below zero is rounding of the correlations as they were written.
const EIGENVALUE_TOLERANCE: f64 = 1e-9;

/// How far the two halves of a matrix may differ: they are written, not computed.
const SYMMETRY_TOLERANCE: f64 = 1e-12;

/// Reads assumptions; those made after `as_of` are refused.
pub fn read(source: SourceText<'_>, as_of: Date) -> Parsed<Assumptions> {
    document::read(source, |root| read_assumptions(root, Some(as_of)))
}

/// The keys of `assumptions.toml`, in Markdown.
pub fn reference() -> String {
    document::reference(|root| read_assumptions(root, None)).to_markdown()
}

fn read_assumptions(root: &Table<'_>, until: Option<Date>) -> Option<Assumptions> {
    root.schema_version(1);
    let as_of = root.key("as_of", "Date on which they were made.").date().required();
    if let (Some(made), Some(until)) = (as_of, until)
        && made > until
    {
        let message = format!("the assumptions were made on {made}, after {until}, the date for which they are read");
        root.report_value(
            "as_of",
            Diagnostic::error(Code::FUTURE_DATE, message).help(format!("use earlier assumptions, or decide as of {made} or later")),
        );
    }
    let source = root.key("source", "Who made them, and where they are published.").text().required();
    let (seen, asked) = (RefCell::default(), Cell::new(0));
    let classes = root.tables("class", "What is believed about one class.", |table| {
        asked.set(asked.get() + 1);
        read_class(table, &mut seen.borrow_mut())
    });
    if classes.is_empty() && !root.has("class") && !root.is_reference() {
        root.report(Diagnostic::error(Code::MISSING_KEY, "the assumptions are about no class").help("add a table [[class]]"));
    }
    // Correlations with a class that could not be read would be told wrongly.
    let complete = asked.get() == classes.len();
    let names: Vec<ClassPath> = classes.iter().map(|class| class.class.clone()).collect();
    let correlation = read_correlation(root, complete.then_some(&names));
    Some(Assumptions { as_of: as_of?, source: source?, classes, correlation })
}

fn read_class(table: &Table<'_>, seen: &mut Vec<ClassPath>) -> Option<ClassAssumptions> {
    let class = table.key("class", "The class, as policy and instruments name it.").read("class path", read_class_path).required();
    if let Some(class) = &class {
        if seen.contains(class) {
            let message = format!("the class `{class}` is described a second time");
            table.report_value("class", Diagnostic::error(Code::DUPLICATE_ROW, message).help("keep one of the two"));
        }
        seen.push(class.clone());
    }
    let fraction = |name, about| table.key(name, about).number().between(-1.0, 10.0, "a year").optional();
    let expected_return = fraction("expected_return", "Expected simple return a year, as a fraction.");
    let return_range = table
        .key("return_range", "Lowest and highest return thought plausible: `[0.08, 0.10]`.")
        .list("array of two numbers", Value::number)
        .check(|range| match range[..] {
            [low, high] if low <= high => None,
            _ => Some(("is not a pair of numbers in ascending order".to_owned(), "write the lowest and the highest return".to_owned())),
        })
        .optional();
    let volatility =
        table.key("volatility", "Standard deviation of the yearly return, as a fraction.").number().between(0.0, 10.0, "a year").optional();
    let distributions = read_distributions(table);
    let named = |name, about| {
        let entries = table.key(name, about).entries("table of numbers", |name, value| Some((name.to_owned(), value.number()?))).optional();
        entries.unwrap_or_default().into_iter().collect::<BTreeMap<String, f64>>()
    };
    let scores = named("scores", "Scores by name, such as `{ quality = 7.5 }`.");
    let loadings = named("loadings", "Factor loadings by name.");
    let return_range = return_range.and_then(|range| if let [low, high] = range[..] { Some((low, high)) } else { None });
    if let (Some(expected), Some((low, high))) = (expected_return, return_range)
        && !(low..=high).contains(&expected)
    {
        let message = format!("the expected return {expected} lies outside its range {low} to {high}");
        table.report_value("expected_return", Diagnostic::error(Code::OUT_OF_RANGE, message).help("correct one of the two"));
    }
    Some(ClassAssumptions { class: class?, expected_return, return_range, volatility, distributions, scores, loadings })
}

/// What is taxed along the way: a yield, and what goes with one.
fn read_distributions(table: &Table<'_>) -> Option<Distributions> {
    let income = table
        .key("yield", "Interest and dividends a year, as a fraction of value; part of the expected return.")
        .number()
        .fraction()
        .optional();
    let qualified = table.key("qualified", "Share of the yield that is taxed like long-term gains.").number().fraction().or(0.0);
    let turnover = table
        .key("turnover", "Share of the yearly growth, expected return less yield, that is realized inside the holding as long-term gains.")
        .number()
        .fraction()
        .or(0.0);
    let needs = |name: &str, other: &str, why: &str| {
        if table.has(name) && !table.has(other) {
            let message = format!("`{name}` is a share of {why}, and `{other}` is not given");
            let help = format!("add `{other} = …`, or remove `{name}`");
            table.report_value(name, Diagnostic::error(Code::KEY_WITHOUT_EFFECT, message).help(help));
        }
    };
    needs("qualified", "yield", "the yield");
    needs("turnover", "yield", "the growth, which is the expected return less the yield");
    needs("turnover", "expected_return", "the growth, which is the expected return less the yield");
    Some(Distributions { income: income?, qualified, turnover })
}

fn read_class_path(value: Value<'_>) -> Option<ClassPath> {
    let text = value.name()?;
    match ClassPath::new(&text) {
        Ok(class) => Some(class),
        Err(_) => value.refuse(Code::OUT_OF_RANGE, "is not a class path", "write names parted by `/`, such as Equity/US"),
    }
}

/// Correlations in the order of the classes, from pairs or a matrix; `None` where none are given or
/// the classes are not known.
fn read_correlation(root: &Table<'_>, classes: Option<&Vec<ClassPath>>) -> Option<Vec<f64>> {
    root.at_most_one_of(&["correlation_matrix", "correlation"]);
    let rows = root
        .key("correlation_matrix", "Correlations in the order of the classes, row by row: `[[1, 0.2], [0.2, 1]]`.")
        .list("array of arrays of numbers", |row| row.list(Value::number))
        .optional();
    let pairs = root.tables("correlation", "The correlation of one pair of classes; pairs that are not given are errors.", |table| {
        read_pair(table, classes)
    });
    let classes = classes?;
    let matrix = match rows {
        Some(rows) => from_rows(root, &rows, classes.len())?,
        None if root.has("correlation") => from_pairs(root, &pairs, classes)?,
        None => return None,
    };
    let key = if root.has("correlation_matrix") { "correlation_matrix" } else { "correlation" };
    let smallest = smallest_eigenvalue(&matrix, classes.len());
    if smallest < -EIGENVALUE_TOLERANCE {
        let message = format!(
            "the correlations are not positive semidefinite: the smallest eigenvalue is {smallest:.6}, and it must not be below zero"
        );
        let help = "no set of returns can be correlated so; bring the largest correlations closer to zero";
        root.report_value(key, Diagnostic::error(Code::CORRELATION, message).help(help));
        return None;
    }
    Some(matrix)
}

struct Pair {
    i: usize,
    j: usize,
    rho: f64,
    at: std::ops::Range<usize>,
}

fn read_pair(table: &Table<'_>, classes: Option<&Vec<ClassPath>>) -> Option<Pair> {
    let between = table.key("between", "The two classes.").list("array of two classes", |value| {
        let name = value.name()?;
        let classes = classes?;
        let found = classes.iter().position(|class| class.as_str() == name);
        if found.is_none() {
            let help = did_you_mean(&name, classes.iter().map(ClassPath::as_str), "describe the class in a table [[class]]");
            value.report(
                Diagnostic::error(Code::OUT_OF_RANGE, format!("`between` names `{name}`, which is not a class of this file")).help(help),
            );
        }
        found
    });
    let distinct = |pair: &Vec<usize>| match pair[..] {
        [i, j] if i != j => None,
        _ => Some(("is not a pair of two classes".to_owned(), "name two different classes".to_owned())),
    };
    let between = between.check(distinct).required();
    let rho = table.key("rho", "Their correlation.").number().between(-1.0, 1.0, "").required();
    let pair = between?;
    let [i, j] = pair[..] else { return None };
    Some(Pair { i, j, rho: rho?, at: table.span() })
}

fn from_rows(root: &Table<'_>, rows: &[Vec<f64>], count: usize) -> Option<Vec<f64>> {
    let refuse = |message: String, help: &str| {
        root.report_value("correlation_matrix", Diagnostic::error(Code::CORRELATION, message).help(help));
        None
    };
    if rows.len() != count || rows.iter().any(|row| row.len() != count) {
        let widths: Vec<String> = rows.iter().map(|row| row.len().to_string()).collect();
        let message = format!("the matrix has {} rows of {} numbers, and there are {count} classes", rows.len(), widths.join(", "));
        return refuse(message, "write a row and a column for each class");
    }
    let matrix = rows.concat();
    for i in 0..count {
        for j in 0..=i {
            let (rho, mirror) = (at(&matrix, count, i, j), at(&matrix, count, j, i));
            let place = format!("in row {} and column {}", i + 1, j + 1);
            if i == j && (rho - 1.0).abs() > SYMMETRY_TOLERANCE {
                return refuse(
                    format!("the matrix has {rho} {place}; a class has the correlation 1 with itself"),
                    "write 1 on the diagonal",
                );
            }
            if !(-1.0..=1.0).contains(&rho) {
                return refuse(format!("the matrix has {rho} {place}, which is outside -1 to 1"), "write correlations from -1 to 1");
            }
            if (rho - mirror).abs() > SYMMETRY_TOLERANCE {
                return refuse(
                    format!("the matrix has {rho} {place}, and {mirror} where row and column are swapped"),
                    "write the same number twice",
                );
            }
        }
    }
    Some(matrix)
}

fn from_pairs(root: &Table<'_>, pairs: &[Pair], classes: &[ClassPath]) -> Option<Vec<f64>> {
    let count = classes.len();
    let mut matrix: Vec<Option<f64>> = vec![None; count * count];
    let mut sound = true;
    for pair in pairs {
        let given_before = matrix.get(pair.i * count + pair.j).copied().flatten().is_some();
        if given_before {
            root.report_at(
                pair.at.clone(),
                Diagnostic::error(Code::DUPLICATE_ROW, "the pair is given a second time").help("keep one of the two"),
            );
            sound = false;
        }
        for place in [pair.i * count + pair.j, pair.j * count + pair.i] {
            if let Some(entry) = matrix.get_mut(place) {
                *entry = Some(pair.rho);
            }
        }
    }
    let mut missing = Vec::new();
    for (i, a) in classes.iter().enumerate() {
        if let Some(entry) = matrix.get_mut(i * count + i) {
            *entry = Some(1.0);
        }
        let lacks = |j: usize| matrix.get(i * count + j).copied().flatten().is_none();
        missing.extend(classes.iter().enumerate().skip(i + 1).filter(|(j, _)| lacks(*j)).map(|(_, b)| format!("{a} and {b}")));
    }
    if sound && !missing.is_empty() {
        let message = format!("{} pairs have no correlation: {}", missing.len(), missing.join("; "));
        root.report_value("correlation", Diagnostic::error(Code::CORRELATION, message).help("give every pair, zero included"));
        return None;
    }
    matrix.into_iter().collect::<Option<Vec<f64>>>().filter(|_| sound)
}

fn at(matrix: &[f64], count: usize, i: usize, j: usize) -> f64 {
    matrix.get(i * count + j).copied().unwrap_or_default()
}

/// The smallest eigenvalue of correlations row by row, which are finite and as many as they should be.
fn smallest_eigenvalue(correlation: &[f64], count: usize) -> f64 {
    let matrix = Matrix::from_fn(count, count, |row, column| at(correlation, count, row, column));
    Eigen::values_of(&matrix).ok().and_then(|values| values.first().copied()).unwrap_or_default()
}
