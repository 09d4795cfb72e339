//! Dense linear algebra: the one place that knows the library behind it.
//!
//! Matrices lie column by column. Large products, factorizations and eigenvalues are `faer`'s, on one
//! thread, so equal inputs give equal bits on one processor feature level.

// Rows and columns of numbers.
pub mod matrix;

// Sums over vectors in a fixed order, as wide as the processor.
pub mod vector;

// Products of matrices.
pub mod product;

// Factorization and solution of positive definite systems.
pub mod cholesky;

// Eigenvalues of symmetric matrices.
pub mod eigen;
