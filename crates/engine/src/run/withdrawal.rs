//! From which account a withdrawal is paid that names none, where the joint planner decides: the taxable one of which that costs least.

use evenkeel_ledger::account::TaxTreatment;
use evenkeel_ledger::number::{Money, NumberError};

use crate::boundary::to_f64;
use crate::diagnostic::Diagnostic;
use crate::drift::Decision;
use crate::policy::{CashFlow, Planner};
use crate::trade::Comparison;
use crate::words::amount;

use super::measured::Weighed;
use super::{Mandate, Subject, out_of_range};

/// Basis points of household value by which another account must be cheaper than the one that pays by rule.
const WORTH_TELLING: f64 = 0.01;

/// Flows with the account that pays, and a sentence on it.
pub(super) struct Paid {
    pub(super) flows: Vec<CashFlow>,
    pub(super) note: String,
}

impl Mandate<'_> {
    /// The flows with the withdrawals of the day and within the look-ahead that name no account paid from the taxable account from which the joint decision comes
    /// to least; `None` where none is cheaper than the one that pays by rule, where the rules decide, and where nothing is decided.
    ///
    /// # Errors
    /// As [`Mandate::propose`].
    pub(super) fn cheaper_payer(
        &self,
        subject: &Subject<'_>,
        weighed: &Weighed<'_>,
        decision: &Decision,
    ) -> Result<Option<Paid>, Vec<Diagnostic>> {
        let withdrawn = self.withdrawn_from_any(weighed.flows).map_err(out_of_range)?;
        if self.policy.rebalance.planner != Planner::Optimal || !withdrawn.is_positive() {
            return Ok(None);
        }
        let taxable = subject.household.accounts.iter().zip(&weighed.portfolio.accounts);
        let taxable = taxable.filter(|(account, _)| account.tax_treatment == TaxTreatment::Taxable);
        let able = taxable.filter(|(_, valued)| to_f64(valued.value.amount()) >= to_f64(withdrawn.amount()));
        let able: Vec<&str> = able.map(|(account, _)| account.id.as_str()).collect();
        if able.len() < 2 {
            return Ok(None);
        }
        let Some(by_rule) = self.comes_to(subject, weighed, weighed.flows, decision)? else { return Ok(None) };
        let mut least = by_rule - WORTH_TELLING;
        let mut paid = None;
        for id in able {
            let flows: Vec<CashFlow> = weighed.flows.iter().map(|flow| self.named(flow, id)).collect();
            let Some(total) = self.comes_to(subject, weighed, &flows, decision)?.filter(|total| *total < least) else { continue };
            least = total;
            let (told, saved) = (amount(withdrawn), by_rule - total);
            let note = format!(
                "Withdrawals of {told} name no account: `{id}` pays, {saved:.2} bp of household value cheaper than the account that pays by rule."
            );
            paid = Some(Paid { flows, note });
        }
        Ok(paid)
    }

    /// Withdrawals of the day and within the look-ahead that name no account.
    fn withdrawn_from_any(&self, flows: &[CashFlow]) -> Result<Money, NumberError> {
        let open = flows.iter().filter(|flow| self.is_open(flow)).map(|flow| flow.amount.neg());
        Money::sum(self.policy.base_currency, open)
    }

    fn is_open(&self, flow: &CashFlow) -> bool {
        let ahead = i32::try_from(self.policy.cash.look_ahead_days).unwrap_or(i32::MAX);
        flow.account.is_none() && flow.amount.is_negative() && (0..=ahead).contains(&flow.date.days_since(self.market.as_of))
    }

    fn named(&self, flow: &CashFlow, id: &str) -> CashFlow {
        let account = if self.is_open(flow) { Some(id.to_owned()) } else { flow.account.clone() };
        CashFlow { account, ..flow.clone() }
    }

    /// What the joint decision comes to with some flows, in basis points of household value; none where nothing is decided.
    fn comes_to(
        &self,
        subject: &Subject<'_>,
        weighed: &Weighed<'_>,
        flows: &[CashFlow],
        decision: &Decision,
    ) -> Result<Option<f64>, Vec<Diagnostic>> {
        let context = self.context(&weighed.targets.weights).comparing(Comparison::Nothing);
        self.beside(subject, weighed.portfolio, weighed.targets, &context, flows, |weighed| {
            Ok(self.planned(subject, weighed, decision)?.optimum.map(|optimum| optimum.terms.total))
        })
    }
}
