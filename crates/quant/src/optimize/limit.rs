//! Names for the limits of a program, so that higher layers can say them in the policy's words.

use super::program::{Program, Region};

/// One limit of a region, by its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limit {
    /// The lower side of a row l ≤ A x.
    RowLower(usize),
    /// The upper side of a row A x ≤ u.
    RowUpper(usize),
    /// A spread: turnover, leverage, short budget.
    Spread(usize),
    /// A limit on risk.
    Risk(usize),
    /// The least weight of an asset.
    Lower(usize),
    /// The greatest weight of an asset.
    Upper(usize),
}

impl Region {
    /// The limits that are not open: rows, spreads, risk limits, then bounds.
    ///
    /// ```
    /// use evenkeel_quant::optimize::{limit::Limit, program::Region};
    /// assert_eq!(Region::long_only(1).limits(), [Limit::RowLower(0), Limit::RowUpper(0), Limit::Lower(0)]);
    /// ```
    pub fn limits(&self) -> Vec<Limit> {
        let rows = (0..self.rows.lower.len()).flat_map(|row| [Limit::RowLower(row), Limit::RowUpper(row)]);
        let spreads = (0..self.spreads.len()).map(Limit::Spread);
        let risks = (0..self.risks.len()).map(Limit::Risk);
        let bounds = (0..self.size()).flat_map(|asset| [Limit::Lower(asset), Limit::Upper(asset)]);
        rows.chain(spreads).chain(risks).chain(bounds).filter(|limit| self.level(*limit).is_some_and(f64::is_finite)).collect()
    }

    /// Where a limit stands: a weight, the value of a row or spread, or a volatility. `None` where there
    /// is no such limit.
    ///
    /// ```
    /// use evenkeel_quant::optimize::{limit::Limit, program::Region};
    /// assert_eq!(Region::long_only(3).level(Limit::RowUpper(0)), Some(1.0));
    /// ```
    pub fn level(&self, limit: Limit) -> Option<f64> {
        match limit {
            Limit::Lower(asset) => self.lower.get(asset).copied(),
            Limit::Upper(asset) => self.upper.get(asset).copied(),
            Limit::RowLower(row) => self.rows.lower.get(row).copied(),
            Limit::RowUpper(row) => self.rows.upper.get(row).copied(),
            Limit::Spread(spread) => self.spreads.get(spread).map(|spread| spread.limit),
            Limit::Risk(risk) => self.risks.get(risk).map(|risk| risk.volatility),
        }
    }

    /// The region with one limit moved outward by an amount; without it where the amount is infinite.
    ///
    /// ```
    /// use evenkeel_quant::optimize::{limit::Limit, program::Region};
    /// let borrowing_a_tenth = Region::long_only(3).relaxed(Limit::RowUpper(0), 0.1);
    /// assert_eq!(borrowing_a_tenth.level(Limit::RowUpper(0)), Some(1.1));
    /// ```
    #[must_use]
    pub fn relaxed(mut self, limit: Limit, amount: f64) -> Self {
        let (level, outward) = match limit {
            Limit::Lower(asset) => (self.lower.get_mut(asset), -amount),
            Limit::Upper(asset) => (self.upper.get_mut(asset), amount),
            Limit::RowLower(row) => (self.rows.lower.get_mut(row), -amount),
            Limit::RowUpper(row) => (self.rows.upper.get_mut(row), amount),
            Limit::Spread(spread) => (self.spreads.get_mut(spread).map(|spread| &mut spread.limit), amount),
            Limit::Risk(risk) => (self.risks.get_mut(risk).map(|risk| &mut risk.volatility), amount),
        };
        if let Some(level) = level {
            *level += outward;
        }
        self
    }
}

impl Program {
    /// The program over another region.
    #[must_use]
    pub fn over(&self, region: Region) -> Self {
        Self { region, ..self.clone() }
    }
}
