//! Limits that exclude one another, and targets that break one.

use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel::target::check_limits;

use super::parse;

/// Classes joined by `+`, the bound and its value.
type Bounds<'a> = &'a [(&'a str, &'a str, &'a str)];

/// Equity of 60 % (three quarters of it in the US) and bonds of 40 %, under limits named `a`, `b`, …
fn policy(strategy: &str, limits: Bounds<'_>) -> String {
    let head = "schema_version = 1\nname = \"limits\"\nbase_currency = \"USD\"\n\n[bands]\nabsolute = 0.05\n";
    let top = |weight: &str| if strategy.is_empty() { format!("weight = {weight}\n") } else { String::new() };
    let targets = [
        ("Equity", top("0.6"), ""),
        ("Equity/US", "weight = 0.75\n".to_owned(), "instruments = [\"U\"]\n"),
        ("Equity/World", "weight = 0.25\n".to_owned(), "instruments = [\"W\"]\n"),
        ("Bonds", top("0.4"), "instruments = [\"B\"]\n"),
    ];
    let targets = targets.map(|(class, weight, instruments)| format!("\n[[target]]\nclass = \"{class}\"\n{weight}{instruments}"));
    let limits = limits.iter().zip('a'..).map(|((classes, bound, value), name)| {
        let classes = classes.replace('+', "\", \"");
        format!("\n[[limit]]\nname = \"{name}\"\nwhere = {{ class = [\"{classes}\"] }}\n{bound} = {value}\n")
    });
    [head.to_owned(), strategy.to_owned()].into_iter().chain(targets).chain(limits).collect()
}

fn contradictions(limits: Bounds<'_>) -> Vec<Diagnostic> {
    let told = parse(&policy("", limits)).diagnostics;
    assert!(told.iter().all(|told| told.code == Code::CONTRADICTORY_LIMITS && told.is_error()), "{told:#?}");
    assert!(told.iter().all(|told| told.help.is_some() && told.location.is_some()), "{told:#?}");
    told
}

#[test]
fn what_cannot_be_kept_together_is_told_once() {
    const LEAST: &str = "at_least";
    const MOST: &str = "at_most";
    let cases: [(Bounds<'_>, &[&str]); 13] = [
        (
            &[("Equity/US", LEAST, "0.6"), ("Equity", MOST, "0.5")],
            &["`a` asks for at least 0.6 of Equity/US", "`b` allows at most 0.5 of Equity"],
        ),
        (
            &[("Equity", LEAST, "0.7"), ("Bonds", LEAST, "0.4")],
            &["`a` asks for at least 0.7 of Equity", "`b` asks for at least 0.4 of Bonds"],
        ),
        // Minimums below a class add up, over two levels.
        (&[("Equity/US", LEAST, "0.3"), ("Equity/World", LEAST, "0.3"), ("Equity", MOST, "0.5")], &["`a`", "`b`", "`c`"]),
        (&[("Equity/US", LEAST, "0.5"), ("Equity/World", LEAST, "0.3"), ("Bonds", LEAST, "0.3")], &["`a`", "`b`", "`c`"]),
        // Several classes at once.
        (
            &[("Equity+Bonds", LEAST, "0.9"), ("Equity", MOST, "0.5"), ("Bonds", MOST, "0.3")],
            &["`a` asks for at least 0.9 of Equity and Bonds", "`b`", "`c`"],
        ),
        (&[("Equity+Bonds", MOST, "0.5"), ("Equity", LEAST, "0.3"), ("Bonds", LEAST, "0.3")], &["`a`", "`b`", "`c`"]),
        (&[("Equity+Bonds", LEAST, "0.7"), ("Cash", LEAST, "0.4")], &["`a`", "`b`"]),
        (&[("Equity/US+Equity/World", LEAST, "0.6"), ("Equity", MOST, "0.5")], &["`a`", "`b`"]),
        // On the same holdings.
        (&[("Equity", LEAST, "0.5"), ("Equity", MOST, "0.4")], &["`a`", "`b`"]),
        // Bystanders are not blamed, and what asks for nothing never conflicts.
        (&[("Bonds", LEAST, "0.3"), ("Equity/US", LEAST, "0.5"), ("Equity/World", LEAST, "0.6")], &["`b`", "`c`"]),
        (&[("Equity/US", LEAST, "0.7"), ("Equity/World", LEAST, "0.4"), ("Cash", LEAST, "0"), ("Cash", MOST, "0.5")], &["`a`", "`b`"]),
        // Classes that overlap, none of which is alone too much.
        (
            &[("Equity", LEAST, "0.6"), ("Equity/World+Bonds", LEAST, "0.6"), ("Equity/US+Bonds", LEAST, "0.6"), ("Cash", LEAST, "0.2")],
            &["`a`", "`b`", "`c`", "`d`"],
        ),
        // All that there is, capped.
        (&[("Equity", MOST, "0.3"), ("Bonds", MOST, "0.2"), ("Cash", MOST, "0.1")], &["`a`", "`b`", "`c`"]),
    ];
    for (limits, words) in cases {
        let told = contradictions(limits);
        assert!(told.len() == 1, "{limits:?}: {told:#?}");
        assert!(words.iter().all(|words| told[0].message.contains(words)), "{limits:?}: {told:#?}");
        assert_eq!(told[0].message.matches('`').count(), 2 * words.len(), "{told:#?}");
    }
}

#[test]
fn the_least_change_that_would_do_is_told() {
    let help = |limits: Bounds<'_>| contradictions(limits)[0].help.clone().unwrap();
    let told = help(&[("Equity/US", "at_least", "0.6"), ("Equity", "at_most", "0.5")]);
    assert_eq!(told, "lower `at_least` of `a` to 0.5, or loosen another of them");
    let capped = help(&[("Equity", "at_most", "0.3"), ("Bonds", "at_most", "0.2"), ("Cash", "at_most", "0.1")]);
    assert_eq!(capped, "raise `at_most` of `a` to 0.7, or loosen another of them");
}

/// Two conflicts that share no limit are both told.
#[test]
fn every_conflict_is_told() {
    let told = contradictions(&[
        ("Equity/US", "at_least", "0.6"),
        ("Equity", "at_most", "0.5"),
        ("Bonds", "at_least", "0.4"),
        ("Bonds", "at_most", "0.3"),
    ]);
    assert_eq!(told.len(), 2, "{told:#?}");
}

/// What only tells refuses nothing, so it makes no policy unusable.
#[test]
fn limits_that_only_tell_are_warned_of() {
    let soft =
        |limit: &str| format!("\n[[limit]]\nname = \"{limit}\"\nwhere = {{ class = [\"{limit}\"] }}\nat_least = 0.6\nhard = false\n");
    let hard = policy("", &[("Bonds", "at_least", "0.6")]);
    let score = "\n[[limit]]\nname = \"esg\"\non = \"score:esg\"\nat_least = 6\nat_most = 5\nhard = false\n";
    for text in [hard + &soft("Equity"), policy("", &[]) + &soft("Equity") + &soft("Bonds"), policy("", &[]) + score] {
        let parsed = parse(&text);
        assert!(parsed.value.is_some(), "{:#?}", parsed.diagnostics);
        let [told] = parsed.diagnostics.as_slice() else { panic!("{:#?}", parsed.diagnostics) };
        assert!(told.code == Code::CONTRADICTORY_LIMITS && !told.is_error() && told.help.is_some(), "{told:#?}");
    }
}

#[test]
fn what_can_just_be_kept_is_not_told() {
    const LEAST: &str = "at_least";
    const MOST: &str = "at_most";
    let cases: [Bounds<'_>; 6] = [
        &[("Equity/US", LEAST, "0.5"), ("Equity", MOST, "0.5")],
        &[("Equity", LEAST, "0.6"), ("Bonds", LEAST, "0.4")],
        &[("Equity/US", LEAST, "0.3"), ("Equity/World", LEAST, "0.2"), ("Equity", MOST, "0.5")],
        &[("Equity", LEAST, "0.8"), ("Equity/US", MOST, "0.3")],
        &[("Equity+Bonds", MOST, "0.6"), ("Equity", LEAST, "0.3"), ("Bonds", LEAST, "0.3")],
        &[("Equity+Cash", LEAST, "0.7"), ("Bonds", LEAST, "0.3"), ("Equity", MOST, "0.4")],
    ];
    for limits in cases {
        assert_eq!(contradictions(limits), []);
    }
}

#[test]
fn exclusions_and_limits_for_each_class_count() {
    let each = "\n[[limit]]\nname = \"each\"\neach = \"class\"\nat_most = 0.3\n";
    let told = parse(&(policy("", &[("Equity/US", "at_least", "0.4")]) + each)).diagnostics;
    assert!(told.len() == 1 && told[0].message.contains("`each` allows at most 0.3 of each class"), "{told:#?}");
    // A minimum of each class binds those that are held, which classes with a target are.
    let least = |value: &str| parse(&(policy("", &[]) + &each.replace("at_most = 0.3", &format!("at_least = {value}")))).diagnostics;
    assert_eq!(least("0.5"), []);
    let told = least("0.51");
    assert!(
        told.len() == 1 && told[0].message.starts_with("`each` asks for at least 0.51 of each class: this cannot be kept"),
        "{told:#?}"
    );
    let excluded = "\n[[exclude]]\nname = \"no gold\"\nclass = [\"Gold\"]\n";
    let told = parse(&(policy("", &[("Gold/Bars", "at_least", "0.1")]) + excluded)).diagnostics;
    assert!(told.iter().any(|told| told.code == Code::CONTRADICTORY_LIMITS && told.message.contains("`no gold`")), "{told:#?}");
}

#[test]
fn a_name_given_twice_is_told_where_it_stands() {
    let range = |name: &str| format!("\n[[limit]]\nname = \"{name}\"\nwhere = {{ class = [\"Bonds\"] }}\nat_least = 0.1\nat_most = 0.6\n");
    let text = policy("", &[]) + &range("same") + &range("same");
    let told = parse(&text).diagnostics;
    let [told] = told.as_slice() else { panic!("{told:#?}") };
    assert_eq!(told.code, Code::DUPLICATE_NAME);
    let line = text.lines().enumerate().filter(|(_, line)| line.starts_with("name = \"same\"")).nth(1).unwrap().0 + 1;
    let place = told.location.as_ref().unwrap();
    assert_eq!((place.line, place.column), (line, 8), "{place:?}");
}

fn broken(strategy: &str, limits: Bounds<'_>) -> Vec<String> {
    let parsed = parse(&policy(strategy, limits));
    let policy = parsed.value.unwrap_or_else(|| panic!("{:#?}", parsed.diagnostics));
    let told = check_limits(&policy, None);
    assert!(told.iter().all(|told| told.code == Code::TARGET_BREAKS_LIMIT && !told.is_error() && told.location.is_some()), "{told:#?}");
    told.into_iter().map(|told| told.message).collect()
}

#[test]
fn weights_of_profiles_and_glide_paths_are_compared_with_limits() {
    let limits = [("Equity/US", "at_most", "0.5"), ("Bonds", "at_least", "0.3")];
    assert_eq!(broken("", &limits), Vec::<String>::new());
    let profile = "\n[[profile]]\nname = \"bold\"\nweights = { Equity = 0.8, Bonds = 0.2 }\n\n[strategy]\nprofile = \"bold\"\n";
    let told = ["the targets put 60 % where `a` allows at most 50 %", "the targets put 20 % where `b` asks for at least 30 %"];
    assert_eq!(broken(profile, &limits), told);
    let glide = "\n[strategy.glide_path]\ntarget_date = 2045-06-30\n\n\
                 [[strategy.glide_path.point]]\nyears = -20\nweights = { Equity = 0.6, Bonds = 0.4 }\n\n\
                 [[strategy.glide_path.point]]\nyears = 0\nweights = { Equity = 0.72, Bonds = 0.28 }\n";
    let told = [
        "the targets put 54 % 0 years from 2045-06-30 where `a` allows at most 50 %",
        "the targets put 28 % 0 years from 2045-06-30 where `b` asks for at least 30 %",
    ];
    assert_eq!(broken(glide, &limits), told);
}

#[test]
fn tilted_weights_are_compared_where_assumptions_tell_them() {
    use evenkeel::assumptions::Assumptions;

    let tilted = "\n[strategy]\nstyle = \"growth\"\ntilt_tracking_error = 0.5\n";
    let text = policy("", &[("Equity/US", "at_most", "0.5")]).replacen("\n[[target]]", &format!("{tilted}\n[[target]]"), 1);
    let parsed = parse(&text);
    let policy = parsed.value.unwrap_or_else(|| panic!("{:#?}", parsed.diagnostics));
    assert_eq!(check_limits(&policy, None), []);
    let class = |name: &str, growth: f64| evenkeel::assumptions::ClassAssumptions {
        class: name.parse().unwrap(),
        expected_return: None,
        return_range: None,
        volatility: Some(0.1),
        scores: [].into(),
        distributions: None,
        loadings: [("growth".to_owned(), growth)].into(),
    };
    let assumptions = Assumptions {
        as_of: "2026-01-01".parse().unwrap(),
        source: "test".to_owned(),
        classes: vec![class("Equity/US", 2.0), class("Equity/World", 1.0)],
        correlation: Some(vec![1.0, 0.5, 0.5, 1.0]),
    };
    let told = check_limits(&policy, Some(&assumptions));
    assert!(told.len() == 1 && told[0].message.contains("where `a` allows at most 50 %"), "{told:#?}");
}
