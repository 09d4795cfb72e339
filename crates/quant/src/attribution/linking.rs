//! How effects of periods are made to add up to the compounded excess.
//!
//! R − B = Σₜ kₜ eₜ, with eₜ the effects of period t, which add up to rₜ − bₜ
//!
//! | linking | kₜ | order of periods |
//! |---|---|---|
//! | [`Linking::Carino`] | [(ln(1 + rₜ) − ln(1 + bₜ)) ÷ (rₜ − bₜ)] ÷ the same of R and B | does not matter |
//! | [`Linking::Menchero`] | M + (R − B − M Σ(rₛ − bₛ)) ÷ Σ(rₛ − bₛ)² × (rₜ − bₜ), M = (R − B) ÷ n ÷ ((1 + R)^(1/n) − (1 + B)^(1/n)) | does not matter |
//! | [`Linking::Grap`] | Πₛ₍ₛ﹤ₜ₎ (1 + rₛ) × Πₛ₍ₛ﹥ₜ₎ (1 + bₛ) | matters |
//! | [`Linking::Frongello`] | Fₜ = eₜ Πₛ₍ₛ﹤ₜ₎ (1 + rₛ) + bₜ Σₛ₍ₛ﹤ₜ₎ Fₛ: earlier effects earn the benchmark; the sums are GRAP's | matters |
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | r, b | [`Totals`] | T | simple returns of periods, above −1 |
//! | R, B | | 1 | compounded over all of them |
//! | e | effects by segment | T × n | fractions of the whole |
//!
//! Where rₜ = bₜ Carino's quotient is its limit 1 ÷ (1 + rₜ), and Menchero's M where R = B is (1 + R)^((n − 1) ÷ n); neither loses
//! digits near there. [`davies_laker`] is exact without coefficients, for totals alone. Errors: a total loss. Sources: D. R. Cariño,
//! Journal of Performance Measurement 3 (1999); J. G. Menchero, ibid. 5 (2000); GRAP, *Synthèse des modèles d'attribution de
//! performance* (1997); A. S. B. Frongello, Journal of Performance Measurement 6 (2002); O. Davies, D. Laker, ibid. 6 (2001);
//! C. R. Bacon (2008), tables 8.2 to 8.5.

use super::brinson::Effect;
use super::error::{AttributionError, check_linkable};
use super::segment::Totals;
use crate::linear::vector::count;

/// How effects are linked over periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linking {
    /// By logarithms.
    Carino,
    /// As evenly as possible.
    Menchero,
    /// Grown by what the portfolio had earned, then by what the benchmark went on to earn.
    Grap,
    /// Recursively, each period taking up what earlier effects earn in it.
    Frongello,
}

/// Periods, ready to be linked.
#[derive(Debug, Clone)]
pub struct Linked {
    /// Compounded returns over all periods.
    pub totals: Totals,
    /// kₜ; for Frongello the growth of the portfolio before a period.
    pub coefficients: Vec<f64>,
    /// What earlier effects earn in a period; 0 but for Frongello.
    carried: Vec<f64>,
}

