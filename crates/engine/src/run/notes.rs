//! What else should be known of a proposal.

use std::collections::BTreeSet;

use evenkeel_ledger::holdings::{AccountHoldings, Holdings};
use evenkeel_ledger::instrument::TradingState;
use evenkeel_ledger::number::{Money, NumberError};

use crate::boundary::to_money;
use crate::market::{PriceKind, Stale};
use crate::portfolio::Portfolio;
use crate::target::Targets;
use crate::trade::{CashLine, Planned, Situation};
use crate::words::{amount, percent};

use super::{Mandate, Subject};

/// What a proposal says where values are levels of an index of price returns.
const PRICE_ONLY: &str =
    "Values are levels of a price-only index built of returns: dividends are not in, and its units are none that anybody trades.";

impl Mandate<'_> {
    /// What else should be known, in sentences.
    pub(super) fn notes(
        &self,
        subject: &Subject<'_>,
        portfolio: &Portfolio<'_>,
        situation: &Situation<'_>,
        targets: &Targets,
        planned: &Planned,
    ) -> Result<Vec<String>, NumberError> {
        let mut notes = self.notes.clone();
        notes.extend((self.market.kind == PriceKind::PriceIndex).then(|| PRICE_ONLY.to_owned()));
        notes.extend(targets.warnings.iter().map(|warning| warning.message.clone()));
        notes.extend(self.banned(portfolio, planned));
        notes.extend(self.withdrawn_beyond_value(situation)?);
        notes.extend(self.volatility_taken(situation, planned));
        notes.extend(self.foreign_cash_spent(subject, &planned.list.cash)?);
        Ok(notes)
    }

    /// Prices and exchange rates of what is held that are too old, each once.
    pub(super) fn stale(&self, portfolio: &Portfolio<'_>, holdings: &Holdings) -> Vec<Stale> {
        let (base, rules) = (self.policy.base_currency, &self.policy.prices);
        let positions = portfolio.accounts.iter().flat_map(|account| &account.positions).filter(|position| !position.value.is_zero());
        let priced = positions.filter_map(|position| self.market.stale(self.universe, position.instrument, base, rules));
        let cash = holdings.accounts.iter().flat_map(AccountHoldings::cash).filter(|money| !money.is_zero());
        let cash = cash.filter_map(|money| self.market.stale_rate(money.currency(), base, rules));
        priced.chain(cash).collect::<BTreeSet<Stale>>().into_iter().collect()
    }

    /// Banned holdings that stay.
    fn banned(&self, portfolio: &Portfolio<'_>, planned: &Planned) -> impl Iterator<Item = String> {
        let mut banned: Vec<&str> = portfolio
            .accounts
            .iter()
            .flat_map(|account| &account.positions)
            .filter_map(|position| self.universe.get(position.instrument))
            .filter(|instrument| instrument.trading.state_on(self.market.as_of) == TradingState::Banned)
            .map(|instrument| instrument.symbol.as_str())
            .filter(|symbol| !planned.list.trades.iter().any(|trade| trade.symbol == *symbol))
            .collect();
        banned.dedup();
        banned.into_iter().map(|symbol| format!("{symbol} is banned and still held; the next rebalance sells it"))
    }

    /// Classes held that the joint planner weighs though nothing is assumed of their risk.
    fn volatility_taken(&self, situation: &Situation<'_>, planned: &Planned) -> Option<String> {
        let covariance = self.covariance.as_ref().filter(|_| planned.optimum.is_some())?;
        let held = situation.sleeve_values(self.sleeves.len());
        let unknown = self.sleeves.iter().zip(held).filter(|((id, _), held)| !covariance.knows(id.0) && *held != 0.0);
        let names: Vec<&str> = unknown.map(|((_, sleeve), _)| sleeve.class.as_str()).collect();
        let volatility = percent(self.policy.optimal.class_volatility);
        let told = || {
            let names = names.join(", ");
            format!("no volatility is assumed for {names}: weighed at the {volatility} of `class_volatility`, varying with no other class")
        };
        (!names.is_empty()).then(told)
    }

    /// Planned withdrawals, of the day or soon, of which not even selling everything could pay all.
    fn withdrawn_beyond_value(&self, situation: &Situation<'_>) -> Result<Option<String>, NumberError> {
        let (withdrawn, value) = (situation.withdrawals(), situation.total() - situation.cash_state().flow);
        let told = |value: f64| Ok(amount(to_money(value, self.policy.base_currency)?));
        if withdrawn <= 0.0 || withdrawn <= value {
            return Ok(None);
        }
        Ok(Some(format!(
            "Planned withdrawals of {} are more than the {} that the household is worth: selling all that may be sold leaves {} \
             and the costs unpaid.",
            told(withdrawn)?,
            told(value)?,
            told(withdrawn - value)?
        )))
    }

    /// Accounts whose trades and flows take more than their cash in the base currency.
    fn foreign_cash_spent(&self, subject: &Subject<'_>, lines: &[CashLine]) -> Result<Vec<String>, NumberError> {
        let base = self.policy.base_currency;
        let mut notes = Vec::new();
        for (line, held) in lines.iter().zip(&subject.holdings.accounts) {
            let own = Money::sum(base, held.cash().iter().copied().filter(|money| money.currency() == base))?;
            let foreign: Vec<String> =
                held.cash().iter().filter(|money| money.currency() != base && money.is_positive()).copied().map(amount).collect();
            let left = own.try_add(line.after.try_sub(line.before)?)?;
            // Cash that was overdrawn before is none that is spent now.
            let short = left.neg().try_sub(if own.is_negative() { own.neg() } else { Money::zero(base) })?;
            if short.is_positive() && !foreign.is_empty() {
                notes.push(format!(
                    "Account {} spends {} beyond its cash in {base}: it is taken from {}, counted at the rates of the day as if \
                     changed free of charge. Change it before you buy.",
                    line.account,
                    amount(short),
                    foreign.join(" and "),
                ));
            }
        }
        Ok(notes)
    }
}
