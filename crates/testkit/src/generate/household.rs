//! Households of one to four accounts, and what is in them.

use std::collections::BTreeSet;

use evenkeel::boundary::to_f64;
use evenkeel::market::MarketSnapshot;
use evenkeel_ledger::account::{Account, BasisMethod, Menu, TaxTreatment};
use evenkeel_ledger::holdings::{AccountHoldings, Holdings};
use evenkeel_ledger::household::{FilingStatus, GainsByTerm, Household, Owner, TaxRates};
use evenkeel_ledger::instrument::{InstrumentId, Universe};
use evenkeel_ledger::lot::{Lot, LotId};
use evenkeel_ledger::number::{Currency, Decimal, Money, Quantity, Rate, Rounding};

use super::Random;
use super::universe::currency;

const TREATMENTS: [TaxTreatment; 4] = [TaxTreatment::Taxable, TaxTreatment::Deferred, TaxTreatment::Exempt, TaxTreatment::Untaxed];
/// Thousandths of the most that a lot is worth, in the base currency: from cents to a trillion.
const SCALES: [i64; 8] = [0, 1, 1_000, 1_000, 20_000, 100_000, 5_000_000, 1_000_000_000];

/// One owner and one to four accounts, given in no order.
pub(super) fn household(random: &mut Random, universe: &Universe, base: Currency) -> Household {
    let owner = Owner {
        id: "owner".to_owned(),
        name: None,
        birth_date: Some(random.date(1940, 2000)),
        filing_status: FilingStatus::Single,
        jurisdiction: "US".to_owned(),
        rates: if random.chance(80) { rates(random) } else { TaxRates::default() },
        spouse: None,
        year_to_date: gains(random, base),
        carry_forward: GainsByTerm::zero(base),
        income: None,
    };
    let mut ids = ["401k", "broker", "ira", "trust"];
    random.shuffle(&mut ids);
    let count = random.count(1, 4);
    let accounts = ids.into_iter().take(count).map(|id| account(random, id, universe, base)).collect();
    Household::new("generated", vec![owner], accounts).expect("a household")
}

fn rates(random: &mut Random) -> TaxRates {
    let mut rate = |most| Rate::new(random.decimal(0, most, 2));
    TaxRates { ordinary: rate(45), long_term: rate(24), state: rate(13) }
}

fn gains(random: &mut Random, base: Currency) -> GainsByTerm {
    let mut gain = || Money::new(random.decimal(-20_000, 20_000, 0), base);
    GainsByTerm { short_term: gain(), long_term: gain() }
}

fn account(random: &mut Random, id: &str, universe: &Universe, base: Currency) -> Account {
    let books = if random.chance(85) { base } else { *random.pick(&[Currency::USD, Currency::EUR]) };
    let menu = match random.between(1, 10) {
        1..=6 => Menu::Any,
        7 => Menu::Only(BTreeSet::new()),
        _ => Menu::Only(universe.iter().map(|(id, _)| id).filter(|_| random.chance(50)).collect()),
    };
    let mut cash_minimum = Vec::new();
    if random.chance(40) {
        cash_minimum.push(Money::new(random.decimal(0, 10_000, 0), base));
    }
    if random.chance(10) && base != Currency::GBP {
        cash_minimum.push(Money::new(random.decimal(0, 1_000, 0), Currency::GBP));
    }
    let basis_method = if random.chance(80) { BasisMethod::Lots } else { *random.pick(&[BasisMethod::AverageCost, BasisMethod::Pooled]) };
    Account { tax_treatment: *random.pick(&TREATMENTS), basis_method, menu, cash_minimum, ..Account::new(id, "owner", books) }
}

/// Lots and cash of each account: nothing at all, cash alone, or positions of any size, some short.
pub(super) fn holdings(
    random: &mut Random,
    household: &Household,
    universe: &Universe,
    market: &MarketSnapshot,
    base: Currency,
) -> Holdings {
    let scale = *random.pick(&SCALES);
    let accounts = household.accounts.iter().map(|account| {
        let shape = random.between(1, 10);
        let lots = if shape <= 2 { Vec::new() } else { lots(random, account, universe, market, base, scale) };
        let cash = if shape == 1 { Vec::new() } else { cash(random, base, scale) };
        AccountHoldings::new(lots, cash).expect("amounts in range")
    });
    Holdings { as_of: market.as_of, accounts: accounts.collect() }
}

