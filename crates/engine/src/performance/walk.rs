//! [`days`]: values and flows by day and group.

use std::collections::{BTreeMap, BTreeSet};

use evenkeel_ledger::account::AccountId;
use evenkeel_ledger::book::{AccountRules, Book};
use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::{Event, EventKind};
use evenkeel_ledger::fx::{FxError, FxRates};
use evenkeel_ledger::holdings::Holdings;
use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::number::Currency;

use crate::backtest::Tape;
use crate::boundary::to_f64;
use crate::diagnostic::{Code, Diagnostic};
use crate::market::{PriceHistory, PriceKind};
use crate::portfolio::State;
use crate::words::{counted, percent};

use super::earned::CENT;
use super::exchange::{no_rate, rate, rates_of};
use super::group::{Cell, Grouping, Groups};
use super::measured_prices::{Split, divide, measured_prices, unsuspecting};
use super::moves::{Moves, Reader, acquired};
use super::record::Record;

/// The days that are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// The first; that of the first event where left out.
    pub from: Option<Date>,
    /// The last; that of the last price where left out.
    pub to: Option<Date>,
}

/// A group on a day, in the base currency.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Held {
    /// Value at the close.
    pub value: f64,
    /// What came into the group less what went out.
    pub flow: f64,
    /// Fees that it paid.
    pub fees: f64,
    /// Taxes that it paid, and that were withheld from it.
    pub taxes: f64,
}

/// Values and flows by day and group.
#[derive(Debug, Clone, PartialEq)]
pub struct Days {
    /// Names of the groups.
    pub names: Vec<String>,
    /// The days, ascending.
    pub dates: Vec<Date>,
    /// The day at whose close the span begins: the last priced one before the first, or that where nothing was held before.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// Value of each group before the first day.
    pub opening: Vec<f64>,
    /// By day, then by group.
    pub rows: Vec<Vec<Held>>,
    /// What should be known of the values.
    pub notes: Vec<String>,
}

/// What a series of returns begins with: far above what counts as nothing.
const OPENING: f64 = 1e6;

impl Days {
    /// A series of returns as days of one group, from a million on; each return stands on the day at which it ends.
    pub fn of_returns(name: &str, from: Date, dates: Vec<Date>, returns: &[f64]) -> Self {
        let mut value = OPENING;
        let of_day = |earned: &f64| {
            value *= 1.0 + earned;
            vec![Held { value, ..Held::default() }]
        };
        Self {
            names: vec![name.to_owned()],
            from,
            to: dates.last().copied().unwrap_or(from),
            rows: returns.iter().map(of_day).collect(),
            dates,
            opening: vec![OPENING],
            notes: Vec::new(),
        }
    }

    /// A group over the days.
    pub fn group(&self, number: usize) -> Vec<Held> {
        self.rows.iter().map(|row| row.get(number).copied().unwrap_or_default()).collect()
    }

    /// All groups together over the days.
    pub fn total(&self) -> Vec<Held> {
        let add = |sum: Held, held: &Held| Held {
            value: sum.value + held.value,
            flow: sum.flow + held.flow,
            fees: sum.fees + held.fees,
            taxes: sum.taxes + held.taxes,
        };
        self.rows.iter().map(|row| row.iter().fold(Held::default(), add)).collect()
    }

    /// Value of all groups before the first day.
    pub fn opening_total(&self) -> f64 {
        self.opening.iter().sum()
    }
}

