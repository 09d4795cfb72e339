//! Budgets of the volatility, without limits on weights.
//!
//! With C the correlations and xᵢ = σᵢ yᵢ the conditions are xᵢ (Cx)ᵢ = bᵢ, where
//!
//! f(x) = ½ `xᵀCx` − Σ bᵢ ln xᵢ
//!
//! is least (F. Spinu, 2013, equation 9). A relative step v, x ← x + t·x∘v, of Newton's method solves
//!
//! (X C X + diag(b)) v = b − x∘Cx, X = diag(x)
//!
//! At the solution, X C X has row sums b. Where it has no entry below 0, X C X ÷ b is therefore
//! stochastic, its eigenvalues are at most 1, and the condition number of the system after division by
//! diag(b) is at most 2: conjugate gradients gain three decimal digits in four products with C, and nothing is
//! factored. A product costs n², of a factor form n·k. Along a step f is known from sums, so the step's length is
//! exact. The steps end when every contribution is within 10⁻¹³ of its budget, as fractions of the whole.

use super::{RiskBudget, RiskBudgetError, fractions, whole};
use crate::estimate::covariance::Covariance;
use crate::linear::cholesky::Cholesky;
use crate::linear::vector::{add_scaled, dot, largest_magnitude, sum};
use crate::risk::decompose::decompose_volatility;

/// Difference between a contribution and its budget, as fractions of the whole, at which to stop.
const TOLERANCE: f64 = 1e-13;

/// The most that contributions of nearly singular covariances may be away from their budgets.
const ACCEPTABLE: f64 = 1e-9;

/// Variance of a portfolio over that of its assets if they did not hedge one another, below which rounding
/// decides about it.
const RISKLESS: f64 = 1e-14;

/// Part of the error, in the norm that conjugate gradients divide by, that a step leaves.
const FORCING: f64 = 0.02;

/// Products with C for a step; more cost as much as a factorization.
const MOST_PRODUCTS: usize = 60;

/// Steps of Newton’s method; a usual covariance needs 5 to 15, a thousand assets on a hundred factors with
/// hardly any risk of their own and budgets over eight decades 170.
const MOST_STEPS: usize = 500;

/// Weights whose contributions to volatility are as budgeted.
///
/// ```
/// use evenkeel_quant::{allocate::risk_budget::volatility::risk_budget, estimate::covariance::Covariance};
/// let covariance = Covariance::from_volatilities(&[0.15, 0.05], &[1.0, 0.2, 0.2, 1.0])?;
/// let parity = risk_budget(&covariance, &[1.0, 1.0])?;
/// assert!((parity.weights[0] - 0.25).abs() < 1e-14 && (parity.contributions[0] - 0.5).abs() < 1e-14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`RiskBudgetError`], for the first thing that is wrong.
pub fn risk_budget(covariance: &Covariance, budgets: &[f64]) -> Result<RiskBudget, RiskBudgetError> {
    let budgets = fractions(covariance.size(), budgets)?;
    let volatilities = covariance.volatilities();
    if let Some(index) = (0..budgets.len()).find(|asset| budgets[*asset] > 0.0 && volatilities[*asset] <= 0.0) {
        return Err(RiskBudgetError::Riskless { index });
    }
    // Assets without a budget get x = 0 and stay out of every sum.
    let inverse =
        budgets.iter().zip(&volatilities).map(|(budget, volatility)| if *budget > 0.0 { 1.0 / volatility } else { 0.0 }).collect();
    let (x, iterations) = Newton { covariance, inverse, budgets: &budgets }.solve()?;
    finish(covariance, &budgets, &volatilities, &x, iterations)
}

/// The weights that x stands for, and what they contribute.
fn finish(
    covariance: &Covariance,
    budgets: &[f64],
    volatilities: &[f64],
    x: &[f64],
    iterations: usize,
) -> Result<RiskBudget, RiskBudgetError> {
    let positions: Vec<f64> = x.iter().zip(volatilities).map(|(x, volatility)| if *x > 0.0 { x / volatility } else { 0.0 }).collect();
    let weights = whole(&positions);
    let parts = decompose_volatility(covariance, &weights);
    let difference: Vec<f64> = parts.fraction.iter().zip(budgets).map(|(fraction, budget)| fraction - budget).collect();
    let residual = largest_magnitude(&difference);
    if residual > ACCEPTABLE {
        return Err(RiskBudgetError::Unsolved { residual });
    }
    Ok(RiskBudget { weights, risk: parts.volatility, contributions: parts.fraction, residual, iterations })
}

struct Newton<'a> {
    covariance: &'a Covariance,
    /// 1 ÷ σ, 0 for an asset without a budget.
    inverse: Vec<f64>,
    budgets: &'a [f64],
}

