//! The χ² distribution with whole degrees of freedom.
//!
//! P(χ² ≥ x) = exp(−x/2) Σ_{i < n/2} (x/2)ⁱ ÷ i! for even n; for odd n erfc(√(x/2)) + exp(−x/2) Σ_{i ≤ (n−1)/2} (x/2)^{i − ½} ÷ Γ(i + ½)
//!
//! (M. Abramowitz, I. Stegun, *Handbook of Mathematical Functions*, 1964, 26.4.4 and 26.4.5.)

use crate::linear::vector::count;

/// Probability of at least x with n degrees of freedom; 1 for x of 0 or less, and 0 above it where n is 0.
///
/// ```
/// use evenkeel_quant::probability::chi_square::at_least;
/// assert!((at_least(3.841_458_820_694_124, 1) - 0.05).abs() < 1e-14);
/// assert!((at_least(18.307_038_053_275_14, 10) - 0.05).abs() < 1e-14);
/// ```
pub fn at_least(x: f64, degrees: usize) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    let half = 0.5 * x;
    let is_odd = degrees % 2 == 1;
    let start = if is_odd { 0.5 } else { 0.0 };
    // The terms by their logarithms, each from the last: for many degrees the first would be too small for a float.
    let mut log_term = if is_odd { 0.5 * half.ln() - half - libm::lgamma(1.5) } else { -half };
    let mut sum = if is_odd { libm::erfc(half.sqrt()) } else { 0.0 };
    for step in 0..degrees / 2 {
        sum += log_term.exp();
        log_term += half.ln() - (count(step) + 1.0 + start).ln();
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_forms_and_tables() {
        for x in [0.1, 1.0, 5.0, 40.0_f64] {
            assert!((at_least(x, 2) - (-0.5 * x).exp()).abs() < 1e-15);
            assert!((at_least(x, 1) - libm::erfc((0.5 * x).sqrt())).abs() < 1e-15);
            assert!((at_least(x, 4) - (-0.5 * x).exp() * (1.0 + 0.5 * x)).abs() < 1e-15);
        }
        // Abramowitz and Stegun, table 26.8.
        for (x, degrees, probability) in [(7.814_73, 3, 0.05), (124.342, 100, 0.05), (13.120, 25, 0.975), (149.449, 100, 0.001)] {
            assert!((at_least(x, degrees) / probability - 1.0).abs() < 2e-4, "{degrees}");
        }
        assert_eq!((at_least(0.0, 3), at_least(1.0, 0), at_least(-1.0, 3)), (1.0, 0.0, 1.0));
        assert!((at_least(5000.0, 5000) - 0.497).abs() < 0.002);
    }
}
