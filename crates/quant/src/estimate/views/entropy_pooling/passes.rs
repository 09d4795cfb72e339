//! The passes of entropy pooling, and the views that contradict one another.

use super::constraint::{Constraint, Pins, of_view, pinned_mean, pinned_variance};
use super::dual::{Outcome, solve};
use super::{PoolingError, Quantity, Relation, View};
use crate::linear::matrix::Matrix;
use crate::linear::vector::dot;

/// How near a target must be to what scenarios reach, as a share of their range.
const TOLERANCE: f64 = 1e-12;

/// Why a set of views has no probabilities.
enum Failure {
    OutOfReach { view: usize, value: f64, lowest: f64, highest: f64 },
    Contradiction,
    Unsettled(f64),
}

/// The nearest probabilities that hold all views, and the steps it took; or the smallest set found that cannot hold.
pub(super) fn pool(scenarios: &Matrix, prior: &[f64], views: &[View]) -> Result<(Vec<f64>, usize), PoolingError> {
    let every: Vec<usize> = (0..views.len()).collect();
    match pool_some(scenarios, prior, views, &every) {
        Ok(found) => Ok(found),
        Err(Failure::OutOfReach { view, value, lowest, highest }) => Err(PoolingError::OutOfReach { view, value, lowest, highest }),
        Err(Failure::Unsettled(residual)) => Err(PoolingError::Unsettled { residual }),
        Err(Failure::Contradiction) => {
            // Each view without which the others still fail is not to blame, and left out for good.
            let mut blamed = every;
            for view in 0..views.len() {
                let without: Vec<usize> = blamed.iter().copied().filter(|other| *other != view).collect();
                if !matches!(pool_some(scenarios, prior, views, &without), Ok(_) | Err(Failure::Unsettled(_))) {
                    blamed = without;
                }
            }
            Err(PoolingError::Contradiction { views: blamed })
        }
    }
}

/// Three passes over some of the views: means, variances, correlations.
fn pool_some(scenarios: &Matrix, prior: &[f64], views: &[View], chosen: &[usize]) -> Result<(Vec<f64>, usize), Failure> {
    let of = |wanted: fn(&Quantity) -> bool| chosen.iter().copied().filter(move |number| wanted(&views[*number].quantity));
    let on_means: Vec<usize> = of(|quantity| matches!(quantity, Quantity::Mean(_))).collect();
    let on_variances: Vec<usize> = of(|quantity| matches!(quantity, Quantity::Variance(_))).collect();
    let on_correlations: Vec<usize> = of(|quantity| matches!(quantity, Quantity::Correlation(..))).collect();
    let view = |number: &usize, pins: &Pins| of_view(scenarios, *number, &views[*number], pins);

    let mut pins = pins_of(scenarios, prior, &[]);
    let (mut found, mut steps) = settle(prior, on_means.iter().map(|number| view(number, &pins)).collect())?;
    for (later, pin_variances) in [(&on_variances, false), (&on_correlations, true)] {
        if later.is_empty() {
            continue;
        }
        let concerned = assets_of(views, later);
        let held = if pin_variances { assets_of(views, on_variances.iter().chain(later)) } else { concerned.clone() };
        pins = pins_of(scenarios, &found, &held);
        let mut constraints: Vec<Constraint> = on_means.iter().chain(&on_variances).map(|number| view(number, &pins)).collect();
        constraints.extend(held.iter().map(|asset| pinned_mean(scenarios, *asset, &pins)));
        if pin_variances {
            constraints.extend(concerned.iter().map(|asset| pinned_variance(scenarios, *asset, &pins)));
            constraints.extend(later.iter().map(|number| view(number, &pins)));
        }
        let (next, more) = settle(prior, constraints)?;
        found = next;
        steps += more;
    }
    Ok((found, steps))
}

/// The assets whose variance or correlation views are about, each once.
fn assets_of<'a>(views: &[View], chosen: impl IntoIterator<Item = &'a usize>) -> Vec<usize> {
    let mut assets: Vec<usize> = Vec::new();
    for number in chosen {
        match views[*number].quantity {
            Quantity::Mean(_) => {}
            Quantity::Variance(asset) => assets.push(asset),
            Quantity::Correlation(first, second) => assets.extend([first, second]),
        }
    }
    assets.sort_unstable();
    assets.dedup();
    assets
}

/// Means and variances of some assets under probabilities; 0 for the others, which nothing asks for.
fn pins_of(scenarios: &Matrix, probabilities: &[f64], assets: &[usize]) -> Pins {
    let mut pins = Pins { means: vec![0.0; scenarios.columns()], variances: vec![0.0; scenarios.columns()] };
    for asset in assets.iter().copied() {
        let column = scenarios.column(asset);
        let mean = dot(column, probabilities);
        let squares: Vec<f64> = column.iter().map(|value| (value - mean).powi(2)).collect();
        pins.means[asset] = mean;
        pins.variances[asset] = dot(&squares, probabilities);
    }
    pins
}

/// One pass: constraints scaled to unit size, those that hold whatever happens left out.
fn settle(prior: &[f64], constraints: Vec<Constraint>) -> Result<(Vec<f64>, usize), Failure> {
    let mut scaled: Vec<f64> = Vec::new();
    let mut bounded = Vec::new();
    for constraint in constraints {
        let possible = || constraint.values.iter().zip(prior).filter(|(_, prior)| **prior > 0.0).map(|(value, _)| *value);
        let (lowest, highest) = (possible().fold(f64::INFINITY, f64::min), possible().fold(f64::NEG_INFINITY, f64::max));
        let magnitude = lowest.abs().max(highest.abs());
        let near = TOLERANCE * (highest - lowest).max(f64::EPSILON * magnitude);
        let (too_low, too_high) = (constraint.target < lowest - near, constraint.target > highest + near);
        let impossible = match constraint.relation {
            Relation::Equal => too_low || too_high,
            Relation::AtLeast => too_high,
            Relation::AtMost => too_low,
        };
        if impossible {
            let [value, lowest, highest] = [constraint.target, lowest, highest].map(|entry| entry / constraint.unit);
            return Err(constraint.view.map_or(Failure::Contradiction, |view| Failure::OutOfReach { view, value, lowest, highest }));
        }
        let mean = dot(&constraint.values, prior);
        let deviation = possible_deviation(&constraint.values, prior, mean);
        if deviation <= f64::EPSILON * magnitude {
            continue;
        }
        let sign = if constraint.relation == Relation::AtMost { -1.0 } else { 1.0 };
        scaled.extend(constraint.values.iter().map(|value| sign * (value - constraint.target) / deviation));
        bounded.push(constraint.relation != Relation::Equal);
    }
    let Ok(matrix) = Matrix::from_columns(prior.len(), bounded.len(), scaled) else { return Err(Failure::Contradiction) };
    match solve(prior, &matrix, &bounded) {
        Outcome::Solved { probabilities, steps } => Ok((probabilities, steps)),
        Outcome::Contradiction => Err(Failure::Contradiction),
        Outcome::Unsettled(residual) => Err(Failure::Unsettled(residual)),
    }
}

fn possible_deviation(values: &[f64], prior: &[f64], mean: f64) -> f64 {
    values.iter().zip(prior).map(|(value, prior)| prior * (value - mean).powi(2)).sum::<f64>().sqrt()
}
