use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::probability::random::Random;
use evenkeel_quant::validate::error::ValidateError;
use evenkeel_quant::validate::fixed_mix::FixedMix;
use evenkeel_quant::validate::premium::{premium, premium_band};
use evenkeel_quant::validate::resample::Resampling;
use serde_json::Value;

use crate::shared::{json, numbers};

fn assert_close(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1e-3), "{what}: {found} is not {expected}");
}

#[test]
fn published_premiums() {
    let Some(file) = json("../shared/cases/pub_rebalancing_premium.json") else { return };
    file["shannon"].as_array().unwrap().iter().for_each(shannon);
    file["continuous_fixed_mix"].as_array().unwrap().iter().for_each(continuous);
    discrete(&file["discrete"]);
}

fn shannon(case: &Value) {
    let input = |key: &str| case["inputs"][key].as_f64().unwrap();
    let expected = |key: &str| case["expected"][key].as_f64().unwrap();
    let step = |row: usize| if row.is_multiple_of(2) { input("up") - 1.0 } else { input("down") - 1.0 };
    let returns = Matrix::from_fn(20, 2, |row, asset| if asset == 0 { step(row) } else { input("cash_return") });
    let weights = [input("weight"), 1.0 - input("weight")];
    let told = premium(&returns, &weights, None, 1.0).unwrap();
    assert_close(told.rebalanced, expected("log_growth_per_period"), "log growth");
    assert_close(told.rebalanced.exp_m1(), expected("growth_per_period"), "growth");
    assert_close(told.rebalanced_value, expected("rebalanced_after_20_alternating_periods"), "rebalanced");
    assert_close(told.buy_and_hold_value, expected("buy_and_hold_50_50_after_20"), "bought and held");
    let alone = premium(&returns, &[1.0, 0.0], None, 1.0).unwrap();
    assert_close(alone.buy_and_hold, expected("buy_and_hold_asset_log_growth"), "the asset alone");
    // No other weight grows faster.
    let growth = |weight: f64| premium(&returns, &[weight, 1.0 - weight], None, 1.0).unwrap().rebalanced;
    let best = expected("optimal_weight");
    assert!((0..=100).all(|percent| growth(f64::from(percent) / 100.0) <= growth(best) + 1e-15));
}

fn continuous(case: &Value) {
    let weight = case["inputs"]["weight"].as_f64().unwrap();
    let (means, rho) = (numbers(&case["inputs"]["mu_arith"]), case["inputs"]["rho"].as_f64().unwrap());
    let covariance = Covariance::from_volatilities(&numbers(&case["inputs"]["sigma"]), &[1.0, rho, rho, 1.0]).unwrap();
    let mix = FixedMix { weights: &[weight, 1.0 - weight], means: &means, covariance: &covariance };
    let expected = |key: &str| case["expected"][key].as_f64().unwrap();
    for (found, expected) in mix.asset_growth().into_iter().zip(numbers(&case["expected"]["growth_asset"])) {
        assert_close(found, expected, "growth of an asset");
    }
    assert_close(mix.growth(), expected("growth_rebalanced"), "growth");
    assert_close(mix.excess_growth(), expected("diversification_return"), "diversification return");
    assert_close(mix.expected_value(10.0), expected("expected_wealth_10y_rebalanced"), "expected value");
    assert_close(mix.expected_value_held(10.0), expected("expected_wealth_10y_buy_hold"), "expected value held");
    let weighted: f64 = mix.asset_growth().iter().zip(mix.weights).map(|(growth, weight)| growth * weight).sum();
    assert_close(mix.growth() - weighted, mix.excess_growth(), "the identity");
}

fn discrete(case: &Value) {
    let rows: Vec<Vec<f64>> = case["inputs"]["returns"].as_array().unwrap().iter().map(numbers).collect();
    let returns = Matrix::from_rows(rows.len(), 2, &rows.concat()).unwrap();
    let told = premium(&returns, &numbers(&case["inputs"]["weights"]), None, 1.0).unwrap();
    let expected = |key: &str| case["expected"][key].as_f64().unwrap();
    assert_close(told.rebalanced_value, expected("rebalanced_terminal"), "rebalanced");
    assert_close(told.buy_and_hold_value, expected("buy_hold_terminal"), "bought and held");
    assert!((told.rebalanced_value - told.buy_and_hold_value - expected("difference")).abs() < 1e-14);
}

