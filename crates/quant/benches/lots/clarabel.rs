//! The relaxation as Clarabel takes it: pieces, exposures to factors, and the assets that have risks of their own.

use clarabel::algebra::CscMatrix;
use clarabel::solver::{DefaultSettingsBuilder, DefaultSolver, IPSolver, SupportedConeT};
use evenkeel_quant::optimize::lots::program::Program;

#[derive(Default)]
struct Triplets(Vec<usize>, Vec<usize>, Vec<f64>);

impl Triplets {
    fn push(&mut self, row: usize, column: usize, value: f64) {
        self.0.push(row);
        self.1.push(column);
        self.2.push(value);
    }
}

/// Its matrices, made once.
pub(crate) struct Lowered {
    pieces: usize,
    quadratic: CscMatrix<f64>,
    linear: Vec<f64>,
    constraints: CscMatrix<f64>,
    right: Vec<f64>,
    cones: Vec<SupportedConeT<f64>>,
}

impl Lowered {
    /// Impact w^{3/2} is a power cone (t, 1, w) of 2/3: t^{2/3} ≥ w.
    pub(crate) fn of(program: &Program) -> Self {
        let (pieces, assets, factors) = (program.pieces.len(), program.assets.len(), program.factors());
        let impacts: Vec<usize> = (0..program.trades.len()).filter(|trade| program.trades[*trade].impact > 0.0).collect();
        let (asset_of, factor_of) = (|asset: usize| pieces + asset, |factor: usize| pieces + assets + factor);
        let impact_of = |at: usize| pieces + assets + factors + at;
        let columns = impact_of(impacts.len());
        let (mut quadratic, mut matrix) = (Triplets::default(), Triplets::default());
        let mut linear: Vec<f64> = program.pieces.iter().map(|piece| piece.price).collect();
        linear.resize(columns, 0.0);
        let mut right = program.rows.clone();
        for trade in &program.trades {
            for piece in trade.pieces.clone() {
                trade.rows.iter().chain(&program.pieces[piece].rows).for_each(|(row, count)| matrix.push(*row, piece, *count));
                if let Some(asset) = trade.asset {
                    matrix.push(program.rows.len() + asset, piece, -trade.sign);
                }
            }
        }
        for (asset, of) in program.assets.iter().enumerate() {
            matrix.push(right.len(), asset_of(asset), 1.0);
            right.push(of.active);
            quadratic.push(asset_of(asset), asset_of(asset), of.specific);
        }
        for factor in 0..factors {
            (0..assets).for_each(|asset| matrix.push(right.len(), asset_of(asset), program.loadings.get(factor, asset)));
            matrix.push(right.len(), factor_of(factor), -1.0);
            right.push(0.0);
            quadratic.push(factor_of(factor), factor_of(factor), 1.0);
        }
        let equations = right.len();
        for (piece, of) in program.pieces.iter().enumerate() {
            matrix.push(right.len(), piece, 1.0);
            matrix.push(right.len() + 1, piece, -1.0);
            right.extend([of.upper, -of.lower]);
        }
        let mut cones = vec![SupportedConeT::ZeroConeT(equations), SupportedConeT::NonnegativeConeT(2 * pieces)];
        for (at, trade) in impacts.iter().enumerate() {
            let trade = &program.trades[*trade];
            linear[impact_of(at)] = trade.impact;
            matrix.push(right.len(), impact_of(at), -1.0);
            trade.pieces.clone().for_each(|piece| matrix.push(right.len() + 2, piece, -1.0));
            right.extend([0.0, 1.0, 0.0]);
            cones.push(SupportedConeT::PowerConeT(2.0 / 3.0));
        }
        let constraints = CscMatrix::new_from_triplets(right.len(), columns, matrix.0, matrix.1, matrix.2);
        let quadratic = CscMatrix::new_from_triplets(columns, columns, quadratic.0, quadratic.1, quadratic.2);
        Self { pieces, quadratic, linear, constraints, right, cones }
    }

    /// The pieces.
    pub(crate) fn solve(&self) -> Vec<f64> {
        let mut settings = DefaultSettingsBuilder::default();
        settings.verbose(false).max_threads(1).direct_solve_method("qdldl".to_owned());
        let settings = settings.build().unwrap();
        let mut solver = DefaultSolver::new(&self.quadratic, &self.linear, &self.constraints, &self.right, &self.cones, settings).unwrap();
        solver.solve();
        solver.solution.x[..self.pieces].to_vec()
    }
}
