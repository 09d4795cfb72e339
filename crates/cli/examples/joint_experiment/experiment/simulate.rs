//! One household on one path under one arm.

use evenkeel::boundary::to_f64;
use evenkeel::market::MarketSnapshot;
use evenkeel::policy::{CashFlow, Policy};
use evenkeel::run::{Mandate, Proposal, Provenance, Subject};
use evenkeel::trade::Comparison;
use evenkeel_cli::audit::{Facts, audit};
use evenkeel_io::book::Entry;
use evenkeel_ledger::number::Money;

use super::Failure;
use super::arm::Arm;
use super::books::Books;
use super::market::{MONTHS, Model};
use super::taxes::{after_tax, close_year};
use super::world::{World, told};

/// The month in which the tax of the year before is paid.
const PAYMENT_MONTH: i8 = 4;

/// What became of a household.
#[derive(Debug, Clone, Default)]
pub(crate) struct Life {
    pub(crate) years: f64,
    /// After the tax of selling all, at the start.
    pub(crate) start: f64,
    /// At the end: at market, and after the tax of selling all.
    pub(crate) end: f64,
    pub(crate) end_after_tax: f64,
    /// Sum of the logarithms of months' growth, after trading costs and before tax.
    pub(crate) growth: f64,
    /// Two-way turnover, fractions of value, of all months.
    pub(crate) turnover: f64,
    /// Trading costs, fractions of value, of all months.
    pub(crate) costs: f64,
    /// Tax paid along the way, in money.
    pub(crate) tax: f64,
    /// Sum of the tracking errors before and after each month's trades, and how many they are.
    pub(crate) tracking: f64,
    pub(crate) tracked: f64,
    pub(crate) trades: usize,
    /// Months with trades.
    pub(crate) acted: usize,
    /// Proposals that the auditor passed: all, or there is no result.
    pub(crate) audited: usize,
    /// Gaps that the joint planner proved, in basis points.
    pub(crate) gaps: Vec<f64>,
    /// The widest of them: whose, and when.
    pub(crate) widest: Option<(f64, String)>,
    /// Decisions of the joint planner without a proof.
    pub(crate) unproven: usize,
    /// Proposals that a hard limit refused.
    pub(crate) refused: usize,
    /// Whose cash for tax could not be raised, and when.
    pub(crate) short_of_cash: Vec<String>,
}

/// Who is run where, and how.
pub(crate) struct Run<'a> {
    pub(crate) world: &'a World,
    pub(crate) model: &'a Model<'a>,
    pub(crate) entry: &'a Entry,
    pub(crate) path: &'a [MarketSnapshot],
    pub(crate) arm: Arm,
}

impl Run<'_> {
    /// Runs the household from the first market of the path to the last.
    pub(crate) fn live(&self) -> Result<Life, Failure> {
        let policy = self.arm.policy(self.world.policy(self.entry)?);
        let mut books = Books::open(self.entry);
        let (Some(first), Some(last)) = (self.path.first(), self.path.last()) else { return Err("a path of no months".into()) };
        let mut life = Life { start: after_tax(&books, first)?, ..Life::default() };
        for (now, next) in self.path.iter().zip(self.path.iter().skip(1)) {
            self.decide(&policy, now, &mut books, &mut life)?;
            let before = books.value(now)?;
            books.receive_income(next, self.model)?;
            life.growth += (books.value(next)? / before).ln();
            life.years += 1.0 / MONTHS;
            if next.as_of.year() != now.as_of.year() {
                close_year(&mut books, now.as_of.year())?;
            }
        }
        (life.end, life.end_after_tax) = (books.value(last)?, after_tax(&books, last)?);
        Ok(life)
    }

    /// A month's decision: proposed, audited, counted and traded.
    fn decide(&self, policy: &Policy, market: &MarketSnapshot, books: &mut Books, life: &mut Life) -> Result<(), Failure> {
        let flow = books.tax_payment(market.as_of).filter(|_| market.as_of.month() == PAYMENT_MONTH);
        let flows: Vec<CashFlow> = flow.into_iter().collect();
        let (universe, assumptions) = (&self.world.book.universe, Some(&self.world.assumptions));
        let mandate = Mandate::new(policy, universe, market, assumptions, None).comparing(Comparison::Nothing);
        let subject =
            Subject { household: &books.household, holdings: &books.holdings, flows: &flows, sold: &books.sold, history: books.history };
        let proposal = mandate.propose(&subject, Provenance::default()).map_err(|all| self.failure(market, &told(&all).to_string()))?;
        let facts = Facts {
            policy,
            universe,
            market,
            assumptions,
            household: &books.household,
            holdings: &books.holdings,
            flows: &flows,
            sold: &books.sold,
        };
        let objections = audit(&facts, &proposal)?;
        if !objections.is_empty() {
            return Err(self.failure(market, &format!("the auditor objects: {objections:?}")));
        }
        count(&proposal, life);
        let at = || format!("{} on {}", self.entry.household.id, market.as_of);
        if proposal.cash.iter().any(|line| line.flows.is_negative() && line.after.is_negative()) {
            life.short_of_cash.push(at());
        }
        if let Some(gap) = life.gaps.last().filter(|_| proposal.optimum.is_some())
            && life.widest.as_ref().is_none_or(|(widest, _)| gap > widest)
        {
            life.widest = Some((*gap, at()));
        }
        let before = books.value(market)?;
        books.trade(&proposal, universe)?;
        if let Some(flow) = flows.first() {
            life.tax -= to_f64(flow.amount.amount());
            books.due = Money::zero(flow.amount.currency());
        }
        let flowed: f64 = flows.iter().map(|flow| to_f64(flow.amount.amount())).sum();
        life.growth += (books.value(market)? / (before + flowed)).ln();
        Ok(())
    }

    fn failure(&self, market: &MarketSnapshot, what: &str) -> Failure {
        let seed = self.world.book.facts.generated.as_ref().map_or(0, |generated| generated.seed);
        format!("seed {seed}, household {}, {}, {}: {what}", self.entry.household.id, self.arm.name(), market.as_of).into()
    }
}

fn count(proposal: &Proposal, life: &mut Life) {
    let value = to_f64(proposal.value_with_flows.amount());
    let trades = if proposal.refused { &[] } else { proposal.trades.as_slice() };
    life.turnover += trades.iter().map(|trade| to_f64(trade.gross.amount())).sum::<f64>() / value;
    life.costs += trades.iter().map(|trade| to_f64(trade.costs.total.amount())).sum::<f64>() / value;
    life.trades += trades.len();
    life.acted += usize::from(!trades.is_empty());
    for drift in [&proposal.before, &proposal.after] {
        if let Some(error) = drift.tracking_error {
            life.tracking += error;
            life.tracked += 1.0;
        }
    }
    if let Some(optimum) = &proposal.optimum {
        match &optimum.proof {
            Some(proof) => life.gaps.push(proof.gap),
            None => life.unproven += 1,
        }
    }
    life.audited += 1;
    life.refused += usize::from(proposal.refused);
}
