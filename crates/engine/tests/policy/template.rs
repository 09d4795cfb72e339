//! The policy that a new user starts from.

use evenkeel::policy::{Strategy, diff, explain, template};

use crate::parse;

#[test]
fn reads_without_diagnostics() {
    let parsed = parse(template());
    assert_eq!(parsed.diagnostics, []);
    let policy = parsed.value.unwrap();
    assert_eq!(policy.strategy, Strategy::Tree);
    assert_eq!(policy.tree.leaves().count(), 5);
    assert_eq!(diff(&policy, &policy), Vec::<String>::new());
    assert!(explain(&policy).iter().all(|sentence| sentence.ends_with('.')), "complete sentences");
}

#[test]
fn what_is_commented_out_reads_too() {
    // A comment that holds a key or a heading is one that a user may take the `#` from.
    let looks_like_toml = |line: &str| {
        let rest = line.strip_prefix("# ").unwrap_or_default();
        rest.starts_with('[')
            || rest.split_once(" = ").is_some_and(|(key, _)| key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
    };
    let in_strategy = |line: &str| {
        ["[strategy", "profile", "horizon_years", "style", "tilt_tracking_error", "preset = \"target", "target_date"]
            .iter()
            .any(|key| line.contains(key))
    };
    let lines = template().lines().map(|line| if looks_like_toml(line) && !in_strategy(line) { &line[2..] } else { line });
    let text: String = lines.flat_map(|line| [line, "\n"]).collect();
    let parsed = parse(&text);
    assert_eq!(parsed.diagnostics, [], "{text}");
    let policy = parsed.value.unwrap();
    assert!(policy.overlay.is_some() && policy.benchmark.is_some() && !policy.cash.flows.is_empty() && policy.limits.len() == 3);
    assert!(!policy.location.costs.is_empty());
}

#[test]
fn the_worked_example_reads() {
    let page = include_str!("../../../../docs/concepts/policy.md");
    let example = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let parsed = parse(example);
    assert_eq!(parsed.diagnostics, []);
    let sentences = explain(&parsed.value.unwrap()).join("\n");
    for expected in ["which is 21 % of the portfolio", "(35 % to 45 % of the portfolio)", "(16 % to 26 % of the portfolio)", "at most 70 %"]
    {
        assert!(sentences.contains(expected), "{expected} is not in\n{sentences}");
    }
}
