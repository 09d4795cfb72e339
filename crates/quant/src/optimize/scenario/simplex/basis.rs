//! The square system that fixes a vertex: the inverse of the active rows' coefficients on the free
//! variables, kept current through every exchange.

/// K⁻¹, where K has a row for each active row and a column for each free variable.
#[derive(Debug, Clone, Default)]
pub(super) struct Basis {
    /// The free variables: rows of K⁻¹.
    pub(super) variables: Vec<usize>,
    /// The active rows: columns of K⁻¹.
    pub(super) rows: Vec<usize>,
    /// K⁻¹ by columns, one for each active row.
    columns: Vec<Vec<f64>>,
}

/// A pivot below this, with rows and columns of a size near 1, tells that a system is singular.
const SMALLEST_PIVOT: f64 = 1e-13;

impl Basis {
    pub(super) fn size(&self) -> usize {
        self.variables.len()
    }

    /// How the free variables move with the active row at a position.
    pub(super) fn column(&self, position: usize) -> &[f64] {
        &self.columns[position]
    }

    /// K⁻¹ a, with a an entry for each active row.
    pub(super) fn solve(&self, a: impl Iterator<Item = f64>) -> Vec<f64> {
        let mut solved = vec![0.0; self.size()];
        for (column, value) in self.columns.iter().zip(a) {
            if value != 0.0 {
                solved.iter_mut().zip(column).for_each(|(entry, inverse)| *entry += value * inverse);
            }
        }
        solved
    }

    /// K⁻ᵀ b, with b an entry for each free variable.
    pub(super) fn solve_transposed(&self, b: &[f64]) -> Vec<f64> {
        self.columns.iter().map(|column| column.iter().zip(b).map(|(inverse, b)| inverse * b).sum()).collect()
    }

    /// A variable and a row enter. `solved` is K⁻¹ times the variable's column, `across` the row's
    /// coefficients on the free variables times K⁻¹, `pivot` what is left of their common entry.
    pub(super) fn extend(&mut self, variable: usize, row: usize, solved: &[f64], across: &[f64], pivot: f64) {
        for (column, &factor) in self.columns.iter_mut().zip(across) {
            let scaled = factor / pivot;
            column.iter_mut().zip(solved).for_each(|(entry, solved)| *entry += scaled * solved);
            column.push(-scaled);
        }
        let mut column: Vec<f64> = solved.iter().map(|solved| -solved / pivot).collect();
        column.push(1.0 / pivot);
        self.columns.push(column);
        self.variables.push(variable);
        self.rows.push(row);
    }

    /// A variable takes the place of another. `solved` is K⁻¹ times its column.
    pub(super) fn replace_variable(&mut self, position: usize, variable: usize, solved: &[f64]) {
        let pivot = solved[position];
        for column in &mut self.columns {
            let scaled = column[position] / pivot;
            column.iter_mut().zip(solved).for_each(|(entry, solved)| *entry -= scaled * solved);
            column[position] = scaled;
        }
        self.variables[position] = variable;
    }

    /// A row takes the place of another. `across` is its coefficients on the free variables times K⁻¹.
    pub(super) fn replace_row(&mut self, position: usize, row: usize, across: &[f64]) {
        let pivot = across[position];
        let mut leaving = std::mem::take(&mut self.columns[position]);
        for entry in &mut leaving {
            *entry /= pivot;
        }
        for (column, &factor) in self.columns.iter_mut().zip(across).filter(|(column, _)| !column.is_empty()) {
            column.iter_mut().zip(&leaving).for_each(|(entry, leaving)| *entry -= factor * leaving);
        }
        self.columns[position] = leaving;
        self.rows[position] = row;
    }

    /// A variable and a row leave.
    pub(super) fn shrink(&mut self, variable: usize, row: usize) {
        let leaving = self.columns.swap_remove(row);
        let pivot = leaving[variable];
        for column in &mut self.columns {
            let scaled = column[variable] / pivot;
            column.iter_mut().zip(&leaving).for_each(|(entry, leaving)| *entry -= scaled * leaving);
            column.swap_remove(variable);
        }
        self.variables.swap_remove(variable);
        self.rows.swap_remove(row);
    }

