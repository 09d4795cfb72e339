//! The 24 months of Bacon's examples, with what `PerformanceAnalytics` for R documents of them.

use evenkeel_quant::performance::loss::{loss_runs, pain_ratio};
use evenkeel_quant::performance::market_model::MarketModel;
use evenkeel_quant::performance::measures::measures;
use evenkeel_quant::performance::partial_moment::{
    d_ratio, gain_loss_ratio, kappa_ratio, m_squared_sortino, omega_excess_return, omega_sharpe_ratio, prospect_ratio, upside_potential,
    upside_potential_ratio, upside_risk, variability_skewness, volatility_skewness,
};
use evenkeel_quant::performance::shape::{adjusted_sharpe_ratio, hurst_index, skewness_kurtosis_ratio};
use evenkeel_quant::performance::terms::Terms;
use evenkeel_quant::performance::up_down::{down, up};
use evenkeel_quant::risk::deviation::{downside_deviation, lower_partial_moment, mean_absolute_deviation};

const PORTFOLIO: [f64; 24] = [
    0.003, 0.026, 0.011, -0.010, 0.015, 0.025, 0.016, 0.067, -0.014, 0.040, -0.005, 0.081, 0.040, -0.037, -0.061, 0.017, -0.049, -0.022,
    0.070, 0.058, -0.065, 0.024, -0.005, -0.009,
];
const BENCHMARK: [f64; 24] = [
    0.002, 0.025, 0.018, -0.011, 0.014, 0.018, 0.014, 0.065, -0.015, 0.042, -0.006, 0.083, 0.039, -0.038, -0.062, 0.015, -0.048, 0.021,
    0.060, 0.056, -0.067, 0.019, -0.003, 0.000,
];
/// The least return that is acceptable, a month.
const LEVEL: f64 = 0.005;

fn near(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((found - expected).abs() <= tolerance, "{what}: {found}, not {expected}");
}

#[test]
fn the_market_model() {
    let model = MarketModel::of(&PORTFOLIO, &BENCHMARK, &Terms::of(12.0)).unwrap();
    near(model.jensen_alpha(), -0.014_169_44, 5e-9, "Jensen's alpha");
    near(model.appraisal_ratio().unwrap(), -0.430_275_6, 5e-8, "appraisal ratio");
    near(model.modified_jensen().unwrap(), -0.014_185_76, 5e-9, "modified Jensen");
    let fama = model.fama();
    near(fama.beta, 1.030_395, 5e-7, "Fama beta");
    near(fama.selectivity, -0.014_169_44, 5e-9, "selectivity");
    near(fama.net_selectivity, -0.017_891_2, 5e-8, "net selectivity");
    near(model.specific_risk, 0.0329, 5e-5, "specific risk");
    near(model.total_risk, 0.1341, 5e-5, "total risk");
    near(model.m_squared().unwrap(), 0.100_619_96, 5e-9, "M squared, by the book's formula");
    near(model.m_squared_excess().unwrap(), -0.015_531_03, 5e-9, "its excess");
    near(model.systematic_risk.hypot(model.specific_risk), model.total_risk, 1e-15, "the parts of risk");
    // With standard deviations of the sample, as R has that of the market.
    let sample = MarketModel::of(&PORTFOLIO, &BENCHMARK, &Terms { ddof: 1, ..Terms::of(12.0) }).unwrap();
    near(sample.alternative_jensen().unwrap(), -0.106_692_8, 5e-8, "alternative Jensen");
    near(adjusted_sharpe_ratio(&PORTFOLIO, &Terms { ddof: 1, ..Terms::of(12.0) }).unwrap(), 0.759_143_5, 5e-8, "adjusted Sharpe");
}

#[test]
fn downside_and_upside() {
    let (r, tau) = (&PORTFOLIO, LEVEL);
    near(kappa_ratio(r, tau, 2).unwrap(), 0.156_637_1, 5e-8, "kappa");
    near(omega_sharpe_ratio(r, tau).unwrap(), 0.291_793_3, 5e-8, "Omega–Sharpe");
    near(omega_excess_return(r, &BENCHMARK, tau, &Terms::of(12.0)).unwrap(), 0.080_537_95, 5e-9, "Omega excess return");
    near(gain_loss_ratio(r).unwrap(), 1.779_783, 5e-7, "Bernardo and Ledoit");
    near(d_ratio(r).unwrap(), 0.401, 5e-4, "d ratio");
    near(upside_risk(r, tau).unwrap(), 0.02937, 5e-6, "upside risk");
    near(upside_potential(r, tau).unwrap(), 0.01771, 5e-6, "upside potential");
    near(volatility_skewness(r, tau).unwrap(), 1.32, 5e-3, "volatility skewness");
    near(variability_skewness(r, tau).unwrap(), 1.15, 5e-3, "variability skewness");
    near(upside_potential_ratio(r, tau).unwrap(), 0.6934, 5e-5, "upside potential ratio");
    near(lower_partial_moment(r, tau, 0).unwrap(), 0.458_333_3, 5e-8, "downside frequency");
    near(downside_deviation(r, 0.5).unwrap(), 0.492_524, 5e-7, "downside deviation");
    near(lower_partial_moment(r, 0.5, 1).unwrap(), 0.491, 5e-7, "downside potential");
    near(mean_absolute_deviation(r).unwrap(), 0.031_083_33, 5e-9, "mean absolute deviation");
    near(skewness_kurtosis_ratio(r).unwrap(), -0.033_942_04, 5e-9, "skewness–kurtosis");
    near(hurst_index(r, 0).unwrap(), 0.42, 5e-3, "Hurst index");
}

