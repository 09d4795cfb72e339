use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::validate::error::ValidateError;
use evenkeel_quant::validate::resample::Resampling;
use evenkeel_quant::validate::superior::{reality_check, superior_ability};

use crate::noise;

const HOW: Resampling = Resampling { resamples: 400, mean_block: 5.0, seed: 3 };

/// Where no variant has skill, a test at 10 % rejects about one time in ten.
#[test]
fn size_is_nominal() {
    let trials = 300;
    let (mut check, mut ability) = (0, 0);
    for seed in 0..trials {
        let excess = noise(150, 8, 0.0, 1000 + seed);
        let how = Resampling { resamples: 200, mean_block: 2.0, seed };
        check += u32::from(reality_check(&excess, &how).unwrap().p_value < 0.1);
        ability += u32::from(superior_ability(&excess, &how).unwrap().consistent < 0.1);
    }
    for rejected in [check, ability] {
        let share = f64::from(rejected) / trials as f64;
        assert!((0.05..0.16).contains(&share), "{share}");
    }
}

#[test]
fn poor_variants_hide_nothing_from_spa() {
    // One good variant among wild, bad ones: the reality check loses it, as Hansen's example has it.
    let mut excess = noise(250, 30, -0.02, 5);
    for variant in 1..30 {
        excess.column_mut(variant).iter_mut().for_each(|value| *value *= 8.0);
    }
    excess.column_mut(0).iter_mut().for_each(|value| *value += 0.0225);
    let (check, ability) = (reality_check(&excess, &HOW).unwrap(), superior_ability(&excess, &HOW).unwrap());
    assert_eq!((check.best, ability.best), (0, 0));
    assert!(ability.consistent < 0.02 && check.p_value > 0.3, "{ability:?} {check:?}");
}

#[test]
fn more_excess_is_never_less_sure() {
    let excess = noise(200, 10, 0.0, 8);
    let mut last = (1.0, 1.0);
    for step in 0..6 {
        let shift = 0.0005 * f64::from(step);
        let shifted = Matrix::from_fn(200, 10, |row, variant| excess.get(row, variant) + shift);
        let p = (reality_check(&shifted, &HOW).unwrap().p_value, superior_ability(&shifted, &HOW).unwrap().upper);
        assert!(p.0 <= last.0 && p.1 <= last.1, "{p:?} after {last:?}");
        last = p;
    }
    assert!(last.0 < 0.05 && last.1 < 0.05);
}

/// By the definitions, a resample at a time, rows gathered one by one.
#[test]
fn is_the_plain_loop() {
    let (rows, variants) = (90, 4);
    let excess = noise(rows, variants, 0.0006, 12);
    let root = (rows as f64).sqrt();
    let means: Vec<f64> = (0..variants).map(|variant| excess.column(variant).iter().sum::<f64>() / rows as f64).collect();
    let scales: Vec<f64> = (0..variants).map(|variant| HOW.variance_of_mean(excess.column(variant)).sqrt()).collect();
    let best = |values: Vec<f64>| values.into_iter().fold(f64::NEG_INFINITY, f64::max);
    let statistic = (best(means.clone()), best(means.iter().zip(&scales).map(|(mean, scale)| root * mean / scale).collect()).max(0.0));
    let poor = (2.0 * (rows as f64).ln().ln()).sqrt();
    let (mut check, mut ability) = (0_u32, [0_u32; 3]);
    for resample in 0..HOW.resamples {
        let mut counts = vec![0.0; rows];
        HOW.counts(resample as u64, &mut counts);
        let drawn: Vec<f64> = (0..variants)
            .map(|variant| excess.column(variant).iter().zip(&counts).map(|(value, count)| value * count).sum::<f64>() / rows as f64)
            .collect();
        check += u32::from(best(drawn.iter().zip(&means).map(|(drawn, mean)| drawn - mean).collect()) > statistic.0);
        let centered = |kind: usize, variant: usize| match kind {
            0 => means[variant].max(0.0),
            1 if root * means[variant] < -scales[variant] * poor => 0.0,
            _ => means[variant],
        };
        for (kind, beyond) in ability.iter_mut().enumerate() {
            let most = best((0..variants).map(|variant| root * (drawn[variant] - centered(kind, variant)) / scales[variant]).collect());
            *beyond += u32::from(most.max(0.0) > statistic.1);
        }
    }
    let told = superior_ability(&excess, &HOW).unwrap();
    let share = |beyond: u32| f64::from(beyond) / HOW.resamples as f64;
    assert!((reality_check(&excess, &HOW).unwrap().p_value - share(check)).abs() < 1e-12);
    for (found, beyond) in [told.lower, told.consistent, told.upper].into_iter().zip(ability) {
        assert!((found - share(beyond)).abs() < 1e-12);
    }
}

#[test]
fn equal_seeds_give_equal_bits() {
    let excess = noise(130, 9, 0.0, 2);
    let [once, again] = [0, 1].map(|_| superior_ability(&excess, &HOW).unwrap());
    assert_eq!(once, again);
    // What a resample is does not depend on how many there are.
    let mut few = vec![0.0; 130];
    let mut many = few.clone();
    HOW.counts(63, &mut few);
    Resampling { resamples: 1, ..HOW }.counts(63, &mut many);
    assert_eq!(few, many);
}

#[test]
fn refuses_what_cannot_be_tested() {
    let mut excess = noise(50, 3, 0.0, 1);
    assert!(matches!(superior_ability(&excess, &Resampling { resamples: 0, ..HOW }), Err(ValidateError::TooFew { what: "resamples", .. })));
    assert!(reality_check(&excess, &Resampling { mean_block: 0.0, ..HOW }).is_err());
    excess.column_mut(1).fill(0.0);
    assert_eq!(superior_ability(&excess, &HOW), Err(ValidateError::NoRisk { variant: 1 }));
    excess.set(3, 0, f64::INFINITY);
    assert!(matches!(reality_check(&excess, &HOW), Err(ValidateError::NotFinite { row: 3, variant: 0, .. })));
}
