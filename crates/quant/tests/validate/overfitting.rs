use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::risk::ratio::sharpe_ratio;
use evenkeel_quant::validate::error::ValidateError;
use evenkeel_quant::validate::overfitting::overfitting;

use crate::noise;

#[test]
fn says_nothing_of_noise() {
    let mean = (0..20).map(|seed| overfitting(&noise(320, 30, 0.0, seed), 8).unwrap().probability).sum::<f64>() / 20.0;
    assert!((mean - 0.5).abs() < 0.08, "{mean}");
}

#[test]
fn skill_is_found_again() {
    let mut returns = noise(500, 20, 0.0, 4);
    returns.column_mut(7).iter_mut().for_each(|value| *value += 0.004);
    let told = overfitting(&returns, 10).unwrap();
    assert!(told.probability < 0.01 && told.probability_of_loss < 0.01, "{}", told.probability);
    assert_eq!(told.chosen.iter().sum::<usize>(), 252);
    assert!(told.chosen[7] > 245);
}

/// Rows put together by the definition, and a measure that is tested elsewhere.
#[test]
fn is_the_plain_loop() {
    for (rows, variants, blocks, seed) in [(41, 5, 4, 1), (60, 7, 6, 2), (17, 2, 8, 3)] {
        let returns = noise(rows, variants, 0.001, seed);
        let told = overfitting(&returns, blocks).unwrap();
        let ratio = |variant: usize, choice: usize, inside: bool| {
            let is_chosen = |block: &usize| (choice >> block & 1 == 1) == inside;
            let blocks = (0..blocks).filter(is_chosen).flat_map(|block| block * rows / blocks..(block + 1) * rows / blocks);
            let part: Vec<f64> = blocks.map(|row| returns.get(row, variant)).collect();
            sharpe_ratio(&part, 0.0, 1.0).unwrap()
        };
        let choices = (0..1_usize << blocks).filter(|choice: &usize| choice.count_ones() as usize * 2 == blocks);
        let mut logits = Vec::new();
        for choice in choices {
            let best = (0..variants).max_by(|a, b| ratio(*a, choice, true).total_cmp(&ratio(*b, choice, true))).unwrap();
            let below = (0..variants).filter(|other| ratio(*other, choice, false) < ratio(best, choice, false)).count();
            let rank = (below + 1) as f64 / (variants + 1) as f64;
            logits.push((rank / (1.0 - rank)).ln());
        }
        assert_eq!(told.logits.len(), logits.len());
        assert!(told.logits.iter().zip(&logits).all(|(found, expected)| (found - expected).abs() < 1e-12), "{rows} {variants} {blocks}");
        let share = logits.iter().filter(|logit| **logit <= 0.0).count() as f64 / logits.len() as f64;
        assert!((told.probability - share).abs() < 1e-12);
    }
}

#[test]
fn the_order_of_variants_does_not_matter() {
    let returns = noise(120, 6, 0.0, 9);
    let turned = Matrix::from_fn(120, 6, |row, variant| returns.get(row, 5 - variant));
    let (one, other) = (overfitting(&returns, 6).unwrap(), overfitting(&turned, 6).unwrap());
    assert_eq!(one.logits, other.logits);
    assert!(one.chosen.iter().eq(other.chosen.iter().rev()));
}

#[test]
fn refuses_what_cannot_be_ranked() {
    let returns = noise(40, 3, 0.0, 1);
    assert!(matches!(overfitting(&returns, 7), Err(ValidateError::Argument { .. })));
    assert!(matches!(overfitting(&returns, 22), Err(ValidateError::Argument { .. })));
    assert!(matches!(overfitting(&noise(7, 3, 0.0, 1), 4), Err(ValidateError::TooFew { what: "periods", .. })));
    assert!(matches!(overfitting(&noise(40, 1, 0.0, 1), 4), Err(ValidateError::TooFew { what: "variants", .. })));
    let mut still = returns.clone();
    still.column_mut(2).fill(0.001);
    assert_eq!(overfitting(&still, 4), Err(ValidateError::NoRisk { variant: 2 }));
    still.set(5, 1, f64::NAN);
    assert!(matches!(overfitting(&still, 4), Err(ValidateError::NotFinite { row: 5, variant: 1, .. })));
}
