//! What accounts have earned, from their journal and prices alone: by hand, and as the backtest that wrote the journal says.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::float_cmp, reason = "tests")]

mod common;

use common::{USD, day, policy, quantity, usd};
use evenkeel::attribution::{Method, Segments, of_books, report as attributed};
use evenkeel::backtest::{Backtest, Execution, Past, Terms, backtest};
use evenkeel::boundary::{to_decimal, to_f64};
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel::market::{Action, ActionKind, FxHistory, PriceHistory, PriceKind, PricePoint};
use evenkeel::performance::{
    Days, Every, Grouping, Groups, Net, Performance, Record, Settings, Span, Timing, days, earned, policy_mix, report,
};
use evenkeel::policy::{Band, CashFlow, Policy};
use evenkeel::portfolio::Sleeves;
use evenkeel_ledger::account::{Account, AccountId, TaxTreatment};
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::{Event, EventDates, EventKind, Income, Ratio, Trade, TransferredLot};
use evenkeel_ledger::fx::FxQuote;
use evenkeel_ledger::holdings::Holdings;
use evenkeel_ledger::household::{FilingStatus, GainsByTerm, Household, Owner, TaxRates};
use evenkeel_ledger::instrument::{Instrument, Universe};
use evenkeel_ledger::journal::Journal;
use evenkeel_ledger::lot::LotId;
use evenkeel_ledger::number::{Currency, Decimal, Money, Price, Rounding};
use evenkeel_ledger::select::{LotMethod, LotSelection};
use evenkeel_quant::attribution::brinson::{Interaction, Model};
use evenkeel_quant::attribution::linking::Linking;
use evenkeel_quant::attribution::segment::Segment;
use proptest::prelude::*;

fn household(tax_treatment: TaxTreatment) -> Household {
    let rate = |text: &str| text.parse().unwrap();
    let owner = Owner {
        id: "owner".to_owned(),
        name: None,
        birth_date: None,
        filing_status: FilingStatus::Single,
        jurisdiction: "US".to_owned(),
        rates: TaxRates { ordinary: rate("0.3"), long_term: rate("0.15"), state: rate("0") },
        spouse: None,
        year_to_date: GainsByTerm::zero(USD),
        carry_forward: GainsByTerm::zero(USD),
        income: None,
    };
    let account = |id: &str| Account { tax_treatment, ..Account::new(id, "owner", USD) };
    Household::new("h", vec![owner], vec![account("a"), account("b")]).unwrap()
}

fn universe() -> Universe {
    let instrument = |symbol: &str, class: &str| Instrument::new(symbol, ClassPath::new(class).unwrap(), USD);
    Universe::new(vec![instrument("A", "Equity"), instrument("B", "Bonds")]).unwrap()
}

fn halves() -> Policy {
    let mut policy = policy(&[("Equity", "0.5", &["A"]), ("Bonds", "0.5", &["B"])]);
    for node in &mut policy.tree.nodes {
        node.band = Band { absolute: Some(0.02), relative: None };
    }
    policy.prices.max_jump = 10.0;
    policy.prices.max_age_days = 60;
    policy
}

fn prices(kind: PriceKind, dates: &[Date], values: [&[f64]; 2]) -> PriceHistory {
    let price = |value: f64| Price::new(to_decimal(value, Rounding::HalfEven).unwrap());
    let series = |values: &[f64]| dates.iter().zip(values).map(|(date, value)| PricePoint { price: price(*value), date: *date }).collect();
    PriceHistory { kind, series: values.map(series).to_vec() }
}

/// Weekdays from a day on.
fn weekdays(start: &str, count: usize) -> Vec<Date> {
    let start = day(start);
    let all = (0..).map(|days| start.add_days(days).unwrap());
    all.filter(|date| !matches!(date.weekday().number(), 6 | 7)).take(count).collect()
}

fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found} is not {expected}");
}

/// A world with a journal.
struct World {
    household: Household,
    universe: Universe,
    journal: Journal,
    prices: PriceHistory,
    fx: FxHistory,
    policy: Policy,
}

impl World {
    fn new(prices: PriceHistory, events: Vec<(&str, usize, EventKind)>) -> Self {
        let events = events.into_iter().zip(1..).map(|((date, account, kind), sequence)| Event {
            sequence,
            account: AccountId::from_index(account).unwrap(),
            dates: EventDates::on(day(date)),
            fx: None,
            kind,
        });
        let journal = Journal::from_events(events).unwrap();
        Self {
            household: household(TaxTreatment::Untaxed),
            universe: universe(),
            journal,
            prices,
            fx: FxHistory::default(),
            policy: halves(),
        }
    }

