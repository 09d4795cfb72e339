//! Generated problems: proofs checked by hand, invariants, and the corners where methods break.

use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::linear::product::{times, transposed_times};
use evenkeel_quant::linear::vector::dot;
use evenkeel_quant::optimize::program::{Region, Rows, Spread};
use evenkeel_quant::optimize::scenario::measure::Measure;
use evenkeel_quant::optimize::scenario::measures::cvar::Cvar;
use evenkeel_quant::optimize::scenario::measures::drawdown::Drawdown;
use evenkeel_quant::optimize::scenario::measures::entropic::Evar;
use evenkeel_quant::optimize::scenario::measures::growth::Growth;
use evenkeel_quant::optimize::scenario::measures::lower_partial_moment::LowerPartialMoment;
use evenkeel_quant::optimize::scenario::measures::mean_absolute_deviation::MeanAbsoluteDeviation;
use evenkeel_quant::optimize::scenario::measures::semideviation::Semideviation;
use evenkeel_quant::optimize::scenario::measures::worst_realization::WorstRealization;
use evenkeel_quant::optimize::scenario::{Objective, Optimum, ScenarioError, ScenarioProgram};
use evenkeel_quant::optimize::solution::Status;
use evenkeel_quant::risk::deviation::{downside_deviation, lower_partial_moment, mean_absolute_deviation, semideviation};
use evenkeel_quant::risk::drawdown::{Compounding, average_drawdown, conditional_drawdown_at_risk, maximum_drawdown, ulcer_index};
use evenkeel_quant::risk::entropic::entropic_value_at_risk;
use evenkeel_quant::risk::tail::{conditional_value_at_risk, worst_realization};

/// A generator of numbers from a seed (xorshift).
pub(crate) struct Draw(u64);

impl Draw {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, count: usize) -> usize {
        (self.uniform() * count as f64) as usize
    }

    /// Returns with a common factor, no two equal.
    fn fine_panel(&mut self, scenarios: usize, assets: usize) -> Matrix {
        let market: Vec<f64> = (0..scenarios).map(|_| self.uniform() - 0.48).collect();
        Matrix::from_fn(scenarios, assets, |row, _| 0.02 * market[row] + 0.03 * (self.uniform() - 0.5) * (self.uniform() + 0.2))
    }

    /// The same, but of every third panel so coarse that many are equal, and of some
    /// with the same asset or the same scenario twice.
    pub(crate) fn panel(&mut self, scenarios: usize, assets: usize) -> Matrix {
        let mut panel = self.fine_panel(scenarios, assets);
        if self.below(3) == 0 {
            panel.values_mut().iter_mut().for_each(|value| *value = (*value * 200.0).round() / 200.0);
        }
        if self.below(4) == 0 {
            let first = panel.column(0).to_vec();
            panel.column_mut(assets - 1).copy_from_slice(&first);
            for asset in 0..assets {
                let value = panel.get(0, asset);
                panel.set(scenarios - 1, asset, value);
            }
        }
        panel
    }

    /// Weights of at least 0 that sum to 1, often with bounds, a group and a cap on turnover.
    fn region(&mut self, assets: usize) -> Region {
        let mut region = Region::long_only(assets);
        if self.below(2) == 0 {
            region.upper = vec![(2.5 / assets as f64).min(1.0); assets];
        }
        if self.below(2) == 0 {
            let group: Vec<f64> = (0..assets).map(|_| f64::from(u8::from(self.uniform() < 0.4))).collect();
            let matrix = Matrix::from_fn(2, assets, |row, asset| if row == 0 { 1.0 } else { group[asset] });
            region.rows = Rows { matrix, lower: vec![1.0, f64::NEG_INFINITY], upper: vec![1.0, 0.5] };
        }
        if self.below(2) == 0 {
            let origin = vec![1.0 / assets as f64; assets];
            region.spreads.push(Spread { origin, above: vec![1.0; assets], below: vec![1.0; assets], limit: 0.2 + 0.6 * self.uniform() });
        }
        if self.below(3) == 0 {
            // Short positions, with their sum limited.
            region.lower = vec![-0.3; assets];
            region.spreads.push(Spread { origin: vec![0.0; assets], above: vec![0.0; assets], below: vec![1.0; assets], limit: 0.4 });
        }
        region
    }
}

