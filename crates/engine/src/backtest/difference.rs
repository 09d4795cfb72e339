//! [`Difference`]: whether one run grew more than another, or the history does not tell.

use evenkeel_quant::validate::resample::Resampling;
use serde::Serialize;

use crate::luck::mean_block;

/// Resamples of the history.
const RESAMPLES: usize = 1_000;

/// How much more one run grew than another, a year, with the band in which 95 % of resampled histories lie. Both are
/// resampled together by the stationary bootstrap (D. Politis, J. Romano, Journal of the American Statistical Association 89
/// (1994)), in blocks of a mean length of T^{1/3} periods but at least a month.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Difference {
    /// Difference of logarithmic growth a year.
    pub growth: f64,
    /// Lower end of the band.
    pub low: f64,
    /// Upper end of the band.
    pub high: f64,
}

/// How much more a run grew than another over the same days; `None` where they cannot be compared.
pub fn difference(of: &[f64], than: &[f64], periods_per_year: f64, seed: u64) -> Option<Difference> {
    if of.len() != than.len() || of.len() < 2 {
        return None;
    }
    let logs: Vec<f64> = of.iter().zip(than).map(|(of, than)| of.ln_1p() - than.ln_1p()).collect();
    if logs.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let how = Resampling { resamples: RESAMPLES, mean_block: mean_block(logs.len(), periods_per_year), seed };
    #[expect(clippy::cast_precision_loss, reason = "periods are far below 2^53")]
    let scale = periods_per_year / logs.len() as f64;
    let mut counts = vec![0.0; logs.len()];
    let mut drawn: Vec<f64> = (0..RESAMPLES as u64)
        .map(|resample| {
            how.counts(resample, &mut counts);
            scale * counts.iter().zip(&logs).map(|(count, value)| count * value).sum::<f64>()
        })
        .collect();
    drawn.sort_by(f64::total_cmp);
    let tail = RESAMPLES * 25 / 1_000;
    let (low, high) = (*drawn.get(tail)?, *drawn.get(RESAMPLES - 1 - tail)?);
    Some(Difference { growth: scale * logs.iter().sum::<f64>(), low, high })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp, reason = "tests")]

    use super::*;

    /// Returns without a pattern, from a mean on.
    fn noise(mean: f64, salt: u64) -> Vec<f64> {
        let uniform = |index: u64| {
            let mixed =
                (index.wrapping_add(salt << 32)).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            f64::from(u32::try_from(mixed >> 40).unwrap()) / f64::from(1_u32 << 24) - 0.5
        };
        (0..600).map(|index| mean + 0.02 * uniform(index)).collect()
    }

    #[test]
    fn tells_a_difference_from_none() {
        let told = difference(&noise(0.001, 1), &noise(0.0, 1), 252.0, 7).unwrap();
        assert!(told.low > 0.0 && told.low <= told.growth && told.growth <= told.high, "{told:?}");
        let same = difference(&noise(0.001, 1), &noise(0.001, 1), 252.0, 7).unwrap();
        assert_eq!((same.growth, same.low, same.high), (0.0, 0.0, 0.0));
        assert_eq!(difference(&[0.0], &[0.0], 252.0, 7), None);
        assert_eq!(difference(&[0.1, -1.0], &[0.0, 0.0], 252.0, 7), None);
    }
}
