//! The references in `docs/reference` say what the code does. Run with `UPDATE_REFERENCE=1` to write them
//! anew.

use std::fmt::Write as _;
use std::path::Path;

use evenkeel::diagnostic::Code;
use evenkeel::policy::reference;

/// Compares a committed file with what the code yields, or writes it.
fn hold(file: &str, generated: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference").join(file);
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        std::fs::write(&path, generated).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == generated, "docs/reference/{file} is out of date: run this test with UPDATE_REFERENCE=1");
}

#[test]
fn policy_keys() {
    let head = "# Keys of a policy file\n\n\
        Generated from the code that reads policies; do not edit. How to think about a policy: [concepts](../concepts/policy.md).\n\n\
        Weights and rates are fractions: 0.05 is 5 %. Amounts are in the base currency. Numbers are exact where the type says so, \
        with at most nine digits after the point; `nan` and `inf` are refused. Keys that are not listed here are errors.\n\n";
    hold("policy.md", &format!("{head}{}\n", reference().to_markdown().trim_end()));
}

#[test]
fn error_codes() {
    let mut text = "# Codes of diagnostics\n\n\
        Generated from the code; do not edit. `evenkeel` shows a code with the place in the file, the value seen and a remedy.\n\n\
        | code | meaning |\n|---|---|\n"
        .to_owned();
    for (code, meaning) in Code::ALL {
        writeln!(text, "| `{code}` | {} |", meaning.trim()).unwrap();
    }
    hold("error-codes.md", &text);
}

#[test]
fn codes_are_distinct_and_explained() {
    for (index, (code, meaning)) in Code::ALL.iter().enumerate() {
        assert!(Code::ALL[..index].iter().all(|(other, _)| other != code), "{code} is given twice");
        assert!(meaning.trim().ends_with('.'), "{code} is not explained in a sentence");
    }
}
