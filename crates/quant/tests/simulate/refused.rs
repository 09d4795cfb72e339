//! What cannot be simulated is told.

use std::num::NonZero;

use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::simulate::moments::Moments;
use evenkeel_quant::simulate::source::garch::StartVariance;
use evenkeel_quant::simulate::source::{
    BlockBootstrap, Branch, Copula, Dependence, Ends, FilteredHistory, Regime, RegimeSwitching, ScenarioTree, StationaryBootstrap, Student,
};
use evenkeel_quant::simulate::{Inflation, LostYears, Model, Plan, Rebalancing, SimulateError, Simulation, stress};

use crate::support::{fixed_real, history, plan};

fn block(rows: usize, columns: usize) -> Model {
    Model::Block(BlockBootstrap::new(&history(rows, columns, 1), 6, Ends::Circular).unwrap())
}

fn told(plan: Plan) -> SimulateError {
    Simulation::new(plan, block(24, 2)).unwrap_err()
}

#[test]
fn plans_that_cannot_be() {
    let sound = || plan(&[0.6, 0.4], fixed_real(0.04));
    assert!(Simulation::new(sound(), block(24, 2)).is_ok());
    assert!(matches!(told(Plan { years: 0, ..sound() }), SimulateError::Parameter { .. }));
    assert!(matches!(told(Plan { value: f64::NAN, ..sound() }), SimulateError::Parameter { .. }));
    assert!(matches!(told(Plan { payments_per_year: 5, ..sound() }), SimulateError::Parameter { .. }));
    assert!(matches!(told(Plan { looks_per_year: 0, ..sound() }), SimulateError::Parameter { .. }));
    assert!(matches!(told(Plan { weights: vec![], ..sound() }), SimulateError::Parameter { .. }));
    assert!(matches!(told(Plan { weights: vec![vec![0.6, 0.5]], ..sound() }), SimulateError::WeightSum { year: 0, .. }));
    assert!(matches!(told(Plan { weights: vec![vec![1.2, -0.2]], ..sound() }), SimulateError::Parameter { .. }));
    assert!(matches!(told(Plan { weights: vec![vec![1.0]], ..sound() }), SimulateError::Size { .. }));
    assert!(matches!(told(Plan { costs: vec![0.0; 3], ..sound() }), SimulateError::Size { .. }));
    assert!(matches!(told(Plan { costs: vec![1.0; 2], ..sound() }), SimulateError::Parameter { .. }));
    assert!(matches!(told(Plan { inflation: Inflation::Column, ..sound() }), SimulateError::Size { .. }));
    for rate in [-1.0, -0.99, 10.5, f64::NAN] {
        assert!(matches!(told(Plan { inflation: Inflation::Constant(rate), ..sound() }), SimulateError::Parameter { .. }));
    }
    assert!(matches!(told(Plan { rebalancing: Rebalancing::Every { periods: 0 }, ..sound() }), SimulateError::Parameter { .. }));
    let bands = Rebalancing::Bands { check_every: 1, half_widths: vec![vec![0.1]] };
    assert!(matches!(told(Plan { rebalancing: bands, ..sound() }), SimulateError::Size { .. }));
    let lost = Some(LostYears { years: 10, real_return: -1.5 });
    assert!(matches!(told(Plan { lost, ..sound() }), SimulateError::Parameter { .. }));
    let simulation = Simulation::new(sound(), block(24, 2)).unwrap();
    assert!(simulation.run(1, 0, NonZero::<usize>::MIN).is_err());
    assert!(simulation.run(1, usize::MAX, NonZero::<usize>::MIN).is_err());
}

#[test]
fn histories_that_cannot_be() {
    for bad in [f64::NAN, -1.0, -1.5, f64::INFINITY] {
        let mut returns = history(60, 2, 1);
        returns.set(7, 1, bad);
        let row = |error: SimulateError| matches!(error, SimulateError::Return { row: 7, column: 1, .. });
        assert!(row(BlockBootstrap::new(&returns, 6, Ends::Circular).unwrap_err()));
        assert!(row(StationaryBootstrap::new(&returns, 6.0).unwrap_err()));
        assert!(row(Copula::new(&returns, Dependence::Normal).unwrap_err()));
        assert!(row(FilteredHistory::new(&returns, StartVariance::Latest).unwrap_err()));
        assert!(row(RegimeSwitching::fit(&returns).unwrap_err()));
        assert!(row(stress::correlate(&returns, 2, 0.5).unwrap_err()));
    }
    let returns = history(40, 2, 1);
    for block in [0, 41] {
        assert!(BlockBootstrap::new(&returns, block, Ends::Circular).is_err());
    }
    assert!(StationaryBootstrap::new(&returns, f64::NAN).is_err());
    assert!(matches!(FilteredHistory::new(&returns, StartVariance::Latest), Err(SimulateError::TooFewRows { .. })));
    assert!(matches!(RegimeSwitching::fit(&history(29, 2, 1)), Err(SimulateError::TooFewRows { .. })));
    assert!(BlockBootstrap::new(&Matrix::zeros(1, 1), 1, Ends::Circular).is_err());
    // Two assets that are one cannot be told apart.
    let twins = Matrix::from_fn(40, 2, |row, _| returns.get(row, 0));
    assert!(stress::correlate(&twins, 2, 0.5).is_err());
    assert!(stress::correlate(&returns, 2, 1.5).is_err() && stress::multiply_volatility(&returns, 2, 0.0).is_err());
    assert!(matches!(stress::multiply_volatility(&returns, 2, 100.0), Err(SimulateError::Return { .. })));
}

#[test]
fn beliefs_that_cannot_be() {
    let one = |volatility| Covariance::from_volatilities(&[volatility], &[1.0]).unwrap();
    assert!(Moments::of_year(&[-1.0], &one(0.1), 12).is_err());
    assert!(Moments::of_year(&[0.05, 0.05], &one(0.1), 12).is_err());
    assert!(Moments::of_year(&[0.05], &one(0.1), 0).is_err());
    let moments = Moments::of_year(&[0.05], &one(0.1), 12).unwrap();
    assert!(Student::new(&moments, 2.0).is_err() && Student::new(&moments, f64::NAN).is_err());
    let regime = |stays| Regime { moments: moments.clone(), stays };
    assert!(RegimeSwitching::new([regime(1.0), regime(0.5)]).is_err());
    assert!(ScenarioTree::matched(&Moments::of_year(&[0.05], &one(1.2), 1).unwrap(), 1).is_err());
    let branch = |probability, growth| Branch { probability, growth };
    assert!(ScenarioTree::new(vec![], 1).is_err());
    assert!(ScenarioTree::new(vec![vec![branch(0.5, vec![1.0]), branch(0.5, vec![1.0, 1.0])]], 1).is_err());
    assert!(ScenarioTree::new(vec![vec![branch(1.0, vec![0.0])]], 1).is_err());
    assert!(ScenarioTree::new(vec![vec![branch(1.0, vec![1.0])]], 0).is_err());
}