#[test]
fn where_the_book_and_the_package_differ() {
    // By the book's formula; R's package divides the sum, not the mean, of what is felt less the level, and prints −0.1347.
    let (sum, tau) = (PORTFOLIO.iter().map(|r| r.max(0.0) + 2.25 * r.min(0.0)).sum::<f64>(), 0.05);
    let deviation = downside_deviation(&PORTFOLIO, tau).unwrap();
    near(prospect_ratio(&PORTFOLIO, tau).unwrap(), (sum / 24.0 - tau) / deviation, 1e-14, "prospect ratio");
    near((sum - tau) / (24.0 * deviation), -0.134_706_5, 5e-8, "the package's");
    // A Sortino ratio of a month beside deviations of a year gives the package's 0.1035.
    let terms = Terms::of(12.0);
    let (own, other) = (terms.annual_downside(&PORTFOLIO, LEVEL).unwrap(), terms.annual_downside(&BENCHMARK, LEVEL).unwrap());
    let a_month = kappa_ratio(&PORTFOLIO, LEVEL, 2).unwrap();
    let annual = terms.annual_return(&PORTFOLIO).unwrap();
    near(annual + a_month * (other - own), 0.103_479_9, 5e-8, "the package's");
    let a_year = (annual - (1.005_f64.powi(12) - 1.0)) / own;
    near(m_squared_sortino(&PORTFOLIO, &BENCHMARK, LEVEL, &terms).unwrap(), annual + a_year * (other - own), 1e-14, "a year throughout");
}

/// Of the same kind as the Sharpe ratio beside them: compounded, and Martin's beyond the risk-free return.
#[test]
fn measures_compound_throughout() {
    let terms = Terms { risk_free: 0.002, ..Terms::of(12.0) };
    let all = measures(&PORTFOLIO, None, LEVEL, &terms);
    let of = |name: &str| all.iter().find(|measure| measure.name == name).unwrap().value.unwrap();
    let annual = PORTFOLIO.iter().map(|earned| 1.0 + earned).product::<f64>().powf(0.5) - 1.0;
    let downside = downside_deviation(&PORTFOLIO, LEVEL).unwrap() * 12.0_f64.sqrt();
    near(of("sortino_ratio"), (annual - (1.005_f64.powi(12) - 1.0)) / downside, 1e-12, "Sortino");
    let ulcer = of("ulcer_index");
    near(of("martin_ratio"), (annual - (1.002_f64.powi(12) - 1.0)) / ulcer, 1e-12, "Martin");
}

#[test]
fn runs_of_losses() {
    let runs = loss_runs(&PORTFOLIO).unwrap();
    let by_hand = [0.01, 0.014, 0.005, 1.0 - 0.963 * 0.939, 1.0 - 0.951 * 0.978, 0.065, 1.0 - 0.995 * 0.991];
    assert_eq!(runs.len(), by_hand.len());
    for (run, expected) in runs.iter().zip(by_hand) {
        near(*run, expected, 1e-15, "run");
    }
    // The book: average of the drawdowns since the previous peak, 4 %.
    near(terms_over_pain(), 0.0400, 5e-5, "pain index");
}

fn terms_over_pain() -> f64 {
    let terms = Terms::of(12.0);
    terms.annual_return(&PORTFOLIO).unwrap() / pain_ratio(&PORTFOLIO, &terms).unwrap()
}

#[test]
fn rises_and_falls() {
    let (up, down) = (up(&PORTFOLIO, &BENCHMARK).unwrap(), down(&PORTFOLIO, &BENCHMARK).unwrap());
    // By count: 15 months rise, of which the portfolio rises in 14 and is above in 11; 8 fall, all of which it follows.
    near(up.number, 14.0 / 15.0, 1e-15, "up number ratio");
    near(down.number, 1.0, 1e-15, "down number ratio");
    let above = |way: f64| PORTFOLIO.iter().zip(&BENCHMARK).filter(|(r, b)| **b * way > 0.0 && r > b).count();
    let months = |way: f64| BENCHMARK.iter().filter(|b| **b * way > 0.0).count();
    let share = |way| f64::from(above(way) as u32) / f64::from(months(way) as u32);
    near(up.percentage, share(1.0), 1e-15, "up percentage ratio");
    near(down.percentage, share(-1.0), 1e-15, "down percentage ratio");
    near(up.capture, 0.471 / 0.491, 1e-12, "up capture");
    near(down.capture, 0.246 / 0.25, 1e-12, "down capture");
}
