//! [`Status`]: how a run ended, and the exit code that says so.

use std::process::ExitCode;

use serde::Serialize;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Done: exit code 0.
    Done,
    /// The answer breaks a hard limit and may not be acted on: exit code 1.
    Refused,
    /// The auditor found a defect of Evenkeel itself in the answer: exit code 1.
    Defect,
    /// The inputs or arguments cannot be used, and nothing was written: exit code 2.
    Invalid,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        match status {
            Status::Done => Self::SUCCESS,
            Status::Refused | Status::Defect => Self::from(1),
            Status::Invalid => Self::from(2),
        }
    }
}
