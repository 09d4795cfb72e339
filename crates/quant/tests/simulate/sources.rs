//! What each source promises.

use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::probability::random::Random;
use evenkeel_quant::simulate::moments::Moments;
use evenkeel_quant::simulate::source::garch::{Garch, StartVariance};
use evenkeel_quant::simulate::source::{
    BlockBootstrap, Branch, Copula, Dependence, Ends, FilteredHistory, Lognormal, Regime, RegimeSwitching, ScenarioTree,
    StationaryBootstrap, Student,
};
use evenkeel_quant::simulate::{Model, stress};

use crate::support::history;

/// Simple returns of many paths, a row a period.
fn drawn(model: &Model, paths: u64, periods: usize) -> Matrix {
    let rows: Vec<Vec<f64>> = (0..paths).flat_map(|path| model.path(1, path, periods)).collect();
    Matrix::from_fn(rows.len(), model.columns(), |row, column| rows[row][column] - 1.0)
}

/// That means and covariances of draws are those given, within so many standard errors.
fn assert_moments(name: &str, draws: &Matrix, moments: &Moments, errors: f64) {
    let found = Moments::of_returns(draws).unwrap();
    let root = (draws.rows() as f64).sqrt();
    for i in 0..moments.columns() {
        let sd = moments.covariance.get(i, i).sqrt();
        assert!((found.mean[i] - moments.mean[i]).abs() < errors * sd / root, "{name}: mean {i}");
        for j in 0..=i {
            let scale = sd * moments.covariance.get(j, j).sqrt();
            let difference = found.covariance.get(i, j) - moments.covariance.get(i, j);
            // Fat tails make sample covariances less sure than normal ones.
            assert!(difference.abs() < 3.0 * errors * scale / root, "{name}: covariance {i} {j}: {difference} of {scale}");
        }
    }
}

#[test]
fn moments_are_kept() {
    let returns = history(240, 3, 1);
    let mut moments = Moments::of_returns(&returns).unwrap();
    for (name, model) in
        [("lognormal", Model::Lognormal(Lognormal::new(&moments).unwrap())), ("t", Model::Student(Student::new(&moments, 8.0).unwrap()))]
    {
        assert_moments(name, &drawn(&model, 4000, 12), &moments, 4.5);
        assert!(model.mean().iter().zip(&moments.mean).all(|(a, b)| (a - b).abs() < 1e-15));
    }
    // Draws from history have its moments with ddof = 0.
    moments.covariance.values_mut().iter_mut().for_each(|value| *value *= 239.0 / 240.0);
    for (name, model) in [
        ("circular", Model::Block(BlockBootstrap::new(&returns, 1, Ends::Circular).unwrap())),
        ("stationary", Model::Stationary(StationaryBootstrap::new(&returns, 1.0).unwrap())),
    ] {
        assert_moments(name, &drawn(&model, 4000, 12), &moments, 4.5);
    }
}

#[test]
fn a_year_keeps_the_moments_stated_for_it() {
    let means = [0.08, 0.03];
    let year = Covariance::from_volatilities(&[0.17, 0.06], &[1.0, -0.2, -0.2, 1.0]).unwrap();
    let month = Moments::of_year(&means, &year, 12).unwrap();
    let model = Model::Lognormal(Lognormal::new(&month).unwrap());
    let rows: Vec<Vec<f64>> = (0..40_000)
        .map(|path| {
            let months = model.path(2, path, 12);
            (0..2).map(|column| months.iter().map(|row| row[column]).product::<f64>() - 1.0).collect()
        })
        .collect();
    let years = Matrix::from_fn(rows.len(), 2, |row, column| rows[row][column]);
    assert_moments("year", &years, &Moments { mean: means.to_vec(), covariance: year.matrix().into_owned() }, 4.5);
}

/// The row of history that a drawn row is; all columns must agree.
fn row_of(returns: &Matrix, drawn: &[f64]) -> usize {
    let same = |row: &usize| (0..returns.columns()).all(|column| (1.0 + returns.get(*row, column) - drawn[column]).abs() < 1e-12);
    (0..returns.rows()).find(same).expect("a row of history, whole")
}

