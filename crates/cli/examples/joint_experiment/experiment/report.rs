//! [`Report`]: the result with all that it rests on, for people and programs.

use std::fmt::Write as _;

use serde::Serialize;

use super::Settings;
use super::market::{FUND_NOISE, STOCK_NOISE};
use super::matched::Matched;
use super::outcome::{Average, Difference, Estimate, SAMPLES};

/// The result, and what it rests on.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Report {
    pub(crate) households: usize,
    pub(crate) years: usize,
    pub(crate) seed: u64,
    pub(crate) assumptions: Vec<String>,
    pub(crate) averages: Vec<Average>,
    pub(crate) differences: Vec<Difference>,
    pub(crate) matched: Option<Matched>,
}

impl Report {
    pub(crate) fn new(settings: &Settings, averages: Vec<Average>, differences: Vec<Difference>, matched: Option<Matched>) -> Self {
        let Settings { households, years, seed, .. } = *settings;
        Self { households, years, seed, assumptions: assumptions(), averages, differences, matched }
    }

    /// Proposals that the auditor passed. One that it objects to ends the experiment.
    pub(crate) fn audited(&self) -> usize {
        let matched = self.matched.iter().flat_map(|matched| [&matched.monthly, &matched.joint]);
        self.averages.iter().chain(matched).map(|average| average.audited).sum()
    }

    pub(crate) fn text(&self) -> String {
        let mut text = format!("{} households, {} years, seed {}\n\n", self.households, self.years, self.seed);
        heading(&mut text);
        self.averages.iter().for_each(|average| line(&mut text, average));
        gaps(&mut text, &self.averages);
        differences(&mut text, &self.differences);
        if let Some(matched) = &self.matched {
            let _ = writeln!(text, "\nAt equal tracking error, the first {} households:\n", matched.households);
            heading(&mut text);
            line(&mut text, &matched.monthly);
            line(&mut text, &matched.joint);
            gaps(&mut text, std::slice::from_ref(&matched.joint));
            differences(&mut text, std::slice::from_ref(&matched.difference));
        }
        let _ = writeln!(text, "\nThe auditor passed all {} proposals.\n\nWhat it rests on:", self.audited());
        for assumption in &self.assumptions {
            let _ = writeln!(text, "- {assumption}");
        }
        text
    }
}

fn heading(text: &mut String) {
    let _ = writeln!(
        text,
        "{:<22} {:>10} {:>10} {:>7} {:>7} {:>6} {:>9} {:>8} {:>6} {:>6} {:>7} {:>7}",
        "", "end", "end after", "return", "after", "drag", "tax", "turnover", "cost", "TE", "trades", "months"
    );
    let _ = writeln!(
        text,
        "{:<22} {:>10} {:>10} {:>7} {:>7} {:>6} {:>9} {:>8} {:>6} {:>6} {:>7} {:>7}",
        "", "USD", "tax", "% a y", "tax", "bp a y", "paid USD", "% a y", "bp a y", "bp", "a y", "a y"
    );
}

fn line(text: &mut String, average: &Average) {
    let _ = writeln!(
        text,
        "{:<22} {:>10.0} {:>10.0} {:>7.3} {:>7.3} {:>6.1} {:>9.0} {:>8.2} {:>6.2} {:>6.1} {:>7.1} {:>7.2}",
        average.arm,
        average.end_before_tax,
        average.end_after_tax,
        1e2 * average.return_before_tax,
        1e2 * average.return_after_tax,
        1e4 * average.tax_drag,
        average.tax_paid,
        1e2 * average.turnover_two_way,
        1e4 * average.costs,
        1e4 * average.tracking_error,
        average.trades_a_year,
        average.months_with_trades
    );
}

fn gaps(text: &mut String, averages: &[Average]) {
    for average in averages {
        if let Some(gap) = &average.gap {
            let _ = writeln!(
                text,
                "\nGap of {}, {} decisions: mean {:.4} bp, 95th percentile {:.4} bp, largest {:.4} bp ({}); {} without a proof",
                average.arm, gap.decisions, gap.mean, gap.p95, gap.max, gap.widest, gap.unproven
            );
        }
        if average.refused > 0 {
            let _ = writeln!(text, "{}: {} proposals refused by a hard limit", average.arm, average.refused);
        }
        if !average.short_of_cash.is_empty() {
            let _ = writeln!(text, "{}: less cash for tax than was due: {}", average.arm, average.short_of_cash.join(", "));
        }
    }
}

fn differences(text: &mut String, differences: &[Difference]) {
    for difference in differences {
        let _ = writeln!(text, "\n{} less {}, mean over households [95 % band]:", difference.arm, difference.less);
        for (what, unit, estimate) in [
            ("return after tax", "bp a year", &difference.return_after_tax),
            ("wealth after tax at the end", "%", &difference.end_after_tax),
            ("tax drag", "bp a year", &difference.tax_drag),
            ("turnover, two-way", "points a year", &difference.turnover),
            ("tracking error", "bp", &difference.tracking_error),
        ] {
            let Estimate { mean, low, high } = estimate;
            let _ = writeln!(text, "  {what:<28} {mean:>8.2} [{low:.2}, {high:.2}] {unit}");
        }
    }
}

/// What the result rests on, and what it is not.
fn assumptions() -> Vec<String> {
    vec![
        "Households: the first of the generated book that have a taxable account; of the others no planner changes any tax. Nobody adds money \
         or spends any: all that goes out is tax."
            .to_owned(),
        format!(
            "Market: monthly log-normal returns by class, means, volatilities and correlations of \
             crates/cli/examples/joint_experiment/experiment/assumptions.toml, which the planners believe too; each fund moves by {:.0} % a year \
             beside its class, each stock by {:.0} %. Each household lives on a path of its own, the same in every arm.",
            1e2 * FUND_NOISE,
            1e2 * STOCK_NOISE
        ),
        "Dividends and interest are paid monthly into the cash of each account.".to_owned(),
        "Tax: rates stated by the book for each household, state included, alike in all years; gains net by term, losses carried on, 3,000 a \
         year against income; dividends at once by their qualified share. The tax of a year leaves the taxable account in April."
            .to_owned(),
        "After tax at the end: taxable accounts sold at stated rates without costs, deferred accounts taxed as income, exempt ones not. The \
         return after tax is a year's from the start, measured the same way; drag is the time-weighted return before tax less that."
            .to_owned(),
        "Once a month, on its last weekday: the arms `cascade` and `joint planner` act where a band of the book is left (5 points or a quarter) \
         or cash is 3 % above what is kept; those that are monthly act each time."
            .to_owned(),
        "Tracking error: against the policy's targets by the assumed covariance, mean of before and after each month's trades.".to_owned(),
        format!("Bands: {SAMPLES} samples of households with replacement. They say nothing of other markets, books, tax laws or beliefs."),
        "It is not: a market that anybody lived through, a forecast, or a study of behavior. The planner's beliefs about risk are right here, \
         as they never are. Arms differ in risk too, so part of a difference in return may be pay for risk, and not for tax."
            .to_owned(),
    ]
}
