//! The portfolio program as a cone program.
//!
//! | part | lowered to |
//! |---|---|
//! | Q dense | P = Q |
//! | Q = L `Lᵀ` + diag(d) | variables v = `Lᵀ`(x − b), P = diag(d, 1) |
//! | kink j (x − a)⁺ | variable w ≥ x − a, w ≥ 0, at a slope of j |
//! | p ‖x − o‖^{3/2} | variables ‖x − o‖ ≤ u, u² ≤ w v, v² ≤ u, at a slope of p on w |
//! | spread | variables wᵢ ≥ aᵢ (xᵢ − oᵢ), wᵢ ≥ dᵢ (oᵢ − xᵢ), Σ wᵢ ≤ t |
//! | risk limit, V = F `Fᵀ` | second-order cone (r, `Fᵀ`(x − b)) |
//!
//! Weights are measured in [`Units::weight`], the objective in [`Units::objective`], and every row by its
//! own size, so that a program in other units is the same cone program.

use crate::estimate::covariance::Covariance;
use crate::linear::eigen::Eigen;
use crate::optimize::limit::Limit;
use crate::optimize::program::{Cost, Program, RiskLimit, Spread};

use super::model::{Model, Place, Row};

/// The part of the greatest volatility below which a limit on risk is not taken as a unit.
const VOLATILITY_FLOOR: f64 = 1e-4;

/// An objective below this part of its unit is measured anew.
const RESCALED: f64 = 0.1;

/// The smallest such part that numbers of sixteen digits bear.
const LEAST_UNIT: f64 = 1e-8;

/// A row below this part of the bounds is 0.
const ROUNDING: f64 = 1e-9;

/// Eigenvalues below this part of the largest are rounding.
const RANK_TOLERANCE: f64 = 1e-15;

/// The sizes in which a program is measured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Units {
    pub(super) weight: f64,
    pub(super) objective: f64,
}

/// A program as a cone program, with where each limit went and what its row was divided by.
#[derive(Debug, Clone)]
pub(super) struct Lowered {
    pub(super) model: Model,
    pub(super) units: Units,
    /// Limit, row, and the divisor of the row.
    pub(super) limits: Vec<(Limit, Place, f64)>,
    /// In an elastic program: limit, its variable, and the divisor.
    pub(super) elastic: Vec<(Limit, usize, f64)>,
}

/// What a unit by which a limit is relaxed costs, by limit and the size of its row; `None` where it must
/// hold.
pub(super) type Price<'a> = &'a dyn Fn(Limit, f64) -> Option<f64>;

impl Lowered {
    /// The program with its objective.
    pub(super) fn optimal(program: &Program, units: Units) -> Self {
        let mut lowered = Self::empty(program, units);
        lowered.quadratic(program);
        for (asset, cost) in program.costs.iter().enumerate() {
            lowered.cost(asset, cost);
        }
        lowered.region(program, &|_, _| None);
        lowered
    }

    /// The program that pays for relaxing limits, and for nothing else.
    pub(super) fn elastic(program: &Program, price: Price<'_>) -> Self {
        let mut lowered = Self::empty(program, Units { weight: Units::of(program).weight, objective: 1.0 });
        lowered.model.linear.fill(0.0);
        lowered.region(program, price);
        lowered
    }

    fn empty(program: &Program, units: Units) -> Self {
        let slope = units.weight / units.objective;
        let linear = program.linear.iter().map(|entry| entry * slope).collect();
        Self { model: Model::of(linear), units, limits: Vec::new(), elastic: Vec::new() }
    }

