//! What a person reads of segments.

use evenkeel::attribution::{Attributed, PeriodEffect};
use evenkeel_io::page::Page;

use crate::render::number::{counted, percent};
use crate::render::table::{Cell, Column, Table};

use super::precise;

/// What is compared, and how.
pub(super) fn head(told: &Attributed) -> Page {
    let head = format!(
        "{} to {}, {}. Portfolio {}, benchmark {}: {} {}.",
        told.from,
        told.to,
        counted(told.periods, "period"),
        percent(told.portfolio_return),
        percent(told.benchmark_return),
        percent(told.excess),
        if told.geometric { "between them, as a quotient" } else { "between them" },
    );
    let mut page = Page::new();
    page.say(&head).say(format!("{}.", told.method));
    page
}

/// Effects by segment and period.
pub(super) fn tables(told: &Attributed) -> Page {
    let shown = Shown {
        told,
        interaction: told.segments.iter().any(|node| node.interaction != 0.0),
        currency: told.currency.is_some(),
        interest: told.segments.iter().any(|node| node.interest_differential.is_some_and(|interest| interest != 0.0)),
    };
    let mut page = shown.by_segment();
    page.append(earned(told)).append(shown.by_period());
    page
}

/// What should be known of it.
pub(super) fn notes(told: &Attributed) -> Vec<String> {
    let mut notes = told.notes.clone();
    if let Some(share) = told.explained_variance {
        notes.push(format!(
            "The benchmark explains {} of the variance over periods: how much moved together, not how much was earned.",
            percent(share)
        ));
    }
    if told.geometric {
        notes.push("Effects compound: (1 + allocation) × (1 + selection) is the quotient of the values.".to_owned());
    }
    notes
}

/// What each segment earned in its own currency and by it.
fn earned(told: &Attributed) -> Page {
    if told.earned.is_empty() {
        return Page::new();
    }
    let has_rates = told.earned.iter().any(|part| part.interest_differential != 0.0);
    let mut columns = vec![
        Column::Name("Held"),
        Column::Number("Weight"),
        Column::Number("Own return"),
        Column::Number("Currency"),
        Column::Number("Own"),
    ];
    columns.extend(has_rates.then_some(Column::Number("Interest")));
    columns.extend([Column::Number("By currency"), Column::Number("Total")]);
    let mut table = Table::new(columns);
    for part in &told.earned {
        let mut row =
            vec![(&part.name).into(), percent(part.weight), percent(part.local_return), percent(part.currency_return), precise(part.local)];
        row.extend(has_rates.then(|| precise(part.interest_differential)));
        row.extend([precise(part.currency), precise(part.total)]);
        table.row(row);
    }
    let sum = |of: fn(&evenkeel::attribution::EarnedAbroad) -> f64| precise(told.earned.iter().map(of).sum());
    let mut row = vec!["all".into(), Cell::default(), Cell::default(), Cell::default(), sum(|part| part.local)];
    row.extend(has_rates.then(|| sum(|part| part.interest_differential)));
    row.extend([sum(|part| part.currency), sum(|part| part.total)]);
    table.row(row);
    Page::of_table("What was earned in the own currency and by it, contributions linked", table)
}

/// Which effects have columns.
struct Shown<'a> {
    told: &'a Attributed,
    interaction: bool,
    currency: bool,
    interest: bool,
}

impl Shown<'_> {
    fn columns<'a>(&self, first: &[Column<&'a str>]) -> Vec<Column<&'a str>> {
        let effects = [
            ("Allocation", true),
            ("Selection", true),
            ("Interaction", self.interaction),
            ("Currency", self.currency),
            ("of it interest", self.interest),
        ];
        first.iter().copied().chain(effects.into_iter().filter(|(_, shown)| *shown).map(|(name, _)| Column::Number(name))).collect()
    }

    fn effects(&self, [allocation, selection, interaction]: [f64; 3], currency: Option<f64>, interest: Option<f64>) -> Vec<Cell> {
        let mut cells = vec![precise(allocation), precise(selection)];
        cells.extend(self.interaction.then(|| precise(interaction)));
        cells.extend(currency.filter(|_| self.currency).map(precise));
        cells.extend(interest.filter(|_| self.interest).map(precise));
        cells
    }

    fn by_segment(&self) -> Page {
        // With all effects there is no room for returns, which the table as CSV has.
        let shown = if self.interaction || self.currency { 2 } else { 4 };
        let first =
            [Column::Name("Segment"), Column::Number("Held"), Column::Number("Bench."), Column::Number("Return"), Column::Number("Bench.")];
        let mut columns = self.columns(first.get(..=shown).unwrap_or_default());
        columns.push(Column::Number("Total"));
        let mut table = Table::new(columns);
        let known = |value: Option<f64>| value.map(percent).unwrap_or_default();
        for node in &self.told.segments {
            let name = format!("{}{}", "  ".repeat(node.depth), node.name);
            let cells = [node.portfolio_weight, node.benchmark_weight, node.portfolio_return, node.benchmark_return].map(known);
            let effects = self.effects([node.allocation, node.selection, node.interaction], node.currency, node.interest_differential);
            table.row(std::iter::once(name.into()).chain(cells.into_iter().take(shown)).chain(effects).chain([precise(node.total)]));
        }
        let told = self.told;
        let whole = [Cell::default(), Cell::default(), percent(told.portfolio_return), percent(told.benchmark_return)];
        let effects = self.effects([told.allocation, told.selection, told.interaction], told.currency, told.interest_differential);
        table.row(std::iter::once("all".into()).chain(whole.into_iter().take(shown)).chain(effects).chain([precise(told.excess)]));
        Page::of_table("By segment", table)
    }

    fn by_period(&self) -> Page {
        let mut table = Table::new(self.columns(&[Column::Name("Period"), Column::Number("Return"), Column::Number("Bench.")]));
        for period in &self.told.by_period {
            let PeriodEffect { allocation, selection, interaction, currency, interest_differential, .. } = *period;
            let cells = [period.period.clone().into(), percent(period.portfolio_return), percent(period.benchmark_return)];
            table.row(cells.into_iter().chain(self.effects([allocation, selection, interaction], currency, interest_differential)));
        }
        let heading = if self.told.geometric { "By period" } else { "By period, linked" };
        Page::of_table(heading, table)
    }
}