fn cash(random: &mut Random, base: Currency, scale: i64) -> Vec<Money> {
    let most = scale.saturating_mul(50).max(100);
    // Now and then an account is overdrawn.
    let least = if random.chance(5) { -most } else { 0 };
    let mut cash = vec![Money::new(random.decimal(least, most, 2), base)];
    if random.chance(15) {
        cash.push(Money::new(random.decimal(0, most, 2), currency(random.pick::<&str>(&["EUR", "JPY", "GBP", "USD"]))));
    }
    cash.into_iter().map(|money| money.to_cents(Rounding::HalfEven).expect("in range")).collect()
}

fn lots(random: &mut Random, account: &Account, universe: &Universe, market: &MarketSnapshot, base: Currency, scale: i64) -> Vec<Lot> {
    let mut lots = Vec::new();
    let held = random.between(10, 100);
    for (id, _) in universe.iter() {
        if !random.chance(held) {
            continue;
        }
        let short = random.chance(4);
        // A pool is one lot without a date; at average cost all lots share one cost a unit.
        let count = if account.basis_method == BasisMethod::Pooled { 1 } else { random.count(1, 4) };
        let mut paid = paid(random);
        for _ in 0..count {
            let mut quantity = quantity(random, universe, market, base, id, scale);
            // Beside a short position there may be long lots.
            if short && random.chance(80) {
                quantity = quantity.neg();
            }
            if !quantity.is_zero() {
                lots.push(lot(random, account, market, id, quantity, paid, lots.len()));
            }
            if account.basis_method == BasisMethod::Lots {
                paid = self::paid(random);
            }
        }
    }
    lots
}

/// Cost as a multiple of today's price, from half to twice; sometimes not known.
fn paid(random: &mut Random) -> Option<Decimal> {
    let paid = random.decimal(50, 200, 2);
    random.chance(90).then_some(paid)
}

/// Units worth about the scale: whole lots as a rule, now and then an odd lot or a fraction.
fn quantity(random: &mut Random, universe: &Universe, market: &MarketSnapshot, base: Currency, id: InstrumentId, scale: i64) -> Quantity {
    let instrument = universe.get(id).expect("an instrument of this universe");
    let price = market.price(id).expect("every instrument has a price").price;
    let conversion = market.fx.conversion(instrument.currency, base).expect("every rate is there");
    let unit = to_f64(price.decimal()) * to_f64(conversion.numerator) / to_f64(conversion.denominator);
    let value = to_f64(random.decimal(1, scale.max(1).saturating_mul(1_000), 3));
    let units = evenkeel::boundary::to_decimal(value / unit, Rounding::Ceiling).unwrap_or(Decimal::ONE);
    let step = if random.chance(85) { instrument.lot_size.decimal() } else { Decimal::from_raw(1_000).expect("a step") };
    Quantity::new(units.round_to_multiple(step, Rounding::Ceiling).unwrap_or(Decimal::ONE))
}

fn lot(
    random: &mut Random,
    account: &Account,
    market: &MarketSnapshot,
    id: InstrumentId,
    quantity: Quantity,
    paid: Option<Decimal>,
    number: usize,
) -> Lot {
    let price = market.price(id).expect("every instrument has a price").price;
    let cost = |paid: Decimal| quantity.scale(price.decimal(), Rounding::HalfEven).and_then(|value| value.scale(paid, Rounding::HalfEven));
    let cost_basis = paid.and_then(|paid| cost(paid).ok()).map(|cost| Money::new(cost.decimal(), account.currency));
    let days_ago = match random.between(1, 10) {
        1..=2 => random.between(363, 368),
        3 => random.between(0, 35),
        _ => random.between(0, 4_000),
    };
    let acquired = market.as_of.add_days(-i32::try_from(days_ago).unwrap_or(0)).expect("a date");
    let held_since = if random.chance(10) { acquired.add_days(-200).expect("a date") } else { acquired };
    let dated = random.chance(90) && account.basis_method != BasisMethod::Pooled;
    let custodian = random.chance(20).then(|| LotId::Named(format!("lot-{number}").into()));
    Lot {
        id: custodian.unwrap_or_else(|| LotId::Number(u64::try_from(number).unwrap_or(0) + 1)),
        instrument: id,
        quantity,
        cost_basis,
        acquired: dated.then_some(acquired),
        held_since: dated.then_some(held_since),
    }
}