    fn record(&self) -> Record<'_> {
        Record {
            household: &self.household,
            universe: &self.universe,
            journal: &self.journal,
            prices: &self.prices,
            fx: &self.fx,
            rules: self.policy.prices,
            allows_short: false,
            base: USD,
        }
    }

    fn days(&self, grouping: Grouping, span: Span) -> Result<Days, Vec<Diagnostic>> {
        days(&self.record(), &Groups::new(grouping, &self.household, &self.universe), span)
    }

    fn report(&self, grouping: Grouping, span: Span) -> Performance {
        report(&self.days(grouping, span).unwrap(), USD, &settings())
    }
}

fn settings() -> Settings<'static> {
    Settings {
        every: Every::Month,
        timing: Timing::EndOfDay,
        net: Net::NetOfFees,
        risk_free: 0.0,
        minimum: 0.0,
        benchmark: None,
        consumer_prices: None,
        indices: &[],
    }
}

fn trade(world: &Universe, symbol: &str, units: &str, gross: &str, fees: &str) -> Trade {
    let instrument = world.find(symbol).unwrap();
    Trade { instrument, quantity: quantity(units), gross: usd(gross), fees: usd(fees), selection: LotSelection::By(LotMethod::Fifo) }
}

fn buy(symbol: &str, units: &str, gross: &str, fees: &str) -> EventKind {
    EventKind::Buy(trade(&universe(), symbol, units, gross, fees))
}

fn cash_income(gross: &str, withheld: &str) -> Income {
    Income { gross: usd(gross), withheld: usd(withheld), reinvested: None }
}

/// Four days by hand: 1000 come in, 10 A are bought at 50 for a charge of 5; A rises to 55; 200 come in, and a fee of 4 is paid; A pays
/// a dividend of 10 of which 3 are withheld.
fn four_days() -> World {
    let dates = ["2024-01-02", "2024-01-03", "2024-01-04", "2024-02-01"].map(day);
    let prices = prices(PriceKind::Raw, &dates, [&[50.0, 55.0, 55.0, 54.0], &[10.0; 4]]);
    let dividend = EventKind::Dividend { instrument: universe().find("A").unwrap(), income: cash_income("10", "3") };
    World::new(
        prices,
        vec![
            ("2024-01-02", 0, EventKind::Deposit(usd("1000"))),
            ("2024-01-02", 0, buy("A", "10", "500", "5")),
            ("2024-01-04", 0, EventKind::Deposit(usd("200"))),
            ("2024-01-04", 0, EventKind::Fee(usd("4"))),
            ("2024-01-31", 0, dividend),
            ("2024-01-31", 0, EventKind::Tax(usd("6"))),
        ],
    )
}

#[test]
fn returns_by_hand() {
    let told = four_days().report(Grouping::Class, Span::default());
    // 1000 → 995 → 1045; then 200 in and 4 of fees: 1241; then A falls by 10, pays 7 after 3 of tax, and 6 of tax are paid: 1232.
    assert_eq!((told.total.start, told.total.end, told.total.flow, told.total.fees, told.total.taxes), (0.0, 1232.0, 1200.0, 4.0, 9.0));
    close(told.total.after_tax.total.unwrap(), 0.995 * (1045.0 / 995.0) * (1041.0 / 1045.0) * (1232.0 / 1241.0) - 1.0, 1e-14);
    close(told.total.net.total.unwrap(), 0.995 * (1045.0 / 995.0) * (1041.0 / 1045.0) * (1241.0 / 1241.0) - 1.0, 1e-14);
    close(told.total.gross.total.unwrap(), 0.995 * (1045.0 / 995.0) - 1.0, 1e-14);
    assert_eq!(told.total.net.annual, None, "a month is not scaled up to a year");
    // Two months, and contributions that add up.
    assert_eq!(told.total.stretches.len(), 2);
    close(told.parts.iter().map(|part| part.contribution).sum(), told.total.net.total.unwrap(), 1e-14);
    let names: Vec<&str> = told.parts.iter().map(|part| part.name.as_str()).collect();
    assert_eq!(names, ["Cash", "Equity"], "nothing was held of bonds");
    // Equity: 505 for 500 on the first day, + 10 %, 0, then (540 + 10 − 550) ÷ 550 before tax.
    close(told.parts[1].net.total.unwrap(), (500.0 / 505.0) * 1.1 - 1.0, 1e-14);
    close(told.parts[1].after_tax.total.unwrap(), (500.0 / 505.0) * 1.1 * (547.0 / 550.0) - 1.0, 1e-14);
    // Money-weighted: 1000 on the first day, 200 two days later, and what tax took was taken out.
    let value = |rate: f64| {
        let at = |days: f64| (1.0 + rate).powf(-days / 365.0);
        -1000.0 - 200.0 * at(2.0) + (1232.0 + 9.0) * at(30.0)
    };
    assert!(value(told.total.money_weighted.rates[0]).abs() < 1e-9);
    assert_eq!(told.total.money_weighted.rates.len(), 1);
    assert_eq!(told.total.money_weighted.annual, None, "a month is not scaled up to a year");
    close(told.total.modified_dietz.unwrap(), 41.0 / (1000.0 + 200.0 * 28.0 / 30.0), 1e-12);
}