/// Replays a journal over the days on which anything is priced, and values what is held.
///
/// # Errors
/// No days, an event that the books refuse, something held without a price, a missing exchange rate.
pub fn days(record: &Record<'_>, groups: &Groups, span: Span) -> Result<Days, Vec<Diagnostic>> {
    let Some(first) = record.journal.events().first().map(|event| event.dates.trade) else {
        return Err(none("the journal has no events", "give the journal of the accounts"));
    };
    let from = span.from.unwrap_or(first);
    if let Some(to) = span.to.filter(|to| *to < from) {
        let message = match span.from {
            Some(from) => format!("the first day {from} is after the last, {to}"),
            None => format!("the journal begins on {first}, and the last day is {to}"),
        };
        return Err(none(&message, "give a later last day, or an earlier first one"));
    }
    let priced: BTreeSet<Date> = record.prices.series.iter().flatten().map(|point| point.date).collect();
    let until = |date: &Date| span.to.is_none_or(|to| *date <= to);
    let dates: Vec<Date> = priced.range(from.max(first)..).copied().filter(until).collect();
    let (Some(start), Some(end)) = (dates.first().copied(), dates.last().copied()) else {
        let message =
            format!("there is no price of any day from {} on{}", from.max(first), span.to.map_or(String::new(), |to| format!(" to {to}")));
        return Err(none(&message, "add prices of these days, or choose others"));
    };
    let splits = splits(record);
    let prices = measured_prices(record.prices, &splits, &record.rules);
    let mut walk = Walk::new(record, groups, &prices, &splits);
    let before = priced.range(..start).next_back().copied().filter(|before| first <= *before);
    let mut opening = vec![0.0; groups.names.len()];
    if let Some(before) = before {
        opening = walk.pass(before)?.iter().map(|held| held.value).collect();
    }
    let rows = dates.iter().map(|day| walk.pass(*day)).collect::<Result<Vec<_>, _>>()?;
    Ok(Days { names: groups.names.clone(), from: before.unwrap_or(start), to: end, dates, opening, rows, notes: walk.notes() })
}

/// What is held at the close of a day, and what a unit of each instrument is worth then in the base currency.
pub(super) fn closing(record: &Record<'_>, day: Date) -> Result<(Holdings, Vec<Option<f64>>), Vec<Diagnostic>> {
    let splits = splits(record);
    let prices = measured_prices(record.prices, &splits, &record.rules);
    let nothing = Groups::new(Grouping::Household, record.household, record.universe);
    let mut walk = Walk::new(record, &nothing, &prices, &splits);
    let first = record.journal.events().first().map_or(day, |event| event.dates.trade);
    let priced: BTreeSet<Date> = record.prices.series.iter().flatten().map(|point| point.date).collect();
    for day in priced.range(first..=day.max(first)) {
        walk.pass(*day)?;
    }
    let held = walk.book.holdings(day).map_err(|error| {
        vec![Diagnostic::error(Code::JOURNAL, format!("what is held on {day} cannot be counted: {error}")).help("check the quantities")]
    })?;
    let fx = walk.rates(day)?;
    let worth = record.universe.iter().map(|(id, _)| walk.unit_value(id, day, &fx).map_err(|error| no_rate(&error, day)));
    let worth = worth.collect::<Result<_, _>>()?;
    Ok((held, worth))
}

/// The splits of the journal, each once.
pub(super) fn splits(record: &Record<'_>) -> Vec<Split> {
    let mut known = BTreeMap::new();
    for event in record.journal.events() {
        if let EventKind::Split { instrument, ratio, .. } = &event.kind {
            known.insert((*instrument, event.dates.trade), *ratio);
        }
    }
    known.into_iter().map(|((instrument, date), ratio)| (instrument, date, ratio)).collect()
}

fn none(message: &str, help: &str) -> Vec<Diagnostic> {
    vec![Diagnostic::error(Code::NO_HISTORY, message).help(help)]
}

