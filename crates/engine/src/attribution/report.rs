//! [`report`]: effects by segment and period, linked over all periods.

use std::ops::Range;

use evenkeel_quant::attribution::brinson::{Effect, Interaction, Model};
use evenkeel_quant::attribution::error::AttributionError;
use evenkeel_quant::attribution::geometric;
use evenkeel_quant::attribution::linking::{Linked, Linking};
use evenkeel_quant::attribution::policy::explained_variance;
use evenkeel_quant::attribution::segment::{Segment, Totals};
use serde::Serialize;

use crate::diagnostic::{Code, Diagnostic};

use super::currency::{EarnedAbroad, earned_abroad};
use super::effects::{Node, OfCurrency, PeriodEffects, effects, in_period, nodes};
use super::segments::{Method, Segments};

/// Why a portfolio did better or worse than its benchmark. Returns and effects are fractions over all periods.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Attributed {
    /// How it was attributed, in words.
    pub method: String,
    /// Whether effects compound, instead of adding up.
    pub geometric: bool,
    /// The first period.
    pub from: String,
    /// The last period.
    pub to: String,
    /// How many there are.
    pub periods: usize,
    /// Compounded return of the portfolio.
    pub portfolio_return: f64,
    /// Compounded return of the benchmark.
    pub benchmark_return: f64,
    /// What is told apart: the difference of the two, or their quotient less 1 where effects compound.
    pub excess: f64,
    /// What the weights of segments added.
    pub allocation: f64,
    /// What returns within segments added.
    pub selection: f64,
    /// What both added at once; 0 where it is part of another effect.
    pub interaction: f64,
    /// What exposures to currencies added; `null` where they are not told apart.
    pub currency: Option<f64>,
    /// What of that cash rates added that differ between currencies.
    pub interest_differential: Option<f64>,
    /// By segment, and by class above them where levels are told apart.
    pub segments: Vec<NodeEffect>,
    /// What each segment of the portfolio earned in its own currency and by it; of books whose currencies are told apart.
    pub earned: Vec<EarnedAbroad>,
    /// By period, linked.
    pub by_period: Vec<PeriodEffect>,
    /// Share of the variance over periods that the benchmark explains; `null` for fewer than two, or where nothing varies.
    pub explained_variance: Option<f64>,
    /// What should be known of it.
    pub notes: Vec<String>,
}

/// A segment, or a class above some.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NodeEffect {
    /// Its name.
    pub name: String,
    /// 0 for the broadest.
    pub depth: usize,
    /// Mean weight in the portfolio; `null` of a class above segments.
    pub portfolio_weight: Option<f64>,
    /// Mean weight in the benchmark.
    pub benchmark_weight: Option<f64>,
    /// Compounded return of the portfolio's part, over the periods in which it was held.
    pub portfolio_return: Option<f64>,
    /// Compounded return of the benchmark's part.
    pub benchmark_return: Option<f64>,
    /// What its weight added.
    pub allocation: f64,
    /// What its return added.
    pub selection: f64,
    /// What both added at once.
    pub interaction: f64,
    /// What the exposure to its currency added.
    pub currency: Option<f64>,
    /// What of that cash rates added that differ between currencies.
    pub interest_differential: Option<f64>,
    /// All of it.
    pub total: f64,
}

/// A period.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PeriodEffect {
    /// Its name.
    pub period: String,
    /// Return of the portfolio.
    pub portfolio_return: f64,
    /// Return of the benchmark.
    pub benchmark_return: f64,
    /// Linked allocation.
    pub allocation: f64,
    /// Linked selection.
    pub selection: f64,
    /// Linked interaction.
    pub interaction: f64,
    /// Linked effect of currencies.
    pub currency: Option<f64>,
    /// What of that cash rates added.
    pub interest_differential: Option<f64>,
}

/// Effects over all periods, linked.
struct Told {
    totals: Totals,
    excess: f64,
    effect: Effect,
    currency: Option<OfCurrency>,
    nodes: Vec<(Effect, Option<OfCurrency>)>,
    by_period: Vec<(Totals, Effect, Option<OfCurrency>)>,
}

