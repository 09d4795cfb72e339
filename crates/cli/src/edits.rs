//! What a person decides for the joint planner on the command line.

use std::fmt;
use std::str::FromStr;

use evenkeel::boundary::to_f64;
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel::policy::Planner;
use evenkeel::trade::Edit;
use evenkeel_ledger::account::AccountId;
use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::number::{Decimal, NumberError};

use crate::inputs::Inputs;

/// An instrument that is left alone, in one account or in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leave {
    symbol: String,
    account: Option<String>,
}

/// An instrument that is traded by so much in an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    symbol: String,
    account: String,
    /// Bought (above zero) or sold (below zero), in the base currency.
    amount: Decimal,
}

impl FromStr for Leave {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (symbol, account) = text.split_once('@').map_or((text, None), |(symbol, account)| (symbol, Some(account.to_owned())));
        if symbol.is_empty() || account.as_deref() == Some("") {
            return Err("write SYMBOL or SYMBOL@ACCOUNT".to_owned());
        }
        Ok(Self { symbol: symbol.to_owned(), account })
    }
}

impl fmt::Display for Leave {
    /// As it is read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.symbol)?;
        self.account.iter().try_for_each(|account| write!(f, "@{account}"))
    }
}

impl FromStr for Pin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('=').and_then(|(place, amount)| Some((place.split_once('@')?, amount)));
        let Some(((symbol, account), amount)) = parts.filter(|((symbol, account), _)| !symbol.is_empty() && !account.is_empty()) else {
            return Err("write SYMBOL@ACCOUNT=AMOUNT, with an amount below zero for a sale".to_owned());
        };
        let amount: Decimal = amount.parse().map_err(|error: NumberError| error.to_string())?;
        if amount.is_zero() {
            return Err("the amount is zero: leave the instrument alone with `--leave`".to_owned());
        }
        Ok(Self { symbol: symbol.to_owned(), account: account.to_owned(), amount })
    }
}

impl fmt::Display for Pin {
    /// As it is read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}={}", self.symbol, self.account, self.amount)
    }
}

/// The edits of a run, bound to its inputs.
///
/// # Errors
/// Symbols and accounts that are not there, and edits that the rules planner cannot follow: all of them.
pub fn bind(inputs: &Inputs, leave: &[Leave], pins: &[Pin]) -> Result<Vec<Edit>, Vec<Diagnostic>> {
    let mut told = Vec::new();
    let mut edits = Vec::with_capacity(leave.len() + pins.len());
    for left in leave {
        let account = left.account.as_deref().map(|id| account_of(inputs, id, &mut told));
        if let Some(instrument) = instrument_of(inputs, &left.symbol, &mut told)
            && account != Some(None)
        {
            edits.push(Edit::Leave { account: account.flatten(), instrument });
        }
    }
    for pin in pins {
        let found = (account_of(inputs, &pin.account, &mut told), instrument_of(inputs, &pin.symbol, &mut told));
        if let (Some(account), Some(instrument)) = found {
            edits.push(Edit::Pin { account, instrument, value: to_f64(pin.amount) });
        }
    }
    if !(leave.is_empty() && pins.is_empty()) && inputs.policy.rebalance.planner != Planner::Optimal {
        let message = "`--leave` and `--pin` are for the joint planner, and the policy asks for the rules";
        told.push(Diagnostic::error(Code::ARGUMENT, message).help("add `--planner optimal`"));
    }
    if told.is_empty() { Ok(edits) } else { Err(told) }
}

fn account_of(inputs: &Inputs, id: &str, told: &mut Vec<Diagnostic>) -> Option<usize> {
    let found = inputs.household.find_account(id).map(AccountId::index);
    if found.is_none() {
        let known: Vec<&str> = inputs.household.accounts.iter().map(|account| account.id.as_str()).collect();
        let message = format!("the household has no account `{id}`");
        told.push(Diagnostic::error(Code::ARGUMENT, message).help(format!("use one of: {}", known.join(", "))));
    }
    found
}

fn instrument_of(inputs: &Inputs, symbol: &str, told: &mut Vec<Diagnostic>) -> Option<InstrumentId> {
    let found = inputs.universe.find(symbol);
    if found.is_none() {
        let message = format!("no instrument has the symbol `{symbol}`");
        told.push(Diagnostic::error(Code::ARGUMENT, message).help("use a symbol of the instruments file"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_edits() {
        assert_eq!("VTI@roth".parse::<Leave>().unwrap().to_string(), "VTI@roth");
        assert_eq!("BRK.B".parse::<Leave>().unwrap().account, None);
        assert_eq!("VTI@roth=-2500.50".parse::<Pin>().unwrap().to_string(), "VTI@roth=-2500.5");
        for text in ["", "@roth", "VTI@"] {
            assert!(text.parse::<Leave>().is_err(), "{text}");
        }
        for text in ["VTI=5", "VTI@roth", "VTI@roth=0", "VTI@roth=many", "@roth=5", "VTI@=5"] {
            assert!(text.parse::<Pin>().is_err(), "{text}");
        }
    }
}
