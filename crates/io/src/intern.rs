//! [`Symbols`]: from the symbol in a row to its instrument, a million times a second.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use evenkeel::diagnostic::Code;
use evenkeel::document::did_you_mean;
use evenkeel_ledger::instrument::{InstrumentId, Universe};

use crate::table::Reject;

/// The instruments of a universe by symbol. It is only asked, never walked through, so its order
/// reaches no result.
pub(crate) struct Symbols<'u> {
    universe: &'u Universe,
    ids: HashMap<&'u str, InstrumentId, BuildHasherDefault<Fnv>>,
}

impl<'u> Symbols<'u> {
    pub(crate) fn new(universe: &'u Universe) -> Self {
        Self { universe, ids: universe.iter().map(|(id, instrument)| (instrument.symbol.as_str(), id)).collect() }
    }

    /// The instrument of a symbol.
    pub(crate) fn find(&self, symbol: &str) -> Result<InstrumentId, Reject> {
        self.ids.get(symbol).copied().ok_or_else(|| {
            let known = self.universe.iter().map(|(_, instrument)| instrument.symbol.as_str());
            Reject::new(
                Code::UNKNOWN_SYMBOL,
                "is not in the instruments file",
                did_you_mean(symbol, known, "add it to the instruments file"),
            )
        })
    }
}

/// FNV-1a (Fowler, Noll, Vo 1991), 64 bits: fast on the few bytes of a symbol.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }

    fn finish(&self) -> u64 {
        // The table takes its tags from the topmost bits, which short symbols hardly reach.
        (self.0 ^ (self.0 >> 32)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }
}
