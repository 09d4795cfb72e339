//! Share identification in the United Kingdom, unit by unit, and its tax.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use evenkeel::tax::uk::UnitedKingdom;
use evenkeel::tax::uk::identification::identify;
use evenkeel::tax::{Disposals, Jurisdiction, Kink, Records, RecordsError, YearTax};
use evenkeel_ledger::account::{Account, AccountId, TaxTreatment};
use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::{Event, EventDates, EventKind, SpinOff, Trade};
use evenkeel_ledger::holdings::Holdings;
use evenkeel_ledger::household::{FilingStatus, GainsByTerm, Household, OtherIncome, Owner, TaxRates};
use evenkeel_ledger::identical::{IdenticalSets, Identity};
use evenkeel_ledger::instrument::{Instrument, Universe};
use evenkeel_ledger::number::{Currency, Decimal, Money, Quantity, Rate};
use evenkeel_ledger::select::LotSelection;
use proptest::prelude::*;

fn pounds(amount: i64) -> Money {
    Money::new(Decimal::from_int(amount), Currency::GBP)
}

fn household() -> Household {
    let none = GainsByTerm::zero(Currency::GBP);
    let owner = Owner {
        id: "sam".to_owned(),
        name: None,
        birth_date: None,
        filing_status: FilingStatus::Single,
        jurisdiction: "GB".to_owned(),
        rates: TaxRates { long_term: "0.20".parse().unwrap(), ..TaxRates::default() },
        spouse: None,
        year_to_date: none,
        carry_forward: GainsByTerm { long_term: pounds(-1_500), ..none },
        income: None,
    };
    let account = |id: &str| Account::new(id, "sam", Currency::GBP);
    let isa = Account { tax_treatment: TaxTreatment::Exempt, ..account("isa") };
    Household::new("test", vec![owner], vec![account("a"), account("b"), isa]).unwrap()
}

fn universe() -> Universe {
    let instrument = |symbol: &str| Instrument::new(symbol, "Equity".parse().unwrap(), Currency::GBP);
    Universe::new(vec![instrument("X"), instrument("Y")]).unwrap()
}

fn event(sequence: u64, day: i32, account: usize, sells: bool, quantity: i64, price: i64) -> Event {
    let (instrument, quantity, gross) =
        (universe().find("X").unwrap(), Quantity::new(Decimal::from_int(quantity)), pounds(quantity * price));
    let trade = Trade { instrument, quantity, gross, fees: pounds(0), selection: LotSelection::Strict };
    let start: Date = "2023-04-06".parse().unwrap();
    Event {
        sequence,
        account: AccountId::from_index(account).unwrap(),
        dates: EventDates::on(start.add_days(day).unwrap()),
        fx: None,
        kind: if sells { EventKind::Sell(trade) } else { EventKind::Buy(trade) },
    }
}

fn identified(events: &[Event]) -> Result<Disposals, RecordsError> {
    let (household, sets) = (household(), IdenticalSets::new(&universe(), Identity::Instrument));
    let opening = Holdings::empty(&household, "2023-04-05".parse().unwrap());
    identify(&Records { household: &household, sets: &sets, opening: &opening, events, through: "2030-01-01".parse().unwrap() })
}

/// Days on, account, sells, units, price.
type Step = (i32, usize, bool, i64, i64);

/// A history in two accounts and an ISA, at whose end all is sold long after.
fn history(steps: &[Step]) -> Vec<(u64, i32, usize, bool, i64, i64)> {
    let (mut held, mut day, mut history) = ([0_i64; 3], 0, Vec::new());
    for (sequence, (on, account, sells, quantity, price)) in (1_u64..).zip(steps) {
        day += on;
        let quantity = if *sells { held[*account].min(*quantity) } else { *quantity };
        if quantity > 0 {
            held[*account] += if *sells { -quantity } else { quantity };
            history.push((sequence, day, *account, *sells, quantity, *price));
        }
    }
    for (account, held) in held.into_iter().enumerate().filter(|(_, held)| *held > 0) {
        history.push((1_000 + account as u64, day + 100, account, true, held, 9));
    }
    history
}

