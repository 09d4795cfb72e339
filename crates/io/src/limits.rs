//! Limits on what files may ask of the program, each with its reason.

/// Bad rows reported in full for one file; the rest are counted. Enough to see every kind of
/// defect, few enough to read.
pub const MAX_REPORTED_ROWS: usize = 100;

/// Fields of one row: far above any panel of instruments, and low enough that a file without line
/// breaks is told instead of filling the memory.
pub const MAX_FIELDS: usize = 1_000_000;

/// Bytes of one input file (4 GiB): a file is held whole in memory, for its hash and its places.
pub const MAX_FILE_BYTES: u64 = 4 << 30;

/// Accounts of one shard: a shard is held whole in memory by each thread that works on one.
pub const MAX_SHARD_ACCOUNTS: usize = 1 << 16;

/// Lots of one shard, or rows of a flat one, for the same reason: about 150 MB in memory.
pub const MAX_SHARD_LOTS: usize = 1 << 20;
