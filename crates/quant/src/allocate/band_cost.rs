//! What a band costs a year, and the width that costs least.
//!
//! A weight within ±h of its target spreads evenly to its edges, from where trades take it back to within ±a h. With
//! the speed s² = w² (1 − w)² q at which it moves, to leading order and a year
//!
//! trading = (f + c (1 − a) h) s² ÷ (h² (1 − a²)), drift = ½ γ q · h² (1 + a²) ÷ 6
//!
//! | symbol | argument | unit |
//! |---|---|---|
//! | w | [`Class::weight`] | target weight, between 0 and 1 |
//! | q | [`Class::variance`] | variance a year of the return beyond that of the rest of the portfolio |
//! | c | [`Class::cost_each_side`] | cost of moving a weight to or from the rest, as a fraction of what moves |
//! | f | [`Class::fixed_cost`] | cost of a trade besides, as a fraction of the portfolio |
//! | γ | [`Class::risk_aversion`] | above 0; half of it times a variance of tracking error is what that costs a year |
//! | a | `inner` | where trades lead: 0 the target, ½ half-way, 1 the edge |
//! | h | `half_width`, results | points of portfolio weight |
//!
//! The width of least cost solves ⅙ γ q (1 + a²) h⁴ = c s² h ÷ (1 + a) + 2 f s² ÷ (1 − a²). Without fixed cost it is
//! h³ = 6 c w² (1 − w)² ÷ (γ (1 + a) (1 + a²)), which knows no variance: a wilder class drifts faster, and its drift costs
//! as much more. At the edge (a = 1) that is [`no_trade_region::half_width`](super::no_trade_region::half_width), also for
//! many classes, where the rest stands for the safe asset. Trading to the target takes a band ∛4 times as wide, and costs
//! 26 % more in all. Classes are taken one by one: that a trade of one helps another is left out, so that for many
//! classes costs are upper bounds; simulation tells by how much. A fixed cost makes trades to the very edge infinitely
//! dear. Derivation: exit times and occupation of a Brownian motion (S. Karlin, H. M. Taylor, *A Second Course in Stochastic
//! Processes*, 1981, chapter 15.3); at the edge as in H. E. Leland, *Optimal Portfolio Implementation with
//! Transactions Costs and Capital Gains Taxes* (2000), and in the sources of the no-trade region.

/// A class beside the rest of the portfolio.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Class {
    /// Target weight w.
    pub weight: f64,
    /// Variance q.
    pub variance: f64,
    /// Proportional cost c.
    pub cost_each_side: f64,
    /// Fixed cost f.
    pub fixed_cost: f64,
    /// Risk aversion γ.
    pub risk_aversion: f64,
}

/// Costs a year, as fractions of the portfolio.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BandCost {
    /// Of trading.
    pub trading: f64,
    /// Of being away from target.
    pub drift: f64,
}

impl BandCost {
    /// Both together.
    pub fn total(&self) -> f64 {
        self.trading + self.drift
    }
}

impl Class {
    /// What a band costs a year; `None` where numbers are out of range, and at the edge with a fixed cost.
    ///
    /// ```
    /// use evenkeel_quant::allocate::band_cost::Class;
    /// let stocks = Class { weight: 0.6, variance: 0.0324, cost_each_side: 0.002, fixed_cost: 0.0, risk_aversion: 5.0 };
    /// let at_edge = stocks.cost(0.03, 1.0).unwrap();
    /// assert!((at_edge.trading - 0.002 * 0.0576 * 0.0324 / 0.06).abs() < 1e-18);
    /// assert!((at_edge.drift - 0.5 * 5.0 * 0.0324 * 0.0009 / 3.0).abs() < 1e-18);
    /// ```
    pub fn cost(&self, half_width: f64, inner: f64) -> Option<BandCost> {
        let speed = self.speed(inner)?;
        let fixed = if self.fixed_cost > 0.0 { self.fixed_cost / (1.0 - inner * inner) } else { 0.0 };
        let trading = speed * (fixed / (half_width * half_width) + self.cost_each_side / ((1.0 + inner) * half_width));
        let drift = self.risk_aversion * self.variance * half_width * half_width * (1.0 + inner * inner) / 12.0;
        (half_width > 0.0 && trading.is_finite() && drift.is_finite()).then_some(BandCost { trading, drift })
    }

