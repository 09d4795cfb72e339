//! Limits on what the books accept, each with its reason.

/// Instruments in one universe: far above all listed securities of the world (some 10⁶), and
/// low enough that a table indexed by instrument stays in memory.
pub const MAX_INSTRUMENTS: usize = 4_000_000;
