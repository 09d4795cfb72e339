//! Measures of return series against published and derived cases.
//!
//! The golden file is the project's own. The case files stand beside the project in
//! `../shared/cases`; where they are absent the tests say so and pass.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "a test fails by panicking, and says what it skips"
)]

mod shared;

use evenkeel_quant::linear::{matrix::Matrix, product::times};
use evenkeel_quant::risk::deviation::{downside_deviation, lower_partial_moment, mean_absolute_deviation, semideviation};
use evenkeel_quant::risk::drawdown::{
    Compounding::{self, Compounded, Uncompounded},
    average_drawdown, conditional_drawdown_at_risk, maximum_drawdown, ulcer_index,
};
use evenkeel_quant::risk::entropic::entropic_value_at_risk;
use evenkeel_quant::risk::performance::{annualized_mean_return, annualized_return, log_growth, mean_return, total_return};
use evenkeel_quant::risk::ratio::{calmar_ratio, martin_ratio, omega_ratio, sharpe_ratio, sortino_ratio};
use evenkeel_quant::risk::relative::{beta, information_ratio, realized_tracking_error};
use evenkeel_quant::risk::series::RiskError;
use evenkeel_quant::risk::shape::{kurtosis, skewness};
use evenkeel_quant::risk::statistics::{Settings, statistics};
use evenkeel_quant::risk::tail::{conditional_value_at_risk, interpolated_value_at_risk, value_at_risk, worst_realization};
use evenkeel_quant::risk::variance::{annualized_volatility, variance, volatility};
use shared::{json, numbers, text};

/// The measure that a key of the golden file names, such as `value_at_risk_0.8`.
fn measure(key: &str, r: &[f64], b: &[f64]) -> Result<f64, RiskError> {
    if let Some((name, compounding)) = key.split_once("_uncompounded").map(|(name, _)| (name, Uncompounded)) {
        return drawdown_measure(name, r, compounding);
    }
    if let Some(name) = key.strip_suffix("_compounded") {
        return drawdown_measure(name, r, Compounded);
    }
    if let Some((name, level)) = key.split_once("_value_at_risk_") {
        let level = level.parse().unwrap();
        return if name == "conditional" { conditional_value_at_risk(r, level) } else { entropic_value_at_risk(r, level) };
    }
    if let Some(level) = key.strip_prefix("value_at_risk_") {
        return value_at_risk(r, level.parse().unwrap());
    }
    match key {
        "mean" => mean_return(r),
        "total_return" => total_return(r),
        "log_growth" => log_growth(r),
        "annualized_mean_52" => annualized_mean_return(r, 52.0),
        "annualized_return_52" => annualized_return(r, 52.0),
        "variance_0" => variance(r, 0),
        "variance_1" => variance(r, 1),
        "volatility_1" => volatility(r, 1),
        "annualized_volatility_52" => annualized_volatility(r, 52.0),
        "semideviation_1" => semideviation(r, 1),
        "downside_deviation_0.002" => downside_deviation(r, 0.002),
        "mean_absolute_deviation" => mean_absolute_deviation(r),
        "lower_partial_moment_0_0.002" => lower_partial_moment(r, 0.002, 0),
        "lower_partial_moment_1_0.002" => lower_partial_moment(r, 0.002, 1),
        "lower_partial_moment_3_0.002" => lower_partial_moment(r, 0.002, 3),
        "worst_realization" => worst_realization(r),
        "sharpe_0.0005_52" => sharpe_ratio(r, 0.0005, 52.0),
        "sortino_0.002_52" => sortino_ratio(r, 0.002, 52.0),
        "omega_0.002" => omega_ratio(r, 0.002),
        "calmar_52" => calmar_ratio(r, 52.0),
        "martin_52" => martin_ratio(r, 52.0),
        "tracking_error" => realized_tracking_error(r, b),
        "information_ratio_52" => information_ratio(r, b, 52.0),
        "beta" => beta(r, b),
        other => panic!("no measure is called {other}"),
    }
}

fn drawdown_measure(name: &str, r: &[f64], compounding: Compounding) -> Result<f64, RiskError> {
    match name {
        "maximum_drawdown" => maximum_drawdown(r, compounding),
        "average_drawdown" => average_drawdown(r, compounding),
        "ulcer_index" => ulcer_index(r, compounding),
        "conditional_drawdown_at_risk_0.8" => conditional_drawdown_at_risk(r, 0.8, compounding),
        other => panic!("no measure of drawdowns is called {other}"),
    }
}

