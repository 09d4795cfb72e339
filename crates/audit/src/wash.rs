//! Wash sales and gains: whether a sale at a loss meets a purchase of what is identical, what is taxed, and the budget.

use evenkeel_ledger::account::TaxTreatment;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::fx::FxError;
use evenkeel_ledger::instrument::{InstrumentId, RelationKind, TradingState, Universe};
use evenkeel_ledger::lot::{Lot, LotId};
use evenkeel_ledger::number::{Money, NumberError, Quantity, Rate, Rounding};

use crate::auditor::Auditor;
use crate::objection::{Findings, Rule};
use crate::record::{Books, Identity, Side};
use crate::trade::Line;

/// Days on either side of a sale at a loss in which a purchase is its replacement (26 USC 1091(a)).
const DAYS: i32 = 30;

/// For each instrument, the first of those that count as identical to it.
///
/// Labels are handed on along relations until none changes.
pub(crate) fn identical(universe: &Universe, identity: Identity) -> Vec<usize> {
    let mut labels: Vec<usize> = (0..universe.len()).collect();
    let mut pairs = Vec::new();
    for (id, instrument) in universe.iter() {
        for relation in &instrument.relations {
            let counts = match relation.kind {
                RelationKind::SameFund => identity != Identity::Instrument,
                RelationKind::SubstantiallyIdentical => identity == Identity::Related,
                RelationKind::Substitute => false,
            };
            if let Some(other) = universe.find(&relation.to).filter(|_| counts) {
                pairs.push((id.index(), other.index()));
            }
        }
    }
    loop {
        let before = labels.clone();
        for &(a, b) in &pairs {
            if let (Some(one), Some(other)) = (labels.get(a).copied(), labels.get(b).copied()) {
                let least = one.min(other);
                labels.iter_mut().filter(|label| **label == one || **label == other).for_each(|label| *label = least);
            }
        }
        if labels == before {
            return labels;
        }
    }
}

impl<'a> Auditor<'a> {
    fn label(&self, id: InstrumentId) -> Option<usize> {
        self.identical.get(id.index()).copied()
    }

