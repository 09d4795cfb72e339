//! The whole flow.

mod proposal;

pub use proposal::{Proposal, Provenance};
