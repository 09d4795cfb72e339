//! Sales from positions of many lots, in every order, against lots that are sorted anew for each sale.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a test fails by panicking

mod support;

use std::cmp::Ordering;

use evenkeel_ledger::account::BasisMethod;
use evenkeel_ledger::book::{AccountRules, Book};
use evenkeel_ledger::event::{Event, EventDates, EventKind, Trade, TransferredLot};
use evenkeel_ledger::lot::LotId;
use evenkeel_ledger::number::{Decimal, Money, Quantity, Rounding};
use evenkeel_ledger::select::{LotMethod, LotQuantity, LotSelection};
use proptest::prelude::*;
use support::{date, household, instruments, usd};

/// What a random event is made of.
#[derive(Debug, Clone, Copy)]
struct Seed {
    kind: u8,
    units: i64,
    cents: i64,
    place: usize,
}

fn seed() -> impl Strategy<Value = Seed> {
    (0..16_u8, 1..40_i64, 1..30_i64, any::<prop::sample::Index>()).prop_map(|(kind, units, cents, place)| Seed {
        kind,
        units,
        cents: cents * 25,
        place: place.index(1 << 20),
    })
}

/// The lots as a plain list, by date, then id.
#[derive(Debug, Default)]
struct Model {
    lots: Vec<(LotId, i64, Quantity, Money)>,
}

fn units(whole: i64) -> Quantity {
    Quantity::new(Decimal::from_int(whole))
}

impl Model {
    fn open(&mut self, id: LotId, day: i64, quantity: Quantity, basis: Money) {
        self.lots.push((id, day, quantity, basis));
        self.lots.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
    }

    /// Takes units in an order; what was taken of which lot, with its basis.
    fn sell(&mut self, mut open: Quantity, method: LotMethod) -> Vec<(LotId, Quantity, Money)> {
        let mut order: Vec<usize> = (0..self.lots.len()).collect();
        let cost = |a: usize, b: usize| -> Ordering {
            let (_, _, units_a, basis_a) = &self.lots[a];
            let (_, _, units_b, basis_b) = &self.lots[b];
            let product = |basis: &Money, units: &Quantity| basis.amount().raw().checked_mul(units.decimal().raw()).unwrap();
            product(basis_a, units_b).cmp(&product(basis_b, units_a))
        };
        match method {
            LotMethod::Fifo | LotMethod::AverageCost => {}
            LotMethod::Lifo => order.reverse(),
            LotMethod::Hifo => order.sort_by(|a, b| cost(*b, *a).then_with(|| self.lots[*a].0.cmp(&self.lots[*b].0))),
            LotMethod::Lofo => order.sort_by(|a, b| cost(*a, *b).then_with(|| self.lots[*a].0.cmp(&self.lots[*b].0))),
        }
        let mut taken = Vec::new();
        for index in order {
            let quantity = self.lots[index].2.min(open);
            if quantity.is_positive() {
                taken.push(self.split(index, quantity));
                open = open.try_sub(quantity).unwrap();
            }
        }
        self.lots.retain(|lot| lot.2.is_positive());
        taken
    }

    fn split(&mut self, index: usize, quantity: Quantity) -> (LotId, Quantity, Money) {
        let (id, _, held, basis) = &mut self.lots[index];
        let part = if quantity == *held { *basis } else { basis.pro_rata(quantity, *held, Rounding::HalfEven).unwrap() };
        *held = held.try_sub(quantity).unwrap();
        *basis = basis.try_sub(part).unwrap();
        (id.clone(), quantity, part)
    }
}

const METHODS: [LotMethod; 4] = [LotMethod::Fifo, LotMethod::Lifo, LotMethod::Hifo, LotMethod::Lofo];

fn compare(seeds: &[Seed]) {
    let household = household(&[("a", BasisMethod::Lots)]);
    let account = household.find_account("a").unwrap();
    let instrument = instruments(1)[0];
    let mut book = Book::new(&household).with_rules(account, AccountRules { margin: true, ..AccountRules::STRICT });
    let (mut model, mut expected) = (Model::default(), Vec::new());
    let first = date("2020-01-01");
    // The first four hundred are purchases, so that the position grows large; then sales prevail.
    for (at, (sequence, seed)) in (1_u64..).zip(seeds).enumerate() {
        let day = i64::try_from(at / 3).unwrap();
        let held: i64 = model.lots.iter().map(|lot| i64::try_from(lot.2.decimal().raw() / 1_000_000_000).unwrap()).sum();
        let gross = usd(&format!("{}.{:02}", seed.cents / 100, seed.cents % 100));
        let mut trade = Trade { instrument, quantity: units(seed.units), gross, fees: usd("0"), selection: LotSelection::Strict };
        let kind = match seed.kind {
            // A lot from outside, bought on an earlier day and with a name of the custodian's.
            15 if at > 0 => {
                let (id, acquired) = (format!("{}", 1_000_000 - sequence).parse::<LotId>().unwrap(), day / 2);
                model.open(id.clone(), acquired, trade.quantity, gross);
                EventKind::TransferIn(Box::new([TransferredLot {
                    id,
                    instrument,
                    quantity: trade.quantity,
                    cost_basis: Some(gross),
                    acquired: Some(first.add_days(i32::try_from(acquired).unwrap()).unwrap()),
                    held_since: None,
                }]))
            }
            14 if at > 400 && held > 0 => {
                let place = seed.place % model.lots.len();
                trade.quantity = trade.quantity.min(model.lots[place].2);
                let lot = model.lots[place].0.clone();
                trade.selection = LotSelection::Specific(Box::new([LotQuantity { lot, quantity: trade.quantity }]));
                expected.push(model.split(place, trade.quantity));
                model.lots.retain(|lot| lot.2.is_positive());
                EventKind::Sell(trade)
            }
            3..14 if at > 400 && held >= seed.units => {
                let method = METHODS[usize::from(seed.kind) % 4];
                trade.selection = LotSelection::By(method);
                expected.extend(model.sell(trade.quantity, method));
                EventKind::Sell(trade)
            }
            _ => {
                model.open(LotId::Number(sequence), day, trade.quantity, gross);
                EventKind::Buy(trade)
            }
        };
        let dates = EventDates::on(first.add_days(i32::try_from(day).unwrap()).unwrap());
        book.apply(&Event { sequence, account, dates, fx: None, kind }).unwrap();
    }
    let realized: Vec<_> = book.realized().iter().map(|gain| (gain.lot.clone(), gain.quantity, gain.basis.unwrap())).collect();
    assert_eq!(realized, expected);
    let left: Vec<_> =
        book.lots(account, instrument).into_iter().map(|lot| (lot.id.clone(), lot.quantity, lot.cost_basis.unwrap())).collect();
    let model: Vec<_> = model.lots.into_iter().map(|(id, _, quantity, basis)| (id, quantity, basis)).collect();
    assert_eq!(left, model);
    assert!(book.holdings(date("2030-01-01")).unwrap().accounts[0].lots().iter().all(|lot| !lot.quantity.is_zero()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn large_positions_are_taken_in_the_naive_order(seeds in prop::collection::vec(seed(), 500..1100)) {
        compare(&seeds);
    }
}

/// As many lots of one cost a unit as there can be ties: the lowest id goes first.
#[test]
fn ties_go_to_the_lowest_id() {
    let same = |kind: u8| Seed { kind, units: 10, cents: 100, place: 0 };
    let seeds: Vec<Seed> = (0..1000_u64).map(|at| same(if at < 600 { 0 } else { 4 + u8::try_from(at % 8).unwrap() })).collect();
    compare(&seeds);
}