impl Linked {
    /// Prepares the linking of periods.
    ///
    /// ```
    /// use evenkeel_quant::attribution::linking::{Linked, Linking};
    /// use evenkeel_quant::attribution::segment::Totals;
    /// let years = [Totals { portfolio: 0.1, benchmark: 0.0 }, Totals { portfolio: 0.0, benchmark: 0.1 }];
    /// let linked = Linked::new(Linking::Carino, &years)?;
    /// assert!((0.1 * linked.coefficients[0] - 0.1 * linked.coefficients[1]).abs() < 1e-15, "1.1 against 1.1");
    /// # Ok::<(), evenkeel_quant::attribution::error::AttributionError>(())
    /// ```
    ///
    /// # Errors
    /// [`AttributionError::Empty`], [`AttributionError::NotFinite`], [`AttributionError::TotalLoss`].
    pub fn new(linking: Linking, periods: &[Totals]) -> Result<Self, AttributionError> {
        if periods.is_empty() {
            return Err(AttributionError::Empty { what: "periods" });
        }
        let portfolio: Vec<f64> = periods.iter().map(|totals| totals.portfolio).collect();
        let benchmark: Vec<f64> = periods.iter().map(|totals| totals.benchmark).collect();
        for (side, returns) in [("portfolio", &portfolio), ("benchmark", &benchmark)] {
            if let Some((period, value)) = returns.iter().copied().enumerate().find(|(_, value)| !value.is_finite()) {
                return Err(AttributionError::NotFinite { period, segment: 0, what: side, value });
            }
            check_linkable(side, returns)?;
        }
        let totals = Totals { portfolio: compounded(&portfolio), benchmark: compounded(&benchmark) };
        let carried = if linking == Linking::Frongello { benchmark.clone() } else { vec![0.0; periods.len()] };
        let coefficients = match linking {
            Linking::Carino => carino(periods, totals),
            Linking::Menchero => menchero(periods, totals),
            Linking::Grap => grap(&portfolio, &benchmark),
            Linking::Frongello => grown_before(&portfolio),
        };
        Ok(Self { totals, coefficients, carried })
    }

    /// The linked effects of a period, added to those before it; periods are to be linked in their order.
    ///
    /// ```
    /// use evenkeel_quant::attribution::brinson::Effect;
    /// use evenkeel_quant::attribution::linking::{Linked, Linking};
    /// use evenkeel_quant::attribution::segment::Totals;
    /// let year = Totals { portfolio: 0.1, benchmark: 0.0 };
    /// let linked = Linked::new(Linking::Frongello, &[year, year])?;
    /// let mut sum = Effect::default();
    /// for period in 0..2 {
    ///     linked.add(period, Effect { allocation: 0.1, ..Effect::default() }, &mut sum);
    /// }
    /// assert!((sum.total() - 0.21).abs() < 1e-15);
    /// # Ok::<(), evenkeel_quant::attribution::error::AttributionError>(())
    /// ```
    #[inline]
    pub fn add(&self, period: usize, effect: Effect, sum: &mut Effect) -> Effect {
        let (Some(coefficient), Some(carried)) = (self.coefficients.get(period), self.carried.get(period)) else {
            return Effect::default();
        };
        let linked = effect * *coefficient + *sum * *carried;
        *sum += linked;
        linked
    }
}

/// Linked effects of every period, by segment.
///
/// ```
/// use evenkeel_quant::attribution::brinson::{Effect, Period};
/// use evenkeel_quant::attribution::linking::{Linking, link};
/// use evenkeel_quant::attribution::segment::Totals;
/// let year = |portfolio: f64| Period {
///     totals: Totals { portfolio, benchmark: 0.0 },
///     effects: vec![Effect { selection: portfolio, ..Effect::default() }],
/// };
/// let linked = link(&[year(0.1), year(0.2)], Linking::Menchero)?;
/// assert!((linked[0][0].total() + linked[1][0].total() - 0.32).abs() < 1e-15);
/// # Ok::<(), evenkeel_quant::attribution::error::AttributionError>(())
/// ```
///
/// # Errors
/// Those of [`Linked::new`], and [`AttributionError::Shape`] for periods of different segments.
pub fn link(periods: &[super::brinson::Period], linking: Linking) -> Result<Vec<Vec<Effect>>, AttributionError> {
    let totals: Vec<Totals> = periods.iter().map(|period| period.totals).collect();
    let linked = Linked::new(linking, &totals)?;
    let needed = periods.first().map_or(0, |period| period.effects.len());
    if let Some(period) = periods.iter().find(|period| period.effects.len() != needed) {
        return Err(AttributionError::Shape { what: "segments of a period", found: period.effects.len(), needed });
    }
    let mut sums = vec![Effect::default(); needed];
    let of_period = |(index, period): (usize, &super::brinson::Period)| {
        let effects = period.effects.iter().zip(&mut sums);
        effects.map(|(effect, sum)| linked.add(index, *effect, sum)).collect()
    };
    Ok(periods.iter().enumerate().map(of_period).collect())
}