#[test]
fn a_span_begins_with_what_was_held() {
    let span = Span { from: Some(day("2024-01-04")), to: Some(day("2024-01-10")) };
    let told = four_days().report(Grouping::Household, span);
    assert_eq!((told.from, told.to, told.total.start), (day("2024-01-03"), day("2024-01-04"), 1045.0));
    close(told.total.net.total.unwrap(), 1041.0 / 1045.0 - 1.0, 1e-14);
    assert!(told.parts.is_empty(), "all of it is one");
}

#[test]
fn flows_at_the_start_of_a_day_share_in_it() {
    let world = four_days();
    let days = world.days(Grouping::Household, Span::default()).unwrap();
    let third = |timing| earned(0.0, &days.total(), Net::NetOfFees, timing).returns[2];
    close(third(Timing::EndOfDay), -4.0 / 1045.0, 1e-15);
    close(third(Timing::StartOfDay), -4.0 / 1245.0, 1e-15);
    close(third(Timing::InAtStart), -4.0 / 1245.0, 1e-15);
}

#[test]
fn transfers_are_flows_of_accounts_and_not_of_the_household() {
    let dates = weekdays("2024-01-02", 3);
    let a = universe().find("A").unwrap();
    let lot = TransferredLot {
        id: LotId::Number(9),
        instrument: a,
        quantity: quantity("10"),
        cost_basis: None,
        acquired: None,
        held_since: None,
    };
    let to = AccountId::from_index(1);
    let out = EventKind::TransferOut { instrument: a, quantity: quantity("4"), selection: LotSelection::By(LotMethod::Fifo), to };
    let world = World::new(
        prices(PriceKind::Raw, &dates, [&[100.0, 110.0, 121.0], &[1.0; 3]]),
        vec![("2024-01-02", 0, EventKind::TransferIn(vec![lot].into_boxed_slice())), ("2024-01-03", 0, out)],
    );
    let told = world.report(Grouping::Account, Span::default());
    assert_eq!((told.total.flow, told.total.end), (1000.0, 1210.0));
    close(told.total.net.total.unwrap(), 0.21, 1e-14);
    assert_eq!((told.parts[0].flow, told.parts[1].flow), (1000.0 - 440.0, 440.0));
    close(told.parts[0].net.total.unwrap(), 0.21, 1e-14);
    close(told.parts[1].net.total.unwrap(), 0.1, 1e-14);
    close(told.parts.iter().map(|part| part.contribution).sum(), 0.21, 1e-14);
}

/// A split of two for one halves prices as traded, and leaves adjusted ones as they are.
#[test]
fn a_split_earns_nothing_whatever_the_prices() {
    let dates = weekdays("2024-01-02", 3);
    let a = universe().find("A").unwrap();
    let split = EventKind::Split { instrument: a, ratio: Ratio { new: Decimal::from_int(2), old: Decimal::ONE }, cash_in_lieu: None };
    for (kind, values) in [(PriceKind::Raw, [100.0, 100.0, 55.0]), (PriceKind::SplitAdjusted, [50.0, 50.0, 55.0])] {
        let events = vec![
            ("2024-01-02", 0, EventKind::Deposit(usd("1000"))),
            ("2024-01-02", 0, buy("A", "10", "1000", "0")),
            ("2024-01-04", 0, split.clone()),
        ];
        let told = World::new(prices(kind, &dates, [&values, &[1.0; 3]]), events).report(Grouping::Household, Span::default());
        close(told.total.net.total.unwrap(), 0.1, 1e-14);
    }
}