    /// Sales at a loss against purchases of the proposal, of the days before, and purchases against earlier sales.
    pub(crate) fn check_washes(&self, books: &Books<'a>, lines: &[Line<'a>], findings: &mut Findings<'a>) -> Result<(), NumberError> {
        if !books.avoids_washes {
            return Ok(());
        }
        for line in lines.iter().filter(|line| line.trade.side == Side::Buy) {
            let same = |sold: &&(InstrumentId, Date)| self.label(sold.0).is_some() && self.label(sold.0) == self.label(line.terms.id);
            for (_, date) in books.sold.iter().filter(same).filter(|(_, date)| self.is_near(*date)) {
                (findings.account, findings.subject) = (Some(line.trade.account), Some(line.trade.symbol));
                findings.object(Rule::WashSale, "no purchase within 30 days of a sale at a loss", format_args!("sold on {date}"));
            }
        }
        let held = books.holdings.iter().enumerate().flat_map(|(place, holdings)| holdings.lots().iter().map(move |lot| (place, lot)));
        let is_recent = |lot: &Lot| lot.quantity.is_positive() && lot.acquired.is_some_and(|date| self.is_near(date));
        let recent: Vec<(usize, &Lot)> = held.filter(|(_, lot)| is_recent(lot)).collect();
        for line in lines.iter().filter(|line| line.trade.side == Side::Sell && line.account.tax_treatment == TaxTreatment::Taxable) {
            (findings.account, findings.subject) = (Some(line.trade.account), Some(line.trade.symbol));
            for sale in line.trade.lots.iter().filter(|sale| sale.gain.is_some_and(Money::is_negative)) {
                let label = self.label(line.terms.id);
                let bought = |other: &&Line<'_>| other.trade.side == Side::Buy && self.label(other.terms.id) == label;
                if let Some(other) = lines.iter().find(bought) {
                    let found = format_args!("{} buys {}", other.trade.account, other.trade.symbol);
                    findings.object(Rule::WashSale, format_args!("lot {} sold at a loss, and nothing identical bought", sale.lot), found);
                }
                let must_go = line.instrument.trading.state_on(self.market.as_of) == TradingState::Banned;
                if !must_go {
                    self.check_earlier_purchases(books, &recent, lines, (line, sale.lot), findings)?;
                }
            }
        }
        (findings.account, findings.subject) = (None, None);
        Ok(())
    }

    /// Lots bought within the days before, other than the one sold at a loss, of which something stays.
    fn check_earlier_purchases(
        &self,
        books: &Books<'a>,
        recent: &[(usize, &Lot)],
        lines: &[Line<'a>],
        (sold, lot): (&Line<'a>, &LotId),
        findings: &mut Findings<'a>,
    ) -> Result<(), NumberError> {
        let label = self.label(sold.terms.id);
        for (place, held) in recent.iter().copied().filter(|(_, held)| self.label(held.instrument) == label) {
            if place == sold.place && held.instrument == sold.terms.id && held.id == *lot {
                continue;
            }
            let of_lot = lines.iter().filter(|line| line.place == place && line.terms.id == held.instrument);
            let sales = of_lot.flat_map(|line| &line.trade.lots).filter(|sale| *sale.lot == held.id);
            let gone = sales.map(|sale| sale.quantity).try_fold(Quantity::ZERO, Quantity::try_add)?;
            if gone < held.quantity {
                let account = books.accounts.get(place).map_or("", |account| &account.id);
                let symbol = self.market.universe.symbol(held.instrument);
                let expected = format_args!("lot {lot} sold at a loss, and nothing identical bought within 30 days");
                findings.object(Rule::WashSale, expected, format_args!("lot {} of {symbol} in {account}", held.id));
            }
        }
        Ok(())
    }

    fn is_near(&self, date: Date) -> bool {
        (0..=DAYS).contains(&self.market.as_of.days_since(date))
    }

    /// Tax of each lot at the owner's rates, and net gains within the budget.
    pub(crate) fn check_taxes(&self, books: &Books<'a>, lines: &[Line<'a>], findings: &mut Findings<'a>) -> Result<(), FxError> {
        let (mut net, mut forced) = (Money::zero(self.rules.currency), Money::zero(self.rules.currency));
        let mut trades = evenkeel_ledger::number::Decimal::ZERO;
        for line in lines.iter().filter(|line| line.trade.side == Side::Sell) {
            (findings.account, findings.subject) = (Some(line.trade.account), Some(line.trade.symbol));
            let rates = books.rates.get(line.place).copied().flatten();
            for sale in &line.trade.lots {
                let taxed = rates.zip(sale.gain);
                match (taxed, sale.tax) {
                    (Some(((short, long), gain)), Some(tax)) => {
                        let rate: Rate = if sale.long_term == Some(true) { long } else { short };
                        let exact = gain.times(rate, Rounding::HalfEven)?;
                        if tax.try_sub(exact)?.amount().abs() > self.cent {
                            findings.object(Rule::Tax, exact, tax);
                        }
                    }
                    (None, None) => {}
                    (expected, found) => findings.object(
                        Rule::Tax,
                        if expected.is_some() { "a tax" } else { "none" },
                        found.map_or_else(|| "none".to_owned(), |tax| tax.to_string()),
                    ),
                }
                if let Some((_, gain)) = taxed
                    && let Ok(gain) = self.market.fx.convert(gain, self.rules.currency, Rounding::HalfEven)
                {
                    let must_go = line.instrument.trading.state_on(self.market.as_of) == TradingState::Banned;
                    if must_go {
                        forced = forced.try_add(gain)?;
                    } else {
                        net = net.try_add(gain)?;
                    }
                    trades = trades.try_add(self.cent)?;
                }
            }
        }
        (findings.account, findings.subject) = (None, None);
        if let Some(budget) = self.rules.gain_budget {
            // Gains of the year, and of what must go, may be beyond the budget already; then nothing may be added to them.
            let zero = evenkeel_ledger::number::Decimal::ZERO;
            let left = budget.try_sub(books.realized)?.amount().max(zero);
            let most = left.try_sub(forced.amount())?.max(zero).try_add(trades)?;
            if net.amount() > most {
                findings.object(Rule::GainBudget, format_args!("at most {most}"), net);
            }
        }
        Ok(())
    }
}
