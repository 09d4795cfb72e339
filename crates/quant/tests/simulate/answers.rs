//! Quantiles and bands against sorting and counting.

use evenkeel_quant::probability::random::Random;
use evenkeel_quant::simulate::answer::Confidence;
use proptest::prelude::*;

proptest! {
    #[test]
    fn quantiles_are_order_statistics(mut values in prop::collection::vec(-1e6..1e6_f32, 1..400), p in 0.0..=1.0_f64, q in 0.0..=1.0_f64) {
        let mut sorted = values.clone();
        sorted.sort_by(f32::total_cmp);
        let found = Confidence::new(0.95).unwrap().quantiles(&mut values, &[p, q, 0.0, 1.0]);
        for (p, found) in [p, q, 0.0, 1.0].into_iter().zip(found) {
            // The least value that at least a share p of all does not exceed.
            let covered = |value: f32| sorted.iter().filter(|other| **other <= value).count() as f64;
            let exact = sorted.iter().copied().find(|value| covered(*value) >= (p * sorted.len() as f64).max(1.0).ceil() - 1e-9).unwrap();
            prop_assert_eq!(found.value, f64::from(exact));
            prop_assert!(found.low <= found.value && found.value <= found.high);
        }
    }

    #[test]
    fn shares_lie_in_their_bands(found in 0..=500_usize, level in 0.5..0.999_f64) {
        let share = Confidence::new(level).unwrap().share(found, 500);
        prop_assert!(0.0 <= share.low && share.low <= share.value && share.value <= share.high && share.high <= 1.0);
    }
}

#[test]
fn bands_hold_the_truth_as_often_as_they_say() {
    let confidence = Confidence::new(0.9).unwrap();
    let (mut medians, mut shares, mut means) = (0, 0, 0);
    for trial in 0..2000 {
        let mut random = Random::stream(8, trial);
        #[allow(clippy::cast_possible_truncation, reason = "values as outcomes keep them")]
        let mut values: Vec<f32> = (0..400).map(|_| random.normal() as f32).collect();
        let median = confidence.quantiles(&mut values, &[0.5])[0];
        medians += i32::from(median.low < 0.0 && median.high > 0.0);
        let mean = confidence.mean(&values);
        means += i32::from(mean.low < 0.0 && mean.high > 0.0);
        let share = confidence.share((0..200).filter(|_| random.uniform() < 0.05).count(), 200);
        shares += i32::from(share.low < 0.05 && share.high > 0.05);
    }
    // 1,800 are expected; ranks are whole, so their bands are a little wider.
    assert!((1770..1900).contains(&medians), "{medians}");
    assert!((1740..1860).contains(&means), "{means}");
    assert!((1700..1900).contains(&shares), "{shares}");
    assert!(Confidence::new(1.0).is_err() && Confidence::new(0.0).is_err() && Confidence::new(f64::NAN).is_err());
}
