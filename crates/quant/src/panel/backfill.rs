//! Missing returns filled by a factor model.
//!
//! rₜ = a + bᵀfₜ + eₜ by least squares on the rows on which r is known; a missing rₜ becomes
//! a + bᵀfₜ, or that plus a residual drawn with replacement.
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | r | `returns` | T × n, a column at a time | a fraction a period |
//! | f | `factors` | T × k | returns on the same dates, nothing missing |
//! | a, b | | 1, k | |
//! | e | [`Residuals`] | | residuals times √(m/(m − k − 1)) for m known rows, which restores their variance |
//!
//! Fitted values alone vary less than returns do: a volatility estimated from them is too low by the
//! share that the factors do not explain, which [`Filled::explained`] tells. Sources: R. F. Stambaugh,
//! Journal of Financial Economics 45 (1997); S. Page, Financial Analysts Journal 69 (2013), which adds
//! residuals.

use super::missing::Coverage;
use super::{Content, Panel, PanelError};
use crate::linear::cholesky::Cholesky;
use crate::linear::eigen::Eigen;
use crate::linear::matrix::Matrix;
use crate::linear::product::{gram, multiply, outer_gram, transposed_times};
use crate::linear::vector::{add_scaled, count, dot, sum};

/// Share of a factor's variation that must not be explained by the other factors.
const INDEPENDENT: f64 = 1e-10;

/// What is added to the fitted value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Residuals {
    /// Nothing: the expected return, given the factors.
    Zero,
    /// A residual of the asset, drawn by a generator of its own that starts from the seed.
    Drawn {
        /// Equal seeds fill alike.
        seed: u64,
    },
}

/// An asset that was filled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Filled {
    /// The column.
    pub asset: usize,
    /// Rows that were filled.
    pub rows: usize,
    /// Rows that the model was fitted to.
    pub fitted_to: usize,
    /// R²: share of the variance that the factors explain on the rows fitted to.
    pub explained: f64,
}

/// The principal components of the assets without holes: T × k returns of portfolios that explain most
/// of their correlation, in descending order.
///
/// ```
/// use evenkeel_quant::{linear::matrix::Matrix, panel::{Content, Panel, backfill::component_returns}};
/// let values = Matrix::from_columns(4, 2, vec![0.01, -0.01, 0.02, -0.02, 0.02, -0.02, 0.04, -0.04])?;
/// let returns = Panel::new(Content::SimpleReturns, vec![1, 2, 3, 4], values)?;
/// let market = component_returns(&returns, 1)?;
/// assert!((market.get(2, 0) / market.get(0, 0) - 2.0).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`PanelError::Content`] for prices, [`PanelError::Argument`] where there are not as many moving
/// assets without holes, or not more dates, than components.
pub fn component_returns(returns: &Panel, components: usize) -> Result<Matrix, PanelError> {
    returns.check_returns()?;
    let standardized: Vec<f64> = returns.values().iter_columns().filter_map(standardize).flatten().collect();
    let assets = standardized.len().checked_div(returns.rows()).unwrap_or_default();
    if components == 0 || components > assets || components >= returns.rows() {
        let limit = "from 1 to the number of assets without holes that move, and below the number of dates";
        return Err(PanelError::Argument { name: "number of components", value: count(components), limit });
    }
    let mut of_assets = Matrix::zeros(returns.rows(), assets);
    of_assets.values_mut().copy_from_slice(&standardized);
    // The smaller of the two matrices of products has all eigenvalues other than 0.
    let by_dates = returns.rows() < assets;
    let products = if by_dates { outer_gram(&of_assets) } else { gram(&of_assets) };
    let not_finite = |_| PanelError::Argument { name: "largest return", value: f64::INFINITY, limit: "small enough to be squared" };
    let eigen = Eigen::of(&products).map_err(not_finite)?;
    let size = products.rows();
    let largest: Vec<usize> = (size - components..size).rev().collect();
    let vectors = eigen.vectors.select(&(0..size).collect::<Vec<_>>(), &largest);
    Ok(if by_dates { vectors } else { multiply(&of_assets, &vectors) })
}

/// A column with mean 0 and length 1; `None` where a value is missing or none differs.
fn standardize(column: &[f64]) -> Option<Vec<f64>> {
    let mut centered = center(column);
    let length = dot(&centered, &centered).sqrt();
    if length.is_nan() || length <= 0.0 {
        return None;
    }
    for value in &mut centered {
        *value /= length;
    }
    Some(centered)
}

/// Distances from the mean, which are exactly 0 where all values are equal.
fn center(column: &[f64]) -> Vec<f64> {
    let first = column.first().copied().unwrap_or_default();
    let mut centered: Vec<f64> = column.iter().map(|value| value - first).collect();
    let mean = sum(&centered) / count(column.len());
    for value in &mut centered {
        *value -= mean;
    }
    centered
}

