//! [`CostOrders`]: the lots of a large position by cost a unit, kept from one sale to the next.
//!
//! A position of n lots, all of them sold one by one at the highest cost, takes n² comparisons by
//! scanning and n log n by a heap. Only additions are entered; what has changed since is left in the
//! heap and passed over when it comes up, as it no longer is what its lot is.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::lot::{Lot, LotId};
use crate::number::Quantity;
use crate::select::{Pick, SelectError, compare_unit_costs, unit_cost};

/// Which end of the order is taken first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Highest,
    Lowest,
}

/// Lots by cost a unit; neither order is there before it is first asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct CostOrders {
    highest: Option<BinaryHeap<Entry>>,
    lowest: Option<BinaryHeap<Entry>>,
}

/// A lot as it was when it was entered.
#[derive(Debug, Clone)]
struct Entry {
    /// Cost and units; of the order that begins at the lowest, the cost with its sign turned.
    cost: (i128, i128),
    id: LotId,
    place: usize,
}

impl Entry {
    fn new(lot: &Lot, place: usize, end: End) -> Self {
        Self { cost: cost(lot, end), id: lot.id.clone(), place }
    }
}

fn cost(lot: &Lot, end: End) -> (i128, i128) {
    let (cost, units) = unit_cost(lot);
    (if end == End::Highest { cost } else { cost.saturating_neg() }, units)
}

impl Ord for Entry {
    /// The greatest is taken first: of the same cost the lowest id.
    fn cmp(&self, other: &Self) -> Ordering {
        compare_unit_costs(self.cost, other.cost).then_with(|| other.id.cmp(&self.id))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}

impl CostOrders {
    /// Forgets both orders: lots have moved.
    pub(super) fn clear(&mut self) {
        (self.highest, self.lowest) = (None, None);
    }

    /// Enters a lot that is new or has changed.
    pub(super) fn enter(&mut self, lots: &[Lot], place: usize) {
        let Some(lot) = lots.get(place).filter(|lot| !lot.quantity.is_zero()) else { return };
        for (order, end) in [(&mut self.highest, End::Highest), (&mut self.lowest, End::Lowest)] {
            // Most of it is out of date: it is made anew when it is next asked for.
            if order.as_ref().is_some_and(|heap| heap.len() > lots.len().saturating_mul(2)) {
                *order = None;
            }
            if let Some(heap) = order {
                heap.push(Entry::new(lot, place, end));
            }
        }
    }

    /// Picks units (above zero) from one end. The lots picked leave the order, so they must be taken,
    /// and entered again where something is left. `None` where a basis is not known, which leaves no order.
    pub(super) fn pick(&mut self, lots: &[Lot], end: End, quantity: Quantity, picks: &mut Vec<Pick>) -> Option<Result<(), SelectError>> {
        let order = match end {
            End::Highest => &mut self.highest,
            End::Lowest => &mut self.lowest,
        };
        if order.is_none() {
            let held = || lots.iter().enumerate().filter(|(_, lot)| !lot.quantity.is_zero());
            if held().any(|(_, lot)| lot.cost_basis.is_none()) {
                return None;
            }
            *order = Some(held().map(|(place, lot)| Entry::new(lot, place, end)).collect());
        }
        let picked = pick_from(order.as_mut()?, lots, end, quantity, picks);
        if picked.is_err() {
            self.clear();
        }
        Some(picked)
    }
}

fn pick_from(heap: &mut BinaryHeap<Entry>, lots: &[Lot], end: End, quantity: Quantity, picks: &mut Vec<Pick>) -> Result<(), SelectError> {
    let mut open = quantity;
    while let Some(entry) = heap.pop() {
        let is_current = |lot: &&Lot| !lot.quantity.is_zero() && lot.id == entry.id && cost(lot, end) == entry.cost;
        let Some(lot) = lots.get(entry.place).filter(is_current) else { continue };
        let taken = lot.quantity.abs().min(open);
        picks.push(Pick { index: entry.place, quantity: taken });
        open = open.try_sub(taken)?;
        if open.is_zero() {
            return Ok(());
        }
    }
    Err(SelectError::NotEnough { asked: quantity, held: quantity.try_sub(open)? })
}
