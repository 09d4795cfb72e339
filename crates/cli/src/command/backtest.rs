//! `evenkeel backtest`: what a policy would have come to, run by the code that trades.

use std::path::PathBuf;

use clap::Args;
use evenkeel::backtest::{
    Acted, Backtest, Day, Final, LimitRecord, PremiumReport, Rule, Summary, Year, benchmark_returns, growth, over_a_year, premium, rules,
    years,
};
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel::run::DISCLAIMER;
use evenkeel_io::page::Page;
use evenkeel_io::{journal, write};
use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::Currency;
use serde::Serialize;

use crate::analysis::output::{Csv, Named, OutputArguments, digits, spare_inputs};
use crate::evidence::{About, written};
use crate::past::{PastArguments, PastInputs};
use crate::pictures::{drawdown_picture, drift_picture, growth_picture, rolling_picture};
use crate::progress::Meter;
use crate::render::number::{count, counted, percent, rounded};
use crate::render::sections::{UNKNOWN, UNTOLD, in_unit, pictured};
use crate::render::sparkline::sparkline;
use crate::render::table::{Cell, Column, Table};

use super::{Document, Outcome, finish};

/// Days that a benchmark may end before the run: a month and some.
pub(super) const BENCHMARK_DAYS: i32 = 35;

/// Arguments of `evenkeel backtest`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the inputs are, and how the clock is run.
    #[command(flatten)]
    pub past: PastArguments,
    /// Name of a benchmark of benchmark.csv; that of the policy where left out.
    #[arg(long, value_name = "NAME")]
    pub benchmark: Option<String>,
    /// Write all that happened to the accounts to this file, as a journal in JSON lines.
    #[arg(long, value_name = "FILE", help_heading = "Files of results")]
    pub journal: Option<PathBuf>,
    /// Files of the result.
    #[command(flatten)]
    pub output: OutputArguments,
}

impl Arguments {
    /// A run of a folder, with pictures.
    pub fn folder(folder: PathBuf, output: &OutputArguments) -> Self {
        Self { past: PastArguments::folder(folder), benchmark: None, journal: None, output: output.clone() }
    }
}

/// What a policy would have come to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ran {
    /// The household.
    pub household: String,
    /// The policy.
    pub policy: String,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// Days with prices.
    pub days: usize,
    /// Currency of amounts.
    pub currency: Currency,
    /// Value before the first day, with what came in on it.
    pub start: f64,
    /// What there was at the end.
    pub end: Final,
    /// What the policy's spending rule paid out in all.
    pub spent: f64,
    /// What came in after the first day less what went out.
    pub net_flow: f64,
    /// Growth of one unit by day, flows apart.
    #[serde(skip)]
    pub growth: Vec<f64>,
    /// Its figures.
    pub summary: Summary,
    /// What keeping the weights brought; `null` where they are not constant, or prices leave out dividends or splits.
    pub premium: Option<PremiumReport>,
    /// By calendar year.
    pub years: Vec<Year>,
    /// Why it was traded.
    pub rules: Vec<Rule>,
    /// What each limit of the policy came to, in its order.
    pub limits: Vec<LimitRecord>,
    /// Every decision that traded, or was refused.
    pub decisions: Vec<Acted>,
    /// Proposals that the auditor checked and had nothing to object to.
    pub audited: usize,
    /// What rounding to whole lots, cents and least trades made of the final value, as a fraction of what weights alone come to;
    /// `null` where the run asks for what weights do not know.
    pub rounding: Option<f64>,
    /// What should be known of the result.
    pub notes: Vec<String>,
    /// SHA-256 of each input.
    pub inputs: Vec<(String, String)>,
    /// What this is not.
    pub disclaimer: &'static str,
    /// Pictures of it.
    #[serde(skip)]
    pub pictures: Vec<Named>,
    /// Files written beside it.
    pub files: Vec<String>,
}

/// Runs it.
pub fn run(arguments: &Arguments) -> Outcome {
    let inputs = match arguments.past.load() {
        Ok(inputs) => inputs,
        Err(diagnostics) => return Outcome::invalid(diagnostics),
    };
    let ran = ran(&inputs, arguments);
    finish(inputs.warnings, ran)
}

