//! [`Auditor`]: bound to the rules and the market of a day.

use evenkeel_ledger::fx::{Conversion, FxError};
use evenkeel_ledger::holdings::AccountHoldings;
use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::lot::Lot;
use evenkeel_ledger::number::{Decimal, Money, NumberError, Price, Quantity, Rounding};

use crate::limit::Limits;
use crate::objection::{Findings, Objection, Rule};
use crate::record::{Books, Market, Rules, TradeList};
use crate::trade::Line;
use crate::wash::identical;

/// Audits proposals made under one set of rules in the market of one day.
#[derive(Debug)]
pub struct Auditor<'a> {
    pub(crate) rules: &'a Rules,
    pub(crate) market: Market<'a>,
    pub(crate) cent: Decimal,
    terms: Vec<Option<Terms>>,
    /// For each instrument, the first of those that count as identical to it.
    pub(crate) identical: Vec<usize>,
    limits: Limits,
}

/// What one instrument is worth, and what trading it moves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) id: InstrumentId,
    pub(crate) price: Price,
    pub(crate) conversion: Conversion,
    /// Impact coefficient × daily volatility ÷ √(value of the average daily volume).
    pub(crate) impact: f64,
}

/// Units of one instrument over all accounts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held {
    pub(crate) id: InstrumentId,
    pub(crate) before: Quantity,
    pub(crate) after: Quantity,
}

impl<'a> Auditor<'a> {
    /// Binds an auditor.
    pub fn new(rules: &'a Rules, market: Market<'a>) -> Self {
        let cent =
            Decimal::ONE.pro_rata(Decimal::ONE, power_of_ten(rules.currency.minor_digits()), Rounding::HalfEven).unwrap_or(Decimal::STEP);
        let mut auditor = Self {
            rules,
            market,
            cent,
            terms: Vec::new(),
            identical: identical(market.universe, rules.identity),
            limits: Limits::bind(rules, market.universe),
        };
        auditor.terms = market.universe.iter().map(|(id, _)| auditor.terms_of(id)).collect();
        auditor
    }

    /// Audits what is proposed for one household; no objection means that all of it holds.
    pub fn audit(&self, books: &Books<'a>, list: &'a TradeList<'a>) -> Vec<Objection> {
        let mut findings = Findings::default();
        if let Err(error) = self.audit_all(books, list, &mut findings) {
            findings.object(Rule::Verifiable, "numbers in range, and all prices and rates", error);
        }
        findings.objections
    }

    fn audit_all(&self, books: &Books<'a>, list: &'a TradeList<'a>, findings: &mut Findings<'a>) -> Result<(), FxError> {
        let lines = self.resolve(books, list, findings)?;
        for line in &lines {
            (findings.account, findings.subject) = (Some(line.trade.account), Some(line.trade.symbol));
            self.check_amounts(line, findings)?;
            self.check_permission(line, findings);
            if let Some(holdings) = books.holdings.get(line.place) {
                self.check_lots(line, holdings, findings)?;
            }
        }
        check_repeats(&lines, findings);
        self.check_washes(books, &lines, findings)?;
        self.check_taxes(books, &lines, findings)?;
        (findings.account, findings.subject) = (None, None);
        let cash = self.check_cash(books, list, &lines, findings)?;
        let held = held(books, &lines)?;
        let cash_after = Money::sum(self.rules.currency, cash.iter().map(|cash| cash.after))?;
        let cash_before = Money::sum(self.rules.currency, cash.iter().map(|cash| cash.before))?;
        let value = self.worth(&held, findings)?.try_add(cash_before)?;
        self.check_sizes(&lines, &cash, value, findings)?;
        if !list.refused && !lines.is_empty() {
            self.check_limits(&self.limits, &held, (cash_before, cash_after), findings)?;
            self.check_risk(&held, (cash_before, cash_after), findings)?;
        }
        Ok(())
    }

