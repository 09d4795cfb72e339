//! [`observe`]: whether laws were kept on the days on which they look at holdings, from the journal and prices alone.
//!
//! | law | looks at holdings | tolerates |
//! |---|---|---|
//! | 1940 Act, section 5(b)(1) | immediately after every acquisition | what is neither wholly nor partly the result of that acquisition (5(c)) |
//! | IRC section 851(b)(3) | at the close of every quarter | a discrepancy that did not exist immediately after an acquisition, wholly or partly as its result, once a quarter was closed with the requirements met (851(d)(1)); one so caused, where it is gone within 30 days after the close |
//!
//! An acquisition causes what trades of its day cause: those that took what the limit is about the wrong way, as
//! [`Breach::Active`] tells them from what the market did. It is the cause until the limit is kept again. Quarters are of the calendar
//! year; days are those with prices, at their close. Sources: 15 U.S.C. 80a-5(b)(1) and (c); 26 U.S.C. 851(b)(3) and (d)(1);
//! Treas. Reg. § 1.851-5.

use std::collections::{BTreeMap, BTreeSet};

use evenkeel_ledger::date::Date;
use serde::Serialize;

use crate::comply::{Breach, Check, Rules, Status};
use crate::diagnostic::Diagnostic;
use crate::performance::{Around, Record, around_acquisitions};
use crate::policy::{Law, Limit};

/// Days after the close of a quarter within which a discrepancy can be done away with.
const CURE_DAYS: i32 = 30;

/// The last day with prices of a quarter is its close where it is so near to it.
const WEEKEND: i32 = 4;

/// When a law looked at holdings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// At the close of a quarter.
    QuarterEnd,
    /// Immediately after an acquisition.
    Acquisition,
}

/// Why a limit is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Wholly or partly by an acquisition.
    Acquisition,
    /// By the market and by flows alone.
    Market,
    /// It was never kept at the close of a quarter, before which nothing is tolerated.
    NeverMet,
}

/// A limit of law on a day on which it is tested; where it holds for each issuer, those that break it, or the one with the least room.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Test {
    /// The limit, with the issuer where it holds for each.
    pub limit: String,
    /// The day.
    pub date: Date,
    /// Why it is tested.
    pub occasion: Occasion,
    /// What is measured.
    pub measured: Option<f64>,
    /// The limit.
    pub at_most: f64,
    /// Whether it is broken.
    pub broken: bool,
    /// Where it is broken, by what.
    pub cause: Option<Cause>,
    /// The acquisition that caused it: its day, and what was acquired.
    pub acquired: Option<(Date, Vec<String>)>,
    /// Whether the law is broken, and not only the limit.
    pub is_breach: bool,
    /// Until when a breach at the close of a quarter can be done away with.
    pub cure_until: Option<Date>,
    /// Whether it was; `null` where that is not known yet.
    pub cured: Option<bool>,
}

/// What laws found on the days on which they looked.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Observance {
    /// Every test that was not kept, and those of the closes of quarters.
    pub tests: Vec<Test>,
    /// Limits of law that are broken on the last day, and whether an acquisition is the cause.
    pub standing: BTreeMap<String, Cause>,
}

impl Observance {
    /// Tells of limits that are broken on the last day which of them their law tolerates, as the market alone broke them. What a proposal
    /// breaks it breaks, whatever the market did before.
    pub fn tolerate(&self, checks: &mut [Check]) {
        for check in checks {
            let is_broken = check.status_before == Status::Broken || check.status_after == Status::Broken;
            let is_market = check.breach != Some(Breach::Active) && self.standing.get(&check.limit) == Some(&Cause::Market);
            check.tolerated = check.law.filter(|_| is_broken && is_market).map(Law::section);
        }
    }
}

/// Tests limits of law over the days of a journal, up to one.
///
/// # Errors
/// An event that the books refuse, something held without a price, a missing exchange rate.
pub fn observe(record: &Record<'_>, rules: &Rules, limits: &[Limit], to: Date) -> Result<Observance, Vec<Diagnostic>> {
    let days = around_acquisitions(record, to)?;
    let mut watch = Watch { record, causes: BTreeMap::new(), met: BTreeSet::new(), found: Observance::default() };
    for (at, day) in days.iter().enumerate() {
        let checks = rules.check(&rules.measure(&day.before), &rules.measure(&day.after));
        let checks: Vec<Check> = checks.into_iter().filter(|check| check.law.is_some() && check.status_after != Status::Unknown).collect();
        let close = quarter_end(day.date).filter(|end| is_close(day.date, *end, days.get(at + 1)));
        watch.cure(day.date, &checks);
        watch.acquired(day, &checks);
        if let Some(end) = close {
            watch.close(day.date, end, limits, &checks);
        }
        if at + 1 == days.len() {
            watch.stand(&checks);
        }
    }
    Ok(watch.found)
}

/// The last day of the quarter of a day.
fn quarter_end(day: Date) -> Option<Date> {
    let month = (day.month() - 1) / 3 * 3 + 3;
    let (year, next) = if month == 12 { (day.year() + 1, 1) } else { (day.year(), month + 1) };
    Date::new(year, next, 1).ok()?.add_days(-1).ok()
}

