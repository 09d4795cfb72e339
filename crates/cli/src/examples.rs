//! The examples of the repository, carried by the binary so that they run anywhere.

/// One example: a folder of the repository and its files.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// The folder's name.
    pub folder: &'static str,
    /// Name and text of each file.
    pub files: &'static [(&'static str, &'static str)],
}

macro_rules! example {
    ($folder:literal, $($name:literal),+) => {
        Example {
            folder: $folder,
            files: &[$(($name, include_str!(concat!("../../../examples/", $folder, "/", $name)))),+],
        }
    };
}

/// The client, with three policies.
pub const CLIENT: Example =
    example!("client", "policy.toml", "3-points.toml", "calendar.toml", "household.toml", "instruments.csv", "holdings.csv", "prices.csv");

/// The endowment.
pub const ENDOWMENT: Example = example!(
    "endowment",
    "policy.toml",
    "household.toml",
    "instruments.csv",
    "holdings.csv",
    "prices.csv",
    "assumptions.toml",
    "risk.toml"
);

/// The tactical overlay.
pub const OVERLAY: Example = example!(
    "overlay",
    "policy.toml",
    "household.toml",
    "instruments.csv",
    "holdings.csv",
    "prices.csv",
    "assumptions.toml",
    "signals.csv"
);

/// Weights optimized from beliefs, views and rules.
pub const OPTIMIZED: Example =
    example!("optimized", "policy.toml", "household.toml", "instruments.csv", "holdings.csv", "prices.csv", "assumptions.toml");

/// Twenty generated years with dividends, a split and a merger.
pub const HISTORY: Example =
    example!("history", "policy.toml", "household.toml", "instruments.csv", "holdings.csv", "prices.csv", "actions.csv", "benchmark.csv");

/// Two years of two accounts, with all that happened in them.
pub const PERFORMANCE: Example = example!(
    "performance",
    "policy.toml",
    "household.toml",
    "instruments.csv",
    "journal.csv",
    "prices.csv",
    "actions.csv",
    "benchmark.csv",
    "signals.csv"
);

/// A retirement, with thirty made-up years of months and made-up beliefs.
pub const RETIREMENT: Example = example!("retirement", "policy.toml", "returns.csv", "assumptions.toml");

/// The family with three accounts.
pub const FAMILY: Example = example!("family", "policy.toml", "household.toml", "instruments.csv", "holdings.csv", "prices.csv");
