//! The taxes of returns as surfaces, and what tax forbids together.

use evenkeel_quant::optimize::lots::program::{Exclusion, Piece, Surface, Trade};

use crate::trade::list::Side;

use super::model::{Builder, Leg};
use super::surface::TaxSurface;

impl Builder<'_, '_> {
    /// The taxes of returns, as corners of their pieces.
    pub(super) fn surfaces(&mut self) {
        let returns = self.situation.returns.clone();
        for (place, year) in returns.years.iter().enumerate() {
            let (Some(rows), Some(reach)) = (self.gains.get(place).copied().flatten(), self.reach.get(place).copied()) else { continue };
            let currency = year.filing().owner.year_to_date.short_term.currency();
            let fees: f64 = self.sells_on(place).map(|leg| self.context.costs.terms(leg.instrument).0).sum();
            let reach = reach.widened(1.0 + rows.scale * self.part(fees));
            let Some(surface) = TaxSurface::new(self.objective, place, year, reach, currency) else {
                self.approximations.push(format!("the tax of `{}` could not be assessed and counts as none", year.filing().owner.id));
                continue;
            };
            self.discount_fees(place, &surface);
            let shares = self.row(1.0);
            let first = self.pieces.len();
            let (corners, lines) = (surface.corners, surface.lines);
            for (corner, tax) in corners.iter().zip(&surface.taxes) {
                let counted = vec![(shares, 1.0), (rows.short, -corner[0] / rows.scale), (rows.long, -corner[1] / rows.scale)];
                self.pieces.push(Piece { lower: 0.0, upper: 1.0, price: tax / rows.scale, rows: counted });
            }
            let pieces = first..self.pieces.len();
            self.trades.push(Trade { asset: None, sign: 1.0, impact: 0.0, rows: Vec::new(), pieces: pieces.clone() });
            self.choices.surfaces.push(Surface { pieces, corners, lines });
        }
        self.approximations.extend(returns.problems.iter().map(|problem| format!("{problem}; its gains count at marginal rates")));
    }

    /// What is sold of accounts on a return.
    fn sells_on(&self, place: usize) -> impl Iterator<Item = &Leg> {
        self.legs.iter().filter(move |leg| leg.side == Side::Sell && self.situation.returns.of(leg.account) == Some(place))
    }

    /// Fees and impact of sales lower gains, which the rows of gains do not count: what they cost at the least, that tax saved.
    fn discount_fees(&mut self, place: usize, surface: &TaxSurface) {
        let trades: Vec<usize> = self.sells_on(place).map(|leg| leg.trade).collect();
        let has_fee = |trade: &usize| self.trades.get(*trade).is_some_and(|trade| trade.impact > 0.0);
        if self.choices.sizes.iter().all(|sizes| sizes.fee == 0.0) && !trades.iter().any(has_fee) {
            return;
        }
        let kept = 1.0 - surface.steepest();
        for trade in &trades {
            self.trades.get_mut(*trade).into_iter().for_each(|trade| trade.impact *= kept);
        }
        self.choices.sizes.iter_mut().filter(|sizes| trades.contains(&sizes.trade)).for_each(|sizes| sizes.fee *= kept);
    }

    /// What tax forbids together: selling at a loss and buying what counts as identical, and both sides of one instrument.
    pub(super) fn exclude(&mut self) {
        let pieces = |leg: &Leg| self.trades.get(leg.trade).map_or(0..0, |trade| trade.pieces.clone());
        let sells = || self.legs.iter().filter(|leg| leg.side == Side::Sell);
        let buys = || self.legs.iter().filter(|leg| leg.side == Side::Buy);
        let mut exclusions = Vec::new();
        for sell in sells() {
            let same = buys().filter(|buy| (buy.account, buy.instrument) == (sell.account, sell.instrument));
            exclusions.extend(same.map(|buy| Exclusion { one: pieces(sell).collect(), other: pieces(buy).collect() }));
        }
        if self.situation.avoids_washes {
            let mut sets: Vec<_> = buys().filter_map(|buy| self.context.identical.of(buy.instrument)).collect();
            sets.sort_unstable();
            sets.dedup();
            for set in sets {
                let of_set = |leg: &&Leg| self.context.identical.of(leg.instrument) == Some(set);
                let losing = |piece: &usize| self.losses.binary_search(piece).is_ok();
                let one: Vec<usize> = sells().filter(of_set).flat_map(pieces).filter(losing).collect();
                let other: Vec<usize> = buys().filter(of_set).flat_map(pieces).collect();
                if !one.is_empty() && !other.is_empty() {
                    exclusions.push(Exclusion { one, other });
                }
            }
        }
        self.choices.exclusions = exclusions;
    }
}