pub(super) fn ran(inputs: &PastInputs, arguments: &Arguments) -> Result<Ran, Vec<Diagnostic>> {
    if inputs.vector.is_some() && arguments.journal.is_some() {
        let told = Diagnostic::error(Code::ARGUMENT, "weights alone have no lots and trades, so there is no journal to write");
        return Err(vec![told.help("use the full gear: `--gear full`, or leave out `--journal`")]);
    }
    let mut meter = Meter::start();
    let span = f64::from(inputs.terms.to.days_since(inputs.terms.from).max(1));
    let mut reached = |day: Date| {
        let share = f64::from(day.days_since(inputs.terms.from)) / span;
        meter.tell(share, |_| format!("{day}, on the way from {} to {}", inputs.terms.from, inputs.terms.to));
    };
    let (run, audited) = inputs.run_under(&inputs.policy, &inputs.terms, &mut reached)?;
    drop(meter);
    let benchmark = benchmark(inputs, arguments.benchmark.as_deref(), &run)?;
    let beside = benchmark.as_ref().map(|(name, returns)| (name.as_str(), returns.as_slice()));
    let summary = Summary::of(&run, inputs.terms.cash_rate, beside)?;
    let first_flow = run.days.first().map_or(0.0, |day| day.flow);
    let mut document = Ran {
        household: inputs.household.id.clone(),
        policy: inputs.policy.name.clone(),
        from: run.days.first().map_or(inputs.terms.from, |day| day.date),
        to: run.days.last().map_or(inputs.terms.to, |day| day.date),
        days: run.days.len(),
        currency: inputs.policy.base_currency,
        start: run.opening + first_flow,
        end: run.end,
        spent: run.days.iter().map(|day| day.spent).sum(),
        net_flow: run.days.iter().skip(1).map(|day| day.flow).sum(),
        growth: growth(&run.returns()),
        summary,
        premium: premium(&inputs.past(&inputs.policy), &inputs.policy, &run),
        years: years(&run),
        rules: rules(&run),
        limits: run.limits.clone(),
        decisions: run.acted.clone(),
        audited,
        rounding: inputs.without_rounding().map(|value| run.end.value / value - 1.0),
        notes: run.notes.clone(),
        inputs: inputs.hashes.clone(),
        disclaimer: DISCLAIMER,
        pictures: pictures(inputs, &run, benchmark.as_ref()),
        files: Vec::new(),
    };
    document.files = write_files(inputs, arguments, &run, &document.pictures)?;
    Ok(document)
}

/// The benchmark that was asked for, or that the policy names where its levels are there.
fn benchmark(inputs: &PastInputs, asked: Option<&str>, run: &Backtest) -> Result<Option<(String, Vec<f64>)>, Vec<Diagnostic>> {
    let days: Vec<Date> = run.days.iter().map(|day| day.date).collect();
    let name = asked.map(str::to_owned).or_else(|| inputs.policy.benchmark.clone().filter(|_| inputs.benchmark.is_some()));
    let Some(name) = name else { return Ok(None) };
    let Some(history) = &inputs.benchmark else {
        let told = Diagnostic::error(Code::INPUT_FILES, format!("the benchmark `{name}` is asked for and there is no benchmark.csv"));
        return Err(vec![told.help("add benchmark.csv to the folder")]);
    };
    let Some(levels) = history.levels.get(&name) else {
        let known: Vec<&str> = history.levels.keys().map(String::as_str).collect();
        let help = format!("name one of: {}", known.join(", "));
        return Err(vec![Diagnostic::error(Code::ARGUMENT, format!("`{name}` is no benchmark of benchmark.csv")).help(help)]);
    };
    if let (Some((ends, _)), Some(last)) = (levels.last(), days.last())
        && last.days_since(*ends) > BENCHMARK_DAYS
    {
        let message = format!("the benchmark `{name}` ends on {ends}, and the run on {last}");
        return Err(vec![Diagnostic::error(Code::NO_HISTORY, message).help(format!("add later levels, or end with it: `--to {ends}`"))]);
    }
    let Some(returns) = benchmark_returns(levels, &days) else {
        let message = format!("the benchmark `{name}` has no level on or before the first day");
        return Err(vec![Diagnostic::error(Code::NO_HISTORY, message).help("start later, or add earlier levels")]);
    };
    Ok(Some((name, returns)))
}

