//! Files that not every run needs, but that a run of a certain policy does.

use std::collections::BTreeSet;

use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel::policy::{Policy, Style, Trigger};
use evenkeel_io::folder::{Inputs, Paths};
use evenkeel_ledger::holdings::AccountHoldings;
use evenkeel_ledger::number::Currency;

/// Files that are not there and that a run of the policy needs (errors), or without which a part of
/// it says nothing (warnings).
pub fn needed(policy: &Policy, read: &Inputs, paths: &Paths) -> Vec<Diagnostic> {
    let mut told = Vec::new();
    if paths.signals.is_none() {
        told.extend(signals(policy).map(|why| absent("signals.csv", "--signals", &why, true)));
    }
    if let Some(index) = policy.indices.first() {
        let why = format!("`{}` follows the index `{}`", index.class, index.benchmark);
        let files = [("constituents.csv", &paths.constituents), ("factors.csv", &paths.factors), ("exposures.csv", &paths.exposures)];
        let missing = files.into_iter().filter(|(_, path)| path.is_none());
        told.extend(missing.map(|(file, _)| {
            let message = format!("there is no {file}: {why}");
            Diagnostic::error(Code::INPUT_FILES, message).help("add it to the folder")
        }));
    }
    if paths.assumptions.is_none() {
        told.extend(assumptions(policy).into_iter().map(|(why, is_refused)| absent("assumptions.toml", "--assumptions", &why, is_refused)));
    }
    if paths.fx.is_none() {
        let held = foreign(policy.base_currency, held(read));
        let bought = foreign(policy.base_currency, bought(policy, read)).difference(&held).copied().collect();
        told.extend(exchange("is held or must be kept", &held, policy.base_currency).map(|why| absent("fx.csv", "--fx", &why, true)));
        told.extend(exchange("stands for a class", &bought, policy.base_currency).map(|why| absent("fx.csv", "--fx", &why, false)));
    }
    told
}

fn absent(file: &str, argument: &str, why: &str, is_refused: bool) -> Diagnostic {
    let message = format!("there is no {file}: {why}");
    let told = if is_refused { Diagnostic::error(Code::INPUT_FILES, message) } else { Diagnostic::warning(Code::INPUT_FILES, message) };
    told.help(format!("add it to the folder; a run can also name one with `{argument}`"))
}

fn signals(policy: &Policy) -> Option<String> {
    let overlay = policy.overlay.as_ref().filter(|overlay| !overlay.rules.is_empty())?;
    let series: BTreeSet<&str> = overlay.signals.iter().map(|signal| signal.series.as_str()).collect();
    let series: Vec<&str> = series.into_iter().collect();
    Some(format!("the rules of the overlay read {} from it", series.join(", ")))
}

/// What asks for assumptions, and whether a run is refused without them.
fn assumptions(policy: &Policy) -> Vec<(String, bool)> {
    let mut asks = Vec::new();
    if matches!(policy.style, Style::Tilted(_)) {
        asks.push(("the style leans by the loadings of classes that it states".to_owned(), true));
    }
    if policy.overlay.as_ref().is_some_and(|overlay| overlay.tracking_error_limit.is_some()) {
        asks.push(("the overlay's limit of tracking error needs its volatilities and correlations".to_owned(), true));
    }
    for trigger in &policy.triggers {
        let what = match trigger {
            Trigger::TrackingError { .. } => "`tracking_error` needs its volatilities and correlations",
            Trigger::VolatilityBand { .. } => "`volatility_band` needs its volatilities",
            Trigger::NoTradeRegion { .. } => "`no_trade_region` needs its volatilities",
            _ => continue,
        };
        asks.push((format!("the trigger {what}, and never fires without"), false));
    }
    asks
}

/// Currencies of what is held, of cash, and of cash that accounts must keep.
fn held(read: &Inputs) -> Vec<Currency> {
    let currency = |id| read.universe.as_ref()?.get(id).map(|instrument| instrument.currency);
    let accounts = read.holdings.iter().flat_map(|holdings| &holdings.accounts);
    let lots = accounts.clone().flat_map(AccountHoldings::lots).filter_map(|lot| currency(lot.instrument));
    let cash = accounts.flat_map(AccountHoldings::cash).filter(|cash| !cash.is_zero()).map(|cash| cash.currency());
    let kept = read.household.iter().flat_map(|household| &household.accounts).flat_map(|account| &account.cash_minimum);
    lots.chain(cash).chain(kept.map(|minimum| minimum.currency())).collect()
}

/// Currencies of what stands for the classes of the policy.
fn bought(policy: &Policy, read: &Inputs) -> Vec<Currency> {
    let Some(universe) = &read.universe else { return Vec::new() };
    let symbols = policy.tree.nodes.iter().flat_map(|node| &node.instruments);
    symbols.filter_map(|symbol| Some(universe.get(universe.find(symbol)?)?.currency)).collect()
}

fn foreign(base: Currency, currencies: Vec<Currency>) -> BTreeSet<Currency> {
    currencies.into_iter().filter(|currency| *currency != base).collect()
}

fn exchange(what: &str, currencies: &BTreeSet<Currency>, base: Currency) -> Option<String> {
    let named: Vec<String> = currencies.iter().map(ToString::to_string).collect();
    (!named.is_empty()).then(|| format!("what {what} is in {}, and the base currency is {base}", named.join(", ")))
}
