//! What the measures share: order, weights and deviations of a series.

use crate::linear::vector::{count, dot, sum};

/// The numbers of the worst scenarios, in no order but that the last is the best of them: as many as
/// asked for, or all. Equal returns count in their order.
pub(super) fn worst_first(returns: &[f64], number: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..returns.len()).collect();
    let by_return = |a: &usize, b: &usize| returns[*a].total_cmp(&returns[*b]).then(a.cmp(b));
    if number == 0 {
        return Vec::new();
    }
    if number < order.len() {
        order.select_nth_unstable_by(number - 1, by_return);
        order.truncate(number);
    } else if let Some(last) = order.len().checked_sub(1) {
        order.select_nth_unstable_by(last, by_return);
    }
    order
}

/// −qᵀy.
pub(super) fn weighted_loss(slopes: &[f64], returns: &[f64]) -> f64 {
    -dot(slopes, returns)
}

/// Deviations from the mean.
pub(super) fn deviations(returns: &[f64]) -> Vec<f64> {
    let mean = sum(returns) / count(returns.len().max(1));
    returns.iter().map(|value| value - mean).collect()
}

/// What is wrong with a confidence, if anything.
pub(super) fn confidence_fault(confidence: f64) -> Option<String> {
    let valid = (0.0..1.0).contains(&confidence);
    (!valid).then(|| format!("the confidence is {confidence}; it must be at least 0 and below 1, as 0.95"))
}