fn write_files(inputs: &PastInputs, arguments: &Arguments, run: &Backtest, pictures: &[Named]) -> Result<Vec<String>, Vec<Diagnostic>> {
    let mut files = Vec::new();
    if let Some(path) = &arguments.journal {
        let unwritten = |error: &dyn std::fmt::Display| {
            let told = Diagnostic::error(Code::OUTPUT, format!("`{}` cannot be written: {error}", path.display()));
            vec![told.help("check the path, the permissions and the space left")]
        };
        let text = journal::write_lines(run.journal.events(), &inputs.household, &inputs.universe).map_err(|error| unwritten(&error))?;
        spare_inputs(path, text.lines().next().unwrap_or_default(), arguments.past.folder.as_deref()).map_err(|told| vec![*told])?;
        write::whole(path, text.as_bytes()).map_err(|error| unwritten(&error))?;
        files.push(path.display().to_string());
    }
    files.extend(arguments.output.write(&csv(run), pictures).map_err(|problem| vec![*problem])?);
    Ok(files)
}

fn pictures(inputs: &PastInputs, run: &Backtest, benchmark: Option<&(String, Vec<f64>)>) -> Vec<Named> {
    let dates: Vec<Date> = run.days.iter().map(|day| day.date).collect();
    let name = &inputs.policy.name;
    let returns = run.returns();
    let mut series = vec![(name.clone(), growth(&returns))];
    series.extend(benchmark.map(|(name, returns)| (name.clone(), growth(returns))));
    let looked: Vec<Date> = run.drifts.iter().map(|point| point.date).collect();
    let traded = run.drifts.iter().enumerate().filter(|(_, point)| point.acted).map(|(index, _)| index).collect();
    let mut bands =
        inputs.policy.tree.nodes.iter().map(|node| node.band).filter(|band| band.relative.is_none()).filter_map(|band| band.absolute);
    let band = bands.next().filter(|first| bands.all(|band| (band - *first).abs() < 1e-12));
    let mut pictures = vec![
        ("growth", growth_picture(&format!("Growth: {name}"), &dates, series.clone())),
        ("drawdown", drawdown_picture(&format!("Drawdown: {name}"), &dates, series)),
        (
            "drift",
            drift_picture(
                &format!("Drift before trades: {name}"),
                &looked,
                run.drifts.iter().map(|point| point.max).collect(),
                traded,
                band,
            ),
        ),
    ];
    let windows = over_a_year(run, inputs.terms.cash_rate);
    if !windows.is_empty() {
        pictures.push(("rolling", rolling_picture(&format!("Return and volatility over a year: {name}"), &dates, &windows)));
    }
    pictures
}

fn csv(run: &Backtest) -> Csv {
    let header = ["date", "value", "flow", "spent", "return", "costs", "fees", "tax", "income", "traded_one_way"];
    let row = |(day, earned): (&Day, f64)| {
        let numbers = [day.value, day.flow, day.spent, earned, day.costs, day.fees, day.tax, day.income, day.traded_one_way];
        std::iter::once(day.date.to_string()).chain(numbers.map(digits)).collect()
    };
    Csv { header: header.map(str::to_owned).to_vec(), rows: run.days.iter().zip(run.returns()).map(row).collect() }
}

