//! Whatever the text, reading it ends, and in diagnostics if it is no policy.

use evenkeel::diagnostic::has_errors;
use evenkeel::policy::{diff, explain, template};
use proptest::prelude::*;

use crate::{TREE, parse};

fn read(text: &str) -> Result<(), TestCaseError> {
    let parsed = parse(text);
    prop_assert_eq!(parsed.value.is_none(), has_errors(&parsed.diagnostics));
    if let Some(policy) = &parsed.value {
        explain(policy);
        prop_assert!(diff(policy, policy).is_empty());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        read(&String::from_utf8_lossy(&bytes))?;
    }

    /// Cuts, repeats and overwrites parts of policies.
    #[test]
    fn mutations(
        which in any::<bool>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..40, "[ -~é\n]{0,6}|\\[\\[target\\]\\]\n|-1|1e9|nan|\"\""), 1..8),
    ) {
        let mut text: Vec<char> = (if which { TREE } else { template() }).chars().collect();
        for (at, length, insert) in edits {
            let start = at.index(text.len() + 1);
            let end = (start + length).min(text.len());
            text.splice(start..end, insert.chars());
        }
        read(&text.into_iter().collect::<String>())?;
    }

    /// Drops and swaps lines of policies.
    #[test]
    fn shuffled_lines(drops in prop::collection::vec(any::<prop::sample::Index>(), 0..6), swaps in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..6)) {
        let mut lines: Vec<&str> = TREE.lines().collect();
        for (a, b) in swaps {
            let (a, b) = (a.index(lines.len()), b.index(lines.len()));
            lines.swap(a, b);
        }
        for drop in drops {
            lines.remove(drop.index(lines.len()));
        }
        read(&lines.join("\n"))?;
    }
}

#[test]
fn deep_nesting_ends() {
    read(&format!("x = {}", "[".repeat(100_000))).unwrap();
    read(&format!("{}x = 1", "a.".repeat(10_000))).unwrap();
    let deep: String = (1..200).map(|depth| format!("[[target]]\nclass = \"{}\"\nweight = 1\n", vec!["a"; depth].join("/"))).collect();
    read(&format!("schema_version = 1\nname = \"n\"\nbase_currency = \"USD\"\n[bands]\nabsolute = 0.1\n{deep}")).unwrap();
}
