//! The rates at which flows are worth nothing today: none, one or several.
//!
//! Σ aᵢ (1 + r)^(−(dᵢ − d₀) ÷ 365) = 0
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | a | [`DatedFlow::amount`] | n | money, as the investor sees it: paid in below 0, taken out and final value above 0 |
//! | d | [`DatedFlow::day`] | n | days since any day |
//! | 365 | [`DAYS_PER_YEAR`] | 1 | Actual/365 Fixed, as in spreadsheets' XIRR: 366 days are more than a year |
//! | r | [`Rates::all`] | 0 … | a year, between [`LOWEST`] and [`HIGHEST`] |
//!
//! Every rate of the interval is found, and none that is not there. As a function of δ = ln(1 + r) the sum has at most as
//! many zeros as its amounts in the order of time change sign (Descartes' rule, which holds for sums of exponentials: G. Pólya,
//! G. Szegő, *Problems and Theorems in Analysis II* (1976), V 77). Multiplied by e^{δp}, with p between two amounts of opposite sign,
//! and differentiated, it has one change of sign fewer; between two neighboring zeros of that derivative there is at most one zero,
//! which is bracketed and bisected. So the zeros are had from those of fewer changes of sign, down to none. Where a rate leaves
//! the accrued balance on one side of 0 until the last flow it is the only one above −1, which is tried first as it costs one pass
//! (C. S. Soper, *The Marginal Efficiency of Capital: A Further Note*, Economic Journal 69 (1959)).

use super::error::{ReturnError, check_finite};

/// Days that count as a year: Actual/365 Fixed.
pub const DAYS_PER_YEAR: f64 = 365.0;

/// The lowest rate looked for: what is left of a million.
pub const LOWEST: f64 = -0.999_999;

/// The highest rate looked for: a million times what was paid in.
pub const HIGHEST: f64 = 1e6;

/// Changes of sign up to which all rates are looked for; each takes a pass of its own.
const MOST_CHANGES: usize = 64;

/// How far apart in δ two points are that count as one; finer than the bits of any rate but one next to 0.
const RESOLUTION: f64 = 1e-17;

/// A sum that is this share of its terms without their signs, or less, where its slope is 0, is 0 there.
const TOUCHING: f64 = 1e-13;

/// An amount on a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DatedFlow {
    /// Days since any one day.
    pub day: i32,
    /// The amount, as the investor sees it: paid in below 0, taken out above 0.
    pub amount: f64,
}

/// The rates of flows.
#[derive(Debug, Clone, PartialEq)]
pub struct Rates {
    /// All rates a year between [`LOWEST`] and [`HIGHEST`], ascending.
    pub all: Vec<f64>,
    /// The rate that is meant: the only one; of several the one nearest to `approximate`. `None` where there is none.
    pub meant: Option<f64>,
    /// The return that the flows come to with simple interest over their whole span, a year: what
    /// [`modified Dietz`](super::dietz) would say. 0 where the capital on average is not above 0.
    pub approximate: f64,
}

/// All money-weighted rates of return a year. Flows may stand in any order; those of a day are added up.
///
/// ```
/// use evenkeel_quant::performance::money_weighted::{DatedFlow, internal_rates};
/// let flow = |day, amount| DatedFlow { day, amount };
/// let one = internal_rates(&[flow(0, -1000.0), flow(365, 1100.0)])?;
/// assert!((one.meant.unwrap_or(0.0) - 0.1).abs() < 1e-14);
/// let two = internal_rates(&[flow(0, 100.0), flow(365, -230.0), flow(730, 132.0)])?;
/// assert_eq!(two.all.len(), 2);
/// let none = internal_rates(&[flow(0, -100.0), flow(365, -50.0)])?;
/// assert_eq!((none.all.len(), none.meant), (0, None));
/// # Ok::<(), evenkeel_quant::performance::error::ReturnError>(())
/// ```
///
/// # Errors
/// [`ReturnError::TooFew`] for no flows, [`ReturnError::NotFinite`], [`ReturnError::Changes`] for more than 64 changes of sign
/// where no rate is the only one at sight.
pub fn internal_rates(flows: &[DatedFlow]) -> Result<Rates, ReturnError> {
    let sum = Exponentials::of(flows)?;
    let (low, high) = (LOWEST.ln_1p(), HIGHEST.ln_1p());
    let logs = match sum.only_zero(low, high) {
        Some(only) => vec![only],
        None if sum.changes() > MOST_CHANGES => return Err(ReturnError::Changes { found: sum.changes(), limit: MOST_CHANGES }),
        None => sum.zeros(low, high),
    };
    let all: Vec<f64> = logs.into_iter().map(f64::exp_m1).collect();
    let approximate = sum.with_simple_interest();
    let distance = |rate: &f64| (rate - approximate).abs();
    let meant = all.iter().copied().min_by(|a, b| distance(a).total_cmp(&distance(b)));
    Ok(Rates { all, meant, approximate })
}

