//! Lots chosen by tax: the published and derived cases, and the optimum after netting against trying everything.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use evenkeel::tax::choice::{self, Offer, gifts, min_tax, min_tax_after_netting, offers, step_up, within_budget};
use evenkeel::tax::{MarginalRates, YearTax};
use evenkeel_ledger::date::Date;
use evenkeel_ledger::household::{FilingStatus, GainsByTerm, Household, OtherIncome, Owner, TaxRates};
use evenkeel_ledger::instrument::{Instrument, Universe};
use evenkeel_ledger::lot::{Lot, LotId};
use evenkeel_ledger::number::{Currency, Decimal, Money, Quantity};
use evenkeel_ledger::select::Pick;
use evenkeel_ledger::term::Term;
use proptest::prelude::*;

fn usd(amount: i64) -> Money {
    Money::new(Decimal::from_int(amount), Currency::USD)
}

fn units(units: i64) -> Quantity {
    Quantity::new(Decimal::from_int(units))
}

fn lots(texts: &[(&str, i64, i64)]) -> Vec<Lot> {
    let universe = Universe::new(vec![Instrument::new("X", "Stocks".parse().unwrap(), Currency::USD)]).unwrap();
    let lot = |(acquired, quantity, basis): &(&str, i64, i64)| Lot {
        id: LotId::Named((*acquired).into()),
        instrument: universe.find("X").unwrap(),
        quantity: units(*quantity),
        cost_basis: Some(usd(*basis)),
        acquired: Some(acquired.parse().unwrap()),
        held_since: None,
    };
    texts.iter().map(lot).collect()
}

fn on(texts: &[(&str, i64, i64)], date: &str) -> Vec<Offer> {
    offers(&lots(texts), "100".parse().unwrap(), date.parse::<Date>().unwrap()).unwrap()
}

fn owner() -> Owner {
    Owner {
        id: "ann".to_owned(),
        name: None,
        birth_date: None,
        filing_status: FilingStatus::Single,
        jurisdiction: "US".to_owned(),
        rates: TaxRates { ordinary: "0.37".parse().unwrap(), long_term: "0.20".parse().unwrap(), state: "0".parse().unwrap() },
        spouse: None,
        year_to_date: GainsByTerm::zero(Currency::USD),
        carry_forward: GainsByTerm::zero(Currency::USD),
        income: None,
    }
}

const RATES: fn() -> MarginalRates = || MarginalRates { short_term: "0.37".parse().unwrap(), long_term: "0.20".parse().unwrap() };

fn told(picks: &[Pick]) -> Vec<(usize, String)> {
    picks.iter().map(|pick| (pick.index, pick.quantity.to_string())).collect()
}

/// `methods` of the case `lots_tax_us`: MINTAX sells C and B.
#[test]
fn the_case_of_four_lots() {
    let four = [("2019-03-01", 50, 500), ("2024-02-01", 50, 5000), ("2024-11-20", 50, 6500), ("2021-06-15", 50, 3500)];
    let picks = min_tax(&on(&four, "2025-02-15"), units(100), RATES()).unwrap();
    assert_eq!(told(&picks), [(2, "50".to_owned()), (1, "50".to_owned())]);
}

/// `hifo_is_not_min_tax`: the highest cost is taxed 370, the other 320.
#[test]
fn highest_cost_is_not_least_tax() {
    let two = [("2024-11-20", 100, 9000), ("2019-03-01", 100, 8400)];
    assert_eq!(told(&min_tax(&on(&two, "2025-02-15"), units(100), RATES()).unwrap()), [(1, "100".to_owned())]);
    // With short-term losses of 2,000 realized before, the short-term gain is free, and the rest still saves.
    let mut owner = owner();
    owner.year_to_date.short_term = usd(-1_000);
    let household = Household::new("h", vec![owner], Vec::new()).unwrap();
    let year = YearTax::new(&household, "ann", 2025).unwrap();
    let picks = min_tax_after_netting(&on(&two, "2025-02-15"), units(100), Decimal::STEP, &year).unwrap();
    assert_eq!(told(&picks), [(0, "100".to_owned())]);
}

/// `gain_budget`: 51.11 units as fractions, 51 whole ones with a gain of 90, and the rest kept.
#[test]
fn the_case_of_the_gain_budget() {
    let two = on(&[("2019-03-01", 50, 500), ("2019-04-01", 50, 5000)], "2025-02-15");
    let fractional = within_budget(&two, units(100), usd(100), Decimal::STEP).unwrap();
    assert_eq!(told(&fractional), [(1, "50".to_owned()), (0, "1.111111111".to_owned())]);
    assert_eq!(told(&within_budget(&two, units(100), usd(100), Decimal::ONE).unwrap()), [(1, "50".to_owned()), (0, "1".to_owned())]);
    assert_eq!(told(&within_budget(&two, units(50), usd(100), Decimal::ONE).unwrap()), [(1, "50".to_owned())]);
}

