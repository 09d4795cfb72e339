//! `evenkeel compare`: several policies over the same past, and what each limit and stop of one would have done in it.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::path::PathBuf;

use clap::Args;
use evenkeel::backtest::{Backtest, Difference, Final, Rule, Summary, difference, growth, rules};
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel::market::periods_per_year;
use evenkeel::policy::{Policy, StopRule, Trigger};
use evenkeel::run::DISCLAIMER;
use evenkeel_io::page::Page;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::Currency;
use serde::Serialize;

use crate::analysis::output::{Csv, Named, OutputArguments, digits};
use crate::evidence::{About, written};
use crate::past::{PastArguments, PastInputs};
use crate::pictures::{drawdown_picture, growth_picture};
use crate::render::number::{counted, percent, rounded};
use crate::render::sections::{UNKNOWN, pictured};
use crate::render::table::{Cell, Column, Table};
use crate::workers;

use super::{Document, Outcome, finish};

/// Arguments of `evenkeel compare`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the inputs are, and how the clock is run.
    #[command(flatten)]
    pub past: PastArguments,
    /// Another policy to run beside the first; may be given more than once.
    #[arg(long = "with", value_name = "FILE")]
    pub with: Vec<PathBuf>,
    /// The first policy with other keys, as `NAME: KEY=VALUE KEY=VALUE`; may be given more than once.
    #[arg(long = "variant", value_name = "VARIANT")]
    pub variants: Vec<String>,
    /// Beside them the first policy bought and never rebalanced.
    #[arg(long)]
    pub hold: bool,
    /// Beside them the first policy without this limit or stop, such as `equity` or `stop-loss of Equity`: what it would have done. May be
    /// given more than once.
    #[arg(long = "without", value_name = "NAME")]
    pub without: Vec<String>,
    /// Beside them the first policy without each of its limits and stops in turn.
    #[arg(long, conflicts_with = "without")]
    pub without_each: bool,
    /// How many threads work; without it, as many as the machine runs at once. The result does not depend on it.
    #[arg(long, value_name = "COUNT")]
    pub threads: Option<NonZero<usize>>,
    /// Files of the result.
    #[command(flatten)]
    pub output: OutputArguments,
}

/// One policy among those compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Arm {
    /// Its name.
    pub name: String,
    /// What there was at the end.
    pub end: Final,
    /// Its figures.
    pub summary: Summary,
    /// Why it was traded.
    pub rules: Vec<Rule>,
    /// How much more it grew than the first.
    pub difference: Option<Difference>,
    /// Proposals that the auditor checked and had nothing to object to.
    pub audited: usize,
    /// What should be known of it.
    pub notes: Vec<String>,
}

/// Several policies over the same past.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Comparison {
    /// The household.
    pub household: String,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// Currency of amounts.
    pub currency: Currency,
    /// The policies; the first is what the others are compared with.
    pub arms: Vec<Arm>,
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

/// Compares them.
pub fn run(arguments: &Arguments) -> Outcome {
    let inputs = match arguments.past.load() {
        Ok(inputs) => inputs,
        Err(diagnostics) => return Outcome::invalid(diagnostics),
    };
    let compared = compare(&inputs, arguments);
    finish(inputs.warnings, compared)
}

fn compare(inputs: &PastInputs, arguments: &Arguments) -> Result<Comparison, Vec<Diagnostic>> {
    let policies = policies(inputs, arguments)?;
    let threads = arguments.threads.unwrap_or_else(workers::available);
    let job = |index: usize| policies.get(index).map(|(_, policy)| inputs.run(policy));
    let mut runs: Vec<(Backtest, usize)> = Vec::with_capacity(policies.len());
    for (run, (name, _)) in workers::share(threads, policies.len(), job, |_| ()).into_iter().flatten().zip(&policies) {
        runs.push(run.map_err(|told| of_arm(name, told))?);
    }
    let first = runs.first().map(|(run, _)| run.periods()).unwrap_or_default();
    let mut arms = Vec::with_capacity(runs.len());
    for ((name, _), (run, audited)) in policies.iter().zip(&runs) {
        let dates: Vec<Date> = run.days.iter().map(|day| day.date).collect();
        let beside = difference(&run.periods(), &first, periods_per_year(&dates), arguments.past.seed).filter(|_| !arms.is_empty());
        arms.push(Arm {
            name: name.clone(),
            end: run.end,
            summary: Summary::of(run, inputs.terms.cash_rate, None).map_err(|told| of_arm(name, told))?,
            rules: rules(run),
            difference: beside,
            audited: *audited,
            notes: run.notes.clone(),
        });
    }
    let day = |of: fn(&Backtest) -> Option<Date>| runs.first().and_then(|(run, _)| of(run));
    let mut document = Comparison {
        household: inputs.household.id.clone(),
        from: day(|run| run.days.first().map(|day| day.date)).unwrap_or(inputs.terms.from),
        to: day(|run| run.days.last().map(|day| day.date)).unwrap_or(inputs.terms.to),
        currency: inputs.policy.base_currency,
        arms,
        inputs: inputs.hashes.clone(),
        disclaimer: DISCLAIMER,
        pictures: Vec::new(),
        files: Vec::new(),
    };
    let dates: Vec<Date> = runs.first().map(|(run, _)| run.days.iter().map(|day| day.date).collect()).unwrap_or_default();
    let series: Vec<(String, Vec<f64>)> =
        policies.iter().zip(&runs).map(|((name, _), (run, _))| (name.clone(), growth(&run.returns()))).collect();
    document.pictures =
        vec![("growth", growth_picture("Growth", &dates, series.clone())), ("drawdown", drawdown_picture("Drawdown", &dates, series))];
    document.files = arguments.output.write(&document.csv(), &document.pictures).map_err(|problem| vec![*problem])?;
    Ok(document)
}

