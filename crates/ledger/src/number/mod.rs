//! Exact numbers: fixed-point decimals and the quantities made of them.
//!
//! Nothing in this crate computes in floating point. Every operation that can
//! lose a digit takes a [`Rounding`]; every operation that can leave the range
//! returns a [`NumberError`].

mod decimal;

mod currency;

mod money;

mod scalar;

pub use currency::Currency;
pub use decimal::{Decimal, NumberError, Rounding};
pub use money::Money;
pub use scalar::{Price, Quantity, Rate};
