//! The inverse of the basis: as many columns of the rows as there are rows.

/// B⁻¹ row by row, and which variable each of its rows belongs to.
#[derive(Debug, Clone)]
pub(super) struct Basis {
    members: Vec<usize>,
    inverse: Vec<f64>,
    replaced: usize,
}

/// Replacements after which the inverse is made anew, before rounding adds up.
const REPLACEMENTS: usize = 64;

impl Basis {
    /// The basis of the row activities alone, whose columns are −1 on the diagonal.
    pub(super) fn of_activities(assets: usize, rows: usize) -> Self {
        let mut inverse = vec![0.0; rows * rows];
        inverse.iter_mut().step_by(rows + 1).for_each(|entry| *entry = -1.0);
        Self { members: (assets..assets + rows).collect(), inverse, replaced: 0 }
    }

    pub(super) fn members(&self) -> &[usize] {
        &self.members
    }

    /// Row of B⁻¹ that belongs to a member.
    pub(super) fn row(&self, at: usize) -> &[f64] {
        let size = self.members.len();
        &self.inverse[at * size..(at + 1) * size]
    }

    /// B⁻¹ a.
    pub(super) fn solve(&self, a: &[f64]) -> Vec<f64> {
        (0..self.members.len()).map(|at| self.row(at).iter().zip(a).map(|(x, y)| x * y).sum()).collect()
    }

    /// B⁻ᵀ f.
    pub(super) fn solve_transposed(&self, f: &[f64]) -> Vec<f64> {
        let mut y = vec![0.0; self.members.len()];
        for (at, weight) in f.iter().enumerate().filter(|(_, weight)| **weight != 0.0) {
            for (entry, value) in y.iter_mut().zip(self.row(at)) {
                *entry += weight * value;
            }
        }
        y
    }

    /// Puts a variable in the place of a member; `column` is B⁻¹ times its column.
    pub(super) fn replace(&mut self, at: usize, variable: usize, column: &[f64]) {
        let size = self.members.len();
        self.members[at] = variable;
        self.replaced += 1;
        let pivot: Vec<f64> = self.row(at).iter().map(|value| value / column[at]).collect();
        for (row, weight) in column.iter().enumerate() {
            let target = &mut self.inverse[row * size..(row + 1) * size];
            if row == at {
                target.copy_from_slice(&pivot);
            } else if *weight != 0.0 {
                for (entry, value) in target.iter_mut().zip(&pivot) {
                    *entry -= weight * value;
                }
            }
        }
    }

    /// Makes the inverse anew from the members' columns once many were replaced. A basis that has
    /// become singular keeps the inverse it had.
    pub(super) fn renew(&mut self, column: impl Fn(usize) -> Vec<f64>) {
        if self.replaced < REPLACEMENTS {
            return;
        }
        self.replaced = 0;
        let size = self.members.len();
        let columns: Vec<Vec<f64>> = self.members.iter().map(|member| column(*member)).collect();
        let mut left: Vec<f64> = (0..size * size).map(|at| columns[at % size][at / size]).collect();
        let mut right = vec![0.0; size * size];
        right.iter_mut().step_by(size + 1).for_each(|entry| *entry = 1.0);
        // Gauss and Jordan, with the largest pivot of each column.
        for at in 0..size {
            let Some(best) = (at..size).max_by(|a, b| left[a * size + at].abs().total_cmp(&left[b * size + at].abs())) else { return };
            let pivot = left[best * size + at];
            if pivot == 0.0 {
                return;
            }
            for entry in 0..size {
                left.swap(at * size + entry, best * size + entry);
                right.swap(at * size + entry, best * size + entry);
                left[at * size + entry] /= pivot;
                right[at * size + entry] /= pivot;
            }
            for row in (0..size).filter(|row| *row != at) {
                let weight = left[row * size + at];
                for entry in 0..size {
                    left[row * size + entry] -= weight * left[at * size + entry];
                    right[row * size + entry] -= weight * right[at * size + entry];
                }
            }
        }
        self.inverse = right;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_as_if_made_anew() {
        let columns = [[2.0, 1.0], [1.0, 3.0]];
        let mut basis = Basis::of_activities(2, 2);
        for (at, column) in columns.iter().enumerate() {
            basis.replace(at, at, &basis.solve(column));
        }
        assert_eq!(basis.members(), [0, 1]);
        basis.replaced = REPLACEMENTS;
        let updated = basis.clone();
        basis.renew(|variable| columns[variable].to_vec());
        for (a, b) in updated.inverse.iter().zip(&basis.inverse) {
            assert!((a - b).abs() < 1e-15);
        }
        let x = basis.solve(&[4.0, 7.0]);
        assert!((x[0] - 1.0).abs() < 1e-15 && (x[1] - 2.0).abs() < 1e-15);
    }
}
