//! `[location]`: costs by account and class.

use std::collections::BTreeMap;

use evenkeel_ledger::account::TaxTreatment;
use evenkeel_ledger::class::ClassPath;

use crate::diagnostic::{Code, Location};
use crate::document::{Table, Value};
use crate::policy::{LocationRules, StatedCosts, Where};

use super::{KnownClasses, Located, distinct};

/// The kinds of account by the words for them.
const KINDS: [TaxTreatment; 4] = [TaxTreatment::Taxable, TaxTreatment::Deferred, TaxTreatment::Exempt, TaxTreatment::Untaxed];

/// The rules, and where each account or kind of account is named.
type Read = (LocationRules, BTreeMap<String, Location>);

pub(super) fn read(root: &Table<'_>, classes: &KnownClasses<'_>) -> Option<Read> {
    root.table("location", "Where classes should live: what it costs to hold them, account by account.", |table| read_rules(table, classes))
}

fn read_rules(table: &Table<'_>, classes: &KnownClasses<'_>) -> Read {
    let about = "What it costs a year to hold a class, as a fraction of its value, by kind of account (`taxable`, `deferred`, \
                 `exempt`, `untaxed`) or id of an account, and by class: `taxable = { Bonds = 0.012 }`. Takes the place of what \
                 follows from the yields of the assumptions; below zero is a benefit.";
    let costs = table.key("costs", about).entries("table of tables `class = cost`", |name, value| {
        let costs = read_costs(value)?;
        for (class, _) in &costs {
            classes.check(table, class);
        }
        let kind = KINDS.into_iter().map(Where::Kind).find(|kind| kind.name() == name);
        let accounts = kind.unwrap_or_else(|| Where::Account(name.to_owned()));
        let classes = costs.into_iter().map(|(class, cost)| (class.value, cost)).collect();
        Some((StatedCosts { accounts, classes }, (name.to_owned(), value.location())))
    });
    let (costs, places): (Vec<_>, BTreeMap<_, _>) = costs.optional().unwrap_or_default().into_iter().unzip();
    (LocationRules { costs }, places)
}

fn read_costs(value: Value<'_>) -> Option<Vec<(Located<ClassPath>, f64)>> {
    let costs = value.entries(|name, cost| {
        let Ok(class) = ClassPath::new(name) else {
            return cost.refuse(Code::WRONG_TYPE, "has a name that is no class", "write a class such as \"Equity/US Equity\"");
        };
        let a_year = cost.number()?;
        if !(-1.0..=1.0).contains(&a_year) {
            return cost.refuse(Code::OUT_OF_RANGE, "is outside -1 to 1", "write a fraction of the value: 0.012 is 1.2 % a year");
        }
        Some((Located { value: class, span: cost.span() }, a_year))
    })?;
    distinct(value, costs.iter().map(|(class, _)| class.value.as_str())).then_some(costs)
}
