//! [`LimitRecord`]: what the limits of a policy came to over a run.

use evenkeel_ledger::date::Date;
use serde::Serialize;

use crate::comply::{Check, Reached, Status};
use crate::policy::Limit;

/// What a limit came to on the days on which one looked, before trades.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LimitRecord {
    /// Its name.
    pub limit: String,
    /// `at_most` or `at_least`.
    pub bound: &'static str,
    /// The limit.
    pub value: f64,
    /// What it binds, as `comply` names it.
    pub measure: &'static str,
    /// Whether breaking it refuses a proposal.
    pub hard: bool,
    /// Looks on which it could be told.
    pub looks: usize,
    /// Looks on which it was broken.
    pub broken: usize,
    /// How often it came to be broken.
    pub times: usize,
    /// The longest stretch of looks on which it was broken, the first of them where several are as long: its first and last day.
    pub longest: Option<(Date, Date)>,
    /// The day with the least room, and what was measured on it: where it holds for each of several, of the worst of them.
    pub worst: Option<(Date, f64)>,
    /// Proposals that it refused, alone or with others.
    pub refused: usize,
    #[serde(skip)]
    least_room: f64,
    /// The stretch that goes on: its first day, and its last so far.
    #[serde(skip)]
    going_on: Option<(Date, Date)>,
}

impl LimitRecord {
    fn new(limit: &Limit) -> Self {
        Self {
            limit: limit.name.clone(),
            bound: limit.bound.name(),
            value: limit.value,
            measure: limit.measure.name(),
            hard: limit.hard,
            looks: 0,
            broken: 0,
            times: 0,
            longest: None,
            worst: None,
            refused: 0,
            least_room: f64::INFINITY,
            going_on: None,
        }
    }

    /// Share of the looks on which it was broken; `None` where it could never be told.
    #[expect(clippy::cast_precision_loss, reason = "looks")]
    pub fn share(&self) -> Option<f64> {
        (self.looks > 0).then(|| self.broken as f64 / self.looks as f64)
    }

    fn look(&mut self, day: Date, reached: Option<&Reached>) {
        let Some((measured, slack)) = reached.and_then(|reached| reached.measured.zip(reached.slack)) else {
            self.going_on = None;
            return;
        };
        self.looks += 1;
        if slack < self.least_room {
            (self.least_room, self.worst) = (slack, Some((day, measured)));
        }
        if reached.is_none_or(|reached| reached.status != Status::Broken) {
            self.going_on = None;
            return;
        }
        self.broken += 1;
        self.times += usize::from(self.going_on.is_none());
        let stretch = (self.going_on.map_or(day, |(since, _)| since), day);
        self.going_on = Some(stretch);
        let length = |(first, last): (Date, Date)| last.days_since(first);
        if self.longest.is_none_or(|longest| length(stretch) > length(longest)) {
            self.longest = Some(stretch);
        }
    }
}

/// What all limits of a policy come to, in its order.
#[derive(Debug, Default)]
pub(super) struct LimitBook {
    records: Vec<LimitRecord>,
}

impl LimitBook {
    pub(super) fn new(limits: &[Limit]) -> Self {
        Self { records: limits.iter().map(LimitRecord::new).collect() }
    }

    /// Writes down how the limits stood on a look.
    pub(super) fn look(&mut self, day: Date, reached: &[Reached]) {
        for (index, record) in self.records.iter_mut().enumerate() {
            record.look(day, reached.iter().find(|reached| reached.limit == index));
        }
    }

    /// Writes down which limits refused a proposal, by its checks.
    pub(super) fn refuse(&mut self, checks: &[Check]) {
        for record in &mut self.records {
            let is_own = |check: &Check| {
                let rest = check.limit.strip_prefix(&record.limit);
                check.bound == record.bound && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(": "))
            };
            record.refused += usize::from(checks.iter().any(|check| check.refuses() && is_own(check)));
        }
    }

    /// The limits that could be told on none of so many looks.
    pub(super) fn untold(&self, looks: usize) -> Option<String> {
        let untold: Vec<String> =
            self.records.iter().filter(|record| record.looks == 0).map(|record| format!("`{}`", record.limit)).collect();
        let what = if untold.len() == 1 { "The limit" } else { "The limits" };
        (looks > 0 && !untold.is_empty())
            .then(|| format!("{what} {} could be told on no day and refused nothing: `evenkeel comply` says why.", untold.join(", ")))
    }

    pub(super) fn into_records(self) -> Vec<LimitRecord> {
        self.records
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp, reason = "tests")]

    use crate::diagnostic::SourceText;
    use crate::policy::Policy;

    use super::*;

    const POLICY: &str = "schema_version = 1\nname = \"limits\"\nbase_currency = \"USD\"\n[bands]\nabsolute = 0.05\n\
        [[target]]\nclass = \"Equity\"\nweight = 1.0\ninstruments = [\"A\"]\n\
        [[limit]]\nname = \"equity\"\nwhere = { class = [\"Equity\"] }\nat_most = 0.55\n\
        [[limit]]\nname = \"risk\"\non = \"volatility\"\nat_most = 0.2\n";

    fn day(number: i32) -> Date {
        "2026-01-05".parse::<Date>().unwrap().add_days(number).unwrap()
    }

    #[test]
    fn what_limits_came_to_is_told() {
        let parsed = Policy::parse(SourceText { file: "policy.toml", text: POLICY });
        let mut book = LimitBook::new(&parsed.value.unwrap().limits);
        for (at, measured) in (0..).zip([0.5, 0.6, 0.67, 0.5, 0.75, 0.5]) {
            let slack = 0.55 - measured;
            let status = if slack < 0.0 { Status::Broken } else { Status::Kept };
            let unknown = Reached { limit: 1, measured: None, slack: None, status: Status::Unknown };
            book.look(day(7 * at), &[Reached { limit: 0, measured: Some(measured), slack: Some(slack), status }, unknown]);
        }
        let untold = "The limit `risk` could be told on no day and refused nothing: `evenkeel comply` says why.";
        assert_eq!((book.untold(6).as_deref(), book.untold(0)), (Some(untold), None));
        let records = book.into_records();
        let (equity, risk) = (&records[0], &records[1]);
        assert_eq!((equity.looks, equity.broken, equity.times, equity.share()), (6, 3, 2, Some(0.5)));
        assert_eq!((equity.longest, equity.worst), (Some((day(7), day(14))), Some((day(28), 0.75))));
        assert_eq!((equity.limit.as_str(), equity.bound, equity.measure, equity.hard), ("equity", "at_most", "weight", true));
        assert_eq!((risk.looks, risk.share(), risk.worst), (0, None, None), "what cannot be told is not looked at");
    }
}
