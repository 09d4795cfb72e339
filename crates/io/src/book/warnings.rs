//! What rows say that is used and hardly so: an account overdrawn, lots of which gains cannot be told.

use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel_ledger::account::{Account, TaxTreatment};
use evenkeel_ledger::holdings::{AccountHoldings, Holdings};
use evenkeel_ledger::household::Household;

/// Warnings of a household, by account. They name no row, so that they are the same in any shard.
pub(super) fn warnings(household: &Household, holdings: &Holdings) -> Vec<Diagnostic> {
    let accounts = household.accounts.iter().zip(&holdings.accounts);
    accounts.flat_map(|(account, held)| overdrawn(account, held).chain(incomplete(account, held))).collect()
}

fn overdrawn<'a>(account: &'a Account, held: &'a AccountHoldings) -> impl Iterator<Item = Diagnostic> + 'a {
    held.cash().iter().filter(|cash| cash.is_negative()).map(|cash| {
        let message = format!("the cash of the account `{}` is {} {}: it is overdrawn", account.id, cash.amount(), cash.currency());
        Diagnostic::warning(Code::BELOW_ZERO, message).help("check the balance; the overdraft is paid back when cash is raised")
    })
}

/// Lots of a taxable account without basis or date.
fn incomplete(account: &Account, held: &AccountHoldings) -> Option<Diagnostic> {
    if account.tax_treatment != TaxTreatment::Taxable {
        return None;
    }
    let (all, lots) = (held.lots().len(), held.lots());
    let without_basis = lots.iter().filter(|lot| lot.cost_basis.is_none()).count();
    let without_date = lots.iter().filter(|lot| lot.acquired.is_none()).count();
    let told = |number: usize, what: &str, follows: &str| (number > 0).then(|| format!("{number} lack {what}: {follows}"));
    let basis = told(without_basis, "the cost basis", "their gains cannot be told, and are in no total");
    let date = told(without_date, "the date of purchase", "their terms cannot be told");
    let told: Vec<String> = basis.into_iter().chain(date).collect();
    if told.is_empty() {
        return None;
    }
    let message = format!("of the {all} lots in the taxable account `{}`, {}", account.id, told.join("; "));
    Some(Diagnostic::warning(Code::INCOMPLETE_LOT, message).help("write them from the custodian's lot report"))
}
