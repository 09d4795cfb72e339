//! The program laid out for loops.

use std::ops::Range;

use super::super::program::Program;

/// A coefficient of a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// The trade or piece.
    owner: usize,
    pub(super) row: usize,
    pub(super) count: f64,
}

/// Coefficients of rows, owner by owner.
#[derive(Debug, Clone, Default)]
pub(super) struct Sparse {
    ends: Vec<usize>,
    entries: Vec<Entry>,
}

impl Sparse {
    fn of<'a>(lists: impl Iterator<Item = &'a [(usize, f64)]>) -> Self {
        let mut sparse = Self::default();
        for (owner, list) in lists.enumerate() {
            let entries = list.iter().filter(|(_, count)| *count != 0.0);
            sparse.entries.extend(entries.map(|(row, count)| Entry { owner, row: *row, count: *count }));
            sparse.ends.push(sparse.entries.len());
        }
        sparse
    }

    /// The entries of a range of owners.
    #[inline]
    pub(super) fn of_owners(&self, owners: Range<usize>) -> &[Entry] {
        let end = |owners: usize| if owners == 0 { 0 } else { self.ends[owners - 1] };
        &self.entries[end(owners.start)..end(owners.end)]
    }

    /// The entries of an owner.
    #[inline]
    pub(super) fn list(&self, owner: usize) -> &[Entry] {
        self.of_owners(owner..owner + 1)
    }

    /// Σ count · y over the entries of an owner.
    #[inline]
    pub(super) fn dot(&self, owner: usize, y: &[f64]) -> f64 {
        self.list(owner).iter().map(|entry| entry.count * y[entry.row]).sum()
    }

    /// values ← values + α Aᵀ y.
    pub(super) fn add_priced(&self, values: &mut [f64], alpha: f64, y: &[f64]) {
        for entry in &self.entries {
            values[entry.owner] += alpha * entry.count * y[entry.row];
        }
    }

    /// missed ← missed − A values.
    pub(super) fn subtract_sums(&self, missed: &mut [f64], values: &[f64]) {
        for entry in &self.entries {
            missed[entry.row] -= entry.count * values[entry.owner];
        }
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
    /// c.
    pub(super) prices: Vec<f64>,
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
            prices: program.pieces.iter().map(|piece| piece.price).collect(),
        }
    }
}