/// Half of 1000 EUR in A, which rises by a tenth as the euro does: in dollars 21 %, and 10 % of the cash.
#[test]
fn currencies_are_earned_too() {
    let dates = weekdays("2024-01-02", 2);
    let eur = |text: &str| Money::new(text.parse().unwrap(), Currency::EUR);
    let a = universe().find("A").unwrap();
    let selection = LotSelection::By(LotMethod::Fifo);
    let bought = Trade { instrument: a, quantity: quantity("5"), gross: eur("500"), fees: eur("0"), selection };
    let mut world =
        World::new(prices(PriceKind::Raw, &dates, [&[100.0, 110.0], &[1.0; 2]]), vec![("2024-01-02", 0, EventKind::Deposit(eur("1000")))]);
    let rate = |text: &str| text.parse::<Decimal>().unwrap();
    let quotes = vec![(dates[0], rate("1.10")), (dates[1], rate("1.21"))];
    world.fx.pairs.insert((Currency::EUR, USD), quotes);
    let instrument = |symbol: &str, class: &str, currency| Instrument::new(symbol, ClassPath::new(class).unwrap(), currency);
    world.universe = Universe::new(vec![instrument("A", "Equity", Currency::EUR), instrument("B", "Bonds", USD)]).unwrap();
    let fx = Some(FxQuote { base: Currency::EUR, quote: USD, rate: rate("1.10"), date: dates[0] });
    let account = AccountId::from_index(0).unwrap();
    world.journal.append(Event { sequence: 2, account, dates: EventDates::on(dates[0]), fx, kind: EventKind::Buy(bought) }).unwrap();
    let told = world.report(Grouping::Class, Span::default());
    close(told.total.start + told.total.flow, 1100.0, 1e-9);
    close(told.total.net.total.unwrap(), (550.0 * 1.21 + 500.0 * 1.21) / 1100.0 - 1.0, 1e-12);
    close(told.parts[0].net.total.unwrap(), 0.1, 1e-12);
    close(told.parts[1].net.total.unwrap(), 0.21, 1e-12);
    world.fx = FxHistory::default();
    assert_eq!(world.days(Grouping::Class, Span::default()).unwrap_err()[0].code, Code::NO_EXCHANGE_RATE);
}

#[test]
fn what_cannot_be_valued_is_told() {
    let dates = weekdays("2024-01-03", 2);
    let missing = PriceHistory {
        kind: PriceKind::Raw,
        series: vec![Vec::new(), prices(PriceKind::Raw, &dates, [&[1.0; 2], &[1.0; 2]]).series[1].clone()],
    };
    let events = vec![("2024-01-03", 0, EventKind::Deposit(usd("10"))), ("2024-01-03", 0, buy("A", "1", "10", "0"))];
    let told = World::new(missing, events).days(Grouping::Household, Span::default()).unwrap_err();
    assert!(told[0].code == Code::NO_PRICE && told[0].message.contains("`A` is held on 2024-01-03"), "{told:?}");
    let empty = World::new(prices(PriceKind::Raw, &dates, [&[1.0; 2], &[1.0; 2]]), Vec::new());
    assert_eq!(empty.days(Grouping::Household, Span::default()).unwrap_err()[0].code, Code::NO_HISTORY);
    let late = Span { from: Some(day("2030-01-01")), to: None };
    assert_eq!(four_days().days(Grouping::Household, late).unwrap_err()[0].code, Code::NO_HISTORY);
}