#[test]
fn whole_rows_are_drawn_in_their_order() {
    let returns = history(30, 4, 2);
    let stationary = Model::Stationary(StationaryBootstrap::new(&returns, 6.0).unwrap());
    for (model, block) in [
        (Model::Block(BlockBootstrap::new(&returns, 7, Ends::Circular).unwrap()), Some((7, 30))),
        (Model::Block(BlockBootstrap::new(&returns, 7, Ends::Moving).unwrap()), Some((7, 24))),
        (stationary, None),
    ] {
        let (mut follow, mut starts) = (0, vec![0; 30]);
        for path in 0..200 {
            let rows: Vec<usize> = model.path(4, path, 70).iter().map(|drawn| row_of(&returns, drawn)).collect();
            follow += rows.windows(2).filter(|pair| pair[1] == (pair[0] + 1) % 30).count();
            starts[rows[0]] += 1;
            if let Some((length, first)) = block {
                for block in rows.chunks(length) {
                    assert!(block[0] < first && block.windows(2).all(|pair| pair[1] == (pair[0] + 1) % 30));
                }
            }
        }
        if block.is_none() {
            // A row follows its own with 1 − p + p ÷ 30, p = 1 ÷ 6.
            let share = f64::from(u32::try_from(follow).unwrap()) / (200.0 * 69.0);
            assert!((share - (5.0 / 6.0 + 1.0 / 180.0)).abs() < 0.02, "{share}");
        }
        assert!(starts.iter().filter(|starts| **starts > 0).count() >= 23);
    }
}

#[test]
fn the_copula_keeps_margins_and_makes_crises_joint() {
    let returns = history(250, 2, 3);
    let below = |draws: &Matrix, share: f64| {
        let edge = |column: usize| {
            let mut sorted = draws.column(column).to_vec();
            sorted.sort_by(f64::total_cmp);
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of rows")]
            let at = (share * draws.rows() as f64) as usize;
            sorted[at]
        };
        let (a, b) = (edge(0), edge(1));
        (0..draws.rows()).filter(|row| draws.get(*row, 0) <= a && draws.get(*row, 1) <= b).count() as f64 / draws.rows() as f64 / share
    };
    let mut joint = Vec::new();
    for dependence in [Dependence::Normal, Dependence::Student { degrees: 3.0 }] {
        let draws = drawn(&Model::Copula(Copula::new(&returns, dependence).unwrap()), 5000, 12);
        for column in 0..2 {
            let mut counts = vec![0_u32; 250];
            for value in draws.column(column) {
                let row = returns.column(column).iter().position(|given| (given - value).abs() < 1e-12).expect("a return of history");
                counts[row] += 1;
            }
            // 240 of each on average; five standard deviations.
            assert!(counts.iter().all(|count| (f64::from(*count) - 240.0).abs() < 78.0), "{counts:?}");
        }
        let (found, given) = (Moments::of_returns(&draws).unwrap(), Moments::of_returns(&returns).unwrap());
        let correlation =
            |moments: &Moments| moments.covariance.get(0, 1) / (moments.covariance.get(0, 0) * moments.covariance.get(1, 1)).sqrt();
        assert!((correlation(&found) - correlation(&given)).abs() < 0.06, "{} {}", correlation(&found), correlation(&given));
        joint.push(below(&draws, 0.02));
    }
    assert!(joint[1] > joint[0] + 0.05, "{joint:?}");
}

#[test]
fn garch_is_recovered() {
    let truth = Garch { mean: 0.0005, variance: 1e-4, reaction: 0.08, persistence: 0.9 };
    let mut random = Random::stream(21, 0);
    let mut variance = truth.variance;
    let returns: Vec<f64> = (0..20_000)
        .map(|_| {
            let shock = variance.sqrt() * random.normal();
            variance = truth.variance * 0.02 + truth.reaction * shock * shock + truth.persistence * variance;
            truth.mean + shock
        })
        .collect();
    let fitted = Garch::fit(&returns).unwrap();
    assert!((fitted.reaction - truth.reaction).abs() < 0.02, "{fitted:?}");
    assert!((fitted.persistence - truth.persistence).abs() < 0.03, "{fitted:?}");
    let source = FilteredHistory::new(&Matrix::from_columns(20_000, 1, returns.clone()).unwrap(), StartVariance::LongRun).unwrap();
    let draws = drawn(&Model::FilteredHistory(source), 400, 250);
    let sample = returns.iter().map(|value| value * value).sum::<f64>() / 20_000.0;
    let found = draws.column(0).iter().map(|value| value * value).sum::<f64>() / 100_000.0;
    assert!((found / sample - 1.0).abs() < 0.1, "{found} {sample}");
    // Swings stay: squares of neighbors are correlated, as nothing drawn evenly would be.
    let squares: Vec<f64> = draws.column(0)[..250 * 400].iter().map(|value| value * value).collect();
    let mean = squares.iter().sum::<f64>() / 1e5;
    let lagged: f64 = squares.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum::<f64>();
    let whole: f64 = squares.iter().map(|square| (square - mean).powi(2)).sum();
    assert!(lagged / whole > 0.08, "{}", lagged / whole);
}