fn measures() -> Vec<Box<dyn Measure>> {
    vec![
        Box::new(Cvar { confidence: 0.9 }),
        Box::new(Cvar { confidence: 0.6667 }),
        Box::new(Cvar { confidence: 0.999 }),
        Box::new(Cvar { confidence: 0.0 }),
        Box::new(WorstRealization),
        Box::new(MeanAbsoluteDeviation),
        Box::new(LowerPartialMoment),
        Box::new(Drawdown::Average),
        Box::new(Drawdown::Maximum),
        Box::new(Drawdown::Conditional { confidence: 0.8 }),
        Box::new(Drawdown::Ulcer),
        Box::new(Semideviation::AboutMean),
        Box::new(Semideviation::AboutZero),
        Box::new(Evar { confidence: 0.8 }),
    ]
}

fn means(returns: &Matrix) -> Vec<f64> {
    returns.iter_columns().map(|column| column.iter().sum::<f64>() / column.len() as f64).collect()
}

/// Whether weights are in a region, within rounding.
fn assert_inside(region: &Region, weights: &[f64], what: &str) {
    let bounds = region.lower.iter().zip(&region.upper).zip(weights);
    assert!(bounds.clone().all(|((lower, upper), w)| *w >= *lower && *w <= *upper), "{what}: bounds {weights:?}");
    for (value, (lower, upper)) in times(&region.rows.matrix, weights).iter().zip(region.rows.lower.iter().zip(&region.rows.upper)) {
        assert!(*value >= lower - 1e-10 && *value <= upper + 1e-10, "{what}: row {value}");
    }
    for spread in &region.spreads {
        assert!(spread.value(weights) <= spread.limit + 1e-10, "{what}: spread {}", spread.value(weights));
    }
}

/// That no portfolio of the region is better: ρ(X w′) ≥ −qᵀX w′, and the region's multipliers bound
/// that. `cost` and `price` state the least of cᵀw + λ ρ that the optimum solves.
fn assert_proven(measure: &dyn Measure, returns: &Matrix, region: &Region, optimum: &Optimum, cost: &[f64], price: f64, what: &str) {
    assert_eq!(optimum.status, Status::Optimal, "{what}");
    assert_inside(region, &optimum.weights, what);
    // The slopes are in the measure's envelope: they underestimate it everywhere, tried at points.
    let mut draw = Draw::new(5);
    for _ in 0..if price > 0.0 { 5 } else { 0 } {
        let elsewhere: Vec<f64> = (0..returns.rows()).map(|_| draw.uniform() - 0.5).collect();
        assert!(measure.value(&elsewhere) >= -dot(&optimum.slopes, &elsewhere) - 1e-9, "{what}: envelope");
    }
    // Stationarity, with the subgradient of spreads at its best: |g − Aᵀy − z| within [−θ d, θ a].
    let slopes = transposed_times(returns, &optimum.slopes);
    let rows = transposed_times(&region.rows.matrix, &optimum.multipliers.rows);
    let size = cost.iter().chain(&slopes).fold(1e-300, |most: f64, value| most.max(value.abs()));
    for asset in 0..cost.len() {
        let rest = cost[asset] - price * slopes[asset] - rows[asset] - optimum.multipliers.bounds[asset];
        let (mut least, mut most) = (0.0, 0.0);
        for (spread, theta) in region.spreads.iter().zip(&optimum.multipliers.spreads) {
            assert!(*theta >= 0.0, "{what}: a spread's multiplier is {theta}");
            let distance = optimum.weights[asset] - spread.origin[asset];
            least += theta * if distance > 1e-8 { spread.above[asset] } else { -spread.below[asset] };
            most += theta * if distance < -1e-8 { -spread.below[asset] } else { spread.above[asset] };
        }
        let tolerance = 1e-9 * (1.0 + price) * size;
        assert!(rest + least <= tolerance && rest + most >= -tolerance, "{what}: asset {asset} leaves {rest:e}");
    }
    // Where means are zero but for rounding, so is the gap.
    let rounding = (optimum.objective - optimum.bound).abs() <= 1e-17;
    assert!(optimum.gap <= 1e-9 || rounding, "{what}: gap {:e}, {} and {}", optimum.gap, optimum.objective, optimum.bound);
}