/// Bought at the first price on the first day, and held in A; what of B is there stands still.
fn held(dates: &[&str], a: &[f64], more: Vec<(&'static str, usize, EventKind)>) -> World {
    let dates: Vec<Date> = dates.iter().map(|date| day(date)).collect();
    let first: &'static str = "2020-01-01";
    let mut events = vec![(first, 0, EventKind::Deposit(usd("1000"))), (first, 0, buy("A", "1000", "1000", "0"))];
    events.extend(more);
    let mut world = World::new(prices(PriceKind::Raw, &dates, [a, &vec![1.0; dates.len()]]), events);
    world.policy.prices.max_jump = 0.5;
    world
}

/// Who looks back knows that a price stayed where it jumped to, and that the last one is told of.
#[test]
fn a_jump_counts_on_its_own_day_and_a_bad_print_not_at_all() {
    let three = ["2020-01-01", "2020-01-02", "2020-01-03"];
    let returns = |values: &[f64]| {
        let days = held(&three[..values.len()], values, Vec::new()).days(Grouping::Household, Span::default()).unwrap();
        earned(days.opening_total(), &days.total(), Net::NetOfFees, Timing::EndOfDay).returns
    };
    assert_eq!(returns(&[1.0, 2.0, 2.5]), [0.0, 1.0, 0.25]);
    assert_eq!(returns(&[1.0, 2.0]), [0.0, 1.0], "the last one is told of by EK0303");
    assert_eq!(returns(&[1.0, 1e-7])[1], 1e-7 - 1.0, "also where it is lost");
    assert_eq!(returns(&[1.0, 10.0, 1.0]), [0.0, 0.0, 0.0], "it looks like a bad print");
    let notes = |values: &[f64]| held(&three[..values.len()], values, Vec::new()).report(Grouping::Household, Span::default()).notes;
    assert!(notes(&[1.0, 1.0, 2.0]).iter().any(|note| note.contains("The last price of `A`, of 2020-01-03, is 100 % from")));
    assert!(notes(&[1.0, 2.0, 2.0]).is_empty(), "it is confirmed");
}

/// 2 for 1 on the second day, after which prices as traded are half: the mix earns what its units earn, by however much prices fall.
#[test]
fn the_mix_goes_through_splits_beyond_what_is_suspect() {
    let dates = ["2020-01-01", "2020-01-02", "2020-01-03"];
    for (second, third) in [(49.9, 50.2), (50.1, 50.2)] {
        let mut world = held(&dates, &[100.0, second, third], Vec::new());
        world.policy = policy(&[("Equity", "1", &["A"])]);
        world.policy.prices.max_jump = 0.5;
        let kind = ActionKind::Split { ratio: Ratio { new: Decimal::from_int(2), old: Decimal::ONE } };
        let actions = [Action { date: day(dates[1]), instrument: world.universe.find("A").unwrap(), kind }];
        let sleeves = Sleeves::new(&world.policy.tree, &world.universe);
        let later: Vec<Date> = dates[1..].iter().map(|date| day(date)).collect();
        let mix = |world: &World| policy_mix(&world.policy, &sleeves, &world.record(), &actions, (day(dates[0]), &later)).unwrap().total();
        let told = mix(&world);
        close(told[0], 2.0 * second / 100.0 - 1.0, 1e-14);
        close(told[1], third / second - 1.0, 1e-14);
        // No price on the day of the split: nothing is earned until there is one.
        world.prices.series[0].remove(1);
        let told = mix(&world);
        close(told[0], 0.0, 1e-14);
        close(told[1], 2.0 * third / 100.0 - 1.0, 1e-14);
    }
}

/// A fee above what there is: no return can be compounded any more, but values and gains stand.
#[test]
fn returns_end_where_more_is_lost_than_there_was() {
    let dates = ["2020-01-01", "2020-06-01", "2021-01-01"];
    let told =
        held(&dates, &[1.0, 1.1, 1.2], vec![("2020-06-01", 0, EventKind::Fee(usd("3000")))]).report(Grouping::Class, Span::default());
    assert_eq!((told.total.net.total, told.total.net.annual, told.total.gain), (None, None, -2800.0));
    assert!(told.total.ended.as_ref().unwrap().contains("2020-06-01") && told.notes.iter().any(|note| note.contains("more was lost")));
    assert!(
        told.notes.iter().any(|note| note.contains("owed cash on 2 days, first on 2020-06-01, at most 3000.00 USD")),
        "{:?}",
        told.notes
    );
    let known: Vec<bool> = told.total.stretches.iter().map(|stretch| stretch.net.is_some()).collect();
    assert_eq!(known, [true, false, false]);
    assert!(told.total.figures.iter().all(|figure| figure.value.is_none() && figure.undefined.is_some()));
    // Before fees the second stretch has its return; on what is owed after it nothing is earned.
    close(told.total.stretches[1].gross.unwrap(), 0.1, 1e-14);
    assert_eq!((told.total.stretches[2].gross, told.total.gross.total), (None, None));
}

/// On −400 nothing can be earned that would be a return.
#[test]
fn returns_end_where_less_than_nothing_is_held() {
    let dates = ["2020-01-01", "2020-06-01", "2021-01-01"];
    let more = vec![("2020-06-01", 0, EventKind::Withdrawal(usd("1500")))];
    let told = held(&dates, &[1.0, 1.1, 1.2], more).report(Grouping::Household, Span::default());
    assert_eq!((told.total.end, told.total.net.total), (-300.0, None));
    assert!(told.total.ended.as_ref().unwrap().contains("from 2021-01-01 on"), "{:?}", told.total.ended);
    let borrowed = vec![("2020-01-01", 0, buy("A", "500", "500", "0"))];
    let days = ["2020-01-01", "2020-02-01"].map(day);
    let told = World::new(prices(PriceKind::Raw, &days, [&[1.0, 1.1], &[1.0; 2]]), borrowed).report(Grouping::Household, Span::default());
    assert_eq!((told.total.gain, told.total.net.total), (50.0, None));
}

#[test]
fn a_sale_beyond_what_is_held_is_refused_unless_shorts_are_allowed() {
    let sold = EventKind::Sell(trade(&universe(), "A", "1200", "1200", "0"));
    let world = held(&["2020-01-01", "2020-02-01"], &[1.0, 1.1], vec![("2020-02-01", 0, sold)]);
    let told = world.days(Grouping::Household, Span::default()).unwrap_err();
    assert!(told[0].code == Code::JOURNAL && told[0].message.contains("2020-02-01"), "{told:?}");
    let groups = Groups::new(Grouping::Household, &world.household, &world.universe);
    assert!(days(&Record { allows_short: true, ..world.record() }, &groups, Span::default()).is_ok());
}

/// The one opening day is no stretch of its own, and few far apart are not twelve a year: what is told a year agrees.
#[test]
fn figures_are_annualized_by_the_days() {
    let dates = ["2020-01-01", "2020-06-01", "2021-01-01", "2022-01-01"];
    let world = held(&dates, &[1.0, 1.5, 1.2, 1.3], Vec::new());
    let days = world.days(Grouping::Household, Span::default()).unwrap();
    for every in [Every::Day, Every::Month, Every::Year, Every::Whole] {
        let told = report(&days, USD, &Settings { every, ..settings() });
        let annual = told.total.figures.iter().find(|figure| figure.name == "annual_return").unwrap();
        close(annual.value.unwrap(), told.total.net.annual.unwrap(), 1e-12);
    }
    let short = Span { from: None, to: Some(day("2020-06-01")) };
    let days = world.days(Grouping::Household, short).unwrap();
    let told = report(&days, USD, &settings());
    assert!(told.total.figures.iter().all(|figure| figure.value.is_none()), "one return says nothing of risk");
}

/// From the last trading day of a month to that of the same month a year later is a year, whatever the weekends in between.
#[test]
fn twelve_months_that_end_on_trading_days_are_a_year() {
    let annual = |from: &str, to: &str| {
        let world = held(&["2020-01-01", from, "2023-06-30", to], &[1.0, 1.0, 1.05, 1.1], Vec::new());
        let told = world.report(Grouping::Household, Span { from: day(from).add_days(1).ok(), to: None });
        let figure = told.total.figures.iter().find(|figure| figure.name == "annual_return").unwrap().value;
        assert_eq!(figure.is_some(), told.total.net.annual.is_some(), "{from} to {to}");
        assert_eq!(told.total.money_weighted.annual.is_some(), told.total.net.annual.is_some(), "{from} to {to}");
        told.total.net.annual
    };
    // 364 days, and 363 of which the last ends before Good Friday.
    close(annual("2022-12-30", "2023-12-29").unwrap(), 0.1, 1e-12);
    close(annual("2023-03-31", "2024-03-28").unwrap(), 0.1, 1e-12);
    // Less than that.
    assert_eq!([annual("2022-12-30", "2023-12-27"), annual("2023-01-31", "2023-12-29")], [None, None]);
    close(annual("2022-12-29", "2023-12-29").unwrap(), 0.1, 1e-12);
}

/// A year and more of a policy with a split, dividends, a fee, flows and taxes.
fn lived(seed: u64, treatment: TaxTreatment) -> (World, Backtest, Vec<Action>) {
    let dates = weekdays("2023-03-01", 400);
    let mut state = seed;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(state >> 33).unwrap()) / f64::from(1_u32 << 31) - 0.5
    };
    let (mut a, mut b) = (vec![100.0], vec![50.0]);
    for index in 1..dates.len() {
        let split = if index == 150 { 0.5 } else { 1.0 };
        a.push(a[index - 1] * (1.0 + 0.03 * random()) * split);
        b.push(b[index - 1] * (1.0 + 0.01 * random()));
    }
    let universe = universe();
    let of = |symbol: &str| universe.find(symbol).unwrap();
    let dividend = |per_unit: &str| ActionKind::Dividend { per_unit: Price::new(per_unit.parse().unwrap()), qualified: 0.5 };
    let actions = vec![
        Action { date: dates[60], instrument: of("B"), kind: dividend("0.4") },
        Action {
            date: dates[150],
            instrument: of("A"),
            kind: ActionKind::Split { ratio: Ratio { new: Decimal::from_int(2), old: Decimal::ONE } },
        },
        Action { date: dates[200], instrument: of("A"), kind: dividend("0.9") },
    ];
    let mut policy = halves();
    policy.costs.management_fee = 0.01;
    let flow = |index: usize, amount: &str| CashFlow { date: dates[index], amount: usd(amount), account: None, purpose: None };
    policy.cash.flows = vec![flow(100, "30000"), flow(222, "-20000")];
    let household = household(treatment);
    let opening = Holdings::empty(&household, dates[0]);
    let prices = prices(PriceKind::Raw, &dates, [&a, &b]);
    let fx = FxHistory::default();
    let past = Past {
        policy: &policy,
        universe: &universe,
        household: &household,
        opening: &opening,
        sold: &[],
        prices: &prices,
        opens: None,
        fx: &fx,
        actions: &actions,
        assumptions: None,
        signals: None,
    };
    let terms = Terms {
        from: dates[0],
        to: *dates.last().unwrap(),
        capital: Some(Money::new(Decimal::from_int(500_000), USD)),
        execution: Execution::Close,
        look: None,
        cash_rate: 0.02,
    };
    let run = backtest(&past, &terms, &mut |_| Ok(())).unwrap();
    let journal = run.journal.clone();
    (World { household, universe: universe.clone(), journal, prices, fx: FxHistory::default(), policy }, run, actions)
}

