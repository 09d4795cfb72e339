//! Why no weights satisfy all limits: the smallest set found that contradicts itself, and what to relax.
//!
//! A set is irreducible when any one limit left out lets the others hold. It is found by `QuickXplain`
//! (U. Junker, *Preferred Explanations and Relaxations for Over-Constrained Problems*, 2004) over the
//! limits that the proof of infeasibility weighs, then held against smaller sets one by one where these
//! are few. A limit against the bounds alone is told in closed form. Every "cannot hold" in the search
//! is proven by [`super::certify`], never the word of a solver.

use super::check::ProgramError;
use super::conic::{VIOLATION, least_relaxation, least_violation};
use super::limit::Limit;
use super::program::{Program, Region};
use super::solution::{Multipliers, Solution, Status};

/// A multiplier below this part of the largest weighs nothing in a proof.
const WEIGHT: f64 = 1e-6;

/// Smaller sets tried one by one.
const SETS_TRIED: usize = 300;

/// By how much more a limit costs to relax than one that is preferred to it.
const PREFERENCE: f64 = 1e-3;

/// Limits for which relaxing that one alone is tried: no more are read.
const ALONE_TRIED: usize = 20;

/// Limits that cannot hold together.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// The limits: rows, spreads, risk limits, then bounds.
    pub limits: Vec<Limit>,
    /// Whether any one of them left out lets the others hold.
    pub irreducible: bool,
    /// Whether no smaller set of limits of the program contradicts itself.
    pub smallest: bool,
    /// Limits of the set that can be relaxed alone, and by how much that makes the whole program feasible.
    /// Of a set of more than twenty limits, the first twenty are tried.
    pub alone: Vec<(Limit, f64)>,
    /// The least relaxation over all limits of the program: least in total to a thousandth, each by the size
    /// of its row; where several would do as well, that of the earlier ones, and equations last. For other
    /// prices, or limits that must hold, ask [`least_relaxation`].
    pub together: Vec<(Limit, f64)>,
}

/// Finds limits in conflict, `None` where no contradiction is proven.
///
/// `proof` is the solution with [`super::solution::Status::Infeasible`], whose multipliers say where to
/// look first.
///
/// ```
/// use evenkeel_quant::estimate::covariance::Covariance;
/// use evenkeel_quant::optimize::{conflict::find_conflict, conic, limit::Limit};
/// use evenkeel_quant::optimize::program::{Program, Region};
/// let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 0.0, 0.0, 1.0])?;
/// let mut region = Region::long_only(2);
/// region.upper = vec![0.4, 0.5];
/// let program = Program::minimum_variance(covariance, region);
/// let conflict = find_conflict(&program, &conic::solve(&program)?)?.ok_or("no conflict")?;
/// assert_eq!(conflict.limits, [Limit::RowLower(0), Limit::Upper(0), Limit::Upper(1)]);
/// assert!((conflict.alone[0].1 - 0.1).abs() < 1e-8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ProgramError`] where shapes do not fit or a number is none.
pub fn find_conflict(program: &Program, proof: &Solution) -> Result<Option<Conflict>, ProgramError> {
    program.check()?;
    let mut search = Search { program, irreducible: true };
    let Some(mut limits) = plain_conflict(&program.region).or_else(|| search.filtered(&proof.multipliers)) else { return Ok(None) };
    limits.sort_unstable();
    let (limits, smallest) = search.smaller(limits);
    let alone = limits.iter().take(ALONE_TRIED).filter_map(|limit| {
        let price = |other: Limit| (other == *limit).then_some(1.0);
        let relaxed = least_relaxation(program, &price).ok()??;
        let whole = certify_feasible(&relax(program, &relaxed));
        relaxed.first().copied().filter(|_| whole)
    });
    let alone = alone.collect();
    let together = least_relaxation(program, &|limit| Some(preference(program, limit) / size(&program.region, limit)))?.unwrap_or_default();
    Ok(Some(Conflict { limits, irreducible: search.irreducible, smallest, alone, together }))
}

/// Whether any weights satisfy all limits, `None` where neither is proven. Of a program that was checked.
pub(crate) fn is_feasible(program: &Program) -> Option<bool> {
    if plain_conflict(&program.region).is_some() {
        return Some(false);
    }
    let (proof, total) = least_violation(program);
    if total <= VIOLATION {
        return Some(true);
    }
    (proof.status == Status::Infeasible).then_some(false)
}

