//! A location holds what the household holds, costs no more than today's, and its moves lead all the way.

use std::collections::BTreeMap;

use evenkeel::assumptions::Distributions;
use evenkeel::boundary::to_f64;
use evenkeel::diagnostic::Code;
use evenkeel::drift::ReviewHistory;
use evenkeel::run::{Mandate, Provenance, Subject};
use evenkeel::trade::{Located, Place};
use evenkeel_ledger::number::Money;
use evenkeel_testkit::generate::{World, world};

use crate::support::for_all;

/// The world with a yield for every class, one unlike the other.
fn yielding(world: &World) -> World {
    let mut world = world.clone();
    for (rank, class) in (1_u8..).zip(&mut world.assumptions.classes) {
        let rank = f64::from(rank);
        class.distributions = Some(Distributions { income: 0.01 * rank, qualified: (0.37 * rank) % 1.0, turnover: 0.05 });
    }
    world
}

/// The location; nothing where menus leave no room, or where no account is taxed along the way.
fn locate(world: &World) -> Result<Option<Located>, String> {
    let mandate = Mandate::new(&world.policy, &world.universe, &world.market, Some(&world.assumptions), None);
    let subject =
        Subject { household: &world.household, holdings: &world.holdings, flows: &[], sold: &[], history: ReviewHistory::default() };
    match mandate.locate(&subject, 10.0, Provenance::default()) {
        Ok(report) => Ok(Some(report.location)),
        Err(told) if told.iter().all(|told| [Code::NO_LOCATION, Code::NO_ANNUAL_COSTS].contains(&told.code)) => Ok(None),
        Err(told) => Err(format!("{told:?}")),
    }
}

fn float(money: Money) -> f64 {
    to_f64(money.amount())
}

/// Equal but for the rounding of so many amounts of a currency.
fn near(a: f64, b: f64, amounts: usize, unit: f64) -> bool {
    (a - b).abs() <= unit * f64::from(u32::try_from(amounts + 1).unwrap()) + 1e-9 * (a.abs() + b.abs())
}

/// What is summed up of places under some name.
fn sums<'p>(places: &'p [Place], name: impl Fn(&'p Place) -> &'p str, amount: impl Fn(&Place) -> Money) -> BTreeMap<&'p str, f64> {
    let mut sums = BTreeMap::new();
    for place in places {
        *sums.entry(name(place)).or_default() += float(amount(place));
    }
    sums
}

fn check(located: &Located) -> Result<(), String> {
    let Located { places, annual, moves, all_moves, .. } = located;
    let unit = 0.1_f64.powi(i32::try_from(annual.best.amount.currency().minor_digits()).unwrap());
    let near = |a: f64, b: f64, amounts: usize| near(a, b, amounts, unit);
    let count = places.len();
    let same = |what: &str, a: &BTreeMap<&str, f64>, b: &BTreeMap<&str, f64>| {
        let differs = a.iter().find(|(name, sum)| !near(**sum, b[**name], count));
        differs.map_or(Ok(()), |(name, sum)| Err(format!("{what} {name} holds {sum} and {}", b[*name])))
    };
    same("account", &sums(places, |place| &place.account, |place| place.held), &sums(places, |place| &place.account, |place| place.best))?;
    same("class", &sums(places, |place| &place.class, |place| place.today), &sums(places, |place| &place.class, |place| place.best))?;
    let saved = float(annual.today.amount) - float(annual.best.amount);
    if saved < -unit || !near(saved, float(all_moves.saved_a_year), 1) {
        return Err(format!("{saved} is saved"));
    }
    let mut reached: BTreeMap<(&str, &str), f64> =
        places.iter().map(|place| ((place.account.as_str(), place.class.as_str()), float(place.today))).collect();
    for found in moves {
        if float(found.payback.saved_a_year) < -unit {
            return Err(format!("a move costs more a year: {found:?}"));
        }
        for leg in &found.legs {
            *reached.entry((&leg.account, &leg.sell)).or_default() -= float(found.value);
            *reached.entry((&leg.account, &leg.buy)).or_default() += float(found.value);
        }
    }
    let missed =
        places.iter().find(|place| !near(reached[&(place.account.as_str(), place.class.as_str())], float(place.best), moves.len()));
    if let Some(place) = missed {
        return Err(format!("the moves lead elsewhere than to {place:?}"));
    }
    let parts: f64 = moves.iter().map(|found| float(found.payback.saved_a_year)).sum();
    let taxes: f64 = moves.iter().filter_map(|found| found.payback.tax).map(float).sum();
    let whole = all_moves.tax.map_or(taxes, float);
    if !near(parts, saved, moves.len()) || !near(taxes, whole, moves.len()) {
        return Err(format!("the moves save {parts} of {saved}, for {taxes} of {whole} of tax"));
    }
    Ok(())
}

#[test]
fn locations_hold_together() {
    for_all(|world| locate(&yielding(world))?.map_or(Ok(()), |located| check(&located)));
    let moved =
        (0..400).filter(|seed| locate(&yielding(&world(*seed))).is_ok_and(|found| found.is_some_and(|found| !found.moves.is_empty())));
    assert!(moved.count() > 40, "hardly any world has something to move");
}

/// Nothing is bought in an account whose menu lacks it, and what may not be sold stays.
#[test]
fn locations_keep_menus() {
    for_all(|world| {
        let world = yielding(world);
        let mandate = Mandate::new(&world.policy, &world.universe, &world.market, Some(&world.assumptions), None);
        for place in locate(&world)?.iter().flat_map(|located| &located.places) {
            let account = world.household.accounts.iter().find(|account| account.id == place.account).ok_or("an account")?;
            let (_, sleeve) = mandate.sleeves.iter().find(|(_, sleeve)| sleeve.class.as_str() == place.class).ok_or("a class")?;
            let is_cash = mandate.sleeves.get(mandate.sleeves.cash).is_some_and(|cash| cash.class == sleeve.class);
            let bought = float(place.best) - float(place.held);
            let lies_in = |id| mandate.sleeves.exposures(id).iter().any(|exposure| mandate.sleeves.get(exposure.sleeve) == Some(sleeve));
            let is_on_menu = world.universe.iter().any(|(id, _)| account.menu.allows(id) && lies_in(id));
            // Whoever is short buys back, whatever the menu has.
            let index = world.household.account_index(&account.id).ok_or("an account")?;
            let is_short = world.holdings.accounts[index].lots().iter().any(|lot| lot.quantity.is_negative());
            if bought > 0.02 && !is_cash && !is_on_menu && !is_short {
                return Err(format!("{bought} is bought of what no menu has: {place:?}"));
            }
        }
        Ok(())
    });
}
