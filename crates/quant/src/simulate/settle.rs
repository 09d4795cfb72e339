//! The value that is left when rebalancings pay for themselves.

/// Paths that are walked side by side: some vectors of any processor, and all their rows in the nearest cache.
pub(super) const GROUP: usize = 32;

/// A number for each path of a group.
pub(super) type Lanes = [f64; GROUP];

/// Paths of which the running sums stay in registers: two vectors of four.
const FEW: usize = 8;

/// A number for each of them.
type Few = [f64; FEW];

/// Rounds after which the search has certainly ended: each settles the side of an asset at least.
const MOST_ROUNDS: usize = 64;

/// v with v = x − Σ cᵢ |v wᵢ − hᵢ|: value x is brought from holdings h to weights w at proportional costs c.
///
/// The right side less v is concave and piecewise linear in v. From v = x on, each round solves it with the sides
/// (buy or sell) of the round before, which is Newton's method, comes from above, and ends exactly: usually in the
/// second round.
#[inline(always)]
#[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
pub(super) fn settle(available: &Lanes, held: &[Lanes], weights: &[f64], costs: &[f64]) -> Lanes {
    let mut value = *available;
    for (at, value) in value.as_chunks_mut().0.iter_mut().enumerate() {
        *value = settle_few(at, *value, held, weights, costs);
    }
    value
}

/// The same for the paths of a place that fit into registers, so that only what is held is read, and a search ends for few.
#[inline(always)]
#[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
fn settle_few(at: usize, available: Few, held: &[Lanes], weights: &[f64], costs: &[f64]) -> Few {
    let mut value = available;
    for _ in 0..MOST_ROUNDS {
        let (mut slopes, mut offsets) = ([1.0; FEW], available);
        for ((held, weight), cost) in held.iter().zip(weights).zip(costs) {
            let Some(held) = held.as_chunks::<FEW>().0.get(at) else { continue };
            for p in 0..FEW {
                let signed = cost.copysign(value[p] * weight - held[p]);
                slopes[p] += signed * weight;
                offsets[p] += signed * held[p];
            }
        }
        let mut moved = 0;
        for p in 0..FEW {
            let next = offsets[p] / slopes[p];
            let lower = next < value[p];
            moved |= u64::from(lower);
            value[p] = if lower { next } else { value[p] };
        }
        if moved == 0 {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_left_pays_for_the_trades(
            held in prop::collection::vec(0.0..100.0_f64, 8),
            raw in prop::collection::vec(0.0..1.0_f64, 8),
            costs in prop::collection::vec(0.0..0.2_f64, 8),
            share in 0.5..1.2_f64,
        ) {
            let total: f64 = raw.iter().sum();
            prop_assume!(total > 0.1);
            let weights: Vec<f64> = raw.iter().map(|weight| weight / total).collect();
            let lanes: Vec<Lanes> = held.iter().map(|held| [*held; GROUP]).collect();
            let available = held.iter().sum::<f64>() * share;
            let value = settle(&[available; GROUP], &lanes, &weights, &costs)[GROUP - 1];
            let paid: f64 = (0..8).map(|i| costs[i] * (value * weights[i] - held[i]).abs()).sum();
            prop_assert!((value + paid - available).abs() <= 1e-12 * available.max(1.0), "{value} {paid} {available}");
        }
    }
}
