//! `evenkeel check` on a folder: what a run of it would be refused for, also what is missing.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the way to fail")]

mod support;

use std::fs;

use support::{Folder, copy_example, evenkeel_in, shown};

/// Checks an example from which files were taken and in which texts were replaced.
fn checked(name: &str, example: &str, remove: &[&str], replace: &[(&str, &str, &str)], as_of: &str) -> (i32, String) {
    let folder = Folder::new(name);
    copy_example(example, folder.path());
    for file in remove {
        fs::remove_file(folder.path().join(file)).unwrap();
    }
    for (file, from, to) in replace {
        let path = folder.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from}");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    }
    let output = evenkeel_in(folder.path(), &["check", ".", "--as-of", as_of]);
    // The message may be broken over lines.
    (output.status.code().unwrap(), shown(&output).split_whitespace().collect::<Vec<_>>().join(" "))
}

#[test]
fn what_a_run_of_the_policy_needs_is_asked_for() {
    let limit = [("policy.toml", "max_deviation = 0.10", "max_deviation = 0.10\ntracking_error_limit = 0.02")];
    for (file, why) in [("signals.csv", "the rules of the overlay read"), ("assumptions.toml", "limit of tracking error")] {
        let (code, told) = checked("check-needs", "overlay", &[file], &limit, "2026-03-31");
        assert_eq!(code, 2, "{told}");
        assert!(told.contains("error[EK0224]") && told.contains(&format!("there is no {file}")) && told.contains(why), "{told}");
    }
    let (code, told) = checked("check-prices", "family", &["prices.csv"], &[], "2026-03-31");
    assert_eq!(code, 2, "{told}");
    assert!(told.contains("error[EK0224]: there is no prices.csv"), "{told}");
}

#[test]
fn exchange_rates_are_asked_for_where_something_is_foreign() {
    let cash = [("holdings.csv", "brokerage,CASH:USD", "brokerage,CASH:EUR")];
    let (code, told) = checked("check-fx", "family", &[], &cash, "2026-03-31");
    assert_eq!(code, 2, "{told}");
    assert!(told.contains("error[EK0224]: there is no fx.csv") && told.contains("is in EUR"), "{told}");
}

#[test]
fn what_only_leaves_a_part_unsaid_is_a_warning() {
    let trigger = [("policy.toml", "[[trigger]]", "[[trigger]]\nkind = \"tracking_error\"\nlimit = 0.02\n\n[[trigger]]")];
    let (code, told) = checked("check-trigger", "family", &[], &trigger, "2026-03-31");
    assert!(told.contains("warning[EK0224]: there is no assumptions.toml: the trigger `tracking_error`"), "{told}");
    assert_eq!(code, 0, "{told}");
}

#[test]
fn a_check_tells_what_a_run_would_be_refused_for() {
    // A year on, the signals are stale and the overlay is due for review.
    let (code, told) = checked("check-stale", "overlay", &[], &[], "2027-03-31");
    assert_eq!(code, 2, "{told}");
    assert!(told.contains("error[EK0411]"), "{told}");
}

/// A proposal that a limit refuses on the day of the check.
#[test]
fn a_check_tells_the_limits_that_a_run_would_break() {
    let limit = "[[limit]]\nname = \"one fund\"\neach = \"instrument\"\nat_most = 0.20\n\n[[limit]]\nname = \"equity\"";
    let (code, told) = checked("check-limit", "family", &[], &[("policy.toml", "[[limit]]\nname = \"equity\"", limit)], "2026-03-31");
    assert_eq!(code, 1, "{told}");
    assert!(told.contains("error[EK0701]: the limit `one fund: ") && told.contains("policy.toml:"), "{told}");
    assert!(told.contains("- Limit `one fund`: "), "what the policy means is told all the same: {told}");
}

#[test]
fn a_folder_under_the_name_of_a_file_is_not_its_absence() {
    for name in ["fx.csv", "signals.csv", "assumptions.toml", "holdings.mapping.toml", "prices.parquet"] {
        let folder = Folder::new("check-folder");
        copy_example("family", folder.path());
        fs::create_dir(folder.path().join(name)).unwrap();
        for command in ["check", "rebalance"] {
            let output = evenkeel_in(folder.path(), &[command, ".", "--as-of", "2026-03-31"]);
            assert_eq!(output.status.code(), Some(2), "{name}: {}", shown(&output));
            assert!(shown(&output).contains(name), "{name}: {}", shown(&output));
        }
    }
}

#[test]
fn holdings_and_a_journal_together_are_told() {
    let folder = Folder::new("check-both");
    copy_example("family", folder.path());
    fs::write(folder.path().join("journal.csv"), "account,kind,trade_date,gross\nira,deposit,2020-01-02,100\n").unwrap();
    for command in ["check", "drift"] {
        let output = evenkeel_in(folder.path(), &[command, ".", "--as-of", "2026-03-31"]);
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        assert!(shown(&output).contains("warning[EK0224]: ./holdings.csv and ./journal.csv both say what is held"), "{}", shown(&output));
    }
    // Who names the holdings has decided.
    let output = evenkeel_in(folder.path(), &["drift", ".", "--holdings", "holdings.csv", "--as-of", "2026-03-31"]);
    assert!(!shown(&output).contains("EK0224"), "{}", shown(&output));
}

#[test]
fn a_mapping_beside_parquet_or_json_lines_is_refused() {
    let folder = Folder::new("check-mapping");
    copy_example("family", folder.path());
    fs::rename(folder.path().join("prices.csv"), folder.path().join("prices.parquet")).unwrap();
    fs::write(folder.path().join("prices.mapping.toml"), "schema_version = 1\n").unwrap();
    let output = evenkeel_in(folder.path(), &["check", ".", "--as-of", "2026-03-31"]);
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
    assert!(shown(&output).contains("error[EK0223]"), "{}", shown(&output));
}

#[test]
fn costs_of_accounts_that_the_household_has_not_are_told_in_their_place() {
    let costs = [("policy.toml", "[bands]", "[location.costs]\ntaxabel = { \"Fixed Income\" = 0.01 }\n\n[bands]")];
    let (code, told) = checked("check-location", "location", &[], &costs, "2026-03-31");
    assert_eq!(code, 2, "{told}");
    assert!(told.contains("error[EK0605]: `taxabel` is no account") && told.contains("did you mean `taxable`?"), "{told}");
}
