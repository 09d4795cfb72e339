//! What the joint planner weighed, and what it proves.

use evenkeel::trade::{Optimum, Terms, Tracking};

use evenkeel_io::page::Page;

use super::number::{percent, rounded};
use super::table::{Column, Table};

/// A term of the objective and how it is told.
type Part = (&'static str, fn(&Terms) -> f64);

const PARTS: [Part; 9] = [
    ("Drift (risk against the target)", |terms| terms.risk),
    ("Risk against indices", |terms| terms.index),
    ("Weight beyond bands", |terms| terms.bands),
    ("Limits and cash not kept", |terms| terms.limits),
    ("Trading costs", |terms| terms.trading),
    ("Tax of this year", |terms| terms.tax),
    ("Tax of later years", |terms| terms.later_tax),
    ("Location, lost to taxes on income", |terms| terms.location),
    ("All together", |terms| terms.total),
];

/// A gap that the search does not spend its whole work on, in basis points.
const CLOSED: f64 = 0.5;

/// Share of the work from which the budget is spent.
const SPENT: f64 = 0.99;

/// The terms of the decision beside those of doing nothing and of the rules, and the proof.
pub fn render(optimum: &Optimum) -> Page {
    let mut table =
        Table::new([Column::Name("What it comes to"), Column::Number("Nothing"), Column::Number("Rules"), Column::Number("Optimal")]);
    let all = [&optimum.nothing, &optimum.rules, &optimum.terms];
    for (name, of) in PARTS {
        if name == "All together" || all.iter().any(|terms| of(terms).abs() >= 0.005) {
            table.row(std::iter::once(name.into()).chain(all.map(|terms| rounded(of(terms), 2))));
        }
    }
    let years = optimum.horizon_years.to_string();
    let years = format!("{years} year{}", if years == "1" { "" } else { "s" });
    let mut page = Page::new();
    page.table(format!("Weighed over {years}, in basis points of household value"), table);
    let proven = match optimum.proof {
        None => "Nothing is proven of how much better another decision could be.".to_owned(),
        Some(proof) => {
            let ended = match (proof.complete, proof.gap <= CLOSED, proof.work < SPENT) {
                (true, true, _) => "",
                (_, true, true) => "; a gap as small is not worth more work",
                (_, _, false) => "; the work budget was spent before the gap was closed",
                (_, false, true) => "; what is left is what whole lots and least trades may cost, which the search does not follow further",
            };
            let programs = if proof.nodes == 1 { "program" } else { "programs" };
            format!(
                "Proven: no decision comes to less than {:.2} bp, so this one is within {:.2} bp of the best there is ({} convex {programs} solved{ended}).",
                proof.bound, proof.gap, proof.nodes
            )
        }
    };
    page.remark(&proven);
    for index in &optimum.tracking {
        page.remark(tracking(index));
    }
    if let Some(conflict) = &optimum.conflict {
        let missed = percent(conflict.missed);
        page.remark(format!(
            "Not all can be kept: {}; together they are missed by {missed} of the value at the least.",
            conflict.rules.join("; ")
        ));
    }
    for approximation in &optimum.approximations {
        page.remark(format!("Not the full rule: {approximation}."));
    }
    page
}

/// "US Equity tracks `made-up` within 1.2 % a year, from 3 % before; at most 2 % is allowed."
fn tracking(index: &Tracking) -> String {
    let Tracking { class, benchmark, before, after, .. } = index;
    let limit = match index.limit {
        None => String::new(),
        Some(most) if !index.limit_within_reach => format!(
            "; the limit of {} is out of reach, and tracking error was weighed {} times as much as risk to come this near",
            percent(most),
            rounded(index.multiplier, 1)
        ),
        Some(most) if index.multiplier > 1.0 => format!(
            "; to keep the limit of {}, tracking error was weighed {} times as much as risk",
            percent(most),
            rounded(index.multiplier, 1)
        ),
        Some(most) => format!("; the limit is {}", percent(most)),
    };
    format!("Tracking error of {class} against `{benchmark}`: {} a year before, {} after{limit}.", percent(*before), percent(*after))
}
