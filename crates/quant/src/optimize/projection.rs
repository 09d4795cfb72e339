//! Nearest point with bounded entries and a given sum.
//!
//! minimize ½‖x − v‖² subject to l ≤ x ≤ u and Σx = s
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | v | `reference` | n | any one unit |
//! | l, u | `lower`, `upper` | n | that unit; may be infinite |
//! | s | `total` | 1 | that unit |
//! | x | `out` | n | that unit |
//!
//! The conditions of Karush, Kuhn and Tucker give xᵢ = clamp(vᵢ + λ, lᵢ, uᵢ) with one multiplier λ
//! for the sum. Σxᵢ(λ) is nondecreasing and piecewise linear with breaks at lᵢ − vᵢ and uᵢ − vᵢ, so
//! the piece that reaches the total is found by bisection over the sorted breaks, and λ on it is a
//! division: O(n log n), exact up to rounding, with no iteration tolerance. (J. Duchi,
//! S. Shalev-Shwartz, Y. Singer, T. Chandra, *Efficient Projections onto the ℓ₁-Ball for Learning
//! in High Dimensions*, 2008, for l = 0 and u = ∞.)

/// Memory that is used again from one projection to the next.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    breaks: Vec<f64>,
}

/// Why there is no projection.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Infeasible {
    /// The bounds do not let the entries reach the total.
    #[error("the entries must sum to {total}, but their bounds only allow {lower_sum} to {upper_sum}")]
    Total {
        /// The sum asked for.
        total: f64,
        /// Sum of the lower bounds.
        lower_sum: f64,
        /// Sum of the upper bounds.
        upper_sum: f64,
    },
    /// A lower bound above its upper bound.
    #[error("entry {index} must be at least {lower} and at most {upper}")]
    Bounds {
        /// The entry.
        index: usize,
        /// Its lower bound.
        lower: f64,
        /// Its upper bound.
        upper: f64,
    },
    /// A reference or total that is not finite, or a bound that is not a number.
    #[error("entry {index} of the problem is not a number")]
    NotANumber {
        /// The entry; the number of entries where it is the total.
        index: usize,
    },
    /// Slices of different lengths.
    #[error("the reference has {expected} entries, another argument {found}")]
    Length {
        /// Entries of the reference.
        expected: usize,
        /// Entries of the argument that differs.
        found: usize,
    },
}

/// Writes to `out` the point nearest to `reference` between `lower` and `upper` that sums to `total`.
///
/// Entries at a bound equal it exactly. A total that misses what the bounds allow by no more than
/// the rounding of their sum counts as reached, and every entry is then at its bound.
///
/// ```
/// use evenkeel_quant::optimize::projection::{Scratch, project_onto_bounded_simplex};
/// let mut x = [0.0; 3];
/// project_onto_bounded_simplex(&[0.7, 0.2, 0.1], &[0.0; 3], &[0.4; 3], 1.0, &mut x, &mut Scratch::default())?;
/// assert!((x[0] - 0.40).abs() < 1e-15 && (x[1] - 0.35).abs() < 1e-15 && (x[2] - 0.25).abs() < 1e-15);
/// # Ok::<(), evenkeel_quant::optimize::projection::Infeasible>(())
/// ```
///
/// # Errors
/// [`Infeasible`]: no such point exists, an input is not a number, or lengths differ. `out` is then
/// left as it was.
pub fn project_onto_bounded_simplex(
    reference: &[f64],
    lower: &[f64],
    upper: &[f64],
    total: f64,
    out: &mut [f64],
    scratch: &mut Scratch,
) -> Result<(), Infeasible> {
    let expected = reference.len();
    for found in [lower.len(), upper.len(), out.len()] {
        if found != expected {
            return Err(Infeasible::Length { expected, found });
        }
    }
    let problem = Problem { reference, lower, upper };
    match problem.reachable(total)? {
        Reachable::OnlyAtLower => out.copy_from_slice(lower),
        Reachable::OnlyAtUpper => out.copy_from_slice(upper),
        Reachable::Between => problem.solve(total, out, &mut scratch.breaks),
    }
    Ok(())
}

/// The problem's data, entry by entry.
#[derive(Clone, Copy)]
struct Problem<'a> {
    reference: &'a [f64],
    lower: &'a [f64],
    upper: &'a [f64],
}

/// How the total can be reached.
enum Reachable {
    OnlyAtLower,
    OnlyAtUpper,
    Between,
}

/// Where an entry stands on one linear piece.
enum Side {
    AtLower,
    Free,
    AtUpper,
}

