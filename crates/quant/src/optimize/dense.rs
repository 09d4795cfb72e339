//! Small dense linear algebra: matrices row by row, of as many columns as told.
//!
//! For the handful of composed funds in one account; every loop stays within the sizes it is given.

/// Singular values below this fraction of the largest count as zero.
const RANK_TOLERANCE: f64 = 1e-9;

/// Largest number of Jacobi sweeps; a dozen suffice for sizes met here.
const MAX_SWEEPS: usize = 64;

/// Solves H x = b for a symmetric positive definite matrix by Cholesky's factorization; `None` where
/// it is not positive definite.
pub(super) fn solve_positive_definite(size: usize, h: &[f64], b: &[f64]) -> Option<Vec<f64>> {
    let mut l = h.to_vec();
    for j in 0..size {
        for i in j..size {
            let sum: f64 = (0..j).map(|k| l[i * size + k] * l[j * size + k]).sum();
            let rest = l[i * size + j] - sum;
            l[i * size + j] = if i > j { rest / l[j * size + j] } else { rest.sqrt() };
        }
        if l[j * size + j].is_nan() || l[j * size + j] <= 0.0 {
            return None;
        }
    }
    let mut x = b.to_vec();
    for i in 0..size {
        let sum: f64 = (0..i).map(|k| l[i * size + k] * x[k]).sum();
        x[i] = (x[i] - sum) / l[i * size + i];
    }
    for i in (0..size).rev() {
        let sum: f64 = (i + 1..size).map(|k| l[k * size + i] * x[k]).sum();
        x[i] = (x[i] - sum) / l[i * size + i];
    }
    Some(x)
}

/// The shortest x that minimizes ‖A x − b‖, by one-sided Jacobi rotations (M. R. Hestenes,
/// *Inversion of Matrices by Biorthogonalization and Related Results*, 1958).
pub(super) fn shortest_least_squares(columns: usize, matrix: &[f64], wanted: &[f64]) -> Vec<f64> {
    // A V = W with orthogonal columns: rotate pairs of columns until all are.
    let mut turned = matrix.to_vec();
    let mut rotation: Vec<f64> = (0..columns * columns).map(|at| if at / columns == at % columns { 1.0 } else { 0.0 }).collect();
    for _ in 0..MAX_SWEEPS {
        let mut rotated = false;
        for p in 0..columns {
            for q in p + 1..columns {
                let dot = |i: usize, j: usize| turned.chunks_exact(columns).map(|row| row[i] * row[j]).sum::<f64>();
                let (pp, qq, pq) = (dot(p, p), dot(q, q), dot(p, q));
                if pq.abs() > f64::EPSILON * (pp * qq).sqrt() {
                    rotated = true;
                    let theta = (qq - pp) / (2.0 * pq);
                    let tangent = theta.signum() / (theta.abs() + theta.hypot(1.0));
                    rotate(&mut turned, columns, p, q, tangent);
                    rotate(&mut rotation, columns, p, q, tangent);
                }
            }
        }
        if !rotated {
            break;
        }
    }
    let squared: Vec<f64> = (0..columns).map(|j| turned.chunks_exact(columns).map(|row| row[j].powi(2)).sum()).collect();
    let least = squared.iter().copied().fold(0.0, f64::max) * RANK_TOLERANCE.powi(2);
    let mut shortest = vec![0.0; columns];
    for j in (0..columns).filter(|j| squared[*j] > least) {
        let weight = turned.chunks_exact(columns).zip(wanted).map(|(row, wanted)| row[j] * wanted).sum::<f64>() / squared[j];
        for (entry, row) in shortest.iter_mut().zip(rotation.chunks_exact(columns)) {
            *entry += weight * row[j];
        }
    }
    shortest
}

/// Rotates columns p and q of a matrix by the angle of a tangent.
fn rotate(matrix: &mut [f64], columns: usize, p: usize, q: usize, tangent: f64) {
    let cosine = 1.0 / tangent.hypot(1.0);
    let sine = tangent * cosine;
    for row in matrix.chunks_exact_mut(columns) {
        let (at_p, at_q) = (row[p], row[q]);
        row[p] = cosine * at_p - sine * at_q;
        row[q] = sine * at_p + cosine * at_q;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn solves_positive_definite_systems_only() {
        let x = solve_positive_definite(2, &[4.0, 2.0, 2.0, 3.0], &[8.0, 7.0]).unwrap();
        assert!((x[0] - 1.25).abs() < 1e-15 && (x[1] - 1.5).abs() < 1e-15);
        assert_eq!(solve_positive_definite(2, &[1.0, 2.0, 2.0, 1.0], &[1.0, 1.0]), None);
    }

    #[test]
    fn finds_the_shortest_of_many() {
        // x + y = 2 and 0 = 3: the second cannot be helped, and (1, 1) is the shortest.
        let x = shortest_least_squares(2, &[1.0, 1.0, 0.0, 0.0], &[2.0, 3.0]);
        assert!((x[0] - 1.0).abs() < 1e-15 && (x[1] - 1.0).abs() < 1e-15);
    }
}
