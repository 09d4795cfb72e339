//! A policy against instruments.

use evenkeel::diagnostic::{Code, has_errors};
use evenkeel::policy::check_universe;
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::instrument::{Instrument, Universe};
use evenkeel_ledger::number::Currency;

use crate::{TREE, policy, replaced};

fn instrument(symbol: &str, class: &str) -> Instrument {
    Instrument::new(symbol, ClassPath::new(class).unwrap(), Currency::USD)
}

/// Instruments that have all that the policy asks for.
fn universe(change: impl Fn(&mut Vec<Instrument>)) -> Universe {
    let classes = [("VTI", "Equity/US"), ("VGK", "Equity/World/Europe"), ("BND", "Bonds/Aggregate"), ("AGG", "Bonds"), ("MO", "Equity/US")];
    let mut instruments: Vec<Instrument> = classes.iter().map(|(symbol, class)| instrument(symbol, class)).collect();
    for (index, each) in instruments.iter_mut().enumerate() {
        each.issuer = Some(["Vanguard", "Altria"][index % 2].to_owned());
        each.sector = Some(["Energy", "Tobacco"][index % 2].to_owned());
        each.country = Some("US".to_owned());
        each.liquidity_tier = Some(1);
        each.tags.insert("theme".to_owned(), "water".to_owned());
        each.tags.insert("kind".to_owned(), "vice".to_owned());
        each.scores.insert("esg".to_owned(), "7".parse().unwrap());
    }
    change(&mut instruments);
    Universe::new(instruments).unwrap()
}

/// Code, place and help of what is told.
fn told(text: &str, change: impl Fn(&mut Vec<Instrument>)) -> Vec<(Code, String, String)> {
    let told = check_universe(&policy(text), &universe(change));
    told.into_iter().map(|told| (told.code, told.location.map_or_else(String::new, |at| at.text), told.help.unwrap())).collect()
}

#[test]
fn nothing_to_tell() {
    assert_eq!(told(TREE, |_| {}), []);
}

#[test]
fn unknown_instruments_are_errors() {
    let text = replaced(TREE, "\"BND\", \"AGG\"", "\"BNDD\", \"AGG\"");
    let found = told(&text, |_| {});
    assert_eq!(found, [(Code::UNKNOWN_INSTRUMENT, "instruments = [\"BNDD\", \"AGG\"]".to_owned(), "did you mean `BND`?".to_owned())]);
    assert!(has_errors(&check_universe(&policy(&text), &universe(|_| {}))));
}

#[test]
fn what_does_not_fit_is_told() {
    let found = told(TREE, |instruments| instruments[2] = instrument("BND", "Equity/US"));
    assert_eq!(found.iter().map(|(code, ..)| *code).collect::<Vec<_>>(), [Code::CLASS_MISMATCH]);
    let found = told(&replaced(TREE, "instruments = [\"BND\", \"AGG\"]\n", ""), |_| {});
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].0, found[0].1.as_str()), (Code::NOTHING_TO_BUY, "class = \"Bonds\""));
    assert!(found[0].2.contains("AGG, BND"), "{}", found[0].2);
}

#[test]
fn attributes_that_no_instrument_has_are_told() {
    let found = told(&replaced(TREE, "sector = [\"Energy\"]", "sector = [\"Enegry\"]"), |_| {});
    assert_eq!(found, [(Code::UNKNOWN_ATTRIBUTE, "at_most = 1000000".to_owned(), "did you mean `Energy`?".to_owned())]);
    let without = |instruments: &mut Vec<Instrument>| {
        for each in instruments {
            each.scores.clear();
            each.liquidity_tier = None;
            each.tags.remove("theme");
        }
    };
    let found = told(TREE, without);
    // Two bounds ask for the tier; one limit for the tag's value and for each value of it; one for the score; the index for all three.
    assert_eq!(found.iter().map(|(code, ..)| *code).collect::<Vec<_>>(), [Code::UNKNOWN_ATTRIBUTE; 8]);
}

#[test]
fn a_class_that_follows_an_index_needs_no_instruments_of_its_own() {
    assert_eq!(told(&replaced(TREE, "instruments = [\"VTI\"]\n", ""), |_| {}), []);
}
