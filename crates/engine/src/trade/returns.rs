//! Tax returns: whose gains net with whose, and what trades add to the tax of the year.

use evenkeel_ledger::account::TaxTreatment;
use evenkeel_ledger::household::{GainsByTerm, Household};
use evenkeel_ledger::number::{Money, NumberError, Rounding};
use evenkeel_ledger::term::Term;

use crate::tax::{TaxError, YearTax, sells_lots, tax_year};

use super::context::Context;
use super::planner::Plan;
use super::situation::Situation;
use super::washed::disposals;

/// The returns of a household that its taxable accounts are on.
#[derive(Debug, Clone, Default)]
pub(super) struct Returns<'a> {
    /// The returns that could be made.
    pub(super) years: Vec<YearTax<'a>>,
    /// By account, its return.
    of_account: Vec<Option<usize>>,
    /// Why others could not.
    pub(super) problems: Vec<String>,
}

impl<'a> Returns<'a> {
    pub(super) fn new(context: &Context<'_>, household: &'a Household) -> Self {
        let mut returns = Self::default();
        for account in &household.accounts {
            let mut found = None;
            let pooled = household.owner(&account.owner).filter(|owner| !sells_lots(owner));
            if let Some(owner) = pooled.filter(|_| account.tax_treatment == TaxTreatment::Taxable) {
                returns.note_pool(&owner.id, context.policy.tax.gain_budget.is_some());
            } else if account.tax_treatment == TaxTreatment::Taxable {
                found = returns.years.iter().position(|known| known.filing().includes(&account.owner));
                if found.is_none() {
                    let owner = household.owner(&account.owner);
                    let year = owner.map_or(Ok(context.as_of.year()), |owner| tax_year(owner, context.as_of));
                    match year.and_then(|year| YearTax::new(household, &account.owner, year)) {
                        Ok(year) => {
                            found = Some(returns.years.len());
                            returns.years.push(year);
                        }
                        Err(error) => returns.tell(&error),
                    }
                }
            }
            returns.of_account.push(found);
        }
        returns
    }

    /// The return of an account whose gains are taxed.
    pub(super) fn of(&self, account: usize) -> Option<usize> {
        self.of_account.get(account).copied().flatten()
    }

    /// No gains, by return.
    pub(super) fn none(&self) -> Vec<GainsByTerm> {
        let currency = |year: &YearTax<'_>| year.filing().owner.year_to_date.short_term.currency();
        self.years.iter().map(|year| GainsByTerm::zero(currency(year))).collect()
    }

    /// Adds gains of an account, in any currency, to those of its return.
    pub(super) fn add(
        &self,
        context: &Context<'_>,
        account: usize,
        gains: &mut [GainsByTerm],
        more: GainsByTerm,
    ) -> Result<(), NumberError> {
        let Some(sum) = self.of_account.get(account).copied().flatten().and_then(|place| gains.get_mut(place)) else { return Ok(()) };
        let convert = |money: Money| context.market.fx.convert(money, sum.short_term.currency(), Rounding::HalfEven);
        if let (Ok(short), Ok(long)) = (convert(more.short_term), convert(more.long_term)) {
            *sum = GainsByTerm { short_term: sum.short_term.try_add(short)?, long_term: sum.long_term.try_add(long)? };
        }
        Ok(())
    }

    /// Tax that more gains of an account add to that of its return, in the base currency; `None` where it cannot be made.
    pub(super) fn added(
        &self,
        context: &Context<'_>,
        account: usize,
        gains: &[GainsByTerm],
        more: GainsByTerm,
    ) -> Result<Option<Money>, NumberError> {
        let Some(place) = self.of_account.get(account).copied().flatten() else { return Ok(None) };
        let (Some(year), Some(before)) = (self.years.get(place), gains.get(place)) else { return Ok(None) };
        let mut after = gains.to_vec();
        self.add(context, account, &mut after, more)?;
        let Some(after) = after.get(place) else { return Ok(None) };
        let taxes = (year.tax(after.short_term, after.long_term), year.tax(before.short_term, before.long_term));
        let (Ok(after), Ok(before)) = taxes else { return Ok(None) };
        Ok(context.market.fx.convert(after.try_sub(before)?, context.currency(), Rounding::HalfEven).ok())
    }

    /// Notes that the gains of an owner are those of pools over all accounts, which are not planned for.
    fn note_pool(&mut self, owner: &str, has_budget: bool) {
        let and_budget = if has_budget { ", nor is the gain budget kept for them" } else { "" };
        let told = format!(
            "the gains of `{owner}` are those of pools over all taxable accounts, and no trade is chosen for them{and_budget}: `tax-year` computes them"
        );
        if !self.problems.contains(&told) {
            self.problems.push(told);
        }
    }

    fn tell(&mut self, error: &TaxError) {
        let told = error.to_string();
        if !self.problems.contains(&told) {
            self.problems.push(told);
        }
    }
}

impl Plan {
    /// What its sales realize, by return; of losses that are washed what is allowed. Sales whose gain or term is not known
    /// are left out.
    pub(super) fn gains_by_return(&self, context: &Context<'_>, situation: &Situation<'_>) -> Result<Vec<GainsByTerm>, NumberError> {
        let returns = &situation.returns;
        let mut gains = returns.none();
        let mut add = |account: usize, gain: Money, long_term: bool| {
            let sum = returns.of_account.get(account).copied().flatten().and_then(|place| gains.get_mut(place));
            let Some(sum) = sum else { return Ok(()) };
            let Ok(gain) = context.market.fx.convert(gain, sum.short_term.currency(), Rounding::HalfEven) else { return Ok(()) };
            let kind = if long_term { &mut sum.long_term } else { &mut sum.short_term };
            *kind = kind.try_add(gain)?;
            Ok::<(), NumberError>(())
        };
        if let Some(washed) = disposals(context, situation, self) {
            for gain in &washed.gains {
                let is_taxed = situation.accounts.get(gain.account.index()).is_some_and(|account| account.rates.is_some());
                let Some(allowed) = gain.gain()?.filter(|_| is_taxed) else { continue };
                add(gain.account.index(), allowed, gain.term() == Some(Term::Long))?;
            }
            return Ok(gains);
        }
        for (account, _, _, sale) in self.taxable_sales(situation) {
            if let Some(gain) = sale.gain {
                add(account, gain, sale.long_term == Some(true))?;
            }
        }
        Ok(gains)
    }

    /// Tax that its sales add to that of the year, after netting with what was realized and carried before: in the base
    /// currency; `None` where a return cannot be made.
    pub(super) fn tax_after_netting(&self, context: &Context<'_>, situation: &Situation<'_>) -> Result<Option<Money>, NumberError> {
        let base = context.currency();
        let returns = &situation.returns;
        if !returns.problems.is_empty() {
            return Ok(None);
        }
        let mut sum = Money::zero(base);
        for (year, gains) in returns.years.iter().zip(self.gains_by_return(context, situation)?) {
            let none = Money::zero(gains.short_term.currency());
            let (Ok(after), Ok(before)) = (year.tax(gains.short_term, gains.long_term), year.tax(none, none)) else { return Ok(None) };
            let Ok(tax) = context.market.fx.convert(after.try_sub(before)?, base, Rounding::HalfEven) else { return Ok(None) };
            sum = sum.try_add(tax)?;
        }
        sum.to_cents(Rounding::HalfEven).map(Some)
    }
}
