//! [`report`]: what groups have earned over a span, with all figures.

use std::ops::Range;

use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::Currency;
use evenkeel_quant::attribution::contribution::contributions;
use evenkeel_quant::attribution::style::style;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::performance::dietz::{Flow, modified_dietz};
use evenkeel_quant::performance::measures::{Family, measures};
use evenkeel_quant::performance::money_weighted::{DatedFlow, internal_rates, over_days};
use evenkeel_quant::performance::terms::Terms;
use evenkeel_quant::risk::performance::mean_return;
use serde::Serialize;

use crate::market::usual_step;

use super::earned::{CENT, Earned, Net, Timing, capital, compounded, earned, gain};
use super::span::{A_YEAR, Every, years};
use super::walk::{Days, Held};

/// A level of consumer prices stands for so many days, or for twice as long as they usually are apart.
const PRICES_STAND: i32 = 62;

/// Returns in a year that differ from those of convention by less are those.
const AS_USUAL: f64 = 0.02;

/// How returns are told.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'a> {
    /// How long a stretch is.
    pub every: Every,
    /// When flows of a day come in and go out.
    pub timing: Timing,
    /// Which charges count in figures, contributions and money-weighted returns.
    pub net: Net,
    /// Risk-free return a year.
    pub risk_free: f64,
    /// The least return a year that is acceptable.
    pub minimum: f64,
    /// A benchmark by name, with its return by day.
    pub benchmark: Option<(&'a str, &'a [f64])>,
    /// Levels of consumer prices over time, ascending.
    pub consumer_prices: Option<&'a [(Date, f64)]>,
    /// Indices by name with their returns by day, of which a style is made; none where no style is asked for.
    pub indices: &'a [(String, Vec<f64>)],
}

/// What groups have earned. Amounts are in the base currency, returns fractions of the span.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Performance {
    /// The day at whose close the span begins; that of the first flow where nothing was held before.
    pub from: Date,
    /// The day at whose close it ends.
    pub to: Date,
    /// Days with prices in it.
    pub days: usize,
    /// Currency of amounts.
    pub currency: Currency,
    /// The benchmark.
    pub benchmark: Option<String>,
    /// Returns in a year, by which figures are annualized: 252, 52, 12, 4 or 1 by convention where the days of the span agree with that to
    /// 2 %, else how many are measured ÷ years of 365 days.
    pub periods_per_year: f64,
    /// Everything together.
    pub total: Part,
    /// The groups of which anything was held; none where all of it is one.
    pub parts: Vec<Part>,
    /// The mix of indices that everything together has moved like.
    pub style: Option<StyleMix>,
    /// What should be known of it.
    pub notes: Vec<String>,
}

/// The mix of indices that returns have moved like: weights of at least 0 that leave the least variance (Sharpe 1992).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StyleMix {
    /// Names and weights of the indices; these add up to 1.
    pub weights: Vec<(String, f64)>,
    /// Share of the variance of the stretches' returns that the mix explains.
    pub r_squared: f64,
    /// What was earned beyond the mix, the mean of a stretch times stretches a year.
    pub selection: f64,
}

/// A group over the span.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Value at the beginning.
    pub start: f64,
    /// Value at the end.
    pub end: f64,
    /// What came in less what went out.
    pub flow: f64,
    /// What was gained after fees and taxes.
    pub gain: f64,
    /// Fees.
    pub fees: f64,
    /// Taxes paid and withheld.
    pub taxes: f64,
    /// Time-weighted return before fees and taxes.
    pub gross: Level,
    /// Time-weighted return after fees, before taxes.
    pub net: Level,
    /// Time-weighted return after fees and taxes.
    pub after_tax: Level,
    /// Return after consumer prices, of the chosen charges.
    pub real: Option<Level>,
    /// Return of the benchmark.
    pub benchmark: Option<Level>,
    /// Money-weighted return.
    pub money_weighted: MoneyWeighted,
    /// Modified Dietz return of the whole span; `null` where the average capital is not above zero.
    pub modified_dietz: Option<f64>,
    /// What it contributed to the return of everything; contributions add up to it.
    pub contribution: f64,
    /// From which day on there is no return, and why.
    pub ended: Option<String>,
    /// By stretch.
    pub stretches: Vec<Stretch>,
    /// Ratios and risks of the stretches' returns.
    pub figures: Vec<Figure>,
}