/// Fills the holes of the assets given.
pub(super) fn fill(
    returns: &Panel,
    holed: &[Coverage],
    factors: &Matrix,
    residuals: Residuals,
) -> Result<(Panel, Vec<Filled>), PanelError> {
    if factors.rows() != returns.rows() {
        return Err(PanelError::Rows { rows: factors.rows(), dates: returns.rows() });
    }
    if let Some(value) = factors.values().iter().copied().find(|value| !value.is_finite()) {
        return Err(PanelError::Argument { name: "return of a factor", value, limit: "a finite number on every date" });
    }
    // More than everything cannot be lost, which a straight line does not know.
    let least = if returns.content == Content::SimpleReturns { -1.0 } else { f64::NEG_INFINITY };
    let mut panel = returns.clone();
    let mut filled = Vec::with_capacity(holed.len());
    for coverage in holed {
        let column = panel.values.column_mut(coverage.asset);
        let known: Vec<usize> = (0..column.len()).filter(|row| !column[*row].is_nan()).collect();
        let refused = PanelError::Fit { asset: coverage.asset, found: known.len(), factors: factors.columns() };
        let fit = Fit::of(column, &known, factors).ok_or(refused)?;
        let mut draw = Draw::of(residuals, coverage.asset);
        for row in (0..column.len()).filter(|row| column[*row].is_nan()).collect::<Vec<_>>() {
            column[row] = (fit.fitted[row] + draw.residual(&fit.residuals)).max(least);
        }
        filled.push(Filled { asset: coverage.asset, rows: returns.rows() - known.len(), fitted_to: known.len(), explained: fit.explained });
    }
    Ok((Panel::new(panel.content, panel.dates, panel.values)?, filled))
}

/// A regression on factors.
struct Fit {
    /// Of all rows.
    fitted: Vec<f64>,
    /// Of the rows fitted to, with their variance restored.
    residuals: Vec<f64>,
    explained: f64,
}

impl Fit {
    /// `None` where there are too few rows, or the factors are not told apart on them.
    fn of(column: &[f64], known: &[usize], factors: &Matrix) -> Option<Self> {
        let degrees_of_freedom = known.len().checked_sub(factors.columns() + 1).filter(|degrees| *degrees >= 2)?;
        let on_known = |column: &[f64]| known.iter().map(|row| column[*row]).collect::<Vec<_>>();
        let means: Vec<f64> = factors.iter_columns().map(|factor| sum(&on_known(factor)) / count(known.len())).collect();
        let lengths: Vec<f64> = factors.iter_columns().map(|factor| standard_length(&on_known(factor))).collect();
        let x = Matrix::from_fn(known.len(), factors.columns(), |row, k| (factors.get(known[row], k) - means[k]) / lengths[k]);
        let y = on_known(column);
        let mean = sum(&y) / count(y.len());
        let centered = center(&y);
        let cholesky = Cholesky::factor(gram(&x)).ok()?;
        let told_apart = cholesky.lower().diagonal().iter().all(|pivot| pivot * pivot > INDEPENDENT);
        if !told_apart {
            return None;
        }
        let b = cholesky.solve(&transposed_times(&x, &centered));
        let mut residuals = centered.clone();
        let mut fitted = vec![mean; column.len()];
        for (k, slope) in b.iter().enumerate() {
            add_scaled(&mut residuals, -slope, x.column(k));
            for (to, factor) in fitted.iter_mut().zip(factors.column(k)) {
                *to += slope * (factor - means[k]) / lengths[k];
            }
        }
        let (total, unexplained) = (dot(&centered, &centered), dot(&residuals, &residuals));
        let explained = if total > 0.0 { 1.0 - unexplained / total } else { 1.0 };
        let restored = (count(known.len()) / count(degrees_of_freedom)).sqrt();
        for residual in &mut residuals {
            *residual *= restored;
        }
        Some(Self { fitted, residuals, explained })
    }
}

/// Length of a column about its mean; 1 for one that does not move, which the pivots then refuse.
fn standard_length(column: &[f64]) -> f64 {
    let centered = center(column);
    let length = dot(&centered, &centered).sqrt();
    if length > 0.0 { length } else { 1.0 }
}

/// Draws residuals: `SplitMix64` (G. L. Steele, D. Lea, C. H. Flood, OOPSLA 2014), a stream for each asset.
struct Draw {
    state: Option<u64>,
}

impl Draw {
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

    fn of(residuals: Residuals, asset: usize) -> Self {
        let state = match residuals {
            Residuals::Zero => None,
            Residuals::Drawn { seed } => Some(mixed(seed ^ mixed((asset as u64).wrapping_add(Self::STEP)))),
        };
        Self { state }
    }

    fn residual(&mut self, residuals: &[f64]) -> f64 {
        let Some(state) = &mut self.state else { return 0.0 };
        *state = state.wrapping_add(Self::STEP);
        let scaled = u128::from(mixed(*state)) * residuals.len() as u128;
        let place = usize::try_from(scaled >> 64).unwrap_or_default();
        residuals.get(place).copied().unwrap_or_default()
    }
}

