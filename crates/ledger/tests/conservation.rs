//! Random journals against a model that keeps no lots: cash and units by plain integer sums, and
//! the one identity that every way of keeping basis must hold,
//!
//! > cash from trades + basis left = basis brought from outside + gains realized.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a test fails by panicking

mod support;

use std::collections::BTreeMap;

use evenkeel_ledger::account::{AccountId, BasisMethod};
use evenkeel_ledger::book::{AccountRules, Book, RealizedGain};
use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::{
    CashInLieu, Event, EventDates, EventKind, Income, MergerTerms, Ratio, Reinvestment, SpinOff, StockTerms, Trade, TransferredLot,
};
use evenkeel_ledger::holdings::{AccountHoldings, Holdings};
use evenkeel_ledger::household::Household;
use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::journal::Journal;
use evenkeel_ledger::lot::LotId;
use evenkeel_ledger::number::{Currency, Decimal, Money, Quantity, Rate};
use evenkeel_ledger::select::{LotMethod, LotSelection};
use proptest::prelude::*;
use support::{date, household, instruments};

const ONE: i128 = 1_000_000_000;
const ACCOUNTS: [(&str, BasisMethod); 3] = [("a", BasisMethod::Lots), ("b", BasisMethod::AverageCost), ("c", BasisMethod::Pooled)];

/// What a random event is made of.
#[derive(Debug, Clone)]
struct Seed {
    kind: u8,
    account: usize,
    instrument: usize,
    other: usize,
    /// In thousandths of a unit, so that odd fractions occur.
    quantity: i128,
    /// In tenths of a cent.
    amount: i128,
    fees: i128,
    selection: usize,
    ratio: usize,
    days: i32,
}

fn seed() -> impl Strategy<Value = Seed> {
    let places = (0..3_usize, 0..4_usize, 0..4_usize);
    let numbers = (1..20_000_i128, 0..9_000_000_i128, 0..2_000_i128);
    (0..24_u8, places, numbers, 0..6_usize, 0..5_usize, 0..40_i32).prop_map(
        |(kind, (account, instrument, other), (quantity, amount, fees), selection, ratio, days)| Seed {
            kind,
            account,
            instrument,
            other,
            quantity,
            amount,
            fees,
            selection,
            ratio,
            days,
        },
    )
}

fn quantity(thousandths: i128) -> Quantity {
    Quantity::new(Decimal::from_raw(thousandths * 1_000_000).unwrap())
}

fn money(tenths_of_cents: i128) -> Money {
    Money::new(Decimal::from_raw(tenths_of_cents * 1_000_000).unwrap(), Currency::USD)
}

fn ratio(choice: usize) -> (i64, i64) {
    [(2, 1), (3, 2), (1, 3), (1, 7), (10, 1)][choice]
}