impl Problem<'_> {
    fn iter(&self) -> impl Iterator<Item = (f64, f64, f64)> {
        self.reference.iter().zip(self.lower).zip(self.upper).map(|((v, l), u)| (*v, *l, *u))
    }

    /// Checks every number, and whether the bounds let the entries reach the total.
    fn reachable(&self, total: f64) -> Result<Reachable, Infeasible> {
        let (mut lower_sum, mut upper_sum, mut magnitude) = (0.0, 0.0, total.abs());
        for (index, (v, l, u)) in self.iter().enumerate() {
            if !v.is_finite() || l.is_nan() || u.is_nan() {
                return Err(Infeasible::NotANumber { index });
            }
            if l > u || l == f64::INFINITY || u == f64::NEG_INFINITY {
                return Err(Infeasible::Bounds { index, lower: l, upper: u });
            }
            lower_sum += l;
            upper_sum += u;
            magnitude += if l.is_finite() { l.abs() } else { 0.0 } + if u.is_finite() { u.abs() } else { 0.0 };
        }
        if !total.is_finite() {
            return Err(Infeasible::NotANumber { index: self.reference.len() });
        }
        // A sum of n terms is off by less than n ε times the sum of their magnitudes.
        let rounding = self.reference.iter().fold(2.0, |n, _| n + 1.0) * f64::EPSILON * magnitude;
        if lower_sum > total + rounding || upper_sum < total - rounding {
            Err(Infeasible::Total { total, lower_sum, upper_sum })
        } else if lower_sum >= total {
            Ok(Reachable::OnlyAtLower)
        } else if upper_sum <= total {
            Ok(Reachable::OnlyAtUpper)
        } else {
            Ok(Reachable::Between)
        }
    }

    fn solve(&self, total: f64, out: &mut [f64], breaks: &mut Vec<f64>) {
        if let Some(shift) = self.shift_of_all(total) {
            for ((v, l, u), x) in self.iter().zip(out) {
                *x = (v + shift).max(l).min(u);
            }
            return;
        }
        let (left, right) = self.piece(total, breaks);
        let shift = self.shift(total, left, right);
        for ((v, l, u), x) in self.iter().zip(out) {
            *x = match side(v, l, u, left, right) {
                Side::AtLower => l,
                Side::AtUpper => u,
                Side::Free => (v + shift).max(l).min(u),
            };
        }
    }

    /// The multiplier where no bound binds but that of entries with no room at all, the common case.
    fn shift_of_all(&self, total: f64) -> Option<f64> {
        let (mut rest, mut free) = (total, 0.0);
        for (v, l, u) in self.iter() {
            rest -= if l < u { v } else { l };
            free += if l < u { 1.0 } else { 0.0 };
        }
        let shift = rest / free;
        self.iter().all(|(v, l, u)| l >= u || (l <= v + shift && v + shift <= u)).then_some(shift)
    }

    /// The neighboring breaks between which the sum reaches the total.
    fn piece(&self, total: f64, breaks: &mut Vec<f64>) -> (f64, f64) {
        breaks.clear();
        breaks.extend(self.iter().flat_map(|(v, l, u)| [l - v, u - v]).filter(|at| at.is_finite()));
        breaks.sort_unstable_by(f64::total_cmp);
        // Rounded addition is monotone, so the computed sum is monotone in the multiplier as well.
        let reached = breaks.partition_point(|at| self.iter().map(|(v, l, u)| (v + at).max(l).min(u)).sum::<f64>() <= total);
        let left = reached.checked_sub(1).and_then(|index| breaks.get(index));
        (left.copied().unwrap_or(f64::NEG_INFINITY), breaks.get(reached).copied().unwrap_or(f64::INFINITY))
    }

    /// The multiplier on a piece; its left end where no entry is free on it.
    fn shift(&self, total: f64, left: f64, right: f64) -> f64 {
        let (mut rest, mut free) = (total, 0.0);
        for (v, l, u) in self.iter() {
            match side(v, l, u, left, right) {
                Side::AtLower => rest -= l,
                Side::AtUpper => rest -= u,
                Side::Free => {
                    rest -= v;
                    free += 1.0;
                }
            }
        }
        if free > 0.0 { rest / free } else { left }
    }
}