    /// ½ (x − b)ᵀ Q (x − b).
    fn quadratic(&mut self, program: &Program) {
        let Some(covariance) = program.quadratic.as_ref().filter(|_| program.scale > 0.0) else { return };
        let size = program.size();
        let unit = program.scale * self.units.weight * self.units.weight / self.units.objective;
        let shift = program.scale * self.units.weight / self.units.objective;
        if let Some(factors) = covariance.factor_form() {
            for (asset, specific) in factors.specific.iter().enumerate() {
                self.model.quadratic.push((asset, asset, unit * specific));
                self.model.linear[asset] -= shift * specific * program.center[asset];
            }
            for column in factors.loadings.iter_columns() {
                // v = √unit × exposure, so that its entry of P is 1.
                let variable = self.model.variable(0.0);
                self.model.quadratic.push((variable, variable, 1.0));
                let mut terms: Vec<(usize, f64)> =
                    column.iter().enumerate().map(|(asset, loading)| (asset, unit.sqrt() * loading)).collect();
                terms.push((variable, -1.0));
                let center: f64 = column.iter().zip(&program.center).map(|(loading, b)| loading * b).sum();
                self.model.equal(Row { terms, limit: unit.sqrt() * center / self.units.weight });
            }
            return;
        }
        let matrix = covariance.matrix();
        for column in 0..size {
            self.model
                .quadratic
                .extend(matrix.column(column).iter().take(column + 1).enumerate().map(|(row, entry)| (row, column, unit * entry)));
        }
        for (slope, entry) in self.model.linear.iter_mut().zip(covariance.times(&program.center)) {
            *slope -= shift * entry;
        }
    }

    /// φ(x) of one asset.
    fn cost(&mut self, asset: usize, cost: &Cost) {
        let Units { weight, objective } = self.units;
        let per_weight = weight / objective;
        self.model.linear[asset] += (cost.slope - cost.quadratic * cost.origin) * per_weight;
        if cost.quadratic > 0.0 {
            self.model.quadratic.push((asset, asset, cost.quadratic * per_weight * weight));
        }
        for kink in cost.kinks.iter().filter(|kink| kink.jump > 0.0) {
            let above = self.model.variable(kink.jump * per_weight);
            self.model.at_most(Row { terms: vec![(asset, 1.0), (above, -1.0)], limit: kink.at / weight });
            self.model.at_most(Row { terms: vec![(above, -1.0)], limit: 0.0 });
        }
        if cost.power > 0.0 {
            let power = cost.power * weight.sqrt() * per_weight;
            let (distance, root, value) = (self.model.variable(0.0), self.model.variable(0.0), self.model.variable(power));
            let origin = cost.origin / weight;
            self.model.at_most(Row { terms: vec![(asset, 1.0), (distance, -1.0)], limit: origin });
            self.model.at_most(Row { terms: vec![(asset, -1.0), (distance, -1.0)], limit: -origin });
            // u² ≤ w v as ‖(2 u, w − v)‖ ≤ w + v, and v² ≤ u as ‖(2 v, u − 1)‖ ≤ u + 1.
            self.model.cone(vec![
                Row { terms: vec![(value, -1.0), (root, -1.0)], limit: 0.0 },
                Row { terms: vec![(distance, -2.0)], limit: 0.0 },
                Row { terms: vec![(value, -1.0), (root, 1.0)], limit: 0.0 },
            ]);
            self.model.cone(vec![
                Row { terms: vec![(distance, -1.0)], limit: 1.0 },
                Row { terms: vec![(root, -2.0)], limit: 0.0 },
                Row { terms: vec![(distance, -1.0)], limit: -1.0 },
            ]);
        }
    }

    /// Every limit that is not open.
    fn region(&mut self, program: &Program, price: Price<'_>) {
        let region = &program.region;
        let weight = self.units.weight;
        for asset in 0..program.size() {
            self.side(Limit::Lower(asset), vec![(asset, -1.0)], -region.lower[asset], weight, price);
            self.side(Limit::Upper(asset), vec![(asset, 1.0)], region.upper[asset], weight, price);
        }
        for row in 0..region.rows.lower.len() {
            let entries = region.rows.matrix.row(row);
            let largest = entries.iter().fold(0.0, |most: f64, entry| most.max(entry.abs()));
            let size = if largest > 0.0 { largest } else { 1.0 };
            let (lower, upper) = (region.rows.lower[row], region.rows.upper[row]);
            let terms = |sign: f64| -> Vec<(usize, f64)> {
                entries.iter().enumerate().map(|(asset, entry)| (asset, sign * entry / size)).collect()
            };
            let divisor = size * weight;
            if upper - lower == 0.0 && price(Limit::RowLower(row), divisor).is_none() && price(Limit::RowUpper(row), divisor).is_none() {
                let place = self.model.equal(Row { terms: terms(1.0), limit: upper / divisor });
                self.limits.push((Limit::RowUpper(row), place, divisor));
            } else {
                self.side(Limit::RowLower(row), terms(-1.0), -lower, divisor, price);
                self.side(Limit::RowUpper(row), terms(1.0), upper, divisor, price);
            }
        }
        for (at, spread) in region.spreads.iter().enumerate().filter(|(_, spread)| spread.limit.is_finite()) {
            self.spread(Limit::Spread(at), spread, price);
        }
        for (at, risk) in region.risks.iter().enumerate().filter(|(_, risk)| risk.volatility.is_finite()) {
            self.risk(Limit::Risk(at), risk, price);
        }
    }