fn kind(seed: &Seed, ids: &[InstrumentId], accounts: &[AccountId], sequence: u64) -> EventKind {
    let (instrument, other) = (ids[seed.instrument], ids[seed.other]);
    let (units, gross, fees) = (quantity(seed.quantity), money(seed.amount), money(seed.fees));
    let selection = match seed.selection {
        0 => LotSelection::Strict,
        1 => LotSelection::By(LotMethod::AverageCost),
        2 => LotSelection::By(LotMethod::Lifo),
        3 => LotSelection::By(LotMethod::Hifo),
        4 => LotSelection::By(LotMethod::Lofo),
        _ => LotSelection::By(LotMethod::Fifo),
    };
    let trade = Trade { instrument, quantity: units, gross, fees, selection: selection.clone() };
    let income = Income { gross, withheld: fees, reinvested: None };
    let (new, old) = ratio(seed.ratio);
    let ratio = Ratio { new: Decimal::from_int(new), old: Decimal::from_int(old) };
    let stock = StockTerms { instrument: other, ratio };
    let first = LotSelection::By(LotMethod::Fifo);
    let cash_in_lieu =
        (seed.selection == 5).then(|| CashInLieu { quantity: quantity(seed.fees % 900 + 1), proceeds: fees, selection: first });
    match seed.kind {
        0..=6 => EventKind::Buy(trade),
        7..=10 => EventKind::Sell(trade),
        11 => EventKind::SellShort(trade),
        12 => EventKind::Deposit(gross),
        13 => EventKind::Withdrawal(fees),
        14 if seed.selection == 0 => EventKind::Tax(fees),
        14 => EventKind::Fee(fees),
        15 => EventKind::Dividend { instrument, income },
        16 => {
            let reinvested = Some(Reinvestment { instrument, quantity: units, cost: gross });
            EventKind::Dividend { instrument, income: Income { gross, withheld: Money::zero(Currency::USD), reinvested } }
        }
        17 => EventKind::Split { instrument, ratio, cash_in_lieu },
        18 => EventKind::SymbolChange { from: instrument, to: other },
        19 => {
            let terms = match seed.selection {
                0 => MergerTerms::Cash { proceeds: gross },
                1 | 2 => MergerTerms::Stock(stock),
                3 => MergerTerms::Taxed { stock, stock_value: gross, cash: fees },
                _ => MergerTerms::StockAndCash { stock, stock_value: gross, cash: fees },
            };
            EventKind::Merger { from: instrument, terms, cash_in_lieu }
        }
        20 => {
            let basis_fraction = Rate::new(Decimal::from_raw(seed.fees * 500_000).unwrap());
            EventKind::SpinOff(SpinOff { parent: instrument, child: other, ratio, basis_fraction, cash_in_lieu })
        }
        21 => {
            let lot = |part: u8, quantity: Quantity| TransferredLot {
                id: format!("{sequence}-{part}").parse::<LotId>().unwrap(),
                instrument,
                quantity,
                cost_basis: Some(gross),
                acquired: Some(date("1999-12-31")),
                held_since: None,
            };
            EventKind::TransferIn([lot(1, units), lot(2, quantity(7))].into())
        }
        _ => EventKind::TransferOut { instrument, quantity: units, selection, to: accounts.get(seed.other).copied() },
    }
}

/// Cash and units, added up without lots.
#[derive(Debug, Clone, Default, PartialEq)]
struct Model {
    cash: BTreeMap<AccountId, i128>,
    units: BTreeMap<(AccountId, InstrumentId), i128>,
    /// Cash that deposits, withdrawals, fees and income moved.
    flows: i128,
    /// Basis brought from outside less basis taken there.
    outside: i128,
}

impl Model {
    fn pay(&mut self, account: AccountId, amount: i128) {
        *self.cash.entry(account).or_default() += amount;
    }

    fn flow(&mut self, account: AccountId, amount: i128) {
        self.pay(account, amount);
        self.flows += amount;
    }

    fn move_units(&mut self, account: AccountId, instrument: InstrumentId, units: i128) {
        *self.units.entry((account, instrument)).or_default() += units;
    }

    fn held(&self, account: AccountId, instrument: InstrumentId) -> i128 {
        self.units.get(&(account, instrument)).copied().unwrap_or_default()
    }

