//! Estimators on real panels, the dirty ones as they are.

use evenkeel_quant::estimate::covariance::denoised::denoised;
use evenkeel_quant::estimate::covariance::gerber::{GerberDenominator, gerber};
use evenkeel_quant::estimate::covariance::ledoit_wolf::{ledoit_wolf_constant_correlation, ledoit_wolf_identity};
use evenkeel_quant::estimate::covariance::nearest::Repair;
use evenkeel_quant::estimate::covariance::pairwise::pairwise_covariance;
use evenkeel_quant::estimate::observations::EstimateError;
use evenkeel_quant::linear::eigen::Eigen;
use evenkeel_quant::linear::matrix::Matrix;

use crate::support::returns_of_prices;

#[test]
fn twenty_complete_stocks_of_33_years() {
    let Some(returns) = returns_of_prices("../shared/data/sp20_daily_prices.csv") else { return };
    let identity = ledoit_wolf_identity(&returns).unwrap();
    assert!(identity.intensity > 0.0 && identity.intensity < 0.05, "{}", identity.intensity);
    let constant = ledoit_wolf_constant_correlation(&returns, 0).unwrap();
    assert!((0.1..0.6).contains(&constant.mean_correlation), "{}", constant.mean_correlation);
    let cleaned = denoised(&returns, 1).unwrap();
    assert!((1..6).contains(&cleaned.signals), "{}", cleaned.signals);
    let counted = gerber(&returns, 0.5, GerberDenominator::NotBothNeutral).unwrap();
    assert!(Eigen::values_of(&counted.statistic).unwrap()[0] > 0.0);
}

#[test]
fn five_hundred_stocks_with_gaps() {
    let Some(returns) = returns_of_prices("../shared/data/sp500_5y_close.csv") else { return };
    let assets = returns.columns();
    // Estimators that take no gaps name the first: its row and column.
    let refused = ledoit_wolf_identity(&returns).unwrap_err();
    assert!(matches!(refused, EstimateError::Value { value, .. } if value.is_nan()), "{refused}");
    let found = pairwise_covariance(&returns, 1, 30, Repair::Clip).unwrap();
    let (_, _, fewest) = found.fewest_common.unwrap();
    assert!(fewest < returns.rows());
    assert!(found.repaired.smallest_eigenvalue < 0.0 && found.repaired.distance > 0.0);
    let (_, _, change) = found.repaired.largest_change.unwrap();
    assert!(change.abs() < 0.5, "{change}");
    assert_eq!(found.repaired.covariance.size(), assets);
    // The thirty youngest stocks contradict one another most; the nearest matrix is nearer than the clipped one.
    let known = |asset: &usize| returns.column(*asset).iter().filter(|value| !value.is_nan()).count();
    let mut youngest: Vec<usize> = (0..assets).collect();
    youngest.sort_by_key(known);
    let rows: Vec<usize> = (returns.rows() - 60..returns.rows()).collect();
    let young: Matrix = returns.select(&rows, &youngest[..80]);
    let repaired = |how: Repair| pairwise_covariance(&young, 1, 30, how).unwrap().repaired;
    let (clipped, nearest) = (repaired(Repair::Clip), repaired(Repair::Nearest));
    assert!(nearest.distance <= clipped.distance);
}
