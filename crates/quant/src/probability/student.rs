//! Student's t distribution and what belongs to it.
//!
//! T(x) = 1 − ½ I(ν ÷ (ν + x²); ν/2, ½) = ½ + ½ I(x² ÷ (ν + x²); ½, ν/2) for x ≥ 0, with I the regularized incomplete beta
//! function, by the continued fraction of W. H. Press et al., *Numerical Recipes*, 3rd ed. 2007, section 6.4. Quantiles by bisection
//! on T.

use super::random::Random;

/// Steps of the continued fraction.
const MOST_STEPS: u32 = 500;

/// Distribution function T: the probability of at most x with ν degrees of freedom above 0.
///
/// ```
/// use evenkeel_quant::probability::student::cumulative;
/// assert!((cumulative(1.0, 1.0) - 0.75).abs() < 1e-14);
/// assert!((cumulative(2.015_048_373_333_024, 5.0) - 0.95).abs() < 1e-13);
/// ```
pub fn cumulative(x: f64, degrees: f64) -> f64 {
    let square = x * x;
    if square < degrees {
        // Counted from the middle: near it the other form would lose the digits of x.
        let inside = 0.5 * incomplete_beta(square / (degrees + square), 0.5, 0.5 * degrees);
        return 0.5 + inside.copysign(x);
    }
    let beyond = 0.5 * incomplete_beta(degrees / (degrees + square), 0.5 * degrees, 0.5);
    if x >= 0.0 { 1.0 - beyond } else { beyond }
}

/// Density f(x) = Γ((ν + 1)/2) ÷ (√(νπ) Γ(ν/2)) × (1 + x²/ν)^{−(ν + 1)/2}.
///
/// ```
/// let cauchy = evenkeel_quant::probability::student::density(1.0, 1.0);
/// assert!((cauchy - 0.5 / std::f64::consts::PI).abs() < 1e-15);
/// ```
pub fn density(x: f64, degrees: f64) -> f64 {
    let constant = libm::lgamma(0.5 * (degrees + 1.0)) - libm::lgamma(0.5 * degrees) - 0.5 * (degrees * std::f64::consts::PI).ln();
    (constant - 0.5 * (degrees + 1.0) * (x * x / degrees).ln_1p()).exp()
}

/// Quantile T⁻¹; `None` unless the probability lies strictly between 0 and 1 and ν is above 0.
///
/// ```
/// let found = evenkeel_quant::probability::student::quantile(0.95, 5.0).unwrap_or_default();
/// assert!((found - 2.015_048_373_333_024).abs() < 1e-12);
/// ```
pub fn quantile(probability: f64, degrees: f64) -> Option<f64> {
    if !(probability > 0.0 && probability < 1.0 && degrees > 0.0) {
        return None;
    }
    // The lower half: there the probability keeps its digits.
    let tail = probability.min(1.0 - probability);
    let (mut low, mut high) = (-1.0, 0.0);
    while cumulative(low, degrees) > tail && low > f64::MIN / 4.0 {
        (low, high) = (2.0 * low, low);
    }
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if cumulative(middle, degrees) < tail { low = middle } else { high = middle }
    }
    let size = -0.5 * (low + high);
    Some(if probability < 0.5 { -size } else { size })
}

/// A draw of χ² with ν ≥ 2 degrees of freedom: twice a gamma of shape ν ÷ 2.
///
/// (G. Marsaglia, W. W. Tsang, *A Simple Method for Generating Gamma Variables*, ACM Transactions on Mathematical
/// Software 26, 2000: of shape at least 1.)
///
/// ```
/// use evenkeel_quant::probability::{random::Random, student::chi_square};
/// assert!(chi_square(&mut Random::stream(7, 0), 5.0) > 0.0);
/// ```
pub fn chi_square(random: &mut Random, degrees: f64) -> f64 {
    let d = 0.5 * degrees.max(2.0) - 1.0 / 3.0;
    let c = (9.0 * d).sqrt().recip();
    loop {
        let x = random.normal();
        let v = (1.0 + c * x).powi(3);
        if v > 0.0 && random.uniform().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
            return 2.0 * d * v;
        }
    }
}

/// I(x; a, b).
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    let front = (libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b) + a * x.ln() + b * (-x).ln_1p()).exp();
    // The side on which the fraction converges fast.
    if x < (a + 1.0) / (a + b + 2.0) { front * fraction(x, a, b) / a } else { 1.0 - front * fraction(1.0 - x, b, a) / b }
}

/// The continued fraction of the incomplete beta function, by Lentz's method.
#[allow(clippy::many_single_char_names, reason = "the book's letters")]
fn fraction(x: f64, a: f64, b: f64) -> f64 {
    let safe = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let (mut c, mut d) = (1.0, safe(1.0 - (a + b) * x / (a + 1.0)).recip());
    let mut product = d;
    for step in 1..=MOST_STEPS {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut factor = 1.0;
        for term in [even, odd] {
            d = safe(1.0 + term * d).recip();
            c = safe(1.0 + term / c);
            factor = c * d;
            product *= factor;
        }
        if (factor - 1.0).abs() < 1e-16 {
            break;
        }
    }
    product
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn closed_forms_and_inverses() {
        for x in [-30.0, -2.0, -0.1, 0.0, 0.7, 5.0_f64] {
            // ν = 1 is Cauchy's, ν = 2 has ½ + x ÷ (2 √(2 + x²)).
            assert!((cumulative(x, 1.0) - (0.5 + x.atan() / std::f64::consts::PI)).abs() < 1e-14, "{x}");
            assert!((cumulative(x, 2.0) - (0.5 + x / (2.0 * (2.0 + x * x).sqrt()))).abs() < 1e-14, "{x}");
            for degrees in [2.5, 5.0, 40.0] {
                let probability = cumulative(x, degrees);
                if probability > 1e-6 && probability < 1.0 - 1e-6 {
                    assert!((quantile(probability, degrees).unwrap() - x).abs() < 1e-9, "{x} {degrees}");
                }
            }
        }
        assert_eq!((quantile(0.0, 5.0), quantile(1.0, 5.0), quantile(0.5, 0.0)), (None, None, None));
    }

    #[test]
    fn chi_square_has_its_moments() {
        let mut random = Random::stream(5, 0);
        for degrees in [2.5, 5.0, 30.0] {
            let draws: Vec<f64> = (0..100_000).map(|_| chi_square(&mut random, degrees)).collect();
            let mean = draws.iter().sum::<f64>() / 1e5;
            let variance = draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / 1e5;
            assert!((mean - degrees).abs() < 4.0 * (2.0 * degrees / 1e5).sqrt());
            assert!((variance / (2.0 * degrees) - 1.0).abs() < 0.05);
        }
    }
}
