//! The normal distribution.
//!
//! φ(x) = exp(−x²/2) ÷ √(2π), Φ(x) = ∫ φ from −∞ to x = ½ erfc(−x ÷ √2)
//!
//! Φ is as exact as `libm`'s erfc, also far out; its inverse has about 16 digits (M. J. Wichura, *Algorithm
//! AS 241: The Percentage Points of the Normal Distribution*, Applied Statistics 37 (1988), PPND16).

#![allow(clippy::excessive_precision, reason = "coefficients as published")]

use std::f64::consts::{FRAC_1_SQRT_2, TAU};

/// Density φ.
///
/// ```
/// assert!((evenkeel_quant::probability::normal::density(0.0) - 0.398_942_280_401_432_7).abs() < 1e-16);
/// ```
pub fn density(x: f64) -> f64 {
    (-0.5 * x * x).exp() / TAU.sqrt()
}

/// Distribution function Φ: the probability of at most x.
///
/// ```
/// assert!((evenkeel_quant::probability::normal::cumulative(1.96) - 0.975_002_104_851_779_5).abs() < 1e-15);
/// ```
pub fn cumulative(x: f64) -> f64 {
    0.5 * libm::erfc(-x * FRAC_1_SQRT_2)
}

/// Quantile Φ⁻¹; `None` unless the probability lies strictly between 0 and 1.
///
/// ```
/// let quantile = evenkeel_quant::probability::normal::quantile(0.975);
/// assert!((quantile.unwrap_or_default() - 1.959_963_984_540_054).abs() < 1e-14);
/// ```
pub fn quantile(probability: f64) -> Option<f64> {
    if !(probability > 0.0 && probability < 1.0) {
        return None;
    }
    let q = probability - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return Some(q * fraction(&CENTER, r));
    }
    let r = (-probability.min(1.0 - probability).ln()).sqrt();
    let size = if r <= 5.0 { fraction(&TAIL, r - 1.6) } else { fraction(&FAR, r - 5.0) };
    Some(size.copysign(q))
}

/// Numerator and denominator of a rational function, highest power first.
type Coefficients = [[f64; 8]; 2];

const CENTER: Coefficients = [
    [
        2.509_080_928_730_122_672_7e3,
        3.343_057_558_358_812_810_5e4,
        6.726_577_092_700_870_085_3e4,
        4.592_195_393_154_987_145_7e4,
        1.373_169_376_550_946_112_5e4,
        1.971_590_950_306_551_442_7e3,
        1.331_416_678_917_843_774_5e2,
        3.387_132_872_796_366_608,
    ],
    [
        5.226_495_278_852_854_561e3,
        2.872_908_573_572_194_267_4e4,
        3.930_789_580_009_271_061e4,
        2.121_379_430_158_659_586_7e4,
        5.394_196_021_424_751_107_7e3,
        6.871_870_074_920_579_083e2,
        4.231_333_070_160_091_125_2e1,
        1.0,
    ],
];

const TAIL: Coefficients = [
    [
        7.745_450_142_783_414_076_4e-4,
        2.272_384_498_926_918_458_33e-2,
        2.417_807_251_774_506_117_7e-1,
        1.270_458_252_452_368_382_58,
        3.647_848_324_763_204_605_04,
        5.769_497_221_460_691_405_5,
        4.630_337_846_156_545_295_9,
        1.423_437_110_749_683_577_34,
    ],
    [
        1.050_750_071_644_416_843_24e-9,
        5.475_938_084_995_344_946e-4,
        1.519_866_656_361_645_719_66e-2,
        1.481_039_764_274_800_745_9e-1,
        6.897_673_349_851_000_045_5e-1,
        1.676_384_830_183_803_849_4,
        2.053_191_626_637_758_821_87,
        1.0,
    ],
];

const FAR: Coefficients = [
    [
        2.010_334_399_292_288_132_65e-7,
        2.711_555_568_743_487_578_15e-5,
        1.242_660_947_388_078_438_6e-3,
        2.653_218_952_657_612_309_3e-2,
        2.965_605_718_285_048_912_3e-1,
        1.784_826_539_917_291_335_8,
        5.463_784_911_164_114_369_9,
        6.657_904_643_501_103_777_2,
    ],
    [
        2.044_263_103_389_939_785_64e-15,
        1.421_511_758_316_445_888_7e-7,
        1.846_318_317_510_054_681_8e-5,
        7.868_691_311_456_132_591e-4,
        1.487_536_129_085_061_485_25e-2,
        1.369_298_809_227_358_053_1e-1,
        5.998_322_065_558_879_376_9e-1,
        1.0,
    ],
];

fn fraction([numerator, denominator]: &Coefficients, x: f64) -> f64 {
    let value = |coefficients: &[f64; 8]| coefficients.iter().fold(0.0, |sum, coefficient| sum * x + coefficient);
    value(numerator) / value(denominator)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn published_values() {
        // Wichura's own checks, and two far tails.
        for (probability, expected) in [
            (0.25, -0.674_489_750_196_081_7),
            (0.001, -3.090_232_306_167_814),
            (1e-20, -9.262_340_089_798_408),
            (0.9, 1.281_551_565_544_600_4),
        ] {
            assert!((quantile(probability).unwrap() - expected).abs() < 1e-14 * f64::abs(expected), "{probability}");
        }
        assert!((cumulative(-10.0) / 7.619_853_024_160_527e-24 - 1.0).abs() < 1e-12);
        assert_eq!((quantile(0.0), quantile(1.0), quantile(f64::NAN)), (None, None, None));
        assert_eq!(quantile(0.5), Some(0.0));
    }

    proptest! {
        #[test]
        fn the_quantile_is_the_inverse(x in -8.0..8.0_f64) {
            let back = quantile(cumulative(x)).unwrap();
            // Above 0 a probability near 1 has fewer digits.
            let tolerance = 1e-13 + 1e-15 / density(x.max(0.0));
            prop_assert!((back - x).abs() <= tolerance * x.abs().max(1.0));
        }
    }
}