/// How many units of each sale are matched with the day and with later purchases, unit by unit.
fn naive(history: &[(u64, i32, usize, bool, i64, i64)]) -> BTreeMap<(u64, i32), i64> {
    let unit = |sells: bool| {
        history
            .iter()
            .filter(move |event| event.3 == sells && event.2 < 2)
            .flat_map(|event| vec![(event.0, event.1); usize::try_from(event.4).unwrap()])
    };
    let (mut bought, mut sold): (Vec<_>, Vec<_>) = (unit(false).map(Some).collect(), unit(true).map(Some).collect());
    let mut matched = BTreeMap::new();
    for same_day in [true, false] {
        for sale in &mut sold {
            let Some((sequence, day)) = *sale else { continue };
            let fits =
                |other: &Option<(u64, i32)>| other.is_some_and(|(_, on)| if same_day { on == day } else { on > day && on <= day + 30 });
            if let Some(place) = bought.iter().position(fits) {
                let (_, on) = bought[place].take().unwrap();
                *matched.entry((sequence, on)).or_default() += 1;
                *sale = None;
            }
        }
    }
    matched
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn units_are_identified_as_one_by_one(steps in prop::collection::vec((0..14_i32, 0..3_usize, any::<bool>(), 1..9_i64, 5..15_i64), 1..40)) {
        let history = history(&steps);
        let events: Vec<Event> = history.iter().map(|(sequence, day, account, sells, quantity, price)| event(*sequence, *day, *account, *sells, *quantity, *price)).collect();
        let found = identified(&events).unwrap();
        let start: Date = "2023-04-06".parse().unwrap();
        let mut matched: BTreeMap<(u64, i32), i64> = BTreeMap::new();
        let mut sold: BTreeMap<u64, Decimal> = BTreeMap::new();
        let mut total = Decimal::ZERO;
        for gain in &found.gains {
            let units = gain.quantity.decimal();
            let entry = sold.entry(gain.sequence).or_default();
            *entry = entry.try_add(units).unwrap();
            total = total.try_add(gain.gain().unwrap().unwrap().amount()).unwrap();
            if let Some(acquired) = gain.acquired {
                let one = Decimal::ONE.raw();
                *matched.entry((gain.sequence, acquired.days_since(start))).or_default() += i64::try_from(units.raw() / one).unwrap();
            }
        }
        prop_assert_eq!(matched, naive(&history));
        // Every unit sold is identified once, and over all of them gains are what was received less what was paid.
        let taxable = || history.iter().filter(|event| event.2 < 2);
        let expected: BTreeMap<u64, Decimal> = taxable().filter(|event| event.3).map(|event| (event.0, Decimal::from_int(event.4))).collect();
        prop_assert_eq!(sold, expected);
        let received: i64 = taxable().map(|event| if event.3 { event.4 * event.5 } else { -event.4 * event.5 }).sum();
        let rest = total.try_sub(Decimal::from_int(received)).unwrap().abs();
        prop_assert!(rest.raw() < 1_000, "{total} {received}");
    }

    #[test]
    fn what_is_identified_as_events_come_in_is_what_is_identified_at_once(steps in prop::collection::vec((0..14_i32, 0..2_usize, any::<bool>(), 1..9_i64, 5..15_i64), 1..40)) {
        let history = history(&steps);
        let events: Vec<Event> = history.iter().map(|(sequence, day, account, sells, quantity, price)| event(*sequence, *day, *account, *sells, *quantity, *price)).collect();
        let (household, sets) = (household(), IdenticalSets::new(&universe(), Identity::Instrument));
        let opening = Holdings::empty(&household, "2023-04-05".parse().unwrap());
        let mut matching = UnitedKingdom.matching(&household, &sets, &opening).unwrap();
        for known in 1..=events.len() {
            matching.enter(&events[known - 1]).unwrap();
            prop_assert_eq!(&*matching.gains().unwrap(), &*identified(&events[..known]).unwrap().gains);
        }
    }
}

#[test]
fn what_is_not_modeled_is_told() {
    let universe = universe();
    let (parent, child) = (universe.find("X").unwrap(), universe.find("Y").unwrap());
    let ratio = evenkeel_ledger::event::Ratio { new: Decimal::ONE, old: Decimal::ONE };
    let spin_off = SpinOff { parent, child, ratio, basis_fraction: Rate::ZERO, cash_in_lieu: None };
    let buy = event(1, 0, 0, false, 10, 5);
    let events = [buy.clone(), Event { sequence: 2, kind: EventKind::SpinOff(spin_off), ..buy.clone() }];
    let error = identified(&events).unwrap_err();
    assert_eq!(error.to_string(), "event 2 is a spin-off, which is not modeled for the country's taxes");
    assert_eq!(error.sequence(), Some(2));
    let oversold = [buy, event(2, 1, 0, true, 11, 5)];
    assert!(
        identified(&oversold)
            .unwrap_err()
            .to_string()
            .contains("event 2 sells more than the owner's taxable accounts hold: 1 units are lacking")
    );
}

#[test]
fn the_tax_bends_where_the_exempt_amount_and_the_band_end() {
    let mut household = household();
    // 20 % of what exceeds 3,000 and the losses of 1,500.
    let tax = YearTax::new(&household, "sam", 2025).unwrap();
    assert_eq!(tax.tax(pounds(0), pounds(10_000)).unwrap(), pounds(1_100));
    assert_eq!(tax.kinks().unwrap(), [Kink::Total(Decimal::from_int(4_500))]);
    household.owners[0].income = Some(OtherIncome { ordinary: pounds(33_700), ..OtherIncome::zero(Currency::GBP) });
    let tax = YearTax::new(&household, "sam", 2025).unwrap();
    assert_eq!(tax.kinks().unwrap(), [4_500, 8_500].map(|at| Kink::Total(Decimal::from_int(at))));
    assert_eq!(tax.tax(pounds(2_000), pounds(8_000)).unwrap(), pounds(4_000 * 18 / 100 + 1_500 * 24 / 100));
}