/// Where an entry stands between two neighboring breaks.
fn side(v: f64, l: f64, u: f64, left: f64, right: f64) -> Side {
    if l - v >= right {
        Side::AtLower
    } else if u - v <= left {
        Side::AtUpper
    } else {
        Side::Free
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    fn project(v: &[f64], l: &[f64], u: &[f64], total: f64) -> Result<Vec<f64>, Infeasible> {
        let mut out = vec![f64::NAN; v.len()];
        project_onto_bounded_simplex(v, l, u, total, &mut out, &mut Scratch::default()).map(|()| out)
    }

    #[test]
    fn moves_every_free_entry_by_the_same() {
        let x = project(&[0.6, 0.5, -0.1], &[0.0; 3], &[1.0; 3], 1.0).unwrap();
        for (x, expected) in x.iter().zip([0.55, 0.45, 0.0]) {
            assert!((x - expected).abs() < 1e-15);
        }
        assert_eq!(x.last(), Some(&0.0));
    }

    #[test]
    fn works_without_bounds() {
        let infinite = [f64::INFINITY; 3];
        let x = project(&[1.0, 2.0, 6.0], &infinite.map(|u| -u), &infinite, 0.0).unwrap();
        assert_eq!(x, [-2.0, -1.0, 3.0]);
        let x = project(&[1.0, 2.0, 6.0], &[f64::NEG_INFINITY, 1.5, 0.0], &infinite, 2.0).unwrap();
        assert!(x.iter().zip([-2.25, 1.5, 2.75]).all(|(x, expected)| (x - expected).abs() < 1e-15), "{x:?}");
    }

    #[test]
    fn forgives_only_the_rounding_of_the_bounds() {
        let bounds = [0.1, 0.2, 0.3];
        assert!(bounds.iter().sum::<f64>() > 0.6, "the case needs a sum that rounds up");
        assert_eq!(project(&[0.0; 3], &bounds, &[1.0; 3], 0.6).unwrap(), bounds);
        assert!(matches!(project(&[0.0; 3], &bounds, &[1.0; 3], 0.599_999), Err(Infeasible::Total { .. })));
        assert!(matches!(project(&[0.0; 3], &[0.0; 3], &bounds, 0.600_001), Err(Infeasible::Total { .. })));
    }

    #[test]
    fn names_what_is_wrong() {
        assert_eq!(project(&[0.0], &[2.0], &[1.0], 1.0), Err(Infeasible::Bounds { index: 0, lower: 2.0, upper: 1.0 }));
        assert_eq!(project(&[0.0, f64::NAN], &[0.0; 2], &[1.0; 2], 1.0), Err(Infeasible::NotANumber { index: 1 }));
        assert_eq!(project(&[0.0; 2], &[0.0; 2], &[1.0; 2], f64::NAN), Err(Infeasible::NotANumber { index: 2 }));
        assert_eq!(project(&[0.0; 2], &[0.0], &[1.0; 2], 1.0), Err(Infeasible::Length { expected: 2, found: 1 }));
        assert_eq!(project(&[], &[], &[], 1.0), Err(Infeasible::Total { total: 1.0, lower_sum: 0.0, upper_sum: 0.0 }));
        assert_eq!(project(&[], &[], &[], 0.0), Ok(Vec::new()));
    }

    /// A problem that has a solution: the total is a mix of the sums of its bounds.
    fn problem() -> impl Strategy<Value = (Vec<f64>, Vec<f64>, Vec<f64>, f64)> {
        // Whole numbers make ties between breaks common.
        let value = prop_oneof![(-6_i32..6).prop_map(f64::from), -5.0..5.0_f64];
        let entry = (value.clone(), value, prop_oneof![Just(0.0), 0.0..4.0_f64]);
        (proptest::collection::vec(entry, 1..12), 0.0..=1.0_f64).prop_map(|(entries, mix)| {
            let v: Vec<f64> = entries.iter().map(|entry| entry.0).collect();
            let l: Vec<f64> = entries.iter().map(|entry| entry.1).collect();
            let u: Vec<f64> = entries.iter().map(|entry| entry.1 + entry.2).collect();
            let total = l.iter().zip(&u).map(|(l, u)| l + mix * (u - l)).sum();
            (v, l, u, total)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn is_feasible_and_optimal((v, l, u, total) in problem()) {
            let x = project(&v, &l, &u, total).unwrap();
            prop_assert!((x.iter().sum::<f64>() - total).abs() < 1e-12);
            // Optimal: moving mass from any entry that can fall to any that can rise does not help,
            // that is, no entry that can rise lags further behind its reference than one that can fall.
            for i in 0..x.len() {
                prop_assert!(l[i] <= x[i] && x[i] <= u[i]);
                for j in 0..x.len() {
                    if x[i] < u[i] - 1e-12 && x[j] > l[j] + 1e-12 {
                        prop_assert!(v[i] - x[i] <= v[j] - x[j] + 1e-11, "{x:?}");
                    }
                }
            }
        }

        #[test]
        fn does_not_depend_on_order((v, l, u, total) in problem(), at in 0..12_usize) {
            let turn = |values: &[f64]| { let mut turned = values.to_vec(); turned.rotate_left(at % values.len()); turned };
            let x = project(&v, &l, &u, total).unwrap();
            let turned = project(&turn(&v), &turn(&l), &turn(&u), total).unwrap();
            for (a, b) in turn(&x).iter().zip(&turned) {
                prop_assert!((a - b).abs() < 1e-12);
            }
        }
    }
}
