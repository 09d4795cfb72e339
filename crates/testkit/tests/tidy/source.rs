//! Laws on Rust sources, read as text without comments.

/// What reaches outside, as a path from the root of a crate.
const EFFECTS: [(&str, &[&str]); 2] = [("std::", &["fs", "env", "time", "net", "process"]), ("rand::", &["rng", "random", "thread_rng"])];

/// What reaches outside, under any path.
const EFFECT_NAMES: [&str; 4] = ["SystemTime", "Instant", "thread_rng", "OsRng"];

/// The code of a line, without its comment.
///
/// A `//` inside a string ends the line too: the laws then see less, never something that is not there.
pub(crate) fn code(line: &str) -> &str {
    line.split_once("//").map_or(line, |(code, _)| code)
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
}

/// The first names after a path prefix such as `std::` or `crate::`, with the lines they stand on;
/// for a group, `std::{fs, io::{Read, Write}}`, the first name of each of its paths.
pub(crate) fn names_after(text: &str, prefix: &str) -> Vec<(usize, String)> {
    let code: String = text.lines().map(|line| code(line).to_owned() + "\n").collect();
    let mut found = Vec::new();
    for (start, _) in code.match_indices(prefix) {
        if code[..start].ends_with(|letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':') {
            continue;
        }
        let line = code[..start].matches('\n').count() + 1;
        let rest = &code[start + prefix.len()..];
        let paths = if rest.starts_with('{') { group_paths(rest) } else { vec![rest] };
        for path in paths {
            let name: String = path.trim_start().chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
            found.push((line, name));
        }
    }
    found
}

/// The paths of a group in braces, each from its start.
fn group_paths(group: &str) -> Vec<&str> {
    let mut paths = vec![&group[1..]];
    let mut depth = 0;
    for (position, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 1 => break,
            '}' => depth -= 1,
            ',' if depth == 1 => paths.push(&group[position + 1..]),
            _ => {}
        }
    }
    paths
}

/// Clocks, files, environment and default random generators.
pub(crate) fn effect_complaints(path: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    for (prefix, banned) in EFFECTS {
        let found = names_after(text, prefix).into_iter().filter(|(_, name)| banned.contains(&name.as_str()));
        complaints.extend(found.map(|(line, name)| format!("{path}:{line}: {prefix}{name}")));
    }
    for (number, line) in (1..).zip(text.lines()) {
        let found = words(code(line)).filter(|word| EFFECT_NAMES.contains(word));
        complaints.extend(found.map(|word| format!("{path}:{number}: {word}")));
    }
    complaints
}

/// Whether a crate switches on the bans of clippy.toml.
pub(crate) fn denies_effects(lib: &str) -> bool {
    lib.lines().map(code).any(|line| line.trim_start().starts_with("#![deny(") && line.contains("clippy::disallowed_methods"))
}

/// Floating-point types and literals of them.
pub(crate) fn float_complaints(path: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let is_float = |word: &&str| {
            let literal = word.starts_with(|first: char| first.is_ascii_digit());
            ["f64", "f32"].iter().any(|float| word == float || literal && word.ends_with(float))
        };
        let found = words(code(line)).filter(is_float);
        complaints.extend(found.map(|word| format!("{path}:{number}: {word}")));
    }
    complaints
}

#[test]
fn effects_are_found_alone_and_in_groups() {
    let complaints = effect_complaints("a.rs", "use std::{fmt, fs::File, io::{env, Read}};\nlet now = time::Instant::now();\n");
    assert_eq!(complaints, ["a.rs:1: std::fs", "a.rs:2: Instant"]);
    assert_eq!(effect_complaints("a.rs", "let x = std::env::var(\"X\"); rand::rng();").len(), 2);
    assert!(effect_complaints("a.rs", "use std::fmt; // std::fs\nuse other::std::fs;").is_empty());
    assert!(denies_effects("//! x\n#![deny(clippy::float_arithmetic, clippy::disallowed_methods)]"));
    assert!(!denies_effects("// #![deny(clippy::disallowed_methods)]"));
}

#[test]
fn groups_over_several_lines_are_read() {
    let text = "use crate::{\n    a::{b, c},\n    d,\n};\nlet x = crate::e::f();";
    let names = names_after(text, "crate::");
    assert_eq!(names, [(1, "a".to_owned()), (1, "d".to_owned()), (1, String::new()), (5, "e".to_owned())]);
}

#[test]
fn floats_are_found() {
    assert_eq!(float_complaints("a.rs", "let x: f64 = 1_f32; // f64").len(), 2);
    assert!(float_complaints("a.rs", "let leaf64 = 5_i64;").is_empty());
}
