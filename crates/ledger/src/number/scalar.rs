//! [`Price`], [`Quantity`] and [`Rate`]: decimals that cannot be mistaken for one another.

use std::fmt;
use std::str::FromStr;

use super::{Decimal, NumberError, Rounding};

macro_rules! scalar {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(transparent)]
        pub struct $name(Decimal);

        impl $name {
            /// Zero.
            pub const ZERO: Self = Self(Decimal::ZERO);
            /// One.
            pub const ONE: Self = Self(Decimal::ONE);

            /// Names a decimal.
            pub const fn new(value: Decimal) -> Self {
                Self(value)
            }

            /// The decimal, without its meaning.
            pub const fn decimal(self) -> Decimal {
                self.0
            }

            /// Whether this is zero.
            pub const fn is_zero(self) -> bool {
                self.0.is_zero()
            }

            /// Whether this is below zero.
            pub const fn is_negative(self) -> bool {
                self.0.is_negative()
            }

            /// Whether this is above zero.
            pub const fn is_positive(self) -> bool {
                self.0.is_positive()
            }

            /// The magnitude.
            #[must_use]
            pub const fn abs(self) -> Self {
                Self(self.0.abs())
            }

            /// The value with the other sign.
            #[must_use]
            pub const fn neg(self) -> Self {
                Self(self.0.neg())
            }

            /// `self + other`.
            pub fn try_add(self, other: Self) -> Result<Self, NumberError> {
                self.0.try_add(other.0).map(Self)
            }

            /// `self − other`.
            pub fn try_sub(self, other: Self) -> Result<Self, NumberError> {
                self.0.try_sub(other.0).map(Self)
            }

            /// `self × factor`.
            pub fn scale(self, factor: Decimal, rounding: Rounding) -> Result<Self, NumberError> {
                self.0.mul(factor, rounding).map(Self)
            }
        }

        impl FromStr for $name {
            type Err = NumberError;

            fn from_str(text: &str) -> Result<Self, NumberError> {
                text.parse().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    };
}

scalar! {
    /// What one unit of an instrument costs, in the instrument's currency.
    Price
}

scalar! {
    /// Units of an instrument; below zero is a short position.
    Quantity
}

scalar! {
    /// A dimensionless fraction: 0.001 is ten basis points.
    Rate
}