/// Attributes a history.
///
/// # Errors
/// Segments that cannot be attributed: weights that do not add up to 1, a missing return, a total loss.
pub fn report(segments: &Segments, method: Method) -> Result<Attributed, Vec<Diagnostic>> {
    let nodes = nodes(segments, method);
    let told = match method {
        Method::Geometric => compounding(segments),
        Method::Arithmetic(_, _, linking) | Method::Levels(linking) | Method::Currency(_, linking) => {
            adding(segments, &nodes, method, linking)
        }
    };
    let told = told.map_err(|error| vec![unfit(segments, &error)])?;
    let earned = match method {
        Method::Currency(_, linking) => earned_abroad(segments, linking).map_err(|error| vec![unfit(segments, &error)])?,
        _ => Vec::new(),
    };
    let period = |(name, (totals, effect, currency)): (&String, &(Totals, Effect, Option<OfCurrency>))| PeriodEffect {
        period: name.clone(),
        portfolio_return: totals.portfolio,
        benchmark_return: totals.benchmark,
        allocation: effect.allocation,
        selection: effect.selection,
        interaction: effect.interaction,
        currency: currency.map(|currency| currency.all),
        interest_differential: currency.map(|currency| currency.interest),
    };
    let node = |(node, (effect, currency)): (&Node, &(Effect, Option<OfCurrency>))| node_effect(segments, &nodes, node, *effect, *currency);
    let series = |side: fn(&Totals) -> f64| told.by_period.iter().map(|(totals, ..)| side(totals)).collect::<Vec<f64>>();
    let (own, other) = (series(|totals| totals.portfolio), series(|totals| totals.benchmark));
    Ok(Attributed {
        method: words(method),
        geometric: method == Method::Geometric,
        from: segments.periods.first().cloned().unwrap_or_default(),
        to: segments.periods.last().cloned().unwrap_or_default(),
        periods: told.by_period.len(),
        portfolio_return: told.totals.portfolio,
        benchmark_return: told.totals.benchmark,
        excess: told.excess,
        allocation: told.effect.allocation,
        selection: told.effect.selection,
        interaction: told.effect.interaction,
        currency: told.currency.map(|currency| currency.all),
        interest_differential: told.currency.map(|currency| currency.interest),
        earned,
        segments: nodes.iter().zip(&told.nodes).map(node).collect(),
        by_period: segments.periods.iter().zip(&told.by_period).map(period).collect(),
        explained_variance: explained_variance(&own, &other).ok(),
        notes: segments.notes.clone(),
    })
}

/// The same with periods put together: effects are added up, or compounded, and returns compounded. A stretch bears the name of its last
/// period.
pub fn gathered(mut told: Attributed, stretches: &[Range<usize>]) -> Attributed {
    let compounds = told.geometric;
    let together = |stretch: &Range<usize>| {
        let periods = told.by_period.get(stretch.clone()).unwrap_or_default();
        let grown = |part: fn(&PeriodEffect) -> f64| periods.iter().map(|period| 1.0 + part(period)).product::<f64>() - 1.0;
        let sum = |part: fn(&PeriodEffect) -> f64| if compounds { grown(part) } else { periods.iter().map(part).sum() };
        let currency = periods.iter().map(|period| period.currency).sum::<Option<f64>>();
        let interest_differential = periods.iter().map(|period| period.interest_differential).sum::<Option<f64>>();
        periods.last().map(|last| PeriodEffect {
            period: last.period.clone(),
            portfolio_return: grown(|period| period.portfolio_return),
            benchmark_return: grown(|period| period.benchmark_return),
            allocation: sum(|period| period.allocation),
            selection: sum(|period| period.selection),
            interaction: sum(|period| period.interaction),
            currency,
            interest_differential,
        })
    };
    told.by_period = stretches.iter().filter_map(together).collect();
    told
}

fn adding(segments: &Segments, nodes: &[Node], method: Method, linking: Linking) -> Result<Told, AttributionError> {
    let periods = effects(segments, nodes, method)?;
    let totals: Vec<Totals> = periods.iter().map(|period| period.totals).collect();
    let linked = Linked::new(linking, &totals)?;
    let apart = matches!(method, Method::Currency(..));
    let (mut sums, mut currencies) = (vec![Effect::default(); nodes.len()], vec![Effect::default(); nodes.len()]);
    let mut by_period = Vec::with_capacity(periods.len());
    for (index, PeriodEffects { totals, effects }) in periods.iter().enumerate() {
        let (mut all, mut currency) = (Effect::default(), Effect::default());
        for (((effect, abroad), sum), currency_sum) in effects.iter().zip(&mut sums).zip(&mut currencies) {
            all += linked.add(index, *effect, sum);
            currency += linked.add(index, carried(*abroad), currency_sum);
        }
        by_period.push((*totals, all, apart.then_some(of_currency(currency))));
    }
    Ok(Told {
        totals: linked.totals,
        excess: linked.totals.portfolio - linked.totals.benchmark,
        effect: sums.iter().copied().sum(),
        currency: apart.then(|| of_currency(currencies.iter().copied().sum())),
        nodes: sums.iter().zip(&currencies).map(|(effect, currency)| (*effect, apart.then_some(of_currency(*currency)))).collect(),
        by_period,
    })
}

/// Effects of currencies as what is linked carries them: what rates of exchange added, and what cash rates did.
fn carried(currency: OfCurrency) -> Effect {
    Effect { allocation: currency.all - currency.interest, selection: currency.interest, interaction: 0.0 }
}

fn of_currency(carried: Effect) -> OfCurrency {
    OfCurrency { all: carried.allocation + carried.selection, interest: carried.selection }
}