    /// The half width that costs least; `None` as for [`Class::cost`], 0 where trading is free.
    ///
    /// ```
    /// use evenkeel_quant::allocate::{band_cost::Class, no_trade_region::half_width};
    /// let stocks = Class { weight: 0.6, variance: 0.0324, cost_each_side: 0.001, fixed_cost: 0.0, risk_aversion: 5.0 };
    /// let (edge, target) = (stocks.best_half_width(1.0).unwrap(), stocks.best_half_width(0.0).unwrap());
    /// assert!((edge - half_width(0.6, 5.0, 0.001).unwrap()).abs() < 1e-15);
    /// assert!((target / edge - 4.0_f64.cbrt()).abs() < 1e-14);
    /// ```
    pub fn best_half_width(&self, inner: f64) -> Option<f64> {
        let speed = self.speed(inner)?;
        let quartic = self.risk_aversion * self.variance * (1.0 + inner * inner) / 6.0;
        let linear = self.cost_each_side * speed / (1.0 + inner);
        let constant = if self.fixed_cost > 0.0 { 2.0 * self.fixed_cost * speed / (1.0 - inner * inner) } else { 0.0 };
        let without_fixed = (linear / quartic).cbrt();
        let without_proportional = (constant / quartic).sqrt().sqrt();
        let mut width = without_fixed + without_proportional;
        if constant > 0.0 {
            // Newton from above to the only root of a convex function.
            loop {
                let value = quartic * width.powi(4) - linear * width - constant;
                let next = width - value / (4.0 * quartic * width.powi(3) - linear);
                if next.is_nan() || next >= width {
                    break;
                }
                width = next;
            }
        }
        width.is_finite().then_some(width)
    }

    /// s², where all numbers are in their ranges.
    fn speed(&self, inner: f64) -> Option<f64> {
        let Self { weight, variance, cost_each_side, fixed_cost, risk_aversion } = *self;
        let sound = (0.0..=1.0).contains(&weight)
            && (0.0..=1.0).contains(&inner)
            && variance > 0.0
            && risk_aversion > 0.0
            && cost_each_side >= 0.0
            && fixed_cost >= 0.0
            && (fixed_cost <= 0.0 || inner < 1.0);
        sound.then(|| (weight * (1.0 - weight)).powi(2) * variance)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;
    use crate::allocate::no_trade_region::half_width;
    use crate::probability::random::Random;

    const STOCKS: Class = Class { weight: 0.6, variance: 0.0324, cost_each_side: 0.002, fixed_cost: 0.0, risk_aversion: 5.0 };

    #[test]
    fn refuses_what_has_no_meaning() {
        assert_eq!(STOCKS.cost(0.0, 0.5), None);
        assert_eq!(Class { fixed_cost: 1e-5, ..STOCKS }.cost(0.05, 1.0), None);
        assert_eq!(Class { risk_aversion: 0.0, ..STOCKS }.best_half_width(0.0), None);
        assert_eq!(Class { weight: 1.2, ..STOCKS }.best_half_width(0.0), None);
        assert_eq!(Class { cost_each_side: 0.0, ..STOCKS }.best_half_width(0.0), Some(0.0));
    }

    #[test]
    fn the_edge_costs_least_and_the_target_a_quarter_more() {
        let least = |inner| STOCKS.cost(STOCKS.best_half_width(inner).unwrap(), inner).unwrap().total();
        assert!((least(0.0) / least(1.0) - 2.0_f64.cbrt()).abs() < 1e-12);
        assert!(least(0.5) > least(1.0) && least(0.5) < least(0.0));
    }

    /// A walk in steps far smaller than the band, and what it pays.
    #[test]
    fn costs_are_those_of_a_walk() {
        let (half_width, steps, a_year) = (0.08, 2_000_000, 2_000.0);
        for inner in [0.0, 0.5, 0.9] {
            let mut random = Random::stream(9, 1);
            let step = (STOCKS.speed(inner).unwrap() / a_year).sqrt();
            let (mut weight, mut paid, mut squares) = (0.0_f64, 0.0, 0.0);
            for _ in 0..steps {
                weight += step * random.normal();
                if weight.abs() > half_width {
                    paid += STOCKS.cost_each_side * (weight.abs() - inner * half_width);
                    weight = weight.signum() * inner * half_width;
                }
                squares += weight * weight;
            }
            let years = f64::from(steps) / a_year;
            let expected = STOCKS.cost(half_width, inner).unwrap();
            let drift = 0.5 * STOCKS.risk_aversion * STOCKS.variance * squares / f64::from(steps);
            assert!((drift / expected.drift - 1.0).abs() < 0.12, "{inner}: drift {drift} of {expected:?}");
            assert!((paid / years / expected.trading - 1.0).abs() < 0.12, "{inner}: trading {} of {expected:?}", paid / years);
        }
    }

    proptest! {
        #[test]
        fn no_other_width_costs_less(weight in 0.02..0.98_f64, cost in 1e-4..0.02_f64, fixed in 0.0..1e-4_f64, inner in 0.0..0.95_f64, other in 0.3..3.0_f64) {
            let class = Class { weight, cost_each_side: cost, fixed_cost: fixed, ..STOCKS };
            let best = class.best_half_width(inner).unwrap();
            let (least, elsewhere) = (class.cost(best, inner).unwrap().total(), class.cost(best * other, inner).unwrap().total());
            prop_assert!(least <= elsewhere * (1.0 + 1e-12));
        }

        #[test]
        fn at_the_edge_it_is_the_no_trade_region(weight in 0.02..0.98_f64, cost in 1e-4..0.02_f64, gamma in 0.5..20.0_f64) {
            let class = Class { weight, cost_each_side: cost, risk_aversion: gamma, ..STOCKS };
            let (found, expected) = (class.best_half_width(1.0).unwrap(), half_width(weight, gamma, cost).unwrap());
            prop_assert!((found - expected).abs() <= 1e-14);
        }
    }
}
