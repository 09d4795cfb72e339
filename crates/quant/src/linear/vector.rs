//! Sums over vectors in a fixed order, as wide as the processor.
//!
//! Sixteen running sums are kept and joined in a fixed order, so that a result depends on the numbers
//! and their order alone, and the loop runs at the speed of memory.

use pulp::Arch;

const LANES: usize = 16;

/// Runs a loop with the widest vectors the processor has. The closure's body is compiled once for
/// each width; use it around loops over slices.
#[inline]
pub fn vectorized<R>(loops: impl FnOnce() -> R) -> R {
    Arch::new().dispatch(loops)
}

/// Σ aᵢbᵢ over the shorter length.
///
/// ```
/// assert_eq!(evenkeel_quant::linear::vector::dot(&[1.0, 2.0], &[3.0, 4.0]), 11.0);
/// ```
#[inline]
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    vectorized(
        #[inline(always)]
        || dot_lanes(a, b),
    )
}

#[inline(always)]
#[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
fn dot_lanes(a: &[f64], b: &[f64]) -> f64 {
    let length = a.len().min(b.len());
    let (a, b) = (&a[..length], &b[..length]);
    let mut sums = [0.0; LANES];
    let (a_chunks, b_chunks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f64 = a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a_chunks.zip(b_chunks) {
        for lane in 0..LANES {
            sums[lane] += x[lane] * y[lane];
        }
    }
    join(sums) + rest
}

/// Σ aᵢ.
///
/// ```
/// assert_eq!(evenkeel_quant::linear::vector::sum(&[1.0, 2.0, 4.0]), 7.0);
/// ```
#[inline]
pub fn sum(a: &[f64]) -> f64 {
    vectorized(
        #[inline(always)]
        || {
            let chunks = a.chunks_exact(LANES);
            let rest: f64 = chunks.remainder().iter().sum();
            let mut sums = [0.0; LANES];
            for x in chunks {
                for lane in 0..LANES {
                    sums[lane] += x[lane];
                }
            }
            join(sums) + rest
        },
    )
}

/// y ← y + αx over the shorter length.
///
/// ```
/// let mut y = [1.0, 1.0];
/// evenkeel_quant::linear::vector::add_scaled(&mut y, 2.0, &[1.0, 3.0]);
/// assert_eq!(y, [3.0, 7.0]);
/// ```
#[inline]
pub fn add_scaled(y: &mut [f64], alpha: f64, x: &[f64]) {
    vectorized(
        #[inline(always)]
        || {
            for (y, x) in y.iter_mut().zip(x) {
                *y += alpha * x;
            }
        },
    );
}

/// y ← αy.
///
/// ```
/// let mut y = [1.0, 3.0];
/// evenkeel_quant::linear::vector::scale(&mut y, 2.0);
/// assert_eq!(y, [2.0, 6.0]);
/// ```
#[inline]
pub fn scale(y: &mut [f64], alpha: f64) {
    vectorized(
        #[inline(always)]
        || {
            for value in y {
                *value *= alpha;
            }
        },
    );
}

/// A number of things as a float: exact up to 2⁵³, beyond any number that fits into memory.
///
/// ```
/// assert_eq!(evenkeel_quant::linear::vector::count(252), 252.0);
/// ```
#[inline]
#[expect(clippy::cast_precision_loss, reason = "exact up to 2⁵³, and memory holds fewer")]
pub fn count(things: usize) -> f64 {
    things as f64
}

/// max |aᵢ|, 0 for no entries; not a number if any entry is.
///
/// ```
/// assert_eq!(evenkeel_quant::linear::vector::largest_magnitude(&[1.0, -2.0]), 2.0);
/// ```
pub fn largest_magnitude(a: &[f64]) -> f64 {
    a.iter().fold(0.0, |largest: f64, value| {
        if value.is_nan() {
            f64::NAN
        } else if largest.is_nan() {
            largest
        } else {
            largest.max(value.abs())
        }
    })
}

/// Joins the running sums by halves.
#[inline(always)]
#[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
fn join(mut sums: [f64; LANES]) -> f64 {
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            sums[lane] += sums[lane + width];
        }
        width /= 2;
    }
    sums[0]
}
