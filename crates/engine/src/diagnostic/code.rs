//! The codes of all diagnostics: the one table from which the reference is generated.

use std::fmt;

use serde::Serialize;

/// Identifies a kind of diagnostic, such as `EK0104`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Code(&'static str);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal;)+) => {
        impl Code {
            $($(#[doc = $doc])+ pub const $name: Self = Self($code);)+

            /// Every code with its explanation, in order.
            pub const ALL: &[(Self, &str)] = &[$((Self($code), concat!($($doc),+))),+];
        }
    };
}

codes! {
    // 01xx: reading a policy.
    /// The text is not valid TOML.
    SYNTAX = "EK0101";
    /// The key is not one that this table knows.
    UNKNOWN_KEY = "EK0102";
    /// A key that is needed is missing.
    MISSING_KEY = "EK0103";
    /// The value has another type than the key takes.
    WRONG_TYPE = "EK0104";
    /// The value lies outside what the key allows.
    OUT_OF_RANGE = "EK0105";
    /// The file's schema version is not one that this program reads.
    SCHEMA_VERSION = "EK0106";
    /// The value is not one of the names that the key takes.
    NOT_A_CHOICE = "EK0107";
    /// A key or table is given twice.
    DUPLICATE_KEY = "EK0108";
    /// Two keys are given of which only one may be.
    CONFLICTING_KEYS = "EK0109";

    // 07xx: limits.
    /// The proposal breaks a hard limit, or leaves it broken without coming closer to keeping it.
    LIMIT_BROKEN = "EK0701";
    /// The limit was broken before; the proposal comes closer to keeping it without getting there.
    LIMIT_STILL_BROKEN = "EK0702";
    /// The limit cannot be told: holdings lack the attribute that it asks for.
    LIMIT_UNKNOWN = "EK0703";
    /// The limit names a class or value that no instrument has.
    LIMIT_SELECTS_NOTHING = "EK0704";
    /// The expected return does not meet the policy's objective.
    OBJECTIVE_NOT_MET = "EK0705";
}