impl Newton<'_> {
    /// Cx.
    fn correlate(&self, x: &[f64]) -> Vec<f64> {
        let mut product = self.covariance.times(&multiplied(x, &self.inverse));
        product.iter_mut().zip(&self.inverse).for_each(|(entry, inverse)| *entry *= inverse);
        product
    }

    fn solve(&self) -> Result<(Vec<f64>, usize), RiskBudgetError> {
        let mut x: Vec<f64> = self.budgets.iter().map(|budget| budget.sqrt()).collect();
        let mut best = (f64::INFINITY, x.clone());
        let mut without_gain = 0;
        for step in 0..MOST_STEPS {
            let mut contributions = multiplied(&x, &self.correlate(&x));
            let variance = sum(&contributions);
            if variance <= RISKLESS * dot(&x, &x) {
                return Err(RiskBudgetError::RisklessPortfolio);
            }
            // f is least along the ray of x where the contributions sum to 1.
            let scale = 1.0 / variance.sqrt();
            for (x, contribution) in x.iter_mut().zip(&mut contributions) {
                *x *= scale;
                *contribution /= variance;
            }
            let shortfall: Vec<f64> = self.budgets.iter().zip(&contributions).map(|(budget, contribution)| budget - contribution).collect();
            let residual = largest_magnitude(&shortfall);
            without_gain = if residual < 0.5 * best.0 { 0 } else { without_gain + 1 };
            if residual < best.0 {
                best = (residual, x.clone());
            }
            if residual <= TOLERANCE || (residual <= ACCEPTABLE && without_gain > 2) {
                return Ok((best.1, step));
            }
            let (relative, products) = self.direction(&x, &shortfall);
            let length = self.step_length(&contributions, &relative, &products);
            x.iter_mut().zip(&relative).for_each(|(x, relative)| *x += length * *x * relative);
        }
        Ok((best.1, MOST_STEPS))
    }

    /// Newton's relative step v and X C X v, by conjugate gradients.
    fn direction(&self, x: &[f64], shortfall: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let size = x.len();
        let preconditioner: Vec<f64> =
            x.iter().zip(self.budgets).map(|(x, budget)| if *budget > 0.0 { 1.0 / (x * x + budget) } else { 0.0 }).collect();
        let (mut relative, mut residual) = (vec![0.0; size], shortfall.to_vec());
        let mut preconditioned = multiplied(&residual, &preconditioner);
        let mut search = preconditioned.clone();
        let mut norm = dot(&residual, &preconditioned);
        let target = norm * FORCING * FORCING;
        for _ in 0..MOST_PRODUCTS {
            let mut product = multiplied(x, &self.correlate(&multiplied(x, &search)));
            product.iter_mut().zip(&search).zip(self.budgets).for_each(|((entry, search), budget)| *entry += budget * search);
            let length = norm / dot(&search, &product);
            add_scaled(&mut relative, length, &search);
            add_scaled(&mut residual, -length, &product);
            preconditioned = multiplied(&residual, &preconditioner);
            let next = dot(&residual, &preconditioned);
            if next <= target {
                return self.with_products(relative, shortfall, &residual);
            }
            let keep = next / norm;
            norm = next;
            search.iter_mut().zip(&preconditioned).for_each(|(search, gradient)| *search = gradient + keep * *search);
        }
        self.direct(x, shortfall)
    }

    /// v with X C X v, which the equation gives without a product: what of b − x∘Cx is not `left`, less b∘v.
    fn with_products(&self, relative: Vec<f64>, shortfall: &[f64], left: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let solved = shortfall.iter().zip(left).map(|(all, left)| all - left);
        let products = solved.zip(&relative).zip(self.budgets).map(|((solved, relative), budget)| solved - budget * relative).collect();
        (relative, products)
    }

    /// Newton's relative step by factorization, where conjugate gradients would need more products than
    /// that costs.
    fn direct(&self, x: &[f64], shortfall: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let scale = multiplied(x, &self.inverse);
        let mut system = self.covariance.matrix().into_owned();
        for column in 0..scale.len() {
            system.column_mut(column).iter_mut().zip(&scale).for_each(|(entry, row)| *entry *= row * scale[column]);
            // An asset without a budget is an equation of its own: v = 0.
            let own = if self.budgets[column] > 0.0 { system.get(column, column) + self.budgets[column] } else { 1.0 };
            system.set(column, column, own);
        }
        // Where rounding leaves no factor, the slope itself leads down.
        let relative = Cholesky::factor(system).map_or_else(|_| shortfall.to_vec(), |factor| factor.solve(shortfall));
        self.with_products(relative, shortfall, &vec![0.0; x.len()])
    }

    /// The length t at which f is least along a relative step v: the root of its rising slope
    /// v·(x∘Cx) + t·vᵀXCXv − Σ bᵢvᵢ ÷ (1 + t·vᵢ).
    fn step_length(&self, contributions: &[f64], relative: &[f64], products: &[f64]) -> f64 {
        let least = relative.iter().copied().fold(0.0, f64::min);
        if largest_magnitude(relative) < 0.1 {
            return 1.0;
        }
        let (constant, slope) = (dot(relative, contributions), dot(relative, products));
        let derivatives = |t: f64| {
            let mut value = constant + t * slope;
            let mut curvature = slope;
            for (budget, relative) in self.budgets.iter().zip(relative) {
                let part = relative / (1.0 + t * relative);
                value -= budget * part;
                curvature += budget * part * part;
            }
            (value, curvature)
        };
        // Within (0, end): at the end an entry of x would be 0 and the slope infinite.
        let (mut low, mut high) = (0.0, if least < 0.0 { -1.0 / least } else { f64::INFINITY });
        let mut t = if high > 1.0 { 1.0 } else { 0.5 * high };
        for _ in 0..60 {
            let (value, curvature) = derivatives(t);
            if value > 0.0 {
                high = t;
            } else {
                low = t;
            }
            let newton = t - value / curvature;
            let next = if newton > low && newton < high {
                newton
            } else if high.is_finite() {
                0.5 * (low + high)
            } else {
                2.0 * low
            };
            if (next - t).abs() <= 1e-3 * t {
                return next;
            }
            t = next;
        }
        t
    }
}

fn multiplied(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a * b).collect()
}