impl Document for Ran {
    fn page(&self) -> Page {
        let (start, end) = (rounded(self.start, 2), rounded(self.end.value, 2));
        let head = format!(
            "Household {}, policy “{}”, {} to {} ({}): {} {} became {}.",
            self.household,
            self.policy,
            self.from,
            self.to,
            counted(self.days, "day"),
            self.currency,
            start,
            end
        );
        let mut page = Page::new();
        page.say(&head);
        if self.net_flow.abs() >= 0.005 {
            page.say(format!("After the first day {} came in, net of what went out.", rounded(self.net_flow, 2)));
        }
        if self.spent > 0.0 {
            page.say(format!("The spending rule paid out {} in all.", rounded(self.spent, 2)));
        }
        if let (Some(after), true) = (self.end.after_tax, self.end.after_tax.is_some_and(|after| (after - self.end.value).abs() >= 0.005)) {
            page.say(format!("After all taxes, were everything sold and paid out: {}.", rounded(after, 2)));
        }
        let (low, high) = self.growth.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), level| (low.min(*level), high.max(*level)));
        let label = format!("Growth of one {}, {} to {}", self.currency, rounded(low, 2), rounded(high, 2));
        page.sparkline(label, sparkline(&self.growth)).append(pictured(&self.pictures));
        page.append(self.figures());
        page.append(self.drawdowns());
        page.append(self.premium());
        page.append(self.by_rule());
        page.append(self.by_limit());
        page.append(self.by_year());
        page.heading("Notes");
        for note in &self.notes {
            page.item(note);
        }
        if let Some(rounding) = self.rounding {
            let told = format!(
                "Rounding made {} basis points of the final value: whole lots, cents and least trades.",
                rounded(1e4 * rounding, 2)
            );
            page.item(&told);
        }
        page.item(format!("The auditor checked {} and objects to nothing.", counted(self.audited, "proposal")));
        page.item("A result of the past says nothing certain of the future; of many variants the best looks better than it is.");
        page.item(self.disclaimer);
        page.append(written(&self.files));
        page
    }

    fn about(&self) -> About {
        About { of: format!("Household {}, policy “{}”, {} to {}", self.household, self.policy, self.from, self.to), as_of: None }
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}

impl Ran {
    fn figures(&self) -> Page {
        let summary = &self.summary;
        let known = |value: Option<f64>, told: fn(f64) -> Cell| value.map_or_else(|| UNKNOWN.into(), told);
        let ratio = |value: f64| rounded(value, 2);
        let mut table = Table::new([Column::Name("Figure"), Column::Number(""), Column::Name("Figure"), Column::Number("")]);
        let mut cells = vec![
            ("return a year", percent(summary.annual_return)),
            ("volatility a year", known(summary.volatility, percent)),
            ("Sharpe", known(summary.sharpe, ratio)),
            ("Sortino", known(summary.sortino, ratio)),
            ("deepest drawdown", percent(summary.maximum_drawdown)),
            ("Calmar", known(summary.calmar, ratio)),
            ("VaR 95 %, a period", percent(summary.value_at_risk)),
            ("CVaR 95 %, a period", percent(summary.conditional_value_at_risk)),
            ("one-way turnover a year", percent(summary.turnover_one_way)),
            ("costs a year", percent(summary.cost_drag)),
            ("fees a year", percent(summary.fee_drag)),
            ("taxes paid a year", percent(summary.tax_drag)),
        ];
        if let Some(drift) = summary.drift {
            cells.push(("median of the largest drift", percent(drift.median)));
            cells.push(("95 % had no more than", percent(drift.percentile_95)));
        }
        if let Some(relative) = &summary.relative {
            cells.push(("benchmark, return a year", percent(relative.annual_return)));
            cells.push(("tracking error", known(relative.tracking_error, percent)));
            cells.push(("information ratio", known(relative.information_ratio, ratio)));
            cells.push(("beta", known(relative.beta, ratio)));
        }
        for pair in cells.chunks(2) {
            let cell = |index: usize| {
                pair.get(index).map_or((Cell::default(), Cell::default()), |(name, value)| (Cell::from(*name), value.clone()))
            };
            let ((left, value), (right, other)) = (cell(0), cell(1));
            table.row([left, value, right, other]);
        }
        Page::of_table("Figures, after costs, fees and taxes paid", table)
    }