/// The policies with their names: that of the inputs, those of other files, variants, and the first one held.
fn policies(inputs: &PastInputs, arguments: &Arguments) -> Result<Vec<(String, Policy)>, Vec<Diagnostic>> {
    let past = &arguments.past;
    let mut policies = vec![(inputs.policy.name.clone(), inputs.policy.clone())];
    for file in &arguments.with {
        let policy = past.policy(Some(file), &past.settings, &inputs.universe)?;
        // Two versions of a policy may bear its name.
        let is_taken = policies.iter().any(|(name, _)| *name == policy.name);
        let name = if is_taken { format!("{} ({})", policy.name, file.display()) } else { policy.name.clone() };
        policies.push((name, policy));
    }
    for variant in &arguments.variants {
        let Some((name, keys)) = variant.split_once(':').filter(|(name, keys)| !name.trim().is_empty() && !keys.trim().is_empty()) else {
            let told = Diagnostic::error(Code::ARGUMENT, format!("`--variant {variant}` has no name or no keys"));
            return Err(vec![told.help("write `--variant \"narrow: bands.absolute=0.02\"`")]);
        };
        let settings: Vec<String> = past.settings.iter().cloned().chain(keys.split_whitespace().map(str::to_owned)).collect();
        policies.push((name.trim().to_owned(), past.policy(None, &settings, &inputs.universe)?));
    }
    if arguments.hold {
        let mut held = inputs.policy.clone();
        // No drift is beyond all of the portfolio.
        held.triggers = vec![Trigger::PortfolioDrift { limit: f64::INFINITY }];
        policies.push((format!("{}, never rebalanced", inputs.policy.name), held));
    }
    policies.extend(without(&inputs.policy, arguments)?);
    let twice = policies.iter().enumerate().find(|(at, (name, _))| policies.iter().take(*at).any(|(earlier, _)| earlier == name));
    if let Some((_, (name, _))) = twice {
        let told = Diagnostic::error(Code::ARGUMENT, format!("two policies are named “{name}”, and their rows could not be told apart"));
        return Err(vec![told.help("give each variant and each policy file a name of its own")]);
    }
    if policies.len() < 2 {
        let told = Diagnostic::error(Code::ARGUMENT, "there is one policy, and nothing to compare it with");
        return Err(vec![told.help("add `--with FILE`, `--variant`, `--hold`, or `--without-each`")]);
    }
    Ok(policies)
}

/// A policy without the limits and stops that are asked for, one at a time.
fn without(policy: &Policy, arguments: &Arguments) -> Result<Vec<(String, Policy)>, Vec<Diagnostic>> {
    let of_stop = |stop: &StopRule| format!("{} of {}", stop.side.name(), stop.class);
    // What bounds from two sides, and stops of one class, bear one name and go together.
    let mut named: Vec<String> = policy.limits.iter().map(|limit| limit.name.clone()).chain(policy.stops.iter().map(of_stop)).collect();
    let mut seen = BTreeSet::new();
    named.retain(|name| seen.insert(name.clone()));
    let without_named = |name: String| {
        let mut without = policy.clone();
        without.limits.retain(|limit| limit.name != name);
        without.stops.retain(|stop| of_stop(stop) != name);
        (name, without)
    };
    let all: Vec<(String, Policy)> = named.into_iter().map(without_named).collect();
    let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
    let known = || if names.is_empty() { "the policy has none".to_owned() } else { format!("name one of: {}", names.join(", ")) };
    let unknown = arguments.without.iter().filter(|asked| !names.contains(&asked.as_str()));
    let told =
        unknown.map(|asked| Diagnostic::error(Code::ARGUMENT, format!("`{asked}` is no limit and no stop of the policy")).help(known()));
    let mut told: Vec<Diagnostic> = told.collect();
    if arguments.without_each && all.is_empty() {
        let none = Diagnostic::error(Code::ARGUMENT, "`--without-each` is asked for, and the policy has no limits and no stops");
        told.push(none.help("leave it out"));
    }
    if !told.is_empty() {
        return Err(told);
    }
    let is_asked = |name: &String| arguments.without_each || arguments.without.contains(name);
    Ok(all.into_iter().filter(|(name, _)| is_asked(name)).map(|(name, policy)| (format!("without {name}"), policy)).collect())
}

