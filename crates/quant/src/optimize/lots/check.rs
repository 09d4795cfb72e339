//! What must hold for a program of trades in lots to mean something.

use super::program::{Choices, Program};

/// A program that says nothing, or that no point satisfies.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LotsError {
    /// Loadings with another number of columns than there are assets.
    #[error("the loadings have {columns} columns for {assets} assets; give a column for each asset")]
    Loadings {
        /// Columns given.
        columns: usize,
        /// Assets given.
        assets: usize,
    },
    /// Trades that do not cover the pieces in their order.
    #[error("trade {trade} begins at piece {start} where piece {wanted} is next; trades must cover all pieces in their order")]
    Cover {
        /// The trade; the number of trades where pieces are left over.
        trade: usize,
        /// Where it begins; the number of pieces where they are left over.
        start: usize,
        /// The first piece that no earlier trade has.
        wanted: usize,
    },
    /// Something that is not there.
    #[error("{owner} {at} names {what} {index}, and there are {count}")]
    Missing {
        /// What names it.
        owner: &'static str,
        /// Which one.
        at: usize,
        /// What is named.
        what: &'static str,
        /// The one named.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// A number that is none, or infinite.
    #[error("{what} {index} is {value}; it must be finite")]
    NotFinite {
        /// What it is.
        what: &'static str,
        /// Which one.
        index: usize,
        /// Its value.
        value: f64,
    },
    /// A number below the least that makes sense.
    #[error("{what} {index} is {value}, below {least}")]
    Below {
        /// What it is.
        what: &'static str,
        /// Which one.
        index: usize,
        /// Its value.
        value: f64,
        /// The least allowed.
        least: f64,
    },
    /// Bounds that cross.
    #[error("piece {piece} has the lower bound {lower} above the upper bound {upper}")]
    Crossed {
        /// The piece.
        piece: usize,
        /// Its least.
        lower: f64,
        /// Its greatest.
        upper: f64,
    },
    /// No pieces between their bounds satisfy all rows.
    #[error("no pieces between their bounds satisfy all rows")]
    NoFeasiblePoint,
    /// The search came to no end that can be told.
    #[error("the interior point method stalled with rows missed by up to {residual} of their size")]
    Stalled {
        /// Largest miss of a row, as a fraction of its size.
        residual: f64,
    },
}

impl Program {
    /// Whether shapes fit and numbers are finite, with bounds that do not cross.
    ///
    /// # Errors
    /// [`LotsError`] with the first mistake found.
    pub fn check(&self) -> Result<(), LotsError> {
        let (columns, assets) = (self.loadings.columns(), self.assets.len());
        if columns != assets {
            return Err(LotsError::Loadings { columns, assets });
        }
        all_finite("loading", self.loadings.values().iter().copied())?;
        all_finite("active weight", self.assets.iter().map(|asset| asset.active))?;
        all_at_least("specific variance", self.assets.iter().map(|asset| asset.specific), 0.0)?;
        all_finite("row", self.rows.iter().copied())?;
        self.check_pieces()?;
        self.check_trades()
    }

    /// Whether choices name what there is, with numbers that make sense.
    ///
    /// # Errors
    /// [`LotsError`] with the first mistake found.
    pub fn check_choices(&self, choices: &Choices) -> Result<(), LotsError> {
        for (at, sizes) in choices.sizes.iter().enumerate() {
            let (index, count) = (sizes.trade, self.trades.len());
            if index >= count {
                return Err(LotsError::Missing { owner: "size", at, what: "trade", index, count });
            }
        }
        all_at_least("fee", choices.sizes.iter().map(|sizes| sizes.fee), 0.0)?;
        all_at_least("least size", choices.sizes.iter().map(|sizes| sizes.least), 0.0)?;
        all_at_least("step", choices.sizes.iter().map(|sizes| sizes.step), 0.0)?;
        self.check_named("whole piece", 0, choices.wholes.iter().map(|whole| &whole.piece))?;
        all_at_least("step of a piece", choices.wholes.iter().map(|whole| whole.step), f64::MIN_POSITIVE)?;
        for (at, exclusion) in choices.exclusions.iter().enumerate() {
            self.check_named("exclusion", at, exclusion.one.iter().chain(&exclusion.other))?;
        }
        for (at, order) in choices.orders.iter().enumerate() {
            self.check_named("order", at, order)?;
        }
        for (at, surface) in choices.surfaces.iter().enumerate() {
            self.check_named("surface", at, surface.pieces.clone().last().as_ref())?;
            let (index, count) = (surface.pieces.len(), surface.corners.len());
            if index != count {
                return Err(LotsError::Missing { owner: "surface", at, what: "corner of piece", index, count });
            }
            all_finite("coordinate of a corner", surface.corners.iter().flatten().copied())?;
            all_finite("coefficient of a line", surface.lines.iter().flat_map(|line| [line.normal[0], line.normal[1], line.at]))?;
        }
        Ok(())
    }