    /// Looks up the account and instrument of each trade.
    fn resolve(&self, books: &Books<'a>, list: &'a TradeList<'a>, findings: &mut Findings<'a>) -> Result<Vec<Line<'a>>, NumberError> {
        let mut lines = Vec::with_capacity(list.trades.len());
        for trade in &list.trades {
            (findings.account, findings.subject) = (Some(trade.account), Some(trade.symbol));
            let place = books.accounts.iter().position(|account| account.id == trade.account);
            let Some((place, account)) = place.and_then(|place| Some((place, books.accounts.get(place)?))) else {
                findings.object(Rule::KnownAccount, "an account of the household", trade.account);
                continue;
            };
            let id = self.market.universe.find(trade.symbol);
            let Some((id, instrument)) = id.and_then(|id| Some((id, self.market.universe.get(id)?))) else {
                findings.object(Rule::KnownInstrument, "an instrument of the universe", trade.symbol);
                continue;
            };
            let Some(terms) = self.terms(id) else {
                findings.object(Rule::Verifiable, "a price and an exchange rate", trade.symbol);
                continue;
            };
            let lots = books.holdings.get(place).map_or(&[][..], |holdings| lots_of(holdings, id));
            let held = lots.iter().try_fold(Quantity::ZERO, |sum, lot| sum.try_add(lot.quantity))?;
            lines.push(Line { trade, account, place, instrument, terms, held });
        }
        (findings.account, findings.subject) = (None, None);
        Ok(lines)
    }

    pub(crate) fn terms(&self, id: InstrumentId) -> Option<Terms> {
        self.terms.get(id.index()).copied().flatten()
    }

    /// Value of so many units in the base currency, at nine places.
    pub(crate) fn value(&self, quantity: Quantity, terms: &Terms) -> Result<Money, NumberError> {
        let local = quantity.decimal().mul(terms.price.decimal(), Rounding::HalfEven)?;
        let Conversion { numerator, denominator } = terms.conversion;
        Ok(Money::new(local.pro_rata(numerator, denominator, Rounding::HalfEven)?, self.rules.currency))
    }

    /// Value of positions before; objects to those without a price.
    fn worth(&self, held: &[Held], findings: &mut Findings<'a>) -> Result<Money, NumberError> {
        let mut sum = Money::zero(self.rules.currency);
        for position in held {
            match self.terms(position.id) {
                Some(terms) => sum = sum.try_add(self.value(position.before, &terms)?)?,
                None => findings.object(Rule::Verifiable, "a price and an exchange rate", self.market.universe.symbol(position.id)),
            }
        }
        Ok(sum)
    }

    fn terms_of(&self, id: InstrumentId) -> Option<Terms> {
        let instrument = self.market.universe.get(id)?;
        let price = self.market.prices.get(id.index()).copied().flatten()?;
        let conversion = self.market.fx.conversion(instrument.currency, self.rules.currency).ok()?;
        let mut terms = Terms { id, price, conversion, impact: 0.0 };
        let volatility = self.market.daily_volatilities.get(id.index()).copied().flatten();
        let volume = instrument.average_daily_volume.and_then(|volume| self.value(volume, &terms).ok());
        if let (Some(volatility), Some(volume)) = (volatility, volume)
            && volume.is_positive()
        {
            terms.impact = self.rules.costs.impact_coefficient * volatility / to_f64(volume.amount()).sqrt();
        }
        Some(terms)
    }
}

/// The lots of one instrument: holdings keep them in the order of instruments.
pub(crate) fn lots_of(holdings: &AccountHoldings, id: InstrumentId) -> &[Lot] {
    let lots = holdings.lots();
    let start = lots.partition_point(|lot| lot.instrument < id);
    let end = lots.partition_point(|lot| lot.instrument <= id);
    lots.get(start..end).unwrap_or_default()
}

/// Units of every instrument before and after, over all accounts, by instrument.
fn held(books: &Books<'_>, lines: &[Line<'_>]) -> Result<Vec<Held>, NumberError> {
    let lots = books.holdings.iter().flat_map(AccountHoldings::lots);
    let mut moves: Vec<Held> = lots.map(|lot| Held { id: lot.instrument, before: lot.quantity, after: lot.quantity }).collect();
    moves.extend(lines.iter().map(|line| {
        let after = if line.trade.side == crate::record::Side::Sell { line.trade.quantity.neg() } else { line.trade.quantity };
        Held { id: line.terms.id, before: Quantity::ZERO, after }
    }));
    moves.sort_by_key(|moved| moved.id);
    let mut held: Vec<Held> = Vec::with_capacity(moves.len());
    for moved in moves {
        match held.last_mut() {
            Some(last) if last.id == moved.id => {
                last.before = last.before.try_add(moved.before)?;
                last.after = last.after.try_add(moved.after)?;
            }
            _ => held.push(moved),
        }
    }
    Ok(held)
}

/// No instrument is traded twice in one account, and none on both sides.
fn check_repeats<'a>(lines: &[Line<'a>], findings: &mut Findings<'a>) {
    let mut order: Vec<&Line<'a>> = lines.iter().collect();
    order.sort_by_key(|line| (line.place, line.terms.id, line.trade.side));
    for pair in order.windows(2) {
        if let [a, b] = pair
            && (a.place, a.terms.id) == (b.place, b.terms.id)
        {
            (findings.account, findings.subject) = (Some(b.trade.account), Some(b.trade.symbol));
            let rule = if a.trade.side == b.trade.side { Rule::TradedOnce } else { Rule::BothSides };
            findings.object(rule, "one trade", "two");
        }
    }
}

fn power_of_ten(digits: u32) -> Decimal {
    Decimal::from_int(10_i64.saturating_pow(digits))
}

/// The nearest float, for the one formula that has a square root in it.
#[expect(clippy::cast_precision_loss, reason = "the formula is compared within a cent")]
pub(crate) fn to_f64(value: Decimal) -> f64 {
    value.raw() as f64 / 1e9
}