/// A return over the span, and a year.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Level {
    /// Over the span; `null` where it has no return.
    pub total: Option<f64>,
    /// Compounded a year, of 365 days or of the twelve months whose last trading days the span joins; `null` for a span below a year,
    /// which is not scaled up.
    pub annual: Option<f64>,
}

impl Level {
    /// A return from the close of a day to that of another.
    pub(super) fn over(total: Option<f64>, from: Date, to: Date) -> Self {
        let annual = |years: f64, total: f64| (total.ln_1p() / years).exp_m1();
        Self { total, annual: years(from, to).zip(total).map(|(years, total)| annual(years, total)) }
    }
}

/// Rates at which what was paid in and taken out is worth nothing.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MoneyWeighted {
    /// All rates a year, Actual/365 Fixed, between −99.9999 % and 100,000,000 %.
    pub rates: Vec<f64>,
    /// The rate that is meant: the only one, or of several that nearest to the return with simple interest; `null` also for a span
    /// below a year, which is not scaled up.
    pub annual: Option<f64>,
    /// The same over the span.
    pub total: Option<f64>,
    /// Why there is none, or that there are several.
    pub note: Option<String>,
}

/// A stretch of days.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Stretch {
    /// Its first day with prices.
    pub from: Date,
    /// Its last.
    pub to: Date,
    /// Value before it.
    pub start: f64,
    /// Value at its end.
    pub end: f64,
    /// What came in less what went out.
    pub flow: f64,
    /// Return before fees and taxes; `null` where it has none.
    pub gross: Option<f64>,
    /// Return after fees.
    pub net: Option<f64>,
    /// Return after fees and taxes.
    pub after_tax: Option<f64>,
    /// Return of the benchmark.
    pub benchmark: Option<f64>,
}

/// A ratio or risk.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Figure {
    /// Its name.
    pub name: &'static str,
    /// What it is of: `return`, `risk`, `downside`, `drawdown`, `shape` or `relative`.
    pub family: &'static str,
    /// Whether it is a fraction, and not a number.
    pub is_fraction: bool,
    /// Its value; `null` where it is not defined.
    pub value: Option<f64>,
    /// Why it is not.
    pub undefined: Option<String>,
}

/// Tells what groups have earned.
pub fn report(days: &Days, currency: Currency, settings: &Settings<'_>) -> Performance {
    let teller = Teller { days, settings, from: days.from, to: days.to };
    let mut notes = days.notes.clone();
    let opening = days.opening_total();
    let total_rows = days.total();
    let linked = teller.contributions(opening, &total_rows, &mut notes);
    let mut total = teller.part("total".to_owned(), opening, &total_rows);
    total.contribution = match settings.net {
        Net::GrossOfFees => total.gross.total,
        Net::NetOfFees => total.net.total,
        Net::AfterTax => total.after_tax.total,
    }
    .unwrap_or_default();
    if settings.consumer_prices.is_some() && total.real.is_none() {
        notes.push("Consumer prices do not cover the span, so no real return can be told.".to_owned());
    }
    let style = teller.style(opening, &total_rows, &mut notes);
    let is_held = |held: &Held| held.value.abs() > CENT || held.flow.abs() > CENT || held.fees != 0.0 || held.taxes != 0.0;
    let part = |(group, name): (usize, &String)| {
        let (opening, rows) = (days.opening.get(group).copied().unwrap_or(0.0), days.group(group));
        let mut part = (opening.abs() > CENT || rows.iter().any(is_held)).then(|| teller.part(name.clone(), opening, &rows))?;
        part.contribution = linked.get(group).copied().unwrap_or(0.0);
        Some(part)
    };
    let parts: Vec<Part> = if days.names.len() < 2 { Vec::new() } else { days.names.iter().enumerate().filter_map(part).collect() };
    let without = std::iter::once(&total).chain(&parts).filter_map(|part| Some(format!("{}: {}.", part.name, part.ended.as_ref()?)));
    notes.extend(without);
    Performance {
        from: teller.from,
        to: teller.to,
        days: days.dates.len(),
        currency,
        benchmark: settings.benchmark.map(|(name, _)| name.to_owned()),
        periods_per_year: teller.a_year(),
        total,
        parts,
        style,
        notes,
    }
}

