//! [`State`]: values by instrument and cash, as limits, scenarios and analytics measure them.

use evenkeel_ledger::instrument::InstrumentId;

use crate::boundary::to_f64;

use super::Portfolio;

/// What is held, by value in the base currency, over all accounts together.
///
/// Values are kept in the order of instrument ids and summed in it, so that a measure does not
/// depend on the order in which accounts or positions were given.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct State {
    values: Vec<(InstrumentId, f64)>,
    cash: f64,
    total: f64,
}

impl State {
    /// Values of positions (below zero for a short one; an instrument may occur in several
    /// accounts) and the cash of all accounts.
    pub fn new(positions: impl IntoIterator<Item = (InstrumentId, f64)>, cash: f64) -> Self {
        let mut values: Vec<(InstrumentId, f64)> = positions.into_iter().collect();
        values.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        values.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        let total = values.iter().map(|(_, value)| value).sum::<f64>() + cash;
        Self { values, cash, total }
    }

    /// The state of a valued portfolio.
    pub fn of(portfolio: &Portfolio<'_>) -> Self {
        let positions = portfolio.accounts.iter().flat_map(|account| &account.positions);
        let mut cash: Vec<f64> = portfolio.accounts.iter().map(|account| to_f64(account.cash.amount())).collect();
        cash.sort_by(f64::total_cmp);
        Self::new(positions.map(|position| (position.instrument, to_f64(position.value.amount()))), cash.iter().sum())
    }

    /// Value of each instrument held, in the order of ids, each once.
    pub fn values(&self) -> &[(InstrumentId, f64)] {
        &self.values
    }

    /// Cash.
    pub fn cash(&self) -> f64 {
        self.cash
    }

    /// Value of everything: positions and cash.
    pub fn total(&self) -> f64 {
        self.total
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use evenkeel_ledger::class::ClassPath;
    use evenkeel_ledger::instrument::{Instrument, Universe};
    use evenkeel_ledger::number::Currency;

    use super::*;

    #[test]
    fn does_not_depend_on_the_order_given() {
        let class = ClassPath::new("Equity").unwrap();
        let universe = Universe::new(["A", "B", "C"].map(|symbol| Instrument::new(symbol, class.clone(), Currency::USD)).to_vec()).unwrap();
        let id = |symbol| universe.find(symbol).unwrap();
        let forward = State::new([(id("A"), 0.1), (id("B"), 0.2), (id("A"), 0.3), (id("C"), -0.7)], 1.0);
        let backward = State::new([(id("C"), -0.7), (id("A"), 0.3), (id("B"), 0.2), (id("A"), 0.1)], 1.0);
        assert_eq!(forward, backward);
        assert_eq!(forward.values().len(), 3);
        assert!((forward.total() - 0.9).abs() < 1e-15);
    }
}
