//! A program whose kinks and powers are lifted into variables of their own.
//!
//! A kink j (x − a)⁺ is the least j u with u ≥ 0 and u ≥ x − a, a power p |x − o|^{3/2} the least
//! p u^{3/2} with u ≥ x − o and u ≥ o − x; a spread is then a row over x and u. Every u belongs to one
//! weight, so that it is eliminated on the diagonal.

use crate::linear::matrix::Matrix;
use crate::optimize::active_set::Model;
use crate::optimize::program::Program;

/// A variable u beside a weight x: u ≥ x − a, and u ≥ 0 or, where it mirrors, u ≥ a − x.
#[derive(Debug, Clone)]
pub(super) struct Lift {
    pub(super) asset: usize,
    /// a.
    pub(super) at: f64,
    /// 1 where it mirrors, otherwise 0.
    pub(super) mirror: f64,
    /// Price of a unit of u.
    pub(super) price: f64,
    /// Price of u^{3/2}.
    pub(super) power: f64,
}

impl Lift {
    /// κ = (3/2 p)²: the square of the power's slope at u = 1.
    pub(super) fn stiffness(&self) -> f64 {
        2.25 * self.power * self.power
    }

    /// What two lifts that can be one have in common.
    fn place(&self) -> (usize, u64, u64) {
        (self.asset, self.mirror.to_bits(), self.at.to_bits())
    }
}

/// ½ xᵀHx + cᵀx + Σ price u + power u^{3/2} subject to bounds and l ≤ A x + W u ≤ r.
#[derive(Debug, Clone)]
pub(super) struct Lifted<'a> {
    pub(super) model: Model<'a>,
    /// c.
    pub(super) linear: Vec<f64>,
    /// Ordered by asset.
    pub(super) lifts: Vec<Lift>,
    /// Aᵀ, so that each row lies together: rows of the program, then spreads.
    pub(super) rows: Matrix,
    /// W, a row for each spread: what each u counts for.
    pub(super) counted: Vec<Vec<f64>>,
    pub(super) lower: Vec<f64>,
    pub(super) upper: Vec<f64>,
}

impl<'a> Lifted<'a> {
    pub(super) fn new(program: &'a Program) -> Self {
        let model = Model::new(program);
        let (assets, unit) = (model.assets(), model.scaling.weight);
        let to_slope = unit / model.scaling.objective;
        let mut lifts: Vec<Lift> = Vec::new();
        let mut linear = model.linear.clone();
        for (asset, cost) in program.costs.iter().enumerate() {
            linear[asset] += cost.slope * to_slope;
            let kinks = cost.kinks.iter().filter(|kink| kink.jump > 0.0);
            lifts.extend(kinks.map(|kink| Lift { asset, at: kink.at / unit, mirror: 0.0, price: kink.jump * to_slope, power: 0.0 }));
            if cost.power > 0.0 {
                let power = cost.power * to_slope * unit.sqrt();
                lifts.push(Lift { asset, at: cost.origin / unit, mirror: 1.0, price: 0.0, power });
            }
        }
        for spread in &program.region.spreads {
            for asset in (0..assets).filter(|asset| spread.above[*asset] + spread.below[*asset] > 0.0) {
                let at = spread.origin[asset] / unit;
                lifts.push(Lift { asset, at, mirror: 0.0, price: 0.0, power: 0.0 });
            }
        }
        let lifts = merged(lifts);
        let (own, spreads) = (model.row_count(), program.region.spreads.len());
        let mut rows = Matrix::zeros(assets, own + spreads);
        for row in 0..own {
            let entries = model.rows.row(row);
            rows.column_mut(row).copy_from_slice(&entries);
        }
        let (mut lower, mut upper) = (model.lower[assets..].to_vec(), model.upper[assets..].to_vec());
        let mut counted = Vec::with_capacity(spreads);
        for (at, spread) in program.region.spreads.iter().enumerate() {
            // a (x − o)⁺ + d (o − x)⁺ = −d (x − o) + (a + d) (x − o)⁺
            let offset: f64 = spread.below.iter().zip(&spread.origin).map(|(below, origin)| below * origin).sum();
            rows.column_mut(own + at).iter_mut().zip(&spread.below).for_each(|(entry, below)| *entry = -below);
            lower.push(f64::NEG_INFINITY);
            upper.push((spread.limit - offset) / unit);
            let count = |lift: &Lift| {
                let here = lift.mirror == 0.0 && lift.at.to_bits() == (spread.origin[lift.asset] / unit).to_bits();
                if here { spread.above[lift.asset] + spread.below[lift.asset] } else { 0.0 }
            };
            counted.push(lifts.iter().map(count).collect());
        }
        Self { model, linear, lifts, rows, counted, lower, upper }
    }

    pub(super) fn assets(&self) -> usize {
        self.linear.len()
    }

    /// Rows of the program, without spreads.
    pub(super) fn own_rows(&self) -> usize {
        self.model.row_count()
    }

    pub(super) fn is_equation(&self, row: usize) -> bool {
        self.lower[row].to_bits() == self.upper[row].to_bits()
    }

    /// A weight that may not move.
    pub(super) fn is_given(&self, asset: usize) -> bool {
        self.model.lower[asset].to_bits() == self.model.upper[asset].to_bits()
    }
}

/// Lifts in order of asset and place, with those of the same place as one.
fn merged(mut lifts: Vec<Lift>) -> Vec<Lift> {
    lifts.sort_by(|a, b| a.asset.cmp(&b.asset).then(a.mirror.total_cmp(&b.mirror)).then(a.at.total_cmp(&b.at)));
    let mut merged: Vec<Lift> = Vec::with_capacity(lifts.len());
    for lift in lifts {
        match merged.last_mut().filter(|last| last.place() == lift.place()) {
            Some(last) => {
                last.price += lift.price;
                last.power += lift.power;
            }
            None => merged.push(lift),
        }
    }
    merged
}
