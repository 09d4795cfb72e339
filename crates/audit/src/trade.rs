//! One trade on its own: quantity, amounts, costs, and whether it is allowed.

use evenkeel_ledger::account::Account;
use evenkeel_ledger::instrument::{Instrument, TradingState};
use evenkeel_ledger::number::{Decimal, Money, NumberError, Quantity, Rounding};

use crate::auditor::{Auditor, Terms, to_f64};
use crate::objection::{Findings, Rule};
use crate::record::{Side, Trade};

/// How far a float formula rounded to the cent may be from the same formula here: a cent, as
/// either side may round the other way.
const IMPACT_TOLERANCE_CENTS: f64 = 1.0;

/// A trade with what it refers to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    pub(crate) trade: &'a Trade<'a>,
    pub(crate) account: &'a Account,
    /// Position of the account among the household's.
    pub(crate) place: usize,
    pub(crate) instrument: &'a Instrument,
    pub(crate) terms: Terms,
    /// Units held before in the account, net of short lots.
    pub(crate) held: Quantity,
}

impl Auditor<'_> {
    /// Quantity, price, value, costs and effect on cash.
    pub(crate) fn check_amounts(&self, line: &Line<'_>, findings: &mut Findings<'_>) -> Result<(), NumberError> {
        let trade = line.trade;
        if !trade.quantity.is_positive() {
            findings.object(Rule::PositiveQuantity, "above zero", trade.quantity);
        }
        let lot_size = line.instrument.lot_size.decimal();
        let closes = trade.side == Side::Sell && trade.quantity == line.held;
        if self.rules.whole_lots && !closes && !trade.quantity.decimal().is_multiple_of(lot_size) {
            findings.object(Rule::LotSize, format_args!("a multiple of {lot_size}"), trade.quantity);
        }
        findings.equal(Rule::Price, line.terms.price, trade.price);
        let value = self.value(trade.quantity, &line.terms)?;
        if !self.is_rounded(trade.gross, value)? {
            findings.object(Rule::Gross, value, trade.gross);
        }
        self.check_costs(line, findings)?;
        let cash = match trade.side {
            Side::Buy => trade.gross.try_add(trade.costs.total)?.neg(),
            Side::Sell => trade.gross.try_sub(trade.costs.total)?,
        };
        findings.equal(Rule::CashEffect, cash, trade.cash);
        Ok(())
    }

    /// Whether the account may make the trade.
    pub(crate) fn check_permission(&self, line: &Line<'_>, findings: &mut Findings<'_>) {
        if line.trade.side == Side::Buy && !line.account.menu.allows(line.terms.id) {
            findings.object(Rule::Menu, "an instrument of the account's menu", line.trade.symbol);
        }
        let trading = &line.instrument.trading;
        let expired = trading.until.is_some_and(|until| until < self.market.as_of);
        let state = if expired { TradingState::Approved } else { trading.state };
        let allowed = match line.trade.side {
            Side::Buy => matches!(state, TradingState::Approved),
            Side::Sell => !matches!(state, TradingState::Restricted | TradingState::Suspended),
        };
        if !allowed {
            findings.object(Rule::TradingState, "a state that allows it", format_args!("{:?} {state:?}", line.trade.side));
        }
    }

    fn check_costs(&self, line: &Line<'_>, findings: &mut Findings<'_>) -> Result<(), NumberError> {
        let (trade, rules) = (line.trade, &self.rules.costs);
        let costs = &trade.costs;
        findings.equal(Rule::FixedCost, rules.fixed, costs.fixed);
        let proportional = trade.gross.times(rules.proportional, Rounding::HalfEven)?;
        if !self.is_rounded(costs.proportional, proportional)? {
            findings.object(Rule::ProportionalCost, proportional, costs.proportional);
        }
        let spread = line.instrument.spread.unwrap_or(rules.default_spread).decimal();
        let half = trade.gross.amount().pro_rata(spread, Decimal::from_int(2), Rounding::HalfEven)?;
        let half = Money::new(half, self.rules.currency);
        if !self.is_rounded(costs.spread, half)? {
            findings.object(Rule::SpreadCost, half, costs.spread);
        }
        let traded = to_f64(trade.gross.amount());
        let impact = line.terms.impact * traded * traded.max(0.0).sqrt();
        let tolerance = IMPACT_TOLERANCE_CENTS * to_f64(self.cent) + 1e-9 * impact;
        let in_cents = costs.impact.amount().is_multiple_of(self.cent) && costs.impact.currency() == self.rules.currency;
        if !in_cents || (to_f64(costs.impact.amount()) - impact).abs() > tolerance {
            findings.object(Rule::ImpactCost, format_args!("{impact:.4}"), costs.impact);
        }
        let pieces = [costs.fixed, costs.proportional, costs.spread, costs.impact];
        findings.equal(Rule::TotalCost, Money::sum(self.rules.currency, pieces)?, costs.total);
        Ok(())
    }

    /// Whether an amount is another, in the base currency, rounded to the cent one way or the other.
    pub(crate) fn is_rounded(&self, found: Money, exact: Money) -> Result<bool, NumberError> {
        let off = found.try_sub(exact)?.amount().abs();
        Ok(found.amount().is_multiple_of(self.cent) && off.try_add(off)? <= self.cent)
    }
}