#[test]
fn least_risks_are_proven() {
    for seed in 0..60 {
        let mut draw = Draw::new(seed);
        let (scenarios, assets) = (1 + draw.below(60), 1 + draw.below(12));
        let (returns, region) = (draw.panel(scenarios, assets), draw.region(assets));
        for measure in measures() {
            let what = format!("seed {seed}, {scenarios} x {assets}, {measure:?}");
            let optimum = ScenarioProgram::new(&returns, &*measure, &region).solve(&Objective::MinimumRisk).unwrap();
            if optimum.status == Status::Infeasible {
                continue;
            }
            assert_proven(&*measure, &returns, &region, &optimum, &vec![0.0; assets], 1.0, &what);
        }
    }
}

#[test]
fn the_other_objectives_are_proven() {
    for seed in 100..140 {
        let mut draw = Draw::new(seed);
        let (scenarios, assets) = (5 + draw.below(50), 2 + draw.below(10));
        let (returns, region) = (draw.panel(scenarios, assets), draw.region(assets));
        let means = means(&returns);
        let cost: Vec<f64> = means.iter().map(|mean| -mean).collect();
        for measure in measures() {
            let what = format!("seed {seed}, {scenarios} x {assets}, {measure:?}");
            let program = ScenarioProgram::new(&returns, &*measure, &region);
            let least = program.solve(&Objective::MinimumRisk).unwrap();
            if least.status == Status::Infeasible {
                continue;
            }
            let aversion = 0.5 + draw.uniform();
            let utility = program.solve(&Objective::MaximumUtility { means: means.clone(), aversion }).unwrap();
            assert_proven(&*measure, &returns, &region, &utility, &cost, aversion, &format!("utility, {what}"));

            let greedy = program.solve(&Objective::MaximumUtility { means: means.clone(), aversion: 0.0 }).unwrap();
            assert_proven(&*measure, &returns, &region, &greedy, &cost, 0.0, &format!("return, {what}"));
            let risk = least.risk + draw.uniform() * (greedy.risk - least.risk);
            let limited = program.solve(&Objective::MaximumReturn { means: means.clone(), risk }).unwrap();
            assert_eq!(limited.status, Status::Optimal, "{what}: {risk}");
            assert!(limited.risk <= risk + 1e-10 * (1.0 + risk.abs()), "{what}: {} beyond {risk}", limited.risk);
            assert_proven(&*measure, &returns, &region, &limited, &cost, limited.risk_price, &format!("limit, {what}"));

            match program.solve(&Objective::MaximumRatio { means: means.clone(), threshold: 0.0 }) {
                Ok(ratio) => {
                    assert_proven(&*measure, &returns, &region, &ratio, &cost, ratio.risk_price, &format!("ratio, {what}"));
                    for other in [&least, &utility, &greedy, &limited] {
                        assert!(other.expected_return <= ratio.objective * other.risk * (1.0 + 1e-9) + 1e-14, "{what}: a better ratio");
                    }
                }
                Err(ScenarioError::NoExcessReturn { best, .. }) => assert!(greedy.expected_return <= best.max(0.0) + 1e-15, "{what}"),
                Err(error) => assert!(matches!(error, ScenarioError::NoRisk { risk, .. } if risk <= 1e-12), "{what}: {error}"),
            }
        }
    }
}