#[test]
fn the_journal_of_a_backtest_earns_what_the_backtest_says() {
    for (seed, treatment) in [(1, TaxTreatment::Taxable), (2, TaxTreatment::Untaxed)] {
        let (world, run, _) = lived(seed, treatment);
        let days = world.days(Grouping::Household, Span::default()).unwrap();
        let told = earned(days.opening_total(), &days.total(), Net::AfterTax, Timing::EndOfDay).returns;
        let said = run.returns();
        assert_eq!(told.len(), said.len());
        for ((day, (told, said)), held) in run.days.iter().zip(told.iter().zip(&said)).zip(days.total()) {
            assert!((told - said).abs() < 1e-12 && (held.value - day.value).abs() < 1e-6, "{}: {told} and {said}", day.date);
            assert!((held.flow - day.flow).abs() < 1e-6 && (held.fees - day.fees).abs() < 1e-6 && (held.taxes - day.tax).abs() < 1e-6);
        }
        let paid: f64 = run.days.iter().map(|day| day.tax).sum();
        assert_eq!(paid > 0.0, treatment == TaxTreatment::Taxable, "{paid}");
        let performance = report(&days, USD, &settings());
        assert!(performance.total.gross.total > performance.total.net.total);
        assert_eq!(performance.total.net.total > performance.total.after_tax.total, paid > 0.0);
    }
}

