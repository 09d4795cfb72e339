//! Simulated paths against closed forms, plain loops and what the sources promise.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::cast_precision_loss, clippy::float_cmp, missing_docs, reason = "tests")]

mod answers;
mod refused;
mod segments;
mod sources;
mod spending;
mod support;
mod years;