    fn enter(&mut self, event: &Event) {
        let account = event.account;
        let raw = |money: Money| money.amount().raw();
        match &event.kind {
            EventKind::Buy(trade) => {
                self.pay(account, -raw(trade.gross) - raw(trade.fees));
                self.move_units(account, trade.instrument, trade.quantity.decimal().raw());
            }
            EventKind::Sell(trade) | EventKind::SellShort(trade) => {
                self.pay(account, raw(trade.gross) - raw(trade.fees));
                self.move_units(account, trade.instrument, -trade.quantity.decimal().raw());
            }
            EventKind::Deposit(money) => self.flow(account, raw(*money)),
            EventKind::Withdrawal(money) | EventKind::Fee(money) | EventKind::Tax(money) => self.flow(account, -raw(*money)),
            EventKind::Dividend { income, .. } | EventKind::Interest { income, .. } => {
                self.flow(account, raw(income.gross) - raw(income.withheld));
                if let Some(bought) = &income.reinvested {
                    self.pay(account, -raw(bought.cost));
                    self.move_units(account, bought.instrument, bought.quantity.decimal().raw());
                }
            }
            EventKind::Split { instrument, ratio, cash_in_lieu } => {
                self.exchange(account, *instrument, *instrument, *ratio, cash_in_lieu.as_ref());
            }
            EventKind::SymbolChange { from, to } => {
                self.exchange(account, *from, *to, Ratio { new: Decimal::ONE, old: Decimal::ONE }, None);
            }
            EventKind::Merger { from, terms, cash_in_lieu } => {
                let side = self.held(account, *from).signum();
                match terms {
                    MergerTerms::Cash { proceeds } => {
                        self.pay(account, side * raw(*proceeds));
                        self.units.insert((account, *from), 0);
                    }
                    MergerTerms::Stock(stock) => self.exchange(account, *from, stock.instrument, stock.ratio, cash_in_lieu.as_ref()),
                    MergerTerms::StockAndCash { stock, cash, .. } | MergerTerms::Taxed { stock, cash, .. } => {
                        self.pay(account, side * raw(*cash));
                        self.exchange(account, *from, stock.instrument, stock.ratio, cash_in_lieu.as_ref());
                    }
                }
            }
            EventKind::SpinOff(spin_off) => {
                let parent = self.held(account, spin_off.parent);
                self.exchange(account, spin_off.parent, spin_off.child, spin_off.ratio, spin_off.cash_in_lieu.as_ref());
                self.units.insert((account, spin_off.parent), parent);
            }
            EventKind::TransferIn(lots) => {
                for lot in lots {
                    self.move_units(account, lot.instrument, lot.quantity.decimal().raw());
                    self.outside += lot.cost_basis.map_or(0, raw);
                }
            }
            EventKind::TransferOut { instrument, quantity, to, .. } => {
                let moved = self.held(account, *instrument).signum() * quantity.decimal().raw();
                self.move_units(account, *instrument, -moved);
                if let Some(to) = to {
                    self.move_units(*to, *instrument, moved);
                }
            }
            EventKind::Rematch(_) | EventKind::DeferLoss(_) => panic!("not generated"),
        }
    }

    /// All units of one instrument become units of another; a fraction is paid out.
    fn exchange(&mut self, account: AccountId, from: InstrumentId, to: InstrumentId, ratio: Ratio, fraction: Option<&CashInLieu>) {
        let old = self.held(account, from);
        let (numerator, denominator) = (old * (ratio.new.raw() / ONE), ratio.old.raw() / ONE);
        let mut new = numerator.div_euclid(denominator);
        let twice = 2 * numerator.rem_euclid(denominator);
        if twice > denominator || twice == denominator && new % 2 != 0 {
            new += 1;
        }
        self.units.insert((account, from), 0);
        let side = old.signum();
        if let Some(fraction) = fraction {
            new -= side * fraction.quantity.decimal().raw();
            self.pay(account, side * fraction.proceeds.amount().raw());
        }
        self.move_units(account, to, new);
    }
}

/// Basis left over all lots.
fn basis(holdings: &Holdings) -> i128 {
    let lots = holdings.accounts.iter().flat_map(AccountHoldings::lots);
    lots.map(|lot| lot.cost_basis.unwrap().amount().raw()).sum()
}

fn check(model: &Model, holdings: &Holdings, realized: &[RealizedGain], household: &Household) {
    let mut units = BTreeMap::new();
    for (index, account) in holdings.accounts.iter().enumerate() {
        let id = AccountId::from_index(index).unwrap();
        assert_eq!(account.cash_in(Currency::USD).amount().raw(), model.cash.get(&id).copied().unwrap_or_default());
        for position in account.positions() {
            let signs: Vec<bool> = position.lots.iter().map(|lot| lot.quantity.is_negative()).collect();
            assert!(signs.iter().all(|sign| *sign == signs[0]), "long and short lots side by side");
            assert!(position.lots.iter().all(|lot| !lot.quantity.is_zero()), "an empty lot");
            if household.accounts[index].basis_method == BasisMethod::Pooled {
                assert_eq!(position.lots.len(), 1, "a pool of several lots");
            }
            units.insert((id, position.instrument), position.quantity().unwrap().decimal().raw());
        }
    }
    let expected: BTreeMap<_, _> = model.units.iter().filter(|(_, units)| **units != 0).map(|(key, units)| (*key, *units)).collect();
    assert_eq!(units, expected, "units");
    let traded: i128 = model.cash.values().sum::<i128>() - model.flows;
    let gains: i128 = realized.iter().map(|gain| gain.gain().unwrap().unwrap().amount().raw()).sum();
    assert_eq!(traded + basis(holdings), model.outside + gains, "basis");
}

