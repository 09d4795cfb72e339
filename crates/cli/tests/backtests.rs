//! Decades of generated households: prices that are missing, splits, dividends, delistings; every proposal audited, and the
//! books added up anew from their journal.
//!
//! `EVENKEEL_SEEDS` sets how many households live; without it some dozens.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeMap;

use evenkeel::backtest::{Backtest, Decided, Execution, Past, Terms, backtest};
use evenkeel::boundary::{to_decimal, to_f64};
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel::market::{Action, ActionKind, FxHistory, PriceHistory, PriceKind, PricePoint};
use evenkeel_cli::audit::{Facts, audit};
use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::{EventKind, Ratio};
use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::number::{Decimal, Money, Price, Rounding};
use evenkeel_testkit::generate::{Random, World, world};

const MONTHS: i32 = 120;

/// A world with ten years before it.
struct Life {
    world: World,
    prices: PriceHistory,
    fx: FxHistory,
    actions: Vec<Action>,
    terms: Terms,
}

impl Life {
    fn new(seed: u64) -> Self {
        let mut world = world(seed);
        let mut random = Random::new(seed ^ 0xBAC7_7E57);
        let start = world.market.as_of;
        world.policy.prices.max_age_days = 45;
        world.policy.prices.max_jump = 0.9;
        let day = |month: i32| start.add_months(month).unwrap().month_end();
        let mut actions = Vec::new();
        let mut series = Vec::new();
        for (id, _) in world.universe.iter() {
            let first = world.market.price(id).map(|point| to_f64(point.price.decimal()));
            series.push(first.map_or_else(Vec::new, |first| walk(id, first, &day, &mut random, &mut actions)));
        }
        actions.sort_by_key(|action: &Action| (action.date, action.instrument));
        let pairs = world.market.fx.quotes().iter().map(|quote| {
            let rates = std::iter::once(start).chain((1..=MONTHS).map(day)).map(|date| (date, quote.rate)).collect();
            ((quote.base, quote.quote), rates)
        });
        let fx = FxHistory { pairs: pairs.collect() };
        let execution = *random.pick(&[Execution::Close, Execution::Close, Execution::NextClose]);
        let cash_rate = random.thousandths(0, 40);
        let terms = Terms { from: start, to: day(MONTHS), capital: None, execution, look: None, cash_rate };
        world.policy.costs.management_fee = if random.chance(50) { 0.005 } else { 0.0 };
        Self { prices: PriceHistory { kind: PriceKind::Raw, series }, fx, actions, terms, world }
    }

    fn past(&self) -> Past<'_> {
        let world = &self.world;
        Past {
            policy: &world.policy,
            universe: &world.universe,
            household: &world.household,
            opening: &world.holdings,
            sold: &[],
            prices: &self.prices,
            opens: None,
            fx: &self.fx,
            actions: &self.actions,
            assumptions: Some(&world.assumptions),
            signals: None,
        }
    }

    fn run(&self) -> Result<Backtest, Vec<Diagnostic>> {
        let mut watch = |decided: &Decided<'_>| {
            let Decided { policy, universe, market, household, holdings, flows, sold, proposal } = *decided;
            let facts = Facts { policy, universe, market, assumptions: Some(&self.world.assumptions), household, holdings, flows, sold };
            let objections = audit(&facts, proposal).unwrap();
            let told = |objection| Diagnostic::error(Code::OBJECTION, format!("{}: {objection:?}", market.as_of));
            if objections.is_empty() { Ok(()) } else { Err(objections.iter().map(told).collect()) }
        };
        backtest(&self.past(), &self.terms, &mut watch)
    }
}

/// Monthly prices with holes, and what happens to an instrument on the way.
fn walk(id: InstrumentId, first: f64, day: &dyn Fn(i32) -> Date, random: &mut Random, actions: &mut Vec<Action>) -> Vec<PricePoint> {
    let price = |value: f64| Price::new(to_decimal(value.max(0.01), Rounding::HalfEven).unwrap().round_to(4, Rounding::HalfEven).unwrap());
    let mut value = first;
    let mut points = vec![PricePoint { price: price(first), date: day(0).add_months(0).unwrap() }];
    points[0].date = day(0).min(points[0].date);
    for month in 1..=MONTHS {
        let date = day(month);
        value *= 1.0 + random.thousandths(-80, 90);
        if random.chance(1) {
            let new = random.between(2, 4);
            let ratio = Ratio { new: Decimal::from_int(new), old: Decimal::ONE };
            value /= to_f64(ratio.new);
            actions.push(Action { date, instrument: id, kind: ActionKind::Split { ratio } });
        } else if month % 3 == 0 && random.chance(70) {
            let kind = ActionKind::Dividend { per_unit: price(0.005 * value), qualified: random.thousandths(0, 1_000) };
            actions.push(Action { date, instrument: id, kind });
        } else if random.between(1, 600) == 1 {
            let per_unit = if random.chance(50) { Price::ZERO } else { price(value) };
            actions.push(Action { date, instrument: id, kind: ActionKind::Delisting { per_unit } });
            return points;
        }
        if !random.chance(3) {
            points.push(PricePoint { price: price(value), date });
        }
    }
    points
}