/// Whether a day with prices is the last of its quarter.
fn is_close(day: Date, end: Date, next: Option<&Around>) -> bool {
    next.map_or(end.days_since(day) <= WEEKEND, |next| next.date > end)
}

struct Watch<'a> {
    record: &'a Record<'a>,
    /// The acquisition that caused what is broken, by limit.
    causes: BTreeMap<String, (Date, Vec<String>)>,
    /// The limits of the policy that were kept at the close of a quarter.
    met: BTreeSet<String>,
    found: Observance,
}

impl Watch<'_> {
    /// What was acquired on a day, and what that broke.
    fn acquired(&mut self, day: &Around, checks: &[Check]) {
        for check in checks {
            if check.status_after != Status::Broken {
                self.causes.remove(&check.limit);
            } else if check.breach == Some(Breach::Active) && !day.acquired.is_empty() {
                let symbols = day.acquired.iter().map(|id| self.record.universe.symbol(*id).to_owned()).collect();
                let acquired = (day.date, symbols);
                self.causes.insert(check.limit.clone(), acquired.clone());
                if check.law == Some(Law::CompanyAct) {
                    let cause = Some(Cause::Acquisition);
                    let test = Test { cause, acquired: Some(acquired), is_breach: true, ..tested(check, day.date, Occasion::Acquisition) };
                    self.found.tests.push(test);
                }
            }
        }
        // Of what is not held any more nothing is told.
        self.causes.retain(|limit, _| checks.iter().any(|check| check.limit == *limit));
    }

    /// The close of a quarter: of each limit of the Internal Revenue Code all names that break it, or the one with the least room.
    fn close(&mut self, day: Date, end: Date, limits: &[Limit], checks: &[Check]) {
        for limit in limits.iter().filter(|limit| limit.law == Some(Law::RevenueCode)) {
            let own = || checks.iter().filter(|check| is_of(&check.limit, &limit.name));
            let was_met = self.met.contains(&limit.name);
            let broken: Vec<Test> = own()
                .filter(|check| check.status_after == Status::Broken)
                .map(|check| {
                    let acquired = self.causes.get(&check.limit).cloned();
                    let cause = match (&acquired, was_met) {
                        (Some(_), _) => Cause::Acquisition,
                        (None, true) => Cause::Market,
                        (None, false) => Cause::NeverMet,
                    };
                    Test {
                        is_breach: cause != Cause::Market,
                        cure_until: end.add_days(CURE_DAYS).ok().filter(|_| cause == Cause::Acquisition),
                        cause: Some(cause),
                        acquired,
                        ..tested(check, day, Occasion::QuarterEnd)
                    }
                })
                .collect();
            let room = |check: &&Check| check.slack.unwrap_or(f64::INFINITY);
            let kept = own().min_by(|a, b| room(a).total_cmp(&room(b))).filter(|_| broken.is_empty());
            if kept.is_some() {
                self.met.insert(limit.name.clone());
            }
            self.found.tests.extend(broken);
            self.found.tests.extend(kept.map(|check| tested(check, day, Occasion::QuarterEnd)));
        }
    }

    /// Whether what was broken at the close of a quarter is done away with.
    fn cure(&mut self, day: Date, checks: &[Check]) {
        for test in self.found.tests.iter_mut().filter(|test| test.cured.is_none()) {
            let Some(until) = test.cure_until else { continue };
            let is_broken = checks.iter().any(|check| check.limit == test.limit && check.status_after == Status::Broken);
            if day > until {
                test.cured = Some(false);
            } else if !is_broken {
                (test.cured, test.is_breach) = (Some(true), false);
            }
        }
    }

    /// What is broken on the last day.
    fn stand(&mut self, checks: &[Check]) {
        for check in checks.iter().filter(|check| check.status_after == Status::Broken) {
            let never_met = check.law == Some(Law::RevenueCode) && !self.is_met(&check.limit);
            let cause = match self.causes.contains_key(&check.limit) {
                true => Cause::Acquisition,
                false if never_met => Cause::NeverMet,
                false => Cause::Market,
            };
            self.found.standing.insert(check.limit.clone(), cause);
        }
    }

    /// Whether the limit that a check is of was kept at the close of a quarter.
    fn is_met(&self, check: &str) -> bool {
        self.met.iter().any(|limit| is_of(check, limit))
    }
}

/// Whether a check is of a limit: of its name, or of the limit for one issuer.
fn is_of(check: &str, limit: &str) -> bool {
    check.strip_prefix(limit).is_some_and(|rest| rest.is_empty() || rest.starts_with(": "))
}

fn tested(check: &Check, date: Date, occasion: Occasion) -> Test {
    Test {
        limit: check.limit.clone(),
        date,
        occasion,
        measured: check.after,
        at_most: check.value,
        broken: check.status_after == Status::Broken,
        cause: None,
        acquired: None,
        is_breach: false,
        cure_until: None,
        cured: None,
    }
}
