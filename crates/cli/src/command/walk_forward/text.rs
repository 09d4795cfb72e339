//! What people read of it.

use evenkeel_io::page::Page;

use crate::command::Document;
use crate::evidence::{About, written};
use crate::render::number::{count, counted, percent, rounded};
use crate::render::sections::UNKNOWN;
use crate::render::table::{Cell, Column, Table};

use super::{Variant, WalkForwardDocument};

/// Variants that are shown to people.
const SHOWN: usize = 20;

fn ratio(value: Option<f64>) -> Cell {
    value.map_or_else(|| UNKNOWN.into(), |value| rounded(value, 2))
}

impl WalkForwardDocument {
    fn headline(&self) -> String {
        let Some(chosen) = self.variants.get(self.chosen) else { return String::new() };
        format!(
            "WALK-FORWARD: {} a year out of sample after costs over {} years, with a Sharpe ratio of {}; in sample it was {}.",
            percent(chosen.out_of_sample.annual_return),
            rounded(chosen.out_of_sample.years, 1),
            ratio(chosen.out_of_sample.sharpe),
            ratio(chosen.in_sample_sharpe)
        )
    }

    fn variants(&self) -> Page {
        let columns = ["Sharpe in", "Sharpe out", "Return out", "Volatility", "Drawdown", "Turnover", "Costs"].map(Column::Number);
        let mut table = Table::new([Column::Name("Variant")].into_iter().chain(columns));
        let mut row = |name: String, inside: Cell, figures: &evenkeel::figures::Figures, traded: [Cell; 2]| {
            let [turnover, costs] = traded;
            let volatility = figures.volatility.map_or_else(|| UNKNOWN.into(), percent);
            let cells = [
                name.into(),
                inside,
                ratio(figures.sharpe),
                percent(figures.annual_return),
                volatility,
                percent(figures.maximum_drawdown),
                turnover,
                costs,
            ];
            table.row(cells);
        };
        let sharpe = |variant: &Variant| variant.out_of_sample.sharpe.unwrap_or(f64::NEG_INFINITY);
        let mut order: Vec<&Variant> = self.variants.iter().collect();
        order.sort_by(|a, b| sharpe(b).total_cmp(&sharpe(a)));
        for variant in order.into_iter().take(SHOWN) {
            let values: Vec<&str> = variant.settings.iter().map(|setting| setting.split_once('=').map_or("", |(_, value)| value)).collect();
            let name = if values.is_empty() { "the policy".to_owned() } else { values.join(", ") };
            row(name, ratio(variant.in_sample_sharpe), &variant.out_of_sample, [percent(variant.turnover), percent(variant.costs)]);
        }
        row("benchmark".to_owned(), Cell::default(), &self.benchmark, [Cell::default(), Cell::default()]);
        Page::of_table("Variants, a year, the highest Sharpe ratio out of sample first", table)
    }

    fn windows(&self) -> Page {
        let columns = ["Sharpe in", "Sharpe out", "Return out"].map(Column::Number);
        let names = ["Estimated on", "Held"].map(Column::Name);
        let mut table = Table::new(names.into_iter().chain(columns).chain([Column::Text("Largest weights in percent")]));
        for window in &self.windows {
            let span = |from, to| format!("{from} to {to}");
            let figures = [ratio(window.in_sample_sharpe), ratio(window.out_of_sample_sharpe), percent(window.out_of_sample_return)];
            let mut held: Vec<(&String, f64)> =
                self.classes.iter().zip(window.weights.iter().copied()).filter(|(_, weight)| *weight >= 0.000_5).collect();
            held.sort_by(|a, b| b.1.total_cmp(&a.1));
            let held: Vec<String> = held.iter().take(4).map(|(class, weight)| format!("{class} {}", rounded(weight * 100.0, 1))).collect();
            let spans = [span(window.train_from, window.train_to), span(window.test_from, window.test_to)];
            table.row(spans.map(Cell::from).into_iter().chain(figures).chain([held.join(", ").into()]));
        }
        Page::of_table("Windows", table)
    }

    /// What the tests against luck say, in sentences.
    fn luck(&self) -> Vec<String> {
        let luck = &self.luck;
        let share = |value: f64| format!("{} %", rounded(value * 100.0, 1));
        let mut said = vec![format!("{} tried; the count enters what follows.", counted(luck.trials, "variant"))];
        if let Some(probability) = luck.probabilistic_sharpe {
            let enough = luck.minimum_track_record_years.map_or_else(
                || "no length of record would make it so".to_owned(),
                |years| format!("{} years of such returns make that 95 %", rounded(years, 1)),
            );
            said.push(format!("The Sharpe ratio is above 0 with a probability of {}; {enough}.", share(probability)));
        }
        if let (Some(best), Some(deflated), true) = (luck.best_by_luck, luck.deflated_sharpe, luck.trials > 1) {
            let trials = count(luck.trials);
            said.push(format!(
                "Of {trials} trials without skill the best shows {}; the ratio is above that with a probability of {} (deflated Sharpe ratio).",
                rounded(best, 2),
                share(deflated)
            ));
        }
        if let Some(probability) = luck.overfitting {
            said.push(format!(
                "The best variant of one half of the time is below the median in the other {} of the time (probability of overfitting).",
                share(probability)
            ));
        }
        if let (Some(check), Some([lower, consistent, upper])) = (luck.reality_check, luck.superior_ability) {
            said.push(format!(
                "Were no variant better than the benchmark, the best would look as much better by luck with a probability of {} (SPA; {} to {}); the reality check says {}.",
                share(consistent),
                share(lower),
                share(upper),
                share(check)
            ));
        }
        said
    }
}

impl Document for WalkForwardDocument {
    fn page(&self) -> Page {
        let mut page = Page::new();
        page.say(self.headline());
        let kind = if self.anchored { "anchored" } else { "rolling" };
        let told = format!(
            "Policy “{}”, {}. {} {kind} windows: {} rows in sample, {} out, {} left out between.",
            self.policy,
            self.as_of,
            self.windows.len(),
            count(self.train_rows),
            count(self.test_rows),
            self.purge
        );
        page.say(&told);
        page.append(self.variants());
        let keys = self.variants.first().map_or(&[][..], |variant| &variant.settings).iter();
        let keys: Vec<&str> = keys.filter_map(|setting| setting.split_once('=').map(|(key, _)| key)).collect();
        if !keys.is_empty() {
            page.remark(format!("The variants are values of {}.", keys.join(" and ")));
        }
        if self.variants.len() > SHOWN {
            page.remark(format!("{} further variants are not shown; `--json` gives all.", self.variants.len() - SHOWN));
        }
        page.append(self.windows());
        for sentence in self.luck().iter().chain(&self.notes) {
            page.item(sentence);
        }
        page.append(written(&self.files));
        page
    }

    fn about(&self) -> About {
        About::policy(&self.policy, self.as_of)
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
