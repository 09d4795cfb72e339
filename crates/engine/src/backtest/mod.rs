//! The flow under a virtual clock: what a policy would have done, with the code that trades.
//!
//! ```text
//! each day on which anything is priced:
//!   corporate actions → orders that waited → interest and fees → flows and tax due → decide → propose → fill → value
//! ```
//!
//! A decision is handed what was known on its day and nothing else: [`snapshot`](crate::market::snapshot),
//! [`NamedPanel::of_history`](crate::market::NamedPanel::of_history) and the signals end there. So nothing of the future can
//! reach it, which `crates/engine/tests/backtest` proves by changing the future.
//!
//! What is held is kept in the ledger's own book, driven by a journal that is part of the result: the same journal goes
//! through `evenkeel journal` and `evenkeel tax-year`.

mod clock;

mod tape;

mod assessor;

mod taxes;

mod books;

mod income;

mod available;

mod execution;

mod spend;

mod limits;

mod result;

mod collected;

mod run;

mod summary;

mod vector;

mod tables;

mod difference;

mod premium;

pub(crate) use assessor::Assessor;
pub use difference::{Difference, difference};
pub use evenkeel_quant::risk::rolling::Window;
pub use execution::Execution;
pub use limits::LimitRecord;
pub use premium::{PremiumReport, premium};
pub use result::{Acted, Backtest, Day, DriftPoint, Final};
pub use summary::{DatedDrawdown, DriftSpread, Relative, Summary, benchmark_returns, growth, over_a_year};
pub use tables::{Rule, Year, rules, years};
pub(crate) use tape::Tape;
pub(crate) use taxes::{carry, sales_of_all};
pub use vector::{Settlement, vector};

use evenkeel_ledger::date::Date;
use evenkeel_ledger::holdings::Holdings;
use evenkeel_ledger::household::Household;
use evenkeel_ledger::instrument::Universe;
use evenkeel_ledger::number::Money;
use evenkeel_ledger::schedule::Schedule;

use crate::assumptions::Assumptions;
use crate::diagnostic::{Code, Diagnostic};
use crate::market::{Action, ActionKind, FxHistory, MarketSnapshot, PriceHistory, SignalHistory, counted_twice};
use crate::policy::{CashFlow, Policy};
use crate::run::Proposal;
use crate::trade::LossSale;

/// What there was: all that a backtest is made of.
#[derive(Debug, Clone, Copy)]
pub struct Past<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// The instruments.
    pub universe: &'a Universe,
    /// Owners and accounts; their years to date are those before the first day.
    pub household: &'a Household,
    /// What they hold before the first day.
    pub opening: &'a Holdings,
    /// Sales at a loss within 30 days before the first day.
    pub sold: &'a [LossSale],
    /// Closing prices.
    pub prices: &'a PriceHistory,
    /// Opening prices, for orders that are filled at them.
    pub opens: Option<&'a PriceHistory>,
    /// Exchange rates.
    pub fx: &'a FxHistory,
    /// Dividends, splits and delistings, by date.
    pub actions: &'a [Action],
    /// What is believed.
    pub assumptions: Option<&'a Assumptions>,
    /// Series that overlay rules read.
    pub signals: Option<&'a SignalHistory>,
}

impl Past<'_> {
    /// That what instruments paid is not in the run, in a sentence.
    fn without_dividends(&self) -> Option<String> {
        let has_dividends = self.actions.iter().any(|action| matches!(action.kind, ActionKind::Dividend { .. }));
        if has_dividends { None } else { self.prices.kind.without_dividends() }
    }
}

/// How the clock is run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Terms {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// Money that comes in at the first day's close, into the first taxable account or else the first.
    pub capital: Option<Money>,
    /// When orders are filled.
    pub execution: Execution,
    /// On which days one looks; every day where left out. Flows and taxes are seen on their day all the same.
    pub look: Option<Schedule>,
    /// Interest on cash a year, as a fraction.
    pub cash_rate: f64,
}

/// A decision with all that it was made of, for whoever checks it.
#[derive(Debug, Clone, Copy)]
pub struct Decided<'a> {
    /// The policy, with its flows moved to days of the clock.
    pub policy: &'a Policy,
    /// The instruments, with those that could not be traded on the day.
    pub universe: &'a Universe,
    /// Prices and exchange rates of the day.
    pub market: &'a MarketSnapshot,
    /// Owners with what their years have realized so far.
    pub household: &'a Household,
    /// What they held.
    pub holdings: &'a Holdings,
    /// Flows of the day beside those of the policy.
    pub flows: &'a [CashFlow],
    /// Sales at a loss of the last 30 days.
    pub sold: &'a [LossSale],
    /// What was decided, without reasons and taxes written down: nobody reads them.
    pub proposal: &'a Proposal,
}

/// Runs a policy over the past. `watch` sees every proposal before it is filled; what it objects to ends the run.
///
/// # Errors
/// What is missing or contradictory, as of the first day on which it mattered.
pub fn backtest(
    past: &Past<'_>,
    terms: &Terms,
    watch: &mut dyn FnMut(&Decided<'_>) -> Result<(), Vec<Diagnostic>>,
) -> Result<Backtest, Vec<Diagnostic>> {
    let twice = counted_twice(past.actions, past.prices.kind, past.universe);
    if !twice.is_empty() {
        return Err(twice);
    }
    let days = clock::days(past.prices, terms.from, terms.to)?;
    let mut policy = past.policy.clone();
    let recurring = policy.cash.recurring_within(&policy.calendar, terms.from, terms.to).map_err(|error| {
        let message = format!("when planned flows recur cannot be told: {error}");
        vec![Diagnostic::error(Code::SCHEDULE_UNKNOWN, message).help("choose a calendar that covers the days, or another span")]
    })?;
    let planned: Vec<CashFlow> = policy.cash.flows.drain(..).chain(recurring).collect();
    policy.cash.recurring.clear();
    policy.cash.flows = clock::moved(&planned, &days);
    let mut run = run::Run::open(past, terms, &policy, &days)?;
    for day in &days {
        run.pass(*day, watch)?;
    }
    run.finish()
}
