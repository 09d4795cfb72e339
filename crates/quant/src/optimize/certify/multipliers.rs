//! Multipliers that a backend did not hand back, estimated from the point alone.

use crate::optimize::dense::shortest_least_squares;
use crate::optimize::program::Program;
use crate::optimize::solution::Multipliers;

use super::primal::{Slack, slacks};
use crate::optimize::limit::Limit;

/// The multipliers of rows, spreads and risk limits where all are given, least-squares estimates
/// otherwise; those of the bounds as given.
pub(super) fn complete(program: &Program, x: &[f64], gradient: &[f64], weight: f64, given: &Multipliers) -> Multipliers {
    let region = &program.region;
    let complete = given.rows.len() == region.rows.lower.len()
        && given.spreads.len() == region.spreads.len()
        && given.risks.len() == region.risks.len();
    let mut multipliers = if complete { given.clone() } else { estimate(program, x, gradient, weight) };
    multipliers.bounds = if given.bounds.len() == x.len() { given.bounds.clone() } else { Vec::new() };
    multipliers
}

/// The multipliers of active limits that come nearest to a gradient of 0 at the weights that are free.
fn estimate(program: &Program, x: &[f64], gradient: &[f64], weight: f64) -> Multipliers {
    let region = &program.region;
    let free: Vec<usize> = (0..x.len()).filter(|asset| is_free(program, *asset, x[*asset], super::NEAR * weight)).collect();
    let mut active: Vec<Limit> = slacks(program, x, weight)
        .into_iter()
        .filter(|Slack { limit, room, size }| *room <= super::NEAR * size && !matches!(limit, Limit::Lower(_) | Limit::Upper(_)))
        .map(|slack| slack.limit)
        .collect();
    // Both sides of an equation are one column.
    active.dedup_by(|second, first| matches!((first, second), (Limit::RowLower(a), Limit::RowUpper(b)) if a == b));
    let wanted: Vec<f64> = free.iter().map(|asset| smooth_slope(program, *asset, x[*asset], gradient)).collect();
    loop {
        let columns: Vec<Vec<f64>> = active.iter().map(|limit| column(program, x, *limit)).collect();
        let matrix: Vec<f64> = free.iter().flat_map(|asset| columns.iter().map(|column| column[*asset])).collect();
        let found = if active.is_empty() { Vec::new() } else { shortest_least_squares(active.len(), &matrix, &wanted) };
        // A limit whose multiplier has the wrong sign does not hold the optimum: leave it out.
        let wrong = active.iter().zip(&found).position(|(limit, found)| match limit {
            Limit::RowLower(row) if region.rows.upper[*row] - region.rows.lower[*row] == 0.0 => false,
            Limit::RowLower(_) => *found < 0.0,
            _ => *found > 0.0,
        });
        let Some(wrong) = wrong else { return collect(program, &active, &found) };
        active.remove(wrong);
    }
}

fn collect(program: &Program, active: &[Limit], found: &[f64]) -> Multipliers {
    let region = &program.region;
    let mut multipliers = Multipliers {
        bounds: Vec::new(),
        rows: vec![0.0; region.rows.lower.len()],
        spreads: vec![0.0; region.spreads.len()],
        risks: vec![0.0; region.risks.len()],
    };
    for (limit, value) in active.iter().zip(found) {
        match limit {
            Limit::RowLower(row) | Limit::RowUpper(row) => multipliers.rows[*row] = *value,
            Limit::Spread(spread) => multipliers.spreads[*spread] = -value,
            Limit::Risk(risk) => multipliers.risks[*risk] = -value,
            Limit::Lower(_) | Limit::Upper(_) => {}
        }
    }
    multipliers
}

/// Whether a weight can move both ways without meeting a bound or a kink.
fn is_free(program: &Program, asset: usize, x: f64, near: f64) -> bool {
    let region = &program.region;
    let away = |from: f64| (x - from).abs() > near;
    let kinks = program.costs.get(asset).is_none_or(|cost| cost.kinks.iter().all(|kink| away(kink.at)));
    let origins =
        region.spreads.iter().all(|spread| (spread.above[asset] == 0.0 && spread.below[asset] == 0.0) || away(spread.origin[asset]));
    away(region.lower[asset]) && away(region.upper[asset]) && kinks && origins
}

/// The slope of the objective at a free weight.
fn smooth_slope(program: &Program, asset: usize, x: f64, gradient: &[f64]) -> f64 {
    gradient[asset] + program.costs.get(asset).map_or(0.0, |cost| cost.slopes(x).0)
}

/// The gradient of the left side of a limit.
fn column(program: &Program, x: &[f64], limit: Limit) -> Vec<f64> {
    let region = &program.region;
    match limit {
        Limit::RowLower(row) | Limit::RowUpper(row) => region.rows.matrix.row(row),
        Limit::Spread(at) => {
            let spread = &region.spreads[at];
            (0..x.len()).map(|asset| if x[asset] > spread.origin[asset] { spread.above[asset] } else { -spread.below[asset] }).collect()
        }
        Limit::Risk(at) => {
            let risk = &region.risks[at];
            let active: Vec<f64> = x.iter().zip(&risk.center).map(|(x, b)| x - b).collect();
            risk.covariance.times(&active).into_iter().map(|covariance| 2.0 * covariance).collect()
        }
        Limit::Lower(_) | Limit::Upper(_) => vec![0.0; x.len()],
    }
}
