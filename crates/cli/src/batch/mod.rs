//! Deciding on a book of many accounts.
//!
//! The unit of work is the shard: [`Kernel::decide`] is a pure function of its columns, free of files, threads and
//! clocks, that a cluster can call as well. [`Store`] keeps what it gives: files are written beside their names and renamed, a
//! receipt tells that a shard is done, and the manifest is put in place when all are. [`run`] joins the two.
//!
//! [`run`]: run::run

// One broken household, with its reason.
pub mod exception;

// The decision on one shard.
pub mod kernel;

// What a shard comes to.
pub mod receipt;

// The folder of a run.
pub mod store;

// What a run used.
pub mod metrics;

// A whole run.
pub mod run;

pub use exception::{Exception, ExceptionKind};
pub use kernel::{Decided, Kernel, Models};
pub use receipt::{Compare, Manifest, Receipt, Sums, Totals};
pub use store::Store;