#[test]
fn groups_add_up_to_the_household() {
    let (world, ..) = lived(5, TaxTreatment::Taxable);
    let whole = world.days(Grouping::Household, Span::default()).unwrap().total();
    let groupings = [
        Grouping::Account,
        Grouping::Owner,
        Grouping::Class,
        Grouping::SubClass,
        Grouping::Instrument,
        Grouping::Sector,
        Grouping::Currency,
    ];
    for grouping in groupings {
        let days = world.days(grouping, Span::default()).unwrap();
        for (one, other) in whole.iter().zip(days.total()) {
            assert!((one.value - other.value).abs() < 1e-6 && (one.flow - other.flow).abs() < 1e-6, "{grouping:?}");
        }
        let told = report(&days, USD, &settings());
        if !told.parts.is_empty() {
            close(told.parts.iter().map(|part| part.contribution).sum(), told.total.net.total.unwrap(), 1e-12);
        }
    }
}

/// Without costs, a portfolio that is brought to its targets every day has no effects but what cents leave.
#[test]
fn effects_add_up_to_the_excess_over_the_policys_mix() {
    let (world, _, actions) = lived(9, TaxTreatment::Untaxed);
    let sleeves = Sleeves::new(&world.policy.tree, &world.universe);
    let groups = Groups::of_sleeves(&sleeves, &world.universe);
    let days = days(&world.record(), &groups, Span::default()).unwrap();
    let mix = policy_mix(&world.policy, &sleeves, &world.record(), &actions, (days.from, &days.dates)).unwrap();
    let net = earned(days.opening_total(), &days.total(), Net::GrossOfFees, Timing::EndOfDay).returns;
    let grown = |returns: &[f64]| returns.iter().map(|earned| 1.0 + earned).product::<f64>() - 1.0;
    let segments = of_books(&days, &mix, Net::GrossOfFees);
    let linkings = [Linking::Carino, Linking::Menchero, Linking::Grap, Linking::Frongello];
    let methods = linkings
        .into_iter()
        .flat_map(|linking| [Method::Arithmetic(Model::BrinsonFachler, Interaction::InSelection, linking), Method::Levels(linking)]);
    for method in methods.chain([Method::Geometric]) {
        let told = attributed(&segments, method).unwrap();
        close(told.portfolio_return, grown(&net), 1e-10);
        close(told.benchmark_return, grown(&mix.total()), 1e-10);
        let effects = if told.geometric {
            (1.0 + told.allocation) * (1.0 + told.selection) - 1.0
        } else {
            told.allocation + told.selection + told.interaction
        };
        close(effects, told.excess, 1e-12);
        assert!(told.excess.abs() < 0.02, "bands of two points are not far from the targets: {}", told.excess);
    }
    // Dividends and the split are in the mix.
    let without = policy_mix(&world.policy, &sleeves, &world.record(), &[], (days.from, &days.dates)).unwrap();
    assert!(grown(&without.total()) < grown(&mix.total()) - 0.1, "a split that is left out looks like a loss");
    assert_eq!(without.notes.len(), 1);
}

