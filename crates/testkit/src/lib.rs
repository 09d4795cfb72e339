//! What tests of more than one crate share.

pub mod clock;

pub mod generate;

pub mod spec;
