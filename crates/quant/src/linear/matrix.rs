//! Rows and columns of numbers.

use faer::{MatMut, MatRef};

/// A dense matrix, stored column by column.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    rows: usize,
    columns: usize,
    values: Vec<f64>,
}

/// Values that do not fill a matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{rows} rows of {columns} columns need {} values, and {found} are given", rows * columns)]
pub struct ShapeError {
    /// Rows wanted.
    pub rows: usize,
    /// Columns wanted.
    pub columns: usize,
    /// Values given.
    pub found: usize,
}

impl Matrix {
    /// A matrix of zeros.
    ///
    /// ```
    /// use evenkeel_quant::linear::matrix::Matrix;
    /// assert_eq!(Matrix::zeros(2, 3).get(1, 2), 0.0);
    /// ```
    pub fn zeros(rows: usize, columns: usize) -> Self {
        Self { rows, columns, values: vec![0.0; rows * columns] }
    }

    /// The identity: ones on the diagonal.
    ///
    /// ```
    /// use evenkeel_quant::linear::matrix::Matrix;
    /// assert_eq!(Matrix::identity(2).values(), [1.0, 0.0, 0.0, 1.0]);
    /// ```
    pub fn identity(size: usize) -> Self {
        Self::from_fn(size, size, |row, column| if row == column { 1.0 } else { 0.0 })
    }

    /// A matrix from a function of row and column.
    ///
    /// ```
    /// use evenkeel_quant::linear::matrix::Matrix;
    /// assert_eq!(Matrix::from_fn(1, 2, |_, column| column as f64).values(), [0.0, 1.0]);
    /// ```
    pub fn from_fn(rows: usize, columns: usize, mut entry: impl FnMut(usize, usize) -> f64) -> Self {
        let mut values = Vec::with_capacity(rows * columns);
        for column in 0..columns {
            values.extend((0..rows).map(|row| entry(row, column)));
        }
        Self { rows, columns, values }
    }

    /// A matrix of values that lie column by column.
    ///
    /// ```
    /// use evenkeel_quant::linear::matrix::Matrix;
    /// let matrix = Matrix::from_columns(2, 2, vec![1.0, 2.0, 3.0, 4.0])?;
    /// assert_eq!(matrix.get(0, 1), 3.0);
    /// # Ok::<(), evenkeel_quant::linear::matrix::ShapeError>(())
    /// ```
    ///
    /// # Errors
    /// [`ShapeError`] where the number of values is not rows × columns.
    pub fn from_columns(rows: usize, columns: usize, values: Vec<f64>) -> Result<Self, ShapeError> {
        if values.len() == rows * columns {
            Ok(Self { rows, columns, values })
        } else {
            Err(ShapeError { rows, columns, found: values.len() })
        }
    }

    /// A matrix of values that lie row by row.
    ///
    /// ```
    /// use evenkeel_quant::linear::matrix::Matrix;
    /// let matrix = Matrix::from_rows(2, 2, &[1.0, 2.0, 3.0, 4.0])?;
    /// assert_eq!(matrix.get(0, 1), 2.0);
    /// # Ok::<(), evenkeel_quant::linear::matrix::ShapeError>(())
    /// ```
    ///
    /// # Errors
    /// [`ShapeError`] where the number of values is not rows × columns.
    pub fn from_rows(rows: usize, columns: usize, values: &[f64]) -> Result<Self, ShapeError> {
        let transposed =
            Self::from_columns(columns, rows, values.to_vec()).map_err(|_| ShapeError { rows, columns, found: values.len() })?;
        Ok(transposed.transposed())
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// All values, column by column.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// All values, column by column, to change.
    pub fn values_mut(&mut self) -> &mut [f64] {
        &mut self.values
    }

    /// The values, column by column, without the matrix.
    pub fn into_values(self) -> Vec<f64> {
        self.values
    }

    /// An entry. The caller keeps to the shape.
    #[inline]
    pub fn get(&self, row: usize, column: usize) -> f64 {
        self.values[column * self.rows + row]
    }

    /// Sets an entry. The caller keeps to the shape.
    #[inline]
    pub fn set(&mut self, row: usize, column: usize, value: f64) {
        self.values[column * self.rows + row] = value;
    }

    /// A column. The caller keeps to the shape.
    #[inline]
    pub fn column(&self, column: usize) -> &[f64] {
        &self.values[column * self.rows..(column + 1) * self.rows]
    }

    /// A column, to change. The caller keeps to the shape.
    #[inline]
    pub fn column_mut(&mut self, column: usize) -> &mut [f64] {
        &mut self.values[column * self.rows..(column + 1) * self.rows]
    }

    /// The columns in turn.
    pub fn iter_columns(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        (0..self.columns).map(|column| self.column(column))
    }

    /// A row, gathered.
    pub fn row(&self, row: usize) -> Vec<f64> {
        (0..self.columns).map(|column| self.get(row, column)).collect()
    }

    /// The diagonal.
    pub fn diagonal(&self) -> Vec<f64> {
        (0..self.rows.min(self.columns)).map(|at| self.get(at, at)).collect()
    }

    /// Rows and columns exchanged.
    #[must_use]
    pub fn transposed(&self) -> Self {
        Self::from_fn(self.columns, self.rows, |row, column| self.get(column, row))
    }

    /// The entries of chosen rows and columns, in the order chosen. The caller keeps to the shape.
    #[must_use]
    pub fn select(&self, rows: &[usize], columns: &[usize]) -> Self {
        Self::from_fn(rows.len(), columns.len(), |row, column| self.get(rows[row], columns[column]))
    }

    /// The matrix as its library sees it.
    pub(crate) fn as_faer(&self) -> MatRef<'_, f64> {
        MatRef::from_column_major_slice(&self.values, self.rows, self.columns)
    }

    /// The matrix as its library sees it, to change.
    pub(crate) fn as_faer_mut(&mut self) -> MatMut<'_, f64> {
        MatMut::from_column_major_slice_mut(&mut self.values, self.rows, self.columns)
    }

    /// A copy of what the library made.
    pub(crate) fn from_faer(source: MatRef<'_, f64>) -> Self {
        Self::from_fn(source.nrows(), source.ncols(), |row, column| source[(row, column)])
    }
}