fn mixed(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp, reason = "tests")]

    use super::*;
    use crate::panel::missing::{Missing, treat_missing};

    /// Numbers of mean 0 that look random: a sum of waves.
    fn wave(row: usize, frequency: f64) -> f64 {
        0.01 * (count(row) * frequency).sin()
    }

    fn panel(rows: usize, missing: usize, noise: f64) -> (Panel, Matrix) {
        let factors = Matrix::from_fn(rows, 2, |row, k| wave(row, [0.7, 1.9][k]));
        let values = Matrix::from_fn(rows, 1, |row, _| {
            if row < missing { f64::NAN } else { 0.001 + 1.5 * factors.get(row, 0) - 0.5 * factors.get(row, 1) + noise * wave(row, 2.6) }
        });
        (Panel::new(Content::SimpleReturns, (0..).take(rows).collect(), values).unwrap(), factors)
    }

    #[test]
    fn an_exact_model_gives_back_what_is_missing() {
        let (panel, factors) = panel(60, 25, 0.0);
        for residuals in [Residuals::Zero, Residuals::Drawn { seed: 7 }] {
            let treated = treat_missing(&panel, Missing::Backfill { factors: &factors, residuals }).unwrap();
            for row in 0..60 {
                let expected = 0.001 + 1.5 * factors.get(row, 0) - 0.5 * factors.get(row, 1);
                assert!((treated.panel.values().get(row, 0) - expected).abs() < 1e-15);
            }
            let [Filled { asset: 0, rows: 25, fitted_to: 35, explained }] = treated.report.filled[..] else { panic!("one asset") };
            assert!((explained - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn residuals_restore_the_variance_and_replay() {
        let (panel, factors) = panel(6000, 4000, 1.0);
        let fill = |residuals| treat_missing(&panel, Missing::Backfill { factors: &factors, residuals }).unwrap();
        let unexplained = |treated: &crate::panel::missing::Treated| {
            let error = |row| treated.panel.values().get(row, 0) - (0.001 + 1.5 * factors.get(row, 0) - 0.5 * factors.get(row, 1));
            (0..4000).map(|row: usize| error(row).powi(2)).sum::<f64>() / 4000.0
        };
        // The noise is a wave of variance 0.01² ÷ 2.
        assert!(unexplained(&fill(Residuals::Zero)) < 1e-8);
        let drawn = fill(Residuals::Drawn { seed: 7 });
        assert!((unexplained(&drawn) / 5e-5 - 1.0).abs() < 0.05);
        assert_eq!(drawn.panel.values(), fill(Residuals::Drawn { seed: 7 }).panel.values());
        assert_ne!(drawn.panel.values(), fill(Residuals::Drawn { seed: 8 }).panel.values());
    }

    #[test]
    fn refuses_what_cannot_be_fitted() {
        let fill = |panel: &Panel, factors: &Matrix| treat_missing(panel, Missing::Backfill { factors, residuals: Residuals::Zero });
        let (short, factors) = panel(20, 16, 0.0);
        assert_eq!(fill(&short, &factors).unwrap_err(), PanelError::Fit { asset: 0, found: 4, factors: 2 });
        let (long, factors) = panel(20, 10, 0.0);
        let same = Matrix::from_fn(20, 2, |row, _| factors.get(row, 0));
        assert_eq!(fill(&long, &same).unwrap_err(), PanelError::Fit { asset: 0, found: 10, factors: 2 });
        assert_eq!(fill(&long, &Matrix::zeros(19, 1)).unwrap_err(), PanelError::Rows { rows: 19, dates: 20 });
        assert!(matches!(component_returns(&long, 1), Err(PanelError::Argument { .. })));
    }

    #[test]
    fn components_are_the_same_by_assets_and_by_dates() {
        let values = Matrix::from_fn(12, 9, |row, asset| wave(row, 0.4) * count(asset + 1) + wave(row * (asset + 3), 1.3));
        let dates = (0..12).collect();
        let tall = Panel::new(Content::SimpleReturns, dates, values).unwrap();
        let wide = tall.between(0, 6);
        for panel in [tall, wide] {
            let components = component_returns(&panel, 3).unwrap();
            let cross = gram(&components);
            for (i, j) in [(0, 1), (0, 2), (1, 2)] {
                assert!(cross.get(i, j).abs() < 1e-12);
            }
            let first = standardize(components.column(0)).unwrap();
            let explained: f64 = panel.values().iter_columns().filter_map(standardize).map(|asset| dot(&asset, &first).powi(2)).sum();
            let standardized: Vec<f64> = panel.values().iter_columns().filter_map(standardize).flatten().collect();
            let all = Matrix::from_columns(panel.rows(), 9, standardized).unwrap();
            let largest = *Eigen::values_of(&gram(&all)).unwrap().last().unwrap();
            assert!((explained - largest).abs() < 1e-12);
        }
    }
}
