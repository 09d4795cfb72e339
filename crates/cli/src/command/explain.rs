//! `evenkeel explain`: what the code of a diagnostic means.

use clap::Args;
use evenkeel::diagnostic::{Code, Diagnostic};
use serde::Serialize;

use evenkeel_io::page::Page;

use crate::evidence::About;

use super::{Document, Outcome};

/// Arguments of `evenkeel explain`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The code, such as EK0104.
    pub code: String,
}

/// What a code means.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Explanation {
    /// The code.
    pub code: String,
    /// What it means.
    pub meaning: String,
}

/// Looks the code up.
pub fn run(arguments: &Arguments) -> Outcome {
    let asked = arguments.code.to_ascii_uppercase();
    let Some((code, meaning)) = Code::ALL.iter().find(|(code, _)| code.to_string() == asked) else {
        let unknown = Diagnostic::error(Code::ARGUMENT, format!("`{}` is not a code of a diagnostic", arguments.code));
        return Outcome::invalid(vec![unknown.help("codes are listed in docs/reference/error-codes.md")]);
    };
    Outcome::done(Explanation { code: code.to_string(), meaning: meaning.trim().to_owned() }, Vec::new())
}

impl Document for Explanation {
    fn page(&self) -> Page {
        let mut page = Page::new();
        page.heading(&self.code).remark(&self.meaning);
        page
    }

    fn about(&self) -> About {
        About { of: self.code.clone(), as_of: None }
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
