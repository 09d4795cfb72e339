//! [`Sleeves`]: the leaves of a policy's tree, bound to the instruments of a universe.

use std::collections::BTreeMap;

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::instrument::{Instrument, InstrumentId, Universe};

use crate::boundary::to_f64;
use crate::policy::{NodeId, TargetTree};

/// Where a sleeve stands in its [`Sleeves`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SleeveId(pub usize);

/// A part of the portfolio that has one target weight: a leaf of the tree, the cash, or what is
/// held below a node and named by none of its leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sleeve {
    /// The class of the leaf; for what no leaf names, `Unlisted`, below the nearest node's class.
    pub class: ClassPath,
    /// The leaf's node, or for an unlisted sleeve the node it counts toward, if any.
    pub node: Option<NodeId>,
    /// Whether a leaf of the tree stands for it; an unlisted sleeve has the target zero or is kept.
    pub listed: bool,
    /// Instruments that may be bought for it, the preferred first.
    pub instruments: Vec<InstrumentId>,
}

/// How much of an instrument's value lies in a sleeve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exposure {
    /// The sleeve.
    pub sleeve: SleeveId,
    /// Fraction of the instrument's value; over all its exposures 1.
    pub weight: f64,
}

/// The leaves of a policy's tree, bound to the instruments of a universe. Built once for a policy,
/// used for any number of households.
#[derive(Debug, Clone, PartialEq)]
pub struct Sleeves {
    /// The leaves in the order of the tree, then `Cash` where the tree has none, then unlisted ones.
    pub sleeves: Vec<Sleeve>,
    /// The sleeve that holds cash.
    pub cash: SleeveId,
    exposures: Vec<Vec<Exposure>>,
}

impl Sleeves {
    /// Binds a tree to a universe.
    ///
    /// An instrument belongs to the leaf that names it, otherwise to the leaf that holds its
    /// class; a composed fund is spread over the leaves that hold its parts. Symbols of the tree
    /// that the universe lacks are left out: reading the policy has told of them.
    pub fn new(tree: &TargetTree, universe: &Universe) -> Self {
        let mut sleeves: Vec<Sleeve> = tree
            .leaves()
            .map(|(id, node)| Sleeve {
                class: node.class.clone(),
                node: Some(id),
                listed: true,
                instruments: node.instruments.iter().filter_map(|symbol| universe.find(symbol)).collect(),
            })
            .collect();
        let cash = sleeves.iter().position(|sleeve| sleeve.class == ClassPath::cash()).unwrap_or_else(|| {
            sleeves.push(Sleeve { class: ClassPath::cash(), node: None, listed: true, instruments: Vec::new() });
            sleeves.len() - 1
        });
        let mut bound = Self { sleeves, cash: SleeveId(cash), exposures: Vec::new() };
        let named: BTreeMap<InstrumentId, SleeveId> =
            bound.iter().flat_map(|(id, sleeve)| sleeve.instruments.iter().map(move |instrument| (*instrument, id))).collect();
        for (id, instrument) in universe.iter() {
            let exposures = bound.assign(tree, instrument, named.get(&id).copied());
            bound.exposures.push(exposures);
        }
        bound
    }

    /// The sleeve of an id.
    pub fn get(&self, id: SleeveId) -> Option<&Sleeve> {
        self.sleeves.get(id.0)
    }

    /// All sleeves with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (SleeveId, &Sleeve)> {
        self.sleeves.iter().enumerate().map(|(index, sleeve)| (SleeveId(index), sleeve))
    }

    /// How many sleeves there are; never zero, as there is always cash.
    #[expect(clippy::len_without_is_empty, reason = "never empty")]
    pub fn len(&self) -> usize {
        self.sleeves.len()
    }

    /// How an instrument's value is spread over sleeves.
    pub fn exposures(&self, id: InstrumentId) -> &[Exposure] {
        self.exposures.get(id.index()).map_or(&[], Vec::as_slice)
    }

    fn assign(&mut self, tree: &TargetTree, instrument: &Instrument, named: Option<SleeveId>) -> Vec<Exposure> {
        if instrument.composition.is_empty() {
            let sleeve = named.unwrap_or_else(|| self.holding(tree, &instrument.class));
            return vec![Exposure { sleeve, weight: 1.0 }];
        }
        let mut by_sleeve: BTreeMap<SleeveId, f64> = BTreeMap::new();
        for part in &instrument.composition {
            *by_sleeve.entry(self.holding(tree, &part.class)).or_default() += to_f64(part.weight.decimal());
        }
        by_sleeve.into_iter().map(|(sleeve, weight)| Exposure { sleeve, weight }).collect()
    }

    /// The sleeve that holds a class, made where no leaf does.
    fn holding(&mut self, tree: &TargetTree, class: &ClassPath) -> SleeveId {
        if class.is_within(&ClassPath::cash()) {
            return self.cash;
        }
        let node = tree.nearest(class);
        if let Some(index) = self.sleeves.iter().position(|sleeve| sleeve.listed && sleeve.node.is_some() && sleeve.node == node) {
            return SleeveId(index);
        }
        if let Some(index) = self.sleeves.iter().position(|sleeve| !sleeve.listed && sleeve.node == node) {
            return SleeveId(index);
        }
        let above = node.and_then(|id| tree.nodes.get(id.0)).map(|node| node.class.as_str());
        let name = above.map_or_else(|| "Unlisted".to_owned(), |above| format!("{above}/Unlisted"));
        let class = ClassPath::new(&name).unwrap_or_else(|_| class.clone());
        self.sleeves.push(Sleeve { class, node, listed: false, instruments: Vec::new() });
        SleeveId(self.sleeves.len() - 1)
    }
}
