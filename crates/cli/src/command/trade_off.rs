//! `evenkeel trade-off`: what tax and trading buy of closeness to target, from one risk aversion to the next.

use clap::Args;
use evenkeel::boundary::to_f64;
use evenkeel::diagnostic::Diagnostic;
use evenkeel::drift::ReviewHistory;
use evenkeel::policy::{Planner, Policy};
use evenkeel::run::Subject;
use evenkeel::trade::{Optimum, Tracking, Way};
use evenkeel_io::page::Page;
use evenkeel_io::picture::{self, Mark, Picture};
use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::{Currency, Money};
use serde::Serialize;

use crate::analysis::output::{Csv, Named, OutputArguments, digits};
use crate::evidence::{About, written};
use crate::inputs::{InputArguments, Inputs};
use crate::render::number::{amount, change, percent, rounded};
use crate::render::sections::{UNKNOWN, pictured};
use crate::render::table::{Column, Table};

use super::{Document, Outcome, finish};

/// Multiples of the policy's risk aversion that are tried.
const MULTIPLES: [f64; 11] = [0.01, 0.03, 0.1, 0.3, 0.6, 1.0, 2.0, 4.0, 10.0, 30.0, 100.0];

/// Arguments of `evenkeel trade-off`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the inputs are.
    #[command(flatten)]
    pub inputs: InputArguments,
    /// Files of the result.
    #[command(flatten)]
    pub output: OutputArguments,
}

/// One decision of the joint planner.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Point {
    /// The risk aversion by which it was made.
    pub risk_aversion: f64,
    /// Whether it is that of the policy.
    pub chosen: bool,
    /// Tracking error left against the target, a year; `None` without a covariance.
    pub tracking_error: Option<f64>,
    /// Tracking error left of each class that follows an index, a year.
    pub tracking: Vec<Tracked>,
    /// ½ Σ |drift| left.
    pub half_l1_drift: f64,
    /// ½ Σ |trade| ÷ value.
    pub turnover_one_way: f64,
    /// Costs of trading.
    pub costs: Money,
    /// Tax that the trades add to that of the year, after netting where it can be netted; below zero where it is saved.
    pub tax: Money,
    /// Tax and costs, in basis points of value.
    pub paid: f64,
    /// By how much the decision may miss the best there is, in basis points of value; `None` where nothing is proven.
    pub gap: Option<f64>,
}

/// How far a class is left from the index that it follows.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tracked {
    /// The class.
    pub class: String,
    /// The index.
    pub benchmark: String,
    /// Tracking error a year, as a fraction of what the class is to be worth.
    pub tracking_error: f64,
}

/// Decisions of one household over risk aversions.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TradeOff {
    /// The household.
    pub household: String,
    /// The policy.
    pub policy: String,
    /// The date of the decision.
    pub as_of: Date,
    /// Currency of amounts.
    pub currency: Currency,
    /// Value before trading, with the flows of the day.
    pub value: Money,
    /// From the least risk aversion on.
    pub points: Vec<Point>,
    /// Pictures of it.
    #[serde(skip)]
    pub pictures: Vec<Named>,
    /// Files written beside it.
    pub files: Vec<String>,
}

/// Decides at every risk aversion.
pub fn run(arguments: &Arguments) -> Outcome {
    let inputs = match arguments.inputs.load() {
        Ok(inputs) => inputs,
        Err(diagnostics) => return Outcome::invalid(diagnostics),
    };
    let found = trade_off(&inputs, &arguments.output);
    finish(inputs.warnings, found)
}

pub(super) fn trade_off(inputs: &Inputs, output: &OutputArguments) -> Result<TradeOff, Vec<Diagnostic>> {
    let mut points = Vec::with_capacity(MULTIPLES.len());
    let mut value = Money::zero(inputs.policy.base_currency);
    for multiple in MULTIPLES {
        let mut policy: Policy = inputs.policy.clone();
        policy.optimal.risk_aversion *= multiple;
        policy.rebalance.planner = Planner::Optimal;
        let subject = Subject {
            household: &inputs.household,
            holdings: &inputs.holdings,
            flows: &[],
            sold: &inputs.sold,
            history: ReviewHistory::default(),
        };
        let proposal = inputs.mandate_of(&policy).propose(&subject, inputs.provenance.clone())?;
        value = proposal.value_with_flows;
        if let Some(way) = proposal.ways.iter().find(|way| way.name == "optimal") {
            points.push(point(way, policy.optimal.risk_aversion, multiple == MULTIPLES[5], value, proposal.optimum.as_ref()));
        }
    }
    let (household, policy) = (inputs.household.id.clone(), inputs.policy.name.clone());
    let (as_of, currency) = (inputs.market.as_of, inputs.policy.base_currency);
    let mut document = TradeOff { household, policy, as_of, currency, value, points, pictures: Vec::new(), files: Vec::new() };
    document.pictures = vec![("trade-off", Picture::Frontier(document.drawing()))];
    document.files = output.write(&document.csv(), &document.pictures).map_err(|problem| vec![*problem])?;
    Ok(document)
}

