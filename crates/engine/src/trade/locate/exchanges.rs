//! From one location to another by exchanges, each of which leaves accounts and classes at their sums.

/// Account, class sold, class bought.
type Legs = Vec<(usize, usize, usize)>;

/// A ring of accounts, each of which sells one class and buys what the next one sells.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Exchange {
    /// The earliest account first.
    pub(super) legs: Legs,
    /// Value sold and bought by each.
    pub(super) value: f64,
}

/// What is still to change, account by account: sums over an account and over a class are zero.
pub(super) struct Exchanges<'a> {
    change: Vec<f64>,
    classes: usize,
    noise: f64,
    /// What a unit costs.
    cost: &'a dyn Fn(usize) -> f64,
}

impl<'a> Exchanges<'a> {
    pub(super) fn new(from: &[f64], to: &[f64], classes: usize, noise: f64, cost: &'a dyn Fn(usize) -> f64) -> Self {
        Self { change: to.iter().zip(from).map(|(to, from)| to - from).collect(), classes, noise, cost }
    }

    /// The exchanges, the one that saves most for its value first. Those of two accounts are found before longer rings. Any
    /// of them alone leads nearer, and none past what is to change, so that their order is free.
    pub(super) fn all(mut self) -> Vec<Exchange> {
        let mut found = Vec::new();
        while let Some(legs) = self.best_swap().or_else(|| self.ring()) {
            let value = legs.iter().map(|leg| self.room(leg)).fold(f64::INFINITY, f64::min);
            for (account, sold, bought) in &legs {
                // What is left within rounding of nothing is nothing, so that each exchange ends at least one change.
                for (class, moved) in [(*sold, value), (*bought, -value)] {
                    let left = &mut self.change[account * self.classes + class];
                    *left = if (*left + moved).abs() <= self.noise { 0.0 } else { *left + moved };
                }
            }
            found.push(Exchange { legs, value });
        }
        found.sort_by(|a, b| self.saved(&b.legs).total_cmp(&self.saved(&a.legs)));
        found
    }

    /// What a unit of an exchange saves.
    fn saved(&self, legs: &[(usize, usize, usize)]) -> f64 {
        let cost = |account: usize, class: usize| (self.cost)(account * self.classes + class);
        legs.iter().map(|(account, sold, bought)| cost(*account, *sold) - cost(*account, *bought)).sum()
    }

    fn room(&self, (account, sold, bought): &(usize, usize, usize)) -> f64 {
        (-self.change[account * self.classes + sold]).min(self.change[account * self.classes + bought])
    }

    /// Cells in which something is to be bought, as account and class.
    fn purchases(&self) -> impl Iterator<Item = (usize, usize)> {
        let bought = self.change.iter().enumerate().filter(|(_, change)| **change > self.noise);
        bought.map(|(cell, _)| (cell / self.classes, cell % self.classes))
    }

    fn sells(&self, account: usize, class: usize) -> bool {
        self.change[account * self.classes + class] < -self.noise
    }

    /// Two accounts that swap two classes, with the greatest saving a unit; the earliest of equals.
    fn best_swap(&self) -> Option<Legs> {
        let mut best: Option<(f64, Legs)> = None;
        for (one, first) in self.purchases() {
            for (other, second) in self.purchases().filter(|(other, _)| *other > one) {
                if !self.sells(other, first) || !self.sells(one, second) {
                    continue;
                }
                let legs = vec![(one, second, first), (other, first, second)];
                let saved = self.saved(&legs);
                if best.as_ref().is_none_or(|(most, _)| saved > *most) {
                    best = Some((saved, legs));
                }
            }
        }
        best.map(|(_, legs)| legs)
    }

    /// A ring of accounts, found by following what is bought to who sells it.
    fn ring(&self) -> Option<Legs> {
        let (mut account, mut class) = self.purchases().next()?;
        // Account and class bought, in the order of the walk.
        let mut walk: Vec<(usize, usize)> = Vec::new();
        loop {
            walk.push((account, class));
            let seller = (0..self.change.len() / self.classes).find(|seller| self.sells(*seller, class))?;
            if let Some(start) = walk.iter().position(|(seen, _)| *seen == seller) {
                let ring = &walk[start..];
                let sold = std::iter::once(class).chain(ring.iter().map(|(_, bought)| *bought));
                let mut legs: Vec<_> = ring.iter().zip(sold).map(|((account, bought), sold)| (*account, sold, *bought)).collect();
                let earliest = legs.iter().enumerate().min_by_key(|(_, leg)| leg.0).map_or(0, |(index, _)| index);
                legs.rotate_left(earliest);
                return Some(legs);
            }
            (account, class) = self.purchases().find(|(buyer, _)| *buyer == seller)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The exchanges together are the whole way, and each account and class keeps its sum in each of them.
        #[test]
        fn exchanges_lead_all_the_way(parts in prop::collection::vec((0_usize..4, 0_usize..4, 0_usize..3, 0_usize..3, 1_u32..9), 0..12)) {
            let (classes, mut to) = (3, vec![100.0; 12]);
            for (one, other, first, second, value) in parts {
                let value = f64::from(value);
                to[one * classes + first] += value;
                to[one * classes + second] -= value;
                to[other * classes + first] -= value;
                to[other * classes + second] += value;
            }
            let cost = |cell: usize| f64::from(u8::try_from(cell * 7 % 5).unwrap());
            let mut reached = vec![100.0; 12];
            let found = Exchanges::new(&reached, &to, classes, 1e-9, &cost).all();
            prop_assert!(found.len() <= 12);
            for exchange in &found {
                let (sold, bought): (Vec<usize>, Vec<usize>) = exchange.legs.iter().map(|leg| (leg.1, leg.2)).unzip();
                prop_assert!(sold.iter().all(|class| bought.contains(class)) && exchange.value > 0.0);
                for (account, sold, bought) in &exchange.legs {
                    reached[account * classes + sold] -= exchange.value;
                    reached[account * classes + bought] += exchange.value;
                }
            }
            prop_assert!(reached.iter().zip(&to).all(|(reached, to)| (reached - to).abs() < 1e-9), "{:?} {:?}", reached, to);
        }
    }
}