    /// aᵀx ≤ level, unless that is open; the terms are already divided.
    fn side(&mut self, limit: Limit, mut terms: Vec<(usize, f64)>, level: f64, divisor: f64, price: Price<'_>) {
        if level.is_finite() {
            terms.extend(self.slack(limit, divisor, price));
            let place = self.model.at_most(Row { terms, limit: level / divisor });
            self.limits.push((limit, place, divisor));
        }
    }

    /// −e, by which a limit is relaxed, where that has a price.
    fn slack(&mut self, limit: Limit, divisor: f64, price: Price<'_>) -> Option<(usize, f64)> {
        let slack = self.model.variable(price(limit, divisor)? * divisor);
        self.model.at_most(Row { terms: vec![(slack, -1.0)], limit: 0.0 });
        self.elastic.push((limit, slack, divisor));
        Some((slack, -1.0))
    }

    /// Σ a (x − o)⁺ + d (o − x)⁺ ≤ t.
    fn spread(&mut self, limit: Limit, spread: &Spread, price: Price<'_>) {
        let weight = self.units.weight;
        let greatest = spread.above.iter().chain(&spread.below).fold(0.0, |most: f64, price| most.max(*price));
        let unit = if greatest > 0.0 { greatest } else { 1.0 };
        let mut total = Vec::new();
        for (asset, origin) in spread.origin.iter().enumerate() {
            let (above, below) = (spread.above[asset] / unit, spread.below[asset] / unit);
            if above > 0.0 || below > 0.0 {
                let used = self.model.variable(0.0);
                self.model.at_most(Row { terms: vec![(asset, above), (used, -1.0)], limit: above * origin / weight });
                self.model.at_most(Row { terms: vec![(asset, -below), (used, -1.0)], limit: -below * origin / weight });
                total.push((used, 1.0));
            }
        }
        self.side(limit, total, spread.limit, unit * weight, price);
    }

    /// (r, Fᵀ(x − b)) in the second-order cone.
    fn risk(&mut self, limit: Limit, risk: &RiskLimit, price: Price<'_>) {
        let weight = self.units.weight;
        let greatest = risk.covariance.volatilities().into_iter().fold(0.0, f64::max);
        let divisor = risk.volatility.max(VOLATILITY_FLOOR * greatest * weight);
        let head = Row { terms: self.slack(limit, divisor, price).into_iter().collect(), limit: risk.volatility / divisor };
        let rows = factor(&risk.covariance).into_iter().map(|column| {
            let center: f64 = column.iter().map(|(asset, entry)| entry * risk.center[*asset]).sum();
            let terms = column.into_iter().map(|(asset, entry)| (asset, -entry * weight / divisor)).collect();
            Row { terms, limit: -center / divisor }
        });
        let cone = std::iter::once(head).chain(rows).collect();
        let place = self.model.cone(cone);
        self.limits.push((limit, place, divisor));
    }
}