#[test]
fn gifts_and_step_up_take_the_largest_gains() {
    let four = on(&[("2019-03-01", 50, 500), ("2024-02-01", 50, 5000), ("2025-01-20", 10, 100), ("2021-06-15", 5, 900)], "2025-02-15");
    let indices = |ranked: Vec<Offer>| ranked.iter().map(|offer| offer.index).collect::<Vec<_>>();
    assert_eq!(indices(gifts(&four)), [0]);
    assert_eq!(indices(step_up(&four)), [0, 2]);
}

#[test]
fn more_than_is_held_is_refused() {
    let two = on(&[("2019-03-01", 50, 500), ("2019-04-01", 50, 5000)], "2025-02-15");
    let error = min_tax(&two, units(101), RATES()).unwrap_err();
    assert_eq!(error.to_string(), "101 units are asked for, and 100 are held in lots with a basis and a date");
    let household = Household::new("h", vec![owner()], Vec::new()).unwrap();
    let year = YearTax::new(&household, "ann", 2025).unwrap();
    assert!(matches!(min_tax_after_netting(&two, units(101), Decimal::ONE, &year), Err(choice::ChoiceError::NotEnough { .. })));
}

/// Every way to take whole units, and the least tax of all.
fn least_tax(offers: &[Offer], open: i64, short: Money, long: Money, year: &YearTax<'_>) -> Option<Money> {
    let Some((offer, rest)) = offers.split_first() else {
        return (open == 0).then(|| year.tax(short, long).unwrap());
    };
    let held: i64 = offer.units.to_string().parse().unwrap();
    let ways = (0..=held.min(open)).filter_map(|taken| {
        let gain = offer.gain_of(units(taken)).unwrap();
        let (short, long) =
            if offer.term == Term::Short { (short.try_add(gain).unwrap(), long) } else { (short, long.try_add(gain).unwrap()) };
        least_tax(rest, open - taken, short, long, year)
    });
    ways.min_by(|a, b| a.try_cmp(*b).unwrap())
}

fn amounts(most: i64) -> impl Strategy<Value = GainsByTerm> {
    (-most..=most, -most..=most).prop_map(|(short, long)| GainsByTerm { short_term: usd(short), long_term: usd(long) })
}

proptest! {
    #[test]
    fn no_choice_of_lots_is_taxed_less_after_netting(
        lots in prop::collection::vec((1_i64..=4, -9_000_i64..=9_000, any::<bool>()), 1..5),
        share in 0.0..=1.0_f64,
        year_to_date in amounts(20_000),
        carried in amounts(8_000),
        income in prop::option::of(0_i64..=700_000),
        status in prop::sample::select(vec![FilingStatus::Single, FilingStatus::MarriedSeparately]),
    ) {
        let offers: Vec<Offer> = lots.iter().enumerate().map(|(index, (held, gain, long))| Offer {
            index,
            units: units(*held),
            gain: usd(gain * held),
            term: if *long { Term::Long } else { Term::Short },
        }).collect();
        let held: i64 = lots.iter().map(|(held, ..)| held).sum();
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a handful of units")]
        let asked = ((held as f64 * share).round() as i64).max(1);
        let below = |money: Money| if money.is_positive() { money.neg() } else { money };
        let mut owner = Owner { filing_status: status, year_to_date, ..owner() };
        owner.carry_forward = GainsByTerm { short_term: below(carried.short_term), long_term: below(carried.long_term) };
        owner.income = income.map(|income| OtherIncome { ordinary: usd(income), ..OtherIncome::zero(Currency::USD) });
        let household = Household::new("h", vec![owner], Vec::new()).unwrap();
        let year = YearTax::new(&household, "ann", 2025).unwrap();
        let picks = min_tax_after_netting(&offers, units(asked), Decimal::ONE, &year).unwrap();
        let (mut short, mut long, mut taken) = (usd(0), usd(0), Quantity::ZERO);
        for pick in &picks {
            let offer = offers[pick.index];
            prop_assert!(pick.quantity <= offer.units);
            taken = taken.try_add(pick.quantity).unwrap();
            let sum = if offer.term == Term::Short { &mut short } else { &mut long };
            *sum = sum.try_add(offer.gain_of(pick.quantity).unwrap()).unwrap();
        }
        prop_assert_eq!(taken, units(asked));
        let found = year.tax(short, long).unwrap();
        let least = least_tax(&offers, asked, usd(0), usd(0), &year).unwrap();
        // Where tax is the smaller of two that differ by cents it bends between the points that are tried.
        let over = found.try_sub(least).unwrap().amount();
        prop_assert!(over <= "0.5".parse().unwrap(), "{} instead of {}", found, least);
    }
}