/// Cash and units of each account from the events alone.
fn added_up(run: &Backtest) -> (BTreeMap<usize, Decimal>, BTreeMap<(usize, InstrumentId), Decimal>) {
    let (mut cash, mut units): (BTreeMap<usize, Decimal>, BTreeMap<(usize, InstrumentId), Decimal>) = Default::default();
    for event in run.journal.events() {
        let account = event.account.index();
        let mut pay = |money: Money| {
            let sum = cash.entry(account).or_default();
            *sum = sum.try_add(money.amount()).unwrap();
        };
        let mut add = |instrument: InstrumentId, quantity: Decimal| {
            let sum = units.entry((account, instrument)).or_default();
            *sum = sum.try_add(quantity).unwrap();
        };
        match &event.kind {
            EventKind::Buy(trade) => {
                pay(trade.gross.neg());
                pay(trade.fees.neg());
                add(trade.instrument, trade.quantity.decimal());
            }
            EventKind::Sell(trade) => {
                pay(trade.gross);
                pay(trade.fees.neg());
                add(trade.instrument, trade.quantity.decimal().neg());
            }
            EventKind::Dividend { income, .. } | EventKind::Interest { income, .. } => pay(income.gross),
            EventKind::Deposit(money) => pay(*money),
            EventKind::Withdrawal(money) | EventKind::Fee(money) | EventKind::Tax(money) => pay(money.neg()),
            EventKind::TransferIn(lots) => lots.iter().for_each(|lot| add(lot.instrument, lot.quantity.decimal())),
            EventKind::Split { instrument, ratio, .. } => {
                let held = units.entry((account, *instrument)).or_default();
                *held = held.pro_rata(ratio.new, ratio.old, Rounding::HalfEven).unwrap();
            }
            other => panic!("no backtest enters {other:?}"),
        }
    }
    (cash, units)
}

/// What was held at the end is what the events add up to, to the last unit, and is what the last day says it is worth.
fn conserves(life: &Life, run: &Backtest) -> Result<(), String> {
    let (cash, units) = added_up(run);
    let mut worth = 0.0;
    let base = life.world.policy.base_currency;
    for (index, held) in run.holdings.accounts.iter().enumerate() {
        let foreign = held.cash().iter().any(|money| money.currency() != base);
        let own = held.cash_in(base).amount();
        if !foreign && own != cash.get(&index).copied().unwrap_or_default() {
            return Err(format!("account {index} has cash of {own}, and its events come to {:?}", cash.get(&index)));
        }
        for money in held.cash() {
            let rate = life.world.market.fx.conversion(money.currency(), base).unwrap();
            worth += to_f64(money.amount()) * to_f64(rate.numerator) / to_f64(rate.denominator);
        }
        for position in held.positions() {
            let (own, events) =
                (position.quantity().unwrap().decimal(), units.get(&(index, position.instrument)).copied().unwrap_or_default());
            // A split may round each lot.
            if to_f64(own.try_sub(events).unwrap()).abs() > 1e-6 {
                return Err(format!("account {index} holds {own}, and its events come to {events}"));
            }
            let last = life.prices.series[position.instrument.index()].last().unwrap();
            // A price from before a split is of the old units.
            let since = life.actions.iter().filter(|action| action.instrument == position.instrument && action.date > last.date);
            let split = since.fold(1.0, |split, action| match action.kind {
                ActionKind::Split { ratio } => split * to_f64(ratio.new) / to_f64(ratio.old),
                _ => split,
            });
            let currency = life.world.universe.get(position.instrument).unwrap().currency;
            let rate = life.world.market.fx.conversion(currency, base).unwrap();
            worth += to_f64(own) * to_f64(last.price.decimal()) / split * to_f64(rate.numerator) / to_f64(rate.denominator);
        }
    }
    let told = run.days.last().unwrap().value;
    if (told - worth).abs() > 1e-6 * worth.abs().max(1.0) {
        Err(format!("the last day says {told}, and what is held is worth {worth}"))
    } else {
        Ok(())
    }
}

#[test]
fn generated_households_live_for_ten_years_without_an_objection() {
    let seeds = std::env::var("EVENKEEL_SEEDS").ok().and_then(|text| text.parse::<u64>().ok()).unwrap_or(60);
    let first = std::env::var("EVENKEEL_FIRST_SEED").ok().and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    let (mut lived, mut traded, mut failures) = (0, 0, Vec::new());
    for seed in first..first + seeds {
        let life = Life::new(seed);
        match life.run() {
            Ok(run) => {
                lived += 1;
                traded += run.acted.len();
                failures.extend(conserves(&life, &run).err().map(|error| format!("seed {seed}: {error}")));
            }
            Err(told) => {
                // What cannot be run is said by the inputs' own faults.
                let excused = [
                    Code::JOURNAL,
                    Code::NO_HISTORY,
                    Code::FOREIGN_CURRENCY,
                    Code::NO_EXCHANGE_RATE,
                    Code::NO_PRICE,
                    Code::SCHEDULE_UNKNOWN,
                    Code::FLOW_CURRENCY,
                ];
                if let Some(other) = told.iter().find(|told| !excused.contains(&told.code)) {
                    failures.push(format!("seed {seed}: {} {}", other.code, other.message));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} of {seeds} fail:\n{}", failures.len(), failures.into_iter().take(12).collect::<Vec<_>>().join("\n"));
    assert!(lived * 4 > seeds && traded > 0, "only {lived} of {seeds} households lived, with {traded} decisions");
}