fn point(way: &Way, risk_aversion: f64, chosen: bool, value: Money, optimum: Option<&Optimum>) -> Point {
    let tracked = |of: &Tracking| Tracked { class: of.class.clone(), benchmark: of.benchmark.clone(), tracking_error: of.after };
    let tax = way.tax_after_netting.unwrap_or(way.tax);
    let paid = to_f64(tax.amount()) + to_f64(way.costs.amount());
    let worth = to_f64(value.amount());
    Point {
        risk_aversion,
        chosen,
        tracking_error: way.tracking_error,
        tracking: optimum.map_or_else(Vec::new, |optimum| optimum.tracking.iter().map(tracked).collect()),
        half_l1_drift: way.half_l1_drift,
        turnover_one_way: way.turnover_one_way,
        costs: way.costs,
        tax,
        paid: if worth > 0.0 { 1e4 * paid / worth } else { 0.0 },
        gap: optimum.and_then(|optimum| Some(optimum.proof?.gap)),
    }
}

impl TradeOff {
    /// Whether every point has a tracking error against the target.
    fn has_risk(&self) -> bool {
        self.points.iter().all(|point| point.tracking_error.is_some())
    }

    /// The index, where one and no other is followed.
    fn index(&self) -> Option<&Tracked> {
        match self.points.first()?.tracking.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    fn drawing(&self) -> picture::Frontier {
        let (has_risk, index) = (self.has_risk(), self.index());
        let of_index = |point: &Point| point.tracking.first().filter(|_| index.is_some()).map(|of| of.tracking_error);
        let closeness =
            |point: &Point| of_index(point).or_else(|| point.tracking_error.filter(|_| has_risk)).unwrap_or(point.half_l1_drift);
        let against = match index {
            Some(index) => format!("tracking error of {} against {} left, a year", index.class, index.benchmark),
            None if has_risk => "tracking error left, a year".to_owned(),
            None => "half the sum of drifts left".to_owned(),
        };
        let mut curve: Vec<(f64, f64)> = self.points.iter().map(|point| (closeness(point), 1e-4 * point.paid)).collect();
        curve.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        curve.dedup();
        let mark = |point: &Point| {
            let name = format!("risk aversion {}", point.risk_aversion);
            Mark { name, risk: closeness(point), expected: 1e-4 * point.paid }
        };
        picture::Frontier {
            title: format!("Tax and costs against closeness to target: {}, {}", self.household, self.as_of),
            risk: against,
            value: "tax and costs, of value".to_owned(),
            curve,
            assets: self.points.iter().filter(|point| !point.chosen).map(mark).collect(),
            chosen: self.points.iter().filter(|point| point.chosen).map(mark).collect(),
        }
    }

    fn csv(&self) -> Csv {
        let header =
            ["risk_aversion", "chosen", "tracking_error", "half_l1_drift", "turnover_one_way", "costs", "tax", "paid_bp", "gap_bp"];
        let tracked = self.points.first().map_or(&[][..], |point| &point.tracking);
        let header = header.map(str::to_owned).into_iter().chain(tracked.iter().map(|of| format!("tracking_error_of_{}", of.class)));
        let row = |point: &Point| {
            let mut row = vec![
                digits(point.risk_aversion),
                point.chosen.to_string(),
                digits(point.tracking_error),
                digits(point.half_l1_drift),
                digits(point.turnover_one_way),
                point.costs.amount().to_string(),
                point.tax.amount().to_string(),
                digits(point.paid),
                digits(point.gap),
            ];
            row.extend(point.tracking.iter().map(|of| digits(of.tracking_error)));
            row
        };
        Csv { header: header.collect(), rows: self.points.iter().map(row).collect() }
    }
}

impl Document for TradeOff {
    fn page(&self) -> Page {
        if self.points.is_empty() {
            let mut page = Page::new();
            page.say("Nothing triggers a decision that trades, so there is no trade-off.");
            return page;
        }
        let has_risk = self.has_risk();
        let tracked = self.points.first().map_or(&[][..], |point| &point.tracking);
        let of_index: Vec<String> = tracked.iter().map(|of| format!("TE to {}", of.benchmark)).collect();
        let mut columns = vec![Column::Number("Risk aversion"), Column::Number(if has_risk { "TE a year" } else { "Half L1" })];
        columns.extend(of_index.iter().map(|heading| Column::Number(heading.as_str())));
        columns.extend(["Turnover", "Cost", "Tax", "Paid in bp", "Gap in bp"].map(Column::Number));
        columns.push(Column::Name(""));
        let mut table = Table::new(columns);
        for point in &self.points {
            let mut row =
                vec![digits(point.risk_aversion).into(), percent(point.tracking_error.filter(|_| has_risk).unwrap_or(point.half_l1_drift))];
            row.extend(point.tracking.iter().map(|of| percent(of.tracking_error)));
            row.extend([percent(point.turnover_one_way), amount(point.costs), change(point.tax), rounded(point.paid, 2)]);
            row.push(point.gap.map_or_else(|| UNKNOWN.into(), |gap| rounded(gap, 2)));
            row.push(if point.chosen { "policy" } else { "" }.into());
            table.row(row);
        }
        let head = format!("Household {}, policy “{}”, {}: decisions of the joint planner.", self.household, self.policy, self.as_of);
        let mut page = Page::new();
        page.say(head).append(pictured(&self.pictures)).table("What tax and trading buy of closeness to target", table);
        page.append(written(&self.files));
        page
    }

    fn about(&self) -> About {
        About::household(&self.household, &self.policy, self.as_of)
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