/// What a rate a year comes to over so many days: returns of less than a year are not scaled up to one.
///
/// ```
/// let half = evenkeel_quant::performance::money_weighted::over_days(0.21, 365 * 2);
/// assert!((half - 0.4641).abs() < 1e-15);
/// ```
pub fn over_days(rate: f64, days: i32) -> f64 {
    (rate.ln_1p() * f64::from(days) / DAYS_PER_YEAR).exp_m1()
}

/// Σ aᵢ e^{−δ tᵢ}, in the order of t.
#[derive(Debug, Clone)]
struct Exponentials {
    /// t in years since the first, and a.
    terms: Vec<(f64, f64)>,
}

impl Exponentials {
    fn of(flows: &[DatedFlow]) -> Result<Self, ReturnError> {
        check_finite("flow", flows.iter().map(|flow| flow.amount))?;
        let mut sorted = flows.to_vec();
        // Of a day by size, so that the order of input changes no bit.
        sorted.sort_by(|a, b| a.day.cmp(&b.day).then(a.amount.total_cmp(&b.amount)));
        let Some(first) = sorted.first().map(|flow| flow.day) else {
            return Err(ReturnError::TooFew { what: "flows", found: 0, needed: 1 });
        };
        let mut terms: Vec<(f64, f64)> = Vec::with_capacity(sorted.len());
        for flow in sorted {
            let time = (f64::from(flow.day) - f64::from(first)) / DAYS_PER_YEAR;
            match terms.last_mut() {
                Some(last) if last.0 >= time => last.1 += flow.amount,
                _ => terms.push((time, flow.amount)),
            }
        }
        terms.retain(|(_, amount)| *amount != 0.0);
        Ok(Self { terms })
    }

    fn changes(&self) -> usize {
        self.terms.iter().zip(self.terms.iter().skip(1)).filter(|(a, b)| a.1 * b.1 < 0.0).count()
    }

    /// The value, scaled so that no term is larger than its amount, and the terms added up without their signs.
    fn at(&self, delta: f64) -> (f64, f64) {
        let reference = if delta < 0.0 { self.terms.last() } else { self.terms.first() }.map_or(0.0, |term| term.0);
        self.terms.iter().fold((0.0, 0.0), |(sum, size), (time, amount)| {
            let term = amount * (-delta * (time - reference)).exp();
            (sum + term, size + term.abs())
        })
    }

    /// All zeros between two points, ascending.
    fn zeros(&self, low: f64, high: f64) -> Vec<f64> {
        let turning = if self.changes() < 2 { Vec::new() } else { self.derived().zeros(low, high) };
        let points: Vec<f64> = std::iter::once(low).chain(turning.iter().copied()).chain(std::iter::once(high)).collect();
        let touches = |point: f64| {
            let (sum, size) = self.at(point);
            sum.abs() <= TOUCHING * size
        };
        let mut zeros: Vec<f64> = turning.iter().copied().filter(|point| touches(*point)).collect();
        for (from, to) in points.iter().zip(points.iter().skip(1)) {
            let settled = |point: &f64| turning.contains(point) && touches(*point);
            if self.at(*from).0 * self.at(*to).0 <= 0.0 && !settled(from) && !settled(to) && !self.terms.is_empty() {
                zeros.push(self.bisect(*from, *to));
            }
        }
        zeros.sort_by(f64::total_cmp);
        zeros
    }

    /// The derivative after multiplication by e^{δp}, with p amid the first change of sign, which it does not have.
    fn derived(&self) -> Self {
        let neighbors = self.terms.iter().zip(self.terms.iter().skip(1));
        let pivot = neighbors.filter(|(a, b)| a.1 * b.1 < 0.0).map(|(a, b)| f64::midpoint(a.0, b.0)).next().unwrap_or_default();
        let mut terms: Vec<(f64, f64)> = self.terms.iter().map(|(time, amount)| (*time, amount * (time - pivot))).collect();
        let largest = terms.iter().fold(0.0, |largest, (_, amount)| f64::max(largest, amount.abs()));
        for (_, amount) in &mut terms {
            *amount /= largest;
        }
        Self { terms }
    }

    /// A zero between two points where the signs differ.
    fn bisect(&self, mut low: f64, mut high: f64) -> f64 {
        let rises = self.at(low).0 < 0.0;
        loop {
            let middle = f64::midpoint(low, high);
            if middle <= low || middle >= high || high - low <= RESOLUTION {
                return middle;
            }
            if (self.at(middle).0 < 0.0) == rises { low = middle } else { high = middle }
        }
    }

    /// A zero that is shown to be the only one: there is one change of sign, or the balance accrued at it keeps its sign.
    fn only_zero(&self, low: f64, high: f64) -> Option<f64> {
        if self.changes() == 0 || self.at(low).0 * self.at(high).0 > 0.0 {
            return None;
        }
        let zero = self.bisect(low, high);
        (self.changes() == 1 || self.keeps_its_side(zero)).then_some(zero)
    }

    /// Whether what is accrued at a rate stays on the side of the first amount until the last one.
    fn keeps_its_side(&self, delta: f64) -> bool {
        let Some(((first, amount), rest)) = self.terms.split_first() else { return false };
        let Some((_, between)) = rest.split_last() else { return false };
        let (mut time, mut balance) = (*first, *amount);
        between.iter().all(|(next, flow)| {
            balance = balance * (delta * (next - time)).exp() + flow;
            time = *next;
            balance * amount > 0.0
        })
    }

