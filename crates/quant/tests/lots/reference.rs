//! The same program by Clarabel, over pieces, sizes of trades and assets.

use std::sync::Arc;

use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::optimize::conic;
use evenkeel_quant::optimize::lots::program::Program;
use evenkeel_quant::optimize::program as weights;
use evenkeel_quant::optimize::solution::Status;

/// The optimal pieces; `None` where there are none.
pub(crate) fn by_clarabel(program: &Program) -> Option<Vec<f64>> {
    let (pieces, trades, assets) = (program.pieces.len(), program.trades.len(), program.assets.len());
    let count = pieces + trades + assets;
    let (size_of, asset_of) = (|trade: usize| pieces + trade, |asset: usize| pieces + trades + asset);
    let loadings = Matrix::from_fn(count, program.factors(), |unknown, factor| {
        if unknown >= pieces + trades { program.loadings.get(factor, unknown - pieces - trades) } else { 0.0 }
    });
    let mut specific = vec![0.0; pieces + trades];
    specific.extend(program.assets.iter().map(|asset| asset.specific));
    let risk = Covariance::from_factors(loadings, specific).unwrap();
    let mut matrix = Matrix::zeros(program.rows.len() + trades + assets, count);
    let mut right = program.rows.clone();
    for (at, trade) in program.trades.iter().enumerate() {
        let row = right.len();
        trade.pieces.clone().for_each(|piece| matrix.set(row, piece, 1.0));
        matrix.set(row, size_of(at), -1.0);
        right.push(0.0);
        for (row, coefficient) in &trade.rows {
            trade.pieces.clone().for_each(|piece| matrix.set(*row, piece, matrix.get(*row, piece) + coefficient));
        }
    }
    for (at, piece) in program.pieces.iter().enumerate() {
        piece.rows.iter().for_each(|(row, coefficient)| matrix.set(*row, at, matrix.get(*row, at) + coefficient));
    }
    for (at, asset) in program.assets.iter().enumerate() {
        let row = right.len();
        matrix.set(row, asset_of(at), 1.0);
        for (of, trade) in program.trades.iter().enumerate().filter(|(_, trade)| trade.asset == Some(at)) {
            matrix.set(row, size_of(of), -trade.sign);
        }
        right.push(asset.active);
    }
    let mut lower: Vec<f64> = program.pieces.iter().map(|piece| piece.lower).collect();
    let mut upper: Vec<f64> = program.pieces.iter().map(|piece| piece.upper).collect();
    lower.resize(count, f64::NEG_INFINITY);
    upper.resize(count, f64::INFINITY);
    let mut linear: Vec<f64> = program.pieces.iter().map(|piece| piece.price).collect();
    linear.resize(count, 0.0);
    let mut costs: Vec<weights::Cost> = Vec::new();
    if program.trades.iter().any(|trade| trade.impact > 0.0) {
        costs = vec![weights::Cost::proportional(0.0, 0.0, 0.0); count];
        program.trades.iter().enumerate().for_each(|(at, trade)| costs[size_of(at)].power = trade.impact);
    }
    let rows = weights::Rows { matrix, lower: right.clone(), upper: right };
    let region = weights::Region { lower, upper, rows, spreads: Vec::new(), risks: Vec::new() };
    let whole = weights::Program { quadratic: Some(Arc::new(risk)), scale: 1.0, center: vec![0.0; count], linear, costs, region };
    let solution = conic::solve(&whole).unwrap();
    (solution.status == Status::Optimal).then(|| solution.weights[..pieces].to_vec())
}