#[test]
fn the_unit_of_returns_does_not_matter() {
    let returns = Draw::new(9).fine_panel(80, 8);
    let region = Region::long_only(8);
    for measure in measures() {
        let mut found = Vec::new();
        for unit in [1.0, 1e-8, 1e-4, 100.0, 1e8] {
            let scaled = Matrix::from_fn(80, 8, |row, column| returns.get(row, column) * unit);
            let program = ScenarioProgram::new(&scaled, &*measure, &region);
            let means = means(&scaled);
            let least = program.solve(&Objective::MinimumRisk).unwrap();
            assert!(least.gap <= 1e-9, "{measure:?} in unit {unit}");
            // The mean loss, as CVaR at confidence 0, is below zero and has no ratio.
            if least.risk > 0.0 {
                let ratio = program.solve(&Objective::MaximumRatio { means, threshold: 0.0 }).unwrap();
                assert!(ratio.gap <= 1e-9, "{measure:?} in unit {unit}");
                found.push((ratio.objective, ratio.weights));
            }
            found.push((least.risk / unit, least.weights));
        }
        let objectives = found.len() / 5;
        for (at, (value, weights)) in found.iter().enumerate() {
            let (first, first_weights) = &found[at % objectives];
            assert!((value - first).abs() <= 1e-9 * first.abs(), "{measure:?}: {value} and {first}");
            assert!(weights.iter().zip(first_weights).all(|(a, b)| (a - b).abs() <= 1e-8), "{measure:?}: {weights:?}, {first_weights:?}");
        }
    }
}

#[test]
fn one_scenario_goes_to_its_best_asset() {
    let returns = Matrix::from_rows(1, 3, &[0.01, 0.03, -0.02]).unwrap();
    let region = Region::long_only(3);
    for measure in [&Cvar { confidence: 0.95 } as &dyn Measure, &WorstRealization, &Drawdown::Maximum] {
        let optimum = ScenarioProgram::new(&returns, measure, &region).solve(&Objective::MinimumRisk).unwrap();
        assert!(optimum.gap <= 1e-9);
        if measure.name() == "maximum drawdown" {
            assert!(optimum.risk.abs() < 1e-12);
        } else {
            assert_eq!(optimum.weights, [0.0, 1.0, 0.0]);
            assert!((optimum.risk + 0.03).abs() < 1e-16);
        }
    }
}

#[test]
fn limits_that_contradict_come_with_their_multipliers() {
    let returns = Draw::new(3).panel(20, 4);
    let mut region = Region::long_only(4);
    region.upper = vec![0.2; 4];
    let optimum = ScenarioProgram::new(&returns, &WorstRealization, &region).solve(&Objective::MinimumRisk).unwrap();
    assert_eq!(optimum.status, Status::Infeasible);
    // Aᵀy + z = 0, while yᵀl + zᵀu > 0: the budget cannot be reached.
    let y = optimum.multipliers.rows[0];
    assert!(y > 0.0 && optimum.multipliers.bounds.iter().all(|z| (y + z).abs() < 1e-12));
    assert!(y * 1.0 + optimum.multipliers.bounds.iter().map(|z| z * 0.2).sum::<f64>() > 0.0);
}

#[test]
fn a_risk_limit_below_the_least_risk_is_infeasible() {
    let returns = Draw::new(4).panel(40, 5);
    let region = Region::long_only(5);
    let program = ScenarioProgram::new(&returns, &MeanAbsoluteDeviation, &region);
    let least = program.solve(&Objective::MinimumRisk).unwrap();
    let optimum = program.solve(&Objective::MaximumReturn { means: means(&returns), risk: 0.9 * least.risk }).unwrap();
    assert_eq!(optimum.status, Status::Infeasible);
    assert_eq!(optimum.weights, least.weights);
}