pub(super) struct Walk<'a> {
    record: &'a Record<'a>,
    groups: &'a Groups,
    /// The groups of cells that were asked for.
    known: BTreeMap<Cell, Vec<(usize, f64)>>,
    book: Book,
    tape: Tape<'a>,
    events: &'a [Event],
    /// Units of each cell; of cash, money.
    units: BTreeMap<Cell, f64>,
    /// New units for an old one by instrument, of splits that prices are adjusted for.
    splits: BTreeMap<InstrumentId, Vec<(Date, f64)>>,
    /// Splits that the tape has seen.
    seen: BTreeSet<(InstrumentId, Date)>,
    /// Days on which a price was old, and the first of them.
    stale: BTreeMap<InstrumentId, (usize, Date)>,
    /// Days on which cash of an account was below zero, the first of them, and the least.
    overdrawn: BTreeMap<(usize, Currency), (usize, Date, f64)>,
    is_foreign: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(record: &'a Record<'a>, groups: &'a Groups, prices: &'a PriceHistory, splits: &[Split]) -> Self {
        // What was done is measured, not judged: accounts may be overdrawn, which is told.
        let rules = AccountRules { margin: true, short: record.allows_short, matching_days: 0 };
        let accounts = (0..record.household.accounts.len()).filter_map(AccountId::from_index);
        let book = accounts.fold(Book::new(record.household), |book, account| book.with_rules(account, rules));
        let mut ratios: BTreeMap<InstrumentId, Vec<(Date, f64)>> = BTreeMap::new();
        for (instrument, date, ratio) in splits {
            ratios.entry(*instrument).or_default().push((*date, to_f64(ratio.new) / to_f64(ratio.old)));
        }
        let currencies = record.universe.iter().map(|(_, instrument)| instrument.currency);
        let is_foreign =
            currencies.chain(record.household.accounts.iter().map(|account| account.currency)).any(|other| other != record.base);
        Self {
            record,
            groups,
            known: BTreeMap::new(),
            book,
            tape: Tape::new(prices, unsuspecting(record.rules)),
            events: record.journal.events(),
            units: BTreeMap::new(),
            splits: ratios,
            seen: BTreeSet::new(),
            stale: BTreeMap::new(),
            overdrawn: BTreeMap::new(),
            is_foreign: is_foreign || !record.fx.pairs.is_empty(),
        }
    }

    /// Passes to a day, and values it.
    fn pass(&mut self, day: Date) -> Result<Vec<Held>, Vec<Diagnostic>> {
        let (today, fx) = self.begin(day)?;
        let moves = self.enter(today, day, &fx)?;
        let mut row = vec![Held::default(); self.groups.names.len()];
        let units: Vec<(Cell, f64)> = self.units.iter().map(|(cell, units)| (*cell, *units)).collect();
        for (cell, units) in units {
            self.tell_overdrawn(cell, units, day);
            let value = units * self.cell_value(cell, day, &fx)?;
            self.spread(cell, &mut row, |held, share| held.value += share * value);
        }
        for (cell, amount) in &moves.flows {
            self.spread(*cell, &mut row, |held, share| held.flow += share * amount);
        }
        for (cell, amount) in &moves.fees {
            self.spread(*cell, &mut row, |held, share| held.fees += share * amount);
        }
        for (cell, amount) in &moves.taxes {
            self.spread(*cell, &mut row, |held, share| held.taxes += share * amount);
        }
        Ok(row)
    }

    /// The events up to a day that were not passed, with the prices and rates of the day.
    fn begin(&mut self, day: Date) -> Result<(&'a [Event], FxRates), Vec<Diagnostic>> {
        let count = self.events.partition_point(|event| event.dates.trade <= day);
        let (today, later) = self.events.split_at(count);
        self.events = later;
        self.split_prices(today)?;
        self.tape.advance(day);
        Ok((today, self.rates(day)?))
    }

    fn enter(&mut self, events: &[Event], day: Date, fx: &FxRates) -> Result<Moves, Vec<Diagnostic>> {
        let moves = self.apply(events, day, fx)?;
        if !events.is_empty() {
            self.count_units(day)?;
        }
        Ok(moves)
    }

    /// Passes to a day: what was held before its first acquisition and at its end, at the prices of its close.
    pub(super) fn pass_around(&mut self, day: Date) -> Result<(State, State), Vec<Diagnostic>> {
        let (today, fx) = self.begin(day)?;
        let first = today.iter().position(|event| acquired(&event.kind).next().is_some()).unwrap_or(today.len());
        let (earlier, later) = today.split_at(first);
        self.enter(earlier, day, &fx)?;
        let before = self.state(day, &fx)?;
        self.enter(later, day, &fx)?;
        let after = if later.is_empty() { before.clone() } else { self.state(day, &fx)? };
        Ok((before, after))
    }

    fn state(&mut self, day: Date, fx: &FxRates) -> Result<State, Vec<Diagnostic>> {
        let units: Vec<(Cell, f64)> = self.units.iter().map(|(cell, units)| (*cell, *units)).collect();
        let (mut held, mut cash) = (Vec::new(), 0.0);
        for (cell, units) in units {
            let value = units * self.cell_value(cell, day, fx)?;
            match cell {
                Cell::Cash(..) => cash += value,
                Cell::Held(_, instrument) => held.push((instrument, value)),
            }
        }
        Ok(State::new(held, cash))
    }

    fn tell_overdrawn(&mut self, cell: Cell, money: f64, day: Date) {
        if let Cell::Cash(account, currency) = cell
            && money < -CENT
        {
            let (days, _, least) = self.overdrawn.entry((account, currency)).or_insert((0, day, 0.0));
            *days += 1;
            *least = least.min(money);
        }
    }

    fn spread(&mut self, cell: Cell, row: &mut [Held], mut add: impl FnMut(&mut Held, f64)) {
        let groups = self.groups;
        for (group, share) in self.known.entry(cell).or_insert_with(|| groups.of(cell)) {
            if let Some(held) = row.get_mut(*group) {
                add(held, *share);
            }
        }
    }

    /// Prices as traded from before a split compare with those after it only once divided.
    fn split_prices(&mut self, today: &[Event]) -> Result<(), Vec<Diagnostic>> {
        if self.record.prices.kind != PriceKind::Raw {
            return Ok(());
        }
        for event in today {
            if let EventKind::Split { instrument, ratio, .. } = &event.kind
                && self.seen.insert((*instrument, event.dates.trade))
            {
                divide(&mut self.tape, (*instrument, event.dates.trade, *ratio))?;
            }
        }
        Ok(())
    }

    fn apply(&mut self, today: &[Event], day: Date, fx: &FxRates) -> Result<Moves, Vec<Diagnostic>> {
        let mut moves = Moves::default();
        for event in today {
            let before = if changes_units(&event.kind) { Some(self.book.clone()) } else { None };
            self.book.apply(event).map_err(|error| {
                let message = format!("on {} the books refuse event {}: {error}", event.dates.trade, event.sequence);
                let help =
                    "correct that event; `evenkeel journal replay` tells where it stands. Short sales are recorded as such, or allowed";
                vec![Diagnostic::error(Code::JOURNAL, message).help(help)]
            })?;
            let unit_value = |instrument: InstrumentId| self.unit_value(instrument, day, fx).ok().flatten().unwrap_or(0.0);
            let reader = Reader { fx, base: self.record.base, unit_value: &unit_value };
            let before = before.as_ref().unwrap_or(&self.book);
            reader.read(event, before, &self.book, &mut moves).map_err(|error| no_rate(&error, day))?;
        }
        Ok(moves)
    }

    fn count_units(&mut self, day: Date) -> Result<(), Vec<Diagnostic>> {
        let held = self.book.holdings(day).map_err(|error| {
            vec![Diagnostic::error(Code::JOURNAL, format!("what is held on {day} cannot be counted: {error}")).help("check the quantities")]
        })?;
        self.units.clear();
        for (account, held) in held.accounts.iter().enumerate() {
            self.units.extend(held.cash().iter().map(|money| (Cell::Cash(account, money.currency()), to_f64(money.amount()))));
            let units = held.positions().map(|position| {
                let units: f64 = position.lots.iter().map(|lot| to_f64(lot.quantity.decimal())).sum();
                (Cell::Held(account, position.instrument), units)
            });
            self.units.extend(units);
        }
        self.units.retain(|_, units| *units != 0.0);
        Ok(())
    }

    /// What one unit of a cell is worth in the base currency.
    fn cell_value(&mut self, cell: Cell, day: Date, fx: &FxRates) -> Result<f64, Vec<Diagnostic>> {
        match cell {
            Cell::Cash(_, currency) => self.rate(currency, fx).map_err(|error| no_rate(&error, day)),
            Cell::Held(_, instrument) => {
                if self.tape.age(instrument, day).is_some_and(|age| i64::from(age) > i64::from(self.record.rules.max_age_days)) {
                    self.stale.entry(instrument).or_insert((0, day)).0 += 1;
                }
                self.unit_value(instrument, day, fx).map_err(|error| no_rate(&error, day))?.ok_or_else(|| {
                    let symbol = self.record.universe.symbol(instrument);
                    let message = format!("`{symbol}` is held on {day} and has no usable price by then");
                    vec![
                        Diagnostic::error(Code::NO_PRICE, message).help("add a price of that day or before, or begin later: `--from DATE`"),
                    ]
                })
            }
        }
    }

    fn unit_value(&self, instrument: InstrumentId, day: Date, fx: &FxRates) -> Result<Option<f64>, FxError> {
        let Some(point) = self.tape.last(instrument) else { return Ok(None) };
        let currency = self.record.universe.get(instrument).map_or(self.record.base, |instrument| instrument.currency);
        let mut value = to_f64(point.price.decimal());
        if self.record.prices.kind != PriceKind::Raw {
            // Adjusted prices are those of units after all splits; the books still count those before them.
            let later = self.splits.get(&instrument).into_iter().flatten().filter(|(date, _)| *date > day);
            value *= later.map(|(_, ratio)| ratio).product::<f64>();
        }
        Ok(Some(value * self.rate(currency, fx)?))
    }

    fn rate(&self, currency: Currency, fx: &FxRates) -> Result<f64, FxError> {
        rate(currency, self.record.base, fx)
    }

    /// The last exchange rate of each pair.
    fn rates(&self, day: Date) -> Result<FxRates, Vec<Diagnostic>> {
        if self.is_foreign { rates_of(self.record.fx, day) } else { Ok(FxRates::default()) }
    }

    fn notes(&self) -> Vec<String> {
        let told = self.stale.iter().map(|(instrument, (days, first))| {
            let symbol = self.record.universe.symbol(*instrument);
            let limit = self.record.rules.max_age_days;
            let times = counted(*days, "day");
            format!("`{symbol}` was held on {times} without a price of the last {limit} days, first on {first}: its last one stood.")
        });
        let overdrawn = self.overdrawn.iter().map(|((account, currency), (days, first, least))| {
            let account = self.record.household.accounts.get(*account).map_or("", |account| account.id.as_str());
            let (times, least) = (counted(*days, "day"), -least);
            format!("`{account}` owed cash on {times}, first on {first}, at most {least:.2} {currency}: it counts below zero.")
        });
        told.chain(overdrawn).chain(self.units.keys().filter_map(|cell| self.unconfirmed(*cell))).collect()
    }

    /// That what is held at the end is valued at a price that jumped, and that no later one confirms.
    fn unconfirmed(&self, cell: Cell) -> Option<String> {
        let Cell::Held(_, instrument) = cell else { return None };
        let change = self.tape.last_change(instrument).filter(|change| change.abs() > self.record.rules.max_jump)?;
        let (symbol, day) = (self.record.universe.symbol(instrument), self.tape.last(instrument)?.date);
        let change = percent(change);
        Some(format!(
            "The last price of `{symbol}`, of {day}, is {change} from the one before, and none after it confirms it: it counts all the same."
        ))
    }
}

/// Whether an event turns units of one instrument into those of another, which is told by the books before and after it.
const fn changes_units(kind: &EventKind) -> bool {
    matches!(kind, EventKind::SymbolChange { .. } | EventKind::Merger { .. } | EventKind::SpinOff(_))
}
