//! The policy from which a new user starts.

/// A commented policy that reads without diagnostics.
pub fn template() -> &'static str {
    include_str!("template.toml")
}