/// The columns of F with V = F `Fᵀ`, as asset and entry.
fn factor(covariance: &Covariance) -> Vec<Vec<(usize, f64)>> {
    let sparse = |column: &[f64], factor: f64| column.iter().enumerate().map(|(asset, entry)| (asset, entry * factor)).collect();
    if let Some(factors) = covariance.factor_form() {
        let own = factors.specific.iter().enumerate().filter(|(_, specific)| **specific > 0.0);
        let own = own.map(|(asset, specific)| vec![(asset, specific.sqrt())]);
        return factors.loadings.iter_columns().map(|column| sparse(column, 1.0)).chain(own).collect();
    }
    let matrix = covariance.matrix().into_owned();
    let Ok(eigen) = Eigen::of(&matrix) else { return Vec::new() };
    let floor = RANK_TOLERANCE * eigen.values.last().copied().unwrap_or(0.0);
    let kept = eigen.values.iter().zip(eigen.vectors.iter_columns()).filter(|(value, _)| **value > floor);
    kept.map(|(value, vector)| sparse(vector, value.sqrt())).collect()
}

impl Units {
    /// The size of a weight as the limits name it, and the size of the objective at such weights.
    pub(super) fn of(program: &Program) -> Self {
        let volatility = program.quadratic.iter().flat_map(|covariance| covariance.volatilities()).fold(0.0, f64::max);
        let variance = program.scale * volatility * volatility;
        let linear = program.linear.iter().fold(0.0, |most: f64, slope| most.max(slope.abs()));
        let weight = named_weight(program).or_else(|| positive(linear / variance)).unwrap_or(1.0);
        let costs = program.costs.iter().map(|cost| {
            let jumps: f64 = cost.kinks.iter().map(|kink| kink.jump).sum();
            (cost.slope.abs() + jumps) * weight + cost.quadratic * weight * weight + cost.power * weight * weight.sqrt()
        });
        let objective = costs.fold(linear * weight, f64::max).max(variance * weight * weight);
        Self { weight, objective: positive(objective).unwrap_or(1.0) }
    }

    /// The same, with the size that the terms of the objective have at x, where that is far smaller.
    pub(super) fn at(self, program: &Program, x: &[f64]) -> Option<Self> {
        let active: Vec<f64> = x.iter().zip(&program.center).map(|(x, b)| x - b).collect();
        let risk = program.quadratic.as_ref().map_or(0.0, |covariance| 0.5 * program.scale * covariance.variance(&active));
        let linear: f64 = program.linear.iter().zip(x).map(|(c, x)| (c * x).abs()).sum();
        let costs: f64 = program.costs.iter().zip(x).map(|(cost, x)| cost.value(*x).abs()).sum();
        let objective = (risk + linear + costs).max(LEAST_UNIT * self.objective);
        (objective < RESCALED * self.objective).then_some(Self { objective, ..self })
    }
}

/// The size of a weight by the first of rows, bounds, spreads, what is held, and risk limits to name one.
fn named_weight(program: &Program) -> Option<f64> {
    let region = &program.region;
    let rows = (0..region.rows.lower.len()).flat_map(|row| {
        let largest = (0..program.size()).fold(0.0, |most: f64, asset| most.max(region.rows.matrix.get(row, asset).abs()));
        [region.rows.lower[row] / largest, region.rows.upper[row] / largest]
    });
    let spreads = region
        .spreads
        .iter()
        .map(|spread| spread.limit / spread.above.iter().chain(&spread.below).fold(0.0, |most: f64, price| most.max(*price)));
    let risks = region.risks.iter().map(|risk| risk.volatility / risk.covariance.volatilities().into_iter().fold(0.0, f64::max));
    let centers = program.center.iter().chain(region.risks.iter().flat_map(|risk| &risk.center));
    let origins = program.costs.iter().map(|cost| &cost.origin).chain(region.spreads.iter().flat_map(|spread| &spread.origin));
    let bounds = largest(region.lower.iter().chain(&region.upper).copied());
    // A row that should be 0 and is rounding names no size.
    largest(rows)
        .filter(|size| bounds.is_none_or(|bound| *size > ROUNDING * bound))
        .or(bounds)
        .or_else(|| largest(spreads))
        .or_else(|| largest(centers.chain(origins).copied()))
        .or_else(|| largest(risks))
}

/// The largest size that is neither 0 nor infinite.
fn largest(sizes: impl Iterator<Item = f64>) -> Option<f64> {
    sizes.filter_map(|size| positive(size.abs())).reduce(f64::max)
}

fn positive(size: f64) -> Option<f64> {
    Some(size).filter(|size| *size > 0.0 && size.is_finite())
}