#[test]
fn a_ratio_without_excess_return_or_without_risk_is_told() {
    let region = Region::long_only(2);
    let losing = Matrix::from_rows(2, 2, &[-0.01, -0.02, -0.03, -0.01]).unwrap();
    let program = ScenarioProgram::new(&losing, &WorstRealization, &region);
    let told = program.solve(&Objective::MaximumRatio { means: vec![-0.02, -0.015], threshold: 0.0 });
    assert_eq!(told, Err(ScenarioError::NoExcessReturn { best: -0.015, threshold: 0.0 }));
    let winning = Matrix::from_rows(2, 2, &[0.01, 0.02, 0.03, 0.01]).unwrap();
    let program = ScenarioProgram::new(&winning, &WorstRealization, &region);
    let told = program.solve(&Objective::MaximumRatio { means: vec![0.02, 0.015], threshold: 0.0 });
    assert!(matches!(told, Err(ScenarioError::NoRisk { risk, .. }) if risk < 0.0), "{told:?}");
}

#[test]
fn an_objective_without_end_is_told() {
    let returns = Matrix::from_rows(2, 2, &[0.01, 0.02, 0.03, 0.04]).unwrap();
    let region = Region { lower: vec![f64::NEG_INFINITY; 2], upper: vec![f64::INFINITY; 2], ..Region::long_only(2) };
    // The second asset always returns more than the first.
    let optimum = ScenarioProgram::new(&returns, &WorstRealization, &region).solve(&Objective::MinimumRisk).unwrap();
    assert_eq!(optimum.status, Status::Unbounded);
}

#[test]
fn bad_input_is_told_with_its_place() {
    let region = Region::long_only(2);
    let solve = |returns: &Matrix, measure: &dyn Measure, objective: &Objective| {
        ScenarioProgram::new(returns, measure, &region).solve(objective).unwrap_err().to_string()
    };
    let good = Matrix::from_rows(2, 2, &[0.01, 0.02, 0.03, 0.04]).unwrap();
    let gap = Matrix::from_rows(2, 2, &[0.01, 0.02, 0.03, f64::NAN]).unwrap();
    let least = Objective::MinimumRisk;
    assert!(solve(&gap, &WorstRealization, &least).contains("asset 1 in scenario 1 is NaN"));
    assert!(solve(&Matrix::zeros(0, 2), &WorstRealization, &least).contains("0 scenarios"));
    assert!(solve(&Matrix::zeros(2, 3), &WorstRealization, &least).contains("2 entries, and the program needs 3"));
    assert!(solve(&good, &Cvar { confidence: 1.0 }, &least).contains("confidence is 1"));
    let objective = Objective::MaximumUtility { means: vec![0.1], aversion: 1.0 };
    assert!(solve(&good, &WorstRealization, &objective).contains("1 entries for 2 assets"));
    let objective = Objective::MaximumUtility { means: vec![0.1; 2], aversion: -1.0 };
    assert!(solve(&good, &WorstRealization, &objective).contains("aversion to risk is -1"));
}

#[test]
fn a_spent_budget_is_told() {
    let returns = Draw::new(8).panel(60, 10);
    let region = Region::long_only(10);
    let program = ScenarioProgram { steps: 3, ..ScenarioProgram::new(&returns, &Cvar { confidence: 0.9 }, &region) };
    assert_eq!(program.solve(&Objective::MinimumRisk).unwrap().status, Status::WorkSpent);
}