#[test]
fn golden_measures() {
    let file = json("golden/return_measures.json").unwrap();
    let (relative, absolute) = (file["tolerance"]["rel"].as_f64().unwrap(), file["tolerance"]["abs"].as_f64().unwrap());
    for case in file["cases"].as_array().unwrap() {
        let (returns, benchmark) = (numbers(&case["inputs"]["returns"]), numbers(&case["inputs"]["benchmark"]));
        for (key, expected) in case["expected"].as_object().unwrap() {
            let (found, expected) = (measure(key, &returns, &benchmark).unwrap(), expected.as_f64().unwrap());
            assert!((found - expected).abs() <= relative * expected.abs() + absolute, "{} {key}: {found} is not {expected}", case["name"]);
        }
    }
}

#[test]
fn published_tails() {
    let Some(file) = json("../shared/cases/pub_var_cvar_closed_forms.json") else { return };
    for case in file["historical"].as_array().unwrap() {
        let returns = numbers(&case["inputs"]["returns"]);
        let level = case["inputs"]["confidence"].as_f64().unwrap();
        for (key, expected) in case["expected"].as_object().unwrap() {
            let found = match key.as_str() {
                "cvar_average_of_worst_20pct" | "cvar_rockafellar_uryasev" => conditional_value_at_risk(&returns, level),
                "var_lower_order_statistic" => value_at_risk(&returns, level),
                "var_linear_interpolation_type7" => interpolated_value_at_risk(&returns, level),
                other => panic!("no measure is called {other}"),
            };
            let (found, expected) = (found.unwrap(), expected.as_f64().unwrap());
            assert!((found - expected).abs() <= 1e-10 * expected, "{key}: {found} is not {expected}");
        }
    }
}

/// Columns of numbers of a file whose first column is a date.
fn columns(file: &str) -> Option<Matrix> {
    let text = text(file)?;
    let rows: Vec<Vec<f64>> =
        text.lines().skip(1).map(|line| line.split(',').skip(1).map(|cell| cell.parse().unwrap()).collect()).collect();
    Some(Matrix::from_rows(rows.len(), rows[0].len(), &rows.concat()).unwrap())
}

/// A portfolio's measure at the weights of a case.
type AtWeights = fn(&[f64], &[f64]) -> Result<f64, RiskError>;

#[test]
fn measures_at_the_optimal_weights_of_every_case() {
    let Some(returns) = columns("../shared/cases/optim_returns.csv") else { return };
    let benchmark = columns("../shared/cases/optim_benchmark.csv").unwrap().into_values();
    let cases: [(&str, &str, AtWeights); 19] = [
        ("minvar", "variance_daily", |r, _| variance(r, 1)),
        ("minvar", "volatility_annual", |r, _| annualized_volatility(r, 252.0)),
        ("minvar_longshort", "variance_daily", |r, _| variance(r, 1)),
        ("maxsharpe_rf0", "sharpe_daily", |r, _| sharpe_ratio(r, 0.0, 1.0)),
        ("maxsharpe_rf2pct", "sharpe_annual", |r, _| sharpe_ratio(r, 0.02 / 252.0, 252.0)),
        ("cvar_0.95", "cvar", |r, _| conditional_value_at_risk(r, 0.95)),
        ("cvar_0.99", "cvar", |r, _| conditional_value_at_risk(r, 0.99)),
        ("cvar_0.9333", "cvar", |r, _| conditional_value_at_risk(r, 0.9333)),
        ("evar", "evar", |r, _| entropic_value_at_risk(r, 0.95)),
        ("mad", "mad_daily", |r, _| mean_absolute_deviation(r)),
        ("semideviation", "semideviation_daily", |r, _| semideviation(r, 1)),
        ("semideviation_zero", "value_daily", |r, _| downside_deviation(r, 0.0)),
        ("flpm_zero", "value_daily", |r, _| lower_partial_moment(r, 0.0, 1)),
        ("worst_realization", "value", |r, _| worst_realization(r)),
        ("cdar", "value", |r, _| conditional_drawdown_at_risk(r, 0.95, Uncompounded)),
        ("mdd", "value", |r, _| maximum_drawdown(r, Uncompounded)),
        ("add", "value", |r, _| average_drawdown(r, Uncompounded)),
        ("uci", "value", |r, _| ulcer_index(r, Uncompounded)),
        ("tracking_error", "tracking_error_daily", realized_tracking_error),
    ];
    for (name, key, measure) in cases {
        let file = json(&format!("../shared/cases/optim_{name}.json")).unwrap();
        let series = times(&returns, &numbers(&file["reference"]["weights"]));
        let (found, expected) = (measure(&series, &benchmark).unwrap(), file["reference"][key].as_f64().unwrap());
        // The weights are optimal to 1e-8 at best, and the value is that of the weights.
        assert!((found / expected - 1.0).abs() <= 1e-9, "{name} {key}: {found} is not {expected}");
    }
    let kelly = json("../shared/cases/optim_kelly.json").unwrap();
    let series = times(&returns, &numbers(&kelly["reference"]["weights"]));
    let expected = kelly["reference"]["growth_daily"].as_f64().unwrap();
    assert!((log_growth(&series).unwrap() / expected - 1.0).abs() <= 1e-9);
}

