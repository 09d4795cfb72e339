//! What the sales of a proposal realize, added up.

use std::collections::BTreeMap;

use evenkeel::run::Proposal;
use evenkeel_ledger::number::{Currency, Money};

use super::number::change;

/// Gains of lots, by term.
struct Realized {
    all: Option<Money>,
    long: Option<Money>,
    short: Option<Money>,
}

/// What all sales realize, a sentence for each currency of accounts: `Realized in all: +1,250.00 USD, of
/// it long-term +1,000.00 and short-term +250.00.`
pub fn sentences(proposal: &Proposal) -> Vec<String> {
    let mut by_currency: BTreeMap<Currency, Realized> = BTreeMap::new();
    let mut unknown = 0_usize;
    for lot in proposal.trades.iter().flat_map(|trade| &trade.lots) {
        let Some(gain) = lot.gain else {
            unknown += 1;
            continue;
        };
        let zero = || Some(Money::zero(gain.currency()));
        let sums = by_currency.entry(gain.currency()).or_insert_with(|| Realized { all: zero(), long: zero(), short: zero() });
        let of_term = match lot.long_term {
            Some(true) => Some(&mut sums.long),
            Some(false) => Some(&mut sums.short),
            None => None,
        };
        for sum in std::iter::once(&mut sums.all).chain(of_term) {
            *sum = sum.and_then(|sum| sum.try_add(gain).ok());
        }
    }
    let said = |sum: Option<Money>| sum.map_or_else(|| "more than can be counted".into(), change);
    let mut sentences: Vec<String> = by_currency
        .iter()
        .map(|(currency, sums)| {
            format!(
                "Realized in all: {} {currency}, of it long-term {} and short-term {}.",
                said(sums.all),
                said(sums.long),
                said(sums.short)
            )
        })
        .collect();
    match unknown {
        0 => {}
        1 => sentences.push("The gain of 1 lot is not known and is not in a total.".to_owned()),
        lots => sentences.push(format!("The gains of {lots} lots are not known and are not in a total.")),
    }
    sentences
}
