//! [`Meter`]: how far long work is, with the time left, where standard error is a terminal.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

/// No line is written sooner after another: a terminal is slower than work.
const PAUSE: Duration = Duration::from_millis(100);

/// Columns that the line may fill.
const WIDTH: usize = 100;

/// One line that is written over and over while work goes on, and wiped when the meter is dropped.
#[derive(Debug)]
pub struct Meter {
    started: Instant,
    told: Option<Instant>,
    is_shown: bool,
}

impl Meter {
    /// Begins to count time.
    pub fn start() -> Self {
        Self { started: Instant::now(), told: None, is_shown: io::stderr().is_terminal() }
    }

    /// Seconds since the start.
    pub fn seconds(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// Says how far the work is: what is done in words, and the share of it, between 0 and 1.
    pub fn tell(&mut self, share: f64, done: impl FnOnce(f64) -> String) {
        if !self.is_shown || self.told.is_some_and(|told| told.elapsed() < PAUSE) {
            return;
        }
        self.told = Some(Instant::now());
        let seconds = self.seconds();
        let left = seconds * (1.0 - share).max(0.0) / share.max(1e-9);
        // Where standard error is closed there is nobody to tell.
        let _ = write!(io::stderr(), "\r{:<WIDTH$}", format!("{}, {left:.0} s left", done(seconds.max(1e-9))));
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if self.told.is_some() {
            let _ = write!(io::stderr(), "\r{:<WIDTH$}\r", "");
        }
    }
}