#[test]
fn order_of_assets_and_a_dominated_asset_do_not_matter() {
    let returns = Draw::new(31).fine_panel(120, 6);
    let region = Region::long_only(6);
    let cvar = Cvar { confidence: 0.9 };
    let optimum = ScenarioProgram::new(&returns, &cvar, &region).solve(&Objective::MinimumRisk).unwrap();
    let reversed = Matrix::from_fn(120, 6, |row, column| returns.get(row, 5 - column));
    let other = ScenarioProgram::new(&reversed, &cvar, &region).solve(&Objective::MinimumRisk).unwrap();
    assert!(optimum.weights.iter().zip(other.weights.iter().rev()).all(|(a, b)| (a - b).abs() < 1e-10));
    let worse = Matrix::from_fn(120, 7, |row, column| if column < 6 { returns.get(row, column) } else { returns.get(row, 0) - 0.01 });
    let seven = Region::long_only(7);
    let other = ScenarioProgram::new(&worse, &cvar, &seven).solve(&Objective::MinimumRisk).unwrap();
    assert!((optimum.risk - other.risk).abs() < 1e-14 && other.weights[6] == 0.0);
}

#[test]
fn growth_keeps_out_of_ruin() {
    // The first asset doubles or is lost; Kelly's share of it is p − (1 − p) at even odds.
    let returns = Matrix::from_rows(5, 2, &[1.0, 0.0, 1.0, 0.0, 1.0, 0.0, -1.0, 0.0, -1.0, 0.0]).unwrap();
    let region = Region { upper: vec![1.0, 1.0], ..Region::long_only(2) };
    let optimum = ScenarioProgram::new(&returns, &Growth, &region).solve(&Objective::MinimumRisk).unwrap();
    assert!((optimum.weights[0] - 0.2).abs() < 1e-8 && optimum.gap <= 1e-9, "{optimum:?}");
    // Where the first asset must be held whole, every portfolio is ruined.
    let whole = Region { lower: vec![1.0, 0.0], ..region };
    let told = ScenarioProgram::new(&returns, &Growth, &whole).solve(&Objective::MinimumRisk);
    assert_eq!(told, Err(ScenarioError::Ruin { measure: "logarithmic growth" }));
}

#[test]
fn equal_inputs_give_equal_bits() {
    let returns = Draw::new(77).panel(90, 9);
    let region = Region::long_only(9);
    for measure in measures() {
        let solve = || {
            let objective = Objective::MaximumUtility { means: means(&returns), aversion: 1.0 };
            ScenarioProgram::new(&returns, &*measure, &region).solve(&objective).unwrap()
        };
        assert_eq!(solve(), solve(), "{measure:?}");
    }
}

#[test]
fn measures_are_the_functions_of_a_series() {
    let series = Draw::new(12).fine_panel(90, 1).into_values();
    let sums = Compounding::Uncompounded;
    let pairs = [
        (Cvar { confidence: 0.93 }.value(&series), conditional_value_at_risk(&series, 0.93)),
        (WorstRealization.value(&series), worst_realization(&series)),
        (MeanAbsoluteDeviation.value(&series), mean_absolute_deviation(&series)),
        (LowerPartialMoment.value(&series), lower_partial_moment(&series, 0.0, 1)),
        (Semideviation::AboutMean.value(&series), semideviation(&series, 1)),
        (Semideviation::AboutZero.value(&series), downside_deviation(&series, 0.0)),
        (Evar { confidence: 0.9 }.value(&series), entropic_value_at_risk(&series, 0.9)),
        (Drawdown::Average.value(&series), average_drawdown(&series, sums)),
        (Drawdown::Maximum.value(&series), maximum_drawdown(&series, sums)),
        (Drawdown::Conditional { confidence: 0.9 }.value(&series), conditional_drawdown_at_risk(&series, 0.9, sums)),
        (Drawdown::Ulcer.value(&series), ulcer_index(&series, sums)),
    ];
    for (at, (found, expected)) in pairs.into_iter().enumerate() {
        let expected = expected.unwrap();
        assert!((found - expected).abs() <= 1e-12 * expected.abs(), "pair {at}: {found} and {expected}");
    }
}
