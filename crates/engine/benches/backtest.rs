//! The full gear of the backtest: processor time of runs with lots and taxes, in fifteen repeats. An argument keeps to the
//! runs whose name contains it (`-- target`); a number to so many repeats, for counting instructions.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a benchmark"
)]

use std::fmt::Write as _;

use evenkeel::backtest::{Execution, Past, Terms, backtest};
use evenkeel::boundary::to_decimal;
use evenkeel::diagnostic::SourceText;
use evenkeel::market::{FxHistory, PriceHistory, PriceKind, PricePoint};
use evenkeel::policy::Policy;
use evenkeel_ledger::account::{Account, TaxTreatment};
use evenkeel_ledger::calendar::Calendar;
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::holdings::Holdings;
use evenkeel_ledger::household::{FilingStatus, GainsByTerm, Household, Owner, TaxRates};
use evenkeel_ledger::instrument::{Instrument, Universe};
use evenkeel_ledger::number::{Currency, Decimal, Money, Price, Rounding};
use evenkeel_testkit::clock::processor_time;
use evenkeel_testkit::generate::Random;

// As in the command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ASSETS: usize = 20;
const REPEATS: usize = 15;

/// What is asked for on the command line.
struct Asked {
    /// Part of the name of the runs.
    name: String,
    repeats: usize,
}

impl Asked {
    fn read() -> Self {
        let given: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
        let repeats = given.iter().find_map(|argument| argument.parse().ok()).unwrap_or(REPEATS);
        let name = given.into_iter().find(|argument| argument.parse::<usize>().is_err()).unwrap_or_default();
        Self { name, repeats: repeats.max(1) }
    }
}

fn policy(trigger: &str) -> Policy {
    let mut text = format!(
        "schema_version = 1\nname = \"bench\"\nbase_currency = \"USD\"\ncalendar = \"weekdays\"\n[bands]\nrelative = 0.25\n\
         [[trigger]]\n{trigger}\n[prices]\nmax_age_days = 60\n"
    );
    for asset in 0..ASSETS {
        let _ = write!(text, "[[target]]\nclass = \"C{asset:02}\"\nweight = 0.05\ninstruments = [\"A{asset:02}\"]\n");
    }
    Policy::parse(SourceText { file: "policy.toml", text: &text }).value.unwrap()
}

/// Weekdays over 25 years, or their month-ends.
fn days(monthly: bool) -> Vec<Date> {
    let (start, calendar) = (Date::new(1999, 12, 31).unwrap(), Calendar::weekdays());
    let all = (0..25 * 366).map(|day| start.add_days(day).unwrap()).filter(|day| calendar.is_open(*day).unwrap());
    let days: Vec<Date> = all.take_while(|day| day.year() < 2025).collect();
    if monthly { days.chunk_by(|a, b| a.month() == b.month()).filter_map(|month| month.last().copied()).collect() } else { days }
}

fn prices(days: &[Date], yearly: f64) -> PriceHistory {
    let mut random = Random::new(7);
    let scale = 0.2 / yearly.sqrt();
    let series = (0..ASSETS).map(|_| {
        let mut level = 100.0_f64;
        let step = |date: &Date| {
            let noise: f64 = (0..12).map(|_| (random.bits() >> 11) as f64 / 9_007_199_254_740_992.0).sum::<f64>() - 6.0;
            level *= (0.06 / yearly + scale * noise).exp();
            PricePoint { price: Price::new(to_decimal(level, Rounding::HalfEven).unwrap()), date: *date }
        };
        days.iter().map(step).collect()
    });
    PriceHistory { kind: PriceKind::Raw, series: series.collect() }
}

fn report(asked: &Asked, name: &str, trigger: &str, monthly: bool) {
    if !name.contains(&asked.name) {
        return;
    }
    let policy = policy(trigger);
    let class = |asset| ClassPath::new(&format!("C{asset:02}")).unwrap();
    let universe =
        Universe::new((0..ASSETS).map(|asset| Instrument::new(format!("A{asset:02}"), class(asset), Currency::USD)).collect()).unwrap();
    let none = GainsByTerm::zero(Currency::USD);
    let rate = |text: &str| text.parse().unwrap();
    let owner = Owner {
        id: "o".to_owned(),
        name: None,
        birth_date: None,
        filing_status: FilingStatus::Single,
        jurisdiction: "US".to_owned(),
        rates: TaxRates { ordinary: rate("0.32"), long_term: rate("0.15"), state: rate("0.05") },
        spouse: None,
        year_to_date: none,
        carry_forward: none,
        income: None,
    };
    let account = Account { tax_treatment: TaxTreatment::Taxable, ..Account::new("a", "o", Currency::USD) };
    let household = Household::new("h", vec![owner], vec![account]).unwrap();
    let days = days(monthly);
    let prices = prices(&days, if monthly { 12.0 } else { 261.0 });
    let (from, to) = (days[0], *days.last().unwrap());
    let opening = Holdings::empty(&household, from);
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
        actions: &[],
        assumptions: None,
        signals: None,
    };
    let capital = Some(Money::new(Decimal::from_int(10_000_000), Currency::USD));
    let terms = Terms { from, to, capital, execution: Execution::Close, look: None, cash_rate: 0.0 };
    let (mut times, mut told) = (Vec::new(), String::new());
    for _ in 0..asked.repeats {
        let before = processor_time();
        let run = backtest(&past, &terms, &mut |_| Ok(())).unwrap();
        times.push(processor_time() - before);
        let trades: usize = run.acted.iter().filter_map(|acted| acted.trades).sum();
        let lots: usize = run.holdings.accounts.iter().map(|held| held.lots().len()).sum();
        told = format!(
            "{} days, {} decisions, {trades} trades, {lots} lots at the end, {:.0} at the end",
            run.days.len(),
            run.acted.len(),
            run.end.value
        );
    }
    times.sort_by(f64::total_cmp);
    println!("{name}: median {:.1} ms, least {:.1} ms ({told})", times[times.len() / 2], times[0]);
}

fn main() {
    let asked = Asked::read();
    report(&asked, "20 assets × 25 years, monthly to target", "kind = \"calendar\"\nschedule = \"month_end\"", true);
    report(&asked, "20 assets × 25 years, monthly prices, bands of 25 %", "kind = \"threshold\"", true);
    report(&asked, "20 assets × 25 years, daily look at bands of 25 %", "kind = \"threshold\"", false);
}