    /// The rate a year at which Σ aᵢ (1 + r (T − tᵢ)) is 0.
    fn with_simple_interest(&self) -> f64 {
        let end = self.terms.last().map_or(0.0, |term| term.0);
        let net: f64 = self.terms.iter().map(|(_, amount)| amount).sum();
        let capital: f64 = self.terms.iter().map(|(time, amount)| -amount * (end - time)).sum();
        if capital > 0.0 { net / capital } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    /// Flows whose rates are given: the coefficients of Π (1 − (1 + r) v) … by convolution, a year apart.
    fn with_rates(rates: &[f64]) -> Vec<DatedFlow> {
        let mut amounts = vec![1.0];
        for rate in rates {
            // Times (1 − v ÷ v₀) with v₀ = 1 ÷ (1 + r).
            let mut next = vec![0.0; amounts.len() + 1];
            for (index, amount) in amounts.iter().enumerate() {
                next[index] += amount;
                next[index + 1] -= amount * (1.0 + rate);
            }
            amounts = next;
        }
        amounts.iter().enumerate().map(|(year, amount)| DatedFlow { day: 365 * year as i32, amount: *amount }).collect()
    }

    #[test]
    fn every_rate_of_a_polynomial_is_found() {
        for rates in [vec![-0.9, -0.2, 0.1, 0.5, 4.0], vec![0.1, 0.2], vec![-0.5, 0.0, 0.5]] {
            let found = internal_rates(&with_rates(&rates)).unwrap();
            assert_eq!(found.all.len(), rates.len(), "{found:?}");
            assert!(found.all.iter().zip(&rates).all(|(a, b)| (a - b).abs() < 1e-9), "{found:?}");
        }
    }

    #[test]
    fn a_rate_that_is_touched_is_found_once() {
        let found = internal_rates(&with_rates(&[0.25, 0.25])).unwrap();
        assert!(found.all.len() == 1 && (found.all[0] - 0.25).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn nothing_to_earn_and_nothing_at_all() {
        assert_eq!(internal_rates(&[]), Err(ReturnError::TooFew { what: "flows", found: 0, needed: 1 }));
        let flow = |day, amount| DatedFlow { day, amount };
        assert!(internal_rates(&[flow(0, 0.0), flow(5, 0.0)]).unwrap().all.is_empty());
        assert!(internal_rates(&[flow(0, -5.0), flow(0, 5.0)]).unwrap().all.is_empty());
        assert!(matches!(internal_rates(&[flow(3, f64::NAN)]), Err(ReturnError::NotFinite { index: 0, .. })));
        let never = internal_rates(&[flow(0, 100.0), flow(365, -200.0), flow(730, 150.0)]).unwrap();
        assert!(never.all.is_empty() && never.meant.is_none(), "{never:?}");
    }

    proptest! {
        #[test]
        fn found_rates_are_rates_in_any_order_and_unit(
            amounts in prop::collection::vec((0..3000_i32, -1000.0..1000.0_f64), 2..12),
            scale in 0.001..1000.0_f64,
        ) {
            let flows: Vec<DatedFlow> = amounts.iter().map(|(day, amount)| DatedFlow { day: *day, amount: *amount }).collect();
            let found = internal_rates(&flows).unwrap();
            let sum = Exponentials::of(&flows).unwrap();
            for rate in &found.all {
                let (value, size) = sum.at(rate.ln_1p());
                prop_assert!(value.abs() <= 1e-9 * size, "{rate}: {value} of {size}");
            }
            // An odd number where the signs at the ends differ, an even one else; a touched zero is not drawn.
            let ends = sum.at(LOWEST.ln_1p()).0 * sum.at(HIGHEST.ln_1p()).0;
            prop_assert_eq!(found.all.len() % 2 == 1, ends < 0.0);
            let reversed: Vec<DatedFlow> = flows.iter().rev().map(|f| DatedFlow { day: f.day + 40, amount: f.amount }).collect();
            prop_assert_eq!(&internal_rates(&reversed).unwrap().all, &found.all);
            let scaled: Vec<DatedFlow> = flows.iter().map(|f| DatedFlow { day: f.day, amount: f.amount * scale }).collect();
            let other = internal_rates(&scaled).unwrap();
            prop_assert_eq!(other.all.len(), found.all.len());
            prop_assert!(other.all.iter().zip(&found.all).all(|(a, b)| (a - b).abs() <= 1e-7 * (1.0 + b.abs())));
        }

        #[test]
        fn an_investment_has_one(paid in prop::collection::vec(1.0..100.0_f64, 1..20), got in 1.0..5000.0_f64) {
            let mut flows: Vec<DatedFlow> = paid.iter().enumerate().map(|(i, p)| DatedFlow { day: 30 * i as i32, amount: -p }).collect();
            flows.push(DatedFlow { day: 30 * paid.len() as i32 + 200, amount: got });
            prop_assert_eq!(internal_rates(&flows).unwrap().all.len(), 1);
        }
    }
}
