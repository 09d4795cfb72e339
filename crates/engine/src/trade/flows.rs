//! Planned flows by account.

use evenkeel_ledger::account::TaxTreatment;
use evenkeel_ledger::household::Household;
use evenkeel_ledger::number::{Money, NumberError};

use crate::boundary::to_f64;
use crate::policy::CashFlow;
use crate::portfolio::{AccountPortfolio, Portfolio};

use super::context::Context;

/// Planned flows of one account.
#[derive(Debug, Clone, Copy)]
pub(super) struct AccountFlows {
    /// Of the day.
    pub(super) today: Money,
    /// The most that later flows within the look-ahead take out, net of what they bring in before.
    pub(super) upcoming: Money,
}

/// Flows by account.
///
/// # Errors
/// A number out of range.
pub(super) fn flows_by_account(
    context: &Context<'_>,
    household: &Household,
    portfolio: &Portfolio<'_>,
    flows: &[CashFlow],
) -> Result<Vec<AccountFlows>, NumberError> {
    let zero = Money::zero(context.currency());
    let horizon = i32::try_from(context.policy.cash.look_ahead_days).unwrap_or(i32::MAX);
    let mut ordered: Vec<&CashFlow> = flows.iter().filter(|flow| (0..=horizon).contains(&flow.date.days_since(context.as_of))).collect();
    // On one day money comes in before it goes out.
    ordered.sort_by(|a, b| a.date.cmp(&b.date).then(b.amount.amount().cmp(&a.amount.amount())));
    let mut rooms = Rooms::new(household, portfolio);
    let mut placed = Vec::with_capacity(ordered.len());
    for flow in ordered {
        let named = flow.account.as_deref().and_then(|id| household.account_index(id));
        let account = named.unwrap_or_else(|| rooms.account_for(to_f64(flow.amount.amount())));
        rooms.take(account, to_f64(flow.amount.amount()));
        placed.push((account, flow));
    }
    let of_account = |index: usize| {
        let mut sums = AccountFlows { today: zero, upcoming: zero };
        let mut net = zero;
        for (_, flow) in placed.iter().filter(|(account, _)| *account == index) {
            if flow.date == context.as_of {
                sums.today = sums.today.try_add(flow.amount)?;
            } else {
                net = net.try_add(flow.amount)?;
                if net.neg().try_cmp(sums.upcoming)?.is_gt() {
                    sums.upcoming = net.neg();
                }
            }
        }
        Ok(sums)
    };
    (0..household.accounts.len()).map(of_account).collect()
}

/// What accounts can pay, for flows that name none.
struct Rooms {
    /// Taxable ones first, of which money can be taken without another tax; with cash and value of each.
    accounts: Vec<(usize, f64, f64)>,
}

impl Rooms {
    fn new(household: &Household, portfolio: &Portfolio<'_>) -> Self {
        let worth = |(index, valued): (usize, &AccountPortfolio<'_>)| (index, to_f64(valued.cash.amount()), to_f64(valued.value.amount()));
        let mut accounts: Vec<(usize, f64, f64)> = portfolio.accounts.iter().enumerate().map(worth).collect();
        let is_taxable = |index: usize| household.accounts.get(index).is_some_and(|account| account.tax_treatment == TaxTreatment::Taxable);
        accounts.sort_by_key(|(index, ..)| !is_taxable(*index));
        Self { accounts }
    }

    /// Money that comes in goes to the first account; what goes out comes from the first with enough cash, else the first
    /// that is worth enough, else the first.
    fn account_for(&self, amount: f64) -> usize {
        let paid = || {
            self.accounts
                .iter()
                .find(|(_, cash, _)| *cash >= -amount)
                .or_else(|| self.accounts.iter().find(|(.., value)| *value >= -amount))
        };
        let able = if amount < 0.0 { paid() } else { None };
        able.or_else(|| self.accounts.first()).map_or(0, |(index, ..)| *index)
    }

    fn take(&mut self, account: usize, amount: f64) {
        if let Some((_, cash, value)) = self.accounts.iter_mut().find(|(index, ..)| *index == account) {
            *cash += amount;
            *value += amount;
        }
    }
}
