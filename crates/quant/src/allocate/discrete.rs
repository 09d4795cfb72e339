//! Whole lots of money: how many of each to buy so that what is left over and what is missed are least.
//!
//! ```text
//! minimize    (V − Σ pᵢ xᵢ) + Σ |wᵢ V − pᵢ xᵢ|
//! subject to  Σ pᵢ xᵢ ≤ V,  xᵢ = 0, 1, 2, …
//! ```
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | V | `value` | 1 | money, above 0 |
//! | w | `weights` | n | fractions of V, at least 0 |
//! | p | `prices` | n | money a lot, above 0: the price of a share times the shares in a lot |
//! | x | [`Allocation::lots`] | n | lots |
//!
//! Money spent beyond a target takes as much off the cash as it adds to the gap, so the objective is
//! V − Σ wᵢ V + 2 Σ (wᵢ V − pᵢ xᵢ)⁺, and with every asset at the last lot below its target what remains
//! is a knapsack: one more lot of i costs pᵢ and takes off a shortfall of sᵢ < pᵢ; a lot less gives pᵢ and
//! loses as much. It is solved by depth-first branch and bound with the bound of its linear relaxation
//! (G. B. Dantzig, *Discrete-Variable Extremum Problems*, 1957).

/// Spending beyond the value by this part of it is rounding.
const ROUNDING: f64 = 1e-12;

/// Weights that sum to more than 1 by this are a rounded whole.
const WEIGHTS_ROUNDING: f64 = 1e-6;

/// Lots of each asset, and what is proven of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Allocation {
    /// x, n.
    pub lots: Vec<u64>,
    /// V − Σ pᵢ xᵢ.
    pub cash: f64,
    /// The objective.
    pub objective: f64,
    /// No lots have a lower objective.
    pub lower_bound: f64,
    /// Branches looked at.
    pub nodes: usize,
}

/// Why there is no allocation.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum DiscreteAllocationError {
    /// Not one price for each weight.
    #[error("{weights} weights need as many prices, and {prices} are given")]
    Shape {
        /// Number of weights.
        weights: usize,
        /// Number of prices.
        prices: usize,
    },
    /// A value that is not above 0.
    #[error("the value to allocate is {value}; it must be above 0")]
    Value {
        /// The value.
        value: f64,
    },
    /// A price that is not above 0.
    #[error("price {index} is {price}; it must be above 0")]
    Price {
        /// The asset.
        index: usize,
        /// Its price.
        price: f64,
    },
    /// Weights of more than the whole.
    #[error("the weights sum to {sum}; they must not exceed 1, so divide them by their sum or leave out what is borrowed")]
    Sum {
        /// Their sum.
        sum: f64,
    },
    /// A weight below 0 or not finite.
    #[error("weight {index} is {weight}; money can be allocated to weights of at least 0 only, so clear what is below by rounding")]
    Weight {
        /// The asset.
        index: usize,
        /// Its weight.
        weight: f64,
    },
}

/// Allocates money to whole lots; proven optimal where `objective` is `lower_bound`.
///
/// `most_nodes` is the work budget: where it is spent, the best allocation so far is returned.
///
/// ```
/// use evenkeel_quant::allocate::discrete::allocate;
/// // 20 are left over, and a further lot of either costs more.
/// let found = allocate(100.0, &[0.6, 0.4], &[25.0, 30.0], 1000)?;
/// assert_eq!(found.lots, [2, 1]);
/// assert!((found.objective - 40.0).abs() < 1e-12 && found.objective == found.lower_bound);
/// # Ok::<(), evenkeel_quant::allocate::discrete::DiscreteAllocationError>(())
/// ```
///
/// # Errors
/// [`DiscreteAllocationError`], for the first thing that is wrong.
pub fn allocate(value: f64, weights: &[f64], prices: &[f64], most_nodes: usize) -> Result<Allocation, DiscreteAllocationError> {
    check(value, weights, prices)?;
    let base: Vec<u64> = weights.iter().zip(prices).map(|(weight, price)| whole(weight * value / price)).collect();
    let spent = |lots: &[u64]| lots.iter().zip(prices).map(|(lots, price)| money(*lots, *price)).sum::<f64>();
    let room = value - spent(&base);
    let mut search = Search::new(value, weights, prices, &base);
    let bound = search.run(room, most_nodes);
    let mut lots = base;
    for (item, step) in search.items.iter().zip(&search.best) {
        let lots = &mut lots[item.asset];
        *lots = lots.saturating_add_signed(*step);
    }
    let shortfall: f64 = search.items.iter().map(|item| item.gain).sum();
    let missed = |gain: f64| value - weights.iter().sum::<f64>() * value + 2.0 * (shortfall - gain);
    Ok(Allocation {
        cash: value - spent(&lots),
        lots,
        objective: missed(search.best_gain),
        lower_bound: missed(bound),
        nodes: search.nodes,
    })
}