#[test]
fn regimes_are_recovered() {
    let state = |mean: [f64; 2], volatility: f64, correlation: f64, stays| Regime {
        moments: Moments {
            mean: mean.to_vec(),
            covariance: Covariance::from_volatilities(&[volatility, volatility * 0.5], &[1.0, correlation, correlation, 1.0])
                .unwrap()
                .matrix()
                .into_owned(),
        },
        stays,
    };
    let truth = RegimeSwitching::new([state([0.01, 0.004], 0.02, 0.1, 0.97), state([-0.015, -0.002], 0.06, 0.8, 0.85)]).unwrap();
    let months = Model::RegimeSwitching(truth.clone()).path(5, 0, 4000);
    let returns = Matrix::from_fn(4000, 2, |row, column| months[row][column] - 1.0);
    let fitted = RegimeSwitching::fit(&returns).unwrap();
    for (found, given) in fitted.regimes().iter().zip(truth.regimes()) {
        assert!((found.stays - given.stays).abs() < 0.04, "{} {}", found.stays, given.stays);
        for column in 0..2 {
            assert!((found.moments.mean[column] - given.moments.mean[column]).abs() < 0.006);
            let ratio = found.moments.covariance.get(column, column) / given.moments.covariance.get(column, column);
            assert!((ratio - 1.0).abs() < 0.15, "{ratio}");
        }
    }
    let share = truth.long_run()[0];
    assert!((fitted.long_run()[0] - share).abs() < 0.05);
    let draws = drawn(&Model::RegimeSwitching(truth.clone()), 2000, 24);
    let expected = Model::RegimeSwitching(truth).mean();
    let found = Moments::of_returns(&draws).unwrap().mean;
    assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1.5e-3), "{found:?} {expected:?}");
}

#[test]
fn trees_take_their_branches() {
    let branch = |probability, growth: f64| Branch { probability, growth: vec![growth] };
    let stages = vec![vec![branch(1.0, 1.1)], vec![branch(0.25, 1.4), branch(0.75, 0.9)]];
    let model = Model::Tree(ScenarioTree::new(stages, 4).unwrap());
    let mut high = 0;
    for path in 0..4000 {
        let quarters = model.path(3, path, 8);
        let year = |from: usize| quarters[from..from + 4].iter().map(|row| row[0]).product::<f64>();
        assert!((year(0) - 1.1).abs() < 1e-12);
        assert!((year(4) - 1.4).abs() < 1e-12 || (year(4) - 0.9).abs() < 1e-12);
        high += u32::from(year(4) > 1.0);
    }
    assert!((f64::from(high) / 4000.0 - 0.25).abs() < 0.03);
}

#[test]
fn stresses_turn_whole_rows() {
    let returns = history(120, 4, 6);
    let before = Moments::of_returns(&returns).unwrap();
    let stressed = stress::correlate(&returns, 3, 0.8).unwrap();
    let after = Moments::of_returns(&stressed).unwrap();
    for i in 0..3 {
        assert!((after.mean[i] - before.mean[i]).abs() < 1e-15);
        assert!((after.covariance.get(i, i) / before.covariance.get(i, i) - 1.0).abs() < 1e-11);
        for j in 0..i {
            let scale = (after.covariance.get(i, i) * after.covariance.get(j, j)).sqrt();
            assert!((after.covariance.get(i, j) / scale - 0.8).abs() < 1e-11);
        }
    }
    assert_eq!(stressed.column(3), returns.column(3));
    let wild = Moments::of_returns(&stress::multiply_volatility(&returns, 3, 1.5).unwrap()).unwrap();
    assert!((wild.covariance.get(0, 1) / before.covariance.get(0, 1) - 2.25).abs() < 1e-11);
    assert!((wild.covariance.get(3, 3) / before.covariance.get(3, 3) - 1.0).abs() < 1e-12);
}
