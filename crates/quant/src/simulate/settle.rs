//! The value that is left when a rebalancing pays for itself.

/// Rounds after which the search has certainly ended: each settles the side of an asset at least.
const MOST_ROUNDS: usize = 64;

/// Lanes of a sum that the processor adds up side by side.
pub(super) const LANES: usize = 4;

/// v with v = x − Σ cᵢ |v wᵢ − hᵢ|: value x is brought from holdings h to weights w at proportional costs c.
///
/// The right side less v is concave and piecewise linear in v. From v = x on, each round solves it with the sides
/// (buy or sell) of the round before, which is Newton's method, comes from above, and ends exactly: usually in the
/// second round. Slices are of one length, a multiple of [`LANES`].
#[inline(always)]
#[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
pub(super) fn settle(available: f64, held: &[f64], weights: &[f64], costs: &[f64]) -> f64 {
    let mut value = available;
    for _ in 0..MOST_ROUNDS {
        let (mut slopes, mut offsets) = ([0.0; LANES], [0.0; LANES]);
        for ((held, weights), costs) in held.chunks_exact(LANES).zip(weights.chunks_exact(LANES)).zip(costs.chunks_exact(LANES)) {
            for lane in 0..LANES {
                let signed = costs[lane].copysign(value * weights[lane] - held[lane]);
                slopes[lane] += signed * weights[lane];
                offsets[lane] += signed * held[lane];
            }
        }
        let next = (available + joined(offsets)) / (1.0 + joined(slopes));
        if next >= value {
            break;
        }
        value = next;
    }
    value
}

/// Joins lanes in a fixed order.
#[inline(always)]
#[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
pub(super) fn joined(lanes: [f64; LANES]) -> f64 {
    (lanes[0] + lanes[2]) + (lanes[1] + lanes[3])
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
            let available = held.iter().sum::<f64>() * share;
            let value = settle(available, &held, &weights, &costs);
            let paid: f64 = (0..8).map(|i| costs[i] * (value * weights[i] - held[i]).abs()).sum();
            prop_assert!((value + paid - available).abs() <= 1e-12 * available.max(1.0), "{value} {paid} {available}");
        }
    }
}