fn of_arm(name: &str, told: Vec<Diagnostic>) -> Vec<Diagnostic> {
    told.into_iter().map(|told| Diagnostic { message: format!("under “{name}”: {}", told.message), ..told }).collect()
}

impl Comparison {
    /// What should be known, each once, with the policies of which it is told.
    fn notes(&self) -> Vec<(&str, Vec<&str>)> {
        let mut notes: Vec<(&str, Vec<&str>)> = Vec::new();
        for (arm, note) in self.arms.iter().flat_map(|arm| arm.notes.iter().map(move |note| (arm, note))) {
            match notes.iter_mut().find(|(known, _)| known == note) {
                Some((_, arms)) => arms.push(&arm.name),
                None => notes.push((note, vec![&arm.name])),
            }
        }
        notes
    }

    fn csv(&self) -> Csv {
        let header = [
            "policy",
            "annual_return",
            "volatility",
            "sharpe",
            "maximum_drawdown",
            "turnover_one_way",
            "cost_drag",
            "fee_drag",
            "tax_drag",
            "rebalances",
            "value",
            "after_tax",
            "difference",
            "difference_low",
            "difference_high",
        ];
        let row = |arm: &Arm| {
            let Summary { annual_return, volatility, sharpe, maximum_drawdown, turnover_one_way, cost_drag, fee_drag, tax_drag, .. } =
                arm.summary.clone();
            vec![
                arm.name.clone(),
                digits(annual_return),
                digits(volatility),
                digits(sharpe),
                digits(maximum_drawdown),
                digits(turnover_one_way),
                digits(cost_drag),
                digits(fee_drag),
                digits(tax_drag),
                arm.summary.rebalances.to_string(),
                digits(arm.end.value),
                digits(arm.end.after_tax),
                digits(arm.difference.map(|difference| difference.growth)),
                digits(arm.difference.map(|difference| difference.low)),
                digits(arm.difference.map(|difference| difference.high)),
            ]
        };
        Csv { header: header.map(str::to_owned).to_vec(), rows: self.arms.iter().map(row).collect() }
    }

    fn earned(&self) -> Page {
        let mut table = Table::new([
            Column::Text("Policy"),
            Column::Number("Return"),
            Column::Number("Volatility"),
            Column::Number("Sharpe"),
            Column::Number("Drawdown"),
            Column::Number("Value"),
            Column::Number("After tax"),
        ]);
        for arm in &self.arms {
            let ratio = |value: Option<f64>, told: fn(f64) -> Cell| value.map_or_else(|| UNKNOWN.into(), told);
            table.row([
                arm.name.clone().into(),
                percent(arm.summary.annual_return),
                ratio(arm.summary.volatility, percent),
                ratio(arm.summary.sharpe, |value| rounded(value, 2)),
                percent(arm.summary.maximum_drawdown),
                rounded(arm.end.value, 0),
                ratio(arm.end.after_tax, |value| rounded(value, 0)),
            ]);
        }
        Page::of_table("What each earned, a year, after costs, fees and taxes paid", table)
    }

    fn paid(&self) -> Page {
        let mut table = Table::new([
            Column::Text("Policy"),
            Column::Number("Decisions"),
            Column::Number("Turnover"),
            Column::Number("Costs"),
            Column::Number("Tax"),
            Column::Number("More than the first"),
            Column::Number("95 % band"),
        ]);
        for arm in &self.arms {
            let (more, band) = arm.difference.map_or((UNKNOWN.into(), UNKNOWN.into()), |difference| {
                (percent(difference.growth), Cell::from(format!("{} to {}", percent(difference.low), percent(difference.high))))
            });
            table.row([
                arm.name.clone().into(),
                arm.summary.rebalances.to_string().into(),
                percent(arm.summary.turnover_one_way),
                percent(arm.summary.cost_drag),
                percent(arm.summary.tax_drag),
                more,
                band,
            ]);
        }
        Page::of_table("What each paid a year, and how it compares", table)
    }
}

impl Document for Comparison {
    fn page(&self) -> Page {
        let head = format!(
            "Household {}, {} to {}: {} compared, in {}.",
            self.household,
            self.from,
            self.to,
            counted(self.arms.len(), "run"),
            self.currency
        );
        let mut page = Page::new();
        page.say(&head).append(pictured(&self.pictures)).append(self.earned()).append(self.paid());
        page.heading("Notes");
        let band = "More than the first: difference of logarithmic growth a year; the band holds 95 % of resampled histories. Where it \
                    holds zero, this history does not tell the two apart.";
        page.item(band);
        for (note, arms) in self.notes() {
            let of_all = arms.len() == self.arms.len();
            page.item(if of_all { note.to_owned() } else { format!("{}: {note}", arms.join("; ")) });
        }
        let audited: usize = self.arms.iter().map(|arm| arm.audited).sum();
        page.item(format!("The auditor checked {} and objects to nothing.", counted(audited, "proposal")));
        page.item(self.disclaimer);
        page.append(written(&self.files));
        page
    }

    fn about(&self) -> About {
        About { of: format!("Household {}, {} to {}", self.household, self.from, self.to), as_of: None }
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