/// The price that settles ties: 1 for the first limit, and a little more for each that follows.
fn preference(program: &Program, limit: Limit) -> f64 {
    let rows = &program.region.rows;
    let (place, count) = match limit {
        Limit::RowLower(row) | Limit::RowUpper(row) if rows.upper[row] - rows.lower[row] == 0.0 => return 1.0 + PREFERENCE,
        Limit::RowLower(row) | Limit::RowUpper(row) => (row, rows.lower.len()),
        Limit::Spread(at) => (at, program.region.spreads.len()),
        Limit::Risk(at) => (at, program.region.risks.len()),
        Limit::Lower(asset) | Limit::Upper(asset) => (asset, program.size()),
    };
    1.0 + 0.5 * PREFERENCE * as_float(place) / as_float(count)
}

fn as_float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

/// The program with limits moved outward.
fn relax(program: &Program, amounts: &[(Limit, f64)]) -> Program {
    program.over(amounts.iter().fold(program.region.clone(), |region, (limit, amount)| region.relaxed(*limit, *amount)))
}

fn certify_feasible(program: &Program) -> bool {
    least_violation(program).1 <= VIOLATION.sqrt()
}

/// The size of a limit's row: its largest coefficient.
fn size(region: &Region, limit: Limit) -> f64 {
    let largest = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0, |most: f64, value| most.max(value.abs()));
    let size = match limit {
        Limit::Lower(_) | Limit::Upper(_) => 1.0,
        Limit::RowLower(row) | Limit::RowUpper(row) => largest(&mut region.rows.matrix.row(row).into_iter()),
        Limit::Spread(at) => largest(&mut region.spreads[at].above.iter().chain(&region.spreads[at].below).copied()),
        Limit::Risk(at) => largest(&mut region.risks[at].covariance.volatilities().into_iter()),
    };
    if size > 0.0 { size } else { 1.0 }
}

/// The smallest conflict of crossed sides, or of one row or spread with bounds alone.
fn plain_conflict(region: &Region) -> Option<Vec<Limit>> {
    let crossed = |lower: &[f64], upper: &[f64]| lower.iter().zip(upper).position(|(lower, upper)| lower > upper);
    if let Some(asset) = crossed(&region.lower, &region.upper) {
        return Some(vec![Limit::Lower(asset), Limit::Upper(asset)]);
    }
    if let Some(row) = crossed(&region.rows.lower, &region.rows.upper) {
        return Some(vec![Limit::RowLower(row), Limit::RowUpper(row)]);
    }
    let rows = (0..region.rows.lower.len()).flat_map(|row| [Limit::RowLower(row), Limit::RowUpper(row)]);
    let found =
        rows.filter_map(|limit| row_conflict(region, limit)).chain((0..region.spreads.len()).filter_map(|at| spread_conflict(region, at)));
    found.min_by_key(Vec::len)
}

/// A side of a row that the bounds keep out of reach: all bounds of its terms take part.
fn row_conflict(region: &Region, limit: Limit) -> Option<Vec<Limit>> {
    let (row, level, sign) = match limit {
        Limit::RowLower(row) => (row, -region.rows.lower[row], -1.0),
        Limit::RowUpper(row) => (row, region.rows.upper[row], 1.0),
        _ => return None,
    };
    // Written as Σ a x ≤ level: the least that each term can be.
    let (mut least, mut gross, mut conflict) = (0.0, level.abs(), vec![limit]);
    for asset in 0..region.size() {
        let a = sign * region.rows.matrix.get(row, asset);
        if a != 0.0 {
            let (bound, end) =
                if a > 0.0 { (Limit::Lower(asset), region.lower[asset]) } else { (Limit::Upper(asset), region.upper[asset]) };
            least += a * end;
            gross += (a * end).abs();
            conflict.push(bound);
        }
    }
    (level.is_finite() && least > level + VIOLATION * gross).then_some(conflict)
}