/// Effects of many periods by compounding notional funds, in which only one decision was made: exact, for totals alone.
///
/// allocation = Π (1 + sₜ) − Π (1 + bₜ), selection = Π (1 + nₜ) − Π (1 + bₜ), with sₜ = bₜ + allocation of t, nₜ = bₜ + selection
/// of t; interaction is what is left.
///
/// ```
/// use evenkeel_quant::attribution::brinson::Effect;
/// use evenkeel_quant::attribution::linking::davies_laker;
/// use evenkeel_quant::attribution::segment::Totals;
/// let year = (Totals { portfolio: 0.1, benchmark: 0.0 }, Effect { allocation: 0.1, ..Effect::default() });
/// let told = davies_laker(&[year, year]);
/// assert!((told.allocation - 0.21).abs() < 1e-15 && told.interaction.abs() < 1e-15);
/// ```
pub fn davies_laker(periods: &[(Totals, Effect)]) -> Effect {
    let grown = |earned: fn(&Totals, &Effect) -> f64| periods.iter().map(|(totals, effect)| 1.0 + earned(totals, effect)).product::<f64>();
    let benchmark = grown(|totals, _| totals.benchmark);
    let allocation = grown(|totals, effect| totals.benchmark + effect.allocation) - benchmark;
    let selection = grown(|totals, effect| totals.benchmark + effect.selection) - benchmark;
    let excess = grown(|totals, _| totals.portfolio) - benchmark;
    Effect { allocation, selection, interaction: excess - allocation - selection }
}

/// Π (1 + r) − 1.
pub(crate) fn compounded(returns: &[f64]) -> f64 {
    returns.iter().map(|value| value.ln_1p()).sum::<f64>().exp_m1()
}

/// (ln(1 + r) − ln(1 + b)) ÷ (r − b).
pub(crate) fn logarithmic(portfolio: f64, benchmark: f64) -> f64 {
    let apart = (portfolio - benchmark) / (1.0 + benchmark);
    let quotient = if apart == 0.0 { 1.0 } else { apart.ln_1p() / apart };
    quotient / (1.0 + benchmark)
}

fn carino(periods: &[Totals], totals: Totals) -> Vec<f64> {
    let whole = logarithmic(totals.portfolio, totals.benchmark);
    periods.iter().map(|period| logarithmic(period.portfolio, period.benchmark) / whole).collect()
}

fn menchero(periods: &[Totals], totals: Totals) -> Vec<f64> {
    let n = count(periods.len());
    let excess = |totals: &Totals| totals.portfolio - totals.benchmark;
    // With u = ln((1 + B) ÷ (1 + R)) the quotient of M is one of values of exp − 1, which keep their digits where u is small.
    let u = (-excess(&totals) / (1.0 + totals.portfolio)).ln_1p();
    let quotient = if u == 0.0 { 1.0 } else { u.exp_m1() / (u / n).exp_m1() / n };
    let scale = quotient * (totals.portfolio.ln_1p() * (n - 1.0) / n).exp();
    let (sum, squares) = periods.iter().fold((0.0, 0.0), |(sum, squares), period| {
        let excess = excess(period);
        (sum + excess, squares + excess * excess)
    });
    let slope = if squares > 0.0 { (excess(&totals) - scale * sum) / squares } else { 0.0 };
    periods.iter().map(|period| scale + slope * excess(period)).collect()
}

fn grap(portfolio: &[f64], benchmark: &[f64]) -> Vec<f64> {
    let mut coefficients = grown_before(portfolio);
    let mut after = 1.0;
    for (coefficient, earned) in coefficients.iter_mut().zip(benchmark).rev() {
        *coefficient *= after;
        after *= 1.0 + earned;
    }
    coefficients
}

/// Growth before each period.
fn grown_before(returns: &[f64]) -> Vec<f64> {
    let mut grown = 1.0;
    returns
        .iter()
        .map(|earned| {
            let before = grown;
            grown *= 1.0 + earned;
            before
        })
        .collect()
}