#[test]
fn what_a_class_holds_of_its_own_stands_below_it() {
    let segment = |portfolio_weight, benchmark_weight, earned| Segment {
        portfolio_weight,
        benchmark_weight,
        portfolio_return: earned,
        benchmark_return: earned,
    };
    let names = ["A", "A/B", "C"].map(str::to_owned).to_vec();
    let row = vec![segment(0.2, 0.1, 0.1), segment(0.3, 0.2, 0.2), segment(0.5, 0.7, 0.0)];
    let segments = Segments { names, periods: vec!["Q1".to_owned()], rows: vec![row], ..Segments::default() };
    let told = attributed(&segments, Method::Levels(Linking::Carino)).unwrap();
    let nodes: Vec<(&str, usize)> = told.segments.iter().map(|node| (node.name.as_str(), node.depth)).collect();
    assert_eq!(nodes, [("A", 0), ("A itself", 1), ("A/B", 1), ("C", 0)]);
    close(told.allocation + told.selection, told.excess, 1e-14);
}

#[test]
fn segments_that_cannot_be_attributed_are_told_in_their_words() {
    let segment =
        |portfolio_weight, portfolio_return| Segment { portfolio_weight, benchmark_weight: 1.0, portfolio_return, benchmark_return: 0.1 };
    let of = |row| Segments { names: vec!["UK".to_owned()], periods: vec!["Q1".to_owned()], rows: vec![vec![row]], ..Segments::default() };
    let method = Method::Arithmetic(Model::BrinsonFachler, Interaction::Separate, Linking::Carino);
    let uneven = attributed(&of(segment(0.9, 0.1)), method).unwrap_err();
    assert_eq!(
        (uneven[0].code, uneven[0].message.as_str()),
        (Code::WEIGHT_SUM, "in period Q1 the portfolio weights add up to 0.9, not to 1")
    );
    let missing = attributed(&of(segment(1.0, f64::NAN)), method).unwrap_err();
    assert_eq!(missing[0].message, "in period Q1 the portfolio return of `UK` is missing");
    assert_eq!(attributed(&of(segment(1.0, -1.0)), method).unwrap_err()[0].code, Code::HISTORY_UNUSABLE);
}

proptest! {
    /// Whatever comes in and goes out, a unit that stays earns what the instrument does.
    #[test]
    fn flows_do_not_matter_to_what_a_unit_earns(flows in prop::collection::vec(-200..400_i32, 5), moves in prop::collection::vec(-0.1..0.1_f64, 5)) {
        let dates = weekdays("2024-01-02", 6);
        let mut level = vec![100.0];
        for earned in &moves {
            level.push((level[level.len() - 1] * (1.0 + earned) * 100.0_f64).round() / 100.0);
        }
        let mut events = vec![
            (dates[0].to_string(), EventKind::Deposit(usd("100000"))),
            (dates[0].to_string(), buy("A", "1000", "100000", "0")),
        ];
        for (index, units) in flows.iter().enumerate().filter(|(_, units)| **units != 0) {
            let date = dates[index + 1].to_string();
            let money = to_decimal(f64::from(units.abs()) * level[index + 1], Rounding::HalfEven).unwrap().to_string();
            let trade = trade(&universe(), "A", &units.abs().to_string(), &money, "0");
            if *units > 0 {
                events.push((date.clone(), EventKind::Deposit(usd(&money))));
                events.push((date, EventKind::Buy(trade)));
            } else {
                events.push((date.clone(), EventKind::Sell(trade)));
                events.push((date, EventKind::Withdrawal(usd(&money))));
            }
        }
        let events = events.iter().map(|(date, kind)| (date.as_str(), 0, kind.clone())).collect();
        let told = World::new(prices(PriceKind::Raw, &dates, [&level, &[1.0; 6]]), events).report(Grouping::Household, Span::default());
        let point = |index: usize| to_f64(to_decimal(level[index], Rounding::HalfEven).unwrap());
        prop_assert!((told.total.net.total.unwrap() - (point(5) / point(0) - 1.0)).abs() < 1e-12);
    }
}
