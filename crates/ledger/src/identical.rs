//! [`IdenticalSets`]: which instruments count as one when a sale at a loss is held against a purchase.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::instrument::{InstrumentId, RelationKind, Universe};

/// How far "substantially identical" (26 USC 1091) reaches. No rule draws the line exactly; the user does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// Only the instrument itself.
    Instrument,
    /// Also other share classes of its fund.
    SameFund,
    /// Also what the instruments file calls substantially identical.
    #[default]
    Related,
}

impl Identity {
    /// Whether a relation makes two instruments identical.
    pub const fn includes(self, relation: RelationKind) -> bool {
        match relation {
            RelationKind::SameFund => !matches!(self, Self::Instrument),
            RelationKind::SubstantiallyIdentical => matches!(self, Self::Related),
            RelationKind::Substitute => false,
        }
    }
}

/// A set of substantially identical instruments, by its place in [`IdenticalSets`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdenticalSet(u32);

impl IdenticalSet {
    /// The place among all sets.
    pub fn index(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// Every instrument of a universe in one set: relations hold both ways, and reach on through others. Clones share it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IdenticalSets {
    /// By instrument.
    sets: Arc<[IdenticalSet]>,
    /// By set, its instruments in order.
    members: Arc<[Vec<InstrumentId>]>,
}

impl IdenticalSets {
    /// The sets of a universe. A relation to a symbol that it has not is passed over.
    ///
    /// ```
    /// use evenkeel_ledger::identical::{IdenticalSets, Identity};
    /// use evenkeel_ledger::instrument::{Instrument, Relation, RelationKind, Universe};
    /// # use evenkeel_ledger::number::Currency;
    /// let mut fund = Instrument::new("VTSAX", "Equity".parse()?, Currency::USD);
    /// fund.relations.push(Relation { kind: RelationKind::SameFund, to: "VTI".to_owned() });
    /// let universe = Universe::new(vec![fund, Instrument::new("VTI", "Equity".parse()?, Currency::USD)])?;
    /// let (etf, fund) = (universe.find("VTI").ok_or("VTI")?, universe.find("VTSAX").ok_or("VTSAX")?);
    /// let sets = IdenticalSets::new(&universe, Identity::SameFund);
    /// assert_eq!(sets.of(etf), sets.of(fund));
    /// let sets = IdenticalSets::new(&universe, Identity::Instrument);
    /// assert_ne!(sets.of(etf), sets.of(fund));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(universe: &Universe, identity: Identity) -> Self {
        // Each instrument points to one of lower or equal place; the lowest of its set to itself.
        let mut above: Vec<usize> = (0..universe.len()).collect();
        for (id, instrument) in universe.iter() {
            let related = instrument.relations.iter().filter(|relation| identity.includes(relation.kind));
            for other in related.filter_map(|relation| universe.find(&relation.to)) {
                let (a, b) = (lowest(&above, id.index()), lowest(&above, other.index()));
                if let Some(slot) = above.get_mut(a.max(b)) {
                    *slot = a.min(b);
                }
            }
        }
        let (mut sets, mut members) = (Vec::<IdenticalSet>::with_capacity(above.len()), Vec::<Vec<InstrumentId>>::new());
        for (id, _) in universe.iter() {
            let first = lowest(&above, id.index());
            let set = sets.get(first).copied().unwrap_or(IdenticalSet(u32::try_from(members.len()).unwrap_or(u32::MAX)));
            match members.get_mut(set.index()) {
                Some(known) => known.push(id),
                None => members.push(vec![id]),
            }
            sets.push(set);
        }
        Self { sets: sets.into(), members: members.into() }
    }

    /// The set of an instrument; `None` for one of another universe.
    pub fn of(&self, id: InstrumentId) -> Option<IdenticalSet> {
        self.sets.get(id.index()).copied()
    }

    /// The instruments of a set, in order.
    pub fn members(&self, set: IdenticalSet) -> &[InstrumentId] {
        self.members.get(set.index()).map_or(&[], Vec::as_slice)
    }

    /// How many sets there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}

fn lowest(above: &[usize], mut at: usize) -> usize {
    while let Some(next) = above.get(at).copied().filter(|next| *next != at) {
        at = next;
    }
    at
}