    fn check_named<'a>(&self, owner: &'static str, at: usize, pieces: impl IntoIterator<Item = &'a usize>) -> Result<(), LotsError> {
        let count = self.pieces.len();
        let missing = pieces.into_iter().copied().find(|piece| *piece >= count);
        missing.map_or(Ok(()), |index| Err(LotsError::Missing { owner, at, what: "piece", index, count }))
    }

    fn check_trades(&self) -> Result<(), LotsError> {
        let mut wanted = 0;
        for (at, trade) in self.trades.iter().enumerate() {
            if let Some(index) = trade.asset.filter(|asset| *asset >= self.assets.len()) {
                return Err(LotsError::Missing { owner: "trade", at, what: "asset", index, count: self.assets.len() });
            }
            if trade.pieces.start != wanted || trade.pieces.end < wanted {
                return Err(LotsError::Cover { trade: at, start: trade.pieces.start, wanted });
            }
            if trade.pieces.end > self.pieces.len() {
                let (index, count) = (trade.pieces.end - 1, self.pieces.len());
                return Err(LotsError::Missing { owner: "trade", at, what: "piece", index, count });
            }
            wanted = trade.pieces.end;
            self.check_rows("trade", at, &trade.rows)?;
            if trade.impact > 0.0 {
                let value: f64 = self.pieces[trade.pieces.clone()].iter().map(|piece| piece.lower).sum();
                if value < 0.0 {
                    return Err(LotsError::Below { what: "least size of trade with impact", index: at, value, least: 0.0 });
                }
            }
        }
        all_finite("sign of trade", self.trades.iter().map(|trade| trade.sign))?;
        all_at_least("impact of trade", self.trades.iter().map(|trade| trade.impact), 0.0)?;
        if wanted < self.pieces.len() {
            return Err(LotsError::Cover { trade: self.trades.len(), start: self.pieces.len(), wanted });
        }
        Ok(())
    }

    fn check_pieces(&self) -> Result<(), LotsError> {
        all_finite("lower bound of piece", self.pieces.iter().map(|piece| piece.lower))?;
        all_finite("upper bound of piece", self.pieces.iter().map(|piece| piece.upper))?;
        all_finite("price of piece", self.pieces.iter().map(|piece| piece.price))?;
        for (at, piece) in self.pieces.iter().enumerate() {
            if piece.lower > piece.upper {
                return Err(LotsError::Crossed { piece: at, lower: piece.lower, upper: piece.upper });
            }
            self.check_rows("piece", at, &piece.rows)?;
        }
        Ok(())
    }

    fn check_rows(&self, owner: &'static str, at: usize, rows: &[(usize, f64)]) -> Result<(), LotsError> {
        let count = self.rows.len();
        if let Some((index, _)) = rows.iter().copied().find(|(row, _)| *row >= count) {
            return Err(LotsError::Missing { owner, at, what: "row", index, count });
        }
        all_finite("coefficient of a row", rows.iter().map(|(_, coefficient)| *coefficient))
    }
}

/// Whether numbers are finite.
pub(super) fn all_finite(what: &'static str, values: impl IntoIterator<Item = f64>) -> Result<(), LotsError> {
    let strange = values.into_iter().enumerate().find(|(_, value)| !value.is_finite());
    strange.map_or(Ok(()), |(index, value)| Err(LotsError::NotFinite { what, index, value }))
}

/// Whether numbers are finite and at least so much.
pub(super) fn all_at_least(what: &'static str, values: impl IntoIterator<Item = f64>, least: f64) -> Result<(), LotsError> {
    for (index, value) in values.into_iter().enumerate() {
        if !value.is_finite() {
            return Err(LotsError::NotFinite { what, index, value });
        }
        if value < least {
            return Err(LotsError::Below { what, index, value, least });
        }
    }
    Ok(())
}
