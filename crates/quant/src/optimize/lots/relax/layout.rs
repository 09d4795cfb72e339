//! The program laid out for loops.

use std::ops::Range;

use super::super::program::Program;

/// Lists of indices with values, one after the other.
#[derive(Debug, Clone, Default)]
pub(super) struct Sparse {
    ends: Vec<usize>,
    indices: Vec<usize>,
    values: Vec<f64>,
}

impl Sparse {
    fn of<'a>(lists: impl Iterator<Item = &'a [(usize, f64)]>) -> Self {
        let mut sparse = Self::default();
        for list in lists {
            for (index, value) in list.iter().filter(|(_, value)| *value != 0.0) {
                sparse.indices.push(*index);
                sparse.values.push(*value);
            }
            sparse.ends.push(sparse.indices.len());
        }
        sparse
    }

    /// The entries of a list.
    #[inline]
    pub(super) fn list(&self, at: usize) -> impl Iterator<Item = (usize, f64)> + Clone + '_ {
        let range = if at == 0 { 0 } else { self.ends[at - 1] }..self.ends[at];
        self.indices[range.clone()].iter().copied().zip(self.values[range].iter().copied())
    }

    /// Σ value · y over the entries of a list.
    #[inline]
    pub(super) fn dot(&self, at: usize, y: &[f64]) -> f64 {
        self.list(at).map(|(index, value)| value * y[index]).sum()
    }
}

/// An asset with its trades, or a single trade that moves none.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) asset: Option<usize>,
    /// Entries of [`Layout::order`].
    pub(super) trades: Range<usize>,
}

/// Rows of trades and pieces, and the trades of each asset.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    /// τ.
    pub(super) trade_rows: Sparse,
    /// b.
    pub(super) piece_rows: Sparse,
    /// Trades, those of an asset beside one another.
    pub(super) order: Vec<usize>,
    pub(super) groups: Vec<Group>,
}

impl Layout {
    /// Of a program that was checked.
    pub(super) fn of(program: &Program) -> Self {
        let trades = &program.trades;
        let mut order: Vec<usize> = (0..trades.len()).collect();
        order.sort_by_key(|at| trades[*at].asset.map_or(usize::MAX, |asset| asset));
        let mut groups: Vec<Group> = Vec::new();
        for (place, at) in order.iter().enumerate() {
            let asset = trades[*at].asset;
            match groups.last_mut() {
                Some(last) if asset.is_some() && last.asset == asset => last.trades.end = place + 1,
                _ => groups.push(Group { asset, trades: place..place + 1 }),
            }
        }
        Self {
            trade_rows: Sparse::of(trades.iter().map(|trade| trade.rows.as_slice())),
            piece_rows: Sparse::of(program.pieces.iter().map(|piece| piece.rows.as_slice())),
            order,
            groups,
        }
    }
}