/// What groups have in common.
struct Teller<'a> {
    days: &'a Days,
    settings: &'a Settings<'a>,
    from: Date,
    to: Date,
}

impl Teller<'_> {
    /// Returns that are measured in a year of the span.
    fn a_year(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "stretches are far below 2^53")]
        let returns = self.measured_stretches().len() as f64;
        let by_days = returns * f64::from(A_YEAR) / f64::from(self.length().max(1));
        let usual = self.settings.every.usual_a_year(&self.days.dates);
        // Below a year, of which no return a year is told, holidays move a count more.
        let tolerance = if self.length() < A_YEAR { 0.25 } else { AS_USUAL };
        if (by_days / usual - 1.0).abs() <= tolerance { usual } else { by_days }
    }

    /// Days of the span.
    fn length(&self) -> i32 {
        self.to.days_since(self.from)
    }

    /// The stretches whose returns are measured: days where all of it is one stretch. A first one that is but the day of the first
    /// flow has no length, and goes to the next.
    fn measured_stretches(&self) -> Vec<Range<usize>> {
        let every = if self.settings.every == Every::Whole { Every::Day } else { self.settings.every };
        let mut stretches = every.stretches(&self.days.dates);
        let is_flow_alone = self.days.dates.first() == Some(&self.from) && stretches.first() == Some(&(0..1));
        if is_flow_alone && stretches.len() > 1 {
            stretches.remove(0);
            stretches.iter_mut().take(1).for_each(|first| first.start = 0);
        }
        stretches
    }

    fn measured(&self, returns: &[f64]) -> Vec<f64> {
        self.measured_stretches().into_iter().map(|range| compounded(returns.get(range).unwrap_or_default())).collect()
    }

    fn level(&self, total: Option<f64>) -> Level {
        Level::over(total, self.from, self.to)
    }

    fn part(&self, name: String, opening: f64, rows: &[Held]) -> Part {
        let Settings { timing, net, benchmark, .. } = *self.settings;
        let of = |net| earned(opening, rows, net, timing);
        let (gross, of_net, after_tax) = (of(Net::GrossOfFees), of(Net::NetOfFees), of(Net::AfterTax));
        let chosen = match net {
            Net::GrossOfFees => &gross,
            Net::NetOfFees => &of_net,
            Net::AfterTax => &after_tax,
        };
        let sum = |value: fn(&Held) -> f64| rows.iter().map(value).sum::<f64>();
        let (end, flow) = (rows.last().map_or(opening, |held| held.value), sum(|held| held.flow));
        let other = benchmark.map(|(_, returns)| returns);
        let stretch = |range: &Range<usize>| {
            let held = |index: Option<usize>| index.and_then(|index| rows.get(index)).map_or(opening, |held| held.value);
            Some(Stretch {
                from: *self.days.dates.get(range.start)?,
                to: *self.days.dates.get(range.end.checked_sub(1)?)?,
                start: held(range.start.checked_sub(1)),
                end: held(range.end.checked_sub(1)),
                flow: rows.get(range.clone()).unwrap_or_default().iter().map(|held| held.flow).sum(),
                gross: gross.over(range.clone()),
                net: of_net.over(range.clone()),
                after_tax: after_tax.over(range.clone()),
                benchmark: other.map(|returns| compounded(returns.get(range.clone()).unwrap_or_default())),
            })
        };
        Part {
            name,
            start: opening,
            end,
            flow,
            gain: end - opening - flow,
            fees: sum(|held| held.fees),
            taxes: sum(|held| held.taxes),
            gross: self.level(gross.total()),
            net: self.level(of_net.total()),
            after_tax: self.level(after_tax.total()),
            real: self.real(chosen),
            benchmark: other.map(|returns| self.level(Some(compounded(returns)))),
            money_weighted: self.money_weighted(opening, rows),
            modified_dietz: self.dietz(opening, rows),
            contribution: 0.0,
            ended: self.ended(chosen),
            stretches: self.settings.every.stretches(&self.days.dates).iter().filter_map(stretch).collect(),
            figures: self.figures(chosen, other),
        }
    }

    /// The return in units of what money buys.
    fn real(&self, earned: &Earned) -> Option<Level> {
        let levels = self.settings.consumer_prices?;
        let most = PRICES_STAND.max(2 * usual_step(levels.iter().map(|(date, _)| date.ordinal())));
        let at = |day: Date| {
            let (date, level) = levels.get(levels.partition_point(|(date, _)| *date <= day).checked_sub(1)?)?;
            (day.days_since(*date) <= most).then_some(*level)
        };
        let inflation = at(self.to)? / at(self.from)? - 1.0;
        Some(self.level(earned.total().map(|total| (1.0 + total) / (1.0 + inflation) - 1.0)))
    }

    /// From which day on there is no return.
    fn ended(&self, earned: &Earned) -> Option<String> {
        let day = self.days.dates.get(earned.returns.len())?;
        earned.ended.map(|why| format!("from {day} on there is no return: {why}"))
    }

    /// What charges that do not count took out: to the investor it was paid out.
    fn added(&self, held: &Held) -> f64 {
        match self.settings.net {
            Net::GrossOfFees => held.fees + held.taxes,
            Net::NetOfFees => held.taxes,
            Net::AfterTax => 0.0,
        }
    }

    fn money_weighted(&self, opening: f64, rows: &[Held]) -> MoneyWeighted {
        let mut flows = vec![DatedFlow { day: self.from.ordinal(), amount: -opening }];
        let paid = self.days.dates.iter().zip(rows).map(|(date, held)| (date, self.added(held) - held.flow));
        flows.extend(paid.filter(|(_, amount)| amount.abs() > CENT).map(|(date, amount)| DatedFlow { day: date.ordinal(), amount }));
        flows.push(DatedFlow { day: self.to.ordinal(), amount: rows.last().map_or(opening, |held| held.value) });
        flows.retain(|flow| flow.amount.abs() > CENT);
        let none = |note: String| MoneyWeighted { rates: Vec::new(), annual: None, total: None, note: Some(note) };
        match internal_rates(&flows) {
            Err(error) => none(error.to_string()),
            Ok(rates) if rates.all.is_empty() => none("no rate makes the flows worth nothing".to_owned()),
            Ok(rates) => {
                let several = rates.all.len() > 1;
                let note =
                    several.then(|| format!("{} rates fit; the one nearest to the return with simple interest is meant", rates.all.len()));
                let total = rates.meant.map(|rate| over_days(rate, self.length()));
                MoneyWeighted { rates: rates.all, annual: rates.meant.filter(|_| years(self.from, self.to).is_some()), total, note }
            }
        }
    }

    fn dietz(&self, opening: f64, rows: &[Held]) -> Option<f64> {
        let length = f64::from(self.length());
        let time = |date: &Date| f64::from(date.days_since(self.from));
        let flows: Vec<Flow> = self
            .days
            .dates
            .iter()
            .zip(rows)
            .map(|(date, held)| Flow { time: time(date), amount: held.flow - self.added(held) })
            .filter(|flow| flow.amount.abs() > CENT)
            .collect();
        let end = rows.last().map_or(opening, |held| held.value);
        modified_dietz(opening, end, &flows, length)
            .ok()
            .filter(|dietz| dietz.is_return() && dietz.average_capital > CENT)
            .map(|dietz| dietz.ratio)
    }

    fn figures(&self, earned: &Earned, benchmark: Option<&[f64]>) -> Vec<Figure> {
        let periods = self.a_year();
        let a_period = |annual: f64| (annual.ln_1p() / periods).exp_m1();
        let terms = Terms { risk_free: a_period(self.settings.risk_free), ..Terms::of(periods) };
        let (own, other) = (self.measured(&earned.returns), benchmark.map(|benchmark| self.measured(benchmark)));
        let ended = self.ended(earned).or_else(|| (own.len() < 2).then(|| "one return alone says nothing of risk".to_owned()));
        let all = measures(&own, other.as_deref(), a_period(self.settings.minimum), &terms);
        let told = all.into_iter().map(|measure| {
            let is_scaled_up = measure.is_annual_return && years(self.from, self.to).is_none();
            let unknown = ended.clone().or_else(|| is_scaled_up.then(|| "a span below a year is not scaled up to one".to_owned()));
            Figure {
                name: measure.name,
                family: family(measure.family),
                is_fraction: measure.is_fraction,
                value: measure.value.ok().filter(|_| unknown.is_none()),
                undefined: unknown.or_else(|| measure.value.err().map(|error| error.to_string())),
            }
        });
        told.collect()
    }

    /// The mix of indices that the chosen returns have moved like.
    fn style(&self, opening: f64, rows: &[Held], notes: &mut Vec<String>) -> Option<StyleMix> {
        let Settings { net, timing, indices, .. } = *self.settings;
        if indices.is_empty() {
            return None;
        }
        let own = earned(opening, rows, net, timing);
        if let Some(ended) = self.ended(&own) {
            notes.push(format!("A style cannot be told: {ended}."));
            return None;
        }
        let own = self.measured(&own.returns);
        let columns: Vec<f64> = indices.iter().flat_map(|(_, returns)| self.measured(returns)).collect();
        let told = Matrix::from_columns(own.len(), indices.len(), columns).map_err(|error| error.to_string());
        match told.and_then(|matrix| style(&own, &matrix).map_err(|error| error.to_string())) {
            Ok(found) => Some(StyleMix {
                weights: indices.iter().map(|(name, _)| name.clone()).zip(found.weights).collect(),
                r_squared: found.r_squared,
                selection: mean_return(&found.selection).unwrap_or_default() * self.a_year(),
            }),
            Err(error) => {
                notes.push(format!("A style cannot be told: {error}."));
                None
            }
        }
    }

    /// What each group contributed to the return of everything, linked so that contributions add up.
    fn contributions(&self, opening: f64, total: &[Held], notes: &mut Vec<String>) -> Vec<f64> {
        let Settings { timing, net, .. } = *self.settings;
        let mut before = self.days.opening.clone();
        let mut whole = opening;
        let mut rows = Vec::with_capacity(total.len() * before.len());
        for (row, held) in self.days.rows.iter().zip(total) {
            let capital = capital(std::mem::replace(&mut whole, held.value), held.flow, timing);
            for (held, before) in row.iter().zip(&mut before) {
                let gained = gain(std::mem::replace(before, held.value), held, net);
                rows.push(capital.map_or(0.0, |capital| gained / capital));
            }
        }
        match contributions(&rows, before.len()) {
            Ok(linked) => linked.parts,
            Err(error) => {
                notes.push(format!("Contributions cannot be told: {error}."));
                Vec::new()
            }
        }
    }
}

const fn family(family: Family) -> &'static str {
    match family {
        Family::Return => "return",
        Family::Risk => "risk",
        Family::Downside => "downside",
        Family::Drawdown => "drawdown",
        Family::Shape => "shape",
        Family::Relative => "relative",
    }
}