fn check(value: f64, weights: &[f64], prices: &[f64]) -> Result<(), DiscreteAllocationError> {
    if weights.len() != prices.len() {
        return Err(DiscreteAllocationError::Shape { weights: weights.len(), prices: prices.len() });
    }
    if !(value.is_finite() && value > 0.0) {
        return Err(DiscreteAllocationError::Value { value });
    }
    if let Some((index, price)) = prices.iter().copied().enumerate().find(|(_, price)| !(price.is_finite() && *price > 0.0)) {
        return Err(DiscreteAllocationError::Price { index, price });
    }
    if let Some((index, weight)) = weights.iter().copied().enumerate().find(|(_, weight)| !weight.is_finite() || *weight < -ROUNDING) {
        return Err(DiscreteAllocationError::Weight { index, weight });
    }
    let sum: f64 = weights.iter().sum();
    if sum > 1.0 + WEIGHTS_ROUNDING { Err(DiscreteAllocationError::Sum { sum }) } else { Ok(()) }
}

/// The whole lots in a number of them, where a hair less than whole is whole.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at least 0, and saturates")]
fn whole(lots: f64) -> u64 {
    (lots * (1.0 + ROUNDING)).floor() as u64
}

#[allow(clippy::cast_precision_loss, reason = "lots of more than 2^53 are no lots")]
fn money(lots: u64, price: f64) -> f64 {
    lots as f64 * price
}

/// One lot more of an asset.
struct Item {
    asset: usize,
    price: f64,
    /// The shortfall that it takes off, below its price.
    gain: f64,
    /// Lots that can be given up.
    held: u64,
}

/// A branch: the lots changed so far, by their sums.
struct Node {
    /// Items decided.
    depth: usize,
    /// The lots by which the last of them changes.
    step: i64,
    /// Money left; below 0 where lots must still be given up.
    room: f64,
    /// Shortfall taken off.
    gain: f64,
}

/// The search over items in the order of what they take off by the money they cost.
struct Search {
    items: Vec<Item>,
    tolerance: f64,
    best: Vec<i64>,
    best_gain: f64,
    nodes: usize,
}

impl Search {
    fn new(value: f64, weights: &[f64], prices: &[f64], base: &[u64]) -> Self {
        let mut items: Vec<Item> = (0..weights.len())
            .map(|asset| Item {
                asset,
                price: prices[asset],
                gain: (weights[asset] * value - money(base[asset], prices[asset])).max(0.0),
                held: base[asset],
            })
            .filter(|item| item.gain > 0.0 || item.held > 0)
            .collect();
        items.sort_by(|a, b| (b.gain / b.price).total_cmp(&(a.gain / a.price)).then(a.asset.cmp(&b.asset)));
        Self { items, tolerance: ROUNDING * value, best: Vec::new(), best_gain: 0.0, nodes: 0 }
    }

    /// Searches depth first, the most gainful first; returns what no allocation can take off more than.
    fn run(&mut self, room: f64, most_nodes: usize) -> f64 {
        let mut steps: Vec<i64> = Vec::new();
        let mut open = vec![Node { depth: 0, step: 0, room, gain: 0.0 }];
        while let Some(node) = open.pop() {
            if self.bound(&node) <= self.best_gain + self.tolerance {
                continue;
            }
            if self.nodes == most_nodes {
                open.push(node);
                break;
            }
            self.nodes += 1;
            if node.depth > 0 {
                steps.truncate(node.depth - 1);
                steps.push(node.step);
            }
            if node.room >= -self.tolerance && node.gain > self.best_gain {
                self.best_gain = node.gain;
                self.best.clone_from(&steps);
            }
            if node.depth < self.items.len() {
                self.branch(&node, &mut open);
            }
        }
        open.iter().map(|node| self.bound(node)).fold(self.best_gain, f64::max)
    }

    /// Pushes what can become of the next item: the last pushed is looked at first.
    fn branch(&self, node: &Node, open: &mut Vec<Node>) {
        let item = &self.items[node.depth];
        let child = |step: i64, room: f64, gain: f64| Node { depth: node.depth + 1, step, room, gain };
        let mut fewer = Vec::new();
        let (mut room, mut gain) = (node.room, node.gain);
        for step in 1..=i64::try_from(item.held).unwrap_or(i64::MAX) {
            room += item.price;
            gain -= item.price;
            let next = child(-step, room, gain);
            if self.bound(&next) <= self.best_gain + self.tolerance {
                break;
            }
            fewer.push(next);
        }
        open.extend(fewer.into_iter().rev());
        open.push(child(0, node.room, node.gain));
        if item.gain > 0.0 {
            open.push(child(1, node.room - item.price, node.gain + item.gain));
        }
    }