    /// Inverts K anew by elimination with row exchanges. A variable and a row that depend on the others
    /// leave, and are given back; more may follow.
    pub(super) fn invert(&mut self, entry: impl Fn(usize, usize) -> f64) -> Result<(), (usize, usize)> {
        let size = self.size();
        // K is laid out by its rows, beside the identity; elimination turns it into K⁻¹ in place.
        let mut lines: Vec<Vec<f64>> =
            self.rows.iter().map(|row| self.variables.iter().map(|variable| entry(*row, *variable)).collect()).collect();
        let mut order: Vec<usize> = (0..size).collect();
        for step in 0..size {
            let magnitude = |line: &usize| lines[*line][step].abs();
            let best = (step..size).max_by(|a, b| magnitude(a).total_cmp(&magnitude(b))).unwrap_or(step);
            lines.swap(step, best);
            order.swap(step, best);
            let mut line = std::mem::take(&mut lines[step]);
            let pivot = line[step];
            if pivot.abs() < SMALLEST_PIVOT {
                return Err((self.variables.swap_remove(step), self.rows.swap_remove(order[step])));
            }
            line[step] = 1.0;
            for value in &mut line {
                *value /= pivot;
            }
            for other in lines.iter_mut().filter(|other| !other.is_empty()) {
                let factor = std::mem::replace(&mut other[step], 0.0);
                if factor != 0.0 {
                    other.iter_mut().zip(&line).for_each(|(value, line)| *value -= factor * line);
                }
            }
            lines[step] = line;
        }
        let mut columns = vec![Vec::new(); size];
        for (position, &row) in order.iter().enumerate() {
            columns[row] = lines.iter().map(|line| line[position]).collect();
        }
        self.columns = columns;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(row: usize, column: usize) -> f64 {
        crate::linear::vector::count(row * row * 3 + column * 7 + row * column).sin()
    }

    fn largest_error(basis: &Basis) -> f64 {
        let product = |i: usize, j: usize| -> f64 {
            basis.variables.iter().zip(basis.column(j)).map(|(variable, inverse)| entry(basis.rows[i], *variable) * inverse).sum()
        };
        let size = basis.size();
        let errors = (0..size * size).map(|at| (product(at / size, at % size) - f64::from(u8::from(at / size == at % size))).abs());
        errors.fold(0.0, f64::max)
    }

    fn across(basis: &Basis, row: usize) -> Vec<f64> {
        let line: Vec<f64> = basis.variables.iter().map(|variable| entry(row, *variable)).collect();
        basis.solve_transposed(&line)
    }

    #[test]
    fn the_inverse_follows_every_exchange() {
        let mut basis = Basis { variables: vec![0, 1, 2], rows: vec![0, 1, 2], columns: Vec::new() };
        assert!(basis.invert(entry).is_ok() && largest_error(&basis) < 1e-12);
        let solved = basis.solve(basis.rows.iter().map(|row| entry(*row, 4)));
        let pivot = entry(5, 4) - basis.variables.iter().zip(&solved).map(|(variable, solved)| entry(5, *variable) * solved).sum::<f64>();
        let line = across(&basis, 5);
        basis.extend(4, 5, &solved, &line, pivot);
        assert!(largest_error(&basis) < 1e-12);
        let solved = basis.solve(basis.rows.iter().map(|row| entry(*row, 6)));
        basis.replace_variable(1, 6, &solved);
        assert!(largest_error(&basis) < 1e-12);
        let line = across(&basis, 7);
        basis.replace_row(0, 7, &line);
        assert!(largest_error(&basis) < 1e-12);
        basis.shrink(2, 1);
        assert!(largest_error(&basis) < 1e-12 && basis.size() == 3);
    }

    #[test]
    fn what_depends_on_others_leaves() {
        let mut basis = Basis { variables: vec![0, 1], rows: vec![2, 3], columns: Vec::new() };
        assert_eq!(basis.invert(|_, _| 1.0), Err((1, 2)));
        assert!(basis.invert(|_, _| 1.0).is_ok() && basis.variables == [0] && basis.rows == [3]);
    }
}
