//! Which crate may depend on which, and which module on which.

use super::source::{code, names_after};
use super::workspace::CRATES;

/// Dependencies on crates of the workspace that the flow does not allow.
///
/// Every crate may have the testkit as a dev-dependency; no crate may have it otherwise.
pub(crate) fn crate_complaints(name: &str, manifest: &str) -> Vec<String> {
    let Some(known) = CRATES.iter().find(|known| known.name == name) else {
        return vec![format!("crates/{name}: not in the table of crates; a new one needs a reason and a place in the flow")];
    };
    let manifest: toml::Table = manifest.parse().unwrap_or_else(|error| panic!("crates/{name}/Cargo.toml: {error}"));
    let mut complaints = Vec::new();
    let package = manifest.get("package").and_then(|package| package.get("name")).and_then(toml::Value::as_str);
    if package != Some(known.package) {
        complaints.push(format!("crates/{name}: the package is {package:?}, not `{}`", known.package));
    }
    for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let Some(dependencies) = manifest.get(section).and_then(toml::Value::as_table) else { continue };
        for dependency in CRATES.iter().filter(|other| dependencies.contains_key(other.package)) {
            let in_tests = section == "dev-dependencies" && dependency.name == "testkit";
            if !in_tests && !known.upstream.contains(&dependency.name) {
                complaints.push(format!("crates/{name}: {section} on `{}`", dependency.package));
            }
        }
    }
    complaints
}

/// The modules of a crate in the order in which its `lib.rs` declares them.
pub(crate) fn module_order(lib: &str) -> Vec<String> {
    let declared = lib.lines().filter_map(|line| {
        let line = code(line).trim();
        let rest = line.strip_prefix("pub mod ").or_else(|| line.strip_prefix("pub(crate) mod ")).or_else(|| line.strip_prefix("mod "))?;
        rest.strip_suffix(';').map(str::to_owned)
    });
    declared.collect()
}

/// Uses of modules that come later in the order, in a file by its path below `src`.
pub(crate) fn module_complaints(order: &[String], file: &str, text: &str) -> Vec<String> {
    let own = file.split(['/', '.']).next().unwrap_or_default();
    let Some(place) = order.iter().position(|module| module == own) else { return Vec::new() };
    let later = |name: &str| order.iter().position(|module| module == name).is_some_and(|other| other > place);
    let found = names_after(text, "crate::").into_iter().filter(|(_, name)| later(name));
    found.map(|(line, name)| format!("{file}:{line}: `{own}` uses `{name}`, which comes later")).collect()
}

#[test]
fn crates_that_flow_backwards_are_found() {
    let manifest =
        |section: &str, dependency: &str| format!("[package]\nname = \"evenkeel-ledger\"\n[{section}]\n{dependency}.workspace = true\n");
    assert!(crate_complaints("ledger", &manifest("dependencies", "serde")).is_empty());
    assert!(crate_complaints("ledger", &manifest("dev-dependencies", "evenkeel-testkit")).is_empty());
    assert_eq!(crate_complaints("ledger", &manifest("dependencies", "evenkeel-testkit")).len(), 1);
    assert_eq!(crate_complaints("ledger", &manifest("dependencies", "evenkeel-quant")).len(), 1);
    // A wrong name, and the auditor on the engine.
    assert_eq!(crate_complaints("audit", &manifest("dependencies", "evenkeel")).len(), 2);
    assert_eq!(crate_complaints("extra", "").len(), 1);
}

#[test]
fn modules_that_flow_backwards_are_found() {
    let order = module_order("//! Order.\n\npub mod a;\n\nmod b; // private\n\n#[cfg(test)]\nmod tests {}\npub mod c;\n");
    assert_eq!(order, ["a", "b", "c"]);
    assert_eq!(module_complaints(&order, "b/deep/file.rs", "use crate::c::X;\nuse crate::a::Y;\nuse crate::b::Z;").len(), 1);
    assert_eq!(module_complaints(&order, "a.rs", "use crate::{b, c::d};").len(), 2);
    assert!(module_complaints(&order, "lib.rs", "use crate::c;").is_empty());
    assert!(module_complaints(&order, "a.rs", "/// [`b`](crate::b)\nuse crate::Root;").is_empty());
}