/// Where one asset only rises and the other only falls, rebalancing loses to holding.
#[test]
fn trends_make_it_negative() {
    let returns = Matrix::from_fn(24, 2, |_, asset| [0.03, -0.01][asset]);
    let told = premium(&returns, &[0.5, 0.5], None, 12.0).unwrap();
    assert!(told.premium() < 0.0 && told.diversification_return() > 0.0 && told.dispersion() > told.diversification_return());
}

#[test]
fn parts_add_up_and_costs_stand_apart() {
    let mut random = Random::stream(2, 0);
    let returns = Matrix::from_fn(120, 3, |_, asset| 0.005 + 0.04 * (1.0 + asset as f64) / 3.0 * random.normal());
    let weights = [0.5, 0.3, 0.2];
    let free = premium(&returns, &weights, None, 12.0).unwrap();
    let net: Vec<f64> = (0..120).map(|row| (0..3).map(|asset| weights[asset] * returns.get(row, asset)).sum::<f64>() - 0.0001).collect();
    let told = premium(&returns, &weights, Some(&net), 12.0).unwrap();
    assert!(told.costs > 0.001 && free.costs.abs() < 1e-15);
    assert!((told.premium() - (told.diversification_return() - told.dispersion() - told.costs)).abs() < 1e-15);
    assert!((free.premium() - told.premium() - told.costs).abs() < 1e-15);
    assert!(free.dispersion() >= 0.0);
    let growth = (told.rebalanced_value / told.buy_and_hold_value).ln() / 10.0;
    assert!((growth - told.premium()).abs() < 1e-12);
}

/// Of many histories with one true premium, bands at 80 % hold it about that often.
#[test]
fn bands_hold_the_truth_about_as_often_as_they_say() {
    let (mean, volatility): (f64, f64) = (0.006, 0.05);
    let trials = 200;
    let mut held = 0;
    for seed in 0..trials {
        let mut random = Random::stream(77, seed);
        let returns = Matrix::from_fn(120, 2, |_, _| (mean - 0.5 * volatility * volatility + volatility * random.normal()).exp_m1());
        let how = Resampling { resamples: 200, mean_block: 1.0, seed };
        let band = premium_band(&returns, &[0.5, 0.5], None, 12.0, &how, 0.8).unwrap();
        // Diversification return of two like assets: ½ (σ² − ½ σ²) a period, to leading order.
        let truth = 12.0 * 0.25 * volatility * volatility;
        held += u32::from(band.diversification_return.0 <= truth && truth <= band.diversification_return.1);
    }
    let share = f64::from(held) / trials as f64;
    assert!((0.7..0.9).contains(&share), "{share}");
}

#[test]
fn refuses_what_has_no_growth() {
    let returns = Matrix::from_fn(10, 2, |row, _| 0.01 * row as f64);
    assert!(matches!(premium(&returns, &[0.5], None, 12.0), Err(ValidateError::Length { what: "weights", found: 1, expected: 2 })));
    assert!(matches!(premium(&returns, &[0.5, 0.4], None, 12.0), Err(ValidateError::Argument { .. })));
    assert!(matches!(premium(&returns, &[1.5, -0.5], None, 12.0), Err(ValidateError::Argument { .. })));
    assert!(matches!(premium(&returns, &[0.5, 0.5], Some(&[0.1]), 12.0), Err(ValidateError::Length { what: "net returns", .. })));
    let lost = Matrix::from_fn(10, 2, |row, asset| if row == 4 && asset == 1 { -1.0 } else { 0.01 });
    assert!(matches!(premium(&lost, &[0.5, 0.5], None, 12.0), Err(ValidateError::TotalLoss { row: 4, asset: 1, .. })));
}