fn book(household: &Household) -> Book {
    household.accounts.iter().fold(Book::new(household), |book, account| {
        book.with_rules(household.find_account(&account.id).unwrap(), AccountRules { margin: true, ..AccountRules::STRICT })
    })
}

const END: &str = "2999-12-31";

/// What the books show.
type Snapshot = (Holdings, Vec<RealizedGain>);

fn snapshot(book: &Book) -> Snapshot {
    (book.holdings(date(END)).unwrap(), book.realized().to_vec())
}

/// The events of the seeds that the books accept, each with the snapshot after it; `names` are the
/// ids given to the three accounts.
fn run(seeds: &[Seed], names: [&str; 3]) -> (Household, Vec<Event>, Vec<Snapshot>) {
    let household = household(&[(names[0], ACCOUNTS[0].1), (names[1], ACCOUNTS[1].1), (names[2], ACCOUNTS[2].1)]);
    let accounts: Vec<AccountId> = names.iter().map(|name| household.find_account(name).unwrap()).collect();
    let ids = instruments(4);
    let mut model = Model::default();
    let mut book = book(&household);
    let (mut accepted, mut snapshots) = (Vec::new(), Vec::new());
    let mut day: Date = date("2000-01-03");
    let mut before = snapshot(&book);
    for (sequence, seed) in (1..).zip(seeds) {
        day = day.add_days(seed.days / 4).unwrap();
        let kind = kind(seed, &ids, &accounts, sequence);
        let event = Event { sequence, account: accounts[seed.account], dates: EventDates::on(day), fx: None, kind };
        if book.apply(&event).is_err() {
            assert_eq!(before, snapshot(&book), "a refused event left a trace");
            continue;
        }
        let after = snapshot(&book);
        model.enter(&event);
        if matches!(event.kind, EventKind::TransferOut { to: None, .. }) {
            model.outside -= basis(&before.0) - basis(&after.0);
        }
        check(&model, &after.0, &after.1, &household);
        accepted.push(event);
        snapshots.push(after.clone());
        before = after;
    }
    (household, accepted, snapshots)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(3_000) })]

    #[test]
    fn random_journals_conserve_and_replay(seeds in proptest::collection::vec(seed(), 1..50), cut in any::<proptest::sample::Index>()) {
        let (household, events, snapshots) = run(&seeds, ["a", "b", "c"]);
        prop_assume!(!events.is_empty());
        let journal = Journal::from_events(events.clone()).unwrap();
        // Any first part, and the books of any date.
        let last = cut.index(events.len());
        let mut prefix = book(&household);
        prefix.apply_all(&events[..=last]).unwrap();
        prop_assert_eq!(&snapshot(&prefix), &snapshots[last]);
        let day = events[last].dates.trade;
        let mut dated = book(&household);
        dated.apply_all(journal.through(day)).unwrap();
        let after = events.partition_point(|event| event.dates.trade <= day);
        prop_assert_eq!(&snapshot(&dated), &snapshots[after - 1]);
        prop_assert_eq!(dated.holdings(day).unwrap().accounts, snapshots[after - 1].0.accounts.clone());
    }

    #[test]
    fn the_order_of_accounts_changes_nothing(seeds in proptest::collection::vec(seed(), 1..40)) {
        let (straight, _, ours) = run(&seeds, ["a", "b", "c"]);
        let (turned, _, theirs) = run(&seeds, ["z", "y", "x"]);
        prop_assert_eq!(ours.len(), theirs.len());
        let Some(((mine, my_gains), (other, other_gains))) = ours.last().zip(theirs.last()) else { return Ok(()) };
        for (here, there) in [("a", "z"), ("b", "y"), ("c", "x")] {
            let (here, there) = (straight.find_account(here).unwrap(), turned.find_account(there).unwrap());
            prop_assert_eq!(&mine.accounts[here.index()], &other.accounts[there.index()]);
            let renamed: Vec<_> = other_gains.iter().filter(|gain| gain.account == there)
                .map(|gain| RealizedGain { account: here, ..gain.clone() }).collect();
            let gains: Vec<_> = my_gains.iter().filter(|gain| gain.account == here).cloned().collect();
            prop_assert_eq!(gains, renamed);
        }
    }
}
