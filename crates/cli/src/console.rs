//! [`Console`]: where text goes and whether it may be colored.

use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use evenkeel_io::page::Tone;

/// When to color.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless the environment variable `NO_COLOR` is set or `TERM` is `dumb`.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl ColorChoice {
    fn decides(self, is_terminal: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => is_terminal && !is_set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb"),
        }
    }
}

/// Set and not empty, as <https://no-color.org> has it.
fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

/// How text may look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    color: bool,
}

impl Style {
    /// Without color, as files are written.
    pub const PLAIN: Self = Self { color: false };

    /// Whether color is allowed.
    pub const fn color(self) -> bool {
        self.color
    }

    /// A heading, bold where that is possible.
    pub fn heading(self, text: &str) -> String {
        self.wrap(text, "1")
    }

    /// Text of a color that says nothing by itself: the words beside it say the same.
    pub fn tone(self, text: &str, tone: Tone) -> String {
        let code = match tone {
            Tone::Good => "1;32",
            Tone::Attention => "1;33",
            Tone::Bad => "1;31",
        };
        self.wrap(text, code)
    }

    fn wrap(self, text: &str, code: &str) -> String {
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// Standard output for results, standard error for what is said about them.
#[derive(Debug, Clone, Copy)]
pub struct Console {
    choice: ColorChoice,
}

impl Console {
    /// A console that colors by choice.
    pub const fn new(choice: ColorChoice) -> Self {
        Self { choice }
    }

    /// How results may look.
    pub fn style(self) -> Style {
        Style { color: self.choice.decides(io::stdout().is_terminal()) }
    }

    /// How diagnostics may look.
    pub fn diagnostic_style(self) -> Style {
        Style { color: self.choice.decides(io::stderr().is_terminal()) }
    }

    /// Writes a result. A reader that has closed the pipe has what it wanted.
    pub fn print(self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written,
        }
    }

    /// Writes what is said about a result. Where standard error is closed there is nobody to tell.
    pub fn tell(self, text: &str) {
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }
}
