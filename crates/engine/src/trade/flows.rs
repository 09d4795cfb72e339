//! Planned flows by account.

use evenkeel_ledger::account::TaxTreatment;
use evenkeel_ledger::household::Household;
use evenkeel_ledger::number::{Money, NumberError};

use crate::policy::CashFlow;

use super::context::Context;

/// Planned flows of one account.
#[derive(Debug, Clone, Copy)]
pub(super) struct AccountFlows {
    /// Of the day.
    pub(super) today: Money,
    /// The most that later flows within the look-ahead take out, net of what they bring in before.
    pub(super) upcoming: Money,
}

/// Flows by account. A flow that names no account is the first taxable account's, or else the first's.
pub(super) fn flows_by_account(context: &Context<'_>, household: &Household, flows: &[CashFlow]) -> Result<Vec<AccountFlows>, NumberError> {
    let zero = Money::zero(context.currency());
    let horizon = i32::try_from(context.policy.cash.look_ahead_days).unwrap_or(i32::MAX);
    let taxable = household.accounts.iter().position(|account| account.tax_treatment == TaxTreatment::Taxable);
    let account_of = |flow: &CashFlow| flow.account.as_deref().and_then(|id| household.account_index(id)).or(taxable).unwrap_or(0);
    let mut ordered: Vec<&CashFlow> = flows.iter().filter(|flow| (0..=horizon).contains(&flow.date.days_since(context.as_of))).collect();
    // On one day money comes in before it goes out.
    ordered.sort_by(|a, b| a.date.cmp(&b.date).then(b.amount.amount().cmp(&a.amount.amount())));
    let of_account = |index: usize| {
        let mut sums = AccountFlows { today: zero, upcoming: zero };
        let mut net = zero;
        for flow in ordered.iter().filter(|flow| account_of(flow) == index) {
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