/// A spread that the bounds keep out of reach: the fewest bounds that do.
fn spread_conflict(region: &Region, at: usize) -> Option<Vec<Limit>> {
    let spread = &region.spreads[at];
    let forced = (0..region.size()).map(|asset| {
        let above = spread.above[asset] * (region.lower[asset] - spread.origin[asset]).max(0.0);
        let below = spread.below[asset] * (spread.origin[asset] - region.upper[asset]).max(0.0);
        if above > 0.0 { (above, Limit::Lower(asset)) } else { (below, Limit::Upper(asset)) }
    });
    let mut forced: Vec<(f64, Limit)> = forced.filter(|(amount, _)| *amount > 0.0).collect();
    forced.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let gross = spread.limit.abs() + forced.iter().map(|(amount, _)| amount).sum::<f64>();
    let (mut least, mut conflict) = (0.0, vec![Limit::Spread(at)]);
    for (amount, limit) in forced {
        if least > spread.limit + VIOLATION * gross {
            break;
        }
        least += amount;
        conflict.push(limit);
    }
    (least > spread.limit + VIOLATION * gross).then_some(conflict)
}

/// The search for few limits that contradict one another.
struct Search<'a> {
    program: &'a Program,
    irreducible: bool,
}

impl Search<'_> {
    /// Whether some limits alone are proven to contradict one another.
    fn contradicts(&self, limits: &[Limit]) -> bool {
        let region = &self.program.region;
        let dropped = region.limits().into_iter().filter(|limit| !limits.contains(limit));
        let rest = self.program.over(dropped.fold(region.clone(), |region, limit| region.relaxed(limit, f64::INFINITY)));
        is_feasible(&rest) == Some(false)
    }

    /// An irreducible conflict among the limits that a proof weighs, or among all.
    fn filtered(&mut self, proof: &Multipliers) -> Option<Vec<Limit>> {
        let all = self.program.region.limits();
        let weighed: Vec<Limit> = all.iter().copied().filter(|limit| weighs(proof, *limit)).collect();
        let start = [weighed, all].into_iter().find(|limits| !limits.is_empty() && self.contradicts(limits))?;
        let found = self.explain(&[], false, &start);
        self.irreducible = self.contradicts(&found);
        // Where rounding misled the search, what it started from is still a conflict.
        Some(if self.irreducible { found } else { start })
    }

    /// `QuickXplain`: the limits of `candidates` that are needed beside a background.
    fn explain(&self, background: &[Limit], grown: bool, candidates: &[Limit]) -> Vec<Limit> {
        if grown && self.contradicts(background) {
            return Vec::new();
        }
        if candidates.len() == 1 {
            return candidates.to_vec();
        }
        let (first, second) = candidates.split_at(candidates.len() / 2);
        let of_second = self.explain(&[background, first].concat(), true, second);
        let of_first = self.explain(&[background, &of_second].concat(), !of_second.is_empty(), first);
        [of_first, of_second].concat()
    }

    /// A smaller conflict than one known, where sets are few enough to try them all, and whether none
    /// smaller is left.
    fn smaller(&self, known: Vec<Limit>) -> (Vec<Limit>, bool) {
        let all = self.program.region.limits();
        let mut tried = 0;
        // One limit alone is told in closed form.
        for count in 2..known.len() {
            let mut set: Vec<usize> = (0..count).collect();
            loop {
                if tried == SETS_TRIED {
                    return (known, false);
                }
                tried += 1;
                let limits: Vec<Limit> = set.iter().map(|at| all[*at]).collect();
                if self.contradicts(&limits) {
                    return (limits, true);
                }
                if !advance(&mut set, all.len()) {
                    break;
                }
            }
        }
        (known, true)
    }
}

/// The next set of places in lexicographic order.
fn advance(set: &mut [usize], size: usize) -> bool {
    let count = set.len();
    let Some(at) = (0..count).rev().find(|at| set[*at] < size - count + at) else { return false };
    set[at] += 1;
    for next in at + 1..count {
        set[next] = set[next - 1] + 1;
    }
    true
}

/// Whether a proof puts weight on a limit.
fn weighs(proof: &Multipliers, limit: Limit) -> bool {
    let by = |values: &[f64], at: usize, sign: f64| {
        let largest = values.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
        values.get(at).is_some_and(|value| sign * value > WEIGHT * largest)
    };
    match limit {
        Limit::Lower(asset) => by(&proof.bounds, asset, 1.0),
        Limit::Upper(asset) => by(&proof.bounds, asset, -1.0),
        Limit::RowLower(row) => by(&proof.rows, row, 1.0),
        Limit::RowUpper(row) => by(&proof.rows, row, -1.0),
        Limit::Spread(spread) => by(&proof.spreads, spread, 1.0),
        Limit::Risk(risk) => by(&proof.risks, risk, 1.0),
    }
}