    /// What no completion of a branch can take off more than: whole items in order, and a part of the last.
    /// Lots given up lose more by the money than any item gains, so they serve only to fill a debt.
    fn bound(&self, node: &Node) -> f64 {
        if node.room < 0.0 {
            return node.gain + node.room;
        }
        let (mut room, mut gain) = (node.room, node.gain);
        for item in &self.items[node.depth..] {
            if item.price > room {
                return gain + item.gain * room / item.price;
            }
            room -= item.price;
            gain += item.gain;
        }
        gain
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    /// The least objective over all lots that the value can buy.
    fn enumerate(value: f64, weights: &[f64], prices: &[f64]) -> f64 {
        fn walk(at: usize, left: f64, gaps: f64, value: f64, weights: &[f64], prices: &[f64]) -> f64 {
            if at == weights.len() {
                return left + gaps;
            }
            let affordable = (0..=u32::MAX).take_while(|lots| f64::from(*lots) * prices[at] <= left + ROUNDING * value);
            let paths = affordable.map(|lots| {
                let spent = f64::from(lots) * prices[at];
                walk(at + 1, left - spent, gaps + (weights[at] * value - spent).abs(), value, weights, prices)
            });
            paths.fold(f64::INFINITY, f64::min)
        }
        walk(0, value, 0.0, value, weights, prices)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn no_other_lots_are_better(
            assets in proptest::collection::vec((0.0..1.0_f64, prop_oneof![3.0..40.0_f64, (1_u32..8).prop_map(|p| 5.0 * f64::from(p))]), 1..5),
            invested in 0.3..=1.0_f64,
        ) {
            let sum: f64 = assets.iter().map(|asset| asset.0).sum::<f64>().max(1e-9);
            let weights: Vec<f64> = assets.iter().map(|asset| invested * asset.0 / sum).collect();
            let prices: Vec<f64> = assets.iter().map(|asset| asset.1).collect();
            let found = allocate(100.0, &weights, &prices, 1_000_000).unwrap();
            let gaps: f64 = (0..weights.len()).map(|at| (100.0 * weights[at] - money(found.lots[at], prices[at])).abs()).sum();
            prop_assert!(found.cash >= -1e-9);
            prop_assert!((found.objective - found.cash - gaps).abs() < 1e-9, "the objective is what its definition says");
            prop_assert!(found.objective - found.lower_bound < 1e-9);
            prop_assert!((found.objective - enumerate(100.0, &weights, &prices)).abs() < 1e-9);
        }

        #[test]
        fn a_spent_budget_leaves_a_true_bound(
            assets in proptest::collection::vec((0.1..1.0_f64, 5.0..40.0_f64), 4..5), nodes in 0_usize..12,
        ) {
            let sum: f64 = assets.iter().map(|asset| asset.0).sum();
            let weights: Vec<f64> = assets.iter().map(|asset| asset.0 / sum).collect();
            let prices: Vec<f64> = assets.iter().map(|asset| asset.1).collect();
            let found = allocate(100.0, &weights, &prices, nodes).unwrap();
            let least = enumerate(100.0, &weights, &prices);
            prop_assert!(found.lower_bound <= least + 1e-9 && least <= found.objective + 1e-9);
        }
    }

    #[test]
    fn names_what_is_wrong() {
        assert_eq!(allocate(1.0, &[1.0], &[], 1), Err(DiscreteAllocationError::Shape { weights: 1, prices: 0 }));
        assert_eq!(allocate(0.0, &[1.0], &[1.0], 1), Err(DiscreteAllocationError::Value { value: 0.0 }));
        assert_eq!(allocate(1.0, &[1.0], &[0.0], 1), Err(DiscreteAllocationError::Price { index: 0, price: 0.0 }));
        assert_eq!(allocate(1.0, &[0.5, -0.1], &[1.0; 2], 1), Err(DiscreteAllocationError::Weight { index: 1, weight: -0.1 }));
        assert_eq!(allocate(1.0, &[0.8, 0.7], &[1.0; 2], 1), Err(DiscreteAllocationError::Sum { sum: 1.5 }));
        assert!(allocate(5.0, &[], &[], 1).unwrap().lots.is_empty());
    }
}
