//! The lots of a sell: whether they exist, suffice and add up, and what gain they realize.

use evenkeel_ledger::account::BasisMethod;
use evenkeel_ledger::holdings::AccountHoldings;
use evenkeel_ledger::lot::Lot;
use evenkeel_ledger::number::{Decimal, Money, NumberError, Quantity, Rounding};

use crate::auditor::{Auditor, lots_of};
use crate::objection::{Findings, Rule};
use crate::record::{LotSale, Side};
use crate::term::is_long_term;
use crate::trade::Line;

/// Steps of 10⁻⁹ by which the share of a lot in proceeds or a pool may differ: proceeds are
/// shared out as differences of a rounded running total, a pool as rounded shares of its lots.
const SHARE_TOLERANCE: i128 = 10;

impl Auditor<'_> {
    /// The lots of a trade.
    pub(crate) fn check_lots(&self, line: &Line<'_>, holdings: &AccountHoldings, findings: &mut Findings<'_>) -> Result<(), NumberError> {
        let trade = line.trade;
        let sold = trade.lots.iter().try_fold(Quantity::ZERO, |sum, sale| sum.try_add(sale.quantity))?;
        let expected = if trade.side == Side::Sell { trade.quantity } else { Quantity::ZERO };
        if sold != expected || (trade.side == Side::Buy && !trade.lots.is_empty()) {
            findings.object(Rule::LotsAddUp, expected, sold);
        }
        let held = lots_of(holdings, line.terms.id);
        let mut basis_and_gain = Some(Money::zero(line.account.currency));
        for (place, sale) in trade.lots.iter().enumerate() {
            let Some(lot) = held.iter().find(|lot| lot.id == *sale.lot) else {
                findings.object(Rule::KnownLot, "a lot of the account and instrument", sale.lot);
                continue;
            };
            let same = trade.lots.iter().take(place.saturating_add(1)).filter(|other| other.lot == sale.lot);
            let sold_of_it = same.map(|other| other.quantity).try_fold(Quantity::ZERO, Quantity::try_add)?;
            if sold_of_it > lot.quantity || !sale.quantity.is_positive() {
                findings.object(Rule::LotOversold, format_args!("above zero, at most {} of lot {}", lot.quantity, lot.id), sold_of_it);
            }
            check_basis(line, held, lot, sale, findings)?;
            let since = lot.held_since.or(lot.acquired);
            let long_term = since.map(|since| is_long_term(since, self.market.as_of));
            if sale.long_term != long_term {
                findings.object(
                    Rule::HoldingPeriod,
                    format_args!("{long_term:?} for lot {}", lot.id),
                    format_args!("{:?}", sale.long_term),
                );
            }
            self.check_gain(line, sale, findings)?;
            basis_and_gain = match (basis_and_gain, sale.cost_basis, sale.gain) {
                (Some(sum), Some(basis), Some(gain)) => Some(sum.try_add(basis)?.try_add(gain)?),
                _ => None,
            };
        }
        // Where every part is known, the parts make up the proceeds to the last digit.
        if let (Some(parts), Ok(proceeds), false) = (basis_and_gain, self.proceeds(line), trade.lots.is_empty()) {
            findings.equal(Rule::Gain, proceeds, parts);
        }
        Ok(())
    }

    fn check_gain(&self, line: &Line<'_>, sale: &LotSale<'_>, findings: &mut Findings<'_>) -> Result<(), NumberError> {
        // Without a rate between base and account currency no gain can be told.
        let (Ok(proceeds), Some(basis)) = (self.proceeds(line), sale.cost_basis) else {
            if let Some(gain) = sale.gain {
                findings.object(Rule::Gain, "none, as basis or rate is unknown", gain);
            }
            return Ok(());
        };
        let Some(gain) = sale.gain else {
            findings.object(Rule::Gain, "a gain, as basis and rate are known", "none");
            return Ok(());
        };
        if !line.trade.quantity.is_positive() {
            return Ok(());
        }
        let share = proceeds.pro_rata(sale.quantity, line.trade.quantity, Rounding::HalfEven)?;
        let expected = share.try_sub(basis)?;
        if !is_near(gain, expected)? {
            findings.object(Rule::Gain, expected, gain);
        }
        Ok(())
    }

    /// What a sell brings after costs, in the account's currency.
    fn proceeds(&self, line: &Line<'_>) -> Result<Money, evenkeel_ledger::fx::FxError> {
        let net = line.trade.gross.try_sub(line.trade.costs.total)?;
        self.market.fx.convert(net, line.account.currency, Rounding::HalfEven)
    }
}

/// The basis of what is sold of a lot: its own in proportion, or that of all lots of the
/// instrument where the account keeps one average.
fn check_basis(line: &Line<'_>, held: &[Lot], lot: &Lot, sale: &LotSale<'_>, findings: &mut Findings<'_>) -> Result<(), NumberError> {
    let expected = match line.account.basis_method {
        BasisMethod::Lots => lot.cost_basis.map(|basis| basis.pro_rata(sale.quantity, lot.quantity, Rounding::HalfEven)).transpose()?,
        BasisMethod::AverageCost | BasisMethod::Pooled => average_basis(line, held, sale.quantity)?,
    };
    let agrees = match (expected, sale.cost_basis) {
        (Some(expected), Some(found)) => is_near(expected, found)?,
        (None, None) => true,
        _ => false,
    };
    if !agrees {
        let show = |basis: Option<Money>| basis.map_or_else(|| "none".to_owned(), |basis| basis.to_string());
        findings.object(Rule::CostBasis, show(expected), show(sale.cost_basis));
    }
    Ok(())
}

fn average_basis(line: &Line<'_>, held: &[Lot], quantity: Quantity) -> Result<Option<Money>, NumberError> {
    let mut sum = Some(Money::zero(line.account.currency));
    let mut units = Quantity::ZERO;
    for lot in held.iter().filter(|lot| lot.quantity.is_positive()) {
        units = units.try_add(lot.quantity)?;
        sum = match (sum, lot.cost_basis) {
            (Some(sum), Some(basis)) => Some(sum.try_add(basis)?),
            _ => None,
        };
    }
    sum.filter(|_| units.is_positive()).map(|sum| sum.pro_rata(quantity, units, Rounding::HalfEven)).transpose()
}

fn is_near(a: Money, b: Money) -> Result<bool, NumberError> {
    Ok(a.try_sub(b)?.amount().abs() <= Decimal::from_raw(SHARE_TOLERANCE)?)
}
