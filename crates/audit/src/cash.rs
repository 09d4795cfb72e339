//! Cash of each account, exactly, and what depends on it: minimum cash, minimum trade, turnover.

use evenkeel_ledger::fx::FxError;
use evenkeel_ledger::number::{Decimal, Money, NumberError, Rounding};

use crate::auditor::Auditor;
use crate::objection::{Findings, Rule};
use crate::record::{Books, CashLine, Side, Trade, TradeList};
use crate::trade::Line;

/// Cash of one account, as recomputed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cash {
    /// Before trading, with the flows that are due.
    pub(crate) before: Money,
    pub(crate) after: Money,
    /// After, had nothing been bought.
    pub(crate) without_buys: Money,
    pub(crate) minimum: Money,
}

impl<'a> Auditor<'a> {
    /// Cash of every account.
    pub(crate) fn check_cash(
        &self,
        books: &Books<'a>,
        list: &'a TradeList<'a>,
        lines: &[Line<'a>],
        findings: &mut Findings<'a>,
    ) -> Result<Vec<Cash>, FxError> {
        let currency = self.rules.currency;
        let mut cash = Vec::with_capacity(books.accounts.len());
        for (place, (account, holdings)) in books.accounts.iter().zip(books.holdings).enumerate() {
            findings.account = Some(&account.id);
            let mut before = Money::zero(currency);
            for money in holdings.cash() {
                before = before.try_add(self.market.fx.convert(*money, currency, Rounding::HalfEven)?)?;
            }
            let mut minimum = Money::zero(currency);
            for money in &account.cash_minimum {
                minimum = minimum.try_add(self.market.fx.convert(*money, currency, Rounding::HalfEven)?)?;
            }
            let mut stated = list.cash.iter().filter(|line| line.account == account.id);
            let (Some(line), None) = (stated.next(), stated.next()) else {
                findings.object(Rule::CashStated, "once", "never or more than once");
                cash.push(Cash { before, after: before, without_buys: before, minimum });
                continue;
            };
            let trades = || lines.iter().filter(|line| line.place == place).map(|line| line.trade);
            let after = check_line(line, before, trades(), findings)?;
            let mut bought = trades().filter(|trade| trade.side == Side::Buy);
            let without_buys = bought.try_fold(after, |cash, trade| cash.try_add(trade.gross)?.try_add(trade.costs.total))?;
            let before = before.try_add(line.flows)?;
            let used = after.try_cmp(before)?.is_lt();
            if after.try_cmp(minimum)?.is_lt() && (used || after != without_buys) {
                findings.object(Rule::CashMinimum, format_args!("at least {minimum}"), after);
            }
            cash.push(Cash { before, after, without_buys, minimum });
        }
        findings.account = None;
        for line in &list.cash {
            if !books.accounts.iter().any(|account| account.id == line.account) {
                findings.object(Rule::KnownAccount, "an account of the household", line.account);
            }
        }
        let flows = Money::sum(currency, list.cash.iter().map(|line| line.flows))?;
        findings.equal(Rule::CashFlows, books.flows, flows);
        Ok(cash)
    }

    /// Trades above the minimum, and turnover within the cap. What an account must sell for the
    /// cash that it has to keep is exempt from both.
    pub(crate) fn check_sizes(
        &self,
        lines: &[Line<'a>],
        cash: &[Cash],
        value: Money,
        findings: &mut Findings<'a>,
    ) -> Result<(), NumberError> {
        let min_trade = self.rules.min_trade;
        let mut traded = Money::zero(self.rules.currency);
        let mut count = Decimal::ZERO;
        for line in lines {
            if raises_needed_cash(line, cash)? {
                continue;
            }
            traded = traded.try_add(line.trade.gross)?;
            count = count.try_add(Decimal::ONE)?;
            if min_trade.is_positive() && line.trade.gross.try_cmp(min_trade)?.is_le() {
                (findings.account, findings.subject) = (Some(line.trade.account), Some(line.trade.symbol));
                findings.object(Rule::MinTrade, format_args!("more than {min_trade}"), line.trade.gross);
            }
        }
        (findings.account, findings.subject) = (None, None);
        if let Some(cap) = self.rules.turnover_cap_one_way {
            let one_way = value.times(cap, Rounding::Ceiling)?.amount().max(Decimal::ZERO);
            // Each trade was rounded to the cent.
            let most = one_way.try_add(one_way)?.try_add(self.cent.mul(count, Rounding::Ceiling)?)?;
            if traded.amount() > most {
                findings.object(Rule::TurnoverCap, format_args!("at most {most} bought and sold"), traded);
            }
        }
        Ok(())
    }
}

/// Whether, even if it bought nothing, the account would have less cash than it must keep without
/// this sell.
fn raises_needed_cash(line: &Line<'_>, cash: &[Cash]) -> Result<bool, NumberError> {
    let Some(cash) = cash.get(line.place) else { return Ok(false) };
    let without = cash.without_buys.try_sub(line.trade.cash)?;
    Ok(line.trade.side == Side::Sell && without.try_cmp(cash.minimum)?.is_lt())
}

/// One account's line against its trades; the cash after, as recomputed from the trades.
fn check_line<'l>(
    line: &CashLine<'_>,
    before: Money,
    trades: impl Iterator<Item = &'l Trade<'l>>,
    findings: &mut Findings<'_>,
) -> Result<Money, NumberError> {
    let zero = Money::zero(before.currency());
    let (mut sells, mut buys, mut costs) = (zero, zero, zero);
    for trade in trades {
        match trade.side {
            Side::Sell => sells = sells.try_add(trade.gross)?,
            Side::Buy => buys = buys.try_add(trade.gross)?,
        }
        costs = costs.try_add(trade.costs.total)?;
    }
    findings.equal(Rule::CashBefore, before, line.before);
    findings.equal(Rule::CashSells, sells, line.sells);
    findings.equal(Rule::CashBuys, buys, line.buys);
    findings.equal(Rule::CashCosts, costs, line.costs);
    let after = before.try_add(line.flows)?.try_add(sells)?.try_sub(buys)?.try_sub(costs)?;
    findings.equal(Rule::CashAfter, after, line.after);
    Ok(after)
}
