//! The Lagrangian of one weight: a convex function of one variable, minimized in closed form.

use crate::optimize::program::Cost;

/// g x + φ(x) + Σ θ spread(x), of one asset.
#[derive(Debug, Clone)]
pub(super) struct Piece<'a> {
    /// g: slope of all that is linear.
    pub(super) slope: f64,
    /// φ.
    pub(super) cost: Option<&'a Cost>,
    /// Of each spread with a price: origin, and θ times the price above and below.
    pub(super) spreads: Vec<(f64, f64, f64)>,
}

impl Piece<'_> {
    /// The slopes from the left and from the right at x.
    pub(super) fn slopes(&self, x: f64) -> (f64, f64) {
        let (mut left, mut right) = self.cost.map_or((0.0, 0.0), |cost| cost.slopes(x));
        for (origin, above, below) in &self.spreads {
            left += if x > *origin { *above } else { -below };
            right += if x >= *origin { *above } else { -below };
        }
        (self.slope + left, self.slope + right)
    }

    /// The value at one weight less that at another.
    pub(super) fn change(&self, to: f64, from: f64) -> f64 {
        let spread =
            |x: f64| -> f64 { self.spreads.iter().map(|(o, above, below)| (x - o).max(0.0) * above + (o - x).max(0.0) * below).sum() };
        let cost = self.cost.map_or(0.0, |cost| cost.value(to) - cost.value(from));
        self.slope * (to - from) + cost + spread(to) - spread(from)
    }

    /// The point between two bounds at which the function is least, `None` where it falls without end.
    pub(super) fn least(&self, lower: f64, upper: f64, start: f64) -> Option<f64> {
        let start = start.max(lower).min(upper);
        let (left, right) = self.slopes(start);
        if right < 0.0 {
            self.walk(start, upper, 1.0)
        } else if left > 0.0 {
            self.walk(start, lower, -1.0)
        } else {
            Some(start)
        }
    }

    /// Goes from a point in the direction in which the function falls to where it no longer does.
    fn walk(&self, from: f64, to: f64, direction: f64) -> Option<f64> {
        let mut breaks: Vec<f64> = self.breaks().filter(|at| (at - from) * direction > 0.0 && (to - at) * direction > 0.0).collect();
        breaks.sort_unstable_by(|a, b| (a * direction).total_cmp(&(b * direction)));
        breaks.push(to);
        let mut at = from;
        for next in breaks {
            let ahead = |(left, right): (f64, f64)| if direction > 0.0 { (left, right) } else { (-right, -left) };
            // Before `next` nothing but the smooth part of the cost changes the slope.
            let leaving = ahead(self.slopes(at)).1;
            if next.is_infinite() || ahead(self.slopes(next)).0 >= 0.0 {
                return self.root(at, leaving, direction).map(|root| if direction > 0.0 { root.min(next) } else { root.max(next) });
            }
            if next - to == 0.0 || ahead(self.slopes(next)).1 >= 0.0 {
                return Some(next);
            }
            at = next;
        }
        Some(at)
    }

    /// Where the slope, seen in the direction of the walk, rises from `leaving` at `at` to 0.
    fn root(&self, at: f64, leaving: f64, direction: f64) -> Option<f64> {
        let cost = self.cost?;
        // With t = √|x − o| the smooth slope is ±(q t² + 1.5 p t), negative while the walk nears o.
        let distance = (at - cost.origin) * direction;
        let side = if distance >= 0.0 { 1.0 } else { -1.0 };
        let here = cost.quadratic * distance + 1.5 * cost.power * side * distance.abs().sqrt();
        let wanted = (here - leaving) * side;
        if cost.quadratic == 0.0 && cost.power == 0.0 {
            return None;
        }
        let power = 1.5 * cost.power;
        let t = 2.0 * wanted / (power + (power * power + 4.0 * cost.quadratic * wanted).max(0.0).sqrt());
        Some(cost.origin + direction * side * t * t)
    }

    /// Where the slope jumps or bends.
    fn breaks(&self) -> impl Iterator<Item = f64> {
        let kinks = self.cost.into_iter().flat_map(|cost| cost.kinks.iter().map(|kink| kink.at).chain([cost.origin]));
        kinks.chain(self.spreads.iter().map(|spread| spread.0))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;
    use crate::optimize::program::Kink;

    fn cost() -> impl Strategy<Value = Cost> {
        let whole = (-4_i32..5).prop_map(f64::from);
        let size = prop_oneof![Just(0.0), 0.1..3.0_f64];
        let kinks = proptest::collection::vec((whole.clone(), 0.0..3.0_f64), 0..3);
        (whole, -3.0..3.0_f64, kinks, size.clone(), size).prop_map(|(origin, slope, mut kinks, quadratic, power)| {
            kinks.sort_by(|a, b| a.0.total_cmp(&b.0));
            Cost { origin, slope, kinks: kinks.into_iter().map(|(at, jump)| Kink { at, jump }).collect(), quadratic, power }
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]

        #[test]
        fn no_point_of_a_grid_is_lower(
            cost in cost(), slope in -6.0..6.0_f64, spread in (-3.0..3.0_f64, 0.0..2.0_f64, 0.0..2.0_f64),
            lower in -6.0..0.0_f64, width in 0.0..9.0_f64, start in -9.0..9.0_f64,
        ) {
            let piece = Piece { slope, cost: Some(&cost), spreads: vec![spread] };
            let least = piece.least(lower, lower + width, start).unwrap();
            prop_assert!((lower..=lower + width).contains(&least));
            for step in 0..=500 {
                let x = lower + width * f64::from(step) / 500.0;
                prop_assert!(piece.change(x, least) >= -1e-12, "{x} is lower than {least}");
            }
        }
    }

    #[test]
    fn falls_without_end_only_where_nothing_stops_it() {
        let cost = Cost { origin: 0.0, slope: 0.0, kinks: vec![Kink { at: 1.0, jump: 2.0 }], quadratic: 0.0, power: 0.0 };
        let piece = |slope| Piece { slope, cost: Some(&cost), spreads: Vec::new() };
        assert_eq!(piece(-1.0).least(f64::NEG_INFINITY, f64::INFINITY, 0.0), Some(1.0));
        assert_eq!(piece(-3.0).least(f64::NEG_INFINITY, f64::INFINITY, 0.0), None);
        assert_eq!(piece(1.0).least(f64::NEG_INFINITY, f64::INFINITY, 0.0), None);
        assert_eq!(piece(0.0).least(f64::NEG_INFINITY, f64::INFINITY, 0.5), Some(0.5));
    }
}