/// All at once are the measures one by one, and 60/40 over 1,000 days of 20 assets has them all.
#[test]
fn statistics_gather_the_measures() {
    let Some(returns) = columns("../shared/cases/optim_returns.csv") else { return };
    let benchmark = columns("../shared/cases/optim_benchmark.csv").unwrap().into_values();
    let series = times(&returns, &[0.05; 20]);
    let (p, f) = (252.0, 0.0001);
    let told = statistics(&series, &Settings { risk_free: f, benchmark: Some(&benchmark), ..Settings::of(p) }).unwrap();
    let relative = told.relative.clone().unwrap();
    let one_by_one = [
        (Ok(told.total_return), total_return(&series)),
        (Ok(told.annual_return), annualized_return(&series, p)),
        (Ok(told.mean_return), annualized_mean_return(&series, p)),
        (told.volatility, annualized_volatility(&series, p)),
        (told.sharpe, sharpe_ratio(&series, f, p)),
        (told.sortino, sortino_ratio(&series, f, p)),
        (told.calmar, calmar_ratio(&series, p)),
        (told.martin, martin_ratio(&series, p)),
        (told.skewness, skewness(&series)),
        (told.excess_kurtosis, kurtosis(&series).map(|kurtosis| kurtosis - 3.0)),
        (Ok(told.value_at_risk), value_at_risk(&series, 0.95)),
        (Ok(told.conditional_value_at_risk), conditional_value_at_risk(&series, 0.95)),
        (Ok(told.maximum_drawdown), maximum_drawdown(&series, Compounded)),
        (relative.tracking_error, realized_tracking_error(&series, &benchmark).map(|error| error * p.sqrt())),
        (relative.information_ratio, information_ratio(&series, &benchmark, p)),
        (relative.beta, beta(&series, &benchmark)),
    ];
    for (at, (found, expected)) in one_by_one.into_iter().enumerate() {
        let (found, expected) = (found.unwrap(), expected.unwrap());
        assert!((found - expected).abs() <= 1e-13 * expected.abs().max(1e-3), "{at}: {found} is not {expected}");
    }
    let alpha = annualized_mean_return(&series, p).unwrap()
        - f * p
        - relative.beta.unwrap() * (annualized_mean_return(&benchmark, p).unwrap() - f * p);
    assert!((relative.alpha.unwrap() - alpha).abs() < 1e-13);
    assert!(relative.up_capture.unwrap() > 0.0 && relative.down_capture.unwrap() > 0.0);
    assert_eq!(told.drawdowns.len(), 5);
}

#[test]
fn says_what_a_series_lacks() {
    let holed = [0.01, f64::NAN, 0.02];
    let refused = |found: Result<f64, RiskError>| matches!(found, Err(RiskError::NotFinite { index: 1, value }) if value.is_nan());
    let file = json("golden/return_measures.json").unwrap();
    for key in file["cases"][0]["expected"].as_object().unwrap().keys() {
        assert!(refused(measure(key, &holed, &[0.0; 3])), "{key}");
        assert!(matches!(measure(key, &[], &[]), Err(RiskError::TooFew { found: 0, .. })), "{key}");
    }
    assert_eq!(volatility(&[0.01], 1), Err(RiskError::TooFew { found: 1, needed: 2 }));
    for level in [0.0, 1.0, -0.5, 95.0] {
        assert_eq!(conditional_value_at_risk(&[0.01], level), Err(RiskError::Level { value: level }));
    }
    assert_eq!(realized_tracking_error(&[0.01, 0.02], &[0.01]), Err(RiskError::Lengths { series: 2, benchmark: 1 }));
    assert_eq!(sharpe_ratio(&[0.1; 7], 0.0, 252.0), Err(RiskError::NoRisk { measure: "volatility" }));
    assert_eq!(total_return(&[0.1, -1.5]), Err(RiskError::BelowTotalLoss { index: 1, value: -1.5 }));
    let told = sharpe_ratio(&[0.1, 0.2], 0.0, 0.0).unwrap_err().to_string();
    assert_eq!(told, "the number of periods a year is 0; it must be above 0");
}
