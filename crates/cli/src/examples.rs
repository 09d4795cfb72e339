//! The examples of the repository, carried by the binary so that they run anywhere.

use evenkeel_io::source::Source;

/// One example: a folder of the repository, and its files.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// The folder, from the root of the repository.
    pub folder: &'static str,
    /// The policy's file in the folder.
    pub policy: &'static str,
    /// Conventional name and text of each file.
    pub files: &'static [(&'static str, &'static str)],
}

impl Example {
    /// Its files by conventional name, each called as in a checkout.
    pub fn sources(&self) -> Vec<(&'static str, Source)> {
        let file = |name| if name == "policy.toml" { self.policy } else { name };
        let source = |(name, text): &(&'static str, &str)| {
            (*name, Source::new(format!("{}/{}", self.folder, file(*name)), text.as_bytes().to_vec()))
        };
        self.files.iter().map(source).collect()
    }
}

macro_rules! example {
    ($folder:literal, $policy:literal, $($name:literal),+) => {
        Example {
            folder: concat!("examples/", $folder),
            policy: $policy,
            files: &[
                ("policy.toml", include_str!(concat!("../../../examples/", $folder, "/", $policy))),
                $(($name, include_str!(concat!("../../../examples/", $folder, "/", $name)))),+
            ],
        }
    };
}

/// The client, with bands of 5 points.
pub const CLIENT: Example = example!("client", "policy.toml", "household.toml", "instruments.csv", "holdings.csv", "prices.csv");

/// The client, with bands of 3 points.
pub const CLIENT_3_POINTS: Example = example!("client", "3-points.toml", "household.toml", "instruments.csv", "holdings.csv", "prices.csv");

/// The client, by the calendar alone and before costs.
pub const CLIENT_CALENDAR: Example = example!("client", "calendar.toml", "household.toml", "instruments.csv", "holdings.csv", "prices.csv");

/// The endowment.
pub const ENDOWMENT: Example =
    example!("endowment", "policy.toml", "household.toml", "instruments.csv", "holdings.csv", "prices.csv", "assumptions.toml");

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

/// The family with three accounts.
pub const FAMILY: Example = example!("family", "policy.toml", "household.toml", "instruments.csv", "holdings.csv", "prices.csv");
