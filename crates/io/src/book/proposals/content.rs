//! [`Content`]: fingerprints of rows, added up.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Fingerprints of rows, added up: the same for the same rows in any order and over any number of files.
///
/// The sum of the rows' SHA-256, as numbers of 256 bits of which the lowest byte is first, without what is carried beyond.
///
/// ```
/// use evenkeel_io::book::proposals::Content;
/// let (one, two): (Content, Content) = (format!("{:064x}", u128::MAX).parse()?, format!("{:064x}", 1).parse()?);
/// assert_eq!(one.with(two), two.with(one));
/// assert_eq!(one.with(two).to_string(), format!("{:031x}1{:032x}", 0, 0));
/// # Ok::<(), std::num::ParseIntError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Content([u64; 4]);

impl Content {
    /// Of one row.
    pub(super) fn of(fingerprint: &[u8]) -> Self {
        let mut words = [0; 4];
        for (word, bytes) in words.iter_mut().zip(fingerprint.chunks_exact(8)) {
            *word = bytes.iter().rev().fold(0, |word: u64, byte| (word << 8) | u64::from(*byte));
        }
        Self(words)
    }

    /// Both together.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        let (mut words, mut carry) = ([0; 4], false);
        for ((word, a), b) in words.iter_mut().zip(self.0).zip(other.0) {
            let (sum, first) = a.overflowing_add(b);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            (*word, carry) = (sum, first || second);
        }
        Self(words)
    }
}

impl FromStr for Content {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        let mut words = [0; 4];
        for (index, word) in words.iter_mut().rev().enumerate() {
            *word = u64::from_str_radix(text.get(16 * index..16 * (index + 1)).unwrap_or_default(), 16)?;
        }
        Ok(Self(words))
    }
}

impl Serialize for Content {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for Content {
    /// In hexadecimal, the highest digit first.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().rev().try_for_each(|word| write!(f, "{word:016x}"))
    }
}
