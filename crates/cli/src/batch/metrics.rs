//! What a run used: time by stage, processor time, memory.

use std::fs;
use std::time::{Duration, Instant};

use serde::Serialize;

/// A stage of the work on a shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// From bytes to households.
    Read,
    /// From households to proposals.
    Propose,
    /// Checking proposals.
    Audit,
    /// From proposals to bytes.
    Write,
}

/// Time by stage.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch {
    last: Instant,
    spent: [Duration; 4],
}

impl Stopwatch {
    /// Starts.
    pub fn start() -> Self {
        Self { last: Instant::now(), spent: [Duration::ZERO; 4] }
    }

    /// Adds the time since the last lap to a stage.
    pub fn lap(&mut self, stage: Stage) {
        let now = Instant::now();
        let spent = match stage {
            Stage::Read => &mut self.spent[0],
            Stage::Propose => &mut self.spent[1],
            Stage::Audit => &mut self.spent[2],
            Stage::Write => &mut self.spent[3],
        };
        *spent += now - self.last;
        self.last = now;
    }

    /// Adds what another one measured.
    pub fn add(&mut self, other: &Self) {
        for (spent, other) in self.spent.iter_mut().zip(other.spent) {
            *spent += other;
        }
    }
}

/// What a run used.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Metrics {
    /// Threads that worked.
    pub threads: usize,
    /// Seconds from start to end.
    pub wall_seconds: f64,
    /// Accounts a second, of those that were decided on in this run.
    pub accounts_a_second: f64,
    /// Seconds of all threads, reading shards.
    pub read_seconds: f64,
    /// Seconds of all threads, proposing.
    pub propose_seconds: f64,
    /// Seconds of all threads, auditing.
    pub audit_seconds: f64,
    /// Seconds of all threads, writing.
    pub write_seconds: f64,
    /// Seconds of processor time of the process, where the system tells.
    pub processor_seconds: Option<f64>,
    /// Most memory that the process held, in megabytes, where the system tells.
    pub peak_megabytes: Option<f64>,
}

impl Metrics {
    /// What was used since a start.
    pub fn since(start: Instant, threads: usize, accounts: usize, stopwatch: &Stopwatch) -> Self {
        let wall_seconds = start.elapsed().as_secs_f64();
        let [read, propose, audit, write] = stopwatch.spent.map(|spent| spent.as_secs_f64());
        #[expect(clippy::cast_precision_loss, reason = "a rate to a few digits")]
        let accounts_a_second = accounts as f64 / wall_seconds.max(1e-9);
        Self {
            threads,
            wall_seconds,
            accounts_a_second,
            read_seconds: read,
            propose_seconds: propose,
            audit_seconds: audit,
            write_seconds: write,
            processor_seconds: processor_seconds(),
            peak_megabytes: peak_megabytes(),
        }
    }
}

/// User and system time of this process, from Linux's `/proc` in its ticks of a hundredth of a second.
fn processor_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program, in parentheses, may hold spaces; of what follows it, times are the 12th and 13th.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let (user, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((user + system) / 100.0)
}

/// Most memory that was resident, from Linux's `/proc`.
fn peak_megabytes() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes / 1024.0)
}