fn compounding(segments: &Segments) -> Result<Told, AttributionError> {
    let of_period = |(period, row): (usize, &Vec<Segment>)| {
        let mut told = geometric::attribute(row).map_err(|error| in_period(error, period))?;
        for (selection, traded) in told.selection.iter_mut().zip(segments.traded.get(period).into_iter().flatten()) {
            *selection += traded / (1.0 + told.semi_notional);
            told.totals.portfolio += traded;
        }
        Ok(told)
    };
    let periods = segments.rows.iter().enumerate().map(of_period).collect::<Result<Vec<_>, AttributionError>>()?;
    let linked = geometric::link(&periods)?;
    let effect = |allocation: f64, selection: f64| Effect { allocation, selection, interaction: 0.0 };
    let by_segment = linked.allocation_by_segment.iter().zip(&linked.selection_by_segment);
    let of_period = |period: &geometric::GeometricPeriod| {
        let (allocation, selection) = period.effects();
        (period.totals, effect(allocation, selection), None)
    };
    Ok(Told {
        totals: linked.totals,
        excess: linked.excess,
        effect: effect(linked.allocation, linked.selection),
        currency: None,
        nodes: by_segment.map(|(allocation, selection)| (effect(*allocation, *selection), None)).collect(),
        by_period: periods.iter().map(of_period).collect(),
    })
}

fn node_effect(segments: &Segments, nodes: &[Node], node: &Node, effect: Effect, currency: Option<OfCurrency>) -> NodeEffect {
    let column = || segments.rows.iter().filter_map(|row| row.get(node.segment?));
    let mean = |weight: fn(&Segment) -> f64| {
        #[expect(clippy::cast_precision_loss, reason = "periods are far below 2^53")]
        node.segment.map(|_| column().map(weight).sum::<f64>() / segments.rows.len().max(1) as f64)
    };
    let grown = |earned: fn(&Segment) -> f64| {
        let known = column().map(earned).filter(|earned| earned.is_finite());
        node.segment.map(|_| known.map(|earned| 1.0 + earned).product::<f64>() - 1.0)
    };
    let above = |node: &Node| node.parent.and_then(|parent| nodes.get(parent));
    NodeEffect {
        name: node.name.clone(),
        depth: std::iter::successors(above(node), |parent| above(parent)).count(),
        portfolio_weight: mean(|segment| segment.portfolio_weight),
        benchmark_weight: mean(|segment| segment.benchmark_weight),
        portfolio_return: grown(|segment| segment.portfolio_return),
        benchmark_return: grown(|segment| segment.benchmark_return),
        allocation: effect.allocation,
        selection: effect.selection,
        interaction: effect.interaction,
        currency: currency.map(|currency| currency.all),
        interest_differential: currency.map(|currency| currency.interest),
        total: effect.total() + currency.map_or(0.0, |currency| currency.all),
    }
}

fn words(method: Method) -> String {
    let linked = |linking| match linking {
        Linking::Carino => "linked by Carino",
        Linking::Menchero => "linked by Menchero",
        Linking::Grap => "linked by GRAP",
        Linking::Frongello => "linked by Frongello",
    };
    let with = |interaction| match interaction {
        Interaction::Separate => "interaction apart",
        Interaction::InSelection => "interaction in selection",
        Interaction::InAllocation => "interaction in allocation",
    };
    match method {
        Method::Arithmetic(model, interaction, linking) => {
            let name = if model == Model::BrinsonFachler { "Brinson–Fachler" } else { "Brinson–Hood–Beebower" };
            format!("{name}, {}, {}", with(interaction), linked(linking))
        }
        Method::Levels(linking) => format!("Brinson–Fachler level by level, interaction in selection, {}", linked(linking)),
        Method::Currency(interaction, linking) => format!("Karnosky–Singer, {}, {}", with(interaction), linked(linking)),
        Method::Geometric => "geometric, by Burnie, Knowles and Teder".to_owned(),
    }
}

/// An error in the words of the segments.
fn unfit(segments: &Segments, error: &AttributionError) -> Diagnostic {
    let period = |number: usize| segments.periods.get(number).cloned().unwrap_or_default();
    let (code, message, help) = match error {
        AttributionError::Weights { period: number, side, total } => (
            Code::WEIGHT_SUM,
            format!("in period {} the {side} weights add up to {total}, not to 1", period(*number)),
            "give what is missing a segment of its own, such as cash",
        ),
        AttributionError::NotFinite { period: number, segment, what, .. } => (
            Code::EMPTY_VALUE,
            format!("in period {} the {what} of `{}` is missing", period(*number), segments.names.get(*segment).map_or("", String::as_str)),
            "write it; only a return whose weight is zero may be left out",
        ),
        AttributionError::TotalLoss { period: number, side, value } => (
            Code::HISTORY_UNUSABLE,
            format!("in period {} the {side} return is {value}, and what is linked must be above -1", period(*number)),
            "end before the total loss",
        ),
        other => (Code::HISTORY_UNUSABLE, format!("the segments cannot be attributed: {other}"), "check the table of segments"),
    };
    Diagnostic::error(code, message).help(help)
}