    fn drawdowns(&self) -> Page {
        let mut table =
            Table::new([Column::Number("Depth"), Column::Name("Peak"), Column::Name("Trough"), Column::Name("Back at the peak")]);
        for spell in &self.summary.drawdowns {
            let back = spell.recovery.map_or_else(|| Cell::from("not yet"), |day| day.to_string().into());
            table.row([percent(spell.depth), spell.peak.to_string().into(), spell.trough.to_string().into(), back]);
        }
        Page::of_table("Deepest drawdowns", table)
    }

    fn premium(&self) -> Page {
        let Some(premium) = &self.premium else { return Page::new() };
        let mut table = Table::new([Column::Name("Logarithmic growth a year"), Column::Number(""), Column::Text("")]);
        let band = format!("between {} and {} in 95 % of resampled histories", percent(premium.band.0), percent(premium.band.1));
        let rows = [
            ("weights kept in every period", premium.rebalanced, String::new()),
            ("bought and held", premium.buy_and_hold, String::new()),
            ("rebalancing premium", premium.premium, band),
            ("volatility harvested", premium.diversification_return, "kept weights over the mean of the classes".to_owned()),
            ("winners let grow", premium.dispersion, "buying and holding over the mean of the classes".to_owned()),
            ("this run over buying and holding", premium.of_the_run, "after costs, fees and taxes".to_owned()),
        ];
        for (name, value, what) in rows {
            table.row([name.into(), percent(value), what.into()]);
        }
        Page::of_table("What rebalancing brought", table)
    }

    fn by_rule(&self) -> Page {
        let mut table =
            Table::new([Column::Name("Trigger"), Column::Number("Decisions"), Column::Number("Trades"), Column::Number("Refused")]);
        for rule in &self.rules {
            let trades = rule.trades.map_or_else(|| UNKNOWN.to_owned(), |trades| trades.to_string());
            table.row([rule.trigger.clone(), rule.decisions.to_string(), trades, rule.refused.to_string()]);
        }
        Page::of_table("Why it was traded", table)
    }

    fn by_limit(&self) -> Page {
        let mut table = Table::new([
            Column::Name("Limit"),
            Column::Name("Kind"),
            Column::Number("Bound"),
            Column::Number("Worst"),
            Column::Name("On"),
            Column::Number("Looks"),
            Column::Number("Broken"),
            Column::Name("Longest"),
            Column::Number("Refused"),
        ]);
        for record in &self.limits {
            let room = record.worst.map(|(_, worst)| worst - record.value);
            let shown = |value: f64| in_unit(record.measure, value, room);
            let kind = if record.bound == "at_most" { "at most" } else { "at least" };
            let unknown = || Cell::from(UNKNOWN);
            table.row([
                Cell::from(record.limit.clone()),
                format!("{kind}{}", if record.hard { "" } else { ", soft" }).into(),
                shown(record.value),
                record.worst.map_or_else(unknown, |(_, worst)| shown(worst)),
                record.worst.map_or_else(unknown, |(day, _)| day.to_string().into()),
                count(record.looks),
                record.share().map_or_else(unknown, percent),
                match record.longest {
                    Some((first, last)) => format!("{first} to {last}").into(),
                    None if record.looks > 0 => Cell::from("never"),
                    None => Cell::from(UNTOLD),
                },
                record.refused.to_string().into(),
            ]);
        }
        Page::of_table("Limits, before trades: how often they were broken when one looked, and what they refused", table)
    }

    fn by_year(&self) -> Page {
        let mut table = Table::new([
            Column::Name("Year"),
            Column::Number("Return"),
            Column::Number("Value"),
            Column::Number("Flow"),
            Column::Number("Costs"),
            Column::Number("Fees"),
            Column::Number("Tax"),
        ]);
        for year in &self.years {
            let money = |value: f64| rounded(value, 0);
            table.row([
                year.year.to_string().into(),
                percent(year.total_return),
                money(year.value),
                money(year.flow),
                money(year.costs),
                money(year.fees),
                money(year.tax),
            ]);
        }
        Page::of_table("By year", table)
    }
}
